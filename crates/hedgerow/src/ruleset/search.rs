//! The walk: from an address to the rules of one ruleset that cover it.
//!
//! The host is hashed label by label from the right. At each label the filter
//! says whether any key begins so; at the first "no" the walk ends, which for
//! an address on no list is after one question. Where it says "yes" the
//! dictionary is asked for the host itself, and, if the filter knows rules
//! with paths there, for each prefix of the path.

use super::dictionary::{Corrupt, Dictionary, Found, Opened, PADDING, Wanted};
use super::filter::{Cells, Located};
use super::key::{self, PathKind};
use super::{LineStream, SINGLE_LABELS, View};
use crate::address::CanonicalUrl;
use crate::rule::{Condition, HostScope};
use crate::ruleset::label::{Label, NO_CONDITION};
use smallvec::SmallVec;
use std::borrow::Cow;
use std::net::IpAddr;

/// Walks a host from its last label to its first, hashing as it goes, and
/// writes the host part of the address's own key, of which the host part of
/// every covering key is a prefix.
struct HostWalk<'h> {
    /// The host, and what follows it in the address.
    text: &'h [u8],
    /// Where the label taken last begins; past the end of the host before the
    /// first.
    start: usize,
    state: u64,
    is_name: bool,
    /// How many labels were taken.
    labels: u32,
    /// The labels taken so far, in the order of keys, and room behind them.
    reversed: [u8; INLINE_HOST + PADDING],
    reversed_len: usize,
    /// The same if they are longer than that.
    spilled: Vec<u8>,
}

/// Hosts up to this length are walked without allocating.
const INLINE_HOST: usize = 112;

const _: () = assert!(PADDING >= key::STEP, "a step is stored whole");

impl<'h> HostWalk<'h> {
    fn new(text: &'h [u8], host_len: usize, is_name: bool) -> HostWalk<'h> {
        HostWalk {
            text,
            start: host_len + 1,
            state: key::ROOT,
            is_name,
            labels: 0,
            reversed: [0; INLINE_HOST + PADDING],
            reversed_len: 0,
            spilled: Vec::new(),
        }
    }

    /// Takes the next label; false if there is none.
    #[inline]
    fn advance(&mut self) -> bool {
        let Some(end) = self.start.checked_sub(1) else {
            return false;
        };
        if end == 0 {
            return false;
        }
        if self.reversed_len > 0 {
            self.append(&[key::DOT]);
        }
        match self.short_label(end) {
            Some((label, len)) => {
                self.state = key::extend_by(self.state, label, len);
                self.start = end - len;
                self.append_short(label, len);
            }
            None => self.take_long(end),
        }
        self.labels += 1;
        true
    }

    /// The label that ends at `end`, the first byte lowest, and its length, if
    /// it fits one step of the hash.
    #[inline]
    fn short_label(&self, end: usize) -> Option<(u128, usize)> {
        const DOTS: u128 = u128::from_ne_bytes([b'.'; key::STEP]);
        const LOW: u128 = u128::from_ne_bytes([0x7F; key::STEP]);
        // The bytes before `end`, the last of them highest, read from where
        // there are as many.
        let at = end.saturating_sub(key::STEP);
        let window = u128::from_le_bytes(*self.text.get(at..)?.first_chunk()?);
        let window = window << (8 * (key::STEP - (end - at)));
        // In each byte the top bit: whether it is a dot.
        let unlike = window ^ DOTS;
        let dots = !(((unlike & LOW) + LOW) | unlike | LOW);
        let len = (dots.leading_zeros() as usize / 8).min(end);
        if !self.is_name || len == key::STEP && end > key::STEP && self.text[at - 1] != b'.' {
            return None;
        }
        Some((window >> (8 * (key::STEP - len)), len))
    }

    #[cold]
    fn take_long(&mut self, end: usize) {
        let text = self.text;
        let host = text.get(..end).unwrap_or(&[]);
        self.start = match memchr::memrchr(b'.', host) {
            Some(dot) if self.is_name => dot + 1,
            _ => 0,
        };
        let label = &host[self.start..];
        self.state = key::extend(self.state, label);
        self.append(label);
    }

    #[inline]
    fn append_short(&mut self, label: u128, len: usize) {
        // Behind what is kept there must be room for the padding.
        if self.spilled.is_empty()
            && self.reversed_len + len <= INLINE_HOST
            && let Some(room) = self.reversed.get_mut(self.reversed_len..)
            && let Some(room) = room.first_chunk_mut()
        {
            *room = label.to_le_bytes();
            self.reversed_len += len;
            return;
        }
        self.append(&label.to_le_bytes()[..len]);
    }

    #[inline]
    fn append(&mut self, bytes: &[u8]) {
        let end = self.reversed_len + bytes.len();
        if self.spilled.is_empty()
            && let Some(room) = self.reversed[..INLINE_HOST].get_mut(self.reversed_len..end)
        {
            room.copy_from_slice(bytes);
        } else {
            self.append_spilled(bytes);
        }
        self.reversed_len = end;
    }

    #[cold]
    fn append_spilled(&mut self, bytes: &[u8]) {
        if self.spilled.is_empty() {
            self.spilled
                .extend_from_slice(&self.reversed[..self.reversed_len]);
        }
        self.spilled.truncate(self.reversed_len);
        self.spilled.extend_from_slice(bytes);
        self.spilled.extend_from_slice(&[0; PADDING]);
    }

    /// The labels taken so far, as the host part of a key.
    #[inline]
    fn reversed(&self) -> Wanted<'_> {
        let all = if self.spilled.is_empty() {
            &self.reversed[..]
        } else {
            &self.spilled
        };
        Wanted::new(all, self.reversed_len)
    }
}

/// A rule that covers an address.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hit {
    pub(crate) label: Label,
    pub(crate) place: Place,
    pub(crate) ordinal: u32,
    /// The label's place in its entry's set.
    pub(crate) member: u32,
}

/// Keys of paths up to this length are built without allocating.
const INLINE_KEY: usize = 256;

/// Where in the address the matched entry lies; its text is read from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The host from this byte on.
    Host {
        start: u32,
    },
    /// The host from this byte on, and the path up to this byte.
    Path {
        start: u32,
        end: u32,
        kind: PathKind,
    },
    /// So many first bits of the address.
    Network {
        prefix: u8,
    },
    Expression,
}

impl Place {
    pub(crate) fn stream(&self) -> LineStream {
        match self {
            Place::Host { .. } | Place::Path { .. } => LineStream::Keys,
            Place::Network { .. } => LineStream::Networks,
            Place::Expression => LineStream::Expressions,
        }
    }
}

/// Is told of each step of a search. The methods do nothing unless written, so
/// that a search which nobody watches pays nothing for them.
pub(crate) trait Observer {
    /// The filter was asked for a suffix of the host.
    fn suffix(&mut self, _host_start: usize, _passed: bool) {}
    /// The dictionary was asked for a host, or a host and a path prefix.
    fn key(&mut self, _host_start: usize, _target: Option<(PathKind, usize)>, _found: bool) {}
    /// A label of a found entry does not cover the address.
    fn not_covered(&mut self, _place: Place, _label: &Label, _why: NotCovered) {}
}

/// Watches nothing.
pub(crate) struct Silent;

impl Observer for Silent {}

/// Why a found entry does not cover an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotCovered {
    HostScope,
    Condition,
}

/// What the filter says of a suffix of the host: nothing begins so, or the
/// block where the host itself may be, and of which kinds it has paths.
type Answer<'r> = Option<(Opened<'r>, u8)>;

impl<'r> View<'r> {
    /// Finds every rule that covers `url` and gives it to `take`: expressions,
    /// networks, then keys, roughly the most specific last. `meanwhile` is
    /// called once.
    ///
    /// Most of the time of a search is spent waiting for bytes of the filter and
    /// of the dictionary. So the first are asked for at once, and what has to
    /// be done in any case is done before they are looked at.
    #[inline]
    pub(crate) fn search(
        &self,
        url: &CanonicalUrl<'_>,
        meanwhile: impl FnOnce(),
        observer: &mut impl Observer,
        take: &mut impl FnMut(Hit),
    ) -> Result<(), Corrupt> {
        let address = url.ip_address();
        let mut walk = HostWalk::new(url.bytes_from_host(), url.host_len(), address.is_none());
        let asked = self.ask_first(&mut walk);
        meanwhile();
        if self.meta.expressions > 0 {
            self.search_expressions(url, observer, take)?;
        }
        if let Some(address) = address {
            self.search_networks(url, address, observer, take)?;
        }
        if let Some(answer) = asked? {
            self.search_keys(url, &mut walk, answer, observer, take)?;
        }
        Ok(())
    }

    /// Walks to the first suffix of the host that a key may have, and asks the
    /// filter for it; `None` if there is none.
    #[inline]
    fn ask_first(&self, walk: &mut HostWalk<'_>) -> Result<Option<Answer<'r>>, Corrupt> {
        let asks_single = !walk.is_name || self.meta.flags & SINGLE_LABELS != 0;
        if self.meta.keys == 0 || !walk.advance() || (!asks_single && !walk.advance()) {
            return Ok(None);
        }
        self.ask(walk).map(Some)
    }

    /// Asks the filter for the suffix of the host that the walk has come to, and
    /// opens the block that it names.
    #[inline]
    fn ask(&self, walk: &HostWalk<'_>) -> Result<Answer<'r>, Corrupt> {
        let filter = self.filter();
        let Some(cells) = filter.ask(walk.state)? else {
            return Ok(None);
        };
        let Located { place, path_kinds } = filter.locate(cells)?;
        let opened = if walk.is_name {
            self.dictionary()?.open(place)?
        } else {
            // A bare address is a network, not a key.
            Opened::Nowhere
        };
        Ok(Some((opened, path_kinds)))
    }

    fn search_networks(
        &self,
        url: &CanonicalUrl<'_>,
        address: IpAddr,
        observer: &mut impl Observer,
        take: &mut impl FnMut(Hit),
    ) -> Result<(), Corrupt> {
        let networks = self.networks();
        if networks.is_empty() {
            return Ok(());
        }
        let mut found = Vec::new();
        networks
            .covering(address, |set, ordinal, prefix| {
                found.push((set, ordinal, prefix));
            })
            .ok_or(Corrupt)?;
        for (set, ordinal, prefix) in found {
            let place = Place::Network { prefix };
            self.take_labels(url, set, ordinal, place, observer, take)?;
        }
        Ok(())
    }

    #[inline]
    fn search_keys(
        &self,
        url: &CanonicalUrl<'_>,
        walk: &mut HostWalk<'_>,
        mut answer: Answer<'r>,
        observer: &mut impl Observer,
        take: &mut impl FnMut(Hit),
    ) -> Result<(), Corrupt> {
        let dictionary = self.dictionary()?;
        loop {
            let host_start = walk.start;
            observer.suffix(host_start, answer.is_some());
            let Some((opened, path_kinds)) = answer else {
                break;
            };
            if walk.is_name {
                let found = dictionary.find(opened, walk.reversed())?;
                observer.key(host_start, None, found.is_some());
                if let Some(Found {
                    ordinal,
                    set,
                    goes_on,
                }) = found
                {
                    let place = Place::Host {
                        start: host_start as u32,
                    };
                    self.take_labels(url, set, ordinal, place, observer, take)?;
                    if !goes_on {
                        break;
                    }
                }
            }
            if path_kinds != 0 {
                for kind in PathKind::ALL {
                    if self.meta.path_kinds & kind.bit() != 0
                        && path_kinds >> kind.place_among(self.meta.path_kinds) & 1 == 1
                    {
                        let paths = key::enter_paths(walk.state, kind);
                        let host = (dictionary, walk.reversed(), host_start);
                        self.search_paths(url, host, kind, paths, observer, take)?;
                    }
                }
            }
            // No key has more labels: a host of thousands costs no more.
            if walk.labels >= self.meta.max_labels || !walk.advance() {
                break;
            }
            answer = self.ask(walk)?;
        }
        Ok(())
    }

    /// Asks for the prefixes of the path below one host: the dictionary, the
    /// host's key, and where the host begins in the address.
    fn search_paths(
        &self,
        url: &CanonicalUrl<'_>,
        (dictionary, reversed, host_start): (Dictionary<'_>, Wanted<'_>, usize),
        kind: PathKind,
        paths: u64,
        observer: &mut impl Observer,
        take: &mut impl FnMut(Hit),
    ) -> Result<(), Corrupt> {
        let filter = self.filter();
        let target = compared_target(url.target(), kind);
        let mut key: SmallVec<[u8; INLINE_KEY]> = SmallVec::from_slice(reversed.bytes());
        key.push(kind.marker());
        let key_host = key.len();
        let mut visit = |cells: Cells, end: usize| -> Result<(), Corrupt> {
            key.truncate(key_host);
            key.extend_from_slice(&target[..end]);
            let len = key.len();
            key.extend_from_slice(&[0; PADDING]);
            let opened = dictionary.open(filter.locate(cells)?.place)?;
            let found = dictionary.find(opened, Wanted::new(&key, len))?;
            observer.key(host_start, Some((kind, end)), found.is_some());
            if let Some(Found { ordinal, set, .. }) = found {
                let place = Place::Path {
                    start: host_start as u32,
                    end: end as u32,
                    kind,
                };
                self.take_labels(url, set, ordinal, place, observer, take)?;
            }
            Ok(())
        };
        if kind.is_exact() {
            if target.len() <= self.meta.max_target as usize
                && let Some(cells) = filter.ask(key::extend(paths, &target))?
            {
                visit(cells, target.len())?;
            }
            return Ok(());
        }
        // No rule has a longer path than `max_target`: a path of megabytes
        // costs no more than that.
        let reach = &target[..target.len().min(self.meta.max_target as usize + 1)];
        let mut outcome = Ok(());
        key::walk_target(paths, reach, |state, end| {
            let at_end = end == target.len()
                || key::is_boundary(target[end])
                || key::is_boundary(target[end - 1]);
            if at_end {
                outcome = filter.ask(state).and_then(|passed| match passed {
                    Some(cells) => visit(cells, end),
                    None => Ok(()),
                });
            }
            outcome.is_ok()
        });
        outcome
    }

    fn search_expressions(
        &self,
        url: &CanonicalUrl<'_>,
        observer: &mut impl Observer,
        take: &mut impl FnMut(Hit),
    ) -> Result<(), Corrupt> {
        let expressions = self.compiled_expressions()?;
        let mut outcome = Ok(());
        expressions.matches(&url.text(), |ordinal| {
            if outcome.is_ok() {
                outcome = self
                    .expression(ordinal)
                    .ok_or(Corrupt)
                    .and_then(|(_, set)| {
                        self.take_labels(url, set, ordinal, Place::Expression, observer, take)
                    });
            }
        });
        outcome
    }

    /// Gives `take` the labels of an entry that cover the address.
    #[inline]
    fn take_labels(
        &self,
        url: &CanonicalUrl<'_>,
        set: u32,
        ordinal: u32,
        place: Place,
        observer: &mut impl Observer,
        take: &mut impl FnMut(Hit),
    ) -> Result<(), Corrupt> {
        for (member, label) in self.labels(set)?.enumerate() {
            let label = label?;
            if let Place::Host { start } | Place::Path { start, .. } = place
                && !host_in_scope(url.host_text(), start as usize, label.host_scope)
            {
                observer.not_covered(place, &label, NotCovered::HostScope);
                continue;
            }
            if label.condition != NO_CONDITION {
                let holds = self
                    .condition(label.condition)?
                    .is_none_or(|condition| condition_holds(&condition, url));
                if !holds {
                    observer.not_covered(place, &label, NotCovered::Condition);
                    continue;
                }
            }
            take(Hit {
                label,
                place,
                ordinal,
                member: member as u32,
            });
        }
        Ok(())
    }
}

/// The path and query as rules of this kind are compared with it.
pub(crate) fn compared_target(target: &str, kind: PathKind) -> Cow<'_, [u8]> {
    let bytes = target.as_bytes();
    let mut compared = Cow::Borrowed(bytes);
    if kind.is_exact() {
        let (path, query) = key::without_trailing_slash(bytes);
        if path.len() + query.len() < bytes.len() {
            compared = if query.is_empty() {
                Cow::Borrowed(path)
            } else {
                Cow::Owned([path, query].concat())
            };
        }
    }
    if kind.is_insensitive() && compared.iter().any(u8::is_ascii_uppercase) {
        compared.to_mut().make_ascii_lowercase();
    }
    compared
}

/// Whether a rule for the host from `host_start` on covers the whole host.
fn host_in_scope(host: &str, host_start: usize, scope: HostScope) -> bool {
    match scope {
        HostScope::Domain | HostScope::Network => true,
        HostScope::Host => host_start == 0,
        HostScope::Subdomains => host_start > 0,
        HostScope::WebHost => host_start == 0 || is_web_label(&host[..host_start - 1]),
    }
}

/// Whether `label` is one label that matches `(www|web|ftp)[0-9]*`.
pub(crate) fn is_web_label(label: &str) -> bool {
    ["www", "web", "ftp"].iter().any(|prefix| {
        label
            .strip_prefix(prefix)
            .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

/// Whether `condition` holds for the address.
pub(crate) fn condition_holds(condition: &Condition, url: &CanonicalUrl<'_>) -> bool {
    if condition
        .port
        .is_some_and(|port| url.effective_port() != Some(port))
    {
        return false;
    }
    let query = url.query().unwrap_or("");
    let has_part = |wanted: &String| match wanted.strip_suffix('*') {
        Some(prefix) => query.split('&').any(|part| part.starts_with(prefix)),
        None => query.split('&').any(|part| part == wanted),
    };
    if !condition.query_parts.iter().all(has_part) {
        return false;
    }
    let host = url.host_text();
    !condition.except_domains.iter().any(|domain| {
        host.strip_suffix(domain.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_every_length_are_reversed_whole() {
        // Lengths of labels on both sides of a step, and of hosts on both sides
        // of what is kept without allocating.
        for first in 1..40 {
            for last in 1..130 {
                let host = [
                    "a".repeat(first),
                    "b".repeat(16),
                    "c".repeat(3),
                    "d".repeat(last),
                ]
                .join(".");
                let mut key = Vec::new();
                key::push_host(&mut key, &host, true);
                for text in [host.clone(), format!("{host}/a/path/of/some/length")] {
                    let mut walk = HostWalk::new(text.as_bytes(), host.len(), true);
                    let mut state = key::ROOT;
                    for label in host.rsplit('.') {
                        assert!(walk.advance());
                        state = key::extend(state, label.as_bytes());
                        assert_eq!(walk.state, state, "{text}");
                    }
                    assert!(!walk.advance());
                    assert_eq!(walk.reversed().bytes(), key, "{text}");
                }
            }
        }
    }
}
