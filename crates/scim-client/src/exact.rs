//! JSON to the last digit: a [`Value`] rounds what is longer than 64 bits, and a resource that is read and written back
//! must not change for that.

use serde_json::Value;
use serde_json::value::RawValue;

/// What a [`Value`] can hold of JSON; `null` where it can hold nothing of it, such as a number of 400 digits.
pub(crate) fn value(json: &RawValue) -> Value {
    serde_json::from_str(json.get()).unwrap_or_default()
}

/// The JSON of a number, as it was written.
pub(crate) fn number(json: &str) -> Option<&str> {
    json.starts_with(|c: char| c.is_ascii_digit() || c == '-')
        .then_some(json)
}

/// Whether every number in JSON is written again as it is read.
pub(crate) fn keeps_numbers(json: &str) -> bool {
    let is_same = |text: &str| {
        let number = serde_json::from_str::<serde_json::Number>(text);
        number.is_ok_and(|number| number.to_string() == text)
    };
    let belongs = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E');
    let mut rest = json;
    while let Some(at) = rest.find(|c: char| c == '"' || c == '-' || c.is_ascii_digit()) {
        rest = &rest[at..];
        if let Some(text) = rest.strip_prefix('"') {
            rest = behind_text(text);
            continue;
        }
        let end = rest.find(|c| !belongs(c)).unwrap_or(rest.len());
        if !is_same(&rest[..end]) {
            return false;
        }
        rest = &rest[end..];
    }
    true
}

/// What stands behind the closing quotation mark of a text.
fn behind_text(text: &str) -> &str {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return &text[at + 1..],
            _ => {}
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_numbers_are_kept() {
        for (json, kept) in [
            ("7", true),
            ("[1,-2,{\"a\":1.5}]", true),
            (r#"{"a":"12345678901234567890123","b\"1e9":true}"#, true),
            ("18446744073709551615", true),
            ("18446744073709551616", false),
            (r#"{"a":[12345678901234567890123]}"#, false),
            ("1e2", false),
            ("0.10", false),
            ("-0", false),
            ("1e400", false),
        ] {
            assert_eq!(keeps_numbers(json), kept, "{json}");
        }
    }
}
