//! The filter: answers "no key begins so" for almost every address that is on
//! no list, without touching the dictionary.
//!
//! It is a binary fuse filter (Graf and Lemire, *Binary Fuse Filters: Fast and
//! Smaller Than Xor Filters*, 2022) with fingerprints of eight bits, built by
//! the crate `xorf`, over the hashes of [`key::filter_hashes`](super::key). A
//! "yes" is wrong once in 256 times and only costs a search; a "no" is never
//! wrong. Large sets are divided into shards by the top bits of the hash, so
//! that building one needs bounded memory.

use super::wire::{u32_at, u64_at};
use xorf::BinaryFuse8;

/// The most hashes that one shard is planned for. Building a shard takes some
/// thirty bytes for each, so this is what decides whether a small memory limit
/// can be kept to.
pub(crate) const SHARD_HASHES: u64 = 1 << 18;

/// Bytes of a shard's descriptor: seed, segment length, mask, the length of
/// all segments but the last two, and offset and length of the fingerprints.
const DESCRIPTOR: usize = 8 + 4 + 4 + 4 + 4 + 8;

/// Bytes before the descriptors: the number of shard bits.
const PREFIX: usize = 8;

/// A filter in place.
#[derive(Clone, Copy)]
pub(crate) struct Filter<'d> {
    bytes: &'d [u8],
    shard_bits: u32,
}

impl<'d> Filter<'d> {
    /// Reads a filter in place; `None` if it contradicts itself.
    pub(crate) fn new(bytes: &'d [u8]) -> Option<Filter<'d>> {
        let shard_bits = u32_at(bytes, 0)?;
        if shard_bits > 24 || bytes.len() < PREFIX + (DESCRIPTOR << shard_bits) {
            return None;
        }
        let filter = Filter { bytes, shard_bits };
        for shard in 0..1usize << shard_bits {
            filter.shard(shard)?;
        }
        Some(filter)
    }

    /// As [`Filter::new`] for bytes that it has accepted before.
    #[inline]
    pub(crate) fn checked_before(bytes: &'d [u8]) -> Filter<'d> {
        Filter {
            bytes,
            shard_bits: u32_at(bytes, 0).map_or(0, |bits| bits & 31),
        }
    }

    #[inline]
    fn shard(&self, shard: usize) -> Option<Shard<'d>> {
        let at = PREFIX + shard * DESCRIPTOR;
        let descriptor = self.bytes.get(at..at + DESCRIPTOR)?;
        let offset = usize::try_from(u64_at(descriptor, 24)?).ok()?;
        let len = u32_at(descriptor, 20)? as usize;
        Some(Shard {
            seed: u64_at(descriptor, 0)?,
            segment_length: u32_at(descriptor, 8)?,
            mask: u32_at(descriptor, 12)?,
            segments: u32_at(descriptor, 16)?,
            fingerprints: self.bytes.get(offset..offset.checked_add(len)?)?,
        })
    }

    /// Whether a key with this hash may be there. Damaged bytes give "yes", so
    /// that the dictionary decides.
    #[inline]
    pub(crate) fn may_contain(&self, hash: u64) -> bool {
        let shard = if self.shard_bits == 0 {
            0
        } else {
            (hash >> (64 - self.shard_bits)) as usize
        };
        match self.shard(shard) {
            Some(shard) => shard.may_contain(hash),
            None => true,
        }
    }
}

struct Shard<'d> {
    seed: u64,
    segment_length: u32,
    mask: u32,
    segments: u32,
    fingerprints: &'d [u8],
}

impl Shard<'_> {
    #[inline]
    fn may_contain(&self, key: u64) -> bool {
        if self.fingerprints.is_empty() {
            return false;
        }
        // The arithmetic of `xorf` 0.13, which `agrees_with_xorf` holds it to.
        let hash = mix(key, self.seed);
        let first = ((u128::from(hash) * u128::from(self.segments)) >> 64) as u32;
        let second = first.wrapping_add(self.segment_length);
        let third = second.wrapping_add(self.segment_length);
        let second = second ^ ((hash >> 18) as u32 & self.mask);
        let third = third ^ (hash as u32 & self.mask);
        let print = (hash ^ (hash >> 32)) as u8;
        let (Some(a), Some(b), Some(c)) = (
            self.fingerprints.get(first as usize),
            self.fingerprints.get(second as usize),
            self.fingerprints.get(third as usize),
        ) else {
            return true;
        };
        a ^ b ^ c == print
    }
}

#[inline]
fn mix(key: u64, seed: u64) -> u64 {
    let mut hash = key.wrapping_add(seed);
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

/// The number of shard bits for about `hashes` hashes.
pub(crate) fn shard_bits(hashes: u64) -> u32 {
    hashes.div_ceil(SHARD_HASHES).next_power_of_two().ilog2()
}

/// Builds the section shard by shard, in order.
pub(crate) struct FilterWriter {
    shard_bits: u32,
    descriptors: Vec<u8>,
    fingerprints: Vec<u8>,
}

impl FilterWriter {
    pub(crate) fn new(shard_bits: u32) -> FilterWriter {
        FilterWriter {
            shard_bits,
            descriptors: Vec::new(),
            fingerprints: Vec::new(),
        }
    }

    /// Adds the next shard from its hashes, sorted here and rid of doubles.
    /// `None` when no filter could be built, which for distinct hashes has a
    /// probability too small to meet.
    pub(crate) fn push_shard(&mut self, hashes: &mut Vec<u64>) -> Option<()> {
        hashes.sort_unstable();
        hashes.dedup();
        let base = PREFIX + (DESCRIPTOR << self.shard_bits) + self.fingerprints.len();
        if hashes.is_empty() {
            self.descriptors.extend_from_slice(&[0; 24]);
        } else {
            let filter = BinaryFuse8::try_from(hashes.as_slice()).ok()?;
            let descriptor = &filter.descriptor;
            let numbers = [
                descriptor.segment_length,
                descriptor.segment_length_mask,
                descriptor.segment_count_length,
                u32::try_from(filter.fingerprints.len()).ok()?,
            ];
            self.descriptors
                .extend_from_slice(&descriptor.seed.to_le_bytes());
            for number in numbers {
                self.descriptors.extend_from_slice(&number.to_le_bytes());
            }
            self.fingerprints.extend_from_slice(&filter.fingerprints);
        }
        self.descriptors
            .extend_from_slice(&(base as u64).to_le_bytes());
        Some(())
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        let mut out = Vec::with_capacity(PREFIX + self.descriptors.len() + self.fingerprints.len());
        out.extend_from_slice(&self.shard_bits.to_le_bytes());
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&self.descriptors);
        out.extend_from_slice(&self.fingerprints);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use xorf::Filter as _;

    fn build(hashes: &[u64], bits: u32) -> Vec<u8> {
        let mut writer = FilterWriter::new(bits);
        for shard in 0..1u64 << bits {
            let mut of_shard: Vec<u64> = hashes
                .iter()
                .copied()
                .filter(|hash| bits == 0 || hash >> (64 - bits) == shard)
                .collect();
            writer.push_shard(&mut of_shard).unwrap();
        }
        writer.finish()
    }

    proptest! {
        #[test]
        fn never_denies_what_it_holds(
            hashes in proptest::collection::vec(any::<u64>(), 0..500),
            bits in 0u32..4,
        ) {
            let bytes = build(&hashes, bits);
            let filter = Filter::new(&bytes).unwrap();
            for &hash in &hashes {
                prop_assert!(filter.may_contain(hash));
            }
        }

        #[test]
        fn agrees_with_xorf(
            mut hashes in proptest::collection::vec(any::<u64>(), 1..500),
            others in proptest::collection::vec(any::<u64>(), 0..200),
        ) {
            let bytes = build(&hashes, 0);
            hashes.sort_unstable();
            hashes.dedup();
            let theirs = BinaryFuse8::try_from(hashes.as_slice()).unwrap();
            let ours = Filter::new(&bytes).unwrap();
            for other in &others {
                prop_assert_eq!(ours.may_contain(*other), theirs.contains(other));
            }
        }
    }

    #[test]
    fn an_empty_filter_denies_everything() {
        let bytes = build(&[], 0);
        assert!(!Filter::new(&bytes).unwrap().may_contain(7));
    }
}
