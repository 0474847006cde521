//! The operations of the vendor, in one table: name, method, path, and what a second sending would do.
//!
//! Every request of this crate is made from an entry of this table, so the table says what the crate can do,
//! and nothing else can be sent.

use http::Method;
use http_kit::Idempotency::{Idempotent, Unsafe};
use http_kit::{Answer, Call, Idempotency, Path};

use self::Success::{Bare, Object, Undocumented};
use crate::parameter::Params;

/// One operation of the vendor.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    /// The name in errors, logs and counts.
    pub name: &'static str,
    /// The method.
    pub method: Method,
    /// The path, with parameters in braces.
    pub path: &'static str,
    /// The class of the rate limiter, for operations with a limit of their own.
    pub class: Option<&'static str>,
    /// What a second sending of the same request may do.
    pub twice: Idempotency,
    /// What the vendor documents as the answer where it was carried out. Another answer of 2xx says nothing of it.
    pub success: Success,
}

/// What the vendor documents as the answer to an operation that was carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Success {
    /// What a read answers is decoded, or is an error.
    Decoded,
    /// This status, and no body is documented: it is looked at only to tell a page of HTML.
    Bare(u16),
    /// One of these statuses with a JSON object that has this member.
    Object(&'static [u16], &'static str),
    /// Nothing is documented: every success that is no page of HTML.
    Undocumented,
}

impl Success {
    /// Whether an answer is of this kind.
    pub(crate) fn is(self, answer: &Answer) -> bool {
        let status = answer.status.as_u16();
        let has = |member: &str| {
            let body = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&answer.body);
            body.is_ok_and(|body| body.contains_key(member))
        };
        match self {
            Self::Bare(documented) => status == documented && !answer.is_html(),
            Self::Object(documented, member) => documented.contains(&status) && has(member),
            Self::Decoded | Self::Undocumented => !answer.is_html(),
        }
    }
}

/// The class of the rate limiter for last-active dates: 200 requests a minute and organization.
pub const CLASS_LAST_ACTIVE: &str = "last-active";
/// The class of the rate limiter for the audit log: 10 requests a minute.
pub const CLASS_EVENTS: &str = "events";
/// The class of the rate limiter for the polling feed of the audit log: 50 requests a minute.
pub const CLASS_EVENTS_STREAM: &str = "events-stream";

impl Operation {
    const fn read(name: &'static str, method: Method, path: &'static str) -> Self {
        Self {
            name,
            method,
            path,
            class: None,
            twice: Idempotency::Safe,
            success: Success::Decoded,
        }
    }

    /// A read with a limit of its own.
    const fn limited(name: &'static str, method: Method, path: &'static str, class: &'static str) -> Self {
        Self {
            name,
            method,
            path,
            class: Some(class),
            twice: Idempotency::Safe,
            success: Success::Decoded,
        }
    }

    const fn write(
        name: &'static str,
        method: Method,
        path: &'static str,
        twice: Idempotency,
        success: Success,
    ) -> Self {
        Self {
            name,
            method,
            path,
            class: None,
            twice,
            success,
        }
    }

    /// A call of this operation; each value fills the next parameter of the path.
    pub(crate) fn call(&self, values: &[&str]) -> Call {
        let path = Path::of_template(self.path, values);
        let call = Call::new(self.name, self.method.clone(), path).idempotency(self.twice);
        match self.class {
            Some(class) => call.class(class),
            None => call,
        }
    }

    pub(crate) fn call_with(&self, values: &[&str], params: &Params) -> Call {
        params.add_to(self.call(values))
    }
}

/// Defines the constants and the table of all of them at once, so that none can be missing from it.
macro_rules! operations {
    ($($(#[$attr:meta])* $name:ident = $operation:expr;)+) => {
        $($(#[$attr])* pub(crate) const $name: Operation = $operation;)+

        /// Every operation that this crate can send.
        pub const OPERATIONS: &[Operation] = &[$($name),+];
    };
}

operations! {
    ORGANIZATION_LIST = Operation::read("organization.list", Method::GET, "/admin/v1/orgs");
    ORGANIZATION_GET = Operation::read("organization.get", Method::GET, "/admin/v1/orgs/{orgId}");
    DIRECTORIES_LIST = Operation::read("directories.list", Method::GET, "/admin/v2/orgs/{orgId}/directories");

    USERS_SEARCH = Operation::read(
        "users.search", Method::POST, "/admin/v2/orgs/{orgId}/directories/{directoryId}/users/search");
    USERS_LIST = Operation::read(
        "users.list", Method::GET, "/admin/v2/orgs/{orgId}/directories/{directoryId}/users");
    USERS_GET = Operation::read(
        "users.get", Method::GET, "/admin/v2/orgs/{orgId}/directories/{directoryId}/users/{accountId}");
    USERS_COUNT = Operation::read(
        "users.count", Method::GET, "/admin/v2/orgs/{orgId}/directories/{directoryId}/users/count");
    USERS_STATS = Operation::read(
        "users.stats", Method::GET, "/admin/v2/orgs/{orgId}/directories/{directoryId}/users/stats");
    USERS_ROLE_ASSIGNMENTS = Operation::read(
        "users.role-assignments", Method::GET,
        "/admin/v2/orgs/{orgId}/directories/{directoryId}/users/{accountId}/role-assignments");
    USERS_LAST_ACTIVE = Operation::limited(
        "users.last-active", Method::GET,
        "/admin/v1/orgs/{orgId}/directory/users/{accountId}/last-active-dates", CLASS_LAST_ACTIVE);
    // Two invitations are two mails.
    USERS_INVITE = Operation::write(
        "users.invite", Method::POST, "/admin/v2/orgs/{orgId}/users/invite", Unsafe, Object(&[200, 206], "data"));
    // The answer to a repeated suspension or restoration is documented nowhere, so the caller reads the state
    // back.
    USERS_SUSPEND = Operation::write(
        "users.suspend", Method::POST,
        "/admin/v2/orgs/{orgId}/directories/{directoryId}/users/{accountId}/suspend", Unsafe, Bare(204));
    USERS_RESTORE = Operation::write(
        "users.restore", Method::POST,
        "/admin/v2/orgs/{orgId}/directories/{directoryId}/users/{accountId}/restore", Unsafe, Bare(204));
    // The state after the second is that after the first; a 404 then says that the first was carried out.
    USERS_REMOVE = Operation::write(
        "users.remove", Method::DELETE,
        "/admin/v2/orgs/{orgId}/directories/{directoryId}/users/{accountId}", Idempotent, Bare(204));
    // What a repeated change of a role answers is undocumented, for accounts and for the organization alike;
    // for groups, assigning a role that is held was seen to fail.
    USERS_ROLES_ASSIGN = Operation::write(
        "users.roles.assign", Method::POST, "/admin/v1/orgs/{orgId}/users/{accountId}/roles/assign", Unsafe, Bare(204));
    USERS_ROLES_REVOKE = Operation::write(
        "users.roles.revoke", Method::POST, "/admin/v1/orgs/{orgId}/users/{accountId}/roles/revoke", Unsafe, Bare(204));
    USERS_ORG_ROLE_ASSIGN = Operation::write(
        "users.org-role.assign", Method::POST,
        "/admin/v1/orgs/{orgId}/users/{accountId}/role-assignments/assign", Unsafe, Bare(204));
    USERS_ORG_ROLE_REVOKE = Operation::write(
        "users.org-role.revoke", Method::POST,
        "/admin/v1/orgs/{orgId}/users/{accountId}/role-assignments/revoke", Unsafe, Bare(204));

    GROUPS_SEARCH = Operation::read(
        "groups.search", Method::POST, "/admin/v2/orgs/{orgId}/directories/{directoryId}/groups/search");
    GROUPS_LIST = Operation::read(
        "groups.list", Method::GET, "/admin/v2/orgs/{orgId}/directories/{directoryId}/groups");
    GROUPS_GET = Operation::read(
        "groups.get", Method::GET, "/admin/v2/orgs/{orgId}/directories/{directoryId}/groups/{groupId}");
    GROUPS_COUNT = Operation::read(
        "groups.count", Method::GET, "/admin/v2/orgs/{orgId}/directories/{directoryId}/groups/count");
    GROUPS_STATS = Operation::read(
        "groups.stats", Method::GET, "/admin/v2/orgs/{orgId}/directories/{directoryId}/groups/stats");
    GROUPS_ROLE_ASSIGNMENTS = Operation::read(
        "groups.role-assignments", Method::GET,
        "/admin/v2/orgs/{orgId}/directories/{directoryId}/groups/{groupId}/role-assignments");
    // The second would be told that the name is taken, by the first.
    GROUPS_CREATE = Operation::write(
        "groups.create", Method::POST, "/admin/v2/orgs/{orgId}/directories/{directoryId}/groups", Unsafe, Bare(201));
    GROUPS_DELETE = Operation::write(
        "groups.delete", Method::DELETE,
        "/admin/v2/orgs/{orgId}/directories/{directoryId}/groups/{groupId}", Idempotent, Bare(204));
    // Adding a member again was seen to answer 204, or 409 ADMIN-UAM-409-2, which means the same.
    GROUPS_MEMBERS_ADD = Operation::write(
        "groups.members.add", Method::POST,
        "/admin/v2/orgs/{orgId}/directories/{directoryId}/groups/{groupId}/memberships", Idempotent, Bare(204));
    GROUPS_MEMBERS_REMOVE = Operation::write(
        "groups.members.remove", Method::DELETE,
        "/admin/v2/orgs/{orgId}/directories/{directoryId}/groups/{groupId}/memberships/{accountId}", Idempotent, Bare(204));
    GROUPS_ROLES_ASSIGN = Operation::write(
        "groups.roles.assign", Method::POST,
        "/admin/v2/orgs/{orgId}/directories/{directoryId}/groups/{groupId}/role-assignments/assign", Unsafe, Bare(200));
    GROUPS_ROLES_REVOKE = Operation::write(
        "groups.roles.revoke", Method::POST,
        "/admin/v2/orgs/{orgId}/directories/{directoryId}/groups/{groupId}/role-assignments/revoke", Unsafe, Bare(204));

    WORKSPACES_QUERY = Operation::read("workspaces.query", Method::POST, "/admin/v2/orgs/{orgId}/workspaces");
    DOMAINS_LIST = Operation::read("domains.list", Method::GET, "/admin/v1/orgs/{orgId}/domains");
    DOMAINS_GET = Operation::read("domains.get", Method::GET, "/admin/v1/orgs/{orgId}/domains/{domainId}");
    POLICIES_LIST = Operation::read("policies.list", Method::GET, "/admin/v1/orgs/{orgId}/policies");
    POLICIES_GET = Operation::read("policies.get", Method::GET, "/admin/v1/orgs/{orgId}/policies/{policyId}");
    EVENTS_LIST = Operation::limited(
        "events.list", Method::GET, "/admin/v1/orgs/{orgId}/events", CLASS_EVENTS);
    EVENTS_POLL = Operation::limited(
        "events.poll", Method::GET, "/admin/v1/orgs/{orgId}/events-stream", CLASS_EVENTS_STREAM);
    EVENTS_GET = Operation::limited(
        "events.get", Method::GET, "/admin/v1/orgs/{orgId}/events/{eventId}", CLASS_EVENTS);
    EVENTS_ACTIONS = Operation::limited(
        "events.actions", Method::GET, "/admin/v1/orgs/{orgId}/event-actions", CLASS_EVENTS);
    MANAGED_ACCOUNTS_LIST = Operation::read("managed-accounts.list", Method::GET, "/admin/v1/orgs/{orgId}/users");

    TOKENS_LIST = Operation::read("tokens.list", Method::GET, "/admin/api-access/v1/orgs/{orgId}/api-tokens");
    TOKENS_COUNT = Operation::read(
        "tokens.count", Method::GET, "/admin/api-access/v1/orgs/{orgId}/api-tokens/count");
    // A second sending would take the tokens made since the first.
    TOKENS_REVOKE_EVERY = Operation::write(
        "tokens.revoke-every", Method::DELETE, "/admin/api-access/v1/orgs/{orgId}/api-tokens", Unsafe, Undocumented);
    KEYS_LIST = Operation::read("keys.list", Method::GET, "/admin/api-access/v1/orgs/{orgId}/api-keys");
    KEYS_COUNT = Operation::read("keys.count", Method::GET, "/admin/api-access/v1/orgs/{orgId}/api-keys/count");
    // A key that is revoked stays revoked, and its id names no other key.
    KEYS_REVOKE = Operation::write(
        "keys.revoke", Method::PATCH, "/admin/api-access/v1/orgs/{orgId}/api-keys/revoke/{apiKeyId}", Idempotent, Undocumented);

    ACCOUNT_PERMISSIONS = Operation::read("account.permissions", Method::GET, "/users/{accountId}/manage");
    ACCOUNT_PROFILE = Operation::read("account.profile", Method::GET, "/users/{accountId}/manage/profile");
    // Only values are set, none is counted up.
    ACCOUNT_PROFILE_UPDATE = Operation::write(
        "account.profile.update", Method::PATCH, "/users/{accountId}/manage/profile", Idempotent, Object(&[200], "account"));
    ACCOUNT_EMAIL_SET = Operation::write(
        "account.email.set", Method::PUT, "/users/{accountId}/manage/email", Idempotent, Bare(204));
    // What a repeated change of the lifecycle answers is undocumented; a repeated deletion was seen to answer
    // 404, which would make a success look like a wrong account.
    ACCOUNT_DISABLE = Operation::write(
        "account.disable", Method::POST, "/users/{accountId}/manage/lifecycle/disable", Unsafe, Bare(204));
    ACCOUNT_ENABLE = Operation::write(
        "account.enable", Method::POST, "/users/{accountId}/manage/lifecycle/enable", Unsafe, Bare(204));
    ACCOUNT_DELETE = Operation::write(
        "account.delete", Method::POST, "/users/{accountId}/manage/lifecycle/delete", Unsafe, Object(&[200], "message"));
    ACCOUNT_CANCEL_DELETE = Operation::write(
        "account.cancel-delete", Method::POST, "/users/{accountId}/manage/lifecycle/cancel-delete", Unsafe, Object(&[200], "message"));
    ACCOUNT_TOKENS_LIST = Operation::read(
        "account.tokens.list", Method::GET, "/users/{accountId}/manage/api-tokens");
    ACCOUNT_TOKENS_REVOKE = Operation::write(
        "account.tokens.revoke", Method::DELETE, "/users/{accountId}/manage/api-tokens/{tokenId}", Idempotent, Bare(204));

    SCIM_LINKS_OF_ACCOUNT = Operation::read(
        "scim-links.of-account", Method::GET,
        "/admin/user-provisioning/v1/org/{orgId}/user/{accountId}/get-scim-links");
    SCIM_LINKS_OF_EMAIL = Operation::read(
        "scim-links.of-email", Method::POST, "/admin/user-provisioning/v1/org/{orgId}/get-scim-links-for-email");
    // Between two sendings the identity provider may link the record, or make it, again.
    SCIM_LINKS_UNLINK = Operation::write(
        "scim-links.unlink", Method::PATCH,
        "/admin/user-provisioning/v1/org/{orgId}/scimDirectoryId/{scimDirectoryId}/scimUserId/{scimUserId}/unlink",
        Unsafe, Undocumented);
    SCIM_LINKS_DELETE_RECORDS = Operation::write(
        "scim-links.delete-records", Method::DELETE,
        "/admin/user-provisioning/v1/org/{orgId}/user/{accountId}/onlyDeleteUserInDB", Unsafe, Undocumented);
}
