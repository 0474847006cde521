//! What a group gives its members.

use crate::render::show;
use crate::vendor::{ORG, Vendor, one, page, page_before, refusal, routing};
use connector_sdk::{FollowUp, Page, PageToken, ResourceKey, Result, Subject};
use insta::assert_snapshot;
use serde_json::json;

fn group() -> Subject {
    let left = json!({"name": "jira-users"});
    Subject::new(ResourceKey::new("group", "g-1"), Some(FollowUp::of_state(&left)))
}

async fn read(vendor: &Vendor) -> Result<Page> {
    vendor
        .grants(&group(), &PageToken::new(r#"{"of":"roles","cursor":null}"#))
        .await
}

/// A role of a group is a grant of the group that expands to its members; immutable where the group endpoint cannot
/// revoke it; platform roles hang where those of accounts do.
#[tokio::test]
async fn a_role_of_a_group_expands_to_its_members() {
    let confluence = "ari:cloud:confluence::site/3f0e";
    let vendor = Vendor::new()
        .group_roles(page_before(
            "c2",
            [
                json!({"resourceId": confluence, "resourceOwner": "confluence",
                       "roles": ["atlassian/user", "atlassian/viewer"], "defaultRole": "atlassian/user"}),
                json!({"resourceId": confluence, "resourceOwner": "confluence",
                       "roles": ["atlassian/quality-owner"], "defaultRole": null}),
            ],
        ))
        .group_roles(page([
            json!({"resourceId": format!("ari:cloud:platform::org/{ORG}"), "resourceOwner": "platform",
                   "roles": ["atlassian/org-admin"], "defaultRole": null}),
            json!({"resourceId": "ari:cloud:platform::site/3f0e", "resourceOwner": "platform",
                   "roles": ["atlassian/site-admin"]}),
            json!({"resourceId": "ari:cloud:townsquare::goal/8", "resourceOwner": "goal", "roles": ["atlassian/user"]}),
        ]));
    let first = read(&vendor).await;
    let second = vendor
        .grants(&group(), &first.as_ref().unwrap().next.clone().unwrap())
        .await;
    assert_snapshot!(format!(
        "{}\n===\n{}\n===\n{}",
        show(&first),
        show(&second),
        vendor.asked()
    ));
}

/// Roles that cannot be read are a gap that names the group.
#[tokio::test]
async fn unreadable_roles_are_a_gap() {
    let mut shown = Vec::new();
    let not_found = || refusal(404, "ADMIN-404-10", "Group not found");
    for (refused, details) in [
        (refusal(403, "ADMIN-UAM-403-1", "Forbidden"), None),
        (not_found(), Some(one(&json!({"id": "g-1"})))),
        (not_found(), Some(not_found())),
        (routing(404, "Not there"), Some(one(&json!({"id": "g-1"})))),
        (refusal(404, "ADMIN-404-2", "Organization not found"), None),
    ] {
        let mut vendor = Vendor::new().group_roles(refused.clone());
        if let Some((status, body)) = details {
            vendor = vendor.group((status, body));
            // Of a group that is there the roles are asked for once more.
            if status == 200 {
                vendor = vendor.group_roles(refused);
            }
        }
        shown.push(show(&read(&vendor).await));
        vendor.asked();
    }
    assert_snapshot!(shown.join("\n---\n"));
}
