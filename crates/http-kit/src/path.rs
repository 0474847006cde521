//! Paths built from fixed text and encoded values.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::borrow::Cow;

/// The path of a call below the base address.
///
/// Fixed text is given as literals; a value becomes exactly one segment, whatever characters it holds. A value
/// that cannot be one segment (empty, `.` or `..`) would address another resource: the call is then refused before
/// anything is sent.
///
/// ```
/// use http_kit::Path;
///
/// let path = Path::new().lit("admin/v2/orgs").seg("a/b").lit("users").seg("712020:1f");
/// assert_eq!(path.as_str(), "/admin/v2/orgs/a%2Fb/users/712020:1f");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Path {
    text: String,
    fault: Option<String>,
}

/// RFC 3986 §3.3 allows more in a segment; only `:` is kept raw beside the unreserved characters, because account
/// ids are full of it.
const SEGMENT: &AsciiSet = &UNRESERVED.remove(b':');

/// Everything but the unreserved characters of RFC 3986 §2.3.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

impl Path {
    /// The empty path.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends fixed text: one or more segments, already encoded. Slashes at its ends do not matter.
    #[must_use]
    pub fn lit(mut self, text: &'static str) -> Self {
        self.text.push('/');
        self.text.push_str(text.trim_matches('/'));
        self
    }

    /// Appends one value as one segment.
    #[must_use]
    pub fn seg(mut self, value: impl AsRef<str>) -> Self {
        let value = value.as_ref();
        if matches!(value, "" | "." | "..") && self.fault.is_none() {
            self.fault = Some(format!(
                "\"{value}\" after {} is not a path segment",
                self.as_str()
            ));
        }
        self.text.push('/');
        self.text.push_str(&encode_segment(value));
        self
    }

    /// A documented path such as `/orgs/{orgId}/users/{id}`, whose parameters are these values in order.
    ///
    /// A value that is missing is an empty segment, so the call is refused.
    pub fn of_template(template: &'static str, values: &[&str]) -> Self {
        let mut values = values.iter();
        template
            .trim_start_matches('/')
            .split('/')
            .fold(Self::new(), |path, part| match part.starts_with('{') {
                true => path.seg(values.next().copied().unwrap_or_default()),
                false => path.lit(part),
            })
    }

    /// A path that is encoded already.
    pub(crate) fn encoded(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            fault: None,
        }
    }

    /// The encoded text.
    pub fn as_str(&self) -> &str {
        if self.text.is_empty() { "/" } else { &self.text }
    }

    /// Why this path may not be used, if it may not.
    pub(crate) fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }
}

impl From<&'static str> for Path {
    fn from(text: &'static str) -> Self {
        Self::new().lit(text)
    }
}

/// Encodes one segment of a path.
pub(crate) fn encode_segment(text: &str) -> Cow<'_, str> {
    utf8_percent_encode(text, SEGMENT).into()
}

/// Encodes one key or value of a query. A space becomes `%20`: every server reads that, `+` only those that
/// expect a form.
pub(crate) fn encode_query(text: &str) -> Cow<'_, str> {
    utf8_percent_encode(text, UNRESERVED).into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::*;

    #[test]
    fn parts_that_would_address_something_else_are_refused() {
        for value in ["", ".", ".."] {
            let fault = Path::from("users")
                .seg(value)
                .lit("manage")
                .fault()
                .map(str::to_owned);
            assert_eq!(
                fault,
                Some(format!("\"{value}\" after /users is not a path segment"))
            );
        }
        assert_eq!(Path::from("/users/").seg("...").seg("-").fault(), None);
        assert_eq!(Path::new().as_str(), "/");
    }

    proptest! {
        #[test]
        fn any_value_stays_one_segment(value in "(?s).{1,40}") {
            prop_assume!(value != "." && value != "..");
            let mut url: Url = "https://host.test".parse().expect("an address");
            url.set_path(Path::from("a").seg(&value).lit("z").as_str());
            // What the server sees, after another parse.
            let url: Url = url.as_str().parse().expect("an address");
            let segments: Vec<_> = url.path_segments().expect("segments").collect();
            prop_assert_eq!(segments.len(), 3);
            let seen = percent_encoding::percent_decode_str(segments[1]).decode_utf8().expect("text");
            prop_assert_eq!(seen.as_ref(), value.as_str());
        }

        #[test]
        fn any_query_value_survives(key in "(?s).{1,10}", value in "(?s).{0,40}") {
            let mut url: Url = "https://host.test/".parse().expect("an address");
            url.set_query(Some(&format!("{}={}", encode_query(&key), encode_query(&value))));
            let url: Url = url.as_str().parse().expect("an address");
            let pairs: Vec<_> = url.query_pairs().into_owned().collect();
            prop_assert_eq!(pairs, [(key, value)]);
        }
    }
}
