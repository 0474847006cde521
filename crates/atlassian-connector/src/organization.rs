//! The organization: one resource, and the roles that are held on it.

use std::sync::Arc;

use async_trait::async_trait;
use atlassian_admin::OrgId;
use connector_sdk::{
    Page, PageToken, Parent, Plan, ResourceBuilder, ResourceRow, ResourceSyncer, Result, Standing,
    SyncContext,
};

use crate::roles::{Place, entitlement, everywhere};
use crate::shared::Shared;
use crate::{errors, kinds, notices};

#[derive(Debug)]
pub(crate) struct Organizations(pub(crate) Arc<Shared>);

#[async_trait]
impl ResourceSyncer for Organizations {
    fn plan(&self) -> Plan {
        Plan::default()
    }

    async fn list(&self, _: &SyncContext, _: Parent<'_>, _: &PageToken) -> Result<Page> {
        let org = self.0.client.org();
        let (name, notice) = match self.0.client.organization().await {
            Ok(organization) => (organization.attributes.name, None),
            // A key with scopes may lack this one and still read all access.
            Err(error) if errors::is_refused(&error) => {
                (None, Some(notices::organization_unread(&errors::reason(&error))))
            }
            Err(error) => return Err(errors::cannot(format!("read the organization {org}"))(error)),
        };
        let key = kinds::organization(org);
        let roles = everywhere(Place::Organization).iter();
        Ok(Page {
            resources: vec![of_organization(org, name)],
            entitlements: roles
                .map(|role| entitlement(key.clone(), Place::Organization, role, Standing::Listed))
                .collect(),
            notices: notice.into_iter().collect(),
            ..Page::empty()
        })
    }
}

/// The organization by its name, or by its id where the name is not known.
pub(crate) fn of_organization(org: &OrgId, name: Option<String>) -> ResourceRow {
    let name = name
        .filter(|name| !name.trim().is_empty())
        .unwrap_or_else(|| org.to_string());
    ResourceBuilder::new(kinds::organization(org), name).listed()
}
