//! Service accounts, in both collections that are seen in the field, their tokens, and OAuth clients.

use super::{on_get, on_post, on_write};
use crate::endpoint::Endpoint;
use crate::model::{Change, Model, OAuthClient, ServiceToken, salt};
use crate::server::{Draft, Sim, Switches, View};
use crate::wire::date::{days_after, days_before};
use crate::wire::refusal::Envelope;
use crate::wire::{Answer, Call, Outcome, Place, Refusal};
use axum::Router;
use axum::routing::MethodFilter;
use http::StatusCode;
use serde_json::{Value, json};
use std::sync::Arc;

const SERVICE_ACCOUNTS: &str = "service accounts";
const OAUTH_CLIENTS: &str = "oauth clients";
/// The vendor documents no length of a page of service accounts.
const ROOM: u32 = 100;
/// The collection of the console refuses more.
const MOST: u32 = 80;

pub(super) fn routes() -> Router<Arc<Sim>> {
    let base = "/admin/api-access/v1/orgs/{org}";
    let of = format!("{base}/service-accounts/{{service}}");
    Router::new()
        .route(
            &format!("{base}/service-accounts"),
            on_get(Endpoint::ServiceAccountsList, list),
        )
        .route(
            "/admin/account-management/v1/orgs/{org}/service-accounts",
            on_get(Endpoint::ServiceAccountsConsole, list_for_console),
        )
        .route(
            &format!("{base}/service-accounts/api-tokens"),
            on_get(Endpoint::ServiceTokensList, tokens),
        )
        .route(
            &format!("{of}/api-tokens"),
            on_get(Endpoint::ServiceTokensOf, tokens_of).merge(on_write(
                MethodFilter::DELETE,
                Endpoint::ServiceTokensRevokeAll,
                revoke_all,
            )),
        )
        .route(
            &format!("{base}/oauth-clients"),
            on_get(Endpoint::OAuthClientsList, clients),
        )
        .route(
            &format!("{base}/oauth-clients/count"),
            on_post(Endpoint::OAuthClientsCount, count),
        )
        .route(
            &format!("{base}/oauth-clients/{{client}}"),
            on_get(Endpoint::OAuthClientGet, client).merge(on_write(
                MethodFilter::DELETE,
                Endpoint::OAuthClientDelete,
                delete,
            )),
        )
        .route(
            &format!("{base}/service-accounts/oauth-clients"),
            on_get(Endpoint::ServiceOAuthClients, owned_clients),
        )
        .route(
            &format!("{of}/oauth-clients"),
            on_get(Endpoint::ServiceOAuthClientsOf, clients_of),
        )
}

fn check(switches: &Switches) -> Result<(), Refusal> {
    match switches.machines_forbidden {
        true => Err(Refusal::forbidden("ADMIN-403-3")),
        false => Ok(()),
    }
}

/// As it was reported: the path is documented and not there.
fn unrouted() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "", "Not Found")
        .detail("Request failed to match any route")
        .envelope(Envelope::Gateway)
}

fn list(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    check(sim.switches())?;
    if sim.switches().service_accounts_unrouted {
        return Err(unrouted());
    }
    let model = sim.model();
    let (rows, next) = page(sim, call, SERVICE_ACCOUNTS, ROOM, service_accounts(model))?;
    let mut links = json!({});
    if let Some(next) = next {
        links["next"] = json!(next);
    }
    let total = model.service_accounts().len();
    let answer = json!({ "items": rows, "links": links, "total": total });
    Ok(Answer::value(StatusCode::OK, &answer))
}

/// Fewer fields, and an address where the next page is.
fn list_for_console(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    check(sim.switches())?;
    if sim.switches().console_closed {
        return Err(Refusal::unknown("ADMIN-404-1", "service"));
    }
    let room = call.query().number("limit", MOST, MOST)?;
    let mut rows = service_accounts(sim.model());
    for row in &mut rows {
        if let Some(row) = row.as_object_mut() {
            row.retain(|name, _| !["picture", "container", "updatedAt", "createdById"].contains(&&**name));
        }
    }
    let (rows, next) = page(sim, call, SERVICE_ACCOUNTS, room, rows)?;
    let org = &sim.model().org_id;
    let mut links = json!({});
    if let Some(next) = next {
        links["next"] = json!(format!(
            "https://api.atlassian.com/admin/account-management/v1/orgs/{org}/service-accounts?limit={room}&cursor={next}"
        ));
    }
    Ok(Answer::value(
        StatusCode::OK,
        &json!({ "items": rows, "links": links }),
    ))
}

fn service_accounts(model: &Model) -> Vec<Value> {
    let rows = model.service_accounts().map(|place| {
        let account = model.service_account(place);
        let updated = days_before(place % 90, model.noise(salt::SERVICE_ACCOUNT, place));
        let mut row = json!({
            "id": model.service_account_id(place),
            "email": model.service_account_address(place),
            "displayName": model.service_account_name(place),
            "picture": "https://avatars.example.net/sa/1.png",
            "container": model.org_id,
            "updatedAt": updated.as_millisecond(),
            "status": "active",
        });
        if !model.has_one_id(place) {
            row["atlassianId"] = json!(model.account_id(account));
        }
        if let Some(creator) = model.service_account_creator(place) {
            row["createdById"] = json!(model.account_id(creator));
        }
        if place % 2 == 0 {
            row["description"] = json!("Owner: finance platform");
        }
        row
    });
    rows.collect()
}

/// So many rows from the place that the cursor names, and the cursor of the next page.
fn page(
    sim: &View<'_>,
    call: &Call<'_>,
    listing: &str,
    room: u32,
    rows: Vec<Value>,
) -> Result<(Vec<Value>, Option<String>), Refusal> {
    let at = match call.query().first("cursor") {
        Some(cursor) => Place::open(sim.cursor_key(), listing, cursor)?.at,
        None => 0,
    };
    let more = rows.len() > (at + room) as usize;
    let next = more.then(|| Place::at(at + room).seal(sim.cursor_key(), listing));
    let rows = rows.into_iter().skip(at as usize).take(room as usize);
    Ok((rows.collect(), next))
}

/// The service account of the path, by its id within the collection.
fn service_account(model: &Model, call: &Call<'_>) -> Result<u32, Refusal> {
    model
        .find_service_account(call.part("service"))
        .ok_or_else(|| Refusal::unknown("ADMIN-404-1", "service account"))
}

fn token(model: &Model, place: u32, token: &ServiceToken) -> Value {
    let created = days_before(token.age, 0);
    let mut row = json!({
        "id": token.id,
        "label": token.label,
        "createdAt": format!("{created:.3}"),
        "serviceAccountId": model.service_account_id(place),
    });
    if let Some(days) = token.lifetime {
        row["expiresAt"] = json!(format!("{:.3}", days_after(created, days)));
    }
    if let Some(days) = token.unused {
        row["lastActiveAt"] = json!(format!("{:.3}", days_before(days, 0)));
    }
    row
}

fn tokens(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    check(sim.switches())?;
    Ok(some_tokens(sim.model(), call, sim.model().service_accounts()))
}

fn tokens_of(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    check(sim.switches())?;
    let place = service_account(sim.model(), call)?;
    Ok(some_tokens(sim.model(), call, [place]))
}

fn some_tokens(model: &Model, call: &Call<'_>, places: impl IntoIterator<Item = u32>) -> Answer {
    let query = call.query();
    let label = query.first("tokenLabel").unwrap_or_default();
    let mut rows = Vec::new();
    for place in places {
        let own = model.tokens_of_service_account(place);
        let own = own.iter().filter(|one| one.label.contains(label));
        rows.extend(own.map(|one| token(model, place, one)));
    }
    Answer::value(StatusCode::OK, &json!({ "data": rows, "links": {} }))
}

/// Revokes every token of a service account.
fn revoke_all(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    check(draft.switches())?;
    let place = service_account(draft.model(), call)?;
    for token in draft.model().tokens_of_service_account(place) {
        draft.make(Change::CredentialGone { id: token.id });
    }
    Ok(Answer::empty(StatusCode::OK))
}

fn row(client: &OAuthClient) -> Value {
    let made = days_before(client.age, 0).as_millisecond();
    json!({
        "clientId": client.id,
        "name": client.name,
        "createdAt": made,
        "updatedAt": made,
        "status": "ACTIVE",
    })
}

fn clients(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    check(sim.switches())?;
    let room = call.query().number("pageSize", 20, 1000)?;
    let rows = sim.model().oauth_clients().iter().map(row).collect();
    let (rows, next) = page(sim, call, OAUTH_CLIENTS, room, rows)?;
    let mut links = json!({});
    if let Some(next) = next {
        links["next"] = json!(next);
    }
    Ok(Answer::value(
        StatusCode::OK,
        &json!({ "data": rows, "links": links }),
    ))
}

fn count(sim: &View<'_>, _: &Call<'_>) -> Outcome {
    check(sim.switches())?;
    let count = sim.model().oauth_clients().len();
    Ok(Answer::value(StatusCode::OK, &json!({ "count": count })))
}

fn find(model: &Model, call: &Call<'_>) -> Result<OAuthClient, Refusal> {
    let id = call.part("client");
    let mut clients = model.oauth_clients().into_iter();
    clients
        .find(|client| client.id == id)
        .ok_or_else(|| Refusal::unknown("ADMIN-404-1", "OAuth client"))
}

fn client(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    check(sim.switches())?;
    Ok(Answer::value(StatusCode::OK, &row(&find(sim.model(), call)?)))
}

fn delete(draft: &mut Draft<'_>, call: &Call<'_>) -> Outcome {
    check(draft.switches())?;
    let client = find(draft.model(), call)?;
    draft.make(Change::CredentialGone { id: client.id });
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

fn owned_clients(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    check(sim.switches())?;
    Ok(some_clients(sim.model(), call, |owner| owner.is_some()))
}

fn clients_of(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    check(sim.switches())?;
    let place = service_account(sim.model(), call)?;
    Ok(some_clients(sim.model(), call, |owner| owner == Some(place)))
}

fn some_clients(model: &Model, call: &Call<'_>, fits: impl Fn(Option<u32>) -> bool) -> Answer {
    let query = call.query();
    let name = query.first("clientName").unwrap_or_default();
    let all = model.oauth_clients();
    let all = all
        .iter()
        .filter(|client| fits(client.owner) && client.name.contains(name));
    let rows: Vec<Value> = all.map(row).collect();
    Answer::value(StatusCode::OK, &json!({ "data": rows, "links": {} }))
}
