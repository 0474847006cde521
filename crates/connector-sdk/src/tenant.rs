//! Which tenant a connector reads and changes.

use crate::id::ResourceKey;

/// The tenant that a connector is set up for: which one, where, and whether it is only a simulation.
///
/// The engine writes it into each artifact and compares it before a change or a sync goes on from an artifact. Ids of
/// accounts and entitlements are often the same in several tenants of one vendor, so that a change looked up in the
/// artifact of one tenant could otherwise be made in another.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tenant {
    /// The resource that stands for the tenant in an artifact: exactly one of its type.
    pub resource: ResourceKey,
    /// The address of the vendor's API, without credentials; `None` where it means nothing.
    pub base_url: Option<String>,
    /// Whether it is a simulation, so that nothing read from it is real.
    pub demo: bool,
}

impl Tenant {
    /// A real tenant at an address that is not known.
    pub fn new(resource: ResourceKey) -> Self {
        Self {
            resource,
            base_url: None,
            demo: false,
        }
    }

    /// The same tenant, at this address. It must hold no credential, because it is written into artifacts.
    #[must_use]
    pub fn at(self, base_url: impl Into<String>) -> Self {
        Self {
            base_url: Some(base_url.into()),
            ..self
        }
    }

    /// The same tenant as a simulation. Its address, which changes from run to run, is left out.
    #[must_use]
    pub fn simulated(self) -> Self {
        Self {
            base_url: None,
            demo: true,
            ..self
        }
    }
}
