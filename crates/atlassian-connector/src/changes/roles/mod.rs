//! Roles given and taken: on app instances and sites to accounts and groups, and the administration of the organization.

mod of_account;
mod of_group;

use super::live::Target;
use super::outcome::Says;
use super::refusal::refused;
use super::subject::{identity, is_direct, on, parts, refuse_fixed, refuse_immutable, shown};
use crate::kinds::{self, GROUP, USER};
use crate::organization::Organizations;
use crate::profile;
use crate::roles::{Place, grantable_to, place};
use crate::shared::Shared;
use crate::workspaces::Workspaces;
use async_trait::async_trait;
use atlassian_admin::{AccountId, GroupId, ResourceAri, RoleId};
use connector_sdk::proto::connector::v2;
use connector_sdk::{ChangeContext, ChangeOutcome, Error, ResourceProvisioner, Result};

/// Whether a role is given or taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Give,
    Take,
}

/// A role, what it is held on, and how people call both.
#[derive(Clone, Debug)]
struct Role {
    target: Target,
    shown: String,
}

impl Direction {
    /// How a change of a role of somebody is told.
    fn says(self, role: &Role, who: &str) -> Says {
        match self {
            Self::Give => Says {
                done: format!("{who} was given {}", role.shown),
                already: format!("{who} holds {} already", role.shown),
                planned: format!("{who} would be given {}", role.shown),
            },
            Self::Take => Says {
                done: format!("{} was taken from {who}", role.shown),
                already: format!("{who} does not hold {} any more", role.shown),
                planned: format!("{} would be taken from {who}", role.shown),
            },
        }
    }

    /// What the write does; reads after "cannot".
    fn action(self, role: &Role, who: &str) -> String {
        match self {
            Self::Give => format!("give {who} {}", role.shown),
            Self::Take => format!("take {} from {who}", role.shown),
        }
    }
}

#[async_trait]
impl ResourceProvisioner for Workspaces {
    async fn grant(
        &self,
        cx: &ChangeContext,
        entitlement: &v2::Entitlement,
        principal: &v2::Resource,
    ) -> Result<ChangeOutcome> {
        let holder = holder(principal)?;
        let role = on_workspace(entitlement, holder.kind())?;
        holder
            .change(&self.0, cx, Direction::Give, &role, principal, false)
            .await
    }

    async fn revoke(&self, cx: &ChangeContext, grant: &v2::Grant) -> Result<ChangeOutcome> {
        let (entitlement, principal) = parts(grant)?;
        let holder = holder(principal)?;
        let role = on_workspace(entitlement, holder.kind())?;
        refuse_immutable(grant, &role.shown)?;
        holder
            .change(&self.0, cx, Direction::Take, &role, principal, is_direct(grant))
            .await
    }

    fn why_immutable(&self, entitlement: &v2::Entitlement) -> Option<Error> {
        on_workspace(entitlement, USER).err()
    }
}

#[async_trait]
impl ResourceProvisioner for Organizations {
    async fn grant(
        &self,
        cx: &ChangeContext,
        entitlement: &v2::Entitlement,
        principal: &v2::Resource,
    ) -> Result<ChangeOutcome> {
        let role = on_organization(entitlement, principal)?;
        Holder::Account
            .change(&self.0, cx, Direction::Give, &role, principal, false)
            .await
    }

    async fn revoke(&self, cx: &ChangeContext, grant: &v2::Grant) -> Result<ChangeOutcome> {
        let (entitlement, principal) = parts(grant)?;
        let role = on_organization(entitlement, principal)?;
        refuse_immutable(grant, &role.shown)?;
        Holder::Account
            .change(&self.0, cx, Direction::Take, &role, principal, is_direct(grant))
            .await
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holder {
    Account,
    Group,
}

impl Holder {
    /// The resource type of such holders.
    fn kind(self) -> &'static str {
        match self {
            Self::Account => USER,
            Self::Group => GROUP,
        }
    }

    /// Gives or takes a role. The ids of an artifact are the vendor's, whatever they look like.
    async fn change(
        self,
        shared: &Shared,
        cx: &ChangeContext,
        direction: Direction,
        role: &Role,
        principal: &v2::Resource,
        was_direct: bool,
    ) -> Result<ChangeOutcome> {
        let (id, who) = (identity(principal)?, shown(principal));
        match self {
            Self::Account => {
                let account = AccountId::from_vendor(id);
                of_account::change(shared, cx, direction, role, &account, &who, was_direct).await
            }
            Self::Group => {
                let group = GroupId::from_vendor(id);
                of_group::change(shared, cx, direction, role, &group, &who).await
            }
        }
    }
}

fn holder(principal: &v2::Resource) -> Result<Holder> {
    match principal.id.as_ref().map(|id| id.resource_type.as_str()) {
        Some(USER) => Ok(Holder::Account),
        Some(GROUP) => Ok(Holder::Group),
        _ => Err(refused(format!(
            "a role is held by an account or a group, and {} is neither",
            shown(principal)
        ))),
    }
}

/// The role that an entitlement of a workspace stands for; refused where no operation gives it to principals of this type.
fn on_workspace(entitlement: &v2::Entitlement, principal: &str) -> Result<Role> {
    let (resource, slug) = on(entitlement)?;
    let role = role_of(slug)?;
    let ari = ResourceAri::from_vendor(kinds::id_of(resource));
    let said = format!("the role {role} on {}", shown(resource));
    let place = place(&ari, profile::text(resource, profile::RESOURCE_OWNER));
    refuse_ungrantable(place, &role, principal, &said)?;
    refuse_fixed(entitlement, &said)?;
    Ok(Role {
        target: Target::Resource { resource: ari, role },
        shown: said,
    })
}

fn on_organization(entitlement: &v2::Entitlement, principal: &v2::Resource) -> Result<Role> {
    let (resource, slug) = on(entitlement)?;
    let role = role_of(slug)?;
    let said = format!("the role {role} on {}", shown(resource));
    refuse_ungrantable(Place::Organization, &role, holder(principal)?.kind(), &said)?;
    refuse_fixed(entitlement, &said)?;
    Ok(Role {
        target: Target::Organization,
        shown: said,
    })
}

fn role_of(slug: &str) -> Result<RoleId> {
    slug.strip_prefix("role:")
        .filter(|role| !role.is_empty())
        .map(RoleId::from)
        .ok_or_else(|| {
            refused(format!(
                "the entitlement {slug} is not a role, so nobody can be given it"
            ))
        })
}

fn refuse_ungrantable(place: Place, role: &RoleId, principal: &str, said: &str) -> Result<()> {
    let possible = grantable_to(place, role.as_str());
    if possible.contains(&principal) {
        return Ok(());
    }
    let holders = |kind: &str| match kind {
        USER => "accounts",
        _ => "groups",
    };
    Err(match (place, role) {
        _ if !possible.is_empty() => {
            let only = possible.iter().map(|kind| holders(kind)).collect::<Vec<_>>().join(" and ");
            refused(format!("{said} can be given to {only} only, and taken from them"))
        }
        (Place::App | Place::Site, RoleId::OrgAdmin) => refused(format!(
            "{said} cannot be changed: the vendor ignores what this role is held on, so the account would become an \
             administrator of the whole organization"
        ))
        .with_hint("Grant the role atlassian/org-admin on the organization where that is meant"),
        (Place::App, RoleId::SiteAdmin) => {
            refused(format!("{said} cannot be changed: a site administrator is one of a site, not of an app"))
                .with_hint("Grant the role atlassian/site-admin on the site")
        }
        _ => refused(format!("{said} is immutable: the vendor has no operation that gives or takes it here")),
    })
}
