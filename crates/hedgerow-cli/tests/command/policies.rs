//! `policy check`, `show`, `diff` and `new`; `install`.

use crate::deciding::{POLICY, school};
use crate::{Bench, exists};

#[test]
fn new_writes_a_policy_that_is_sound_and_never_over_another() {
    let bench = Bench::new();
    let listed = bench.run(&["policy", "new"]);
    assert_eq!((listed.code, listed.err.as_str()), (0, ""));
    for name in ["uk-primary", "uk-secondary", "uk-guest"] {
        assert!(listed.out.contains(&format!("{name} ")), "{name}");
        let file = format!("{name}.toml");
        bench
            .run(&["policy", "new", name, "-o", &file])
            .is(0, "", "");
        let printed = bench.run(&["policy", "new", name]);
        assert_eq!(printed.out.as_bytes(), bench.read(&file));
        let checked = bench.run(&["policy", "check", &file]);
        assert_eq!((checked.code, checked.err.as_str()), (0, ""), "{checked:?}");
        assert!(checked.out.contains("\n0 errors, "), "{checked:?}");
    }
    bench.write("uk-guest.toml", "mine");
    bench
        .run(&["policy", "new", "uk-guest", "-o", "uk-guest.toml"])
        .failed_with("io");
    assert_eq!(bench.read("uk-guest.toml"), b"mine");
    bench.run(&["policy", "new", "uk-secundary"]).is(
        2,
        "",
        "hedgerow: there is no ready-made policy `uk-secundary`; did you mean `uk-secondary`?\n",
    );
}

#[test]
fn check_tells_every_problem_with_its_place() {
    let bench = school();
    let check = |more: &[&str]| {
        let mut arguments = vec!["policy", "check", "-r", "school.hedge"];
        arguments.extend(more);
        bench.run(&arguments)
    };
    let sound = check(&["school.toml"]);
    assert_eq!(sound.code, 0, "{sound:?}");
    assert!(
        sound.out.contains("`staff` says nothing of `games`"),
        "{sound:?}"
    );
    assert_eq!(check(&["school.toml", "--strict"]).code, 1);
    bench.write(
        "bad.toml",
        POLICY
            .replace("gambling = \"block\"", "gamblign = \"block\"")
            .replace("09:00-12:00", "09:00-25:00"),
    );
    check(&["bad.toml"]).is(
        1,
        "bad.toml:10:10: error: `09:00-25:00` has `25:00`, which no clock shows; a time is `00:00` to `24:00` [policy-time]\n\
         bad.toml:15:1: error: there is no category `gamblign`; did you mean `gambling`? [policy-category]\n\
         2 errors, 0 warnings\n",
        "",
    );
    let found = check(&["bad.toml", "--json"]);
    assert_eq!(found.code, 1);
    let found = found.json();
    assert_eq!(found["loads"], false);
    assert_eq!(found["problems"][1]["code"], "policy-category");
    assert_eq!(found["problems"][1]["line"], 15);
    // Names that only a ruleset knows are known.
    bench.write("lists/knitting/domains", "wool.example\n");
    bench
        .run(&["compile", "lists", "-o", "knitting.hedge"])
        .is(0, "", "");
    bench.write(
        "knitting.toml",
        POLICY.replace("gambling = \"block\"", "knitting = \"block\""),
    );
    assert_eq!(check(&["knitting.toml"]).code, 1);
    let known = bench.run(&["policy", "check", "-r", "knitting.hedge", "knitting.toml"]);
    assert_eq!(known.code, 0, "{known:?}");
    // So it is for whatever else reads the policy.
    for what in [
        &["policy", "show", "knitting.toml"][..],
        &["policy", "diff", "knitting.toml", "knitting.toml"],
    ] {
        bench.run(what).failed_with("policy-category");
        let with = [what, &["-r", "knitting.hedge"]].concat();
        assert_eq!(bench.run(&with).code, 0, "{with:?}");
    }
    check(&["nothing.toml"]).failed_with("not-found");
    assert_eq!(check(&["-r", "none.hedge", "school.toml"]).code, 2);
}

#[test]
fn show_is_a_table_of_categories_and_groups() {
    let bench = school();
    let shown = bench.run(&["policy", "show", "school.toml"]);
    assert_eq!((shown.code, shown.err.as_str()), (0, ""));
    for line in [
        "Hill School  version 7  uksic-2025, clocks of Europe/London",
        "                pupil      staff",
        "gambling        block      monitor",
        "games           monitor *  -",
        "on no list      allow      allow",
        "unclassifiable  block      warn",
        "safe search     on         off",
        "  games, for pupil: warn in lesson, otherwise monitor",
        "  lesson  mon–fri 09:00–12:00",
        "  block forum.example (domain): exam week",
        "  agreeing D. Lead",
    ] {
        assert!(
            shown.out.lines().any(|told| told == line),
            "{line}\n{}",
            shown.out
        );
    }
    assert!(shown.out.lines().all(|line| line == line.trim_end()));
    let lesson = bench.run(&[
        "policy",
        "show",
        "school.toml",
        "-g",
        "pupil",
        "--at",
        "2026-11-23T10:00",
    ]);
    assert!(lesson.out.contains("at 2026-11-23 10:00 GMT: in lesson\n"));
    assert!(
        lesson.out.contains("games           warn\n"),
        "{}",
        lesson.out
    );
    assert!(!lesson.out.contains("staff"));
    bench
        .run(&["policy", "show", "school.toml", "-g", "pupils"])
        .failed_with("policy-group");
    bench
        .run(&["policy", "show", "x.toml"])
        .failed_with("not-found");
    // Without a name, the embedded one.
    let embedded = bench.run(&["policy", "show"]);
    assert!(embedded.out.starts_with("Secondary school"), "{embedded:?}");
}

#[test]
fn diff_tells_what_changes_for_whom() {
    let bench = school();
    let new = POLICY
        .replace("version = \"7\"", "version = \"8\"")
        .replace("09:00-12:00", "08:30-12:00")
        .replace("gambling = \"block\"", "gambling = \"warn\"")
        .replace("address = \"forum.example\"", "address = \"chat.example\"")
        .replace("\"monitor\" }\nsafe_search = false", "\"monitor\" }");
    bench.write("new.toml", new);
    bench.run(&["policy", "diff", "school.toml", "new.toml"]).is(
        1,
        "The policy\n  \
         schedule lesson: mon–fri 09:00–12:00 (Europe/London) -> mon–fri 08:30–12:00 (Europe/London)\n  \
         version: 7 -> 8\n\
         For pupil\n  \
         gambling: block -> warn\n  \
         + rule chat.example (domain): block: exam week\n  \
         - rule forum.example (domain): block: exam week\n\
         For staff\n  \
         safe search: off -> on\n",
        "",
    );
    bench
        .run(&["policy", "diff", "school.toml", "school.toml"])
        .is(0, "nothing changes for anybody\n", "");
    bench
        .run(&["policy", "diff", "school.toml", "none.toml"])
        .failed_with("not-found");
    assert_eq!(
        bench
            .run(&["policy", "diff", "uk-primary", "uk-guest"])
            .code,
        1
    );
}

fn install(bench: &Bench, kind: &str, new: &str, to: &str, who: &str) -> crate::Ended {
    let mut arguments = vec!["install", kind, new, "--to", to, "--log", "log.jsonl"];
    arguments.extend(["--who", who, "--why", "the council said so"]);
    bench.run(&arguments)
}

#[test]
fn install_puts_a_policy_into_effect_and_records_it() {
    let bench = school();
    let done = install(&bench, "policy", "school.toml", "live.toml", "n. manager");
    assert_eq!((done.code, done.err.as_str()), (0, ""), "{done:?}");
    assert!(
        done.out
            .starts_with("live.toml is in effect\nrecord 1 of log.jsonl, hash ")
    );
    assert_eq!(bench.read("live.toml"), POLICY.as_bytes());
    install(&bench, "policy", "school.toml", "live.toml", "N. Manager").is(
        0,
        "school.toml is in use already; nothing is recorded\n",
        "",
    );
    // The policy in use says who may change it; not the one proposed.
    bench.write("new.toml", POLICY.replace("N. Manager", "A. Pupil"));
    let refused = install(&bench, "policy", "new.toml", "live.toml", "A. Pupil");
    assert_eq!(refused.code, 2);
    assert!(
        refused.err.contains("does not name `A. Pupil`"),
        "{refused:?}"
    );
    bench.write("bad.toml", POLICY.replace("gambling", "gamblign"));
    assert_eq!(
        install(&bench, "policy", "bad.toml", "live.toml", "N. Manager").code,
        2
    );
    assert_eq!(bench.read("live.toml"), POLICY.as_bytes());
    let blank = bench.run(&[
        "install",
        "policy",
        "new.toml",
        "--to",
        "live.toml",
        "--log",
        "log.jsonl",
        "--who",
        "N. Manager",
        "--why",
        " ",
    ]);
    blank.failed_with("change-incomplete");
    let records = bench.run(&["log", "show", "log.jsonl", "--json"]);
    assert_eq!(records.out.lines().count(), 1);
    let record = records.json();
    assert_eq!(record["who"], "n. manager");
    assert_eq!(record["subject"], "live.toml");
    assert_eq!(record["why"], "the council said so");
}

#[test]
fn install_records_rulesets_without_their_entries() {
    let bench = school();
    let done = install(&bench, "ruleset", "school.hedge", "live.hedge", "Anybody");
    assert_eq!((done.code, done.err.as_str()), (0, ""), "{done:?}");
    assert_eq!(bench.read("live.hedge"), bench.read("school.hedge"));
    bench.write("lists/gambling/domains", "casino.example\nsecret.example\n");
    bench
        .run(&["compile", "lists", "-o", "new.hedge"])
        .is(0, "", "");
    assert_eq!(
        install(&bench, "ruleset", "new.hedge", "live.hedge", "Anybody").code,
        0
    );
    assert_eq!(bench.read("live.hedge"), bench.read("new.hedge"));
    let log = String::from_utf8(bench.read("log.jsonl")).unwrap();
    assert!(log.contains("gambling: 1 came, 1 went"), "{log}");
    assert!(!log.contains("secret.example"), "{log}");
    // A damaged one changes nothing, and leaves nothing behind.
    bench.write("damaged.hedge", &bench.read("new.hedge")[..100]);
    assert_eq!(
        install(&bench, "ruleset", "damaged.hedge", "live.hedge", "Anybody").code,
        2
    );
    assert_eq!(bench.read("live.hedge"), bench.read("new.hedge"));
    assert!(bench.names(".").iter().all(|name| !name.ends_with(".new")));
    bench.run(&["log", "verify", "log.jsonl"]);
}

#[test]
fn install_checks_taxonomies() {
    let bench = Bench::new();
    bench.write("bad.toml", "id = 7\n");
    let refused = install(&bench, "taxonomy", "bad.toml", "live.toml", "Anybody");
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(!exists(bench.path("live.toml")));
    install(&bench, "taxonomy", "none.toml", "live.toml", "Anybody").failed_with("not-found");
    bench.write(
        "new.toml",
        "id = \"own\"\nversion = \"1\"\n[[category]]\nid = \"wool\"\n",
    );
    let done = install(&bench, "taxonomy", "new.toml", "live.toml", "Anybody");
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    assert_eq!(bench.read("live.toml"), bench.read("new.toml"));
}
