//! Files that a list includes.

use crate::error::Result;
use std::io::BufRead;

/// How deep one included file may include another.
pub(super) const MAX_DEPTH: usize = 8;

/// Where included files come from. A reader has no file system of its own.
pub trait Includes {
    /// Opens what a line in `from` includes under `name`; `from` is the
    /// [`Included::id`] of the including file, `None` for the list itself.
    ///
    /// # Errors
    ///
    /// Whatever kept it from being opened. The line is then left out as
    /// [`Reason::Include`](super::Reason::Include) and the list goes on.
    fn open(&mut self, from: Option<&str>, name: &str) -> Result<Included>;
}

/// An included file, opened.
pub struct Included {
    /// What it is, whichever way it was named: by this, a file that includes
    /// itself is told.
    pub id: String,
    /// Its bytes.
    pub input: Box<dyn BufRead>,
}
