//! Results as programs read them: written straight from a classification,
//! with nothing copied on the way.

use hedgerow::address::Carried;
use hedgerow::{Classification, Match};
use serde::ser::{Serialize, SerializeStruct, Serializer};

/// One result as a JSON object.
pub(crate) struct JsonResult<'r> {
    pub(crate) input: &'r str,
    pub(crate) found: &'r Classification<'r>,
}

impl Serialize for JsonResult<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let found = self.found;
        let address = found.address().map(hedgerow::CanonicalUrl::text);
        let mut object = serializer.serialize_struct("Result", 7)?;
        object.serialize_field("input", self.input)?;
        object.serialize_field("address", &address)?;
        object.serialize_field("outcome", found.outcome().name())?;
        object.serialize_field("reason", &found.reason())?;
        object.serialize_field("categories", &found.categories())?;
        object.serialize_field("matches", &Matches(found))?;
        object.serialize_field("via", &Chain(found.via()))?;
        object.end()
    }
}

struct Matches<'r>(&'r Classification<'r>);

impl Serialize for Matches<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.matches().map(JsonMatch))
    }
}

struct JsonMatch<'r>(Match<'r>);

impl Serialize for JsonMatch<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let found = &self.0;
        let mut object = serializer.serialize_struct("Match", 9)?;
        object.serialize_field("category", found.category().name())?;
        object.serialize_field("list", found.list().name())?;
        object.serialize_field("entry", &found.entry())?;
        object.serialize_field("scope", &found.scope())?;
        object.serialize_field("layer", &found.layer())?;
        object.serialize_field("via", &found.via())?;
        object.serialize_field("action", found.action().name())?;
        object.serialize_field("undone", &found.is_undone())?;
        object.serialize_field("line", &found.line())?;
        object.end()
    }
}

struct Chain<'r>(&'r [Carried]);

impl Serialize for Chain<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|carried| carried.address().text()))
    }
}

/// The header of the table of results.
pub(crate) const COLUMNS: [&str; 7] = [
    "input",
    "address",
    "outcome",
    "reason",
    "categories",
    "matches",
    "via",
];

/// One result as a row of a table. Several categories, or several matches (as
/// `list:line`), are joined by `;`, addresses by a space, which no canonical
/// address has.
pub(crate) fn row(input: &str, found: &Classification<'_>) -> [String; 7] {
    let matches: Vec<String> = found.matches().map(|found| place(&found)).collect();
    let via: Vec<_> = found
        .via()
        .iter()
        .map(|carried| carried.address().text())
        .collect();
    [
        input.to_owned(),
        found
            .address()
            .map_or_else(String::new, |address| address.text().into_owned()),
        found.outcome().name().to_owned(),
        found.reason().unwrap_or_default().to_owned(),
        found.categories().join(";"),
        matches.join(";"),
        via.join(" "),
    ]
}

/// Where a match stands: its list, and the line if it is recorded.
pub(crate) fn place(found: &Match<'_>) -> String {
    place_of(found.list().name(), found.line())
}

/// A list, and the line in it if it is recorded.
pub(crate) fn place_of(list: &str, line: Option<u64>) -> String {
    match line {
        Some(line) => format!("{list}:{line}"),
        None => list.to_owned(),
    }
}
