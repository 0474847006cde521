//! Finding what identifies someone or something within a longer text.

use super::pseudonyms::{is_hex, is_uuid};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) range: Range<usize>,
    pub(crate) what: What,
}

/// What a part of a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// An address with a scheme and `://`.
    Url,
    /// An e-mail address; its `@` may be percent-encoded.
    Email,
    Ip,
    Uuid,
    /// A long run of hexadecimal digits, or a number of seven digits or more.
    Id,
    /// A long run of letters and digits without a meaning.
    Credential,
}

/// All of them, in their order, none inside another.
pub(crate) fn find(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    for range in pieces(text, |c| !ends_run(c)) {
        let run = &text[range.clone()];
        let run = run.trim_end_matches(['.', ',', ':', '!', '?']);
        in_run(run, range.start, &mut found);
    }
    found
}

/// Whether the text is a time, or a date alone: RFC 3339, with or without an offset.
pub(crate) fn is_time(text: &str) -> bool {
    let dated = text.len() >= 10 && text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-';
    dated
        && (text.parse::<jiff::Timestamp>().is_ok()
            || text.parse::<jiff::civil::DateTime>().is_ok()
            || text.parse::<jiff::civil::Date>().is_ok())
}

/// Whether the text is a whole number, and how many digits it has.
pub(crate) fn digits(text: &str) -> Option<usize> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(text.len())
}

/// The longest parts of `text` whose characters all satisfy `inside`.
pub(crate) fn pieces(text: &str, inside: impl Fn(char) -> bool) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices() {
        match (inside(c), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                pieces.push(from..at);
                start = None;
            }
            _ => {}
        }
    }
    pieces.extend(start.map(|from| from..text.len()));
    pieces
}

fn ends_run(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(
            c,
            '"' | '\'' | '`' | '<' | '>' | '(' | ')' | '[' | ']' | '{' | '}' | ',' | ';' | '|'
        )
}

fn in_run(run: &str, at: usize, found: &mut Vec<Found>) {
    let mut rest = 0..run.len();
    while !rest.is_empty() {
        let text = &run[rest.clone()];
        let (range, what) = if let Some(scheme) = scheme_of(text) {
            (scheme..text.len(), What::Url)
        } else if text.parse::<IpAddr>().is_ok() {
            (0..text.len(), What::Ip)
        } else if let Some(range) = email_in(text) {
            (range, What::Email)
        } else if let Some(start) = uuid_in(text) {
            (start..start + 36, What::Uuid)
        } else {
            return in_words(text, at + rest.start, found);
        };
        // What comes before it holds no other of its kind or of those asked for earlier, so this ends soon.
        in_run(&text[..range.start], at + rest.start, found);
        found.push(Found {
            range: at + rest.start + range.start..at + rest.start + range.end,
            what,
        });
        rest.start += range.end;
    }
}

fn in_words(text: &str, at: usize, found: &mut Vec<Found>) {
    for word in pieces(text, |c| {
        c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '=' | '~')
    }) {
        if let Some(what) = of_word(&text[word.clone()]) {
            let range = at + word.start..at + word.end;
            found.push(Found { range, what });
        }
    }
}

fn of_word(word: &str) -> Option<What> {
    if word.parse::<Ipv4Addr>().is_ok() {
        Some(What::Ip)
    } else if is_hex(word) || digits(word).is_some_and(|count| count >= 7) {
        Some(What::Id)
    } else if is_credential(word) {
        Some(What::Credential)
    } else {
        None
    }
}

/// Where the scheme of an address begins, if there is one.
fn scheme_of(run: &str) -> Option<usize> {
    let end = run.find("://")?;
    let letters = run[..end]
        .bytes()
        .rev()
        .take_while(|byte| byte.is_ascii_alphanumeric() || b"+.-".contains(byte));
    let start = end - letters.count();
    (start < end && end + 3 < run.len()).then_some(start)
}

/// The first e-mail address in a run without blanks.
fn email_in(run: &str) -> Option<Range<usize>> {
    let plain = run.match_indices('@').map(|(at, sign)| (at, at + sign.len()));
    let encoded = run.match_indices("%40").map(|(at, sign)| (at, at + sign.len()));
    plain.chain(encoded).find_map(|(sign, after)| {
        let local = |c: char| {
            c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-' | '~' | '=' | '#' | '!' | '$')
        };
        let host = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
        let start = run[..sign]
            .rfind(|c| !local(c))
            .map_or(0, |at| at + char_len(run, at));
        let end = after + run[after..].find(|c| !host(c)).unwrap_or(run.len() - after);
        let end = after + run[after..end].trim_end_matches(['.', '-']).len();
        let has_letters = |text: &str| text.chars().any(char::is_alphanumeric);
        (has_letters(&run[start..sign]) && has_letters(&run[after..end])).then_some(start..end)
    })
}

fn char_len(text: &str, at: usize) -> usize {
    text[at..].chars().next().map_or(1, char::len_utf8)
}

/// Where the first UUID begins that is not part of a longer word.
fn uuid_in(run: &str) -> Option<usize> {
    let bytes = run.as_bytes();
    let edge = |byte: Option<&u8>| !byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    (0..bytes.len().saturating_sub(35)).find(|&start| {
        edge(start.checked_sub(1).and_then(|before| bytes.get(before)))
            && edge(bytes.get(start + 36))
            && run.get(start..start + 36).is_some_and(is_uuid)
    })
}

/// As [`masked`](crate::masked) judges, but from half the length on: what is masked in a message is looked at by
/// people of the house, what is recorded may be published.
fn is_credential(word: &str) -> bool {
    word.split('.').any(|part| {
        let mixed = part.bytes().any(|byte| byte.is_ascii_digit())
            && part.bytes().any(|byte| byte.is_ascii_lowercase())
            && part.bytes().any(|byte| byte.is_ascii_uppercase());
        part.len() >= 20 && mixed || part.len() >= 16 && part.starts_with("eyJ")
    })
}

/// Whether a host is this machine itself.
pub(crate) fn is_this_machine(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
        || host.parse::<Ipv6Addr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, What)]) {
        let found = find(text);
        let found: Vec<_> = found
            .iter()
            .map(|found| (&text[found.range.clone()], found.what))
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn what_identifies_is_found() {
        use What::*;
        check(
            "User ada.l+x@mail.example.org, not in 8f1c2d34-5b6a-4c7d-9e80-1a2b3c4d5e6f.",
            &[
                ("ada.l+x@mail.example.org", Email),
                ("8f1c2d34-5b6a-4c7d-9e80-1a2b3c4d5e6f", Uuid),
            ],
        );
        check(
            "mailto:ada@x.example; <bo@y.example>",
            &[("ada@x.example", Email), ("bo@y.example", Email)],
        );
        check("q/ada%40x.example&y", &[("ada%40x.example", Email)]);
        check(
            "see https://a.example/b?c=d#e.",
            &[("https://a.example/b?c=d#e", Url)],
        );
        check(
            "(from 192.0.2.7:443, 2001:db8::1)",
            &[("192.0.2.7", Ip), ("2001:db8::1", Ip)],
        );
        check("5c9f2e7ab81d3405d6ef7a19/x", &[("5c9f2e7ab81d3405d6ef7a19", Id)]);
        check("tel 0351211234567 or 123456", &[("0351211234567", Id)]);
        check(
            "712020:8f1c2d34-5b6a-4c7d-9e80-1a2b3c4d5e6f:7d",
            &[("8f1c2d34-5b6a-4c7d-9e80-1a2b3c4d5e6f", Uuid)],
        );
        check(
            "key ATCT3xFfGN0aBcDeFgHiJk",
            &[("ATCT3xFfGN0aBcDeFgHiJk", Credential)],
        );
        check(
            "eyJhbGciOiJIUzI1NiJ9.x",
            &[("eyJhbGciOiJIUzI1NiJ9.x", Credential)],
        );
        check(
            "two ada@x.example,\u{e5}sa@\u{f6}.example",
            &[("ada@x.example", Email), ("\u{e5}sa@\u{f6}.example", Email)],
        );
    }

    #[test]
    fn what_is_a_word_is_not() {
        for text in [
            "",
            "atlassian/org-admin",
            "ari:cloud:jira-software::site",
            "read:jira-work",
            "2026-08-30T22:10:41.512Z",
            "emails[0] is not valid @ all",
            "application/json; charset=utf-8",
            "urn:ietf:params:scim:schemas:core:2.0:User",
            "://",
            "internationalization",
        ] {
            check(text, &[]);
        }
    }

    #[test]
    fn times() {
        for time in [
            "2026-08-30",
            "2026-08-30T22:10:41.512Z",
            "2026-08-30T22:10:41+02:00",
            "2026-08-30 22:10:41",
        ] {
            assert!(is_time(time), "{time}");
        }
        for other in [
            "20260830",
            "2026-13-45",
            "2026-08-30x",
            "0123-4567-8910",
            "\u{e4}\u{e4}\u{e4}\u{e4}\u{e4}",
        ] {
            assert!(!is_time(other), "{other}");
        }
    }

    proptest! {
        #[test]
        fn parts_are_in_order_and_do_not_overlap(text in "(?s)(.|[a-z@%40:/. -]){0,60}") {
            let mut end = 0;
            for found in find(&text) {
                prop_assert!(found.range.start >= end && found.range.start < found.range.end, "{found:?}");
                prop_assert!(text.get(found.range.clone()).is_some());
                end = found.range.end;
            }
        }

        #[test]
        fn an_address_is_found_anywhere(before in "(?s).{0,10}[ ,:(<=]", after in "[ ,)>.;](?s).{0,10}") {
            let text = format!("{before}ada.lovelace@mail.example.org{after}");
            let covered = find(&text).iter().any(|found| text[found.range.clone()].contains("ada.lovelace@mail.example.org"));
            prop_assert!(covered, "{text}");
        }
    }
}
