//! The networks: IP addresses and blocks, one sorted array for each family and
//! prefix length.
//!
//! An address is looked for once for every prefix length that occurs, which is
//! one (single addresses) in most lists and at most 32 or 128.

use super::wire::{Reader, u32_at};
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Bytes of a group's descriptor: family (4 or 6), prefix length, two of
/// padding, the number of its blocks, and the offset of its first.
const DESCRIPTOR: usize = 12;

/// The networks in place.
#[derive(Clone, Copy)]
pub(crate) struct Networks<'d> {
    bytes: &'d [u8],
}

struct Group {
    family: u8,
    prefix: u8,
    count: usize,
    /// Where its addresses begin; the set numbers follow them.
    at: usize,
    /// The ordinal of its first block.
    ordinal: u32,
}

impl Group {
    fn width(&self) -> usize {
        if self.family == 4 { 4 } else { 16 }
    }
}

impl<'d> Networks<'d> {
    pub(crate) fn new(bytes: &'d [u8]) -> Networks<'d> {
        Networks { bytes }
    }

    fn groups(&self) -> impl Iterator<Item = Option<Group>> + 'd {
        let bytes = self.bytes;
        let count = u32_at(bytes, 0).map_or(0, |count| count as usize);
        let mut ordinal = 0u32;
        (0..count).map(move |index| {
            let mut reader = Reader::new(bytes.get(4 + index * DESCRIPTOR..)?);
            let family = reader.u8()?;
            let prefix = reader.u8()?;
            reader.u16()?;
            let count = reader.u32()?;
            let at = reader.u32()? as usize;
            let group = Group {
                family,
                prefix,
                count: count as usize,
                at,
                ordinal,
            };
            ordinal = ordinal.checked_add(count)?;
            let len = group.count.checked_mul(group.width() + 4)?;
            bytes.get(at..at.checked_add(len)?)?;
            let bits = if family == 4 { 32 } else { 128 };
            (matches!(family, 4 | 6) && prefix <= bits).then_some(group)
        })
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        u32_at(self.bytes, 0).is_none_or(|count| count == 0)
    }

    fn address_at(&self, group: &Group, index: usize) -> Option<u128> {
        let at = group.at + index * group.width();
        let bytes = self.bytes.get(at..at + group.width())?;
        Some(
            bytes
                .iter()
                .fold(0, |value, &byte| value << 8 | u128::from(byte)),
        )
    }

    fn set_at(&self, group: &Group, index: usize) -> Option<u32> {
        u32_at(
            self.bytes,
            group.at + group.count * group.width() + index * 4,
        )
    }

    /// Calls `visit` with the set number, ordinal and prefix length of every
    /// block that holds `address`, widest first. `None` if the section
    /// contradicts itself.
    pub(crate) fn covering(
        &self,
        address: IpAddr,
        mut visit: impl FnMut(u32, u32, u8),
    ) -> Option<()> {
        let (family, value, bits) = value_of(address);
        for group in self.groups() {
            let group = group?;
            if group.family != family {
                continue;
            }
            let wanted = masked(value, bits, group.prefix);
            let (mut low, mut high) = (0, group.count);
            while low < high {
                let middle = low + (high - low) / 2;
                if self.address_at(&group, middle)? < wanted {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            if low < group.count && self.address_at(&group, low)? == wanted {
                let set = self.set_at(&group, low)?;
                visit(set, group.ordinal + low as u32, group.prefix);
            }
        }
        Some(())
    }

    /// Calls `visit` with every block, its ordinal and its set number, until
    /// `visit` returns false. `None` if the section contradicts itself.
    pub(crate) fn for_each(&self, mut visit: impl FnMut(IpNet, u32, u32) -> bool) -> Option<()> {
        for group in self.groups() {
            let group = group?;
            for index in 0..group.count {
                let value = self.address_at(&group, index)?;
                let address = if group.family == 4 {
                    IpAddr::from((value as u32).to_be_bytes())
                } else {
                    IpAddr::from(value.to_be_bytes())
                };
                let network = IpNet::new(address, group.prefix).ok()?;
                let set = self.set_at(&group, index)?;
                if !visit(network, group.ordinal + index as u32, set) {
                    return Some(());
                }
            }
        }
        Some(())
    }
}

/// Family, value and number of bits of an address.
fn value_of(address: IpAddr) -> (u8, u128, u8) {
    match address {
        IpAddr::V4(address) => (4, u128::from(u32::from(address)), 32),
        IpAddr::V6(address) => (6, u128::from(address), 128),
    }
}

/// `value` with all but the first `prefix` of its `bits` bits cleared.
fn masked(value: u128, bits: u8, prefix: u8) -> u128 {
    let clear = u32::from(bits - prefix.min(bits));
    if clear >= 128 {
        0
    } else {
        value >> clear << clear
    }
}

/// The order of networks in the section, and so of their ordinals: family,
/// prefix length, address.
pub(crate) fn order(network: IpNet) -> (u8, u8, u128) {
    let (family, value, bits) = value_of(network.network());
    (
        family,
        network.prefix_len(),
        masked(value, bits, network.prefix_len()),
    )
}

/// The section for these networks (keyed by [`order`]) and their set numbers;
/// `None` past four gigabytes.
pub(crate) fn write(networks: &BTreeMap<(u8, u8, u128), u32>) -> Option<Vec<u8>> {
    /// Family, prefix length, and the addresses with their sets.
    type Blocks = (u8, u8, Vec<(u128, u32)>);
    let mut groups: Vec<Blocks> = Vec::new();
    for (&(family, prefix, value), &set) in networks {
        match groups.last_mut() {
            Some((f, p, blocks)) if (*f, *p) == (family, prefix) => blocks.push((value, set)),
            _ => groups.push((family, prefix, vec![(value, set)])),
        }
    }
    let mut out = Vec::new();
    out.extend_from_slice(&u32::try_from(groups.len()).ok()?.to_le_bytes());
    let mut at = 4 + groups.len() * DESCRIPTOR;
    for (family, prefix, blocks) in &groups {
        let width = if *family == 4 { 4 } else { 16 };
        out.extend_from_slice(&[*family, *prefix, 0, 0]);
        out.extend_from_slice(&u32::try_from(blocks.len()).ok()?.to_le_bytes());
        out.extend_from_slice(&u32::try_from(at).ok()?.to_le_bytes());
        at += blocks.len() * (width + 4);
    }
    for (family, _, blocks) in &groups {
        for (value, _) in blocks {
            let bytes = value.to_be_bytes();
            out.extend_from_slice(if *family == 4 { &bytes[12..] } else { &bytes });
        }
        for (_, set) in blocks {
            out.extend_from_slice(&set.to_le_bytes());
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn network() -> impl Strategy<Value = IpNet> {
        prop_oneof![
            (any::<u32>(), 0u8..=32).prop_map(|(a, p)| IpNet::new(
                IpAddr::from(a.to_be_bytes()),
                p
            )
            .unwrap()
            .trunc()),
            (any::<u128>(), 0u8..=128).prop_map(|(a, p)| IpNet::new(
                IpAddr::from(a.to_be_bytes()),
                p
            )
            .unwrap()
            .trunc()),
        ]
    }

    proptest! {
        #[test]
        fn finds_every_covering_block(
            networks in proptest::collection::vec(network(), 0..40),
            index: prop::sample::Index,
        ) {
            let map: BTreeMap<_, _> = networks
                .iter()
                .enumerate()
                .map(|(set, &network)| (order(network), set as u32))
                .collect();
            let bytes = write(&map).unwrap();
            let section = Networks::new(&bytes);
            let mut listed = Vec::new();
            section.for_each(|network, ordinal, set| { listed.push((network, ordinal, set)); true }).unwrap();
            prop_assert_eq!(listed.len(), map.len());
            if !networks.is_empty() {
                let address = networks[index.index(networks.len())].addr();
                let mut found = Vec::new();
                section.covering(address, |set, ordinal, _| found.push((ordinal, set))).unwrap();
                let mut expected: Vec<_> = listed
                    .iter()
                    .filter(|(network, ..)| network.contains(&address))
                    .map(|&(_, ordinal, set)| (ordinal, set))
                    .collect();
                expected.sort_unstable();
                prop_assert_eq!(found, expected);
            }
        }
    }
}
