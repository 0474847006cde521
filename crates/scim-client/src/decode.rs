//! Reading objects the way RFC 7643 §2.1 wants it: the names of attributes without regard to case, what is not
//! named kept, and an attribute that comes twice an error.
//!
//! The derived code of serde cannot compare names without case, and its way to keep unknown members
//! (`flatten`) loses the place of an error. So the types of a resource are read by the visitors that
//! [`attributes!`] makes.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::de::{self, DeserializeOwned, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// Attributes that this crate does not name, as they came: a map from their names to their values. Extensions
/// are among them, under their URN.
///
/// Nothing that a server says is lost, and it is sent back when the resource is written. `Debug` shows the names
/// alone, because a value may be the address of a person.
#[derive(Clone, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Extra(BTreeMap<String, Value>);

/// What the objects of a resource have in common: named attributes and the rest.
pub trait Attributes: Default {
    /// The names of the attributes, as RFC 7643 writes them.
    const NAMES: &'static [&'static str];

    /// Takes one member of an object.
    fn read_member<'de, A: MapAccess<'de>>(&mut self, name: String, map: &mut A) -> Result<(), A::Error>;

    /// Writes all members that have a value (RFC 7643 §2.5: none and absent are the same).
    fn write_members<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error>;
}

/// The value of an attribute: `null` and absent are the same (RFC 7643 §2.5).
pub(crate) trait Field: Sized + Serialize {
    fn read<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Self, A::Error>;
    fn is_absent(&self) -> bool;
}

/// The value of a singular attribute.
pub(crate) trait Singular: DeserializeOwned + Serialize {
    /// Whether this value is how some servers write that there is none.
    fn is_nothing(&self) -> bool {
        false
    }
}

/// Defines an object of a resource: a struct with its attributes and [`Extra`], read and written by name.
macro_rules! attributes {
    ($(#[$attr:meta])* pub struct $name:ident { $($(#[$fattr:meta])* $field:ident: $type:ty = $wire:literal,)+ }) => {
        $(#[$attr])*
        #[derive(Clone, Debug, Default, PartialEq)]
        #[non_exhaustive]
        pub struct $name {
            $($(#[$fattr])* pub $field: $type,)+
            /// Everything else that was sent.
            pub extra: $crate::Extra,
        }

        impl $crate::decode::Attributes for $name {
            const NAMES: &'static [&'static str] = &[$($wire),+];

            fn read_member<'de, A: serde::de::MapAccess<'de>>(
                &mut self,
                name: String,
                map: &mut A,
            ) -> Result<(), A::Error> {
                $(if name.eq_ignore_ascii_case($wire) {
                    if !$crate::decode::Field::is_absent(&self.$field) {
                        return Err($crate::decode::twice(&name));
                    }
                    self.$field = $crate::decode::Field::read(map)?;
                    return Ok(());
                })+
                self.extra.read(name, map)
            }

            fn write_members<M: serde::ser::SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
                $(if !$crate::decode::Field::is_absent(&self.$field) {
                    map.serialize_entry($wire, &self.$field)?;
                })+
                self.extra.write(map)
            }
        }

        impl $crate::decode::Singular for $name {}

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(None)?;
                $crate::decode::Attributes::write_members(self, &mut map)?;
                serde::ser::SerializeMap::end(map)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_map($crate::decode::Members::new(stringify!($name)))
            }
        }
    };
}

pub(crate) use attributes;

/// Reads an object member by member.
pub(crate) struct Members<T> {
    expected: &'static str,
    made: PhantomData<T>,
}

impl<T> Members<T> {
    pub(crate) fn new(expected: &'static str) -> Self {
        Self {
            expected,
            made: PhantomData,
        }
    }
}

impl<'de, T: Attributes> Visitor<'de> for Members<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let mut made = T::default();
        while let Some(name) = map.next_key::<String>()? {
            made.read_member(name, &mut map)?;
        }
        Ok(made)
    }
}

pub(crate) fn twice<E: de::Error>(name: &str) -> E {
    E::custom(format_args!("the attribute {name} is given twice"))
}

impl<T: Singular> Field for Option<T> {
    fn read<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Self, A::Error> {
        Ok(map.next_value::<Self>()?.filter(|value| !value.is_nothing()))
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T: DeserializeOwned + Serialize> Field for Vec<T> {
    fn read<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Self, A::Error> {
        Ok(map.next_value::<Option<Self>>()?.unwrap_or_default())
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl Singular for u64 {}

/// An object that is there in every case; its members may be absent.
impl<T: Attributes + Singular + PartialEq> Field for T {
    fn read<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Self, A::Error> {
        Ok(map.next_value::<Option<Self>>()?.unwrap_or_default())
    }

    fn is_absent(&self) -> bool {
        *self == Self::default()
    }
}

// === impl Extra ===

impl Extra {
    pub(crate) fn read<'de, A: MapAccess<'de>>(&mut self, name: String, map: &mut A) -> Result<(), A::Error> {
        let value = map.next_value()?;
        if self.find(&name).is_some() {
            return Err(twice(&name));
        }
        self.0.insert(name, value);
        Ok(())
    }

    pub(crate) fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        self.0
            .iter()
            .try_for_each(|(name, value)| map.serialize_entry(name, value))
    }

    /// The value of this name, whatever the case of either.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Value> {
        self.0
            .iter()
            .find_map(|(key, value)| key.eq_ignore_ascii_case(name).then_some(value))
    }

    /// Sets a value, in place of one of the same name in any case; `null` takes it away.
    pub fn set(&mut self, name: &str, value: Value) {
        self.0.retain(|key, _| !key.eq_ignore_ascii_case(name));
        if !value.is_null() {
            self.0.insert(name.to_owned(), value);
        }
    }
}

impl Deref for Extra {
    type Target = BTreeMap<String, Value>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl fmt::Debug for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys()).finish()
    }
}

/// Builds a value from a text that is not empty, or from a number written as text.
pub(crate) struct NotEmpty<T> {
    expected: &'static str,
    make: fn(&str) -> T,
}

impl<T> NotEmpty<T> {
    pub(crate) fn new(expected: &'static str, make: fn(&str) -> T) -> Self {
        Self { expected, make }
    }
}

impl<T> Visitor<'_> for NotEmpty<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        if text.is_empty() {
            // A resource without an identity cannot be changed or told apart.
            return Err(E::custom(format_args!("{} is empty", self.expected)));
        }
        Ok((self.make)(text))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<T, E> {
        Ok((self.make)(&number.to_string()))
    }
}

/// A number that some servers write as text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Number(pub(crate) u64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Digits;
        impl Visitor<'_> for Digits {
            type Value = Number;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number that is not negative")
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Number, E> {
                Ok(Number(number))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Number, E> {
                let number = text.trim().parse();
                number
                    .map(Number)
                    .map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_any(Digits)
    }
}
