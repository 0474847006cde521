//! From a SCIM record to the account that it is linked to.

use std::time::Duration;

use atlassian_admin::{AccountId, User};
use connector_sdk::proto::connector::v2;
use connector_sdk::{
    AccountStatus, ChangeContext, ChangeOutcome, ChangeState, Code, ProfileValue, ResourceBuilder,
    ResourceGetter, Result,
};
use scim_client::ScimClient;

use super::record::{Record, by_id};
use super::{Wanted, is_unmanaged};
use crate::changes::wait;
use crate::kinds;
use crate::users::Users;

/// Where the profile holds the id of the SCIM record. It is no identity: only the account id is.
const SCIM_USER_ID: &str = "scim_user_id";

/// What is told of an account that no listing has.
pub(super) const UNLISTED: &str = "the organization does not list it yet";

/// The outcome where the person has a record already.
pub(super) async fn already(users: &Users, scim: &ScimClient, record: &Record) -> Result<ChangeOutcome> {
    let patience = users.0.accounts.wait;
    Ok(match account(users, scim, record, patience).await? {
        Some(id) => {
            let mut outcome = ChangeOutcome::new(
                ChangeState::AlreadySo,
                format!("the account {id} is there already"),
            );
            outcome.resource = Some(Box::new(resource(users, &id, record).await?.0));
            outcome
        }
        None => in_progress(record, patience),
    })
}

/// The outcome of a write: the account as soon as the vendor has linked it, within the time that was set.
pub(super) async fn wait(
    users: &Users,
    cx: &ChangeContext,
    scim: &ScimClient,
    wanted: &Wanted<'_>,
    before: Option<&User>,
    record: &Record,
) -> Result<ChangeOutcome> {
    let patience = users.0.accounts.wait;
    // The write is made, so a read that fails must not make a failure of it.
    let Ok(Some(id)) = account(users, scim, record, patience).await else {
        return Ok(in_progress(record, patience));
    };
    let summary = match before {
        Some(user) if user.account_id == id => format!("the account {id} was linked for {}", wanted.email),
        _ => format!("the account {id} was created for {}", wanted.email),
    };
    let patience = if cx.verify { wait::SOON } else { Duration::ZERO };
    let listed = || async {
        let found = resource(users, &id, record).await?;
        Ok(found.1.then_some(found))
    };
    let found = match wait::until(users.0.clock(), patience, listed).await {
        Ok(Some(found)) => Ok(found),
        Ok(None) => Ok((from_record(&id, record), false)),
        Err(error) => Err(error),
    };
    let (state, built, note) = match found {
        Ok((found, true)) if cx.verify => (ChangeState::Verified, found, None),
        Ok((found, _)) => (ChangeState::Done, found, None),
        Err(error) => {
            let note = format!("{UNLISTED} ({error})");
            (ChangeState::Done, from_record(&id, record), Some(note))
        }
    };
    let mut outcome = ChangeOutcome::new(state, summary);
    outcome.resource = Some(Box::new(built));
    outcome.notes.extend(note);
    if before.is_some_and(is_unmanaged) {
        outcome = outcome.note("the organization does not manage the account: its domain is not claimed");
    }
    Ok(outcome.note("it gives no access to an app by itself: that needs a group or a role"))
}

/// The id of the account that the record is linked to.
async fn account(
    users: &Users,
    scim: &ScimClient,
    record: &Record,
    patience: Duration,
) -> Result<Option<AccountId>> {
    if let Some(id) = record.account() {
        return Ok(Some(AccountId::from_vendor(&id)));
    }
    let read = || async {
        Ok(by_id(scim, record.id())
            .await?
            .and_then(|record| record.account()))
    };
    let found = wait::until(users.0.clock(), patience, read).await?;
    Ok(found.map(|id| AccountId::from_vendor(&id)))
}

fn in_progress(record: &Record, patience: Duration) -> ChangeOutcome {
    let summary = format!(
        "the SCIM user {} is there, and the vendor has not linked it to an account within {} seconds",
        record.id(),
        patience.as_secs()
    );
    ChangeOutcome::new(ChangeState::InProgress, summary)
        .note("the account appears in the next sync; its id is not known before")
}

/// The account as its listing states it, and whether it was listed; where no listing has it yet, as the record tells.
async fn resource(users: &Users, id: &AccountId, record: &Record) -> Result<(v2::Resource, bool)> {
    let (mut built, listed) = match users.get(&kinds::user(id)).await {
        Ok(row) => (row.resource, true),
        Err(error) if error.code() == Code::NotFound => (from_record(id, record), false),
        Err(error) => return Err(error),
    };
    if let Some(value) = record.id().as_str().into_value() {
        built
            .profile
            .get_or_insert_default()
            .fields
            .insert(SCIM_USER_ID.to_owned(), value);
    }
    Ok((built, listed))
}

fn from_record(id: &AccountId, record: &Record) -> v2::Resource {
    let user = &record.0.resource;
    let email = user.primary_email().map_or("", |email| email.as_str());
    let name = user.display_name.as_ref().map_or(email, |name| name.as_str());
    ResourceBuilder::new(kinds::user(id), if name.is_empty() { id.as_str() } else { name })
        .user(|account| account.email(email, true).login(email))
        .status(AccountStatus::Unspecified, "")
        .profile("account_id", id.as_str())
        .profile(SCIM_USER_ID, record.id().as_str())
        .build()
}
