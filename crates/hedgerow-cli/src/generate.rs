//! `hedgerow generate`: man pages and completions, from the definition of the
//! command line.

use crate::arguments::{Arguments, GenerateArguments, Generated};
use crate::failure::{Ending, Failure, Run};
use clap::CommandFactory;
use hedgerow::Error;
use std::io;
use std::path::Path;

pub(crate) fn run(arguments: &GenerateArguments) -> Run {
    match &arguments.what {
        Generated::Man { out_dir } => written(out_dir, |folder| {
            clap_mangen::generate_to(Arguments::command(), folder)
        })?,
        Generated::Completions { shell, out_dir } => written(out_dir, |folder| {
            clap_complete::generate_to(*shell, &mut Arguments::command(), "hedgerow", folder)
                .map(drop)
        })?,
    }
    Ok(Ending::Done)
}

fn written(folder: &Path, write: impl FnOnce(&Path) -> io::Result<()>) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)
        .and_then(|()| write(folder))
        .map_err(|error| Error::from(error).at_path(folder).into())
}
