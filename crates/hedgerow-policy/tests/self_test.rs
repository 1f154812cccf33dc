//! The self-test, and what policies tell people of themselves.

#![cfg(feature = "time-zones")]
#![allow(clippy::unwrap_used)] // beside the tests themselves, what they call

use hedgerow::{CategoryInfo, Classifier, Compiler, Entry, HostScope, ListInfo, Ruleset};
use hedgerow_policy::{CanaryProblem, LockedProblem, Policy};
use jiff::Timestamp;

/// Lists (name, category, host); the category `secret` is locked.
fn classifier(lists: &[(&str, &str, &str)]) -> Classifier<Vec<u8>> {
    let mut compiler = Compiler::new();
    compiler
        .category(CategoryInfo {
            name: "secret".into(),
            title: "Secret".into(),
            locked: true,
            aliases: Vec::new(),
        })
        .unwrap();
    for (name, category, host) in lists {
        let mut list = compiler.list(ListInfo::new(*name, *category)).unwrap();
        list.push(&Entry::host(host, HostScope::Domain, 1)).unwrap();
    }
    Classifier::new(Ruleset::open(compiler.finish_to_vec().unwrap().0).unwrap())
}

fn policy(more: &str) -> Policy {
    Policy::from_toml(&format!(
        "name = \"Hill School\"\ntime_zone = \"Europe/London\"\ntaxonomy = \"kcsie-4c\"\n\
         [[category]]\nname = \"games\"\nlocked = false\n\
         [[category]]\nname = \"secret\"\n\
         [groups.pupil]\ndefault = \"allow\"\ncategories = {{ games = \"block\" }}\n\
         [groups.staff]\ndefault = \"allow\"\n{more}"
    ))
    .unwrap()
}

fn now() -> Timestamp {
    "2026-11-23T10:00:00Z".parse().unwrap()
}

#[test]
fn what_a_ruleset_locks_wants_canaries_for_every_group() {
    let classifier = classifier(&[
        ("a", "secret", "secret.example"),
        ("b", "games", "g.example"),
    ]);
    let silent = policy("").self_test(&classifier, now());
    assert!(!silent.passed());
    assert_eq!(silent.locked[0].category, "secret");
    assert_eq!(silent.locked[0].problem, Some(LockedProblem::NoCanary));

    let canary = "[[canary]]\naddress = \"secret.example\"\ncategory = \"secret\"\n";
    let some = policy(&format!("{canary}groups = [\"pupil\"]\n")).self_test(&classifier, now());
    assert_eq!(some.locked[0].problem, Some(LockedProblem::NoCanary));
    let all = policy(canary).self_test(&classifier, now());
    assert!(all.passed(), "{all:?}");
    assert_eq!(all.canaries.len(), 2);
}

#[test]
fn being_blocked_is_not_enough() {
    let classifier = classifier(&[
        ("a", "secret", "secret.example"),
        ("b", "games", "g.example"),
    ]);
    let canaries = "[[canary]]\naddress = \"secret.example\"\ncategory = \"secret\"\n\
        [[canary]]\ngroups = [\"pupil\"]\ncategory = \"games\"\n";
    let problem = |more: &str| {
        let test = policy(&format!("{canaries}{more}")).self_test(&classifier, now());
        let last = test.canaries.last().unwrap();
        assert_eq!(last.problem.is_none(), test.passed());
        last.problem
    };
    assert_eq!(problem("address = \"g.example\""), None);
    assert_eq!(problem("address = \"g.example\"\nlist = \"b\""), None);
    assert_eq!(
        problem("address = \"g.example\"\nlist = \"a\""),
        Some(CanaryProblem::NotOnList)
    );
    assert_eq!(
        problem("address = \"other.example\""),
        Some(CanaryProblem::NotBlocked)
    );
    // Illegal, and so blocked, but not as a game.
    assert_eq!(
        problem("address = \"www.secret.example\""),
        Some(CanaryProblem::NotInCategory)
    );
}

#[test]
fn an_exemption_that_opens_a_canary_shows() {
    let classifier = classifier(&[
        ("a", "secret", "secret.example"),
        ("b", "games", "g.example"),
    ]);
    let policy = policy(
        "[[canary]]\naddress = \"secret.example\"\ncategory = \"secret\"\n\
         [[canary]]\naddress = \"g.example\"\ngroups = [\"pupil\"]\ncategory = \"games\"\n\
         [exemptions]\nmay_request = [\"Ann\"]\nmay_approve = [\"Ben\"]\nlongest = \"1 day\"\n",
    );
    assert!(policy.self_test(&classifier, now()).passed());
    let exemption = serde_json::from_value(serde_json::json!({
        "id": "1", "categories": ["games"], "groups": ["pupil"],
        "start": "2026-11-23T09:00:00Z", "end": "2026-11-23T11:00:00Z",
        "requested_by": "Ann", "approved_by": "Ben", "reason": "dice",
        "created": "2026-11-22T09:00:00Z",
    }))
    .unwrap();
    let opened = policy.with_exemptions(&[exemption], now()).unwrap();
    assert!(!opened.self_test(&classifier, now()).passed());
}

#[test]
fn schedules_read_well() {
    let policy = policy(
        "[schedules.a]\ndays = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\"]\ntimes = [\"09:00-12:00\", \"22:00-24:00\"]\n\
         [schedules.b]\ndays = [\"mon\", \"sun\"]\n\
         [schedules.c]\ndates = [\"2026-09-01..2026-10-23\", \"2026-11-02\"]\nexcept_dates = [\"2026-09-18\"]\n\
         [schedules.d]\n",
    );
    let told: Vec<String> = policy.schedules().iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "mon–fri 09:00–12:00, 22:00–24:00",
            "mon, sun",
            "2026-09-01 to 2026-10-23, 2026-11-02 not 2026-09-18",
            "always",
        ]
    );
}
