//! A role given to a group, and so to its members, or taken from it.

use std::time::Duration;

use async_trait::async_trait;
use atlassian_admin::{AdminClient, AdminError, DirectoryId, GroupId, RoleOnResource, Write};
use connector_sdk::{ChangeContext, ChangeOutcome, Result};

use super::{Direction, Role};
use crate::changes::fact::{Fact, Shows, apply};
use crate::changes::live::{Target, agreed, directory_of, group, group_holds, is_found_by_role};
use crate::changes::refusal::{malformed, not_found, refused};
use crate::changes::wait;
use crate::errors;
use crate::shared::Shared;

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
    let listed = || group_holds(client, id, &role.target);
    let mut holds = listed().await?;
    if direction == Direction::Take {
        let found = is_found_by_role(client, id, resource, name);
        let lacks = |holds: &Option<bool>| *holds == Some(false);
        holds = agreed(&format!("{} of {who}", role.shown), holds, lacks, found, listed).await?;
    }
    match (direction, holds) {
        (Direction::Give, Some(true)) | (Direction::Take, Some(false)) => return Ok(says.already()),
        (Direction::Take, None) => {
            return Ok(says.already().note(format!("{who} is gone")));
        }
        (Direction::Give, None) => {
            return Err(not_found(format!(
                "{who} is not in the organization {}",
                client.org()
            )));
        }
        (Direction::Give, Some(false)) | (Direction::Take, Some(true)) => {}
    }
    let Some(found) = group(client, id).await? else {
        return Err(not_found(format!(
            "{who} is not in the organization {}",
            client.org()
        )));
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
    Ok(says.of(apply(cx, shared.clock(), &fact).await?))
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
    fn deed(&self) -> String {
        self.direction.deed(self.role, self.who)
    }

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

    async fn shows(&self) -> Result<Shows> {
        let holds = group_holds(self.client, self.group, &self.role.target).await?;
        let shows = match self.direction {
            Direction::Give => holds == Some(true),
            Direction::Take => match (holds, &self.role.target) {
                (Some(true), _) => false,
                // One answer without it proves nothing.
                (Some(false), Target::Resource { resource, role }) => {
                    let found = is_found_by_role(self.client, self.group, resource, role).await;
                    !found.unwrap_or(false)
                }
                _ => true,
            },
        };
        Ok(shows.into())
    }

    fn patience(&self) -> Duration {
        wait::ROLES
    }

    fn lacks_what_it_needs(&self, error: &AdminError) -> bool {
        self.direction == Direction::Give && errors::names_account_or_group(error)
    }
}
