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

/// The folded text.
pub(crate) fn folded(bytes: &[u8]) -> Vec<u8> {
    let mut folded = Vec::with_capacity(bytes.len());
    each(bytes, |byte, _| folded.push(plain(byte)));
    folded
}

/// What stands for each byte of the folded text: the byte in its case, and where it is written.
pub(crate) fn spans(bytes: &[u8]) -> Vec<(u8, Range<usize>)> {
    let mut spans = Vec::with_capacity(bytes.len());
    each(bytes, |byte, at| spans.push((byte, at)));
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
    bytes.iter().any(|byte| is_escape(*byte))
}

fn is_escape(byte: u8) -> bool {
    matches!(byte, b'%' | b'\\' | 0xEF)
}

/// What is written at the beginning, and how long that is.
fn first(bytes: &[u8]) -> (u8, usize) {
    let written = match *bytes {
        [b'%', high, low, ..] => hex(&[high, low]).map(|value| (value, 3)),
        [b'\\', sign @ (b'"' | b'\\' | b'/'), ..] => Some((u32::from(sign), 2)),
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

/// The ordinary character of a fullwidth one.
fn narrow(value: u32) -> Option<u32> {
    (0xFF01..=0xFF5E).contains(&value).then(|| value - 0xFEE0)
}

fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |value, digit| {
        Some(value << 4 | char::from(*digit).to_digit(16)?)
    })
}
