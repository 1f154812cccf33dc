//! Regular expressions of a ruleset, matched in linear time by the crate
//! `regex`.
//!
//! They are kept as text and compiled when an address is first classified: a
//! compiled automaton is larger than its text by orders of magnitude, and not
//! the same on every machine.
//!
//! Nearly every expression on a list needs some literal text to match
//! (`/banner/`, `google\..*q=cache`). Those literals, in lower case, are
//! searched for first, all at once and vectorised; only an address that has
//! one of them is given to the engine.

use aho_corasick::{AhoCorasick, packed};
use regex::{RegexSet, RegexSetBuilder};
use regex_syntax::hir::{Class, Hir, HirKind, Repetition};

/// The most bytes that the compiled patterns of one ruleset may take.
const SIZE_LIMIT: usize = 256 << 20;

/// The most bytes that one pattern may take, checked when a list is read.
pub(crate) const PATTERN_SIZE_LIMIT: usize = 4 << 20;

/// A literal shorter than this is in too many addresses to be worth a search.
const MIN_LITERAL: usize = 3;

/// A pattern that needs one of more literals than this is given to the engine
/// at once.
const MAX_LITERALS: usize = 64;

/// The patterns of a ruleset, ready to match.
pub(crate) struct Expressions {
    groups: Vec<Group>,
}

/// Patterns that are asked about together.
struct Group {
    /// What an address must have for one of them to match.
    required: Option<Required>,
    set: RegexSet,
    /// The place of each of the set's patterns among the ruleset's.
    ordinals: Vec<u32>,
}

/// A search for any of several literals in text in lower case.
enum Required {
    Vectorised(Box<packed::Searcher>),
    Automaton(Box<AhoCorasick>),
}

impl Required {
    fn new(literals: &[Vec<u8>]) -> Option<Required> {
        if let Some(searcher) = packed::Searcher::new(literals) {
            return Some(Required::Vectorised(Box::new(searcher)));
        }
        let automaton = AhoCorasick::new(literals).ok()?;
        Some(Required::Automaton(Box::new(automaton)))
    }

    fn is_in(&self, text: &[u8]) -> bool {
        match self {
            Required::Vectorised(searcher) => searcher.find(text).is_some(),
            Required::Automaton(automaton) => automaton.is_match(text),
        }
    }
}

impl Expressions {
    pub(crate) fn compile<'p>(
        patterns: impl Iterator<Item = &'p str>,
    ) -> Result<Expressions, regex::Error> {
        let (mut with, mut without) = ((Vec::new(), Vec::new()), (Vec::new(), Vec::new()));
        let mut literals = Vec::new();
        for (ordinal, pattern) in patterns.enumerate() {
            let (patterns, ordinals) = match required_literals(pattern) {
                Some(required) => {
                    literals.extend(required);
                    &mut with
                }
                None => &mut without,
            };
            patterns.push(pattern);
            ordinals.push(ordinal as u32);
        }
        literals.sort_unstable();
        literals.dedup();
        let required = Required::new(&literals);
        let mut groups = Vec::new();
        for (required, (patterns, ordinals)) in [(required, with), (None, without)] {
            if !patterns.is_empty() {
                let set = RegexSetBuilder::new(patterns)
                    .size_limit(SIZE_LIMIT)
                    .build()?;
                groups.push(Group {
                    required,
                    set,
                    ordinals,
                });
            }
        }
        Ok(Expressions { groups })
    }

    /// Calls `visit` with the ordinal of each pattern found in `text`.
    pub(crate) fn matches(&self, text: &str, mut visit: impl FnMut(u32)) {
        for group in &self.groups {
            if let Some(required) = &group.required
                && !with_lower_case(text.as_bytes(), |lower| required.is_in(lower))
            {
                continue;
            }
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

/// Shorter texts are padded to this length, because the vectorised search
/// does not take them.
const PADDED: usize = 64;

/// Gives `text` in lower case to `use_it`, with blanks behind it if it is
/// short (no literal has one: canonical text has none).
fn with_lower_case<T>(text: &[u8], use_it: impl FnOnce(&[u8]) -> T) -> T {
    let mut inline = [b' '; 4 * PADDED];
    if text.len() >= PADDED && !text.iter().any(u8::is_ascii_uppercase) {
        return use_it(text);
    }
    match inline.get_mut(..text.len().max(PADDED)) {
        Some(lower) => {
            lower[..text.len()].copy_from_slice(text);
            lower.make_ascii_lowercase();
            use_it(lower)
        }
        None => use_it(&text.to_ascii_lowercase()),
    }
}

/// Literals in lower case of which every text that `pattern` matches has at
/// least one, in whatever case. `None` if there are none worth a search.
fn required_literals(pattern: &str) -> Option<Vec<Vec<u8>>> {
    let hir = regex_syntax::parse(pattern).ok()?;
    let literals = required(&fold(&hir))?;
    let is_selective = literals.len() <= MAX_LITERALS
        && literals.iter().all(|literal| literal.len() >= MIN_LITERAL);
    is_selective.then_some(literals)
}

fn required(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    match hir.kind() {
        HirKind::Literal(literal) => Some(vec![literal.0.to_vec()]),
        HirKind::Capture(capture) => required(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => required(&repetition.sub),
        // Any part will do: the one whose shortest literal is longest.
        HirKind::Concat(parts) => parts
            .iter()
            .filter_map(required)
            .max_by_key(|literals| literals.iter().map(Vec::len).min()),
        // Every branch must have its own.
        HirKind::Alternation(branches) => {
            let mut all = Vec::new();
            for branch in branches {
                all.extend(required(branch)?);
            }
            Some(all)
        }
        _ => None,
    }
}

/// The same expression over text in lower case: letters in both cases become
/// one letter, so that `(?i)casino` is a literal again. Canonical text is
/// ASCII, which is why the other letters that fold to ASCII are of no account.
fn fold(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Literal(literal) => Hir::literal(literal.0.to_ascii_lowercase()),
        HirKind::Class(class) => match single_letter(class) {
            Some(letter) => Hir::literal([letter]),
            None => hir.clone(),
        },
        HirKind::Repetition(repetition) => Hir::repetition(Repetition {
            sub: Box::new(fold(&repetition.sub)),
            ..repetition.clone()
        }),
        // A group only gets in the way of joining literals.
        HirKind::Capture(capture) => fold(&capture.sub),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(fold).collect()),
        HirKind::Alternation(branches) => Hir::alternation(branches.iter().map(fold).collect()),
        HirKind::Empty | HirKind::Look(_) => hir.clone(),
    }
}

/// The letter, in lower case, that all ASCII members of `class` are.
fn single_letter(class: &Class) -> Option<u8> {
    let mut found = None;
    let mut take = |start: u32, end: u32| {
        for code in start..=end.min(0x7f) {
            let letter = (code as u8).to_ascii_lowercase();
            if found.is_some_and(|found| found != letter) {
                return false;
            }
            found = Some(letter);
        }
        true
    };
    let is_single = match class {
        Class::Unicode(class) => class
            .iter()
            .all(|range| take(u32::from(range.start()), u32::from(range.end()))),
        Class::Bytes(class) => class
            .iter()
            .all(|range| take(u32::from(range.start()), u32::from(range.end()))),
    };
    found.filter(|_| is_single)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
            "(?i).*/SETUP[0-9]*\\.exe",
            "qqq|.*yyy",
        ];
        assert_eq!(found(&patterns, "http://12/banner/setup1.exe"), [0, 1, 2]);
        assert_eq!(found(&patterns, "http://a.example/YYY"), [0; 0]);
        assert_eq!(found(&patterns, "http://a.example/yyy"), [3]);
        assert!(found(&patterns, "http://a.example/").is_empty());
    }

    #[test]
    fn required_literals_are_found_behind_case_and_groups() {
        let literals = |pattern| {
            required_literals(pattern).map(|literals| {
                literals
                    .into_iter()
                    .map(|literal| String::from_utf8(literal).unwrap())
                    .collect::<Vec<_>>()
            })
        };
        assert_eq!(literals("(?i)casino"), Some(vec!["casino".to_owned()]));
        assert_eq!(literals(".*/setup[0-9]"), Some(vec!["/setup".to_owned()]));
        assert_eq!(
            literals("(a|b)(poker|slots).*x"),
            Some(vec!["poker".to_owned(), "slots".to_owned()])
        );
        assert_eq!(literals("^[0-9]+/x"), None);
        assert_eq!(literals("poker|[0-9]+"), None);
        assert_eq!(literals("(?:poker)*"), None);
    }

    proptest! {
        #[test]
        fn the_prefilter_loses_nothing(
            patterns in proptest::collection::vec(
                prop::sample::select(vec![
                    "(?i)casino", "p[o0]ker", "/ad(s|verts)?/", "^http://[a-z]+\\.example/x",
                    "(slots|bets).*win", ".*\\.exe$", "(?i)(free|cheap)-?pills", "a{3,}bcd",
                    "google\\..*/search.q=cache", "[aA][bB][cC]+x?", "(?:xyz)?foo", "k(?i)ELVIN",
                ]),
                1..5,
            ),
            text in "(http://)?([a-zA-Z0-9./?=-]|casino|poker|/ads/|slots|win|\\.exe|FREE-pills|aaabcd|google\\.|search\\?q=cache|ABC|foo|kelvin|KELVIN){0,12}",
        ) {
            let expected: Vec<u32> = patterns
                .iter()
                .enumerate()
                .filter(|(_, pattern)| regex::Regex::new(pattern).unwrap().is_match(&text))
                .map(|(ordinal, _)| ordinal as u32)
                .collect();
            prop_assert_eq!(found(&patterns, &text), expected);
        }
    }
}
