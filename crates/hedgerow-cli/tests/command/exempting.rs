//! `exempt`: asking, agreeing, taking back, listing.

use crate::deciding::school;
use crate::{Bench, Ended, exists};

const KEPT: [&str; 8] = [
    "--policy",
    "school.toml",
    "--exemptions",
    "open.toml",
    "--log",
    "log.jsonl",
    "-r",
    "school.hedge",
];

fn exempt(bench: &Bench, what: &[&str], who: &str) -> Ended {
    let mut arguments = vec!["exempt"];
    arguments.extend(what);
    arguments.extend(KEPT);
    arguments.extend(["--who", who]);
    bench.run(&arguments)
}

const REQUEST: [&str; 12] = [
    "request",
    "--address",
    "casino.example/history",
    "--category",
    "games",
    "--group",
    "pupil",
    "--for",
    "50 minutes",
    "--reason",
    "probability with dice",
    "--from",
];

/// A request for a time that is still to come.
fn request(bench: &Bench, who: &str) -> Ended {
    let mut what = REQUEST.to_vec();
    what.push("2126-11-22T09:00");
    exempt(bench, &what, who)
}

/// The id that a request was given.
fn id(asked: &Ended) -> String {
    asked.out.split(' ').next().unwrap().to_owned()
}

#[test]
fn one_asks_another_agrees_and_it_opens() {
    let bench = school();
    let asked = request(&bench, "a. teacher");
    assert_eq!((asked.code, asked.err.as_str()), (0, ""));
    assert!(
        asked.out.contains(
            " is asked for; it opens nothing until it is approved\nrecord 1 of log.jsonl, "
        ),
        "{asked:?}"
    );
    let id = id(&asked);
    let check = |at: &str| {
        let run = bench.run(&[
            "check",
            "-r",
            "school.hedge",
            "-p",
            "school.toml",
            "-g",
            "pupil",
            "-e",
            "open.toml",
            "--at",
            at,
            "play.example",
            "casino.example/history/x",
        ]);
        assert_eq!(run.err, "");
        run
    };
    assert_eq!(check("2126-11-22T09:10").code, 1, "not approved yet");
    // Nobody agrees with themselves, nor does just anybody.
    exempt(&bench, &["approve", &id], "A. Teacher").failed_with("exemption-person");
    let agreed = exempt(&bench, &["approve", &id], "D. Lead");
    assert_eq!((agreed.code, agreed.err.as_str()), (0, ""));
    assert!(
        agreed.out.contains(
            "is approved: it opens casino.example/history, games for pupil, \
             from 2126-11-22 09:00 GMT until 2126-11-22 09:50 GMT\n"
        ),
        "{agreed:?}"
    );
    let open = check("2126-11-22T09:10");
    assert_eq!(open.code, 0, "{open:?}");
    assert!(
        open.out
            .contains("asked for by A. Teacher and approved by D. Lead")
    );
    assert_eq!(check("2126-11-22T08:59").code, 1);
    assert_eq!(check("2126-11-22T09:50").code, 1);
    exempt(&bench, &["approve", &id], "D. Lead").failed_with("exemption-state");
    // Taken back, it is over, and stays in the file.
    let revoke = ["revoke", id.as_str(), "--reason", "the lesson is over"];
    exempt(&bench, &revoke, "A. Pupil").failed_with("exemption-person");
    let revoked = exempt(&bench, &revoke, "D. Lead");
    assert_eq!((revoked.code, revoked.err.as_str()), (0, ""));
    assert_eq!(check("2126-11-22T09:10").code, 1);
    exempt(&bench, &revoke, "D. Lead").failed_with("exemption-state");
    // Every step is on record, and the record is whole.
    let shown = bench.run(&["log", "show", "log.jsonl", "--brief"]);
    for who in [
        "  a. teacher  exemption open.toml",
        "  D. Lead  exemption open.toml",
    ] {
        assert!(shown.out.contains(who), "{shown:?}");
    }
    assert!(shown.out.ends_with("3 records\n"), "{shown:?}");
    assert_eq!(bench.run(&["log", "verify", "log.jsonl"]).code, 0);
}

#[test]
fn who_asks_may_not_agree() {
    let bench = school();
    let asked = request(&bench, "D. Lead");
    assert_eq!(asked.code, 0);
    exempt(&bench, &["approve", &id(&asked)], " d.  lead").failed_with("exemption-same-person");
}

#[test]
fn list_shows_them_by_their_states() {
    let bench = school();
    let id = id(&request(&bench, "A. Teacher"));
    let list = |more: &[&str]| {
        let mut arguments = vec!["exempt", "list", "-e", "open.toml", "-p", "school.toml"];
        arguments.extend(more);
        bench.run(&arguments)
    };
    list(&[]).is(
        0,
        &format!(
            "{id}  waiting\n  \
             opens    casino.example/history, games\n  \
             for      pupil\n  \
             time     from 2126-11-22 09:00 GMT until 2126-11-22 09:50 GMT\n  \
             reason   probability with dice\n  \
             asked by A. Teacher\n  \
             agreed   nobody yet\n\
             1 exemption\n"
        ),
        "",
    );
    list(&["--state", "in-force"]).is(0, "0 exemptions\n", "");
    list(&["--quiet"]).is(0, &format!("{id}\n"), "");
    let found = list(&["--json", "--at", "2127-01-01"]).json();
    assert_eq!(found["state"], "expired");
    assert_eq!(found["requested_by"], "A. Teacher");
    assert_eq!(list(&["--state", "open"]).code, 2);
    bench
        .run(&["exempt", "list", "-e", "none.toml"])
        .failed_with("not-found");
}

#[test]
fn what_the_policy_does_not_let_be_changes_nothing() {
    let bench = school();
    let request = |more: &[&str]| {
        let mut what = vec!["request", "--reason", "a lesson"];
        what.extend(more);
        exempt(&bench, &what, "A. Teacher")
    };
    let one = ["--address", "a.example", "-g", "pupil", "--for"];
    let with = |replaced: &[&str]| request(&[&one[..], replaced].concat());
    with(&["29 days"]).failed_with("exemption-too-long");
    for (arguments, code) in [
        (
            ["--category", "terrorism", "pupil", "1 hour"],
            "exemption-locked",
        ),
        (
            ["--category", "gamblign", "pupil", "1 hour"],
            "exemption-category",
        ),
        (
            ["--category", "games", "pupils", "1 hour"],
            "exemption-group",
        ),
        (
            ["--address", "co.uk", "pupil", "1 hour"],
            "exemption-address",
        ),
        (["--address", " ", "pupil", "1 hour"], "exemption-empty"),
    ] {
        let [option, value, group, length] = arguments;
        request(&[option, value, "-g", group, "--for", length]).failed_with(code);
    }
    request(&[
        "-a",
        "a.example",
        "-g",
        "pupil",
        "--from",
        "2020-01-01",
        "--until",
        "2020-01-02",
    ])
    .failed_with("exemption-time");
    // Usage: nothing to open, no end, two ends.
    for wrong in [
        &["-g", "pupil", "--for", "1 hour"][..],
        &["-a", "a.example", "-g", "pupil"],
        &[
            "-a",
            "a.example",
            "-g",
            "pupil",
            "--for",
            "1 hour",
            "--until",
            "2126-01-01",
        ],
        &["-a", "a.example", "-g", "pupil", "--for", "long"],
        &["-a", "a.example", "--for", "1 hour"],
    ] {
        assert_eq!(request(wrong).code, 2, "{wrong:?}");
    }
    exempt(&bench, &["approve", "2026-01-01-1"], "D. Lead").failed_with("exemption-unknown");
    assert!(!exists(bench.path("open.toml")));
    let log = bench.run(&["log", "show", "log.jsonl"]);
    log.is(0, "0 records\n", "");
    // A file that is none is told with its place, and kept.
    bench.write("open.toml", "[[exemption]]\nid = 7\n");
    let broken = with(&["1 hour"]);
    broken.failed_with("exemption-syntax");
    assert!(broken.err.starts_with("hedgerow: open.toml:"), "{broken:?}");
    assert_eq!(bench.read("open.toml"), b"[[exemption]]\nid = 7\n");
}
