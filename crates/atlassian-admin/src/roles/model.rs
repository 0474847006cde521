//! Rows of role assignments. Tens of thousands of them are decoded in a sync, so they hold no map of unknown
//! fields.

use crate::decode::{nullable, optional};
use crate::{AssignmentMethods, DirectoryId, MembershipStatus, ResourceAri, ResourceOwner, RoleId};
use http_kit::Row;
use serde::{Deserialize, Serialize};

/// What one account may do on one resource: its *effective* access, whether given to it, to a group of it, or
/// inferred.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserRoleAssignment {
    /// The resource.
    pub resource_id: ResourceAri,
    /// The app that owns it; `platform` for roles of the platform.
    pub resource_owner: Option<ResourceOwner>,
    /// The roles without their methods. Deprecated by the vendor and still filled; the only list in older
    /// answers.
    #[serde(default, deserialize_with = "nullable")]
    pub roles: Vec<RoleId>,
    /// The roles with the methods by which they are held. Absent from older answers.
    #[serde(default, deserialize_with = "nullable")]
    pub role_assignments: Vec<RoleAssignment>,
    /// The directory through which it is held; none for roles of the platform.
    #[serde(default, deserialize_with = "optional")]
    pub directory_id: Option<DirectoryId>,
    /// How the account stands to that directory; none for roles of the platform.
    pub user_directory_status: Option<MembershipStatus>,
}

impl Row for UserRoleAssignment {
    const ID: &'static str = "resourceId";
    const ESSENTIAL: &'static [&'static str] = &[
        "roles",
        "roleAssignments.role",
        "roleAssignments.roleAssignmentMethods",
        "userDirectoryStatus",
    ];
}

impl UserRoleAssignment {
    /// Every role held, with its methods: those of `role_assignments`, then those that stand only in `roles`,
    /// with `None`.
    ///
    /// A role that stands in both is given once, so nothing is shown twice and nothing is left out, whichever
    /// list a tenant fills.
    pub fn held(&self) -> impl Iterator<Item = (&RoleId, Option<&AssignmentMethods>)> {
        let with_methods = self
            .role_assignments
            .iter()
            .map(|held| (&held.role, Some(&held.role_assignment_methods)));
        let alone = self
            .roles
            .iter()
            .filter(|role| !self.role_assignments.iter().any(|held| held.role == **role))
            .map(|role| (role, None));
        with_methods.chain(alone)
    }
}

/// One role on a resource and how it is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RoleAssignment {
    /// The role.
    pub role: RoleId,
    /// How it is held; empty when the vendor does not say.
    #[serde(default)]
    pub role_assignment_methods: AssignmentMethods,
}

/// What one group gives its members on one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct GroupRoleAssignment {
    /// The resource.
    pub resource_id: ResourceAri,
    /// The app that owns it.
    pub resource_owner: Option<ResourceOwner>,
    /// The roles.
    #[serde(default, deserialize_with = "nullable")]
    pub roles: Vec<RoleId>,
    /// The role that people added through this group's app get by default.
    pub default_role: Option<RoleId>,
}

impl Row for GroupRoleAssignment {
    const ID: &'static str = "resourceId";
    const ESSENTIAL: &'static [&'static str] = &["roles"];
}
