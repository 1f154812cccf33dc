//! What the benchmarks share: the lists as plain keys, and the stream of
//! addresses that every system is asked about.
//!
//! The data is not part of the repository. `HEDGEROW_DATA` names a folder with
//! `ut1/` (the category lists of the Université Toulouse Capitole) and `urls/`
//! (files of one address a line).

pub mod peers;
pub mod stream;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The folder with the data.
///
/// # Errors
///
/// A sentence for people, when `HEDGEROW_DATA` is not set or names no folder.
pub fn data_folder() -> Result<PathBuf, String> {
    let folder = std::env::var_os("HEDGEROW_DATA").ok_or(
        "HEDGEROW_DATA is not set: it names a folder with `ut1/` and `urls/` (see benches/README.md)",
    )?;
    let folder = PathBuf::from(folder);
    if folder.join("ut1").is_dir() {
        Ok(folder)
    } else {
        Err(format!("{}: no folder `ut1` in it", folder.display()))
    }
}

/// Lists as the simplest of programs would hold them: each key with the names
/// of its categories.
///
/// A key is the host with its labels in reverse order and, for a line with a
/// path, a byte 1 and the path in lower case.
#[derive(Debug, Default)]
pub struct PlainLists {
    /// The keys, sorted, each with the number of its set in `sets`.
    pub keys: Vec<(Vec<u8>, u16)>,
    /// The distinct sets of categories.
    pub sets: Vec<Vec<String>>,
    /// Lines read.
    pub lines: usize,
}

impl PlainLists {
    /// Reads a squidGuard tree: every `domains` and `urls` below `folder`, line
    /// for line.
    ///
    /// # Errors
    ///
    /// What reading the files gives.
    pub fn read(folder: &Path) -> std::io::Result<PlainLists> {
        PlainLists::read_lines(folder, |line| Some(line))
    }

    /// As [`PlainLists::read`], but with the two things that Hedgerow does to
    /// lines and that change answers: fragments are cut off, and rules whose
    /// host is a public suffix of the ICANN division are left out.
    ///
    /// # Errors
    ///
    /// What reading the files gives.
    pub fn read_as_hedgerow(folder: &Path) -> std::io::Result<PlainLists> {
        PlainLists::read_lines(folder, |line| {
            let end = line.iter().position(|&byte| byte == b'#');
            let line = &line[..end.unwrap_or(line.len())];
            let host = line.split(|&byte| byte == b'/').next().unwrap_or(line);
            let host = std::str::from_utf8(host).ok()?;
            let is_suffix = hedgerow::suffix::public_suffix(host)
                .is_some_and(|suffix| suffix.text == host && suffix.known && suffix.icann);
            (!is_suffix).then_some(line)
        })
    }

    fn read_lines(
        folder: &Path,
        keep: impl Fn(&[u8]) -> Option<&[u8]>,
    ) -> std::io::Result<PlainLists> {
        let mut rules: Vec<(Vec<u8>, u16)> = Vec::new();
        let mut categories = Vec::new();
        let mut folders: Vec<PathBuf> = std::fs::read_dir(folder)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?;
        folders.sort();
        for folder in folders
            .iter()
            .filter(|path| path.is_dir() && !path.is_symlink())
        {
            let category = u16::try_from(categories.len()).unwrap_or(u16::MAX);
            categories.push(
                folder
                    .file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned(),
            );
            for name in ["domains", "urls"] {
                let Ok(bytes) = std::fs::read(folder.join(name)) else {
                    continue;
                };
                for line in bytes.split(|&byte| byte == b'\n') {
                    let line = line.trim_ascii();
                    if !line.is_empty()
                        && line[0] != b'#'
                        && let Some(line) = keep(line)
                    {
                        rules.push((key_of_line(line), category));
                    }
                }
            }
        }
        let lines = rules.len();
        rules.sort_unstable();
        rules.dedup();
        let mut numbers: BTreeMap<Vec<u16>, u16> = BTreeMap::new();
        let mut sets: Vec<Vec<String>> = Vec::new();
        let mut keys: Vec<(Vec<u8>, u16)> = Vec::new();
        for group in rules.chunk_by(|a, b| a.0 == b.0) {
            let set: Vec<u16> = group.iter().map(|rule| rule.1).collect();
            let number = *numbers.entry(set.clone()).or_insert_with(|| {
                sets.push(
                    set.iter()
                        .map(|&category| categories[usize::from(category)].clone())
                        .collect(),
                );
                u16::try_from(sets.len() - 1).unwrap_or(u16::MAX)
            });
            keys.push((group[0].0.clone(), number));
        }
        Ok(PlainLists { keys, sets, lines })
    }
}

fn key_of_line(line: &[u8]) -> Vec<u8> {
    let lower = line.to_ascii_lowercase();
    let end = lower
        .iter()
        .position(|&byte| byte == b'/')
        .unwrap_or(lower.len());
    let (host, path) = lower.split_at(end);
    let mut key = Vec::with_capacity(lower.len() + 1);
    reverse_host(host, &mut key);
    if path.len() > 1 {
        key.push(1);
        key.extend_from_slice(path);
    }
    key
}

/// Appends `host` with its labels in reverse order; an IPv4 address as it is.
pub fn reverse_host(host: &[u8], key: &mut Vec<u8>) {
    let is_ipv4 = host
        .iter()
        .all(|byte| byte.is_ascii_digit() || *byte == b'.');
    if is_ipv4 {
        key.extend_from_slice(host);
        return;
    }
    for (index, label) in host.rsplit(|&byte| byte == b'.').enumerate() {
        if index > 0 {
            key.push(b'.');
        }
        key.extend_from_slice(label);
    }
}
