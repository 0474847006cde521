//! Rows and answers that are not quite as documented: what they cost, and what is said of them.

use crate::support::{ACCOUNT, GROUP, client, client_of, reply};
use atlassian_admin::*;
use futures_util::StreamExt;
use http_kit::testing::{FakeTransport, Recorded, Reply};
use http_kit::{ApiErrorKind, Cursor};
use serde_json::{Value, json};

fn page_of(rows: &[Value]) -> Reply {
    Reply::json(200, &json!({ "data": rows }))
}

async fn users(replies: Vec<Reply>) -> Result<Page<User>, AdminError> {
    let (client, _) = client(replies);
    client
        .search_users(&DirectoryRef::Any, &UserSearch::default(), None)
        .await
}

/// An id with blanks around it would be another object: an account that nobody knows, and a role that nobody grants.
#[tokio::test]
async fn blanks_around_ids_and_words_are_no_part_of_them() {
    let page = users(vec![page_of(&[
        json!({"accountId": " a\n", "status": " active", "platformRoles": ["atlassian/org-admin ", "\tnew/role\u{a0}"]}),
        json!({"accountId": " \n"}),
    ])])
    .await
    .unwrap();
    let [user] = &page.items[..] else {
        panic!("{page:?}")
    };
    assert_eq!(user.account_id.as_str(), "a");
    assert_eq!(
        user.platform_roles.as_deref(),
        Some(&[RoleId::OrgAdmin, RoleId::from("new/role")][..])
    );
    assert_eq!(page.bad_rows.len(), 1, "{page:?}");
    for (given, plain) in [
        (
            GroupId::from_vendor(" ari:cloud:identity::group/g ").as_str(),
            "g",
        ),
        (
            ResourceAri::from_vendor("ari:cloud:jira::site/1 ").as_str(),
            "ari:cloud:jira::site/1",
        ),
        (DirectoryId::from_vendor("\nd").as_str(), "d"),
    ] {
        assert_eq!(given, plain);
    }
}

#[tokio::test]
async fn an_odd_side_field_costs_only_itself() {
    let page = users(vec![page_of(&[
        json!({"accountId": "a", "status": "active", "jobTitle": 5, "emailVerified": "true", "name": "Ada",
               "counts": {"resources": -1}, "productAccess": {}, "platformRoles": ["atlassian/org-admin"]}),
        json!({"accountId": "b", "status": "active", "productAccess": [{"key": 7}, "x", {"key": "jira"}]}),
        json!({"accountId": "c", "name": {"first": "Ada"}, "addedToOrg": [], "mfaEnabled": 1}),
        json!({"accountId": "d", "status": 5}),
        json!({"accountId": "e", "platformRoles": {}}),
        json!({"accountId": 6}),
    ])])
    .await
    .unwrap();
    let ids: Vec<_> = page.items.iter().map(|user| user.account_id.as_str()).collect();
    assert_eq!(ids, ["a", "b", "c"]);
    let ada = &page.items[0];
    assert_eq!(
        (ada.job_title.as_deref(), ada.email_verified),
        (Some("5"), Some(true))
    );
    assert_eq!((ada.name.as_deref(), &ada.product_access), (Some("Ada"), &None));
    assert_eq!(ada.platform_roles.as_ref().map(Vec::len), Some(1));
    assert_eq!(page.items[1].product_access.as_ref().map(Vec::len), Some(2));
    let bad: Vec<_> = page
        .bad_rows
        .iter()
        .map(|row| (row.id.as_deref(), row.field.as_str()))
        .collect();
    assert_eq!(
        bad,
        [
            (Some("d"), "status"),
            (Some("e"), "platformRoles"),
            (Some("6"), "accountId")
        ]
    );
    let odd: Vec<_> = page
        .odd_fields
        .iter()
        .map(|odd| (odd.id.as_deref().unwrap(), odd.field.as_str()))
        .collect();
    for field in [
        ("a", "jobTitle"),
        ("a", "emailVerified"),
        ("a", "counts.resources"),
        ("a", "productAccess"),
        ("b", "productAccess[0].key"),
        ("c", "name"),
        ("c", "addedToOrg"),
        ("c", "mfaEnabled"),
    ] {
        assert!(odd.contains(&field), "{field:?} in {odd:?}");
    }
    assert!(
        page.odd_fields.iter().all(|odd| !odd.reason.contains("Ada")),
        "{:?}",
        page.odd_fields
    );
}

#[tokio::test]
async fn every_listing_leaves_odd_fields_out() {
    async fn check<T>(page: impl Future<Output = Result<Page<T>, AdminError>>) {
        let page = page.await.unwrap();
        assert_eq!(
            (page.items.len(), page.bad_rows.len()),
            (1, 0),
            "{:?}",
            page.bad_rows
        );
        assert!(!page.odd_fields.is_empty());
    }
    let client = |row: Value| client(vec![page_of(&[row])]).0;
    let any = DirectoryRef::Any;
    let account = AccountId::from_vendor("a");
    check(
        client(json!({"id": "g", "name": 5, "counts": {"users": -1}})).search_groups(
            &any,
            &GroupSearch::default(),
            None,
        ),
    )
    .await;
    check(client(json!({"id": "g", "managementAccess": 7})).list_groups(&any, &GroupQuery::default(), None))
        .await;
    check(client(json!({"id": "ari:x", "attributes": {"name": 5, "usage": "many"}})).workspaces(None)).await;
    let role = json!({"resourceId": "ari:x", "resourceOwner": 5, "roles": ["r"]});
    check(client(role.clone()).user_role_assignments(&any, &account, &RoleQuery::default(), None)).await;
    check(client(role).group_role_assignments(&any, &GroupId::from_vendor("g"), &RoleQuery::default(), None))
        .await;
    check(client(json!({"account_id": "a", "product_access": {}})).managed_accounts(None)).await;
    check(client(json!({"id": "t", "user": {"id": "a", "name": 5}, "scopes": "all"})).api_tokens(None)).await;
    check(client(json!({"id": "o", "attributes": 5})).organizations(None)).await;
    check(client(json!({"directoryId": "d", "name": 5})).directories(None)).await;
    check(client(json!({"id": "d", "attributes": {"name": 5}})).domains(None)).await;
    check(client(json!({"id": "p", "attributes": {"resources": 5}})).policies(None, None)).await;
    let tokens = crate::support::client(vec![Reply::json(200, &json!([{"id": "t", "label": 5}]))]).0;
    check(tokens.account_tokens(&account)).await;
    // One object is read alike.
    let (client, _) = crate::support::client(vec![Reply::json(
        200,
        &json!({"data": {"accountId": "a", "jobTitle": {}}}),
    )]);
    assert_eq!(
        client.user(&any, &account).await.unwrap().account_id.as_str(),
        "a"
    );
}

#[tokio::test]
async fn what_decides_access_is_never_left_out() {
    for row in [
        json!({"resourceId": 5, "roles": ["r"]}),
        json!({"resourceId": "ari:x", "roles": {}}),
        json!({"resourceId": "ari:x", "roles": [5]}),
        json!({"resourceId": "ari:x", "roleAssignments": [{"role": 5}]}),
        json!({"resourceId": "ari:x", "roleAssignments": [{"role": "r", "roleAssignmentMethods": "direct"}]}),
        json!({"resourceId": "ari:x", "roles": ["r"], "userDirectoryStatus": 5}),
    ] {
        let (client, _) = client(vec![page_of(std::slice::from_ref(&row))]);
        let account = AccountId::from_vendor("a");
        let query = RoleQuery::default();
        let page = client.user_role_assignments(&DirectoryRef::Any, &account, &query, None);
        assert_eq!(page.await.unwrap().bad_rows.len(), 1, "{row}");
    }
}

#[tokio::test]
async fn half_a_character_costs_nothing() {
    let body = b"{\"data\":[{\"accountId\":\"a\",\"name\":\"A\\ud800\",\"jobTitle\":\"Andr\xe9\"}]}";
    let page = users(vec![Reply::status(200).body(&body[..])]).await.unwrap();
    let user = &page.items[0];
    assert_eq!(
        (user.name.as_deref(), user.job_title.as_deref()),
        (Some("A\u{fffd}"), Some("Andr\u{fffd}"))
    );
    assert!(page.bad_rows.is_empty() && page.odd_fields.is_empty());
}

#[tokio::test]
async fn an_answer_that_is_no_page_is_asked_for_again() {
    let page = "<html><body>Sign in</body></html>";
    let found = users(vec![
        reply(200, page),
        reply(200, ""),
        page_of(&[json!({"accountId": "a"})]),
    ])
    .await;
    assert_eq!(found.unwrap().items.len(), 1);
    let error = users(vec![reply(200, page); 3]).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.api().attempts()),
        (AdminErrorKind::Unreadable, 3)
    );
    assert!(
        error.to_string().contains("an HTML page instead of JSON"),
        "{error}"
    );
    let null = users(vec![reply(200, r#"{"data":null}"#); 3]).await.unwrap_err();
    assert_eq!(null.kind(), AdminErrorKind::Unreadable);
}

#[tokio::test]
async fn bounds_of_a_page() {
    let rows = |count: usize| vec![json!({"accountId": "a"}); count];
    assert_eq!(users(vec![page_of(&rows(1000))]).await.unwrap().items.len(), 1000);
    // One row more, good or bad, and it is not a page any more. It is not asked for again.
    let mut odd = rows(1000);
    odd.push(json!(7));
    for rows in [rows(1001), odd] {
        let error = users(vec![page_of(&rows)]).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.api().kind()),
            (AdminErrorKind::Unreadable, ApiErrorKind::TooLarge)
        );
        assert!(error.to_string().contains("1001 rows"), "{error}");
    }
    let search = UserSearch::builder().limit(1).build().unwrap();
    let (client, _) = client(vec![page_of(&rows(11))]);
    assert!(
        client
            .search_users(&DirectoryRef::Any, &search, None)
            .await
            .is_err()
    );
    let page = users(vec![page_of(&vec![json!({"accountId": 7}); 900])])
        .await
        .unwrap();
    assert_eq!(page.bad_rows.len(), 101);
    assert!(
        page.bad_rows[100].reason.contains("800 in all"),
        "{:?}",
        page.bad_rows[100]
    );
}

#[tokio::test]
async fn bounds_of_ids_and_words() {
    let long = "x".repeat(256 * 1024);
    let fits = "x".repeat(1024);
    let rows = [
        json!({"accountId": fits, "status": fits}),
        json!({"accountId": long}),
        json!({"accountId": "a", "status": long}),
        json!({"accountId": "b", "accountType": long}),
        json!({"accountId": "c", long.as_str(): {}, "status": 5}),
    ];
    let page = users(vec![page_of(&rows)]).await.unwrap();
    assert_eq!(
        (page.items.len(), page.bad_rows.len(), page.odd_fields.len()),
        (2, 3, 1)
    );
    let shown = format!("{:?} {:?}", page.bad_rows, page.odd_fields);
    assert!(shown.len() < 2000, "{}", shown.len());
    let error = users(vec![Reply::json(200, &json!({ long.as_str(): 1 })); 3])
        .await
        .unwrap_err();
    assert!(error.to_string().len() < 1000, "{}", error.to_string().len());
}

/// A cursor that is always new, and always the same rows: page by page, and as a stream.
#[tokio::test]
async fn pages_of_known_rows_end_in_an_error() {
    let count = std::sync::atomic::AtomicUsize::new(0);
    let transport = FakeTransport::new().on_any_fn(move |_: &Recorded| {
        let page = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        Reply::json(
            200,
            &json!({"data": [{"key": "a"}, {"id": "b"}, 7], "links": {"next": format!("c{page}")}}),
        )
    });
    let client = client_of(transport.clone());
    let known = "20 pages have the rows of earlier ones";
    let (mut cursor, mut pages) = (None, 0);
    let error = loop {
        match client.managed_accounts(cursor.as_ref()).await {
            Ok(page) => (cursor, pages) = (page.next, pages + 1),
            Err(error) => break error,
        }
    };
    assert_eq!((error.kind(), pages), (AdminErrorKind::Unreadable, 20));
    assert!(error.to_string().contains(known), "{error}");
    let streamed: Vec<_> = client.managed_accounts_stream(None).collect().await;
    assert_eq!(streamed.len(), 21);
    assert!(streamed.last().unwrap().is_err());
}

#[tokio::test]
async fn empty_pages_end_in_an_error() {
    let count = std::sync::atomic::AtomicUsize::new(0);
    let transport = FakeTransport::new().on_any_fn(move |_: &Recorded| {
        let page = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        Reply::json(200, &json!({"data": [], "links": {"next": format!("c{page}")}}))
    });
    let client = client_of(transport.clone());
    // Page by page, as a program that keeps its place between runs.
    let mut cursor: Option<Cursor> = None;
    let error = loop {
        let written = serde_json::to_string(&cursor).unwrap();
        cursor = serde_json::from_str(&written).unwrap();
        match client.managed_accounts(cursor.as_ref()).await {
            Ok(page) => cursor = page.next,
            Err(error) => break error,
        }
    };
    assert_eq!(
        (error.kind(), transport.requests().len()),
        (AdminErrorKind::Unreadable, 20)
    );
    assert!(
        error.to_string().contains("20 pages in a row are empty"),
        "{error}"
    );
    let before = transport.requests().len();
    let pages: Vec<_> = client.managed_accounts_stream(None).collect().await;
    assert!(pages.last().unwrap().is_err());
    assert_eq!(transport.requests().len() - before, 20);
    let before = transport.requests().len();
    assert!(
        client
            .last_active_dates(&AccountId::from_vendor("a"))
            .await
            .is_err()
    );
    assert!(transport.requests().len() - before <= 20);
    // A position in the feed of events names where to go on although nothing is new.
    let mut position = None;
    for _ in 0..30 {
        let query = FeedQuery::new(None, 10).unwrap();
        position = client
            .poll_events(&query, position.as_ref())
            .await
            .unwrap()
            .position;
    }
}

#[tokio::test]
async fn a_proxy_and_a_certificate_have_hints_of_their_own() {
    use http_kit::TransportErrorKind::{Proxy, Tls, Tunnel};
    for (reply, kind, hint) in [
        (Reply::status(407), AdminErrorKind::ProxyRefused, "HTTPS_PROXY"),
        (Reply::fault(Proxy), AdminErrorKind::ProxyRefused, "HTTPS_PROXY"),
        (
            Reply::fault(Tunnel),
            AdminErrorKind::ProxyBlocked,
            "allow connections to api.atlassian.com",
        ),
        (Reply::fault(Tls), AdminErrorKind::Untrusted, "SSL_CERT_FILE"),
    ] {
        let error = users(vec![reply]).await.unwrap_err();
        assert_eq!((error.kind(), error.api().attempts()), (kind, 1));
        assert!(error.hint().unwrap().contains(hint), "{:?}", error.hint());
    }
}

/// A cache on the way mixes two answers up: what is told of another object is told of nobody.
#[tokio::test]
async fn an_answer_about_another_object_is_none() {
    const OTHER: &str = "00000000-0000-4000-8000-000000000000";
    let data = |id: &str| json!({ "data": { "id": OTHER, "accountId": OTHER, id: OTHER } });
    let account = AccountId::parse(ACCOUNT).unwrap();
    let change = ProfileChange::builder().nickname("Ada").build().unwrap();
    let mut told = Vec::new();
    for operation in 0..7 {
        let answer = match operation {
            0..=4 => data("id"),
            _ => json!({ "account": { "account_id": OTHER } }),
        };
        let (client, transport) = client(vec![Reply::json(200, &answer); 3]);
        let any = DirectoryRef::Any;
        let error = match operation {
            0 => client.user(&any, &account).await.map(drop),
            1 => client
                .group(&any, &GroupId::parse(GROUP).unwrap())
                .await
                .map(drop),
            2 => client.organization().await.map(drop),
            3 => client
                .domain(&DomainId::from_vendor("larkspur.example"))
                .await
                .map(drop),
            4 => client.policy(&PolicyId::from_vendor("p-1")).await.map(drop),
            5 => client.account_profile(&account).await.map(drop),
            _ => client.update_account_profile(&account, &change).await.map(drop),
        };
        let error = error.unwrap_err();
        assert_eq!(error.api().kind(), ApiErrorKind::Protocol, "{error}");
        assert_eq!(error.kind(), AdminErrorKind::Unreadable, "{error}");
        assert_eq!(error.absence(), Absence::NotProven, "{error}");
        told.push((error.api().operation(), transport.requests().len()));
    }
    assert_eq!(
        told,
        [
            ("users.get", 3),
            ("groups.get", 3),
            ("organization.get", 3),
            ("domains.get", 3),
            ("policies.get", 3),
            ("account.profile", 3),
            // A change is sent once, whatever it is answered with.
            ("account.profile.update", 1),
        ]
    );
}

#[tokio::test]
async fn an_answer_about_another_object_passes() {
    let row = |id: &str| Reply::json(200, &json!({ "data": { "accountId": id, "name": "Ada" } }));
    let (client, transport) = client(vec![row("712020:other"), row(&ACCOUNT.to_uppercase())]);
    let account = AccountId::parse(ACCOUNT).unwrap();
    let user = client.user(&DirectoryRef::Any, &account).await.unwrap();
    assert_eq!(user.name.as_deref(), Some("Ada"));
    assert_eq!(transport.requests().len(), 2);
}
