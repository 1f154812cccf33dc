//! What can be wrong with a policy, an exemption or a change log: kinds with
//! stable codes, and the place at fault.

use std::fmt;
use std::path::{Path, PathBuf};

/// A `Result` whose error is [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// The line and the character of the byte `at` of `text`, each counted from 1;
/// past the end, those of the end.
pub(crate) fn place(text: &str, at: usize) -> (u64, u64) {
    let mut end = at.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let before = &text[..end];
    let line = before.matches('\n').count() as u64 + 1;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    (line, before[start..].chars().count() as u64 + 1)
}

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
    /// A key that no policy has at that place.
    PolicyKey,
    /// A value of the wrong type, or none of those that the key may have.
    PolicyValue,
    /// Something that a policy must say and this one does not.
    PolicyMissing,
    /// The same thing is said twice.
    PolicyDuplicate,
    /// A taxonomy that is neither built in nor lent.
    PolicyTaxonomy,
    /// A category name that neither the taxonomy, nor the policy, nor a ruleset in use knows.
    PolicyCategory,
    /// Something but `block` for a category of illegal content.
    PolicyLocked,
    /// A group that the policy does not have.
    PolicyGroup,
    /// Groups that extend one another in a circle.
    PolicyCycle,
    /// A schedule that the policy does not have.
    PolicySchedule,
    /// A time of day that no clock shows, or a span that never is.
    PolicyTime,
    /// A date that no calendar has, or a span that never is.
    PolicyDate,
    /// A time zone that does not exist.
    PolicyZone,
    /// The address of a local rule or a canary that is none, or one too broad.
    PolicyAddress,
    /// A kind of downloads that there is not.
    PolicyDownload,
    /// A reason that says nothing.
    PolicyReason,
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
    /// An exemption for a group that the policy does not have.
    ExemptionGroup,
    /// An exemption for a category that the policy does not know.
    ExemptionCategory,
    /// An exemption for an address that is none, or one too broad.
    ExemptionAddress,
}

impl ErrorKind {
    /// Every kind of this crate's own, in the order of declaration; the
    /// engine's are in [`hedgerow::ErrorKind::ALL`].
    pub const ALL: &'static [ErrorKind] = &[
        ErrorKind::PolicySyntax,
        ErrorKind::PolicyKey,
        ErrorKind::PolicyValue,
        ErrorKind::PolicyMissing,
        ErrorKind::PolicyDuplicate,
        ErrorKind::PolicyTaxonomy,
        ErrorKind::PolicyCategory,
        ErrorKind::PolicyLocked,
        ErrorKind::PolicyGroup,
        ErrorKind::PolicyCycle,
        ErrorKind::PolicySchedule,
        ErrorKind::PolicyTime,
        ErrorKind::PolicyDate,
        ErrorKind::PolicyZone,
        ErrorKind::PolicyAddress,
        ErrorKind::PolicyDownload,
        ErrorKind::PolicyReason,
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
        ErrorKind::ExemptionGroup,
        ErrorKind::ExemptionCategory,
        ErrorKind::ExemptionAddress,
    ];

    /// The stable code of this kind, in lower-case words joined by hyphens.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            ErrorKind::Engine(kind) => kind.code(),
            ErrorKind::PolicySyntax => "policy-syntax",
            ErrorKind::PolicyKey => "policy-key",
            ErrorKind::PolicyValue => "policy-value",
            ErrorKind::PolicyMissing => "policy-missing",
            ErrorKind::PolicyDuplicate => "policy-duplicate",
            ErrorKind::PolicyTaxonomy => "policy-taxonomy",
            ErrorKind::PolicyCategory => "policy-category",
            ErrorKind::PolicyLocked => "policy-locked",
            ErrorKind::PolicyGroup => "policy-group",
            ErrorKind::PolicyCycle => "policy-cycle",
            ErrorKind::PolicySchedule => "policy-schedule",
            ErrorKind::PolicyTime => "policy-time",
            ErrorKind::PolicyDate => "policy-date",
            ErrorKind::PolicyZone => "policy-zone",
            ErrorKind::PolicyAddress => "policy-address",
            ErrorKind::PolicyDownload => "policy-download",
            ErrorKind::PolicyReason => "policy-reason",
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
            ErrorKind::ExemptionGroup => "exemption-group",
            ErrorKind::ExemptionCategory => "exemption-category",
            ErrorKind::ExemptionAddress => "exemption-address",
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

/// All that is wrong with a policy or with exemptions: at least one error, in
/// the order of the text.
///
/// # Examples
///
/// ```
/// use hedgerow_policy::Policy;
///
/// let errors = Policy::from_toml("name = \"Hill School\"\ntime_zone = \"Europe/Lundon\"\ncolour = 1\n")
///     .unwrap_err();
/// let codes: Vec<&str> = errors.iter().map(|error| error.kind().code()).collect();
/// assert_eq!(codes, ["policy-missing", "policy-zone", "policy-key"]);
/// ```
pub struct Errors(Vec<Error>);

impl Errors {
    /// These errors, in the order of the text; `Ok` of `value` if there are
    /// none.
    pub(crate) fn or<T>(
        mut errors: Vec<Error>,
        value: Option<T>,
    ) -> std::result::Result<T, Errors> {
        errors.sort_by_key(|error| (error.line(), error.column()));
        match value {
            Some(value) if errors.is_empty() => Ok(value),
            _ => {
                if errors.is_empty() {
                    errors.push(Error::new(ErrorKind::PolicySyntax, "nothing can be read"));
                }
                Err(Errors(errors))
            }
        }
    }

    /// The errors, at least one.
    pub fn iter(&self) -> std::slice::Iter<'_, Error> {
        self.0.iter()
    }
}

impl From<Error> for Errors {
    fn from(error: Error) -> Errors {
        Errors(vec![error])
    }
}

/// The first of them, for a caller that shows but one.
impl From<Errors> for Error {
    fn from(errors: Errors) -> Error {
        errors
            .0
            .into_iter()
            .next()
            .unwrap_or_else(|| Error::new(ErrorKind::PolicySyntax, "nothing can be read"))
    }
}

impl IntoIterator for Errors {
    type Item = Error;
    type IntoIter = std::vec::IntoIter<Error>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'e> IntoIterator for &'e Errors {
    type Item = &'e Error;
    type IntoIter = std::slice::Iter<'e, Error>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

/// One error a line.
impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            error.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.0).finish()
    }
}

impl std::error::Error for Errors {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_from_one_another_and_from_the_engine_s() {
        let mut codes: Vec<&str> = ErrorKind::ALL.iter().map(|kind| kind.code()).collect();
        codes.extend(hedgerow::ErrorKind::ALL.iter().map(|kind| kind.code()));
        let all = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), all);
    }
}
