//! One byte form for messages that say the same.
//!
//! Encoders are free in the order of fields, and the Go encoder writes empty values of map entries, which ours
//! leaves out. Decoding and encoding again would settle both, but drops fields that the types here do not have.
//! So the result of that is taken only when it provably dropped nothing.

use prost::Message;
use std::borrow::Cow;

/// Messages nested deeper are compared as bytes.
const MAX_DEPTH: usize = 64;

/// The canonical bytes of the `M` in `data`: encoded again where that loses nothing, after `reduce` took away what does not
/// count; otherwise as they are.
pub(super) fn canonical<M: Message + Default>(data: &[u8], reduce: impl FnOnce(&mut M)) -> Cow<'_, [u8]> {
    match M::decode(data) {
        Ok(mut message) => {
            let encoded = message.encode_to_vec();
            if encoded == data || same_fields(data, &encoded, MAX_DEPTH) {
                reduce(&mut message);
                Cow::Owned(message.encode_to_vec())
            } else {
                Cow::Borrowed(data)
            }
        }
        Err(_) => Cow::Borrowed(data),
    }
}

/// Whether `again`, an encoding of what was decoded from `original`, has all of its fields.
///
/// Bytes are bytes, messages or text, and the types are not looked at: that is safe because text comes through
/// decoding and encoding unchanged, so only a message can differ from its counterpart.
fn same_fields(original: &[u8], again: &[u8], depth: usize) -> bool {
    let (Some(depth), Some(original), Some(again)) = (depth.checked_sub(1), fields(original), fields(again))
    else {
        return false;
    };
    let entry = original
        .iter()
        .chain(&again)
        .all(|(number, _)| matches!(number, 1 | 2));
    let mut again = again.into_iter().peekable();
    for (number, value) in original {
        let counterpart = again.next_if(|(other, candidate)| {
            *other == number
                && match (&value, candidate) {
                    (Value::Bytes(a), Value::Bytes(b)) => a == b || same_fields(a, b, depth),
                    (a, b) => a == b,
                }
        });
        let left_out = entry && matches!(value, Value::Number(0) | Value::Bytes([]));
        if counterpart.is_none() && !left_out {
            return false;
        }
    }
    again.next().is_none()
}

#[derive(PartialEq)]
enum Value<'a> {
    Number(u64),
    Fixed(&'a [u8]),
    Bytes(&'a [u8]),
}

/// The fields of an encoded message by number, those of one number in their order; none when it is not a message.
/// [Encoding](https://protobuf.dev/programming-guides/encoding/#structure)
fn fields(mut data: &[u8]) -> Option<Vec<(u64, Value<'_>)>> {
    let mut fields = Vec::new();
    while !data.is_empty() {
        let tag = varint(&mut data)?;
        let value = match tag & 7 {
            0 => Value::Number(varint(&mut data)?),
            1 => Value::Fixed(take(&mut data, 8)?),
            2 => {
                let length = usize::try_from(varint(&mut data)?).ok()?;
                Value::Bytes(take(&mut data, length)?)
            }
            5 => Value::Fixed(take(&mut data, 4)?),
            _ => return None,
        };
        fields.push((tag >> 3, value));
    }
    fields.sort_by_key(|(number, _)| *number);
    Some(fields)
}

fn varint(data: &mut &[u8]) -> Option<u64> {
    prost::encoding::decode_varint(data).ok()
}

fn take<'a>(data: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, rest) = data.split_at_checked(length)?;
    *data = rest;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use connector_proto::connector::v2::{
        Grant, GrantSources, Resource, ResourceId, grant_sources::GrantSource,
    };

    use super::*;

    /// Checks whether bytes given as hexadecimal mean the same `Grant` as `grant`.
    #[track_caller]
    fn check(grant: &Grant, bytes: &str, same: bool) {
        let bytes: Vec<u8> = (0..bytes.len() / 2)
            .map(|i| u8::from_str_radix(&bytes[2 * i..2 * i + 2], 16).expect("hexadecimal"))
            .collect();
        let ours = grant.encode_to_vec();
        fn as_grant(data: &[u8]) -> Cow<'_, [u8]> {
            canonical::<Grant>(data, |_| ())
        }
        assert_eq!(as_grant(&bytes) == as_grant(&ours), same);
        if !same {
            assert_eq!(
                *as_grant(&bytes),
                *bytes,
                "bytes that are not understood are kept"
            );
        }
    }

    #[test]
    fn only_form_may_differ() {
        let resource = Resource {
            id: Some(ResourceId {
                resource_type: "u".into(),
                resource: "a".into(),
                ..Default::default()
            }),
            ..Default::default()
        };
        let sources = GrantSources {
            sources: [("e".to_owned(), GrantSource::default())].into(),
        };
        let grant = Grant {
            id: "g".into(),
            principal: Some(resource),
            sources: Some(sources),
            ..Default::default()
        };
        // Field 2: principal, 3: id, 5: sources.
        check(&grant, "12080a060a01751201611a01672a050a030a0165", true);
        // Go spells out the empty value of the map entry.
        check(&grant, "12080a060a01751201611a01672a070a050a01651200", true);
        // Fields in another order, also inside.
        check(&grant, "1a01672a050a030a016512080a061201610a0175", true);
        // An unknown field 99, outside and inside.
        check(&grant, "12080a060a01751201611a01672a050a030a0165980601", false);
        check(&grant, "120b0a060a01751201619806011a01672a050a030a0165", false);
        // An unknown empty message in a message that is not a map entry.
        check(&grant, "12080a060a01751201611a01672a050a030a01659a0600", false);
        // Not a message at all.
        check(&grant, "ffff", false);
    }
}
