//! Listings over several pages, in both styles, at servers that keep to the rules and at others.

use crate::support::{client, client_of, reply};
use futures_util::{Stream, StreamExt};
use http::Method;
use http_kit::testing::{FakeTransport, Recorded, Reply};
use http_kit::{Cursor, Page, RetryPolicy};
use proptest::prelude::*;
use scim_client::*;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// A server with so many users, and with habits.
#[derive(Clone, Copy, Debug, Default)]
struct Server {
    users: usize,
    /// Gives at most so many rows.
    most: Option<usize>,
    /// Counts the rows of the page instead of all.
    counts_the_page: bool,
    /// Counts so many that it never gives.
    counts_more: usize,
    /// Does not count.
    never_counts: bool,
    /// Gives the beginning wherever a page is to start.
    ignores_start: bool,
    /// Gives the rows of a page in another order each time.
    shuffles: bool,
    /// Gives everything at once.
    ignores_count: bool,
    /// Understands cursors.
    cursors: bool,
}

impl Server {
    fn answer(&self, request: &Recorded) -> Reply {
        let body = request.json();
        let number = |name: &str| {
            let text = request.query_value(name).map(str::to_owned);
            text.or_else(|| body.get(name).map(Value::to_string))
                .map(|text| text.parse::<usize>().unwrap())
        };
        let cursor = request
            .query_value("cursor")
            .or_else(|| body["cursor"].as_str())
            .filter(|_| self.cursors);
        let start = match cursor {
            Some("") => 0,
            Some(cursor) => cursor.strip_prefix("at/?").unwrap().parse().unwrap(),
            None if self.ignores_start => 0,
            None => number("startIndex").unwrap_or(1) - 1,
        };
        let count = match self.ignores_count {
            true => usize::MAX,
            false => number("count").unwrap_or(50),
        };
        let end = self
            .users
            .min(start.saturating_add(count.min(self.most.unwrap_or(usize::MAX))));
        let mut rows: Vec<Value> = (start.min(end)..end)
            .map(|n| json!({"id": format!("u{n}")}))
            .collect();
        if self.shuffles && number("startIndex").unwrap_or(1) > 1 {
            rows.reverse();
        }
        let total = match self.counts_the_page {
            true => rows.len(),
            false => self.users + self.counts_more,
        };
        let mut list = json!({"itemsPerPage": rows.len(), "Resources": rows});
        if !self.never_counts {
            list["totalResults"] = json!(total);
        }
        match cursor {
            Some(_) if end < self.users => list["nextCursor"] = json!(format!("at/?{end}")),
            Some(_) => {}
            None => list["startIndex"] = json!(start + 1),
        }
        Reply::json(200, &list)
    }

    fn client(self) -> (ScimClient, Arc<Mutex<usize>>) {
        let asked = Arc::new(Mutex::new(0));
        let count = Arc::clone(&asked);
        let answer = move |request: &Recorded| {
            *count.lock().unwrap() += 1;
            self.answer(request)
        };
        let transport = FakeTransport::new()
            .on_fn(Method::GET, "/**", answer.clone())
            .on_fn(Method::POST, "/**", answer);
        (client_of(Profile::rfc(), transport, RetryPolicy::never()), asked)
    }
}

fn query(page_size: u32, paging: Paging) -> Query {
    Query::builder()
        .page_size(page_size)
        .paging(paging)
        .build()
        .unwrap()
}

/// What a listing gives: the sizes of its pages, what is reported, and how it ends.
async fn walk<T>(pages: impl Stream<Item = Result<Page<T>, ScimError>>) -> (Vec<usize>, Vec<String>) {
    let (mut sizes, mut notes) = (Vec::new(), Vec::new());
    let mut pages = std::pin::pin!(pages);
    while let Some(page) = pages.next().await {
        match page {
            Ok(page) => {
                sizes.push(page.items.len());
                notes.extend(
                    page.bad_rows
                        .iter()
                        .map(|row| format!("{}: {}", row.field, row.reason)),
                );
            }
            Err(error) => notes.push(format!("{:?}: {error}", error.kind())),
        }
    }
    (sizes, notes)
}

async fn check(server: Server, query: Query, sizes: &[usize], notes: &[&str]) {
    let (client, _) = server.client();
    let found = walk(client.users().list_stream(query.clone(), None)).await;
    assert_eq!(
        (found.0.as_slice(), &found.1),
        (sizes, &notes.iter().map(|note| (*note).to_owned()).collect()),
        "{server:?}"
    );
    // A search finds what a listing finds.
    let found = walk(client.users().search_stream(query, None)).await;
    assert_eq!(found.0, sizes, "{server:?}");
}

#[tokio::test]
async fn by_index() {
    let users = |users| Server {
        users,
        ..Server::default()
    };
    let by_two = || query(2, Paging::Index);
    check(users(0), by_two(), &[0], &[]).await;
    check(users(1), by_two(), &[1], &[]).await;
    check(users(5), by_two(), &[2, 2, 1], &[]).await;
    // Where all that is counted came, nothing is asked beyond it.
    check(users(2), by_two(), &[2], &[]).await;
    check(users(4), by_two(), &[2, 2], &[]).await;
}

#[tokio::test]
async fn by_index_at_servers_with_habits() {
    let server = Server {
        users: 5,
        ..Server::default()
    };
    let by = |size| query(size, Paging::Index);
    let at_most = |most| Server {
        most: Some(most),
        ..server
    };
    check(at_most(2), by(4), &[2, 2, 1], &[]).await;
    check(at_most(1), by(4), &[1, 1, 1, 1, 1], &[]).await;

    let counts_the_page = Server {
        counts_the_page: true,
        ..server
    };
    // Its first page cannot be told from a whole listing.
    check(counts_the_page, by(2), &[2], &[]).await;
    check(counts_the_page, by(5), &[5], &[]).await;

    let never_counts = Server {
        never_counts: true,
        ..server
    };
    check(never_counts, by(2), &[2, 2, 1, 0], &[]).await;

    let counts_more = Server {
        counts_more: 3,
        ..server
    };
    let missing = "totalResults: the server counts 3 more resources than it gives";
    check(counts_more, by(2), &[2, 2, 1, 0], &[missing]).await;

    let everything = Server {
        ignores_count: true,
        ..server
    };
    check(everything, by(2), &[5], &[]).await;

    let ignores_start = Server {
        ignores_start: true,
        ..server
    };
    let again = "Unreadable: users.list failed: protocol broken: 200 OK: the page is the one before it: the server \
                 does not go on where it is asked to \
                 (GET /scim/directory/7d0f3c18-42ae-4b6f-9c55-1e08b7a4d263/Users)";
    check(ignores_start, by(2), &[2], &[again]).await;
    check(ignores_start, by(5), &[5], &[]).await;
    let shuffles = Server {
        shuffles: true,
        ..ignores_start
    };
    check(shuffles, by(2), &[2], &[again]).await;
}

#[tokio::test]
async fn by_cursor() {
    let cursors = |users| Server {
        users,
        cursors: true,
        ..Server::default()
    };
    let by_two = || query(2, Paging::Cursor);
    check(cursors(0), by_two(), &[0], &[]).await;
    check(cursors(2), by_two(), &[2], &[]).await;
    check(cursors(5), by_two(), &[2, 2, 1], &[]).await;
    let at_most_one = Server {
        most: Some(1),
        never_counts: true,
        ..cursors(3)
    };
    check(at_most_one, by_two(), &[1, 1, 1], &[]).await;

    let without = Server {
        users: 5,
        ..Server::default()
    };
    let ignored = "Unreadable: users.list failed: protocol broken: 200 OK: the server counts more resources and gives \
                   no cursor to go on with: it may not have cursors \
                   (GET /scim/directory/7d0f3c18-42ae-4b6f-9c55-1e08b7a4d263/Users)";
    check(without, by_two(), &[], &[ignored]).await;
    let counts_more = Server {
        counts_more: 3,
        ..cursors(5)
    };
    let missing = "totalResults: the server counts 3 more resources than it gives";
    check(counts_more, by_two(), &[2, 2, 1], &[missing]).await;
    // Everything fitted into one page: that there are no cursors does not matter.
    check(without, query(5, Paging::Cursor), &[5], &[]).await;
}

#[tokio::test]
async fn a_cursor_that_comes_again_ends_the_listing_with_an_error() {
    let page = |next: &str| Reply::json(200, &json!({"Resources": [{"id": "1"}], "nextCursor": next}));
    let (client, transport) = client(Profile::rfc(), vec![page("a"), page("b"), page("a")]);
    let found = walk(client.groups().list_stream(query(1, Paging::Cursor), None)).await;
    assert_eq!((found.0.len(), transport.requests().len()), (2, 3));
    insta::assert_snapshot!(found.1.join("\n"), @"Unreadable: groups.list failed: protocol broken: the cursor of the next page was used before, so the listing would never end");
}

/// A cursor that is always new, and the same rows again and again; by index as well, where two pages take turns.
#[tokio::test]
async fn pages_of_known_rows_end_the_listing_with_an_error() {
    for (paging, period) in [(Paging::Cursor, 1), (Paging::Cursor, 3), (Paging::Index, 2)] {
        let pages: Vec<_> = (0..300)
            .map(|page| {
                let rows = [json!({ "id": format!("row {}", page % period) })];
                Reply::json(
                    200,
                    &json!({ "totalResults": 1000, "Resources": rows, "nextCursor": format!("c{page}") }),
                )
            })
            .collect();
        let (client, transport) = client(Profile::rfc(), pages);
        let found = walk(client.groups().list_stream(query(1, paging), None)).await;
        assert!(
            transport.requests().len() <= 21 * (period + 1),
            "{paging:?}: {}",
            transport.requests().len()
        );
        assert!(
            found
                .1
                .iter()
                .any(|error| error.contains("20 pages have the rows of earlier ones")),
            "{paging:?}: {:?}",
            found.1
        );
    }
}

#[tokio::test]
async fn an_empty_cursor_is_the_end() {
    let page = Reply::json(200, &json!({"Resources": [], "nextCursor": ""}));
    let (client, _) = client(Profile::rfc(), vec![page]);
    assert_eq!(
        walk(client.search_stream(query(1, Paging::Cursor), None)).await,
        (vec![0], vec![])
    );
}

#[tokio::test]
async fn places_of_a_listing() {
    let server = Server {
        users: 5,
        cursors: true,
        ..Server::default()
    };
    let (client, _) = server.client();
    let mut places = Vec::new();
    for paging in [Paging::Index, Paging::Cursor] {
        let page = client.users().list(&query(2, paging), None).await.unwrap();
        places.push(page.next.unwrap().to_string());
    }
    // The print must be the same in every process, or an interrupted listing could not be resumed.
    assert_eq!(places, ["index:3:ba50ed4192e8c7f8", "cursor:2:at/?2"]);
}

#[tokio::test]
async fn what_is_no_place_is_not_sent() {
    for text in [
        "",
        "3",
        "index:",
        "index:0",
        "index:x",
        "index:3:",
        "index:3:xyz",
        "index:-1",
        "cursor:",
        "cursor:a",
        "cursor:-1:a",
        "next:a",
    ] {
        let (client, transport) = client(Profile::rfc(), vec![reply(200, "{}")]);
        let cursor: Cursor = serde_json::from_value(json!(text)).unwrap();
        let error = client
            .users()
            .list(&Query::default(), Some(&cursor))
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), transport.requests().len()),
            (ScimErrorKind::BadParameter, 0),
            "{text}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the sizes, the style and the habits that lose nothing: every user comes, and comes once; also when
    /// the listing is interrupted behind any page and goes on in another process.
    #[test]
    fn every_user_comes_once(
        users in 0_usize..40,
        size in 1_u32..9,
        most in proptest::option::of(1_usize..9),
        cursors: bool,
        never_counts: bool,
        interrupted in 0_usize..6,
    ) {
        let server = Server { users, most, cursors, never_counts, ..Server::default() };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let ids = runtime.block_on(async {
            let (client, _) = server.client();
            let query = query(size, if cursors { Paging::Cursor } else { Paging::Index });
            let mut ids = Vec::new();
            let mut from: Option<Cursor> = None;
            for pages in [interrupted, usize::MAX] {
                let listing = client.users().list_stream(query.clone(), from.clone()).take(pages);
                let mut listing = std::pin::pin!(listing);
                let mut ended = pages > 0;
                while let Some(page) = listing.next().await {
                    let page = page.unwrap();
                    ids.extend(page.items.into_iter().map(|user| user.id.to_string()));
                    ended = page.next.is_none();
                    // What is kept between two processes is a text.
                    from = page.next.map(|cursor| {
                        serde_json::from_str(&serde_json::to_string(&cursor).unwrap()).unwrap()
                    });
                }
                if ended {
                    break;
                }
            }
            ids
        });
        let all: Vec<String> = (0..users).map(|n| format!("u{n}")).collect();
        prop_assert_eq!(ids, all);
    }
}

#[tokio::test]
async fn a_listing_that_is_counted_right_costs_no_request_too_many() {
    for (users, size, requests) in [(0, 10, 1), (7, 10, 1), (25, 10, 3)] {
        let server = Server {
            users,
            ..Server::default()
        };
        let (client, asked) = server.client();
        walk(client.users().list_stream(query(size, Paging::Index), None)).await;
        assert_eq!(*asked.lock().unwrap(), requests, "{users} users by {size}");
    }
}
