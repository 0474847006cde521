//! The last active administrator of the organization stays: nobody could take a change back that leaves none.
//!
//! It is asked before every write that ends what an account administers: its own role taken, its membership in a group that
//! gives the role, the account itself suspended, deactivated, removed or deleted. What an account still holds otherwise does not
//! count for it: another one has to be there, of which the vendor tells that it is active and holds the role, directly or
//! through a group.
//!
//! The vendor may show for a while what was taken, for [`wait::REMOVAL`] at most. So a change that ends what an administrator
//! holds is read until it shows, whatever was asked for: the next run judges by what the vendor shows. Who was taken by this
//! process within that time does not count either, until it is over; then the vendor is asked once more. After an attempt of an
//! earlier run that time is waited out first.

use super::live::{Others, Target, administers, group_holds, is_group_holding, other_administrators};
use super::refusal::refused;
use super::wait;
use crate::shared::Shared;
use atlassian_admin::{AccountId, AdminClient, GroupId, User};
use connector_sdk::{ChangeContext, Result};
use futures_util::lock::Mutex;
use std::time::Duration;

/// How a change ends what an account administers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ending<'a> {
    /// It loses the role that it was given itself.
    Role,
    /// It is taken out of a group, which may give the role.
    Membership(&'a GroupId),
    /// The account ends, or its access: whatever it holds has no effect then.
    Account(&'a User),
}

/// The administrators that this process began to take, each with the time.
#[derive(Debug, Default)]
pub(crate) struct Taken(Mutex<Vec<(Duration, AccountId)>>);

/// Refuses a change that may leave the organization without an active administrator. `action` reads after "cannot". The answer
/// is how the change is to be made: verified, where it takes an administrator.
///
/// # Errors
///
/// [`connector_sdk::Code::FailedPrecondition`] where no other one is known. Where it cannot be read whether this is one at all.
pub(super) async fn administrators_stay(
    shared: &Shared,
    cx: &ChangeContext,
    id: &AccountId,
    ending: Ending<'_>,
    action: &str,
) -> Result<ChangeContext> {
    let client = &shared.client;
    if !is_of_administrator(client, ending).await? {
        return Ok(*cx);
    }
    let clock = shared.clock();
    if let Some(left) = cx.earlier.and_then(|ago| wait::REMOVAL.checked_sub(ago)) {
        clock.sleep(left).await;
    }
    // Held until it is decided: of two changes at once the second one has to know of the first.
    let mut taken = shared.taken.0.lock().await;
    let now = clock.elapsed();
    taken.retain(|(at, _)| now.saturating_sub(*at) < wait::REMOVAL);
    let is_taken = |other: &AccountId| taken.iter().any(|(_, account)| account == other);
    let mut others = other_administrators(client, id, is_taken).await?;
    if others == Others::Doubtful {
        let last = taken.iter().map(|(at, _)| *at).max().unwrap_or_default();
        let left = last.saturating_add(wait::REMOVAL).saturating_sub(clock.elapsed());
        clock.sleep(left).await;
        others = other_administrators(client, id, |_| false).await?;
    }
    if others == Others::Unknown {
        return Err(refused(format!(
            "cannot {action}: the vendor lists accounts as administrators of the organization that do not hold the role, so it \
             is not known whether another one does"
        ))
        .with_hint("Nothing was sent. Look at the administrators at admin.atlassian.com"));
    }
    if others == Others::None {
        return Err(refused(format!(
            "cannot {action}: no other active account administers the organization"
        ))
        .with_hint("Make somebody else an administrator of the organization first"));
    }
    if !cx.dry_run {
        taken.push((clock.elapsed(), id.clone()));
    }
    Ok(ChangeContext { verify: true, ..*cx })
}

/// Whether what is ended may be what makes an account an administrator.
async fn is_of_administrator(client: &AdminClient, ending: Ending<'_>) -> Result<bool> {
    match ending {
        Ending::Role => Ok(true),
        Ending::Account(user) => administers(client, user).await,
        Ending::Membership(group) => match group_holds(client, group, &Target::Organization).await {
            Ok(holds) => Ok(holds == Some(true)),
            // The key may be allowed to search and not to list the roles.
            Err(unread) => match is_group_holding(client, group, &Target::Organization).await {
                Ok(holds) => Ok(holds),
                Err(_) => Err(unread),
            },
        },
    }
}
