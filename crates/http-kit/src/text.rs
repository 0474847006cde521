//! Bodies of answers as clean text: UTF-8 that a JSON parser accepts, however the server encoded it.
//!
//! A name that was cut in the middle of a character must not cost the row that carries it, so what is not a character
//! becomes U+FFFD. RFC 8259 §8.1 asks for UTF-8 without a byte order mark; servers and proxies send others.

use bytes::Bytes;

/// A body that grows beyond this while it is cleaned is left as it is.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// Bodies below this size cannot hold enough values to matter, and are not counted.
const COUNTED_FROM: usize = 1024 * 1024;

/// Returns `body` as UTF-8 without a byte order mark and without lone surrogates in JSON escapes. A body that is fine
/// already is not copied.
pub(crate) fn clean(body: Bytes) -> Bytes {
    if let Some(big_endian) = utf16(&body) {
        return without_lone_surrogates(from_utf16(&body, big_endian));
    }
    let body = match body.strip_prefix(b"\xEF\xBB\xBF") {
        Some(_) => body.slice(3..),
        None => body,
    };
    without_lone_surrogates(without_bad_bytes(body))
}

/// Whether the body is UTF-16, and in which byte order: by its mark, or because an ASCII character at the start has a
/// zero byte beside it, which is nothing that text in UTF-8 can begin with.
fn utf16(body: &[u8]) -> Option<bool> {
    match body {
        [0xFE, 0xFF, ..] => Some(true),
        [0xFF, 0xFE, ..] => Some(false),
        [0, second, ..] if *second != 0 => Some(true),
        [first, 0, third, ..] if *first != 0 && *third != 0 => Some(false),
        _ => None,
    }
}

fn from_utf16(body: &[u8], big_endian: bool) -> Bytes {
    let units = body.chunks_exact(2).map(|pair| match big_endian {
        true => u16::from_be_bytes([pair[0], pair[1]]),
        false => u16::from_le_bytes([pair[0], pair[1]]),
    });
    let characters = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER));
    let text: String = characters.skip_while(|c| *c == '\u{feff}').collect();
    text.into()
}

fn without_bad_bytes(body: Bytes) -> Bytes {
    const REPLACEMENT: &str = "\u{fffd}";
    if std::str::from_utf8(&body).is_ok() {
        return body;
    }
    let chunks = || body.utf8_chunks();
    let replaced = |bad: &[u8]| if bad.is_empty() { "" } else { REPLACEMENT };
    let length: usize = chunks()
        .map(|chunk| chunk.valid().len() + replaced(chunk.invalid()).len())
        .sum();
    if length > MOST_BYTES {
        return body;
    }
    let mut text = String::with_capacity(length);
    for chunk in chunks() {
        text.push_str(chunk.valid());
        text.push_str(replaced(chunk.invalid()));
    }
    text.into()
}

/// Replaces `\ud800` and its like by `\ufffd` where the other half is missing. The length stays.
fn without_lone_surrogates(body: Bytes) -> Bytes {
    let Some(first) = lone_surrogate(&body, 0) else {
        return body;
    };
    let mut text = body.to_vec();
    let mut at = Some(first);
    while let Some(start) = at {
        text[start..start + 6].copy_from_slice(b"\\ufffd");
        at = lone_surrogate(&text, start + 6);
    }
    text.into()
}

/// Where the next escape of half a character starts, looking from `from`, which is not within an escape.
fn lone_surrogate(text: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += text.get(at..)?.iter().position(|byte| *byte == b'\\')?;
        match surrogate(text, at) {
            Some(0xD800..0xDC00) => match surrogate(text, at + 6) {
                Some(0xDC00..=0xDFFF) => at += 12,
                _ => return Some(at),
            },
            Some(_) => return Some(at),
            // An escaped backslash is stepped over with what it escapes.
            None => at += 2,
        }
    }
}

/// The surrogate that the escape at `at` stands for, if it is one.
fn surrogate(text: &[u8], at: usize) -> Option<u16> {
    let digits = text.get(at..at + 6)?.strip_prefix(b"\\u")?;
    let digits = std::str::from_utf8(digits).ok()?;
    let unit = u16::from_str_radix(digits, 16).ok()?;
    (0xD800..=0xDFFF).contains(&unit).then_some(unit)
}

/// Whether a JSON text has more than `most` values: each costs memory out of proportion to its two bytes.
pub(crate) fn has_more_values(text: &[u8], most: usize) -> bool {
    if text.len() < COUNTED_FROM {
        return false;
    }
    let (mut values, mut quoted, mut escaped) = (1_usize, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = quoted,
            b'"' => quoted = !quoted,
            b',' | b'[' | b'{' if !quoted => values += 1,
            _ => {}
        }
        if values > most {
            return true;
        }
    }
    false
}

/// What a body that is not JSON is, in words that follow "the answer is".
pub(crate) fn not_json(text: &str) -> Option<&'static str> {
    let text = text.trim_start();
    match text.chars().next() {
        None => Some("empty"),
        Some('<') if is_html(text) => Some("an HTML page instead of JSON"),
        Some('<') => Some("XML instead of JSON"),
        _ => None,
    }
}

/// Whether a text is a page for people: a sign-in page, or the error page of a proxy.
fn is_html(text: &str) -> bool {
    const NEAR_START: usize = 1024;
    let start: String = text.trim_start().chars().take(NEAR_START).collect();
    let start = start.to_ascii_lowercase();
    start.starts_with('<')
        && ["<!doctype html", "<html", "<head", "<body"]
            .iter()
            .any(|tag| start.contains(tag))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn cleaned(body: &[u8]) -> String {
        String::from_utf8(clean(Bytes::copy_from_slice(body)).to_vec()).expect("clean text")
    }

    fn utf16_of(text: &str, big_endian: bool, mark: bool) -> Vec<u8> {
        let mark = mark.then_some(0xFEFF);
        let units = mark.into_iter().chain(text.encode_utf16());
        units
            .flat_map(|unit| {
                if big_endian {
                    unit.to_be_bytes()
                } else {
                    unit.to_le_bytes()
                }
            })
            .collect()
    }

    #[test]
    fn half_a_character_becomes_a_replacement() {
        #[track_caller]
        fn check(body: &str, expected: &str) {
            assert_eq!(cleaned(body.as_bytes()), expected);
        }
        check(r#"{"name":"A\ud800"}"#, r#"{"name":"A\ufffd"}"#);
        check(r#"["\uDC00","\uD83D\uDE00"]"#, r#"["\ufffd","\uD83D\uDE00"]"#);
        check(r#"["\ud83d\ud83d\ude00"]"#, r#"["\ufffd\ud83d\ude00"]"#);
        check(r#"["\ud83dx","\ud83d\n"]"#, r#"["\ufffdx","\ufffd\n"]"#);
        // The backslash is escaped, so these are six letters of a name.
        check(r#"["\\ud800","\\\ud800"]"#, r#"["\\ud800","\\\ufffd"]"#);
        check(r#"["\u00e9","\ud80"]"#, r#"["\u00e9","\ud80"]"#);
        check(r#"["\"#, r#"["\"#);
    }

    #[test]
    fn bad_bytes_become_replacements() {
        assert_eq!(cleaned(b"{\"name\":\"Andr\xe9\"}"), "{\"name\":\"Andr\u{fffd}\"}");
        assert_eq!(cleaned(b"\"\xf0\x9f\x98\""), "\"\u{fffd}\"");
        assert_eq!(cleaned("\"\u{e9}\"".as_bytes()), "\"\u{e9}\"");
    }

    #[test]
    fn marks_and_other_encodings_are_understood() {
        let text = r#"{"name":"Ines Åberg 😀"}"#;
        assert_eq!(cleaned(format!("\u{feff}{text}").as_bytes()), text);
        for big_endian in [true, false] {
            for mark in [true, false] {
                assert_eq!(cleaned(&utf16_of(text, big_endian, mark)), text);
            }
        }
    }

    #[test]
    fn a_clean_body_is_not_copied() {
        let body = Bytes::from_static(br#"{"name":"\u00e9 \\ \ud83d\ude00"}"#);
        assert_eq!(clean(body.clone()).as_ptr(), body.as_ptr());
    }

    #[test]
    fn values_are_counted_outside_of_strings() {
        let rows = |count: usize| format!("[{}]", vec![r#"{"a":",[{\",["}"#; count].join(","));
        let body = rows(100_000);
        assert!(body.len() > COUNTED_FROM);
        assert!(has_more_values(body.as_bytes(), 200_000 - 1));
        assert!(!has_more_values(body.as_bytes(), 200_002));
        assert!(
            !has_more_values(rows(10).as_bytes(), 1),
            "small bodies are not counted"
        );
    }

    #[test]
    fn what_came_has_a_name() {
        for (body, expected) in [
            ("", Some("empty")),
            (" \n", Some("empty")),
            ("<!DOCTYPE html><html>", Some("an HTML page instead of JSON")),
            ("\n<HTML lang=en>", Some("an HTML page instead of JSON")),
            ("<?xml version='1.0'?><Error/>", Some("XML instead of JSON")),
            ("{}", None),
            ("upstream connect error", None),
        ] {
            assert_eq!(not_json(body), expected, "{body}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_become_text(body in prop::collection::vec(any::<u8>(), 0..200)) {
            cleaned(&body);
        }

        #[test]
        fn any_escapes_in_a_string_can_be_parsed(units in prop::collection::vec(0xD7F0_u16..0xE010, 0..12)) {
            let escapes: String = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
            let parsed: Value = serde_json::from_str(&cleaned(format!("[\"{escapes}\"]").as_bytes())).expect("json");
            prop_assert_eq!(parsed, json!([String::from_utf16_lossy(&units)]));
        }

        #[test]
        fn text_in_any_encoding_is_read(name in "[a-zåé😀\\\\\" ]{0,20}", big_endian: bool, mark: bool) {
            let text = json!({ "name": name }).to_string();
            prop_assert_eq!(cleaned(&utf16_of(&text, big_endian, mark)), text);
        }
    }
}
