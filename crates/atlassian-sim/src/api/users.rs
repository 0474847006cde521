//! Users of a directory: the search, the deprecated listing, details, count and statistics.

use super::search::{counted, holds, of_body, place_in_query, strip_group_ari};
use super::user_row::{GroupsOf, Parts, write_user};
use super::user_search::{Sieve, UserSearch};
use super::{account_of, directory_of, on_get, on_post};
use crate::endpoint::Endpoint;
use crate::model::target::ROLES;
use crate::model::{MembersAnswer, Model};
use crate::server::{Sim, View};
use crate::wire::{Answer, Call, Json, Outcome, Place, Query, Refusal};
use axum::Router;
use std::sync::Arc;

const LISTING: &str = "users";

pub(super) fn routes() -> Router<Arc<Sim>> {
    let base = "/admin/v2/orgs/{org}/directories/{directory}/users";
    Router::new()
        .route(base, on_get(Endpoint::UsersList, list))
        .route(&format!("{base}/search"), on_post(Endpoint::UsersSearch, search))
        .route(&format!("{base}/count"), on_get(Endpoint::UsersCount, count))
        .route(&format!("{base}/stats"), on_get(Endpoint::UsersStats, stats))
        .route(&format!("{base}/{{account}}"), on_get(Endpoint::UserGet, get))
}

/// The current listing.
fn search(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    let (asked, place) = of_body::<UserSearch>(sim, call, LISTING)?;
    let expands = |word: &str| holds(asked.expand.as_ref(), word);
    let parts = Parts {
        platform_roles: expands("platformRoles"),
        counts: expands("counts.resources"),
        activity: expands("productAccess"),
        groups: match directory_of(sim, call)? {
            Some(directory) if expands("groups") => Some(GroupsOf::Directory(directory)),
            None if expands("groups") && sim.switches().expand_groups_everywhere => Some(GroupsOf::Every),
            _ => None,
        },
        deactivation: false,
    };
    let limit = asked.page_size(50)?;
    page(sim, call, &asked, &place, limit, parts)
}

/// The deprecated listing.
fn list(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    let place = place_in_query(sim, call, LISTING)?;
    let asked = UserSearch::from_query(&Query::parse(&place.asked))?;
    let limit = asked.page_size(20)?;
    let parts = Parts {
        platform_roles: true,
        counts: true,
        ..Parts::default()
    };
    page(sim, call, &asked, &place, limit, parts)
}

/// One page, and where the next one begins.
#[derive(Debug, Default)]
struct Page {
    /// Places in the listing, and the accounts there.
    rows: Vec<(u32, u32)>,
    next: Option<u32>,
}

fn page(
    sim: &View<'_>,
    call: &Call<'_>,
    asked: &UserSearch,
    place: &Place,
    limit: u32,
    parts: Parts,
) -> Outcome {
    let (model, directory) = (sim.model(), directory_of(sim, call)?);
    check_members(model, asked)?;
    let plain = asked.is_plain();
    let room = if place.echo {
        limit.saturating_sub(1).max(1)
    } else {
        limit
    };
    let mut page = select(model, asked, directory, place.at, room as usize);
    let malformed_after = |account: &u32| plain && model.has_malformed_row_after(*account);
    let malformed = page.rows.iter().any(|(_, account)| malformed_after(account));
    if page.rows.len() == limit as usize && limit > 1 && malformed {
        page.next = page.rows.pop().map(|(place, _)| place);
    }
    let echoes = model.spec.quirks.repeated_rows && plain && limit > 1;
    let mut json = Json::with_capacity(page.rows.len() * 900 + 256);
    json.object(|json| {
        json.key("data").array(|json| {
            if let Some(before) = place.at.checked_sub(1).and_then(|before| model.searched(before))
                && place.echo
                && Sieve::new(model, asked, directory).passes(before)
            {
                write_user(json, model, before, parts);
            }
            for (_, account) in &page.rows {
                write_user(json, model, *account, parts);
                if malformed_after(account) {
                    write_malformed(json);
                }
            }
        });
        let next = page.next.map(|at| {
            Place {
                at,
                echo: echoes,
                asked: place.asked.clone(),
            }
            .seal(sim.cursor_key(), LISTING)
        });
        json.key("links").object(|json| {
            json.key("self").text("dXNlcnM");
            if let Some(next) = next {
                json.key("next").text(&next);
            }
        });
    });
    Ok(Answer::ok(json))
}

/// A group whose members cannot be read makes the whole request fail.
fn check_members(model: &Model, asked: &UserSearch) -> Result<(), Refusal> {
    for id in asked.group_ids.iter().flatten() {
        let Some(group) = model.find_group(strip_group_ari(id)) else {
            continue;
        };
        match model.members_answer(group) {
            MembersAnswer::Readable => {}
            MembersAnswer::Forbidden => return Err(Refusal::forbidden("ADMIN-UAM-403-1")),
            MembersAnswer::NotFound => return Err(Refusal::unknown("ADMIN-UAM-404-3", "group")),
        }
    }
    Ok(())
}

fn select(model: &Model, asked: &UserSearch, directory: Option<u8>, at: u32, room: usize) -> Page {
    let sieve = Sieve::new(model, asked, directory);
    let mut page = Page::default();
    let mut take = |position: u32, account: u32| {
        if !sieve.passes(account) {
            return true;
        }
        if page.rows.len() == room {
            page.next = Some(position);
            return false;
        }
        page.rows.push((position, account));
        true
    };
    match sieve.candidates() {
        Some(candidates) => {
            let rest = (0u32..).zip(candidates).skip(at as usize);
            for (position, account) in rest {
                if !take(position, account) {
                    break;
                }
            }
        }
        None => {
            for place in at..model.search_places() {
                let Some(account) = model.searched(place) else {
                    continue;
                };
                if !take(place, account) {
                    break;
                }
            }
        }
    }
    page
}

fn write_malformed(json: &mut Json) {
    json.object(|json| {
        json.key("accountType").text("atlassian");
        json.key("status").text("active");
        json.key("name").text("Nameless Row");
    });
}

/// Details: platform roles and counts come unasked.
fn get(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    let (model, account) = (sim.model(), account_of(sim, call)?);
    if !model.visible_in(account, directory_of(sim, call)?) {
        return Err(Refusal::unknown("ADMIN-UAM-404-1", "user"));
    }
    let mut json = Json::with_capacity(1024);
    json.object(|json| {
        json.key("data");
        let parts = Parts {
            platform_roles: true,
            counts: true,
            deactivation: true,
            ..Parts::default()
        };
        write_user(json, model, account, parts);
    });
    Ok(Answer::ok(json))
}

/// Counts what the listing with the same filters would list.
fn count(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    let query = call.query();
    if let Some(name) = query.names().find(|name| matches!(*name, "cursor" | "limit")) {
        return Err(Refusal::invalid(format!("a count takes no {name}")));
    }
    let asked = UserSearch::from_query(&query)?;
    let (model, directory) = (sim.model(), directory_of(sim, call)?);
    check_members(model, &asked)?;
    let sieve = Sieve::new(model, &asked, directory);
    let all = match sieve.candidates() {
        Some(candidates) => candidates
            .into_iter()
            .filter(|account| sieve.passes(*account))
            .count(),
        None => model
            .searchable()
            .filter(|account| sieve.passes(*account))
            .count(),
    };
    counted(all)
}

/// Accounts by status and by role. Reads every account, so it is slow for large organizations.
fn stats(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    let (model, directory) = (sim.model(), directory_of(sim, call)?);
    let statuses = ["active", "inactive", "closed"];
    let mut by_status = [0u64; 3];
    let mut by_role = [0u64; ROLES.len()];
    for account in model
        .searchable()
        .filter(|account| model.visible_in(*account, directory))
    {
        let standing = model.standing(account);
        if let Some(place) = statuses
            .iter()
            .position(|status| Some(*status) == standing.account)
        {
            by_status[place] += 1;
        }
        let held = model.held(account);
        for (place, count) in by_role.iter_mut().enumerate() {
            *count += u64::from(held.iter().any(|held| usize::from(held.role) == place));
        }
    }
    let mut json = Json::with_capacity(1024);
    json.object(|json| {
        json.key("accountStatus").array(|json| {
            for (status, count) in statuses.into_iter().zip(by_status) {
                json.object(|json| {
                    json.key("status").text(status);
                    json.key("count").number(count);
                });
            }
        });
        json.key("roles").array(|json| {
            for (role, count) in ROLES.into_iter().zip(by_role).filter(|(_, count)| *count > 0) {
                json.object(|json| {
                    json.key("roleId").text(role);
                    json.key("count").number(count);
                });
            }
        });
    });
    Ok(Answer::ok(json))
}

impl Model {
    /// Whether a row without account id follows the row of an account in the whole listing.
    pub(crate) fn has_malformed_row_after(&self, account: u32) -> bool {
        self.spec.quirks.malformed_row && account == self.spec.users / 2
    }
}
