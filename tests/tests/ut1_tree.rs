//! The real UT1 tree, where there is one (see [`hedgerow_tests::data`]).
// The functions that set a test up are tests too, which clippy cannot know.
#![allow(clippy::expect_used)]

use hedgerow::category::Taxonomy;
use hedgerow::lists::{SkipReason, discover};
use hedgerow_tests::data;
use std::collections::BTreeSet;
use std::path::PathBuf;

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
#[ignore = "needs HEDGEROW_DATA"]
fn every_folder_is_a_category_and_every_link_an_alias() {
    let tree = data::folder("ut1");
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
#[ignore = "needs HEDGEROW_DATA"]
fn the_built_in_taxonomy_knows_every_folder() {
    let tree = data::folder("ut1");
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
