//! One request and its result, as a cassette holds them and as requests are compared.

use super::json::Json;
use super::pairs::{Pairs, blank_secrets, headers_of, pairs};
use super::rules::{Rules, Treatment, essence};
use super::text::{SECRET, decoded};
use crate::mask::{MAX_FIELD, masked};
use crate::transport::{Request, Response, TransportErrorKind};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// One request with its response or its failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exchange {
    /// The number within the recording, from 1.
    pub(crate) number: u64,
    pub(crate) request: Asked,
    /// Exactly one of these two is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) response: Option<Answered>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) failure: Option<Failure>,
}

/// What is compared of a request. The host is not: a recording may be replayed at any address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    pub(crate) method: String,
    /// The segments, decoded.
    #[serde(with = "path")]
    pub(crate) path: Vec<String>,
    /// Decoded.
    #[serde(default, skip_serializing_if = "Pairs::is_empty")]
    pub(crate) query: Pairs,
    #[serde(default, skip_serializing_if = "Pairs::is_empty")]
    pub(crate) headers: Pairs,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<Body>,
}

/// A whole response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    #[serde(default, skip_serializing_if = "Pairs::is_empty")]
    pub(crate) headers: Pairs,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<Body>,
}

/// A body that is not empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Body {
    Json(Json),
    /// `application/x-www-form-urlencoded`, decoded.
    Form(Pairs),
    Text(String),
    Base64(String),
    /// Not recorded but for its length.
    WithheldBytes(u64),
}

/// The transport error in place of a response, by its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Failure {
    Connect,
    Dns,
    Tls,
    Proxy,
    Tunnel,
    Settings,
    Timeout,
    Interrupted,
    Truncated,
    TooLarge,
    NotRecorded,
    Other,
}

/// A withheld body is replayed with its length; a longer one than this was written by no recorder.
const MAX_WITHHELD: u64 = 1 << 28;

// === impl Asked ===

impl Asked {
    /// What is compared of `request`; of its headers these.
    pub(crate) fn of(request: &Request, headers: &[HeaderName]) -> Self {
        let body = request.body.as_deref().filter(|body| !body.is_empty());
        Self {
            method: request.method.as_str().to_owned(),
            path: segments(request.url.path()),
            query: pairs(request.url.query().unwrap_or_default(), decoded),
            headers: headers_of(&request.headers, headers.iter()),
            body: body.map(|body| Body::of_request(&request.headers, body)),
        }
    }

    /// A print that is the same for requests that do not differ.
    pub(crate) fn print(&self, secrets: &Rules) -> [u8; 32] {
        let text = serde_json::to_vec(&self.without_secrets(secrets)).expect("its keys are texts");
        Sha256::digest(text).into()
    }

    /// The same request, with every secret made alike.
    pub(crate) fn without_secrets(&self, secrets: &Rules) -> Self {
        let mut asked = self.clone();
        blank_secrets(&mut asked.query, secrets);
        match &mut asked.body {
            Some(Body::Json(json)) => blank(json, &mut Vec::new(), secrets),
            Some(Body::Form(form)) => blank_secrets(form, secrets),
            _ => {}
        }
        asked
    }

    /// The path as it is written in an address.
    pub(crate) fn path_text(&self) -> String {
        path::text(&self.path)
    }
}

fn blank<'a>(json: &'a mut Json, keys: &mut Vec<&'a str>, secrets: &Rules) {
    if secrets.of(keys) == Some(Treatment::Secret) && *json != Json::null() {
        *json = Json::Text(SECRET.to_owned());
        return;
    }
    match json {
        Json::List(items) => items.iter_mut().for_each(|item| blank(item, keys, secrets)),
        Json::Object(members) => {
            for (name, value) in members {
                keys.push(name);
                blank(value, keys, secrets);
                keys.pop();
            }
        }
        Json::Text(_) | Json::Literal(_) => {}
    }
}

// === impl Answered ===

impl Answered {
    /// The response, or what is wrong with it.
    pub(crate) fn response(&self) -> Result<Response, String> {
        let status =
            StatusCode::from_u16(self.status).map_err(|_| format!("{} is no status", self.status))?;
        let mut headers = HeaderMap::new();
        for (name, values) in &self.headers {
            // A file that others changed may hold anything in any place.
            let shown = masked(name, MAX_FIELD);
            let known =
                HeaderName::try_from(name).map_err(|_| format!("{shown:?} is no name of a header"))?;
            for value in &values.0 {
                let value = HeaderValue::from_str(value)
                    .or_else(|_| HeaderValue::from_bytes(value.as_bytes()))
                    .map_err(|_| {
                        format!("the value of header {shown} has characters that a header cannot hold")
                    })?;
                headers.append(known.clone(), value);
            }
        }
        Ok(Response {
            status,
            headers,
            body: self.body.as_ref().map_or(Ok(Bytes::new()), Body::bytes)?,
        })
    }
}

// === impl Body ===

impl Body {
    fn of_request(headers: &HeaderMap, body: &[u8]) -> Self {
        if is_form(headers) {
            // In a form, and only there, a plus sign is a blank.
            let text = String::from_utf8_lossy(body);
            Self::Form(pairs(&text, |text| decoded(&text.replace('+', " "))))
        } else {
            Json::parse(body).map_or(Self::WithheldBytes(body.len() as u64), Self::Json)
        }
    }

    fn bytes(&self) -> Result<Bytes, String> {
        match self {
            Self::Json(json) => Ok(json.compact().into()),
            Self::Text(text) => Ok(text.clone().into()),
            Self::Base64(text) => STANDARD
                .decode(text)
                .map(Bytes::from)
                .map_err(|_| "the body is not base64".to_owned()),
            Self::WithheldBytes(length) if *length <= MAX_WITHHELD => Ok(vec![b'?'; *length as usize].into()),
            Self::WithheldBytes(_) => Err("the withheld body is too long".to_owned()),
            Self::Form(_) => Err("the body of a response is no form".to_owned()),
        }
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    essence(content_type).eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

fn segments(path: &str) -> Vec<String> {
    path.strip_prefix('/')
        .unwrap_or(path)
        .split('/')
        .map(decoded)
        .collect()
}

// === impl Failure ===

impl From<TransportErrorKind> for Failure {
    fn from(kind: TransportErrorKind) -> Self {
        match kind {
            TransportErrorKind::Connect => Self::Connect,
            TransportErrorKind::Dns => Self::Dns,
            TransportErrorKind::Tls => Self::Tls,
            TransportErrorKind::Proxy => Self::Proxy,
            TransportErrorKind::Tunnel => Self::Tunnel,
            TransportErrorKind::Settings => Self::Settings,
            TransportErrorKind::Timeout => Self::Timeout,
            TransportErrorKind::Interrupted => Self::Interrupted,
            TransportErrorKind::Truncated => Self::Truncated,
            TransportErrorKind::TooLarge => Self::TooLarge,
            TransportErrorKind::NotRecorded => Self::NotRecorded,
            TransportErrorKind::Other => Self::Other,
        }
    }
}

impl From<Failure> for TransportErrorKind {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Connect => Self::Connect,
            Failure::Dns => Self::Dns,
            Failure::Tls => Self::Tls,
            Failure::Proxy => Self::Proxy,
            Failure::Tunnel => Self::Tunnel,
            Failure::Settings => Self::Settings,
            Failure::Timeout => Self::Timeout,
            Failure::Interrupted => Self::Interrupted,
            Failure::Truncated => Self::Truncated,
            Failure::TooLarge => Self::TooLarge,
            Failure::NotRecorded => Self::NotRecorded,
            Failure::Other => Self::Other,
        }
    }
}

/// A path as one text, encoded.
mod path {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::path::encode_segment;

    pub(crate) fn text(segments: &[String]) -> String {
        segments.iter().fold(String::new(), |text, segment| {
            text + "/" + &encode_segment(segment)
        })
    }

    pub(crate) fn serialize<S: Serializer>(segments: &[String], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&text(segments))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
        String::deserialize(deserializer).map(|path| super::segments(&path))
    }
}
