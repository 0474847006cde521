//! Where a sync in an artifact came from: which tenant, at which address, and what it left out.
//!
//! The tenant is named by its resource, as artifacts of every writer have it. Everything else stands in the checkpoint that
//! this engine leaves in the row of a sync, and is unknown for syncs of other writers.

use crate::report::{SHRUNK, VANISHED};
use c1z_file::{Artifact, ReadError, SyncInfo};
use connector_sdk::Tenant;
use serde_json::Value;

/// Kinds of gaps of syncs in which something may be missing that is still there.
const LOSSES: [&str; 2] = [VANISHED, SHRUNK];

/// Names in the checkpoint. They are read by other programs and stay as they are.
pub(crate) mod key {
    pub(crate) const ORGANIZATION: &str = "organization";
    pub(crate) const BASE_URL: &str = "base_url";
    pub(crate) const DEMO: &str = "demo";
    pub(crate) const RESOURCE_TYPES: &str = "resource_types";
    pub(crate) const SHRINK_ALLOWED: &str = "shrink_allowed";
}

/// Where a sync came from, as far as the artifact says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The ids of the resources that stand for a tenant, two at most: one is the tenant, several are none.
    pub(crate) tenants: Vec<String>,
    /// The tenant that the checkpoint names.
    said: Option<String>,
    /// The address it was read from.
    pub(crate) base_url: Option<String>,
    /// Whether it was a simulation.
    pub(crate) demo: Option<bool>,
    /// Whether the sync was asked for some resource types only.
    pub(crate) is_restricted: bool,
    /// Whether a person accepted that the sync has far fewer rows than the one before it.
    pub(crate) shrink_allowed: bool,
    /// Whether the sync says of itself that rows may be missing that are still there.
    pub(crate) lost_rows: bool,
}

impl Origin {
    /// Reads it; tenants are the resources of this type, and `None` is for connectors that have no tenant.
    pub(crate) fn read(
        artifact: &Artifact,
        sync: &SyncInfo,
        tenant_type: Option<&str>,
    ) -> Result<Self, ReadError> {
        let mut tenants = Vec::new();
        if let Some(resource_type) = tenant_type {
            for (_, row) in artifact.resources_after(&sync.sync_id, resource_type, None, 0, 2)? {
                tenants.push(row.decode_checked()?.id.unwrap_or_default().resource);
            }
        }
        // Other writers leave other checkpoints, and none of ours is needed.
        let token: Value = serde_json::from_str(&sync.sync_token).unwrap_or_default();
        let text = |key: &str| token.get(key).and_then(Value::as_str).map(ToOwned::to_owned);
        let gaps = token.get("gaps").and_then(Value::as_array);
        let is_loss = |gap: &Value| {
            let kind = gap.get("kind").and_then(Value::as_str);
            kind.is_some_and(|kind| LOSSES.contains(&kind))
        };
        Ok(Self {
            tenants,
            said: text(key::ORGANIZATION),
            base_url: text(key::BASE_URL),
            demo: token.get(key::DEMO).and_then(Value::as_bool),
            is_restricted: token.get(key::RESOURCE_TYPES).is_some_and(Value::is_array),
            shrink_allowed: token.get(key::SHRINK_ALLOWED).and_then(Value::as_bool) == Some(true),
            lost_rows: gaps.is_some_and(|gaps| gaps.iter().any(is_loss)),
        })
    }

    /// The tenant it is of: by its resource, else as the checkpoint names it.
    pub(crate) fn tenant(&self) -> Option<&str> {
        match self.tenants.as_slice() {
            [one] => Some(one),
            [] => self.said.as_deref(),
            _ => None,
        }
    }

    /// Why it is not of this tenant, in words that follow "it is of"; `None` where it is, or where it does not say.
    pub(crate) fn contradicts(&self, tenant: &Tenant) -> Option<String> {
        let kind = &tenant.resource.resource_type;
        let other = |id: &&str| *id != tenant.resource.resource;
        if let Some(id) = self.tenant().filter(other) {
            return Some(format!("{kind} {id:?}"));
        }
        // Resource and checkpoint come from one sync; where they differ someone changed one of them.
        if let Some(id) = self.said.as_deref().filter(other) {
            return Some(format!("{kind} {id:?}, as its sync says"));
        }
        let other = self.demo.filter(|demo| *demo != tenant.demo)?;
        Some(if other {
            format!("a demonstration of {kind} {:?}", tenant.resource.resource)
        } else {
            format!("the real {kind} {:?}", tenant.resource.resource)
        })
    }

    /// The address it was read from, where it is known and another than that of the tenant.
    pub(crate) fn other_address(&self, tenant: &Tenant) -> Option<&str> {
        let known = self.base_url.as_deref()?;
        let now = tenant.base_url.as_deref()?;
        (known.trim_end_matches('/') != now.trim_end_matches('/')).then_some(known)
    }
}

/// A tenant for people: `organization "o-1"`, or the demonstration of it.
pub(crate) fn shown(tenant: &Tenant) -> String {
    let of = format!("{} {:?}", tenant.resource.resource_type, tenant.resource.resource);
    if tenant.demo {
        format!("a demonstration of {of}")
    } else {
        of
    }
}

/// A stored time without its fraction, which says nothing to a person.
pub fn to_the_second(time: &str) -> String {
    match time.split_once('.') {
        None => time.to_owned(),
        Some((seconds, rest)) => {
            let zone = rest.trim_start_matches(|letter: char| letter.is_ascii_digit());
            format!("{seconds}{zone}")
        }
    }
}
