//! JSON as a cassette needs it: every number as it was written, members in the order of their names, repeated
//! members kept.
//!
//! `serde_json::Value` would lose digits of long numbers and, depending on what else is in the build, the order.

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{self, Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;
use std::fmt;

/// One value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Json {
    /// `null`, `true`, `false` or a number, as written.
    Literal(String),
    Text(String),
    List(Vec<Json>),
    /// Sorted by name; members of one name in their order.
    Object(Vec<(String, Json)>),
}

/// Deeper values are not taken for JSON: reading and writing them would need a deep stack.
const MAX_DEPTH: usize = 120;

impl Json {
    pub(crate) fn null() -> Self {
        Self::Literal("null".to_owned())
    }

    /// The value that `bytes` are, if they are one and not nested too deeply.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        Self::read(serde_json::from_slice(bytes).ok()?, 0).ok()
    }

    /// The value in one line, the same for the same value.
    pub(crate) fn compact(&self) -> String {
        serde_json::to_string(self).expect("literals are JSON and names are text")
    }

    fn read(raw: &RawValue, depth: usize) -> Result<Self, serde_json::Error> {
        if depth > MAX_DEPTH {
            return Err(de::Error::custom("the value is nested too deeply"));
        }
        let text = raw.get();
        match text.as_bytes().first() {
            Some(b'"') => serde_json::from_str(text).map(Self::Text),
            Some(b'[') => serde_json::from_str::<Vec<&RawValue>>(text)?
                .into_iter()
                .map(|item| Self::read(item, depth + 1))
                .collect::<Result<_, _>>()
                .map(Self::List),
            Some(b'{') => {
                let members = serde_json::from_str::<Members<'_>>(text)?.0.into_iter();
                let mut members = members
                    .map(|(name, value)| Ok((name, Self::read(value, depth + 1)?)))
                    .collect::<Result<Vec<_>, serde_json::Error>>()?;
                members.sort_by(|(one, _), (other, _)| one.cmp(other));
                Ok(Self::Object(members))
            }
            _ => Ok(Self::Literal(text.to_owned())),
        }
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Literal(text) => serde_json::from_str::<&RawValue>(text)
                .map_err(ser::Error::custom)?
                .serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => serializer.collect_seq(items),
            Self::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (name, value) in members {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Self::read(&raw, 0).map_err(de::Error::custom)
    }
}

/// The members of an object, also those of one name.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(All)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_value_is_lost() {
        #[track_caller]
        fn check(text: &str, compact: &str) {
            let value = Json::parse(text.as_bytes()).expect("JSON");
            assert_eq!(value.compact(), compact);
            assert_eq!(Json::parse(compact.as_bytes()), Some(value));
        }
        check(
            r#" {"b": 1.50, "a": [1e400, -0, 12345678901234567890123, null, true]} "#,
            r#"{"a":[1e400,-0,12345678901234567890123,null,true],"b":1.50}"#,
        );
        check(r#"{"x": 2, "a": {}, "x": 1}"#, r#"{"a":{},"x":2,"x":1}"#);
        check(r#""\u00e4 \ud83d\ude00 \/ \n""#, "\"\u{e4} \u{1f600} / \\n\"");
        check("0", "0");
    }

    #[test]
    fn what_is_not_json() {
        let deep = "[".repeat(500) + &"]".repeat(500);
        for text in ["", " ", "{", "{} {}", "<html>", r#""\ud800""#, "{1:2}", &deep] {
            assert_eq!(Json::parse(text.as_bytes()), None, "{text}");
        }
        assert_eq!(Json::parse(b"\"\xff\""), None);
    }
}
