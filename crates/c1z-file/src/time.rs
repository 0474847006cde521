//! The time text of the artifact's `datetime` columns.

use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};
use std::{fmt, str::FromStr};

/// A wall-clock time as the artifact stores it: `YYYY-MM-DD HH:MM:SS[.fraction]`, at most nine fraction digits,
/// no trailing zeros, no zone.
///
/// The zone is not stored. Writers of the format use the local time of their host, so a text names an instant only together
/// with the zone of the host that wrote it.
///
/// Readers compare these texts bytewise in SQL, and within the years 0 to 9999 the texts of two times compare
/// like the times.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoredTime(DateTime);

impl StoredTime {
    /// The wall clock of `zone` at `at`.
    ///
    /// # Errors
    /// When the year is before 0, which the layout cannot hold.
    pub fn in_zone(at: Timestamp, zone: &TimeZone) -> Result<Self, StoredTimeError> {
        Self::checked(zone.to_datetime(at)).ok_or_else(|| StoredTimeError {
            text: at.to_string().into(),
        })
    }

    /// The UTC wall clock at `at`.
    ///
    /// # Errors
    /// When the year is before 0, which the layout cannot hold.
    pub fn utc(at: Timestamp) -> Result<Self, StoredTimeError> {
        Self::in_zone(at, &TimeZone::UTC)
    }

    /// One nanosecond later, whose text is the next in the order of texts; none at the end of the year 9999.
    pub(crate) fn next(self) -> Option<Self> {
        self.0.checked_add(SignedDuration::from_nanos(1)).ok().map(Self)
    }

    /// The wall clock, without a zone.
    #[must_use]
    pub fn wall_clock(self) -> DateTime {
        self.0
    }

    fn checked(time: DateTime) -> Option<Self> {
        (time.year() >= 0).then_some(Self(time))
    }
}

impl FromStr for StoredTime {
    type Err = StoredTimeError;

    /// Reads the stored layout, and RFC 3339 as well: readers of the format accept both, although RFC 3339 sorts
    /// wrongly beside the stored layout. An RFC 3339 text becomes its UTC wall clock.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parsed = if text.as_bytes().get(10) == Some(&b'T') {
            text.parse::<Timestamp>()
                .ok()
                .map(|at| TimeZone::UTC.to_datetime(at))
        } else {
            // The calendar parser takes more layouts than this one (offsets, no seconds), hence the shape check.
            has_stored_shape(text)
                .then(|| text.parse::<DateTime>().ok())
                .flatten()
        };
        parsed
            .and_then(Self::checked)
            .ok_or_else(|| StoredTimeError { text: text.into() })
    }
}

impl fmt::Display for StoredTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (date, time) = (self.0.date(), self.0.time());
        write!(f, "{:04}-{:02}-{:02} ", date.year(), date.month(), date.day())?;
        write!(f, "{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())?;
        match time.subsec_nanosecond() {
            0 => Ok(()),
            nanoseconds => write!(f, ".{}", format!("{nanoseconds:09}").trim_end_matches('0')),
        }
    }
}

impl fmt::Debug for StoredTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoredTime({self})")
    }
}

/// A text is not a time of the artifact, or a time does not fit its layout.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a time of the form YYYY-MM-DD HH:MM:SS[.fraction]")]
pub struct StoredTimeError {
    /// The text, or the time in RFC 3339.
    pub text: Box<str>,
}

/// Whether `text` has the exact layout that writers must use, including the absence of trailing zeros.
pub(crate) fn has_written_shape(text: &str) -> bool {
    has_stored_shape(text) && !(text.len() > 19 && text.ends_with('0'))
}

fn has_stored_shape(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (Some(seconds), Some(rest)) = (bytes.get(..19), bytes.get(19..)) else {
        return false;
    };
    let seconds_fit = seconds
        .iter()
        .zip(b"dddd-dd-dd dd:dd:dd")
        .all(|(byte, shape)| match shape {
            b'd' => byte.is_ascii_digit(),
            other => byte == other,
        });
    let fraction_fits = match rest {
        [] => true,
        [b'.', digits @ ..] => (1..=9).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    seconds_fit && fraction_fits
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check_written(at: &str, expected: &str) {
        assert_eq!(
            StoredTime::utc(at.parse().unwrap()).unwrap().to_string(),
            expected
        );
    }

    #[track_caller]
    fn check_read(text: &str, expected: Option<&str>) {
        let read = text.parse::<StoredTime>().ok().map(|time| time.to_string());
        assert_eq!(read.as_deref(), expected, "{text}");
    }

    #[test]
    fn written_in_utc_without_trailing_zeros() {
        check_written("2026-11-24T00:53:17.672647495Z", "2026-11-24 00:53:17.672647495");
        check_written("2026-11-24T00:53:17.6Z", "2026-11-24 00:53:17.6");
        check_written("2026-11-24T02:53:17+02:00", "2026-11-24 00:53:17");
        check_written("0007-01-02T03:04:05.00000001Z", "0007-01-02 03:04:05.00000001");
        assert!(StoredTime::utc("-000001-12-31T23:59:59Z".parse().unwrap()).is_err());
    }

    #[test]
    fn read_back_strictly() {
        check_read("2026-11-24 00:53:17.747799", Some("2026-11-24 00:53:17.747799"));
        check_read("2026-11-24 00:53:17.500", Some("2026-11-24 00:53:17.5"));
        check_read("2026-11-24T02:53:17+02:00", Some("2026-11-24 00:53:17"));
        check_read("2026-11-24 00:53", None);
        check_read("2026-11-24 00:53:17+02:00", None);
        check_read("2026-13-24 00:53:17", None);
        check_read("2026-11-24 00:53:17.", None);
        check_read("2026-11-24 00:53:17.1234567890", None);
        check_read("", None);
    }

    fn instants() -> impl Strategy<Value = Timestamp> {
        // Fractions with few digits are the interesting ones, and no two instants should be far apart.
        let nanoseconds = prop_oneof![
            Just(0),
            (0..10i32).prop_map(|n| n * 100_000_000),
            0..1_000_000_000i32
        ];
        let seconds = prop_oneof![
            -62_167_219_200..253_402_207_200i64,
            1_700_000_000..1_700_000_003i64
        ];
        (seconds, nanoseconds).prop_map(|(s, n)| Timestamp::new(s, n).unwrap())
    }

    proptest! {
        #[test]
        fn round_trip(at in instants()) {
            let time = StoredTime::utc(at).unwrap();
            let text = time.to_string();
            prop_assert!(has_written_shape(&text), "{}", text);
            prop_assert_eq!(text.parse::<StoredTime>().unwrap(), time);
            prop_assert_eq!(TimeZone::UTC.to_timestamp(time.wall_clock()).unwrap(), at);
        }

        #[test]
        fn texts_order_like_times(a in instants(), b in instants()) {
            let text = |at| StoredTime::utc(at).unwrap().to_string();
            prop_assert_eq!(text(a).cmp(&text(b)), a.cmp(&b));
        }
    }
}
