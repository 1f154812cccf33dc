//! Who may do what with exemptions, and for how long.

use crate::error::{Error, ErrorKind, Result};
use crate::exemption::Exemption;
use crate::log::is_blank;
use crate::zones::Zone;
use hedgerow::category::nearest;
use jiff::fmt::friendly::{Designator, Spacing, SpanPrinter};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// Who may do what with exemptions, and how long one may last: the table
/// `[exemptions]` of a policy. Names are compared as [`same_person`] does.
/// Without the table nobody may do anything.
///
/// # Examples
///
/// ```
/// use hedgerow_policy::ExemptionRules;
///
/// let rules: ExemptionRules = toml::from_str(r#"
///     may_request = ["A. Smith", "B. Jones"]
///     may_approve = ["B. Jones", "C. Brown"]
///     may_edit = ["C. Brown"]
///     longest = "28 days"
/// "#)?;
/// assert!(!rules.one_person_may);
/// assert_eq!(rules.longest.to_string(), "28 days");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExemptionRules {
    /// Who may ask for an exemption.
    pub may_request: Vec<String>,
    /// Who may approve one. They may revoke one too.
    pub may_approve: Vec<String>,
    /// Who may revoke anybody's.
    pub may_edit: Vec<String>,
    /// Whether the one who asked may approve as well.
    pub one_person_may: bool,
    /// How long an exemption may last, from its start to its end. 28 days if
    /// the policy does not say.
    pub longest: Length,
}

impl ExemptionRules {
    /// Whoever is called that, as the policy spells the name, if they may ask
    /// for an exemption.
    pub(crate) fn may_ask(&self, name: &str) -> Result<&str> {
        named(&self.may_request, name)
            .ok_or_else(|| may_not(name, "ask for", self.may_request.iter()))
    }

    /// The same, of approving one.
    pub(crate) fn may_agree(&self, name: &str) -> Result<&str> {
        named(&self.may_approve, name)
            .ok_or_else(|| may_not(name, "approve", self.may_approve.iter()))
    }

    /// Whether `approver` may approve what `requester` asked for.
    pub(crate) fn check_two(&self, requester: &str, approver: &str) -> Result<()> {
        if !self.one_person_may && same_person(requester, approver) {
            return Err(Error::new(
                ErrorKind::ExemptionSamePerson,
                format!("{approver} asked for it, so somebody else must approve it"),
            ));
        }
        Ok(())
    }

    /// Whether the exemption lasts no longer than one may.
    pub(crate) fn check_length(&self, exemption: &Exemption, zone: &Zone) -> Result<()> {
        let longest = self.longest;
        let too_long = match zone.time_zone() {
            Some(zone) => match longest.after(exemption.start, zone) {
                Some(latest) if latest < exemption.end => Some(latest.to_string()),
                _ => None,
            },
            // A lent clock shows what time it is and not when it will be some
            // time; so the end is held against the clock.
            None => match zone.local(exemption.start).checked_add(longest.0) {
                Ok(latest) if latest < zone.local(exemption.end) => Some(latest.to_string()),
                _ => None,
            },
        };
        match too_long {
            Some(latest) => Err(Error::new(
                ErrorKind::ExemptionTooLong,
                format!("it lasts longer than {longest}: its end may be {latest} at the latest"),
            )),
            None => Ok(()),
        }
    }
}

/// That nobody of that name may do that, with the nearest name of those who may.
pub(super) fn may_not<'a>(
    name: &str,
    what: &str,
    names: impl Iterator<Item = &'a String>,
) -> Error {
    let message = if is_blank(name) {
        "a name must say who it is".to_owned()
    } else {
        let guess = nearest(name, names.map(String::as_str))
            .map_or_else(String::new, |guess| format!("; did you mean `{guess}`?"));
        format!(
            "the policy does not name `{}` among those who may {what} exemptions{guess}",
            name.trim()
        )
    };
    Error::new(ErrorKind::ExemptionPerson, message)
}

/// A length of time as a person writes it: `28 days`, `36 hours`, `2 weeks`,
/// `6 months`. Days and longer are those of the calendar of a time zone, so
/// that 28 days from nine o'clock end at nine o'clock, summer time or not.
#[derive(Clone, Copy, Debug)]
pub struct Length(Span);

impl Length {
    /// The moment that comes this long after `start`, in the calendar of
    /// `zone`; nothing if that is past the end of all time.
    #[must_use]
    pub fn after(&self, start: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let end = start.to_zoned(zone.clone()).checked_add(self.0).ok()?;
        Some(end.timestamp())
    }
}

impl Length {
    /// The length by the clock, a day being 24 hours and a month 31 days.
    #[must_use]
    pub fn at_most(&self) -> SignedDuration {
        let months = i64::from(self.0.get_years()) * 12 + i64::from(self.0.get_months());
        let rest = self.0.years(0).months(0);
        let rest = rest
            .to_duration(SpanRelativeTo::days_are_24_hours())
            .unwrap_or(SignedDuration::MAX);
        SignedDuration::from_hours(months * 31 * 24).saturating_add(rest)
    }
}

impl Default for Length {
    fn default() -> Length {
        Length(Span::new().days(28))
    }
}

impl PartialEq for Length {
    fn eq(&self, other: &Length) -> bool {
        self.0.fieldwise() == other.0.fieldwise()
    }
}

impl Eq for Length {}

impl FromStr for Length {
    type Err = Error;

    fn from_str(text: &str) -> Result<Length> {
        match text.trim().parse::<Span>() {
            Ok(span) if span.is_positive() => Ok(Length(span)),
            _ => Err(Error::new(
                ErrorKind::ExemptionTime,
                format!("`{text}` is not a length of time; write it as in `28 days` or `36 hours`"),
            )),
        }
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let printer = SpanPrinter::new()
            .designator(Designator::Verbose)
            .spacing(Spacing::BetweenUnitsAndDesignators);
        f.write_str(&printer.span_to_string(&self.0))
    }
}

impl Serialize for Length {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Length, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse()
            .map_err(|error: Error| serde::de::Error::custom(error.message()))
    }
}

/// Whether two names are the same person: letters of either case, and spaces
/// around and between, make no difference. So nobody approves their own request
/// by writing their name in another way.
///
/// # Examples
///
/// ```
/// use hedgerow_policy::same_person;
///
/// assert!(same_person("A. Smith", " a.  smith "));
/// assert!(!same_person("A. Smith", "A. Smythe"));
/// ```
#[must_use]
pub fn same_person(one: &str, other: &str) -> bool {
    folded(one) == folded(other)
}

fn folded(name: &str) -> String {
    let words: Vec<String> = name.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ")
}

/// The name as the policy spells it, if it is among `names`.
pub(super) fn named<'a>(names: &'a [String], name: &str) -> Option<&'a str> {
    if is_blank(name) {
        return None;
    }
    names
        .iter()
        .find(|known| same_person(known, name))
        .map(String::as_str)
}

/// What holds an exemption to the rules: all that the operations need to know
/// of the policy.
#[derive(Clone, Copy)]
pub struct ExemptionTerms<'a> {
    /// Who may do what, and for how long.
    pub rules: &'a ExemptionRules,
    /// The zone in which days are counted: the policy's.
    pub zone: &'a TimeZone,
    /// Whether a category is locked, in the taxonomy or a ruleset in use.
    pub is_locked: &'a dyn Fn(&str) -> bool,
}

impl fmt::Debug for ExemptionTerms<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExemptionTerms")
            .field("rules", &self.rules)
            .field("zone", &self.zone)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz;

    fn length(text: &str) -> Length {
        text.parse().unwrap()
    }

    #[test]
    fn lengths_by_the_clock() {
        for (text, hours) in [
            ("90 minutes", 1),
            ("24 hours", 24),
            ("2 weeks", 14 * 24),
            ("1 month", 31 * 24),
            ("1 year", 12 * 31 * 24),
            ("1 day 6 hours", 30),
        ] {
            assert_eq!(length(text).at_most().as_hours(), hours, "{text}");
        }
    }

    /// A lent clock knows no way from its time to the moment.
    #[test]
    fn lengths_hold_for_lent_clocks_too() {
        let lent = Zone::from_clock(|at| tz::offset(5).to_datetime(at));
        let known = Zone::from(TimeZone::fixed(tz::offset(5)));
        let rules = ExemptionRules {
            longest: length("2 days"),
            ..ExemptionRules::default()
        };
        let start: Timestamp = "2026-11-22T20:00:00Z".parse().unwrap();
        for (end, fits) in [
            ("2026-11-24T20:00:00Z", true),
            ("2026-11-24T20:00:01Z", false),
        ] {
            let exemption = Exemption {
                id: "x".into(),
                addresses: Vec::new(),
                categories: Vec::new(),
                groups: Vec::new(),
                start,
                end: end.parse().unwrap(),
                requested_by: String::new(),
                approved_by: None,
                reason: String::new(),
                created: start,
                revoked: None,
            };
            assert_eq!(rules.check_length(&exemption, &lent).is_ok(), fits, "{end}");
            assert_eq!(
                rules.check_length(&exemption, &known).is_ok(),
                fits,
                "{end}"
            );
        }
    }
}
