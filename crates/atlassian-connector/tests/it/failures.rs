//! Errors of the vendor as a person and a program read them.

use crate::render::show;
use crate::vendor::{Vendor, refusal, routing};
use insta::assert_snapshot;
use serde_json::json;

/// What it means, what it happened to, what the vendor said, what to do, and whether asking again can help.
#[tokio::test]
async fn every_meaning_has_its_code() {
    let mut shown = Vec::new();
    for answer in [
        (401, json!({"code": 401, "message": "Unauthorized"})),
        refusal(403, "ADMIN-UAM-403-2", "Not allowed to manage the org"),
        routing(404, "TCS validation failed"),
        (429, json!({"code": 429, "message": "Too many requests"})),
        refusal(400, "ADMIN-400-19", "Invalid request syntax"),
        refusal(503, "ADMIN-500-1", "Oops"),
        (200, json!({"rows": []})),
    ] {
        shown.push(show(&Vendor::new().workspaces(answer).first("workspace").await));
    }
    shown.push(show(&Vendor::new().first("workspace").await));
    assert_snapshot!(shown.join("\n"));
}
