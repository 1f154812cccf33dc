//! Sorting rules in bounded memory: what does not fit is written to runs on
//! disk, sorted, and merged when read.

use crate::error::Result;

#[cfg(feature = "files")]
use super::run::Run;

/// The first eight bytes of `key` as a number in the order of keys, zeros past
/// its end: `a <= b` gives `head(a) <= head(b)`.
fn head(key: &[u8]) -> u64 {
    match key.first_chunk() {
        Some(bytes) => u64::from_be_bytes(*bytes),
        None => {
            let mut bytes = [0; 8];
            bytes[..key.len()].copy_from_slice(key);
            u64::from_be_bytes(bytes)
        }
    }
}

/// A rule on its way: a key, a label's provisional number, a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Record<'k> {
    pub(crate) key: &'k [u8],
    pub(crate) label: u32,
    pub(crate) line: u32,
}

/// Where a record lies in the arena. `head` decides most comparisons without a
/// look at the key.
#[derive(Clone, Copy)]
struct Slot {
    head: u64,
    at: usize,
    len: u32,
    label: u32,
    line: u32,
}

impl Slot {
    fn key<'a>(&self, arena: &'a [u8]) -> &'a [u8] {
        &arena[self.at..self.at + self.len as usize]
    }
}

/// Takes records in any order and gives them back in order, as often as asked.
pub(crate) struct Sorter {
    arena: Vec<u8>,
    slots: Vec<Slot>,
    /// Bytes of arena and slots at which a run is written out.
    budget: usize,
    sorted: bool,
    #[cfg(feature = "files")]
    runs: Vec<Run>,
    #[cfg(feature = "files")]
    directory: Option<std::path::PathBuf>,
}

impl Sorter {
    pub(crate) fn new(budget: usize) -> Sorter {
        Sorter {
            arena: Vec::new(),
            slots: Vec::new(),
            budget,
            sorted: false,
            #[cfg(feature = "files")]
            runs: Vec::new(),
            #[cfg(feature = "files")]
            directory: None,
        }
    }

    #[cfg(feature = "files")]
    pub(crate) fn set_directory(&mut self, directory: std::path::PathBuf) {
        self.directory = Some(directory);
    }

    pub(crate) fn set_budget(&mut self, budget: usize) {
        self.budget = budget;
    }

    /// The number of runs written to disk.
    pub(crate) fn run_count(&self) -> usize {
        #[cfg(feature = "files")]
        return self.runs.len();
        #[cfg(not(feature = "files"))]
        return 0;
    }

    #[inline]
    pub(crate) fn push(&mut self, record: Record<'_>) -> Result<()> {
        self.slots.push(Slot {
            head: head(record.key),
            at: self.arena.len(),
            len: record.key.len() as u32,
            label: record.label,
            line: record.line,
        });
        self.arena.extend_from_slice(record.key);
        self.sorted = false;
        if self.arena.len() + self.slots.len() * size_of::<Slot>() > self.budget {
            self.spill()?;
        }
        Ok(())
    }

    fn sort(&mut self) {
        if !self.sorted {
            let arena = &self.arena;
            self.slots.sort_unstable_by(|a, b| {
                a.head
                    .cmp(&b.head)
                    .then_with(|| a.key(arena).cmp(b.key(arena)))
                    .then_with(|| (a.label, a.line).cmp(&(b.label, b.line)))
            });
            self.sorted = true;
        }
    }

    #[cfg(feature = "files")]
    fn spill(&mut self) -> Result<()> {
        self.sort();
        let records = self.slots.iter().map(|slot| Record {
            key: slot.key(&self.arena),
            label: slot.label,
            line: slot.line,
        });
        let run = Run::write(records, self.directory.as_deref())?;
        self.runs.push(run);
        self.arena.clear();
        self.slots.clear();
        Ok(())
    }

    #[cfg(not(feature = "files"))]
    fn spill(&mut self) -> Result<()> {
        // Without a file system there is nowhere to spill to: grow.
        Ok(())
    }

    /// Ends the taking of records. Frees the buffer if anything was spilled.
    pub(crate) fn finish(&mut self) -> Result<()> {
        if self.run_count() > 0 && !self.slots.is_empty() {
            self.spill()?;
            self.arena = Vec::new();
            self.slots = Vec::new();
        }
        self.sort();
        Ok(())
    }

    /// Calls `visit` with every record in order of key, label and line.
    /// [`Sorter::finish`] comes first.
    pub(crate) fn for_each(&self, mut visit: impl FnMut(Record<'_>) -> Result<()>) -> Result<()> {
        #[cfg(feature = "files")]
        if !self.runs.is_empty() {
            return super::run::merge(&self.runs, visit);
        }
        for slot in &self.slots {
            visit(Record {
                key: slot.key(&self.arena),
                label: slot.label,
                line: slot.line,
            })?;
        }
        Ok(())
    }
}
