//! Compiling lists from files: finds out the format, reads, records what the
//! ruleset is to say of its sources.

use super::{CategoryInfo, Compiler, ListInfo};
use crate::error::{Error, ErrorKind, Result};
use crate::lists::{
    FolderIncludes, Format, LeftOut, ListOptions, ListSource, Reason, Sink, Sources, detect, read,
    read_with,
};
use crate::rule::Entry;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};

/// Bytes looked at to find out a list's format.
const HEAD: usize = 64 << 10;

/// Is told how far reading has come. The methods do nothing unless written.
pub trait Progress {
    /// A list begins.
    fn list(&mut self, _source: &ListSource) {}
    /// So many more bytes of it have been read.
    fn bytes(&mut self, _read: u64) {}
}

/// Nobody watches.
impl Progress for () {}

impl Compiler {
    /// Reads every list of `sources`, in order, and declares its category.
    ///
    /// # Errors
    ///
    /// Those of the readers, with the path of the list: a list that does not
    /// look like its format fails the compile as a whole, so that an error
    /// page cannot take the place of a list. [`ErrorKind::Io`] if a file
    /// cannot be read.
    ///
    /// # Examples
    ///
    /// ```
    /// use hedgerow::{Compiler, lists::discover};
    ///
    /// let folder = tempfile::tempdir()?;
    /// std::fs::create_dir(folder.path().join("games"))?;
    /// std::fs::write(folder.path().join("games/domains"), "play.example\n")?;
    ///
    /// let mut compiler = Compiler::new();
    /// compiler.add_sources(&discover(&[folder.path().to_owned()], None)?, &mut ())?;
    /// let report = compiler.finish_to_path(folder.path().join("school.hedge"))?;
    /// assert_eq!(report.entries, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn add_sources(&mut self, sources: &Sources, progress: &mut dyn Progress) -> Result<()> {
        for source in &sources.lists {
            progress.list(source);
            if let Some(category) = &source.category {
                self.declare(sources, category, source.locked)?;
            }
            self.add_source(sources, source, progress)
                .map_err(|error| match error.path() {
                    Some(_) => error,
                    None => error.at_path(&source.path),
                })?;
        }
        Ok(())
    }

    fn declare(&mut self, sources: &Sources, name: &str, locked: bool) -> Result<()> {
        let known = sources.taxonomy.get(name);
        self.category(CategoryInfo {
            name: name.to_owned(),
            title: known.map_or_else(String::new, |category| category.title.clone()),
            locked: locked || known.is_some_and(|category| category.locked),
            aliases: known.map_or_else(Vec::new, |category| category.aliases.clone()),
        })?;
        Ok(())
    }

    fn add_source(
        &mut self,
        sources: &Sources,
        source: &ListSource,
        progress: &mut dyn Progress,
    ) -> Result<()> {
        let file = File::open(&source.path)?;
        let mut input = BufReader::with_capacity(
            HEAD,
            Watched {
                inner: file,
                digest: Sha256::new(),
                progress,
            },
        );
        let format = match source.format {
            Some(format) => format,
            None => detected(&mut input, source)?,
        };
        let mut list = self.list(ListInfo {
            format: Some(format),
            file: Some(source.path.display().to_string()),
            version: source.version.clone(),
            source: source.source.clone(),
            licence: source.licence.clone(),
            allow_public_suffix: source.allow_public_suffix,
            allow_single_label: source.allow_single_label,
            ..ListInfo::new(
                source.name.clone(),
                source.category.clone().unwrap_or_default(),
            )
        })?;
        let mut includes = FolderIncludes::new(&source.path)?;
        let mut sink = Categorised {
            sources,
            has_category: source.category.is_some(),
            inner: &mut list,
        };
        let summary = match read_with(
            &mut input,
            format,
            &source.options,
            Some(&mut includes),
            &mut sink,
        ) {
            Ok(summary) => Some(summary),
            Err(error) if error.kind() == ErrorKind::ListEmpty && source.empty_ok => None,
            Err(error) => return Err(error),
        };
        if list.kept_nothing() {
            return Err(Error::new(
                ErrorKind::ListUnreadable,
                "every line of it names a single label or a public suffix: it does not look like a list",
            ));
        }
        // What the reader left unread belongs to the file all the same.
        std::io::copy(&mut input, &mut std::io::sink())?;
        list.set_sha256(hexadecimal(&input.into_inner().digest.finalize()));
        list.set_lines(summary.map_or(0, |summary| summary.lines));
        Ok(())
    }
}

/// The format that the list's name and first bytes speak for.
fn detected(input: &mut BufReader<Watched<'_>>, source: &ListSource) -> Result<Format> {
    let name = source
        .path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let head = input.fill_buf()?;
    if let Some(format) = detect(head, &name) {
        return Ok(format);
    }
    // An error page, an archive, a file with nothing in it are of no format,
    // and saying one in a manifest would not help: say what they are instead.
    let is_whole = head.len() < HEAD;
    let mut opening = head;
    match read(
        &mut opening,
        Format::Domains,
        &ListOptions::default(),
        &mut Nowhere,
    ) {
        Err(error)
            if matches!(error.kind(), ErrorKind::ListHtml | ErrorKind::ListBinary)
                || (error.kind() == ErrorKind::ListEmpty && is_whole) =>
        {
            Err(error)
        }
        _ => Err(Error::new(
            ErrorKind::ListFormat,
            "its format cannot be told from its name and content: say it in a manifest",
        )),
    }
}

/// Takes nothing.
struct Nowhere;

impl Sink for Nowhere {
    fn entry(&mut self, _: &Entry<'_>) -> Result<()> {
        Ok(())
    }

    fn left_out(&mut self, _: &LeftOut<'_>) {}
}

/// Reads, digests and tells.
struct Watched<'p> {
    inner: File,
    digest: Sha256,
    progress: &'p mut dyn Progress,
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.digest.update(&buffer[..read]);
        self.progress.bytes(read as u64);
        Ok(read)
    }
}

/// Takes the category that a line names through the manifest's mapping.
struct Categorised<'s, S> {
    sources: &'s Sources,
    has_category: bool,
    inner: &'s mut S,
}

impl<S: Sink> Sink for Categorised<'_, S> {
    fn entry(&mut self, entry: &Entry<'_>) -> Result<()> {
        let named = match entry.category {
            None if self.has_category => return self.inner.entry(entry),
            None => None,
            Some(name) => self.sources.category(name),
        };
        match named {
            Some(name) => {
                let mut entry = entry.clone();
                entry.category = Some(name);
                self.inner.entry(&entry)
            }
            None => {
                self.inner.left_out(&LeftOut {
                    line: entry.line,
                    reason: Reason::UnknownCategory,
                    text: entry.category.unwrap_or("no category"),
                });
                Ok(())
            }
        }
    }

    fn left_out(&mut self, left_out: &LeftOut<'_>) {
        self.inner.left_out(left_out);
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
