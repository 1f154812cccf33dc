//! Changing files under the record: every state that a crash can leave, several
//! processes at once, and SIGKILL at random moments.
//!
//! The processes are this test program itself, started anew with the name of
//! one test ([`writer`]) and the work in the environment.

#![cfg(feature = "files")]
// What is beside the test functions is part of the tests too.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use hedgerow_policy::{
    Cause, ChangeKind, ChangeLog, Digest, ErrorKind, FindingKind, Record, Recovery, RecoveryState,
};
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

fn cause() -> Cause<'static> {
    Cause {
        who: "A. Smith",
        why: "a test",
        at: "2026-11-22T20:00:00Z".parse().unwrap(),
    }
}

fn set(log: &ChangeLog, path: &Path, text: &str) -> Option<Record> {
    log.change(ChangeKind::Policy, path, &cause(), |_| {
        Ok(text.as_bytes().to_vec())
    })
    .unwrap()
}

/// The names in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

struct Place {
    folder: tempfile::TempDir,
    log: ChangeLog,
    state: PathBuf,
}

impl Place {
    /// A log, and a file that was changed to `one` by it.
    fn new() -> Place {
        let folder = tempfile::tempdir().unwrap();
        let log = ChangeLog::open(folder.path().join("log.jsonl")).unwrap();
        let state = folder.path().join("school.toml");
        set(&log, &state, "one\n");
        Place { folder, log, state }
    }

    fn pending(&self, text: &str) -> PathBuf {
        let digest = Digest::of(text.as_bytes());
        self.folder
            .path()
            .join(format!(".school.toml.{digest}.pending"))
    }

    fn read(&self) -> String {
        fs::read_to_string(&self.state).unwrap()
    }

    /// The log as a change to `two` leaves it, while the file is as before.
    fn record_two(&self) {
        set(&self.log, &self.state, "two\n");
        fs::write(&self.state, "one\n").unwrap();
    }

    fn recover(&self) -> Recovery {
        let mut found = self.log.recover().unwrap();
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0)
    }
}

#[test]
fn a_change_is_recorded_and_made() {
    let place = Place::new();
    let record = set(&place.log, &place.state, "two\n").unwrap();
    assert_eq!(record.seq, 2);
    assert_eq!(record.change.subject, "school.toml");
    assert_eq!(record.change.before, Some(Digest::of(b"one\n")));
    assert_eq!(record.change.after, Some(Digest::of(b"two\n")));
    assert_eq!(record.change.difference, "@@ -1 +1 @@\n-one\n+two\n");
    assert!(record.change.file);
    assert_eq!(place.read(), "two\n");
    assert_eq!(names(place.folder.path()), ["log.jsonl", "school.toml"]);
    assert_eq!(set(&place.log, &place.state, "two\n"), None, "no change");
    let verification = place.log.verify(Some(record.hash)).unwrap();
    assert_eq!((verification.records, verification.findings.len()), (2, 0));
    let recovery = place.recover();
    assert_eq!(recovery.state, RecoveryState::InStep);
    assert_eq!(recovery.record, Some(2));
    assert_eq!(recovery.digest, Some(Digest::of(b"two\n")));
}

#[test]
fn what_is_refused_changes_nothing() {
    let place = Place::new();
    let before = fs::read(place.log.path()).unwrap();
    let nothing = |_: Option<&[u8]>| Ok(b"x".to_vec());
    for (who, why) in [("", "b"), ("a", " ")] {
        let cause = Cause {
            who,
            why,
            ..cause()
        };
        let error = place
            .log
            .change(ChangeKind::Policy, &place.state, &cause, nothing)
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ChangeIncomplete);
    }
    let error = place
        .log
        .change(ChangeKind::Log, &place.state, &cause(), nothing)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ChangeIncomplete);
    for path in [
        place.log.path(),
        place.folder.path(),
        &place.folder.path().join(".."),
    ] {
        let error = place
            .log
            .change(ChangeKind::Policy, path, &cause(), nothing)
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ChangePath, "{}", path.display());
    }
    let nowhere = place.folder.path().join("no/such/folder");
    assert!(
        place
            .log
            .change(ChangeKind::Policy, nowhere, &cause(), nothing)
            .is_err()
    );
    let error = place
        .log
        .change(ChangeKind::Policy, &place.state, &cause(), |_| {
            Err(hedgerow_policy::Error::new(ErrorKind::PolicySyntax, "no"))
        })
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PolicySyntax);
    assert_eq!(place.read(), "one\n");
    assert_eq!(fs::read(place.log.path()).unwrap(), before);
    assert_eq!(names(place.folder.path()), ["log.jsonl", "school.toml"]);
}

#[test]
fn every_way_of_writing_a_path_is_one_subject() {
    let place = Place::new();
    let folder = place.folder.path();
    fs::create_dir(folder.join("sub")).unwrap();
    set(&place.log, &folder.join("sub/../school.toml"), "two\n");
    set(&place.log, &folder.join("./school.toml"), "three\n");
    set(&place.log, &folder.join("sub/other.toml"), "one\n");
    let outside = tempfile::tempdir().unwrap();
    let away = fs::canonicalize(outside.path()).unwrap().join("away.toml");
    set(&place.log, &away, "one\n");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&place.state, folder.join("link.toml")).unwrap();
        set(&place.log, &folder.join("link.toml"), "four\n");
        assert!(folder.join("link.toml").is_symlink());
        assert_eq!(place.read(), "four\n");
    }
    let subjects: BTreeSet<String> = place
        .log
        .records()
        .unwrap()
        .map(|record| record.unwrap().change.subject)
        .collect();
    let away = away.to_str().unwrap().to_owned();
    let expected: BTreeSet<String> = ["school.toml".into(), "sub/other.toml".into(), away].into();
    assert_eq!(subjects, expected);
    assert!(
        place
            .log
            .recover()
            .unwrap()
            .iter()
            .all(|one| one.state == RecoveryState::InStep)
    );
    assert_eq!(place.log.verify(None).unwrap().findings, []);
}

#[cfg(unix)]
#[test]
fn permissions_stay() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    fs::set_permissions(&place.state, fs::Permissions::from_mode(0o640)).unwrap();
    set(&place.log, &place.state, "two\n");
    let mode = fs::metadata(&place.state).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
}

#[test]
fn a_prepared_file_takes_the_place() {
    let place = Place::new();
    let prepared = place.folder.path().join("school.new");
    fs::write(&prepared, "two\n").unwrap();
    let change = |prepared: &Path| {
        place.log.change_to_file(
            ChangeKind::Ruleset,
            &place.state,
            prepared,
            "two for one",
            &cause(),
        )
    };
    let record = change(&prepared).unwrap().unwrap();
    assert_eq!(record.change.after, Some(Digest::of(b"two\n")));
    assert_eq!(record.change.difference, "two for one");
    assert_eq!(place.read(), "two\n");
    assert_eq!(names(place.folder.path()), ["log.jsonl", "school.toml"]);
    fs::write(&prepared, "two\n").unwrap();
    assert_eq!(change(&prepared).unwrap(), None);
    assert!(prepared.exists(), "nothing changed, so it is still there");
    let elsewhere = tempfile::NamedTempFile::new().unwrap();
    for wrong in [elsewhere.path(), &place.state] {
        assert_eq!(change(wrong).unwrap_err().kind(), ErrorKind::ChangePath);
    }
    assert!(change(&place.folder.path().join("gone")).is_err());
    assert_eq!(place.log.verify(None).unwrap().records, 2);
}

// What a crash leaves, state by state. -------------------------------------

#[test]
fn crash_before_the_record_leaves_the_old_file() {
    // The pending file, in every state of being written.
    for content in ["", "tw", "two\n"] {
        for at_once in [false, true] {
            let place = Place::new();
            fs::write(place.pending("two\n"), content).unwrap();
            if at_once {
                // The next change finds it, without a recovery between.
                let record = set(&place.log, &place.state, "three\n").unwrap();
                assert_eq!(record.change.before, Some(Digest::of(b"one\n")));
                assert_eq!(place.read(), "three\n");
            } else {
                // In step: the leftover is removed on the way.
                assert_eq!(place.recover().state, RecoveryState::InStep);
                assert_eq!(place.read(), "one\n");
            }
            assert_eq!(names(place.folder.path()), ["log.jsonl", "school.toml"]);
            assert_eq!(place.log.verify(None).unwrap().findings, []);
        }
    }
}

#[test]
fn crash_before_the_first_record_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let log = ChangeLog::open(folder.path().join("log.jsonl")).unwrap();
    let digest = Digest::of(b"one\n");
    let pending = folder.path().join(format!(".school.toml.{digest}.pending"));
    fs::write(&pending, "one\n").unwrap();
    let found = log.recover().unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].state, RecoveryState::Discarded);
    assert_eq!((found[0].record, found[0].digest), (None, None));
    assert_eq!(found[0].subject, "school.toml");
    assert_eq!(names(folder.path()), ["log.jsonl"]);
    assert_eq!(log.recover().unwrap(), []);
}

#[test]
fn crash_while_recording_leaves_the_old_file_and_a_torn_record() {
    let place = Place::new();
    let before = fs::read(place.log.path()).unwrap();
    place.record_two();
    let after = fs::read(place.log.path()).unwrap();
    for end in (before.len()..after.len() - 1).step_by(23) {
        fs::write(place.log.path(), &after[..end]).unwrap();
        fs::write(&place.state, "one\n").unwrap();
        fs::write(place.pending("two\n"), "two\n").unwrap();
        assert_eq!(place.recover().state, RecoveryState::InStep);
        assert_eq!(place.read(), "one\n");
        assert!(!place.pending("two\n").exists());
        let record = set(&place.log, &place.state, "three\n").unwrap();
        assert_eq!(record.change.before, Some(Digest::of(b"one\n")));
        let verification = place.log.verify(Some(record.hash)).unwrap();
        let torn = usize::from(end > before.len());
        assert_eq!(verification.findings.len(), torn);
        assert!(verification.is_intact());
    }
}

#[test]
fn crash_after_the_record_is_finished() {
    for at_once in [false, true] {
        // The record whole, with its line end and without.
        for line_end in [true, false] {
            let place = Place::new();
            place.record_two();
            fs::write(place.pending("two\n"), "two\n").unwrap();
            if !line_end {
                let log = fs::read(place.log.path()).unwrap();
                fs::write(place.log.path(), &log[..log.len() - 1]).unwrap();
            }
            if at_once {
                let record = set(&place.log, &place.state, "three\n").unwrap();
                assert_eq!(record.change.before, Some(Digest::of(b"two\n")));
                assert_eq!(place.read(), "three\n");
            } else {
                let recovery = place.recover();
                assert_eq!(recovery.state, RecoveryState::Finished);
                assert_eq!(recovery.record, Some(2));
                assert_eq!(place.read(), "two\n");
                assert_eq!(place.recover().state, RecoveryState::InStep);
            }
            assert_eq!(names(place.folder.path()), ["log.jsonl", "school.toml"]);
            let findings = place.log.verify(None).unwrap().findings;
            assert_eq!(findings.len(), usize::from(!line_end && !at_once));
        }
    }
}

#[test]
fn crash_after_the_first_record_is_finished() {
    let folder = tempfile::tempdir().unwrap();
    let log = ChangeLog::open(folder.path().join("log.jsonl")).unwrap();
    let path = folder.path().join("school.toml");
    set(&log, &path, "one\n");
    let digest = Digest::of(b"one\n");
    fs::rename(
        &path,
        folder.path().join(format!(".school.toml.{digest}.pending")),
    )
    .unwrap();
    assert_eq!(log.recover().unwrap()[0].state, RecoveryState::Finished);
    assert_eq!(fs::read_to_string(&path).unwrap(), "one\n");
}

#[test]
fn a_recorded_change_whose_content_is_gone_is_told() {
    for damaged in [None, Some("tw")] {
        let place = Place::new();
        place.record_two();
        if let Some(content) = damaged {
            fs::write(place.pending("two\n"), content).unwrap();
        }
        for _ in 0..2 {
            let recovery = place.recover();
            assert_eq!(recovery.state, RecoveryState::NotInEffect);
            assert!(!recovery.state.is_settled());
            assert_eq!(place.read(), "one\n");
            assert_eq!(place.pending("two\n").exists(), damaged.is_some());
        }
        // The change is made again, and the log tells that it had to be.
        set(&place.log, &place.state, "two\n");
        assert_eq!(place.read(), "two\n");
        assert_eq!(place.recover().state, RecoveryState::InStep);
        let findings = place.log.verify(None).unwrap().findings;
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].kind, FindingKind::Unrecorded);
    }
}

#[test]
fn a_file_changed_past_the_log_is_left_alone_and_told() {
    let place = Place::new();
    place.record_two();
    fs::write(place.pending("two\n"), "two\n").unwrap();
    fs::write(&place.state, "by hand\n").unwrap();
    for _ in 0..2 {
        assert_eq!(place.recover().state, RecoveryState::Diverged);
        assert_eq!(place.read(), "by hand\n");
        assert!(place.pending("two\n").exists(), "kept for whoever mends it");
    }
    fs::remove_file(&place.state).unwrap();
    let recovery = place.recover();
    assert_eq!(
        (recovery.state, recovery.digest),
        (RecoveryState::Diverged, None)
    );
    let record = set(&place.log, &place.state, "three\n").unwrap();
    assert_eq!(record.change.before, None);
    assert_eq!(place.recover().state, RecoveryState::InStep);
    assert_eq!(names(place.folder.path()), ["log.jsonl", "school.toml"]);
}

// Processes. ----------------------------------------------------------------

const WORK: &str = "HEDGEROW_TEST_WRITER";

/// Starts this program anew as a process that does `count` changes and tells on
/// its standard output of each that is made.
fn start(folder: &Path, name: &str, count: usize) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "writer", "--ignored", "--nocapture"])
        .env(WORK, format!("{name}|{count}|{}", folder.display()))
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap()
}

/// The other process. Every third step is an append, the others add a line to a
/// file: `shared.txt`, which all processes change, and one of its own, long
/// enough that a record takes several pages.
#[test]
#[ignore = "the process that the tests of this file start"]
fn writer() {
    let Ok(work) = std::env::var(WORK) else {
        return;
    };
    let mut parts = work.splitn(3, '|');
    let name = parts.next().unwrap();
    let count: usize = parts.next().unwrap().parse().unwrap();
    let folder = Path::new(parts.next().unwrap());
    let log = ChangeLog::open(folder.join("log.jsonl")).unwrap();
    let mut out = std::io::stdout();
    writeln!(out, "started").unwrap();
    for step in 0..count {
        let why = format!("{name}-{step}");
        let cause = Cause {
            why: &why,
            ..cause()
        };
        let add = |old: Option<&[u8]>, line: String| {
            let mut text = old.unwrap_or_default().to_vec();
            text.extend_from_slice(line.as_bytes());
            Ok(text)
        };
        let made = match step % 3 {
            0 => log
                .change(
                    ChangeKind::Policy,
                    folder.join("shared.txt"),
                    &cause,
                    |old| add(old, format!("{why}\n")),
                )
                .unwrap()
                .unwrap(),
            1 => {
                let own = folder.join(format!("{name}.txt"));
                log.change(ChangeKind::Exemption, own, &cause, |_| {
                    Ok(format!("{why} is a line\n").repeat(900).into_bytes())
                })
                .unwrap()
                .unwrap()
            }
            _ => log
                .append(hedgerow_policy::Change {
                    at: cause.at,
                    who: name.to_owned(),
                    kind: ChangeKind::Ruleset,
                    subject: "gambling".to_owned(),
                    file: false,
                    before: None,
                    after: None,
                    difference: String::new(),
                    why: why.clone(),
                })
                .unwrap(),
        };
        // One line, one write: what is told is made, and told whole or not.
        out.write_all(format!("made {why} {} {}\n", made.seq, made.hash).as_bytes())
            .unwrap();
    }
    writeln!(out, "done").unwrap();
}

/// What a process told of: its reason, and the number and hash of its record.
/// A line that the kill cut short tells nothing.
fn told(mut out: impl BufRead) -> Vec<(String, u64, String)> {
    let mut text = String::new();
    out.read_to_string(&mut text).unwrap();
    text.split_inclusive('\n')
        .filter_map(|line| {
            let mut words = line.strip_suffix('\n')?.strip_prefix("made ")?.split(' ');
            Some((
                words.next()?.to_owned(),
                words.next()?.parse().ok()?,
                words.next()?.to_owned(),
            ))
        })
        .collect()
}

#[test]
fn processes_at_once_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (processes, count) = (4, 24);
    let children: Vec<Child> = (0..processes)
        .map(|number| start(folder.path(), &format!("p{number}"), count))
        .collect();
    let mut all = Vec::new();
    for mut child in children {
        all.extend(told(BufReader::new(child.stdout.take().unwrap())));
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(all.len(), processes * count);
    let log = ChangeLog::existing(folder.path().join("log.jsonl")).unwrap();
    let verification = log.verify(None).unwrap();
    assert_eq!(verification.findings, []);
    assert_eq!(verification.records as usize, processes * count);
    let numbers: BTreeSet<u64> = all.iter().map(|(_, seq, _)| *seq).collect();
    assert_eq!(numbers, (1..=all.len() as u64).collect());
    // No edit is lost: every line that a process added is there, once.
    let shared = fs::read_to_string(folder.path().join("shared.txt")).unwrap();
    let lines: BTreeSet<&str> = shared.lines().collect();
    assert_eq!(lines.len(), shared.lines().count());
    assert_eq!(lines.len(), processes * count.div_ceil(3));
    assert!(
        log.recover()
            .unwrap()
            .iter()
            .all(|one| one.state == RecoveryState::InStep)
    );
}

#[test]
fn threads_at_once_lose_nothing() {
    let place = Place::new();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let place = &place;
            scope.spawn(move || {
                for step in 0..8 {
                    let add = |old: Option<&[u8]>| {
                        let mut text = old.unwrap_or_default().to_vec();
                        text.extend(format!("{thread}-{step}\n").bytes());
                        Ok(text)
                    };
                    place
                        .log
                        .change(ChangeKind::Policy, &place.state, &cause(), add)
                        .unwrap();
                    // A reader waits; it never sees half a record.
                    assert_eq!(place.log.verify(None).unwrap().findings, []);
                }
            });
        }
    });
    assert_eq!(place.read().lines().count(), 1 + 4 * 8);
}

/// What kills left, counted.
#[derive(Debug, Default)]
struct Left {
    torn: usize,
    finished: usize,
    discarded: usize,
}

/// What must hold whenever a process was killed, in the words of the asserts.
fn check_after_kill(folder: &Path, acknowledged: &[(String, u64, String)], left: &mut Left) {
    let path = folder.join("log.jsonl");
    if !path.exists() {
        assert!(acknowledged.is_empty());
        return;
    }
    let log = ChangeLog::open(&path).expect("the log opens");
    let verification = log.verify(None).unwrap();
    assert!(verification.is_intact(), "{:?}", verification.findings);
    // A torn record stays in the log; only one at its end is new.
    let end = fs::read(&path)
        .unwrap()
        .split(|byte| *byte == b'\n')
        .count() as u64;
    let torn = verification.findings.iter().filter(|one| one.line == end);
    left.torn += torn.count();
    // What lies pending is finished or removed by the recovery below.
    let pending = |folder: &Path| {
        let names = names(folder);
        names
            .iter()
            .filter(|name| name.ends_with(".pending"))
            .count()
    };
    let was_pending = pending(folder);
    assert!(
        verification
            .findings
            .iter()
            .all(|one| one.kind == FindingKind::Torn)
    );

    // Old or new, never a mix: every state that a record tells of is known.
    let records: Vec<Record> = log.records().unwrap().filter_map(Result::ok).collect();
    let last = |subject: &str| {
        records
            .iter()
            .rfind(|record| record.change.subject == subject)
            .map(|record| (record.change.before, record.change.after))
    };
    for name in names(folder).iter().filter(|name| name.ends_with(".txt")) {
        let digest = Some(Digest::of(&fs::read(folder.join(name)).unwrap()));
        let (old, new) = last(name).expect("no file without a record");
        assert!(digest == old || digest == new, "{name} is a mix");
    }
    // After recovery log and files agree, and nothing is left over.
    let recovered = log.recover().unwrap();
    assert!(
        recovered.iter().all(|one| one.state.is_settled()),
        "{recovered:?}"
    );
    let finished = recovered
        .iter()
        .filter(|one| one.state == RecoveryState::Finished)
        .count();
    left.finished += finished;
    left.discarded += was_pending - finished;
    assert_eq!(pending(folder), 0);
    for one in log.recover().unwrap() {
        assert_eq!(one.state, RecoveryState::InStep);
    }
    // Nothing that was acknowledged is lost, from the log or from the file.
    let shared = fs::read_to_string(folder.join("shared.txt")).unwrap_or_default();
    let lines: BTreeSet<&str> = shared.lines().collect();
    assert_eq!(lines.len(), shared.lines().count(), "no edit is made twice");
    let reasons: BTreeSet<(&str, u64, String)> = records
        .iter()
        .map(|record| (&*record.change.why, record.seq, record.hash.to_string()))
        .collect();
    for (why, seq, hash) in acknowledged {
        assert!(
            reasons.contains(&(&**why, *seq, hash.clone())),
            "{why} is not in the log"
        );
        let step: usize = why.rsplit('-').next().unwrap().parse().unwrap();
        if step.is_multiple_of(3) {
            assert!(lines.contains(&**why), "{why} is not in the file");
        }
    }
    // And what the log says was made of the shared file is what is in it.
    let recorded = records
        .iter()
        .filter(|record| record.change.subject == "shared.txt")
        .count();
    assert_eq!(lines.len(), recorded);
}

/// Kills a process that makes 200 appends and changes, again and again, at
/// moments drawn at random, most times going on with what the kill before left.
fn kill_at_random(new_folder: impl Fn() -> tempfile::TempDir, longest_life: Duration) {
    let mut seed = u64::from(std::process::id()) ^ 0x9e37_79b9_7f4a_7c15;
    let mut draw = move |below: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed % below.max(1)
    };
    let started = Instant::now();
    let (mut runs, mut killed, mut made) = (0, 0, 0);
    let mut left = Left::default();
    while started.elapsed() < Duration::from_secs(6) {
        let folder = new_folder();
        let mut acknowledged = Vec::new();
        for _ in 0..6 {
            let mut child = start(folder.path(), &format!("run{runs}"), 200);
            // The program's own start-up is no moment to kill at.
            let life = Duration::from_micros(draw(longest_life.as_micros() as u64));
            let mut out = BufReader::new(child.stdout.take().unwrap());
            let mut line = String::new();
            while !line.starts_with("started") {
                line.clear();
                let read = out.read_line(&mut line).unwrap();
                assert!(read > 0, "the process did not start");
            }
            std::thread::sleep(life);
            child.kill().unwrap();
            killed += usize::from(!child.wait().unwrap().success());
            acknowledged.extend(told(out));
            runs += 1;
            check_after_kill(folder.path(), &acknowledged, &mut left);
        }
        made += acknowledged.len();
    }
    println!("{runs} processes, {killed} of them killed; {made} changes acknowledged; {left:?}");
    assert!(killed >= 3, "only {killed} of {runs} were killed");
    assert!(made > 0);
}

#[test]
fn a_kill_at_any_moment_leaves_old_or_new_on_a_disk() {
    let new_folder = || tempfile::tempdir().unwrap();
    kill_at_random(new_folder, Duration::from_millis(250));
}

/// The same in memory, where nothing waits for a disk, so that kills fall into
/// the steps themselves and not into the waiting between.
#[cfg(target_os = "linux")]
#[test]
fn a_kill_at_any_moment_leaves_old_or_new_in_memory() {
    if tempfile::tempdir_in("/dev/shm").is_err() {
        println!("skipped: there is no /dev/shm to write to");
        return;
    }
    let new_folder = || tempfile::tempdir_in("/dev/shm").unwrap();
    kill_at_random(new_folder, Duration::from_millis(25));
}
