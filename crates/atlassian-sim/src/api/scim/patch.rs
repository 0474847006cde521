//! Partial changes (RFC 7644, section 3.5.2), in both dialects of identity providers.

use super::attributes::{ENTERPRISE_TEXTS, NAME_PARTS, READ_ONLY, TEXTS, canonical, check_one, complete};
use super::invalid;
use crate::model::scim::ENTERPRISE;
use crate::wire::Refusal;
use serde_json::{Map, Value, json};

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Add,
    Replace,
    Remove,
}

/// One operation.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) kind: Kind,
    pub(super) path: Option<String>,
    pub(super) value: Option<Value>,
}

/// The operations of a body. `Operations` is the documented spelling, `operations` that of the vendor's schema; case of
/// `op` does not matter.
pub(super) fn operations(body: &Map<String, Value>) -> Result<Vec<Operation>, Refusal> {
    let list = body.get("Operations").or_else(|| body.get("operations"));
    let Some(Value::Array(list)) = list else {
        return Err(invalid("invalidSyntax", "Operations is required"));
    };
    list.iter()
        .map(|operation| {
            let word = operation["op"].as_str().unwrap_or_default().to_ascii_lowercase();
            let kind = match word.as_str() {
                "add" => Kind::Add,
                "replace" => Kind::Replace,
                "remove" => Kind::Remove,
                _ => return Err(invalid("invalidSyntax", format!("Unknown op [{word}]"))),
            };
            Ok(Operation {
                kind,
                path: operation["path"].as_str().map(str::to_owned),
                value: operation.get("value").cloned(),
            })
        })
        .collect()
}

/// The attributes of a record after some operations.
///
/// # Errors
///
/// 400 for paths and values that the record cannot have, and when the result lacks what every record must have.
pub(super) fn apply(
    own: &Map<String, Value>,
    operations: &[Operation],
) -> Result<Map<String, Value>, Refusal> {
    let mut own = own.clone();
    for operation in operations {
        match (&operation.path, &operation.value) {
            (Some(path), value) => at_path(&mut own, operation.kind, path, value.as_ref())?,
            (None, Some(Value::Object(members))) if operation.kind != Kind::Remove => {
                for (path, value) in members {
                    // Clients send whole records back, with what they cannot write.
                    if !is_read_only(path) {
                        at_path(&mut own, operation.kind, path, Some(value))?;
                    }
                }
            }
            (None, _) => return Err(invalid("noTarget", "The operation has no target")),
        }
    }
    own.entry("active").or_insert(Value::Bool(true));
    own.entry("phoneNumbers").or_insert(json!([]));
    complete(&own)?;
    Ok(own)
}

fn is_read_only(path: &str) -> bool {
    READ_ONLY.iter().any(|name| name.eq_ignore_ascii_case(path))
}

fn at_path(
    own: &mut Map<String, Value>,
    kind: Kind,
    path: &str,
    value: Option<&Value>,
) -> Result<(), Refusal> {
    let wrong_path = || invalid("invalidPath", format!("Invalid path [{path}]"));
    if is_read_only(path) {
        return Err(invalid("mutability", format!("Attribute [{path}] is read only")));
    }
    let value = match (kind, value) {
        (Kind::Remove, _) | (_, Some(Value::Null)) => None,
        (_, Some(value)) => Some(value),
        (_, None) => return Err(invalid("invalidValue", "The operation has no value")),
    };
    if let Some((list, filter, sub)) = value_path(path) {
        let name = canonical(list)
            .filter(|name| matches!(*name, "emails" | "phoneNumbers"))
            .ok_or_else(wrong_path)?;
        return in_list(own, kind, name, filter, sub, value, path);
    }
    // The URN of the extension has dots of its own.
    let nested = path
        .strip_prefix(ENTERPRISE)
        .and_then(|rest| rest.strip_prefix([':', '.']))
        .map(|sub| (ENTERPRISE, sub))
        .or_else(|| path.split_once('.').filter(|_| !path.starts_with("urn:")));
    if let Some((parent, sub)) = nested {
        let parent = canonical(parent).ok_or_else(wrong_path)?;
        let known: &[&'static str] = match parent {
            "name" => &NAME_PARTS,
            ENTERPRISE => &ENTERPRISE_TEXTS,
            _ => return Err(wrong_path()),
        };
        let sub = known
            .iter()
            .find(|name| name.eq_ignore_ascii_case(sub))
            .ok_or_else(wrong_path)?;
        let mut members = own
            .get(parent)
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default();
        match value {
            Some(value) => drop(members.insert((*sub).to_owned(), value.clone())),
            None => drop(members.remove(*sub)),
        }
        own.insert(parent.to_owned(), check_one(parent, &Value::Object(members))?);
        return Ok(());
    }
    let name = canonical(path).ok_or_else(wrong_path)?;
    let Some(value) = value else {
        own.remove(name);
        return Ok(());
    };
    let checked = check_one(name, value)?;
    match (kind, own.get_mut(name), checked) {
        (Kind::Add, Some(Value::Array(list)), Value::Array(more)) => {
            let fresh: Vec<Value> = more.into_iter().filter(|one| !list.contains(one)).collect();
            list.extend(fresh);
        }
        (_, Some(Value::Object(members)), Value::Object(more)) if !TEXTS.contains(&name) => {
            members.extend(more);
        }
        (_, _, checked) => drop(own.insert(name.to_owned(), checked)),
    }
    Ok(())
}

/// `list[filter]` or `list[filter].sub`.
fn value_path(path: &str) -> Option<(&str, &str, Option<&str>)> {
    let (list, rest) = path.split_once('[')?;
    let (filter, rest) = rest.split_once(']')?;
    Some((list, filter, rest.strip_prefix('.')))
}

/// Changes the entries of a list that pass a filter.
fn in_list(
    own: &mut Map<String, Value>,
    kind: Kind,
    name: &'static str,
    filter: &str,
    sub: Option<&str>,
    value: Option<&Value>,
    path: &str,
) -> Result<(), Refusal> {
    let (attribute, wanted) = comparison(filter)
        .filter(|(attribute, _)| matches!(attribute.as_str(), "type" | "value" | "primary"))
        .ok_or_else(|| invalid("invalidPath", format!("Invalid path [{path}]")))?;
    let mut list = own
        .get(name)
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let hits: Vec<usize> = (0..list.len())
        .filter(|place| list[*place].get(attribute.as_str()) == Some(&wanted))
        .collect();
    if hits.is_empty() && kind == Kind::Add {
        let mut entry = Map::new();
        entry.insert(attribute, wanted);
        list.push(set(Value::Object(entry), sub, value));
    } else if hits.is_empty() {
        return Err(invalid("noTarget", format!("Nothing matches path [{path}]")));
    }
    if value.is_none() && sub.is_none() {
        list = (0..list.len())
            .filter(|place| !hits.contains(place))
            .map(|place| list[place].clone())
            .collect();
    } else {
        for place in hits {
            list[place] = set(list[place].clone(), sub, value);
        }
    }
    own.insert(name.to_owned(), check_one(name, &Value::Array(list))?);
    Ok(())
}

/// An entry with a member, or several, set.
fn set(entry: Value, sub: Option<&str>, value: Option<&Value>) -> Value {
    let Value::Object(mut members) = entry else {
        return entry;
    };
    match (sub, value) {
        (Some(sub), Some(value)) => drop(members.insert(sub.to_owned(), value.clone())),
        (Some(sub), None) => drop(members.remove(sub)),
        (None, Some(Value::Object(more))) => members.extend(more.clone()),
        (None, _) => {}
    }
    Value::Object(members)
}

/// `attribute eq value` with a text or a truth value.
pub(super) fn comparison(filter: &str) -> Option<(String, Value)> {
    let (attribute, rest) = filter.trim().split_once(' ')?;
    let (operator, value) = rest.trim_start().split_once(' ')?;
    let value = serde_json::from_str(value.trim()).ok()?;
    operator
        .eq_ignore_ascii_case("eq")
        .then(|| (attribute.to_owned(), value))
}
