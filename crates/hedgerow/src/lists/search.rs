//! A search for lists under way: what was met, what it is called, and what was
//! met before.

use crate::category::{Category, Taxonomy};
use crate::error::{Error, ErrorKind, Result};
use crate::lists::folder::{self, Walked};
use crate::lists::manifest::{CategoryRule, MANIFEST_NAME, Manifest, ManifestList};
use crate::lists::path_pattern::PathPattern;
use crate::lists::source::{ListSource, SkipReason, Skipped, Sources};
use crate::rule::Case;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

/// What is told of a list beside where it is found.
#[derive(Clone, Copy)]
struct Told<'m> {
    manifest: Option<&'m Manifest>,
    list: Option<&'m ManifestList>,
}

/// A search under way.
pub(crate) struct Search {
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
    pub(crate) fn new() -> Search {
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

    pub(crate) fn finish(mut self) -> Sources {
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

    pub(crate) fn path(&mut self, path: &Path, manifest: Option<&Manifest>) -> Result<()> {
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

    pub(crate) fn manifest(&mut self, manifest: &Manifest) -> Result<()> {
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
            let name = name_in_manifest(list.path.base(), &file.name);
            let category = self.add(&file.path, &name, &found, told, false)?;
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
        // A pipe that the caller names has no such path; it is only itself.
        let canonical = path.canonicalize().unwrap_or_else(|_| path.to_owned());
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

/// What a file that a pattern finds is called: its path as the manifest sees
/// it, unless that leads out of the manifest's folder.
fn name_in_manifest(base: &Path, name: &str) -> String {
    let is_inside = |part: std::path::Component<'_>| {
        matches!(
            part,
            std::path::Component::Normal(_) | std::path::Component::CurDir
        )
    };
    if base.as_os_str().is_empty() || !base.components().all(is_inside) {
        return name.to_owned();
    }
    format!("{}/{name}", folder::joined(base))
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
