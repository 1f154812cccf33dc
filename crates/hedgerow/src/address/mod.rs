//! Addresses: text in, [`CanonicalUrl`] out.
//!
//! An address arrives as an absolute URL, as `host/path` without a scheme, as
//! the `host:port` of a proxy's CONNECT, as a bare host name or as an IP
//! address. All become one [`CanonicalUrl`], by the same function for the
//! entries of lists and for requests, so that the two can be compared byte by
//! byte:
//!
//! 1. controls and spaces at the ends go, tabs and line breaks go anywhere;
//! 2. text without a scheme is read as `http://…`;
//! 3. what is left is read as browsers read it (the WHATWG URL standard), and
//!    where they refuse, by the more lenient host rules of Safe Browsing;
//! 4. the host becomes lower-case A-labels without superfluous dots, dotted
//!    decimal, or an IPv6 address in brackets;
//! 5. userinfo, fragment and default port go; another port stays;
//! 6. path and query are percent-decoded until nothing is left to decode, the
//!    path's `\` becomes `/`, its dot segments are resolved and its repeated
//!    slashes merged; then spaces, controls, `#`, `%`, what is not ASCII, and a
//!    path's `?` are encoded again. Case is kept.
//!
//! Most real addresses are canonical already, but for a fragment or a missing
//! path. One pass proves that, and the address is borrowed; only the others
//! are taken apart and written anew.
//!
//! Canonicalising never panics, is idempotent, and takes time and memory in
//! proportion to the text. There is no limit of length.

mod escape;
mod fast;
mod full;
mod host;
mod wrapper;
mod wrapper_table;

pub use self::host::canonical_host;
pub(crate) use self::wrapper::chain_from;
pub use self::wrapper::{Carried, Chain, MAX_DEPTH, unwrap, unwrap_chain};

use self::host::HostKind;
use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt::{self, Write as _};
use std::hash::{Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address in canonical form.
///
/// Its [`Display`](fmt::Display) is the canonical text,
/// `scheme://host[:port]/path[?query]`; two addresses are equal, and ordered,
/// as their canonical texts are.
///
/// # Examples
///
/// ```
/// use hedgerow::CanonicalUrl;
///
/// let url = CanonicalUrl::parse("HTTP://user@Bad.Example:80/a/%2E%2e/Casino%2541#top")?;
/// assert_eq!(url.to_string(), "http://bad.example/CasinoA");
/// assert_eq!(url.host_text(), "bad.example");
/// assert_eq!(url.target(), "/CasinoA");
///
/// let listed = CanonicalUrl::parse("bad.example/CasinoA")?;
/// assert!(listed.is_borrowed());
/// assert_eq!(listed, url);
/// # Ok::<(), hedgerow::address::Unclassifiable>(())
/// ```
///
/// # Resource usage
///
/// An address that is already canonical, or lacks only its scheme or path, is
/// borrowed from the text it was parsed from; any other is held in one string
/// of at most three times the length of the text (and, for international
/// names, the A-labels).
#[derive(Clone)]
pub struct CanonicalUrl<'a> {
    /// The canonical text, but for what may be implied: a scheme (`http`), a
    /// path (`/`). It may have a default port that canonical text has not.
    text: Cow<'a, str>,
    /// Behind `://`, or 0 if the scheme is implied.
    host_start: usize,
    host_end: usize,
    /// The length of `text` if the path is implied.
    target_start: usize,
    /// Where the `?` is, or the length of `text`.
    path_end: usize,
    /// The port, unless it is the scheme's default.
    port: Option<u16>,
    host_kind: HostKind,
    /// Whether the path has `:/` in it. The scan of the address meets it
    /// anyway, and the search for wrappers begins with it.
    has_scheme_in_path: bool,
}

impl<'a> CanonicalUrl<'a> {
    /// The canonical form of the address `text`.
    ///
    /// # Errors
    ///
    /// [`Unclassifiable`], with the reason, if the text has no host: what
    /// cannot be classified is an outcome of its own and never counts as clean.
    ///
    /// # Examples
    ///
    /// ```
    /// use hedgerow::CanonicalUrl;
    ///
    /// let url = CanonicalUrl::parse("localhost:3000/x")?;
    /// assert_eq!((url.host_text(), url.port(), url.target()), ("localhost", Some(3000), "/x"));
    ///
    /// let error = CanonicalUrl::parse("javascript:alert(1)").unwrap_err();
    /// assert_eq!(error.reason().code(), "no-host");
    /// # Ok::<(), hedgerow::address::Unclassifiable>(())
    /// ```
    pub fn parse(text: &'a str) -> Result<CanonicalUrl<'a>, Unclassifiable> {
        match fast::parse(text) {
            Some(url) => Ok(url),
            None => full::parse(text),
        }
    }

    /// The canonical form of the address `bytes`, which need not be UTF-8.
    ///
    /// Lists and logs are not always UTF-8. Bytes that are not are read as if
    /// each were percent-encoded.
    ///
    /// # Errors
    ///
    /// As [`CanonicalUrl::parse`].
    ///
    /// # Examples
    ///
    /// ```
    /// use hedgerow::CanonicalUrl;
    ///
    /// let url = CanonicalUrl::parse_bytes(b"bad.example/caf\xE9")?;
    /// assert_eq!(url.target(), "/caf%E9");
    /// # Ok::<(), hedgerow::address::Unclassifiable>(())
    /// ```
    pub fn parse_bytes(bytes: &'a [u8]) -> Result<CanonicalUrl<'a>, Unclassifiable> {
        match std::str::from_utf8(bytes) {
            Ok(text) => CanonicalUrl::parse(text),
            Err(_) => full::parse(&escape::text_of_bytes(bytes)),
        }
    }

    /// The scheme, in lower case, without its colon.
    #[must_use]
    pub fn scheme(&self) -> &str {
        match self.host_start.checked_sub("://".len()) {
            Some(end) => &self.text[..end],
            None => "http",
        }
    }

    /// The host.
    ///
    /// # Examples
    ///
    /// ```
    /// use hedgerow::CanonicalUrl;
    /// use hedgerow::address::Host;
    ///
    /// let url = CanonicalUrl::parse("http://0xC0000207/")?;
    /// assert_eq!(url.host(), Host::V4([192, 0, 2, 7].into()));
    /// # Ok::<(), hedgerow::address::Unclassifiable>(())
    /// ```
    #[must_use]
    pub fn host(&self) -> Host<'_> {
        let text = self.host_text();
        // The kind says that the text is such an address; a name is the
        // harmless answer if it ever were not.
        match self.host_kind {
            HostKind::Name => Host::Name(text),
            HostKind::V4 => text.parse().map_or(Host::Name(text), Host::V4),
            HostKind::V6 => text
                .trim_matches(['[', ']'])
                .parse()
                .map_or(Host::Name(text), Host::V6),
        }
    }

    /// The host as text: a name, a dotted IPv4 address, or an IPv6 address in
    /// brackets.
    #[must_use]
    #[inline]
    pub fn host_text(&self) -> &str {
        &self.text[self.host_start..self.host_end]
    }

    /// The host, when it is an IP address.
    pub(crate) fn ip_address(&self) -> Option<IpAddr> {
        match self.host_kind {
            HostKind::Name => None,
            HostKind::V4 | HostKind::V6 => match self.host() {
                Host::V4(address) => Some(IpAddr::V4(address)),
                Host::V6(address) => Some(IpAddr::V6(address)),
                Host::Name(_) => None,
            },
        }
    }

    /// How many bytes the host has.
    pub(crate) fn host_len(&self) -> usize {
        self.host_end - self.host_start
    }

    /// As [`CanonicalUrl::host_text`], in bytes: slices of text look for the
    /// bounds of characters, which here are known.
    fn host_bytes(&self) -> &[u8] {
        &self.text.as_bytes()[self.host_start..self.host_end]
    }

    /// As [`CanonicalUrl::target`], in bytes and without its `/`.
    fn target_behind_slash(&self) -> &[u8] {
        self.text
            .as_bytes()
            .get(self.target_start + 1..)
            .unwrap_or(&[])
    }

    /// The host and all that follows it in the text that the address is kept
    /// in.
    pub(crate) fn bytes_from_host(&self) -> &[u8] {
        &self.text.as_bytes()[self.host_start..]
    }

    /// The port, if it is not the default of the scheme.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The port, or the default of the scheme; none if neither is known.
    #[must_use]
    pub fn effective_port(&self) -> Option<u16> {
        self.port.or_else(|| default_port(self.scheme()))
    }

    /// The path and the query; always begins with `/`.
    #[must_use]
    pub fn target(&self) -> &str {
        if self.target_start == self.text.len() {
            "/"
        } else {
            &self.text[self.target_start..]
        }
    }

    /// The path; always begins with `/`.
    #[must_use]
    pub fn path(&self) -> &str {
        if self.target_start == self.text.len() {
            "/"
        } else {
            &self.text[self.target_start..self.path_end]
        }
    }

    /// The query without its `?`, if there is one; it may be empty.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.text.get(self.path_end + 1..)
    }

    /// The canonical text; borrowed unless a part of it is implied.
    ///
    /// # Examples
    ///
    /// ```
    /// use hedgerow::CanonicalUrl;
    ///
    /// assert_eq!(CanonicalUrl::parse("bad.example")?.text(), "http://bad.example/");
    /// # Ok::<(), hedgerow::address::Unclassifiable>(())
    /// ```
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        let is_whole = self.host_start > 0
            && self.target_start < self.text.len()
            // The only thing between them is a port, which may be a default.
            && (self.port.is_some() || self.host_end == self.target_start);
        if is_whole {
            return Cow::Borrowed(&self.text);
        }
        let mut text = String::with_capacity(self.text.len() + "http:///".len());
        // Writing to a string cannot fail.
        let _ = write!(text, "{self}");
        Cow::Owned(text)
    }

    /// Whether the address is borrowed from the text it was parsed from.
    #[must_use]
    pub fn is_borrowed(&self) -> bool {
        matches!(self.text, Cow::Borrowed(_))
    }

    /// The same address, with a text of its own.
    #[must_use]
    pub fn into_owned(self) -> CanonicalUrl<'static> {
        CanonicalUrl {
            text: Cow::Owned(self.text.into_owned()),
            host_start: self.host_start,
            host_end: self.host_end,
            target_start: self.target_start,
            path_end: self.path_end,
            port: self.port,
            host_kind: self.host_kind,
            has_scheme_in_path: self.has_scheme_in_path,
        }
    }

    /// What determines the canonical text, in parts that need no writing.
    fn parts(&self) -> (&str, &str, Option<u16>, &str) {
        (self.scheme(), self.host_text(), self.port, self.target())
    }
}

impl fmt::Display for CanonicalUrl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, host, port, target) = self.parts();
        write!(f, "{scheme}://{host}")?;
        if let Some(port) = port {
            write!(f, ":{port}")?;
        }
        f.write_str(target)
    }
}

impl fmt::Debug for CanonicalUrl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CanonicalUrl({:?})", self.text())
    }
}

impl PartialEq<CanonicalUrl<'_>> for CanonicalUrl<'_> {
    fn eq(&self, other: &CanonicalUrl<'_>) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for CanonicalUrl<'_> {}

impl Hash for CanonicalUrl<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}

impl PartialOrd for CanonicalUrl<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for CanonicalUrl<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.text().cmp(&other.text())
    }
}

/// The host of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Host<'a> {
    /// A name: lower case, A-labels, no dot at either end.
    Name(&'a str),
    /// An IPv4 address.
    V4(Ipv4Addr),
    /// An IPv6 address that is no IPv4-mapped one.
    V6(Ipv6Addr),
}

/// An address that cannot be given a host, and so cannot be classified.
///
/// It is an outcome of its own: a caller that gets it knows that nothing was
/// looked up, which is not the same as that nothing was found.
///
/// # Examples
///
/// ```
/// use hedgerow::CanonicalUrl;
///
/// let error = CanonicalUrl::parse("http://bad.example:99999/").unwrap_err();
/// assert_eq!(error.reason().code(), "invalid-port");
/// assert_eq!(error.to_string(), "the port is not a number up to 65535 [invalid-port]");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Unclassifiable {
    reason: UnclassifiableReason,
}

impl Unclassifiable {
    pub(crate) const fn new(reason: UnclassifiableReason) -> Unclassifiable {
        Unclassifiable { reason }
    }

    /// Why the address has no host.
    #[must_use]
    pub const fn reason(self) -> UnclassifiableReason {
        self.reason
    }
}

impl fmt::Display for Unclassifiable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentence = match self.reason {
            UnclassifiableReason::Empty => "the address is empty",
            UnclassifiableReason::NoHost => "the address names no host",
            UnclassifiableReason::InvalidHost => "the host is neither a name nor an IP address",
            UnclassifiableReason::InvalidPort => "the port is not a number up to 65535",
        };
        write!(f, "{sentence} [{}]", self.reason)
    }
}

impl std::error::Error for Unclassifiable {}

/// Why an address cannot be classified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum UnclassifiableReason {
    /// Nothing is left of it but spaces and controls.
    Empty,
    /// Its scheme has no host (`data:`, `javascript:`, `mailto:`, a local
    /// `file:`), or the host is left empty.
    NoHost,
    /// Its host is neither a name nor an IP address.
    InvalidHost,
    /// Its port is not a number up to 65535.
    InvalidPort,
}

impl UnclassifiableReason {
    /// Every reason, in the order of declaration.
    pub const ALL: &'static [UnclassifiableReason] = &[
        UnclassifiableReason::Empty,
        UnclassifiableReason::NoHost,
        UnclassifiableReason::InvalidHost,
        UnclassifiableReason::InvalidPort,
    ];

    /// The stable code of this reason, in lower-case words joined by hyphens.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            UnclassifiableReason::Empty => "empty",
            UnclassifiableReason::NoHost => "no-host",
            UnclassifiableReason::InvalidHost => "invalid-host",
            UnclassifiableReason::InvalidPort => "invalid-port",
        }
    }
}

impl fmt::Display for UnclassifiableReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The port that an address of `scheme` has when it names none.
fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        "ftp" => Some(21),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
