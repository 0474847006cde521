//! A look at what the connector needs, as a program of one's own takes it.

use crate::vendor::ORG;
use atlassian_admin::{OrgId, Secret};
use atlassian_connector::AtlassianConnector;
use connector_sdk::{Code, Finding, Verdict};
use http_kit::testing::{FakeTransport, Reply};
use http_kit::{ManualClock, Transport};
use serde_json::json;
use std::sync::Arc;

async fn findings(vendor: FakeTransport) -> Vec<Finding> {
    let transport: Arc<dyn Transport> = Arc::new(vendor);
    let key = Secret::from("a key".to_owned());
    let clock = Arc::new(ManualClock::new("2026-01-01T01:00:00Z".parse().unwrap()));
    let builder = AtlassianConnector::builder(key, OrgId::parse(ORG).unwrap()).clock(clock.clone());
    let examination = builder.examination(transport, clock);
    examination
        .findings()
        .await
        .expect("a key and an address that can be used")
}

/// A vendor that answers every request like this.
fn always(status: u16) -> FakeTransport {
    FakeTransport::new().on_any_fn(move |_| {
        let errors = json!({"errors": [{"code": "E-1", "detail": "no such luck"}]});
        Reply::json(status, &errors).header("date", "Thu, 01 Jan 2026 00:00:00 GMT")
    })
}

/// What is not there has the code 5: 12 would say that this connector does not offer it.
#[tokio::test]
async fn each_refusal_has_the_code_of_a_sync() {
    for (status, expected) in [
        (401, Code::Unauthenticated),
        (403, Code::PermissionDenied),
        (404, Code::NotFound),
        (405, Code::NotFound),
        (500, Code::Unavailable),
    ] {
        let found = findings(always(status)).await;
        let failed = found.iter().find_map(|finding| finding.verdict.code());
        assert_eq!(failed, Some(expected), "{status}: {found:#?}");
    }
}

#[tokio::test]
async fn the_clock_is_compared_where_the_vendor_answers() {
    let found = findings(always(401)).await;
    let clock = found
        .iter()
        .find(|finding| finding.what == "clock")
        .expect("a time was said");
    assert_eq!(clock.verdict, Verdict::Lacks);
    assert_eq!(clock.found, "3600 s ahead of the vendor's");
}
