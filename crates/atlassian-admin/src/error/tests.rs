//! The meaning of every code and key that the vendor documents, and of what was seen beside them.

use super::AdminErrorKind::{self, *};
use super::kind::{Request, by_answer};
use crate::operation::OperationId;
use http_kit::VendorError;

fn meaning(operation: &str, status: u16, vendor: VendorError) -> AdminErrorKind {
    by_answer(
        Request {
            operation: OperationId::of_name(operation),
            with_cursor: false,
        },
        status,
        Some(&vendor),
    )
}

fn of_code(operation: &str, code: &str) -> AdminErrorKind {
    let status = code
        .split('-')
        .find_map(|part| part.parse().ok())
        .expect("a code holds its status");
    meaning(
        operation,
        status,
        VendorError {
            code: Some(code.to_owned()),
            ..VendorError::default()
        },
    )
}

#[test]
fn codes_of_user_access_management() {
    for (code, expected) in [
        ("ADMIN-UAM-400-1", Invalid),
        ("ADMIN-UAM-400-2", AccountInactive),
        ("ADMIN-UAM-400-3", RoleNotValid),
        ("ADMIN-UAM-400-4", AppNotLicensed),
        ("ADMIN-UAM-401-1", NotAuthenticated),
        ("ADMIN-UAM-401-2", NotAuthenticated),
        ("ADMIN-UAM-402-1", PaymentRequired),
        ("ADMIN-UAM-403-1", NotPermitted),
        ("ADMIN-UAM-403-2", OrganizationNotManaged),
        ("ADMIN-UAM-404-1", NotFound),
        ("ADMIN-UAM-404-2", OrganizationNotFound),
        ("ADMIN-UAM-404-3", NotFound),
        ("ADMIN-UAM-405-1", NotOffered),
        ("ADMIN-UAM-409-1", DefaultGroup),
        ("ADMIN-UAM-409-2", AlreadyThere),
        ("ADMIN-UAM-409-3", LicenceLimit),
        ("ADMIN-UAM-415-1", Invalid),
        ("ADMIN-UAM-500-1", Unavailable),
    ] {
        assert_eq!(of_code("users.invite", code), expected, "{code}");
    }
}

#[test]
fn codes_of_the_rest() {
    for (code, expected) in [
        ("ADMIN-400-1", CursorRefused),
        ("ADMIN-400-2", Invalid),
        ("ADMIN-400-3", Invalid),
        ("ADMIN-400-4", Invalid),
        ("ADMIN-400-19", Invalid),
        ("ADMIN-400-21", Invalid),
        ("ADMIN-400-24", Invalid),
        ("ADMIN-400-32", LicenceLimit),
        ("ADMIN-401-2", NotAuthenticated),
        ("ADMIN-403-3", OrganizationNotManaged),
        ("ADMIN-403-5", GroupSynced),
        ("ADMIN-403-6", DefaultGroup),
        ("ADMIN-403-7", GroupGrantsAdmin),
        ("ADMIN-404-1", NotFound),
        ("ADMIN-404-2", OrganizationNotFound),
        ("ADMIN-404-3", NotFound),
        ("ADMIN-404-4", NotFound),
        ("ADMIN-404-5", NotFound),
        ("ADMIN-404-6", NotFound),
        ("ADMIN-404-8", AccountNotFound),
        ("ADMIN-404-10", GroupNotFound),
        ("ADMIN-405-1", NotOffered),
        ("ADMIN-409-3", LicenceLimit),
        ("ADMIN-409-5", GroupNotEmpty),
        ("ADMIN-409-28", AlreadyThere),
        ("ADMIN-409-77", Conflict),
        ("ADMIN-429-1", RateLimited),
        ("ADMIN-500-1", Unavailable),
        ("ADMIN-500-2", Unavailable),
    ] {
        assert_eq!(of_code("domains.get", code), expected, "{code}");
    }
}

#[test]
fn where_the_operation_decides() {
    for (operation, code, expected) in [
        ("users.roles.assign", "ADMIN-UAM-403-1", EndpointNotEnabled),
        ("users.roles.revoke", "ADMIN-UAM-403-1", EndpointNotEnabled),
        ("users.org-role.assign", "ADMIN-UAM-403-1", NotPermitted),
        ("groups.members.add", "ADMIN-UAM-404-1", AccountNotFound),
        ("groups.members.remove", "ADMIN-UAM-404-1", AccountNotFound),
        ("groups.get", "ADMIN-UAM-404-1", GroupNotFound),
        ("groups.get", "ADMIN-UAM-404-3", GroupNotFound),
        ("users.get", "ADMIN-UAM-404-1", AccountNotFound),
        ("groups.create", "ADMIN-UAM-409-2", NameTaken),
        ("groups.create", "ADMIN-409-28", NameTaken),
        ("groups.create", "ADMIN-UAM-409-3", LicenceLimit),
        ("users.suspend", "ADMIN-UAM-400-1", OrganizationAdmin),
        ("users.suspend", "ADMIN-UAM-400-2", AccountInactive),
        ("users.suspend", "ADMIN-400-4", Invalid),
        ("users.restore", "ADMIN-UAM-400-1", Invalid),
        ("users.search", "ADMIN-400-4", OriginalUserManagement),
        ("groups.search", "ADMIN-400-4", OriginalUserManagement),
    ] {
        assert_eq!(of_code(operation, code), expected, "{operation} {code}");
    }
}

#[test]
fn keys_of_user_management() {
    let key = |operation: &str, status, key: &str, reason: Option<&str>| {
        let code = reason.map(str::to_owned);
        meaning(
            operation,
            status,
            VendorError {
                key: Some(key.to_owned()),
                code,
                ..VendorError::default()
            },
        )
    };
    for (status, word, reason, expected) in [
        (400, "bodyParseFailure", None, Invalid),
        (400, "fieldConstraintsViolated", Some("tooLong"), Invalid),
        (401, "unauthorized", None, NotAuthenticated),
        (403, "forbidden", None, AccountNotManaged),
        (
            403,
            "forbidden.action",
            Some("externalDirectory.scim"),
            ExternallyManaged,
        ),
        (
            403,
            "forbidden.action",
            Some("externalDirectory.google"),
            ExternallyManaged,
        ),
        (403, "forbidden.action", Some("administrative"), NotPermitted),
        (403, "forbidden.targetUnverified", None, AccountNotManaged),
        (
            403,
            "forbidden.fieldMutation",
            Some("externalDirectory.scim"),
            ExternallyManaged,
        ),
        (403, "forbidden.fieldMutation", None, NotPermitted),
        (403, "forbidden.unclaimedDomain", None, DomainNotClaimed),
        (403, "forbidden.insufficientScope", None, InsufficientScope),
        (403, "forbidden.somethingNew", None, NotPermitted),
        (404, "accountNotFound", None, AccountNotFound),
        (404, "notFound", None, AccountNotFound),
        (409, "conflict.lifecycleErrors", Some("x"), LifecycleConflict),
    ] {
        assert_eq!(
            key("account.disable", status, word, reason),
            expected,
            "{word} {reason:?}"
        );
    }
    assert_eq!(key("account.tokens.revoke", 404, "notFound", None), NotFound);
}

#[test]
fn a_cursor_makes_any_bad_request_a_refused_cursor() {
    let request = |with_cursor| Request {
        operation: Some(OperationId::UsersSearch),
        with_cursor,
    };
    for code in [None, Some("ADMIN-UAM-400-1"), Some("ADMIN-400-24")] {
        let vendor = VendorError {
            code: code.map(str::to_owned),
            ..VendorError::default()
        };
        assert_eq!(by_answer(request(true), 400, Some(&vendor)), CursorRefused);
        assert_eq!(by_answer(request(false), 400, Some(&vendor)), Invalid);
    }
    assert_eq!(by_answer(request(true), 403, None), NotPermitted);
    assert_eq!(by_answer(request(true), 404, None), NotFound);
}

/// A write has no cursor, so its refusal is about what it says.
#[test]
fn a_write_has_no_cursor_to_refuse() {
    assert_eq!(of_code("users.roles.assign", "ADMIN-400-1"), Invalid);
    assert_eq!(of_code("users.search", "ADMIN-400-1"), CursorRefused);
}

/// The layer in front of the service knows organizations alone, so its 404 speaks of one; an answer without a
/// body says nothing of the kind.
#[test]
fn a_404_of_the_routing_layer_is_about_the_organization() {
    let routing = || VendorError {
        title: Some("Not Found".to_owned()),
        detail: Some("TCS validation failed".to_owned()),
        ..VendorError::default()
    };
    for (operation, with_words, without) in [
        ("directories.list", OrganizationNotFound, NotFound),
        ("users.get", OrganizationNotFound, AccountNotFound),
        ("users.suspend", OrganizationNotFound, AccountNotFound),
        ("groups.role-assignments", OrganizationNotFound, GroupNotFound),
        ("organization.get", OrganizationNotFound, OrganizationNotFound),
        ("account.profile", AccountNotFound, AccountNotFound),
    ] {
        assert_eq!(meaning(operation, 404, routing()), with_words, "{operation}");
        assert_eq!(
            meaning(operation, 404, VendorError::default()),
            without,
            "{operation}"
        );
    }
    assert_eq!(meaning("domains.list", 403, routing()), NotPermitted);
}
