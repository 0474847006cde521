//! The replacements of one recording: from an exchange as it went over the wire to one that may be written down.

use super::credentials::Credentials;
use super::error::CassetteError;
use super::exchange::{Answered, Asked, Body, Exchange, base64};
use super::invent::Salt;
use super::json::Json;
use super::pairs::{Pairs, Values, headers_of};
use super::pseudonyms::Pseudonyms;
use super::rules::{Rules, Treatment};
use super::scan::digits;
use super::text::{Pass, SECRET};
use crate::secret::Secret;
use crate::transport::{Request, Response, TransportError};
use http::header::{CONTENT_TYPE, ETAG, LINK};
use http::{HeaderMap, HeaderName};
use jiff::Timestamp;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Replaces what is private, the same by the same. Clones share their replacements: give one to every recording whose
/// ids have to match.
///
/// The same text always becomes the same, wherever it stands: in a path (encoded or not), a query, a body or a header.
/// Two texts never become one. A replacement has the form of its original: a UUID stays a UUID, an e-mail address
/// one (below `example.com`), an address on the web an address, and of every other text letters become letters and
/// digits digits, so that its length and its punctuation stay. Parts of an id that are joined by `:`, `|` or `/`
/// are replaced each for itself.
///
/// Replacements follow from a key that is never stored. With [`Redactor::new`] it is random: nobody, the one who
/// recorded included, can later say what an original was, except by what is left of it (lengths, times, counts, who
/// belongs to what). With [`Redactor::with_key`] it is the caller's, and recordings match those of another day.
#[derive(Clone)]
pub struct Redactor(Arc<Parts>);

struct Parts {
    rules: Rules,
    state: Mutex<State>,
}

struct State {
    pseudonyms: Pseudonyms,
    credentials: Credentials,
}

// === impl Redactor ===

impl Redactor {
    /// Replacements under these rules, with a new key.
    ///
    /// # Errors
    ///
    /// [`CassetteError::NoRandomness`].
    pub fn new(rules: Rules) -> Result<Self, CassetteError> {
        Ok(Self::keyed(
            rules,
            Salt::random().ok_or(CassetteError::NoRandomness)?,
        ))
    }

    /// Replacements under these rules that follow from `key`: with the same key, the same text becomes the same in every
    /// recording (short ones apart, which two texts would share), so that one which is renewed differs only where the
    /// answers do.
    ///
    /// Whoever has the key can try which text became which. Keep it as secret as what was recorded, and let it be long
    /// and random (32 bytes, say), unless what is recorded is nobody's, as with a simulator.
    pub fn with_key(rules: Rules, key: &Secret) -> Self {
        Self::keyed(rules, Salt::of(key.expose()))
    }

    pub(crate) fn keyed(rules: Rules, salt: Salt) -> Self {
        let state = State {
            pseudonyms: Pseudonyms::new(salt),
            credentials: Credentials::default(),
        };
        Self(Arc::new(Parts {
            rules,
            state: Mutex::new(state),
        }))
    }

    /// What stands for `text` in the recording, where no rule keeps it.
    pub fn replaced(&self, text: &str) -> String {
        self.treated(text, Treatment::Replace)
    }

    /// What stands for `text` in the recording under this rule.
    pub fn treated(&self, text: &str, treatment: Treatment) -> String {
        // A whole value as in a body, where short numbers and times are nobody's.
        let rule = (treatment != Treatment::Replace).then_some(treatment);
        self.pass(&self.0.rules, |pass| pass.text(text, rule))
    }

    /// Makes a credential known, so that it is taken out wherever it is quoted, also of words that are kept.
    ///
    /// Those in the usual headers of a request (`Authorization`, cookies, names such as `x-api-key`, and values
    /// marked as sensitive) and in `Set-Cookie` make themselves known. Texts of less than 8 characters are not taken
    /// out: they would be found in too many words.
    pub fn learn(&self, credential: &Secret) {
        self.state().credentials.learn(credential.expose());
    }

    pub(crate) fn recording(&self, begun: Timestamp) -> String {
        self.state().pseudonyms.recording(begun)
    }

    pub(crate) fn rules(&self) -> &Rules {
        &self.0.rules
    }

    pub(crate) fn learn_from_request(&self, headers: &HeaderMap) {
        self.state().credentials.learn_from_request(headers);
    }

    pub(crate) fn learn_from_response(&self, headers: &HeaderMap) {
        self.state().credentials.learn_from_response(headers);
    }

    /// The exchange with everything private replaced. Credentials that are quoted in it are taken out of its text
    /// later, by [`Redactor::wipe`].
    pub(crate) fn exchange(
        &self,
        number: u64,
        request: &Request,
        outcome: Result<&Response, &TransportError>,
    ) -> Exchange {
        let names = self.0.rules.request_headers.iter().map(|(name, _)| name.clone());
        let asked = Asked::of(request, &names.collect::<Vec<_>>());
        self.pass(self.0.rules.of_path(request.url.path()), |pass| Exchange {
            number,
            request: pass.asked(asked),
            response: outcome.ok().map(|response| pass.answered(response)),
            failure: outcome.err().map(|error| error.kind.into()),
        })
    }

    /// `text`, which is JSON, without any known credential.
    pub(crate) fn wipe(&self, text: String) -> Result<String, CassetteError> {
        self.state().credentials.wipe(text)
    }

    fn pass<T>(&self, rules: &Rules, work: impl FnOnce(&mut Pass<'_>) -> T) -> T {
        let pseudonyms = &mut self.state().pseudonyms;
        work(&mut Pass {
            rules,
            compared: &self.0.rules.request_headers,
            pseudonyms,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Replacements are given one by one, so a poisoned table is whole.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor").finish_non_exhaustive()
    }
}

// === impl Pass ===

impl Pass<'_> {
    fn asked(&mut self, asked: Asked) -> Asked {
        let compared = self.compared;
        Asked {
            method: asked.method,
            path: asked.path.iter().map(|segment| self.segment(segment)).collect(),
            query: self.pairs(&asked.query),
            headers: self.headers(&asked.headers, compared),
            body: asked.body.map(|body| match body {
                Body::Json(json) => Body::Json(self.json(&mut Vec::new(), &json)),
                Body::Form(form) => Body::Form(self.pairs(&form)),
                other => other,
            }),
        }
    }

    fn answered(&mut self, response: &Response) -> Answered {
        let rules = &self.rules.response_headers;
        let headers = headers_of(&response.headers, rules.iter().map(|(name, _)| name));
        Answered {
            status: response.status.as_u16(),
            headers: self.headers(&headers, rules),
            body: (!response.body.is_empty()).then(|| self.body(&response.headers, &response.body)),
        }
    }

    fn body(&mut self, headers: &HeaderMap, body: &[u8]) -> Body {
        if let Some(json) = Json::parse(body) {
            return Body::Json(self.json(&mut Vec::new(), &json));
        }
        let content_type = headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        match (self.rules.of_body(content_type), std::str::from_utf8(body)) {
            (Some(Treatment::Keep), Ok(text)) => Body::Text(text.to_owned()),
            (Some(Treatment::Keep), Err(_)) => Body::Base64(base64(body)),
            (Some(Treatment::Words), Ok(text)) => Body::Text(self.text(text, Some(Treatment::Words))),
            _ => Body::WithheldBytes(body.len() as u64),
        }
    }

    fn pairs(&mut self, pairs: &Pairs) -> Pairs {
        let mut replaced = Pairs::new();
        for (key, values) in pairs {
            let rule = self.rules.of(&[key]);
            let values = values
                .0
                .iter()
                .map(|value| self.text(value, rule))
                .collect::<Vec<_>>();
            replaced.entry(self.key(key)).or_default().0.extend(values);
        }
        replaced
    }

    fn headers(&mut self, headers: &Pairs, rules: &[(HeaderName, Treatment)]) -> Pairs {
        let treatment = |name: &str| {
            rules
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, treatment)| *treatment)
        };
        let replaced = headers.iter().map(|(name, values)| {
            let values = values.0.iter().map(|value| match treatment(name) {
                Some(Treatment::Replace) if *name == ETAG.as_str() => self.etag(value),
                Some(Treatment::Replace) if *name == LINK.as_str() => self.link(value),
                rule => self.text(value, rule),
            });
            (name.clone(), Values(values.collect()))
        });
        replaced.collect()
    }

    /// RFC 9110 §8.8.3: what is quoted is replaced; the mark before it says how tags are compared.
    fn etag(&mut self, etag: &str) -> String {
        match etag.strip_suffix('"').and_then(|etag| etag.split_once('"')) {
            Some((weak, tag)) => format!("{weak}\"{}\"", self.text(tag, None)),
            None => self.text(etag, None),
        }
    }

    /// RFC 8288 §3: addresses are replaced; of the parameters only the relation stays, others are left out.
    fn link(&mut self, links: &str) -> String {
        let mut replaced = Vec::new();
        let mut rest = links;
        while let Some((address, after)) = rest.split_once('<').and_then(|(_, link)| link.split_once('>')) {
            let end = after.find('<').unwrap_or(after.len());
            let relation = after[..end]
                .split([';', ','])
                .map(str::trim)
                .find(|parameter| parameter.starts_with("rel="));
            let relation = relation.map_or_else(String::new, |relation| {
                format!("; {}", self.text(relation, Some(Treatment::Keep)))
            });
            replaced.push(format!("<{}>{relation}", self.text(address, None)));
            rest = &after[end..];
        }
        replaced.join(", ")
    }

    fn json<'a>(&mut self, keys: &mut Vec<&'a str>, value: &'a Json) -> Json {
        let rule = self.rules.of(keys);
        match value {
            Json::Literal(text) => self.literal(text, rule),
            Json::List(_) | Json::Object(_) if rule == Some(Treatment::Secret) => {
                Json::Text(SECRET.to_owned())
            }
            Json::Text(text) => Json::Text(self.text(text, rule)),
            Json::List(items) => Json::List(items.iter().map(|item| self.json(keys, item)).collect()),
            Json::Object(members) => {
                let mut replaced = Vec::with_capacity(members.len());
                for (name, value) in members {
                    keys.push(name);
                    replaced.push((self.key(name), self.json(keys, value)));
                    keys.pop();
                }
                replaced.sort_by(|(one, _), (other, _)| one.cmp(other));
                Json::Object(replaced)
            }
        }
    }

    /// `null` and the truth values stay; a number that is replaced stays a number.
    fn literal(&mut self, text: &str, rule: Option<Treatment>) -> Json {
        match rule {
            Some(Treatment::Secret) if text != "null" => Json::Text(SECRET.to_owned()),
            None | Some(Treatment::Replace) if digits(text).is_some() => Json::Literal(self.text(text, rule)),
            _ => Json::Literal(text.to_owned()),
        }
    }
}
