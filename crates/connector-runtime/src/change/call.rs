//! The one call of the connector that makes a change.

use connector_proto::connector::v2;
use connector_sdk::{
    AccountManager, ActionProvider, ChangeContext, ChangeOutcome, Connector, ResourceDeleter, ResourceKey,
    ResourceProvisioner, Result,
};
use prost_types::Struct;
use std::sync::Arc;

/// The call, with everything it needs.
pub(super) enum Call {
    Grant(
        Arc<dyn ResourceProvisioner>,
        Box<v2::Entitlement>,
        Box<v2::Resource>,
    ),
    Revoke(Arc<dyn ResourceProvisioner>, Box<v2::Grant>),
    Create(Arc<dyn AccountManager>, Struct),
    Delete(Arc<dyn ResourceDeleter>, ResourceKey, Option<Box<v2::Resource>>),
    Invoke(Arc<dyn ActionProvider>, String, Struct, Option<Box<v2::Resource>>),
}

/// Whether the writes of a change have begun.
#[derive(Debug)]
pub(super) struct Writes {
    connector: Arc<dyn Connector>,
    before: Option<u64>,
    dry_run: bool,
}

impl Writes {
    pub(super) fn of(connector: Arc<dyn Connector>, dry_run: bool) -> Self {
        Self {
            before: connector.writes_begun(),
            connector,
            dry_run,
        }
    }

    /// Whether something was sent that writes, or may have been.
    pub(super) fn may_be_sent(&self) -> bool {
        let unchanged = self.before.is_some() && self.connector.writes_begun() == self.before;
        !self.dry_run && !unchanged
    }
}

impl Call {
    /// Where the change is made, where that is another place than the tenant's address.
    pub(super) fn made_at(&self) -> Option<String> {
        match self {
            Self::Create(accounts, _) => accounts.made_at(),
            _ => None,
        }
    }

    pub(super) async fn make(self, cx: ChangeContext) -> Result<ChangeOutcome> {
        match self {
            Self::Grant(to, entitlement, principal) => to.grant(&cx, &entitlement, &principal).await,
            Self::Revoke(from, grant) => from.revoke(&cx, &grant).await,
            Self::Create(accounts, profile) => accounts.create(&cx, &profile).await,
            Self::Delete(deleter, key, known) => deleter.delete(&cx, &key, known.as_deref()).await,
            Self::Invoke(actions, name, arguments, None) => actions.invoke(&cx, &name, &arguments).await,
            Self::Invoke(actions, name, arguments, Some(known)) => {
                actions.invoke_on(&cx, &name, &arguments, &known).await
            }
        }
    }
}
