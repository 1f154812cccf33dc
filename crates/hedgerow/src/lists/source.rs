//! Which files are lists, and of what category: from a manifest, or from the
//! names of folders and files alone.

use crate::category::{Taxonomy, fold};
use crate::error::Result;
use crate::lists::manifest::{MANIFEST_NAME, Manifest};
use crate::lists::search::Search;
use crate::lists::{Format, ListOptions};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// One list to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListSource {
    /// The list's name, as results report it: `gambling/domains`. No two lists
    /// of one [`Sources`] have the same.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// Its format; `None` to tell it from the name and content on reading.
    pub format: Option<Format>,
    /// Its category, an id of [`Sources::taxonomy`]; `None` if each line names
    /// its own (see [`Sources::category`]).
    pub category: Option<String>,
    /// What the manifest sets beside the format. A locked list's paths are
    /// [`Case::Sensitive`](crate::Case::Sensitive) unless the manifest says otherwise.
    pub options: ListOptions,
    /// Whether a rule may name a public suffix.
    pub allow_public_suffix: bool,
    /// Whether a rule may name a single label.
    pub allow_single_label: bool,
    /// Whether the category is locked: illegal content.
    pub locked: bool,
    /// The licence the manifest states.
    pub licence: Option<String>,
    /// Where the manifest says the list comes from.
    pub source: Option<String>,
    /// The version the manifest states.
    pub version: Option<String>,
    /// Whether a list without entries is in order: the manifest says so, or
    /// another file of the same category folder has some.
    pub empty_ok: bool,
}

impl ListSource {
    /// A list at `path` called `name`, with the format to be detected and
    /// nothing else said of it.
    #[must_use]
    pub fn new(name: impl Into<String>, path: impl Into<PathBuf>) -> ListSource {
        ListSource {
            name: name.into(),
            path: path.into(),
            format: None,
            category: None,
            options: ListOptions::default(),
            allow_public_suffix: false,
            allow_single_label: false,
            locked: false,
            licence: None,
            source: None,
            version: None,
            empty_ok: false,
        }
    }
}

/// A file or folder that is no list, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Where it is.
    pub path: PathBuf,
    /// Why it is no list.
    pub reason: SkipReason,
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.reason)
    }
}

/// Why a file or folder is no list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SkipReason {
    /// A symbolic link, or the small text file that stands for one where links
    /// cannot be stored, to this other name in the same place.
    Alias(String),
    /// The same file is a list already, by this name.
    Repeated(String),
    /// It describes the lists: a licence, a read-me, squidGuard's `usage`.
    Description,
    /// It stands in a tree of category folders, but is none of the files that
    /// such a tree is made of (`domains`, `urls`, `expressions`).
    NotAMember,
    /// It is neither a file nor a folder: a pipe, a socket, a device.
    NotAFile,
    /// Its name begins with a dot.
    Hidden,
    /// It is compressed or an archive.
    Packed,
    /// A symbolic link that leads nowhere, or round in a circle.
    BrokenLink,
    /// The folder's manifest does not mention it.
    NotInManifest,
    /// The manifest excludes it.
    Excluded,
}

impl SkipReason {
    /// The stable code of this reason.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            SkipReason::Alias(_) => "alias",
            SkipReason::Repeated(_) => "repeated",
            SkipReason::Description => "description",
            SkipReason::NotAMember => "not-a-member",
            SkipReason::NotAFile => "not-a-file",
            SkipReason::Hidden => "hidden",
            SkipReason::Packed => "packed",
            SkipReason::BrokenLink => "broken-link",
            SkipReason::NotInManifest => "not-in-manifest",
            SkipReason::Excluded => "excluded",
        }
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SkipReason::Alias(of) => write!(f, "another name for {of}, counted once"),
            SkipReason::Repeated(of) => write!(f, "read already as {of}"),
            SkipReason::Description => f.write_str("describes lists, is none"),
            SkipReason::NotAMember => f.write_str("not a file that such a tree is made of"),
            SkipReason::NotAFile => f.write_str("neither a file nor a folder"),
            SkipReason::Hidden => f.write_str("its name begins with a dot"),
            SkipReason::Packed => f.write_str("compressed; unpack it first"),
            SkipReason::BrokenLink => f.write_str("a link that leads nowhere"),
            SkipReason::NotInManifest => f.write_str("the manifest does not mention it"),
            SkipReason::Excluded => f.write_str("the manifest excludes it"),
        }
    }
}

/// The lists found, and the categories they are of.
#[derive(Clone, Debug)]
pub struct Sources {
    /// The lists, in the order of the manifest and then of the paths; within a
    /// folder by name. The same files give the same order everywhere.
    pub lists: Vec<ListSource>,
    /// Every category: those of the manifest's taxonomy and its own, or else
    /// those found; with symbolic links as aliases.
    pub taxonomy: Taxonomy,
    /// What was passed over, and why.
    pub skipped: Vec<Skipped>,
    pub(crate) mapping: BTreeMap<String, String>,
    pub(crate) map_from: Option<&'static Taxonomy>,
    pub(crate) free_names: bool,
}

impl Sources {
    /// The category that a line's own name for it means (a table's category
    /// column, e2guardian's `#listcategory:`): through the manifest's mapping,
    /// else the taxonomy; where names are free, the name itself. `None` if the
    /// name is not known.
    #[must_use]
    pub fn category<'n>(&'n self, name: &'n str) -> Option<&'n str> {
        if let Some(id) = self.mapping.get(fold(name).as_ref()) {
            return Some(id);
        }
        if let Some(category) = self.taxonomy.get(name) {
            return Some(&category.id);
        }
        if let Some(nearest) = self
            .map_from
            .and_then(|from| from.map(name, self.taxonomy.id()).first())
        {
            return Some(nearest);
        }
        self.free_names.then_some(name)
    }
}

/// Finds the lists in `paths`, and those that the manifest at `manifest` names.
///
/// A path may be
///
/// - a file: one list, of the category of its name without extension, or of
///   its folder's name if it is called `domains`, `urls` or `expressions`;
/// - a squidGuard tree (UT1, Shalla): every folder with such files is a
///   category, called by its path within the tree (`gambling`,
///   `gambling/online`). Symbolic links to other folders of the tree become
///   aliases of the category, and are counted once; so do the small text files
///   that stand for links where links cannot be stored;
/// - one folder of such a tree;
/// - any other folder: each file in it and below is one list, of the category
///   of its name;
/// - a folder with a `lists.toml`, or that file itself: what it says.
///
/// With a `manifest`, category names met in `paths` are taken through its
/// mapping. Nothing is read but manifests and, of category folders, as much as
/// tells whether a file has entries.
///
/// # Errors
///
/// - [`NotFound`](crate::ErrorKind::NotFound) if a path names nothing or holds
///   no list, or a manifest's `path` names nothing;
/// - [`Manifest`](crate::ErrorKind::Manifest) and
///   [`CategoryUnknown`](crate::ErrorKind::CategoryUnknown) as
///   [`Manifest::parse`];
/// - [`Io`](crate::ErrorKind::Io) if a folder cannot be read.
///
/// Without any path or list in a manifest there is no error, and no list.
///
/// # Examples
///
/// ```
/// use hedgerow::lists::discover;
///
/// let folder = tempfile::tempdir()?;
/// let gambling = folder.path().join("gambling");
/// std::fs::create_dir(&gambling)?;
/// std::fs::write(gambling.join("domains"), "casino.example\n")?;
///
/// let sources = discover(&[folder.path().to_owned()], None)?;
/// assert_eq!(sources.lists.len(), 1);
/// assert_eq!(sources.lists[0].name, "gambling/domains");
/// assert_eq!(sources.lists[0].category.as_deref(), Some("gambling"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn discover(paths: &[PathBuf], manifest: Option<&Path>) -> Result<Sources> {
    let mut search = Search::new();
    let manifest = match manifest {
        None => None,
        Some(path) if path.is_dir() => Some(Manifest::read(&path.join(MANIFEST_NAME))?),
        Some(path) => Some(Manifest::read(path)?),
    };
    if let Some(manifest) = &manifest {
        search.manifest(manifest)?;
    }
    for path in paths {
        search.path(path, manifest.as_ref())?;
    }
    Ok(search.finish())
}
