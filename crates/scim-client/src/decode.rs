//! Reading objects the way RFC 7643 §2.1 wants it: the names of attributes without regard to case, what is not
//! named kept, and an attribute that comes twice an error.
//!
//! The derived code of serde cannot compare names without case, and its way to keep unknown members
//! (`flatten`) loses the place of an error. So the types of a resource are read by the visitors that
//! [`attributes!`] makes.

use crate::exact;
use serde::de::{self, DeserializeOwned, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

/// Attributes that this crate does not name, as they came: a map from their names to their values. Extensions
/// are among them, under their URN. So is an attribute that this crate names and whose value has another type than
/// RFC 7643 gives it: the attribute is then absent, and its value stands here.
///
/// Nothing that a server says is lost, and it is sent back when the resource is written; numbers to the last digit,
/// although a [`Value`] rounds large ones. `Debug` shows the names alone, because a value may be the address of a
/// person.
#[derive(Clone, Default, PartialEq)]
pub struct Extra {
    values: BTreeMap<String, Value>,
    /// The JSON of the values whose numbers a [`Value`] would round.
    exact: BTreeMap<String, Box<str>>,
}

/// What the objects of a resource have in common: named attributes and the rest.
pub trait Attributes: Default {
    /// The names of the attributes, as RFC 7643 writes them.
    const NAMES: &'static [&'static str];

    /// The attribute that is meant where a server writes a plain value in place of the object: `"roles": ["admin"]`,
    /// `"patch": true`.
    const SHORT: Option<&'static str>;

    /// Takes one member of an object.
    fn read_member<'de, A: MapAccess<'de>>(&mut self, name: String, map: &mut A) -> Result<(), A::Error>;

    /// Writes all members that have a value (RFC 7643 §2.5: none and absent are the same).
    fn write_members<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error>;
}

/// The value of an attribute: `null` and absent are the same (RFC 7643 §2.5).
pub(crate) trait Field: Sized + Serialize {
    /// Reads the value; or gives back one that has another type, which does not cost the resource.
    fn read<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Result<Self, Box<RawValue>>, A::Error>;
    fn is_absent(&self) -> bool;
}

/// The value of a singular attribute.
pub(crate) trait Singular: DeserializeOwned + Serialize {
    /// Whether a resource whose value cannot be read is not understood: what decides on access.
    const NEEDED: bool = false;

    /// Whether this value is how some servers write that there is none.
    fn is_nothing(&self) -> bool {
        false
    }

    /// Reads a value that is not `null` from its JSON.
    fn of_json(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }
}

/// Defines an object of a resource: a struct with its attributes and [`Extra`], read and written by name.
macro_rules! attributes {
    (
        $(#[$attr:meta])*
        pub struct $name:ident $(or $short:literal)? { $($(#[$fattr:meta])* $field:ident: $type:ty = $wire:literal,)+ }
    ) => {
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
            const SHORT: Option<&'static str> = $crate::decode::first(&[$($short)?]);

            fn read_member<'de, A: serde::de::MapAccess<'de>>(
                &mut self,
                name: String,
                map: &mut A,
            ) -> Result<(), A::Error> {
                $(if name.eq_ignore_ascii_case($wire) {
                    if !$crate::decode::Field::is_absent(&self.$field) || self.extra.find($wire).is_some() {
                        return Err($crate::decode::twice(&name));
                    }
                    match $crate::decode::Field::read(map)? {
                        Ok(value) => self.$field = value,
                        Err(odd) => self.extra.keep_exactly(name, &odd),
                    }
                    return Ok(());
                })+
                self.extra.read(name, map)
            }

            fn write_members<M: serde::ser::SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
                $(if !$crate::decode::Field::is_absent(&self.$field) {
                    map.serialize_entry($wire, &self.$field)?;
                })+
                // A value of another type than expected gives way to one that was set since.
                let is_set = |name: &str| {
                    $((name.eq_ignore_ascii_case($wire) && !$crate::decode::Field::is_absent(&self.$field)))||+
                };
                self.extra.write(map, is_set)
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
                deserializer.deserialize_any($crate::decode::Members::new(stringify!($name)))
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

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        short(text.into(), &self)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<T, E> {
        short(value.into(), &self)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<T, E> {
        short(number.into(), &self)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
        short(number.into(), &self)
    }
}

/// An object that a server writes as a plain value.
fn short<T: Attributes, E: de::Error>(value: Value, expected: &dyn de::Expected) -> Result<T, E> {
    let Some(name) = T::SHORT else {
        return Err(E::invalid_type(de::Unexpected::Other("a plain value"), expected));
    };
    Map::from_iter([(name.to_owned(), value)])
        .deserialize_map(Members::<T>::new(""))
        .map_err(E::custom)
}

/// The only name of a list that has one at most.
pub(crate) const fn first(names: &[&'static str]) -> Option<&'static str> {
    match names {
        [name, ..] => Some(name),
        [] => None,
    }
}

pub(crate) fn twice<E: de::Error>(name: &str) -> E {
    E::custom(format_args!("the attribute {name} is given twice"))
}

impl<T: Singular> Field for Option<T> {
    fn read<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Result<Self, Box<RawValue>>, A::Error> {
        let there = |value: &T| !value.is_nothing();
        if T::NEEDED {
            return Ok(Ok(map.next_value::<Self>()?.filter(there)));
        }
        let json: Box<RawValue> = map.next_value()?;
        if json.get() == "null" {
            return Ok(Ok(None));
        }
        Ok(match T::of_json(json.get()) {
            Some(value) => Ok(Some(value).filter(there)),
            None => Err(json),
        })
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T: DeserializeOwned + Serialize> Field for Vec<T> {
    fn read<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Result<Self, Box<RawValue>>, A::Error> {
        Ok(Ok(map
            .next_value::<Option<Values<T>>>()?
            .map_or_else(Vec::new, |values| values.0)))
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl Singular for u64 {
    fn of_json(json: &str) -> Option<Self> {
        serde_json::from_str::<Number>(json).ok().map(|number| number.0)
    }
}

/// An object that is there in every case; its members may be absent.
impl<T: Attributes + Singular + PartialEq> Field for T {
    fn read<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Result<Self, Box<RawValue>>, A::Error> {
        Ok(Option::<T>::read(map)?.map(Option::unwrap_or_default))
    }

    fn is_absent(&self) -> bool {
        *self == Self::default()
    }
}

/// The values of an attribute that may have several. A `null` among them is no value (RFC 7643 §2.5), and one value
/// without brackets is a list of one: servers write both.
struct Values<T>(Vec<T>);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Values<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::IntoDeserializer;
        use serde::de::value::MapAccessDeserializer;

        struct List<T>(PhantomData<T>);
        impl<'de, T: DeserializeOwned> Visitor<'de> for List<T> {
            type Value = Vec<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a sequence")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = seq.next_element::<Option<T>>()? {
                    values.extend(value);
                }
                Ok(values)
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Vec<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(|value| vec![value])
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<T>, E> {
                if text.is_empty() {
                    return Ok(Vec::new());
                }
                T::deserialize(text.into_deserializer()).map(|value| vec![value])
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Vec<T>, E> {
                T::deserialize(number.into_deserializer()).map(|value| vec![value])
            }
            fn visit_bool<E: de::Error>(self, value: bool) -> Result<Vec<T>, E> {
                T::deserialize(value.into_deserializer()).map(|value| vec![value])
            }
        }
        deserializer.deserialize_any(List(PhantomData)).map(Self)
    }
}

// === impl Extra ===

impl Extra {
    pub(crate) fn read<'de, A: MapAccess<'de>>(&mut self, name: String, map: &mut A) -> Result<(), A::Error> {
        let json: Box<RawValue> = map.next_value()?;
        if self.find(&name).is_some() {
            return Err(twice(&name));
        }
        self.keep(name, &json);
        Ok(())
    }

    /// Keeps a value.
    fn keep(&mut self, name: String, json: &RawValue) {
        let value = exact::value(json);
        // A number of 400 digits, or a text with half of a character: it is nothing here, and goes back as it came.
        let is_lost = value.is_null() && json.get() != "null";
        if is_lost || !exact::keeps_numbers(json.get()) {
            self.keep_exactly(name, json);
        } else {
            self.values.insert(name, value);
        }
    }

    /// Keeps a value that is not understood as it came. What is wrong with it may be what a value here does not show: a
    /// member that stands in it twice.
    pub(crate) fn keep_exactly(&mut self, name: String, json: &RawValue) {
        self.exact.insert(name.clone(), json.get().into());
        self.values.insert(name, exact::value(json));
    }

    /// Writes all values but those of these names.
    pub(crate) fn write<M: SerializeMap>(
        &self,
        map: &mut M,
        without: impl Fn(&str) -> bool,
    ) -> Result<(), M::Error> {
        let mut values = self.values.iter().filter(|(name, _)| !without(name));
        values.try_for_each(|(name, value)| match self.exact.get(name) {
            Some(json) => {
                let json = RawValue::from_string(json.to_string()).map_err(serde::ser::Error::custom)?;
                map.serialize_entry(name, &json)
            }
            None => map.serialize_entry(name, value),
        })
    }

    /// The value of this name, whatever the case of either.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Value> {
        self.values
            .iter()
            .find_map(|(key, value)| key.eq_ignore_ascii_case(name).then_some(value))
    }

    /// Sets a value, in place of one of the same name in any case; `null` takes it away.
    pub fn set(&mut self, name: &str, value: Value) {
        self.values.retain(|key, _| !key.eq_ignore_ascii_case(name));
        self.exact.retain(|key, _| !key.eq_ignore_ascii_case(name));
        if !value.is_null() {
            self.values.insert(name.to_owned(), value);
        }
    }
}

impl Serialize for Extra {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.values.len()))?;
        self.write(&mut map, |_| false)?;
        map.end()
    }
}

impl Deref for Extra {
    type Target = BTreeMap<String, Value>;

    fn deref(&self) -> &Self::Target {
        &self.values
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
        if text.trim().is_empty() {
            // A resource without an identity cannot be changed or told apart.
            return Err(E::custom(format_args!("{} is empty", self.expected)));
        }
        Ok((self.make)(text))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<T, E> {
        Ok((self.make)(&number.to_string()))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
        Ok((self.make)(&number.to_string()))
    }
}

/// An id, from a text or from a number of any size.
pub(crate) struct Id<I>(pub(crate) I);

impl<'de, I: DeserializeOwned> Deserialize<'de> for Id<I> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Box::<RawValue>::deserialize(deserializer)?;
        let value = match exact::number(json.get()) {
            Some(digits) => Value::from(digits),
            None => exact::value(&json),
        };
        I::deserialize(value).map(Self).map_err(de::Error::custom)
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
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Number, E> {
                // `7.0` of a server that counts in floating point.
                match number.fract() == 0.0 && (0.0..9e15).contains(&number) {
                    true => Ok(Number(number as u64)),
                    false => Err(E::invalid_value(de::Unexpected::Float(number), &self)),
                }
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
