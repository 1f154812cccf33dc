//! The shared fixtures: `fixtures/classify.json`, which Rust, Python, WASM and
//! C all run.
//!
//! `lists` are list files of every format with the layer each goes to;
//! `cases` are addresses and all that is to be said of them, in the form of
//! [`json::describe`](crate::json::describe). `classify-0.hedge` and so on
//! beside it are the compiled layers, for a binding that only opens rulesets.

use hedgerow::lists::{Format, LeftOut, ListOptions, Sink, read};
use hedgerow::{
    Case, CategoryInfo, Compiler, Entry, Error, ErrorKind, HostScope, ListInfo, PathScope, Result,
};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The folder of the fixtures.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// The file `classify.json`.
pub struct Fixtures {
    file: Value,
}

fn wrong(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Manifest, message).at_path("fixtures/classify.json")
}

/// A list's rules on their way to the compiler; a line left out is an error,
/// unless the list says so.
struct Strict<'s, S> {
    inner: &'s mut S,
    left_out: Vec<(u64, &'static str)>,
}

impl<S: Sink> Sink for Strict<'_, S> {
    fn entry(&mut self, entry: &Entry<'_>) -> Result<()> {
        self.inner.entry(entry)
    }

    fn left_out(&mut self, left_out: &LeftOut<'_>) {
        self.left_out.push((left_out.line, left_out.reason.code()));
    }
}

impl Fixtures {
    /// Reads the file.
    ///
    /// # Errors
    ///
    /// If it is not there, or is not JSON.
    pub fn read() -> Result<Fixtures> {
        let path = folder().join("classify.json");
        let text =
            std::fs::read_to_string(&path).map_err(|error| Error::from(error).at_path(&path))?;
        let file = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        Ok(Fixtures { file })
    }

    /// The cases.
    #[must_use]
    pub fn cases(&self) -> &[Value] {
        self.file["cases"].as_array().map_or(&[], Vec::as_slice)
    }

    /// The lists.
    #[must_use]
    pub fn lists(&self) -> &[Value] {
        self.file["lists"].as_array().map_or(&[], Vec::as_slice)
    }

    /// The bytes of each layer.
    ///
    /// # Errors
    ///
    /// Those of the readers and the compiler, and if the file does not say
    /// what it must.
    pub fn compile(&self) -> Result<Vec<Vec<u8>>> {
        compile_layers(self.lists(), &[])
    }
}

/// The bytes of each layer of `lists`, with what is known of `categories`.
///
/// # Errors
///
/// Those of [`Fixtures::compile`].
pub(crate) fn compile_layers(lists: &[Value], categories: &[Value]) -> Result<Vec<Vec<u8>>> {
    let layer_of = |list: &Value| list["layer"].as_u64().unwrap_or(0);
    let layers = lists.iter().map(layer_of).max().map_or(0, |last| last + 1);
    (0..layers)
        .map(|layer| {
            let mut compiler = Compiler::new();
            for category in categories.iter().filter(|one| layer_of(one) == layer) {
                let text = |member: &str| category[member].as_str().unwrap_or("").to_owned();
                let aliases = category["aliases"]
                    .as_array()
                    .map_or(&[][..], Vec::as_slice);
                compiler.category(CategoryInfo {
                    name: text("name"),
                    title: text("title"),
                    locked: category["locked"].as_bool().unwrap_or(false),
                    aliases: aliases
                        .iter()
                        .filter_map(|alias| alias.as_str().map(str::to_owned))
                        .collect(),
                })?;
            }
            for list in lists.iter().filter(|list| layer_of(list) == layer) {
                compile_list(&mut compiler, list)?;
            }
            Ok(compiler.finish_to_vec()?.0)
        })
        .collect()
}

fn compile_list(compiler: &mut Compiler, list: &Value) -> Result<()> {
    let text = |member: &str| {
        list[member]
            .as_str()
            .ok_or_else(|| wrong(format!("a list has no `{member}`")))
    };
    let name = text("name")?;
    let format = Format::from_name(text("format")?)
        .ok_or_else(|| wrong(format!("`{name}` has no known format")))?;
    let option = |member: &str| list["options"][member].as_str();
    let options = ListOptions {
        host_scope: option("host_scope").and_then(HostScope::from_name),
        path_scope: option("path_scope").and_then(PathScope::from_name),
        case: option("case").map(|case| match case {
            "insensitive" => Case::Insensitive,
            _ => Case::Sensitive,
        }),
        ..ListOptions::default()
    };
    let allows = |member: &str| list["options"][member].as_bool().unwrap_or(false);
    let mut taker = compiler.list(ListInfo {
        format: Some(format),
        version: list["version"].as_str().map(str::to_owned),
        allow_public_suffix: allows("allow_public_suffix"),
        allow_single_label: allows("allow_single_label"),
        ..ListInfo::new(name, text("category")?)
    })?;
    let mut sink = Strict {
        inner: &mut taker,
        left_out: Vec::new(),
    };
    read(&mut text("text")?.as_bytes(), format, &options, &mut sink)?;
    let left_out: Vec<String> = sink
        .left_out
        .iter()
        .map(|(line, code)| format!("{line} {code}"))
        .collect();
    let expected: Vec<&str> = list["left_out"]
        .as_array()
        .map_or(&[][..], Vec::as_slice)
        .iter()
        .filter_map(Value::as_str)
        .collect();
    if left_out != expected {
        return Err(wrong(format!("`{name}` leaves out {left_out:?}")));
    }
    Ok(())
}
