//! User management: what the organization does to the accounts it manages.

use crate::client::{Client, Reply, segment};
use crate::facts::{difference, facts};
use atlassian_sim::{AccountTruth, Key, ManualClock, Org, OrgSpec, Simulator, Switches};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

fn pick(org: &Org, keep: impl Fn(&AccountTruth) -> bool) -> AccountTruth {
    org.truth()
        .accounts()
        .find(|account| keep(account))
        .expect("such an account")
}

fn own(account: &AccountTruth) -> bool {
    account.managed && !account.provisioned && account.status == Some("active")
}

/// The refusal in one line: status and key, then the first reason.
fn refusal(reply: &Reply) -> String {
    if reply.status < 400 {
        return reply.status.to_string();
    }
    let body = reply.json();
    let context = &body["context"];
    let reasons = [
        &context["reason"]["key"],
        &context["name"]["reason"]["key"],
        &context["domain"],
        &context["errorCodes"][0]["code"],
        &context["fieldViolations"][0]["field"],
    ];
    let reason = reasons.into_iter().find_map(Value::as_str).unwrap_or_default();
    format!(
        "{} {} {reason}",
        reply.status,
        body["key"].as_str().unwrap_or("?")
    )
    .trim_end()
    .to_owned()
}

fn path(account: &AccountTruth, rest: &str) -> String {
    format!("/users/{}/manage{rest}", segment(&account.id))
}

#[tokio::test]
async fn an_account_lives_dies_and_is_saved() {
    let org = Org::generate(OrgSpec::small(60));
    let clock = ManualClock::new("2026-10-02T08:00:00Z".parse().expect("a date"));
    let builder = Simulator::builder(org.clone()).clock(Arc::new(clock.clone()));
    let mut client = Client::start_with(&org, builder).await;
    let account = pick(&org, own);
    let row = |change: &str| {
        format!(
            "{change} account {} {:?} {:?}",
            account.id,
            account.listing,
            account.email.clone().unwrap_or_default()
        )
    };
    let active = "active/active/active managed";
    let steps: [(&str, Option<Value>, &str, &str); 11] = [
        ("disable", None, "400 bodyParseFailure", active),
        ("disable", Some(json!([])), "400 bodyParseFailure", active),
        (
            "disable",
            Some(json!({ "message": "left" })),
            "204",
            "deactivated/inactive/active managed",
        ),
        (
            "disable",
            Some(json!({})),
            "204",
            "deactivated/inactive/active managed",
        ),
        ("enable", None, "204", active),
        (
            "cancel-delete",
            None,
            "409 conflict.lifecycleErrors account-not-for-deletion",
            active,
        ),
        ("delete", None, "200", "for_deletion/inactive/active managed"),
        (
            "delete",
            None,
            "404 accountNotFound",
            "for_deletion/inactive/active managed",
        ),
        (
            "enable",
            None,
            "409 conflict.lifecycleErrors account-for-deletion",
            "for_deletion/inactive/active managed",
        ),
        (
            "disable",
            Some(json!({})),
            "409 conflict.lifecycleErrors account-for-deletion",
            "for_deletion/inactive/active managed",
        ),
        ("cancel-delete", None, "200", active),
    ];
    let before = facts(&org);
    let mut state = active.to_owned();
    for (word, body, answer, after) in steps {
        let earlier = facts(&org);
        let reply = client
            .write(
                "POST",
                &path(&account, &format!("/lifecycle/{word}")),
                body.as_ref(),
            )
            .await;
        assert_eq!(refusal(&reply), answer, "{word}");
        let mut expected = Vec::new();
        if state != after {
            expected = vec![format!("{} {state}", row("-")), format!("{} {after}", row("+"))];
            after.clone_into(&mut state);
        }
        assert_eq!(difference(&earlier, &facts(&org)), expected, "{word}");
        clock.advance(Duration::from_secs(60));
    }
    assert_eq!(facts(&org), before);
    // A deletion that was cancelled is not carried out.
    clock.advance(Duration::from_secs(15 * 86_400));
    assert_eq!(client.get(&path(&account, "/profile")).await.status, 200);
    // After the time of grace the account is gone, everywhere.
    client
        .write("POST", &path(&account, "/lifecycle/delete"), None)
        .await;
    clock.advance(Duration::from_secs(14 * 86_400 - 1));
    assert_eq!(client.get(&path(&account, "/profile")).await.status, 200);
    clock.advance(Duration::from_secs(1));
    assert_eq!(
        refusal(&client.get(&path(&account, "/profile")).await),
        "404 accountNotFound"
    );
    let cancelled = client
        .write("POST", &path(&account, "/lifecycle/cancel-delete"), None)
        .await;
    assert_eq!(refusal(&cancelled), "404 accountNotFound");
    let rest: Vec<String> = facts(&org)
        .into_iter()
        .filter(|fact| fact.contains(&account.id))
        .collect();
    assert_eq!(rest, [] as [String; 0]);
    let details = format!("{}/users/{}", client.directory("-"), segment(&account.id));
    assert_eq!(client.get(&details).await.status, 404);
    crate::truth::agree(&org, &mut client, 100).await;
}

#[tokio::test]
async fn only_managed_accounts_that_no_identity_provider_keeps() {
    let org = Org::generate(OrgSpec::small(80));
    let mut client = Client::start(&org).await;
    let foreign = pick(&org, |account| !account.managed);
    let kept = pick(&org, |account| account.managed && account.provisioned);
    let lock = "externalDirectory.scim";
    let name = json!({ "name": "New Name" });
    let email = json!({ "email": "new@larkspur.example" });
    let cases: [(&AccountTruth, &str, &str, Option<&Value>, String); 9] = [
        (&foreign, "GET", "", None, "403 forbidden".to_owned()),
        (
            &foreign,
            "POST",
            "/lifecycle/delete",
            None,
            "403 forbidden".to_owned(),
        ),
        (
            &kept,
            "POST",
            "/lifecycle/disable",
            Some(&json!({})),
            format!("403 forbidden.action {lock}"),
        ),
        (
            &kept,
            "POST",
            "/lifecycle/enable",
            None,
            format!("403 forbidden.action {lock}"),
        ),
        (
            &kept,
            "PUT",
            "/email",
            Some(&email),
            format!("403 forbidden.action {lock}"),
        ),
        (
            &kept,
            "PATCH",
            "/profile",
            Some(&name),
            format!("403 forbidden.fieldMutation {lock}"),
        ),
        (
            &kept,
            "PATCH",
            "/profile",
            Some(&json!({ "nickname": "Nick" })),
            "200".to_owned(),
        ),
        (&kept, "GET", "/api-tokens", None, "200".to_owned()),
        (&kept, "POST", "/lifecycle/delete", None, "200".to_owned()),
    ];
    for (account, method, rest, body, expected) in cases {
        let reply = client.write(method, &path(account, rest), body).await;
        assert_eq!(refusal(&reply), expected, "{method} {rest}");
    }
    let permissions = client.get(&path(&kept, "")).await.json();
    for (privilege, allowed) in [
        ("email.set", false),
        ("lifecycle.enablement", false),
        ("lifecycle.delete", true),
        ("apiToken.delete", true),
    ] {
        assert_eq!(permissions[privilege]["allowed"], allowed, "{privilege}");
    }
    assert_eq!(permissions["profile.write"]["name"]["allowed"], false);
    assert_eq!(permissions["profile.write"]["nickname"]["allowed"], true);
    let one = client
        .get(&path(&kept, "?privileges=email.set&privileges=apiToken.read"))
        .await
        .json();
    assert_eq!(one.as_object().map(serde_json::Map::len), Some(2));
    let odd = client.get(&path(&kept, "?privileges=everything")).await;
    assert_eq!(refusal(&odd), "400 fieldConstraintsViolated");
    client.key = "wrong".to_owned();
    assert_eq!(refusal(&client.get(&path(&kept, "")).await), "401 unauthorized");
}

#[tokio::test]
async fn keys_with_scopes_are_refused() {
    let org = Org::generate(OrgSpec::small(10));
    let keys = [Key::scoped("narrow", ["read:directories:admin", "manage:org"])];
    let mut client = Client::start_with(&org, Simulator::builder(org.clone()).keys(keys)).await;
    client.key = "narrow".to_owned();
    let account = pick(&org, own);
    let reply = client.get(&path(&account, "/profile")).await;
    assert_eq!(refusal(&reply), "403 forbidden.insufficientScope");
    let suspend = format!(
        "{}/users/{}/suspend",
        client.directory(org.directory_ids().next().expect("a directory")),
        segment(&account.id)
    );
    assert_eq!(client.write("POST", &suspend, Some(&json!({}))).await.status, 403);
    assert!(client.running.writes().iter().all(|write| !write.applied));
}

#[tokio::test]
async fn profiles_and_addresses_change_everywhere() {
    let org = Org::generate(OrgSpec::small(60));
    let mut client = Client::start(&org).await;
    let account = pick(&org, own);
    let other = pick(&org, |one| own(one) && one.id != account.id);
    let long = "x".repeat(101);
    for (body, expected) in [
        (json!({ "name": long }), "400 fieldConstraintsViolated name"),
        (json!({ "name": "a\nb" }), "400 fieldConstraintsViolated name"),
        (json!({ "nickname": "" }), "400 fieldConstraintsViolated nickname"),
        (json!({ "color": "red" }), "400 fieldConstraintsViolated color"),
        (
            json!({ "name": "O\"Neill \\ Zoë", "extended_profile": { "department": "Field" } }),
            "200",
        ),
    ] {
        let reply = client
            .write("PATCH", &path(&account, "/profile"), Some(&body))
            .await;
        assert_eq!(refusal(&reply), expected, "{body}");
    }
    let taken = other.email.clone().expect("an address");
    for (email, expected) in [
        ("nonsense", "400 fieldConstraintsViolated email"),
        (
            "zoe@elsewhere.example",
            "403 forbidden.unclaimedDomain elsewhere.example",
        ),
        (taken.as_str(), "400 fieldConstraintsViolated email"),
        ("Zoe.ONeill@larkspur.example", "204"),
    ] {
        let body = json!({ "email": email });
        let reply = client.write("PUT", &path(&account, "/email"), Some(&body)).await;
        assert_eq!(refusal(&reply), expected, "{email}");
    }
    let search = format!("{}/users/search", client.directory("-"));
    let old = account.email.clone().expect("an address");
    let found = client
        .post(
            &search,
            &json!({ "emails": ["zoe.oneill@LARKSPUR.example", old] }),
        )
        .await
        .json();
    assert_eq!(found["data"].as_array().map(Vec::len), Some(1));
    let row = &found["data"][0];
    assert_eq!(row["accountId"], account.id.as_str());
    assert_eq!(row["name"], "O\"Neill \\ Zoë");
    assert_eq!(row["department"], "Field");
    let profile = client.get(&path(&account, "/profile")).await.json();
    assert_eq!(profile["account"]["email"], "Zoe.ONeill@larkspur.example");
    let truth = pick(&org, |one| one.id == account.id);
    assert_eq!(truth.email.as_deref(), Some("Zoe.ONeill@larkspur.example"));
    crate::truth::agree(&org, &mut client, 100).await;
}

#[tokio::test]
async fn tokens_are_revoked_one_by_one() {
    let org = Org::generate(OrgSpec::small(60));
    let mut client = Client::start(&org).await;
    let token = org.truth().tokens().next().expect("a token");
    let account = pick(&org, |account| account.id == token.owner);
    let listed = client.get(&path(&account, "/api-tokens")).await.json();
    let ids: Vec<&str> = listed
        .as_array()
        .expect("a bare array")
        .iter()
        .filter_map(|row| row["id"].as_str())
        .collect();
    assert!(ids.contains(&token.id.as_str()));
    let one = path(&account, &format!("/api-tokens/{}", token.id));
    let before = facts(&org);
    assert_eq!(client.write("DELETE", &one, None).await.status, 204);
    assert_eq!(
        difference(&before, &facts(&org)),
        [format!("- token {} {}", token.id, token.owner)]
    );
    assert_eq!(refusal(&client.write("DELETE", &one, None).await), "404 notFound");
    let foreign = org
        .truth()
        .tokens()
        .find(|one| one.owner != token.owner)
        .expect("somebody else's token");
    let foreign = path(&account, &format!("/api-tokens/{}", foreign.id));
    assert_eq!(
        refusal(&client.write("DELETE", &foreign, None).await),
        "404 notFound"
    );
    crate::truth::agree(&org, &mut client, 100).await;
}

#[tokio::test]
async fn obligations_keep_an_account() {
    let org = Org::generate(OrgSpec::small(60));
    let switches = Switches {
        obligations: true,
        ..Switches::default()
    };
    let mut client = Client::start_with(&org, Simulator::builder(org.clone()).switches(switches)).await;
    let account = pick(&org, own);
    let reply = client
        .write("POST", &path(&account, "/lifecycle/delete"), None)
        .await;
    assert_eq!(
        refusal(&reply),
        "409 conflict.lifecycleErrors account-has-obligations"
    );
}
