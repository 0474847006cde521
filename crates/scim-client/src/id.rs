//! Identifiers as types of their own, so that a user can never stand where a group belongs.
//!
//! `parse` checks what a person typed; `from_server` keeps what a server said, whatever it looks like (RFC 7643
//! §3.1: an id is opaque), without blanks around it. Every id is encoded when it becomes part of a path.

/// Defines an identifier over a shared text: cloning one copies a pointer.
macro_rules! opaque_id {
    ($(#[$attr:meta])* pub struct $name:ident; $parameter:literal) => {
        $(#[$attr])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(std::sync::Arc<str>);

        impl $name {
            /// Takes an id that a person gave.
            ///
            /// # Errors
            ///
            /// [`ParameterError::Malformed`](crate::ParameterError::Malformed) when it could only be a mistake:
            /// nothing, blanks, control characters, a path.
            pub fn parse(text: &str) -> Result<Self, $crate::ParameterError> {
                let id = text.trim();
                if $crate::id::is_opaque(id) {
                    return Ok(Self(id.into()));
                }
                Err($crate::ParameterError::malformed(
                    $parameter,
                    "1 to 256 characters without blanks and slashes",
                    text,
                ))
            }

            /// Takes an id from an answer, whatever it looks like, without the blanks around it.
            #[must_use]
            pub fn from_server(text: &str) -> Self {
                Self(text.trim().into())
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                // Servers exist that use the address of a person as the id.
                write!(f, concat!(stringify!($name), "({})"), http_kit::masked(&self.0, 256))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                // Some servers write numbers where RFC 7643 §3.1 wants text.
                deserializer.deserialize_any($crate::decode::NotEmpty::new(
                    concat!("the ", $parameter),
                    Self::from_server,
                ))
            }
        }
    };
}

opaque_id! {
    /// The id of a user in a SCIM directory. Not the id of an account elsewhere.
    pub struct UserId; "user id"
}

opaque_id! {
    /// The id of a group in a SCIM directory.
    pub struct GroupId; "group id"
}

pub(crate) fn is_opaque(text: &str) -> bool {
    (1..=256).contains(&text.len())
        && is_segment(text)
        && text
            .chars()
            .all(|c| !c.is_whitespace() && !c.is_control() && !matches!(c, '/' | '\\' | '?' | '#'))
}

/// Whether a value, once encoded, is a segment of a path and not a step within it.
pub(crate) fn is_segment(text: &str) -> bool {
    !matches!(text, "" | "." | "..")
}
