//! The change log: appending, what a crash leaves at its end, and that every
//! kind of meddling is found and named.

#![cfg(feature = "files")]
// What is beside the test functions is part of the tests too.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use hedgerow_policy::{
    Cause, Change, ChangeKind, ChangeLog, Digest, ErrorKind, Finding, FindingKind, Record, verify,
};
use proptest::prelude::*;
use std::path::PathBuf;

fn change(number: u64) -> Change {
    Change {
        at: "2026-11-22T20:00:00Z".parse().unwrap(),
        who: "A. Smith".into(),
        kind: ChangeKind::Ruleset,
        subject: "gambling".into(),
        file: false,
        before: None,
        after: Some(Digest::of(&number.to_le_bytes())),
        difference: format!("{number} \"entries\"\n-\u{e9}\n"),
        why: format!("reason {number}"),
    }
}

/// A log of `count` records: its bytes, and its records.
fn log_of(count: u64) -> (Vec<u8>, Vec<Record>) {
    let folder = tempfile::tempdir().unwrap();
    let log = ChangeLog::open(folder.path().join("log.jsonl")).unwrap();
    let records = (1..=count)
        .map(|number| log.append(change(number)).unwrap())
        .collect();
    (std::fs::read(log.path()).unwrap(), records)
}

/// One log for all tests that only read it: appends wait for the disk.
fn ten() -> &'static (Vec<u8>, Vec<Record>) {
    static TEN: std::sync::OnceLock<(Vec<u8>, Vec<Record>)> = std::sync::OnceLock::new();
    TEN.get_or_init(|| log_of(10))
}

fn lines(log: &[u8]) -> Vec<Vec<u8>> {
    log.split_inclusive(|byte| *byte == b'\n')
        .map(<[u8]>::to_vec)
        .collect()
}

/// The line of a record with these changes made, and its hash taken anew: what
/// a forger who knows the format would write.
fn forged(line: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = std::str::from_utf8(line).unwrap();
    assert!(text.contains(from), "{from} in {text}");
    let at = text.rfind(",\"hash\":\"").unwrap();
    let body = format!("{}}}", &text[..at]).replace(from, to);
    let hash = Digest::of(body.as_bytes());
    format!("{},\"hash\":\"{hash}\"}}\n", &body[..body.len() - 1]).into_bytes()
}

/// What is found, as kind, line and record.
fn found(log: &[Vec<u8>], head: Option<Digest>) -> Vec<(FindingKind, u64, Option<u64>)> {
    verify(&log.concat(), head)
        .findings
        .iter()
        .map(|finding| (finding.kind, finding.line, finding.record))
        .collect()
}

#[test]
fn what_is_appended_is_read_and_verifies() {
    let (bytes, records) = ten();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.jsonl");
    std::fs::write(&path, bytes).unwrap();
    let log = ChangeLog::existing(&path).unwrap();
    let read: Vec<Record> = log.records().unwrap().map(Result::unwrap).collect();
    assert_eq!(&read, records);
    for (number, record) in (1..).zip(records) {
        assert_eq!(record.seq, number);
        assert_eq!(record.change, change(number));
    }
    // The noted head may be any record's.
    for record in records {
        let verification = log.verify(Some(record.hash)).unwrap();
        assert_eq!(verification.findings, []);
        assert_eq!(verification.records, 10);
        assert_eq!(verification.last, Some(10));
        assert_eq!(verification.head, Some(records[9].hash));
        assert!(verification.is_intact());
    }
    let head = log.head().unwrap().unwrap();
    assert_eq!((head.seq, head.hash), (10, records[9].hash));
}

#[test]
fn an_empty_log_is_sound_and_has_no_head() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.jsonl");
    assert!(ChangeLog::existing(&path).is_err(), "nothing is created");
    assert!(!path.exists());
    let log = ChangeLog::open(&path).unwrap();
    assert_eq!(log.head().unwrap(), None);
    assert_eq!(log.records().unwrap().count(), 0);
    let verification = log.verify(None).unwrap();
    assert!(verification.is_intact() && verification.records == 0);
    let gone = log.verify(Some(Digest::of(b"x"))).unwrap();
    assert_eq!(gone.findings[0].kind, FindingKind::CutOff);
}

#[test]
fn a_change_must_say_who_why_and_of_what() {
    let folder = tempfile::tempdir().unwrap();
    let log = ChangeLog::open(folder.path().join("log.jsonl")).unwrap();
    let wrong: [fn(&mut Change); 5] = [
        |change| change.who = " ".into(),
        |change| change.why = "\u{200b}\t".into(),
        |change| change.subject = String::new(),
        |change| change.kind = ChangeKind::Log,
        |change| change.file = true,
    ];
    for wrong in wrong {
        let mut change = change(1);
        wrong(&mut change);
        let error = log.append(change).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ChangeIncomplete);
    }
    assert_eq!(std::fs::read(log.path()).unwrap(), b"");
}

#[test]
fn what_is_not_a_log_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("school.toml");
    let other_form = "{\"format\":\"hedgerow-log-2\",\"seq\":1}\n";
    for (text, kind) in [
        ("name = \"Hill School\"\n", ErrorKind::LogNotALog),
        ("x", ErrorKind::LogNotALog),
        ("{\"format\":\"hedgerow", ErrorKind::LogNotALog),
        (other_form, ErrorKind::LogVersion),
    ] {
        std::fs::write(&path, text).unwrap();
        let opened = ChangeLog::open(&path).map(|_| ());
        if text == "{\"format\":\"hedgerow" {
            // The beginning of a first record.
            opened.unwrap();
        } else {
            assert_eq!(opened.unwrap_err().kind(), kind, "{text}");
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
    let verification = verify(other_form.as_bytes(), None);
    assert_eq!(verification.findings[0].kind, FindingKind::OtherForm);
    assert!(!verification.is_intact());
    // After our own records too.
    let mut log = ten().0.clone();
    log.extend(other_form.as_bytes());
    std::fs::write(&path, &log).unwrap();
    let error = ChangeLog::open(&path).map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LogVersion);
}

/// Whatever prefix of the last record a crash left: the log opens, the torn
/// record is reported, the next append keeps it and notes it, and the chain
/// goes on.
#[test]
fn a_torn_record_is_kept_and_noted() {
    let (bytes, records) = ten();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.jsonl");
    for keep in [0, 3, 9] {
        let whole: usize = lines(bytes)[..keep].iter().map(Vec::len).sum();
        let next = lines(bytes)[keep].len();
        for torn in (1..next).step_by(37).chain([next - 2, next - 1]) {
            std::fs::write(&path, &bytes[..whole + torn]).unwrap();
            let log = ChangeLog::open(&path).unwrap();
            let is_whole = torn == next - 1;
            let before = log.verify(None).unwrap();
            assert_eq!(before.findings.len(), 1, "{keep} {torn}");
            assert_eq!(before.findings[0].kind, FindingKind::Torn);
            assert_eq!(before.findings[0].line, keep as u64 + 1);
            assert!(before.is_intact());
            assert_eq!(before.records as usize, keep + usize::from(is_whole));
            let errors = log.records().unwrap().filter(Result::is_err).count();
            assert_eq!(errors, usize::from(!is_whole));

            let appended = log.append(change(99)).unwrap();
            let after = std::fs::read(&path).unwrap();
            assert!(
                after.starts_with(&bytes[..whole + torn]),
                "evidence is kept"
            );
            let verification = verify(&after, None);
            assert_eq!(verification.head, Some(appended.hash));
            assert!(verification.is_intact(), "{:?}", verification.findings);
            if is_whole {
                // Only the line end was missing: nothing is left to note.
                assert_eq!(verification.findings, []);
                assert_eq!(appended.seq as usize, keep + 2);
                assert_eq!(appended.previous, records[keep].hash);
            } else {
                assert_eq!(verification.findings.len(), 1);
                assert_eq!(verification.findings[0].kind, FindingKind::Torn);
                let read: Vec<Record> = log.records().unwrap().filter_map(Result::ok).collect();
                let note = &read[keep];
                assert_eq!(note.change.kind, ChangeKind::Log);
                assert_eq!(appended.previous, note.hash);
                assert_eq!(appended.seq as usize, keep + 2);
                // An edit of the kept line is found: it is not what was noted.
                let mut edited = after.clone();
                edited[whole + torn - 1] ^= 1;
                assert!(!verify(&edited, None).is_intact());
            }
        }
    }
}

#[test]
fn a_crash_while_noting_a_torn_record_leaves_a_log_that_goes_on() {
    let (bytes, _) = ten();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.jsonl");
    let torn = &bytes[..bytes.len() - 50];
    std::fs::write(&path, torn).unwrap();
    ChangeLog::open(&path).unwrap().append(change(99)).unwrap();
    let noted = std::fs::read(&path).unwrap();
    // Any prefix of note and record that a second crash may leave.
    for end in (torn.len()..noted.len()).step_by(11) {
        std::fs::write(&path, &noted[..end]).unwrap();
        let log = ChangeLog::open(&path).unwrap();
        let appended = log.append(change(100)).unwrap();
        let verification = log.verify(None).unwrap();
        assert!(
            verification.is_intact(),
            "{end}: {:?}",
            verification.findings
        );
        let torn_only = verification
            .findings
            .iter()
            .all(|f| f.kind == FindingKind::Torn);
        assert!(torn_only && !verification.findings.is_empty());
        assert_eq!(verification.head, Some(appended.hash));
    }
}

#[test]
fn zeros_at_the_end_are_a_torn_record() {
    let (bytes, _) = ten();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.jsonl");
    for start in [&bytes[..], b""] {
        let mut log = start.to_vec();
        log.extend([0; 100]);
        std::fs::write(&path, &log).unwrap();
        let log = ChangeLog::open(&path).unwrap();
        assert_eq!(
            log.verify(None).unwrap().findings[0].kind,
            FindingKind::Torn
        );
        log.append(change(99)).unwrap();
        assert!(log.verify(None).unwrap().is_intact());
    }
}

#[test]
fn an_edited_record_is_named_even_after_an_append() {
    let (bytes, records) = ten();
    let mut log = lines(bytes);
    log[9] = String::from_utf8(log[9].clone())
        .unwrap()
        .replace("reason 10", "no reason")
        .into_bytes();
    assert_eq!(found(&log, None), [(FindingKind::Edited, 10, Some(10))]);
    assert_eq!(
        found(&log, Some(records[9].hash)),
        [(FindingKind::Edited, 10, Some(10))]
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.jsonl");
    std::fs::write(&path, log.concat()).unwrap();
    let opened = ChangeLog::open(&path).unwrap();
    opened.append(change(11)).unwrap();
    let verification = opened.verify(None).unwrap();
    assert!(!verification.is_intact());
    assert_eq!(verification.findings[0].kind, FindingKind::Edited);
    assert_eq!(verification.findings[0].line, 10);
}

#[test]
fn meddling_is_named() {
    use FindingKind::*;
    let (bytes, records) = ten();
    let whole = lines(bytes);
    let head = Some(records[9].hash);

    // Edited, in every part, first, middle and last.
    for at in [0, 4, 9] {
        let seq = at as u64 + 1;
        for (from, to) in [
            ("reason", "raeson"),
            ("A. Smith", "B. Smith"),
            ("ruleset", "policy"),
            ("\"seq\":", "\"seq\": "),
            ("null", "true"),
            ("hedgerow-log-1", "hedgerow_log-1"),
            ("20:00:00Z", "20:00:01Z"),
        ] {
            let mut log = whole.clone();
            let text = String::from_utf8(log[at].clone()).unwrap();
            log[at] = text.replacen(from, to, 1).into_bytes();
            let findings = found(&log, head);
            assert_eq!(findings.len(), 1, "{from} {findings:?}");
            assert_eq!((findings[0].0, findings[0].1), (Edited, at as u64 + 1));
        }
        // The hash itself, the link to the record before, the number.
        let hash = records[at].hash.to_string();
        let previous = records[at].previous.to_string();
        for (from, to) in [
            (hash.as_str(), Digest::of(b"x").to_string()),
            (hash.as_str(), hash.to_uppercase()),
            (previous.as_str(), Digest::of(b"x").to_string()),
            ("\"hash\"", "\"hush\"".to_owned()),
            (&format!("\"seq\":{seq},"), "\"seq\":70,".to_owned()),
        ] {
            let mut log = whole.clone();
            let text = String::from_utf8(log[at].clone()).unwrap();
            log[at] = text.replacen(from, &to, 1).into_bytes();
            let findings = found(&log, None);
            assert_eq!(findings.len(), 1, "{at} {from}: {findings:?}");
            assert_eq!((findings[0].0, findings[0].1), (Edited, at as u64 + 1));
        }
    }
    // Edited, and its hash taken anew.
    let mut log = whole.clone();
    log[4] = forged(&log[4], "reason 5", "no reason");
    assert_eq!(found(&log, head), [(Edited, 5, Some(5))]);
    // The last one: only a noted head can tell.
    let mut log = whole.clone();
    log[9] = forged(&log[9], "reason 10", "no reason");
    assert_eq!(found(&log, None), []);
    assert_eq!(found(&log, head), [(CutOff, 11, Some(11))]);

    // Removed: the first, one, three, the first three.
    for (range, line, first, last) in [
        (0..1, 1, 1, 1),
        (4..5, 5, 5, 5),
        (4..7, 5, 5, 7),
        (0..3, 1, 1, 3),
    ] {
        let mut log = whole.clone();
        log.drain(range);
        let findings = verify(&log.concat(), head).findings;
        assert_eq!(findings.len(), 1, "{findings:?}");
        let Finding {
            kind,
            line: at,
            record,
            last_record,
            ..
        } = findings[0].clone();
        assert_eq!(
            (kind, at, record, last_record),
            (Removed, line, Some(first), Some(last))
        );
    }
    // Two gaps.
    let mut log = whole.clone();
    log.remove(7);
    log.remove(2);
    assert_eq!(
        found(&log, head),
        [(Removed, 3, Some(3)), (Removed, 7, Some(8))]
    );

    // The tail cut off.
    for keep in 0..10 {
        let log = whole[..keep].to_vec();
        assert_eq!(found(&log, None), []);
        let next = (keep > 0).then_some(keep as u64 + 1);
        assert_eq!(found(&log, head), [(CutOff, keep as u64 + 1, next)]);
    }

    // Reordered: two neighbours, one moved far, the first and the last.
    let mut log = whole.clone();
    log.swap(3, 4);
    let findings = found(&log, head);
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0].0, Reordered);
    let mut log = whole.clone();
    let moved = log.remove(2);
    log.insert(7, moved);
    assert_eq!(found(&log, head), [(Reordered, 8, Some(3))]);
    let mut log = whole.clone();
    log.swap(0, 9);
    assert_eq!(
        found(&log, head),
        [(Reordered, 1, Some(10)), (Reordered, 10, Some(1))]
    );

    // Duplicated: behind itself, at the end, at the beginning.
    let mut log = whole.clone();
    log.insert(5, log[4].clone());
    assert_eq!(found(&log, head), [(Duplicated, 6, Some(5))]);
    let mut log = whole.clone();
    log.push(log[4].clone());
    assert_eq!(found(&log, head), [(Duplicated, 11, Some(5))]);
    let mut log = whole.clone();
    log.insert(0, log[4].clone());
    assert_eq!(found(&log, head), [(Duplicated, 1, Some(5))]);

    // Inserted: a forged record that follows the one before, one that follows
    // nothing, text, an empty line, and a line end.
    let mut log = whole.clone();
    log.insert(5, forged(&log[5], "reason 6", "no reason"));
    assert_eq!(found(&log, head), [(Inserted, 6, Some(6))]);
    let mut log = whole.clone();
    let nowhere = forged(
        &log[5],
        &records[5].previous.to_string(),
        &Digest::of(b"x").to_string(),
    );
    log.insert(3, nowhere);
    assert_eq!(found(&log, head), [(Inserted, 4, Some(6))]);
    for text in ["by hand\n", "\n", "\r\n", "{}\n", "\0\0\n"] {
        for at in [0, 5, 10] {
            let mut log = whole.clone();
            log.insert(at, text.as_bytes().to_vec());
            assert_eq!(
                found(&log, head),
                [(Inserted, at as u64 + 1, None)],
                "{text:?} {at}"
            );
        }
    }
    // A record put in after the last one, chained as it should be, is an
    // append, whoever made it; not chained it is seen.
    let mut log = whole.clone();
    let after = forged(
        &log[9],
        &records[9].previous.to_string(),
        &Digest::of(b"x").to_string(),
    );
    log.push(forged(&after, "\"seq\":10", "\"seq\":11"));
    assert_eq!(found(&log, head), [(Edited, 11, Some(11))]);

    // A line made no record any more.
    let mut log = whole.clone();
    log[4] = b"gone\n".to_vec();
    assert_eq!(found(&log, head), [(Edited, 5, Some(5))]);
    // Written anew from a record on: only the head tells.
    let mut log = whole.clone();
    log.truncate(4);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.jsonl");
    std::fs::write(&path, log.concat()).unwrap();
    let opened = ChangeLog::open(&path).unwrap();
    for number in 50..56 {
        opened.append(change(number)).unwrap();
    }
    assert_eq!(opened.verify(None).unwrap().findings, []);
    assert_eq!(opened.verify(Some(records[3].hash)).unwrap().findings, []);
    let rewritten = opened.verify(head).unwrap();
    assert_eq!(rewritten.findings[0].kind, CutOff);
}

#[test]
fn records_that_follow_each_other_in_a_ring_do_not_hide_anything() {
    let (bytes, records) = ten();
    let mut log = lines(bytes);
    // Record 5 says that it follows record 6, which follows it.
    let text = String::from_utf8(log[4].clone()).unwrap();
    log[4] = text
        .replace(
            &records[4].previous.to_string(),
            &records[5].hash.to_string(),
        )
        .into_bytes();
    let findings = found(&log, None);
    assert_eq!(findings, [(FindingKind::Edited, 5, Some(5))]);
}

#[test]
fn a_file_changed_past_the_log_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let log = ChangeLog::open(folder.path().join("log.jsonl")).unwrap();
    let path = folder.path().join("school.toml");
    let cause = Cause {
        who: "A",
        why: "b",
        at: "2026-11-22T20:00:00Z".parse().unwrap(),
    };
    for text in ["one", "two"] {
        log.change(ChangeKind::Policy, &path, &cause, |_| Ok(text.into()))
            .unwrap();
    }
    assert_eq!(log.verify(None).unwrap().findings, []);
    std::fs::write(&path, "by hand").unwrap();
    log.change(ChangeKind::Policy, &path, &cause, |_| Ok(b"three".to_vec()))
        .unwrap();
    let verification = log.verify(None).unwrap();
    assert!(verification.is_intact(), "the log itself is");
    assert_eq!(verification.findings.len(), 1);
    assert_eq!(verification.findings[0].kind, FindingKind::Unrecorded);
    assert_eq!(verification.findings[0].record, Some(3));
}

#[test]
fn an_append_costs_the_same_however_long_the_log() {
    // Not by the clock, which other work disturbs: by what is read. A log with
    // a hole of zeros of a size that could not be read in the time stands in
    // for a long one; its last record is whole.
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("log.jsonl");
    let file = std::fs::File::create(&path).unwrap();
    file.set_len(1 << 42)
        .unwrap_or_else(|_| file.set_len(1 << 33).unwrap());
    drop(file);
    let (bytes, records) = ten();
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .unwrap();
    std::io::Write::write_all(&mut file, b"\n").unwrap();
    std::io::Write::write_all(&mut file, bytes).unwrap();
    let log = ChangeLog::open(&path).unwrap();
    let appended = log.append(change(11)).unwrap();
    assert_eq!(appended.seq, 11);
    assert_eq!(appended.previous, records[9].hash);
}

/// Logs made to be slow to check: every line its own chain, every line an
/// edited one, every second one gone, junk between all.
#[test]
fn checking_takes_time_in_proportion() {
    let (bytes, _) = ten();
    let line = &lines(bytes)[4];
    let many = 20_000_u64;
    let alone = |number: u64| {
        let number = format!("\"seq\":{}", 2 * number);
        let nowhere = format!("\"previous\":\"{}", Digest::of(number.as_bytes()));
        let line = forged(line, "\"seq\":5", &number);
        let text = String::from_utf8(line.clone()).unwrap();
        let previous = text
            .find("\"previous\":\"")
            .map(|at| text[at..at + 76].to_owned());
        forged(&line, &previous.unwrap(), &nowhere)
    };
    let apart: Vec<Vec<u8>> = (1..=many).map(alone).collect();
    let edited: Vec<Vec<u8>> = apart
        .iter()
        .map(|line| {
            String::from_utf8_lossy(line)
                .replace("reason", "raeson")
                .into_bytes()
        })
        .collect();
    let junk: Vec<Vec<u8>> = apart
        .iter()
        .flat_map(|line| [b"x\n".to_vec(), line.clone()])
        .collect();
    let backwards: Vec<Vec<u8>> = apart.iter().rev().cloned().collect();
    let started = std::time::Instant::now();
    for log in [apart, edited, junk, backwards] {
        assert!(found(&log, None).len() as u64 >= many - 1);
    }
    // Some 0.2 s; what grows with the square would take minutes.
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

#[test]
fn records_longer_than_the_first_look_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let log = ChangeLog::open(folder.path().join("log.jsonl")).unwrap();
    for number in 1..=3 {
        let mut long = change(number);
        long.difference = "+\u{e9}\n".repeat(100_000);
        assert_eq!(log.append(long).unwrap().seq, number);
    }
    assert_eq!(log.verify(None).unwrap().findings, []);
}

#[test]
fn codes_are_distinct() {
    let codes: std::collections::HashSet<_> =
        FindingKind::ALL.iter().map(|kind| kind.code()).collect();
    assert_eq!(codes.len(), FindingKind::ALL.len());
    let finding = &verify(b"x\n", None).findings[0];
    assert_eq!(
        finding.to_string(),
        "line 1: the line is not a record [log-inserted]"
    );
    let json = serde_json::to_value(finding).unwrap();
    assert_eq!(json["kind"], "log-inserted");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any byte changed to any other: found, and with the head noted never
    /// taken for a crash.
    #[test]
    fn any_edited_byte_is_found(at in any::<prop::sample::Index>(), bits in 1..=255_u8) {
        let (bytes, records) = ten();
        let mut log = bytes.clone();
        let at = at.index(log.len());
        log[at] ^= bits;
        prop_assert!(!verify(&log, None).findings.is_empty());
        let verification = verify(&log, Some(records[9].hash));
        // The very last line end alone holds nothing of a record.
        if at + 1 < log.len() {
            prop_assert!(!verification.is_intact());
            let line = 1 + bytes[..at].iter().filter(|byte| **byte == b'\n').count() as u64;
            prop_assert!(verification.findings.iter().any(|f| f.line.abs_diff(line) <= 1), "{verification:?}");
        } else {
            prop_assert!(!verification.findings.is_empty());
        }
    }

    /// Any byte removed or put in.
    #[test]
    fn any_removed_or_added_byte_is_found(at in any::<prop::sample::Index>(), byte in any::<u8>(), add in any::<bool>()) {
        let (bytes, _) = ten();
        let mut log = bytes.clone();
        if add {
            log.insert(at.index(log.len() + 1), byte);
        } else {
            log.remove(at.index(log.len()));
        }
        prop_assume!(log != *bytes);
        prop_assert!(!verify(&log, None).findings.is_empty());
    }

    /// Any cut of the tail, in bytes, is found by the noted head.
    #[test]
    fn any_cut_is_found(at in any::<prop::sample::Index>()) {
        let (bytes, records) = ten();
        let at = at.index(bytes.len());
        let verification = verify(&bytes[..at], Some(records[9].hash));
        prop_assert!(!verification.findings.is_empty());
        prop_assert!(at + 1 == bytes.len() || !verification.is_intact());
    }

    /// Any order of lines but the right one, with any lines left out or doubled.
    #[test]
    fn any_other_lines_are_found(order in prop::collection::vec(0..10_usize, 0..14)) {
        let (bytes, records) = ten();
        let whole = lines(bytes);
        let log: Vec<Vec<u8>> = order.iter().map(|at| whole[*at].clone()).collect();
        let findings = found(&log, Some(records[9].hash));
        prop_assert_eq!(findings.is_empty(), log == whole);
        // Without the head, all but a log that is cut off is found as well.
        let findings = found(&log, None);
        prop_assert_eq!(findings.is_empty(), whole.starts_with(&log));
    }

    /// Several of the known ways at once: still found, and no panic.
    #[test]
    fn any_mixture_is_found(steps in prop::collection::vec((0..5_u8, any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..6)) {
        let (bytes, records) = ten();
        let whole = lines(bytes);
        let mut log = whole.clone();
        for (step, one, two) in steps {
            if log.is_empty() {
                break;
            }
            let (one, two) = (one.index(log.len()), two.index(log.len()));
            match step {
                0 => { log.remove(one); }
                1 => log.swap(one, two),
                2 => log.insert(one, log[two].clone()),
                3 => {
                    let at = two % log[one].len();
                    log[one][at] ^= 1;
                }
                _ => log.insert(one, b"junk\n".to_vec()),
            }
        }
        let findings = found(&log, Some(records[9].hash));
        prop_assert_eq!(findings.is_empty(), log.concat() == *bytes);
    }

    #[test]
    fn any_bytes_are_verified_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let verification = verify(&bytes, None);
        prop_assert_eq!(verification.findings.is_empty(), bytes.is_empty());
    }
}
