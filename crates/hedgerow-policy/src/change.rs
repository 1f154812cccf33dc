//! Changing a file so that the change and its record cannot part: after a
//! crash at any moment the file is the old or the new one, never a mix, and
//! agrees with the log, or the disagreement is found and mended.
//!
//! # The steps
//!
//! All under the log's lock, so that of two processes that change one file
//! each sees what the other made of it:
//!
//! 1. What a crash left of earlier changes of the file is put in order.
//! 2. The file is read, and the new content made from it.
//! 3. The new content is written beside the file, as
//!    `.NAME.DIGEST.pending`, and flushed to the disk, folder included.
//! 4. The record is appended to the log and flushed. *From here on the change
//!    is made*, whatever happens.
//! 5. The pending file is renamed over the file, and the folder flushed.
//!
//! # What a crash leaves, and what becomes of it
//!
//! | Crash | Left | Becomes |
//! |---|---|---|
//! | before 4 | the old file; a pending file, whole or not | the pending file is removed: no such change ([`RecoveryState::Discarded`]) |
//! | in 4 | the same, and a torn record | the same; the next append notes the torn record |
//! | between 4 and 5 | the old file, the record, the pending file | the pending file is renamed: the change is finished ([`RecoveryState::Finished`]) |
//! | after 5 | the new file and the record | nothing to do ([`RecoveryState::InStep`]) |
//!
//! Two more cases no crash makes, and none is mended, because that takes a
//! person: the pending file of a recorded change is gone or damaged
//! ([`RecoveryState::NotInEffect`]), or the file is neither what the last
//! record found nor what it left ([`RecoveryState::Diverged`]): somebody changed
//! it past the log. The next change goes on from what is there, and
//! [`verify`](crate::verify) names the gap for ever after
//! ([`FindingKind::Unrecorded`](crate::FindingKind::Unrecorded)).

use crate::difference::difference;
use crate::error::{Error, ErrorKind, Result};
use crate::log::{Cause, Change, ChangeKind, ChangeLog, Digest, Locked, Record};
use crate::log::{at, folder_of, sync_folder_of};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{ErrorKind as IoErrorKind, Write};
use std::path::{Path, PathBuf};

/// How the last recorded change of a file stands to the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RecoveryState {
    /// The file is what the last record left.
    InStep,
    /// The file was still what the last record found; the new content lay
    /// beside it and was put in its place now.
    Finished,
    /// New content lay beside the file of which the log knows nothing: a crash
    /// before the record. It was removed.
    Discarded,
    /// The file is what the last record found, and the new content is gone or
    /// damaged. Nothing was done: the change must be made again.
    NotInEffect,
    /// The file is neither what the last record found nor what it left: it was
    /// changed, or removed, past the log. Nothing was done.
    Diverged,
}

impl RecoveryState {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            RecoveryState::InStep => "in-step",
            RecoveryState::Finished => "finished",
            RecoveryState::Discarded => "discarded",
            RecoveryState::NotInEffect => "not-in-effect",
            RecoveryState::Diverged => "diverged",
        }
    }

    /// Whether log and file agree now, or a person has to look.
    #[must_use]
    pub const fn is_settled(self) -> bool {
        !matches!(self, RecoveryState::NotInEffect | RecoveryState::Diverged)
    }
}

/// What [`ChangeLog::recover`] found of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recovery {
    /// The file, as the log names it: from the folder of the log.
    pub subject: String,
    /// Where it is.
    pub path: PathBuf,
    /// The number of its last record, if it has one.
    pub record: Option<u64>,
    /// How the two stand.
    pub state: RecoveryState,
    /// The digest of the file as it is now; nothing if there is none.
    pub digest: Option<Digest>,
}

impl ChangeLog {
    /// Replaces the file at `path` by what `edit` makes of it, with a record in
    /// the log that is on the disk before the change takes effect. `edit` gets
    /// the content, or nothing if there is no file; it must not use this log
    /// (it would wait for itself). Returns when all is on the disk, with the
    /// record; with nothing if `edit` changed nothing.
    ///
    /// The file is named in the log by its path from the folder of the log, or
    /// by its whole path if it is not below that folder. A symbolic link is
    /// followed. The folder must be there. Permissions stay as they were.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ChangeIncomplete`] if the cause lacks a name or a reason;
    /// [`ErrorKind::ChangePath`] if the path cannot be that of such a file;
    /// whatever `edit` gives; those of [`ChangeLog::open`]: in all these cases
    /// nothing has changed. [`ErrorKind::ChangeUnfinished`] if the change is
    /// recorded but could not be put into effect: [`ChangeLog::recover`] and the
    /// next change of the file will do it.
    ///
    /// # Examples
    ///
    /// ```
    /// use hedgerow_policy::{Cause, ChangeKind, ChangeLog};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let folder = folder.path();
    /// let log = ChangeLog::open(folder.join("changes.jsonl"))?;
    /// let cause = Cause {
    ///     who: "A. Smith",
    ///     why: "games are for break",
    ///     at: "2026-11-22T20:00:00Z".parse()?,
    /// };
    /// let path = folder.join("school.toml");
    /// let record = log.change(ChangeKind::Policy, &path, &cause, |old| {
    ///     assert_eq!(old, None);
    ///     Ok(b"name = \"Hill School\"\n".to_vec())
    /// })?;
    /// let record = record.expect("it is new");
    /// assert_eq!(record.change.subject, "school.toml");
    /// assert!(record.change.difference.contains("+name = \"Hill School\""));
    /// assert_eq!(std::fs::read(&path)?, b"name = \"Hill School\"\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn change(
        &self,
        kind: ChangeKind,
        path: impl AsRef<Path>,
        cause: &Cause<'_>,
        edit: impl FnOnce(Option<&[u8]>) -> Result<Vec<u8>>,
    ) -> Result<Option<Record>> {
        cause.check()?;
        check_kind(kind)?;
        let mut locked = self.lock()?;
        let place = Place::of(self.path(), path.as_ref())?;
        place.settle_leftovers(&mut locked)?;
        let old = match fs::read(&place.path) {
            Ok(old) => Some(old),
            Err(error) if error.kind() == IoErrorKind::NotFound => None,
            Err(error) => return Err(at(error, &place.path)),
        };
        let new = edit(old.as_deref())?;
        if old.as_deref() == Some(&*new) {
            return Ok(None);
        }
        let after = Digest::of(&new);
        let pending = place.pending(&after);
        let written = write_pending(&pending, &new, &place.path);
        if let Err(error) = written {
            let _ = fs::remove_file(&pending);
            return Err(at(error, &pending));
        }
        let difference = difference(old.as_deref().unwrap_or_default(), &new);
        let before = old.map(|old| Digest::of(&old));
        place.record_and_rename(&mut locked, kind, before, after, difference, cause)
    }

    /// As [`ChangeLog::change`], with the new content in a file already: for
    /// what is too large for memory, such as a ruleset. `prepared` must be in
    /// the same folder as `path` (it is renamed); `difference` says for people
    /// what differs, and must not tell entries of an illegal list.
    ///
    /// # Errors
    ///
    /// As [`ChangeLog::change`]; [`ErrorKind::ChangePath`] also if `prepared` is
    /// in another folder. If nothing has changed `prepared` is still there.
    pub fn change_to_file(
        &self,
        kind: ChangeKind,
        path: impl AsRef<Path>,
        prepared: impl AsRef<Path>,
        difference: impl Into<String>,
        cause: &Cause<'_>,
    ) -> Result<Option<Record>> {
        cause.check()?;
        check_kind(kind)?;
        let mut locked = self.lock()?;
        let place = Place::of(self.path(), path.as_ref())?;
        let prepared = Place::of(self.path(), prepared.as_ref())?.path;
        if folder_of(&prepared) != folder_of(&place.path) || prepared == place.path {
            return Err(Error::new(
                ErrorKind::ChangePath,
                "the prepared file must lie beside the one that it replaces",
            )
            .at_path(&prepared));
        }
        place.settle_leftovers(&mut locked)?;
        let before = digest_of(&place.path)?;
        let file = File::open(&prepared).map_err(|error| at(error, &prepared))?;
        let after = Digest::of_reader(&file).map_err(|error| at(error, &prepared))?;
        if before == Some(after) {
            return Ok(None);
        }
        keep_permissions(&file, &place.path)
            .and_then(|()| file.sync_all())
            .map_err(|error| at(error, &prepared))?;
        drop(file);
        let pending = place.pending(&after);
        fs::rename(&prepared, &pending)
            .and_then(|()| sync_folder_of(&pending))
            .map_err(|error| at(error, &prepared))?;
        place.record_and_rename(&mut locked, kind, before, after, difference.into(), cause)
    }

    /// Holds every file that the log has records of against its last record,
    /// finishes what a crash interrupted, removes what it left over, and tells
    /// how each file stands. To be called when a system starts, before it reads
    /// its policy. Once more is harmless.
    ///
    /// # Errors
    ///
    /// The engine's `io`, and those of [`ChangeLog::open`].
    pub fn recover(&self) -> Result<Vec<Recovery>> {
        let mut locked = self.lock()?;
        let folder = log_folder(self.path())?;
        let log = locked.read()?;
        let mut last: BTreeMap<String, Record> = BTreeMap::new();
        for record in file_records(&log) {
            last.insert(record.change.subject.clone(), record);
        }
        // A first change that a crash cut short has left no record.
        let mut places: BTreeMap<PathBuf, String> = last
            .keys()
            .map(|subject| (folder.join(subject), subject.clone()))
            .collect();
        let folders: BTreeSet<PathBuf> = places
            .keys()
            .map(|path| folder_of(path).to_owned())
            .chain([folder.clone()])
            .collect();
        for folder_at in folders {
            for (name, _, _) in pending_files(&folder_at)? {
                let path = folder_at.join(name);
                if let Some(subject) = subject_of(&folder, &path) {
                    places.entry(path).or_insert(subject);
                }
            }
        }
        let mut found = Vec::new();
        for (path, subject) in places {
            let record = last.get(&subject);
            let place = Place { path, subject };
            let (state, digest) = place.settle(record)?;
            found.push(Recovery {
                record: record.map(|record| record.seq),
                state,
                digest,
                subject: place.subject,
                path: place.path,
            });
        }
        Ok(found)
    }
}

/// A file that changes are made to, and how the log names it.
struct Place {
    path: PathBuf,
    subject: String,
}

impl Place {
    /// The file at `path`, so that every way of writing the path gives one name.
    fn of(log: &Path, path: &Path) -> Result<Place> {
        let refuse = |why: &str| Err(Error::new(ErrorKind::ChangePath, why).at_path(path));
        let Some(name) = path.file_name() else {
            return refuse("the path names no file");
        };
        let whole = match fs::canonicalize(path) {
            Ok(whole) => whole,
            Err(error) if error.kind() == IoErrorKind::NotFound => {
                fs::canonicalize(folder_of(path))
                    .map_err(|error| at(error, folder_of(path)))?
                    .join(name)
            }
            Err(error) => return Err(at(error, path)),
        };
        if whole.is_dir() {
            return refuse("the path is that of a folder");
        }
        let folder = log_folder(log)?;
        if log
            .file_name()
            .is_some_and(|name| whole == folder.join(name))
        {
            return refuse("the log does not change itself");
        }
        match subject_of(&folder, &whole) {
            Some(subject) => Ok(Place {
                path: whole,
                subject,
            }),
            None => refuse("the path is not Unicode, and the log could not name it"),
        }
    }

    /// Where new content with this digest lies until its record is written.
    fn pending(&self, after: &Digest) -> PathBuf {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        self.path.with_file_name(format!(".{name}.{after}.pending"))
    }

    /// Steps 4 and 5: from the pending file that is on the disk to the end.
    fn record_and_rename(
        &self,
        locked: &mut Locked<'_>,
        kind: ChangeKind,
        before: Option<Digest>,
        after: Digest,
        difference: String,
        cause: &Cause<'_>,
    ) -> Result<Option<Record>> {
        let pending = self.pending(&after);
        let recorded = locked.append(Change {
            at: cause.at,
            who: cause.who.trim().to_owned(),
            kind,
            subject: self.subject.clone(),
            file: true,
            before,
            after: Some(after),
            difference,
            why: cause.why.trim().to_owned(),
        });
        let record = match recorded {
            Ok(record) => record,
            Err(error) => {
                let _ = fs::remove_file(&pending);
                return Err(error);
            }
        };
        fs::rename(&pending, &self.path)
            .and_then(|()| sync_folder_of(&self.path))
            .map_err(|error| {
                Error::new(
                    ErrorKind::ChangeUnfinished,
                    format!(
                        "the change is recorded (record {}) but not yet in effect: {error}",
                        record.seq
                    ),
                )
                .at_path(&self.path)
            })?;
        Ok(Some(record))
    }

    /// Step 1. The log is read only if a crash left something.
    fn settle_leftovers(&self, locked: &mut Locked<'_>) -> Result<()> {
        if self.leftovers()?.is_empty() {
            return Ok(());
        }
        let log = locked.read()?;
        let last = file_records(&log)
            .filter(|record| record.change.subject == self.subject)
            .last();
        self.settle(last.as_ref()).map(|_| ())
    }

    /// The pending files of this file, with the digests in their names.
    fn leftovers(&self) -> Result<Vec<(Digest, PathBuf)>> {
        let name = self.path.file_name().unwrap_or_default();
        Ok(pending_files(folder_of(&self.path))?
            .into_iter()
            .filter(|(of, _, _)| **of == *name)
            .map(|(_, digest, path)| (digest, path))
            .collect())
    }

    /// Brings the file in step with its last record where a crash explains why
    /// it is not. Gives how they stand, and what the file is now.
    fn settle(&self, last: Option<&Record>) -> Result<(RecoveryState, Option<Digest>)> {
        let now = digest_of(&self.path)?;
        let leftovers = self.leftovers()?;
        let recorded = last.and_then(|last| last.change.after);
        let (mut state, mut digest, mut keep) = (RecoveryState::Discarded, now, None);
        if let Some(last) = last {
            if now == recorded {
                state = RecoveryState::InStep;
            } else if now == last.change.before {
                state = RecoveryState::NotInEffect;
                keep = recorded;
                let pending = leftovers.iter().find(|(of, _)| Some(*of) == recorded);
                if let Some((_, path)) = pending
                    && digest_of(path)? == recorded
                {
                    fs::rename(path, &self.path)
                        .and_then(|()| sync_folder_of(&self.path))
                        .map_err(|error| at(error, &self.path))?;
                    (state, digest) = (RecoveryState::Finished, recorded);
                }
            } else {
                // Kept for whoever puts it in order by hand.
                state = RecoveryState::Diverged;
                keep = recorded;
            }
        }
        for (of, path) in leftovers {
            if Some(of) != keep {
                match fs::remove_file(&path) {
                    Err(error) if error.kind() != IoErrorKind::NotFound => {
                        return Err(at(error, &path));
                    }
                    _ => {}
                }
            }
        }
        Ok((state, digest))
    }
}

/// Callers change things; what befalls the log, the log notes itself.
fn check_kind(kind: ChangeKind) -> Result<()> {
    if kind == ChangeKind::Log {
        return Err(Error::new(
            ErrorKind::ChangeIncomplete,
            "a change of a file is of a policy, an exemption, a ruleset or a taxonomy",
        ));
    }
    Ok(())
}

fn log_folder(log: &Path) -> Result<PathBuf> {
    fs::canonicalize(folder_of(log)).map_err(|error| at(error, folder_of(log)))
}

/// How a log in `folder` names the file at `path`: the same on every system.
fn subject_of(folder: &Path, path: &Path) -> Option<String> {
    let name = path.strip_prefix(folder).unwrap_or(path).to_str()?;
    Some(if cfg!(windows) {
        name.replace('\\', "/")
    } else {
        name.to_owned()
    })
}

/// The sound records of files, in the order of the log.
fn file_records(log: &[u8]) -> impl Iterator<Item = Record> {
    log.split(|byte| *byte == b'\n')
        .filter_map(|line| Record::parse(line).ok())
        .filter(|record| record.change.file)
}

/// The pending files in a folder: for each the name of the file that it is
/// for, the digest that its content should have, and its path.
fn pending_files(folder: &Path) -> Result<Vec<(String, Digest, PathBuf)>> {
    let mut found = Vec::new();
    let listing = match fs::read_dir(folder) {
        Err(error) if error.kind() == IoErrorKind::NotFound => return Ok(found),
        listing => listing.map_err(|error| at(error, folder))?,
    };
    for entry in listing {
        let entry = entry.map_err(|error| at(error, folder))?;
        let parts = entry
            .file_name()
            .to_str()
            .and_then(|name| name.strip_prefix('.')?.strip_suffix(".pending"))
            .and_then(|name| name.rsplit_once('.'))
            .and_then(|(name, digest)| Some((name.to_owned(), digest.parse().ok()?)));
        if let Some((name, digest)) = parts {
            found.push((name, digest, entry.path()));
        }
    }
    Ok(found)
}

/// The digest of a file; nothing if there is none.
fn digest_of(path: &Path) -> Result<Option<Digest>> {
    match File::open(path) {
        Ok(file) => Digest::of_reader(file)
            .map(Some)
            .map_err(|error| at(error, path)),
        Err(error) if error.kind() == IoErrorKind::NotFound => Ok(None),
        Err(error) => Err(at(error, path)),
    }
}

fn write_pending(pending: &Path, content: &[u8], like: &Path) -> std::io::Result<()> {
    let mut file = File::create(pending)?;
    keep_permissions(&file, like)?;
    file.write_all(content)?;
    file.sync_all()?;
    sync_folder_of(pending)
}

/// What replaces a file is not open to more people than it was.
fn keep_permissions(file: &File, like: &Path) -> std::io::Result<()> {
    match fs::metadata(like) {
        Ok(metadata) => file.set_permissions(metadata.permissions()),
        Err(error) if error.kind() == IoErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}
