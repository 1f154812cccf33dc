//! The text of a policy as a tree in which everything knows its place, the same
//! for TOML and JSON.

use crate::error::{Error, ErrorKind};
use hedgerow::category::nearest;
#[cfg(feature = "files")]
use std::path::Path;
use std::path::PathBuf;
use toml::de::{DeTable, DeValue};

/// A value and where it stands.
pub(super) struct Node {
    pub(super) at: usize,
    pub(super) value: Value,
}

pub(super) enum Value {
    Text(String),
    Truth(bool),
    List(Vec<Node>),
    /// In the order of the text.
    Table(Vec<(Key, Node)>),
    /// What no policy has: numbers and the like, by their names.
    Other(&'static str),
}

impl Value {
    fn name(&self) -> &'static str {
        match self {
            Value::Text(_) => "text",
            Value::Truth(_) => "true or false",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
            Value::Other(name) => name,
        }
    }
}

pub(super) struct Key {
    pub(super) name: String,
    pub(super) at: usize,
}

/// The text while it is read, and what is found wrong with it.
pub(super) struct Reading<'t> {
    text: &'t str,
    path: Option<PathBuf>,
    pub(super) errors: Vec<Error>,
}

impl<'t> Reading<'t> {
    pub(super) fn new(text: &'t str) -> Reading<'t> {
        Reading {
            text,
            path: None,
            errors: Vec::new(),
        }
    }

    /// The same, of a text that is a file's.
    #[cfg(feature = "files")]
    pub(super) fn at_path(mut self, path: &Path) -> Reading<'t> {
        self.path = Some(path.to_owned());
        self
    }

    /// The line and the column of the byte `at`, both counted from 1.
    pub(super) fn place(&self, at: usize) -> (u64, u64) {
        crate::error::place(self.text, at)
    }

    pub(super) fn problem(&mut self, at: usize, kind: ErrorKind, message: impl Into<String>) {
        let (line, column) = self.place(at);
        let mut error = Error::new(kind, message).at_line(line).at_column(column);
        if let Some(path) = &self.path {
            error = error.at_path(path);
        }
        self.errors.push(error);
    }

    /// Reads TOML. What cannot be read is a problem; what can be is given all
    /// the same.
    pub(super) fn toml(&mut self) -> Option<Node> {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in &errors {
            let at = error.span().map_or(0, |span| span.start);
            self.problem(at, ErrorKind::PolicySyntax, error.message().trim());
        }
        // A tree with holes would be blamed for what stands in the holes.
        errors.is_empty().then(|| Node {
            at: 0,
            value: of_table(table.get_ref()),
        })
    }

    /// Reads JSON.
    pub(super) fn json(&mut self) -> Option<Node> {
        // It knows the grammar and says well what is wrong; what it does not
        // tell is where things stand, so a second reader goes over the text.
        if let Err(error) = serde_json::from_str::<serde_json::Value>(self.text) {
            let at = offset(self.text, error.line(), error.column());
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or(&message);
            self.problem(at, ErrorKind::PolicySyntax, message);
            return None;
        }
        let mut scanner = Scanner {
            text: self.text,
            at: 0,
            twice: Vec::new(),
        };
        let node = scanner.value();
        for (name, at) in std::mem::take(&mut scanner.twice) {
            let message = format!("`{name}` stands twice");
            self.problem(at, ErrorKind::PolicyDuplicate, message);
        }
        node
    }

    /// The members of a table, of which all are among `known`.
    pub(super) fn fields<'n>(
        &mut self,
        node: &'n Node,
        what: &str,
        known: &[&str],
    ) -> Option<Fields<'n>> {
        let entries = self.table(node, what)?;
        for (key, _) in entries {
            if !known.contains(&key.name.as_str()) {
                let guess = nearest(&key.name, known.iter().copied());
                let message = format!("{what} has no `{}`{}", key.name, did_you_mean(guess));
                self.problem(key.at, ErrorKind::PolicyKey, message);
            }
        }
        Some(Fields {
            at: node.at,
            entries,
        })
    }

    /// The members of a table, whatever their names.
    pub(super) fn table<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [(Key, Node)]> {
        match &node.value {
            Value::Table(entries) => Some(entries),
            other => {
                self.wrong(node.at, what, "a table", other);
                None
            }
        }
    }

    pub(super) fn list<'n>(&mut self, node: &'n Node, what: &str) -> &'n [Node] {
        match &node.value {
            Value::List(nodes) => nodes,
            other => {
                self.wrong(node.at, what, "a list", other);
                &[]
            }
        }
    }

    /// The members of a list; anything else is a list of itself.
    pub(super) fn one_or_more<'n>(&self, node: &'n Node) -> &'n [Node] {
        match &node.value {
            Value::List(nodes) => nodes,
            _ => std::slice::from_ref(node),
        }
    }

    pub(super) fn truth(&mut self, node: &Node, what: &str) -> Option<bool> {
        match &node.value {
            Value::Truth(truth) => Some(*truth),
            other => {
                self.wrong(node.at, what, "true or false", other);
                None
            }
        }
    }

    /// A text that says something, without spaces around it.
    pub(super) fn text<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        match &node.value {
            Value::Text(text) if text.trim().is_empty() => {
                self.problem(node.at, ErrorKind::PolicyValue, format!("{what} is blank"));
                None
            }
            Value::Text(text) => Some(text.trim()),
            other => {
                self.wrong(node.at, what, "text", other);
                None
            }
        }
    }

    pub(super) fn wrong(&mut self, at: usize, what: &str, wanted: &str, found: &Value) {
        let message = format!("{what} must be {wanted}, not {}", found.name());
        self.problem(at, ErrorKind::PolicyValue, message);
    }
}

/// The members of a table.
pub(super) struct Fields<'n> {
    pub(super) at: usize,
    pub(super) entries: &'n [(Key, Node)],
}

impl<'n> Fields<'n> {
    pub(super) fn get(&self, name: &str) -> Option<&'n Node> {
        self.entries
            .iter()
            .find(|(key, _)| key.name == name)
            .map(|(_, node)| node)
    }
}

/// The end of a sentence that offers another name.
pub(super) fn did_you_mean(guess: Option<&str>) -> String {
    guess.map_or_else(String::new, |guess| format!("; did you mean `{guess}`?"))
}

fn of_table(table: &DeTable<'_>) -> Value {
    let mut entries: Vec<(Key, Node)> = table
        .iter()
        .map(|(key, value)| {
            let key = Key {
                name: key.get_ref().to_string(),
                at: key.span().start,
            };
            let node = Node {
                at: value.span().start,
                value: of_value(value.get_ref()),
            };
            (key, node)
        })
        .collect();
    entries.sort_by_key(|(key, _)| key.at);
    Value::Table(entries)
}

fn of_value(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Boolean(truth) => Value::Truth(*truth),
        // TOML has dates of its own; JSON has them as text.
        DeValue::Datetime(time) => Value::Text(time.to_string()),
        DeValue::Integer(_) | DeValue::Float(_) => Value::Other("a number"),
        DeValue::Array(nodes) => Value::List(
            nodes
                .iter()
                .map(|node| Node {
                    at: node.span().start,
                    value: of_value(node.get_ref()),
                })
                .collect(),
        ),
        DeValue::Table(table) => of_table(table),
    }
}

/// The byte at a line and a column of bytes, both counted from 1.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    before + column.saturating_sub(1)
}

/// Goes over text that is JSON, as was made sure before.
struct Scanner<'t> {
    text: &'t str,
    at: usize,
    /// Keys that a table has before.
    twice: Vec<(String, usize)>,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// Passes by what stands between members; whether one follows.
    fn next_member(&mut self, end: u8) -> bool {
        self.space();
        if self.peek() == Some(b',') {
            self.at += 1;
            self.space();
        }
        match self.peek() {
            None => false,
            Some(byte) if byte == end => {
                self.at += 1;
                false
            }
            Some(_) => true,
        }
    }

    fn value(&mut self) -> Option<Node> {
        self.space();
        let at = self.at;
        let value = match self.peek()? {
            b'{' => {
                self.at += 1;
                let mut entries: Vec<(Key, Node)> = Vec::new();
                while self.next_member(b'}') {
                    let at = self.at;
                    let name = self.string()?;
                    self.space();
                    self.at += 1; // the colon
                    if entries.iter().any(|(key, _)| key.name == name) {
                        self.twice.push((name.clone(), at));
                    }
                    entries.push((Key { name, at }, self.value()?));
                }
                Value::Table(entries)
            }
            b'[' => {
                self.at += 1;
                let mut nodes = Vec::new();
                while self.next_member(b']') {
                    nodes.push(self.value()?);
                }
                Value::List(nodes)
            }
            b'"' => Value::Text(self.string()?),
            _ => {
                while self.peek().is_some_and(|byte| {
                    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.')
                }) {
                    self.at += 1;
                }
                match self.text.get(at..self.at)? {
                    "true" => Value::Truth(true),
                    "false" => Value::Truth(false),
                    "null" => Value::Other("null"),
                    _ => Value::Other("a number"),
                }
            }
        };
        Some(Node { at, value })
    }

    fn string(&mut self) -> Option<String> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek()? {
                b'\\' => self.at += 2,
                b'"' => break,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        serde_json::from_str(self.text.get(start..self.at)?).ok()
    }
}
