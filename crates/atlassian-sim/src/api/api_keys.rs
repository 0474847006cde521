//! The organization's API keys: those that the simulator accepts, and a few others.

use super::tokens::{generic_error, is_date_filter};
use super::{on_get, on_write};
use crate::endpoint::Endpoint;
use crate::model::{Change, Model, salt};
use crate::server::{Draft, NamedKey, Sim, View};
use crate::wire::date::{days_after, days_before};
use crate::wire::{Answer, Call, Outcome, Place, Query, Refusal};
use axum::Router;
use axum::routing::MethodFilter;
use http::StatusCode;
use serde_json::{Value, json};
use std::sync::Arc;

const LISTING: &str = "keys";

pub(super) fn routes() -> Router<Arc<Sim>> {
    let base = "/admin/api-access/v1/orgs/{org}/api-keys";
    Router::new()
        .route(base, on_get(Endpoint::KeysList, list))
        .route(&format!("{base}/count"), on_get(Endpoint::KeysCount, count))
        .route(
            &format!("{base}/revoke/{{key}}"),
            on_write(MethodFilter::PATCH, Endpoint::KeyRevoke, revoke),
        )
}

/// Every key that was not revoked, without its secret.
fn rows(model: &Model, own: &[NamedKey]) -> Vec<Value> {
    const OTHERS: [(&str, &[&str]); 3] = [
        ("siem export", &["read:events:admin"]),
        ("migration 2025", &["read:events:admin"]),
        ("provisioning report", &["read:events:admin"]),
    ];
    // The first can do everything, the second does what nobody has heard of and has ended, nobody knows who made the third.
    const ODD: [(&str, &[&str]); 3] = [
        ("terraform", &[]),
        ("old importer", &["run:imports:admin"]),
        ("left behind", &[]),
    ];
    let accepted = own.iter().map(|own| {
        let scopes = own.key.scopes.clone().unwrap_or_default();
        (own.id.clone(), "governance", scopes)
    });
    let odd: &[_] = if model.service_accounts().is_empty() {
        &[]
    } else {
        &ODD
    };
    let others = OTHERS.iter().chain(odd).zip(0..).map(|((label, scopes), place)| {
        let id = format!("key-{:016x}", model.noise(salt::ORG_KEY, place));
        (
            id,
            *label,
            scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        )
    });
    accepted
        .chain(others)
        .zip(0u32..)
        .filter(|((id, _, _), _)| model.is_credential(id))
        .map(|((id, label, scopes), place)| {
            let noise = model.noise(salt::ORG_KEY, 1000 + place);
            let created = days_before(30 + u32::try_from(noise % 200).unwrap_or(0), noise);
            let lifetime = if label == "old importer" { 10 } else { 365 };
            let mut row = json!({
                "id": id,
                "label": label,
                "createdAt": format!("{created:.3}"),
                "expiresAt": format!("{:.3}", days_after(created, lifetime)),
                "lastActiveAt": format!("{:.3}", days_before(place, noise)),
                "resource": format!("ari:cloud:platform::org/{}", model.org_id),
                "orgId": model.org_id,
                "scopes": scopes,
            });
            if label != "left behind" {
                row["createdBy"] = json!({
                    "id": model.account_id(0),
                    "name": model.name(0),
                    "email": model.address(0),
                });
            }
            row
        })
        .collect()
}

/// The keys that are asked for. Parameters that the vendor does not know are answered with a generic 500.
fn select(sim: &View<'_>, query: &Query<'_>, more: &[&str]) -> Result<Vec<Value>, Refusal> {
    let dates = |name: &str| is_date_filter(name, &["expiresAt", "lastActiveAt"]);
    let known = |name: &&str| ["q", "keyType"].contains(name) || more.contains(name) || dates(name);
    if query.names().any(|name| !known(&name)) {
        return Err(generic_error());
    }
    if let Some(name) = query.names().find(|name| dates(name) || *name == "keyType") {
        return Err(Refusal::invalid(format!(
            "the simulator does not filter by {name}"
        )));
    }
    let mut rows = rows(sim.model(), sim.keys());
    if let Some(term) = query.first("q").map(str::to_lowercase) {
        rows.retain(|row| {
            ["/label", "/createdBy/name", "/createdBy/email"]
                .into_iter()
                .filter_map(|pointer| row.pointer(pointer)?.as_str())
                .any(|text| text.to_lowercase().contains(&term))
        });
    }
    Ok(rows)
}

fn list(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    let query = call.query();
    let mut rows = select(sim, &query, &["pageSize", "cursor", "sort"])?;
    if query
        .first("pageSize")
        .is_some_and(|size| size.parse::<i64>().is_err())
    {
        return Err(generic_error());
    }
    let limit = query.number("pageSize", 20, 1000)?;
    if let Some(sort) = query.first("sort") {
        let (field, down) = match sort.strip_prefix('-') {
            Some(field) => (field, true),
            None => (sort.strip_prefix(['+', ' ']).unwrap_or(sort), false),
        };
        if !["label", "createdAt", "expiresAt", "lastActiveAt"].contains(&field) {
            return Err(generic_error());
        }
        rows.sort_by_key(|row| row[field].to_string());
        if down {
            rows.reverse();
        }
    }
    let at = match query.first("cursor") {
        Some(cursor) => Place::open(sim.cursor_key(), LISTING, cursor)?.at,
        None => 0,
    };
    let (start, room) = (at as usize, limit as usize);
    let seal = |at| Place::at(at).seal(sim.cursor_key(), LISTING);
    let mut links = json!({ "self": seal(at) });
    if rows.len() > start + room {
        links["next"] = json!(seal(at + limit));
    }
    let page: Vec<Value> = rows.into_iter().skip(start).take(room).collect();
    Ok(Answer::value(
        StatusCode::OK,
        &json!({ "data": page, "links": links }),
    ))
}

/// The count is a bare number.
fn count(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    let rows = select(sim, &call.query(), &[])?;
    Ok(Answer::value(StatusCode::OK, &json!(rows.len())))
}

/// Revokes a key. Nothing keeps a caller from revoking its own.
fn revoke(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    let key = call.part("key").to_owned();
    if !rows(draft.model(), draft.keys())
        .iter()
        .any(|row| row["id"] == key.as_str())
    {
        return Err(Refusal::unknown("ADMIN-404-1", "API key"));
    }
    draft.make(Change::CredentialGone { id: key });
    Ok(Answer::empty(StatusCode::OK))
}
