//! SCIM: filters, paths, resources, lists, errors.

use super::http::{is_told_safely, runtime};
use super::{Run, holds_no_secret, text};
use crate::mutate::SECRET;
use http_kit::testing::{FakeTransport, Reply};
use http_kit::{ManualClock, RetryPolicy};
use scim_client::{
    AnyResource, AttributePath, Filter, Group, PatchPath, Profile, Query, Resource, ScimClient, Secret,
    Selection, User, http_builder,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Display;
use std::sync::Arc;

/// A filter that was read is written as one that reads the same.
pub(super) fn filter() -> Run {
    Box::new(|input| {
        reads_as_written(input, |text| Filter::parse(text).ok());
    })
}

/// So are paths of changes and of attributes.
pub(super) fn path() -> Run {
    Box::new(|input| {
        reads_as_written(input, |text| PatchPath::parse(text).ok());
        reads_as_written(input, |text| AttributePath::parse(text).ok());
    })
}

fn reads_as_written<T: Display + PartialEq>(input: &[u8], parse: impl Fn(&str) -> Option<T>) {
    let Some(parsed) = text(input).and_then(&parse) else {
        return;
    };
    let written = parsed.to_string();
    let again = parse(&written).unwrap_or_else(|| panic!("what was written is refused: {written:?}"));
    assert!(
        again == parsed,
        "what was written reads as something else: {written:?}"
    );
    assert_eq!(again.to_string(), written, "it is written in two ways");
}

/// A resource that was read is written as one that reads the same.
pub(super) fn resource() -> Run {
    Box::new(|input| {
        round_trip::<User>(input);
        round_trip::<Group>(input);
        drop(serde_json::from_slice::<AnyResource>(input));
    })
}

fn round_trip<R: DeserializeOwned + Serialize + PartialEq>(input: &[u8]) {
    let Ok(read) = serde_json::from_slice::<R>(input) else {
        return;
    };
    let written = serde_json::to_string(&read).expect("what was read can be written");
    let again = serde_json::from_str::<R>(&written)
        .unwrap_or_else(|error| panic!("what was written is refused ({error}): {written}"));
    assert!(
        again == read,
        "what was written reads as something else: {written}"
    );
    assert_eq!(
        serde_json::to_string(&again).expect("it can be written"),
        written,
        "it is written in two ways"
    );
}

/// Every row of a list is there, as a resource or as one that was not understood.
pub(super) fn list() -> Run {
    let runtime = runtime();
    Box::new(move |input| {
        runtime.block_on(async {
            let client = client(200, input);
            check_list(input, client.users().list(&Query::default(), None).await);
            check_list(input, client.groups().list(&Query::default(), None).await);
        });
    })
}

fn check_list<R: Resource>(
    input: &[u8],
    listed: Result<scim_client::Page<scim_client::Stored<R>>, scim_client::ScimError>,
) {
    match listed {
        Ok(page) => {
            for bad in &page.bad_rows {
                holds_no_secret(&bad.reason);
            }
            let read = page.items.len() + page.bad_rows.len();
            if let Some(rows) = rows(input).filter(|rows| *rows <= 100) {
                // What the server counts and does not give is one more entry.
                assert!(read >= rows, "{rows} rows came, and {read} are told of");
            }
        }
        Err(error) => is_told_safely(&error),
    }
}

/// How many rows the answer has, read by somebody else.
fn rows(input: &[u8]) -> Option<usize> {
    let answer: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(input).ok()?;
    answer.get("Resources")?.as_array().map(Vec::len)
}

fn client(status: u16, answer: &[u8]) -> ScimClient {
    let answer = answer.to_vec();
    let transport = FakeTransport::new().on_any_fn(move |_| {
        Reply::status(status)
            .header("content-type", "application/scim+json")
            .body(answer.clone())
    });
    let base = "https://directory.example/scim".parse().expect("an address");
    let http = http_builder(Arc::new(transport), base, Secret::from(SECRET.to_owned()))
        .retry(RetryPolicy::never())
        .clock(Arc::new(ManualClock::default()))
        .build()
        .expect("a client");
    ScimClient::new(http, Profile::rfc())
}

/// What is told of a refusal is a line without what is private.
pub(super) fn error() -> Run {
    let runtime = runtime();
    Box::new(move |input| {
        runtime.block_on(async {
            for status in [400, 404, 409] {
                let client = client(status, input);
                let id = scim_client::UserId::from_server("2819c223");
                if let Err(error) = client.users().get(&id, &Selection::Default).await {
                    is_told_safely(&error);
                }
            }
        });
    })
}
