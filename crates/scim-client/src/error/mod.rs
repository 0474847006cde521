//! Errors, with what they mean and what to do about them.

mod envelope;
mod hint;
mod kind;

use http_kit::ApiError;
use std::fmt;

pub use envelope::decode_error;
pub(crate) use envelope::of_object;
pub(crate) use kind::of_outcome;
pub use kind::{ScimErrorKind, ScimType};

use crate::parameter::ParameterError;
use crate::profile::{CreationEffect, ProfileError};

/// A request that failed, or was not sent.
///
/// `Display` is a clause that stands alone. Neither it nor `Debug` holds a key, a body or the address
/// of a person.
pub struct ScimError(Box<Inner>);

struct Inner {
    kind: ScimErrorKind,
    cause: Cause,
    creation: CreationEffect,
}

enum Cause {
    Answer(ApiError),
    Profile(ProfileError),
    Parameter(ParameterError),
}

impl ScimError {
    fn new(kind: ScimErrorKind, cause: Cause, creation: CreationEffect) -> Self {
        Self(Box::new(Inner {
            kind,
            cause,
            creation,
        }))
    }

    /// Finds the meaning of an answer; here and nowhere else.
    pub(crate) fn answered(api: ApiError, creation: CreationEffect) -> Self {
        Self::new(kind::classify(&api), Cause::Answer(api), creation)
    }

    pub(crate) fn refused(error: ProfileError, creation: CreationEffect) -> Self {
        Self::new(ScimErrorKind::Refused, Cause::Profile(error), creation)
    }

    pub(crate) fn parameter(error: ParameterError, creation: CreationEffect) -> Self {
        Self::new(ScimErrorKind::BadParameter, Cause::Parameter(error), creation)
    }

    /// What it means.
    #[must_use]
    pub fn kind(&self) -> ScimErrorKind {
        self.0.kind
    }

    /// What was answered, or why there was no answer: status, request id, tries; nothing if the request was not
    /// sent.
    #[must_use]
    pub fn api(&self) -> Option<&ApiError> {
        match &self.0.cause {
            Cause::Answer(api) => Some(api),
            Cause::Profile(_) | Cause::Parameter(_) => None,
        }
    }

    /// The rule of the profile that the request breaks, if it was not sent for that.
    #[must_use]
    pub fn refusal(&self) -> Option<&ProfileError> {
        match &self.0.cause {
            Cause::Profile(error) => Some(error),
            Cause::Answer(_) | Cause::Parameter(_) => None,
        }
    }

    /// The server's `scimType`.
    #[must_use]
    pub fn scim_type(&self) -> Option<ScimType> {
        let code = self.api()?.vendor()?.code.as_deref()?;
        Some(ScimType::from(code))
    }

    /// The server's explanation, with addresses of people and credentials masked.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        self.api()?.vendor()?.detail.as_deref()
    }

    /// The id under which the server knows the request, from a header or from the body (`traceId`).
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.api()?.request_id()
    }

    /// Whether the server refuses the request in words of its own: an error of the protocol, or one with the server's id of
    /// the request. Anything on the way to it may answer with the same status, in a page of HTML, in JSON of another shape
    /// or without a body; then nothing is known about what the server did, and a change may have been carried out: read the
    /// resource.
    #[must_use]
    pub fn is_refusal_of_server(&self) -> bool {
        let words = self
            .api()
            .filter(|api| api.status().is_some_and(|status| (400..500).contains(&status)))
            .and_then(ApiError::vendor);
        words.is_some_and(envelope::is_of_server)
    }

    /// Whether a 404 is an error of the protocol about the resource, and not of something before the directory. It proves
    /// that the resource is gone only where another read of the same directory succeeds: without its subscription, or
    /// at a wrong address, the whole directory is answered so.
    #[must_use]
    pub fn may_prove_absence(&self) -> bool {
        let words = self.api().and_then(ApiError::vendor);
        self.kind() == ScimErrorKind::NotFound && words.is_some_and(envelope::is_of_protocol)
    }

    /// What a person can do about it, in one or two sentences.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        let of_the_way = self.api().and_then(hint::of_the_way);
        of_the_way.or_else(|| hint::hint(self.0.kind, self.0.creation))
    }
}

impl fmt::Display for ScimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.cause {
            Cause::Answer(api) => {
                api.fmt(f)?;
                match self.0.kind.meaning() {
                    Some(meaning) => write!(f, ": {meaning}"),
                    None => Ok(()),
                }
            }
            Cause::Profile(error) => error.fmt(f),
            Cause::Parameter(error) => error.fmt(f),
        }
    }
}

impl fmt::Debug for ScimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ScimError({:?}, {:?})", self.0.kind, self.to_string())
    }
}

impl std::error::Error for ScimError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        // The display of the cause is part of ours; only what lies below it is another cause.
        match &self.0.cause {
            Cause::Answer(api) => api.source(),
            Cause::Profile(error) => error.source(),
            Cause::Parameter(error) => error.source(),
        }
    }
}
