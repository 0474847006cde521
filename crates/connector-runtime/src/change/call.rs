//! The one call of the connector that makes a change.

use connector_proto::connector::v2;
use connector_sdk::{
    AccountManager, ActionProvider, ChangeContext, ChangeOutcome, ResourceDeleter, ResourceKey,
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

impl Call {
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
