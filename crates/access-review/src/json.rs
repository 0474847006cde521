//! Messages as protobuf JSON, in the shapes of `baton.v1` that the reader of the Go SDK prints.

use crate::error::ReviewError;
use connector_proto::connector::v2;
use connector_proto::json::{self, Error};
use prost_types::Any;
use serde_json::{Value, json};

/// A message that has annotations.
pub trait ToJson {
    #[doc(hidden)]
    fn to_value(&self, leave_out: &[Any]) -> Result<Value, Error>;
    #[doc(hidden)]
    fn annotations(&self) -> &[Any];
    #[doc(hidden)]
    fn named(&self) -> String;
}

macro_rules! to_json {
    ($message:ty, $name:literal, $id:expr) => {
        impl ToJson for $message {
            fn to_value(&self, leave_out: &[Any]) -> Result<Value, Error> {
                if leave_out.is_empty() {
                    return json::to_value(self);
                }
                let mut known = self.clone();
                known
                    .annotations
                    .retain(|annotation| !leave_out.contains(annotation));
                json::to_value(&known)
            }

            fn annotations(&self) -> &[Any] {
                &self.annotations
            }

            fn named(&self) -> String {
                let id: fn(&Self) -> String = $id;
                format!("{} {:?}", $name, id(self))
            }
        }
    };
}

to_json!(v2::ResourceType, "resource type", |message| message.id.clone());
to_json!(v2::Resource, "resource", |message| {
    message.id.clone().unwrap_or_default().resource
});
to_json!(v2::Entitlement, "entitlement", |message| message.id.clone());
to_json!(v2::Grant, "grant", |message| message.id.clone());

/// The JSON of a message on one line. An annotation of a type that is not known here stands behind the others with its
/// bytes in hexadecimal.
pub(crate) fn of<T: ToJson>(message: &T) -> Result<String, ReviewError> {
    let mut unknown: Vec<Any> = Vec::new();
    let mut value = loop {
        match message.to_value(&unknown) {
            Ok(value) => break value,
            Err(Error::UnknownType { type_url })
                if message
                    .annotations()
                    .iter()
                    .any(|any| any.type_url == type_url && !unknown.contains(any)) =>
            {
                let of_type = message
                    .annotations()
                    .iter()
                    .filter(|any| any.type_url == type_url);
                unknown.extend(of_type.cloned());
            }
            Err(source) => {
                return Err(ReviewError::Json {
                    what: message.named(),
                    source,
                });
            }
        }
    };
    if !unknown.is_empty()
        && let Some(object) = value.as_object_mut()
    {
        let annotations = object.entry("annotations").or_insert_with(|| json!([]));
        if let Some(annotations) = annotations.as_array_mut() {
            annotations.extend(
                unknown
                    .iter()
                    .map(|any| json!({"@type": any.type_url, "bytes": hex(&any.value)})),
            );
        }
    }
    Ok(value.to_string())
}

/// An object of members that are JSON already; absent ones are left out.
pub(crate) fn object(members: &[(&str, Option<&str>)]) -> String {
    let mut out = String::with_capacity(
        members
            .iter()
            .map(|(name, json)| name.len() + json.map_or(0, str::len) + 4)
            .sum(),
    );
    for (name, json) in members {
        if let Some(json) = json {
            out.push(if out.is_empty() { '{' } else { ',' });
            out.push('"');
            out.push_str(name);
            out.push_str("\":");
            out.push_str(json);
        }
    }
    if out.is_empty() {
        out.push('{');
    }
    out.push('}');
    out
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
