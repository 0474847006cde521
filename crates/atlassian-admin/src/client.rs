//! The client of one organization, and the few ways in which its operations are sent and read.

use crate::error::decode_error;
use crate::operation::{CLASS_EVENTS, CLASS_EVENTS_STREAM, CLASS_LAST_ACTIVE, Operation, OperationId};
use crate::page::{decode_page, decode_row, rows};
use crate::{AdminError, OrgId, Receipt};
use futures_util::Stream;
use http::HeaderName;
use http_kit::{
    Answer, ApiError, ApiErrorKind, Call, Cursor, HttpClient, HttpClientBuilder, Page, RateLimiter, Row,
    Secret, Transport, stream_pages,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use url::Url;

/// The address of the vendor's administration APIs. There is no other.
pub const BASE_URL: &str = "https://api.atlassian.com";

/// The most JSON values in an answer: some 30 times as many as the fullest page has.
const MOST_VALUES: usize = 500_000;

/// A client of one organization. Clones are the same client.
///
/// Every method is one request (with its retries) and returns typed rows, a [`Receipt`] where success is all that
/// a write is answered with, or an [`AdminError`] that says what the vendor meant. A listing has a method for one page,
/// resumable from a cursor, and one ending in `_stream` for all of them.
///
/// Dropping a call, because its time is up for example, gives it up, and its place among the requests under way is free again.
/// Whether a change that was under way is carried out is then unknown: read the state before it is sent again.
#[derive(Clone)]
pub struct AdminClient {
    http: HttpClient,
    org: OrgId,
}

/// Sets up the HTTP client for these APIs: the key, how errors are read, and the limits that the vendor
/// documents for single operations (last-active dates, the audit log and its feed). Other operations have no
/// documented limit; the vendor's own headers slow them down.
///
/// `base` is [`BASE_URL`], or the address of a simulator. Say [`rate_limit`](HttpClientBuilder::rate_limit)
/// again with a limiter made by [`rate_limiter`] to share the limits among clients of one organization.
pub fn http_builder(transport: Arc<dyn Transport>, base: Url, key: Secret) -> HttpClientBuilder {
    HttpClient::builder(transport, base)
        .bearer(key)
        .user_agent(concat!("atlassian-admin/", env!("CARGO_PKG_VERSION")))
        .rate_limit(rate_limiter())
        .max_values(MOST_VALUES)
        .error_decoder(decode_error)
        .request_id_headers(
            ["x-request-id", "atl-traceid", "atl-request-id", "x-trace-id"].map(HeaderName::from_static),
        )
}

/// A limiter with the limits that the vendor documents for single operations.
#[must_use]
pub fn rate_limiter() -> RateLimiter {
    const LAST_ACTIVE: NonZeroU32 = NonZeroU32::new(200).unwrap();
    const EVENTS: NonZeroU32 = NonZeroU32::new(10).unwrap();
    const EVENTS_STREAM: NonZeroU32 = NonZeroU32::new(50).unwrap();
    RateLimiter::unlimited()
        .class(CLASS_LAST_ACTIVE, LAST_ACTIVE)
        .class(CLASS_EVENTS, EVENTS)
        .class(CLASS_EVENTS_STREAM, EVENTS_STREAM)
}

/// A write of this client: what it will send, and sends when it is awaited. An answer with nothing but success gives a
/// [`Receipt`].
pub type Write<T = Receipt> = http_kit::Write<T, AdminError>;

impl AdminClient {
    /// A client of this organization, over an HTTP client made with [`http_builder`].
    #[must_use]
    pub fn new(http: HttpClient, org: OrgId) -> Self {
        Self { http, org }
    }

    /// The organization.
    #[must_use]
    pub fn org(&self) -> &OrgId {
        &self.org
    }

    /// The HTTP client, for its counts.
    #[must_use]
    pub fn http(&self) -> &HttpClient {
        &self.http
    }

    /// A page of up to `asked` rows whose cursor travels in the query.
    pub(crate) async fn page_by_query<T: Row>(
        &self,
        call: Call,
        cursor: Option<&Cursor>,
        asked: u16,
    ) -> Result<Page<T>, AdminError> {
        let call = match cursor {
            Some(cursor) => call.query("cursor", cursor),
            None => call,
        };
        self.page(call, cursor, asked).await
    }

    /// A page of up to `asked` rows whose cursor is already in the call.
    pub(crate) async fn page<T: Row>(
        &self,
        call: Call,
        cursor: Option<&Cursor>,
        asked: u16,
    ) -> Result<Page<T>, AdminError> {
        let operation = call.operation();
        let read = |answer: Answer| {
            let page: Page<T> = decode_page(&answer, asked)?;
            let next = page
                .next
                .clone()
                .map(|next| next.after(operation, cursor, rows(&answer)));
            Ok((page, next))
        };
        let read = self.http.send_as(call, read).await;
        let (mut page, next) = read.map_err(|api| self.error(api, cursor.is_some()))?;
        page.next = next.transpose().map_err(|error| self.error(error.into(), true))?;
        Ok(page)
    }

    /// A page that stands alone: that it is empty and names a place to go on says nothing.
    pub(crate) async fn single_page<T: Row>(
        &self,
        call: Call,
        with_cursor: bool,
        asked: u16,
    ) -> Result<Page<T>, AdminError> {
        self.http
            .send_as(call, |answer| decode_page(&answer, asked))
            .await
            .map_err(|api| self.error(api, with_cursor))
    }

    /// An answer that is one row: that of the object that was asked for.
    pub(crate) async fn row<T: Row>(
        &self,
        call: Call,
        asked: &str,
        id: fn(&T) -> &str,
    ) -> Result<T, AdminError> {
        self.http
            .send_as(call, |answer| {
                let row = decode_row(&answer)?;
                about(&answer, asked, id(&row))?;
                Ok(row)
            })
            .await
            .map_err(|api| self.error(api, false))
    }

    /// An answer as it comes.
    pub(crate) async fn send(&self, call: Call) -> Result<Answer, AdminError> {
        self.http.send(call).await.map_err(|api| self.error(api, false))
    }

    /// A write whose success is all that is answered.
    pub(crate) fn write(&self, call: Call) -> Write {
        self.write_as(call, |_, answer| Ok(receipt(&answer)))
    }

    /// A write whose answer is read.
    pub(crate) fn write_as<T: 'static>(
        &self,
        call: Call,
        read: impl FnOnce(&Self, Answer) -> Result<T, AdminError> + Send + 'static,
    ) -> Write<T> {
        let client = self.clone();
        Write::new(&self.http, call, |call| async move {
            let answer = client.send(call).await?;
            read(&client, answer)
        })
    }

    /// An answer that is one value.
    pub(crate) async fn json<T: DeserializeOwned + Send>(&self, call: Call) -> Result<T, AdminError> {
        self.json_at(call, false).await
    }

    /// An answer that is one value, to a call that may hold a cursor.
    pub(crate) async fn json_at<T: DeserializeOwned + Send>(
        &self,
        call: Call,
        with_cursor: bool,
    ) -> Result<T, AdminError> {
        self.http
            .send_as(call, |answer| {
                not_a_list(&answer)?;
                answer.json()
            })
            .await
            .map_err(|api| self.error(api, with_cursor))
    }

    pub(crate) fn error(&self, api: ApiError, with_cursor: bool) -> AdminError {
        AdminError::new(api, self.org.clone(), with_cursor)
    }

    /// Every page of a listing.
    pub(crate) fn pages<T, F, Fut>(
        &self,
        operation: Operation,
        from: Option<Cursor>,
        fetch: F,
    ) -> impl Stream<Item = Result<Page<T>, AdminError>> + Send + use<T, F, Fut>
    where
        T: Send,
        F: FnMut(Option<Cursor>) -> Fut + Send,
        Fut: Future<Output = Result<Page<T>, AdminError>> + Send,
    {
        let client = self.clone();
        stream_pages(operation.name, from, fetch, move |error| {
            client.error(error.into(), true)
        })
    }
}

impl fmt::Debug for AdminClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdminClient")
            .field("org", &self.org)
            .field("http", &self.http)
            .finish()
    }
}

/// The receipt of a write, with whether its answer is the one that the table documents.
pub(crate) fn receipt(answer: &Answer) -> Receipt {
    let mut receipt = Receipt::from(answer);
    let id = OperationId::of_name(answer.operation);
    receipt.documented = id.is_some_and(|id| id.operation().success.is(answer));
    receipt
}

/// Refuses an answer about another object than the one that was asked for: a cache on the way may mix them up.
pub(crate) fn about(answer: &Answer, asked: &str, told: &str) -> Result<(), ApiError> {
    // The vendor's ids have no case.
    if told.eq_ignore_ascii_case(asked) {
        return Ok(());
    }
    let reason = "the answer is about another object than the one that was asked for";
    Err(answer.error(ApiErrorKind::Protocol, reason))
}

/// Refuses a list where one value is documented: it would be read as an object by the order of its fields.
pub(crate) fn not_a_list(answer: &Answer) -> Result<(), ApiError> {
    if answer.body.trim_ascii_start().starts_with(b"[") {
        let reason = "the answer is a list, where one value is documented";
        return Err(answer.error(ApiErrorKind::Undecodable, reason));
    }
    Ok(())
}

/// An answer that wraps one value.
#[derive(Deserialize)]
pub(crate) struct Data<T> {
    pub(crate) data: T,
}

/// An answer that is a number.
#[derive(Deserialize)]
pub(crate) struct Count {
    pub(crate) count: u64,
}

/// A search with the place where it goes on; this surface takes both in one body.
#[derive(Serialize)]
pub(crate) struct At<'a, S> {
    #[serde(flatten)]
    search: &'a S,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<&'a str>,
}

pub(crate) fn at<'a, S>(search: &'a S, cursor: Option<&'a Cursor>) -> At<'a, S> {
    At {
        search,
        cursor: cursor.map(Cursor::as_str),
    }
}
