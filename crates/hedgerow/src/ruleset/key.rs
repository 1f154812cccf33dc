//! Keys: how a rule's host and path become one string of bytes, and how an
//! address finds the keys that may cover it.
//!
//! A key is the host's labels in reverse order, joined by a byte 5, and for a
//! rule with a path a marker byte from 1 to 4 and the path and query:
//!
//! ```text
//! example.com            com <5> example
//! www.example.com        com <5> example <5> www
//! example.com/casino     com <5> example <1> /casino
//! 192.0.2.1/casino       192.0.2.1 <1> /casino      (an IP literal is one label)
//! ```
//!
//! The separators are below every byte of canonical text, so that a host is
//! followed directly by its paths, and those by the hosts below it.
//!
//! Every rule that covers an address has a key that is a *prefix by tokens* of
//! the address's own key, so a walk from left to right meets them all. The
//! walk hashes token by token; each state of the hash stands for one such
//! prefix and is looked for in the filter before the dictionary is searched.

use crate::rule::{Case, PathScope};

/// The state of the hash before the first label.
pub(crate) const ROOT: u64 = 0x6865_6467_6572_6f77;

/// The byte between the labels of a host.
pub(crate) const DOT: u8 = 5;

/// The four ways in which a path is compared, each with a key space of its
/// own. The discriminant is the marker byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum PathKind {
    PrefixInsensitive = 1,
    PrefixSensitive = 2,
    ExactInsensitive = 3,
    ExactSensitive = 4,
}

impl PathKind {
    pub(crate) const ALL: [PathKind; 4] = [
        PathKind::PrefixInsensitive,
        PathKind::PrefixSensitive,
        PathKind::ExactInsensitive,
        PathKind::ExactSensitive,
    ];

    pub(crate) fn new(scope: PathScope, case: Case) -> Option<PathKind> {
        match (scope, case) {
            (PathScope::Any, _) => None,
            (PathScope::Prefix, Case::Insensitive) => Some(PathKind::PrefixInsensitive),
            (PathScope::Prefix, Case::Sensitive) => Some(PathKind::PrefixSensitive),
            (PathScope::Exact, Case::Insensitive) => Some(PathKind::ExactInsensitive),
            (PathScope::Exact, Case::Sensitive) => Some(PathKind::ExactSensitive),
        }
    }

    pub(crate) fn from_marker(byte: u8) -> Option<PathKind> {
        PathKind::ALL.into_iter().find(|kind| kind.marker() == byte)
    }

    pub(crate) const fn marker(self) -> u8 {
        self as u8
    }

    pub(crate) const fn is_exact(self) -> bool {
        matches!(self, PathKind::ExactInsensitive | PathKind::ExactSensitive)
    }

    pub(crate) const fn is_insensitive(self) -> bool {
        matches!(
            self,
            PathKind::PrefixInsensitive | PathKind::ExactInsensitive
        )
    }

    pub(crate) const fn scope(self) -> PathScope {
        if self.is_exact() {
            PathScope::Exact
        } else {
            PathScope::Prefix
        }
    }

    /// The bit of this kind in the set of kinds that a ruleset holds.
    pub(crate) const fn bit(self) -> u8 {
        1 << (self as u8 - 1)
    }

    /// How many kinds of such a set come before this one.
    pub(crate) const fn place_among(self, kinds: u8) -> u32 {
        (kinds & (self.bit() - 1)).count_ones()
    }
}

/// Whether a path rule may end before this byte (`semantics.md` §2).
pub(crate) const fn is_boundary(byte: u8) -> bool {
    matches!(byte, b'/' | b'?' | b'&' | b'=' | b'#' | b';')
}

/// Bytes of a token that one step of the hash takes.
pub(crate) const STEP: usize = 16;

/// Factors of the hash: odd numbers without a pattern (digits of pi).
const FACTORS: [u64; 3] = [
    0x243f_6a88_85a3_08d3,
    0x1319_8a2e_0370_7345,
    0xa409_3822_299f_31d1,
];

/// The product of two numbers, its halves laid over one another.
#[inline]
pub(crate) const fn fold(a: u64, b: u64) -> u64 {
    let product = a as u128 * b as u128;
    product as u64 ^ (product >> 64) as u64
}

/// The hash of the prefix that ends after `token`, from that before it.
///
/// The hash decides where to look, never whether a key is there, so it need
/// not withstand forgery; it must be cheap, since every address pays for it.
#[inline]
pub(crate) fn extend(mut state: u64, mut token: &[u8]) -> u64 {
    while let Some((step, rest)) = token.split_first_chunk::<STEP>()
        && !rest.is_empty()
    {
        state = extend_by(state, u128::from_le_bytes(*step), STEP);
        token = rest;
    }
    let mut last = [0; STEP];
    last[..token.len()].copy_from_slice(token);
    extend_by(state, u128::from_le_bytes(last), token.len())
}

/// One step of the hash: up to [`STEP`] bytes of a token, the first lowest, and
/// how many they are.
#[inline]
pub(crate) const fn extend_by(state: u64, bytes: u128, len: usize) -> u64 {
    let salt = FACTORS[0].wrapping_add((len as u64).wrapping_mul(FACTORS[1]));
    fold(bytes as u64 ^ state, (bytes >> 64) as u64 ^ salt)
}

/// The state before the first token of a path that is compared in this way.
#[inline]
pub(crate) const fn enter_paths(host: u64, kind: PathKind) -> u64 {
    fold(host ^ FACTORS[1], FACTORS[2].wrapping_mul(kind as u64))
}

/// Appends the host part of a key. `host` is canonical; `is_name` is false for
/// IP literals, which are one label.
pub(crate) fn push_host(key: &mut Vec<u8>, host: &str, is_name: bool) {
    if !is_name {
        key.extend_from_slice(host.as_bytes());
        return;
    }
    let mut rest = host.as_bytes();
    while let Some(dot) = memchr::memrchr(b'.', rest) {
        key.extend_from_slice(&rest[dot + 1..]);
        key.push(DOT);
        rest = &rest[..dot];
    }
    key.extend_from_slice(rest);
}

/// Appends the path part of a key, as `kind` compares it.
pub(crate) fn push_target(key: &mut Vec<u8>, target: &str, kind: PathKind) {
    key.push(kind.marker());
    let start = key.len();
    if kind.is_exact() {
        let (path, query) = without_trailing_slash(target.as_bytes());
        key.extend_from_slice(path);
        key.extend_from_slice(query);
    } else {
        key.extend_from_slice(target.as_bytes());
    }
    if kind.is_insensitive() {
        key[start..].make_ascii_lowercase();
    }
}

/// A path and query taken apart, the path without one trailing slash: what
/// [`PathScope::Exact`] compares.
pub(crate) fn without_trailing_slash(target: &[u8]) -> (&[u8], &[u8]) {
    let end = memchr::memchr(b'?', target).unwrap_or(target.len());
    let (path, query) = target.split_at(end);
    (path.strip_suffix(b"/").unwrap_or(path), query)
}

/// The parts of a key.
pub(crate) struct KeyParts<'k> {
    /// The host with its labels in reverse order.
    pub(crate) reversed_host: &'k [u8],
    /// How the path is compared, and the path; `None` for every path.
    pub(crate) path: Option<(PathKind, &'k [u8])>,
}

/// Takes a key apart.
pub(crate) fn parts(key: &[u8]) -> KeyParts<'_> {
    let marker = key
        .iter()
        .position(|&byte| byte <= PathKind::ExactSensitive.marker());
    match marker {
        None => KeyParts {
            reversed_host: key,
            path: None,
        },
        Some(at) => KeyParts {
            reversed_host: &key[..at],
            path: PathKind::from_marker(key[at]).map(|kind| (kind, &key[at + 1..])),
        },
    }
}

/// Whether `key`, which sorts after the key of `host`, belongs to it: a path of
/// that host, or a host below it.
pub(crate) fn goes_on(host: &[u8], key: &[u8]) -> bool {
    key.len() > host.len() && key[host.len()] <= DOT && key.starts_with(host)
}

/// Whether the host part of a key is an IP literal. A name never ends in a
/// number (the URL standard reads such hosts as IPv4 addresses), so a key that
/// begins with a dotted quad or a bracket is none.
pub(crate) fn is_ip_literal(reversed_host: &[u8]) -> bool {
    reversed_host.first() == Some(&b'[')
        || std::str::from_utf8(reversed_host)
            .is_ok_and(|text| text.parse::<std::net::Ipv4Addr>().is_ok())
}

/// The text of the entry that has this key: `example.com`,
/// `example.com/casino`.
pub(crate) fn entry_text(key: &[u8]) -> String {
    let parts = parts(key);
    let mut text = String::with_capacity(key.len());
    let host = String::from_utf8_lossy(parts.reversed_host);
    if is_ip_literal(parts.reversed_host) {
        text.push_str(&host);
    } else {
        for (index, label) in host.rsplit(char::from(DOT)).enumerate() {
            if index > 0 {
                text.push('.');
            }
            text.push_str(label);
        }
    }
    if let Some((_, target)) = parts.path {
        if target.first() != Some(&b'/') {
            text.push('/');
        }
        text.push_str(&String::from_utf8_lossy(target));
    }
    text
}

/// Calls `visit` with the hash of each prefix of `target` at which a prefix
/// rule may end, and that prefix's length, shortest first. Stops when `visit`
/// returns false.
pub(crate) fn walk_target(start: u64, target: &[u8], mut visit: impl FnMut(u64, usize) -> bool) {
    let mut state = start;
    let mut from = 0;
    while from < target.len() {
        let run = target[from..]
            .iter()
            .position(|&byte| is_boundary(byte))
            .unwrap_or(target.len() - from);
        if run > 0 {
            state = extend(state, &target[from..from + run]);
            from += run;
            if !visit(state, from) {
                return;
            }
        }
        if from < target.len() {
            state = extend(state, &target[from..=from]);
            from += 1;
            if !visit(state, from) {
                return;
            }
        }
    }
}

/// What a hash that a key puts into the filter stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prefix {
    /// A host above the key's.
    HostAbove,
    /// The key's host, on which it has a path of this kind.
    Host(PathKind),
    /// The whole key.
    Whole,
}

/// The hashes that a key puts into the filter: the host's own and those of the
/// hosts above it (so that a walk may stop at the first one missing), and for a
/// path rule the rule's own. The last one is that of the whole key.
pub(crate) fn filter_hashes(key: &[u8], mut take: impl FnMut(u64, Prefix)) {
    let parts = parts(key);
    let host = match parts.path {
        None => Prefix::Whole,
        Some((kind, _)) => Prefix::Host(kind),
    };
    let mut state = ROOT;
    if is_ip_literal(parts.reversed_host) {
        state = extend(state, parts.reversed_host);
        take(state, host);
    } else {
        let mut labels = parts.reversed_host.split(|&byte| byte == DOT).peekable();
        while let Some(label) = labels.next() {
            state = extend(state, label);
            let is_above = labels.peek().is_some();
            take(state, if is_above { Prefix::HostAbove } else { host });
        }
    }
    if let Some((kind, target)) = parts.path {
        let paths = enter_paths(state, kind);
        if kind.is_exact() {
            take(extend(paths, target), Prefix::Whole);
        } else {
            let mut last = paths;
            walk_target(paths, target, |state, _| {
                last = state;
                true
            });
            take(last, Prefix::Whole);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(host: &str, path: Option<(&str, PathKind)>) -> Vec<u8> {
        let mut key = Vec::new();
        push_host(&mut key, host, host.parse::<std::net::Ipv4Addr>().is_err());
        if let Some((target, kind)) = path {
            push_target(&mut key, target, kind);
        }
        key
    }

    #[test]
    fn keys_read_back_as_entries() {
        assert_eq!(key("www.bad.example", None), b"example\x05bad\x05www");
        assert_eq!(entry_text(&key("www.bad.example", None)), "www.bad.example");
        let path = key("bad.example", Some(("/A/b", PathKind::PrefixInsensitive)));
        assert_eq!(path, b"example\x05bad\x01/a/b");
        assert_eq!(entry_text(&path), "bad.example/a/b");
        let ip = key("192.0.2.1", Some(("/x", PathKind::PrefixSensitive)));
        assert_eq!(entry_text(&ip), "192.0.2.1/x");
        let root = key("bad.example", Some(("/", PathKind::ExactSensitive)));
        assert_eq!(entry_text(&root), "bad.example/");
    }

    #[test]
    fn a_rule_hash_is_met_on_the_walk_of_what_it_covers() {
        for (rule, target) in [
            ("/a", "/a"),
            ("/a", "/a/b"),
            ("/a/", "/a/b"),
            ("/a?x=", "/a?x=1&y"),
            ("/a?x", "/a?x=1"),
            ("/a;v", "/a;v=2"),
            ("/a//b", "/a//b/c"),
        ] {
            let mut hashes = Vec::new();
            filter_hashes(
                &key("bad.example", Some((rule, PathKind::PrefixSensitive))),
                |hash, _| hashes.push(hash),
            );
            let rule_hash = hashes.pop().unwrap();
            let host = hashes.pop().unwrap();
            let start = enter_paths(host, PathKind::PrefixSensitive);
            let mut met = None;
            walk_target(start, target.as_bytes(), |state, end| {
                if state == rule_hash {
                    met = Some(end);
                }
                true
            });
            assert_eq!(met, Some(rule.len()), "{rule} in {target}");
        }
    }
}
