//! Completing entitlements: the best row of each, with its texts and the resource it is on.

use super::Content;
use super::catalogue::{Catalogue, Entitlement};
use super::exclusion::ExclusionGroups;
use super::resource;
use super::sink::Sink;
use super::source::{Source, StagedEntitlement};
use super::tally::Tally;
use crate::error::SyncError;
use connector_proto::{any, connector::v2};
use connector_sdk::{EntitlementRow, Notice, Purpose, ResourceKey, Standing, Text, limit};
use std::collections::{BTreeMap, HashMap};

/// Hands over every entitlement in the order of ids, and returns them in that order.
pub(super) fn merge(
    source: &dyn Source,
    content: &Content<'_>,
    catalogue: &Catalogue,
    sink: &mut dyn Sink,
    tally: &mut Tally,
    counts: &mut BTreeMap<String, u64>,
) -> Result<Vec<Entitlement>, SyncError> {
    let types: HashMap<&str, &v2::ResourceType> = content.types.iter().map(|t| (t.id.as_str(), t)).collect();
    let mut merged = Vec::new();
    let mut groups = ExclusionGroups::default();
    // Entitlements of one resource stand together in the order of ids, but for what lies between two of them.
    let mut last: Option<(u32, v2::Resource)> = None;
    source.entitlements(&mut |staged| {
        let StagedEntitlement {
            number,
            resource,
            id,
            slug,
            row,
        } = staged;
        let missing = || SyncError::Engine(format!("the resource of entitlement {id:?} is missing"));
        let on = catalogue.place(resource).ok_or_else(missing)?;
        if last.as_ref().is_none_or(|(of, _)| *of != on) {
            last = Some((on, resource::one(source, content, catalogue, on)?.resource));
        }
        let Some((_, resource)) = &last else {
            return Err(missing());
        };
        let (on_type, on_id) = catalogue.resource(on);
        let row = match row {
            Some(json) => serde_json::from_str(json)
                .map_err(|e| SyncError::Engine(format!("a staged entitlement cannot be read back: {e}")))?,
            None => {
                let detail = "a grant names this entitlement, and nothing that was listed describes it";
                tally.add(Notice::fact("unlisted_entitlement", id, detail));
                named_only(ResourceKey::new(on_type, on_id), slug.to_owned())
            }
        };
        let message = finish(&row, id, resource, &types);
        groups.add(on_type, &message)?;
        let entitlement = Entitlement {
            number,
            id: id.to_owned(),
            on,
            resource_type: on_type.to_owned(),
            resource: on_id.to_owned(),
        };
        sink.entitlement(&entitlement, &message)?;
        *counts.entry(on_type.to_owned()).or_default() += 1;
        merged.push(entitlement);
        Ok(())
    })?;
    Ok(merged)
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
