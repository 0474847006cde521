//! What a bulk request brought about.

use crate::decode::Number;
use crate::error::{ScimErrorKind, of_object, of_outcome};
use crate::location::resource_at;
use crate::{ETag, Text};
use http_kit::{Answer, ApiError, ApiErrorKind, BadRow, VendorError, decode_rows, masked};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use std::fmt;

/// What a bulk request brought about.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BulkResponse {
    /// The outcomes, in the order in which the server tells them.
    pub outcomes: Vec<BulkOutcome>,
    /// Outcomes that cannot be understood.
    pub bad_rows: Vec<BadRow>,
    /// How many operations have no outcome: the server stopped before them, or does not tell. Whether they were
    /// carried out has to be looked up.
    pub unanswered: usize,
}

/// What one operation brought about.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct BulkOutcome {
    /// The method of the operation.
    pub method: Option<Text>,
    /// The id of the operation in the request, of one that creates.
    pub bulk_id: Option<Text>,
    /// The address of the resource.
    pub location: Option<Text>,
    /// The version of the resource.
    pub etag: Option<ETag>,
    /// The status of the operation alone.
    pub status: u16,
    /// The resource or the error, as it came.
    pub response: Option<Value>,
}

impl BulkOutcome {
    /// Whether the operation was carried out.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// What the failure means; nothing for a success.
    #[must_use]
    pub fn error_kind(&self) -> Option<ScimErrorKind> {
        (!self.is_success()).then(|| {
            let words = self.words();
            of_outcome(self.status, words.code.as_deref())
        })
    }

    /// The server's explanation of a failure, with addresses of people and credentials masked.
    #[must_use]
    pub fn detail(&self) -> Option<String> {
        let detail = self.words().detail.filter(|_| !self.is_success())?;
        Some(masked(&detail, 300))
    }

    /// The id of the resource, from its address.
    #[must_use]
    pub fn id(&self) -> Option<String> {
        resource_at(self.location.as_ref()?).map(|(_, id)| id)
    }

    fn words(&self) -> VendorError {
        match &self.response {
            Some(Value::Object(error)) => of_object(error),
            _ => VendorError::default(),
        }
    }
}

impl fmt::Debug for BulkOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BulkOutcome")
            .field("method", &self.method)
            .field("bulk_id", &self.bulk_id)
            .field("location", &self.location)
            .field("etag", &self.etag)
            .field("status", &self.status)
            .field("error", &self.error_kind())
            .field("detail", &self.detail())
            .finish_non_exhaustive()
    }
}

impl BulkResponse {
    /// Reads the answer to a request of so many operations.
    pub(super) fn read(answer: &Answer, sent: usize) -> Result<Self, ApiError> {
        let body: Body = answer.json()?;
        let rows = body.operations.ok_or_else(|| {
            let reason = "the answer is not that of a bulk request: it has no Operations";
            answer.error(ApiErrorKind::Undecodable, reason)
        })?;
        let (outcomes, bad_rows) = decode_rows::<BulkOutcome>(answer.operation, &rows, "bulkId");
        Ok(Self {
            unanswered: sent.saturating_sub(rows.len()),
            outcomes,
            bad_rows,
        })
    }
}

/// The envelope of the answer; the names without regard to case.
struct Body {
    operations: Option<Vec<Box<RawValue>>>,
}

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Body;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a bulk answer")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Body, A::Error> {
                let mut operations = None;
                while let Some(name) = map.next_key::<String>()? {
                    if name.eq_ignore_ascii_case("Operations") {
                        operations = map.next_value()?;
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(Body { operations })
            }
        }
        deserializer.deserialize_map(Members)
    }
}

impl<'de> Deserialize<'de> for BulkOutcome {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = BulkOutcome;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the outcome of an operation")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<BulkOutcome, A::Error> {
                let mut status = None;
                let mut outcome = BulkOutcome {
                    method: None,
                    bulk_id: None,
                    location: None,
                    etag: None,
                    status: 0,
                    response: None,
                };
                while let Some(name) = map.next_key::<String>()? {
                    let is = |other: &str| name.eq_ignore_ascii_case(other);
                    if is("method") {
                        outcome.method = map.next_value()?;
                    } else if is("bulkId") {
                        outcome.bulk_id = map.next_value()?;
                    } else if is("location") {
                        outcome.location = map.next_value()?;
                    } else if is("version") {
                        outcome.etag = map.next_value()?;
                    } else if is("response") {
                        outcome.response = map.next_value()?;
                    } else if is("status") {
                        status = Some(map.next_value::<Status>()?.0);
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                outcome.status = status.ok_or_else(|| serde::de::Error::missing_field("status"))?;
                Ok(outcome)
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// A status: a text (RFC 7644 §3.7.3), a number, or the object with a code of earlier drafts.
struct Status(u16);

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(untagged)]
        enum Shape {
            Plain(Number),
            Object { code: Number },
        }
        let (Shape::Plain(Number(code)) | Shape::Object { code: Number(code) }) =
            Shape::deserialize(deserializer)
                .map_err(|_| serde::de::Error::custom("the status is no number"))?;
        u16::try_from(code)
            .map(Self)
            .map_err(|_| serde::de::Error::custom("the status is no status of HTTP"))
    }
}
