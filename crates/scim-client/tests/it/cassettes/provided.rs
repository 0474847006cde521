//! What is in the directory of the other provider, and what writes make of it.

use super::provider::BASE;
use crate::support::fixture;
use http_kit::testing::Reply;
use serde_json::{Map, Value, json};

/// Ids and names in the directory.
pub(crate) const ODILE: &str = "2c9e4113-5f0a-4d88-9b1e-7f44a0c2d6e9";
pub(crate) const ODILE_NAME: &str = "odile.marchetti@brightwater.example";
pub(crate) const HENK: &str = "6c5bb41f-0d3e-4a5b-8f7c-21d9e8b3a064";
pub(crate) const HENK_NAME: &str = "henk.vos@brightwater.example";
pub(crate) const PILOTS: &str = "e9e30dba-f08f-4109-8486-d5c6a331660a";

/// The ids of a user and of a group that are new.
const NEW_USER: &str = "92b725cd-9465-4e7d-8c16-01f8e146b87a";
const NEW_GROUP: &str = "b7c14771-226c-4d05-8860-134711653041";

/// The version of a resource after a write.
const NEW_VERSION: &str = "W/\"b431af54\"";

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// An error in the form of RFC 7644 §3.12.
pub(crate) struct Refusal {
    pub(crate) status: u16,
    kind: &'static str,
    detail: String,
}

pub(crate) fn refuse(status: u16, kind: &'static str, detail: &str) -> Refusal {
    Refusal {
        status,
        kind,
        detail: detail.to_owned(),
    }
}

impl Refusal {
    pub(crate) fn body(&self) -> Value {
        let mut body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": self.status.to_string(),
            "detail": self.detail,
        });
        if !self.kind.is_empty() {
            body["scimType"] = json!(self.kind);
        }
        body
    }

    pub(crate) fn reply(&self) -> Reply {
        Reply::status(self.status)
            .body(self.body().to_string())
            .header("content-type", "application/scim+json")
            .header("x-request-id", "5b0e77d1c94a43f2")
    }
}

/// The value at a path; null if there is none.
pub(crate) fn at<'a>(resource: &'a Value, path: &[&str]) -> &'a Value {
    path.iter().fold(resource, |value, name| &value[*name])
}

/// The user whose key it is.
pub(crate) fn me() -> Value {
    find("Users", ODILE).unwrap_or_default()
}

/// The users or the groups.
pub(crate) fn all(kind: &str) -> Vec<Value> {
    let json = |text: &str| serde_json::from_str::<Value>(text).expect("a fixture is JSON");
    let named = |mut resource: Value, id: &str| {
        resource["id"] = json!(id);
        resource["meta"]["location"] = json!(format!("{BASE}/{kind}/{id}"));
        resource
    };
    if kind == "Groups" {
        return vec![named(json(fixture!("rfc-group")), PILOTS)];
    }
    let henk = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": HENK_NAME,
        "displayName": "Henk Vos",
        "emails": [{ "value": HENK_NAME, "type": "work", "primary": true }],
        "active": false,
        "meta": {
            "resourceType": "User",
            "created": "2026-02-11T09:00:00Z",
            "lastModified": "2026-02-11T09:00:00Z",
            "version": "W/\"0c41e5aa\"",
        },
    });
    vec![named(json(fixture!("rfc-user")), ODILE), named(henk, HENK)]
}

/// Resources of every kind, one of them of a kind that no RFC has.
pub(crate) fn everything() -> Vec<Value> {
    let search: Value = serde_json::from_str(fixture!("rfc-search")).expect("a fixture is JSON");
    let boat = search["Resources"][2].clone();
    all("Users")
        .into_iter()
        .chain(all("Groups"))
        .chain([boat])
        .collect()
}

/// One resource.
pub(crate) fn find(kind: &str, id: &str) -> Result<Value, Refusal> {
    let found = all(kind).into_iter().find(|one| one["id"] == id);
    found.ok_or_else(|| refuse(404, "", &format!("Resource {id} not found")))
}

/// The rows for which a comparison holds: `eq` or `sw` with a text. More the server does not read.
pub(crate) fn filtered(rows: Vec<Value>, filter: &str) -> Result<Vec<Value>, Refusal> {
    let wrong = || refuse(400, "invalidFilter", "The filter is not supported");
    let words: Vec<&str> = filter.splitn(3, ' ').collect();
    let [path, operator, value] = words.as_slice() else {
        return Err(wrong());
    };
    let value: String = serde_json::from_str(value).map_err(|_| wrong())?;
    let path: Vec<&str> = path.split('.').collect();
    let holds = |row: &Value| {
        let text = at(row, &path).as_str();
        text.is_some_and(|text| match *operator {
            "eq" => text.eq_ignore_ascii_case(&value),
            _ => text.starts_with(&value),
        })
    };
    match *operator {
        "eq" | "sw" => Ok(rows.into_iter().filter(holds).collect()),
        _ => Err(wrong()),
    }
}

/// What was written as it is then kept, checked.
pub(crate) fn stored(kind: &str, before: Option<&Value>, mut written: Value) -> Result<Value, Refusal> {
    let name = ["userName"];
    let id = match before {
        Some(before) => at(before, &["id"]).as_str().unwrap_or_default(),
        None if kind == "Users" => NEW_USER,
        None => NEW_GROUP,
    };
    let taken = |other: &Value| {
        let names = [at(other, &name).as_str(), at(&written, &name).as_str()];
        let same = names[0]
            .zip(names[1])
            .is_some_and(|(one, other)| one.eq_ignore_ascii_case(other));
        same && at(other, &["id"]) != id
    };
    if kind == "Users" && all(kind).iter().any(taken) {
        let detail = "One or more of the attribute values are already in use or are reserved";
        return Err(refuse(409, "uniqueness", detail));
    }
    if !written.is_object() {
        return Err(refuse(400, "invalidSyntax", "Request is unparsable"));
    }
    written["id"] = json!(id);
    let resource_type = kind.trim_end_matches('s');
    written["meta"] = json!({
        "resourceType": resource_type,
        "created": "2026-10-05T08:00:00Z",
        "lastModified": "2026-10-05T08:00:00Z",
        "version": NEW_VERSION,
        "location": format!("{BASE}/{kind}/{id}"),
    });
    if let Value::Object(members) = &mut written {
        // Never returned (RFC 7643 §7).
        members.remove("password");
    }
    Ok(written)
}

/// RFC 7644 §3.5.2, for attributes of the first level, their parts, entries by one comparison, and the extension.
pub(crate) fn patched(resource: &Value, patch: &Value) -> Result<Value, Refusal> {
    let mut resource = resource.clone();
    for operation in patch["Operations"].as_array().into_iter().flatten() {
        let (op, value) = (operation["op"].as_str().unwrap_or_default(), &operation["value"]);
        let Some(path) = operation["path"].as_str() else {
            let given = value.as_object().cloned().unwrap_or_default();
            resource.as_object_mut().expect("an object").extend(given);
            continue;
        };
        if let Some((list, rest)) = path.split_once('[') {
            entries(&mut resource[list], rest, op, value)?;
            continue;
        }
        let nested = path
            .strip_prefix(ENTERPRISE)
            .and_then(|rest| rest.strip_prefix(':'))
            .map(|name| (ENTERPRISE, name));
        let (parent, name) = match nested.or_else(|| path.split_once('.')) {
            Some((parent, name)) => (&mut resource[parent], name),
            None => (&mut resource, path),
        };
        if parent.is_null() {
            *parent = Value::Object(Map::new());
        }
        let members = parent
            .as_object_mut()
            .ok_or_else(|| refuse(400, "invalidPath", "The path attribute was invalid"))?;
        match (op, members.get_mut(name), value) {
            ("remove", ..) => drop(members.remove(name)),
            ("add", Some(Value::Array(list)), Value::Array(more)) => list.extend(more.iter().cloned()),
            _ => drop(members.insert(name.to_owned(), value.clone())),
        }
    }
    Ok(resource)
}

/// Changes the entries of a list for which `attribute eq value` holds, or a part of each.
fn entries(list: &mut Value, rest: &str, op: &str, value: &Value) -> Result<(), Refusal> {
    let wrong = || refuse(400, "invalidPath", "The path attribute was invalid");
    let (condition, part) = rest.split_once(']').ok_or_else(wrong)?;
    let (attribute, wanted) = condition.split_once(" eq ").ok_or_else(wrong)?;
    let wanted: Value = serde_json::from_str(wanted).map_err(|_| wrong())?;
    let found = |entry: &Value| entry[attribute] == wanted;
    let list = list.as_array_mut().ok_or_else(wrong)?;
    if !list.iter().any(found) {
        return Err(refuse(400, "noTarget", "The filter matched nothing"));
    }
    match part.strip_prefix('.') {
        None if op == "remove" => list.retain(|entry| !found(entry)),
        part => list
            .iter_mut()
            .filter(|entry| found(entry))
            .for_each(|entry| match part {
                Some(part) => entry[part] = value.clone(),
                None => *entry = value.clone(),
            }),
    }
    Ok(())
}

/// The data of a bulk operation, with the id of the user that the request creates (RFC 7644 §3.7.2).
pub(crate) fn resolved(data: &Value) -> Value {
    match data {
        Value::String(text) if text.starts_with("bulkId:") => json!(NEW_USER),
        Value::Array(items) => items.iter().map(resolved).collect(),
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(name, value)| (name.clone(), resolved(value)))
                .collect(),
        ),
        other => other.clone(),
    }
}
