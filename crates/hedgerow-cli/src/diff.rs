//! `hedgerow diff`: what came and went between two rulesets.

use crate::arguments::{DiffArguments, ReportFormat};
use crate::failure::{Ending, Failure, Run};
use crate::layers::{self, Layer};
use crate::terminal::{self, CLEAR, Count, FAINT, GONE, STRONG, grouped, shown};
use hedgerow::{Condition, StoredRule};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use xxhash_rust::xxh3::Xxh3;

pub(crate) fn run(arguments: &DiffArguments) -> Run {
    let before = layers::open(&arguments.before)?;
    let after = layers::open(&arguments.after)?;
    let difference = Difference::between(&before, &after)?;
    match arguments.output {
        ReportFormat::Text => tell(&difference, arguments.limit)?,
        ReportFormat::Json => {
            let mut out = terminal::pipe();
            serde_json::to_writer_pretty(&mut out, &difference)?;
            out.write_all(b"\n")?;
            out.flush()?;
        }
    }
    let same = difference.added.is_empty()
        && difference.removed.is_empty()
        && difference.categories_added.is_empty()
        && difference.categories_removed.is_empty();
    Ok(if same { Ending::Done } else { Ending::Found })
}

/// A rule, by what makes it this rule and no other.
#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Rule {
    category: String,
    list: String,
    entry: String,
    scope: String,
    action: &'static str,
    condition: Option<String>,
}

/// What came and went.
#[derive(Serialize)]
pub(crate) struct Difference {
    categories_added: Vec<String>,
    categories_removed: Vec<String>,
    pub(crate) categories: BTreeMap<String, Changes>,
    added: Vec<Rule>,
    removed: Vec<Rule>,
}

#[derive(Default, Serialize)]
pub(crate) struct Changes {
    pub(crate) added: u64,
    pub(crate) removed: u64,
}

impl Difference {
    /// Compares by digests of the rules, sixteen bytes each, and takes only
    /// what differs into memory as text: two rulesets of millions of rules are
    /// nearly the same on most days.
    pub(crate) fn between(before: &Layer, after: &Layer) -> Result<Difference, Failure> {
        let (digests_before, digests_after) = (digests(before)?, digests(after)?);
        let added = rules(after, &digests_before)?;
        let removed = rules(before, &digests_after)?;
        let mut categories: BTreeMap<String, Changes> = BTreeMap::new();
        for rule in &added {
            categories.entry(rule.category.clone()).or_default().added += 1;
        }
        for rule in &removed {
            categories.entry(rule.category.clone()).or_default().removed += 1;
        }
        let (names_before, names_after) = (category_names(before), category_names(after));
        let only = |these: &BTreeSet<String>, those: &BTreeSet<String>| {
            these.difference(those).cloned().collect()
        };
        Ok(Difference {
            categories_added: only(&names_after, &names_before),
            categories_removed: only(&names_before, &names_after),
            categories,
            added,
            removed,
        })
    }
}

fn category_names(layer: &Layer) -> BTreeSet<String> {
    layer
        .ruleset
        .categories()
        .map(|category| category.name().to_owned())
        .collect()
}

/// The digests of every rule, sorted.
fn digests(layer: &Layer) -> Result<Vec<u128>, Failure> {
    let mut digests = Vec::new();
    layer.ruleset.for_each_rule(|rule| {
        digests.push(digest(rule));
        true
    })?;
    digests.sort_unstable();
    Ok(digests)
}

/// A digest of what makes a rule this rule. Of a thousand million rules, the
/// chance that any two share one is below one in 10^20.
fn digest(rule: &StoredRule<'_>) -> u128 {
    let mut hasher = Xxh3::new();
    let scope = rule.scope();
    for part in [
        rule.category().name(),
        rule.list().name(),
        rule.entry(),
        &scope,
        rule.action().name(),
    ] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    if let Some(condition) = rule.condition() {
        hasher.update(told(&condition).as_bytes());
    }
    hasher.digest128()
}

/// The rules of a ruleset whose digests are not among `known`.
fn rules(layer: &Layer, known: &[u128]) -> Result<Vec<Rule>, Failure> {
    let mut rules = Vec::new();
    layer.ruleset.for_each_rule(|rule| {
        if known.binary_search(&digest(rule)).is_err() {
            rules.push(Rule {
                category: rule.category().name().to_owned(),
                list: rule.list().name().to_owned(),
                entry: rule.entry().to_owned(),
                scope: rule.scope(),
                action: rule.action().name(),
                condition: rule.condition().as_ref().map(told),
            });
        }
        true
    })?;
    rules.sort_unstable();
    Ok(rules)
}

/// A condition in words.
pub(crate) fn told(condition: &Condition) -> String {
    let mut parts = Vec::new();
    if let Some(port) = condition.port {
        parts.push(format!("port {port}"));
    }
    if !condition.query_parts.is_empty() {
        parts.push(format!("query has {}", condition.query_parts.join(" and ")));
    }
    if !condition.except_domains.is_empty() {
        parts.push(format!("not below {}", condition.except_domains.join(", ")));
    }
    parts.join("; ")
}

fn tell(difference: &Difference, limit: usize) -> io::Result<()> {
    let mut out = terminal::page();
    for name in &difference.categories_added {
        writeln!(out, "{CLEAR}+ category {}{CLEAR:#}", shown(name))?;
    }
    for name in &difference.categories_removed {
        writeln!(out, "{GONE}- category {}{GONE:#}", shown(name))?;
    }
    for (name, changes) in &difference.categories {
        writeln!(
            out,
            "{STRONG}{}{STRONG:#}  {CLEAR}+{}{CLEAR:#} {GONE}-{}{GONE:#}",
            shown(name),
            grouped(changes.added),
            grouped(changes.removed)
        )?;
    }
    let mut left = limit;
    for (sign, style, rules) in [
        ('+', CLEAR, &difference.added),
        ('-', GONE, &difference.removed),
    ] {
        for rule in rules.iter().take(left) {
            write!(
                out,
                "{style}{sign} {}{style:#}  {}  {FAINT}{}, {}",
                shown(&rule.entry),
                shown(&rule.category),
                shown(&rule.list),
                rule.scope
            )?;
            if rule.action == "allow" {
                write!(out, ", an exception")?;
            }
            if let Some(condition) = &rule.condition {
                write!(out, ", if {}", shown(condition))?;
            }
            writeln!(out, "{FAINT:#}")?;
        }
        let untold = rules.len().saturating_sub(left);
        if untold > 0 {
            writeln!(
                out,
                "{style}{sign}{style:#} … {} more",
                grouped(untold as u64)
            )?;
        }
        left = left.saturating_sub(rules.len());
    }
    let (added, removed) = (
        difference.added.len() as u64,
        difference.removed.len() as u64,
    );
    if added + removed == 0 {
        writeln!(out, "the same entries")?;
    } else {
        writeln!(
            out,
            "{} came, {} went",
            Count(added, "entry", "entries"),
            Count(removed, "entry", "entries")
        )?;
    }
    out.flush()
}
