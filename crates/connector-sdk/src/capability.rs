//! The capabilities document: what a connector can do, derived from what it says that it is.

use crate::spec::{Ability, ConnectorSpec, TypeSpec};
use connector_proto::connector::v2::{self, Capability};
use std::collections::BTreeSet;

/// Derives the capabilities of a connector: per resource type in the order of their ids, and for the connector the
/// union of them with what it offers beyond types.
pub fn capabilities(spec: &ConnectorSpec) -> v2::ConnectorCapabilities {
    let mut types: Vec<&TypeSpec> = spec.types.iter().collect();
    types.sort_by(|a, b| a.resource_type.id.cmp(&b.resource_type.id));
    let mut all = BTreeSet::new();
    let mut account_types = false;
    let resource_type_capabilities = types
        .into_iter()
        .map(|of| {
            let own = of_type(of);
            account_types |= of.abilities.contains(&Ability::CreateAccounts);
            all.extend(own.iter().copied());
            v2::ResourceTypeCapability {
                resource_type: Some(of.resource_type.clone()),
                capabilities: own.into_iter().map(i32::from).collect(),
                permissions: Some(v2::CapabilityPermissions::default()),
                ..Default::default()
            }
        })
        .collect();
    if all.contains(&Capability::TargetedSync) {
        all.insert(Capability::ServiceModeTargetedSync);
    }
    if !spec.actions.is_empty() {
        all.insert(Capability::Actions);
    }
    v2::ConnectorCapabilities {
        resource_type_capabilities,
        connector_capabilities: all.into_iter().map(i32::from).collect(),
        credential_details: account_types.then(accounts_without_password),
    }
}

/// The metadata document, capabilities included.
pub fn metadata(spec: &ConnectorSpec) -> v2::ConnectorMetadata {
    v2::ConnectorMetadata {
        display_name: spec.display_name.clone(),
        description: spec.description.clone(),
        help_url: spec.help_url.clone().unwrap_or_default(),
        capabilities: Some(capabilities(spec)),
        account_creation_schema: spec.account_schema.clone(),
        ..Default::default()
    }
}

fn of_type(of: &TypeSpec) -> Vec<Capability> {
    let abilities = of.abilities.iter().map(|ability| match ability {
        Ability::Get => Capability::TargetedSync,
        Ability::Provision => Capability::Provision,
        Ability::CreateAccounts => Capability::AccountProvisioning,
        Ability::Delete => Capability::ResourceDelete,
    });
    std::iter::once(Capability::Sync).chain(abilities).collect()
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
