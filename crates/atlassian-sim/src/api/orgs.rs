//! `GET /admin/v1/orgs` and `GET /admin/v1/orgs/{org}`.

use super::on_get;
use crate::endpoint::Endpoint;
use crate::model::Model;
use crate::server::{Sim, View};
use crate::wire::{Answer, Call, Json, Outcome, Place, Refusal};
use axum::Router;
use std::sync::Arc;

/// Where the vendor's links point.
pub(super) const PUBLIC_BASE: &str = "https://api.atlassian.com/admin";

pub(super) fn routes() -> Router<Arc<Sim>> {
    Router::new()
        .route("/admin/v1/orgs", on_get(Endpoint::OrgsList, list))
        .route("/admin/v1/orgs/{org}", on_get(Endpoint::OrgGet, get))
}

/// A key with scopes sees no organization here; the one of the key otherwise.
fn list(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    if let Some(cursor) = call.query().first("cursor") {
        Place::open(sim.cursor_key(), "orgs", cursor)?;
        return Err(Refusal::cursor());
    }
    let mut json = Json::with_capacity(1024);
    json.object(|json| {
        json.key("data").array(|json| {
            if !call.scoped_key {
                write_org(json, sim.model());
            }
        });
        json.key("links")
            .object(|json| json.key("self").text(&format!("{PUBLIC_BASE}/v1/orgs")));
        json.key("meta").null();
    });
    Ok(Answer::ok(json))
}

fn get(sim: &View<'_>, _: &Call<'_>) -> Outcome {
    let mut json = Json::with_capacity(1024);
    json.object(|json| {
        json.key("data");
        write_org(json, sim.model());
    });
    Ok(Answer::ok(json))
}

fn write_org(json: &mut Json, model: &Model) {
    let org = format!("{PUBLIC_BASE}/v1/orgs/{}", model.org_id);
    json.object(|json| {
        json.key("id").text(&model.org_id);
        json.key("type").text("orgs");
        json.key("attributes")
            .object(|json| json.key("name").text(model.org_name));
        json.key("relationships").object(|json| {
            for related in ["domains", "users"] {
                json.key(related).object(|json| {
                    json.key("links")
                        .object(|json| json.key("related").text(&format!("{org}/{related}")));
                });
            }
        });
        json.key("links").object(|json| json.key("self").text(&org));
    });
}
