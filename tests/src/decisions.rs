//! The shared fixtures of decisions: `fixtures/decisions.json`, which Rust,
//! Python, WASM and C all run.

use crate::fixtures::{compile_layers, folder};
use hedgerow::{Classifier, Error, ErrorKind, Result, Ruleset};
use hedgerow_policy::{Decision, Exemption, Policy};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The members of a decision that cases compare.
pub const COMPARED: [&str; 15] = [
    "action",
    "step",
    "reason",
    "category",
    "policy_category",
    "list",
    "list_version",
    "entry",
    "via",
    "unclassifiable",
    "local_rule",
    "exemption",
    "schedule",
    "download",
    "safe_search",
];

/// The file `decisions.json`.
pub struct Decisions {
    file: Value,
}

fn wrong(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Manifest, message).at_path("fixtures/decisions.json")
}

impl Decisions {
    /// Reads the file.
    ///
    /// # Errors
    ///
    /// If it is not there, or is not JSON.
    pub fn read() -> Result<Decisions> {
        let path = folder().join("decisions.json");
        let text =
            std::fs::read_to_string(&path).map_err(|error| Error::from(error).at_path(&path))?;
        let file = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        Ok(Decisions { file })
    }

    fn list(&self, member: &str) -> &[Value] {
        self.file[member].as_array().map_or(&[], Vec::as_slice)
    }

    /// The cases.
    #[must_use]
    pub fn cases(&self) -> &[Value] {
        self.list("cases")
    }

    /// The policies, by name.
    ///
    /// # Errors
    ///
    /// What is wrong with one.
    pub fn policies(&self) -> Result<BTreeMap<String, Policy>> {
        let texts = self.file["policies"].as_object();
        texts
            .into_iter()
            .flatten()
            .map(|(name, text)| {
                let text = text.as_str().unwrap_or("");
                let policy = if text.starts_with('{') {
                    Policy::from_json(text)
                } else {
                    Policy::from_toml(text)
                };
                let policy = policy.map_err(|errors| wrong(format!("{name}: {errors}")))?;
                Ok((name.clone(), policy))
            })
            .collect()
    }

    /// A set of exemptions.
    ///
    /// # Errors
    ///
    /// If it is not there or not of their form.
    pub fn exemptions(&self, name: &str) -> Result<Vec<Exemption>> {
        serde_json::from_value(self.file["exemptions"][name].clone())
            .map_err(|error| wrong(format!("{name}: {error}")))
    }

    /// The names and bytes of the rulesets: each layer, and one that is damaged
    /// so that it opens unverified and an answer needs what is not there.
    ///
    /// # Errors
    ///
    /// Those of the readers and the compiler.
    pub fn rulesets(&self) -> Result<Vec<(String, Vec<u8>)>> {
        let layers = compile_layers(self.list("lists"), self.list("categories"))?;
        let damaged = layers
            .first()
            .and_then(|bytes| damage(bytes))
            .ok_or_else(|| wrong("no damage leaves a ruleset that opens and cannot answer"))?;
        let mut all: Vec<(String, Vec<u8>)> = layers
            .into_iter()
            .enumerate()
            .map(|(layer, bytes)| (format!("decisions-{layer}.hedge"), bytes))
            .collect();
        all.push(("decisions-damaged.hedge".to_owned(), damaged));
        Ok(all)
    }
}

/// The first byte that, made something else, leaves a ruleset that opens
/// unverified and cannot say what an address is.
fn damage(bytes: &[u8]) -> Option<Vec<u8>> {
    (0..bytes.len()).find_map(|at| {
        let mut damaged = bytes.to_vec();
        damaged[at] ^= 0xFF;
        let ruleset = Ruleset::open_without_verifying_checksums(damaged.as_slice()).ok()?;
        let classifier = Classifier::new(ruleset);
        let reason = classifier.classify("https://casino.example/").reason();
        (reason == Some("ruleset-corrupt")).then(|| damaged.clone())
    })
}

/// The time of a case.
///
/// # Errors
///
/// If it is none.
pub fn at(case: &Value) -> Result<Timestamp> {
    let text = case["at"].as_str().unwrap_or("");
    text.parse()
        .map_err(|error| wrong(format!("{text}: {error}")))
}

/// What cases compare of a decision.
///
/// # Errors
///
/// If the decision cannot be written as data.
pub fn compared(decision: &Decision<'_>) -> Result<Value> {
    let data = serde_json::to_value(decision).map_err(|error| wrong(error.to_string()))?;
    let mut shown = Map::new();
    for member in COMPARED {
        let value = match member {
            "local_rule" => json!(data["local_rule"]["address"]),
            member => data
                .get(member)
                .ok_or_else(|| wrong(format!("a decision has no `{member}`")))?
                .clone(),
        };
        shown.insert(member.to_owned(), value);
    }
    Ok(Value::Object(shown))
}
