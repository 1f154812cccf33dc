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
//! one of them is given to the engine. And most addresses do not come so far:
//! of each literal four bytes in a row that are rare in addresses are noted in a
//! table, and four bytes in a row of the address must be in it.

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

/// What an address must have: one of several literals, in whatever case.
struct Required {
    gate: Gate,
    search: Search,
}

/// A search for any of several literals in text in lower case.
enum Search {
    Vectorised(Box<packed::Searcher>),
    Automaton(Box<AhoCorasick>),
}

impl Required {
    fn new(mut literals: Vec<Vec<u8>>) -> Option<Required> {
        literals.sort_unstable_by_key(Vec::len);
        // What has a shorter one in it is found with that.
        let mut shortest: Vec<Vec<u8>> = Vec::with_capacity(literals.len());
        for literal in literals {
            let is_in = |short: &Vec<u8>| memchr::memmem::find(&literal, short).is_some();
            if !shortest.iter().any(is_in) {
                shortest.push(literal);
            }
        }
        let search = match packed::Searcher::new(&shortest) {
            Some(searcher) => Search::Vectorised(Box::new(searcher)),
            None => Search::Automaton(Box::new(AhoCorasick::new(&shortest).ok()?)),
        };
        Some(Required {
            gate: Gate::new(&shortest),
            search,
        })
    }

    fn is_in(&self, text: &[u8]) -> bool {
        self.gate.passes(text)
            && with_lower_case(text, |lower| match &self.search {
                Search::Vectorised(searcher) => searcher.find(lower).is_some(),
                Search::Automaton(automaton) => automaton.is_match(lower),
            })
    }
}

/// Runs of a few bytes, one of each literal, by a hash: for most addresses it
/// says without a guess that none of the literals is in them.
struct Gate {
    /// A bit for each hash, set where a run is.
    table: Box<[u64; GATE_BITS / 64]>,
    /// The bytes of a run, in a number.
    mask: u32,
    /// How many runs behind one another each literal has in the table: of the
    /// text every so many'th is looked for.
    stride: usize,
}

const GATE_BITS: usize = 1 << 15;

/// Bytes of a run.
const RUN: usize = 4;

/// The most runs of a literal in the table: more would be too frequent.
const MAX_STRIDE: usize = 4;

impl Gate {
    /// For literals of at least [`MIN_LITERAL`] bytes.
    fn new(literals: &[Vec<u8>]) -> Gate {
        let shortest = literals.iter().map(Vec::len).min().unwrap_or(0);
        let len = shortest.clamp(MIN_LITERAL, RUN);
        let stride = (shortest.max(len) - len + 1).min(MAX_STRIDE);
        let mut gate = Gate {
            table: Box::new([0; GATE_BITS / 64]),
            mask: u32::MAX >> (8 * (RUN - len)),
            stride,
        };
        for literal in literals {
            let rarest = literal
                .windows(len + stride - 1)
                .max_by_key(|runs| rarity(runs));
            for run in rarest.into_iter().flat_map(|runs| runs.windows(len)) {
                let mut four = [0; RUN];
                four[..len].copy_from_slice(run);
                let bit = gate.bit(u32::from_le_bytes(four));
                gate.table[bit / 64] |= 1 << (bit % 64);
            }
        }
        gate
    }

    #[inline]
    fn bit(&self, four: u32) -> usize {
        // With this bit, letters are the same in both cases. Other bytes may
        // be taken for one another, which is no harm.
        let run = (four | 0x2020_2020) & self.mask;
        (run.wrapping_mul(0x9E37_79B1) >> (32 - GATE_BITS.ilog2())) as usize
    }

    #[inline]
    fn passes(&self, text: &[u8]) -> bool {
        // The stride as a constant, so that the loop is unrolled.
        match self.stride {
            1 => self.passes_by::<1>(text),
            2 => self.passes_by::<2>(text),
            3 => self.passes_by::<3>(text),
            _ => self.passes_by::<MAX_STRIDE>(text),
        }
    }

    fn passes_by<const STRIDE: usize>(&self, text: &[u8]) -> bool {
        let mut seen = 0;
        let mut look = |four: [u8; RUN]| {
            let bit = self.bit(u32::from_le_bytes(four));
            seen |= self.table[bit / 64] >> (bit % 64);
        };
        // Eight runs a round, and the last round wherever it fits: a remainder
        // of varying length would be as many guesses for the processor.
        let round = 7 * STRIDE + RUN;
        if let Some(last) = text.len().checked_sub(round) {
            let mut start = 0;
            loop {
                if let Some(runs) = text.get(start..start + round) {
                    for index in 0..8 {
                        if let Some(four) = runs[index * STRIDE..].first_chunk() {
                            look(*four);
                        }
                    }
                }
                if start == last {
                    break;
                }
                start = (start + 8 * STRIDE).min(last);
            }
        } else {
            let mut rest = text;
            while let Some(four) = rest.first_chunk() {
                look(*four);
                rest = rest.get(STRIDE..).unwrap_or(&[]);
            }
        }
        // A run of three bytes at the end is in no four.
        if let [.., a, b, c] = *text {
            look([a, b, c, 0]);
        }
        seen & 1 == 1
    }
}

/// How rare a run of bytes is in addresses, roughly: more is rarer.
fn rarity(run: &[u8]) -> u32 {
    let of_byte = |byte: &u8| match byte {
        b'e' | b't' | b'a' | b'o' | b's' | b'c' | b'm' | b'.' | b'/' | b'w' | b'h' | b'p' => 1,
        b'i' | b'n' | b'r' | b'l' | b'd' => 2,
        b'u' | b'g' | b'b' | b'-' | b'f' | b'0'..=b'9' => 3,
        _ => 4,
    };
    run.iter().map(of_byte).sum()
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
        let required = Required::new(literals);
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
                && !required.is_in(text.as_bytes())
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
        // Any part will do: the one whose most frequent literal is rarest.
        HirKind::Concat(parts) => parts
            .iter()
            .filter_map(required)
            .max_by_key(|literals| literals.iter().map(|literal| rarity(literal)).min()),
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
