//! What users and groups have in common for the operations on them.

use crate::decode::Attributes;
use crate::exact;
use crate::operation::{self, Operation};
use crate::parameter::ParameterError;
use crate::{GROUP_SCHEMA, Group, GroupId, USER_SCHEMA, User, UserId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;

/// A resource with endpoints of its own: [`User`] or [`Group`]. Others cannot implement it.
pub trait Resource: Serialize + Clone + fmt::Debug + Send + Sync + sealed::Sealed + 'static {
    /// The type of its id.
    type Id: AsRef<str>
        + Clone
        + fmt::Debug
        + fmt::Display
        + PartialEq
        + Serialize
        + DeserializeOwned
        + Send
        + Sync;

    /// Which of the two it is.
    const KIND: ResourceKind;

    /// Its schema.
    const SCHEMA: &'static str;
}

/// Users or groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResourceKind {
    /// Users.
    User,
    /// Groups.
    Group,
}

/// The operations on one kind of resource.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) list: Operation,
    pub(crate) search: Operation,
    pub(crate) create: Operation,
    pub(crate) get: Operation,
    pub(crate) replace: Operation,
    pub(crate) patch: Operation,
    pub(crate) delete: Operation,
    /// The path in a bulk request.
    pub(crate) path: &'static str,
}

impl Resource for User {
    type Id = UserId;
    const KIND: ResourceKind = ResourceKind::User;
    const SCHEMA: &'static str = USER_SCHEMA;
}

impl Resource for Group {
    type Id = GroupId;
    const KIND: ResourceKind = ResourceKind::Group;
    const SCHEMA: &'static str = GROUP_SCHEMA;
}

impl ResourceKind {
    pub(crate) fn endpoint(self) -> &'static Endpoint {
        match self {
            Self::User => &operation::USERS,
            Self::Group => &operation::GROUPS,
        }
    }

    pub(crate) fn schema(self) -> &'static str {
        match self {
            Self::User => USER_SCHEMA,
            Self::Group => GROUP_SCHEMA,
        }
    }
}

impl fmt::Display for ResourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::User => "user",
            Self::Group => "group",
        })
    }
}

/// Attributes that only the server sets: a resource that was read can be written as it is.
const READ_ONLY: [&str; 3] = ["id", "meta", "groups"];

/// The object that is sent for a resource: without what is read-only, and with the schemas of what is there.
///
/// `read_only` are further names that this provider alone sets.
pub(crate) fn sendable(
    kind: ResourceKind,
    mut object: Map<String, Value>,
    read_only: &[&str],
) -> Map<String, Value> {
    let unsent = |name: &str| {
        let mut all = READ_ONLY.iter().chain(read_only);
        all.any(|other| name.eq_ignore_ascii_case(other))
    };
    object.retain(|name, _| !unsent(name) && !name.eq_ignore_ascii_case("schemas"));
    let extensions = object
        .iter()
        .filter(|(name, value)| is_extension(name) && value.is_object())
        .map(|(name, _)| name.clone());
    let schemas: Vec<Value> = std::iter::once(kind.schema().to_owned())
        .chain(extensions)
        .map(Value::String)
        .collect();
    object.insert("schemas".to_owned(), Value::Array(schemas));
    object
}

/// The members of a resource, and the JSON of each to the last digit.
#[derive(Clone)]
pub(crate) struct Object(BTreeMap<String, Box<RawValue>>);

/// The members of a resource.
pub(crate) fn object<R: Resource>(resource: &R) -> Result<Object, ParameterError> {
    let json = serde_json::to_string(resource).and_then(|json| serde_json::from_str(&json));
    json.map(Object).map_err(|_| ParameterError::NotJson {
        parameter: "resource",
    })
}

impl Object {
    pub(crate) fn values(&self) -> Map<String, Value> {
        let values = self.0.iter();
        values
            .map(|(name, json)| (name.clone(), exact::value(json)))
            .collect()
    }

    /// What is sent: the members that are left of [`values`](Self::values), as they stand here, under these schemas.
    pub(crate) fn sent(&self, body: &Map<String, Value>) -> BTreeMap<String, Box<RawValue>> {
        let exactly = |name: &str| self.0.get(name).filter(|_| name != "schemas").cloned();
        body.iter()
            .filter_map(|(name, value)| {
                let json = exactly(name).or_else(|| RawValue::from_string(value.to_string()).ok())?;
                Some((name.clone(), json))
            })
            .collect()
    }
}

/// Whether a member of a resource is an extension: its name is then the URN of a schema (RFC 7643 §3.3).
pub(crate) fn is_extension(name: &str) -> bool {
    name.get(..4)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("urn:"))
}

mod sealed {
    use super::{Attributes, Group, User};

    /// Keeps [`Resource`](super::Resource) to this crate, which alone knows how its members are read.
    pub trait Sealed: Attributes {
        /// The schemas that the server lists.
        fn schemas(&self) -> &[String];
    }

    impl Sealed for User {
        fn schemas(&self) -> &[String] {
            &self.schemas
        }
    }
    impl Sealed for Group {
        fn schemas(&self) -> &[String] {
            &self.schemas
        }
    }
}
