//! Little-endian numbers and variable-length integers, read with bounds checks
//! that give `None` instead of a panic.

/// The four bytes at `at`, as a number.
#[inline]
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let end = at.checked_add(4)?;
    Some(u32::from_le_bytes(bytes.get(at..end)?.try_into().ok()?))
}

/// The eight bytes at `at`, as a number.
#[inline]
pub(crate) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    let end = at.checked_add(8)?;
    Some(u64::from_le_bytes(bytes.get(at..end)?.try_into().ok()?))
}

/// The eight bytes at `at`, as an index into memory.
pub(crate) fn index_at(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u64_at(bytes, at)?).ok()
}

/// Appends `value` in groups of seven bits, lowest first, the high bit of each
/// byte saying that more follow (LEB128).
pub(crate) fn push_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Reads from the front of a slice of bytes.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'d> {
    bytes: &'d [u8],
}

impl<'d> Reader<'d> {
    pub(crate) fn new(bytes: &'d [u8]) -> Reader<'d> {
        Reader { bytes }
    }

    /// The bytes left.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    #[inline]
    pub(crate) fn u8(&mut self) -> Option<u8> {
        let (&first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(first)
    }

    pub(crate) fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(self.take(2)?.try_into().ok()?))
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    #[inline]
    pub(crate) fn varint(&mut self) -> Option<u64> {
        let first = self.u8()?;
        if first < 0x80 {
            return Some(u64::from(first));
        }
        let mut value = u64::from(first & 0x7f);
        let mut shift = 7;
        loop {
            let byte = self.u8()?;
            if shift > 63 || (shift == 63 && byte > 1) {
                return None;
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
            shift += 7;
        }
    }

    /// A varint that counts or numbers something in memory.
    #[inline]
    pub(crate) fn index(&mut self) -> Option<usize> {
        usize::try_from(self.varint()?).ok()
    }

    #[inline]
    pub(crate) fn take(&mut self, len: usize) -> Option<&'d [u8]> {
        if len > self.bytes.len() {
            return None;
        }
        let (head, rest) = self.bytes.split_at(len);
        self.bytes = rest;
        Some(head)
    }

    /// A length and that many bytes of UTF-8.
    pub(crate) fn text(&mut self) -> Option<&'d str> {
        let len = self.index()?;
        std::str::from_utf8(self.take(len)?).ok()
    }
}

/// Appends a length and the bytes of `text`.
pub(crate) fn push_text(out: &mut Vec<u8>, text: &str) {
    push_varint(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// A section of numbered records of varying length: a count, `count + 1`
/// offsets of four bytes from the first record, and the records.
#[derive(Clone, Copy)]
pub(crate) struct Records<'d> {
    bytes: &'d [u8],
}

impl<'d> Records<'d> {
    pub(crate) fn new(bytes: &'d [u8]) -> Records<'d> {
        Records { bytes }
    }

    pub(crate) fn len(&self) -> usize {
        u32_at(self.bytes, 0).map_or(0, |count| count as usize)
    }

    pub(crate) fn get(&self, index: usize) -> Option<&'d [u8]> {
        let count = self.len();
        if index >= count {
            return None;
        }
        let base = 4 + (count + 1) * 4;
        let start = u32_at(self.bytes, 4 + index * 4)? as usize;
        let end = u32_at(self.bytes, 8 + index * 4)? as usize;
        self.bytes
            .get(base.checked_add(start)?..base.checked_add(end)?)
    }
}

/// Writes what [`Records`] reads.
#[derive(Default)]
pub(crate) struct RecordsBuilder {
    ends: Vec<u32>,
    bytes: Vec<u8>,
}

impl RecordsBuilder {
    /// Appends the record that `write` writes; `None` past four gigabytes.
    pub(crate) fn push(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Option<()> {
        write(&mut self.bytes);
        self.ends.push(u32::try_from(self.bytes.len()).ok()?);
        Some(())
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        let mut out = Vec::with_capacity(8 + self.ends.len() * 4 + self.bytes.len());
        out.extend_from_slice(&(self.ends.len() as u32).to_le_bytes());
        out.extend_from_slice(&0u32.to_le_bytes());
        for end in &self.ends {
            out.extend_from_slice(&end.to_le_bytes());
        }
        out.extend_from_slice(&self.bytes);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_overlong_varint_is_refused() {
        assert_eq!(Reader::new(&[0xff; 10]).varint(), None);
        assert_eq!(Reader::new(&[0x80]).varint(), None);
    }

    proptest! {
        #[test]
        fn varints_read_back(value: u64) {
            let mut out = Vec::new();
            push_varint(&mut out, value);
            prop_assert_eq!(Reader::new(&out).varint(), Some(value));
        }

        #[test]
        fn records_read_back(records: Vec<Vec<u8>>) {
            let mut builder = RecordsBuilder::default();
            for record in &records {
                builder.push(|out| out.extend_from_slice(record)).unwrap();
            }
            let bytes = builder.finish();
            let back = Records::new(&bytes);
            prop_assert_eq!(back.len(), records.len());
            for (index, record) in records.iter().enumerate() {
                prop_assert_eq!(back.get(index), Some(record.as_slice()));
            }
            prop_assert_eq!(back.get(records.len()), None);
        }
    }
}
