//! dnsmasq's `address=`, `local=` and `server=` lines.
//!
//! Each name between the slashes is a domain. `address=/d/…` answers for the
//! domain itself whatever address it gives, a sink or a page that says no;
//! `local=/d/` and `server=/d/` answer that it does not exist. Left out: a
//! `server=` that forwards elsewhere (`server=/d/192.0.2.1`, and `#`, which
//! takes a domain out again), the catch-all `address=/#/…`, and every other
//! directive. A name that begins `*.` stands for the hosts below it; a leading
//! dot is tolerated.
//!
//! ```
//! use hedgerow::lists::{read, Collected, Format, ListOptions};
//!
//! let list = "address=/casino.example/bets.example/0.0.0.0\nlocal=/poker.example/\n\
//!             server=/corp.example/192.0.2.1\ncache-size=1000\n";
//! let mut sink = Collected::default();
//! read(&mut list.as_bytes(), Format::Dnsmasq, &ListOptions::default(), &mut sink)?;
//! assert_eq!(
//!     sink.entries,
//!     ["domain casino.example", "domain bets.example", "domain poker.example"]
//! );
//! assert_eq!(sink.left_out.len(), 2);
//! # Ok::<(), hedgerow::Error>(())
//! ```

use super::lines::Lines;
use super::reading::{Reading, before_comment, trim};
use super::{Reason, host};
use crate::error::Result;
use crate::rule::HostScope;

pub(super) fn read(lines: &mut Lines<'_>, reading: &mut Reading<'_>) -> Result<()> {
    while let Some(line) = lines.next()? {
        let Some((number, text)) = reading.line(line) else {
            continue;
        };
        let text = before_comment(text);
        if text.is_empty() {
            reading.ignored();
            continue;
        }
        directive(reading, number, text)?;
    }
    Ok(())
}

fn directive(reading: &mut Reading<'_>, number: u64, text: &str) -> Result<()> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (trim(name), trim(value)),
        None => (text, ""),
    };
    // Options may be written as on the command line.
    let name = name.trim_start_matches("--");
    let is_word = name
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !matches!(name, "address" | "local" | "server") {
        let known = is_word && !name.is_empty() && (!value.is_empty() || FLAGS.contains(&name));
        let reason = if known {
            Reason::NotAnAddress
        } else {
            Reason::Syntax
        };
        reading.left_out(number, reason, text);
        return Ok(());
    }
    let Some(names) = value.strip_prefix('/') else {
        // `server=192.0.2.1`: where to ask, not what is listed.
        let reason = if name == "server" && !value.is_empty() {
            Reason::NotAnAddress
        } else {
            Reason::Syntax
        };
        reading.left_out(number, reason, text);
        return Ok(());
    };
    let Some((names, answer)) = names.rsplit_once('/') else {
        reading.left_out(number, Reason::Syntax, text);
        return Ok(());
    };
    if name != "address" && !answer.is_empty() {
        reading.left_out(number, Reason::NotAnAddress, text);
        return Ok(());
    }
    let scope = reading.options.host_scope.unwrap_or(HostScope::Domain);
    for name in names.split('/') {
        let (bare, scope) = match name.strip_prefix("*.") {
            Some(bare) => (bare, HostScope::Subdomains),
            None => (name.strip_prefix('.').unwrap_or(name), scope),
        };
        match bare {
            "" | "#" => reading.left_out(number, Reason::NotAnAddress, text),
            _ if bare.contains('*') => reading.left_out(number, Reason::Narrower, name),
            _ => match host::canonical(bare) {
                Some(host) => reading.host(number, &host, scope, None)?,
                None => reading.left_out(number, Reason::NoHost, name),
            },
        }
    }
    Ok(())
}

/// Directives that stand alone on a line, those that lists come with.
const FLAGS: &[&str] = &[
    "domain-needed",
    "bogus-priv",
    "no-resolv",
    "no-hosts",
    "no-poll",
    "no-negcache",
    "strict-order",
    "expand-hosts",
    "log-queries",
    "stop-dns-rebind",
    "filterwin2k",
    "filter-AAAA",
    "bind-interfaces",
    "read-ethers",
    "keep-in-foreground",
];
