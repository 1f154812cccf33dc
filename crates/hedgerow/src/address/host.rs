//! Hosts: names by UTS #46, IPv4 in any notation, IPv6 (`semantics.md` §1,
//! steps 3 and 4).

use super::escape::decode_fixpoint;
use super::{Unclassifiable, UnclassifiableReason};
use idna::AsciiDenyList;
use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

/// What a canonical host is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HostKind {
    /// A name.
    Name,
    /// Dotted decimal.
    V4,
    /// RFC 5952 text in brackets.
    V6,
}

const INVALID: Unclassifiable = Unclassifiable::new(UnclassifiableReason::InvalidHost);
const NONE: Unclassifiable = Unclassifiable::new(UnclassifiableReason::NoHost);

/// The canonical form of a bare host: a name or an IP address, as list readers
/// meet them.
///
/// Accepts dots at either end, upper case, international names, underscores,
/// percent escapes, any IPv4 notation, and IPv6 with or without brackets. A
/// host that is canonical but for surrounding dots and spaces is borrowed. A `*`
/// is a character like any other here: a list's wildcard must be taken off
/// before.
///
/// # Errors
///
/// [`UnclassifiableReason::Empty`] if nothing is left of the text,
/// [`UnclassifiableReason::InvalidHost`] if it is more than a host or cannot be
/// one.
///
/// # Examples
///
/// ```
/// use hedgerow::address::canonical_host;
///
/// assert_eq!(canonical_host(".Bad.Example.")?, "bad.example");
/// assert_eq!(canonical_host("bücher.example")?, "xn--bcher-kva.example");
/// assert_eq!(canonical_host("0x7f.1")?, "127.0.0.1");
/// assert_eq!(canonical_host("2001:DB8:0::1")?, "[2001:db8::1]");
/// assert!(canonical_host("bad.example/path").is_err());
/// # Ok::<(), hedgerow::address::Unclassifiable>(())
/// ```
pub fn canonical_host(text: &str) -> Result<Cow<'_, str>, Unclassifiable> {
    let trimmed = text.trim_matches(|c: char| c <= ' ');
    if trimmed.is_empty() {
        return Err(Unclassifiable::new(UnclassifiableReason::Empty));
    }
    let bare = trimmed.trim_matches('.');
    if let Some((end, _)) = scan(bare.as_bytes(), 0)
        && end == bare.len()
    {
        return Ok(Cow::Borrowed(bare));
    }
    let mut out = String::with_capacity(trimmed.len());
    parse(trimmed.as_bytes(), &mut out)?;
    Ok(Cow::Owned(out))
}

/// Bytes of a host name that canonical text has and IDNA leaves alone.
const LABEL: u8 = 1;
const DOT: u8 = 2;
/// Bytes that end a host.
const END: u8 = 3;

static CLASS: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => LABEL,
            b'.' => DOT,
            b'/' | b':' | b'?' | b'#' => END,
            _ => 0,
        };
        byte += 1;
    }
    table
};

/// The end and kind of the host that begins at `start`, if it is plainly
/// canonical: lower-case letters, digits, hyphens and underscores in labels of
/// which none is an A-label, or strict dotted decimal.
#[inline]
pub(super) fn scan(bytes: &[u8], start: usize) -> Option<(usize, HostKind)> {
    let run = Run::measure(bytes, start);
    if run.doubled_hyphen {
        // It may be an A-label.
        return scan_labels(bytes, start);
    }
    let is_end = bytes
        .get(run.end)
        .is_none_or(|&byte| CLASS[usize::from(byte)] == END);
    let is_dot_at_end = run.last_label == run.end || bytes.get(start) == Some(&b'.');
    if !is_end || run.doubled_dot || is_dot_at_end {
        return None;
    }
    let kind = kind(&bytes[start..run.end], run.last_label - start)?;
    Some((run.end, kind))
}

/// A run of a host's bytes: lower-case letters, digits, `-`, `.`, `_`.
struct Run {
    end: usize,
    /// Behind the last dot.
    last_label: usize,
    doubled_dot: bool,
    doubled_hyphen: bool,
}

impl Run {
    /// The run that begins at `start`, found eight bytes at a time: a loop over
    /// single bytes spends most of its time on branches that hosts, being of
    /// all lengths, make unpredictable.
    #[inline]
    fn measure(bytes: &[u8], start: usize) -> Run {
        const ONES: u64 = 0x0101_0101_0101_0101;
        const TOPS: u64 = 0x80 * ONES;
        // In each byte, the top bit: whether the byte (below 0x80) is in range.
        let within = |word: u64, first: u8, last: u8| {
            (word + (0x80 - u64::from(first)) * ONES) & !(word + (0x7F - u64::from(last)) * ONES)
        };
        let mut run = Run {
            end: start,
            last_label: start,
            doubled_dot: false,
            doubled_hyphen: false,
        };
        let (mut dot_before, mut hyphen_before) = (0, 0);
        loop {
            let word = word_at(bytes, run.end);
            let low = word & !TOPS;
            let dots = within(low, b'.', b'.');
            let hyphens = within(low, b'-', b'-');
            let others =
                within(low, b'a', b'z') | within(low, b'0', b'9') | within(low, b'_', b'_');
            let stops = (!(dots | hyphens | others) | word) & TOPS;
            // Top bits of the bytes before the first that stops the run.
            let inside = stops.wrapping_sub(1) & !stops & TOPS;
            let (dots, hyphens) = (dots & inside, hyphens & inside);
            run.doubled_dot |= dots & (dots << 8 | dot_before) != 0;
            run.doubled_hyphen |= hyphens & (hyphens << 8 | hyphen_before) != 0;
            if dots != 0 {
                run.last_label = run.end + 8 - dots.leading_zeros() as usize / 8;
            }
            if stops != 0 {
                run.end += stops.trailing_zeros() as usize / 8;
                return run;
            }
            (dot_before, hyphen_before) = (dots >> 56, hyphens >> 56);
            run.end += 8;
        }
    }
}

/// The eight bytes at `at`, the first lowest; NUL behind the end.
#[inline]
fn word_at(bytes: &[u8], at: usize) -> u64 {
    if let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        return u64::from_le_bytes(*word);
    }
    let left = bytes.len().saturating_sub(at);
    if left == 0 {
        return 0;
    }
    match bytes.last_chunk() {
        Some(word) => u64::from_le_bytes(*word) >> (8 * (8 - left)),
        None => bytes[at..]
            .iter()
            .rev()
            .fold(0, |word, &byte| word << 8 | u64::from(byte)),
    }
}

/// What the host is, if that is plain; `last` is where its last label begins.
#[inline]
fn kind(host: &[u8], last: usize) -> Option<HostKind> {
    if host[last].is_ascii_digit() {
        // It may be an IPv4 address in some odd notation.
        return is_dotted_decimal(host).then_some(HostKind::V4);
    }
    Some(HostKind::Name)
}

/// As [`scan`], label by label.
fn scan_labels(bytes: &[u8], start: usize) -> Option<(usize, HostKind)> {
    let mut label = start;
    let mut at = start;
    loop {
        let class = match bytes.get(at) {
            Some(&byte) => CLASS[usize::from(byte)],
            None => END,
        };
        if class == LABEL {
            at += 1;
            continue;
        }
        // An A-label must be decoded to be checked, and an empty one removed.
        if class == 0 || at == label || bytes[label..at].starts_with(b"xn--") {
            return None;
        }
        if class == END {
            break;
        }
        at += 1;
        label = at;
    }
    Some((at, kind(&bytes[start..at], label - start)?))
}

/// Whether `host` is an IPv4 address as canonical text writes it.
fn is_dotted_decimal(host: &[u8]) -> bool {
    let mut parts = 0;
    for part in host.split(|&byte| byte == b'.') {
        parts += 1;
        let canonical = matches!(
            part,
            [b'0'..=b'9']
                | [b'1'..=b'9', b'0'..=b'9']
                | [b'1', b'0'..=b'9', b'0'..=b'9']
                | [b'2', b'0'..=b'4', b'0'..=b'9']
                | [b'2', b'5', b'0'..=b'5']
        );
        if !canonical || parts > 4 {
            return false;
        }
    }
    parts == 4
}

/// Appends the canonical form of `raw` (a host without port) to `out`.
pub(super) fn parse(raw: &[u8], out: &mut String) -> Result<HostKind, Unclassifiable> {
    if let Some(rest) = raw.strip_prefix(b"[") {
        let inner = rest.strip_suffix(b"]").ok_or(INVALID)?;
        let address = parse_v6(inner).ok_or(INVALID)?;
        return Ok(push_v6(address, out));
    }
    // No name has two colons, so this cannot take one for an address.
    if memchr::memchr_iter(b':', raw).nth(1).is_some() {
        let address = parse_v6(raw).ok_or(INVALID)?;
        return Ok(push_v6(address, out));
    }
    let decoded: Cow<'_, [u8]> = if memchr::memchr(b'%', raw).is_some() {
        Cow::Owned(decode_fixpoint(raw))
    } else {
        Cow::Borrowed(raw)
    };
    let name = to_ascii(&decoded)?;
    let start = out.len();
    for label in name.split('.').filter(|label| !label.is_empty()) {
        if out.len() > start {
            out.push('.');
        }
        out.push_str(label);
    }
    let host = &out[start..];
    if host.is_empty() {
        return Err(NONE);
    }
    if !ends_in_number(host) {
        return Ok(HostKind::Name);
    }
    let address = parse_v4(host).ok_or(INVALID)?;
    out.truncate(start);
    out.push_str(&address.to_string());
    Ok(HostKind::V4)
}

/// The name in lower-case A-labels, with whatever dots it has.
fn to_ascii(name: &[u8]) -> Result<Cow<'_, str>, Unclassifiable> {
    if let Ok(name) = idna::domain_to_ascii_cow(name, AsciiDenyList::URL) {
        return Ok(name);
    }
    if name.is_ascii() {
        // What fails now is a label that begins with `xn--` and is no
        // punycode. Resolvers answer for such names, and lists hold some.
        let text = std::str::from_utf8(name).map_err(|_| INVALID)?;
        if text.bytes().any(is_forbidden) {
            return Err(INVALID);
        }
        return Ok(Cow::Owned(text.to_ascii_lowercase()));
    }
    // Browsers refuse a joiner where it joins nothing; older resolvers drop it,
    // and then the name is one that a list may hold.
    let text = std::str::from_utf8(name).map_err(|_| INVALID)?;
    if !text.contains(is_joiner) {
        return Err(INVALID);
    }
    let joined: String = text.chars().filter(|&c| !is_joiner(c)).collect();
    idna::domain_to_ascii_cow(joined.as_bytes(), AsciiDenyList::URL)
        .map(|name| Cow::Owned(name.into_owned()))
        .map_err(|_| INVALID)
}

fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}')
}

/// WHATWG's forbidden domain code points, of ASCII.
const fn is_forbidden(byte: u8) -> bool {
    byte <= b' '
        || byte >= 0x7F
        || matches!(
            byte,
            b'#' | b'%'
                | b'/'
                | b':'
                | b'<'
                | b'>'
                | b'?'
                | b'@'
                | b'['
                | b'\\'
                | b']'
                | b'^'
                | b'|'
        )
}

/// Whether WHATWG reads the name as an IPv4 address because of its last label.
fn ends_in_number(host: &str) -> bool {
    let last = match memchr::memrchr(b'.', host.as_bytes()) {
        Some(dot) => &host[dot + 1..],
        None => host,
    };
    if let Some(digits) = last.strip_prefix("0x") {
        return digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    }
    last.bytes().all(|byte| byte.is_ascii_digit())
}

/// One to four parts, each decimal, octal or hexadecimal; numbers too large
/// wrap around, as they do in the C libraries that Safe Browsing imitates.
fn parse_v4(host: &str) -> Option<Ipv4Addr> {
    let mut parts = [0u32; 4];
    let mut count = 0;
    for text in host.split('.') {
        *parts.get_mut(count)? = parse_number(text)?;
        count += 1;
    }
    let last = *parts.get(count.checked_sub(1)?)?;
    // The last part fills all the bytes that the others leave.
    let free = 8 * (4 - (count as u32 - 1));
    let mut address = if free == 32 {
        last
    } else {
        last & ((1 << free) - 1)
    };
    for (index, part) in parts[..count - 1].iter().enumerate() {
        address |= (part & 0xFF) << (24 - 8 * index);
    }
    Some(Ipv4Addr::from(address))
}

/// One part of an IPv4 address, modulo 2^32.
fn parse_number(text: &str) -> Option<u32> {
    let (digits, radix) = match text.as_bytes() {
        [b'0', b'x', digits @ ..] => (digits, 16),
        [b'0', digits @ ..] => (digits, 8),
        [] => return None,
        digits => (digits, 10),
    };
    digits.iter().try_fold(0u32, |value, &digit| {
        let digit = char::from(digit).to_digit(radix)?;
        Some(value.wrapping_mul(radix).wrapping_add(digit))
    })
}

/// IPv6 text without brackets; a zone (`%eth0`) is of no meaning to others and
/// is left off.
fn parse_v6(text: &[u8]) -> Option<Ipv6Addr> {
    let end = memchr::memchr(b'%', text).unwrap_or(text.len());
    std::str::from_utf8(&text[..end]).ok()?.parse().ok()
}

fn push_v6(address: Ipv6Addr, out: &mut String) -> HostKind {
    if let Some(mapped) = address.to_ipv4_mapped() {
        out.push_str(&mapped.to_string());
        return HostKind::V4;
    }
    out.push('[');
    out.push_str(&address.to_string());
    out.push(']');
    HostKind::V6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> Option<String> {
        canonical_host(text).ok().map(Cow::into_owned)
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(canonical(text).as_deref(), Some(expected), "{text:?}");
    }

    #[test]
    fn names() {
        check("bad.example", "bad.example");
        check("..BAD...Example..", "bad.example");
        check("a_b.-x-.example", "a_b.-x-.example");
        check("b\u{AD}ad.example", "bad.example");
        check("b\u{200D}ad.example", "bad.example");
        check("ｂａｄ。example", "bad.example");
        check("faß.example", "xn--fa-hia.example");
        check("xn--zzz-.example", "xn--zzz-.example");
        check("%62%61%2564.example", "bad.example");
        check("localhost", "localhost");
    }

    #[test]
    fn what_is_borrowed() {
        for text in ["bad.example", ".bad.example.", " a_b.example ", "192.0.2.7"] {
            assert!(
                matches!(canonical_host(text), Ok(Cow::Borrowed(_))),
                "{text:?}"
            );
        }
    }

    #[test]
    fn v4_in_any_notation() {
        for text in [
            "192.0.2.7",
            "192.0.2.7.",
            "192.0.2.7..",
            "0xc0.0.2.7",
            "0300.0.2.7",
            "192.0.519",
            "192.519",
            "3221225991",
            "0xC0000207",
            "030000001007",
            "7516193287",
            "448.256.514.263",
            "１９２.0.2.7",
            "[::ffff:192.0.2.7]",
            "::FFFF:c000:207",
            "0x0000000000000000000c0.0.2.7",
        ] {
            check(text, "192.0.2.7");
        }
    }

    #[test]
    fn v6() {
        check("[2001:DB8:0:0:0:0:0:1]", "[2001:db8::1]");
        check("2001:db8::1", "[2001:db8::1]");
        check("[fe80::1%25eth0]", "[fe80::1]");
        check("::", "[::]");
        check("::192.0.2.7", "[::c000:207]");
    }

    #[test]
    fn what_is_no_host() {
        for text in [
            "",
            " ",
            ".",
            "...",
            "a b",
            "bad.example:80",
            "bad.example/x",
            "1.2.3.4.5",
            "a.09",
            "a.1",
            "[::1",
            "[]",
            "x:y:z",
            "a@b",
            "\u{AD}",
            "a\u{FFFD}b",
            "a%00b",
        ] {
            assert_eq!(canonical(text), None, "{text:?}");
        }
    }
}
