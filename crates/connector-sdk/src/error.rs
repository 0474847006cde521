//! The error a connector answers with: what it means, to what it happened, what the vendor said, what to do.

use crate::write_request::WriteRequest;
use serde::Serialize;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

/// What an error means, in the numbers of gRPC status codes, which are also the exit codes of the binaries; a change
/// that was carried out in part has one of its own there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Code {
    /// The caller gave up (1).
    Cancelled = 1,
    /// The command line or the configuration is wrong, or nothing better is known (2).
    Unknown = 2,
    /// A value does not parse or does not fit its schema (3).
    InvalidArgument = 3,
    /// The budget of waiting is used up (4).
    DeadlineExceeded = 4,
    /// What was named does not exist (5).
    NotFound = 5,
    /// What should be created exists (6).
    AlreadyExists = 6,
    /// The vendor refuses this to the credential (7).
    PermissionDenied = 7,
    /// A limit of the vendor's: licences, seats, or a rate limit that outlasts the budget (8).
    ResourceExhausted = 8,
    /// Refused before anything was sent (9).
    FailedPrecondition = 9,
    /// Not offered by this connector (12).
    Unimplemented = 12,
    /// An answer that cannot be understood, or a defect of ours (13).
    Internal = 13,
    /// Not reachable, or the outcome of a write is unknown (14).
    Unavailable = 14,
    /// The credential is not accepted (16).
    Unauthenticated = 16,
}

impl Code {
    /// Every meaning of an error, in the order of its number.
    pub const ALL: [Self; 13] = [
        Self::Cancelled,
        Self::Unknown,
        Self::InvalidArgument,
        Self::DeadlineExceeded,
        Self::NotFound,
        Self::AlreadyExists,
        Self::PermissionDenied,
        Self::ResourceExhausted,
        Self::FailedPrecondition,
        Self::Unimplemented,
        Self::Internal,
        Self::Unavailable,
        Self::Unauthenticated,
    ];

    /// The number on the wire and as exit code.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// Whether asking for the same again is useless until somebody changes something: what is asked, or what is there.
    pub fn is_final(self) -> bool {
        match self {
            Self::InvalidArgument
            | Self::NotFound
            | Self::AlreadyExists
            | Self::PermissionDenied
            | Self::FailedPrecondition
            | Self::Unimplemented
            | Self::Internal => true,
            Self::Cancelled
            | Self::Unknown
            | Self::DeadlineExceeded
            | Self::ResourceExhausted
            | Self::Unavailable
            | Self::Unauthenticated => false,
        }
    }

    /// The words a person reads before the message.
    pub fn words(self) -> &'static str {
        match self {
            Self::Cancelled => "interrupted",
            Self::Unknown => "not configured correctly",
            Self::InvalidArgument => "invalid value",
            Self::DeadlineExceeded => "deadline passed",
            Self::NotFound => "not found",
            Self::AlreadyExists => "already exists",
            Self::PermissionDenied => "not permitted",
            Self::ResourceExhausted => "limit reached",
            Self::FailedPrecondition => "refused",
            Self::Unimplemented => "not offered",
            Self::Internal => "not understood",
            Self::Unavailable => "unreachable",
            Self::Unauthenticated => "not authenticated",
        }
    }
}

/// Whether asking again can help.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Retry {
    /// The same question has the same answer.
    #[default]
    Never,
    /// Asking again later can help.
    Later,
    /// Asking again can help, but not before this has passed.
    After(Duration),
    /// It was asked again already, and each time cost its whole time: what is about one resource is given up.
    Exhausted,
}

/// What the vendor said, word for word where it has words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Vendor {
    /// HTTP status, or the vendor's own numeric status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The vendor's error code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The vendor's explanation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The id under which the vendor's support finds the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl fmt::Display for Vendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sep = "";
        let mut part = |f: &mut fmt::Formatter<'_>, name: &str, value: Option<&str>| -> fmt::Result {
            if let Some(value) = value.filter(|v| !v.is_empty()) {
                write!(f, "{sep}{name} {value}")?;
                sep = ", ";
            }
            Ok(())
        };
        part(f, "status", self.status.map(|s| s.to_string()).as_deref())?;
        part(f, "code", self.code.as_deref())?;
        part(f, "request id", self.request_id.as_deref())?;
        part(f, "detail:", self.detail.as_deref())
    }
}

/// The result of the parts of a change that failed: some may have been carried out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// What was carried out anyway, each in words.
    pub done: Vec<String>,
    /// What was not, or of which it is not known, each in words.
    pub not_done: Vec<String>,
}

/// A failed connector call.
///
/// The display is one line: meaning, message, vendor facts, hint. Secrets must never be put into any part.
pub struct Error(Box<Inner>);

struct Inner {
    code: Code,
    message: String,
    retry: Retry,
    cursor_refused: bool,
    vendor: Option<Vendor>,
    hint: Option<String>,
    requests: Vec<WriteRequest>,
    parts: Parts,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The result of a connector call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error with this meaning. The message is a lower-case clause that names what it happened to.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            code,
            message: message.into(),
            retry: Retry::Never,
            cursor_refused: false,
            vendor: None,
            hint: None,
            requests: Vec::new(),
            parts: Parts::default(),
            source: None,
        }))
    }

    /// The vendor refused a cursor: the listing has to start from its first page.
    pub fn cursor_refused(message: impl Into<String>) -> Self {
        let mut error = Self::new(Code::InvalidArgument, message);
        error.0.cursor_refused = true;
        error
    }

    /// Adds what the vendor said.
    #[must_use]
    pub fn with_vendor(mut self, vendor: Vendor) -> Self {
        self.0.vendor = Some(vendor);
        self
    }

    /// Adds what a person can do about it, as a sentence.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// The same error with another meaning, for who knows better what it means here.
    #[must_use]
    pub fn with_code(mut self, code: Code) -> Self {
        self.0.code = code;
        self
    }

    /// Says whether asking again can help.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.0.retry = retry;
        self
    }

    /// Adds the writes that were sent before a change failed, answered or not, in their order. They belong into its
    /// audit record, and tell a person what is changed nevertheless.
    #[must_use]
    pub fn with_requests(mut self, requests: impl IntoIterator<Item = WriteRequest>) -> Self {
        self.0.requests.extend(requests);
        self
    }

    /// Says what of a change was carried out although it failed, and what was not. It is then told as made in part.
    #[must_use]
    pub fn with_parts(mut self, parts: Parts) -> Self {
        self.0.parts = parts;
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.0.source = Some(Box::new(source));
        self
    }

    /// The same with every text for people replaced by what `replace` makes of it: the message, what the vendor said,
    /// the parts, the hint. A cause that would read otherwise is dropped, because it cannot be rewritten. This is how what a vendor
    /// quotes of a secret is taken out; for the writes see [`Error::requests_mut`].
    #[must_use]
    pub fn map_text(mut self, replace: impl Fn(&str) -> String) -> Self {
        let inner = &mut *self.0;
        inner.message = replace(&inner.message);
        inner.hint = inner.hint.as_deref().map(&replace);
        for part in inner.parts.done.iter_mut().chain(&mut inner.parts.not_done) {
            *part = replace(part);
        }
        if let Some(vendor) = &mut inner.vendor {
            vendor.code = vendor.code.as_deref().map(&replace);
            vendor.detail = vendor.detail.as_deref().map(&replace);
            vendor.request_id = vendor.request_id.as_deref().map(&replace);
        }
        if inner
            .source
            .as_deref()
            .is_some_and(|cause| reads_otherwise(cause, &replace))
        {
            inner.source = None;
        }
        self
    }

    /// What the error means.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The message alone.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Whether asking again can help.
    pub fn retry(&self) -> Retry {
        self.0.retry
    }

    /// Whether the vendor refused the cursor of a listing.
    pub fn is_cursor_refused(&self) -> bool {
        self.0.cursor_refused
    }

    /// What the vendor said.
    pub fn vendor(&self) -> Option<&Vendor> {
        self.0.vendor.as_ref()
    }

    /// The writes that were sent before a change failed; empty where none was.
    pub fn requests(&self) -> &[WriteRequest] {
        &self.0.requests
    }

    /// The same, to take out of them what must not be told.
    pub fn requests_mut(&mut self) -> &mut [WriteRequest] {
        &mut self.0.requests
    }

    /// What of a change was carried out although it failed, and what was not; empty where nothing was said of that.
    pub fn parts(&self) -> &Parts {
        &self.0.parts
    }

    /// What a person can do about it.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }
}

/// Whether a cause, or one behind it, has a text that would be replaced.
fn reads_otherwise(cause: &(dyn StdError + 'static), replace: impl Fn(&str) -> String) -> bool {
    let mut next = Some(cause);
    while let Some(cause) = next {
        let texts = [cause.to_string(), format!("{cause:?}")];
        if texts.iter().any(|text| replace(text) != *text) {
            return true;
        }
        next = cause.source();
    }
    false
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.code.words(), self.0.message)?;
        if let Some(vendor) = self
            .0
            .vendor
            .as_ref()
            .map(ToString::to_string)
            .filter(|v| !v.is_empty())
        {
            write!(f, " ({vendor})")?;
        }
        if let Some(hint) = &self.0.hint {
            write!(f, ". {hint}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("code", &self.0.code)
            .field("message", &self.0.message)
            .field("vendor", &self.0.vendor)
            .finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|s| s as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_can_be_replaced() {
        let full = |cause: &str| {
            Error::new(Code::InvalidArgument, "hunter2 is refused")
                .with_vendor(Vendor {
                    status: Some(400),
                    code: Some("WEAK-hunter2".into()),
                    detail: Some("hunter2 is weak".into()),
                    request_id: Some("r-hunter2".into()),
                })
                .with_hint("Use another one than hunter2")
                .with_source(std::io::Error::other(cause.to_owned()))
                .map_text(|text| text.replace("hunter2", "***"))
        };
        let error = full("a body with hunter2");
        insta::assert_snapshot!(error, @"invalid value: *** is refused (status 400, code WEAK-***, request id r-***, detail: *** is weak). Use another one than ***");
        assert!(error.source().is_none(), "a cause cannot be rewritten");
        let error = full("a body");
        assert!(error.source().is_some(), "a cause that says nothing stays");
    }

    #[test]
    fn the_line_a_person_reads() {
        let error = Error::new(
            Code::PermissionDenied,
            "the API tokens of organization o-1 cannot be listed",
        )
        .with_vendor(Vendor {
            status: Some(403),
            code: Some("ADMIN-403-3".into()),
            detail: Some("No access.".into()),
            request_id: Some("r-1".into()),
        })
        .with_hint("Use a key without scopes");
        insta::assert_snapshot!(error, @"not permitted: the API tokens of organization o-1 cannot be listed (status 403, code ADMIN-403-3, request id r-1, detail: No access.). Use a key without scopes");
    }
}
