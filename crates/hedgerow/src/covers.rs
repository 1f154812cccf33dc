//! [`Entry::covers`]: one rule asked about one address, without a ruleset.
//!
//! It says what the search of a compiled ruleset says. A site has a dozen rules
//! of its own that change while lessons go on; compiling them would be a large
//! tool for that.

use crate::address::{CanonicalUrl, Host};
use crate::rule::{Entry, HostScope, PathScope, Pattern};
use crate::ruleset::key::{self, PathKind};
use crate::ruleset::search::{compared_target, condition_holds, is_web_label};
use std::net::IpAddr;

impl Entry<'_> {
    /// Whether the rule covers the address `url`: its pattern does, and its
    /// condition holds. The same rule, compiled into a ruleset, would match the
    /// same addresses.
    ///
    /// What the rule *does* ([`Entry::action`], [`Entry::cancels`]) and whether
    /// a compiler would keep it at all (a public suffix, a single label) is not
    /// asked. Neither are the addresses that `url` carries.
    ///
    /// A regular expression is compiled anew at each call and covers nothing if
    /// it cannot be; whoever asks often should compile a ruleset. All else
    /// takes time linear in the address and, unless a path ignores case or is
    /// exact with both a final slash and a query, no memory from the heap.
    ///
    /// # Examples
    ///
    /// ```
    /// use hedgerow::{CanonicalUrl, Case, Entry, HostScope, PathScope, Pattern};
    ///
    /// let covers = |entry: &Entry<'_>, text| {
    ///     CanonicalUrl::parse(text).is_ok_and(|url| entry.covers(&url))
    /// };
    ///
    /// // A domain is the host and every host below it, and no other host.
    /// let domain = Entry::host("bbc.example", HostScope::Domain, 1);
    /// assert!(covers(&domain, "https://news.bbc.example/sport"));
    /// assert!(!covers(&domain, "https://notbbc.example/"));
    ///
    /// // A path goes on at a boundary.
    /// let path = Entry::new(
    ///     Pattern::Address {
    ///         host: "bbc.example",
    ///         host_scope: HostScope::Host,
    ///         path: Some("/games"),
    ///         path_scope: PathScope::Prefix,
    ///         case: Case::Sensitive,
    ///     },
    ///     2,
    /// );
    /// assert!(covers(&path, "https://bbc.example/games/chess"));
    /// assert!(covers(&path, "https://bbc.example/games?level=3"));
    /// assert!(!covers(&path, "https://bbc.example/gamesome"));
    /// assert!(!covers(&path, "https://bbc.example/Games"));
    /// assert!(!covers(&path, "https://www.bbc.example/games"));
    ///
    /// let network = Entry::new(Pattern::Network("192.0.2.0/24".parse()?), 3);
    /// assert!(covers(&network, "http://0xC0000207/"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn covers(&self, url: &CanonicalUrl<'_>) -> bool {
        let covered = match &self.pattern {
            Pattern::Address {
                host,
                host_scope,
                path,
                path_scope,
                case,
            } => {
                host_covers(host, *host_scope, url)
                    && path.is_none_or(|path| match PathKind::new(*path_scope, *case) {
                        // A rule for every path may be written as a prefix of `/`.
                        Some(kind) if path != "/" || *path_scope == PathScope::Exact => {
                            path_covers(path, kind, url)
                        }
                        _ => true,
                    })
            }
            Pattern::Network(network) => ip_of(url).is_some_and(|ip| network.contains(&ip)),
            Pattern::Regex(pattern) => {
                regex::Regex::new(pattern).is_ok_and(|regex| regex.is_match(&url.text()))
            }
        };
        covered && (self.condition.is_empty() || condition_holds(&self.condition, url))
    }
}

fn ip_of(url: &CanonicalUrl<'_>) -> Option<IpAddr> {
    match url.host() {
        Host::Name(_) => None,
        Host::V4(address) => Some(IpAddr::V4(address)),
        Host::V6(address) => Some(IpAddr::V6(address)),
    }
}

fn host_covers(pattern: &str, scope: HostScope, url: &CanonicalUrl<'_>) -> bool {
    let host = url.host_text();
    let Some(rest) = host.strip_suffix(pattern) else {
        return false;
    };
    if rest.is_empty() {
        return scope != HostScope::Subdomains;
    }
    // Nothing is below an IP address, whatever its text ends in.
    let Some(below) = rest.strip_suffix('.') else {
        return false;
    };
    match scope {
        HostScope::Domain | HostScope::Subdomains | HostScope::Network => ip_of(url).is_none(),
        HostScope::Host => false,
        HostScope::WebHost => is_web_label(below),
    }
}

fn path_covers(pattern: &str, kind: PathKind, url: &CanonicalUrl<'_>) -> bool {
    let target = compared_target(url.target(), kind);
    let same = |text: &[u8], pattern: &[u8]| {
        if kind.is_insensitive() {
            text.eq_ignore_ascii_case(pattern)
        } else {
            text == pattern
        }
    };
    if kind.is_exact() {
        let (path, query) = key::without_trailing_slash(pattern.as_bytes());
        return target.len() == path.len() + query.len()
            && same(&target[..path.len()], path)
            && same(&target[path.len()..], query);
    }
    let pattern = pattern.as_bytes();
    let Some(last) = pattern.last() else {
        return false;
    };
    target
        .get(..pattern.len())
        .is_some_and(|start| same(start, pattern))
        && (target.len() == pattern.len()
            || key::is_boundary(target[pattern.len()])
            || key::is_boundary(*last))
}
