//! Pseudo-random inputs for the fuzz targets' bodies, the same on every run.

/// An endless stream of inputs, made of seeds by small damage: an ordinary
/// test's stand-in for a fuzzer, without its sense of what is new.
pub struct Mutations {
    state: u64,
    seeds: Vec<Vec<u8>>,
}

/// What lists, addresses and manifests are made of.
const TOKENS: &[&str] = &[
    "\n",
    "\r\n",
    "\0",
    " ",
    "\t",
    "#",
    "!",
    "@@",
    "||",
    "^",
    "$",
    "*",
    "*.",
    ".",
    "..",
    "/",
    "//",
    "\\",
    "?",
    "&",
    "=",
    ";",
    ":",
    "://",
    "http://",
    "https://",
    "%",
    "%2",
    "%25",
    "%2e",
    "%00",
    "%E9",
    "\u{e9}",
    "\u{fdfa}",
    "\u{3002}",
    "\u{200d}",
    "xn--",
    "[",
    "]",
    "[::1]",
    "::ffff:1.2.3.4",
    "0x7f.1",
    "192.0.2.0/24",
    "/0",
    "/33",
    ":80",
    ":0",
    ":65536",
    "\"",
    "'",
    "\"\"\"",
    "[[list]]\n",
    "path = \"",
    "category = ",
    ".example",
    "www.",
    "$third-party",
    "$important",
    "$badfilter",
    ".Include<",
    ">",
    "{",
    "}",
    "(",
    ")",
    "(?i)",
    "{9999}",
    "[a-z]+",
    "\u{feff}",
    "<html>",
    "@",
    "CNAME .",
    "$ORIGIN ",
    "$TTL 1h\n",
    "\n?\n",
    "translate.goog",
    "web.archive.org/web/2020/",
];

impl Mutations {
    /// Inputs made of `seeds`, in an order that `number` chooses.
    #[must_use]
    pub fn new(number: u64, seeds: Vec<Vec<u8>>) -> Mutations {
        Mutations {
            state: number,
            seeds,
        }
    }

    /// The next number of the generator (SplitMix64).
    fn number(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`, or 0.
    fn below(&mut self, limit: usize) -> usize {
        self.number() as usize % limit.max(1)
    }

    fn seed(&mut self) -> Vec<u8> {
        let at = self.below(self.seeds.len());
        self.seeds.get(at).cloned().unwrap_or_default()
    }

    fn mutate(&mut self, input: &mut Vec<u8>) {
        let at = self.below(input.len() + 1);
        let len = self.below(8).min(input.len() - at);
        match self.below(7) {
            0 => {
                if let Some(byte) = input.get_mut(at) {
                    *byte ^= 1 << self.below(8);
                }
            }
            1 => {
                let byte = self.number() as u8;
                input.insert(at, byte);
            }
            2 => drop(input.drain(at..at + len)),
            3 => {
                let token = TOKENS[self.below(TOKENS.len())];
                input.splice(at..at, token.bytes());
            }
            4 => {
                let token = TOKENS[self.below(TOKENS.len())];
                input.splice(at..at + len, token.bytes());
            }
            5 => {
                let part = input[at..at + len].to_vec();
                for _ in 0..self.below(40) {
                    input.splice(at..at, part.iter().copied());
                }
            }
            _ => {
                let other = self.seed();
                let from = self.below(other.len());
                input.truncate(at);
                input.extend_from_slice(&other[from.min(other.len())..]);
            }
        }
    }
}

impl Iterator for Mutations {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        let mut input = match self.below(16) {
            0 => {
                let len = self.below(100);
                (0..len).map(|_| self.number() as u8).collect()
            }
            _ => self.seed(),
        };
        for _ in 0..=self.below(6) {
            self.mutate(&mut input);
        }
        Some(input)
    }
}
