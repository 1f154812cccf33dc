//! `hedgerow policy`: one file for each of its subcommands.

mod check;
mod diff;
mod new;
mod show;

use crate::arguments::{PoliciesArguments, PolicyCommand};
use crate::failure::Run;

pub(crate) fn run(arguments: &PoliciesArguments) -> Run {
    match &arguments.what {
        PolicyCommand::Check(arguments) => check::run(arguments),
        PolicyCommand::Show(arguments) => show::run(arguments),
        PolicyCommand::Diff(arguments) => diff::run(arguments),
        PolicyCommand::New(arguments) => new::run(arguments),
    }
}
