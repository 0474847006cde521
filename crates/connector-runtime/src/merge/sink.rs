//! What the merge core hands over to.

use super::catalogue::{Catalogue, Entitlement};
use crate::error::SyncError;
use connector_proto::connector::v2;
use connector_sdk::Expandable;

/// Takes merged rows, each once: types, then resources, then entitlements, each in the order of ids; then grants, by the
/// level of their entitlement in the graph and the order of ids in each.
pub(crate) trait Sink {
    fn resource_type(&mut self, resource_type: &v2::ResourceType) -> Result<(), SyncError>;
    fn resource(&mut self, resource_type: &str, id: &str, resource: &v2::Resource) -> Result<(), SyncError>;
    fn entitlement(&mut self, entitlement: &Entitlement, message: &v2::Entitlement) -> Result<(), SyncError>;
    fn grant(&mut self, grant: &Grant<'_>) -> Result<(), SyncError>;
}

/// A merged grant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grant<'a> {
    pub(crate) catalogue: &'a Catalogue,
    /// The place of its entitlement.
    pub(crate) on: u32,
    pub(crate) principal_type: &'a str,
    pub(crate) principal: &'a str,
    pub(crate) id: &'a str,
    /// Numbers of the fact sets that were stated, in order.
    pub(crate) facts: &'a [u32],
    pub(crate) marks: Marks,
    /// Who else holds it through the principal: entitlements of the principal and types that are synced, each once and
    /// in order, at least one entitlement.
    pub(crate) expandable: Option<&'a Expandable>,
    /// The places of the entitlements through which it is held, in order, its own among them where it is held directly
    /// too; and whether these are held directly. Empty where it is held directly only.
    pub(crate) sources: &'a [(u32, bool)],
}

/// What is said about a grant besides who holds what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    pub(crate) immutable: bool,
    pub(crate) dormant: bool,
    pub(crate) overstated: bool,
    pub(crate) unexplained: bool,
}

impl Marks {
    /// The marks as a number of their own.
    pub(crate) fn number(self) -> u32 {
        u32::from(self.immutable)
            | u32::from(self.dormant) << 1
            | u32::from(self.overstated) << 2
            | u32::from(self.unexplained) << 3
    }
}
