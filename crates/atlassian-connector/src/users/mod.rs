//! Accounts: their listings, and what they hold.

mod beside;
mod grants;
mod listing;
mod row;

use async_trait::async_trait;
use connector_sdk::{Page, PageToken, Parent, Plan, ResourceSyncer, Result, Subject, SyncContext};
use std::sync::Arc;

pub(crate) use beside::page as beside;
pub(crate) use row::{MEMBER, of_member, of_owner, of_user};

use crate::kinds;
use crate::shared::Shared;

#[derive(Debug)]
pub(crate) struct Users(pub(crate) Arc<Shared>);

#[async_trait]
impl ResourceSyncer for Users {
    fn plan(&self) -> Plan {
        Plan {
            grants: true,
            must_exist: true,
            // Role assignments are the effective access, so what they do not list, an account does not have.
            effective_access_on: vec![kinds::WORKSPACE.to_owned(), kinds::ORGANIZATION.to_owned()],
            ..Plan::default()
        }
    }

    async fn list(&self, _: &SyncContext, _: Parent<'_>, token: &PageToken) -> Result<Page> {
        listing::page(&self.0, token).await
    }

    async fn grants(&self, cx: &SyncContext, account: &Subject, token: &PageToken) -> Result<Page> {
        let wanted = [kinds::WORKSPACE, kinds::ORGANIZATION]
            .iter()
            .any(|on| cx.wants_grants(on, kinds::USER));
        if !wanted {
            return Ok(Page::empty());
        }
        grants::page(&self.0, cx, account, token).await
    }
}
