//! The endpoints, one module for each surface of the vendor's API.

mod access;
mod directories;
mod domains;
mod group_search;
mod groups;
mod managed;
mod orgs;
mod role_filter;
mod tokens;
mod user_row;
mod user_search;
mod users;
mod workspaces;

use std::sync::Arc;

use axum::Router;
use axum::extract::{RawPathParams, Request, State};
use axum::routing::{MethodRouter, get, post};

use crate::endpoint::Endpoint;
use crate::server::{Sim, counters, exchange, no_such_method, no_such_path};
use crate::wire::{Call, Outcome, Refusal};

/// What an endpoint does once the caller is known.
pub(crate) type Handler = fn(&Sim, &Call<'_>) -> Outcome;

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
        .route("/simulator/counters", get(counters))
        .fallback(no_such_path)
        .method_not_allowed_fallback(no_such_method)
        .with_state(sim)
}

fn on_get(endpoint: Endpoint, handler: Handler) -> MethodRouter<Arc<Sim>> {
    get(
        move |State(sim): State<Arc<Sim>>, parts: RawPathParams, request: Request| {
            exchange(sim, endpoint, handler, parts, request)
        },
    )
}

fn on_post(endpoint: Endpoint, handler: Handler) -> MethodRouter<Arc<Sim>> {
    post(
        move |State(sim): State<Arc<Sim>>, parts: RawPathParams, request: Request| {
            exchange(sim, endpoint, handler, parts, request)
        },
    )
}

/// The directory that a path names, `None` for `-`.
fn directory_of(sim: &Sim, call: &Call<'_>) -> Result<Option<u8>, Refusal> {
    match call.part("directory") {
        "-" => Ok(None),
        id => match sim.model().find_directory(id) {
            Some(directory) => Ok(Some(directory)),
            None => Err(Refusal::unknown("ADMIN-UAM-404-1", "directory")),
        },
    }
}

/// The account that a path names. Accounts that are gone are unknown.
fn account_of(sim: &Sim, call: &Call<'_>) -> Result<u32, Refusal> {
    let model = sim.model();
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
