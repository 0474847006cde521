//! Completing entitlements: the best row of each, with its texts and the resource it is on.

use super::invariants::ExclusionGroups;
use super::resources;
use super::tally::Tally;
use super::wire;
use crate::error::SyncError;
use crate::staging::Staging;
use c1z_file::{ArtifactWriter, EntitlementRow as ArtifactRow};
use connector_proto::{any, connector::v2};
use connector_sdk::{EntitlementRow, Notice, Purpose, ResourceKey, Standing, Text, limit};
use prost::Message;
use std::collections::{BTreeMap, HashMap};

/// What grants need to know of their entitlement.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) id: String,
    pub(super) tid: i64,
    pub(super) resource_type: String,
    pub(super) resource: String,
    /// The entitlement as grants carry it: its id, and the id and name of its resource.
    pub(super) stub: Vec<u8>,
    /// Its place in the order of ids.
    pub(super) place: usize,
}

/// The entitlements that were written.
pub(super) struct Written {
    /// By number.
    pub(super) known: HashMap<i64, Known>,
    /// How many, by the type of their resource.
    pub(super) by_type: BTreeMap<String, u64>,
}

/// Writes every entitlement in the order of ids.
pub(super) fn write(
    staging: &Staging,
    types: &[v2::ResourceType],
    out: &mut ArtifactWriter,
    tally: &mut Tally,
) -> Result<Written, SyncError> {
    let db = |source| SyncError::staging(&staging.path, source);
    let by_id: HashMap<&str, &v2::ResourceType> = types.iter().map(|t| (t.id.as_str(), t)).collect();
    let (mut known, mut counts) = (HashMap::new(), BTreeMap::new());
    let mut statement = staging
        .db
        .prepare(
            "select e.eid, e.id, e.tid, t.id, e.resource, e.slug, e.body
             from entitlements e join types t using (tid) order by e.id",
        )
        .map_err(db)?;
    let mut rows = statement.query([]).map_err(db)?;
    let mut on: Option<((i64, String), v2::Resource)> = None;
    let mut groups = ExclusionGroups::default();
    while let Some(row) = rows.next().map_err(db)? {
        let eid: i64 = row.get(0).map_err(db)?;
        let id: String = row.get(1).map_err(db)?;
        let tid: i64 = row.get(2).map_err(db)?;
        let key = ResourceKey::new(
            row.get::<_, String>(3).map_err(db)?,
            row.get::<_, String>(4).map_err(db)?,
        );
        let slug: String = row.get(5).map_err(db)?;
        let stated: Option<String> = row.get(6).map_err(db)?;
        let Some(resource_type) = by_id.get(key.resource_type.as_str()) else {
            return Err(SyncError::BadRow(format!(
                "an entitlement on the unknown type {:?}",
                key.resource_type
            )));
        };
        if on
            .as_ref()
            .is_none_or(|((t, r), _)| (*t, r.as_str()) != (tid, key.resource.as_str()))
        {
            let merged = resources::one(&staging.db, resource_type, tid, &key.resource)?
                .ok_or_else(|| SyncError::Engine(format!("the resource of entitlement {id:?} is missing")))?;
            on = Some(((tid, key.resource.clone()), merged.resource));
        }
        let Some((_, resource)) = &on else { continue };
        let row = match stated {
            Some(json) => serde_json::from_str(&json)
                .map_err(|e| SyncError::Engine(format!("a staged entitlement cannot be read back: {e}")))?,
            None => {
                let detail = "a grant names this entitlement, and nothing that was listed describes it";
                tally.add(Notice::fact("unlisted_entitlement", &*id, detail));
                named_only(key.clone(), slug)
            }
        };
        let message = finish(&row, &id, resource, &by_id);
        groups.add(&key.resource_type, &message)?;
        out.entitlement(ArtifactRow {
            resource_type_id: &key.resource_type,
            resource_id: &key.resource,
            entitlement_id: &id,
            data: &message.encode_to_vec(),
        })
        .map_err(SyncError::Artifact)?;
        *counts.entry(key.resource_type.clone()).or_default() += 1;
        let (stub, place) = (stub(&id, &key, &resource.display_name), known.len());
        known.insert(
            eid,
            Known {
                id,
                tid,
                resource_type: key.resource_type,
                resource: key.resource,
                stub,
                place,
            },
        );
    }
    Ok(Written {
        known,
        by_type: counts,
    })
}

/// An entitlement that a grant names and nobody described: its slug is all that is known.
fn named_only(resource: ResourceKey, slug: String) -> EntitlementRow {
    let mut row = EntitlementRow::new(resource, slug, Purpose::Permission);
    row.standing = Standing::Placeholder(u8::MAX);
    row.display_name = Text::around(format!("{} on ", row.slug), "");
    row
}

fn finish(
    row: &EntitlementRow,
    id: &str,
    resource: &v2::Resource,
    types: &HashMap<&str, &v2::ResourceType>,
) -> v2::Entitlement {
    v2::Entitlement {
        resource: Some(resource.clone()),
        id: id.to_owned(),
        display_name: limit(row.display_name.finish(&resource.display_name), 1024),
        description: limit(row.description.finish(&resource.display_name), 2048),
        grantable_to: row
            .grantable_to
            .iter()
            .filter_map(|t| types.get(t.as_str()))
            .map(|t| (*t).clone())
            .collect(),
        annotations: row
            .immutable
            .then(|| any::pack(&v2::EntitlementImmutable::default()))
            .into_iter()
            .collect(),
        purpose: match row.purpose {
            Purpose::Assignment => v2::entitlement::PurposeValue::Assignment,
            Purpose::Permission => v2::entitlement::PurposeValue::Permission,
            Purpose::Ownership => v2::entitlement::PurposeValue::Ownership,
        }
        .into(),
        slug: row.slug.clone(),
    }
}

/// `Entitlement { resource: { id, display_name }, id }`.
fn stub(id: &str, key: &ResourceKey, display_name: &str) -> Vec<u8> {
    let mut resource = Vec::new();
    wire::bytes(
        &mut resource,
        1,
        &wire::resource_id(&key.resource_type, &key.resource),
    );
    wire::text(&mut resource, 3, display_name);
    let mut entitlement = Vec::new();
    wire::bytes(&mut entitlement, 1, &resource);
    wire::text(&mut entitlement, 2, id);
    entitlement
}
