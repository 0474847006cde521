//! Users: listed, created, read, replaced, changed in part, deleted.

use super::account::{check_address, check_unique, find_or_create, follow, link, set_active};
use super::listing::Listing;
use super::resource::{self, Selection};
use super::{attributes, body, directory_of, missing, patch};
use crate::api::{on_get, on_write};
use crate::endpoint::Endpoint;
use crate::model::{Change, Model, ScimUser};
use crate::server::{Draft, Sim, View};
use crate::wire::{Answer, Call, Outcome, Refusal};
use axum::Router;
use axum::routing::MethodFilter;
use http::StatusCode;
use std::borrow::Cow;
use std::sync::Arc;

pub(super) fn routes(base: &str) -> Router<Arc<Sim>> {
    let one = format!("{base}/Users/{{user}}");
    Router::new()
        .route(
            &format!("{base}/Users"),
            on_get(Endpoint::ScimUsersList, list).merge(on_write(
                MethodFilter::POST,
                Endpoint::ScimUserCreate,
                create,
            )),
        )
        .route(
            &one,
            on_get(Endpoint::ScimUserGet, get)
                .merge(on_write(MethodFilter::PUT, Endpoint::ScimUserReplace, replace))
                .merge(on_write(MethodFilter::PATCH, Endpoint::ScimUserPatch, patch_one))
                .merge(on_write(MethodFilter::DELETE, Endpoint::ScimUserDelete, delete)),
        )
}

fn list(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    let (model, query) = (sim.model(), call.query());
    let directory = directory_of(model, call)?;
    let asked = Listing::read(&query, "USER", &["userName", "externalId"])?;
    let selection = Selection::read(&query)?;
    let (records, total): (Vec<u32>, usize) = match &asked.filter {
        Some((attribute, value)) => {
            let found = if attribute.eq_ignore_ascii_case("userName") {
                model.find_user_name(directory, value)
            } else {
                model.find_external(directory, value)
            };
            let all: Vec<u32> = found.into_iter().collect();
            (asked.page(all.iter().copied()), all.len())
        }
        None => {
            let total = model.scim_users(directory).count();
            (asked.page(model.scim_users(directory)), total)
        }
    };
    let users = records
        .into_iter()
        .map(|record| resource::user(model, record, &selection))
        .collect();
    let page = resource::list(users, total, asked.start, asked.count);
    Ok(Answer::value(StatusCode::OK, &page))
}

fn get(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    let (model, selection) = (sim.model(), Selection::read(&call.query())?);
    let record = record_of(model, call)?;
    Ok(Answer::value(
        StatusCode::OK,
        &resource::user(model, record, &selection),
    ))
}

fn record_of(model: &Model, call: &Call<'_>) -> Result<u32, Refusal> {
    let id = call.part("user");
    model
        .find_scim_user(directory_of(model, call)?, id)
        .ok_or_else(|| missing("USER", id))
}

/// Creates a record. Where its address has an account already, the record is linked to that, silently.
fn create(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    let selection = Selection::read(&call.query())?;
    let directory = directory_of(draft.model(), call)?;
    let now = draft.now();
    let user = ScimUser {
        directory,
        attributes: attributes::check(&body(call)?)?,
        created: now,
        modified: now,
    };
    check_unique(draft.model(), &user, None)?;
    let account = find_or_create(draft, &user)?;
    let record = draft.model().scim_places();
    let shared = Arc::new(user);
    draft.make(Change::ScimUser {
        record,
        user: Some(shared.clone()),
    });
    link(draft, record, &shared, account);
    Ok(Answer::value(
        StatusCode::CREATED,
        &resource::user(draft.visible(), record, &selection),
    ))
}

/// Replaces a record: what is left out is cleared.
fn replace(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    let selection = Selection::read(&call.query())?;
    let record = record_of(draft.model(), call)?;
    let attributes = attributes::check(&body(call)?)?;
    change(draft, record, attributes)?;
    Ok(Answer::value(
        StatusCode::OK,
        &resource::user(draft.visible(), record, &selection),
    ))
}

fn patch_one(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    let selection = Selection::read(&call.query())?;
    let record = record_of(draft.model(), call)?;
    let operations = patch::operations(&body(call)?)?;
    let before = draft.model().scim_user(record).map(Cow::into_owned);
    let before = before.ok_or_else(|| missing("USER", call.part("user")))?;
    let attributes = patch::apply(&before.attributes, &operations)?;
    change(draft, record, attributes)?;
    Ok(Answer::value(
        StatusCode::OK,
        &resource::user(draft.visible(), record, &selection),
    ))
}

fn change(
    draft: &mut Draft<'_>,
    record: u32,
    attributes: serde_json::Map<String, serde_json::Value>,
) -> Result<(), Refusal> {
    let before = draft
        .model()
        .scim_user(record)
        .map(Cow::into_owned)
        .ok_or_else(|| missing("USER", &draft.model().scim_user_id(record)))?;
    let after = Arc::new(ScimUser {
        attributes,
        modified: draft.now(),
        ..before.clone()
    });
    check_unique(draft.model(), &after, Some(record))?;
    let account = draft.model().linked_account(record);
    if let Some(account) = account {
        check_address(draft, &after, account)?;
    }
    let same = after.attributes == before.attributes;
    if !same {
        draft.make(Change::ScimUser {
            record,
            user: Some(after.clone()),
        });
    }
    if let Some(account) = account {
        follow(draft, &after, account, Some(&before));
    }
    Ok(())
}

/// Deletes a record: a managed account is deactivated, and what the directory's groups gave it is gone.
fn delete(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    let record = record_of(draft.model(), call)?;
    let directory = directory_of(draft.model(), call)?;
    if let Some(account) = draft.model().linked_account(record) {
        let groups: Vec<u32> = draft
            .model()
            .scim_groups(directory)
            .filter(|group| draft.model().is_member(*group, account))
            .collect();
        for group in groups {
            draft.make(Change::Member {
                group,
                account,
                on: false,
            });
        }
        if draft.model().is_managed(account) {
            set_active(draft, account, false);
        }
    }
    draft.make(Change::ScimLink {
        record,
        account: None,
    });
    draft.make(Change::ScimUser { record, user: None });
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
