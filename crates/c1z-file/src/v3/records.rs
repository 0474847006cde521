//! What a store holds, as messages, and the messages of the connector protocol that they were made of.
//!
//! A record lacks what another record says: of the resource of an entitlement, and of both sides of a grant, it has the ids.

use connector_proto::connector::v2;
use prost::Message;
use prost_types::{Any, Struct, Timestamp};
use std::collections::BTreeMap;

/// `c1.storage.v3.ResourceTypeRecord`
#[derive(Clone, PartialEq, Message)]
pub(super) struct ResourceType {
    #[prost(string, tag = "2")]
    pub(super) id: String,
    #[prost(string, tag = "3")]
    pub(super) display_name: String,
    #[prost(string, repeated, tag = "4")]
    pub(super) traits: Vec<String>,
    #[prost(message, repeated, tag = "5")]
    pub(super) annotations: Vec<Any>,
    #[prost(message, optional, tag = "6")]
    pub(super) discovered_at: Option<Timestamp>,
    #[prost(string, tag = "7")]
    pub(super) description: String,
    #[prost(bool, tag = "8")]
    pub(super) sourced_externally: bool,
}

/// `c1.storage.v3.ResourceRef`
#[derive(Clone, PartialEq, Message)]
pub(super) struct ResourceRef {
    #[prost(string, tag = "1")]
    pub(super) resource_type: String,
    #[prost(string, tag = "2")]
    pub(super) resource: String,
}

/// `c1.storage.v3.StatusRecord`
#[derive(Clone, PartialEq, Message)]
pub(super) struct Status {
    #[prost(int32, tag = "1")]
    pub(super) status: i32,
    #[prost(string, tag = "2")]
    pub(super) details: String,
}

/// `c1.storage.v3.ResourceRecord`
#[derive(Clone, PartialEq, Message)]
pub(super) struct Resource {
    #[prost(string, tag = "2")]
    pub(super) resource_type: String,
    #[prost(string, tag = "3")]
    pub(super) resource: String,
    #[prost(string, tag = "4")]
    pub(super) display_name: String,
    #[prost(string, tag = "5")]
    pub(super) description: String,
    #[prost(message, optional, tag = "6")]
    pub(super) parent: Option<ResourceRef>,
    #[prost(message, repeated, tag = "7")]
    pub(super) annotations: Vec<Any>,
    #[prost(message, optional, tag = "8")]
    pub(super) discovered_at: Option<Timestamp>,
    #[prost(message, optional, tag = "9")]
    pub(super) profile: Option<Struct>,
    #[prost(message, optional, tag = "10")]
    pub(super) status: Option<Status>,
    #[prost(message, optional, tag = "11")]
    pub(super) created_at: Option<Timestamp>,
    #[prost(string, tag = "13")]
    pub(super) icon: String,
}

/// `c1.storage.v3.EntitlementRecord`
#[derive(Clone, PartialEq, Message)]
pub(super) struct Entitlement {
    #[prost(string, tag = "2")]
    pub(super) id: String,
    #[prost(message, optional, tag = "3")]
    pub(super) resource: Option<ResourceRef>,
    #[prost(string, tag = "4")]
    pub(super) display_name: String,
    #[prost(string, tag = "5")]
    pub(super) description: String,
    #[prost(string, tag = "6")]
    pub(super) purpose: String,
    #[prost(message, repeated, tag = "7")]
    pub(super) annotations: Vec<Any>,
    #[prost(message, optional, tag = "8")]
    pub(super) discovered_at: Option<Timestamp>,
    #[prost(string, tag = "9")]
    pub(super) slug: String,
    #[prost(string, repeated, tag = "10")]
    pub(super) grantable_to: Vec<String>,
}

/// `c1.storage.v3.EntitlementRef`
#[derive(Clone, PartialEq, Message)]
pub(super) struct EntitlementRef {
    #[prost(string, tag = "1")]
    pub(super) resource_type: String,
    #[prost(string, tag = "2")]
    pub(super) resource: String,
    #[prost(string, tag = "3")]
    pub(super) id: String,
}

/// `c1.storage.v3.PrincipalRef`
#[derive(Clone, PartialEq, Message)]
pub(super) struct PrincipalRef {
    #[prost(string, tag = "1")]
    pub(super) resource_type: String,
    #[prost(string, tag = "2")]
    pub(super) resource: String,
    #[prost(string, tag = "3")]
    pub(super) parent_type: String,
    #[prost(string, tag = "4")]
    pub(super) parent: String,
}

/// `c1.storage.v3.GrantSourceRecord`
#[derive(Clone, PartialEq, Message)]
pub(super) struct GrantSource {
    #[prost(bool, tag = "4")]
    pub(super) is_direct: bool,
}

/// `c1.storage.v3.GrantRecord`
#[derive(Clone, PartialEq, Message)]
pub(super) struct Grant {
    #[prost(string, tag = "2")]
    pub(super) id: String,
    #[prost(message, optional, tag = "3")]
    pub(super) entitlement: Option<EntitlementRef>,
    #[prost(message, optional, tag = "4")]
    pub(super) principal: Option<PrincipalRef>,
    #[prost(message, optional, tag = "5")]
    pub(super) discovered_at: Option<Timestamp>,
    /// Has the fields of the message in the protocol.
    #[prost(message, optional, tag = "6")]
    pub(super) expansion: Option<v2::GrantExpandable>,
    #[prost(bool, tag = "7")]
    pub(super) needs_expansion: bool,
    #[prost(message, repeated, tag = "8")]
    pub(super) annotations: Vec<Any>,
    #[prost(btree_map = "string, message", tag = "9")]
    pub(super) sources: BTreeMap<String, GrantSource>,
}

/// `c1.storage.v3.AssetRecord`
#[derive(Clone, PartialEq, Message)]
pub(super) struct Asset {
    #[prost(string, tag = "1")]
    pub(super) sync_id: String,
    #[prost(string, tag = "2")]
    pub(super) id: String,
    #[prost(string, tag = "3")]
    pub(super) content_type: String,
    #[prost(bytes = "vec", tag = "4")]
    pub(super) data: Vec<u8>,
    #[prost(message, optional, tag = "5")]
    pub(super) discovered_at: Option<Timestamp>,
}

/// `c1.storage.v3.SyncRunRecord`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct SyncRun {
    #[prost(string, tag = "1")]
    pub(crate) id: String,
    #[prost(int32, tag = "2")]
    pub(crate) kind: i32,
    #[prost(string, tag = "3")]
    pub(crate) parent: String,
    #[prost(message, optional, tag = "4")]
    pub(crate) started_at: Option<Timestamp>,
    #[prost(message, optional, tag = "5")]
    pub(crate) ended_at: Option<Timestamp>,
    #[prost(string, tag = "6")]
    pub(crate) token: String,
    #[prost(bool, tag = "7")]
    pub(crate) supports_diff: bool,
    #[prost(string, tag = "8")]
    pub(crate) linked: String,
    #[prost(string, tag = "10")]
    pub(crate) invariant_generation: String,
    #[prost(string, repeated, tag = "11")]
    pub(crate) invariant_coverage: Vec<String>,
    #[prost(string, tag = "12")]
    pub(crate) invariant_mode: String,
}

/// `c1.storage.v3.CallStat`
#[derive(Clone, Copy, PartialEq, Message)]
pub(super) struct Calls {
    #[prost(int64, tag = "1")]
    pub(super) count: i64,
    #[prost(int64, tag = "2")]
    pub(super) total_ms: i64,
    #[prost(int64, tag = "3")]
    pub(super) max_ms: i64,
    #[prost(int64, tag = "4")]
    pub(super) errors: i64,
    #[prost(int64, tag = "5")]
    pub(super) timeouts: i64,
}

/// `c1.storage.v3.SyncStatsRecord`
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Stats {
    #[prost(string, tag = "1")]
    pub(super) sync_id: String,
    #[prost(int64, tag = "2")]
    pub(super) resource_types: i64,
    #[prost(int64, tag = "3")]
    pub(super) resources: i64,
    #[prost(int64, tag = "4")]
    pub(super) entitlements: i64,
    #[prost(int64, tag = "5")]
    pub(super) grants: i64,
    #[prost(int64, tag = "6")]
    pub(super) assets: i64,
    #[prost(btree_map = "string, int64", tag = "7")]
    pub(super) resources_by_type: BTreeMap<String, i64>,
    #[prost(btree_map = "string, int64", tag = "8")]
    pub(super) grants_by_type: BTreeMap<String, i64>,
    #[prost(btree_map = "string, int64", tag = "9")]
    pub(super) entitlements_by_type: BTreeMap<String, i64>,
    #[prost(btree_map = "string, int64", tag = "10")]
    pub(super) step_durations_ms: BTreeMap<String, i64>,
    #[prost(btree_map = "string, message", tag = "11")]
    pub(super) connector_calls: BTreeMap<String, Calls>,
    #[prost(btree_map = "string, message", tag = "12")]
    pub(super) session_store: BTreeMap<String, Calls>,
    #[prost(message, optional, tag = "100")]
    pub(super) written_at: Option<Timestamp>,
}

fn id(resource_type: String, resource: String) -> v2::ResourceId {
    v2::ResourceId {
        resource_type,
        resource,
        ..Default::default()
    }
}

fn stub(resource_type: String, resource: String) -> v2::Resource {
    v2::Resource {
        id: Some(id(resource_type, resource)),
        ..Default::default()
    }
}

impl ResourceType {
    pub(super) fn message(self) -> v2::ResourceType {
        let trait_of = |name: &String| {
            let known = v2::resource_type::Trait::from_str_name(&format!("TRAIT_{name}"));
            known.unwrap_or_default().into()
        };
        v2::ResourceType {
            traits: self.traits.iter().map(trait_of).collect(),
            id: self.id,
            display_name: self.display_name,
            annotations: self.annotations,
            description: self.description,
            sourced_externally: self.sourced_externally,
        }
    }
}

impl Resource {
    pub(super) fn message(self) -> v2::Resource {
        v2::Resource {
            id: Some(id(self.resource_type, self.resource)),
            parent_resource_id: self
                .parent
                .map(|parent| id(parent.resource_type, parent.resource)),
            display_name: self.display_name,
            annotations: self.annotations,
            description: self.description,
            profile: self.profile,
            icon: (!self.icon.is_empty()).then_some(v2::AssetRef { id: self.icon }),
            status: self.status.map(|status| v2::Status {
                status: status.status,
                details: status.details,
            }),
            created_at: self.created_at,
            ..Default::default()
        }
    }
}

impl Entitlement {
    pub(super) fn message(self) -> v2::Entitlement {
        let purpose =
            v2::entitlement::PurposeValue::from_str_name(&format!("PURPOSE_VALUE_{}", self.purpose));
        v2::Entitlement {
            resource: self.resource.map(|on| stub(on.resource_type, on.resource)),
            id: self.id,
            display_name: self.display_name,
            description: self.description,
            grantable_to: self
                .grantable_to
                .into_iter()
                .map(|id| v2::ResourceType {
                    id,
                    ..Default::default()
                })
                .collect(),
            annotations: self.annotations,
            purpose: purpose.unwrap_or_default().into(),
            slug: self.slug,
        }
    }
}

impl Grant {
    /// The ids of both sides, which every grant has.
    pub(super) fn sides(&mut self) -> (EntitlementRef, PrincipalRef) {
        (
            self.entitlement.take().unwrap_or_default(),
            self.principal.take().unwrap_or_default(),
        )
    }

    /// The message, of which both sides are given back. An id that was not stored is made of theirs.
    pub(super) fn message(self, entitlement: &EntitlementRef, principal: &PrincipalRef) -> v2::Grant {
        let made = |id: String| match id.is_empty() {
            true => format!(
                "{}:{}:{}",
                entitlement.id, principal.resource_type, principal.resource
            ),
            false => id,
        };
        let source = |(id, source): (String, GrantSource)| {
            let is_direct = source.is_direct;
            (id, v2::grant_sources::GrantSource { is_direct })
        };
        let mut holder = stub(principal.resource_type.clone(), principal.resource.clone());
        if !principal.parent.is_empty() {
            holder.parent_resource_id = Some(id(principal.parent_type.clone(), principal.parent.clone()));
        }
        v2::Grant {
            entitlement: Some(v2::Entitlement {
                resource: Some(stub(
                    entitlement.resource_type.clone(),
                    entitlement.resource.clone(),
                )),
                id: entitlement.id.clone(),
                ..Default::default()
            }),
            principal: Some(holder),
            id: made(self.id),
            annotations: self.annotations,
            sources: (!self.sources.is_empty()).then(|| v2::GrantSources {
                sources: self.sources.into_iter().map(source).collect(),
            }),
        }
    }
}

impl Stats {
    pub(super) fn stats(self) -> crate::Stats {
        let counts = |map: BTreeMap<String, i64>| map.into_iter().map(|(name, n)| (name, count(n))).collect();
        let calls = |map: BTreeMap<String, Calls>| {
            map.into_iter()
                .map(|(name, calls)| (name, calls.stats()))
                .collect()
        };
        crate::Stats {
            resource_types: count(self.resource_types),
            resources: count(self.resources),
            entitlements: count(self.entitlements),
            grants: count(self.grants),
            resources_by_resource_type: counts(self.resources_by_type),
            grants_by_resource_type: counts(self.grants_by_type),
            entitlements_by_resource_type: counts(self.entitlements_by_type),
            assets: count(self.assets),
            step_durations_ms: counts(self.step_durations_ms),
            connector_call_stats: calls(self.connector_calls),
            session_store_stats: calls(self.session_store),
            other: BTreeMap::new(),
        }
    }
}

impl Calls {
    fn stats(self) -> crate::CallStats {
        crate::CallStats {
            count: count(self.count),
            total_ms: count(self.total_ms),
            max_ms: count(self.max_ms),
            errors: count(self.errors),
            timeouts: count(self.timeouts),
        }
    }
}

/// A count that is negative is none.
fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}
