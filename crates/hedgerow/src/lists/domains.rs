//! One domain a line, with `#` comments.
//!
//! A line is a domain: the host and every host below it (a manifest may make
//! it the host alone). A leading dot, a trailing dot, a scheme and a final
//! slash are tolerated. An IPv4 or IPv6 address is a host, a CIDR block is a
//! network. A line with a path is no domain and is reported.
//!
//! ```
//! use hedgerow::lists::{read, Collected, Format, ListOptions};
//!
//! let list = "# gambling\ncasino.example\nBETS.example.  # upper case\n192.0.2.0/24\na.example/b\n";
//! let mut sink = Collected::default();
//! read(&mut list.as_bytes(), Format::Domains, &ListOptions::default(), &mut sink)?;
//! assert_eq!(
//!     sink.entries,
//!     ["domain casino.example", "domain bets.example", "network 192.0.2.0/24"]
//! );
//! assert_eq!(sink.left_out, [(5, "syntax", "a.example/b".to_owned())]);
//! # Ok::<(), hedgerow::Error>(())
//! ```

use super::lines::Lines;
use super::reading::{Reading, before_comment};
use super::{Reason, host};
use crate::error::Result;
use crate::rule::HostScope;
use ipnet::IpNet;

pub(super) fn read(lines: &mut Lines<'_>, reading: &mut Reading<'_>) -> Result<()> {
    let scope = reading.options.host_scope.unwrap_or(HostScope::Domain);
    while let Some(line) = lines.next()? {
        let Some((number, text)) = reading.line(line) else {
            continue;
        };
        let text = before_comment(text);
        if text.is_empty() {
            reading.ignored();
            continue;
        }
        host_line(reading, number, text, scope)?;
    }
    Ok(())
}

/// Reads a line that is a host, or a network.
pub(super) fn host_line(
    reading: &mut Reading<'_>,
    number: u64,
    text: &str,
    scope: HostScope,
) -> Result<()> {
    let name = text.trim_start_matches('.');
    if name.bytes().any(|b| b.is_ascii_whitespace()) {
        reading.left_out(number, Reason::Syntax, text);
        return Ok(());
    }
    if let Some((_, bits)) = name.split_once('/')
        && bits.starts_with(|c: char| c.is_ascii_digit())
        && let Ok(network) = name.parse::<IpNet>()
    {
        return reading.network(number, network.trunc());
    }
    match host::place(name) {
        None => reading.left_out(number, Reason::NoHost, text),
        Some(place) if place.target.is_some() => reading.left_out(number, Reason::Syntax, text),
        Some(place) => return reading.host(number, &place.host, scope, place.port),
    }
    Ok(())
}
