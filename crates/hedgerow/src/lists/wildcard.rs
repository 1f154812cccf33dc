//! Wildcard lists: `*.example.com` lines, and plain ones among them.
//!
//! Makers of these lists write `*.d` for a domain with all below it, so that
//! is what it means here; a manifest that says `subdomains` takes it at its
//! word. A plain `d` is a domain. An asterisk anywhere else is left out: what
//! it covers is not a domain, and no list of this kind says what it is.
//!
//! ```
//! use hedgerow::HostScope;
//! use hedgerow::lists::{read, Collected, Format, ListOptions};
//!
//! let list = "*.casino.example\nbets.example\nads*.example\n";
//! let mut sink = Collected::default();
//! let mut options = ListOptions::default();
//! read(&mut list.as_bytes(), Format::Wildcard, &options, &mut sink)?;
//! assert_eq!(sink.entries, ["domain casino.example", "domain bets.example"]);
//! assert_eq!(sink.left_out, [(3, "narrower", "ads*.example".to_owned())]);
//!
//! options.host_scope = Some(HostScope::Subdomains);
//! let mut sink = Collected::default();
//! read(&mut list.as_bytes(), Format::Wildcard, &options, &mut sink)?;
//! assert_eq!(sink.entries, ["subdomains casino.example", "domain bets.example"]);
//! # Ok::<(), hedgerow::Error>(())
//! ```

use super::Reason;
use super::domains::host_line;
use super::lines::Lines;
use super::reading::{Reading, before_comment};
use crate::error::Result;
use crate::rule::HostScope;

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
        let (name, scope) = match text.strip_prefix("*.") {
            Some(name) => (name, scope),
            None => (text, HostScope::Domain),
        };
        if name.contains('*') && !name.contains(char::is_whitespace) {
            reading.left_out(number, Reason::Narrower, text);
            continue;
        }
        host_line(reading, number, name, scope)?;
    }
    Ok(())
}
