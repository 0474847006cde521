//! What an error means, found once from the vendor's code, key and status.

use super::envelope::{from_routing_layer, is_foreign, is_of_api};
use crate::operation::OperationId as Id;
use http_kit::{ApiError, ApiErrorKind, TransportErrorKind, VendorError};

/// What an error of the vendor means for the caller.
///
/// The meaning follows from the vendor's code or key where there is one, because one status stands for
/// opposite things: a 409 may say that all is as wanted, or that the licence is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AdminErrorKind {
    /// The key is missing, wrong, expired or revoked.
    NotAuthenticated,
    /// The key has scopes, and this operation wants another one or a key without scopes.
    InsufficientScope,
    /// The operation was one that Atlassian Support has to enable for an organization.
    EndpointNotEnabled,
    /// The key may not administer this organization.
    OrganizationNotManaged,
    /// The key may not do this, for a reason that is not told.
    NotPermitted,
    /// There is no such organization, or it is not the one of the key.
    OrganizationNotFound,
    /// There is no such account, or it is not in the directory.
    AccountNotFound,
    /// There is no such group.
    GroupNotFound,
    /// There is no such thing.
    NotFound,
    /// The organization does not offer this operation.
    NotOffered,
    /// What was asked for is already so. Not a failure.
    AlreadyThere,
    /// The name is taken.
    NameTaken,
    /// No seat is left, or the licence is exceeded. A real failure, though the status is that of
    /// [`AlreadyThere`](Self::AlreadyThere).
    LicenceLimit,
    /// The organization has no paid subscription for this.
    PaymentRequired,
    /// The group comes from an identity provider and can be changed only there.
    GroupSynced,
    /// The group is a default group of an app.
    DefaultGroup,
    /// The group gives administration rights, which protects it.
    GroupGrantsAdmin,
    /// The group still has members.
    GroupNotEmpty,
    /// The account administers the organization, which protects it from suspension.
    OrganizationAdmin,
    /// The organization is still on the original user management experience.
    OriginalUserManagement,
    /// The cursor is not, or no longer, accepted: the listing has to start again.
    CursorRefused,
    /// The role cannot be held on this resource.
    RoleNotValid,
    /// The app is not licensed.
    AppNotLicensed,
    /// The account is inactive.
    AccountInactive,
    /// The organization does not manage the account: its domain is not claimed or not verified.
    AccountNotManaged,
    /// An identity provider or another directory owns this property of the account.
    ExternallyManaged,
    /// The organization has not verified the domain of the address.
    DomainNotClaimed,
    /// The account cannot change its state now; the vendor's detail says what stands in the way.
    LifecycleConflict,
    /// Something else stands against the request.
    Conflict,
    /// The request has a form that the vendor does not take.
    Invalid,
    /// The rate limit was still exceeded after every retry.
    RateLimited,
    /// The vendor could not be reached or failed, after every retry.
    Unavailable,
    /// The proxy on the way wants a user and a password (407). The vendor was not asked.
    ProxyRefused,
    /// The proxy on the way does not let the vendor be reached (it answers CONNECT with 403, say). The vendor was not asked.
    ProxyBlocked,
    /// The certificate of the vendor, or of something on the way, is not trusted. The vendor was not asked.
    Untrusted,
    /// The time allowed for waiting is used up.
    BudgetSpent,
    /// The caller was asked to stop, so that a change was not sent, or not again.
    Stopped,
    /// The answer cannot be understood, or is not of the API: something on the way to it answered. Where its
    /// [status](ApiError::status) is that of a success, a change was carried out anyway: read the state, do not
    /// send the change again.
    Unreadable,
}

impl AdminErrorKind {
    /// The meaning in a few words, where the status and the vendor's words leave it open.
    pub(super) fn meaning(self) -> Option<&'static str> {
        Some(match self {
            Self::EndpointNotEnabled => "not enabled for this organization",
            Self::InsufficientScope => "the key has scopes, and none that covers this",
            Self::OrganizationNotManaged => "the key may not administer this organization",
            Self::AccountNotFound => "no such account, or not in the directory",
            Self::GroupNotFound => "no such group",
            Self::AlreadyThere => "already so",
            Self::NameTaken => "the name is taken",
            Self::LicenceLimit => "no seat left",
            Self::GroupSynced => "the group comes from an identity provider",
            Self::DefaultGroup => "the group is a default group",
            Self::GroupGrantsAdmin => "the group gives administration rights",
            Self::GroupNotEmpty => "the group has members",
            Self::OrganizationAdmin => "refused as for an administrator of the organization",
            Self::OriginalUserManagement => "the organization is on the original user management experience",
            Self::CursorRefused => "the cursor was refused",
            Self::RoleNotValid => "the role cannot be held on this resource",
            Self::AppNotLicensed => "the app is not licensed",
            Self::AccountInactive => "the account is inactive",
            Self::AccountNotManaged => "the organization does not manage the account",
            Self::ExternallyManaged => "an identity provider manages the account",
            Self::DomainNotClaimed => "the domain is not verified",
            Self::LifecycleConflict => "the account cannot change its state now",
            Self::NotAuthenticated
            | Self::NotPermitted
            | Self::OrganizationNotFound
            | Self::NotFound
            | Self::NotOffered
            | Self::PaymentRequired
            | Self::Conflict
            | Self::Invalid
            | Self::RateLimited
            | Self::Unavailable
            | Self::ProxyRefused
            | Self::ProxyBlocked
            | Self::Untrusted
            | Self::BudgetSpent
            | Self::Stopped
            | Self::Unreadable => return None,
        })
    }
}

/// What was known about a request when it failed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request {
    pub(super) operation: Option<Id>,
    pub(super) with_cursor: bool,
}

pub(super) fn classify(api: &ApiError, request: Request) -> AdminErrorKind {
    if api.status() == Some(407) {
        return AdminErrorKind::ProxyRefused;
    }
    match api.transport().map(|error| error.kind) {
        Some(TransportErrorKind::Proxy) => return AdminErrorKind::ProxyRefused,
        Some(TransportErrorKind::Tunnel) => return AdminErrorKind::ProxyBlocked,
        Some(TransportErrorKind::Tls) => return AdminErrorKind::Untrusted,
        _ => {}
    }
    match api.kind() {
        ApiErrorKind::RateLimited => AdminErrorKind::RateLimited,
        ApiErrorKind::BudgetSpent => AdminErrorKind::BudgetSpent,
        ApiErrorKind::Stopped => AdminErrorKind::Stopped,
        ApiErrorKind::Unavailable => AdminErrorKind::Unavailable,
        kind => match api.status() {
            Some(status) if status >= 400 => by_answer(request, status, api.vendor()),
            _ => without_answer(kind),
        },
    }
}

fn without_answer(kind: ApiErrorKind) -> AdminErrorKind {
    match kind {
        ApiErrorKind::Invalid => AdminErrorKind::Invalid,
        _ => AdminErrorKind::Unreadable,
    }
}

/// The meaning of an answer with this status and this error.
pub(super) fn by_answer(request: Request, status: u16, vendor: Option<&VendorError>) -> AdminErrorKind {
    let nothing = VendorError::default();
    let vendor = vendor.unwrap_or(&nothing);
    by_route(vendor)
        .or_else(|| by_cursor(request, status, vendor))
        .or_else(|| by_key(request, vendor))
        .or_else(|| by_code(request, vendor))
        .unwrap_or_else(|| by_status(request, status, vendor))
}

/// Paths that are documented and not there were seen to be refused in these words, with one status or another.
fn by_route(vendor: &VendorError) -> Option<AdminErrorKind> {
    let detail = vendor.detail.as_deref()?;
    let is_unrouted = detail.to_ascii_lowercase().contains("failed to match any route");
    is_unrouted.then_some(AdminErrorKind::NotOffered)
}

/// A write has no cursor that could be refused, whatever the code: the request itself is malformed.
///
/// No code of the second version is named for a bad cursor, so any 400 on a request with one is taken as
/// that: starting the listing again is right in both cases, and a request that is really malformed fails
/// again on its first page.
fn by_cursor(request: Request, status: u16, vendor: &VendorError) -> Option<AdminErrorKind> {
    let bad_cursor = is_read(request) && vendor.code.as_deref() == Some("ADMIN-400-1");
    (bad_cursor || (request.with_cursor && status == 400)).then_some(AdminErrorKind::CursorRefused)
}

/// Keys of the user management API.
fn by_key(request: Request, vendor: &VendorError) -> Option<AdminErrorKind> {
    use AdminErrorKind as Kind;
    let elsewhere = vendor
        .code
        .as_deref()
        .is_some_and(|reason| reason.starts_with("externalDirectory."));
    Some(match vendor.key.as_deref()? {
        "unauthorized" => Kind::NotAuthenticated,
        "forbidden.insufficientScope" => Kind::InsufficientScope,
        "forbidden.action" | "forbidden.fieldMutation" if elsewhere => Kind::ExternallyManaged,
        "forbidden.action" | "forbidden.fieldMutation" => Kind::NotPermitted,
        "forbidden.unclaimedDomain" => Kind::DomainNotClaimed,
        // The live texts: "Caller must be a verified org admin of targeted account".
        "forbidden" | "forbidden.targetUnverified" => Kind::AccountNotManaged,
        "accountNotFound" | "account-not-found" => Kind::AccountNotFound,
        "notFound"
            if matches!(
                request.operation,
                Some(Id::AccountTokensList | Id::AccountTokensRevoke)
            ) =>
        {
            Kind::NotFound
        }
        "notFound" => Kind::AccountNotFound,
        "conflict.lifecycleErrors" => Kind::LifecycleConflict,
        "bodyParseFailure" | "fieldConstraintsViolated" => Kind::Invalid,
        _ => return None,
    })
}

/// Codes of the Organizations API: `ADMIN-UAM-…` of user access management, `ADMIN-…` of the rest.
fn by_code(request: Request, vendor: &VendorError) -> Option<AdminErrorKind> {
    use AdminErrorKind as Kind;
    Some(match vendor.code.as_deref()? {
        "ADMIN-UAM-400-2" => Kind::AccountInactive,
        "ADMIN-UAM-400-3" => Kind::RoleNotValid,
        "ADMIN-UAM-400-4" => Kind::AppNotLicensed,
        "ADMIN-400-4" if original_user_management(request, vendor) => Kind::OriginalUserManagement,
        "ADMIN-400-32" | "ADMIN-409-3" | "ADMIN-UAM-409-3" => Kind::LicenceLimit,
        "ADMIN-401-2" | "ADMIN-UAM-401-1" | "ADMIN-UAM-401-2" => Kind::NotAuthenticated,
        "ADMIN-UAM-402-1" => Kind::PaymentRequired,
        "ADMIN-UAM-403-1"
            if matches!(
                request.operation,
                Some(Id::UsersRolesAssign | Id::UsersRolesRevoke)
            ) =>
        {
            Kind::EndpointNotEnabled
        }
        "ADMIN-UAM-403-1" => Kind::NotPermitted,
        "ADMIN-UAM-403-2" | "ADMIN-403-3" => Kind::OrganizationNotManaged,
        "ADMIN-403-5" => Kind::GroupSynced,
        "ADMIN-403-6" | "ADMIN-UAM-409-1" => Kind::DefaultGroup,
        "ADMIN-403-7" => Kind::GroupGrantsAdmin,
        "ADMIN-404-2" | "ADMIN-UAM-404-2" => Kind::OrganizationNotFound,
        "ADMIN-404-8" => Kind::AccountNotFound,
        "ADMIN-404-10" => Kind::GroupNotFound,
        // Documented as "group not found", and answered by the role operations of accounts as well.
        "ADMIN-UAM-404-3" if request.operation.is_some_and(is_of_groups) => Kind::GroupNotFound,
        // "One or more users were not found in the directory", also when the request is about a group.
        "ADMIN-UAM-404-1"
            if matches!(
                request.operation,
                Some(Id::GroupsMembersAdd | Id::GroupsMembersRemove)
            ) =>
        {
            Kind::AccountNotFound
        }
        "ADMIN-409-5" => Kind::GroupNotEmpty,
        // Creating is the one change where "already there" is not what was wanted: the group that is there is
        // another one.
        "ADMIN-UAM-409-2" | "ADMIN-409-28" if request.operation == Some(Id::GroupsCreate) => Kind::NameTaken,
        "ADMIN-UAM-409-2" | "ADMIN-409-28" => Kind::AlreadyThere,
        _ => return None,
    })
}

/// `ADMIN-400-4` is "invalid resource" in general. A listing of a directory names no resource, so there it
/// can only speak of the organization; elsewhere only the text tells the two apart.
fn original_user_management(request: Request, vendor: &VendorError) -> bool {
    const LISTINGS: [Id; 5] = [
        Id::UsersSearch,
        Id::UsersList,
        Id::GroupsSearch,
        Id::GroupsList,
        Id::DirectoriesList,
    ];
    request.operation.is_some_and(|id| LISTINGS.contains(&id))
        || vendor
            .detail
            .as_deref()
            .is_some_and(|detail| detail.contains("user management experience"))
}

fn by_status(request: Request, status: u16, vendor: &VendorError) -> AdminErrorKind {
    use AdminErrorKind as Kind;
    match status {
        // A page of a proxy or of a gateway that has lost its service: nothing is known about what was asked for, least
        // of all that it is gone.
        404 | 410 if is_foreign(vendor) => Kind::Unreadable,
        402 | 405 if is_read(request) && !is_of_api(vendor) => Kind::Unreadable,
        400 if is_foreign(vendor) => Kind::Invalid,
        409 if is_foreign(vendor) => Kind::Conflict,
        // An empty object is all that is sent, so the form cannot be wrong. What is left is the one refusal
        // that is known, which comes without a code of its own.
        400 if request.operation == Some(Id::UsersSuspend) && is_plain_bad_request(vendor) => {
            Kind::OrganizationAdmin
        }
        401 => Kind::NotAuthenticated,
        402 => Kind::PaymentRequired,
        403 | 451 => Kind::NotPermitted,
        404 | 410 if from_routing_layer(vendor) && !request.operation.is_some_and(is_of_user_management) => {
            Kind::OrganizationNotFound
        }
        404 | 410 => not_found(request.operation),
        405 => Kind::NotOffered,
        409 if request.operation == Some(Id::GroupsCreate) => Kind::NameTaken,
        409 | 412 => Kind::Conflict,
        429 => Kind::RateLimited,
        500.. => Kind::Unavailable,
        _ => Kind::Invalid,
    }
}

fn is_plain_bad_request(vendor: &VendorError) -> bool {
    matches!(vendor.code.as_deref(), None | Some("ADMIN-UAM-400-1"))
}

fn is_read(request: Request) -> bool {
    request.operation.is_some_and(Id::is_read)
}

/// Whether it is about one group or the groups of a directory.
fn is_of_groups(id: Id) -> bool {
    matches!(
        id,
        Id::GroupsSearch
            | Id::GroupsList
            | Id::GroupsGet
            | Id::GroupsCount
            | Id::GroupsStats
            | Id::GroupsRoleAssignments
            | Id::GroupsCreate
            | Id::GroupsDelete
            | Id::GroupsMembersAdd
            | Id::GroupsMembersRemove
            | Id::GroupsRolesAssign
            | Id::GroupsRolesRevoke
    )
}

/// Whether it belongs to the user management API, whose paths name an account and no organization.
fn is_of_user_management(id: Id) -> bool {
    matches!(
        id,
        Id::AccountPermissions
            | Id::AccountProfile
            | Id::AccountProfileUpdate
            | Id::AccountEmailSet
            | Id::AccountDisable
            | Id::AccountEnable
            | Id::AccountDelete
            | Id::AccountCancelDelete
            | Id::AccountTokensList
            | Id::AccountTokensRevoke
    )
}

/// What is missing when only the operation tells.
fn not_found(operation: Option<Id>) -> AdminErrorKind {
    match operation {
        Some(
            Id::UsersGet
            | Id::UsersRoleAssignments
            | Id::UsersSuspend
            | Id::UsersRestore
            | Id::UsersRemove
            | Id::UsersLastActive
            | Id::AccountPermissions
            | Id::AccountProfile,
        ) => AdminErrorKind::AccountNotFound,
        Some(Id::GroupsGet | Id::GroupsDelete | Id::GroupsRoleAssignments) => AdminErrorKind::GroupNotFound,
        Some(Id::OrganizationGet) => AdminErrorKind::OrganizationNotFound,
        _ => AdminErrorKind::NotFound,
    }
}
