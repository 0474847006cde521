//! The words of accounts, groups and assignments: status, origin, method.

use http_kit::open_words;

open_words! {
    in any case;
    /// The composite status of an account in an organization: what the administration pages show.
    pub enum UserStatus {
        /// An active account with an active membership.
        Active = "active",
        /// An active account suspended in every directory that the key may see.
        Suspended = "suspended",
        /// A managed account that is in no directory.
        NotInvited = "not_invited",
        /// The account itself is deactivated.
        Deactivated = "deactivated",
        /// A managed account within the 14 days before it is deleted for good.
        ForDeletion = "for_deletion",
    }
}

open_words! {
    in any case;
    /// The state of the Atlassian account itself, everywhere.
    pub enum AccountStatus {
        /// It can log in.
        Active = "active",
        /// Deactivated: it cannot log in anywhere.
        Inactive = "inactive",
        /// Deleted.
        Closed = "closed",
    }
}

open_words! {
    in any case;
    /// How an account stands to the directories of an organization that the key may see.
    pub enum MembershipStatus {
        /// A member of at least one directory.
        Active = "active",
        /// Suspended in all of them.
        Suspended = "suspended",
        /// In none of them.
        NoMembership = "no_membership",
    }
}

open_words! {
    exact;
    /// Whether the organization has claimed the domain of the account's address.
    pub enum ClaimStatus {
        /// Claimed: the organization manages the account.
        Managed = "managed",
        /// Not claimed: someone else's account, or one on an open domain.
        Unmanaged = "unmanaged",
    }
}

open_words! {
    exact;
    /// What kind of account it is.
    pub enum AccountType {
        /// A person's account.
        Atlassian = "atlassian",
        /// A customer of a service portal.
        Customer = "customer",
        /// An app or another machine.
        App = "app",
    }
}

open_words! {
    exact;
    /// How an account came into a directory.
    pub enum ManagementSource {
        /// By invitation.
        Invited = "invited",
        /// By an identity provider.
        Synced = "synced",
    }
}

open_words! {
    exact;
    /// Who decides on the members of a group.
    pub enum ManagedBy {
        /// An identity provider.
        External = "external",
        /// Administrators.
        Admins = "admins",
        /// The members of the team.
        TeamMembers = "team-members",
        /// Anyone.
        Open = "open",
    }
}

open_words! {
    exact;
    /// The app that owns a resource: `resourceOwner` of role assignments and the third part of a resource's
    /// ARI.
    pub enum ResourceOwner {
        /// Atlassian Analytics and the data lake.
        Avp = "avp",
        /// Guard Detect.
        Beacon = "beacon",
        /// Bitbucket.
        Bitbucket = "bitbucket",
        /// Compass.
        Compass = "compass",
        /// Confluence.
        Confluence = "confluence",
        /// Jira's own administration.
        JiraAdmin = "jira-admin",
        /// Jira, business projects.
        JiraCore = "jira-core",
        /// Jira, software projects.
        JiraSoftware = "jira-software",
        /// Jira Service Management.
        JiraServicedesk = "jira-servicedesk",
        /// Jira Product Discovery.
        JiraProductDiscovery = "jira-product-discovery",
        /// Loom.
        Loom = "loom",
        /// Focus.
        Mercury = "mercury",
        /// Opsgenie.
        Opsgenie = "opsgenie",
        /// The platform: sites and the organization itself.
        Platform = "platform",
        /// Statuspage.
        Statuspage = "statuspage",
        /// Goals and projects (Atlas).
        Townsquare = "townsquare",
        /// Trello.
        Trello = "trello",
        /// The help centre.
        UnifiedHelp = "unified-help",
        /// A project, seen in answers though not documented.
        Project = "project",
        /// A goal, seen in answers though not documented.
        Goal = "goal",
    }
}

open_words! {
    exact;
    /// A role of an app or of the platform.
    pub enum RoleId {
        /// Uses the app; takes a seat.
        User = "atlassian/user",
        /// Administers and uses the app; takes a seat.
        Admin = "atlassian/admin",
        /// Manages who may use the app, without using it.
        UserAccessAdmin = "atlassian/user-access-admin",
        /// A guest, limited to a part of the app.
        Guest = "atlassian/guest",
        /// A customer of a service portal.
        Customer = "atlassian/customer",
        /// Views, comments and votes.
        Contributor = "atlassian/contributor",
        /// Basic features.
        Basic = "atlassian/basic",
        /// Is told about incidents.
        Stakeholder = "atlassian/stakeholder",
        /// Views. Documented for groups and invitations only.
        Viewer = "atlassian/viewer",
        /// Administers one site; the resource is the site.
        SiteAdmin = "atlassian/site-admin",
        /// Administers the organization; a resource sent with it is ignored by the vendor.
        OrgAdmin = "atlassian/org-admin",
        /// May use the vendor's AI features. Cannot be assigned here.
        AiAccess = "atlassian/ai-access",
    }
}

open_words! {
    exact;
    /// How a role is held.
    pub enum AssignmentMethod {
        /// Given to the account itself: the only kind that revoking the account's role undoes.
        Direct = "direct",
        /// Held through a group.
        GroupDirect = "group_direct",
        /// Follows from another role or setting.
        Inferred = "inferred",
    }
}

/// The order of a sorted listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SortDirection {
    /// Smallest first.
    Asc,
    /// Largest first.
    Desc,
}
