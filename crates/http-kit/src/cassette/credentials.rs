//! Credentials that were seen, and the last look whether one is about to be written.

use super::error::CassetteError;
use super::exchange::from_base64;
use super::text::SECRET;
use http::header::{AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue};
use redaction::Finder;
use std::borrow::Cow;
use std::collections::VecDeque;
use zeroize::Zeroizing;

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
            if telling && let Some(text) = text(value) {
                self.learn_header(name, text);
            }
        }
    }

    pub(crate) fn learn_from_response(&mut self, headers: &HeaderMap) {
        for text in headers.get_all(SET_COOKIE).iter().filter_map(text) {
            self.learn_cookie(text.split(';').next().unwrap_or_default());
        }
    }

    fn learn_header(&mut self, name: &HeaderName, text: &str) {
        if *name == COOKIE {
            text.split(';').for_each(|cookie| self.learn_cookie(cookie));
            return;
        }
        if *name != AUTHORIZATION && *name != PROXY_AUTHORIZATION {
            self.learn(text);
        }
        // Headers of other names have schemes too.
        let credential = text.split_once(' ').map_or(text, |(_, credential)| credential);
        self.learn(credential);
        let pair = from_base64(credential.trim()).and_then(|pair| String::from_utf8(pair).ok());
        if let Some((_, password)) = pair.as_deref().and_then(|pair| pair.split_once(':')) {
            self.learn(password);
        }
    }

    /// RFC 6265 §4.1.1: a value may stand in quotation marks.
    fn learn_cookie(&mut self, cookie: &str) {
        let value = cookie.split_once('=').map_or(cookie, |(_, value)| value);
        self.learn(value.trim().trim_matches('"'));
    }

    /// `text`, which is JSON, with every credential replaced, in whatever form it stands there.
    ///
    /// # Errors
    ///
    /// [`CassetteError::Credential`] when what is left would not be JSON any more.
    pub(crate) fn wipe(&self, text: String) -> Result<String, CassetteError> {
        let mut finder = Finder::default();
        self.0.iter().for_each(|credential| finder.add(credential));
        match finder.replaced(&text, SECRET) {
            Cow::Borrowed(_) => Ok(text),
            Cow::Owned(wiped) => match serde_json::from_str::<serde::de::IgnoredAny>(&wiped) {
                Ok(_) => Ok(wiped),
                Err(_) => Err(CassetteError::Credential),
            },
        }
    }
}

/// A header holds any bytes; those of a credential are a text.
fn text(value: &HeaderValue) -> Option<&str> {
    std::str::from_utf8(value.as_bytes()).ok()
}

#[cfg(test)]
mod tests {
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
        credentials.learn_from_request(&headers(&[("x-forwarded-auth", "Token passed-on-key")]));
        credentials.learn_from_response(&headers(&[("set-cookie", "c=cookie-two-y; Path=/; HttpOnly")]));
        credentials.learn_from_response(&headers(&[("set-cookie", "d=\"cookie-in-quotes\"")]));
        let text = r#"["bearer-credential", "x cookie-one-x", "short", "key-of-header", "application/json", "password-of-ada",
            "YWRhOnBhc3N3b3JkLW9mLWFkYQ%3D%3D", "cookie-two-y", "HttpOnly",
            "passed-on-key", "cookie-in-quotes"]"#;
        let wiped = credentials.wipe(text.to_owned()).expect("JSON");
        insta::assert_snapshot!(wiped, @r#"
        ["[secret]", "x [secret]", "short", "[secret]", "application/json", "[secret]",
                    "[secret]", "[secret]", "HttpOnly",
                    "[secret]", "[secret]"]
        "#);
    }

    /// A header takes any bytes, and so does a credential that a person typed.
    #[test]
    fn a_credential_is_known_in_every_alphabet() {
        let mut credentials = Credentials::default();
        let value = HeaderValue::from_bytes("Bearer schl\u{fc}ssel-eins".as_bytes()).expect("a value");
        credentials.learn_from_request(&[(AUTHORIZATION, value)].into_iter().collect());
        let value = HeaderValue::from_bytes("c=pl\u{e4}tzchen; Path=/".as_bytes()).expect("a value");
        credentials.learn_from_response(&[(SET_COOKIE, value)].into_iter().collect());
        let text = "[\"schl\u{fc}ssel-eins\", \"pl\u{e4}tzchen\"]";
        assert_eq!(
            credentials.wipe(text.to_owned()).expect("JSON"),
            r#"["[secret]", "[secret]"]"#
        );
    }

    #[test]
    fn a_credential_is_found_however_it_is_encoded() {
        let mut credentials = Credentials::default();
        credentials.learn("key/of+the=team");
        // As in an address by the rules of RFC 3986, as some servers write that, in Base64 by itself and behind `ada:`, and in
        // another case.
        let text = r#"["key/of+the=team", "key%2Fof%2Bthe%3Dteam", "key%2fof%2bthe%3dteam", "a2V5L29mK3RoZT10ZWFt",
            "YWRhOmtleS9vZit0aGU9dGVhbQ", "KEY/OF+THE=TEAM"]"#;
        assert_eq!(
            credentials.wipe(text.to_owned()).expect("JSON"),
            r#"["[secret]", "[secret]", "[secret]", "[secret]",
            "YWRhOm[secret]Q", "[secret]"]"#
        );
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
