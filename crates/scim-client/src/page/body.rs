//! The envelope of a list (RFC 7644 §3.4.2, RFC 9865 §2).

use crate::Text;
use crate::decode::Number;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

/// The members of a list that matter; the names without regard to case.
#[derive(Debug)]
pub(super) struct ListBody<R> {
    pub(super) total: Option<u64>,
    next_cursor: Option<String>,
    rows: Option<Vec<R>>,
}

impl<R> ListBody<R> {
    /// The rows, and the rest.
    pub(super) fn split(self) -> (Option<Vec<R>>, ListBody<()>) {
        let rest = ListBody {
            total: self.total,
            next_cursor: self.next_cursor,
            rows: None,
        };
        (self.rows, rest)
    }

    /// The cursor of the next page. Empty is absent: given back, it would mean the first page.
    pub(super) fn next_cursor(&self) -> Option<&str> {
        self.next_cursor.as_deref().filter(|cursor| !cursor.is_empty())
    }
}

impl<'de, R: Deserialize<'de>> Deserialize<'de> for ListBody<R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<R>(PhantomData<R>);
        impl<'de, R: Deserialize<'de>> Visitor<'de> for Members<R> {
            type Value = ListBody<R>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of resources")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ListBody<R>, A::Error> {
                let mut body = ListBody {
                    total: None,
                    next_cursor: None,
                    rows: None,
                };
                while let Some(name) = map.next_key::<String>()? {
                    let is = |other: &str| name.eq_ignore_ascii_case(other);
                    if is("totalResults") {
                        body.total = map.next_value::<Option<Number>>()?.map(|number| number.0);
                    } else if is("nextCursor") {
                        body.next_cursor = map.next_value::<Option<Text>>()?.map(|cursor| cursor.to_string());
                    } else if is("Resources") {
                        body.rows = map.next_value()?;
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(body)
            }
        }
        deserializer.deserialize_map(Members(PhantomData))
    }
}
