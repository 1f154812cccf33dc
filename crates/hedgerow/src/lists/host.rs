//! From a list's spelling of a host or an address to its canonical form.
//!
//! Nearly every line of a real list is a lower-case name or a dotted IPv4
//! address that is canonical already; these are recognised in one pass and
//! borrowed. Everything else goes the way that requests go.

use std::borrow::Cow;

/// An address as an entry names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place<'a> {
    /// The canonical host; IPv6 in brackets.
    pub(super) host: Cow<'a, str>,
    /// The port that is written, unless it is the default of a scheme that is
    /// written too.
    pub(super) port: Option<u16>,
    /// The canonical path and query; `None` when nothing is written after the
    /// host, or only a slash.
    pub(super) target: Option<Cow<'a, str>>,
    /// The slash of a root path is written.
    pub(super) slash: bool,
}

/// Whether `text` is a host in canonical form beyond doubt.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.is_empty() || bytes.len() > 253 {
        return false;
    }
    let mut label = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => {}
            b'.' => {
                if at == label {
                    return false;
                }
                label = at + 1;
            }
            _ => return false,
        }
    }
    let last = &bytes[label..];
    let Some(&first) = last.first() else {
        return false;
    };
    // A-labels are checked where requests' are. The last label of a name
    // begins with a letter, else it may be a number and the host an IPv4
    // address in some notation.
    if memchr::memmem::find(bytes, b"xn--").is_some() {
        return false;
    }
    first.is_ascii_lowercase() || is_dotted_ipv4(bytes)
}

/// Whether `bytes` is an IPv4 address in the one canonical notation.
fn is_dotted_ipv4(bytes: &[u8]) -> bool {
    let mut parts = 0;
    for part in bytes.split(|&byte| byte == b'.') {
        parts += 1;
        let value = match part {
            [a] => u16::from(a.wrapping_sub(b'0')),
            [a @ b'1'..=b'9', b] => digits(&[*a, *b]),
            [a @ b'1'..=b'9', b, c] => digits(&[*a, *b, *c]),
            _ => return false,
        };
        if value > 255 || !part.iter().all(u8::is_ascii_digit) {
            return false;
        }
    }
    parts == 4
}

fn digits(part: &[u8]) -> u16 {
    part.iter().fold(0, |value, digit| {
        value * 10 + u16::from(digit.wrapping_sub(b'0').min(9))
    })
}

/// The canonical form of a host: a name, an IPv4 address in any notation, an
/// IPv6 address with or without brackets. `None` if no address has that host.
pub(super) fn canonical(text: &str) -> Option<Cow<'_, str>> {
    if is_plain(text) {
        return Some(Cow::Borrowed(text));
    }
    if text
        .bytes()
        .any(|b| matches!(b, b'/' | b'?' | b'#' | b'@' | b' ' | b'\\' | b'*'))
    {
        return None;
    }
    if let Ok(address) = text.parse::<std::net::Ipv6Addr>() {
        return slow_host(&format!("[{address}]")).map(Cow::Owned);
    }
    slow_host(text).map(Cow::Owned)
}

fn slow_host(text: &str) -> Option<String> {
    match url::Host::parse(text.trim_matches('.')).ok()? {
        url::Host::Ipv6(address) => match address.to_ipv4_mapped() {
            Some(address) => Some(address.to_string()),
            None => Some(format!("[{address}]")),
        },
        host => Some(host.to_string()),
    }
}

/// Reads `[scheme://]host[:port][/path][?query]` as requests are read.
pub(super) fn place(text: &str) -> Option<Place<'_>> {
    if is_plain(text) {
        return Some(Place {
            host: Cow::Borrowed(text),
            port: None,
            target: None,
        });
    }
    let (scheme, rest) = split_scheme(text);
    if scheme.is_none() && rest.parse::<std::net::Ipv6Addr>().is_ok() {
        return Some(Place {
            host: canonical(rest)?,
            port: None,
            target: None,
        });
    }
    let authority_end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    // A browser would take what follows the slashes for the host; a list that
    // begins so has lost its host.
    if authority_end == 0 {
        return None;
    }
    let authority = &rest[..authority_end];
    let port = written_port(authority);
    let port = match scheme.map(str::to_ascii_lowercase).as_deref() {
        Some("http" | "ws") if port == Some(80) => None,
        Some("https" | "wss") if port == Some(443) => None,
        Some("ftp") if port == Some(21) => None,
        _ => port,
    };
    let full = match scheme {
        Some(_) => Cow::Borrowed(text),
        None => Cow::Owned(format!("http://{text}")),
    };
    let url = url::Url::parse(&full).ok()?;
    let host = slow_host(url.host_str()?)?;
    let target = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let target = (target != "/").then_some(Cow::Owned(target));
    Some(Place {
        host: Cow::Owned(host),
        port,
        target,
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
    fn plain_is_borrowed() {
        for host in [
            "example.com",
            "a_b.example",
            "-x-.example",
            "192.0.2.255",
            "0.0.0.0",
            "x1",
        ] {
            assert!(
                matches!(canonical(host), Some(Cow::Borrowed(text)) if text == host),
                "{host}"
            );
        }
        for host in [
            "Example.com",
            "a..b",
            ".a",
            "a.",
            "192.0.2.256",
            "01.2.3.4",
            "1.2.3",
            "0x7f.1",
        ] {
            assert!(!is_plain(host), "{host}");
        }
    }

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
