//! Tables of URLs, such as illegal-content lists.
//!
//! A row is an address, and perhaps a column that says what it covers and one
//! that names its category. Without such a column an address covers itself
//! alone: that host, that path and query. An address that is a host and no
//! more (`d.example`, not `http://d.example/`, which is a page) is a domain.
//! Letters of a path are compared as written.
//!
//! [`CsvOptions`] says where the columns are. What it leaves open is told from
//! the table: the delimiter is the one of comma, semicolon, tab and bar that
//! parts all of the first rows alike; a first row without an address is a
//! header; the address stands in the column named `url`, `uri`, `address`,
//! `link`, `domain`, `host` or `hostname`, else in the first. A line that
//! begins with `#` is a comment.
//!
//! ```
//! use hedgerow::{HostScope, PathScope};
//! use hedgerow::lists::{read, Collected, Format, ListOptions};
//!
//! let table = "id,url,what\n1,\"https://d.example/A,b?c\",page\n2,e.example,site\n3,,page\n";
//! let mut options = ListOptions::default();
//! options.csv.scope_column = Some("what".to_owned());
//! options.csv.scopes = vec![
//!     ("page".to_owned(), HostScope::Host, PathScope::Exact),
//!     ("site".to_owned(), HostScope::Domain, PathScope::Any),
//! ];
//! let mut sink = Collected::default();
//! read(&mut table.as_bytes(), Format::Csv, &options, &mut sink)?;
//! assert_eq!(sink.entries, ["host d.example exact /A,b?c", "domain e.example"]);
//! assert_eq!(sink.left_out, [(4, "no-host", String::new())]);
//! # Ok::<(), hedgerow::Error>(())
//! ```

use super::lines::{Input, MAX_LINE};
use super::reading::{PathEntry, Reading, trim};
use super::{CsvOptions, Reason, host};
use crate::error::{Error, ErrorKind, Result};
use crate::rule::{Case, HostScope, PathScope};
use ::csv::{ByteRecord, ReaderBuilder};
use ipnet::IpNet;
use std::borrow::Cow;
use std::cell::Cell;
use std::io::Read;
use std::rc::Rc;

/// A byte no table holds: the delimiter of a table with one column.
const NO_DELIMITER: u8 = 0x1F;

/// Names under which the address stands when a manifest names no column.
const ADDRESS_NAMES: &[&str] = &[
    "url", "uri", "address", "link", "domain", "host", "hostname",
];

/// An input that stops when one row has taken more than a line may: a quote
/// that is never closed would otherwise take the whole file.
struct Bounded<'r> {
    input: Input<'r>,
    /// Bytes that the row being read may still take.
    left: Rc<Cell<usize>>,
}

impl Read for Bounded<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let count = self.input.read(out)?;
        match self.left.get().checked_sub(count) {
            Some(left) => self.left.set(left),
            None => {
                return Err(std::io::Error::new(
                    std::io::ErrorKind::InvalidData,
                    "a row is too long: perhaps a quote is not closed",
                ));
            }
        }
        Ok(count)
    }
}

/// Where what stands.
struct Columns {
    address: usize,
    scope: Option<usize>,
    category: Option<usize>,
}

pub(super) fn read(input: Input<'_>, reading: &mut Reading<'_>) -> Result<()> {
    let options = &reading.options.csv;
    let delimiter = match options.delimiter {
        Some(delimiter) => delimiter,
        None => tell_delimiter(&input.opening(), input.is_short()),
    };
    let left = Rc::new(Cell::new(MAX_LINE));
    let mut table = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .comment(Some(b'#'))
        .from_reader(Bounded {
            input,
            left: Rc::clone(&left),
        });
    let mut columns = None;
    let mut record = ByteRecord::new();
    loop {
        left.set(MAX_LINE);
        match table.read_byte_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {}
            Err(error) => return Err(table_error(&error)),
        }
        // The reader counts a row's line before the blank lines that it skips.
        let line = record.position().map_or(0, ::csv::Position::line);
        let columns = match &columns {
            Some(columns) => columns,
            None => {
                let (told, header) = tell_columns(&record, options)?;
                let told = columns.insert(told);
                if header {
                    reading.ignored();
                    continue;
                }
                told
            }
        };
        row(reading, line, &record, columns)?;
    }
    reading.count_lines(table.position().line().saturating_sub(1));
    Ok(())
}

fn table_error(error: &::csv::Error) -> Error {
    let line = error.position().map(::csv::Position::line);
    let error = match error.kind() {
        ::csv::ErrorKind::Io(io) if io.kind() != std::io::ErrorKind::InvalidData => {
            Error::new(ErrorKind::Io, io.to_string())
        }
        _ => Error::new(ErrorKind::ListUnreadable, error.to_string()),
    };
    match line {
        Some(line) => error.at_line(line),
        None => error,
    }
}

/// A field as text, trimmed.
fn field(record: &ByteRecord, column: usize) -> Cow<'_, str> {
    let bytes = record.get(column).unwrap_or_default();
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(trim(text)),
        Err(_) => {
            let text: String = bytes.iter().map(|&byte| char::from(byte)).collect();
            Cow::Owned(trim(&text).to_owned())
        }
    }
}

fn tell_delimiter(opening: &str, whole: bool) -> u8 {
    let mut lines: Vec<&str> = opening.lines().collect();
    if !whole {
        lines.pop();
    }
    let rows = lines
        .iter()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .take(20);
    let rows: Vec<&str> = rows.copied().collect();
    let mut best = (1, NO_DELIMITER);
    for delimiter in [b',', b';', b'\t', b'|'] {
        let mut counts = rows.iter().map(|row| fields(row, delimiter));
        let Some(count) = counts.next() else { continue };
        if count > best.0 && counts.all(|other| other == count) {
            best = (count, delimiter);
        }
    }
    best.1
}

/// How many fields a line has when `delimiter` parts it.
fn fields(line: &str, delimiter: u8) -> usize {
    let mut quoted = false;
    1 + line
        .bytes()
        .filter(|&byte| {
            quoted ^= byte == b'"';
            byte == delimiter && !quoted
        })
        .count()
}

/// Where the columns are, and whether the first row is a header.
fn tell_columns(first: &ByteRecord, options: &CsvOptions) -> Result<(Columns, bool)> {
    let names: Vec<String> = (0..first.len())
        .map(|at| field(first, at).to_ascii_lowercase())
        .collect();
    let named = [
        &options.address_column,
        &options.scope_column,
        &options.category_column,
    ]
    .into_iter()
    .flatten()
    .any(|column| column.parse::<usize>().is_err());
    let has_address = names.iter().any(|name| looks_like_address(name));
    let header = options.header.unwrap_or(named || !has_address);
    let find = |column: &str| -> Result<usize> {
        match column.parse::<usize>() {
            Ok(number) if number > 0 => Ok(number - 1),
            Ok(_) => Err(Error::new(
                ErrorKind::ListUnreadable,
                "columns are counted from 1",
            )),
            Err(_) => {
                let column = column.trim().to_ascii_lowercase();
                names
                    .iter()
                    .position(|name| header && *name == column)
                    .ok_or_else(|| {
                        let message = format!(
                            "has no column `{column}` in its first row: {}",
                            names.join(", ").chars().take(120).collect::<String>()
                        );
                        Error::new(ErrorKind::ListUnreadable, message)
                    })
            }
        }
    };
    let address = match &options.address_column {
        Some(column) => find(column)?,
        None if header => ADDRESS_NAMES
            .iter()
            .find_map(|known| names.iter().position(|name| name == known))
            .unwrap_or(0),
        None => names
            .iter()
            .position(|name| looks_like_address(name))
            .unwrap_or(0),
    };
    let columns = Columns {
        address,
        scope: options.scope_column.as_deref().map(find).transpose()?,
        category: options.category_column.as_deref().map(find).transpose()?,
    };
    Ok((columns, header))
}

fn looks_like_address(text: &str) -> bool {
    if host::has_scheme(text) {
        return host::place(text).is_some();
    }
    // A number is a host to a browser and a key to a table.
    let number = text
        .bytes()
        .all(|b| b.is_ascii_digit() || b"-:/ .".contains(&b))
        && text.parse::<std::net::IpAddr>().is_err();
    !number
        && (text.contains('.') || text.contains("::"))
        && !text.contains(char::is_whitespace)
        && host::place(text).is_some()
}

fn row(reading: &mut Reading<'_>, line: u64, record: &ByteRecord, columns: &Columns) -> Result<()> {
    let text = field(record, columns.address);
    let category = columns
        .category
        .map(|column| field(record, column).into_owned());
    reading.category = category.filter(|name| !name.is_empty());
    let value = columns
        .scope
        .map(|column| field(record, column))
        .unwrap_or_default();
    let scope = match scope(&reading.options.csv, &value) {
        Ok(scope) => scope,
        Err(reason) => {
            reading.left_out(line, reason, &format!("{text} ({value})"));
            return Ok(());
        }
    };
    if scope.is_some_and(|(host, _)| host == HostScope::Network)
        || (text.contains('/') && scope.is_none())
    {
        if let Ok(network) = text.parse::<IpNet>() {
            return reading.network(line, network.trunc());
        }
        if scope.is_some() {
            match text.parse::<std::net::IpAddr>() {
                Ok(address) => return reading.network(line, address.into()),
                Err(_) => reading.left_out(line, Reason::Syntax, &text),
            }
            return Ok(());
        }
    }
    if text.is_empty() {
        reading.left_out(line, Reason::NoHost, &text);
        return Ok(());
    }
    let place = if host::has_scheme(&text) || !text.contains(char::is_whitespace) {
        host::place(&text)
    } else {
        None
    };
    let Some(place) = place else {
        reading.left_out(line, Reason::NoHost, &text);
        return Ok(());
    };
    // `http://d/` is a page; `d` is a site.
    let target = match &place.target {
        Some(target) => Some(&**target),
        None if place.slash => Some("/"),
        None => None,
    };
    let options = reading.options;
    let (host_scope, path_scope) = match (scope, target) {
        (Some(scope), _) => scope,
        (None, Some(_)) => (
            options.host_scope.unwrap_or(HostScope::Host),
            options.path_scope.unwrap_or(PathScope::Exact),
        ),
        (None, None) => (
            options.host_scope.unwrap_or(HostScope::Domain),
            PathScope::Any,
        ),
    };
    match target {
        Some(target) if path_scope != PathScope::Any => {
            let path = PathEntry {
                host: &place.host,
                host_scope,
                port: place.port,
                target,
                path_scope,
                case: options.case.unwrap_or(Case::Sensitive),
            };
            reading.path(line, &path)
        }
        _ => reading.host(line, &place.host, host_scope, place.port),
    }
}

/// What a value of the scope column means; `None` when there is none.
fn scope(
    options: &CsvOptions,
    value: &str,
) -> std::result::Result<Option<(HostScope, PathScope)>, Reason> {
    if value.is_empty() {
        return Ok(None);
    }
    let known = options
        .scopes
        .iter()
        .find(|(name, _, _)| name.eq_ignore_ascii_case(value));
    if let Some(&(_, host, path)) = known {
        return Ok(Some((host, path)));
    }
    match value.to_ascii_lowercase().as_str() {
        // The names of the scopes themselves need no explanation.
        "domain" => Ok(Some((HostScope::Domain, PathScope::Any))),
        "host" => Ok(Some((HostScope::Host, PathScope::Any))),
        "subdomains" => Ok(Some((HostScope::Subdomains, PathScope::Any))),
        "network" => Ok(Some((HostScope::Network, PathScope::Any))),
        "exact" => Ok(Some((HostScope::Host, PathScope::Exact))),
        "prefix" => Ok(Some((HostScope::Host, PathScope::Prefix))),
        _ => Err(Reason::Syntax),
    }
}
