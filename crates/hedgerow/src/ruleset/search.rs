//! The walk: from an address to the rules of one ruleset that cover it.
//!
//! The host is hashed label by label from the right. At each label the filter
//! says whether any key begins so; at the first "no" the walk ends, which for
//! an address on no list is after one question. Where it says "yes" the
//! dictionary is asked for the host itself, and, if the filter knows rules
//! with paths there, for each prefix of the path.

use super::dictionary::{Corrupt, Dictionary, Found, PADDING, Wanted};
use super::key::{self, PathKind};
use super::{LineStream, SINGLE_LABELS, View};
use crate::address::{CanonicalUrl, Host};
use crate::rule::{Condition, HostScope};
use crate::ruleset::label::{Label, NO_CONDITION};
use std::borrow::Cow;
use std::net::IpAddr;

/// The suffixes of a host, shortest first: where each begins, and its hash.
/// Each is hashed when it is asked for, since most walks end early.
struct Suffixes<'h> {
    host: &'h [u8],
    /// Where the label taken last begins; past the end before the first.
    start: usize,
    state: u64,
    is_name: bool,
}

/// Where the last label of `host` begins.
#[inline]
fn label_start(host: &[u8]) -> usize {
    host.iter()
        .rposition(|&byte| byte == b'.')
        .map_or(0, |dot| dot + 1)
}

impl<'h> Suffixes<'h> {
    fn new(host: &'h [u8], is_name: bool) -> Suffixes<'h> {
        Suffixes {
            host,
            start: host.len() + 1,
            state: key::ROOT,
            is_name,
        }
    }
}

impl Iterator for Suffixes<'_> {
    type Item = (usize, u64);

    #[inline]
    fn next(&mut self) -> Option<(usize, u64)> {
        let end = self.start.checked_sub(1)?;
        let rest = self.host.get(..end)?;
        if rest.is_empty() {
            return None;
        }
        self.start = if self.is_name { label_start(rest) } else { 0 };
        self.state = key::extend(self.state, &rest[self.start..]);
        Some((self.start, self.state))
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

/// The host part of the address's own key, of which the host part of every
/// covering key is a prefix; on the stack for hosts of ordinary length.
struct ReversedHost {
    inline: [u8; INLINE_HOST + PADDING],
    spilled: Vec<u8>,
}

/// Hosts up to this length are reversed without allocating.
const INLINE_HOST: usize = 96;

impl ReversedHost {
    fn new() -> ReversedHost {
        ReversedHost {
            inline: [0; INLINE_HOST + PADDING],
            spilled: Vec::new(),
        }
    }

    /// Appends `bytes` behind the first `len` bytes, which are filled.
    #[inline]
    fn append(&mut self, len: usize, bytes: &[u8]) {
        if self.spilled.is_empty()
            && let Some(out) = self.inline[..INLINE_HOST].get_mut(len..len + bytes.len())
        {
            // Byte by byte: labels are too short for anything cleverer to pay.
            for (out, &byte) in out.iter_mut().zip(bytes) {
                *out = byte;
            }
            return;
        }
        if self.spilled.is_empty() {
            self.spilled.extend_from_slice(&self.inline[..len]);
        }
        self.spilled.truncate(len);
        self.spilled.extend_from_slice(bytes);
        self.spilled.extend_from_slice(&[0; PADDING]);
    }

    /// The first `len` bytes, with what may be read behind them.
    #[inline]
    fn prefix(&self, len: usize) -> Wanted<'_> {
        let all = if self.spilled.is_empty() {
            &self.inline[..]
        } else {
            &self.spilled
        };
        Wanted::new(all, len)
    }
}

impl<'r> View<'r> {
    /// Finds every rule that covers `url` and gives it to `take`: expressions,
    /// networks, then keys, roughly the most specific last.
    #[inline]
    pub(crate) fn search(
        &self,
        url: &CanonicalUrl<'_>,
        observer: &mut impl Observer,
        take: &mut impl FnMut(Hit),
    ) -> Result<(), Corrupt> {
        let address = match url.host() {
            Host::Name(_) => None,
            Host::V4(address) => Some(IpAddr::V4(address)),
            Host::V6(address) => Some(IpAddr::V6(address)),
        };
        if self.meta.expressions > 0 {
            self.search_expressions(url, observer, take)?;
        }
        if let Some(address) = address {
            self.search_networks(url, address, observer, take)?;
        }
        if self.meta.keys > 0 {
            self.search_keys(url, address.is_some(), observer, take)?;
        }
        Ok(())
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
        is_ip: bool,
        observer: &mut impl Observer,
        take: &mut impl FnMut(Hit),
    ) -> Result<(), Corrupt> {
        let filter = self.filter();
        let asks_single = is_ip || self.meta.flags & SINGLE_LABELS != 0;
        let host = url.host_text().as_bytes();
        let host_len = host.len();
        let dictionary = self.dictionary()?;
        let mut reversed_host = ReversedHost::new();
        // How much of the host, from its end, is in there.
        let mut filled = 0;
        for (depth, (host_start, state)) in Suffixes::new(host, !is_ip).enumerate() {
            if depth == 0 && !asks_single {
                continue;
            }
            // No key has more labels: a host of thousands costs no more.
            if depth >= self.meta.max_labels as usize {
                break;
            }
            let passed = filter.may_contain(state);
            observer.suffix(host_start, passed);
            if !passed {
                break;
            }
            while filled < host_len - host_start {
                let mut end = host_len - filled;
                if filled > 0 {
                    reversed_host.append(filled, &[key::DOT]);
                    filled += 1;
                    end -= 1;
                }
                let start = if is_ip { 0 } else { label_start(&host[..end]) };
                reversed_host.append(filled, &host[start..end]);
                filled += end - start;
            }
            let reversed = reversed_host.prefix(host_len - host_start);
            if !is_ip {
                let found = dictionary.get(reversed)?;
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
            for kind in PathKind::ALL {
                if self.meta.path_kinds & kind.bit() == 0 {
                    continue;
                }
                let paths = key::enter_paths(state, kind);
                if filter.may_contain(paths) {
                    let host = (dictionary, reversed, host_start);
                    self.search_paths(url, host, kind, paths, observer, take)?;
                }
            }
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
        let mut key = reversed.bytes().to_vec();
        key.push(kind.marker());
        let key_host = key.len();
        let mut visit = |end: usize| -> Result<(), Corrupt> {
            key.truncate(key_host);
            key.extend_from_slice(&target[..end]);
            let len = key.len();
            key.extend_from_slice(&[0; PADDING]);
            let found = dictionary.get(Wanted::new(&key, len))?;
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
                && filter.may_contain(key::extend(paths, &target))
            {
                visit(target.len())?;
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
            if at_end && filter.may_contain(state) {
                outcome = visit(end);
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
