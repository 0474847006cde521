//! Accounts created through a SCIM directory.
//!
//! What looks like a creation is often a link: the vendor links a new SCIM record to the account that has the address
//! already, and a deactivated account comes back to life by that. So the address is looked up first, and such an account
//! is only brought back where that was allowed.

mod conflict;
mod directory;
mod linked;
mod record;
mod schema;
mod wanted;
mod write;

use std::collections::BTreeSet;

use async_trait::async_trait;
use atlassian_admin::{AccountStatus, AdminClient, ClaimStatus, User, UserStatus};
use connector_sdk::{AccountManager, ChangeContext, ChangeOutcome, ChangeState, Code, Error, Result};
use prost_types::Struct;
use scim_client::ScimClient;

use self::wanted::Wanted;
use self::write::Sent;
use super::deletion::waits_for_deletion;
use super::fact::outcome_unknown;
use super::live::by_email;
use super::refusal::refused;
use super::wait;
use crate::users::Users;

pub use directory::{DirectoryProof, directory_proof};
pub(crate) use schema::creation_schema;

#[async_trait]
impl AccountManager for Users {
    async fn create(&self, cx: &ChangeContext, profile: &Struct) -> Result<ChangeOutcome> {
        let shared = &*self.0;
        let wanted = Wanted::read(profile)?;
        let accounts = &shared.accounts;
        let scim = accounts.scim.as_ref().ok_or_else(without_credentials)?;
        let unproven = directory::proven(&shared.client, scim, accounts.allow_unproven_directory).await?;
        let before = before(&shared.client, &wanted).await?;
        let dead = before.as_ref().and_then(dead);
        if let Some(word) = &dead
            && !accounts.allow_reactivation
        {
            return Err(comes_back(before.as_ref(), word));
        }
        let mut outcome = match record::find(shared, scim, &wanted).await? {
            Some(record) if !record.has_address(&wanted) => Err(conflict::user_name_taken(&record)),
            Some(record) if record.is_active() && dead.is_none() => {
                linked::already(self, scim, &wanted, &record).await
            }
            Some(record) if !accounts.allow_reactivation => Err(conflict::inactive(&record)),
            Some(record) => {
                let sent = write::activate(cx, shared, scim, &record, &wanted).await?;
                told(self, cx, scim, &wanted, before.as_ref(), sent).await
            }
            None => {
                let sent = write::create(cx, shared, scim, &wanted).await?;
                told(self, cx, scim, &wanted, before.as_ref(), sent).await
            }
        }?;
        outcome.notes.extend(unproven);
        Ok(outcome)
    }

    fn made_at(&self) -> Option<String> {
        self.0.accounts.scim.as_ref().map(directory::address_of)
    }
}

/// The outcome of a write.
async fn told(
    users: &Users,
    cx: &ChangeContext,
    scim: &ScimClient,
    wanted: &Wanted<'_>,
    before: Option<&User>,
    sent: Sent,
) -> Result<ChangeOutcome> {
    let email = wanted.email;
    let was_dead = before.and_then(dead);
    let revived = was_dead.as_ref().map(|word| {
        format!("the account was {word}, and the vendor is asked by this to bring it back to life")
    });
    let (requests, record, note) = match sent {
        Sent::Planned(request) => {
            let summary = match before {
                Some(user) => format!("the account {} would be linked for {email}", user.account_id),
                None => format!("an account would be created for {email}"),
            };
            let mut outcome = ChangeOutcome::new(ChangeState::Planned, summary).request(*request);
            outcome.notes.extend(revived);
            return Ok(outcome);
        }
        Sent::Conflict(requests, error) => {
            return conflict::explain(users, scim, wanted, before, requests, error).await;
        }
        Sent::Made {
            requests,
            record,
            note,
        } => (requests, record, note),
    };
    let mut outcome = match linked::wait(users, cx, scim, wanted, before, &record).await {
        Ok(outcome) => outcome,
        Err(error) => return Err(error.with_requests(requests)),
    };
    outcome.notes.extend(note.into_iter().chain(revived));
    outcome.requests = requests;
    if let Some(word) = was_dead
        && cx.verify
        && !comes_alive(users, wanted).await
    {
        let told = Error::new(Code::Unavailable, outcome.summary);
        let read = format!("the account is still {word}");
        return Err(outcome_unknown(outcome.requests.len(), told, &read).with_requests(outcome.requests));
    }
    if cx.verify && outcome.state != ChangeState::Verified {
        let told = Error::new(Code::Unavailable, outcome.summary);
        let unlisted = |note: &&String| note.starts_with(linked::UNLISTED);
        let read = outcome
            .notes
            .iter()
            .find(unlisted)
            .map_or(linked::UNLISTED, String::as_str);
        return Err(outcome_unknown(outcome.requests.len(), told, read).with_requests(outcome.requests));
    }
    Ok(outcome)
}

/// Whether the account that has the address is alive within the time that the vendor may take. A record in a directory
/// brings back only an account that the organization manages.
async fn comes_alive(users: &Users, wanted: &Wanted<'_>) -> bool {
    let alive = || async {
        let now = before(&users.0.client, wanted).await?;
        Ok(now.is_some_and(|user| dead(&user).is_none()).then_some(()))
    };
    let found = wait::until(users.0.clock(), wait::SOON, alive).await;
    matches!(found, Ok(Some(())))
}

/// The account that has the address now.
async fn before(client: &AdminClient, wanted: &Wanted<'_>) -> Result<Option<User>> {
    let found = by_email(client, wanted.email).await?;
    let ids: BTreeSet<_> = found.iter().map(|user| &user.account_id).collect();
    if ids.len() > 1 {
        return Err(refused(format!(
            "{} accounts have this address, so it is not known which of them would be linked",
            ids.len()
        )));
    }
    // Of several rows of one account, one that is alive no longer must not be overlooked.
    Ok(found.into_iter().max_by_key(|user| dead(user).is_some()))
}

/// The vendor's word for an account that is alive no longer.
fn dead(user: &User) -> Option<String> {
    if waits_for_deletion(user) {
        return Some("for_deletion".to_owned());
    }
    match (&user.status, &user.account_status) {
        (Some(status @ UserStatus::Deactivated), _) => Some(status.to_string()),
        (_, Some(status @ (AccountStatus::Inactive | AccountStatus::Closed))) => Some(status.to_string()),
        _ => None,
    }
}

fn comes_back(user: Option<&User>, word: &str) -> Error {
    let id = user.map_or("", |user| user.account_id.as_str());
    refused(format!(
        "the address belongs to the account {id}, which is {word}: creating it would bring that account back to life"
    ))
    .with_hint("Set allow-reactivation where that is meant")
}

fn without_credentials() -> Error {
    refused("cannot create an account: the credentials of a SCIM directory are missing").with_hint(
        "Set scim-token and scim-base-url: Atlassian Administration shows both when an identity provider is connected with \
         provisioning",
    )
}

/// Whether the organization manages the account.
fn is_unmanaged(user: &User) -> bool {
    user.claim_status == Some(ClaimStatus::Unmanaged)
}
