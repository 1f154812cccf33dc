//! Files of Squid's `dstdomain` lists.
//!
//! A line `.d` is a domain, the host and all below it; a line `d` is that host
//! alone (Chrome's lists mean the opposite). `#` begins a comment. Squid reads
//! `-n` as an option of the whole list, not as a host; it is left out.
//!
//! ```
//! use hedgerow::lists::{read, Collected, Format, ListOptions};
//!
//! let list = ".casino.example\nwww.bets.example # one host\n";
//! let mut sink = Collected::default();
//! read(&mut list.as_bytes(), Format::SquidDstdomain, &ListOptions::default(), &mut sink)?;
//! assert_eq!(sink.entries, ["domain casino.example", "host www.bets.example"]);
//! # Ok::<(), hedgerow::Error>(())
//! ```

use super::Reason;
use super::domains::host_line;
use super::lines::Lines;
use super::reading::{Reading, before_comment};
use crate::error::Result;
use crate::rule::HostScope;

pub(super) fn read(lines: &mut Lines<'_>, reading: &mut Reading<'_>) -> Result<()> {
    let plain = reading.options.host_scope.unwrap_or(HostScope::Host);
    while let Some(line) = lines.next()? {
        let Some((number, text)) = reading.line(line) else {
            continue;
        };
        let text = before_comment(text);
        if text.is_empty() {
            reading.ignored();
            continue;
        }
        if text == "-n" || text == "--" {
            reading.left_out(number, Reason::NotAnAddress, text);
            continue;
        }
        // One line may hold several names in Squid, if all of them are.
        if text.split_whitespace().count() > 1
            && text.split_whitespace().any(|word| !word.contains('.'))
        {
            reading.left_out(number, Reason::Syntax, text);
            continue;
        }
        for word in text.split_whitespace() {
            match word.strip_prefix('.') {
                Some(name) => host_line(reading, number, name, HostScope::Domain)?,
                None => host_line(reading, number, word, plain)?,
            }
        }
    }
    Ok(())
}
