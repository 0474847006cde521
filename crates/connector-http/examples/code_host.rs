//! A whole connector over HTTP: a host of code with people and teams, whose memberships are read, given and taken.
//!
//! `code_host ADDRESS ORGANIZATION FILE` reads it into an artifact, with the key in `CODE_HOST_TOKEN`.
#![expect(clippy::print_stdout, reason = "it is a program that shows something")]

use async_trait::async_trait;
use connector_http::{Paging, cannot, carry_out, journal, list};
use connector_runtime::{SyncOptions, SystemClock, sync};
use connector_sdk::proto::connector::v2::{self, resource_type::Trait};
use connector_sdk::*;
use http_kit::{ApiErrorKind, Call, HttpClient, Path, ReqwestTransport, Row, Secret};
use serde::Deserialize;
use std::sync::Arc;

/// A person or a team.
#[derive(Deserialize)]
struct Entry {
    #[serde(alias = "login")]
    slug: String,
    name: Option<String>,
}

impl Row for Entry {
    const ID: &'static str = "slug";
    const ESSENTIAL: &'static [&'static str] = &[];
}

#[derive(Clone, Debug)]
pub(crate) struct CodeHost {
    pub(crate) http: HttpClient,
    pub(crate) org: String,
}

impl CodeHost {
    fn teams(&self) -> Path {
        Path::new().lit("orgs").seg(&self.org).lit("teams")
    }

    async fn list(&self, what: &str, path: Path, token: &PageToken) -> Result<(Vec<Entry>, Page)> {
        let call = Call::get("list", path).query("per_page", "100");
        list(&self.http, what, call, Paging::Linked, token).await
    }

    async fn is_member(&self, path: Path) -> Result<bool> {
        match self.http.send(Call::get("memberships.get", path)).await {
            Ok(_) => Ok(true),
            // Nothing but the vendor's own words proves that there is no membership.
            Err(error) if error.kind() == ApiErrorKind::NotFound && error.vendor().is_some() => Ok(false),
            Err(error) => Err(cannot("read the membership")(error)),
        }
    }

    async fn change(&self, cx: &ChangeContext, team: &str, login: &str, give: bool) -> Result<ChangeOutcome> {
        let path = self.teams().seg(team).lit("memberships").seg(login);
        let (write, what) = match give {
            true => (Call::put("memberships.put", path.clone()), "a member"),
            false => (Call::delete("memberships.delete", path.clone()), "no member"),
        };
        let what = format!("{what} of {team}");
        let is_so = || async { Ok(self.is_member(path.clone()).await? == give) };
        carry_out(cx, &self.http, write, is_so, login, &what).await
    }
}

fn user() -> v2::ResourceType {
    resource_type("user", "User", &[Trait::User])
}

fn team() -> v2::ResourceType {
    resource_type("team", "Team", &[Trait::Group])
}

impl Connector for CodeHost {
    fn spec(&self) -> ConnectorSpec {
        let people = TypeSpec::new(user(), []);
        let teams = TypeSpec::new(team(), [Ability::Provision]);
        ConnectorSpec {
            display_name: "Code host".into(),
            types: vec![people, teams],
            ..ConnectorSpec::default()
        }
    }

    fn types(&self) -> Vec<TypeEntry> {
        let teams = Arc::new(Teams(self.clone()));
        let mut entry = TypeEntry::new(team(), teams.clone());
        entry.provisioner = Some(teams);
        vec![TypeEntry::new(user(), Arc::new(Users(self.clone()))), entry]
    }
}

struct Users(CodeHost);

#[async_trait]
impl ResourceSyncer for Users {
    fn plan(&self) -> Plan {
        Plan::default()
    }

    async fn list(&self, _: &SyncContext, _: Parent<'_>, token: &PageToken) -> Result<Page> {
        let path = Path::new().lit("orgs").seg(&self.0.org).lit("members");
        let (users, mut page) = self.0.list("list people", path, token).await?;
        for user in users {
            let key = ResourceKey::new("user", &user.slug);
            page.resources
                .push(ResourceBuilder::new(key, &user.slug).listed());
        }
        Ok(page)
    }
}

struct Teams(CodeHost);

#[async_trait]
impl ResourceSyncer for Teams {
    fn plan(&self) -> Plan {
        Plan {
            grants: true,
            ..Plan::default()
        }
    }

    async fn list(&self, _: &SyncContext, _: Parent<'_>, token: &PageToken) -> Result<Page> {
        let (teams, mut page) = self.0.list("list teams", self.0.teams(), token).await?;
        for team in teams {
            let key = ResourceKey::new("team", &team.slug);
            let name = team.name.as_deref().unwrap_or(&team.slug);
            let row = ResourceBuilder::new(key.clone(), name).group(None, None);
            page.resources.push(row.listed());
            page.entitlements.push(EntitlementRow {
                display_name: Text::around("Member of ", ""),
                grantable_to: vec!["user".into()],
                ..EntitlementRow::new(key, "member", Purpose::Assignment)
            });
        }
        Ok(page)
    }

    async fn grants(&self, _: &SyncContext, team: &Subject, token: &PageToken) -> Result<Page> {
        let path = self.0.teams().seg(&team.key().resource).lit("members");
        let (users, mut page) = self.0.list("list members", path, token).await?;
        for user in users {
            let user = ResourceKey::new("user", &user.slug);
            page.grants
                .push(GrantRow::new(team.key().clone(), "member", user));
        }
        Ok(page)
    }
}

#[async_trait]
impl ResourceProvisioner for Teams {
    async fn grant(
        &self,
        cx: &ChangeContext,
        on: &v2::Entitlement,
        who: &v2::Resource,
    ) -> Result<ChangeOutcome> {
        let team = ResourceKey::of(on.resource.as_ref())?;
        let login = ResourceKey::of(Some(who))?;
        self.0.change(cx, &team.resource, &login.resource, true).await
    }

    async fn revoke(&self, cx: &ChangeContext, grant: &v2::Grant) -> Result<ChangeOutcome> {
        let (team, login) = ResourceKey::of_grant(grant)?;
        self.0.change(cx, &team.resource, &login.resource, false).await
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, org, file] = arguments.as_slice() else {
        return Err("the arguments are ADDRESS ORGANIZATION FILE".into());
    };
    #[expect(clippy::disallowed_methods, reason = "a program without a configuration")]
    let key = Secret::from(std::env::var("CODE_HOST_TOKEN")?);
    let http = HttpClient::builder(Arc::new(ReqwestTransport::builder().build()?), address.parse()?);
    let http = http.bearer(key).journal(journal).build()?;
    let connector = CodeHost {
        http,
        org: org.clone(),
    };
    let report = sync(Arc::new(connector), SyncOptions::new(file, Arc::new(SystemClock))).await?;
    println!("{} gaps", report.gaps().count());
    Ok(())
}
