//! Managed accounts deleted, and kept while they wait for it.

use super::administrators::{Ending, administrators_stay};
use super::fact::{Fact, Written, apply, before};
use super::live::{account, searched, waits_for_deletion};
use super::outcome::Says;
use super::refusal::{forbidden, malformed, not_found, refused};
use super::subject::shown;
use super::wait;
use crate::errors;
use crate::users::Users;
use async_trait::async_trait;
use atlassian_admin::{Absence, AccountId, AdminClient, ClaimStatus, Permissions, Privilege, User, Write};
use connector_sdk::proto::connector::v2;
use connector_sdk::{ChangeContext, ChangeOutcome, Code, Error, ResourceDeleter, ResourceKey, Result};
use std::time::Duration;

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
        let action = format!("delete {who}");
        let fact = Deletion {
            client,
            account: &id,
            action: &action,
        };
        let (now, is_so) = before(cx, self.0.clock(), &fact).await?;
        let mut cx = *cx;
        let allowed = match now {
            Now::Gone if known.is_none() => return Err(not_found(format!("there is no account {id}"))),
            Now::Gone => {
                return Ok(says
                    .already(&cx)
                    .note("the vendor does not know the account any more"));
            }
            _ if is_so => return Ok(says.already(&cx).note(GRACE)),
            Now::Outside(allowed) => allowed,
            Now::There(user) => {
                refuse_unmanaged(&user, &action)?;
                cx = administrators_stay(&self.0, &cx, &id, Ending::Account(&user), &action).await?;
                permissions(client, &id).await?.ok_or_else(|| {
                    Error::new(
                        Code::Internal,
                        format!(
                            "cannot {action}: the vendor contradicts itself: a directory has the account, and as a managed \
                             one it is not known"
                        ),
                    )
                    .with_hint("Nothing was sent. An earlier deletion may still be under way: look at the account at admin.atlassian.com")
                })?
            }
        };
        if let Some(refusal) = forbidden(&action, allowed.get(&Privilege::LifecycleDelete)) {
            return Err(refusal);
        }
        let outcome = says.of(apply(&cx, self.0.clock(), &fact).await?);
        Ok(outcome.note(GRACE))
    }
}

/// Refuses an account that the organization does not manage. `action` reads after "cannot".
pub(super) fn refuse_unmanaged(user: &User, action: &str) -> Result<()> {
    if user.claim_status == Some(ClaimStatus::Unmanaged) {
        let message = format!("cannot {action}: the organization does not manage the account");
        return Err(refused(message).with_hint(
            "The organization manages only accounts on domains that it has verified and claimed",
        ));
    }
    Ok(())
}

/// What is read of an account that is to be deleted.
enum Now {
    /// A directory has it.
    There(Box<User>),
    /// No directory has it, and it is managed.
    Outside(Permissions),
    /// No directory has it, and it is not known where accounts are managed. A second deletion is answered like one of an
    /// account that never was.
    Gone,
}

/// What may be done to the account; nothing where it is proven that no managed account is this one.
async fn permissions(client: &AdminClient, id: &AccountId) -> Result<Option<Permissions>> {
    match client
        .account_permissions(id, &[Privilege::LifecycleDelete])
        .await
    {
        Ok(permissions) => Ok(Some(permissions)),
        Err(error) if error.absence() == Absence::Proven => Ok(None),
        Err(error) => Err(errors::cannot(format!(
            "read what may be done to the account {id}"
        ))(error)),
    }
}

/// That a managed account waits for its deletion.
struct Deletion<'a> {
    client: &'a AdminClient,
    account: &'a AccountId,
    action: &'a str,
}

#[async_trait]
impl Fact for Deletion<'_> {
    type Now = Now;

    fn action(&self) -> String {
        self.action.to_owned()
    }

    async fn read(&self) -> Result<Now> {
        if let Some(user) = account(self.client, self.account).await? {
            return Ok(Now::There(Box::new(user)));
        }
        Ok(match permissions(self.client, self.account).await? {
            Some(allowed) => Now::Outside(allowed),
            None => Now::Gone,
        })
    }

    fn is_so(&self, now: &Now) -> Option<bool> {
        Some(match now {
            Now::There(user) => waits_for_deletion(user),
            Now::Outside(_) => false,
            Now::Gone => true,
        })
    }

    /// That it is gone was told by its directories and by where it is managed.
    async fn agrees(&self, now: &Now) -> Result<bool> {
        Ok(match now {
            Now::Gone => true,
            Now::There(_) | Now::Outside(_) => {
                let row = searched(self.client, self.account).await?;
                row.as_ref().is_some_and(waits_for_deletion)
            }
        })
    }

    fn timeout(&self) -> Duration {
        wait::SOON
    }
}

impl Written for Deletion<'_> {
    fn write(&self) -> Write {
        self.client.delete_account(self.account)
    }
}
