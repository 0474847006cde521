//! What a listing of role assignments is narrowed to.

use crate::parameter::{ParameterError, Params, at_most, in_range};
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

/// A checked query for role assignments of an account or a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleQuery {
    filter: RoleFilter,
    limit: u16,
}

impl RoleQuery {
    /// A query for these assignments, in pages of `limit` (1 to 100).
    ///
    /// # Errors
    ///
    /// [`ParameterError`] names the first parameter that breaks a documented limit.
    pub fn new(filter: RoleFilter, limit: u16) -> Result<Self, ParameterError> {
        in_range("limit", usize::from(limit), 1, 100)?;
        at_most("directoryIds", &filter.directory_ids, 10)?;
        at_most("resourceOwners", &filter.resource_owners, 10)?;
        at_most("resourceIds", &filter.resource_ids, 20)?;
        at_most("roleIds", &filter.role_ids, 10)?;
        Ok(Self { filter, limit })
    }

    pub(crate) fn params(&self) -> Params {
        let mut params = Params::default();
        params
            .one("limit", Some(self.limit))
            .many("directoryIds", &self.filter.directory_ids)
            .many("resourceOwners", &self.filter.resource_owners)
            .many("resourceIds", &self.filter.resource_ids)
            .many("roleIds", &self.filter.role_ids);
        params
    }
}

impl Default for RoleQuery {
    /// Every assignment, in pages of 100.
    fn default() -> Self {
        Self {
            filter: RoleFilter::default(),
            limit: 100,
        }
    }
}
