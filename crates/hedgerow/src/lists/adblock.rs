//! AdGuard, Adblock Plus and uBlock Origin lists: what covers whole addresses.
//!
//! | a line | covers |
//! |---|---|
//! | `\|\|d^`, `\|\|d^\|`, `\|\|d`, `d` | the domain |
//! | `\|d^` | that host |
//! | `\|\|*.d^` | the hosts below it |
//! | `\|\|d/path`, `\|\|d/path^` | the domain and a path prefix, which ends at a boundary |
//! | `\|\|d/path\|` | the domain and that path |
//! | `\|\|d:8080^` | the domain on that port |
//! | `\|\|ads*.d^`, `\|\|d/*/x`, `\|\|ads.` | the same, as a regular expression |
//! | `/re/$document` | the expression |
//! | `0.0.0.0 d` | that host, as in a [hosts file](super::hosts) |
//!
//! `@@` makes an exception. Of the modifiers, `document`, `doc` and `all` say
//! that whole pages are meant, `important` and `badfilter` are kept
//! ([`Entry::important`], [`Entry::cancels`]), `denyallow=` excepts domains.
//!
//! Left out as narrower: cosmetic rules; rules for one kind of request, party,
//! page, client or scheme; patterns that begin in the middle of an address;
//! regular expressions without `document`, which browsers apply to parts of
//! pages; everything between `!#if` and `!#endif`. A modifier that is not
//! known leaves its rule out.
//!
//! A pattern of these lists is compared without regard to case by its own
//! tools; here the case of a path matters unless the manifest says otherwise,
//! which covers less, not more.
//!
//! ```
//! use hedgerow::lists::{read, Collected, Format, ListOptions};
//!
//! let list = "[Adblock Plus 2.0]\n! why\n||casino.example^\n||news.example/bets\n\
//!             @@||help.casino.example^$important\n||ads*.example^\n||x.example^$third-party\n\
//!             example.com##.ad\n||y.example^$denyallow=a.y.example,doc\n||z.example^$zap\n";
//! let mut sink = Collected::default();
//! read(&mut list.as_bytes(), Format::Adblock, &ListOptions::default(), &mut sink)?;
//! assert_eq!(
//!     sink.entries,
//!     [
//!         "domain casino.example",
//!         "domain news.example prefix /bets",
//!         "important allow domain help.casino.example",
//!         "regex ^[a-z][a-z0-9+.-]*://(?:[^/?#:]*\\.)?ads[^/?#:]*\\.example(?:[^A-Za-z0-9_.%-]|$)",
//!         "domain y.example except=a.y.example",
//!     ]
//! );
//! let reasons: Vec<_> = sink.left_out.iter().map(|(line, reason, _)| (*line, *reason)).collect();
//! assert_eq!(reasons, [(7, "narrower"), (8, "narrower"), (10, "unknown-modifier")]);
//! # Ok::<(), hedgerow::Error>(())
//! ```

use super::hosts::{hosts_line, sink};
use super::lines::Lines;
use super::reading::{Reading, before_comment, trim};
use super::{Reason, host, regexp};
use crate::error::Result;
use crate::rule::{Action, Case, Condition, Entry, HostScope, PathScope, Pattern};

pub(super) fn read(lines: &mut Lines<'_>, reading: &mut Reading<'_>) -> Result<()> {
    // How many `!#if` are open.
    let mut conditional = 0_u32;
    while let Some(line) = lines.next()? {
        let Some((number, text)) = reading.line(line) else {
            continue;
        };
        if let Some(directive) = text.strip_prefix("!#") {
            let directive = trim(directive);
            if directive.starts_with("if") {
                conditional += 1;
            } else if directive.starts_with("endif") {
                conditional = conditional.saturating_sub(1);
            } else if directive.starts_with("include") {
                reading.left_out(number, Reason::Include, text);
                continue;
            }
            reading.ignored();
            continue;
        }
        if is_comment(text) {
            reading.ignored();
            continue;
        }
        if conditional > 0 {
            reading.left_out(number, Reason::Narrower, text);
            continue;
        }
        if let Err(reason) = rule(reading, number, text)? {
            reading.left_out(number, reason, text);
        }
    }
    Ok(())
}

fn is_comment(text: &str) -> bool {
    if text.starts_with('!') {
        return true;
    }
    // `[$path=/x]##.ad` is a rule of AdGuard's, `[2001:db8::1]` a host.
    if let Some(header) = text.strip_prefix('[') {
        return header.ends_with(']')
            && header.starts_with(|c: char| c.is_ascii_alphabetic())
            && !header.contains("::");
    }
    text.starts_with('#') && cosmetic(text).is_none()
}

/// Where a cosmetic rule's separator stands: `##`, `#@#`, `#?#`, `#$?#`, `$$`.
fn cosmetic(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    for at in memchr::memchr_iter(b'#', bytes) {
        let marks = bytes[at + 1..]
            .iter()
            .take_while(|b| b"@?$%".contains(b))
            .count();
        if bytes.get(at + 1 + marks) == Some(&b'#') {
            // `## title` is a comment of lists that are kept by hand.
            let after = bytes.get(at + 2 + marks);
            if at == 0 && marks == 0 && matches!(after, None | Some(b' ' | b'\t')) {
                return None;
            }
            return Some(at);
        }
    }
    None
}

/// What the modifiers of a rule say.
#[derive(Default)]
struct Modifiers {
    document: bool,
    important: bool,
    cancels: bool,
    match_case: bool,
    except: Vec<String>,
}

/// Reads a rule; the inner error is why it is left out.
fn rule(
    reading: &mut Reading<'_>,
    number: u64,
    text: &str,
) -> Result<std::result::Result<(), Reason>> {
    if cosmetic(text).is_some()
        || text.contains("$$")
        || text.contains("$@$")
        || text.starts_with("[$")
    {
        return Ok(Err(Reason::Narrower));
    }
    let (action, body) = match text.strip_prefix("@@") {
        Some(body) => (Action::Allow, body),
        None => (Action::List, text),
    };
    if let Some((first, _)) = body.split_once(char::is_whitespace) {
        let plain = before_comment(body);
        if sink(first).is_some() && action == Action::List {
            hosts_line(reading, number, plain)?;
            return Ok(Ok(()));
        }
        // A modifier's value may hold spaces, a pattern may not.
        if split_modifiers(plain).0.contains(char::is_whitespace) {
            return Ok(Err(Reason::Syntax));
        }
        return rule_body(reading, number, plain, action);
    }
    rule_body(reading, number, body, action)
}

fn rule_body(
    reading: &mut Reading<'_>,
    number: u64,
    body: &str,
    action: Action,
) -> Result<std::result::Result<(), Reason>> {
    let (pattern, modifiers) = split_modifiers(body);
    let modifiers = match modifiers.map_or(Ok(Modifiers::default()), read_modifiers) {
        Ok(modifiers) => modifiers,
        Err(reason) => return Ok(Err(reason)),
    };
    let case = if modifiers.match_case {
        Case::Sensitive
    } else {
        reading.options.case.unwrap_or(Case::Sensitive)
    };
    let emit = |reading: &mut Reading<'_>, pattern: Pattern<'_>, port: Option<u16>| {
        let mut entry = Entry::new(pattern, number);
        entry.action = action;
        entry.important = modifiers.important;
        entry.cancels = modifiers.cancels;
        entry.condition = Condition {
            port,
            query_parts: Vec::new(),
            except_domains: modifiers.except.clone(),
        };
        reading.entry(entry)
    };
    if let Some(expression) = expression(pattern) {
        if !modifiers.document {
            return Ok(Err(Reason::Narrower));
        }
        // A browser compares these without regard to case.
        let case = if modifiers.match_case {
            Case::Sensitive
        } else {
            Case::Insensitive
        };
        return match regexp::translate(expression, regexp::Dialect::JavaScript, case) {
            Ok(regex) => emit(reading, Pattern::Regex(&regex), None).map(Ok),
            Err(reason) => Ok(Err(reason)),
        };
    }
    match shape(pattern, case) {
        Err(reason) => Ok(Err(reason)),
        Ok(Shape::Regex(regex)) => {
            match regexp::translate(&regex, regexp::Dialect::JavaScript, Case::Sensitive) {
                Ok(regex) => emit(reading, Pattern::Regex(&regex), None).map(Ok),
                Err(reason) => Ok(Err(reason)),
            }
        }
        Ok(Shape::Address {
            text,
            host_scope,
            path_scope,
        }) => {
            let Some(place) = host::place(text) else {
                return Ok(Err(Reason::NoHost));
            };
            let host_scope = match host_scope {
                HostScope::Domain => reading.options.host_scope.unwrap_or(HostScope::Domain),
                scope => scope,
            };
            let path_scope = match (&place.target, path_scope) {
                (None, _) => PathScope::Any,
                (Some(_), PathScope::Prefix) => {
                    reading.options.path_scope.unwrap_or(PathScope::Prefix)
                }
                (Some(_), scope) => scope,
            };
            let target = place.target.filter(|_| path_scope != PathScope::Any);
            let target = target.map(|target| match case {
                Case::Insensitive => target.to_ascii_lowercase(),
                Case::Sensitive => target.into_owned(),
            });
            let pattern = Pattern::Address {
                host: &place.host,
                host_scope,
                path: target.as_deref(),
                path_scope,
                case,
            };
            emit(reading, pattern, place.port).map(Ok)
        }
    }
}

/// The expression of a `/…/` rule.
fn expression(pattern: &str) -> Option<&str> {
    let inner = pattern.strip_prefix('/')?.strip_suffix('/')?;
    (!inner.is_empty()).then_some(inner)
}

/// Parts a rule at the `$` that begins its modifiers.
fn split_modifiers(body: &str) -> (&str, Option<&str>) {
    // Inside an expression `$` is an anchor.
    let from = match body.strip_prefix('/').and_then(|rest| rest.rfind("/$")) {
        Some(at) => at + 2,
        None if expression(body).is_some() => return (body, None),
        None => 0,
    };
    // Where the next of either is, kept so that many `$` cost one pass.
    let (mut path_mark, mut equals) = (0, 0);
    for (at, _) in body[from..].match_indices('$') {
        let at = at + from;
        let modifiers = &body[at + 1..];
        if body[..at].ends_with('\\') {
            continue;
        }
        let next = |known: usize, marks: &[char]| match known {
            _ if known > at => known,
            _ => modifiers
                .find(marks)
                .map_or(body.len(), |found| at + 1 + found),
        };
        path_mark = next(path_mark, &['/', '?', '&']);
        equals = next(equals, &['=']);
        // An address may hold `$` too; what follows it is no modifier then.
        let named = modifiers
            .starts_with(|c: char| c.is_ascii_lowercase() || matches!(c, '~' | '_' | '1' | '3'));
        if modifiers.is_empty() || named && (path_mark == body.len() || equals < path_mark) {
            return (&body[..at], Some(modifiers));
        }
    }
    (body, None)
}

/// Modifiers that make a rule cover less than whole addresses: one party, one
/// kind of request, some pages or clients, or another deed than blocking.
const NARROWER: &[&str] = &[
    "third-party",
    "3p",
    "first-party",
    "1p",
    "strict1p",
    "strict3p",
    "strict-first-party",
    "strict-third-party",
    "domain",
    "from",
    "to",
    "app",
    "method",
    "ctag",
    "client",
    "dnstype",
    "dnsrewrite",
    "header",
    "ipaddress",
    "script",
    "image",
    "stylesheet",
    "css",
    "object",
    "object-subrequest",
    "xmlhttprequest",
    "xhr",
    "subdocument",
    "frame",
    "ping",
    "beacon",
    "websocket",
    "webrtc",
    "media",
    "font",
    "other",
    "inline-script",
    "inline-font",
    "popup",
    "popunder",
    "csp",
    "redirect",
    "redirect-rule",
    "removeparam",
    "queryprune",
    "replace",
    "cookie",
    "rewrite",
    "permissions",
    "urltransform",
    "urlskip",
    "uritransform",
    "generichide",
    "ghide",
    "elemhide",
    "ehide",
    "specifichide",
    "shide",
    "genericblock",
    "jsinject",
    "content",
    "urlblock",
    "extension",
    "stealth",
    "removeheader",
    "hls",
    "jsonprune",
    "xmlprune",
    "network",
    "empty",
    "mp4",
    "reason",
    "referrerpolicy",
    "sitekey",
    "background",
    "cname",
    "webbundle",
];

fn read_modifiers(text: &str) -> std::result::Result<Modifiers, Reason> {
    let mut modifiers = Modifiers::default();
    let mut narrower = false;
    let mut kinds = false;
    for modifier in split_commas(text) {
        let modifier = trim(modifier);
        let (name, value) = match modifier.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (modifier, None),
        };
        match (name, value) {
            ("document" | "doc" | "all", None) => modifiers.document = true,
            ("important", None) => modifiers.important = true,
            ("badfilter", None) => modifiers.cancels = true,
            ("match-case", None) => modifiers.match_case = true,
            ("denyallow", Some(domains)) => {
                for domain in domains.split('|') {
                    // What cannot be excepted must not be covered.
                    let host = host::canonical(domain).ok_or(Reason::Narrower)?;
                    modifiers.except.push(host.into_owned());
                }
            }
            ("", None) if text.is_empty() => {}
            // AdGuard's placeholder, which means nothing.
            (name, None) if !name.is_empty() && name.bytes().all(|b| b == b'_') => {}
            (name, value) => {
                let bare = name.strip_prefix('~').unwrap_or(name);
                if !NARROWER.contains(&bare) && !matches!(bare, "document" | "doc" | "all") {
                    return Err(Reason::UnknownModifier);
                }
                // `$script,document` covers pages, and more; `$~script` and
                // `$domain=` do not become whole by it.
                if value.is_none() && bare == name && KINDS.contains(&bare) {
                    kinds = true;
                } else {
                    narrower = true;
                }
            }
        }
    }
    if narrower || (kinds && !modifiers.document) {
        return Err(Reason::Narrower);
    }
    Ok(modifiers)
}

/// Kinds of request, which may stand beside `document`.
const KINDS: &[&str] = &[
    "script",
    "image",
    "stylesheet",
    "css",
    "object",
    "xmlhttprequest",
    "xhr",
    "subdocument",
    "frame",
    "ping",
    "beacon",
    "websocket",
    "webrtc",
    "media",
    "font",
    "other",
    "popup",
    "inline-script",
    "inline-font",
    "background",
];

/// Parts modifiers at commas that are not escaped.
fn split_commas(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let mut escaped = false;
        for (at, c) in text.char_indices() {
            match c {
                '\\' => escaped = !escaped,
                ',' if !escaped => {
                    rest = Some(&text[at + 1..]);
                    return Some(&text[..at]);
                }
                _ => escaped = false,
            }
        }
        rest = None;
        Some(text)
    })
}

/// What a pattern covers.
enum Shape<'a> {
    Address {
        text: &'a str,
        host_scope: HostScope,
        path_scope: PathScope,
    },
    Regex(String),
}

fn shape(pattern: &str, case: Case) -> std::result::Result<Shape<'_>, Reason> {
    let whole = |text, host_scope| Shape::Address {
        text,
        host_scope,
        path_scope: PathScope::Any,
    };
    let Some(rest) = pattern.strip_prefix("||") else {
        if let Some(rest) = pattern.strip_prefix('|') {
            // `|http…` names a scheme; `|d^` is how DNS lists name one host.
            return match rest.strip_suffix('^').or_else(|| rest.strip_suffix("^|")) {
                Some(name) if is_host(name) => Ok(whole(name, HostScope::Host)),
                _ => Err(Reason::Narrower),
            };
        }
        let name = pattern.strip_suffix('^').unwrap_or(pattern);
        if is_host(name) && name.trim_matches('.').contains(['.', ':']) && !name.starts_with('.') {
            return Ok(whole(name, HostScope::Domain));
        }
        // An error page's lines are no patterns either.
        return Err(
            if pattern.is_empty() || pattern.contains(['{', '}', '<', '>', '"']) {
                Reason::Syntax
            } else {
                Reason::Narrower
            },
        );
    };
    if rest.is_empty() {
        return Err(Reason::Syntax);
    }
    let host_end = rest.find(['/', '^', '?', '|']).unwrap_or(rest.len());
    let (name, after) = rest.split_at(host_end);
    if after.is_empty() || matches!(after, "^" | "^|" | "^*" | "|" | "/" | "/*" | "/^" | "^/*") {
        if let Some(below) = name.strip_prefix("*.")
            && is_host(below)
        {
            return Ok(whole(below, HostScope::Subdomains));
        }
        // Without a separator `||ads.` goes on: it is no host.
        if is_host(name) && (!after.is_empty() || !name.ends_with('.')) {
            return Ok(whole(name, HostScope::Domain));
        }
    } else if is_host(name) && after.starts_with(['/', '?']) {
        let (text, scope) = match (rest.strip_suffix('|'), rest.strip_suffix(['^', '*'])) {
            (Some(text), _) => (text, PathScope::Exact),
            (None, Some(text)) => (text, PathScope::Prefix),
            (None, None) => (rest, PathScope::Prefix),
        };
        if !text[host_end..].contains(['*', '^', '|']) {
            return Ok(Shape::Address {
                text,
                host_scope: HostScope::Domain,
                path_scope: scope,
            });
        }
    }
    if name
        .chars()
        .any(|c| !is_host_char(c) && c != '*' && c != ':')
    {
        return Err(Reason::NoHost);
    }
    // A pattern that names no host to speak of is a pattern of paths.
    if !name.contains('.') || !name.contains(|c: char| c.is_alphanumeric()) {
        return Err(Reason::Narrower);
    }
    Ok(Shape::Regex(wildcard_regex(name, after, case)))
}

fn is_host_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') || !c.is_ascii()
}

/// A host, perhaps with a port.
fn is_host(name: &str) -> bool {
    if name.starts_with('[') {
        return name.contains(']') && !name.contains(char::is_whitespace);
    }
    let host = match name.rsplit_once(':') {
        Some((host, port)) if port.parse::<u16>().is_ok() => host,
        _ => name,
    };
    !host.is_empty() && host.chars().all(is_host_char)
}

/// `||host…` as an expression over canonical text. An asterisk in the host
/// stays in the host, where a browser would let it run on: less is covered.
fn wildcard_regex(name: &str, after: &str, case: Case) -> String {
    let mut out = String::from("^[a-z][a-z0-9+.-]*://(?:[^/?#:]*\\.)?");
    push_pattern(&mut out, &name.to_ascii_lowercase(), "[^/?#:]*");
    let (after, end) = match after.strip_suffix('|') {
        Some(after) => (after, "$"),
        None => (after, ""),
    };
    if case == Case::Insensitive {
        out.push_str("(?i:");
    }
    push_pattern(&mut out, after, ".*");
    if case == Case::Insensitive {
        out.push(')');
    }
    out.push_str(end);
    out
}

fn push_pattern(out: &mut String, pattern: &str, any: &str) {
    for c in pattern.chars() {
        match c {
            '*' => out.push_str(any),
            '^' => out.push_str("(?:[^A-Za-z0-9_.%-]|$)"),
            c => out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
}
