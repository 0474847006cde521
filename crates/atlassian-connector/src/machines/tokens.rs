//! Tokens of service accounts.

use super::{is_gap, secret, service_accounts, time};
use crate::shared::Shared;
use crate::{errors, kinds, notices};
use async_trait::async_trait;
use atlassian_admin::{
    AccountId, AccountToken, AdminError, ServiceAccount, ServiceAccountId, ServiceAccountToken, TokenId,
    VendorTime,
};
use connector_sdk::{
    Notice, Page, PageToken, Parent, Plan, ResourceRow, ResourceSyncer, Result, SyncContext,
};
use http_kit::Cursor;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

const CREDENTIAL: &str = "atlassian.service_account_token";

#[derive(Debug)]
pub(crate) struct ServiceTokens(pub(crate) Arc<Shared>);

/// A page of the service accounts, or one of the tokens of one.
#[derive(Debug, Default, Serialize, Deserialize)]
struct State {
    #[serde(default)]
    console: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cursor: Option<Cursor>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    of: Option<Of>,
}

/// Whose tokens are listed: both ids, and which listing of them is read.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Of {
    account: AccountId,
    service: ServiceAccountId,
    #[serde(default)]
    older: bool,
}

#[async_trait]
impl ResourceSyncer for ServiceTokens {
    fn plan(&self) -> Plan {
        Plan::default()
    }

    async fn list(&self, _: &SyncContext, _: Parent<'_>, token: &PageToken) -> Result<Page> {
        let state: State = token.state()?;
        match &state.of {
            Some(of) => tokens(&self.0, of, state.cursor.as_ref()).await,
            None => accounts(&self.0, &state).await,
        }
    }
}

/// A page of the service accounts, whose tokens are further pages.
async fn accounts(shared: &Shared, state: &State) -> Result<Page> {
    let org = shared.client.org();
    let read = service_accounts(shared, state.console, state.cursor.as_ref()).await;
    let (rows, console) = match read {
        Ok(read) => read,
        Err(error) if is_gap(&error) => {
            return Ok(gap(org.as_str(), &error));
        }
        Err(error) => {
            return Err(errors::unread("list the service accounts of the organization")(
                error,
            ));
        }
    };
    let of = |account: &ServiceAccount| {
        PageToken::of_state(&State {
            of: Some(Of {
                account: account.account_id(),
                service: account.id.clone(),
                older: false,
            }),
            ..State::default()
        })
    };
    let next = rows.next.as_ref().map(|cursor| {
        PageToken::of_state(&State {
            console,
            cursor: Some(cursor.clone()),
            of: None,
        })
    });
    Ok(Page {
        also: rows.items.iter().map(of).collect::<Result<_>>()?,
        next: next.transpose()?,
        ..Page::empty()
    })
}

/// What user management lists is documented and takes keys without scopes only; the listing of the service accounts
/// themselves takes others, and which of the two ids it takes is documented nowhere.
async fn tokens(shared: &Shared, of: &Of, cursor: Option<&Cursor>) -> Result<Page> {
    let client = &shared.client;
    let about = format!("the service account {}", of.account);
    if !of.older {
        match client.account_tokens(&of.account).await {
            Ok(rows) => {
                return Ok(Page {
                    resources: rows
                        .items
                        .iter()
                        .map(|token| of_account_token(&of.account, token))
                        .collect(),
                    notices: notices::of_page(&rows, Some(&about), None).collect(),
                    ..Page::empty()
                });
            }
            Err(error) if is_gap(&error) => {}
            Err(error) => return Err(errors::unread(format!("list the tokens of {about}"))(error)),
        }
    }
    let mut read = client.tokens_of_service_account(&of.service, cursor).await;
    let other = ServiceAccountId::from_vendor(of.account.as_str());
    let mut service = &of.service;
    if cursor.is_none() && *service != other && read.as_ref().is_err_and(AdminError::is_missing_part) {
        read = client.tokens_of_service_account(&other, None).await;
        service = &other;
    }
    let rows = match read {
        Ok(rows) => rows,
        Err(error) if is_gap(&error) => return Ok(gap(of.account.as_str(), &error)),
        Err(error) => return Err(errors::unread(format!("list the tokens of {about}"))(error)),
    };
    let next = rows.next.as_ref().map(|cursor| {
        PageToken::of_state(&State {
            cursor: Some(cursor.clone()),
            of: Some(Of {
                service: service.clone(),
                older: true,
                ..of.clone()
            }),
            ..State::default()
        })
    });
    Ok(Page {
        resources: rows
            .items
            .iter()
            .map(|token| of_service_token(&of.account, token))
            .collect(),
        notices: notices::of_page(&rows, Some(&about), cursor).collect(),
        next: next.transpose()?,
        ..Page::empty()
    })
}

fn gap(subject: &str, error: &AdminError) -> Page {
    let gap = Notice::gap(notices::SERVICE_ACCOUNT_TOKENS, subject, errors::reason(error));
    Page {
        notices: vec![gap],
        ..Page::empty()
    }
}

pub(crate) fn of_account_token(owner: &AccountId, token: &AccountToken) -> ResourceRow {
    let times = [&token.created_at, &token.expiry, &token.last_access];
    row(
        owner,
        &token.id,
        token.label.as_deref(),
        times.map(Option::as_ref),
        &[],
    )
}

fn of_service_token(owner: &AccountId, token: &ServiceAccountToken) -> ResourceRow {
    let times = [&token.created_at, &token.expires_at, &token.last_active_at];
    let times = times.map(Option::as_ref);
    row(owner, &token.id, token.label.as_deref(), times, &token.scopes)
}

fn row(
    owner: &AccountId,
    id: &TokenId,
    label: Option<&str>,
    [created, expires, used]: [Option<&VendorTime>; 3],
    scopes: &[String],
) -> ResourceRow {
    secret(kinds::SERVICE_ACCOUNT_TOKEN, id.as_str(), label)
        .secret(|secret| {
            secret
                .identity(&kinds::user(owner))
                .expires_at(time(expires))
                .last_used_at(time(used))
                .static_secret(CREDENTIAL)
        })
        .created_at(time(created))
        .profile("scopes", scopes.to_vec())
        .listed()
}
