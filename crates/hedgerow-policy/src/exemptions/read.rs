//! Reading a file of exemptions, with the place of whatever is wrong.

use super::check_content;
use crate::error::{Error, ErrorKind, Result, place};
use crate::exemption::{Exemption, Revocation};
use crate::log::is_blank;
use jiff::Timestamp;
use serde::de::value::MapAccessDeserializer;
use serde::{Deserialize, Deserializer};
use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use toml::Spanned;

/// Reads the exemptions of a text, each with the line that it begins on.
pub(super) fn read(text: &str) -> Result<Vec<(Exemption, u64)>> {
    let file: File = toml::from_str(text).map_err(|error| from_toml(&error, text))?;
    let mut all = Vec::new();
    let mut ids: HashMap<String, u64> = HashMap::new();
    let at = |range: Range<usize>, error: Error| {
        let (line, column) = place(text, range.start);
        error.at_line(line).at_column(column)
    };
    // The lines are counted on from table to table, not from the top each time.
    let (mut line, mut counted) = (1, 0);
    for table in file.exemption {
        let start = table.span().start;
        let between = text.get(counted..start).unwrap_or_default();
        line += between.bytes().filter(|byte| *byte == b'\n').count() as u64;
        counted = start.max(counted);
        let id_at = table.get_ref().id.span();
        let exemption = table.into_inner().read(&at)?;
        if let Some(first) = ids.insert(exemption.id.clone(), line) {
            let message = format!(
                "the exemption on line {first} has the id `{}` already",
                exemption.id
            );
            return Err(at(id_at, Error::new(ErrorKind::ExemptionId, message)));
        }
        all.push((exemption, line));
    }
    Ok(all)
}

/// The file as TOML has it, with the places of what can be wrong.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    exemption: Vec<Spanned<Table>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    id: Spanned<String>,
    #[serde(default)]
    addresses: Vec<Spanned<String>>,
    #[serde(default)]
    categories: Vec<Spanned<String>>,
    groups: Spanned<Vec<Spanned<String>>>,
    start: Moment,
    end: Spanned<Moment>,
    requested_by: Spanned<String>,
    approved_by: Option<Spanned<String>>,
    reason: Spanned<String>,
    created: Moment,
    revoked: Option<RevokedTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RevokedTable {
    at: Moment,
    by: Spanned<String>,
    reason: Spanned<String>,
}

/// The keys of the tables above, for "did you mean".
const KEYS: [&str; 14] = [
    "exemption",
    "id",
    "addresses",
    "categories",
    "groups",
    "start",
    "end",
    "requested_by",
    "approved_by",
    "reason",
    "created",
    "revoked",
    "at",
    "by",
];

/// A moment, written as TOML's own date and time or as text.
struct Moment(Timestamp);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Moment, D::Error> {
        struct Visitor;

        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Moment;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a date and time with an offset, such as 2026-11-23T09:00:00Z")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> std::result::Result<Moment, E> {
                text.parse()
                    .map(Moment)
                    .map_err(|_| E::invalid_value(serde::de::Unexpected::Str(text), &self))
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                map: A,
            ) -> std::result::Result<Moment, A::Error> {
                let own = toml::value::Datetime::deserialize(MapAccessDeserializer::new(map))?;
                self.visit_str(&own.to_string())
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

impl Table {
    fn read(self, at: &dyn Fn(Range<usize>, Error) -> Error) -> Result<Exemption> {
        let id = self.id.get_ref();
        let is_id = !id.is_empty()
            && id.len() <= 64
            && id
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
        if !is_id {
            let message = format!(
                "`{}` is no id: it takes up to 64 letters, digits, `-`, `_` and `.`",
                id.escape_debug()
            );
            let error = Error::new(ErrorKind::ExemptionId, message);
            return Err(at(self.id.span(), error));
        }
        let not_blank = |text: Spanned<String>, kind, message: &str| {
            if is_blank(text.get_ref()) {
                return Err(at(text.span(), Error::new(kind, message)));
            }
            Ok(text.into_inner().trim().to_owned())
        };
        let person = |text| {
            let message = "a name must say who it is";
            not_blank(text, ErrorKind::ExemptionPerson, message)
        };
        let list = |texts: Vec<Spanned<String>>, what: &str| {
            let message = format!("{what} is blank");
            texts
                .into_iter()
                .map(|text| not_blank(text, ErrorKind::ExemptionEmpty, &message))
                .collect::<Result<Vec<String>>>()
        };
        let (id_at, end_at, groups_at) = (self.id.span(), self.end.span(), self.groups.span());
        let exemption = Exemption {
            id: self.id.into_inner(),
            addresses: list(self.addresses, "an address")?,
            categories: list(self.categories, "a category")?,
            groups: list(self.groups.into_inner(), "a group")?,
            start: self.start.0,
            end: self.end.into_inner().0,
            requested_by: person(self.requested_by)?,
            approved_by: self.approved_by.map(person).transpose()?,
            reason: not_blank(
                self.reason,
                ErrorKind::ExemptionReason,
                "a reason must say what it is for",
            )?,
            created: self.created.0,
            revoked: match self.revoked {
                None => None,
                Some(revoked) => Some(Revocation {
                    at: revoked.at.0,
                    by: person(revoked.by)?,
                    reason: not_blank(
                        revoked.reason,
                        ErrorKind::ExemptionReason,
                        "a reason must say why it is taken back",
                    )?,
                }),
            },
        };
        check_content(&exemption).map_err(|error| {
            let range = match error.kind() {
                ErrorKind::ExemptionTime => end_at,
                _ if exemption.groups.is_empty() => groups_at,
                _ => id_at,
            };
            at(range, error)
        })?;
        Ok(exemption)
    }
}

/// A TOML error as ours, with its place.
fn from_toml(error: &toml::de::Error, text: &str) -> Error {
    let mut message = error.message().to_owned();
    let unknown = message
        .strip_prefix("unknown field `")
        .and_then(|rest| rest.split_once('`'))
        .and_then(|(key, _)| hedgerow::category::nearest(key, KEYS));
    if let Some(nearest) = unknown {
        message.push_str(&format!("; did you mean `{nearest}`?"));
    }
    let made = Error::new(ErrorKind::ExemptionSyntax, message);
    match error.span() {
        Some(span) => {
            let (line, column) = place(text, span.start);
            made.at_line(line).at_column(column)
        }
        None => made,
    }
}
