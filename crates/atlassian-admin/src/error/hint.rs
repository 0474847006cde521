//! What a person can do about an error.

use super::AdminErrorKind as Kind;
use crate::OrgId;
use std::borrow::Cow;

/// What to do, in one or two sentences; nothing when there is nothing to do but to look at the error.
pub(super) fn hint(kind: Kind, org: &OrgId) -> Option<Cow<'static, str>> {
    Some(Cow::Borrowed(match kind {
        Kind::NotAuthenticated => {
            "check that the key is an organization API key that is neither expired nor revoked (Atlassian \
             Administration > Organization settings > API keys); tokens of a person or a site are refused \
             here"
        }
        Kind::InsufficientScope => {
            "use an organization API key without scopes: the scope that this operation wants cannot be \
             selected for a key"
        }
        Kind::EndpointNotEnabled => return Some(Cow::Owned(support_hint(org))),
        Kind::OrganizationNotFound => {
            return Some(Cow::Owned(format!(
                "check the organization id {org}: it stands in the address of the organization's pages \
                 (admin.atlassian.com/o/<id>) and must be the organization that the key was made in"
            )));
        }
        Kind::OrganizationNotManaged => {
            return Some(Cow::Owned(format!(
                "the key may not administer the organization {org}: make a key in that organization, \
                 without scopes"
            )));
        }
        Kind::NotPermitted => {
            "a key with scopes may lack the one for this operation; a key without scopes covers all of them"
        }
        Kind::NotOffered => {
            "the organization does not offer this operation; users and groups can also be read by the \
             older listings"
        }
        Kind::NameTaken => "choose another name, or use the group that is there",
        Kind::LicenceLimit => "free a seat or raise the licence of the app, then try again",
        Kind::PaymentRequired => "the organization needs a paid subscription for this",
        Kind::GroupSynced => "change the group in the identity provider that it comes from",
        Kind::DefaultGroup => {
            "the group is the default group of an app; choose another default for the app first"
        }
        Kind::GroupGrantsAdmin => "take the administration rights from the group first",
        Kind::GroupNotEmpty => "remove the members of the group first",
        Kind::OrganizationAdmin => {
            "most often the account administers the organization, which protects it: take the role \
             atlassian/org-admin from it first"
        }
        Kind::OriginalUserManagement => {
            "the organization is on the original user management experience, which does not have this \
             operation"
        }
        Kind::CursorRefused => "start the listing again from its first page",
        Kind::RoleNotValid => {
            "take the resource as the workspace listing gives it, and a role that its app has"
        }
        Kind::AppNotLicensed => "the app is not licensed in this organization",
        Kind::AccountInactive => "activate the account first",
        Kind::AccountNotManaged => {
            "the organization manages only accounts on domains that it has verified and claimed"
        }
        Kind::ExternallyManaged => "change the account in the identity provider that it comes from",
        Kind::DomainNotClaimed => "verify the domain of the address in the organization first",
        Kind::RateLimited | Kind::BudgetSpent => {
            "try again later, with fewer requests at a time or more time allowed"
        }
        Kind::ProxyRefused => {
            "the proxy on the way wants a user and a password: put them into the address of the proxy in the variable \
             HTTPS_PROXY, such as http://user:password@proxy.example:3128"
        }
        Kind::ProxyBlocked => {
            "the proxy on the way does not let the vendor be reached: have its administrator allow connections to \
             api.atlassian.com:443, or name another proxy in the variable HTTPS_PROXY"
        }
        Kind::Untrusted => {
            "no secure connection: the certificate is not trusted, or what answered does not speak TLS. Where a proxy or a \
             firewall looks into connections, set the variable SSL_CERT_FILE to a PEM file with its certificate"
        }
        Kind::Unreadable => {
            "something on the way to the vendor may have answered, such as a proxy or a page to sign in to: check the \
             address and any proxy, and try again later"
        }
        Kind::Unavailable => "try again later; status.atlassian.com tells of outages",
        Kind::NotFound
        | Kind::AccountNotFound
        | Kind::GroupNotFound
        | Kind::AlreadyThere
        | Kind::LifecycleConflict
        | Kind::Conflict
        | Kind::Stopped
        | Kind::Invalid => return None,
    }))
}

fn support_hint(org: &OrgId) -> String {
    format!(
        "Atlassian Support enables this for an organization. Ask at support.atlassian.com/contact with \
         this text: {}",
        support_request(org)
    )
}

/// The text to send to Atlassian Support, so that role changes are enabled for an organization.
pub(super) fn support_request(org: &OrgId) -> String {
    format!(
        "Please enable these Organizations REST API endpoints for our organization {org}: POST \
         /admin/v1/orgs/{{orgId}}/users/{{userId}}/roles/assign and POST \
         /admin/v1/orgs/{{orgId}}/users/{{userId}}/roles/revoke. With our organization API key they answer \
         403 ADMIN-UAM-403-1."
    )
}
