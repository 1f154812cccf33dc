//! `hedgerow install`: what is new comes into effect, with a record.

use crate::arguments::{InstallArguments, Installed, RecordArguments};
use crate::diff::Difference;
use crate::failure::{Ending, Failure, Run};
use crate::layers;
use crate::moment::now;
use crate::policies;
use crate::terminal::{self, FAINT, STRONG, grouped, shown};
use hedgerow::category::Taxonomy;
use hedgerow::{Error, ErrorKind};
use hedgerow_policy::{Cause, ChangeKind, ChangeLog, Policy, Record, same_person};
use std::fmt::Write as _;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

pub(crate) fn run(arguments: &InstallArguments) -> Run {
    let cause = Cause {
        who: &arguments.record.who,
        why: &arguments.why,
        at: now(),
    };
    let record = match arguments.kind {
        Installed::Policy => policy(arguments, &cause)?,
        Installed::Ruleset => ruleset(arguments, &cause)?,
        Installed::Taxonomy => taxonomy(arguments, &cause)?,
    };
    let mut out = terminal::page();
    let to = arguments.to.display().to_string();
    match record {
        Some(record) => {
            writeln!(out, "{STRONG}{}{STRONG:#} is in effect", shown(&to))?;
            recorded(&mut out, &arguments.record, &record)?;
        }
        None => writeln!(
            out,
            "{} is in use already; nothing is recorded",
            shown(&arguments.new.display().to_string())
        )?,
    }
    out.flush()?;
    Ok(Ending::Done)
}

/// Tells under which number something was recorded.
pub(crate) fn recorded(
    out: &mut impl Write,
    arguments: &RecordArguments,
    record: &Record,
) -> std::io::Result<()> {
    writeln!(
        out,
        "{FAINT}record {} of {}, hash {}{FAINT:#}",
        record.seq,
        shown(&arguments.log.display().to_string()),
        record.hash
    )
}

fn policy(arguments: &InstallArguments, cause: &Cause<'_>) -> Result<Option<Record>, Failure> {
    let layers = layers::open_all(&arguments.rulesets)?;
    let read = || fs::read(&arguments.new).map_err(|error| at(error, &arguments.new));
    let text = read()?;
    let proposed = policies::open_file(&arguments.new, &layers)?;
    if read()? != text {
        let error = Error::new(ErrorKind::Io, "it changed while it was read");
        return Err(error.at_path(&arguments.new).into());
    }
    // What is in use says who may change it; the first policy, of itself.
    let in_use = match arguments.to.exists() {
        true => policies::open_file(&arguments.to, &layers).ok(),
        false => None,
    };
    may_edit(in_use.as_ref().unwrap_or(&proposed), cause.who)?;
    let log = ChangeLog::open(&arguments.record.log)?;
    Ok(log.change(ChangeKind::Policy, &arguments.to, cause, |_| Ok(text))?)
}

fn may_edit(policy: &Policy, who: &str) -> Result<(), Failure> {
    let names = &policy.exemption_rules().may_edit;
    if names.is_empty() || names.iter().any(|name| same_person(name, who)) {
        return Ok(());
    }
    Err(Failure::Other(format!(
        "the policy `{}` does not name `{who}` among those who may change it: {}",
        policy.name(),
        names.join(", ")
    )))
}

fn taxonomy(arguments: &InstallArguments, cause: &Cause<'_>) -> Result<Option<Record>, Failure> {
    let text = fs::read(&arguments.new).map_err(|error| at(error, &arguments.new))?;
    let sound = str::from_utf8(&text)
        .map_err(|_| Error::new(ErrorKind::Manifest, "the text is not UTF-8"))
        .and_then(Taxonomy::parse);
    sound.map_err(|error| error.at_path(&arguments.new))?;
    let log = ChangeLog::open(&arguments.record.log)?;
    Ok(log.change(ChangeKind::Taxonomy, &arguments.to, cause, |_| Ok(text))?)
}

/// A ruleset may be larger than memory, and entries of illegal lists are not to
/// be read in a log: it is copied beside its place, and its difference told in
/// numbers.
fn ruleset(arguments: &InstallArguments, cause: &Cause<'_>) -> Result<Option<Record>, Failure> {
    let after = layers::open(&arguments.new)?;
    let mut difference = String::new();
    for list in after.ruleset.lists() {
        let version = list.version().unwrap_or("without version");
        let _ = writeln!(difference, " list {} {version}", list.name());
    }
    if arguments.to.exists() {
        let before = layers::open(&arguments.to)?;
        let found = Difference::between(&before, &after)?;
        for (name, changes) in &found.categories {
            let _ = writeln!(
                difference,
                " {name}: {} came, {} went",
                grouped(changes.added),
                grouped(changes.removed)
            );
        }
    } else {
        let entries = grouped(after.ruleset.entry_count());
        let _ = writeln!(difference, "+{entries} entries");
    }
    drop(after);
    let log = ChangeLog::open(&arguments.record.log)?;
    let beside = Beside::copied(&arguments.new, &arguments.to)?;
    Ok(log.change_to_file(
        ChangeKind::Ruleset,
        &arguments.to,
        &beside.0,
        difference,
        cause,
    )?)
}

/// A copy beside the file that it will replace, which goes unless it did.
struct Beside(PathBuf);

impl Beside {
    fn copied(from: &Path, to: &Path) -> Result<Beside, Failure> {
        let name = to.file_name().unwrap_or_default().to_string_lossy();
        let beside = to.with_file_name(format!(".{name}.{}.new", std::process::id()));
        let beside = Beside(beside);
        fs::copy(from, &beside.0).map_err(|error| at(error, &beside.0))?;
        Ok(beside)
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // It is gone if it was put in its place.
        let _ = fs::remove_file(&self.0);
    }
}

fn at(error: std::io::Error, path: &Path) -> Failure {
    Error::from(error).at_path(path).into()
}
