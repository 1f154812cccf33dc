//! The vocabulary of a rule: what a line in a list means, whatever its format.
//!
//! A list reader translates its format into [`Entry`] values; nothing after it
//! knows or guesses what the line looked like.

use ipnet::IpNet;
use std::fmt;

/// Which hosts a rule covers, seen from the host it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HostScope {
    /// The host and every host below it.
    Domain,
    /// That host only.
    Host,
    /// The hosts below it, not itself.
    Subdomains,
    /// That host, and the same with one leading label that matches
    /// `(www|web|ftp)[0-9]*` (the URL lists of squidGuard).
    WebHost,
    /// An IPv4 or IPv6 address or block.
    Network,
}

impl HostScope {
    /// Every scope, in the order of declaration.
    pub const ALL: [HostScope; 5] = [
        HostScope::Domain,
        HostScope::Host,
        HostScope::Subdomains,
        HostScope::WebHost,
        HostScope::Network,
    ];

    /// The stable name, as manifests write it and results report it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            HostScope::Domain => "domain",
            HostScope::Host => "host",
            HostScope::Subdomains => "subdomains",
            HostScope::WebHost => "web-host",
            HostScope::Network => "network",
        }
    }

    /// The scope that `name` names.
    #[must_use]
    pub fn from_name(name: &str) -> Option<HostScope> {
        HostScope::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

impl fmt::Display for HostScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which paths a rule covers, seen from the path and query it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PathScope {
    /// Every path.
    Any,
    /// Paths that begin there and go on at a boundary: the end, `/`, `?`, `&`,
    /// `=`, `#` or `;`, unless the pattern itself ends in one of these.
    Prefix,
    /// That path and query, a trailing slash of the path aside.
    Exact,
}

impl PathScope {
    /// Every scope, in the order of declaration.
    pub const ALL: [PathScope; 3] = [PathScope::Any, PathScope::Prefix, PathScope::Exact];

    /// The stable name, as manifests write it and results report it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            PathScope::Any => "any",
            PathScope::Prefix => "prefix",
            PathScope::Exact => "exact",
        }
    }

    /// The scope that `name` names.
    #[must_use]
    pub fn from_name(name: &str) -> Option<PathScope> {
        PathScope::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

impl fmt::Display for PathScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whether upper and lower case differ in the paths of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Case {
    /// `/Casino` and `/casino` are two paths.
    Sensitive,
    /// `/Casino` and `/casino` are one path (ASCII letters only).
    Insensitive,
}

/// What a rule does to the addresses it covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// The address belongs to the rule's category.
    List,
    /// The list itself makes an exception for the address: reported as a
    /// match, never counted as a category.
    Allow,
}

impl Action {
    /// The stable name, as results report it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Action::List => "list",
            Action::Allow => "allow",
        }
    }
}

/// What addresses an [`Entry`] covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern<'a> {
    /// A host, and perhaps a path.
    Address {
        /// The host in canonical form (see
        /// [`CanonicalUrl::host`](crate::CanonicalUrl::host)): a name, a dotted
        /// IPv4 address, or an IPv6 address in brackets.
        host: &'a str,
        /// Which hosts that covers. Never [`HostScope::Network`].
        host_scope: HostScope,
        /// The path and query in canonical form, beginning with `/`; `None`
        /// means every path.
        path: Option<&'a str>,
        /// Which paths that covers; without a path, [`PathScope::Any`].
        path_scope: PathScope,
        /// How the path is compared.
        case: Case,
    },
    /// A block of addresses.
    Network(IpNet),
    /// A regular expression over the canonical text of an address, unanchored,
    /// in the syntax of the crate `regex`.
    Regex(&'a str),
}

/// What must hold beside the pattern for a rule to cover an address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Condition {
    /// Only this port (the default port of the scheme counts as itself).
    pub port: Option<u16>,
    /// Each of these must be among the query's `&`-separated parts, in any
    /// order. A part that ends in `*` matches every part that begins so.
    pub query_parts: Vec<String>,
    /// Not these hosts, nor the hosts below them (adblock's `denyallow`).
    pub except_domains: Vec<String>,
}

impl Condition {
    /// Whether the condition always holds.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.port.is_none() && self.query_parts.is_empty() && self.except_domains.is_empty()
    }
}

/// One rule as a list reader yields it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// What it covers.
    pub pattern: Pattern<'a>,
    /// What it does to what it covers.
    pub action: Action,
    /// adblock's `$important`: an allow rule of the same list does not undo it.
    pub important: bool,
    /// adblock's `$badfilter`: it takes the same rule out of its list instead
    /// of adding one.
    pub cancels: bool,
    /// What else must hold.
    pub condition: Condition,
    /// The category that the line itself names; `None` means the list's.
    pub category: Option<&'a str>,
    /// The line it stands on, counted from 1.
    pub line: u64,
}

impl<'a> Entry<'a> {
    /// The rule of a plain line: `pattern` is listed, without conditions.
    #[must_use]
    pub fn new(pattern: Pattern<'a>, line: u64) -> Entry<'a> {
        Entry {
            pattern,
            action: Action::List,
            important: false,
            cancels: false,
            condition: Condition::default(),
            category: None,
            line,
        }
    }

    /// A rule for the canonical `host` in `host_scope`, on every path.
    #[must_use]
    pub fn host(host: &'a str, host_scope: HostScope, line: u64) -> Entry<'a> {
        Entry::new(
            Pattern::Address {
                host,
                host_scope,
                path: None,
                path_scope: PathScope::Any,
                case: Case::Sensitive,
            },
            line,
        )
    }
}
