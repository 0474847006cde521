//! `GET /admin/v1/orgs/{org}/users`: the managed accounts.

use super::on_get;
use super::orgs::PUBLIC_BASE;
use super::user_row::{write_address, write_name};
use crate::endpoint::Endpoint;
use crate::model::target::{APPS, Kind};
use crate::model::{Listing, Model, salt};
use crate::server::{Sim, View};
use crate::wire::date::{days_before, write_millis};
use crate::wire::{Answer, Call, Json, Outcome, Place, Refusal};
use axum::Router;
use std::sync::Arc;

const LISTING: &str = "managed";

/// The page size, which the server chooses.
const PAGE: usize = 100;

pub(super) fn routes() -> Router<Arc<Sim>> {
    Router::new().route(
        "/admin/v1/orgs/{org}/users",
        on_get(Endpoint::ManagedAccounts, list),
    )
}

fn list(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    if sim.switches().managed_forbidden {
        let refusal = Refusal::forbidden("").detail("User has no permission to access resource.");
        return Err(refusal.envelope(crate::Envelope::Routing));
    }
    let model = sim.model();
    let place = match call.query().first("cursor") {
        Some(cursor) => Place::open(sim.cursor_key(), LISTING, cursor)?,
        None => Place::at(0),
    };
    let end = if sim.switches().no_claimed_domain {
        0
    } else {
        model.managed_places()
    };
    let total = if end == 0 { 0 } else { model.managed_total() };
    let mut found = (place.at..end).filter_map(|place| Some((place, model.managed_at(place)?)));
    let rows: Vec<u32> = found.by_ref().take(PAGE).map(|(_, account)| account).collect();
    let next = found.next().map(|(place, _)| place);
    let own = format!("{PUBLIC_BASE}/v1/orgs/{}/users", model.org_id);
    let mut json = Json::with_capacity(rows.len() * 500 + 256);
    json.object(|json| {
        json.key("data").array(|json| {
            rows.iter()
                .for_each(|account| write_account(json, model, *account))
        });
        json.key("meta")
            .object(|json| json.key("total").number(u64::from(total)));
        json.key("links").object(|json| {
            json.key("self").text(&own);
            if let Some(at) = next {
                let cursor = Place::at(at).seal(sim.cursor_key(), LISTING);
                json.key("next").text(&format!("{own}?cursor={cursor}"));
            }
        });
    });
    Ok(Answer::ok(json))
}

fn write_account(json: &mut Json, model: &Model, account: u32) {
    let noise = model.noise(salt::DATE, account);
    let days = u32::try_from(noise % 60).expect("a small number");
    json.object(|json| {
        json.key("account_id")
            .text_of(|out| model.write_account_id(out, account));
        json.key("account_type").text(model.account_type(account));
        json.key("account_status").text(model.managed_status(account));
        write_name(json.key("name"), model, account);
        json.key("picture")
            .text_of(|out| out.push_str(&format!("https://avatars.example.net/{account}.png")));
        if model.shows_email(account) {
            write_address(json.key("email"), model, account);
        }
        json.key("access_billable")
            .boolean(model.listing(account) == Listing::Search && noise & 1 == 0);
        if noise & 6 != 0 {
            json.key("last_active")
                .text_of(|out| write_millis(out, days_before(days, noise)));
        }
        json.key("product_access")
            .array(|json| write_products(json, model, account, days, noise));
        json.key("links").object(|json| {
            json.key("self").text_of(|out| {
                out.push_str("https://api.atlassian.com/users/");
                model.write_account_id(out, account);
                out.push_str("/manage/profile");
            });
        });
    });
}

/// The first two apps that the account holds a role on.
fn write_products(json: &mut Json, model: &Model, account: u32, days: u32, noise: u64) {
    let mut written = 0;
    for held in model.held(account) {
        let target = model.target(held.target);
        let Kind::App(app) = target.kind else { continue };
        if written == 2 || !target.listed {
            continue;
        }
        written += 1;
        json.object(|json| {
            json.key("key").text(APPS[app].activity_key);
            json.key("name").text(APPS[app].name);
            let site = &model.targets.sites[target.site as usize];
            json.key("url")
                .text_of(|out| out.push_str(&format!("https://{}.atlassian.net", site.name)));
            json.key("last_active")
                .text_of(|out| write_millis(out, days_before(days, noise)));
        });
    }
}
