//! Users and groups as SCIM shows them.

use super::{invalid, location};
use crate::model::Model;
use crate::model::scim::ENTERPRISE;
use crate::wire::{Query, Refusal};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// The URN of the vendor's own extension.
pub(super) const EXTERNAL: &str = "urn:scim:schemas:extension:atlassian-external:1.0";

/// The URNs of users and groups.
pub(super) const CORE_USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub(super) const CORE_GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// A user, with what is asked for.
pub(super) fn user(model: &Model, record: u32, selection: &Selection) -> Value {
    let Some(user) = model.scim_user(record) else {
        return Value::Null;
    };
    let (directory, id) = (user.directory, model.scim_user_id(record));
    let base = location(model, directory);
    let account = model.linked_account(record);
    let mut resource = user.attributes.clone();
    resource.entry("externalId").or_insert(json!(""));
    resource.insert("id".to_owned(), json!(id));
    resource.insert("schemas".to_owned(), json!([CORE_USER, ENTERPRISE, EXTERNAL]));
    resource.insert(
        "meta".to_owned(),
        meta("User", &format!("{base}/Users/{id}"), user.created, user.modified),
    );
    let groups: Vec<Value> = account
        .into_iter()
        .flat_map(|account| model.groups_of(account))
        .filter(|group| model.is_synced(*group) && model.group_directory(*group) == directory)
        .map(|group| {
            let id = model.scim_group_id(group);
            json!({
                "type": "Group",
                "value": id,
                "display": model.group_name(group),
                "$ref": format!("{base}/Groups/{id}"),
            })
        })
        .collect();
    resource.insert("groups".to_owned(), json!(groups));
    let link = match account {
        Some(account) => json!({ "atlassianAccountId": model.account_id(account) }),
        None => json!({}),
    };
    resource.insert(EXTERNAL.to_owned(), link);
    Value::Object(selection.select(resource))
}

/// A group with all its members.
pub(super) fn group(model: &Model, group: u32) -> Value {
    let directory = model.group_directory(group);
    let (base, id) = (location(model, directory), model.scim_group_id(group));
    let members: Vec<Value> = model
        .members(group)
        .into_iter()
        .filter_map(|account| model.record_in(account, directory))
        .map(|record| {
            let id = model.scim_user_id(record);
            let user = model.scim_user(record);
            json!({
                "type": "User",
                "value": id,
                "display": user.as_ref().map(|user| user.user_name()),
                "$ref": format!("{base}/Users/{id}"),
            })
        })
        .collect();
    let (created, modified) = model.scim_group_dates(group);
    json!({
        "schemas": [CORE_GROUP],
        "id": id,
        "displayName": model.group_name(group),
        "members": members,
        "meta": meta("Group", &format!("{base}/Groups/{id}"), created, modified),
    })
}

/// Dates have microseconds.
fn meta(kind: &str, location: &str, created: Timestamp, modified: Timestamp) -> Value {
    json!({
        "resourceType": kind,
        "location": location,
        "created": format!("{created:.6}"),
        "lastModified": format!("{modified:.6}"),
    })
}

/// A page of resources. `itemsPerPage` says how many were asked for, not how many there are.
pub(super) fn list(resources: Vec<Value>, total: usize, start: usize, count: usize) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": total,
        "startIndex": start,
        "itemsPerPage": count,
        "Resources": resources,
    })
}

/// Which attributes of a user are asked for (RFC 7644, section 3.9).
#[derive(Debug, Default)]
pub(super) struct Selection {
    only: Option<Vec<String>>,
    without: Option<Vec<String>>,
}

impl Selection {
    /// `attributes` and `excludedAttributes`, which exclude each other.
    pub(super) fn read(query: &Query<'_>) -> Result<Self, Refusal> {
        let names = |parameter| {
            query.first(parameter).map(|list| {
                list.split(',')
                    .map(|name| name.trim().to_ascii_lowercase())
                    .collect()
            })
        };
        let selection = Self {
            only: names("attributes"),
            without: names("excludedAttributes"),
        };
        if selection.only.is_some() && selection.without.is_some() {
            return Err(invalid(
                "invalidValue",
                "attributes and excludedAttributes exclude each other",
            ));
        }
        Ok(selection)
    }

    fn select(&self, mut resource: Map<String, Value>) -> Map<String, Value> {
        if let Some(only) = &self.only {
            let mut kept = Map::new();
            for (name, value) in resource {
                let lower = name.to_ascii_lowercase();
                let whole = matches!(name.as_str(), "id" | "schemas") || only.contains(&lower);
                let parts: Vec<&str> = only
                    .iter()
                    .filter_map(|one| one.strip_prefix(&lower)?.strip_prefix('.'))
                    .collect();
                if whole {
                    kept.insert(name, value);
                } else if !parts.is_empty() {
                    kept.insert(name, keep(value, &|part| parts.contains(&part)));
                }
            }
            return kept;
        }
        for name in self.without.iter().flatten() {
            let (parent, part) = name
                .split_once('.')
                .filter(|_| !name.starts_with("urn:"))
                .map_or((name.as_str(), None), |(parent, part)| (parent, Some(part)));
            let Some(key) = resource
                .keys()
                .find(|key| key.eq_ignore_ascii_case(parent))
                .cloned()
            else {
                continue;
            };
            match part {
                None if matches!(key.as_str(), "id" | "schemas") => {}
                None => drop(resource.remove(&key)),
                Some(part) => {
                    if let Some(value) = resource.remove(&key) {
                        resource.insert(key, keep(value, &|one| one != part));
                    }
                }
            }
        }
        resource
    }
}

/// A value with some of its members only.
fn keep(value: Value, wanted: &dyn Fn(&str) -> bool) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(name, _)| wanted(&name.to_ascii_lowercase()))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(list) => list.into_iter().map(|one| keep(one, wanted)).collect(),
        other => other,
    }
}
