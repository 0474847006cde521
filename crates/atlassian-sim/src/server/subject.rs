//! A request as a plan of faults sees it.

use crate::endpoint::Endpoint;
use crate::fault::Subject;
use crate::model::hash;
use crate::wire::{Place, Query};
use bytes::Bytes;
use http::request::Parts;
use serde_json::Value;

/// Where a request stands in the order of requests.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subjects {
    pub(super) endpoint: Endpoint,
    pub(super) nth: u64,
    pub(super) nth_of_all: u64,
}

impl Subjects {
    /// The subject, and the cursor that the request carries.
    pub(super) fn examine(self, head: &Parts, body: &Bytes) -> (Subject, Option<String>) {
        let target = head.uri.path_and_query().map_or("", |target| target.as_str());
        let identity = digest(self.endpoint.place() as u64, [target.as_bytes(), body]);
        let cursor = cursor(head.uri.query().unwrap_or_default(), body);
        let listing = cursor.as_deref().map(|cursor| {
            let asked = Place::asked_of(cursor).unwrap_or_default();
            digest(
                self.endpoint.place() as u64,
                [head.uri.path().as_bytes(), asked.as_bytes()],
            )
        });
        let Self {
            endpoint,
            nth,
            nth_of_all,
        } = self;
        (
            Subject {
                endpoint,
                nth,
                nth_of_all,
                identity,
                listing,
            },
            cursor,
        )
    }
}

fn cursor(query: &str, body: &[u8]) -> Option<String> {
    if let Some(cursor) = Query::parse(query).first("cursor") {
        return Some(cursor.to_owned());
    }
    let body: Value = serde_json::from_slice(body).ok()?;
    body.get("cursor")?.as_str().map(str::to_owned)
}

fn digest(start: u64, texts: [&[u8]; 2]) -> u64 {
    let mut sum = start;
    for text in texts {
        for byte in text {
            sum = hash(sum, 1, u64::from(*byte));
        }
        sum = hash(sum, 2, 0);
    }
    sum
}
