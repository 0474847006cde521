//! Who of a connector carries which changes out, by resource type.

use super::error::ChangeError;
use connector_proto::connector::v2;
use connector_sdk::{AccountManager, Connector, ResourceProvisioner, TypeEntry};
use std::sync::Arc;

/// Who changes the holders of an entitlement: whoever provisions the type of its resource.
pub(super) fn provisioner(
    connector: &dyn Connector,
    entitlement: &v2::Entitlement,
) -> Result<Arc<dyn ResourceProvisioner>, ChangeError> {
    let types = connector.types();
    let on = entitlement.resource.as_ref().and_then(|on| on.id.as_ref());
    let on = on.map(|id| id.resource_type.clone()).unwrap_or_default();
    let found = entry(&types, &on)?.provisioner.clone();
    found.ok_or_else(|| ChangeError::NotOffered {
        what: format!("change who holds entitlements of resources of type {on:?}"),
        offered: types_with(&types, |t| t.provisioner.is_some()),
    })
}

/// Who creates accounts of a type; without one the only who does, or the one of the type `user`.
pub(super) fn account_manager(
    connector: &dyn Connector,
    resource_type: Option<String>,
) -> Result<(String, Arc<dyn AccountManager>), ChangeError> {
    let types = connector.types();
    if let Some(asked) = &resource_type {
        entry(&types, asked)?;
    }
    let can: Vec<&TypeEntry> = types.iter().filter(|t| t.accounts.is_some()).collect();
    let named = |name: &str| can.iter().copied().find(|t| t.resource_type.id == name);
    let chosen = match (&resource_type, can.as_slice()) {
        (Some(asked), _) => named(asked),
        (None, [only]) => Some(*only),
        (None, _) => named("user"),
    };
    let found = chosen.and_then(|t| Some((t.resource_type.id.clone(), t.accounts.clone()?)));
    found.ok_or_else(|| ChangeError::NotOffered {
        what: match (&resource_type, can.as_slice()) {
            (Some(asked), _) => format!("create accounts of type {asked:?}"),
            (None, []) => "create accounts".into(),
            (None, _) => "create accounts without being told their type".into(),
        },
        offered: types_with(&types, |t| t.accounts.is_some()),
    })
}

/// What the connector has for a type.
pub(super) fn entry<'a>(types: &'a [TypeEntry], resource_type: &str) -> Result<&'a TypeEntry, ChangeError> {
    let found = types.iter().find(|t| t.resource_type.id == resource_type);
    found.ok_or_else(|| ChangeError::UnknownType {
        resource_type: resource_type.to_owned(),
        valid: types_with(types, |_| true),
    })
}

/// The names of the types of which this holds.
pub(super) fn types_with(types: &[TypeEntry], has: impl Fn(&TypeEntry) -> bool) -> Vec<String> {
    let with = types.iter().filter(|t| has(t));
    with.map(|t| t.resource_type.id.clone()).collect()
}
