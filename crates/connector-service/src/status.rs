//! Errors as gRPC statuses: the one table of codes and details.
//!
//! | what happened | code | details |
//! |---|---|---|
//! | an error of the SDK, of a sync or of a change | that of the error: its number is the exit code of a program too | `ErrorInfo` |
//! | of these, where asking later helps | the same | `RetryInfo` where a time is known |
//! | of these, a limit of the vendor's | the same | `RateLimitDescription` where a time is known, by which runners wait |
//! | a change of which a part was carried out | that of what failed | in `ErrorInfo`: `outcome` = `partial`, `done`, `not_done` |
//! | a request that breaks a rule of the protocol | `InvalidArgument` | |
//! | a change without `provisioning` | `FailedPrecondition` | |
//! | the deadline of a listing passed before its snapshot was there | `Unavailable` | `RetryInfo` |
//! | a panic of the connector | `Internal` | |

use connector_proto::connector::v2;
use connector_proto::google::rpc;
use connector_proto::{Message as _, any, wkt};
use connector_runtime::change::ChangeError;
use connector_runtime::{Redactor, SyncError};
use connector_sdk::{Code, Error, Parts, Retry, Vendor};
use jiff::Timestamp;
use prost_types::value::Kind;
use prost_types::{Any, ListValue, Struct};
use std::collections::BTreeMap;
use std::time::Duration;
use tonic::Status;

/// Who defines the reasons of errors.
const DOMAIN: &str = "baton";

/// `google.rpc.RetryInfo`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    pub(crate) retry_delay: Option<prost_types::Duration>,
}

impl prost::Name for RetryInfo {
    const NAME: &'static str = "RetryInfo";
    const PACKAGE: &'static str = "google.rpc";

    fn type_url() -> String {
        "type.googleapis.com/google.rpc.RetryInfo".into()
    }
}

/// What becomes a status: what happened, and what is known of it.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    code: Code,
    message: String,
    vendor: Option<Box<Vendor>>,
    retry: Retry,
    /// Whether the request itself is at fault.
    of_request: bool,
    /// Of a change of which a part was carried out, what was and what was not.
    parts: Option<Box<Parts>>,
}

/// What a change came to of which a part was carried out, as the documents of programs name it.
const PARTIAL: &str = "partial";
/// The words before the message of such a change: its code is that of what failed.
const IN_PART: &str = "carried out in part: ";

impl Failure {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            vendor: None,
            retry: Retry::Never,
            of_request: false,
            parts: None,
        }
    }

    pub(crate) fn of_request(self, of_request: bool) -> Self {
        Self { of_request, ..self }
    }

    pub(crate) fn is_of_request(&self) -> bool {
        self.of_request
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// What is told of it where it has no status: the state of an action.
    pub(crate) fn response(&self, redactor: &Redactor) -> Struct {
        let list = |texts: &[String]| {
            let values = texts
                .iter()
                .map(|text| redactor.redacted(text).into_owned().into());
            Kind::ListValue(ListValue {
                values: values.collect(),
            })
        };
        let mut fields = vec![
            ("error", redactor.redacted(&self.message).into_owned().into()),
            ("code", wkt::integer(self.code.number().into())),
        ];
        if let Some(parts) = &self.parts {
            fields.push(("outcome", PARTIAL.into()));
            fields.push(("done", list(&parts.done).into()));
            fields.push(("not_done", list(&parts.not_done).into()));
        }
        wkt::object(fields)
    }

    pub(crate) fn with_retry(self, retry: Retry) -> Self {
        Self { retry, ..self }
    }

    /// The status, with every text taken through the redactor. Times are counted from `now`.
    pub(crate) fn status(&self, redactor: &Redactor, now: Timestamp) -> Status {
        let mut metadata = BTreeMap::new();
        if let Some(vendor) = &self.vendor {
            let status = vendor.status.map(|status| status.to_string());
            let facts = [
                ("vendor_status", status.as_deref()),
                ("vendor_code", vendor.code.as_deref()),
                ("vendor_request_id", vendor.request_id.as_deref()),
            ];
            let known = facts.into_iter().filter_map(|(name, value)| Some((name, value?)));
            metadata
                .extend(known.map(|(name, value)| (name.to_owned(), redactor.redacted(value).into_owned())));
        }
        if let Some(parts) = &self.parts {
            let told = |parts: &[String]| redactor.redacted(&parts.join("; ")).into_owned();
            metadata.insert("outcome".into(), PARTIAL.into());
            metadata.insert("done".into(), told(&parts.done));
            metadata.insert("not_done".into(), told(&parts.not_done));
        }
        let reason = self.code.words().to_ascii_uppercase().replace(' ', "_");
        let mut details = vec![any::pack(&rpc::ErrorInfo {
            reason,
            domain: DOMAIN.into(),
            metadata,
        })];
        if let Retry::After(delay) = self.retry {
            details.extend(until(delay, self.code, now));
        }
        let message = redactor.redacted(&self.message).into_owned();
        let code = tonic::Code::from_i32(i32::from(self.code.number()));
        let whole = rpc::Status {
            code: code.into(),
            message: message.clone(),
            details,
        };
        Status::with_details(code, message, whole.encode_to_vec().into())
    }
}

/// When asking again helps.
fn until(delay: Duration, code: Code, now: Timestamp) -> Vec<Any> {
    let retry = prost_types::Duration::try_from(delay).ok();
    let mut details = vec![any::pack(&RetryInfo { retry_delay: retry })];
    if code == Code::ResourceExhausted {
        details.push(any::pack(&v2::RateLimitDescription {
            status: v2::rate_limit_description::Status::Overlimit.into(),
            reset_at: now.checked_add(delay).ok().map(connector_sdk::timestamp),
            ..Default::default()
        }));
    }
    details
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        Self {
            vendor: error.vendor().cloned().map(Box::new),
            retry: error.retry(),
            ..Self::new(error.code(), error.to_string())
        }
    }
}

impl From<&SyncError> for Failure {
    fn from(error: &SyncError) -> Self {
        match error {
            SyncError::Connector { source, .. } => Self {
                message: error.to_string(),
                ..Self::from(source)
            },
            _ => Self::new(error.code(), with_hint(error.to_string(), error.hint())),
        }
    }
}

impl From<&ChangeError> for Failure {
    fn from(error: &ChangeError) -> Self {
        let failure = match error {
            ChangeError::Connector(source) => Self::from(source),
            _ => Self::new(error.code(), with_hint(error.to_string(), error.hint())),
        };
        match error.parts() {
            Some(parts) => Self {
                message: format!("{IN_PART}{}", failure.message),
                parts: Some(Box::new(parts.clone())),
                ..failure
            },
            None => failure,
        }
    }
}

fn with_hint(message: String, hint: Option<String>) -> String {
    match hint {
        Some(hint) => format!("{message}. {hint}"),
        None => message,
    }
}

/// The error of the SDK that a status is: what [`Failure::status`] made of one, or what another server says.
pub(crate) fn error_of(status: &Status) -> Error {
    let code = match status.code() {
        tonic::Code::Cancelled => Code::Cancelled,
        tonic::Code::InvalidArgument | tonic::Code::OutOfRange => Code::InvalidArgument,
        tonic::Code::DeadlineExceeded => Code::DeadlineExceeded,
        tonic::Code::NotFound => Code::NotFound,
        tonic::Code::AlreadyExists => Code::AlreadyExists,
        tonic::Code::PermissionDenied => Code::PermissionDenied,
        tonic::Code::ResourceExhausted => Code::ResourceExhausted,
        tonic::Code::FailedPrecondition => Code::FailedPrecondition,
        tonic::Code::Unimplemented => Code::Unimplemented,
        tonic::Code::Unavailable | tonic::Code::Aborted => Code::Unavailable,
        tonic::Code::Unauthenticated => Code::Unauthenticated,
        tonic::Code::Unknown => Code::Unknown,
        _ => Code::Internal,
    };
    // What was sent begins with the words of its code already.
    let message = status.message();
    let message = message.strip_prefix(IN_PART).unwrap_or(message);
    let message = message.strip_prefix(code.words()).unwrap_or(message);
    let error = Error::new(code, message.trim_start_matches([':', ' ']));
    let error = match parts_of(status) {
        Some(parts) => error.with_parts(parts),
        None => error,
    };
    match delay_of(status) {
        Some(delay) => error.with_retry(Retry::After(delay)),
        None if code == Code::Unavailable => error.with_retry(Retry::Later),
        None => error,
    }
}

/// What was carried out of a change that failed, and what was not, where the status says that a part of it was.
fn parts_of(status: &Status) -> Option<Parts> {
    let whole = rpc::Status::decode(status.details()).ok()?;
    let mut facts = any::pick::<rpc::ErrorInfo>(&whole.details)?.ok()?.metadata;
    if facts.get("outcome").is_none_or(|outcome| outcome != PARTIAL) {
        return None;
    }
    let done = facts.remove("done").filter(|done| !done.is_empty());
    let not_done = facts.remove("not_done").filter(|not_done| !not_done.is_empty());
    Some(Parts {
        // That something was done is known also where it is not said what.
        done: vec![done.unwrap_or_else(|| "a part of it".into())],
        not_done: not_done.into_iter().collect(),
    })
}

/// After which time asking again helps, where the status says it.
pub(crate) fn delay_of(status: &Status) -> Option<Duration> {
    let whole = rpc::Status::decode(status.details()).ok()?;
    let info = any::pick::<RetryInfo>(&whole.details)?.ok()?;
    info.retry_delay?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use connector_runtime::change::to_json;
    use connector_sdk::WriteRequest;
    use serde_json::{Value, json};

    fn status(error: &Error) -> Status {
        let mut redactor = Redactor::default();
        redactor.add(["hunter2-hunter2".to_owned().into()]);
        Failure::from(error).status(&redactor, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_status_has_the_number_of_the_error_and_says_what_the_vendor_said() {
        let vendor = Vendor {
            status: Some(429),
            code: Some("RATE".into()),
            request_id: Some("r-1".into()),
            detail: None,
        };
        let error = Error::new(Code::ResourceExhausted, "the key hunter2-hunter2 asked too often")
            .with_vendor(vendor)
            .with_retry(Retry::After(Duration::from_secs(90)));
        let status = status(&error);
        assert_eq!(status.code(), tonic::Code::ResourceExhausted);
        assert_eq!(
            status.message(),
            "limit reached: the key [redacted] asked too often (status 429, code RATE, request id r-1)"
        );
        let whole = rpc::Status::decode(status.details()).expect("a status");
        let info = any::pick::<rpc::ErrorInfo>(&whole.details)
            .expect("there")
            .expect("whole");
        assert_eq!(
            (&*info.reason, &*info.metadata["vendor_status"]),
            ("LIMIT_REACHED", "429")
        );
        let limit = any::pick::<v2::RateLimitDescription>(&whole.details);
        let limit = limit.expect("there").expect("whole");
        assert_eq!(limit.reset_at.expect("a time").seconds, 90);
        let retry = any::pick::<RetryInfo>(&whole.details)
            .expect("there")
            .expect("whole");
        assert_eq!(retry.retry_delay.expect("a time").seconds, 90);
    }

    /// Its code is that of what failed; that the rest was done is told beside, to people and to programs.
    #[test]
    fn a_change_that_was_carried_out_in_part_is_told_as_that() {
        let parts = |done: &str, not_done: &str| Parts {
            done: vec![done.into()],
            not_done: vec![not_done.into()],
        };
        let said = Error::new(Code::PermissionDenied, "no")
            .with_parts(parts("suspended in directory 1", "in directory 2"));
        let seen = Error::new(Code::PermissionDenied, "no")
            .with_requests([WriteRequest::new("PUT", "/users/1").answered(204, None)]);
        for (error, outcome, back) in [
            (
                said,
                json!("partial"),
                parts("suspended in directory 1", "in directory 2"),
            ),
            (
                seen,
                json!("partial"),
                Parts {
                    done: vec!["a part of it".into()],
                    not_done: Vec::new(),
                },
            ),
            (
                Error::new(Code::PermissionDenied, "no"),
                Value::Null,
                Parts::default(),
            ),
        ] {
            let failure = Failure::from(&ChangeError::Connector(error));
            let status = failure.status(&Redactor::default(), Timestamp::UNIX_EPOCH);
            let whole = rpc::Status::decode(status.details()).expect("a status");
            let info = any::pick::<rpc::ErrorInfo>(&whole.details)
                .expect("there")
                .expect("whole");
            let response = to_json(&failure.response(&Redactor::default()));
            assert_eq!(
                (
                    status.code(),
                    json!(info.metadata.get("outcome")),
                    response.get("outcome").unwrap_or(&Value::Null)
                ),
                (tonic::Code::PermissionDenied, outcome.clone(), &outcome)
            );
            assert_eq!(response["error"], status.message());
            let in_part = status
                .message()
                .starts_with("carried out in part: not permitted: no");
            assert_eq!(in_part, outcome == "partial", "{}", status.message());
            let error = error_of(&status);
            assert_eq!((error.message(), error.parts()), ("no", &back));
        }
    }

    #[test]
    fn every_code_comes_back() {
        for code in Code::ALL {
            let status = status(&Error::new(code, "no"));
            assert_eq!(i32::from(status.code()), i32::from(code.number()), "{code:?}");
            let back = error_of(&status);
            assert_eq!((back.code(), back.message()), (code, "no"));
        }
    }
}
