//! App instances, and the roles that every workspace has an entitlement for.

use crate::ends::ListingState;
use crate::mixed::Print;
use crate::roles::{entitlement, everywhere, place};
use crate::shared::Shared;
use crate::{apps, ends, errors, kinds, notices, profile};
use async_trait::async_trait;
use atlassian_admin::{AdminClient, DirectoryRef, ResourceAri, RoleId, UserFilter, UserSearch, Workspace};
use connector_sdk::{
    Page, PageToken, Parent, Plan, ResourceBuilder, ResourceRow, ResourceSyncer, Result, Standing, Subject,
    SyncContext,
};
use std::sync::Arc;

#[derive(Debug)]
pub(crate) struct Workspaces(pub(crate) Arc<Shared>);

/// The most workspaces on a page.
const LIMIT: usize = 1000;

#[async_trait]
impl ResourceSyncer for Workspaces {
    fn plan(&self) -> Plan {
        // Asked for each workspace, because those that only an assignment names have these roles too.
        Plan {
            entitlements: true,
            ..Plan::default()
        }
    }

    async fn list(&self, _: &SyncContext, _: Parent<'_>, token: &PageToken) -> Result<Page> {
        let ListingState { cursor, so_far } = token.state()?;
        let client = &self.0.client;
        let rows = ends::read(LIMIT, || client.workspaces(cursor.as_ref()))
            .await
            .map_err(errors::unread("list the workspaces of the organization"))?;
        let is_empty = cursor.is_none() && ends::rows(&rows) == 0;
        // The vendor does not count them.
        let contradicted =
            (is_empty && anyone_uses_an_app(client).await).then(|| notices::workspaces_empty(client.org()));
        let so_far = so_far.then(&rows, |workspace: &Workspace| Print::of([workspace.id.as_str()]));
        let repeated = notices::repeated_uncounted(notices::WORKSPACES, client.org(), &rows, &so_far);
        Ok(Page {
            resources: rows.items.iter().map(of_workspace).collect(),
            notices: notices::of_page(&rows, None, cursor.as_ref())
                .chain(contradicted)
                .chain(repeated)
                .collect(),
            next: ListingState::after(&rows, &so_far)?,
            ..Page::empty()
        })
    }

    async fn entitlements(&self, _: &SyncContext, workspace: &Subject, _: &PageToken) -> Result<Page> {
        let ari = ResourceAri::from_vendor(workspace.id());
        let place = place(&ari, workspace.follow_up::<Option<String>>()?.as_deref());
        let key = kinds::workspace(ari.as_str());
        let roles = everywhere(place).iter();
        Ok(Page {
            entitlements: roles
                .map(|role| entitlement(key.clone(), place, role, Standing::Listed))
                .collect(),
            ..Page::empty()
        })
    }
}

/// Whether an account is found that holds the role of a user, which is held on apps alone. Where that cannot be asked,
/// nobody is known to.
async fn anyone_uses_an_app(client: &AdminClient) -> bool {
    let filter = UserFilter {
        role_ids: vec![RoleId::User],
        ..UserFilter::default()
    };
    let search = UserSearch::builder().filter(filter).limit(1).build();
    let search = search.expect("one role and a limit of 1 are allowed");
    let found = client.search_users(&DirectoryRef::Any, &search, None).await;
    found.is_ok_and(|found| !found.items.is_empty())
}

pub(crate) fn of_workspace(workspace: &Workspace) -> ResourceRow {
    let attributes = &workspace.attributes;
    let sandbox = attributes
        .sandbox
        .as_ref()
        .and_then(|sandbox| sandbox.kind.as_deref());
    ResourceBuilder::new(kinds::workspace(workspace.id.as_str()), display_name(workspace))
        .profile("app", workspace.app())
        .profile(
            "status",
            attributes
                .status
                .as_ref()
                .map(|status| status.as_str().to_owned()),
        )
        .profile("host_url", attributes.host_url.as_deref())
        .profile("sandbox", sandbox.filter(|kind| *kind != "NONE"))
        .profile("realm", attributes.realm.as_deref())
        .profile("regions", attributes.regions.clone())
        .profile(
            "directory_id",
            attributes.directory.as_ref().map(|id| id.as_str().to_owned()),
        )
        .profile(
            "capacity",
            attributes
                .capacity
                .and_then(|seats| u64::try_from(seats).ok())
                .map(profile::count),
        )
        .created_at(attributes.created_at.as_ref().and_then(|time| time.timestamp()))
        .listed()
}

/// The app and the name: `Confluence: larkspur`.
fn display_name(workspace: &Workspace) -> String {
    let filled = |text: &&str| !text.trim().is_empty();
    let attributes = &workspace.attributes;
    let name = [
        attributes.name.as_deref(),
        attributes.host_url.as_deref(),
        workspace.id.id(),
    ]
    .into_iter()
    .flatten()
    .find(filled)
    .unwrap_or(workspace.id.as_str());
    match attributes.kind.as_deref().filter(filled) {
        Some(app) => format!("{app}: {name}"),
        None => match workspace.app() {
            Some(app) => format!("{}: {name}", apps::display_name(app)),
            None => name.to_owned(),
        },
    }
}
