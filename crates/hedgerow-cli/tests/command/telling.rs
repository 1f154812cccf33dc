//! `inspect` and `diff`.

use crate::Bench;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

#[test]
fn inspect_tells_what_is_in_it() {
    let bench = Bench::with_ruleset();
    let held = bench.run(&["inspect", "school.hedge", "-o", "json"]).json();
    let file = bench.read("school.hedge");
    let digest: String = Sha256::digest(&file)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(held["sha256"], digest);
    assert_eq!(held["bytes"], file.len());
    assert_eq!(held["format_version"], hedgerow::FORMAT_VERSION);
    assert_eq!(
        json!([
            held["entries"],
            held["keys"],
            held["networks"],
            held["expressions"]
        ]),
        json!([5, 4, 1, 0])
    );
    assert_eq!(held["records_lines"], true);
    let rules = |of: &str| -> Vec<Value> {
        held[of]
            .as_array()
            .unwrap()
            .iter()
            .map(|each| json!([each["name"], each["rules"], each["exceptions"]]))
            .collect()
    };
    assert_eq!(
        rules("categories"),
        [json!(["gambling", 3, 0]), json!(["games", 3, 0])]
    );
    assert_eq!(
        rules("lists"),
        [
            json!(["gambling/domains", 2, 0]),
            json!(["gambling/urls", 1, 0]),
            json!(["games/domains", 3, 0])
        ]
    );
    let sections: u64 = held["sections"]
        .as_array()
        .unwrap()
        .iter()
        .map(|section| section["bytes"].as_u64().unwrap())
        .sum();
    assert!(sections > 0 && sections < file.len() as u64);

    let told = bench.run(&["inspect", "school.hedge"]);
    assert_eq!((told.code, told.err.as_str()), (0, ""));
    for line in [
        "school.hedge",
        &format!("  sha256   {digest}"),
        "  entries  5: 4 hosts and paths, 1 network, 0 expressions",
        "  lines    recorded",
        "  gambling           3",
        "  games/domains              3  squidguard-domains",
    ] {
        assert!(
            told.out.lines().any(|out| out == line),
            "{line}\n{}",
            told.out
        );
    }
    let starter = bench.run(&["inspect"]);
    assert!(starter.out.starts_with("built-in starter ruleset\n"));
}

#[test]
fn diff_tells_what_came_and_went() {
    let bench = Bench::with_ruleset();
    bench
        .run(&["diff", "school.hedge", "school.hedge"])
        .is(0, "the same entries\n", "");

    // Another line for the same entry is no difference.
    bench.write("lists/gambling/domains", "bet.example\ncasino.example\n");
    bench
        .run(&["compile", "lists", "-o", "turned.hedge"])
        .is(0, "", "");
    bench
        .run(&["diff", "school.hedge", "turned.hedge"])
        .is(0, "the same entries\n", "");

    bench.write(
        "lists/gambling/domains",
        "casino.example\npoker.example\nslots.example\n",
    );
    bench.write("lists/video/domains", "film.example\n");
    bench
        .run(&["compile", "lists", "-o", "new.hedge"])
        .is(0, "", "");
    bench.run(&["diff", "school.hedge", "new.hedge"]).is(
        1,
        "\
+ category video
gambling  +2 -1
video  +1 -0
+ poker.example  gambling  gambling/domains, domain
+ slots.example  gambling  gambling/domains, domain
+ film.example  video  video/domains, domain
- bet.example  gambling  gambling/domains, domain
3 entries came, 1 entry went
",
        "",
    );
    bench
        .run(&["diff", "new.hedge", "school.hedge", "--limit", "2"])
        .is(
            1,
            "\
- category video
gambling  +1 -2
video  +0 -1
+ bet.example  gambling  gambling/domains, domain
- poker.example  gambling  gambling/domains, domain
- … 2 more
1 entry came, 3 entries went
",
            "",
        );
    let difference = bench.run(&["diff", "school.hedge", "new.hedge", "-o", "json"]);
    assert_eq!(difference.code, 1);
    let difference = difference.json();
    assert_eq!(difference["categories_added"], json!(["video"]));
    assert_eq!(
        difference["categories"]["gambling"],
        json!({"added": 2, "removed": 1})
    );
    assert_eq!(difference["added"].as_array().unwrap().len(), 3);
    assert_eq!(
        difference["removed"],
        json!([{
            "category": "gambling",
            "list": "gambling/domains",
            "entry": "bet.example",
            "scope": "domain",
            "action": "list",
            "condition": null
        }])
    );
}
