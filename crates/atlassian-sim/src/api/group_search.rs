//! What a listing of groups asks for, and which groups answer it.

use serde::Deserialize;

use super::user_search::{Sort, strip_group_ari};
use super::{check_limit, check_list, check_words};
use crate::model::Model;
use crate::model::target::ROLES;
use crate::wire::{Query, Refusal};

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
    /// From the body of a search.
    pub(super) fn from_body(body: &str) -> Result<Self, Refusal> {
        let search: Self =
            serde_json::from_str(body).map_err(|error| Refusal::invalid(format!("invalid body: {error}")))?;
        search.check()?;
        if search.group_names.is_some() && (search.search_term.is_some() || search.group_ids.is_some()) {
            return Err(Refusal::invalid("groupNames excludes searchTerm and groupIds"));
        }
        Ok(search)
    }

    /// From the query of the deprecated listing. `sortBy` and `counts` are objects there, for which the vendor
    /// documents no encoding, so they are refused.
    pub(super) fn from_query(query: &Query<'_>) -> Result<Self, Refusal> {
        if let Some(name) = query.names().find(|name| matches!(*name, "sortBy" | "counts")) {
            return Err(Refusal::invalid(format!("{name} has no known encoding")));
        }
        let search = Self {
            limit: query.first("limit").map(|limit| limit.parse().unwrap_or(-1)),
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
        match self.sort_by.as_deref() {
            None => Ok(()),
            Some([Sort { field, direction }])
                if field == "name" && matches!(direction.as_str(), "asc" | "desc") =>
            {
                Ok(())
            }
            Some(_) => Err(Refusal::invalid("sortBy takes one item, name asc or desc")),
        }
    }

    /// The page size.
    pub(super) fn page_size(&self) -> Result<u32, Refusal> {
        check_limit(self.limit, 20, 100)
    }

    /// Whether an optional count is asked for.
    pub(super) fn expands(&self, word: &str) -> bool {
        self.expand
            .as_ref()
            .is_some_and(|all| all.iter().any(|one| one == word))
    }

    /// The groups in question, in the order of the answer; `None` for all of them in their natural order.
    pub(super) fn candidates(&self, model: &Model) -> Option<Vec<u32>> {
        let mut groups: Vec<u32> = if let Some(ids) = &self.group_ids {
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
        groups.sort_unstable();
        groups.dedup();
        if let Some([Sort { direction, .. }]) = self.sort_by.as_deref() {
            groups.sort_by_cached_key(|group| model.group_name(*group));
            if direction == "desc" {
                groups.reverse();
            }
        }
        Some(groups)
    }

    /// Whether a group passes every filter.
    pub(super) fn passes(&self, model: &Model, group: u32, directory: Option<u8>) -> bool {
        let home = model.group_directory(group);
        let wanted = |list: &Option<Vec<String>>, word: &str| {
            list.as_ref()
                .is_none_or(|list| list.iter().any(|one| one == word))
        };
        if !(directory.is_none_or(|directory| directory == home)
            && wanted(&self.directory_ids, &model.directories[usize::from(home)].id))
        {
            return false;
        }
        let term = self.search_term.as_ref().map(|term| term.to_lowercase());
        if term.is_some_and(|term| !model.group_name(group).contains(&term)) {
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
            wanted(&self.role_ids, ROLES[usize::from(role)])
                && wanted(&self.resource_owners, target.owner)
                && wanted(&self.resource_ids, &target.ari)
        })
    }
}
