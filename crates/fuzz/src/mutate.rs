//! Random changes of inputs, the same ones from the same seed.

/// Longer inputs find nothing that shorter ones do not, and take longer.
const MOST_BYTES: usize = 64 << 10;

/// Pieces of the formats that are read here, the limits of numbers and texts among them.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "\\udc00",
    "null",
    "true",
    "false",
    "0",
    "-0",
    "1e400",
    "-1",
    "1.5",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775809",
    "9007199254740993",
    "\"\"",
    "[]",
    "{}",
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    "((((((((((((((((((((((((((((((((",
    " ",
    "\n",
    "\r\n",
    "\t",
    "\0",
    "\u{feff}",
    "\u{202e}",
    "é",
    "🦀",
    "%00",
    "%2F",
    "%",
    "&",
    "=",
    "?",
    "#",
    ";",
    "..",
    "/",
    "'",
    "|",
    ">",
    "- ",
    "*",
    "!!binary ",
    "&a ",
    "*a",
    "<<: ",
    "---\n",
    "...\n",
    "~",
    ".inf",
    ".nan",
    "0x1f",
    "0o17",
    " eq ",
    " and ",
    " or ",
    "not (",
    ")",
    " pr",
    "userName",
    "emails[type eq \"work\"].value",
    "urn:ietf:params:scim:schemas:core:2.0:User",
    ".",
    "id",
    "accountId",
    "\"data\"",
    "\"links\"",
    "\"next\"",
    "\"errors\"",
    "\"Resources\"",
    "\"totalResults\"",
    "\"schemas\"",
    "1970-01-01T00:00:00Z",
    "9999-12-31T23:59:60+99:99",
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "\";r=0;t=1",
    "infinity",
    "NaN",
    "1e308",
    "0.0000001",
    SECRET,
    ADDRESS,
];

/// What must never stand in an error: the key that requests are sent with.
pub(crate) const SECRET: &str = "ATCTT3xFfGN0kqXw8dZ4sPm7Lr2Vb9Hy6Jc1Te5Ua0=FUZZ7F3A";

/// An e-mail address, which errors mask.
pub(crate) const ADDRESS: &str = "ines.calder@larkspur.example";

/// Changes inputs at random.
#[derive(Clone, Debug)]
pub struct Mutator {
    state: u64,
}

impl Mutator {
    /// One that makes the same changes from the same seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.draw() % end as u64) as usize
    }

    /// SplitMix64.
    fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// One of the inputs with some changes; parts of others may come in.
    pub fn next(&mut self, inputs: &[Vec<u8>]) -> Vec<u8> {
        let Some(mut input) = inputs.get(self.below(inputs.len().max(1))).cloned() else {
            return Vec::new();
        };
        // Mostly few changes: many at once do not get past the first look.
        for _ in 0..1 + self.below(4) * self.below(4) {
            self.change(&mut input, inputs);
        }
        input.truncate(MOST_BYTES);
        input
    }

    fn change(&mut self, input: &mut Vec<u8>, inputs: &[Vec<u8>]) {
        match self.below(9) {
            0 => {
                if let Some(byte) = self.place(input).and_then(|at| input.get_mut(at)) {
                    *byte ^= 1 << (self.draw() % 8);
                }
            }
            1 => {
                let byte = self.draw() as u8;
                let at = self.below(input.len() + 1);
                input.insert(at, byte);
            }
            2 => {
                let part = self.part(input);
                input.drain(part);
            }
            3 => {
                // The same once more: keys that stand there twice, rows that come again.
                let part = self.part(input);
                let copy = input[part.clone()].to_vec();
                self.put(input, part.end, &copy);
            }
            4 => {
                let other = &inputs[self.below(inputs.len())];
                let piece = other[self.part(other)].to_vec();
                let at = self.below(input.len() + 1);
                self.put(input, at, &piece);
            }
            5 => input.truncate(self.below(input.len() + 1)),
            6 => self.replace_token(input),
            _ => {
                let piece = self.piece();
                let at = self.below(input.len() + 1);
                self.put(input, at, piece);
            }
        }
    }

    /// A word, a number or a text in quotes gives way to another piece.
    fn replace_token(&mut self, input: &mut Vec<u8>) {
        let Some(start) = self.place(input) else { return };
        let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'"');
        let from = start
            - input[..start]
                .iter()
                .rev()
                .take_while(|byte| is_word(byte))
                .count();
        let to = start + input[start..].iter().take_while(|byte| is_word(byte)).count();
        input.splice(from..to, self.piece().iter().copied());
    }

    fn piece(&mut self) -> &'static [u8] {
        PIECES[self.below(PIECES.len())].as_bytes()
    }

    fn put(&mut self, input: &mut Vec<u8>, at: usize, piece: &[u8]) {
        if input.len() + piece.len() <= MOST_BYTES {
            input.splice(at..at, piece.iter().copied());
        }
    }

    fn place(&mut self, input: &[u8]) -> Option<usize> {
        (!input.is_empty()).then(|| self.below(input.len()))
    }

    /// A part of the input, mostly a short one.
    fn part(&mut self, input: &[u8]) -> std::ops::Range<usize> {
        let from = self.below(input.len() + 1);
        let longest = match self.below(4) {
            0 => input.len(),
            _ => 64,
        };
        let length = self.below(longest.min(input.len() - from) + 1);
        from..from + length
    }
}
