//! The capabilities document: what a connector can do, derived from what it implements.

use crate::connector::{Connector, TypeEntry};
use connector_proto::connector::v2::{self, Capability};
use std::collections::BTreeSet;

/// Derives the capabilities of a connector: per resource type in the order of their ids, and for the connector the
/// union of them with what it offers beyond types. Nothing is claimed that is not implemented.
pub fn capabilities(connector: &dyn Connector) -> v2::ConnectorCapabilities {
    let mut types = connector.types();
    types.sort_by(|a, b| a.resource_type.id.cmp(&b.resource_type.id));
    let mut all = BTreeSet::new();
    let mut account_types = false;
    let resource_type_capabilities = types
        .iter()
        .map(|entry| {
            let own = of_type(entry);
            account_types |= entry.accounts.is_some();
            all.extend(own.iter().copied());
            v2::ResourceTypeCapability {
                resource_type: Some(entry.resource_type.clone()),
                capabilities: own.into_iter().map(i32::from).collect(),
                permissions: Some(v2::CapabilityPermissions::default()),
                ..Default::default()
            }
        })
        .collect();
    if all.contains(&Capability::TargetedSync) {
        all.insert(Capability::ServiceModeTargetedSync);
    }
    if connector.actions().is_some_and(|a| !a.schemas().is_empty()) {
        all.insert(Capability::Actions);
    }
    v2::ConnectorCapabilities {
        resource_type_capabilities,
        connector_capabilities: all.into_iter().map(i32::from).collect(),
        credential_details: account_types.then(accounts_without_password),
    }
}

/// The metadata document, capabilities included.
pub fn metadata(connector: &dyn Connector) -> v2::ConnectorMetadata {
    let metadata = connector.metadata();
    v2::ConnectorMetadata {
        display_name: metadata.display_name,
        description: metadata.description,
        help_url: metadata.help_url.unwrap_or_default(),
        capabilities: Some(capabilities(connector)),
        account_creation_schema: metadata.account_creation_schema,
        ..Default::default()
    }
}

fn of_type(entry: &TypeEntry) -> Vec<Capability> {
    let mut own = vec![Capability::Sync];
    if entry.getter.is_some() {
        own.push(Capability::TargetedSync);
    }
    if entry.provisioner.is_some() {
        own.push(Capability::Provision);
    }
    if entry.accounts.is_some() {
        own.push(Capability::AccountProvisioning);
    }
    if entry.deleter.is_some() {
        own.push(Capability::ResourceDelete);
    }
    own
}

fn accounts_without_password() -> v2::CredentialDetails {
    let no_password = v2::CapabilityDetailCredentialOption::NoPassword.into();
    v2::CredentialDetails {
        capability_account_provisioning: Some(v2::CredentialDetailsAccountProvisioning {
            supported_credential_options: vec![no_password],
            preferred_credential_option: no_password,
        }),
        ..Default::default()
    }
}
