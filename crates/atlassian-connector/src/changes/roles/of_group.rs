//! A role given to a group, and so to its members, or taken from it.

use super::{Direction, Role};
use crate::changes::fact::{Fact, Written, apply, before};
use crate::changes::live::{Target, directory_of, group, group_holds, is_group_holding};
use crate::changes::refusal::{malformed, not_found, refused};
use crate::changes::wait;
use crate::shared::Shared;
use async_trait::async_trait;
use atlassian_admin::{AdminClient, AdminError, DirectoryId, GroupId, RoleOnResource, Write};
use connector_sdk::{ChangeContext, ChangeOutcome, Result};
use std::time::Duration;

pub(super) async fn change(
    shared: &Shared,
    cx: &ChangeContext,
    direction: Direction,
    role: &Role,
    id: &GroupId,
    who: &str,
) -> Result<ChangeOutcome> {
    let client = &shared.client;
    let says = direction.says(role, who);
    let Target::Resource { resource, role: name } = &role.target else {
        return Err(refused(format!("{} can be given to accounts only", role.shown)));
    };
    let gone = || match direction {
        Direction::Take => Ok(says.already(cx).note(format!("{who} is gone"))),
        Direction::Give => Err(not_found(format!(
            "{who} is not in the organization {}",
            client.org()
        ))),
    };
    let Some(found) = group(client, id).await? else {
        return gone();
    };
    let fact = GroupRole {
        client,
        direction,
        directory: directory_of(client, &found).await?,
        group: id,
        role,
        who,
        on: RoleOnResource::new(name.clone(), resource.clone()).map_err(|error| malformed(&error))?,
    };
    match before(cx, shared.clock(), &fact).await? {
        (None, _) => gone(),
        (_, true) => Ok(says.already(cx)),
        _ => Ok(says.of(apply(cx, shared.clock(), &fact).await?)),
    }
}

/// That a group holds a role, or does not.
struct GroupRole<'a> {
    client: &'a AdminClient,
    direction: Direction,
    directory: DirectoryId,
    group: &'a GroupId,
    role: &'a Role,
    who: &'a str,
    on: RoleOnResource,
}

#[async_trait]
impl Fact for GroupRole<'_> {
    type Now = Option<bool>;

    fn action(&self) -> String {
        self.direction.action(self.role, self.who)
    }

    async fn read(&self) -> Result<Option<bool>> {
        group_holds(self.client, self.group, &self.role.target).await
    }

    fn is_so(&self, holds: &Option<bool>) -> Option<bool> {
        Some((*holds == Some(true)) == (self.direction == Direction::Give))
    }

    /// A group of which it is proven that it is gone holds nothing.
    async fn agrees(&self, holds: &Option<bool>) -> Result<bool> {
        let Some(holds) = *holds else { return Ok(true) };
        Ok(is_group_holding(self.client, self.group, &self.role.target).await? == holds)
    }

    fn timeout(&self) -> Duration {
        wait::ROLES
    }
}

impl Written for GroupRole<'_> {
    fn write(&self) -> Write {
        match self.direction {
            Direction::Give => self
                .client
                .assign_group_role(&self.directory, self.group, &self.on),
            Direction::Take => self
                .client
                .revoke_group_role(&self.directory, self.group, &self.on),
        }
    }

    fn lacks_what_it_needs(&self, error: &AdminError) -> bool {
        self.direction == Direction::Give && error.names_account_or_group()
    }
}
