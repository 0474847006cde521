//! The one mapping of the client's errors to the SDK's.

use atlassian_admin::{AdminError, AdminErrorKind as Kind};
use connector_http::{describe, vendor};
use connector_sdk::{Code, Error, Vendor};

/// Makes the error of a call. `what` reads after "cannot" and names what the call was about.
pub(crate) fn cannot(what: impl AsRef<str>) -> impl FnOnce(AdminError) -> Error {
    move |error| {
        let api = error.api();
        let described = describe(what, api);
        let mut mapped = match error.kind() {
            Kind::CursorRefused => Error::cursor_refused(described.message()).with_vendor(vendor(api)),
            Kind::BudgetSpent => described,
            _ if error.is_unproven_absence() || error.is_unexplained_refusal() => {
                described.with_code(Code::Internal)
            }
            kind => described.with_code(code(kind)),
        };
        if error.is_unproven_absence() {
            mapped = mapped.with_hint(NO_PROOF);
        } else if let Some(hint) = error.hint() {
            mapped = mapped.with_hint(sentence(&hint));
        }
        mapped.with_source(error)
    }
}

const NO_PROOF: &str = "This 404 does not prove that anything is gone: check the address and any proxy before the vendor, and \
                        try again later";

/// Makes the error of a read in a sync, as [`cannot`]. Whoever syncs gave no value and asked for no change, so what reads as
/// a wrong value or as a refused change is an answer that nobody understands.
pub(crate) fn unread(what: impl AsRef<str>) -> impl FnOnce(AdminError) -> Error {
    move |error| {
        let original = error.kind() == Kind::OriginalUserManagement;
        let mapped = cannot(what)(error);
        if mapped.is_cursor_refused() || original {
            return mapped;
        }
        let code = of_read(mapped.code());
        mapped.with_code(code)
    }
}

fn of_read(code: Code) -> Code {
    match code {
        Code::InvalidArgument | Code::FailedPrecondition | Code::AlreadyExists => Code::Internal,
        code => code,
    }
}

/// The code of a read that is refused like this, as [`unread`].
pub(crate) fn code_of_read(kind: Kind) -> Code {
    match kind {
        Kind::OriginalUserManagement => code(kind),
        kind => of_read(code(kind)),
    }
}

/// What the vendor said, for a notice: the same words for the same refusal, so without ids of requests and times.
pub(crate) fn reason(error: &AdminError) -> String {
    Vendor {
        request_id: None,
        ..vendor(error.api())
    }
    .to_string()
}

fn code(kind: Kind) -> Code {
    match kind {
        Kind::NotAuthenticated => Code::Unauthenticated,
        Kind::InsufficientScope
        | Kind::EndpointNotEnabled
        | Kind::OrganizationNotManaged
        | Kind::NotPermitted
        | Kind::AccountNotManaged => Code::PermissionDenied,
        Kind::OrganizationNotFound | Kind::AccountNotFound | Kind::GroupNotFound | Kind::NotFound => {
            Code::NotFound
        }
        Kind::NotOffered => Code::Unimplemented,
        Kind::AlreadyThere | Kind::NameTaken => Code::AlreadyExists,
        Kind::LicenceLimit | Kind::PaymentRequired | Kind::RateLimited => Code::ResourceExhausted,
        Kind::GroupSynced
        | Kind::DefaultGroup
        | Kind::GroupGrantsAdmin
        | Kind::GroupNotEmpty
        | Kind::OrganizationAdmin
        | Kind::OriginalUserManagement
        | Kind::AppNotLicensed
        | Kind::AccountInactive
        | Kind::ExternallyManaged
        | Kind::DomainNotClaimed
        | Kind::LifecycleConflict
        | Kind::Conflict => Code::FailedPrecondition,
        Kind::CursorRefused | Kind::RoleNotValid | Kind::Invalid => Code::InvalidArgument,
        Kind::Unavailable | Kind::ProxyRefused | Kind::ProxyBlocked | Kind::Untrusted => Code::Unavailable,
        Kind::BudgetSpent => Code::DeadlineExceeded,
        Kind::Stopped => Code::Cancelled,
        Kind::Unreadable => Code::Internal,
        // The kinds are open; one that is not known here was not thought about here.
        _ => Code::Internal,
    }
}

/// A hint of the client is a fragment; an error shows it as a sentence.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The codes are exit codes too; so a change here is a change of the command line.
    #[test]
    fn every_meaning_has_its_code() {
        for (kind, expected) in [
            (Kind::NotAuthenticated, 16),
            (Kind::InsufficientScope, 7),
            (Kind::EndpointNotEnabled, 7),
            (Kind::OrganizationNotManaged, 7),
            (Kind::NotPermitted, 7),
            (Kind::AccountNotManaged, 7),
            (Kind::OrganizationNotFound, 5),
            (Kind::AccountNotFound, 5),
            (Kind::GroupNotFound, 5),
            (Kind::NotFound, 5),
            (Kind::NotOffered, 12),
            (Kind::AlreadyThere, 6),
            (Kind::NameTaken, 6),
            (Kind::LicenceLimit, 8),
            (Kind::PaymentRequired, 8),
            (Kind::RateLimited, 8),
            (Kind::GroupSynced, 9),
            (Kind::DefaultGroup, 9),
            (Kind::GroupGrantsAdmin, 9),
            (Kind::GroupNotEmpty, 9),
            (Kind::OrganizationAdmin, 9),
            (Kind::OriginalUserManagement, 9),
            (Kind::AppNotLicensed, 9),
            (Kind::AccountInactive, 9),
            (Kind::ExternallyManaged, 9),
            (Kind::DomainNotClaimed, 9),
            (Kind::LifecycleConflict, 9),
            (Kind::Conflict, 9),
            (Kind::RoleNotValid, 3),
            (Kind::Invalid, 3),
            (Kind::CursorRefused, 3),
            (Kind::Unavailable, 14),
            (Kind::ProxyRefused, 14),
            (Kind::ProxyBlocked, 14),
            (Kind::Untrusted, 14),
            (Kind::BudgetSpent, 4),
            (Kind::Stopped, 1),
            (Kind::Unreadable, 13),
        ] {
            assert_eq!(code(kind).number(), expected, "{kind:?}");
        }
    }
}
