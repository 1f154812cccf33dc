//! The fast path: proves in one pass that an address is canonical as it
//! stands, and borrows it.
//!
//! It may give up on any address (then [`full`](super::full) does the work);
//! it may never accept one that `full` would write otherwise.

use super::escape::{hex_value, must_encode};
use super::host::scan;
use super::{CanonicalUrl, default_port};
use std::borrow::Cow;

/// The address, if nothing about it must change but what a slice can leave
/// out: a fragment, a default port.
#[inline]
pub(super) fn parse(text: &str) -> Option<CanonicalUrl<'_>> {
    let bytes = text.as_bytes();
    let host_start = scheme_end(bytes);
    let (host_end, host_kind) = scan(bytes, host_start)?;
    let mut at = host_end;
    let mut port = None;
    if bytes.get(at) == Some(&b':') {
        // `about:80` has a scheme; a name with a dot is none that we know.
        if host_start == 0 && !bytes[..at].contains(&b'.') {
            return None;
        }
        let (number, end) = port_number(bytes, at + 1)?;
        at = end;
        let scheme = if host_start == 0 {
            "http"
        } else {
            &text[..host_start - 3]
        };
        port = (default_port(scheme) != Some(number)).then_some(number);
    }
    let target_start = at;
    let mut has_scheme_in_path = false;
    let (path_end, end) = match bytes.get(at) {
        None | Some(b'#') => (at, at),
        Some(b'/') => {
            let path_end = scan_path(bytes, at, &mut has_scheme_in_path)?;
            match bytes.get(path_end) {
                Some(b'?') => (path_end, scan_query(bytes, path_end + 1)?),
                _ => (path_end, path_end),
            }
        }
        Some(_) => return None,
    };
    Some(CanonicalUrl {
        text: Cow::Borrowed(&text[..end]),
        host_start,
        host_end,
        target_start,
        path_end,
        port,
        host_kind,
        has_scheme_in_path,
    })
}

/// Where the host begins; 0 if the text has none of the schemes known here.
#[inline]
fn scheme_end(bytes: &[u8]) -> usize {
    if bytes.starts_with(b"https://") {
        8
    } else if bytes.starts_with(b"http://") {
        7
    } else if bytes.starts_with(b"ftp://") || bytes.starts_with(b"wss://") {
        6
    } else if bytes.starts_with(b"ws://") {
        5
    } else {
        0
    }
}

/// A port of one to five digits without a leading zero, and where it ends.
fn port_number(bytes: &[u8], start: usize) -> Option<(u16, usize)> {
    let digits = bytes[start..]
        .iter()
        .take(6)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    if digits == 0 || digits > 5 || bytes[start] == b'0' {
        return None;
    }
    let end = start + digits;
    let number = bytes[start..end]
        .iter()
        .fold(0u32, |number, digit| number * 10 + u32::from(digit - b'0'));
    Some((u16::try_from(number).ok()?, end))
}

/// Bytes that stand for themselves wherever they are.
const PLAIN: u8 = 0;
/// `/` in a path: what follows it decides.
const SLASH: u8 = 1;
const PERCENT: u8 = 2;
/// `#`, and in a path `?`.
const END: u8 = 3;
/// Bytes that canonical text does not have.
const CHANGED: u8 = 4;

const fn class_table(is_path: bool) -> [u8; 256] {
    let mut table = [PLAIN; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'%' => PERCENT,
            b'#' => END,
            b'?' if is_path => END,
            b'/' if is_path => SLASH,
            b'\\' if is_path => CHANGED,
            other if must_encode(other) => CHANGED,
            _ => PLAIN,
        };
        byte += 1;
    }
    table
}

static PATH_CLASS: [u8; 256] = class_table(true);
static QUERY_CLASS: [u8; 256] = class_table(false);

/// Passes over bytes that stand for themselves, many at a time; stops within
/// [`STEP`] bytes before one that may not.
///
/// Each block is judged as a whole, without a branch, so that the compiler can
/// make vector instructions of it.
#[inline]
fn skip_plain<const PATH: bool>(bytes: &[u8], start: usize) -> usize {
    let at = skip_blocks::<PATH>(bytes, start);
    // The rest is shorter than a block: the last block of the text has it, and
    // before it bytes that were passed already.
    match bytes.len().checked_sub(STEP) {
        Some(last)
            if last > 0 && at > last && at < bytes.len() && is_plain::<PATH>(bytes, last) =>
        {
            bytes.len()
        }
        _ => at,
    }
}

const STEP: usize = 16;

#[inline]
fn skip_blocks<const PATH: bool>(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    while is_plain::<PATH>(bytes, at) {
        at += STEP;
    }
    at
}

/// Whether a whole block begins at `at`, which is not 0, and all its bytes
/// stand for themselves.
#[inline]
fn is_plain<const PATH: bool>(bytes: &[u8], at: usize) -> bool {
    let (Some(before), Some(block)) = (
        bytes.get(at - 1..).and_then(<[u8]>::first_chunk::<STEP>),
        bytes.get(at..).and_then(<[u8]>::first_chunk::<STEP>),
    ) else {
        return false;
    };
    let mut odd = false;
    for (&before, &byte) in before.iter().zip(block) {
        odd |= must_encode(byte);
        if PATH {
            odd |= (byte == b'?') | (byte == b'\\');
            odd |= (before == b'/') & ((byte == b'/') | (byte == b'.'));
            odd |= (before == b':') & (byte == b'/');
        }
    }
    !odd
}

/// Where the path that begins at `start` ends, if it is canonical; notes
/// whether it has `:/` in it.
#[inline]
fn scan_path(bytes: &[u8], start: usize, has_scheme: &mut bool) -> Option<usize> {
    let mut at = start;
    let mut one_by_one_until = start + 1;
    loop {
        if at >= one_by_one_until {
            at = skip_plain::<true>(bytes, at);
            if bytes[at - 1] == b'/' {
                // What follows a slash is judged with it.
                at -= 1;
            }
            one_by_one_until = at + STEP;
        }
        let Some(&byte) = bytes.get(at) else {
            return Some(at);
        };
        let class = PATH_CLASS[usize::from(byte)];
        // First and by itself: a jump by a table would be guessed worse.
        if class == PLAIN {
            at += 1;
            continue;
        }
        match class {
            SLASH => {
                *has_scheme |= at > start && bytes[at - 1] == b':';
                at += 1;
                match bytes.get(at) {
                    Some(b'/') => return None,
                    Some(b'.') if is_dot_segment(&bytes[at..]) => return None,
                    _ => {}
                }
            }
            PERCENT => {
                if !is_canonical_triplet(&bytes[at..], true) {
                    return None;
                }
                at += 3;
            }
            END => return Some(at),
            _ => return None,
        }
    }
}

/// Where the query that begins at `start` ends, if it is canonical.
#[inline]
fn scan_query(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    let mut one_by_one_until = start;
    loop {
        if at >= one_by_one_until {
            at = skip_plain::<false>(bytes, at);
            one_by_one_until = at + STEP;
        }
        let Some(&byte) = bytes.get(at) else {
            return Some(at);
        };
        let class = QUERY_CLASS[usize::from(byte)];
        if class == PLAIN {
            at += 1;
            continue;
        }
        match class {
            PERCENT => {
                if !is_canonical_triplet(&bytes[at..], false) {
                    return None;
                }
                at += 3;
            }
            END => return Some(at),
            _ => return None,
        }
    }
}

/// Whether a segment that begins with a dot is `.` or `..`.
fn is_dot_segment(segment: &[u8]) -> bool {
    let after = match segment {
        [b'.', b'.', rest @ ..] | [b'.', rest @ ..] => rest.first(),
        _ => return false,
    };
    matches!(after, None | Some(b'/' | b'?' | b'#' | b'\\'))
}

/// Whether the triplet that `rest` begins with is one that encoding writes and
/// decoding would bring back.
fn is_canonical_triplet(rest: &[u8], is_path: bool) -> bool {
    let [_, high, low, after @ ..] = rest else {
        return false;
    };
    if high.is_ascii_lowercase() || low.is_ascii_lowercase() {
        return false;
    }
    let (Some(high), Some(low)) = (hex_value(*high), hex_value(*low)) else {
        return false;
    };
    match high << 4 | low {
        // A `%` that what follows makes a triplet again is not yet decoded.
        b'%' => !matches!(after, [a, b, ..] if hex_value(*a).is_some() && hex_value(*b).is_some()),
        b'?' => is_path,
        byte => must_encode(byte),
    }
}
