//! Every row against its message.

use super::{Findings, Rule, Summary, references, runs::check_time};
use crate::reader::{
    Artifact, ReadError, StoredEntitlement, StoredGrant, StoredResource, StoredResourceType, SyncInfo,
};
use connector_proto::{any, connector::v2};
use prost::{DecodeError, Message, Name};
use prost_types::Any;
use std::collections::BTreeMap;

/// The traits of the resource types that were seen.
type Types = BTreeMap<String, Vec<i32>>;

/// Checks the rows of one sync and counts them.
pub(super) fn check(
    artifact: &Artifact,
    sync: &SyncInfo,
    findings: &mut Findings,
) -> Result<Summary, ReadError> {
    let id = &sync.sync_id;
    let mut counts = Summary::default();
    let mut types = Types::new();
    for row in artifact.resource_types(id) {
        counts.resource_types += 1;
        check_resource_type(&row?, &mut types, findings);
    }
    for row in artifact.resources(id) {
        let row = row?;
        counts.resources += 1;
        *counts
            .resources_by_type
            .entry(row.resource_type_id.clone())
            .or_default() += 1;
        check_resource(&row, &types, findings);
    }
    for row in artifact.entitlements(id) {
        let row = row?;
        counts.entitlements += 1;
        *counts
            .entitlements_by_type
            .entry(row.resource_type_id.clone())
            .or_default() += 1;
        check_entitlement(&row, findings);
    }
    for row in artifact.grants(id) {
        let row = row?;
        counts.grants += 1;
        *counts
            .grants_by_type
            .entry(row.resource_type_id.clone())
            .or_default() += 1;
        let sources = check_grant(&row, findings);
        findings.need(
            !sync.supports_diff || row.needs_expansion || row.expansion.is_none(),
            Rule::Expansion,
            &format!("grant {}", row.external_id),
            || "needs_expansion is not set although supports_diff is, so tools that expand again lose what it gives".to_owned(),
        );
        if sources.is_direct {
            counts.grants_direct += 1;
        } else {
            counts.grants_inherited += 1;
        }
        references::check_sources(artifact, sync, &row.external_id, &sources.others, findings)?;
    }
    for row in artifact.assets(id) {
        let row = row?;
        counts.assets += 1;
        let subject = &format!("asset {}", row.external_id);
        check_time(&row.discovered_at, "discovered_at", subject, findings);
        findings.need(!row.external_id.is_empty(), Rule::Column, subject, || {
            "its id is empty, so nothing can refer to it".to_owned()
        });
    }
    Ok(counts)
}

fn check_resource_type(row: &StoredResourceType, types: &mut Types, findings: &mut Findings) {
    let subject = &format!("resource type {}", row.external_id);
    check_time(&row.discovered_at, "discovered_at", subject, findings);
    let Some(message) = decode::<v2::ResourceType>(&row.data, subject, findings) else {
        return;
    };
    check_id(&row.external_id, &message.id, subject, findings);
    types.insert(row.external_id.clone(), message.traits);
}

fn check_resource(row: &StoredResource, types: &Types, findings: &mut Findings) {
    let subject = &format!("resource {}", row.external_id);
    check_time(&row.discovered_at, "discovered_at", subject, findings);
    let Some(message) = decode::<v2::Resource>(&row.data, subject, findings) else {
        return;
    };
    let (resource_type, id) = id_of(Some(&message));
    let agrees = row.resource_type_id == resource_type
        && row
            .external_id
            .strip_prefix(resource_type)
            .and_then(|rest| rest.strip_prefix(':'))
            == Some(id);
    findings.need(
        agrees && !resource_type.is_empty() && !id.is_empty(),
        Rule::Column,
        subject,
        || format!("its message has the id {id:?} of type {resource_type:?}"),
    );
    // An empty parent means none, in a message as in a column.
    let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
    let stored = (
        or_empty(&row.parent_resource_type_id),
        or_empty(&row.parent_resource_id),
    );
    let in_message = message
        .parent_resource_id
        .as_ref()
        .map(|id| (id.resource_type.clone(), id.resource.clone()));
    let in_message = in_message.unwrap_or_default();
    findings.need(stored == in_message, Rule::Column, subject, || {
        let ((stored_type, stored), (message_type, message)) = (&stored, &in_message);
        format!("its parent is {stored:?} of type {stored_type:?}, in its message {message:?} of type {message_type:?}")
    });
    let promised = types.get(&row.resource_type_id).into_iter().flatten();
    for promised in promised.filter_map(|number| required_trait(*number)) {
        match (promised.find)(&message.annotations) {
            Some(Ok(())) => {}
            Some(Err(error)) => findings.add(
                Rule::Message,
                subject,
                format!("its {} does not decode: {error}", promised.name),
            ),
            None => findings.add(
                Rule::Trait,
                subject,
                format!(
                    "its type promises {}, and readers refuse a sync without it",
                    promised.name
                ),
            ),
        }
    }
}

/// A trait message.
struct Trait {
    name: &'static str,
    /// Whether it is there, and decodes: of several readers take the first.
    find: fn(&[Any]) -> Option<Result<(), DecodeError>>,
}

/// The message that a resource of a type with this trait must carry. Readers do not ask for the other traits.
fn required_trait(number: i32) -> Option<Trait> {
    fn of<T: Message + Name + Default>() -> Option<Trait> {
        Some(Trait {
            name: T::NAME,
            find: |annotations| any::pick::<T>(annotations).map(|found| found.map(drop)),
        })
    }
    match v2::resource_type::Trait::try_from(number).ok()? {
        v2::resource_type::Trait::User => of::<v2::UserTrait>(),
        v2::resource_type::Trait::Group => of::<v2::GroupTrait>(),
        v2::resource_type::Trait::Role => of::<v2::RoleTrait>(),
        v2::resource_type::Trait::App => of::<v2::AppTrait>(),
        v2::resource_type::Trait::Secret => of::<v2::SecretTrait>(),
        _ => None,
    }
}

fn check_entitlement(row: &StoredEntitlement, findings: &mut Findings) {
    let subject = &format!("entitlement {}", row.external_id);
    check_time(&row.discovered_at, "discovered_at", subject, findings);
    let Some(message) = decode::<v2::Entitlement>(&row.data, subject, findings) else {
        return;
    };
    check_id(&row.external_id, &message.id, subject, findings);
    let (resource_type, id) = id_of(message.resource.as_ref());
    let agrees = (&*row.resource_type_id, &*row.resource_id) == (resource_type, id);
    findings.need(agrees, Rule::Column, subject, || {
        format!("its message is about resource {id:?} of type {resource_type:?}")
    });
}

/// Through what a grant is held.
struct Sources {
    /// Not through other entitlements only.
    is_direct: bool,
    /// The other entitlements.
    others: Vec<String>,
}

fn check_grant(row: &StoredGrant, findings: &mut Findings) -> Sources {
    let subject = &format!("grant {}", row.external_id);
    check_time(&row.discovered_at, "discovered_at", subject, findings);
    findings.need(
        !row.needs_expansion || row.expansion.is_some(),
        Rule::Expansion,
        subject,
        || "it needs expansion but names no entitlement to expand".to_owned(),
    );
    let Some(message) = decode::<v2::Grant>(&row.data, subject, findings) else {
        return Sources {
            is_direct: true,
            others: Vec::new(),
        };
    };
    check_id(&row.external_id, &message.id, subject, findings);
    if let Some(entitlement) = &message.entitlement {
        findings.need(
            entitlement.id == row.entitlement_id,
            Rule::Column,
            subject,
            || format!("its message is about entitlement {:?}", entitlement.id),
        );
        if let Some(resource) = &entitlement.resource {
            let (resource_type, id) = id_of(Some(resource));
            let agrees = (&*row.resource_type_id, &*row.resource_id) == (resource_type, id);
            findings.need(agrees, Rule::Column, subject, || {
                format!("its message is about resource {id:?} of type {resource_type:?}")
            });
        }
    }
    if let Some(principal) = &message.principal {
        let (principal_type, id) = id_of(Some(principal));
        let agrees = (&*row.principal_resource_type_id, &*row.principal_resource_id) == (principal_type, id);
        findings.need(agrees, Rule::Column, subject, || {
            format!("its message names principal {id:?} of type {principal_type:?}")
        });
    }
    let expandable = message.annotations.iter().any(any::is::<v2::GrantExpandable>);
    findings.need(!expandable, Rule::Expansion, subject, || {
        "its message carries the expansion, which belongs in the column".to_owned()
    });
    let mut others = message.sources.unwrap_or_default().sources;
    let own = others.remove(&row.entitlement_id);
    Sources {
        is_direct: own.is_some() || others.is_empty(),
        others: others.into_keys().collect(),
    }
}

fn check_id(column: &str, message: &str, subject: &str, findings: &mut Findings) {
    findings.need(
        column == message && !column.is_empty(),
        Rule::Column,
        subject,
        || format!("its message has the id {message:?}"),
    );
}

fn id_of(resource: Option<&v2::Resource>) -> (&str, &str) {
    let id = resource.and_then(|resource| resource.id.as_ref());
    id.map(|id| (&*id.resource_type, &*id.resource))
        .unwrap_or_default()
}

fn decode<T: Message + Default + Name>(data: &[u8], subject: &str, findings: &mut Findings) -> Option<T> {
    T::decode(data)
        .map_err(|error| {
            findings.add(
                Rule::Message,
                subject,
                format!("its message is no {}: {error}", T::NAME),
            )
        })
        .ok()
}
