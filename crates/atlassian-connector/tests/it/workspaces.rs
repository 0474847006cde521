//! App instances and the roles that they all have.

use crate::render::show;
use crate::vendor::{Vendor, page, page_before, refusal};
use connector_sdk::{FollowUp, PageToken, ResourceKey, Subject, SyncContext};
use insta::assert_snapshot;
use serde_json::json;

/// Every page of the app instances, each named by its app and its name.
#[tokio::test]
async fn every_app_instance_is_a_workspace() {
    let confluence = json!({
        "id": "ari:cloud:confluence::site/3f0e", "type": "workspace",
        "attributes": {"name": "larkspur", "typeKey": "confluence", "type": "Confluence", "owner": null,
                       "status": "online", "sandbox": {"type": "NONE"}, "usage": null, "capacity": 300,
                       "createdAt": "2022-09-01T10:00:00Z", "hostUrl": "https://larkspur.atlassian.net",
                       "realm": "EU", "regions": ["eu-central-1"], "directory": "d-1"},
    });
    let jira = json!({"id": "ari:cloud:jira-software::site/3f0e", "attributes": {"typeKey": "jira-software", "name": "larkspur"}});
    let bare = json!({"id": "ari:cloud:trello::workspace/9", "attributes": null});
    let vendor = Vendor::new()
        .workspaces(page_before("c2", [confluence]))
        .workspaces(page([jira, bare, json!({})]));
    let first = vendor.first("workspace").await;
    let second = vendor
        .list("workspace", &first.as_ref().unwrap().next.clone().unwrap())
        .await;
    assert_snapshot!(format!(
        "{}\n===\n{}\n===\n{}",
        show(&first),
        show(&second),
        vendor.asked()
    ));
}

/// App instances, listed or not, have the ten roles of existing reviews; a platform site has its administrators; a
/// project has only what is met.
#[tokio::test]
async fn every_workspace_has_the_roles_of_its_place() {
    let mut shown = Vec::new();
    for (ari, owner) in [
        ("ari:cloud:confluence::site/3f0e", None),
        ("ari:cloud:platform::site/3f0e", Some("platform")),
        ("ari:cloud:townsquare::project/7", Some("project")),
    ] {
        let left = FollowUp::of_state(&owner);
        let workspace = Subject::new(ResourceKey::new("workspace", ari), Some(left));
        let syncer = Vendor::new().syncer("workspace");
        let entitlements = syncer
            .entitlements(&SyncContext::everything(), &workspace, &PageToken::first())
            .await;
        shown.push(show(&entitlements));
    }
    assert_snapshot!(shown.join("\n===\n"));
}

/// Without the app instances a review is not whole, so a refusal ends the sync.
#[tokio::test]
async fn refused_workspaces_end_the_sync() {
    let vendor = Vendor::new().workspaces(refusal(403, "ADMIN-403-3", "Not allowed"));
    assert_snapshot!(show(&vendor.first("workspace").await));
}

/// Nobody counts the app instances, so one that comes again is a gap. One that has moved to the next page is no repetition.
#[tokio::test]
async fn an_app_instance_that_comes_again_is_a_gap() {
    let one = |id: &str| json!({"id": format!("ari:cloud:jira::site/{id}"), "attributes": null});
    for (second, expected) in [
        (vec!["a", "b"], vec!["workspaces", "repeated_rows"]),
        (vec!["c", "a"], vec!["workspaces", "repeated_rows"]),
        (vec!["b", "c"], vec![]),
    ] {
        let vendor = Vendor::new()
            .workspaces(page_before("c2", ["a", "b"].map(one)))
            .workspaces(page(second.iter().map(|id| one(id)).collect::<Vec<_>>()));
        let first = vendor.first("workspace").await.unwrap();
        assert_eq!(first.notices, []);
        let rest = vendor
            .list("workspace", &first.next.clone().unwrap())
            .await
            .unwrap();
        let kinds: Vec<_> = rest.notices.iter().map(|notice| notice.kind.as_str()).collect();
        assert_eq!(kinds, expected, "{second:?}");
    }
}
