//! The filter: answers "no key begins so" for almost every address that is on
//! no list, and for the others says in which block of the dictionary to look.
//!
//! It is a binary fuse filter (Graf and Lemire, *Binary Fuse Filters: Fast and
//! Smaller Than Xor Filters*, 2022) over the hashes of
//! [`key::filter_hashes`](super::key), of two tables. Every hash has three
//! cells. The fingerprints (eight bits) in the three, laid over one another,
//! give the hash's own if it is among those the filter was built for; a "yes"
//! is wrong once in 256 times, a "no" never. The *places* in the same three
//! cells of the second table give, in the same way, the block that holds the
//! key of this hash, and for a host in which ways paths below it are compared.
//! The tables lie apart because most addresses need only the
//! first, which ought to stay in the processor's cache.
//!
//! Large sets are divided into shards by the top bits of the hash, so that
//! building one needs bounded memory.

use super::dictionary::Corrupt;
use super::key::fold;
use super::wire::{u32_at, u64_at};
use std::ops::Range;

/// The most hashes that one shard is planned for. Building a shard takes some
/// forty bytes for each, so this is what decides whether a small memory limit
/// can be kept to.
pub(crate) const SHARD_HASHES: u64 = 1 << 17;

/// Bytes of a shard's descriptor: seed, first cell, number of cells, length of
/// a segment.
const DESCRIPTOR: usize = 8 + 8 + 4 + 4;

/// Bytes before the descriptors: the number of shard bits, and zeros.
const PREFIX: usize = 8;

/// Bytes that must be readable behind the last place.
const PLACES_PADDING: usize = 8;

/// Segments that the three cells of a hash are spread over.
const ARITY: u32 = 3;

/// Where a hash's key is, and what begins with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Located {
    pub(crate) place: Place,
    /// Bit `n`: there are keys of this host with a path of the ruleset's `n`th
    /// kind.
    pub(crate) path_kinds: u8,
}

/// Where a hash's key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Nowhere: keys begin so, but none is just this.
    NoKey,
    /// In this block, or nowhere.
    Block(usize),
    /// In one of several blocks: keys of the same hash stand in each.
    Several,
}

/// What a filter's header says, read once when a ruleset is opened.
#[derive(Debug)]
pub(crate) struct FilterHeader {
    shard_bits: u32,
    shards: Vec<Shard>,
    /// Where in its section the fingerprints lie.
    fingerprints: Range<usize>,
    /// Bits of a place with the kinds of paths.
    width: u32,
    /// How many kinds of paths there are.
    kinds: u32,
    /// The number of blocks.
    blocks: usize,
}

#[derive(Clone, Copy, Debug)]
struct Shard {
    seed: u64,
    /// Its first cell among the cells of all shards.
    first: usize,
    cells: usize,
    /// The length of a segment, a power of two.
    segment: u32,
    /// The cells that may be the first of three.
    starts: u32,
}

impl Shard {
    /// The cells of the hash, and its fingerprint.
    #[inline]
    fn cells(&self, hash: u64) -> ([usize; 3], u8) {
        let mixed = fold(hash ^ self.seed, MIX);
        let mask = self.segment.wrapping_sub(1);
        let first = ((u128::from(mixed) * u128::from(self.starts)) >> 64) as u32;
        let second = first.wrapping_add(self.segment);
        let third = second.wrapping_add(self.segment);
        let second = second ^ ((mixed >> 18) as u32 & mask);
        let third = third ^ (mixed as u32 & mask);
        let print = (mixed ^ (mixed >> 32)) as u8;
        ([first as usize, second as usize, third as usize], print)
    }

    fn new(seed: u64, first: usize, cells: u32, segment: u32) -> Option<Shard> {
        let starts = cells.saturating_sub((ARITY - 1).checked_mul(segment)?);
        (segment.is_power_of_two() && (starts > 0 || cells == 0)).then_some(Shard {
            seed,
            first,
            cells: cells as usize,
            segment,
            starts,
        })
    }
}

/// The factor of the mixing of a hash with a shard's seed: an odd number without
/// a pattern (digits of the square root of two).
const MIX: u64 = 0x6a09_e667_f3bc_c909;

impl FilterHeader {
    /// Reads the header of the sections `filter` and `places`; `None` if they
    /// contradict themselves, one another, or the numbers of blocks and of kinds
    /// of paths.
    pub(crate) fn read(
        filter: &[u8],
        places: &[u8],
        blocks: usize,
        kinds: u32,
    ) -> Option<FilterHeader> {
        let shard_bits = u32_at(filter, 0)?;
        if shard_bits > 24 {
            return None;
        }
        let start = PREFIX + (DESCRIPTOR << shard_bits);
        let fingerprints = start..filter.len();
        let mut cells = 0usize;
        let shards = filter
            .get(PREFIX..start)?
            .chunks_exact(DESCRIPTOR)
            .map(|descriptor| {
                let first = usize::try_from(u64_at(descriptor, 8)?).ok()?;
                let count = u32_at(descriptor, 16)?;
                let segment = u32_at(descriptor, 20)?;
                if first != cells {
                    return None;
                }
                cells = cells.checked_add(count as usize)?;
                Shard::new(u64_at(descriptor, 0)?, first, count, segment)
            })
            .collect::<Option<Vec<_>>>()?;
        let width = width_for(blocks, kinds);
        let sound = fingerprints.len() == cells
            && places.len() == places_len(u64::try_from(cells).ok()?, width)?;
        sound.then_some(FilterHeader {
            shard_bits,
            shards,
            fingerprints,
            width,
            kinds,
            blocks,
        })
    }
}

/// Bits of a place among `blocks` blocks (their numbers and two values more)
/// and of `kinds` kinds of paths.
fn width_for(blocks: usize, kinds: u32) -> u32 {
    usize::BITS - (blocks + 1).leading_zeros() + kinds
}

fn places_len(cells: u64, width: u32) -> Option<usize> {
    let bits = cells.checked_mul(u64::from(width))?;
    usize::try_from(bits.div_ceil(8))
        .ok()?
        .checked_add(PLACES_PADDING)
}

/// A filter in place.
#[derive(Clone, Copy)]
pub(crate) struct Filter<'d> {
    header: &'d FilterHeader,
    fingerprints: &'d [u8],
    places: &'d [u8],
}

/// The cells of a hash that passed, among those of all shards.
#[derive(Clone, Copy)]
pub(crate) struct Cells([usize; 3]);

impl<'d> Filter<'d> {
    /// The filter of the sections that `header` was read from.
    #[inline]
    pub(crate) fn new(header: &'d FilterHeader, filter: &'d [u8], places: &'d [u8]) -> Filter<'d> {
        Filter {
            header,
            fingerprints: filter.get(header.fingerprints.clone()).unwrap_or(&[]),
            places,
        }
    }

    /// Whether a key with this hash, or one that begins so, may be there, and
    /// then the cells that tell where.
    #[inline]
    pub(crate) fn ask(&self, hash: u64) -> Result<Option<Cells>, Corrupt> {
        let index = hash.checked_shr(64 - self.header.shard_bits).unwrap_or(0);
        let shard = self.header.shards.get(index as usize).ok_or(Corrupt)?;
        if shard.cells == 0 {
            return Ok(None);
        }
        let ([a, b, c], print) = shard.cells(hash);
        let cells = self
            .fingerprints
            .get(shard.first..)
            .and_then(|rest| rest.get(..shard.cells))
            .ok_or(Corrupt)?;
        let (Some(x), Some(y), Some(z)) = (cells.get(a), cells.get(b), cells.get(c)) else {
            return Err(Corrupt);
        };
        let cells = [shard.first + a, shard.first + b, shard.first + c];
        Ok((x ^ y ^ z == print).then_some(Cells(cells)))
    }

    /// Where the key is whose cells these are. Of a hash that passed by
    /// accident, anything may come.
    #[inline]
    pub(crate) fn locate(&self, cells: Cells) -> Result<Located, Corrupt> {
        let width = self.header.width as usize;
        let mut value = 0;
        for cell in cells.0 {
            let bit = cell * width;
            let word = self
                .places
                .get(bit / 8..)
                .and_then(<[u8]>::first_chunk)
                .ok_or(Corrupt)?;
            value ^= u64::from_le_bytes(*word) >> (bit % 8);
        }
        let kinds = self.header.kinds;
        let path_kinds = (value & ((1 << kinds) - 1)) as u8;
        let number = ((value & ((1 << width) - 1)) >> kinds) as usize;
        let place = if number < self.header.blocks {
            Place::Block(number)
        } else if number == self.header.blocks + 1 {
            Place::Several
        } else {
            Place::NoKey
        };
        Ok(Located { place, path_kinds })
    }
}

/// The number of shard bits for about `hashes` hashes.
pub(crate) fn shard_bits(hashes: u64) -> u32 {
    hashes.div_ceil(SHARD_HASHES).next_power_of_two().ilog2()
}

/// What a hash stands for, while a filter is built: the block of its key in the
/// lower bits, the kinds of paths in the upper four.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stands(pub(crate) u32);

impl Stands {
    const BLOCK_BITS: u32 = 28;
    const NO_BLOCK: u32 = (1 << Stands::BLOCK_BITS) - 1;
    const SEVERAL: u32 = Stands::NO_BLOCK - 1;
    /// One more than the greatest number of a block.
    pub(crate) const MAX_BLOCKS: u32 = Stands::SEVERAL;

    /// For no key, but for the beginning of some.
    pub(crate) const BEGINNING: Stands = Stands(Stands::NO_BLOCK);

    /// For the key in this block.
    pub(crate) const fn key(block: u32) -> Stands {
        Stands(block)
    }

    /// For a host, the `kind`th of the ruleset's kinds of paths below it.
    pub(crate) const fn host(kind: u32) -> Stands {
        Stands(Stands::NO_BLOCK | 1 << (Stands::BLOCK_BITS + kind))
    }

    const fn block(self) -> u32 {
        self.0 & Stands::NO_BLOCK
    }

    /// For both.
    const fn and(self, other: Stands) -> Stands {
        let block = match (self.block(), other.block()) {
            (Stands::NO_BLOCK, block) | (block, Stands::NO_BLOCK) => block,
            (block, same) if block == same => block,
            _ => Stands::SEVERAL,
        };
        Stands((self.0 | other.0) & !Stands::NO_BLOCK | block)
    }

    /// The number in the table of places.
    const fn number(self, blocks: u32, kinds: u32) -> u32 {
        let place = match self.block() {
            Stands::NO_BLOCK => blocks,
            Stands::SEVERAL => blocks + 1,
            block => block,
        };
        place << kinds | self.0 >> Stands::BLOCK_BITS
    }
}

/// Builds the sections shard by shard, in order.
pub(crate) struct FilterWriter {
    shard_bits: u32,
    descriptors: Vec<u8>,
    fingerprints: Vec<u8>,
    places: BitWriter,
    width: u32,
    kinds: u32,
    blocks: u32,
}

/// The sections of a filter.
pub(crate) struct FilterSections {
    pub(crate) filter: Vec<u8>,
    pub(crate) places: Vec<u8>,
}

impl FilterWriter {
    pub(crate) fn new(shard_bits: u32, blocks: u32, kinds: u32) -> FilterWriter {
        FilterWriter {
            shard_bits,
            descriptors: Vec::new(),
            fingerprints: Vec::new(),
            places: BitWriter::default(),
            width: width_for(blocks as usize, kinds),
            kinds,
            blocks,
        }
    }

    /// Adds the next shard from its hashes and what they stand for, sorted here
    /// and rid of doubles. `None` when no filter could be built, which for
    /// distinct hashes has a probability too small to meet.
    pub(crate) fn push_shard(&mut self, hashes: &mut Vec<(u64, Stands)>) -> Option<()> {
        hashes.sort_unstable();
        hashes.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            if same {
                kept.1 = kept.1.and(later.1);
            }
            same
        });
        let (cells, segment) = dimensions(hashes.len());
        let first = self.fingerprints.len() as u64;
        let number = |stands: Stands| stands.number(self.blocks, self.kinds);
        let (seed, filled) = fill(hashes, number, cells, segment)?;
        self.descriptors.extend_from_slice(&seed.to_le_bytes());
        self.descriptors.extend_from_slice(&first.to_le_bytes());
        self.descriptors.extend_from_slice(&cells.to_le_bytes());
        self.descriptors.extend_from_slice(&segment.to_le_bytes());
        self.fingerprints.reserve(filled.len());
        for (print, place) in filled {
            self.fingerprints.push(print);
            self.places.push(place, self.width);
        }
        Some(())
    }

    pub(crate) fn finish(self) -> FilterSections {
        let mut filter =
            Vec::with_capacity(PREFIX + self.descriptors.len() + self.fingerprints.len());
        filter.extend_from_slice(&self.shard_bits.to_le_bytes());
        filter.extend_from_slice(&[0; 4]);
        filter.extend_from_slice(&self.descriptors);
        filter.extend_from_slice(&self.fingerprints);
        let mut places = self.places.finish();
        places.extend_from_slice(&[0; PLACES_PADDING]);
        FilterSections { filter, places }
    }
}

/// How many cells a shard of `hashes` hashes has, and the length of a segment.
///
/// The proportions are those of Graf and Lemire for three cells a hash, in
/// whole numbers, so that every machine finds the same.
fn dimensions(hashes: usize) -> (u32, u32) {
    if hashes == 0 {
        return (0, 1);
    }
    // The length grows with log(hashes) / log(3.33) + 2.25, rounded down.
    let exponent = SEGMENT_STEPS
        .iter()
        .take_while(|&&step| hashes >= step)
        .count() as u32;
    let segment = 4u32 << exponent;
    // The room, 0.875 + 0.25 × ln(1 000 000) / ln(hashes), at least 1.125, with
    // the logarithm to base two in quarters.
    let hashes = hashes as u64;
    let quarters = u128::from(hashes).pow(4).ilog2().max(4);
    let room = (hashes * 875 + hashes * 4983 * 4 / u64::from(quarters)).max(hashes * 1125) / 1000;
    let starts = room.div_ceil(u64::from(segment)).saturating_sub(2).max(1) as u32;
    ((starts + ARITY - 1) * segment, segment)
}

/// From how many hashes on a segment is twice, four times, … the least length.
const SEGMENT_STEPS: [usize; 16] = [
    3,
    9,
    28,
    92,
    304,
    1_010,
    3_362,
    11_193,
    37_273,
    124_118,
    413_310,
    1_376_322,
    4_583_150,
    15_261_887,
    50_822_082,
    169_237_530,
];

/// Finds a seed under which the hashes can be peeled, and fills the cells:
/// fingerprint and place each. `None` after so many seeds that the hashes
/// cannot be distinct.
fn fill(
    hashes: &[(u64, Stands)],
    number: impl Fn(Stands) -> u32,
    cells: u32,
    segment: u32,
) -> Option<(u64, Vec<(u8, u32)>)> {
    const SEEDS: u64 = 100;
    (1..=SEEDS).find_map(|attempt| {
        let seed = fold(attempt, MIX);
        let shard = Shard::new(seed, 0, cells, segment)?;
        Some((seed, peel(hashes, &number, &shard)?))
    })
}

/// A cell while hashes are peeled: how many hashes want it; all of their
/// numbers, and all of their roles (whether it is their first, second or third),
/// laid over one another.
#[derive(Clone, Copy, Default)]
struct Want {
    count: u16,
    role: u8,
    hash: u32,
}

/// Takes the hashes away one by one, always one that has a cell to itself, and
/// fills the cells in the reverse order: each hash in its own cell, which no
/// hash filled before it reads.
fn peel(
    hashes: &[(u64, Stands)],
    number: &impl Fn(Stands) -> u32,
    shard: &Shard,
) -> Option<Vec<(u8, u32)>> {
    let mut wants = vec![Want::default(); shard.cells];
    for (index, &(hash, _)) in hashes.iter().enumerate() {
        let (cells, _) = shard.cells(hash);
        for (role, cell) in cells.into_iter().enumerate() {
            let want = wants.get_mut(cell)?;
            // More than these would mean that hashes repeat.
            want.count = want.count.checked_add(1)?;
            want.role ^= role as u8;
            want.hash ^= index as u32;
        }
    }
    let mut alone: Vec<u32> = (0..shard.cells as u32)
        .filter(|&cell| wants[cell as usize].count == 1)
        .collect();
    let mut order = Vec::with_capacity(hashes.len());
    while let Some(cell) = alone.pop() {
        let Want { count, role, hash } = wants[cell as usize];
        if count != 1 {
            continue;
        }
        order.push((hash, role));
        let (cells, _) = shard.cells(hashes.get(hash as usize)?.0);
        for (role, cell) in cells.into_iter().enumerate() {
            let want = &mut wants[cell];
            want.count -= 1;
            want.role ^= role as u8;
            want.hash ^= hash;
            if want.count == 1 {
                alone.push(cell as u32);
            }
        }
    }
    if order.len() != hashes.len() {
        return None;
    }
    drop((wants, alone));
    let mut filled = vec![(0, 0); shard.cells];
    for &(index, role) in order.iter().rev() {
        let (hash, stands) = hashes[index as usize];
        let (cells, mut print) = shard.cells(hash);
        let mut place = number(stands);
        for cell in cells {
            // Its own cell is still zero.
            print ^= filled[cell].0;
            place ^= filled[cell].1;
        }
        filled[*cells.get(usize::from(role))?] = (print, place);
    }
    Some(filled)
}

/// Numbers of few bits, one behind the other, the lowest bit first.
#[derive(Default)]
struct BitWriter {
    bytes: Vec<u8>,
    /// Bits that do not yet make a byte.
    held: u64,
    held_bits: u32,
}

impl BitWriter {
    fn push(&mut self, value: u32, width: u32) {
        self.held |= (u64::from(value) & ((1 << width) - 1)) << self.held_bits;
        self.held_bits += width;
        while self.held_bits >= 8 {
            self.bytes.push(self.held as u8);
            self.held >>= 8;
            self.held_bits -= 8;
        }
    }

    fn finish(mut self) -> Vec<u8> {
        if self.held_bits > 0 {
            self.bytes.push(self.held as u8);
        }
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    const KINDS: u32 = 2;

    fn build(hashes: &[(u64, Stands)], bits: u32, blocks: u32) -> FilterSections {
        let mut writer = FilterWriter::new(bits, blocks, KINDS);
        for shard in 0..1u64 << bits {
            let mut of_shard: Vec<(u64, Stands)> = hashes
                .iter()
                .copied()
                .filter(|(hash, _)| hash.checked_shr(64 - bits).unwrap_or(0) == shard)
                .collect();
            writer.push_shard(&mut of_shard).unwrap();
        }
        writer.finish()
    }

    fn read(sections: &FilterSections, blocks: usize) -> Option<FilterHeader> {
        FilterHeader::read(&sections.filter, &sections.places, blocks, KINDS)
    }

    fn stands() -> impl Strategy<Value = Stands> {
        prop_oneof![
            (0u32..700).prop_map(Stands::key),
            (0..KINDS).prop_map(Stands::host),
            Just(Stands::BEGINNING),
        ]
    }

    proptest! {
        #[test]
        fn knows_what_it_holds_and_where(
            hashes in proptest::collection::vec(
                // Few numbers among many, so that some repeat.
                (prop_oneof![any::<u64>(), 0u64..50], stands()),
                0..500,
            ),
            bits in 0u32..4,
        ) {
            let sections = build(&hashes, bits, 700);
            let header = read(&sections, 700).unwrap();
            let filter = Filter::new(&header, &sections.filter, &sections.places);
            let mut blocks: BTreeMap<u64, BTreeSet<u32>> = BTreeMap::new();
            let mut kinds: BTreeMap<u64, u8> = BTreeMap::new();
            for &(hash, stands) in &hashes {
                let blocks = blocks.entry(hash).or_default();
                let kinds = kinds.entry(hash).or_default();
                if stands.block() < 700 {
                    blocks.insert(stands.block());
                }
                for kind in 0..KINDS {
                    if stands == Stands::host(kind) {
                        *kinds |= 1 << kind;
                    }
                }
            }
            for (hash, blocks) in blocks {
                let mut of_hash = blocks.iter();
                let place = match (of_hash.next(), of_hash.next()) {
                    (None, _) => Place::NoKey,
                    (Some(&block), None) => Place::Block(block as usize),
                    _ => Place::Several,
                };
                let cells = filter.ask(hash).unwrap().expect("it holds the hash");
                let path_kinds = kinds[&hash];
                prop_assert_eq!(filter.locate(cells).unwrap(), Located { place, path_kinds });
            }
        }

        #[test]
        fn damaged_bytes_never_panic(
            hashes in proptest::collection::vec((any::<u64>(), stands()), 1..100),
            damage in proptest::collection::vec((any::<bool>(), any::<prop::sample::Index>(), any::<u8>()), 1..8),
            asked in proptest::collection::vec(any::<u64>(), 1..50),
        ) {
            let mut sections = build(&hashes, 1, 700);
            for (in_filter, at, value) in damage {
                let section = if in_filter { &mut sections.filter } else { &mut sections.places };
                let at = at.index(section.len().min(80));
                section[at] = value;
            }
            if let Some(header) = read(&sections, 700) {
                let filter = Filter::new(&header, &sections.filter, &sections.places);
                for hash in hashes.iter().map(|hash| hash.0).chain(asked) {
                    if let Ok(Some(cells)) = filter.ask(hash) {
                        let _ = filter.locate(cells);
                    }
                }
            }
        }
    }

    #[test]
    fn an_empty_filter_denies_everything() {
        let sections = build(&[], 0, 0);
        let header = read(&sections, 0).unwrap();
        let filter = Filter::new(&header, &sections.filter, &sections.places);
        assert!(filter.ask(7).unwrap().is_none());
    }

    #[test]
    fn wrong_yeses_are_one_in_some_256_and_the_room_is_small() {
        let hashes: Vec<(u64, Stands)> = (0..200_000u64)
            .map(|n| (fold(n + 1, MIX), Stands::key(3)))
            .collect();
        let sections = build(&hashes, 0, 9);
        let room = sections.filter.len() as f64 / hashes.len() as f64;
        assert!(room < 1.2, "{room}");
        let header = read(&sections, 9).unwrap();
        let filter = Filter::new(&header, &sections.filter, &sections.places);
        let wrong = (200_000..400_000u64)
            .filter(|&n| filter.ask(fold(n + 1, MIX)).unwrap().is_some())
            .count();
        assert!((500..1100).contains(&wrong), "{wrong}");
    }
}
