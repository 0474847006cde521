//! A resource as a server has it.

use crate::decode::{Field, Id, twice};
use crate::model::resource::{Resource, ResourceKind};
use crate::{ETag, Meta, Receipt, Text};
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::fmt;

/// A resource as a server has it: its id, what the server says about it, and the resource.
///
/// It is what reading returns and what a cache would keep. To change it, change
/// [`resource`](Self::resource) and give that to [`replace`](crate::Resources::replace), with the
/// [`etag`](Self::etag) where the server has versions.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Stored<R: Resource> {
    /// The id that the server gave it (RFC 7643 §3.1).
    pub id: R::Id,
    /// What the server says about it.
    pub meta: Option<Meta>,
    /// The resource.
    pub resource: R,
    header: Option<ETag>,
}

/// What is known of a resource after it was written: a server may answer a change without the resource
/// (RFC 7644 §3.5.2, status 204).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Written<R: Resource> {
    /// The resource as it is now, if the server returned it.
    pub stored: Option<Stored<R>>,
    /// Its version, if the server told it.
    pub etag: Option<ETag>,
    /// The answer itself.
    pub receipt: Receipt,
}

/// What a creation returns. A server may answer without the resource and name its address alone (RFC 7644 §3.3).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Created<R: Resource> {
    /// The id that the server gave the resource.
    pub id: R::Id,
    /// The resource as the server has it now, if the server returned it.
    pub stored: Option<Stored<R>>,
    /// The address of the resource: what the header `Location` says, else `meta.location`.
    pub location: Option<Text>,
    /// The answer itself.
    pub receipt: Receipt,
}

impl<R: Resource> Stored<R> {
    /// The version: what the header `ETag` of the answer said, else `meta.version`.
    #[must_use]
    pub fn etag(&self) -> Option<&ETag> {
        let of_meta = || self.meta.as_ref()?.version.as_ref();
        self.header.as_ref().or_else(of_meta)
    }

    pub(crate) fn with_header(mut self, etag: Option<ETag>) -> Self {
        self.header = etag.or(self.header);
        self
    }
}

impl<R: Resource> Serialize for Stored<R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.id)?;
        self.resource.write_members(&mut map)?;
        if let Some(meta) = &self.meta {
            map.serialize_entry("meta", meta)?;
        }
        map.end()
    }
}

/// A resource as an answer has it, which may lack the id.
pub(crate) struct Parts<R: Resource> {
    pub(crate) id: Option<R::Id>,
    meta: Option<Meta>,
    resource: R,
}

impl<R: Resource> Parts<R> {
    /// The resource under its id, or under this one if it has none.
    pub(crate) fn stored(self, id: Option<R::Id>) -> Option<Stored<R>> {
        Some(Stored {
            id: self.id.or(id)?,
            meta: self.meta,
            resource: self.resource,
            header: None,
        })
    }

    /// Whether the resource says that it is of another kind.
    fn is_foreign(&self) -> bool {
        let other = match R::KIND {
            ResourceKind::User => ResourceKind::Group,
            ResourceKind::Group => ResourceKind::User,
        };
        let schemas = self.resource.schemas();
        let named = |urn: &str| schemas.iter().any(|schema| schema.eq_ignore_ascii_case(urn));
        let kind = self.meta.as_ref().and_then(|meta| meta.resource_type.as_ref());
        let called = kind.is_some_and(|kind| kind.eq_ignore_ascii_case(&other.to_string()));
        !named(R::SCHEMA) && (called || named(other.schema()))
    }
}

impl<R: Resource> Default for Parts<R> {
    fn default() -> Self {
        Self {
            id: None,
            meta: None,
            resource: R::default(),
        }
    }
}

impl<'de, R: Resource> Deserialize<'de> for Parts<R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Whole<R>(std::marker::PhantomData<R>);
        impl<'de, R: Resource> Visitor<'de> for Whole<R> {
            type Value = Parts<R>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a {}", R::KIND)
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Parts<R>, A::Error> {
                let mut parts = Parts::<R>::default();
                while let Some(name) = map.next_key::<String>()? {
                    if name.eq_ignore_ascii_case("id") {
                        if parts.id.is_some() {
                            return Err(twice(&name));
                        }
                        parts.id = Some(map.next_value::<Id<R::Id>>()?.0);
                    } else if name.eq_ignore_ascii_case("meta") {
                        if parts.meta.is_some() {
                            return Err(twice(&name));
                        }
                        // What is said about a resource does not decide whether it is understood.
                        parts.meta = Option::<Meta>::read(&mut map)?.unwrap_or_default();
                    } else {
                        parts.resource.read_member(name, &mut map)?;
                    }
                }
                if parts.is_foreign() {
                    return Err(de::Error::custom(format_args!("this is no {}", R::KIND)));
                }
                Ok(parts)
            }
        }
        deserializer.deserialize_map(Whole::<R>(std::marker::PhantomData))
    }
}

impl<'de, R: Resource> Deserialize<'de> for Stored<R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let parts = Parts::<R>::deserialize(deserializer)?;
        parts.stored(None).ok_or_else(|| de::Error::missing_field("id"))
    }
}
