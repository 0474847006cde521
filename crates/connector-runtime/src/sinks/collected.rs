//! A list of the merged rows, for tests.

use crate::error::SyncError;
use crate::merge::{Entitlement, Grant, Marks, Sink};
use connector_proto::connector::v2;

/// What was handed over, by ids.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    pub(crate) resources: Vec<String>,
    pub(crate) entitlements: Vec<String>,
    pub(crate) grants: Vec<CollectedGrant>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CollectedGrant {
    pub(crate) on: String,
    pub(crate) to: String,
    pub(crate) facts: Vec<u32>,
    pub(crate) marks: u32,
    pub(crate) sources: Vec<(String, bool)>,
}

impl Sink for Collected {
    fn resource_type(&mut self, _: &v2::ResourceType) -> Result<(), SyncError> {
        Ok(())
    }

    fn resource(&mut self, resource_type: &str, id: &str, _: &v2::Resource) -> Result<(), SyncError> {
        self.resources.push(format!("{resource_type}:{id}"));
        Ok(())
    }

    fn entitlement(&mut self, entitlement: &Entitlement, _: &v2::Entitlement) -> Result<(), SyncError> {
        self.entitlements.push(entitlement.id.clone());
        Ok(())
    }

    fn grant(&mut self, grant: &Grant<'_>) -> Result<(), SyncError> {
        let id = |place| grant.catalogue.entitlement(place).id.clone();
        self.grants.push(CollectedGrant {
            on: id(grant.on),
            to: format!("{}:{}", grant.principal_type, grant.principal),
            facts: grant.facts.to_vec(),
            marks: Marks::number(grant.marks),
            sources: grant
                .sources
                .iter()
                .map(|(place, direct)| (id(*place), *direct))
                .collect(),
        });
        Ok(())
    }
}
