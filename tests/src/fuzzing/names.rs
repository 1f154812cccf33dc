//! Any text as a manifest or a taxonomy.

use hedgerow::ErrorKind;
use hedgerow::category::Taxonomy;
use hedgerow::lists::Manifest;

/// The input is a manifest: it is read or refused, with the place at fault.
///
/// # Panics
///
/// If it is not.
pub fn manifest(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    // A taxonomy of one's own is read from the file system, where a fuzzer has
    // no business.
    let names_a_file = |line: &str| {
        line.contains("taxonomy")
            && ["/", "\\", "\"\"\"", "'''"]
                .iter()
                .any(|part| line.contains(part))
    };
    if text.lines().any(names_a_file) {
        return;
    }
    match Manifest::parse(&text, "no-such-folder/lists.toml") {
        Ok(manifest) => {
            taxonomy_holds(manifest.taxonomy());
            for category in manifest.taxonomy().categories() {
                assert!(manifest.category(&category.id).is_ok());
            }
            for name in ["gambling", "Adult Content", "", "\u{1F600}", "games\0"] {
                if let Err(error) = manifest.category(name) {
                    assert_eq!(error.kind(), ErrorKind::CategoryUnknown);
                }
            }
        }
        Err(error) => {
            assert!(error.path().is_some(), "{error}");
            assert!(
                matches!(
                    error.kind(),
                    ErrorKind::Manifest | ErrorKind::CategoryUnknown
                ),
                "{error}"
            );
        }
    }
}

/// The input is a taxonomy: it is read, and then every name in it is found, or
/// it is refused.
///
/// # Panics
///
/// If it is not.
pub fn taxonomy(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match Taxonomy::parse(&text) {
        Ok(taxonomy) => taxonomy_holds(&taxonomy),
        Err(error) => assert!(
            matches!(
                error.kind(),
                ErrorKind::Manifest | ErrorKind::CategoryUnknown
            ),
            "{error}"
        ),
    }
}

fn taxonomy_holds(taxonomy: &Taxonomy) {
    for category in taxonomy.categories() {
        for name in category.aliases.iter().chain([&category.id]) {
            let found = taxonomy.get(name).map(|found| found.id.as_str());
            assert_eq!(found, Some(category.id.as_str()), "{name:?}");
        }
        // A taxonomy that extends a built-in one keeps its id, and maps its own
        // categories to themselves.
        for to in Taxonomy::BUILTIN.iter().filter(|to| **to != taxonomy.id()) {
            for mapped in taxonomy.map(&category.id, to) {
                let known = Taxonomy::builtin(to).is_some_and(|to| to.get(mapped).is_some());
                assert!(known, "{mapped:?} of {to}");
            }
        }
    }
    assert!(
        taxonomy
            .nearest("gamblign")
            .is_none_or(|name| !name.is_empty())
    );
}
