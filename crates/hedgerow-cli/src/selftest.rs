//! `hedgerow selftest`: is what must be blocked really blocked, and are the
//! lists of today?

use crate::arguments::SelftestArguments;
use crate::failure::{Ending, Failure, Run};
use crate::layers::{self, Layer};
use crate::moment::{or_now, told, zone};
use crate::policies;
use crate::terminal::{self, CLEAR, Count, FAINT, LOCKED, STRONG, shown, widest};
use hedgerow::{Classifier, Error};
use hedgerow_policy::{CanaryProblem, CanaryResult, LockedProblem, Policy, SelfTest};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::io::{self, Write};
use std::path::Path;

/// Longer addresses may stand out of their column.
const WIDEST: usize = 60;

pub(crate) fn run(arguments: &SelftestArguments) -> Run {
    let layers = layers::open_all(&arguments.rulesets)?;
    let policy = policies::open(arguments.policy.policy.as_deref(), &layers)?;
    let at = or_now(arguments.at, &policy)?;
    let policy = policies::with_exemptions(policy, arguments.exemptions.as_deref(), at)?;
    let ages = ages(&policy, &layers, at)?;
    let rulesets = layers.into_iter().map(|layer| layer.ruleset).collect();
    let test = policy.self_test(&Classifier::with_layers(rulesets), at);
    let report = Report {
        passed: test.passed() && ages.iter().all(|age| age.problem.is_none()),
        policy: policy.name(),
        at,
        test: &test,
        rulesets: &ages,
    };
    if arguments.json {
        let mut out = terminal::pipe();
        serde_json::to_writer_pretty(&mut out, &report)?;
        out.write_all(b"\n")?;
        out.flush()?;
    } else {
        tell(&report, &zone(&policy))?;
    }
    Ok(match report.passed {
        true => Ending::Done,
        false => Ending::Found,
    })
}

#[derive(Serialize)]
struct Report<'r> {
    passed: bool,
    policy: &'r str,
    at: Timestamp,
    #[serde(flatten)]
    test: &'r SelfTest,
    rulesets: &'r [Age],
}

/// How old a ruleset is.
#[derive(Serialize)]
struct Age {
    /// The ruleset, as the policy names it: its file's name without ending.
    name: String,
    /// Of when it is.
    of: Option<Timestamp>,
    /// What says so: `list-version` or `file-time`.
    by: Option<&'static str>,
    /// The list whose version it is.
    list: Option<String>,
    age_seconds: Option<i64>,
    max_age_seconds: Option<i64>,
    /// `too-old`, `not-in-use` or nothing.
    problem: Option<&'static str>,
}

fn ages(policy: &Policy, layers: &[Layer], at: Timestamp) -> Result<Vec<Age>, Failure> {
    let rules = policy.ruleset_rules();
    let mut ages = Vec::new();
    for layer in layers {
        // The built-in ruleset is as old as the program, and of no use beyond
        // trying things out.
        let Some(path) = &layer.path else {
            continue;
        };
        let stem = path.file_stem().unwrap_or_default();
        let name = stem.to_string_lossy().into_owned();
        let max_age = rules.iter().find(|rule| rule.name == name);
        let (of, by, list) = match oldest_version(layer, policy) {
            Some((of, list)) => (of, "list-version", Some(list)),
            None => (file_time(path)?, "file-time", None),
        };
        let age = at.duration_since(of);
        ages.push(Age {
            name,
            of: Some(of),
            by: Some(by),
            list,
            age_seconds: Some(age.as_secs()),
            max_age_seconds: max_age.map(|rule| rule.max_age.as_secs()),
            problem: max_age
                .is_some_and(|rule| age > rule.max_age)
                .then_some("too-old"),
        });
    }
    // With the built-in ruleset alone there is nothing to have an age.
    if ages.is_empty() {
        return Ok(ages);
    }
    for rule in rules {
        if !ages.iter().any(|age| age.name == rule.name) {
            ages.push(Age {
                name: rule.name.clone(),
                of: None,
                by: None,
                list: None,
                age_seconds: None,
                max_age_seconds: Some(rule.max_age.as_secs()),
                problem: Some("not-in-use"),
            });
        }
    }
    Ok(ages)
}

/// The oldest list whose version is a date or a time, and of when it is. A date
/// is taken as its first moment.
fn oldest_version(layer: &Layer, policy: &Policy) -> Option<(Timestamp, String)> {
    let zone = zone(policy);
    let of = |version: &str| -> Option<Timestamp> {
        version.parse().ok().or_else(|| {
            let local: DateTime = version.parse().ok()?;
            Some(local.to_zoned(zone.clone()).ok()?.timestamp())
        })
    };
    layer
        .ruleset
        .lists()
        .filter_map(|list| Some((of(list.version()?)?, list.name().to_owned())))
        .min()
}

fn file_time(path: &Path) -> Result<Timestamp, Failure> {
    let modified = std::fs::metadata(path)
        .and_then(|metadata| metadata.modified())
        .map_err(|error| Error::from(error).at_path(path))?;
    Timestamp::try_from(modified).map_err(|error| Failure::Other(error.to_string()))
}

/// A length of time in its two largest units: `3 days 4 h`.
fn length(seconds: i64) -> String {
    let minutes = SignedDuration::from_secs(seconds.max(0)).as_mins();
    let (days, hours, minutes) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    let day = if days == 1 { "day" } else { "days" };
    match (days, hours) {
        (0, 0) => format!("{minutes} min"),
        (0, hours) if minutes == 0 => format!("{hours} h"),
        (0, hours) => format!("{hours} h {minutes} min"),
        (days, 0) => format!("{days} {day}"),
        (days, hours) => format!("{days} {day} {hours} h"),
    }
}

fn tell(report: &Report<'_>, zone: &TimeZone) -> io::Result<()> {
    let mut out = terminal::page();
    let test = report.test;
    writeln!(
        out,
        "{STRONG}{}{STRONG:#} {FAINT}at {}{FAINT:#}\n",
        shown(report.policy),
        told(report.at, zone)
    )?;
    let mut groups: Vec<&str> = Vec::new();
    // A row for each canary, with all its groups.
    let mut rows: Vec<(&CanaryResult, Vec<&CanaryResult>)> = Vec::new();
    for one in &test.canaries {
        if !groups.contains(&one.group.as_str()) {
            groups.push(&one.group);
        }
        match rows.last_mut() {
            Some((first, row))
                if first.address == one.address && first.category == one.category =>
            {
                row.push(one);
            }
            _ => rows.push((one, vec![one])),
        }
    }
    groups.sort_unstable();
    let categories = widest(test.canaries.iter().map(|one| one.category.as_str())).max(8);
    let addresses = test.canaries.iter().map(|one| one.address.chars().count());
    let addresses = addresses.max().unwrap_or(0).clamp(6, WIDEST);
    if !rows.is_empty() {
        let mut line = format!("{:<categories$}  {:<addresses$}", "Category", "Canary");
        for group in &groups {
            line.push_str(&format!("  {:<7}", shown(group)));
        }
        writeln!(out, "{STRONG}{}{STRONG:#}", line.trim_end())?;
    }
    for (first, row) in &rows {
        let mut line = String::new();
        line.push_str(&format!(
            "{:<categories$}  {:<addresses$}",
            shown(&first.category),
            shown(&first.address)
        ));
        for group in &groups {
            let width = group.chars().count().max(7);
            let cell = match row.iter().find(|one| one.group == *group) {
                None => format!("  {:<width$}", "-"),
                Some(one) if one.problem.is_none() => {
                    format!("  {CLEAR}{:<width$}{CLEAR:#}", "blocked")
                }
                Some(one) if one.problem == Some(CanaryProblem::NotBlocked) => {
                    let action = one.action.name().to_uppercase();
                    format!("  {LOCKED}{action:<width$}{LOCKED:#}")
                }
                Some(_) => format!("  {LOCKED}{:<width$}{LOCKED:#}", "BLOCKED?"),
            };
            line.push_str(&cell);
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    if !rows.is_empty() {
        writeln!(out)?;
    }
    let mut problems = canary_problems(&mut out, test)?;
    for locked in &test.locked {
        // What is wrong with a canary has been told.
        if locked.problem == Some(LockedProblem::NoCanary) {
            problems += 1;
            writeln!(
                out,
                "{LOCKED}no canary{LOCKED:#}: {} is illegal content, and some group has none for it",
                shown(&locked.category)
            )?;
        }
    }
    for age in report.rulesets {
        problems += u64::from(age.problem.is_some());
        tell_age(&mut out, age, zone)?;
    }
    let sound = test.locked.iter().filter(|one| one.problem.is_none());
    let canaries = Count(rows.len() as u64, "canary", "canaries");
    let groups = Count(groups.len() as u64, "group", "groups");
    writeln!(
        out,
        "{canaries} for {groups}; {} of {} categories of illegal content seen to be blocked",
        sound.count(),
        test.locked.len()
    )?;
    if report.passed {
        writeln!(out, "{CLEAR}passed{CLEAR:#}")?;
    } else {
        writeln!(
            out,
            "{LOCKED}failed{LOCKED:#}: {}",
            Count(problems, "problem", "problems")
        )?;
    }
    out.flush()
}

fn canary_problems(out: &mut impl Write, test: &SelfTest) -> io::Result<u64> {
    let mut count = 0;
    for one in &test.canaries {
        let Some(problem) = one.problem else {
            continue;
        };
        count += 1;
        let what = match problem {
            CanaryProblem::NotBlocked => "is not blocked",
            CanaryProblem::NotInCategory => "is blocked, but by something else than its category",
            CanaryProblem::NotOnList => "is blocked, but is not on its list",
            _ => "is not as it must be",
        };
        write!(
            out,
            "{LOCKED}{}{LOCKED:#}: {} ({}) {what} for {}: {} [{}]",
            problem.code(),
            shown(&one.address),
            shown(&one.category),
            shown(&one.group),
            one.action,
            one.reason
        )?;
        if let Some(list) = &one.list {
            write!(out, ", list {}", shown(list))?;
        }
        writeln!(out)?;
    }
    Ok(count)
}

fn tell_age(out: &mut impl Write, age: &Age, zone: &TimeZone) -> io::Result<()> {
    let most = age.max_age_seconds.map(length);
    let Some((of, seconds)) = age.of.zip(age.age_seconds) else {
        return writeln!(
            out,
            "{LOCKED}not in use{LOCKED:#}: the policy wants a ruleset {} of at most {}",
            shown(&age.name),
            most.unwrap_or_default()
        );
    };
    let by = match &age.list {
        Some(list) => format!("by the version of its list {list}"),
        None => "by the time of the file".to_owned(),
    };
    let style = if age.problem.is_some() { LOCKED } else { CLEAR };
    write!(
        out,
        "ruleset {}: {style}{} old{style:#}",
        shown(&age.name),
        length(seconds)
    )?;
    match most {
        Some(most) => write!(out, ", at most {most}")?,
        None => write!(out, ", the policy sets no age")?,
    }
    writeln!(out, " {FAINT}({}, {}){FAINT:#}", told(of, zone), shown(&by))
}

#[cfg(test)]
mod tests {
    use super::length;

    #[test]
    fn lengths_are_told_in_their_two_largest_units() {
        for (seconds, told) in [
            (-5, "0 min"),
            (59, "0 min"),
            (3_600, "1 h"),
            (5_400, "1 h 30 min"),
            (86_400, "1 day"),
            (28 * 86_400 + 7_200, "28 days 2 h"),
        ] {
            assert_eq!(length(seconds), told);
        }
    }
}
