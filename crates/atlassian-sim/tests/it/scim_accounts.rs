//! SCIM records, and what becomes of the accounts behind them.

use crate::client::{segment, text};
use crate::facts::{difference, facts};
use crate::scim::{EXTERNAL, Provider, person, refusal};
use atlassian_sim::{AccountTruth, Delays, ManualClock, OrgSpec, Switches};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

fn linked(user: &Value) -> &str {
    text(&user[EXTERNAL], "atlassianAccountId")
}

fn unprovisioned(account: &AccountTruth) -> bool {
    account.managed && !account.provisioned && account.status == Some("active")
}

#[tokio::test]
async fn a_new_person_gets_an_account() {
    let mut provider = Provider::start(OrgSpec::small(40)).await;
    let before = facts(&provider.org);
    let user = provider.create("noa.berg77@larkspur.example").await;
    let (id, account) = (text(&user, "id").to_owned(), linked(&user).to_owned());
    assert_ne!(id, account);
    let directory = provider
        .org
        .directory_ids()
        .next()
        .expect("a directory")
        .to_owned();
    let mail = "noa.berg77@larkspur.example";
    assert_eq!(
        difference(&before, &facts(&provider.org)),
        [
            format!("+ account {account} Search {mail:?} active/active/active provisioned"),
            format!("+ directory {account} {directory} active"),
            format!("+ scim {id} {mail:?} active {account}"),
        ]
    );
    let search = format!("/admin/v2/orgs/{}/directories/-/users/search", provider.org.id());
    let found = provider
        .administer("POST", &search, Some(&json!({ "emails": [mail] })))
        .await
        .json();
    let row = &found["data"][0];
    assert_eq!(
        (text(row, "accountId"), text(row, "name")),
        (account.as_str(), "Noa Berg")
    );
    assert_eq!(text(row, "managementSource"), "synced");
    for (change, expected) in [
        (json!({}), "409 uniqueness"),
        (json!({ "userName": "other" }), "409 uniqueness"),
        (json!({ "userName": "" }), "400 invalidValue"),
        (
            json!({ "emails": [{ "value": "x@larkspur.example" }] }),
            "400 invalidValue",
        ),
        (json!({ "emails": [] }), "400 invalidValue"),
        (json!({ "active": "maybe" }), "400 invalidValue"),
    ] {
        let mut body = person("NOA.berg77@larkspur.example");
        for (key, value) in change.as_object().expect("an object") {
            body[key] = value.clone();
        }
        let reply = provider.ask("POST", "/Users", Some(&body)).await;
        assert_eq!(refusal(&reply), expected, "{change}");
    }
    provider.agree().await;
}

/// An identity provider that creates a person who has an account takes that account over, without a word, and brings
/// it back to life.
#[tokio::test]
async fn an_account_is_linked_by_its_address_and_comes_back_to_life() {
    for (word, before) in [
        ("", "active"),
        ("disable", "deactivated"),
        ("delete", "for_deletion"),
    ] {
        let mut provider = Provider::start(OrgSpec::small(60)).await;
        let account = provider.account(unprovisioned);
        let manage = format!("/users/{}/manage/lifecycle", segment(&account.id));
        if !word.is_empty() {
            let reply = provider
                .administer("POST", &format!("{manage}/{word}"), Some(&json!({})))
                .await;
            assert!(reply.status < 300, "{word}");
        }
        let id = account.id.clone();
        assert_eq!(provider.account(|one| one.id == id).status, Some(before));
        let mail = account.email.clone().expect("an address");
        let user = provider.create(&mail.to_uppercase()).await;
        assert_eq!(linked(&user), account.id);
        let after = provider.account(|one| one.id == id);
        assert_eq!((after.status, after.provisioned), (Some("active"), true));
        assert_eq!(after.name, "Noa Berg");
        // From now on only the identity provider can.
        let reply = provider
            .administer("POST", &format!("{manage}/disable"), Some(&json!({})))
            .await;
        assert_eq!(reply.status, 403);
        provider.agree().await;
    }
}

#[tokio::test]
async fn strangers_are_taken_or_not() {
    let mut provider = Provider::start(OrgSpec::small(40)).await;
    let user = provider.create("guest@elsewhere.example").await;
    let account = provider.account(|one| one.id == linked(&user));
    assert!(!account.managed && account.provisioned);
    let user = format!("/Users/{}", text(&user, "id"));
    assert_eq!(provider.ask("DELETE", &user, None).await.status, 204);
    let left = provider.account(|one| one.id == account.id);
    assert_eq!((left.status, left.provisioned), (Some("active"), false));
    let switches = Switches {
        scim_claimed_domains_only: true,
        ..Switches::default()
    };
    let mut provider = Provider::start_with(OrgSpec::small(40), |builder| builder.switches(switches)).await;
    let reply = provider
        .ask("POST", "/Users", Some(&person("guest@elsewhere.example")))
        .await;
    assert_eq!(refusal(&reply), "400 invalidValue");
}

#[tokio::test]
async fn deactivation_and_deletion_deactivate_the_account() {
    let mut provider = Provider::start(OrgSpec::small(60)).await;
    let mail = "noa.berg77@larkspur.example";
    let user = provider.create(mail).await;
    let (one, account) = (format!("/Users/{}", text(&user, "id")), linked(&user).to_owned());
    let status = |provider: &Provider| provider.account(|one| one.id == account).status;
    let off =
        json!({ "schemas": [PATCH], "Operations": [{ "op": "replace", "value": { "active": false } }] });
    let on =
        json!({ "schemas": [PATCH], "operations": [{ "op": "Replace", "path": "active", "value": "True" }] });
    for (body, expected) in [(&off, "deactivated"), (&on, "active"), (&off, "deactivated")] {
        let reply = provider.ask("PATCH", &one, Some(body)).await;
        assert_eq!(reply.status, 200);
        assert_eq!(status(&provider), Some(expected));
    }
    let mut whole = person(mail);
    whole["title"] = json!("Lead");
    assert_eq!(provider.ask("PUT", &one, Some(&whole)).await.status, 200);
    assert_eq!(status(&provider), Some("active"));
    // What is left out is cleared, and the profile follows.
    let reply = provider.ask("PUT", &one, Some(&person(mail))).await.json();
    assert!(reply.get("title").is_none());
    assert_eq!(provider.ask("DELETE", &one, None).await.status, 204);
    assert_eq!(status(&provider), Some("deactivated"));
    for (method, body) in [
        ("GET", None),
        ("PUT", Some(&whole)),
        ("PATCH", Some(&on)),
        ("DELETE", None),
    ] {
        assert_eq!(
            refusal(&provider.ask(method, &one, body).await),
            "404",
            "{method}"
        );
    }
    let again = provider.create(mail).await;
    assert_ne!(text(&again, "id"), text(&user, "id"));
    assert_eq!(linked(&again), account);
    assert_eq!(status(&provider), Some("active"));
    provider.agree().await;
}

#[tokio::test]
async fn partial_changes_in_both_dialects() {
    let mut provider = Provider::start(OrgSpec::small(60)).await;
    let user = provider.create("noa.berg77@larkspur.example").await;
    let (one, account) = (format!("/Users/{}", text(&user, "id")), linked(&user).to_owned());
    let taken = provider
        .account(|one| one.id != account && one.managed && one.email.is_some())
        .email
        .expect("an address");
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let cases: [(Value, &str); 17] = [
        (
            json!({ "op": "replace", "path": "displayName", "value": "Noa Marie Berg" }),
            "200",
        ),
        (json!({ "op": "Add", "path": "title", "value": "Lead" }), "200"),
        (
            json!({ "op": "replace", "path": "name.givenName", "value": "Noa Marie" }),
            "200",
        ),
        (
            json!({ "op": "replace", "path": format!("{enterprise}:department"), "value": "Field" }),
            "200",
        ),
        (
            json!({ "op": "replace", "path": "emails[type eq \"work\"].value", "value": "noa@larkspur.example" }),
            "200",
        ),
        (
            json!({ "op": "replace", "path": "emails[type eq \"home\"].value", "value": "noa@larkspur.example" }),
            "400 noTarget",
        ),
        (
            json!({ "op": "add", "path": "phoneNumbers[type eq \"work\"].value", "value": "123" }),
            "200",
        ),
        (json!({ "op": "remove", "path": "title" }), "200"),
        (json!({ "op": "remove", "path": "emails" }), "400 invalidValue"),
        (json!({ "op": "remove" }), "400 noTarget"),
        (json!({ "op": "move", "path": "title" }), "400 invalidSyntax"),
        (
            json!({ "op": "replace", "path": "shoeSize", "value": "42" }),
            "400 invalidPath",
        ),
        (
            json!({ "op": "replace", "path": "id", "value": "42" }),
            "400 mutability",
        ),
        (
            json!({ "op": "replace", "path": "title", "value": 42 }),
            "400 invalidValue",
        ),
        (
            json!({ "op": "replace", "path": "emails[type eq \"work\"].value", "value": taken }),
            "409 uniqueness",
        ),
        (
            json!({ "op": "replace", "path": "emails[type eq \"work\"].value", "value": "n@elsewhere.example" }),
            "400 invalidValue",
        ),
        (
            json!({ "op": "replace", "value": { "id": "x", "nickName": "No" } }),
            "200",
        ),
    ];
    for (operation, expected) in cases {
        let before = facts(&provider.org);
        let body = json!({ "schemas": [PATCH], "Operations": [operation] });
        let reply = provider.ask("PATCH", &one, Some(&body)).await;
        assert_eq!(refusal(&reply), expected, "{operation}");
        if reply.status >= 400 {
            assert_eq!(facts(&provider.org), before, "{operation}");
        }
    }
    let user = provider.ask("GET", &one, None).await.json();
    assert_eq!(user["name"]["givenName"], "Noa Marie");
    assert_eq!(user[enterprise]["department"], "Field");
    assert_eq!(user["phoneNumbers"][0]["value"], "123");
    assert_eq!(user["nickName"], "No");
    let account = provider.account(|one| one.id == account);
    assert_eq!(account.name, "Noa Marie Berg");
    assert_eq!(account.email.as_deref(), Some("noa@larkspur.example"));
    // The user name stayed.
    assert_eq!(user["userName"], "noa.berg77@larkspur.example");
    provider.agree().await;
}

#[tokio::test]
async fn the_link_may_come_later() {
    let clock = ManualClock::new("2026-10-02T08:00:00Z".parse().expect("a date"));
    let delays = Delays {
        scim_link: Duration::from_secs(3),
        ..Delays::none()
    };
    let mut provider = Provider::start_with(OrgSpec::small(40), |builder| {
        builder.delays(delays).clock(Arc::new(clock.clone()))
    })
    .await;
    let mail = "noa.berg77@larkspur.example";
    let user = provider.create(mail).await;
    assert_eq!(user[EXTERNAL], json!({}));
    let one = format!("/Users/{}", text(&user, "id"));
    let search = format!("/admin/v2/orgs/{}/directories/-/users/search", provider.org.id());
    let wanted = json!({ "emails": [mail] });
    for (wait, found) in [(0, 0), (2, 0), (1, 1)] {
        clock.advance(Duration::from_secs(wait));
        let rows = provider.administer("POST", &search, Some(&wanted)).await.json();
        assert_eq!(rows["data"].as_array().map(Vec::len), Some(found));
        let user = provider.ask("GET", &one, None).await.json();
        assert_eq!(user[EXTERNAL].get("atlassianAccountId").is_some(), found == 1);
    }
    // A second attempt finds the first.
    assert_eq!(
        refusal(&provider.ask("POST", "/Users", Some(&person(mail))).await),
        "409 uniqueness"
    );
}

#[tokio::test]
async fn administrators_see_links_and_cut_them() {
    let mut provider = Provider::start(OrgSpec::small(40)).await;
    let mail = "noa.berg77@larkspur.example";
    let user = provider.create(mail).await;
    let (id, account) = (text(&user, "id").to_owned(), linked(&user).to_owned());
    let base = format!("/admin/user-provisioning/v1/org/{}", provider.org.id());
    let scim = provider.base.rsplit('/').next().expect("an id").to_owned();
    let link = json!({ "scimLinks": [{
        "scimUserId": id, "atlassianAccountId": account, "orgId": provider.org.id(), "directoryId": scim,
    }] });
    let of_account = format!("{base}/user/{}/get-scim-links", segment(&account));
    let of_email = format!("{base}/get-scim-links-for-email");
    let email = json!({ "email": mail });
    assert_eq!(provider.administer("GET", &of_account, None).await.json(), link);
    assert_eq!(
        provider.administer("POST", &of_email, Some(&email)).await.json(),
        link
    );
    let unlink = format!("{base}/scimDirectoryId/{scim}/scimUserId/{id}/unlink");
    assert_eq!(provider.administer("PATCH", &unlink, None).await.status, 204);
    assert_eq!(
        provider.administer("GET", &of_account, None).await.json(),
        json!({ "scimLinks": [] })
    );
    let left = provider.administer("POST", &of_email, Some(&email)).await.json();
    assert_eq!(left["scimLinks"][0]["atlassianAccountId"], Value::Null);
    assert!(!provider.account(|one| one.id == account).provisioned);
    // The records of another account, in all directories.
    let kept = provider.account(|one| one.managed && one.provisioned);
    let records = format!("{base}/user/{}/onlyDeleteUserInDB", segment(&kept.id));
    assert_eq!(provider.administer("DELETE", &records, None).await.status, 204);
    let after = provider.account(|one| one.id == kept.id);
    assert_eq!((after.provisioned, after.status), (false, kept.status));
    let foreign = provider.account(|one| !one.managed);
    let records = format!("{base}/user/{}/onlyDeleteUserInDB", segment(&foreign.id));
    assert_eq!(provider.administer("DELETE", &records, None).await.status, 403);
    provider.agree().await;
}
