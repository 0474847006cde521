//! `GET /admin/v2/orgs/{org}/directories`.

use super::{check_list, on_get};
use crate::endpoint::Endpoint;
use crate::model::DirectoryStatus;
use crate::server::{Sim, View};
use crate::wire::{Answer, Call, Json, Outcome, Place, Query};
use axum::Router;
use std::sync::Arc;

const LISTING: &str = "directories";

pub(super) fn routes() -> Router<Arc<Sim>> {
    Router::new().route(
        "/admin/v2/orgs/{org}/directories",
        on_get(Endpoint::DirectoriesList, list),
    )
}

/// Lists the directories. Beside a cursor every other parameter is ignored.
fn list(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    let query = call.query();
    let place = match query.first("cursor") {
        Some(cursor) => Place::open(sim.cursor_key(), LISTING, cursor)?,
        None => Place {
            asked: call.raw_query.to_owned(),
            ..Place::at(0)
        },
    };
    let asked = Query::parse(&place.asked);
    let limit = asked.number("limit", 20, 100)?;
    let ids = asked.all("directoryIds");
    check_list("directoryIds", ids.as_ref(), 10)?;
    let (model, term) = (sim.model(), asked.first("searchTerm").map(str::to_lowercase));
    let member = asked.first("accountId").map(|id| model.find_account(id));
    let found = (0..model.spec.directories).filter(|directory| {
        let row = &model.directories[usize::from(*directory)];
        ids.as_ref().is_none_or(|ids| ids.contains(&row.id))
            && term
                .as_ref()
                .is_none_or(|term| row.name.to_lowercase().contains(term))
            && member.is_none_or(|account| {
                account.is_some_and(|account| {
                    model.directory_status(account, *directory) != DirectoryStatus::NoMembership
                })
            })
    });
    let rest: Vec<u8> = found.skip(place.at as usize).collect();
    let mut json = Json::with_capacity(512);
    json.object(|json| {
        json.key("data").array(|json| {
            for directory in rest.iter().take(limit as usize) {
                let row = &model.directories[usize::from(*directory)];
                json.object(|json| {
                    json.key("directoryId").text(&row.id);
                    json.key("name").text(&row.name);
                    json.key("icon")
                        .text(&format!("https://icons.example.net/dir/{directory}.png"));
                });
            }
        });
        let next = (rest.len() > limit as usize).then(|| {
            Place {
                at: place.at + limit,
                ..place.clone()
            }
            .seal(sim.cursor_key(), LISTING)
        });
        json.key("links").object(|json| {
            json.key("self").text(&place.seal(sim.cursor_key(), LISTING));
            json.key("prev").null();
            json.key("next").text_or_null(next.as_deref());
        });
    });
    Ok(Answer::ok(json))
}
