//! Behaviours of the vendor that differ from organization to organization.

/// Variations of the vendor's behaviour; all off by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Switches {
    /// The deprecated listings (`GET …/users`, `GET …/groups`) are gone, in one of three ways.
    pub deprecated_lists: Deprecated,
    /// The searches (`POST …/users/search`, `…/groups/search`) do not exist yet, in one of three ways.
    pub searches: Deprecated,
    /// API tokens answer 403.
    pub tokens_forbidden: bool,
    /// The managed accounts answer 403.
    pub managed_forbidden: bool,
    /// Service accounts, their tokens and OAuth clients answer 403.
    pub machines_forbidden: bool,
    /// The collection of service accounts that is documented is not routed, as was reported: 404 in words of its own.
    pub service_accounts_unrouted: bool,
    /// The collection of service accounts that the console reads is not there for the key: 404.
    pub console_closed: bool,
    /// The organization has claimed no domain: no managed accounts, no error.
    pub no_claimed_domain: bool,
    /// `expand=groups` of the users search works with `-` as directory too, with the groups of every directory. The
    /// vendor leaves open what happens there; without this the rows have no `groups` then.
    pub expand_groups_everywhere: bool,
    /// `links.next` of the workspaces query is a URL instead of a token.
    pub workspace_links_as_urls: bool,
    /// The operations of the first version that the vendor has removed still answer. Without this their paths do not exist.
    pub removed_paths_alive: bool,
    /// The organization has no paid subscription: invitations answer 402 `ADMIN-UAM-402-1`.
    pub no_subscription: bool,
    /// Roles of accounts (`roles/assign`, `roles/revoke`) and the invitation of the first version answer 403
    /// `ADMIN-UAM-403-1`, as they do until Atlassian Support enables them. The role of the organization is not meant.
    pub roles_gated: bool,
    /// Adding a member that is one already, and assigning a role that the account holds directly, answer 409
    /// `ADMIN-UAM-409-2` instead of 204.
    pub duplicates_conflict: bool,
    /// Removing an account from a group that it is not in answers 404 instead of 204.
    pub removals_strict: bool,
    /// There are no seats: what would take one answers 409 `ADMIN-UAM-409-3`.
    pub no_seats: bool,
    /// Whether the organization may use SCIM.
    pub guard: Guard,
    /// SCIM refuses users at domains that the organization has not claimed with 400; otherwise it makes accounts for them
    /// that the organization does not manage.
    pub scim_claimed_domains_only: bool,
    /// Managed accounts have obligations: deleting one answers 409 `conflict.lifecycleErrors`.
    pub obligations: bool,
    /// Nobody can be added to groups that make organization administrators: 403 `ADMIN-UAM-403-1`.
    pub units_rollout: bool,
}

/// Whether the organization has the subscription that SCIM is part of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Guard {
    /// It has.
    #[default]
    Subscribed,
    /// It has not: everything answers 403.
    Forbidden,
    /// It has not: everything answers 404.
    NotFound,
}

/// Whether an endpoint that comes and goes is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Deprecated {
    /// It answers.
    #[default]
    Alive,
    /// 404, as a path that does not exist.
    NotFound,
    /// 405 `ADMIN-UAM-405-1`.
    MethodNotAllowed,
    /// 400 `ADMIN-400-4`, as for organizations that are not with the new user management.
    NotMigrated,
}
