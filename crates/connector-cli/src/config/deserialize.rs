//! The settings as a struct of the connector's own.

use super::settings::Settings;
use super::value::{Value, quoted};
use crate::error::{Error, Result};
use secrecy::ExposeSecret;
use serde::de::value::{SeqDeserializer, StrDeserializer};
use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;
use std::fmt;

/// What a type that may hold a secret calls itself to serde: nothing else is given the text.
const SECRET: &str = "Secret";

impl Settings {
    /// The settings as a struct, whose fields are called as the settings are. A setting that has neither a value nor a
    /// default, and one that is ignored because the run reaches no vendor, is absent: its field is an [`Option`], or has a
    /// default of its own.
    ///
    /// A secret is given only to a newtype struct that is called `Secret`, as that of `http-kit`, whose text is not shown.
    ///
    /// ```
    /// # use connector_cli::{Result, Settings};
    /// #[derive(serde::Deserialize)]
    /// #[serde(rename_all = "kebab-case")]
    /// struct PeopleSettings {
    ///     people_file: std::path::PathBuf,
    ///     include_guests: bool,
    /// }
    ///
    /// fn people(settings: &Settings) -> Result<PeopleSettings> {
    ///     settings.deserialize() // an error names `--people-file`, `BATON_PEOPLE_FILE` or the key in the file
    /// }
    /// ```
    ///
    /// # Errors
    /// [`crate::Outcome::Configuration`], naming the setting as a person set it, where its field does not take the value.
    ///
    /// # Panics
    /// Where the program declares no setting of the name of a field, or the field is of another kind.
    #[track_caller]
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T> {
        T::deserialize(Whole(self)).map_err(|wrong| match (wrong.setting, wrong.why) {
            (Some(setting), Why::Value(message)) => self.wrong(setting, &message),
            (setting, Why::Value(message)) => Error::configuration(match setting {
                Some(setting) => format!("--{setting}: {message}"),
                None => message,
            }),
            (setting, Why::Program(message)) => {
                panic!("the setting {}: {message}", setting.unwrap_or_default())
            }
        })
    }

    /// Says what is wrong with a setting, by the name by which a person set it.
    ///
    /// # Panics
    /// Where the program declares no setting of this name.
    #[track_caller]
    pub fn wrong(&self, name: &str, why: &dyn fmt::Display) -> Error {
        Error::configuration(format!("{}: {why}", self.shown(name)))
    }
}

/// Why a struct cannot be made.
#[derive(Debug)]
struct Wrong {
    setting: Option<&'static str>,
    why: Why,
}

#[derive(Debug)]
enum Why {
    /// The value does not do.
    Value(String),
    /// Struct and settings do not fit each other, whatever the value.
    Program(String),
}

impl Wrong {
    fn program(message: impl Into<String>) -> Self {
        Self {
            setting: None,
            why: Why::Program(message.into()),
        }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.why {
            Why::Value(message) | Why::Program(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Wrong {}

impl de::Error for Wrong {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self {
            setting: None,
            why: Why::Value(message.to_string()),
        }
    }

    fn invalid_type(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        // The value stays untold.
        let found = match found {
            de::Unexpected::Str(_) => "a text",
            de::Unexpected::Bool(_) => "a switch",
            de::Unexpected::Signed(_) => "a number",
            de::Unexpected::Seq => "a list",
            _ => "of another kind",
        };
        Self::program(format!("it is {found}, and its field takes {expected}"))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::custom(format_args!(
            "{} is unknown; valid are {}",
            quoted(variant),
            expected.join(", ")
        ))
    }

    fn missing_field(field: &'static str) -> Self {
        Self {
            setting: Some(field),
            ..Self::custom("it is not set")
        }
    }
}

/// All settings, for a struct that takes some of them.
struct Whole<'a>(&'a Settings);

impl<'de> de::Deserializer<'de> for Whole<'_> {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Wrong> {
        Err(Wrong::program(
            "settings deserialize into a struct with named fields",
        ))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        visitor.visit_map(Fields {
            settings: self.0,
            names: fields.iter(),
            next: None,
        })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// The fields that have a value, in the order of the struct.
struct Fields<'a> {
    settings: &'a Settings,
    names: std::slice::Iter<'static, &'static str>,
    next: Option<(&'static str, &'a Value)>,
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Wrong;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Wrong> {
        let settings = self.settings;
        self.next = self
            .names
            .find_map(|name| settings.taken(name).map(|value| (*name, value)));
        match self.next {
            Some((name, _)) => {
                let key: StrDeserializer<'_, Wrong> = name.into_deserializer();
                seed.deserialize(key).map(Some)
            }
            None => Ok(None),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Wrong> {
        let Some((name, value)) = self.next.take() else {
            return Err(Wrong::program("a value is asked for before its name"));
        };
        seed.deserialize(One(value)).map_err(|wrong| Wrong {
            setting: Some(name),
            ..wrong
        })
    }
}

/// One value.
struct One<'a>(&'a Value);

impl<'de> de::Deserializer<'de> for One<'_> {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0 {
            Value::Text(text) => visitor.visit_str(text),
            Value::Secret(_) => Err(Wrong::program(
                "it is a secret, and its field is of a type that may show it",
            )),
            Value::Switch(is_on) => visitor.visit_bool(*is_on),
            Value::Number(number) => visitor.visit_i64(*number),
            Value::List(list) => visitor.visit_seq(SeqDeserializer::new(list.iter().map(String::as_str))),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        match self.0 {
            Value::Secret(secret) if name == SECRET => {
                let text: StrDeserializer<'_, Wrong> = secret.expose_secret().into_deserializer();
                visitor.visit_newtype_struct(text)
            }
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        match self.0 {
            Value::Text(text) => {
                let text: StrDeserializer<'_, Wrong> = text.as_str().into_deserializer();
                text.deserialize_enum(name, variants, visitor)
            }
            _ => self.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}
