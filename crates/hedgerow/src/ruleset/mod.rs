//! The ruleset file: opened from bytes, verified, searched in place.
//!
//! A [`Ruleset`] is anything that gives bytes, a `Vec<u8>`, a `&'static [u8]`,
//! a mapped file, together with where its sections lie. Nothing is rebuilt
//! when it is opened. The format is described in `FORMAT.md` beside this
//! module's source.

pub(crate) mod container;
pub(crate) mod dictionary;
mod expressions;
pub(crate) mod filter;
pub(crate) mod key;
pub(crate) mod label;
#[cfg(feature = "files")]
mod map;
pub(crate) mod network;
pub(crate) mod search;
pub(crate) mod symbols;
pub(crate) mod wire;

pub(crate) use self::expressions::PATTERN_SIZE_LIMIT;
#[cfg(feature = "files")]
pub use self::map::MappedFile;

use self::container::{Layout, Section};
use self::dictionary::{Corrupt, Dictionary};
use self::expressions::Expressions;
use self::filter::{Filter, FilterHeader};
use self::label::{ConditionRef, Label};
use self::network::Networks;
use self::symbols::Symbols;
use self::wire::{Reader, Records, u32_at};
use crate::error::{Error, ErrorKind, Result};
use crate::rule::{Action, Condition, HostScope, PathScope};
use std::sync::OnceLock;

/// The version of the file format that this build writes and reads.
pub const FORMAT_VERSION: u32 = container::VERSION;

/// A compiled set of rules, searched where it lies.
///
/// # Examples
///
/// ```
/// use hedgerow::{Compiler, Entry, HostScope, ListInfo, Ruleset};
///
/// let mut compiler = Compiler::new();
/// let mut list = compiler.list(ListInfo::new("games/domains", "games"))?;
/// list.push(&Entry::host("play.example", HostScope::Domain, 1))?;
/// let (bytes, _report) = compiler.finish_to_vec()?;
///
/// let ruleset = Ruleset::open(bytes)?;
/// assert_eq!(ruleset.entry_count(), 1);
/// assert_eq!(ruleset.categories().next().unwrap().name(), "games");
/// # Ok::<(), hedgerow::Error>(())
/// ```
pub struct Ruleset<D> {
    data: D,
    layout: Layout,
    meta: Meta,
    filter: FilterHeader,
    /// The names of the categories and whether they are locked, which every
    /// answer and every decision needs.
    names: Vec<(Box<str>, bool)>,
    expressions: OnceLock<std::result::Result<Expressions, Corrupt>>,
}

impl<D> std::fmt::Debug for Ruleset<D> {
    // Says how much, never what: a ruleset may hold what must not be shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ruleset")
            .field("keys", &self.meta.keys)
            .field("networks", &self.meta.networks)
            .field("expressions", &self.meta.expressions)
            .finish_non_exhaustive()
    }
}

/// The numbers of the section `meta`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Meta {
    pub(crate) keys: u32,
    pub(crate) networks: u32,
    pub(crate) expressions: u32,
    pub(crate) max_labels: u32,
    pub(crate) max_target: u32,
    pub(crate) path_kinds: u8,
    pub(crate) flags: u8,
}

/// There are keys whose host is a single label, so a walk must ask for them.
pub(crate) const SINGLE_LABELS: u8 = 1;

impl Meta {
    const LEN: usize = 24;

    fn read(bytes: &[u8]) -> Option<Meta> {
        let mut reader = Reader::new(bytes);
        Some(Meta {
            keys: reader.u32()?,
            networks: reader.u32()?,
            expressions: reader.u32()?,
            max_labels: reader.u32()?,
            max_target: reader.u32()?,
            // There are four; a bit more would be a contradiction.
            path_kinds: reader.u8().filter(|&kinds| kinds < 16)?,
            flags: reader.u8()?,
        })
    }

    /// How many blocks the keys fill.
    pub(crate) fn blocks(&self) -> u32 {
        self.keys.div_ceil(dictionary::BLOCK as u32)
    }

    pub(crate) fn write(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(Meta::LEN);
        for number in [
            self.keys,
            self.networks,
            self.expressions,
            self.max_labels,
            self.max_target,
        ] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out.extend_from_slice(&[self.path_kinds, self.flags, 0, 0]);
        out
    }
}

impl<D: AsRef<[u8]>> Ruleset<D> {
    /// Opens a ruleset and holds every byte of it against its checksums.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RulesetMagic`] for something else than a ruleset,
    /// [`ErrorKind::RulesetVersion`] for another format version,
    /// [`ErrorKind::RulesetTruncated`], [`ErrorKind::RulesetChecksum`] and
    /// [`ErrorKind::RulesetCorrupt`] for damaged ones, with the byte at which
    /// the damage was seen.
    ///
    /// # Resource usage
    ///
    /// Reads every byte once (several gigabytes a second); takes no memory in
    /// proportion to the ruleset.
    pub fn open(data: D) -> Result<Ruleset<D>> {
        Ruleset::open_with(data, true)
    }

    /// Opens a ruleset whose bytes are known to be whole, because they were
    /// verified before and are kept where nothing can change them.
    ///
    /// Damaged bytes can then make a search miss entries. They never make it
    /// panic, loop, or touch memory outside the ruleset; what is seen to be
    /// damaged makes the address unclassifiable.
    ///
    /// # Errors
    ///
    /// As [`Ruleset::open`], except for damage inside a section.
    pub fn open_without_verifying_checksums(data: D) -> Result<Ruleset<D>> {
        Ruleset::open_with(data, false)
    }

    fn open_with(data: D, verify: bool) -> Result<Ruleset<D>> {
        let layout = container::read(data.as_ref(), verify)?;
        let meta = Meta::read(&data.as_ref()[layout.range(Section::Meta)])
            .ok_or_else(|| corrupt("its section `meta` is too short"))?;
        let section = |section| &data.as_ref()[layout.range(section)];
        let blocks = meta.blocks() as usize;
        let filter = FilterHeader::read(
            section(Section::Filter),
            section(Section::Places),
            blocks,
            meta.path_kinds.count_ones(),
        )
        .ok_or_else(|| corrupt("its filter has the wrong shape"))?;
        let mut ruleset = Ruleset {
            data,
            layout,
            meta,
            filter,
            names: Vec::new(),
            expressions: OnceLock::new(),
        };
        let view = ruleset.view();
        view.check()?;
        let names = (0..view.categories().len() as u32)
            .map(|index| {
                view.category_fields(index)
                    .map_or(("", false), |(name, _, locked, _)| (name, locked))
            })
            .map(|(name, locked)| (Box::from(name), locked))
            .collect();
        ruleset.names = names;
        Ok(ruleset)
    }

    /// What searches work on: the same ruleset without its type of storage.
    #[inline]
    pub(crate) fn view(&self) -> View<'_> {
        View {
            bytes: self.data.as_ref(),
            layout: &self.layout,
            meta: &self.meta,
            filter: &self.filter,
            names: &self.names,
            expressions: &self.expressions,
        }
    }

    /// The bytes of the ruleset.
    pub fn as_bytes(&self) -> &[u8] {
        self.data.as_ref()
    }

    /// Gives the storage back.
    pub fn into_inner(self) -> D {
        self.data
    }

    /// The number of distinct entries: host and path keys, networks and
    /// regular expressions.
    pub fn entry_count(&self) -> u64 {
        u64::from(self.meta.keys) + u64::from(self.meta.networks) + u64::from(self.meta.expressions)
    }

    /// The number of distinct keys of hosts and paths.
    pub fn key_count(&self) -> u64 {
        u64::from(self.meta.keys)
    }

    /// The number of distinct IP addresses and blocks.
    pub fn network_count(&self) -> u64 {
        u64::from(self.meta.networks)
    }

    /// The number of distinct regular expressions.
    pub fn expression_count(&self) -> u64 {
        u64::from(self.meta.expressions)
    }

    /// The lists that were compiled in, by name.
    pub fn lists(&self) -> impl Iterator<Item = ListRef<'_>> {
        let view = self.view();
        (0..view.lists().len() as u32).map(move |index| ListRef { view, index })
    }

    /// The categories that entries stand in, by name.
    pub fn categories(&self) -> impl Iterator<Item = CategoryRef<'_>> {
        let view = self.view();
        (0..view.categories().len() as u32).map(move |index| CategoryRef { view, index })
    }

    /// Whether the line of each entry is recorded.
    pub fn has_lines(&self) -> bool {
        self.layout.has(Section::Lines)
    }

    /// The name and the length in bytes of each section.
    pub fn sections(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        Section::ALL
            .into_iter()
            .filter(|&section| self.layout.has(section))
            .map(|section| (section.name(), self.layout.range(section).len() as u64))
    }

    /// Calls `visit` with every rule, keys first in key order, then networks,
    /// then expressions, until `visit` returns false.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RulesetCorrupt`] if the content contradicts itself.
    pub fn for_each_rule(&self, visit: impl FnMut(&StoredRule<'_>) -> bool) -> Result<()> {
        self.view()
            .for_each_rule(visit)
            .map_err(|Corrupt| corrupt("its entries contradict one another"))
    }
}

#[cfg(feature = "files")]
impl Ruleset<MappedFile> {
    /// Maps the file at `path` and opens it, verified.
    ///
    /// # Errors
    ///
    /// As [`Ruleset::open`], with the path; [`ErrorKind::NotFound`] or
    /// [`ErrorKind::Io`] if it cannot be mapped.
    pub fn map(path: impl AsRef<std::path::Path>) -> Result<Ruleset<MappedFile>> {
        let path = path.as_ref();
        MappedFile::open(path)
            .map_err(Error::from)
            .and_then(Ruleset::open)
            .map_err(|error| error.at_path(path))
    }
}

fn corrupt(message: &str) -> Error {
    Error::new(ErrorKind::RulesetCorrupt, message)
}

/// A ruleset without its type of storage, cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct View<'r> {
    bytes: &'r [u8],
    layout: &'r Layout,
    pub(crate) meta: &'r Meta,
    filter: &'r FilterHeader,
    names: &'r [(Box<str>, bool)],
    expressions: &'r OnceLock<std::result::Result<Expressions, Corrupt>>,
}

impl<'r> View<'r> {
    #[inline]
    fn section(&self, section: Section) -> &'r [u8] {
        // The ranges were checked against these very bytes when opened; an
        // `AsRef` that gives other bytes later finds its sections empty.
        self.bytes.get(self.layout.range(section)).unwrap_or(&[])
    }

    fn lists(&self) -> Records<'r> {
        Records::new(self.section(Section::Lists))
    }

    fn categories(&self) -> Records<'r> {
        Records::new(self.section(Section::Categories))
    }

    fn conditions(&self) -> Records<'r> {
        Records::new(self.section(Section::Conditions))
    }

    #[inline]
    fn filter(&self) -> Filter<'r> {
        Filter::new(
            self.filter,
            self.section(Section::Filter),
            self.section(Section::Places),
        )
    }

    #[inline]
    fn dictionary(&self) -> std::result::Result<Dictionary<'r>, Corrupt> {
        Ok(Dictionary {
            symbols: Symbols::checked_before(self.section(Section::Symbols)).ok_or(Corrupt)?,
            index: self.section(Section::Index),
            blocks: self.section(Section::Blocks),
        })
    }

    fn networks(&self) -> Networks<'r> {
        Networks::new(self.section(Section::Networks))
    }

    /// The text of an expression.
    pub(crate) fn expression_text(&self, ordinal: u32) -> Option<&'r str> {
        self.expression(ordinal).map(|(pattern, _)| pattern)
    }

    fn expression(&self, ordinal: u32) -> Option<(&'r str, u32)> {
        let records = Records::new(self.section(Section::Expressions));
        let mut reader = Reader::new(records.get(ordinal as usize)?);
        let set = reader.u32()?;
        Some((reader.text()?, set))
    }

    fn compiled_expressions(&self) -> std::result::Result<&'r Expressions, Corrupt> {
        self.expressions
            .get_or_init(|| {
                let patterns: Vec<&str> = (0..self.meta.expressions)
                    .map(|ordinal| self.expression(ordinal).map(|(pattern, _)| pattern))
                    .collect::<Option<_>>()
                    .ok_or(Corrupt)?;
                Expressions::compile(patterns.into_iter()).map_err(|_| Corrupt)
            })
            .as_ref()
            .map_err(|&corrupt| corrupt)
    }

    /// The labels of a set with their places in it.
    fn labels(
        &self,
        set: u32,
    ) -> std::result::Result<impl Iterator<Item = std::result::Result<Label, Corrupt>> + 'r, Corrupt>
    {
        let labels = self.section(Section::Labels);
        let members = label::set_members(self.section(Section::Sets), set).ok_or(Corrupt)?;
        Ok(members.map(move |index| Label::read(labels, index).ok_or(Corrupt)))
    }

    fn condition(&self, index: u32) -> std::result::Result<Option<Condition>, Corrupt> {
        match ConditionRef::read(self.conditions(), index).ok_or(Corrupt)? {
            None => Ok(None),
            Some(condition) => condition.to_condition().map(Some).ok_or(Corrupt),
        }
    }

    /// What can be checked without reading every entry: that the sections fit
    /// one another, so that a search which meets a contradiction is rare.
    fn check(&self) -> Result<()> {
        let blocks = self.meta.blocks() as usize;
        if Symbols::new(self.section(Section::Symbols)).is_none() {
            return Err(corrupt("its table of symbols has the wrong shape"));
        }
        if self.section(Section::Index).len() != (blocks + 1) * dictionary::ROW {
            return Err(corrupt("its index of blocks does not fit its keys"));
        }
        let labels = self.section(Section::Labels);
        if !labels.len().is_multiple_of(label::LABEL_LEN) {
            return Err(corrupt("its labels have the wrong length"));
        }
        let count = (labels.len() / label::LABEL_LEN) as u32;
        for index in 0..count {
            let sound = Label::read(labels, index).is_some_and(|label| {
                (label.list as usize) < self.lists().len()
                    && (label.category as usize) < self.categories().len()
                    && self.condition(label.condition).is_ok()
            });
            if !sound {
                return Err(corrupt("a label names what is not there"));
            }
        }
        let sets = self.section(Section::Sets);
        for set in 0..u32_at(sets, 0).unwrap_or(0) {
            let sound = label::set_members(sets, set)
                .is_some_and(|mut members| members.all(|member| member < count));
            if !sound {
                return Err(corrupt("a set of labels names what is not there"));
            }
        }
        for index in 0..self.lists().len() as u32 {
            if self.list_fields(index).is_none() {
                return Err(corrupt("a list's record cannot be read"));
            }
        }
        for index in 0..self.categories().len() as u32 {
            if self.category_fields(index).is_none() {
                return Err(corrupt("a category's record cannot be read"));
            }
        }
        Ok(())
    }

    fn list_fields(&self, index: u32) -> Option<[&'r str; LIST_FIELDS]> {
        let mut reader = Reader::new(self.lists().get(index as usize)?);
        let mut fields = [""; LIST_FIELDS];
        for field in &mut fields {
            *field = reader.text()?;
        }
        Some(fields)
    }

    fn category_fields(&self, index: u32) -> Option<(&'r str, &'r str, bool, Vec<&'r str>)> {
        let mut reader = Reader::new(self.categories().get(index as usize)?);
        let name = reader.text()?;
        let title = reader.text()?;
        let locked = reader.u8()? & 1 == 1;
        let count = reader.index()?;
        let aliases = (0..count).map(|_| reader.text()).collect::<Option<_>>()?;
        Some((name, title, locked, aliases))
    }

    /// The line of the member `member` of an entry's set.
    pub(crate) fn line(&self, stream: LineStream, ordinal: u32, member: usize) -> Option<u64> {
        let lines = self.section(Section::Lines);
        let stream = stream as usize;
        let start = wire::index_at(lines, stream * 8)?;
        let end = wire::index_at(lines, stream * 8 + 8)?;
        let bytes = lines.get(start..end)?;
        let groups = wire::index_at(bytes, 0)?;
        let group = ordinal as usize / LINE_GROUP;
        let offset = wire::index_at(bytes, 8 + group.checked_mul(8)?)?;
        let base = 8usize.checked_add(groups.checked_mul(8)?)?;
        let mut reader = Reader::new(bytes.get(base.checked_add(offset)?..)?);
        for _ in 0..ordinal as usize % LINE_GROUP {
            for _ in 0..reader.index()? {
                reader.varint()?;
            }
        }
        let count = reader.index()?;
        if member >= count {
            return None;
        }
        for _ in 0..member {
            reader.varint()?;
        }
        // Zero stands for a rule that came from no line.
        reader.varint().filter(|&line| line > 0)
    }

    fn for_each_rule(
        &self,
        mut visit: impl FnMut(&StoredRule<'_>) -> bool,
    ) -> std::result::Result<(), Corrupt> {
        let view = *self;
        // Whether to go on, or why not.
        let mut state = Ok(true);
        let mut each = |stream, text: &str, ordinal, set| {
            state = view.for_each_label(stream, text, ordinal, set, &mut visit);
            state == Ok(true)
        };
        let mut goes_on = true;
        self.dictionary()?.for_each(|key, found| {
            let text = key::entry_text(key);
            goes_on = each(LineStream::Keys, &text, found.ordinal, found.set);
            goes_on
        })?;
        if goes_on {
            self.networks()
                .for_each(|network, ordinal, set| {
                    let text = network_text(network);
                    goes_on = each(LineStream::Networks, &text, ordinal, set);
                    goes_on
                })
                .ok_or(Corrupt)?;
        }
        for ordinal in 0..self.meta.expressions {
            if !goes_on {
                break;
            }
            let (pattern, set) = self.expression(ordinal).ok_or(Corrupt)?;
            goes_on = each(LineStream::Expressions, pattern, ordinal, set);
        }
        state.map(|_| ())
    }

    /// Calls `visit` with each rule of one entry until it returns false, and
    /// gives whether to go on.
    fn for_each_label(
        &self,
        stream: LineStream,
        text: &str,
        ordinal: u32,
        set: u32,
        visit: &mut impl FnMut(&StoredRule<'_>) -> bool,
    ) -> std::result::Result<bool, Corrupt> {
        for (member, label) in self.labels(set)?.enumerate() {
            let rule = StoredRule {
                view: *self,
                text,
                stream,
                ordinal,
                member,
                label: label?,
            };
            if !visit(&rule) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// How a network is written: a single address without its prefix length.
pub(crate) fn network_text(network: ipnet::IpNet) -> String {
    if network.prefix_len() == network.max_prefix_len() {
        network.addr().to_string()
    } else {
        network.to_string()
    }
}

/// Which entries a line number belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineStream {
    Keys = 0,
    Networks = 1,
    Expressions = 2,
}

/// Entries in a group of the section `lines`.
pub(crate) const LINE_GROUP: usize = 16;

const LIST_FIELDS: usize = 8;

/// A list that was compiled into a ruleset.
#[derive(Clone, Copy)]
pub struct ListRef<'r> {
    view: View<'r>,
    index: u32,
}

impl<'r> ListRef<'r> {
    fn field(&self, field: usize) -> &'r str {
        self.view
            .list_fields(self.index)
            .map_or("", |fields| fields[field])
    }

    fn set_field(&self, field: usize) -> Option<&'r str> {
        Some(self.field(field)).filter(|text| !text.is_empty())
    }

    /// Its name, unique in the ruleset: `gambling/domains`.
    #[must_use]
    pub fn name(&self) -> &'r str {
        self.field(0)
    }

    /// The category of entries that name none.
    #[must_use]
    pub fn category(&self) -> &'r str {
        self.field(1)
    }

    /// The name of its format.
    #[must_use]
    pub fn format(&self) -> &'r str {
        self.field(2)
    }

    /// The file it was read from, as the manifest or the command named it.
    #[must_use]
    pub fn file(&self) -> Option<&'r str> {
        self.set_field(3)
    }

    /// Its version, as the manifest gives it.
    #[must_use]
    pub fn version(&self) -> Option<&'r str> {
        self.set_field(4)
    }

    /// Where it comes from, as the manifest gives it.
    #[must_use]
    pub fn source(&self) -> Option<&'r str> {
        self.set_field(5)
    }

    /// Its licence, as the manifest gives it.
    #[must_use]
    pub fn licence(&self) -> Option<&'r str> {
        self.set_field(6)
    }

    /// The SHA-256 of the file it was read from, in lower-case hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> Option<&'r str> {
        self.set_field(7)
    }
}

impl std::fmt::Debug for ListRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ListRef").field(&self.name()).finish()
    }
}

/// A category of a ruleset.
#[derive(Clone, Copy)]
pub struct CategoryRef<'r> {
    view: View<'r>,
    index: u32,
}

impl<'r> CategoryRef<'r> {
    /// Its name, by which policies speak of it.
    #[must_use]
    pub fn name(&self) -> &'r str {
        self.view
            .names
            .get(self.index as usize)
            .map_or("", |(name, _)| name)
    }

    /// Its title for people; empty if none was given.
    #[must_use]
    pub fn title(&self) -> &'r str {
        self.view
            .category_fields(self.index)
            .map_or("", |(_, title, ..)| title)
    }

    /// Whether no policy may allow it (illegal content).
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.view
            .names
            .get(self.index as usize)
            .is_some_and(|(_, locked)| *locked)
    }

    /// Other names by which it is known.
    #[must_use]
    pub fn aliases(&self) -> Vec<&'r str> {
        self.view
            .category_fields(self.index)
            .map_or_else(Vec::new, |(.., aliases)| aliases)
    }
}

impl std::fmt::Debug for CategoryRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("CategoryRef").field(&self.name()).finish()
    }
}

/// One rule of a ruleset, as [`Ruleset::for_each_rule`] shows it.
pub struct StoredRule<'r> {
    view: View<'r>,
    text: &'r str,
    stream: LineStream,
    ordinal: u32,
    member: usize,
    label: Label,
}

impl<'r> StoredRule<'r> {
    /// The entry: a host, a host and path, a network, an expression.
    #[must_use]
    pub fn entry(&self) -> &'r str {
        self.text
    }

    /// Its category.
    #[must_use]
    pub fn category(&self) -> CategoryRef<'_> {
        CategoryRef {
            view: self.view,
            index: self.label.category,
        }
    }

    /// Its list.
    #[must_use]
    pub fn list(&self) -> ListRef<'_> {
        ListRef {
            view: self.view,
            index: self.label.list,
        }
    }

    /// What it covers, in a word or two: `domain`, `web-host prefix`.
    #[must_use]
    pub fn scope(&self) -> String {
        scope_text(self.stream, self.label.host_scope, self.label.path_scope)
    }

    /// Which hosts it covers.
    #[must_use]
    pub fn host_scope(&self) -> HostScope {
        self.label.host_scope
    }

    /// Which paths it covers.
    #[must_use]
    pub fn path_scope(&self) -> PathScope {
        self.label.path_scope
    }

    /// What it does.
    #[must_use]
    pub fn action(&self) -> Action {
        self.label.action
    }

    /// What must hold beside the pattern; `None` if nothing.
    #[must_use]
    pub fn condition(&self) -> Option<Condition> {
        self.view.condition(self.label.condition).ok().flatten()
    }

    /// The line of its list it stands on, counted from 1, if recorded.
    #[must_use]
    pub fn line(&self) -> Option<u64> {
        self.view.line(self.stream, self.ordinal, self.member)
    }

    /// Whether it is a regular expression.
    #[must_use]
    pub fn is_expression(&self) -> bool {
        self.stream == LineStream::Expressions
    }
}

/// The scope of a rule as results report it: the host scope, and the path
/// scope if paths matter; `expression` for a regular expression.
pub(crate) fn scope_text(stream: LineStream, host: HostScope, path: PathScope) -> String {
    match (stream, path) {
        (LineStream::Expressions, _) => "expression".to_owned(),
        (_, PathScope::Any) => host.name().to_owned(),
        (_, path) => format!("{host} {path}"),
    }
}

pub(crate) fn list_ref(view: View<'_>, index: u32) -> ListRef<'_> {
    ListRef { view, index }
}

pub(crate) fn category_ref(view: View<'_>, index: u32) -> CategoryRef<'_> {
    CategoryRef { view, index }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Compiler, Entry, ListInfo, Pattern};

    #[test]
    fn visiting_rules_ends_when_told() {
        let mut compiler = Compiler::new();
        let mut list = compiler.list(ListInfo::new("list", "games")).unwrap();
        for host in ["play.example", "192.0.2.7"] {
            list.push(&Entry::host(host, HostScope::Domain, 1)).unwrap();
        }
        list.push(&Entry::new(Pattern::Regex("chess[0-9]"), 3))
            .unwrap();
        let ruleset = Ruleset::open(compiler.finish_to_vec().unwrap().0).unwrap();
        for stop_after in 1..=3 {
            let mut seen = 0;
            ruleset
                .for_each_rule(|_| {
                    seen += 1;
                    seen < stop_after
                })
                .unwrap();
            assert_eq!(seen, stop_after);
        }
    }
}
