//! `selftest`.

use crate::Bench;

const POLICY: &str = r#"name = "Hill School"
time_zone = "Europe/London"
[groups.pupil]
default = "allow"
[groups.staff]
default = "allow"
categories = { gambling = "monitor" }
[groups.pupil.categories]
gambling = "block"
[[ruleset]]
name = "school"
max_age = "24 hours"
[[canary]]
address = "casino.example"
category = "gambling"
groups = ["pupil"]
"#;

/// Canaries for every category of illegal content, and lists that have them.
fn whole() -> Bench {
    let bench = Bench::new();
    let mut policy = POLICY.to_owned();
    let mut manifest = "taxonomy = \"uksic-2025\"\n".to_owned();
    let mut list = |category: &str, address: &str| {
        bench.write(&format!("lists/{category}.txt"), format!("{address}\n"));
        manifest.push_str(&format!(
            "[[list]]\npath = \"lists/{category}.txt\"\nformat = \"domains\"\ncategory = \"{category}\"\nversion = \"2026-11-22\"\n"
        ));
    };
    list("gambling", "casino.example");
    for category in hedgerow::category::Taxonomy::builtin("uksic-2025")
        .unwrap()
        .categories()
        .iter()
        .filter(|category| category.locked)
    {
        let address = format!("{}.canary.example", category.id);
        list(&category.id, &address);
        policy.push_str(&format!(
            "[[canary]]\naddress = \"{address}\"\ncategory = \"{}\"\n",
            category.id
        ));
    }
    bench.write("lists.toml", manifest);
    bench.write("school.toml", policy);
    bench
        .run(&["compile", "-m", "lists.toml", "-o", "school.hedge"])
        .is(0, "", "");
    bench
}

fn selftest(bench: &Bench, more: &[&str]) -> crate::Ended {
    let mut arguments = vec!["selftest", "-p", "school.toml", "-r", "school.hedge"];
    arguments.extend(more);
    bench.run(&arguments)
}

#[test]
fn the_embedded_policy_and_ruleset_pass() {
    let bench = Bench::new();
    for policy in [None, Some("uk-primary"), Some("uk-guest")] {
        let mut arguments = vec!["selftest"];
        arguments.extend(policy.iter().flat_map(|policy| ["--policy", policy]));
        let found = bench.run(&arguments);
        assert_eq!((found.code, found.err.as_str()), (0, ""), "{found:?}");
        assert!(found.out.ends_with("\npassed\n"), "{found:?}");
        assert!(found.out.contains("13 of 13 categories of illegal content"));
        arguments.push("--json");
        let found = bench.run(&arguments).json();
        assert_eq!(found["passed"], true);
        assert!(found["canaries"].as_array().unwrap().len() > 20);
    }
}

#[test]
fn a_school_of_its_own_passes_while_its_lists_are_of_today() {
    let bench = whole();
    let found = selftest(&bench, &["--at", "2026-11-22T12:00"]);
    assert_eq!((found.code, found.err.as_str()), (0, ""), "{found:?}");
    for line in [
        "gambling                     casino.example                              blocked  -",
        "14 canaries for 2 groups; 13 of 13 categories of illegal content seen to be blocked",
    ] {
        assert!(
            found.out.lines().any(|told| told == line),
            "{line}\n{}",
            found.out
        );
    }
    assert!(
        found.out.contains("ruleset school: 12 h old, at most 1 day (2026-11-22 00:00 GMT, by the version of its list "),
        "{found:?}"
    );
    let old = selftest(&bench, &["--at", "2026-11-23T12:00"]);
    assert_eq!(old.code, 1);
    assert!(old.out.ends_with("failed: 1 problem\n"), "{old:?}");
    assert!(
        old.out
            .contains("ruleset school: 1 day 12 h old, at most 1 day")
    );
    let json = selftest(&bench, &["--at", "2026-11-23T12:00", "--json"]);
    assert_eq!(json.code, 1);
    let json = json.json();
    assert_eq!(json["rulesets"][0]["problem"], "too-old");
    assert_eq!(json["rulesets"][0]["by"], "list-version");
}

#[test]
fn what_is_not_blocked_fails_by_name() {
    let bench = whole();
    let at = ["--at", "2026-11-22T12:00"];
    let policy = String::from_utf8(bench.read("school.toml")).unwrap();
    let with = |from: &str, to: &str| {
        assert!(policy.contains(from));
        bench.write("school.toml", policy.replacen(from, to, 1));
        let found = selftest(&bench, &at);
        assert_eq!((found.code, found.err.as_str()), (1, ""), "{found:?}");
        found.out
    };
    let out = with("gambling = \"block\"", "gambling = \"monitor\"");
    assert!(out.contains(
        "not-blocked: casino.example (gambling) is not blocked for pupil: monitor [category]\n"
    ));
    assert!(out.contains("  MONITOR"), "{out}");
    // Blocked, but not by the lists.
    let out = with(
        "address = \"casino.example\"",
        "address = \"other.example\"",
    );
    assert!(out.contains("not-blocked: other.example"), "{out}");
    let out = with(
        "[[ruleset]]",
        "[[groups.pupil.block]]\naddress = \"away.example\"\n[[canary]]\naddress = \"away.example\"\ncategory = \"gambling\"\ngroups = [\"pupil\"]\n[[ruleset]]",
    );
    assert!(out.contains("not-in-category: away.example"), "{out}");
    let out = with(
        "category = \"gambling\"\n",
        "category = \"gambling\"\nlist = \"another\"\n",
    );
    assert!(out.contains("not-on-list: casino.example"), "{out}");
    assert!(out.contains("list another\n"), "{out}");
    // Illegal content without a canary is not known to be blocked.
    let out = with(
        "category = \"terrorism\"\n",
        "category = \"terrorism\"\ngroups = [\"pupil\"]\n",
    );
    assert!(out.contains("no canary: terrorism "), "{out}");
    assert!(out.contains("12 of 13 categories"), "{out}");
    // A ruleset that the policy wants and nobody gave.
    let out = with("name = \"school\"", "name = \"illegal\"");
    assert!(
        out.contains("not in use: the policy wants a ruleset illegal of at most 1 day\n"),
        "{out}"
    );
    assert!(out.contains("ruleset school: 12 h old, the policy sets no age"));
}

#[test]
fn a_list_without_a_date_is_as_old_as_its_file() {
    let bench = whole();
    let manifest = String::from_utf8(bench.read("lists.toml")).unwrap();
    bench.write("lists.toml", manifest.replace("2026-11-22", "twelve"));
    bench
        .run(&["compile", "-m", "lists.toml", "-o", "school.hedge"])
        .is(0, "", "");
    let found = selftest(&bench, &[]);
    assert_eq!(found.code, 0, "{found:?}");
    assert!(found.out.contains("ruleset school: 0 min old"), "{found:?}");
    assert!(
        found.out.contains("by the time of the file)\n"),
        "{found:?}"
    );
    assert_eq!(selftest(&bench, &["--at", "2126-01-01"]).code, 1);
}

#[test]
fn what_cannot_be_tested_has_not_passed() {
    let bench = whole();
    selftest(&bench, &["-r", "none.hedge"]).failed_with("not-found");
    assert_eq!(selftest(&bench, &["-e", "none.toml"]).code, 2);
    bench.write("school.toml", "name = 1\n");
    assert_eq!(selftest(&bench, &[]).code, 2);
    assert_eq!(bench.run(&["selftest", "-p", "uk-primry"]).code, 2);
}
