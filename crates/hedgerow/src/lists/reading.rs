//! The state of one reading: where entries go, and the counts that decide
//! whether the file was a list at all.

use super::lines::Line;
use super::{LeftOut, ListOptions, Reason, Sink};
use crate::error::{Error, ErrorKind, Result};
use crate::rule::{Action, Case, Condition, Entry, HostScope, PathScope, Pattern};
use ipnet::IpNet;

/// What a reading gave, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Lines read, those of included files among them.
    pub lines: u64,
    /// Entries given to the sink.
    pub entries: u64,
    /// Lines, or parts of lines, left out and reported.
    pub left_out: u64,
    /// Blank lines and comments.
    pub ignored: u64,
}

/// How many characters of a line a report keeps.
const REPORTED_CHARS: usize = 120;

pub(super) struct Reading<'a> {
    pub(super) options: &'a ListOptions,
    sink: &'a mut dyn Sink,
    summary: Summary,
    /// Lines that could be read in the format, whether or not they gave a rule.
    readable: u64,
    unreadable: u64,
    /// The line last counted in one of the two.
    counted: u64,
    /// The category that `#listcategory:` set.
    pub(super) category: Option<String>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(options: &'a ListOptions, sink: &'a mut dyn Sink) -> Reading<'a> {
        Reading {
            options,
            sink,
            summary: Summary::default(),
            readable: 0,
            unreadable: 0,
            counted: 0,
            category: None,
        }
    }

    /// Counts a line; gives it back when there is something in it to read.
    pub(super) fn line<'l>(&mut self, line: Line<'l>) -> Option<(u64, &'l str)> {
        self.summary.lines += 1;
        if line.too_long {
            self.left_out(line.number, Reason::Syntax, line.text);
            return None;
        }
        let text = trim(line.text);
        if text.is_empty() {
            self.summary.ignored += 1;
            return None;
        }
        Some((line.number, text))
    }

    /// Counts lines that are read otherwise than one at a time.
    pub(super) fn count_lines(&mut self, lines: u64) {
        self.summary.lines += lines;
    }

    /// Counts a comment, a header or a blank line.
    pub(super) fn ignored(&mut self) {
        self.summary.ignored += 1;
    }

    /// Reports that a line, or a part of it, gave no rule.
    pub(super) fn left_out(&mut self, line: u64, reason: Reason, text: &str) {
        self.summary.left_out += 1;
        if self.counted != line {
            self.counted = line;
            match reason {
                Reason::Syntax | Reason::NoHost => self.unreadable += 1,
                _ => self.readable += 1,
            }
        }
        let text = text.trim();
        let end = text
            .char_indices()
            .nth(REPORTED_CHARS)
            .map_or(text.len(), |(at, _)| at);
        self.sink.left_out(&LeftOut {
            line,
            reason,
            text: &text[..end],
        });
    }

    /// Gives an entry to the sink, with the list's action and category.
    pub(super) fn entry(&mut self, entry: Entry<'_>) -> Result<()> {
        // A new binding, for the category lives as long as this reading only.
        let mut entry = entry;
        if self.counted != entry.line {
            self.counted = entry.line;
            self.readable += 1;
        }
        self.summary.entries += 1;
        // In a list of exceptions an exception stays one.
        if let (Action::List, Some(action)) = (entry.action, self.options.action) {
            entry.action = action;
        }
        if entry.category.is_none() {
            entry.category = self.category.as_deref();
        }
        self.sink.entry(&entry)
    }

    /// Gives an entry for a canonical host on every path.
    pub(super) fn host(
        &mut self,
        line: u64,
        host: &str,
        scope: HostScope,
        port: Option<u16>,
    ) -> Result<()> {
        let mut entry = Entry::host(host, scope, line);
        entry.condition.port = port;
        self.entry(entry)
    }

    /// Gives an entry for a block of addresses.
    pub(super) fn network(&mut self, line: u64, network: IpNet) -> Result<()> {
        self.entry(Entry::new(Pattern::Network(network), line))
    }

    /// Gives an entry for a canonical host and a path.
    pub(super) fn path(&mut self, line: u64, path: &PathEntry<'_>) -> Result<()> {
        if path.path_scope == PathScope::Any {
            return self.host(line, path.host, path.host_scope, path.port);
        }
        let lowered;
        let target = match path.case {
            Case::Insensitive if path.target.bytes().any(|b| b.is_ascii_uppercase()) => {
                lowered = path.target.to_ascii_lowercase();
                &lowered
            }
            _ => path.target,
        };
        let mut entry = Entry::new(
            Pattern::Address {
                host: path.host,
                host_scope: path.host_scope,
                path: Some(target),
                path_scope: path.path_scope,
                case: path.case,
            },
            line,
        );
        entry.condition = Condition {
            port: path.port,
            ..Condition::default()
        };
        self.entry(entry)
    }

    /// Tells the sink which file the lines that follow stand in.
    pub(super) fn file(&mut self, name: Option<&str>) {
        self.counted = 0;
        self.sink.file(name);
    }

    /// The numbers, unless what was read was no list of this format.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ListEmpty`] when nothing but comments was in it,
    /// [`ErrorKind::ListUnreadable`] when fewer than half of its lines could
    /// be read.
    pub(super) fn finish(self) -> Result<Summary> {
        if self.summary.entries == 0 && self.summary.left_out == 0 {
            return Err(Error::new(ErrorKind::ListEmpty, "no entry in it"));
        }
        if self.readable < self.unreadable {
            let all = self.readable + self.unreadable;
            return Err(Error::new(
                ErrorKind::ListUnreadable,
                format!(
                    "only {} of {all} lines can be read in this format",
                    self.readable
                ),
            ));
        }
        Ok(self.summary)
    }
}

/// The parts of an entry with a path.
pub(super) struct PathEntry<'a> {
    pub(super) host: &'a str,
    pub(super) host_scope: HostScope,
    pub(super) port: Option<u16>,
    pub(super) target: &'a str,
    pub(super) path_scope: PathScope,
    pub(super) case: Case,
}

/// Without white space, controls (NUL padding, DOS end-of-file marks) and
/// no-break spaces at either end.
pub(super) fn trim(text: &str) -> &str {
    // Most lines need none of it.
    if let [b'!'..=b'~', .., b'!'..=b'~'] = text.as_bytes() {
        return text;
    }
    text.trim_matches(|c: char| c <= ' ' || c == '\u{7F}' || c.is_whitespace())
}

/// The line before a comment that white space sets off: `d # why`.
pub(super) fn before_comment(text: &str) -> &str {
    let bytes = text.as_bytes();
    for at in memchr::memchr_iter(b'#', bytes) {
        if at == 0 || bytes[at - 1] <= b' ' {
            return trim(&text[..at]);
        }
    }
    text
}
