//! Names encoded as headers of mail are (RFC 2047), which some browsers decode
//! in a `Content-Disposition`, too.

/// The text with its encoded words decoded; none if it has none.
///
/// The character set is passed over: what tells a file's kind is ASCII, which
/// is the same in all that browsers know.
pub(super) fn decode(text: &str) -> Option<String> {
    let mut out: Vec<u8> = Vec::new();
    let mut rest = text;
    let mut is_changed = false;
    while let Some(start) = rest.find("=?") {
        let (before, word) = rest.split_at(start);
        let Some((decoded, after)) = first_word(&word[2..]) else {
            // No word begins there, and perhaps one does further on.
            out.extend_from_slice(before.as_bytes());
            out.extend_from_slice(b"=?");
            rest = &word[2..];
            continue;
        };
        // Space between two words only parts them.
        if !(is_changed && before.trim().is_empty()) {
            out.extend_from_slice(before.as_bytes());
        }
        out.extend_from_slice(&decoded);
        is_changed = true;
        rest = after;
    }
    if !is_changed {
        return None;
    }
    out.extend_from_slice(rest.as_bytes());
    Some(String::from_utf8_lossy(&out).into_owned())
}

/// What stands in `charset?encoding?text?=`, and what follows it.
fn first_word(word: &str) -> Option<(Vec<u8>, &str)> {
    // A character set has no such length; so the search stays short wherever it
    // begins.
    const LONGEST_CHARSET: usize = 64;
    let end = word.bytes().take(LONGEST_CHARSET).position(|b| b == b'?')?;
    let word = &word[end + 1..];
    let (encoding, word) = (word.get(..2)?, word.get(2..)?);
    // Neither encoding writes a question mark.
    let (text, after) = word.split_once('?')?;
    let after = after.strip_prefix('=')?;
    match encoding {
        "B?" | "b?" => Some((base64(text), after)),
        "Q?" | "q?" => {
            let text = text.replace('%', "%25").replace('_', " ").replace('=', "%");
            // The escapes are those of addresses, but for their sign.
            Some((decode_once(&text), after))
        }
        _ => None,
    }
}

/// Each `%HH` decoded, once.
fn decode_once(text: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.as_bytes();
    while let Some((&byte, after)) = bytes.split_first() {
        bytes = after;
        let (b'%', [high, low, rest @ ..]) = (byte, after) else {
            out.push(byte);
            continue;
        };
        let (Some(high), Some(low)) = (digit(*high), digit(*low)) else {
            out.push(byte);
            continue;
        };
        // Two hexadecimal digits make one byte.
        out.push((high << 4 | low) as u8);
        bytes = rest;
    }
    out
}

/// The bytes of base64 text, of either alphabet; what is in neither is passed
/// over.
fn base64(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let (mut bits, mut count) = (0u32, 0);
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => continue,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            // The low byte of what is above the bits that are left over.
            out.push((bits >> count) as u8);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(decode(text).as_deref(), expected, "{text}");
    }

    #[test]
    fn words_are_decoded() {
        check("=?utf-8?B?c2V0dXAuZXhl?=", Some("setup.exe"));
        check("=?UTF-8?b?c2V0dXAuZXhl?=", Some("setup.exe"));
        check("=?iso-8859-1?Q?set=75p=2Eexe?=", Some("setup.exe"));
        check("=?utf-8?q?my_setup.exe?=", Some("my setup.exe"));
        check("a =?utf-8?Q?b?= =?utf-8?Q?.exe?= c", Some("a b.exe c"));
        check("=?=?utf-8?Q?a=25=3D?=", Some("=?a%="));
        check("=?utf-8?B?w6k?=", Some("é"));
    }

    #[test]
    fn other_text_is_left_alone() {
        for text in [
            "",
            "setup.exe",
            "=?",
            "=?utf-8?B?c2V0",
            "=?utf-8?X?a?=",
            "=?é?",
            "=?a?é?b?=",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn many_beginnings_cost_no_more_than_their_length() {
        assert_eq!(decode(&"=?".repeat(1 << 18)), None);
        assert_eq!(decode(&"=?a?Q?".repeat(1 << 18)), None);
    }
}
