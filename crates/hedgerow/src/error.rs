//! One error type, one list of kinds with stable codes, and the place at fault.
//!
//! Codes are part of the interface: programs match on [`ErrorKind::code`], and
//! the same code is seen from every binding. A code is never given a second
//! meaning; a retired one is never used again.

use std::fmt;
use std::path::{Path, PathBuf};

/// A `Result` whose error is [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong, as a stable, machine-readable kind.
///
/// # Examples
///
/// ```
/// use hedgerow::ErrorKind;
///
/// assert_eq!(ErrorKind::ListEmpty.code(), "list-empty");
/// assert!(ErrorKind::ALL.contains(&ErrorKind::ListEmpty));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Reading or writing failed in the operating system.
    Io,
    /// A path given by the caller names nothing, or nothing that holds lists.
    NotFound,
    /// A manifest (`lists.toml`) does not say what a manifest must say.
    Manifest,
    /// A list holds no entry at all.
    ListEmpty,
    /// A list is an HTML page: most likely an error page saved as a list.
    ListHtml,
    /// A list holds bytes no list format has.
    ListBinary,
    /// Fewer than half of a list's lines can be read in its format.
    ListUnreadable,
    /// A list's format could not be told from its name and content.
    ListFormat,
    /// A list's lines were left out, and the caller asked for strictness.
    ListLeftOut,
    /// A category name that the taxonomy in use does not know.
    CategoryUnknown,
    /// More of something than the ruleset format can number.
    LimitExceeded,
    /// The bytes are not a ruleset.
    RulesetMagic,
    /// The ruleset is of a format version this build does not read.
    RulesetVersion,
    /// The ruleset ends before its trailer, or is shorter than it says.
    RulesetTruncated,
    /// A section's bytes do not match its checksum.
    RulesetChecksum,
    /// The checksums hold but the content contradicts itself.
    RulesetCorrupt,
}

impl ErrorKind {
    /// Every kind, in the order of declaration.
    pub const ALL: &'static [ErrorKind] = &[
        ErrorKind::Io,
        ErrorKind::NotFound,
        ErrorKind::Manifest,
        ErrorKind::ListEmpty,
        ErrorKind::ListHtml,
        ErrorKind::ListBinary,
        ErrorKind::ListUnreadable,
        ErrorKind::ListFormat,
        ErrorKind::ListLeftOut,
        ErrorKind::CategoryUnknown,
        ErrorKind::LimitExceeded,
        ErrorKind::RulesetMagic,
        ErrorKind::RulesetVersion,
        ErrorKind::RulesetTruncated,
        ErrorKind::RulesetChecksum,
        ErrorKind::RulesetCorrupt,
    ];

    /// The stable code of this kind, in lower-case words joined by hyphens.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            ErrorKind::Io => "io",
            ErrorKind::NotFound => "not-found",
            ErrorKind::Manifest => "manifest",
            ErrorKind::ListEmpty => "list-empty",
            ErrorKind::ListHtml => "list-html",
            ErrorKind::ListBinary => "list-binary",
            ErrorKind::ListUnreadable => "list-unreadable",
            ErrorKind::ListFormat => "list-format",
            ErrorKind::ListLeftOut => "list-left-out",
            ErrorKind::CategoryUnknown => "category-unknown",
            ErrorKind::LimitExceeded => "limit-exceeded",
            ErrorKind::RulesetMagic => "ruleset-magic",
            ErrorKind::RulesetVersion => "ruleset-version",
            ErrorKind::RulesetTruncated => "ruleset-truncated",
            ErrorKind::RulesetChecksum => "ruleset-checksum",
            ErrorKind::RulesetCorrupt => "ruleset-corrupt",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An error of this crate: a kind, a sentence, and the place at fault.
///
/// It is one pointer wide, so that `Result<T>` stays small.
///
/// # Examples
///
/// ```
/// use hedgerow::{Error, ErrorKind};
///
/// let error = Error::new(ErrorKind::ListEmpty, "no entry in it")
///     .at_path("lists/gambling/domains")
///     .at_line(1);
/// assert_eq!(error.kind(), ErrorKind::ListEmpty);
/// assert_eq!(error.line(), Some(1));
/// assert_eq!(
///     error.to_string(),
///     "lists/gambling/domains:1: no entry in it [list-empty]"
/// );
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    path: Option<PathBuf>,
    line: Option<u64>,
    offset: Option<u64>,
    source: Option<std::io::Error>,
}

impl Error {
    /// An error of `kind`, told in `message` (a sentence without a full stop).
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error(Box::new(Inner {
            kind,
            message: message.into(),
            path: None,
            line: None,
            offset: None,
            source: None,
        }))
    }

    /// The same error, said of the file at `path`.
    #[must_use]
    pub fn at_path(mut self, path: impl AsRef<Path>) -> Error {
        self.0.path = Some(path.as_ref().to_owned());
        self
    }

    /// The same error, said of the line `line`, counted from 1.
    #[must_use]
    pub fn at_line(mut self, line: u64) -> Error {
        self.0.line = Some(line);
        self
    }

    /// The same error, said of the byte `offset`, counted from 0.
    #[must_use]
    pub fn at_offset(mut self, offset: u64) -> Error {
        self.0.offset = Some(offset);
        self
    }

    /// What kind of error this is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The sentence, without the place.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The file at fault, if the error has one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.0.path.as_deref()
    }

    /// The line at fault, counted from 1, if the error has one.
    #[must_use]
    pub fn line(&self) -> Option<u64> {
        self.0.line
    }

    /// The byte at fault, counted from 0, if the error has one.
    #[must_use]
    pub fn offset(&self) -> Option<u64> {
        self.0.offset
    }
}

impl From<std::io::Error> for Error {
    fn from(source: std::io::Error) -> Error {
        let kind = match source.kind() {
            std::io::ErrorKind::NotFound => ErrorKind::NotFound,
            _ => ErrorKind::Io,
        };
        let mut error = Error::new(kind, source.to_string());
        error.0.source = Some(source);
        error
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = self.path() {
            write!(f, "{}:", path.display())?;
        }
        if let Some(line) = self.line() {
            write!(f, "{line}:")?;
        }
        if self.path().is_some() || self.line().is_some() {
            f.write_str(" ")?;
        }
        write!(f, "{}", self.message())?;
        if let Some(offset) = self.offset() {
            write!(f, " (at byte {offset})")?;
        }
        write!(f, " [{}]", self.kind())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("path", &self.0.path)
            .field("line", &self.0.line)
            .field("offset", &self.0.offset)
            .finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0
            .source
            .as_ref()
            .map(|source| source as &(dyn std::error::Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct() {
        let mut codes: Vec<_> = ErrorKind::ALL.iter().map(|kind| kind.code()).collect();
        codes.sort_unstable();
        let before = codes.len();
        codes.dedup();
        assert_eq!(codes.len(), before);
    }
}
