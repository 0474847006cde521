//! The operations of the vendor, in one table: name, method, path, and what a second sending would do.
//!
//! Every request of this crate is made from an entry of this table, so the table says what the crate can do,
//! and nothing else can be sent.

use self::Success::{Bare, Object, Undocumented};
use crate::parameter::Params;
use http::Method;
use http_kit::Idempotency::{Idempotent, Unsafe};
use http_kit::{Answer, Call, Idempotency, Path};

/// One operation of the vendor.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    /// Which one it is.
    pub id: OperationId,
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
    /// Nothing is documented: every success that is not a page of HTML.
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

impl OperationId {
    /// The operation with this name, which is how errors and answers of `http-kit` know it.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        OPERATIONS
            .iter()
            .find(|operation| operation.name == name)
            .map(|operation| operation.id)
    }

    /// The operation.
    #[must_use]
    pub fn operation(self) -> &'static Operation {
        // Table and ids are made from the same lines.
        &OPERATIONS[self as usize]
    }

    /// Whether it only reads.
    #[must_use]
    pub fn is_read(self) -> bool {
        self.operation().twice == Idempotency::Safe
    }
}

/// The class of the rate limiter for last-active dates: 200 requests a minute and organization.
pub const CLASS_LAST_ACTIVE: &str = "last-active";
/// The class of the rate limiter for the audit log: 10 requests a minute.
pub const CLASS_EVENTS: &str = "events";
/// The class of the rate limiter for the polling feed of the audit log: 50 requests a minute.
pub const CLASS_EVENTS_STREAM: &str = "events-stream";

impl Operation {
    const fn read(id: OperationId, name: &'static str, method: Method, path: &'static str) -> Self {
        Self {
            id,
            name,
            method,
            path,
            class: None,
            twice: Idempotency::Safe,
            success: Success::Decoded,
        }
    }

    /// A read with a limit of its own.
    const fn limited(
        id: OperationId,
        name: &'static str,
        method: Method,
        path: &'static str,
        class: &'static str,
    ) -> Self {
        Self {
            id,
            name,
            method,
            path,
            class: Some(class),
            twice: Idempotency::Safe,
            success: Success::Decoded,
        }
    }

    const fn write(
        id: OperationId,
        name: &'static str,
        method: Method,
        path: &'static str,
        twice: Idempotency,
        success: Success,
    ) -> Self {
        Self {
            id,
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
    ($($(#[$attr:meta])* $constant:ident, $id:ident = $make:ident($name:literal, $($part:expr),+ $(,)?);)+) => {
        $($(#[$attr])* pub(crate) const $constant: Operation = Operation::$make(OperationId::$id, $name, $($part),+);)+

        /// Every operation that this crate can send, in the order of [`OperationId`].
        pub const OPERATIONS: &[Operation] = &[$($constant),+];

        /// Which operation it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum OperationId {
            $(#[doc = concat!("`", $name, "`")] $id,)+
        }
    };
}

operations! {
    ORGANIZATION_LIST, OrganizationList = read("organization.list", Method::GET, "/admin/v1/orgs");
    ORGANIZATION_GET, OrganizationGet = read("organization.get", Method::GET, "/admin/v1/orgs/{orgId}");
    DIRECTORIES_LIST, DirectoriesList = read("directories.list", Method::GET, "/admin/v2/orgs/{orgId}/directories");

    USERS_SEARCH, UsersSearch = read(
        "users.search", Method::POST, "/admin/v2/orgs/{orgId}/directories/{directoryId}/users/search");
    USERS_LIST, UsersList = read(
        "users.list", Method::GET, "/admin/v2/orgs/{orgId}/directories/{directoryId}/users");
    USERS_GET, UsersGet = read(
        "users.get", Method::GET, "/admin/v2/orgs/{orgId}/directories/{directoryId}/users/{accountId}");
    USERS_COUNT, UsersCount = read(
        "users.count", Method::GET, "/admin/v2/orgs/{orgId}/directories/{directoryId}/users/count");
    USERS_STATS, UsersStats = read(
        "users.stats", Method::GET, "/admin/v2/orgs/{orgId}/directories/{directoryId}/users/stats");
    USERS_ROLE_ASSIGNMENTS, UsersRoleAssignments = read(
        "users.role-assignments", Method::GET,
        "/admin/v2/orgs/{orgId}/directories/{directoryId}/users/{accountId}/role-assignments");
    USERS_LAST_ACTIVE, UsersLastActive = limited(
        "users.last-active", Method::GET,
        "/admin/v1/orgs/{orgId}/directory/users/{accountId}/last-active-dates", CLASS_LAST_ACTIVE);
    // Two invitations are two mails.
    USERS_INVITE, UsersInvite = write(
        "users.invite", Method::POST, "/admin/v2/orgs/{orgId}/users/invite", Unsafe, Object(&[200, 206], "data"));
    // The answer to a repeated suspension or restoration is documented nowhere, so the caller reads the state
    // back.
    USERS_SUSPEND, UsersSuspend = write(
        "users.suspend", Method::POST,
        "/admin/v2/orgs/{orgId}/directories/{directoryId}/users/{accountId}/suspend", Unsafe, Bare(204));
    USERS_RESTORE, UsersRestore = write(
        "users.restore", Method::POST,
        "/admin/v2/orgs/{orgId}/directories/{directoryId}/users/{accountId}/restore", Unsafe, Bare(204));
    // The state after the second is that after the first; a 404 then says that the first was carried out.
    USERS_REMOVE, UsersRemove = write(
        "users.remove", Method::DELETE,
        "/admin/v2/orgs/{orgId}/directories/{directoryId}/users/{accountId}", Idempotent, Bare(204));
    // What a repeated change of a role answers is undocumented, for accounts and for the organization alike;
    // for groups, assigning a role that is held was seen to fail.
    USERS_ROLES_ASSIGN, UsersRolesAssign = write(
        "users.roles.assign", Method::POST, "/admin/v1/orgs/{orgId}/users/{accountId}/roles/assign", Unsafe, Bare(204));
    USERS_ROLES_REVOKE, UsersRolesRevoke = write(
        "users.roles.revoke", Method::POST, "/admin/v1/orgs/{orgId}/users/{accountId}/roles/revoke", Unsafe, Bare(204));
    USERS_ORG_ROLE_ASSIGN, UsersOrgRoleAssign = write(
        "users.org-role.assign", Method::POST,
        "/admin/v1/orgs/{orgId}/users/{accountId}/role-assignments/assign", Unsafe, Bare(204));
    USERS_ORG_ROLE_REVOKE, UsersOrgRoleRevoke = write(
        "users.org-role.revoke", Method::POST,
        "/admin/v1/orgs/{orgId}/users/{accountId}/role-assignments/revoke", Unsafe, Bare(204));

    GROUPS_SEARCH, GroupsSearch = read(
        "groups.search", Method::POST, "/admin/v2/orgs/{orgId}/directories/{directoryId}/groups/search");
    GROUPS_LIST, GroupsList = read(
        "groups.list", Method::GET, "/admin/v2/orgs/{orgId}/directories/{directoryId}/groups");
    GROUPS_GET, GroupsGet = read(
        "groups.get", Method::GET, "/admin/v2/orgs/{orgId}/directories/{directoryId}/groups/{groupId}");
    GROUPS_COUNT, GroupsCount = read(
        "groups.count", Method::GET, "/admin/v2/orgs/{orgId}/directories/{directoryId}/groups/count");
    GROUPS_STATS, GroupsStats = read(
        "groups.stats", Method::GET, "/admin/v2/orgs/{orgId}/directories/{directoryId}/groups/stats");
    GROUPS_ROLE_ASSIGNMENTS, GroupsRoleAssignments = read(
        "groups.role-assignments", Method::GET,
        "/admin/v2/orgs/{orgId}/directories/{directoryId}/groups/{groupId}/role-assignments");
    // The second would be told that the name is taken, by the first.
    GROUPS_CREATE, GroupsCreate = write(
        "groups.create", Method::POST, "/admin/v2/orgs/{orgId}/directories/{directoryId}/groups", Unsafe, Bare(201));
    GROUPS_DELETE, GroupsDelete = write(
        "groups.delete", Method::DELETE,
        "/admin/v2/orgs/{orgId}/directories/{directoryId}/groups/{groupId}", Idempotent, Bare(204));
    // Adding a member again was seen to answer 204, or 409 ADMIN-UAM-409-2, which means the same.
    GROUPS_MEMBERS_ADD, GroupsMembersAdd = write(
        "groups.members.add", Method::POST,
        "/admin/v2/orgs/{orgId}/directories/{directoryId}/groups/{groupId}/memberships", Idempotent, Bare(204));
    GROUPS_MEMBERS_REMOVE, GroupsMembersRemove = write(
        "groups.members.remove", Method::DELETE,
        "/admin/v2/orgs/{orgId}/directories/{directoryId}/groups/{groupId}/memberships/{accountId}", Idempotent, Bare(204));
    GROUPS_ROLES_ASSIGN, GroupsRolesAssign = write(
        "groups.roles.assign", Method::POST,
        "/admin/v2/orgs/{orgId}/directories/{directoryId}/groups/{groupId}/role-assignments/assign", Unsafe, Bare(200));
    GROUPS_ROLES_REVOKE, GroupsRolesRevoke = write(
        "groups.roles.revoke", Method::POST,
        "/admin/v2/orgs/{orgId}/directories/{directoryId}/groups/{groupId}/role-assignments/revoke", Unsafe, Bare(204));

    WORKSPACES_QUERY, WorkspacesQuery = read("workspaces.query", Method::POST, "/admin/v2/orgs/{orgId}/workspaces");
    DOMAINS_LIST, DomainsList = read("domains.list", Method::GET, "/admin/v1/orgs/{orgId}/domains");
    DOMAINS_GET, DomainsGet = read("domains.get", Method::GET, "/admin/v1/orgs/{orgId}/domains/{domainId}");
    POLICIES_LIST, PoliciesList = read("policies.list", Method::GET, "/admin/v1/orgs/{orgId}/policies");
    POLICIES_GET, PoliciesGet = read("policies.get", Method::GET, "/admin/v1/orgs/{orgId}/policies/{policyId}");
    EVENTS_LIST, EventsList = limited(
        "events.list", Method::GET, "/admin/v1/orgs/{orgId}/events", CLASS_EVENTS);
    EVENTS_POLL, EventsPoll = limited(
        "events.poll", Method::GET, "/admin/v1/orgs/{orgId}/events-stream", CLASS_EVENTS_STREAM);
    EVENTS_GET, EventsGet = limited(
        "events.get", Method::GET, "/admin/v1/orgs/{orgId}/events/{eventId}", CLASS_EVENTS);
    EVENTS_ACTIONS, EventsActions = limited(
        "events.actions", Method::GET, "/admin/v1/orgs/{orgId}/event-actions", CLASS_EVENTS);
    MANAGED_ACCOUNTS_LIST, ManagedAccountsList = read("managed-accounts.list", Method::GET, "/admin/v1/orgs/{orgId}/users");

    TOKENS_LIST, TokensList = read("tokens.list", Method::GET, "/admin/api-access/v1/orgs/{orgId}/api-tokens");
    TOKENS_COUNT, TokensCount = read(
        "tokens.count", Method::GET, "/admin/api-access/v1/orgs/{orgId}/api-tokens/count");
    // A second sending would take the tokens made since the first.
    TOKENS_REVOKE_EVERY, TokensRevokeEvery = write(
        "tokens.revoke-every", Method::DELETE, "/admin/api-access/v1/orgs/{orgId}/api-tokens", Unsafe, Undocumented);
    KEYS_LIST, KeysList = read("keys.list", Method::GET, "/admin/api-access/v1/orgs/{orgId}/api-keys");
    KEYS_COUNT, KeysCount = read("keys.count", Method::GET, "/admin/api-access/v1/orgs/{orgId}/api-keys/count");
    // A key that is revoked stays revoked, and its id names no other key.
    KEYS_REVOKE, KeysRevoke = write(
        "keys.revoke", Method::PATCH, "/admin/api-access/v1/orgs/{orgId}/api-keys/revoke/{apiKeyId}", Idempotent, Undocumented);

    SERVICE_ACCOUNTS_LIST, ServiceAccountsList = read(
        "service-accounts.list", Method::GET, "/admin/api-access/v1/orgs/{orgId}/service-accounts");
    SERVICE_ACCOUNTS_CONSOLE, ServiceAccountsConsole = read(
        "service-accounts.console", Method::GET, "/admin/account-management/v1/orgs/{orgId}/service-accounts");
    SERVICE_TOKENS_LIST, ServiceTokensList = read(
        "service-tokens.list", Method::GET, "/admin/api-access/v1/orgs/{orgId}/service-accounts/api-tokens");
    SERVICE_TOKENS_OF, ServiceTokensOf = read(
        "service-tokens.of-account", Method::GET, "/admin/api-access/v1/orgs/{orgId}/service-accounts/{serviceAccountId}/api-tokens");
    // A second sending would take the tokens made since the first.
    SERVICE_TOKENS_REVOKE_EVERY, ServiceTokensRevokeEvery = write(
        "service-tokens.revoke-every", Method::DELETE, "/admin/api-access/v1/orgs/{orgId}/service-accounts/{serviceAccountId}/api-tokens", Unsafe, Undocumented);
    OAUTH_CLIENTS_LIST, OauthClientsList = read(
        "oauth-clients.list", Method::GET, "/admin/api-access/v1/orgs/{orgId}/oauth-clients");
    OAUTH_CLIENTS_COUNT, OauthClientsCount = read(
        "oauth-clients.count", Method::POST, "/admin/api-access/v1/orgs/{orgId}/oauth-clients/count");
    OAUTH_CLIENTS_GET, OauthClientsGet = read(
        "oauth-clients.get", Method::GET, "/admin/api-access/v1/orgs/{orgId}/oauth-clients/{clientId}");
    // A client that is deleted stays so, and its id names no other client.
    OAUTH_CLIENTS_DELETE, OauthClientsDelete = write(
        "oauth-clients.delete", Method::DELETE, "/admin/api-access/v1/orgs/{orgId}/oauth-clients/{clientId}", Idempotent, Undocumented);
    SERVICE_OAUTH_CLIENTS_LIST, ServiceOauthClientsList = read(
        "service-oauth-clients.list", Method::GET, "/admin/api-access/v1/orgs/{orgId}/service-accounts/oauth-clients");
    SERVICE_OAUTH_CLIENTS_OF, ServiceOauthClientsOf = read(
        "service-oauth-clients.of-account", Method::GET, "/admin/api-access/v1/orgs/{orgId}/service-accounts/{serviceAccountId}/oauth-clients");

    ACCOUNT_PERMISSIONS, AccountPermissions = read("account.permissions", Method::GET, "/users/{accountId}/manage");
    ACCOUNT_PROFILE, AccountProfile = read("account.profile", Method::GET, "/users/{accountId}/manage/profile");
    // Only values are set, none is counted up.
    ACCOUNT_PROFILE_UPDATE, AccountProfileUpdate = write(
        "account.profile.update", Method::PATCH, "/users/{accountId}/manage/profile", Idempotent, Object(&[200], "account"));
    ACCOUNT_EMAIL_SET, AccountEmailSet = write(
        "account.email.set", Method::PUT, "/users/{accountId}/manage/email", Idempotent, Bare(204));
    // What a repeated change of the lifecycle answers is undocumented; a repeated deletion was seen to answer
    // 404, which would make a success look like a wrong account.
    ACCOUNT_DISABLE, AccountDisable = write(
        "account.disable", Method::POST, "/users/{accountId}/manage/lifecycle/disable", Unsafe, Bare(204));
    ACCOUNT_ENABLE, AccountEnable = write(
        "account.enable", Method::POST, "/users/{accountId}/manage/lifecycle/enable", Unsafe, Bare(204));
    ACCOUNT_DELETE, AccountDelete = write(
        "account.delete", Method::POST, "/users/{accountId}/manage/lifecycle/delete", Unsafe, Object(&[200], "message"));
    ACCOUNT_CANCEL_DELETE, AccountCancelDelete = write(
        "account.cancel-delete", Method::POST, "/users/{accountId}/manage/lifecycle/cancel-delete", Unsafe, Object(&[200], "message"));
    ACCOUNT_TOKENS_LIST, AccountTokensList = read(
        "account.tokens.list", Method::GET, "/users/{accountId}/manage/api-tokens");
    ACCOUNT_TOKENS_REVOKE, AccountTokensRevoke = write(
        "account.tokens.revoke", Method::DELETE, "/users/{accountId}/manage/api-tokens/{tokenId}", Idempotent, Bare(204));

    SCIM_LINKS_OF_ACCOUNT, ScimLinksOfAccount = read(
        "scim-links.of-account", Method::GET,
        "/admin/user-provisioning/v1/org/{orgId}/user/{accountId}/get-scim-links");
    SCIM_LINKS_OF_EMAIL, ScimLinksOfEmail = read(
        "scim-links.of-email", Method::POST, "/admin/user-provisioning/v1/org/{orgId}/get-scim-links-for-email");
    // Between two sendings the identity provider may link the record, or make it, again.
    SCIM_LINKS_UNLINK, ScimLinksUnlink = write(
        "scim-links.unlink", Method::PATCH,
        "/admin/user-provisioning/v1/org/{orgId}/scimDirectoryId/{scimDirectoryId}/scimUserId/{scimUserId}/unlink",
        Unsafe, Undocumented);
    SCIM_LINKS_DELETE_RECORDS, ScimLinksDeleteRecords = write(
        "scim-links.delete-records", Method::DELETE,
        "/admin/user-provisioning/v1/org/{orgId}/user/{accountId}/onlyDeleteUserInDB", Unsafe, Undocumented);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_leads_to_its_operation() {
        for operation in OPERATIONS {
            assert_eq!(operation.id.operation(), operation);
            assert_eq!(OperationId::of_name(operation.name), Some(operation.id));
        }
    }
}
