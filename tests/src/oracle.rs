//! The oracle: what `semantics.md` §2 says, in the plainest words that a
//! computer understands.
//!
//! It has a rule of its own, holds all rules in a list, and looks at each of
//! them for each address. Nothing of the engine is used but the canonical
//! form of the address (which has tests of its own) and the addresses that it
//! carries. Where the engine and the oracle disagree, one of them is wrong.

use hedgerow::CanonicalUrl;
use hedgerow::address::unwrap_chain;
use std::net::IpAddr;

/// Which hosts a rule speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hosts {
    /// The host and all below.
    Domain,
    /// The host alone.
    Host,
    /// All below the host.
    Subdomains,
    /// The host, and `www`, `web7`, `ftp2` of it.
    WebHost,
}

/// Which paths a rule speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Paths {
    /// All.
    Any,
    /// Those that begin so and go on at a boundary.
    Prefix,
    /// That one.
    Exact,
}

/// What a rule speaks of.
#[derive(Clone, Debug)]
pub enum Subject {
    /// A host and perhaps a path.
    Site {
        /// A canonical host.
        host: String,
        /// Which hosts that is.
        hosts: Hosts,
        /// A canonical path and query.
        path: Option<String>,
        /// Which paths that is.
        paths: Paths,
        /// Whether the case of letters in the path is ignored.
        ignore_case: bool,
    },
    /// A block of IP addresses.
    Block(IpAddr, u8),
    /// A regular expression over the canonical text.
    Expression(regex::Regex),
}

/// A rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// What it speaks of.
    pub subject: Subject,
    /// Its category.
    pub category: String,
    /// Whether it makes an exception instead of listing.
    pub is_exception: bool,
    /// Whether exceptions leave it standing.
    pub is_important: bool,
    /// Whether it only takes its twin out.
    pub cancels: bool,
    /// The only port it speaks of.
    pub port: Option<u16>,
    /// Parts that the query must have.
    pub query_parts: Vec<String>,
    /// Domains it does not speak of.
    pub except: Vec<String>,
    /// Its line.
    pub line: u64,
}

/// A list of rules.
#[derive(Clone, Debug)]
pub struct List {
    /// Its name.
    pub name: String,
    /// Whether the narrowest rule decides about exceptions (RPZ).
    pub narrowest_wins: bool,
    /// Whether it may name public suffixes.
    pub allow_public_suffix: bool,
    /// Whether it may name single labels.
    pub allow_single_label: bool,
    /// Its rules.
    pub rules: Vec<Rule>,
}

/// How narrow a rule is: the later in order, the narrower.
pub type Narrowness = (u8, usize, u8, usize, u8);

/// A rule that covers an address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// The layer, from 0.
    pub layer: usize,
    /// 0 for the address itself, then the addresses it carries.
    pub via: usize,
    /// The name of the list.
    pub list: String,
    /// The category.
    pub category: String,
    /// The scope in words.
    pub scope: String,
    /// The text of the entry.
    pub entry: String,
    /// Whether it is an exception.
    pub is_exception: bool,
    /// Whether an exception takes it back.
    pub is_undone: bool,
    /// The line.
    pub line: u64,
    /// How narrow it is.
    pub narrowness: Narrowness,
}

/// What the oracle says of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It has no host, for this reason.
    Unclassifiable(&'static str),
    /// It has one.
    Classified {
        /// Whether it carries addresses deeper than anybody looks.
        too_deep: bool,
        /// All rules that cover it.
        found: Vec<Found>,
    },
}

impl Answer {
    /// The categories, sorted, each once.
    #[must_use]
    pub fn categories(&self) -> Vec<&str> {
        let Answer::Classified { found, .. } = self else {
            return Vec::new();
        };
        let mut names: Vec<&str> = found
            .iter()
            .filter(|found| !found.is_exception && !found.is_undone)
            .map(|found| found.category.as_str())
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// A canonical address, taken apart.
pub struct Address {
    host: String,
    ip: Option<IpAddr>,
    port: Option<u16>,
    path: String,
    query: Option<String>,
    text: String,
}

impl Address {
    /// The parts of `url`.
    #[must_use]
    pub fn new(url: &CanonicalUrl<'_>) -> Address {
        let text = url.to_string();
        let (scheme, rest) = text.split_once("://").unwrap_or(("", &text));
        let (authority, target) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()),
            _ => (authority, None),
        };
        let usual = match scheme {
            "http" | "ws" => Some(80),
            "https" | "wss" => Some(443),
            "ftp" => Some(21),
            _ => None,
        };
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (target, None),
        };
        Address {
            host: host.to_owned(),
            ip: ip(host),
            port: port.or(usual),
            path: path.to_owned(),
            query,
            text: text.clone(),
        }
    }

    /// The host.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The canonical text from the host on.
    #[must_use]
    pub fn text_from_host(&self) -> &str {
        self.text
            .split_once("://")
            .map_or(&self.text, |(_, rest)| rest)
    }

    fn target(&self) -> String {
        match &self.query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.clone(),
        }
    }
}

fn ip(host: &str) -> Option<IpAddr> {
    match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']')?.parse().ok().map(IpAddr::V6),
        None => host.parse().ok().map(IpAddr::V4),
    }
}

/// Whether `host` is `domain` or below it.
fn is_at_or_below(host: &str, domain: &str) -> bool {
    host == domain || is_below(host, domain)
}

fn is_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain)
        .is_some_and(|rest| rest.ends_with('.'))
}

fn is_web_name_of(host: &str, domain: &str) -> bool {
    let Some((label, rest)) = host.split_once('.') else {
        return false;
    };
    let bare = label.trim_end_matches(|c: char| c.is_ascii_digit());
    rest == domain && ["www", "web", "ftp"].contains(&bare)
}

fn lowered(text: &str, ignore_case: bool) -> String {
    if ignore_case {
        text.to_ascii_lowercase()
    } else {
        text.to_owned()
    }
}

/// A path and query for exact comparison: a slash at the end of the path does
/// not count.
fn without_slash(target: &str) -> String {
    match target.split_once('?') {
        Some((path, query)) => format!("{}?{query}", path.strip_suffix('/').unwrap_or(path)),
        None => target.strip_suffix('/').unwrap_or(target).to_owned(),
    }
}

fn is_boundary(c: char) -> bool {
    "/?&=#;".contains(c)
}

fn begins_at_boundary(target: &str, pattern: &str) -> bool {
    match target.strip_prefix(pattern) {
        None => false,
        Some(rest) => {
            rest.is_empty() || rest.starts_with(is_boundary) || pattern.ends_with(is_boundary)
        }
    }
}

fn is_in_block(address: IpAddr, network: IpAddr, prefix: u8) -> bool {
    let bits = |ip: IpAddr| match ip {
        IpAddr::V4(ip) => (32, u128::from(u32::from(ip))),
        IpAddr::V6(ip) => (128, u128::from(ip)),
    };
    let ((size, a), (other, b)) = (bits(address), bits(network));
    size == other
        && (0..u32::from(prefix)).all(|bit| {
            let place = size - 1 - bit;
            (a >> place) & 1 == (b >> place) & 1
        })
}

impl Rule {
    /// Whether the rule is for every path of its host.
    fn has_path(&self) -> bool {
        match &self.subject {
            Subject::Site { path, paths, .. } => match (path, paths) {
                (None, _) | (_, Paths::Any) => false,
                (Some(path), Paths::Prefix) => path != "/",
                (Some(_), Paths::Exact) => true,
            },
            _ => false,
        }
    }

    /// Whether the rule covers the address.
    #[must_use]
    pub fn covers(&self, address: &Address) -> bool {
        self.subject_covers(address) && self.condition_holds(address)
    }

    fn subject_covers(&self, address: &Address) -> bool {
        match &self.subject {
            Subject::Block(network, prefix) => address
                .ip
                .is_some_and(|ip| is_in_block(ip, *network, *prefix)),
            Subject::Expression(regex) => regex.is_match(&address.text),
            Subject::Site {
                host,
                hosts,
                path,
                paths,
                ignore_case,
            } => {
                let covers_host = match hosts {
                    Hosts::Domain => is_at_or_below(&address.host, host),
                    Hosts::Host => address.host == *host,
                    Hosts::Subdomains => is_below(&address.host, host),
                    Hosts::WebHost => address.host == *host || is_web_name_of(&address.host, host),
                };
                let Some(path) = path.as_ref().filter(|_| covers_host && self.has_path()) else {
                    return covers_host;
                };
                let target = lowered(&address.target(), *ignore_case);
                let pattern = lowered(path, *ignore_case);
                match paths {
                    Paths::Any => true,
                    Paths::Exact => without_slash(&target) == without_slash(&pattern),
                    Paths::Prefix => begins_at_boundary(&target, &pattern),
                }
            }
        }
    }

    fn condition_holds(&self, address: &Address) -> bool {
        let query = address.query.as_deref().unwrap_or("");
        let is_there = |wanted: &String| {
            query.split('&').any(|part| match wanted.strip_suffix('*') {
                Some(beginning) => part.starts_with(beginning),
                None => part == wanted,
            })
        };
        (self.port.is_none() || self.port == address.port)
            && self.query_parts.iter().all(is_there)
            && !self
                .except
                .iter()
                .any(|domain| is_at_or_below(&address.host, domain))
    }

    /// What makes two rules of one list the same rule.
    fn identity(&self) -> impl PartialEq + use<> {
        (
            self.category.clone(),
            self.scope(),
            self.entry(),
            matches!(&self.subject, Subject::Site { ignore_case: true, .. } if self.has_path()),
            matches!(self.subject, Subject::Expression(_)),
            // Nothing is below an IP address: such a rule is none, and takes
            // back none but itself.
            matches!(&self.subject, Subject::Site { host, hosts: Hosts::Subdomains, .. }
                if ip(host).is_some()),
            self.is_exception,
            self.is_important,
            (self.port, self.query_parts.clone(), self.except.clone()),
        )
    }

    /// The scope in words.
    #[must_use]
    pub fn scope(&self) -> String {
        match &self.subject {
            Subject::Block(..) => "network".to_owned(),
            Subject::Expression(_) => "expression".to_owned(),
            Subject::Site {
                host, hosts, paths, ..
            } => {
                let hosts = match hosts {
                    _ if ip(host).is_some() && !self.has_path() => "network",
                    _ if ip(host).is_some() => "host",
                    Hosts::Domain => "domain",
                    Hosts::Host => "host",
                    Hosts::Subdomains => "subdomains",
                    Hosts::WebHost => "web-host",
                };
                match paths {
                    Paths::Prefix if self.has_path() => format!("{hosts} prefix"),
                    Paths::Exact if self.has_path() => format!("{hosts} exact"),
                    _ => hosts.to_owned(),
                }
            }
        }
    }

    /// The text of the entry.
    #[must_use]
    pub fn entry(&self) -> String {
        match &self.subject {
            Subject::Block(network, prefix) => {
                let (address, size) = first_of_block(*network, *prefix);
                if *prefix == size {
                    address.to_string()
                } else {
                    format!("{address}/{prefix}")
                }
            }
            Subject::Expression(regex) => regex.as_str().to_owned(),
            Subject::Site {
                host,
                path,
                paths,
                ignore_case,
                ..
            } => match path.as_ref().filter(|_| self.has_path()) {
                None => ip(host).map_or_else(|| host.clone(), |ip| ip.to_string()),
                Some(path) => {
                    let path = lowered(path, *ignore_case);
                    let path = match paths {
                        Paths::Exact => without_slash(&path),
                        _ => path,
                    };
                    let slash = if path.starts_with('/') { "" } else { "/" };
                    format!("{host}{slash}{path}")
                }
            },
        }
    }

    /// How narrow the rule is: expressions, then networks by length, then
    /// hosts by labels, host scope, length of path, exact after prefix.
    fn narrowness(&self) -> Narrowness {
        match &self.subject {
            Subject::Expression(_) => (0, 0, 0, 0, 0),
            Subject::Block(_, prefix) => (1, usize::from(*prefix), 0, 0, 0),
            Subject::Site {
                host,
                hosts,
                path,
                paths,
                ..
            } => {
                let hosts = match hosts {
                    _ if ip(host).is_some() => 1,
                    Hosts::Domain => 0,
                    Hosts::Host => 1,
                    Hosts::Subdomains => 2,
                    Hosts::WebHost => 3,
                };
                match (path, ip(host)) {
                    (Some(path), found) if self.has_path() => {
                        let labels = match found {
                            Some(_) => 1,
                            None => host.split('.').count(),
                        };
                        match paths {
                            Paths::Exact => (2, labels, hosts, without_slash(path).len(), 2),
                            _ => (2, labels, hosts, path.len(), 1),
                        }
                    }
                    (_, Some(IpAddr::V4(_))) => (1, 32, 0, 0, 0),
                    (_, Some(IpAddr::V6(_))) => (1, 128, 0, 0, 0),
                    (_, None) => (2, host.split('.').count(), hosts, 0, 0),
                }
            }
        }
    }

    /// Whether a list takes the rule at all: no public suffixes, no single
    /// labels unless allowed, nothing below an IP address.
    #[must_use]
    pub fn is_taken(&self, allow_public_suffix: bool, allow_single_label: bool) -> bool {
        let Subject::Site { host, hosts, .. } = &self.subject else {
            return true;
        };
        if ip(host).is_some() {
            return *hosts != Hosts::Subdomains;
        }
        if !host.contains('.') {
            return allow_single_label;
        }
        allow_public_suffix
            || !psl::suffix(host.as_bytes()).is_some_and(|suffix| {
                suffix.as_bytes() == host.as_bytes()
                    && suffix.is_known()
                    && suffix.typ() == Some(psl::Type::Icann)
            })
    }
}

fn first_of_block(network: IpAddr, prefix: u8) -> (IpAddr, u8) {
    match network {
        IpAddr::V4(ip) => {
            let drop = 32 - u32::from(prefix);
            let bits = u32::from(ip).checked_shr(drop).unwrap_or(0);
            let first = bits.checked_shl(drop).unwrap_or(0);
            (IpAddr::V4(first.into()), 32)
        }
        IpAddr::V6(ip) => {
            let drop = 128 - u32::from(prefix);
            let bits = u128::from(ip).checked_shr(drop).unwrap_or(0);
            let first = bits.checked_shl(drop).unwrap_or(0);
            (IpAddr::V6(first.into()), 128)
        }
    }
}

/// The oracle: layers of lists of rules.
#[derive(Clone, Debug, Default)]
pub struct Oracle {
    layers: Vec<Vec<List>>,
}

impl Oracle {
    /// An oracle over these layers of lists. Cancelled rules, doubles and
    /// what no list takes are put aside first.
    #[must_use]
    pub fn new(layers: &[Vec<List>]) -> Oracle {
        let kept = |list: &List| {
            let mut rules: Vec<Rule> = Vec::new();
            for rule in &list.rules {
                let twin = |other: &Rule| other.identity() == rule.identity();
                let is_cancelled =
                    rule.cancels || list.rules.iter().any(|other| other.cancels && twin(other));
                if is_cancelled || !rule.is_taken(list.allow_public_suffix, list.allow_single_label)
                {
                    continue;
                }
                match rules.iter_mut().find(|other| twin(other)) {
                    Some(other) => other.line = other.line.min(rule.line),
                    None => rules.push(rule.clone()),
                }
            }
            List {
                rules,
                ..list.clone()
            }
        };
        Oracle {
            layers: layers
                .iter()
                .map(|lists| lists.iter().map(kept).collect())
                .collect(),
        }
    }

    /// What the address `text` is.
    #[must_use]
    pub fn classify(&self, text: &str) -> Answer {
        let url = match CanonicalUrl::parse(text) {
            Ok(url) => url,
            Err(error) => return Answer::Unclassifiable(error.reason().code()),
        };
        let chain = unwrap_chain(&url);
        let mut found = Vec::new();
        self.search(&Address::new(&url), 0, &mut found);
        for (index, carried) in chain.links().iter().enumerate() {
            self.search(&Address::new(carried.address()), index + 1, &mut found);
        }
        Answer::Classified {
            too_deep: chain.is_cut_off(),
            found,
        }
    }

    fn search(&self, address: &Address, via: usize, found: &mut Vec<Found>) {
        for (layer, lists) in self.layers.iter().enumerate() {
            for list in lists {
                let covering: Vec<&Rule> = list
                    .rules
                    .iter()
                    .filter(|rule| rule.covers(address))
                    .collect();
                for rule in &covering {
                    let is_undone = !rule.is_exception
                        && !rule.is_important
                        && covering.iter().any(|other| {
                            other.is_exception
                                && (!list.narrowest_wins || other.narrowness() >= rule.narrowness())
                        });
                    found.push(Found {
                        layer,
                        via,
                        list: list.name.clone(),
                        category: rule.category.clone(),
                        scope: rule.scope(),
                        entry: rule.entry(),
                        is_exception: rule.is_exception,
                        is_undone,
                        line: rule.line,
                        narrowness: rule.narrowness(),
                    });
                }
            }
        }
    }
}
