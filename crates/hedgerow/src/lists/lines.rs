//! Lines of a list, whatever bytes it holds: one buffer, bounded, counted.

use super::refuse;
use crate::error::Result;
use std::io::{BufRead, Read};

/// The longest line that is kept; a longer one is skipped without buffering
/// and reported as unreadable.
pub(super) const MAX_LINE: usize = 16 * 1024 * 1024;

/// How many bytes of an input are looked at before its first line is read.
const HEAD: usize = 4096;

/// How the bytes of an input stand for characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    /// UTF-8, and Latin-1 for a line that is not valid UTF-8.
    Bytes,
    /// UTF-16, told by its byte order mark.
    Utf16 { little: bool },
}

/// An input with its opening bytes read ahead, so that a file that is no list
/// is refused before it is read.
pub(super) struct Input<'r> {
    inner: &'r mut dyn BufRead,
    head: Vec<u8>,
    taken: usize,
    encoding: Encoding,
    /// Bytes of UTF-8 decoded from UTF-16 and not yet handed out by `read`.
    decoded: Vec<u8>,
    handed_out: usize,
}

impl<'r> Input<'r> {
    /// Reads the opening of `inner` and refuses HTML and binary files.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ListHtml`](crate::ErrorKind::ListHtml),
    /// [`ErrorKind::ListBinary`](crate::ErrorKind::ListBinary), and what
    /// reading gives.
    pub(super) fn open(inner: &'r mut dyn BufRead) -> Result<Input<'r>> {
        let mut head = Vec::with_capacity(HEAD);
        inner.take(HEAD as u64).read_to_end(&mut head)?;
        let encoding = match head.get(..2) {
            Some([0xFF, 0xFE]) => Encoding::Utf16 { little: true },
            Some([0xFE, 0xFF]) => Encoding::Utf16 { little: false },
            _ => Encoding::Bytes,
        };
        let taken = match encoding {
            Encoding::Utf16 { little } => {
                let units = head[2..].chunks_exact(2).map(|pair| unit(pair, little));
                let text: String = char::decode_utf16(units)
                    .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
                    .collect();
                refuse::opening(text.as_bytes())?;
                2
            }
            Encoding::Bytes => {
                let taken = if head.starts_with(b"\xEF\xBB\xBF") {
                    3
                } else {
                    0
                };
                refuse::opening(&head[taken..])?;
                taken
            }
        };
        Ok(Input {
            inner,
            head,
            taken,
            encoding,
            decoded: Vec::new(),
            handed_out: 0,
        })
    }

    /// The first few kilobytes as text, a character cut by their end aside.
    pub(super) fn opening(&self) -> String {
        let head = &self.head[self.taken..];
        match self.encoding {
            Encoding::Utf16 { little } => {
                char::decode_utf16(head.chunks_exact(2).map(|pair| unit(pair, little)))
                    .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
                    .collect()
            }
            Encoding::Bytes => String::from_utf8_lossy(head).into_owned(),
        }
    }

    /// Whether the opening is the whole input.
    pub(super) fn is_short(&self) -> bool {
        self.head.len() < HEAD
    }

    /// The bytes at hand; empty at the end of the input.
    fn fill(&mut self) -> Result<&[u8]> {
        if self.taken < self.head.len() {
            return Ok(&self.head[self.taken..]);
        }
        loop {
            // A second look after the match would be one borrow too many for
            // the compiler, hence the call that only tells of errors.
            match self.inner.fill_buf() {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
                Ok(_) => break,
            }
        }
        Ok(self.inner.fill_buf()?)
    }

    fn consume(&mut self, count: usize) {
        if self.taken < self.head.len() {
            self.taken += count;
        } else {
            self.inner.consume(count);
        }
    }

    /// One UTF-16 code unit; a lone last byte is dropped, as a truncated file
    /// ends with one.
    fn unit(&mut self, little: bool) -> Result<Option<u16>> {
        let mut pair = [0; 2];
        for byte in &mut pair {
            let Some(&next) = self.fill()?.first() else {
                return Ok(None);
            };
            *byte = next;
            self.consume(1);
        }
        Ok(Some(unit(&pair, little)))
    }
}

fn unit(pair: &[u8], little: bool) -> u16 {
    let pair = [pair[0], pair[1]];
    if little {
        u16::from_le_bytes(pair)
    } else {
        u16::from_be_bytes(pair)
    }
}

/// The bytes of the input, UTF-16 turned into UTF-8: what a table or a JSON
/// document is read from.
impl Read for Input<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let into_io = |error: crate::Error| std::io::Error::other(error.to_string());
        let Encoding::Utf16 { little } = self.encoding else {
            let bytes = self.fill().map_err(into_io)?;
            let count = bytes.len().min(out.len());
            out[..count].copy_from_slice(&bytes[..count]);
            self.consume(count);
            return Ok(count);
        };
        if self.handed_out == self.decoded.len() {
            self.decoded.clear();
            self.handed_out = 0;
            let mut units = Vec::with_capacity(512);
            while units.len() < 512 {
                let Some(unit) = self.unit(little).map_err(into_io)? else {
                    break;
                };
                units.push(unit);
                // A surrogate pair is not parted between two calls.
                if units.len() == 511 && !(0xD800..0xDC00).contains(&unit) {
                    break;
                }
            }
            for c in char::decode_utf16(units) {
                let c = c.unwrap_or(char::REPLACEMENT_CHARACTER);
                self.decoded
                    .extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        let rest = &self.decoded[self.handed_out..];
        let count = rest.len().min(out.len());
        out[..count].copy_from_slice(&rest[..count]);
        self.handed_out += count;
        Ok(count)
    }
}

/// One line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// Counted from 1.
    pub(super) number: u64,
    /// Without its end, and without a byte order mark at its beginning.
    pub(super) text: &'a str,
    /// The line was longer than [`MAX_LINE`]; `text` is only its beginning.
    pub(super) too_long: bool,
}

/// The lines of an input. They end at LF, CRLF or a lone CR.
pub(super) struct Lines<'r> {
    input: Input<'r>,
    buffer: Vec<u8>,
    /// A line that was not UTF-8, decoded.
    text: String,
    number: u64,
    /// The last line ended in CR: an LF that follows belongs to it.
    after_cr: bool,
    limit: usize,
}

impl<'r> Lines<'r> {
    pub(super) fn new(input: Input<'r>) -> Lines<'r> {
        Lines {
            input,
            buffer: Vec::new(),
            text: String::new(),
            number: 0,
            after_cr: false,
            limit: MAX_LINE,
        }
    }

    /// The next line, or `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Line<'_>>> {
        self.buffer.clear();
        // A line of many megabytes is no reason to keep its memory for ever.
        if self.buffer.capacity() > 1 << 20 {
            self.buffer = Vec::new();
        }
        let too_long = match self.input.encoding {
            Encoding::Bytes => self.read_bytes()?,
            Encoding::Utf16 { little } => self.read_utf16(little)?,
        };
        let Some(too_long) = too_long else {
            return Ok(None);
        };
        self.number += 1;
        let text = match std::str::from_utf8(&self.buffer) {
            Ok(text) => text,
            // A line that was cut may have been cut inside a character.
            Err(error) if too_long && error.error_len().is_none() => {
                std::str::from_utf8(&self.buffer[..error.valid_up_to()]).unwrap_or_default()
            }
            Err(_) => {
                self.text.clear();
                self.text
                    .extend(self.buffer.iter().map(|&byte| char::from(byte)));
                &self.text
            }
        };
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        Ok(Some(Line {
            number: self.number,
            text,
            too_long,
        }))
    }

    /// Reads one line of bytes into the buffer; `None` at the end, otherwise
    /// whether it was too long.
    fn read_bytes(&mut self) -> Result<Option<bool>> {
        let mut seen_any = false;
        let mut too_long = false;
        loop {
            let mut bytes = self.input.fill()?;
            if self.after_cr {
                self.after_cr = false;
                if bytes.first() == Some(&b'\n') {
                    self.input.consume(1);
                    bytes = self.input.fill()?;
                }
            }
            if bytes.is_empty() {
                return Ok(seen_any.then_some(too_long));
            }
            seen_any = true;
            let end = memchr::memchr2(b'\n', b'\r', bytes);
            let part = &bytes[..end.unwrap_or(bytes.len())];
            let room = self.limit - self.buffer.len();
            if part.len() > room {
                too_long = true;
            }
            self.buffer.extend_from_slice(&part[..part.len().min(room)]);
            let (consumed, ended) = match end {
                Some(at) => {
                    self.after_cr = bytes[at] == b'\r';
                    (at + 1, true)
                }
                None => (part.len(), false),
            };
            self.input.consume(consumed);
            if ended {
                return Ok(Some(too_long));
            }
        }
    }

    fn read_utf16(&mut self, little: bool) -> Result<Option<bool>> {
        let mut seen_any = false;
        let mut too_long = false;
        let mut high = None;
        while let Some(unit) = self.input.unit(little)? {
            let skip = self.after_cr && unit == u16::from(b'\n');
            self.after_cr = false;
            if skip {
                continue;
            }
            seen_any = true;
            if unit == u16::from(b'\n') || unit == u16::from(b'\r') {
                self.after_cr = unit == u16::from(b'\r');
                return Ok(Some(too_long));
            }
            if (0xD800..0xDC00).contains(&unit) {
                high = Some(unit);
                continue;
            }
            let pair = [high.take().unwrap_or(unit), unit];
            let units = if pair[0] == unit {
                &pair[1..]
            } else {
                &pair[..]
            };
            for c in char::decode_utf16(units.iter().copied()) {
                let c = c.unwrap_or(char::REPLACEMENT_CHARACTER);
                if self.buffer.len() + c.len_utf8() > self.limit {
                    too_long = true;
                } else {
                    self.buffer
                        .extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
            }
        }
        Ok(seen_any.then_some(too_long))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<String> {
        let mut input = std::io::BufReader::with_capacity(3, bytes);
        let mut lines = Lines::new(Input::open(&mut input).unwrap());
        let mut all = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            assert_eq!(line.number, all.len() as u64 + 1);
            all.push(line.text.to_owned());
        }
        all
    }

    #[test]
    fn line_ends() {
        assert_eq!(lines(b"a\nb\r\nc\rd"), ["a", "b", "c", "d"]);
        assert_eq!(lines(b"a\r\n\r\nb\n\nc"), ["a", "", "b", "", "c"]);
        assert_eq!(lines(b"a\r\rb\r\n"), ["a", "", "b"]);
        assert_eq!(lines(b""), [""; 0]);
        assert_eq!(lines(b"\n"), [""]);
    }

    #[test]
    fn line_ends_past_the_head() {
        let mut bytes = vec![b'x'; HEAD - 1];
        bytes.extend_from_slice(b"\r\ny\rz");
        let all = lines(&bytes);
        assert_eq!(all.len(), 3);
        assert_eq!(all[0].len(), HEAD - 1);
        assert_eq!(all[1..], ["y", "z"]);
    }

    #[test]
    fn encodings() {
        assert_eq!(lines(b"\xEF\xBB\xBFa\n\xEF\xBB\xBFb"), ["a", "b"]);
        assert_eq!(lines("caf\u{e9}\n".as_bytes()), ["caf\u{e9}"]);
        assert_eq!(lines(b"caf\xE9\nok"), ["caf\u{e9}", "ok"]);
        assert_eq!(lines(b"\xFF\xFEa\0\r\0\n\0b\0"), ["a", "b"]);
        assert_eq!(
            lines(b"\xFE\xFF\0a\0\n\xD8\x3D\xDE\x00\0\n"),
            ["a", "\u{1F600}"]
        );
        // Truncated in the middle of a unit.
        assert_eq!(lines(b"\xFF\xFEa\0\n\0b"), ["a"]);
    }

    #[test]
    fn utf16_as_bytes() {
        let mut utf16 = vec![0xFF, 0xFE];
        let text = "h\u{f4}te \u{1F600} ".repeat(400);
        utf16.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        let mut bytes = &utf16[..];
        let mut read = String::new();
        Input::open(&mut bytes)
            .unwrap()
            .read_to_string(&mut read)
            .unwrap();
        assert_eq!(read, text);
    }

    #[test]
    fn too_long() {
        let mut input = &b"0123456789\nok\n\xC3\xA9\xC3\xA9\xC3\xA9\n"[..];
        let mut lines = Lines::new(Input::open(&mut input).unwrap());
        lines.limit = 5;
        let line = lines.next().unwrap().unwrap();
        assert_eq!(
            line,
            Line {
                number: 1,
                text: "01234",
                too_long: true
            }
        );
        let line = lines.next().unwrap().unwrap();
        assert_eq!(
            line,
            Line {
                number: 2,
                text: "ok",
                too_long: false
            }
        );
        let line = lines.next().unwrap().unwrap();
        assert_eq!(
            line,
            Line {
                number: 3,
                text: "\u{e9}\u{e9}",
                too_long: true
            }
        );
    }
}
