use super::*;
use http::{HeaderName, HeaderValue};

const NOW: &str = "2026-03-26T15:59:30Z";

/// Reads headers written as `name: value` lines, at [`NOW`].
fn read(lines: &str) -> Hints {
    let mut headers = HeaderMap::new();
    for line in lines.lines() {
        let (name, value) = line.split_once(": ").expect("a header line");
        let name: HeaderName = name.trim().parse().expect("a header name");
        headers.append(
            name,
            HeaderValue::from_bytes(value.as_bytes()).expect("a header value"),
        );
    }
    Hints::read(&headers, NOW.parse().expect("a time"))
}

/// The wait, in seconds, that a 429 with this one header asks for; none if the header is ignored.
#[track_caller]
fn check(line: &str, expected: Option<f64>) {
    let hints = read(line);
    assert_eq!(
        hints
            .wait(StatusCode::TOO_MANY_REQUESTS)
            .map(|wait| wait.as_secs_f64()),
        expected,
        "{line}"
    );
    assert_eq!(
        hints.ignored.is_empty(),
        expected.is_some(),
        "{line}: {:?}",
        hints.ignored
    );
}

#[test]
fn retry_after() {
    check("retry-after: 7", Some(7.0));
    check("Retry-After: 0", Some(0.0));
    check("retry-after: 1.5", Some(1.5));
    check("retry-after:  12 ", Some(12.0));
    check("retry-after: 86400", Some(86_400.0));
    // The three forms of a date (RFC 9110 §5.6.7).
    check("retry-after: Thu, 26 Mar 2026 16:00:00 GMT", Some(30.0));
    check("retry-after: Thursday, 26-Mar-26 16:00:00 GMT", Some(30.0));
    check("retry-after: Thu Mar 26 16:00:00 2026", Some(30.0));

    check("retry-after: -1", None);
    // However long, it is what the server asks for.
    let century = 100.0 * 365.0 * 86_400.0;
    check("retry-after: 86401", Some(86_401.0));
    check(
        "retry-after: Sat, 28 Mar 2026 16:00:00 GMT",
        Some(2.0 * 86_400.0 + 30.0),
    );
    check("retry-after: 99999999999999999999999999", Some(century));
    // No number of seconds at all, so that the own delays apply.
    check("retry-after: 1e300", None);
    check("retry-after: 9e99", None);
    check("retry-after: NaN", None);
    check("retry-after: inf", None);
    check("retry-after: soon", None);
    check("retry-after: ", None);
    check("retry-after: \u{e4}", None);
    check("retry-after: Thu, 26 Mar 2026 15:59:00 GMT", None);
}

#[test]
fn reset() {
    check("X-RateLimit-Reset: 2026-03-26T16:00:00Z", Some(30.0));
    check("X-Ratelimit-Reset: 2026-03-26T16:00Z", Some(30.0));
    check("x-ratelimit-reset: 2026-03-26T16:00:00.250Z", Some(30.25));
    check("x-ratelimit-reset: 2026-03-26T18:00+02:00", Some(30.0));
    check("x-ratelimit-reset: 2026-03-26T16:00:00", Some(30.0));
    check("x-ratelimit-reset: Thu, 26 Mar 2026 16:00:00 GMT", Some(30.0));
    check("x-ratelimit-reset: 1774540800", Some(30.0));
    check("x-ratelimit-reset: 1774540800500", Some(30.5));
    check("x-ratelimit-reset: 45", Some(45.0));
    check("x-ratelimit-reset: 4.5", Some(4.5));
    check("X-Beta-Ratelimit-Reset: 2026-03-26T16:00Z", Some(30.0));
    check("ratelimit-reset: 45", Some(45.0));
    check("x-rate-limit-reset: 45", Some(45.0));

    check("x-ratelimit-reset: 2026-03-26T15:59:29Z", None);
    check("x-ratelimit-reset: 2026-03-27T16:00:00Z", Some(86_430.0));
    check("x-ratelimit-reset: 0001-01-01T00:00:00Z", None);
    check("x-ratelimit-reset: 1774540700", None);
    check("x-ratelimit-reset: -5", None);
    check("x-ratelimit-reset: 99999999999999999999", None);
    check("x-ratelimit-reset: 9223372036854775807", None);
    check("x-ratelimit-reset: tomorrow", None);
}

#[test]
fn structured_fields() {
    check(r#"Beta-Ratelimit: "tenant-app-quota";r=0;t=2107"#, Some(2107.0));
    check(r#"RateLimit: "default";r=0;t=5"#, Some(5.0));
    check(
        r#"Beta-Ratelimit: "a";r=9;t=1, "b"; r=0; t=20, "c";r=0;t=10"#,
        Some(20.0),
    );
    check("Beta-Ratelimit: quota", None);
    check(r#"Beta-Ratelimit: "a";t=20"#, None);
}

#[test]
fn the_first_that_can_be_read_wins() {
    check(
        "retry-after: 3\nx-ratelimit-reset: 2026-03-26T16:00:00Z",
        Some(3.0),
    );
    check("x-ratelimit-reset: 10\nx-beta-ratelimit-reset: 20", Some(10.0));
    check(
        "x-ratelimit-reset: 10\nBeta-Ratelimit: \"a\";r=0;t=20",
        Some(10.0),
    );
}

#[test]
fn a_bad_header_takes_nothing_from_the_others() {
    let hints = read(
        "retry-after: soon\nx-ratelimit-limit: many\nx-ratelimit-remaining: 0\nx-ratelimit-reset: 2026-03-26T16:00Z",
    );
    assert_eq!(
        hints.wait(StatusCode::TOO_MANY_REQUESTS),
        Some(Duration::from_secs(30))
    );
    assert_eq!((hints.limit, hints.remaining), (None, Some(0)));
    assert_eq!(hints.ignored, ["retry-after", "x-ratelimit-limit"]);
}

#[test]
fn counts() {
    let hints = read("X-Ratelimit-Limit: 100, 100;w=60\nX-RateLimit-Remaining: 17");
    assert_eq!(
        (hints.limit, hints.remaining, hints.reset_after),
        (Some(100), Some(17), None)
    );
    let hints = read(r#"Beta-Ratelimit: "tenant-app-quota";r=17842;t=2107"#);
    assert_eq!(
        (hints.remaining, hints.reset_after),
        (Some(17_842), Some(Duration::from_secs(2107)))
    );
    assert_eq!(read(""), Hints::default());
}

#[test]
fn times_are_measured_from_the_date_of_the_answer() {
    let skewed = "date: Thu, 26 Mar 2026 15:30:00 GMT\nx-ratelimit-reset: 2026-03-26T15:31:00Z";
    check(skewed, Some(60.0));
    check(
        "date: whenever\nretry-after: Thu, 26 Mar 2026 16:00:00 GMT",
        Some(30.0),
    );
}

#[test]
fn the_end_of_the_period_is_no_time_to_come_back_from_a_fault() {
    let hints = read("x-ratelimit-remaining: 5\nx-ratelimit-reset: 45");
    assert_eq!(hints.wait(StatusCode::BAD_GATEWAY), None);
    assert_eq!(
        hints.wait(StatusCode::TOO_MANY_REQUESTS),
        Some(Duration::from_secs(45))
    );
    assert_eq!(hints.used_up(), None);
    let hints = read("x-ratelimit-remaining: 0\nx-ratelimit-reset: 45");
    assert_eq!(
        hints.wait(StatusCode::SERVICE_UNAVAILABLE),
        Some(Duration::from_secs(45))
    );
    assert_eq!(hints.used_up(), Some(Duration::from_secs(45)));
}
