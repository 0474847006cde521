//! OAuth clients. Their listing does not tell whose they are, so those of each service account are listed first, and after
//! them those that no service account has.

use super::{asked_again, is_gap, secret, service_accounts, time};
use crate::ends::Counted;
use crate::mixed::Print;
use crate::shared::Shared;
use crate::tally::Tally;
use crate::{errors, kinds, notices};
use async_trait::async_trait;
use atlassian_admin::{
    AccountId, AdminError, OAuthClient, OAuthClientId, OAuthClientStatus, ServiceAccount, ServiceAccountId,
};
use connector_sdk::{
    AccountStatus, Notice, Page, PageToken, Parent, Plan, ResourceRow, ResourceSyncer, Result, SyncContext,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use http_kit::Cursor;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

const CREDENTIAL: &str = "atlassian.oauth_client";
/// How many service accounts are asked at the same time.
const AT_ONCE: usize = 8;
/// The most OAuth clients on a page.
const LIMIT: usize = 1000;

#[derive(Debug)]
pub(crate) struct OauthClients(pub(crate) Arc<Shared>);

#[derive(Debug, Default, Serialize, Deserialize)]
struct State {
    /// Whether the service accounts are done, so that the clients of the organization are listed.
    #[serde(default)]
    of_organization: bool,
    #[serde(default)]
    console: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cursor: Option<Cursor>,
    #[serde(default, skip_serializing_if = "Tally::is_empty")]
    so_far: Tally,
    /// The clients of service accounts.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    owned: BTreeSet<OAuthClientId>,
}

#[async_trait]
impl ResourceSyncer for OauthClients {
    fn plan(&self) -> Plan {
        Plan::default()
    }

    async fn list(&self, _: &SyncContext, _: Parent<'_>, token: &PageToken) -> Result<Page> {
        let state: State = token.state()?;
        match state.of_organization {
            true => of_organization(&self.0, state).await,
            false => of_service_accounts(&self.0, state).await,
        }
    }
}

/// The clients of a page of service accounts.
async fn of_service_accounts(shared: &Shared, mut state: State) -> Result<Page> {
    let mut page = Page::empty();
    let read = service_accounts(shared, state.console, state.cursor.as_ref()).await;
    let (rows, console) = match read {
        Ok(read) => read,
        Err(error) if is_gap(&error) => {
            page.notices.push(gap(shared.client.org().as_str(), &error));
            page.next = Some(PageToken::of_state(&State {
                of_organization: true,
                owned: state.owned,
                ..State::default()
            })?);
            return Ok(page);
        }
        Err(error) => {
            return Err(errors::unread("list the service accounts of the organization")(
                error,
            ));
        }
    };
    let of_each = stream::iter(rows.items)
        .map(|account| async move { (account.account_id(), of_service_account(shared, &account).await) })
        .buffered(AT_ONCE);
    let of_each: Vec<_> = of_each.collect().await;
    for (account, read) in of_each {
        match read {
            Ok(rows) => {
                for rows in &rows {
                    let about = format!("the service account {account}");
                    page.notices.extend(notices::of_page(rows, Some(&about), None));
                    for client in &rows.items {
                        if state.owned.insert(client.client_id.clone()) {
                            page.resources.push(of_client(client, Some(&account)));
                        }
                    }
                }
            }
            Err(error) if is_gap(&error) => page.notices.push(gap(account.as_str(), &error)),
            Err(error) => {
                let what = format!("list the OAuth clients of the service account {account}");
                return Err(errors::unread(what)(error));
            }
        }
    }
    let next = match rows.next {
        Some(cursor) => State {
            console,
            cursor: Some(cursor),
            ..state
        },
        None => State {
            of_organization: true,
            owned: state.owned,
            ..State::default()
        },
    };
    page.next = Some(PageToken::of_state(&next)?);
    Ok(page)
}

/// Every page of the clients of a service account. Which of its two ids is taken is documented nowhere.
async fn of_service_account(
    shared: &Shared,
    account: &ServiceAccount,
) -> Result<Vec<http_kit::Page<OAuthClient>>, AdminError> {
    let by_account = ServiceAccountId::from_vendor(account.account_id().as_str());
    match every(shared, &account.id).await {
        Err(error) if error.is_missing_part() && account.id != by_account => every(shared, &by_account).await,
        read => read,
    }
}

async fn every(
    shared: &Shared,
    id: &ServiceAccountId,
) -> Result<Vec<http_kit::Page<OAuthClient>>, AdminError> {
    let client = &shared.client;
    client
        .oauth_clients_of_service_account_stream(id.clone(), None)
        .try_collect()
        .await
}

/// A page of the clients of the organization: those that no service account has.
async fn of_organization(shared: &Shared, state: State) -> Result<Page> {
    let (client, cursor) = (&shared.client, state.cursor.as_ref());
    let counted = Counted {
        limit: LIMIT,
        so_far: &state.so_far,
        row: |client: &OAuthClient| Print::of([client.client_id.as_str()]),
    };
    let page = match asked_again(|| client.oauth_clients(cursor)).await {
        Ok(page) => page,
        Err(error) if is_gap(&error) => {
            return Ok(Page {
                notices: vec![gap(client.org().as_str(), &error)],
                ..Page::empty()
            });
        }
        Err(error) => {
            return Err(errors::unread("list the OAuth clients of the organization")(
                error,
            ));
        }
    };
    let read = counted.compare(page, || client.count_oauth_clients()).await;
    let rows = &read.rows;
    let told = read.notices(notices::OAUTH_CLIENTS, client.org());
    let is_owned = |client: &&OAuthClient| state.owned.contains(&client.client_id);
    let ownerless: Vec<_> = rows.items.iter().filter(|client| !is_owned(client)).collect();
    let facts = ownerless.iter().map(|client| {
        let detail = "no service account that could be read has it";
        notices::ownerless(kinds::OAUTH_CLIENT, client.client_id.as_str(), detail)
    });
    let mut page = Page {
        resources: ownerless.iter().map(|client| of_client(client, None)).collect(),
        notices: notices::of_page(rows, None, cursor)
            .chain(told)
            .chain(facts)
            .collect(),
        ..Page::empty()
    };
    if let Some(cursor) = rows.next.clone() {
        page.next = Some(PageToken::of_state(&State {
            cursor: Some(cursor),
            so_far: read.so_far,
            ..state
        })?);
    }
    Ok(page)
}

fn gap(subject: &str, error: &AdminError) -> Notice {
    Notice::gap(notices::OAUTH_CLIENTS, subject, errors::reason(error))
}

fn of_client(client: &OAuthClient, owner: Option<&AccountId>) -> ResourceRow {
    let word = client.status.as_ref().map_or("", OAuthClientStatus::as_str);
    let status = match client.status {
        Some(OAuthClientStatus::Active) => AccountStatus::Enabled,
        _ => AccountStatus::Unspecified,
    };
    secret(
        kinds::OAUTH_CLIENT,
        client.client_id.as_str(),
        client.name.as_deref(),
    )
    .secret(|secret| {
        let secret = secret.static_secret(CREDENTIAL);
        match owner {
            Some(owner) => secret.identity(&kinds::user(owner)),
            None => secret,
        }
    })
    .created_at(time(client.created_at.as_ref()))
    .status(status, word)
    .profile("status", word)
    .listed()
}
