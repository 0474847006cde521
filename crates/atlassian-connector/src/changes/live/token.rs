//! One API token.

use super::readable;
use crate::errors;
use atlassian_admin::{Absence, AccountId, AdminClient, ApiToken, TokenId};
use connector_sdk::Result;
use futures_util::TryStreamExt;

/// The token as the organization lists it; nothing where it is not listed.
pub(crate) async fn listed_token(client: &AdminClient, id: &TokenId) -> Result<Option<ApiToken>> {
    let mut pages = Box::pin(client.api_tokens_stream(None));
    let failed = errors::cannot("list the API tokens of the organization");
    let mut unread = Ok(());
    loop {
        match pages.try_next().await {
            Ok(Some(page)) => {
                if let Some(token) = page.items.into_iter().find(|token| token.id == *id) {
                    return Ok(Some(token));
                }
                if unread.is_ok() {
                    unread = readable(&page.bad_rows, "the API tokens of the organization");
                }
            }
            // Only when it is nowhere else may the row that cannot be read be the one.
            Ok(None) => return unread.map(|()| None),
            Err(error) => return Err(failed(error)),
        }
    }
}

/// Whether the account itself lists the token.
pub(crate) async fn has_token(client: &AdminClient, owner: &AccountId, id: &TokenId) -> Result<bool> {
    match client.account_tokens(owner).await {
        Ok(page) => {
            let found = page.items.iter().any(|token| token.id == *id);
            if !found {
                readable(&page.bad_rows, "the API tokens of the account")?;
            }
            Ok(found)
        }
        Err(error) if error.absence() == Absence::Proven => Ok(false),
        Err(error) => Err(errors::cannot(format!(
            "list the API tokens of the account {owner}"
        ))(error)),
    }
}
