//! Any bytes as a list of any format.

use hedgerow::address::canonical_host;
use hedgerow::lists::{CsvOptions, Format, LeftOut, ListOptions, Sink, detect, read};
use hedgerow::{Action, Case, Entry, ErrorKind, HostScope, PathScope, Pattern, Result};

/// The byte that chooses `format` for [`lists`] and
/// [`compile_classify`](super::compile_classify): a letter, so that seeds are
/// text.
#[must_use]
pub fn format_byte(format: Format) -> u8 {
    let index = Format::ALL.iter().position(|known| *known == format);
    b'A' + index.unwrap_or(0) as u8
}

/// The format, the options and the list that are in an input: a byte for each
/// of the first two (see [`format_byte`]; `@` is the format's own defaults),
/// and the rest.
pub(super) fn list_in(data: &[u8]) -> Option<(Format, ListOptions, &[u8])> {
    let (&[format, options], list) = data.split_first_chunk()?;
    let format = Format::ALL[usize::from(format.wrapping_sub(b'A')) % Format::ALL.len()];
    let bits = options & 0x3f;
    let options = ListOptions {
        host_scope: HostScope::ALL
            .get(usize::from(bits & 7).wrapping_sub(1))
            .copied(),
        path_scope: PathScope::ALL
            .get(usize::from(bits >> 3 & 3).wrapping_sub(1))
            .copied(),
        case: (bits & 0x20 != 0).then_some(Case::Insensitive),
        action: (options & 0x80 != 0).then_some(Action::Allow),
        csv: match bits {
            0 => CsvOptions::default(),
            _ => CsvOptions {
                delimiter: (bits & 1 != 0).then_some(b';'),
                header: (bits & 2 != 0).then_some(bits & 4 != 0),
                address_column: Some(if bits & 4 != 0 { "url" } else { "1" }.to_owned()),
                scope_column: (bits & 8 != 0).then(|| "2".to_owned()),
                scopes: vec![
                    ("site".to_owned(), HostScope::Domain, PathScope::Any),
                    ("page".to_owned(), HostScope::Host, PathScope::Exact),
                ],
                category_column: (bits & 0x10 != 0).then(|| "3".to_owned()),
            },
        },
    };
    Some((format, options, list))
}

/// The input is a list: each of its lines becomes a rule in canonical form, is
/// reported, or says nothing; or the list is refused as a whole.
///
/// # Panics
///
/// If it is not.
pub fn lists(data: &[u8]) {
    let Some((format, options, list)) = list_in(data) else {
        return;
    };
    let _ = detect(list, "list.txt");
    let mut sink = Checked {
        entries: 0,
        left_out: 0,
        last_line: 0,
    };
    match read(&mut &list[..], format, &options, &mut sink) {
        Ok(summary) => {
            assert_eq!(summary.entries, sink.entries);
            assert!(sink.last_line <= summary.lines, "{summary:?}");
        }
        Err(error) => assert!(
            matches!(
                error.kind(),
                ErrorKind::ListEmpty
                    | ErrorKind::ListHtml
                    | ErrorKind::ListBinary
                    | ErrorKind::ListUnreadable
                    | ErrorKind::Manifest
            ),
            "{error}"
        ),
    }
}

/// Takes rules that keep what [`Entry`] promises, and nothing else.
struct Checked {
    entries: u64,
    left_out: u64,
    last_line: u64,
}

impl Checked {
    fn line(&mut self, line: u64) {
        assert!(line > 0, "lines are counted from 1");
        self.last_line = self.last_line.max(line);
    }
}

impl Sink for Checked {
    fn entry(&mut self, entry: &Entry<'_>) -> Result<()> {
        self.entries += 1;
        self.line(entry.line);
        match &entry.pattern {
            Pattern::Address {
                host,
                host_scope,
                path,
                path_scope,
                ..
            } => {
                assert_eq!(canonical_host(host).as_deref(), Ok(*host), "{entry}");
                assert_ne!(*host_scope, HostScope::Network, "{entry}");
                assert_eq!(path.is_none(), *path_scope == PathScope::Any, "{entry}");
                assert!(path.is_none_or(|path| path.starts_with('/')), "{entry}");
            }
            Pattern::Network(network) => assert_eq!(network.trunc(), *network, "{entry}"),
            Pattern::Regex(_) => {}
        }
        for domain in &entry.condition.except_domains {
            assert_eq!(
                canonical_host(domain).as_deref(),
                Ok(domain.as_str()),
                "{entry}"
            );
        }
        Ok(())
    }

    fn left_out(&mut self, left_out: &LeftOut<'_>) {
        self.left_out += 1;
        self.line(left_out.line);
        assert!(left_out.text.chars().count() <= 120, "{left_out:?}");
    }
}
