//! `GET /admin/v1/orgs/{org}/domains` and one domain.

use super::on_get;
use super::orgs::PUBLIC_BASE;
use crate::endpoint::Endpoint;
use crate::model::Model;
use crate::model::names::CLAIMED_DOMAINS;
use crate::server::{Sim, Switches, View};
use crate::wire::{Answer, Call, Json, Outcome, Refusal};
use axum::Router;
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Sim>> {
    Router::new()
        .route(
            "/admin/v1/orgs/{org}/domains",
            on_get(Endpoint::DomainsList, list),
        )
        .route(
            "/admin/v1/orgs/{org}/domains/{domain}",
            on_get(Endpoint::DomainGet, get),
        )
}

/// The claimed domains, all on one page, so that no cursor is ever valid. An organization that manages nobody has
/// claimed none.
fn list(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    if call.query().first("cursor").is_some() {
        return Err(Refusal::cursor());
    }
    let model = sim.model();
    let mut json = Json::with_capacity(1024);
    json.object(|json| {
        json.key("data").array(|json| {
            claimed(model, sim.switches()).for_each(|domain| write_domain(json, model, domain));
        });
        json.key("links").object(|json| {
            json.key("self")
                .text(&format!("{PUBLIC_BASE}/v1/orgs/{}/domains", model.org_id));
        });
    });
    Ok(Answer::ok(json))
}

fn get(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    let model = sim.model();
    let domain = claimed(model, sim.switches())
        .find(|domain| *domain == call.part("domain"))
        .ok_or_else(|| Refusal::unknown("ADMIN-404-3", "domain"))?;
    let mut json = Json::with_capacity(512);
    json.object(|json| {
        json.key("data");
        write_domain(json, model, domain);
    });
    Ok(Answer::ok(json))
}

fn claimed(model: &Model, switches: &Switches) -> impl Iterator<Item = &'static str> {
    let some = model.spec.managed_percent > 0 && !switches.no_claimed_domain;
    CLAIMED_DOMAINS.into_iter().filter(move |_| some)
}

/// Whether the organization has claimed a domain. Case does not matter.
pub(super) fn is_claimed(model: &Model, switches: &Switches, domain: &str) -> bool {
    claimed(model, switches).any(|claimed| claimed.eq_ignore_ascii_case(domain))
}

fn write_domain(json: &mut Json, model: &Model, domain: &str) {
    json.object(|json| {
        json.key("id").text(domain);
        json.key("type").text("domains");
        json.key("attributes").object(|json| {
            json.key("name").text(domain);
            json.key("claim").object(|json| {
                json.key("type").text("dns");
                json.key("status").text("verified");
            });
        });
        json.key("links").object(|json| {
            json.key("self").text(&format!(
                "{PUBLIC_BASE}/v1/orgs/{}/domains/{domain}",
                model.org_id
            ));
        });
    });
}
