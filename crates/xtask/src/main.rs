//! `cargo xtask CHORE`: every chore of the workspace, in one place.
//!
//! It builds before anything else does, so it takes nothing but the standard
//! library.

mod command;
mod fuzz;
mod readme;
mod report;
mod test;

use std::path::Path;
use std::process::ExitCode;

const HELP: &str = "\
Every chore of the workspace.

Usage: cargo xtask CHORE [OPTION]...

Chores:
  test [--data DIR] [STEP]...       run the steps (all of them unless some are named)
                                    and print a table of what passed, failed and was
                                    skipped; see `cargo xtask test --help`
  fmt                               format all Rust code, the fuzz targets' too
  lint                              the steps of `test` that run no code
  doc                               build the documentation, with warnings as errors
  bench                             compare with other systems on the data that
                                    HEDGEROW_DATA names; see benches/README.md
  fuzz [--seconds N] [TARGET]...    fuzz the targets one after another, 60 seconds
                                    each unless told otherwise; see `--help`

The exit code is 0 if all went well, 1 if something failed, 2 for a command line
that says nothing known.
";

/// How a chore ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Good,
    Failed,
    /// The command line makes no sense; the message is already out.
    Usage,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (chore, words) = match words.split_first() {
        Some((chore, words)) => (chore.as_str(), words),
        None => ("help", &[] as &[String]),
    };
    let end = match chore {
        "test" => test::test(words),
        "lint" if words.is_empty() => test::lint(),
        "doc" if words.is_empty() => test::doc(),
        "fmt" if words.is_empty() => fmt(),
        "bench" if words.is_empty() => bench(),
        "fuzz" => fuzz::fuzz(words),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            End::Good
        }
        "lint" | "doc" | "fmt" | "bench" => {
            usage(&format!("`cargo xtask {chore}` takes no arguments"))
        }
        other => usage(&format!("there is no chore `{other}`")),
    };
    match end {
        End::Good => ExitCode::SUCCESS,
        End::Failed => ExitCode::from(1),
        End::Usage => ExitCode::from(2),
    }
}

/// Says what is wrong with the command line.
fn usage(what: &str) -> End {
    eprintln!("xtask: {what}; `cargo xtask help` lists what there is");
    End::Usage
}

/// The root of the checkout.
fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here)
}

fn bench() -> End {
    let run = [
        "run",
        "--locked",
        "--release",
        "--package",
        "hedgerow-benches",
        "--bin",
        "compare",
    ];
    match command::succeeds(&mut command::cargo(&run)) {
        true => End::Good,
        false => End::Failed,
    }
}

fn fmt() -> End {
    let mut end = End::Good;
    for mut command in [
        command::cargo(&["fmt", "--all"]),
        command::cargo(&["fmt", "--manifest-path", "fuzz/Cargo.toml"]),
    ] {
        if !command::succeeds(&mut command) {
            end = End::Failed;
        }
    }
    end
}
