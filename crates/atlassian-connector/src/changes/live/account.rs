//! One account.

use super::{Unread, asked_for, every, unapplied};
use crate::changes::refusal::not_found;
use crate::{absence, errors};
use atlassian_admin::{
    AccountId, AccountStatus, AdminClient, AdminError, DirectoryRef, DomainStatus, EmailAddress,
    ManagedAccount, User, UserExpand, UserFilter, UserQuery, UserSearch,
};
use connector_sdk::{Code, Error, Result};
use futures_util::Stream;
use http_kit::Page;
use scim_client::same_user_name;

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
    let Some(found) = offered(found).map_err(|unread| unread.cannot(LOOK_UP))? else {
        return Ok(None);
    };
    let shown = |wanted| {
        let is = |user: &User| shows_address(user.email.as_ref(), email) == wanted;
        found.iter().any(is)
    };
    // Beside the row of another person one that hides its address was not found by it.
    if shown(Some(false)) && shown(None) {
        return Err(unapplied(BY_EMAIL));
    }
    Ok(Some(with_address(found, email)))
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
    let found = offered(found).map_err(|unread| unread.cannot(LOOK_UP))?;
    Ok(found.map(|found| with_address(found, email)))
}

const BY_EMAIL: &str = "the accounts with this address";
const LOOK_UP: &str = "look the address up";

/// What an operation finds; nothing where the organization does not offer it.
fn offered(found: Result<Vec<User>, Unread>) -> Result<Option<Vec<User>>, Unread> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(Unread::Vendor(error)) if error.is_without_path() => Ok(None),
        Err(unread) => Err(unread),
    }
}

fn with_address(mut found: Vec<User>, email: &str) -> Vec<User> {
    found.retain(|user| shows_address(user.email.as_ref(), email).unwrap_or(true));
    found
}

/// Whether a row shows this address; nothing where it hides the one it has.
fn shows_address(known: Option<&EmailAddress>, email: &str) -> Option<bool> {
    let known = known
        .map(EmailAddress::as_str)
        .filter(|known| !known.is_empty())?;
    Some(same_user_name(known, email))
}

/// Whether an account that was found by this address has it. Where it hides it, search and older listing have to find it.
pub(crate) async fn agrees_on_address(client: &AdminClient, user: &User, email: &str) -> Result<bool> {
    match shows_address(user.email.as_ref(), email) {
        Some(shown) => Ok(shown),
        None => {
            let has = |found: Option<Vec<User>>| {
                let mut found = found.into_iter().flatten();
                found.any(|row| row.account_id == user.account_id)
            };
            Ok(has(searched_by_email(client, email).await?) && has(listed_by_email(client, email).await?))
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

/// Whether the organization has verified the domain of this address, so that accounts with it are managed.
pub(crate) async fn is_on_verified_domain(client: &AdminClient, email: &str) -> Result<bool> {
    let domains = every(client.domains_stream(None), "the domains of the organization").await;
    let domains = domains.map_err(|unread| unread.cannot("list the domains of the organization"))?;
    let wanted = email.rsplit_once('@').map_or("", |(_, domain)| domain);
    Ok(domains.iter().any(|domain| {
        let claim = domain.attributes.claim.as_ref();
        let name = domain.attributes.name.as_deref().unwrap_or_default();
        name.eq_ignore_ascii_case(wanted)
            && claim.is_some_and(|claim| claim.status == Some(DomainStatus::Verified))
    }))
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
    let filter = UserFilter {
        account_ids: vec![id.clone()],
        ..filter
    };
    let (found, _) = filtered(client, directory, filter).await?;
    asked_for(&found, |user| user.account_id == *id, ACCOUNTS)?;
    Ok(found.into_iter().next())
}

const ACCOUNTS: &str = "the accounts";
const FEW: &str = "one account, one group, one resource and one role are allowed";

/// The accounts that a filter leaves, by the search or, where there is none, by the older listing; and whether it was the
/// search.
pub(super) async fn filtered(
    client: &AdminClient,
    directory: DirectoryRef,
    filter: UserFilter,
) -> Result<(Vec<User>, bool)> {
    let search = UserSearch::builder().filter(filter.clone()).build().expect(FEW);
    let found = every(
        client.search_users_stream(directory.clone(), search, None),
        ACCOUNTS,
    )
    .await;
    let found = match offered(found) {
        Ok(Some(found)) => Ok((found, true)),
        Ok(None) => every(listing(client, directory, filter), ACCOUNTS)
            .await
            .map(|found| (found, false)),
        Err(unread) => Err(unread),
    };
    found.map_err(|unread| unread.cannot("search for accounts"))
}

/// The accounts that a filter leaves, by the older listing; nothing where there is none.
pub(super) async fn listed(client: &AdminClient, filter: UserFilter) -> Result<Option<Vec<User>>> {
    let found = every(listing(client, DirectoryRef::Any, filter), ACCOUNTS).await;
    offered(found).map_err(|unread| unread.cannot("list the accounts"))
}

fn listing(
    client: &AdminClient,
    directory: DirectoryRef,
    filter: UserFilter,
) -> impl Stream<Item = Result<Page<User>, AdminError>> + Send + use<> {
    client.list_users_stream(directory, UserQuery::new(filter, 100).expect(FEW), None)
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
        Err(error) if error.is_without_path() => Ok(None),
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
