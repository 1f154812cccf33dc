//! Compares hosts, and what is refused, with the URL test data of the
//! web-platform-tests project.
//!
//! The data is not in the repository: `HEDGEROW_DATA` names the folder that has
//! it as `wpt/urltestdata.json`. Without it the test says so and checks nothing
//! but that our list of differences is sound. The list, `expected/wpt.json`,
//! names a case by the hash of its input, says what we answer and why; a
//! difference that is not in it is an error, and so is one in it that does not
//! show.

#![allow(
    clippy::unwrap_used,
    reason = "a fixture that cannot be read fails the test"
)]

use hedgerow::CanonicalUrl;
use serde_json::Value;
use std::collections::BTreeMap;

/// One expected difference.
struct Difference {
    answer: String,
    reason: String,
}

/// FNV-1a: enough to name some hundred cases, and the same everywhere.
fn hash(text: &str) -> String {
    let hash = text.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    });
    format!("{hash:016x}")
}

fn expected() -> BTreeMap<String, Difference> {
    let file: Value = serde_json::from_str(include_str!("../expected/wpt.json")).unwrap();
    let reasons = file["reasons"].as_object().unwrap();
    let differences = file["differences"].as_array().unwrap();
    let mut expected = BTreeMap::new();
    for difference in differences {
        let text = |field: &str| difference[field].as_str().unwrap().to_owned();
        let reason = text("reason");
        assert!(reasons.contains_key(&reason), "{reason} is not explained");
        let answer = text("answer");
        let known = expected.insert(text("case"), Difference { answer, reason });
        assert!(known.is_none(), "twice in the list: {difference}");
    }
    for reason in reasons.keys() {
        assert!(
            expected
                .values()
                .any(|difference| difference.reason == *reason),
            "{reason} has no case"
        );
    }
    expected
}

/// What we answer: the host, or the reason of refusal.
fn answer(input: &str) -> String {
    match CanonicalUrl::parse(input) {
        Ok(url) => url.host_text().to_owned(),
        Err(error) => format!("refused: {}", error.reason()),
    }
}

/// The answer as the list has it, which repeats no text of the data: addresses
/// and refusals in full, a name as `name`.
fn kind(answer: &str) -> &str {
    let is_address = answer.starts_with('[') || answer.parse::<std::net::Ipv4Addr>().is_ok();
    if is_address || answer.starts_with("refused: ") {
        answer
    } else {
        "name"
    }
}

/// What the data asks for, in the same words, and whether we gave it.
fn is_same(case: &Value, answer: &str) -> bool {
    if case["failure"] == true {
        return answer.starts_with("refused: ");
    }
    match case["hostname"].as_str().unwrap() {
        "" => answer.starts_with("refused: "),
        hostname => hostname == answer,
    }
}

/// Whether the case is an address of its own with a scheme that browsers give
/// a host.
fn is_ours(case: &Value) -> bool {
    let Some(input) = case["input"].as_str().filter(|_| case["base"].is_null()) else {
        return false;
    };
    let cleaned: String = input
        .chars()
        .filter(|c| !matches!(c, '\t' | '\r' | '\n'))
        .collect();
    let trimmed = cleaned
        .trim_start_matches(|c| c <= ' ')
        .to_ascii_lowercase();
    let schemes = ["http:", "https:", "ws:", "wss:", "ftp:", "file:"];
    schemes.iter().any(|scheme| trimmed.starts_with(scheme))
}

#[test]
#[ignore = "needs HEDGEROW_DATA"]
fn hosts_are_those_of_the_standard() {
    let mut expected = expected();
    let path = hedgerow_tests::data::folder("wpt").join("urltestdata.json");
    let cases: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    let mut unexpected = Vec::new();
    let (mut ran, mut differing) = (0, 0);
    for case in cases
        .as_array()
        .unwrap()
        .iter()
        .filter(|case| is_ours(case))
    {
        let input = case["input"].as_str().unwrap();
        if !seen.insert(input) {
            continue;
        }
        ran += 1;
        let answer = answer(input);
        let difference = expected.remove(&hash(input));
        match (is_same(case, &answer), difference) {
            (true, None) => {}
            (false, Some(difference)) if difference.answer == kind(&answer) => differing += 1,
            (same, difference) => unexpected.push(format!(
                "{}: {input:?} gives {answer:?}, the standard {:?}{}{}",
                hash(input),
                case["hostname"].as_str().unwrap_or("a failure"),
                if same { "; they agree" } else { "" },
                difference.map_or(String::new(), |difference| format!(
                    "; the list has {:?}",
                    difference.answer
                )),
            )),
        }
    }
    assert!(
        unexpected.is_empty(),
        "{} unexpected:\n{}",
        unexpected.len(),
        unexpected.join("\n")
    );
    assert!(
        expected.is_empty(),
        "in the list, not in the data: {:?}",
        expected.keys()
    );
    eprintln!("{ran} cases of the standard, {differing} differences, all expected");
    assert!(ran >= 250, "{ran}");
}
