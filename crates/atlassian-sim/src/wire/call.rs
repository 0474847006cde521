//! A request as the endpoints see it, and what they answer.

use super::{Json, Query, Refusal};
use bytes::Bytes;
use http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A request whose caller is known and allowed.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    /// The variable parts of the path, decoded.
    pub(crate) parts: Vec<(String, String)>,
    /// The query string as it came.
    pub(crate) raw_query: &'a str,
    /// The body as it came.
    pub(crate) body: &'a Bytes,
    /// Whether the body is declared as JSON.
    pub(crate) json: bool,
    /// Whether the key has scopes.
    pub(crate) scoped_key: bool,
}

/// What an endpoint answers.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Vec<u8>,
}

/// The result of an endpoint.
pub(crate) type Outcome = Result<Answer, Refusal>;

impl Call<'_> {
    /// A variable part of the path.
    pub(crate) fn part(&self, name: &str) -> &str {
        self.parts
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value)
    }

    pub(crate) fn query(&self) -> Query<'_> {
        Query::parse(self.raw_query)
    }

    /// The JSON body of a write.
    ///
    /// # Errors
    ///
    /// 415 without a body that is declared as JSON, 400 for one of another shape.
    pub(crate) fn write_body<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        if self.body.is_empty() {
            return Err(Refusal::media_type());
        }
        serde_json::from_str(self.search_body()?)
            .map_err(|error| Refusal::invalid(format!("invalid body: {error}")))
    }

    /// The JSON body of a search; no body means an empty one.
    ///
    /// # Errors
    ///
    /// 415 for a body that is not declared as JSON, 400 for one that is not an object.
    pub(crate) fn search_body(&self) -> Result<&str, Refusal> {
        if self.body.is_empty() {
            return Ok("{}");
        }
        if !self.json {
            return Err(Refusal::media_type());
        }
        let text = std::str::from_utf8(self.body).map_err(|_| Refusal::invalid("the body is not UTF-8"))?;
        // An array would pass as an object whose members are all left out.
        if text.trim_start().starts_with('{') {
            Ok(text)
        } else {
            Err(Refusal::invalid("the body is no object"))
        }
    }
}

impl Answer {
    /// A document that was put together as a tree.
    pub(crate) fn value(status: StatusCode, value: &Value) -> Self {
        Self {
            status,
            body: value.to_string().into_bytes(),
        }
    }

    /// A status without a body.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self {
            status,
            body: Vec::new(),
        }
    }

    /// 200 with a document.
    pub(crate) fn ok(json: Json) -> Self {
        Self {
            status: StatusCode::OK,
            body: json.finish(),
        }
    }
}
