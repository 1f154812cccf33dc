//! The dictionary: every key of a ruleset in byte order, each with the number
//! of its set of labels.
//!
//! Keys stand in blocks of [`BLOCK`]. Within a block a key is written as the
//! length it shares with the one before and the rest in symbols; the first of
//! each block is whole. Beside the blocks stands the array of *heads*: the
//! first ten characters of each block's first key, packed into eight bytes in
//! the same order, so that a search finds the block in one small array and
//! then reads one block from front to back.

use super::key::goes_on;
use super::symbols::{SymbolEncoder, Symbols};
use super::wire::{Reader, push_varint, u32_at, u64_at};
use std::cmp::Ordering;

/// Keys in a block.
pub(crate) const BLOCK: usize = 16;

/// The order-preserving six-bit class of each byte. Some bytes that are rare in
/// hosts share a class.
const CLASS: [u8; 256] = {
    let mut class = [0u8; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        class[byte] = match b {
            0 => 0,
            1..=5 => b,
            6..=0x2c => 6,
            b'-' => 7,
            b'.' => 8,
            b'/' => 9,
            b'0'..=b'9' => 10 + (b - b'0'),
            0x3a..=0x40 => 20,
            b'A'..=b'Z' => 21 + (b - b'A') / 4,
            b'['..=b'^' => 29,
            b'_' => 30,
            b'`' => 31,
            b'a'..=b'z' => 32 + (b - b'a'),
            _ => 63,
        };
        byte += 1;
    }
    class
};

/// Whether `byte` has its class to itself.
const fn is_alone(byte: u8) -> bool {
    matches!(byte, 1..=5 | b'-'..=b'9' | b'_' | b'`' | b'a'..=b'z')
}

/// The first ten bytes of `key`, six bits each: `a <= b` gives
/// `head(a) <= head(b)`. Behind a byte that shares its class nothing more is
/// packed, since what follows would decide before that byte has.
#[inline]
pub(crate) fn head(key: &[u8]) -> u64 {
    let mut packed = 0;
    let mut left = 10;
    for &byte in key.iter().take(10) {
        packed = packed << 6 | u64::from(CLASS[usize::from(byte)]);
        left -= 1;
        if !is_alone(byte) {
            break;
        }
    }
    packed << (6 * left)
}

/// A dictionary in place.
#[derive(Clone, Copy)]
pub(crate) struct Dictionary<'d> {
    pub(crate) symbols: Symbols<'d>,
    pub(crate) heads: &'d [u8],
    pub(crate) offsets: &'d [u8],
    pub(crate) blocks: &'d [u8],
}

/// The dictionary contradicts itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Corrupt;

/// A key that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Its place among all keys, from 0.
    pub(crate) ordinal: u32,
    /// The number of its set of labels.
    pub(crate) set: u32,
    /// Whether the next key belongs to this one: a walk may stop where it does
    /// not.
    pub(crate) goes_on: bool,
}

/// One key as its block holds it.
struct Item<'d> {
    shared: usize,
    set: u32,
    goes_on: bool,
    codes: &'d [u8],
}

fn read_item<'d>(reader: &mut Reader<'d>) -> Option<Item<'d>> {
    let lengths = reader.u8()?;
    let mut shared = usize::from(lengths >> 4);
    let mut len = usize::from(lengths & 15);
    if shared == 15 {
        shared = shared.checked_add(reader.index()?)?;
    }
    if len == 15 {
        len = len.checked_add(reader.index()?)?;
    }
    let value = reader.varint()?;
    let codes = reader.take(len)?;
    Some(Item {
        shared,
        set: u32::try_from(value >> 1).ok()?,
        goes_on: value & 1 == 1,
        codes,
    })
}

/// How an item stands to the wanted key, of which the first `matched` bytes
/// are known to agree; gives the length that agrees now.
#[inline]
fn compare(symbols: Symbols<'_>, codes: &[u8], wanted: &[u8], matched: usize) -> (Ordering, usize) {
    let mut at = matched;
    for &code in codes {
        for &byte in symbols.expand(code) {
            match wanted.get(at) {
                Some(&want) if want == byte => at += 1,
                Some(&want) => return (byte.cmp(&want), at),
                None => return (Ordering::Greater, at),
            }
        }
    }
    if at == wanted.len() {
        (Ordering::Equal, at)
    } else {
        (Ordering::Less, at)
    }
}

impl<'d> Dictionary<'d> {
    /// The number of blocks.
    fn block_count(&self) -> usize {
        self.heads.len() / 8
    }

    #[inline]
    fn head_at(&self, block: usize) -> Option<u64> {
        u64_at(self.heads, block * 8)
    }

    /// The items of a block.
    #[inline]
    fn block(&self, block: usize) -> Option<Reader<'d>> {
        let start = u32_at(self.offsets, block * 4)? as usize;
        let end = u32_at(self.offsets, block * 4 + 4)? as usize;
        Some(Reader::new(self.blocks.get(start..end)?))
    }

    /// The first block from `low` to `high` (exclusive) for which `is_past` is
    /// true, or `high`.
    #[inline]
    fn partition(
        &self,
        mut low: usize,
        mut high: usize,
        mut is_past: impl FnMut(usize) -> Option<bool>,
    ) -> Option<usize> {
        while low < high {
            let middle = low + (high - low) / 2;
            if is_past(middle)? {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Some(low)
    }

    /// The block that would hold `wanted`; `Some(None)` if it sorts before
    /// all.
    #[inline]
    fn locate(&self, wanted: &[u8]) -> Option<Option<usize>> {
        let packed = head(wanted);
        let count = self.block_count();
        let first = self.partition(0, count, |block| Some(self.head_at(block)? >= packed))?;
        // Most often no other block shares the head; where some do, their
        // first keys decide.
        let mut past = first;
        if first < count && self.head_at(first)? == packed {
            let last = self.partition(first, count, |block| Some(self.head_at(block)? > packed))?;
            past = self.partition(first, last, |block| {
                let item = read_item(&mut self.block(block)?)?;
                let (order, _) = compare(self.symbols, item.codes, wanted, 0);
                Some(order == Ordering::Greater)
            })?;
        }
        Some(past.checked_sub(1))
    }

    /// Finds a key.
    #[inline]
    pub(crate) fn get(&self, wanted: &[u8]) -> Result<Option<Found>, Corrupt> {
        self.find(wanted).ok_or(Corrupt)
    }

    #[inline]
    fn find(&self, wanted: &[u8]) -> Option<Option<Found>> {
        let Some(block) = self.locate(wanted)? else {
            return Some(None);
        };
        let mut reader = self.block(block)?;
        let mut matched = 0;
        let mut index = 0;
        while !reader.is_empty() {
            let item = read_item(&mut reader)?;
            match item.shared.cmp(&matched) {
                // It shares more with the key before it than the wanted one
                // did, so it stands to the wanted one as that key did: before.
                Ordering::Greater => {}
                // It leaves the wanted key's path earlier: all that follow
                // sort after it.
                Ordering::Less => return Some(None),
                Ordering::Equal => {
                    let (order, agreed) = compare(self.symbols, item.codes, wanted, matched);
                    match order {
                        Ordering::Equal => {
                            let ordinal = u32::try_from(block * BLOCK + index).ok()?;
                            return Some(Some(Found {
                                ordinal,
                                set: item.set,
                                goes_on: item.goes_on,
                            }));
                        }
                        Ordering::Greater => return Some(None),
                        Ordering::Less => matched = agreed,
                    }
                }
            }
            index += 1;
        }
        Some(None)
    }

    /// Calls `visit` with every key in order, its ordinal and its set, until
    /// `visit` returns false.
    pub(crate) fn for_each(
        &self,
        mut visit: impl FnMut(&[u8], Found) -> bool,
    ) -> Result<(), Corrupt> {
        let mut key = Vec::new();
        for block in 0..self.block_count() {
            let mut reader = self.block(block).ok_or(Corrupt)?;
            key.clear();
            let mut index = 0;
            while !reader.is_empty() {
                let item = read_item(&mut reader).ok_or(Corrupt)?;
                if item.shared > key.len() || index == BLOCK {
                    return Err(Corrupt);
                }
                key.truncate(item.shared);
                self.symbols.decode(item.codes, &mut key);
                let ordinal = u32::try_from(block * BLOCK + index).map_err(|_| Corrupt)?;
                let found = Found {
                    ordinal,
                    set: item.set,
                    goes_on: item.goes_on,
                };
                if !visit(&key, found) {
                    return Ok(());
                }
                index += 1;
            }
        }
        Ok(())
    }
}

/// Writes a dictionary from keys in order. The blocks are given out as they
/// fill, so that they need not stay in memory.
pub(crate) struct DictionaryWriter {
    encoder: SymbolEncoder,
    heads: Vec<u8>,
    offsets: Vec<u8>,
    /// The key written last.
    previous: Vec<u8>,
    /// The key given last, which is written when the next one tells whether it
    /// goes on.
    held: Option<(Vec<u8>, u32)>,
    in_block: usize,
    written: u64,
    codes: Vec<u8>,
}

impl DictionaryWriter {
    pub(crate) fn new(encoder: SymbolEncoder) -> DictionaryWriter {
        DictionaryWriter {
            encoder,
            heads: Vec::new(),
            offsets: Vec::new(),
            previous: Vec::new(),
            held: None,
            in_block: 0,
            written: 0,
            codes: Vec::new(),
        }
    }

    /// Takes the next key, which must sort after the one before, and appends
    /// to `out` what is ready to be written; `None` when the blocks pass four
    /// gigabytes.
    pub(crate) fn push(&mut self, key: &[u8], set: u32, out: &mut Vec<u8>) -> Option<()> {
        match self.held.take() {
            None => self.held = Some((key.to_vec(), set)),
            Some((mut held, held_set)) => {
                self.write(&held, held_set, goes_on(&held, key), out)?;
                std::mem::swap(&mut self.previous, &mut held);
                held.clear();
                held.extend_from_slice(key);
                self.held = Some((held, set));
            }
        }
        Some(())
    }

    fn write(&mut self, key: &[u8], set: u32, goes_on: bool, out: &mut Vec<u8>) -> Option<()> {
        let before = out.len();
        let shared = if self.in_block == 0 {
            self.heads.extend_from_slice(&head(key).to_le_bytes());
            let offset = u32::try_from(self.written).ok()?;
            self.offsets.extend_from_slice(&offset.to_le_bytes());
            0
        } else {
            common_prefix(&self.previous, key)
        };
        self.codes.clear();
        self.encoder.encode(&key[shared..], &mut self.codes);
        let len = self.codes.len();
        out.push((shared.min(15) << 4 | len.min(15)) as u8);
        if shared >= 15 {
            push_varint(out, shared as u64 - 15);
        }
        if len >= 15 {
            push_varint(out, len as u64 - 15);
        }
        push_varint(out, u64::from(set) << 1 | u64::from(goes_on));
        out.extend_from_slice(&self.codes);
        self.in_block = (self.in_block + 1) % BLOCK;
        self.written += (out.len() - before) as u64;
        Some(())
    }

    /// Appends what is left to `out`, and gives the sections beside the
    /// blocks: symbols, heads, offsets.
    pub(crate) fn finish(mut self, out: &mut Vec<u8>) -> Option<(Vec<u8>, Vec<u8>, Vec<u8>)> {
        if let Some((held, set)) = self.held.take() {
            self.write(&held, set, false, out)?;
        }
        let end = u32::try_from(self.written).ok()?;
        self.offsets.extend_from_slice(&end.to_le_bytes());
        Some((self.encoder.table().to_vec(), self.heads, self.offsets))
    }
}

/// How many bytes two keys share from the front.
pub(crate) fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn build(keys: &BTreeMap<Vec<u8>, u32>) -> [Vec<u8>; 4] {
        let sample: Vec<u8> = keys.keys().flatten().copied().collect();
        let encoder = SymbolEncoder::train(&sample, &[sample.len()]);
        let mut writer = DictionaryWriter::new(encoder);
        let mut blocks = Vec::new();
        for (key, &set) in keys {
            writer.push(key, set, &mut blocks).unwrap();
        }
        let (symbols, heads, offsets) = writer.finish(&mut blocks).unwrap();
        [symbols, heads, offsets, blocks]
    }

    fn open(sections: &[Vec<u8>; 4]) -> Dictionary<'_> {
        Dictionary {
            symbols: Symbols::new(&sections[0]).unwrap(),
            heads: &sections[1],
            offsets: &sections[2],
            blocks: &sections[3],
        }
    }

    fn key() -> impl Strategy<Value = Vec<u8>> {
        // Few letters, so that keys share much and nest often.
        proptest::collection::vec(
            prop_oneof![
                4 => prop::sample::select(b"ab.c".to_vec()),
                1 => 0x21u8..0x7f,
                1 => 1u8..6,
            ],
            1..30,
        )
    }

    proptest! {
        #[test]
        fn finds_what_it_holds_and_nothing_else(
            keys in proptest::collection::btree_map(key(), 0u32..300, 0..200),
            others in proptest::collection::vec(key(), 0..100),
        ) {
            let sections = build(&keys);
            let dictionary = open(&sections);
            let mut following = keys.keys().skip(1);
            for (ordinal, (key, &set)) in keys.iter().enumerate() {
                let goes_on = following.next().is_some_and(|next| goes_on(key, next));
                let found = Found { ordinal: ordinal as u32, set, goes_on };
                prop_assert_eq!(dictionary.get(key), Ok(Some(found)));
            }
            for other in &others {
                let found = dictionary.get(other).unwrap().map(|found| found.set);
                prop_assert_eq!(found, keys.get(other).copied());
            }
            let mut listed = BTreeMap::new();
            dictionary.for_each(|key, found| {
                listed.insert(key.to_vec(), found.set);
                true
            }).unwrap();
            prop_assert_eq!(listed, keys);
        }

        #[test]
        fn damaged_bytes_never_panic(
            keys in proptest::collection::btree_map(key(), 0u32..300, 1..60),
            damage in proptest::collection::vec((0usize..4, any::<prop::sample::Index>(), any::<u8>()), 1..8),
            wanted in proptest::collection::vec(key(), 1..10),
        ) {
            let mut sections = build(&keys);
            for (section, at, value) in damage {
                let section = &mut sections[section];
                let at = at.index(section.len());
                section[at] = value;
            }
            if let Some(symbols) = Symbols::new(&sections[0]) {
                let dictionary = Dictionary {
                    symbols,
                    heads: &sections[1],
                    offsets: &sections[2],
                    blocks: &sections[3],
                };
                for key in keys.keys().chain(&wanted) {
                    let _ = dictionary.get(key);
                }
                let _ = dictionary.for_each(|_, _| true);
            }
        }

        #[test]
        fn heads_keep_the_order(mut a in key(), mut b in key(), shared in key(), x: u8, y: u8) {
            // With a common beginning, so that the order is decided late.
            a.insert(0, x);
            b.insert(0, y);
            a.splice(0..0, shared.iter().copied());
            b.splice(0..0, shared);
            prop_assert!((a <= b && head(&a) <= head(&b)) || (b <= a && head(&b) <= head(&a)));
        }
    }
}
