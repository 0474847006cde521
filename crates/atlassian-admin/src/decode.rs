//! Helpers that decode what the vendor really sends: nulls where a list was promised, numbers where a text
//! was.

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

/// Fields of a row that this client does not name, as they came: a map from their names to their values.
///
/// Nothing the vendor says is lost, and a field added upstream can be read before this crate knows it.
/// `Debug` shows the names alone, because a value may be the address of a person.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Extra(BTreeMap<String, serde_json::Value>);

impl Deref for Extra {
    type Target = BTreeMap<String, serde_json::Value>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl fmt::Debug for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys()).finish()
    }
}

/// Reads `null` like an absent field.
pub(crate) fn nullable<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Reads an id that may be missing: `null` and the empty text are both "none". Only the identity of a row may
/// not be empty.
pub(crate) fn optional<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromVendor,
{
    struct NotEmpty<T>(PhantomData<T>);
    impl<T: FromVendor> Visitor<'_> for NotEmpty<T> {
        type Value = Option<T>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an id or nothing")
        }
        fn visit_unit<E>(self) -> Result<Option<T>, E> {
            Ok(None)
        }
        fn visit_str<E: de::Error>(self, text: &str) -> Result<Option<T>, E> {
            if text.len() > MOST_ID_BYTES {
                return Err(E::custom("an id is longer than 1024 bytes"));
            }
            Ok((!text.trim().is_empty()).then(|| T::from_vendor(text)))
        }
    }
    deserializer.deserialize_any(NotEmpty(PhantomData))
}

/// No id of the vendor is nearly as long. One that is would be repeated in every row and message about its object.
pub(crate) const MOST_ID_BYTES: usize = 1024;

/// An identifier that an answer may give.
pub(crate) trait FromVendor {
    /// Takes the id as it came.
    fn from_vendor(text: &str) -> Self;
}
