//! Annotations: messages packed as `google.protobuf.Any`.
//!
//! The type of an `Any` is what follows the last `/` of its URL; the domain before it does not matter.
//! Packing always writes `type.googleapis.com`. Entries of a type nobody asks for, known here or not, are
//! never touched.

use prost::{DecodeError, Message, Name};
use prost_types::Any;

/// Packs a message.
#[must_use]
pub fn pack<M: Message + Name>(message: &M) -> Any {
    Any {
        type_url: M::type_url(),
        value: message.encode_to_vec(),
    }
}

/// Whether an `Any` says that it holds an `M`.
#[must_use]
pub fn is<M: Name>(any: &Any) -> bool {
    type_name(&any.type_url) == M::full_name()
}

/// Unpacks a message; `None` when the `Any` is of another type.
///
/// # Errors
///
/// [`DecodeError`] when it says it is an `M` and its bytes are none.
#[must_use]
pub fn unpack<M: Message + Name + Default>(any: &Any) -> Option<Result<M, DecodeError>> {
    is::<M>(any).then(|| M::decode(any.value.as_slice()))
}

/// Unpacks the first `M` of a list: the one that counts when there are several.
///
/// # Errors
///
/// [`DecodeError`] as for [`unpack`]; a later, well-formed entry is not looked for.
#[must_use]
pub fn pick<M: Message + Name + Default>(list: &[Any]) -> Option<Result<M, DecodeError>> {
    list.iter().find_map(unpack)
}

/// Puts a message in the place of *every* entry of its type, or at the end when there is none.
pub fn update<M: Message + Name>(list: &mut Vec<Any>, message: &M) {
    let packed = pack(message);
    let mut found = false;
    for any in list.iter_mut().filter(|any| is::<M>(any)) {
        found = true;
        any.clone_from(&packed);
    }
    if !found {
        list.push(packed);
    }
}

/// The full name of the message that a type URL stands for. A URL without `/` is taken for a name.
pub(crate) fn type_name(url: &str) -> &str {
    url.rsplit_once('/').map_or(url, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connector::v2::{RawId, RequestId};

    fn raw(id: &str) -> RawId {
        RawId { id: id.into() }
    }

    fn any(type_url: &str, value: &[u8]) -> Any {
        Any {
            type_url: type_url.into(),
            value: value.into(),
        }
    }

    #[test]
    fn the_name_after_the_last_slash_decides() {
        for (url, expected) in [
            ("type.googleapis.com/c1.connector.v2.RawId", true),
            ("example.com/some/path/c1.connector.v2.RawId", true),
            ("/c1.connector.v2.RawId", true),
            ("c1.connector.v2.RawId", true),
            ("type.googleapis.com/c1.connector.v2.RawID", false),
            ("type.googleapis.com/c1.connector.v2.RawId/", false),
            ("type.googleapis.com/connector.v2.RawId", false),
            ("", false),
        ] {
            let unpacked = unpack::<RawId>(&any(url, b"\x0a\x017")).map(Result::unwrap);
            assert_eq!(unpacked, expected.then(|| raw("7")), "{url}");
        }
    }

    #[test]
    fn what_was_packed_is_unpacked() {
        let packed = pack(&raw("7"));
        assert_eq!(
            packed,
            any("type.googleapis.com/c1.connector.v2.RawId", b"\x0a\x017")
        );
        assert_eq!(unpack::<RawId>(&packed), Some(Ok(raw("7"))));
        assert_eq!(unpack::<RequestId>(&packed), None);
    }

    #[test]
    fn bytes_that_are_no_message_are_an_error() {
        let broken = any(&RawId::type_url(), b"\x0a\x7f");
        let error = pick::<RawId>(&[broken, pack(&raw("7"))]).unwrap().unwrap_err();
        assert!(error.to_string().contains("RawId.id"), "{error}");
    }

    /// Lists are written as one letter per entry: `r` and digits are `RawId`s, `q` is a `RequestId`, `?` is
    /// of a type unknown here.
    fn check_update(before: &str, id: &str, after: &str) {
        let list = |text: &str| -> Vec<Any> {
            text.chars()
                .map(|letter| match letter {
                    'q' => pack(&RequestId {
                        request_id: "q".into(),
                    }),
                    '?' => any("example.com/unknown.Type", b"\xff\xff"),
                    _ => pack(&raw(&letter.to_string())),
                })
                .collect()
        };
        let mut actual = list(before);
        update(&mut actual, &raw(id));
        assert_eq!(actual, list(after), "{before} with {id}");
        assert_eq!(pick::<RawId>(&actual), Some(Ok(raw(id))), "{before} with {id}");
    }

    #[test]
    fn an_update_replaces_every_entry_of_the_type_or_appends() {
        check_update("", "7", "7");
        check_update("q?", "7", "q?7");
        check_update("1", "7", "7");
        check_update("?1q2?", "7", "?7q7?");
    }
}
