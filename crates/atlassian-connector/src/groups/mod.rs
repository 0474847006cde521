//! Groups: their listing, their members, and what they give.

mod grants;
mod listing;
mod row;

use async_trait::async_trait;
use connector_sdk::{Page, PageToken, Parent, Plan, ResourceSyncer, Result, Subject, SyncContext};
use std::sync::Arc;

pub(crate) use listing::of_account;
pub(crate) use row::{member_of_subject, of_group};

use crate::shared::Shared;

#[derive(Debug)]
pub(crate) struct Groups(pub(crate) Arc<Shared>);

#[async_trait]
impl ResourceSyncer for Groups {
    fn plan(&self) -> Plan {
        // The listing states the one entitlement of each group.
        Plan {
            grants: true,
            ..Plan::default()
        }
    }

    async fn list(&self, _: &SyncContext, _: Parent<'_>, token: &PageToken) -> Result<Page> {
        listing::page(&self.0, token).await
    }

    async fn grants(&self, cx: &SyncContext, group: &Subject, token: &PageToken) -> Result<Page> {
        grants::page(&self.0, cx, group, token).await
    }
}
