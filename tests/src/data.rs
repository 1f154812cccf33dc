//! Where real lists and addresses are, for the tests that want them.
//!
//! They are not in the repository. A test that needs them is marked
//! `#[ignore = "needs HEDGEROW_DATA"]`, so that it shows and counts as skipped
//! wherever they are missing, and takes its folder from [`folder`];
//! `cargo xtask test --data DIR` runs it too. Nothing else is marked `ignore`.

use std::path::PathBuf;

/// The environment variable that names the folder of the data.
pub const VARIABLE: &str = "HEDGEROW_DATA";

/// The part of the data that is named: `ut1` (the unpacked tree of the lists of
/// Université Toulouse Capitole), `urls` (files of addresses, one a line), `wpt`
/// (the URL standard's `urltestdata.json`).
///
/// # Panics
///
/// If [`VARIABLE`] is not set, or the folder it names has no such part: a test
/// that was asked for and cannot run has failed.
#[must_use]
pub fn folder(part: &str) -> PathBuf {
    let Some(data) = std::env::var_os(VARIABLE) else {
        panic!("{VARIABLE} is not set; it names the folder that has {part}/");
    };
    let folder = PathBuf::from(data).join(part);
    assert!(
        folder.is_dir(),
        "{VARIABLE} names a folder without {part}/: there is no {}",
        folder.display()
    );
    folder
}
