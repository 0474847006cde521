//! Operations of the first version that the vendor has removed. They exist only where they are kept alive.

use super::group_changes::{check_deletable, create_in};
use super::invite::{Invitation, carry_out};
use super::suspension::{check_restorable, restore_in, suspend_in};
use super::user_roles::target_for;
use super::{on_write, seats};
use crate::endpoint::Endpoint;
use crate::model::target::find_role;
use crate::model::{Change, DirectoryStatus, Model};
use crate::server::{Draft, Sim, Switches};
use crate::wire::{Answer, Call, Outcome, Refusal};
use axum::Router;
use axum::routing::MethodFilter;
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

pub(super) fn routes(switches: &Switches) -> Router<Arc<Sim>> {
    if !switches.removed_paths_alive {
        return Router::new();
    }
    let base = "/admin/v1/orgs/{org}";
    let (users, groups) = (
        format!("{base}/directory/users/{{account}}"),
        format!("{base}/directory/groups"),
    );
    let post = |endpoint, write| on_write(MethodFilter::POST, endpoint, write);
    let delete = |endpoint, write| on_write(MethodFilter::DELETE, endpoint, write);
    Router::new()
        .route(&format!("{base}/users/invite"), post(Endpoint::OldInvite, invite))
        .route(&users, delete(Endpoint::OldRemove, remove))
        .route(
            &format!("{users}/suspend-access"),
            post(Endpoint::OldSuspend, suspend),
        )
        .route(
            &format!("{users}/restore-access"),
            post(Endpoint::OldRestore, restore),
        )
        .route(&groups, post(Endpoint::OldGroupCreate, create_group))
        .route(
            &format!("{groups}/{{group}}"),
            delete(Endpoint::OldGroupDelete, delete_group),
        )
        .route(
            &format!("{groups}/{{group}}/memberships"),
            post(Endpoint::OldMemberAdd, add_member),
        )
        .route(
            &format!("{groups}/{{group}}/memberships/{{account}}"),
            delete(Endpoint::OldMemberRemove, remove_member),
        )
        .route(
            &format!("{groups}/{{group}}/roles/assign"),
            post(Endpoint::OldGroupRoleAssign, assign),
        )
        .route(
            &format!("{groups}/{{group}}/roles/revoke"),
            post(Endpoint::OldGroupRoleRevoke, revoke),
        )
}

fn message(text: &str) -> Answer {
    Answer::value(StatusCode::OK, &json!({ "message": text }))
}

fn account_of(model: &Model, id: &str) -> Result<u32, Refusal> {
    model
        .find_account(id)
        .filter(|account| !model.is_gone(*account))
        .ok_or_else(|| Refusal::unknown("ADMIN-404-8", "user"))
}

/// The directories that an account is in. The first version knows no directories and means all of them.
fn directories(model: &Model, account: u32) -> Result<Vec<u8>, Refusal> {
    let member =
        |directory: &u8| model.directory_status(account, *directory) != DirectoryStatus::NoMembership;
    let own: Vec<u8> = (0..model.spec.directories).filter(member).collect();
    if own.is_empty() {
        return Err(Refusal::unknown("ADMIN-404-8", "user"));
    }
    Ok(own)
}

fn suspend(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    let account = account_of(draft.model(), call.part("account"))?;
    for directory in directories(draft.model(), account)? {
        suspend_in(draft, account, directory)?;
    }
    Ok(message("User access suspended"))
}

fn restore(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    let account = account_of(draft.model(), call.part("account"))?;
    let own = directories(draft.model(), account)?;
    // All of them, or none.
    for directory in &own {
        check_restorable(draft, account, *directory).map_err(|refusal| Refusal {
            code: "ADMIN-409-3",
            ..refusal
        })?;
    }
    for directory in own {
        restore_in(draft, account, directory)?;
    }
    Ok(message("User access restored"))
}

fn remove(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    let account = account_of(draft.model(), call.part("account"))?;
    for directory in directories(draft.model(), account)? {
        draft.make(Change::Directory {
            account,
            directory,
            status: DirectoryStatus::NoMembership,
        });
    }
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewGroup {
    name: String,
    description: Option<String>,
}

/// Creates a group in the first directory; unlike the second version this says which id it got.
fn create_group(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    let NewGroup { name, description } = call.write_body()?;
    let group = create_in(draft, 0, &name, description)?;
    let id = draft.model().group_id(group);
    Ok(Answer::value(
        StatusCode::OK,
        &json!({ "groupId": id, "message": "Group created" }),
    ))
}

fn group_of(model: &Model, call: &Call<'_>) -> Result<u32, Refusal> {
    model
        .find_group(call.part("group"))
        .ok_or_else(|| Refusal::unknown("ADMIN-404-10", "group"))
}

/// The group of the path, which no identity provider may keep.
fn writable_group(model: &Model, call: &Call<'_>) -> Result<u32, Refusal> {
    let group = group_of(model, call)?;
    if model.is_synced(group) {
        return Err(Refusal::forbidden("ADMIN-403-5"));
    }
    Ok(group)
}

fn delete_group(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    let model = draft.model();
    let group = writable_group(model, call)?;
    check_deletable(model, group)?;
    let forced = call.query().first("forceIfNotEmpty") == Some("true");
    if !forced && !model.members(group).is_empty() {
        return Err(Refusal::new(
            StatusCode::CONFLICT,
            "ADMIN-409-5",
            "Group not empty",
        ));
    }
    draft.make(Change::GroupGone { group });
    Ok(message("Group deleted"))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Member {
    account_id: String,
}

fn add_member(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    let Member { account_id } = call.write_body()?;
    let model = draft.model();
    let group = writable_group(model, call)?;
    let account = account_of(model, &account_id)?;
    if model.directory_status(account, model.group_directory(group)) == DirectoryStatus::NoMembership {
        return Err(Refusal::unknown("ADMIN-404-8", "user"));
    }
    if model.is_member(group, account) && draft.switches().duplicates_conflict {
        return Err(Refusal {
            code: "ADMIN-409-28",
            ..Refusal::conflict()
        });
    }
    seats::check(draft, account, &model.group_roles(group)).map_err(|refusal| Refusal {
        code: "ADMIN-409-3",
        ..refusal
    })?;
    draft.make(Change::Member {
        group,
        account,
        on: true,
    });
    Ok(message("User added to group"))
}

fn remove_member(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    let model = draft.model();
    let group = writable_group(model, call)?;
    let account = account_of(model, call.part("account"))?;
    draft.make(Change::Member {
        group,
        account,
        on: false,
    });
    Ok(message("User removed from group"))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleChange {
    role: String,
    resource: String,
}

fn assign(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    set_role(draft, call, true)
}

fn revoke(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    set_role(draft, call, false)
}

fn set_role(draft: &mut Draft<'_>, call: &Call<'_>, on: bool) -> Outcome {
    let change: RoleChange = call.write_body()?;
    let model = draft.model();
    let group = group_of(model, call)?;
    let role = find_role(&change.role)
        .ok_or_else(|| Refusal::invalid(format!("role does not know {:?}", change.role)))?;
    let target = target_for(model, &change.resource, role)?;
    draft.make(Change::GroupRole {
        group,
        target,
        role,
        on,
    });
    Ok(Answer::empty(StatusCode::ACCEPTED))
}

/// Answers with the bare ids of the accounts.
fn invite(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    let invitation: Invitation = call.write_body()?;
    let (rows, _) = carry_out(draft, &invitation)?;
    let ids: Vec<_> = rows.iter().map(|row| row["id"].clone()).collect();
    Ok(Answer::value(StatusCode::ACCEPTED, &json!(ids)))
}
