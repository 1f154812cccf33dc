//! Damaged rulesets: refused when opened, and harmless when somebody insists.

#![allow(clippy::unwrap_used)] // beside the tests themselves, what they call

use hedgerow::{Classifier, Ruleset};
use hedgerow_tests::choices::Choices;
use hedgerow_tests::compare::compile;
use hedgerow_tests::generate;
use hedgerow_tests::oracle::{List, Subject};

fn lists(rules: usize) -> Vec<List> {
    generate::layers(&mut Choices::seeded(1234), 1, rules).remove(0)
}

fn assert_refused(bytes: &[u8], what: &str) {
    match Ruleset::open(bytes) {
        Ok(_) => panic!("{what}: opened"),
        Err(error) => {
            let code = error.kind().code();
            assert!(code.starts_with("ruleset-"), "{what}: {code}");
        }
    }
}

#[test]
fn every_flipped_bit_is_refused() {
    let whole = compile(&lists(150), false).unwrap();
    assert!(
        whole.len() > 5_000 && whole.len() < 15_000,
        "{}",
        whole.len()
    );
    Ruleset::open(&whole[..]).unwrap();
    let flip = |from: usize, to: usize| {
        let mut bytes = whole.clone();
        for bit in from * 8..to * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_refused(&bytes, &format!("bit {bit}"));
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        assert_eq!(bytes, whole);
        (to - from) * 8
    };
    let middle = whole.len() / 2;
    let flipped = std::thread::scope(|scope| {
        let first = scope.spawn(|| flip(0, middle));
        flip(middle, whole.len()) + first.join().unwrap()
    });
    assert_eq!(flipped, whole.len() * 8);
}

#[test]
fn every_truncation_is_refused_and_so_is_more() {
    let whole = compile(&lists(60), false).unwrap();
    for length in 0..whole.len() {
        assert_refused(&whole[..length], &format!("{length} bytes"));
    }
    for more in [&b"\0"[..], b"HEDGEROW", &whole] {
        assert_refused(&[&whole, more].concat(), "with more behind it");
    }
    for start in 1..whole.len().min(200) {
        assert_refused(&whole[start..], "without its beginning");
    }
}

/// Opens `bytes` as they are and asks all that can be asked; whether they
/// could be opened.
fn provoke(bytes: &[u8], addresses: &[String]) -> bool {
    let Ok(ruleset) = Ruleset::open_without_verifying_checksums(bytes) else {
        return false;
    };
    for list in ruleset.lists() {
        let _ = (list.name(), list.category(), list.file(), list.sha256());
    }
    for category in ruleset.categories() {
        let _ = (category.name(), category.aliases());
    }
    let mut seen = 0u64;
    // That rules contradict one another is an answer; what matters is that
    // there is one.
    let _ = ruleset.for_each_rule(|rule| {
        let _ = (rule.entry(), rule.scope(), rule.condition(), rule.line());
        let _ = (rule.list().name(), rule.category().name());
        seen += 1;
        assert!(seen < 1_000_000, "reading the rules does not end");
        true
    });
    let classifier = Classifier::new(ruleset);
    for address in addresses {
        let found = classifier.classify(address);
        let _ = found.categories();
        for one in found.matches() {
            let _ = (one.entry(), one.scope(), one.line(), one.is_undone());
            let _ = (one.list().name(), one.category().name());
        }
    }
    true
}

fn addresses(choices: &mut Choices<'_>, layers: &[Vec<List>], count: usize) -> Vec<String> {
    (0..count)
        .map(|_| generate::address(choices, layers))
        .collect()
}

#[test]
fn damaged_bytes_do_no_harm_when_nobody_verifies() {
    let mut layers = vec![lists(60)];
    // Compiling expressions anew for thousands of rulesets takes nearly all
    // of the time, so there is but one.
    let mut expressions = 0;
    for list in &mut layers[0] {
        list.rules.retain(|rule| {
            let is_expression = matches!(rule.subject, Subject::Expression(_));
            expressions += u32::from(is_expression);
            !is_expression || expressions == 1
        });
    }
    let whole = compile(&layers[0], false).unwrap();
    let mut choices = Choices::seeded(99);
    let few = addresses(&mut choices, &layers, 12);
    // Every byte, in one of three ways.
    let mut opened = 0;
    let mut bytes = whole.clone();
    for at in 0..whole.len() {
        bytes[at] = match choices.below(3) {
            0 => !whole[at],
            1 => 0xff,
            _ => whole[at] ^ (1 << choices.below(8)),
        };
        opened += u32::from(provoke(&bytes, &few));
        bytes[at] = whole[at];
    }
    assert!(opened > 0);
    // And many at once, with hundreds of addresses.
    let many = addresses(&mut choices, &layers, 300);
    let mut opened = 0;
    for _ in 0..80 {
        let mut bytes = whole.clone();
        for _ in 0..1 + choices.below(8) {
            let at = 200 + choices.below(bytes.len() - 400);
            match choices.below(3) {
                0 => bytes[at] = choices.below(256) as u8,
                1 => bytes[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes()),
                _ => {
                    let from = 200 + choices.below(bytes.len() - 400);
                    bytes.copy_within(from..from + 16, at);
                }
            }
        }
        opened += u32::from(provoke(&bytes, &many));
    }
    assert!(opened > 10, "only {opened} of 80 opened");
}

#[test]
fn bytes_that_are_no_ruleset_are_refused() {
    let mut choices = Choices::seeded(5);
    for length in 0..300 {
        let mut bytes: Vec<u8> = (0..length).map(|_| choices.below(256) as u8).collect();
        assert_refused(&bytes, "noise");
        let head = b"HEDGEROW\x01\0\0\0";
        let end = bytes.len().min(head.len());
        bytes[..end].copy_from_slice(&head[..end]);
        assert_refused(&bytes, "noise with a head");
        assert!(!provoke(&bytes, &[]));
    }
}
