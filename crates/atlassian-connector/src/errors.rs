//! The one mapping of the client's errors to the SDK's, and the questions that decide between error, gap and fallback.

use atlassian_admin::{Absence, AdminError, AdminErrorKind as Kind, OPERATIONS};
use connector_http::{describe, vendor};
use connector_sdk::{Code, Error, Vendor};
use http_kit::Idempotency;

/// Makes the error of a call. `what` reads after "cannot" and names what the call was about.
pub(crate) fn cannot(what: impl AsRef<str>) -> impl FnOnce(AdminError) -> Error {
    move |error| {
        let api = error.api();
        let described = describe(what, api);
        let mut mapped = match error.kind() {
            Kind::CursorRefused => Error::cursor_refused(described.message()).with_vendor(vendor(api)),
            Kind::BudgetSpent => described,
            _ if is_no_proof(&error) || is_no_refusal(&error) => described.with_code(Code::Internal),
            kind => described.with_code(code(kind)),
        };
        if is_no_proof(&error) {
            mapped = mapped.with_hint(NO_PROOF);
        } else if let Some(hint) = error.hint() {
            mapped = mapped.with_hint(sentence(&hint));
        }
        mapped.with_source(error)
    }
}

const NO_PROOF: &str = "This 404 does not prove that anything is gone: check the address and any proxy before the vendor, and \
                        try again later";

/// Whether a read was answered with a 404 that does not prove that its object is gone.
fn is_no_proof(error: &AdminError) -> bool {
    match error.kind() {
        // The layer in front of the service speaks of the organization, and a search has found what was asked for.
        Kind::OrganizationNotFound => error.absence() == Absence::Unsettled,
        Kind::AccountNotFound | Kind::GroupNotFound | Kind::NotFound => {
            error.absence() != Absence::Proven && is_read(error)
        }
        _ => false,
    }
}

/// Whether a read was answered with a status that says nothing of it: nothing conflicts with a read, and that something on the
/// way does not take it does not make a value wrong.
fn is_no_refusal(error: &AdminError) -> bool {
    match error.kind() {
        Kind::Conflict => is_read(error),
        Kind::Invalid => error.api().status().is_some() && !error.is_refusal_of_vendor() && is_read(error),
        _ => false,
    }
}

fn is_read(error: &AdminError) -> bool {
    OPERATIONS
        .iter()
        .any(|known| known.name == error.api().operation() && known.twice == Idempotency::Safe)
}

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

/// Whether the vendor refuses this to the key.
pub(crate) fn is_refused(error: &AdminError) -> bool {
    matches!(error.api().status(), Some(403 | 451))
}

/// Whether the vendor itself, and nothing on the way to it, refuses this to the key.
pub(crate) fn is_refused_by_vendor(error: &AdminError) -> bool {
    is_refused(error) && error.is_refusal_of_vendor()
}

/// Whether the vendor itself answers about one account or group that something of it is not there. What something on the
/// way answers, or what speaks of the organization, says nothing of it.
pub(crate) fn is_missing_part(error: &AdminError) -> bool {
    is_404(error) && error.kind() != Kind::Unreadable
}

/// Whether the answer is a 404 that does not name the organization as what is missing. It says nothing of who answered and
/// proves nothing: see [`crate::absence`].
pub(crate) fn is_404(error: &AdminError) -> bool {
    let code = error.api().vendor().and_then(|vendor| vendor.code.as_deref());
    matches!(error.api().status(), Some(404 | 410))
        && !matches!(code, Some("ADMIN-404-2" | "ADMIN-UAM-404-2"))
}

/// Whether this organization may lack the operation, so that the older one is worth asking.
///
/// The layer in front of the service answers for a path that is not there in the form that means the organization on a
/// listing. Asking the older listing settles it: where the organization is not there, it is not there either.
pub(crate) fn is_not_offered(error: &AdminError) -> bool {
    is_missing_part(error) || is_elsewhere(error)
}

/// Whether the vendor says in so many words that this organization lacks the operation.
pub(crate) fn is_elsewhere(error: &AdminError) -> bool {
    matches!(error.kind(), Kind::NotOffered | Kind::OriginalUserManagement)
}

/// Whether this looks like an operation that is not there at all, rather than an object: the vendor says so, or gives a
/// 404 no code.
pub(crate) fn is_without_path(error: &AdminError) -> bool {
    let code = error.api().vendor().and_then(|vendor| vendor.code.as_deref());
    is_elsewhere(error) || (is_404(error) && code.is_none())
}

/// Whether a 404 names an account or a group as missing, in the vendor's own code.
pub(crate) fn names_account_or_group(error: &AdminError) -> bool {
    const CODES: [&str; 5] = [
        "ADMIN-UAM-404-1",
        "ADMIN-UAM-404-3",
        "ADMIN-404-1",
        "ADMIN-404-8",
        "ADMIN-404-10",
    ];
    let code = error.api().vendor().and_then(|vendor| vendor.code.as_deref());
    error.api().status() == Some(404) && code.is_some_and(|code| CODES.contains(&code))
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
