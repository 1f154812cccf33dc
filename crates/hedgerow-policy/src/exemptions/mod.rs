//! The file of exemptions: reading and writing it, and asking for, approving
//! and revoking an exemption by the rules of the policy.
//!
//! Everything here is without I/O and without a clock, but for
//! [`Exemptions::load`]. The file is changed through the change log
//! (`ChangeLog::change`), so that every step has a record:
//!
//! ```
//! # #[cfg(feature = "files")] {
//! use hedgerow_policy::{
//!     Cause, ChangeKind, ChangeLog, ExemptionRequest, ExemptionRules, ExemptionTerms, Exemptions,
//! };
//!
//! # let folder = tempfile::tempdir()?;
//! # let folder = folder.path();
//! let rules = ExemptionRules {
//!     may_request: vec!["A. Smith".into()],
//!     may_approve: vec!["B. Jones".into()],
//!     ..ExemptionRules::default()
//! };
//! let terms = ExemptionTerms {
//!     rules: &rules,
//!     zone: &jiff::tz::TimeZone::UTC,
//!     is_locked: &|category| category == "child-sexual-abuse",
//! };
//! let at = "2026-11-22T20:00:00Z".parse()?;
//! let request = ExemptionRequest {
//!     categories: vec!["games".into()],
//!     groups: vec!["year-9".into()],
//!     start: "2026-11-23T09:00:00Z".parse()?,
//!     end: "2026-11-23T10:00:00Z".parse()?,
//!     requested_by: "a. smith".into(),
//!     reason: "probability with dice".into(),
//!     ..ExemptionRequest::default()
//! };
//!
//! let log = ChangeLog::open(folder.join("changes.jsonl"))?;
//! let cause = Cause { who: &request.requested_by, why: &request.reason, at };
//! log.change(ChangeKind::Exemption, folder.join("exemptions.toml"), &cause, |old| {
//!     let mut exemptions = Exemptions::parse_bytes(old.unwrap_or_default())?;
//!     exemptions.request(&request, at, &terms)?;
//!     Ok(exemptions.to_toml()?.into_bytes())
//! })?;
//!
//! let exemptions = Exemptions::load(folder.join("exemptions.toml"))?;
//! let exemption = exemptions.get("2026-11-22-1").expect("just asked for");
//! assert_eq!(exemption.requested_by, "A. Smith");
//! assert!(!exemption.is_in_force("2026-11-23T09:30:00Z".parse()?), "not approved yet");
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod read;
mod rules;

pub use rules::{ExemptionRules, ExemptionTerms, Length, same_person};

use crate::error::{Error, ErrorKind, Result};
use crate::exemption::{Exemption, Revocation};
use crate::log::is_blank;
use crate::zones::Zone;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rules::{may_not, named};
use serde::Serialize;
use std::fmt;

/// What somebody asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExemptionRequest {
    /// The addresses to open.
    pub addresses: Vec<String>,
    /// The categories to open. At least one of the two must hold something.
    pub categories: Vec<String>,
    /// The groups to open them for: at least one.
    pub groups: Vec<String>,
    /// When to begin.
    pub start: Timestamp,
    /// When to have ended.
    pub end: Timestamp,
    /// Who asks.
    pub requested_by: String,
    /// What for. Not blank.
    pub reason: String,
}

/// What an exemption is at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExemptionState {
    /// Nobody approved it yet, and it is not over.
    Waiting,
    /// It opens what it names.
    InForce,
    /// It is approved and has not begun.
    Coming,
    /// It is over, approved or not.
    Expired,
    /// It was taken back.
    Revoked,
}

impl ExemptionState {
    /// Every state.
    pub const ALL: [ExemptionState; 5] = [
        ExemptionState::Waiting,
        ExemptionState::InForce,
        ExemptionState::Coming,
        ExemptionState::Expired,
        ExemptionState::Revoked,
    ];

    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            ExemptionState::Waiting => "waiting",
            ExemptionState::InForce => "in-force",
            ExemptionState::Coming => "coming",
            ExemptionState::Expired => "expired",
            ExemptionState::Revoked => "revoked",
        }
    }

    /// The state that `name` names.
    #[must_use]
    pub fn from_name(name: &str) -> Option<ExemptionState> {
        ExemptionState::ALL
            .into_iter()
            .find(|state| state.name() == name)
    }
}

impl fmt::Display for ExemptionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Exemption {
    /// What this exemption is at a moment. It is in force exactly when
    /// [`Exemption::is_in_force`] says so.
    #[must_use]
    pub fn state(&self, at: Timestamp) -> ExemptionState {
        if self.revoked.is_some() {
            ExemptionState::Revoked
        } else if self.end <= at {
            ExemptionState::Expired
        } else if self.approved_by.is_none() {
            ExemptionState::Waiting
        } else if at < self.start {
            ExemptionState::Coming
        } else {
            ExemptionState::InForce
        }
    }
}

/// The exemptions of a file: all that were ever asked for, in the order of
/// asking. None is ever removed.
#[derive(Clone, Debug, Default)]
pub struct Exemptions {
    all: Vec<Exemption>,
    /// On which line each begins, as far as they were read from a text.
    lines: Vec<u64>,
}

impl Exemptions {
    /// Reads a file of exemptions: TOML with one table `[[exemption]]` for
    /// each, with the keys of [`Exemption`]. Times are RFC 3339 with an offset,
    /// as TOML's own or as text. An empty text holds none.
    ///
    /// What needs the policy is not checked here but by
    /// [`Exemptions::faults`].
    ///
    /// # Errors
    ///
    /// With line and column: [`ErrorKind::ExemptionSyntax`],
    /// [`ErrorKind::ExemptionId`] (blank, of other characters than letters,
    /// digits, `-`, `_` and `.`, or used twice), [`ErrorKind::ExemptionEmpty`],
    /// [`ErrorKind::ExemptionTime`] (the end is not after the start),
    /// [`ErrorKind::ExemptionReason`], [`ErrorKind::ExemptionPerson`] (a name
    /// is blank).
    ///
    /// # Examples
    ///
    /// ```
    /// use hedgerow_policy::{ErrorKind, Exemptions};
    ///
    /// let text = r#"
    /// [[exemption]]
    /// id = "dice"
    /// addresses = ["dice.example/game"]
    /// groups = ["year-9"]
    /// start = 2026-11-23T09:00:00Z
    /// end = 2026-11-23T10:00:00+00:00
    /// requested_by = "A. Smith"
    /// reason = "probability"
    /// created = "2026-11-22T20:00:00Z"
    /// "#;
    /// assert_eq!(Exemptions::parse(text)?.len(), 1);
    ///
    /// let error = Exemptions::parse(&text.replace("\"probability\"", "\" \"")).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::ExemptionReason);
    /// assert_eq!((error.line(), error.column()), (Some(9), Some(10)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn parse(text: &str) -> Result<Exemptions> {
        let mut exemptions = Exemptions::default();
        for (exemption, line) in read::read(text)? {
            exemptions.all.push(exemption);
            exemptions.lines.push(line);
        }
        Ok(exemptions)
    }

    /// As [`Exemptions::parse`], from bytes that should be UTF-8.
    ///
    /// # Errors
    ///
    /// As [`Exemptions::parse`].
    pub fn parse_bytes(bytes: &[u8]) -> Result<Exemptions> {
        match str::from_utf8(bytes) {
            Ok(text) => Exemptions::parse(text),
            Err(error) => {
                let sound = bytes.get(..error.valid_up_to()).unwrap_or_default();
                let sound = String::from_utf8_lossy(sound);
                let (line, column) = crate::error::place(&sound, sound.len());
                Err(
                    Error::new(ErrorKind::ExemptionSyntax, "the text is not UTF-8")
                        .at_line(line)
                        .at_column(column),
                )
            }
        }
    }

    /// Reads the file at `path`. No file means no exemptions.
    ///
    /// # Errors
    ///
    /// As [`Exemptions::parse`], with the path; the engine's `io`.
    #[cfg(feature = "files")]
    pub fn load(path: impl AsRef<std::path::Path>) -> Result<Exemptions> {
        let path = path.as_ref();
        match std::fs::read(path) {
            Ok(bytes) => Exemptions::parse_bytes(&bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Exemptions::default()),
            Err(error) => Err(error.into()),
        }
        .map_err(|error| error.at_path(path))
    }

    /// The text of the file, which [`Exemptions::parse`] reads as the same.
    /// Comments that somebody wrote in the file before are not kept; the change
    /// log has them.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ExemptionSyntax`] if TOML cannot hold a value; none that can
    /// be read or asked for is known to be of that kind.
    pub fn to_toml(&self) -> Result<String> {
        #[derive(Serialize)]
        struct Out<'a> {
            exemption: &'a [Exemption],
        }
        if self.all.is_empty() {
            return Ok(String::new());
        }
        toml::to_string(&Out {
            exemption: &self.all,
        })
        .map_err(|error| Error::new(ErrorKind::ExemptionSyntax, error.to_string()))
    }

    /// How many there are, in whatever state.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// All of them, in the order of the file.
    pub fn iter(&self) -> std::slice::Iter<'_, Exemption> {
        self.all.iter()
    }

    /// All of them, in the order of the file.
    #[must_use]
    pub fn as_slice(&self) -> &[Exemption] {
        &self.all
    }

    /// The exemption with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Exemption> {
        self.all.iter().find(|exemption| exemption.id == id)
    }

    /// Those that are in this state at a moment, in the order of the file.
    pub fn in_state(
        &self,
        state: ExemptionState,
        at: Timestamp,
    ) -> impl Iterator<Item = &Exemption> {
        self.iter()
            .filter(move |exemption| exemption.state(at) == state)
    }

    /// What is against the policy in those that are waiting, coming or in force
    /// at a moment: a locked category, a length beyond the longest, a requester
    /// or approver whom the policy does not name, one person for both. Each
    /// error tells the id and, where known, the line. Those that are over or
    /// revoked do nothing, so a policy that has changed since does not matter.
    #[must_use]
    pub fn faults(&self, at: Timestamp, terms: &ExemptionTerms<'_>) -> Vec<Error> {
        let mut faults = Vec::new();
        for (number, exemption) in self.all.iter().enumerate() {
            if matches!(
                exemption.state(at),
                ExemptionState::Expired | ExemptionState::Revoked
            ) {
                continue;
            }
            let mut say = |error: Error| {
                let message = format!("exemption `{}`: {}", exemption.id, error.message());
                let mut error = Error::new(error.kind(), message);
                if let Some(line) = self.lines.get(number) {
                    error = error.at_line(*line);
                }
                faults.push(error);
            };
            if let Err(error) = check_reach(exemption, terms) {
                say(error);
            }
            if let Err(error) = terms.rules.may_ask(&exemption.requested_by) {
                say(error);
            }
            if let Some(approver) = &exemption.approved_by {
                if let Err(error) = terms.rules.may_agree(approver) {
                    say(error);
                }
                if let Err(error) = terms.rules.check_two(&exemption.requested_by, approver) {
                    say(error);
                }
            }
        }
        faults
    }

    /// Asks for an exemption: it is added, and waits for approval. Gives it
    /// with its id: the date in the policy's zone and a number, such as
    /// `2026-11-22-1`, unlike every other in the file. Names, addresses and
    /// categories are taken without spaces around them, the requester as the
    /// policy spells the name.
    ///
    /// # Errors
    ///
    /// Nothing is added then. [`ErrorKind::ExemptionPerson`],
    /// [`ErrorKind::ExemptionReason`], [`ErrorKind::ExemptionEmpty`],
    /// [`ErrorKind::ExemptionTime`] (the end is not after the start and after
    /// `at`), [`ErrorKind::ExemptionTooLong`], [`ErrorKind::ExemptionLocked`].
    pub fn request(
        &mut self,
        request: &ExemptionRequest,
        at: Timestamp,
        terms: &ExemptionTerms<'_>,
    ) -> Result<&Exemption> {
        let requester = terms.rules.may_ask(&request.requested_by)?;
        if is_blank(&request.reason) {
            return Err(no_reason("what it is for"));
        }
        let exemption = Exemption {
            id: self.next_id(at, terms.zone),
            addresses: cleaned(&request.addresses, "an address")?,
            categories: cleaned(&request.categories, "a category")?,
            groups: cleaned(&request.groups, "a group")?,
            start: request.start,
            end: request.end,
            requested_by: requester.to_owned(),
            approved_by: None,
            reason: request.reason.trim().to_owned(),
            created: at,
            revoked: None,
        };
        check_content(&exemption)?;
        if exemption.end <= at {
            return Err(Error::new(
                ErrorKind::ExemptionTime,
                format!("it would be over already: its end is {}", exemption.end),
            ));
        }
        check_reach(&exemption, terms)?;
        self.all.push(exemption);
        // The line is known only of what was read.
        self.all.last().ok_or_else(|| unknown(""))
    }

    /// Approves the exemption with this id.
    ///
    /// # Errors
    ///
    /// Nothing is changed then. [`ErrorKind::ExemptionUnknown`];
    /// [`ErrorKind::ExemptionPerson`]; [`ErrorKind::ExemptionState`] if it is
    /// approved or revoked; [`ErrorKind::ExemptionSamePerson`] if the approver
    /// asked for it and the policy wants two; [`ErrorKind::ExemptionTime`] if it
    /// is over; [`ErrorKind::ExemptionTooLong`] and
    /// [`ErrorKind::ExemptionLocked`] if the policy has changed since the
    /// request.
    pub fn approve(
        &mut self,
        id: &str,
        by: &str,
        at: Timestamp,
        terms: &ExemptionTerms<'_>,
    ) -> Result<&Exemption> {
        let approver = terms.rules.may_agree(by)?;
        let exemption = self.find(id)?;
        check_not_revoked(exemption)?;
        if let Some(other) = &exemption.approved_by {
            return Err(Error::new(
                ErrorKind::ExemptionState,
                format!("exemption `{id}` is approved already, by {other}"),
            ));
        }
        terms.rules.check_two(&exemption.requested_by, approver)?;
        if exemption.end <= at {
            return Err(Error::new(
                ErrorKind::ExemptionTime,
                format!("exemption `{id}` is over since {}", exemption.end),
            ));
        }
        check_reach(exemption, terms)?;
        exemption.approved_by = Some(approver.to_owned());
        Ok(exemption)
    }

    /// Takes the exemption with this id back, approved or not. That may those
    /// who may edit or approve, and whoever asked for it: it only ever closes.
    ///
    /// # Errors
    ///
    /// Nothing is changed then. [`ErrorKind::ExemptionUnknown`],
    /// [`ErrorKind::ExemptionPerson`], [`ErrorKind::ExemptionReason`] if the
    /// reason is blank, [`ErrorKind::ExemptionState`] if it is revoked already,
    /// [`ErrorKind::ExemptionTime`] if it is over.
    pub fn revoke(
        &mut self,
        id: &str,
        by: &str,
        reason: &str,
        at: Timestamp,
        terms: &ExemptionTerms<'_>,
    ) -> Result<&Exemption> {
        let exemption = self.find(id)?;
        let rules = terms.rules;
        let by = match named(&rules.may_edit, by).or_else(|| named(&rules.may_approve, by)) {
            Some(by) => by.to_owned(),
            None if !is_blank(by) && same_person(by, &exemption.requested_by) => {
                exemption.requested_by.clone()
            }
            None => {
                let names = rules.may_edit.iter().chain(&rules.may_approve);
                return Err(may_not(by, "revoke", names));
            }
        };
        if is_blank(reason) {
            return Err(no_reason("why it is taken back"));
        }
        check_not_revoked(exemption)?;
        if exemption.end <= at {
            return Err(Error::new(
                ErrorKind::ExemptionTime,
                format!("exemption `{id}` is over since {}", exemption.end),
            ));
        }
        exemption.revoked = Some(Revocation {
            at,
            by,
            reason: reason.trim().to_owned(),
        });
        Ok(exemption)
    }

    fn find(&mut self, id: &str) -> Result<&mut Exemption> {
        self.all
            .iter_mut()
            .find(|exemption| exemption.id == id)
            .ok_or_else(|| unknown(id))
    }

    fn next_id(&self, at: Timestamp, zone: &TimeZone) -> String {
        let date = at.to_zoned(zone.clone()).date();
        let prefix = format!("{date}-");
        let last = self
            .iter()
            .filter_map(|exemption| exemption.id.strip_prefix(&prefix)?.parse::<u64>().ok())
            .max();
        // `u64::MAX` stands in the file only if somebody wrote it there.
        let mut number = last.unwrap_or(0).wrapping_add(1);
        while self.get(&format!("{prefix}{number}")).is_some() {
            number = number.wrapping_add(1);
        }
        format!("{prefix}{number}")
    }
}

/// By what they hold, wherever in a text it stood.
impl PartialEq for Exemptions {
    fn eq(&self, other: &Exemptions) -> bool {
        self.all == other.all
    }
}

impl Eq for Exemptions {}

impl<'a> IntoIterator for &'a Exemptions {
    type Item = &'a Exemption;
    type IntoIter = std::slice::Iter<'a, Exemption>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

fn unknown(id: &str) -> Error {
    Error::new(
        ErrorKind::ExemptionUnknown,
        format!("there is no exemption `{id}`"),
    )
}

fn no_reason(what: &str) -> Error {
    Error::new(
        ErrorKind::ExemptionReason,
        format!("a reason must say {what}"),
    )
}

fn check_not_revoked(exemption: &Exemption) -> Result<()> {
    match &exemption.revoked {
        Some(revoked) => Err(Error::new(
            ErrorKind::ExemptionState,
            format!(
                "exemption `{}` is revoked already, by {}",
                exemption.id, revoked.by
            ),
        )),
        None => Ok(()),
    }
}

/// What the policy says of what an exemption opens and for how long.
fn check_reach(exemption: &Exemption, terms: &ExemptionTerms<'_>) -> Result<()> {
    let mut categories = exemption.categories.iter();
    if let Some(category) = categories.find(|category| (terms.is_locked)(category)) {
        return Err(Error::new(
            ErrorKind::ExemptionLocked,
            format!("the category `{category}` is locked: nothing opens it"),
        ));
    }
    terms
        .rules
        .check_length(exemption, &Zone::from(terms.zone.clone()))
}

/// What must hold of an exemption whatever the policy says.
fn check_content(exemption: &Exemption) -> Result<()> {
    if exemption.addresses.is_empty() && exemption.categories.is_empty() {
        return Err(Error::new(
            ErrorKind::ExemptionEmpty,
            "it opens nothing: it must name addresses or categories",
        ));
    }
    if exemption.groups.is_empty() {
        return Err(Error::new(
            ErrorKind::ExemptionEmpty,
            "it is for nobody: it must name groups",
        ));
    }
    if exemption.end <= exemption.start {
        return Err(Error::new(
            ErrorKind::ExemptionTime,
            format!(
                "its end ({}) is not after its start ({})",
                exemption.end, exemption.start
            ),
        ));
    }
    Ok(())
}

fn cleaned(texts: &[String], what: &str) -> Result<Vec<String>> {
    texts
        .iter()
        .map(|text| {
            if is_blank(text) {
                return Err(Error::new(
                    ErrorKind::ExemptionEmpty,
                    format!("{what} is blank"),
                ));
            }
            Ok(text.trim().to_owned())
        })
        .collect()
}
