//! Walking folders of lists, and what file names say.

use crate::error::{Error, ErrorKind, Result};
use crate::lists::Format;
use crate::lists::manifest::MANIFEST_NAME;
use crate::lists::source::{SkipReason, Skipped};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// What a folder holds.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    /// The files, by name within each folder.
    pub(crate) files: Vec<Found>,
    /// Links to other places in the same folder.
    pub(crate) links: Vec<Link>,
    /// Folders below that have a manifest of their own; not walked.
    pub(crate) manifests: Vec<PathBuf>,
    /// What was passed over.
    pub(crate) skipped: Vec<Skipped>,
}

/// A file that was found.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    /// The path from the folder that was walked, with `/` between its parts.
    pub(crate) name: String,
}

impl Found {
    /// The folder it is in, from the folder that was walked; `None` for that
    /// folder itself.
    pub(crate) fn folder(&self) -> Option<&str> {
        self.name.rsplit_once('/').map(|(folder, _)| folder)
    }

    /// The file's own name.
    pub(crate) fn last(&self) -> &str {
        self.name
            .rsplit_once('/')
            .map_or(&self.name, |(_, last)| last)
    }

    /// Whether it is one of the files a squidGuard tree is made of.
    pub(crate) fn is_member(&self) -> bool {
        member_format(self.last()).is_some()
    }
}

/// A link from one place in the folder to another.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) path: PathBuf,
    /// Where it stands, from the folder that was walked.
    pub(crate) name: String,
    /// Where it leads, from the folder that was walked.
    pub(crate) target: String,
}

impl Walked {
    /// The folders that have squidGuard's files, each with the names of those
    /// that have entries.
    pub(crate) fn members_with_entries(&self) -> Result<BTreeMap<&str, Vec<&str>>> {
        let mut members: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for file in self.files.iter().filter(|file| file.is_member()) {
            let with_entries = members
                .entry(file.folder().unwrap_or_default())
                .or_default();
            if has_entries(&file.path)? {
                with_entries.push(&file.name);
            }
        }
        Ok(members)
    }
}

/// Walks the folder at `root`. Links that lead elsewhere are followed; those
/// that stay within the folder are told apart, so that nothing is met twice.
/// `apart`: folders with a manifest of their own are left to it.
///
/// # Errors
///
/// [`ErrorKind::Io`] if a folder cannot be read.
pub(crate) fn walk(root: &Path, apart: bool) -> Result<Walked> {
    let mut walked = Walked::default();
    let true_root = root
        .canonicalize()
        .map_err(|error| Error::from(error).at_path(root))?;
    let mut entries = WalkDir::new(root)
        .follow_links(true)
        .sort_by_file_name()
        .into_iter();
    while let Some(entry) = entries.next() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                walked.skipped.push(unwalkable(error, root)?);
                continue;
            }
        };
        if entry.depth() == 0 {
            continue;
        }
        let path = entry.path();
        let is_folder = entry.file_type().is_dir();
        let Ok(rest) = path.strip_prefix(root) else {
            continue;
        };
        let name = joined(rest);
        if entry.file_name().to_string_lossy().starts_with('.') {
            walked.skipped.push(Skipped {
                path: path.to_owned(),
                reason: SkipReason::Hidden,
            });
            if is_folder {
                entries.skip_current_dir();
            }
            continue;
        }
        if entry.path_is_symlink()
            && let Ok(target) = path.canonicalize()
            && let Ok(target) = target.strip_prefix(&true_root)
        {
            walked.links.push(Link {
                path: path.to_owned(),
                name,
                target: joined(target),
            });
            if is_folder {
                entries.skip_current_dir();
            }
            continue;
        }
        if is_folder {
            if apart && path.join(MANIFEST_NAME).is_file() {
                walked.manifests.push(path.to_owned());
                entries.skip_current_dir();
            }
        } else if !entry.file_type().is_file() {
            // A pipe or a device would hold up whoever opens it.
            walked.skipped.push(Skipped {
                path: path.to_owned(),
                reason: SkipReason::NotAFile,
            });
        } else if let Some(target) = stand_in(path) {
            let target = rest.with_file_name(target);
            walked.links.push(Link {
                path: path.to_owned(),
                name,
                target: joined(&target),
            });
        } else if name != MANIFEST_NAME {
            walked.files.push(Found {
                path: path.to_owned(),
                name,
            });
        }
    }
    Ok(walked)
}

/// What to note of an entry that cannot be walked: a link that leads nowhere or
/// in a circle. Anything else is an error, since lists may be behind it.
fn unwalkable(error: walkdir::Error, root: &Path) -> Result<Skipped> {
    let path = error.path().unwrap_or(root).to_owned();
    let gone = error
        .io_error()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::NotFound);
    if error.loop_ancestor().is_some() || gone {
        return Ok(Skipped {
            path,
            reason: SkipReason::BrokenLink,
        });
    }
    let message = error.to_string();
    let made = error
        .into_io_error()
        .map_or_else(|| Error::new(ErrorKind::Io, message), Error::from);
    Err(made.at_path(path))
}

/// The folder beside `path` that the file at `path` stands for: where symbolic
/// links cannot be stored, a link is unpacked as a file whose whole text is
/// the link's target.
pub(crate) fn stand_in(path: &Path) -> Option<String> {
    const LONGEST: u64 = 255;
    let length = path.metadata().ok()?.len();
    if length == 0 || length > LONGEST {
        return None;
    }
    let text = std::fs::read_to_string(path).ok()?;
    let target = text.trim_end_matches(['\r', '\n']);
    let target = target.strip_prefix("./").unwrap_or(target);
    let plain = !target.contains(['/', '\\', '\n', '\0']) && !matches!(target, "" | "." | "..");
    (plain && path.with_file_name(target).is_dir()).then(|| target.to_owned())
}

/// Whether any line of a squidGuard file is neither blank nor a comment.
fn has_entries(path: &Path) -> Result<bool> {
    let at_path = |error: std::io::Error| Error::from(error).at_path(path);
    let mut reader = BufReader::new(File::open(path).map_err(at_path)?);
    // Bytes are looked at one buffer at a time: a line may have any length.
    let mut in_comment = false;
    loop {
        let buffer = reader.fill_buf().map_err(at_path)?;
        if buffer.is_empty() {
            return Ok(false);
        }
        for byte in buffer {
            match byte {
                b'\n' => in_comment = false,
                b'#' => in_comment = true,
                byte if in_comment || byte.is_ascii_whitespace() => {}
                _ => return Ok(true),
            }
        }
        let read = buffer.len();
        reader.consume(read);
    }
}

/// The format of a squidGuard tree's file, by its name.
pub(crate) fn member_format(name: &str) -> Option<Format> {
    match name {
        "domains" => Some(Format::SquidGuardDomains),
        "urls" => Some(Format::SquidGuardUrls),
        "expressions" => Some(Format::SquidGuardExpressions),
        _ => None,
    }
}

/// Whether a file of this name describes lists rather than being one.
pub(crate) fn is_description(name: &str) -> bool {
    const STEMS: &[&str] = &[
        "license",
        "licence",
        "copying",
        "copyright",
        "readme",
        "changelog",
        "changes",
        "notice",
    ];
    let name = last_part(name).to_ascii_lowercase();
    let stem = name.split_once('.').map_or(name.as_str(), |(stem, _)| stem);
    STEMS.contains(&stem)
        || matches!(name.as_str(), "usage" | "global_usage" | MANIFEST_NAME)
        || has_extension(&name, &["pdf", "md", "rst"])
}

/// Whether a file of this name is compressed or an archive.
pub(crate) fn is_packed(name: &str) -> bool {
    has_extension(
        name,
        &["gz", "tgz", "zip", "xz", "bz2", "zst", "tar", "7z", "rar"],
    )
}

/// Whether a file of this name is taken for a list even beside the folders of
/// a squidGuard tree.
pub(crate) fn looks_like_a_list(name: &str) -> bool {
    has_extension(
        name,
        &[
            "txt", "list", "lst", "hosts", "domains", "csv", "conf", "rpz", "zone", "json",
        ],
    ) || last_part(name) == "hosts"
}

fn has_extension(name: &str, extensions: &[&str]) -> bool {
    let extension = last_part(name)
        .rsplit_once('.')
        .map(|(_, extension)| extension);
    extension.is_some_and(|found| {
        extensions
            .iter()
            .any(|known| known.eq_ignore_ascii_case(found))
    })
}

fn last_part(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, last)| last)
}

/// The category that a list's place alone gives it: its folder's name if it is
/// called as squidGuard's files are, else its own without extension.
pub(crate) fn category_of(path: &Path) -> String {
    if member_format(&name_of(path)).is_some() {
        parent_name_of(path)
    } else {
        stem_of(path)
    }
}

/// The last part of a path, as text.
pub(crate) fn name_of(path: &Path) -> String {
    match path.file_name() {
        Some(name) => name.to_string_lossy().into_owned(),
        None => true_name_of(path),
    }
}

/// The last part of the path that `path` leads to after links and `..`.
pub(crate) fn true_name_of(path: &Path) -> String {
    let canonical = path.canonicalize().ok();
    let name = canonical.as_deref().unwrap_or(path).file_name();
    name.map_or_else(
        || "lists".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    )
}

/// The name of the folder that `path` is in, after links and `..`.
pub(crate) fn parent_name_of(path: &Path) -> String {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => true_name_of(parent),
        _ => true_name_of(Path::new(".")),
    }
}

/// The last part of a path without its last extension.
pub(crate) fn stem_of(path: &Path) -> String {
    match path.file_stem() {
        Some(stem) => stem.to_string_lossy().into_owned(),
        None => name_of(path),
    }
}

/// A path's parts with `/` between them, on every system.
pub(crate) fn joined(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}
