//! squidGuard's `domains`, `urls` and `expressions` files (UT1, Shalla).
//!
//! A *domains* line is a domain: the host and every host below it. A leading
//! dot is tolerated, an IPv4 address is a host like another, `#` begins a
//! comment.
//!
//! A *urls* line is a host and a path prefix. The host stands for itself and
//! for itself under one label like `www`, `www2`, `ftp`, `web3`, because
//! squidGuard's tools chop those off; paths are compared without regard to
//! case. A line without a path covers every path of that web host. A scheme
//! is tolerated, a port is kept as a condition, a fragment is dropped.
//!
//! An *expressions* line is a POSIX extended regular expression over the
//! address without its scheme, so `^` is the beginning of the host.
//! squidGuard lowers an address before it compares and its `expressionlist i`
//! makes the expression insensitive too; here they are insensitive unless the
//! manifest says `case = "sensitive"`. Left out are what a linear-time engine
//! cannot do, and an expression that matches every address.
//!
//! An empty file of these is ordinary in a tree; [`read`](super::read) still
//! refuses it as empty, and who reads the tree decides.
//!
//! ```
//! use hedgerow::lists::{read, Collected, Format, ListOptions};
//!
//! let mut sink = Collected::default();
//! let options = ListOptions::default();
//! let domains = "casino.example\n.bets.example # dot\n";
//! read(&mut domains.as_bytes(), Format::SquidGuardDomains, &options, &mut sink)?;
//! let urls = "news.example/Betting\nshop.example:8080/x/\n";
//! read(&mut urls.as_bytes(), Format::SquidGuardUrls, &options, &mut sink)?;
//! let expressions = "^poker[0-9]*\\.\n(a)\\1\n";
//! read(&mut expressions.as_bytes(), Format::SquidGuardExpressions, &options, &mut sink)?;
//! assert_eq!(
//!     sink.entries,
//!     [
//!         "domain casino.example",
//!         "domain bets.example",
//!         "web-host news.example prefix /betting insensitive",
//!         "web-host shop.example prefix /x/ insensitive port=8080",
//!         "regex (?i)(?:^(?:[a-z][a-z0-9+.-]*://)?)poker[0-9]*\\.",
//!     ]
//! );
//! assert_eq!(sink.left_out, [(2, "unsupported-regex", "(a)\\1".to_owned())]);
//! # Ok::<(), hedgerow::Error>(())
//! ```

use super::lines::Lines;
use super::reading::{PathEntry, Reading, before_comment};
use super::{Reason, host, regexp};
use crate::error::Result;
use crate::rule::{Case, Entry, HostScope, PathScope, Pattern};

pub(super) fn read_urls(lines: &mut Lines<'_>, reading: &mut Reading<'_>) -> Result<()> {
    while let Some(line) = lines.next()? {
        let Some((number, text)) = reading.line(line) else {
            continue;
        };
        let text = before_comment(text);
        if text.is_empty() {
            reading.ignored();
            continue;
        }
        let shape = UrlShape {
            host_scope: HostScope::WebHost,
            path_scope: PathScope::Prefix,
            case: Case::Insensitive,
        };
        url_line(reading, number, text, &shape)?;
    }
    Ok(())
}

/// What the parts of a URL line cover, before the manifest has its say.
pub(super) struct UrlShape {
    pub(super) host_scope: HostScope,
    pub(super) path_scope: PathScope,
    pub(super) case: Case,
}

/// Reads a line that is a host with or without a path.
pub(super) fn url_line(
    reading: &mut Reading<'_>,
    number: u64,
    text: &str,
    shape: &UrlShape,
) -> Result<()> {
    // White space inside a path is a badly written path; before any path it
    // is a sentence.
    let space = text.find(char::is_whitespace);
    let slash = text.find("://").map_or(0, |at| at + 3);
    let slash = text[slash..].find(['/', '?']).map(|at| at + slash);
    if space.is_some_and(|space| slash.is_none_or(|slash| space < slash)) {
        reading.left_out(number, Reason::Syntax, text);
        return Ok(());
    }
    let Some(place) = host::place(text) else {
        reading.left_out(number, Reason::NoHost, text);
        return Ok(());
    };
    let host_scope = reading.options.host_scope.unwrap_or(shape.host_scope);
    match place.target {
        None => reading.host(number, &place.host, host_scope, place.port),
        Some(target) => {
            let path = PathEntry {
                host: &place.host,
                host_scope,
                port: place.port,
                target: &target,
                path_scope: reading.options.path_scope.unwrap_or(shape.path_scope),
                case: reading.options.case.unwrap_or(shape.case),
            };
            reading.path(number, &path)
        }
    }
}

pub(super) fn read_expressions(lines: &mut Lines<'_>, reading: &mut Reading<'_>) -> Result<()> {
    while let Some(line) = lines.next()? {
        let Some((number, text)) = reading.line(line) else {
            continue;
        };
        if text.starts_with('#') {
            reading.ignored();
            continue;
        }
        regex_line(reading, number, text, regexp::Dialect::Posix)?;
    }
    Ok(())
}

/// Reads a line that is a regular expression over the address without its
/// scheme.
pub(super) fn regex_line(
    reading: &mut Reading<'_>,
    number: u64,
    text: &str,
    dialect: regexp::Dialect,
) -> Result<()> {
    let case = reading.options.case.unwrap_or(Case::Insensitive);
    match regexp::translate(text, dialect, case) {
        Ok(regex) => reading.entry(Entry::new(Pattern::Regex(&regex), number)),
        Err(reason) => {
            reading.left_out(number, reason, text);
            Ok(())
        }
    }
}
