//! Takes the credentials of a run out of what is printed, logged and kept: a vendor may echo them anywhere.

use connector_sdk::{Facts, Notice};
use redaction::Finder;
use secrecy::{ExposeSecret, SecretString};
use std::borrow::Cow;
use std::fmt;

/// What stands in the place of a credential in a text.
const REDACTED: &str = "[redacted]";
/// Shorter values are left alone: taking them out would garble ordinary words. Programs refuse such credentials.
pub const SHORTEST_SECRET: usize = 8;
/// As long a beginning or end of a credential is taken for a part of it.
const SHORTEST_PART: usize = 12;

/// The credentials of a run, and the search for them in every form.
#[derive(Clone, Default)]
pub struct Redactor(Finder);

impl Redactor {
    /// Looks for these as well.
    pub fn add(&mut self, secrets: impl IntoIterator<Item = SecretString>) {
        for secret in secrets {
            let text = secret.expose_secret();
            if text.len() >= SHORTEST_SECRET {
                self.0.add(text);
            }
        }
    }

    /// The text with credentials, and beginnings and ends of at least 12 bytes of them, replaced.
    #[must_use]
    pub fn redacted<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.0.replaced_in_parts(text, REDACTED, |_| SHORTEST_PART)
    }

    /// Overwrites credentials, and halves of them, in the bytes of an encoded message, whose length stays; false where there
    /// were none. Keys of one vendor often begin alike, so a short beginning says nothing about a row.
    pub(crate) fn overwrite(&self, bytes: &mut [u8]) -> bool {
        let runs = self.0.runs(bytes, half);
        for run in &runs {
            bytes[run.clone()].fill(b'*');
        }
        !runs.is_empty()
    }

    pub(crate) fn clean(&self, text: &mut String) -> bool {
        let mut bytes = std::mem::take(text).into_bytes();
        let found = self.overwrite(&mut bytes);
        *text = String::from_utf8(bytes).unwrap_or_default();
        found
    }

    /// Whether a text holds a credential, or half of one.
    pub(crate) fn finds(&self, text: &str) -> bool {
        !self.0.runs(text.as_bytes(), half).is_empty()
    }

    pub(crate) fn clean_notice(&self, notice: &mut Notice) {
        self.clean(&mut notice.subject);
        self.clean(&mut notice.detail);
    }

    pub(crate) fn clean_facts(&self, facts: &mut Facts) -> bool {
        let mut found = false;
        for words in facts.values_mut() {
            if words.iter().any(|word| self.finds(word)) {
                found = true;
                *words = std::mem::take(words)
                    .into_iter()
                    .map(|mut word| {
                        self.clean(&mut word);
                        word
                    })
                    .collect();
            }
        }
        found
    }
}

/// As much of a credential counts as that it is there.
fn half(whole: usize) -> usize {
    SHORTEST_PART.max(whole / 2)
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ATCTT3xFfGN0-the-middle-of-a-key-AB12CD34";

    fn redactor() -> Redactor {
        let mut redactor = Redactor::default();
        redactor.add([
            "short".into(),
            "not-the-key-of-the-organization".into(),
            "hunter22".into(),
            KEY.into(),
            "quote\"and\\slash".into(),
        ]);
        redactor
    }

    #[test]
    fn parts_of_credentials_are_taken_out_of_texts() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            assert_eq!(redactor().redacted(text), expected);
        }
        check("nothing short here", "nothing short here");
        check(&format!("<{KEY}>"), "<[redacted]>");
        check(&format!("{KEY}{KEY}"), "[redacted]");
        check(&format!("key {}…", &KEY[..30]), "key [redacted]…");
        check(&format!("key …{}", &KEY[11..]), "key …[redacted]");
        check(&KEY[..12], "[redacted]");
        check(&KEY[..11], &KEY[..11]);
        check("it is hunter22!", "it is [redacted]!");
        check("some other organization", "some other organization");
        check("it is hunter2!", "it is hunter2!");
        check(r#"{"a":"quote\"and\\slash"}"#, r#"{"a":"[redacted]"}"#);
    }

    #[test]
    fn credentials_are_taken_out_in_every_form() {
        let wide: String = KEY
            .chars()
            .map(|c| char::from_u32(u32::from(c) + 0xFEE0).expect("a character"))
            .collect();
        for form in [
            KEY.to_lowercase(),
            wide,
            // In Base64, by itself and behind a user.
            "QVRDVFQzeEZmR04wLXRoZS1taWRkbGUtb2YtYS1rZXktQUIxMkNEMzQ=".into(),
            "YWRhOkFUQ1RUM3hGZkdOMC10aGUtbWlkZGxlLW9mLWEta2V5LUFCMTJDRDM0".into(),
        ] {
            let text = format!("<{form}>");
            let shown = redactor().redacted(&text).into_owned();
            assert!(shown.contains(REDACTED) && shown.len() < 25, "{shown}");
            assert!(
                redactor().clean(&mut text.clone()) && redactor().finds(&text),
                "{form}"
            );
        }
    }

    #[test]
    fn rows_keep_their_length_and_what_only_begins_alike() {
        let clean = |text: &str| {
            let mut text = text.to_owned();
            (redactor().clean(&mut text), text)
        };
        assert_eq!(clean("ATCTT3xFfGN0-other"), (false, "ATCTT3xFfGN0-other".into()));
        let (found, text) = clean(&format!("é{KEY}é"));
        assert_eq!((found, text), (true, format!("é{}é", "*".repeat(KEY.len()))));
        let (found, text) = clean(&KEY[..30]);
        assert_eq!((found, text), (true, "*".repeat(30)));
    }

    proptest::proptest! {
        #[test]
        fn characters_stay_whole(key in "[aé€]{4,30}", cut in 0_usize..30, around in ".{0,9}") {
            let mut redactor = Redactor::default();
            redactor.add([key.clone().into()]);
            let part: String = key.chars().take(cut).collect();
            let text = format!("{around}{part}{around}");
            let out = redactor.redacted(&text);
            let mut text = text.clone();
            let found = redactor.clean(&mut text);
            proptest::prop_assert!(!found || out.contains(REDACTED));
        }
    }
}
