//! The keys of the organization.

use super::{every, searched};
use crate::changes::refusal::refused;
use atlassian_admin::{AccountId, AdminClient, KeyFilter, TokenPaging};
use connector_sdk::Result;
use std::collections::BTreeSet;

/// The accounts that made the keys of the organization.
///
/// # Errors
/// Where they cannot be read, and where the answer cannot be true: the key that asks for them is one of them, so there is one, and
/// somebody made it. A key that is listed twice may stand in the place of that one. Of a key that was left behind the vendor does
/// not tell who made it.
pub(crate) async fn makers_of_keys(client: &AdminClient) -> Result<BTreeSet<AccountId>> {
    let pages = client.api_keys_stream(KeyFilter::default(), TokenPaging::default(), None);
    let keys = every(pages, "the keys of the organization").await;
    let keys = keys.map_err(|unread| unread.cannot("list the keys of the organization"))?;
    if keys.is_empty() {
        return Err(refused("the organization lists no keys, and one is in use"));
    }
    let (mut makers, mut known) = (BTreeSet::new(), BTreeSet::new());
    for key in keys {
        // It may stand in the place of the one that asks.
        if !known.insert(key.id.clone()) {
            return Err(refused(format!(
                "the organization lists the key {} twice",
                key.id
            )));
        }
        let maker = key.created_by.map(|maker| maker.id);
        makers.extend(maker.filter(|id| !id.as_str().trim().is_empty()));
    }
    if makers.is_empty() {
        return Err(refused("no key of the organization says who made it"));
    }
    for maker in &makers {
        if searched(client, maker).await?.is_some() {
            return Ok(makers);
        }
    }
    Err(refused(
        "none of the accounts that made the keys of the organization is found in it",
    ))
}
