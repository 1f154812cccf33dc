//! Runs `fixtures/safe-search.json`, the table that every binding runs.

#![allow(
    clippy::unwrap_used,
    reason = "a fixture that cannot be read fails the test"
)]

use hedgerow::CanonicalUrl;
use hedgerow_policy::{Restriction, SafeSearch, SearchEngine};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const FIXTURES: &str = include_str!("../fixtures/safe-search.json");

fn table(name: &str) -> Vec<Value> {
    let fixtures: Value = serde_json::from_str(FIXTURES).unwrap();
    fixtures[name].as_array().unwrap().clone()
}

#[test]
fn addresses_are_rewritten() {
    let cases = table("addresses");
    assert!(cases.len() >= 60, "{}", cases.len());
    let mut failures = Vec::new();
    for case in &cases {
        let input = case["input"].as_str().unwrap();
        let url = CanonicalUrl::parse(input).unwrap();
        let safe = SafeSearch::for_address(&url);
        let rewritten = safe.and_then(|safe| safe.rewrite(input));
        let engine = safe.map(|safe| safe.engine().name());
        if json!(engine) != case["engine"] || json!(rewritten) != case["rewritten"] {
            failures.push(format!("{}: {engine:?} {rewritten:?}", case["name"]));
        }
        let Some(again) = rewritten else { continue };
        let url = CanonicalUrl::parse(&again).unwrap();
        let safe = SafeSearch::for_address(&url).unwrap();
        if safe.rewrite(&again).is_some() {
            failures.push(format!("{}: {again} does not settle", case["name"]));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn hosts_are_answered() {
    let cases = table("hosts");
    assert!(cases.len() >= 40, "{}", cases.len());
    for case in &cases {
        let safe = SafeSearch::for_host(case["host"].as_str().unwrap());
        let got = match safe {
            None => json!({"engine": null}),
            Some(safe) => {
                let moderate = safe.at(Restriction::Moderate);
                assert_eq!(safe.rewritten(), None);
                json!({
                    "engine": safe.engine().name(),
                    "enforceable": safe.is_enforceable(),
                    "cname": safe.cname(),
                    "moderate_cname": moderate.cname(),
                    "headers": safe.headers(),
                    "moderate_headers": moderate.headers(),
                })
            }
        };
        let mut expected = case.clone();
        expected
            .as_object_mut()
            .unwrap()
            .retain(|member, _| member != "host" && member != "note");
        assert_eq!(got, expected, "{}", case["host"]);
    }
}

#[test]
fn every_engine_is_there_and_names_are_unique() {
    for (name, key) in [("addresses", "name"), ("hosts", "host")] {
        let cases = table(name);
        let keys: BTreeSet<_> = cases.iter().map(|case| case[key].as_str()).collect();
        assert_eq!(keys.len(), cases.len());
        for engine in SearchEngine::ALL {
            assert!(
                cases.iter().any(|case| case["engine"] == engine.name()),
                "{engine} is not among the {name}"
            );
        }
    }
}
