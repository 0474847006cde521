//! Between JSON and the object type of the wire protocol.

use prost_types::value::Kind;
use prost_types::{ListValue, Struct, Value as WireValue};
use serde_json::{Map, Number, Value};

/// The whole numbers that a double holds exactly: up to 2⁵³ either way.
pub(super) const EXACT: std::ops::RangeInclusive<i64> = -(1 << 53)..=1 << 53;

/// The wire form of a JSON object. All its numbers are doubles: whole numbers beyond ±2⁵³ become their decimal text,
/// as in protobuf JSON. (Arguments that hold such a number are refused before.)
pub fn to_struct(object: &Map<String, Value>) -> Struct {
    Struct {
        fields: object
            .iter()
            .map(|(name, value)| (name.clone(), wire(value)))
            .collect(),
    }
}

/// The JSON form of an object. Numbers that are whole are written as such; those that JSON does not have (infinity)
/// become their text.
pub fn to_json(object: &Struct) -> Map<String, Value> {
    object
        .fields
        .iter()
        .map(|(name, value)| (name.clone(), json(value)))
        .collect()
}

/// Whether a value holds a whole number that the wire form would round.
pub(super) fn is_rounded(value: &Value) -> bool {
    match value {
        Value::Number(n) if n.is_f64() => false,
        Value::Number(n) => !n.as_i64().is_some_and(|n| EXACT.contains(&n)),
        Value::Array(values) => values.iter().any(is_rounded),
        Value::Object(members) => members.values().any(is_rounded),
        _ => false,
    }
}

fn wire(value: &Value) -> WireValue {
    let kind = match value {
        Value::Null => Kind::NullValue(0),
        Value::Bool(b) => Kind::BoolValue(*b),
        Value::Number(n) if is_rounded(value) => Kind::StringValue(n.to_string()),
        Value::Number(n) => Kind::NumberValue(n.as_f64().unwrap_or_default()),
        Value::String(text) => Kind::StringValue(text.clone()),
        Value::Array(values) => Kind::ListValue(ListValue {
            values: values.iter().map(wire).collect(),
        }),
        Value::Object(members) => Kind::StructValue(to_struct(members)),
    };
    WireValue { kind: Some(kind) }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "only whole numbers that are held exactly"
)]
fn json(value: &WireValue) -> Value {
    let is_whole = |n: f64| n.fract() == 0.0 && n.abs() <= (1_u64 << 53) as f64;
    match &value.kind {
        None | Some(Kind::NullValue(_)) => Value::Null,
        Some(Kind::BoolValue(b)) => (*b).into(),
        Some(Kind::NumberValue(n)) if is_whole(*n) => (*n as i64).into(),
        Some(Kind::NumberValue(n)) => {
            Number::from_f64(*n).map_or_else(|| n.to_string().into(), Value::Number)
        }
        Some(Kind::StringValue(text)) => text.clone().into(),
        Some(Kind::ListValue(list)) => list.values.iter().map(json).collect(),
        Some(Kind::StructValue(object)) => Value::Object(to_json(object)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(value: Value) {
        let Value::Object(object) = value else {
            panic!("an object")
        };
        assert_eq!(to_json(&to_struct(&object)), object);
    }

    #[test]
    fn what_is_exact_survives() {
        check(
            json!({ "t": "x", "n": 7, "f": 0.5, "b": true, "z": null, "l": [1, [], {}], "o": { "k": "v" } }),
        );
        check(json!({ "n": 9_007_199_254_740_992_i64, "m": -9_007_199_254_740_992_i64 }));
        check(json!({}));
    }

    #[test]
    fn numbers_that_would_be_rounded() {
        assert!(is_rounded(&json!({ "a": [9_007_199_254_740_993_i64] })));
        assert!(is_rounded(&json!(u64::MAX)));
        assert!(!is_rounded(&json!([1, -1, 0.1, "9007199254740993"])));
        let Value::Object(object) = json!({ "n": 9_007_199_254_740_993_i64 }) else {
            panic!("an object")
        };
        assert_eq!(
            Value::Object(to_json(&to_struct(&object))),
            json!({ "n": "9007199254740993" })
        );
    }

    #[test]
    fn what_json_does_not_have() {
        let object = connector_proto::wkt::object([("n", f64::INFINITY.into()), ("big", 1e300.into())]);
        assert_eq!(
            Value::Object(to_json(&object)),
            json!({ "n": "inf", "big": 1e300 })
        );
    }
}
