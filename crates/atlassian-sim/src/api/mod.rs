//! The endpoints, one module for each surface of the vendor's API.

mod access;
mod activity;
mod api_keys;
mod directories;
mod domains;
mod events;
mod group_changes;
mod group_search;
mod groups;
mod invite;
mod last_active;
mod machines;
mod manage;
mod managed;
mod memberships;
mod orgs;
mod policies;
mod removed;
mod role_filter;
mod scim;
mod search;
mod seats;
mod suspension;
mod tokens;
mod user_roles;
mod user_row;
mod user_search;
mod users;
mod workspaces;

use crate::endpoint::Endpoint;
use crate::model::Model;
use crate::server::{Action, Draft, Sim, View, counters, exchange, no_such_method, no_such_path, writes};
use crate::wire::{Call, Outcome, Refusal};
use axum::Router;
use axum::extract::{RawPathParams, Request, State};
use axum::routing::{self, MethodFilter, MethodRouter};
use std::sync::Arc;

/// All endpoints.
pub(crate) fn router(sim: Arc<Sim>) -> Router {
    Router::new()
        .merge(orgs::routes())
        .merge(directories::routes())
        .merge(users::routes())
        .merge(groups::routes())
        .merge(access::routes())
        .merge(workspaces::routes())
        .merge(managed::routes())
        .merge(domains::routes())
        .merge(tokens::routes())
        .merge(user_roles::routes())
        .merge(suspension::routes())
        .merge(memberships::routes())
        .merge(group_changes::routes())
        .merge(manage::routes())
        .merge(scim::routes())
        .merge(invite::routes())
        .merge(last_active::routes())
        .merge(events::routes())
        .merge(policies::routes())
        .merge(api_keys::routes())
        .merge(machines::routes())
        .merge(removed::routes(sim.switches()))
        .route("/simulator/counters", routing::get(counters))
        .route("/simulator/writes", routing::get(writes))
        .fallback(no_such_path)
        .method_not_allowed_fallback(no_such_method)
        .with_state(sim)
}

fn on_get(endpoint: Endpoint, read: fn(&View<'_>, &Call<'_>) -> Outcome) -> MethodRouter<Arc<Sim>> {
    on(MethodFilter::GET, endpoint, Action::Read(read))
}

/// A reading endpoint that takes its question as a body.
fn on_post(endpoint: Endpoint, read: fn(&View<'_>, &Call<'_>) -> Outcome) -> MethodRouter<Arc<Sim>> {
    on(MethodFilter::POST, endpoint, Action::Read(read))
}

/// An endpoint that changes something.
fn on_write(
    method: MethodFilter,
    endpoint: Endpoint,
    write: fn(&mut Draft<'_>, &Call<'_>) -> Outcome,
) -> MethodRouter<Arc<Sim>> {
    on(method, endpoint, Action::Write(write))
}

fn on(method: MethodFilter, endpoint: Endpoint, action: Action) -> MethodRouter<Arc<Sim>> {
    routing::on(
        method,
        move |State(sim): State<Arc<Sim>>, parts: RawPathParams, request: Request| {
            exchange(sim, endpoint, action, parts, request)
        },
    )
}

/// The directory that a path names, `None` for `-`.
fn directory_of(sim: &View<'_>, call: &Call<'_>) -> Result<Option<u8>, Refusal> {
    match call.part("directory") {
        "-" => Ok(None),
        id => match sim.model().find_directory(id) {
            Some(directory) => Ok(Some(directory)),
            None => Err(Refusal::unknown("ADMIN-UAM-404-1", "directory")),
        },
    }
}

/// The directory that the path of a write names. Writes know no `-`.
fn real_directory(model: &Model, call: &Call<'_>) -> Result<u8, Refusal> {
    model
        .find_directory(call.part("directory"))
        .ok_or_else(|| Refusal::unknown("ADMIN-UAM-404-1", "directory"))
}

/// The account that a path names. Accounts that are gone are unknown.
fn account_of(sim: &View<'_>, call: &Call<'_>) -> Result<u32, Refusal> {
    account_in(sim.model(), call)
}

/// The account that a path names. Accounts that are gone are unknown.
fn account_in(model: &Model, call: &Call<'_>) -> Result<u32, Refusal> {
    model
        .find_account(call.part("account"))
        .filter(|account| !model.is_gone(*account))
        .ok_or_else(|| Refusal::unknown("ADMIN-UAM-404-1", "user"))
}

/// Checks the length of a list parameter.
fn check_list(name: &str, list: Option<&Vec<String>>, most: usize) -> Result<(), Refusal> {
    match list {
        Some(values) if !(1..=most).contains(&values.len()) => {
            Err(Refusal::invalid(format!("{name} must have 1 to {most} entries")))
        }
        _ => Ok(()),
    }
}

/// Checks the words of a list parameter.
fn check_words(name: &str, list: Option<&Vec<String>>, words: &[&str]) -> Result<(), Refusal> {
    match list
        .into_iter()
        .flatten()
        .find(|value| !words.contains(&value.as_str()))
    {
        Some(value) => Err(Refusal::invalid(format!("{name} does not know {value:?}"))),
        None => Ok(()),
    }
}

/// Checks a page size.
fn check_limit(limit: Option<i64>, default: u32, most: u32) -> Result<u32, Refusal> {
    match limit {
        None => Ok(default),
        Some(limit) => u32::try_from(limit)
            .ok()
            .filter(|limit| (1..=most).contains(limit))
            .ok_or_else(|| Refusal::invalid(format!("limit must be a number from 1 to {most}"))),
    }
}
