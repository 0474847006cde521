//! Roles given to accounts and taken from them, and the administration of the organization.

use super::{account_in, on_write, seats};
use crate::endpoint::Endpoint;
use crate::model::target::{
    ACCESS_ADMIN, ADMIN, BASIC, CONTRIBUTOR, CUSTOMER, GUEST, ORG_ADMIN, Role, SITE_ADMIN, STAKEHOLDER, USER,
    find_role,
};
use crate::model::{Change, Life, Model};
use crate::server::{Draft, Sim};
use crate::wire::{Answer, Call, Outcome, Refusal};
use axum::Router;
use axum::routing::MethodFilter;
use http::StatusCode;
use serde::Deserialize;
use std::sync::Arc;

/// What can be assigned to an account.
const ASSIGNABLE: [Role; 10] = [
    USER,
    ACCESS_ADMIN,
    ADMIN,
    GUEST,
    CONTRIBUTOR,
    CUSTOMER,
    BASIC,
    STAKEHOLDER,
    SITE_ADMIN,
    ORG_ADMIN,
];

pub(super) fn routes() -> Router<Arc<Sim>> {
    let base = "/admin/v1/orgs/{org}/users/{account}";
    let post = |endpoint, write| on_write(MethodFilter::POST, endpoint, write);
    Router::new()
        .route(
            &format!("{base}/roles/assign"),
            post(Endpoint::UserRoleAssign, assign),
        )
        .route(
            &format!("{base}/roles/revoke"),
            post(Endpoint::UserRoleRevoke, revoke),
        )
        .route(
            &format!("{base}/role-assignments/assign"),
            post(Endpoint::OrgRoleAssign, assign_org_role),
        )
        .route(
            &format!("{base}/role-assignments/revoke"),
            post(Endpoint::OrgRoleRevoke, revoke_org_role),
        )
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    role: String,
    resource: Option<String>,
}

impl Body {
    /// The role and its target. Beside the role of an organization administrator the resource is ignored, whatever
    /// it is: the target is the organization.
    fn pair(&self, model: &Model) -> Result<(u32, Role), Refusal> {
        let role = role_among(&ASSIGNABLE, "role", &self.role)?;
        if role == ORG_ADMIN {
            return Ok((model.targets.organization, role));
        }
        let resource = self
            .resource
            .as_deref()
            .ok_or_else(|| Refusal::invalid("resource is required for this role"))?;
        Ok((target_for(model, resource, role)?, role))
    }
}

/// The role that a member of a body names, which must be one of these.
pub(super) fn role_among(assignable: &[Role], member: &str, word: &str) -> Result<Role, Refusal> {
    find_role(word)
        .filter(|role| assignable.contains(role))
        .ok_or_else(|| Refusal::invalid(format!("{member} does not know {word:?}")))
}

/// The target that a resource names, which must know the role.
pub(super) fn target_for(model: &Model, resource: &str, role: Role) -> Result<u32, Refusal> {
    if !resource.starts_with("ari:cloud:") {
        return Err(Refusal::invalid("the resource is not an ARI"));
    }
    let target = model
        .targets
        .find(resource)
        .ok_or_else(|| Refusal::unknown("ADMIN-UAM-404-1", "resource"))?;
    if model.target(target).knows(role) {
        Ok(target)
    } else {
        Err(
            Refusal::new(StatusCode::BAD_REQUEST, "ADMIN-UAM-400-3", "Invalid role")
                .detail("The role is not valid for the resource"),
        )
    }
}

fn assign(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    let body: Body = call.write_body()?;
    let pair = body.pair(draft.model())?;
    give(draft, call, pair)
}

fn assign_org_role(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    give(draft, call, org_role(draft.model(), call)?)
}

fn give(draft: &mut Draft<'_>, call: &Call<'_>, pair: (u32, Role)) -> Outcome {
    let account = member(draft.model(), call)?;
    let model = draft.model();
    if model.life(account) != Life::Active {
        return Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            "ADMIN-UAM-400-2",
            "Inactive user",
        ));
    }
    if model.holds_directly(account, pair) {
        return already(draft, StatusCode::NO_CONTENT);
    }
    seats::check(draft, account, &[pair])?;
    set(draft, account, pair, true);
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

/// What is so already is agreed to, or not.
pub(super) fn already(draft: &Draft<'_>, status: StatusCode) -> Outcome {
    if draft.switches().duplicates_conflict {
        Err(Refusal::conflict())
    } else {
        Ok(Answer::empty(status))
    }
}

fn revoke(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    let body: Body = call.write_body()?;
    let pair = body.pair(draft.model())?;
    take(draft, call, pair)
}

fn revoke_org_role(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    take(draft, call, org_role(draft.model(), call)?)
}

/// Takes what is held directly. What a group gives stays, and nobody is told.
fn take(draft: &mut Draft<'_>, call: &Call<'_>, pair: (u32, Role)) -> Outcome {
    let account = member(draft.model(), call)?;
    set(draft, account, pair, false);
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

/// Gives an account a role, or takes it.
pub(super) fn set(draft: &mut Draft<'_>, account: u32, (target, role): (u32, Role), on: bool) {
    let directory = draft.model().directory_of_grant(account, target, role);
    draft.make(Change::UserRole {
        account,
        target,
        role,
        directory,
        on,
    });
}

/// The account of the path, which must be in a directory.
fn member(model: &Model, call: &Call<'_>) -> Result<u32, Refusal> {
    let account = account_in(model, call)?;
    if model.in_directory(account) {
        Ok(account)
    } else {
        Err(Refusal::unknown("ADMIN-UAM-404-1", "user"))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OrgRole {
    role: String,
}

fn org_role(model: &Model, call: &Call<'_>) -> Result<(u32, Role), Refusal> {
    let body: OrgRole = call.write_body()?;
    if find_role(&body.role) == Some(ORG_ADMIN) {
        Ok((model.targets.organization, ORG_ADMIN))
    } else {
        Err(Refusal::invalid("role takes atlassian/org-admin only"))
    }
}
