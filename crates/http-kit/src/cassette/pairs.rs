//! Values by key: what a query, a form and headers have in common.

use super::rules::{Rules, Treatment};
use super::text::SECRET;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;

/// The values of one key keep their order, keys have none.
pub(crate) type Pairs = BTreeMap<String, Values>;

/// The values of one key. A single one, as most are, is written as a text and not as a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Values(pub(crate) Vec<String>);

/// The pairs of a query or a form.
pub(crate) fn pairs(text: &str, decoded: impl Fn(&str) -> String) -> Pairs {
    let mut pairs = Pairs::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        pairs.entry(decoded(key)).or_default().0.push(decoded(value));
    }
    pairs
}

/// These headers, where they are there.
pub(crate) fn headers_of<'a>(headers: &HeaderMap, names: impl Iterator<Item = &'a HeaderName>) -> Pairs {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let values = names.map(|name| {
        let values = headers.get_all(name).iter().map(text).collect();
        (name.as_str().to_owned(), Values(values))
    });
    values.filter(|(_, values)| !values.0.is_empty()).collect()
}

/// Makes every secret alike.
pub(crate) fn blank_secrets(pairs: &mut Pairs, secrets: &Rules) {
    for (key, values) in pairs {
        if secrets.of(&[key]) == Some(Treatment::Secret) {
            values.0.fill(SECRET.to_owned());
        }
    }
}

// === impl Values ===

impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [value] => serializer.serialize_str(value),
            values => serializer.collect_seq(values),
        }
    }
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMore;
        impl<'de> Visitor<'de> for OneOrMore {
            type Value = Values;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a list of texts")
            }

            fn visit_str<E>(self, text: &str) -> Result<Values, E> {
                Ok(Values(vec![text.to_owned()]))
            }

            fn visit_seq<S: SeqAccess<'de>>(self, mut texts: S) -> Result<Values, S::Error> {
                let mut values = Vec::new();
                while let Some(text) = texts.next_element()? {
                    values.push(text);
                }
                Ok(Values(values))
            }
        }
        deserializer.deserialize_any(OneOrMore)
    }
}
