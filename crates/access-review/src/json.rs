//! Messages as protobuf JSON, in the shapes of `baton.v1` that the reader of the Go SDK prints.

use crate::cache::Cache;
use crate::error::ReviewError;
use connector_proto::connector::v2;
use connector_proto::json::{self, Error};
use prost::Message as _;
use prost_types::Any;
use serde_json::{Value, json};
use std::rc::Rc;

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

/// The JSON of parts of grants, by the encoded part. Among many grants these are few, and to make JSON of messages takes most of
/// the time of a list.
pub(crate) type Parts = Cache<Vec<u8>, Rc<str>>;

/// The JSON of a grant on one line, as [`of`] makes it, put together from its parts.
pub(crate) fn of_grant(grant: &v2::Grant, parts: &Parts) -> Result<String, ReviewError> {
    let failed = |error| match error {
        ReviewError::Json { source, .. } => ReviewError::Json {
            what: grant.named(),
            source,
        },
        other => other,
    };
    // The members of a grant that has nothing but this part.
    let part = |of: u8, encoded: Vec<u8>, alone: &dyn Fn() -> v2::Grant| -> Result<Rc<str>, ReviewError> {
        let mut key = encoded;
        key.push(of);
        let size = |made: &Rc<str>| 2 * made.len() + 200;
        let made = parts.get(key.as_slice(), size, |_| {
            let json = self::of(&alone())?;
            Ok(Rc::from(&json[1..json.len() - 1]))
        });
        made.map_err(failed)
    };
    let mut line = String::with_capacity(1024);
    // Members stand in the order of their names.
    if !grant.annotations.is_empty() {
        let alone = || v2::Grant {
            annotations: grant.annotations.clone(),
            ..Default::default()
        };
        add(&mut line, &part(1, alone().encode_to_vec(), &alone)?);
    }
    if let Some(entitlement) = &grant.entitlement {
        let alone = || v2::Grant {
            entitlement: Some(entitlement.clone()),
            ..Default::default()
        };
        add(&mut line, &part(2, entitlement.encode_to_vec(), &alone)?);
    }
    if !grant.id.is_empty() {
        add(&mut line, &format!("\"id\":{}", Value::from(&*grant.id)));
    }
    if let Some(principal) = &grant.principal {
        let alone = || v2::Grant {
            principal: Some(principal.clone()),
            ..Default::default()
        };
        add(&mut line, &part(3, principal.encode_to_vec(), &alone)?);
    }
    if let Some(sources) = &grant.sources {
        // Each combination of sources is another one, so these are written here.
        let mut entries = String::new();
        for (id, source) in &sources.sources {
            let direct = if source.is_direct {
                "{\"isDirect\":true}"
            } else {
                "{}"
            };
            let comma = if entries.is_empty() { "" } else { "," };
            entries += &format!("{comma}{}:{direct}", Value::from(&**id));
        }
        let all = match entries.as_str() {
            "" => String::new(),
            entries => format!("\"sources\":{{{entries}}}"),
        };
        add(&mut line, &format!("\"sources\":{{{all}}}"));
    }
    if line.is_empty() {
        line.push('{');
    }
    line.push('}');
    Ok(line)
}

fn add(line: &mut String, members: &str) {
    line.push(if line.is_empty() { '{' } else { ',' });
    line.push_str(members);
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

#[cfg(test)]
mod tests {
    use super::*;
    use connector_proto::{any, wkt};

    /// What is put together from parts is what the whole gives, also for parts that were seen before.
    #[test]
    fn a_grant_of_parts_is_the_grant() {
        let id = |kind: &str, id: &str| v2::ResourceId {
            resource_type: kind.into(),
            resource: id.into(),
            ..Default::default()
        };
        let resource = |kind: &str, of: &str| v2::Resource {
            id: Some(id(kind, of)),
            display_name: format!("{of} \"\u{e9}\u{2028}\""),
            annotations: vec![any::pack(&v2::RawId { id: of.into() })],
            ..Default::default()
        };
        let entitlement = v2::Entitlement {
            id: "group:1:member".into(),
            resource: Some(resource("group", "1")),
            ..Default::default()
        };
        let source = v2::grant_sources::GrantSource { is_direct: true };
        let whole = v2::Grant {
            entitlement: Some(entitlement),
            principal: Some(resource("user", "2")),
            id: "a\"b".into(),
            sources: Some(v2::GrantSources {
                sources: [
                    ("group:3:member".to_owned(), source),
                    (String::new(), Default::default()),
                ]
                .into(),
            }),
            annotations: vec![
                any::pack(&v2::GrantImmutable::default()),
                any::pack(&v2::GrantMetadata {
                    metadata: Some(wkt::object([("dormant", true.into())])),
                }),
                Any {
                    type_url: "type.googleapis.com/some.Thing".into(),
                    value: vec![1, 255],
                },
            ],
        };
        let parts = Parts::new(1 << 20);
        for members in 0_u32..64 {
            let has = |bit: u32| members & (1 << bit) != 0;
            let mut grant = whole.clone();
            grant.entitlement = grant.entitlement.filter(|_| has(0));
            grant.principal = grant.principal.filter(|_| has(1)).map(|principal| match has(5) {
                true => principal,
                false => v2::Resource::default(),
            });
            grant.id = grant.id.chars().filter(|_| has(2)).collect();
            grant.sources = grant.sources.filter(|_| has(3));
            if let Some(sources) = grant.sources.as_mut().filter(|_| has(5)) {
                sources.sources.clear();
            }
            grant.annotations.truncate(if has(4) { 3 } else { 0 });
            assert_eq!(
                of_grant(&grant, &parts).unwrap(),
                of(&grant).unwrap(),
                "{grant:?}"
            );
        }
    }
}
