//! What a listing of role assignments is narrowed to.

use crate::parameter::{ParameterError, Params, at_most};
use crate::query::{Filter, Filtered};
use crate::{DirectoryId, ResourceAri, ResourceOwner, RoleId};

/// Conditions on role assignments; all that are given must hold. The default has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoleFilter {
    /// Only roles held through these directories (at most 10).
    pub directory_ids: Vec<DirectoryId>,
    /// Only resources of these apps (at most 10).
    pub resource_owners: Vec<ResourceOwner>,
    /// Only these resources (at most 20).
    pub resource_ids: Vec<ResourceAri>,
    /// Only these roles (at most 10).
    pub role_ids: Vec<RoleId>,
}

/// A checked query for role assignments of an account or a group. The default finds every one, in pages of 100.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoleQuery(pub(crate) Filtered<RoleFilter>);

impl Filter for RoleFilter {
    fn check(&self) -> Result<(), ParameterError> {
        at_most("directoryIds", &self.directory_ids, 10)?;
        at_most("resourceOwners", &self.resource_owners, 10)?;
        at_most("resourceIds", &self.resource_ids, 20)?;
        at_most("roleIds", &self.role_ids, 10)
    }

    fn send(&self, params: &mut Params) {
        params
            .many("directoryIds", &self.directory_ids)
            .many("resourceOwners", &self.resource_owners)
            .many("resourceIds", &self.resource_ids)
            .many("roleIds", &self.role_ids);
    }
}

impl RoleQuery {
    /// A query for these assignments, in pages of `limit` (1 to 100).
    ///
    /// # Errors
    ///
    /// [`ParameterError`] names the first parameter that breaks a documented limit.
    pub fn new(filter: RoleFilter, limit: u16) -> Result<Self, ParameterError> {
        Filtered::new(filter, limit).map(Self)
    }
}
