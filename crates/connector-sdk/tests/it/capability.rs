//! What a connector can do is what it implements.

use async_trait::async_trait;
use connector_sdk::proto::connector::v2::{self, Capability, resource_type::Trait};
use connector_sdk::proto::json;
use connector_sdk::{
    AccountManager, ActionProvider, ChangeContext, ChangeOutcome, Code, Connector, ConnectorSpec, Error,
    Page, PageToken, Parent, Plan, ResourceDeleter, ResourceGetter, ResourceKey, ResourceProvisioner,
    ResourceRow, ResourceSyncer, Result, SyncContext, TypeEntry, TypeSpec, capabilities, metadata,
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

struct Actions;

#[async_trait]
impl ActionProvider for Actions {
    async fn invoke(&self, _: &ChangeContext, _: &str, _: &Struct) -> Result<ChangeOutcome> {
        Err(nothing())
    }
}

/// A connector whose types implement the parts of these letters: `g`etter, `p`rovisioner, `a`ccounts, `d`eleter.
#[derive(Debug)]
struct Parts {
    types: Vec<(&'static str, &'static str)>,
    actions: Vec<&'static str>,
}

impl Connector for Parts {
    fn spec(&self) -> ConnectorSpec {
        let action = |name: &&str| v2::BatonActionSchema {
            name: (*name).to_owned(),
            ..Default::default()
        };
        ConnectorSpec {
            display_name: "Parts".into(),
            description: "Has the parts it was given".into(),
            help_url: Some("https://example.com/parts".into()),
            types: self.types().iter().map(TypeSpec::of).collect(),
            actions: self.actions.iter().map(action).collect(),
            ..ConnectorSpec::default()
        }
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
        (!self.actions.is_empty()).then(|| Arc::new(Actions) as _)
    }
}

/// A type with these parts, and a connector of it with these actions, can do this.
fn check(parts: &'static str, actions: &[&'static str], of_type: &[Capability], of_connector: &[Capability]) {
    let connector = Parts {
        types: vec![("user", parts)],
        actions: actions.to_vec(),
    };
    let spec = connector.spec();
    assert_eq!(spec.difference(&connector), None);
    let found = capabilities(&spec);
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
    check("", &[], &[Sync], &[Sync]);
    check(
        "g",
        &[],
        &[Sync, TargetedSync],
        &[Sync, TargetedSync, ServiceModeTargetedSync],
    );
    check("p", &[], &[Sync, Provision], &[Provision, Sync]);
    check(
        "a",
        &[],
        &[Sync, AccountProvisioning],
        &[Sync, AccountProvisioning],
    );
    check("d", &[], &[Sync, ResourceDelete], &[Sync, ResourceDelete]);
    check("", &["suspend"], &[Sync], &[Sync, Actions]);
    check(
        "gpad",
        &["suspend"],
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
        actions: Vec::new(),
    };
    insta::assert_snapshot!(json::to_string_pretty(&metadata(&connector.spec()))?, @r#"
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

/// A program takes no connector that does otherwise than it says: its documents would claim what is not there.
#[test]
fn what_is_said_and_not_done_is_found() {
    let parts = |types: &[(&'static str, &'static str)], actions: &[&'static str]| Parts {
        types: types.to_vec(),
        actions: actions.to_vec(),
    };
    let is = parts(&[("user", "ga"), ("group", "p")], &["suspend"]);
    let found = |said: Parts| said.spec().difference(&is).unwrap_or_default();
    insta::assert_snapshot!([
        found(parts(&[("user", "ga"), ("group", "p")], &["suspend", "restore"])),
        found(parts(&[("group", "p"), ("user", "ga")], &["suspend"])),
        found(parts(&[("user", "gad"), ("group", "p")], &["suspend"])),
        found(parts(&[("user", "ga"), ("group", "")], &["suspend"])),
        found(parts(&[("user", "ga"), ("group", "p")], &[])),
    ].join("\n"), @r#"

    the connector has the resource types ["user", "group"] and says that it has ["group", "user"]
    the connector can do {Get, CreateAccounts} with resources of type "user" and says {Get, CreateAccounts, Delete}
    the connector can do {Provision} with resources of type "group" and says {}
    the connector has actions and says that it has none
    "#);
    let mut renamed = is.spec();
    renamed.types[0].resource_type.display_name = "Person".into();
    insta::assert_snapshot!(renamed.difference(&is).unwrap_or_default(), @r#"the connector describes the resource type "user" in two ways"#);
    let silent = parts(&[("user", "ga"), ("group", "p")], &[]);
    insta::assert_snapshot!(is.spec().difference(&silent).unwrap_or_default(), @"the connector has no actions and says that it has some");
}
