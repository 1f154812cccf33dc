//! DNS response policy zones.
//!
//! An owner name is a host, `*.d` the hosts below `d`; it is written with or
//! without the zone's own name behind it, and left blank when it is the one
//! before. What the record answers decides: any local answer (`CNAME .`,
//! `CNAME *.`, `CNAME rpz-drop.`, a walled garden's name or address) lists the
//! owner; `CNAME rpz-passthru.`, or the owner's own name, is an exception.
//! Left out: `rpz-tcp-only.`, triggers that are no names (`rpz-ip`,
//! `rpz-client-ip`, `rpz-nsip`, `rpz-nsdname`), and the records that make the
//! file a zone (SOA, NS and the like).
//!
//! ```
//! use hedgerow::lists::{read, Collected, Format, ListOptions};
//!
//! let zone = "$TTL 300\n$ORIGIN rpz.example.\n@ SOA a. b. (1 2 3\n 4 5)\n  NS localhost.\n\
//!             casino.example CNAME . ; NXDOMAIN\n*.casino.example CNAME .\n\
//!             ok.casino.example 60 IN CNAME rpz-passthru.\n32.1.2.0.192.rpz-ip CNAME .\n";
//! let mut sink = Collected::default();
//! read(&mut zone.as_bytes(), Format::Rpz, &ListOptions::default(), &mut sink)?;
//! assert_eq!(
//!     sink.entries,
//!     ["host casino.example", "subdomains casino.example", "allow host ok.casino.example"]
//! );
//! assert_eq!(sink.left_out.len(), 3); // SOA, NS, and what is answered with 192.0.2.1
//! # Ok::<(), hedgerow::Error>(())
//! ```

use super::lines::Lines;
use super::reading::{Reading, trim};
use super::{Reason, host};
use crate::error::Result;
use crate::rule::{Action, Entry, HostScope};

/// The longest record in parentheses that is put together.
const MAX_RECORD: usize = 64 * 1024;

/// Record types that are local data about the owner.
const ADDRESS_TYPES: &[&str] = &["A", "AAAA", "CNAME"];

/// Other record types a zone may hold.
const OTHER_TYPES: &[&str] = &[
    "SOA",
    "NS",
    "TXT",
    "MX",
    "PTR",
    "SRV",
    "CAA",
    "DNAME",
    "RRSIG",
    "DNSKEY",
    "NSEC",
    "NSEC3",
    "NSEC3PARAM",
    "DS",
    "CDS",
    "CDNSKEY",
    "HTTPS",
    "SVCB",
    "TLSA",
    "SSHFP",
    "NAPTR",
    "HINFO",
    "RP",
    "SPF",
    "LOC",
    "URI",
    "ZONEMD",
];

#[derive(Default)]
struct Zone {
    /// The zone's own name, without its last dot; empty while unknown.
    apex: String,
    /// What relative names are relative to.
    origin: String,
    /// The owner of the last record, as written.
    owner: String,
    /// The owner and action last listed: a second record of the same owner
    /// (A and AAAA of a walled garden) lists nothing new.
    listed: Option<(String, Action)>,
}

pub(super) fn read(lines: &mut Lines<'_>, reading: &mut Reading<'_>) -> Result<()> {
    let mut zone = Zone::default();
    // A record in parentheses goes on over lines.
    let mut record = String::new();
    let mut began = 0;
    let mut open = false;
    while let Some(line) = lines.next()? {
        let blank_owner = line.text.starts_with([' ', '\t']);
        let Some((number, text)) = reading.line(line) else {
            continue;
        };
        let (text, parentheses) = without_comment(text);
        if open {
            record.push(' ');
        } else {
            record.clear();
            began = number;
            if blank_owner {
                record.push(' ');
            }
        }
        if text.is_empty() && !open {
            reading.ignored();
            continue;
        }
        if record.len() + text.len() > MAX_RECORD {
            open = false;
            reading.left_out(began, Reason::Syntax, &record);
            continue;
        }
        record.push_str(&text);
        open = match parentheses {
            Some(opened) => opened,
            None => open,
        };
        if !open {
            zone.record(reading, began, &record)?;
        }
    }
    if open {
        reading.left_out(began, Reason::Syntax, &record);
    }
    Ok(())
}

/// A line without its comment and parentheses, and whether the last of these
/// opened.
fn without_comment(text: &str) -> (String, Option<bool>) {
    let mut out = String::with_capacity(text.len());
    let mut last = None;
    let mut quoted = false;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                out.push(c);
                out.extend(chars.next());
            }
            '"' => {
                quoted = !quoted;
                out.push(c);
            }
            ';' if !quoted => break,
            '(' | ')' if !quoted => {
                last = Some(c == '(');
                out.push(' ');
            }
            _ => out.push(c),
        }
    }
    out.truncate(out.trim_end().len());
    (out, last)
}

impl Zone {
    fn record(&mut self, reading: &mut Reading<'_>, number: u64, text: &str) -> Result<()> {
        let mut words = text.split_whitespace().peekable();
        let Some(&first) = words.peek() else {
            reading.ignored();
            return Ok(());
        };
        if first.starts_with('$') {
            self.directive(reading, number, text);
            return Ok(());
        }
        if !text.starts_with(' ') {
            first.clone_into(&mut self.owner);
            words.next();
        }
        let kind = loop {
            match words.next() {
                Some(word) if is_class(word) || is_ttl(word) => {}
                word => break word.map(str::to_ascii_uppercase),
            }
        };
        let kind = kind.as_deref().unwrap_or_default();
        let Some(data) = words.next() else {
            reading.left_out(number, Reason::Syntax, text);
            return Ok(());
        };
        if kind == "SOA" && self.apex.is_empty() {
            match absolute(&self.owner) {
                Some(name) => self.apex = name.to_ascii_lowercase(),
                None => self.apex.clone_from(&self.origin),
            }
            if self.origin.is_empty() {
                self.origin.clone_from(&self.apex);
            }
        }
        if OTHER_TYPES.contains(&kind) {
            reading.left_out(number, Reason::NotAnAddress, text);
            return Ok(());
        }
        if !ADDRESS_TYPES.contains(&kind) {
            reading.left_out(number, Reason::Syntax, text);
            return Ok(());
        }
        let Some(trigger) = self.trigger() else {
            reading.left_out(number, Reason::Syntax, text);
            return Ok(());
        };
        let data = if kind == "CNAME" { data } else { "" };
        self.rule(reading, number, text, &trigger, data)
    }

    fn rule(
        &mut self,
        reading: &mut Reading<'_>,
        number: u64,
        text: &str,
        trigger: &str,
        target: &str,
    ) -> Result<()> {
        let last = trigger.rsplit('.').next().unwrap_or_default();
        if matches!(
            last,
            "rpz-ip" | "rpz-client-ip" | "rpz-nsip" | "rpz-nsdname"
        ) {
            reading.left_out(number, Reason::Narrower, text);
            return Ok(());
        }
        let target = target.to_ascii_lowercase();
        let bare = target.strip_suffix('.').unwrap_or(&target);
        let action = match bare {
            "rpz-tcp-only" => {
                reading.left_out(number, Reason::Narrower, text);
                return Ok(());
            }
            "rpz-passthru" => Action::Allow,
            // How exceptions were written before there was a word for them.
            _ if bare == trigger && !bare.is_empty() => Action::Allow,
            _ => Action::List,
        };
        let (name, scope) = match trigger.strip_prefix("*.") {
            Some(name) => (name, HostScope::Subdomains),
            None => (
                trigger,
                reading.options.host_scope.unwrap_or(HostScope::Host),
            ),
        };
        if name.is_empty() || name == "*" {
            reading.left_out(number, Reason::NotAnAddress, text);
            return Ok(());
        }
        if name.contains('*') {
            reading.left_out(number, Reason::Narrower, text);
            return Ok(());
        }
        let Some(host) = host::canonical(name) else {
            reading.left_out(number, Reason::NoHost, text);
            return Ok(());
        };
        let listed = Some((trigger.to_owned(), action));
        if self.listed == listed {
            reading.ignored();
            return Ok(());
        }
        self.listed = listed;
        let mut entry = Entry::host(&host, scope, number);
        entry.action = action;
        reading.entry(entry)
    }

    fn directive(&mut self, reading: &mut Reading<'_>, number: u64, text: &str) {
        let mut words = text.split_whitespace();
        let name = words.next().unwrap_or_default().to_ascii_uppercase();
        match (name.as_str(), words.next()) {
            ("$TTL", Some(_)) => reading.ignored(),
            ("$ORIGIN", Some(origin)) => {
                self.origin = match absolute(origin) {
                    Some(name) => name.to_ascii_lowercase(),
                    None if self.origin.is_empty() => origin.to_ascii_lowercase(),
                    None => format!("{}.{}", origin.to_ascii_lowercase(), self.origin),
                };
                reading.ignored();
            }
            ("$INCLUDE", Some(_)) => reading.left_out(number, Reason::Include, text),
            ("$GENERATE", Some(_)) => reading.left_out(number, Reason::Narrower, text),
            _ => reading.left_out(number, Reason::Syntax, text),
        }
    }

    /// The owner without the zone's name; `None` if it is outside the zone.
    fn trigger(&self) -> Option<String> {
        let full = match absolute(&self.owner) {
            // A zone that never says its name is written in absolute names.
            Some(name) if self.apex.is_empty() && self.origin.is_empty() => {
                return Some(name.to_ascii_lowercase());
            }
            Some(name) => name.to_ascii_lowercase(),
            None if self.owner == "@" => self.origin.clone(),
            None if self.origin.is_empty() => return Some(self.owner.to_ascii_lowercase()),
            None => format!("{}.{}", self.owner.to_ascii_lowercase(), self.origin),
        };
        let apex = if self.apex.is_empty() {
            &self.origin
        } else {
            &self.apex
        };
        if full == *apex {
            return Some(String::new());
        }
        full.strip_suffix(apex.as_str())
            .and_then(|name| {
                if apex.is_empty() {
                    Some(name)
                } else {
                    name.strip_suffix('.')
                }
            })
            .map(str::to_owned)
    }
}

/// A name that ends in a dot, without it.
fn absolute(name: &str) -> Option<&str> {
    trim(name).strip_suffix('.')
}

fn is_class(word: &str) -> bool {
    ["IN", "CH", "HS"]
        .iter()
        .any(|class| class.eq_ignore_ascii_case(word))
}

/// A time to live: seconds, or numbers with units (`1h30m`).
fn is_ttl(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
        && word
            .bytes()
            .all(|b| b.is_ascii_digit() || b"smhdwSMHDW".contains(&b))
}
