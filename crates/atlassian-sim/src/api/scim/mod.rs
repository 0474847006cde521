//! User provisioning (SCIM 2.0, RFC 7643 and 7644), as the vendor deviates from it.

mod account;
mod attributes;
mod discovery;
mod groups;
mod links;
mod listing;
mod members;
mod patch;
mod resource;
mod users;

pub(super) use account::{enter, find as find_person};

use crate::model::Model;
use crate::server::Sim;
use crate::wire::{Call, Refusal};
use axum::Router;
use http::StatusCode;
use serde_json::{Map, Value};
use std::sync::Arc;

/// All endpoints. One identity provider has been seen putting `scim` between the directory and the rest, so that is
/// taken too.
pub(super) fn routes() -> Router<Arc<Sim>> {
    ["/scim/directory/{scim}", "/scim/directory/{scim}/scim"]
        .into_iter()
        .fold(links::routes(), |router, base| {
            router
                .merge(users::routes(base))
                .merge(groups::routes(base))
                .merge(discovery::routes(base))
        })
}

/// The directory that the path names. The caller's key is its key.
fn directory_of(model: &Model, call: &Call<'_>) -> Result<u8, Refusal> {
    model
        .find_scim_directory(call.part("scim"))
        .ok_or_else(|| missing("DIRECTORY", call.part("scim")))
}

/// The address of a directory.
fn location(model: &Model, directory: u8) -> String {
    format!(
        "https://api.atlassian.com/scim/directory/{}",
        model.scim[usize::from(directory)].id
    )
}

/// The JSON object that a write comes with.
fn body(call: &Call<'_>) -> Result<Map<String, Value>, Refusal> {
    if !call.json {
        return Err(Refusal::scim(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "",
            "Unsupported Media Type",
        ));
    }
    serde_json::from_slice(call.body).map_err(|error| invalid("invalidSyntax", error.to_string()))
}

/// 400 of a type.
fn invalid(kind: &'static str, detail: impl Into<String>) -> Refusal {
    Refusal::scim(StatusCode::BAD_REQUEST, kind, detail)
}

/// 409, something unique is taken.
fn taken(detail: String) -> Refusal {
    Refusal::scim(StatusCode::CONFLICT, "uniqueness", detail)
}

/// 404.
fn missing(what: &str, id: &str) -> Refusal {
    Refusal::scim(
        StatusCode::NOT_FOUND,
        "",
        format!("Resource [{what}] with id [{id}] not found"),
    )
}
