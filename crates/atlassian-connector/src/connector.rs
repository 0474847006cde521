//! The connector: what does what its specification says, and the check before a sync.

use crate::changes::{self, Actions, Taken};
use crate::groups::Groups;
use crate::kinds;
use crate::machines::{OauthClients, OrgApiKeys, ServiceTokens};
use crate::options::{AccountOptions, Options};
use crate::organization::{self, Organizations};
use crate::shared::{Memo, Shared, address};
use crate::spec;
use crate::tokens::Tokens;
use crate::users::Users;
use crate::workspaces::Workspaces;
use async_trait::async_trait;
use atlassian_admin::AdminClient;
use connector_sdk::{
    ActionProvider, Connector, ConnectorSpec, Notice, ResourceKey, Result, Tenant, TypeEntry,
};
use std::sync::Arc;

/// A connector of one Atlassian organization. Clones share the client.
///
/// What is read holds no state between calls: every page follows from the call and what the vendor answers, in an order that
/// depends on nothing else. Changes know which administrators were taken a moment ago, which the vendor may not show yet.
#[derive(Clone, Debug)]
pub struct AtlassianConnector(Arc<Shared>);

impl AtlassianConnector {
    pub(crate) fn new(client: AdminClient, options: Options, accounts: AccountOptions, demo: bool) -> Self {
        Self(Arc::new(Shared {
            client,
            accounts,
            options,
            memo: Memo::default(),
            taken: Taken::default(),
            demo,
        }))
    }

    /// The same connector, which creates accounts like this.
    #[must_use]
    pub fn with_accounts(self, accounts: AccountOptions) -> Self {
        Self::new(self.0.client.clone(), self.0.options, accounts, self.0.demo)
    }
}

#[async_trait]
impl Connector for AtlassianConnector {
    fn spec(&self) -> ConnectorSpec {
        spec::spec()
    }

    fn types(&self) -> Vec<TypeEntry> {
        let [
            user,
            group,
            workspace,
            organization,
            token,
            service_token,
            client,
            key,
        ] = spec::resource_types();
        let shared = || Arc::clone(&self.0);
        let (users, groups) = (Arc::new(Users(shared())), Arc::new(Groups(shared())));
        let (workspaces, organizations) = (Arc::new(Workspaces(shared())), Arc::new(Organizations(shared())));
        let tokens = Arc::new(Tokens(shared()));
        vec![
            TypeEntry {
                getter: Some(users.clone()),
                accounts: Some(users.clone()),
                deleter: Some(users.clone()),
                ..TypeEntry::new(user, users)
            },
            TypeEntry {
                getter: Some(groups.clone()),
                provisioner: Some(groups.clone()),
                ..TypeEntry::new(group, groups)
            },
            TypeEntry {
                getter: Some(workspaces.clone()),
                provisioner: Some(workspaces.clone()),
                ..TypeEntry::new(workspace, workspaces)
            },
            TypeEntry {
                getter: Some(organizations.clone()),
                provisioner: Some(organizations.clone()),
                ..TypeEntry::new(organization, organizations)
            },
            TypeEntry {
                getter: Some(tokens.clone()),
                deleter: Some(tokens.clone()),
                ..TypeEntry::new(token, tokens)
            },
            TypeEntry::new(service_token, Arc::new(ServiceTokens(shared()))),
            TypeEntry::new(client, Arc::new(OauthClients(shared()))),
            TypeEntry::new(key, Arc::new(OrgApiKeys(shared()))),
        ]
    }

    fn actions(&self) -> Option<Arc<dyn ActionProvider>> {
        Some(Arc::new(Actions(Arc::clone(&self.0))))
    }

    fn tenant(&self) -> Option<Tenant> {
        let client = &self.0.client;
        let tenant = Tenant::new(kinds::organization(client.org()));
        Some(if self.0.demo {
            tenant.simulated()
        } else {
            tenant.at(address(client.http()))
        })
    }

    /// Whoever made one of the organization's keys: the vendor does not say which one is used.
    async fn callers(&self) -> Result<Vec<ResourceKey>> {
        let makers = changes::makers_of_keys(&self.0.client).await?;
        Ok(makers.iter().map(kinds::user).collect())
    }

    fn notes_writes(&self) -> bool {
        let directory = self.0.accounts.scim.as_ref();
        self.0.client.http().notes_writes()
            && directory.is_none_or(|directory| directory.http().notes_writes())
    }

    /// Reads the organization, which tells a wrong key and a wrong id apart before a sync begins.
    ///
    /// A key with scopes may not read the organization and still read all access, so after a refusal the sync goes on: what
    /// it may not read is a gap of the listing that needs it. The answer is kept for that listing.
    async fn validate(&self) -> Result<Vec<Notice>> {
        self.0.memo.begin(organization::read(&self.0.client).await?);
        Ok(Vec::new())
    }
}
