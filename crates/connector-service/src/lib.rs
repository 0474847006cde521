//! Any connector as the gRPC services of the Baton protocol (`c1.connector.v2`), and a connector behind them as one of ours.
//!
//! | to | use |
//! |---|---|
//! | answer a request of the protocol in this process | [`Local`]: a method for each call, from message to message |
//! | serve these calls | [`server::serve`] on a listener with TLS, [`server::routes`] on any other transport |
//! | be the connector process of a Baton runner | [`child`] |
//! | have our engine drive a connector behind gRPC | [`RemoteConnector`] |
//!
//! What is served differs from what a connector says page by page in one point. Access that comes through groups, and what a
//! vendor says that an account effectively holds, can only be resolved where all is read, and a runner asks for one page
//! after the other. So the first listing with a new `active_sync_id` begins a *snapshot*: our engine syncs into an artifact in the
//! folder for temporary files, and every page is read from it. One snapshot is there at a time; `Cleanup`, another id or 24 hours end
//! it, and nothing of it stays. A call waits for it as long as its deadline lets it, and is answered [`Unavailable`] then: the snapshot
//! goes on, and the call can be made again. Types and metadata are answered at once.
//!
//! Changes are made by [`connector_runtime::change::change`], like those of the command line. The platform states what it names in full, so
//! that no artifact is needed: see [`connector_runtime::change::Stated`]. A change that was begun goes on when its caller goes away.
//!
//! A request is held against the rules of the protocol before anything else; see the table in `rules.rs`. Errors carry the code of the
//! SDK's error, which is also the exit code of a program, with an `ErrorInfo`, and a `RetryInfo` where a time is known; see `status.rs`.
//! A panic of the connector is an error of the one call.
//!
//! [`Unavailable`]: tonic::Code::Unavailable
#![forbid(unsafe_code)]

mod account;
mod actions;
mod causes;
pub mod child;

mod local;
mod options;
mod pages;
mod remote;

mod rules;
pub mod server;
mod snapshot;
mod status;
pub mod tls;

mod validate;
mod waits;

pub use causes::with_causes;
pub use local::Local;
pub use options::ServiceOptions;
pub use remote::{RemoteConnector, Transport};

/// The program of the page that people read before they take the crate.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
