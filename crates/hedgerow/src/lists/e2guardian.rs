//! e2guardian's site, URL, IP and regular-expression lists.
//!
//! A *site* line is a domain; `.gov` is a domain too. A *URL* line is a domain
//! and a path prefix, in either case of letters; a final slash is dropped, as
//! e2guardian does. An *IP* line is an address, a block (`/24` or
//! `/255.255.255.0`) or a range (`a-b`). A *regular expression* is matched
//! against the address without its scheme, in either case; what only PCRE can
//! do (look-around, back-references, possessive repetition) is left out.
//!
//! ` #` begins a comment. `#listcategory: "…"` names the category of what
//! follows. `.Include<…>` reads another file, through the
//! [`Includes`] that the caller gives; a file is read once. After a `#time:`
//! line a list holds at some hours only, so what follows is left out: hours
//! belong to a policy. The blanket lines (`**`, `*ip`, `**s`, `*ips`) are left
//! out.
//!
//! ```
//! use hedgerow::lists::{read, Collected, Format, ListOptions};
//!
//! let options = ListOptions::default();
//! let mut sink = Collected::default();
//! let sites = "#listcategory: \"Gambling\"\ncasino.example # why\n*ip\n.Include</more>\n";
//! read(&mut sites.as_bytes(), Format::E2guardianSites, &options, &mut sink)?;
//! let urls = "news.example/Bets/\n";
//! read(&mut urls.as_bytes(), Format::E2guardianUrls, &options, &mut sink)?;
//! let ips = "192.0.2.1\n192.0.2.4-192.0.2.6\n198.51.100.0/255.255.255.0\n";
//! read(&mut ips.as_bytes(), Format::E2guardianIps, &options, &mut sink)?;
//! let regexps = "(casino|poker)+.*\\.zip$\n";
//! read(&mut regexps.as_bytes(), Format::E2guardianRegexps, &options, &mut sink)?;
//! assert_eq!(
//!     sink.entries,
//!     [
//!         "domain casino.example category=\"Gambling\"",
//!         "domain news.example prefix /bets insensitive",
//!         "network 192.0.2.1/32",
//!         "network 192.0.2.4/31",
//!         "network 192.0.2.6/32",
//!         "network 198.51.100.0/24",
//!         "regex (?i)(casino|poker)+.*\\.zip$",
//!     ]
//! );
//! assert_eq!(
//!     sink.left_out,
//!     [(3, "not-an-address", "*ip".to_owned()), (4, "include", ".Include</more>".to_owned())]
//! );
//! # Ok::<(), hedgerow::Error>(())
//! ```

use super::domains::host_line;
use super::include::{Included, Includes, MAX_DEPTH};
use super::lines::{Input, Lines};
use super::reading::{Reading, trim};
use super::squidguard::{UrlShape, regex_line, url_line};
use super::{Format, Reason, host, regexp};
use crate::error::Result;
use crate::rule::{Case, HostScope, PathScope};
use ipnet::{IpNet, IpSubnets, Ipv4Subnets, Ipv6Subnets};
use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr};

/// Reads a list and what it includes.
pub(super) struct Reader<'i> {
    pub(super) format: Format,
    pub(super) includes: Option<&'i mut dyn Includes>,
    /// Everything included so far: a file is read once, so a circle of files
    /// ends and a fan of them does not multiply.
    seen: HashSet<String>,
    depth: usize,
    timed: bool,
}

impl<'i> Reader<'i> {
    pub(super) fn new(format: Format, includes: Option<&'i mut dyn Includes>) -> Reader<'i> {
        Reader {
            format,
            includes,
            seen: HashSet::new(),
            depth: 0,
            timed: false,
        }
    }

    /// Reads the file that `file` names, or the list itself.
    pub(super) fn read(
        &mut self,
        lines: &mut Lines<'_>,
        reading: &mut Reading<'_>,
        file: Option<&str>,
    ) -> Result<()> {
        while let Some(line) = lines.next()? {
            let Some((number, text)) = reading.line(line) else {
                continue;
            };
            if let Some(comment) = text.strip_prefix('#') {
                self.comment(reading, number, text, comment);
                continue;
            }
            // Only ` #` is a comment, for addresses and expressions hold `#`.
            let text = match text.find(" #").or_else(|| text.find("\t#")) {
                Some(at) => trim(&text[..at]),
                None => text,
            };
            if text
                .get(..9)
                .is_some_and(|start| start.eq_ignore_ascii_case(".Include<"))
            {
                self.include(reading, file, number, text)?;
            } else if self.timed {
                reading.left_out(number, Reason::Narrower, text);
            } else {
                self.item(reading, number, text)?;
            }
        }
        Ok(())
    }

    fn comment(&mut self, reading: &mut Reading<'_>, number: u64, text: &str, comment: &str) {
        if let Some(name) = comment.strip_prefix("listcategory:") {
            let name = name.split('"').nth(1).unwrap_or_else(|| trim(name));
            reading.category = (!name.is_empty()).then(|| name.to_owned());
        } else if comment.starts_with("time:") {
            self.timed = true;
            reading.left_out(number, Reason::Narrower, text);
            return;
        }
        reading.ignored();
    }

    fn include(
        &mut self,
        reading: &mut Reading<'_>,
        file: Option<&str>,
        number: u64,
        text: &str,
    ) -> Result<()> {
        let name = text[9..].split('>').next().unwrap_or_default();
        let opened = match self.includes.as_deref_mut() {
            Some(includes) if self.depth < MAX_DEPTH && !name.is_empty() => {
                includes.open(file, name).ok()
            }
            _ => None,
        };
        let Some(Included { id, mut input }) = opened else {
            reading.left_out(number, Reason::Include, text);
            return Ok(());
        };
        if !self.seen.insert(id.clone()) {
            reading.left_out(number, Reason::Include, text);
            return Ok(());
        }
        let Ok(input) = Input::open(&mut *input) else {
            reading.left_out(number, Reason::Include, text);
            return Ok(());
        };
        // What the file says of itself ends with it.
        let category = reading.category.clone();
        let timed = self.timed;
        self.depth += 1;
        reading.file(Some(&id));
        self.read(&mut Lines::new(input), reading, Some(&id))?;
        reading.file(file);
        self.depth -= 1;
        self.timed = timed;
        reading.category = category;
        Ok(())
    }

    fn item(&self, reading: &mut Reading<'_>, number: u64, text: &str) -> Result<()> {
        let blanket = text.starts_with('*')
            && text.len() <= 5
            && text
                .trim_start_matches('*')
                .bytes()
                .all(|b| b.is_ascii_lowercase());
        match self.format {
            Format::E2guardianRegexps => regex_line(reading, number, text, regexp::Dialect::Pcre),
            _ if blanket => {
                reading.left_out(number, Reason::NotAnAddress, text);
                Ok(())
            }
            Format::E2guardianUrls => {
                let shape = UrlShape {
                    host_scope: HostScope::Domain,
                    path_scope: PathScope::Prefix,
                    case: Case::Insensitive,
                };
                url_line(
                    reading,
                    number,
                    text.strip_suffix('/').unwrap_or(text),
                    &shape,
                )
            }
            Format::E2guardianIps => ip_line(reading, number, text),
            _ => {
                let scope = reading.options.host_scope.unwrap_or(HostScope::Domain);
                host_line(reading, number, text, scope)
            }
        }
    }
}

fn ip_line(reading: &mut Reading<'_>, number: u64, text: &str) -> Result<()> {
    if let Some((first, last)) = text.split_once('-')
        && let (Ok(first), Ok(last)) = (trim(first).parse(), trim(last).parse())
    {
        let blocks = match (first, last) {
            (IpAddr::V4(first), IpAddr::V4(last)) if first <= last => {
                IpSubnets::from(Ipv4Subnets::new(first, last, 0))
            }
            (IpAddr::V6(first), IpAddr::V6(last)) if first <= last => {
                IpSubnets::from(Ipv6Subnets::new(first, last, 0))
            }
            _ => {
                reading.left_out(number, Reason::Syntax, text);
                return Ok(());
            }
        };
        for block in blocks {
            reading.network(number, block)?;
        }
        return Ok(());
    }
    match network(text) {
        Some(network) => reading.network(number, network),
        // A name stands for a client's machine here.
        None => {
            let name = text.contains('.') && host::canonical(text).is_some();
            let reason = if name {
                Reason::NotAnAddress
            } else {
                Reason::NoHost
            };
            reading.left_out(number, reason, text);
            Ok(())
        }
    }
}

/// An address, or a block with its length or its mask.
fn network(text: &str) -> Option<IpNet> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(IpNet::from(address));
    }
    if let Ok(block) = text.parse::<IpNet>() {
        return Some(block.trunc());
    }
    let (address, mask) = text.split_once('/')?;
    let address: Ipv4Addr = address.parse().ok()?;
    let mask: Ipv4Addr = mask.parse().ok()?;
    IpNet::with_netmask(address.into(), mask.into())
        .ok()
        .map(|block| block.trunc())
}
