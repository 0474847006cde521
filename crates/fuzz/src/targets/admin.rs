//! Atlassian's administration APIs: pages, rows and errors.

use super::http::{is_told_safely, runtime};
use super::{Run, holds_no_secret};
use crate::mutate::SECRET;
use atlassian_admin::{
    AccountId, AdminClient, AdminError, BadRow, DirectoryRef, EventFilter, EventQuery, FeedQuery, GroupId,
    GroupQuery, GroupSearch, OrgId, Page, Secret, UserQuery, UserSearch, http_builder,
};
use http_kit::testing::{FakeTransport, Reply};
use http_kit::{ManualClock, RetryPolicy};
use serde_json::Value;
use std::sync::Arc;

/// Every listing and every lookup gets the input for an answer. Of a listing that was read, each row is there: as a row, or
/// as one that was not understood.
pub(super) fn page() -> Run {
    let runtime = runtime();
    Box::new(move |input| {
        runtime.block_on(async {
            let client = client(200, input);
            let account = AccountId::from_vendor("5b10a2844c20165700ede21g");
            let group = GroupId::from_vendor("0f6b2d1c-9a47-4c7e-8f3b-6d5e4a3c2b1a");
            let any = DirectoryRef::Any;
            let events = EventQuery::new(EventFilter::default(), 50).expect("a query");
            let feed = FeedQuery::new(None, 50).expect("a query");
            listed(
                input,
                client.search_users(&any, &UserSearch::default(), None).await,
            );
            listed(input, client.list_users(&any, &UserQuery::default(), None).await);
            listed(
                input,
                client.search_groups(&any, &GroupSearch::default(), None).await,
            );
            listed(
                input,
                client.list_groups(&any, &GroupQuery::default(), None).await,
            );
            listed(input, client.directories(None).await);
            listed(input, client.workspaces(None).await);
            listed(input, client.managed_accounts(None).await);
            listed(input, client.api_tokens(None).await);
            listed(input, client.organizations(None).await);
            listed(input, client.policies(None, None).await);
            listed(input, client.domains(None).await);
            listed(input, client.events(&events, None).await);
            told(client.poll_events(&feed, None).await);
            told(client.account_tokens(&account).await);
            told(client.account_permissions(&account, &[]).await);
            told(client.account_profile(&account).await);
            told(client.last_active_dates(&account).await);
            told(client.user(&any, &account).await);
            told(client.group(&any, &group).await);
            told(client.user_stats(&any).await);
            told(client.organization().await);
            told(client.scim_links(&account).await);
        });
    })
}

/// What is told of a refusal is a line without what is private.
pub(super) fn error() -> Run {
    let runtime = runtime();
    Box::new(move |input| {
        runtime.block_on(async {
            for status in [400, 401, 403, 404, 409, 500] {
                let client = client(status, input);
                told(client.organization().await);
            }
        });
    })
}

fn listed<T>(input: &[u8], listed: Result<Page<T>, AdminError>) {
    match listed {
        Ok(page) => {
            page.bad_rows
                .iter()
                .for_each(|row: &BadRow| holds_no_secret(&row.reason));
            let read = page.items.len() + page.bad_rows.len();
            if let Some(rows) = rows(input).filter(|rows| *rows <= 100) {
                assert_eq!(read, rows, "{rows} rows came, and {read} are told of");
            }
        }
        Err(error) => is_told_safely(&error),
    }
}

fn told<T>(answer: Result<T, AdminError>) {
    if let Err(error) = answer {
        is_told_safely(&error);
    }
}

/// How many rows the answer has, read by somebody else.
fn rows(input: &[u8]) -> Option<usize> {
    let answer: Value = serde_json::from_slice(input).ok()?;
    answer.get("data")?.as_array().map(Vec::len)
}

fn client(status: u16, answer: &[u8]) -> AdminClient {
    let answer = answer.to_vec();
    let transport = FakeTransport::new().on_any_fn(move |_| {
        Reply::status(status)
            .header("content-type", "application/json")
            .body(answer.clone())
    });
    let base = "https://api.atlassian.example".parse().expect("an address");
    let http = http_builder(Arc::new(transport), base, Secret::from(SECRET.to_owned()))
        .retry(RetryPolicy::never())
        .clock(Arc::new(ManualClock::default()))
        .build()
        .expect("a client");
    let org = OrgId::parse("8f1c2d34-5b6a-4c7d-9e80-1a2b3c4d5e6f").expect("an id");
    AdminClient::new(http, org)
}
