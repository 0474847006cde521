//! Merging what was said about each resource.

use super::tally::Tally;
use crate::error::SyncError;
use crate::staging::Staging;
use c1z_file::{ArtifactWriter, ResourceRow};
use connector_proto::{any, connector::v2};
use connector_sdk::Notice;
use prost::Message;
use prost_types::value::Kind;
use rusqlite::{Connection, params};
use std::collections::BTreeMap;

/// Standings that a listing gave; see [`connector_sdk::Standing::rank`].
const LISTED: u16 = 0;
const SUPPLEMENT: u16 = 1;

/// A resource with the standing of its best row.
pub(super) struct Merged {
    pub(super) resource: v2::Resource,
    pub(super) rank: u16,
}

impl Merged {
    /// Whether only other rows named it.
    pub(super) fn is_unlisted(&self) -> bool {
        self.rank > SUPPLEMENT
    }
}

/// Writes every resource in the order of types and ids; counts those that no listing has.
pub(super) fn write(
    staging: &Staging,
    types: &[v2::ResourceType],
    out: &mut ArtifactWriter,
    tally: &mut Tally,
) -> Result<BTreeMap<String, u64>, SyncError> {
    let db = |source| SyncError::staging(&staging.path, source);
    let mut counts = BTreeMap::new();
    for resource_type in types {
        let Some(tid) = type_number(&staging.db, &resource_type.id).map_err(db)? else {
            continue;
        };
        let mut statement = staging
            .db
            .prepare("select id, rank, body from resources where tid = ?1 order by id, rank")
            .map_err(db)?;
        let mut rows = statement.query([tid]).map_err(db)?;
        let mut current: Option<(String, Merged)> = None;
        while let Some(row) = rows.next().map_err(db)? {
            let (id, rank): (String, u16) = (row.get(0).map_err(db)?, row.get(1).map_err(db)?);
            match &mut current {
                Some((of, merged)) if *of == id => {
                    if rank == SUPPLEMENT && merged.rank == LISTED {
                        complete(
                            &mut merged.resource,
                            decode(row.get_ref(2).map_err(db)?.as_blob().unwrap_or_default())?,
                        );
                    }
                }
                _ => {
                    let resource = decode(row.get_ref(2).map_err(db)?.as_blob().unwrap_or_default())?;
                    if let Some((id, merged)) = current.replace((id, Merged { resource, rank })) {
                        put(resource_type, &id, merged, out, tally, &mut counts)?;
                    }
                }
            }
        }
        if let Some((id, merged)) = current {
            put(resource_type, &id, merged, out, tally, &mut counts)?;
        }
    }
    Ok(counts)
}

/// One resource, merged. `None` where nothing was said about it.
pub(super) fn one(
    db: &Connection,
    resource_type: &v2::ResourceType,
    tid: i64,
    id: &str,
) -> Result<Option<Merged>, SyncError> {
    let engine =
        |e: rusqlite::Error| SyncError::Engine(format!("a staged resource cannot be read back: {e}"));
    let mut statement = db
        .prepare_cached("select rank, body from resources where tid = ?1 and id = ?2 order by rank limit 2")
        .map_err(engine)?;
    let mut rows = statement.query(params![tid, id]).map_err(engine)?;
    let mut best: Option<Merged> = None;
    while let Some(row) = rows.next().map_err(engine)? {
        let rank: u16 = row.get(0).map_err(engine)?;
        let body = row.get_ref(1).map_err(engine)?.as_blob().unwrap_or_default();
        match &mut best {
            None => {
                best = Some(Merged {
                    resource: decode(body)?,
                    rank,
                })
            }
            Some(merged) if rank == SUPPLEMENT && merged.rank == LISTED => {
                complete(&mut merged.resource, decode(body)?)
            }
            Some(_) => {}
        }
    }
    Ok(best.map(|mut merged| {
        add_missing_traits(resource_type, &mut merged.resource);
        merged
    }))
}

pub(super) fn type_number(db: &Connection, id: &str) -> rusqlite::Result<Option<i64>> {
    use rusqlite::OptionalExtension;
    db.query_row("select tid from types where id = ?1", [id], |r| r.get(0))
        .optional()
}

fn put(
    resource_type: &v2::ResourceType,
    id: &str,
    mut merged: Merged,
    out: &mut ArtifactWriter,
    tally: &mut Tally,
    counts: &mut BTreeMap<String, u64>,
) -> Result<(), SyncError> {
    add_missing_traits(resource_type, &mut merged.resource);
    if merged.is_unlisted() {
        tally.add(Notice::fact(
            format!("unlisted_{}", resource_type.id),
            format!("{}:{id}", resource_type.id),
            format!(
                "{} is named by other rows, but no listing has it",
                merged.resource.display_name
            ),
        ));
    }
    let parent = merged.resource.parent_resource_id.clone();
    out.resource(ResourceRow {
        resource_type_id: &resource_type.id,
        resource_id: id,
        parent: parent
            .as_ref()
            .map(|p| (p.resource_type.as_str(), p.resource.as_str())),
        data: &merged.resource.encode_to_vec(),
    })
    .map_err(SyncError::Artifact)?;
    *counts.entry(resource_type.id.clone()).or_default() += 1;
    Ok(())
}

/// Adds to a listed row what a second listing knows: profile keys it lacks, and a specified account type.
fn complete(listed: &mut v2::Resource, supplement: v2::Resource) {
    if let Some(more) = supplement.profile {
        let profile = listed.profile.get_or_insert_default();
        for (key, value) in more.fields {
            let known = profile.fields.entry(key).or_insert_with(|| value.clone());
            // The listing says nothing, although the key is there.
            if matches!(&known.kind, Some(Kind::StringValue(text)) if text.is_empty()) {
                *known = value;
            }
        }
    }
    let account_type = match any::pick::<v2::UserTrait>(&supplement.annotations) {
        Some(Ok(user)) => user.account_type,
        _ => 0,
    };
    if account_type != 0
        && let Some(Ok(mut user)) = any::pick::<v2::UserTrait>(&listed.annotations)
        && user.account_type != account_type
    {
        user.account_type = account_type;
        any::update(&mut listed.annotations, &user);
    }
}

/// A reader refuses a sync in which a resource lacks a trait of its type.
fn add_missing_traits(resource_type: &v2::ResourceType, resource: &mut v2::Resource) {
    use v2::resource_type::Trait;
    for number in &resource_type.traits {
        let annotation = match Trait::try_from(*number) {
            Ok(Trait::User) => any::pack(&v2::UserTrait::default()),
            Ok(Trait::Group) => any::pack(&v2::GroupTrait::default()),
            Ok(Trait::Role) => any::pack(&v2::RoleTrait::default()),
            Ok(Trait::App) => any::pack(&v2::AppTrait::default()),
            Ok(Trait::Secret) => any::pack(&v2::SecretTrait::default()),
            _ => continue,
        };
        if !resource
            .annotations
            .iter()
            .any(|a| a.type_url == annotation.type_url)
        {
            resource.annotations.push(annotation);
        }
    }
}

fn decode(body: &[u8]) -> Result<v2::Resource, SyncError> {
    v2::Resource::decode(body)
        .map_err(|e| SyncError::Engine(format!("a staged resource cannot be read back: {e}")))
}
