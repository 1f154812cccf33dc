//! `hedgerow policy check`: what is wrong with a policy.

use crate::arguments::PolicyCheckArguments;
use crate::failure::{Ending, Failure, Run};
use crate::layers;
use crate::policies;
use crate::terminal::{self, CLEAR, Count, FAINT, LISTED, LOCKED, shown};
use hedgerow_policy::policy::{Finding, Severity};
use hedgerow_policy::{Error, ErrorKind, Policy};
use serde::Serialize;
use std::io::{self, Write};

pub(crate) fn run(arguments: &PolicyCheckArguments) -> Run {
    let layers = layers::open_all(&arguments.rulesets)?;
    let (policy, mut problems): (_, Vec<Problem>) =
        match policies::open(Some(&arguments.policy), &layers) {
            Ok(policy) => {
                let rulesets = layers.iter().map(|layer| &layer.ruleset);
                let findings = policy.check_against(rulesets);
                let problems = findings.iter().map(Problem::from).collect();
                (Some(policy), problems)
            }
            // What cannot be read is another matter than what is wrong in it.
            Err(Failure::Policy(errors)) if !errors.iter().any(is_of_the_file) => {
                (None, errors.iter().map(Problem::from).collect())
            }
            Err(failure) => return Err(failure),
        };
    problems.sort_by_key(|one| (one.line, one.column));
    let report = Report {
        file: &arguments.policy,
        loads: policy.is_some(),
        problems,
    };
    if arguments.json {
        let mut out = terminal::pipe();
        serde_json::to_writer_pretty(&mut out, &report)?;
        out.write_all(b"\n")?;
        out.flush()?;
    } else {
        let rulesets: Vec<&str> = layers.iter().map(|layer| layer.name.as_str()).collect();
        tell(&report, policy.as_ref(), &rulesets)?;
    }
    let wrong = match arguments.strict {
        true => !report.problems.is_empty(),
        false => report.count(Severity::Error) > 0,
    };
    Ok(if wrong { Ending::Found } else { Ending::Done })
}

fn is_of_the_file(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Engine(_))
}

#[derive(Serialize)]
struct Report<'r> {
    file: &'r str,
    loads: bool,
    problems: Vec<Problem>,
}

impl Report<'_> {
    fn count(&self, severity: Severity) -> u64 {
        let those = self.problems.iter().filter(|one| one.severity == severity);
        those.count() as u64
    }
}

#[derive(Serialize)]
struct Problem {
    severity: Severity,
    line: Option<u64>,
    column: Option<u64>,
    code: &'static str,
    message: String,
}

impl From<&Error> for Problem {
    fn from(error: &Error) -> Problem {
        Problem {
            severity: Severity::Error,
            line: error.line(),
            column: error.column(),
            code: error.kind().code(),
            message: error.message().to_owned(),
        }
    }
}

impl From<&Finding> for Problem {
    fn from(finding: &Finding) -> Problem {
        Problem {
            severity: finding.severity(),
            line: finding.line,
            column: finding.column,
            code: finding.code.code(),
            message: finding.message.clone(),
        }
    }
}

fn tell(report: &Report<'_>, policy: Option<&Policy>, rulesets: &[&str]) -> io::Result<()> {
    let mut out = terminal::page();
    for problem in &report.problems {
        let place = match (problem.line, problem.column) {
            (Some(line), Some(column)) => format!("{}:{line}:{column}", report.file),
            (Some(line), None) => format!("{}:{line}", report.file),
            _ => report.file.to_owned(),
        };
        let (style, word) = match problem.severity {
            Severity::Error => (LOCKED, "error"),
            Severity::Warning => (LISTED, "warning"),
        };
        writeln!(
            out,
            "{}: {style}{word}{style:#}: {} {FAINT}[{}]{FAINT:#}",
            shown(&place),
            shown(&problem.message),
            problem.code
        )?;
    }
    let (errors, warnings) = (
        report.count(Severity::Error),
        report.count(Severity::Warning),
    );
    if errors + warnings > 0 {
        write!(
            out,
            "{}, {}",
            Count(errors, "error", "errors"),
            Count(warnings, "warning", "warnings")
        )?;
    } else {
        write!(out, "{CLEAR}nothing is wrong{CLEAR:#}")?;
    }
    if let Some(policy) = policy {
        write!(
            out,
            ": {}, {}, held against {}",
            shown(policy.name()),
            Count(policy.groups().len() as u64, "group", "groups"),
            shown(&rulesets.join(", "))
        )?;
    }
    writeln!(out)?;
    out.flush()
}
