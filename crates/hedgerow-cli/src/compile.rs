//! `hedgerow compile`: lists in, one ruleset file out.

use crate::arguments::{CompileArguments, SourceArguments};
use crate::failure::{Ending, Failure, Run};
use crate::terminal::{self, Count, FAINT, STRONG, Watch, grouped, shown};
use hedgerow::lists::{Skipped, Sources, discover};
use hedgerow::{CompileReport, Compiler, Error, ErrorKind};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// The reason for which a line is left out that is no loss.
const NOT_AN_ADDRESS: &str = "not-an-address";

pub(crate) fn run(arguments: &CompileArguments) -> Run {
    let began = Instant::now();
    let sources = find(&arguments.sources)?;
    let mut compiler = Compiler::new();
    compiler
        .memory_limit(arguments.memory_limit)
        .record_lines(!arguments.no_provenance)
        .keep_redundant(arguments.keep_redundant);
    if let Some(folder) = &arguments.temp_dir {
        compiler.spill_directory(folder);
    }
    let mut watch = Watch::over(&sources);
    compiler.add_sources(&sources, &mut watch)?;
    let lost = lines_lost(compiler.report());
    if arguments.strict && lost > 0 {
        drop(watch);
        let report = compiler.report();
        write_report(arguments, report, &sources)?;
        terminal::complain(&format_args!(
            "{} left out: {}; nothing was written (--strict) [{}]",
            Count(lost, "line was", "lines were"),
            reasons(&left_out(report)),
            ErrorKind::ListLeftOut,
        ));
        return Ok(Ending::Found);
    }
    watch.writing();
    let report = compiler.finish_to_path(&arguments.output)?;
    drop(watch);
    write_report(arguments, &report, &sources)?;
    let is_report_there = arguments.report.as_deref() == Some(Path::new("-"));
    if arguments.verbose || (io::stdout().is_terminal() && !is_report_there) {
        summary(&report, &sources, &arguments.output, began.elapsed())?;
    }
    Ok(Ending::Done)
}

/// The lists that the arguments name; there is at least one.
pub(crate) fn find(arguments: &SourceArguments) -> Result<Sources, Failure> {
    let sources = discover(&arguments.paths, arguments.manifest.as_deref())?;
    if sources.lists.is_empty() {
        let error = Error::new(ErrorKind::NotFound, "there is no list to read");
        return Err(match &arguments.manifest {
            Some(manifest) => error.at_path(manifest),
            None => error,
        }
        .into());
    }
    Ok(sources)
}

/// Lines left out, by reason.
pub(crate) fn left_out(report: &CompileReport) -> BTreeMap<&'static str, u64> {
    let mut by_reason = BTreeMap::new();
    for list in &report.lists {
        for (reason, count) in &list.left_out {
            *by_reason.entry(*reason).or_default() += count;
        }
    }
    by_reason
}

/// How many lines were left out that could have been meant as rules.
pub(crate) fn lines_lost(report: &CompileReport) -> u64 {
    left_out(report)
        .into_iter()
        .filter(|(reason, _)| *reason != NOT_AN_ADDRESS)
        .map(|(_, count)| count)
        .sum()
}

/// Reasons with their counts: `12 narrower, 3 syntax`.
pub(crate) fn reasons(by_reason: &BTreeMap<&'static str, u64>) -> String {
    let mut parts: Vec<_> = by_reason.iter().collect();
    parts.sort_by_key(|&(reason, count)| (std::cmp::Reverse(*count), *reason));
    let parts: Vec<String> = parts
        .into_iter()
        .map(|(reason, count)| format!("{} {reason}", grouped(*count)))
        .collect();
    parts.join(", ")
}

/// A file that is no list, for programs.
#[derive(Serialize)]
pub(crate) struct SkippedFile {
    path: String,
    reason: &'static str,
    message: String,
}

impl From<&Skipped> for SkippedFile {
    fn from(skipped: &Skipped) -> SkippedFile {
        SkippedFile {
            path: skipped.path.display().to_string(),
            reason: skipped.reason.code(),
            message: skipped.reason.to_string(),
        }
    }
}

#[derive(Serialize)]
struct Report<'r> {
    #[serde(flatten)]
    compiled: &'r CompileReport,
    skipped: Vec<SkippedFile>,
}

fn write_report(
    arguments: &CompileArguments,
    compiled: &CompileReport,
    sources: &Sources,
) -> Result<(), Failure> {
    let Some(path) = &arguments.report else {
        return Ok(());
    };
    let report = Report {
        compiled,
        skipped: sources.skipped.iter().map(SkippedFile::from).collect(),
    };
    let mut text = serde_json::to_string_pretty(&report)?;
    text.push('\n');
    if path == Path::new("-") {
        let mut out = terminal::pipe();
        out.write_all(text.as_bytes())?;
        out.flush()?;
    } else {
        std::fs::write(path, text).map_err(|error| Error::from(error).at_path(path))?;
    }
    Ok(())
}

fn summary(
    report: &CompileReport,
    sources: &Sources,
    output: &Path,
    took: Duration,
) -> io::Result<()> {
    let mut out = terminal::page();
    writeln!(
        out,
        "{STRONG}{}{STRONG:#}  {FAINT}{} in {:.1} s{FAINT:#}",
        shown(&output.display().to_string()),
        terminal::size(report.bytes),
        took.as_secs_f64()
    )?;
    let mut row = |name: &str, value: String| writeln!(out, "  {FAINT}{name:<11}{FAINT:#}{value}");
    let mut categories: Vec<&str> = report
        .lists
        .iter()
        .map(|list| list.category.as_str())
        .filter(|category| !category.is_empty())
        .collect();
    categories.sort_unstable();
    categories.dedup();
    row(
        "lists",
        format!(
            "{} of {}",
            grouped(report.lists.len() as u64),
            Count(categories.len() as u64, "category", "categories")
        ),
    )?;
    row("rules read", grouped(report.rules))?;
    row(
        "entries",
        format!(
            "{}: {}, {}, {}",
            grouped(report.entries),
            Count(report.keys, "host or path", "hosts and paths"),
            Count(report.networks, "network", "networks"),
            Count(report.expressions, "expression", "expressions")
        ),
    )?;
    let mut dropped = Vec::new();
    for (count, word) in [
        (report.redundant, "redundant"),
        (report.duplicates, "duplicate"),
        (report.cancelled, "cancelled"),
    ] {
        if count > 0 {
            dropped.push(format!("{} {word}", grouped(count)));
        }
    }
    if !dropped.is_empty() {
        row("dropped", dropped.join(", "))?;
    }
    if report.left_out > 0 {
        row(
            "left out",
            format!(
                "{}: {}",
                Count(report.left_out, "line", "lines"),
                reasons(&left_out(report))
            ),
        )?;
    }
    let findings: u64 = report.finding_counts.values().sum();
    if findings > 0 {
        row(
            "findings",
            format!("{}: {}", grouped(findings), reasons(&report.finding_counts)),
        )?;
    }
    if !sources.skipped.is_empty() {
        row(
            "skipped",
            Count(
                sources.skipped.len() as u64,
                "file or folder",
                "files and folders",
            )
            .to_string(),
        )?;
    }
    if report.left_out + findings > 0 || !sources.skipped.is_empty() {
        writeln!(
            out,
            "  {FAINT}`hedgerow lint` says more of what was left out, found and skipped{FAINT:#}"
        )?;
    }
    out.flush()
}
