//! How a run ends: the three exit codes, and what went wrong.

use std::fmt;
use std::io;
use std::process::ExitCode;

/// How a run ended that could be told to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Done, and nothing to report.
    Done,
    /// Something was found.
    Found,
    /// It could not be done.
    CouldNot,
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> ExitCode {
        ExitCode::from(match ending {
            Ending::Done => 0,
            Ending::Found => 1,
            Ending::CouldNot => 2,
        })
    }
}

/// What a subcommand gives.
pub(crate) type Run = Result<Ending, Failure>;

/// Why a run could not go on.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The engine, or a file, said no.
    Engine(hedgerow::Error),
    /// A policy, an exemption or a log said no, perhaps for several reasons.
    Policy(hedgerow_policy::Errors),
    /// Standard output cannot be written to.
    Output(io::Error),
    /// Anything else, in a sentence.
    Other(String),
}

impl Failure {
    /// What went wrong, each thing in a sentence of its own.
    pub(crate) fn sentences(&self) -> Vec<String> {
        match self {
            Failure::Policy(errors) => errors.iter().map(ToString::to_string).collect(),
            other => vec![other.to_string()],
        }
    }

    /// Whether the reader of standard output has gone.
    pub(crate) fn is_closed_output(&self) -> bool {
        matches!(self, Failure::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Engine(error) => error.fmt(f),
            Failure::Policy(errors) => errors.fmt(f),
            Failure::Output(error) => write!(f, "standard output: {error} [io]"),
            Failure::Other(sentence) => f.write_str(sentence),
        }
    }
}

impl From<hedgerow::Error> for Failure {
    fn from(error: hedgerow::Error) -> Failure {
        Failure::Engine(error)
    }
}

impl From<hedgerow_policy::Errors> for Failure {
    fn from(errors: hedgerow_policy::Errors) -> Failure {
        Failure::Policy(errors)
    }
}

impl From<hedgerow_policy::Error> for Failure {
    fn from(error: hedgerow_policy::Error) -> Failure {
        Failure::Policy(error.into())
    }
}

/// Errors of files are told with their path, as [`hedgerow::Error`]; what is
/// left is standard output.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::Output(error)
    }
}

impl From<csv::Error> for Failure {
    fn from(error: csv::Error) -> Failure {
        // The crate's own conversion hides what kind of error it was.
        match error.into_kind() {
            csv::ErrorKind::Io(error) => Failure::Output(error),
            other => Failure::Output(io::Error::other(format!("{other:?}"))),
        }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Failure {
        Failure::Output(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_left_is_known_by_whatever_way_it_is_told() {
        let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
        assert!(Failure::from(gone()).is_closed_output());
        assert!(Failure::from(csv::Error::from(gone())).is_closed_output());
        assert!(Failure::from(serde_json::Error::io(gone())).is_closed_output());
        let full = io::Error::from(io::ErrorKind::StorageFull);
        assert!(!Failure::from(full).is_closed_output());
    }
}
