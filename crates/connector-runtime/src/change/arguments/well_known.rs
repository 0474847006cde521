//! Forms of text that a schema can ask for by name.
//!
//! They keep slips out, not the vendor: what passes can still be refused there.

use connector_proto::config::v1::WellKnownString;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether a text has the form. A form without a name here is not checked.
pub(super) fn is(text: &str, form: WellKnownString) -> bool {
    match form {
        WellKnownString::Unspecified => true,
        WellKnownString::Email => is_email(text),
        WellKnownString::Hostname => is_hostname(text),
        WellKnownString::Ip => text.parse::<IpAddr>().is_ok(),
        WellKnownString::Ipv4 => text.parse::<Ipv4Addr>().is_ok(),
        WellKnownString::Ipv6 => text.parse::<Ipv6Addr>().is_ok(),
        WellKnownString::Uri => is_uri(text),
        WellKnownString::Address => is_hostname(text) || text.parse::<IpAddr>().is_ok(),
        WellKnownString::Uuid => is_uuid(text),
    }
}

/// The form in words.
pub(super) fn words(form: WellKnownString) -> &'static str {
    match form {
        WellKnownString::Unspecified => "any text",
        WellKnownString::Email => "an e-mail address",
        WellKnownString::Hostname => "a host name",
        WellKnownString::Ip => "an IP address",
        WellKnownString::Ipv4 => "an IPv4 address",
        WellKnownString::Ipv6 => "an IPv6 address",
        WellKnownString::Uri => "a URI",
        WellKnownString::Address => "a host name or an IP address",
        WellKnownString::Uuid => "a UUID",
    }
}

/// The lengths of RFC 5321 §4.5.3.1, one at sign, a host name behind it. Quoted local parts are not taken.
fn is_email(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else {
        return false;
    };
    let local_is_sound = !local.is_empty()
        && local.len() <= 64
        && !local
            .chars()
            .any(|c| c == '@' || c.is_whitespace() || c.is_control());
    local_is_sound && text.len() <= 254 && is_hostname(host)
}

/// RFC 1123 §2.1.
fn is_hostname(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    text.len() <= 253 && text.strip_suffix('.').unwrap_or(text).split('.').all(label)
}

/// A scheme and something behind it, in the characters of RFC 3986.
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
        && !rest.is_empty()
        && rest
            .chars()
            .all(|c| c.is_ascii_graphic() && !r#""<>\^`{|}"#.contains(c))
}

/// RFC 9562 §4.
fn is_uuid(text: &str) -> bool {
    let is_hyphen = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    text.len() == 36
        && text.bytes().enumerate().all(|(at, b)| {
            if is_hyphen(at) {
                b == b'-'
            } else {
                b.is_ascii_hexdigit()
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(form: WellKnownString, yes: &[&str], no: &[&str]) {
        for text in yes {
            assert!(is(text, form), "{text:?} is {}", words(form));
        }
        for text in no {
            assert!(!is(text, form), "{text:?} is not {}", words(form));
        }
    }

    #[test]
    fn forms() {
        use WellKnownString as W;
        check(
            W::Email,
            &["ada@example.com", "ada.l+x@sub.example.com", "é@example.com"],
            &[
                "",
                "ada",
                "@example.com",
                "ada@",
                "a b@example.com",
                "a@b@example.com",
                "ada@-x.com",
            ],
        );
        check(
            W::Hostname,
            &["example.com", "localhost", "a-1.example.", "1.2.3.4"],
            &["", "-a.com", "a-.com", "a..b", "a_b.com", "exämple.com"],
        );
        check(W::Ip, &["1.2.3.4", "::1"], &["1.2.3", "example.com", ""]);
        check(W::Ipv4, &["1.2.3.4"], &["::1", "1.2.3.256"]);
        check(W::Ipv6, &["::1", "2001:db8::7"], &["1.2.3.4"]);
        check(
            W::Uri,
            &["https://example.com/a?b#c", "ari:cloud:jira::site/1", "urn:x:y"],
            &["", "example", "1a:b", "https:", "https://a b"],
        );
        check(W::Address, &["example.com", "::1"], &["a b"]);
        check(
            W::Uuid,
            &[
                "5e2b7f0c-9d4f-4c55-8a3e-0c1d2e3f4a5b",
                "5E2B7F0C-9D4F-4C55-8A3E-0C1D2E3F4A5B",
            ],
            &[
                "5e2b7f0c9d4f4c558a3e0c1d2e3f4a5b",
                "5e2b7f0c-9d4f-4c55-8a3e-0c1d2e3f4a5x",
                "",
            ],
        );
        check(W::Unspecified, &["", "anything"], &[]);
    }
}
