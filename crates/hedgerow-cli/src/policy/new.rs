//! `hedgerow policy new`: a policy to start from.

use crate::arguments::PolicyNewArguments;
use crate::failure::{Ending, Run};
use crate::policies;
use crate::terminal::{self, STRONG};
use hedgerow::{Error, ErrorKind};
use hedgerow_policy::ready_made;
use std::fs::OpenOptions;
use std::io::{ErrorKind as IoErrorKind, Write};

pub(crate) fn run(arguments: &PolicyNewArguments) -> Run {
    let Some(name) = &arguments.name else {
        let mut out = terminal::page();
        for ready in ready_made::ALL {
            writeln!(out, "{STRONG}{:<14}{STRONG:#}{}", ready.name, ready.title)?;
        }
        out.flush()?;
        return Ok(Ending::Done);
    };
    let ready = policies::ready(name)?;
    match &arguments.output {
        None => {
            let mut out = terminal::pipe();
            out.write_all(ready.text.as_bytes())?;
            out.flush()?;
        }
        Some(path) => {
            // A policy that somebody wrote is never lost to one that anybody
            // can have again.
            OpenOptions::new()
                .write(true)
                .create_new(true)
                .open(path)
                .and_then(|mut file| {
                    file.write_all(ready.text.as_bytes())?;
                    file.sync_all()
                })
                .map_err(|error| match error.kind() {
                    IoErrorKind::AlreadyExists => Error::new(
                        ErrorKind::Io,
                        "there is a file of that name already, which is left as it is",
                    ),
                    _ => Error::from(error),
                })
                .map_err(|error| error.at_path(path))?;
        }
    }
    Ok(Ending::Done)
}
