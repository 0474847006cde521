//! A server of another provider than Atlassian: what RFC 7644 and RFC 9865 say, as far as the cases ask for it.
//!
//! It keeps nothing: every request finds the directory as it was, so that no case depends on another. What a key is
//! called says what is wrong with it.

use super::provided::{self, Refusal, at, refuse};
use crate::support::fixture;
use http_kit::testing::{FakeTransport, Recorded, Reply};
use serde_json::{Map, Value, json};
use vendor_contract::cases::WRONG_KEY;

/// The host of the server.
pub(crate) const HOST: &str = "scim.brightwater.example";

/// Where its paths stand.
pub(crate) const BASE: &str = "https://scim.brightwater.example/v2";

/// The cursors of the server end with the number of the next row.
const CURSOR: &str = "VZUTiyhEQJ94IR";

/// The most operations of a bulk request.
const MOST_OPERATIONS: usize = 4;

/// Keys of which the server says what is wrong, by status.
const KEYS: [(&str, u16); 8] = [
    (WRONG_KEY, 401),
    ("cnry-key-without-permission", 403),
    ("cnry-key-of-nobody", 404),
    ("cnry-key-of-a-conflict", 409),
    ("cnry-key-used-too-often", 429),
    ("cnry-key-of-a-defect", 500),
    ("cnry-key-of-another-version", 501),
    ("cnry-key-at-a-bad-time", 503),
];

/// The key to which the server answers with this status.
pub(crate) fn key(status: u16) -> &'static str {
    let found = KEYS.iter().find(|(_, of)| *of == status);
    found.expect("a status that the server has a key for").0
}

/// The server.
pub(crate) fn server() -> FakeTransport {
    FakeTransport::new().on_any_fn(|request| answer(request).unwrap_or_else(|refusal| refusal.reply()))
}

fn answer(request: &Recorded) -> Result<Reply, Refusal> {
    let header = |name: &str| {
        let value = request.headers.get(name)?.to_str().ok()?;
        Some(value.to_owned())
    };
    let key = header("authorization").unwrap_or_default();
    let wrong = KEYS.iter().find(|(wrong, _)| key.ends_with(wrong));
    if let Some((_, status)) = wrong {
        return Ok(refused(*status));
    }
    let path = request
        .path
        .strip_prefix("/v2/")
        .ok_or_else(|| refuse(404, "", "No such path"))?;
    let segments: Vec<&str> = path.split('/').collect();
    match (request.method.as_str(), segments.as_slice()) {
        ("GET", [kind @ ("Users" | "Groups")]) | ("POST", [kind @ ("Users" | "Groups"), ".search"]) => {
            list(provided::all(kind), request)
        }
        ("POST", [".search"]) => list(provided::everything(), request),
        ("POST", ["Bulk"]) => bulk(&request.json()),
        ("GET", ["ServiceProviderConfig"]) => Ok(Reply::status(200).body(fixture!("rfc-config"))),
        ("GET", [kind, id]) => {
            let resource = provided::find(kind, id)?;
            if header("if-none-match").as_deref() == at(&resource, &["meta", "version"]).as_str() {
                return Ok(Reply::status(304));
            }
            Ok(one(200, &selected(&resource, request)))
        }
        ("GET", ["Me"]) => Ok(one(200, &selected(&provided::me(), request))),
        (method, segments) => {
            let condition = header("if-match");
            let written = write(method, segments, &request.json(), condition.as_deref())?;
            Ok(match written {
                // RFC 7644 §3.5.2: the resource comes when attributes of it are asked for.
                Written(200, Some(resource)) if method == "PATCH" && request.query.is_empty() => {
                    versioned(Reply::status(204), &resource)
                }
                Written(status, Some(resource)) => one(status, &selected(&resource, request)),
                Written(status, None) => Reply::status(status),
            })
        }
    }
}

/// What a key is refused with.
fn refused(status: u16) -> Reply {
    let error = |detail: &str| refuse(status, "", detail).reply();
    match status {
        401 => Reply::status(401)
            .body(fixture!("errors/oauth"))
            .header("www-authenticate", "Bearer error=\"invalid_token\""),
        404 => error("The subject of the key has no resource here"),
        409 => error("The resource is being changed by another request"),
        429 => error("Too many requests").header("retry-after", "20"),
        500 => Reply::status(500).body(fixture!("errors/e6-internal")),
        501 => error("This service provider does not support the operation"),
        503 => Reply::status(503).body(fixture!("errors/e6-unavailable")),
        _ => error("The key does not permit the operation"),
    }
}

/// Status and resource after a write.
struct Written(u16, Option<Value>);

/// Creates, replaces, changes or deletes.
fn write(method: &str, segments: &[&str], body: &Value, condition: Option<&str>) -> Result<Written, Refusal> {
    let (kind, resource) = match (method, segments) {
        ("POST", ["Me"]) => ("Users", None),
        ("POST", [kind]) => (*kind, None),
        (_, ["Me"]) => ("Users", Some(provided::me())),
        (_, [kind, id]) => (*kind, Some(provided::find(kind, id)?)),
        _ => return Err(refuse(404, "", "No such path")),
    };
    if let (Some(resource), Some(condition)) = (&resource, condition)
        && condition != "*"
        && at(resource, &["meta", "version"]) != condition
    {
        let changed = "Failed to update. Resource changed on the server";
        return Err(refuse(412, "", changed));
    }
    let (status, written) = match (method, &resource) {
        ("POST", None) => (201, body.clone()),
        ("PUT", Some(_)) => (200, body.clone()),
        ("PATCH", Some(resource)) => (200, provided::patched(resource, body)?),
        ("DELETE", Some(_)) => return Ok(Written(204, None)),
        _ => return Err(refuse(405, "", "No such method")),
    };
    let written = provided::stored(kind, resource.as_ref(), written)?;
    Ok(Written(status, Some(written)))
}

/// RFC 7644 §3.4.2, RFC 9865 §2.
fn list(all: Vec<Value>, request: &Recorded) -> Result<Reply, Refusal> {
    let body = request.json();
    let asked = |name: &str| match request.query_value(name) {
        Some(value) => Some(value.to_owned()),
        None => match &body[name] {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        },
    };
    let mut rows = match asked("filter") {
        Some(filter) => provided::filtered(all, &filter)?,
        None => all,
    };
    if let Some(by) = asked("sortBy") {
        let path: Vec<&str> = by.split('.').collect();
        rows.sort_by_key(|row| at(row, &path).to_string());
        if asked("sortOrder").as_deref() == Some("descending") {
            rows.reverse();
        }
    }
    let number = |text: String| text.parse::<usize>().ok();
    let cursor = asked("cursor");
    let start = match cursor.as_deref() {
        None => asked("startIndex").and_then(number).unwrap_or(1).max(1) - 1,
        Some("") => 0,
        Some(cursor) => cursor
            .strip_prefix(CURSOR)
            .and_then(|place| number(place.to_owned()))
            .ok_or_else(|| refuse(400, "invalidCursor", "The cursor is not valid"))?,
    };
    let count = asked("count").and_then(number).unwrap_or(25).min(50);
    let (all, end) = (rows.len(), rows.len().min(start + count));
    let page: Vec<Value> = rows[start.min(end)..end]
        .iter()
        .map(|row| selected(row, request))
        .collect();
    let mut list = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": all,
        "itemsPerPage": page.len(),
        "Resources": page,
    });
    match cursor {
        None => list["startIndex"] = json!(start + 1),
        Some(_) if end < all => list["nextCursor"] = json!(format!("{CURSOR}{end}")),
        Some(_) => {}
    }
    Ok(Reply::json(200, &list))
}

/// RFC 7644 §3.7: one after the other, until too many have failed.
fn bulk(body: &Value) -> Result<Reply, Refusal> {
    let operations = body["Operations"].as_array().cloned().unwrap_or_default();
    if operations.len() > MOST_OPERATIONS {
        let detail = format!("The number of operations exceeds the maxOperations ({MOST_OPERATIONS})");
        return Err(refuse(413, "", &detail));
    }
    let most_errors = body["failOnErrors"].as_u64().unwrap_or(u64::MAX);
    let (mut outcomes, mut errors) = (Vec::new(), 0);
    for operation in operations {
        if errors >= most_errors {
            break;
        }
        let path = operation["path"].as_str().unwrap_or_default();
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        let method = operation["method"].as_str().unwrap_or_default();
        let data = provided::resolved(&operation["data"]);
        let mut outcome = Map::new();
        outcome.insert("method".to_owned(), json!(method));
        if let Some(id) = operation.get("bulkId") {
            outcome.insert("bulkId".to_owned(), id.clone());
        }
        let mut status = 0;
        match write(method, &segments, &data, operation["version"].as_str()) {
            Ok(Written(written, resource)) => {
                status = written;
                let location = match &resource {
                    Some(resource) => {
                        outcome.insert("version".to_owned(), at(resource, &["meta", "version"]).clone());
                        at(resource, &["meta", "location"]).clone()
                    }
                    None => json!(format!("{BASE}{path}")),
                };
                outcome.insert("location".to_owned(), location);
            }
            Err(refusal) => {
                errors += 1;
                status = status.max(refusal.status);
                outcome.insert("response".to_owned(), refusal.body());
            }
        }
        outcome.insert("status".to_owned(), json!(status.to_string()));
        outcomes.push(Value::Object(outcome));
    }
    let response = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"],
        "Operations": outcomes,
    });
    Ok(Reply::json(200, &response))
}

/// RFC 7644 §3.9, with attributes of the first level: those that are wanted, beside those that always come.
fn selected(resource: &Value, request: &Recorded) -> Value {
    let body = request.json();
    let names = |parameter: &str| -> Option<Vec<String>> {
        if let Some(list) = request.query_value(parameter) {
            return Some(list.split(',').map(str::to_owned).collect());
        }
        let list = body.get(parameter)?.as_array()?;
        Some(
            list.iter()
                .filter_map(|name| Some(name.as_str()?.to_owned()))
                .collect(),
        )
    };
    let (only, without) = (names("attributes"), names("excludedAttributes"));
    let always = |name: &str| matches!(name, "id" | "schemas" | "meta");
    let has =
        |names: &Option<Vec<String>>, name: &String| names.as_ref().is_some_and(|all| all.contains(name));
    let members = resource.as_object().expect("a resource is an object");
    let kept = members
        .iter()
        .filter(|(name, _)| always(name) || (only.is_none() || has(&only, name)) && !has(&without, name));
    Value::Object(kept.map(|(name, value)| (name.clone(), value.clone())).collect())
}

fn one(status: u16, resource: &Value) -> Reply {
    let reply = Reply::status(status)
        .body(resource.to_string())
        .header("content-type", "application/scim+json")
        .header("x-request-id", "3f6f9a0c2b7d41e5");
    let reply = match at(resource, &["meta", "location"]).as_str() {
        Some(location) if status == 201 => reply.header("location", location),
        _ => reply,
    };
    versioned(reply, resource)
}

fn versioned(reply: Reply, resource: &Value) -> Reply {
    let version = at(resource, &["meta", "version"]).as_str();
    version
        .iter()
        .fold(reply, |reply, version| reply.header("etag", version))
}
