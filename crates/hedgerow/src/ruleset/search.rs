//! The walk: from an address to the rules of one ruleset that cover it.
//!
//! The host is hashed label by label from the right. At each label the filter
//! says whether any key begins so; at the first "no" the walk ends, which for
//! an address on no list is after one question. Where it says "yes" the
//! dictionary is asked for the host itself, and, if the filter knows rules
//! with paths there, for each prefix of the path.

use super::dictionary::{Corrupt, Dictionary, Found};
use super::key::{self, PathKind};
use super::{LineStream, SINGLE_LABELS, View};
use crate::address::{CanonicalUrl, Host};
use crate::rule::{Condition, HostScope};
use crate::ruleset::label::{Label, NO_CONDITION};
use ipnet::IpNet;
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
        self.start = if self.is_name {
            rest.iter()
                .rposition(|&byte| byte == b'.')
                .map_or(0, |dot| dot + 1)
        } else {
            0
        };
        self.state = key::extend(self.state, &rest[self.start..]);
        Some((self.start, self.state))
    }
}

/// A rule that covers an address.
#[derive(Clone, Debug)]
pub(crate) struct Hit {
    pub(crate) label: Label,
    pub(crate) place: Place,
    pub(crate) ordinal: u32,
    /// The label's place in its entry's set.
    pub(crate) member: usize,
}

/// Where in the address the matched entry lies; its text is read from there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The host from this byte on, and the path up to this byte.
    Key {
        host_start: usize,
        path: Option<(PathKind, usize)>,
    },
    Network(IpNet),
    Expression,
}

impl Place {
    pub(crate) fn stream(&self) -> LineStream {
        match self {
            Place::Key { .. } => LineStream::Keys,
            Place::Network(_) => LineStream::Networks,
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
    fn not_covered(&mut self, _place: &Place, _label: &Label, _why: NotCovered) {}
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

/// The scratch that a search of one address needs; on the stack for addresses
/// of ordinary length.
struct KeyBuffer {
    inline: [u8; 128],
    spilled: Vec<u8>,
    len: usize,
}

impl KeyBuffer {
    /// The host part of the address's own key, of which the host part of every
    /// covering key is a prefix.
    fn new(url: &CanonicalUrl<'_>) -> KeyBuffer {
        let host = url.host_text().as_bytes();
        let mut buffer = KeyBuffer {
            inline: [0; 128],
            spilled: Vec::new(),
            len: host.len(),
        };
        if host.len() > buffer.inline.len() {
            buffer.spilled.resize(host.len(), 0);
        }
        let out = if host.len() > buffer.inline.len() {
            &mut buffer.spilled[..]
        } else {
            &mut buffer.inline[..host.len()]
        };
        if matches!(url.host(), Host::Name(_)) {
            let mut at = 0;
            for label in host.rsplit(|&byte| byte == b'.') {
                if at > 0 {
                    out[at] = key::DOT;
                    at += 1;
                }
                out[at..at + label.len()].copy_from_slice(label);
                at += label.len();
            }
        } else {
            out.copy_from_slice(host);
        }
        buffer
    }

    fn host(&self) -> &[u8] {
        if self.spilled.is_empty() {
            &self.inline[..self.len.min(self.inline.len())]
        } else {
            &self.spilled
        }
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
            let network = IpNet::new(address, prefix).map_err(|_| Corrupt)?.trunc();
            let place = Place::Network(network);
            self.take_labels(url, set, ordinal, &place, observer, take)?;
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
        let mut keys: Option<Keys<'r>> = None;
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
            if keys.is_none() {
                keys = Some(Keys {
                    dictionary: self.dictionary()?,
                    buffer: KeyBuffer::new(url),
                });
            }
            let Some(keys) = &keys else { break };
            let reversed = &keys.buffer.host()[..host_len - host_start];
            if !is_ip {
                let found = keys.dictionary.get(reversed)?;
                observer.key(host_start, None, found.is_some());
                if let Some(Found {
                    ordinal,
                    set,
                    goes_on,
                }) = found
                {
                    let place = Place::Key {
                        host_start,
                        path: None,
                    };
                    self.take_labels(url, set, ordinal, &place, observer, take)?;
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
                    self.search_paths(url, keys, host_start, kind, paths, observer, take)?;
                }
            }
        }
        Ok(())
    }

    #[allow(clippy::too_many_arguments)] // one step of a walk, its state spelt out
    fn search_paths(
        &self,
        url: &CanonicalUrl<'_>,
        keys: &Keys<'_>,
        host_start: usize,
        kind: PathKind,
        paths: u64,
        observer: &mut impl Observer,
        take: &mut impl FnMut(Hit),
    ) -> Result<(), Corrupt> {
        let filter = self.filter();
        let target = compared_target(url.target(), kind);
        let host_len = url.host_text().len();
        let mut key = keys.buffer.host()[..host_len - host_start].to_vec();
        key.push(kind.marker());
        let key_host = key.len();
        let mut visit = |end: usize| -> Result<(), Corrupt> {
            key.truncate(key_host);
            key.extend_from_slice(&target[..end]);
            let found = keys.dictionary.get(&key)?;
            observer.key(host_start, Some((kind, end)), found.is_some());
            if let Some(Found { ordinal, set, .. }) = found {
                let place = Place::Key {
                    host_start,
                    path: Some((kind, end)),
                };
                self.take_labels(url, set, ordinal, &place, observer, take)?;
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
                        self.take_labels(url, set, ordinal, &Place::Expression, observer, take)
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
        place: &Place,
        observer: &mut impl Observer,
        take: &mut impl FnMut(Hit),
    ) -> Result<(), Corrupt> {
        for (member, label) in self.labels(set)?.enumerate() {
            let label = label?;
            if let Place::Key { host_start, .. } = *place
                && !host_in_scope(url.host_text(), host_start, label.host_scope)
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
                place: place.clone(),
                ordinal,
                member,
            });
        }
        Ok(())
    }
}

/// What a search that found its first suffix needs.
struct Keys<'r> {
    dictionary: Dictionary<'r>,
    buffer: KeyBuffer,
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
