//! Ids, cursors and the values of filters reach the server as they are, whatever they hold.

use crate::support::{DIRECTORY, client, reply};
use http_kit::Cursor;
use http_kit::testing::{Recorded, Reply};
use proptest::prelude::*;
use scim_client::*;
use serde_json::json;

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime")
        .block_on(future)
}

/// The path of a request about a user of a server.
fn path_of(id: &str) -> String {
    let (client, transport) = client(Profile::rfc(), vec![reply(404, "")]);
    let user = UserId::from_server(id);
    let _ = run(client.users().get(&user, &Selection::Default));
    transport.requests()[0].path.clone()
}

/// The path of an operation of a bulk request about a group of a server.
fn path_in_bulk(id: &str) -> String {
    let (client, transport) = client(Profile::rfc(), vec![reply(404, "")]);
    let group = GroupId::from_server(id);
    let request = BulkRequest::builder().operation(BulkOperation::delete::<Group>(&group));
    let _ = run(client.bulk(&request.build().expect("a request")).send());
    let body = transport.requests()[0].json();
    body["Operations"][0]["path"].as_str().expect("a path").to_owned()
}

/// What a server makes of a segment of a path.
fn read(segment: &str) -> String {
    let query = format!("id={}", segment.replace('+', "%2B"));
    let url: url::Url = format!("https://host.example/?{query}")
        .parse()
        .expect("an address");
    let (_, id) = url.query_pairs().next().expect("a pair");
    id.into_owned()
}

/// The requests of a listing and of a search.
fn asked(query: &Query, from: Option<&Cursor>) -> [Recorded; 2] {
    let (client, transport) = client(
        Profile::rfc(),
        vec![Reply::json(200, &json!({"totalResults": 0, "Resources": []})); 2],
    );
    run(async {
        client.users().list(query, from).await.expect("a page");
        client.users().search(query, from).await.expect("a page");
    });
    transport.requests().try_into().expect("two requests")
}

#[test]
fn separators_are_encoded() {
    for (id, segment) in [
        ("2c9e41", "2c9e41"),
        ("a:b", "a:b"),
        ("a/b", "a%2Fb"),
        ("a/../../Groups", "a%2F..%2F..%2FGroups"),
        ("a?b#c", "a%3Fb%23c"),
        ("50%25", "50%2525"),
        ("Jörg", "J%C3%B6rg"),
    ] {
        assert_eq!(
            path_of(id),
            format!("/scim/directory/{DIRECTORY}/Users/{segment}")
        );
        assert_eq!(path_in_bulk(id), format!("/Groups/{segment}"));
    }
}

#[test]
fn an_id_that_is_no_segment_sends_nothing() {
    for id in [".", "..", ""] {
        let (client, transport) = client(Profile::rfc(), vec![]);
        let (user, group) = (UserId::from_server(id), GroupId::from_server(id));
        let everything = Selection::Default;
        let errors = run(async {
            [
                client.users().get(&user, &everything).await.map(drop),
                client.users().delete(&user, None).await.map(drop),
                client.groups().delete(&group, None).await.map(drop),
                client.discovery().schema(id).await.map(drop),
            ]
        });
        for error in errors.map(Result::unwrap_err) {
            assert_eq!(error.kind(), ScimErrorKind::Invalid, "{error}");
        }
        assert!(transport.requests().is_empty(), "{id:?} was sent");
    }
}

proptest! {
    /// Whatever the id, the request is about one resource and about this one, alone and within a bulk request.
    #[test]
    fn an_id_stays_one_segment(id in "\\PC{1,24}") {
        let id = id.trim();
        prop_assume!(!matches!(id, "" | "." | ".."));
        let alone = path_of(id);
        let in_bulk = path_in_bulk(id);
        let alone = alone.strip_prefix(&format!("/scim/directory/{DIRECTORY}/Users/")).expect("a user");
        let in_bulk = in_bulk.strip_prefix("/Groups/").expect("a group");
        for segment in [alone, in_bulk] {
            prop_assert!(!segment.contains(['/', '?', '#', '\\']), "{segment}");
            prop_assert_eq!(read(segment), id);
        }
    }

    /// Whatever is compared with, the server reads the filter that was built.
    #[test]
    fn a_filter_arrives(value in "(?s).{0,40}") {
        let filter = Filter::eq("userName", value.as_str()).expect("a filter");
        let query = Query::builder().filter(filter.clone()).build().expect("a query");
        let [listing, search] = asked(&query, None);
        let body = search.json();
        for text in [listing.query_value("filter"), body["filter"].as_str()] {
            let text = text.expect("a filter");
            prop_assert_eq!(Filter::parse(text).expect("a filter"), filter.clone());
            let literal = text.strip_prefix("userName eq ").expect("the comparison");
            prop_assert_eq!(serde_json::from_str::<String>(literal).expect("a text"), value.as_str());
        }
    }

    /// A server's cursor is opaque (RFC 9865 §2): it comes back as it was given.
    #[test]
    fn a_cursor_arrives(cursor in "(?s).{1,60}") {
        let (client, _) = client(
            Profile::rfc(),
            vec![Reply::json(200, &json!({"Resources": [{"id": "1"}], "nextCursor": cursor}))],
        );
        let query = Query::builder().paging(Paging::Cursor).build().expect("a query");
        let page = run(client.users().list(&query, None)).expect("a page");
        let [listing, search] = asked(&query, page.next.as_ref());
        prop_assert_eq!(listing.query_value("cursor"), Some(cursor.as_str()));
        prop_assert_eq!(&search.json()["cursor"], &json!(cursor));
    }
}
