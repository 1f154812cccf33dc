//! [`Taxonomy`]: read from TOML, looked up by any of a category's names.

use crate::category::names::{fold, nearest};
use crate::error::{Error, ErrorKind, Result};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;
use toml::Spanned;

/// The built-in taxonomies: id and text.
const FILES: &[(&str, &str)] = &[
    ("uksic-2025", include_str!("data/uksic-2025.toml")),
    ("uksic-2024", include_str!("data/uksic-2024.toml")),
    ("kcsie-4c", include_str!("data/kcsie-4c.toml")),
    ("ut1", include_str!("data/ut1.toml")),
];

/// What a category's lists are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Kind {
    /// A subject that sites have, which a policy may set a level for.
    #[default]
    Topic,
    /// A collection of sites that its maker means to be let through, whatever
    /// else they are.
    AllowList,
    /// Something with one narrow use of its maker's, not for general filtering.
    Special,
}

impl Kind {
    /// The stable name, as taxonomy files write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Topic => "topic",
            Kind::AllowList => "allow-list",
            Kind::Special => "special",
        }
    }
}

/// One category.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Category {
    /// The stable name, which results report.
    pub id: String,
    /// The name for people.
    pub title: String,
    /// What belongs in it, in a sentence or two; may be empty.
    pub description: String,
    /// What its lists are for.
    pub kind: Kind,
    /// Illegal content, which no policy may let through.
    pub locked: bool,
    /// Other names by which it is found.
    pub aliases: Vec<String>,
    /// For other taxonomies (by id), the nearest categories there, the nearest
    /// first.
    pub maps_to: BTreeMap<String, Vec<String>>,
}

impl Category {
    /// A category with the name `id`, which is also its title, and nothing else
    /// said about it.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Category {
        let id = id.into();
        Category {
            title: id.clone(),
            id,
            description: String::new(),
            kind: Kind::Topic,
            locked: false,
            aliases: Vec::new(),
            maps_to: BTreeMap::new(),
        }
    }

    /// Whether nothing is said of it but its name.
    #[cfg(feature = "files")]
    pub(crate) fn is_bare(&self) -> bool {
        *self == Category::new(self.id.clone())
    }
}

/// A set of categories with an id and a version.
///
/// # Examples
///
/// A taxonomy of one's own:
///
/// ```
/// use hedgerow::category::Taxonomy;
///
/// let taxonomy = Taxonomy::parse(r#"
///     id = "hill-school"
///     version = "1"
///
///     [[category]]
///     id = "exam-help"
///     title = "Essay mills"
///     aliases = ["essays"]
/// "#)?;
/// assert_eq!(taxonomy.get("Essays").map(|category| category.id.as_str()), Some("exam-help"));
/// # Ok::<(), hedgerow::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Taxonomy {
    id: String,
    version: String,
    title: String,
    source: String,
    categories: Vec<Category>,
    /// From each name in folded form to its category.
    index: HashMap<String, usize>,
}

/// Two taxonomies are equal if they say the same.
impl PartialEq for Taxonomy {
    fn eq(&self, other: &Taxonomy) -> bool {
        self.id == other.id
            && self.version == other.version
            && self.title == other.title
            && self.source == other.source
            && self.categories == other.categories
    }
}

impl Eq for Taxonomy {}

impl Taxonomy {
    /// The ids of the taxonomies that are built in.
    pub const BUILTIN: &'static [&'static str] = &["uksic-2025", "uksic-2024", "kcsie-4c", "ut1"];

    /// A built-in taxonomy. All are read once, at the first call.
    ///
    /// # Examples
    ///
    /// ```
    /// use hedgerow::category::Taxonomy;
    ///
    /// for id in Taxonomy::BUILTIN {
    ///     assert_eq!(Taxonomy::builtin(id).map(Taxonomy::id), Some(*id));
    /// }
    /// assert!(Taxonomy::builtin("uksic-1999").is_none());
    /// ```
    #[must_use]
    pub fn builtin(id: &str) -> Option<&'static Taxonomy> {
        // A file that cannot be read is a fault of this crate, which a test sees.
        static READ: LazyLock<Vec<Taxonomy>> = LazyLock::new(|| {
            let read = |(_, text): &(&str, &str)| Taxonomy::parse(text).ok();
            FILES.iter().filter_map(read).collect()
        });
        READ.iter().find(|taxonomy| taxonomy.id == id)
    }

    /// A taxonomy without categories yet; [`Taxonomy::add`] gives it some.
    #[must_use]
    pub fn new(id: impl Into<String>, version: impl Into<String>) -> Taxonomy {
        let id = id.into();
        Taxonomy {
            title: id.clone(),
            id,
            version: version.into(),
            source: String::new(),
            categories: Vec::new(),
            index: HashMap::new(),
        }
    }

    /// Reads a taxonomy from TOML: `id`, `version`, optionally `title` and
    /// `source`, and any number of `[[category]]` tables with `id` and
    /// optionally `title`, `description`, `kind` (`topic`, `allow-list`,
    /// `special`), `locked`, `aliases` and a table `maps_to`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Manifest`], with the line, if the text is not such TOML, if
    /// two categories share a name or alias, or if a name is empty or has
    /// control characters. [`ErrorKind::CategoryUnknown`], with the line, if
    /// `maps_to` names a built-in taxonomy's category that it does not have.
    pub fn parse(text: &str) -> Result<Taxonomy> {
        let file: File = toml::from_str(text).map_err(|error| from_toml(&error, text))?;
        let mut taxonomy = Taxonomy::new(file.id, file.version);
        if let Some(title) = file.title {
            taxonomy.title = title;
        }
        taxonomy.source = file.source.unwrap_or_default();
        for table in file.category {
            let line = line_of(text, table.span().start);
            let table = table.into_inner();
            let mut maps_to = BTreeMap::new();
            for (to, categories) in table.maps_to {
                check_mapping(&to, &categories, text)?;
                maps_to.insert(
                    to,
                    categories.into_iter().map(Spanned::into_inner).collect(),
                );
            }
            taxonomy
                .add(Category {
                    title: table.title.unwrap_or_else(|| table.id.clone()),
                    id: table.id,
                    description: table.description.unwrap_or_default(),
                    kind: table.kind,
                    locked: table.locked,
                    aliases: table.aliases,
                    maps_to,
                })
                .map_err(|error| error.at_line(line))?;
        }
        Ok(taxonomy)
    }

    /// The stable name of the taxonomy.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The version of the taxonomy, usually a year.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The name of the taxonomy for people.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The document it follows; may be empty.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The category that `name` names, by id or alias, in any case and with
    /// `-`, `_` and space taken as one. Takes constant time on average.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Category> {
        let at = self.index.get(fold(name).as_ref())?;
        self.categories.get(*at)
    }

    /// Every category, in the order of the file, then in the order of adding.
    #[must_use]
    pub fn categories(&self) -> &[Category] {
        &self.categories
    }

    /// The id of the category whose id or alias is nearest to `name`, for "did
    /// you mean"; `None` if nothing is near. See [`nearest`].
    #[must_use]
    pub fn nearest(&self, name: &str) -> Option<&str> {
        let names = self
            .categories
            .iter()
            .flat_map(|category| std::iter::once(&category.id).chain(&category.aliases))
            .map(String::as_str);
        let near = nearest(name, names)?;
        self.get(near).map(|category| category.id.as_str())
    }

    /// The categories of the taxonomy `to` that come nearest to `category`
    /// (an id or alias), the nearest first. Empty if the category is unknown or
    /// has no counterpart there.
    ///
    /// # Examples
    ///
    /// ```
    /// use hedgerow::category::Taxonomy;
    ///
    /// let ut1 = Taxonomy::builtin("ut1").expect("built in");
    /// assert_eq!(ut1.map("violence", "uksic-2025"), ["discrimination", "violence"]);
    /// assert!(ut1.map("cooking", "uksic-2025").is_empty());
    /// ```
    #[must_use]
    pub fn map(&self, category: &str, to: &str) -> &[String] {
        let Some(category) = self.get(category) else {
            return &[];
        };
        if to == self.id {
            return std::slice::from_ref(&category.id);
        }
        category.maps_to.get(to).map_or(&[], Vec::as_slice)
    }

    /// Adds a category of one's own.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Manifest`] if a name is empty or has control characters, or
    /// if its id or one of its aliases already names another category: a
    /// category that is there, above all a locked one, cannot be redefined.
    /// Nothing is added then.
    pub fn add(&mut self, category: Category) -> Result<()> {
        for name in std::iter::once(&category.id).chain(&category.aliases) {
            check_name(name)?;
            if let Some(other) = self.get(name) {
                return Err(Error::new(
                    ErrorKind::Manifest,
                    format!(
                        "the name `{name}` already names the category `{}`",
                        other.id
                    ),
                ));
            }
        }
        let at = self.categories.len();
        for name in std::iter::once(&category.id).chain(&category.aliases) {
            self.index.insert(fold(name).into_owned(), at);
        }
        self.categories.push(category);
        Ok(())
    }

    /// Gives the category `category` (an id or alias) one alias more. Says
    /// whether it did: not if that category is unknown, nor if `alias` already
    /// names another one. An alias that the category already has is no change.
    pub fn add_alias(&mut self, category: &str, alias: &str) -> bool {
        let Some(&at) = self.index.get(fold(category).as_ref()) else {
            return false;
        };
        if check_name(alias).is_err() {
            return false;
        }
        match self.index.get(fold(alias).as_ref()) {
            Some(&other) => other == at,
            None => {
                self.index.insert(fold(alias).into_owned(), at);
                if let Some(category) = self.categories.get_mut(at) {
                    category.aliases.push(alias.to_owned());
                }
                true
            }
        }
    }
}

/// A taxonomy file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: String,
    version: String,
    title: Option<String>,
    source: Option<String>,
    #[serde(default)]
    category: Vec<Spanned<CategoryTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CategoryTable {
    id: String,
    title: Option<String>,
    description: Option<String>,
    #[serde(default)]
    kind: Kind,
    #[serde(default)]
    locked: bool,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    maps_to: BTreeMap<String, Vec<Spanned<String>>>,
}

fn check_name(name: &str) -> Result<()> {
    if name.trim().is_empty() || name.trim() != name || name.chars().any(char::is_control) {
        return Err(Error::new(
            ErrorKind::Manifest,
            format!("{name:?} cannot be the name of a category"),
        ));
    }
    Ok(())
}

/// Refuses a mapping to what a built-in taxonomy does not have.
fn check_mapping(to: &str, categories: &[Spanned<String>], text: &str) -> Result<()> {
    let Some(known) = builtin_ids(to) else {
        return Ok(()); // Another taxonomy of the user's own.
    };
    for category in categories {
        let name = category.get_ref();
        if known.iter().any(|id| id == name) {
            continue;
        }
        let guess = nearest(name, known.iter().map(String::as_str));
        return Err(Error::new(
            ErrorKind::CategoryUnknown,
            format!("`{to}` has no category `{name}`{}", did_you_mean(guess)),
        )
        .at_line(line_of(text, category.span().start)));
    }
    Ok(())
}

/// The ids of a built-in taxonomy's categories. Built-in taxonomies map to each
/// other, so these are read apart from the taxonomies themselves: asking
/// [`Taxonomy::builtin`] while it is reading would never end.
fn builtin_ids(id: &str) -> Option<&'static [String]> {
    #[derive(Deserialize)]
    struct Ids {
        category: Vec<Id>,
    }
    #[derive(Deserialize)]
    struct Id {
        id: String,
    }
    static READ: LazyLock<Vec<(&str, Vec<String>)>> = LazyLock::new(|| {
        let read = |(id, text): &(&'static str, &str)| {
            let ids: Ids = toml::from_str(text).ok()?;
            Some((
                *id,
                ids.category
                    .into_iter()
                    .map(|category| category.id)
                    .collect(),
            ))
        };
        FILES.iter().filter_map(read).collect()
    });
    let (_, ids) = READ.iter().find(|(known, _)| *known == id)?;
    Some(ids)
}

/// `; did you mean …?` for an error's message, or nothing.
pub(crate) fn did_you_mean(guess: Option<&str>) -> String {
    guess.map_or_else(String::new, |guess| format!("; did you mean `{guess}`?"))
}

/// The line, counted from 1, on which the byte `offset` of `text` stands.
pub(crate) fn line_of(text: &str, offset: usize) -> u64 {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    1 + memchr::memchr_iter(b'\n', before).count() as u64
}

/// A TOML error as ours, with its line.
pub(crate) fn from_toml(error: &toml::de::Error, text: &str) -> Error {
    let made = Error::new(ErrorKind::Manifest, error.message());
    match error.span() {
        Some(span) => made.at_line(line_of(text, span.start)),
        None => made,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_files_are_whole() {
        assert_eq!(FILES.len(), Taxonomy::BUILTIN.len());
        for (id, text) in FILES {
            let taxonomy = Taxonomy::parse(text).unwrap_or_else(|error| panic!("{id}: {error}"));
            assert_eq!(taxonomy.id(), *id);
            assert_eq!(Taxonomy::builtin(id), Some(&taxonomy));
            assert!(!taxonomy.title().is_empty() && !taxonomy.source().is_empty());
            assert!(!taxonomy.version().is_empty());
            for category in taxonomy.categories() {
                let name = &category.id;
                assert!(!category.title.is_empty(), "{id}: {name}");
                assert!(category.description.ends_with('.'), "{id}: {name}");
                for to in category.maps_to.keys() {
                    assert!(
                        Taxonomy::BUILTIN.contains(&to.as_str()),
                        "{id}: {name}: {to}"
                    );
                    assert_ne!(to, id, "{name} maps to its own taxonomy");
                }
                if *id != "ut1" {
                    let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
                    assert!(name.chars().all(kebab), "{id}: {name}");
                }
            }
        }
    }

    #[test]
    fn illegal_content_is_locked_and_nothing_else() {
        for id in ["uksic-2024", "uksic-2025"] {
            let taxonomy = Taxonomy::builtin(id).expect("built in");
            for locked in ["iwf", "ctiru", "child-sexual-abuse", "terrorism"] {
                assert!(taxonomy.get(locked).expect(locked).locked, "{id}: {locked}");
            }
            for open in [
                "gambling",
                "pornography",
                "extremism",
                "violence",
                "self-harm",
            ] {
                assert!(!taxonomy.get(open).expect(open).locked, "{id}: {open}");
            }
        }
    }

    #[test]
    fn a_locked_category_never_maps_to_an_open_one() {
        // A list of illegal content must not lose its lock by being renamed.
        for from in ["uksic-2024", "uksic-2025"] {
            for category in Taxonomy::builtin(from).expect("built in").categories() {
                let to = if from == "uksic-2024" {
                    "uksic-2025"
                } else {
                    "uksic-2024"
                };
                for name in Taxonomy::builtin(from)
                    .expect("built in")
                    .map(&category.id, to)
                {
                    let target = Taxonomy::builtin(to)
                        .and_then(|t| t.get(name))
                        .expect("checked");
                    assert_eq!(target.locked, category.locked, "{from}: {}", category.id);
                }
            }
        }
    }

    #[test]
    fn kcsie_has_four() {
        let four = Taxonomy::builtin("kcsie-4c").expect("built in");
        let ids: Vec<_> = four.categories().iter().map(|c| c.id.as_str()).collect();
        assert_eq!(ids, ["content", "contact", "conduct", "commerce"]);
    }

    #[test]
    fn ut1_aliases_and_kinds() {
        let ut1 = Taxonomy::builtin("ut1").expect("built in");
        for (alias, folder) in [
            ("ads", "publicite"),
            ("aggressive", "agressif"),
            ("violence", "agressif"),
            ("drugs", "drogue"),
            ("mail", "forums"),
            ("porn", "adult"),
            ("proxy", "redirector"),
        ] {
            assert_eq!(ut1.get(alias).expect(alias).id, folder);
        }
        assert_eq!(
            ut1.get("liste_blanche").expect("known").kind,
            Kind::AllowList
        );
        assert_eq!(ut1.get("tricheur_pix").expect("known").kind, Kind::Special);
        assert_eq!(ut1.get("gambling").expect("known").kind, Kind::Topic);
    }

    #[test]
    fn faults_are_told_with_their_line() {
        let twice = "id = 'a'\nversion = '1'\n[[category]]\nid = 'x'\n[[category]]\nid = 'X'\n";
        let error = Taxonomy::parse(twice).expect_err("x is there twice");
        assert_eq!((error.kind(), error.line()), (ErrorKind::Manifest, Some(5)));

        let unknown_field = "id = 'a'\nversion = '1'\ncolour = 'red'\n";
        let error = Taxonomy::parse(unknown_field).expect_err("no such field");
        assert_eq!((error.kind(), error.line()), (ErrorKind::Manifest, Some(3)));

        let mapped = "id = 'a'\nversion = '1'\n[[category]]\nid = 'x'\n\
                      [category.maps_to]\nkcsie-4c = [\n'conten']\n";
        let error = Taxonomy::parse(mapped).expect_err("no such category");
        assert_eq!(
            (error.kind(), error.line()),
            (ErrorKind::CategoryUnknown, Some(7))
        );
        assert!(
            error.message().contains("did you mean `content`"),
            "{error}"
        );

        let blank = "id = 'a'\nversion = '1'\n[[category]]\nid = ' '\n";
        assert_eq!(
            Taxonomy::parse(blank).expect_err("blank").kind(),
            ErrorKind::Manifest
        );
    }

    #[test]
    fn adding_leaves_what_is_there() {
        let mut taxonomy = Taxonomy::builtin("uksic-2025").expect("built in").clone();
        let mut usurper = Category::new("own");
        usurper.aliases.push("Child_Sexual_Abuse".to_owned());
        assert!(taxonomy.add(usurper).is_err());
        assert!(taxonomy.get("own").is_none());
        assert!(taxonomy.add(Category::new("games")).is_ok());
        assert!(taxonomy.add_alias("games", "jeux"));
        assert!(taxonomy.add_alias("games", "jeux"));
        assert!(!taxonomy.add_alias("games", "gambling"));
        assert!(!taxonomy.add_alias("no-such", "alias"));
        assert_eq!(taxonomy.get("JEUX").expect("added").id, "games");
    }
}
