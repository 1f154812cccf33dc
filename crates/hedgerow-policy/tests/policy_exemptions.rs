//! Which exemptions a policy lets stand.

#![cfg(feature = "time-zones")]
#![allow(clippy::unwrap_used)] // beside the tests themselves, what they call

use hedgerow_policy::{ErrorKind, Exemption, Policy};
use jiff::Timestamp;
use serde_json::{Value, json};

fn policy(rules: &str) -> Policy {
    Policy::from_toml(&format!(
        r#"
name = "Hill School"
time_zone = "Europe/London"
[groups.pupil]
default = "allow"
categories = {{ gambling = "block" }}
[exemptions]
{rules}
"#
    ))
    .unwrap()
}

fn usual() -> Policy {
    policy(
        "may_request = [\"Ann\", \"Ben\"]\nmay_approve = [\"Ben\", \"Cas\"]\nlongest = \"28 days\"",
    )
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A sound exemption with some members made other.
fn exemption(changes: &Value) -> Exemption {
    let mut data = json!({
        "id": "2026-01",
        "addresses": ["casino.example"],
        "categories": ["gambling"],
        "groups": ["pupil"],
        "start": "2026-11-09T09:00:00Z",
        "end": "2026-11-20T16:00:00Z",
        "requested_by": "Ann",
        "approved_by": "Cas",
        "reason": "probability",
        "created": "2026-11-01T09:00:00Z",
    });
    for (member, value) in changes.as_object().unwrap() {
        data[member] = value.clone();
    }
    serde_json::from_value(data).unwrap()
}

fn kinds(policy: &Policy, exemption: &Exemption) -> Vec<ErrorKind> {
    match policy.check_exemption(exemption) {
        Ok(()) => Vec::new(),
        Err(errors) => errors.iter().map(hedgerow_policy::Error::kind).collect(),
    }
}

#[test]
fn each_thing_that_may_not_be() {
    use ErrorKind::*;
    let policy = usual();
    assert_eq!(kinds(&policy, &exemption(&json!({}))), []);
    for (changes, expected) in [
        (json!({"id": " "}), vec![ExemptionId]),
        (json!({"reason": " \t"}), vec![ExemptionReason]),
        (
            json!({"addresses": [], "categories": []}),
            vec![ExemptionEmpty],
        ),
        (json!({"groups": []}), vec![ExemptionEmpty]),
        (json!({"groups": ["pupils"]}), vec![ExemptionGroup]),
        (json!({"categories": ["gamblign"]}), vec![ExemptionCategory]),
        (json!({"categories": ["commerce"]}), vec![ExemptionCategory]),
        (json!({"categories": ["Terrorism"]}), vec![ExemptionLocked]),
        (
            json!({"addresses": ["co.uk", "http://"]}),
            vec![ExemptionAddress, ExemptionAddress],
        ),
        (json!({"end": "2026-11-09T09:00:00Z"}), vec![ExemptionTime]),
        (json!({"end": "2026-12-07T09:00:00Z"}), vec![]),
        (
            json!({"end": "2026-12-07T09:00:01Z"}),
            vec![ExemptionTooLong],
        ),
        // Four weeks by the calendar, with the hour that the clocks go back.
        (
            json!({"start": "2026-10-12T09:00:00+01:00", "end": "2026-11-09T09:00:00Z"}),
            vec![],
        ),
        (json!({"requested_by": "Anne"}), vec![ExemptionPerson]),
        (
            json!({"approved_by": "Ann"}),
            vec![ExemptionPerson, ExemptionSamePerson],
        ),
        (
            json!({"requested_by": "Ben", "approved_by": " ben "}),
            vec![ExemptionSamePerson],
        ),
        (json!({"approved_by": null}), vec![]),
        (
            json!({"approved_by": null, "requested_by": "Cas"}),
            vec![ExemptionPerson],
        ),
        (
            json!({"id": "", "reason": "", "groups": ["x"], "categories": ["terrorism"]}),
            vec![
                ExemptionId,
                ExemptionReason,
                ExemptionGroup,
                ExemptionLocked,
            ],
        ),
    ] {
        assert_eq!(kinds(&policy, &exemption(&changes)), expected, "{changes}");
    }
}

#[test]
fn the_policy_s_own_words_count() {
    let both = json!({"requested_by": "Ann", "approved_by": "Ann"});
    let one = policy(
        "may_request = [\"Ann\"]\nmay_approve = [\"Ann\"]\none_person_may = true\nlongest = \"2 hours\"",
    );
    assert_eq!(
        kinds(&one, &exemption(&both)),
        [ErrorKind::ExemptionTooLong]
    );
    let short = json!({"requested_by": "Ann", "approved_by": "Ann", "end": "2026-11-09T11:00:00Z"});
    assert_eq!(kinds(&one, &exemption(&short)), []);
    // Hours are hours; only days may have one more.
    let longer =
        json!({"requested_by": "Ann", "approved_by": "Ann", "end": "2026-11-09T11:00:01Z"});
    assert_eq!(
        kinds(&one, &exemption(&longer)),
        [ErrorKind::ExemptionTooLong]
    );
    // A policy that says nothing lets none stand.
    let silent = policy("");
    let found = kinds(&silent, &exemption(&json!({})));
    assert_eq!(
        found,
        [ErrorKind::ExemptionPerson, ErrorKind::ExemptionPerson]
    );
}

#[test]
fn what_is_over_is_not_read() {
    let policy = usual();
    let old = exemption(&json!({"groups": ["gone"], "requested_by": "Somebody else"}));
    let now = at("2026-11-20T16:00:00Z");
    assert!(
        policy
            .with_exemptions(std::slice::from_ref(&old), now)
            .is_ok()
    );
    assert!(
        policy
            .with_exemptions(std::slice::from_ref(&old), at("2026-11-20T15:59:59Z"))
            .is_err()
    );
    let waiting = exemption(&json!({"groups": ["gone"], "approved_by": null}));
    assert!(
        policy
            .with_exemptions(&[waiting], at("2026-11-09T10:00:00Z"))
            .is_ok()
    );
}

#[test]
fn two_of_one_id_and_all_errors_at_once() {
    let policy = usual();
    let now = at("2026-11-09T10:00:00Z");
    let one = exemption(&json!({}));
    let error = policy
        .with_exemptions(&[one.clone(), one.clone()], now)
        .unwrap_err();
    assert_eq!(
        error
            .iter()
            .map(hedgerow_policy::Error::kind)
            .collect::<Vec<_>>(),
        [ErrorKind::ExemptionId]
    );
    let bad = |id: &str| exemption(&json!({"id": id, "categories": ["terrorism"], "reason": ""}));
    let errors = policy
        .with_exemptions(&[bad("b"), one, bad("a")], now)
        .unwrap_err();
    assert_eq!(errors.iter().count(), 4, "{errors}");
    assert!(
        errors
            .iter()
            .all(|error| error.message().starts_with("exemption `"))
    );
}
