//! What holds for all rules and all addresses: order leaves no trace, the same
//! rules give the same bytes, a canonical address is its own canonical form.

#![allow(clippy::unwrap_used)] // beside the tests themselves, what they call

use hedgerow::{CanonicalUrl, Classifier, Compiler, Ruleset};
use hedgerow_tests::choices::Choices;
use hedgerow_tests::compare::{compile, seen};
use hedgerow_tests::generate;
use hedgerow_tests::oracle::List;
use proptest::prelude::*;

fn lists_of(data: &[u8]) -> Vec<List> {
    let mut choices = Choices::of_bytes(data);
    generate::layers(&mut choices, 1, 60).remove(0)
}

fn without_lines(lists: &[List], keep_redundant: bool) -> Vec<u8> {
    let mut compiler = Compiler::new();
    compiler.record_lines(false).keep_redundant(keep_redundant);
    generate::push_lists(&mut compiler, lists).unwrap();
    compiler.finish_to_vec().unwrap().0
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 0..1500)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_rules_and_lists_leaves_no_trace(
        data in bytes(),
        seed in any::<u64>(),
        keep_redundant in any::<bool>(),
    ) {
        let lists = lists_of(&data);
        let mut shuffled = lists.clone();
        let mut choices = Choices::seeded(seed);
        choices.shuffle(&mut shuffled);
        for list in &mut shuffled {
            choices.shuffle(&mut list.rules);
        }
        prop_assert_eq!(
            without_lines(&lists, keep_redundant),
            without_lines(&shuffled, keep_redundant)
        );
        // Lines go with their rules, so they leave no trace either.
        prop_assert_eq!(
            compile(&lists, keep_redundant).unwrap(),
            compile(&shuffled, keep_redundant).unwrap()
        );
    }

    #[test]
    fn the_same_rules_give_the_same_bytes(data in bytes()) {
        let lists = lists_of(&data);
        prop_assert_eq!(compile(&lists, false).unwrap(), compile(&lists, false).unwrap());
    }

    #[test]
    fn every_rule_can_be_read_back(data in bytes()) {
        let lists = lists_of(&data);
        let ruleset = Ruleset::open(compile(&lists, true).unwrap()).unwrap();
        let mut rules = 0;
        ruleset.for_each_rule(|rule| {
            assert!(!rule.entry().is_empty());
            let line = rule.line().unwrap();
            let list = lists.iter().find(|list| list.name == rule.list().name()).unwrap();
            let source = list
                .rules
                .iter()
                .find(|source| source.line == line && source.entry() == rule.entry())
                .unwrap();
            assert_eq!(source.scope(), rule.scope());
            assert_eq!(source.category, rule.category().name());
            rules += 1;
            true
        }).unwrap();
        prop_assert!(rules >= ruleset.entry_count());
    }

    #[test]
    fn a_canonical_address_stands_for_the_address(data in bytes(), seed in any::<u64>()) {
        let layers = vec![lists_of(&data)];
        let classifier = Classifier::new(Ruleset::open(compile(&layers[0], false).unwrap()).unwrap());
        let mut choices = Choices::seeded(seed);
        for _ in 0..100 {
            let address = generate::address(&mut choices, &layers);
            let Ok(url) = CanonicalUrl::parse(&address) else { continue };
            let canonical = url.to_string();
            let again = CanonicalUrl::parse(&canonical).unwrap();
            prop_assert_eq!(again.to_string(), canonical.clone(), "{}", address);
            let (one, other) = (classifier.classify(&address), classifier.classify(&canonical));
            prop_assert_eq!(one.outcome(), other.outcome());
            prop_assert_eq!(one.categories(), other.categories());
            prop_assert_eq!(seen(&one), seen(&other));
        }
    }

    #[test]
    fn canonicalising_any_text_is_idempotent(text in any::<String>(), host in "[a-zA-Z0-9.%_-]{1,30}") {
        for text in [text.clone(), format!("http://{host}/{text}"), format!("{host}/{text}")] {
            if let Ok(url) = CanonicalUrl::parse(&text) {
                let canonical = url.to_string();
                let again = CanonicalUrl::parse(&canonical).unwrap();
                prop_assert_eq!(again.to_string(), canonical);
            }
        }
    }
}
