//! The two ways to list groups: the current search, and the old listing that ends after 2027-06-30.

use crate::parameter::{ParameterError, Params, at_most, in_range, not_both, not_empty};
use crate::query::{Filter, Filtered, Sort};
use crate::{AccountId, DirectoryId, GroupId, ResourceAri, ResourceOwner, RoleId, SortDirection};
use http_kit::open_words;
use serde::Serialize;

open_words! {
    exact;
    /// What a search adds to each group.
    pub enum GroupExpand {
        /// How many members it has.
        UserCounts = "counts.users",
        /// How many resources it has a role on.
        ResourceCounts = "counts.resources",
    }
}

/// Conditions on groups; all that are given must hold. The default has none.
///
/// `resource_ids` with `resource_owners` answers "which groups give access to this app" in one query.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupFilter {
    /// Only groups with one of these members (at most 10).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub account_ids: Vec<AccountId>,
    /// Only groups of these directories (at most 10).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub directory_ids: Vec<DirectoryId>,
    /// Only these groups (at most 10). Excludes [`names`](GroupSearchBuilder::names).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub group_ids: Vec<GroupId>,
    /// Only groups with one of these roles (at most 10).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub role_ids: Vec<RoleId>,
    /// Only groups with a role on something these apps own (at most 10).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resource_owners: Vec<ResourceOwner>,
    /// Only groups with a role on these resources (at most 20).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resource_ids: Vec<ResourceAri>,
    /// Only names that contain this. Excludes [`names`](GroupSearchBuilder::names).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search_term: Option<String>,
}

impl Filter for GroupFilter {
    fn check(&self) -> Result<(), ParameterError> {
        at_most("accountIds", &self.account_ids, 10)?;
        at_most("directoryIds", &self.directory_ids, 10)?;
        at_most("groupIds", &self.group_ids, 10)?;
        at_most("roleIds", &self.role_ids, 10)?;
        at_most("resourceOwners", &self.resource_owners, 10)?;
        at_most("resourceIds", &self.resource_ids, 20)
    }

    fn send(&self, params: &mut Params) {
        params
            .many("accountIds", &self.account_ids)
            .many("directoryIds", &self.directory_ids)
            .many("groupIds", &self.group_ids)
            .many("roleIds", &self.role_ids)
            .many("resourceOwners", &self.resource_owners)
            .many("resourceIds", &self.resource_ids)
            .one("searchTerm", self.search_term.as_ref());
    }
}

/// A checked search for [`search_groups`](crate::AdminClient::search_groups).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupSearch {
    limit: u16,
    #[serde(flatten)]
    filter: GroupFilter,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_names: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    expand: Vec<GroupExpand>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sort_by: Vec<Sort>,
}

impl GroupSearch {
    /// Starts a search for every group, in pages of 100, without counts.
    pub fn builder() -> GroupSearchBuilder {
        GroupSearchBuilder(Self::default())
    }

    /// The length of a page.
    pub(crate) fn limit(&self) -> u16 {
        self.limit
    }
}

impl Default for GroupSearch {
    /// Every group, in pages of 100, with nothing expanded.
    fn default() -> Self {
        Self {
            limit: 100,
            filter: GroupFilter::default(),
            group_names: None,
            expand: Vec::new(),
            sort_by: Vec::new(),
        }
    }
}

/// Collects a [`GroupSearch`]; the limits are checked by [`build`](Self::build).
#[derive(Clone, Debug)]
#[must_use]
pub struct GroupSearchBuilder(GroupSearch);

impl GroupSearchBuilder {
    /// Conditions on the groups.
    pub fn filter(mut self, filter: GroupFilter) -> Self {
        self.0.filter = filter;
        self
    }

    /// Only groups with exactly these names, whatever their case (1 to 100). Excludes group ids and a
    /// search term.
    pub fn names<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.0.group_names = Some(names.into_iter().map(str::to_owned).collect());
        self
    }

    /// What to add to each group.
    pub fn expand(mut self, expand: impl IntoIterator<Item = GroupExpand>) -> Self {
        self.0.expand = expand.into_iter().collect();
        self
    }

    /// Sorts by name.
    pub fn sort_by_name(mut self, direction: SortDirection) -> Self {
        self.0.sort_by = vec![Sort {
            field: "name",
            direction,
        }];
        self
    }

    /// How many groups a page holds at most: 1 to 100, 100 by default.
    pub fn limit(mut self, limit: u16) -> Self {
        self.0.limit = limit;
        self
    }

    /// Checks the limits.
    ///
    /// # Errors
    ///
    /// [`ParameterError`] names the first parameter that breaks a documented limit.
    pub fn build(self) -> Result<GroupSearch, ParameterError> {
        let search = self.0;
        let named = ("groupNames", search.group_names.is_some());
        in_range("limit", usize::from(search.limit), 1, 100)?;
        search.filter.check()?;
        if let Some(names) = &search.group_names {
            at_most("groupNames", names, 100)?;
            not_empty("groupNames", names, "without one, every group would be found")?;
        }
        at_most("expand", &search.expand, 2)?;
        not_both(named, ("searchTerm", search.filter.search_term.is_some()))?;
        not_both(named, ("groupIds", !search.filter.group_ids.is_empty()))?;
        Ok(search)
    }
}

/// A checked query for [`list_groups`](crate::AdminClient::list_groups) and
/// [`count_groups`](crate::AdminClient::count_groups).
///
/// The default is every group, in pages of 100:
///
/// ```
/// use atlassian_admin::{GroupSearch, GroupQuery, GroupFilter};
///
/// assert_eq!(GroupQuery::default(), GroupQuery::new(GroupFilter::default(), 100)?);
/// assert_eq!(GroupSearch::default(), GroupSearch::builder().limit(100).build()?);
/// # Ok::<(), atlassian_admin::ParameterError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupQuery(pub(crate) Filtered<GroupFilter>);

impl GroupQuery {
    /// A query for these groups, in pages of `limit` (1 to 100).
    ///
    /// # Errors
    ///
    /// [`ParameterError`] names the first parameter that breaks a documented limit.
    pub fn new(filter: GroupFilter, limit: u16) -> Result<Self, ParameterError> {
        Filtered::new(filter, limit).map(Self)
    }
}
