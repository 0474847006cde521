//! Rate limits as they arrive at a client.

use crate::client::Client;
use atlassian_sim::{Endpoint, Envelope, Key, Limits, ManualClock, Org, OrgSpec, Simulator};
use std::sync::Arc;
use std::time::Duration;

#[tokio::test]
async fn a_key_has_its_requests_and_no_more() {
    let org = Org::generate(OrgSpec::one());
    let clock = ManualClock::new("2026-10-01T10:00:20Z".parse().expect("a date"));
    let limits = Limits {
        envelope: Envelope::List,
        ..Limits::per(2, 60)
    };
    let builder = Simulator::builder(org.clone())
        .limits(limits)
        .keys([Key::unscoped("a"), Key::unscoped("b")])
        .clock(Arc::new(clock.clone()));
    let mut client = Client::start_with(&org, builder).await;
    let mut seen = Vec::new();
    for key in ["a", "a", "a", "b", "wrong"] {
        client.key = key.to_owned();
        let reply = client.get("/admin/v1/orgs").await;
        let header = |name: &str| reply.header(name).map(str::to_owned);
        seen.push((
            reply.status,
            header("x-ratelimit-remaining"),
            header("retry-after"),
        ));
        if reply.status == 429 {
            assert_eq!(reply.json()["errors"][0]["code"], "ADMIN-429-1");
            assert_eq!(
                header("x-ratelimit-reset").as_deref(),
                Some("2026-10-01T10:01:00Z")
            );
            assert_eq!(header("x-ratelimit-limit").as_deref(), Some("2"));
        }
    }
    let some = |text: &str| Some(text.to_owned());
    let expected = [
        (200, some("1"), None),
        (200, some("0"), None),
        (429, some("0"), some("40")),
        (200, some("1"), None),
        (401, None, None),
    ];
    assert_eq!(seen, expected);
    clock.advance(Duration::from_secs(40));
    client.key = "a".to_owned();
    assert_eq!(client.get("/admin/v1/orgs").await.status, 200);
    let counters = client.running.stop().of(Endpoint::OrgsList);
    assert_eq!((counters.requests, counters.refused, counters.limited), (6, 2, 1));
}

#[tokio::test]
async fn realistic_limits_say_so_on_every_answer() {
    let org = Org::generate(OrgSpec::one());
    let clock = ManualClock::new("2026-10-01T10:00:00Z".parse().expect("a date"));
    let builder = Simulator::builder(org.clone())
        .limits(Limits::realistic())
        .clock(Arc::new(clock));
    let mut client = Client::start_with(&org, builder).await;
    for remaining in (0..600).rev() {
        let reply = client.get("/admin/v1/orgs").await;
        assert_eq!(
            reply.header("x-ratelimit-remaining"),
            Some(remaining.to_string().as_str())
        );
    }
    let refused = client.get("/admin/v1/orgs").await;
    assert_eq!(
        (refused.status, &refused.json()["code"]),
        (429, &serde_json::json!(429))
    );
    assert_eq!(
        refused.header("retry-after"),
        None,
        "the vendor does not document it here"
    );
}

#[tokio::test]
async fn counters_can_be_asked_for() {
    let mut client = Client::start(&Org::generate(OrgSpec::one())).await;
    client.get("/admin/v1/orgs").await;
    client.key = "wrong".to_owned();
    client.get("/admin/v1/orgs").await;
    let expected = serde_json::json!({
        "endpoints": { "orgs.list": { "requests": 2, "refused": 1, "limited": 0, "faults": 0 } }
    });
    assert_eq!(client.get("/simulator/counters").await.json(), expected);
}

#[tokio::test]
async fn without_limits_there_are_no_headers() {
    let mut client = Client::start(&Org::generate(OrgSpec::one())).await;
    assert_eq!(
        client.get("/admin/v1/orgs").await.header("x-ratelimit-limit"),
        None
    );
}
