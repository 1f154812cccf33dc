//! `hedgerow policy diff`: what changes, and for whom.

use crate::arguments::PolicyDiffArguments;
use crate::failure::{Ending, Run};
use crate::layers;
use crate::policies;
use crate::terminal::{self, CLEAR, GONE, STRONG, shown};
use hedgerow_policy::{Group, Policy};
use std::collections::BTreeMap;
use std::io::{self, Write};

pub(crate) fn run(arguments: &PolicyDiffArguments) -> Run {
    let layers = layers::named(&arguments.rulesets)?;
    let before = policies::open(Some(&arguments.before), &layers)?;
    let after = policies::open(Some(&arguments.after), &layers)?;
    let mut changes = Vec::new();
    compare(
        &mut changes,
        POLICY,
        &of_policy(&before),
        &of_policy(&after),
    );
    let none = BTreeMap::new();
    let groups = |policy: &Policy| -> BTreeMap<String, Said> {
        policy
            .groups()
            .map(|group| (group.name().to_owned(), of_group(&group)))
            .collect()
    };
    let (groups_before, groups_after) = (groups(&before), groups(&after));
    for (name, said) in &groups_before {
        match groups_after.get(name) {
            Some(new) => compare(&mut changes, name, said, new),
            None => {
                changes.push(Change::of(name, "group", Some("there"), None));
                compare(&mut changes, name, said, &none);
            }
        }
    }
    for (name, said) in &groups_after {
        if !groups_before.contains_key(name) {
            changes.push(Change::of(name, "group", None, Some("there")));
            compare(&mut changes, name, &none, said);
        }
    }
    tell(&changes, groups_before.len().max(groups_after.len()))?;
    Ok(match changes.is_empty() {
        true => Ending::Done,
        false => Ending::Found,
    })
}

/// In place of a group: what is said to everybody.
const POLICY: &str = "";

/// What is said of what.
type Said = BTreeMap<String, String>;

struct Change {
    whom: String,
    what: String,
    before: Option<String>,
    after: Option<String>,
}

impl Change {
    fn is_as(&self, other: &Change) -> bool {
        // What the policy says to everybody is no group's.
        (self.whom == POLICY) == (other.whom == POLICY)
            && (&self.what, &self.before, &self.after) == (&other.what, &other.before, &other.after)
    }

    fn of(whom: &str, what: &str, before: Option<&str>, after: Option<&str>) -> Change {
        Change {
            whom: whom.to_owned(),
            what: what.to_owned(),
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
        }
    }
}

fn compare(changes: &mut Vec<Change>, whom: &str, before: &Said, after: &Said) {
    let mut all: Vec<&String> = before.keys().chain(after.keys()).collect();
    all.sort_unstable();
    all.dedup();
    for what in all {
        let (old, new) = (before.get(what), after.get(what));
        if old != new {
            let (old, new) = (old.map(String::as_str), new.map(String::as_str));
            changes.push(Change::of(whom, what, old, new));
        }
    }
}

/// What a policy says to everybody.
fn of_policy(policy: &Policy) -> Said {
    let mut said = Said::new();
    let mut say = |what: String, text: String| {
        said.insert(what, text);
    };
    say("name".into(), policy.name().to_owned());
    say("version".into(), policy.version().to_owned());
    say("taxonomy".into(), policy.taxonomy().id().to_owned());
    say("time zone".into(), policy.time_zone().to_owned());
    if let Some(contact) = policy.contact() {
        say("contact".into(), contact.to_owned());
    }
    for schedule in policy.schedules() {
        let text = format!("{schedule} ({})", schedule.time_zone());
        say(format!("schedule {}", schedule.name()), text);
    }
    let rules = policy.exemption_rules();
    for (what, names) in [
        ("may ask for exemptions", &rules.may_request),
        ("may approve exemptions", &rules.may_approve),
        ("may edit", &rules.may_edit),
    ] {
        for name in names {
            say(format!("{name} {what}"), "yes".to_owned());
        }
    }
    if !rules.may_approve.is_empty() {
        let one = if rules.one_person_may { "yes" } else { "no" };
        say("one person may ask and approve".into(), one.to_owned());
        say("longest exemption".into(), rules.longest.to_string());
    }
    for rule in policy.ruleset_rules() {
        let hours = rule.max_age.as_hours();
        say(
            format!("ruleset {}", rule.name),
            format!("at most {hours} h old"),
        );
    }
    for canary in policy.canaries() {
        let groups = match canary.groups.is_empty() {
            true => "everybody".to_owned(),
            false => canary.groups.join(", "),
        };
        let text = format!("{} for {groups}", canary.category);
        say(format!("canary {}", canary.address), text);
    }
    said
}

/// What comes to a group, whoever says it.
fn of_group(group: &Group<'_>) -> Said {
    let mut said = Said::new();
    let mut say = |what: String, text: String| {
        said.insert(what, text);
    };
    for (category, written) in group.categories() {
        say(category.to_owned(), written);
    }
    say("on no list".into(), group.default_as_written());
    say("unclassifiable".into(), group.unclassifiable_as_written());
    let on = if group.safe_search() { "on" } else { "off" };
    say("safe search".into(), on.to_owned());
    for (word, rules) in [("block", group.blocked()), ("allow", group.allowed())] {
        for rule in rules {
            let reason = rule
                .reason()
                .map_or_else(String::new, |why| format!(": {why}"));
            say(
                format!("rule {rule} ({})", rule.scope()),
                format!("{word}{reason}"),
            );
        }
    }
    for kind in group.blocked_downloads().iter() {
        say(format!("downloads of {kind}"), "block".to_owned());
    }
    for (category, kinds) in group.downloads_by_category() {
        for kind in kinds.iter() {
            let what = format!("downloads of {kind} from {category}");
            say(what, "block".to_owned());
        }
    }
    said
}

fn tell(changes: &[Change], groups: usize) -> io::Result<()> {
    let mut out = terminal::page();
    // What is the same for several groups is told once.
    let mut told: Vec<(&Change, Vec<&str>)> = Vec::new();
    for change in changes {
        match told.iter_mut().find(|(one, _)| one.is_as(change)) {
            Some((_, whom)) => whom.push(&change.whom),
            None => told.push((change, vec![&change.whom])),
        }
    }
    told.sort_by(|one, other| one.1.cmp(&other.1));
    let mut heading = None;
    for (change, whom) in &told {
        let whom = match whom.as_slice() {
            [POLICY] => "The policy".to_owned(),
            all if all.len() == groups && groups > 1 => "For every group".to_owned(),
            names => format!("For {}", names.join(", ")),
        };
        if heading.as_ref() != Some(&whom) {
            writeln!(out, "{STRONG}{}{STRONG:#}", shown(&whom))?;
            heading = Some(whom);
        }
        let what = shown(&change.what);
        match (&change.before, &change.after) {
            (Some(before), Some(after)) => writeln!(
                out,
                "  {what}: {GONE}{}{GONE:#} -> {CLEAR}{}{CLEAR:#}",
                shown(before),
                shown(after)
            )?,
            (Some(before), None) => {
                writeln!(out, "  {GONE}- {what}: {}{GONE:#}", shown(before))?;
            }
            (None, Some(after)) => {
                writeln!(out, "  {CLEAR}+ {what}: {}{CLEAR:#}", shown(after))?;
            }
            (None, None) => {}
        }
    }
    if changes.is_empty() {
        writeln!(out, "nothing changes for anybody")?;
    }
    out.flush()
}
