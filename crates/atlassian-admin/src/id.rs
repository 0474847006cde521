//! Identifiers as types of their own, so that an account can never stand where a group belongs.
//!
//! There are two ways in. `parse` checks the documented form and names the parameter: it is for what a person
//! typed. `from_vendor` keeps an id whatever it looks like: it is for what an answer said, because an id we
//! find odd is still the vendor's id. Blanks around it are no part of it: the same id without them would be another
//! object. Every id is encoded when it becomes part of a path, so neither way can
//! change which operation is called.

/// Defines an identifier over a shared text: cloning one copies a pointer.
macro_rules! vendor_id {
    ($(#[$attr:meta])* pub struct $name:ident; $parameter:literal, $expected:literal, $fits:expr) => {
        vendor_id!($(#[$attr])* pub struct $name; $parameter, $expected, $fits, |text| text);
    };
    ($(#[$attr:meta])* pub struct $name:ident; $parameter:literal, $expected:literal, $fits:expr, $plain:expr) => {
        $(#[$attr])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(std::sync::Arc<str>);

        impl $name {
            /// Takes an id that a person gave.
            ///
            /// # Errors
            ///
            /// [`ParameterError::Malformed`](crate::ParameterError::Malformed) when it does not have the
            /// documented form.
            pub fn parse(text: &str) -> Result<Self, $crate::ParameterError> {
                let plain: fn(&str) -> &str = $plain;
                let fits: fn(&str) -> bool = $fits;
                let id = plain(text.trim());
                if fits(id) {
                    return Ok(Self(id.into()));
                }
                Err($crate::ParameterError::Malformed {
                    parameter: $parameter,
                    expected: $expected,
                    length: text.chars().count(),
                })
            }

            /// Takes an id from an answer of the vendor, whatever it looks like, without the blanks around it.
            #[must_use]
            pub fn from_vendor(text: &str) -> Self {
                let plain: fn(&str) -> &str = $plain;
                Self(plain(text.trim()).into())
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
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
                write!(f, concat!(stringify!($name), "({})"), &*self.0)
            }
        }

        impl $crate::decode::FromVendor for $name {
            fn from_vendor(text: &str) -> Self {
                $name::from_vendor(text)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct NotEmpty;
                impl serde::de::Visitor<'_> for NotEmpty {
                    type Value = $name;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str(concat!("the ", $parameter))
                    }
                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$name, E> {
                        // An object without an identity cannot be granted, revoked or told apart.
                        if text.trim().is_empty() {
                            return Err(E::custom(concat!("the ", $parameter, " is empty")));
                        }
                        if text.len() > $crate::decode::MOST_ID_BYTES {
                            return Err(E::custom(concat!("the ", $parameter, " is longer than 1024 bytes")));
                        }
                        Ok($name::from_vendor(text))
                    }
                }
                deserializer.deserialize_str(NotEmpty)
            }
        }
    };
}

pub(crate) use vendor_id;

vendor_id! {
    /// The id of an organization: a UUID, shown in the address of its administration pages
    /// (`admin.atlassian.com/o/…`).
    pub struct OrgId; "organization id", "a UUID such as 8f1c2d34-5b6a-4c7d-9e80-1a2b3c4d5e6f", is_uuid
}

vendor_id! {
    /// The id of a user directory of an organization: a UUID. Not a SCIM directory.
    pub struct DirectoryId; "directory id", "a UUID such as 4be07f1a-2c55-4d0e-8a41-90c3d7e6b512", is_uuid
}

vendor_id! {
    /// The id of an Atlassian account: opaque. Seen as 24 hexadecimal digits, as `557058:` or `712020:` with
    /// a UUID, as `qm:…`.
    pub struct AccountId;
    "account id", "1 to 128 letters, digits and the signs _ | : -", is_account_id
}

vendor_id! {
    /// The id of a group: a UUID. Answers that give it as an ARI (`ari:cloud:identity::group/…`) are reduced
    /// to it.
    pub struct GroupId;
    "group id", "a UUID such as 0e5b2c44-1f7a-4e8e-9d0b-3c6a8f1e2d97", is_uuid, without_group_prefix
}

vendor_id! {
    /// The id of an API token of an account.
    pub struct TokenId; "token id", "1 to 256 characters without blanks and slashes", is_opaque
}

vendor_id! {
    /// The id of an API key of the organization.
    pub struct ApiKeyId; "API key id", "1 to 256 characters without blanks and slashes", is_opaque
}

vendor_id! {
    /// The id of a service account within the collection of service accounts; as a rule not its account id.
    pub struct ServiceAccountId;
    "service account id", "1 to 256 characters without blanks and slashes", is_opaque
}

vendor_id! {
    /// The id of an OAuth client.
    pub struct OAuthClientId; "OAuth client id", "1 to 256 characters without blanks and slashes", is_opaque
}

vendor_id! {
    /// The id of a verified domain; in practice the name of the domain.
    pub struct DomainId; "domain id", "1 to 256 characters without blanks and slashes", is_opaque
}

vendor_id! {
    /// The id of a policy.
    pub struct PolicyId; "policy id", "1 to 256 characters without blanks and slashes", is_opaque
}

vendor_id! {
    /// The id of an event of the audit log.
    pub struct EventId; "event id", "1 to 256 characters without blanks and slashes", is_opaque
}

vendor_id! {
    /// The id of a SCIM directory. Not a user directory of the organization.
    pub struct ScimDirectoryId; "SCIM directory id", "1 to 256 characters without blanks and slashes", is_opaque
}

vendor_id! {
    /// The id of a user record in a SCIM directory. Never an account id.
    pub struct ScimUserId; "SCIM user id", "1 to 256 characters without blanks and slashes", is_opaque
}

/// Which directory an operation looks at.
///
/// Reads may look at all of them; writes take a [`DirectoryId`], because the vendor refuses memberships and
/// lifecycle changes without the real one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DirectoryRef {
    /// Every directory that the key may administer (`-` in the path).
    Any,
    /// This one.
    Id(DirectoryId),
}

impl DirectoryRef {
    /// The path segment.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Any => "-",
            Self::Id(id) => id.as_str(),
        }
    }
}

impl From<DirectoryId> for DirectoryRef {
    fn from(id: DirectoryId) -> Self {
        Self::Id(id)
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn is_account_id(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_|:-".contains(&byte))
}

/// The vendor documents no form for these. What is refused is what could only be a mistake: nothing, blanks,
/// a path.
fn is_opaque(text: &str) -> bool {
    (1..=256).contains(&text.len())
        && !matches!(text, "." | "..")
        && text
            .chars()
            .all(|c| !c.is_whitespace() && !c.is_control() && !matches!(c, '/' | '\\' | '?' | '#'))
}

fn without_group_prefix(text: &str) -> &str {
    text.strip_prefix("ari:cloud:identity::group/").unwrap_or(text)
}
