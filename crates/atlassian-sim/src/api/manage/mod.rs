//! User management: profile, address, lifecycle and tokens of managed accounts. Keys with scopes are refused.

mod lifecycle;
mod permissions;
mod profile;
mod tokens;

use super::domains::is_claimed;
use super::{on_get, on_write};
use crate::endpoint::Endpoint;
use crate::model::{Life, Model};
use crate::server::{Sim, Switches};
use crate::wire::{Call, Refusal};
use axum::Router;
use axum::routing::MethodFilter;
use http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Sim>> {
    let base = "/users/{account}/manage";
    let post = |endpoint, write| on_write(MethodFilter::POST, endpoint, write);
    Router::new()
        .route(base, on_get(Endpoint::AccountPermissions, permissions::get))
        .route(
            &format!("{base}/profile"),
            on_get(Endpoint::AccountProfile, profile::get).merge(on_write(
                MethodFilter::PATCH,
                Endpoint::AccountProfileUpdate,
                profile::patch,
            )),
        )
        .route(
            &format!("{base}/email"),
            on_write(MethodFilter::PUT, Endpoint::AccountEmail, profile::set_email),
        )
        .route(
            &format!("{base}/lifecycle/disable"),
            post(Endpoint::AccountDisable, lifecycle::disable),
        )
        .route(
            &format!("{base}/lifecycle/enable"),
            post(Endpoint::AccountEnable, lifecycle::enable),
        )
        .route(
            &format!("{base}/lifecycle/delete"),
            post(Endpoint::AccountDelete, lifecycle::delete),
        )
        .route(
            &format!("{base}/lifecycle/cancel-delete"),
            post(Endpoint::AccountCancelDelete, lifecycle::cancel_delete),
        )
        .route(
            &format!("{base}/api-tokens"),
            on_get(Endpoint::AccountTokens, tokens::list),
        )
        .route(
            &format!("{base}/api-tokens/{{token}}"),
            on_write(MethodFilter::DELETE, Endpoint::AccountTokenRevoke, tokens::revoke),
        )
}

/// The account of the path, which the organization must manage.
fn managed(model: &Model, switches: &Switches, call: &Call<'_>) -> Result<u32, Refusal> {
    let account = model
        .find_account(call.part("account"))
        .filter(|account| !model.is_gone(*account) && model.life(*account) != Life::Gone)
        .ok_or_else(not_found)?;
    let is_own = model.is_managed(account) && !switches.no_claimed_domain;
    if is_own || model.place_of_service_account(account).is_some() {
        Ok(account)
    } else {
        Err(Refusal::management(
            StatusCode::FORBIDDEN,
            "forbidden",
            "Caller must be a verified org admin of targeted account",
        ))
    }
}

/// 404, there is no such account.
fn not_found() -> Refusal {
    Refusal::management(StatusCode::NOT_FOUND, "accountNotFound", "User account not found")
}

/// 403, an identity provider decides.
fn provisioned() -> Refusal {
    Refusal::management(StatusCode::FORBIDDEN, "forbidden.action", "Action is not allowed")
        .context(json!({ "allowed": false, "reason": { "key": SCIM_REASON } }))
}

/// Why what an identity provider keeps cannot be changed here.
const SCIM_REASON: &str = "externalDirectory.scim";

/// The body of a write.
fn body<T: DeserializeOwned>(call: &Call<'_>) -> Result<T, Refusal> {
    let malformed = |detail: &str| Refusal::management(StatusCode::BAD_REQUEST, "bodyParseFailure", detail);
    if !call.json {
        return Err(malformed("The body is not JSON"));
    }
    let object = call.body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    if !object {
        return Err(malformed("The body is no object"));
    }
    serde_json::from_slice(call.body).map_err(|error| malformed(&error.to_string()))
}

/// 400, a field that is too long, too short or has control characters.
fn violation(field: &str, key: &str) -> Refusal {
    Refusal::management(
        StatusCode::BAD_REQUEST,
        "fieldConstraintsViolated",
        "Field constraints were violated",
    )
    .context(json!({ "fieldViolations": [{ "field": field, "violations": [{ "key": key }] }] }))
}

/// 403, an address at a domain that the organization has not claimed.
fn check_domain(model: &Model, switches: &Switches, address: &str) -> Result<(), Refusal> {
    let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
    if is_claimed(model, switches, domain) {
        return Ok(());
    }
    Err(Refusal::management(
        StatusCode::FORBIDDEN,
        "forbidden.unclaimedDomain",
        "The domain is not claimed",
    )
    .context(json!({ "domain": domain })))
}
