//! From a list's spelling of a host or an address to its canonical form: the
//! way that requests go, and what a list may write besides.

use crate::address::{CanonicalUrl, canonical_host};
use std::borrow::Cow;

/// No name in the DNS is longer.
const MAX_NAME: usize = 253;

/// An address as an entry names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The canonical host; IPv6 in brackets.
    pub host: Cow<'a, str>,
    /// The port that is written, unless it is the default of a scheme that is
    /// written too.
    pub port: Option<u16>,
    /// The canonical path and query; `None` when nothing is written after the
    /// host, or only a slash.
    pub target: Option<Cow<'a, str>>,
    /// The slash of a root path is written.
    pub slash: bool,
}

/// The canonical form of a host: a name, an IPv4 address in any notation, an
/// IPv6 address with or without brackets. `None` if no list means such a host:
/// what requests may have in a host beyond letters, digits, hyphens and
/// underscores is, in a list, something else gone wrong.
pub(super) fn canonical(text: &str) -> Option<Cow<'_, str>> {
    match canonical_host(text).ok()? {
        // What is borrowed has nothing else in it.
        Cow::Borrowed(host) if host.len() <= MAX_NAME => Some(Cow::Borrowed(host)),
        host => is_listable(&host).then_some(host),
    }
}

fn is_listable(host: &str) -> bool {
    host.len() <= MAX_NAME
        && (host.starts_with('[')
            || host
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_')))
}

/// Reads `[scheme://]host[:port][/path][?query]` as requests are read: what the
/// readers of plain lists do, and what a policy does with its own rules.
///
/// `None` if there is no host, or one that no list means: wildcards, spaces and
/// the like are something else gone wrong. Networks are not read here.
///
/// # Examples
///
/// ```
/// use hedgerow::lists::place;
///
/// let place = place("https://Bad.Example./A/../Casino#top").expect("an address");
/// assert_eq!(place.host, "bad.example");
/// assert_eq!(place.target.as_deref(), Some("/Casino"));
/// assert_eq!(place.port, None);
///
/// assert!(hedgerow::lists::place("*.bad.example").is_none());
/// ```
#[must_use]
pub fn place(text: &str) -> Option<Place<'_>> {
    let is_bare = memchr::memchr3(b'/', b'?', b'#', text.as_bytes()).is_none();
    if is_bare && let Some(host) = canonical(text) {
        return Some(Place {
            host,
            port: None,
            target: None,
            slash: false,
        });
    }
    let (scheme, rest) = split_scheme(text);
    let authority_end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    // A browser would take what follows the slashes for the host; a list that
    // begins so has lost its host.
    if authority_end == 0 {
        return None;
    }
    let slash = rest[authority_end..].starts_with(['/', '\\']);
    let authority = &rest[..authority_end];
    let port = written_port(authority);
    let port = match scheme.map(str::to_ascii_lowercase).as_deref() {
        Some("http" | "ws") if port == Some(80) => None,
        Some("https" | "wss") if port == Some(443) => None,
        Some("ftp") if port == Some(21) => None,
        _ => port,
    };
    // Without a scheme, `mailto:…` and the like are hosts with a port that is
    // none, and not addresses.
    let url = CanonicalUrl::parse(text).ok()?;
    if !is_listable(url.host_text()) {
        return None;
    }
    let target = (url.target() != "/").then(|| Cow::Owned(url.target().to_owned()));
    Some(Place {
        host: Cow::Owned(url.host_text().to_owned()),
        port,
        target,
        slash,
    })
}

/// The scheme that is written with `//` after it, and the rest.
fn split_scheme(text: &str) -> (Option<&str>, &str) {
    if let Some((scheme, rest)) = text.split_once("://") {
        let mut bytes = scheme.bytes();
        if bytes.next().is_some_and(|b| b.is_ascii_alphabetic())
            && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
        {
            return (Some(scheme), rest);
        }
    }
    (None, text)
}

/// Whether `text` names a scheme, which covers less than an address does.
pub(super) fn has_scheme(text: &str) -> bool {
    split_scheme(text).0.is_some()
}

fn written_port(authority: &str) -> Option<u16> {
    let (before, port) = authority.rsplit_once(':')?;
    // The colons inside an IPv6 address are none of a port's.
    if before.starts_with('[') && !before.ends_with(']') {
        return None;
    }
    port.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_spellings() {
        assert_eq!(
            canonical("WWW.Example.COM.").as_deref(),
            Some("www.example.com")
        );
        assert_eq!(
            canonical("b\u{fc}cher.example").as_deref(),
            Some("xn--bcher-kva.example")
        );
        assert_eq!(canonical("2001:DB8::1").as_deref(), Some("[2001:db8::1]"));
        assert_eq!(
            canonical("[::ffff:192.0.2.1]").as_deref(),
            Some("192.0.2.1")
        );
        assert_eq!(canonical("0x7f.1").as_deref(), Some("127.0.0.1"));
        assert_eq!(canonical("a b.example"), None);
        assert_eq!(canonical(""), None);
        assert_eq!(canonical("{\"error\":1}"), None);
        assert_eq!(canonical(&"a.".repeat(128)), None);
        assert!(canonical(&"a.".repeat(127)).is_some());
        assert_eq!(canonical("a/b"), None);
        assert_eq!(canonical("a*.example"), None);
        assert_eq!(canonical("not<found"), None);
        assert_eq!(canonical("a%20b.example"), None);
        assert!(matches!(
            canonical("a_b.example"),
            Some(Cow::Borrowed("a_b.example"))
        ));
    }

    #[test]
    fn places() {
        let place = |text| {
            let place = super::place(text)?;
            Some((
                place.host.into_owned(),
                place.port,
                place.target.map(Cow::into_owned),
            ))
        };
        let of = |host: &str, port, target: Option<&str>| {
            Some((host.to_owned(), port, target.map(str::to_owned)))
        };
        assert_eq!(place("d.example"), of("d.example", None, None));
        assert_eq!(place("d.example/"), of("d.example", None, None));
        assert_eq!(place("d.example/#x"), of("d.example", None, None));
        assert_eq!(
            place("D.example/A?b#c"),
            of("d.example", None, Some("/A?b"))
        );
        assert_eq!(
            place("d.example:8080/x"),
            of("d.example", Some(8080), Some("/x"))
        );
        assert_eq!(place("d.example:80"), of("d.example", Some(80), None));
        assert_eq!(place("http://d.example:80/"), of("d.example", None, None));
        assert_eq!(
            place("https://d.example:80/"),
            of("d.example", Some(80), None)
        );
        assert_eq!(place("d.example?q=1"), of("d.example", None, Some("/?q=1")));
        assert_eq!(
            place("[2001:db8::1]:81/x"),
            of("[2001:db8::1]", Some(81), Some("/x"))
        );
        assert_eq!(place("2001:db8::1"), of("[2001:db8::1]", None, None));
        assert_eq!(place("http://"), None);
        assert_eq!(place("/x"), None);
    }
}
