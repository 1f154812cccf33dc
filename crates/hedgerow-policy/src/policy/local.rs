//! Rules of the site's own: addresses that a policy blocks or allows, and those
//! that exemptions open.

use hedgerow::category::nearest;
use hedgerow::lists::place;
use hedgerow::suffix::public_suffix;
use hedgerow::{CanonicalUrl, Case, Entry, HostScope, PathScope, Pattern};
use ipnet::IpNet;
use serde::Serialize;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;

/// An address that a policy blocks or allows, whatever the lists say, and which
/// addresses it stands for.
///
/// A plain address is the host with every host below it, and with a path, the
/// paths that begin so and go on at a boundary; its case counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalRule {
    host: String,
    path: Option<String>,
    host_scope: HostScope,
    path_scope: PathScope,
    ignore_case: bool,
    port: Option<u16>,
    network: Option<IpNet>,
    pub(crate) reason: Option<String>,
}

/// What narrows or widens a plain address.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Scope {
    pub(crate) host: Option<HostScope>,
    pub(crate) path: Option<PathScope>,
    pub(crate) ignore_case: bool,
    pub(crate) allow_public_suffix: bool,
    pub(crate) allow_single_label: bool,
}

impl LocalRule {
    /// The rule that `text` writes.
    ///
    /// # Errors
    ///
    /// A sentence that says why it is none.
    pub(crate) fn parse(text: &str, scope: Scope) -> Result<LocalRule, String> {
        let text = text.trim();
        if let Some((_, bits)) = text.rsplit_once('/')
            && !bits.is_empty()
            && bits.bytes().all(|byte| byte.is_ascii_digit())
            && let Ok(network) = text.parse::<IpNet>()
        {
            return LocalRule::network(network, scope);
        }
        if let Some(domain) = text.strip_prefix("*.") {
            return Err(format!(
                "`{text}` has a wildcard; `{domain}` covers the hosts below it as well, and with scope `subdomains` those alone"
            ));
        }
        let place = place(text).ok_or_else(|| format!("`{text}` is no address"))?;
        let host = place.host.into_owned();
        let is_ip = host.starts_with('[') || host.parse::<IpAddr>().is_ok();
        let host_scope = scope.host.unwrap_or(HostScope::Domain);
        if host_scope == HostScope::Network {
            return Err(format!("`{text}` is no network, as `192.0.2.0/24` is"));
        }
        if is_ip && host_scope == HostScope::Subdomains {
            return Err(format!(
                "`{text}` is an IP address, below which there is nothing"
            ));
        }
        if !is_ip && host_scope != HostScope::Host {
            check_breadth(&host, scope)?;
        }
        let path_scope = scope.path.unwrap_or(PathScope::Prefix);
        let path = match (place.target, path_scope) {
            (Some(target), _) => Some(target.into_owned()),
            (None, PathScope::Exact) if place.slash => Some("/".to_owned()),
            (None, PathScope::Exact) => return Err(format!("`{text}` has no path to be exact")),
            (None, _) => None,
        };
        Ok(LocalRule {
            path_scope: if path.is_some() {
                path_scope
            } else {
                PathScope::Any
            },
            host,
            path,
            host_scope,
            ignore_case: scope.ignore_case,
            port: place.port,
            network: None,
            reason: None,
        })
    }

    fn network(network: IpNet, scope: Scope) -> Result<LocalRule, String> {
        if scope.host.is_some_and(|scope| scope != HostScope::Network) || scope.path.is_some() {
            return Err(format!(
                "`{network}` is a network and has no scope but `network`"
            ));
        }
        if network.prefix_len() == 0 {
            return Err(format!("`{network}` is every address there is"));
        }
        Ok(LocalRule {
            host: network.trunc().to_string(),
            path: None,
            host_scope: HostScope::Network,
            path_scope: PathScope::Any,
            ignore_case: false,
            port: None,
            network: Some(network.trunc()),
            reason: None,
        })
    }

    /// The rule as the engine has it.
    #[must_use]
    pub fn entry(&self) -> Entry<'_> {
        let pattern = match self.network {
            Some(network) => Pattern::Network(network),
            None => Pattern::Address {
                host: &self.host,
                host_scope: self.host_scope,
                path: self.path.as_deref(),
                path_scope: self.path_scope,
                case: if self.ignore_case {
                    Case::Insensitive
                } else {
                    Case::Sensitive
                },
            },
        };
        let mut entry = Entry::new(pattern, 0);
        entry.condition.port = self.port;
        entry
    }

    /// Whether it covers the address; the addresses carried by it are asked
    /// about by themselves.
    #[must_use]
    pub fn covers(&self, url: &CanonicalUrl<'_>) -> bool {
        self.entry().covers(url)
    }

    /// Why it is there, if the policy says.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// The scope in words, as in a policy: `domain`, `host prefix`.
    #[must_use]
    pub fn scope(&self) -> String {
        match self.path_scope {
            PathScope::Any => self.host_scope.to_string(),
            path => format!("{} {path}", self.host_scope),
        }
    }

    /// Of two rules that cover an address, the one that is reported: the
    /// narrower, and of equals always the same.
    pub(crate) fn precedence(&self, other: &LocalRule) -> Ordering {
        let narrowness = |rule: &LocalRule| {
            (
                rule.network.map_or(u8::MAX, |network| network.prefix_len()),
                rule.host.len(),
                rule.path.as_ref().map_or(0, String::len),
            )
        };
        narrowness(other)
            .cmp(&narrowness(self))
            .then_with(|| self.cmp(other))
    }
}

/// The address in canonical form.
impl fmt::Display for LocalRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        f.write_str(self.path.as_deref().unwrap_or(""))
    }
}

impl Serialize for LocalRule {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut out = serializer.serialize_struct("LocalRule", 3)?;
        out.serialize_field("address", &self.to_string())?;
        out.serialize_field("scope", &self.scope())?;
        out.serialize_field("reason", &self.reason)?;
        out.end()
    }
}

/// A rule for a name under which others register theirs would cover sites that
/// have nothing to do with one another.
fn check_breadth(host: &str, scope: Scope) -> Result<(), String> {
    if !host.contains('.') {
        return if scope.allow_single_label {
            Ok(())
        } else {
            Err(format!(
                "`{host}` is a single label, which covers every host that ends so; `allow_single_label = true` says that it is meant"
            ))
        };
    }
    let is_suffix = public_suffix(host).is_some_and(|suffix| suffix.known && suffix.text == host);
    if is_suffix && !scope.allow_public_suffix {
        return Err(format!(
            "`{host}` is a public suffix, under which unrelated sites have their names: name the site, as `www.{host}`, or say scope `host` for that name alone; `allow_public_suffix = true` says that all are meant"
        ));
    }
    Ok(())
}

/// The host scope of that name.
pub(super) fn host_scope(name: &str) -> Result<HostScope, String> {
    HostScope::from_name(name).ok_or_else(|| {
        let guess = nearest(name, HostScope::ALL.map(HostScope::name));
        format!(
            "`{name}` is no scope of a host{}",
            super::document::did_you_mean(guess)
        )
    })
}

/// Finds those of many addresses that may cover one, by its host.
#[derive(Clone, Debug, Default)]
pub(crate) struct AddressIndex {
    by_host: HashMap<Box<str>, Vec<u32>>,
    networks: Vec<u32>,
    longest: usize,
}

/// Says of nearly every address that is on no local rule that it is on none, by
/// the last bytes of its host and without a look at the rules; never says so of
/// one that is on some.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gate {
    /// How many of an address's last eight bytes are compared, as masks: one for
    /// each length of a rule's host, eight being the most.
    masks: Vec<u64>,
    /// A bit for each hash of the last bytes of a rule's host; a power of two
    /// long.
    bits: Vec<u64>,
    /// Whether there are rules for networks, so that an IP address has to be
    /// looked for.
    networks: bool,
}

/// The last eight bytes of a host, the last highest; 0 before its beginning.
#[inline]
fn last_bytes(host: &[u8]) -> u64 {
    match host.last_chunk() {
        Some(last) => u64::from_le_bytes(*last),
        None => {
            host.iter()
                .rev()
                .fold(0, |word, &byte| word << 8 | u64::from(byte))
                << (8 * (8 - host.len())).min(63)
        }
    }
}

impl Gate {
    /// A gate that no address of these rules is stopped by.
    pub(crate) fn new<'r>(rules: impl Iterator<Item = &'r LocalRule>) -> Gate {
        let (networks, names): (Vec<&LocalRule>, Vec<&LocalRule>) =
            rules.partition(|rule| rule.network.is_some());
        // 64 bits or more a rule: for each mask not one address in sixty passes
        // by chance.
        let words = names.len().next_power_of_two().max(64);
        let mut gate = Gate {
            masks: Vec::new(),
            bits: vec![0; words],
            networks: !networks.is_empty(),
        };
        for rule in names {
            let host = rule.host.as_bytes();
            let mask = match host.len() {
                0..8 => !(u64::MAX >> (8 * host.len())),
                _ => u64::MAX,
            };
            if !gate.masks.contains(&mask) {
                gate.masks.push(mask);
            }
            let (word, bit) = gate.bit(last_bytes(host) & mask);
            gate.bits[word] |= bit;
        }
        gate
    }

    /// The place of the bit for these bytes.
    #[inline]
    fn bit(&self, end: u64) -> (usize, u64) {
        let hash = end.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let word = (hash >> 32) as usize & self.bits.len().wrapping_sub(1);
        (word, 1 << (hash >> 58))
    }

    /// Whether a rule may cover addresses of that host.
    #[inline]
    pub(crate) fn may_have(&self, host: &str) -> bool {
        let last = last_bytes(host.as_bytes());
        let passes = self.masks.iter().fold(false, |passes, mask| {
            let (word, bit) = self.bit(last & mask);
            passes | self.bits.get(word).is_some_and(|word| word & bit != 0)
        });
        passes | (self.networks && is_ip(host))
    }
}

/// Whether a host is an IP address: no name ends so.
#[inline]
fn is_ip(host: &str) -> bool {
    matches!(host.as_bytes().last(), Some(b'0'..=b'9' | b']'))
}

impl AddressIndex {
    pub(crate) fn new<'r>(rules: impl Iterator<Item = &'r LocalRule>) -> AddressIndex {
        let mut index = AddressIndex::default();
        for (number, rule) in (0..).zip(rules) {
            if rule.network.is_some() {
                index.networks.push(number);
                continue;
            }
            index.longest = index.longest.max(rule.host.len());
            index
                .by_host
                .entry(rule.host.as_str().into())
                .or_default()
                .push(number);
        }
        index
    }

    /// Calls `visit` with the number of each rule that may cover the address;
    /// whether it does is to be asked of the rule.
    pub(crate) fn candidates(&self, url: &CanonicalUrl<'_>, visit: &mut impl FnMut(u32)) {
        let host = url.host_text();
        if is_ip(host) {
            for &number in &self.networks {
                visit(number);
            }
        }
        // No rule has a longer host: one of a thousand labels costs no more.
        let mut end = host.len();
        loop {
            let start = host[..end].rfind('.').map_or(0, |dot| dot + 1);
            if host.len() - start > self.longest {
                return;
            }
            for &number in self.by_host.get(&host[start..]).into_iter().flatten() {
                visit(number);
            }
            match start.checked_sub(1) {
                Some(before) => end = before,
                None => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn rule(text: &str) -> LocalRule {
        LocalRule::parse(text, Scope::default()).unwrap()
    }

    #[test]
    fn addresses_and_their_scopes() {
        let shown = |text: &str| {
            let rule = rule(text);
            format!("{} {rule}", rule.scope())
        };
        assert_eq!(shown("BBC.example."), "domain bbc.example");
        assert_eq!(
            shown("https://bbc.example/A?b#c"),
            "domain prefix bbc.example/A?b"
        );
        assert_eq!(shown("bbc.example:8080/"), "domain bbc.example:8080");
        assert_eq!(shown("192.0.2.77/24"), "network 192.0.2.0/24");
        assert_eq!(shown("2001:db8::/32"), "network 2001:db8::/32");
        assert_eq!(shown("192.0.2.7"), "domain 192.0.2.7");
    }

    #[test]
    fn what_is_none_or_too_broad() {
        for text in [
            "",
            "*.a.example",
            "com",
            "co.uk",
            "github.io",
            "a b",
            "0.0.0.0/0",
            "mailto:a@b",
            "http://",
        ] {
            assert!(LocalRule::parse(text, Scope::default()).is_err(), "{text}");
        }
        let scope = Scope {
            allow_public_suffix: true,
            allow_single_label: true,
            ..Scope::default()
        };
        assert!(
            LocalRule::parse("co.uk", scope).is_ok() && LocalRule::parse("intranet", scope).is_ok()
        );
        let host = Scope {
            host: Some(HostScope::Host),
            ..Scope::default()
        };
        assert!(LocalRule::parse("github.io", host).is_ok());
    }

    #[test]
    fn the_index_finds_every_rule_that_covers() {
        let texts = [
            "t.example",
            "a.b",
            "x.co",
            "bbc.co.uk",
            "bbc.co.uk/sport",
            "www.bbc.co.uk",
            "xbbc.co.uk",
            "192.0.2.1",
            "192.0.2.0/25",
            "[2001:db8::1]",
            "longer.name.of.a.host.example",
            "example",
        ];
        let scope = Scope {
            allow_public_suffix: true,
            allow_single_label: true,
            ..Scope::default()
        };
        let rules: Vec<LocalRule> = texts
            .iter()
            .map(|text| LocalRule::parse(text, scope).unwrap())
            .collect();
        let mut hits = 0;
        for used in 0..1u32 << texts.len() {
            if used % 7 != 0 {
                continue;
            }
            let some: Vec<&LocalRule> = rules
                .iter()
                .enumerate()
                .filter(|(at, _)| used >> at & 1 == 1)
                .map(|(_, rule)| rule)
                .collect();
            let index = AddressIndex::new(some.iter().copied());
            let gate = Gate::new(some.iter().copied());
            for text in [
                "t.example",
                "at.example",
                "a.b",
                "c.a.b",
                "x.co",
                "xx.co",
                "y.x.co",
                "bbc.co.uk/sport",
                "news.bbc.co.uk",
                "co.uk",
                "192.0.2.1",
                "192.0.2.9",
                "10.192.0.2.1.x",
                "[2001:db8::1]",
                "a.longer.name.of.a.host.example",
                "of.a.host.example",
                "example",
                "e",
            ] {
                let url = CanonicalUrl::parse(text).unwrap();
                let mut found = BTreeSet::new();
                index.candidates(&url, &mut |number| {
                    found.insert(number);
                });
                for (number, rule) in (0..).zip(&some) {
                    if rule.covers(&url) {
                        hits += 1;
                        assert!(found.contains(&number), "{rule} for {text}");
                        assert!(gate.may_have(url.host_text()), "{rule} for {text}");
                    }
                }
            }
        }
        assert!(hits > 1_000);
    }

    #[test]
    fn the_gate_stops_nearly_all_others() {
        let rules: Vec<LocalRule> = (0..1_000)
            .map(|number| rule(&format!("n{number:04x}.io")))
            .chain([rule("t.example"), rule("192.0.2.0/24")])
            .collect();
        for some in [&rules[..0], &rules[1_001..], &rules[1_000..]] {
            let gate = Gate::new(some.iter());
            let passes = (0..10_000)
                .filter(|number| gate.may_have(&format!("m{number:04x}.io")))
                .count();
            assert!(passes < 400, "{passes} with {} rules", some.len());
            assert_eq!(gate.may_have("198.51.100.1"), !some.is_empty());
            assert_eq!(gate.may_have("[2001:db8::1]"), !some.is_empty());
        }
        assert!(!Gate::default().may_have("a.example") && !Gate::default().may_have(""));
    }
}
