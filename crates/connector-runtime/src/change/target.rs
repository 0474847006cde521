//! What a change is about, in names and ids: for reports and the audit file.

use super::request::Change;
use connector_proto::connector::v2;
use connector_sdk::{ResourceKey, grant_id};
use serde::Serialize;
use serde_json::{Map, Value};
use std::fmt;

/// What a change is about: the ids that were asked for, and once they were looked up, names and what belongs to them. As JSON an
/// object whose `kind` is the name of the variant in snake case.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChangeTarget {
    /// A grant.
    Grant {
        /// What is to be held.
        entitlement: NamedEntitlement,
        /// Who is to hold it.
        principal: NamedResource,
    },
    /// A revocation.
    Revoke {
        /// The id of the grant.
        grant: String,
        /// What is held.
        #[serde(skip_serializing_if = "Option::is_none")]
        entitlement: Option<NamedEntitlement>,
        /// Who holds it.
        #[serde(skip_serializing_if = "Option::is_none")]
        principal: Option<NamedResource>,
    },
    /// A new account.
    CreateAccount {
        /// Its type.
        #[serde(skip_serializing_if = "Option::is_none")]
        resource_type: Option<String>,
        /// What it is created from, once it was checked. The values of secret members are replaced by `(secret)`.
        #[serde(skip_serializing_if = "Option::is_none")]
        profile: Option<Map<String, Value>>,
    },
    /// A deletion.
    Delete {
        /// What is deleted.
        resource: NamedResource,
    },
    /// An action.
    Invoke {
        /// Its name.
        action: String,
        /// Its arguments, once they were checked, defaults filled in. The values of secret ones are replaced by `(secret)`.
        #[serde(skip_serializing_if = "Option::is_none")]
        arguments: Option<Map<String, Value>>,
    },
}

/// A resource with its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NamedResource {
    /// Its type and id.
    #[serde(flatten)]
    pub key: ResourceKey,
    /// The name people read; empty where it is not known.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
}

/// An entitlement with its name and its resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NamedEntitlement {
    /// Its id.
    pub id: String,
    /// The name people read; empty where it is not known.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What it is held on, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on: Option<NamedResource>,
}

impl ChangeTarget {
    /// The ids alone: profiles and arguments that were not checked may hold secrets.
    pub(super) fn asked(change: &Change) -> Self {
        match change {
            Change::Grant {
                entitlement_id,
                principal,
            } => Self::Grant {
                entitlement: NamedEntitlement::unnamed(entitlement_id),
                principal: NamedResource::unnamed(principal.clone()),
            },
            Change::Revoke { grant_id } => Self::Revoke {
                grant: grant_id.clone(),
                entitlement: None,
                principal: None,
            },
            Change::RevokeHeld {
                entitlement_id,
                principal,
            } => Self::Revoke {
                grant: grant_id(entitlement_id, principal),
                entitlement: Some(NamedEntitlement::unnamed(entitlement_id)),
                principal: Some(NamedResource::unnamed(principal.clone())),
            },
            Change::CreateAccount { resource_type, .. } => Self::CreateAccount {
                resource_type: resource_type.clone(),
                profile: None,
            },
            Change::Delete { resource } => Self::Delete {
                resource: NamedResource::unnamed(resource.clone()),
            },
            Change::Invoke { action, .. } => Self::Invoke {
                action: action.clone(),
                arguments: None,
            },
        }
    }
}

impl NamedResource {
    fn unnamed(key: ResourceKey) -> Self {
        Self {
            key,
            name: String::new(),
        }
    }

    pub(super) fn of(resource: &v2::Resource) -> Self {
        let id = resource.id.clone().unwrap_or_default();
        Self {
            key: ResourceKey::new(id.resource_type, id.resource),
            name: resource.display_name.clone(),
        }
    }
}

impl NamedEntitlement {
    fn unnamed(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: String::new(),
            on: None,
        }
    }

    pub(super) fn of(entitlement: &v2::Entitlement) -> Self {
        Self {
            id: entitlement.id.clone(),
            name: entitlement.display_name.clone(),
            on: Some(NamedResource::of(
                &entitlement.resource.clone().unwrap_or_default(),
            )),
        }
    }
}

impl fmt::Display for NamedResource {
    /// `type "id"`, with the name behind it where it is known and says more.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ResourceKey {
            resource_type,
            resource,
        } = &self.key;
        write!(f, "{resource_type} {resource:?}")?;
        named(f, resource, &self.name)
    }
}

impl fmt::Display for NamedEntitlement {
    /// The id, with the name behind it where it is known and says more.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.id)?;
        named(f, &self.id, &self.name)
    }
}

fn named(f: &mut fmt::Formatter<'_>, id: &str, name: &str) -> fmt::Result {
    if name.is_empty() || name == id {
        return Ok(());
    }
    write!(f, " ({name})")
}
