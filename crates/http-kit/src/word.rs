//! Open vocabularies: a vendor's words as enums that keep a word they do not know.
//!
//! A vendor adds words without a new version of an interface. A word that is not in the list is kept as it came, so that
//! it can be shown and compared, and never costs a row.

use serde::de::{Error, Visitor};
use std::fmt;
use std::marker::PhantomData;

/// Defines an open vocabulary: an enum of known words and `Other`, with `as_str`, `KNOWN`, `From<&str>`, `Display` and
/// serde.
///
/// Blanks around a word are no part of it. `exact` words are those of a vendor that writes each in one way. Words `in any case` are compared without case; a listed
/// one is then written the way it is listed. The crate that defines one has `serde` among its dependencies.
///
/// ```
/// http_kit::open_words! {
///     exact;
///     /// What a lamp does.
///     pub enum Lamp {
///         /// It shines.
///         On = "on",
///         /// It does not.
///         Off = "off",
///     }
/// }
///
/// assert_eq!(Lamp::from("on"), Lamp::On);
/// let new: Lamp = serde_json::from_str("\"dimmed\"")?;
/// assert_eq!((new.as_str(), &new == &Lamp::Off), ("dimmed", false));
/// assert_eq!(Lamp::from(" on\n"), Lamp::On);
/// # Ok::<_, serde_json::Error>(())
/// ```
#[macro_export]
macro_rules! open_words {
    (
        $how:ident $($more:ident)*;
        $(#[$attr:meta])* pub enum $name:ident { $($(#[$vattr:meta])* $variant:ident = $word:literal,)+ }
    ) => {
        $(#[$attr])*
        ///
        /// The vocabulary is open: a word that is not listed is kept in `Other`. Make one with `From<&str>`,
        /// which prefers the listed words.
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$vattr])* $variant,)+
            /// A word that is not listed.
            Other(Box<str>),
        }

        impl $name {
            /// The listed words, in order.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant),+];

            /// The word.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Other(word) => word,
                }
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                let word = word.trim();
                $crate::open_words!(@find $how $($more)*; word; $($variant = $word,)+)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str($crate::FromText::new("a word"))
            }
        }
    };
    (@find exact; $given:ident; $($variant:ident = $word:literal,)+) => {
        match $given {
            $($word => Self::$variant,)+
            other => Self::Other(other.into()),
        }
    };
    (@find in any case; $given:ident; $($variant:ident = $word:literal,)+) => {{
        $(if $given.eq_ignore_ascii_case($word) {
            return Self::$variant;
        })+
        Self::Other($given.into())
    }};
}

/// A visitor that builds a value from a borrowed text of at most 1 KiB, without an allocation in between: the rows of large listings are
/// made of words and ids.
#[derive(Debug)]
pub struct FromText<T> {
    expected: &'static str,
    made: PhantomData<T>,
}

impl<T> FromText<T> {
    /// Where a text is missing, the error says that this was expected: `a word`, say.
    pub fn new(expected: &'static str) -> Self {
        Self {
            expected,
            made: PhantomData,
        }
    }
}

impl<T: for<'a> From<&'a str>> Visitor<'_> for FromText<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        const MOST_BYTES: usize = 1024;
        if text.len() > MOST_BYTES {
            return Err(E::custom(format_args!(
                "{} is longer than {MOST_BYTES} bytes",
                self.expected
            )));
        }
        Ok(T::from(text))
    }
}
