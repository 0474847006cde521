//! Keys of the organization, all tokens at once, dates of last activity, policies.

use crate::changes::Stage;
use crate::client::{segment, text};
use crate::strict::refusal;
use atlassian_sim::{Key, OrgSpec};
use serde_json::{Value, json};

#[tokio::test]
async fn a_revoked_key_opens_nothing() {
    let keys = [
        Key::unscoped("first"),
        Key::unscoped("second"),
        Key::scoped("reader", ["read:keys:admin"]),
    ];
    let mut stage = Stage::open_with(OrgSpec::small(10), |builder| builder.keys(keys)).await;
    stage.client.key = "first".to_owned();
    let base = format!("/admin/api-access/v1/orgs/{}/api-keys", stage.org.id());
    let mut rows = Vec::new();
    let mut query = "pageSize=2".to_owned();
    loop {
        let page = stage.client.get(&format!("{base}?{query}")).await.json();
        rows.extend(page["data"].as_array().expect("rows").clone());
        let Some(next) = page["links"]["next"].as_str() else {
            break;
        };
        query = format!("pageSize=2&cursor={next}");
    }
    assert_eq!(
        stage.client.get(&format!("{base}/count")).await.json(),
        rows.len()
    );
    let scoped: Vec<&Value> = rows
        .iter()
        .filter(|row| row["scopes"] == json!(["read:keys:admin"]))
        .collect();
    assert_eq!(scoped.len(), 1);
    assert!(
        rows.iter().all(|row| !row.to_string().contains("first")),
        "a secret is told"
    );
    for (query, expected) in [
        ("limit=10", "500 list ADMIN-500-1"),
        ("pageSize=ten", "500 list ADMIN-500-1"),
        ("sort=color", "500 list ADMIN-500-1"),
        ("pageSize=1001", "400 list ADMIN-UAM-400-1"),
        ("sort=-lastActiveAt&q=siem", "200"),
    ] {
        let reply = stage.client.get(&format!("{base}?{query}")).await;
        assert_eq!(refusal(&reply), expected, "{query}");
    }
    stage.client.key = "reader".to_owned();
    assert_eq!(stage.client.get(&base).await.status, 200);
    let revoke = format!("{base}/revoke/{}", text(scoped[0], "id"));
    assert_eq!(stage.client.write("PATCH", &revoke, None).await.status, 403);
    stage.client.key = "second".to_owned();
    assert_eq!(stage.client.write("PATCH", &revoke, None).await.status, 200);
    assert_eq!(stage.client.write("PATCH", &revoke, None).await.status, 404);
    assert_eq!(
        stage.client.get(&format!("{base}/count")).await.json(),
        rows.len() - 1
    );
    stage.client.key = "reader".to_owned();
    assert_eq!(stage.client.get(&base).await.status, 401);
}

#[tokio::test]
async fn all_tokens_go_at_once() {
    let mut stage = Stage::open(OrgSpec::small(60)).await;
    assert!(stage.org.truth().tokens().count() > 3);
    let tokens = stage.client.tokens();
    assert_eq!(stage.client.write("DELETE", &tokens, None).await.status, 204);
    assert_eq!(stage.org.truth().tokens().count(), 0);
    assert_eq!(stage.client.get(&format!("{tokens}/count")).await.json(), 0);
    crate::truth::agree(&stage.org, &mut stage.client, 100).await;
}

/// Both places that tell about activity tell the same.
#[tokio::test]
async fn activity_is_the_same_in_both_places() {
    let mut stage = Stage::open(OrgSpec::small(60)).await;
    let search = format!("{}/users/search", stage.client.directory("-"));
    let page = stage
        .client
        .post(&search, &json!({ "expand": ["productAccess"], "limit": 100 }))
        .await
        .json();
    let mut rows = 0;
    for user in page["data"].as_array().expect("rows") {
        let path = format!(
            "/admin/v1/orgs/{}/directory/users/{}/last-active-dates",
            stage.org.id(),
            segment(text(user, "accountId"))
        );
        let dates = stage.client.get(&path).await.json();
        let apps = |rows: &Value, day: &str| -> Vec<(String, String)> {
            let rows = rows.as_array().expect("rows");
            rows.iter()
                .map(|row| (text(row, "id").to_owned(), text(row, day)[..10].to_owned()))
                .collect()
        };
        let seen = apps(&user["productAccess"], "lastActiveTimestamp");
        rows += seen.len();
        assert_eq!(apps(&dates["data"]["product_access"], "last_active"), seen);
        assert_eq!(
            text(&dates["data"], "added_to_org"),
            &text(user, "addedToOrg")[..10]
        );
        assert_eq!(dates["links"], json!({}));
    }
    assert!(rows > 60);
    let unknown = format!(
        "/admin/v1/orgs/{}/directory/users/nobody/last-active-dates",
        stage.org.id()
    );
    assert_eq!(refusal(&stage.client.get(&unknown).await), "404 list ADMIN-404-8");
    let narrow = [Key::scoped("narrow", ["read:directories:admin"])];
    let mut stage = Stage::open_with(OrgSpec::small(10), |builder| builder.keys(narrow)).await;
    stage.client.key = "narrow".to_owned();
    assert_eq!(
        refusal(&stage.client.get(&unknown.replace("nobody", "x")).await),
        "403 list ADMIN-403-3"
    );
}

#[tokio::test]
async fn policies_can_be_read() {
    let mut stage = Stage::open(OrgSpec::small(10)).await;
    let base = format!("/admin/v1/orgs/{}/policies", stage.org.id());
    let all = stage.client.get(&base).await.json();
    assert_eq!(all["data"].as_array().map(Vec::len), Some(3));
    assert_eq!((&all["meta"]["next"], &all["links"]), (&Value::Null, &json!({})));
    let one = stage
        .client
        .get(&format!("{base}?type=ip-allowlist"))
        .await
        .json();
    assert_eq!(one["data"].as_array().map(Vec::len), Some(1));
    let path = format!("{base}/{}", text(&one["data"][0], "id"));
    assert_eq!(stage.client.get(&path).await.json()["data"], one["data"][0]);
    for (rest, expected) in [
        ("/nothing", "404 list ADMIN-404-5"),
        ("?type=authentication", "400 list ADMIN-UAM-400-1"),
        ("?cursor=x", "400 list ADMIN-400-1"),
    ] {
        assert_eq!(
            refusal(&stage.client.get(&format!("{base}{rest}")).await),
            expected
        );
    }
}
