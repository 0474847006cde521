//! Texts with the differences taken out that ways of writing make: case, encodings, the width of characters, the alphabets of
//! Base64.

use std::ops::Range;

/// A byte without its case; the two signs in which the alphabets of Base64 differ are one.
pub(crate) fn plain(byte: u8) -> u8 {
    match byte {
        b'-' => b'+',
        b'_' => b'/',
        _ => byte.to_ascii_lowercase(),
    }
}

/// How often an escape is looked for in what escapes stood for.
const LAYERS: usize = 3;

/// The folded text.
pub(crate) fn folded(bytes: &[u8]) -> Vec<u8> {
    let mut folded = unescaped(bytes);
    folded.iter_mut().for_each(|byte| *byte = plain(*byte));
    folded
}

/// A longer run of signs is none that somebody wrapped or separated a text with.
const MOST_SIGNS: usize = 16;

/// Whether the byte is one that texts are wrapped and digits are separated with.
pub(crate) fn separates(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r' | b'\t' | b' ' | b',' | b':')
}

/// The places of a text without escapes, without what it is wrapped and its digits are separated with: breaks, blanks, colons, commas, and
/// `0x` before two digits.
pub(crate) fn unwrapped(text: &[u8]) -> Vec<usize> {
    let mut kept = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let signs = text[at..].iter().take_while(|byte| separates(**byte)).count();
        let is_begin = at == 0 || signs > 0;
        if signs > MOST_SIGNS {
            kept.extend(at..at + signs);
        }
        at += signs;
        at += match text[at..] {
            [b'0', b'x' | b'X', high, low, ref rest @ ..]
                if is_begin
                    && high.is_ascii_hexdigit()
                    && low.is_ascii_hexdigit()
                    && rest.first().is_none_or(|byte| separates(*byte)) =>
            {
                2
            }
            _ => 0,
        };
        if at < text.len() {
            kept.push(at);
            at += 1;
        }
    }
    kept
}

fn unescaped(bytes: &[u8]) -> Vec<u8> {
    let mut text = bytes.to_vec();
    for _ in 0..LAYERS {
        if !has_escapes(&text) {
            break;
        }
        let mut inner = Vec::with_capacity(text.len());
        each(&text, |byte, _| inner.push(byte));
        if inner.len() == text.len() {
            break;
        }
        text = inner;
    }
    text
}

/// What stands for each byte of the folded text: the byte in its case, and where it is written.
pub(crate) fn spans(bytes: &[u8]) -> Vec<(u8, Range<usize>)> {
    let mut spans = Vec::with_capacity(bytes.len());
    each(bytes, |byte, at| spans.push((byte, at)));
    for _ in 1..LAYERS {
        let text: Vec<u8> = spans.iter().map(|(byte, _)| *byte).collect();
        let mut inner = Vec::with_capacity(text.len());
        each(&text, |byte, at| {
            inner.push((byte, spans[at.start].1.start..spans[at.end - 1].1.end));
        });
        spans = inner;
    }
    spans
}

fn each(bytes: &[u8], mut is: impl FnMut(u8, Range<usize>)) {
    let mut at = 0;
    while at < bytes.len() {
        let (byte, length) = match bytes[at] {
            byte if is_escape(byte) => first(&bytes[at..]),
            byte => (byte, 1),
        };
        is(byte, at..at + length);
        at += length;
    }
}

/// Whether a character of the text may be written in more than one byte.
pub(crate) fn has_escapes(bytes: &[u8]) -> bool {
    let begins = |(at, byte): (usize, &u8)| match byte {
        // As it stands in names, it begins none.
        b'&' => matches!(bytes.get(at + 1), Some(b'#' | b'a' | b'g' | b'l' | b'q')),
        byte => is_escape(*byte),
    };
    // Almost no text has one: so many bytes at once are compared as fast as one.
    let may_begin = |piece: &[u8]| piece.iter().fold(false, |any, byte| any | is_escape(*byte));
    bytes.chunks(64).any(may_begin) && bytes.iter().enumerate().any(begins)
}

fn is_escape(byte: u8) -> bool {
    matches!(byte, b'%' | b'\\' | b'&' | 0xEF)
}

/// What is written at the beginning, and how long that is.
fn first(bytes: &[u8]) -> (u8, usize) {
    let written = match *bytes {
        [b'\\', sign @ (b'"' | b'\\' | b'/'), ..] => Some((u32::from(sign), 2)),
        [b'\\', b'n', ..] => Some((u32::from(b'\n'), 2)),
        [b'\\', b'r', ..] => Some((u32::from(b'\r'), 2)),
        [b'\\', b'x', high, low, ..] => hex(&[high, low]).map(|value| (value, 4)),
        [b'&', ..] => entity(bytes),
        [b'\\', b'u', b'{', ..] => in_braces(bytes),
        [b'\\' | b'%', b'u', a, b, c, d, ..] => hex(&[a, b, c, d])
            .map(|value| (narrow(value).unwrap_or(value), 6))
            .filter(|(value, _)| *value < 0x80),
        [b'%', high, low, ..] => hex(&[high, low]).map(|value| (value, 3)),
        [0xEF, second @ 0xBC..=0xBD, third @ 0x80..=0xBF, ..] => {
            let value = 0xF000 | u32::from(second & 0x3F) << 6 | u32::from(third & 0x3F);
            narrow(value).map(|value| (value, 3))
        }
        _ => None,
    };
    let byte = written.and_then(|(value, length)| Some((u8::try_from(value).ok()?, length)));
    byte.unwrap_or((bytes[0], 1))
}

/// The character that stands in braces behind `\u`, and how long it is.
fn in_braces(bytes: &[u8]) -> Option<(u32, usize)> {
    const LONGEST: usize = "\\u{000041}".len();
    let end = bytes.iter().take(LONGEST).position(|byte| *byte == b'}')?;
    let digits = bytes.get(3..end).filter(|digits| !digits.is_empty())?;
    let value = hex(digits)?;
    let value = narrow(value).unwrap_or(value);
    (value < 0x80).then_some((value, end + 1))
}

/// The character that an entity of HTML stands for, and how long it is. A number needs no semicolon and may begin with zeros, as
/// many as anybody writes.
fn entity(bytes: &[u8]) -> Option<(u32, usize)> {
    const MOST_DIGITS: usize = 32;
    let (value, end) = match bytes {
        [b'&', b'#', rest @ ..] => {
            let (radix, begin) = match rest.first() {
                Some(b'x' | b'X') => (16, 3),
                _ => (10, 2),
            };
            let digits = bytes[begin..].iter().take(MOST_DIGITS);
            let digits = digits.map_while(|byte| char::from(*byte).to_digit(radix));
            let (count, value) = digits.fold((0, 0_u32), |(count, value), digit| {
                (count + 1, value.saturating_mul(radix).saturating_add(digit))
            });
            (count > 0).then_some((value, begin + count))?
        }
        _ => {
            let names: [(&[u8], u8); 5] = [
                (b"&amp;", b'&'),
                (b"&lt;", b'<'),
                (b"&gt;", b'>'),
                (b"&quot;", b'"'),
                (b"&apos;", b'\''),
            ];
            let (name, sign) = names.iter().find(|(name, _)| bytes.starts_with(name))?;
            (u32::from(*sign), name.len() - 1)
        }
    };
    let value = narrow(value).unwrap_or(value);
    let end = end + usize::from(bytes.get(end) == Some(&b';'));
    (value < 0x80).then_some((value, end))
}

/// The ordinary character of a fullwidth one.
fn narrow(value: u32) -> Option<u32> {
    (0xFF01..=0xFF5E).contains(&value).then(|| value - 0xFEE0)
}

fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |value, digit| {
        Some(value << 4 | char::from(*digit).to_digit(16)?)
    })
}
