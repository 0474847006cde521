//! Changes of an organization that answers from a script, in ways that the simulator does not.

use crate::changes_harness::{Do, perform};
use crate::vendor::{KEY, ORG, one, page};
use async_trait::async_trait;
use atlassian_admin::{BASE_URL, OrgId};
use atlassian_connector::{AccountOptions, AtlassianConnector};
use connector_sdk::proto::wkt;
use connector_sdk::{ChangeContext, ChangeOutcome, Connector, ResourceKey, Result};
use http::Method;
use http_kit::testing::{FakeTransport, Recorded, Reply};
use http_kit::{ManualClock, Request, Response, RetryPolicy, Secret, Transport, TransportError};
use serde_json::{Value, json};
use std::sync::Arc;

pub(crate) const ACCOUNT: &str = "712020:6a1d0c92-08bb-4f1e-9c3a-77d1e2f3a4b5";
pub(crate) const GROUP: &str = "0e5b2c44-1f7a-4e8e-9d0b-3c6a8f1e2d97";
pub(crate) const DIRECTORY: &str = "4be07f1a-2c55-4d0e-8a41-90c3d7e6b512";
pub(crate) const JIRA: &str = "ari:cloud:jira-software::site/3f0e8a52-71bd-4c19-b6a4-5d2c90ef1873";

/// An organization that answers from a script, with one SCIM directory that does too.
#[derive(Debug, Default)]
pub(crate) struct Script {
    fake: FakeTransport,
    revives: bool,
    /// Whether the script answers, too, to what proves that the SCIM directory is the organization's.
    proves: bool,
    accepts_unproven: bool,
}

pub(crate) const SEARCH: &str = "/admin/v2/orgs/*/directories/-/users/search";
pub(crate) const DETAILS: &str = "/admin/v2/orgs/*/directories/-/users/*";

/// The record that proves that the SCIM directory is the organization's, where the script leaves that alone.
const WITNESS: &str = "witness@larkspur.example";

/// Answers what proves the directory by itself; everything else comes from the script, and is recorded there.
#[derive(Debug)]
struct Proven {
    fake: FakeTransport,
    proof: FakeTransport,
}

impl Proven {
    fn new(fake: FakeTransport) -> Self {
        let record =
            json!({"id": "w-1", "userName": "witness", "emails": [{"value": WITNESS, "primary": true}]});
        let link = json!({"scimUserId": "w-1", "orgId": ORG, "directoryId": DIRECTORY});
        let records = json!({"totalResults": 1, "Resources": [record]});
        let proof = FakeTransport::new()
            .on_fn(Method::GET, "/scim/directory/*/Users", move |_| {
                Reply::json(200, &records)
            })
            .on_fn(
                Method::POST,
                "/admin/user-provisioning/v1/org/*/get-scim-links-for-email",
                move |_| Reply::json(200, &json!({"scimLinks": [link]})),
            );
        Self { fake, proof }
    }
}

#[async_trait]
impl Transport for Proven {
    async fn send(&self, request: Request) -> std::result::Result<Response, TransportError> {
        let is_first_page = request.url.path().ends_with("/Users")
            && request
                .url
                .query()
                .is_some_and(|query| query.contains("count=10") && !query.contains("filter="));
        let asks_for_witness = request.body.as_deref().is_some_and(|body| {
            let body = String::from_utf8_lossy(body);
            request.url.path().ends_with("-for-email") && body.contains(WITNESS)
        });
        match is_first_page || asks_for_witness {
            true => self.proof.send(request).await,
            false => self.fake.send(request).await,
        }
    }
}

impl Script {
    /// Adds an answer; those to one operation come in the order they were added, each once.
    pub(crate) fn on(self, method: Method, path: &str, (status, body): (u16, Value)) -> Self {
        self.reply(method, path, Reply::json(status, &body))
    }

    pub(crate) fn reply(mut self, method: Method, path: &str, reply: Reply) -> Self {
        self.fake = self.fake.on(method, path, [reply]);
        self
    }

    /// Adds an answer that is given as often as it is asked for, after those that are given once.
    pub(crate) fn always(mut self, method: Method, path: &str, (status, body): (u16, Value)) -> Self {
        self.fake = self.fake.on_fn(method, path, move |_| Reply::json(status, &body));
        self
    }

    /// Accounts may be brought back to life.
    pub(crate) fn reviving(mut self) -> Self {
        self.revives = true;
        self
    }

    /// What proves the SCIM directory comes from the script, too.
    pub(crate) fn proving(mut self) -> Self {
        self.proves = true;
        self
    }

    /// A SCIM directory that is not proven is accepted.
    pub(crate) fn accepting(mut self) -> Self {
        self.accepts_unproven = true;
        self
    }

    pub(crate) fn roles(self, answer: (u16, Value)) -> Self {
        self.on(
            Method::GET,
            "/admin/v2/orgs/*/directories/-/users/*/role-assignments",
            answer,
        )
    }

    pub(crate) fn found(self, answer: (u16, Value)) -> Self {
        self.on(Method::POST, SEARCH, answer)
    }

    pub(crate) fn found_in_directory(self, answer: (u16, Value)) -> Self {
        self.on(
            Method::POST,
            "/admin/v2/orgs/*/directories/*/users/search",
            answer,
        )
    }

    pub(crate) fn group(self, answer: (u16, Value)) -> Self {
        self.on(Method::GET, "/admin/v2/orgs/*/directories/-/groups/*", answer)
    }

    pub(crate) fn account(self, answer: (u16, Value)) -> Self {
        self.on(Method::GET, DETAILS, answer)
    }

    pub(crate) fn listed(self, answer: (u16, Value)) -> Self {
        self.on(Method::GET, "/admin/v2/orgs/*/directories/-/users", answer)
    }

    /// Who has the address of a new account, in the two ways that are asked before it is made.
    pub(crate) fn holding_address(self, rows: &[Value]) -> Self {
        self.found(page(rows)).listed(page(rows))
    }

    /// An account, in the two ways that tell whether it is the person's and alive.
    pub(crate) fn living(self, row: &Value) -> Self {
        self.found(page([row.clone()])).account(one(row))
    }

    /// As [`living`](Self::living), however often it is asked.
    pub(crate) fn always_living(self, row: &Value) -> Self {
        self.always(Method::POST, SEARCH, page([row.clone()]))
            .always(Method::GET, DETAILS, one(row))
    }

    pub(crate) fn directories(self, answer: (u16, Value)) -> Self {
        self.on(Method::GET, "/admin/v2/orgs/*/directories", answer)
    }

    pub(crate) fn groups_found(self, answer: (u16, Value)) -> Self {
        self.on(
            Method::POST,
            "/admin/v2/orgs/*/directories/-/groups/search",
            answer,
        )
    }

    pub(crate) fn group_roles(self, answer: (u16, Value)) -> Self {
        self.on(
            Method::GET,
            "/admin/v2/orgs/*/directories/-/groups/*/role-assignments",
            answer,
        )
    }

    pub(crate) fn tokens(self, answer: (u16, Value)) -> Self {
        self.on(Method::GET, "/admin/api-access/v1/orgs/*/api-tokens", answer)
    }

    fn connector(&self) -> AtlassianConnector {
        let clock = Arc::new(ManualClock::default());
        // Unless the script says else, nobody holds a role, and so nobody is an administrator.
        let fake = ["users", "groups"]
            .into_iter()
            .fold(self.fake.clone(), |fake, of| {
                let path = format!("/admin/v2/orgs/*/directories/-/{of}/*/role-assignments");
                let (status, body) = page([]);
                fake.on_fn(Method::GET, &path, move |_| Reply::json(status, &body))
            });
        let transport: Arc<dyn Transport> = match self.proves {
            true => Arc::new(fake),
            false => Arc::new(Proven::new(fake)),
        };
        let key = || Secret::from(KEY.to_owned());
        let base = scim_client::atlassian_url(BASE_URL, DIRECTORY).unwrap();
        let mut accounts = AccountOptions::default();
        accounts.allow_reactivation = self.revives;
        accounts.allow_unproven_directory = self.accepts_unproven;
        AtlassianConnector::builder(key(), OrgId::parse(ORG).unwrap())
            .directory(base, key())
            .accounts(accounts)
            .clock(clock)
            .retry(RetryPolicy::never())
            .build(transport)
            .unwrap()
    }

    /// Who may be behind the key.
    pub(crate) async fn callers(&self) -> Result<Vec<ResourceKey>> {
        self.connector().callers().await
    }

    /// Makes a change; what was told, and the requests in a line each.
    pub(crate) async fn perform(&self, cx: &ChangeContext, change: &Do) -> String {
        self.show(&perform(&self.connector(), cx, change).await)
    }

    /// Makes a change; what was told, and the writes in a line each.
    pub(crate) async fn made(&self, cx: &ChangeContext, change: &Do) -> String {
        let told = self.perform(cx, change).await;
        let reads = ["GET ", "/search ", "/get-scim-links-for-email "];
        let lines = told
            .lines()
            .filter(|line| !line.starts_with("  ") || !reads.iter().any(|read| line.contains(read)));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// How many writes the outcome of a change tells of.
    pub(crate) async fn told_writes(&self, cx: &ChangeContext, change: &Do) -> usize {
        match perform(&self.connector(), cx, change).await {
            Ok(outcome) => outcome.requests.len(),
            Err(error) => error.requests().len(),
        }
    }

    pub(crate) async fn grant(
        &self,
        cx: &ChangeContext,
        on: &ResourceKey,
        slug: &str,
        who: &ResourceKey,
    ) -> String {
        self.perform(cx, &Do::Grant(on.clone(), slug.to_owned(), who.clone()))
            .await
    }

    pub(crate) async fn revoke(
        &self,
        cx: &ChangeContext,
        on: &ResourceKey,
        slug: &str,
        who: &ResourceKey,
    ) -> String {
        self.perform(cx, &Do::Revoke(on.clone(), slug.to_owned(), who.clone()))
            .await
    }

    /// Invites a person; arguments may be lists.
    pub(crate) async fn invite(&self, cx: &ChangeContext, arguments: &[(&str, Value)]) -> String {
        let value = |value: &Value| match value {
            Value::Array(list) => prost_types::value::Kind::ListValue(prost_types::ListValue {
                values: list
                    .iter()
                    .map(|one| one.as_str().unwrap().to_owned().into())
                    .collect(),
            })
            .into(),
            other => prost_types::Value::from(other.as_str().unwrap().to_owned()),
        };
        let arguments = wkt::object(arguments.iter().map(|(name, one)| (*name, value(one))));
        let outcome = self
            .connector()
            .actions()
            .unwrap()
            .invoke(cx, "invite_user", &arguments)
            .await;
        self.show(&outcome)
    }

    /// What was told, and the requests in a line each.
    fn show(&self, outcome: &Result<ChangeOutcome>) -> String {
        let mut lines = vec![match outcome {
            Ok(outcome) => format!("{:?}: {} {:?}", outcome.state, outcome.summary, outcome.notes),
            Err(error) => format!("{} {error}", error.code().number()),
        }];
        lines.extend(self.fake.requests().iter().map(line));
        lines.join("\n  ").replace(ORG, "ORG")
    }
}

fn line(request: &Recorded) -> String {
    let body = if request.body.is_empty() {
        String::new()
    } else {
        format!(" {}", request.json())
    };
    format!("{} {}{body}", request.method, request.path)
}

pub(crate) fn person() -> Value {
    json!({"accountId": ACCOUNT, "email": "noor@larkspur.example", "membershipStatus": "active", "status": "active"})
}

/// What an account, or a group, holds on an app.
pub(crate) fn assignment(roles: &[&str], methods: Option<&[&str]>) -> Value {
    let mut row = json!({"resourceId": JIRA, "resourceOwner": "jira-software", "roles": roles});
    if let Some(methods) = methods {
        row["roleAssignments"] = roles
            .iter()
            .map(|role| json!({"role": role, "roleAssignmentMethods": methods}))
            .collect();
    }
    row
}
