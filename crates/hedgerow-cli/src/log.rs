//! `hedgerow log`: who changed what, when and why; whether anybody rewrote that;
//! and what a crash left undone.

use crate::arguments::{
    LogArguments, LogCommand, LogRecoverArguments, LogShowArguments, LogVerifyArguments,
};
use crate::failure::{Ending, Run};
use crate::moment::told;
use crate::terminal::{self, CLEAR, Count, FAINT, GONE, LISTED, LOCKED, STRONG, shown};
use hedgerow_policy::{ChangeLog, Record, RecoveryState, Verification, same_person};
use jiff::tz::TimeZone;
use serde::Serialize;
use std::io::{self, Write};

/// How much of a difference is shown unless all is asked for.
const LINES: usize = 24;

pub(crate) fn run(arguments: &LogArguments) -> Run {
    match &arguments.what {
        LogCommand::Show(arguments) => show(arguments),
        LogCommand::Verify(arguments) => verify(arguments),
        LogCommand::Recover(arguments) => recover(arguments),
    }
}

fn show(arguments: &LogShowArguments) -> Run {
    let log = ChangeLog::existing(&arguments.log)?;
    let mut ending = Ending::Done;
    let mut page = (!arguments.json).then(terminal::page);
    let mut pipe = arguments.json.then(terminal::pipe);
    let mut count = 0;
    for record in log.records()? {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                terminal::complain(&error);
                ending = Ending::Found;
                continue;
            }
        };
        let by = &record.change.who;
        if arguments
            .who
            .as_ref()
            .is_some_and(|who| !same_person(who, by))
        {
            continue;
        }
        count += 1;
        if let Some(out) = &mut pipe {
            serde_json::to_writer(&mut *out, &JsonRecord::from(&record))?;
            out.write_all(b"\n")?;
        }
        if let Some(out) = &mut page {
            let most = match (arguments.brief, arguments.full) {
                (true, _) => 0,
                (_, true) => usize::MAX,
                _ => LINES,
            };
            tell(out, &record, most)?;
        }
    }
    if let Some(out) = &mut page {
        writeln!(out, "{FAINT}{}{FAINT:#}", Count(count, "record", "records"))?;
        out.flush()?;
    }
    if let Some(out) = &mut pipe {
        out.flush()?;
    }
    Ok(ending)
}

/// A record as a program reads it: the members that it has in the log.
#[derive(Serialize)]
struct JsonRecord<'r> {
    seq: u64,
    at: String,
    who: &'r str,
    kind: &'static str,
    subject: &'r str,
    file: bool,
    before: Option<String>,
    after: Option<String>,
    difference: &'r str,
    why: &'r str,
    previous: String,
    hash: String,
}

impl<'r> From<&'r Record> for JsonRecord<'r> {
    fn from(record: &'r Record) -> JsonRecord<'r> {
        let change = &record.change;
        JsonRecord {
            seq: record.seq,
            at: change.at.to_string(),
            who: &change.who,
            kind: change.kind.name(),
            subject: &change.subject,
            file: change.file,
            before: change.before.map(|digest| digest.to_string()),
            after: change.after.map(|digest| digest.to_string()),
            difference: &change.difference,
            why: &change.why,
            previous: record.previous.to_string(),
            hash: record.hash.to_string(),
        }
    }
}

/// Shows a record, with so many lines of what differs.
fn tell(out: &mut impl Write, record: &Record, most: usize) -> io::Result<()> {
    let change = &record.change;
    writeln!(
        out,
        "{STRONG}{}{STRONG:#}  {}  {STRONG}{}{STRONG:#}  {} {}",
        record.seq,
        told(change.at, &TimeZone::UTC),
        shown(&change.who),
        change.kind.name(),
        shown(&change.subject)
    )?;
    writeln!(out, "   {}", shown(&change.why))?;
    for line in change.difference.lines().take(most) {
        let style = match line.as_bytes().first() {
            Some(b'+') => CLEAR,
            Some(b'-') => GONE,
            _ => FAINT,
        };
        writeln!(out, "     {style}{}{style:#}", shown(line))?;
    }
    let more = change.difference.lines().count().saturating_sub(most) as u64;
    if most > 0 && more > 0 {
        let more = Count(more, "line more", "lines more");
        writeln!(out, "     {FAINT}… {more} (--full){FAINT:#}")?;
    }
    Ok(())
}

fn verify(arguments: &LogVerifyArguments) -> Run {
    let found = ChangeLog::existing(&arguments.log)?.verify(arguments.head)?;
    if arguments.json {
        #[derive(Serialize)]
        struct Verified<'v> {
            intact: bool,
            #[serde(flatten)]
            found: &'v Verification,
        }
        let mut out = terminal::pipe();
        let intact = found.is_intact();
        serde_json::to_writer_pretty(
            &mut out,
            &Verified {
                intact,
                found: &found,
            },
        )?;
        out.write_all(b"\n")?;
        out.flush()?;
    } else {
        tell_verified(&found, arguments.head.is_some())?;
    }
    Ok(match found.is_intact() {
        true => Ending::Done,
        false => Ending::Found,
    })
}

fn tell_verified(found: &Verification, head_given: bool) -> io::Result<()> {
    let mut out = terminal::page();
    for finding in &found.findings {
        let style = if finding.kind.is_damage() {
            LOCKED
        } else {
            LISTED
        };
        writeln!(
            out,
            "line {}: {style}{}{style:#} {FAINT}[{}]{FAINT:#}",
            finding.line,
            shown(&finding.message),
            finding.kind
        )?;
    }
    let records = Count(found.records, "record", "records");
    if found.is_intact() {
        let noted = if head_given {
            ", the noted head among them"
        } else {
            ""
        };
        writeln!(out, "{CLEAR}intact{CLEAR:#}: {records}{noted}")?;
    } else {
        let sound = Count(found.records, "record is sound", "records are sound");
        writeln!(out, "{LOCKED}damaged{LOCKED:#}: {sound}")?;
    }
    if let Some(head) = &found.head {
        let note = if head_given || !found.is_intact() {
            ""
        } else {
            "\nNote the head down elsewhere, and give it as --head the next time."
        };
        writeln!(out, "head {head}{FAINT}{note}{FAINT:#}")?;
    }
    out.flush()
}

fn recover(arguments: &LogRecoverArguments) -> Run {
    let found = ChangeLog::existing(&arguments.log)?.recover()?;
    if arguments.json {
        let mut out = terminal::pipe();
        for one in &found {
            serde_json::to_writer(&mut out, one)?;
            out.write_all(b"\n")?;
        }
        out.flush()?;
    } else {
        let mut out = terminal::page();
        for one in &found {
            let (style, text) = match one.state {
                RecoveryState::InStep => (CLEAR, "is what the log says"),
                RecoveryState::Finished => (LISTED, "the recorded change is carried out now"),
                RecoveryState::Discarded => (LISTED, "what a crash left over is removed"),
                RecoveryState::NotInEffect => (
                    LOCKED,
                    "the recorded change is not in effect and must be made again",
                ),
                _ => (LOCKED, "was changed past the log"),
            };
            writeln!(
                out,
                "{STRONG}{}{STRONG:#}: {style}{text}{style:#} {FAINT}[{}]{FAINT:#}",
                shown(&one.subject),
                one.state.code()
            )?;
        }
        let count = Count(found.len() as u64, "file", "files");
        writeln!(out, "{FAINT}{count}{FAINT:#}")?;
        out.flush()?;
    }
    Ok(match found.iter().all(|one| one.state.is_settled()) {
        true => Ending::Done,
        false => Ending::Found,
    })
}
