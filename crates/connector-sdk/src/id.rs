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
