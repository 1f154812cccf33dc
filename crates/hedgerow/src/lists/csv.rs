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
//! parts all of the first rows alike; a first row that names a column `url`,
//! `uri`, `address`, `link`, `domain`, `host` or `hostname` and holds no
//! address is a header, and the address stands there; without a header it
//! stands where the first row has one. A table that tells neither way is
//! refused. A line that begins with `#` is a comment.
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

use super::lines::{Input, Line, Lines};
use super::reading::{PathEntry, Reading, trim};
use super::{CsvOptions, Reason, host};
use crate::error::{Error, ErrorKind, Result};
use crate::rule::{Case, HostScope, PathScope};
use ipnet::IpNet;

/// A character no table holds: the delimiter of a table with one column.
const NO_DELIMITER: u8 = 0x1F;

/// Names under which the address stands when a manifest names no column.
const ADDRESS_NAMES: &[&str] = &[
    "url", "uri", "address", "link", "domain", "host", "hostname",
];

/// How many lines and bytes a row with quoted line ends may take. A quote that
/// is never closed would otherwise take the rest of the table.
const MAX_ROW_LINES: u64 = 100;
const MAX_ROW: usize = 1 << 20;

/// Where what stands.
struct Columns {
    address: usize,
    scope: Option<usize>,
    category: Option<usize>,
}

pub(super) fn read(input: Input<'_>, reading: &mut Reading<'_>) -> Result<()> {
    let delimiter = match reading.options.csv.delimiter {
        Some(delimiter) => delimiter,
        None => tell_delimiter(&input.opening(), input.is_short()),
    };
    let mut lines = Lines::new(input);
    let mut columns = None;
    let mut record = Record::default();
    let mut text = String::new();
    while let Some(line) = lines.next()? {
        // Trimming would take the delimiter of an empty column, where it is a
        // tab, so the line is read as it stands.
        let Some((number, trimmed)) = reading.line(line) else {
            continue;
        };
        if trimmed.starts_with('#') {
            reading.ignored();
            continue;
        }
        text.clear();
        text.push_str(line.text);
        let mut more = 0;
        while record.split(&text, delimiter) {
            let unclosed = Error::new(ErrorKind::ListUnreadable, "a quote is not closed");
            let Some(Line { text: next, .. }) = lines.next()? else {
                return Err(unclosed.at_line(number));
            };
            more += 1;
            if more == MAX_ROW_LINES || text.len() + next.len() > MAX_ROW {
                return Err(unclosed.at_line(number));
            }
            text.push('\n');
            text.push_str(next);
        }
        reading.count_lines(more);
        if record.fields().all(|field| trim(field).is_empty()) {
            reading.ignored();
            continue;
        }
        let columns = match &columns {
            Some(columns) => columns,
            None => {
                let (told, header) = tell_columns(&record, &reading.options.csv)?;
                let told = columns.insert(told);
                if header {
                    reading.ignored();
                    continue;
                }
                told
            }
        };
        row(reading, number, &record, columns)?;
    }
    Ok(())
}

/// The fields of a row, in one string.
#[derive(Default)]
struct Record {
    text: String,
    ends: Vec<usize>,
}

impl Record {
    /// Parts `row` into fields; tells whether it ends inside quotes, so that
    /// the row goes on. A quote counts where a field begins with it; two of
    /// them inside are one.
    fn split(&mut self, row: &str, delimiter: u8) -> bool {
        self.text.clear();
        self.ends.clear();
        let delimiter = char::from(delimiter);
        let mut quoted = false;
        let mut fresh = true;
        let mut chars = row.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '"' if quoted && chars.peek() == Some(&'"') => {
                    chars.next();
                    self.text.push(c);
                }
                '"' if quoted => quoted = false,
                '"' if fresh => quoted = true,
                c if c == delimiter && !quoted => {
                    self.ends.push(self.text.len());
                    fresh = true;
                    continue;
                }
                c => self.text.push(c),
            }
            // A space before a quote does not hide it.
            fresh &= c == ' ';
        }
        self.ends.push(self.text.len());
        quoted
    }

    fn len(&self) -> usize {
        self.ends.len()
    }

    /// A field, trimmed; empty if the row is too short.
    fn field(&self, column: usize) -> &str {
        let Some(&end) = self.ends.get(column) else {
            return "";
        };
        let start = match column.checked_sub(1) {
            Some(before) => self.ends[before],
            None => 0,
        };
        trim(&self.text[start..end])
    }

    fn fields(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|column| self.field(column))
    }
}

fn tell_delimiter(opening: &str, whole: bool) -> u8 {
    let mut lines: Vec<&str> = opening.split(['\n', '\r']).collect();
    if !whole {
        lines.pop();
    }
    lines.retain(|line| !line.is_empty() && !line.starts_with('#'));
    lines.truncate(20);
    let Some((first, rest)) = lines.split_first() else {
        return NO_DELIMITER;
    };
    let mut best = (1, NO_DELIMITER);
    let mut record = Record::default();
    for delimiter in [b',', b';', b'\t', b'|'] {
        record.split(first, delimiter);
        let count = record.len();
        // A header says enough: quoted line ends and short rows make later
        // rows differ. Without one, what parts the rows unlike is a part of
        // their addresses.
        let header = record.fields().any(|name| {
            ADDRESS_NAMES
                .iter()
                .any(|known| known.eq_ignore_ascii_case(name))
        });
        if count > best.0
            && (header
                || rest.iter().all(|row| {
                    record.split(row, delimiter);
                    record.len() == count
                }))
        {
            best = (count, delimiter);
        }
    }
    best.1
}

/// Where the columns are, and whether the first row is a header.
fn tell_columns(first: &Record, options: &CsvOptions) -> Result<(Columns, bool)> {
    let names: Vec<String> = first.fields().map(str::to_ascii_lowercase).collect();
    let named = [
        &options.address_column,
        &options.scope_column,
        &options.category_column,
    ]
    .into_iter()
    .flatten()
    .any(|column| column.parse::<usize>().is_err());
    let has_address = names.iter().any(|name| looks_like_address(name));
    let known = names
        .iter()
        .any(|name| ADDRESS_NAMES.contains(&name.as_str()));
    let header = options.header.unwrap_or(named || (known && !has_address));
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

fn row(reading: &mut Reading<'_>, line: u64, record: &Record, columns: &Columns) -> Result<()> {
    let text = record.field(columns.address);
    let category = columns
        .category
        .map(|column| record.field(column).to_owned());
    reading.category = category.filter(|name| !name.is_empty());
    let value = columns.scope.map_or("", |column| record.field(column));
    let scope = match scope(&reading.options.csv, value) {
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
                Err(_) => reading.left_out(line, Reason::Syntax, text),
            }
            return Ok(());
        }
    }
    // A bare number would be an IPv4 address; in a table it is a key.
    if text.bytes().all(|b| b.is_ascii_digit()) {
        reading.left_out(line, Reason::NoHost, text);
        return Ok(());
    }
    let place = if host::has_scheme(text) || !text.contains(char::is_whitespace) {
        host::place(text)
    } else {
        None
    };
    let Some(place) = place else {
        reading.left_out(line, Reason::NoHost, text);
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
