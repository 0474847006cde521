//! Merging what was said about each resource: the better row wins, of equals the smaller.

use super::Content;
use super::catalogue::Catalogue;
use super::sink::Sink;
use super::source::Source;
use super::tally::Tally;
use crate::error::SyncError;
use connector_proto::{any, connector::v2};
use connector_sdk::{Notice, Standing};
use prost::Message;
use prost_types::value::Kind;
use std::collections::{BTreeMap, HashSet};

/// Hands over every resource in the order of types and ids; counts those that no listing has.
pub(super) fn merge(
    source: &dyn Source,
    content: &Content<'_>,
    catalogue: &Catalogue,
    sink: &mut dyn Sink,
    tally: &mut Tally,
    counts: &mut BTreeMap<String, u64>,
) -> Result<(), SyncError> {
    let carrying = match content.targets.is_empty() {
        true => None,
        false => Some(carrying(source)?),
    };
    for place in 0..catalogue.number_of_resources() {
        if place % 1024 == 0 {
            (content.go_on)()?;
        }
        let Merged { resource, rank } = one(source, content, catalogue, place)?;
        let (resource_type, id) = catalogue.resource(place);
        // Beside single resources stands what can be held, and of who else holds it no more than the id: a row of theirs would
        // replace what a full sync knows.
        let is_named_only = |carrying: &HashSet<u32>| !carrying.contains(&catalogue.number(place));
        if rank > Standing::Supplement.rank() && carrying.as_ref().is_some_and(is_named_only) {
            continue;
        }
        if rank > Standing::Supplement.rank() {
            tally.add(Notice::fact(
                format!("unlisted_{resource_type}"),
                format!("{resource_type}:{id}"),
                format!(
                    "{} is named by other rows, but no listing has it",
                    resource.display_name
                ),
            ));
        }
        sink.resource(resource_type, id, &resource)?;
        match counts.get_mut(resource_type) {
            Some(count) => *count += 1,
            None => {
                counts.insert(resource_type.to_owned(), 1);
            }
        }
    }
    Ok(())
}

/// The numbers of the resources that something can be held on.
fn carrying(source: &dyn Source) -> Result<HashSet<u32>, SyncError> {
    let mut numbers = HashSet::new();
    source.entitlements(&mut |entitlement| {
        numbers.insert(entitlement.resource);
        Ok(())
    })?;
    Ok(numbers)
}

/// A resource with the rank of its best row.
pub(super) struct Merged {
    pub(super) resource: v2::Resource,
    rank: u16,
}

/// The resource at a place, merged.
pub(super) fn one(
    source: &dyn Source,
    content: &Content<'_>,
    catalogue: &Catalogue,
    place: u32,
) -> Result<Merged, SyncError> {
    let mut best: Option<(u16, Vec<u8>)> = None;
    let mut supplement: Option<Vec<u8>> = None;
    source.statements(catalogue.number(place), &mut |rank, body| {
        match &mut best {
            None => best = Some((rank, body.to_owned())),
            Some((of_best, kept)) if *of_best == rank => smaller(kept, body),
            Some((of_best, _))
                if *of_best == Standing::Listed.rank() && rank == Standing::Supplement.rank() =>
            {
                match &mut supplement {
                    None => supplement = Some(body.to_owned()),
                    Some(kept) => smaller(kept, body),
                }
            }
            Some(_) => {}
        }
        Ok(())
    })?;
    let (resource_type, id) = catalogue.resource(place);
    let missing = || SyncError::Engine(format!("nothing says what the resource {resource_type}:{id} is"));
    let (rank, body) = best.ok_or_else(missing)?;
    let mut resource = decode(&body)?;
    if let Some(body) = supplement {
        complete(&mut resource, decode(&body)?);
    }
    if let Ok(at) = content
        .types
        .binary_search_by(|t| t.id.as_str().cmp(resource_type))
    {
        add_missing_traits(&content.types[at], &mut resource);
    }
    Ok(Merged { resource, rank })
}

fn smaller(kept: &mut Vec<u8>, other: &[u8]) {
    if other < kept.as_slice() {
        other.clone_into(kept);
    }
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
