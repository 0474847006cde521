//! Dates of the simulated past.
//!
//! Rows never look at a clock: their dates are counted back from a fixed day, so that an organization is the same
//! whenever it is asked.

use jiff::Timestamp;
use std::fmt::Write as _;

/// 2026-10-01T00:00:00Z, the day the simulated organizations end.
const REFERENCE: i64 = 1_790_812_800;

const DAY: i64 = 86_400;

/// A moment some days before the reference day, with a time of day from the word.
pub(crate) fn days_before(days: u32, noise: u64) -> Timestamp {
    let millisecond = i64::try_from(noise % 86_400_000).expect("a day has fewer milliseconds than that");
    let moment = (REFERENCE - i64::from(days) * DAY) * 1000 - millisecond;
    Timestamp::from_millisecond(moment).expect("a date of this century")
}

/// A moment some days after another.
pub(crate) fn days_after(moment: Timestamp, days: u32) -> Timestamp {
    let later = moment.as_millisecond() + i64::from(days) * DAY * 1000;
    Timestamp::from_millisecond(later).expect("a date of this century")
}

/// Appends a date with milliseconds: `2023-03-14T08:21:55.310Z`.
pub(crate) fn write_millis(out: &mut String, moment: Timestamp) {
    write!(out, "{moment:.3}").expect("writing to a string cannot fail");
}

/// Appends a date with nanoseconds: `2026-08-30T17:02:11.000000000Z`.
pub(crate) fn write_nanos(out: &mut String, moment: Timestamp) {
    write!(out, "{moment:.9}").expect("writing to a string cannot fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_have_the_vendors_forms() {
        let moment = days_before(10, 310);
        let (mut millis, mut nanos) = (String::new(), String::new());
        write_millis(&mut millis, moment);
        write_nanos(&mut nanos, days_after(moment, 1));
        assert_eq!(millis, "2026-09-20T23:59:59.690Z");
        assert_eq!(nanos, "2026-09-21T23:59:59.690000000Z");
    }
}
