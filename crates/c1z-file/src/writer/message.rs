//! Grants, composed from parts that are encoded already.
//!
//! A grant repeats its entitlement a thousand times over; encoding that part once and joining bytes is several times
//! faster than building and encoding whole messages, and the result is the same: fields stand in the order of their numbers.

use connector_proto::{any, connector::v2};
use prost::Message as _;
use prost::encoding::{WireType, encode_key, encode_varint};
use prost_types::Any;

/// Field numbers of the messages that a grant is made of, by message and field.
mod field {
    pub(super) const RESOURCE_ID_TYPE: u32 = 1;
    pub(super) const RESOURCE_ID_RESOURCE: u32 = 2;
    pub(super) const RESOURCE_ID: u32 = 1;
    pub(super) const RESOURCE_DISPLAY_NAME: u32 = 3;
    pub(super) const ENTITLEMENT_RESOURCE: u32 = 1;
    pub(super) const ENTITLEMENT_ID: u32 = 2;
    pub(super) const GRANT_ENTITLEMENT: u32 = 1;
    pub(super) const GRANT_PRINCIPAL: u32 = 2;
    pub(super) const GRANT_ID: u32 = 3;
    pub(super) const GRANT_ANNOTATIONS: u32 = 4;
    pub(super) const GRANT_SOURCES: u32 = 5;
    pub(super) const SOURCES_SOURCE: u32 = 1;
    pub(super) const MAP_KEY: u32 = 1;
    pub(super) const MAP_VALUE: u32 = 2;
    pub(super) const SOURCE_IS_DIRECT: u32 = 1;
}

/// An entitlement as its grants carry it: its id, and the id and name of its resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntitlementPart(Vec<u8>);

impl EntitlementPart {
    /// The part of this entitlement.
    #[must_use]
    pub fn new(id: &str, resource_type: &str, resource: &str, display_name: &str) -> Self {
        let mut on = Vec::new();
        bytes(&mut on, field::RESOURCE_ID, &resource_id(resource_type, resource));
        text(&mut on, field::RESOURCE_DISPLAY_NAME, display_name);
        let mut part = Vec::new();
        bytes(&mut part, field::ENTITLEMENT_RESOURCE, &on);
        text(&mut part, field::ENTITLEMENT_ID, id);
        Self(part)
    }
}

/// The annotations of a grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnnotationPart(Vec<u8>);

impl AnnotationPart {
    /// The part of a grant that nobody can change (`immutable`), with this metadata.
    #[must_use]
    pub fn new(immutable: bool, metadata: Option<v2::GrantMetadata>) -> Self {
        let mut part = Vec::new();
        let mut add =
            |annotation: &Any| bytes(&mut part, field::GRANT_ANNOTATIONS, &annotation.encode_to_vec());
        if immutable {
            add(&any::pack(&v2::GrantImmutable::default()));
        }
        if let Some(metadata) = metadata {
            add(&any::pack(&metadata));
        }
        Self(part)
    }
}

/// Encodes `c1.connector.v2.Grant` from its parts, into memory that is used again.
#[derive(Debug, Default)]
pub struct GrantEncoder {
    message: Vec<u8>,
    part: Vec<u8>,
    entry: Vec<u8>,
}

impl GrantEncoder {
    /// Encodes a grant, without the expansion, which artifacts keep in a column of its own. The sources are the
    /// entitlements through which it is held, by id, and whether these are held directly.
    pub fn encode<'a>(
        &mut self,
        entitlement: &EntitlementPart,
        principal: (&str, &str),
        id: &str,
        annotations: &AnnotationPart,
        sources: impl Iterator<Item = (&'a str, bool)>,
    ) -> &[u8] {
        let Self { message, part, entry } = self;
        message.clear();
        bytes(message, field::GRANT_ENTITLEMENT, &entitlement.0);
        part.clear();
        let (resource_type, resource) = principal;
        bytes(part, field::RESOURCE_ID, &resource_id(resource_type, resource));
        bytes(message, field::GRANT_PRINCIPAL, part);
        text(message, field::GRANT_ID, id);
        message.extend_from_slice(&annotations.0);
        part.clear();
        for (source, direct) in sources {
            entry.clear();
            text(entry, field::MAP_KEY, source);
            if direct {
                let mut value = Vec::new();
                flag(&mut value, field::SOURCE_IS_DIRECT);
                bytes(entry, field::MAP_VALUE, &value);
            }
            bytes(part, field::SOURCES_SOURCE, entry);
        }
        if !part.is_empty() {
            bytes(message, field::GRANT_SOURCES, part);
        }
        message
    }
}

/// Appends a length-delimited field.
fn bytes(out: &mut Vec<u8>, field: u32, value: &[u8]) {
    encode_key(field, WireType::LengthDelimited, out);
    encode_varint(value.len() as u64, out);
    out.extend_from_slice(value);
}

/// Appends a text field; an empty one is left out, as proto3 does.
fn text(out: &mut Vec<u8>, field: u32, value: &str) {
    if !value.is_empty() {
        bytes(out, field, value.as_bytes());
    }
}

/// Appends a bool field that is true.
fn flag(out: &mut Vec<u8>, field: u32) {
    encode_key(field, WireType::Varint, out);
    encode_varint(1, out);
}

/// `c1.connector.v2.ResourceId`.
fn resource_id(resource_type: &str, resource: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(resource_type.len() + resource.len() + 8);
    text(&mut out, field::RESOURCE_ID_TYPE, resource_type);
    text(&mut out, field::RESOURCE_ID_RESOURCE, resource);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn id(resource_type: &str, resource: &str) -> Option<v2::ResourceId> {
        Some(v2::ResourceId {
            resource_type: resource_type.into(),
            resource: resource.into(),
            ..Default::default()
        })
    }

    proptest! {
        /// The messages that the encoder of every other message makes of the same content.
        #[test]
        fn composed_as_encoded(
            texts in prop::array::uniform5("[a-z:]{0,200}"),
            immutable: bool,
            name in prop::option::of("[a-z]{1,9}"),
            sources in prop::collection::btree_map("[a-z]{1,9}", any::<bool>(), 0..4),
        ) {
            let [resource_type, resource, principal, grant_id, entitlement_id] = texts;
            let metadata = name.map(|name| v2::GrantMetadata {
                metadata: Some(prost_types::Struct {
                    fields: [(name, prost_types::Value { kind: None })].into(),
                }),
            });
            let mut annotations = Vec::new();
            if immutable {
                annotations.push(connector_proto::any::pack(&v2::GrantImmutable::default()));
            }
            annotations.extend(metadata.as_ref().map(connector_proto::any::pack));
            let source = |is_direct| v2::grant_sources::GrantSource { is_direct };
            let expected = v2::Grant {
                entitlement: Some(v2::Entitlement {
                    resource: Some(v2::Resource {
                        id: id(&resource_type, &resource),
                        display_name: grant_id.clone(),
                        ..Default::default()
                    }),
                    id: entitlement_id.clone(),
                    ..Default::default()
                }),
                principal: Some(v2::Resource { id: id("user", &principal), ..Default::default() }),
                id: grant_id.clone(),
                annotations,
                sources: (!sources.is_empty()).then(|| v2::GrantSources {
                    sources: sources.iter().map(|(id, direct)| (id.clone(), source(*direct))).collect(),
                }),
            };
            let mut encoder = GrantEncoder::default();
            let composed = encoder.encode(
                &EntitlementPart::new(&entitlement_id, &resource_type, &resource, &grant_id),
                ("user", &principal),
                &grant_id,
                &AnnotationPart::new(immutable, metadata),
                sources.iter().map(|(id, direct)| (id.as_str(), *direct)),
            );
            prop_assert_eq!(composed, expected.encode_to_vec());
        }
    }
}
