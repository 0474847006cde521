//! Canonical protobuf JSON, with every `Any` expanded: `{"@type": "…", …the message's own members…}`.
//!
//! Members are named in lowerCamelCase, 64-bit numbers are text, bytes are base64, enums are written by
//! name, or as a number where the number has no name here. Members with their default value are left out.
//! The same message always gives the same text: object members are sorted by name, which puts `@type` first.
//!
//! An `Any` can only be written or read when its type is one of this crate's; all others are an
//! [`Error::UnknownType`], never left out. Reading refuses members that it does not know.
//!
//! ```
//! use connector_proto::connector::v2::{RawId, Resource};
//! use connector_proto::{any, json};
//!
//! let resource = Resource { annotations: vec![any::pack(&RawId { id: "7".into() })], ..Default::default() };
//! let text = json::to_string_pretty(&resource)?;
//! assert!(text.contains(r#""@type": "type.googleapis.com/c1.connector.v2.RawId""#));
//! assert_eq!(json::from_json::<Resource>(&text)?, resource);
//! # Ok::<(), json::Error>(())
//! ```

mod canonical;

use crate::any::type_name;
use prost::{Message, Name};
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, ReflectMessage as _};
use prost_types::Any;
use serde_json::Value;
use std::sync::LazyLock;

static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    DescriptorPool::decode(include_bytes!("../gen/descriptors.bin").as_slice())
        .expect("the generated descriptors are whole")
});

/// Why a message cannot be written as JSON or read from it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The message, or an `Any` somewhere in it, is of a type that is not one of this crate's.
    #[error("the message type `{type_url}` is unknown and has no JSON form")]
    UnknownType {
        /// The type as the `Any` names it.
        type_url: String,
    },
    /// The message has no JSON form: the bytes of an `Any` are not of its type, a time is out of range, or messages
    /// stand in messages deeper than any JSON reader follows.
    #[error("cannot write `{message}` as JSON: {source}")]
    Encode {
        /// The full name of the message.
        message: String,
        /// What is wrong with it.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The text is not JSON, or not the JSON form of the message.
    #[error("cannot read `{message}` from JSON: {source}")]
    Decode {
        /// The full name of the message.
        message: String,
        /// What is wrong with it, and in a text the line and column. It may quote the value at fault.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// The JSON form of a message.
///
/// # Errors
///
/// [`Error::UnknownType`] and [`Error::Encode`].
pub fn to_value<M: Message + Name>(message: &M) -> Result<Value, Error> {
    let message_error = |source: Box<dyn std::error::Error + Send + Sync>| Error::Encode {
        message: M::full_name(),
        source,
    };
    let bytes = message.encode_to_vec();
    let message = DynamicMessage::decode(descriptor::<M>()?, bytes.as_slice())
        .map_err(|source| message_error(source.into()))?;
    if bytes.len() > NEVER_TOO_DEEP && is_too_deep(&message, MAX_DEPTH) {
        return Err(message_error("it is nested too deeply".into()));
    }
    // By way of the text, as a `Value` made directly would show a float in the digits of a double.
    let text = serde_json::to_string(&message).map_err(|source| match unknown_any(&message) {
        Some(type_url) => Error::UnknownType { type_url },
        None => message_error(source.into()),
    })?;
    let mut value: Value = serde_json::from_str(&text).map_err(|source| message_error(source.into()))?;
    // They are sorted anyway unless some crate turned on the feature of serde_json that keeps their order.
    value.sort_all_objects();
    shorten_numbers(&mut value);
    Ok(value)
}

/// The JSON form of a message as text, indented by two spaces, without a final line end.
///
/// # Errors
///
/// [`Error::UnknownType`] and [`Error::Encode`].
pub fn to_string_pretty<M: Message + Name>(message: &M) -> Result<String, Error> {
    Ok(format!("{:#}", to_value(message)?))
}

/// Reads a message from its JSON form.
///
/// # Errors
///
/// [`Error::UnknownType`] and [`Error::Decode`].
pub fn from_json<M: Message + Name + Default>(text: &str) -> Result<M, Error> {
    let mut json = serde_json::Deserializer::from_str(text);
    let message = DynamicMessage::deserialize(descriptor::<M>()?, &mut json)
        .and_then(|message| json.end().map(|()| message))
        .map_err(|source| decode_error::<M>(serde_json::from_str(text).as_ref().ok(), source.into()))?;
    typed(&message)
}

/// Reads a message from its JSON form that is parsed already.
///
/// # Errors
///
/// [`Error::UnknownType`] and [`Error::Decode`].
pub fn from_value<M: Message + Name + Default>(value: &Value) -> Result<M, Error> {
    let message = DynamicMessage::deserialize(descriptor::<M>()?, value)
        .map_err(|source| decode_error::<M>(Some(value), source.into()))?;
    typed(&message)
}

/// Messages in messages that are written at most. Decoding bounds those of one message, but every `Any` starts again, and
/// writing them recurses: a few kilobytes of `Any` in `Any` would use the stack up. JSON readers, the one here among
/// them, follow some 128 levels, for each of which there are at most three of these.
const MAX_DEPTH: usize = 384;

/// Bytes in which there is no room for a depth that matters. What is written by the million need not be walked twice.
const NEVER_TOO_DEEP: usize = 2048;

fn is_too_deep(message: &DynamicMessage, left: usize) -> bool {
    let Some(left) = left.checked_sub(1) else {
        return true;
    };
    match as_any(message) {
        Some(any) => unpacked(&any).is_some_and(|content| is_too_deep(&content, left)),
        None => message.fields().any(|(_, value)| is_too_deep_in(value, left)),
    }
}

fn is_too_deep_in(value: &prost_reflect::Value, left: usize) -> bool {
    match value {
        prost_reflect::Value::Message(message) => is_too_deep(message, left),
        prost_reflect::Value::List(values) => values.iter().any(|value| is_too_deep_in(value, left)),
        prost_reflect::Value::Map(values) => values.values().any(|value| is_too_deep_in(value, left)),
        _ => false,
    }
}

/// The description of a message type, for who looks at messages by their fields.
///
/// # Errors
///
/// [`Error::UnknownType`]
pub fn descriptor<M: Name>() -> Result<MessageDescriptor, Error> {
    POOL.get_message_by_name(&M::full_name())
        .ok_or_else(|| Error::UnknownType {
            type_url: M::type_url(),
        })
}

fn typed<M: Message + Name + Default>(message: &DynamicMessage) -> Result<M, Error> {
    M::decode(canonical::encode(message).as_slice()).map_err(|source| decode_error::<M>(None, source.into()))
}

/// Writes a whole number without a fraction, `3` for `3.0`, as all other implementations do.
fn shorten_numbers(value: &mut Value) {
    match value {
        Value::Number(number) => {
            if let Some(whole) = number.as_f64().filter(|_| number.is_f64()).and_then(whole) {
                *number = whole.into();
            }
        }
        Value::Array(values) => values.iter_mut().for_each(shorten_numbers),
        Value::Object(members) => members.values_mut().for_each(shorten_numbers),
        _ => {}
    }
}

/// The whole number that a double is; `None` where it is none, or one that a double may have rounded.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the range is one where nothing is cut off"
)]
fn whole(number: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let negative_zero = number == 0.0 && number.is_sign_negative();
    (number.fract() == 0.0 && number.abs() <= EXACT && !negative_zero).then_some(number as i64)
}

fn decode_error<M: Name>(value: Option<&Value>, source: Box<dyn std::error::Error + Send + Sync>) -> Error {
    match value.and_then(unknown_type) {
        Some(type_url) => Error::UnknownType { type_url },
        None => Error::Decode {
            message: M::full_name(),
            source,
        },
    }
}

fn is_known(type_url: &str) -> bool {
    type_url.contains('/') && POOL.get_message_by_name(type_name(type_url)).is_some()
}

/// The `Any` that a message is.
fn as_any(message: &DynamicMessage) -> Option<Any> {
    if message.descriptor().full_name() == Any::full_name() {
        message.transcode_to().ok()
    } else {
        None
    }
}

/// What an `Any` holds; `None` when its type is unknown or its bytes are not of the type.
fn unpacked(any: &Any) -> Option<DynamicMessage> {
    let descriptor = POOL.get_message_by_name(type_name(&any.type_url))?;
    DynamicMessage::decode(descriptor, any.value.as_slice()).ok()
}

/// The first `Any` of an unknown type in a message, at any depth.
fn unknown_any(message: &DynamicMessage) -> Option<String> {
    match as_any(message) {
        Some(any) if !is_known(&any.type_url) => Some(any.type_url),
        Some(any) => unknown_any(&unpacked(&any)?),
        None => message.fields().find_map(|(_, value)| unknown_any_in(value)),
    }
}

fn unknown_any_in(value: &prost_reflect::Value) -> Option<String> {
    match value {
        prost_reflect::Value::Message(message) => unknown_any(message),
        prost_reflect::Value::List(values) => values.iter().find_map(unknown_any_in),
        prost_reflect::Value::Map(values) => values.values().find_map(unknown_any_in),
        _ => None,
    }
}

/// The first `@type` in a JSON value that names no known type.
fn unknown_type(value: &Value) -> Option<String> {
    match value {
        Value::Object(members) => match members.get("@type") {
            Some(Value::String(type_url)) if !is_known(type_url) => Some(type_url.clone()),
            _ => members.values().find_map(unknown_type),
        },
        Value::Array(values) => values.iter().find_map(unknown_type),
        _ => None,
    }
}
