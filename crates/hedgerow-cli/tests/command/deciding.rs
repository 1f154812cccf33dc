//! `check` with a policy.

use crate::Bench;
use serde_json::json;

/// A policy with a bit of everything.
pub(crate) const POLICY: &str = r#"name = "Hill School"
version = "7"
time_zone = "Europe/London"

[[category]]
name = "games"

[schedules.lesson]
days = ["mon", "tue", "wed", "thu", "fri"]
times = ["09:00-12:00"]

[groups.pupil]
default = "allow"
[groups.pupil.categories]
gambling = "block"
games = { otherwise = "monitor", lesson = "warn" }
[[groups.pupil.block]]
address = "forum.example"
reason = "exam week"

[groups.staff]
default = "allow"
categories = { gambling = "monitor" }
safe_search = false
unclassifiable = "warn"

[exemptions]
may_request = ["A. Teacher", "D. Lead"]
may_approve = ["D. Lead"]
may_edit = ["N. Manager"]
longest = "28 days"
"#;

/// A ruleset and a policy.
pub(crate) fn school() -> Bench {
    let bench = Bench::with_ruleset();
    bench.write("school.toml", POLICY);
    bench
}

fn check(bench: &Bench, group: &str, addresses: &[&str]) -> crate::Ended {
    let mut arguments = vec!["check", "-r", "school.hedge", "-p", "school.toml"];
    arguments.extend(["--group", group, "--at", "2026-11-23T10:00"]);
    arguments.extend(addresses);
    bench.run(&arguments)
}

#[test]
fn a_policy_decides_and_says_why() {
    let bench = school();
    check(&bench, "pupil", &["casino.example", "clean.example"]).is(
        1,
        "block    casino.example\n         \
         This address is blocked because of what it is listed as: Gambling.\n         \
         gambling, list gambling/domains, entry casino.example [category]\n\
         allow    clean.example\n         \
         This address is on no list, and is open.\n",
        "",
    );
    check(&bench, "pupil", &["forum.example/x"]).is(
        1,
        "block    forum.example/x\n         \
         Hill School has blocked this address: exam week.\n         \
         the policy's own rule: forum.example, domain [local-block]\n",
        "",
    );
}

#[test]
fn the_exit_code_says_whether_all_open() {
    let bench = school();
    // Monitored is open; a warning is not.
    assert_eq!(check(&bench, "staff", &["casino.example"]).code, 0);
    assert_eq!(check(&bench, "pupil", &["play.example"]).code, 1);
    let at_night = [
        "check",
        "-r",
        "school.hedge",
        "-p",
        "school.toml",
        "-g",
        "pupil",
        "--at",
        "2026-11-23T22:00:00Z",
        "play.example",
    ];
    assert_eq!(bench.run(&at_night).code, 0);
    // What cannot be classified is the policy's to decide.
    let found = check(&bench, "pupil", &["about:blank"]);
    assert_eq!(found.code, 1);
    assert!(found.out.starts_with("block    about:blank\n"), "{found:?}");
    let found = check(&bench, "staff", &["about:blank"]);
    assert!(found.out.starts_with("warn     about:blank\n"), "{found:?}");
    assert_eq!(found.code, 1);
}

#[test]
fn safe_search_changes_what_was_requested() {
    let bench = school();
    let search = "https://www.google.co.uk/search?q=rock%26roll";
    let found = check(&bench, "pupil", &[search]);
    assert_eq!(found.code, 0);
    let line = "safe search: go to https://www.google.co.uk/search?q=rock%26roll&safe=active\n";
    assert!(found.out.ends_with(line), "{found:?}");
    let found = check(&bench, "staff", &[search]);
    assert!(!found.out.contains("safe search"), "{found:?}");
    let found = check(&bench, "pupil", &["--json", search]).json();
    assert_eq!(
        found["safe_search"],
        json!({
            "engine": "google",
            "enforceable": true,
            "rewritten": "https://www.google.co.uk/search?q=rock%26roll&safe=active",
            "cname": "forcesafesearch.google.com",
            "headers": []
        })
    );
}

#[test]
fn json_has_an_object_for_each_address() {
    let bench = school();
    let found = check(&bench, "pupil", &["--json", "casino.example", "a.example"]);
    assert_eq!(found.code, 1);
    let lines: Vec<serde_json::Value> = found
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["input"], "casino.example");
    assert_eq!(lines[0]["action"], "block");
    assert_eq!(lines[0]["category"], "gambling");
    assert_eq!(lines[0]["at"], "2026-11-23T10:00:00Z");
    assert_eq!(lines[1]["reason"], "default");
    // Without a policy it is what `classify` writes.
    let listed = bench.run(&["check", "-r", "school.hedge", "--json", "casino.example"]);
    assert_eq!(listed.code, 1);
    assert_eq!(listed.json()["categories"], json!(["gambling", "games"]));
}

#[test]
fn a_group_alone_asks_the_embedded_policy() {
    let bench = Bench::new();
    let found = bench.run(&["check", "--group", "ks3", "https://www.bet365.com/"]);
    assert_eq!((found.code, found.err.as_str()), (1, ""));
    assert!(found.out.starts_with("block "), "{found:?}");
    let found = bench.run(&["check", "-p", "uk-primary", "-g", "pupil", "bbc.co.uk"]);
    assert_eq!(found.code, 0, "{found:?}");
}

#[test]
fn what_cannot_be_decided_is_never_open() {
    let bench = school();
    check(&bench, "pupils", &["clean.example"]).is(
        2,
        "",
        "hedgerow: the policy `Hill School` has no group `pupils`; did you mean `pupil`? [policy-group]\n",
    );
    bench.run(&["check", "-p", "school.toml", "a.example"]).is(
        2,
        "",
        "hedgerow: a policy decides for a group: --group with one of pupil, staff\n",
    );
    let run = |policy: &str| bench.run(&["check", "-p", policy, "-g", "pupil", "a.example"]);
    run("scool.toml").failed_with("not-found");
    let mistaken = run("uk-primry");
    mistaken.failed_with("not-found");
    assert!(mistaken.err.contains("did you mean `uk-primary`?"));
    // All that is wrong, a line each.
    bench.write(
        "bad.toml",
        POLICY
            .replace("\"Europe/London\"", "\"Europe/Lundon\"")
            .replace("gambling", "gamblign"),
    );
    let bad = run("bad.toml");
    assert_eq!(bad.code, 2);
    let lines: Vec<&str> = bad.err.lines().collect();
    assert_eq!(lines.len(), 3, "{bad:?}");
    assert!(lines[0].starts_with("hedgerow: bad.toml:3:13: there is no time zone"));
    assert!(lines[1].ends_with("did you mean `gambling`? [policy-category]"));
    // Times and files that are none.
    for wrong in [
        &["--at", "yesterday"][..],
        &["--exemptions", "none.toml"],
        &["--at"],
    ] {
        let mut arguments = vec!["check", "-p", "school.toml", "-g", "pupil", "a.example"];
        arguments.extend(wrong);
        assert_eq!(bench.run(&arguments).code, 2, "{wrong:?}");
    }
    assert_eq!(
        bench
            .run(&["check", "--at", "2026-11-23T10:00", "a.example"])
            .code,
        2
    );
}
