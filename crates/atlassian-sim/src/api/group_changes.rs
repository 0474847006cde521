//! Groups created and deleted, and roles given to them and taken.

use super::memberships::{group_in, writable_group};
use super::user_roles::{role_among, target_for};
use super::{on_write, real_directory, seats};
use crate::endpoint::Endpoint;
use crate::model::target::{
    ACCESS_ADMIN, ADMIN, BASIC, CONTRIBUTOR, CUSTOMER, GUEST, ORG_ADMIN, Role, SITE_ADMIN, STAKEHOLDER, USER,
    VIEWER,
};
use crate::model::{Change, Model, NewGroup};
use crate::server::{Draft, Sim};
use crate::wire::{Answer, Call, Outcome, Refusal};
use axum::Router;
use axum::routing::MethodFilter;
use http::StatusCode;
use serde::Deserialize;
use std::sync::Arc;

/// What can be assigned to a group.
const ASSIGNABLE: [Role; 9] = [
    USER,
    ACCESS_ADMIN,
    ADMIN,
    GUEST,
    CONTRIBUTOR,
    CUSTOMER,
    BASIC,
    STAKEHOLDER,
    VIEWER,
];

pub(super) fn routes() -> Router<Arc<Sim>> {
    let base = "/admin/v2/orgs/{org}/directories/{directory}/groups";
    let post = |endpoint, write| on_write(MethodFilter::POST, endpoint, write);
    Router::new()
        .route(base, post(Endpoint::GroupCreate, create))
        .route(
            &format!("{base}/{{group}}"),
            on_write(MethodFilter::DELETE, Endpoint::GroupDelete, delete),
        )
        .route(
            &format!("{base}/{{group}}/role-assignments/assign"),
            post(Endpoint::GroupRoleAssign, assign),
        )
        .route(
            &format!("{base}/{{group}}/role-assignments/revoke"),
            post(Endpoint::GroupRoleRevoke, revoke),
        )
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    name: String,
    description: Option<String>,
}

/// Creates a group. Its id is not said.
fn create(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    let body: New = call.write_body()?;
    let directory = real_directory(draft.model(), call)?;
    create_in(draft, directory, &body.name, body.description)?;
    Ok(Answer::empty(StatusCode::CREATED))
}

/// Creates a group of administrators' own, and returns its number.
pub(super) fn create_in(
    draft: &mut Draft<'_>,
    directory: u8,
    name: &str,
    description: Option<String>,
) -> Result<u32, Refusal> {
    let model = draft.model();
    if name.trim().is_empty() {
        return Err(Refusal::invalid("name must not be blank"));
    }
    let taken = |group: &u32| model.group_directory(*group) == directory;
    if model.find_group_name(name).iter().any(taken) {
        return Err(Refusal::conflict().detail("A group with this name exists already"));
    }
    let group = model.group_places();
    let new = NewGroup {
        name: name.to_owned(),
        description,
        directory,
        synced: false,
        added: draft.now(),
    };
    draft.make(Change::Group {
        group,
        new: Arc::new(new),
    });
    Ok(group)
}

fn delete(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    let (_, group) = writable_group(draft.model(), call)?;
    check_deletable(draft.model(), group)?;
    draft.make(Change::GroupGone { group });
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

/// Default groups and groups that give administration stay.
pub(super) fn check_deletable(model: &Model, group: u32) -> Result<(), Refusal> {
    if model.has_default_role(group) {
        return Err(Refusal::forbidden("ADMIN-403-6").detail("The group is a default group"));
    }
    let administers = |(_, role): &(u32, Role)| matches!(*role, ADMIN | SITE_ADMIN | ORG_ADMIN);
    if model.group_roles(group).iter().any(administers) {
        return Err(Refusal::forbidden("ADMIN-403-7").detail("The group grants admin access"));
    }
    Ok(())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body {
    resource_id: String,
    role_id: String,
}

impl Body {
    fn pair(&self, model: &Model) -> Result<(u32, Role), Refusal> {
        let role = role_among(&ASSIGNABLE, "roleId", &self.role_id)?;
        Ok((target_for(model, &self.resource_id, role)?, role))
    }
}

/// Gives a group a role, whoever keeps the group. A role that it holds already is refused, unlike one of an account.
fn assign(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    let body: Body = call.write_body()?;
    let model = draft.model();
    let ((_, group), pair) = (group_in(model, call)?, body.pair(model)?);
    if model.group_roles(group).contains(&pair) {
        return Err(Refusal::conflict().detail("The group holds this role already"));
    }
    if draft.switches().no_seats && seats::takes_seat(model, pair) && !model.members(group).is_empty() {
        return Err(seats::none_left());
    }
    set(draft, group, pair, true);
    Ok(Answer::empty(StatusCode::OK))
}

fn revoke(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    let body: Body = call.write_body()?;
    let model = draft.model();
    let ((_, group), pair) = (group_in(model, call)?, body.pair(model)?);
    set(draft, group, pair, false);
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

fn set(draft: &mut Draft<'_>, group: u32, (target, role): (u32, Role), on: bool) {
    draft.make(Change::GroupRole {
        group,
        target,
        role,
        on,
    });
}
