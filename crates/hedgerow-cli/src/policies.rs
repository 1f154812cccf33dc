//! The policy that is asked: a file, a ready-made one by its name, or the
//! embedded one to start with.

use crate::failure::Failure;
use crate::layers::Layer;
use crate::terminal::remark;
use hedgerow::category::nearest;
use hedgerow::{Error, ErrorKind};
use hedgerow_policy::ready_made::{self, ReadyMade};
use hedgerow_policy::{Exemptions, Policy, PolicyReader};
use jiff::Timestamp;
use std::path::Path;

/// The ready-made policy that serves where none is given.
const STARTER: &str = "uk-secondary";

/// The policy of that name or file, or the one to start with; it may speak of
/// the categories of these rulesets.
pub(crate) fn open(named: Option<&str>, layers: &[Layer]) -> Result<Policy, Failure> {
    let name = named.unwrap_or_else(|| {
        remark(&format_args!(
            "no policy given (--policy): deciding by the ready-made policy {STARTER}"
        ));
        STARTER
    });
    if let Some(ready) = ready_made::ready_made(name) {
        return Ok(reader(layers).toml(ready.text)?);
    }
    if !Path::new(name).exists() {
        return Err(not_there(name));
    }
    open_file(Path::new(name), layers)
}

/// The policy in that file; it may speak of the categories of these rulesets.
pub(crate) fn open_file(path: &Path, layers: &[Layer]) -> Result<Policy, Failure> {
    Ok(reader(layers).file(path)?)
}

fn reader(layers: &[Layer]) -> PolicyReader<'static> {
    layers.iter().fold(PolicyReader::new(), |reader, layer| {
        reader.ruleset(&layer.ruleset)
    })
}

/// That there is neither a file nor a ready-made policy of that name.
fn not_there(name: &str) -> Failure {
    match nearest_name(name) {
        Some(guess) => Error::new(
            ErrorKind::NotFound,
            format!("there is no such file, nor a ready-made policy; did you mean `{guess}`?"),
        ),
        None => Error::new(ErrorKind::NotFound, "there is no such file"),
    }
    .at_path(name)
    .into()
}

fn nearest_name(name: &str) -> Option<&'static str> {
    nearest(name, ready_made::ALL.iter().map(|ready| ready.name))
}

/// The ready-made policy of that name.
pub(crate) fn ready(name: &str) -> Result<&'static ReadyMade, Failure> {
    ready_made::ready_made(name).ok_or_else(|| {
        let names: Vec<&str> = ready_made::ALL.iter().map(|ready| ready.name).collect();
        let guess = nearest_name(name).map_or_else(
            || format!("there are {}", names.join(", ")),
            |guess| format!("did you mean `{guess}`?"),
        );
        Failure::Other(format!("there is no ready-made policy `{name}`; {guess}"))
    })
}

/// The policy with the exemptions of a file, if one is given. They count at
/// `at`, whenever that is.
pub(crate) fn with_exemptions(
    policy: Policy,
    file: Option<&Path>,
    at: Timestamp,
) -> Result<Policy, Failure> {
    let Some(file) = file else {
        return Ok(policy);
    };
    if !file.exists() {
        let error = Error::new(ErrorKind::NotFound, "there is no such file");
        return Err(error.at_path(file).into());
    }
    let exemptions = Exemptions::load(file)?;
    Ok(policy.with_exemptions(exemptions.as_slice(), at)?)
}
