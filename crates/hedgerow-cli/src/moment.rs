//! Times as people give and read them: by the clocks of a policy.

use crate::failure::Failure;
use hedgerow_policy::Policy;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::str::FromStr;

/// A time on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// With its offset (RFC 3339): the same everywhere.
    Exact(Timestamp),
    /// As the clocks of the policy's zone show it.
    Local(DateTime),
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Moment, String> {
        if let Ok(at) = text.parse() {
            return Ok(Moment::Exact(at));
        }
        text.parse().map(Moment::Local).map_err(|_| {
            "a time is 2026-11-23T09:00 by the policy's clocks, or has an offset: 2026-11-23T09:00:00Z"
                .to_owned()
        })
    }
}

impl Moment {
    /// The moment meant under `policy`. Of a time that clocks show twice it is
    /// the first, of one that they leave out the one an hour later.
    pub(crate) fn under(self, policy: &Policy) -> Result<Timestamp, Failure> {
        match self {
            Moment::Exact(at) => Ok(at),
            Moment::Local(local) => local
                .to_zoned(zone(policy))
                .map(|zoned| zoned.timestamp())
                .map_err(|error| Failure::Other(format!("{local}: {error}"))),
        }
    }
}

/// Now, to the second: nobody reads a record for less.
pub(crate) fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

/// That moment, or now.
pub(crate) fn or_now(moment: Option<Moment>, policy: &Policy) -> Result<Timestamp, Failure> {
    moment.map_or_else(|| Ok(now()), |moment| moment.under(policy))
}

/// The policy's zone.
pub(crate) fn zone(policy: &Policy) -> TimeZone {
    // The command lends no clocks, so there always is one.
    let zone = policy.zone().time_zone();
    zone.cloned().unwrap_or(TimeZone::UTC)
}

/// A time for people, by the clocks of a zone: `2026-11-23 09:00 GMT`.
pub(crate) fn told(at: Timestamp, zone: &TimeZone) -> String {
    let zoned = at.to_zoned(zone.clone());
    let seconds = if zoned.second() == 0 { "" } else { ":%S" };
    zoned
        .strftime(&format!("%Y-%m-%d %H:%M{seconds} %Z"))
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_exact_or_by_the_policy_s_clocks() {
        let policy = Policy::from_toml(
            "name = \"x\"\ntime_zone = \"Europe/London\"\ngroups.a = { default = \"allow\" }\n",
        )
        .unwrap();
        let at = |text: &str| text.parse::<Moment>().unwrap().under(&policy).unwrap();
        assert_eq!(at("2026-07-01T09:00"), at("2026-07-01T08:00:00Z"));
        assert_eq!(at("2026-07-01 09:00"), at("2026-07-01T10:00:00+02:00"));
        assert_eq!(at("2026-11-23"), at("2026-11-23T00:00:00Z"));
        for wrong in ["", "yesterday", "2026-13-01T09:00", "09:00"] {
            assert!(wrong.parse::<Moment>().is_err(), "{wrong}");
        }
        let zone = zone(&policy);
        assert_eq!(told(at("2026-07-01T09:00"), &zone), "2026-07-01 09:00 BST");
        assert_eq!(
            told(at("2026-11-23T09:00:07Z"), &zone),
            "2026-11-23 09:00:07 GMT"
        );
    }
}
