//! `hedgerow inspect`: what a ruleset holds.

use crate::arguments::{InspectArguments, ReportFormat};
use crate::builtin::hexadecimal;
use crate::failure::{Ending, Failure, Run};
use crate::layers::{self, Layer};
use crate::terminal::{self, Count, FAINT, LOCKED, STRONG, grouped, shown, widest};
use hedgerow::{Action, FORMAT_VERSION};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::io::{self, Write};

pub(crate) fn run(arguments: &InspectArguments) -> Run {
    let layer = match &arguments.ruleset {
        Some(path) => layers::open(path)?,
        None => layers::starter()?,
    };
    let holding = Holding::of(&layer)?;
    match arguments.output {
        ReportFormat::Text => tell(&holding)?,
        ReportFormat::Json => {
            let mut out = terminal::pipe();
            serde_json::to_writer_pretty(&mut out, &holding)?;
            out.write_all(b"\n")?;
            out.flush()?;
        }
    }
    Ok(Ending::Done)
}

/// Rules counted, those that list apart from exceptions.
#[derive(Clone, Copy, Default, Serialize)]
struct Rules {
    rules: u64,
    exceptions: u64,
}

impl Rules {
    fn count(&mut self, action: Action) {
        match action {
            Action::List => self.rules += 1,
            Action::Allow => self.exceptions += 1,
        }
    }
}

#[derive(Serialize)]
struct Holding<'r> {
    file: &'r str,
    format_version: u32,
    sha256: String,
    bytes: u64,
    entries: u64,
    keys: u64,
    networks: u64,
    expressions: u64,
    records_lines: bool,
    categories: Vec<HeldCategory<'r>>,
    lists: Vec<HeldList<'r>>,
    sections: Vec<HeldSection>,
}

#[derive(Serialize)]
struct HeldCategory<'r> {
    name: &'r str,
    title: &'r str,
    locked: bool,
    aliases: Vec<&'r str>,
    #[serde(flatten)]
    rules: Rules,
}

#[derive(Serialize)]
struct HeldList<'r> {
    name: &'r str,
    category: &'r str,
    format: &'r str,
    file: Option<&'r str>,
    version: Option<&'r str>,
    source: Option<&'r str>,
    licence: Option<&'r str>,
    sha256: Option<&'r str>,
    #[serde(flatten)]
    rules: Rules,
}

#[derive(Serialize)]
struct HeldSection {
    name: &'static str,
    bytes: u64,
}

impl<'r> Holding<'r> {
    fn of(layer: &'r Layer) -> Result<Holding<'r>, Failure> {
        let ruleset = &layer.ruleset;
        let mut by_list: HashMap<String, Rules> = HashMap::new();
        let mut by_category: HashMap<String, Rules> = HashMap::new();
        ruleset.for_each_rule(|rule| {
            tally(&mut by_list, rule.list().name(), rule.action());
            tally(&mut by_category, rule.category().name(), rule.action());
            true
        })?;
        let counted =
            |by: &HashMap<String, Rules>, name: &str| by.get(name).copied().unwrap_or_default();
        Ok(Holding {
            file: &layer.name,
            format_version: FORMAT_VERSION,
            sha256: hexadecimal(&Sha256::digest(ruleset.as_bytes())),
            bytes: ruleset.as_bytes().len() as u64,
            entries: ruleset.entry_count(),
            keys: ruleset.key_count(),
            networks: ruleset.network_count(),
            expressions: ruleset.expression_count(),
            records_lines: ruleset.has_lines(),
            categories: ruleset
                .categories()
                // Lists whose lines name the categories have one without name.
                .filter(|category| !category.name().is_empty())
                .map(|category| HeldCategory {
                    name: category.name(),
                    title: category.title(),
                    locked: category.is_locked(),
                    aliases: category.aliases(),
                    rules: counted(&by_category, category.name()),
                })
                .collect(),
            lists: ruleset
                .lists()
                .map(|list| HeldList {
                    name: list.name(),
                    category: list.category(),
                    format: list.format(),
                    file: list.file(),
                    version: list.version(),
                    source: list.source(),
                    licence: list.licence(),
                    sha256: list.sha256(),
                    rules: counted(&by_list, list.name()),
                })
                .collect(),
            sections: ruleset
                .sections()
                .map(|(name, bytes)| HeldSection { name, bytes })
                .collect(),
        })
    }
}

fn tally(by: &mut HashMap<String, Rules>, name: &str, action: Action) {
    // Names repeat a million times: a copy is made of the first only.
    match by.get_mut(name) {
        Some(rules) => rules.count(action),
        None => by.entry(name.to_owned()).or_default().count(action),
    }
}

fn tell(holding: &Holding<'_>) -> io::Result<()> {
    let mut out = terminal::page();
    writeln!(out, "{STRONG}{}{STRONG:#}", shown(holding.file))?;
    let mut row = |name: &str, value: &str| writeln!(out, "  {FAINT}{name:<9}{FAINT:#}{value}");
    row("format", &format!("version {}", holding.format_version))?;
    row("size", &terminal::size(holding.bytes))?;
    row("sha256", &holding.sha256)?;
    row(
        "entries",
        &format!(
            "{}: {}, {}, {}",
            grouped(holding.entries),
            Count(holding.keys, "host or path", "hosts and paths"),
            Count(holding.networks, "network", "networks"),
            Count(holding.expressions, "expression", "expressions")
        ),
    )?;
    row(
        "lines",
        if holding.records_lines {
            "recorded"
        } else {
            "not recorded"
        },
    )?;

    writeln!(out, "\n{STRONG}Categories{STRONG:#}")?;
    let width = widest(holding.categories.iter().map(|category| category.name));
    for category in &holding.categories {
        write!(
            out,
            "  {:<width$}  {:>10}",
            shown(category.name),
            grouped(category.rules.rules)
        )?;
        exceptions(&mut out, category.rules)?;
        if category.locked {
            write!(out, "  {LOCKED}illegal content{LOCKED:#}")?;
        }
        if !category.title.is_empty() && category.title != category.name {
            write!(out, "  {FAINT}{}{FAINT:#}", shown(category.title))?;
        }
        if !category.aliases.is_empty() {
            let aliases = category.aliases.join(", ");
            write!(out, "  {FAINT}(also {}){FAINT:#}", shown(&aliases))?;
        }
        writeln!(out)?;
    }

    writeln!(out, "\n{STRONG}Lists{STRONG:#}")?;
    let width = widest(holding.lists.iter().map(|list| list.name));
    let format_width = widest(holding.lists.iter().map(|list| list.format));
    for list in &holding.lists {
        write!(
            out,
            "  {:<width$}  {:>10}",
            shown(list.name),
            grouped(list.rules.rules)
        )?;
        exceptions(&mut out, list.rules)?;
        write!(out, "  {FAINT}{:<format_width$}", list.format)?;
        if let Some(version) = list.version {
            write!(out, "  version {}", shown(version))?;
        }
        if let Some(licence) = list.licence {
            write!(out, "  {}", shown(licence))?;
        }
        writeln!(out, "{FAINT:#}")?;
    }

    writeln!(out, "\n{STRONG}Sections{STRONG:#}")?;
    for section in &holding.sections {
        let share = 100.0 * section.bytes as f64 / holding.bytes.max(1) as f64;
        writeln!(
            out,
            "  {:<14}{:>12}  {FAINT}{share:>3.0} %{FAINT:#}",
            section.name,
            terminal::size(section.bytes)
        )?;
    }
    out.flush()
}

fn exceptions(out: &mut dyn Write, rules: Rules) -> io::Result<()> {
    match rules.exceptions {
        0 => Ok(()),
        count => write!(out, " and {}", Count(count, "exception", "exceptions")),
    }
}
