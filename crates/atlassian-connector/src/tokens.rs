//! API tokens of managed accounts: secrets with an owner. The secrets themselves are never read.

use crate::ends::{Counted, ListingState};
use crate::machines::{secret, time};
use crate::mixed::Print;
use crate::shared::Shared;
use crate::{errors, kinds, notices, status, users};
use async_trait::async_trait;
use atlassian_admin::{ApiToken, TokenFilter, TokenPaging, TokenStatus};
use connector_sdk::{
    Notice, Page, PageToken, Parent, Plan, ResourceRow, ResourceSyncer, Result, SyncContext,
};
use std::sync::Arc;

/// The vendor's name for this kind of credential, as existing artifacts hold it.
const CREDENTIAL: &str = "atlassian.api_token";

#[derive(Debug)]
pub(crate) struct Tokens(pub(crate) Arc<Shared>);

#[async_trait]
impl ResourceSyncer for Tokens {
    fn plan(&self) -> Plan {
        Plan::default()
    }

    async fn list(&self, _: &SyncContext, _: Parent<'_>, token: &PageToken) -> Result<Page> {
        let ListingState { cursor, so_far } = token.state()?;
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
        Ok(Page {
            resources: rows
                .items
                .iter()
                .flat_map(|token| [of_token(token), users::of_owner(&token.user)])
                .collect(),
            notices: notices::of_page(rows, None, cursor).chain(told).collect(),
            next: ListingState::after(rows, &read.so_far)?,
            ..Page::empty()
        })
    }
}

pub(crate) fn of_token(token: &ApiToken) -> ResourceRow {
    let word = token.status.as_ref().map_or("", TokenStatus::as_str);
    secret(kinds::API_TOKEN, token.id.as_str(), token.label.as_deref())
        .secret(|secret| {
            secret
                .identity(&kinds::user(&token.user.id))
                .expires_at(time(token.expires_at.as_ref()))
                .last_used_at(time(token.last_active_at.as_ref()))
                .static_secret(CREDENTIAL)
        })
        .created_at(time(token.created_at.as_ref()))
        .status(status::of_token(word), word)
        .profile("status", word)
        .profile("scopes", token.scopes.clone())
        .listed()
}
