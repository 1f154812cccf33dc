//! The `hedgerow` command: compiles lists, classifies addresses, decides by
//! policies, and says why.
//!
//! [`arguments`] says what the command line may say; each subcommand has a file
//! of its own for what it does. [`terminal`] is how it is shown to people,
//! [`results`] how it is written for programs.

mod arguments;
mod builtin;
mod check;
mod classify;
mod compile;
mod diff;
mod exempt;
mod explain;
mod failure;
mod generate;
mod inspect;
mod install;
mod layers;
mod lint;
mod log;
mod lookup;
mod moment;
mod policies;
mod policy;
mod results;
mod selftest;
mod starter;
mod terminal;

use crate::arguments::{Arguments, Command};
use crate::failure::Ending;
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let ended = match Arguments::parse().command {
        Command::Compile(arguments) => compile::run(&arguments),
        Command::Classify(arguments) => classify::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Inspect(arguments) => inspect::run(&arguments),
        Command::Lint(arguments) => lint::run(&arguments),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Lookup(arguments) => lookup::run(&arguments),
        Command::Policy(arguments) => policy::run(&arguments),
        Command::Exempt(arguments) => exempt::run(&arguments),
        Command::Install(arguments) => install::run(&arguments),
        Command::Log(arguments) => log::run(&arguments),
        Command::Selftest(arguments) => selftest::run(&arguments),
        Command::Generate(arguments) => generate::run(&arguments),
    };
    ended
        .unwrap_or_else(|failure| {
            if failure.is_closed_output() {
                // Whoever read the output has read enough of it.
                return Ending::Done;
            }
            for sentence in failure.sentences() {
                terminal::complain(&sentence);
            }
            Ending::CouldNot
        })
        .into()
}
