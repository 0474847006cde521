//! Members added to groups and taken out of them.

use super::administrators::{Ending, administrators_stay};
use super::fact::{Fact, Written, apply, before};
use super::live::{self, account, agrees_on_absence, directory_of, group, is_group_of};
use super::outcome::Says;
use super::refusal::{not_found, refused};
use super::subject::{identity, on, parts, refuse_immutable, shown};
use super::wait;
use crate::groups::Groups;
use crate::kinds::{MEMBER, USER};
use crate::profile;
use async_trait::async_trait;
use atlassian_admin::{AccountId, AdminClient, AdminError, DirectoryId, Group, GroupId, Write};
use connector_sdk::proto::connector::v2;
use connector_sdk::{ChangeContext, ChangeOutcome, Error, ResourceProvisioner, Result};
use std::time::Duration;

#[async_trait]
impl ResourceProvisioner for Groups {
    async fn grant(
        &self,
        cx: &ChangeContext,
        entitlement: &v2::Entitlement,
        principal: &v2::Resource,
    ) -> Result<ChangeOutcome> {
        let wanted = membership(entitlement, principal)?;
        let Membership { of, who, .. } = &wanted;
        refuse_read_only(entitlement, of)?;
        let client = &self.0.client;
        let Some(found) = group(client, &wanted.group).await? else {
            return Err(not_found(format!(
                "{of} is not in the organization {}",
                client.org()
            )));
        };
        let says = Says {
            done: format!("{who} was added to {of}"),
            already: format!("{who} is a member of {of} already"),
            planned: format!("{who} would be added to {of}"),
        };
        let fact = wanted.fact(client, &found, true).await?;
        if before(cx, self.0.clock(), &fact).await?.1 {
            return Ok(says.already(cx));
        }
        refuse_unmodifiable(&found, of)?;
        if account(client, &wanted.account).await?.is_none() {
            return Err(not_found(format!(
                "{who} is not in the organization {}",
                client.org()
            )));
        }
        Ok(says.of(apply(cx, self.0.clock(), &fact).await?))
    }

    async fn revoke(&self, cx: &ChangeContext, grant: &v2::Grant) -> Result<ChangeOutcome> {
        let (entitlement, principal) = parts(grant)?;
        let wanted = membership(entitlement, principal)?;
        let Membership { of, who, .. } = &wanted;
        refuse_read_only(entitlement, of)?;
        refuse_immutable(grant, &format!("the membership of {who} in {of}"))?;
        let client = &self.0.client;
        let says = Says {
            done: format!("{who} was taken out of {of}"),
            already: format!("{who} is no member of {of} any more"),
            planned: format!("{who} would be taken out of {of}"),
        };
        let Some(found) = group(client, &wanted.group).await? else {
            return Ok(says.already(cx).note(format!("{of} is gone")));
        };
        let fact = wanted.fact(client, &found, false).await?;
        if before(cx, self.0.clock(), &fact).await?.1 {
            return Ok(says.already(cx));
        }
        refuse_unmodifiable(&found, of)?;
        let ending = Ending::Membership(&wanted.group);
        let cx = administrators_stay(&self.0, cx, &wanted.account, ending, &fact.action()).await?;
        Ok(says.of(apply(&cx, self.0.clock(), &fact).await?))
    }
}

/// Who belongs to which group, and how people call both.
struct Membership {
    group: GroupId,
    of: String,
    account: AccountId,
    who: String,
}

impl Membership {
    /// The fact that it is so, or is not so any more, given the group as it is found.
    async fn fact<'a>(&'a self, client: &'a AdminClient, found: &Group, adds: bool) -> Result<Member<'a>> {
        Ok(Member {
            client,
            adds,
            directory: directory_of(client, found).await?,
            wanted: self,
        })
    }
}

fn membership(entitlement: &v2::Entitlement, principal: &v2::Resource) -> Result<Membership> {
    let (resource, slug) = on(entitlement)?;
    let of = shown(resource);
    if slug != MEMBER {
        return Err(refused(format!(
            "the entitlement {slug} of {of} is not membership, so nobody can be given it"
        )));
    }
    let who = shown(principal);
    if principal.id.as_ref().is_none_or(|id| id.resource_type != USER) {
        return Err(refused(format!(
            "only accounts are members of groups, and {who} is none"
        )));
    }
    Ok(Membership {
        group: GroupId::from_vendor(identity(resource)?),
        account: AccountId::from_vendor(identity(principal)?),
        of,
        who,
    })
}

/// Refuses what the artifact says is read-only, so that no request is made.
fn refuse_read_only(entitlement: &v2::Entitlement, of: &str) -> Result<()> {
    use connector_sdk::proto::any::is;
    let resource = entitlement.resource.as_ref();
    let modifiable = resource.and_then(|group| profile::flag(group, profile::MEMBERSHIP_MODIFIABLE));
    if modifiable != Some(false) && !entitlement.annotations.iter().any(is::<v2::EntitlementImmutable>) {
        return Ok(());
    }
    let synced = resource.is_some_and(|group| profile::flag(group, "external_synced") == Some(true));
    let by = resource
        .and_then(|group| profile::text(group, "managed_by"))
        .unwrap_or_default();
    Err(read_only(of, synced, by))
}

/// Refuses what the vendor says is read-only.
fn refuse_unmodifiable(group: &Group, of: &str) -> Result<()> {
    if group.is_modifiable() {
        return Ok(());
    }
    let by = group.managed_by.as_ref().map_or("", |by| by.as_str());
    Err(read_only(of, group.external_synced == Some(true), by))
}

fn read_only(of: &str, synced: bool, managed_by: &str) -> Error {
    match (synced, managed_by) {
        (true, _) | (_, "external") => refused(format!(
            "cannot change the members of {of}: an identity provider manages it"
        ))
        .with_hint("Change the group in the identity provider that it comes from"),
        (_, "") => refused(format!(
            "cannot change the members of {of}: the vendor says that it cannot be modified"
        )),
        (_, by) => refused(format!(
            "cannot change the members of {of}: the vendor says that it cannot be modified (managed by {by})"
        )),
    }
}

/// That an account belongs to a group, or does not.
struct Member<'a> {
    client: &'a AdminClient,
    adds: bool,
    directory: DirectoryId,
    wanted: &'a Membership,
}

#[async_trait]
impl Fact for Member<'_> {
    type Now = live::Membership;

    fn action(&self) -> String {
        if self.adds {
            format!("add {} to {}", self.wanted.who, self.wanted.of)
        } else {
            format!("take {} out of {}", self.wanted.who, self.wanted.of)
        }
    }

    async fn read(&self) -> Result<live::Membership> {
        live::membership(self.client, &self.wanted.group, &self.wanted.account).await
    }

    fn is_so(&self, now: &live::Membership) -> Option<bool> {
        Some(now.is_member == self.adds)
    }

    async fn agrees(&self, now: &live::Membership) -> Result<bool> {
        let (group, account) = (&self.wanted.group, &self.wanted.account);
        match self.adds {
            true => is_group_of(self.client, group, account).await,
            false => agrees_on_absence(self.client, group, account, *now).await,
        }
    }

    fn timeout(&self) -> Duration {
        wait::SOON
    }
}

impl Written for Member<'_> {
    fn write(&self) -> Write {
        if self.adds {
            self.client
                .add_group_member(&self.directory, &self.wanted.group, &self.wanted.account)
        } else {
            self.client
                .remove_group_member(&self.directory, &self.wanted.group, &self.wanted.account)
        }
    }

    fn lacks_what_it_needs(&self, error: &AdminError) -> bool {
        self.adds && error.names_account_or_group()
    }
}
