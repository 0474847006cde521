//! Finds credentials in texts, in whatever form they stand there: servers echo what they were sent, and not always as they were
//! sent it.
//!
//! A credential is found as it is and in other case, percent-encoded, as JSON, JavaScript and HTML escape it, in fullwidth
//! characters, in hexadecimal digits, and in Base64 of both alphabets, by itself or behind a user (`user:key`), whatever its place
//! in what was encoded. Each of them is found too where it is wrapped, or its digits are separated: by up to 16 line breaks,
//! tabs, blanks, colons and commas in one place, and by `0x` before two digits. What was encoded twice is found too: escapes within escapes up to three layers, and two of hexadecimal digits and
//! Base64, with percent signs within them.
//!
//! What someone does on purpose so that it is not found is not found: a credential that is written backwards or with other
//! signs between its characters, shifted, compressed or encrypted. A vendor who wants to keep a key needs no artifact for it.
//!
//! ```
//! let mut finder = redaction::Finder::default();
//! finder.add("ATCT-not-a-real-key");
//! assert_eq!(finder.replaced("key=atct%2Dnot-a-real-key!", "[secret]"), "key=[secret]!");
//! ```
#![forbid(unsafe_code)]

mod fold;
mod sieve;

use base64::Engine;
use base64::engine::GeneralPurpose;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use sieve::Sieve;
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use zeroize::Zeroizing;

/// What is shorter in an encoding is found within too many words.
const SHORTEST_ENCODED: usize = 8;

type Text = Zeroizing<Vec<u8>>;

/// The credentials that are looked for. `Debug` shows their number alone.
#[derive(Clone, Default)]
pub struct Finder {
    /// What to look for in a folded text.
    needles: Vec<Text>,
    sieve: Sieve,
}

impl Finder {
    /// Looks for this one as well. A short one is found in many words: whether it is worth that is for the caller to decide.
    pub fn add(&mut self, credential: &str) {
        let bytes = credential.as_bytes();
        self.add_needle(fold::folded(bytes).into());
        self.add_needle(plain(bytes));
        let escaped = percent_encoded(bytes);
        let written = [Some(bytes), Some(&**escaped).filter(|escaped| *escaped != bytes)];
        for once in written.into_iter().flatten().flat_map(encoded) {
            encoded(&once).for_each(|twice| self.add_needle(plain(&twice)));
            self.add_needle(plain(&once));
        }
    }

    fn add_needle(&mut self, needle: Text) {
        if !needle.is_empty() && !self.needles.contains(&needle) {
            self.sieve.add(&needle);
            self.needles.push(needle);
        }
    }

    /// Whether nothing is looked for.
    pub fn is_empty(&self) -> bool {
        self.needles.is_empty()
    }

    /// The text with every whole credential replaced.
    #[must_use]
    pub fn replaced<'a>(&self, text: &'a str, with: &str) -> Cow<'a, str> {
        self.replaced_in_parts(text, with, |whole| whole)
    }

    /// The same, with beginnings and ends of credentials replaced too, of the length that is asked for by the length of the
    /// whole.
    #[must_use]
    pub fn replaced_in_parts<'a>(
        &self,
        text: &'a str,
        with: &str,
        shortest_part: impl Fn(usize) -> usize,
    ) -> Cow<'a, str> {
        let (mut runs, wrapped) = self.found(text.as_bytes(), shortest_part);
        runs.extend(wrapped);
        let runs = joined(text.as_bytes(), runs);
        if runs.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for run in runs {
            out.push_str(&text[at..run.start]);
            out.push_str(with);
            at = run.end;
        }
        out.push_str(&text[at..]);
        Cow::Owned(out)
    }

    /// Where credentials are, and beginnings and ends of them of the length that is asked for by the length of the whole; in
    /// order, none touching another, and no character in a part. What a credential is wrapped with is in none of them, so that
    /// they can be overwritten where such bytes mean something else.
    pub fn runs(&self, bytes: &[u8], shortest_part: impl Fn(usize) -> usize) -> Vec<Range<usize>> {
        let (mut runs, wrapped) = self.found(bytes, shortest_part);
        for run in wrapped {
            let is_break = |at: &usize| fold::separates(bytes[*at]);
            let mut at = run.start;
            while at < run.end {
                let start = (at..run.end).find(|at| !is_break(at)).unwrap_or(run.end);
                let end = (start..run.end).find(is_break).unwrap_or(run.end);
                runs.push(start..end);
                at = end;
            }
        }
        joined(bytes, runs)
    }

    /// Where credentials are as they stand there, and where they are wrapped.
    fn found(
        &self,
        bytes: &[u8],
        shortest_part: impl Fn(usize) -> usize,
    ) -> (Vec<Range<usize>>, Vec<Range<usize>>) {
        let part = |needle: &[u8]| shortest_part(needle.len()).clamp(1, needle.len());
        let (mut runs, mut wrapped) = (Vec::new(), Vec::new());
        let Some(shortest) = self.needles.iter().map(|needle| part(needle)).min() else {
            return (runs, wrapped);
        };
        let may_find = |text: &[u8]| text.len() >= shortest && self.sieve.may_find(text, shortest);
        let has_escapes = fold::has_escapes(bytes);
        let text = match has_escapes {
            true => Cow::Owned(fold::folded(bytes)),
            false => Cow::Borrowed(bytes),
        };
        let spans = || fold::spans(bytes);
        if may_find(&text) {
            runs = self.within(&plain(&text), part, spans);
        }
        if text.len() > shortest && text.iter().any(|byte| fold::separates(*byte)) {
            let kept = fold::unwrapped(&text);
            let unwrapped: Vec<u8> = kept.iter().map(|at| text[*at]).collect();
            if may_find(&unwrapped) {
                wrapped = self.within(&plain(&unwrapped), part, || {
                    let spans = spans();
                    kept.iter().map(|at| spans[*at].clone()).collect()
                });
            }
        }
        (runs, wrapped)
    }

    /// Where credentials are in a folded text whose bytes stand for these.
    fn within(
        &self,
        text: &[u8],
        part: impl Fn(&[u8]) -> usize,
        spans: impl Fn() -> Vec<(u8, Range<usize>)>,
    ) -> Vec<Range<usize>> {
        let mut runs: Vec<Range<usize>> = Vec::new();
        for needle in &self.needles {
            let part = part(needle);
            let (head, tail) = (&needle[..part], &needle[needle.len() - part..]);
            for at in found(text, head) {
                let same = text[at..].iter().zip(&**needle).take_while(|(a, b)| a == b);
                runs.push(at..at + same.count());
            }
            if part == needle.len() {
                continue;
            }
            for at in found(text, tail) {
                let end = at + part;
                let same = text[..end].iter().rev().zip(needle.iter().rev());
                runs.push(end - same.take_while(|(a, b)| a == b).count()..end);
            }
        }
        if runs.is_empty() {
            return runs;
        }
        let spans = spans();
        let is_whole = |run: &Range<usize>| {
            let found = &text[run.clone()];
            self.needles.iter().any(|needle| ***needle == *found)
        };
        // A key may end in a word of the language; parts of a random one never look like that.
        runs.retain(|run| is_whole(run) || is_opaque(spans[run.clone()].iter().map(|span| span.0)));
        runs.iter()
            .map(|run| spans[run.start].1.start..spans[run.end - 1].1.end)
            .collect()
    }
}

impl fmt::Debug for Finder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Finder({})", self.needles.len())
    }
}

fn plain(text: &[u8]) -> Text {
    text.iter().copied().map(fold::plain).collect::<Vec<_>>().into()
}

/// As addresses have it: what is neither a letter nor a digit nor one of four signs is escaped.
fn percent_encoded(text: &[u8]) -> Text {
    let mut escaped = Text::default();
    for byte in text {
        match byte {
            b'-' | b'.' | b'_' | b'~' => escaped.push(*byte),
            byte if byte.is_ascii_alphanumeric() => escaped.push(*byte),
            byte => {
                escaped.push(b'%');
                escaped.extend(hexadecimal(&[*byte], HEX_UPPER));
            }
        }
    }
    escaped
}

const HEX_LOWER: &[u8; 16] = b"0123456789abcdef";
const HEX_UPPER: &[u8; 16] = b"0123456789ABCDEF";

fn hexadecimal(text: &[u8], digits: &[u8; 16]) -> Vec<u8> {
    let digit = |half: u8| digits[usize::from(half & 0xF)];
    text.iter()
        .flat_map(|byte| [digit(byte >> 4), digit(*byte)])
        .collect()
}

/// Each way in which an encoding writes a text, in hexadecimal digits and in Base64.
fn encoded(text: &[u8]) -> impl Iterator<Item = Text> {
    let in_hex = [HEX_LOWER, HEX_UPPER].map(|digits| Text::new(hexadecimal(text, digits)));
    let in_base64 = (0..3).flat_map(|before| {
        let own = |engine| in_base64(engine, text, before);
        [own(&BASE64_STANDARD_NO_PAD), own(&BASE64_URL_SAFE_NO_PAD)]
    });
    let all = in_hex.into_iter().chain(in_base64);
    all.filter(|form| form.len() >= SHORTEST_ENCODED)
}

/// What stands in Base64 for sure where so many bytes, or three more each time, come before the text: characters that its
/// neighbours share in are left out.
fn in_base64(engine: &GeneralPurpose, text: &[u8], before: usize) -> Text {
    let bytes = Zeroizing::new([&[0_u8; 2][..before], text].concat());
    let encoded = Zeroizing::new(engine.encode(&*bytes));
    let own = (before * 8).div_ceil(6)..bytes.len() * 8 / 6;
    encoded.as_bytes().get(own).unwrap_or_default().to_vec().into()
}

/// The runs without overlaps. A character is taken out whole or not at all.
fn joined(bytes: &[u8], mut runs: Vec<Range<usize>>) -> Vec<Range<usize>> {
    runs.sort_unstable_by_key(|run| run.start);
    let is_inside = |at: usize| bytes.get(at).is_some_and(|byte| byte & 0xC0 == 0x80);
    let mut joined: Vec<Range<usize>> = Vec::new();
    for run in runs {
        let start = (run.start..run.end).find(|at| !is_inside(*at)).unwrap_or(run.end);
        let end = (start..=run.end)
            .rev()
            .find(|at| !is_inside(*at))
            .unwrap_or(start);
        match joined.last_mut() {
            Some(last) if start <= last.end => last.end = last.end.max(end),
            _ if start < end => joined.push(start..end),
            _ => {}
        }
    }
    joined
}

/// Whether it has a digit, or a capital letter behind a small one, as random texts of some length have and words have not.
fn is_opaque(mut part: impl Iterator<Item = u8>) -> bool {
    let mut before = 0_u8;
    part.any(|byte| {
        let is_odd = byte.is_ascii_digit() || before.is_ascii_lowercase() && byte.is_ascii_uppercase();
        before = byte;
        is_odd
    })
}

/// Every place of `what` in `bytes`.
fn found<'a>(bytes: &'a [u8], what: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let first = what.first().copied();
    let last = (bytes.len() + 1).saturating_sub(what.len());
    let starts = bytes[..last].iter().enumerate();
    starts
        .filter(move |(at, byte)| Some(**byte) == first && bytes[*at..].starts_with(what))
        .map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};
    use proptest::prelude::*;

    const KEY: &str = "ATCTT3xFfGN0-the/middle?of~a=key>AB12CD34";

    fn finder(key: &str) -> Finder {
        let mut finder = Finder::default();
        finder.add(key);
        finder
    }

    fn fullwidth(text: &str) -> String {
        let wide = |c: char| char::from_u32(u32::from(c) + 0xFEE0).filter(|_| ('!'..='~').contains(&c));
        text.chars().map(|c| wide(c).unwrap_or(c)).collect()
    }

    fn percent(text: &str, upper: bool) -> String {
        let encoded = |byte: u8| match (byte.is_ascii_alphanumeric(), upper) {
            (true, _) => char::from(byte).to_string(),
            (false, true) => format!("%{byte:02X}"),
            (false, false) => format!("%{byte:02x}"),
        };
        text.bytes().map(encoded).collect()
    }

    fn entities(text: &str, entity: impl Fn(u8) -> String) -> String {
        text.bytes().map(entity).collect()
    }

    /// As addresses have it: the signs of [`KEY`] that mean nothing there stay.
    fn in_address(key: &str) -> String {
        let escaped = key.replace('/', "%2F").replace('?', "%3F");
        escaped.replace('=', "%3D").replace('>', "%3E")
    }

    fn hex(text: &str) -> String {
        text.bytes().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The ways in which others write a credential.
    fn forms(key: &str) -> Vec<String> {
        vec![
            key.to_owned(),
            key.to_uppercase(),
            key.to_lowercase(),
            percent(key, true),
            percent(key, false),
            fullwidth(key),
            fullwidth(&key.to_lowercase()),
            key.replace('/', r"\/")
                .replace('=', r"\u003d")
                .replace('>', r"\u003E"),
            percent(&percent(key, true), false),
            percent(&percent(&percent(key, false), true), true),
            entities(key, |byte| format!("&#{byte};")),
            entities(key, |byte| format!("&#x{byte:x};")),
            percent(&entities(key, |byte| format!("&#X{byte:04X};")), true),
            entities(key, |byte| format!("&#{byte}")),
            entities(key, |byte| format!("&#{byte:010};")),
            entities(key, |byte| format!(r"\u{{{byte:x}}}")),
            entities(key, |byte| format!("%u{byte:04x}")),
            key.replace('>', "&gt;").replace('=', "&amp;#61;"),
            key.bytes().map(|byte| format!(r"\x{byte:02x}")).collect(),
            hex(key),
            hex(key).to_uppercase(),
            hex(&hex(key)),
            hex(&hex(key).to_uppercase()),
            hex(&in_address(key)),
        ]
    }

    #[test]
    fn a_credential_is_found_in_every_form() {
        let finder = finder(KEY);
        for form in forms(KEY) {
            assert_eq!(finder.replaced(&format!("<{form}>"), "-"), "<->", "{form}");
        }
        for user in ["", "a:", "ad:", "ada@example.com:"] {
            let pair = format!("{user}{KEY}");
            for encoded in [BASE64_STANDARD.encode(&pair), BASE64_URL_SAFE.encode(&pair)] {
                for encoded in [encoded.clone(), percent(&encoded, true), encoded.to_lowercase()] {
                    let left = finder.replaced(&encoded, "-").into_owned();
                    // What is left is the user, and a character that its neighbours share in.
                    assert!(left.contains('-'), "{encoded}");
                    assert!(left.len() <= user.len() * 2 + 8, "{left}");
                }
            }
        }
        assert_eq!(finder.replaced("another key", "-"), "another key");
        for text in [
            "R&D",
            "&",
            "&#;",
            "&#x;",
            "&#99999999999;",
            "&#x100000041;",
            "a &amp b",
            "&;",
        ] {
            assert_eq!(finder.replaced(text, "-"), text);
        }
    }

    fn wrapped(text: &str, width: usize, with: &str) -> String {
        let pieces: Vec<_> = text.as_bytes().chunks(width).collect();
        String::from_utf8(pieces.join(with.as_bytes())).unwrap()
    }

    /// What is long is wrapped, as mail and certificates have it, and digits are separated.
    #[test]
    fn a_credential_is_found_where_it_is_wrapped() {
        let key = format!("{KEY}{}", "Zy0Xw1Vu2Ts3".repeat(14));
        let finder = finder(&key);
        let base64 = BASE64_STANDARD.encode(&key);
        for text in [
            wrapped(&base64, 76, "\r\n"),
            wrapped(&base64, 64, "\n "),
            wrapped(&base64, 64, r"\r\n"),
            wrapped(&BASE64_STANDARD.encode(format!("Bearer {key}")), 76, "\r\n"),
            wrapped(&key, 76, "\n"),
            wrapped(&key, 1, " "),
            wrapped(&key, 20, "\n\t\t\t"),
            wrapped(&hex(&key), 2, ":"),
            wrapped(&hex(&key), 4, " "),
            key.bytes().map(|byte| format!("0x{byte:02x},")).collect(),
            key.bytes().map(|byte| format!("0x{byte:02X}, ")).collect(),
        ] {
            let left = finder.replaced(&text, "-").into_owned();
            assert!(left.len() < 16, "{text}: {left}");
            // A message has to keep what such bytes mean to it.
            let mut bytes = text.clone().into_bytes();
            for run in finder.runs(&bytes, |whole| whole / 2) {
                bytes[run].fill(b'*');
            }
            let breaks = |text: &[u8]| text.iter().filter(|byte| fold::separates(**byte)).count();
            assert_eq!(breaks(&bytes), breaks(text.as_bytes()), "{text}");
            assert!(!finder.runs(text.as_bytes(), |whole| whole).is_empty(), "{text}");
        }
        let apart = wrapped(&key, 20, &" ".repeat(17));
        assert_eq!(finder.replaced(&apart, "-"), apart);
    }

    /// One who keeps what was sent may encode it, and another who keeps that encodes it again.
    #[test]
    fn a_credential_is_found_in_two_encodings_at_once() {
        type Encode = fn(&str) -> String;
        let encodings: [Encode; 4] = [
            |text| BASE64_STANDARD.encode(text),
            |text| BASE64_URL_SAFE.encode(text),
            hex,
            |text| hex(text).to_uppercase(),
        ];
        let finder = finder(KEY);
        for inner in encodings {
            for outer in encodings {
                for user in ["", "a", "ad", "ada@example.com"] {
                    for key in [KEY.to_owned(), in_address(KEY)] {
                        let text = outer(&format!("<{}>", inner(&format!("{user}:{key}"))));
                        let left = finder.replaced(&text, "-").into_owned();
                        assert!(left.contains('-'), "{text}");
                        assert!(left.len() <= 4 * (user.len() + 8), "{text}: {left}");
                    }
                }
            }
        }
    }

    #[test]
    fn signs_that_are_part_of_an_escape_are_part_of_a_credential_too() {
        for key in [
            r#"a"quoted\credential"#,
            r"back\slash\\twice",
            "hundred%41%percent",
        ] {
            let finder = finder(key);
            let quoted: String = key
                .chars()
                .flat_map(|c| matches!(c, '"' | '\\').then_some('\\').into_iter().chain([c]))
                .collect();
            for form in [key.to_owned(), quoted, percent(key, true)] {
                assert_eq!(finder.replaced(&form, "-"), "-", "{form}");
            }
        }
    }

    #[test]
    fn parts_are_found_where_they_look_like_no_word() {
        let finder = finder("ATCTT3xFfGN0-the-middle-of-the-organization");
        let shown = |text: &str| finder.replaced_in_parts(text, "-", |_| 12).into_owned();
        assert_eq!(shown("ATCTT3xFfGN0-the-mid…"), "-…");
        assert_eq!(shown(&fullwidth("ATCTT3xFfGN0-t")), "-");
        assert_eq!(shown("ATCTT3xFfGN"), "ATCTT3xFfGN");
        assert_eq!(shown("my organization"), "my organization");
        assert_eq!(shown("of-the-organization"), "of-the-organization");
        assert_eq!(shown("Of The-Organization"), "Of The-Organization");
    }

    proptest! {
        #[test]
        fn what_is_found_is_whole_characters(key in "[a-z%\\\\é€]{4,20}", cut in 0_usize..20, around in ".{0,9}") {
            let finder = finder(&key);
            let part: String = key.chars().take(cut).collect();
            for text in [format!("{around}{part}{around}"), format!("{around}{key}{around}")] {
                for run in finder.runs(text.as_bytes(), |_| 4) {
                    prop_assert!(text.is_char_boundary(run.start) && text.is_char_boundary(run.end));
                }
            }
        }

        #[test]
        fn a_credential_is_found_between_anything(key in "[A-Za-z0-9/+=_.-]{12,40}", around in "[ -~é]{0,9}") {
            let finder = finder(&key);
            for form in [key.clone(), percent(&key, true), fullwidth(&key)] {
                let shown = finder.replaced(&format!("{around} {form} {around}"), "-").into_owned();
                prop_assert!(!shown.contains(&form), "{shown}");
            }
        }
    }
}

/// The program of the page that people read before they take the crate.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
