//! Credentials that were seen, and the last look whether one is about to be written.

use std::collections::VecDeque;

use http::header::{AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue};
use zeroize::Zeroizing;

use super::error::CassetteError;
use super::exchange::{base64, from_base64};
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

    /// `text`, which is JSON, with every credential replaced, also where it is percent-encoded or in Base64.
    ///
    /// # Errors
    ///
    /// [`CassetteError::Credential`] when what is left would not be JSON any more.
    pub(crate) fn wipe(&self, text: String) -> Result<String, CassetteError> {
        let mut wiped = text;
        let mut found = false;
        for credential in &self.0 {
            for form in forms(credential) {
                let quoted = serde_json::to_string(&*form).map_err(|_| CassetteError::Credential)?;
                let escaped = quoted.trim_start_matches('"').strip_suffix('"').unwrap_or(&form);
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

/// A header holds any bytes; those of a credential are a text.
fn text(value: &HeaderValue) -> Option<&str> {
    std::str::from_utf8(value.as_bytes()).ok()
}

/// How a credential may be written.
fn forms(credential: &str) -> [Zeroizing<String>; 4] {
    let encoded = encode_query(credential).into_owned();
    // The digits of a percent-encoding may be in either case (RFC 3986 §2.1).
    let mut digits = 0;
    let lower = encoded.chars().map(|c| match (c, digits) {
        ('%', _) => {
            digits = 2;
            c
        }
        (_, 0) => c,
        _ => {
            digits -= 1;
            c.to_ascii_lowercase()
        }
    });
    let lower = lower.collect();
    [
        credential.to_owned(),
        encoded,
        lower,
        base64(credential.as_bytes()),
    ]
    .map(Zeroizing::new)
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
        // As in an address by the rules of RFC 3986, as some servers write that, and as Base64.
        let text = r#"["key/of+the=team", "key%2Fof%2Bthe%3Dteam", "key%2fof%2bthe%3dteam", "a2V5L29mK3RoZT10ZWFt"]"#;
        assert_eq!(
            credentials.wipe(text.to_owned()).expect("JSON"),
            r#"["[secret]", "[secret]", "[secret]", "[secret]"]"#
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
