//! `GET /admin/v1/orgs/{org}/directory/users/{account}/last-active-dates`.

use super::on_get;
use crate::endpoint::Endpoint;
use crate::model::target::APPS;
use crate::server::{Sim, View};
use crate::wire::{Answer, Call, Json, Outcome, Refusal};
use axum::Router;
use jiff::Timestamp;
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Sim>> {
    Router::new().route(
        "/admin/v1/orgs/{org}/directory/users/{account}/last-active-dates",
        on_get(Endpoint::LastActive, get),
    )
}

/// All apps on one page, so that no cursor is ever valid.
fn get(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    if call.query().first("cursor").is_some() {
        return Err(Refusal::cursor());
    }
    let model = sim.model();
    let account = model
        .find_account(call.part("account"))
        .filter(|account| !model.is_gone(*account))
        .ok_or_else(|| Refusal::unknown("ADMIN-404-8", "user"))?;
    let held = model.held(account);
    let added = model.added_to_org(account);
    let mut json = Json::with_capacity(held.len() * 200 + 256);
    json.object(|json| {
        json.key("data").object(|json| {
            json.key("product_access").array(|json| {
                for one in model.activity(account, &held) {
                    json.object(|json| {
                        json.key("id").text(&model.target(one.target).ari);
                        json.key("key").text(APPS[one.app].activity_key);
                        json.key("last_active").text(&day(one.at));
                        json.key("last_active_timestamp").text(&second(one.at));
                    });
                }
            });
            json.key("added_to_org").text_or_null(added.map(day).as_deref());
            json.key("added_to_org_timestamp")
                .text_or_null(added.map(second).as_deref());
        });
        json.key("links").object(|_| {});
    });
    Ok(Answer::ok(json))
}

fn day(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%d").to_string()
}

fn second(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
