//! Credentials that were seen, and the last look whether one is about to be written.

use std::collections::VecDeque;

use http::header::{AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION, SET_COOKIE};
use http::{HeaderMap, HeaderName};
use zeroize::Zeroizing;

use super::error::CassetteError;
use super::exchange::from_base64;
use super::text::SECRET;
use crate::path::encode_query;

/// The texts that must not be written.
#[derive(Default)]
pub(crate) struct Credentials(VecDeque<Zeroizing<String>>);

/// A shorter text is found within too many words.
const MIN_BYTES: usize = 8;

/// As many are known at a time: a server may set another cookie with every answer. What is seen again stays.
const MAX_KNOWN: usize = 32;

/// Parts of names of headers that carry credentials.
const TELLING: [&str; 6] = ["auth", "cookie", "key", "secret", "session", "token"];

// === impl Credentials ===

impl Credentials {
    pub(crate) fn learn(&mut self, text: &str) {
        let text = text.trim();
        if text.len() < MIN_BYTES {
            return;
        }
        let known = self.0.iter().position(|known| known.as_str() == text);
        let entry = known.and_then(|at| self.0.remove(at));
        self.0
            .push_back(entry.unwrap_or_else(|| Zeroizing::new(text.to_owned())));
        if self.0.len() > MAX_KNOWN {
            self.0.pop_front();
        }
    }

    pub(crate) fn learn_from_request(&mut self, headers: &HeaderMap) {
        for (name, value) in headers {
            let telling = value.is_sensitive() || TELLING.iter().any(|part| name.as_str().contains(part));
            match value.to_str() {
                Ok(text) if telling => self.learn_header(name, text),
                _ => {}
            }
        }
    }

    pub(crate) fn learn_from_response(&mut self, headers: &HeaderMap) {
        for text in headers
            .get_all(SET_COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
        {
            let cookie = text.split(';').next().unwrap_or_default();
            self.learn(cookie.split_once('=').map_or(cookie, |(_, value)| value));
        }
    }

    fn learn_header(&mut self, name: &HeaderName, text: &str) {
        if *name == COOKIE {
            for cookie in text.split(';') {
                self.learn(cookie.split_once('=').map_or(cookie, |(_, value)| value));
            }
        } else if *name == AUTHORIZATION || *name == PROXY_AUTHORIZATION {
            let credential = text.split_once(' ').map_or(text, |(_, credential)| credential);
            self.learn(credential);
            let pair = from_base64(credential.trim()).and_then(|pair| String::from_utf8(pair).ok());
            if let Some((_, password)) = pair.as_deref().and_then(|pair| pair.split_once(':')) {
                self.learn(password);
            }
        } else {
            self.learn(text);
        }
    }

    /// `text`, which is JSON, with every credential replaced, also where it is percent-encoded.
    ///
    /// # Errors
    ///
    /// [`CassetteError::Credential`] when what is left would not be JSON any more.
    pub(crate) fn wipe(&self, text: String) -> Result<String, CassetteError> {
        let mut wiped = text;
        let mut found = false;
        for credential in &self.0 {
            let encoded = encode_query(credential);
            let other = (*encoded != **credential).then_some(encoded.as_ref());
            for form in [credential.as_str()].into_iter().chain(other) {
                let quoted = serde_json::to_string(form).map_err(|_| CassetteError::Credential)?;
                let escaped = quoted.trim_start_matches('"').strip_suffix('"').unwrap_or(form);
                if wiped.contains(escaped) {
                    wiped = wiped.replace(escaped, SECRET);
                    found = true;
                }
            }
        }
        if found && serde_json::from_str::<serde::de::IgnoredAny>(&wiped).is_err() {
            return Err(CassetteError::Credential);
        }
        Ok(wiped)
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(list: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = list
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        pairs.collect()
    }

    #[test]
    fn every_kind_of_credential_is_known() {
        let mut credentials = Credentials::default();
        credentials.learn_from_request(&headers(&[
            ("authorization", "Bearer bearer-credential"),
            ("cookie", "a=cookie-one-x; b=short"),
            ("x-api-key", "key-of-header"),
            ("accept", "application/json"),
        ]));
        credentials.learn_from_request(&headers(&[(
            "authorization",
            "Basic YWRhOnBhc3N3b3JkLW9mLWFkYQ==",
        )]));
        credentials.learn_from_response(&headers(&[("set-cookie", "c=cookie-two-y; Path=/; HttpOnly")]));
        let text = r#"["bearer-credential", "x cookie-one-x", "short", "key-of-header", "application/json", "password-of-ada",
            "YWRhOnBhc3N3b3JkLW9mLWFkYQ%3D%3D", "cookie-two-y", "HttpOnly"]"#;
        let wiped = credentials.wipe(text.to_owned()).expect("JSON");
        insta::assert_snapshot!(wiped, @r#"
        ["[secret]", "x [secret]", "short", "[secret]", "application/json", "[secret]",
                    "[secret]", "[secret]", "HttpOnly"]
        "#);
    }

    #[test]
    fn a_credential_with_signs_is_found_as_json_writes_it() {
        let mut credentials = Credentials::default();
        credentials.learn(r#"a"quoted\credential"#);
        let text = serde_json::to_string(r#"the key a"quoted\credential is wrong"#).expect("JSON");
        assert_eq!(
            credentials.wipe(text).expect("JSON"),
            r#""the key [secret] is wrong""#
        );
    }

    #[test]
    fn a_credential_that_cannot_be_taken_out_is_not_written() {
        let mut credentials = Credentials::default();
        credentials.learn("1234567890");
        assert_eq!(
            credentials.wipe(r#"["1234567890"]"#.to_owned()).expect("JSON"),
            r#"["[secret]"]"#
        );
        let refused = credentials.wipe("[1234567890]".to_owned());
        assert!(matches!(refused, Err(CassetteError::Credential)), "{refused:?}");
    }

    #[test]
    fn what_is_seen_again_stays_known() {
        let mut credentials = Credentials::default();
        for number in 0..100 {
            credentials.learn("the-lasting-one");
            credentials.learn(&format!("cookie-{number:04}"));
        }
        let wiped = credentials.wipe(r#"["the-lasting-one", "cookie-0000", "cookie-0099"]"#.to_owned());
        assert_eq!(wiped.expect("JSON"), r#"["[secret]", "cookie-0000", "[secret]"]"#);
    }
}
