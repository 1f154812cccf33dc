//! Schedules: named times that switch actions.

use super::document::{Node, Reading, did_you_mean};
use crate::error::ErrorKind;
use hedgerow::category::nearest;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use std::fmt;

const DAYS: [(&str, &str); 7] = [
    ("mon", "monday"),
    ("tue", "tuesday"),
    ("wed", "wednesday"),
    ("thu", "thursday"),
    ("fri", "friday"),
    ("sat", "saturday"),
    ("sun", "sunday"),
];

/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// A named time: in force when day, date and time of day fit, by the clocks of
/// its zone. When clocks are put forward the hour that is left out never comes;
/// when they are put back, the hour that comes twice counts both times.
#[derive(Clone, Debug)]
pub struct Schedule {
    pub(crate) name: String,
    pub(crate) time_zone: String,
    /// Its place among the policy's zones.
    pub(crate) zone: usize,
    /// A bit for each day, Monday the lowest.
    pub(crate) days: u8,
    /// Minutes of the day, the end not within; an end at or before the start
    /// is on the next day. None: all day.
    pub(crate) times: Vec<(u16, u16)>,
    /// First and last days. None: all.
    pub(crate) dates: Vec<(Date, Date)>,
    pub(crate) except_dates: Vec<(Date, Date)>,
}

impl Schedule {
    /// Its name, by which actions speak of it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The IANA name of its time zone.
    #[must_use]
    pub fn time_zone(&self) -> &str {
        &self.time_zone
    }

    /// Whether it is in force when the clocks of its zone show `local`.
    ///
    /// A time that crosses midnight belongs to the day on which it begins:
    /// `22:00-06:00` on Fridays is in force on Saturday at five.
    #[must_use]
    pub fn is_in_force(&self, local: DateTime) -> bool {
        let today = local.date();
        let minute =
            u16::from(local.hour().unsigned_abs()) * 60 + u16::from(local.minute().unsigned_abs());
        if self.times.is_empty() {
            return self.has_day(today);
        }
        self.times.iter().any(|&(start, end)| {
            if start < end {
                return start <= minute && minute < end && self.has_day(today);
            }
            (minute >= start && self.has_day(today))
                || (minute < end && today.yesterday().is_ok_and(|day| self.has_day(day)))
        })
    }

    fn has_day(&self, date: Date) -> bool {
        let within = |spans: &[(Date, Date)]| {
            spans
                .iter()
                .any(|&(first, last)| first <= date && date <= last)
        };
        self.days >> date.weekday().to_monday_zero_offset() & 1 == 1
            && (self.dates.is_empty() || within(&self.dates))
            && !within(&self.except_dates)
    }
}

/// The days, times and dates, for people: `mon–fri 09:00–12:00, 13:00–15:20`.
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        let days: Vec<usize> = (0..7).filter(|day| self.days >> day & 1 == 1).collect();
        let name = |day: usize| DAYS[day].0;
        match days.as_slice() {
            [] => parts.push("no day".to_owned()),
            all if all.len() == 7 => {}
            [first, .., last] if last - first + 1 == days.len() && days.len() > 2 => {
                parts.push(format!("{}–{}", name(*first), name(*last)));
            }
            days => {
                let names: Vec<&str> = days.iter().map(|&day| name(day)).collect();
                parts.push(names.join(", "));
            }
        }
        let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        let times: Vec<String> = self
            .times
            .iter()
            .map(|&(start, end)| format!("{}–{}", clock(start), clock(end)))
            .collect();
        if !times.is_empty() {
            parts.push(times.join(", "));
        }
        let spans = |spans: &[(Date, Date)]| {
            let spans: Vec<String> = spans
                .iter()
                .map(|(first, last)| match first == last {
                    true => first.to_string(),
                    false => format!("{first} to {last}"),
                })
                .collect();
            spans.join(", ")
        };
        if !self.dates.is_empty() {
            parts.push(spans(&self.dates));
        }
        if !self.except_dates.is_empty() {
            parts.push(format!("not {}", spans(&self.except_dates)));
        }
        if parts.is_empty() {
            parts.push("always".to_owned());
        }
        f.write_str(&parts.join(" "))
    }
}

/// A moment, and what the clocks of the zone asked last show at it.
pub(crate) struct Clock {
    pub(crate) at: Timestamp,
    last: Option<(usize, DateTime)>,
}

impl Clock {
    pub(crate) fn new(at: Timestamp) -> Clock {
        Clock { at, last: None }
    }

    /// Whether nobody asked yet: what was found out so far holds at any time.
    pub(crate) fn is_unasked(&self) -> bool {
        self.last.is_none()
    }

    pub(crate) fn local(&mut self, zone: usize, zones: &[crate::Zone]) -> DateTime {
        match self.last {
            Some((last, local)) if last == zone => local,
            _ => {
                let local = zones
                    .get(zone)
                    .map_or(DateTime::ZERO, |zone| zone.local(self.at));
                self.last = Some((zone, local));
                local
            }
        }
    }
}

/// The bits of a list of days.
pub(super) fn days(reading: &mut Reading<'_>, node: &Node) -> u8 {
    let mut bits = 0;
    for node in reading.one_or_more(node) {
        let Some(text) = reading.text(node, "a day") else {
            continue;
        };
        let lower = text.to_ascii_lowercase();
        match DAYS
            .iter()
            .position(|&(short, long)| lower == short || lower == long)
        {
            Some(day) if bits >> day & 1 == 1 => {
                let message = format!("the day `{text}` stands twice");
                reading.problem(node.at, ErrorKind::PolicyDuplicate, message);
            }
            Some(day) => bits |= 1 << day,
            None => {
                let guess = nearest(text, DAYS.iter().flat_map(|&(short, long)| [short, long]));
                let message = format!("`{text}` is no day of the week{}", did_you_mean(guess));
                reading.problem(node.at, ErrorKind::PolicyDate, message);
            }
        }
    }
    bits
}

/// Spans of a day: `09:00-12:00`.
pub(super) fn times(reading: &mut Reading<'_>, node: &Node) -> Vec<(u16, u16)> {
    let mut times = Vec::new();
    for node in reading.one_or_more(node) {
        let Some(text) = reading.text(node, "a time") else {
            continue;
        };
        match span_of(text) {
            Ok(span) => times.push(span),
            Err(why) => {
                reading.problem(node.at, ErrorKind::PolicyTime, format!("`{text}` {why}"));
            }
        }
    }
    times
}

fn span_of(text: &str) -> Result<(u16, u16), String> {
    let (start, end) = text
        .split_once('-')
        .ok_or("is no span of time, as `09:00-12:00` is")?;
    let (start, end) = (minute_of(start)?, minute_of(end)?);
    if start == DAY {
        return Err("begins at 24:00, which is only an end".to_owned());
    }
    if start == end {
        return Err("ends when it begins; a whole day is `00:00-24:00`".to_owned());
    }
    Ok((start, end))
}

fn minute_of(text: &str) -> Result<u16, String> {
    let wrong = || format!("has `{text}`, which no clock shows; a time is `00:00` to `24:00`");
    let (hour, minute) = text.trim().split_once(':').ok_or_else(wrong)?;
    let number = |text: &str| {
        let is_number = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u16>().ok().filter(|_| is_number)
    };
    let (hour, minute) = number(hour).zip(number(minute)).ok_or_else(wrong)?;
    let all = hour * 60 + minute;
    if minute > 59 || all > DAY {
        return Err(wrong());
    }
    Ok(all)
}

/// Days and spans of days: `2026-12-25`, `2026-09-01..2026-10-23`.
pub(super) fn dates(reading: &mut Reading<'_>, node: &Node) -> Vec<(Date, Date)> {
    let mut dates = Vec::new();
    for node in reading.one_or_more(node) {
        let Some(text) = reading.text(node, "a date") else {
            continue;
        };
        let (first, last) = text.split_once("..").unwrap_or((text, text));
        match (date_of(first), date_of(last)) {
            (Some(first), Some(last)) if first <= last => dates.push((first, last)),
            (Some(_), Some(_)) => {
                let message = format!("`{text}` ends before it begins");
                reading.problem(node.at, ErrorKind::PolicyDate, message);
            }
            _ => {
                let message = format!(
                    "`{text}` is no date (`2026-12-25`) nor a span of dates (`2026-09-01..2026-10-23`)"
                );
                reading.problem(node.at, ErrorKind::PolicyDate, message);
            }
        }
    }
    dates
}

fn date_of(text: &str) -> Option<Date> {
    let text = text.trim();
    // The parser takes longer forms too, and those with a time.
    (text.len() == "2026-12-25".len())
        .then(|| text.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(days: u8, times: &[&str]) -> Schedule {
        Schedule {
            name: "lesson".to_owned(),
            time_zone: "UTC".to_owned(),
            zone: 0,
            days,
            times: times.iter().map(|text| span_of(text).unwrap()).collect(),
            dates: Vec::new(),
            except_dates: Vec::new(),
        }
    }

    #[track_caller]
    fn check(schedule: &Schedule, local: &str, expected: bool) {
        assert_eq!(
            schedule.is_in_force(local.parse().unwrap()),
            expected,
            "{local}"
        );
    }

    #[test]
    fn spans_are_half_open_and_cross_midnight() {
        // 2026-11-02 is a Monday.
        let lesson = schedule(0b0000_0001, &["09:00-12:00", "13:00-15:20"]);
        check(&lesson, "2026-11-02T08:59:59.999", false);
        check(&lesson, "2026-11-02T09:00", true);
        check(&lesson, "2026-11-02T11:59:59.999", true);
        check(&lesson, "2026-11-02T12:00", false);
        check(&lesson, "2026-11-03T09:00", false);
        let night = schedule(0b0001_0000, &["22:00-06:00"]);
        check(&night, "2026-11-06T22:00", true);
        check(&night, "2026-11-07T05:59", true);
        check(&night, "2026-11-07T06:00", false);
        check(&night, "2026-11-06T05:00", false);
        check(&night, "2026-11-07T22:00", false);
        let day = schedule(0b0000_0001, &["00:00-24:00"]);
        check(&day, "2026-11-02T00:00", true);
        check(&day, "2026-11-02T23:59:59", true);
        check(&day, "2026-11-03T00:00", false);
    }

    #[test]
    fn dates_and_exceptions_belong_to_the_day_of_the_start() {
        let mut night = schedule(0x7F, &["22:00-06:00"]);
        let date = |text: &str| date_of(text).unwrap();
        night.dates = vec![(date("2026-09-01"), date("2026-09-30"))];
        night.except_dates = vec![(date("2026-09-10"), date("2026-09-10"))];
        check(&night, "2026-10-01T05:00", true);
        check(&night, "2026-10-01T23:00", false);
        check(&night, "2026-09-01T05:00", false);
        check(&night, "2026-09-10T23:00", false);
        check(&night, "2026-09-11T05:00", false);
        check(&night, "2026-09-11T23:00", true);
    }

    #[test]
    fn what_no_clock_shows() {
        for text in [
            "9:00-10:00",
            "09:00",
            "09:60-10:00",
            "24:01-03:00",
            "24:00-03:00",
            "25:00-26:00",
            "09:00-09:00",
            "",
            "-",
            "ab:cd-ef:gh",
            "+9:00-10:00",
            "09:00-10:00-11:00",
        ] {
            assert!(span_of(text).is_err(), "{text}");
        }
        for text in ["2026-02-30", "2026-13-01", "26-01-01", "2026-1-1", "today"] {
            assert!(date_of(text).is_none(), "{text}");
        }
    }
}
