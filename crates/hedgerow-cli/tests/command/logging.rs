//! `log`: showing, verifying, recovering.

use crate::deciding::{POLICY, school};
use crate::{Bench, Ended};

/// A log of three changes of a policy.
fn changed() -> Bench {
    let bench = school();
    for version in ["1", "2", "3"] {
        let policy = POLICY.replace("version = \"7\"", &format!("version = \"{version}\""));
        bench.write("new.toml", policy);
        let done = bench.run(&[
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
            &format!("to version {version}"),
        ]);
        assert_eq!(done.code, 0, "{done:?}");
    }
    bench
}

fn verify(bench: &Bench, more: &[&str]) -> Ended {
    let mut arguments = vec!["log", "verify", "log.jsonl"];
    arguments.extend(more);
    bench.run(&arguments)
}

fn lines(bench: &Bench) -> Vec<String> {
    let text = String::from_utf8(bench.read("log.jsonl")).unwrap();
    text.lines().map(|line| format!("{line}\n")).collect()
}

/// The head that `verify` prints.
fn head(bench: &Bench) -> String {
    let found = verify(bench, &[]);
    let line = found
        .out
        .lines()
        .find_map(|line| line.strip_prefix("head "));
    line.unwrap().to_owned()
}

#[test]
fn show_tells_who_did_what_and_why() {
    let bench = changed();
    let shown = bench.run(&["log", "show", "log.jsonl"]);
    assert_eq!((shown.code, shown.err.as_str()), (0, ""));
    let told: Vec<&str> = shown.out.lines().collect();
    assert!(told[0].starts_with("1  2"), "{shown:?}");
    assert!(told[0].ends_with(" UTC  N. Manager  policy live.toml"));
    assert_eq!(told[1], "   to version 1");
    for line in [
        "     -version = \"1\"",
        "     +version = \"2\"",
        "     … 8 lines more (--full)",
        "3 records",
    ] {
        assert!(told.contains(&line), "{line}\n{}", shown.out);
    }
    let full = bench.run(&["log", "show", "log.jsonl", "--full"]);
    assert!(full.out.contains("     +longest = \"28 days\"\n"));
    let brief = bench.run(&["log", "show", "log.jsonl", "--brief", "--who", "n. manager"]);
    assert_eq!(brief.out.lines().count(), 7, "{brief:?}");
    let nobody = bench.run(&["log", "show", "log.jsonl", "--who", "Somebody"]);
    nobody.is(0, "0 records\n", "");
    let json = bench.run(&["log", "show", "log.jsonl", "--json"]);
    let records: Vec<serde_json::Value> = json
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(records[2]["seq"], 3);
    assert_eq!(records[2]["previous"], records[1]["hash"]);
    bench
        .run(&["log", "show", "none.jsonl"])
        .failed_with("not-found");
}

#[test]
fn verify_names_what_was_done_to_the_log() {
    let bench = changed();
    let head = head(&bench);
    verify(&bench, &["--head", &head]).is(
        0,
        &format!("intact: 3 records, the noted head among them\nhead {head}\n"),
        "",
    );
    let sound = lines(&bench);
    let damaged = |log: &[&str], code: &str, place: &str| {
        bench.write("log.jsonl", log.concat());
        let found = verify(&bench, &["--head", &head]);
        assert_eq!((found.code, found.err.as_str()), (1, ""), "{found:?}");
        let line = found.out.lines().next().unwrap();
        assert!(line.starts_with(place), "{line}");
        assert!(line.ends_with(&format!("[{code}]")), "{line}");
        assert!(found.out.contains("\ndamaged: "), "{found:?}");
        let json = verify(&bench, &["--head", &head, "--json"]);
        assert_eq!(json.code, 1);
        let json = json.json();
        assert_eq!(json["intact"], false);
        assert_eq!(json["findings"][0]["kind"], code);
    };
    let edited = sound[1].replace("to version 2", "to version 9");
    damaged(
        &[&sound[0], &edited, &sound[2]],
        "log-edited",
        "line 2: record 2 ",
    );
    damaged(&[&sound[0], &sound[2]], "log-removed", "line 2: record 2 ");
    damaged(&[&sound[0], &sound[2], &sound[1]], "log-reordered", "line ");
    damaged(&[&sound[0], &sound[1]], "log-cut-off", "line ");
    // Without the noted head nobody can see that the end is gone.
    assert_eq!(verify(&bench, &[]).code, 0);
    // What `show` cannot read it does not pass over.
    bench.write(
        "log.jsonl",
        [&sound[0], edited.as_str(), &sound[2]].concat(),
    );
    let shown = bench.run(&["log", "show", "log.jsonl", "--brief"]);
    assert_eq!(shown.code, 1);
    assert!(
        shown.err.starts_with("hedgerow: log.jsonl:2: "),
        "{shown:?}"
    );
    assert!(shown.out.ends_with("2 records\n"), "{shown:?}");
    // A torn record is told, and is no damage.
    let torn = &sound[2][..40];
    bench.write("log.jsonl", [&sound[0], &sound[1], torn].concat());
    let found = verify(&bench, &[]);
    assert_eq!(found.code, 0, "{found:?}");
    assert!(found.out.contains("[log-torn]\n"), "{found:?}");
    verify(&bench, &["--head", "12"]);
    assert_eq!(verify(&bench, &["--head", "12"]).code, 2);
    bench
        .run(&["log", "verify", "none.jsonl"])
        .failed_with("not-found");
}

#[test]
fn recover_brings_files_in_step() {
    let bench = changed();
    bench.run(&["log", "recover", "log.jsonl"]).is(
        0,
        "live.toml: is what the log says [in-step]\n1 file\n",
        "",
    );
    bench.write("live.toml", "mine");
    let found = bench.run(&["log", "recover", "log.jsonl"]);
    assert_eq!(found.code, 1);
    assert!(
        found
            .out
            .contains("live.toml: was changed past the log [diverged]\n")
    );
    let found = bench.run(&["log", "recover", "log.jsonl", "--json"]).json();
    assert_eq!(found["state"], "diverged");
    bench
        .run(&["log", "recover", "none.jsonl"])
        .failed_with("not-found");
}
