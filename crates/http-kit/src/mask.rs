//! Text from elsewhere, made fit to be shown: bounded, without e-mail addresses and credentials.

use crate::answer::offset;

/// `text` in one line of at most `limit` characters, with e-mail addresses, bearer tokens and other long opaque
/// strings replaced.
///
/// Ids stay readable: a UUID, an account id or a resource name is shorter than what counts as a credential (40
/// characters of one run with letters and digits).
///
/// ```
/// use http_kit::masked;
///
/// assert_eq!(masked("no user ada@example.com in 4f5a2b1c", 80), "no user [e-mail] in 4f5a2b1c");
/// ```
pub fn masked(text: &str, limit: usize) -> String {
    let mut out = String::new();
    let mut after_scheme = false;
    let mut rest = text.trim();
    // A run is never cut before it is judged: half of a credential is still one.
    while let Some(first) = rest.chars().next().filter(|_| out.len() <= 4 * limit) {
        let same = |c| in_run(c) == in_run(first) || after_scheme && in_run(first) && c == '/';
        let end = rest.find(|c| !same(c)).unwrap_or(rest.len());
        let (run, tail) = rest.split_at(end);
        rest = tail;
        if in_run(first) {
            let sentence_end = run.len() - run.trim_end_matches('.').len();
            let (word, dots) = run.split_at(run.len() - sentence_end);
            out.push_str(if is_address(word) {
                "[e-mail]"
            } else if after_scheme || is_credential(word) {
                "[secret]"
            } else {
                word
            });
            out.push_str(dots);
            after_scheme = word.eq_ignore_ascii_case("bearer") || word.eq_ignore_ascii_case("basic");
        } else {
            after_scheme &= run.chars().all(|c| c.is_whitespace() || matches!(c, ':' | '/'));
            out.extend(run.chars().map(|c| if c.is_control() { ' ' } else { c }));
        }
    }
    bounded(out, limit)
}

/// Paths of fields are cut to this many characters: their names come from elsewhere.
pub(crate) const MAX_FIELD: usize = 120;

/// What serde says about a value, without the value itself where that is text.
pub(crate) fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some((before, quoted)) = rest.split_once('"') {
        out.push_str(before);
        out.push_str("\"…\"");
        rest = &quoted[string_end(quoted)..];
    }
    out.push_str(rest);
    masked(&out, 200)
}

/// `text` for an error message: of JSON the structure and the keys around the byte `at`, never a string value, and nothing
/// behind the first fault of broken JSON, where keys cannot be told from values; of anything else its masked beginning, unless it has quotes: those of broken JSON cannot be told apart from its values.
pub(crate) fn excerpt(text: &str, at: usize) -> String {
    const AROUND: usize = 80;
    if !text.trim_start().starts_with(['{', '[']) {
        return match text.contains('"') {
            true => format!("a text of {} bytes", text.len()),
            false => masked(text, 2 * AROUND),
        };
    }
    let fault = serde_json::from_str::<serde::de::IgnoredAny>(text)
        .err()
        .map(|error| {
            // A wrong character is read before it is refused.
            let read = offset(text.as_bytes(), &error).saturating_sub(error.is_syntax().into());
            floor_boundary(text, read)
        });
    let known = &text[..fault.unwrap_or(text.len())];
    let (shape, centre) = shape_of(known, at, at.saturating_add(AROUND));
    let from = floor_boundary(&shape, centre.saturating_sub(AROUND));
    let to = floor_boundary(&shape, (centre + AROUND).min(shape.len()));
    let before = if from > 0 { "…" } else { "" };
    let is_cut = fault.is_some_and(|fault| fault < text.len())
        || to < shape.len()
        || shape.len() < text.len() && at + AROUND < text.len();
    let after = if is_cut { "…" } else { "" };
    format!("{before}{}{after}", &shape[from..to])
}

/// The JSON text up to byte `until` with every string value replaced by `"…"`, and where in it the byte `at` is.
fn shape_of(text: &str, at: usize, until: usize) -> (String, usize) {
    let mut shape = String::new();
    let mut centre = None;
    let mut pos = 0;
    while pos < text.len() && pos <= until {
        if pos >= at && centre.is_none() {
            centre = Some(shape.len());
        }
        let rest = &text[pos..];
        if let Some(quoted) = rest.strip_prefix('"') {
            let end = 1 + string_end(quoted);
            if rest[end..].trim_start().starts_with(':') {
                shape.push_str(&masked(&rest[..end], 40));
            } else {
                shape.push_str("\"…\"");
            }
            pos += end;
        } else {
            let end = rest.find('"').unwrap_or(rest.len()).min(64);
            let end = floor_boundary(rest, end).max(rest.chars().next().map_or(1, char::len_utf8));
            shape.extend(rest[..end].chars().filter(|c| !c.is_whitespace()));
            pos += end;
        }
    }
    let len = shape.len();
    (shape, centre.unwrap_or(len))
}

/// The end of a JSON string, behind its closing quote, when `text` is what follows the opening one; all of it if
/// it is not closed.
fn string_end(text: &str) -> usize {
    let mut escaped = false;
    for (index, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return index + 1,
            _ => {}
        }
    }
    text.len()
}

fn floor_boundary(text: &str, index: usize) -> usize {
    (0..=index.min(text.len()))
        .rev()
        .find(|index| text.is_char_boundary(*index))
        .unwrap_or(0)
}

fn in_run(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '+' | '=' | '.' | '%' | '@' | '~')
}

fn is_address(word: &str) -> bool {
    let at = word.split_once('@').or_else(|| word.split_once("%40"));
    at.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
}

fn is_credential(word: &str) -> bool {
    word.split('.').any(|part| {
        let long = part.len() >= 40
            && part.bytes().any(|b| b.is_ascii_digit())
            && part.bytes().any(|b| b.is_ascii_alphabetic());
        long || part.len() >= 16 && part.starts_with("eyJ")
    })
}

fn bounded(mut text: String, limit: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(limit) {
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_people_and_credentials() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            assert_eq!(masked(text, 200), expected);
        }
        check("user ada.lovelace+x@mail.example.com.", "user [e-mail].");
        check("filter=ada%40example.com&x", "[e-mail]&x");
        check("<ada@example.com>, \u{e5}sa@exempel.se", "<[e-mail]>, [e-mail]");
        check("Authorization: Bearer abc", "Authorization: Bearer [secret]");
        check("basic dXNlcjpwYXNz and more", "basic [secret] and more");
        // The alphabet of a credential behind its scheme (RFC 6750 section 2.1) has a slash.
        check(
            "got Bearer ab/cd+ef/gh==, expired",
            "got Bearer [secret], expired",
        );
        check(&format!("token {}=", "ATCT3xFfGN0".repeat(6)), "token [secret]");
        check("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig", "[secret]");
        check("two\nlines\tand \u{7}", "two lines and  ");
    }

    #[test]
    fn leaves_what_helps() {
        for text in [
            "User 712020:3f9c2e7a-b81d-4405-96ef-7a19c0ffee00 not in directory 5c9f2e7ab81d3405d6ef7a19",
            "/api/admin/v2/orgs/3f9c2e7a-b81d-4405-96ef-7a19c0ffee00/directories/-/users",
            "ari:cloud:jira-software::site/3f9c2e7a-b81d-4405-96ef-7a19c0ffee00",
            "ADMIN-UAM-404-1: @ is not an address",
            "internationalizationinternationalizationinternationalization",
        ] {
            assert_eq!(masked(text, 200), text);
        }
    }

    #[test]
    fn cuts_by_characters_and_never_through_a_credential() {
        assert_eq!(masked("\u{e4}\u{f6}\u{fc}", 2), "\u{e4}\u{f6}…");
        let token = "a1".repeat(40);
        let text = format!("{} {token}", "x".repeat(30));
        for limit in 0..60 {
            assert!(!masked(&text, limit).contains("a1"), "{limit}");
        }
    }

    #[test]
    fn an_excerpt_shows_the_structure_without_values() {
        let body = r#"{"data": [{"id": "u-1", "email": "ada@example.com", "age": 36}], "a\"b": "c\\"}"#;
        let shape = r#"{"data":[{"id":"…","email":"…","age":36}],"a\"b":"…"}"#;
        assert_eq!(excerpt(body, 20), shape);
        let long = format!(
            r#"{{"rows":[{}{{"n":x}}{}]}}"#,
            "{\"n\":1},".repeat(50),
            ",{\"n\":1}".repeat(50)
        );
        let near = excerpt(&long, long.find('x').expect("the fault"));
        assert!(
            near.starts_with('…') && near.ends_with(r#"{"n":1},{"n":…"#),
            "{near}"
        );
        assert!(near.len() < 200, "{near}");
        assert_eq!(excerpt("<html>Hello ada@example.com", 0), "<html>Hello [e-mail]");
        assert_eq!(excerpt(r#"{"a":"cut of"#, 12), r#"{"a":"…""#);
    }

    #[test]
    fn the_words_of_serde_keep_their_meaning() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(rename_all = "lowercase")]
        enum Status {
            Active,
        }
        let check = |error: serde_json::Error, expected: &str| assert_eq!(reason(&error), expected);
        check(
            serde_json::from_str::<u32>(r#""Ada \" Lovelace""#).expect_err("text"),
            r#"invalid type: string "…", expected u32 at line 1 column 17"#,
        );
        check(
            serde_json::from_str::<Status>(r#""gone""#)
                .map(|Status::Active| ())
                .expect_err("unknown"),
            "unknown variant `gone`, expected `active` at line 1 column 6",
        );
    }

    #[test]
    fn behind_a_fault_of_json_nothing_is_shown() {
        // A quote is missing: from there on values stand where keys belong.
        let body = r#"{"id":"u-1,"name":"Ines Calder","email":"ines.calder@larkspur.example"}"#;
        assert_eq!(excerpt(body, 12), r#"{"id":"…"…"#);
        assert_eq!(excerpt(body, 70), r#"{"id":"…"…"#);
        let within = "{\"id\":\"u\n-1\",\"name\":\"Ines\"}";
        assert_eq!(excerpt(within, 8), r#"{"id":"…"…"#);
    }

    proptest::proptest! {
        #[test]
        fn no_string_of_broken_json_is_shown(name in "[A-Z]{8}", lost in 0_usize..90, at in 0_usize..400) {
            let mut body = serde_json::json!({ "rows": [{ "name": name, "tags": [name, 1, null] }], "n": name }).to_string();
            body.remove(lost % body.len());
            proptest::prop_assert!(!excerpt(&body, at).contains(&name[1..]), "{}", excerpt(&body, at));
        }

        #[test]
        fn any_text_and_any_place_can_be_shown(text in "(?s).{0,300}", at in 0_usize..400, limit in 0_usize..50) {
            proptest::prop_assert!(masked(&text, limit).chars().count() <= limit + 1);
            excerpt(&format!("{{{text}"), at);
        }

        #[test]
        fn no_string_of_json_is_shown(name in "[A-Z]{8}", at in 0_usize..400) {
            let body = serde_json::json!({ "rows": [{ "name": name, "tags": [name, 1, null] }], "n": name }).to_string();
            proptest::prop_assert!(!excerpt(&body, at).contains(&name));
        }
    }
}
