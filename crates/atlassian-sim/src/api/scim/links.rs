//! How records and accounts belong together, for administrators with the organization's key.

use crate::api::{account_in, on_get, on_post, on_write};
use crate::endpoint::Endpoint;
use crate::model::{Change, Model};
use crate::server::{Draft, Sim, View};
use crate::wire::{Answer, Call, Outcome, Refusal};
use axum::Router;
use axum::routing::MethodFilter;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Sim>> {
    // This surface says `org`, not `orgs`.
    let base = "/admin/user-provisioning/v1/org/{org}";
    Router::new()
        .route(
            &format!("{base}/user/{{account}}/get-scim-links"),
            on_get(Endpoint::ScimLinksOfAccount, of_account),
        )
        .route(
            &format!("{base}/get-scim-links-for-email"),
            on_post(Endpoint::ScimLinksOfEmail, of_email),
        )
        .route(
            &format!("{base}/scimDirectoryId/{{scim}}/scimUserId/{{user}}/unlink"),
            on_write(MethodFilter::PATCH, Endpoint::ScimUnlink, unlink),
        )
        .route(
            &format!("{base}/user/{{account}}/onlyDeleteUserInDB"),
            on_write(MethodFilter::DELETE, Endpoint::ScimRecordsDelete, delete_records),
        )
}

fn of_account(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    let account = account_in(sim.model(), call)?;
    Ok(links(sim.model(), sim.model().records_of(account)))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Email {
    email: String,
}

fn of_email(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    let Email { email } = call.write_body()?;
    Ok(links(sim.model(), sim.model().records_with_email(&email)))
}

fn links(model: &Model, records: Vec<u32>) -> Answer {
    let links: Vec<Value> = records
        .into_iter()
        .filter_map(|record| {
            let directory = model.scim_directory(record)?;
            let account = model.linked_account(record);
            Some(json!({
                "scimUserId": model.scim_user_id(record),
                "atlassianAccountId": account.map(|account| model.account_id(account)),
                "orgId": model.org_id,
                "directoryId": model.scim[usize::from(directory)].id,
            }))
        })
        .collect();
    Answer::value(StatusCode::OK, &json!({ "scimLinks": links }))
}

/// Unlinks a record from its account. Both stay, and so do the account's groups.
fn unlink(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    let model = draft.model();
    let directory = model
        .find_scim_directory(call.part("scim"))
        .ok_or_else(|| Refusal::unknown("ADMIN-404-1", "directory"))?;
    let record = model
        .find_scim_user(directory, call.part("user"))
        .ok_or_else(|| Refusal::unknown("ADMIN-404-8", "user"))?;
    draft.make(Change::ScimLink {
        record,
        account: None,
    });
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

/// Deletes the records of a managed account in all directories. The account stays as it is.
fn delete_records(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    let account = account_in(draft.model(), call)?;
    if !draft.model().is_managed(account) {
        return Err(Refusal::forbidden("ADMIN-403-3"));
    }
    for record in draft.model().records_of(account) {
        draft.make(Change::ScimLink {
            record,
            account: None,
        });
        draft.make(Change::ScimUser { record, user: None });
    }
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
