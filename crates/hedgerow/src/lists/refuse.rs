//! What is no list at all: told from the opening bytes, before any line.

use crate::error::{Error, ErrorKind, Result};

/// Openings of files that hold lists only once they are unpacked, or never.
const MAGIC: &[(&[u8], &str)] = &[
    (b"\x1F\x8B", "looks like a gzip archive: unpack it first"),
    (b"PK\x03\x04", "looks like a zip archive: unpack it first"),
    (b"BZh", "looks like a bzip2 archive: unpack it first"),
    (b"\xFD7zXZ\0", "looks like an xz archive: unpack it first"),
    (
        b"\x28\xB5\x2F\xFD",
        "looks like a zstd archive: unpack it first",
    ),
    (
        b"7z\xBC\xAF\x27\x1C",
        "looks like a 7z archive: unpack it first",
    ),
    (b"\x7FELF", "looks like a program, not a list"),
    (b"MZ\x90\0", "looks like a program, not a list"),
    (b"%PDF-", "looks like a PDF document, not a list"),
    (b"\x89PNG", "looks like a picture, not a list"),
    (b"SQLite format 3\0", "looks like a database, not a list"),
];

/// Refuses an input by its opening bytes (after any byte order mark).
pub(super) fn opening(head: &[u8]) -> Result<()> {
    for (magic, message) in MAGIC {
        if head.starts_with(magic) {
            return Err(Error::new(ErrorKind::ListBinary, *message));
        }
    }
    if head.get(257..262) == Some(b"ustar") {
        return Err(Error::new(
            ErrorKind::ListBinary,
            "looks like a tar archive: unpack it first",
        ));
    }
    // No list format has lines that begin like a tag, and error pages do not
    // always begin with a doctype.
    let start = head.trim_ascii_start();
    if let [b'<', b'a'..=b'z' | b'A'..=b'Z' | b'!' | b'?', ..] = start {
        return Err(Error::new(
            ErrorKind::ListHtml,
            "looks like an HTML or XML page, perhaps an error page saved as a list",
        ));
    }
    // Real lists hold a stray NUL or escape; a twentieth of the opening is no
    // longer stray. Random bytes have a ninth.
    let controls = head
        .iter()
        .filter(|&&byte| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0C))
        .count();
    if controls > 8.max(head.len() / 20) {
        return Err(Error::new(
            ErrorKind::ListBinary,
            "holds too many control bytes to be a list",
        ));
    }
    Ok(())
}
