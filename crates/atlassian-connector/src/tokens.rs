//! API tokens of managed accounts: secrets with an owner. The secrets themselves are never read.

use crate::ends::Counted;
use crate::mixed::Print;
use crate::shared::Shared;
use crate::tally::Tally;
use crate::{errors, kinds, notices, status, users};
use async_trait::async_trait;
use atlassian_admin::{ApiToken, TokenFilter, TokenPaging, TokenStatus, VendorTime};
use connector_sdk::{
    Notice, Page, PageToken, Parent, Plan, ResourceBuilder, ResourceKey, ResourceRow, ResourceSyncer, Result,
    SyncContext,
};
use http_kit::Cursor;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The vendor's name for this kind of credential, as existing artifacts hold it.
const CREDENTIAL: &str = "atlassian.api_token";

#[derive(Debug)]
pub(crate) struct Tokens(pub(crate) Arc<Shared>);

#[derive(Debug, Default, Serialize, Deserialize)]
struct State {
    cursor: Option<Cursor>,
    #[serde(default, skip_serializing_if = "Tally::is_empty")]
    so_far: Tally,
}

#[async_trait]
impl ResourceSyncer for Tokens {
    fn plan(&self) -> Plan {
        Plan::default()
    }

    async fn list(&self, _: &SyncContext, _: Parent<'_>, token: &PageToken) -> Result<Page> {
        let State { cursor, so_far } = token.state()?;
        let client = &self.0.client;
        let limit = TokenPaging::default().page_size().into();
        let (every, cursor) = (TokenFilter::default(), cursor.as_ref());
        let counted = Counted {
            limit,
            so_far: &so_far,
            row: |token: &ApiToken| Print::of([token.id.as_str()]),
        };
        let count = || client.count_api_tokens(&every);
        let read = match counted.read(|| client.api_tokens(cursor), count).await {
            Ok(read) => read,
            Err(error) if error.is_refused() => {
                let gap = Notice::gap(notices::API_TOKENS, client.org().as_str(), errors::reason(&error));
                return Ok(Page {
                    notices: vec![gap],
                    ..Page::empty()
                });
            }
            Err(error) => return Err(errors::unread("list the API tokens of the organization")(error)),
        };
        let told = read.notices(notices::API_TOKENS, client.org());
        let rows = &read.rows;
        let next = rows.next.as_ref().map(|cursor| {
            PageToken::of_state(&State {
                cursor: Some(cursor.clone()),
                so_far: read.so_far.clone(),
            })
        });
        Ok(Page {
            resources: rows
                .items
                .iter()
                .flat_map(|token| [of_token(token), users::of_owner(&token.user)])
                .collect(),
            notices: notices::of_page(rows, None, cursor).chain(told).collect(),
            next: next.transpose()?,
            ..Page::empty()
        })
    }
}

pub(crate) fn of_token(token: &ApiToken) -> ResourceRow {
    let word = token.status.as_ref().map_or("", TokenStatus::as_str);
    let time = |time: &Option<VendorTime>| time.as_ref().and_then(VendorTime::timestamp);
    let label = token.label.as_deref().filter(|label| !label.trim().is_empty());
    ResourceBuilder::new(
        ResourceKey::new(kinds::API_TOKEN, token.id.as_str()),
        label.unwrap_or(token.id.as_str()),
    )
    .secret(|secret| {
        secret
            .identity(&kinds::user(&token.user.id))
            .expires_at(time(&token.expires_at))
            .last_used_at(time(&token.last_active_at))
            .static_secret(CREDENTIAL)
    })
    .created_at(time(&token.created_at))
    .status(status::of_token(word), word)
    .profile("status", word)
    .profile("scopes", token.scopes.clone())
    .listed()
}
