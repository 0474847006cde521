//! The keys of the organization.

use super::every;
use atlassian_admin::{AccountId, AdminClient, KeyFilter, TokenPaging};
use connector_sdk::Result;
use std::collections::BTreeSet;

/// The accounts that made the keys of the organization.
pub(crate) async fn makers_of_keys(client: &AdminClient) -> Result<BTreeSet<AccountId>> {
    let pages = client.api_keys_stream(KeyFilter::default(), TokenPaging::default(), None);
    let keys = every(pages, "the keys of the organization").await;
    let keys = keys.map_err(|unread| unread.cannot("list the keys of the organization"))?;
    Ok(keys
        .into_iter()
        .filter_map(|key| key.created_by)
        .map(|maker| maker.id)
        .collect())
}
