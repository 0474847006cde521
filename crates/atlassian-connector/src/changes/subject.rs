//! What a change is about, taken from the entitlement, grant or resource that the engine hands in.

use super::refusal::refused;
use crate::kinds;
use connector_sdk::proto::any;
use connector_sdk::proto::connector::v2;
use connector_sdk::{Code, Error, Result, entitlement_id};
use prost_types::Value;
use prost_types::value::Kind;

/// The resource of an entitlement, and the entitlement's name on it.
///
/// A grant may hold its entitlement as id and resource only. The id is not taken apart: what stands behind the
/// resource's own part of it is the name.
pub(super) fn on(entitlement: &v2::Entitlement) -> Result<(&v2::Resource, &str)> {
    let resource = entitlement
        .resource
        .as_ref()
        .filter(|resource| !kinds::id_of(resource).is_empty())
        .ok_or_else(|| unusable("the entitlement does not name its resource"))?;
    if !entitlement.slug.is_empty() {
        return Ok((resource, &entitlement.slug));
    }
    let key = kinds::key(resource).ok_or_else(|| unusable("the entitlement does not name its resource"))?;
    let slug = entitlement
        .id
        .strip_prefix(&entitlement_id(&key, ""))
        .filter(|slug| !slug.is_empty())
        .ok_or_else(|| unusable("the entitlement has neither a name nor an id that holds it"))?;
    Ok((resource, slug))
}

/// The id of a resource, which must have one.
pub(super) fn identity(resource: &v2::Resource) -> Result<&str> {
    Some(kinds::id_of(resource))
        .filter(|id| !id.is_empty())
        .ok_or_else(|| unusable("the resource has no id"))
}

/// The two parts of a grant.
pub(super) fn parts(grant: &v2::Grant) -> Result<(&v2::Entitlement, &v2::Resource)> {
    match (&grant.entitlement, &grant.principal) {
        (Some(entitlement), Some(principal)) => Ok((entitlement, principal)),
        _ => Err(unusable(
            "the grant does not name its entitlement and its principal",
        )),
    }
}

/// Refuses a grant that nobody can change, from what the artifact says of it.
pub(super) fn refuse_immutable(grant: &v2::Grant, shown: &str) -> Result<()> {
    let own = grant
        .entitlement
        .as_ref()
        .map_or("", |entitlement| entitlement.id.as_str());
    let sources: Vec<&str> = grant
        .sources
        .iter()
        .flat_map(|sources| sources.sources.keys().map(String::as_str))
        .collect();
    if !sources.is_empty() && !sources.contains(&own) {
        let message = format!("{shown} is held only through {}", sources.join(", "));
        return Err(
            refused(message).with_hint("Take the account out of the groups, or the role from the groups")
        );
    }
    if grant.annotations.iter().any(any::is::<v2::GrantImmutable>) {
        let message =
            format!("{shown} was read as immutable: it is not held directly, or no operation changes it");
        return Err(refused(message).with_hint("Sync again if this has changed"));
    }
    Ok(())
}

/// Whether the artifact has a grant as given to the principal itself: by the vendor's methods, or among its sources. Where
/// neither says so, as in an artifact of another connector, it may have come from a group.
pub(super) fn is_direct(grant: &v2::Grant) -> bool {
    let own = grant
        .entitlement
        .as_ref()
        .map(|entitlement| entitlement.id.as_str());
    let sources = grant.sources.iter().flat_map(|sources| sources.sources.keys());
    let metadata = any::pick::<v2::GrantMetadata>(&grant.annotations).and_then(Result::ok);
    let facts = metadata
        .and_then(|metadata| metadata.metadata)
        .unwrap_or_default();
    let methods = match facts.fields.get("methods").and_then(|value| value.kind.as_ref()) {
        Some(Kind::ListValue(list)) => &*list.values,
        _ => &[],
    };
    let direct = |value: &Value| matches!(&value.kind, Some(Kind::StringValue(word)) if word == "direct");
    methods.iter().any(direct) || sources.map(String::as_str).any(|source| Some(source) == own)
}

/// Refuses an entitlement that nobody can be given, from what the artifact says of it.
pub(super) fn refuse_fixed(entitlement: &v2::Entitlement, shown: &str) -> Result<()> {
    if entitlement
        .annotations
        .iter()
        .any(any::is::<v2::EntitlementImmutable>)
    {
        return Err(refused(format!(
            "{shown} was read as immutable: no operation changes who holds it"
        )));
    }
    Ok(())
}

/// A resource as people know it: name and id.
pub(super) fn shown(resource: &v2::Resource) -> String {
    let (kind, id) = resource
        .id
        .as_ref()
        .map_or(("", ""), |id| (id.resource_type.as_str(), id.resource.as_str()));
    let kind = match kind {
        kinds::USER => "account",
        kinds::API_TOKEN => "API token",
        other => other,
    };
    let name = resource.display_name.trim();
    if name.is_empty() || name == id {
        format!("{kind} {id}")
    } else {
        format!("{kind} {name} ({id})")
    }
}

fn unusable(message: &str) -> Error {
    Error::new(Code::InvalidArgument, message)
}
