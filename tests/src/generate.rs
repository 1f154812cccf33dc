//! Generators: rules that nest, and addresses that hit them or just miss.

use crate::choices::Choices;
use crate::oracle::{Hosts, List, Paths, Rule, Subject};
use hedgerow::{
    Action, CanonicalUrl, Case, Compiler, Condition, Entry, HostScope, ListInfo, PathScope,
    Pattern, Result, lists::Format,
};
use std::net::IpAddr;

// Few labels, so that names nest and meet.
const LABELS: [&str; 18] = [
    "a",
    "b",
    "www",
    "www2",
    "ftp",
    "c",
    "web",
    "m",
    "wwwx",
    "ftp3a",
    "under_score",
    "a-",
    "ab",
    "xn--bcher-kva",
    "4",
    "web12",
    "B",
    "longer-label-than-others",
];
const REGISTERED: [&str; 8] = [
    "a",
    "b",
    "casino",
    "play",
    "xn--bcher-kva",
    "a_b",
    "ab",
    "www",
];
const ENDINGS: [&str; 10] = [
    "example",
    "test",
    "example",
    "co.uk",
    "com",
    "example",
    "test",
    "github.io",
    "sch.uk",
    "invalid",
];
const ADDRESSES: [&str; 9] = [
    "192.0.2.1",
    "192.0.2.2",
    "192.0.2.129",
    "10.0.0.1",
    "[2001:db8::1]",
    "[2001:db8::2]",
    "[2001:db8:1::]",
    "[::1]",
    "203.0.113.255",
];
const BLOCKS: [(&str, u8); 10] = [
    ("192.0.2.0", 24),
    ("192.0.2.0", 25),
    ("192.0.2.128", 25),
    ("192.0.2.1", 32),
    ("0.0.0.0", 0),
    ("2001:db8::", 32),
    ("2001:db8::", 64),
    ("2001:db8::1", 128),
    ("::", 0),
    ("10.0.0.0", 8),
];
const SEGMENTS: [&str; 14] = [
    "a",
    "b",
    "casino",
    "Casino",
    "x",
    "ab",
    "index.html",
    "%E9t%E9",
    "a;v=1",
    "a=b",
    "a&b",
    "under_score",
    "~user",
    "a%20b",
];
const QUERIES: [&str; 10] = [
    "", "a=1", "a=1&b=2", "b=2&a=1", "q=Casino", "a", "x=/y/", "a=1;b=2", "q=caf%E9", "a=12",
];
const PARTS: [&str; 6] = ["a=1", "a=*", "b=2", "a", "q=C*", "*"];
const EXPRESSIONS: [&str; 8] = [
    "casino",
    "(?i)CASINO",
    "^https?://www[0-9]*\\.",
    "\\.example/a",
    "[?&]a=1(&|$)",
    "b\\.test(:[0-9]+)?/$",
    "192\\.0\\.2\\.[0-9]+/",
    "%E9",
];
const CATEGORIES: [&str; 5] = ["gambling", "games", "adult", "ads", "news"];
const PORTS: [u16; 5] = [80, 443, 8080, 21, 3000];

/// A name: labels before a registered name before an ending, any of them
/// perhaps missing.
pub fn name(choices: &mut Choices<'_>) -> String {
    let mut labels: Vec<&str> = Vec::new();
    for _ in 0..choices.pick(&[0, 0, 1, 1, 1, 2, 3]) {
        labels.push(choices.pick(&LABELS[..16]));
    }
    if !choices.one_in(25) {
        labels.push(choices.pick(&REGISTERED));
    }
    if labels.is_empty() || !choices.one_in(40) {
        labels.push(choices.pick(&ENDINGS));
    }
    if choices.one_in(60) {
        // Hosts deeper than a search has room for on its stack.
        let deep = vec!["d"; 30];
        labels.splice(0..0, deep);
    }
    canonical_host(&labels.join("."))
}

/// A name in the form that rules have; what is none becomes one that is.
fn canonical_host(text: &str) -> String {
    CanonicalUrl::parse(text).map_or_else(
        |_| "odd.example".to_owned(),
        |url| url.host_text().to_owned(),
    )
}

fn host(choices: &mut Choices<'_>) -> String {
    if choices.one_in(8) {
        choices.pick(&ADDRESSES).to_owned()
    } else {
        name(choices)
    }
}

/// A path and query, not always canonical.
pub fn target(choices: &mut Choices<'_>) -> String {
    let mut text = String::new();
    for _ in 0..choices.pick(&[1, 1, 2, 2, 3, 0, 4]) {
        text.push('/');
        text.push_str(choices.pick(&SEGMENTS));
    }
    if text.is_empty() || choices.one_in(4) {
        text.push('/');
    }
    if choices.one_in(50) {
        text.push_str(&"long/".repeat(80));
    }
    if choices.one_in(4) {
        text.push('?');
        text.push_str(choices.pick(&QUERIES));
    }
    text
}

fn canonical_target(choices: &mut Choices<'_>) -> String {
    let text = format!("http://x.example{}", target(choices));
    CanonicalUrl::parse(&text).map_or_else(|_| "/".to_owned(), |url| url.target().to_owned())
}

/// A rule. Hosts and paths are drawn from few, so that rules nest; a third
/// build upon a rule before.
pub fn rule(choices: &mut Choices<'_>, before: &[Rule], line: u64) -> Rule {
    let mut subject = match choices.below(40) {
        37 => {
            let (address, prefix) = choices.pick(&BLOCKS);
            address.parse().map_or_else(
                |_| site(choices),
                |address: IpAddr| Subject::Block(address, prefix),
            )
        }
        38 => regex::Regex::new(choices.pick(&EXPRESSIONS))
            .map_or_else(|_| site(choices), Subject::Expression),
        _ => site(choices),
    };
    if !before.is_empty() && choices.one_in(3) {
        let model = choices.pick_ref(before);
        vary(choices, &mut subject, model);
    }
    let plain = !choices.one_in(5);
    Rule {
        subject,
        category: choices.pick(&CATEGORIES).to_owned(),
        is_exception: choices.one_in(6),
        is_important: choices.one_in(15),
        cancels: choices.one_in(40),
        port: (!plain && choices.one_in(3)).then(|| choices.pick(&PORTS)),
        query_parts: if !plain && choices.one_in(3) {
            (0..1 + choices.below(2))
                .map(|_| choices.pick(&PARTS).to_owned())
                .collect()
        } else {
            Vec::new()
        },
        except: if !plain && choices.one_in(3) {
            vec![name(choices)]
        } else {
            Vec::new()
        },
        line,
    }
}

fn site(choices: &mut Choices<'_>) -> Subject {
    let host = host(choices);
    let hosts = choices.pick(&[
        Hosts::Domain,
        Hosts::Host,
        Hosts::WebHost,
        Hosts::Subdomains,
        Hosts::Domain,
        Hosts::WebHost,
    ]);
    let (path, paths) = match choices.below(5) {
        0 | 1 => (None, Paths::Any),
        2 | 3 => (Some(canonical_target(choices)), Paths::Prefix),
        _ => (Some(canonical_target(choices)), Paths::Exact),
    };
    Subject::Site {
        host,
        hosts,
        path,
        paths,
        ignore_case: choices.one_in(2),
    }
}

/// Makes the rule speak of the same host as one before, or of one below.
fn vary(choices: &mut Choices<'_>, subject: &mut Subject, before: &Rule) {
    let (
        Subject::Site { host, path, .. },
        Subject::Site {
            host: other,
            path: other_path,
            ..
        },
    ) = (subject, &before.subject)
    else {
        return;
    };
    other.clone_into(host);
    if choices.one_in(3) && !is_ip(host) {
        *host = format!("{}.{host}", choices.pick(&LABELS[..16]));
    }
    if let (Some(path), Some(other)) = (path, other_path) {
        if choices.one_in(2) {
            other.clone_into(path);
        } else if !other.contains('?') {
            let more = canonical_target(choices);
            *path = format!("{}{more}", other.trim_end_matches('/'));
        }
    }
}

fn is_ip(host: &str) -> bool {
    host.starts_with('[') || host.parse::<IpAddr>().is_ok()
}

/// One list with `rules` rules.
pub fn list(choices: &mut Choices<'_>, name: String, rules: usize) -> List {
    let mut list = List {
        name,
        narrowest_wins: choices.one_in(4),
        allow_public_suffix: choices.one_in(4),
        allow_single_label: choices.one_in(4),
        rules: Vec::new(),
    };
    let has_exceptions = list.narrowest_wins || choices.one_in(3);
    // In one category rules cover each other, across categories never.
    let category = choices.one_in(3).then(|| choices.pick(&CATEGORIES));
    for line in 1..=rules as u64 {
        if choices.is_empty() {
            break;
        }
        let mut next = rule(choices, &list.rules, line);
        next.is_exception &= has_exceptions;
        if let Some(category) = category {
            category.clone_into(&mut next.category);
        }
        list.rules.push(next);
        // What is cancelled, and what stands twice.
        if let Some(rule) = list.rules.last().filter(|_| choices.one_in(30)) {
            let mut twin = rule.clone();
            twin.cancels = choices.one_in(2);
            list.rules.push(twin);
        }
    }
    list
}

/// Layers of lists with some `rules` rules in all.
pub fn layers(choices: &mut Choices<'_>, layers: usize, rules: usize) -> Vec<Vec<List>> {
    (0..layers)
        .map(|_| {
            let lists = 1 + choices.below(4);
            (0..lists)
                .map(|number| list(choices, format!("list-{number}"), rules / lists / layers))
                .collect()
        })
        .collect()
}

/// An address that has to do with the rules of `layers`, more often than not.
pub fn address(choices: &mut Choices<'_>, layers: &[Vec<List>]) -> String {
    let mut address = plain_address(choices, layers);
    for _ in 0..choices.pick(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 5]) {
        address = wrapped(choices, &address);
    }
    address
}

fn plain_address(choices: &mut Choices<'_>, layers: &[Vec<List>]) -> String {
    let from = if choices.one_in(5) {
        None
    } else {
        let lists = choices.pick_ref(layers);
        let rules = &choices.pick_ref(lists).rules;
        (!rules.is_empty()).then(|| choices.pick_ref(rules))
    };
    let (mut host, mut target) = match from.map(|rule| &rule.subject) {
        Some(Subject::Site { host, path, .. }) => (
            host.clone(),
            path.clone().unwrap_or_else(|| target(choices)),
        ),
        Some(Subject::Block(address, _)) => {
            let host = match address {
                IpAddr::V4(address) => address.to_string(),
                IpAddr::V6(address) => format!("[{address}]"),
            };
            (host, target(choices))
        }
        _ => (self::host(choices), target(choices)),
    };
    if !is_ip(&host) {
        host = moved_host(choices, host);
    }
    target = moved_target(choices, target);
    let port = match from.and_then(|rule| rule.port) {
        Some(port) if !choices.one_in(4) => format!(":{port}"),
        _ if choices.one_in(10) => format!(":{}", choices.pick(&PORTS)),
        _ => String::new(),
    };
    let scheme = choices.pick(&["https://", "http://", "", "https://", "HTTP://", "ftp://"]);
    let userinfo = if choices.one_in(40) { "user:pass@" } else { "" };
    let scheme = if userinfo.is_empty() {
        scheme
    } else {
        "http://"
    };
    let fragment = if choices.one_in(20) { "#top/a" } else { "" };
    match choices.below(60) {
        // A bare host, a proxy's CONNECT, and no address at all.
        57 => host,
        58 => format!("{host}:443"),
        59 => (choices.pick(&[
            "",
            "javascript:alert(1)",
            "http://",
            "a b",
            "http://a.example:99999/",
            "data:text/plain,casino",
            "http://[::1",
        ]))
        .to_owned(),
        _ => format!("{scheme}{userinfo}{host}{port}{target}{fragment}"),
    }
}

fn moved_host(choices: &mut Choices<'_>, host: String) -> String {
    match choices.below(14) {
        5 => host
            .split_once('.')
            .map_or(host.clone(), |(_, parent)| parent.to_owned()),
        6 => format!("{}.{host}", choices.pick(&LABELS)),
        7 => format!("www.{host}"),
        8 => format!("www3.{}.{host}", choices.pick(&LABELS)),
        9 => host.strip_prefix("www.").unwrap_or(&host).to_owned(),
        10 => match host.split_once('.') {
            Some((_, parent)) => format!("{}.{parent}", choices.pick(&LABELS)),
            None => host,
        },
        // Ends like the host but is another.
        11 => format!("x{host}"),
        12 => host.to_ascii_uppercase(),
        13 => format!("{host}."),
        _ => host,
    }
}

fn moved_target(choices: &mut Choices<'_>, target: String) -> String {
    match choices.below(20) {
        5 => format!("{target}/more"),
        6 => format!("{target}more"),
        7 => format!("{target}?a=1&b=2"),
        8 => format!("{target};v=2"),
        9 => format!("{target}&x=1"),
        10 => format!("{target}=1"),
        11 => format!("{target}/"),
        12 => target.trim_end_matches('/').to_owned(),
        13 => target.to_ascii_uppercase(),
        14 => target.to_ascii_lowercase(),
        15 => format!("/a/..{target}"),
        16 => target.replacen('a', "%61", 2),
        17 => target.replacen('/', "//", 2),
        18 => target
            .split_once('?')
            .map_or(target.clone(), |(path, _)| path.to_owned()),
        19 => {
            let mut shorter = target;
            shorter.pop();
            if shorter.is_empty() || !shorter.is_ascii() {
                shorter = "/".to_owned();
            }
            shorter
        }
        _ => target,
    }
}

fn wrapped(choices: &mut Choices<'_>, address: &str) -> String {
    match choices.below(3) {
        0 => format!("https://web.archive.org/web/2020/{address}"),
        1 => {
            let mut carried = String::new();
            for byte in address.bytes() {
                carried.push_str(&format!("%{byte:02X}"));
            }
            format!("https://www.google.com/url?q={carried}&sa=D")
        }
        _ => format!("http://archive.is/newest/{address}"),
    }
}

/// The rule as the compiler takes it.
pub fn push(rule: &Rule, take: &mut dyn FnMut(&Entry<'_>) -> Result<()>) -> Result<()> {
    let pattern = match &rule.subject {
        Subject::Site {
            host,
            hosts,
            path,
            paths,
            ignore_case,
        } => Pattern::Address {
            host,
            host_scope: match hosts {
                Hosts::Domain => HostScope::Domain,
                Hosts::Host => HostScope::Host,
                Hosts::Subdomains => HostScope::Subdomains,
                Hosts::WebHost => HostScope::WebHost,
            },
            path: path.as_deref(),
            path_scope: match paths {
                Paths::Any => PathScope::Any,
                Paths::Prefix => PathScope::Prefix,
                Paths::Exact => PathScope::Exact,
            },
            case: if *ignore_case {
                Case::Insensitive
            } else {
                Case::Sensitive
            },
        },
        Subject::Block(address, prefix) => {
            let text = format!("{address}/{prefix}");
            let network = text.parse().map_err(|_| {
                hedgerow::Error::new(hedgerow::ErrorKind::Manifest, "a generated network is none")
            })?;
            Pattern::Network(network)
        }
        Subject::Expression(regex) => Pattern::Regex(regex.as_str()),
    };
    take(&Entry {
        pattern,
        action: if rule.is_exception {
            Action::Allow
        } else {
            Action::List
        },
        important: rule.is_important,
        cancels: rule.cancels,
        condition: Condition {
            port: rule.port,
            query_parts: rule.query_parts.clone(),
            except_domains: rule.except.clone(),
        },
        category: Some(&rule.category),
        line: rule.line,
    })
}

/// What the compiler is told of the list.
#[must_use]
pub fn info(list: &List) -> ListInfo {
    ListInfo {
        format: list.narrowest_wins.then_some(Format::Rpz),
        allow_public_suffix: list.allow_public_suffix,
        allow_single_label: list.allow_single_label,
        ..ListInfo::new(list.name.clone(), "")
    }
}

/// Gives `compiler` the lists of one layer.
///
/// # Errors
///
/// Those of the compiler.
pub fn push_lists(compiler: &mut Compiler, lists: &[List]) -> Result<()> {
    for list in lists {
        let mut taker = compiler.list(info(list))?;
        for rule in &list.rules {
            push(rule, &mut |entry| taker.push(entry))?;
        }
    }
    Ok(())
}
