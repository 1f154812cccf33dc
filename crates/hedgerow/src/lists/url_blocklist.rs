//! Chrome's `URLBlocklist` and `URLAllowlist` policies.
//!
//! A filter is `[scheme://][.]host[:port][/path][?query]`. A host is a domain;
//! with a leading dot it is that host alone (Squid's lists mean the opposite).
//! A path is a prefix, in the case of letters written; here it ends at a
//! boundary. The parts of a query must all be there, in any order; one that
//! ends in `*` is a prefix. A filter bound to a scheme covers less than an
//! address and is left out, and so is the host `*`.
//!
//! The list is one filter a line with `#` comments, a JSON array of filters,
//! or a policy file: every array named `URLBlocklist` lists, every array named
//! `URLAllowlist` makes exceptions.
//!
//! ```
//! use hedgerow::lists::{read, Collected, Format, ListOptions};
//!
//! let list = r#"{
//!   "URLBlocklist": ["casino.example", ".bets.example/odds", "v.example/watch?v=1&t=*",
//!                    "https://x.example", "*"],
//!   "URLAllowlist": ["help.casino.example:8080"]
//! }"#;
//! let mut sink = Collected::default();
//! read(&mut list.as_bytes(), Format::UrlBlocklist, &ListOptions::default(), &mut sink)?;
//! assert_eq!(
//!     sink.entries,
//!     [
//!         "domain casino.example",
//!         "host bets.example prefix /odds",
//!         "domain v.example prefix /watch query=v=1 query=t=*",
//!         "allow domain help.casino.example port=8080",
//!     ]
//! );
//! assert_eq!(
//!     sink.left_out,
//!     [(3, "narrower", "https://x.example".to_owned()), (3, "not-an-address", "*".to_owned())]
//! );
//! # Ok::<(), hedgerow::Error>(())
//! ```

use super::json::{self, Token};
use super::lines::{Input, Lines};
use super::reading::{Reading, before_comment, trim};
use super::{Reason, host};
use crate::error::{Error, ErrorKind, Result};
use crate::rule::{Action, Case, Condition, Entry, HostScope, PathScope, Pattern};

pub(super) fn read(input: Input<'_>, reading: &mut Reading<'_>) -> Result<()> {
    let opening = input.opening();
    let opening = opening.trim_start();
    // `[2001:db8::1]` is a host.
    let array = opening.strip_prefix('[').map(str::trim_start);
    if opening.starts_with('{') || array.is_some_and(|rest| rest.starts_with(['"', ']', '{'])) {
        return read_json(input, reading);
    }
    let mut lines = Lines::new(input);
    while let Some(line) = lines.next()? {
        let Some((number, text)) = reading.line(line) else {
            continue;
        };
        let text = before_comment(text);
        if text.is_empty() {
            reading.ignored();
            continue;
        }
        filter(reading, number, text, Action::List)?;
    }
    Ok(())
}

/// What the strings inside an array or object are.
#[derive(Clone, Copy)]
struct Level {
    object: bool,
    listing: Option<Action>,
}

fn read_json(input: Input<'_>, reading: &mut Reading<'_>) -> Result<()> {
    let mut tokens = json::Tokens::new(input);
    let mut levels: Vec<Level> = Vec::new();
    let mut key: Option<String> = None;
    let mut found = false;
    while let Some((line, token)) = tokens.next()? {
        let inside = levels.last().copied();
        let listing = match (inside, key.as_deref()) {
            (None, _) => None,
            (
                Some(Level {
                    object: false,
                    listing,
                }),
                _,
            ) => listing,
            (Some(_), Some("URLBlocklist" | "URLBlacklist")) => Some(Action::List),
            (Some(_), Some("URLAllowlist" | "URLWhitelist")) => Some(Action::Allow),
            // Management consoles wrap a policy's value.
            (Some(level), Some("Value" | "value")) => level.listing,
            _ => None,
        };
        match token {
            Token::Key(name) => key = Some(name.to_owned()),
            Token::Text(text) => {
                key = None;
                if let Some(action) = listing {
                    match trim(text) {
                        "" => reading.ignored(),
                        text => filter(reading, line, text, action)?,
                    }
                }
            }
            Token::Scalar => key = None,
            Token::Open { object } => {
                // A bare array is a block list.
                let listing = match inside {
                    None if !object => Some(Action::List),
                    _ => listing,
                };
                found |= listing.is_some();
                key = None;
                levels.push(Level { object, listing });
            }
            Token::Close => {
                levels.pop();
            }
        }
    }
    reading.count_lines(tokens.lines());
    if !found {
        return Err(Error::new(
            ErrorKind::ListUnreadable,
            "is JSON without a URLBlocklist or URLAllowlist array",
        ));
    }
    Ok(())
}

fn filter(reading: &mut Reading<'_>, number: u64, text: &str, action: Action) -> Result<()> {
    if text == "*" {
        reading.left_out(number, Reason::NotAnAddress, text);
        return Ok(());
    }
    // `scheme:*` is written without slashes.
    if host::has_scheme(text) || text.ends_with(":*") {
        reading.left_out(number, Reason::Narrower, text);
        return Ok(());
    }
    if text.starts_with(['*', ':', '/']) {
        let reason = match text.strip_prefix('*') {
            Some(rest) if rest.starts_with([':', '/', '?']) => Reason::Narrower,
            _ => Reason::Syntax,
        };
        reading.left_out(number, reason, text);
        return Ok(());
    }
    let (rest, scope) = match text.strip_prefix('.') {
        Some(rest) => (rest, HostScope::Host),
        None => (
            text,
            reading.options.host_scope.unwrap_or(HostScope::Domain),
        ),
    };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if authority.contains(char::is_whitespace) || authority.contains('*') {
        reading.left_out(number, Reason::Syntax, text);
        return Ok(());
    }
    let Some(place) = host::place(rest) else {
        reading.left_out(number, Reason::NoHost, text);
        return Ok(());
    };
    let target = place.target.as_deref().unwrap_or("/");
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let path_scope = reading.options.path_scope.unwrap_or(PathScope::Prefix);
    let path = (path != "/" && path_scope != PathScope::Any).then_some(path);
    let query_parts = query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(str::to_owned);
    let mut entry = Entry::new(
        Pattern::Address {
            host: &place.host,
            host_scope: scope,
            path,
            path_scope: match path {
                Some(_) => path_scope,
                None => PathScope::Any,
            },
            case: reading.options.case.unwrap_or(Case::Sensitive),
        },
        number,
    );
    entry.action = action;
    entry.condition = Condition {
        port: place.port,
        query_parts: query_parts.collect(),
        except_domains: Vec::new(),
    };
    reading.entry(entry)
}
