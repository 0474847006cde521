//! Accounts created through a SCIM directory.
//!
//! What looks like a creation is often a link: the vendor links a new SCIM record to the account that has the address
//! already, and a deactivated account comes back to life by that. So who has the address is looked up first ([`Before`]), and
//! such an account is only brought back where that was allowed. The result is a fact like every other: that the account
//! has the address and is alive ([`holder::Living`]).

mod conflict;
mod directory;
mod holder;
mod linked;
mod record;
mod schema;
mod wanted;
mod write;

pub(in crate::changes) use self::holder::Before;
use self::linked::Already;
use self::record::Found;
use self::wanted::Wanted;
use self::write::Sent;
use super::fact::REFUSED;
use super::refusal::refused;
use crate::users::Users;
use async_trait::async_trait;
use atlassian_admin::AccountId;
use connector_sdk::{AccountManager, ChangeContext, ChangeOutcome, ChangeState, Error, Result};
use prost_types::Struct;
use scim_client::ScimClient;

pub(crate) use directory::{DirectoryProof, directory_proof};
pub(crate) use schema::creation_schema;

#[async_trait]
impl AccountManager for Users {
    async fn create(&self, cx: &ChangeContext, profile: &Struct) -> Result<ChangeOutcome> {
        let shared = &*self.0;
        let wanted = Wanted::read(profile)?;
        let accounts = &shared.accounts;
        let scim = accounts.scim.as_ref().ok_or_else(without_credentials)?;
        let unproven = directory::proven(&shared.client, scim, accounts.allow_unproven_directory).await?;
        let mut before = Before::find(&shared.client, wanted.email, shared.clock().now()).await?;
        if !accounts.allow_reactivation {
            before.refuse_dead()?;
        }
        let record = match record::find(shared, scim, &wanted, &mut before).await? {
            Found::Here(record) if !record.has_address(&wanted) => {
                return Err(conflict::user_name_taken(&record));
            }
            Found::Here(record) => Some(record),
            Found::Elsewhere(links) if links.is_empty() => None,
            Found::Elsewhere(links) => {
                return conflict::explain(self, cx, scim, &wanted, &before, Ok(links), None).await;
            }
        };
        if let Some(record) = record
            .as_ref()
            .filter(|record| record.is_active() && before.dead().is_none())
        {
            match linked::already(self, cx, scim, &wanted, &before, record).await? {
                Already::Told(mut outcome) => {
                    outcome.notes.extend(unproven);
                    return Ok(outcome);
                }
                Already::Dead(holder) => before.holder = Some(holder),
            }
        }
        if !accounts.allow_reactivation {
            before.refuse_dead()?;
            match &record {
                Some(record) => return Err(conflict::inactive(record)),
                None => before.refuse_doubt()?,
            }
        }
        let sent = match &record {
            Some(record) => {
                let linked = record.account().map(|id| AccountId::from_vendor(&id));
                if let Some(id) = &linked {
                    linked::same(&before, id)?;
                }
                let holder = before.holder.as_ref().map(|holder| &holder.id);
                let account = linked.as_ref().or(holder);
                let account = account.map(|id| before.living(&shared.client, wanted.email, id));
                write::activate(cx, shared, scim, record, &wanted, account.as_ref()).await
            }
            None => write::create(cx, shared, scim, &wanted).await,
        }?;
        let person = Person {
            wanted: &wanted,
            before: &before,
            has_record: record.is_some(),
        };
        let mut outcome = told(self, cx, scim, &person, sent).await?;
        outcome.notes.extend(unproven);
        Ok(outcome)
    }

    fn made_at(&self) -> Option<String> {
        self.0.accounts.scim.as_ref().map(directory::address_of)
    }
}

/// A person for whom something was written.
struct Person<'a> {
    wanted: &'a Wanted<'a>,
    before: &'a Before,
    /// The record was there, and was activated.
    has_record: bool,
}

/// The outcome of a write.
async fn told(
    users: &Users,
    cx: &ChangeContext,
    scim: &ScimClient,
    person: &Person<'_>,
    sent: Sent,
) -> Result<ChangeOutcome> {
    let Person { wanted, before, .. } = *person;
    let (requests, record, note) = match sent {
        Sent::Planned(request) => {
            let mut outcome =
                ChangeOutcome::new(ChangeState::Planned, before.planned(wanted.email)).request(*request);
            outcome.notes.extend(before.notes());
            return Ok(outcome);
        }
        Sent::Conflict(requests, error) => {
            let links = users.0.client.scim_links_for_email(wanted.email).await;
            let refusal = Some((requests, error));
            return conflict::explain(users, cx, scim, wanted, before, links, refusal).await;
        }
        Sent::Refused {
            requests,
            record,
            error,
        } => {
            return match linked::already(users, cx, scim, wanted, before, &record).await {
                Ok(Already::Told(mut outcome)) if outcome.state == ChangeState::AlreadySo => {
                    outcome.requests = requests;
                    Ok(outcome.note(REFUSED))
                }
                _ => Err(error),
            };
        }
        Sent::Made {
            requests,
            record,
            note,
        } => (requests, record, note),
    };
    let mut outcome = match linked::wait(users, cx, scim, person, &record).await {
        Ok(outcome) => outcome,
        Err(error) => return Err(error.with_requests(requests)),
    };
    outcome.notes.extend(note.into_iter().chain(before.notes()));
    outcome.requests = requests;
    Ok(outcome)
}

fn without_credentials() -> Error {
    refused("cannot create an account: the credentials of a SCIM directory are missing").with_hint(
        "Set scim-token and scim-base-url: Atlassian Administration shows both when an identity provider is connected with \
         provisioning",
    )
}
