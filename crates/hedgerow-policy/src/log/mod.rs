//! The change log: an append-only file of JSON Lines in which every change of a
//! policy, an exemption, a ruleset or a taxonomy is a record, chained by hash
//! to the one before.
//!
//! - `record`: one record, how it is written and what its hash is taken of
//! - `verify`: checking a whole log, with `chain` for the ways through its records
//! - `file`: the file itself: appending, reading, locking

mod chain;
#[cfg(feature = "files")]
mod file;
mod record;
mod verify;

#[cfg(feature = "files")]
pub use file::{ChangeLog, Head, Records};
#[cfg(feature = "files")]
pub(crate) use file::{Locked, at, folder_of, sync_folder_of};
pub(crate) use record::is_blank;
pub use record::{Cause, Change, ChangeKind, Digest, LOG_FORMAT, Record};
pub use verify::{Finding, FindingKind, Verification, verify};

/// The subject of the record that notes a torn one.
const TORN_SUBJECT: &str = "torn record";

/// Whether a record notes a torn one. Its `after` is then the digest of all
/// bytes between the last sound record and itself.
fn is_note_of_torn(change: &Change) -> bool {
    change.kind == ChangeKind::Log && change.subject == TORN_SUBJECT
}

/// Whether a line without a record in it is what a crash in the middle of an
/// append leaves: the beginning of a record, or zeros.
fn looks_torn(line: &[u8]) -> bool {
    let mark = record::FORMAT_MARK;
    line.starts_with(mark) || mark.starts_with(line) || line.iter().all(|byte| *byte == 0)
}
