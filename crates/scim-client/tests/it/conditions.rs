//! Versions of resources: kept, sent back, and what follows for sending twice.

use crate::support::{client, fixture, reply, told, user, written};
use http_kit::TransportErrorKind;
use http_kit::testing::Reply;
use scim_client::*;

const ALL: Selection = Selection::Default;

/// The version of a user that was answered like this.
async fn version(answer: Reply) -> Option<String> {
    let (client, _) = client(Profile::rfc(), vec![answer]);
    let stored = client
        .users()
        .get(&UserId::parse("1").unwrap(), &ALL)
        .await
        .unwrap();
    stored.etag().map(ToString::to_string)
}

#[tokio::test]
async fn the_version_comes_from_the_header_or_from_the_body() {
    let body = r#"{"id":"1","userName":"a","meta":{"version":"W/\"2\""}}"#;
    let bare = r#"{"id":"1","userName":"a"}"#;
    let etag = |body, value| reply(200, body).header("etag", value);
    assert_eq!(version(reply(200, body)).await.as_deref(), Some("W/\"2\""));
    assert_eq!(version(etag(body, "W/\"3\"")).await.as_deref(), Some("W/\"3\""));
    assert_eq!(version(etag(bare, "\"x\"")).await.as_deref(), Some("\"x\""));
    // A server whose versions have no quotes gets them back without.
    assert_eq!(version(etag(bare, "00042")).await.as_deref(), Some("00042"));
    assert_eq!(version(reply(200, bare)).await, None);
}

#[tokio::test]
async fn a_resource_that_has_not_changed_is_not_read_again() {
    let (client, transport) = client(
        Profile::rfc(),
        vec![
            reply(200, fixture!("rfc-user")),
            Reply::status(304).header("etag", "W/\"a330bc54\""),
            reply(200, fixture!("rfc-user")).header("etag", "W/\"new\""),
            Reply::status(304),
        ],
    );
    let user = || UserId::parse("2c9e41").unwrap();
    let read = client.users().get(&user(), &ALL).await.unwrap();
    let known = read.etag().unwrap();
    assert_eq!(
        client.users().get_unless(&user(), known, &ALL).await.unwrap(),
        None
    );
    let changed = client
        .users()
        .get_unless(&user(), known, &ALL)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(changed.etag().unwrap().as_str(), "W/\"new\"");
    assert_eq!(client.me().get_unless(known, &ALL).await.unwrap(), None);
    let sent: Vec<String> = transport.requests().iter().map(written).collect();
    insta::assert_snapshot!(sent.join("\n"), @r#"
    GET /Users/2c9e41
    GET /Users/2c9e41
    if-none-match: W/"a330bc54"
    GET /Users/2c9e41
    if-none-match: W/"a330bc54"
    GET /Me
    if-none-match: W/"a330bc54"
    "#);
}

/// How often a change is sent whose answer never comes.
async fn sendings(options: &WriteOptions) -> usize {
    let (client, transport) = client(
        Profile::rfc(),
        vec![Reply::fault(TransportErrorKind::Interrupted); 20],
    );
    let patch = Patch::builder().replace("active", false).build().unwrap();
    client.users().patch(&user(), &patch, options).await.unwrap_err();
    transport.requests().len()
}

#[tokio::test]
async fn a_change_whose_answer_is_lost_is_sent_once_whatever_version_it_names() {
    // A second sending would do no harm, but its answer would be a refusal that says nothing about the first.
    let guarded = WriteOptions::default().if_match(ETag::parse("W/\"1\"").unwrap());
    assert_eq!(sendings(&guarded).await, 1);
    assert_eq!(sendings(&WriteOptions::default()).await, 1);
    assert_eq!(sendings(&WriteOptions::default().if_match(ETag::any())).await, 1);
}

#[tokio::test]
async fn another_version_is_told() {
    let (client, transport) = client(Profile::rfc(), vec![reply(412, fixture!("errors/e6-version"))]);
    let etag = ETag::parse("W/\"1\"").unwrap();
    let error = client.users().delete(&user(), Some(&etag)).await.unwrap_err();
    insta::assert_snapshot!(
        format!("{}\n{}", written(&transport.requests()[0]), told(&error)),
        @r#"
    DELETE /Users/a4d9c5b0-3e77-4f12-8b60-9c11f0e2d745
    if-match: W/"1"
    VersionMismatch: Failed to update. Resource changed on the server
    "#
    );
}

#[test]
fn what_can_be_a_version() {
    for text in ["W/\"1\"", "\"\"", "*", "1 2"] {
        assert_eq!(ETag::parse(text).unwrap().as_str(), text);
    }
    for text in ["", "a\nb", "é", "a\0"] {
        let error = ETag::parse(text).unwrap_err();
        assert_eq!(error.parameter(), "version");
    }
}
