//! `cargo xtask fuzz`: the targets in `fuzz/`, by cargo-fuzz on a nightly
//! compiler.

use crate::command::{cargo, is_there, succeeds};
use crate::{End, root, usage};
use std::path::Path;
use std::process::Command;

const HELP: &str = "\
Usage: cargo xtask fuzz [--seconds N] [TARGET]...

Fuzzes the targets named, or all of them, one after another, N seconds each (60
unless told otherwise), beginning with the seeds in fuzz/seeds/TARGET. What is
found goes to fuzz/corpus/TARGET, what fails to fuzz/artifacts/TARGET; neither is
committed. Needs a nightly compiler, cargo-fuzz and a C++ compiler.

Targets:";

/// `cargo xtask fuzz`.
pub(crate) fn fuzz(words: &[String]) -> End {
    let known = match targets() {
        Ok(known) => known,
        Err(error) => {
            eprintln!("xtask: fuzz/fuzz_targets cannot be read: {error}");
            return End::Failed;
        }
    };
    let mut seconds = 60_u32;
    let mut names: Vec<String> = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--help" | "-h" => {
                println!("{HELP}");
                for name in &known {
                    println!("  {name}");
                }
                return End::Good;
            }
            "--seconds" => match words.next().map(|number| number.parse()) {
                Some(Ok(number)) if number > 0 => seconds = number,
                _ => return usage("`--seconds` wants a whole number above 0"),
            },
            name if known.iter().any(|known| known == name) => names.push(name.to_owned()),
            other => return usage(&format!("`fuzz` has no target or option `{other}`")),
        }
    }
    if names.is_empty() {
        names = known;
    }
    let missing = missing_tools();
    if !missing.is_empty() {
        eprintln!("xtask: fuzzing needs what is not here:");
        for what in missing {
            eprintln!("  {what}");
        }
        return End::Failed;
    }
    let mut failed = Vec::new();
    for name in &names {
        if !fuzz_one(name, seconds) {
            failed.push(name.as_str());
        }
    }
    println!(
        "\n{} of {} targets went {seconds} s without a failure",
        names.len() - failed.len(),
        names.len()
    );
    for name in &failed {
        println!("failed: {name}; see fuzz/artifacts/{name}");
    }
    if failed.is_empty() {
        End::Good
    } else {
        End::Failed
    }
}

/// The names of the targets, in order.
fn targets() -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(root().join("fuzz/fuzz_targets"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs")
            && let Some(stem) = path.file_stem().and_then(|stem| stem.to_str())
        {
            names.push(stem.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// `cargo +nightly …`: the proxy of rustup, which knows toolchains by name.
fn nightly(arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command
        .arg("+nightly")
        .args(arguments)
        .current_dir(root())
        // This program was started by another toolchain's cargo, which left
        // word of itself.
        .env_remove("CARGO")
        .env_remove("RUSTUP_TOOLCHAIN");
    command
}

fn missing_tools() -> Vec<&'static str> {
    let mut missing = Vec::new();
    if !is_there(&mut nightly(&["--version"])) {
        missing.push("a nightly compiler: rustup toolchain install nightly");
    }
    if !is_there(&mut cargo(&["fuzz", "--version"])) {
        missing.push("cargo-fuzz: cargo install --locked cargo-fuzz");
    }
    if !is_there(Command::new("c++").arg("--version")) {
        missing.push("a C++ compiler: Debian's package g++");
    }
    missing
}

fn fuzz_one(name: &str, seconds: u32) -> bool {
    let corpus = format!("fuzz/corpus/{name}");
    if let Err(error) = std::fs::create_dir_all(root().join(&corpus)) {
        eprintln!("xtask: {corpus} cannot be made: {error}");
        return false;
    }
    let seeds = format!("fuzz/seeds/{name}");
    let seconds = format!("-max_total_time={seconds}");
    let mut command = nightly(&["fuzz", "run", name, &corpus]);
    if Path::new(&root().join(&seeds)).is_dir() {
        command.arg(&seeds);
    }
    let dictionary = format!("fuzz/dictionaries/{name}.txt");
    command.args(["--", &seconds, "-timeout=10", "-rss_limit_mb=4096"]);
    if root().join(&dictionary).is_file() {
        command.arg(format!("-dict={dictionary}"));
    }
    succeeds(&mut command)
}
