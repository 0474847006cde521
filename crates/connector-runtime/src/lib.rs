//! Drives any connector: the sync engine with its staging file, grant expansion and sealing, and changes with their
//! audit file.
//!
//! [`sync`] asks a connector for everything, many calls at a time, keeps every page together with its place in a staging
//! file beside the output, merges, expands and resolves what was read, and seals it as a `.c1z` artifact. It knows
//! nothing of any vendor, of flags or of gRPC.
//!
//! ```no_run
//! use connector_runtime::{SyncOptions, SystemClock, sync};
//! use std::sync::Arc;
//!
//! # async fn example(connector: Arc<dyn connector_sdk::Connector>) -> Result<(), connector_runtime::SyncError> {
//! let mut options = SyncOptions::new("sync.c1z", Arc::new(SystemClock));
//! options.scope.insert("organization".into(), "o-1".into());
//! let report = sync(connector, options).await?;
//! for gap in report.gaps() {
//!     eprintln!("{} × {}", gap.count, gap.kind);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! [`change`](change()) carries one decision back: see the [module](mod@change).
#![forbid(unsafe_code)]

pub mod change;
mod clock;
mod earlier;
mod error;
mod merge;
mod options;
mod origin;
mod redact;
mod report;
mod seal;
mod sinks;
mod store;
mod sync;

pub use c1z_file::{AppendError, LineFile, StorageEngine, doubt, open_regular};
pub use change::change;
pub use clock::{Clock, SystemClock};
pub use error::SyncError;
pub use options::{Observer, Phase, Progress, Silent, SyncOptions, check};
pub use origin::to_the_second;
pub use redact::{Redactor, SHORTEST_SECRET};
pub use report::{GAP_KINDS, Held, NoticeSummary, SyncReport};
pub use store::StagingError;
pub use sync::sync;

/// The program of the page that people read before they take the crate.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
