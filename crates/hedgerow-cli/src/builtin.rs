//! The starter ruleset, compiled when it is asked for.
//!
//! A build script could have compiled it beforehand, but then everyone who
//! builds the command would compile the engine and all that it needs twice,
//! once for the build script (in a release build some thirty seconds of
//! processor time), to save a few milliseconds when no ruleset is given.

use crate::starter::FILES;
use hedgerow::lists::{Format, ListOptions, Manifest, read};
use hedgerow::{Case, CategoryInfo, Compiler, Error, ErrorKind, ListInfo, Result};
use serde::Deserialize;
use sha2::{Digest, Sha256};

const MANIFEST: &str = "starter/lists.toml";

/// What the manifest says of lists, as much of it as the starter uses; one that
/// says more does not compile, which a test would notice.
#[derive(Deserialize)]
struct Said {
    list: Vec<SaidOfList>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SaidOfList {
    path: String,
    format: String,
    source: Option<String>,
    licence: Option<String>,
    version: Option<String>,
}

/// The bytes of the starter ruleset: the same as if the folder `starter/` had
/// been compiled.
///
/// # Errors
///
/// None, as long as the embedded sources are what the tests saw.
pub(crate) fn compile() -> Result<Vec<u8>> {
    let text = FILES
        .iter()
        .find(|(name, _)| *name == "lists.toml")
        .map_or("", |(_, text)| text);
    let manifest = Manifest::parse(text, MANIFEST)?;
    let said: Said = toml::from_str(text).map_err(|error| wrong(error.message()))?;
    let mut compiler = Compiler::new();
    for list in &said.list {
        let folder = list
            .path
            .strip_suffix("{category}.txt")
            .ok_or_else(|| wrong(&list.path))?;
        let format = Format::from_name(&list.format).ok_or_else(|| wrong(&list.format))?;
        for (name, text) in FILES {
            let category = name
                .strip_prefix(folder)
                .and_then(|name| name.strip_suffix(".txt"));
            if let Some(category) = category {
                add(
                    &mut compiler,
                    &manifest,
                    list,
                    format,
                    (name, text),
                    category,
                )?;
            }
        }
    }
    Ok(compiler.finish_to_vec()?.0)
}

fn add(
    compiler: &mut Compiler,
    manifest: &Manifest,
    said: &SaidOfList,
    format: Format,
    (name, text): (&str, &str),
    category: &str,
) -> Result<()> {
    let id = manifest.category(category)?;
    let known = manifest.taxonomy().get(id).ok_or_else(|| wrong(id))?;
    compiler.category(CategoryInfo {
        name: known.id.clone(),
        title: known.title.clone(),
        locked: known.locked,
        aliases: known.aliases.clone(),
    })?;
    let mut list = compiler.list(ListInfo {
        format: Some(format),
        file: Some(format!("starter/{name}")),
        version: said.version.clone(),
        source: said.source.clone(),
        licence: said.licence.clone(),
        sha256: Some(hexadecimal(&Sha256::digest(text))),
        ..ListInfo::new(name, id)
    })?;
    let options = ListOptions {
        case: known.locked.then_some(Case::Sensitive),
        ..ListOptions::default()
    };
    read(&mut text.as_bytes(), format, &options, &mut list)?;
    Ok(())
}

fn wrong(what: &str) -> Error {
    Error::new(
        ErrorKind::Manifest,
        format!("not something the starter ruleset can say: {what}"),
    )
    .at_path(MANIFEST)
}

/// Bytes in lower-case hexadecimal.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use hedgerow::lists::discover;

    #[test]
    fn it_is_what_compiling_the_folder_gives() {
        let mut compiler = Compiler::new();
        // Relative, as tests run in the package's folder: paths are recorded.
        let sources = discover(&["starter".into()], None).unwrap();
        compiler.add_sources(&sources, &mut ()).unwrap();
        let (bytes, report) = compiler.finish_to_vec().unwrap();
        assert!(report.entries > 300);
        assert!(compile().unwrap() == bytes, "the two rulesets differ");
    }
}
