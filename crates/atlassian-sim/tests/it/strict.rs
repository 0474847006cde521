//! What the vendor refuses is refused, in the vendor's envelopes.

use crate::client::{Client, Reply, text};
use atlassian_sim::{Deprecated, Key, Org, OrgSpec, Simulator, Switches};
use serde_json::{Value, json};

/// The refusal in one line: status, envelope, code or message.
pub(crate) fn refusal(reply: &Reply) -> String {
    let status = reply.status;
    if status < 400 {
        return status.to_string();
    }
    let body = reply.json();
    if let Some(items) = body["errors"].as_array() {
        let same = items[0]["status"]
            .as_str()
            .map_or(items[0]["status"].as_u64(), |text| text.parse().ok());
        assert_eq!(same, Some(u64::from(status)));
        return format!("{status} list {}", text(&items[0], "code"));
    }
    if body.get("title").is_some() {
        return format!("{status} bare {}", text(&body, "code"));
    }
    if body.get("requestId").is_some() {
        assert_eq!(body["status"], status);
        return format!("{status} routing {}", text(&body, "message"));
    }
    assert_eq!(body["code"], status);
    format!("{status} gateway {}", text(&body, "message"))
}

fn many(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("x{n}")).collect()
}

/// The same parameter, that many times.
fn repeated(name: &str, count: usize) -> String {
    many(count)
        .iter()
        .map(|value| format!("{name}={value}"))
        .collect::<Vec<_>>()
        .join("&")
}

#[tokio::test]
async fn queries_out_of_bounds() {
    let mut client = Client::start(&Org::generate(OrgSpec::small(30))).await;
    let (all, tokens) = (client.directory("-"), client.tokens());
    let user = text(
        &client.get(&format!("{all}/users?limit=1")).await.json()["data"][0],
        "accountId",
    )
    .to_owned();
    let group = text(
        &client.get(&format!("{all}/groups?limit=1")).await.json()["data"][0],
        "id",
    )
    .to_owned();
    let bad = "400 list ADMIN-UAM-400-1";
    let cases = [
        (format!("{all}/users?limit=0"), bad),
        (format!("{all}/users?limit=101"), bad),
        (format!("{all}/users?limit=ten"), bad),
        (format!("{all}/users?limit=100"), "200"),
        (format!("{all}/users?status=gone"), bad),
        (format!("{all}/users?claimStatus=mine"), bad),
        (format!("{all}/users?mfaEnabled=maybe"), bad),
        (format!("{all}/users?roleIds=atlassian/viewer"), bad),
        (format!("{all}/users?sortBy=nick_name"), bad),
        (format!("{all}/users?{}", repeated("accountIds", 11)), bad),
        (format!("{all}/users?{}", repeated("accountIds", 10)), "200"),
        (format!("{all}/users?{}", repeated("resourceIds", 21)), bad),
        (format!("{all}/users?cursor=nonsense"), "400 list ADMIN-400-1"),
        (format!("{all}/users/count?cursor=x"), bad),
        (format!("{all}/users/nobody"), "404 list ADMIN-UAM-404-1"),
        (
            format!("{all}/users/nobody/role-assignments"),
            "404 list ADMIN-UAM-404-1",
        ),
        (format!("{all}/users/{user}/role-assignments?limit=101"), bad),
        (
            format!(
                "{all}/users/{user}/role-assignments?{}",
                repeated("resourceOwners", 11)
            ),
            bad,
        ),
        (
            format!(
                "{all}/users/{user}/role-assignments?{}",
                repeated("resourceIds", 21)
            ),
            bad,
        ),
        (
            format!("{all}/users/{user}/role-assignments?cursor=x"),
            "400 list ADMIN-400-1",
        ),
        (format!("{all}/groups?limit=101"), bad),
        (format!("{all}/groups?counts=users"), bad),
        (format!("{all}/groups/nothing"), "404 list ADMIN-UAM-404-3"),
        (format!("{all}/groups/{group}/role-assignments?limit=0"), bad),
        (
            format!("{}/users", client.directory("nowhere")),
            "404 list ADMIN-UAM-404-1",
        ),
        (
            format!("/admin/v2/orgs/{}/directories?limit=101", client.org),
            bad,
        ),
        (
            format!(
                "/admin/v2/orgs/{}/directories?{}",
                client.org,
                repeated("directoryIds", 11)
            ),
            bad,
        ),
        (
            format!("/admin/v1/orgs/{}/users?cursor=x", client.org),
            "400 list ADMIN-400-1",
        ),
        (
            format!("/admin/v1/orgs/{}/domains?cursor=x", client.org),
            "400 list ADMIN-400-1",
        ),
        (
            format!("/admin/v1/orgs/{}/domains/elsewhere.example", client.org),
            "404 list ADMIN-404-3",
        ),
        ("/admin/v1/orgs?cursor=x".to_owned(), "400 list ADMIN-400-1"),
        (format!("{tokens}?limit=10"), "500 list ADMIN-500-1"),
        (format!("{tokens}?pageSize=ten"), "500 list ADMIN-500-1"),
        (format!("{tokens}?status=ALLOWED"), "500 list ADMIN-500-1"),
        (format!("{tokens}?sort=color"), "500 list ADMIN-500-1"),
        (format!("{tokens}?pageSize=1001"), bad),
        (format!("{tokens}?pageSize=1000"), "200"),
        (
            format!("{tokens}?pageSize=5&sort=-lastActiveAt&status=allowed"),
            "200",
        ),
        (format!("{tokens}/count?pageSize=5"), "500 list ADMIN-500-1"),
        (format!("{tokens}/count"), "200"),
        ("/admin/v2/anything".to_owned(), "404 routing No static resource"),
        (
            format!(
                "/admin/v1/orgs/{}/directory/users/{user}/suspend-access",
                client.org
            ),
            "404 routing No static resource",
        ),
    ];
    for (target, expected) in cases {
        assert_eq!(refusal(&client.get(&target).await), expected, "{target}");
    }
}

#[tokio::test]
async fn bodies_out_of_bounds() {
    let mut client = Client::start(&Org::generate(OrgSpec::small(30))).await;
    let (users, groups) = (
        format!("{}/users/search", client.directory("-")),
        format!("{}/groups/search", client.directory("-")),
    );
    let workspaces = client.workspaces();
    let bad = "400 list ADMIN-UAM-400-1";
    let bare = "400 bare ADMIN-400-24";
    let next = client.post(&workspaces, &json!({ "limit": 3 })).await.json()["links"]["next"].clone();
    let cases: Vec<(&String, Value, &str)> = vec![
        (&users, json!({}), "200"),
        (&users, json!({ "limit": 101 }), bad),
        (&users, json!({ "limit": "10" }), bad),
        (&users, json!({ "pageSize": 10 }), bad),
        (&users, json!({ "emails": many(101) }), bad),
        (&users, json!({ "emails": many(100) }), "200"),
        (&users, json!({ "emails": [] }), bad),
        (
            &users,
            json!({ "emails": ["a@b.example"], "searchTerm": "a" }),
            bad,
        ),
        (&users, json!({ "groupIds": many(11) }), bad),
        (&users, json!({ "expand": ["everything"] }), bad),
        (
            &users,
            json!({ "sortBy": [{ "field": "name", "direction": "asc" }] }),
            bad,
        ),
        (
            &users,
            json!({ "sortBy": [{ "field": "nick_name", "direction": "asc" }] }),
            "200",
        ),
        (&users, json!({ "cursor": "nonsense" }), "400 list ADMIN-400-1"),
        (&users, json!([]), bad),
        (&groups, json!({ "limit": 101 }), bad),
        (&groups, json!({ "groupNames": ["a"], "searchTerm": "a" }), bad),
        (&groups, json!({ "groupNames": ["a"], "groupIds": ["a"] }), bad),
        (&groups, json!({ "groupNames": many(101) }), bad),
        (&groups, json!({ "groupNames": many(100) }), "200"),
        (
            &groups,
            json!({ "sortBy": [{ "field": "name", "direction": "up" }] }),
            bad,
        ),
        (&workspaces, json!({ "limit": 1001 }), "400 bare ADMIN-UAM-400-1"),
        (&workspaces, json!({ "pageSize": 5 }), bare),
        (&workspaces, json!({ "cursor": next.clone(), "limit": 3 }), bare),
        (&workspaces, json!({ "cursor": next.clone(), "query": {} }), bare),
        (&workspaces, json!({ "cursor": next }), "200"),
        (
            &workspaces,
            json!({ "cursor": "nonsense" }),
            "400 bare ADMIN-400-1",
        ),
        (&workspaces, json!({ "query": { "or": [] } }), bare),
        (
            &workspaces,
            json!({ "query": { "field": { "name": "attributes.type" } } }),
            bare,
        ),
    ];
    for (target, body, expected) in cases {
        assert_eq!(
            refusal(&client.post(target, &body).await),
            expected,
            "{target} {body}"
        );
    }
    let media = [("content-type", "text/plain")];
    for (target, headers, body, expected) in [
        (&users, &media[..], Some("{}"), "415 list ADMIN-UAM-415-1"),
        (&users, &[][..], Some("{}"), "415 list ADMIN-UAM-415-1"),
        (&users, &[][..], None, "200"),
        (&workspaces, &media[..], Some("{}"), "415 bare ADMIN-UAM-415-1"),
        (
            &groups,
            &[("content-type", "application/json; charset=utf-8")][..],
            Some("{}"),
            "200",
        ),
        (
            &groups,
            &[("content-type", "application/json")][..],
            Some("{"),
            bad,
        ),
    ] {
        let reply = client
            .ask("POST", target, headers, body)
            .await
            .expect("an answer");
        assert_eq!(refusal(&reply), expected, "{target} {headers:?} {body:?}");
    }
    let reply = client
        .ask("DELETE", "/admin/v1/orgs", &[], None)
        .await
        .expect("an answer");
    assert_eq!(refusal(&reply), "405 list ADMIN-UAM-405-1");
    let reply = client.ask("GET", &groups, &[], None).await.expect("an answer");
    assert_eq!(refusal(&reply), "405 list ADMIN-UAM-405-1");
}

#[tokio::test]
async fn callers_without_permission() {
    let org = Org::generate(OrgSpec::small(10));
    let keys = [
        Key::unscoped("open"),
        Key::scoped("narrow", ["read:directories:admin", "read:workspaces:admin"]),
    ];
    let mut client = Client::start_with(&org, Simulator::builder(org.clone()).keys(keys)).await;
    let orgs = "/admin/v1/orgs".to_owned();
    let own = format!("/admin/v1/orgs/{}", org.id());
    let users = format!("{}/users", client.directory("-"));
    let groups = format!("{}/groups", client.directory("-"));
    let (foreign, foreign_v2) = (
        "/admin/v1/orgs/11111111-2222-4333-8444-555555555555/users",
        "/admin/v2/orgs/x/directories",
    );
    let unauthorized = "401 gateway Unauthorized";
    for (key, target, expected) in [
        ("wrong", orgs.as_str(), unauthorized),
        ("", &users, unauthorized),
        ("wrong", foreign, unauthorized),
        ("wrong", "/nowhere", unauthorized),
        ("open", foreign, "404 routing TCS validation failed"),
        ("open", foreign_v2, "404 routing TCS validation failed"),
        ("open", &own, "200"),
        ("narrow", &own, "403 list ADMIN-403-3"),
        ("narrow", &orgs, "200"),
        ("narrow", &users, "200"),
        ("narrow", &groups, "403 list ADMIN-403-3"),
    ] {
        client.key = key.to_owned();
        assert_eq!(refusal(&client.get(target).await), expected, "{key} {target}");
    }
    client.key = "open".to_owned();
    assert_eq!(client.get(&orgs).await.json()["data"][0]["id"], org.id());
    client.key = "narrow".to_owned();
    assert_eq!(client.get(&orgs).await.json()["data"], json!([]));
    // An operation for which the vendor names no scope lets a key with scopes through.
    let search = format!("{users}/search");
    assert_eq!(client.post(&search, &json!({})).await.status, 200);
}

#[tokio::test]
async fn switched_behaviours() {
    let org = Org::generate(OrgSpec::small(10));
    let default = Switches::default();
    let lists = |deprecated_lists| Switches {
        deprecated_lists,
        ..default
    };
    let managed = format!("/admin/v1/orgs/{}/users", org.id());
    let users = format!("/admin/v2/orgs/{}/directories/-/users", org.id());
    let tokens = format!("/admin/api-access/v1/orgs/{}/api-tokens", org.id());
    for (switches, target, expected) in [
        (
            lists(Deprecated::NotFound),
            &users,
            "404 routing No static resource",
        ),
        (
            lists(Deprecated::MethodNotAllowed),
            &users,
            "405 list ADMIN-UAM-405-1",
        ),
        (lists(Deprecated::NotMigrated), &users, "400 list ADMIN-400-4"),
        (
            Switches {
                tokens_forbidden: true,
                ..default
            },
            &tokens,
            "403 list ADMIN-403-3",
        ),
        (
            Switches {
                managed_forbidden: true,
                ..default
            },
            &managed,
            "403 routing User has no permission to access resource.",
        ),
        (
            Switches {
                no_claimed_domain: true,
                ..default
            },
            &managed,
            "200",
        ),
    ] {
        let mut client = Client::start_with(&org, Simulator::builder(org.clone()).switches(switches)).await;
        let reply = client.get(target).await;
        assert_eq!(refusal(&reply), expected, "{switches:?}");
        if switches.no_claimed_domain {
            assert_eq!(
                (&reply.json()["data"], &reply.json()["meta"]["total"]),
                (&json!([]), &json!(0))
            );
        }
        let counters = client.running.stop().total();
        assert_eq!(
            (counters.requests, counters.refused),
            (1, u64::from(reply.status >= 400))
        );
    }
    let gone = Switches {
        searches: Deprecated::NotFound,
        ..default
    };
    let mut client = Client::start_with(&org, Simulator::builder(org.clone()).switches(gone)).await;
    assert_eq!(
        client.post(&format!("{users}/search"), &json!({})).await.status,
        404
    );
    assert_eq!(client.get(&users).await.status, 200);
}
