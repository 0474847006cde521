//! The organization: one resource, and the roles that are held on it.

use crate::roles::{Place, entitlement, everywhere};
use crate::shared::{OrganizationRead, Shared};
use crate::{errors, kinds, notices};
use async_trait::async_trait;
use atlassian_admin::{AdminClient, OrgId};
use connector_sdk::{
    EntitlementRow, Page, PageToken, Parent, Plan, ResourceBuilder, ResourceRow, ResourceSyncer, Result,
    Standing, SyncContext,
};
use std::sync::Arc;

#[derive(Debug)]
pub(crate) struct Organizations(pub(crate) Arc<Shared>);

#[async_trait]
impl ResourceSyncer for Organizations {
    fn plan(&self) -> Plan {
        Plan::default()
    }

    async fn list(&self, _: &SyncContext, _: Parent<'_>, _: &PageToken) -> Result<Page> {
        let org = self.0.client.org();
        let read = match self.0.memo.organization() {
            Some(read) => read,
            None => self::read(&self.0.client).await?,
        };
        let (name, notice) = match read {
            OrganizationRead::Named(name) => (name, None),
            OrganizationRead::Refused(reason) => (None, Some(notices::organization_unread(org, &reason))),
        };
        Ok(Page {
            resources: vec![of_organization(org, name)],
            entitlements: roles(org),
            notices: notice.into_iter().collect(),
            ..Page::empty()
        })
    }
}

/// The roles that every organization has.
pub(crate) fn roles(org: &OrgId) -> Vec<EntitlementRow> {
    let key = kinds::organization(org);
    let roles = everywhere(Place::Organization).iter();
    roles
        .map(|role| entitlement(key.clone(), Place::Organization, role, Standing::Listed))
        .collect()
}

/// Reads the organization itself. A key with scopes may lack the one for this and still read all access.
///
/// # Errors
///
/// Where it cannot be read for any other reason.
pub(crate) async fn read(client: &AdminClient) -> Result<OrganizationRead> {
    match client.organization().await {
        Ok(organization) => Ok(OrganizationRead::Named(organization.attributes.name)),
        Err(error) if error.is_refused() => Ok(OrganizationRead::Refused(errors::reason(&error))),
        Err(error) => Err(errors::unread(format!("read the organization {}", client.org()))(
            error,
        )),
    }
}

/// The organization by its name, or by its id where the name is not known.
pub(crate) fn of_organization(org: &OrgId, name: Option<String>) -> ResourceRow {
    let name = name
        .filter(|name| !name.trim().is_empty())
        .unwrap_or_else(|| org.to_string());
    ResourceBuilder::new(kinds::organization(org), name).listed()
}
