//! Listings over several pages, in each of the vendor's styles.

use crate::support::{ACCOUNT, client, reply, written};
use atlassian_admin::*;
use futures_util::{Stream, StreamExt, TryStreamExt};
use http_kit::testing::Reply;
use http_kit::{Cursor, Page};

/// Reads a listing to its end; shows what was sent for each page.
async fn walk<T, S: Stream<Item = Result<Page<T>, AdminError>>>(
    replies: Vec<Reply>,
    list: impl FnOnce(&AdminClient) -> S,
) -> String {
    let (client, transport) = client(replies);
    let outcome = list(&client)
        .map_ok(|page| page.items.len())
        .collect::<Vec<_>>()
        .await;
    let mut lines: Vec<String> = transport.requests().iter().map(written).collect();
    lines.extend(outcome.into_iter().map(|page| match page {
        Ok(rows) => format!("page of {rows}"),
        Err(error) => format!("{:?}: {error}", error.kind()),
    }));
    lines.join("\n")
}

fn pages(next: &[&'static str]) -> Vec<Reply> {
    next.iter().map(|page| reply(200, page)).collect()
}

#[tokio::test]
async fn cursor_in_the_body_beside_the_search() {
    let replies = pages(&[
        r#"{"data":[],"links":{"next":"cGc6Mg=="}}"#,
        r#"{"data":[],"links":{"next":""}}"#,
    ]);
    let search = UserSearch::builder()
        .filter(UserFilter::members_of(GroupId::from_vendor("g1")))
        .build()
        .unwrap();
    let walked = walk(replies, |client| {
        client.search_users_stream(DirectoryRef::Any, search, None)
    })
    .await;
    insta::assert_snapshot!(walked, @r#"
    POST /admin/v2/orgs/8f1c2d34-5b6a-4c7d-9e80-1a2b3c4d5e6f/directories/-/users/search
    {"limit":100,"groupIds":["g1"]}
    POST /admin/v2/orgs/8f1c2d34-5b6a-4c7d-9e80-1a2b3c4d5e6f/directories/-/users/search
    {"limit":100,"groupIds":["g1"],"cursor":"cGc6Mg=="}
    page of 0
    page of 0
    "#);
}

#[tokio::test]
async fn cursor_in_the_body_alone() {
    let replies = pages(&[
        r#"{"data":[],"links":{"next":"eyJvIjoyMH0="}}"#,
        r#"{"data":[],"links":{"next":"https://api.atlassian.com/admin/v2/orgs/o/workspaces?cursor=a%2Bb%3D&x=1"}}"#,
        r#"{"data":[],"links":{"next":null},"meta":{"pageSize":20,"total":23}}"#,
    ]);
    let walked = walk(replies, |client| client.workspaces_stream(None)).await;
    insta::assert_snapshot!(walked, @r#"
    POST /admin/v2/orgs/8f1c2d34-5b6a-4c7d-9e80-1a2b3c4d5e6f/workspaces
    {"limit":1000}
    POST /admin/v2/orgs/8f1c2d34-5b6a-4c7d-9e80-1a2b3c4d5e6f/workspaces
    {"cursor":"eyJvIjoyMH0="}
    POST /admin/v2/orgs/8f1c2d34-5b6a-4c7d-9e80-1a2b3c4d5e6f/workspaces
    {"cursor":"a+b="}
    page of 0
    page of 0
    page of 0
    "#);
}

#[tokio::test]
async fn bare_cursor_in_the_query() {
    let replies = pages(&[
        r#"{"data":[],"links":{"next":"a+b/c="}}"#,
        r#"{"data":[],"links":null}"#,
    ]);
    let walked = walk(replies, |client| {
        let account = AccountId::parse(ACCOUNT).unwrap();
        client.user_role_assignments_stream(DirectoryRef::Any, account, RoleQuery::default(), None)
    })
    .await;
    insta::assert_snapshot!(walked, @r"
    GET /admin/v2/orgs/8f1c2d34-5b6a-4c7d-9e80-1a2b3c4d5e6f/directories/-/users/712020:0b7c4e1f-93aa-4d15-8f60-2c7de91b54a3/role-assignments?limit=100
    GET /admin/v2/orgs/8f1c2d34-5b6a-4c7d-9e80-1a2b3c4d5e6f/directories/-/users/712020:0b7c4e1f-93aa-4d15-8f60-2c7de91b54a3/role-assignments?limit=100&cursor=a+b/c=
    page of 0
    page of 0
    ");
}

#[tokio::test]
async fn cursor_in_an_address_or_in_the_meta_data() {
    let replies = pages(&[
        r#"{"data":[],"links":{"next":"https://api.atlassian.com/admin/v1/orgs/o/users?cursor=ZkE%2BPQ%3D%3D"},"meta":{"total":3}}"#,
        r#"{"data":[],"links":{},"meta":{"next":"bWV0YQ"}}"#,
        r#"{"data":[],"links":{},"meta":{"next":null}}"#,
    ]);
    let walked = walk(replies, |client| client.managed_accounts_stream(None)).await;
    insta::assert_snapshot!(walked, @r"
    GET /admin/v1/orgs/8f1c2d34-5b6a-4c7d-9e80-1a2b3c4d5e6f/users
    GET /admin/v1/orgs/8f1c2d34-5b6a-4c7d-9e80-1a2b3c4d5e6f/users?cursor=ZkE+PQ==
    GET /admin/v1/orgs/8f1c2d34-5b6a-4c7d-9e80-1a2b3c4d5e6f/users?cursor=bWV0YQ
    page of 0
    page of 0
    page of 0
    ");
}

#[tokio::test]
async fn cursor_beside_the_page_size() {
    let replies = pages(&[
        r#"{"data":[],"links":{"next":"dG9r"}}"#,
        r#"{"data":[],"links":{"self":"x"}}"#,
    ]);
    let walked = walk(replies, |client| client.api_tokens_stream(None)).await;
    insta::assert_snapshot!(walked, @r"
    GET /admin/api-access/v1/orgs/8f1c2d34-5b6a-4c7d-9e80-1a2b3c4d5e6f/api-tokens?pageSize=1000
    GET /admin/api-access/v1/orgs/8f1c2d34-5b6a-4c7d-9e80-1a2b3c4d5e6f/api-tokens?pageSize=1000&cursor=dG9r
    page of 0
    page of 0
    ");
}

#[tokio::test]
async fn a_listing_goes_on_from_a_cursor() {
    let walked = walk(pages(&[r#"{"data":[]}"#]), |client| {
        client.directories_stream(Cursor::from_link("b2Zm"))
    })
    .await;
    insta::assert_snapshot!(walked, @r"
    GET /admin/v2/orgs/8f1c2d34-5b6a-4c7d-9e80-1a2b3c4d5e6f/directories?limit=100&cursor=b2Zm
    page of 0
    ");
}

#[tokio::test]
async fn a_circle_of_cursors_ends_the_listing_with_an_error() {
    let replies = pages(&[
        r#"{"data":[],"links":{"next":"a"}}"#,
        r#"{"data":[],"links":{"next":"b"}}"#,
        r#"{"data":[],"links":{"next":"a"}}"#,
    ]);
    let walked = walk(replies, |client| client.domains_stream(None)).await;
    insta::assert_snapshot!(walked, @r"
    GET /admin/v1/orgs/8f1c2d34-5b6a-4c7d-9e80-1a2b3c4d5e6f/domains
    GET /admin/v1/orgs/8f1c2d34-5b6a-4c7d-9e80-1a2b3c4d5e6f/domains?cursor=a
    GET /admin/v1/orgs/8f1c2d34-5b6a-4c7d-9e80-1a2b3c4d5e6f/domains?cursor=b
    page of 0
    page of 0
    Unreadable: domains.list failed: protocol broken: the cursor of the next page was used before, so the listing would never end
    ");
}

#[tokio::test]
async fn last_active_dates_are_read_to_the_end() {
    let first = r#"{"data":{"product_access":[{"key":"jira-core"}],"added_to_org":"2023-03-14"},"links":{"next":"n1"}}"#;
    let last =
        r#"{"data":{"product_access":[{"key":"trello"}],"added_to_org":"2023-03-14"},"links":{"next":null}}"#;
    let (client, transport) = client(pages(&[first, last]));
    let dates = client
        .last_active_dates(&AccountId::parse(ACCOUNT).unwrap())
        .await
        .unwrap();
    let keys: Vec<_> = dates
        .product_access
        .iter()
        .map(|app| app.key.as_deref().unwrap())
        .collect();
    assert_eq!(
        (keys, dates.added_to_org.unwrap().as_str()),
        (vec!["jira-core", "trello"], "2023-03-14")
    );
    assert_eq!(transport.requests()[1].query_value("cursor"), Some("n1"));
}

#[tokio::test]
async fn a_feed_keeps_its_position_when_nothing_is_new() {
    let query = FeedQuery::new(None, 500).unwrap();
    let (client, _) = client(pages(&[
        r#"{"data":[],"meta":{"next":null,"page_size":500},"links":{}}"#,
    ]));
    let position = Cursor::from_link("c3RyZWFtOjE");
    let page = client.poll_events(&query, position.as_ref()).await.unwrap();
    assert_eq!((page.events.len(), page.position), (0, position));
}
