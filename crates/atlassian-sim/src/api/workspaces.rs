//! `POST /admin/v2/orgs/{org}/workspaces`: the app instances.

use super::orgs::PUBLIC_BASE;
use super::{check_limit, on_post};
use crate::Envelope;
use crate::endpoint::Endpoint;
use crate::model::target::{APPS, Kind};
use crate::model::{Model, salt};
use crate::server::{Sim, View};
use crate::wire::date::{days_before, write_millis};
use crate::wire::{Answer, Call, Json, Outcome, Place, Refusal};
use axum::Router;
use serde::Deserialize;
use serde_json::Value;
use std::cmp::Reverse;
use std::sync::Arc;

const LISTING: &str = "workspaces";

pub(super) fn routes() -> Router<Arc<Sim>> {
    Router::new().route(
        "/admin/v2/orgs/{org}/workspaces",
        on_post(Endpoint::WorkspacesQuery, query),
    )
}

/// The body: either a cursor alone, or any of the others.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Body {
    cursor: Option<String>,
    limit: Option<i64>,
    query: Option<Value>,
    sort: Option<Vec<Order>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    field: String,
    #[serde(default)]
    order: Option<String>,
}

/// This endpoint refuses with a bare error object.
fn query(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    answer(sim, call).map_err(|refusal| refusal.envelope(Envelope::Bare))
}

/// One page. The cursor holds the query but not the page size: later pages have the default size, as the vendor's
/// schema has it.
fn answer(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    let text = call.search_body()?;
    let body = parse(text)?;
    let (place, asked, limit) = match &body.cursor {
        Some(cursor) => {
            if body.limit.is_some() || body.query.is_some() || body.sort.is_some() {
                return Err(invalid("a cursor must come alone"));
            }
            let place = Place::open(sim.cursor_key(), LISTING, cursor)?;
            let asked = parse(&place.asked)?;
            (place, asked, 20)
        }
        None => {
            let limit = check_limit(body.limit, 20, 1000)?;
            (
                Place {
                    asked: text.to_owned(),
                    ..Place::at(0)
                },
                body,
                limit,
            )
        }
    };
    let model = sim.model();
    let found = select(model, &asked)?;
    let (at, room) = (place.at as usize, limit as usize);
    let mut json = Json::with_capacity(room.min(found.len()) * 900 + 256);
    json.object(|json| {
        json.key("data").array(|json| {
            found
                .iter()
                .skip(at)
                .take(room)
                .for_each(|workspace| write_workspace(json, model, *workspace));
        });
        json.key("links").object(|json| {
            json.key("self").text(&place.seal(sim.cursor_key(), LISTING));
            if found.len() > at + room {
                let next = Place {
                    at: place.at + limit,
                    ..place.clone()
                }
                .seal(sim.cursor_key(), LISTING);
                if sim.switches().workspace_links_as_urls {
                    let url = format!("{PUBLIC_BASE}/v2/orgs/{}/workspaces?cursor={next}", model.org_id);
                    json.key("next").text(&url);
                } else {
                    json.key("next").text(&next);
                }
            }
        });
        json.key("meta").object(|json| {
            json.key("pageSize").number(u64::from(limit));
            json.key("total").number(found.len() as u64);
            json.key("startIndex").null();
            json.key("endIndex").null();
        });
    });
    Ok(Answer::ok(json))
}

fn invalid(detail: impl Into<String>) -> Refusal {
    Refusal {
        code: "ADMIN-400-24",
        title: "Invalid body",
        ..Refusal::invalid(detail)
    }
}

fn parse(text: &str) -> Result<Body, Refusal> {
    serde_json::from_str(text).map_err(|error| invalid(error.to_string()))
}

/// The listed app instances that match, in order.
fn select(model: &Model, asked: &Body) -> Result<Vec<u32>, Refusal> {
    let mut found = Vec::new();
    for workspace in 0..model.targets.listed {
        let matches = match &asked.query {
            Some(query) => matches(model, workspace, query)?,
            None => true,
        };
        if matches {
            found.push(workspace);
        }
    }
    for order in asked.sort.iter().flatten().rev() {
        let key = |workspace: &u32| field(model, *workspace, &order.field);
        // Both leave what is alike in the order that it has.
        match order.order.as_deref() {
            None | Some("asc") => found.sort_by_cached_key(key),
            Some("desc") => found.sort_by_cached_key(|workspace| Reverse(key(workspace))),
            Some(_) => return Err(invalid("an order is asc or desc")),
        }
    }
    Ok(found)
}

/// The query language: terms nest, an object with several operators needs all of them, empty operators match all.
fn matches(model: &Model, workspace: u32, query: &Value) -> Result<bool, Refusal> {
    let Value::Object(operators) = query else {
        return Err(invalid("a query is an object"));
    };
    for (operator, operand) in operators {
        let passes = match (operator.as_str(), operand) {
            ("and", Value::Array(terms)) => all(terms, |term| matches(model, workspace, term))?,
            ("nor", Value::Array(terms)) => all(terms, |term| Ok(!matches(model, workspace, term)?))?,
            ("field", Value::Object(term)) => {
                let (Some(Value::String(name)), Some(Value::Array(values))) =
                    (term.get("name"), term.get("values"))
                else {
                    return Err(invalid("a field has a name and values"));
                };
                let own = field(model, workspace, name);
                values.is_empty() || values.iter().any(|value| value.as_str() == Some(own.as_str()))
            }
            ("searchWorkspaces", Value::String(text)) => {
                let hay = format!(
                    "{} {}",
                    name(model, workspace),
                    url(model, workspace).unwrap_or_default()
                );
                hay.to_lowercase().contains(&text.to_lowercase())
            }
            // No simulated workspace has features or policies.
            ("features" | "policies", Value::Array(values)) => values.is_empty(),
            _ => return Err(invalid(format!("unknown operator {operator}"))),
        };
        if !passes {
            return Ok(false);
        }
    }
    Ok(true)
}

fn all(terms: &[Value], mut passes: impl FnMut(&Value) -> Result<bool, Refusal>) -> Result<bool, Refusal> {
    for term in terms {
        if !passes(term)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A field by the vendor's name, empty when there is none.
fn field(model: &Model, workspace: u32, field: &str) -> String {
    match field {
        "id" => model.target(workspace).ari.clone(),
        "attributes.name" => name(model, workspace).to_owned(),
        "attributes.typeKey" => app(model, workspace).key.to_owned(),
        "attributes.type" => app(model, workspace).name.to_owned(),
        "attributes.status" => "online".to_owned(),
        "attributes.hostUrl" => url(model, workspace).unwrap_or_default(),
        _ => String::new(),
    }
}

fn app(model: &Model, workspace: u32) -> &'static crate::model::target::App {
    match model.target(workspace).kind {
        Kind::App(app) => &APPS[app],
        _ => unreachable!("the listed targets are app instances"),
    }
}

fn name(model: &Model, workspace: u32) -> &str {
    &model.targets.sites[model.target(workspace).site as usize].name
}

fn url(model: &Model, workspace: u32) -> Option<String> {
    app(model, workspace)
        .sited
        .then(|| format!("https://{}.atlassian.net", name(model, workspace)))
}

fn write_workspace(json: &mut Json, model: &Model, workspace: u32) {
    let (target, app) = (model.target(workspace), app(model, workspace));
    let noise = model.noise(salt::INSTANCE, workspace);
    let days = 400 + u32::try_from(noise % 1000).expect("a small number");
    json.object(|json| {
        json.key("id").text(&target.ari);
        json.key("type").text("workspace");
        json.key("attributes").object(|json| {
            json.key("name").text(name(model, workspace));
            json.key("typeKey").text(app.key);
            json.key("type").text(app.name);
            json.key("owner").null();
            json.key("status").text("online");
            json.key("statusDetails").array(|_| {});
            json.key("icons").object(|_| {});
            json.key("avatars").object(|_| {});
            json.key("labels").array(|_| {});
            json.key("sandbox").object(|json| json.key("type").text("NONE"));
            json.key("usage").null();
            json.key("capacity");
            if app.key == "trello" {
                json.null()
            } else {
                json.number(100 + noise % 900)
            }
            json.key("createdAt");
            if app.sited {
                json.text_of(|out| write_millis(out, days_before(days, noise)))
            } else {
                json.null()
            }
            json.key("createdBy").null();
            json.key("updatedAt").null();
            json.key("hostUrl").text_or_null(url(model, workspace).as_deref());
            json.key("realm").text("EU");
            json.key("regions").array(|json| json.text("eu-central-1"));
            let directory = model.directory_of_site(target.site);
            json.key("directory")
                .text(&model.directories[usize::from(directory)].id);
        });
        json.key("links").object(|json| {
            json.key("self").text(&format!(
                "{PUBLIC_BASE}/v2/orgs/{}/workspaces/{}",
                model.org_id, target.ari
            ));
        });
        json.key("relationships").object(|_| {});
    });
}
