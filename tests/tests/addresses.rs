//! Runs `fixtures/addresses.json`, the table that every binding runs.

#![allow(
    clippy::unwrap_used,
    reason = "a fixture that cannot be read fails the test"
)]

use hedgerow::CanonicalUrl;
use hedgerow::address::{Host, canonical_host, unwrap_chain};
use serde_json::Value;

const FIXTURES: &str = include_str!("../fixtures/addresses.json");

fn table(name: &str) -> Vec<Value> {
    let fixtures: Value = serde_json::from_str(FIXTURES).unwrap();
    fixtures[name].as_array().unwrap().clone()
}

/// Runs `check` on each case, tells all that fail, and counts what ran.
#[track_caller]
fn run(name: &str, check: impl Fn(&Value) -> Result<(), String>) -> usize {
    let cases = table(name);
    let mut failures = Vec::new();
    let mut ran = 0;
    for case in &cases {
        ran += 1;
        if let Err(failure) = check(case) {
            failures.push(format!("{}: {failure}", case["input"]));
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {ran} failed:\n{}",
        failures.len(),
        failures.join("\n")
    );
    assert_eq!(ran, cases.len());
    ran
}

fn text<'v>(case: &'v Value, field: &str) -> &'v str {
    case[field]
        .as_str()
        .unwrap_or_else(|| panic!("{field} of {case} is no text"))
}

#[allow(
    clippy::needless_pass_by_value,
    reason = "most of what is compared is small or borrowed"
)]
fn same<T: PartialEq + std::fmt::Debug>(what: &str, got: T, expected: T) -> Result<(), String> {
    if got == expected {
        Ok(())
    } else {
        Err(format!("{what} is {got:?}, not {expected:?}"))
    }
}

#[test]
fn canonical_forms() {
    let ran = run("cases", |case| {
        let input = text(case, "input");
        let url = match CanonicalUrl::parse(input) {
            Ok(url) => url,
            Err(error) => {
                same("canonical", None, case["canonical"].as_str())?;
                return same(
                    "reason",
                    Some(error.reason().code()),
                    case["reason"].as_str(),
                );
            }
        };
        same(
            "canonical",
            Some(&*url.to_string()),
            case["canonical"].as_str(),
        )?;
        same("text", &*url.text(), &*url.to_string())?;
        same("reason", None, case["reason"].as_str())?;
        same("host", Some(url.host_text()), case["host"].as_str())?;
        same("port", url.port().map(u64::from), case["port"].as_u64())?;
        same("target", Some(url.target()), case["target"].as_str())?;
        same(
            "from bytes",
            CanonicalUrl::parse_bytes(input.as_bytes()),
            Ok(url.clone()),
        )?;
        same("again", CanonicalUrl::parse(&url.text()), Ok(url.clone()))?;
        let joined = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        same("path and query", &*joined, url.target())?;
        let host = match url.host() {
            Host::Name(name) => name.to_owned(),
            Host::V4(address) => address.to_string(),
            Host::V6(address) => format!("[{address}]"),
        };
        same("typed host", &*host, url.host_text())?;
        same(
            "host alone",
            canonical_host(url.host_text()).as_deref(),
            Ok(url.host_text()),
        )
    });
    assert!(ran >= 100, "{ran}");
}

#[test]
fn names_are_unique() {
    let mut names: Vec<_> = table("cases")
        .iter()
        .map(|case| text(case, "name").to_owned())
        .collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count);
}

/// What the engine must say of a plain rule, in as few words as it can be said;
/// it shares nothing with the engine but the canonical form.
fn covers(rule: &str, url: &CanonicalUrl<'_>) -> bool {
    let rule_url = CanonicalUrl::parse(rule).unwrap();
    let is_same = url.host_text() == rule_url.host_text();
    let is_below = matches!(rule_url.host(), Host::Name(_))
        && matches!(url.host(), Host::Name(_))
        && url
            .host_text()
            .ends_with(&format!(".{}", rule_url.host_text()));
    let path = rule_url.target();
    let is_path = path == "/"
        || url.target().strip_prefix(path).is_some_and(|rest| {
            rest.is_empty() || rest.starts_with(['/', '?', '&', '=', '#', ';'])
        });
    (is_same || is_below) && is_path
}

#[test]
fn no_evasion_is_missed_and_no_innocent_caught() {
    run("evasions", |case| {
        let rule = text(case, "rule");
        let url = CanonicalUrl::parse(text(case, "input")).map_err(|error| error.to_string())?;
        let chain = unwrap_chain(&url);
        let covered = covers(rule, &url)
            || chain
                .links()
                .iter()
                .any(|link| covers(rule, link.address()));
        same(
            &format!("{rule} on {url}"),
            Some(covered),
            case["covered"].as_bool(),
        )
    });
    let covered = |covered: bool| {
        table("evasions")
            .iter()
            .filter(|case| case["covered"] == covered)
            .count()
    };
    assert!(covered(true) >= 120, "{}", covered(true));
    assert!(covered(false) >= 60, "{}", covered(false));
}

#[test]
fn wrappers() {
    run("wrappers", |case| {
        let url = CanonicalUrl::parse(text(case, "input")).map_err(|error| error.to_string())?;
        let chain = unwrap_chain(&url);
        let links: Vec<_> = chain
            .links()
            .iter()
            .map(|link| (link.wrapper().to_owned(), link.address().to_string()))
            .collect();
        let expected: Vec<_> = case["chain"]
            .as_array()
            .ok_or("no chain")?
            .iter()
            .map(|link| {
                (
                    text(link, "wrapper").to_owned(),
                    text(link, "address").to_owned(),
                )
            })
            .collect();
        same("chain", links, expected)
    });
}
