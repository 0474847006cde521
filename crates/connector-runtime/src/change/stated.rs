//! What a caller states of what a change names: a platform sends entitlement, principal and grant whole, and there is no
//! artifact to look them up in.

use super::error::ChangeError;
use crate::origin;
use connector_proto::connector::v2;
use connector_sdk::{ResourceKey, Tenant, entitlement_id, grant_id};

/// What the caller of a change states, in place of an artifact. It is believed as far as an artifact is: what it marks as
/// immutable is refused, and what is there now decides.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stated {
    /// The entitlement that is to be granted.
    pub entitlement: Option<v2::Entitlement>,
    /// The grant that is to be taken away.
    pub grant: Option<v2::Grant>,
    /// The principal, or the resource that is to be deleted.
    pub resource: Option<v2::Resource>,
}

impl Stated {
    /// Refuses what belongs to another tenant, and ids that are not those of their parts: whoever goes by the parts would change
    /// something else.
    pub(super) fn checked(self, tenant: Option<&Tenant>) -> Result<Self, ChangeError> {
        let other = |found: &&v2::ResourceId| {
            let is_other = |tenant: &Tenant| {
                found.resource_type == tenant.resource.resource_type
                    && found.resource != tenant.resource.resource
            };
            tenant.is_some_and(is_other)
        };
        if let Some(found) = self.ids().find(other) {
            return Err(ChangeError::OtherTenantStated {
                found: format!("{} {:?}", found.resource_type, found.resource),
                wanted: tenant.map(origin::shown).unwrap_or_default(),
            });
        }
        for entitlement in self.entitlements() {
            let on = key(entitlement.resource.as_ref());
            let joined = on.filter(|_| !entitlement.slug.is_empty());
            agree(
                "entitlement",
                &entitlement.id,
                joined.map(|on| entitlement_id(&on, &entitlement.slug)),
            )?;
        }
        if let Some(grant) = &self.grant {
            let held = grant.entitlement.as_ref().map(|held| held.id.as_str());
            let joined = held
                .zip(key(grant.principal.as_ref()))
                .map(|(held, by)| grant_id(held, &by));
            agree("grant", &grant.id, joined)?;
        }
        Ok(self)
    }

    /// Whether the tenant is named in it, and so was compared.
    pub(super) fn names(&self, tenant: &Tenant) -> bool {
        self.ids()
            .any(|id| id.resource_type == tenant.resource.resource_type)
    }

    pub(super) fn entitlement(&self, id: &str) -> Option<&v2::Entitlement> {
        self.entitlements().find(|stated| stated.id == id)
    }

    pub(super) fn resource(&self, of: &ResourceKey) -> Option<&v2::Resource> {
        self.resources()
            .find(|stated| key(Some(stated)).as_ref() == Some(of))
    }

    fn entitlements(&self) -> impl Iterator<Item = &v2::Entitlement> {
        let held = self.grant.iter().filter_map(|grant| grant.entitlement.as_ref());
        self.entitlement.iter().chain(held)
    }

    fn resources(&self) -> impl Iterator<Item = &v2::Resource> {
        let holder = self.grant.iter().filter_map(|grant| grant.principal.as_ref());
        let on = self.entitlements().filter_map(|stated| stated.resource.as_ref());
        self.resource.iter().chain(holder).chain(on)
    }

    /// Every resource that is named, parents among them.
    fn ids(&self) -> impl Iterator<Item = &v2::ResourceId> {
        self.resources()
            .flat_map(|stated| stated.id.iter().chain(&stated.parent_resource_id))
    }
}

fn key(resource: Option<&v2::Resource>) -> Option<ResourceKey> {
    resource?.id.as_ref().and_then(ResourceKey::from_proto)
}

fn agree(kind: &str, id: &str, joined: Option<String>) -> Result<(), ChangeError> {
    match joined.filter(|joined| joined != id) {
        None => Ok(()),
        Some(joined) => Err(ChangeError::Contradicted(format!(
            "the {kind} {id:?} names what the id {joined:?} stands for"
        ))),
    }
}
