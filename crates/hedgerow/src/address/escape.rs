//! Percent escapes: decoding to a fixpoint, and the one way canonical text
//! encodes.

/// The value of a hexadecimal digit.
pub(super) const fn hex_value(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// Whether canonical text writes `byte` as a triplet in a query.
///
/// A path writes `?` so, too.
pub(super) const fn must_encode(byte: u8) -> bool {
    // Without short circuits, so that many bytes can be judged at a time.
    (byte <= b' ') | (byte >= 0x7F) | (byte == b'#') | (byte == b'%')
}

/// Decodes every `%HH`, and every `%HH` that arises from decoding, until none
/// is left; broken triplets stay as they are.
///
/// The output is a stack: only its tail can become a triplet, so each input
/// byte is pushed once and taken off at most once, and `%252525…41` costs no
/// more than any other text of its length. Triplets never overlap, so the
/// order of decoding does not change the result.
pub(super) fn decode_fixpoint(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for &byte in text {
        out.push(byte);
        while let [.., b'%', high, low] = out.as_slice() {
            let (Some(high), Some(low)) = (hex_value(*high), hex_value(*low)) else {
                break;
            };
            out.truncate(out.len() - 3);
            out.push(high << 4 | low);
        }
    }
    out
}

/// Appends `byte` as a triplet with upper-case digits.
pub(super) fn push_triplet(out: &mut String, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.push('%');
    out.push(char::from(DIGITS[usize::from(byte >> 4)]));
    out.push(char::from(DIGITS[usize::from(byte & 15)]));
}

/// Valid text from any bytes: what is not UTF-8 becomes triplets, byte by byte.
pub(super) fn text_of_bytes(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + 16);
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        for &byte in chunk.invalid() {
            push_triplet(&mut out, byte);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &str) -> Vec<u8> {
        decode_fixpoint(text.as_bytes())
    }

    #[test]
    fn decodes_until_nothing_is_left() {
        assert_eq!(decoded("%41"), b"A");
        assert_eq!(decoded("%2541"), b"A");
        assert_eq!(decoded("%25%34%31"), b"A");
        assert_eq!(decoded("%%34%31"), b"A");
        assert_eq!(decoded("%4%31"), b"A");
        assert_eq!(decoded("%zz%"), b"%zz%");
        assert_eq!(decoded("%25zz"), b"%zz");
        assert_eq!(decoded("a%00b"), b"a\0b");
    }

    #[test]
    fn nothing_is_pushed_twice_for_deep_nesting() {
        let deep = format!("%{}41", "25".repeat(1 << 20));
        assert_eq!(decode_fixpoint(deep.as_bytes()), b"A");
    }

    #[test]
    fn bytes_that_are_no_text_become_triplets() {
        assert_eq!(text_of_bytes(b"a\xFFb\xC3"), "a%FFb%C3");
        assert_eq!(text_of_bytes("é".as_bytes()), "é");
    }
}
