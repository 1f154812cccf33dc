//! The starter ruleset's sources: readable, without repetition, and complete.
// The functions that set a test up are tests too, which clippy cannot know.
#![allow(clippy::expect_used)]

#[path = "../src/starter.rs"]
mod starter;

use hedgerow::category::Taxonomy;
use hedgerow::lists::{Format, discover};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("starter")
}

/// The lines of a list that are not comments.
fn entries(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.starts_with('#'))
}

/// Every entry with its file's name and category.
fn all() -> Vec<(&'static str, &'static str, &'static str)> {
    let mut all = Vec::new();
    for (name, text) in starter::FILES
        .iter()
        .filter(|(name, _)| name.ends_with(".txt"))
    {
        let category = name
            .rsplit_once('/')
            .expect("a folder")
            .1
            .trim_end_matches(".txt");
        all.extend(entries(text).map(|entry| (*name, category, entry)));
    }
    all
}

#[test]
fn every_file_of_the_folder_is_embedded() {
    let sources = discover(&[folder()], None).expect("lists");
    let embedded: BTreeSet<String> = starter::FILES
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .filter(|name| name != "lists.toml")
        .collect();
    let found: BTreeSet<String> = sources.lists.iter().map(|list| list.name.clone()).collect();
    assert_eq!(found, embedded);
    assert_eq!(sources.skipped, [], "every file is named by the manifest");
    for (name, text) in starter::FILES {
        assert_eq!(
            std::fs::read_to_string(folder().join(name)).expect(name),
            *text,
            "{name}"
        );
    }
    for list in &sources.lists {
        let has_pages = list.name.contains("pages/");
        let format = if has_pages {
            Format::E2guardianUrls
        } else {
            Format::Domains
        };
        assert_eq!(list.format, Some(format), "{}", list.name);
        assert_eq!(
            list.locked,
            list.name.starts_with("canaries/"),
            "{}",
            list.name
        );
    }
}

#[test]
fn every_entry_is_a_plain_address() {
    for (name, _, entry) in all() {
        let (host, path) = entry
            .split_once('/')
            .map_or((entry, None), |(h, p)| (h, Some(p)));
        assert_eq!(path.is_some(), name.contains("pages/"), "{name}: {entry}");
        assert!(
            path.is_none_or(|path| !path.is_empty() && path.is_ascii()),
            "{name}: {entry}"
        );
        let labels: Vec<&str> = host.split('.').collect();
        assert!(labels.len() >= 2, "{name}: {entry}");
        for label in labels {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            let ends = label.starts_with('-') || label.ends_with('-');
            assert!(
                !label.is_empty() && !ends && label.chars().all(plain),
                "{name}: {entry}"
            );
        }
        // A rule for a public suffix would be left out when the list is read.
        let suffix = psl::suffix_str(host);
        assert_ne!(suffix, Some(host), "{name}: {entry} is a public suffix");
    }
}

#[test]
fn nothing_is_there_twice() {
    let mut seen = BTreeMap::new();
    for (name, _, entry) in all() {
        if let Some(other) = seen.insert(entry, name) {
            panic!("{entry} is in {other} and in {name}");
        }
    }
    // Nor under another name: an entry below another of its category adds
    // nothing.
    for (name, category, entry) in all() {
        for (other_name, other_category, other) in all() {
            let below = entry
                .strip_suffix(other)
                .is_some_and(|rest| rest.ends_with('.'))
                || entry
                    .strip_prefix(other)
                    .is_some_and(|rest| rest.starts_with('/'));
            assert!(
                !(below && category == other_category),
                "{name}: {entry}, {other_name}: {other}"
            );
        }
    }
    for (name, text) in starter::FILES
        .iter()
        .filter(|(name, _)| name.ends_with(".txt"))
    {
        let lines: Vec<&str> = entries(text).collect();
        assert!(lines.is_sorted(), "{name} is not in order");
    }
}

#[test]
fn every_category_has_entries() {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, category, _) in all() {
        *counts.entry(category).or_default() += 1;
    }
    let uksic = Taxonomy::builtin("uksic-2025").expect("built in");
    for category in uksic.categories() {
        assert!(
            counts.contains_key(&*category.id),
            "{} has no entry",
            category.id
        );
    }
    let own = counts
        .keys()
        .filter(|name| uksic.get(name).is_none())
        .count();
    assert_eq!(own, 8, "{counts:?}");
    let total: usize = counts.values().sum();
    assert!((300..=360).contains(&total), "{total} entries");
}

#[test]
fn illegal_categories_have_reserved_names_only() {
    let uksic = Taxonomy::builtin("uksic-2025").expect("built in");
    for (name, category, entry) in all() {
        let locked = uksic.get(category).is_some_and(|category| category.locked);
        assert_eq!(locked, entry.ends_with(".canary.test"), "{name}: {entry}");
        assert_eq!(locked, name.starts_with("canaries/"), "{name}: {entry}");
    }
}

#[test]
fn ordinary_teaching_is_not_in_it() {
    for ordinary in [
        "bbc.co.uk",
        "wikipedia.org",
        "gov.uk",
        "khanacademy.org",
        "nhs.uk",
    ] {
        for (name, _, entry) in all() {
            let host = entry.split('/').next().expect("a first part");
            let covers = host == ordinary
                || ordinary.ends_with(&format!(".{host}"))
                || host.ends_with(&format!(".{ordinary}"));
            assert!(!covers, "{name}: {entry}");
        }
    }
    assert!(all().contains(&("sites/gambling.txt", "gambling", "bet365.com")));
}
