//! One replacement for one text: the same text always gets the same, two texts never do.

use super::invent::{Form, Salt};
use jiff::Timestamp;
use std::collections::{HashMap, HashSet};

/// The replacements of one recording. Originals are not kept, only their prints.
pub(crate) struct Pseudonyms {
    salt: Salt,
    /// By the print of the original in lower case.
    given: HashMap<[u8; 16], Box<str>>,
    taken: HashSet<Box<str>>,
    /// Prints of whole texts that were replaced, to find them again within sentences.
    names: HashSet<[u8; 16]>,
    recordings: u64,
}

/// Longer texts are not remembered: their replacements have so many forms that no two will be the same.
const MAX_REMEMBERED: usize = 256;

/// Between these lengths a text is looked for in sentences.
const NAME_BYTES: std::ops::RangeInclusive<usize> = 3..=80;

// === impl Pseudonyms ===

impl Pseudonyms {
    pub(crate) fn new(salt: Salt) -> Self {
        Self {
            salt,
            given: HashMap::new(),
            taken: HashSet::new(),
            names: HashSet::new(),
            recordings: 0,
        }
    }

    /// The name of the next recording, which was begun at this time. Another key gives other names.
    pub(crate) fn recording(&mut self, begun: Timestamp) -> String {
        self.recordings += 1;
        let print = self
            .salt
            .print("recording", &format!("{begun} {}", self.recordings));
        print[..8].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// What stands for `text`: of the same form, and different from it.
    ///
    /// Texts that differ only in upper and lower case get replacements that differ only so.
    pub(crate) fn of(&mut self, text: &str, form: Option<Form>) -> String {
        let form = form.unwrap_or_else(|| form_of(text));
        let folded = text.to_ascii_lowercase();
        let replacement = if folded.len() > MAX_REMEMBERED {
            self.salt.invent(&folded, form, 0).into()
        } else {
            self.remembered(&folded, form)
        };
        in_case_of(text, form, &replacement)
    }

    /// Takes note of a whole text, so that [`Pseudonyms::knows`] finds it.
    pub(crate) fn note(&mut self, text: &str) {
        if may_be_name(text) {
            self.names.insert(self.salt.print("name", text));
        }
    }

    /// Whether exactly this text was noted.
    pub(crate) fn knows(&self, text: &str) -> bool {
        may_be_name(text) && self.names.contains(&self.salt.print("name", text))
    }

    fn remembered(&mut self, folded: &str, form: Form) -> Box<str> {
        let print = self.salt.print("original", folded);
        if let Some(replacement) = self.given.get(&print) {
            return replacement.clone();
        }
        let attempts = (0..).map(|attempt| self.salt.invent(folded, form, attempt).into_boxed_str());
        let replacement = attempts
            .filter(|candidate| **candidate != *folded)
            .find(|candidate| self.taken.insert(candidate.clone()))
            .expect("a form has more texts than a recording, or grows");
        self.given.insert(print, replacement.clone());
        replacement
    }
}

/// A word in lower case is too often just a word.
fn may_be_name(text: &str) -> bool {
    NAME_BYTES.contains(&text.len())
        && text
            .chars()
            .any(|c| !c.is_ascii_lowercase() && c.is_alphanumeric())
}

pub(crate) fn form_of(text: &str) -> Form {
    if is_uuid(text) {
        Form::Uuid
    } else if is_hex(text) {
        Form::Hex
    } else {
        Form::Plain
    }
}

pub(crate) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && one_case(text)
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

pub(crate) fn is_hex(text: &str) -> bool {
    text.len() >= 16
        && one_case(text)
        && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// Hexadecimal digits in both cases would not be told apart after they were invented.
fn one_case(text: &str) -> bool {
    !(text.bytes().any(|byte| byte.is_ascii_lowercase())
        && text.bytes().any(|byte| byte.is_ascii_uppercase()))
}

/// `replacement`, which is in lower case, in upper case where `text` is.
fn in_case_of(text: &str, form: Form, replacement: &str) -> String {
    match form {
        Form::Uuid | Form::Hex if text.bytes().any(|byte| byte.is_ascii_uppercase()) => {
            replacement.to_ascii_uppercase()
        }
        Form::Plain => {
            let mut like = text.chars();
            let cased = |c: char| match like.next() {
                Some(like) if like.is_ascii_uppercase() => c.to_ascii_uppercase(),
                _ => c,
            };
            replacement.chars().map(cased).collect()
        }
        Form::Date => match (replacement.get(..10), text.get(10..)) {
            (Some(date), Some(rest)) => format!("{date}{rest}"),
            _ => replacement.to_owned(),
        },
        _ => replacement.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    fn pseudonyms() -> Pseudonyms {
        Pseudonyms::new(Salt::fixed(7))
    }

    /// What must be alike in a text and its replacement.
    fn shape(text: &str) -> String {
        let class = |c: char| match c {
            'a'..='z' => 'a',
            'A'..='Z' => 'A',
            '0'..='9' => '0',
            _ if c.is_numeric() => '0',
            _ if c.is_uppercase() => '\u{c4}',
            _ if c.is_alphabetic() => '\u{e4}',
            _ => c,
        };
        text.chars().map(class).collect()
    }

    #[test]
    fn forms_stay() {
        let mut pseudonyms = pseudonyms();
        let mut check = |text: &str| {
            let replacement = pseudonyms.of(text, None);
            assert_ne!(replacement, text);
            assert_eq!(pseudonyms.of(text, None), replacement);
            replacement
        };
        let uuid = check("8f1c2d34-5b6a-4c7d-9e80-1a2b3c4d5e6f");
        assert!(
            is_uuid(&uuid) && uuid.as_bytes()[14] == b'4' && b"89ab".contains(&uuid.as_bytes()[19]),
            "{uuid}"
        );
        assert!(is_uuid(&check("8F1C2D34-5B6A-4C7D-9E80-1A2B3C4D5E6F")));
        let hex = check("5c9f2e7ab81d3405d6ef7a19");
        assert!(
            hex.len() == 24 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{hex}"
        );
        assert_eq!(shape(&check("Ines Calder")), "Aaaa Aaaaaa");
        assert_eq!(
            shape(&check("jira-software-users_2024")),
            "aaaa-aaaaaaaa-aaaaa_0000"
        );
        assert_eq!(shape(&check("+351 21 123 45 67")), "+000 00 000 00 00");
        assert_eq!(shape(&check("\u{c5}sa \u{d6}berg")), "\u{c4}aa \u{c4}aaaa");
        assert_eq!(shape(&check("1234567890")), "0000000000");
    }

    #[test]
    fn case_makes_no_other_text() {
        let mut pseudonyms = pseudonyms();
        let lower = pseudonyms.of("ines.calder@larkspur.example", None);
        let upper = pseudonyms.of("Ines.CALDER@larkspur.example", None);
        assert_ne!(lower, upper);
        assert_eq!(lower, upper.to_ascii_lowercase());
    }

    #[test]
    fn short_texts_get_longer_when_their_form_is_used_up() {
        let mut pseudonyms = pseudonyms();
        let texts = ('a'..='z').flat_map(|a| ('a'..='z').map(move |b| format!("{a}{b}")));
        let replaced: HashSet<String> = texts.map(|text| pseudonyms.of(&text, None)).collect();
        assert_eq!(replaced.len(), 26 * 26);
        assert!(replaced.iter().any(|text| text.len() > 2) && replaced.iter().all(|text| text.len() < 5));
    }

    #[test]
    fn names_are_found_again() {
        let mut pseudonyms = pseudonyms();
        for text in ["Ines Calder", "active", "Al", "N\u{f6}", "e2e"] {
            pseudonyms.note(text);
        }
        let known = ["Ines Calder", "ines calder", "active", "Al", "N\u{f6}", "e2e"]
            .map(|text| pseudonyms.knows(text));
        assert_eq!(known, [true, false, false, false, true, true]);
    }

    #[test]
    fn another_key_gives_other_replacements() {
        let of = |key| Pseudonyms::new(Salt::fixed(key)).of("Ines Calder", None);
        assert_ne!(of(1), of(2));
        assert_eq!(of(1), of(1));
    }

    proptest! {
        #[test]
        fn different_texts_stay_different_and_keep_their_form(
            // Without the sign of division: a text of signs alone has no form to keep.
            texts in prop::collection::hash_set("[a-fA-F0-9 ._-]{0,4}[A-Za-z0-9\u{e0}-\u{f6}\u{f8}-\u{ff}\u{4e00}]{1,20}|[a-z]{1,2}|[0-9]{7,9}", 1..60),
        ) {
            let mut pseudonyms = pseudonyms();
            let mut originals: HashMap<String, String> = HashMap::new();
            for text in texts {
                let replacement = pseudonyms.of(&text, None);
                prop_assert_ne!(&replacement, &text);
                if form_of(&text) == Form::Plain {
                    let (old, new) = (shape(&text), shape(&replacement));
                    prop_assert!(new.starts_with(&old), "{text} {replacement}");
                    prop_assert!(new == old || text.chars().count() < 4, "{text} {replacement}");
                } else {
                    prop_assert_eq!(form_of(&replacement.to_lowercase()), form_of(&text));
                }
                if let Some(other) = originals.insert(replacement.clone(), text.clone()) {
                    prop_assert!(false, "{text} and {other} both became {replacement}");
                }
            }
        }
    }
}
