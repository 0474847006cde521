//! What is refused without a request, because the artifact says that it cannot be changed.

use super::error::{ChangeError, ELSEWHERE};
use super::lookup::Known;
use super::offered::provisioner;
use super::target::{NamedEntitlement, NamedResource};
use connector_proto::any;
use connector_proto::connector::v2;
use connector_sdk::{Connector, ResourceKey};
use prost_types::value::Kind;

/// The principal with its type, where the entitlement can be granted to it.
pub(super) fn grantable_to(
    connector: &dyn Connector,
    entitlement: &v2::Entitlement,
    principal: ResourceKey,
) -> Result<ResourceKey, ChangeError> {
    let types: Vec<&str> = entitlement.grantable_to.iter().map(|t| t.id.as_str()).collect();
    if types.is_empty() {
        return Err(
            explained(connector, entitlement).unwrap_or_else(|| ChangeError::Immutable {
                what: format!("entitlement {}", NamedEntitlement::of(entitlement)),
                why: "it can be granted to nobody".into(),
                instead: Some(ELSEWHERE),
            }),
        );
    }
    match (principal.resource_type.as_str(), types.as_slice()) {
        ("", [only]) => Ok(ResourceKey::new(*only, principal.resource)),
        (given, types) if types.contains(&given) => Ok(principal),
        _ => Err(ChangeError::WrongPrincipal {
            entitlement: entitlement.id.clone(),
            principal: Box::new(principal),
            grantable_to: types.into_iter().map(str::to_owned).collect(),
        }),
    }
}

/// Refuses an entitlement of which nobody can change who holds it.
pub(super) fn entitlement(
    connector: &dyn Connector,
    known: &Known,
    entitlement: &v2::Entitlement,
) -> Result<(), ChangeError> {
    let on = entitlement.resource.clone().unwrap_or_default();
    of_this_system(&on)?;
    if !entitlement
        .annotations
        .iter()
        .any(any::is::<v2::EntitlementImmutable>)
    {
        return Ok(());
    }
    if let Some(explained) = explained(connector, entitlement) {
        return Err(explained);
    }
    let (why, instead) = why_immutable(known, &on)?;
    Err(ChangeError::Immutable {
        what: format!("entitlement {}", NamedEntitlement::of(entitlement)),
        why,
        instead,
    })
}

/// In the words of the connector, where it has any.
fn explained(connector: &dyn Connector, entitlement: &v2::Entitlement) -> Option<ChangeError> {
    let provisioner = provisioner(connector, entitlement).ok()?;
    provisioner.why_immutable(entitlement).map(ChangeError::Refused)
}

/// Refuses a resource that was copied from the artifact of another system.
pub(super) fn of_this_system(resource: &v2::Resource) -> Result<(), ChangeError> {
    if resource.annotations.iter().any(any::is::<v2::BatonId>) {
        return Err(ChangeError::OtherSystem {
            what: NamedResource::of(resource).to_string(),
        });
    }
    Ok(())
}

/// Refuses a grant that cannot be taken away: one that comes only through others, or that nobody can change.
pub(super) fn grant(connector: &dyn Connector, known: &Known, grant: &v2::Grant) -> Result<(), ChangeError> {
    let held = grant.entitlement.clone().unwrap_or_default();
    let holder = grant.principal.clone().unwrap_or_default();
    let sources = grant.sources.clone().unwrap_or_default().sources;
    if !sources.is_empty() && !sources.contains_key(&held.id) {
        let through = sources.keys().map(|id| group(known, id));
        return Err(ChangeError::Inherited {
            principal: NamedResource::of(&holder).to_string(),
            entitlement: NamedEntitlement::of(&held).to_string(),
            through: through.collect::<Result<_, _>>()?,
            ended_at: known.asked().map(|asked| asked.ended_at),
        });
    }
    entitlement(connector, known, &held)?;
    of_this_system(&holder)?;
    if grant.annotations.iter().any(any::is::<v2::GrantImmutable>) {
        let (why, instead) = if is_unexplained(grant) {
            (
                "the vendor says that it is held, but not how",
                "Find out at the vendor where it comes from, and take it away there",
            )
        } else {
            ("the artifact marks it as one that nobody can change", ELSEWHERE)
        };
        return Err(ChangeError::Immutable {
            what: format!("grant {:?}", grant.id),
            why: why.into(),
            instead: Some(instead),
        });
    }
    Ok(())
}

/// What gives an access: the resource on which the entitlement of that id is held, with the entitlement where it is not
/// a plain membership of it.
fn group(known: &Known, entitlement_id: &str) -> Result<String, ChangeError> {
    let Some(source) = known.entitlement_if_there(entitlement_id)? else {
        return Ok(format!("{entitlement_id:?}"));
    };
    let on = source.resource.clone().unwrap_or_default();
    let key = on.id.as_ref().and_then(ResourceKey::from_proto);
    let on = match key.map(|key| known.resource(&key)).transpose()?.flatten() {
        Some(named) => NamedResource::of(&named),
        None => NamedResource::of(&on),
    };
    Ok(on.to_string())
}

/// The artifact does not say why an entitlement is immutable, but where the members of a group come from. With it, what to
/// do instead where that does not say it.
fn why_immutable(known: &Known, on: &v2::Resource) -> Result<(String, Option<&'static str>), ChangeError> {
    let key = on.id.as_ref().and_then(ResourceKey::from_proto);
    let on = key.map(|key| known.resource(&key)).transpose()?.flatten();
    let group = on.and_then(|on| any::pick::<v2::GroupTrait>(&on.annotations)?.ok());
    let group = group.unwrap_or_default();
    let (source, instead) = match group.group_source_type.as_str() {
        "directory_synced" => (
            "its group is synced from another directory, change it there",
            None,
        ),
        "app_imported" => ("its group is imported from an app, change it there", None),
        "built_in" => ("its group is built in", Some(ELSEWHERE)),
        "dynamic" => (
            "who is in its group follows from a rule",
            Some("Change the rule at the vendor"),
        ),
        _ => ("nobody can change who holds it", Some(ELSEWHERE)),
    };
    let why = match group.raw_group_source_type.as_str() {
        "" => source.into(),
        raw => format!("{source} (the vendor calls its origin {raw:?})"),
    };
    Ok((why, instead))
}

/// Whether sealing found nothing that explains the grant.
fn is_unexplained(grant: &v2::Grant) -> bool {
    let Some(Ok(v2::GrantMetadata {
        metadata: Some(facts),
    })) = any::pick::<v2::GrantMetadata>(&grant.annotations)
    else {
        return false;
    };
    let mark = facts.fields.get("unexplained").and_then(|v| v.kind.as_ref());
    matches!(mark, Some(Kind::BoolValue(true)))
}
