//! A resource of any kind: what a search over all of them finds.

use crate::exact;
use crate::{GROUP_SCHEMA, Group, Stored, USER_SCHEMA, User};
use serde::de::{self, Deserialize, Deserializer};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A resource of any kind, told apart by its schemas.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum AnyResource {
    /// A user.
    User(Box<Stored<User>>),
    /// A group.
    Group(Box<Stored<Group>>),
    /// A resource of another kind, as it came.
    Other(Map<String, Value>),
}

impl<'de> Deserialize<'de> for AnyResource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Box::<RawValue>::deserialize(deserializer)?;
        let members: BTreeMap<String, Box<RawValue>> =
            serde_json::from_str(json.get()).map_err(de::Error::custom)?;
        let members: Map<String, Value> = members
            .into_iter()
            .map(|(name, json)| (name, exact::value(&json)))
            .collect();
        let named = |urn: &str| {
            let is = |schema: &Value| {
                schema
                    .as_str()
                    .is_some_and(|schema| schema.eq_ignore_ascii_case(urn))
            };
            members
                .iter()
                .filter(|(name, _)| name.eq_ignore_ascii_case("schemas"))
                .any(|(_, schemas)| match schemas {
                    Value::Array(schemas) => schemas.iter().any(is),
                    one => is(one),
                })
        };
        // From the text again: there the numbers stand to the last digit.
        let made = if named(USER_SCHEMA) {
            serde_json::from_str(json.get()).map(|user| Self::User(Box::new(user)))
        } else if named(GROUP_SCHEMA) {
            serde_json::from_str(json.get()).map(|group| Self::Group(Box::new(group)))
        } else {
            return Ok(Self::Other(members));
        };
        made.map_err(de::Error::custom)
    }
}

impl Serialize for AnyResource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::User(user) => user.serialize(serializer),
            Self::Group(group) => group.serialize(serializer),
            Self::Other(members) => members.serialize(serializer),
        }
    }
}

impl std::fmt::Debug for AnyResource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::User(user) => user.fmt(f),
            Self::Group(group) => group.fmt(f),
            // A value may be the address of a person.
            Self::Other(members) => f.debug_tuple("Other").field(&members.keys()).finish(),
        }
    }
}
