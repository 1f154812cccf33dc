//! The file of exemptions: what it refuses and where, and every rule of asking
//! for, approving and revoking.

#![cfg(all(feature = "files", feature = "time-zones"))]
// What is beside the test functions is part of the tests too.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use hedgerow_policy::{
    Error, ErrorKind, ExemptionRequest, ExemptionRules, ExemptionState, ExemptionTerms, Exemptions,
    Length, same_person,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn rules() -> ExemptionRules {
    ExemptionRules {
        may_request: vec!["A. Smith".into(), "B. Jones".into()],
        may_approve: vec!["B. Jones".into(), "C. Brown".into(), "A. Smith".into()],
        may_edit: vec!["D. White".into()],
        one_person_may: false,
        longest: "28 days".parse().unwrap(),
    }
}

fn london() -> TimeZone {
    TimeZone::get("Europe/London").unwrap()
}

/// Runs `f` with terms of these rules, in London, `terrorism` locked.
fn under<T>(rules: &ExemptionRules, f: impl FnOnce(&ExemptionTerms<'_>) -> T) -> T {
    f(&ExemptionTerms {
        rules,
        zone: &london(),
        is_locked: &|category| category == "terrorism",
    })
}

fn ask() -> ExemptionRequest {
    ExemptionRequest {
        addresses: vec![" dice.example/game ".into()],
        categories: vec!["games".into()],
        groups: vec!["year-9".into()],
        start: time("2026-11-23T09:00:00Z"),
        end: time("2026-11-23T10:00:00Z"),
        requested_by: " a. SMITH".into(),
        reason: " probability ".into(),
    }
}

const NOW: &str = "2026-11-22T20:00:00Z";

fn asked() -> Exemptions {
    let mut exemptions = Exemptions::default();
    under(&rules(), |terms| {
        exemptions.request(&ask(), time(NOW), terms).map(|_| ())
    })
    .unwrap();
    exemptions
}

fn refused_request(change: impl FnOnce(&mut ExemptionRequest), kind: ErrorKind) {
    let mut request = ask();
    change(&mut request);
    let mut exemptions = Exemptions::default();
    let error = under(&rules(), |terms| {
        exemptions
            .request(&request, time(NOW), terms)
            .map(|_| ())
            .unwrap_err()
    });
    assert_eq!(error.kind(), kind, "{error}");
    assert!(exemptions.is_empty(), "nothing is added");
}

#[test]
fn a_request_waits_and_has_an_id() {
    let exemptions = asked();
    let one = exemptions.get("2026-11-22-1").unwrap();
    assert_eq!(one.requested_by, "A. Smith", "as the policy spells it");
    assert_eq!(one.addresses, ["dice.example/game"]);
    assert_eq!(one.reason, "probability");
    assert_eq!(
        one.state(time("2026-11-23T09:30:00Z")),
        ExemptionState::Waiting
    );
    assert!(!one.is_in_force(time("2026-11-23T09:30:00Z")));
}

#[test]
fn ids_count_on_in_the_day_of_the_zone() {
    let mut exemptions = asked();
    under(&rules(), |terms| {
        for (at, id) in [
            (NOW, "2026-11-22-2"),
            ("2026-11-22T23:59:59Z", "2026-11-22-3"),
            ("2026-11-23T00:00:00Z", "2026-11-23-1"),
        ] {
            let made = exemptions.request(&ask(), time(at), terms).unwrap();
            assert_eq!(made.id, id);
        }
        // Half past midnight in London is still yesterday in UTC.
        let mut summer = ask();
        summer.start = time("2027-07-01T00:00:00Z");
        summer.end = time("2027-07-02T00:00:00Z");
        let made = exemptions
            .request(&summer, time("2027-06-30T23:30:00Z"), terms)
            .unwrap();
        assert_eq!(made.id, "2027-07-01-1");
    });
    // A number as large as numbers get, written by hand.
    let text = exemptions
        .to_toml()
        .unwrap()
        .replace("2026-11-22-3", &format!("2026-11-22-{}", u64::MAX));
    let mut exemptions = Exemptions::parse(&text).unwrap();
    under(&rules(), |terms| {
        let made = exemptions.request(&ask(), time(NOW), terms).unwrap();
        assert_eq!(made.id, "2026-11-22-0");
    });
}

#[test]
fn requests_that_the_rules_refuse() {
    use ErrorKind::*;
    refused_request(|r| r.requested_by = "C. Brown".into(), ExemptionPerson);
    refused_request(|r| r.requested_by = " ".into(), ExemptionPerson);
    refused_request(|r| r.reason = " \u{200b}".into(), ExemptionReason);
    refused_request(
        |r| {
            r.addresses.clear();
            r.categories.clear();
        },
        ExemptionEmpty,
    );
    refused_request(|r| r.addresses = vec!["".into()], ExemptionEmpty);
    refused_request(|r| r.categories = vec!["\t".into()], ExemptionEmpty);
    refused_request(|r| r.groups.clear(), ExemptionEmpty);
    refused_request(|r| r.groups = vec![" ".into()], ExemptionEmpty);
    refused_request(|r| r.end = r.start, ExemptionTime);
    refused_request(
        |r| {
            r.start = time("2026-11-01T09:00:00Z");
            r.end = time(NOW);
        },
        ExemptionTime,
    );
    refused_request(|r| r.end = time("2026-12-21T09:00:01Z"), ExemptionTooLong);
    refused_request(|r| r.categories.push("terrorism".into()), ExemptionLocked);
}

#[test]
fn the_longest_length_is_taken_itself_and_counts_days_of_the_calendar() {
    under(&rules(), |terms| {
        let mut request = ask();
        request.end = time("2026-12-21T09:00:00Z");
        asked().request(&request, time(NOW), terms).unwrap();
        // Over the end of summer time 28 days are an hour more.
        request.start = time("2027-10-11T08:00:00Z");
        request.end = time("2027-11-08T09:00:00Z");
        asked().request(&request, time(NOW), terms).unwrap();
        request.end = time("2027-11-08T09:00:01Z");
        let error = asked()
            .request(&request, time(NOW), terms)
            .map(|_| ())
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ExemptionTooLong);
        // The end of time is no reason to panic.
        request.start = Timestamp::MAX - jiff::SignedDuration::from_secs(9);
        request.end = Timestamp::MAX;
        asked().request(&request, time(NOW), terms).unwrap();
    });
}

#[test]
fn lengths_are_read_as_written_and_nothing_else() {
    for (text, out) in [
        ("28 days", "28 days"),
        ("36 hours", "36 hours"),
        (" 2 weeks ", "2 weeks"),
        ("6 months", "6 months"),
        ("1 day", "1 day"),
        ("P1D", "1 day"),
    ] {
        let length: Length = text.parse().unwrap();
        assert_eq!(length.to_string(), out);
        assert_eq!(out.parse::<Length>().unwrap(), length);
    }
    for text in [
        "",
        "28",
        "days",
        "-1 day",
        "0 days",
        "1 fortnight",
        "28 days ago",
    ] {
        let error = text.parse::<Length>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ExemptionTime, "{text}");
    }
    assert_eq!(ExemptionRules::default().longest.to_string(), "28 days");
    let error = toml::from_str::<ExemptionRules>("longst = \"1 day\"").unwrap_err();
    assert!(error.message().contains("unknown field"));
    let text = toml::to_string(&rules()).unwrap();
    assert_eq!(toml::from_str::<ExemptionRules>(&text).unwrap(), rules());
}

fn approve(exemptions: &mut Exemptions, by: &str, at: &str) -> Result<(), Error> {
    under(&rules(), |terms| {
        exemptions
            .approve("2026-11-22-1", by, time(at), terms)
            .map(|_| ())
    })
}

#[test]
fn somebody_else_approves() {
    let mut exemptions = asked();
    for name in ["A. Smith", "a. smith ", " A.  SMITH"] {
        let error = approve(&mut exemptions, name, NOW).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ExemptionSamePerson, "{name}");
    }
    for name in ["D. White", "", "A.Smith"] {
        let error = approve(&mut exemptions, name, NOW).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ExemptionPerson, "{name}");
    }
    assert_eq!(exemptions, asked(), "a refusal changes nothing");
    approve(&mut exemptions, "c. brown", NOW).unwrap();
    let one = exemptions.get("2026-11-22-1").unwrap();
    assert_eq!(one.approved_by.as_deref(), Some("C. Brown"));
    let error = approve(&mut exemptions, "B. Jones", NOW).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ExemptionState);
}

#[test]
fn one_person_may_if_the_policy_says_so() {
    let mut exemptions = asked();
    let rules = ExemptionRules {
        one_person_may: true,
        ..rules()
    };
    under(&rules, |terms| {
        exemptions
            .approve("2026-11-22-1", "A. Smith", time(NOW), terms)
            .map(|_| ())
    })
    .unwrap();
}

#[test]
fn approval_is_refused_after_the_end_or_if_the_policy_has_changed() {
    let error = approve(&mut asked(), "C. Brown", "2026-11-23T10:00:00Z").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ExemptionTime);
    approve(&mut asked(), "C. Brown", "2026-11-23T09:59:59Z").unwrap();

    let shorter = ExemptionRules {
        longest: "59 minutes".parse().unwrap(),
        ..rules()
    };
    let error = under(&shorter, |terms| {
        asked()
            .approve("2026-11-22-1", "C. Brown", time(NOW), terms)
            .map(|_| ())
            .unwrap_err()
    });
    assert_eq!(error.kind(), ErrorKind::ExemptionTooLong);
    let error = asked()
        .approve(
            "2026-11-22-1",
            "C. Brown",
            time(NOW),
            &ExemptionTerms {
                rules: &rules(),
                zone: &london(),
                is_locked: &|category| category == "games",
            },
        )
        .map(|_| ())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ExemptionLocked);
    let error = under(&rules(), |terms| {
        asked()
            .approve("2026-11-22-2", "C. Brown", time(NOW), terms)
            .map(|_| ())
            .unwrap_err()
    });
    assert_eq!(error.kind(), ErrorKind::ExemptionUnknown);
}

fn revoke(exemptions: &mut Exemptions, by: &str, reason: &str, at: &str) -> Result<(), Error> {
    under(&rules(), |terms| {
        exemptions
            .revoke("2026-11-22-1", by, reason, time(at), terms)
            .map(|_| ())
    })
}

#[test]
fn whoever_may_edit_approve_or_asked_may_revoke() {
    for by in ["d. white", "C. Brown", "A. SMITH"] {
        let mut exemptions = asked();
        approve(&mut exemptions, "B. Jones", NOW).unwrap();
        revoke(&mut exemptions, by, "done", NOW).unwrap();
        let one = exemptions.get("2026-11-22-1").unwrap();
        assert!(same_person(&one.revoked.as_ref().unwrap().by, by));
        assert_eq!(
            one.state(time("2026-11-23T09:30:00Z")),
            ExemptionState::Revoked
        );
        assert!(!one.is_in_force(time("2026-11-23T09:30:00Z")));
        let error = approve(&mut exemptions, "B. Jones", NOW).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ExemptionState);
        let error = revoke(&mut exemptions, by, "again", NOW).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ExemptionState);
    }
    let mut exemptions = asked();
    for (by, reason, at, kind) in [
        ("E. Green", "x", NOW, ErrorKind::ExemptionPerson),
        ("", "x", NOW, ErrorKind::ExemptionPerson),
        ("D. White", " ", NOW, ErrorKind::ExemptionReason),
        (
            "D. White",
            "x",
            "2026-11-23T10:00:00Z",
            ErrorKind::ExemptionTime,
        ),
    ] {
        let error = revoke(&mut exemptions, by, reason, at).unwrap_err();
        assert_eq!(error.kind(), kind);
    }
    assert_eq!(exemptions, asked());
}

#[test]
fn states_follow_the_time() {
    let mut exemptions = asked();
    let state = |exemptions: &Exemptions, at: &str| {
        let state = exemptions.get("2026-11-22-1").unwrap().state(time(at));
        for other in ExemptionState::ALL {
            let count = exemptions.in_state(other, time(at)).count();
            assert_eq!(count, usize::from(other == state));
            assert_eq!(ExemptionState::from_name(other.name()), Some(other));
        }
        state
    };
    assert_eq!(state(&exemptions, NOW), ExemptionState::Waiting);
    assert_eq!(
        state(&exemptions, "2026-11-23T10:00:00Z"),
        ExemptionState::Expired
    );
    approve(&mut exemptions, "B. Jones", NOW).unwrap();
    assert_eq!(state(&exemptions, NOW), ExemptionState::Coming);
    assert_eq!(
        state(&exemptions, "2026-11-23T09:00:00Z"),
        ExemptionState::InForce
    );
    assert_eq!(
        state(&exemptions, "2026-11-23T09:59:59.999Z"),
        ExemptionState::InForce
    );
    assert_eq!(
        state(&exemptions, "2026-11-23T10:00:00Z"),
        ExemptionState::Expired
    );
}

const FILE: &str = r#"# Kept by hand.
[[exemption]]
id = "dice"
addresses = ["dice.example/game"]
groups = ["year-9"]
start = 2026-11-23T09:00:00Z
end = 2026-11-23T11:00:00+01:00
requested_by = "A. Smith"
approved_by = "B. Jones"
reason = "probability"
created = "2026-11-22T20:00:00Z"

[[exemption]]
id = "war"
categories = ["violence"]
groups = ["year-10", "staff"]
start = "2026-11-23T09:00:00Z"
end = "2026-11-24T09:00:00Z"
requested_by = "B. Jones"
reason = "history"
created = 2026-11-22T20:00:00Z
revoked = { at = 2026-11-22T21:00:00Z, by = "D. White", reason = "mistake" }
"#;

#[test]
fn a_file_is_read_and_written_the_same() {
    let read = Exemptions::parse(FILE).unwrap();
    assert_eq!(read.len(), 2);
    assert_eq!(read.get("dice").unwrap().end, time("2026-11-23T10:00:00Z"));
    let text = read.to_toml().unwrap();
    assert_eq!(Exemptions::parse(&text).unwrap(), read);
    assert_eq!(Exemptions::parse(&text).unwrap().to_toml().unwrap(), text);
    assert!(Exemptions::parse("").unwrap().is_empty());
    assert_eq!(Exemptions::default().to_toml().unwrap(), "");
    assert_eq!(read.iter().count(), (&read).into_iter().count());
}

#[test]
fn errors_tell_line_and_column() {
    let cases: &[(&str, &str, ErrorKind, u64, u64)] = &[
        (
            "id = \"war\"",
            "id = \"dice\"",
            ErrorKind::ExemptionId,
            14,
            6,
        ),
        (
            "id = \"dice\"",
            "id = \"d ice\"",
            ErrorKind::ExemptionId,
            3,
            6,
        ),
        ("id = \"dice\"", "id = \"\"", ErrorKind::ExemptionId, 3, 6),
        (
            "groups = [\"year-9\"]",
            "groups = []",
            ErrorKind::ExemptionEmpty,
            5,
            10,
        ),
        (
            "\"year-10\", \"staff\"",
            "\"year-10\", \" \"",
            ErrorKind::ExemptionEmpty,
            16,
            22,
        ),
        (
            "addresses = [\"dice.example/game\"]",
            "",
            ErrorKind::ExemptionEmpty,
            3,
            6,
        ),
        (
            "2026-11-23T11:00:00+01:00",
            "2026-11-23T10:00:00+01:00",
            ErrorKind::ExemptionTime,
            7,
            7,
        ),
        (
            "2026-11-23T11:00:00+01:00",
            "2026-11-23T11:00:00",
            ErrorKind::ExemptionSyntax,
            7,
            7,
        ),
        (
            "2026-11-23T11:00:00+01:00",
            "\"tomorrow\"",
            ErrorKind::ExemptionSyntax,
            7,
            7,
        ),
        (
            "2026-11-23T11:00:00+01:00",
            "2026-11-23",
            ErrorKind::ExemptionSyntax,
            7,
            7,
        ),
        (
            "2026-11-23T11:00:00+01:00",
            "7",
            ErrorKind::ExemptionSyntax,
            7,
            7,
        ),
        ("\"A. Smith\"", "\"\"", ErrorKind::ExemptionPerson, 8, 16),
        (
            "\"B. Jones\"\nreason",
            "\"\"\nreason",
            ErrorKind::ExemptionPerson,
            9,
            15,
        ),
        (
            "\"probability\"",
            "\" \"",
            ErrorKind::ExemptionReason,
            10,
            10,
        ),
        (
            "reason = \"mistake\"",
            "reason = \"\"",
            ErrorKind::ExemptionReason,
            22,
            66,
        ),
        (
            "groups = [\"year-9\"]",
            "gruops = [\"year-9\"]",
            ErrorKind::ExemptionSyntax,
            5,
            1,
        ),
        (
            "[[exemption]]\nid = \"war\"",
            "[[exemptions]]\nid = \"war\"",
            ErrorKind::ExemptionSyntax,
            13,
            3,
        ),
        (
            "created = 2026",
            "created 2026",
            ErrorKind::ExemptionSyntax,
            21,
            9,
        ),
    ];
    for (from, to, kind, line, column) in cases {
        assert!(FILE.contains(from), "{from}");
        let error = Exemptions::parse(&FILE.replacen(from, to, 1)).unwrap_err();
        assert_eq!(
            (error.kind(), error.line(), error.column()),
            (*kind, Some(*line), Some(*column)),
            "{to}: {error}"
        );
    }
    let error = Exemptions::parse(&FILE.replace("gr", "rg")).unwrap_err();
    assert!(
        error.message().ends_with("did you mean `groups`?"),
        "{error}"
    );
    let error = Exemptions::parse_bytes(b"# ok\nid = \xff").unwrap_err();
    assert_eq!((error.line(), error.column()), (Some(2), Some(6)));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("exemptions.toml");
    assert!(Exemptions::load(&path).unwrap().is_empty());
    std::fs::write(&path, "x").unwrap();
    let error = Exemptions::load(&path).unwrap_err();
    assert_eq!(error.path(), Some(&*path));
    assert_eq!(error.line(), Some(1));
}

#[test]
fn faults_are_of_those_that_can_still_open_something() {
    let exemptions = Exemptions::parse(FILE).unwrap();
    let at = time(NOW);
    under(&rules(), |terms| {
        assert!(exemptions.faults(at, terms).is_empty());
    });
    // `war` would break this rule as well, but is revoked.
    let strict = ExemptionRules {
        longest: "30 minutes".parse().unwrap(),
        may_request: vec!["Z".into()],
        may_approve: vec!["a. smith".into()],
        ..rules()
    };
    under(&strict, |terms| {
        let faults = exemptions.faults(at, terms);
        let kinds: Vec<_> = faults.iter().map(Error::kind).collect();
        use ErrorKind::*;
        assert_eq!(kinds, [ExemptionTooLong, ExemptionPerson, ExemptionPerson]);
        assert!(faults.iter().all(|fault| fault.line() == Some(2)));
        assert!(
            faults
                .iter()
                .all(|fault| fault.message().contains("`dice`"))
        );
        assert!(
            exemptions
                .faults(time("2026-11-23T10:00:00Z"), terms)
                .is_empty()
        );
    });
    let by_one = FILE.replace("approved_by = \"B. Jones\"", "approved_by = \"a. smith \"");
    under(&rules(), |terms| {
        let faults = Exemptions::parse(&by_one).unwrap().faults(at, terms);
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].kind(), ErrorKind::ExemptionSamePerson);
    });
    let locked = FILE.replace(
        "addresses = [\"dice.example/game\"]",
        "categories = [\"terrorism\"]",
    );
    under(&rules(), |terms| {
        let faults = Exemptions::parse(&locked).unwrap().faults(at, terms);
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].kind(), ErrorKind::ExemptionLocked);
    });
}

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "A. Smith",
        " a. smith",
        "B. Jones",
        "C. Brown",
        "D. White",
        "E",
        "",
    ])
    .prop_map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is asked, approved and revoked in whatever order: the file
    /// reads as it was written, ids are distinct, and what is in force was
    /// asked for and approved by two people whom the policy names.
    #[test]
    fn no_order_of_steps_gets_round_the_rules(
        steps in prop::collection::vec((0..3_u8, name(), 0..6_usize, 0..3000_i64, 0..70_i64, any::<bool>()), 1..40)
    ) {
        let rules = rules();
        let mut exemptions = Exemptions::default();
        for (step, by, which, minutes, days, locked) in steps {
            let at = time(NOW) + jiff::SignedDuration::from_mins(minutes);
            under(&rules, |terms| {
                let id = exemptions.as_slice().get(which).map_or("x".into(), |one| one.id.clone());
                let before = exemptions.clone();
                let failed = match step {
                    0 => {
                        let request = ExemptionRequest {
                            categories: vec![if locked { "terrorism" } else { "games" }.into()],
                            requested_by: by,
                            start: at,
                            end: at + jiff::SignedDuration::from_hours(24 * days),
                            ..ask()
                        };
                        exemptions.request(&request, at, terms).is_err()
                    }
                    1 => exemptions.approve(&id, &by, at, terms).is_err(),
                    _ => exemptions.revoke(&id, &by, "r", at, terms).is_err(),
                };
                assert_eq!(failed, exemptions == before);
                assert_eq!(exemptions.faults(at, terms).len(), 0);
            });
            prop_assert_eq!(&Exemptions::parse(&exemptions.to_toml().unwrap()).unwrap(), &exemptions);
            let ids: std::collections::HashSet<_> = exemptions.iter().map(|one| &one.id).collect();
            prop_assert_eq!(ids.len(), exemptions.len());
            for one in &exemptions {
                prop_assert_eq!(one.state(at) == ExemptionState::InForce, one.is_in_force(at));
                if one.is_in_force(at) {
                    let approver = one.approved_by.as_deref().unwrap();
                    prop_assert!(!same_person(approver, &one.requested_by));
                    prop_assert!(rules.may_approve.iter().any(|known| known == approver));
                    prop_assert!(rules.may_request.contains(&one.requested_by));
                    prop_assert!(one.categories != ["terrorism"]);
                }
            }
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,200}") {
        if let Err(error) = Exemptions::parse(&text) {
            prop_assert!(error.line().is_some());
        }
    }

    /// What any strings a person may give come back from the file.
    #[test]
    fn any_strings_survive_the_file(reason in "\\PC{1,30}|.{1,30}", address in ".{1,30}") {
        let request = ExemptionRequest { reason, addresses: vec![address], ..ask() };
        let mut exemptions = Exemptions::default();
        let made = under(&rules(), |terms| exemptions.request(&request, time(NOW), terms).is_ok());
        if made {
            let text = exemptions.to_toml().unwrap();
            prop_assert_eq!(Exemptions::parse(&text).unwrap(), exemptions);
        }
    }
}
