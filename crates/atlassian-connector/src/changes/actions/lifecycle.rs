//! Managed accounts deactivated, activated, and kept while they wait for their deletion.

use std::time::Duration;

use async_trait::async_trait;
use atlassian_admin::{Absence, AccountId, AccountStatus, AdminClient, Privilege, User, Write};
use connector_sdk::{ChangeContext, ChangeOutcome, Error, Result};

use super::super::deletion::{refuse_unmanaged, waits_for_deletion};
use super::super::fact::{Fact, Shows, apply};
use super::super::live::account;
use super::super::outcome::Says;
use super::super::refusal::{forbidden, not_found, refused};
use super::super::wait;
use super::access::person;
use crate::errors;
use crate::shared::Shared;

pub(super) async fn deactivate(
    shared: &Shared,
    cx: &ChangeContext,
    id: &AccountId,
    message: Option<&str>,
) -> Result<ChangeOutcome> {
    let now = read(&shared.client, id, Deed::Deactivate).await?;
    let says = now.says(
        "was deactivated",
        "is deactivated already",
        "would be deactivated",
    );
    if now.state != State::Active {
        return Ok(says.already());
    }
    now.make(shared, cx, id, message, &says).await
}

pub(super) async fn reactivate(shared: &Shared, cx: &ChangeContext, id: &AccountId) -> Result<ChangeOutcome> {
    let now = read(&shared.client, id, Deed::Reactivate).await?;
    let says = now.says("was activated", "is active already", "would be activated");
    match now.state {
        State::Active => Ok(says.already()),
        State::WaitsForDeletion => Err(now.refused(
            "it waits for its deletion",
            "Use the action cancel_account_deletion",
        )),
        State::Inactive => now.make(shared, cx, id, None, &says).await,
    }
}

pub(super) async fn cancel_deletion(
    shared: &Shared,
    cx: &ChangeContext,
    id: &AccountId,
) -> Result<ChangeOutcome> {
    let now = read(&shared.client, id, Deed::CancelDeletion).await?;
    let says = now.says(
        "is kept, and is active again",
        "is active and does not wait for its deletion",
        "would be kept and activated",
    );
    match now.state {
        State::Active => Ok(says.already()),
        // No directory knows it, so nothing says whether it waits: the vendor decides.
        State::Inactive if now.known_to_directories => Err(now.refused(
            "it is deactivated and does not wait for its deletion",
            "Use the action reactivate_account",
        )),
        State::WaitsForDeletion | State::Inactive => now.make(shared, cx, id, None, &says).await,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Deactivate,
    Reactivate,
    CancelDeletion,
}

impl Deed {
    fn words(self) -> &'static str {
        match self {
            Self::Deactivate => "deactivate",
            Self::Reactivate => "activate",
            Self::CancelDeletion => "cancel the deletion of",
        }
    }

    fn privilege(self) -> Privilege {
        match self {
            Self::Deactivate | Self::Reactivate => Privilege::LifecycleEnablement,
            Self::CancelDeletion => Privilege::LifecycleDelete,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Active,
    Inactive,
    WaitsForDeletion,
}

/// What was read of the account before anything is done.
struct Now {
    who: String,
    deed: Deed,
    state: State,
    known_to_directories: bool,
    permission: Option<Error>,
}

impl Now {
    fn says(&self, done: &str, already: &str, planned: &str) -> Says {
        let who = &self.who;
        Says {
            done: format!("{who} {done}"),
            already: format!("{who} {already}"),
            planned: format!("{who} {planned}"),
        }
    }

    fn refused(&self, why: &str, hint: &str) -> Error {
        refused(format!("cannot {} {}: {why}", self.deed.words(), self.who)).with_hint(hint)
    }

    async fn make(
        self,
        shared: &Shared,
        cx: &ChangeContext,
        id: &AccountId,
        message: Option<&str>,
        says: &Says,
    ) -> Result<ChangeOutcome> {
        if let Some(refusal) = self.permission {
            return Err(refusal);
        }
        let fact = Lifecycle {
            client: &shared.client,
            account: id,
            deed: self.deed,
            who: &self.who,
            message,
        };
        Ok(says.of(apply(cx, shared.clock(), &fact).await?))
    }
}

/// Reads the account and what may be done to it. The permission is only told here; where all is as wanted it does not
/// matter.
async fn read(client: &AdminClient, id: &AccountId, deed: Deed) -> Result<Now> {
    let user = account(client, id).await?;
    let who = user.as_ref().map_or_else(|| format!("account {id}"), person);
    let words = format!("{} {who}", deed.words());
    if let Some(user) = &user {
        refuse_unmanaged(user, &words)?;
    }
    let privilege = deed.privilege();
    let permissions = match client
        .account_permissions(id, std::slice::from_ref(&privilege))
        .await
    {
        Ok(permissions) => permissions,
        Err(error) if error.absence() == Absence::Proven => {
            return Err(not_found(format!(
                "there is no account {id} that the organization manages"
            )));
        }
        Err(error) => return Err(errors::cannot(format!("read what may be done to {who}"))(error)),
    };
    Ok(Now {
        state: state(client, id, user.as_ref()).await?,
        known_to_directories: user.is_some(),
        permission: forbidden(&words, permissions.get(&privilege)),
        who,
        deed,
    })
}

async fn state(client: &AdminClient, id: &AccountId, user: Option<&User>) -> Result<State> {
    if user.is_some_and(waits_for_deletion) {
        return Ok(State::WaitsForDeletion);
    }
    let status = match user.and_then(|user| user.account_status.clone()) {
        Some(status) => Some(status),
        None => {
            client
                .account_profile(id)
                .await
                .map_err(errors::cannot(format!("read the profile of the account {id}")))?
                .account_status
        }
    };
    match status {
        Some(AccountStatus::Active) => Ok(State::Active),
        Some(AccountStatus::Inactive) => Ok(State::Inactive),
        other => {
            let word = other.as_ref().map_or("not told", AccountStatus::as_str);
            Err(refused(format!(
                "the state of the account {id} is {word}, so nothing can be decided"
            )))
        }
    }
}

/// That an account is active, or is not.
struct Lifecycle<'a> {
    client: &'a AdminClient,
    account: &'a AccountId,
    deed: Deed,
    who: &'a str,
    message: Option<&'a str>,
}

#[async_trait]
impl Fact for Lifecycle<'_> {
    fn deed(&self) -> String {
        format!("{} {}", self.deed.words(), self.who)
    }

    fn write(&self) -> Write {
        match self.deed {
            Deed::Deactivate => self.client.disable_account(self.account, self.message),
            Deed::Reactivate => self.client.enable_account(self.account),
            Deed::CancelDeletion => self.client.cancel_account_deletion(self.account),
        }
    }

    async fn shows(&self) -> Result<Shows> {
        let user = account(self.client, self.account).await?;
        let state = state(self.client, self.account, user.as_ref()).await?;
        let shows = match self.deed {
            Deed::Deactivate => state != State::Active,
            Deed::Reactivate | Deed::CancelDeletion => state == State::Active,
        };
        Ok(shows.into())
    }

    fn patience(&self) -> Duration {
        wait::SOON
    }
}
