//! One account and one group by id, or the proof that it is gone.
//!
//! A 404 alone proves nothing: see [`Absence`].

use atlassian_admin::{
    Absence, AccountId, AdminClient, AdminError, DirectoryRef, Group, GroupFilter, GroupId, GroupQuery,
    GroupSearch, User, UserFilter, UserQuery, UserSearch,
};
use http_kit::Page;

/// The account; nothing where it is proven that no directory of the organization has it.
///
/// # Errors
///
/// The answer to the read where it is neither the account nor a proof; the answer to the search that should have
/// settled it where that failed.
pub(crate) async fn account(client: &AdminClient, id: &AccountId) -> Result<Option<User>, AdminError> {
    account_in(client, &DirectoryRef::Any, id).await
}

/// The account as one directory has it; nothing where it is proven that this directory does not have it.
///
/// # Errors
///
/// As [`account`].
pub(crate) async fn account_in(
    client: &AdminClient,
    directory: &DirectoryRef,
    id: &AccountId,
) -> Result<Option<User>, AdminError> {
    let error = match client.user(directory, id).await {
        Ok(user) => return Ok(Some(user)),
        Err(error) => error,
    };
    match error.absence() {
        Absence::Proven => Ok(None),
        Absence::NotProven => Err(error),
        Absence::Unsettled => match is_empty(&search_account(client, directory, id).await?) {
            true => Ok(None),
            false => Err(error),
        },
    }
}

/// The group; nothing where it is proven that the organization does not have it.
///
/// # Errors
///
/// As [`account`].
pub(crate) async fn group(client: &AdminClient, id: &GroupId) -> Result<Option<Group>, AdminError> {
    let error = match client.group(&DirectoryRef::Any, id).await {
        Ok(group) => return Ok(Some(group)),
        Err(error) => error,
    };
    match error.absence() {
        Absence::Proven => Ok(None),
        Absence::NotProven => Err(error),
        Absence::Unsettled => match is_empty(&search_group(client, id).await?) {
            true => Ok(None),
            false => Err(error),
        },
    }
}

/// Whether a search by one id has found nothing at all: a row that cannot be read may be the one, and one of another object
/// answers another question.
fn is_empty<T>(found: &Page<T>) -> bool {
    found.items.is_empty() && found.bad_rows.is_empty() && found.next.is_none()
}

async fn search_account(
    client: &AdminClient,
    directory: &DirectoryRef,
    id: &AccountId,
) -> Result<Page<User>, AdminError> {
    let filter = UserFilter {
        account_ids: vec![id.clone()],
        ..UserFilter::default()
    };
    let search = UserSearch::builder().filter(filter.clone()).build();
    let search = search.expect("one account is allowed");
    match client.search_users(directory, &search, None).await {
        Err(error) if error.is_offered_elsewhere() => {
            let query = UserQuery::new(filter, 100).expect("one account is allowed");
            client.list_users(directory, &query, None).await
        }
        found => found,
    }
}

async fn search_group(client: &AdminClient, id: &GroupId) -> Result<Page<Group>, AdminError> {
    let filter = GroupFilter {
        group_ids: vec![id.clone()],
        ..GroupFilter::default()
    };
    let search = GroupSearch::builder().filter(filter.clone()).build();
    let search = search.expect("one group is allowed");
    match client.search_groups(&DirectoryRef::Any, &search, None).await {
        Err(error) if error.is_offered_elsewhere() => {
            let query = GroupQuery::new(filter, 100).expect("one group is allowed");
            client.list_groups(&DirectoryRef::Any, &query, None).await
        }
        found => found,
    }
}
