//! The rows that role assignments become: grants, and the entitlements and workspaces they need.

use super::basis::{Held, held};
use super::catalogue::{entitlement, everywhere, grantable_to, slug};
use super::target::{Place, Target, is_project_or_goal, place, placeholder, target};
use crate::kinds::{GROUP, MEMBER, USER};
use crate::{kinds, notices};
use atlassian_admin::{
    GroupRoleAssignment, MembershipStatus, OrgId, ResourceAri, ResourceOwner, RoleId, UserRoleAssignment,
};
use connector_sdk::{
    Basis, EntitlementRow, GrantRow, Notice, Page, ResourceKey, ResourceRow, Standing, SyncContext,
};
use std::collections::{BTreeMap, BTreeSet};

/// What the mapping of roles depends on.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    pub(crate) org: OrgId,
    pub(crate) include_projects_and_goals: bool,
}

/// Collects the rows of one page. Workspaces and entitlements are stated once in a page.
#[derive(Debug)]
pub(crate) struct Rows<'a> {
    scope: &'a Scope,
    cx: &'a SyncContext,
    resources: BTreeMap<ResourceKey, ResourceRow>,
    entitlements: BTreeMap<(ResourceKey, String), EntitlementRow>,
    grants: Vec<GrantRow>,
    left_out: BTreeSet<String>,
    methods_missing: bool,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(scope: &'a Scope, cx: &'a SyncContext) -> Self {
        Self {
            scope,
            cx,
            resources: BTreeMap::new(),
            entitlements: BTreeMap::new(),
            grants: Vec::new(),
            left_out: BTreeSet::new(),
            methods_missing: false,
        }
    }

    /// What an account effectively holds on one resource.
    pub(crate) fn of_account(&mut self, account: &ResourceKey, row: &UserRoleAssignment) {
        for (role, methods) in row.held() {
            let Some(target) = self.target(&row.resource_id, row.resource_owner.as_ref(), role) else {
                continue;
            };
            let revocable = grantable_to(target.place, role.as_str()).contains(&USER);
            let Held { basis, words, unsaid } = held(methods, revocable);
            self.methods_missing |= unsaid;
            let mut grant = GrantRow::new(target.key, &slug(role.as_str()), account.clone());
            grant.basis = basis;
            grant.facts.insert("methods".to_owned(), words);
            let (directory, status) = (row.directory_id.as_ref(), row.user_directory_status.as_ref());
            if let Some(directory) = directory {
                grant = grant.fact("directories", directory.as_str());
            }
            if let Some(status) = status {
                let directory = directory.map_or("", |directory| directory.as_str());
                grant = grant.fact("directory_status", format!("{directory}:{status}"));
            }
            grant.dormant = matches!(
                status,
                Some(MembershipStatus::Suspended | MembershipStatus::NoMembership)
            );
            self.push(grant);
        }
    }

    /// What a group gives its members on one resource.
    pub(crate) fn of_group(&mut self, group: &ResourceKey, row: &GroupRoleAssignment) {
        for role in &row.roles {
            let Some(target) = self.target(&row.resource_id, row.resource_owner.as_ref(), role) else {
                continue;
            };
            let revocable = grantable_to(target.place, role.as_str()).contains(&GROUP);
            let mut grant = GrantRow::new(target.key, &slug(role.as_str()), group.clone())
                .expandable_through(MEMBER, &[USER]);
            grant.basis = Basis::Stated {
                immutable: !revocable,
            };
            if let Some(default) = &row.default_role {
                grant = grant.fact("default_role", default.as_str());
            }
            self.push(grant);
        }
    }

    /// A role of the platform that only the listing of accounts states. Nobody says where it is held or how, so nobody
    /// can change it.
    pub(crate) fn uncovered(&mut self, account: &ResourceKey, role: &str) {
        let organization = kinds::organization(&self.scope.org);
        self.met(&organization, Place::Organization, role);
        let grant = GrantRow::new(organization, &slug(role), account.clone());
        self.push(grant.immutable().fact("stated_by", "platformRoles"));
    }

    /// Adds the rows to a page.
    pub(crate) fn into_page(self, page: &mut Page) {
        page.resources.extend(self.resources.into_values());
        page.entitlements.extend(self.entitlements.into_values());
        page.grants.extend(self.grants);
        page.notices.extend(self.left_out.into_iter().map(|target| {
            Notice::fact(
                notices::LEFT_OUT_TARGET,
                target,
                "roles on single projects and goals are left out",
            )
        }));
        page.notices
            .extend(self.methods_missing.then(notices::methods_missing));
    }

    /// The target of a role, with its workspace and entitlement stated; `None` where it is left out.
    fn target(
        &mut self,
        resource: &ResourceAri,
        owner: Option<&ResourceOwner>,
        role: &RoleId,
    ) -> Option<Target> {
        let left_out = is_project_or_goal(resource, owner.map(ResourceOwner::as_str));
        if left_out && !self.scope.include_projects_and_goals {
            self.left_out.insert(resource.to_string());
            return None;
        }
        let target = target(&self.scope.org, resource, owner, role.as_str());
        // What is listed is described better by its listing, and states the roles that are found everywhere by itself.
        let listed = self
            .cx
            .is_stated(&target.key.resource_type, &target.key.resource, Standing::Listed);
        if target.place != Place::Organization && !listed && !self.resources.contains_key(&target.key) {
            self.resources
                .insert(target.key.clone(), placeholder(resource, owner));
        }
        let found_everywhere =
            place(resource, None) == target.place && everywhere(target.place).contains(&role.as_str());
        if !(listed && found_everywhere) {
            self.met(&target.key, target.place, role.as_str());
        }
        Some(target)
    }

    fn met(&mut self, resource: &ResourceKey, place: Place, role: &str) {
        self.entitlements
            .entry((resource.clone(), slug(role)))
            .or_insert_with(|| entitlement(resource.clone(), place, role, Standing::Placeholder(0)));
    }

    fn push(&mut self, grant: GrantRow) {
        // Rows of one page are few and equal ones stand close together; merging unequal ones is the engine's.
        if !self.grants.contains(&grant) {
            self.grants.push(grant);
        }
    }
}
