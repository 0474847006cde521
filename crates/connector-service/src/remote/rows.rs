//! From the messages of a peer to rows.

use connector_proto::any;
use connector_proto::connector::v2::{self, *};
use connector_sdk::{
    Basis, Code, EntitlementRow, Error, Expandable, Facts, GrantRow, Purpose, ResourceKey, Result, Standing,
    Text, entitlement_id,
};
use prost_types::value::Kind;

/// The row of an entitlement on a resource.
pub(super) fn entitlement(message: v2::Entitlement, on: &ResourceKey) -> Result<EntitlementRow> {
    let slug = slug(&message.id, on)?;
    Ok(EntitlementRow {
        standing: Standing::Listed,
        resource: on.clone(),
        slug,
        display_name: Text::Fixed(message.display_name),
        description: Text::Fixed(message.description),
        purpose: match message.purpose.try_into() {
            Ok(entitlement::PurposeValue::Permission) => Purpose::Permission,
            Ok(entitlement::PurposeValue::Ownership) => Purpose::Ownership,
            _ => Purpose::Assignment,
        },
        grantable_to: message.grantable_to.into_iter().map(|of| of.id).collect(),
        immutable: message.annotations.iter().any(any::is::<EntitlementImmutable>),
    })
}

/// The name of an entitlement on its resource. Ids are opaque, and those that are not made like ours cannot be kept.
fn slug(id: &str, on: &ResourceKey) -> Result<String> {
    let slug = id
        .strip_prefix(&entitlement_id(on, ""))
        .filter(|slug| !slug.is_empty());
    slug.map(ToOwned::to_owned).ok_or_else(|| {
        let message =
            format!("the id {id:?} of an entitlement on {on} is not made from its resource and a name");
        Error::new(Code::Internal, message)
    })
}

/// The row of a grant of an entitlement on a resource; none where only our engine can say it, from what else is there. A peer that
/// works out access through groups itself (`expanded`) says of such grants that the vendor confirms them, unless it marks them.
pub(super) fn grant(message: v2::Grant, on: &ResourceKey, expanded: bool) -> Result<Option<GrantRow>> {
    let held = message.entitlement.unwrap_or_default();
    let holder = message.principal.and_then(|principal| principal.id);
    let holder = holder.as_ref().and_then(ResourceKey::from_proto).ok_or_else(|| {
        let id = &message.id;
        Error::new(
            Code::Internal,
            format!("the grant {id:?} does not say who holds it"),
        )
    })?;
    let marks = Marks::of(&message.annotations)?;
    let sources = message.sources.unwrap_or_default().sources;
    let immutable = message.annotations.iter().any(any::is::<GrantImmutable>);
    let is_derived = !sources.is_empty() && !sources.contains_key(&held.id);
    let basis = match (is_derived, expanded) {
        (true, false) => return Ok(None),
        (true, true) if marks.overstated => return Ok(None),
        (true, true) => Basis::Conditional { changeable: false },
        (false, true) if marks.unexplained => Basis::Conditional {
            changeable: !immutable,
        },
        (false, _) => Basis::Stated { immutable },
    };
    let expandable = any::pick::<GrantExpandable>(&message.annotations);
    let expandable = expandable.transpose().map_err(unreadable)?;
    Ok(Some(GrantRow {
        slug: slug(&held.id, on)?,
        resource: on.clone(),
        principal: holder,
        basis,
        expandable: expandable.map(|expandable| Expandable {
            entitlement_ids: expandable.entitlement_ids,
            shallow: expandable.shallow,
            resource_type_ids: expandable.resource_type_ids,
        }),
        facts: marks.facts,
        dormant: marks.dormant,
    }))
}

/// What the metadata of a grant say.
#[derive(Default)]
struct Marks {
    facts: Facts,
    dormant: bool,
    overstated: bool,
    unexplained: bool,
}

impl Marks {
    fn of(annotations: &[prost_types::Any]) -> Result<Self> {
        let mut marks = Self::default();
        let Some(metadata) = any::pick::<GrantMetadata>(annotations) else {
            return Ok(marks);
        };
        for (name, value) in metadata.map_err(unreadable)?.metadata.unwrap_or_default().fields {
            let mark = match name.as_str() {
                "dormant" => Some(&mut marks.dormant),
                "overstated" => Some(&mut marks.overstated),
                "unexplained" => Some(&mut marks.unexplained),
                _ => None,
            };
            match (value.kind, mark) {
                (Some(Kind::BoolValue(is_set)), Some(mark)) => *mark = is_set,
                (Some(Kind::ListValue(list)), _) => {
                    let words = list.values.into_iter().map(|value| word(value.kind)).collect();
                    marks.facts.insert(name, words);
                }
                (kind, _) => {
                    marks.facts.insert(name, [word(kind)].into());
                }
            }
        }
        Ok(marks)
    }
}

/// A value as one word: a text as it is, anything else as its JSON.
fn word(kind: Option<Kind>) -> String {
    let value = prost_types::Value { kind };
    match &value.kind {
        Some(Kind::StringValue(text)) => text.clone(),
        _ => {
            let member = connector_proto::wkt::object([("", value)]);
            let json = connector_runtime::change::to_json(&member);
            json.get("").map(ToString::to_string).unwrap_or_default()
        }
    }
}

pub(super) fn unreadable(error: connector_proto::DecodeError) -> Error {
    Error::new(Code::Internal, "an annotation of the peer cannot be read").with_source(error)
}
