//! The connector of the example, against a scripted host of code.

#[path = "../examples/code_host.rs"]
#[expect(dead_code, reason = "what only the program uses")]
mod code_host;

use c1z_file::{Artifact, ReadOptions};
use code_host::CodeHost;
use connector_http::journal;
use connector_runtime::{SyncOptions, SystemClock, sync};
use connector_sdk::proto::connector::v2;
use connector_sdk::{ChangeContext, ChangeState, Code, Connector, ResourceKey};
use http::Method;
use http_kit::HttpClient;
use http_kit::testing::{FakeTransport, Reply};
use serde_json::json;
use std::sync::Arc;

const HOST: &str = "https://code.example";

fn connector(fake: &FakeTransport) -> CodeHost {
    let http = HttpClient::builder(Arc::new(fake.clone()), HOST.parse().unwrap());
    CodeHost {
        http: http.journal(journal).build().unwrap(),
        org: "acme".to_owned(),
    }
}

/// A page of a listing that leads on, where `next` is the query of what follows.
fn page(body: serde_json::Value, next: Option<&str>) -> Reply {
    let reply = Reply::json(200, &body);
    match next {
        Some(next) => reply.header(
            "link",
            &format!("<{HOST}/elsewhere?{next}>; rel=\"next\", <{HOST}/x?page=9>; rel=\"last\""),
        ),
        None => reply,
    }
}

#[tokio::test]
async fn it_is_read_over_pages_that_are_linked() {
    let fake = FakeTransport::new()
        .on(
            Method::GET,
            "/orgs/acme/members",
            [
                page(json!([{"login": "ana"}]), Some("per_page=100&page=2")),
                page(json!([{"login": "bo"}, {"name": "nobody"}]), None),
            ],
        )
        .on(
            Method::GET,
            "/orgs/acme/teams",
            [page(json!([{"slug": "core", "name": "Core"}]), None)],
        )
        .on(
            Method::GET,
            "/orgs/acme/teams/core/members",
            [page(json!([{"login": "bo"}]), None)],
        );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sync.c1z");
    let report = sync(
        Arc::new(connector(&fake)),
        SyncOptions::new(&file, Arc::new(SystemClock)),
    )
    .await
    .unwrap();
    let gaps: Vec<&str> = report.gaps().map(|gap| gap.kind.as_str()).collect();
    assert_eq!(gaps, ["malformed_row"]);
    let second = &fake.requests()[1..]
        .iter()
        .find(|request| request.path == "/orgs/acme/members")
        .cloned();
    let query = &second.as_ref().unwrap().query;
    let asked = [("per_page", "100"), ("page", "2")];
    let asked = asked.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(
        query[..],
        asked,
        "the query of the link stands in the place of the call's"
    );

    let artifact = Artifact::open(&file, ReadOptions::default()).unwrap();
    let sync_id = artifact.syncs().unwrap()[0].sync_id.clone();
    let grants: Vec<_> = artifact.grants(&sync_id).map(Result::unwrap).collect();
    assert_eq!(grants.len(), 1);
    assert_eq!(grants[0].entitlement_id, "team:core:member");
    assert_eq!(grants[0].principal_resource_id, "bo");
}

#[tokio::test]
async fn a_listing_that_leads_to_another_host_is_no_listing() {
    let elsewhere = Reply::json(200, &json!([{"login": "ana"}]))
        .header("link", "<https://evil.example/?page=2>; rel=next");
    let fake = FakeTransport::new().on(Method::GET, "/orgs/acme/members", vec![elsewhere; 3]);
    let users = &connector(&fake).types()[0];
    let error = users
        .syncer
        .list(
            &connector_sdk::SyncContext::everything(),
            None,
            &connector_sdk::PageToken::first(),
        )
        .await
        .unwrap_err();
    assert!(error.to_string().contains("on another host"), "{error}");
    assert!(
        fake.requests()
            .iter()
            .all(|request| request.path == "/orgs/acme/members")
    );
}

fn resource(resource_type: &str, id: &str) -> v2::Resource {
    v2::Resource {
        id: Some(ResourceKey::new(resource_type, id).to_proto()),
        ..v2::Resource::default()
    }
}

#[tokio::test]
async fn a_membership_is_given_shown_beforehand_and_not_given_twice() {
    let path = "/orgs/acme/teams/core/memberships/ana";
    let missing = || Reply::json(404, &json!({"message": "Not Found"}));
    let fake = FakeTransport::new()
        .on(
            Method::GET,
            path,
            [
                missing(),
                missing(),
                Reply::json(200, &json!({"state": "active"})),
                Reply::json(200, &json!({"state": "active"})),
            ],
        )
        .on(Method::PUT, path, [Reply::json(200, &json!({"state": "active"}))]);
    let teams = connector(&fake).types().remove(1).provisioner.unwrap();
    let entitlement = v2::Entitlement {
        resource: Some(resource("team", "core")),
        ..v2::Entitlement::default()
    };
    let ana = resource("user", "ana");
    let dry = ChangeContext {
        dry_run: true,
        ..ChangeContext::default()
    };
    let planned = teams.grant(&dry, &entitlement, &ana).await.unwrap();
    assert_eq!(
        (planned.state, planned.summary.as_str()),
        (ChangeState::Planned, "ana would be a member of core")
    );
    let verify = ChangeContext {
        verify: true,
        ..ChangeContext::default()
    };
    let made = teams.grant(&verify, &entitlement, &ana).await.unwrap();
    assert_eq!(
        (made.state, made.summary.as_str()),
        (ChangeState::Verified, "ana is now a member of core")
    );
    assert_eq!(made.requests[0].status, Some(200));
    assert_eq!(
        (&made.requests[0].method, &made.requests[0].path),
        (&planned.requests[0].method, &planned.requests[0].path)
    );
    let again = teams.grant(&verify, &entitlement, &ana).await.unwrap();
    assert_eq!(again.state, ChangeState::AlreadySo);
    let writes = fake
        .requests()
        .iter()
        .filter(|request| request.method != Method::GET)
        .count();
    assert_eq!(writes, 1);
}

#[tokio::test]
async fn what_is_accepted_and_not_shown_is_not_called_done() {
    let path = "/orgs/acme/teams/core/memberships/ana";
    let there = || Reply::json(200, &json!({"state": "active"}));
    let fake = FakeTransport::new().on(Method::GET, path, [there(), there()]).on(
        Method::DELETE,
        path,
        [Reply::json(204, &json!(null))],
    );
    let teams = connector(&fake).types().remove(1).provisioner.unwrap();
    let grant = v2::Grant {
        entitlement: Some(v2::Entitlement {
            resource: Some(resource("team", "core")),
            ..v2::Entitlement::default()
        }),
        principal: Some(resource("user", "ana")),
        ..v2::Grant::default()
    };
    let verify = ChangeContext {
        verify: true,
        ..ChangeContext::default()
    };
    let error = teams.revoke(&verify, &grant).await.unwrap_err();
    assert_eq!(error.code(), Code::Unavailable);
    assert_eq!(error.requests().len(), 1);
}

/// Read twice, as the rules of connectors want it.
#[tokio::test]
async fn it_keeps_the_rules_of_connectors() {
    let twice =
        |path: &str, body: serde_json::Value| (path.to_owned(), [page(body.clone(), None), page(body, None)]);
    let fake = [
        twice("/orgs/acme/members", json!([{"login": "ana"}, {"login": "bo"}])),
        twice("/orgs/acme/teams", json!([{"slug": "core", "name": "Core"}])),
        twice("/orgs/acme/teams/core/members", json!([{"login": "bo"}])),
    ]
    .into_iter()
    .fold(FakeTransport::new(), |fake, (path, answers)| {
        fake.on(Method::GET, &path, answers)
    });
    let read = connector_sdk::conformance::check(&connector(&fake))
        .await
        .unwrap();
    read.assert_kept();
    assert_eq!((read.resources, read.grants), (3, 1));
}
