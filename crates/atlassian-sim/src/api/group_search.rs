//! What a listing of groups asks for, and which groups answer it.

use super::search::{
    Search, Sort, check_encodable, check_sort, holds, in_order, limit_in, strip_group_ari, wanted,
};
use super::{check_limit, check_list, check_words};
use crate::model::Model;
use crate::model::target::ROLES;
use crate::wire::{Query, Refusal};
use serde::Deserialize;

/// The parameters of the groups listings: body of the search, query of the deprecated listing and of the count.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct GroupSearch {
    pub(super) cursor: Option<String>,
    pub(super) limit: Option<i64>,
    pub(super) account_ids: Option<Vec<String>>,
    pub(super) directory_ids: Option<Vec<String>>,
    pub(super) role_ids: Option<Vec<String>>,
    pub(super) resource_owners: Option<Vec<String>>,
    pub(super) group_ids: Option<Vec<String>>,
    pub(super) resource_ids: Option<Vec<String>>,
    pub(super) search_term: Option<String>,
    pub(super) group_names: Option<Vec<String>>,
    pub(super) expand: Option<Vec<String>>,
    pub(super) sort_by: Option<Vec<Sort>>,
}

impl GroupSearch {
    /// From the query of the deprecated listing.
    pub(super) fn from_query(query: &Query<'_>) -> Result<Self, Refusal> {
        check_encodable(query)?;
        let search = Self {
            limit: limit_in(query),
            account_ids: query.all("accountIds"),
            directory_ids: query.all("directoryIds"),
            role_ids: query.all("roleIds"),
            resource_owners: query.all("resourceOwners"),
            group_ids: query.all("groupIds"),
            resource_ids: query.all("resourceIds"),
            search_term: query.first("searchTerm").map(str::to_owned),
            ..Self::default()
        };
        search.check()?;
        Ok(search)
    }

    /// The page size.
    pub(super) fn page_size(&self) -> Result<u32, Refusal> {
        check_limit(self.limit, 20, 100)
    }

    /// Whether an optional count is asked for.
    pub(super) fn expands(&self, word: &str) -> bool {
        holds(self.expand.as_ref(), word)
    }

    /// The groups in question, in the order of the answer; `None` for all of them in their natural order.
    pub(super) fn candidates(&self, model: &Model) -> Option<Vec<u32>> {
        let groups: Vec<u32> = if let Some(ids) = &self.group_ids {
            ids.iter()
                .filter_map(|id| model.find_group(strip_group_ari(id)))
                .collect()
        } else if let Some(names) = &self.group_names {
            names
                .iter()
                .flat_map(|name| model.find_group_name(name))
                .collect()
        } else if let Some(ids) = &self.account_ids {
            ids.iter()
                .filter_map(|id| model.find_account(id))
                .flat_map(|account| model.groups_of(account))
                .collect()
        } else if self.sort_by.is_some() {
            model.groups().collect()
        } else {
            return None;
        };
        let name = |group: &u32| model.group_name(*group);
        Some(in_order(groups, self.sort_by.as_deref(), name))
    }

    /// Whether a group passes every filter.
    pub(super) fn passes(&self, model: &Model, group: u32, directory: Option<u8>) -> bool {
        let home = model.group_directory(group);
        if !(directory.is_none_or(|directory| directory == home)
            && wanted(
                self.directory_ids.as_ref(),
                &model.directories[usize::from(home)].id,
            ))
        {
            return false;
        }
        let term = self.search_term.as_ref().map(|term| term.to_lowercase());
        if term.is_some_and(|term| !model.group_name(group).to_lowercase().contains(&term)) {
            return false;
        }
        if let Some(ids) = &self.account_ids {
            let groups = |id: &String| {
                model
                    .find_account(id)
                    .is_some_and(|a| model.groups_of(a).contains(&group))
            };
            if !ids.iter().any(groups) {
                return false;
            }
        }
        if self.role_ids.is_none() && self.resource_owners.is_none() && self.resource_ids.is_none() {
            return true;
        }
        model.group_roles(group).into_iter().any(|(target, role)| {
            let target = model.target(target);
            wanted(self.role_ids.as_ref(), ROLES[usize::from(role)])
                && wanted(self.resource_owners.as_ref(), target.owner)
                && wanted(self.resource_ids.as_ref(), &target.ari)
        })
    }
}

impl Search for GroupSearch {
    fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }

    fn limit(&self) -> Option<i64> {
        self.limit
    }

    fn check(&self) -> Result<(), Refusal> {
        check_list("accountIds", self.account_ids.as_ref(), 10)?;
        check_list("directoryIds", self.directory_ids.as_ref(), 10)?;
        check_list("roleIds", self.role_ids.as_ref(), 10)?;
        check_list("resourceOwners", self.resource_owners.as_ref(), 10)?;
        check_list("groupIds", self.group_ids.as_ref(), 10)?;
        check_list("resourceIds", self.resource_ids.as_ref(), 20)?;
        check_list("groupNames", self.group_names.as_ref(), 100)?;
        check_list("expand", self.expand.as_ref(), 2)?;
        check_words(
            "expand",
            self.expand.as_ref(),
            &["counts.resources", "counts.users"],
        )?;
        check_sort(self.sort_by.as_deref(), "name")
    }

    fn check_exclusions(&self) -> Result<(), Refusal> {
        if self.group_names.is_some() && (self.search_term.is_some() || self.group_ids.is_some()) {
            return Err(Refusal::invalid("groupNames excludes searchTerm and groupIds"));
        }
        Ok(())
    }
}
