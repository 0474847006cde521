//! API tokens.

use crate::render::show;
use crate::vendor::{Vendor, page, page_before, refusal};
use insta::assert_snapshot;
use serde_json::json;

/// A token is a secret with an owner, who is an account in case no listing has it.
#[tokio::test]
async fn a_token_is_a_secret_of_its_owner() {
    let owner =
        json!({"id": "557058:1d2c", "orgId": "o-1", "name": "Theo Marsh", "email": "theo@larkspur.example"});
    let deploy = json!({
        "id": "tok-1", "label": "ci-deploy", "status": "ALLOWED", "createdAt": "2026-02-11T09:30:00.000Z",
        "expiresAt": "2027-02-10T00:00:00.000Z", "lastActiveAt": "2026-08-30T22:10:41.512Z",
        "scopes": ["read:jira-work"], "user": owner,
    });
    let blocked =
        json!({"id": "tok-2", "label": "", "status": "BLOCKED", "createdAt": "soon", "user": {"id": "a-9"}});
    let ownerless = json!({"id": "tok-3", "label": "lost"});
    let vendor = Vendor::new()
        .api_tokens(page_before("c2", [deploy]))
        .api_tokens(page([blocked, ownerless]));
    let first = vendor.first("api_token").await;
    let second = vendor
        .list("api_token", &first.as_ref().unwrap().next.clone().unwrap())
        .await;
    assert_snapshot!(format!(
        "{}\n===\n{}\n===\n{}",
        show(&first),
        show(&second),
        vendor.asked()
    ));
}

/// Tokens that may not be read are a gap; tokens that are not found are an error.
#[tokio::test]
async fn refused_tokens_are_a_gap() {
    let mut shown = Vec::new();
    for refused in [
        refusal(403, "ADMIN-403-3", "Not allowed"),
        refusal(404, "ADMIN-404-2", "Organization not found"),
        refusal(404, "ADMIN-404-1", "No such path"),
    ] {
        shown.push(show(&Vendor::new().api_tokens(refused).first("api_token").await));
    }
    assert_snapshot!(shown.join("\n---\n"));
}
