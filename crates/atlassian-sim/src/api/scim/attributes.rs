//! What clients may write into a user record, checked (RFC 7643, section 4.1, as the vendor has it).

use super::invalid;
use crate::model::scim::ENTERPRISE;
use crate::wire::Refusal;
use serde_json::{Map, Value, json};

/// Attributes that are one text.
pub(super) const TEXTS: [&str; 9] = [
    "userName",
    "externalId",
    "displayName",
    "nickName",
    "title",
    "preferredLanguage",
    "timezone",
    "department",
    "organization",
];

/// The parts of a name.
pub(super) const NAME_PARTS: [&str; 6] = [
    "formatted",
    "familyName",
    "givenName",
    "middleName",
    "honorificPrefix",
    "honorificSuffix",
];

/// What the enterprise extension has.
pub(super) const ENTERPRISE_TEXTS: [&str; 2] = ["department", "organization"];

/// What clients cannot write.
pub(super) const READ_ONLY: [&str; 5] = [
    "id",
    "schemas",
    "meta",
    "groups",
    "urn:scim:schemas:extension:atlassian-external:1.0",
];

/// The attributes of a new or replaced record. What clients cannot write is ignored, and so is what the vendor does
/// not know; what is left out is not there afterwards.
///
/// # Errors
///
/// 400 for a value of the wrong type, for a record without `userName`, and for one without exactly one primary address.
pub(super) fn check(given: &Map<String, Value>) -> Result<Map<String, Value>, Refusal> {
    let mut own = Map::new();
    for (key, value) in given {
        let Some(name) = canonical(key) else { continue };
        if value.is_null() {
            continue;
        }
        own.insert(name.to_owned(), check_one(name, value)?);
    }
    own.entry("active").or_insert(Value::Bool(true));
    own.entry("phoneNumbers").or_insert(json!([]));
    complete(&own)?;
    Ok(own)
}

/// The vendor's spelling of an attribute that clients can write. Case does not matter (RFC 7643, section 2.1).
pub(super) fn canonical(name: &str) -> Option<&'static str> {
    TEXTS
        .into_iter()
        .chain(["name", "emails", "phoneNumbers", "active", ENTERPRISE])
        .find(|known| known.eq_ignore_ascii_case(name))
}

/// The value of one attribute in the form that is kept.
pub(super) fn check_one(name: &str, value: &Value) -> Result<Value, Refusal> {
    let wrong = || invalid("invalidValue", format!("Attribute [{name}] has an invalid value"));
    match (name, value) {
        ("active", Value::Bool(_)) => Ok(value.clone()),
        // One identity provider writes it as a text.
        ("active", Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(json!(true)),
        ("active", Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(json!(false)),
        ("name", Value::Object(parts)) => texts(parts, &NAME_PARTS).ok_or_else(wrong),
        (ENTERPRISE, Value::Object(parts)) => texts(parts, &ENTERPRISE_TEXTS).ok_or_else(wrong),
        ("emails", Value::Array(list)) => entries(list, true).ok_or_else(wrong),
        ("phoneNumbers", Value::Array(list)) => entries(list, false).ok_or_else(wrong),
        (name, Value::String(_)) if TEXTS.contains(&name) => Ok(value.clone()),
        _ => Err(wrong()),
    }
}

/// An object whose known members are texts.
fn texts(given: &Map<String, Value>, known: &[&str]) -> Option<Value> {
    let mut own = Map::new();
    for (key, value) in given {
        let Some(name) = known.iter().find(|name| name.eq_ignore_ascii_case(key)) else {
            continue;
        };
        match value {
            Value::Null => {}
            Value::String(_) => drop(own.insert((*name).to_owned(), value.clone())),
            _ => return None,
        }
    }
    Some(Value::Object(own))
}

/// A list of values with a type and a mark for the primary one.
fn entries(list: &[Value], addresses: bool) -> Option<Value> {
    let entry = |entry: &Value| {
        let value = entry.get("value")?.as_str()?;
        if addresses && !is_address(value) {
            return None;
        }
        let primary = match entry.get("primary") {
            None | Some(Value::Null) => false,
            Some(Value::Bool(primary)) => *primary,
            Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
            Some(_) => return None,
        };
        let mut own = json!({ "value": value, "primary": primary });
        if let Some(kind) = entry.get("type").filter(|kind| !kind.is_null()) {
            own["type"] = json!(kind.as_str()?);
        }
        Some(own)
    };
    list.iter().map(entry).collect()
}

fn is_address(text: &str) -> bool {
    text.split_once('@')
        .is_some_and(|(mailbox, domain)| !mailbox.is_empty() && domain.contains('.'))
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// What every record must have.
pub(super) fn complete(own: &Map<String, Value>) -> Result<(), Refusal> {
    let name = own.get("userName").and_then(Value::as_str).unwrap_or_default();
    if name.trim().is_empty() {
        return Err(invalid("invalidValue", "Attribute [userName] is required"));
    }
    let emails = own.get("emails").and_then(Value::as_array);
    let primary = emails
        .into_iter()
        .flatten()
        .filter(|email| email["primary"] == true)
        .count();
    if primary == 1 {
        Ok(())
    } else {
        Err(invalid(
            "invalidValue",
            "Attribute [emails] must have exactly one primary address",
        ))
    }
}
