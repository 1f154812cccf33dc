//! Files that a list includes.

use crate::error::Result;
use std::io::BufRead;

/// How deep one included file may include another.
pub(super) const MAX_DEPTH: usize = 8;

/// Where included files come from. A reader has no file system of its own.
pub trait Includes {
    /// Opens what a line in `from` includes under `name`; `from` is the
    /// [`Included::id`] of the including file, `None` for the list itself.
    ///
    /// # Errors
    ///
    /// Whatever kept it from being opened. The line is then left out as
    /// [`Reason::Include`](super::Reason::Include) and the list goes on.
    fn open(&mut self, from: Option<&str>, name: &str) -> Result<Included>;
}

/// An included file, opened.
pub struct Included {
    /// What it is, whichever way it was named: by this, a file that includes
    /// itself is told.
    pub id: String,
    /// Its bytes.
    pub input: Box<dyn BufRead>,
}

#[cfg(feature = "files")]
pub use folder::FolderIncludes;

#[cfg(feature = "files")]
mod folder {
    use super::{Included, Includes};
    use crate::error::{Error, ErrorKind, Result};
    use std::fs::File;
    use std::io::BufReader;
    use std::path::{Path, PathBuf};

    /// Included files in the folder of a list, and in other folders that the
    /// caller allows.
    ///
    /// A name is relative to the file that includes it. Names that lead out of
    /// the list's folder, through `..` or a symbolic link, are refused, and so
    /// are absolute ones, unless they lead into an allowed folder.
    ///
    /// # Examples
    ///
    /// ```
    /// use hedgerow::lists::{Collected, FolderIncludes, Format, ListOptions, read_with};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let list = folder.path().join("bannedsitelist");
    /// std::fs::write(&list, "casino.example\n.Include<more>\n.Include</etc/hosts>\n")?;
    /// std::fs::write(folder.path().join("more"), "bets.example\n")?;
    ///
    /// let mut sink = Collected::default();
    /// let mut includes = FolderIncludes::new(&list)?;
    /// read_with(
    ///     &mut std::io::BufReader::new(std::fs::File::open(&list)?),
    ///     Format::E2guardianSites,
    ///     &ListOptions::default(),
    ///     Some(&mut includes),
    ///     &mut sink,
    /// )?;
    /// assert_eq!(sink.entries, ["domain casino.example", "domain bets.example"]);
    /// assert_eq!(sink.left_out, [(3, "include", ".Include</etc/hosts>".to_owned())]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[derive(Clone, Debug)]
    pub struct FolderIncludes {
        folder: PathBuf,
        allowed: Vec<PathBuf>,
    }

    impl FolderIncludes {
        /// Included files of the list at `list`.
        ///
        /// # Errors
        ///
        /// [`ErrorKind::NotFound`] when the list's folder is not there, and
        /// other errors of the operating system.
        pub fn new(list: impl AsRef<Path>) -> Result<FolderIncludes> {
            let list = std::fs::canonicalize(list.as_ref())?;
            let folder = list.parent().unwrap_or(&list).to_owned();
            Ok(FolderIncludes {
                allowed: vec![folder.clone()],
                folder,
            })
        }

        /// Allows files in `folder`, and below it, as well.
        ///
        /// # Errors
        ///
        /// Those of [`new`](FolderIncludes::new).
        pub fn allow(mut self, folder: impl AsRef<Path>) -> Result<FolderIncludes> {
            self.allowed.push(std::fs::canonicalize(folder.as_ref())?);
            Ok(self)
        }
    }

    impl Includes for FolderIncludes {
        fn open(&mut self, from: Option<&str>, name: &str) -> Result<Included> {
            let folder = from
                .and_then(|from| Path::new(from).parent())
                .unwrap_or(&self.folder);
            let path = std::fs::canonicalize(folder.join(name))?;
            if !self.allowed.iter().any(|allowed| path.starts_with(allowed)) {
                return Err(Error::new(
                    ErrorKind::NotFound,
                    "lies outside the folders that lists may include from",
                )
                .at_path(path));
            }
            // Anything but a plain file (a pipe, a device) could be read for ever.
            if !path.is_file() {
                return Err(Error::new(ErrorKind::NotFound, "is not a file").at_path(path));
            }
            let id = path.to_str().map(str::to_owned).ok_or_else(|| {
                Error::new(ErrorKind::NotFound, "has a name that is not UTF-8").at_path(&path)
            })?;
            let input = Box::new(BufReader::new(File::open(&path)?));
            Ok(Included { id, input })
        }
    }
}
