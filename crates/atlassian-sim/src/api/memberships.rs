//! Members of groups, added and removed.

use super::user_roles::already;
use super::{account_in, on_write, real_directory, seats};
use crate::endpoint::Endpoint;
use crate::model::target::ORG_ADMIN;
use crate::model::{Change, DirectoryStatus, Model};
use crate::server::{Draft, Sim};
use crate::wire::{Answer, Call, Outcome, Refusal};
use axum::Router;
use axum::routing::MethodFilter;
use http::StatusCode;
use serde::Deserialize;
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Sim>> {
    let base = "/admin/v2/orgs/{org}/directories/{directory}/groups/{group}/memberships";
    Router::new()
        .route(base, on_write(MethodFilter::POST, Endpoint::MemberAdd, add))
        .route(
            &format!("{base}/{{account}}"),
            on_write(MethodFilter::DELETE, Endpoint::MemberRemove, remove),
        )
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body {
    account_id: String,
}

fn add(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    let body: Body = call.write_body()?;
    let model = draft.model();
    let (directory, group) = writable_group(model, call)?;
    if draft.switches().units_rollout && gives_administration(model, group) {
        return Err(Refusal::forbidden("ADMIN-UAM-403-1"));
    }
    let account = model
        .find_account(&body.account_id)
        .filter(|account| is_in(model, *account, directory))
        .ok_or_else(missing)?;
    if model.is_member(group, account) {
        return already(draft, StatusCode::NO_CONTENT);
    }
    seats::check(draft, account, &model.group_roles(group))?;
    draft.make(Change::Member {
        group,
        account,
        on: true,
    });
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

fn remove(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    let model = draft.model();
    let (directory, group) = writable_group(model, call)?;
    let account = account_in(model, call)?;
    if !is_in(model, account, directory) {
        return Err(missing());
    }
    let made = draft.make(Change::Member {
        group,
        account,
        on: false,
    });
    if !made && draft.switches().removals_strict {
        return Err(missing());
    }
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

fn missing() -> Refusal {
    Refusal::unknown("ADMIN-UAM-404-1", "user").detail("One or more users were not found in the directory")
}

fn is_in(model: &Model, account: u32, directory: u8) -> bool {
    model.directory_status(account, directory) != DirectoryStatus::NoMembership
}

fn gives_administration(model: &Model, group: u32) -> bool {
    model
        .group_roles(group)
        .iter()
        .any(|(_, role)| *role == ORG_ADMIN)
}

/// The directory and group that a path names. The directory must be the group's own.
pub(super) fn group_in(model: &Model, call: &Call<'_>) -> Result<(u8, u32), Refusal> {
    let directory = real_directory(model, call)?;
    let group = model
        .find_group(call.part("group"))
        .filter(|group| model.group_directory(*group) == directory)
        .ok_or_else(|| Refusal::unknown("ADMIN-UAM-404-3", "group"))?;
    Ok((directory, group))
}

/// The same for a group that no identity provider keeps.
pub(super) fn writable_group(model: &Model, call: &Call<'_>) -> Result<(u8, u32), Refusal> {
    let (directory, group) = group_in(model, call)?;
    if model.is_synced(group) {
        return Err(Refusal::forbidden("ADMIN-403-5").detail("The group is managed by an identity provider"));
    }
    Ok((directory, group))
}
