//! The successful answer to a call, and its decoding.

use crate::credentials::Hidden;
use crate::error::{ApiError, ApiErrorKind, MAX_WORDS};
use crate::hints::Hints;
use crate::mask::{MAX_FIELD, excerpt, masked, reason};
use crate::text::not_json;
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use serde::de::{DeserializeOwned, DeserializeSeed};
use serde_path_to_error::Track;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

/// An answer with a status of 2xx, whole.
///
/// `Debug` shows operation, status and length.
#[derive(Clone)]
#[non_exhaustive]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, decompressed, as UTF-8: what was no character is U+FFFD, also in the escapes of JSON.
    pub body: Bytes,
    /// The vendor's id of the request, if a header holds it.
    pub request_id: Option<String>,
    /// The operation, as named by the [`Call`](crate::Call).
    pub operation: &'static str,
    /// What the answer says about limits.
    pub hints: Hints,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) attempts: u32,
    pub(crate) refusals: u32,
    pub(crate) hidden: Arc<Hidden>,
}

impl Answer {
    /// How often the request was sent. Above 1 the earlier attempts of a write were refused by the limit of requests (429)
    /// or never reached the server; those of a read may have failed in any way.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The same answer without a claim on the room that large bodies share in the transport: whoever keeps it keeps no other
    /// from being read.
    pub(crate) fn without_room(self) -> Self {
        const SMALL: usize = 1024 * 1024;
        match self.body.len() {
            0..=SMALL => self,
            _ => Self {
                body: Bytes::copy_from_slice(&self.body),
                ..self
            },
        }
    }

    /// Whether the body is a page of HTML, whatever its content type says: then not the API answered, but something before
    /// it, such as a sign-in page.
    pub fn is_html(&self) -> bool {
        let kind = self.headers.get(http::header::CONTENT_TYPE);
        let says_so = kind
            .and_then(|kind| kind.to_str().ok())
            .is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("text/html"));
        let body = self.body.trim_ascii_start();
        !body.is_empty() && (says_so || body.starts_with(b"<"))
    }

    /// Decodes the body as JSON, whatever its content type says.
    ///
    /// # Errors
    ///
    /// [`ApiErrorKind::Undecodable`], naming the field and the surroundings of the place, without string values.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        self.json_seed(PhantomData::<T>)
    }

    /// Decodes the body as JSON into what a seed makes, such as a list with a [limit](crate::RowLimit).
    ///
    /// # Errors
    ///
    /// Those of [`Answer::json`].
    pub fn json_seed<'de, S: DeserializeSeed<'de> + Copy>(&'de self, seed: S) -> Result<S::Value, ApiError> {
        let mut json = serde_json::Deserializer::from_slice(&self.body);
        let decoded = seed.deserialize(&mut json);
        let plain = match decoded.and_then(|value| json.end().map(|()| value)) {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        // Following the path costs time, so it is done only for the answer that failed.
        let mut json = serde_json::Deserializer::from_slice(&self.body);
        let mut track = Track::new();
        let decoded = seed.deserialize(serde_path_to_error::Deserializer::new(&mut json, &mut track));
        let (field, error) = match decoded {
            Ok(_) => (".".to_owned(), plain),
            Err(error) => (track.path().to_string(), error),
        };
        Err(self.undecodable(&field, &error))
    }

    /// An error about this answer, for clients that find a fault of their own in it: with its request, status, request id
    /// and attempts. `reason` is masked and bounded.
    pub fn error(&self, kind: ApiErrorKind, reason: impl AsRef<str>) -> ApiError {
        self.found(kind, masked(&self.hidden.scrub(reason.as_ref()), MAX_WORDS))
    }

    /// An error about a part of this answer that does not fit: `field` is its path, `.` for the whole, and `error` what the
    /// JSON parser says about the body, with its surroundings and without string values.
    pub fn undecodable(&self, field: &str, error: &serde_json::Error) -> ApiError {
        let body = String::from_utf8_lossy(&self.body);
        let body = self.hidden.scrub(&body);
        let what = match not_json(&body) {
            Some(what) => format!("the answer is {what}"),
            None => {
                let near = excerpt(&body, offset(&self.body, error));
                let place = match field {
                    "." => String::new(),
                    field => format!("field {}: ", masked(field, MAX_FIELD)),
                };
                format!("{place}{} near {near}", reason(error))
            }
        };
        self.found(ApiErrorKind::Undecodable, what)
    }

    fn found(&self, kind: ApiErrorKind, reason: String) -> ApiError {
        ApiError::bare(kind, self.operation)
            .with_request(&self.method, &self.path)
            .with_status(self.status)
            .with_request_id(self.request_id.clone())
            .with_attempts(self.attempts, Duration::ZERO)
            .with_refusals(self.refusals)
            .with_reason(reason)
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("operation", &self.operation)
            .field("status", &self.status)
            .field("request_id", &self.request_id)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// The byte that an error of serde_json points to, from its line and column.
pub(crate) fn offset(body: &[u8], error: &serde_json::Error) -> usize {
    let lines = body.split_inclusive(|byte| *byte == b'\n');
    let before: usize = lines.take(error.line().saturating_sub(1)).map(<[u8]>::len).sum();
    (before + error.column()).min(body.len())
}
