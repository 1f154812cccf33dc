//! `cargo xtask test`: everything that a change must pass, step by step. A step
//! that fails stops none of the others.

use crate::command::{cargo, each_line, is_there, succeeds};
use crate::report::{Counts, Row, table};
use crate::{End, readme, usage};
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

/// The environment variable that names the folder of real lists and addresses.
pub(crate) const DATA: &str = "HEDGEROW_DATA";

/// One step of the test.
struct Step {
    name: &'static str,
    about: &'static str,
    run: fn(&Given) -> Outcome,
}

/// What the command line gave.
struct Given {
    /// Whether there are real lists and addresses to test with.
    data: Option<PathBuf>,
}

/// What a step came to.
struct Outcome {
    counts: Counts,
    notes: Vec<String>,
}

impl Outcome {
    fn of_check(passed: bool) -> Outcome {
        let mut outcome = Outcome {
            counts: Counts::of_check(passed),
            notes: Vec::new(),
        };
        if !passed {
            outcome.notes.push("failed".to_owned());
        }
        outcome
    }

    /// The outcome of a step whose tool is missing. Somebody's machine may do
    /// without; where changes are judged, everything must have run.
    fn without_tool(tool: &str, how_to_get: &str) -> Outcome {
        let must = std::env::var_os("CI").is_some();
        let so = if must { "failed" } else { "skipped" };
        Outcome {
            counts: Counts {
                failed: u64::from(must),
                skipped: u64::from(!must),
                passed: 0,
            },
            notes: vec![format!("{so}: there is no {tool} ({how_to_get})")],
        }
    }
}

const STEPS: &[Step] = &[
    Step {
        name: "format",
        about: "all Rust code is formatted",
        run: format,
    },
    Step {
        name: "clippy",
        about: "clippy has nothing to say of any target",
        run: clippy,
    },
    Step {
        name: "clippy-core",
        about: "nor of hedgerow and hedgerow-policy without their default features",
        run: clippy_core,
    },
    Step {
        name: "doc",
        about: "the documentation builds without warnings",
        run: documentation,
    },
    Step {
        name: "tests",
        about: "unit and integration tests; the fuzz targets' bodies over their seeds",
        run: tests,
    },
    Step {
        name: "doc-tests",
        about: "the examples in the documentation",
        run: doc_tests,
    },
    Step {
        name: "core",
        about: "the tests of hedgerow and hedgerow-policy without their default features",
        run: core,
    },
    Step {
        name: "readme",
        about: "the commands of the README and of docs/school.md print what these say they print",
        run: read_me,
    },
];

/// The steps that run no code of the workspace.
const LINTS: &[&str] = &["format", "clippy", "clippy-core", "doc"];

/// `cargo xtask test`.
pub(crate) fn test(words: &[String]) -> End {
    let mut names: Vec<&str> = Vec::new();
    let mut data = std::env::var_os(DATA).map(PathBuf::from);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--help" | "-h" => {
                help();
                return End::Good;
            }
            "--data" => match words.next() {
                Some(folder) => data = Some(PathBuf::from(folder)),
                None => return usage("`--data` wants a folder"),
            },
            name if STEPS.iter().any(|step| step.name == name) => names.push(name),
            other => return usage(&format!("`test` has no step or option `{other}`")),
        }
    }
    // Tests run in the folders of their packages, so a relative path would
    // mean another folder to them.
    let data = match data.map(|folder| (folder.canonicalize(), folder)) {
        None => None,
        Some((Ok(whole), _)) if whole.is_dir() => Some(whole),
        Some((_, folder)) => {
            return usage(&format!("{} is no folder to read", folder.display()));
        }
    };
    run(&names, &Given { data })
}

/// `cargo xtask lint`.
pub(crate) fn lint() -> End {
    run(LINTS, &Given { data: None })
}

/// `cargo xtask doc`.
pub(crate) fn doc() -> End {
    run(&["doc"], &Given { data: None })
}

fn help() {
    println!(
        "Usage: cargo xtask test [--data DIR] [STEP]...\n\n\
         Runs every step, or the steps named, and prints a table of what passed, failed\n\
         and was skipped. A step that fails stops none of the others.\n\nSteps:"
    );
    for step in STEPS {
        println!("  {:12} {}", step.name, step.about);
    }
    println!(
        "\nOptions:\n  --data DIR   a folder of real lists and addresses for the tests that want them;\n               \
         else the environment variable {DATA}; with neither, they are skipped\n               \
         and counted"
    );
}

/// Runs the steps named, or all if none is, and prints the table.
fn run(names: &[&str], given: &Given) -> End {
    let mut rows = Vec::new();
    for step in STEPS {
        if !names.is_empty() && !names.contains(&step.name) {
            continue;
        }
        println!("\n== {}: {}", step.name, step.about);
        let start = Instant::now();
        let Outcome { counts, notes } = (step.run)(given);
        rows.push(Row {
            step: step.name,
            counts,
            took: start.elapsed(),
            notes,
        });
    }
    print!("{}", table(&rows));
    let _ = std::io::stdout().flush();
    if rows.iter().any(|row| row.counts.failed > 0) {
        End::Failed
    } else {
        End::Good
    }
}

fn format(_: &Given) -> Outcome {
    if !is_there(&mut cargo(&["fmt", "--version"])) {
        return Outcome::without_tool("rustfmt", "rustup component add rustfmt");
    }
    let workspace = succeeds(&mut cargo(&["fmt", "--all", "--check"]));
    let fuzz = succeeds(&mut cargo(&[
        "fmt",
        "--manifest-path",
        "fuzz/Cargo.toml",
        "--check",
    ]));
    let mut outcome = Outcome::of_check(workspace && fuzz);
    if outcome.counts.failed > 0 {
        outcome.notes = vec!["failed; `cargo xtask fmt` mends it".to_owned()];
    }
    outcome
}

fn clippy(_: &Given) -> Outcome {
    with_clippy(&["--workspace", "--all-targets"])
}

fn clippy_core(_: &Given) -> Outcome {
    with_clippy(&[
        "--package",
        "hedgerow",
        "--package",
        "hedgerow-policy",
        "--no-default-features",
        "--all-targets",
    ])
}

fn with_clippy(what: &[&str]) -> Outcome {
    if !is_there(&mut cargo(&["clippy", "--version"])) {
        return Outcome::without_tool("clippy", "rustup component add clippy");
    }
    let mut command = cargo(&["clippy", "--locked"]);
    command.args(what).args(["--", "-D", "warnings"]);
    Outcome::of_check(succeeds(&mut command))
}

fn documentation(_: &Given) -> Outcome {
    // The command `hedgerow` has the name of the library, so its pages would
    // overwrite the library's; clippy reads what is written in it.
    let mut command = cargo(&["doc", "--locked", "--workspace", "--no-deps", "--lib"]);
    command.env("RUSTDOCFLAGS", "-D warnings");
    Outcome::of_check(succeeds(&mut command))
}

fn tests(given: &Given) -> Outcome {
    // All but the benchmarks, whose peers take long to build and have no tests.
    let mut command = cargo(&[
        "test",
        "--locked",
        "--no-fail-fast",
        "--workspace",
        "--exclude",
        "hedgerow-benches",
        "--tests",
    ]);
    with_data(&mut command, given);
    count(&mut command, given)
}

fn doc_tests(given: &Given) -> Outcome {
    count(
        &mut cargo(&["test", "--locked", "--no-fail-fast", "--doc"]),
        given,
    )
}

fn core(given: &Given) -> Outcome {
    let mut command = cargo(&[
        "test",
        "--locked",
        "--no-fail-fast",
        "--package",
        "hedgerow",
        "--package",
        "hedgerow-policy",
        "--no-default-features",
        "--tests",
    ]);
    count(&mut command, given)
}

fn read_me(_: &Given) -> Outcome {
    // As the README's first command runs it: without naming a binary, so that
    // there must be one only.
    let run = ["run", "--locked", "--release", "--", "--version"];
    if !succeeds(&mut cargo(&run)) {
        return Outcome::of_check(false);
    }
    let (counts, notes) = readme::replay();
    Outcome { counts, notes }
}

/// Tests that need real data are ignored ones (`#[ignore = "needs …"]`), which
/// nothing else in the workspace is: where there is data they run as well.
fn with_data(command: &mut Command, given: &Given) {
    match &given.data {
        Some(folder) => {
            command.env(DATA, folder);
            command.args(["--", "--include-ignored"]);
        }
        None => {
            command.env_remove(DATA);
        }
    }
}

/// Runs a test command and counts what its test binaries say at their ends.
fn count(command: &mut Command, given: &Given) -> Outcome {
    let mut counts = Counts::default();
    let mut notes = Vec::new();
    let mut binaries = 0;
    let succeeded = each_line(command, |line| {
        if let Some(result) = Counts::from_test_result(line) {
            counts.add(result);
            binaries += 1;
        } else if let Some(name) = failed_test(line) {
            notes.push(format!("failed: {name}"));
        }
    });
    if !succeeded && counts.failed == 0 {
        // It did not build, or a test ended its whole process.
        counts.failed = 1;
        notes.push("failed to build or to run to its end; see above".to_owned());
    }
    if succeeded && binaries == 0 {
        counts.failed = 1;
        notes.push("failed: it ran no test at all".to_owned());
    }
    if counts.skipped > 0 && given.data.is_none() {
        let skipped = counts.skipped;
        notes.push(format!(
            "{skipped} skipped: they need real data, and neither --data nor {DATA} says where it is"
        ));
    }
    Outcome { counts, notes }
}

/// The name in `test NAME ... FAILED`.
fn failed_test(line: &str) -> Option<&str> {
    line.strip_prefix("test ")?.strip_suffix(" ... FAILED")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lints_are_steps() {
        for name in LINTS {
            assert!(STEPS.iter().any(|step| step.name == *name), "{name}");
        }
    }

    #[test]
    fn failed_tests_are_named() {
        assert_eq!(
            failed_test("test a::b - should panic ... FAILED"),
            Some("a::b - should panic")
        );
        assert_eq!(failed_test("test a::b ... ok"), None);
    }
}
