//! What is refused before anything is sent, and what is not there.

use atlassian_admin::{ParameterError, Permission, RestrictionReason};
use connector_sdk::{Code, Error};

/// Refused by a rule that is known here.
pub(super) fn refused(why: impl Into<String>) -> Error {
    Error::new(Code::FailedPrecondition, why)
}

/// Nobody knows it: no artifact, and the vendor neither.
pub(super) fn not_found(what: impl Into<String>) -> Error {
    Error::new(Code::NotFound, what)
}

/// A value that a person gave and that cannot be what it is meant to be.
pub(super) fn malformed(error: &ParameterError) -> Error {
    Error::new(Code::InvalidArgument, error.to_string())
}

/// What the vendor would refuse by its own answer about the account. `what` reads after "cannot".
pub(super) fn forbidden(what: &str, permission: Option<&Permission>) -> Option<Error> {
    let permission = permission.filter(|permission| !permission.allowed)?;
    let why = match &permission.reason {
        Some(
            reason @ (RestrictionReason::ExternalDirectoryScim | RestrictionReason::ExternalDirectoryGoogle),
        ) => {
            format!("a directory manages the account ({reason})")
        }
        Some(reason) => format!("the vendor does not allow it ({reason})"),
        None => "the vendor does not allow it and says no reason".to_owned(),
    };
    let error = refused(format!("cannot {what}: {why}"));
    Some(match &permission.reason {
        Some(RestrictionReason::ExternalDirectoryScim | RestrictionReason::ExternalDirectoryGoogle) => {
            error.with_hint("Change the account in the identity provider that it comes from")
        }
        _ => error,
    })
}
