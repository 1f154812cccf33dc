//! The strings of a JSON document with the lines they stand on, read as a
//! stream: a policy file is as long as its list.

use super::lines::{Input, MAX_LINE};
use crate::error::{Error, ErrorKind, Result};
use std::io::{BufReader, Read};

/// The deepest nesting that is followed.
const MAX_DEPTH: usize = 64;

/// What a document is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// The name of an object's member.
    Key(&'a str),
    /// A string that is a value.
    Text(&'a str),
    /// A number, `true`, `false` or `null`.
    Scalar,
    /// An array or an object begins.
    Open {
        /// It is an object.
        object: bool,
    },
    /// An array or an object ends.
    Close,
}

pub(super) struct Tokens<'r> {
    input: BufReader<Input<'r>>,
    /// A byte read and not yet used.
    peeked: Option<u8>,
    line: u64,
    /// The line that reading has come to is not empty.
    begun: bool,
    /// For each level, whether it is an object.
    levels: Vec<bool>,
    /// What the syntax lets come next.
    next: Next,
    bytes: Vec<u8>,
    text: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    /// A value.
    Value,
    /// A value or the end of the array just begun.
    ValueOrEnd,
    /// A member's name, or the end of the object just begun.
    KeyOrEnd,
    /// A member's name.
    Key,
    /// A comma, or the end of the level.
    CommaOrEnd,
    /// White space to the end of the document.
    End,
}

impl<'r> Tokens<'r> {
    pub(super) fn new(input: Input<'r>) -> Tokens<'r> {
        Tokens {
            input: BufReader::new(input),
            peeked: None,
            line: 1,
            begun: false,
            levels: Vec::new(),
            next: Next::Value,
            bytes: Vec::new(),
            text: String::new(),
        }
    }

    /// How many lines have been read.
    pub(super) fn lines(&self) -> u64 {
        self.line - u64::from(!self.begun)
    }

    /// The next token and the line it begins on; `None` at the end.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ListUnreadable`] with the line where the document stops
    /// being JSON.
    pub(super) fn next(&mut self) -> Result<Option<(u64, Token<'_>)>> {
        loop {
            let byte = self.skip_space()?;
            let line = self.line;
            let Some(byte) = byte else {
                return match self.next {
                    Next::End => Ok(None),
                    _ => Err(self.error("the JSON ends too early")),
                };
            };
            match (self.next, byte) {
                (Next::CommaOrEnd, b',') => {
                    let object = self.levels.last() == Some(&true);
                    self.next = if object { Next::Key } else { Next::Value };
                }
                (Next::CommaOrEnd | Next::KeyOrEnd, b'}') if self.levels.last() == Some(&true) => {
                    return Ok(Some((line, self.close())));
                }
                (Next::CommaOrEnd | Next::ValueOrEnd, b']')
                    if self.levels.last() == Some(&false) =>
                {
                    return Ok(Some((line, self.close())));
                }
                (Next::Key | Next::KeyOrEnd, b'"') => {
                    self.string()?;
                    if self.skip_space()? != Some(b':') {
                        return Err(self.error("the JSON has a name without a value"));
                    }
                    self.next = Next::Value;
                    return Ok(Some((line, Token::Key(&self.text))));
                }
                (Next::Value | Next::ValueOrEnd, b'"') => {
                    self.string()?;
                    self.after_value();
                    return Ok(Some((line, Token::Text(&self.text))));
                }
                (Next::Value | Next::ValueOrEnd, b'{' | b'[') => {
                    if self.levels.len() == MAX_DEPTH {
                        return Err(self.error("the JSON is nested too deep"));
                    }
                    let object = byte == b'{';
                    self.levels.push(object);
                    self.next = if object {
                        Next::KeyOrEnd
                    } else {
                        Next::ValueOrEnd
                    };
                    return Ok(Some((line, Token::Open { object })));
                }
                (Next::Value | Next::ValueOrEnd, b'-' | b'0'..=b'9' | b'a'..=b'z') => {
                    while let Some(byte) = self.byte()? {
                        if !byte.is_ascii_alphanumeric() && !matches!(byte, b'+' | b'-' | b'.') {
                            self.peeked = Some(byte);
                            break;
                        }
                    }
                    self.after_value();
                    return Ok(Some((line, Token::Scalar)));
                }
                _ => return Err(self.error("the JSON is broken")),
            }
        }
    }

    fn close(&mut self) -> Token<'static> {
        self.levels.pop();
        self.after_value();
        Token::Close
    }

    fn after_value(&mut self) {
        self.next = if self.levels.is_empty() {
            Next::End
        } else {
            Next::CommaOrEnd
        };
    }

    fn byte(&mut self) -> Result<Option<u8>> {
        if let Some(byte) = self.peeked.take() {
            return Ok(Some(byte));
        }
        let mut byte = [0];
        loop {
            match self.input.read(&mut byte) {
                Ok(0) => return Ok(None),
                Ok(_) => return Ok(Some(byte[0])),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn skip_space(&mut self) -> Result<Option<u8>> {
        loop {
            match self.byte()? {
                Some(b'\n') => {
                    self.line += 1;
                    self.begun = false;
                }
                Some(b' ' | b'\t' | b'\r') => {}
                byte => {
                    self.begun |= byte.is_some();
                    return Ok(byte);
                }
            }
        }
    }

    /// Reads the rest of a string into `text`.
    fn string(&mut self) -> Result<()> {
        self.bytes.clear();
        loop {
            if self.bytes.len() > MAX_LINE {
                return Err(self.error("a string of the JSON is too long"));
            }
            match self.byte()? {
                None | Some(b'\n') => return Err(self.error("a string of the JSON has no end")),
                Some(b'"') => break,
                Some(b'\\') => self.escape()?,
                Some(byte) => self.bytes.push(byte),
            }
        }
        self.text.clear();
        match std::str::from_utf8(&self.bytes) {
            Ok(text) => self.text.push_str(text),
            Err(_) => self
                .text
                .extend(self.bytes.iter().map(|&byte| char::from(byte))),
        }
        Ok(())
    }

    fn escape(&mut self) -> Result<()> {
        let byte = match self.byte()? {
            Some(byte @ (b'"' | b'\\' | b'/')) => byte,
            Some(b'b') => 8,
            Some(b'f') => 12,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'u') => {
                let mut unit = self.hex()?;
                if (0xD800..0xDC00).contains(&unit) {
                    // The other half of a pair, if it is one.
                    if self.byte()? != Some(b'\\') || self.byte()? != Some(b'u') {
                        return Err(self.error("the JSON has half a character"));
                    }
                    let low = self.hex()?;
                    unit = 0x10000 + ((unit - 0xD800) << 10) + (low.wrapping_sub(0xDC00) & 0x3FF);
                }
                let c = char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER);
                self.bytes
                    .extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                return Ok(());
            }
            _ => return Err(self.error("the JSON has an escape that is none")),
        };
        self.bytes.push(byte);
        Ok(())
    }

    fn hex(&mut self) -> Result<u32> {
        let mut value = 0;
        for _ in 0..4 {
            let digit = self.byte()?.and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else {
                return Err(self.error("the JSON has an escape that is none"));
            };
            value = value * 16 + digit;
        }
        Ok(value)
    }

    fn error(&self, message: &str) -> Error {
        Error::new(ErrorKind::ListUnreadable, message).at_line(self.line)
    }
}
