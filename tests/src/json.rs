//! A classification as JSON: the form that fixtures and golden files share,
//! and that every binding's runner compares with.

use hedgerow::Classification;
use serde_json::{Value, json};

/// Everything that a classification says, in the members `address`,
/// `outcome`, `reason`, `categories`, `matches` and `via`.
#[must_use]
pub fn describe(found: &Classification<'_>) -> Value {
    let matches: Vec<Value> = found
        .matches()
        .map(|one| {
            json!({
                "category": one.category().name(),
                "list": one.list().name(),
                "entry": one.entry(),
                "scope": one.scope(),
                "layer": one.layer(),
                "via": one.via(),
                "action": one.action().name(),
                "undone": one.is_undone(),
            })
        })
        .collect();
    let via: Vec<Value> = found
        .via()
        .iter()
        .map(|carried| {
            json!({
                "wrapper": carried.wrapper(),
                "address": carried.address().to_string(),
            })
        })
        .collect();
    json!({
        "address": found.address().map(ToString::to_string),
        "outcome": found.outcome().name(),
        "reason": found.reason(),
        "categories": found.categories(),
        "matches": matches,
        "via": via,
    })
}
