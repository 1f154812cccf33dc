//! Checking a whole log: what was edited, removed, moved or put in, by line
//! and by number.
//!
//! Every line is first judged by itself: either it is a record that is what its
//! own hash says (sound), or it is not. Then the records are joined by their
//! hashes, wherever they stand: each follows the one whose hash it gives. What
//! comes out is chains, and what was done to the log shows as the ways in which
//! they are not one chain in the order of the lines.

use super::chain::{longest_rising, longest_way};
use super::record::{ChangeKind, Digest, Record, Split};
use crate::error::ErrorKind;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;

/// What is wrong with a place in a log, with a stable code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FindingKind {
    /// A record is not what it was when it was written.
    Edited,
    /// Records that once were there are gone.
    Removed,
    /// A record does not stand where it was written.
    Reordered,
    /// A line was put in that the log did not write there.
    Inserted,
    /// A record stands in the log more than once.
    Duplicated,
    /// The head that was noted down is not in the log: its end was cut off, or
    /// it was written anew from some record on.
    CutOff,
    /// A record was not written to its end, as a crash leaves it.
    Torn,
    /// A file was not what the record before had left when it was changed: it
    /// was changed past the log, or the recorded change never came into effect.
    Unrecorded,
    /// A record has a form that this build does not read.
    OtherForm,
}

impl FindingKind {
    /// Every kind.
    pub const ALL: [FindingKind; 9] = [
        FindingKind::Edited,
        FindingKind::Removed,
        FindingKind::Reordered,
        FindingKind::Inserted,
        FindingKind::Duplicated,
        FindingKind::CutOff,
        FindingKind::Torn,
        FindingKind::Unrecorded,
        FindingKind::OtherForm,
    ];

    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            FindingKind::Edited => "log-edited",
            FindingKind::Removed => "log-removed",
            FindingKind::Reordered => "log-reordered",
            FindingKind::Inserted => "log-inserted",
            FindingKind::Duplicated => "log-duplicated",
            FindingKind::CutOff => "log-cut-off",
            FindingKind::Torn => "log-torn",
            FindingKind::Unrecorded => "log-unrecorded",
            FindingKind::OtherForm => "log-other-form",
        }
    }

    /// Whether no accident of an orderly system explains it. A torn record is
    /// what a crash leaves, and an unrecorded change is a fault of how a file
    /// was changed, not of the log.
    #[must_use]
    pub const fn is_damage(self) -> bool {
        !matches!(self, FindingKind::Torn | FindingKind::Unrecorded)
    }
}

impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for FindingKind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// One thing that [`verify`] found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is. In serialised form, its code.
    pub kind: FindingKind,
    /// The line of the log, from 1; for what is gone, the line before which it
    /// is missing.
    pub line: u64,
    /// The number of the record, where it can be told; of several that are
    /// gone, the first.
    pub record: Option<u64>,
    /// The number of the last record that is meant: the same as `record`
    /// except where several are gone.
    pub last_record: Option<u64>,
    /// A sentence, without the place.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {} [{}]", self.line, self.message, self.kind)
    }
}

/// What [`verify`] says of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// How many records of the log are sound and in the chain.
    pub records: u64,
    /// The number of the last record of the chain.
    pub last: Option<u64>,
    /// The hash of the last record of the chain: what to note down elsewhere,
    /// to give to the next verification.
    pub head: Option<Digest>,
    /// What was found, in the order of the lines.
    pub findings: Vec<Finding>,
}

impl Verification {
    /// Whether nothing was found that only meddling or a broken disk explains.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        !self.findings.iter().any(|finding| finding.kind.is_damage())
    }
}

/// Checks a log from its first to its last byte, and names what was edited,
/// removed, reordered, inserted and duplicated, a torn record, and, if
/// `expected_head` is given, a tail that was cut off. Pure: it reads no file.
/// It takes time and memory linear in the log, up to sorting.
///
/// `expected_head` is a head that was noted down outside the log, at any
/// earlier time: it must still be the hash of a record in the chain.
///
/// # What it cannot see
///
/// Everything in the log can be computed by whoever may write it. So without a
/// noted head, records cut off at the end cannot be told from records never
/// written, and a log written anew from some record to the end, hashes
/// included, is a sound log. A head noted where the log's writer cannot write
/// (on paper, in a mail to the governors, on another machine) makes all records
/// up to it unchangeable; those after it have only their own chain. Nor does
/// the chain say that what a record tells is true.
///
/// # Examples
///
/// ```
/// use hedgerow_policy::{verify, FindingKind};
///
/// let verification = verify(b"", None);
/// assert!(verification.is_intact());
///
/// let verification = verify(b"a line somebody wrote\n", None);
/// assert_eq!(verification.findings[0].kind, FindingKind::Inserted);
/// assert!(!verification.is_intact());
/// ```
#[must_use]
pub fn verify(log: &[u8], expected_head: Option<Digest>) -> Verification {
    let lines = read_lines(log);
    let mut check = Check {
        findings: Vec::new(),
        lines: &lines,
    };
    check.lines_by_themselves();
    let nodes = check.single_copies();
    let chain = check.chain(&nodes, expected_head);
    check.order(&chain);
    check.files(&chain);

    let on_chain: HashSet<Digest> = chain
        .iter()
        .filter_map(|at| lines.get(*at))
        .flat_map(|line| line.own.iter().chain(&line.claimed))
        .copied()
        .collect();
    if let Some(head) = expected_head.filter(|head| !on_chain.contains(head)) {
        let last = chain
            .last()
            .and_then(|at| lines.get(*at))
            .and_then(|line| line.seq);
        check.say(
            FindingKind::CutOff,
            lines.len() as u64 + 1,
            last.map(|seq| seq.saturating_add(1)),
            format!(
                "the noted head {head} is not in the log: its end was cut off, or it was written anew"
            ),
        );
    }
    let sound = || {
        chain
            .iter()
            .filter_map(|at| lines.get(*at)?.record.as_ref())
    };
    let last = sound().next_back();
    check
        .findings
        .sort_by_key(|finding| (finding.line, finding.record));
    Verification {
        records: sound().count() as u64,
        last: last.map(|record| record.seq),
        head: last.map(|record| record.hash),
        findings: check.findings,
    }
}

/// A line, as far as it can be told by itself.
struct LineRead<'a> {
    bytes: &'a [u8],
    /// The record, if it is sound.
    record: Option<Record>,
    /// The hash of what it holds, and the hash that it says it has. They are
    /// the same if it is sound.
    own: Option<Digest>,
    claimed: Option<Digest>,
    seq: Option<u64>,
    previous: Option<Digest>,
    other_form: bool,
    /// The line has a line end.
    ended: bool,
    /// A later record of the log notes it as torn.
    noted: bool,
}

impl LineRead<'_> {
    /// Whether anything is left of it that says where it belongs.
    fn has_place(&self) -> bool {
        self.claimed.is_some() || self.own.is_some()
    }
}

fn read_lines(log: &[u8]) -> Vec<LineRead<'_>> {
    let mut lines: Vec<LineRead<'_>> = Vec::new();
    // Where the last sound record ended, as an offset and as a line.
    let mut sound_end = (0, 0);
    let mut start = 0;
    for bytes in log.split_inclusive(|byte| *byte == b'\n') {
        let end = start + bytes.len();
        let ended = bytes.ends_with(b"\n");
        let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let parsed = Record::parse(bytes);
        let other_form = parsed
            .as_ref()
            .is_err_and(|error| error.kind() == ErrorKind::LogVersion);
        let split = Split::of(bytes);
        let record = parsed.ok();
        if let Some(record) = &record {
            if super::is_note_of_torn(&record.change)
                && let Some(torn) = log.get(sound_end.0..start)
                && record.change.after == Some(Digest::of(torn))
            {
                for line in lines.iter_mut().skip(sound_end.1) {
                    line.noted = true;
                }
            }
            sound_end = (end, lines.len() + 1);
        }
        let claimed = split.body_and_hash().map(|(_, hash)| hash);
        lines.push(LineRead {
            bytes,
            own: match &record {
                Some(record) => Some(record.hash),
                None => split.body().map(|body| Digest::of(&body)),
            },
            claimed,
            seq: split.seq(),
            previous: split.previous(),
            record,
            other_form,
            ended,
            noted: false,
        });
        start = end;
    }
    lines
}

struct Check<'a, 'b> {
    findings: Vec<Finding>,
    lines: &'a [LineRead<'b>],
}

impl Check<'_, '_> {
    fn say(
        &mut self,
        kind: FindingKind,
        line: u64,
        record: Option<u64>,
        message: impl Into<String>,
    ) {
        self.findings.push(Finding {
            kind,
            line,
            record,
            last_record: record,
            message: message.into(),
        });
    }

    /// What a line shows by itself: that it was edited, torn or is of another
    /// form. Lines of which nothing tells their place are left to `chain`.
    fn lines_by_themselves(&mut self) {
        for (at, line) in self.lines.iter().enumerate() {
            let number = at as u64 + 1;
            if line.record.is_some() {
                if !line.ended {
                    self.say(
                        FindingKind::Torn,
                        number,
                        line.seq,
                        "the record is whole, but its line end is missing: a crash cut it off",
                    );
                }
            } else if line.other_form {
                self.say(
                    FindingKind::OtherForm,
                    number,
                    line.seq,
                    "the record is of a form that this build does not read",
                );
            } else if is_torn(line) {
                let message = if line.noted {
                    "the record was torn by a crash, as the record after it notes"
                } else {
                    "the last record was torn by a crash; the next change will note it"
                };
                self.say(FindingKind::Torn, number, line.seq, message);
            } else if line.has_place() {
                let message = match line.seq {
                    Some(seq) => format!("record {seq} is not what its hash was taken of"),
                    None => "the record is not what its hash was taken of".to_owned(),
                };
                self.say(FindingKind::Edited, number, line.seq, message);
            }
        }
    }

    /// Every record once, by line; the other copies are findings.
    fn single_copies(&mut self) -> Vec<usize> {
        let mut copies: HashMap<&[u8], Vec<usize>> = HashMap::new();
        for (at, line) in self.lines.iter().enumerate() {
            if line.has_place() {
                copies.entry(line.bytes).or_default().push(at);
            }
        }
        let mut kept = Vec::new();
        for copies in copies.into_values() {
            // The one that stands after the record it follows was there first.
            let original = copies
                .iter()
                .copied()
                .find(|at| self.follows_line_above(*at))
                .or(copies.first().copied());
            kept.extend(original);
            for copy in copies.iter().copied().filter(|at| Some(*at) != original) {
                let seq = self.lines.get(copy).and_then(|line| line.seq);
                let message = format!(
                    "{} stands on line {} already",
                    name(seq),
                    original.unwrap_or_default() + 1
                );
                self.say(FindingKind::Duplicated, copy as u64 + 1, seq, message);
            }
        }
        kept.sort_unstable();
        kept
    }

    fn follows_line_above(&self, at: usize) -> bool {
        let Some(line) = self.lines.get(at) else {
            return false;
        };
        match at.checked_sub(1).and_then(|above| self.lines.get(above)) {
            None => line.previous == Some(Digest::NONE),
            Some(above) => {
                line.previous.is_some()
                    && (line.previous == above.own || line.previous == above.claimed)
            }
        }
    }

    /// The chain, as lines in the order of their records. What is not on it,
    /// and where it is broken, are findings.
    fn chain(&mut self, nodes: &[usize], expected_head: Option<Digest>) -> Vec<usize> {
        let (segments, off) = self.segments(nodes, expected_head);
        for at in off {
            let line = self.lines.get(at);
            // An edited record was named already.
            if line.is_some_and(|line| line.record.is_some()) {
                let seq = line.and_then(|line| line.seq);
                let message = format!(
                    "{} was put in: no record of the chain leads to it and follows it",
                    name(seq)
                );
                self.say(FindingKind::Inserted, at as u64 + 1, seq, message);
            }
        }
        // Lines that say nothing of their place, but no crash explains.
        let mut junk: BTreeSet<usize> = self
            .lines
            .iter()
            .enumerate()
            .filter(|(_, line)| !line.has_place() && !line.other_form && !is_torn(line))
            .map(|(at, _)| at)
            .collect();
        let mut chain: Vec<usize> = Vec::new();
        let mut last_seq = 0;
        for segment in segments {
            self.join(&chain, last_seq, &segment, &mut junk, expected_head);
            last_seq = self.numbers(&segment).map_or(last_seq, |(_, last)| last);
            chain.extend(segment);
        }
        let numbers: HashSet<u64> = chain
            .iter()
            .filter_map(|at| self.lines.get(*at)?.seq)
            .collect();
        for at in junk {
            let seq = self.lines.get(at).and_then(|line| line.seq);
            match seq.filter(|seq| !numbers.contains(seq)) {
                Some(seq) => {
                    let message = format!("record {seq} is no record any more");
                    self.say(FindingKind::Edited, at as u64 + 1, Some(seq), message);
                }
                None => {
                    let message = "the line is not a record";
                    self.say(FindingKind::Inserted, at as u64 + 1, None, message);
                }
            }
        }
        chain
    }

    /// Looks at the place where `segment` comes after the chain so far, which
    /// ends with the record `last_seq`.
    fn join(
        &mut self,
        chain: &[usize],
        last_seq: u64,
        segment: &[usize],
        junk: &mut BTreeSet<usize>,
        expected_head: Option<Digest>,
    ) {
        let Some((first_at, first)) = segment
            .first()
            .and_then(|at| Some((*at, self.lines.get(*at)?)))
        else {
            return;
        };
        let last = chain
            .last()
            .and_then(|at| Some((*at, self.lines.get(*at)?)));
        let Some((first_seq, _)) = self.numbers(segment) else {
            return;
        };
        let missing = first_seq.saturating_sub(last_seq).saturating_sub(1);
        if missing > 0 {
            // A line between them that is not a record may have been one.
            let low = last.map_or(0, |(at, _)| at);
            let mut gone = last_seq + 1;
            while gone < first_seq
                && let Some(at) = junk.range(low..).next().copied()
                && at < first_at
            {
                junk.remove(&at);
                let message = format!("record {gone} is no record any more");
                self.say(FindingKind::Edited, at as u64 + 1, Some(gone), message);
                gone += 1;
            }
            if gone < first_seq {
                let until = first_seq - 1;
                let message = if gone == until {
                    format!("record {gone} was removed")
                } else {
                    format!("records {gone} to {until} were removed")
                };
                self.findings.push(Finding {
                    kind: FindingKind::Removed,
                    line: first_at as u64 + 1,
                    record: Some(gone),
                    last_record: Some(until),
                    message,
                });
            }
            return;
        }
        // The numbers go on, the hashes do not.
        match last {
            None if first.record.is_some() && first.previous != Some(Digest::NONE) => {
                let message = "record 1 follows a record that is not there".to_owned();
                self.say(
                    FindingKind::Edited,
                    first_at as u64 + 1,
                    Some(first_seq),
                    message,
                );
            }
            Some((last_at, last)) if last.record.is_some() && first.record.is_some() => {
                let (at, seq) = if expected_head.is_some() && expected_head == last.own {
                    (first_at, first_seq)
                } else {
                    (last_at, last_seq)
                };
                let message = format!(
                    "record {seq} was rewritten: record {first_seq} (line {}) does not follow record {last_seq} (line {}) as it now is",
                    first_at + 1,
                    last_at + 1,
                );
                self.say(FindingKind::Edited, at as u64 + 1, Some(seq), message);
            }
            // One of the two is edited, and was named.
            _ => {}
        }
    }

    /// Joins the lines by their hashes. Gives the chains that make up the log,
    /// in the order of their numbers, and the lines in none of them.
    fn segments(
        &self,
        nodes: &[usize],
        expected_head: Option<Digest>,
    ) -> (Vec<Vec<usize>>, Vec<usize>) {
        let mut by_hash: HashMap<Digest, usize> = HashMap::new();
        // What a record really holds outranks what an edited one claims.
        for at in nodes {
            if let Some(own) = self.lines.get(*at).and_then(|line| line.own) {
                by_hash.insert(own, *at);
            }
        }
        for at in nodes {
            if let Some(claimed) = self.lines.get(*at).and_then(|line| line.claimed) {
                by_hash.entry(claimed).or_insert(*at);
            }
        }
        let mut children: HashMap<usize, Vec<usize>> = HashMap::new();
        let mut roots = Vec::new();
        for at in nodes {
            let previous = self.lines.get(*at).and_then(|line| line.previous);
            match previous.and_then(|previous| by_hash.get(&previous)) {
                Some(parent) if parent != at => children.entry(*parent).or_default().push(*at),
                _ => roots.push(*at),
            }
        }
        let head = expected_head.and_then(|head| by_hash.get(&head)).copied();
        let mut reached = HashSet::new();
        // Of every root, the longest way down.
        let mut ways: Vec<Vec<usize>> = roots
            .into_iter()
            .map(|root| longest_way(root, &children, head, &mut reached))
            .collect();
        // Edited records can be made to follow each other in a ring, which has
        // no root.
        for at in nodes {
            if !reached.contains(at)
                && self
                    .lines
                    .get(*at)
                    .is_some_and(|line| line.record.is_none())
            {
                ways.push(longest_way(*at, &children, head, &mut reached));
            }
        }
        // The way that begins the log comes first, then the longest: a way
        // whose numbers another one has was put in.
        ways.sort_by_cached_key(|way| {
            let first = way.first().and_then(|at| self.lines.get(*at));
            let begins = first.is_some_and(|line| {
                line.seq == Some(1) && line.previous == Some(Digest::NONE) && line.record.is_some()
            });
            let has_head = head.is_some_and(|head| way.contains(&head));
            (
                !has_head,
                !begins,
                std::cmp::Reverse(way.len()),
                way.first().copied(),
            )
        });
        let mut taken: BTreeMap<u64, (u64, Vec<usize>)> = BTreeMap::new();
        let mut on = HashSet::new();
        for way in ways {
            let Some((low, high)) = self.numbers(&way) else {
                continue;
            };
            let before = taken.range(..=high).next_back();
            if before.is_some_and(|(_, (before_high, _))| *before_high >= low) {
                continue;
            }
            on.extend(way.iter().copied());
            taken.insert(low, (high, way));
        }
        let off = nodes
            .iter()
            .copied()
            .filter(|at| !on.contains(at))
            .collect();
        (taken.into_values().map(|(_, way)| way).collect(), off)
    }

    /// The first and the last number of a way. An edited record may give itself
    /// any number, so they are counted from the sound ones if there are any.
    fn numbers(&self, way: &[usize]) -> Option<(u64, u64)> {
        let of = |sound_only: bool| {
            let mut numbered = way
                .iter()
                .enumerate()
                .filter_map(|(place, at)| Some((place as u64, self.lines.get(*at)?)))
                .filter(|(_, line)| line.record.is_some() || !sound_only)
                .filter_map(|(place, line)| Some((place, line.seq?)));
            let (place, seq) = numbered.next()?;
            let (last_place, last_seq) = numbered.next_back().unwrap_or((place, seq));
            let behind = (way.len() as u64).saturating_sub(last_place + 1);
            Some((seq.saturating_sub(place), last_seq.saturating_add(behind)))
        };
        let (low, high) = of(true).or_else(|| of(false))?;
        Some((low, high.max(low)))
    }

    /// Lines of the chain that stand in another order than their records: all
    /// but the most that can stay.
    fn order(&mut self, chain: &[usize]) {
        let stay = longest_rising(chain);
        let mut above = None;
        for at in chain.iter().copied() {
            if !stay.contains(&at) {
                let seq = self.lines.get(at).and_then(|line| line.seq);
                let message = match above {
                    Some(above) => format!(
                        "{} was moved: it belongs after line {}",
                        name(seq),
                        above + 1
                    ),
                    None => format!("{} was moved: it belongs at the beginning", name(seq)),
                };
                self.say(FindingKind::Reordered, at as u64 + 1, seq, message);
            }
            above = Some(at);
        }
        // Numbers that do not go up by one where the hashes do join.
        for pair in chain.windows(2) {
            let [one, two] = pair else { continue };
            let (Some(one), Some(two_read)) = (self.lines.get(*one), self.lines.get(*two)) else {
                continue;
            };
            if let (Some(one), Some(two_record)) = (&one.record, &two_read.record)
                && two_record.previous == one.hash
                && two_record.seq != one.seq.saturating_add(1)
            {
                let message = format!(
                    "record {} follows record {}: its number is wrong",
                    two_record.seq, one.seq
                );
                let seq = two_record.seq;
                self.say(FindingKind::Edited, *two as u64 + 1, Some(seq), message);
            }
        }
        if let Some(first_at) = chain.first()
            && let Some(record) = self
                .lines
                .get(*first_at)
                .and_then(|line| line.record.as_ref())
            && record.previous == Digest::NONE
            && record.seq != 1
        {
            let message = format!("the first record has the number {}", record.seq);
            let seq = record.seq;
            self.say(
                FindingKind::Edited,
                *first_at as u64 + 1,
                Some(seq),
                message,
            );
        }
    }

    /// Files that were changed past the log.
    fn files(&mut self, chain: &[usize]) {
        let mut left: HashMap<&str, (u64, Option<Digest>)> = HashMap::new();
        let mut above = Digest::NONE;
        let lines = self.lines;
        for at in chain {
            let Some(record) = lines.get(*at).and_then(|line| line.record.as_ref()) else {
                left.clear();
                continue;
            };
            // Past a gap nothing is known of the files.
            if record.previous != above {
                left.clear();
            }
            above = record.hash;
            let change = &record.change;
            if !change.file || change.kind == ChangeKind::Log {
                continue;
            }
            if let Some((before, after)) = left.insert(&change.subject, (record.seq, change.after))
                && after != change.before
            {
                let message = format!(
                    "before record {}, `{}` was not what record {before} had left: it was changed past the log",
                    record.seq, change.subject
                );
                self.say(
                    FindingKind::Unrecorded,
                    *at as u64 + 1,
                    Some(record.seq),
                    message,
                );
            }
        }
    }
}

/// Whether the line is what a crash leaves: the beginning of a record, or the
/// zeros that a file system shows where nothing was written yet. A line that
/// still has the end of a record is none, noted or not: what a crash tears, it
/// tears at the end.
fn is_torn(line: &LineRead<'_>) -> bool {
    line.record.is_none()
        && !line.other_form
        && !line.has_place()
        && (line.noted || !line.ended)
        && super::looks_torn(line.bytes)
}

fn name(seq: Option<u64>) -> String {
    match seq {
        Some(seq) => format!("record {seq}"),
        None => "a record".to_owned(),
    }
}
