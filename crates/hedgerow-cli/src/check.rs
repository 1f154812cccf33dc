//! `hedgerow check`: is it listed? And with a policy: may they see it?

use crate::arguments::CheckArguments;
use crate::classify::Verdict;
use crate::failure::{Ending, Failure, Run};
use crate::layers;
use crate::moment::or_now;
use crate::policies;
use crate::results::JsonResult;
use crate::terminal::{self, CLEAR, FAINT, LISTED, LOCKED, STRONG, shown};
use anstyle::Style;
use hedgerow::{Classifier, Outcome};
use hedgerow_policy::{Action, Decision, Policy, Step};
use serde::Serialize;
use std::io::{self, Write};

/// Addresses longer than this do not make the others' answers start further
/// right.
const WIDEST: usize = 60;

pub(crate) fn run(arguments: &CheckArguments) -> Run {
    if arguments.policy.policy.is_some() || arguments.group.is_some() {
        return decide(arguments);
    }
    let classifier = layers::classifier(&arguments.rulesets)?;
    let mut ending = Ending::Done;
    for address in &arguments.addresses {
        let found = classifier.classify(address);
        if found.is_listed() {
            ending = Ending::Found;
        } else if found.outcome() != Outcome::Classified && ending == Ending::Done {
            ending = Ending::CouldNot;
        }
    }
    if arguments.json {
        let mut out = terminal::pipe();
        for input in &arguments.addresses {
            let found = &classifier.classify(input);
            serde_json::to_writer(&mut out, &JsonResult { input, found })?;
            out.write_all(b"\n")?;
        }
        out.flush()?;
    } else {
        tell(arguments, &classifier)?;
    }
    Ok(ending)
}

/// The categories of each address, for people.
fn tell(arguments: &CheckArguments, classifier: &Classifier<layers::Bytes>) -> io::Result<()> {
    let mut out = terminal::page();
    let addresses: Vec<_> = arguments
        .addresses
        .iter()
        .map(|address| (address, shown(address)))
        .collect();
    let width = addresses
        .iter()
        .map(|(_, shown)| shown.chars().count())
        .filter(|&width| width <= WIDEST)
        .max()
        .unwrap_or(0);
    for (address, shown_address) in addresses {
        let found = classifier.classify(address);
        let padding = width.saturating_sub(shown_address.chars().count());
        writeln!(
            out,
            "{STRONG}{shown_address}{STRONG:#}{:padding$}  {}",
            "",
            Verdict(&found)
        )?;
        for carried in found.via() {
            writeln!(
                out,
                "{FAINT}  carries {}{FAINT:#}",
                shown(&carried.address().text())
            )?;
        }
    }
    out.flush()
}

/// A decision as a program reads it.
#[derive(Serialize)]
struct JsonDecision<'d> {
    input: &'d str,
    #[serde(flatten)]
    decision: &'d Decision<'d>,
}

fn decide(arguments: &CheckArguments) -> Run {
    let layers = layers::open_all(&arguments.rulesets)?;
    let policy = policies::open(arguments.policy.policy.as_deref(), &layers)?;
    let Some(group) = &arguments.group else {
        return Err(no_group(&policy));
    };
    let at = or_now(arguments.at, &policy)?;
    let policy = policies::with_exemptions(policy, arguments.exemptions.as_deref(), at)?;
    let group = policy.group(group)?;
    let rulesets = layers.into_iter().map(|layer| layer.ruleset).collect();
    let classifier = Classifier::with_layers(rulesets);
    let mut ending = Ending::Done;
    let mut page = (!arguments.json).then(terminal::page);
    let mut pipe = arguments.json.then(terminal::pipe);
    for input in &arguments.addresses {
        let found = classifier.classify(input);
        let decision = group.decide(&found, at).with_requested(input);
        if !decision.opens() {
            ending = Ending::Found;
        }
        if let Some(out) = &mut page {
            explain(out, input, &decision)?;
        }
        if let Some(out) = &mut pipe {
            let decision = &decision;
            serde_json::to_writer(&mut *out, &JsonDecision { input, decision })?;
            out.write_all(b"\n")?;
        }
    }
    if let Some(out) = &mut page {
        out.flush()?;
    }
    if let Some(out) = &mut pipe {
        out.flush()?;
    }
    Ok(ending)
}

fn no_group(policy: &Policy) -> Failure {
    let names: Vec<&str> = policy.groups().map(|group| group.name()).collect();
    Failure::Other(format!(
        "a policy decides for a group: --group with one of {}",
        names.join(", ")
    ))
}

/// The colour of an action.
pub(crate) fn style(action: Action) -> Style {
    match action {
        Action::Allow => CLEAR,
        Action::Monitor => CLEAR.bold(),
        Action::Warn => LISTED,
        Action::Block => LOCKED,
    }
}

/// One decision for people: the action and the address, the sentence that a
/// reader would see, and what it goes back to.
fn explain(out: &mut impl Write, input: &str, decision: &Decision<'_>) -> io::Result<()> {
    let style = style(decision.action());
    let address = shown(input);
    writeln!(
        out,
        "{style}{:<8}{style:#} {STRONG}{address}{STRONG:#}",
        decision.action().name()
    )?;
    let mut line = |text: &str| writeln!(out, "         {text}");
    line(&shown(&decision.sentence()))?;
    if decision.via() > 0
        && let Some(carried) = decision.decided_address()
    {
        line(&format!(
            "by the address that it carries: {}",
            shown(&carried.text())
        ))?;
    }
    if let Some(place) = place(decision) {
        line(&format!("{FAINT}{}{FAINT:#}", shown(&place)))?;
    }
    if let Some(safe) = decision.safe_search() {
        let how = if !safe.is_enforceable() {
            format!("{} offers no way to make it safe", safe.engine())
        } else if let Some(address) = decision.safe_address() {
            format!("go to {address}")
        } else if let Some(cname) = safe.cname() {
            format!("answer its name with {cname}")
        } else {
            "it asks for safe results already, or shows none".to_owned()
        };
        line(&format!("{FAINT}safe search: {}{FAINT:#}", shown(&how)))?;
    }
    Ok(())
}

/// What a decision goes back to: the step, and what of the lists or the policy.
fn place(decision: &Decision<'_>) -> Option<String> {
    let mut text = String::new();
    if let Some(list) = decision.list() {
        text.push_str(decision.category().unwrap_or_default());
        if let Some(known) = decision.policy_category()
            && decision.category() != Some(known)
        {
            text.push_str(&format!(" (to the policy {known})"));
        }
        text.push_str(&format!(", list {list}"));
        if let Some(version) = decision.list_version() {
            text.push_str(&format!(" version {version}"));
        }
        if let Some(entry) = decision.entry() {
            text.push_str(&format!(", entry {entry}"));
        }
    }
    if let Some(rule) = decision.local_rule() {
        text = format!("the policy's own rule: {rule}, {}", rule.scope());
    }
    if let Some(exemption) = decision.exemption() {
        text = format!(
            "exemption {}, asked for by {} and approved by {}: {}",
            exemption.id,
            exemption.requested_by,
            exemption.approved_by.as_deref().unwrap_or("nobody"),
            exemption.reason
        );
    }
    if let Some(schedule) = decision.schedule() {
        text.push_str(&format!(", in {schedule}"));
    }
    if text.is_empty() && decision.step() == Step::Default {
        return None;
    }
    let text = text.trim_start_matches(", ");
    let reason = decision.reason().code();
    Some(match text {
        "" => format!("[{reason}]"),
        text => format!("{text} [{reason}]"),
    })
}
