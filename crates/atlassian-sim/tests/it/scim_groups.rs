//! Groups of an identity provider: changed through SCIM, read-only in the organization.

use crate::client::{segment, text};
use crate::facts::{difference, facts};
use crate::scim::{EXTERNAL, Provider, refusal};
use atlassian_sim::{OrgSpec, Quirks};
use serde_json::{Value, json};

fn members(group: &Value) -> Vec<&str> {
    let members = group["members"].as_array().expect("members");
    members.iter().map(|member| text(member, "value")).collect()
}

#[tokio::test]
async fn a_group_comes_into_the_organization_read_only() {
    let mut provider = Provider::start(OrgSpec::small(40)).await;
    let one = provider.create("one@larkspur.example").await;
    let two = provider.create("two@larkspur.example").await;
    let (first, second) = (text(&one, "id").to_owned(), text(&two, "id").to_owned());
    let body = json!({ "displayName": "eng-platform", "members": [{ "value": first }] });
    let reply = provider.ask("POST", "/Groups", Some(&body)).await;
    assert_eq!(reply.status, 201);
    let group = reply.json();
    assert_eq!(members(&group), [first.as_str()]);
    let path = format!("/Groups/{}", text(&group, "id"));
    assert_eq!(
        refusal(&provider.ask("POST", "/Groups", Some(&body)).await),
        "409 uniqueness"
    );
    // In the organization it has another id.
    let found = provider
        .org
        .truth()
        .groups()
        .find(|group| group.name == "eng-platform")
        .expect("the group");
    assert_ne!(found.id, text(&group, "id"));
    assert_eq!(
        (found.external_synced, found.modifiable),
        (Some(true), Some(false))
    );
    let account = text(&two[EXTERNAL], "atlassianAccountId").to_owned();
    let base = format!(
        "/admin/v2/orgs/{}/directories/{}/groups/{}",
        provider.org.id(),
        found.directory,
        segment(&found.id)
    );
    let add = json!({ "accountId": account });
    for (method, rest, body) in [
        ("POST", "/memberships".to_owned(), Some(&add)),
        ("DELETE", format!("/memberships/{}", segment(&account)), None),
        ("DELETE", String::new(), None),
    ] {
        let reply = provider.administer(method, &format!("{base}{rest}"), body).await;
        assert_eq!(reply.status, 403, "{method} {rest}");
        assert_eq!(reply.json()["errors"][0]["code"], "ADMIN-403-5");
    }
    // Roles are given to it anyway: that is what it is for.
    let target = provider
        .org
        .truth()
        .targets()
        .find(|target| target.owner == "confluence")
        .expect("an app");
    let role = json!({ "resourceId": target.ari, "roleId": "atlassian/user" });
    let assign = format!("{base}/role-assignments/assign");
    assert_eq!(
        provider.administer("POST", &assign, Some(&role)).await.status,
        200
    );
    let before = facts(&provider.org);
    let join = json!({ "Operations": [{ "op": "add", "path": "members", "value": [{ "value": second }] }] });
    let reply = provider.ask("PATCH", &path, Some(&join)).await;
    assert_eq!(reply.status, 200);
    assert_eq!(
        difference(&before, &facts(&provider.org)),
        [
            format!(
                "+ access {account} {} atlassian/user group_direct active",
                target.ari
            ),
            format!("+ member {} {account}", found.id),
        ]
    );
    let groups = provider
        .ask("GET", &format!("/Users/{second}"), None)
        .await
        .json();
    assert_eq!(groups["groups"][0]["display"], "eng-platform");
    // Deactivation keeps membership, deletion of the record ends it.
    let off = json!({ "Operations": [{ "op": "replace", "path": "active", "value": false }] });
    provider
        .ask("PATCH", &format!("/Users/{second}"), Some(&off))
        .await;
    assert_eq!(members(&provider.ask("GET", &path, None).await.json()).len(), 2);
    provider.ask("DELETE", &format!("/Users/{second}"), None).await;
    assert_eq!(
        members(&provider.ask("GET", &path, None).await.json()),
        [first.as_str()]
    );
    assert_eq!(provider.ask("DELETE", &path, None).await.status, 204);
    assert_eq!(refusal(&provider.ask("GET", &path, None).await), "404");
    assert_eq!(refusal(&provider.ask("DELETE", &path, None).await), "404");
    assert!(
        provider
            .org
            .truth()
            .groups()
            .all(|group| group.name != "eng-platform")
    );
    let key = provider.org.api_key().to_owned();
    provider.client.key = key;
    crate::truth::agree(&provider.org, &mut provider.client, 100).await;
}

#[tokio::test]
async fn members_change_in_every_dialect() {
    let mut provider = Provider::start(OrgSpec::small(40)).await;
    let mut ids = Vec::new();
    for name in ["one", "two", "three"] {
        let user = provider.create(&format!("{name}@larkspur.example")).await;
        ids.push(text(&user, "id").to_owned());
    }
    let body = json!({ "displayName": "team" });
    let group = provider.ask("POST", "/Groups", Some(&body)).await.json();
    let path = format!("/Groups/{}", text(&group, "id"));
    let value = |places: &[usize]| -> Value {
        places
            .iter()
            .map(|place| json!({ "value": ids[*place] }))
            .collect()
    };
    let local = provider.org.truth().groups().next().expect("a group").name;
    let filter = format!("members[value eq \"{}\"]", ids[0]);
    // Operation, answer, members afterwards.
    let cases: [(Value, &str, &[usize]); 14] = [
        (
            json!({ "op": "add", "path": "members", "value": value(&[0, 1]) }),
            "200",
            &[0, 1],
        ),
        (
            json!({ "op": "add", "path": "members", "value": value(&[1]) }),
            "200",
            &[0, 1],
        ),
        (json!({ "op": "remove", "path": filter }), "200", &[1]),
        (json!({ "op": "remove", "path": filter }), "200", &[1]),
        (
            json!({ "op": "Remove", "path": "members", "value": value(&[1]) }),
            "200",
            &[],
        ),
        (
            json!({ "op": "replace", "path": "members", "value": value(&[1, 2]) }),
            "200",
            &[1, 2],
        ),
        (
            json!({ "op": "add", "value": { "members": value(&[0]) } }),
            "200",
            &[0, 1, 2],
        ),
        (
            json!({ "op": "add", "path": "members", "value": [{ "value": "nobody" }] }),
            "400 invalidValue",
            &[0, 1, 2],
        ),
        (
            json!({ "op": "replace", "path": "displayName", "value": "team" }),
            "200",
            &[0, 1, 2],
        ),
        (
            json!({ "op": "replace", "path": "displayName", "value": "crew" }),
            "400 mutability",
            &[0, 1, 2],
        ),
        (
            json!({ "op": "replace", "value": { "displayName": "crew", "members": [] } }),
            "400 mutability",
            &[0, 1, 2],
        ),
        (
            json!({ "op": "remove", "path": "externalId" }),
            "400 invalidPath",
            &[0, 1, 2],
        ),
        (
            json!({ "op": "add", "path": "members" }),
            "400 invalidValue",
            &[0, 1, 2],
        ),
        (json!({ "op": "remove", "path": "members" }), "200", &[]),
    ];
    for (operation, answer, left) in cases {
        let body = json!({ "Operations": [operation] });
        let reply = provider.ask("PATCH", &path, Some(&body)).await;
        assert_eq!(refusal(&reply), answer, "{operation}");
        let group = provider.ask("GET", &path, None).await.json();
        let mut expected: Vec<&str> = left.iter().map(|place| ids[*place].as_str()).collect();
        let mut own = members(&group);
        own.sort_unstable();
        expected.sort_unstable();
        assert_eq!(own, expected, "{operation}");
    }
    // A whole change is made, or nothing of it.
    let both = json!({ "Operations": [
        { "op": "add", "path": "members", "value": value(&[0]) },
        { "op": "add", "path": "members", "value": [{ "value": "nobody" }] },
    ] });
    assert_eq!(
        refusal(&provider.ask("PATCH", &path, Some(&both)).await),
        "400 invalidValue"
    );
    assert_eq!(
        members(&provider.ask("GET", &path, None).await.json()),
        [] as [&str; 0]
    );
    for (body, answer) in [
        (json!({ "displayName": "team", "members": value(&[2]) }), "200"),
        (json!({ "displayName": "crew", "members": [] }), "400 mutability"),
        (
            json!({ "displayName": "team", "members": [{ "value": "nobody" }] }),
            "400 invalidValue",
        ),
    ] {
        assert_eq!(
            refusal(&provider.ask("PUT", &path, Some(&body)).await),
            answer,
            "{body}"
        );
    }
    let odd = json!({ "members": [{ "value": "nobody" }] });
    let odd = provider.ask("PUT", &path, Some(&odd)).await.json();
    assert_eq!(odd["responseStatus"], "BAD_REQUEST");
    for (body, answer) in [
        (json!({}), "400 invalidValue"),
        (json!({ "displayName": local }), "409 uniqueness"),
        (json!({ "displayName": "x", "members": [{}] }), "400 invalidValue"),
    ] {
        assert_eq!(
            refusal(&provider.ask("POST", "/Groups", Some(&body)).await),
            answer,
            "{body}"
        );
    }
    for (filter, found) in [
        ("displayName eq \"TEAM\"", "1"),
        ("displayName eq \"x\"", "0"),
        ("id eq \"x\"", "400 invalidFilter"),
    ] {
        let reply = provider
            .ask("GET", &format!("/Groups?filter={}", segment(filter)), None)
            .await;
        let said = if reply.status == 200 {
            reply.json()["totalResults"].to_string()
        } else {
            refusal(&reply)
        };
        assert_eq!(said, found, "{filter}");
    }
}

/// Groups and records that were generated agree with each other: every member of such a group has a record.
#[tokio::test]
async fn generated_groups_have_their_members() {
    let mut quirks = Quirks::none();
    assert!(quirks.set("synced_groups", true));
    let mut provider = Provider::start(OrgSpec {
        directories: 1,
        ..OrgSpec::demo().with_quirks(quirks)
    })
    .await;
    let page = provider.ask("GET", "/Groups?count=100", None).await.json();
    let groups = page["Resources"].as_array().expect("groups").clone();
    let truth = provider.org.truth();
    let synced: Vec<_> = truth
        .groups()
        .filter(|group| group.external_synced == Some(true))
        .collect();
    assert!(!synced.is_empty());
    assert_eq!(groups.len(), synced.len());
    for (group, own) in groups.iter().zip(&synced) {
        assert_eq!(text(group, "displayName"), own.name);
        assert_eq!(members(group).len(), own.members as usize, "{}", own.name);
    }
}
