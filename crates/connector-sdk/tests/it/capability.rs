//! What a connector can do is what it implements.

use async_trait::async_trait;
use connector_sdk::proto::connector::v2::{self, Capability, resource_type::Trait};
use connector_sdk::proto::json;
use connector_sdk::{
    AccountManager, ActionProvider, ChangeContext, ChangeOutcome, Code, ConfigSchema, Connector, Error,
    Metadata, Page, PageToken, Parent, Plan, ResourceDeleter, ResourceGetter, ResourceKey,
    ResourceProvisioner, ResourceRow, ResourceSyncer, Result, SyncContext, TypeEntry, capabilities, metadata,
    resource_type,
};
use prost_types::Struct;
use std::sync::Arc;

/// Implements everything and does nothing.
struct Everything;

fn nothing() -> Error {
    Error::new(Code::Unimplemented, "nothing is done here")
}

#[async_trait]
impl ResourceSyncer for Everything {
    fn plan(&self) -> Plan {
        Plan::default()
    }

    async fn list(&self, _: &SyncContext, _: Parent<'_>, _: &PageToken) -> Result<Page> {
        Err(nothing())
    }
}

#[async_trait]
impl ResourceGetter for Everything {
    async fn get(&self, _: &ResourceKey) -> Result<ResourceRow> {
        Err(nothing())
    }
}

#[async_trait]
impl ResourceProvisioner for Everything {
    async fn grant(&self, _: &ChangeContext, _: &v2::Entitlement, _: &v2::Resource) -> Result<ChangeOutcome> {
        Err(nothing())
    }

    async fn revoke(&self, _: &ChangeContext, _: &v2::Grant) -> Result<ChangeOutcome> {
        Err(nothing())
    }
}

#[async_trait]
impl AccountManager for Everything {
    async fn create(&self, _: &ChangeContext, _: &Struct) -> Result<ChangeOutcome> {
        Err(nothing())
    }
}

#[async_trait]
impl ResourceDeleter for Everything {
    async fn delete(
        &self,
        _: &ChangeContext,
        _: &ResourceKey,
        _: Option<&v2::Resource>,
    ) -> Result<ChangeOutcome> {
        Err(nothing())
    }
}

struct Actions(Vec<&'static str>);

#[async_trait]
impl ActionProvider for Actions {
    fn schemas(&self) -> Vec<v2::BatonActionSchema> {
        let named = |name: &&str| v2::BatonActionSchema {
            name: (*name).to_owned(),
            ..Default::default()
        };
        self.0.iter().map(named).collect()
    }

    async fn invoke(&self, _: &ChangeContext, _: &str, _: &Struct) -> Result<ChangeOutcome> {
        Err(nothing())
    }
}

/// A connector whose types implement the parts of these letters: `g`etter, `p`rovisioner, `a`ccounts, `d`eleter.
#[derive(Debug)]
struct Parts {
    types: Vec<(&'static str, &'static str)>,
    actions: Option<Vec<&'static str>>,
}

impl Connector for Parts {
    fn metadata(&self) -> Metadata {
        Metadata {
            display_name: "Parts".into(),
            description: "Has the parts it was given".into(),
            help_url: Some("https://example.com/parts".into()),
            account_creation_schema: None,
        }
    }

    fn config_schema(&self) -> ConfigSchema {
        ConfigSchema::default()
    }

    fn types(&self) -> Vec<TypeEntry> {
        let entry = |(id, parts): &(&'static str, &'static str)| TypeEntry {
            getter: parts.contains('g').then(|| Arc::new(Everything) as _),
            provisioner: parts.contains('p').then(|| Arc::new(Everything) as _),
            accounts: parts.contains('a').then(|| Arc::new(Everything) as _),
            deleter: parts.contains('d').then(|| Arc::new(Everything) as _),
            ..TypeEntry::new(resource_type(id, id, &[Trait::User]), Arc::new(Everything))
        };
        self.types.iter().map(entry).collect()
    }

    fn actions(&self) -> Option<Arc<dyn ActionProvider>> {
        self.actions
            .as_ref()
            .map(|names| Arc::new(Actions(names.clone())) as _)
    }
}

/// A type with these parts, and a connector of it with these actions, can do this.
fn check(
    parts: &'static str,
    actions: Option<&[&'static str]>,
    of_type: &[Capability],
    of_connector: &[Capability],
) {
    let connector = Parts {
        types: vec![("user", parts)],
        actions: actions.map(<[_]>::to_vec),
    };
    let found = capabilities(&connector);
    let types: Vec<Capability> = found.resource_type_capabilities[0].capabilities().collect();
    assert_eq!(types, of_type, "of a type with {parts:?}");
    let all: Vec<Capability> = found.connector_capabilities().collect();
    assert_eq!(all, of_connector, "of a connector with {parts:?} and {actions:?}");
    assert_eq!(
        found.credential_details.is_some(),
        parts.contains('a'),
        "how accounts get a credential"
    );
}

#[test]
fn what_is_implemented_is_claimed_and_nothing_else() {
    use Capability::{
        AccountProvisioning, Actions, Provision, ResourceDelete, ServiceModeTargetedSync, Sync, TargetedSync,
    };
    check("", None, &[Sync], &[Sync]);
    check(
        "g",
        None,
        &[Sync, TargetedSync],
        &[Sync, TargetedSync, ServiceModeTargetedSync],
    );
    check("p", None, &[Sync, Provision], &[Provision, Sync]);
    check(
        "a",
        None,
        &[Sync, AccountProvisioning],
        &[Sync, AccountProvisioning],
    );
    check("d", None, &[Sync, ResourceDelete], &[Sync, ResourceDelete]);
    check("", Some(&[]), &[Sync], &[Sync]);
    check("", Some(&["suspend"]), &[Sync], &[Sync, Actions]);
    check(
        "gpad",
        Some(&["suspend"]),
        &[Sync, TargetedSync, Provision, AccountProvisioning, ResourceDelete],
        &[
            Provision,
            Sync,
            AccountProvisioning,
            ResourceDelete,
            Actions,
            TargetedSync,
            ServiceModeTargetedSync,
        ],
    );
}

/// Types are sorted by their ids, whatever order the connector has them in.
#[test]
fn the_metadata_document() -> Result<(), json::Error> {
    let connector = Parts {
        types: vec![("user", "ga"), ("group", "p")],
        actions: None,
    };
    insta::assert_snapshot!(json::to_string_pretty(&metadata(&connector))?, @r#"
    {
      "capabilities": {
        "connectorCapabilities": [
          "CAPABILITY_PROVISION",
          "CAPABILITY_SYNC",
          "CAPABILITY_ACCOUNT_PROVISIONING",
          "CAPABILITY_TARGETED_SYNC",
          "CAPABILITY_SERVICE_MODE_TARGETED_SYNC"
        ],
        "credentialDetails": {
          "capabilityAccountProvisioning": {
            "preferredCredentialOption": "CAPABILITY_DETAIL_CREDENTIAL_OPTION_NO_PASSWORD",
            "supportedCredentialOptions": [
              "CAPABILITY_DETAIL_CREDENTIAL_OPTION_NO_PASSWORD"
            ]
          }
        },
        "resourceTypeCapabilities": [
          {
            "capabilities": [
              "CAPABILITY_SYNC",
              "CAPABILITY_PROVISION"
            ],
            "permissions": {},
            "resourceType": {
              "displayName": "group",
              "id": "group",
              "traits": [
                "TRAIT_USER"
              ]
            }
          },
          {
            "capabilities": [
              "CAPABILITY_SYNC",
              "CAPABILITY_TARGETED_SYNC",
              "CAPABILITY_ACCOUNT_PROVISIONING"
            ],
            "permissions": {},
            "resourceType": {
              "displayName": "user",
              "id": "user",
              "traits": [
                "TRAIT_USER"
              ]
            }
          }
        ]
      },
      "description": "Has the parts it was given",
      "displayName": "Parts",
      "helpUrl": "https://example.com/parts"
    }
    "#);
    Ok(())
}
