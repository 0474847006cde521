//! A connector behind gRPC as one of ours, so that our engine drives it.

mod changes;
mod peer;
mod rows;
mod syncer;

use crate::local::EXPANDED;
use crate::status::error_of;
use async_trait::async_trait;
use changes::Changes;
use connector_proto::any;
use connector_proto::connector::v2::{self, *};
use connector_sdk::{
    Ability, ActionProvider, Code, Connector, ConnectorSpec, Error, Notice, Result, TypeEntry, TypeSpec,
};
use peer::Peer;
use prost_types::value::Kind;
use std::fmt;
use std::sync::Arc;
use syncer::Listing;

pub use peer::Transport;

/// A connector behind the services of the protocol, as one of ours. What it is and can do is asked once, when it is connected.
///
/// A listing that is answered `Unavailable` is asked for again, for an hour at most: so a peer says that it is not ready yet. A
/// write is never sent twice; where its answer is lost, whether it was carried out is not known.
///
/// Access through groups is worked out by our engine, whatever the peer says of it. What our model cannot have is an error and never left
/// out: an entitlement whose id is not made from its resource and slug, a type that is listed as a whole.
#[derive(Clone)]
pub struct RemoteConnector {
    peer: Arc<Peer>,
    spec: ConnectorSpec,
    listing: Listing,
}

impl RemoteConnector {
    /// Connects, and asks what is there.
    ///
    /// # Errors
    /// A peer that does not answer, or whose types cannot be had.
    pub async fn connect(transport: Transport) -> Result<Self> {
        let peer = Arc::new(Peer::new(transport)?);
        let metadata = peer.metadata().await?;
        let said = metadata
            .profile
            .as_ref()
            .and_then(|profile| profile.fields.get(EXPANDED));
        let expanded = said.is_some_and(|value| value.kind == Some(Kind::BoolValue(true)));
        let capabilities = metadata
            .capabilities
            .unwrap_or_default()
            .resource_type_capabilities;
        let types: Vec<TypeSpec> = capabilities.into_iter().filter_map(type_spec).collect();
        if types.is_empty() {
            return Err(Error::new(
                Code::FailedPrecondition,
                "the peer names no resource type",
            ));
        }
        if let Some(of) = types.iter().find(|of| is_scoped(&of.resource_type)) {
            let message = format!("the peer lists the type {:?} as a whole", of.resource_type.id);
            return Err(Error::new(Code::Unimplemented, message));
        }
        let ids = types.iter().map(|of| of.resource_type.id.clone()).collect();
        let spec = ConnectorSpec {
            display_name: metadata.display_name,
            description: metadata.description,
            help_url: Some(metadata.help_url).filter(|url| !url.is_empty()),
            types,
            actions: peer.actions().await?,
            account_schema: metadata.account_creation_schema,
            ..ConnectorSpec::default()
        };
        Ok(Self {
            listing: Listing::new(Arc::clone(&peer), ids, expanded),
            peer,
            spec,
        })
    }

    /// Tells the peer that a sync is over, so that it keeps nothing of it.
    ///
    /// # Errors
    /// A peer that does not answer.
    pub async fn cleanup(&self) -> Result<()> {
        let request = ConnectorServiceCleanupRequest {
            active_sync_id: self.peer.sync_id(),
            ..Default::default()
        };
        let cleaned = self.peer.connector().cleanup(request).await;
        cleaned.map(drop).map_err(|status| error_of(&status))
    }
}

/// A type, and what can be done with its resources.
fn type_spec(of: ResourceTypeCapability) -> Option<TypeSpec> {
    let abilities = of.capabilities().filter_map(|capability| {
        Some(match capability {
            Capability::TargetedSync => Ability::Get,
            Capability::Provision => Ability::Provision,
            Capability::AccountProvisioning => Ability::CreateAccounts,
            Capability::ResourceDelete => Ability::Delete,
            _ => return None,
        })
    });
    let abilities: Vec<Ability> = abilities.collect();
    Some(TypeSpec::new(of.resource_type?, abilities))
}

fn is_scoped(of: &v2::ResourceType) -> bool {
    let annotations = &of.annotations;
    annotations.iter().any(any::is::<TypeScopedGrants>)
        || annotations.iter().any(any::is::<TypeScopedEntitlements>)
}

#[async_trait]
impl Connector for RemoteConnector {
    fn spec(&self) -> ConnectorSpec {
        self.spec.clone()
    }

    fn types(&self) -> Vec<TypeEntry> {
        let entries = self.spec.types.iter().map(|of| {
            let syncer = Arc::new(self.listing.of(&of.resource_type));
            let changes = Arc::new(Changes(Arc::clone(&self.peer)));
            let can = |ability| of.abilities.contains(&ability);
            TypeEntry {
                getter: can(Ability::Get).then(|| syncer.clone() as _),
                provisioner: can(Ability::Provision).then(|| changes.clone() as _),
                accounts: can(Ability::CreateAccounts).then(|| changes.clone() as _),
                deleter: can(Ability::Delete).then(|| changes.clone() as _),
                ..TypeEntry::new(of.resource_type.clone(), syncer)
            }
        });
        entries.collect()
    }

    fn actions(&self) -> Option<Arc<dyn ActionProvider>> {
        let changes = || Arc::new(Changes(Arc::clone(&self.peer))) as _;
        (!self.spec.actions.is_empty()).then(changes)
    }

    fn notes_writes(&self) -> bool {
        true
    }

    /// Begins a sync: the peer knows it by an id of its own.
    async fn validate(&self) -> Result<Vec<Notice>> {
        self.peer.begin_sync()?;
        let asked = || async {
            self.peer
                .connector()
                .validate(ConnectorServiceValidateRequest {})
                .await
        };
        self.peer.read(asked).await?;
        Ok(Vec::new())
    }
}

impl fmt::Debug for RemoteConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteConnector")
            .field("name", &self.spec.display_name)
            .finish_non_exhaustive()
    }
}
