//! What can be wrong with a policy, an exemption or a change log: kinds with
//! stable codes, and the place at fault.

use std::fmt;
use std::path::{Path, PathBuf};

/// A `Result` whose error is [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong, as a stable, machine-readable kind. Codes are distinct from
/// those of [`hedgerow::ErrorKind`], so that a binding can give both in one
/// place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The engine refused something: its own kind is inside.
    Engine(hedgerow::ErrorKind),
    /// The text is not TOML or JSON of a policy's shape.
    PolicySyntax,
    /// A digest is not 64 hexadecimal digits.
    DigestSyntax,
    /// A file that should be a change log holds something else.
    LogNotALog,
    /// A change log, or a record, is of a form this build does not read.
    LogVersion,
    /// A line of a change log is not a record, or not what its hash says.
    LogRecord,
    /// A change does not say who made it, why, or what of.
    ChangeIncomplete,
    /// A path is not that of a file whose changes a log can record.
    ChangePath,
    /// A change is recorded but not yet in effect.
    ChangeUnfinished,
    /// The text is not TOML of the shape of a file of exemptions.
    ExemptionSyntax,
    /// The id of an exemption is of no use as one, or another has it.
    ExemptionId,
    /// There is no exemption with this id.
    ExemptionUnknown,
    /// A person may not do this with exemptions, or is not named.
    ExemptionPerson,
    /// Who asked for an exemption cannot approve it as well.
    ExemptionSamePerson,
    /// An exemption, or what is done with it, has no reason.
    ExemptionReason,
    /// An exemption ends before it begins, or is over already.
    ExemptionTime,
    /// An exemption lasts longer than the policy lets it.
    ExemptionTooLong,
    /// An exemption opens nothing, or for nobody.
    ExemptionEmpty,
    /// An exemption names a locked category.
    ExemptionLocked,
    /// An exemption is approved or revoked already.
    ExemptionState,
}

impl ErrorKind {
    /// Every kind of this crate, in the order of declaration; those of the
    /// engine are [`hedgerow::ErrorKind::ALL`].
    pub const ALL: &'static [ErrorKind] = &[
        ErrorKind::PolicySyntax,
        ErrorKind::DigestSyntax,
        ErrorKind::LogNotALog,
        ErrorKind::LogVersion,
        ErrorKind::LogRecord,
        ErrorKind::ChangeIncomplete,
        ErrorKind::ChangePath,
        ErrorKind::ChangeUnfinished,
        ErrorKind::ExemptionSyntax,
        ErrorKind::ExemptionId,
        ErrorKind::ExemptionUnknown,
        ErrorKind::ExemptionPerson,
        ErrorKind::ExemptionSamePerson,
        ErrorKind::ExemptionReason,
        ErrorKind::ExemptionTime,
        ErrorKind::ExemptionTooLong,
        ErrorKind::ExemptionEmpty,
        ErrorKind::ExemptionLocked,
        ErrorKind::ExemptionState,
    ];

    /// The stable code of this kind, in lower-case words joined by hyphens.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            ErrorKind::Engine(kind) => kind.code(),
            ErrorKind::PolicySyntax => "policy-syntax",
            ErrorKind::DigestSyntax => "digest-syntax",
            ErrorKind::LogNotALog => "log-not-a-log",
            ErrorKind::LogVersion => "log-version",
            ErrorKind::LogRecord => "log-record",
            ErrorKind::ChangeIncomplete => "change-incomplete",
            ErrorKind::ChangePath => "change-path",
            ErrorKind::ChangeUnfinished => "change-unfinished",
            ErrorKind::ExemptionSyntax => "exemption-syntax",
            ErrorKind::ExemptionId => "exemption-id",
            ErrorKind::ExemptionUnknown => "exemption-unknown",
            ErrorKind::ExemptionPerson => "exemption-person",
            ErrorKind::ExemptionSamePerson => "exemption-same-person",
            ErrorKind::ExemptionReason => "exemption-reason",
            ErrorKind::ExemptionTime => "exemption-time",
            ErrorKind::ExemptionTooLong => "exemption-too-long",
            ErrorKind::ExemptionEmpty => "exemption-empty",
            ErrorKind::ExemptionLocked => "exemption-locked",
            ErrorKind::ExemptionState => "exemption-state",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An error of this crate: a kind, a sentence, and the place at fault. One
/// pointer wide.
///
/// # Examples
///
/// ```
/// use hedgerow_policy::{Error, ErrorKind};
///
/// let error = Error::new(ErrorKind::PolicySyntax, "expected a table")
///     .at_path("school.toml")
///     .at_line(3)
///     .at_column(9);
/// assert_eq!(error.to_string(), "school.toml:3:9: expected a table [policy-syntax]");
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    path: Option<PathBuf>,
    line: Option<u64>,
    column: Option<u64>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
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
            column: None,
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

    /// The same error, said of the character `column` of its line, counted
    /// from 1.
    #[must_use]
    pub fn at_column(mut self, column: u64) -> Error {
        self.0.column = Some(column);
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

    /// The character of the line at fault, counted from 1, if the error has
    /// one.
    #[must_use]
    pub fn column(&self) -> Option<u64> {
        self.0.column
    }
}

impl From<hedgerow::Error> for Error {
    fn from(source: hedgerow::Error) -> Error {
        let mut error = Error::new(ErrorKind::Engine(source.kind()), source.message());
        error.0.path = source.path().map(Path::to_owned);
        error.0.line = source.line();
        error.0.source = Some(Box::new(source));
        error
    }
}

impl From<std::io::Error> for Error {
    fn from(source: std::io::Error) -> Error {
        Error::from(hedgerow::Error::from(source))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = self.path() {
            write!(f, "{}:", path.display())?;
        }
        if let Some(line) = self.line() {
            write!(f, "{line}:")?;
            if let Some(column) = self.column() {
                write!(f, "{column}:")?;
            }
        }
        if self.path().is_some() || self.line().is_some() {
            f.write_str(" ")?;
        }
        write!(f, "{} [{}]", self.message(), self.kind())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("path", &self.0.path)
            .field("line", &self.0.line)
            .field("column", &self.0.column)
            .finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0
            .source
            .as_deref()
            .map(|source| source as &(dyn std::error::Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn codes_are_distinct_words() {
        let ours = ErrorKind::ALL.iter().map(|kind| kind.code());
        let engine = hedgerow::ErrorKind::ALL.iter().map(|kind| kind.code());
        let mut seen = HashSet::new();
        for code in ours.chain(engine) {
            assert!(seen.insert(code), "{code} twice");
            assert!(code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'));
        }
    }
}
