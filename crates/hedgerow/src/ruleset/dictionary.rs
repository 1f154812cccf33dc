//! The dictionary: every key of a ruleset in byte order, each with the number
//! of its set of labels.
//!
//! Keys stand in blocks of [`BLOCK`]. Within a block a key is written as the
//! length it shares with the one before and the rest in symbols; the first of
//! each block is whole. Lengths, values and symbols stand apart within the
//! block, so that a search compares all lengths at once and looks at symbols
//! only where they can decide.
//!
//! Beside the blocks stands where each begins. In which block a key would be
//! the filter tells ([`Place`]); only where it cannot, the blocks are searched.

use super::filter::Place;
use super::key::goes_on;
use super::symbols::{SymbolEncoder, Symbols};
use super::wire::{Reader, push_varint, u32_at};
use std::cmp::Ordering;

/// Keys in a block.
pub(crate) const BLOCK: usize = 16;

/// Bytes of a row of the index: the offset of a block.
pub(crate) const ROW: usize = 4;

/// A dictionary in place.
#[derive(Clone, Copy)]
pub(crate) struct Dictionary<'d> {
    pub(crate) symbols: Symbols<'d>,
    pub(crate) index: &'d [u8],
    pub(crate) blocks: &'d [u8],
}

/// A place of the dictionary, opened.
#[derive(Clone, Copy)]
pub(crate) enum Opened<'d> {
    Nowhere,
    Block(usize, Block<'d>),
    Several,
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

/// A block, opened.
#[derive(Clone, Copy)]
pub(crate) struct Block<'d> {
    /// How much all its keys share.
    common: usize,
    /// For each key a byte: how much it shares beyond that with the key before,
    /// and how many codes it has, four bits each; 15 means that more stands
    /// before its codes.
    lengths: &'d [u8],
    /// For each key its value as a varint.
    values: &'d [u8],
    /// For each key what its lengths lack, and its codes.
    codes: &'d [u8],
}

/// The value of a key in its block.
#[derive(Clone, Copy)]
struct Value {
    set: u32,
    goes_on: bool,
}

/// What the lengths of a key say of its codes, which begin at `at`.
#[derive(Clone, Copy)]
struct Item {
    shared: usize,
    at: usize,
    len: usize,
}

impl<'d> Block<'d> {
    #[inline]
    fn open(bytes: &'d [u8]) -> Option<Block<'d>> {
        let [count, values_len, rest @ ..] = bytes else {
            return None;
        };
        let mut reader = Reader::new(rest);
        let common = reader.index()?;
        let lengths = reader.take(usize::from(*count))?;
        let values = reader.take(usize::from(*values_len))?;
        let codes = reader.take(reader.len())?;
        (lengths.len() <= BLOCK).then_some(Block {
            common,
            lengths,
            values,
            codes,
        })
    }

    /// The item `index`, whose part of the codes begins at `at`.
    #[inline]
    fn item(&self, index: usize, at: usize) -> Option<Item> {
        let lengths = *self.lengths.get(index)?;
        let mut item = Item {
            shared: usize::from(lengths >> 4),
            at,
            len: usize::from(lengths & 15),
        };
        if item.shared == 15 || item.len == 15 {
            item = self.long_item(item)?;
        }
        // The first is whole.
        if index > 0 {
            item.shared = item.shared.checked_add(self.common)?;
        }
        Some(item)
    }

    #[cold]
    fn long_item(&self, mut item: Item) -> Option<Item> {
        let rest = self.codes.get(item.at..)?;
        let mut reader = Reader::new(rest);
        if item.shared == 15 {
            item.shared = item.shared.checked_add(reader.index()?)?;
        }
        if item.len == 15 {
            item.len = item.len.checked_add(reader.index()?)?;
        }
        item.at += rest.len() - reader.len();
        Some(item)
    }

    #[inline]
    fn codes(&self, item: Item) -> Option<&'d [u8]> {
        self.codes.get(item.at..)?.get(..item.len)
    }

    /// The codes of the first key.
    fn first(&self) -> Option<&'d [u8]> {
        self.codes(self.item(0, 0)?)
    }

    /// The place of `wanted` in the block; `Some(None)` if it is not there.
    #[inline]
    fn find(&self, symbols: Symbols<'_>, wanted: Wanted<'_>) -> Option<Option<usize>> {
        let first = self.item(0, 0)?;
        let (order, matched) = compare(symbols, self.codes(first)?, wanted, 0);
        match order {
            Ordering::Equal => return Some(Some(0)),
            Ordering::Greater => return Some(None),
            // It leaves what all keys share: it sorts after them.
            Ordering::Less if matched < self.common => return Some(None),
            Ordering::Less => {}
        }
        let lanes = Lanes::new(self.lengths);
        if lanes.has_long() {
            return self.find_among_long(symbols, wanted, first, matched);
        }
        self.find_by_lanes(symbols, wanted, lanes, matched)
    }

    /// Finds `wanted` behind the first key, of which `matched` bytes agree, by
    /// the lengths of all keys at once.
    ///
    /// A key that shares more with the key before it than the wanted one did
    /// stands to the wanted one as that key did: before it. One that shares
    /// less leaves the wanted key's path earlier: it and all that follow sort
    /// after. So only keys that share just as much have to be looked at.
    #[inline]
    fn find_by_lanes(
        &self,
        symbols: Symbols<'_>,
        wanted: Wanted<'_>,
        lanes: Lanes,
        mut matched: usize,
    ) -> Option<Option<usize>> {
        let mut index = 0;
        loop {
            let beyond = matched - self.common;
            index = lanes.next_at_most(index, beyond.min(15) as u8);
            if index >= self.lengths.len() {
                return Some(None);
            }
            let item = Item {
                shared: usize::from(self.lengths[index] >> 4),
                at: lanes.codes_before(index),
                len: usize::from(self.lengths[index] & 15),
            };
            if item.shared < beyond {
                return Some(None);
            }
            let (order, agreed) = compare(symbols, self.codes(item)?, wanted, matched);
            match order {
                Ordering::Equal => return Some(Some(index)),
                Ordering::Greater => return Some(None),
                Ordering::Less => matched = agreed,
            }
        }
    }

    /// The same, key by key, where some length does not fit its four bits.
    #[cold]
    fn find_among_long(
        &self,
        symbols: Symbols<'_>,
        wanted: Wanted<'_>,
        first: Item,
        mut matched: usize,
    ) -> Option<Option<usize>> {
        let mut at = first.at.checked_add(first.len)?;
        for index in 1..self.lengths.len() {
            let item = self.item(index, at)?;
            at = item.at.checked_add(item.len)?;
            if item.shared > matched {
                continue;
            }
            if item.shared < matched {
                return Some(None);
            }
            let (order, agreed) = compare(symbols, self.codes(item)?, wanted, matched);
            match order {
                Ordering::Equal => return Some(Some(index)),
                Ordering::Greater => return Some(None),
                Ordering::Less => matched = agreed,
            }
        }
        Some(None)
    }

    #[inline]
    fn value(&self, index: usize) -> Option<Value> {
        // Most values take one byte, so the one wanted most often stands at
        // its own index.
        let mut at = index;
        if self
            .values
            .get(..=index)?
            .iter()
            .any(|byte| byte & 0x80 != 0)
        {
            at = 0;
            for _ in 0..index {
                at += self
                    .values
                    .get(at..)?
                    .iter()
                    .position(|byte| byte & 0x80 == 0)?
                    + 1;
            }
        }
        let value = Reader::new(self.values.get(at..)?).varint()?;
        Some(Value {
            set: u32::try_from(value >> 1).ok()?,
            goes_on: value & 1 == 1,
        })
    }
}

/// The lengths of a block's keys, a byte each in one number, so that a question
/// is put to all of them at once and without a branch for each.
#[derive(Clone, Copy)]
struct Lanes {
    shared: u128,
    codes: u128,
}

impl Lanes {
    const ONES: u128 = u128::MAX / 255;

    #[inline]
    fn new(lengths: &[u8]) -> Lanes {
        let mut bytes = [0; BLOCK];
        match lengths.first_chunk() {
            Some(all) => bytes = *all,
            None => bytes[..lengths.len()].copy_from_slice(lengths),
        }
        let lanes = u128::from_le_bytes(bytes);
        Lanes {
            shared: lanes >> 4 & (Lanes::ONES * 15),
            codes: lanes & (Lanes::ONES * 15),
        }
    }

    /// Whether any lane is 15: then its length is longer than it says.
    #[inline]
    fn has_long(self) -> bool {
        let is_15 = (self.shared + Lanes::ONES) | (self.codes + Lanes::ONES);
        is_15 & (Lanes::ONES * 16) != 0
    }

    /// The first lane behind `index` that shares at most `bound`; [`BLOCK`] or
    /// more if none does. Lanes beyond the last key share nothing.
    #[inline]
    fn next_at_most(self, index: usize, bound: u8) -> usize {
        let tops = Lanes::ONES * 0x80;
        // No lane borrows from the next: each is at least 0x80 before.
        let at_most = ((tops | (Lanes::ONES * u128::from(bound))) - self.shared) & tops;
        let behind = u128::MAX.checked_shl(8 * (index as u32 + 1)).unwrap_or(0);
        (at_most & behind).trailing_zeros() as usize / 8
    }

    /// The sum of the codes of the lanes before `index`.
    #[inline]
    fn codes_before(self, index: usize) -> usize {
        let before = self.codes & !u128::MAX.checked_shl(8 * index as u32).unwrap_or(0);
        // A product with ones adds up all lanes in its top byte; eight lanes of
        // 14 fit there.
        let sum = |half: u64| half.wrapping_mul(Lanes::ONES as u64) >> 56;
        (sum(before as u64) + sum((before >> 64) as u64)) as usize
    }
}

/// Bytes that must be readable behind a [`Wanted`] key.
pub(crate) const PADDING: usize = 16;

/// A key to look for, with [`PADDING`] zeros behind it, so that eight of its
/// bytes can be read at once wherever they begin. (Were they no zeros, longer
/// keys would be found for it, and that is all.)
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'k> {
    padded: &'k [u8],
    len: usize,
}

impl<'k> Wanted<'k> {
    /// The first `len` bytes of `padded`, which has [`PADDING`] bytes more.
    #[inline]
    pub(crate) fn new(padded: &'k [u8], len: usize) -> Wanted<'k> {
        let len = len.min(padded.len().saturating_sub(PADDING));
        Wanted { padded, len }
    }

    #[inline]
    pub(crate) fn bytes(&self) -> &'k [u8] {
        self.padded.get(..self.len).unwrap_or(&[])
    }

    /// The eight bytes from `at` on, the first lowest, zeros past the end.
    #[inline]
    fn window(&self, at: usize) -> u64 {
        match self.padded.get(at..).and_then(<[u8]>::first_chunk) {
            Some(bytes) => u64::from_le_bytes(*bytes),
            None => 0,
        }
    }
}

/// How an item stands to the wanted key, of which the first `matched` bytes
/// are known to agree; gives the length that agrees now.
#[inline]
fn compare(
    symbols: Symbols<'_>,
    codes: &[u8],
    wanted: Wanted<'_>,
    matched: usize,
) -> (Ordering, usize) {
    let mut at = matched;
    for &code in codes {
        let (symbol, len) = symbols.packed(code);
        // Past the end of the wanted key its window has zeros, which no symbol
        // has, so that an item that goes on is found to be greater.
        let window = wanted.window(at);
        let unlike = (symbol ^ window) & mask(len);
        if unlike != 0 {
            let bits = unlike.trailing_zeros() & !7;
            let (ours, theirs) = ((symbol >> bits) as u8, (window >> bits) as u8);
            return (ours.cmp(&theirs), at + bits as usize / 8);
        }
        at += len;
    }
    (at.cmp(&wanted.len), at)
}

/// The first `len` bytes, up to eight, of a window.
#[inline]
const fn mask(len: usize) -> u64 {
    if len >= 8 {
        u64::MAX
    } else {
        (1 << (8 * len)) - 1
    }
}

impl<'d> Dictionary<'d> {
    /// The number of blocks.
    fn block_count(&self) -> usize {
        (self.index.len() / ROW).saturating_sub(1)
    }

    /// A block, opened.
    #[inline]
    fn block(&self, block: usize) -> Option<Block<'d>> {
        let start = u32_at(self.index, block * ROW)? as usize;
        let end = u32_at(self.index, (block + 1) * ROW)? as usize;
        Block::open(self.blocks.get(start..end)?)
    }

    /// Opens the block of a place. What follows needs its bytes; whoever has
    /// something else to do while they come from memory does it in between.
    #[inline]
    pub(crate) fn open(&self, place: Place) -> Result<Opened<'d>, Corrupt> {
        Ok(match place {
            Place::NoKey => Opened::Nowhere,
            Place::Block(block) => Opened::Block(block, self.block(block).ok_or(Corrupt)?),
            Place::Several => Opened::Several,
        })
    }

    /// Finds a key that is in the opened place if it is anywhere.
    #[inline]
    pub(crate) fn find(
        &self,
        opened: Opened<'_>,
        wanted: Wanted<'_>,
    ) -> Result<Option<Found>, Corrupt> {
        match opened {
            Opened::Nowhere => Ok(None),
            Opened::Block(block, open) => self.find_in(block, &open, wanted).ok_or(Corrupt),
            Opened::Several => match self.locate(wanted).ok_or(Corrupt)? {
                Some(block) => {
                    let open = self.block(block).ok_or(Corrupt)?;
                    self.find_in(block, &open, wanted).ok_or(Corrupt)
                }
                None => Ok(None),
            },
        }
    }

    /// The block that would hold `wanted`; `Some(None)` if it sorts before
    /// all. For the few keys whose hash is another's, too: it looks into a
    /// block for each halving of their number.
    #[cold]
    fn locate(&self, wanted: Wanted<'_>) -> Option<Option<usize>> {
        let (mut low, mut high) = (0, self.block_count());
        while low < high {
            let middle = low + (high - low) / 2;
            let (order, _) = compare(self.symbols, self.block(middle)?.first()?, wanted, 0);
            if order == Ordering::Greater {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Some(low.checked_sub(1))
    }

    fn find_in(&self, block: usize, open: &Block<'_>, wanted: Wanted<'_>) -> Option<Option<Found>> {
        let Some(index) = open.find(self.symbols, wanted)? else {
            return Some(None);
        };
        let Value { set, goes_on } = open.value(index)?;
        Some(Some(Found {
            ordinal: u32::try_from(block * BLOCK + index).ok()?,
            set,
            goes_on,
        }))
    }

    /// Calls `visit` with every key in order, its ordinal and its set, until
    /// `visit` returns false.
    pub(crate) fn for_each(
        &self,
        mut visit: impl FnMut(&[u8], Found) -> bool,
    ) -> Result<(), Corrupt> {
        let mut key = Vec::new();
        for block in 0..self.block_count() {
            let open = self.block(block).ok_or(Corrupt)?;
            key.clear();
            let mut at = 0;
            for index in 0..open.lengths.len() {
                let item = open.item(index, at).ok_or(Corrupt)?;
                at = item.at.checked_add(item.len).ok_or(Corrupt)?;
                if item.shared > key.len() {
                    return Err(Corrupt);
                }
                key.truncate(item.shared);
                let codes = open.codes(item).ok_or(Corrupt)?;
                self.symbols.decode(codes, &mut key);
                let Value { set, goes_on } = open.value(index).ok_or(Corrupt)?;
                let found = Found {
                    ordinal: u32::try_from(block * BLOCK + index).map_err(|_| Corrupt)?,
                    set,
                    goes_on,
                };
                if !visit(&key, found) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// Writes a dictionary from keys in order. The blocks are given out as they
/// fill, so that they need not stay in memory.
pub(crate) struct DictionaryWriter {
    encoder: SymbolEncoder,
    index: Vec<u8>,
    /// The key encoded last.
    previous: Vec<u8>,
    /// The key given last, which is encoded when the next one tells whether it
    /// goes on.
    held: Option<(Vec<u8>, u32)>,
    /// The block being filled: for each key how much it shares with the one
    /// before and how many codes it has; all codes; all values.
    items: Vec<(usize, usize)>,
    codes: Vec<u8>,
    values: Vec<u8>,
    written: u64,
}

/// The sections of a dictionary beside its blocks.
pub(crate) struct DictionarySections {
    pub(crate) symbols: Vec<u8>,
    pub(crate) index: Vec<u8>,
}

impl DictionaryWriter {
    pub(crate) fn new(encoder: SymbolEncoder) -> DictionaryWriter {
        DictionaryWriter {
            encoder,
            index: Vec::new(),
            previous: Vec::new(),
            held: None,
            items: Vec::new(),
            codes: Vec::new(),
            values: Vec::new(),
            written: 0,
        }
    }

    /// Takes the next key, which must sort after the one before, and appends
    /// to `out` what is ready to be written; `None` when the blocks pass four
    /// gigabytes.
    pub(crate) fn push(&mut self, key: &[u8], set: u32, out: &mut Vec<u8>) -> Option<()> {
        match self.held.take() {
            None => self.held = Some((key.to_vec(), set)),
            Some((mut held, held_set)) => {
                self.encode(&held, held_set, goes_on(&held, key), out)?;
                std::mem::swap(&mut self.previous, &mut held);
                held.clear();
                held.extend_from_slice(key);
                self.held = Some((held, set));
            }
        }
        Some(())
    }

    fn encode(&mut self, key: &[u8], set: u32, goes_on: bool, out: &mut Vec<u8>) -> Option<()> {
        if self.items.len() == BLOCK {
            self.end_block(out)?;
        }
        let shared = if self.items.is_empty() {
            let offset = u32::try_from(self.written).ok()?;
            self.index.extend_from_slice(&offset.to_le_bytes());
            0
        } else {
            common_prefix(&self.previous, key)
        };
        let before = self.codes.len();
        self.encoder.encode(&key[shared..], &mut self.codes);
        self.items.push((shared, self.codes.len() - before));
        push_varint(&mut self.values, u64::from(set) << 1 | u64::from(goes_on));
        Some(())
    }

    fn end_block(&mut self, out: &mut Vec<u8>) -> Option<()> {
        let before = out.len();
        out.push(u8::try_from(self.items.len()).ok()?);
        out.push(u8::try_from(self.values.len()).ok()?);
        // What each shares with the one before, all share.
        let common = self.items.iter().skip(1).map(|item| item.0).min();
        let common = common.unwrap_or(0);
        push_varint(out, common as u64);
        for (index, item) in self.items.iter_mut().enumerate() {
            if index > 0 {
                item.0 -= common;
            }
            out.push((item.0.min(15) << 4 | item.1.min(15)) as u8);
        }
        out.append(&mut self.values);
        let mut codes = self.codes.as_slice();
        for &(shared, len) in &self.items {
            if shared >= 15 {
                push_varint(out, shared as u64 - 15);
            }
            if len >= 15 {
                push_varint(out, len as u64 - 15);
            }
            let (own, rest) = codes.split_at_checked(len)?;
            out.extend_from_slice(own);
            codes = rest;
        }
        self.items.clear();
        self.codes.clear();
        self.written += (out.len() - before) as u64;
        Some(())
    }

    /// Appends what is left to `out`, and gives the sections beside the
    /// blocks.
    pub(crate) fn finish(mut self, out: &mut Vec<u8>) -> Option<DictionarySections> {
        if let Some((held, set)) = self.held.take() {
            self.encode(&held, set, false, out)?;
        }
        if !self.items.is_empty() {
            self.end_block(out)?;
        }
        // A last row tells where the last block ends.
        let end = u32::try_from(self.written).ok()?;
        self.index.extend_from_slice(&end.to_le_bytes());
        Some(DictionarySections {
            symbols: self.encoder.table().to_vec(),
            index: self.index,
        })
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

    fn build(keys: &BTreeMap<Vec<u8>, u32>) -> [Vec<u8>; 3] {
        let sample: Vec<u8> = keys.keys().flatten().copied().collect();
        let encoder = SymbolEncoder::train(&sample, &[sample.len()]);
        let mut writer = DictionaryWriter::new(encoder);
        let mut blocks = Vec::new();
        for (key, &set) in keys {
            writer.push(key, set, &mut blocks).unwrap();
        }
        let sections = writer.finish(&mut blocks).unwrap();
        [sections.symbols, sections.index, blocks]
    }

    fn open(sections: &[Vec<u8>; 3]) -> Dictionary<'_> {
        Dictionary {
            symbols: Symbols::new(&sections[0]).unwrap(),
            index: &sections[1],
            blocks: &sections[2],
        }
    }

    fn get(dictionary: &Dictionary<'_>, key: &[u8]) -> Result<Option<Found>, Corrupt> {
        let padded = [key, &[0; PADDING]].concat();
        let wanted = Wanted::new(&padded, key.len());
        let get = |place| dictionary.find(dictionary.open(place)?, wanted);
        let found = get(Place::Several);
        if let Ok(Some(Found { ordinal, .. })) = found {
            let block = Place::Block(ordinal as usize / BLOCK);
            assert_eq!(get(block), found);
        }
        found
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
            keys in prop_oneof![
                9 => proptest::collection::btree_map(key(), 0u32..300, 0..200),
                1 => proptest::collection::btree_map(key(), 0u32..3, 1000..1400),
            ],
            others in proptest::collection::vec(key(), 0..100),
        ) {
            let sections = build(&keys);
            let dictionary = open(&sections);
            let mut following = keys.keys().skip(1);
            for (ordinal, (key, &set)) in keys.iter().enumerate() {
                let goes_on = following.next().is_some_and(|next| goes_on(key, next));
                let found = Found { ordinal: ordinal as u32, set, goes_on };
                prop_assert_eq!(get(&dictionary, key), Ok(Some(found)));
            }
            for other in &others {
                let found = get(&dictionary, other).unwrap().map(|found| found.set);
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
            damage in proptest::collection::vec((0usize..3, any::<prop::sample::Index>(), any::<u8>()), 1..8),
            wanted in proptest::collection::vec(key(), 1..10),
        ) {
            let mut sections = build(&keys);
            for (section, at, value) in damage {
                let section = &mut sections[section];
                if !section.is_empty() {
                    let at = at.index(section.len());
                    section[at] = value;
                }
            }
            if let Some(symbols) = Symbols::new(&sections[0]) {
                let dictionary = Dictionary {
                    symbols,
                    index: &sections[1],
                    blocks: &sections[2],
                };
                for key in keys.keys().chain(&wanted) {
                    let _ = get(&dictionary, key);
                }
                let _ = dictionary.for_each(|_, _| true);
            }
        }
    }
}
