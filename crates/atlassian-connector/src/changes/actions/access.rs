//! Accounts suspended and restored, in each directory that they belong to.

use super::super::fact::{Fact, Written, before};
use super::super::live::{
    administers, agrees_on_standing, of_account, present_user, standing, waits_for_deletion,
};
use super::super::outcome::Says;
use super::super::refusal::refused;
use super::super::steps::{Step, carry_out};
use super::super::wait;
use crate::shared::Shared;
use async_trait::async_trait;
use atlassian_admin::{
    AccountId, AccountStatus, AdminClient, Directory, DirectoryId, MembershipStatus, User, Write,
};
use connector_sdk::{ChangeContext, ChangeOutcome, ChangeState, Code, Error, Result};
use std::time::Duration;

pub(super) async fn disable(shared: &Shared, cx: &ChangeContext, id: &AccountId) -> Result<ChangeOutcome> {
    let client = &shared.client;
    let user = present_user(client, id).await?;
    let who = person(&user);
    let says = Says {
        done: format!("{who} was suspended"),
        already: format!("{who} is suspended already"),
        planned: format!("{who} would be suspended"),
    };
    let places = directories(client, &user).await?;
    if places.is_empty() {
        let already = format!(
            "{who} belongs to no directory of the organization, so it has no access there to suspend"
        );
        return Ok(Says { already, ..says }.already(cx));
    }
    if administers(client, &user).await? {
        return Err(refused(format!(
            "cannot suspend {who}: it administers the organization, and administrators of the organization cannot be \
             suspended"
        ))
        .with_hint("Take the role atlassian/org-admin from the account first"));
    }
    change(shared, cx, &places, id, &who, MembershipStatus::Suspended, &says).await
}

pub(super) async fn enable(shared: &Shared, cx: &ChangeContext, id: &AccountId) -> Result<ChangeOutcome> {
    let client = &shared.client;
    let user = present_user(client, id).await?;
    let who = person(&user);
    let is_to_be_deleted = waits_for_deletion(&user);
    let says = Says {
        done: format!("{who} was restored"),
        already: format!("{who} is not suspended"),
        planned: format!("{who} would be restored"),
    };
    let places = directories(client, &user).await?;
    if places.is_empty() {
        return Err(refused(format!(
            "cannot restore {who}: the account belongs to no directory of the organization"
        ))
        .with_hint("Invite the person with the action invite_user, or give them a role or a group"));
    }
    let outcome = change(shared, cx, &places, id, &who, MembershipStatus::Active, &says).await?;
    // The account itself ends what a restore gives back.
    let account = user
        .account_status
        .filter(|status| *status != AccountStatus::Active);
    let (what, action) = match account {
        _ if is_to_be_deleted => ("waits for its deletion".to_owned(), "cancel_account_deletion"),
        Some(status) => (format!("is {status}"), "reactivate_account"),
        None => return Ok(outcome),
    };
    if outcome.state == ChangeState::AlreadySo {
        return Err(refused(format!(
            "cannot restore {who}: it is suspended in no directory, and the account itself {what}, so it cannot log in"
        ))
        .with_hint(format!("Use the action {action}")));
    }
    Ok(outcome.note(format!(
        "the account itself {what}, so it cannot log in; see the action {action}"
    )))
}

async fn change(
    shared: &Shared,
    cx: &ChangeContext,
    places: &[Directory],
    id: &AccountId,
    who: &str,
    wanted: MembershipStatus,
    says: &Says,
) -> Result<ChangeOutcome> {
    let mut steps: Vec<Step<Suspension<'_>>> = Vec::new();
    for place in places {
        let directory = &place.directory_id;
        let fact = Suspension {
            client: &shared.client,
            directory,
            account: id,
            wanted: wanted.clone(),
            action: match wanted {
                MembershipStatus::Suspended => format!("suspend {who} in the {}", named(place)),
                _ => format!("restore {who} in the {}", named(place)),
            },
        };
        steps.push(Step {
            name: named(place),
            so: before(cx, shared.clock(), &fact).await?.1,
            fact,
        });
    }
    carry_out(cx, shared.clock(), &steps, says, "in").await
}

/// The directories of an account. That there are none is believed only where the account itself says so too.
pub(super) async fn directories(client: &AdminClient, user: &User) -> Result<Vec<Directory>> {
    let found = of_account(client, &user.account_id).await?;
    if !found.is_empty() || user.membership_status == Some(MembershipStatus::NoMembership) {
        return Ok(found);
    }
    let message = match user.membership_status {
        Some(_) => {
            "the vendor contradicts itself: it is a member of the organization, and no directory is listed that it \
                    belongs to"
        }
        None => {
            "no directory is listed that it belongs to, and the vendor does not say whether it is a member of the \
                 organization"
        }
    };
    Err(Error::new(
        Code::Internal,
        format!("cannot change {}: {message}; nothing was changed", person(user)),
    )
    .with_hint("Try again; where it stays so, look at the account at admin.atlassian.com"))
}

/// An account as people know it. The address is left out: outcomes are kept.
pub(super) fn person(user: &User) -> String {
    match user
        .name
        .as_deref()
        .map(str::trim)
        .filter(|name| !name.is_empty())
    {
        Some(name) => format!("account {name} ({})", user.account_id),
        None => format!("account {}", user.account_id),
    }
}

pub(super) fn named(directory: &Directory) -> String {
    match directory
        .name
        .as_deref()
        .map(str::trim)
        .filter(|name| !name.is_empty())
    {
        Some(name) => format!("directory {name} ({})", directory.directory_id),
        None => format!("directory {}", directory.directory_id),
    }
}

/// That an account is suspended in a directory, or is not.
struct Suspension<'a> {
    client: &'a AdminClient,
    directory: &'a DirectoryId,
    account: &'a AccountId,
    wanted: MembershipStatus,
    action: String,
}

#[async_trait]
impl Fact for Suspension<'_> {
    type Now = Option<MembershipStatus>;

    fn action(&self) -> String {
        self.action.clone()
    }

    async fn read(&self) -> Result<Option<MembershipStatus>> {
        standing(self.client, self.directory, self.account).await
    }

    fn is_so(&self, now: &Self::Now) -> Option<bool> {
        now.as_ref().map(|now| *now == self.wanted)
    }

    async fn agrees(&self, _: &Self::Now) -> Result<bool> {
        agrees_on_standing(self.client, self.directory, self.account, &self.wanted).await
    }

    fn timeout(&self) -> Duration {
        wait::SOON
    }
}

impl Written for Suspension<'_> {
    fn write(&self) -> Write {
        match self.wanted {
            MembershipStatus::Suspended => self.client.suspend_user(self.directory, self.account),
            _ => self.client.restore_user(self.directory, self.account),
        }
    }
}
