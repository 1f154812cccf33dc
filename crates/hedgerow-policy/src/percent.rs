//! Percent escapes, as the most lenient reader would decode them.

/// Every `%HH` decoded, and every one that comes of it.
///
/// Only the end of what is decoded can become a triplet, so this takes time in
/// proportion to the text however deeply it is encoded.
pub(crate) fn decode(text: &[u8]) -> Vec<u8> {
    let value = |digit: u8| char::from(digit).to_digit(16);
    let mut out: Vec<u8> = Vec::with_capacity(text.len());
    for &byte in text {
        out.push(byte);
        while let [.., b'%', high, low] = out.as_slice() {
            let (Some(high), Some(low)) = (value(*high), value(*low)) else {
                break;
            };
            out.truncate(out.len() - 3);
            // Two hexadecimal digits make one byte.
            out.push((high << 4 | low) as u8);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_until_nothing_is_left() {
        assert_eq!(decode(b"%41"), b"A");
        assert_eq!(decode(b"%2541"), b"A");
        assert_eq!(decode(b"%4%31"), b"A");
        assert_eq!(decode(b"%zz%+"), b"%zz%+");
        assert_eq!(decode(b"%00"), b"\0");
    }

    #[test]
    fn deep_encoding_costs_no_more_than_its_length() {
        let deep = format!("%{}41", "25".repeat(1 << 18));
        assert_eq!(decode(deep.as_bytes()), b"A");
    }
}
