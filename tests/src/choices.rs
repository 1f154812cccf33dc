//! Where generators take their choices from: a seed, or the bytes of a fuzzer.

/// A source of choices.
#[derive(Clone, Debug)]
pub struct Choices<'d> {
    state: u64,
    bytes: Option<&'d [u8]>,
}

impl<'d> Choices<'d> {
    /// Endless choices that depend on `seed` alone.
    #[must_use]
    pub fn seeded(seed: u64) -> Choices<'static> {
        Choices {
            state: seed,
            bytes: None,
        }
    }

    /// Choices that `data` makes; when it is used up, always the first.
    #[must_use]
    pub fn of_bytes(data: &'d [u8]) -> Choices<'d> {
        Choices {
            state: 0,
            bytes: Some(data),
        }
    }

    /// Whether the bytes are used up; never for a seed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_some_and(<[u8]>::is_empty)
    }

    /// A number below `count`, which is at least 1 and at most 65,536.
    pub fn below(&mut self, count: usize) -> usize {
        match &mut self.bytes {
            None => {
                self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
                let mut value = self.state;
                value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                ((value ^ (value >> 31)) % count as u64) as usize
            }
            Some(bytes) => {
                let mut value = 0;
                for _ in 0..if count > 256 { 2 } else { 1 } {
                    if let Some((&first, rest)) = bytes.split_first() {
                        value = value << 8 | usize::from(first);
                        *bytes = rest;
                    }
                }
                value % count
            }
        }
    }

    /// True once in `count` times.
    pub fn one_in(&mut self, count: usize) -> bool {
        // Used-up bytes give the first choice, which had better be the plain
        // one.
        self.below(count) == count - 1
    }

    /// One of `items`, which has at least one.
    pub fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    /// One of `items`, which has at least one, where it lies.
    pub fn pick_ref<'i, T>(&mut self, items: &'i [T]) -> &'i T {
        &items[self.below(items.len().min(60_000))]
    }

    /// Puts `items` in another order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.below(last + 1);
            items.swap(last, other);
        }
    }
}
