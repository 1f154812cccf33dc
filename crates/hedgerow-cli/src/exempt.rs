//! `hedgerow exempt`: asking for exemptions, agreeing to them, taking them back,
//! each with a record.

use crate::arguments::{
    ExemptApproveArguments, ExemptArguments, ExemptCommand, ExemptListArguments,
    ExemptRequestArguments, ExemptRevokeArguments, ExemptionArguments,
};
use crate::failure::{Ending, Failure, Run};
use crate::install::recorded;
use crate::layers::{self, Layer};
use crate::moment::{now, or_now, told, zone};
use crate::policies;
use crate::terminal::{self, CLEAR, Count, FAINT, LISTED, STRONG, shown};
use hedgerow_policy::{
    Cause, ChangeKind, ChangeLog, Exemption, ExemptionRequest, ExemptionState, ExemptionTerms,
    Exemptions, Policy,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use std::io::{self, Write};

pub(crate) fn run(arguments: &ExemptArguments) -> Run {
    match &arguments.what {
        ExemptCommand::Request(arguments) => request(arguments),
        ExemptCommand::Approve(arguments) => approve(arguments),
        ExemptCommand::Revoke(arguments) => revoke(arguments),
        ExemptCommand::List(arguments) => list(arguments),
    }
}

/// A way to change the file of exemptions.
type Edit<'e> = &'e dyn Fn(
    &mut Exemptions,
    Timestamp,
    &ExemptionTerms<'_>,
) -> hedgerow_policy::Result<Exemption>;

/// What exemptions are held to.
struct Held {
    policy: Policy,
    layers: Vec<Layer>,
}

impl Held {
    fn by(kept: &ExemptionArguments) -> Result<Held, Failure> {
        let layers = layers::open_all(&kept.rulesets)?;
        let policy = policies::open(Some(&kept.policy), &layers)?;
        Ok(Held { policy, layers })
    }

    /// Whether the policy or a ruleset says that the category is illegal
    /// content.
    fn is_locked(&self, category: &str) -> bool {
        let named =
            |name: &str| hedgerow::category::fold(name) == hedgerow::category::fold(category);
        self.policy.is_locked(category)
            || self.layers.iter().any(|layer| {
                layer.ruleset.categories().any(|one| {
                    one.is_locked() && (named(one.name()) || one.aliases().into_iter().any(named))
                })
            })
    }

    /// Changes the file by way of the log, and tells what came of it.
    fn change(
        &self,
        kept: &ExemptionArguments,
        why: &str,
        edit: Edit<'_>,
        tell: &dyn Fn(&mut dyn Write, &Exemption) -> io::Result<()>,
    ) -> Run {
        let at = now();
        let zone = zone(&self.policy);
        let is_locked = |category: &str| self.is_locked(category);
        let terms = ExemptionTerms {
            rules: self.policy.exemption_rules(),
            zone: &zone,
            is_locked: &is_locked,
        };
        let cause = Cause {
            who: &kept.record.who,
            why,
            at,
        };
        let mut changed = None;
        let log = ChangeLog::open(&kept.record.log)?;
        let record = log.change(ChangeKind::Exemption, &kept.exemptions, &cause, |old| {
            let mut exemptions = Exemptions::parse_bytes(old.unwrap_or_default())
                .map_err(|error| error.at_path(&kept.exemptions))?;
            let exemption = edit(&mut exemptions, at, &terms)?;
            // Taking back is never wrong, whatever the policy says by now.
            if exemption.revoked.is_none() {
                self.policy.check_exemption(&exemption)?;
            }
            changed = Some(exemption);
            Ok(exemptions.to_toml()?.into_bytes())
        })?;
        let mut out = terminal::page();
        if let Some(exemption) = &changed {
            tell(&mut out, exemption)?;
        }
        if let Some(record) = &record {
            recorded(&mut out, &kept.record, record)?;
        }
        out.flush()?;
        Ok(Ending::Done)
    }
}

fn request(arguments: &ExemptRequestArguments) -> Run {
    let held = Held::by(&arguments.kept)?;
    let start = or_now(arguments.from, &held.policy)?;
    let end = match (arguments.until, &arguments.length) {
        (Some(until), _) => until.under(&held.policy)?,
        (None, Some(length)) => length
            .after(start, &zone(&held.policy))
            .ok_or_else(|| Failure::Other("that is past the end of all time".to_owned()))?,
        (None, None) => start,
    };
    let request = ExemptionRequest {
        addresses: arguments.addresses.clone(),
        categories: arguments.categories.clone(),
        groups: arguments.groups.clone(),
        start,
        end,
        requested_by: arguments.kept.record.who.clone(),
        reason: arguments.reason.clone(),
    };
    held.change(
        &arguments.kept,
        &arguments.reason,
        &|exemptions, at, terms| Ok(exemptions.request(&request, at, terms)?.clone()),
        &|out, exemption| {
            writeln!(
                out,
                "{STRONG}{}{STRONG:#} is asked for; it opens nothing until it is approved",
                shown(&exemption.id)
            )
        },
    )
}

fn approve(arguments: &ExemptApproveArguments) -> Run {
    let held = Held::by(&arguments.kept)?;
    let zone = zone(&held.policy);
    held.change(
        &arguments.kept,
        &format!("approved {}", arguments.id),
        &|exemptions, at, terms| {
            let by = &arguments.kept.record.who;
            Ok(exemptions.approve(&arguments.id, by, at, terms)?.clone())
        },
        &|out, exemption| {
            writeln!(
                out,
                "{STRONG}{}{STRONG:#} is approved: it opens {} for {}, {}",
                shown(&exemption.id),
                shown(&what(exemption)),
                shown(&exemption.groups.join(", ")),
                times(exemption, &zone)
            )
        },
    )
}

fn revoke(arguments: &ExemptRevokeArguments) -> Run {
    let held = Held::by(&arguments.kept)?;
    held.change(
        &arguments.kept,
        &arguments.reason,
        &|exemptions, at, terms| {
            let by = &arguments.kept.record.who;
            let revoked = exemptions.revoke(&arguments.id, by, &arguments.reason, at, terms)?;
            Ok(revoked.clone())
        },
        &|out, exemption| {
            writeln!(
                out,
                "{STRONG}{}{STRONG:#} is taken back: it opens nothing any more",
                shown(&exemption.id)
            )
        },
    )
}

/// What an exemption opens.
fn what(exemption: &Exemption) -> String {
    let all = exemption.addresses.iter().chain(&exemption.categories);
    let all: Vec<&str> = all.map(String::as_str).collect();
    all.join(", ")
}

/// From when to when.
fn times(exemption: &Exemption, zone: &TimeZone) -> String {
    let (start, end) = (told(exemption.start, zone), told(exemption.end, zone));
    format!("from {start} until {end}")
}

/// An exemption and its state, as a program reads it.
#[derive(Serialize)]
struct Listed<'e> {
    state: ExemptionState,
    #[serde(flatten)]
    exemption: &'e Exemption,
}

fn list(arguments: &ExemptListArguments) -> Run {
    let layers = layers::named(&arguments.rulesets)?;
    let policy = policies::open(arguments.policy.policy.as_deref(), &layers)?;
    let at = or_now(arguments.at, &policy)?;
    let file = &arguments.exemptions;
    if !file.exists() {
        let error = hedgerow::Error::new(hedgerow::ErrorKind::NotFound, "there is no such file");
        return Err(error.at_path(file).into());
    }
    let exemptions = Exemptions::load(file)?;
    let listed: Vec<Listed<'_>> = exemptions
        .iter()
        .map(|exemption| Listed {
            state: exemption.state(at),
            exemption,
        })
        .filter(|one| arguments.state.is_none_or(|state| state == one.state))
        .collect();
    if arguments.json {
        let mut out = terminal::pipe();
        for one in &listed {
            serde_json::to_writer(&mut out, one)?;
            out.write_all(b"\n")?;
        }
        out.flush()?;
        return Ok(Ending::Done);
    }
    let zone = zone(&policy);
    let mut out = terminal::page();
    if arguments.quiet {
        for one in &listed {
            writeln!(out, "{}", shown(&one.exemption.id))?;
        }
        out.flush()?;
        return Ok(Ending::Done);
    }
    for one in &listed {
        tell(&mut out, one, &zone)?;
    }
    writeln!(
        out,
        "{FAINT}{}{FAINT:#}",
        Count(listed.len() as u64, "exemption", "exemptions")
    )?;
    out.flush()?;
    Ok(Ending::Done)
}

fn tell(out: &mut impl Write, one: &Listed<'_>, zone: &TimeZone) -> io::Result<()> {
    let Listed { state, exemption } = one;
    let style = match state {
        ExemptionState::InForce => CLEAR,
        ExemptionState::Waiting | ExemptionState::Coming => LISTED,
        _ => FAINT,
    };
    writeln!(
        out,
        "{STRONG}{}{STRONG:#}  {style}{state}{style:#}",
        shown(&exemption.id)
    )?;
    let mut line =
        |name: &str, text: &str| writeln!(out, "  {FAINT}{name:<9}{FAINT:#}{}", shown(text));
    line("opens", &what(exemption))?;
    line("for", &exemption.groups.join(", "))?;
    line("time", &times(exemption, zone))?;
    line("reason", &exemption.reason)?;
    line("asked by", &exemption.requested_by)?;
    line(
        "agreed",
        exemption.approved_by.as_deref().unwrap_or("nobody yet"),
    )?;
    if let Some(revoked) = &exemption.revoked {
        let when = told(revoked.at, zone);
        line(
            "revoked",
            &format!("{when} by {}: {}", revoked.by, revoked.reason),
        )?;
    }
    Ok(())
}
