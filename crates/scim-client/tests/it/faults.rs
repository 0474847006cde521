//! Whatever a server does, a call ends with a value or an error that says what it means, and in time.

use crate::support::{KEY, fixture, group, user};
use futures_util::StreamExt;
use http_kit::testing::{FakeTransport, Recorded, Reply};
use http_kit::{Clock, Jitter, ManualClock, RetryPolicy, TransportErrorKind};
use proptest::prelude::*;
use scim_client::*;
use std::sync::Arc;
use std::time::Duration;

/// One thing that a server, or what stands before it, can do.
fn anything() -> impl Strategy<Value = Reply> {
    use TransportErrorKind::{Connect, Dns, Interrupted, Other, Timeout, Tls, TooLarge, Truncated};
    let kinds = vec![
        Connect,
        Dns,
        Tls,
        Timeout,
        Interrupted,
        Truncated,
        TooLarge,
        Other,
    ];
    let bodies = vec![
        "",
        "{}",
        "[]",
        "<html>",
        r#"{"id":"1","userName":"a"}"#,
        r#"{"totalResults":7,"Resources":[{"id":"1"}]}"#,
        r#"{"totalResults":"many","Resources":{}}"#,
        r#"{"Resources":[{"id":"1"}],"nextCursor":"again"}"#,
        fixture!("atlassian-users"),
        fixture!("users-bad-rows"),
        fixture!("rfc-users-cursor"),
        fixture!("rfc-bulk"),
        fixture!("errors/e6-email-taken"),
        fixture!("errors/e6-expired-cursor"),
        fixture!("errors/e7-forbidden"),
        fixture!("errors/java-exception"),
    ];
    let answer = (200_u16..600, prop::sample::select(bodies.clone()));
    let success = (
        prop::sample::select(vec![200_u16, 201, 204]),
        prop::sample::select(bodies),
    );
    let passing = prop::sample::select(vec![408_u16, 429, 500, 502, 503, 504]);
    let outcome = prop_oneof![
        1 => answer.prop_map(|(status, body)| Reply::status(status).body(body)),
        3 => success.prop_map(|(status, body)| Reply::status(status).body(body)),
        3 => passing.prop_map(Reply::status),
        2 => prop::sample::select(kinds).prop_map(Reply::fault),
    ];
    let hint = prop_oneof![
        3 => Just(None),
        1 => (0_u32..2000).prop_map(|seconds| Some(("retry-after", seconds.to_string()))),
        1 => "[ -~]{0,12}".prop_map(|text| Some(("retry-after", text))),
        1 => (0_u32..4000).prop_map(|seconds| Some(("x-ratelimit-reset", seconds.to_string()))),
    ];
    (outcome, hint, 0_u64..100_000).prop_map(|(reply, hint, millis)| {
        let reply = reply.takes(Duration::from_millis(millis));
        hint.into_iter()
            .fold(reply, |reply, (name, value)| reply.header(name, &value))
    })
}

/// Calls one operation, by its number.
async fn call(client: &ScimClient, number: usize) -> Result<(), ScimError> {
    let (users, groups) = (client.users(), client.groups());
    let (everything, query) = (Selection::Default, Query::default());
    let options = WriteOptions::default().if_match(ETag::any());
    let off = Patch::builder()
        .replace("active", false)
        .build()
        .expect("a patch");
    match number {
        0 => client.discovery().config().await.map(drop),
        1 => client.discovery().schemas().await.map(drop),
        2 => users.list(&query, None).await.map(drop),
        3 => users.search(&query, None).await.map(drop),
        4 => users.get(&user(), &everything).await.map(drop),
        5 => users.create(&User::new("a"), &everything).await.map(drop),
        6 => users.replace(&user(), &User::new("a"), &options).await.map(drop),
        7 => users.patch(&user(), &off, &options).await.map(drop),
        8 => groups.delete(&group(), None).await.map(drop),
        9 => client.me().get(&everything).await.map(drop),
        _ => {
            let request = BulkRequest::builder().operation(BulkOperation::delete::<User>(&user()));
            client.bulk(&request.build().expect("a request")).await.map(drop)
        }
    }
}

/// A client of a server that does all this and then nothing but fail, with what tells how long it took.
fn bench(replies: Vec<Reply>, policy: RetryPolicy, seed: u64) -> (ScimClient, FakeTransport, ManualClock) {
    let clock = ManualClock::default();
    let replies = Arc::new(std::sync::Mutex::new(replies.into_iter()));
    let answer = move |_: &Recorded| {
        let next = replies.lock().expect("no test panics inside").next();
        next.unwrap_or_else(|| Reply::status(503))
    };
    let fake = FakeTransport::new().with_clock(&clock).on_any_fn(answer);
    let base = "https://scim.brightwater.example/v2".parse().expect("an address");
    let http = http_builder(Arc::new(fake.clone()), base, Secret::from(KEY.to_owned()))
        .clock(Arc::new(clock.clone()))
        .jitter(Jitter::seeded(seed))
        .retry(policy);
    let client = ScimClient::new(http.build().expect("a client"), Profile::rfc());
    (client, fake, clock)
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime")
        .block_on(future)
}

proptest! {
    #[test]
    fn every_call_ends_in_time(
        replies in prop::collection::vec(anything(), 0..20),
        number in 0_usize..11,
        max_attempts in 1_u32..12,
        budget in 0_u64..1200,
        seed: u64,
    ) {
        let budget = Duration::from_secs(budget);
        let policy = RetryPolicy { max_attempts, budget, ..RetryPolicy::default() };
        let (client, fake, clock) = bench(replies, policy, seed);
        let outcome = run(call(&client, number));
        let requests = fake.requests().len();
        prop_assert!(clock.elapsed() <= budget, "{:?} of {budget:?}", clock.elapsed());
        // Refusals by the limit count against the time only.
        let refused = client.http().meter().total().rate_limited as usize;
        let most = if max_attempts > 1 { max_attempts as usize + refused } else { 1 };
        prop_assert!(requests <= most, "{requests} requests of {max_attempts}, {refused} refused");
        if let Err(error) = outcome {
            let api = error.api().expect("an error of a call that was made");
            prop_assert_eq!(api.attempts() as usize, requests, "{}", error);
            let of_answer = matches!(error.kind(), ScimErrorKind::Unreadable) && api.transport().is_none();
            prop_assert!(!of_answer || api.status().is_some() && !api.path().is_empty(), "{error}");
            prop_assert!(!matches!(error.kind(), ScimErrorKind::Refused | ScimErrorKind::BadParameter), "{error}");
        }
    }

    /// A listing ends, by index and by cursor, and a page or an error is all that comes of it.
    #[test]
    fn every_listing_ends(
        replies in prop::collection::vec(anything(), 0..20),
        cursors: bool,
        search: bool,
        seed: u64,
    ) {
        let most = replies.len() + 1;
        let (client, fake, _) = bench(replies, RetryPolicy::never(), seed);
        let paging = if cursors { Paging::Cursor } else { Paging::Index };
        let query = Query::builder().page_size(2).paging(paging).build().expect("a query");
        let users = client.users();
        let pages: Vec<_> = run(async {
            match search {
                true => users.search_stream(query, None).collect().await,
                false => users.list_stream(query, None).collect().await,
            }
        });
        prop_assert!(!pages.is_empty() && fake.requests().len() <= most);
        // Nothing comes behind an error.
        let errors = pages.iter().filter(|page| page.is_err()).count();
        prop_assert!(errors == 0 || errors == 1 && pages.last().is_some_and(Result::is_err));
    }
}
