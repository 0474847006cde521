//! Merging: from what was staged to what an artifact says of it.
//!
//! Rows are merged by identity, grants expanded along the entitlement graph and conditional grants resolved. Everything has
//! a *place* here: its number in the order of ids, so that what is sorted by number is sorted as artifacts are. The core
//! knows neither tables nor formats: it reads from a [`Source`] and hands over to a [`Sink`].

mod catalogue;
mod cycle;
mod entitlement;
mod exclusion;
mod expand;
mod graph;
#[cfg(test)]
mod naive;
mod resource;
mod sink;
mod source;
mod statement;
mod tally;

pub(crate) use catalogue::{Catalogue, Entitlement};
pub(crate) use sink::{Grant, Marks, Sink};
pub(crate) use source::{
    Contribution, Each, EachEntitlement, EachResource, EachStatement, Source, StagedEntitlement, StagedGrant,
    flag,
};
pub(crate) use statement::unite_facts;
pub(crate) use tally::{KEPT, NAMED, Tally};

use crate::error::SyncError;
use crate::report::Held;
use connector_proto::connector::v2;
use connector_sdk::{Plan, ResourceKey};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What merging depends on besides the rows.
pub(crate) struct Content<'a> {
    /// The types that are synced, in the order of their ids.
    pub(crate) types: &'a [v2::ResourceType],
    pub(crate) plans: &'a HashMap<String, Plan>,
    /// The only resources that were asked for; empty for all.
    pub(crate) targets: &'a BTreeSet<ResourceKey>,
    /// An error once the caller gave up.
    pub(crate) go_on: &'a dyn Fn() -> Result<(), SyncError>,
}

/// How many rows resulted, by type, and how grants are held.
#[derive(Debug, Default)]
pub(crate) struct Written {
    pub(crate) resources: BTreeMap<String, u64>,
    pub(crate) entitlements: BTreeMap<String, u64>,
    pub(crate) grants: BTreeMap<String, u64>,
    pub(crate) held: Held,
}

/// Merges everything that was staged, in the order of ids: types, resources, entitlements, grants.
pub(crate) fn merge(
    source: &dyn Source,
    content: &Content<'_>,
    sink: &mut dyn Sink,
    tally: &mut Tally,
) -> Result<Written, SyncError> {
    let mut written = Written::default();
    for resource_type in content.types {
        sink.resource_type(resource_type)?;
    }
    let mut catalogue = Catalogue::read(source, content.types)?;
    resource::merge(source, content, &catalogue, sink, tally, &mut written.resources)?;
    let counts = &mut written.entitlements;
    catalogue.entitlements = entitlement::merge(source, content, &catalogue, sink, tally, counts)?;
    expand::merge(source, content, &catalogue, sink, tally, &mut written)?;
    (content.go_on)()?;
    Ok(written)
}
