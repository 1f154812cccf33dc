//! unbound's `local-zone:` lines.
//!
//! A zone of a type that answers instead of the real one (`always_nxdomain`,
//! `always_nodata`, `always_null`, `always_refuse`, `always_deny`, `static`,
//! `redirect`, `refuse`, `deny`, and their `inform_` forms) is a domain. A
//! type that lets queries through (`transparent`, `typetransparent`,
//! `always_transparent`, `inform`, `nodefault`, `noview`) lists nothing and is
//! left out; so are `local-data:` and every other option. Sections
//! (`server:`) and comments are passed over.
//!
//! ```
//! use hedgerow::lists::{read, Collected, Format, ListOptions};
//!
//! let list = "server:\n  local-zone: \"casino.example.\" always_nxdomain # why\n\
//!             local-zone: 'bets.example' redirect\nlocal-zone: ok.example transparent\n";
//! let mut sink = Collected::default();
//! read(&mut list.as_bytes(), Format::Unbound, &ListOptions::default(), &mut sink)?;
//! assert_eq!(sink.entries, ["domain casino.example", "domain bets.example"]);
//! assert_eq!(sink.left_out.len(), 1);
//! # Ok::<(), hedgerow::Error>(())
//! ```

use super::lines::Lines;
use super::reading::{Reading, before_comment, trim};
use super::{Reason, host};
use crate::error::Result;
use crate::rule::HostScope;

/// Zone types that answer in place of the real zone.
const BLOCKING: &[&str] = &[
    "always_nxdomain",
    "always_nodata",
    "always_null",
    "always_refuse",
    "always_deny",
    "static",
    "redirect",
    "inform_redirect",
    "refuse",
    "deny",
    "inform_deny",
];

/// Zone types under which the real zone still answers.
const OPEN: &[&str] = &[
    "transparent",
    "typetransparent",
    "always_transparent",
    "inform",
    "nodefault",
    "noview",
    "ipset",
    "truncate",
    // Only IPv4 addresses are kept back.
    "block_a",
];

pub(super) fn read(lines: &mut Lines<'_>, reading: &mut Reading<'_>) -> Result<()> {
    while let Some(line) = lines.next()? {
        let Some((number, text)) = reading.line(line) else {
            continue;
        };
        let text = before_comment(text);
        if text.is_empty() || SECTIONS.contains(&text) {
            reading.ignored();
            continue;
        }
        option(reading, number, text)?;
    }
    Ok(())
}

/// What begins a section of unbound's configuration.
const SECTIONS: &[&str] = &[
    "server:",
    "view:",
    "auth-zone:",
    "forward-zone:",
    "stub-zone:",
    "rpz:",
];

fn option(reading: &mut Reading<'_>, number: u64, text: &str) -> Result<()> {
    let Some((name, value)) = text.split_once(':') else {
        reading.left_out(number, Reason::Syntax, text);
        return Ok(());
    };
    let value = trim(value);
    if name != "local-zone" {
        let is_option = name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !name.is_empty()
            && !value.is_empty()
            && (name.contains('-') || matches!(name, "include" | "interface" | "name"));
        let reason = match name {
            "include" | "include-toplevel" => Reason::Include,
            _ if is_option => Reason::NotAnAddress,
            _ => Reason::Syntax,
        };
        reading.left_out(number, reason, text);
        return Ok(());
    }
    let (zone, kind) = match value.chars().next() {
        Some(quote @ ('"' | '\'')) => match value[1..].split_once(quote) {
            Some((zone, kind)) => (zone, trim(kind)),
            None => (value, ""),
        },
        _ => value
            .split_once(char::is_whitespace)
            .map_or((value, ""), |(z, k)| (z, trim(k))),
    };
    let kind = kind.trim_matches(['"', '\'']);
    if BLOCKING.contains(&kind) {
        let scope = reading.options.host_scope.unwrap_or(HostScope::Domain);
        // The root zone would be every address there is.
        match host::canonical(zone) {
            _ if zone == "." => reading.left_out(number, Reason::NotAnAddress, text),
            Some(host) => return reading.host(number, &host, scope, None),
            None => reading.left_out(number, Reason::NoHost, text),
        }
    } else if OPEN.contains(&kind) {
        reading.left_out(number, Reason::NotAnAddress, text);
    } else {
        reading.left_out(number, Reason::Syntax, text);
    }
    Ok(())
}
