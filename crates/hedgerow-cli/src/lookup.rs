//! `hedgerow lookup`: which lists hold an entry.

use crate::arguments::{LookupArguments, ReportFormat};
use crate::diff::told;
use crate::failure::{Ending, Failure, Run};
use crate::layers::{self, Bytes};
use crate::results::place_of;
use crate::terminal::{self, Count, FAINT, LISTED, STRONG, shown};
use hedgerow::{CanonicalUrl, Classifier, HostScope, Ruleset, StoredRule};
use ipnet::IpNet;
use serde::Serialize;
use std::collections::HashSet;
use std::io::{self, Write};

pub(crate) fn run(arguments: &LookupArguments) -> Run {
    let pattern = Pattern::read(&arguments.pattern)?;
    let layers = layers::open_all(&arguments.rulesets)?;
    let mut entries = Vec::new();
    for (index, layer) in layers.iter().enumerate() {
        search(
            &layer.ruleset,
            index,
            &pattern,
            arguments.below,
            &mut entries,
        )?;
    }
    if let Pattern::Address(_) = pattern {
        let classifier =
            Classifier::with_layers(layers.into_iter().map(|layer| layer.ruleset).collect());
        covering(&classifier, &arguments.pattern, &mut entries);
    }
    entries.sort();
    match arguments.output {
        ReportFormat::Text => tell(&arguments.pattern, &pattern, &entries)?,
        ReportFormat::Json => {
            let mut out = terminal::pipe();
            serde_json::to_writer_pretty(
                &mut out,
                &Report {
                    pattern: &arguments.pattern,
                    entries: &entries,
                },
            )?;
            out.write_all(b"\n")?;
            out.flush()?;
        }
    }
    Ok(Ending::Done)
}

/// What is looked for.
enum Pattern {
    /// Entries that this text, in which `*` is any text, matches whole.
    Wild(String),
    /// A block of addresses.
    Network(IpNet),
    /// An address: a host, perhaps with a path.
    Address(Sought),
}

struct Sought {
    host: String,
    /// Without its leading slash; empty for every path.
    path: String,
}

impl Sought {
    fn text(&self) -> String {
        if self.path.is_empty() {
            self.host.clone()
        } else {
            format!("{}/{}", self.host, self.path)
        }
    }
}

impl Pattern {
    fn read(text: &str) -> Result<Pattern, Failure> {
        if text.contains('*') {
            return Ok(Pattern::Wild(text.to_ascii_lowercase()));
        }
        if let Ok(network) = text.parse::<IpNet>() {
            return Ok(Pattern::Network(network.trunc()));
        }
        match CanonicalUrl::parse(text) {
            Ok(url) => Ok(Pattern::Address(Sought {
                host: url.host_text().to_owned(),
                path: url.target().trim_start_matches('/').to_owned(),
            })),
            Err(error) => Err(Failure::Other(format!("{text}: {error}"))),
        }
    }
}

/// How an entry stands to what is looked for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Relation {
    /// It is that very entry.
    Same,
    /// It covers it.
    Above,
    /// It is a part of it.
    Below,
    /// It matches the text with `*`.
    Matches,
}

#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Found {
    relation: Relation,
    entry: String,
    category: String,
    list: String,
    line: Option<u64>,
    scope: String,
    action: &'static str,
    condition: Option<String>,
    layer: usize,
}

#[derive(Serialize)]
struct Report<'r> {
    pattern: &'r str,
    entries: &'r [Found],
}

fn search(
    ruleset: &Ruleset<Bytes>,
    layer: usize,
    pattern: &Pattern,
    below: bool,
    found: &mut Vec<Found>,
) -> Result<(), Failure> {
    ruleset.for_each_rule(|rule| {
        let relation = match pattern {
            Pattern::Wild(wild) => {
                let entry = rule.entry().to_ascii_lowercase();
                is_like(wild.as_bytes(), entry.as_bytes()).then_some(Relation::Matches)
            }
            Pattern::Network(network) => of_network(*network, rule),
            Pattern::Address(sought) => of_address(sought, rule),
        };
        if let Some(relation) = relation
            && (below || relation != Relation::Below)
        {
            found.push(Found {
                relation,
                entry: rule.entry().to_owned(),
                category: rule.category().name().to_owned(),
                list: rule.list().name().to_owned(),
                line: rule.line(),
                scope: rule.scope(),
                action: rule.action().name(),
                condition: rule.condition().as_ref().map(told),
                layer,
            });
        }
        true
    })?;
    Ok(())
}

fn of_network(sought: IpNet, rule: &StoredRule<'_>) -> Option<Relation> {
    if rule.host_scope() != HostScope::Network {
        return None;
    }
    let entry = rule.entry();
    let network: IpNet = entry.parse().ok().or_else(|| {
        entry
            .parse()
            .ok()
            .map(|address: std::net::IpAddr| address.into())
    })?;
    if network == sought {
        Some(Relation::Same)
    } else if network.contains(&sought) {
        Some(Relation::Above)
    } else if sought.contains(&network) {
        Some(Relation::Below)
    } else {
        None
    }
}

/// Whether an entry is the one sought or below it. What is above is asked of
/// the classifier, which knows what scopes and conditions mean.
fn of_address(sought: &Sought, rule: &StoredRule<'_>) -> Option<Relation> {
    if rule.is_expression() || rule.host_scope() == HostScope::Network {
        let is_same = !rule.is_expression()
            && sought.path.is_empty()
            && rule.entry() == sought.host.trim_matches(['[', ']']);
        return is_same.then_some(Relation::Same);
    }
    let (host, path) = rule
        .entry()
        .split_once('/')
        .map_or((rule.entry(), ""), |(host, path)| (host, path));
    if host == sought.host {
        // Lists whose paths are in either case hold them in lower case.
        let same_case = path.get(..sought.path.len())?;
        if !same_case.eq_ignore_ascii_case(&sought.path) {
            return None;
        }
        let rest = &path[sought.path.len()..];
        let goes_on_at_boundary =
            sought.path.is_empty() || rest.starts_with(['/', '?', '&', '=', ';']);
        return match rest {
            "" => Some(Relation::Same),
            _ if goes_on_at_boundary => Some(Relation::Below),
            _ => None,
        };
    }
    let is_below = sought.path.is_empty()
        && host
            .strip_suffix(sought.host.as_str())
            .is_some_and(|rest| rest.ends_with('.'));
    is_below.then_some(Relation::Below)
}

/// Adds the entries that cover the address `text` and are not there yet.
fn covering(classifier: &Classifier<Bytes>, text: &str, found: &mut Vec<Found>) {
    type Place = (usize, String, String, String, String);
    let known: HashSet<Place> = found
        .iter()
        .map(|found| {
            (
                found.layer,
                found.entry.clone(),
                found.category.clone(),
                found.list.clone(),
                found.scope.clone(),
            )
        })
        .collect();
    let classification = classifier.classify(text);
    for each in classification.matches().filter(|each| each.via() == 0) {
        let place = (
            each.layer(),
            each.entry().into_owned(),
            each.category().name().to_owned(),
            each.list().name().to_owned(),
            each.scope(),
        );
        if known.contains(&place) {
            continue;
        }
        let (layer, entry, category, list, scope) = place;
        found.push(Found {
            relation: Relation::Above,
            entry,
            category,
            list,
            line: each.line(),
            scope,
            action: each.action().name(),
            condition: None,
            layer,
        });
    }
}

/// Whether `text` is `wild`, where `*` is any text. Each `*` is tried at its
/// first fit only, which is enough, so the time is at most the product of the
/// lengths.
fn is_like(wild: &[u8], text: &[u8]) -> bool {
    let (mut at_wild, mut at_text) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while at_text < text.len() {
        if wild.get(at_wild) == Some(&b'*') {
            star = Some((at_wild, at_text));
            at_wild += 1;
        } else if wild.get(at_wild) == text.get(at_text) {
            at_wild += 1;
            at_text += 1;
        } else if let Some((star_at, taken)) = star {
            star = Some((star_at, taken + 1));
            at_wild = star_at + 1;
            at_text = taken + 1;
        } else {
            return false;
        }
    }
    wild[at_wild..].iter().all(|&byte| byte == b'*')
}

fn tell(text: &str, pattern: &Pattern, entries: &[Found]) -> io::Result<()> {
    let mut out = terminal::page();
    let mut last = None;
    for found in entries {
        if last != Some(found.relation) {
            last = Some(found.relation);
            let heading = match found.relation {
                Relation::Same => "This entry",
                Relation::Above => "Entries that cover it",
                Relation::Below => "Entries below it",
                Relation::Matches => "Entries that match",
            };
            writeln!(out, "{STRONG}{heading}{STRONG:#}")?;
        }
        write!(
            out,
            "  {}  {LISTED}{}{LISTED:#}  {}  {FAINT}{}",
            shown(&found.entry),
            shown(&found.category),
            shown(&place_of(&found.list, found.line)),
            found.scope
        )?;
        if found.action == "allow" {
            write!(out, ", an exception")?;
        }
        if let Some(condition) = &found.condition {
            write!(out, ", if {}", shown(condition))?;
        }
        writeln!(out, "{FAINT:#}")?;
    }
    if entries.is_empty() {
        let sought = match pattern {
            Pattern::Address(sought) => sought.text(),
            Pattern::Network(network) => network.to_string(),
            Pattern::Wild(_) => text.to_owned(),
        };
        writeln!(out, "{}  {FAINT}in no list{FAINT:#}", shown(&sought))?;
    } else if let Pattern::Wild(_) = pattern {
        let count = entries.len() as u64;
        writeln!(out, "{}", Count(count, "entry", "entries"))?;
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::is_like;

    #[test]
    fn a_star_is_any_text() {
        let like = |wild: &str, text: &str| is_like(wild.as_bytes(), text.as_bytes());
        assert!(like("*", ""));
        assert!(like("*casino*.uk", "www.casino-casino.co.uk"));
        assert!(like("a*b*c", "aXbXbXc"));
        assert!(like("a**", "a"));
        assert!(!like("a*b", "abc"));
        assert!(!like("", "a"));
        assert!(!like("*.example", "example"));
    }
}
