//! Bytes set aside while the rest of a file is written: in memory while they
//! are few, on disk when they are many.

use crate::error::Result;

/// Bytes kept in memory before a spool goes to disk.
#[cfg(feature = "files")]
const IN_MEMORY: usize = 4 << 20;

#[cfg(feature = "files")]
pub(crate) struct Spool {
    file: std::io::BufWriter<tempfile::SpooledTempFile>,
}

#[cfg(feature = "files")]
impl Spool {
    pub(crate) fn new() -> Spool {
        Spool::with_memory(IN_MEMORY)
    }

    /// A spool that keeps next to nothing in memory.
    pub(crate) fn on_disk() -> Spool {
        Spool::with_memory(1)
    }

    fn with_memory(bytes: usize) -> Spool {
        Spool {
            file: std::io::BufWriter::new(tempfile::SpooledTempFile::new(bytes)),
        }
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        use std::io::Write;
        Ok(self.file.write_all(bytes)?)
    }

    /// Calls `each` with all bytes, 64 KiB at a time but for the last.
    pub(crate) fn each_chunk(&mut self, mut each: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        use std::io::{Read, Seek, SeekFrom, Write};
        self.file.flush()?;
        let file = self.file.get_mut();
        file.seek(SeekFrom::Start(0))?;
        let mut buffer = vec![0; 64 << 10];
        loop {
            let mut filled = 0;
            while filled < buffer.len() {
                match file.read(&mut buffer[filled..])? {
                    0 => break,
                    read => filled += read,
                }
            }
            if filled == 0 {
                return Ok(());
            }
            each(&buffer[..filled])?;
        }
    }
}

#[cfg(not(feature = "files"))]
pub(crate) struct Spool {
    bytes: Vec<u8>,
}

#[cfg(not(feature = "files"))]
impl Spool {
    pub(crate) fn new() -> Spool {
        Spool { bytes: Vec::new() }
    }

    pub(crate) fn on_disk() -> Spool {
        Spool::new()
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    /// Calls `each` with all bytes.
    pub(crate) fn each_chunk(&mut self, mut each: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        each(&self.bytes)
    }
}
