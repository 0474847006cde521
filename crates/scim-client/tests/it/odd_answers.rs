//! Answers that are not the documented ones: each says what it means, and none is taken for a success.

use crate::support::{client, group, reply, told, user, written};
use http_kit::testing::Reply;
use scim_client::*;
use serde_json::json;

const ALL: Selection = Selection::Default;

fn created(status: u16, location: Option<&str>, body: &'static str) -> Reply {
    let reply = reply(status, body);
    match location {
        Some(location) => reply.header("location", location),
        None => reply,
    }
}

async fn create(reply: Reply) -> Result<Created<User>, ScimError> {
    let (client, _) = client(Profile::rfc(), vec![reply]);
    client.users().create(&User::new("ines"), &ALL).await
}

/// RFC 7644 §3.3: the address of the new resource is told, also where the resource itself is not.
#[tokio::test]
async fn a_creation_that_tells_the_address_alone() {
    let address = "https://scim.example/v2/Users/u%2F1";
    let bare = create(created(201, Some(address), "")).await.unwrap();
    assert_eq!((bare.id.as_str(), bare.stored.is_none()), ("u/1", true));
    assert_eq!(bare.location.as_deref(), Some(address));

    let without_id = create(created(201, Some("Users/7"), r#"{"userName":"ines"}"#))
        .await
        .unwrap();
    assert_eq!(without_id.id.as_str(), "7");
    let stored = without_id.stored.unwrap();
    assert_eq!(
        (stored.id.as_str(), stored.resource.user_name.as_deref()),
        ("7", Some("ines"))
    );

    let both = create(created(
        201,
        Some("Users/7"),
        r#"{"id":"7","meta":{"location":"x"}}"#,
    ))
    .await
    .unwrap();
    assert_eq!(
        (both.id.as_str(), both.location.as_deref()),
        ("7", Some("Users/7"))
    );
    let of_meta = create(created(
        201,
        None,
        r#"{"id":"7","meta":{"location":"y/Users/7"}}"#,
    ))
    .await
    .unwrap();
    assert_eq!(of_meta.location.as_deref(), Some("y/Users/7"));

    for (status, location, body) in [
        (201, None, ""),
        (201, None, r#"{"userName":"ines"}"#),
        (201, Some("Users"), ""),
        (201, Some("Groups/7"), ""),
        (200, Some("Users/7"), ""),
        (202, Some("Users/7"), ""),
        (201, Some("Users/7"), "<html>"),
        (201, Some("Users/7"), "[]"),
        (
            200,
            None,
            r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"id":"7"}"#,
        ),
    ] {
        let error = create(created(status, location, body)).await.unwrap_err();
        assert_eq!(
            error.kind(),
            ScimErrorKind::Unreadable,
            "{status} {location:?} {body}"
        );
        assert_eq!(
            error.api().unwrap().status(),
            Some(status),
            "it may have been created"
        );
    }
}

/// What is not the documented answer to a change leaves open whether it was made: it is never a success.
#[tokio::test]
async fn a_change_is_made_only_if_the_answer_says_so() {
    let html = "<html>sign in</html>";
    let answers = [
        (200, html),
        (200, "null"),
        (200, "[]"),
        (200, "{}"),
        (202, ""),
        (202, "{}"),
        (203, html),
    ];
    for (status, body) in answers {
        let (client, _) = client(Profile::rfc(), vec![reply(status, body); 5]);
        let (users, groups) = (client.users(), client.groups());
        let off = Patch::builder().replace("active", false).build().unwrap();
        let options = WriteOptions::default();
        let outcomes = [
            users.delete(&user(), None).await.map(drop),
            groups.delete(&group(), None).await.map(drop),
            client.me().delete(None).await.map(drop),
            users.patch(&user(), &off, &options).await.map(drop),
            users.replace(&user(), &User::new("a"), &options).await.map(drop),
        ];
        for outcome in outcomes {
            let error = outcome.unwrap_err();
            assert_eq!(error.kind(), ScimErrorKind::Unreadable, "{status} {body}");
            assert_eq!(error.api().unwrap().status(), Some(status));
        }
    }
    for status in [200, 204] {
        let (client, _) = client(Profile::rfc(), vec![reply(status, "")]);
        client.users().delete(&user(), None).await.unwrap();
    }
}

/// An answer about one resource is never taken for one about another.
#[tokio::test]
async fn the_answer_is_about_the_resource_that_was_asked_for() {
    let other = || Reply::json(200, &json!({"id": "another"}));
    let (asked, _) = client(Profile::rfc(), vec![other(), other(), other(), other()]);
    let users = asked.users();
    let options = WriteOptions::default();
    let etag = ETag::parse("\"1\"").unwrap();
    let outcomes = [
        users.get(&user(), &ALL).await.map(drop),
        users.get_unless(&user(), &etag, &ALL).await.map(drop),
        users.replace(&user(), &User::new("a"), &options).await.map(drop),
        asked.groups().get(&group(), &ALL).await.map(drop),
    ];
    for outcome in outcomes {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), ScimErrorKind::Unreadable);
        assert!(error.to_string().contains("another resource"), "{error}");
    }
    let upper = Reply::json(200, &json!({"id": user().as_str().to_uppercase()}));
    let (asked, _) = client(Profile::rfc(), vec![upper]);
    asked.users().get(&user(), &ALL).await.unwrap();
}

#[tokio::test]
async fn a_group_among_users_is_a_bad_row() {
    let rows = json!([{"id": "1"}, {"id": "2", "schemas": [GROUP_SCHEMA], "displayName": "eng"}]);
    let page = Reply::json(200, &json!({"totalResults": 2, "Resources": rows}));
    let (client, _) = client(Profile::rfc(), vec![page]);
    let page = client.users().list(&Query::default(), None).await.unwrap();
    assert_eq!(page.items.len(), 1);
    let bad = &page.bad_rows[0];
    assert_eq!((bad.index, bad.id.as_deref()), (1, Some("2")));
    assert!(bad.reason.starts_with("this is no user"), "{}", bad.reason);
}

/// The numbers of a resource are sent as they were read.
#[tokio::test]
async fn large_numbers_are_sent_as_they_came() {
    let number = "123456789012345678901234567890";
    let body = format!(r#"{{"id":"{}","userName":"a","badge":{number}}}"#, user());
    let replies = vec![
        Reply::status(200).body(body),
        reply(204, ""),
        reply(200, r#"{"Operations":[]}"#),
    ];
    let (client, transport) = client(Profile::rfc(), replies);
    let mut stored = client.users().get(&user(), &ALL).await.unwrap();
    stored.resource.title = Some("Lead".into());
    let options = WriteOptions::default();
    client
        .users()
        .replace(&user(), &stored.resource, &options)
        .await
        .unwrap();
    let bulk = BulkRequest::builder().operation(BulkOperation::replace(&user(), &stored.resource));
    client.bulk(&bulk.build().unwrap()).await.unwrap();
    let sent = transport.requests();
    for request in &sent[1..] {
        let body = String::from_utf8_lossy(&request.body).into_owned();
        assert!(body.contains(&format!(r#""badge":{number}"#)), "{body}");
        assert!(
            body.contains(r#""title":"Lead""#) && body.contains(USER_SCHEMA),
            "{body}"
        );
    }
}

/// RFC 7644 §3.11: the server may send the one who asks for `/Me` to the address of the user.
#[tokio::test]
async fn a_redirect_is_followed_where_the_key_may_go() {
    let moved = |status: u16, location: &str| Reply::status(status).header("location", location);
    let base = "/scim/directory/7d0f3c18-42ae-4b6f-9c55-1e08b7a4d263";
    for location in [
        format!("https://api.atlassian.test{base}/Users/7?x=1"),
        format!("{base}/Users/7?x=1"),
        "Users/7?x=1".to_owned(),
    ] {
        for status in [307, 308] {
            let found = Reply::json(200, &json!({"id": "7"}));
            let (client, transport) = client(Profile::rfc(), vec![moved(status, &location), found]);
            let me = client.me().get(&ALL).await.unwrap();
            assert_eq!(me.id.as_str(), "7");
            assert_eq!(written(&transport.requests()[1]), "GET /Users/7?x=1");
        }
    }
    // A change is the same change, with its condition and its body.
    let (client_, transport) = client(Profile::rfc(), vec![moved(307, "Users/7"), reply(204, "")]);
    let options = WriteOptions::default().if_match(ETag::parse("\"1\"").unwrap());
    client_.me().replace(&User::new("ines"), &options).await.unwrap();
    let lines: Vec<String> = transport.requests().iter().map(written).collect();
    assert_eq!(lines[1], lines[0].replace("/Me", "/Users/7"));

    for (status, location) in [
        (308, "https://elsewhere.example/scim/Users/7"),
        (
            308,
            "http://api.atlassian.test/scim/directory/7d0f3c18-42ae-4b6f-9c55-1e08b7a4d263/Users/7",
        ),
        (
            308,
            "https://a:b@api.atlassian.test/scim/directory/7d0f3c18-42ae-4b6f-9c55-1e08b7a4d263/Users/7",
        ),
        (308, "/scim/directory/another/Users/7"),
        (308, "../../../admin/v1/orgs"),
        (302, "Users/7"),
        (301, "Users/7"),
    ] {
        let (client, transport) = client(Profile::rfc(), vec![moved(status, location)]);
        let error = client.me().get(&ALL).await.unwrap_err();
        assert_eq!(
            (error.kind(), transport.requests().len()),
            (ScimErrorKind::Redirected, 1),
            "{location}"
        );
        let host = if location.contains("elsewhere") {
            "elsewhere.example"
        } else {
            "api.atlassian.test"
        };
        assert!(error.to_string().contains(host), "{error}");
    }
    // What must not be sent twice is not sent to a second address.
    let (once, transport) = client(Profile::rfc(), vec![moved(307, "Users")]);
    let error = once.users().create(&User::new("ines"), &ALL).await.unwrap_err();
    assert_eq!(
        (told(&error).as_str(), transport.requests().len()),
        ("Redirected", 1)
    );
    // A circle ends.
    let (circle, transport) = client(Profile::rfc(), vec![moved(307, "Me"); 4]);
    let error = circle.me().get(&ALL).await.unwrap_err();
    assert_eq!(
        (error.kind(), transport.requests().len()),
        (ScimErrorKind::Redirected, 4)
    );
}

/// The whole of an extension whose URN ends in a version can be changed.
#[test]
fn schemas_that_end_in_a_version() {
    let urn = "urn:scim:schemas:extension:atlassian-external:1.0";
    for (text, expected) in [
        (urn.to_owned(), urn.to_owned()),
        (
            format!("{urn}:atlassianAccountId"),
            format!("{urn}:atlassianAccountId"),
        ),
        (
            "urn:x:2.0:User:name.familyName".to_owned(),
            "urn:x:2.0:User:name.familyName".to_owned(),
        ),
        (
            "urn:x:2.0:User:emails[type eq \"work\"].value".to_owned(),
            "urn:x:2.0:User:emails[type eq \"work\"].value".to_owned(),
        ),
        ("manager.$ref".to_owned(), "manager.$ref".to_owned()),
        (
            "members[$ref eq \"x\"].$ref".to_owned(),
            "members[$ref eq \"x\"].$ref".to_owned(),
        ),
    ] {
        let path = PatchPath::parse(&text).unwrap();
        assert_eq!(path.to_string(), expected);
        assert!(!format!("{path:?}").contains("z__"), "{path:?}");
    }
    let change = Patch::builder().remove(urn).build().unwrap();
    let refused = Profile::atlassian()
        .check_change(ResourceKind::User, &change)
        .unwrap_err();
    assert_eq!(refused.parameter(), urn);
    assert_eq!(PatchPath::attribute(urn).unwrap(), PatchPath::parse(urn).unwrap());
}
