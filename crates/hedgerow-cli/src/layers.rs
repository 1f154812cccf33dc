//! The rulesets that are asked: those named by option or environment, or the
//! built-in one.

use crate::arguments::RulesetArguments;
use crate::builtin;
use crate::failure::Failure;
use crate::terminal::{Count, remark};
use hedgerow::{Classifier, Error, MappedFile, Ruleset};
use std::path::{Path, PathBuf};

/// The environment variable that names rulesets, joined as in `PATH`.
const VARIABLE: &str = "HEDGEROW_RULESET";

/// The bytes of a ruleset, wherever they are.
#[derive(Debug)]
pub(crate) enum Bytes {
    /// In a file.
    Mapped(MappedFile),
    /// In memory: the starter ruleset.
    Built(Vec<u8>),
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        match self {
            Bytes::Mapped(file) => file.as_ref(),
            Bytes::Built(bytes) => bytes,
        }
    }
}

/// A ruleset and what to call it.
pub(crate) struct Layer {
    pub(crate) name: String,
    /// The file that it is in; none for the built-in one.
    pub(crate) path: Option<PathBuf>,
    pub(crate) ruleset: Ruleset<Bytes>,
}

/// The rulesets that are named by option or environment, in order.
pub(crate) fn named(arguments: &RulesetArguments) -> Result<Vec<Layer>, Failure> {
    let mut paths: Vec<PathBuf> = arguments.rulesets.clone();
    if paths.is_empty()
        && let Some(value) = std::env::var_os(VARIABLE)
    {
        paths = std::env::split_paths(&value)
            .filter(|path| !path.as_os_str().is_empty())
            .collect();
    }
    paths.iter().map(|path| open(path)).collect()
}

/// The rulesets to ask, in order: those that are named, or the built-in one.
pub(crate) fn open_all(arguments: &RulesetArguments) -> Result<Vec<Layer>, Failure> {
    let layers = named(arguments)?;
    if !layers.is_empty() {
        return Ok(layers);
    }
    let layer = starter()?;
    remark(&format_args!(
        "no ruleset given (--ruleset): asking the built-in starter ruleset of {}",
        Count(layer.ruleset.entry_count(), "entry", "entries")
    ));
    Ok(vec![layer])
}

/// A classifier of the rulesets to ask.
pub(crate) fn classifier(arguments: &RulesetArguments) -> Result<Classifier<Bytes>, Failure> {
    let layers = open_all(arguments)?;
    Ok(Classifier::with_layers(
        layers.into_iter().map(|layer| layer.ruleset).collect(),
    ))
}

/// The ruleset in the file at `path`, verified.
pub(crate) fn open(path: &Path) -> Result<Layer, Failure> {
    let ruleset = MappedFile::open(path)
        .map_err(Error::from)
        .and_then(|file| Ruleset::open(Bytes::Mapped(file)))
        .map_err(|error| error.at_path(path))?;
    Ok(Layer {
        name: path.display().to_string(),
        path: Some(path.to_owned()),
        ruleset,
    })
}

/// The built-in ruleset.
pub(crate) fn starter() -> Result<Layer, Failure> {
    Ok(Layer {
        name: "built-in starter ruleset".to_owned(),
        path: None,
        ruleset: Ruleset::open(Bytes::Built(builtin::compile()?))?,
    })
}
