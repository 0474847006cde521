//! Groups of a directory: the search, the deprecated listing, details, count and statistics.

use super::group_search::GroupSearch;
use super::search::{counted, of_body, place_in_query};
use super::{directory_of, on_get, on_post};
use crate::endpoint::Endpoint;
use crate::model::Model;
use crate::server::{Sim, View};
use crate::wire::{Answer, Call, Json, Outcome, Place, Query, Refusal};
use axum::Router;
use std::sync::Arc;

const LISTING: &str = "groups";

pub(super) fn routes() -> Router<Arc<Sim>> {
    let base = "/admin/v2/orgs/{org}/directories/{directory}/groups";
    Router::new()
        .route(base, on_get(Endpoint::GroupsList, list))
        .route(&format!("{base}/search"), on_post(Endpoint::GroupsSearch, search))
        .route(&format!("{base}/count"), on_get(Endpoint::GroupsCount, count))
        .route(&format!("{base}/stats"), on_get(Endpoint::GroupsStats, stats))
        .route(&format!("{base}/{{group}}"), on_get(Endpoint::GroupGet, get))
}

/// Which counts a row has.
#[derive(Clone, Copy, Debug)]
struct Counts {
    users: bool,
    resources: bool,
}

/// The current listing.
fn search(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    let (asked, place) = of_body::<GroupSearch>(sim, call, LISTING)?;
    let counts = Counts {
        users: asked.expands("counts.users"),
        resources: asked.expands("counts.resources"),
    };
    page(sim, call, &asked, &place, counts)
}

/// The deprecated listing.
fn list(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    let place = place_in_query(sim, call, LISTING)?;
    let asked = GroupSearch::from_query(&Query::parse(&place.asked))?;
    page(
        sim,
        call,
        &asked,
        &place,
        Counts {
            users: true,
            resources: true,
        },
    )
}

fn page(sim: &View<'_>, call: &Call<'_>, asked: &GroupSearch, place: &Place, counts: Counts) -> Outcome {
    let (model, directory) = (sim.model(), directory_of(sim, call)?);
    let room = asked.page_size()? as usize;
    let candidates = asked.candidates(model);
    let all = candidates.as_ref().map_or(model.group_places(), |list| {
        u32::try_from(list.len()).unwrap_or(u32::MAX)
    });
    let mut rows = Vec::with_capacity(room);
    let mut next = None;
    for position in place.at..all {
        let group = candidates
            .as_ref()
            .map_or(position, |list| list[position as usize]);
        if model.is_group(group) && asked.passes(model, group, directory) {
            if rows.len() == room {
                next = Some(position);
                break;
            }
            rows.push(group);
        }
    }
    let mut json = Json::with_capacity(rows.len() * 400 + 256);
    json.object(|json| {
        json.key("data").array(|json| {
            rows.iter()
                .for_each(|group| write_group(json, model, *group, counts))
        });
        json.key("links").object(|json| {
            json.key("self").text("Z3JvdXBz");
            let next = next.map(|at| Place { at, ..place.clone() }.seal(sim.cursor_key(), LISTING));
            json.key("next").text_or_null(next.as_deref());
        });
    });
    Ok(Answer::ok(json))
}

fn write_group(json: &mut Json, model: &Model, group: u32, counts: Counts) {
    let synced = model.is_synced(group);
    let (states_origin, states_access) = model.group_states(group);
    json.object(|json| {
        json.key("id").text_of(|out| model.write_group_id(out, group));
        json.key("name").text(&model.group_name(group));
        if let Some(description) = model.description(group) {
            json.key("description").text(description);
        }
        json.key("directoryId")
            .text(&model.directories[usize::from(model.group_directory(group))].id);
        if states_origin {
            json.key("externalSynced").boolean(synced);
            json.key("managedBy")
                .text(if synced { "external" } else { "admins" });
        }
        if states_origin {
            json.key("managementAccess").object(|json| {
                json.key("readable").boolean(true);
                if states_access {
                    json.key("modifiable").boolean(!synced);
                    json.key("deletable").boolean(!synced);
                }
            });
        }
        if counts.users || counts.resources {
            json.key("counts").object(|json| {
                if counts.users {
                    json.key("users").number(model.members(group).len() as u64);
                }
                if counts.resources {
                    json.key("resources").number(distinct_targets(model, group));
                }
            });
        }
        json.key("links").object(|json| {
            json.key("self")
                .text_of(|out| out.push_str(&format!("Z3I{group:x}")))
        });
    });
}

fn distinct_targets(model: &Model, group: u32) -> u64 {
    let mut targets: Vec<u32> = model
        .group_roles(group)
        .into_iter()
        .map(|(target, _)| target)
        .collect();
    targets.sort_unstable();
    targets.dedup();
    targets.len() as u64
}

/// Details; with `-` as directory this is how a client learns a group's real directory.
fn get(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    let (model, group) = (sim.model(), group_of(sim, call)?);
    let mut json = Json::with_capacity(512);
    json.object(|json| {
        json.key("data");
        write_group(
            json,
            model,
            group,
            Counts {
                users: true,
                resources: true,
            },
        );
    });
    Ok(Answer::ok(json))
}

/// The group that a path names, in the directory that it names.
pub(super) fn group_of(sim: &View<'_>, call: &Call<'_>) -> Result<u32, Refusal> {
    let (model, directory) = (sim.model(), directory_of(sim, call)?);
    model
        .find_group(call.part("group"))
        .filter(|group| directory.is_none_or(|directory| directory == model.group_directory(*group)))
        .ok_or_else(|| Refusal::unknown("ADMIN-UAM-404-3", "group"))
}

fn count(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    let asked = GroupSearch::from_query(&call.query())?;
    let (model, directory) = (sim.model(), directory_of(sim, call)?);
    let passes = |group: &u32| asked.passes(model, *group, directory);
    let all = match asked.candidates(model) {
        Some(groups) => groups.iter().filter(|group| passes(group)).count(),
        None => model.groups().filter(passes).count(),
    };
    counted(all)
}

fn stats(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    let (model, directory) = (sim.model(), directory_of(sim, call)?);
    let seen = model
        .groups()
        .filter(|g| directory.is_none_or(|d| d == model.group_directory(*g)));
    let (mut all, mut synced) = (0, 0);
    for group in seen {
        all += 1;
        synced += u64::from(model.is_synced(group));
    }
    let mut json = Json::with_capacity(256);
    json.object(|json| {
        json.key("totals").object(|json| {
            json.key("all").number(all);
            json.key("managed").number(all - synced);
            json.key("synced").number(synced);
        });
        json.key("types").array(|json| {
            for (kind, count) in [("TEAM", 0), ("GROUP", 0), ("USERBASE_GROUP", all)] {
                json.object(|json| {
                    json.key("type").text(kind);
                    json.key("count").number(count);
                });
            }
        });
    });
    Ok(Answer::ok(json))
}
