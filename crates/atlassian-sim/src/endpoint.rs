//! The endpoints by name, for counters, faults and scopes.

macro_rules! endpoints {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $scope:expr;)*) => {
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

            /// The scope that a key with scopes needs. `None` where the vendor names none: such keys have been seen
            /// to get through there.
            #[must_use]
            pub const fn scope(self) -> Option<&'static str> {
                match self { $(Self::$variant => $scope,)* }
            }
        }
    };
}

endpoints! {
    /// `GET /admin/v1/orgs`
    OrgsList = "orgs.list", None;
    /// `GET /admin/v1/orgs/{org}`
    OrgGet = "orgs.get", Some("read:orgs:admin");
    /// `GET /admin/v2/orgs/{org}/directories`
    DirectoriesList = "directories.list", Some("read:directories:admin");
    /// `GET …/directories/{directory}/users`, deprecated
    UsersList = "users.list", Some("read:directories:admin");
    /// `POST …/directories/{directory}/users/search`
    UsersSearch = "users.search", None;
    /// `GET …/users/{account}`
    UserGet = "users.get", None;
    /// `GET …/users/count`
    UsersCount = "users.count", None;
    /// `GET …/users/stats`
    UsersStats = "users.stats", Some("read:directories:admin");
    /// `GET …/users/{account}/role-assignments`
    UserRoles = "users.role_assignments", Some("read:directories:admin");
    /// `GET …/directories/{directory}/groups`, deprecated
    GroupsList = "groups.list", Some("read:groups:admin");
    /// `POST …/groups/search`
    GroupsSearch = "groups.search", None;
    /// `GET …/groups/{group}`
    GroupGet = "groups.get", None;
    /// `GET …/groups/count`
    GroupsCount = "groups.count", None;
    /// `GET …/groups/stats`
    GroupsStats = "groups.stats", None;
    /// `GET …/groups/{group}/role-assignments`
    GroupRoles = "groups.role_assignments", Some("read:groups:admin");
    /// `POST /admin/v2/orgs/{org}/workspaces`
    WorkspacesQuery = "workspaces.query", Some("read:workspaces:admin");
    /// `GET /admin/v1/orgs/{org}/users`
    ManagedAccounts = "managed_accounts.list", Some("read:accounts:admin");
    /// `GET /admin/v1/orgs/{org}/domains`
    DomainsList = "domains.list", Some("read:domains:admin");
    /// `GET /admin/v1/orgs/{org}/domains/{domain}`
    DomainGet = "domains.get", Some("read:domains:admin");
    /// `GET /admin/api-access/v1/orgs/{org}/api-tokens`
    TokensList = "api_tokens.list", Some("read:tokens:admin");
    /// `GET /admin/api-access/v1/orgs/{org}/api-tokens/count`
    TokensCount = "api_tokens.count", Some("read:tokens:admin");
    /// `POST /admin/v1/orgs/{org}/users/{account}/roles/assign`
    UserRoleAssign = "users.roles.assign", None;
    /// `POST /admin/v1/orgs/{org}/users/{account}/roles/revoke`
    UserRoleRevoke = "users.roles.revoke", None;
    /// `POST /admin/v1/orgs/{org}/users/{account}/role-assignments/assign`
    OrgRoleAssign = "users.org_role.assign", None;
    /// `POST /admin/v1/orgs/{org}/users/{account}/role-assignments/revoke`
    OrgRoleRevoke = "users.org_role.revoke", None;
    /// `POST …/users/{account}/suspend`
    UserSuspend = "users.suspend", None;
    /// `POST …/users/{account}/restore`
    UserRestore = "users.restore", None;
    /// `DELETE …/users/{account}`
    UserRemove = "users.remove", None;
    /// `POST …/directories/{directory}/groups`
    GroupCreate = "groups.create", None;
    /// `DELETE …/groups/{group}`
    GroupDelete = "groups.delete", None;
    /// `POST …/groups/{group}/memberships`
    MemberAdd = "groups.members.add", None;
    /// `DELETE …/groups/{group}/memberships/{account}`
    MemberRemove = "groups.members.remove", None;
    /// `POST …/groups/{group}/role-assignments/assign`
    GroupRoleAssign = "groups.roles.assign", None;
    /// `POST …/groups/{group}/role-assignments/revoke`
    GroupRoleRevoke = "groups.roles.revoke", None;
    /// Any path or method that does not exist.
    Unrouted = "unrouted", None;
}

impl Endpoint {
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
