//! What the vendor holds now, read for one change: an account, the roles on one target, a group and one membership.
//!
//! A row that cannot be read may be the one that the change is about, so here it is an error and never left out.

mod account;
mod directory;
mod group;
mod holding;
mod key;
mod life;
mod token;

pub(crate) use account::{
    account, agrees_on_address, by_email, is_on_verified_domain, listed_by_email, listed_row,
    managed_account, managed_by_email, present_user, searched, searched_by_email,
};
pub(crate) use directory::{agrees_on_standing, of_account, standing};
pub(crate) use group::{
    Membership, agrees_on_absence, directory_of, group, group_holds, groups_giving, is_group_holding,
    is_group_of, membership, names, present_group,
};
pub(crate) use holding::{
    Holding, Others, Target, administers, holding, is_account_holding, other_administrators,
};
pub(crate) use key::makers_of_keys;
pub(crate) use life::{Life, revival, waits_for_deletion};
pub(crate) use token::{has_token, listed_token};

use crate::errors;
use atlassian_admin::AdminError;
use connector_sdk::{Code, Error, Result};
use futures_util::{Stream, TryStreamExt};
use http_kit::{BadRow, Page};

/// Why a listing could not be read whole.
enum Unread {
    /// The vendor refused it.
    Vendor(AdminError),
    /// A row of it is not understood.
    Row(Error),
}

impl Unread {
    /// The error of a change. `what` reads after "cannot".
    fn cannot(self, what: &str) -> Error {
        match self {
            Self::Vendor(error) => errors::cannot(what)(error),
            Self::Row(error) => error,
        }
    }
}

/// Every row of a listing.
async fn every<T>(
    pages: impl Stream<Item = Result<Page<T>, AdminError>> + Send,
    what: &str,
) -> Result<Vec<T>, Unread> {
    let mut pages = Box::pin(pages);
    let mut rows = Vec::new();
    while let Some(page) = pages.try_next().await.map_err(Unread::Vendor)? {
        readable(&page.bad_rows, what).map_err(Unread::Row)?;
        rows.extend(page.items);
    }
    Ok(rows)
}

/// Refuses an answer to a filter by ids that has rows of others: the filter was not applied, so that a row is there says
/// nothing of the other conditions.
fn asked_for<T>(rows: &[T], is_asked: impl Fn(&T) -> bool, what: &str) -> Result<()> {
    match rows.iter().all(is_asked) {
        true => Ok(()),
        false => Err(unapplied(what)),
    }
}

fn unapplied(what: &str) -> Error {
    let message =
        format!("cannot read {what}: the answer has others than were asked for: the filter was not applied");
    Error::new(Code::Internal, message)
}

/// Refuses to decide on rows of which one cannot be read.
fn readable(rows: &[BadRow], what: &str) -> Result<()> {
    let Some(row) = rows.first() else {
        return Ok(());
    };
    let id = row.id.as_deref().unwrap_or("without an id");
    Err(Error::new(
        Code::Internal,
        format!(
            "cannot read {what}: a row of {} ({id}) is not understood: field {}: {}",
            row.operation, row.field, row.reason
        ),
    ))
}
