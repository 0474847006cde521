//! Changes to the roles of accounts and groups. Each is visible up to 30 seconds later.

use crate::operation::{
    GROUPS_ROLES_ASSIGN, GROUPS_ROLES_REVOKE, Operation, USERS_ORG_ROLE_ASSIGN, USERS_ORG_ROLE_REVOKE,
    USERS_ROLES_ASSIGN, USERS_ROLES_REVOKE,
};
use crate::parameter::ParameterError;
use crate::{AccountId, AdminClient, DirectoryId, GroupId, ResourceAri, RoleId, Write};
use serde::Serialize;

/// A role together with what it is held on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RoleOnResource {
    pub(crate) role: RoleId,
    pub(crate) resource: ResourceAri,
}

impl RoleOnResource {
    /// A role on a resource, given as its listing gives it: another form of the ARI is answered with 400 or
    /// 404.
    ///
    /// # Errors
    ///
    /// [`ParameterError`] for [`RoleId::OrgAdmin`]: the vendor ignores the resource beside it and would make
    /// an administrator of the whole organization. [`assign_org_admin`](crate::AdminClient::assign_org_admin)
    /// says that openly.
    pub fn new(role: RoleId, resource: ResourceAri) -> Result<Self, ParameterError> {
        if role == RoleId::OrgAdmin {
            return Err(ParameterError::Exclusive {
                first: "role atlassian/org-admin",
                second: "resource",
            });
        }
        Ok(Self { role, resource })
    }

    /// The role.
    #[must_use]
    pub fn role(&self) -> &RoleId {
        &self.role
    }

    /// The resource.
    #[must_use]
    pub fn resource(&self) -> &ResourceAri {
        &self.resource
    }
}

/// The first version's words.
#[derive(Serialize)]
struct UserChange<'a> {
    role: &'a RoleId,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<&'a ResourceAri>,
}

/// The second version's words.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GroupChange<'a> {
    resource_id: &'a ResourceAri,
    role_id: &'a RoleId,
}

impl AdminClient {
    /// Gives an account a role on a resource.
    ///
    /// # Errors
    ///
    /// [`AdminError`](crate::AdminError); [`EndpointNotEnabled`](crate::AdminErrorKind::EndpointNotEnabled) where Atlassian
    /// Support has to enable the operation first ([`support_request`](crate::AdminError::support_request) is the text to send),
    /// [`RoleNotValid`](crate::AdminErrorKind::RoleNotValid),
    /// [`LicenceLimit`](crate::AdminErrorKind::LicenceLimit),
    /// [`AlreadyThere`](crate::AdminErrorKind::AlreadyThere).
    pub fn assign_user_role(&self, account: &AccountId, grant: &RoleOnResource) -> Write {
        self.change_user_role(USERS_ROLES_ASSIGN, account, &grant.role, Some(&grant.resource))
    }

    /// Takes a role on a resource from an account.
    ///
    /// Only a role held directly is taken; one that a group gives stays, and the vendor does not say so. Look
    /// at [`UserRoleAssignment::held`](crate::UserRoleAssignment::held) first.
    ///
    /// # Errors
    ///
    /// As [`assign_user_role`](Self::assign_user_role).
    pub fn revoke_user_role(&self, account: &AccountId, grant: &RoleOnResource) -> Write {
        self.change_user_role(USERS_ROLES_REVOKE, account, &grant.role, Some(&grant.resource))
    }

    /// Makes an account an administrator of the organization.
    ///
    /// # Errors
    ///
    /// [`AdminError`](crate::AdminError).
    pub fn assign_org_admin(&self, account: &AccountId) -> Write {
        self.change_user_role(USERS_ORG_ROLE_ASSIGN, account, &RoleId::OrgAdmin, None)
    }

    /// Takes the administration of the organization from an account.
    ///
    /// # Errors
    ///
    /// [`AdminError`](crate::AdminError).
    pub fn revoke_org_admin(&self, account: &AccountId) -> Write {
        self.change_user_role(USERS_ORG_ROLE_REVOKE, account, &RoleId::OrgAdmin, None)
    }

    /// Gives a group, and so its members, a role on a resource.
    ///
    /// # Errors
    ///
    /// [`AdminError`](crate::AdminError); [`LicenceLimit`](crate::AdminErrorKind::LicenceLimit) when its members would need
    /// seats that are not there.
    pub fn assign_group_role(
        &self,
        directory: &DirectoryId,
        group: &GroupId,
        grant: &RoleOnResource,
    ) -> Write {
        self.change_group_role(GROUPS_ROLES_ASSIGN, directory, group, grant)
    }

    /// Takes a role on a resource from a group.
    ///
    /// # Errors
    ///
    /// [`AdminError`](crate::AdminError).
    pub fn revoke_group_role(
        &self,
        directory: &DirectoryId,
        group: &GroupId,
        grant: &RoleOnResource,
    ) -> Write {
        self.change_group_role(GROUPS_ROLES_REVOKE, directory, group, grant)
    }

    fn change_user_role(
        &self,
        operation: Operation,
        account: &AccountId,
        role: &RoleId,
        resource: Option<&ResourceAri>,
    ) -> Write {
        let call = operation.call(&[self.org().as_str(), account.as_str()]);
        self.write(call.json(&UserChange { role, resource }))
    }

    fn change_group_role(
        &self,
        operation: Operation,
        directory: &DirectoryId,
        group: &GroupId,
        grant: &RoleOnResource,
    ) -> Write {
        let call = operation.call(&[self.org().as_str(), directory.as_str(), group.as_str()]);
        self.write(call.json(&GroupChange {
            resource_id: &grant.resource,
            role_id: &grant.role,
        }))
    }
}
