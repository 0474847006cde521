//! Managed accounts and the activity of accounts.

mod model;

use futures_util::Stream;
use http_kit::{Cursor, CursorGuard, Page};
use serde::Deserialize;

pub use model::{LastActive, LastActiveDates, ManagedAccount, ManagedProductAccess};

use crate::operation::{MANAGED_ACCOUNTS_LIST, USERS_LAST_ACTIVE};
use crate::page::{Links, VENDORS_CHOICE};
use crate::{AccountId, AdminClient, AdminError};

#[derive(Deserialize)]
struct LastActiveAnswer {
    data: LastActiveDates,
    links: Option<Links>,
}

impl AdminClient {
    /// One page of the accounts that the organization manages; the vendor chooses its length.
    ///
    /// Empty for an organization without a verified domain, which is not an error.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub async fn managed_accounts(
        &self,
        cursor: Option<&Cursor>,
    ) -> Result<Page<ManagedAccount>, AdminError> {
        let call = MANAGED_ACCOUNTS_LIST.call(&[self.org().as_str()]);
        self.page_by_query(call, cursor, VENDORS_CHOICE).await
    }

    /// Every page of [`managed_accounts`](Self::managed_accounts), from a cursor or from the beginning.
    pub fn managed_accounts_stream(
        &self,
        from: Option<Cursor>,
    ) -> impl Stream<Item = Result<Page<ManagedAccount>, AdminError>> + Send + use<> {
        let client = self.clone();
        self.pages(MANAGED_ACCOUNTS_LIST, from, move |cursor| {
            let client = client.clone();
            async move { client.managed_accounts(cursor.as_ref()).await }
        })
    }

    /// When an account was last active in each app; empty for one that never was.
    ///
    /// The vendor allows 200 of these requests a minute. A search that expands
    /// [`ProductAccess`](crate::UserExpand::ProductAccess) gives the same for a hundred accounts at once.
    ///
    /// # Errors
    ///
    /// [`AdminError`]. A key with scopes is refused with
    /// [`OrganizationNotManaged`](crate::AdminErrorKind::OrganizationNotManaged).
    pub async fn last_active_dates(&self, account: &AccountId) -> Result<LastActiveDates, AdminError> {
        let mut guard = CursorGuard::new(USERS_LAST_ACTIVE.name);
        let mut dates = LastActiveDates::default();
        let mut cursor: Option<Cursor> = None;
        loop {
            let mut call = USERS_LAST_ACTIVE.call(&[self.org().as_str(), account.as_str()]);
            if let Some(cursor) = &cursor {
                call = call.query("cursor", cursor);
            }
            let answer: LastActiveAnswer = self.json_at(call, cursor.is_some()).await?;
            let print = |row: &LastActive| (row.id.as_ref().map(ToString::to_string), row.key.clone());
            let rows: Vec<_> = answer.data.product_access.iter().map(print).collect();
            match &cursor {
                None => dates = answer.data,
                Some(_) => dates.product_access.extend(answer.data.product_access),
            }
            let Some(next) = answer.links.as_ref().and_then(Links::next) else {
                return Ok(dates);
            };
            let next = guard
                .admit(&next)
                .and_then(|()| next.after(USERS_LAST_ACTIVE.name, cursor.as_ref(), rows));
            cursor = Some(next.map_err(|error| self.error(error.into(), true))?);
        }
    }
}
