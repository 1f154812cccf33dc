//! Mapping a file: the one place in the engine that needs `unsafe`.

use memmap2::Mmap;
use std::fs::File;
use std::io;
use std::path::Path;

/// A file mapped into memory for reading.
///
/// The mapping stays what it was when another file is renamed over its path,
/// which is how Hedgerow replaces rulesets. A file that some other program
/// writes *into* or cuts short while it is mapped is another matter: then its
/// content changes under the reader, and on most systems reading past the new
/// end kills the process. Keep rulesets where only their owner can write.
#[derive(Debug)]
pub struct MappedFile(Mmap);

impl MappedFile {
    /// Maps the file at `path`.
    ///
    /// # Errors
    ///
    /// What the operating system says of opening or mapping it.
    pub fn open(path: &Path) -> io::Result<MappedFile> {
        let file = File::open(path)?;
        #[allow(unsafe_code)]
        // SAFETY: the map is read-only and private to this process. That no
        // other process writes into the file is what the type's documentation
        // asks of its user; nothing in Rust can enforce it.
        let map = unsafe { Mmap::map(&file)? };
        Ok(MappedFile(map))
    }
}

impl AsRef<[u8]> for MappedFile {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}
