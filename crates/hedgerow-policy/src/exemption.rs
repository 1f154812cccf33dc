//! Temporary openings: a site or a category opened for some groups and some
//! time, with who asked, who agreed and why.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A temporary opening, as its file holds it. It does nothing before it is
/// approved, outside its time, or once it is revoked; it stays in the file all
/// the same, as a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exemption {
    /// Its name in the file and in the change log, unlike every other.
    pub id: String,
    /// The addresses that it opens: hosts (with all below them) or host and
    /// path, in the scopes of a policy's local rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
    /// The categories that it opens. Never a locked one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// The groups that it opens them for.
    pub groups: Vec<String>,
    /// When it begins.
    pub start: Timestamp,
    /// When it has ended: the first moment at which it is not in force.
    pub end: Timestamp,
    /// Who asked for it.
    pub requested_by: String,
    /// Who agreed; nobody yet means that it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<String>,
    /// What it is for.
    pub reason: String,
    /// When it was asked for.
    pub created: Timestamp,
    /// That, when, by whom and why it was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<Revocation>,
}

/// That an exemption was taken back before its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub by: String,
    /// Why.
    pub reason: String,
}

impl Exemption {
    /// Whether it opens anything at this moment.
    #[must_use]
    pub fn is_in_force(&self, at: Timestamp) -> bool {
        self.approved_by.is_some() && self.revoked.is_none() && self.start <= at && at < self.end
    }
}
