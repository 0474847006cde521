//! What a listing of users asks for, and which accounts answer it.

use super::search::{
    Search, Sort, check_encodable, check_sort, holds, in_order, limit_in, strip_group_ari, wanted,
};
use super::{check_limit, check_list, check_words};
use crate::model::profile::Field;
use crate::model::{DirectoryStatus, Listing, Model, target::ROLES};
use crate::wire::{Query, Refusal};
use serde::Deserialize;

/// The parameters of the users listings: body of the search, query of the deprecated listing and of the count.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct UserSearch {
    pub(super) cursor: Option<String>,
    pub(super) limit: Option<i64>,
    pub(super) account_ids: Option<Vec<String>>,
    pub(super) directory_ids: Option<Vec<String>>,
    pub(super) resource_ids: Option<Vec<String>>,
    pub(super) group_ids: Option<Vec<String>>,
    pub(super) mfa_enabled: Option<bool>,
    pub(super) claim_status: Option<String>,
    pub(super) status: Option<Vec<String>>,
    pub(super) account_status: Option<Vec<String>>,
    pub(super) membership_status: Option<Vec<String>>,
    pub(super) role_ids: Option<Vec<String>>,
    pub(super) email_domains: Option<Vec<String>>,
    pub(super) emails: Option<Vec<String>>,
    pub(super) search_term: Option<String>,
    pub(super) expand: Option<Vec<String>>,
    pub(super) sort_by: Option<Vec<Sort>>,
}

impl UserSearch {
    /// From the query of the deprecated listing.
    pub(super) fn from_query(query: &Query<'_>) -> Result<Self, Refusal> {
        check_encodable(query)?;
        let search = Self {
            cursor: query.first("cursor").map(str::to_owned),
            limit: limit_in(query),
            account_ids: query.all("accountIds"),
            directory_ids: query.all("directoryIds"),
            resource_ids: query.all("resourceIds"),
            group_ids: query.all("groupIds"),
            mfa_enabled: match query.first("mfaEnabled") {
                None => None,
                Some("true") => Some(true),
                Some("false") => Some(false),
                Some(_) => return Err(Refusal::invalid("mfaEnabled is true or false")),
            },
            claim_status: query.first("claimStatus").map(str::to_owned),
            status: query.all("status"),
            account_status: query.all("accountStatus"),
            membership_status: query.all("membershipStatus"),
            role_ids: query.all("roleIds"),
            email_domains: query.all("emailDomains"),
            search_term: query.first("searchTerm").map(str::to_owned),
            ..Self::default()
        };
        search.check()?;
        Ok(search)
    }

    /// The page size.
    pub(super) fn page_size(&self, default: u32) -> Result<u32, Refusal> {
        check_limit(self.limit, default, 100)
    }

    /// Whether the answer is the whole listing in its natural order.
    pub(super) fn is_plain(&self) -> bool {
        let lists = [
            &self.account_ids,
            &self.directory_ids,
            &self.resource_ids,
            &self.group_ids,
            &self.status,
            &self.account_status,
            &self.membership_status,
            &self.role_ids,
            &self.email_domains,
            &self.emails,
        ];
        lists.into_iter().all(Option::is_none)
            && self.mfa_enabled.is_none()
            && self.claim_status.is_none()
            && self.search_term.is_none()
            && self.sort_by.is_none()
    }
}

impl Search for UserSearch {
    fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }

    fn limit(&self) -> Option<i64> {
        self.limit
    }

    fn check(&self) -> Result<(), Refusal> {
        check_list("accountIds", self.account_ids.as_ref(), 10)?;
        check_list("directoryIds", self.directory_ids.as_ref(), 10)?;
        check_list("resourceIds", self.resource_ids.as_ref(), 20)?;
        check_list("groupIds", self.group_ids.as_ref(), 10)?;
        check_list("status", self.status.as_ref(), 4)?;
        check_list("accountStatus", self.account_status.as_ref(), 3)?;
        check_list("membershipStatus", self.membership_status.as_ref(), 3)?;
        check_list("roleIds", self.role_ids.as_ref(), 10)?;
        check_list("emailDomains", self.email_domains.as_ref(), 10)?;
        check_list("emails", self.emails.as_ref(), 100)?;
        let statuses = [
            "active",
            "suspended",
            "not_invited",
            "deactivated",
            "for_deletion",
        ];
        check_words("status", self.status.as_ref(), &statuses)?;
        check_words(
            "accountStatus",
            self.account_status.as_ref(),
            &["active", "inactive", "closed"],
        )?;
        let memberships = ["active", "suspended", "no_membership"];
        check_words("membershipStatus", self.membership_status.as_ref(), &memberships)?;
        check_words(
            "claimStatus",
            self.claim_status.clone().map(|one| vec![one]).as_ref(),
            &["managed", "unmanaged"],
        )?;
        let roles: Vec<&str> = ROLES
            .into_iter()
            .filter(|role| !matches!(*role, "atlassian/viewer" | "atlassian/quality-owner"))
            .collect();
        check_words("roleIds", self.role_ids.as_ref(), &roles)?;
        let expands = ["platformRoles", "counts.resources", "productAccess", "groups"];
        check_words("expand", self.expand.as_ref(), &expands)?;
        check_sort(self.sort_by.as_deref(), "nick_name")
    }

    fn check_exclusions(&self) -> Result<(), Refusal> {
        if self.emails.is_some() && self.search_term.is_some() {
            return Err(Refusal::invalid("emails and searchTerm exclude each other"));
        }
        Ok(())
    }
}

/// A search with its identifiers resolved.
#[derive(Debug)]
pub(super) struct Sieve<'a> {
    model: &'a Model,
    search: &'a UserSearch,
    directory: Option<u8>,
    directories: Option<Vec<Option<u8>>>,
    domains: Option<Vec<String>>,
    term: Option<String>,
}

impl<'a> Sieve<'a> {
    pub(super) fn new(model: &'a Model, search: &'a UserSearch, directory: Option<u8>) -> Self {
        let lower = |texts: &Vec<String>| texts.iter().map(|text| text.to_lowercase()).collect();
        Self {
            model,
            search,
            directory,
            directories: search
                .directory_ids
                .as_ref()
                .map(|ids| ids.iter().map(|id| model.find_directory(id)).collect()),
            domains: search.email_domains.as_ref().map(lower),
            term: search.search_term.as_ref().map(|term| term.to_lowercase()),
        }
    }

    /// The accounts in question, in the order of the answer; `None` for the whole listing in its natural order.
    pub(super) fn candidates(&self) -> Option<Vec<u32>> {
        let model = self.model;
        let listed = |account: &u32| model.listing(*account) == Listing::Search;
        let accounts: Vec<u32> = if let Some(groups) = &self.search.group_ids {
            let groups = groups
                .iter()
                .filter_map(|id| model.find_group(strip_group_ari(id)));
            groups.flat_map(|group| model.members(group)).collect()
        } else if let Some(ids) = &self.search.account_ids {
            ids.iter()
                .filter_map(|id| model.find_account(id))
                .filter(listed)
                .collect()
        } else if let Some(emails) = &self.search.emails {
            emails
                .iter()
                .filter_map(|email| model.find_email(email))
                .filter(listed)
                .collect()
        } else if self.search.sort_by.is_some() {
            model.searchable().collect()
        } else {
            return None;
        };
        let nickname = |account: &u32| {
            let name = model.field(*account, Field::Nickname);
            name.unwrap_or_default().into_owned()
        };
        Some(in_order(accounts, self.search.sort_by.as_deref(), nickname))
    }

    /// Whether an account passes every filter.
    pub(super) fn passes(&self, account: u32) -> bool {
        let (model, search) = (self.model, self.search);
        let member =
            |directory: u8| model.directory_status(account, directory) != DirectoryStatus::NoMembership;
        if !self.directory.is_none_or(member) || search.is_plain() {
            return self.directory.is_none_or(member);
        }
        let has = |list: &Option<Vec<String>>, word: Option<&str>| {
            list.is_none() || word.is_some_and(|word| holds(list.as_ref(), word))
        };
        let standing = model.standing(account);
        let managed = model.is_managed(account);
        self.directories
            .as_ref()
            .is_none_or(|all| all.iter().flatten().any(|directory| member(*directory)))
            && has(&search.status, standing.status)
            && has(&search.account_status, standing.account)
            && has(&search.membership_status, standing.membership)
            && search
                .claim_status
                .as_ref()
                .is_none_or(|claim| (claim == "managed") == managed)
            && search
                .mfa_enabled
                .is_none_or(|mfa| managed && model.mfa(account) == mfa)
            && self.passes_texts(account)
            && self.passes_access(account)
    }

    fn passes_texts(&self, account: u32) -> bool {
        let model = self.model;
        if let Some(ids) = &self.search.account_ids
            && !ids.contains(&model.account_id(account))
        {
            return false;
        }
        if self.domains.is_none() && self.term.is_none() && self.search.emails.is_none() {
            return true;
        }
        let email = model.email(account).unwrap_or_default();
        let domain = email.rsplit_once('@').map_or("", |(_, domain)| domain);
        self.domains
            .as_ref()
            .is_none_or(|domains| domains.iter().any(|one| one == domain))
            && self
                .search
                .emails
                .as_ref()
                .is_none_or(|all| all.iter().any(|one| one.eq_ignore_ascii_case(&email)))
            && self
                .term
                .as_ref()
                .is_none_or(|term| email.contains(term) || model.name(account).to_lowercase().contains(term))
    }

    fn passes_access(&self, account: u32) -> bool {
        let (roles, resources) = (self.search.role_ids.as_ref(), self.search.resource_ids.as_ref());
        if roles.is_none() && resources.is_none() {
            return true;
        }
        self.model.held(account).iter().any(|held| {
            wanted(roles, ROLES[usize::from(held.role)])
                && wanted(resources, &self.model.target(held.target).ari)
        })
    }
}
