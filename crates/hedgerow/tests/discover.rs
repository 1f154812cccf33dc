//! Finding lists in folders, with and without a manifest.
#![cfg(feature = "files")]
// The functions that set a test up are tests too, which clippy cannot know.
#![allow(clippy::expect_used)]

use hedgerow::lists::{Format, Manifest, SkipReason, Sources, discover};
use hedgerow::{Action, Case, ErrorKind, HostScope, PathScope};
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder with these files in it; a path that ends in `/` is a folder.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        if name.ends_with('/') {
            std::fs::create_dir_all(&path).expect("a folder");
            continue;
        }
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    folder
}

fn find(path: impl AsRef<Path>) -> Sources {
    discover(&[path.as_ref().to_owned()], None).expect("lists")
}

fn refused(path: impl AsRef<Path>) -> hedgerow::Error {
    discover(&[path.as_ref().to_owned()], None).expect_err("refused")
}

/// Name and category of each list.
fn told(sources: &Sources) -> Vec<(&str, &str)> {
    let mut told = Vec::new();
    for list in &sources.lists {
        told.push((list.name.as_str(), list.category.as_deref().unwrap_or("-")));
    }
    told
}

fn skipped(sources: &Sources) -> Vec<(String, SkipReason)> {
    let name = |path: &PathBuf| {
        path.file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned()
    };
    sources
        .skipped
        .iter()
        .map(|skipped| (name(&skipped.path), skipped.reason.clone()))
        .collect()
}

const UT1_LIKE: &[(&str, &str)] = &[
    ("LICENSE.pdf", "%PDF"),
    ("global_usage", "NAME: adult"),
    ("adult/domains", "adult.example\n"),
    ("adult/urls", "site.example/adult\n"),
    ("adult/expressions", ""),
    ("adult/usage", "black\n"),
    ("adult/very_restrictive_expression", "(a|b)"),
    ("empty/domains", "# nothing yet\n\n"),
    ("gambling/online/domains", "casino.example\n"),
    ("porn", "adult\n"),
];

#[test]
fn a_tree_is_its_folders() {
    let tree = folder(UT1_LIKE);
    let sources = find(&tree);
    assert_eq!(
        told(&sources),
        [
            ("adult/domains", "adult"),
            ("adult/expressions", "adult"),
            ("adult/urls", "adult"),
            ("empty/domains", "empty"),
            ("gambling/online/domains", "gambling/online"),
        ]
    );
    let formats: Vec<_> = sources.lists.iter().map(|list| list.format).collect();
    assert_eq!(
        formats[..3],
        [
            Some(Format::SquidGuardDomains),
            Some(Format::SquidGuardExpressions),
            Some(Format::SquidGuardUrls)
        ]
    );
    let empty_ok: Vec<_> = sources.lists.iter().map(|list| list.empty_ok).collect();
    assert_eq!(empty_ok, [true, true, true, false, false]);
    assert_eq!(
        skipped(&sources),
        [
            ("LICENSE.pdf".to_owned(), SkipReason::Description),
            ("usage".to_owned(), SkipReason::Description),
            (
                "very_restrictive_expression".to_owned(),
                SkipReason::NotAMember
            ),
            ("global_usage".to_owned(), SkipReason::Description),
            ("porn".to_owned(), SkipReason::Alias("adult".to_owned())),
        ]
    );
    assert_eq!(sources.taxonomy.get("porn").expect("an alias").id, "adult");
    assert_eq!(sources.category("Porn"), Some("adult"));
}

#[cfg(unix)]
#[test]
fn a_link_is_another_name_counted_once() {
    let tree = folder(&[("adult/domains", "a.example\n"), ("other/", "")]);
    let elsewhere = folder(&[("domains", "b.example\n")]);
    let link = |target: &Path, name: &str| {
        std::os::unix::fs::symlink(target, tree.path().join(name)).expect("a link");
    };
    link(Path::new("adult"), "aaa");
    link(Path::new("nowhere"), "broken");
    link(Path::new("."), "round");
    link(elsewhere.path(), "elsewhere");
    let sources = find(&tree);
    assert_eq!(
        told(&sources),
        [
            ("adult/domains", "adult"),
            ("elsewhere/domains", "elsewhere")
        ]
    );
    assert_eq!(sources.taxonomy.get("aaa").expect("an alias").id, "adult");
    assert!(sources.taxonomy.get("round").is_none());
    let reasons = skipped(&sources);
    assert!(
        reasons.contains(&("broken".to_owned(), SkipReason::BrokenLink)),
        "{reasons:?}"
    );
    assert!(reasons.contains(&("aaa".to_owned(), SkipReason::Alias("adult".to_owned()))));

    let sources = find(tree.path().join("aaa"));
    assert_eq!(told(&sources), [("adult/domains", "adult")]);
    assert_eq!(sources.taxonomy.get("aaa").expect("an alias").id, "adult");
}

#[test]
fn a_stand_in_given_by_itself_is_the_folder() {
    let tree = folder(UT1_LIKE);
    let sources = find(tree.path().join("porn"));
    assert_eq!(sources.lists.len(), 3);
    assert_eq!(sources.taxonomy.get("porn").expect("an alias").id, "adult");
}

#[test]
fn one_folder_of_a_tree_and_one_file_of_it() {
    let tree = folder(UT1_LIKE);
    let sources = find(tree.path().join("adult"));
    assert_eq!(told(&sources)[0], ("adult/domains", "adult"));
    assert_eq!(sources.lists.len(), 3);
    let sources = find(tree.path().join("adult/urls"));
    assert_eq!(told(&sources), [("adult/urls", "adult")]);
    assert_eq!(sources.lists[0].format, Some(Format::SquidGuardUrls));
}

#[test]
fn a_folder_of_files_is_one_list_a_file() {
    let files = folder(&[
        ("gambling.txt", "a.example"),
        ("README.md", "about"),
        ("old.tar.gz", "x"),
        (".git/HEAD", "x"),
        ("more/drugs.list", "b.example"),
    ]);
    let sources = find(&files);
    assert_eq!(
        told(&sources),
        [("gambling.txt", "gambling"), ("more/drugs.list", "drugs")]
    );
    assert!(
        sources
            .lists
            .iter()
            .all(|list| list.format.is_none() && !list.empty_ok)
    );
    assert_eq!(
        skipped(&sources),
        [
            (".git".to_owned(), SkipReason::Hidden),
            ("README.md".to_owned(), SkipReason::Description),
            ("old.tar.gz".to_owned(), SkipReason::Packed),
        ]
    );
    assert_eq!(
        told(&find(files.path().join("gambling.txt"))),
        [("gambling.txt", "gambling")]
    );
}

#[test]
fn the_same_file_is_read_once_and_names_stay_apart() {
    let one = folder(&[
        ("a/gambling.txt", "a.example"),
        ("b/gambling.txt", "b.example"),
    ]);
    let paths = [
        one.path().join("a/gambling.txt"),
        one.path().join("b/gambling.txt"),
        one.path().join("a"),
    ];
    let sources = discover(&paths, None).expect("lists");
    assert_eq!(
        told(&sources),
        [("gambling.txt", "gambling"), ("b/gambling.txt", "gambling")]
    );
    assert_eq!(
        sources.skipped[0].reason,
        SkipReason::Repeated("gambling.txt".to_owned())
    );
}

#[test]
fn what_is_not_there_is_an_error() {
    let empty = folder(&[("README", "nothing")]);
    assert_eq!(refused(&empty).kind(), ErrorKind::NotFound);
    let missing = empty.path().join("no/such");
    let error = refused(&missing);
    assert_eq!(
        (error.kind(), error.path()),
        (ErrorKind::NotFound, Some(missing.as_path()))
    );
}

#[test]
fn a_manifest_sets_what_it_says() {
    let lists = folder(&[
        (
            "lists.toml",
            r#"
taxonomy = "uksic-2025"
[[category]]
name = "games"
aliases = ["jeux"]
[categories]
casino = "gambling"
[[list]]
path = "casino.txt"
name = "Casinos"
format = "domains"
host_scope = "host"
path_scope = "exact"
case = "insensitive"
action = "allow"
licence = "CC0"
source = "https://lists.example/"
version = "7"
allow_public_suffix = true
allow_single_label = true
empty_ok = true
[[list]]
path = "by/{category}/*.txt"
exclude = ["by/games/old"]
[[list]]
path = "by/games/old/x.txt"
category = "from-folder"
[list.csv]
delimiter = ";"
header = true
address_column = 2
scope_column = "kind"
[list.csv.scopes]
page = { host = "host", path = "exact" }
site = { host = "domain" }
[[list]]
path = "secret.csv"
format = "csv"
category = "iwf"
[[list]]
path = "mixed.csv"
format = "csv"
csv = { category_column = "class" }
"#,
        ),
        ("casino.txt", "a.example"),
        ("by/jeux/a.txt", "b.example"),
        ("by/drugs/a.txt", "c.example"),
        ("by/drugs/b.txt", "d.example"),
        ("by/games/old/x.txt", "e.example"),
        ("secret.csv", "https://f.example/x"),
        ("mixed.csv", "url,class"),
        ("forgotten.txt", "g.example"),
    ]);
    let error = refused(&lists);
    // `old` is a folder but no category: it comes from the folder's name.
    assert_eq!(
        (error.kind(), error.line()),
        (ErrorKind::CategoryUnknown, Some(25)),
        "{error}"
    );

    let text = std::fs::read_to_string(lists.path().join("lists.toml")).expect("read");
    let text = text.replace(
        "casino = \"gambling\"",
        "casino = \"gambling\"\nold = \"games\"",
    );
    std::fs::write(lists.path().join("lists.toml"), text).expect("written");
    let sources = find(&lists);
    assert_eq!(
        told(&sources),
        [
            ("Casinos", "gambling"),
            ("by/drugs/a.txt", "drugs"),
            ("by/drugs/b.txt", "drugs"),
            ("by/jeux/a.txt", "games"),
            ("x.txt", "games"),
            ("secret.csv", "child-sexual-abuse"),
            ("mixed.csv", "-"),
        ]
    );
    let first = &sources.lists[0];
    assert_eq!(first.format, Some(Format::Domains));
    assert_eq!(first.options.host_scope, Some(HostScope::Host));
    assert_eq!(first.options.path_scope, Some(PathScope::Exact));
    assert_eq!(first.options.case, Some(Case::Insensitive));
    assert_eq!(first.options.action, Some(Action::Allow));
    assert_eq!(first.licence.as_deref(), Some("CC0"));
    assert_eq!(first.source.as_deref(), Some("https://lists.example/"));
    assert_eq!(first.version.as_deref(), Some("7"));
    assert!(first.allow_public_suffix && first.allow_single_label && first.empty_ok);
    let csv = &sources.lists[4].options.csv;
    assert_eq!((csv.delimiter, csv.header), (Some(b';'), Some(true)));
    assert_eq!(csv.address_column.as_deref(), Some("2"));
    assert_eq!(
        csv.scopes,
        [
            ("page".to_owned(), HostScope::Host, PathScope::Exact),
            ("site".to_owned(), HostScope::Domain, PathScope::Any)
        ]
    );
    let secret = &sources.lists[5];
    assert!(secret.locked);
    assert_eq!(secret.options.case, Some(Case::Sensitive));
    assert!(!first.locked);
    assert_eq!(sources.category("Casino"), Some("gambling"));
    assert_eq!(sources.category("no-such"), None);
    assert_eq!(
        skipped(&sources),
        [("forgotten.txt".to_owned(), SkipReason::NotInManifest)]
    );
}

#[test]
fn an_excluded_folder_is_noted() {
    let lists = folder(&[
        (
            "lists.toml",
            "[[list]]\npath = '**/*.txt'\nexclude = ['old', '*/draft-*']\n",
        ),
        ("a.txt", "a.example"),
        ("old/b.txt", "b.example"),
        ("new/draft-c.txt", "c.example"),
    ]);
    let sources = find(&lists);
    assert_eq!(told(&sources), [("a.txt", "a")]);
    assert_eq!(
        skipped(&sources),
        [
            ("draft-c.txt".to_owned(), SkipReason::Excluded),
            ("b.txt".to_owned(), SkipReason::Excluded)
        ]
    );
}

#[test]
fn names_are_mapped_from_another_taxonomy() {
    let lists = folder(&[
        (
            "lists.toml",
            "taxonomy = 'uksic-2025'\nmap_from = 'ut1'\n[[list]]\npath = 'ut1'\n",
        ),
        ("ut1/warez/domains", "a.example"),
        ("ut1/publicite/domains", "b.example"),
        ("ut1/violence", "agressif"),
        ("ut1/agressif/domains", "c.example"),
    ]);
    let sources = find(&lists);
    assert_eq!(
        told(&sources),
        [
            ("agressif/domains", "discrimination"),
            ("publicite/domains", "publicite"),
            ("warez/domains", "piracy"),
        ]
    );
    // UKSIC has a category of that name, which the link does not take over.
    assert_eq!(
        sources.taxonomy.get("violence").expect("known").id,
        "violence"
    );
    assert_eq!(
        sources.taxonomy.get("publicite").expect("added").title,
        "Advertising"
    );
    assert_eq!(sources.category("warez"), Some("piracy"));
}

#[test]
fn a_manifest_may_only_name_categories() {
    let tree = folder(&[
        (
            "lists.toml",
            "taxonomy = 'uksic-2025'\n[categories]\ncasino = 'gambling'\n",
        ),
        ("casino/domains", "a.example"),
    ]);
    assert_eq!(told(&find(&tree)), [("casino/domains", "gambling")]);

    let manifest = tree.path().join("lists.toml");
    let bare = folder(&[("casino.txt", "a.example")]);
    let sources = discover(&[bare.path().to_owned()], Some(&manifest)).expect("lists");
    assert_eq!(told(&sources), [("casino.txt", "gambling")]);
    assert!(sources.taxonomy.get("extremism").is_some());
}

#[test]
fn two_manifests_must_agree() {
    let one = folder(&[
        (
            "lists.toml",
            "taxonomy = 'uksic-2025'\n[[list]]\npath = 'gambling.txt'\n",
        ),
        ("gambling.txt", "a.example"),
    ]);
    let two = folder(&[
        (
            "lists.toml",
            "taxonomy = 'ut1'\n[[list]]\npath = 'gambling.txt'\n",
        ),
        ("gambling.txt", "b.example"),
    ]);
    let paths = [one.path().to_owned(), two.path().to_owned()];
    let error = discover(&paths, None).expect_err("two taxonomies");
    assert_eq!(error.kind(), ErrorKind::Manifest);
    assert_eq!(error.path(), Some(two.path().join("lists.toml").as_path()));
}

#[test]
fn faults_of_a_manifest_name_line_and_nearest() {
    for (text, kind, line, hint) in [
        (
            "[[list]]\npath = 'a'\nformat = 'domain'\n",
            ErrorKind::Manifest,
            3,
            "`domains`",
        ),
        (
            "[[list]]\npath = 'a'\n\nhost_scope = 'hosts'\n",
            ErrorKind::Manifest,
            4,
            "`host`",
        ),
        (
            "[[list]]\npath = 'a'\nhost_scope = 'network'\n",
            ErrorKind::Manifest,
            3,
            "known are",
        ),
        (
            "[[list]]\npath = 'a'\npath_scope = 'prefx'\n",
            ErrorKind::Manifest,
            3,
            "`prefix`",
        ),
        (
            "[[list]]\npath = 'a'\ncase = 'sensitiv'\n",
            ErrorKind::Manifest,
            3,
            "`sensitive`",
        ),
        (
            "[[list]]\npath = 'a'\naction = 'block'\n",
            ErrorKind::Manifest,
            3,
            "list, allow",
        ),
        (
            "[[list]]\npath = 'a'\ncolour = 'red'\n",
            ErrorKind::Manifest,
            3,
            "colour",
        ),
        (
            "[[list]]\nformat = 'auto'\n",
            ErrorKind::Manifest,
            1,
            "path",
        ),
        ("[[list]]\npath = 'a{b}'\n", ErrorKind::Manifest, 2, "brace"),
        (
            "[[list]]\npath = 'missing'\n",
            ErrorKind::NotFound,
            1,
            "missing",
        ),
        (
            "\n[[list]]\npath = '*.none'\n",
            ErrorKind::NotFound,
            2,
            "no file matches",
        ),
        (
            "[[list]]\npath = '*.txt'\nname = 'x'\n",
            ErrorKind::Manifest,
            1,
            "single file",
        ),
        (
            "taxonomy = 'uksic-2026'\n",
            ErrorKind::Manifest,
            1,
            "uksic-202",
        ),
        (
            "taxonomy = 'own.toml'\n",
            ErrorKind::Manifest,
            1,
            "own.toml",
        ),
        (
            "taxonomy = 'ut1'\n[categories]\nx = 'gamblin'\n",
            ErrorKind::CategoryUnknown,
            3,
            "`gambling`",
        ),
        (
            "taxonomy = 'ut1'\n[[list]]\npath = 'a'\ncategory = 'gamblin'\n",
            ErrorKind::CategoryUnknown,
            4,
            "`gambling`",
        ),
        (
            "taxonomy = 'uksic-2025'\n[[category]]\nname = 'iwf'\n",
            ErrorKind::Manifest,
            2,
            "iwf",
        ),
        (
            "[[list]]\npath = 'a'\ncsv = { delimiter = ';;' }\n",
            ErrorKind::Manifest,
            3,
            "one ASCII",
        ),
        ("list = 3\n", ErrorKind::Manifest, 1, ""),
        ("[[list]\n", ErrorKind::Manifest, 1, ""),
    ] {
        let lists = folder(&[("lists.toml", text), ("a.txt", "a.example")]);
        let error = refused(&lists);
        assert_eq!(
            (error.kind(), error.line()),
            (kind, Some(line)),
            "{text}: {error}"
        );
        assert_eq!(
            error.path(),
            Some(lists.path().join("lists.toml").as_path()),
            "{text}"
        );
        assert!(error.message().contains(hint), "{text}: {error}");
    }
}

#[test]
fn a_taxonomy_of_ones_own() {
    let lists = folder(&[
        (
            "lists.toml",
            "taxonomy = 'own.toml'\n[[list]]\npath = '{category}.txt'\n",
        ),
        (
            "own.toml",
            "id = 'own-1'\nversion = '1'\n[[category]]\nid = 'x'\nlocked = true\n",
        ),
        ("x.txt", "a.example"),
    ]);
    let sources = find(&lists);
    assert_eq!(sources.taxonomy.id(), "own-1");
    assert!(sources.lists[0].locked);
    assert_eq!(sources.skipped, []);
}

#[test]
fn a_manifest_may_come_from_windows() {
    let text = "\u{feff}taxonomy = 'uksic-2025'\r\n[[list]]\r\npath = 'gambling.txt'\r\n";
    let lists = folder(&[("lists.toml", text), ("gambling.txt", "a.example")]);
    assert_eq!(told(&find(&lists)), [("gambling.txt", "gambling")]);
    let error = Manifest::parse(&text.replace("path", "paht"), "lists.toml").expect_err("paht");
    assert_eq!(error.line(), Some(3));
}

#[cfg(unix)]
#[test]
fn a_socket_is_passed_over() {
    let lists = folder(&[("a.txt", "a.example")]);
    let _socket = std::os::unix::net::UnixListener::bind(lists.path().join("s")).expect("bound");
    let sources = find(&lists);
    assert_eq!(told(&sources), [("a.txt", "a")]);
    assert_eq!(skipped(&sources), [("s".to_owned(), SkipReason::NotAFile)]);
}

#[test]
fn a_file_given_by_a_bare_name_has_a_folder() {
    // Relative paths have no parent to name; the true one is asked.
    let here = std::env::current_dir().expect("a folder");
    let sources = find("Cargo.toml");
    assert_eq!(told(&sources), [("Cargo.toml", "Cargo")]);
    assert!(here.join(&sources.lists[0].path).is_file());
}

proptest! {
    #[test]
    fn reading_a_manifest_never_panics(
        parts in proptest::collection::vec(
            prop_oneof![
                Just("[[list]]\n".to_owned()),
                Just("[[category]]\nname = 'iwf'\n".to_owned()),
                Just("[categories]\n".to_owned()),
                Just("taxonomy = 'uksic-2025'\n".to_owned()),
                Just("csv = { scopes = { x = { host = 'domain' } } }\n".to_owned()),
                "(path|category|format|case|exclude|name) = '[a-z*{}/?é]{0,9}'\n",
                "\\PC{0,20}",
            ],
            0..8,
        )
    ) {
        let text = parts.concat();
        if let Err(error) = Manifest::parse(&text, "lists.toml") {
            prop_assert_eq!(error.path(), Some(Path::new("lists.toml")));
            prop_assert!(matches!(error.kind(), ErrorKind::Manifest | ErrorKind::CategoryUnknown));
        }
        let _ = hedgerow::category::Taxonomy::parse(&text);
    }
}
