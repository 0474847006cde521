//! Large organizations, and the same organization twice.

use crate::client::{Client, segment, text};
use atlassian_sim::{Listing, Org, OrgSpec};
use serde_json::json;

#[tokio::test]
async fn the_same_recipe_yields_the_same_organization() {
    let mut answers = Vec::new();
    for seed in [7, 7, 8] {
        let org = Org::generate(OrgSpec::irregular().with_seed(seed));
        let mut client = Client::start(&org).await;
        let expand = json!(["platformRoles", "counts.resources", "productAccess", "groups"]);
        let path = format!("{}/users/search", client.directory("-"));
        let users = client
            .post(&path, &json!({ "limit": 100, "expand": expand }))
            .await
            .body;
        let tokens = client.get(&client.tokens()).await.body;
        answers.push((org.id().to_owned(), org.api_key().to_owned(), users, tokens));
    }
    assert_eq!(answers[0], answers[1]);
    assert_ne!(answers[0].0, answers[2].0);
    assert_ne!(answers[0].2, answers[2].2);
}

#[test]
fn the_benchmark_has_its_numbers() {
    let truth = Org::generate(OrgSpec::bench(10_000)).truth();
    let counts = truth.counts();
    assert_eq!(
        (
            counts.accounts_in_search,
            counts.groups,
            counts.memberships,
            counts.group_roles
        ),
        (10_000, 500, 40_000, 500)
    );
    assert_eq!(
        (counts.workspaces, counts.tokens, counts.access_direct),
        (20, 200, 20_000)
    );
    assert!(
        counts.expanded_group_roles >= 36_000,
        "{}",
        counts.expanded_group_roles
    );
    let healthy = (
        counts.access_unexplained,
        counts.overstated,
        counts.access_unknown_method,
        counts.access_dormant,
    );
    assert_eq!(healthy, (0, 0, 0, 0));
    assert_eq!(
        truth
            .accounts()
            .filter(|account| account.listing == Listing::Search)
            .count(),
        10_000
    );
}

#[test]
fn sizes_scale_linearly() {
    let large = OrgSpec::bench(1_000_000);
    assert_eq!(
        (large.groups, large.workspaces, large.tokens),
        (50_000, 2_000, 20_000)
    );
    assert_eq!(large.direct_roles, 2_000_000);
}

/// The last page of a million costs what the first one does.
#[tokio::test]
async fn a_million_accounts_are_no_burden() {
    let org = Org::generate(OrgSpec::bench(1_000_000));
    let mut client = Client::start(&org).await;
    let all = client.directory(org.directory_ids().next().expect("a directory"));
    let first = client
        .post(&format!("{all}/users/search"), &json!({ "limit": 100 }))
        .await
        .json();
    let account = text(&first["data"][99], "accountId").to_owned();
    let roles = client
        .get(&format!("{all}/users/{}/role-assignments", segment(&account)))
        .await;
    assert!(!roles.json()["data"].as_array().expect("rows").is_empty());
    let email = text(&first["data"][99], "email").to_owned();
    let found = client
        .post(
            &format!("{all}/users/search"),
            &json!({ "emails": [email], "expand": ["groups"] }),
        )
        .await;
    let row = &found.json()["data"][0];
    assert_eq!(text(row, "accountId"), account);
    let group = text(&row["groups"][3], "id").to_owned();
    let members = client
        .post(
            &format!("{all}/users/search"),
            &json!({ "groupIds": [group], "limit": 100 }),
        )
        .await;
    let members = members.json();
    let members = members["data"].as_array().expect("rows");
    assert_eq!(members.len(), 80);
    assert!(
        members
            .iter()
            .any(|member| member["accountId"] == account.as_str())
    );
    assert_eq!(
        client.get(&format!("{all}/users/count")).await.json()["count"],
        1_000_000
    );
}
