//! The endpoints by name, for counters, faults and scopes.

macro_rules! endpoints {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $access:expr;)*) => {
        /// An endpoint of the simulated APIs.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Endpoint {
            $($(#[$doc])* $variant,)*
        }

        impl Endpoint {
            /// All of them, in the order of their declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// A short name, unique and stable.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            const fn access(self) -> Access {
                use Access::{Open, Scope, Whole};
                match self { $(Self::$variant => $access,)* }
            }
        }
    };
}

endpoints! {
    /// `GET /admin/v1/orgs`
    OrgsList = "orgs.list", Open;
    /// `GET /admin/v1/orgs/{org}`
    OrgGet = "orgs.get", Scope("read:orgs:admin");
    /// `GET /admin/v2/orgs/{org}/directories`
    DirectoriesList = "directories.list", Scope("read:directories:admin");
    /// `GET …/directories/{directory}/users`, deprecated
    UsersList = "users.list", Scope("read:directories:admin");
    /// `POST …/directories/{directory}/users/search`
    UsersSearch = "users.search", Open;
    /// `GET …/users/{account}`
    UserGet = "users.get", Open;
    /// `GET …/users/count`
    UsersCount = "users.count", Open;
    /// `GET …/users/stats`
    UsersStats = "users.stats", Scope("read:directories:admin");
    /// `GET …/users/{account}/role-assignments`
    UserRoles = "users.role_assignments", Scope("read:directories:admin");
    /// `GET …/directories/{directory}/groups`, deprecated
    GroupsList = "groups.list", Scope("read:groups:admin");
    /// `POST …/groups/search`
    GroupsSearch = "groups.search", Open;
    /// `GET …/groups/{group}`
    GroupGet = "groups.get", Open;
    /// `GET …/groups/count`
    GroupsCount = "groups.count", Open;
    /// `GET …/groups/stats`
    GroupsStats = "groups.stats", Open;
    /// `GET …/groups/{group}/role-assignments`
    GroupRoles = "groups.role_assignments", Scope("read:groups:admin");
    /// `POST /admin/v2/orgs/{org}/workspaces`
    WorkspacesQuery = "workspaces.query", Scope("read:workspaces:admin");
    /// `GET /admin/v1/orgs/{org}/users`
    ManagedAccounts = "managed_accounts.list", Scope("read:accounts:admin");
    /// `GET /admin/v1/orgs/{org}/domains`
    DomainsList = "domains.list", Scope("read:domains:admin");
    /// `GET /admin/v1/orgs/{org}/domains/{domain}`
    DomainGet = "domains.get", Scope("read:domains:admin");
    /// `GET /admin/api-access/v1/orgs/{org}/api-tokens`
    TokensList = "api_tokens.list", Scope("read:tokens:admin");
    /// `GET /admin/api-access/v1/orgs/{org}/api-tokens/count`
    TokensCount = "api_tokens.count", Scope("read:tokens:admin");
    /// `POST /admin/v1/orgs/{org}/users/{account}/roles/assign`
    UserRoleAssign = "users.roles.assign", Whole;
    /// `POST /admin/v1/orgs/{org}/users/{account}/roles/revoke`
    UserRoleRevoke = "users.roles.revoke", Whole;
    /// `POST /admin/v1/orgs/{org}/users/{account}/role-assignments/assign`
    OrgRoleAssign = "users.org_role.assign", Whole;
    /// `POST /admin/v1/orgs/{org}/users/{account}/role-assignments/revoke`
    OrgRoleRevoke = "users.org_role.revoke", Whole;
    /// `POST …/users/{account}/suspend`
    UserSuspend = "users.suspend", Whole;
    /// `POST …/users/{account}/restore`
    UserRestore = "users.restore", Whole;
    /// `DELETE …/users/{account}`
    UserRemove = "users.remove", Whole;
    /// `POST …/directories/{directory}/groups`
    GroupCreate = "groups.create", Whole;
    /// `DELETE …/groups/{group}`
    GroupDelete = "groups.delete", Whole;
    /// `POST …/groups/{group}/memberships`
    MemberAdd = "groups.members.add", Whole;
    /// `DELETE …/groups/{group}/memberships/{account}`
    MemberRemove = "groups.members.remove", Whole;
    /// `POST …/groups/{group}/role-assignments/assign`
    GroupRoleAssign = "groups.roles.assign", Whole;
    /// `POST …/groups/{group}/role-assignments/revoke`
    GroupRoleRevoke = "groups.roles.revoke", Whole;
    /// `GET /users/{account}/manage`
    AccountPermissions = "account.permissions", Whole;
    /// `GET /users/{account}/manage/profile`
    AccountProfile = "account.profile", Whole;
    /// `PATCH /users/{account}/manage/profile`
    AccountProfileUpdate = "account.profile.update", Whole;
    /// `PUT /users/{account}/manage/email`
    AccountEmail = "account.email", Whole;
    /// `POST /users/{account}/manage/lifecycle/disable`
    AccountDisable = "account.disable", Whole;
    /// `POST /users/{account}/manage/lifecycle/enable`
    AccountEnable = "account.enable", Whole;
    /// `POST /users/{account}/manage/lifecycle/delete`
    AccountDelete = "account.delete", Whole;
    /// `POST /users/{account}/manage/lifecycle/cancel-delete`
    AccountCancelDelete = "account.cancel_delete", Whole;
    /// `GET /users/{account}/manage/api-tokens`
    AccountTokens = "account.tokens", Whole;
    /// `DELETE /users/{account}/manage/api-tokens/{token}`
    AccountTokenRevoke = "account.tokens.revoke", Whole;
    /// `GET /scim/directory/{directory}/Users`
    ScimUsersList = "scim.users.list", Open;
    /// `POST …/Users`
    ScimUserCreate = "scim.users.create", Open;
    /// `GET …/Users/{user}`
    ScimUserGet = "scim.users.get", Open;
    /// `PUT …/Users/{user}`
    ScimUserReplace = "scim.users.replace", Open;
    /// `PATCH …/Users/{user}`
    ScimUserPatch = "scim.users.patch", Open;
    /// `DELETE …/Users/{user}`
    ScimUserDelete = "scim.users.delete", Open;
    /// `GET …/Groups`
    ScimGroupsList = "scim.groups.list", Open;
    /// `POST …/Groups`
    ScimGroupCreate = "scim.groups.create", Open;
    /// `GET …/Groups/{group}`
    ScimGroupGet = "scim.groups.get", Open;
    /// `PUT …/Groups/{group}`
    ScimGroupReplace = "scim.groups.replace", Open;
    /// `PATCH …/Groups/{group}`
    ScimGroupPatch = "scim.groups.patch", Open;
    /// `DELETE …/Groups/{group}`
    ScimGroupDelete = "scim.groups.delete", Open;
    /// `GET …/ServiceProviderConfig`
    ScimConfig = "scim.config", Open;
    /// `GET …/Schemas` and one schema
    ScimSchemas = "scim.schemas", Open;
    /// `GET …/ResourceTypes` and one type
    ScimResourceTypes = "scim.resource_types", Open;
    /// `GET /admin/user-provisioning/v1/org/{org}/user/{account}/get-scim-links`
    ScimLinksOfAccount = "scim_links.of_account", Open;
    /// `POST /admin/user-provisioning/v1/org/{org}/get-scim-links-for-email`
    ScimLinksOfEmail = "scim_links.of_email", Open;
    /// `PATCH …/org/{org}/scimDirectoryId/{directory}/scimUserId/{user}/unlink`
    ScimUnlink = "scim_links.unlink", Whole;
    /// `DELETE …/org/{org}/user/{account}/onlyDeleteUserInDB`
    ScimRecordsDelete = "scim_links.delete_records", Whole;
    /// `POST /admin/v2/orgs/{org}/users/invite`
    UsersInvite = "users.invite", Whole;
    /// `GET /admin/v1/orgs/{org}/directory/users/{account}/last-active-dates`
    LastActive = "users.last_active_dates", Whole;
    /// `GET /admin/v1/orgs/{org}/events`
    EventsList = "events.list", Scope("read:events:admin");
    /// `GET /admin/v1/orgs/{org}/events-stream`
    EventsStream = "events.stream", Scope("read:events:admin");
    /// `GET /admin/v1/orgs/{org}/events/{event}`
    EventGet = "events.get", Scope("read:events:admin");
    /// `GET /admin/v1/orgs/{org}/event-actions`
    EventActions = "events.actions", Scope("read:events:admin");
    /// `GET /admin/v1/orgs/{org}/policies`
    PoliciesList = "policies.list", Scope("read:policies:admin");
    /// `GET /admin/v1/orgs/{org}/policies/{policy}`
    PolicyGet = "policies.get", Scope("read:policies:admin");
    /// `DELETE /admin/api-access/v1/orgs/{org}/api-tokens`
    TokensRevokeAll = "api_tokens.revoke_all", Scope("delete:tokens:admin");
    /// `GET /admin/api-access/v1/orgs/{org}/api-keys`
    KeysList = "api_keys.list", Scope("read:keys:admin");
    /// `GET /admin/api-access/v1/orgs/{org}/api-keys/count`
    KeysCount = "api_keys.count", Scope("read:keys:admin");
    /// `PATCH /admin/api-access/v1/orgs/{org}/api-keys/revoke/{key}`
    KeyRevoke = "api_keys.revoke", Scope("delete:keys:admin");
    /// `GET /admin/api-access/v1/orgs/{org}/service-accounts`
    ServiceAccountsList = "service_accounts.list", Scope("read:service-accounts:admin");
    /// `GET /admin/account-management/v1/orgs/{org}/service-accounts`
    ServiceAccountsConsole = "service_accounts.console", Whole;
    /// `GET /admin/api-access/v1/orgs/{org}/service-accounts/api-tokens`
    ServiceTokensList = "service_tokens.list", Scope("read:service-accounts-tokens:admin");
    /// `GET …/service-accounts/{service}/api-tokens`
    ServiceTokensOf = "service_tokens.of_account", Scope("read:service-accounts-tokens:admin");
    /// `DELETE …/service-accounts/{service}/api-tokens`
    ServiceTokensRevokeAll = "service_tokens.revoke_all", Scope("delete:service-accounts-tokens:admin");
    /// `GET /admin/api-access/v1/orgs/{org}/oauth-clients`
    OAuthClientsList = "oauth_clients.list", Scope("read:service-accounts-tokens:admin");
    /// `POST …/oauth-clients/count`
    OAuthClientsCount = "oauth_clients.count", Scope("read:service-accounts-tokens:admin");
    /// `GET …/oauth-clients/{client}`
    OAuthClientGet = "oauth_clients.get", Scope("read:service-accounts-tokens:admin");
    /// `DELETE …/oauth-clients/{client}`
    OAuthClientDelete = "oauth_clients.delete", Scope("delete:service-accounts-tokens:admin");
    /// `GET …/service-accounts/oauth-clients`
    ServiceOAuthClients = "service_oauth_clients.list", Scope("read:service-accounts-tokens:admin");
    /// `GET …/service-accounts/{service}/oauth-clients`
    ServiceOAuthClientsOf = "service_oauth_clients.of_account", Scope("read:service-accounts-tokens:admin");
    /// `POST /admin/v1/orgs/{org}/users/invite`, removed
    OldInvite = "v1.users.invite", Whole;
    /// `POST /admin/v1/orgs/{org}/directory/users/{account}/suspend-access`, removed
    OldSuspend = "v1.users.suspend", Whole;
    /// `POST /admin/v1/orgs/{org}/directory/users/{account}/restore-access`, removed
    OldRestore = "v1.users.restore", Whole;
    /// `DELETE /admin/v1/orgs/{org}/directory/users/{account}`, removed
    OldRemove = "v1.users.remove", Whole;
    /// `POST /admin/v1/orgs/{org}/directory/groups`, removed
    OldGroupCreate = "v1.groups.create", Whole;
    /// `DELETE /admin/v1/orgs/{org}/directory/groups/{group}`, removed
    OldGroupDelete = "v1.groups.delete", Whole;
    /// `POST /admin/v1/orgs/{org}/directory/groups/{group}/memberships`, removed
    OldMemberAdd = "v1.groups.members.add", Whole;
    /// `DELETE /admin/v1/orgs/{org}/directory/groups/{group}/memberships/{account}`, removed
    OldMemberRemove = "v1.groups.members.remove", Whole;
    /// `POST /admin/v1/orgs/{org}/directory/groups/{group}/roles/assign`, removed
    OldGroupRoleAssign = "v1.groups.roles.assign", Whole;
    /// `POST /admin/v1/orgs/{org}/directory/groups/{group}/roles/revoke`, removed
    OldGroupRoleRevoke = "v1.groups.roles.revoke", Whole;
    /// Any path or method that does not exist.
    Unrouted = "unrouted", Open;
}

/// Which keys may ask an endpoint.
#[derive(Clone, Copy, Debug)]
enum Access {
    /// Every key.
    Open,
    /// Keys without scopes, and those with this one.
    Scope(&'static str),
    /// Keys without scopes.
    Whole,
}

/// Which of the vendor's APIs an endpoint belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Surface {
    /// The Organizations API and its neighbours, with the organization's key.
    Organization,
    /// User management, with the organization's key without scopes.
    Management,
    /// User provisioning, with the key of the directory.
    Scim,
}

impl Endpoint {
    /// The API it belongs to.
    pub(crate) fn surface(self) -> Surface {
        match self.name().split_once('.') {
            Some(("account", _)) => Surface::Management,
            Some(("scim", _)) => Surface::Scim,
            _ => Surface::Organization,
        }
    }

    /// The scope that a key with scopes needs. `None` where the vendor names none: reading, such keys have been seen to
    /// get through there.
    #[must_use]
    pub const fn scope(self) -> Option<&'static str> {
        match self.access() {
            Access::Scope(scope) => Some(scope),
            Access::Open | Access::Whole => None,
        }
    }

    /// Whether keys with scopes are refused. That is so for user management and for the dates of last activity, and here
    /// for every write for which the vendor names no scope.
    pub(crate) const fn needs_whole_key(self) -> bool {
        matches!(self.access(), Access::Whole)
    }

    /// The endpoint of that [`name`](Self::name).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|endpoint| endpoint.name() == name)
    }

    pub(crate) const fn place(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found_again() {
        for (place, endpoint) in Endpoint::ALL.iter().enumerate() {
            assert_eq!(Endpoint::from_name(endpoint.name()), Some(*endpoint));
            assert_eq!(endpoint.place(), place);
        }
    }
}
