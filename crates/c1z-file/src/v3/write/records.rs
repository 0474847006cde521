//! Records of the messages of the connector protocol: the other way round.

use super::super::records::{
    Asset, Calls, Entitlement, EntitlementRef, Grant, GrantSource, PrincipalRef, Resource, ResourceRef,
    ResourceType, Stats, Status,
};
use crate::{
    CallStats,
    reader::{StoredAsset, StoredGrant},
};
use connector_proto::{any, connector::v2};
use prost_types::Timestamp;
use std::collections::BTreeMap;

impl ResourceType {
    pub(super) fn of(message: v2::ResourceType, discovered_at: Option<Timestamp>) -> Self {
        use v2::resource_type::Trait;
        let name = |number: &i32| {
            let name = Trait::try_from(*number).map_or("", |known| known.as_str_name());
            name.strip_prefix("TRAIT_").unwrap_or_default().to_owned()
        };
        Self {
            traits: message.traits.iter().map(name).collect(),
            id: message.id,
            display_name: message.display_name,
            annotations: message.annotations,
            discovered_at,
            description: message.description,
            sourced_externally: message.sourced_externally,
        }
    }
}

impl ResourceRef {
    fn of(id: v2::ResourceId) -> Self {
        Self {
            resource_type: id.resource_type,
            resource: id.resource,
        }
    }
}

impl Resource {
    pub(super) fn of(message: v2::Resource, discovered_at: Option<Timestamp>) -> Self {
        let id = message.id.unwrap_or_default();
        let parent = message
            .parent_resource_id
            .filter(|parent| !parent.resource.is_empty());
        Self {
            resource_type: id.resource_type,
            resource: id.resource,
            display_name: message.display_name,
            description: message.description,
            parent: parent.map(ResourceRef::of),
            annotations: message.annotations,
            discovered_at,
            profile: message.profile,
            status: message.status.map(|status| Status {
                status: status.status,
                details: status.details,
            }),
            created_at: message.created_at,
            icon: message.icon.unwrap_or_default().id,
        }
    }
}

impl Entitlement {
    pub(super) fn of(message: v2::Entitlement, discovered_at: Option<Timestamp>) -> Self {
        let purpose = match message.purpose() {
            v2::entitlement::PurposeValue::Unspecified => "",
            known => known
                .as_str_name()
                .strip_prefix("PURPOSE_VALUE_")
                .unwrap_or_default(),
        };
        Self {
            purpose: purpose.to_owned(),
            id: message.id,
            resource: message.resource.and_then(|on| on.id).map(ResourceRef::of),
            display_name: message.display_name,
            description: message.description,
            annotations: message.annotations,
            discovered_at,
            slug: message.slug,
            grantable_to: message
                .grantable_to
                .into_iter()
                .map(|resource_type| resource_type.id)
                .filter(|id| !id.is_empty())
                .collect(),
        }
    }
}

impl Grant {
    /// The record of a row, of whose message the sides stand in its columns.
    pub(super) fn of(
        row: &StoredGrant,
        message: v2::Grant,
        expansion: Option<v2::GrantExpandable>,
        discovered_at: Option<Timestamp>,
    ) -> Self {
        let parent = message
            .principal
            .and_then(|principal| principal.parent_resource_id)
            .unwrap_or_default();
        let source = |(id, source): (String, v2::grant_sources::GrantSource)| {
            let is_direct = source.is_direct;
            (id, GrantSource { is_direct })
        };
        let sources = message.sources.unwrap_or_default().sources;
        Self {
            id: message.id,
            entitlement: Some(EntitlementRef {
                resource_type: row.resource_type_id.clone(),
                resource: row.resource_id.clone(),
                id: row.entitlement_id.clone(),
            }),
            principal: Some(PrincipalRef {
                resource_type: row.principal_resource_type_id.clone(),
                resource: row.principal_resource_id.clone(),
                parent_type: parent.resource_type,
                parent: parent.resource,
            }),
            discovered_at,
            needs_expansion: row.needs_expansion,
            expansion,
            annotations: message
                .annotations
                .into_iter()
                .filter(|annotation| !any::is::<v2::GrantExpandable>(annotation))
                .collect(),
            sources: sources.into_iter().map(source).collect(),
        }
    }

    /// The entitlements through which it is held, in the order of their bytes.
    pub(super) fn sources(&self) -> impl Iterator<Item = &str> {
        self.sources.keys().map(String::as_str)
    }
}

impl Asset {
    pub(super) fn of(row: StoredAsset, sync_id: &str, discovered_at: Option<Timestamp>) -> Self {
        Self {
            sync_id: sync_id.to_owned(),
            id: row.external_id,
            content_type: row.content_type,
            data: row.data,
            discovered_at,
        }
    }
}

impl Stats {
    /// The statistics of a sync that was written at its end.
    pub(crate) fn of(stats: &crate::Stats, sync_id: String, written_at: Timestamp) -> Self {
        let counts =
            |map: &BTreeMap<String, u64>| map.iter().map(|(name, n)| (name.clone(), signed(*n))).collect();
        let calls = |map: &BTreeMap<String, CallStats>| {
            map.iter()
                .map(|(name, calls)| (name.clone(), Calls::of(*calls)))
                .collect()
        };
        Self {
            sync_id,
            resource_types: signed(stats.resource_types),
            resources: signed(stats.resources),
            entitlements: signed(stats.entitlements),
            grants: signed(stats.grants),
            assets: signed(stats.assets),
            resources_by_type: counts(&stats.resources_by_resource_type),
            grants_by_type: counts(&stats.grants_by_resource_type),
            entitlements_by_type: counts(&stats.entitlements_by_resource_type),
            step_durations_ms: counts(&stats.step_durations_ms),
            connector_calls: calls(&stats.connector_call_stats),
            session_store: calls(&stats.session_store_stats),
            written_at: Some(written_at),
        }
    }
}

impl Calls {
    fn of(calls: CallStats) -> Self {
        Self {
            count: signed(calls.count),
            total_ms: signed(calls.total_ms),
            max_ms: signed(calls.max_ms),
            errors: signed(calls.errors),
            timeouts: signed(calls.timeouts),
        }
    }
}

/// Counts are not that large.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
