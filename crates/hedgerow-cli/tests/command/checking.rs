//! `check`, `explain` and `lookup`.

use crate::Bench;
use serde_json::json;

#[test]
fn check_ends_with_1_if_any_is_listed() {
    let bench = Bench::with_ruleset();
    let check = |addresses: &[&str]| {
        let mut arguments = vec!["check", "-r", "school.hedge"];
        arguments.extend(addresses);
        bench.run(&arguments)
    };
    check(&["https://casino.example/", "clean.example"]).is(
        1,
        "https://casino.example/  gambling, games\nclean.example            on no list\n",
        "",
    );
    check(&["clean.example"]).is(0, "clean.example  on no list\n", "");
    check(&["clean.example", "data:,x"]).is(
        2,
        "clean.example  on no list\n\
         data:,x        cannot be classified: it names no host [no-host]\n",
        "",
    );
    assert_eq!(check(&["data:,x", "casino.example"]).code, 1);
    check(&["https://web.archive.org/web/1/http://play.example/"]).is(
        1,
        "https://web.archive.org/web/1/http://play.example/  games\n  carries http://play.example/\n",
        "",
    );
}

#[test]
fn without_a_ruleset_the_starter_is_asked() {
    let bench = Bench::new();
    bench
        .run(&[
            "check",
            "https://www.bet365.com/",
            "https://www.bbc.co.uk/bitesize",
        ])
        .is(
            1,
            "https://www.bet365.com/         gambling\n\
             https://www.bbc.co.uk/bitesize  on no list\n",
            "",
        );
}

#[test]
fn illegal_content_is_said_to_be_so() {
    let bench = Bench::new();
    bench.write("canary.txt", "canary.example\n");
    bench.write(
        "lists.toml",
        "taxonomy = \"uksic-2025\"\n[[list]]\npath = \"canary.txt\"\ncategory = \"terrorism\"\n",
    );
    bench
        .run(&["compile", "-m", "lists.toml", "-o", "school.hedge"])
        .is(0, "", "");
    bench
        .run(&["check", "-r", "school.hedge", "canary.example"])
        .is(1, "canary.example  terrorism (illegal content)\n", "");
}

#[test]
fn explain_tells_every_step() {
    let bench = Bench::with_ruleset();
    let address = "https://web.archive.org/web/2024/https://www.play.example/";
    let ended = bench.run(&["explain", "-r", "school.hedge", address]);
    assert_eq!((ended.code, ended.err.as_str()), (0, ""));
    for line in [
        "       given  https://web.archive.org/web/2024/https://www.play.example/",
        "     read as  https://web.archive.org/web/2024/https:/www.play.example/",
        "        host  web.archive.org, registered as archive.org, public suffix org",
        "     carries  https://www.play.example/ (wayback)",
        "     look up  play.example: there",
        "       match  games  play.example  games/domains:1  domain",
        "      answer  games",
    ] {
        assert!(
            ended.out.lines().any(|told| told == line),
            "{line}\n{}",
            ended.out
        );
    }
    let steps = bench
        .run(&["explain", "-r", "school.hedge", address, "-o", "json"])
        .json();
    let steps = steps["steps"].as_array().unwrap();
    assert_eq!(steps[0]["step"], "read");
    assert_eq!(
        steps.last().unwrap(),
        &json!({
            "step": "answer",
            "outcome": "classified",
            "reason": null,
            "categories": ["games"]
        })
    );
    bench.run(&["explain", "-r", "school.hedge", "about:blank"]).is(
        0,
        "       given  about:blank\n     read as  no address: it names no host [no-host]\n\n      \
         answer  cannot be classified: it names no host [no-host]\n",
        "",
    );
}

#[test]
fn lookup_tells_which_lists_hold_an_entry() {
    let bench = Bench::with_ruleset();
    let lookup = |arguments: &[&str]| {
        let mut all = vec!["lookup", "-r", "school.hedge"];
        all.extend(arguments);
        bench.run(&all)
    };
    lookup(&["casino.example"]).is(
        0,
        "This entry\n  \
         casino.example  gambling  gambling/domains:1  domain\n  \
         casino.example  games  games/domains:2  domain\n",
        "",
    );
    lookup(&["http://WWW.play.example/chess"]).is(
        0,
        "Entries that cover it\n  play.example  games  games/domains:1  domain\n",
        "",
    );
    lookup(&["mixed.example"]).is(0, "mixed.example  in no list\n", "");
    lookup(&["mixed.example", "--below"]).is(
        0,
        "Entries below it\n  mixed.example/casino  gambling  gambling/urls:1  web-host prefix\n",
        "",
    );
    lookup(&["mixed.example/cas", "--below"]).is(0, "mixed.example/cas  in no list\n", "");
    lookup(&["example", "--below"]).is(
        0,
        "Entries below it\n  \
         bet.example  gambling  gambling/domains:2  domain\n  \
         casino.example  gambling  gambling/domains:1  domain\n  \
         casino.example  games  games/domains:2  domain\n  \
         mixed.example/casino  gambling  gambling/urls:1  web-host prefix\n  \
         play.example  games  games/domains:1  domain\n",
        "",
    );
    lookup(&["192.0.2.7"]).is(
        0,
        "This entry\n  192.0.2.7  games  games/domains:3  network\n",
        "",
    );
    lookup(&["192.0.2.0/24", "--below"]).is(
        0,
        "Entries below it\n  192.0.2.7  games  games/domains:3  network\n",
        "",
    );
    lookup(&["*CASINO*"]).is(
        0,
        "Entries that match\n  \
         casino.example  gambling  gambling/domains:1  domain\n  \
         casino.example  games  games/domains:2  domain\n  \
         mixed.example/casino  gambling  gambling/urls:1  web-host prefix\n\
         3 entries\n",
        "",
    );
    let found = lookup(&["www.bet.example", "-o", "json"]).json();
    assert_eq!(
        found["entries"],
        json!([{
            "relation": "above",
            "entry": "bet.example",
            "category": "gambling",
            "list": "gambling/domains",
            "line": 2,
            "scope": "domain",
            "action": "list",
            "condition": null,
            "layer": 0
        }])
    );
    lookup(&["mailto:x"]).failed_with("no-host");
}
