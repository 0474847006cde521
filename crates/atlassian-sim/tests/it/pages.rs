//! Pages, cursors, filters.

use crate::client::{Client, segment, text};
use crate::crawl::{ids, list, search};
use atlassian_sim::{Org, OrgSpec, Quirks, Simulator, Switches};
use serde_json::{Value, json};
use std::cmp::Ordering;
use std::collections::BTreeSet;

fn data(page: &Value) -> &Vec<Value> {
    page["data"].as_array().expect("data")
}

#[tokio::test]
async fn a_query_cursor_discards_what_accompanies_it() {
    let mut client = Client::start(&Org::generate(OrgSpec {
        groups: 30,
        ..OrgSpec::small(30)
    }))
    .await;
    for listing in ["users", "groups"] {
        let path = format!("{}/{listing}", client.directory("-"));
        let id = if listing == "users" { "accountId" } else { "id" };
        let first = client.get(&format!("{path}?limit=2&searchTerm=a")).await.json();
        let cursor = text(&first["links"], "next");
        assert!(!cursor.starts_with("http"));
        let alone = client.get(&format!("{path}?cursor={cursor}")).await.json();
        let beside = client
            .get(&format!("{path}?cursor={cursor}&limit=50&searchTerm=zzz"))
            .await
            .json();
        assert_eq!(data(&alone), data(&beside));
        let every = list(&mut client, &format!("{path}?limit=2&searchTerm=a")).await;
        let at_once = client.get(&format!("{path}?limit=100&searchTerm=a")).await.json();
        assert_eq!(ids(&every, id), ids(data(&at_once), id));
        assert_eq!(every.len(), data(&at_once).len());
    }
}

#[tokio::test]
async fn default_page_sizes_are_the_vendors() {
    let spec = OrgSpec {
        groups: 60,
        workspaces: 60,
        tokens: 60,
        ..OrgSpec::small(150)
    };
    let mut client = Client::start(&Org::generate(spec)).await;
    let all = client.directory("-");
    let mut sizes = Vec::new();
    for path in [format!("{all}/users"), format!("{all}/groups"), client.tokens()] {
        sizes.push(data(&client.get(&path).await.json()).len());
    }
    for path in [
        format!("{all}/users/search"),
        format!("{all}/groups/search"),
        client.workspaces(),
    ] {
        sizes.push(data(&client.post(&path, &json!({})).await.json()).len());
    }
    assert_eq!(sizes, [20, 20, 20, 50, 20, 20]);
}

#[tokio::test]
async fn a_body_cursor_keeps_the_search_except_for_workspaces() {
    let spec = OrgSpec {
        workspaces: 60,
        ..OrgSpec::small(30)
    };
    let mut client = Client::start(&Org::generate(spec)).await;
    let users = format!("{}/users/search", client.directory("-"));
    let first = json!({ "limit": 4, "claimStatus": "managed", "expand": ["platformRoles"] });
    let page = client.post(&users, &first).await.json();
    let next = client
        .post(&users, &json!({ "cursor": page["links"]["next"] }))
        .await
        .json();
    let mut again = first.clone();
    again["cursor"] = page["links"]["next"].clone();
    assert_eq!(client.post(&users, &again).await.json(), next);
    assert_eq!(data(&next).len(), 4);
    assert!(
        data(&next)
            .iter()
            .all(|row| row["claimStatus"] == "managed" && row["platformRoles"].is_array())
    );
    let workspaces = client.workspaces();
    let page = client.post(&workspaces, &json!({ "limit": 7 })).await.json();
    let next = client
        .post(&workspaces, &json!({ "cursor": page["links"]["next"] }))
        .await
        .json();
    assert_eq!(
        (data(&page).len(), data(&next).len()),
        (7, 20),
        "later pages fall back to the default size"
    );
    assert_eq!(
        next["meta"],
        json!({ "pageSize": 20, "total": 60, "startIndex": null, "endIndex": null })
    );
}

#[tokio::test]
async fn workspace_links_may_be_urls() {
    let org = Org::generate(OrgSpec {
        workspaces: 30,
        ..OrgSpec::small(10)
    });
    let switches = Switches {
        workspace_links_as_urls: true,
        ..Switches::default()
    };
    let mut client = Client::start_with(&org, Simulator::builder(org.clone()).switches(switches)).await;
    let path = client.workspaces();
    let page = client.post(&path, &json!({})).await.json();
    let (base, cursor) = text(&page["links"], "next")
        .split_once("?cursor=")
        .expect("a URL");
    assert_eq!(base, format!("https://api.atlassian.com{path}"));
    let next = client.post(&path, &json!({ "cursor": cursor })).await.json();
    assert_eq!(data(&next).len(), 10);
    assert!(next["links"].get("next").is_none());
}

#[tokio::test]
async fn groups_are_expanded_in_a_directory_only() {
    let org = Org::generate(OrgSpec::small(10));
    let mut client = Client::start(&org).await;
    let directory = org.directory_ids().next().expect("a directory");
    for (directory, shown) in [("-", false), (directory, true)] {
        let path = format!("{}/users/search", client.directory(directory));
        let page = client.post(&path, &json!({ "expand": ["groups"] })).await.json();
        assert_eq!(data(&page)[0].get("groups").is_some(), shown, "{directory}");
    }
}

#[tokio::test]
async fn the_last_page_says_null_or_nothing() {
    let mut client = Client::start(&Org::generate(OrgSpec::small(10))).await;
    let all = client.directory("-");
    let groups = client.get(&format!("{all}/groups")).await.json();
    let users = client.get(&format!("{all}/users")).await.json();
    assert_eq!(groups["links"].get("next"), Some(&Value::Null));
    assert_eq!(users["links"].get("next"), None);
}

#[tokio::test]
async fn a_listing_repeats_the_row_on_the_border_of_pages() {
    let quirks = Quirks {
        repeated_rows: true,
        ..Quirks::none()
    };
    let mut client = Client::start(&Org::generate(OrgSpec::small(95).with_quirks(quirks))).await;
    let path = format!("{}/users/search", client.directory("-"));
    for limit in [1, 2, 10, 50] {
        let first = client.post(&path, &json!({ "limit": limit })).await.json();
        let next = client
            .post(&path, &json!({ "cursor": first["links"]["next"] }))
            .await
            .json();
        assert!(data(&next).len() <= limit);
        assert_eq!(
            data(&first).last() == data(&next).first(),
            limit > 1,
            "limit {limit}"
        );
        let rows = search(&mut client, &path, json!({ "limit": limit })).await;
        assert_eq!(ids(&rows, "accountId").len(), 95);
    }
}

#[tokio::test]
async fn filters_find_what_they_say() {
    let org = Org::generate(OrgSpec::irregular());
    let switches = Switches {
        expand_groups_everywhere: true,
        ..Switches::default()
    };
    let mut client = Client::start_with(&org, Simulator::builder(org.clone()).switches(switches)).await;
    let path = format!("{}/users/search", client.directory("-"));
    let everyone = search(&mut client, &path, json!({ "limit": 100, "expand": ["groups"] })).await;
    let with = |key: &str, value: &str| -> BTreeSet<String> {
        let hits: Vec<Value> = everyone.iter().filter(|row| row[key] == value).cloned().collect();
        ids(&hits, "accountId")
    };
    let readable: BTreeSet<String> = org
        .truth()
        .groups()
        .filter(|group| group.members_status == 200)
        .map(|group| format!("ari:cloud:identity::group/{}", group.id))
        .collect();
    let (sample, group) = everyone
        .iter()
        .filter(|row| row["email"].is_string())
        .flat_map(|row| {
            row["groups"]
                .as_array()
                .into_iter()
                .flatten()
                .map(move |group| (row, text(group, "id")))
        })
        .find(|(_, group)| readable.contains(*group))
        .expect("someone in a readable group");
    let account = text(sample, "accountId");
    let email = text(sample, "email").to_uppercase();
    let one = BTreeSet::from([account.to_owned()]);
    let in_group: BTreeSet<String> = {
        let hits: Vec<Value> = everyone
            .iter()
            .filter(|row| {
                row["groups"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .any(|one| one["id"] == group)
            })
            .cloned()
            .collect();
        ids(&hits, "accountId")
    };
    let access = format!(
        "{}/users/{}/role-assignments",
        client.directory("-"),
        segment(account)
    );
    let row = client.get(&access).await.json()["data"][0].clone();
    let (resource, role) = (text(&row, "resourceId"), row["roles"][0].clone());
    let holders = json!({ "resourceIds": [resource], "roleIds": [role], "limit": 100 });
    assert!(ids(&search(&mut client, &path, holders).await, "accountId").contains(account));
    for (filter, expected) in [
        (
            json!({ "emails": [email, "nobody@larkspur.example"] }),
            one.clone(),
        ),
        (json!({ "accountIds": [account, "nobody"] }), one.clone()),
        (json!({ "accountIds": [account], "groupIds": [group] }), one),
        (json!({ "groupIds": [group], "limit": 3 }), in_group.clone()),
        (
            json!({ "groupIds": [group.trim_start_matches("ari:cloud:identity::group/")] }),
            in_group,
        ),
        (json!({ "status": ["suspended"] }), with("status", "suspended")),
        (
            json!({ "accountStatus": ["closed"] }),
            with("accountStatus", "closed"),
        ),
        (
            json!({ "claimStatus": "unmanaged", "limit": 9 }),
            with("claimStatus", "unmanaged"),
        ),
        (json!({ "searchTerm": "no such person" }), BTreeSet::new()),
    ] {
        assert_eq!(
            ids(&search(&mut client, &path, filter.clone()).await, "accountId"),
            expected,
            "{filter}"
        );
    }
    let count = client
        .get(&format!("{}/users/count?status=suspended", client.directory("-")))
        .await
        .json();
    assert_eq!(count["count"], with("status", "suspended").len());
}

#[tokio::test]
async fn groups_are_found_by_name_role_and_target() {
    let mut client = Client::start(&Org::generate(OrgSpec::irregular())).await;
    let path = format!("{}/groups/search", client.directory("-"));
    let every = search(&mut client, &path, json!({ "limit": 100 })).await;
    let name = text(&every[12], "name").to_uppercase();
    let own = BTreeSet::from([text(&every[12], "id").to_owned()]);
    let found = search(
        &mut client,
        &path,
        json!({ "groupNames": [name, "no such group"] }),
    )
    .await;
    assert_eq!(ids(&found, "id"), own);
    let path_of = |id: &str| {
        format!(
            "{}/groups/{}/role-assignments",
            client.directory("-"),
            segment(id)
        )
    };
    let target = path_of(text(&every[12], "id"));
    let row = client.get(&target).await.json()["data"][0].clone();
    let filter = json!({ "resourceIds": [row["resourceId"]], "roleIds": row["roles"], "limit": 100 });
    assert!(ids(&search(&mut client, &path, filter).await, "id").is_superset(&own));
    let details = client
        .get(&format!(
            "{}/groups/{}",
            client.directory("-"),
            segment(text(&every[12], "id"))
        ))
        .await;
    assert_eq!(details.json()["data"]["name"], every[12]["name"]);
    let stats = client
        .get(&format!("{}/groups/stats", client.directory("-")))
        .await
        .json();
    assert_eq!(stats["totals"]["all"], every.len());
}

#[tokio::test]
async fn workspaces_are_found_by_the_query_language() {
    let mut client = Client::start(&Org::generate(OrgSpec {
        workspaces: 21,
        ..OrgSpec::small(10)
    }))
    .await;
    let path = client.workspaces();
    let field = |name: &str, value: &str| json!({ "field": { "name": name, "values": [value] } });
    let confluence = field("attributes.typeKey", "confluence");
    for (query, expected) in [
        (json!({}), 21),
        (confluence.clone(), 3),
        (field("attributes.type", "Jira Service Management"), 3),
        (json!({ "and": [confluence, { "searchWorkspaces": "LABS" }] }), 1),
        (
            json!({ "nor": [field("attributes.typeKey", "confluence"), field("attributes.typeKey", "trello")] }),
            15,
        ),
        (json!({ "and": [], "features": [] }), 21),
        (json!({ "features": ["x"] }), 0),
    ] {
        let page = client
            .post(&path, &json!({ "query": query, "limit": 100 }))
            .await
            .json();
        assert_eq!(data(&page).len(), expected, "{query}");
    }
    let sorted = json!({ "sort": [{ "field": "attributes.typeKey", "order": "desc" }], "limit": 1 });
    assert_eq!(
        data(&client.post(&path, &sorted).await.json())[0]["attributes"]["typeKey"],
        "trello"
    );
    // A later order decides among what an earlier one has alike, whichever way that runs.
    for (first, second) in [("asc", "asc"), ("asc", "desc"), ("desc", "asc"), ("desc", "desc")] {
        let order = |field: &str, order: &str| json!({ "field": field, "order": order });
        let sort = [
            order("attributes.typeKey", first),
            order("attributes.name", second),
        ];
        let page = client
            .post(&path, &json!({ "sort": sort, "limit": 100 }))
            .await
            .json();
        let keys = |row: &Value| {
            let attributes = &row["attributes"];
            (
                text(attributes, "typeKey").to_owned(),
                text(attributes, "name").to_owned(),
            )
        };
        let rows: Vec<_> = data(&page).iter().map(keys).collect();
        let mut expected = rows.clone();
        expected.sort_by(|a, b| {
            let turned = |by: &str, order: Ordering| if by == "desc" { order.reverse() } else { order };
            turned(first, a.0.cmp(&b.0)).then(turned(second, a.1.cmp(&b.1)))
        });
        assert_eq!(rows, expected, "{first} {second}");
    }
}

/// Names are found whatever their case, in the request and in the organization.
#[tokio::test]
async fn a_search_term_finds_names_in_any_case() {
    let org = Org::generate(OrgSpec::small(30));
    let mut client = Client::start(&org).await;
    let directory = org.directory_ids().next().expect("a directory");
    let groups = format!("{}/groups", client.directory(directory));
    let new = client
        .write("POST", &groups, Some(&json!({ "name": "Zebra KEEPERS" })))
        .await;
    assert_eq!(new.status, 201);
    for term in ["zebra k", "Zebra", "KEEPERS", "keepers"] {
        let body = json!({ "searchTerm": term });
        let page = client.post(&format!("{groups}/search"), &body).await.json();
        let names: Vec<&str> = data(&page).iter().map(|row| text(row, "name")).collect();
        assert_eq!(names, ["Zebra KEEPERS"], "{term}");
    }
}
