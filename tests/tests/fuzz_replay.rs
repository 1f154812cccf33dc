//! The fuzz targets' bodies over their seeds, and over what chance makes of
//! them: the same inputs on every run.

// The functions that set a test up are tests too, which clippy cannot know.
#![allow(clippy::expect_used, clippy::unwrap_used)]

use hedgerow_tests::fuzzing::mutation::Mutations;
use hedgerow_tests::fuzzing::{TARGETS, format_byte};
use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz")
}

/// The seeds of a target, by name.
fn seeds(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = fuzz().join("seeds").join(target);
    let mut paths: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} is empty", folder.display());
    paths
        .into_iter()
        .map(|path| {
            let bytes = fs::read(&path).unwrap();
            (path, bytes)
        })
        .collect()
}

/// Runs the target named over its seeds, and over `inputs` mutations of them.
fn replay(target: &str, inputs: usize) {
    let body = TARGETS
        .iter()
        .find(|(name, _)| *name == target)
        .map(|(_, body)| *body)
        .expect("a target");
    let seeds = seeds(target);
    for (path, bytes) in &seeds {
        let ended = catch_unwind(|| body(bytes));
        assert!(ended.is_ok(), "{} fails", path.display());
    }
    let seeds = seeds.into_iter().map(|(_, bytes)| bytes).collect();
    for (number, input) in Mutations::new(1, seeds).take(inputs).enumerate() {
        let ended = catch_unwind(AssertUnwindSafe(|| body(&input)));
        assert!(
            ended.is_ok(),
            "mutation {number} fails; a seed for it: b\"{}\"",
            input.escape_ascii()
        );
    }
}

#[test]
fn canonicalise() {
    replay("canonicalise", 20_000);
}

#[test]
fn compile_classify() {
    replay("compile_classify", 500);
}

#[test]
fn lists() {
    replay("lists", 5_000);
}

#[test]
fn manifest() {
    replay("manifest", 2_000);
}

#[test]
fn open() {
    replay("open", 1_000);
}

#[test]
fn taxonomy() {
    replay("taxonomy", 2_000);
}

/// Every body is a target of cargo-fuzz, and every target a body.
#[test]
fn targets_are_those_of_cargo_fuzz() {
    let known: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let files: BTreeSet<String> = fs::read_dir(fuzz().join("fuzz_targets"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(files, known);
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    for name in &known {
        let path = format!("fuzz_targets/{name}.rs");
        assert!(manifest.contains(&format!("path = \"{path}\"")), "{name}");
        let text = fs::read_to_string(fuzz().join(path)).unwrap();
        assert!(text.contains(&format!("fuzzing::{name}(data)")), "{name}");
    }
}

/// A seed named for a format is read as that format.
#[test]
fn seeds_of_lists_begin_with_their_format() {
    use hedgerow::lists::Format;
    let seeds = seeds("lists");
    for format in Format::ALL {
        let (path, bytes) = seeds
            .iter()
            .find(|(path, _)| path.file_stem().unwrap() == format.name())
            .unwrap_or_else(|| panic!("no seed for {format}"));
        assert_eq!(bytes[0], format_byte(*format), "{}", path.display());
    }
}
