//! Entries by the million: distinct, as long as real ones, and the same every
//! time, to measure and to fill memory with.

use hedgerow::{Case, Compiler, Entry, HostScope, ListInfo, PathScope, Pattern, Result};

const SYLLABLES: [&str; 64] = [
    "ba", "be", "bet", "bo", "ca", "co", "cam", "da", "de", "di", "do", "fa", "fi", "fun", "ga",
    "go", "ha", "he", "ho", "in", "ja", "jo", "ka", "ki", "la", "le", "li", "lo", "lu", "ma", "me",
    "mi", "mo", "mu", "na", "ne", "no", "nu", "on", "pa", "pe", "pi", "po", "ra", "re", "ri", "ro",
    "sa", "se", "si", "so", "sta", "ta", "te", "ti", "to", "tu", "va", "ve", "vi", "wa", "xi",
    "yo", "za",
];

/// Endings as a register would have them, the frequent ones more often.
const ENDINGS: [&str; 16] = [
    "com", "com", "com", "com", "com", "net", "net", "org", "co.uk", "info", "de", "fr", "ru",
    "online", "xyz", "com.br",
];

const SEGMENTS: [&str; 8] = [
    "index", "forum", "Gallery", "watch", "user", "files", "play", "blog",
];

/// Lists that the entries are spread over.
const LISTS: u64 = 40;

/// A number that looks random and depends on `number` alone.
fn scrambled(number: u64) -> u64 {
    let mut value = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

/// The entry numbered `number`, written into `host` and `path`: in a hundred,
/// some ten are IPv4 addresses and seven have paths, as in UT1. Below 2^28 no
/// two are equal, nor does one cover another.
pub fn entry(number: u64, host: &mut String, path: &mut String) {
    use std::fmt::Write;
    host.clear();
    path.clear();
    let random = scrambled(number);
    // An odd factor permutes the numbers below a power of two, so that equal
    // names cannot come about, and neighbours lie far apart.
    let permuted = number.wrapping_mul(0x02C1_B3C7) & ((1 << 30) - 1);
    if random % 100 < 10 {
        let value = permuted as u32 | 1 << 30;
        // Writing to a string cannot fail.
        let _ = write!(host, "{}", std::net::Ipv4Addr::from(value));
        return;
    }
    if (random >> 8).is_multiple_of(10) {
        host.push_str("m.");
    }
    for place in 0..5 {
        host.push_str(SYLLABLES[(permuted >> (place * 6)) as usize & 63]);
        if place == 1 && (random >> 12).is_multiple_of(4) {
            host.push('-');
        }
    }
    host.push('.');
    host.push_str(ENDINGS[(random >> 16) as usize % ENDINGS.len()]);
    if (random >> 24) % 100 < 7 {
        for place in 0..1 + (random >> 32) % 3 {
            path.push('/');
            path.push_str(SEGMENTS[(random >> (36 + place * 3)) as usize & 7]);
        }
    }
}

/// Gives `compiler` the entries numbered below `entries`, spread over lists.
///
/// # Errors
///
/// Those of the compiler.
pub fn push(compiler: &mut Compiler, entries: u64) -> Result<()> {
    let (mut host, mut path) = (String::new(), String::new());
    for list in 0..LISTS {
        let mut taker = compiler.list(ListInfo::new(
            format!("bulk-{list:02}"),
            format!("category-{list:02}"),
        ))?;
        let mut line = 0;
        for number in (list..entries).step_by(LISTS as usize) {
            line += 1;
            entry(number, &mut host, &mut path);
            if path.is_empty() {
                taker.push(&Entry::host(&host, HostScope::Domain, line))?;
            } else {
                taker.push(&Entry::new(
                    Pattern::Address {
                        host: &host,
                        host_scope: HostScope::WebHost,
                        path: Some(&path),
                        path_scope: PathScope::Prefix,
                        case: Case::Insensitive,
                    },
                    line,
                ))?;
            }
        }
    }
    Ok(())
}

/// The most memory that this process has had, in bytes, where the system tells
/// (Linux).
#[must_use]
pub fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes << 10)
}
