//! Id formats: entitlement and grant ids, and the baton ids by which people name objects on a command line.
//!
//! Entitlement and grant ids are joined without escaping, because existing reviews run against them. They are
//! therefore **opaque**: nothing may take them apart. Objects are told apart by their parts, and two objects whose
//! joined ids collide are an error of the sync, never an overwrite.

use connector_proto::connector::v2;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Names a resource: its type and its id within the type. Both are opaque and not empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ResourceKey {
    /// Id of the resource type, `user` for example.
    pub resource_type: String,
    /// Id within the type.
    pub resource: String,
}

impl ResourceKey {
    /// Names a resource.
    pub fn new(resource_type: impl Into<String>, resource: impl Into<String>) -> Self {
        Self {
            resource_type: resource_type.into(),
            resource: resource.into(),
        }
    }

    /// The wire form.
    pub fn to_proto(&self) -> v2::ResourceId {
        v2::ResourceId {
            resource_type: self.resource_type.clone(),
            resource: self.resource.clone(),
            ..Default::default()
        }
    }

    /// From the wire form. `None` where a part is empty.
    pub fn from_proto(id: &v2::ResourceId) -> Option<Self> {
        (!id.resource_type.is_empty() && !id.resource.is_empty())
            .then(|| Self::new(id.resource_type.clone(), id.resource.clone()))
    }
}

impl fmt::Display for ResourceKey {
    /// `type:id`, unescaped: the external id under which artifacts store the resource.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.resource_type, self.resource)
    }
}

/// `<type>:<resource>:<slug>`, the id of an entitlement.
pub fn entitlement_id(resource: &ResourceKey, slug: &str) -> String {
    format!("{}:{}:{slug}", resource.resource_type, resource.resource)
}

/// `<entitlement id>:<principal type>:<principal>`, the id of a grant.
pub fn grant_id(entitlement_id: &str, principal: &ResourceKey) -> String {
    format!(
        "{entitlement_id}:{}:{}",
        principal.resource_type, principal.resource
    )
}

/// A baton id: the escaped, unambiguous spelling of a resource, entitlement or grant.
///
/// Grammar: `bid:r:R`, `bid:e:R:slug`, `bid:g:R:slug:R` where R is `[parentType/parentId/]type/id` and the
/// characters `\`, `/` and `:` are escaped by a backslash inside each part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BatonId {
    /// A resource.
    Resource(BatonResource),
    /// An entitlement: its resource and slug.
    Entitlement(BatonResource, String),
    /// A grant: the entitlement's resource, its slug, the principal.
    Grant(BatonResource, String, BatonResource),
}

/// A resource as a baton id names it, with its parent where it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatonResource {
    /// The resource.
    pub key: ResourceKey,
    /// Its parent.
    pub parent: Option<ResourceKey>,
}

/// A text is not a baton id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a baton id: {why}")]
pub struct BatonIdError {
    text: String,
    why: &'static str,
}

impl BatonId {
    /// Reads a baton id.
    ///
    /// # Errors
    /// [`BatonIdError`] where the text does not follow the grammar: another prefix, an unknown escape, a trailing
    /// backslash, an empty part, another number of parts.
    pub fn parse(text: &str) -> Result<Self, BatonIdError> {
        let fail = |why| BatonIdError {
            text: text.to_owned(),
            why,
        };
        let rest = text
            .strip_prefix("bid:")
            .ok_or(fail("it does not start with \"bid:\""))?;
        let (kind, rest) = rest.split_once(':').ok_or(fail("its kind is missing"))?;
        let parts = split(rest).map_err(fail)?;
        let resource = |parts: &[String]| -> Result<BatonResource, BatonIdError> {
            if parts.iter().any(String::is_empty) {
                return Err(fail("a part is empty"));
            }
            match parts {
                [t, id] => Ok(BatonResource {
                    key: ResourceKey::new(t, id),
                    parent: None,
                }),
                [pt, pid, t, id] => Ok(BatonResource {
                    key: ResourceKey::new(t, id),
                    parent: Some(ResourceKey::new(pt, pid)),
                }),
                _ => Err(fail("a resource has two parts, or four with its parent")),
            }
        };
        let slug = |parts: &[String]| match parts {
            [slug] if !slug.is_empty() => Ok(slug.clone()),
            _ => Err(fail("its slug is missing")),
        };
        match (kind, parts.as_slice()) {
            ("r", [r]) => Ok(Self::Resource(resource(r)?)),
            ("e", [r, s]) => Ok(Self::Entitlement(resource(r)?, slug(s)?)),
            ("g", [r, s, p]) => Ok(Self::Grant(resource(r)?, slug(s)?, resource(p)?)),
            ("r" | "e" | "g", _) => Err(fail("it has another number of sections than its kind asks for")),
            _ => Err(fail("its kind is none of r, e, g")),
        }
    }
}

impl fmt::Display for BatonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resource(r) => write!(f, "bid:r:{r}"),
            Self::Entitlement(r, slug) => write!(f, "bid:e:{r}:{}", escape(slug)),
            Self::Grant(r, slug, p) => write!(f, "bid:g:{r}:{}:{p}", escape(slug)),
        }
    }
}

impl fmt::Display for BatonResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = &self.parent {
            write!(
                f,
                "{}/{}/",
                escape(&parent.resource_type),
                escape(&parent.resource)
            )?;
        }
        write!(
            f,
            "{}/{}",
            escape(&self.key.resource_type),
            escape(&self.key.resource)
        )
    }
}

fn escape(part: &str) -> String {
    let mut out = String::with_capacity(part.len());
    for c in part.chars() {
        if matches!(c, '\\' | '/' | ':') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Splits into sections at `:` and parts at `/`, undoing the escapes.
fn split(text: &str) -> Result<Vec<Vec<String>>, &'static str> {
    let mut sections = vec![vec![String::new()]];
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let section = sections.last_mut().ok_or("it is empty")?;
        match c {
            '\\' => match chars.next() {
                Some(e @ ('\\' | '/' | ':')) => section.last_mut().ok_or("it is empty")?.push(e),
                Some(_) => return Err("it has an unknown escape"),
                None => return Err("it ends in a backslash"),
            },
            '/' => section.push(String::new()),
            ':' => sections.push(vec![String::new()]),
            c => section.last_mut().ok_or("it is empty")?.push(c),
        }
    }
    Ok(sections)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn joined_ids() {
        let group = ResourceKey::new("group", "g:1");
        assert_eq!(entitlement_id(&group, "member"), "group:g:1:member");
        assert_eq!(
            grant_id("group:g:1:member", &ResourceKey::new("user", "u")),
            "group:g:1:member:user:u"
        );
    }

    #[test]
    fn baton_ids_of_the_reference() {
        for text in [
            "bid:r:group/5678/user/1234",
            r"bid:e:team/5678:member",
            r"bid:g:team/56\:78:member:user/1234",
        ] {
            assert_eq!(BatonId::parse(text).map(|id| id.to_string()), Ok(text.to_owned()));
        }
        for text in [
            "",
            "x",
            "bid:q:a/b",
            "bid:r:a",
            "bid:r:a/b/c",
            "bid:r:a/",
            r"bid:r:a/b\",
            r"bid:r:a/\x",
            "bid:e:a/b",
        ] {
            assert!(BatonId::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_part_survives(a in ".{1,12}", b in ".{1,12}", slug in ".{1,12}", c in ".{1,12}") {
            let of = |t: &str, id: &str| BatonResource { key: ResourceKey::new(t, id), parent: Some(ResourceKey::new(id, t)) };
            let id = BatonId::Grant(of(&a, &b), slug, of(&c, &a));
            prop_assert_eq!(BatonId::parse(&id.to_string()), Ok(id));
        }
    }
}
