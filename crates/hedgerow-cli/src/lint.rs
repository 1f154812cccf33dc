//! `hedgerow lint`: what is wrong in lists.

use crate::arguments::{LintArguments, ReportFormat};
use crate::compile::{SkippedFile, find, left_out, lines_lost, reasons};
use crate::failure::{Ending, Failure, Run};
use crate::results::place_of;
use crate::terminal::{self, Count, FAINT, LISTED, LOCKED, STRONG, Watch, grouped, shown};
use hedgerow::lists::{SkipReason, Sources};
use hedgerow::{CompileReport, Compiler, Error, ErrorKind, Finding, LintCode, ListReport};
use serde::Serialize;
use std::io::{self, Write};

pub(crate) fn run(arguments: &LintArguments) -> Run {
    let mut sources = find(&arguments.sources)?;
    let mut compiler = Compiler::new();
    compiler.record_lines(false);
    let mut watch = Watch::over(&sources);
    let mut refused = Vec::new();
    // List by list: a list that is refused must not keep the others from being
    // looked at.
    for list in std::mem::take(&mut sources.lists) {
        sources.lists = vec![list];
        if let Err(error) = compiler.add_sources(&sources, &mut watch) {
            if !is_refusal(error.kind()) {
                return Err(error.into());
            }
            refused.push(Refused::from(&error));
        }
    }
    watch.writing();
    let (_, report) = compiler.finish_to_writer(io::sink())?;
    drop(watch);
    match arguments.output {
        ReportFormat::Text => tell(&report, &refused, &sources)?,
        ReportFormat::Json => write_json(&report, &refused, &sources)?,
    }
    let is_clean = report.findings.is_empty() && lines_lost(&report) == 0 && refused.is_empty();
    Ok(if is_clean {
        Ending::Done
    } else {
        Ending::Found
    })
}

/// Whether an error is about what a list says, not about reading it.
fn is_refusal(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::ListEmpty
            | ErrorKind::ListHtml
            | ErrorKind::ListBinary
            | ErrorKind::ListUnreadable
            | ErrorKind::ListFormat
    )
}

/// Whether lines left out for `reason` are findings as well, and told there.
fn is_finding(reason: &str) -> bool {
    reason == LintCode::PublicSuffix.name() || reason == LintCode::SingleLabel.name()
}

/// A list that a compile would refuse.
#[derive(Serialize)]
struct Refused {
    file: Option<String>,
    line: Option<u64>,
    code: &'static str,
    message: String,
}

impl From<&Error> for Refused {
    fn from(error: &Error) -> Refused {
        Refused {
            file: error.path().map(|path| path.display().to_string()),
            line: error.line(),
            code: error.kind().code(),
            message: error.message().to_owned(),
        }
    }
}

#[derive(Serialize)]
struct Report<'r> {
    refused: &'r [Refused],
    findings: &'r [Finding],
    finding_counts: &'r std::collections::BTreeMap<&'static str, u64>,
    left_out: std::collections::BTreeMap<&'static str, u64>,
    lists: &'r [ListReport],
    skipped: Vec<SkippedFile>,
}

fn write_json(
    report: &CompileReport,
    refused: &[Refused],
    sources: &Sources,
) -> Result<(), Failure> {
    let mut out = terminal::pipe();
    serde_json::to_writer_pretty(
        &mut out,
        &Report {
            refused,
            findings: &report.findings,
            finding_counts: &report.finding_counts,
            left_out: left_out(report),
            lists: &report.lists,
            skipped: sources.skipped.iter().map(SkippedFile::from).collect(),
        },
    )?;
    out.write_all(b"\n")?;
    out.flush()?;
    Ok(())
}

fn tell(report: &CompileReport, refused: &[Refused], sources: &Sources) -> io::Result<()> {
    let mut out = terminal::page();
    for list in refused {
        writeln!(
            out,
            "{}: {LOCKED}refused{LOCKED:#}: {} {FAINT}[{}]{FAINT:#}",
            shown(&place_of(list.file.as_deref().unwrap_or("?"), list.line)),
            shown(&list.message),
            list.code
        )?;
    }
    for finding in &report.findings {
        let line = Some(finding.line).filter(|&line| line > 0);
        let place = match finding.list.as_str() {
            "" => String::new(),
            list => format!("{}: ", place_of(list, line)),
        };
        writeln!(
            out,
            "{}{LISTED}found{LISTED:#}: {} {FAINT}[{}]{FAINT:#}",
            shown(&place),
            shown(&finding.message),
            finding.code.name()
        )?;
    }
    let findings: u64 = report.finding_counts.values().sum();
    let untold = findings - report.findings.len() as u64;
    if untold > 0 {
        writeln!(out, "… and {} more like these", grouped(untold))?;
    }
    for list in &report.lists {
        for example in &list.left_out_examples {
            if is_finding(example.reason) {
                continue;
            }
            writeln!(
                out,
                "{}: {STRONG}left out{STRONG:#}: {} {FAINT}[{}]{FAINT:#}",
                shown(&place_of(&list.name, Some(example.line))),
                shown(&example.text),
                example.reason
            )?;
        }
        let count: u64 = list.left_out.values().sum();
        let untold = count - list.left_out_examples.len() as u64;
        if untold > 0 {
            writeln!(
                out,
                "{}: … and {} more left out ({} in all)",
                shown(&list.name),
                grouped(untold),
                reasons(&list.left_out)
            )?;
        }
    }
    let mut descriptions = 0;
    for skipped in &sources.skipped {
        // There is one beside every list of some trees.
        if skipped.reason == SkipReason::Description {
            descriptions += 1;
            continue;
        }
        writeln!(
            out,
            "{FAINT}{}: skipped: {} [{}]{FAINT:#}",
            shown(&skipped.path.display().to_string()),
            shown(&skipped.reason.to_string()),
            skipped.reason.code()
        )?;
    }
    if descriptions > 0 {
        writeln!(
            out,
            "{FAINT}skipped: {} lists{FAINT:#}",
            Count(descriptions, "file that describes", "files that describe")
        )?;
    }
    write!(
        out,
        "{}, {}: {}, {} left out",
        Count(report.lists.len() as u64, "list", "lists"),
        Count(report.rules, "rule", "rules"),
        Count(findings, "finding", "findings"),
        Count(report.left_out, "line", "lines"),
    )?;
    if report.left_out > 0 {
        write!(out, " ({})", reasons(&left_out(report)))?;
    }
    if !refused.is_empty() {
        write!(
            out,
            ", {} refused",
            Count(refused.len() as u64, "list", "lists")
        )?;
    }
    writeln!(out)?;
    out.flush()
}
