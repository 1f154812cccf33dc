//! Rulesets written by this and earlier versions answer as they did.

#![allow(clippy::unwrap_used)] // beside the tests themselves, what they call

use hedgerow_tests::golden::{ADVICE, answers, folder, rulesets};
use serde_json::Value;

#[test]
fn golden_files_open_and_answer_for_ever() {
    let mut opened = 0;
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "hedge") {
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let expected = std::fs::read_to_string(path.with_extension("json")).unwrap();
        let expected: Value = serde_json::from_str(&expected).unwrap();
        let answered = answers(&bytes).unwrap();
        for member in ["entries", "has_lines", "lists", "categories", "rules"] {
            assert_eq!(answered[member], expected[member], "{}", path.display());
        }
        let (answered, expected) = (&answered["answers"], &expected["answers"]);
        let count = expected.as_array().unwrap().len();
        assert!(count >= 100);
        for number in 0..count {
            assert_eq!(answered[number], expected[number], "{}", path.display());
        }
        opened += 1;
    }
    assert!(opened >= 4, "only {opened} golden files");
}

#[test]
fn this_version_writes_the_golden_bytes() {
    for (name, bytes) in rulesets().unwrap() {
        let golden = std::fs::read(folder().join(format!("{name}.hedge")));
        assert!(golden.unwrap_or_default() == bytes, "{name}: {ADVICE}");
    }
}
