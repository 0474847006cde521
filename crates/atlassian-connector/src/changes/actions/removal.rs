//! Accounts removed from directories.

use super::super::administrators::{Ending, administrators_stay};
use super::super::fact::{Fact, Written, before};
use super::super::live::{agrees_on_standing, present_user, standing};
use super::super::outcome::Says;
use super::super::refusal::malformed;
use super::super::steps::{Step, carry_out};
use super::super::wait;
use super::access::{directories, named, person};
use crate::shared::Shared;
use async_trait::async_trait;
use atlassian_admin::{AccountId, AdminClient, DirectoryId, MembershipStatus, Write};
use connector_sdk::{ChangeContext, ChangeOutcome, ChangeState, Result};
use std::time::Duration;

const FOR_GOOD: &str = "its groups and roles there are gone with it; the person has to be invited again";
const QUEUED: &str = "the vendor queues removals, so the account may be listed for a while";

pub(super) async fn remove(
    shared: &Shared,
    cx: &ChangeContext,
    id: &AccountId,
    only: Option<&str>,
) -> Result<ChangeOutcome> {
    let client = &shared.client;
    let only = only
        .map(DirectoryId::parse)
        .transpose()
        .map_err(|error| malformed(&error))?;
    let user = present_user(client, id).await?;
    let who = person(&user);
    let says = Says {
        done: format!("{who} was removed"),
        already: match &only {
            Some(directory) => format!("{who} does not belong to the directory {directory}"),
            None => format!("{who} belongs to no directory of the organization"),
        },
        planned: format!("{who} would be removed"),
    };
    let places = directories(client, &user).await?;
    let found = places.iter().map(|place| (named(place), &place.directory_id));
    let wanted: Vec<_> = match &only {
        // That it is not listed is one answer; the fact asks for the other.
        Some(only) => {
            let mut found = found.filter(|(_, id)| *id == only);
            vec![found.next().unwrap_or((format!("directory {only}"), only))]
        }
        None => found.collect(),
    };
    let mut steps = Vec::new();
    for (name, directory) in wanted {
        let fact = Removal {
            client,
            directory,
            account: id,
            action: format!("remove {who} from the {name}"),
        };
        steps.push(Step {
            name,
            so: before(cx, shared.clock(), &fact).await?.1,
            fact,
        });
    }
    let cx = match steps.iter().any(|step| !step.so) {
        true => {
            let ending = Ending::Account(&user);
            administrators_stay(shared, cx, id, ending, &format!("remove {who}")).await?
        }
        false => *cx,
    };
    let outcome = carry_out(&cx, shared.clock(), &steps, &says, "from").await?;
    Ok(match outcome.state {
        ChangeState::AlreadySo => outcome,
        ChangeState::Planned | ChangeState::Verified => outcome.note(FOR_GOOD),
        ChangeState::Done | ChangeState::InProgress => outcome.note(FOR_GOOD).note(QUEUED),
    })
}

/// That an account is no member of a directory.
struct Removal<'a> {
    client: &'a AdminClient,
    directory: &'a DirectoryId,
    account: &'a AccountId,
    action: String,
}

#[async_trait]
impl Fact for Removal<'_> {
    type Now = Option<MembershipStatus>;

    fn action(&self) -> String {
        self.action.clone()
    }

    async fn read(&self) -> Result<Option<MembershipStatus>> {
        standing(self.client, self.directory, self.account).await
    }

    fn is_so(&self, now: &Self::Now) -> Option<bool> {
        now.as_ref().map(|now| *now == MembershipStatus::NoMembership)
    }

    async fn agrees(&self, _: &Self::Now) -> Result<bool> {
        let gone = MembershipStatus::NoMembership;
        agrees_on_standing(self.client, self.directory, self.account, &gone).await
    }

    fn timeout(&self) -> Duration {
        wait::REMOVAL
    }
}

impl Written for Removal<'_> {
    fn write(&self) -> Write {
        self.client.remove_user(self.directory, self.account)
    }
}
