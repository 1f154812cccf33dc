//! `hedgerow check`: is it listed?

use crate::arguments::CheckArguments;
use crate::classify::Verdict;
use crate::failure::{Ending, Run};
use crate::layers;
use crate::terminal::{self, FAINT, STRONG, shown};
use hedgerow::Outcome;
use std::io::Write;

/// Addresses longer than this do not make the others' answers start further
/// right.
const WIDEST: usize = 60;

pub(crate) fn run(arguments: &CheckArguments) -> Run {
    let classifier = layers::classifier(&arguments.rulesets)?;
    let mut out = terminal::page();
    let mut ending = Ending::Done;
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
        if found.is_listed() {
            ending = Ending::Found;
        } else if found.outcome() != Outcome::Classified && ending == Ending::Done {
            ending = Ending::CouldNot;
        }
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
    out.flush()?;
    Ok(ending)
}
