//! The file of a change log: appending under a lock, reading, and what a crash
//! left at its end.

use super::record::{Cause, Change, ChangeKind, Digest, Record, is_of_another_form};
use super::verify::{Verification, verify};
use super::{TORN_SUBJECT, looks_torn};
use crate::error::{Error, ErrorKind, Result};
use serde::Serialize;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// How much of the end of a log is read first, to find its last record.
const TAIL: u64 = 16 << 10;

/// A change log: an append-only file of records, one a line, each chained by
/// hash to the one before (see [`Record`] for what is hashed).
///
/// Several processes may use one log at once: whoever appends holds a lock on
/// the file from reading its end to the flush of the new record, whoever reads
/// holds a shared one. The lock is the operating system's (`flock` on Unix), so
/// it ends with the process that holds it, however that ends.
///
/// Appending reads only the end of the file, so it costs the same however long
/// the log has grown, and returns when the record is on the disk.
///
/// What the chain proves and what it does not is told at [`verify`]. To keep
/// the log's own writer from rewriting it, note its [`ChangeLog::head`]
/// elsewhere; on Linux also `chattr +a`, with which this crate works.
///
/// # Examples
///
/// ```
/// use hedgerow_policy::{Cause, Change, ChangeKind, ChangeLog, Digest};
///
/// # let folder = tempfile::tempdir()?;
/// let log = ChangeLog::open(folder.path().join("changes.jsonl"))?;
/// let record = log.append(Change {
///     at: "2026-11-22T20:00:00Z".parse()?,
///     who: "A. Smith".into(),
///     kind: ChangeKind::Ruleset,
///     subject: "gambling".into(),
///     file: false,
///     before: None,
///     after: Some(Digest::of(b"the ruleset")),
///     difference: "20,114 entries".into(),
///     why: "first list of the year".into(),
/// })?;
/// assert_eq!(record.seq, 1);
///
/// let noted = record.hash;
/// assert!(log.verify(Some(noted))?.findings.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ChangeLog {
    path: PathBuf,
}

/// The last record of a log: note it down outside the log, and a tail that is
/// cut off later can be seen ([`verify`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Head {
    /// The number of the record.
    pub seq: u64,
    /// Its hash.
    pub hash: Digest,
}

impl ChangeLog {
    /// Opens the log at `path`, and begins an empty one if there is no file.
    /// A log whose last record is torn opens; [`ChangeLog::verify`] reports it
    /// and the next append notes it.
    ///
    /// # Errors
    ///
    /// The engine's `io` if the file can be neither opened nor created,
    /// [`ErrorKind::LogNotALog`] if it holds something else than a log, and
    /// [`ErrorKind::LogVersion`] if the log is of a form this build does not
    /// write.
    pub fn open(path: impl Into<PathBuf>) -> Result<ChangeLog> {
        let log = ChangeLog { path: path.into() };
        drop(log.lock()?);
        Ok(log)
    }

    /// The log at `path`, which must be there: for reading and verifying, where
    /// a mistyped name must not make a new, sound, empty log.
    ///
    /// # Errors
    ///
    /// The engine's `io` if there is no such file.
    pub fn existing(path: impl Into<PathBuf>) -> Result<ChangeLog> {
        let log = ChangeLog { path: path.into() };
        File::open(&log.path).map_err(|error| at(error, &log.path))?;
        Ok(log)
    }

    /// Where the log is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends the record of `change`, and returns when it is on the disk. It
    /// is for changes of things that are not files the log can replace; for
    /// those there is [`ChangeLog::change`], which sets
    /// [`Change::file`]; here it must be `false`.
    ///
    /// If the log ends in a torn record, that line is ended and kept, and a
    /// record of the kind [`ChangeKind::Log`] notes it by its digest.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ChangeIncomplete`] if the change does not say who, why or
    /// of what, or is not for callers to append; those of [`ChangeLog::open`];
    /// the engine's `io` if the record could not be written: then the log is as
    /// it was, or ends in a torn record.
    pub fn append(&self, change: Change) -> Result<Record> {
        if change.file || change.kind == ChangeKind::Log {
            return Err(Error::new(
                ErrorKind::ChangeIncomplete,
                "records of files and of the log itself are written by the log alone",
            ));
        }
        check(&change)?;
        self.lock()?.append(change)
    }

    /// The last record's number and hash; nothing in an empty log.
    ///
    /// # Errors
    ///
    /// The engine's `io`, [`ErrorKind::LogNotALog`], [`ErrorKind::LogVersion`].
    pub fn head(&self) -> Result<Option<Head>> {
        let mut file = self.shared()?;
        let tail = read_tail(&mut file).map_err(|error| error.at_path(&self.path))?;
        Ok(tail.last.map(|(seq, hash)| Head { seq, hash }))
    }

    /// The records of the log, from the first. It is read as a whole, under a
    /// shared lock, so that a record being written is not seen half.
    ///
    /// # Errors
    ///
    /// The engine's `io`.
    pub fn records(&self) -> Result<Records> {
        Ok(Records {
            bytes: self.read()?,
            at: 0,
            line: 0,
            path: self.path.clone(),
        })
    }

    /// Checks the log: see [`verify`].
    ///
    /// # Errors
    ///
    /// The engine's `io`.
    pub fn verify(&self, expected_head: Option<Digest>) -> Result<Verification> {
        Ok(verify(&self.read()?, expected_head))
    }

    fn read(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.shared()?
            .read_to_end(&mut bytes)
            .map_err(|error| at(error, &self.path))?;
        Ok(bytes)
    }

    /// The file, for reading, with a shared lock that ends with it.
    fn shared(&self) -> Result<File> {
        let file = File::open(&self.path).map_err(|error| at(error, &self.path))?;
        match file.lock_shared() {
            // A log copied to a file system without locks can still be read.
            Err(error) if error.kind() != std::io::ErrorKind::Unsupported => {
                Err(at(error, &self.path))
            }
            _ => Ok(file),
        }
    }

    /// Waits until nobody else reads or writes the log, and holds it.
    pub(crate) fn lock(&self) -> Result<Locked<'_>> {
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(&self.path)
            .map_err(|error| at(error, &self.path))?;
        file.lock().map_err(|error| at(error, &self.path))?;
        let tail = read_tail(&mut file).map_err(|error| error.at_path(&self.path))?;
        if tail.length == 0 {
            // That there is a file must be as lasting as what it will hold.
            sync_folder_of(&self.path).map_err(|error| at(error, &self.path))?;
        }
        Ok(Locked {
            file,
            path: &self.path,
            tail,
        })
    }
}

/// A log that nobody else can append to or read, until this is dropped.
pub(crate) struct Locked<'a> {
    file: File,
    path: &'a Path,
    tail: Tail,
}

impl Locked<'_> {
    /// Appends the record of `change` and flushes it to the disk.
    pub(crate) fn append(&mut self, change: Change) -> Result<Record> {
        let mut out = Vec::new();
        let mut last = self.tail.last;
        if !self.tail.ended {
            out.push(b'\n');
        }
        if let Some(torn) = self.tail.torn.take() {
            let (note, line) = Record::after(last, note_of_torn(&torn, &out, &change))?;
            out.extend(line);
            last = Some((note.seq, note.hash));
            self.tail.torn = Some(torn);
        }
        let (record, line) = Record::after(last, change)?;
        out.extend(line);
        let written = self
            .file
            .write_all(&out)
            .and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            // The record may be there in part, or whole but not on the disk. It
            // has not happened; if the file cannot be put back, the next append
            // finds a torn record.
            let _ = self.file.set_len(self.tail.length);
            let _ = self.file.sync_data();
            return Err(at(error, self.path));
        }
        self.tail = Tail {
            length: self.tail.length + out.len() as u64,
            last: Some((record.seq, record.hash)),
            ended: true,
            torn: None,
        };
        Ok(record)
    }

    /// The whole log.
    pub(crate) fn read(&mut self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.file
            .seek(SeekFrom::Start(0))
            .and_then(|_| self.file.read_to_end(&mut bytes))
            .map_err(|error| at(error, self.path))?;
        Ok(bytes)
    }
}

/// The record that vouches for a torn one.
fn note_of_torn(torn: &[u8], line_end: &[u8], change: &Change) -> Change {
    let mut whole = torn.to_vec();
    whole.extend_from_slice(line_end);
    Change {
        at: change.at,
        who: change.who.clone(),
        kind: ChangeKind::Log,
        subject: TORN_SUBJECT.to_owned(),
        file: false,
        before: None,
        after: Some(Digest::of(&whole)),
        difference: format!(
            "the {} bytes before this record are not a record; they are kept",
            whole.len()
        ),
        why: "an append did not end; found by the next one".to_owned(),
    }
}

/// The records of a log, in the order of its lines. A line that is not a sound
/// record gives an error that names the line; the others follow all the same.
#[derive(Debug)]
pub struct Records {
    bytes: Vec<u8>,
    at: usize,
    line: u64,
    path: PathBuf,
}

impl Iterator for Records {
    type Item = Result<Record>;

    fn next(&mut self) -> Option<Result<Record>> {
        let rest = self.bytes.get(self.at..).filter(|rest| !rest.is_empty())?;
        let (line, taken) = match rest.iter().position(|byte| *byte == b'\n') {
            Some(end) => (rest.get(..end).unwrap_or(rest), end + 1),
            None => (rest, rest.len()),
        };
        self.line += 1;
        let record =
            Record::parse(line).map_err(|error| error.at_path(&self.path).at_line(self.line));
        self.at += taken;
        Some(record)
    }
}

/// What stands at the end of a log.
struct Tail {
    /// How many bytes the file has.
    length: u64,
    /// The number and hash of the last sound record.
    last: Option<(u64, Digest)>,
    /// Whether the file ends in a line end, or is empty.
    ended: bool,
    /// What stands after the last sound record.
    torn: Option<Vec<u8>>,
}

/// Reads the end of a log, as far back as its last sound record.
fn read_tail(file: &mut File) -> Result<Tail> {
    let length = file.seek(SeekFrom::End(0)).map_err(Error::from)?;
    let mut take = TAIL;
    loop {
        let start = length.saturating_sub(take);
        file.seek(SeekFrom::Start(start)).map_err(Error::from)?;
        let mut bytes = Vec::new();
        file.take(length - start)
            .read_to_end(&mut bytes)
            .map_err(Error::from)?;
        if let Some(tail) = find_last(&bytes, start == 0, length)? {
            return Ok(tail);
        }
        take = take.saturating_mul(4);
    }
}

/// Finds the last sound record in `bytes`, the end of a log. `None` means that
/// more of the log must be read.
fn find_last(bytes: &[u8], is_whole: bool, length: u64) -> Result<Option<Tail>> {
    let ended = bytes.last().is_none_or(|byte| *byte == b'\n');
    let mut end = bytes.len();
    while end > 0 {
        let text_end = match bytes.get(end - 1) {
            Some(b'\n') => end - 1,
            _ => end,
        };
        let before = bytes.get(..text_end).unwrap_or_default();
        let start = match before.iter().rposition(|byte| *byte == b'\n') {
            Some(line_end) => line_end + 1,
            None if is_whole => 0,
            None => return Ok(None),
        };
        let line = bytes.get(start..text_end).unwrap_or_default();
        match Record::parse(line) {
            Ok(record) => {
                let torn = bytes.get(end..).filter(|torn| !torn.is_empty());
                return Ok(Some(Tail {
                    length,
                    last: Some((record.seq, record.hash)),
                    ended,
                    torn: torn.map(<[u8]>::to_vec),
                }));
            }
            Err(error) if error.kind() == ErrorKind::LogVersion => return Err(error),
            Err(_) => {}
        }
        end = start;
    }
    if !is_whole {
        return Ok(None);
    }
    // No record at all: an empty log, one whose first record was torn, or a
    // file that is no log and must not become one.
    let looks_like_a_log = bytes
        .split(|byte| *byte == b'\n')
        .all(|line| looks_torn(line) && !is_of_another_form(line));
    if !looks_like_a_log {
        return Err(Error::new(
            ErrorKind::LogNotALog,
            "the file holds something else than a change log",
        ));
    }
    Ok(Some(Tail {
        length,
        last: None,
        ended,
        torn: (!bytes.is_empty()).then(|| bytes.to_vec()),
    }))
}

/// Refuses a change that does not say what a record must.
fn check(change: &Change) -> Result<()> {
    let cause = Cause {
        who: &change.who,
        why: &change.why,
        at: change.at,
    };
    cause.check()?;
    if super::is_blank(&change.subject) {
        return Err(Error::new(
            ErrorKind::ChangeIncomplete,
            "a change must say what it is a change of",
        ));
    }
    Ok(())
}

/// An error of the operating system, said of a file.
pub(crate) fn at(error: std::io::Error, path: &Path) -> Error {
    Error::from(error).at_path(path)
}

/// Makes what was created, renamed or removed in the folder of `path` lasting.
/// Only Unix can flush a folder; elsewhere the file system sees to it.
pub(crate) fn sync_folder_of(path: &Path) -> std::io::Result<()> {
    if cfg!(unix) {
        File::open(folder_of(path))?.sync_all()
    } else {
        Ok(())
    }
}

/// The folder that a file is in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}
