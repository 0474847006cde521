//! What the directory says about itself (RFC 7643, sections 5 to 7).

use super::resource::{CORE_GROUP, CORE_USER, list};
use super::{directory_of, location, missing};
use crate::api::on_get;
use crate::endpoint::Endpoint;
use crate::model::scim::ENTERPRISE;
use crate::server::{Sim, View};
use crate::wire::{Answer, Call, Outcome};
use axum::Router;
use http::StatusCode;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn routes(base: &str) -> Router<Arc<Sim>> {
    Router::new()
        .route(
            &format!("{base}/ServiceProviderConfig"),
            on_get(Endpoint::ScimConfig, config),
        )
        .route(
            &format!("{base}/ResourceTypes"),
            on_get(Endpoint::ScimResourceTypes, types),
        )
        .route(
            &format!("{base}/ResourceTypes/{{name}}"),
            on_get(Endpoint::ScimResourceTypes, one_type),
        )
        .route(&format!("{base}/Schemas"), on_get(Endpoint::ScimSchemas, schemas))
        .route(
            &format!("{base}/Schemas/{{name}}"),
            on_get(Endpoint::ScimSchemas, one_schema),
        )
}

/// The number of results advertised here is not the size of a page.
fn config(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    let base = location(sim.model(), directory_of(sim.model(), call)?);
    Ok(Answer::value(
        StatusCode::OK,
        &json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
            "patch": { "supported": true },
            "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
            "filter": { "supported": true, "maxResults": 10_000 },
            "changePassword": { "supported": false },
            "sort": { "supported": false },
            "etag": { "supported": false },
            "authenticationSchemes": [{
                "type": "oauthbearertoken",
                "name": "OAuth Bearer Token",
                "description": "Authentication by the key of the directory",
            }],
            "meta": {
                "resourceType": "ServiceProviderConfig",
                "location": format!("{base}/ServiceProviderConfig"),
            },
        }),
    ))
}

fn resource_types(base: &str) -> Vec<Value> {
    let one = |name: &str, endpoint: &str, schema: &str, extensions: Value| {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
            "id": name,
            "name": name,
            "endpoint": endpoint,
            "schema": schema,
            "schemaExtensions": extensions,
            "meta": { "resourceType": "ResourceType", "location": format!("{base}/ResourceTypes/{name}") },
        })
    };
    vec![
        one(
            "User",
            "/Users",
            CORE_USER,
            json!([{ "schema": ENTERPRISE, "required": false }]),
        ),
        one("Group", "/Groups", CORE_GROUP, json!([])),
    ]
}

fn attribute(name: &str, more: Value) -> Value {
    let mut attribute = json!({
        "name": name,
        "type": "string",
        "multiValued": false,
        "required": false,
        "caseExact": false,
        "mutability": "readWrite",
        "returned": "default",
        "uniqueness": "none",
    });
    if let (Value::Object(own), Value::Object(more)) = (&mut attribute, more) {
        own.extend(more);
    }
    attribute
}

fn all_schemas(base: &str) -> Vec<Value> {
    let one = |id: &str, name: &str, attributes: Vec<Value>| {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
            "id": id,
            "name": name,
            "attributes": attributes,
            "meta": { "resourceType": "Schema", "location": format!("{base}/Schemas/{id}") },
        })
    };
    let id = || attribute("id", json!({ "mutability": "readOnly", "uniqueness": "server" }));
    vec![
        one(
            CORE_USER,
            "User",
            vec![
                id(),
                attribute("externalId", json!({ "caseExact": true })),
                attribute("userName", json!({ "required": true, "uniqueness": "server" })),
                attribute(
                    "emails",
                    json!({ "type": "complex", "multiValued": true, "required": true }),
                ),
                attribute("name", json!({ "type": "complex" })),
                attribute("displayName", json!({})),
                attribute("title", json!({})),
                attribute("timezone", json!({})),
                attribute("preferredLanguage", json!({})),
                attribute("phoneNumbers", json!({ "type": "complex", "multiValued": true })),
                attribute("active", json!({ "type": "boolean" })),
                attribute(
                    "groups",
                    json!({ "type": "complex", "multiValued": true, "mutability": "readOnly" }),
                ),
            ],
        ),
        one(
            CORE_GROUP,
            "Group",
            vec![
                id(),
                attribute(
                    "displayName",
                    json!({ "required": true, "mutability": "immutable" }),
                ),
                attribute(
                    "members",
                    json!({
                        "type": "complex",
                        "multiValued": true,
                        "subAttributes": [
                            attribute("value", json!({ "mutability": "immutable" })),
                            attribute("$ref", json!({ "type": "reference", "mutability": "immutable" })),
                        ],
                    }),
                ),
            ],
        ),
        one(
            ENTERPRISE,
            "EnterpriseUser",
            vec![
                attribute("organization", json!({})),
                attribute("department", json!({})),
            ],
        ),
    ]
}

fn types(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    let base = location(sim.model(), directory_of(sim.model(), call)?);
    Ok(whole(resource_types(&base)))
}

fn one_type(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    let base = location(sim.model(), directory_of(sim.model(), call)?);
    pick(resource_types(&base), "RESOURCE_TYPE", call.part("name"))
}

fn schemas(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    let base = location(sim.model(), directory_of(sim.model(), call)?);
    Ok(whole(all_schemas(&base)))
}

fn one_schema(sim: &View<'_>, call: &Call<'_>) -> Outcome {
    let base = location(sim.model(), directory_of(sim.model(), call)?);
    pick(all_schemas(&base), "SCHEMA", call.part("name"))
}

fn whole(all: Vec<Value>) -> Answer {
    let count = all.len();
    Answer::value(StatusCode::OK, &list(all, count, 1, count))
}

fn pick(all: Vec<Value>, what: &str, id: &str) -> Outcome {
    all.into_iter()
        .find(|one| one["id"] == id)
        .map(|one| Answer::value(StatusCode::OK, &one))
        .ok_or_else(|| missing(what, id))
}
