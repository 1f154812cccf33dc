//! Public suffixes and registrable domains, by the Public Suffix List.
//!
//! A public suffix is a name under which others register theirs: `com`,
//! `co.uk`, `github.io`. A rule for one would cover sites that have nothing to
//! do with each other, so readers of lists ask here before they believe a line.
//!
//! The list is the one compiled into the crate `psl`; it changes with that
//! crate's version.

use std::net::Ipv4Addr;

/// The public suffix of a host name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PublicSuffix<'a> {
    /// The suffix, a part of the host that was asked about.
    pub text: &'a str,
    /// Whether it belongs to the domain name system's own registries (`co.uk`),
    /// as against a company that lets others use its domain (`github.io`).
    pub icann: bool,
    /// Whether the list names it; otherwise it is the last label, which the
    /// list says to assume.
    pub known: bool,
}

/// The public suffix of `host`, a canonical host name; IP addresses have none.
///
/// The host may be a suffix itself.
///
/// # Examples
///
/// ```
/// use hedgerow::suffix::public_suffix;
///
/// let suffix = public_suffix("www.school.sch.uk").unwrap();
/// assert_eq!((suffix.text, suffix.icann, suffix.known), ("school.sch.uk", true, true));
///
/// let private = public_suffix("someone.github.io").unwrap();
/// assert_eq!((private.text, private.icann), ("github.io", false));
///
/// assert!(!public_suffix("printer.internal").unwrap().known);
/// assert_eq!(public_suffix("192.0.2.7"), None);
/// ```
#[must_use]
pub fn public_suffix(host: &str) -> Option<PublicSuffix<'_>> {
    if is_ip(host) {
        return None;
    }
    let suffix = psl::suffix(host.as_bytes())?;
    let text = std::str::from_utf8(suffix.as_bytes()).ok()?;
    Some(PublicSuffix {
        text,
        icann: suffix.typ() == Some(psl::Type::Icann),
        known: suffix.is_known(),
    })
}

/// The domain that somebody registered to have `host`, a canonical host name:
/// the public suffix and one label more.
///
/// A public suffix has none, an IP address has none, a single label has none.
///
/// # Examples
///
/// ```
/// use hedgerow::suffix::registrable_domain;
///
/// assert_eq!(registrable_domain("www.bad.co.uk"), Some("bad.co.uk"));
/// assert_eq!(registrable_domain("a.someone.github.io"), Some("someone.github.io"));
/// assert_eq!(registrable_domain("co.uk"), None);
/// assert_eq!(registrable_domain("[2001:db8::1]"), None);
/// ```
#[must_use]
pub fn registrable_domain(host: &str) -> Option<&str> {
    if is_ip(host) {
        return None;
    }
    psl::domain_str(host)
}

/// Whether a canonical host is an IP address and so no name.
fn is_ip(host: &str) -> bool {
    host.starts_with('[')
        || (host.ends_with(|c: char| c.is_ascii_digit()) && host.parse::<Ipv4Addr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(host: &str, suffix: Option<&str>, domain: Option<&str>) {
        assert_eq!(
            public_suffix(host).map(|suffix| suffix.text),
            suffix,
            "{host}"
        );
        assert_eq!(registrable_domain(host), domain, "{host}");
    }

    #[test]
    fn suffixes_and_domains() {
        check("com", Some("com"), None);
        check("bad.com", Some("com"), Some("bad.com"));
        check("a.b.bad.com", Some("com"), Some("bad.com"));
        check("www.ck", Some("ck"), Some("www.ck"));
        check("a.b.ck", Some("b.ck"), Some("a.b.ck"));
        check("b.ck", Some("b.ck"), None);
        check("adult", Some("adult"), None);
        check("bad.example", Some("example"), Some("bad.example"));
        check("localhost", Some("localhost"), None);
        check(
            "xn--85x722f.xn--55qx5d.cn",
            Some("xn--55qx5d.cn"),
            Some("xn--85x722f.xn--55qx5d.cn"),
        );
        check("a1.2b", Some("2b"), Some("a1.2b"));
    }

    #[test]
    fn what_has_none() {
        for host in ["", "192.0.2.7", "[::1]"] {
            check(host, None, None);
        }
    }
}
