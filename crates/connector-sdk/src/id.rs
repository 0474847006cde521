//! Names of resources, and the ids of entitlements and grants.
//!
//! Entitlement and grant ids are joined without escaping, because existing reviews run against them. They are
//! therefore **opaque**: nothing may take them apart. Objects are told apart by their parts, and two objects whose
//! joined ids collide are an error of the sync, never an overwrite.

use crate::error::{Code, Error, Result};
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

    /// From a text that a person wrote: `type/id`, or the notation of the Baton SDKs, `bid:r:type/id`, in which a
    /// backslash stands before each `:`, `/` and backslash of a part and a parent may stand before the type.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`] where it is neither.
    pub fn from_text(text: &str) -> Result<Self> {
        let parts = match text.strip_prefix("bid:r:") {
            Some(notation) => parts_of(notation),
            // The other kinds of that notation name entitlements and grants.
            None if text.starts_with("bid:") => None,
            None => text
                .split_once('/')
                .map(|(of, id)| vec![of.to_owned(), id.to_owned()]),
        };
        let key = match parts.as_deref() {
            Some([of, id] | [_, _, of, id]) => Self::new(of, id),
            _ => Self::new("", ""),
        };
        if key.resource_type.is_empty() || key.resource.is_empty() {
            let message = format!("{text:?} names no resource: it is written type/id or bid:r:type/id");
            return Err(Error::new(Code::InvalidArgument, message));
        }
        Ok(key)
    }

    /// Which resource it is.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`] where it does not say.
    pub fn of(resource: Option<&v2::Resource>) -> Result<Self> {
        let id = resource.and_then(|resource| resource.id.as_ref());
        id.and_then(Self::from_proto)
            .ok_or_else(|| Error::new(Code::InvalidArgument, "a resource has no id"))
    }

    /// What a grant is on, and who holds it.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`] where it does not say.
    pub fn of_grant(grant: &v2::Grant) -> Result<(Self, Self)> {
        let on = grant.entitlement.as_ref().and_then(|on| on.resource.as_ref());
        Ok((Self::of(on)?, Self::of(grant.principal.as_ref())?))
    }
}

impl fmt::Display for ResourceKey {
    /// `type:id`, unescaped: the external id under which artifacts store the resource.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.resource_type, self.resource)
    }
}

/// The parts between the slashes, without the backslashes before what would end one.
fn parts_of(notation: &str) -> Option<Vec<String>> {
    let (mut parts, mut part) = (Vec::new(), String::new());
    let mut letters = notation.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => part.push(letters.next().filter(|next| ['\\', '/', ':'].contains(next))?),
            '/' => parts.push(std::mem::take(&mut part)),
            ':' => return None,
            letter => part.push(letter),
        }
    }
    parts.push(part);
    parts.iter().all(|part| !part.is_empty()).then_some(parts)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn check_text(text: &str, expected: Option<(&str, &str)>) {
        let expected = expected.map(|(of, id)| ResourceKey::new(of, id));
        assert_eq!(ResourceKey::from_text(text).ok(), expected, "{text}");
    }

    #[test]
    fn a_resource_is_named_in_two_notations() {
        check_text("user/712020:a-1", Some(("user", "712020:a-1")));
        check_text(
            "workspace/ari:cloud:x::site/1",
            Some(("workspace", "ari:cloud:x::site/1")),
        );
        check_text("bid:r:group/5678", Some(("group", "5678")));
        check_text(r"bid:r:user/712020\:a\/1\\", Some(("user", r"712020:a/1\")));
        check_text("bid:r:group/5678/user/1234", Some(("user", "1234")));
        for wrong in [
            "",
            "user",
            "user/",
            "/u",
            "bid:r:user",
            "bid:r:a/b/c",
            "bid:r:user/a:b",
            r"bid:r:user/a\b",
            r"bid:r:user/a\",
            "bid:e:group/1:member",
        ] {
            check_text(wrong, None);
        }
    }

    #[test]
    fn joined_ids() {
        let group = ResourceKey::new("group", "g:1");
        assert_eq!(entitlement_id(&group, "member"), "group:g:1:member");
        assert_eq!(
            grant_id("group:g:1:member", &ResourceKey::new("user", "u")),
            "group:g:1:member:user:u"
        );
    }
}
