//! From a SCIM record to the account that it is linked to.

use super::holder::{Before, Holder, Listed, Living, Row};
use super::record::{Record, by_id};
use super::{Person, Wanted};
use crate::changes::fact::{Fact, Shows, UNSENT, contradicted, look_for_long, outcome_unknown, shown};
use crate::changes::live::Life;
use crate::changes::{outcome, wait};
use crate::kinds;
use crate::users::{Users, of_user};
use atlassian_admin::AccountId;
use connector_sdk::proto::connector::v2;
use connector_sdk::{
    AccountStatus, ChangeContext, ChangeOutcome, ChangeState, Code, Error, ProfileValue, ResourceBuilder,
    Result, Standing,
};
use scim_client::ScimClient;
use std::time::Duration;

/// Where the profile holds the id of the SCIM record. It is not an identity: only the account id is.
const SCIM_USER_ID: &str = "scim_user_id";

const UNLISTED: &str = "the organization does not list it yet";
const HIDDEN: &str = "the organization does not show that it has the address";
const UNSTATED: &str = "the vendor does not say whether it is alive";

/// What an active record of the person comes to.
pub(super) enum Already {
    /// Nothing is to be done.
    Told(ChangeOutcome),
    /// Its account is dead.
    Dead(Holder),
}

/// The outcome where the person has a record already.
pub(super) async fn already(
    users: &Users,
    cx: &ChangeContext,
    scim: &ScimClient,
    wanted: &Wanted<'_>,
    before: &Before,
    record: &Record,
) -> Result<Already> {
    let timeout = users.0.accounts.wait;
    let verifies = cx.verify && !cx.dry_run;
    let Some(id) = account(users, scim, record, timeout).await? else {
        let outcome = in_progress(record, timeout);
        return match verifies {
            true => Err(unverified(&outcome.summary)),
            false => Ok(Already::Told(outcome)),
        };
    };
    same(before, &id)?;
    let fact = before.living(&users.0.client, wanted.email, &id);
    let (mut row, mut shows) = look_for_long(cx, users.0.clock(), &fact).await?;
    if verifies && !matches!(shows, Ok(Shows::Yes)) {
        shows = shown(users.0.clock(), &fact).await;
        row = fact.read().await?;
    }
    let listed = fact.listed(row.as_ref().map(|row| &row.user));
    if listed == Listed::Another {
        let message = format!("the vendor contradicts itself: {}", not_the_persons(record, &id));
        return Err(
            Error::new(Code::Internal, message).with_hint("Nothing was sent. Look at both in the directory")
        );
    }
    if let Some(row) = row.as_ref().filter(|row| Life::of(&row.user).dead().is_some()) {
        return Ok(Already::Dead(Holder::of(&row.user)));
    }
    let linked = format!(
        "the SCIM user {} is there and linked to the account {id}",
        record.id()
    );
    let unseen = if row.is_some() { HIDDEN } else { UNLISTED };
    if verifies && !matches!(shows, Ok(Shows::Yes)) {
        let seen = match &shows {
            Ok(Shows::Unseen) => UNSTATED.to_owned(),
            Ok(_) => unseen.to_owned(),
            Err(unread) => unread.to_string(),
        };
        return Err(unverified(&format!("{linked}, and {seen}")));
    }
    let is_searched = row.as_ref().is_some_and(|row| row.is_searched);
    let mut outcome = match shows? {
        Shows::Contradicted if is_searched => return Err(contradicted(&fact).with_hint(UNSENT)),
        shows @ (Shows::Yes | Shows::Unseen) => {
            let mut outcome = outcome::already(cx, format!("the account {id} is there already"));
            outcome
                .notes
                .extend((shows == Shows::Unseen).then(|| UNSTATED.to_owned()));
            outcome
        }
        Shows::No | Shows::Contradicted => {
            // Whose account it is does not show, so it is not a resource of the person.
            let summary = format!("{linked}, and {unseen}");
            return Ok(Already::Told(ChangeOutcome::new(
                ChangeState::InProgress,
                summary,
            )));
        }
    };
    outcome.resource = Some(Box::new(resource(&id, record, row.as_ref())));
    Ok(Already::Told(outcome))
}

/// The outcome of a write: the account as soon as the vendor has linked it, within the time that was set.
pub(super) async fn wait(
    users: &Users,
    cx: &ChangeContext,
    scim: &ScimClient,
    person: &Person<'_>,
    record: &Record,
) -> Result<ChangeOutcome> {
    let Person { wanted, before, .. } = *person;
    let timeout = users.0.accounts.wait;
    let unknown =
        |summary: String, read: &str| Err(outcome_unknown(1, Error::new(Code::Unavailable, summary), read));
    // The write is made, so a read that fails must not make a failure of it.
    let Ok(Some(id)) = account(users, scim, record, timeout).await else {
        let outcome = in_progress(record, timeout);
        return match cx.verify {
            true => unknown(outcome.summary, UNLISTED),
            false => Ok(outcome),
        };
    };
    if let Err(both) = before.same(&id) {
        return unknown("the vendor contradicts itself".to_owned(), &both);
    }
    let fact = before.living(&users.0.client, wanted.email, &id);
    let (shown, row) = match cx.verify {
        true => (Some(shown(users.0.clock(), &fact).await), fact.read().await),
        false => (None, read_listed(users, &fact).await),
    };
    let user = row.as_ref().ok().and_then(Option::as_ref).map(|row| &row.user);
    let listed = fact.listed(user);
    if listed == Listed::Another {
        let summary = "the vendor contradicts itself".to_owned();
        return unknown(summary, &not_the_persons(record, &id));
    }
    let linked = format!("the SCIM user {} is linked to the account {id}", record.id());
    let is_holder = before.holder.as_ref().is_some_and(|holder| holder.id == id);
    if listed == Listed::No && !is_holder && !user.is_some_and(|user| before.is_newer(user)) {
        return match (&row, cx.verify) {
            (Ok(Some(_)), _) => unknown(linked, HIDDEN),
            (Ok(None), true) => unknown(linked, UNLISTED),
            (Err(unread), true) => unknown(linked, &unread.to_string()),
            (Ok(None), false) => Ok(ChangeOutcome::new(
                ChangeState::InProgress,
                format!("{linked}, and {UNLISTED}"),
            )),
            (Err(error), false) => Ok(ChangeOutcome::new(
                ChangeState::InProgress,
                format!("{linked}, and {UNLISTED} ({error})"),
            )),
        };
    }
    // That the activation was accepted does not say that the account came back.
    let is_alive = user.map(Life::of) == Some(Life::Alive);
    let summary = match person.has_record && !is_alive {
        true => format!(
            "the vendor accepted the activation of the SCIM user {}, which is linked to the account {id}",
            record.id()
        ),
        false => before.made(&id, user, wanted.email),
    };
    let still = if before.dead().is_some() { "still " } else { "" };
    let dead = user.map(Life::of).and_then(|life| {
        let word = life.dead()?;
        Some(format!("the account is {still}{word}"))
    });
    let (state, note) = match (shown, dead) {
        (Some(Ok(Shows::Yes)), _) => (ChangeState::Verified, None),
        (None, dead) => {
            let note = match &row {
                Err(error) => Some(format!("{UNLISTED} ({error})")),
                Ok(_) => dead,
            };
            (ChangeState::Done, note)
        }
        (Some(shown), dead) => {
            let read = match (shown, dead) {
                (_, Some(dead)) => dead,
                (Err(unread), None) => unread.to_string(),
                (Ok(Shows::Unseen), None) => UNSTATED.to_owned(),
                (Ok(_), None) => UNLISTED.to_owned(),
            };
            return unknown(linked, &read);
        }
    };
    let mut outcome = ChangeOutcome::new(state, summary);
    outcome.resource = Some(Box::new(resource(&id, record, row.ok().flatten().as_ref())));
    outcome.notes.extend(note);
    if before.holder.as_ref().is_some_and(|holder| holder.is_unmanaged) {
        outcome = outcome.note("the organization does not manage the account: its domain is not claimed");
    }
    Ok(outcome.note("it gives no access to an app by itself: that needs a group or a role"))
}

/// The row of the account as soon as a listing shows whose it is; what there is where none does in time.
async fn read_listed(users: &Users, fact: &Living<'_>) -> Result<Option<Row>> {
    let read = || async {
        let row = fact.read().await?;
        let listed = fact.listed(row.as_ref().map(|row| &row.user));
        Ok((listed != Listed::No).then_some(row))
    };
    match wait::until(users.0.clock(), wait::SOON, read).await? {
        Some(row) => Ok(row),
        None => fact.read().await,
    }
}

/// Refuses another account than the one that has the address, before anything is sent.
pub(super) fn same(before: &Before, linked: &AccountId) -> Result<()> {
    before.same(linked).map_err(|both| {
        let message = format!("the vendor contradicts itself: {both}");
        Error::new(Code::Internal, message).with_hint("Nothing was sent. Look at both in the directory")
    })
}

/// The error of what was to be verified and does not show, where nothing was sent.
fn unverified(seen: &str) -> Error {
    let message = format!("it could not be verified that the account is there: {seen}");
    Error::new(Code::Unavailable, message).with_hint("Nothing was sent. Try again in a minute")
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
    timeout: Duration,
) -> Result<Option<AccountId>> {
    if let Some(id) = record.account() {
        return Ok(Some(AccountId::from_vendor(&id)));
    }
    let read = || async {
        Ok(by_id(scim, record.id())
            .await?
            .and_then(|record| record.account()))
    };
    let found = wait::until(users.0.clock(), timeout, read).await?;
    Ok(found.map(|id| AccountId::from_vendor(&id)))
}

fn in_progress(record: &Record, timeout: Duration) -> ChangeOutcome {
    let summary = format!(
        "the vendor has not linked the SCIM user {} to an account within {} seconds",
        record.id(),
        timeout.as_secs()
    );
    ChangeOutcome::new(ChangeState::InProgress, summary)
        .note("the account appears in the next sync; its id is not known before")
}

/// The account as its listing states it; where no listing has it yet, as the record tells.
fn resource(id: &AccountId, record: &Record, row: Option<&Row>) -> v2::Resource {
    let Some(row) = row else {
        return from_record(id, record);
    };
    let mut built = of_user(&row.user, Standing::Listed).resource;
    if let Some(value) = record.id().as_str().into_value() {
        built
            .profile
            .get_or_insert_default()
            .fields
            .insert(SCIM_USER_ID.to_owned(), value);
    }
    built
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
