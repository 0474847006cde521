//! Open vocabularies: words of the protocol as enums that keep a word they do not know.

/// Defines an open vocabulary. Words are compared without case, as servers write them in several; a listed word
/// is written the way it is listed, another one the way it came.
macro_rules! open_words {
    ($(#[$attr:meta])* pub enum $name:ident { $($(#[$vattr:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$attr])*
        ///
        /// The vocabulary is open: a word that is not listed is kept in `Other`. Make one with `From<&str>`,
        /// which prefers the listed words and ignores their case.
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$vattr])* $variant,)+
            /// A word that is not listed, as it came.
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
                $(if word.eq_ignore_ascii_case($word) {
                    return Self::$variant;
                })+
                Self::Other(word.into())
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
                deserializer.deserialize_str($crate::decode::FromText::new("a word"))
            }
        }
    };
}

pub(crate) use open_words;
