//! List readers: one file a format, each yields [`Entry`] values and says what
//! it left out and why.
//!
//! A reader never widens a line. One that is valid but narrower than a whole
//! address, or that the reader does not understand, is reported through
//! [`Sink::left_out`] and the list goes on. A file that does not look like its
//! format at all is refused as a whole with an [`Error`].

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

use crate::error::Result;
use crate::rule::{Action, Case, Entry, HostScope, PathScope};
use std::fmt;

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
        Format::ALL.iter().copied().find(|format| format.name() == name)
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
    /// What a plain line covers.
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
