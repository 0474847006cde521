//! One HTTP stack for every vendor client: transport, retry, rate limit, paging, errors.
//!
//! A vendor client describes its operations as [`Call`]s and gives them to an [`HttpClient`]. The client waits for
//! a permit, sends the request through a [`Transport`], classifies the answer, tries again where that is safe and can help,
//! and returns an [`Answer`] or an [`ApiError`] within a time that is known beforehand. This crate knows no vendor:
//! how an error body reads, which header holds a request id and what the limits are is told to it.
//!
//! ```no_run
//! use std::num::NonZeroU32;
//! use std::sync::Arc;
//!
//! use http_kit::{Call, HttpClient, Path, RateLimiter, Secret};
//!
//! #[derive(serde::Deserialize)]
//! struct Thing {
//!     name: String,
//! }
//!
//! # #[cfg(feature = "reqwest")]
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let transport = Arc::new(http_kit::ReqwestTransport::builder().build()?);
//! let client = HttpClient::builder(transport, "https://api.example.com/v2".parse()?)
//!     .bearer(Secret::from("not-a-real-key".to_owned()))
//!     .rate_limit(RateLimiter::per_minute(NonZeroU32::new(600).unwrap()))
//!     .build()?;
//!
//! let path = Path::new().lit("things").seg("any/id at all");
//! let thing: Thing = client.json(Call::get("things.get", path).query("expand", "owner")).await?;
//! # Ok(()) }
//! ```
//!
//! | question | answered by |
//! | --- | --- |
//! | may this be sent twice? | [`Idempotency`], [`TransportErrorKind`] |
//! | how often, and for how long? | [`RetryPolicy`] |
//! | how long does the server ask to wait? | [`Hints`] |
//! | when is it our turn? | [`RateLimiter`] |
//! | what does the failure mean? | [`ApiErrorKind`], [`VendorError`] |
//! | how does a listing go on, and end? | [`stream_pages`], [`Cursor`], [`decode_rows`] |
//! | what will a write send? | [`Write`] |
//! | what has it sent so far? | [`Journal`] |
//! | what if one field is odd? | [`Row`], [`read_rows`] |
//! | what if the vendor has a new word? | [`open_words!`] |
//!
//! Every request is logged at `debug`. A wait of more than 5 seconds for the vendor, who refuses requests or fails, is logged
//! at `info`, once for all calls that wait together: a person sees why nothing moves.
//!
//! Time is a dependency ([`Clock`]), so nothing has to be waited for in a test. With the feature `testing` there is
//! also a transport that answers from a script, and with `cassette` those that record real traffic and replay it.
//! Without the feature `reqwest` no socket library is in the tree.
#![forbid(unsafe_code)]

mod answer;
mod call;
#[cfg(feature = "cassette")]
pub mod cassette;
mod client;
mod clock;
mod credentials;
mod error;
mod hints;
mod journal;
mod limit;
mod mask;
mod meter;
mod page;
mod path;
mod receipt;
#[cfg(feature = "reqwest")]
mod reqwest_transport;
mod retry;
mod rows;
mod secret;
mod send;
mod standstill;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod text;
mod transport;
mod word;
mod write;

pub use answer::Answer;
pub use call::{Call, Idempotency};
pub use client::{BuildError, ErrorDecoder, HttpClient, HttpClientBuilder};
pub use clock::{Clock, ManualClock, SystemClock};
pub use credentials::Credential;
pub use error::{ApiError, ApiErrorKind, VendorError};
pub use hints::Hints;
pub use journal::{FindJournal, Journal};
pub use limit::RateLimiter;
pub use mask::masked;
pub use meter::{Meter, MeterSnapshot, OperationCounts};
pub use page::{Cursor, CursorGuard, Page, PageError, stream_pages};
pub use path::Path;
pub use receipt::Receipt;
#[cfg(feature = "reqwest")]
pub use reqwest_transport::{
    EnvironmentCertificates, EnvironmentProxy, ReqwestTransport, ReqwestTransportBuilder,
};
pub use retry::{Jitter, RetryPolicy};
pub use rows::{BadRow, LimitedRows, OddField, ReadRows, Row, RowLimit, decode_rows, read_row, read_rows};
pub use secret::Secret;
pub use transport::{Request, Response, Transport, TransportError, TransportErrorKind};
pub use word::FromText;
pub use write::{Write, WriteFuture};

/// The program of the page that people read before they take the crate.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
