//! Composing messages from parts that are encoded already.
//!
//! A grant repeats its entitlement a thousand times over; encoding that part once and joining bytes is several times
//! faster than building and encoding whole messages, and the result is the same: the fields stand in their order.

use prost::encoding::{WireType, encode_key, encode_varint};

/// Appends a length-delimited field.
pub(super) fn bytes(out: &mut Vec<u8>, field: u32, value: &[u8]) {
    encode_key(field, WireType::LengthDelimited, out);
    encode_varint(value.len() as u64, out);
    out.extend_from_slice(value);
}

/// Appends a text field; an empty one is left out, as proto3 does.
pub(super) fn text(out: &mut Vec<u8>, field: u32, value: &str) {
    if !value.is_empty() {
        bytes(out, field, value.as_bytes());
    }
}

/// Appends a bool field; false is left out, as proto3 does.
pub(super) fn flag(out: &mut Vec<u8>, field: u32, value: bool) {
    if value {
        encode_key(field, WireType::Varint, out);
        encode_varint(1, out);
    }
}

/// `c1.connector.v2.ResourceId`.
pub(super) fn resource_id(resource_type: &str, resource: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(resource_type.len() + resource.len() + 8);
    text(&mut out, 1, resource_type);
    text(&mut out, 2, resource);
    out
}
