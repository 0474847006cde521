//! The listing of groups.

use crate::render::show;
use crate::vendor::{Vendor, page, page_before, refusal, routing};
use connector_sdk::PageToken;
use insta::assert_snapshot;
use serde_json::{Value, json};

/// The listing states each group and its one entitlement, and what later calls about it need.
#[tokio::test]
async fn a_group_comes_with_its_entitlement() {
    let jira = json!({
        "id": "0e5b", "name": "jira-users", "description": "Grants Jira", "directoryId": "d-1",
        "externalSynced": false, "managedBy": "admins",
        "managementAccess": {"readable": true, "modifiable": true, "deletable": false},
        "counts": {"users": 214, "resources": 2}, "links": {"self": "Z3I6MQ"},
    });
    let vendor = Vendor::new()
        .groups_search(page_before("c2", [jira]))
        .groups_search(page([json!({"id": "g-2"})]));
    let first = vendor.first("group").await;
    let second = vendor
        .list("group", &first.as_ref().unwrap().next.clone().unwrap())
        .await;
    assert_snapshot!(format!(
        "{}\n===\n{}\n===\n{}",
        show(&first),
        show(&second),
        vendor.asked()
    ));
}

/// Where its members cannot be changed, the entitlement is immutable; the vendor's own answer decides over the origin.
#[tokio::test]
async fn a_group_that_cannot_be_modified_is_immutable() {
    for (row, source, immutable) in [
        (json!({"externalSynced": true}), "directory_synced", true),
        (json!({"managedBy": "external"}), "directory_synced", true),
        (
            json!({"externalSynced": true, "managementAccess": {"modifiable": true}}),
            "directory_synced",
            false,
        ),
        (
            json!({"externalSynced": false, "managementAccess": {"modifiable": false}}),
            "native",
            true,
        ),
        (json!({"managedBy": "team-members"}), "native", false),
        (json!({"managedBy": "committee"}), "", false),
        (json!({"managementAccess": {}}), "", false),
    ] {
        let mut group = row.clone();
        group["id"] = json!("g-1");
        let listed = Vendor::new().groups_search(page([group])).first("group").await;
        let shown = show(&listed);
        assert!(
            shown.contains(&format!("group source={source} raw=")),
            "{row}: {shown}"
        );
        assert_eq!(listed.unwrap().entitlements[0].immutable, immutable, "{row}");
        assert!(
            shown.contains(&format!("membership_modifiable: {}", !immutable)),
            "{row}: {shown}"
        );
    }
}

/// Groups follow the same rule as accounts for the older listing.
#[tokio::test]
async fn the_older_listing_stands_in_for_the_search_of_groups() {
    let row = || json!({"id": "g-1", "name": "all"});
    let vendor = Vendor::new()
        .groups_search(refusal(405, "ADMIN-405-1", "Method not supported"))
        .groups_search(refusal(405, "ADMIN-405-1", "Method not supported"))
        .groups_list(page_before("c2", [row()]))
        .groups_list(page([row()]));
    let first = vendor.first("group").await;
    let second = vendor
        .list("group", &first.as_ref().unwrap().next.clone().unwrap())
        .await;
    let mut shown = vec![show(&first), show(&second), vendor.asked()];
    let foreign = || routing(404, "TCS validation failed");
    let vendor = Vendor::new()
        .groups_search(foreign())
        .groups_search(foreign())
        .groups_list(foreign());
    shown.push(show(&vendor.first("group").await));
    let refused = refusal(403, "ADMIN-403-3", "Not allowed");
    shown.push(show(&Vendor::new().groups_search(refused).first("group").await));
    let later = Vendor::new().groups_search(refusal(404, "ADMIN-404-1", "No such path"));
    shown.push(show(
        &later
            .list("group", &PageToken::new(r#"{"older":false,"cursor":"c2"}"#))
            .await,
    ));
    assert_snapshot!(shown.join("\n===\n"));
}

/// A row without an id is a gap.
#[tokio::test]
async fn a_malformed_group_is_a_gap() {
    let rows: [Value; 2] = [
        json!({"name": "nameless"}),
        json!({"id": "g-1", "counts": "many"}),
    ];
    assert_snapshot!(show(
        &Vendor::new().groups_search(page(rows)).first("group").await
    ));
}
