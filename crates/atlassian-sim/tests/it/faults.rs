//! Faults as they arrive at a client.

use crate::client::{Client, Reply};
use crate::crawl::crawl;
use atlassian_sim::{
    Clock, Endpoint, Envelope, Fault, FaultPlan, Hint, ManualClock, Org, OrgSpec, Simulator,
};
use axum::body::Body;
use futures_util::FutureExt as _;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use jiff::Timestamp;
use serde_json::json;
use std::io::ErrorKind;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Barrier;

const START: &str = "2026-10-01T10:00:20Z";

async fn client(plan: FaultPlan) -> Client {
    let org = Org::generate(OrgSpec::small(60));
    let clock = ManualClock::new(START.parse().expect("a date"));
    Client::start_with(
        &org,
        Simulator::builder(org.clone())
            .faults(plan)
            .clock(Arc::new(clock)),
    )
    .await
}

/// What the first request of an endpoint meets.
async fn first(fault: Fault) -> std::io::Result<Reply> {
    let mut client = client(FaultPlan::none().nth(Endpoint::OrgsList, 1, fault)).await;
    let reply = client.ask("GET", "/admin/v1/orgs", &[], None).await;
    client.reconnect().await;
    let second = client.get("/admin/v1/orgs").await;
    assert_eq!(second.status, 200, "only the first request is struck");
    let counters = client.running.counters().of(Endpoint::OrgsList);
    assert_eq!((counters.requests, counters.faults), (2, 1));
    reply
}

#[tokio::test]
async fn every_hint_has_its_form() {
    for (hint, envelope, retry_after, reset) in [
        (Hint::None, Envelope::Gateway, None, None),
        (Hint::Seconds(5), Envelope::List, Some("5"), None),
        (Hint::Decimal(1500), Envelope::Gateway, Some("1.500"), None),
        (
            Hint::Date(40),
            Envelope::Gateway,
            Some("Thu, 01 Oct 2026 10:01:00 GMT"),
            None,
        ),
        (
            Hint::Reset(5),
            Envelope::Gateway,
            None,
            Some("2026-10-01T10:00:25Z"),
        ),
        (
            Hint::ResetMinute(5),
            Envelope::Gateway,
            None,
            Some("2026-10-01T10:01Z"),
        ),
        (Hint::ResetEpoch(5), Envelope::Gateway, None, Some("1790848825")),
        (
            Hint::Both(5),
            Envelope::Gateway,
            Some("5"),
            Some("2026-10-01T10:00:25Z"),
        ),
    ] {
        let reply = first(Fault::RateLimited(hint, envelope))
            .await
            .expect("an answer");
        assert_eq!(reply.status, 429);
        assert_eq!(reply.header("retry-after"), retry_after, "{hint:?}");
        assert_eq!(reply.header("x-ratelimit-reset"), reset, "{hint:?}");
        let body = reply.json();
        match envelope {
            Envelope::List => assert_eq!(body["errors"][0]["code"], "ADMIN-429-1"),
            _ => assert_eq!(body["code"], 429),
        }
    }
}

#[tokio::test]
async fn failures_have_the_body_of_their_status() {
    for (status, body) in [
        (500, "\"ADMIN-500-1\""),
        (502, "<!DOCTYPE html>"),
        (503, "\"code\":503"),
        (504, "<!DOCTYPE html>"),
        (408, ""),
        (401, "\"code\":401"),
        (403, "\"status\":403"),
        (404, "\"status\":\"404\""),
    ] {
        let reply = first(Fault::Status(status)).await.expect("an answer");
        assert_eq!(reply.status, status);
        let text = String::from_utf8(reply.body).expect("text");
        assert!(
            text.contains(body) && text.is_empty() == body.is_empty(),
            "{status}: {text}"
        );
    }
}

#[tokio::test]
async fn broken_answers_break_where_they_say() {
    let kind = |outcome: std::io::Result<Reply>| outcome.expect_err("no whole answer").kind();
    assert_eq!(kind(first(Fault::ResetBefore).await), ErrorKind::ConnectionReset);
    assert_eq!(kind(first(Fault::Cut).await), ErrorKind::UnexpectedEof);
    let garbage = first(Fault::Garbage).await.expect("an answer");
    assert_eq!(
        (garbage.status, garbage.header("content-type")),
        (200, Some("application/json"))
    );
    assert!(serde_json::from_slice::<serde_json::Value>(&garbage.body).is_err());
    let html = first(Fault::Html).await.expect("an answer");
    assert_eq!(
        (html.status, html.header("content-type")),
        (200, Some("text/html; charset=UTF-8"))
    );
    let empty = first(Fault::Empty).await.expect("an answer");
    assert_eq!((empty.status, empty.body.len()), (200, 0));
}

#[tokio::test]
async fn a_slow_answer_takes_its_time() {
    let org = Org::generate(OrgSpec::one());
    let clock = ManualClock::new(START.parse().expect("a date"));
    let plan = FaultPlan::none().always(Endpoint::OrgsList, Fault::Slow(Duration::from_secs(7)));
    let builder = Simulator::builder(org.clone())
        .faults(plan)
        .latency(Duration::from_secs(1));
    let mut client = Client::start_with(&org, builder.clock(Arc::new(clock.clone()))).await;
    assert_eq!(client.get("/admin/v1/orgs").await.status, 200);
    assert_eq!(clock.now().to_string(), "2026-10-01T10:00:28Z");
}

#[tokio::test]
async fn a_hang_never_ends() {
    let org = Org::generate(OrgSpec::one());
    for (plan, ends) in [
        (FaultPlan::none(), true),
        (FaultPlan::none().everywhere(Fault::Hang), false),
        (FaultPlan::none().always(Endpoint::OrgGet, Fault::Hang), true),
    ] {
        let simulator = Simulator::builder(org.clone()).faults(plan).build();
        let request = http::Request::get("/admin/v1/orgs")
            .header("authorization", format!("Bearer {}", org.api_key()))
            .body(Body::empty())
            .expect("a request");
        let answer = TowerToHyperService::new(simulator.router())
            .call(request)
            .now_or_never();
        assert_eq!(answer.is_some(), ends);
    }
}

#[tokio::test]
async fn cursors_are_refused_once_and_repeated_for_ever() {
    let mut refusing = client(FaultPlan::none().everywhere(Fault::RefusedCursor)).await;
    let path = format!("{}/users/search", refusing.directory("-"));
    let first = refusing.post(&path, &json!({ "limit": 10 })).await.json();
    let next = json!({ "cursor": first["links"]["next"] });
    let refused = refusing.post(&path, &next).await;
    assert_eq!(
        (refused.status, &refused.json()["errors"][0]["code"]),
        (400, &json!("ADMIN-400-1"))
    );
    assert_eq!(refusing.post(&path, &next).await.status, 200);
    let mut repeating = client(FaultPlan::none().everywhere(Fault::RepeatedCursor)).await;
    let managed = format!("/admin/v1/orgs/{}/users", repeating.org);
    assert_eq!(
        repeating.get(&managed).await.status,
        200,
        "one page only, nothing to repeat"
    );
    for _ in 0..2 {
        let page = repeating.post(&path, &next).await.json();
        assert_eq!(page["links"]["next"], next["cursor"]);
    }
}

#[tokio::test]
async fn an_endpoint_can_fail_for_good() {
    let plan = FaultPlan::none()
        .always(Endpoint::TokensList, Fault::Status(403))
        .from(Endpoint::GroupsSearch, 2, Fault::Status(503));
    let mut client = client(plan).await;
    let (tokens, groups) = (
        client.tokens(),
        format!("{}/groups/search", client.directory("-")),
    );
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push((
            client.get(&tokens).await.status,
            client.post(&groups, &json!({})).await.status,
        ));
    }
    assert_eq!(statuses, [(403, 200), (403, 503), (403, 503)]);
    let counters = client.running.counters();
    assert_eq!(counters.of(Endpoint::TokensList).refused, 3);
    assert_eq!(counters.total().faults, 5);
}

/// A clock on which everybody waits until three are waiting.
#[derive(Debug)]
struct Gathering(Arc<Barrier>);

impl Clock for Gathering {
    fn now(&self) -> Timestamp {
        START.parse().expect("a date")
    }

    fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let barrier = self.0.clone();
        Box::pin(async move {
            barrier.wait().await;
        })
    }
}

/// Requests that are in flight together have a place of their own each in the order of all.
#[tokio::test]
async fn one_of_many_at_once_is_struck() {
    let org = Org::generate(OrgSpec::one());
    for rule in ["*:#1:503", "*:#2:503", "*:#3:503", "orgs.list:#2:503"] {
        let simulator = Simulator::builder(org.clone())
            .faults(FaultPlan::none().rule(rule).expect("a rule"))
            .latency(Duration::from_secs(1))
            .clock(Arc::new(Gathering(Arc::new(Barrier::new(3)))))
            .build();
        let service = TowerToHyperService::new(simulator.router());
        let ask = || async {
            let request = http::Request::get("/admin/v1/orgs")
                .header("authorization", format!("Bearer {}", org.api_key()))
                .body(Body::empty())
                .expect("a request");
            let Ok(answer) = service.call(request).await;
            answer.status().as_u16()
        };
        let (one, two, three) = tokio::join!(ask(), ask(), ask());
        let mut statuses = [one, two, three];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 200, 503], "{rule}");
    }
}

/// The organization can be read through any retryable trouble, and reads the same.
#[tokio::test]
async fn a_patient_client_reads_everything() {
    let org = Org::generate(OrgSpec::small(40));
    let directories: Vec<String> = org.directory_ids().map(str::to_owned).collect();
    let mut calm = Client::start(&org).await;
    let expected = crawl(&mut calm, 15, &directories).await;
    let mut totals = Vec::new();
    for _ in 0..2 {
        let plan = FaultPlan::retryable(0.3);
        let builder = Simulator::builder(org.clone()).faults(plan).seed(3);
        let mut client = Client::start_with(&org, builder).await;
        client.patience = 4;
        let seen = crawl(&mut client, 15, &directories).await;
        assert_eq!(seen.access(), expected.access());
        assert_eq!(
            (seen.users, seen.members),
            (expected.users.clone(), expected.members.clone())
        );
        totals.push(client.running.stop());
    }
    assert!(totals[0].total().faults > 20);
    assert_eq!(totals[0], totals[1], "the same seed strikes the same requests");
}
