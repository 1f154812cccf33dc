//! `hedgerow explain`: every step from the text to the answer.

use crate::arguments::{ExplainArguments, ReportFormat};
use crate::classify::why;
use crate::failure::{Ending, Run};
use crate::layers;
use crate::results::place_of;
use crate::terminal::{self, CLEAR, FAINT, LISTED, STRONG, UNKNOWN, shown};
use hedgerow::Step;
use std::io::{self, Write};

pub(crate) fn run(arguments: &ExplainArguments) -> Run {
    let classifier = layers::classifier(&arguments.rulesets)?;
    let explanation = classifier.explain(&arguments.address);
    match arguments.output {
        ReportFormat::Text => {
            let mut out = terminal::page();
            let many = classifier.layers().len() > 1;
            for step in explanation.steps() {
                tell(&mut out, step, many)?;
            }
            out.flush()?;
        }
        ReportFormat::Json => {
            let mut out = terminal::pipe();
            serde_json::to_writer_pretty(&mut out, &explanation)?;
            out.write_all(b"\n")?;
            out.flush()?;
        }
    }
    Ok(Ending::Done)
}

/// One step on a line of its own: what is done, to what, with what outcome.
fn tell(out: &mut dyn Write, step: &Step, many: bool) -> io::Result<()> {
    match step {
        Step::Read {
            text,
            address,
            was_canonical,
        } => {
            line(
                out,
                "given",
                None,
                &format!("{STRONG}{}{STRONG:#}", shown(text)),
            )?;
            let note = if *was_canonical {
                format!("{FAINT}in canonical form as it is{FAINT:#}")
            } else {
                shown(address).into_owned()
            };
            line(out, "read as", None, &note)
        }
        Step::Unclassifiable { text, reason } => {
            line(
                out,
                "given",
                None,
                &format!("{STRONG}{}{STRONG:#}", shown(text)),
            )?;
            line(
                out,
                "read as",
                None,
                &format!("{UNKNOWN}no address: {}{UNKNOWN:#} [{reason}]", why(reason)),
            )
        }
        Step::Host {
            host,
            public_suffix,
            registrable_domain,
        } => {
            let mut said = shown(host).into_owned();
            if let Some(domain) = registrable_domain {
                said.push_str(&format!(
                    "{FAINT}, registered as {}{FAINT:#}",
                    shown(domain)
                ));
            }
            if let Some(suffix) = public_suffix {
                said.push_str(&format!(
                    "{FAINT}, public suffix {}{FAINT:#}",
                    shown(suffix)
                ));
            }
            line(out, "host", None, &said)
        }
        Step::Unwrapped { wrapper, address } => {
            writeln!(out)?;
            line(
                out,
                "carries",
                None,
                &format!(
                    "{STRONG}{}{STRONG:#} {FAINT}({wrapper}){FAINT:#}",
                    shown(address)
                ),
            )
        }
        Step::Filter {
            layer,
            host,
            may_be_listed,
        } => {
            let answer = if *may_be_listed {
                "perhaps"
            } else {
                "no entry"
            };
            line(
                out,
                "filter",
                many.then_some(*layer),
                &format!("{FAINT}{}: {answer}{FAINT:#}", shown(host)),
            )
        }
        Step::LookUp {
            layer,
            entry,
            found,
        } => {
            let answer = if *found { "there" } else { "not there" };
            let style = if *found { STRONG } else { FAINT };
            line(
                out,
                "look up",
                many.then_some(*layer),
                &format!("{style}{}: {answer}{style:#}", shown(entry)),
            )
        }
        Step::NotCovered {
            layer,
            list,
            category,
            scope,
            why,
        } => {
            let why = match *why {
                "host-scope" => "this host is outside its scope",
                "condition" => "its condition does not hold",
                other => other,
            };
            line(
                out,
                "passed by",
                many.then_some(*layer),
                &format!("{} of {}, {scope}: {why}", shown(category), shown(list)),
            )
        }
        Step::Match {
            layer,
            entry,
            scope,
            category,
            list,
            list_version,
            line: number,
            action,
            undone,
            ..
        } => {
            let mut said = format!(
                "{LISTED}{}{LISTED:#}  {}  {}  {FAINT}{scope}",
                shown(category),
                shown(entry),
                shown(&place_of(list, *number)),
            );
            if let Some(version) = list_version {
                said.push_str(&format!(", version {}", shown(version)));
            }
            said.push_str(&format!("{FAINT:#}"));
            if *action == "allow" {
                said.push_str(" — an exception of its list");
            } else if *undone {
                said.push_str(" — taken back by an exception of its list");
            }
            line(out, "match", many.then_some(*layer), &said)
        }
        Step::Answer {
            reason, categories, ..
        } => {
            writeln!(out)?;
            let mut parts = Vec::new();
            if !categories.is_empty() {
                let names = categories.join(", ");
                parts.push(format!("{LISTED}{}{LISTED:#}", shown(&names)));
            }
            match reason {
                Some(reason) => parts.push(format!(
                    "{UNKNOWN}cannot be classified: {}{UNKNOWN:#} [{reason}]",
                    why(reason)
                )),
                None if categories.is_empty() => {
                    parts.push(format!("{CLEAR}on no list{CLEAR:#}"));
                }
                None => {}
            }
            line(out, "answer", None, &parts.join("; "))
        }
        // Steps that a later engine tells and this command does not know.
        _ => line(out, "…", None, ""),
    }
}

fn line(out: &mut dyn Write, what: &str, layer: Option<usize>, said: &str) -> io::Result<()> {
    match layer {
        Some(layer) => {
            let what = format!("{what} #{layer}");
            writeln!(out, "{FAINT}{what:>12}{FAINT:#}  {said}")
        }
        None => writeln!(out, "{FAINT}{what:>12}{FAINT:#}  {said}"),
    }
}
