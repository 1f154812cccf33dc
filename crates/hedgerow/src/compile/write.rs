//! From sorted entries to the file: one pass that counts and learns, one that
//! writes.

use super::merge::{Dropped, Labels, Member, entries};
use super::report::LintCode;
use super::sort::Sorter;
use super::spool::Spool;
use super::{CategoryInfo, EXPRESSION_KEY, ListInfo, NETWORK_KEY};
use crate::error::{Error, ErrorKind, Result};
use crate::rule::{Action, Condition};
use crate::ruleset::container::{ContainerWriter, Section};
use crate::ruleset::dictionary::{BLOCK, DictionaryWriter, common_prefix};
use crate::ruleset::filter::{FilterSections, FilterWriter, Stands, shard_bits};
use crate::ruleset::key::{self, Prefix};
use crate::ruleset::label::{Label, write_condition, write_sets};
use crate::ruleset::symbols::SymbolEncoder;
use crate::ruleset::wire::{RecordsBuilder, push_text, push_varint};
use crate::ruleset::{LINE_GROUP, Meta, SINGLE_LABELS, network};
use std::collections::{BTreeMap, HashMap};
use std::io::Write;

/// Bytes of key endings that the symbol table is learnt from.
const SAMPLE: usize = 256 << 10;

/// Hashes of one shard held in memory before they go to disk.
const SHARD_BUFFER: usize = 4 << 10;

fn too_many(what: &str) -> Error {
    Error::new(
        ErrorKind::LimitExceeded,
        format!("more {what} than a ruleset can hold"),
    )
}

/// Everything that a ruleset is written from.
pub(crate) struct Parts<'c> {
    pub(crate) sorter: &'c Sorter,
    pub(crate) labels: Labels<'c>,
    /// The final labels, lists, categories and conditions in order.
    pub(crate) final_labels: &'c [Label],
    pub(crate) lists: &'c [&'c ListInfo],
    pub(crate) categories: &'c [&'c CategoryInfo],
    pub(crate) conditions: &'c [&'c Condition],
    pub(crate) keep_redundant: bool,
    pub(crate) record_lines: bool,
    /// Bytes that the hashes of the filter may take before they go to disk.
    pub(crate) hash_budget: usize,
}

/// What the first pass learns.
struct Plan {
    meta: Meta,
    dropped: Dropped,
    sets: HashMap<Vec<u32>, u32>,
    set_members: Vec<Vec<u32>>,
    encoder: SymbolEncoder,
    hashes: u64,
    conflicts: Vec<(String, u32, u32)>,
}

/// What a write gives back beside the bytes.
pub(crate) struct Written {
    pub(crate) meta: Meta,
    pub(crate) dropped: Dropped,
    pub(crate) sets: u64,
    pub(crate) bytes: u64,
    /// Keys that one list both lists and allows: text, line, other line.
    pub(crate) conflicts: Vec<(String, u32, u32)>,
}

/// What kind of entry a key stands for.
enum Kind {
    Key,
    Network,
    Expression,
}

fn kind(key: &[u8]) -> Kind {
    match key.first() {
        Some(&NETWORK_KEY) => Kind::Network,
        Some(&EXPRESSION_KEY) => Kind::Expression,
        _ => Kind::Key,
    }
}

/// Takes endings of keys until there are enough, then only every second, every
/// fourth and so on, so that the sample is spread over all keys whatever their
/// number.
struct Sample {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    stride: u64,
    seen: u64,
}

impl Sample {
    fn take(&mut self, ending: &[u8]) {
        if self.seen.is_multiple_of(self.stride) {
            self.bytes.extend_from_slice(ending);
            self.ends.push(self.bytes.len());
            if self.bytes.len() > SAMPLE {
                self.thin();
            }
        }
        self.seen += 1;
    }

    fn thin(&mut self) {
        let mut kept = Vec::with_capacity(self.bytes.len() / 2);
        let mut ends = Vec::with_capacity(self.ends.len() / 2);
        let mut from = 0;
        for (index, &end) in self.ends.iter().enumerate() {
            if index % 2 == 0 {
                kept.extend_from_slice(&self.bytes[from..end]);
                ends.push(kept.len());
            }
            from = end;
        }
        self.bytes = kept;
        self.ends = ends;
        self.stride *= 2;
    }
}

/// Gives each hash once where neighbouring keys share it, but for that of a
/// whole key, which is always given.
struct HashStream {
    /// The last hash of each depth, and of which kinds of paths it was said
    /// that the host has some.
    last: Vec<(u64, u8)>,
}

impl HashStream {
    fn take(&mut self, key: &[u8], mut each: impl FnMut(u64, Prefix)) {
        let mut depth = 0;
        let last = &mut self.last;
        key::filter_hashes(key, |hash, prefix| {
            if last.len() <= depth {
                last.push((!hash, 0));
            }
            let before = &mut last[depth];
            let is_new = before.0 != hash;
            if is_new {
                *before = (hash, 0);
            }
            let is_news = match prefix {
                Prefix::Whole => true,
                Prefix::HostAbove => is_new,
                Prefix::Host(kind) => {
                    let known = before.1;
                    before.1 |= kind.bit();
                    known != before.1
                }
            };
            if is_news {
                each(hash, prefix);
            }
            depth += 1;
        });
    }
}

fn plan(parts: &Parts<'_>) -> Result<Plan> {
    let mut meta = Meta::default();
    let mut counts: HashMap<Vec<u32>, u64> = HashMap::new();
    let mut conflicts = Vec::new();
    let mut sample = Sample {
        bytes: Vec::new(),
        ends: Vec::new(),
        stride: 1,
        seen: 0,
    };
    let mut hash_stream = HashStream { last: Vec::new() };
    let mut hashes = 0;
    let mut previous = Vec::new();
    let mut set = Vec::new();
    let dropped = entries(
        parts.sorter,
        &parts.labels,
        parts.keep_redundant,
        |key, members| {
            set.clear();
            set.extend(members.iter().map(|member| member.label));
            match counts.get_mut(&set) {
                Some(count) => *count += 1,
                None => {
                    counts.insert(set.clone(), 1);
                }
            }
            match kind(key) {
                Kind::Network => meta.networks = bump(meta.networks, "networks")?,
                Kind::Expression => meta.expressions = bump(meta.expressions, "expressions")?,
                Kind::Key => {
                    meta.keys = bump(meta.keys, "keys")?;
                    note_shape(key, &mut meta);
                    sample.take(&key[common_prefix(&previous, key)..]);
                    previous.clear();
                    previous.extend_from_slice(key);
                    hash_stream.take(key, |_, _| hashes += 1);
                    note_conflict(parts, key, members, &mut conflicts);
                }
            }
            Ok(())
        },
    )?;
    // Frequent sets get small numbers, which take one byte in a block.
    let mut ranked: Vec<(Vec<u32>, u64)> = counts.into_iter().collect();
    ranked.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let set_members: Vec<Vec<u32>> = ranked.into_iter().map(|(set, _)| set).collect();
    let mut sets = HashMap::with_capacity(set_members.len());
    for (number, set) in set_members.iter().enumerate() {
        let number = u32::try_from(number).map_err(|_| too_many("sets of labels"))?;
        sets.insert(set.clone(), number);
    }
    Ok(Plan {
        meta,
        dropped,
        sets,
        set_members,
        encoder: SymbolEncoder::train(&sample.bytes, &sample.ends),
        hashes,
        conflicts,
    })
}

fn bump(count: u32, what: &str) -> Result<u32> {
    count.checked_add(1).ok_or_else(|| too_many(what))
}

fn note_shape(key: &[u8], meta: &mut Meta) {
    let parts = key::parts(key);
    let host = parts.reversed_host;
    let labels = if key::is_ip_literal(host) {
        1
    } else {
        host.iter().filter(|&&byte| byte == key::DOT).count() as u32 + 1
    };
    meta.max_labels = meta.max_labels.max(labels);
    if labels == 1 && !key::is_ip_literal(host) {
        meta.flags |= SINGLE_LABELS;
    }
    if let Some((kind, target)) = parts.path {
        meta.path_kinds |= kind.bit();
        meta.max_target = meta.max_target.max(target.len() as u32);
    }
}

fn note_conflict(
    parts: &Parts<'_>,
    key: &[u8],
    members: &[Member],
    conflicts: &mut Vec<(String, u32, u32)>,
) {
    if members.len() < 2 || conflicts.len() >= LintCode::EXAMPLES {
        return;
    }
    let label = |member: &Member| parts.final_labels[member.label as usize];
    for allow in members {
        if label(allow).action != Action::Allow {
            continue;
        }
        let listed = members.iter().find(|other| {
            label(other).action == Action::List && label(other).list == label(allow).list
        });
        if let Some(listed) = listed {
            conflicts.push((key::entry_text(key), allow.line, listed.line));
        }
    }
}

/// The most files that the hashes are spread over. Every one is open until the
/// end, and some systems give a process no more than 256.
const MAX_SPOOLS: u32 = 64;

/// Bytes of a hash and its block on disk.
const HASH_LEN: usize = 12;

/// The hashes of the filter with their blocks, divided by their top bits into groups of one
/// shard or of several neighbours.
struct Shards {
    shard_bits: u32,
    group_bits: u32,
    groups: Vec<Vec<(u64, Stands)>>,
    blocks: u32,
    kinds: u32,
    spools: Vec<Spool>,
}

impl Shards {
    fn new(hashes: u64, blocks: u32, kinds: u32, budget: usize) -> Shards {
        let shard_bits = shard_bits(hashes);
        let group_bits = shard_bits.min(MAX_SPOOLS.ilog2());
        let count = 1usize << group_bits;
        let spill = hashes.saturating_mul(16) > budget as u64;
        Shards {
            shard_bits,
            group_bits,
            blocks,
            kinds,
            groups: vec![Vec::new(); count],
            spools: if spill {
                (0..count).map(|_| Spool::on_disk()).collect()
            } else {
                Vec::new()
            },
        }
    }

    fn push(&mut self, hash: u64, stands: Stands) -> Result<()> {
        let group = top_bits(hash, self.group_bits);
        let buffer = &mut self.groups[group];
        buffer.push((hash, stands));
        if buffer.len() >= SHARD_BUFFER
            && let Some(spool) = self.spools.get_mut(group)
        {
            for (hash, stands) in buffer.drain(..) {
                spool.write(&hash.to_le_bytes())?;
                spool.write(&stands.0.to_le_bytes())?;
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<FilterSections> {
        let mut writer = FilterWriter::new(self.shard_bits, self.blocks, self.kinds);
        let shards_a_group = 1usize << (self.shard_bits - self.group_bits);
        for group in 0..self.groups.len() {
            let mut hashes = std::mem::take(&mut self.groups[group]);
            if let Some(spool) = self.spools.get_mut(group) {
                // Decoded piece by piece: the bytes beside the numbers would
                // take as much memory again.
                let mut rest = Vec::new();
                spool.each_chunk(|bytes| {
                    rest.extend_from_slice(bytes);
                    let (whole, _) = rest.as_chunks::<HASH_LEN>();
                    hashes.extend(whole.iter().map(decode_hash));
                    rest.drain(..whole.len() * HASH_LEN);
                    Ok(())
                })?;
            }
            if shards_a_group == 1 {
                push_shard(&mut writer, &mut hashes)?;
                continue;
            }
            hashes.sort_unstable();
            let mut rest = &hashes[..];
            for shard in group * shards_a_group..(group + 1) * shards_a_group {
                let end =
                    rest.partition_point(|&(hash, _)| top_bits(hash, self.shard_bits) <= shard);
                let (of_shard, behind) = rest.split_at(end);
                push_shard(&mut writer, &mut of_shard.to_vec())?;
                rest = behind;
            }
        }
        Ok(writer.finish())
    }
}

fn decode_hash(bytes: &[u8; HASH_LEN]) -> (u64, Stands) {
    let [a, b, c, d, e, f, g, h, stands @ ..] = *bytes;
    let hash = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
    (hash, Stands(u32::from_le_bytes(stands)))
}

fn push_shard(writer: &mut FilterWriter, hashes: &mut Vec<(u64, Stands)>) -> Result<()> {
    writer
        .push_shard(hashes)
        .ok_or_else(|| too_many("hashes in the filter"))
}

/// The number that the first `bits` bits of a hash are.
fn top_bits(hash: u64, bits: u32) -> usize {
    hash.checked_shr(64 - bits).unwrap_or(0) as usize
}

/// The line numbers of one stream of entries.
struct LineWriter {
    spool: Spool,
    offsets: Vec<u8>,
    written: u64,
    entries: u64,
}

impl LineWriter {
    fn new() -> LineWriter {
        LineWriter {
            spool: Spool::new(),
            offsets: Vec::new(),
            written: 0,
            entries: 0,
        }
    }

    fn push(&mut self, members: &[Member], scratch: &mut Vec<u8>) -> Result<()> {
        if self.entries.is_multiple_of(LINE_GROUP as u64) {
            self.offsets.extend_from_slice(&self.written.to_le_bytes());
        }
        scratch.clear();
        push_varint(scratch, members.len() as u64);
        for member in members {
            push_varint(scratch, u64::from(member.line));
        }
        self.written += scratch.len() as u64;
        self.entries += 1;
        self.spool.write(scratch)
    }

    fn len(&self) -> u64 {
        8 + self.offsets.len() as u64 + self.written
    }

    fn copy_to<W: Write>(mut self, out: &mut ContainerWriter<W>) -> Result<()> {
        out.write(&(self.offsets.len() as u64 / 8).to_le_bytes())?;
        out.write(&self.offsets)?;
        self.spool.each_chunk(|chunk| out.write(chunk))
    }
}

/// Writes a ruleset.
pub(crate) fn write<W: Write>(parts: &Parts<'_>, out: W) -> Result<(W, Written)> {
    let plan = plan(parts)?;
    let mut out = ContainerWriter::new(out)?;
    out.section(Section::Meta, &plan.meta.write())?;
    out.section(Section::Lists, &list_records(parts.lists)?)?;
    out.section(Section::Categories, &category_records(parts.categories)?)?;
    out.section(Section::Conditions, &condition_records(parts.conditions)?)?;
    let mut labels = Vec::new();
    for label in parts.final_labels {
        label.write(&mut labels);
    }
    out.section(Section::Labels, &labels)?;
    out.section(Section::Sets, &write_sets(&plan.set_members))?;

    let mut networks = BTreeMap::new();
    let mut expressions = RecordsBuilder::default();
    let mut dictionary = DictionaryWriter::new(plan.encoder);
    let blocks = plan.meta.blocks();
    if blocks > Stands::MAX_BLOCKS {
        return Err(too_many("keys"));
    }
    let path_kinds = plan.meta.path_kinds;
    let kinds = path_kinds.count_ones();
    let mut shards = Shards::new(plan.hashes, blocks, kinds, parts.hash_budget);
    let mut keys = 0;
    let mut hash_stream = HashStream { last: Vec::new() };
    let mut lines = [LineWriter::new(), LineWriter::new(), LineWriter::new()];
    let mut scratch = Vec::new();
    let mut set = Vec::new();
    let mut chunk = Vec::with_capacity(WRITE_CHUNK * 2);
    out.begin(Section::Blocks);
    entries(
        parts.sorter,
        &parts.labels,
        parts.keep_redundant,
        |key, members| {
            set.clear();
            set.extend(members.iter().map(|member| member.label));
            let number = plan.sets.get(&set).copied().unwrap_or(u32::MAX);
            let stream = match kind(key) {
                Kind::Network => {
                    let (family, prefix, value) = network_of_key(key);
                    networks.insert((family, prefix, value), number);
                    1
                }
                Kind::Expression => {
                    let pattern = String::from_utf8_lossy(&key[1..]);
                    expressions
                        .push(|out| {
                            out.extend_from_slice(&number.to_le_bytes());
                            push_text(out, &pattern);
                        })
                        .ok_or_else(|| too_many("bytes of expressions"))?;
                    2
                }
                Kind::Key => {
                    dictionary
                        .push(key, number, &mut chunk)
                        .ok_or_else(|| too_many("bytes of keys"))?;
                    if chunk.len() >= WRITE_CHUNK {
                        out.write(&chunk)?;
                        chunk.clear();
                    }
                    let mut outcome = Ok(());
                    let block = keys / BLOCK as u32;
                    keys += 1;
                    hash_stream.take(key, |hash, prefix| {
                        let stands = match prefix {
                            Prefix::HostAbove => Stands::BEGINNING,
                            Prefix::Host(kind) => Stands::host(kind.place_among(path_kinds)),
                            Prefix::Whole => Stands::key(block),
                        };
                        if outcome.is_ok() {
                            outcome = shards.push(hash, stands);
                        }
                    });
                    outcome?;
                    0
                }
            };
            if parts.record_lines {
                lines[stream].push(members, &mut scratch)?;
            }
            Ok(())
        },
    )?;
    let sections = dictionary
        .finish(&mut chunk)
        .ok_or_else(|| too_many("bytes of keys"))?;
    out.write(&chunk)?;
    out.section(Section::Symbols, &sections.symbols)?;
    out.section(Section::Index, &sections.index)?;
    let sections = shards.finish()?;
    out.section(Section::Filter, &sections.filter)?;
    out.section(Section::Places, &sections.places)?;
    let networks = network::write(&networks).ok_or_else(|| too_many("networks"))?;
    out.section(Section::Networks, &networks)?;
    out.section(Section::Expressions, &expressions.finish())?;
    if parts.record_lines {
        out.begin(Section::Lines);
        let mut at = 4 * 8u64;
        out.write(&at.to_le_bytes())?;
        for stream in &lines {
            at += stream.len();
            out.write(&at.to_le_bytes())?;
        }
        for stream in lines {
            stream.copy_to(&mut out)?;
        }
    }
    let (out, bytes) = out.finish()?;
    Ok((
        out,
        Written {
            meta: plan.meta,
            dropped: plan.dropped,
            sets: plan.set_members.len() as u64,
            bytes,
            conflicts: plan.conflicts,
        },
    ))
}

/// Bytes of blocks gathered before they are written.
const WRITE_CHUNK: usize = 64 << 10;

const _: () = assert!(BLOCK == LINE_GROUP, "a block's lines stand together");

/// The key under which a network is sorted: family, prefix length, address.
pub(crate) fn network_key(network: ipnet::IpNet) -> [u8; 19] {
    let (family, prefix, value) = network::order(network);
    let mut key = [0; 19];
    key[0] = NETWORK_KEY;
    key[1] = family;
    key[2] = prefix;
    key[3..].copy_from_slice(&value.to_be_bytes());
    key
}

fn network_of_key(key: &[u8]) -> (u8, u8, u128) {
    let value = key[3..]
        .iter()
        .fold(0, |value, &byte| value << 8 | u128::from(byte));
    (key[1], key[2], value)
}

fn list_records(lists: &[&ListInfo]) -> Result<Vec<u8>> {
    let mut records = RecordsBuilder::default();
    for list in lists {
        let fields = [
            Some(list.name.as_str()),
            Some(list.category.as_str()),
            list.format.map(crate::lists::Format::name),
            list.file.as_deref(),
            list.version.as_deref(),
            list.source.as_deref(),
            list.licence.as_deref(),
            list.sha256.as_deref(),
        ];
        records
            .push(|out| {
                for field in fields {
                    push_text(out, field.unwrap_or(""));
                }
            })
            .ok_or_else(|| too_many("lists"))?;
    }
    Ok(records.finish())
}

fn category_records(categories: &[&CategoryInfo]) -> Result<Vec<u8>> {
    let mut records = RecordsBuilder::default();
    for category in categories {
        records
            .push(|out| {
                push_text(out, &category.name);
                push_text(out, &category.title);
                out.push(u8::from(category.locked));
                push_varint(out, category.aliases.len() as u64);
                for alias in &category.aliases {
                    push_text(out, alias);
                }
            })
            .ok_or_else(|| too_many("categories"))?;
    }
    Ok(records.finish())
}

fn condition_records(conditions: &[&Condition]) -> Result<Vec<u8>> {
    let mut records = RecordsBuilder::default();
    for condition in conditions {
        records
            .push(|out| write_condition(condition, out))
            .ok_or_else(|| too_many("conditions"))?;
    }
    Ok(records.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ruleset::filter::{Filter, FilterHeader, Place, SHARD_HASHES};
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn grouped_shards_lose_no_hash(
            hashes in proptest::collection::vec(any::<u64>(), 0..2000),
            planned in prop::sample::select(vec![1, 3, 64, 65, 300]),
            spill in any::<bool>(),
        ) {
            let budget = if spill { 0 } else { usize::MAX };
            let mut shards = Shards::new(planned * SHARD_HASHES, 9, 1, budget);
            for &hash in &hashes {
                shards.push(hash, Stands::key((hash % 9) as u32)).unwrap();
            }
            let FilterSections { filter, places } = shards.finish().unwrap();
            let header = FilterHeader::read(&filter, &places, 9, 1).unwrap();
            let filter = Filter::new(&header, &filter, &places);
            for &hash in &hashes {
                let cells = filter.ask(hash).unwrap().expect("it was pushed");
                prop_assert_eq!(filter.locate(cells).unwrap().place, Place::Block((hash % 9) as usize));
            }
        }
    }
}
