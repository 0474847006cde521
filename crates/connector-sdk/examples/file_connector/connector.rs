//! The connector: what it has, and what can be done with it.

use crate::file::{PeopleFile, User};
use async_trait::async_trait;
use connector_sdk::proto::config::v1 as config;
use connector_sdk::proto::connector::v2::{self, resource_type::Trait};
use connector_sdk::{
    AccountStatus, ActionField, ActionProvider, Code, ConfigSchema, Connector, EntitlementRow, Error, Field,
    GrantOutcome, GrantRow, Metadata, Notice, Page, PageToken, Parent, Plan, Purpose, ResourceBuilder,
    ResourceDeleter, ResourceGetter, ResourceKey, ResourceProvisioner, ResourceRow, ResourceSyncer, Result,
    RevokeOutcome, Standing, SyncContext, Text, TypeEntry, resource_type,
};
use std::path::PathBuf;
use std::sync::Arc;

const USER: &str = "user";
const TEAM: &str = "team";
const MEMBER: &str = "member";

/// Users a page. A real one has as many as the vendor gives.
const PAGE: usize = 2;

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
    fn metadata(&self) -> Metadata {
        Metadata {
            display_name: "People file".into(),
            description: "Reads who is in which team from a text file".into(),
            ..Metadata::default()
        }
    }

    fn config_schema(&self) -> ConfigSchema {
        ConfigSchema {
            display_name: "People file".into(),
            help_url: String::new(),
            fields: vec![Field::string("people-file", "People file", "The file to read").required()],
        }
    }

    /// What an entry does not name, the connector does not claim to be able to do.
    fn types(&self) -> Vec<TypeEntry> {
        let users = Arc::new(Users(Arc::clone(&self.file)));
        let teams = Arc::new(Teams(Arc::clone(&self.file)));
        vec![
            TypeEntry {
                getter: Some(users.clone()),
                ..TypeEntry::new(resource_type(USER, "User", &[Trait::User]), users)
            },
            TypeEntry {
                provisioner: Some(teams.clone()),
                deleter: Some(teams.clone()),
                ..TypeEntry::new(resource_type(TEAM, "Team", &[Trait::Group]), teams)
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

struct Teams(Arc<PeopleFile>);

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

    async fn grants(&self, cx: &SyncContext, resource: &v2::Resource, _: &PageToken) -> Result<Page> {
        let team = id(resource)?;
        let mut people = self.0.read().await?;
        let mut page = Page::empty();
        for member in &people.team(&team.resource)?.members {
            let principal = principal(member);
            let grant = GrantRow::new(team.clone(), MEMBER, principal.clone());
            page.grants.push(if principal.resource_type == TEAM {
                // Whoever is a member of that team is a member of this one; the engine works out who that is.
                grant.expandable_through(MEMBER, &[USER])
            } else {
                grant
            });
            // Someone whom the listing may lack: a placeholder, which is kept only where it does.
            if principal.resource_type == USER && !cx.is_listed(USER, member) {
                page.resources
                    .push(ResourceBuilder::new(principal, member).row(Standing::Placeholder(0)));
            }
        }
        Ok(page)
    }
}

#[async_trait]
impl ResourceProvisioner for Teams {
    async fn grant(&self, entitlement: &v2::Entitlement, to: &v2::Resource) -> Result<GrantOutcome> {
        let team = id(entitlement.resource.as_ref().ok_or_else(nameless)?)?;
        let member = member(&id(to)?);
        let change = |people: &mut crate::file::People| {
            let members = &mut people.team(&team.resource)?.members;
            if members.contains(&member) {
                return Ok(GrantOutcome::AlreadyGranted);
            }
            members.push(member);
            Ok(GrantOutcome::Granted)
        };
        self.0.edit(change).await
    }

    async fn revoke(&self, grant: &v2::Grant) -> Result<RevokeOutcome> {
        let on = grant
            .entitlement
            .as_ref()
            .and_then(|e| e.resource.as_ref())
            .ok_or_else(nameless)?;
        let team = id(on)?;
        let member = member(&id(grant.principal.as_ref().ok_or_else(nameless)?)?);
        let change = |people: &mut crate::file::People| {
            let members = &mut people.team(&team.resource)?.members;
            let before = members.len();
            members.retain(|m| *m != member);
            Ok(if members.len() == before {
                RevokeOutcome::AlreadyRevoked
            } else {
                RevokeOutcome::Revoked {
                    still_given_by: Vec::new(),
                }
            })
        };
        self.0.edit(change).await
    }
}

#[async_trait]
impl ResourceDeleter for Teams {
    async fn delete(&self, key: &ResourceKey) -> Result<String> {
        let mention = member(key);
        let change = |people: &mut crate::file::People| {
            people.team(&key.resource)?;
            people.teams.retain(|t| t.id != key.resource);
            people
                .teams
                .iter_mut()
                .for_each(|t| t.members.retain(|m| *m != mention));
            Ok(format!("{key} is gone for good"))
        };
        self.0.edit(change).await
    }
}

struct Rename(Arc<PeopleFile>);

#[async_trait]
impl ActionProvider for Rename {
    fn schemas(&self) -> Vec<v2::BatonActionSchema> {
        let text = |name: &str, display_name: &str| ActionField {
            name: name.into(),
            display_name: display_name.into(),
            is_required: true,
            field: Some(config::field::Field::StringField(config::StringField::default())),
            ..ActionField::default()
        };
        vec![v2::BatonActionSchema {
            name: "rename_team".into(),
            display_name: "Rename a team".into(),
            arguments: vec![text("team", "Team"), text("name", "New name")],
            ..v2::BatonActionSchema::default()
        }]
    }

    async fn invoke(&self, name: &str, arguments: &prost_types::Struct) -> Result<prost_types::Struct> {
        if name != "rename_team" {
            return Err(Error::new(Code::NotFound, format!("there is no action {name:?}")));
        }
        let argument = |name: &str| {
            let missing = || Error::new(Code::InvalidArgument, format!("the argument {name:?} is no text"));
            connector_sdk::proto::wkt::text(arguments, name).ok_or_else(missing)
        };
        let (team, new_name) = (argument("team")?, argument("name")?);
        let change = |people: &mut crate::file::People| {
            people.team(team)?.name = new_name.to_owned();
            Ok(())
        };
        self.0.edit(change).await?;
        Ok(prost_types::Struct::default())
    }
}

/// How the file writes a member.
fn member(key: &ResourceKey) -> String {
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

fn id(resource: &v2::Resource) -> Result<ResourceKey> {
    resource
        .id
        .as_ref()
        .and_then(ResourceKey::from_proto)
        .ok_or_else(nameless)
}

fn nameless() -> Error {
    Error::new(Code::InvalidArgument, "a resource has no id")
}
