//! Managed accounts deactivated, activated, and kept while they wait for their deletion.

use super::super::administrators::{Ending, administrators_stay};
use super::super::deletion::refuse_unmanaged;
use super::super::fact::{Fact, Written, apply, before};
use super::super::live::{account, managed_account, waits_for_deletion};
use super::super::outcome::Says;
use super::super::refusal::{forbidden, not_found, refused};
use super::super::wait;
use super::access::person;
use crate::errors;
use crate::shared::Shared;
use async_trait::async_trait;
use atlassian_admin::{Absence, AccountId, AccountStatus, AdminClient, Privilege, Write};
use connector_sdk::{ChangeContext, ChangeOutcome, Result};
use std::time::Duration;

pub(super) async fn deactivate(
    shared: &Shared,
    cx: &ChangeContext,
    id: &AccountId,
    message: Option<&str>,
) -> Result<ChangeOutcome> {
    change(shared, cx, id, Action::Deactivate, message).await
}

pub(super) async fn reactivate(shared: &Shared, cx: &ChangeContext, id: &AccountId) -> Result<ChangeOutcome> {
    change(shared, cx, id, Action::Reactivate, None).await
}

pub(super) async fn cancel_deletion(
    shared: &Shared,
    cx: &ChangeContext,
    id: &AccountId,
) -> Result<ChangeOutcome> {
    change(shared, cx, id, Action::CancelDeletion, None).await
}

async fn change(
    shared: &Shared,
    cx: &ChangeContext,
    id: &AccountId,
    action: Action,
    message: Option<&str>,
) -> Result<ChangeOutcome> {
    let client = &shared.client;
    let user = account(client, id).await?;
    let who = user.as_ref().map_or_else(|| format!("account {id}"), person);
    let words = format!("{} {who}", action.words());
    if let Some(user) = &user {
        refuse_unmanaged(user, &words)?;
    }
    let privilege = action.privilege();
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
    let fact = Lifecycle {
        client,
        account: id,
        action,
        words,
        message,
    };
    let (now, is_so) = before(cx, shared.clock(), &fact).await?;
    let says = action.says(&who);
    if is_so {
        return Ok(says.already(cx));
    }
    if let Some((why, instead)) = action.needs_another(&now) {
        return Err(refused(format!("cannot {}: {why}", fact.words)).with_hint(instead));
    }
    // Where all is as wanted, what is allowed does not matter.
    if let Some(refusal) = forbidden(&fact.words, permissions.get(&privilege)) {
        return Err(refusal);
    }
    let cx = match user.filter(|_| action == Action::Deactivate) {
        Some(user) => administrators_stay(shared, cx, id, Ending::Account(&user), &fact.words).await?,
        None => *cx,
    };
    Ok(says.of(apply(&cx, shared.clock(), &fact).await?))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Deactivate,
    Reactivate,
    CancelDeletion,
}

impl Action {
    fn words(self) -> &'static str {
        match self {
            Self::Deactivate => "deactivate",
            Self::Reactivate => "activate",
            Self::CancelDeletion => "cancel the deletion of",
        }
    }

    fn says(self, who: &str) -> Says {
        let (done, already, planned) = match self {
            Self::Deactivate => (
                "was deactivated",
                "is deactivated already",
                "would be deactivated",
            ),
            Self::Reactivate => ("was activated", "is active already", "would be activated"),
            Self::CancelDeletion => (
                "is kept, and is active again",
                "is active and does not wait for its deletion",
                "would be kept and activated",
            ),
        };
        Says {
            done: format!("{who} {done}"),
            already: format!("{who} {already}"),
            planned: format!("{who} {planned}"),
        }
    }

    /// Why another action is the right one, and which.
    fn needs_another(self, now: &Now) -> Option<(&'static str, &'static str)> {
        match (self, now.state) {
            (Self::Reactivate, State::WaitsForDeletion) => Some((
                "it waits for its deletion",
                "Use the action cancel_account_deletion",
            )),
            // Where no directory knows it, nothing says whether it waits: the vendor decides.
            (Self::CancelDeletion, State::Inactive) if now.in_directories => Some((
                "it is deactivated and does not wait for its deletion",
                "Use the action reactivate_account",
            )),
            _ => None,
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

/// What is read of the account.
struct Now {
    state: State,
    /// A directory has it.
    in_directories: bool,
    /// The state stands in the profile, because no directory states it.
    by_profile: bool,
}

impl State {
    fn of(status: Option<&AccountStatus>, id: &AccountId) -> Result<Self> {
        match status {
            Some(AccountStatus::Active) => Ok(Self::Active),
            Some(AccountStatus::Inactive) => Ok(Self::Inactive),
            other => {
                let word = other.map_or("not told", AccountStatus::as_str);
                Err(refused(format!(
                    "the state of the account {id} is {word}, so nothing can be decided"
                )))
            }
        }
    }
}

/// That an account is active, or is not.
struct Lifecycle<'a> {
    client: &'a AdminClient,
    account: &'a AccountId,
    action: Action,
    words: String,
    message: Option<&'a str>,
}

impl Lifecycle<'_> {
    async fn by_profile(&self) -> Result<State> {
        let what = format!("read the profile of the account {}", self.account);
        let profile = self.client.account_profile(self.account).await;
        let profile = profile.map_err(errors::cannot(what))?;
        State::of(profile.account_status.as_ref(), self.account)
    }

    /// The state by the listing of the accounts that the organization manages.
    async fn by_listing(&self) -> Result<State> {
        let row = managed_account(self.client, self.account).await?;
        State::of(row.and_then(|row| row.account_status).as_ref(), self.account)
    }

    fn wants(&self, state: State) -> bool {
        match self.action {
            Action::Deactivate => state != State::Active,
            Action::Reactivate | Action::CancelDeletion => state == State::Active,
        }
    }
}

#[async_trait]
impl Fact for Lifecycle<'_> {
    type Now = Now;

    fn action(&self) -> String {
        self.words.clone()
    }

    async fn read(&self) -> Result<Now> {
        let user = account(self.client, self.account).await?;
        let status = user.as_ref().and_then(|user| user.account_status.as_ref());
        let waits = user.as_ref().is_some_and(waits_for_deletion);
        Ok(Now {
            state: match status {
                _ if waits => State::WaitsForDeletion,
                Some(status) => State::of(Some(status), self.account)?,
                None => self.by_profile().await?,
            },
            in_directories: user.is_some(),
            by_profile: !waits && status.is_none(),
        })
    }

    fn is_so(&self, now: &Now) -> Option<bool> {
        Some(self.wants(now.state))
    }

    async fn agrees(&self, now: &Now) -> Result<bool> {
        let state = match now.by_profile {
            true => self.by_listing().await?,
            false => self.by_profile().await?,
        };
        Ok(self.wants(state))
    }

    fn timeout(&self) -> Duration {
        wait::SOON
    }
}

impl Written for Lifecycle<'_> {
    fn write(&self) -> Write {
        match self.action {
            Action::Deactivate => self.client.disable_account(self.account, self.message),
            Action::Reactivate => self.client.enable_account(self.account),
            Action::CancelDeletion => self.client.cancel_account_deletion(self.account),
        }
    }
}
