//! Sorted runs of records on disk, and their merge.

use super::sort::Record;
use crate::error::{Error, ErrorKind, Result};
use crate::ruleset::dictionary::common_prefix;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Bytes read from a run at a time. A merge of a hundred runs takes 25 MiB.
const READ_BUFFER: usize = 256 << 10;

/// A sorted run. Its file has no name, so that it is gone with the process
/// however that ends.
pub(crate) struct Run {
    file: File,
}

impl Run {
    pub(crate) fn write<'k>(
        records: impl Iterator<Item = Record<'k>>,
        directory: Option<&Path>,
    ) -> Result<Run> {
        let file = match directory {
            Some(directory) => tempfile::tempfile_in(directory)?,
            None => tempfile::tempfile()?,
        };
        let mut out = BufWriter::with_capacity(READ_BUFFER, &file);
        let mut previous: &[u8] = &[];
        for record in records {
            let shared = common_prefix(previous, record.key);
            let rest = &record.key[shared..];
            for number in [shared as u32, rest.len() as u32, record.label, record.line] {
                out.write_all(&number.to_le_bytes())?;
            }
            out.write_all(rest)?;
            previous = record.key;
        }
        out.flush()?;
        drop(out);
        Ok(Run { file })
    }

    fn read(&self) -> Result<Cursor<'_>> {
        let mut file = &self.file;
        file.seek(SeekFrom::Start(0))?;
        let mut cursor = Cursor {
            input: BufReader::with_capacity(READ_BUFFER, file),
            key: Vec::new(),
            label: 0,
            line: 0,
            is_done: false,
        };
        cursor.advance()?;
        Ok(cursor)
    }
}

struct Cursor<'f> {
    input: BufReader<&'f File>,
    key: Vec<u8>,
    label: u32,
    line: u32,
    is_done: bool,
}

impl Cursor<'_> {
    fn advance(&mut self) -> Result<()> {
        if self.input.fill_buf()?.is_empty() {
            self.is_done = true;
            return Ok(());
        }
        let mut head = [0; 16];
        self.input.read_exact(&mut head)?;
        let number =
            |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let shared = number(0) as usize;
        if shared > self.key.len() {
            return Err(Error::new(
                ErrorKind::Io,
                "a temporary file of the compiler has changed",
            ));
        }
        self.key.truncate(shared);
        let rest = number(4) as usize;
        let from = self.key.len();
        self.key.resize(from + rest, 0);
        self.input.read_exact(&mut self.key[from..])?;
        self.label = number(8);
        self.line = number(12);
        Ok(())
    }

    fn record(&self) -> Record<'_> {
        Record {
            key: &self.key,
            label: self.label,
            line: self.line,
        }
    }
}

/// A cursor's place in the heap: ordered by its record, then by its run.
struct Place<'f> {
    cursor: Cursor<'f>,
    run: usize,
}

impl PartialEq for Place<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Place<'_> {}

impl PartialOrd for Place<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Place<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.cursor.record(), self.run).cmp(&(other.cursor.record(), other.run))
    }
}

/// Calls `visit` with the records of all runs in order.
pub(crate) fn merge(runs: &[Run], mut visit: impl FnMut(Record<'_>) -> Result<()>) -> Result<()> {
    let mut heap = BinaryHeap::with_capacity(runs.len());
    for (run, source) in runs.iter().enumerate() {
        let cursor = source.read()?;
        if !cursor.is_done {
            heap.push(Reverse(Place { cursor, run }));
        }
    }
    while let Some(mut top) = heap.peek_mut() {
        visit(top.0.cursor.record())?;
        top.0.cursor.advance()?;
        if top.0.cursor.is_done {
            std::collections::binary_heap::PeekMut::pop(top);
        }
    }
    Ok(())
}
