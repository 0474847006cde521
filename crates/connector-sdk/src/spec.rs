//! What a connector is, told without a credential, an address or a request: documents, help texts and flags are made from it.

use crate::config::ConfigSchema;
use crate::connector::{Connector, TypeEntry};
use connector_proto::connector::v2;
use std::collections::BTreeSet;

/// What a connector is called, what it is configured with, and what it can do. A [`Connector`] is one that is connected.
///
/// ```
/// use connector_sdk::{Ability, ConfigSchema, ConnectorSpec, Field, TypeSpec, capabilities, resource_type};
///
/// let spec = ConnectorSpec {
///     display_name: "People file".into(),
///     settings: ConfigSchema {
///         fields: vec![Field::string("people-file", "People file", "The file to read").required()],
///         ..ConfigSchema::default()
///     },
///     types: vec![TypeSpec::new(resource_type("team", "Team", &[]), [Ability::Provision])],
///     ..ConnectorSpec::default()
/// };
/// assert_eq!(capabilities(&spec).connector_capabilities.len(), 2); // it is synced, and provisioned
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConnectorSpec {
    /// Its name, `Atlassian` for example.
    pub display_name: String,
    /// What it does, in a sentence.
    pub description: String,
    /// Where its documentation is (https).
    pub help_url: Option<String>,
    /// The settings it takes.
    pub settings: ConfigSchema,
    /// Its resource types with what can be done with each, in a stable order.
    pub types: Vec<TypeSpec>,
    /// Its actions, with the arguments each takes, in a stable order. An argument whose field is marked secret is never
    /// printed or kept.
    pub actions: Vec<v2::BatonActionSchema>,
    /// What an account is created from, where accounts can be created.
    pub account_schema: Option<v2::ConnectorAccountCreationSchema>,
    /// The kinds of gaps that its pages may tell.
    pub gaps: Vec<String>,
}

/// A resource type and what can be done with its resources, beside being synced.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeSpec {
    /// The type: id, name, traits.
    pub resource_type: v2::ResourceType,
    /// What can be done with them.
    pub abilities: BTreeSet<Ability>,
}

/// What can be done with the resources of a type, beside syncing them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Ability {
    /// One is read by its id: [`TypeEntry::getter`].
    Get,
    /// Access to them is given and taken: [`TypeEntry::provisioner`].
    Provision,
    /// Accounts are created: [`TypeEntry::accounts`].
    CreateAccounts,
    /// They are deleted: [`TypeEntry::deleter`].
    Delete,
}

impl TypeSpec {
    /// A type with these abilities.
    pub fn new(resource_type: v2::ResourceType, abilities: impl IntoIterator<Item = Ability>) -> Self {
        Self {
            resource_type,
            abilities: abilities.into_iter().collect(),
        }
    }

    /// What a connector that is connected can do with a type.
    pub fn of(entry: &TypeEntry) -> Self {
        let abilities = [
            (entry.getter.is_some(), Ability::Get),
            (entry.provisioner.is_some(), Ability::Provision),
            (entry.accounts.is_some(), Ability::CreateAccounts),
            (entry.deleter.is_some(), Ability::Delete),
        ];
        let abilities = abilities.into_iter().filter(|(is_there, _)| *is_there);
        Self::new(entry.resource_type.clone(), abilities.map(|(_, ability)| ability))
    }
}

impl ConnectorSpec {
    /// What a connector does otherwise than it says here, as a sentence without its full stop; nothing where it does what it
    /// says.
    pub fn difference(&self, connector: &dyn Connector) -> Option<String> {
        let types: Vec<TypeSpec> = connector.types().iter().map(TypeSpec::of).collect();
        let ids = |types: &[TypeSpec]| -> Vec<String> {
            types.iter().map(|of| of.resource_type.id.clone()).collect()
        };
        if ids(&self.types) != ids(&types) {
            return Some(format!(
                "the connector has the resource types {:?} and says that it has {:?}",
                ids(&types),
                ids(&self.types)
            ));
        }
        let differs = self.types.iter().zip(&types).find(|(said, is)| said != is);
        if let Some((said, is)) = differs {
            let id = &said.resource_type.id;
            return Some(if said.abilities == is.abilities {
                format!("the connector describes the resource type {id:?} in two ways")
            } else {
                format!(
                    "the connector can do {:?} with resources of type {id:?} and says {:?}",
                    is.abilities, said.abilities
                )
            });
        }
        match (connector.actions().is_some(), self.actions.is_empty()) {
            (true, true) => Some("the connector has actions and says that it has none".to_owned()),
            (false, false) => Some("the connector has no actions and says that it has some".to_owned()),
            _ => None,
        }
    }
}
