//! `hedgerow policy show`: a policy as a table.

use crate::arguments::PolicyShowArguments;
use crate::check::style;
use crate::failure::{Ending, Failure, Run};
use crate::layers;
use crate::moment::{told, zone};
use crate::policies;
use crate::terminal::{self, Count, FAINT, LOCKED, STRONG, shown, widest};
use hedgerow_policy::policy::Schedule;
use hedgerow_policy::{Action, Group, LocalRule, Policy};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::io::{self, Write};

pub(crate) fn run(arguments: &PolicyShowArguments) -> Run {
    let layers = layers::named(&arguments.rulesets)?;
    let policy = policies::open(arguments.policy.as_deref(), &layers)?;
    let at = match arguments.at {
        Some(at) => Some(at.under(&policy)?),
        None => None,
    };
    let groups: Vec<Group<'_>> = if arguments.group.is_empty() {
        policy.groups().collect()
    } else {
        let named = arguments.group.iter().map(|name| policy.group(name));
        named.collect::<Result<_, _>>().map_err(Failure::from)?
    };
    let mut out = terminal::page();
    head(&mut out, &policy, at)?;
    table(&mut out, &policy, &groups, at)?;
    if at.is_none() {
        switched(&mut out, &policy, &groups)?;
    }
    for group in &groups {
        rules(&mut out, group)?;
    }
    foot(&mut out, &policy)?;
    out.flush()?;
    Ok(Ending::Done)
}

fn head(out: &mut impl Write, policy: &Policy, at: Option<Timestamp>) -> io::Result<()> {
    write!(out, "{STRONG}{}{STRONG:#}", shown(policy.name()))?;
    if !policy.version().is_empty() {
        write!(out, "  version {}", shown(policy.version()))?;
    }
    writeln!(
        out,
        "  {FAINT}{}, clocks of {}{FAINT:#}",
        shown(policy.taxonomy().id()),
        shown(policy.time_zone())
    )?;
    if let Some(at) = at {
        let schedules: Vec<&str> = policy.schedules_in_force(at).collect();
        let schedules = match schedules.is_empty() {
            true => "no schedule in force".to_owned(),
            false => format!("in {}", schedules.join(", ")),
        };
        writeln!(out, "at {}: {}", told(at, &zone(policy)), shown(&schedules))?;
    }
    writeln!(out)
}

/// A cell of the table: what is shown, and its colour by the action.
struct Cell(Action, String);

impl Cell {
    /// What is written, or what counts at a time.
    fn new(written: &str, now: Option<Action>) -> Cell {
        if let Some(action) = now {
            return Cell(action, action.name().to_owned());
        }
        let otherwise = written.rsplit("otherwise ").next().unwrap_or(written);
        let action = Action::from_name(otherwise).unwrap_or(Action::Block);
        match Action::from_name(written) {
            Some(action) => Cell(action, action.name().to_owned()),
            None => Cell(action, format!("{action} *")),
        }
    }
}

fn table(
    out: &mut impl Write,
    policy: &Policy,
    groups: &[Group<'_>],
    at: Option<Timestamp>,
) -> io::Result<()> {
    let mut named: Vec<&str> = Vec::new();
    for group in groups {
        for (category, _) in group.categories() {
            if !named.contains(&category) {
                named.push(category);
            }
        }
    }
    // In the order of the taxonomy, what it does not have behind.
    let order = |name: &str| {
        let categories = policy.taxonomy().categories();
        let at = categories.iter().position(|category| category.id == name);
        at.unwrap_or(usize::MAX)
    };
    named.sort_by_key(|name| order(name));
    let locked: Vec<&str> = policy
        .taxonomy()
        .categories()
        .iter()
        .filter(|category| category.locked)
        .map(|category| category.id.as_str())
        .collect();
    let name_width = widest(named.iter().copied()).max("unclassifiable".len());
    let widths: Vec<usize> = groups
        .iter()
        .map(|group| group.name().chars().count().max(9))
        .collect();
    let mut line = format!("{:name_width$}", "");
    for (group, width) in groups.iter().zip(&widths) {
        let name = shown(group.name());
        let padding = width.saturating_sub(name.chars().count());
        line.push_str(&format!("  {STRONG}{name}{STRONG:#}{:padding$}", ""));
    }
    writeln!(out, "{}", line.trim_end())?;
    let mut row = |name: &str, cells: Vec<Option<Cell>>| -> io::Result<()> {
        let mut line = format!("{:<name_width$}", shown(name));
        for (cell, width) in cells.into_iter().zip(&widths) {
            line.push_str(&match cell {
                Some(Cell(action, text)) => {
                    let style = style(action);
                    let padding = width.saturating_sub(text.len());
                    format!("  {style}{text}{style:#}{:padding$}", "")
                }
                None => format!("  {:<width$}", "-"),
            });
        }
        writeln!(out, "{}", line.trim_end())
    };
    for category in named.iter().filter(|name| !locked.contains(name)) {
        let cells = groups.iter().map(|group| {
            let written = group.categories().find(|(name, _)| name == category);
            let (_, written) = written?;
            Some(Cell::new(
                &written,
                at.and_then(|at| group.action_of(category, at)),
            ))
        });
        row(category, cells.collect())?;
    }
    let cells = groups.iter().map(|group| {
        let now = at.map(|at| group.default_action(at));
        Some(Cell::new(&group.default_as_written(), now))
    });
    row("on no list", cells.collect())?;
    let cells = groups.iter().map(|group| {
        let now = at.map(|at| group.unclassifiable_action(at));
        Some(Cell::new(&group.unclassifiable_as_written(), now))
    });
    row("unclassifiable", cells.collect())?;
    let mut line = format!("{:<name_width$}", "safe search");
    for (group, width) in groups.iter().zip(&widths) {
        let on = if group.safe_search() { "on" } else { "off" };
        line.push_str(&format!("  {on:<width$}"));
    }
    writeln!(out, "{}", line.trim_end())?;
    if !locked.is_empty() {
        writeln!(out, "\n{LOCKED}always blocked, for everybody{LOCKED:#}")?;
        for line in filled(&locked) {
            writeln!(out, "  {}", shown(&line))?;
        }
    }
    Ok(())
}

/// The names in lines of a width that can be read.
fn filled(names: &[&str]) -> Vec<String> {
    const WIDTH: usize = 90;
    let mut lines: Vec<String> = Vec::new();
    for name in names {
        match lines.last_mut() {
            Some(line) if line.len() + name.len() + 2 <= WIDTH => {
                line.push_str(", ");
                line.push_str(name);
            }
            Some(line) => {
                line.push(',');
                lines.push((*name).to_owned());
            }
            None => lines.push((*name).to_owned()),
        }
    }
    lines
}

/// What schedules switch, and when they are in force.
fn switched(out: &mut impl Write, policy: &Policy, groups: &[Group<'_>]) -> io::Result<()> {
    let mut lines: BTreeSet<(usize, String, String)> = BTreeSet::new();
    // Groups that say the same share a line.
    let mut all: Vec<(String, String, Vec<&str>)> = Vec::new();
    for group in groups {
        let mut one = |what: &str, written: String| {
            if Action::from_name(&written).is_some() {
                return;
            }
            match all
                .iter_mut()
                .find(|(known, text, _)| known == what && *text == written)
            {
                Some((.., names)) => names.push(group.name()),
                None => all.push((what.to_owned(), written, vec![group.name()])),
            }
        };
        for (category, written) in group.categories() {
            one(category, written);
        }
        one("on no list", group.default_as_written());
        one("unclassifiable", group.unclassifiable_as_written());
    }
    for (number, (what, written, names)) in all.iter().enumerate() {
        let text = format!("{what}, for {}: {written}", names.join(", "));
        lines.insert((number, what.clone(), text));
    }
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{STRONG}* switched by schedules{STRONG:#}")?;
    for (.., text) in &lines {
        writeln!(out, "  {}", shown(text))?;
    }
    let width = widest(policy.schedules().iter().map(Schedule::name));
    for schedule in policy.schedules() {
        let mut text = schedule.to_string();
        if schedule.time_zone() != policy.time_zone() {
            text.push_str(&format!(" ({})", schedule.time_zone()));
        }
        writeln!(
            out,
            "  {FAINT}{:<width$}  {}{FAINT:#}",
            shown(schedule.name()),
            shown(&text)
        )?;
    }
    Ok(())
}

/// The rules of a group's own, and what it may not download.
fn rules(out: &mut impl Write, group: &Group<'_>) -> io::Result<()> {
    let mut lines = Vec::new();
    let mut addresses = |word: &str, rules: &[LocalRule]| {
        for rule in rules {
            let mut line = format!("{word} {rule} ({})", rule.scope());
            if let Some(reason) = rule.reason() {
                line.push_str(&format!(": {reason}"));
            }
            lines.push(line);
        }
    };
    addresses("block", group.blocked());
    addresses("allow", group.allowed());
    let kinds = |kinds: hedgerow_policy::DownloadKinds| {
        let names: Vec<&str> = kinds
            .iter()
            .map(hedgerow_policy::DownloadKind::name)
            .collect();
        names.join(", ")
    };
    if !group.blocked_downloads().is_empty() {
        lines.push(format!(
            "no downloads of {}",
            kinds(group.blocked_downloads())
        ));
    }
    for (category, these) in group.downloads_by_category() {
        if !these.is_empty() {
            lines.push(format!("no downloads of {} from {category}", kinds(these)));
        }
    }
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{STRONG}{}{STRONG:#}", shown(group.name()))?;
    for line in &lines {
        writeln!(out, "  {}", shown(line))?;
    }
    Ok(())
}

fn foot(out: &mut impl Write, policy: &Policy) -> io::Result<()> {
    let rules = policy.exemption_rules();
    writeln!(out, "\n{STRONG}Exemptions{STRONG:#}")?;
    if rules.may_approve.is_empty() {
        writeln!(out, "  nobody may approve any")?;
    } else {
        let mut line = |what: &str, names: &[String]| {
            writeln!(
                out,
                "  {FAINT}{what:<9}{FAINT:#}{}",
                shown(&names.join(", "))
            )
        };
        line("asking", &rules.may_request)?;
        line("agreeing", &rules.may_approve)?;
        line("editing", &rules.may_edit)?;
        let two = match rules.one_person_may {
            true => "one person may do both",
            false => "two people for each",
        };
        writeln!(out, "  at most {}; {two}", rules.longest)?;
    }
    writeln!(
        out,
        "\n{FAINT}{} for the self-test{FAINT:#}",
        Count(policy.canaries().len() as u64, "canary", "canaries")
    )
}
