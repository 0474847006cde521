//! Every shape of an error, through the operation that would meet it: meaning, line and hint.

use crate::support::{ACCOUNT, DIRECTORY, GROUP, ORG, SITE, client, fixture, reply};
use atlassian_admin::*;
use http_kit::testing::Reply;
use http_kit::{Cursor, TransportErrorKind};

/// An operation to fail.
#[derive(Clone, Copy)]
enum Try {
    Search,
    SearchOn,
    User,
    UserRoles,
    Group,
    GroupRoles,
    Directories,
    Domains,
    LastActive,
    Suspend,
    AssignRole,
    CreateGroup,
    AddMember,
    RemoveMember,
    Invite,
    Permissions,
    Profile,
    SetEmail,
    Disable,
    Delete,
    RevokeToken,
}

async fn attempt(client: &AdminClient, operation: Try) -> Result<(), AdminError> {
    let account = AccountId::parse(ACCOUNT).unwrap();
    let group = GroupId::parse(GROUP).unwrap();
    let directory = DirectoryId::parse(DIRECTORY).unwrap();
    let any = DirectoryRef::Any;
    let search = UserSearch::builder().build().unwrap();
    let cursor = Cursor::from_link("b2xk");
    match operation {
        Try::Search => client.search_users(&any, &search, None).await.map(drop),
        Try::SearchOn => client
            .search_users(&any, &search, cursor.as_ref())
            .await
            .map(drop),
        Try::User => client.user(&any, &account).await.map(drop),
        Try::UserRoles => client
            .user_role_assignments(&any, &account, &RoleQuery::default(), None)
            .await
            .map(drop),
        Try::Group => client.group(&any, &group).await.map(drop),
        Try::GroupRoles => client
            .group_role_assignments(&any, &group, &RoleQuery::default(), None)
            .await
            .map(drop),
        Try::Directories => client.directories(None).await.map(drop),
        Try::Domains => client.domains(None).await.map(drop),
        Try::LastActive => client.last_active_dates(&account).await.map(drop),
        Try::Suspend => client.suspend_user(&directory, &account).await.map(drop),
        Try::AssignRole => {
            let grant = RoleOnResource::new(RoleId::User, ResourceAri::parse(SITE).unwrap()).unwrap();
            client.assign_user_role(&account, &grant).await.map(drop)
        }
        Try::CreateGroup => client
            .create_group(&directory, &NewGroup::new("x").unwrap())
            .await
            .map(drop),
        Try::AddMember => client
            .add_group_member(&directory, &group, &account)
            .await
            .map(drop),
        Try::RemoveMember => client
            .remove_group_member(&directory, &group, &account)
            .await
            .map(drop),
        Try::Invite => client
            .invite_users(&Invitation::new(["a@b.example"]).unwrap())
            .await
            .map(drop),
        Try::Permissions => client.account_permissions(&account, &[]).await.map(drop),
        Try::Profile => client.account_profile(&account).await.map(drop),
        Try::SetEmail => client.set_account_email(&account, "a@b.example").await.map(drop),
        Try::Disable => client.disable_account(&account, None).await.map(drop),
        Try::Delete => client.delete_account(&account).await.map(drop),
        Try::RevokeToken => client
            .revoke_account_token(&account, &TokenId::from_vendor("asp_1"))
            .await
            .map(drop),
    }
}

/// The error of an operation that is answered like this, however often it is tried.
async fn failed(operation: Try, answer: Reply) -> AdminError {
    let (client, _) = client(vec![answer; 300]);
    attempt(&client, operation)
        .await
        .expect_err("the answer is an error")
}

/// What can be known of an error: its meaning, the vendor's words as they were read, and what to do.
async fn shown(operation: Try, answer: Reply) -> String {
    let error = failed(operation, answer).await;
    let api = error.api();
    let status = api
        .status()
        .map_or("none".to_owned(), |status| status.to_string());
    let mut line = format!("{:?} <- {} {status}", error.kind(), api.operation());
    if let Some(vendor) = api.vendor() {
        for (name, word) in [
            ("code", &vendor.code),
            ("key", &vendor.key),
            ("title", &vendor.title),
            ("detail", &vendor.detail),
            ("request", &vendor.request_id),
        ] {
            if let Some(word) = word {
                line.push_str(&format!("\n    {name}: {word}"));
            }
        }
    }
    if let Some(hint) = error.hint() {
        line.push_str(&format!("\n    -> {hint}"));
    }
    line
}

#[tokio::test]
async fn an_error_is_one_line_with_all_that_is_known() {
    let error = failed(Try::AddMember, reply(404, fixture!("errors/e1-status-text"))).await;
    let line = error.to_string();
    for part in [
        "groups.members.add",
        "404",
        "ADMIN-UAM-404-1",
        "One or more users were not found in the directory",
        "7f3c0d52-90aa-4b1e-8a2d-5e61c4f7b930",
        "no such account, or not in the directory",
    ] {
        assert!(line.contains(part), "{part} is missing in: {line}");
    }
    assert_eq!(line.lines().count(), 1, "{line}");

    let error = failed(Try::Directories, reply(404, fixture!("errors/e4-routing-404"))).await;
    assert!(
        error
            .to_string()
            .ends_with(&format!("no organization {ORG} for this key")),
        "{error}"
    );
    assert!(error.hint().unwrap().contains(ORG));
}

#[tokio::test]
async fn every_shape_has_a_meaning() {
    let cases = [
        (Try::AddMember, 404, fixture!("errors/e1-status-text")),
        (Try::AddMember, 409, fixture!("errors/e1-status-number")),
        (Try::AddMember, 409, fixture!("errors/e1-licence")),
        (Try::AddMember, 403, fixture!("errors/e1-synced-group")),
        (Try::CreateGroup, 409, fixture!("errors/e1-status-number")),
        (Try::Invite, 400, fixture!("errors/e1-several")),
        (Try::Invite, 402, fixture!("errors/e1-payment")),
        (Try::AssignRole, 403, fixture!("errors/e1-gate")),
        (Try::CreateGroup, 403, fixture!("errors/e1-gate")),
        (Try::Search, 400, fixture!("errors/e1-original-experience")),
        (Try::LastActive, 400, fixture!("errors/e1-original-experience")),
        (Try::SearchOn, 400, fixture!("errors/e1-bad-request")),
        (Try::Search, 400, fixture!("errors/e1-bad-request")),
        (Try::Search, 400, fixture!("errors/e1-cursor")),
        (Try::Suspend, 400, fixture!("errors/e1-bad-request")),
        (Try::Directories, 404, fixture!("errors/e2-bare")),
        (Try::Directories, 401, fixture!("errors/e3-gateway-401")),
        (Try::Directories, 429, fixture!("errors/e3-gateway-429")),
        (Try::Directories, 404, fixture!("errors/e4-routing-404")),
        (Try::User, 404, fixture!("errors/e4-routing-404")),
        (Try::Domains, 403, fixture!("errors/e4-routing-403")),
        (Try::Delete, 404, fixture!("errors/e5-not-found")),
        (Try::Delete, 403, fixture!("errors/e5-foreign-account")),
        (Try::Permissions, 403, fixture!("errors/e5-scope")),
        (Try::Disable, 403, fixture!("errors/e5-action")),
        (Try::Profile, 403, fixture!("errors/e5-fields")),
        (Try::Profile, 400, fixture!("errors/e5-violations")),
        (Try::SetEmail, 403, fixture!("errors/e5-domain")),
        (Try::Delete, 409, fixture!("errors/e5-lifecycle")),
        (Try::RevokeToken, 404, r#"{"key":"notFound"}"#),
        (Try::RemoveMember, 404, ""),
        (Try::User, 404, ""),
        (Try::Suspend, 403, ""),
        (Try::Search, 405, ""),
        (Try::Directories, 502, "<html><body>Bad gateway</body></html>"),
        // Whatever answers so does not know the account, the group or the name.
        (Try::User, 404, "default backend - 404"),
        (Try::RemoveMember, 404, "<html><body>Not found</body></html>"),
        (Try::Suspend, 400, "<html><body>Bad request</body></html>"),
        (Try::CreateGroup, 409, "\"conflict\""),
        (Try::Search, 403, "<html><body>Blocked</body></html>"),
    ];
    let mut lines = Vec::new();
    for (operation, status, body) in cases {
        lines.push(shown(operation, reply(status, body)).await);
    }
    insta::assert_snapshot!(lines.join("\n"));
}

#[tokio::test]
async fn what_is_no_answer_has_a_meaning_too() {
    let cases = [
        Reply::fault(TransportErrorKind::Dns),
        Reply::status(301).header("location", "https://login.example/"),
        reply(200, "<html>Sign in</html>"),
        reply(200, r#"{"links":{}}"#),
        reply(200, r#"{"data":null}"#),
        reply(200, r#"{"data":[],"links":{"next":7}}"#),
    ];
    let mut lines = Vec::new();
    for answer in cases {
        lines.push(shown(Try::Directories, answer).await);
    }
    insta::assert_snapshot!(lines.join("\n"));
}

#[tokio::test]
async fn the_gate_comes_with_the_text_for_support() {
    let error = failed(Try::AssignRole, reply(403, fixture!("errors/e1-gate"))).await;
    let text = error.support_request().unwrap();
    for part in [ORG, "roles/assign", "roles/revoke", "ADMIN-UAM-403-1"] {
        assert!(text.contains(part), "{part} is missing in: {text}");
    }
    assert!(error.hint().unwrap().contains(&text));
    assert_eq!(
        failed(Try::CreateGroup, reply(403, fixture!("errors/e1-gate")))
            .await
            .support_request(),
        None
    );
}

#[tokio::test]
async fn an_address_in_the_vendors_words_is_not_shown() {
    let body = r#"{"errors":[{"code":"ADMIN-UAM-404-1","title":"Unknown","detail":"no ines.calder@larkspur.example here"}]}"#;
    let error = failed(Try::AddMember, reply(404, body)).await;
    let shown = format!("{error} {error:?}");
    assert!(
        shown.contains("ADMIN-UAM-404-1") && !shown.contains("ines.calder"),
        "{shown}"
    );
}

/// A write that may have reached the vendor is sent once; a read is tried again.
#[tokio::test]
async fn only_what_may_be_repeated_is_repeated() {
    for (operation, most) in [
        (Try::Search, 8),
        (Try::AddMember, 1),
        (Try::RemoveMember, 1),
        (Try::SetEmail, 1),
        (Try::AssignRole, 1),
        (Try::Suspend, 1),
        (Try::Invite, 1),
        (Try::Delete, 1),
    ] {
        let (client, transport) = client(vec![Reply::fault(TransportErrorKind::Interrupted); 20]);
        let error = attempt(&client, operation).await.unwrap_err();
        assert_eq!(
            (transport.requests().len(), error.kind()),
            (most, AdminErrorKind::Unavailable),
            "{error}"
        );
    }
}

/// What a 404 proves about its object: only a documented code of the read that was made, and of a gateway or a proxy nothing.
#[tokio::test]
async fn only_the_vendors_own_code_proves_that_something_is_gone() {
    let e1 = |code: &str| format!(r#"{{"errors":[{{"status":"404","code":"{code}","title":"Not found"}}]}}"#);
    let key = |key: &str| format!(r#"{{"key":"{key}","context":"x"}}"#);
    let account = ["ADMIN-UAM-404-1", "ADMIN-404-1", "ADMIN-404-8"];
    let group = [
        "ADMIN-UAM-404-3",
        "ADMIN-UAM-404-1",
        "ADMIN-404-10",
        "ADMIN-404-1",
    ];
    let other = [
        "ADMIN-404-2",
        "ADMIN-UAM-404-2",
        "ADMIN-404-3",
        "ADMIN-404-77",
        "NOPE",
    ];
    let foreign = [
        "<html><body>Not found</body></html>",
        "default backend - 404",
        "{}",
        "[]",
        r#"{"code":404,"message":"no Route matched with those values"}"#,
        r#"{"error":"Not Found","message":"upstream"}"#,
        r#"{"timestamp":"x","path":"/admin","status":404,"error":"Not Found"}"#,
    ];
    let mut found = Vec::new();
    for (operation, proofs) in [
        (Try::User, &account[..]),
        (Try::Group, &group[..]),
        (Try::Permissions, &["accountNotFound", "notFound"][..]),
        (Try::Profile, &["accountNotFound"][..]),
        (Try::UserRoles, &[][..]),
        (Try::GroupRoles, &[][..]),
        (Try::Delete, &[][..]),
        (Try::RemoveMember, &[][..]),
        (Try::Search, &[][..]),
    ] {
        let absence = async |status, body: &str| {
            failed(operation, Reply::status(status).body(body.to_owned()))
                .await
                .absence()
        };
        for code in account.iter().chain(&group).chain(&other) {
            let expected = match operation {
                Try::User | Try::Group if proofs.contains(code) => Absence::Proven,
                Try::UserRoles if account.contains(code) => Absence::Unsettled,
                Try::GroupRoles if group.contains(code) => Absence::Unsettled,
                _ => Absence::NotProven,
            };
            assert_eq!(absence(404, &e1(code)).await, expected, "{code}");
            assert_eq!(absence(403, &e1(code)).await, Absence::NotProven, "{code}");
            assert_eq!(absence(410, &e1(code)).await, Absence::NotProven, "{code}");
        }
        for word in ["accountNotFound", "notFound", "somethingElse"] {
            let expected = match proofs.contains(&word) {
                true => Absence::Proven,
                false => Absence::NotProven,
            };
            assert_eq!(absence(404, &key(word)).await, expected, "{word}");
        }
        for body in foreign {
            assert_eq!(absence(404, body).await, Absence::NotProven, "{body}");
        }
        let without_code = [
            absence(404, "").await,
            absence(404, fixture!("errors/e4-routing-404")).await,
        ];
        assert_eq!(without_code[0], without_code[1]);
        found.push(without_code[0]);
    }
    let unsettled = found.iter().take_while(|one| **one == Absence::Unsettled).count();
    assert_eq!(unsettled, 6, "reads of one object: {found:?}");
    assert!(
        found[6..].iter().all(|one| *one == Absence::NotProven),
        "{found:?}"
    );
}

/// Whatever the status: only the vendor's own shapes are its refusal. After any other answer, what was asked for may have
/// been carried out.
#[tokio::test]
async fn a_refusal_is_the_vendors_only_in_its_words() {
    let e1 = r#"{"errors":[{"id":"e1","status":"403","code":"ADMIN-403-5","title":"Forbidden"}]}"#;
    let of_vendor = [
        (400, e1),
        (403, e1),
        (409, e1),
        (403, fixture!("errors/e5-foreign-account")),
        (404, fixture!("errors/e4-routing-404")),
        (401, r#"{"code":401,"message":"Unauthorized"}"#),
    ];
    let of_others = [
        "",
        "<html><body>Sign in</body></html>",
        "Access denied",
        "[]",
        "{}",
        r#"{"message":"Forbidden"}"#,
        r#"{"error":"Forbidden","message":"upstream"}"#,
        r#"{"code":499,"message":"Unauthorized"}"#,
    ];
    for operation in [
        Try::Suspend,
        Try::AssignRole,
        Try::RemoveMember,
        Try::Invite,
        Try::Delete,
    ] {
        for (status, body) in of_vendor {
            let error = failed(operation, reply(status, body)).await;
            assert!(error.is_refusal_of_vendor(), "{status} {body}");
        }
        for status in [400, 401, 402, 403, 404, 409, 410, 422, 451] {
            for body in of_others {
                let error = failed(operation, reply(status, body)).await;
                assert!(!error.is_refusal_of_vendor(), "{status} {body}");
            }
        }
        let error = failed(operation, reply(503, e1)).await;
        assert!(!error.is_refusal_of_vendor(), "a failure is no refusal");
    }
}
