//! The traits a connector implements, each optional but the first, and how they are composed.

use crate::change::{AccountManager, ActionProvider, ResourceDeleter, ResourceProvisioner};
use crate::error::{Code, Error, Result};
use crate::id::ResourceKey;
use crate::page::{Notice, Page, Parent, SyncContext};
use crate::resource::ResourceRow;
use crate::spec::ConnectorSpec;
use crate::subject::Subject;
use crate::tenant::Tenant;
use crate::token::PageToken;
use async_trait::async_trait;
use connector_proto::connector::v2;
use std::fmt;
use std::sync::Arc;

/// A connector that is connected: what it can do with each resource type of one tenant. What it is without that, its
/// [`ConnectorSpec`] says.
#[async_trait]
pub trait Connector: Send + Sync + fmt::Debug {
    /// What it is: the same for every tenant.
    fn spec(&self) -> ConnectorSpec;

    /// The resource types of its [`spec`](Self::spec) with what does it, in the same order.
    fn types(&self) -> Vec<TypeEntry>;

    /// What carries the actions of its [`spec`](Self::spec) out.
    fn actions(&self) -> Option<Arc<dyn ActionProvider>> {
        None
    }

    /// The tenant it is set up for, without a request. The engine compares it with that of an artifact; a connector that
    /// says `None` gets no such check, so every connector whose vendor has more than one tenant should say it.
    fn tenant(&self) -> Option<Tenant> {
        None
    }

    /// The accounts that may be behind the credential: whoever made it, where several made some and nothing tells which one is
    /// used here, all of them. A change that touches one of them may end what the credential can do.
    ///
    /// # Errors
    /// Where it cannot be read.
    async fn callers(&self) -> Result<Vec<ResourceKey>> {
        Ok(Vec::new())
    }

    /// Whether every write of a change is noted in its [`Writes`](crate::Writes) before it leaves. Where nothing is noted
    /// nothing was changed then, whatever ended the change. `false`, the default, where not: then what a change that broke off
    /// came to is not known.
    fn notes_writes(&self) -> bool {
        false
    }

    /// Checks credential and configuration against the vendor before a sync. Notices are kept with the sync.
    ///
    /// # Errors
    /// Where a sync cannot succeed: credential refused, tenant not found.
    async fn validate(&self) -> Result<Vec<Notice>> {
        Ok(Vec::new())
    }
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
    /// principal. A grant on one of these that expansion makes and no statement confirms is called unconfirmed.
    pub effective_access_on: Vec<String>,
}

/// Lists the resources of one type.
///
/// Calls are made at the same time and in any order; a call for a resource is made once the resource is known. Every
/// page may bring rows of any kind.
///
/// Calls for a resource are also made where no listing has it and only other rows name it, a grant to it for example, and
/// where it has gone since it was listed. Whether that it is not found is an answer (an empty page with a notice that says
/// so) or an error only the connector can tell.
///
/// An error of a call about one resource costs the rows of that resource: the engine asks once more when all else is read,
/// then names the resource in the gap `unreadable_subject`. It ends the sync, which can be resumed, where at least ten
/// resources failed and more than half of those decided so far; where the credential, a limit or the configuration is the
/// reason ([`Code::Unauthenticated`], [`Code::ResourceExhausted`], [`Code::Unknown`]); and in a listing of resources. A
/// panic counts as an error.
#[async_trait]
pub trait ResourceSyncer: Send + Sync {
    /// Which calls are worth making.
    fn plan(&self) -> Plan;

    /// One page of the resources.
    ///
    /// # Errors
    /// As the trait says. A refused cursor ([`Error::cursor_refused`]) restarts this listing as long as that gets it further.
    async fn list(&self, cx: &SyncContext, parent: Parent<'_>, token: &PageToken) -> Result<Page>;

    /// One page of the entitlements of a resource.
    ///
    /// # Errors
    /// As [`ResourceSyncer::list`]. This default answers [`Code::Unimplemented`], by which the engine tells a plan that
    /// forgets a call from one that leaves it out on purpose.
    async fn entitlements(&self, _cx: &SyncContext, _resource: &Subject, _token: &PageToken) -> Result<Page> {
        Err(not_offered("entitlements"))
    }

    /// One page of the grants that belong to a resource: those on it, those it holds, or both, as the vendor lists them.
    ///
    /// # Errors
    /// As [`ResourceSyncer::entitlements`].
    async fn grants(&self, _cx: &SyncContext, _resource: &Subject, _token: &PageToken) -> Result<Page> {
        Err(not_offered("grants"))
    }
}

fn not_offered(what: &str) -> Error {
    let message =
        format!("the plan of this resource type asks for {what}, and the connector does not list them");
    Error::new(Code::Unimplemented, message)
}

/// Reads one resource.
#[async_trait]
pub trait ResourceGetter: Send + Sync {
    /// The resource as it is now.
    ///
    /// # Errors
    /// [`crate::Code::NotFound`] where it does not exist.
    async fn get(&self, key: &ResourceKey) -> Result<ResourceRow>;

    /// One page of what a sync of this resource alone reads beside the calls about it: the entitlements that its listing
    /// would state with it, and, with its grants on them, the resources through which it holds access. What these hold
    /// themselves is asked of their own type.
    ///
    /// # Errors
    /// As those of the calls about the resource.
    async fn beside(&self, _cx: &SyncContext, _resource: &Subject, _token: &PageToken) -> Result<Page> {
        Ok(Page::empty())
    }
}

/// Builds a resource type.
pub fn resource_type(id: &str, display_name: &str, traits: &[v2::resource_type::Trait]) -> v2::ResourceType {
    v2::ResourceType {
        id: id.to_owned(),
        display_name: display_name.to_owned(),
        traits: traits.iter().map(|t| i32::from(*t)).collect(),
        ..Default::default()
    }
}
