//! Policies of the organization, to be read only.

use super::on_get;
use crate::endpoint::Endpoint;
use crate::model::ids::uuid;
use crate::model::{Model, salt};
use crate::server::{Sim, View};
use crate::wire::{Answer, Call, Outcome, Refusal};
use axum::Router;
use http::StatusCode;
use serde_json::{Value, json};
use std::sync::Arc;

/// The types that can be asked for. More occur.
const TYPES: [&str; 3] = ["ip-allowlist", "data-residency", "data-security"];

pub(super) fn routes() -> Router<Arc<Sim>> {
    Router::new()
        .route(
            "/admin/v1/orgs/{org}/policies",
            on_get(Endpoint::PoliciesList, list),
        )
        .route(
            "/admin/v1/orgs/{org}/policies/{policy}",
            on_get(Endpoint::PolicyGet, get),
        )
}

/// Every policy: two of documented types and one of a type that is not documented.
fn all(model: &Model) -> Vec<Value> {
    let id = |place| uuid(model.noise(salt::POLICY, place));
    let app = |place: usize| model.targets.all.get(place).map(|target| target.ari.as_str());
    vec![
        json!({
            "id": id(0), "type": "policy",
            "attributes": {
                "type": "ip-allowlist", "name": "Office ranges", "status": "enabled",
                "resources": [{ "id": app(0), "applicationStatus": "applied", "meta": {}, "links": {} }],
                "rule": { "in": ["192.0.2.0/24"] },
                "createdAt": "2025-01-10T09:00:00Z", "updatedAt": null,
            },
        }),
        json!({
            "id": id(1), "type": "policy",
            "attributes": {
                "type": "data-residency", "name": "Keep in the EU", "status": "enabled",
                "resources": [], "rule": { "in": ["EU"] },
                "createdAt": "2025-03-02T12:30:00Z", "updatedAt": "2025-06-01T08:00:00Z",
            },
        }),
        json!({
            "id": id(2), "type": "policy",
            "attributes": {
                "type": "admin-notification-settings", "name": "Notifications", "status": "disabled",
                "resources": [], "rule": { "emailFrequency": "daily" },
                "createdAt": "2025-01-10T09:00:00Z", "updatedAt": null,
            },
        }),
    ]
}

/// All policies on one page, so that no cursor is ever valid.
fn list(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    let query = call.query();
    if query.first("cursor").is_some() {
        return Err(Refusal::cursor());
    }
    let kind = query.first("type");
    if let Some(kind) = kind.filter(|kind| !TYPES.contains(kind)) {
        return Err(Refusal::invalid(format!("type does not know {kind:?}")));
    }
    let mut policies = all(sim.model());
    policies.retain(|policy| kind.is_none_or(|kind| policy["attributes"]["type"] == kind));
    let size = policies.len();
    Ok(Answer::value(
        StatusCode::OK,
        &json!({ "data": policies, "meta": { "next": null, "page_size": size }, "links": {} }),
    ))
}

fn get(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    all(sim.model())
        .into_iter()
        .find(|policy| policy["id"] == call.part("policy"))
        .map(|policy| Answer::value(StatusCode::OK, &json!({ "data": policy })))
        .ok_or_else(|| Refusal::unknown("ADMIN-404-5", "policy"))
}
