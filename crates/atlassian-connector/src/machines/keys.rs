//! API keys of the organization.

use super::{asked_again, is_gap, secret, time};
use crate::ends::{Counted, ListingState};
use crate::mixed::Print;
use crate::shared::Shared;
use crate::{errors, kinds, notices, users};
use async_trait::async_trait;
use atlassian_admin::{KeyFilter, OrgApiKey, TokenPaging};
use connector_sdk::{
    Notice, Page, PageToken, Parent, Plan, ResourceRow, ResourceSyncer, Result, SyncContext,
};
use std::sync::Arc;

const CREDENTIAL: &str = "atlassian.org_api_key";

#[derive(Debug)]
pub(crate) struct OrgApiKeys(pub(crate) Arc<Shared>);

#[async_trait]
impl ResourceSyncer for OrgApiKeys {
    fn plan(&self) -> Plan {
        Plan::default()
    }

    async fn list(&self, _: &SyncContext, _: Parent<'_>, token: &PageToken) -> Result<Page> {
        let ListingState { cursor, so_far } = token.state()?;
        let client = &self.0.client;
        let (every, paging, cursor) = (KeyFilter::default(), TokenPaging::default(), cursor.as_ref());
        let counted = Counted {
            limit: paging.page_size().into(),
            so_far: &so_far,
            row: |key: &OrgApiKey| Print::of([key.id.as_str()]),
        };
        let ask = || client.api_keys(&every, &paging, cursor);
        let read = match asked_again(|| counted.read(ask, || client.count_api_keys(&every))).await {
            Ok(read) => read,
            Err(error) if is_gap(&error) => {
                let gap = Notice::gap(
                    notices::ORG_API_KEYS,
                    client.org().as_str(),
                    errors::reason(&error),
                );
                return Ok(Page {
                    notices: vec![gap],
                    ..Page::empty()
                });
            }
            Err(error) => return Err(errors::unread("list the API keys of the organization")(error)),
        };
        let told = read.notices(notices::ORG_API_KEYS, client.org());
        let rows = &read.rows;
        let ownerless = rows.items.iter().filter(|key| key.created_by.is_none());
        let ownerless = ownerless.map(|key| {
            let detail = "the vendor does not tell who made it";
            notices::ownerless(kinds::ORG_API_KEY, key.id.as_str(), detail)
        });
        Ok(Page {
            resources: rows
                .items
                .iter()
                .flat_map(|key| {
                    let maker = key.created_by.as_ref().map(users::of_owner);
                    [Some(of_key(key)), maker].into_iter().flatten()
                })
                .collect(),
            notices: notices::of_page(rows, None, cursor)
                .chain(told)
                .chain(ownerless)
                .collect(),
            next: ListingState::after(rows, &read.so_far)?,
            ..Page::empty()
        })
    }
}

/// A key acts in the name of the administrator who made it, so that is whose it is. Without scopes it can do all that the
/// organization's administrators can.
pub(crate) fn of_key(key: &OrgApiKey) -> ResourceRow {
    let maker = key.created_by.as_ref().map(|maker| kinds::user(&maker.id));
    secret(kinds::ORG_API_KEY, key.id.as_str(), key.label.as_deref())
        .secret(|secret| {
            let secret = secret
                .expires_at(time(key.expires_at.as_ref()))
                .last_used_at(time(key.last_active_at.as_ref()))
                .static_secret(CREDENTIAL);
            match &maker {
                Some(maker) => secret.identity(maker).created_by(maker),
                None => secret,
            }
        })
        .created_at(time(key.created_at.as_ref()))
        .profile("scopes", key.scopes.clone())
        .profile("privileged", key.scopes.is_empty())
        .listed()
}
