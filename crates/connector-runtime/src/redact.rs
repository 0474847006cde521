//! Takes the credentials of a run out of what is printed, logged and kept: a vendor may echo them anywhere.

use connector_sdk::{Facts, Notice};
use secrecy::{ExposeSecret, SecretString};
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

/// What stands in the place of a credential in a text.
const REDACTED: &str = "[redacted]";
/// Shorter values are left alone: taking them out would garble ordinary words.
const SHORTEST_SECRET: usize = 8;
/// As long a beginning or end of a credential is taken for a part of it.
const SHORTEST_PART: usize = 12;

/// The credentials of a run, and the search for them.
#[derive(Clone, Default)]
pub struct Redactor {
    /// Each as it is and, where that differs, as it stands in JSON.
    forms: Vec<SecretString>,
}

impl Redactor {
    /// Looks for these as well.
    pub fn add(&mut self, secrets: impl IntoIterator<Item = SecretString>) {
        for secret in secrets {
            let text = secret.expose_secret();
            if text.len() < SHORTEST_SECRET {
                continue;
            }
            let quoted = serde_json::Value::from(text).to_string();
            let quoted = &quoted[1..quoted.len() - 1];
            if quoted != text {
                self.forms.push(quoted.to_owned().into());
            }
            self.forms.push(secret);
        }
    }

    /// The text with credentials, and beginnings and ends of at least 12 bytes of them, replaced.
    #[must_use]
    pub fn redacted<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let runs = self.runs(text.as_bytes(), |_| SHORTEST_PART);
        if runs.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for run in runs {
            out.push_str(&text[at..run.start]);
            out.push_str(REDACTED);
            at = run.end;
        }
        out.push_str(&text[at..]);
        Cow::Owned(out)
    }

    /// Overwrites credentials, and halves of them, in the bytes of an encoded message, whose length stays; false where there
    /// were none. Keys of one vendor often begin alike, so a short beginning says nothing about a row.
    pub(crate) fn overwrite(&self, bytes: &mut [u8]) -> bool {
        let runs = self.runs(bytes, |whole| SHORTEST_PART.max(whole / 2));
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
        !self
            .runs(text.as_bytes(), |whole| SHORTEST_PART.max(whole / 2))
            .is_empty()
    }

    pub(crate) fn clean_notice(&self, notice: &mut Notice) {
        self.clean(&mut notice.subject);
        self.clean(&mut notice.detail);
    }

    pub(crate) fn clean_facts(&self, facts: &mut Facts) -> bool {
        let mut found = false;
        for words in facts.values_mut() {
            if words.iter().any(|word| self.clean(&mut word.clone())) {
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

    /// Where credentials are, and beginnings and ends of them of the length that is asked for by the length of the whole; in
    /// order, none touching another.
    fn runs(&self, bytes: &[u8], shortest_part: impl Fn(usize) -> usize) -> Vec<Range<usize>> {
        let mut runs: Vec<Range<usize>> = Vec::new();
        for form in &self.forms {
            let form = form.expose_secret().as_bytes();
            let part = shortest_part(form.len()).min(form.len());
            // A key may end in a word of the language; parts of a random one never look like that.
            let mut keep = |run: Range<usize>| {
                if run.len() == form.len() || is_opaque(&bytes[run.clone()]) {
                    runs.push(run);
                }
            };
            let (head, tail) = (&form[..part], &form[form.len() - part..]);
            for at in found(bytes, head) {
                let same = bytes[at..].iter().zip(form).take_while(|(a, b)| a == b).count();
                keep(at..at + same);
            }
            for at in found(bytes, tail) {
                let end = at + part;
                let same = bytes[..end].iter().rev().zip(form.iter().rev());
                keep(end - same.take_while(|(a, b)| a == b).count()..end);
            }
        }
        if runs.is_empty() {
            return runs;
        }
        runs.sort_unstable_by_key(|run| run.start);
        let mut joined: Vec<Range<usize>> = Vec::new();
        for run in runs {
            // A character is taken out whole or not at all.
            let is_inside = |at: usize| bytes.get(at).is_some_and(|byte| byte & 0xC0 == 0x80);
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
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redactor({})", self.forms.len())
    }
}

/// Whether it has digits, or letters of both cases, as random texts of some length have.
fn is_opaque(part: &[u8]) -> bool {
    let has = |of: fn(&u8) -> bool| part.iter().any(of);
    has(u8::is_ascii_digit) || has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase)
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
