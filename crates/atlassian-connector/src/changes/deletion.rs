//! Managed accounts deleted, and kept while they wait for it.

use std::time::Duration;

use async_trait::async_trait;
use atlassian_admin::{Absence, AccountId, AdminClient, ClaimStatus, Privilege, User, UserStatus, Write};
use connector_sdk::proto::connector::v2;
use connector_sdk::{ChangeContext, ChangeOutcome, ResourceDeleter, ResourceKey, Result};

use super::fact::{Fact, Shows, apply};
use super::live::account;
use super::outcome::Says;
use super::refusal::{forbidden, malformed, not_found, refused};
use super::subject::shown;
use super::wait;
use crate::errors;
use crate::users::Users;

const GRACE: &str = "the account is deactivated now and deleted for good, everywhere, after 14 days; until then the action \
                     cancel_account_deletion brings it back, activated";

#[async_trait]
impl ResourceDeleter for Users {
    async fn delete(
        &self,
        cx: &ChangeContext,
        key: &ResourceKey,
        known: Option<&v2::Resource>,
    ) -> Result<ChangeOutcome> {
        let id = match known {
            Some(_) => AccountId::from_vendor(&key.resource),
            None => AccountId::parse(&key.resource).map_err(|error| malformed(&error))?,
        };
        let client = &self.0.client;
        let who = known.map_or_else(|| format!("account {id}"), shown);
        let says = Says {
            done: format!("{who} was scheduled for deletion"),
            already: format!("{who} is deleted or scheduled for deletion already"),
            planned: format!("{who} would be scheduled for deletion"),
        };
        let now = account(client, &id).await?;
        if now.as_ref().is_some_and(waits_for_deletion) {
            return Ok(says.already().note(GRACE));
        }
        if let Some(user) = &now {
            refuse_unmanaged(user, &format!("delete {who}"))?;
        }
        let deed = format!("delete {who}");
        let asked = [Privilege::LifecycleDelete];
        match client.account_permissions(&id, &asked).await {
            Ok(allowed) => {
                if let Some(refusal) = forbidden(&deed, allowed.get(&Privilege::LifecycleDelete)) {
                    return Err(refusal);
                }
            }
            Err(error) if error.absence() == Absence::Proven => {
                return if known.is_some() || now.is_some() {
                    Ok(says
                        .already()
                        .note("the vendor does not know the account any more"))
                } else {
                    Err(not_found(format!("there is no account {id}")))
                };
            }
            Err(error) => return Err(errors::cannot(format!("read what may be done to {who}"))(error)),
        }
        let fact = Deletion {
            client,
            account: &id,
            deed: &deed,
        };
        let outcome = says.of(apply(cx, self.0.clock(), &fact).await?);
        Ok(outcome.note(GRACE))
    }
}

/// Whether the vendor says that the account waits for its deletion.
pub(super) fn waits_for_deletion(user: &User) -> bool {
    user.status == Some(UserStatus::ForDeletion) || user.for_deletion == Some(true)
}

/// Refuses an account that the organization does not manage. `deed` reads after "cannot".
pub(super) fn refuse_unmanaged(user: &User, deed: &str) -> Result<()> {
    if user.claim_status == Some(ClaimStatus::Unmanaged) {
        let message = format!("cannot {deed}: the organization does not manage the account");
        return Err(refused(message).with_hint(
            "The organization manages only accounts on domains that it has verified and claimed",
        ));
    }
    Ok(())
}

/// That a managed account waits for its deletion.
struct Deletion<'a> {
    client: &'a AdminClient,
    account: &'a AccountId,
    deed: &'a str,
}

#[async_trait]
impl Fact for Deletion<'_> {
    fn deed(&self) -> String {
        self.deed.to_owned()
    }

    fn write(&self) -> Write {
        self.client.delete_account(self.account)
    }

    /// No directory knows the account, or it says that it waits. A second deletion is answered like one of an account
    /// that never was.
    async fn shows(&self) -> Result<Shows> {
        if let Some(user) = account(self.client, self.account).await? {
            return Ok(waits_for_deletion(&user).into());
        }
        let asked = [Privilege::LifecycleDelete];
        match self.client.account_permissions(self.account, &asked).await {
            Ok(_) => Ok(Shows::No),
            Err(error) if error.absence() == Absence::Proven => Ok(Shows::Yes),
            Err(error) => Err(errors::cannot(format!(
                "read what may be done to the account {}",
                self.account
            ))(error)),
        }
    }

    fn patience(&self) -> Duration {
        wait::SOON
    }
}
