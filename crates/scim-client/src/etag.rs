//! The version of a resource: an entity tag (RFC 7644 §3.14, RFC 9110 §8.8.3).

use crate::decode::Singular;
use crate::model::{AnyText, as_text};
use crate::parameter::ParameterError;
use http::HeaderMap;
use http::header::ETAG;
use http_kit::FromText;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// The version of a resource, as the server wrote it, quotes and `W/` included.
///
/// It is sent back unchanged: servers exist whose versions have no quotes, and compare them by their text.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ETag(Box<str>);

impl ETag {
    /// Takes a version that was stored elsewhere.
    ///
    /// # Errors
    ///
    /// [`ParameterError::Malformed`] when it cannot stand in a header.
    pub fn parse(text: &str) -> Result<Self, ParameterError> {
        if !text.is_empty() && text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
            return Ok(Self(text.into()));
        }
        Err(ParameterError::malformed(
            "version",
            "visible ASCII characters",
            text,
        ))
    }

    /// Whatever version there is (`*`): as a condition, that the resource exists.
    #[must_use]
    pub fn any() -> Self {
        Self("*".into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the header of an answer says.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        Self::parse(headers.get(ETAG)?.to_str().ok()?).ok()
    }
}

impl Singular for ETag {
    fn is_nothing(&self) -> bool {
        self.0.is_empty()
    }

    fn of_json(json: &str) -> Option<Self> {
        as_text(json).map(|text| Self::from(text.as_str()))
    }
}

impl From<&str> for ETag {
    /// Takes what an answer says, whatever it looks like.
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ETag({})", self.0)
    }
}

impl Serialize for ETag {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ETag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyText(FromText::new("a version")))
    }
}
