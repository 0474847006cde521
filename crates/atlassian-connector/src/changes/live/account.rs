//! One account.

use atlassian_admin::{
    AccountId, AdminClient, DirectoryRef, ManagedAccount, User, UserFilter, UserQuery, UserSearch,
};
use connector_sdk::Result;
use scim_client::same_user_name;

use super::{Unread, every};
use crate::changes::refusal::not_found;
use crate::{absence, errors};

/// The account; nothing where it is proven that no directory of the organization has it.
pub(crate) async fn account(client: &AdminClient, id: &AccountId) -> Result<Option<User>> {
    absence::account(client, id)
        .await
        .map_err(errors::cannot(format!("read the account {id}")))
}

/// The account, which must be there.
pub(crate) async fn present_user(client: &AdminClient, id: &AccountId) -> Result<User> {
    account(client, id).await?.ok_or_else(|| {
        not_found(format!(
            "the account {id} is not in the organization {}",
            client.org()
        ))
    })
}

/// The rows of accounts with exactly this address; there may be none, and several of one account.
pub(crate) async fn by_email(client: &AdminClient, email: &str) -> Result<Vec<User>> {
    let search = UserSearch::builder()
        .emails([email])
        .build()
        .expect("one address is allowed");
    const WHAT: &str = "the accounts with this address";
    let found = match every(client.search_users_stream(DirectoryRef::Any, search, None), WHAT).await {
        // The older listing finds more than the address, and what is too much is left out below.
        Err(Unread::Vendor(error)) if errors::is_without_path(&error) => {
            let filter = UserFilter {
                search_term: Some(email.to_owned()),
                ..UserFilter::default()
            };
            let query = UserQuery::new(filter, 100).expect("a search term is allowed");
            every(client.list_users_stream(DirectoryRef::Any, query, None), WHAT).await
        }
        found => found,
    };
    let mut found = found.map_err(|unread| unread.cannot("look the address up"))?;
    found.retain(|user| {
        user.email
            .as_ref()
            .is_some_and(|known| same_user_name(known.as_str(), email))
    });
    Ok(found)
}

/// Whether the account is found among those that a filter leaves.
pub(super) async fn is_account_found(
    client: &AdminClient,
    id: &AccountId,
    filter: UserFilter,
) -> Result<bool> {
    Ok(row_of(client, DirectoryRef::Any, id, filter).await?.is_some())
}

/// The account as a search states it, among those that a filter leaves.
pub(super) async fn row_of(
    client: &AdminClient,
    directory: DirectoryRef,
    id: &AccountId,
    filter: UserFilter,
) -> Result<Option<User>> {
    const WHAT: &str = "the accounts";
    const FEW: &str = "one account, one group, one resource and one role are allowed";
    let filter = UserFilter {
        account_ids: vec![id.clone()],
        ..filter
    };
    let search = UserSearch::builder().filter(filter.clone()).build().expect(FEW);
    let found = match every(client.search_users_stream(directory.clone(), search, None), WHAT).await {
        Err(Unread::Vendor(error)) if errors::is_without_path(&error) => {
            let query = UserQuery::new(filter, 100).expect(FEW);
            every(client.list_users_stream(directory, query, None), WHAT).await
        }
        found => found,
    };
    let found = found.map_err(|unread| unread.cannot(&format!("search for the account {id}")))?;
    Ok(found.into_iter().find(|user| user.account_id == *id))
}

/// The account as a search of the organization states it.
pub(crate) async fn searched(client: &AdminClient, id: &AccountId) -> Result<Option<User>> {
    row_of(client, DirectoryRef::Any, id, UserFilter::default()).await
}

/// The account as the listing of those that the organization manages states it.
pub(crate) async fn managed_account(client: &AdminClient, id: &AccountId) -> Result<Option<ManagedAccount>> {
    const WHAT: &str = "the managed accounts";
    let rows = every(client.managed_accounts_stream(None), WHAT).await;
    let rows = rows.map_err(|unread| unread.cannot("list the managed accounts"))?;
    Ok(rows.into_iter().find(|row| row.account_id == *id))
}
