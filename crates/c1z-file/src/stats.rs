//! The `stats` column of a sync: counts and timings as JSON.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Counts and timings of one sync, in the JSON form of `c1.reader.v2.SyncStats` that the Baton tools read: proto
/// field names, plain numbers, zeros and empty maps left out.
///
/// ```
/// let mut stats = c1z_file::Stats::default();
/// (stats.resource_types, stats.resources) = (1, 2);
/// assert_eq!(stats.to_json(), r#"{"resource_types":1,"resources":2}"#);
/// assert_eq!(c1z_file::Stats::from_json(&stats.to_json()).unwrap(), stats);
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Stats {
    /// Resource types.
    pub resource_types: u64,
    /// Resources.
    pub resources: u64,
    /// Entitlements; readers expect none for [`SyncType::ResourcesOnly`](crate::SyncType::ResourcesOnly).
    pub entitlements: u64,
    /// Grants; readers expect none for [`SyncType::ResourcesOnly`](crate::SyncType::ResourcesOnly).
    pub grants: u64,
    /// Resources by their resource type.
    pub resources_by_resource_type: BTreeMap<String, u64>,
    /// Grants by the resource type of their entitlement's resource.
    pub grants_by_resource_type: BTreeMap<String, u64>,
    /// Entitlements by the type of their resource.
    pub entitlements_by_resource_type: BTreeMap<String, u64>,
    /// Assets.
    pub assets: u64,
    /// Milliseconds by step of the sync.
    pub step_durations_ms: BTreeMap<String, u64>,
    /// Calls of the connector by method.
    pub connector_call_stats: BTreeMap<String, CallStats>,
    /// Calls of the session store by operation.
    pub session_store_stats: BTreeMap<String, CallStats>,
    /// Members that this crate does not know, as found.
    pub other: BTreeMap<String, Value>,
}

/// How often something was called, and how long it took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallStats {
    /// Calls.
    pub count: u64,
    /// Their time together, in milliseconds.
    pub total_ms: u64,
    /// The longest, in milliseconds.
    pub max_ms: u64,
    /// Calls that failed.
    pub errors: u64,
    /// Calls that timed out.
    pub timeouts: u64,
}

impl Stats {
    /// The JSON text of the column: known members in the order of the message, then [`other`](Self::other).
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = JsonObject::default();
        out.number("resource_types", self.resource_types);
        out.number("resources", self.resources);
        out.number("entitlements", self.entitlements);
        out.number("grants", self.grants);
        out.numbers("resources_by_resource_type", &self.resources_by_resource_type);
        out.numbers("grants_by_resource_type", &self.grants_by_resource_type);
        out.numbers(
            "entitlements_by_resource_type",
            &self.entitlements_by_resource_type,
        );
        out.number("assets", self.assets);
        out.numbers("step_durations_ms", &self.step_durations_ms);
        out.calls("connector_call_stats", &self.connector_call_stats);
        out.calls("session_store_stats", &self.session_store_stats);
        for (name, value) in &self.other {
            out.member(name, value.to_string());
        }
        out.finish()
    }

    /// Reads the column. Members of unknown name are kept in [`other`](Self::other).
    ///
    /// # Errors
    /// When the text is not a JSON object, or a known member is not a count that is zero or more.
    pub fn from_json(text: &str) -> Result<Self, StatsError> {
        let mut members: Map<String, Value> = serde_json::from_str(text).map_err(StatsError::Json)?;
        let members = &mut members;
        Ok(Self {
            resource_types: take(members, "resource_types", number)?,
            resources: take(members, "resources", number)?,
            entitlements: take(members, "entitlements", number)?,
            grants: take(members, "grants", number)?,
            resources_by_resource_type: take(members, "resources_by_resource_type", |v| map(v, number))?,
            grants_by_resource_type: take(members, "grants_by_resource_type", |v| map(v, number))?,
            entitlements_by_resource_type: take(members, "entitlements_by_resource_type", |v| {
                map(v, number)
            })?,
            assets: take(members, "assets", number)?,
            step_durations_ms: take(members, "step_durations_ms", |v| map(v, number))?,
            connector_call_stats: take(members, "connector_call_stats", |v| map(v, call))?,
            session_store_stats: take(members, "session_store_stats", |v| map(v, call))?,
            other: std::mem::take(members).into_iter().collect(),
        })
    }
}

/// Why a `stats` column cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StatsError {
    /// The text is not a JSON object.
    #[error("cannot read the statistics: {0}")]
    Json(#[source] serde_json::Error),
    /// A known member has a value of the wrong kind.
    #[error("cannot read the statistics: {0} is not a count")]
    Member(&'static str),
}

fn take<T: Default>(
    members: &mut Map<String, Value>,
    name: &'static str,
    read: impl Fn(&Value) -> Option<T>,
) -> Result<T, StatsError> {
    match members.remove(name) {
        None | Some(Value::Null) => Ok(T::default()),
        Some(value) => read(&value).ok_or(StatsError::Member(name)),
    }
}

fn number(value: &Value) -> Option<u64> {
    value.as_u64()
}

fn map<T>(value: &Value, read: impl Fn(&Value) -> Option<T>) -> Option<BTreeMap<String, T>> {
    value
        .as_object()?
        .iter()
        .map(|(name, value)| Some((name.clone(), read(value)?)))
        .collect()
}

fn call(value: &Value) -> Option<CallStats> {
    let members = value.as_object()?;
    let count = |name| members.get(name).map_or(Some(0), number);
    Some(CallStats {
        count: count("count")?,
        total_ms: count("total_ms")?,
        max_ms: count("max_ms")?,
        errors: count("errors")?,
        timeouts: count("timeouts")?,
    })
}

/// A JSON object under construction. Written by hand because the order of members is the message's, which a
/// sorted map would lose, and because empty members are left out.
#[derive(Default)]
struct JsonObject(String);

impl JsonObject {
    fn member(&mut self, name: &str, json: String) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        self.0.push_str(&Value::from(name).to_string());
        self.0.push(':');
        self.0.push_str(&json);
    }

    fn number(&mut self, name: &str, number: u64) {
        if number != 0 {
            self.member(name, number.to_string());
        }
    }

    fn numbers(&mut self, name: &str, numbers: &BTreeMap<String, u64>) {
        if !numbers.is_empty() {
            let mut object = Self::default();
            for (name, number) in numbers {
                object.member(name, number.to_string());
            }
            self.member(name, object.finish());
        }
    }

    fn calls(&mut self, name: &str, calls: &BTreeMap<String, CallStats>) {
        if !calls.is_empty() {
            let mut object = Self::default();
            for (name, call) in calls {
                let mut members = Self::default();
                members.number("count", call.count);
                members.number("total_ms", call.total_ms);
                members.number("max_ms", call.max_ms);
                members.number("errors", call.errors);
                members.number("timeouts", call.timeouts);
                object.member(name, members.finish());
            }
            self.member(name, object.finish());
        }
    }

    fn finish(self) -> String {
        if self.0.is_empty() {
            "{}".to_owned()
        } else {
            self.0 + "}"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The column of an artifact written by the Go SDK, plus the members that only other engines fill.
    const FULL: &str = r#"{"resource_types":5,"resources":14,"entitlements":27,"grants":28,"resources_by_resource_type":{"api_token":2,"group":3,"organization":1},"grants_by_resource_type":{"group":12},"entitlements_by_resource_type":{"group":3,"workspace":20},"assets":1,"step_durations_ms":{"list":7},"connector_call_stats":{"ListResources":{"count":3,"total_ms":9,"max_ms":4}},"session_store_stats":{"Get":{"count":1,"errors":1,"timeouts":1}},"new_member":[1]}"#;

    #[track_caller]
    fn check_refused(text: &str, expected: &str) {
        assert_eq!(Stats::from_json(text).unwrap_err().to_string(), expected);
    }

    #[test]
    fn every_member_comes_back_in_order() {
        let stats = Stats::from_json(FULL).unwrap();
        assert_eq!(stats.to_json(), FULL);
        assert_eq!(stats.resources_by_resource_type["organization"], 1);
        assert_eq!(stats.other["new_member"], Value::from(vec![1]));
    }

    #[test]
    fn empty_is_an_empty_object() {
        assert_eq!(Stats::default().to_json(), "{}");
        assert_eq!(Stats::from_json("{}").unwrap(), Stats::default());
    }

    #[test]
    fn names_are_escaped() {
        let stats = Stats {
            resources_by_resource_type: BTreeMap::from([("a\"b\n".to_owned(), 1)]),
            ..Stats::default()
        };
        assert_eq!(Stats::from_json(&stats.to_json()).unwrap(), stats);
    }

    #[test]
    fn wrong_kinds_are_refused() {
        check_refused(
            r#"{"grants":-1}"#,
            "cannot read the statistics: grants is not a count",
        );
        check_refused(
            r#"{"resources_by_resource_type":{"user":"7"}}"#,
            "cannot read the statistics: resources_by_resource_type is not a count",
        );
        check_refused(
            "[]",
            "cannot read the statistics: invalid type: sequence, expected a map at line 1 column 0",
        );
    }
}
