//! From a SCIM record to the account that it is linked to.

use std::time::Duration;

use atlassian_admin::{AccountId, User};
use connector_sdk::proto::any;
use connector_sdk::proto::connector::v2;
use connector_sdk::{
    AccountStatus, ChangeContext, ChangeOutcome, ChangeState, Code, Error, ProfileValue, ResourceBuilder,
    ResourceGetter, Result,
};
use scim_client::{ScimClient, same_user_name};

use super::record::{Record, by_id};
use super::{Wanted, is_unmanaged};
use crate::changes::fact::outcome_unknown;
use crate::changes::wait;
use crate::kinds;
use crate::users::Users;

/// Where the profile holds the id of the SCIM record. It is no identity: only the account id is.
const SCIM_USER_ID: &str = "scim_user_id";

/// What is told of an account that no listing has.
pub(super) const UNLISTED: &str = "the organization does not list it yet";

/// The outcome where the person has a record already.
pub(super) async fn already(
    users: &Users,
    scim: &ScimClient,
    wanted: &Wanted<'_>,
    record: &Record,
) -> Result<ChangeOutcome> {
    let patience = users.0.accounts.wait;
    let Some(id) = account(users, scim, record, patience).await? else {
        return Ok(in_progress(record, patience));
    };
    let found = resource(users, wanted, &id, record).await?;
    let summary = match found.1 {
        Listed::Yes => format!("the account {id} is there already"),
        Listed::No => format!(
            "the SCIM user {} is there and linked to the account {id}, and {UNLISTED}",
            record.id()
        ),
        Listed::Another => {
            let message = format!("the vendor contradicts itself: {}", not_the_persons(record, &id));
            return Err(Error::new(Code::Internal, message)
                .with_hint("Nothing was sent. Look at both in the directory"));
        }
    };
    let state = match found.1 {
        Listed::Yes => ChangeState::AlreadySo,
        _ => ChangeState::InProgress,
    };
    let mut outcome = ChangeOutcome::new(state, summary);
    outcome.resource = Some(Box::new(found.0));
    Ok(outcome)
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
        let found = resource(users, wanted, &id, record).await?;
        Ok((found.1 != Listed::No).then_some(found))
    };
    let found = match wait::until(users.0.clock(), patience, listed).await {
        Ok(Some(found)) => Ok(found),
        Ok(None) => Ok((from_record(&id, record), Listed::No)),
        Err(error) => Err(error),
    };
    let (state, built, note) = match found {
        Ok((_, Listed::Another)) => {
            let told = Error::new(Code::Unavailable, "the vendor contradicts itself");
            return Err(outcome_unknown(1, told, &not_the_persons(record, &id)));
        }
        Ok((found, Listed::Yes)) if cx.verify => (ChangeState::Verified, found, None),
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

fn not_the_persons(record: &Record, id: &AccountId) -> String {
    format!(
        "the SCIM user {} has the address and is linked to the account {id}, and that account has another address",
        record.id()
    )
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
        "the vendor has not linked the SCIM user {} to an account within {} seconds",
        record.id(),
        patience.as_secs()
    );
    ChangeOutcome::new(ChangeState::InProgress, summary)
        .note("the account appears in the next sync; its id is not known before")
}

/// Whether the organization lists the account of a record as the person's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Listed {
    /// It has the address.
    Yes,
    /// No listing has the account, or its address.
    No,
    /// It has another address.
    Another,
}

/// The account as its listing states it, and whether it is the person's there; where no listing has it yet, as the record
/// tells.
async fn resource(
    users: &Users,
    wanted: &Wanted<'_>,
    id: &AccountId,
    record: &Record,
) -> Result<(v2::Resource, Listed)> {
    let (mut built, listed) = match users.get(&kinds::user(id)).await {
        Ok(row) => {
            let account = any::pick::<v2::UserTrait>(&row.resource.annotations).and_then(Result::ok);
            let emails = account.map(|account| account.emails).unwrap_or_default();
            let listed = match &*emails {
                [] => Listed::No,
                known if known.iter().any(|one| same_user_name(&one.address, wanted.email)) => Listed::Yes,
                _ => Listed::Another,
            };
            (row.resource, listed)
        }
        Err(error) if error.code() == Code::NotFound => (from_record(id, record), Listed::No),
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
