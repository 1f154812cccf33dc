//! The engine beside the oracle: the same rules, the same address, and what
//! they do not agree on.

use crate::generate::push_lists;
use crate::oracle::{Address, Answer, Found, List, Oracle};
use hedgerow::{Action, Classification, Classifier, Compiler, Outcome, Result, Ruleset};

/// The engine over the same rules twice, with redundant rules and without,
/// and the oracle.
pub struct Pair {
    layers: Vec<Vec<List>>,
    oracle: Oracle,
    whole: Classifier<Vec<u8>>,
    lean: Classifier<Vec<u8>>,
}

/// The bytes of one layer.
///
/// # Errors
///
/// Those of the compiler.
pub fn compile(lists: &[List], keep_redundant: bool) -> Result<Vec<u8>> {
    let mut compiler = Compiler::new();
    compiler.keep_redundant(keep_redundant);
    push_lists(&mut compiler, lists)?;
    Ok(compiler.finish_to_vec()?.0)
}

fn classifier(layers: &[Vec<List>], keep_redundant: bool) -> Result<Classifier<Vec<u8>>> {
    let mut rulesets = Vec::new();
    for lists in layers {
        rulesets.push(Ruleset::open(compile(lists, keep_redundant)?)?);
    }
    Ok(Classifier::with_layers(rulesets))
}

impl Pair {
    /// Compiles `layers` and asks the same of an oracle.
    ///
    /// # Errors
    ///
    /// Those of the compiler and of opening what it wrote.
    pub fn new(layers: Vec<Vec<List>>) -> Result<Pair> {
        Ok(Pair {
            oracle: Oracle::new(&layers),
            whole: classifier(&layers, true)?,
            lean: classifier(&layers, false)?,
            layers,
        })
    }

    /// The rules.
    #[must_use]
    pub fn layers(&self) -> &[Vec<List>] {
        &self.layers
    }

    /// Classifies `text` all three ways.
    ///
    /// # Errors
    ///
    /// A sentence about the first thing they do not agree on. `Ok(true)` says
    /// that a rule covered the address.
    pub fn check(&self, text: &str) -> std::result::Result<bool, String> {
        let expected = self.oracle.classify(text);
        let whole = self.whole.classify(text);
        let lean = self.lean.classify(text);
        for classification in [&whole, &lean] {
            check_outcome(&expected, classification)?;
            check_order(classification)?;
        }
        let Answer::Classified { found, .. } = &expected else {
            return Ok(false);
        };
        let mut wanted: Vec<Seen> = found.iter().map(Seen::of_oracle).collect();
        wanted.sort();
        let all = seen(&whole);
        if all != wanted {
            return Err(format!(
                "{text:?}: with redundant rules\n  engine {all:#?}\n  oracle {wanted:#?}"
            ));
        }
        check_oracle_order(found, &whole)?;
        for kept in seen(&lean) {
            match wanted.iter().position(|wanted| *wanted == kept) {
                Some(at) => drop(wanted.remove(at)),
                None => {
                    return Err(format!("{text:?}: the oracle does not know {kept:#?}"));
                }
            }
        }
        // What was dropped must have something broader that speaks for it.
        let reported = seen(&lean);
        for dropped in &wanted {
            let speaks = |other: &Seen| {
                (other.layer, other.via, &other.list, &other.category)
                    == (dropped.layer, dropped.via, &dropped.list, &dropped.category)
                    && other.is_exception == dropped.is_exception
                    && other.is_undone == dropped.is_undone
            };
            if !reported.iter().any(speaks) {
                return Err(format!("{text:?}: nothing speaks for {dropped:#?}"));
            }
        }
        Ok(!found.is_empty())
    }
}

/// A match, as both sides tell it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seen {
    layer: usize,
    via: usize,
    list: String,
    category: String,
    scope: String,
    entry: String,
    is_exception: bool,
    is_undone: bool,
    line: u64,
}

impl Seen {
    fn of_oracle(found: &Found) -> Seen {
        Seen {
            layer: found.layer,
            via: found.via,
            list: found.list.clone(),
            category: found.category.clone(),
            scope: found.scope.clone(),
            entry: found.entry.clone(),
            is_exception: found.is_exception,
            is_undone: found.is_undone,
            line: found.line,
        }
    }
}

/// The matches of a classification, sorted.
#[must_use]
pub fn seen(classification: &Classification<'_>) -> Vec<Seen> {
    let mut all = in_order(classification);
    all.sort();
    all
}

fn in_order(classification: &Classification<'_>) -> Vec<Seen> {
    classification
        .matches()
        .map(|found| Seen {
            layer: found.layer(),
            via: found.via(),
            list: found.list().name().to_owned(),
            category: found.category().name().to_owned(),
            scope: found.scope(),
            entry: found.entry().into_owned(),
            is_exception: found.action() == Action::Allow,
            is_undone: found.is_undone(),
            line: found.line().unwrap_or(0),
        })
        .collect()
}

fn check_outcome(
    expected: &Answer,
    classification: &Classification<'_>,
) -> std::result::Result<(), String> {
    let reason = match expected {
        Answer::Unclassifiable(code) => Some(*code),
        Answer::Classified { too_deep, .. } => too_deep.then_some("wrapped-too-deep"),
    };
    let is_classified = classification.outcome() == Outcome::Classified;
    if classification.reason() != reason || is_classified != reason.is_none() {
        return Err(format!("{classification:?}: not {reason:?}"));
    }
    let categories = classification.categories();
    if categories != expected.categories() {
        return Err(format!(
            "{classification:?}: not {:?} because {expected:#?}",
            expected.categories()
        ));
    }
    if classification.is_listed() == categories.is_empty() {
        return Err(format!("{classification:?}: listed or not?"));
    }
    Ok(())
}

/// Those of carried addresses come after the address's own.
fn check_order(classification: &Classification<'_>) -> std::result::Result<(), String> {
    let order: Vec<usize> = classification.matches().map(|found| found.via()).collect();
    if order.is_sorted() {
        Ok(())
    } else {
        Err(format!("{classification:?}: the chain is {order:?}"))
    }
}

/// Each match is at least as narrow as the one before it.
fn check_oracle_order(
    found: &[Found],
    classification: &Classification<'_>,
) -> std::result::Result<(), String> {
    let mut last = None;
    for seen in in_order(classification) {
        let Some(same) = found.iter().find(|found| Seen::of_oracle(found) == seen) else {
            return Err(format!("{classification:?}: the oracle lacks {seen:#?}"));
        };
        let narrowness = (same.via, same.narrowness);
        if last.is_some_and(|last| last > narrowness) {
            return Err(format!("{classification:?}: {seen:#?} comes too late"));
        }
        last = Some(narrowness);
    }
    Ok(())
}

/// The parts of an address, for a test that wants to ask a rule itself.
///
/// # Errors
///
/// The stable code of why it has no host.
pub fn address_of(text: &str) -> std::result::Result<Address, &'static str> {
    hedgerow::CanonicalUrl::parse(text)
        .map(|url| Address::new(&url))
        .map_err(|error| error.reason().code())
}
