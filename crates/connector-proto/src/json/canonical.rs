//! Encoding a dynamic message as the generated types would: maps in key order.
//!
//! `prost-reflect` keeps maps in hash maps, so it would write a message read from JSON differently each
//! time. In a typed message that is mended by decoding it, in an `Any` the bytes stay.

use super::{as_any, unpacked};
use prost::Message as _;
use prost_reflect::{DynamicMessage, FieldDescriptor, MapKey, ReflectMessage as _, Value};
use prost_types::Any;

/// The bytes of a message, with every `Any` in it in the same form.
pub(super) fn encode(message: &DynamicMessage) -> Vec<u8> {
    if let Some(any) = repacked(message) {
        return any.encode_to_vec();
    }
    let mut bytes = vec![];
    for (field, value) in message.fields() {
        encode_field(message, &field, value, &mut bytes);
    }
    bytes
}

/// The `Any` that a message is, with canonical content; `None` for other messages and unknown content.
fn repacked(message: &DynamicMessage) -> Option<Any> {
    let any = as_any(message)?;
    let content = unpacked(&any)?;
    Some(Any {
        type_url: any.type_url,
        value: encode(&content),
    })
}

fn encode_field(message: &DynamicMessage, field: &FieldDescriptor, value: &Value, bytes: &mut Vec<u8>) {
    let mut encode_message = |message: &DynamicMessage| {
        let content = encode(message);
        // Both the key of a field and the length of its content are varints.
        const LENGTH_DELIMITED: usize = 2;
        for varint in [(field.number() as usize) << 3 | LENGTH_DELIMITED, content.len()] {
            prost::encode_length_delimiter(varint, bytes).expect("a vector grows");
        }
        bytes.extend(content);
    };
    match value {
        Value::Message(message) => encode_message(message),
        Value::List(values) if values.iter().all(|value| value.as_message().is_some()) => {
            values
                .iter()
                .filter_map(Value::as_message)
                .for_each(encode_message);
        }
        Value::Map(entries) => {
            let kind = field.kind();
            let entry = kind.as_message().expect("a map is a list of entries");
            let mut entries: Vec<(&MapKey, &Value)> = entries.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            for (key, value) in entries {
                let mut message = DynamicMessage::new(entry.clone());
                message.set_field(&entry.map_entry_key_field(), key.clone().into());
                // The generated types leave an empty message out of an entry.
                if value
                    .as_message()
                    .is_none_or(|value| value.fields().next().is_some())
                {
                    message.set_field(&entry.map_entry_value_field(), value.clone());
                }
                encode_message(&message);
            }
        }
        scalar => {
            let mut single = DynamicMessage::new(message.descriptor());
            single.set_field(field, scalar.clone());
            bytes.extend(single.encode_to_vec());
        }
    }
}
