//! Runs `fixtures/downloads.json`, the table that every binding runs.

#![allow(
    clippy::unwrap_used,
    reason = "a fixture that cannot be read fails the test"
)]

use hedgerow::CanonicalUrl;
use hedgerow_policy::{DownloadKind, DownloadKinds};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const FIXTURES: &str = include_str!("../fixtures/downloads.json");

fn cases() -> Vec<Value> {
    let fixtures: Value = serde_json::from_str(FIXTURES).unwrap();
    fixtures["cases"].as_array().unwrap().clone()
}

#[test]
fn downloads_are_known() {
    let cases = cases();
    assert!(cases.len() >= 60, "{}", cases.len());
    let mut failures = Vec::new();
    for case in &cases {
        let url = CanonicalUrl::parse(case["input"].as_str().unwrap()).unwrap();
        let file_name = case["file_name"].as_str();
        let mut kinds = DownloadKind::of(&url, case["content_type"].as_str(), file_name);
        if let Some(header) = case["content_disposition"].as_str() {
            kinds |= DownloadKinds::of_content_disposition(header);
        }
        if json!(kinds) != case["kinds"] {
            failures.push(format!("{}: {kinds:?}", case["name"]));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_kind_is_there_and_names_are_unique() {
    let cases = cases();
    let names: BTreeSet<_> = cases.iter().map(|case| case["name"].as_str()).collect();
    assert_eq!(names.len(), cases.len());
    for kind in DownloadKind::ALL {
        let has_kind = |case: &&Value| {
            let kinds = case["kinds"].as_array().unwrap();
            kinds.contains(&json!(kind.name()))
        };
        assert!(cases.iter().any(|case| has_kind(&case)), "{kind}");
    }
}
