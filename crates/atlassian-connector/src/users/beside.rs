//! What a sync of one account reads beside its roles: its groups, and what the listing of managed accounts has of it.

use super::listing;
use crate::shared::Shared;
use crate::{groups, kinds};
use atlassian_admin::AccountId;
use connector_sdk::{NoticeClass, Page, PageToken, ResourceKey, Result, Subject, SyncContext};
use serde::{Deserialize, Serialize};

/// Which of the two listings, and where it stands.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Place {
    Groups(PageToken),
    Managed(PageToken),
}

/// One page of one of them.
pub(crate) async fn page(
    shared: &Shared,
    cx: &SyncContext,
    account: &Subject,
    token: &PageToken,
) -> Result<Page> {
    let place: Option<Place> = token.state()?;
    match place {
        None => {
            let mut page = groups_of(shared, cx, account, &PageToken::first()).await?;
            let managed = Place::Managed(listing::first_managed()?);
            page.also.push(PageToken::of_state(&managed)?);
            Ok(page)
        }
        Some(Place::Groups(token)) => groups_of(shared, cx, account, &token).await,
        Some(Place::Managed(token)) => managed(shared, account, &token).await,
    }
}

async fn groups_of(shared: &Shared, cx: &SyncContext, account: &Subject, token: &PageToken) -> Result<Page> {
    if !cx.wants_grants(kinds::GROUP, kinds::USER) {
        return Ok(Page::empty());
    }
    let id = AccountId::from_vendor(account.id());
    at(groups::of_account(shared, &id, token).await?, Place::Groups)
}

/// The vendor finds no managed account by its id, so the listing is read until it comes.
async fn managed(shared: &Shared, account: &Subject, token: &PageToken) -> Result<Page> {
    let mut page = listing::page(shared, token).await?;
    let is_it = |resource: &connector_sdk::ResourceRow| {
        let key = resource.resource.id.as_ref().and_then(ResourceKey::from_proto);
        key.as_ref() == Some(account.key())
    };
    page.resources.retain(is_it);
    // What is remarkable of other accounts is told where these are synced.
    page.notices.retain(|notice| notice.class == NoticeClass::Gap);
    if !page.resources.is_empty() {
        page.next = None;
    }
    at(page, Place::Managed)
}

fn at(mut page: Page, place: fn(PageToken) -> Place) -> Result<Page> {
    let next = page.next.take();
    page.next = next.map(|next| PageToken::of_state(&place(next))).transpose()?;
    Ok(page)
}
