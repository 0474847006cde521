//! One account.

use atlassian_admin::{
    AccountId, AdminClient, AdminError, AdminErrorKind, DirectoryRef, User, UserFilter, UserQuery, UserSearch,
};
use connector_sdk::Result;

use super::{Unread, every};
use crate::changes::refusal::not_found;
use crate::errors;

/// The account; nothing where no directory of the organization knows it.
pub(crate) async fn account(client: &AdminClient, id: &AccountId) -> Result<Option<User>> {
    match client.user(&DirectoryRef::Any, id).await {
        Ok(user) => Ok(Some(user)),
        Err(error) if is_gone(client, &error).await => Ok(None),
        Err(error) => Err(errors::cannot(format!("read the account {id}"))(error)),
    }
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

/// The accounts with exactly this address; there may be none, and no more than one is known to happen.
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
            .is_some_and(|known| known.as_str().eq_ignore_ascii_case(email))
    });
    Ok(found)
}

/// Whether the object that was asked for is not there.
///
/// The layer in front of the service answers every 404 in the form that means the organization. Asking for the
/// organization settles which of the two it is.
pub(crate) async fn is_gone(client: &AdminClient, error: &AdminError) -> bool {
    errors::is_absent(error)
        && (error.kind() != AdminErrorKind::OrganizationNotFound || client.organization().await.is_ok())
}
