//! Regular expressions of a ruleset, matched in linear time by the crate
//! `regex`.
//!
//! They are kept as text and compiled when an address is first classified: a
//! compiled automaton is larger than its text by orders of magnitude, and not
//! the same on every machine. Patterns that begin with literals are kept apart
//! from those that do not, because for them alone the engine can skim an
//! address with a vectorised search and turn it away.

use regex::{RegexSet, RegexSetBuilder};
use regex_syntax::hir::{Class, Hir, HirKind, literal::Extractor};

/// The most bytes that the compiled patterns of one ruleset may take.
const SIZE_LIMIT: usize = 256 << 20;

/// The most bytes that one pattern may take, checked when a list is read.
pub(crate) const PATTERN_SIZE_LIMIT: usize = 4 << 20;

/// The patterns of a ruleset, ready to match.
pub(crate) struct Expressions {
    groups: Vec<Group>,
}

struct Group {
    set: RegexSet,
    /// The place of each of the set's patterns among the ruleset's.
    ordinals: Vec<u32>,
}

impl Expressions {
    pub(crate) fn compile<'p>(
        patterns: impl Iterator<Item = &'p str>,
    ) -> Result<Expressions, regex::Error> {
        let mut with_literals = (Vec::new(), Vec::new());
        let mut others = (Vec::new(), Vec::new());
        for (ordinal, pattern) in patterns.enumerate() {
            let (pattern, has_literals) = prepare(pattern);
            let (patterns, ordinals) = if has_literals {
                &mut with_literals
            } else {
                &mut others
            };
            patterns.push(pattern);
            ordinals.push(ordinal as u32);
        }
        let mut groups = Vec::new();
        for (patterns, ordinals) in [with_literals, others] {
            if !patterns.is_empty() {
                let set = RegexSetBuilder::new(patterns)
                    .size_limit(SIZE_LIMIT)
                    .build()?;
                groups.push(Group { set, ordinals });
            }
        }
        Ok(Expressions { groups })
    }

    /// Calls `visit` with the ordinal of each pattern found in `text`, lowest
    /// first within a group.
    pub(crate) fn matches(&self, text: &str, mut visit: impl FnMut(u32)) {
        for group in &self.groups {
            if group.set.is_match(text) {
                for index in &group.set.matches(text) {
                    if let Some(&ordinal) = group.ordinals.get(index) {
                        visit(ordinal);
                    }
                }
            }
        }
    }
}

/// The pattern without `.*` where a search that is not anchored begins anyway,
/// and whether it then begins with literals worth searching for.
fn prepare(pattern: &str) -> (String, bool) {
    let Ok(hir) = regex_syntax::parse(pattern) else {
        // Compiling will report what is wrong with it.
        return (pattern.to_owned(), false);
    };
    let stripped = without_leading_any(&hir);
    let literals = Extractor::new().extract(&stripped);
    let has_literals = literals
        .literals()
        .is_some_and(|all| !all.is_empty() && all.iter().all(|literal| literal.len() >= 3));
    if stripped == hir {
        (pattern.to_owned(), has_literals)
    } else {
        (stripped.to_string(), has_literals)
    }
}

fn without_leading_any(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Concat(parts) => match parts.split_first() {
            Some((first, rest)) if is_any_run(first) => {
                without_leading_any(&Hir::concat(rest.to_vec()))
            }
            _ => hir.clone(),
        },
        HirKind::Alternation(branches) => {
            Hir::alternation(branches.iter().map(without_leading_any).collect())
        }
        _ => hir.clone(),
    }
}

/// Whether `hir` is `.*`: canonical text holds no line feed, so that it can
/// begin anywhere.
fn is_any_run(hir: &Hir) -> bool {
    let HirKind::Repetition(repetition) = hir.kind() else {
        return false;
    };
    if repetition.min != 0 || repetition.max.is_some() {
        return false;
    }
    match repetition.sub.kind() {
        HirKind::Class(Class::Unicode(class)) => {
            // Everything but, perhaps, the line feed.
            let mut missing = class.clone();
            missing.negate();
            missing
                .iter()
                .all(|range| range.start() == '\n' && range.end() == '\n')
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(patterns: &[&str], text: &str) -> Vec<u32> {
        let expressions = Expressions::compile(patterns.iter().copied()).unwrap();
        let mut found = Vec::new();
        expressions.matches(text, |ordinal| found.push(ordinal));
        found.sort_unstable();
        found
    }

    #[test]
    fn both_groups_are_searched() {
        let patterns = [
            "/banner/",
            "^https?://[0-9]+/",
            ".*/setup[0-9]*\\.exe",
            "qqq|.*yyy",
        ];
        assert_eq!(found(&patterns, "http://12/banner/setup1.exe"), [0, 1, 2]);
        assert_eq!(found(&patterns, "http://a.example/yyy"), [3]);
        assert!(found(&patterns, "http://a.example/").is_empty());
    }

    #[test]
    fn a_leading_any_is_dropped() {
        assert!(!prepare(".*/setup").0.contains('*'));
        assert!(prepare(".*/setup").1);
        assert!(!prepare("^[0-9]+").1);
    }
}
