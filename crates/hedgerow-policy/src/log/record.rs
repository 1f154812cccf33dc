//! One record of a change log: what it holds, how it is written, and what its
//! hash is taken of.

use crate::error::{Error, ErrorKind, Result};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::str::FromStr;

/// The form of a record that this build writes, and reads: the first thing in
/// every line of a log. Another form has another name, so that no line is ever
/// read by the rules of another.
pub const LOG_FORMAT: &str = "hedgerow-log-1";

/// How every record of every form begins.
pub(super) const FORMAT_MARK: &[u8] = b"{\"format\":\"hedgerow-log-";

/// A SHA-256 digest, written as 64 lower-case hexadecimal digits.
///
/// # Examples
///
/// ```
/// use hedgerow_policy::Digest;
///
/// let digest = Digest::of(b"abc");
/// assert!(digest.to_string().starts_with("ba7816bf"));
/// assert_eq!(digest.to_string().parse::<Digest>()?, digest);
/// # Ok::<(), hedgerow_policy::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

impl Digest {
    /// What the first record of a log gives as the hash of the one before.
    pub const NONE: Digest = Digest([0; 32]);

    /// The SHA-256 of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Digest {
        Digest(Sha256::digest(bytes).into())
    }

    /// The SHA-256 of all that `reader` gives.
    ///
    /// # Errors
    ///
    /// What reading gives.
    pub fn of_reader(mut reader: impl std::io::Read) -> std::io::Result<Digest> {
        let mut hasher = Sha256::new();
        let mut block = vec![0; 1 << 16];
        loop {
            match reader.read(&mut block) {
                Ok(0) => return Ok(Digest(hasher.finalize().into())),
                Ok(read) => hasher.update(block.get(..read).unwrap_or_default()),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The digest that 64 lower-case digits write, and nothing else: a hash
    /// written in two ways would leave a byte of a log that can be changed.
    pub(super) fn from_hex(text: &[u8]) -> Option<Digest> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        if text.len() != 64 {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
            if let [high, low] = pair {
                *byte = digit(*high)? << 4 | digit(*low)?;
            }
        }
        Some(Digest(bytes))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = Error;

    /// Reads 64 hexadecimal digits; spaces around them are ignored, and upper
    /// case is taken, because people copy them.
    fn from_str(text: &str) -> Result<Digest> {
        Digest::from_hex(text.trim().to_ascii_lowercase().as_bytes())
            .ok_or_else(|| Error::new(ErrorKind::DigestSyntax, "a digest is 64 hexadecimal digits"))
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Digest, D::Error> {
        let text = String::deserialize(deserializer)?;
        Digest::from_hex(text.as_bytes())
            .ok_or_else(|| serde::de::Error::custom("a digest is 64 lower-case hexadecimal digits"))
    }
}

/// What a change is a change of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ChangeKind {
    /// A policy.
    Policy,
    /// The file of exemptions.
    Exemption,
    /// A ruleset, compiled or fetched.
    Ruleset,
    /// A taxonomy.
    Taxonomy,
    /// Nothing outside the log: the log notes what befell itself, such as a
    /// record that a crash tore. Only the log writes these.
    Log,
}

impl ChangeKind {
    /// Every kind.
    pub const ALL: [ChangeKind; 5] = [
        ChangeKind::Policy,
        ChangeKind::Exemption,
        ChangeKind::Ruleset,
        ChangeKind::Taxonomy,
        ChangeKind::Log,
    ];

    /// The stable name, as records write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            ChangeKind::Policy => "policy",
            ChangeKind::Exemption => "exemption",
            ChangeKind::Ruleset => "ruleset",
            ChangeKind::Taxonomy => "taxonomy",
            ChangeKind::Log => "log",
        }
    }

    /// The kind that `name` names.
    #[must_use]
    pub fn from_name(name: &str) -> Option<ChangeKind> {
        ChangeKind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for ChangeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Who changes something, when, and why: what a person gives beside the change
/// itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cause<'a> {
    /// Who. Not blank.
    pub who: &'a str,
    /// Why. Not blank.
    pub why: &'a str,
    /// When. The log has no clock of its own.
    pub at: Timestamp,
}

#[cfg(feature = "files")]
impl Cause<'_> {
    /// Refuses a change that nobody made or that has no reason.
    pub(crate) fn check(&self) -> Result<()> {
        for (text, what) in [(self.who, "who made it"), (self.why, "why it was made")] {
            if is_blank(text) {
                return Err(Error::new(
                    ErrorKind::ChangeIncomplete,
                    format!("a change must say {what}"),
                ));
            }
        }
        Ok(())
    }
}

/// Whether a text says nothing: white space and what cannot be seen.
pub(crate) fn is_blank(text: &str) -> bool {
    text.chars().all(|c| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
    })
}

/// A change, as the log is to record it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// When it was made.
    pub at: Timestamp,
    /// Who made it.
    pub who: String,
    /// What it is a change of.
    pub kind: ChangeKind,
    /// Which one: a path or another name that stays the same over time.
    pub subject: String,
    /// Whether the subject is a file, named from the folder of the log, that
    /// the log itself replaces and puts in order after a crash
    /// (`ChangeLog::change`).
    pub file: bool,
    /// The digest of what was there before; nothing if there was nothing.
    pub before: Option<Digest>,
    /// The digest of what is there after; nothing if nothing is left.
    pub after: Option<Digest>,
    /// The difference, for people.
    pub difference: String,
    /// Why it was made.
    pub why: String,
}

/// A change as it stands in a log: numbered, and chained to the record before.
///
/// # What is hashed
///
/// A record is one line of JSON, without spaces between its parts, and with
/// its keys in this order: `format`, `seq`, `at`, `who`, `kind`, `subject`,
/// `file`, `before`, `after`, `difference`, `why`, `previous`, `hash`.
/// [`Record::hash`] is the SHA-256 of the bytes of that line with
/// `,"hash":"…"` taken out (from the comma to the closing quotation mark), and
/// without the line end. `previous` is the `hash` of the record before; in the
/// first record, 64 zeros. So every byte of the line counts, and common tools
/// can check it:
///
/// ```text
/// sed -n 7p changes.jsonl | sed 's/,"hash":"[0-9a-f]*"}$/}/' | tr -d '\n' | sha256sum
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its number in the log, from 1.
    pub seq: u64,
    /// The change.
    pub change: Change,
    /// The hash of the record before, [`Digest::NONE`] for the first.
    pub previous: Digest,
    /// Its own hash.
    pub hash: Digest,
}

/// The line of a record without its hash. The order of the fields is the order
/// of the keys and part of the format.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    format: std::borrow::Cow<'a, str>,
    seq: u64,
    at: Timestamp,
    who: std::borrow::Cow<'a, str>,
    kind: ChangeKind,
    subject: std::borrow::Cow<'a, str>,
    file: bool,
    before: Option<Digest>,
    after: Option<Digest>,
    difference: std::borrow::Cow<'a, str>,
    why: std::borrow::Cow<'a, str>,
    previous: Digest,
}

impl Record {
    /// The record of `change` that comes after the one with this number and
    /// hash, and its line with the line end.
    #[cfg(feature = "files")]
    pub(super) fn after(last: Option<(u64, Digest)>, change: Change) -> Result<(Record, Vec<u8>)> {
        let (seq, previous) = last.unwrap_or((0, Digest::NONE));
        let seq = seq.saturating_add(1);
        let line = Line {
            format: LOG_FORMAT.into(),
            seq,
            at: change.at,
            who: (&*change.who).into(),
            kind: change.kind,
            subject: (&*change.subject).into(),
            file: change.file,
            before: change.before,
            after: change.after,
            difference: (&*change.difference).into(),
            why: (&*change.why).into(),
            previous,
        };
        let mut bytes = serde_json::to_vec(&line)
            .map_err(|error| Error::new(ErrorKind::LogRecord, error.to_string()))?;
        let hash = Digest::of(&bytes);
        bytes.pop();
        bytes.extend_from_slice(format!("{HASH_KEY}{hash}\"}}\n").as_bytes());
        let record = Record {
            seq,
            change,
            previous,
            hash,
        };
        Ok((record, bytes))
    }

    /// Reads one line of a log (without its line end), and holds it against
    /// its own hash. The chain is not checked: that takes the whole log, see
    /// [`verify`](super::verify).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::LogRecord`] if the line is not a record or was changed,
    /// [`ErrorKind::LogVersion`] if it is a record of another form.
    pub fn parse(line: &[u8]) -> Result<Record> {
        let split = Split::of(line);
        if let Some((body, hash)) = split.body_and_hash() {
            if Digest::of(&body) != hash {
                return Err(Error::new(
                    ErrorKind::LogRecord,
                    "the record is not what its hash was taken of",
                ));
            }
            let parsed: serde_json::Result<Line<'_>> = serde_json::from_slice(&body);
            if let Ok(parsed) = parsed
                && parsed.format == LOG_FORMAT
            {
                return Ok(Record {
                    seq: parsed.seq,
                    change: Change {
                        at: parsed.at,
                        who: parsed.who.into_owned(),
                        kind: parsed.kind,
                        subject: parsed.subject.into_owned(),
                        file: parsed.file,
                        before: parsed.before,
                        after: parsed.after,
                        difference: parsed.difference.into_owned(),
                        why: parsed.why.into_owned(),
                    },
                    previous: parsed.previous,
                    hash,
                });
            }
        }
        if is_of_another_form(line) {
            return Err(Error::new(
                ErrorKind::LogVersion,
                format!(
                    "the record is not of the form `{LOG_FORMAT}`, the only one this build reads"
                ),
            ));
        }
        Err(Error::new(ErrorKind::LogRecord, "the line is not a record"))
    }
}

/// Whether the line says that it is a record, of a form other than ours.
pub(super) fn is_of_another_form(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(FORMAT_MARK) else {
        return false;
    };
    // A version cut short by a crash is not another version.
    let Some(end) = rest.iter().position(|byte| *byte == b'"') else {
        return false;
    };
    let ours = LOG_FORMAT.strip_prefix("hedgerow-log-").map(str::as_bytes);
    rest.get(..end) != ours
}

/// How the hash of a record begins, after all that it is taken of.
const HASH_KEY: &str = ",\"hash\":\"";

/// A line taken apart by its bytes alone, whether or not it is a sound record:
/// what is left of an edited record still tells where it belongs.
pub(super) struct Split<'a> {
    line: &'a [u8],
    /// Where the hash's key begins, if it is there as it must be.
    hash_at: Option<usize>,
}

impl<'a> Split<'a> {
    /// Takes a line (without its line end) apart.
    pub(super) fn of(line: &'a [u8]) -> Split<'a> {
        let hash_at = line
            .len()
            .checked_sub(HASH_KEY.len() + 64 + 2)
            .filter(|at| {
                line.get(*at..).is_some_and(|tail| {
                    tail.starts_with(HASH_KEY.as_bytes()) && tail.ends_with(b"\"}")
                })
            });
        Split { line, hash_at }
    }

    /// What the hash is taken of, and the hash as written.
    pub(super) fn body_and_hash(&self) -> Option<(Vec<u8>, Digest)> {
        let at = self.hash_at?;
        let digits = at + HASH_KEY.len();
        let hash = Digest::from_hex(self.line.get(digits..digits + 64)?)?;
        Some((self.body()?, hash))
    }

    /// What the hash would be taken of, if its place can be told.
    pub(super) fn body(&self) -> Option<Vec<u8>> {
        let mut body = self.line.get(..self.hash_at?)?.to_vec();
        body.push(b'}');
        Some(body)
    }

    /// The number that the record gives itself.
    pub(super) fn seq(&self) -> Option<u64> {
        let digits = self.text_after(b"\"seq\":")?;
        let length = digits.iter().take_while(|b| b.is_ascii_digit()).count();
        std::str::from_utf8(digits.get(..length)?)
            .ok()?
            .parse()
            .ok()
    }

    /// The record that it says it follows.
    pub(super) fn previous(&self) -> Option<Digest> {
        Digest::from_hex(self.text_after(b"\"previous\":\"")?.get(..64)?)
    }

    /// What follows the last place where `key` stands. In a string of JSON the
    /// quotation marks of a key are escaped, so no text of the record can pass
    /// for a key.
    fn text_after(&self, key: &[u8]) -> Option<&'a [u8]> {
        let at = self
            .line
            .windows(key.len())
            .rposition(|window| window == key)?;
        self.line.get(at + key.len()..)
    }
}

#[cfg(test)]
#[cfg(feature = "files")]
mod tests {
    use super::*;

    fn change() -> Change {
        Change {
            at: "2026-11-22T20:00:00Z".parse().unwrap(),
            who: "A. Smith".into(),
            kind: ChangeKind::Policy,
            subject: "school.toml".into(),
            file: true,
            before: None,
            after: Some(Digest::of(b"x")),
            difference: "+x \"hash\":\"\n".into(),
            why: "the \u{2028} first \"seq\":9".into(),
        }
    }

    #[test]
    fn a_line_is_as_the_format_says() {
        let (record, line) = Record::after(None, change()).unwrap();
        let text = String::from_utf8(line).unwrap();
        assert_eq!(
            text,
            format!(
                concat!(
                    r#"{{"format":"hedgerow-log-1","seq":1,"at":"2026-11-22T20:00:00Z","#,
                    r#""who":"A. Smith","kind":"policy","subject":"school.toml","file":true,"#,
                    r#""before":null,"after":"{}","difference":"+x \"hash\":\"\n","#,
                    "\"why\":\"the \u{2028} first \\\"seq\\\":9\",",
                    r#""previous":"0000000000000000000000000000000000000000000000000000000000000000","#,
                    r#""hash":"{}"}}"#,
                    "\n"
                ),
                Digest::of(b"x"),
                record.hash
            )
        );
        // The hash by the words of the documentation, not by the code.
        let line = text.trim_end_matches('\n');
        let body = line.replace(&format!(",\"hash\":\"{}\"", record.hash), "");
        assert_eq!(Digest::of(body.as_bytes()), record.hash);
        assert_eq!(Record::parse(line.as_bytes()).unwrap(), record);
        let split = Split::of(line.as_bytes());
        assert_eq!(split.seq(), Some(1));
        assert_eq!(split.previous(), Some(Digest::NONE));
    }

    #[test]
    fn the_hash_of_the_format_stays_what_it_is() {
        // Logs of years ago must verify: this number may never change.
        let (record, _) = Record::after(None, change()).unwrap();
        assert_eq!(
            record.hash.to_string(),
            "680acb1fadb59517455bac096f2e24c9973065b44877ce0497ea8dad64abd699"
        );
    }

    #[test]
    fn another_form_is_told_from_a_torn_record() {
        let other = br#"{"format":"hedgerow-log-2","seq":1}"#;
        assert_eq!(
            Record::parse(other).unwrap_err().kind(),
            ErrorKind::LogVersion
        );
        for torn in [
            &b"{\"format\":\"hedgerow-log-1\",\"se"[..],
            b"{\"format\":\"hedgerow-log-",
            b"{\"format\":\"hedgerow-log-1",
            b"",
            b"\xff\0",
        ] {
            assert_eq!(
                Record::parse(torn).unwrap_err().kind(),
                ErrorKind::LogRecord
            );
        }
    }

    #[test]
    fn nothing_seen_is_blank() {
        assert!(is_blank(" \t\u{a0}\u{200b}\u{feff}"));
        assert!(!is_blank(" x "));
    }

    #[test]
    fn digests_read_what_they_write() {
        let digest = Digest::of(b"");
        assert_eq!(digest, Digest::of_reader(&b""[..]).unwrap());
        assert_eq!(format!(" {digest}\n").parse::<Digest>().unwrap(), digest);
        assert_eq!(
            "e3b0".parse::<Digest>().unwrap_err().kind(),
            ErrorKind::DigestSyntax
        );
        let upper = digest.to_string().to_uppercase();
        assert_eq!(Digest::from_hex(upper.as_bytes()), None);
        for kind in ChangeKind::ALL {
            assert_eq!(ChangeKind::from_name(kind.name()), Some(kind));
        }
    }
}
