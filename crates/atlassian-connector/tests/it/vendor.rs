//! A vendor that answers from a script, and the connector that asks it.

use atlassian_admin::OrgId;
use atlassian_connector::{AtlassianConnector, Options};
use connector_sdk::{Connector, Page, PageToken, ResourceSyncer, Result, Subject, SyncContext};
use http::Method;
use http_kit::testing::{FakeTransport, Recorded, Reply};
use http_kit::{ManualClock, RetryPolicy, Secret};
use serde_json::{Value, json};
use std::sync::Arc;

pub(crate) const KEY: &str = "ATCTT3xFfGN0-not-a-real-key";
pub(crate) const ORG: &str = "8f1c2d34-5b6a-4c7d-9e80-1a2b3c4d5e6f";

/// A scripted organization. Each method adds one answer to one operation; answers come in the order they were added.
#[derive(Debug, Default)]
pub(crate) struct Vendor {
    fake: FakeTransport,
    options: Options,
}

impl Vendor {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn with_projects_and_goals(mut self) -> Self {
        self.options.include_projects_and_goals = true;
        self
    }

    fn on(mut self, method: Method, path: &str, (status, body): (u16, Value)) -> Self {
        self.fake = self.fake.on(method, path, [Reply::json(status, &body)]);
        self
    }

    pub(crate) fn organization(self, answer: (u16, Value)) -> Self {
        self.on(Method::GET, "/admin/v1/orgs/*", answer)
    }

    pub(crate) fn users_search(self, answer: (u16, Value)) -> Self {
        self.on(
            Method::POST,
            "/admin/v2/orgs/*/directories/-/users/search",
            answer,
        )
    }

    pub(crate) fn users_list(self, answer: (u16, Value)) -> Self {
        self.on(Method::GET, "/admin/v2/orgs/*/directories/-/users", answer)
    }

    pub(crate) fn user(self, answer: (u16, Value)) -> Self {
        self.on(Method::GET, "/admin/v2/orgs/*/directories/-/users/*", answer)
    }

    pub(crate) fn managed_accounts(self, answer: (u16, Value)) -> Self {
        self.on(Method::GET, "/admin/v1/orgs/*/users", answer)
    }

    pub(crate) fn users_count(self, answer: (u16, Value)) -> Self {
        self.on(Method::GET, "/admin/v2/orgs/*/directories/-/users/count", answer)
    }

    /// Counts by what the query asks for.
    pub(crate) fn users_counted(mut self, count: fn(&str) -> u64) -> Self {
        let answer = move |request: &Recorded| {
            let keys: Vec<&str> = request.query.iter().map(|(key, _)| key.as_str()).collect();
            Reply::json(200, &json!({ "count": count(&keys.join(" ")) }))
        };
        let path = "/admin/v2/orgs/*/directories/-/users/count";
        self.fake = self.fake.on_fn(Method::GET, path, answer);
        self
    }

    pub(crate) fn user_roles(self, answer: (u16, Value)) -> Self {
        self.on(
            Method::GET,
            "/admin/v2/orgs/*/directories/-/users/*/role-assignments",
            answer,
        )
    }

    pub(crate) fn groups_search(self, answer: (u16, Value)) -> Self {
        self.on(
            Method::POST,
            "/admin/v2/orgs/*/directories/-/groups/search",
            answer,
        )
    }

    pub(crate) fn group(self, answer: (u16, Value)) -> Self {
        self.on(Method::GET, "/admin/v2/orgs/*/directories/-/groups/*", answer)
    }

    pub(crate) fn groups_list(self, answer: (u16, Value)) -> Self {
        self.on(Method::GET, "/admin/v2/orgs/*/directories/-/groups", answer)
    }

    pub(crate) fn group_roles(self, answer: (u16, Value)) -> Self {
        self.on(
            Method::GET,
            "/admin/v2/orgs/*/directories/-/groups/*/role-assignments",
            answer,
        )
    }

    pub(crate) fn workspaces(self, answer: (u16, Value)) -> Self {
        self.on(Method::POST, "/admin/v2/orgs/*/workspaces", answer)
    }

    pub(crate) fn api_tokens(self, answer: (u16, Value)) -> Self {
        self.on(Method::GET, "/admin/api-access/v1/orgs/*/api-tokens", answer)
    }

    pub(crate) fn connector(&self) -> AtlassianConnector {
        let clock = ManualClock::new("2026-11-23T10:00:00Z".parse().unwrap());
        AtlassianConnector::builder(Secret::from(KEY.to_owned()), OrgId::parse(ORG).unwrap())
            .options(self.options)
            .clock(Arc::new(clock))
            .retry(RetryPolicy::never())
            .build(Arc::new(self.fake.clone()))
            .unwrap()
    }

    /// The requests so far, in a line each: operation and what it was narrowed to.
    pub(crate) fn asked(&self) -> String {
        assert_eq!(self.fake.unused(), 0, "every scripted answer is asked for");
        self.fake
            .requests()
            .iter()
            .map(line)
            .collect::<Vec<_>>()
            .join("\n")
    }

    pub(crate) fn syncer(&self, resource_type: &str) -> Arc<dyn ResourceSyncer> {
        let types = self.connector().types();
        types
            .into_iter()
            .find(|entry| entry.resource_type.id == resource_type)
            .unwrap()
            .syncer
    }

    pub(crate) async fn list(&self, resource_type: &str, token: &PageToken) -> Result<Page> {
        self.syncer(resource_type)
            .list(&SyncContext::everything(), None, token)
            .await
    }

    pub(crate) async fn first(&self, resource_type: &str) -> Result<Page> {
        self.list(resource_type, &PageToken::first()).await
    }

    pub(crate) async fn grants(&self, resource: &Subject, token: &PageToken) -> Result<Page> {
        let resource_type = &resource.key().resource_type;
        self.syncer(resource_type)
            .grants(&SyncContext::everything(), resource, token)
            .await
    }
}

fn line(request: &Recorded) -> String {
    let mut line = format!("{} {}", request.method, request.path.replace(ORG, "ORG"));
    for (key, value) in &request.query {
        line += &format!(" {key}={value}");
    }
    if !request.body.is_empty() {
        line += &format!(" {}", request.json());
    }
    line
}

/// A page of rows without a next one.
pub(crate) fn page(rows: impl Into<Vec<Value>>) -> (u16, Value) {
    (200, json!({ "data": rows.into(), "links": {} }))
}

/// A page of rows with a next one.
pub(crate) fn page_before(next: &str, rows: impl Into<Vec<Value>>) -> (u16, Value) {
    (200, json!({ "data": rows.into(), "links": { "next": next } }))
}

pub(crate) fn one(value: &Value) -> (u16, Value) {
    (200, json!({ "data": value }))
}

/// A refusal in the vendor's usual form.
pub(crate) fn refusal(status: u16, code: &str, detail: &str) -> (u16, Value) {
    let title = "Title";
    let error =
        json!({ "id": "e-1", "status": status.to_string(), "code": code, "title": title, "detail": detail });
    (status, json!({ "errors": [error] }))
}

/// A refusal by the layer in front of the service.
pub(crate) fn routing(status: u16, message: &str) -> (u16, Value) {
    let error = if status == 404 { "Not Found" } else { "Forbidden" };
    (
        status,
        json!({ "status": status, "error": error, "requestId": "r-1", "message": message, "path": "/api/admin" }),
    )
}
