//! The full path: any text, step by step as `semantics.md` §1 has it.
//!
//! Every step is one pass over the text, and no step calls itself, so neither
//! time nor stack depends on more than the text's length.

use super::escape::{decode_fixpoint, must_encode, push_triplet};
use super::host;
use super::{CanonicalUrl, Unclassifiable, UnclassifiableReason, default_port};
use std::borrow::Cow;

const NO_HOST: Unclassifiable = Unclassifiable::new(UnclassifiableReason::NoHost);

/// The address in canonical form, or why it has none.
///
/// Kept out of line, so that the fast path has registers and stack to itself.
#[cold]
#[inline(never)]
pub(super) fn parse(text: &str) -> Result<CanonicalUrl<'static>, Unclassifiable> {
    let cleaned = clean(text.as_bytes());
    if cleaned.is_empty() {
        return Err(Unclassifiable::new(UnclassifiableReason::Empty));
    }
    let (scheme, rest) = split_scheme(&cleaned)?;
    let scheme = scheme.to_ascii_lowercase();
    let (authority, tail) = split_authority(&scheme, rest)?;
    let (host, port) = split_port(authority)?;

    let mut out = String::with_capacity(cleaned.len() + 8);
    // A scheme is ASCII by its syntax.
    out.extend(scheme.iter().copied().map(char::from));
    out.push_str("://");
    let host_start = out.len();
    let host_kind = if host.is_empty() {
        return Err(NO_HOST);
    } else {
        host::parse(host, &mut out)?
    };
    if scheme == b"file" && &out[host_start..] == "localhost" {
        return Err(NO_HOST);
    }
    let host_end = out.len();
    let port = port_number(port)?;
    let port = port.filter(|&number| default_port(&out[..host_start - 3]) != Some(number));
    if let Some(number) = port {
        out.push(':');
        out.push_str(&number.to_string());
    }
    let target_start = out.len();

    let fragment = memchr::memchr(b'#', tail).unwrap_or(tail.len());
    let tail = &tail[..fragment];
    let (path, query) = match memchr::memchr(b'?', tail) {
        Some(mark) => (&tail[..mark], Some(&tail[mark + 1..])),
        None => (tail, None),
    };
    push_path(path, &mut out);
    let path_end = out.len();
    if let Some(query) = query {
        out.push('?');
        push_query(query, &mut out);
    }
    let path = &out.as_bytes()[target_start..path_end];
    let has_scheme_in_path = memchr::memmem::find(path, b":/").is_some();
    Ok(CanonicalUrl {
        text: Cow::Owned(out),
        host_start,
        host_end,
        target_start,
        path_end,
        port,
        host_kind,
        has_scheme_in_path,
    })
}

/// Step 1: no controls and spaces at the ends, no tabs and line breaks at all.
fn clean(text: &[u8]) -> Cow<'_, [u8]> {
    let trimmed = trim_start(text);
    let end = trimmed
        .iter()
        .rposition(|&byte| byte > b' ')
        .map_or(0, |last| last + 1);
    let trimmed = &trimmed[..end];
    if memchr::memchr3(b'\t', b'\r', b'\n', trimmed).is_none() {
        return Cow::Borrowed(trimmed);
    }
    let is_kept = |byte: &u8| !matches!(byte, b'\t' | b'\r' | b'\n');
    Cow::Owned(trimmed.iter().copied().filter(is_kept).collect())
}

fn trim_start(text: &[u8]) -> &[u8] {
    let start = text
        .iter()
        .position(|&byte| byte > b' ')
        .unwrap_or(text.len());
    &text[start..]
}

/// Step 2: the scheme as written (`http` if there is none), and what follows
/// its colon.
fn split_scheme(text: &[u8]) -> Result<(&[u8], &[u8]), Unclassifiable> {
    let is = |name: &[u8], one_of: &[&str]| {
        one_of
            .iter()
            .any(|one| name.eq_ignore_ascii_case(one.as_bytes()))
    };
    let mut text = text;
    let mut inner_must_have_scheme = false;
    while let Some((name, rest)) = leading_scheme(text) {
        if is(name, &["view-source"]) {
            text = trim_start(rest);
            continue;
        }
        if is(name, &["blob", "filesystem"]) {
            // `blob:null/…` belongs to no host.
            text = trim_start(rest);
            inner_must_have_scheme = true;
            continue;
        }
        if is(name, &["data", "javascript", "mailto", "about"]) {
            return Err(NO_HOST);
        }
        // Browsers take these for schemes with any slashes or none.
        let special = is(name, &["http", "https", "ws", "wss", "ftp"]) && !is_port(rest);
        if special || rest.starts_with(b"//") || is(name, &["file"]) {
            return Ok((name, rest));
        }
        break;
    }
    if inner_must_have_scheme {
        return Err(NO_HOST);
    }
    Ok((b"http", text))
}

/// Text before the first colon that is written as a scheme is, and the text
/// after that colon.
fn leading_scheme(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let is_inside = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let end = text.iter().position(|byte| !is_inside(byte))?;
    (text[end] == b':' && text[0].is_ascii_alphabetic()).then(|| (&text[..end], &text[end + 1..]))
}

/// Whether `rest` is a port and nothing else, as in a proxy's `CONNECT ftp:21`.
fn is_port(rest: &[u8]) -> bool {
    !rest.is_empty() && rest.iter().all(u8::is_ascii_digit) && port_number(rest).is_ok()
}

/// Step 3: the host and port as written, without userinfo, and the path, query
/// and fragment behind them.
fn split_authority<'t>(
    scheme: &[u8],
    rest: &'t [u8],
) -> Result<(&'t [u8], &'t [u8]), Unclassifiable> {
    let is_slash = |byte: &u8| matches!(byte, b'/' | b'\\');
    let slashes = rest
        .iter()
        .position(|byte| !is_slash(byte))
        .unwrap_or(rest.len());
    let skipped = match scheme {
        b"http" | b"https" | b"ws" | b"wss" | b"ftp" => slashes,
        // Elsewhere the third slash begins the path of an empty host.
        _ if slashes == 2 => 2,
        _ => return Err(NO_HOST),
    };
    let rest = &rest[skipped..];
    let end = rest
        .iter()
        .position(|byte| matches!(byte, b'/' | b'\\' | b'?' | b'#'))
        .unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    if scheme == b"file" && matches!(authority, [drive, b':' | b'|'] if drive.is_ascii_alphabetic())
    {
        return Err(NO_HOST);
    }
    let host = memchr::memrchr(b'@', authority).map_or(0, |at| at + 1);
    Ok((&authority[host..], tail))
}

/// The host, and what follows the colon behind it.
fn split_port(authority: &[u8]) -> Result<(&[u8], &[u8]), Unclassifiable> {
    if authority.first() == Some(&b'[') {
        let end = memchr::memchr(b']', authority).map_or(authority.len(), |end| end + 1);
        return match &authority[end..] {
            [] => Ok((authority, b"")),
            [b':', port @ ..] => Ok((&authority[..end], port)),
            _ => Err(Unclassifiable::new(UnclassifiableReason::InvalidHost)),
        };
    }
    let Some(colon) = memchr::memchr(b':', authority) else {
        return Ok((authority, b""));
    };
    // An IPv6 address without brackets, as logs and lists write it.
    if memchr::memchr(b':', &authority[colon + 1..]).is_some()
        && host::parse(authority, &mut String::new()).is_ok()
    {
        return Ok((authority, b""));
    }
    Ok((&authority[..colon], &authority[colon + 1..]))
}

/// A port in digits; none if there are no digits.
fn port_number(digits: &[u8]) -> Result<Option<u16>, Unclassifiable> {
    if digits.is_empty() {
        return Ok(None);
    }
    digits
        .iter()
        .try_fold(0u16, |number, digit| {
            let digit = digit.checked_sub(b'0').filter(|&digit| digit < 10)?;
            number.checked_mul(10)?.checked_add(u16::from(digit))
        })
        .map(Some)
        .ok_or(Unclassifiable::new(UnclassifiableReason::InvalidPort))
}

/// Step 6, for the path.
fn push_path(raw: &[u8], out: &mut String) {
    // First what the browser resolves before it asks the server, then what
    // shows only after decoding.
    let asked = resolve_dots(raw, true);
    let decoded = decode_fixpoint(&asked);
    let resolved = resolve_dots(&decoded, false);
    let mut after_slash = false;
    for &byte in &resolved {
        let is_slash = byte == b'/';
        if !(is_slash && after_slash) {
            push_byte(byte, byte == b'?', out);
        }
        after_slash = is_slash;
    }
}

/// Step 6, for the query, in which neither slashes nor dots mean anything.
fn push_query(raw: &[u8], out: &mut String) {
    for byte in decode_fixpoint(raw) {
        push_byte(byte, false, out);
    }
}

fn push_byte(byte: u8, encode: bool, out: &mut String) {
    if encode || must_encode(byte) {
        push_triplet(out, byte);
    } else {
        out.push(char::from(byte));
    }
}

/// The path with `\` as `/` and without dot segments, beginning with `/`;
/// empty segments are kept, and each counts as one that `..` removes.
fn resolve_dots(path: &[u8], escaped_dots: bool) -> Vec<u8> {
    let is_slash = |byte: &u8| matches!(byte, b'/' | b'\\');
    let path = match path {
        [b'/' | b'\\', rest @ ..] => rest,
        rest => rest,
    };
    let mut out: Vec<u8> = Vec::with_capacity(path.len() + 1);
    let mut segments = path.split(is_slash).peekable();
    while let Some(segment) = segments.next() {
        match dots(segment, escaped_dots) {
            dots @ (1 | 2) => {
                if dots == 2 {
                    out.truncate(memchr::memrchr(b'/', &out).unwrap_or(0));
                }
                if segments.peek().is_none() {
                    out.push(b'/');
                }
            }
            _ => {
                out.push(b'/');
                out.extend_from_slice(segment);
            }
        }
    }
    out
}

/// How many dots the segment consists of, if it is one or two and nothing
/// else; otherwise 0.
fn dots(segment: &[u8], escaped: bool) -> u8 {
    let mut rest = segment;
    let mut count = 0;
    while count < 3 {
        rest = match rest {
            [] => return count,
            [b'.', rest @ ..] => rest,
            [b'%', b'2', b'e' | b'E', rest @ ..] if escaped => rest,
            _ => return 0,
        };
        count += 1;
    }
    0
}
