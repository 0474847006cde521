//! Numbers, sizes and spans of time as people read them.

use std::time::Duration;

/// A count with its thousands set apart.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A count of things, whose name gets an s where they are not one.
pub(crate) fn many(n: u64, what: &str) -> String {
    format!("{} {what}{}", count(n), if n == 1 { "" } else { "s" })
}

/// A size in bytes, in decimal units.
pub(crate) fn bytes(n: u64) -> String {
    match n {
        0..1_000 => format!("{n} B"),
        1_000..1_000_000 => tenths(n, 1_000, "kB"),
        1_000_000..1_000_000_000 => tenths(n, 1_000_000, "MB"),
        _ => tenths(n, 1_000_000_000, "GB"),
    }
}

fn tenths(n: u64, unit: u64, name: &str) -> String {
    format!("{}.{} {name}", n / unit, n % unit / (unit / 10))
}

/// A span of time.
pub(crate) fn span(took: Duration) -> String {
    match took.as_secs() {
        0..60 => format!("{:.1} s", took.as_secs_f64()),
        s @ 60..3600 => format!("{} min {} s", s / 60, s % 60),
        s => format!("{} h {} min", s / 3600, s % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_people_read_them() {
        for (n, expected) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(count(n), expected);
        }
        for (n, expected) in [
            (999, "999 B"),
            (1_050, "1.0 kB"),
            (375_999, "375.9 kB"),
            (5_600_000, "5.6 MB"),
        ] {
            assert_eq!(bytes(n), expected);
        }
        for (ms, expected) in [(940, "0.9 s"), (61_000, "1 min 1 s"), (7_260_000, "2 h 1 min")] {
            assert_eq!(span(Duration::from_millis(ms)), expected);
        }
    }
}
