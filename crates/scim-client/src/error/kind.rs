//! What an error means, found once from `scimType` and status.

use http_kit::open_words;
use http_kit::{ApiError, ApiErrorKind};

open_words! {
    in any case;
    /// The detail of a 400 or 409 (RFC 7644 §3.12, RFC 9865 §2.3).
    pub enum ScimType {
        /// The filter is not one, or the server does not read it.
        InvalidFilter = "invalidFilter",
        /// The filter finds more than the server returns.
        TooMany = "tooMany",
        /// A value that must be unique is taken.
        Uniqueness = "uniqueness",
        /// The attribute cannot be changed.
        Mutability = "mutability",
        /// The body is not what the operation takes.
        InvalidSyntax = "invalidSyntax",
        /// The path of a change is not one, or names what is not there.
        InvalidPath = "invalidPath",
        /// The condition in the path of a change finds nothing.
        NoTarget = "noTarget",
        /// A required value is missing, or a value does not fit.
        InvalidValue = "invalidValue",
        /// The server does not speak this version of the protocol.
        InvalidVers = "invalidVers",
        /// The request cannot be made because it would show a secret in an address.
        Sensitive = "sensitive",
        /// The cursor is not one of the server's for this query.
        InvalidCursor = "invalidCursor",
        /// The cursor is too old.
        ExpiredCursor = "expiredCursor",
        /// The count is not that of the cursor, or more than the server returns.
        InvalidCount = "invalidCount",
    }
}

/// What an error means for the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ScimErrorKind {
    /// Not sent: the profile does not let it through.
    Refused,
    /// Not sent: a parameter is not what it has to be.
    BadParameter,
    /// The key is missing, wrong, expired or revoked.
    NotAuthenticated,
    /// The key may not do this.
    NotPermitted,
    /// There is no such resource, or no such endpoint.
    NotFound,
    /// The server does not offer this operation.
    NotOffered,
    /// A value that must be unique is taken.
    Taken,
    /// The attribute cannot be changed.
    Immutable,
    /// The resource has another version than the one that was expected. If the request was sent more than once,
    /// it may be the first sending that changed it; read the resource.
    VersionMismatch,
    /// Something else stands against the request.
    Conflict,
    /// The filter is not read by the server.
    InvalidFilter,
    /// The filter finds more than the server returns.
    TooMany,
    /// The path of a change names what is not there.
    NoTarget,
    /// The request has a form that the server does not take.
    Invalid,
    /// The request is larger than the server takes.
    TooLarge,
    /// The cursor is not, or no longer, accepted: the listing has to start again.
    CursorRefused,
    /// The plan does not cover this.
    PaymentRequired,
    /// The rate limit was still exceeded after every retry.
    RateLimited,
    /// The server could not be reached or failed, after every retry.
    Unavailable,
    /// The time allowed for waiting is used up.
    BudgetSpent,
    /// The caller was asked to stop, so that a change was not sent, or not again.
    Stopped,
    /// The server names another address (3xx) that is not followed; the error names the host. Nothing was carried out.
    Redirected,
    /// The answer cannot be understood, or breaks the rules of the protocol. Where its
    /// [status](http_kit::ApiError::status) is that of a success, a change was carried out anyway: read the
    /// resource, do not send the change again.
    Unreadable,
}

pub(super) fn classify(api: &ApiError) -> ScimErrorKind {
    use ScimErrorKind as Kind;
    match (api.kind(), api.status()) {
        (ApiErrorKind::BudgetSpent, _) => Kind::BudgetSpent,
        (ApiErrorKind::Stopped, _) => Kind::Stopped,
        (ApiErrorKind::RateLimited, _) => Kind::RateLimited,
        (_, Some(status)) if status >= 400 => {
            let code = api.vendor().and_then(|vendor| vendor.code.as_deref());
            by_type(code, status).unwrap_or_else(|| by_status(status))
        }
        (ApiErrorKind::Unavailable, _) => Kind::Unavailable,
        (ApiErrorKind::Redirected, _) => Kind::Redirected,
        (ApiErrorKind::Invalid, _) => Kind::Invalid,
        _ => Kind::Unreadable,
    }
}

/// The meaning of a `scimType`. It is looked at whatever the status: servers answer `uniqueness` with 400 and
/// `mutability` with 409 as well.
pub(super) fn by_type(code: Option<&str>, status: u16) -> Option<ScimErrorKind> {
    use ScimErrorKind as Kind;
    if !(400..500).contains(&status) || matches!(status, 401 | 403 | 429) {
        return None;
    }
    Some(match ScimType::from(code?) {
        ScimType::InvalidFilter => Kind::InvalidFilter,
        ScimType::TooMany => Kind::TooMany,
        ScimType::Uniqueness => Kind::Taken,
        ScimType::Mutability => Kind::Immutable,
        ScimType::NoTarget => Kind::NoTarget,
        ScimType::InvalidCursor | ScimType::ExpiredCursor => Kind::CursorRefused,
        ScimType::InvalidSyntax
        | ScimType::InvalidPath
        | ScimType::InvalidValue
        | ScimType::InvalidVers
        | ScimType::Sensitive
        | ScimType::InvalidCount => Kind::Invalid,
        ScimType::Other(_) => return None,
    })
}

pub(super) fn by_status(status: u16) -> ScimErrorKind {
    use ScimErrorKind as Kind;
    match status {
        401 => Kind::NotAuthenticated,
        402 => Kind::PaymentRequired,
        403 | 451 => Kind::NotPermitted,
        404 | 410 => Kind::NotFound,
        405 | 501 => Kind::NotOffered,
        409 => Kind::Conflict,
        412 => Kind::VersionMismatch,
        413 => Kind::TooLarge,
        429 => Kind::RateLimited,
        // A proxy that wants to be signed in to has not asked the server.
        407 | 408 | 500.. => Kind::Unavailable,
        _ => Kind::Invalid,
    }
}

/// The meaning of the status and the words of an operation within a bulk answer.
pub(crate) fn of_outcome(status: u16, code: Option<&str>) -> ScimErrorKind {
    by_type(code, status).unwrap_or_else(|| by_status(status))
}

impl ScimErrorKind {
    /// The meaning in a few words, where the status and the server's words leave it open.
    pub(super) fn meaning(self) -> Option<&'static str> {
        Some(match self {
            Self::Taken => "a value that must be unique is taken",
            Self::Immutable => "the attribute cannot be changed",
            Self::VersionMismatch => "the resource has another version",
            Self::InvalidFilter => "the server does not read this filter",
            Self::TooMany => "the filter finds too many",
            Self::NoTarget => "the path finds nothing",
            Self::CursorRefused => "the cursor was refused",
            Self::NotOffered => "the server does not offer this",
            _ => return None,
        })
    }
}
