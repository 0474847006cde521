//! The traits a connector implements, each optional but the first, and how they are composed.

use crate::config::ConfigSchema;
use crate::error::Result;
use crate::id::ResourceKey;
use crate::page::{Notice, Page, Parent, SyncContext};
use crate::resource::ResourceRow;
use crate::token::PageToken;
use async_trait::async_trait;
use connector_proto::config::v1 as config_proto;
use connector_proto::connector::v2;
use std::fmt;
use std::sync::Arc;

/// A connector: what it is called, what it is configured with, and what it can do with each resource type.
#[async_trait]
pub trait Connector: Send + Sync + fmt::Debug {
    /// Name, description and the like.
    fn metadata(&self) -> Metadata;

    /// The settings it takes.
    fn config_schema(&self) -> ConfigSchema;

    /// Its resource types with what can be done with each, in a stable order.
    fn types(&self) -> Vec<TypeEntry>;

    /// Its actions.
    fn actions(&self) -> Option<Arc<dyn ActionProvider>> {
        None
    }

    /// Checks credential and configuration against the vendor before a sync. Notices are kept with the sync.
    ///
    /// # Errors
    /// Where a sync cannot succeed: credential refused, tenant not found.
    async fn validate(&self) -> Result<Vec<Notice>> {
        Ok(Vec::new())
    }
}

/// What a connector says about itself.
#[derive(Clone, Debug, Default)]
pub struct Metadata {
    /// Its name, `Atlassian` for example.
    pub display_name: String,
    /// What it does, in a sentence.
    pub description: String,
    /// Where its documentation is (https).
    pub help_url: Option<String>,
    /// What an account is created from, where accounts can be created.
    pub account_creation_schema: Option<v2::ConnectorAccountCreationSchema>,
}

/// A resource type and what can be done with its resources.
#[derive(Clone)]
pub struct TypeEntry {
    /// The type: id, name, traits.
    pub resource_type: v2::ResourceType,
    /// Lists its resources, their entitlements and grants.
    pub syncer: Arc<dyn ResourceSyncer>,
    /// Reads one resource.
    pub getter: Option<Arc<dyn ResourceGetter>>,
    /// Grants and revokes.
    pub provisioner: Option<Arc<dyn ResourceProvisioner>>,
    /// Creates accounts.
    pub accounts: Option<Arc<dyn AccountManager>>,
    /// Deletes resources.
    pub deleter: Option<Arc<dyn ResourceDeleter>>,
}

impl TypeEntry {
    /// A type that can be synced.
    pub fn new(resource_type: v2::ResourceType, syncer: Arc<dyn ResourceSyncer>) -> Self {
        Self {
            resource_type,
            syncer,
            getter: None,
            provisioner: None,
            accounts: None,
            deleter: None,
        }
    }
}

impl fmt::Debug for TypeEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TypeEntry")
            .field("resource_type", &self.resource_type.id)
            .finish_non_exhaustive()
    }
}

/// How the resources of a type are synced, beyond being listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Whether [`ResourceSyncer::entitlements`] is asked for each resource. A type whose listing states its entitlements
    /// says no, so that no empty calls are made.
    pub entitlements: bool,
    /// Whether [`ResourceSyncer::grants`] is asked for each resource.
    pub grants: bool,
    /// The type whose resources are its parents: listed once for each of them instead of once.
    pub child_of: Option<String>,
    /// Whether a tenant without a single resource of this type is an error instead of an empty artifact.
    pub must_exist: bool,
    /// Types of entitlements for which [`ResourceSyncer::grants`] states *all* that the resource effectively holds as a
    /// principal. A grant on one of these that expansion makes and no statement confirms is called overstated.
    pub effective_access_on: Vec<String>,
}

/// Lists the resources of one type.
///
/// Calls are made at the same time and in any order; a call for a resource is made once the resource is known. Every
/// page may bring rows of any kind.
#[async_trait]
pub trait ResourceSyncer: Send + Sync {
    /// Which calls are worth making.
    fn plan(&self) -> Plan;

    /// One page of the resources.
    ///
    /// # Errors
    /// Any error ends the sync, which can be resumed, except a refused cursor: it restarts this listing.
    async fn list(&self, cx: &SyncContext, parent: Parent<'_>, token: &PageToken) -> Result<Page>;

    /// One page of the entitlements of a resource.
    ///
    /// # Errors
    /// As [`ResourceSyncer::list`].
    async fn entitlements(
        &self,
        _cx: &SyncContext,
        _resource: &v2::Resource,
        _token: &PageToken,
    ) -> Result<Page> {
        Ok(Page::empty())
    }

    /// One page of the grants that belong to a resource: those on it, those it holds, or both, as the vendor lists them.
    ///
    /// # Errors
    /// As [`ResourceSyncer::list`].
    async fn grants(&self, _cx: &SyncContext, _resource: &v2::Resource, _token: &PageToken) -> Result<Page> {
        Ok(Page::empty())
    }
}

/// Reads one resource.
#[async_trait]
pub trait ResourceGetter: Send + Sync {
    /// The resource as it is now.
    ///
    /// # Errors
    /// [`crate::Code::NotFound`] where it does not exist.
    async fn get(&self, key: &ResourceKey) -> Result<ResourceRow>;
}

/// Gives and takes access.
#[async_trait]
pub trait ResourceProvisioner: Send + Sync {
    /// Gives the principal the entitlement, once: an access that is there already is success, said as such.
    ///
    /// # Errors
    /// Where the vendor or a rule refuses it, with the reason.
    async fn grant(&self, entitlement: &v2::Entitlement, principal: &v2::Resource) -> Result<GrantOutcome>;

    /// Takes the grant away, once: one that is gone already is success, said as such.
    ///
    /// # Errors
    /// Where the vendor or a rule refuses it, with the reason.
    async fn revoke(&self, grant: &v2::Grant) -> Result<RevokeOutcome>;
}

/// How a grant went.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GrantOutcome {
    /// The access was given.
    Granted,
    /// The principal had it already.
    AlreadyGranted,
}

/// How a revocation went.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RevokeOutcome {
    /// The access was taken; what still gives it, by name.
    Revoked {
        /// Grants of others through which the principal still holds the access.
        still_given_by: Vec<String>,
    },
    /// The principal did not have it any more.
    AlreadyRevoked,
}

/// Creates accounts.
#[async_trait]
pub trait AccountManager: Send + Sync {
    /// Creates an account from a profile that fits the account creation schema.
    ///
    /// # Errors
    /// [`crate::Code::InvalidArgument`] where the profile does not fit, else what the vendor says.
    async fn create(&self, profile: &prost_types::Struct) -> Result<AccountOutcome>;
}

/// How the creation of an account went.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum AccountOutcome {
    /// It was created.
    Created(Box<ResourceRow>),
    /// The same person's account was there already.
    AlreadyExists(Box<ResourceRow>),
    /// The vendor works on it; how to follow it.
    InProgress(String),
}

/// Deletes resources.
#[async_trait]
pub trait ResourceDeleter: Send + Sync {
    /// Deletes a resource, once; says in words what that means (a grace period for example).
    ///
    /// # Errors
    /// Where the vendor refuses it.
    async fn delete(&self, key: &ResourceKey) -> Result<String>;
}

/// Offers actions beyond grants and accounts.
#[async_trait]
pub trait ActionProvider: Send + Sync {
    /// What can be invoked, with the arguments each takes.
    fn schemas(&self) -> Vec<v2::BatonActionSchema>;

    /// Invokes one. The arguments were checked against its schema.
    ///
    /// # Errors
    /// Where the vendor refuses it; [`crate::Code::NotFound`] for an unknown name.
    async fn invoke(&self, name: &str, arguments: &prost_types::Struct) -> Result<prost_types::Struct>;
}

/// A field of an action's arguments.
pub type ActionField = config_proto::Field;

/// Builds a resource type.
pub fn resource_type(id: &str, display_name: &str, traits: &[v2::resource_type::Trait]) -> v2::ResourceType {
    v2::ResourceType {
        id: id.to_owned(),
        display_name: display_name.to_owned(),
        traits: traits.iter().map(|t| i32::from(*t)).collect(),
        ..Default::default()
    }
}
