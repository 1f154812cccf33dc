//! The symbol table: the substrings that keys repeat most, each written as one
//! byte.
//!
//! Keys hold printable ASCII and the five separators of [`key`](super::key) only. Every other byte value is free to stand for a substring
//! of two to eight bytes. The idea is that of Boncz, Neumann and Leis, *FSST:
//! Fast Random Access String Compression* (VLDB 2020); because the literals
//! need no escape, the table and its training are simpler than theirs.

/// The longest substring that one symbol stands for.
pub(crate) const SYMBOL_LEN: usize = 8;

/// The bytes of a symbol table in a file: 256 lengths, then 256 × 8 bytes.
pub(crate) const TABLE_LEN: usize = 256 + 256 * SYMBOL_LEN;

/// Whether `byte` may stand for a substring.
const fn is_code(byte: u8) -> bool {
    !(byte >= 0x21 && byte <= 0x7e || byte >= 1 && byte <= 5)
}

/// A symbol table in place.
#[derive(Clone, Copy)]
pub(crate) struct Symbols<'d> {
    table: &'d [u8; TABLE_LEN],
}

impl<'d> Symbols<'d> {
    /// Reads a table in place; `None` if it has the wrong size or a length
    /// above [`SYMBOL_LEN`].
    pub(crate) fn new(bytes: &'d [u8]) -> Option<Symbols<'d>> {
        let table: &[u8; TABLE_LEN] = bytes.try_into().ok()?;
        if table[..256]
            .iter()
            .any(|&len| usize::from(len) > SYMBOL_LEN)
        {
            return None;
        }
        Some(Symbols { table })
    }

    /// As [`Symbols::new`] for a table that it has accepted before.
    #[inline]
    pub(crate) fn checked_before(bytes: &'d [u8]) -> Option<Symbols<'d>> {
        Some(Symbols {
            table: bytes.try_into().ok()?,
        })
    }

    /// What the byte `code` stands for.
    #[inline]
    pub(crate) fn expand(&self, code: u8) -> &'d [u8] {
        let code = usize::from(code);
        let len = usize::from(self.table[code]).min(SYMBOL_LEN);
        let at = 256 + code * SYMBOL_LEN;
        &self.table[at..at + len]
    }

    /// What the byte `code` stands for, its first byte lowest, and its length.
    #[inline]
    pub(crate) fn packed(&self, code: u8) -> (u64, usize) {
        let code = usize::from(code);
        let at = 256 + code * SYMBOL_LEN;
        let bytes: [u8; SYMBOL_LEN] = self.table[at..at + SYMBOL_LEN]
            .try_into()
            .unwrap_or([0; SYMBOL_LEN]);
        (
            u64::from_le_bytes(bytes),
            usize::from(self.table[code]).min(SYMBOL_LEN),
        )
    }

    /// Appends what `codes` stand for.
    pub(crate) fn decode(&self, codes: &[u8], out: &mut Vec<u8>) {
        for &code in codes {
            out.extend_from_slice(self.expand(code));
        }
    }
}

/// Builds a table from samples, and encodes by it.
pub(crate) struct SymbolEncoder {
    table: Box<[u8; TABLE_LEN]>,
    /// For each first byte the codes of the symbols that begin so, longest
    /// first.
    by_first: Vec<Vec<u8>>,
}

impl SymbolEncoder {
    /// A table of literals only.
    fn literals() -> SymbolEncoder {
        let mut table = Box::new([0; TABLE_LEN]);
        for byte in 0..=255u8 {
            if !is_code(byte) {
                table[usize::from(byte)] = 1;
                table[256 + usize::from(byte) * SYMBOL_LEN] = byte;
            }
        }
        SymbolEncoder {
            table,
            by_first: vec![Vec::new(); 256],
        }
    }

    /// The table that writes `samples` shortest, found by a few rounds of
    /// joining neighbours and keeping what saves most. The same samples give
    /// the same table.
    pub(crate) fn train(samples: &[u8], ends: &[usize]) -> SymbolEncoder {
        let mut encoder = SymbolEncoder::literals();
        for _ in 0..ROUNDS {
            encoder = encoder.refine(samples, ends);
        }
        encoder
    }

    fn refine(&self, samples: &[u8], ends: &[usize]) -> SymbolEncoder {
        // Counted by code and pair of codes in flat arrays, since codes are
        // bytes: far cheaper than a map of strings.
        let mut single = vec![0u32; 256];
        let mut pair = vec![0u32; 256 * 256];
        let mut from = 0;
        for &end in ends {
            let mut previous: Option<u8> = None;
            let mut rest = &samples[from..end];
            while !rest.is_empty() {
                let (code, len) = self.longest(rest);
                single[usize::from(code)] += 1;
                if let Some(previous) = previous {
                    pair[usize::from(previous) << 8 | usize::from(code)] += 1;
                }
                previous = Some(code);
                rest = &rest[len..];
            }
            from = end;
        }
        let symbols = Symbols { table: &self.table };
        let mut candidates: std::collections::BTreeMap<Vec<u8>, u64> = Default::default();
        for code in 0..=255u8 {
            let text = symbols.expand(code);
            if text.len() > 1 && single[usize::from(code)] > 0 {
                let saved = u64::from(single[usize::from(code)]) * (text.len() as u64 - 1);
                *candidates.entry(text.to_vec()).or_default() += saved;
            }
        }
        for (index, &count) in pair.iter().enumerate() {
            if count < 2 {
                continue;
            }
            let (first, second) = ((index >> 8) as u8, (index & 255) as u8);
            let mut text = symbols.expand(first).to_vec();
            text.extend_from_slice(symbols.expand(second));
            if text.len() <= SYMBOL_LEN {
                let saved = u64::from(count) * (text.len() as u64 - 1);
                *candidates.entry(text).or_default() += saved;
            }
        }
        let mut ranked: Vec<(Vec<u8>, u64)> = candidates.into_iter().collect();
        ranked.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let codes = (0..=255u8).filter(|&byte| is_code(byte));
        let mut next = SymbolEncoder::literals();
        for (code, (text, _)) in codes.zip(&ranked) {
            let at = 256 + usize::from(code) * SYMBOL_LEN;
            next.table[usize::from(code)] = text.len() as u8;
            next.table[at..at + text.len()].copy_from_slice(text);
            next.by_first[usize::from(text[0])].push(code);
        }
        let table = &next.table;
        for list in &mut next.by_first {
            list.sort_by_key(|&code| (std::cmp::Reverse(table[usize::from(code)]), code));
        }
        next
    }

    /// The longest symbol that `text` (not empty) begins with, and its length.
    #[inline]
    fn longest(&self, text: &[u8]) -> (u8, usize) {
        let symbols = Symbols { table: &self.table };
        for &code in &self.by_first[usize::from(text[0])] {
            let symbol = symbols.expand(code);
            if text.starts_with(symbol) {
                return (code, symbol.len());
            }
        }
        (text[0], 1)
    }

    /// Appends the codes of `text`.
    pub(crate) fn encode(&self, mut text: &[u8], out: &mut Vec<u8>) {
        while !text.is_empty() {
            let (code, len) = self.longest(text);
            out.push(code);
            text = &text[len..];
        }
    }

    /// The table as a file holds it.
    pub(crate) fn table(&self) -> &[u8; TABLE_LEN] {
        &self.table
    }
}

/// Rounds of training: a symbol's length can double in each, so four reach
/// eight bytes and one more settles the choice.
const ROUNDS: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_trained_table_shortens_what_repeats() {
        let samples = b"casino-online-casino-online-casino".repeat(20);
        let encoder = SymbolEncoder::train(&samples, &[samples.len()]);
        let mut codes = Vec::new();
        encoder.encode(b"casino-online", &mut codes);
        assert!(codes.len() <= 7, "{} codes", codes.len());
    }

    proptest! {
        #[test]
        fn decoding_undoes_encoding(
            sample in proptest::collection::vec(0x21u8..0x7f, 0..400),
            text in proptest::collection::vec(prop_oneof![0x21u8..0x7f, 1u8..6], 0..100),
        ) {
            let encoder = SymbolEncoder::train(&sample, &[sample.len()]);
            let mut codes = Vec::new();
            encoder.encode(&text, &mut codes);
            let symbols = Symbols::new(encoder.table()).unwrap();
            let mut back = Vec::new();
            symbols.decode(&codes, &mut back);
            prop_assert_eq!(back, text);
        }
    }
}
