//! Inventing a text in place of another: of the same form, from a keyed stream of random bytes.

use sha2::{Digest, Sha256};
use std::net::{Ipv4Addr, Ipv6Addr};
use zeroize::Zeroizing;

/// The key of one recording. It is not stored, so nobody without it can try which text became which.
pub(crate) struct Salt(Zeroizing<[u8; 32]>);

/// The form that a replacement has to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Uuid,
    /// A long run of hexadecimal digits, letters among them.
    Hex,
    /// A date, or a time that begins with one.
    Date,
    Ipv4,
    Ipv6,
    /// Letters become letters and digits digits; everything else stays.
    Plain,
}

/// Random bytes that depend on the key and on what they are for.
struct Stream<'a> {
    key: &'a [u8; 32],
    purpose: &'static str,
    text: &'a str,
    attempt: u32,
    block: [u8; 32],
    used: usize,
    blocks: u32,
}

const VOWELS: &[u8] = b"aeiou";
const CONSONANTS: &[u8] = b"bdfgklmnprstvz";
const FOREIGN: [char; 8] = [
    '\u{e4}', '\u{e9}', '\u{ef}', '\u{f1}', '\u{f3}', '\u{f8}', '\u{fa}', '\u{e7}',
];

/// After so many attempts a replacement grows by one letter: short texts have few of their form.
const ATTEMPTS_OF_A_LENGTH: u32 = 16;

// === impl Salt ===

impl Salt {
    /// A new key from the system's random numbers.
    pub(crate) fn random() -> Option<Self> {
        let mut key = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *key).ok()?;
        Some(Self(key))
    }

    /// The key that follows from what a caller chose.
    pub(crate) fn of(chosen: &str) -> Self {
        Self(Zeroizing::new(Sha256::digest(chosen).into()))
    }

    #[cfg(test)]
    pub(crate) fn fixed(byte: u8) -> Self {
        Self(Zeroizing::new([byte; 32]))
    }

    /// A print of a text by which it is known again but cannot be found out.
    pub(crate) fn print(&self, purpose: &'static str, text: &str) -> [u8; 16] {
        let mut stream = self.stream(purpose, text, 0);
        std::array::from_fn(|_| stream.byte())
    }

    /// The text of this form that stands for `text`; with each attempt another one.
    ///
    /// `text` is in lower case, and so is the replacement.
    pub(crate) fn invent(&self, text: &str, form: Form, attempt: u32) -> String {
        let mut stream = self.stream("replacement", text, attempt);
        match form {
            Form::Uuid => uuid(text, &mut stream),
            Form::Hex => text.chars().map(|c| stream.like_hex(c)).collect(),
            Form::Date => date(text, &mut stream),
            // Reserved by RFC 1112 §4: addresses of nobody.
            Form::Ipv4 => Ipv4Addr::new(
                240 | stream.byte() & 15,
                stream.byte(),
                stream.byte(),
                stream.byte(),
            )
            .to_string(),
            // For documentation, RFC 3849.
            Form::Ipv6 => {
                let mut octets: [u8; 16] = std::array::from_fn(|_| stream.byte());
                octets[..4].copy_from_slice(&[0x20, 0x01, 0x0d, 0xb8]);
                Ipv6Addr::from(octets).to_string()
            }
            Form::Plain => plain(text, (attempt / ATTEMPTS_OF_A_LENGTH) as usize, &mut stream),
        }
    }

    fn stream<'a>(&'a self, purpose: &'static str, text: &'a str, attempt: u32) -> Stream<'a> {
        Stream {
            key: &self.0,
            purpose,
            text,
            attempt,
            block: [0; 32],
            used: 32,
            blocks: 0,
        }
    }
}

// === impl Stream ===

impl Stream<'_> {
    fn byte(&mut self) -> u8 {
        if self.used == self.block.len() {
            // The parts before the text have fixed lengths or an end, so that no two streams hash the same bytes.
            let mut hash = Sha256::new();
            hash.update(self.key);
            hash.update(self.attempt.to_be_bytes());
            hash.update(self.blocks.to_be_bytes());
            hash.update(self.purpose);
            hash.update([0]);
            hash.update(self.text);
            self.block = hash.finalize().into();
            self.blocks += 1;
            self.used = 0;
        }
        let byte = self.block[self.used];
        self.used += 1;
        byte
    }

    /// A number below `bound`, which is at most 2^16.
    fn below(&mut self, bound: usize) -> usize {
        let number = u32::from_be_bytes([self.byte(), self.byte(), self.byte(), self.byte()]);
        number as usize % bound
    }

    fn hex(&mut self) -> char {
        char::from(b"0123456789abcdef"[self.below(16)])
    }

    /// A letter stays one, so that the result is recognized as what it stands for.
    fn like_hex(&mut self, c: char) -> char {
        if c.is_ascii_digit() {
            self.digit(false)
        } else {
            self.of(b"abcdef")
        }
    }

    /// The first digit of a number of JSON is not 0.
    fn digit(&mut self, first: bool) -> char {
        let least = usize::from(first);
        char::from(b'0' + (least + self.below(10 - least)) as u8)
    }

    fn of(&mut self, letters: &[u8]) -> char {
        char::from(letters[self.below(letters.len())])
    }
}

/// Version and variant (RFC 9562 §4) stay: clients check them.
fn uuid(text: &str, stream: &mut Stream<'_>) -> String {
    let digits = text.chars().enumerate();
    digits
        .map(|(at, c)| match (at, c) {
            (_, '-') | (14, _) => c,
            (19, '8' | '9' | 'a' | 'b') => char::from(b"89ab"[stream.below(4)]),
            _ => stream.hex(),
        })
        .collect()
}

/// Any day of eight centuries; what follows the date stays.
fn date(text: &str, stream: &mut Stream<'_>) -> String {
    let (year, month, day) = (
        1600 + stream.below(800),
        1 + stream.below(12),
        1 + stream.below(28),
    );
    format!(
        "{year:04}-{month:02}-{day:02}{}",
        text.get(10..).unwrap_or_default()
    )
}

/// Letters that can be spoken, one for each letter, and a digit for each digit; longer by `more` letters.
fn plain(text: &str, more: usize, stream: &mut Stream<'_>) -> String {
    let mut vowel = stream.below(2) == 0;
    let mut letter = |stream: &mut Stream<'_>| {
        vowel = !vowel;
        stream.of(if vowel { VOWELS } else { CONSONANTS })
    };
    let whole_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let mut replaced: String = text
        .chars()
        .enumerate()
        .map(|(at, c)| match c {
            'a'..='z' | 'A'..='Z' => letter(stream),
            '0'..='9' if whole_number => {
                leading_digit(text, at).unwrap_or_else(|| stream.digit(at == 0 && c != '0'))
            }
            '0'..='9' => stream.digit(false),
            _ if c.is_numeric() => stream.digit(false),
            _ if c.is_uppercase() => FOREIGN[stream.below(FOREIGN.len())]
                .to_uppercase()
                .next()
                .unwrap_or(c),
            _ if c.is_alphabetic() => FOREIGN[stream.below(FOREIGN.len())],
            _ => c,
        })
        .collect();
    for _ in 0..more {
        let next = if whole_number {
            stream.digit(false)
        } else {
            letter(stream)
        };
        replaced.push(next);
    }
    replaced
}

/// A digit that must not be just any: numbers of 64 bits stay such numbers.
fn leading_digit(number: &str, at: usize) -> Option<char> {
    match (number.len(), at) {
        (19 | 20, 0) => Some('1'),
        (20, 1) => Some('0'),
        _ => None,
    }
}
