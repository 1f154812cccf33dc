//! Time zones: the embedded database, or one that the caller lends.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::fmt;
use std::sync::Arc;

/// What the clocks of a place show.
///
/// # Examples
///
/// A caller that has its own tables lends what they say:
///
/// ```
/// use hedgerow_policy::Zone;
/// use jiff::{Timestamp, tz};
///
/// let kolkata = Zone::from_clock(|at| tz::offset(5).to_datetime(at));
/// let at: Timestamp = "2026-11-02T09:00:00Z".parse()?;
/// assert_eq!(kolkata.local(at).hour(), 14);
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Clone)]
pub struct Zone(Kind);

#[derive(Clone)]
enum Kind {
    Known(TimeZone),
    Lent(Arc<dyn Fn(Timestamp) -> DateTime + Send + Sync>),
}

impl Zone {
    /// Coordinated Universal Time.
    #[must_use]
    pub fn utc() -> Zone {
        Zone(Kind::Known(TimeZone::UTC))
    }

    /// The zone whose clocks show what `clock` says: a pure function of the
    /// moment.
    pub fn from_clock(clock: impl Fn(Timestamp) -> DateTime + Send + Sync + 'static) -> Zone {
        Zone(Kind::Lent(Arc::new(clock)))
    }

    /// The zone as `jiff` knows it, unless only its clock is lent.
    #[must_use]
    pub fn time_zone(&self) -> Option<&TimeZone> {
        match &self.0 {
            Kind::Known(zone) => Some(zone),
            Kind::Lent(_) => None,
        }
    }

    /// The date and time that its clocks show at that moment.
    #[must_use]
    pub fn local(&self, at: Timestamp) -> DateTime {
        match &self.0 {
            Kind::Known(zone) => zone.to_datetime(at),
            Kind::Lent(clock) => clock(at),
        }
    }
}

impl From<TimeZone> for Zone {
    fn from(zone: TimeZone) -> Zone {
        Zone(Kind::Known(zone))
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Known(zone) => write!(f, "Zone({:?})", zone.iana_name().unwrap_or("fixed")),
            Kind::Lent(_) => f.write_str("Zone(lent)"),
        }
    }
}

/// Where the zones come from that a policy names. A function from the name to
/// the zone is one.
pub trait ZoneSource {
    /// The zone of that IANA name (`Europe/London`), if there is one.
    fn zone(&self, name: &str) -> Option<Zone>;

    /// The name that a misspelt one most likely means.
    fn nearest(&self, _name: &str) -> Option<String> {
        None
    }
}

impl<F: Fn(&str) -> Option<Zone>> ZoneSource for F {
    fn zone(&self, name: &str) -> Option<Zone> {
        self(name)
    }
}

/// The zones that are there without being lent: those of the embedded database
/// with the feature `time-zones`, `UTC` alone without it.
#[derive(Clone, Copy, Debug, Default)]
pub struct EmbeddedZones;

impl ZoneSource for EmbeddedZones {
    fn zone(&self, name: &str) -> Option<Zone> {
        if name == "UTC" {
            return Some(Zone::utc());
        }
        #[cfg(feature = "time-zones")]
        {
            let zone = embedded().get(name).ok()?;
            // The look-up forgives case; the name is recorded and shown, and
            // had better be the one that everybody else knows.
            (zone.iana_name() == Some(name)).then(|| Zone::from(zone))
        }
        #[cfg(not(feature = "time-zones"))]
        None
    }

    fn nearest(&self, name: &str) -> Option<String> {
        #[cfg(feature = "time-zones")]
        {
            let names: Vec<String> = embedded()
                .available()
                .map(|name| name.as_str().to_owned())
                .collect();
            hedgerow::category::nearest(name, names.iter().map(String::as_str)).map(str::to_owned)
        }
        #[cfg(not(feature = "time-zones"))]
        {
            let _ = name;
            None
        }
    }
}

/// The database that is part of the program, so that a machine's own, or the
/// lack of one, changes no decision.
#[cfg(feature = "time-zones")]
fn embedded() -> &'static jiff::tz::TimeZoneDatabase {
    static DATABASE: std::sync::LazyLock<jiff::tz::TimeZoneDatabase> =
        std::sync::LazyLock::new(jiff::tz::TimeZoneDatabase::bundled);
    &DATABASE
}

#[cfg(all(test, feature = "time-zones"))]
mod tests {
    use super::*;

    #[test]
    fn names_are_exact_and_guessed_at() {
        assert!(EmbeddedZones.zone("Europe/London").is_some());
        assert!(EmbeddedZones.zone("europe/london").is_none());
        assert!(EmbeddedZones.zone("Europe/Lundon").is_none());
        assert_eq!(
            EmbeddedZones.nearest("Europe/Lundon").as_deref(),
            Some("Europe/London")
        );
    }
}
