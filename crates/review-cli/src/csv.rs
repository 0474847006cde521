//! Cells of a CSV file (RFC 4180).

use crate::error::Error;
use crate::plain::plain;
use connector_sdk::Code;

/// Free text as a cell: a spreadsheet takes a text that begins like a formula for one, so such a text gets an apostrophe in
/// front.
pub(crate) fn text(text: &str) -> String {
    let shown = plain(text);
    if begins_like_a_formula(text) {
        return quoted(&format!("'{shown}"));
    }
    quoted(&shown)
}

/// An id as a cell, which is never altered.
///
/// # Errors
/// Where it would have to be.
pub(crate) fn id(id: &str) -> Result<String, Error> {
    if begins_like_a_formula(id) || plain(id) != id {
        return Err(Error::new(
            Code::FailedPrecondition,
            format!("the id {id:?} cannot stand in CSV: a spreadsheet would take it for something else"),
        )
        .with_hint("Use --output jsonl"));
    }
    Ok(quoted(id))
}

fn begins_like_a_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

fn quoted(text: &str) -> String {
    if text.contains(['"', ',', '\n', '\r', ';']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_no_formula() {
        for (given, expected) in [
            ("Ana", "Ana"),
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "' =1"),
            ("a, \"b\"", "\"a, \"\"b\"\"\""),
            ("two\nlines", "two lines"),
        ] {
            assert_eq!(text(given), expected, "{given:?}");
        }
    }

    #[test]
    fn an_id_is_never_altered() {
        assert_eq!(id("group:a,b").unwrap(), "\"group:a,b\"");
        for hostile in ["=1", "@x", "a\u{202e}b", "a\u{1b}[2J"] {
            assert_eq!(id(hostile).unwrap_err().number(), 9, "{hostile:?}");
        }
    }
}
