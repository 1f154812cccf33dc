//! The container: sections with checksums, a table of them, and a trailer
//! written last. `FORMAT.md` beside this file is its description.

use super::wire::{u32_at, u64_at};
use crate::error::{Error, ErrorKind, Result};
use std::io::Write;
use std::ops::Range;
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// The first eight bytes of a ruleset.
pub(crate) const MAGIC: &[u8; 8] = b"HEDGEROW";
/// The last eight bytes of a ruleset.
pub(crate) const END_MAGIC: &[u8; 8] = b"WOREGDEH";
/// The format version that this build writes and reads.
pub(crate) const VERSION: u32 = 1;

const HEADER_LEN: usize = 16;
const ROW_LEN: usize = 32;
const TRAILER_LEN: usize = 40;

/// What a section holds. A reader refuses a kind it does not know unless the
/// kind has [`OPTIONAL`] set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Section {
    Meta = 1,
    Lists = 2,
    Categories = 3,
    Conditions = 4,
    Labels = 5,
    Sets = 6,
    Symbols = 7,
    Places = 8,
    Index = 9,
    Blocks = 10,
    Filter = 11,
    Networks = 12,
    Expressions = 13,
    Lines = 0x8000_0001,
}

/// The bit of a section's kind that says "a reader may pass this over".
pub(crate) const OPTIONAL: u32 = 0x8000_0000;

impl Section {
    pub(crate) const ALL: [Section; 14] = [
        Section::Meta,
        Section::Lists,
        Section::Categories,
        Section::Conditions,
        Section::Labels,
        Section::Sets,
        Section::Symbols,
        Section::Places,
        Section::Index,
        Section::Blocks,
        Section::Filter,
        Section::Networks,
        Section::Expressions,
        Section::Lines,
    ];

    const fn index(self) -> usize {
        match self {
            Section::Lines => 13,
            other => other as usize - 1,
        }
    }

    /// The name under which reports and errors speak of it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Section::Meta => "meta",
            Section::Lists => "lists",
            Section::Categories => "categories",
            Section::Conditions => "conditions",
            Section::Labels => "labels",
            Section::Sets => "sets",
            Section::Symbols => "symbols",
            Section::Places => "places",
            Section::Index => "index",
            Section::Blocks => "blocks",
            Section::Filter => "filter",
            Section::Networks => "networks",
            Section::Expressions => "expressions",
            Section::Lines => "lines",
        }
    }
}

/// Where each section lies.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layout {
    ranges: [Range<usize>; Section::ALL.len()],
    present: u16,
}

impl Layout {
    pub(crate) fn range(&self, section: Section) -> Range<usize> {
        self.ranges[section.index()].clone()
    }

    pub(crate) fn has(&self, section: Section) -> bool {
        self.present >> section.index() & 1 == 1
    }
}

fn corrupt(message: impl Into<String>, offset: usize) -> Error {
    Error::new(ErrorKind::RulesetCorrupt, message).at_offset(offset as u64)
}

/// Reads the table of a ruleset and, if `verify`, holds every byte against its
/// checksum.
pub(crate) fn read(bytes: &[u8], verify: bool) -> Result<Layout> {
    if !bytes.starts_with(MAGIC) {
        return Err(Error::new(
            ErrorKind::RulesetMagic,
            "not a ruleset: it does not begin with HEDGEROW",
        ));
    }
    let truncated = |what: &str| {
        Error::new(
            ErrorKind::RulesetTruncated,
            format!("the ruleset is cut short: {what}"),
        )
        .at_offset(bytes.len() as u64)
    };
    let version = u32_at(bytes, 8).ok_or_else(|| truncated("it ends in its header"))?;
    if version != VERSION {
        return Err(Error::new(
            ErrorKind::RulesetVersion,
            format!(
                "the ruleset is of format version {version}, this build reads version {VERSION}: compile the lists again"
            ),
        ));
    }
    if bytes.len() < HEADER_LEN + TRAILER_LEN || !bytes.ends_with(END_MAGIC) {
        return Err(truncated("its trailer is missing"));
    }
    let trailer = bytes.len() - TRAILER_LEN;
    let number = |at: usize| u64_at(bytes, trailer + at).unwrap_or(u64::MAX);
    if number(24) != bytes.len() as u64 {
        return Err(truncated(&format!(
            "it says it has {} bytes and has {}",
            number(24),
            bytes.len()
        )));
    }
    let table = usize::try_from(number(0)).unwrap_or(usize::MAX);
    let rows = usize::try_from(number(8)).unwrap_or(usize::MAX);
    if rows
        .checked_mul(ROW_LEN)
        .and_then(|len| len.checked_add(table))
        != Some(trailer)
        || table < HEADER_LEN
    {
        return Err(corrupt("its table of sections is out of place", trailer));
    }
    // The table is always verified: it is small, and everything hangs on it.
    let mut hash = Xxh3::new();
    hash.update(&bytes[..HEADER_LEN]);
    hash.update(&bytes[table..trailer + 16]);
    if hash.digest() != number(16) {
        return Err(Error::new(
            ErrorKind::RulesetChecksum,
            "the table of sections does not match its checksum",
        )
        .at_offset(table as u64));
    }
    let mut layout = Layout::default();
    let mut expected = HEADER_LEN;
    for row in 0..rows {
        let at = table + row * ROW_LEN;
        let kind = u32_at(bytes, at).unwrap_or(0);
        let start = u64_at(bytes, at + 8).unwrap_or(u64::MAX);
        let len = u64_at(bytes, at + 16).unwrap_or(u64::MAX);
        let checksum = u64_at(bytes, at + 24).unwrap_or(0);
        // Sections follow one another without gaps, so that every byte of the
        // file is under one checksum or another.
        let end = usize::try_from(len)
            .ok()
            .and_then(|len| expected.checked_add(len))
            .filter(|&end| start == expected as u64 && end <= table)
            .ok_or_else(|| corrupt("a section is out of place", at))?;
        let range = expected..end;
        expected = end;
        let section = Section::ALL
            .into_iter()
            .find(|section| *section as u32 == kind);
        if verify && xxh3_64(&bytes[range.clone()]) != checksum {
            let name = section.map_or("unknown", Section::name);
            return Err(Error::new(
                ErrorKind::RulesetChecksum,
                format!("the section `{name}` does not match its checksum"),
            )
            .at_offset(range.start as u64));
        }
        match section {
            Some(section) if layout.has(section) => {
                return Err(corrupt(
                    format!("the section `{}` stands twice", section.name()),
                    at,
                ));
            }
            Some(section) => {
                layout.ranges[section.index()] = range;
                layout.present |= 1 << section.index();
            }
            None if kind & OPTIONAL != 0 => {}
            None => {
                return Err(Error::new(
                    ErrorKind::RulesetVersion,
                    format!(
                        "the ruleset has a section of kind {kind} that this build does not know"
                    ),
                ));
            }
        }
    }
    if expected != table {
        return Err(corrupt(
            "bytes between the sections and their table",
            expected,
        ));
    }
    for section in Section::ALL {
        if section as u32 & OPTIONAL == 0 && !layout.has(section) {
            return Err(corrupt(
                format!("the section `{}` is missing", section.name()),
                table,
            ));
        }
    }
    Ok(layout)
}

/// Writes a ruleset section by section, without seeking.
pub(crate) struct ContainerWriter<W> {
    out: W,
    at: u64,
    table: Vec<u8>,
    rows: u64,
    open: Option<(Section, u64, Xxh3)>,
}

impl<W: Write> ContainerWriter<W> {
    pub(crate) fn new(mut out: W) -> Result<ContainerWriter<W>> {
        out.write_all(&header())?;
        Ok(ContainerWriter {
            out,
            at: HEADER_LEN as u64,
            table: Vec::new(),
            rows: 0,
            open: None,
        })
    }

    /// Begins a section; [`ContainerWriter::write`] appends to it.
    pub(crate) fn begin(&mut self, section: Section) {
        self.end();
        self.open = Some((section, self.at, Xxh3::new()));
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        if let Some((_, _, hash)) = &mut self.open {
            hash.update(bytes);
        }
        self.out.write_all(bytes)?;
        self.at += bytes.len() as u64;
        Ok(())
    }

    /// Writes a whole section.
    pub(crate) fn section(&mut self, section: Section, bytes: &[u8]) -> Result<()> {
        self.begin(section);
        self.write(bytes)
    }

    fn end(&mut self) {
        if let Some((section, start, hash)) = self.open.take() {
            self.table
                .extend_from_slice(&(section as u32).to_le_bytes());
            self.table.extend_from_slice(&[0; 4]);
            for number in [start, self.at - start, hash.digest()] {
                self.table.extend_from_slice(&number.to_le_bytes());
            }
            self.rows += 1;
        }
    }

    /// Writes the table and the trailer, and gives the length of the file.
    pub(crate) fn finish(mut self) -> Result<(W, u64)> {
        self.end();
        let mut trailer = Vec::with_capacity(TRAILER_LEN);
        trailer.extend_from_slice(&self.at.to_le_bytes());
        trailer.extend_from_slice(&self.rows.to_le_bytes());
        let mut hash = Xxh3::new();
        hash.update(&header());
        hash.update(&self.table);
        hash.update(&trailer);
        trailer.extend_from_slice(&hash.digest().to_le_bytes());
        let len = self.at + self.table.len() as u64 + TRAILER_LEN as u64;
        trailer.extend_from_slice(&len.to_le_bytes());
        trailer.extend_from_slice(END_MAGIC);
        self.out.write_all(&self.table)?;
        self.out.write_all(&trailer)?;
        Ok((self.out, len))
    }
}

fn header() -> [u8; HEADER_LEN] {
    let mut header = [0; HEADER_LEN];
    header[..8].copy_from_slice(MAGIC);
    header[8..12].copy_from_slice(&VERSION.to_le_bytes());
    header
}
