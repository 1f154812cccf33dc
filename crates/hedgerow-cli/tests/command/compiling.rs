//! `compile` and `lint`.

use crate::{Bench, exists};
use serde_json::json;

#[test]
fn a_tree_without_manifest_has_its_folders_as_categories() {
    let bench = Bench::with_ruleset();
    let inspected = bench.run(&["inspect", "school.hedge", "--output", "json"]);
    assert_eq!(inspected.code, 0);
    let names: Vec<_> = inspected.json()["categories"]
        .as_array()
        .unwrap()
        .iter()
        .map(|category| category["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["gambling", "games"]);
}

#[test]
fn nothing_is_said_when_nobody_watches_unless_asked() {
    let bench = Bench::with_tree();
    bench
        .run(&["compile", "lists", "-o", "school.hedge"])
        .is(0, "", "");
    let told = bench.run(&["compile", "lists", "-o", "school.hedge", "--verbose"]);
    assert_eq!((told.code, told.err.as_str()), (0, ""));
    let lines: Vec<&str> = told.out.lines().collect();
    assert!(lines[0].starts_with("school.hedge  "), "{told:?}");
    assert_eq!(
        lines[1..],
        [
            "  lists      3 of 2 categories",
            "  rules read 6",
            "  entries    5: 4 hosts and paths, 1 network, 0 expressions",
        ]
    );
}

#[test]
fn the_same_lists_give_the_same_bytes() {
    let bench = Bench::with_ruleset();
    let first = bench.read("school.hedge");
    bench
        .run(&[
            "compile",
            "lists/games",
            "lists/gambling",
            "-o",
            "turned.hedge",
        ])
        .is(0, "", "");
    bench
        .run(&[
            "compile",
            "lists",
            "-o",
            "again.hedge",
            "--memory-limit",
            "16MiB",
        ])
        .is(0, "", "");
    assert!(first == bench.read("again.hedge"));
    assert!(first == bench.read("turned.hedge"));
}

#[test]
fn an_error_page_leaves_the_old_ruleset_as_it_was() {
    let bench = Bench::with_ruleset();
    let before = bench.read("school.hedge");
    bench.write(
        "lists/games/domains",
        "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head></html>\n",
    );
    let ended = bench.run(&["compile", "lists", "-o", "school.hedge"]);
    ended.failed_with("list-html");
    assert!(
        ended.err.starts_with("hedgerow: lists/games/domains:"),
        "{ended:?}"
    );
    assert_eq!(ended.out, "");
    assert!(before == bench.read("school.hedge"));
    assert_eq!(
        bench.names("."),
        ["lists", "school.hedge"],
        "nothing is left over"
    );
}

#[test]
fn an_empty_list_is_refused() {
    let bench = Bench::new();
    bench.write("games.txt", "# nothing today\n");
    bench
        .run(&["compile", "games.txt", "-o", "school.hedge"])
        .failed_with("list-empty");
    // A category folder's file is empty for what it is, whatever its name says.
    bench.write("lists/games/domains", "");
    assert_eq!(
        bench.run(&["compile", "lists", "-o", "school.hedge"]).code,
        2
    );
    // Of no format, but it is clear what it is instead.
    for (content, code) in [
        (&b""[..], "list-empty"),
        (b"<html><body>404</body></html>", "list-html"),
        (b"\x1f\x8b\x08\x00\x00", "list-binary"),
        (b"{ neither \x00 nor }\n", "list-format"),
    ] {
        bench.write("games.txt", content);
        bench
            .run(&["compile", "games.txt", "-o", "school.hedge"])
            .failed_with(code);
    }
    assert!(!exists(bench.path("school.hedge")));
}

#[test]
fn strict_writes_nothing_when_lines_are_left_out() {
    let bench = Bench::with_ruleset();
    let before = bench.read("school.hedge");
    bench.write("lists/games/domains", "play.example\nnot a host\nco.uk\n");
    let strict = [
        "compile",
        "lists",
        "-o",
        "school.hedge",
        "--strict",
        "--report",
        "report.json",
    ];
    let ended = bench.run(&strict);
    assert_eq!((ended.code, ended.out.as_str()), (1, ""), "{ended:?}");
    assert!(
        ended.err.starts_with("hedgerow: 2 lines were left out: ")
            && ended
                .err
                .ends_with("nothing was written (--strict) [list-left-out]\n"),
        "{ended:?}"
    );
    assert!(before == bench.read("school.hedge"));
    let report: serde_json::Value = serde_json::from_slice(&bench.read("report.json")).unwrap();
    assert_eq!(report["left_out"], 2);

    bench
        .run(&["compile", "lists", "-o", "school.hedge"])
        .is(0, "", "");
    assert!(before != bench.read("school.hedge"));
}

#[test]
fn strict_does_not_mind_lines_that_name_no_address() {
    let bench = Bench::new();
    bench.write(
        "ads.txt",
        "127.0.0.1 localhost\n0.0.0.0 ads.example\n0.0.0.0 banner.example\n",
    );
    bench
        .run(&["compile", "ads.txt", "-o", "school.hedge", "--strict"])
        .is(0, "", "");
}

#[test]
fn the_report_is_for_programs() {
    let bench = Bench::with_tree();
    bench.write("lists/games/usage", "what games are\n");
    bench.write("lists/games/domains", "play.example\nplay.example\n..\n");
    let ended = bench.run(&["compile", "lists", "-o", "school.hedge", "--report", "-"]);
    assert_eq!((ended.code, ended.err.as_str()), (0, ""));
    let report = ended.json();
    assert_eq!(report["rules"], 5);
    assert_eq!(report["entries"], 4);
    assert_eq!(report["duplicates"], 1);
    assert_eq!(report["left_out"], 1);
    assert_eq!(
        report["lists"][2]["left_out_examples"],
        json!([{"line": 3, "reason": "no-host", "text": ".."}])
    );
    assert_eq!(
        report["skipped"],
        json!([{
            "path": "lists/games/usage",
            "reason": "description",
            "message": "describes lists, is none"
        }])
    );
    assert_eq!(report["bytes"], bench.read("school.hedge").len());
}

#[test]
fn provenance_can_be_left_out_and_redundant_entries_kept() {
    let bench = Bench::new();
    bench.write("games.txt", "play.example\nwww.play.example\n");
    bench
        .run(&[
            "compile",
            "games.txt",
            "-o",
            "short.hedge",
            "--no-provenance",
        ])
        .is(0, "", "");
    bench
        .run(&[
            "compile",
            "games.txt",
            "-o",
            "long.hedge",
            "--keep-redundant",
        ])
        .is(0, "", "");
    let short = bench
        .run(&["inspect", "short.hedge", "--output", "json"])
        .json();
    let long = bench
        .run(&["inspect", "long.hedge", "--output", "json"])
        .json();
    assert_eq!(
        (&short["records_lines"], &short["entries"]),
        (&json!(false), &json!(1))
    );
    assert_eq!(
        (&long["records_lines"], &long["entries"]),
        (&json!(true), &json!(2))
    );
}

#[test]
fn a_manifest_says_what_lists_are() {
    let bench = Bench::new();
    bench.write("lists/spiele.txt", "play.example\n");
    bench.write(
        "lists.toml",
        "[[list]]\npath = \"lists/spiele.txt\"\ncategory = \"games\"\nversion = \"7\"\n",
    );
    bench
        .run(&["compile", "--manifest", "lists.toml", "-o", "school.hedge"])
        .is(0, "", "");
    let held = bench
        .run(&["inspect", "school.hedge", "--output", "json"])
        .json();
    assert_eq!(held["lists"][0]["category"], "games");
    assert_eq!(held["lists"][0]["version"], "7");

    bench.write(
        "wrong.toml",
        "[[list]]\npath = \"lists/spiele.txt\"\nformta = \"x\"\n",
    );
    let ended = bench.run(&["compile", "-m", "wrong.toml", "-o", "school.hedge"]);
    ended.failed_with("manifest");
    assert!(ended.err.starts_with("hedgerow: wrong.toml:"), "{ended:?}");
}

#[test]
fn wrong_usage_ends_with_2() {
    let bench = Bench::with_tree();
    for wrong in [
        vec![],
        vec!["compile", "lists"],
        vec!["compile", "-o", "x.hedge"],
        vec![
            "compile",
            "lists",
            "-o",
            "x.hedge",
            "--memory-limit",
            "lots",
        ],
        vec!["compile", "lists", "-o", "x.hedge", "--memory-limit", "1M"],
        vec!["check"],
        vec!["classify", "--input", "urls.txt", "a.example"],
        vec!["nonsense"],
    ] {
        let ended = bench.run(&wrong);
        assert_eq!(
            (ended.code, ended.out.as_str()),
            (2, ""),
            "{wrong:?} {ended:?}"
        );
        assert!(!ended.err.is_empty(), "{wrong:?}");
    }
    bench
        .run(&["compile", "nowhere", "-o", "x.hedge"])
        .failed_with("not-found");
    bench
        .run(&["compile", "lists", "-o", "no/such/folder/x.hedge"])
        .failed_with("not-found");
    assert!(!exists(bench.path("x.hedge")));
}

#[test]
fn lint_tells_everything_that_is_wrong() {
    let bench = Bench::new();
    bench.write("lists/games/domains", "play.example\nco.uk\nnot a host\n");
    bench.write("lists/games/usage", "games\n");
    bench.write("lists/video/domains", "<html><body>404</body></html>\n");
    let ended = bench.run(&["lint", "lists"]);
    assert_eq!((ended.code, ended.err.as_str()), (1, ""), "{ended:?}");
    let lines: Vec<&str> = ended.out.lines().collect();
    assert!(
        lines[0].starts_with("lists/video/domains") && lines[0].ends_with("[list-html]"),
        "{ended:?}"
    );
    assert_eq!(
        lines[1..],
        [
            "games/domains:2: found: `co.uk` is a public suffix: it would cover every site below it [public-suffix]",
            "games/domains:3: left out: not a host [syntax]",
            "skipped: 1 file that describes lists",
            "2 lists, 2 rules: 1 finding, 2 lines left out (1 public-suffix, 1 syntax), 1 list refused",
        ]
    );
    let report = bench.run(&["lint", "lists", "--output", "json"]);
    assert_eq!(report.code, 1);
    let report = report.json();
    assert_eq!(report["refused"][0]["code"], "list-html");
    assert_eq!(report["findings"][0]["code"], "public-suffix");
    assert_eq!(report["left_out"], json!({"public-suffix": 1, "syntax": 1}));
    assert_eq!(report["skipped"][0]["reason"], "description");
    assert_eq!(bench.names("."), ["lists"], "lint writes nothing");
}

#[test]
fn lint_of_sound_lists_ends_with_0() {
    Bench::with_tree().run(&["lint", "lists"]).is(
        0,
        "3 lists, 6 rules: 0 findings, 0 lines left out\n",
        "",
    );
}
