//! Errors of the vendor, with what they mean and what to do about them.

mod absence;
mod envelope;
mod hint;
mod kind;
#[cfg(test)]
mod tests;

use crate::OrgId;
use crate::operation::OperationId;
use http_kit::ApiError;
use std::borrow::Cow;
use std::fmt;

pub use absence::Absence;
pub use envelope::decode_error;
pub use kind::AdminErrorKind;

/// A request that failed: what the vendor answered, and what that means.
///
/// `Display` is one line with status, code, detail and request id; a clause that stands alone.
pub struct AdminError {
    api: ApiError,
    kind: AdminErrorKind,
    operation: Option<OperationId>,
    org: OrgId,
}

impl AdminError {
    /// Finds the meaning of an error; here and nowhere else.
    pub(crate) fn new(api: ApiError, org: OrgId, with_cursor: bool) -> Self {
        let operation = OperationId::of_name(api.operation());
        let request = kind::Request {
            operation,
            with_cursor,
        };
        let kind = kind::classify(&api, request);
        Self {
            api,
            kind,
            operation,
            org,
        }
    }

    /// What it means.
    #[must_use]
    pub fn kind(&self) -> AdminErrorKind {
        self.kind
    }

    /// The operation that failed.
    #[must_use]
    pub fn operation(&self) -> Option<OperationId> {
        self.operation
    }

    /// What was answered: status, vendor code, request id, tries.
    #[must_use]
    pub fn api(&self) -> &ApiError {
        &self.api
    }

    /// Whether it proves that the object of the operation is gone. Ask this and not [`kind`](Self::kind) or the status before
    /// anything is told as gone: the kind says what the answer speaks of, not who gave it.
    #[must_use]
    pub fn absence(&self) -> Absence {
        absence::absence(&self.api, self.operation)
    }

    /// Whether the vendor refuses the request in words of its own. Anything on the way to it may answer with the same status,
    /// in a page of HTML, in JSON of another shape or without a body; then nothing is known about what the vendor did, and a
    /// change may have been carried out: read the state.
    #[must_use]
    pub fn is_refusal_of_vendor(&self) -> bool {
        let is_refusal = self
            .api
            .status()
            .is_some_and(|status| (400..500).contains(&status));
        is_refusal && self.api.vendor().is_some_and(envelope::is_of_api)
    }

    /// What a person can do about it, in one or two sentences.
    #[must_use]
    pub fn hint(&self) -> Option<Cow<'static, str>> {
        hint::hint(self.kind, &self.org)
    }

    /// The text to send to Atlassian Support when the operation has to be enabled there.
    #[must_use]
    pub fn support_request(&self) -> Option<String> {
        (self.kind == AdminErrorKind::EndpointNotEnabled).then(|| hint::support_request(&self.org))
    }
}

impl fmt::Display for AdminError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.api.fmt(f)?;
        match self.kind {
            AdminErrorKind::OrganizationNotFound => write!(f, ": no organization {} for this key", self.org),
            kind => match kind.meaning() {
                Some(meaning) => write!(f, ": {meaning}"),
                None => Ok(()),
            },
        }
    }
}

impl fmt::Debug for AdminError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdminError")
            .field("kind", &self.kind)
            .field("api", &self.api)
            .finish()
    }
}

impl std::error::Error for AdminError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        // The display of the answer is part of ours; only what lies below it is another cause.
        self.api.source()
    }
}
