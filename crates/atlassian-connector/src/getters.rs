//! One resource as it is now, as its listing would state it.

use crate::changes::{listed_row, listed_token, present_group, present_user};
use crate::errors;
use crate::groups::{self, Groups, of_group};
use crate::organization::{self, Organizations, of_organization};
use crate::tokens::{Tokens, of_token};
use crate::users::{self, Users, of_user};
use crate::workspaces::{Workspaces, of_workspace};
use async_trait::async_trait;
use atlassian_admin::{
    AccountId, AdminClient, AdminError, DirectoryRef, Group, GroupExpand, GroupFilter, GroupId, GroupSearch,
    TokenId,
};
use connector_sdk::{
    Code, Error, Page, PageToken, ResourceGetter, ResourceKey, ResourceRow, Result, Standing, Subject,
    SyncContext,
};
use futures_util::TryStreamExt;

#[async_trait]
impl ResourceGetter for Users {
    async fn get(&self, key: &ResourceKey) -> Result<ResourceRow> {
        let (client, id) = (&self.0.client, AccountId::from_vendor(&key.resource));
        if let Some(user) = listed_row(client, &id).await? {
            return Ok(of_user(&user, Standing::Listed));
        }
        // Where there is no search, or it does not know the account, its details have the last word.
        Ok(of_user(&present_user(client, &id).await?, Standing::Listed))
    }

    /// Its groups, and what only the listing of managed accounts has of it.
    async fn beside(&self, cx: &SyncContext, account: &Subject, token: &PageToken) -> Result<Page> {
        users::beside(&self.0, cx, account, token).await
    }
}

#[async_trait]
impl ResourceGetter for Groups {
    async fn get(&self, key: &ResourceKey) -> Result<ResourceRow> {
        let (client, id) = (&self.0.client, GroupId::from_vendor(&key.resource));
        match counted_group(client, &id).await {
            Ok(Some(group)) => return Ok(of_group(&group)),
            Ok(None) => {}
            Err(error) if error.is_without_path() => {}
            Err(error) => return Err(errors::cannot(format!("read the group {id}"))(error)),
        }
        Ok(of_group(&present_group(client, &id).await?))
    }

    /// The entitlement of its members.
    async fn beside(&self, _: &SyncContext, group: &Subject, _: &PageToken) -> Result<Page> {
        Ok(Page {
            entitlements: vec![groups::member_of_subject(group)?],
            ..Page::empty()
        })
    }
}

/// A group with what the vendor counts of it, as the search has it.
pub(crate) async fn counted_group(client: &AdminClient, id: &GroupId) -> Result<Option<Group>, AdminError> {
    let search = GroupSearch::builder()
        .filter(GroupFilter {
            group_ids: vec![id.clone()],
            ..GroupFilter::default()
        })
        .expand([GroupExpand::UserCounts, GroupExpand::ResourceCounts])
        .build()
        .expect("one group is allowed");
    let page = client.search_groups(&DirectoryRef::Any, &search, None).await?;
    Ok(page.items.into_iter().find(|group| group.id == *id))
}

#[async_trait]
impl ResourceGetter for Workspaces {
    /// The vendor finds a workspace by no id, so its listing is read until it comes.
    async fn get(&self, key: &ResourceKey) -> Result<ResourceRow> {
        let client = &self.0.client;
        let mut pages = Box::pin(client.workspaces_stream(None));
        let failed = errors::cannot("list the workspaces of the organization");
        loop {
            match pages.try_next().await {
                Ok(Some(page)) => {
                    if let Some(found) = page.items.iter().find(|one| one.id.as_str() == key.resource) {
                        return Ok(of_workspace(found));
                    }
                }
                Ok(None) => return Err(absent(key)),
                Err(error) => return Err(failed(error)),
            }
        }
    }
}

#[async_trait]
impl ResourceGetter for Organizations {
    async fn get(&self, key: &ResourceKey) -> Result<ResourceRow> {
        let client = &self.0.client;
        if !key.resource.eq_ignore_ascii_case(client.org().as_str()) {
            return Err(absent(key));
        }
        let failed = errors::cannot(format!("read the organization {}", client.org()));
        let found = client.organization().await.map_err(failed)?;
        Ok(of_organization(client.org(), found.attributes.name))
    }

    /// The roles that every organization has.
    async fn beside(&self, _: &SyncContext, _: &Subject, _: &PageToken) -> Result<Page> {
        Ok(Page {
            entitlements: organization::roles(self.0.client.org()),
            ..Page::empty()
        })
    }
}

#[async_trait]
impl ResourceGetter for Tokens {
    async fn get(&self, key: &ResourceKey) -> Result<ResourceRow> {
        match listed_token(&self.0.client, &TokenId::from_vendor(&key.resource)).await? {
            Some(token) => Ok(of_token(&token)),
            None => Err(absent(key)),
        }
    }
}

fn absent(key: &ResourceKey) -> Error {
    Error::new(
        Code::NotFound,
        format!("there is no {} {}", key.resource_type, key.resource),
    )
}
