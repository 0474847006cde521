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
        [b'%', high, low, ..] => hex(&[high, low]).map(|value| (value, 3)),
        [b'\\', sign @ (b'"' | b'\\' | b'/'), ..] => Some((u32::from(sign), 2)),
        [b'\\', b'x', high, low, ..] => hex(&[high, low]).map(|value| (value, 4)),
        [b'&', ..] => entity(bytes),
        [b'\\', b'u', a, b, c, d, ..] => hex(&[a, b, c, d])
            .map(|value| (narrow(value).unwrap_or(value), 6))
            .filter(|(value, _)| *value < 0x80),
        [0xEF, second @ 0xBC..=0xBD, third @ 0x80..=0xBF, ..] => {
            let value = 0xF000 | u32::from(second & 0x3F) << 6 | u32::from(third & 0x3F);
            narrow(value).map(|value| (value, 3))
        }
        _ => None,
    };
    let byte = written.and_then(|(value, length)| Some((u8::try_from(value).ok()?, length)));
    byte.unwrap_or((bytes[0], 1))
}

/// The character that an entity of HTML stands for, and how long it is. The longest has the number of a character of eight
/// digits.
fn entity(bytes: &[u8]) -> Option<(u32, usize)> {
    const LONGEST: usize = "&#x00000041;".len();
    let end = bytes.iter().take(LONGEST).position(|byte| *byte == b';')?;
    let value = match &bytes[1..end] {
        b"amp" => u32::from(b'&'),
        b"lt" => u32::from(b'<'),
        b"gt" => u32::from(b'>'),
        b"quot" => u32::from(b'"'),
        b"apos" => u32::from(b'\''),
        [b'#', b'x' | b'X', digits @ ..] if !digits.is_empty() => hex(digits)?,
        [b'#', digits @ ..] if !digits.is_empty() => digits.iter().try_fold(0_u32, |value, digit| {
            Some(value.wrapping_mul(10) + char::from(*digit).to_digit(10)?)
        })?,
        _ => return None,
    };
    let value = narrow(value).unwrap_or(value);
    (value < 0x80).then_some((value, end + 1))
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
