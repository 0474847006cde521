//! One account.

use atlassian_admin::{
    AccountId, AccountStatus, AdminClient, DirectoryRef, EmailAddress, ManagedAccount, User, UserExpand,
    UserFilter, UserQuery, UserSearch,
};
use connector_sdk::{Code, Error, Result};
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

/// The rows of accounts with this address, by the search or, where there is none, by the older listing.
pub(crate) async fn by_email(client: &AdminClient, email: &str) -> Result<Vec<User>> {
    match searched_by_email(client, email).await? {
        Some(found) => Ok(found),
        None => Ok(listed_by_email(client, email).await?.unwrap_or_default()),
    }
}

/// The rows that a search for the address finds, several of one account perhaps; nothing where there is no search.
///
/// A row that the filter matched counts also where it hides its address, and not where it shows another one.
pub(crate) async fn searched_by_email(client: &AdminClient, email: &str) -> Result<Option<Vec<User>>> {
    let search = UserSearch::builder()
        .emails([email])
        .build()
        .expect("one address is allowed");
    let found = every(
        client.search_users_stream(DirectoryRef::Any, search, None),
        BY_EMAIL,
    )
    .await;
    offered(found, email)
}

/// As [`searched_by_email`], by the older listing, which is another operation.
pub(crate) async fn listed_by_email(client: &AdminClient, email: &str) -> Result<Option<Vec<User>>> {
    // It finds more than the address, and what is too much is left out.
    let filter = UserFilter {
        search_term: Some(email.to_owned()),
        ..UserFilter::default()
    };
    let query = UserQuery::new(filter, 100).expect("a search term is allowed");
    let found = every(client.list_users_stream(DirectoryRef::Any, query, None), BY_EMAIL).await;
    offered(found, email)
}

const BY_EMAIL: &str = "the accounts with this address";
const LOOK_UP: &str = "look the address up";

fn offered(found: Result<Vec<User>, Unread>, email: &str) -> Result<Option<Vec<User>>> {
    match found {
        Ok(mut found) => {
            found.retain(|user| shows_address(user.email.as_ref(), email).unwrap_or(true));
            Ok(Some(found))
        }
        Err(Unread::Vendor(error)) if errors::is_without_path(&error) => Ok(None),
        Err(unread) => Err(unread.cannot(LOOK_UP)),
    }
}

/// Whether a row shows this address; nothing where it hides the one it has.
fn shows_address(known: Option<&EmailAddress>, email: &str) -> Option<bool> {
    let known = known
        .map(EmailAddress::as_str)
        .filter(|known| !known.is_empty())?;
    Some(same_user_name(known, email))
}

/// Whether an account that was found by this address has it. Where it hides it, the older listing has to find it, too.
pub(crate) async fn agrees_on_address(client: &AdminClient, user: &User, email: &str) -> Result<bool> {
    match shows_address(user.email.as_ref(), email) {
        Some(shown) => Ok(shown),
        None => {
            let found = listed_by_email(client, email).await?.unwrap_or_default();
            Ok(found.iter().any(|row| row.account_id == user.account_id))
        }
    }
}

/// The managed accounts with this address.
///
/// # Errors
///
/// Where they cannot be read, and where one hides its address that may be dead: then the listing does not say who has it.
pub(crate) async fn managed_by_email(client: &AdminClient, email: &str) -> Result<Vec<ManagedAccount>> {
    let mut rows = managed(client).await?;
    let may_be_dead = |row: &ManagedAccount| row.account_status != Some(AccountStatus::Active);
    if let Some(hidden) = rows
        .iter()
        .find(|row| may_be_dead(row) && shows_address(row.email.as_ref(), email).is_none())
    {
        return Err(Error::new(
            Code::Internal,
            format!(
                "cannot {LOOK_UP}: the managed account {} hides its address",
                hidden.account_id
            ),
        ));
    }
    rows.retain(|row| shows_address(row.email.as_ref(), email) == Some(true));
    Ok(rows)
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

/// The account with all that its listing states; nothing where the search does not know it, or there is none.
pub(crate) async fn listed_row(client: &AdminClient, id: &AccountId) -> Result<Option<User>> {
    let filter = UserFilter {
        account_ids: vec![id.clone()],
        ..UserFilter::default()
    };
    let search = UserSearch::builder()
        .filter(filter)
        .expand([
            UserExpand::PlatformRoles,
            UserExpand::ProductAccess,
            UserExpand::ResourceCounts,
        ])
        .build()
        .expect("one account is allowed");
    match client.search_users(&DirectoryRef::Any, &search, None).await {
        Ok(page) => Ok(page.items.into_iter().find(|user| user.account_id == *id)),
        Err(error) if errors::is_without_path(&error) => Ok(None),
        Err(error) => Err(errors::cannot(format!("read the account {id}"))(error)),
    }
}

/// The account as the listing of those that the organization manages states it.
pub(crate) async fn managed_account(client: &AdminClient, id: &AccountId) -> Result<Option<ManagedAccount>> {
    Ok(managed(client)
        .await?
        .into_iter()
        .find(|row| row.account_id == *id))
}

async fn managed(client: &AdminClient) -> Result<Vec<ManagedAccount>> {
    let rows = every(client.managed_accounts_stream(None), "the managed accounts").await;
    rows.map_err(|unread| unread.cannot("list the managed accounts"))
}
