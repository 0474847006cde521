//! The connector: what it has, and how it is read. How it is changed is in `changes.rs`.

use crate::changes::{Rename, rename_schema};
use crate::file::{PeopleFile, User};
use async_trait::async_trait;
use connector_sdk::proto::connector::v2::{self, resource_type::Trait};
use connector_sdk::{
    Ability, AccountStatus, ActionProvider, Code, ConfigSchema, Connector, ConnectorSpec, EntitlementRow,
    Error, Field, GrantRow, Notice, Page, PageToken, Parent, Plan, Purpose, ResourceBuilder, ResourceGetter,
    ResourceKey, ResourceRow, ResourceSyncer, Result, Standing, Subject, SyncContext, Text, TypeEntry,
    TypeSpec, resource_type,
};
use std::path::PathBuf;
use std::sync::Arc;

const USER: &str = "user";
pub(crate) const TEAM: &str = "team";
const MEMBER: &str = "member";

/// Users a page. A real one has as many as the vendor gives.
const PAGE: usize = 2;

/// What the connector is: no file is needed to tell.
pub(crate) fn spec() -> ConnectorSpec {
    ConnectorSpec {
        display_name: "People file".into(),
        description: "Reads who is in which team from a text file".into(),
        settings: ConfigSchema {
            display_name: "People file".into(),
            fields: vec![Field::string("people-file", "People file", "The file to read").required()],
            ..ConfigSchema::default()
        },
        types: vec![
            TypeSpec::new(user_type(), [Ability::Get]),
            TypeSpec::new(team_type(), [Ability::Provision, Ability::Delete]),
        ],
        actions: vec![rename_schema()],
        ..ConnectorSpec::default()
    }
}

fn user_type() -> v2::ResourceType {
    resource_type(USER, "User", &[Trait::User])
}

fn team_type() -> v2::ResourceType {
    resource_type(TEAM, "Team", &[Trait::Group])
}

/// Who is in which team, from a text file.
#[derive(Clone, Debug)]
pub(crate) struct FileConnector {
    file: Arc<PeopleFile>,
}

impl FileConnector {
    pub(crate) fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            file: Arc::new(PeopleFile::new(path.into())),
        }
    }
}

#[async_trait]
impl Connector for FileConnector {
    fn spec(&self) -> ConnectorSpec {
        spec()
    }

    /// What does what the specification says.
    fn types(&self) -> Vec<TypeEntry> {
        let users = Arc::new(Users(Arc::clone(&self.file)));
        let teams = Arc::new(Teams(Arc::clone(&self.file)));
        vec![
            TypeEntry {
                getter: Some(users.clone()),
                ..TypeEntry::new(user_type(), users)
            },
            TypeEntry {
                provisioner: Some(teams.clone()),
                deleter: Some(teams.clone()),
                ..TypeEntry::new(team_type(), teams)
            },
        ]
    }

    fn actions(&self) -> Option<Arc<dyn ActionProvider>> {
        Some(Arc::new(Rename(Arc::clone(&self.file))))
    }

    async fn validate(&self) -> Result<Vec<Notice>> {
        self.file.read().await.map(|_| Vec::new())
    }
}

struct Users(Arc<PeopleFile>);

fn user(user: &User) -> ResourceBuilder {
    let status = match user.status.as_str() {
        "active" => AccountStatus::Enabled,
        "left" => AccountStatus::Disabled,
        // A word nobody knows is no reason to call an account usable, or not.
        _ => AccountStatus::Unspecified,
    };
    ResourceBuilder::new(ResourceKey::new(USER, &user.id), &user.name)
        .user(|u| u.email(&user.email, true).login(&user.id))
        .status(status, &user.status)
}

#[async_trait]
impl ResourceSyncer for Users {
    /// The listing says all there is: no calls about single users are worth making.
    fn plan(&self) -> Plan {
        Plan {
            must_exist: true,
            ..Plan::default()
        }
    }

    async fn list(&self, _: &SyncContext, _: Parent<'_>, token: &PageToken) -> Result<Page> {
        let start: usize = token.state()?;
        let people = self.0.read().await?;
        let rest = people.users.get(start..).unwrap_or_default();
        Ok(Page {
            resources: rest.iter().take(PAGE).map(|u| user(u).listed()).collect(),
            next: (rest.len() > PAGE)
                .then(|| PageToken::of_state(&(start + PAGE)))
                .transpose()?,
            ..Page::empty()
        })
    }
}

#[async_trait]
impl ResourceGetter for Users {
    async fn get(&self, key: &ResourceKey) -> Result<ResourceRow> {
        let people = self.0.read().await?;
        let found = people.users.iter().find(|u| u.id == key.resource);
        found
            .map(|u| user(u).listed())
            .ok_or_else(|| Error::new(Code::NotFound, format!("there is no {key}")))
    }
}

pub(crate) struct Teams(pub(crate) Arc<PeopleFile>);

#[async_trait]
impl ResourceSyncer for Teams {
    /// The listing states the entitlement of each team, so that only the members are left to ask for.
    fn plan(&self) -> Plan {
        Plan {
            grants: true,
            ..Plan::default()
        }
    }

    async fn list(&self, _: &SyncContext, _: Parent<'_>, _: &PageToken) -> Result<Page> {
        let mut page = Page::empty();
        for team in self.0.read().await?.teams {
            let key = ResourceKey::new(TEAM, &team.id);
            page.resources.push(
                ResourceBuilder::new(key.clone(), &team.name)
                    .group(Some("native"), None)
                    .listed(),
            );
            page.entitlements.push(EntitlementRow {
                display_name: Text::around("Member of ", ""),
                grantable_to: vec![USER.into(), TEAM.into()],
                ..EntitlementRow::new(key, MEMBER, Purpose::Assignment)
            });
        }
        Ok(page)
    }

    async fn grants(&self, cx: &SyncContext, resource: &Subject, _: &PageToken) -> Result<Page> {
        let team = resource.key();
        let people = self.0.read().await?;
        let mut page = Page::empty();
        let Some(found) = people.teams.iter().find(|t| t.id == team.resource) else {
            // A member names it, and no line is about it, or not any more. An error would end the sync, each time again.
            let detail = "the file has no line about it, so it has no members";
            page.notices
                .push(Notice::fact("team_not_found", team.to_string(), detail));
            return Ok(page);
        };
        for member in &found.members {
            let principal = principal(member);
            let grant = GrantRow::new(team.clone(), MEMBER, principal.clone());
            page.grants.push(if principal.resource_type == TEAM {
                // Whoever is a member of that team is a member of this one; the engine works out who that is.
                grant.expandable_through(MEMBER, &[USER])
            } else {
                grant
            });
            // Someone whom the listing may lack: a placeholder, which is kept only where it does.
            if principal.resource_type == USER && !cx.is_stated(USER, member, Standing::Placeholder(0)) {
                page.resources
                    .push(ResourceBuilder::new(principal, member).row(Standing::Placeholder(0)));
            }
        }
        Ok(page)
    }
}

/// How the file writes a member.
pub(crate) fn member(key: &ResourceKey) -> String {
    if key.resource_type == TEAM {
        format!("@{}", key.resource)
    } else {
        key.resource.clone()
    }
}

fn principal(member: &str) -> ResourceKey {
    match member.strip_prefix('@') {
        Some(team) => ResourceKey::new(TEAM, team),
        None => ResourceKey::new(USER, member),
    }
}
