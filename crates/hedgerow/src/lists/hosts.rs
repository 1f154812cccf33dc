//! Hosts files: an address to sink to, then names.
//!
//! Each name on a line whose address is a sink (`0.0.0.0`, `0`, `127.…`,
//! `255.255.255.255`, `::`, `::1`) is listed as that host alone. The names
//! every system's own hosts file has (`localhost`, `broadcasthost`, `ip6-…`)
//! are left out, and so is a line that maps names to an address that answers:
//! it says where a host is, not that it is listed.
//!
//! ```
//! use hedgerow::lists::{read, Collected, Format, ListOptions};
//!
//! let list = "127.0.0.1 localhost\n0.0.0.0 ads.example track.example # two\n192.0.2.7 nas.example\n";
//! let mut sink = Collected::default();
//! read(&mut list.as_bytes(), Format::Hosts, &ListOptions::default(), &mut sink)?;
//! assert_eq!(sink.entries, ["host ads.example", "host track.example"]);
//! assert_eq!(
//!     sink.left_out,
//!     [
//!         (1, "not-an-address", "localhost".to_owned()),
//!         (3, "not-an-address", "192.0.2.7 nas.example".to_owned()),
//!     ]
//! );
//! # Ok::<(), hedgerow::Error>(())
//! ```

use super::lines::Lines;
use super::reading::{Reading, trim};
use super::{Reason, host};
use crate::error::Result;
use crate::rule::HostScope;
use std::net::IpAddr;

pub(super) fn read(lines: &mut Lines<'_>, reading: &mut Reading<'_>) -> Result<()> {
    while let Some(line) = lines.next()? {
        let Some((number, text)) = reading.line(line) else {
            continue;
        };
        // In a hosts file `#` begins a comment wherever it stands.
        let text = trim(text.split('#').next().unwrap_or_default());
        if text.is_empty() {
            reading.ignored();
            continue;
        }
        hosts_line(reading, number, text)?;
    }
    Ok(())
}

/// Reads a line of a hosts file, without its comment.
pub(super) fn hosts_line(reading: &mut Reading<'_>, number: u64, text: &str) -> Result<()> {
    let scope = reading.options.host_scope.unwrap_or(HostScope::Host);
    let mut words = text.split_whitespace();
    let Some(address) = words.next() else {
        return Ok(());
    };
    let Some(sink) = sink(address) else {
        reading.left_out(number, Reason::Syntax, text);
        return Ok(());
    };
    if !sink {
        reading.left_out(number, Reason::NotAnAddress, text);
        return Ok(());
    }
    let mut named = false;
    for name in words {
        named = true;
        if is_header_name(name) {
            reading.left_out(number, Reason::NotAnAddress, name);
            continue;
        }
        match host::canonical(name) {
            Some(host) => reading.host(number, &host, scope, None)?,
            None => reading.left_out(number, Reason::NoHost, name),
        }
    }
    if !named {
        reading.left_out(number, Reason::Syntax, text);
    }
    Ok(())
}

/// Whether the address at the beginning of a line is one that sinks; `None`
/// if it is no address.
pub(super) fn sink(address: &str) -> Option<bool> {
    if address == "0" {
        return Some(true);
    }
    // A zone may follow: `fe80::1%lo0`.
    let address = address.split('%').next().unwrap_or(address);
    match address.parse().ok()? {
        IpAddr::V4(v4) => Some(v4.is_unspecified() || v4.is_loopback() || v4.is_broadcast()),
        IpAddr::V6(v6) => Some(match v6.to_ipv4_mapped() {
            Some(v4) => v4.is_unspecified() || v4.is_loopback(),
            None => v6.is_unspecified() || v6.is_loopback(),
        }),
    }
}

/// Names that stand in a hosts file for the machine itself.
fn is_header_name(name: &str) -> bool {
    const NAMES: [&str; 9] = [
        "localhost",
        "localhost.localdomain",
        "localhost4",
        "localhost6",
        "localhost4.localdomain4",
        "localhost6.localdomain6",
        "local",
        "broadcasthost",
        "0.0.0.0",
    ];
    NAMES.iter().any(|known| known.eq_ignore_ascii_case(name))
        || name
            .get(..4)
            .is_some_and(|start| start.eq_ignore_ascii_case("ip6-"))
}
