//! Moments as the vendor writes them.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::{Serialize, Serializer};
use std::fmt;

/// A moment in the vendor's own words, read as a time only when asked.
///
/// The surfaces write time in five ways (milliseconds, microseconds and nanoseconds of RFC 3339, plain dates,
/// milliseconds since 1970). A form that nobody expected must not cost the row that carries it, so the text
/// is kept and [`timestamp`](Self::timestamp) says what it means.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VendorTime(Box<str>);

impl VendorTime {
    /// The text as it came.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The moment; nothing when the text has a form that is not known. A plain date is its first moment in
    /// UTC.
    #[must_use]
    pub fn timestamp(&self) -> Option<Timestamp> {
        if let Ok(timestamp) = self.0.parse::<Timestamp>() {
            return Some(timestamp);
        }
        if let Ok(millis) = self.0.parse() {
            return Timestamp::from_millisecond(millis).ok();
        }
        // Only a bare date: a time without an offset names no moment.
        let date: Date = if self.0.len() == 10 {
            self.0.parse().ok()?
        } else {
            return None;
        };
        TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()
    }
}

impl From<&str> for VendorTime {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for VendorTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for VendorTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for VendorTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for VendorTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Moment;
        impl Visitor<'_> for Moment {
            type Value = VendorTime;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a moment as text, or as milliseconds since 1970")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<VendorTime, E> {
                Ok(VendorTime(text.into()))
            }
            fn visit_u64<E: de::Error>(self, millis: u64) -> Result<VendorTime, E> {
                Ok(VendorTime(millis.to_string().into()))
            }
            fn visit_i64<E: de::Error>(self, millis: i64) -> Result<VendorTime, E> {
                Ok(VendorTime(millis.to_string().into()))
            }
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<VendorTime, E> {
                Ok(VendorTime(number.to_string().into()))
            }
        }
        deserializer.deserialize_any(Moment)
    }
}
