//! List readers: one file a format, each yields [`Entry`] values and says what
//! it left out and why.
//!
//! A reader never widens a line. One that is valid but narrower than a whole
//! address, or that the reader does not understand, is reported through
//! [`Sink::left_out`] and the list goes on. A file that does not look like its
//! format at all is refused as a whole with an [`Error`].
//!
//! [`read`] reads one list. Each format has a page of its own below that says
//! what a line means there.
//!
//! # Lines
//!
//! Lists are read as they are found: lines end at LF, CRLF or CR; a line is
//! UTF-8, and Latin-1 where it is not valid UTF-8; a byte order mark is
//! dropped, and tells UTF-16; controls at either end of a line are dropped. A
//! line longer than 16 MiB is left out, and memory stays bounded.
//!
//! # Refusals
//!
//! An HTML page, a binary file, a file with nothing but comments, and one of
//! which fewer than half of the lines can be read, give an [`Error`]. A line
//! that can be read but gives no rule counts as readable. Entries may have
//! gone to the sink before the error does.

pub mod adblock;
pub mod csv;
mod detect;
pub mod dnsmasq;
pub mod domains;
pub mod e2guardian;
mod host;
pub mod hosts;
mod include;
mod json;
mod lines;
mod reading;
mod refuse;
mod regexp;
pub mod rpz;
pub mod squid;
pub mod squidguard;
pub mod unbound;
pub mod url_blocklist;
pub mod wildcard;

pub use detect::detect;
pub use host::{Place, place};
#[cfg(feature = "files")]
pub use include::FolderIncludes;

pub use include::{Included, Includes};
pub use reading::Summary;

#[cfg(feature = "files")]
mod folder;
#[cfg(feature = "files")]
pub mod manifest;
#[cfg(feature = "files")]
mod path_pattern;
#[cfg(feature = "files")]
mod search;
#[cfg(feature = "files")]
pub mod source;

#[cfg(feature = "files")]
pub use manifest::Manifest;
#[cfg(feature = "files")]
pub use source::{ListSource, SkipReason, Skipped, Sources, discover};

use crate::error::{Error, ErrorKind, Result};
use crate::rule::{Action, Case, Entry, HostScope, PathScope};
use std::borrow::Cow;
use std::fmt;
use std::io::BufRead;

/// What takes a reader's entries: the compiler, a linter, a test.
pub trait Sink {
    /// Takes one rule.
    ///
    /// # Errors
    ///
    /// Whatever the sink cannot go on after; the reader stops with it.
    fn entry(&mut self, entry: &Entry<'_>) -> Result<()>;

    /// Takes note of one line that gave no rule.
    fn left_out(&mut self, left_out: &LeftOut<'_>);

    /// Takes note that the lines that follow stand in the included file
    /// `name` (as [`Includes`] names it), or again in the list itself.
    ///
    /// Only formats that include other files call it; the default ignores it.
    fn file(&mut self, name: Option<&str>) {
        let _ = name;
    }
}

/// A line that gave no rule, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeftOut<'a> {
    /// The line, counted from 1.
    pub line: u64,
    /// Why it was left out.
    pub reason: Reason,
    /// The line's text, shortened to at most 120 characters.
    pub text: &'a str,
}

/// Why a line gave no rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Reason {
    /// It cannot be read in the list's format.
    Syntax,
    /// It names no host that an address could have.
    NoHost,
    /// It is valid but covers less than whole addresses (a third-party or
    /// page-bound rule, a cosmetic filter, one scheme only).
    Narrower,
    /// It has a modifier that this reader does not know.
    UnknownModifier,
    /// Its regular expression uses what a linear-time engine cannot do
    /// (look-around, back-references), or is too large.
    UnsupportedRegex,
    /// Its host is a public suffix, and the manifest does not allow that.
    PublicSuffix,
    /// Its host is a single label, and the manifest does not allow that.
    SingleLabel,
    /// It names something that is not an address (a hosts file's `localhost`,
    /// a zone's SOA record).
    NotAnAddress,
    /// It includes another file that cannot be read.
    Include,
    /// It names a category that is not known.
    UnknownCategory,
}

impl Reason {
    /// Every reason, in the order of declaration.
    pub const ALL: &'static [Reason] = &[
        Reason::Syntax,
        Reason::NoHost,
        Reason::Narrower,
        Reason::UnknownModifier,
        Reason::UnsupportedRegex,
        Reason::PublicSuffix,
        Reason::SingleLabel,
        Reason::NotAnAddress,
        Reason::Include,
        Reason::UnknownCategory,
    ];

    /// The stable code of this reason.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Reason::Syntax => "syntax",
            Reason::NoHost => "no-host",
            Reason::Narrower => "narrower",
            Reason::UnknownModifier => "unknown-modifier",
            Reason::UnsupportedRegex => "unsupported-regex",
            Reason::PublicSuffix => "public-suffix",
            Reason::SingleLabel => "single-label",
            Reason::NotAnAddress => "not-an-address",
            Reason::Include => "include",
            Reason::UnknownCategory => "unknown-category",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The formats that lists come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Format {
    /// squidGuard's `domains` (UT1, Shalla): a line is a domain.
    SquidGuardDomains,
    /// squidGuard's `urls`: a web host and a path prefix, in either case.
    SquidGuardUrls,
    /// squidGuard's `expressions`: regular expressions.
    SquidGuardExpressions,
    /// One domain a line.
    Domains,
    /// A hosts file: an address to sink to, and names.
    Hosts,
    /// `*.example.com` and `example.com` lines.
    Wildcard,
    /// AdGuard, Adblock Plus, uBlock Origin: the whole-site subset.
    Adblock,
    /// dnsmasq's `address=`, `local=`, `server=`.
    Dnsmasq,
    /// unbound's `local-zone:`.
    Unbound,
    /// A DNS response policy zone.
    Rpz,
    /// Squid's `dstdomain` files.
    SquidDstdomain,
    /// e2guardian's site lists.
    E2guardianSites,
    /// e2guardian's URL lists.
    E2guardianUrls,
    /// e2guardian's IP lists.
    E2guardianIps,
    /// e2guardian's regular-expression URL lists.
    E2guardianRegexps,
    /// Chrome's `URLBlocklist` policy: lines, or the policy's JSON.
    UrlBlocklist,
    /// A table of URLs (illegal-content lists).
    Csv,
}

impl Format {
    /// Every format, in the order of declaration.
    pub const ALL: &'static [Format] = &[
        Format::SquidGuardDomains,
        Format::SquidGuardUrls,
        Format::SquidGuardExpressions,
        Format::Domains,
        Format::Hosts,
        Format::Wildcard,
        Format::Adblock,
        Format::Dnsmasq,
        Format::Unbound,
        Format::Rpz,
        Format::SquidDstdomain,
        Format::E2guardianSites,
        Format::E2guardianUrls,
        Format::E2guardianIps,
        Format::E2guardianRegexps,
        Format::UrlBlocklist,
        Format::Csv,
    ];

    /// The stable name, as a manifest writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Format::SquidGuardDomains => "squidguard-domains",
            Format::SquidGuardUrls => "squidguard-urls",
            Format::SquidGuardExpressions => "squidguard-expressions",
            Format::Domains => "domains",
            Format::Hosts => "hosts",
            Format::Wildcard => "wildcard",
            Format::Adblock => "adblock",
            Format::Dnsmasq => "dnsmasq",
            Format::Unbound => "unbound",
            Format::Rpz => "rpz",
            Format::SquidDstdomain => "squid-dstdomain",
            Format::E2guardianSites => "e2guardian-sites",
            Format::E2guardianUrls => "e2guardian-urls",
            Format::E2guardianIps => "e2guardian-ips",
            Format::E2guardianRegexps => "e2guardian-regexps",
            Format::UrlBlocklist => "url-blocklist",
            Format::Csv => "csv",
        }
    }

    /// The format that `name` names.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Format> {
        Format::ALL
            .iter()
            .copied()
            .find(|format| format.name() == name)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a manifest may set for one list, beside its format. `None` leaves the
/// format's own default (`semantics.md` §3, told in the crate's guide).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListOptions {
    /// What a plain line covers. [`HostScope::Network`] is no such thing, and
    /// leaves the default.
    pub host_scope: Option<HostScope>,
    /// What a path line covers.
    pub path_scope: Option<PathScope>,
    /// How paths are compared.
    pub case: Option<Case>,
    /// A whole list of exceptions is [`Action::Allow`].
    pub action: Option<Action>,
    /// Where the columns of a [`Format::Csv`] list are.
    pub csv: CsvOptions,
}

impl ListOptions {
    /// The same, without the scope that no host has: it is for blocks of
    /// addresses, and [`Pattern::Address`](crate::Pattern::Address) says it
    /// never has it. (A table's scope column may well say it: of blocks.)
    fn without_networks(&self) -> Cow<'_, ListOptions> {
        if self.host_scope != Some(HostScope::Network) {
            return Cow::Borrowed(self);
        }
        Cow::Owned(ListOptions {
            host_scope: None,
            ..self.clone()
        })
    }
}

/// The shape of a table of URLs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CsvOptions {
    /// The byte between fields; `None` tells it from the first line (`,`, `;`,
    /// tab, `|`).
    pub delimiter: Option<u8>,
    /// Whether the first row names the columns; `None` tells it from the row.
    pub header: Option<bool>,
    /// The column of the address: a header's name, or a number counted from 1.
    pub address_column: Option<String>,
    /// The column that says what an address covers.
    pub scope_column: Option<String>,
    /// What the scope column's values mean: value, host scope, path scope.
    pub scopes: Vec<(String, HostScope, PathScope)>,
    /// The column that names the category.
    pub category_column: Option<String>,
}

/// Reads a list: every rule, and every line that gave none, goes to `sink`.
///
/// A line that includes another file is reported, as there is none to be had;
/// see [`read_with`].
///
/// # Errors
///
/// What `input` and `sink` give; and
/// [`ListEmpty`](crate::ErrorKind::ListEmpty),
/// [`ListHtml`](crate::ErrorKind::ListHtml),
/// [`ListBinary`](crate::ErrorKind::ListBinary) or
/// [`ListUnreadable`](crate::ErrorKind::ListUnreadable) when the input is no
/// list of this format; [`Manifest`](crate::ErrorKind::Manifest) when
/// `options.host_scope` is [`HostScope::Network`]. The errors name no path: the
/// caller knows it.
///
/// # Resource usage
///
/// One line is in memory at a time, at most 16 MiB of it; or one row
/// of a table.
///
/// # Examples
///
/// ```
/// use hedgerow::ErrorKind;
/// use hedgerow::lists::{read, Collected, Format, ListOptions};
///
/// let mut sink = Collected::default();
/// let options = ListOptions::default();
/// let summary = read(&mut &b"casino.example\n"[..], Format::Domains, &options, &mut sink)?;
/// assert_eq!((summary.lines, summary.entries), (1, 1));
/// assert_eq!(sink.entries, ["domain casino.example"]);
///
/// let page = b"<!doctype html><title>404</title>";
/// let error = read(&mut &page[..], Format::Domains, &options, &mut sink).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::ListHtml);
/// # Ok::<(), hedgerow::Error>(())
/// ```
pub fn read(
    input: &mut dyn BufRead,
    format: Format,
    options: &ListOptions,
    sink: &mut dyn Sink,
) -> Result<Summary> {
    read_with(input, format, options, None, sink)
}

/// Reads a list as [`read`] does, and the files it includes through
/// `includes`.
///
/// # Errors
///
/// Those of [`read`].
pub fn read_with(
    input: &mut dyn BufRead,
    format: Format,
    options: &ListOptions,
    includes: Option<&mut dyn Includes>,
    sink: &mut dyn Sink,
) -> Result<Summary> {
    // A line names a host or a block by what it is; no setting makes one the
    // other.
    if options.host_scope == Some(HostScope::Network) {
        return Err(Error::new(
            ErrorKind::Manifest,
            "host_scope cannot be network: networks are told from their lines",
        ));
    }
    let options = &options.without_networks();
    let input = lines::Input::open(input)?;
    let mut reading = reading::Reading::new(options, sink);
    match format {
        Format::UrlBlocklist => url_blocklist::read(input, &mut reading)?,
        Format::Csv => csv::read(input, &mut reading)?,
        _ => {
            let lines = &mut lines::Lines::new(input);
            read_lines(lines, format, includes, &mut reading)?;
        }
    }
    reading.finish()
}

/// Reads a list whose format is one of lines.
fn read_lines(
    lines: &mut lines::Lines<'_>,
    format: Format,
    includes: Option<&mut dyn Includes>,
    reading: &mut reading::Reading<'_>,
) -> Result<()> {
    match format {
        Format::SquidGuardDomains | Format::Domains => domains::read(lines, reading),
        Format::SquidGuardUrls => squidguard::read_urls(lines, reading),
        Format::SquidGuardExpressions => squidguard::read_expressions(lines, reading),
        Format::Hosts => hosts::read(lines, reading),
        Format::Wildcard => wildcard::read(lines, reading),
        Format::Adblock => adblock::read(lines, reading),
        Format::Dnsmasq => dnsmasq::read(lines, reading),
        Format::Unbound => unbound::read(lines, reading),
        Format::Rpz => rpz::read(lines, reading),
        Format::SquidDstdomain => squid::read(lines, reading),
        Format::E2guardianSites
        | Format::E2guardianUrls
        | Format::E2guardianIps
        | Format::E2guardianRegexps => {
            e2guardian::Reader::new(format, includes).read(lines, reading, None)
        }
        // These two are no formats of lines; `read_with` reads them itself.
        Format::UrlBlocklist | Format::Csv => Ok(()),
    }
}

/// A sink that keeps everything as text: for tests, examples and small tools.
///
/// # Examples
///
/// See [`read`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// Each entry, as [`Entry`] is displayed.
    pub entries: Vec<String>,
    /// Each line left out: its number, the reason's code, its text.
    pub left_out: Vec<(u64, &'static str, String)>,
}

impl Sink for Collected {
    fn entry(&mut self, entry: &Entry<'_>) -> Result<()> {
        self.entries.push(entry.to_string());
        Ok(())
    }

    fn left_out(&mut self, left_out: &LeftOut<'_>) {
        self.left_out.push((
            left_out.line,
            left_out.reason.code(),
            left_out.text.to_owned(),
        ));
    }
}
