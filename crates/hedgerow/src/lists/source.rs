//! Which files are lists, and of what category: from a manifest, or from the
//! names of folders and files alone.

use crate::category::{Category, Taxonomy, fold};
use crate::error::{Error, ErrorKind, Result};
use crate::lists::folder::{self, Walked};
use crate::lists::manifest::{CategoryRule, MANIFEST_NAME, Manifest, ManifestList};
use crate::lists::path_pattern::PathPattern;
use crate::lists::{Format, ListOptions};
use crate::rule::Case;
use std::collections::{BTreeMap, HashMap, HashSet};
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
    /// [`Case::Sensitive`] unless the manifest says otherwise.
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
    mapping: BTreeMap<String, String>,
    map_from: Option<&'static Taxonomy>,
    free_names: bool,
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
/// [`ErrorKind::NotFound`] if a path names nothing or holds no list, or a
/// manifest's `path` names nothing; [`ErrorKind::Manifest`] and
/// [`ErrorKind::CategoryUnknown`] as [`Manifest::parse`]; [`ErrorKind::Io`] if
/// a folder cannot be read.
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

/// What is told of a list beside where it is found.
#[derive(Clone, Copy)]
struct Told<'m> {
    manifest: Option<&'m Manifest>,
    list: Option<&'m ManifestList>,
}

/// A search under way.
struct Search {
    sources: Sources,
    /// The manifest whose taxonomy was taken.
    taxonomy_of: Option<PathBuf>,
    /// Files that are lists, and manifests that were read, by their one true
    /// path.
    seen: HashMap<PathBuf, String>,
    names: HashSet<String>,
    /// Alias, category: given to the taxonomy last, so that a category of that
    /// name wins wherever it is found.
    aliases: Vec<(String, String)>,
}

impl Search {
    fn new() -> Search {
        Search {
            sources: Sources {
                lists: Vec::new(),
                taxonomy: Taxonomy::new("own", ""),
                skipped: Vec::new(),
                mapping: BTreeMap::new(),
                map_from: None,
                free_names: true,
            },
            taxonomy_of: None,
            seen: HashMap::new(),
            names: HashSet::new(),
            aliases: Vec::new(),
        }
    }

    fn finish(mut self) -> Sources {
        for (alias, category) in self.aliases {
            self.sources.taxonomy.add_alias(&category, &alias);
        }
        for list in &mut self.sources.lists {
            let name = list.category.as_deref();
            let Some(category) = name.and_then(|name| self.sources.taxonomy.get(name)) else {
                continue;
            };
            // A manifest read later may have called the category otherwise.
            list.category = Some(category.id.clone());
            list.locked = category.locked;
            if list.locked && list.options.case.is_none() {
                list.options.case = Some(Case::Sensitive);
            }
        }
        self.sources
    }

    fn path(&mut self, path: &Path, manifest: Option<&Manifest>) -> Result<()> {
        let is_folder = std::fs::metadata(path)
            .map_err(|error| unreachable_path(error, path))?
            .is_dir();
        let before = (self.sources.lists.len(), self.sources.skipped.len());
        let told = Told {
            manifest,
            list: None,
        };
        if is_folder {
            self.folder(path, told)?;
        } else if path.file_name().is_some_and(|name| name == MANIFEST_NAME) {
            self.manifest(&Manifest::read(path)?)?;
        } else if let Some(target) = folder::stand_in(path) {
            let alias = folder::name_of(path);
            let folder = path.with_file_name(&target);
            self.skip(path, SkipReason::Alias(target));
            let first = self.sources.lists.len();
            self.folder(&folder, told)?;
            self.alias_of_list(first, alias);
        } else {
            self.file(path, told)?;
        }
        let news = self.sources.skipped.get(before.1..).unwrap_or_default();
        let repeated = |skipped: &Skipped| matches!(skipped.reason, SkipReason::Repeated(_));
        if self.sources.lists.len() == before.0 && !news.iter().any(repeated) {
            return Err(Error::new(ErrorKind::NotFound, "there is no list in it").at_path(path));
        }
        Ok(())
    }

    /// A link given by the caller to one category folder is that category's
    /// alias.
    fn alias_of_list(&mut self, first: usize, alias: String) {
        if let Some(category) = self
            .sources
            .lists
            .get(first)
            .and_then(|list| list.category.clone())
            && self.sources.lists[first..]
                .iter()
                .all(|list| list.category.as_ref() == Some(&category))
        {
            self.aliases.push((alias, category));
        }
    }

    // ---- manifests

    fn manifest(&mut self, manifest: &Manifest) -> Result<()> {
        if let Ok(canonical) = manifest.path.canonicalize() {
            let name = manifest.path.display().to_string();
            if let Some(of) = self.seen.insert(canonical, name) {
                self.skip(&manifest.path, SkipReason::Repeated(of));
                return Ok(());
            }
        }
        self.take_categories(manifest)?;
        for list in &manifest.lists {
            self.manifest_list(manifest, list)
                .map_err(|error| match error.line() {
                    // Told of the line of the list, unless it names its own place.
                    None if error.path().is_none_or(|path| path == manifest.path) => {
                        error.at_path(&manifest.path).at_line(list.line)
                    }
                    _ => error,
                })?;
        }
        Ok(())
    }

    /// Takes over a manifest's taxonomy and mapping.
    fn take_categories(&mut self, manifest: &Manifest) -> Result<()> {
        let sources = &mut self.sources;
        let contradicts =
            |what: String| Err(Error::new(ErrorKind::Manifest, what).at_path(&manifest.path));
        if !manifest.free_names {
            sources.free_names = false;
            match &self.taxonomy_of {
                Some(other) if sources.taxonomy.id() != manifest.taxonomy.id() => {
                    return contradicts(format!(
                        "its taxonomy is `{}`, but that of {} is `{}`",
                        manifest.taxonomy.id(),
                        other.display(),
                        sources.taxonomy.id(),
                    ));
                }
                Some(_) => add_missing(&mut sources.taxonomy, &manifest.taxonomy)
                    .map_err(|error| error.at_path(&manifest.path))?,
                None => {
                    // Categories met in earlier paths stay.
                    let found = std::mem::replace(&mut sources.taxonomy, manifest.taxonomy.clone());
                    add_missing(&mut sources.taxonomy, &found)
                        .map_err(|error| error.at_path(&manifest.path))?;
                    self.taxonomy_of = Some(manifest.path.clone());
                }
            }
        }
        for (theirs, ours) in &manifest.mapping {
            match sources.mapping.insert(theirs.clone(), ours.clone()) {
                Some(other) if other != *ours => {
                    return contradicts(format!(
                        "it maps `{theirs}` to `{ours}`, another manifest to `{other}`"
                    ));
                }
                _ => {}
            }
        }
        sources.map_from = sources.map_from.or(manifest.map_from);
        Ok(())
    }

    fn manifest_list(&mut self, manifest: &Manifest, list: &ManifestList) -> Result<()> {
        let base = manifest.folder().join(list.path.base());
        let told = Told {
            manifest: Some(manifest),
            list: Some(list),
        };
        let found = std::fs::metadata(&base).map_err(|error| {
            let what = format!(
                "the path {}: {}",
                base.display(),
                unreachable_path(error, &base).message()
            );
            Error::new(ErrorKind::NotFound, what)
        })?;
        if list.name.is_some() && (found.is_dir() || !list.path.is_plain()) {
            let why = "a name can be given to a single file only";
            return Err(Error::new(ErrorKind::Manifest, why));
        }
        let before = (self.sources.lists.len(), self.sources.skipped.len());
        if !list.path.is_plain() {
            self.matching_files(&base, told, list)?;
        } else if found.is_dir() {
            self.bare_folder(&base, told)?;
        } else {
            self.file(&base, told)?;
        }
        // A pattern whose every file another entry has taken is in order.
        let nothing = before == (self.sources.lists.len(), self.sources.skipped.len());
        if nothing {
            let why = format!("no file matches the path below {}", base.display());
            return Err(Error::new(ErrorKind::NotFound, why));
        }
        Ok(())
    }

    fn matching_files(&mut self, base: &Path, told: Told<'_>, list: &ManifestList) -> Result<()> {
        let walked = folder::walk(base, false)?;
        let mut categories = HashMap::new();
        for file in &walked.files {
            let Some(captured) = list.path.matches(&file.name) else {
                continue;
            };
            if folder::is_description(&file.name) && !file.is_member() {
                self.skip(&file.path, SkipReason::Description);
                continue;
            }
            let found = match captured {
                Some(captured) => captured.to_owned(),
                None => folder::category_of(&file.path),
            };
            let category = self.add(&file.path, &file.name, &found, told, false)?;
            if let (Some(category), Some(parent)) = (category, file.folder()) {
                categories.insert(parent.to_owned(), category);
            }
        }
        self.take_links(&walked, &categories);
        Ok(())
    }

    // ---- folders and files

    fn folder(&mut self, path: &Path, told: Told<'_>) -> Result<()> {
        let own = path.join(MANIFEST_NAME);
        if !own.is_file() {
            return self.bare_folder(path, told);
        }
        let manifest = Manifest::read(&own)?;
        self.manifest(&manifest)?;
        if manifest.lists.is_empty() {
            // It says what categories are called, and leaves the lists to us.
            return self.bare_folder(
                path,
                Told {
                    manifest: Some(&manifest),
                    list: None,
                },
            );
        }
        self.forgotten(path)
    }

    /// Notes the files beside a manifest that it does not mention: a list that
    /// was added to the folder and forgotten in the manifest filters nothing.
    fn forgotten(&mut self, path: &Path) -> Result<()> {
        let noted: HashSet<PathBuf> = self
            .sources
            .skipped
            .iter()
            .map(|skipped| skipped.path.clone())
            .collect();
        for file in folder::walk(path, false)?.files {
            let ordinary = folder::is_description(&file.name)
                || file.name.ends_with(".toml")
                || noted.contains(&file.path);
            let seen = file
                .path
                .canonicalize()
                .is_ok_and(|path| self.seen.contains_key(&path));
            if !ordinary && !seen {
                self.skip(&file.path, SkipReason::NotInManifest);
            }
        }
        Ok(())
    }

    fn bare_folder(&mut self, path: &Path, told: Told<'_>) -> Result<()> {
        let mut walked = folder::walk(path, true)?;
        self.sources.skipped.append(&mut walked.skipped);
        let root = folder::true_name_of(path);
        let members = walked.members_with_entries()?;
        let is_tree = !members.is_empty();
        let first = self.sources.lists.len();
        let mut categories = HashMap::new();
        for file in &walked.files {
            let parent = file.folder().unwrap_or_default();
            let in_category_folder = members.get(parent);
            let (name, category, empty_ok) = match in_category_folder {
                Some(with_entries) if file.is_member() => {
                    let category = if parent.is_empty() {
                        root.as_str()
                    } else {
                        parent
                    };
                    let others = with_entries.iter().any(|other| *other != file.name);
                    (
                        format!("{category}/{}", file.last()),
                        category.to_owned(),
                        others,
                    )
                }
                _ if folder::is_description(&file.name) => {
                    self.skip(&file.path, SkipReason::Description);
                    continue;
                }
                _ if folder::is_packed(&file.name) => {
                    self.skip(&file.path, SkipReason::Packed);
                    continue;
                }
                Some(_) => {
                    self.skip(&file.path, SkipReason::NotAMember);
                    continue;
                }
                None if is_tree && !folder::looks_like_a_list(&file.name) => {
                    self.skip(&file.path, SkipReason::NotAMember);
                    continue;
                }
                None => (file.name.clone(), folder::category_of(&file.path), false),
            };
            let added = self.add(&file.path, &name, &category, told, empty_ok)?;
            if let (Some(added), Some(_)) = (added, in_category_folder) {
                categories.insert(parent.to_owned(), added);
            }
        }
        self.take_links(&walked, &categories);
        let given = folder::name_of(path);
        if is_tree && members.contains_key("") && given != root {
            self.alias_of_list(first, given);
        }
        for nested in &walked.manifests {
            self.folder(nested, told)?;
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, told: Told<'_>) -> Result<()> {
        let category = folder::category_of(path);
        let name = folder::name_of(path);
        let name = if folder::member_format(&name).is_some() {
            format!("{category}/{name}")
        } else {
            name
        };
        self.add(path, &name, &category, told, false)?;
        Ok(())
    }

    /// Notes links within what was walked, and makes those to category folders
    /// aliases of the categories.
    fn take_links(&mut self, walked: &Walked, categories: &HashMap<String, String>) {
        for link in &walked.links {
            self.skip(&link.path, SkipReason::Alias(link.target.clone()));
            if let Some(category) = categories.get(&link.target) {
                self.aliases.push((link.name.clone(), category.clone()));
            }
        }
    }

    /// Adds one list, whose category is called `found` where it was found, and
    /// gives the category's id. Nothing is added for a file that is a list
    /// already, or that the manifest excludes.
    fn add(
        &mut self,
        path: &Path,
        name: &str,
        found: &str,
        told: Told<'_>,
        empty_ok: bool,
    ) -> Result<Option<String>> {
        if let (Some(manifest), Some(list)) = (told.manifest, told.list)
            && list
                .exclude
                .iter()
                .any(|pattern| covers(manifest.folder(), pattern, path))
        {
            self.skip(path, SkipReason::Excluded);
            return Ok(None);
        }
        let canonical = path
            .canonicalize()
            .map_err(|error| unreachable_path(error, path))?;
        if let Some(of) = self.seen.get(&canonical) {
            let of = of.clone();
            self.skip(path, SkipReason::Repeated(of));
            return Ok(None);
        }
        let rule = told
            .list
            .map_or(&CategoryRule::AsFound, |list| &list.category);
        let category = match rule {
            CategoryRule::Named(id) => Some(id.clone()),
            CategoryRule::FromFolder => {
                Some(self.category(&folder::parent_name_of(path), told, path)?)
            }
            CategoryRule::FromFile => Some(self.category(&folder::stem_of(path), told, path)?),
            CategoryRule::AsFound => Some(self.category(found, told, path)?),
            CategoryRule::FromLines => None,
        };
        if let Some(id) = &category {
            self.know(id, told, path)?;
        }
        let given_name = told.list.and_then(|list| list.name.as_deref());
        let name = self.unique(given_name.unwrap_or(name), path);
        let mut source = ListSource::new(name.clone(), path);
        source.format = folder::member_format(&folder::name_of(path));
        source.category.clone_from(&category);
        source.empty_ok = empty_ok;
        if let Some(list) = told.list {
            source.format = list.format.or(source.format);
            source.options = list.options.clone();
            source.allow_public_suffix = list.allow_public_suffix;
            source.allow_single_label = list.allow_single_label;
            source.licence.clone_from(&list.licence);
            source.source.clone_from(&list.source);
            source.version.clone_from(&list.version);
            source.empty_ok |= list.empty_ok;
        }
        self.sources.lists.push(source);
        self.seen.insert(canonical, name);
        Ok(category)
    }

    /// The id of the category called `found`.
    fn category(&self, found: &str, told: Told<'_>, path: &Path) -> Result<String> {
        if let Some(manifest) = told.manifest {
            return manifest
                .category(found)
                .map(str::to_owned)
                .map_err(|error| {
                    let message = format!("{}, found at {}", error.message(), path.display());
                    Error::new(error.kind(), message).at_path(&manifest.path)
                });
        }
        let known = self.sources.taxonomy.get(found);
        Ok(known.map_or_else(|| found.to_owned(), |category| category.id.clone()))
    }

    /// Sees to it that the taxonomy has the category `id`.
    fn know(&mut self, id: &str, told: Told<'_>, path: &Path) -> Result<()> {
        if self.sources.taxonomy.get(id).is_some() {
            return Ok(());
        }
        let mut category = Category::new(id);
        if let Some(from) = told.manifest.and_then(|manifest| manifest.map_from)
            && let Some(known) = from.get(id)
        {
            category.title.clone_from(&known.title);
            category.description.clone_from(&known.description);
        }
        self.sources
            .taxonomy
            .add(category)
            .map_err(|error| error.at_path(path))
    }

    /// `name`, made unlike every other list's.
    fn unique(&mut self, name: &str, path: &Path) -> String {
        let mut unique = name.to_owned();
        if self.names.contains(&unique) {
            // The folder that holds the tree or the file says most about it.
            let depth = name.matches('/').count() + 1;
            if let Some(above) = path.ancestors().nth(depth) {
                unique = format!("{}/{name}", folder::true_name_of(above));
            }
        }
        let mut number = 2;
        while !self.names.insert(unique.clone()) {
            unique = format!("{name}#{number}");
            number += 1;
        }
        unique
    }

    fn skip(&mut self, path: &Path, reason: SkipReason) {
        self.sources.skipped.push(Skipped {
            path: path.to_owned(),
            reason,
        });
    }
}

/// Adds to `taxonomy` what only `other` has. A category that both have must be
/// the same in both.
fn add_missing(taxonomy: &mut Taxonomy, other: &Taxonomy) -> Result<()> {
    for category in other.categories() {
        match taxonomy.get(&category.id) {
            None => taxonomy.add(category.clone())?,
            Some(same) if same == category || category.is_bare() => {}
            Some(_) => {
                let what = format!("the category `{}` is said to be two things", category.id);
                return Err(Error::new(ErrorKind::Manifest, what));
            }
        }
    }
    Ok(())
}

/// Whether a manifest's pattern covers the file at `path`, or a folder it is in.
fn covers(base: &Path, pattern: &PathPattern, path: &Path) -> bool {
    let fixed = base.join(pattern.base());
    let Ok(rest) = path.strip_prefix(&fixed) else {
        return false;
    };
    pattern.is_plain() || pattern.matches(&folder::joined(rest)).is_some()
}

fn unreachable_path(error: std::io::Error, path: &Path) -> Error {
    match error.kind() {
        std::io::ErrorKind::NotFound => {
            Error::new(ErrorKind::NotFound, "there is no such file or folder").at_path(path)
        }
        _ => Error::from(error).at_path(path),
    }
}
