//! Building and reading the well-known types that `prost-types` defines.
//!
//! The types themselves stand here too: who names them needs no version of `prost-types` of their own.
//!
//! ```
//! use connector_proto::wkt::{self, Struct};
//!
//! fn login(profile: &Struct) -> &str {
//!     wkt::text(profile, "login").unwrap_or_default()
//! }
//!
//! assert_eq!(login(&wkt::object([("login", "ada".into())])), "ada");
//! ```

use prost_types::value::Kind;
pub use prost_types::{Any, ListValue, Struct, Timestamp, Value};

/// The whole numbers that a double, and with it [`Value`], holds exactly: up to 2⁵³ either way.
const EXACT: std::ops::RangeInclusive<i64> = -(1 << 53)..=1 << 53;

/// The points in time that protobuf knows: the years 1 to 9999, in seconds since 1970.
const SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// An object. Of two members with one name the later counts.
///
/// ```
/// use connector_proto::wkt;
///
/// let tags = vec!["a".into(), "b".into()];
/// let object = wkt::object([("name", "Ada".into()), ("tags", tags.into()), ("boss", wkt::null())]);
/// assert_eq!(wkt::text(&object, "name"), Some("Ada"));
/// ```
pub fn object<K: Into<String>>(members: impl IntoIterator<Item = (K, Value)>) -> Struct {
    Struct {
        fields: members
            .into_iter()
            .map(|(name, value)| (name.into(), value))
            .collect(),
    }
}

/// An object as a value inside another one.
#[must_use]
pub fn nested(object: Struct) -> Value {
    Kind::StructValue(object).into()
}

/// A whole number. All numbers of a [`Value`] are doubles: one beyond ±2⁵³, which a double would round,
/// becomes its decimal text, as in protobuf JSON.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "the range is one where none is lost")]
pub fn integer(number: i64) -> Value {
    if EXACT.contains(&number) {
        (number as f64).into()
    } else {
        number.to_string().into()
    }
}

/// The JSON `null`.
#[must_use]
pub fn null() -> Value {
    Kind::NullValue(0).into()
}

/// The text of a member; `None` when there is no such member or it is something else.
#[must_use]
pub fn text<'a>(object: &'a Struct, name: &str) -> Option<&'a str> {
    match object.fields.get(name)?.kind.as_ref()? {
        Kind::StringValue(text) => Some(text),
        _ => None,
    }
}

/// A point in time: seconds since 1970, and nanoseconds that are added to them, which may be negative.
///
/// `None` outside the years 1 to 9999, which protobuf does not know.
#[must_use]
pub fn timestamp(seconds: i64, nanos: i32) -> Option<Timestamp> {
    let nanos = i64::from(nanos);
    let seconds = seconds.checked_add(nanos.div_euclid(NANOS_PER_SECOND))?;
    let nanos = i32::try_from(nanos.rem_euclid(NANOS_PER_SECOND)).ok()?;
    SECONDS.contains(&seconds).then_some(Timestamp { seconds, nanos })
}

/// The seconds since 1970 and the nanoseconds, 0 to 999 999 999, that are added to them.
///
/// `None` for what [`timestamp`] never returns: a peer may send anything.
#[must_use]
pub fn seconds_and_nanos(timestamp: &Timestamp) -> Option<(i64, u32)> {
    let nanos = u32::try_from(timestamp.nanos)
        .ok()
        .filter(|&nanos| i64::from(nanos) < NANOS_PER_SECOND)?;
    SECONDS
        .contains(&timestamp.seconds)
        .then_some((timestamp.seconds, nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_a_double_would_round_become_text() {
        const LIMIT: i64 = 1 << 53;
        for (number, expected) in [
            (0, Kind::NumberValue(0.0)),
            (-7, Kind::NumberValue(-7.0)),
            (LIMIT, Kind::NumberValue(9_007_199_254_740_992.0)),
            (LIMIT + 1, Kind::StringValue("9007199254740993".into())),
            (-LIMIT - 1, Kind::StringValue("-9007199254740993".into())),
            (i64::MIN, Kind::StringValue("-9223372036854775808".into())),
        ] {
            assert_eq!(integer(number).kind, Some(expected), "{number}");
        }
    }

    #[test]
    fn members_are_found_by_name_and_kind() {
        let inner = nested(object([("deep", "x".into())]));
        let object = object([
            ("a", "first".into()),
            ("a", "last".into()),
            ("n", integer(1)),
            ("o", inner),
        ]);
        assert_eq!(text(&object, "a"), Some("last"));
        assert_eq!(text(&object, "n"), None);
        assert_eq!(text(&object, "o"), None);
        assert_eq!(text(&object, "missing"), None);
    }

    #[test]
    fn times_are_normalised_and_kept_in_range() {
        for (seconds, nanos, expected) in [
            (0, 0, Some((0, 0))),
            (1_700_000_000, 5, Some((1_700_000_000, 5))),
            (-1, -500_000_000, Some((-2, 500_000_000))),
            (1, -1, Some((0, 999_999_999))),
            (1, 1_000_000_000, Some((2, 0))),
            (*SECONDS.start(), 0, Some((*SECONDS.start(), 0))),
            (*SECONDS.start(), -1, None),
            (*SECONDS.end(), 999_999_999, Some((*SECONDS.end(), 999_999_999))),
            (*SECONDS.end(), 1_000_000_000, None),
            (i64::MAX, i32::MAX, None),
            (i64::MIN, i32::MIN, None),
        ] {
            let actual = timestamp(seconds, nanos).map(|time| seconds_and_nanos(&time).unwrap());
            assert_eq!(actual, expected, "{seconds} {nanos}");
        }
    }

    #[test]
    fn times_of_peers_are_checked() {
        for (seconds, nanos) in [
            (0, -1),
            (0, 1_000_000_000),
            (i64::MIN, 0),
            (*SECONDS.end() + 1, 0),
        ] {
            assert_eq!(
                seconds_and_nanos(&Timestamp { seconds, nanos }),
                None,
                "{seconds} {nanos}"
            );
        }
    }
}
