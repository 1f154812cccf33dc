//! Which format a list is in, from its name and its beginning.

use super::hosts::sink;
use super::reading::{before_comment, trim};
use super::{Format, host};

/// The format of a list named `file_name` (the last part of its path) that
/// begins with `head`; about 64 KiB of it are enough. `None` when neither
/// tells.
///
/// Names that tools fix (`domains`, `urls`, `expressions`, `hosts`,
/// `bannedsitelist`, `*.rpz`, `*.csv`) are believed; else the kind that most
/// lines are of decides. Lines of hosts with paths say too little: whether
/// their paths are compared in either case, and what their hosts cover,
/// differs from format to format.
///
/// # Examples
///
/// ```
/// use hedgerow::lists::{Format, detect};
///
/// assert_eq!(detect(b"", "domains"), Some(Format::SquidGuardDomains));
/// assert_eq!(detect(b"0.0.0.0 ads.example\n", "list.txt"), Some(Format::Hosts));
/// assert_eq!(detect(b"! Title: x\n||ads.example^\n", "list.txt"), Some(Format::Adblock));
/// assert_eq!(detect(b"# x\nads.example\n", "list.txt"), Some(Format::Domains));
/// assert_eq!(detect(b"ads.example/x\n", "list.txt"), None);
/// ```
#[must_use]
pub fn detect(head: &[u8], file_name: &str) -> Option<Format> {
    let name = file_name
        .rsplit(['/', '\\'])
        .next()
        .unwrap_or(file_name)
        .to_ascii_lowercase();
    from_name(&name).or_else(|| from_content(&decoded(head), &name))
}

fn from_name(name: &str) -> Option<Format> {
    let stem = name.strip_suffix(".txt").unwrap_or(name);
    let e2guardian = [
        "banned",
        "exception",
        "grey",
        "local",
        "blanket",
        "log",
        "embedded",
    ]
    .iter()
    .any(|kind| stem.starts_with(kind))
        || stem.ends_with("list");
    Some(match stem {
        "domains" => Format::SquidGuardDomains,
        "urls" => Format::SquidGuardUrls,
        "expressions" | "expression" | "very_restrictive_expression" => {
            Format::SquidGuardExpressions
        }
        "hosts" => Format::Hosts,
        _ if e2guardian && stem.ends_with("regexpurllist") => Format::E2guardianRegexps,
        _ if e2guardian && stem.ends_with("iplist") => Format::E2guardianIps,
        _ if e2guardian && stem.ends_with("sitelist") => Format::E2guardianSites,
        _ if e2guardian && stem.ends_with("urllist") => Format::E2guardianUrls,
        _ => match name.rsplit_once('.')?.1 {
            "rpz" => Format::Rpz,
            "csv" | "tsv" => Format::Csv,
            "hosts" => Format::Hosts,
            "adblock" => Format::Adblock,
            _ => return None,
        },
    })
}

fn decoded(head: &[u8]) -> String {
    let little = head.starts_with(b"\xFF\xFE");
    if little || head.starts_with(b"\xFE\xFF") {
        let units = head[2..].chunks_exact(2).map(|pair| {
            let pair = [pair[0], pair[1]];
            if little {
                u16::from_le_bytes(pair)
            } else {
                u16::from_be_bytes(pair)
            }
        });
        return char::decode_utf16(units)
            .map(|c| c.unwrap_or('\u{FFFD}'))
            .collect();
    }
    String::from_utf8_lossy(head).into_owned()
}

/// What kind of line a line is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Adblock,
    Dnsmasq,
    Unbound,
    Rpz,
    Hosts,
    Wildcard,
    Dotted,
    Domain,
    Path,
    Url,
    Other,
}

const KINDS: usize = Kind::Other as usize + 1;

fn from_content(text: &str, name: &str) -> Option<Format> {
    let text = text.trim_start_matches(['\u{FEFF}', ' ', '\t', '\r', '\n']);
    if text.starts_with("[Adblock") || text.starts_with("[uBlock") || text.starts_with("[AdGuard") {
        return Some(Format::Adblock);
    }
    if text.starts_with('{') || text.starts_with("[\"") || name.strip_suffix(".json").is_some() {
        return text
            .contains("URLBlocklist")
            .then_some(Format::UrlBlocklist)
            .or_else(|| text.starts_with("[").then_some(Format::UrlBlocklist));
    }
    let mut counts = [0_usize; KINDS];
    let mut marks = false;
    let mut first = None;
    // CR alone ends a line too; the empty lines of CRLF do no harm.
    for line in text.split(['\n', '\r']) {
        let line = trim(line);
        marks |= line.starts_with("#listcategory:") || line.starts_with(".Include<");
        if line.is_empty() || line.starts_with(['#', ';']) && !line.starts_with("##") {
            continue;
        }
        // A comment of adblock lists counts for them, but not as a line.
        if line.starts_with('!') {
            counts[Kind::Adblock as usize] += usize::from(counts[Kind::Adblock as usize] == 0);
            continue;
        }
        first.get_or_insert(line);
        counts[kind(line) as usize] += 1;
    }
    let of = |kind: Kind| counts[kind as usize];
    let total: usize = counts.iter().sum();
    if marks {
        let paths = of(Kind::Path) * 2 > total;
        return Some(if paths {
            Format::E2guardianUrls
        } else {
            Format::E2guardianSites
        });
    }
    // A few lines of one of these kinds are enough: plain domains stand in
    // such lists too, and such lines in no other.
    let some = |kind| of(kind) > 0 && of(Kind::Other) * 2 <= total;
    if some(Kind::Rpz) && text.contains("SOA") {
        return Some(Format::Rpz);
    }
    for (kind, format) in [
        (Kind::Dnsmasq, Format::Dnsmasq),
        (Kind::Unbound, Format::Unbound),
        (Kind::Adblock, Format::Adblock),
        (Kind::Rpz, Format::Rpz),
    ] {
        if some(kind) {
            return Some(format);
        }
    }
    let most = |kind: Kind| of(kind) * 2 > total;
    if most(Kind::Hosts) {
        return Some(Format::Hosts);
    }
    let hosts = of(Kind::Wildcard) + of(Kind::Domain) + of(Kind::Dotted);
    if of(Kind::Wildcard) > 0 && hosts * 2 > total {
        return Some(Format::Wildcard);
    }
    if of(Kind::Dotted) > of(Kind::Domain) && hosts * 2 > total {
        return Some(Format::SquidDstdomain);
    }
    if hosts * 2 > total {
        return Some(Format::Domains);
    }
    let header = first.is_some_and(|line| {
        line.split([',', ';', '\t', '|'])
            .any(|name| trim(name).trim_matches('"').eq_ignore_ascii_case("url"))
    });
    (most(Kind::Url) || header).then_some(Format::Csv)
}

fn kind(line: &str) -> Kind {
    if line.starts_with("||")
        || line.starts_with("@@")
        || line.contains("##")
        || line.contains("#@#")
    {
        return Kind::Adblock;
    }
    let directive = line.split_once("=/").map(|(name, _)| name);
    if matches!(directive, Some("address" | "server" | "local")) {
        return Kind::Dnsmasq;
    }
    if line.starts_with("local-zone:") || line.starts_with("local-data:") || line == "server:" {
        return Kind::Unbound;
    }
    let record = line
        .split_whitespace()
        .skip(1)
        .take(3)
        .any(|word| word.eq_ignore_ascii_case("CNAME") || word.eq_ignore_ascii_case("SOA"));
    if record || line.starts_with("$TTL") || line.starts_with("$ORIGIN") {
        return Kind::Rpz;
    }
    let line = before_comment(line);
    if let Some((first, _)) = line.split_once(char::is_whitespace) {
        return if sink(first).is_some() {
            Kind::Hosts
        } else {
            Kind::Other
        };
    }
    if line.starts_with("*.") {
        return Kind::Wildcard;
    }
    if host::has_scheme(line) {
        return Kind::Url;
    }
    let (kind, name) = match line.strip_prefix('.') {
        Some(name) => (Kind::Dotted, name),
        None if line.contains('/') && line.parse::<ipnet::IpNet>().is_err() => (Kind::Path, line),
        None => (Kind::Domain, line),
    };
    let host = name.split('/').next().unwrap_or_default();
    if host.contains(['.', ':']) && host::canonical(host).is_some() {
        kind
    } else {
        Kind::Other
    }
}
