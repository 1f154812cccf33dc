//! The stream of addresses: real ones, and some made from entries of the lists,
//! so that about three in ten hit.

use crate::PlainLists;
use std::path::Path;

/// A small generator of numbers (SplitMix64), so that the stream is the same
/// everywhere.
pub struct Numbers(u64);

impl Numbers {
    /// Numbers from this seed.
    #[must_use]
    pub fn new(seed: u64) -> Numbers {
        Numbers(seed)
    }

    /// The next number.
    pub fn next_number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which is not zero.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next_number() % bound as u64) as usize
    }
}

/// Real addresses from the files of `folder`, in the order of the files.
///
/// # Errors
///
/// What reading the files gives.
pub fn real_addresses(folder: &Path) -> std::io::Result<Vec<String>> {
    let mut files: Vec<_> = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.sort();
    let mut addresses = Vec::new();
    for file in files {
        let bytes = std::fs::read(file)?;
        let text = String::from_utf8_lossy(&bytes);
        addresses.extend(
            text.lines()
                .map(|line| line.trim_start_matches('\u{feff}').trim().to_owned())
                .filter(|line| !line.is_empty()),
        );
    }
    Ok(addresses)
}

/// `count` addresses: most drawn from `real`, of which some are listed, and one
/// in seven made from an entry, with the schemes, leading labels and paths that
/// visits have. On UT1 that makes some 30 % hits in all.
#[must_use]
pub fn addresses(real: &[String], lists: &PlainLists, count: usize, seed: u64) -> Vec<String> {
    let mut numbers = Numbers::new(seed);
    let tails = [
        "/",
        "/index.html",
        "/about/contact",
        "/search?q=maths&page=2",
        "/img/logo.png",
        "/articles/2026/11/lesson-plan",
        "",
        "/a/b/c/d?session=8f3a2b&lang=en",
    ];
    (0..count)
        .map(|_| {
            if numbers.below(100) >= 15 {
                return real[numbers.below(real.len())].clone();
            }
            let (key, _) = &lists.keys[numbers.below(lists.keys.len())];
            let mut parts = key.splitn(2, |&byte| byte == 1);
            let reversed = parts.next().unwrap_or_default();
            let mut host = Vec::new();
            crate::reverse_host(reversed, &mut host);
            let mut address = String::from(["https://", "http://"][numbers.below(2)]);
            if numbers.below(3) == 0 && !host[0].is_ascii_digit() {
                address.push_str("www.");
            }
            address.push_str(&String::from_utf8_lossy(&host));
            match parts.next() {
                Some(path) => address.push_str(&String::from_utf8_lossy(path)),
                None => address.push_str(tails[numbers.below(tails.len())]),
            }
            address
        })
        .collect()
}
