//! What is wrong with a policy is said of the line and the column, all of it at
//! once, in TOML and in JSON.

#![cfg(all(feature = "files", feature = "time-zones"))]
#![allow(clippy::unwrap_used)] // beside the tests themselves, what they call

use hedgerow_policy::{ErrorKind, Errors, Policy};
use std::collections::BTreeSet;

/// A policy with nothing wrong, which the cases spoil.
const SOUND: &str = r#"name = "Hill School"
version = "1"
taxonomy = "uksic-2025"
time_zone = "Europe/London"

[[category]]
name = "games"
aliases = ["play"]

[schedules.lesson]
days = ["mon", "fri"]
times = ["09:00-12:00", "22:00-06:00"]
dates = ["2026-09-01..2026-10-23", 2026-11-02]
except_dates = ["2026-09-10"]

[groups.everyone]
default = "allow"
[groups.everyone.categories]
gambling = "block"
games = { otherwise = "allow", lesson = "block" }
terrorism = "block"

[groups.pupil]
extends = "everyone"
downloads = { block = ["executable"], categories = { games = ["archive"] } }
block = ["bad.example", { address = "odd.example/x", path = "exact", case = "insensitive", reason = "exams" }]
allow = []

[exemptions]
may_request = ["Ann"]
may_approve = ["Ben"]
longest = "28 days"

[[ruleset]]
name = "illegal"
max_age = "24 hours"

[[canary]]
address = "terrorism.canary.test"
category = "terrorism"
groups = ["pupil"]
"#;

fn shown(errors: &Errors) -> Vec<String> {
    errors
        .iter()
        .map(|error| {
            let place = |number: Option<u64>| number.map_or_else(String::new, |n| n.to_string());
            let (line, column) = (place(error.line()), place(error.column()));
            format!("{line}:{column} {}", error.kind())
        })
        .collect()
}

/// `SOUND` with `from` made `to`: the problem stands at `at` in what is new.
struct Case {
    from: &'static str,
    to: &'static str,
    at: &'static str,
    kind: ErrorKind,
    says: &'static str,
}

const fn case(
    from: &'static str,
    to: &'static str,
    at: &'static str,
    kind: ErrorKind,
    says: &'static str,
) -> Case {
    Case {
        from,
        to,
        at,
        kind,
        says,
    }
}

const CASES: &[Case] = &[
    case(
        "name = \"Hill School\"\nversion",
        "name = \"Hill School\" x\nversion",
        "x",
        ErrorKind::PolicySyntax,
        "",
    ),
    case(
        "version = \"1\"",
        "verison = \"1\"",
        "verison",
        ErrorKind::PolicyKey,
        "did you mean `version`",
    ),
    case(
        "default = \"allow\"",
        "default = 1",
        "1",
        ErrorKind::PolicyValue,
        "a number",
    ),
    case(
        "default = \"allow\"",
        "default = \"blok\"",
        "\"blok\"",
        ErrorKind::PolicyValue,
        "did you mean `block`",
    ),
    case(
        "default = \"allow\"",
        "title = \"All\"",
        "",
        ErrorKind::PolicyMissing,
        "has no `default`",
    ),
    case(
        "name = \"Hill School\"\n",
        "name = \" \"\n",
        "\" \"",
        ErrorKind::PolicyValue,
        "blank",
    ),
    case(
        "\"uksic-2025\"",
        "\"uksic-2052\"",
        "\"uksic-2052\"",
        ErrorKind::PolicyTaxonomy,
        "did you mean `uksic-2025`",
    ),
    case(
        "\"Europe/London\"",
        "\"Europe/Lundon\"",
        "\"Europe/Lundon\"",
        ErrorKind::PolicyZone,
        "did you mean `Europe/London`",
    ),
    case(
        "gambling = ",
        "gamblign = ",
        "gamblign",
        ErrorKind::PolicyCategory,
        "did you mean `gambling`",
    ),
    case(
        "gambling = \"block\"",
        "gambling = \"block\"\nbetting = \"warn\"",
        "betting",
        ErrorKind::PolicyDuplicate,
        "stands here before",
    ),
    case(
        "name = \"games\"",
        "name = \"Gambling\"",
        "[[category]]",
        ErrorKind::PolicyDuplicate,
        "already names",
    ),
    case(
        "terrorism = \"block\"",
        "terrorism = \"warn\"",
        "\"warn\"",
        ErrorKind::PolicyLocked,
        "illegal content",
    ),
    case(
        "terrorism = \"block\"",
        "terrorism = { otherwise = \"block\", lesson = \"block\" }",
        "{ oth",
        ErrorKind::PolicyLocked,
        "illegal content",
    ),
    case(
        "lesson = \"block\"",
        "leson = \"block\"",
        "leson",
        ErrorKind::PolicySchedule,
        "did you mean `lesson`",
    ),
    case(
        "{ otherwise = \"allow\", lesson = \"block\" }",
        "{ lesson = \"block\" }",
        "{ lesson",
        ErrorKind::PolicyMissing,
        "`otherwise` is missing",
    ),
    case(
        "[schedules.lesson]",
        "[schedules.otherwise]\n[schedules.lesson]",
        "otherwise",
        ErrorKind::PolicyValue,
        "no schedule can be called",
    ),
    case(
        "\"fri\"",
        "\"fry\"",
        "\"fry\"",
        ErrorKind::PolicyDate,
        "did you mean `fri`",
    ),
    case(
        "[\"mon\", \"fri\"]",
        "[]",
        "[]",
        ErrorKind::PolicyValue,
        "empty",
    ),
    case(
        "\"fri\"",
        "\"Monday\"",
        "\"Monday\"",
        ErrorKind::PolicyDuplicate,
        "twice",
    ),
    case(
        "09:00-12:00",
        "09:00-12:60",
        "\"09:00-12:60\"",
        ErrorKind::PolicyTime,
        "no clock shows",
    ),
    case(
        "09:00-12:00",
        "09:00-09:00",
        "\"09:00-09:00\"",
        ErrorKind::PolicyTime,
        "ends when it begins",
    ),
    case(
        "2026-09-01..2026-10-23",
        "2026-09-31..2026-10-23",
        "\"2026-09-31..2026-10-23\"",
        ErrorKind::PolicyDate,
        "no date",
    ),
    case(
        "2026-09-01..2026-10-23",
        "2026-11-01..2026-10-23",
        "\"2026-11-01..2026-10-23\"",
        ErrorKind::PolicyDate,
        "ends before it begins",
    ),
    case(
        "extends = \"everyone\"",
        "extends = \"everybody\"\ndefault = \"allow\"",
        "\"everybody\"",
        ErrorKind::PolicyGroup,
        "there is no group `everybody`",
    ),
    case(
        "extends = \"everyone\"",
        "extends = \"pupil\"\ndefault = \"allow\"",
        "\"pupil\"",
        ErrorKind::PolicyCycle,
        "extends itself",
    ),
    case(
        "bad.example",
        "*.bad.example",
        "\"*.bad.example\"",
        ErrorKind::PolicyAddress,
        "`subdomains`",
    ),
    case(
        "bad.example",
        "co.uk",
        "\"co.uk\"",
        ErrorKind::PolicyAddress,
        "public suffix",
    ),
    case(
        "bad.example",
        "intranet",
        "\"intranet\"",
        ErrorKind::PolicyAddress,
        "single label",
    ),
    case(
        "odd.example/x",
        "http://",
        "\"http://\"",
        ErrorKind::PolicyAddress,
        "no address",
    ),
    case(
        "odd.example/x",
        "odd.example",
        "\"odd.example\"",
        ErrorKind::PolicyAddress,
        "no path to be exact",
    ),
    case(
        "path = \"exact\"",
        "path = \"exakt\"",
        "\"exakt\"",
        ErrorKind::PolicyValue,
        "did you mean `exact`",
    ),
    case(
        "path = \"exact\"",
        "scope = \"domian\"",
        "\"domian\"",
        ErrorKind::PolicyValue,
        "did you mean `domain`",
    ),
    case(
        "reason = \"exams\"",
        "reason = \" \"",
        "\" \"",
        ErrorKind::PolicyReason,
        "blank",
    ),
    case(
        "address = \"odd.example/x\", path = \"exact\"",
        "path = \"exact\"",
        "{ path",
        ErrorKind::PolicyMissing,
        "no `address`",
    ),
    case(
        "block = [\"executable\"]",
        "block = [\"executible\"]",
        "\"executible\"",
        ErrorKind::PolicyDownload,
        "did you mean `executable`",
    ),
    case(
        "[\"archive\"]",
        "[\"zip\"]",
        "\"zip\"",
        ErrorKind::PolicyDownload,
        "no kind of files `zip`",
    ),
    case(
        "longest = \"28 days\"",
        "longest = \"28 dais\"",
        "\"28 dais\"",
        ErrorKind::PolicyTime,
        "no length of time",
    ),
    case(
        "longest = \"28 days\"\n",
        "",
        "",
        ErrorKind::PolicyMissing,
        "`longest` is missing",
    ),
    case(
        "max_age = \"24 hours\"\n",
        "",
        "",
        ErrorKind::PolicyMissing,
        "`max_age` is missing",
    ),
    case(
        "terrorism.canary.test",
        "javascript:1",
        "\"javascript:1\"",
        ErrorKind::PolicyAddress,
        "no-host",
    ),
    case(
        "category = \"terrorism\"\n",
        "",
        "",
        ErrorKind::PolicyMissing,
        "`category` is missing",
    ),
    case(
        "groups = [\"pupil\"]",
        "groups = [\"pupils\"]",
        "\"pupils\"",
        ErrorKind::PolicyGroup,
        "did you mean `pupil`",
    ),
];

#[test]
fn the_sound_policy_is_sound() {
    Policy::from_toml(SOUND).unwrap();
}

#[test]
fn each_problem_is_found_alone_and_in_its_place() {
    for case in CASES {
        assert!(SOUND.contains(case.from), "{}", case.from);
        let text = SOUND.replacen(case.from, case.to, 1);
        let Err(errors) = Policy::from_toml(&text) else {
            panic!("{} is taken", case.to);
        };
        assert_eq!(errors.iter().count(), 1, "{}: {errors}", case.to);
        let error = errors.iter().next().unwrap();
        assert_eq!(error.kind(), case.kind, "{}: {error}", case.to);
        assert!(error.message().contains(case.says), "{}: {error}", case.to);
        if !case.at.is_empty() {
            // A `[[category]]` stands above what is wrong with it.
            let at = if case.at.starts_with("[[") {
                text.find(case.at).unwrap()
            } else {
                let from = text.find(case.to).unwrap().saturating_sub(2);
                from + text[from..].find(case.at).unwrap()
            };
            let line = text[..at].matches('\n').count() as u64 + 1;
            let column = (at - text[..at].rfind('\n').map_or(0, |nl| nl + 1)) as u64 + 1;
            assert_eq!(
                (error.line(), error.column()),
                (Some(line), Some(column)),
                "{}: {error}",
                case.to
            );
        }
    }
    // Every kind of problem that a policy can have is among them.
    let tried: BTreeSet<ErrorKind> = CASES.iter().map(|case| case.kind).collect();
    let policy_kinds = ErrorKind::ALL
        .iter()
        .filter(|kind| kind.code().starts_with("policy-"));
    let untried: Vec<_> = policy_kinds.filter(|kind| !tried.contains(kind)).collect();
    assert!(untried.is_empty(), "{untried:?}");
}

#[test]
fn all_problems_are_told_at_once() {
    let text = SOUND
        .replace("gambling = ", "gamblign = ")
        .replace("09:00-12:00", "25:00-12:00")
        .replace("terrorism = \"block\"", "terrorism = \"allow\"")
        .replace(
            "extends = \"everyone\"",
            "extends = \"everybody\"\ndefault = \"alow\"",
        )
        .replace("bad.example", "co.uk");
    let errors = Policy::from_toml(&text).unwrap_err();
    assert_eq!(
        shown(&errors),
        [
            "12:10 policy-time",
            "19:1 policy-category",
            "21:13 policy-locked",
            "24:11 policy-group",
            "25:11 policy-value",
            "27:10 policy-address",
        ],
        "{errors}"
    );
}

#[test]
fn a_syntax_error_is_told_by_its_place() {
    let errors = Policy::from_toml("name = \"x\"\ndefault = = 1\nb = [\n").unwrap_err();
    assert!(errors.iter().count() >= 2, "{errors}");
    assert!(
        errors
            .iter()
            .all(|error| error.kind() == ErrorKind::PolicySyntax)
    );
    assert_eq!(errors.iter().next().unwrap().line(), Some(2));
    let errors = Policy::from_json("{\n \"name\": \"x\",\n \"a\" 1\n}").unwrap_err();
    assert_eq!(shown(&errors), ["3:6 policy-syntax"], "{errors}");
}

#[test]
fn groups_in_a_circle_are_each_told() {
    let text = r#"
name = "x"
time_zone = "UTC"
[groups.a]
extends = "b"
default = "allow"
[groups.b]
extends = ["c"]
default = "allow"
[groups.c]
extends = "a"
default = "allow"
[groups.d]
extends = "a"
default = "allow"
"#;
    let errors = Policy::from_toml(text).unwrap_err();
    assert_eq!(
        shown(&errors),
        [
            "5:11 policy-cycle",
            "8:12 policy-cycle",
            "11:11 policy-cycle"
        ]
    );
}

#[test]
fn json_is_told_of_as_well() {
    let text = r#"{
 "name": "Hügel",
 "time_zone": "Europe/London",
 "groups": {
  "all": { "default": "allow", "categories": { "gamblign": "block" }, "safe_search": 1 },
  "all": { "default": "allow" }
 }
}"#;
    let errors = Policy::from_json(text).unwrap_err();
    assert_eq!(
        shown(&errors),
        [
            "5:48 policy-category",
            "5:86 policy-value",
            "6:3 policy-duplicate"
        ],
        "{errors}"
    );
}

#[test]
fn a_file_that_is_not_there_or_is_wrong_is_named() {
    let errors = Policy::load("no/such/policy.toml").unwrap_err();
    let error = errors.iter().next().unwrap();
    assert_eq!(
        error.kind(),
        ErrorKind::Engine(hedgerow::ErrorKind::NotFound)
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("policy.toml");
    std::fs::write(&path, "name = 1").unwrap();
    let errors = Policy::load(&path).unwrap_err();
    assert!(
        errors
            .iter()
            .all(|error| error.path() == Some(path.as_path()))
    );
    let path = folder.path().join("policy.json");
    std::fs::write(
        &path,
        r#"{"name":"x","time_zone":"UTC","groups":{"g":{"default":"allow"}}}"#,
    )
    .unwrap();
    assert_eq!(Policy::load(&path).unwrap().name(), "x");
}

#[test]
fn nothing_panics_on_any_part_of_a_policy() {
    for end in 0..SOUND.len() {
        let _ = Policy::from_toml(&SOUND[..end]);
        let _ = Policy::from_json(&SOUND[end..]);
    }
    for text in [
        "",
        "{}",
        "[]",
        "null",
        "{\"groups\": {\"\": 1}}",
        "\u{FEFF}name = 1",
        "a = \"\u{e9}\" b",
    ] {
        assert!(Policy::from_toml(text).is_err());
        assert!(Policy::from_json(text).is_err());
    }
    let deep = "[".repeat(100_000);
    assert!(Policy::from_json(&deep).is_err());
    assert!(Policy::from_toml(&format!("a = {deep}")).is_err());
}
