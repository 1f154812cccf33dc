//! Runs the shared fixtures.

#![allow(clippy::unwrap_used)] // beside the tests themselves, what they call

use hedgerow::{Classifier, Ruleset};
use hedgerow_tests::fixtures::{Fixtures, folder};
use hedgerow_tests::{golden, json};
use serde_json::Value;
use std::collections::BTreeSet;

/// The members of a case.
const MEMBERS: [&str; 7] = [
    "input",
    "address",
    "outcome",
    "reason",
    "categories",
    "matches",
    "via",
];

#[test]
fn every_case_of_the_shared_fixtures() {
    let fixtures = Fixtures::read().unwrap();
    let rulesets: Vec<_> = fixtures
        .compile()
        .unwrap()
        .into_iter()
        .map(|bytes| Ruleset::open(bytes).unwrap())
        .collect();
    assert!(rulesets.len() >= 2);
    let classifier = Classifier::with_layers(rulesets);
    let mut failed = Vec::new();
    let mut run = 0;
    for case in fixtures.cases() {
        let members: BTreeSet<&str> = case
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(members, BTreeSet::from(MEMBERS), "{case}");
        let input = case["input"].as_str().unwrap();
        let mut answer = json::describe(&classifier.classify(input));
        answer["input"] = case["input"].clone();
        if answer != *case {
            failed.push(format!("expected {case:#}\nanswered {answer:#}"));
        }
        run += 1;
    }
    assert!(
        failed.is_empty(),
        "{} cases failed:\n{}",
        failed.len(),
        failed.join("\n")
    );
    assert_eq!(run, fixtures.cases().len());
    assert!(run >= 80, "only {run} cases");
    println!("{run} cases");
}

#[test]
fn the_fixtures_leave_nothing_untried() {
    let fixtures = Fixtures::read().unwrap();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for case in fixtures.cases() {
        for found in case["matches"].as_array().unwrap() {
            for member in ["scope", "action", "list"] {
                seen.insert(found[member].as_str().unwrap().to_owned());
            }
            seen.insert(format!("layer {}", found["layer"]));
            seen.insert(format!("undone {}", found["undone"]));
            seen.insert(format!("via {}", found["via"]));
        }
        if let Some(reason) = case["reason"].as_str() {
            seen.insert(reason.to_owned());
        }
    }
    let lists = fixtures.lists().iter().map(|list| &list["name"]);
    let wanted = lists.filter_map(Value::as_str).chain([
        "domain",
        "host",
        "subdomains",
        "web-host",
        "network",
        "expression",
        "domain prefix",
        "web-host prefix",
        "host prefix",
        "host exact",
        "list",
        "allow",
        "undone true",
        "undone false",
        "layer 0",
        "layer 1",
        "via 0",
        "via 1",
        "via 2",
        "empty",
        "no-host",
        "invalid-host",
        "invalid-port",
        "wrapped-too-deep",
    ]);
    let missing: Vec<&str> = wanted.filter(|wanted| !seen.contains(*wanted)).collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
}

#[test]
fn the_compiled_layers_are_up_to_date() {
    for (layer, bytes) in Fixtures::read()
        .unwrap()
        .compile()
        .unwrap()
        .iter()
        .enumerate()
    {
        let path = folder().join(format!("classify-{layer}.hedge"));
        let stored = std::fs::read(path).unwrap_or_default();
        assert!(
            stored == *bytes,
            "classify-{layer}.hedge: {}",
            golden::ADVICE
        );
    }
}
