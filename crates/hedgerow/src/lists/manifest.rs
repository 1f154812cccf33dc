//! `lists.toml`: what a manifest says of the lists beside it.
//!
//! Everything in it is optional but the `path` of a list:
//!
//! ```toml
//! taxonomy = "uksic-2025"   # a built-in taxonomy, or a file of one's own (*.toml)
//! map_from = "ut1"          # names the taxonomy lacks are mapped from this one
//!
//! [[category]]              # categories of one's own
//! name = "games"
//! title = "Games"
//! description = "Games to play online."
//! aliases = ["jeux"]
//! locked = false            # true: illegal content, which no policy lets through
//!
//! [categories]              # the list's name for a category = our name
//! casino = "gambling"
//!
//! [[list]]
//! path = "lists/{category}/*.txt"  # relative to the manifest; *, ?, ** and one {category}
//! exclude = ["lists/old/**"]
//! name = "…"                # what results call the list; for a single file only
//! format = "auto"           # or a format's name
//! category = "from-folder"  # or "from-file", or a category; without it, as the path tells
//! host_scope = "domain"     # domain, host, subdomains, web-host
//! path_scope = "prefix"     # any, prefix, exact
//! case = "insensitive"      # or sensitive
//! action = "list"           # or allow: the list is one of exceptions
//! licence = "CC BY-SA 4.0"
//! source = "https://lists.example/"
//! version = "2026-08-17"
//! allow_public_suffix = false
//! allow_single_label = false
//! empty_ok = false          # an empty list is no error
//!
//! [list.csv]                # for tables
//! delimiter = ";"
//! header = true
//! address_column = "url"    # a header's name, or a number from 1
//! scope_column = "kind"
//! scopes = { site = { host = "domain" }, page = { host = "host", path = "exact" } }
//! category_column = "class"
//! ```
//!
//! Without `taxonomy` and `[[category]]` every name of a category is taken as it
//! is. With either, a name must be known, so that a misspelling cannot make a
//! category that no policy acts on.

use crate::category::{Category, Taxonomy, fold, nearest};
use crate::category::{did_you_mean, from_toml, line_of};
use crate::error::{Error, ErrorKind, Result};
use crate::lists::path_pattern::PathPattern;
use crate::lists::{CsvOptions, Format, ListOptions};
use crate::rule::{Action, Case, HostScope, PathScope};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use toml::Spanned;

/// The file name under which a folder's manifest is found.
pub const MANIFEST_NAME: &str = "lists.toml";

/// A manifest, read and checked; the files it names have not been looked at.
///
/// # Examples
///
/// ```
/// use hedgerow::lists::Manifest;
///
/// let manifest = Manifest::parse(r#"
///     taxonomy = "uksic-2025"
///     [categories]
///     casino = "gambling"
///     [[list]]
///     path = "{category}.txt"
/// "#, "lists.toml")?;
/// assert_eq!(manifest.taxonomy().id(), "uksic-2025");
/// assert_eq!(manifest.category("Casino")?, "gambling");
/// assert!(manifest.category("gamblign").is_err());
/// # Ok::<(), hedgerow::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Manifest {
    pub(crate) path: PathBuf,
    pub(crate) taxonomy: Taxonomy,
    /// Whether names outside the taxonomy are taken as they are.
    pub(crate) free_names: bool,
    /// From a list's name of a category, folded, to the taxonomy's id.
    pub(crate) mapping: BTreeMap<String, String>,
    pub(crate) map_from: Option<&'static Taxonomy>,
    pub(crate) lists: Vec<ManifestList>,
}

/// One `[[list]]`.
#[derive(Clone, Debug)]
pub(crate) struct ManifestList {
    pub(crate) line: u64,
    pub(crate) path: PathPattern,
    pub(crate) exclude: Vec<PathPattern>,
    pub(crate) name: Option<String>,
    pub(crate) category: CategoryRule,
    pub(crate) format: Option<Format>,
    pub(crate) options: ListOptions,
    pub(crate) allow_public_suffix: bool,
    pub(crate) allow_single_label: bool,
    pub(crate) empty_ok: bool,
    pub(crate) licence: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) version: Option<String>,
}

/// Where a list's category comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CategoryRule {
    /// The manifest names it (already an id of the taxonomy).
    Named(String),
    /// The name of the folder the file is in.
    FromFolder,
    /// The file's name without its last extension.
    FromFile,
    /// `{category}` in the path; without one, as for a list without manifest.
    AsFound,
    /// Each line of the table names it.
    FromLines,
}

impl Manifest {
    /// Reads the manifest at `path`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] or [`ErrorKind::Io`] if it cannot be read; else
    /// as [`Manifest::parse`].
    pub fn read(path: &Path) -> Result<Manifest> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            if error.kind() == std::io::ErrorKind::InvalidData {
                Error::new(ErrorKind::Manifest, "it is not text in UTF-8").at_path(path)
            } else {
                Error::from(error).at_path(path)
            }
        })?;
        Manifest::parse(&text, path)
    }

    /// Reads a manifest from its text. Its lists are relative to the folder
    /// that `path` is in, and errors are told of `path`. The file system is
    /// asked only if `taxonomy` names a file.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Manifest`] for what a manifest cannot say, and
    /// [`ErrorKind::CategoryUnknown`] for an unknown category; both with the
    /// path and the line, and with the nearest known name if there is one.
    pub fn parse(text: &str, path: impl AsRef<Path>) -> Result<Manifest> {
        let path = path.as_ref();
        Reading { text, path }
            .manifest()
            .map_err(|error| match error.path() {
                Some(_) => error,
                None => error.at_path(path),
            })
    }

    /// The categories the manifest knows: the taxonomy it names with its own
    /// categories added.
    #[must_use]
    pub fn taxonomy(&self) -> &Taxonomy {
        &self.taxonomy
    }

    /// The category that a list's name for it means: through `[categories]`,
    /// else the taxonomy, else `map_from`, else (if names are free, or
    /// `map_from` knows the name but has no counterpart) the name itself.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::CategoryUnknown`] if none of these knows the name.
    pub fn category<'n>(&'n self, name: &'n str) -> Result<&'n str> {
        if let Some(id) = self.mapping.get(fold(name).as_ref()) {
            return Ok(id);
        }
        if let Some(category) = self.taxonomy.get(name) {
            return Ok(&category.id);
        }
        if let Some(from) = self.map_from
            && let Some(category) = from.get(name)
        {
            let nearest = from.map(name, self.taxonomy.id()).first();
            return Ok(nearest.map_or(category.id.as_str(), String::as_str));
        }
        if self.free_names {
            return Ok(name);
        }
        let known = self.mapping.keys().map(String::as_str);
        let guess = self.taxonomy.nearest(name).or_else(|| nearest(name, known));
        Err(Error::new(
            ErrorKind::CategoryUnknown,
            format!("the category `{name}` is not known{}", did_you_mean(guess)),
        )
        .at_path(&self.path))
    }

    /// The folder that the manifest's paths are relative to.
    pub(crate) fn folder(&self) -> &Path {
        match self.path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        }
    }
}

/// A manifest as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    taxonomy: Option<Spanned<String>>,
    map_from: Option<Spanned<String>>,
    #[serde(default)]
    category: Vec<Spanned<CategoryTable>>,
    #[serde(default)]
    categories: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    list: Vec<Spanned<ListTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CategoryTable {
    name: String,
    title: Option<String>,
    description: Option<String>,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    locked: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListTable {
    path: Spanned<String>,
    #[serde(default)]
    exclude: Vec<Spanned<String>>,
    name: Option<String>,
    format: Option<Spanned<String>>,
    category: Option<Spanned<String>>,
    host_scope: Option<Spanned<String>>,
    path_scope: Option<Spanned<String>>,
    case: Option<Spanned<String>>,
    action: Option<Spanned<String>>,
    licence: Option<String>,
    source: Option<String>,
    version: Option<String>,
    #[serde(default)]
    allow_public_suffix: bool,
    #[serde(default)]
    allow_single_label: bool,
    #[serde(default)]
    empty_ok: bool,
    csv: Option<CsvTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CsvTable {
    delimiter: Option<Spanned<String>>,
    header: Option<bool>,
    address_column: Option<Column>,
    scope_column: Option<Column>,
    #[serde(default)]
    scopes: BTreeMap<String, ScopeTable>,
    category_column: Option<Column>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScopeTable {
    host: Spanned<String>,
    path: Option<Spanned<String>>,
}

/// A column: `"url"` and `"2"`, but also plain `2`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Column {
    Name(String),
    Number(u32),
}

impl Column {
    fn into_name(self) -> String {
        match self {
            Column::Name(name) => name,
            Column::Number(number) => number.to_string(),
        }
    }
}

/// The text being read, for the lines of errors.
struct Reading<'t> {
    text: &'t str,
    path: &'t Path,
}

impl Reading<'_> {
    fn manifest(&self) -> Result<Manifest> {
        let file: File = toml::from_str(self.text).map_err(|error| from_toml(&error, self.text))?;
        let free_names = file.taxonomy.is_none() && file.category.is_empty();
        let mut taxonomy = match &file.taxonomy {
            None => Taxonomy::new("own", ""),
            Some(name) => self.taxonomy(name)?,
        };
        for table in file.category {
            let line = line_of(self.text, table.span().start);
            let table = table.into_inner();
            let mut category = Category::new(table.name);
            if let Some(title) = table.title {
                category.title = title;
            }
            category.description = table.description.unwrap_or_default();
            category.aliases = table.aliases;
            category.locked = table.locked;
            taxonomy
                .add(category)
                .map_err(|error| error.at_line(line))?;
        }
        let mut mapping = BTreeMap::new();
        for (theirs, ours) in file.categories {
            let id = self.known_category(&ours, &taxonomy, free_names)?;
            let folded = fold(&theirs).into_owned();
            if let Some(other) = mapping.insert(folded, id.clone())
                && other != id
            {
                return Err(self.fault(
                    &ours,
                    format!("`{theirs}` is mapped to `{other}` and to `{id}`"),
                ));
            }
        }
        let map_from = match &file.map_from {
            None => None,
            Some(name) => Some(self.builtin(name)?),
        };
        let mut manifest = Manifest {
            path: self.path.to_owned(),
            taxonomy,
            free_names,
            mapping,
            map_from,
            lists: Vec::with_capacity(file.list.len()),
        };
        for table in file.list {
            let list = self.list(table, &manifest)?;
            manifest.lists.push(list);
        }
        Ok(manifest)
    }

    fn list(&self, table: Spanned<ListTable>, manifest: &Manifest) -> Result<ManifestList> {
        let line = line_of(self.text, table.span().start);
        let table = table.into_inner();
        let from_lines = table
            .csv
            .as_ref()
            .is_some_and(|csv| csv.category_column.is_some());
        let category = match &table.category {
            None if from_lines => CategoryRule::FromLines,
            None => CategoryRule::AsFound,
            Some(name) => match name.get_ref().as_str() {
                "from-folder" => CategoryRule::FromFolder,
                "from-file" => CategoryRule::FromFile,
                text => CategoryRule::Named(match manifest.category(text) {
                    Ok(id) => id.to_owned(),
                    Err(error) => return Err(error.at_line(self.line(name))),
                }),
            },
        };
        let format = match &table.format {
            None => None,
            Some(name) if name.get_ref() == "auto" => None,
            Some(name) => {
                let names = Format::ALL.iter().map(|format| format.name());
                let names: Vec<&str> = names.chain(["auto"]).collect();
                Some(self.one_of("format", name, &names, Format::from_name)?)
            }
        };
        let host_scope = table
            .host_scope
            .as_ref()
            .map(|name| self.host_scope(name))
            .transpose()?;
        let path_scope = table
            .path_scope
            .as_ref()
            .map(|name| self.path_scope(name))
            .transpose()?;
        let case = |name: &Spanned<String>| {
            self.one_of(
                "case",
                name,
                &["sensitive", "insensitive"],
                |text| match text {
                    "sensitive" => Some(Case::Sensitive),
                    "insensitive" => Some(Case::Insensitive),
                    _ => None,
                },
            )
        };
        let action = |name: &Spanned<String>| {
            self.one_of("action", name, &["list", "allow"], |text| match text {
                "list" => Some(Action::List),
                "allow" => Some(Action::Allow),
                _ => None,
            })
        };
        let pattern = |text: &Spanned<String>| {
            PathPattern::new(text.get_ref()).map_err(|error| error.at_line(self.line(text)))
        };
        Ok(ManifestList {
            line,
            path: pattern(&table.path)?,
            exclude: table.exclude.iter().map(pattern).collect::<Result<_>>()?,
            name: table.name,
            category,
            format,
            options: ListOptions {
                host_scope,
                path_scope,
                case: table.case.as_ref().map(case).transpose()?,
                action: table.action.as_ref().map(action).transpose()?,
                csv: table
                    .csv
                    .map_or_else(|| Ok(CsvOptions::default()), |csv| self.csv(csv))?,
            },
            allow_public_suffix: table.allow_public_suffix,
            allow_single_label: table.allow_single_label,
            empty_ok: table.empty_ok,
            licence: table.licence,
            source: table.source,
            version: table.version,
        })
    }

    fn csv(&self, table: CsvTable) -> Result<CsvOptions> {
        let delimiter = match &table.delimiter {
            None => None,
            Some(text) => match text.get_ref().as_bytes() {
                [byte] if !matches!(byte, b'"' | b'\n' | b'\r') => Some(*byte),
                _ => return Err(self.fault(text, "a delimiter is one ASCII character")),
            },
        };
        let mut scopes = Vec::with_capacity(table.scopes.len());
        for (value, scope) in table.scopes {
            let path = match &scope.path {
                None => PathScope::Any,
                Some(name) => self.path_scope(name)?,
            };
            scopes.push((value, self.host_scope(&scope.host)?, path));
        }
        Ok(CsvOptions {
            delimiter,
            header: table.header,
            address_column: table.address_column.map(Column::into_name),
            scope_column: table.scope_column.map(Column::into_name),
            scopes,
            category_column: table.category_column.map(Column::into_name),
        })
    }

    /// A host scope a list may be given. `network` is not one: whether a line
    /// is a block of addresses is told by the line.
    fn host_scope(&self, name: &Spanned<String>) -> Result<HostScope> {
        let names: Vec<&str> = HostScope::ALL
            .iter()
            .filter(|scope| **scope != HostScope::Network)
            .map(|scope| scope.name())
            .collect();
        self.one_of("host scope", name, &names, |text| {
            HostScope::from_name(text).filter(|scope| *scope != HostScope::Network)
        })
    }

    fn path_scope(&self, name: &Spanned<String>) -> Result<PathScope> {
        let names: Vec<&str> = PathScope::ALL.iter().map(|scope| scope.name()).collect();
        self.one_of("path scope", name, &names, PathScope::from_name)
    }

    fn known_category(
        &self,
        name: &Spanned<String>,
        taxonomy: &Taxonomy,
        free_names: bool,
    ) -> Result<String> {
        let text = name.get_ref();
        if let Some(category) = taxonomy.get(text) {
            return Ok(category.id.clone());
        }
        if free_names {
            return Ok(text.clone());
        }
        let guess = did_you_mean(taxonomy.nearest(text));
        Err(Error::new(
            ErrorKind::CategoryUnknown,
            format!("the category `{text}` is not known{guess}"),
        )
        .at_line(self.line(name)))
    }

    fn builtin(&self, name: &Spanned<String>) -> Result<&'static Taxonomy> {
        self.one_of("taxonomy", name, Taxonomy::BUILTIN, Taxonomy::builtin)
    }

    /// The taxonomy named: a built-in one, or a file beside the manifest.
    fn taxonomy(&self, name: &Spanned<String>) -> Result<Taxonomy> {
        if !name.get_ref().ends_with(".toml") {
            return self.builtin(name).cloned();
        }
        let path = self.path.with_file_name(name.get_ref());
        let text = std::fs::read_to_string(&path).map_err(|error| {
            self.fault(name, format!("the taxonomy {}: {error}", path.display()))
        })?;
        Taxonomy::parse(&text).map_err(|error| error.at_path(&path))
    }

    /// The value that `name` names, or an error with the nearest of `names`.
    fn one_of<T>(
        &self,
        what: &str,
        name: &Spanned<String>,
        names: &[&str],
        value: impl Fn(&str) -> Option<T>,
    ) -> Result<T> {
        let text = name.get_ref();
        value(text).ok_or_else(|| {
            let hint = match nearest(text, names.iter().copied()) {
                Some(guess) => did_you_mean(Some(guess)),
                None => format!("; known are {}", names.join(", ")),
            };
            self.fault(name, format!("the {what} `{text}` is not known{hint}"))
        })
    }

    fn fault<T>(&self, at: &Spanned<T>, message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Manifest, message).at_line(self.line(at))
    }

    fn line<T>(&self, at: &Spanned<T>) -> u64 {
        line_of(self.text, at.span().start)
    }
}
