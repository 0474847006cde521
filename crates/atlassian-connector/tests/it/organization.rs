//! The organization, and the check before a sync.

use crate::render::{error, show};
use crate::vendor::{ORG, Vendor, one, refusal, routing};
use connector_sdk::Connector;
use insta::assert_snapshot;
use serde_json::json;

fn larkspur() -> (u16, serde_json::Value) {
    one(&json!({"id": ORG, "type": "orgs", "attributes": {"name": "Larkspur Robotics"}, "relationships": {}}))
}

/// One resource with four roles; only organization admin can be given.
#[tokio::test]
async fn the_organization_has_four_roles() {
    let vendor = Vendor::new().organization(larkspur());
    let listed = vendor.first("organization").await;
    assert_snapshot!(format!("{}\n===\n{}", show(&listed), vendor.asked()));
}

/// A key that may not read the organization does not end the sync: the organization goes by its id.
#[tokio::test]
async fn an_unreadable_organization_goes_by_its_id() {
    let vendor = Vendor::new().organization(refusal(403, "ADMIN-403-3", "Not allowed"));
    let listed = vendor.first("organization").await.unwrap();
    assert_eq!(listed.resources[0].resource.display_name, ORG);
    assert_eq!(
        listed.notices.iter().map(|n| n.kind.as_str()).collect::<Vec<_>>(),
        ["organization"]
    );
}

/// The check tells a wrong key and a wrong id apart, with what to do; a refusal is only remarked.
#[tokio::test]
async fn the_check_tells_wrong_key_and_wrong_id_apart() {
    let mut shown = Vec::new();
    for answer in [
        larkspur(),
        routing(404, "TCS validation failed"),
        refusal(404, "ADMIN-404-2", "Organization not found"),
        (401, json!({"code": 401, "message": "Unauthorized"})),
        routing(403, "User has no permission to access resource."),
        refusal(500, "ADMIN-500-1", "Oops"),
    ] {
        let vendor = Vendor::new().organization(answer);
        shown.push(match vendor.connector().validate().await {
            Ok(notices) => format!("{notices:?}"),
            Err(failure) => error(&failure),
        });
    }
    assert_snapshot!(shown.join("\n"));
}

/// An organization without a name is called by its id.
#[tokio::test]
async fn an_organization_without_a_name_is_called_by_its_id() {
    for (name, shown) in [
        (json!("Larkspur"), "Larkspur"),
        (json!(" "), ORG),
        (json!(null), ORG),
    ] {
        let answer = one(&json!({"id": ORG, "attributes": {"name": name}}));
        let listed = Vendor::new()
            .organization(answer)
            .first("organization")
            .await
            .unwrap();
        assert_eq!(listed.resources[0].resource.display_name, shown);
    }
}
