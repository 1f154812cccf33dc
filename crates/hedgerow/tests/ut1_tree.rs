//! The real UT1 tree, if it is at hand: `HEDGEROW_DATA` names a folder in which
//! `ut1` is the unpacked tree.
#![cfg(feature = "files")]
// The functions that set a test up are tests too, which clippy cannot know.
#![allow(clippy::expect_used)]

use hedgerow::category::Taxonomy;
use hedgerow::lists::{SkipReason, discover};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

fn ut1() -> Option<PathBuf> {
    let tree = std::env::var_os("HEDGEROW_DATA").map(|data| PathBuf::from(data).join("ut1"));
    match tree {
        Some(tree) if tree.is_dir() => Some(tree),
        _ => {
            // Not by a macro: what those print is hidden when a test passes.
            let why = "SKIPPED: HEDGEROW_DATA names no folder with `ut1` in it";
            writeln!(std::io::stderr(), "{why}").expect("standard error");
            None
        }
    }
}

/// The tree's real folders, told without the code under test.
fn folders(tree: &PathBuf) -> BTreeSet<String> {
    let entries = std::fs::read_dir(tree)
        .expect("readable")
        .map(|entry| entry.expect("readable"));
    entries
        .filter(|entry| entry.file_type().expect("a type").is_dir())
        .map(|entry| entry.file_name().into_string().expect("UTF-8"))
        .collect()
}

#[test]
fn every_folder_is_a_category_and_every_link_an_alias() {
    let Some(tree) = ut1() else { return };
    let sources = discover(std::slice::from_ref(&tree), None).expect("lists");
    let found: BTreeSet<String> = sources
        .lists
        .iter()
        .filter_map(|list| list.category.clone())
        .collect();
    assert_eq!(found, folders(&tree));

    for (alias, category) in [
        ("ads", "publicite"),
        ("aggressive", "agressif"),
        ("drugs", "drogue"),
        ("mail", "forums"),
        ("porn", "adult"),
        ("proxy", "redirector"),
        ("violence", "agressif"),
    ] {
        assert_eq!(sources.taxonomy.get(alias).expect(alias).id, category);
        let noted = sources.skipped.iter().any(|skipped| {
            skipped.path.ends_with(alias)
                && skipped.reason == SkipReason::Alias(category.to_owned())
        });
        assert!(noted, "{alias}");
    }
    for list in &sources.lists {
        assert!(list.format.is_some(), "{}", list.name);
        let empty = list.path.metadata().expect("a file").len() == 0;
        assert!(
            !empty || list.empty_ok,
            "{} is empty and that is not in order",
            list.name
        );
    }
    let members: usize = folders(&tree)
        .iter()
        .map(|folder| {
            let is_there = |file: &&str| tree.join(folder).join(file).is_file();
            ["domains", "urls", "expressions"]
                .iter()
                .filter(|file| is_there(file))
                .count()
        })
        .sum();
    assert_eq!(sources.lists.len(), members);
}

#[test]
fn the_built_in_taxonomy_knows_every_folder() {
    let Some(tree) = ut1() else { return };
    let taxonomy = Taxonomy::builtin("ut1").expect("built in");
    for folder in folders(&tree) {
        assert_eq!(
            taxonomy.get(&folder).map(|category| category.id.as_str()),
            Some(&*folder)
        );
    }
    // Every alias found in the tree is one the taxonomy has, too.
    let sources = discover(&[tree], None).expect("lists");
    for category in sources.taxonomy.categories() {
        for alias in &category.aliases {
            let known = taxonomy.get(alias).map(|known| known.id.as_str());
            assert_eq!(known, Some(category.id.as_str()), "{alias}");
        }
    }
}
