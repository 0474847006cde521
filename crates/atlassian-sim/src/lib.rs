//! A faithful simulator of Atlassian's administration APIs with seeded organizations and faults.
//!
//! An [`Org`] is generated from an [`OrgSpec`]: of any size up to a million accounts, the same for the same seed, tidy
//! or with every irregularity that real organizations show ([`Quirks`]). A [`Simulator`] serves it over HTTP as strictly as
//! the vendor does.
//!
//! What is written through any of its APIs is changed in the organization: every other API shows it, and so does
//! the [`Truth`]. [`Running::writes`] tells which requests changed something.
//!
//! Beside the vendor's paths there are two of its own: `GET /simulator/counters` answers the [`Counters`] as JSON, and
//! `GET /simulator/writes` the [`WriteLog`].
//!
//! ```
//! use std::time::Duration;
//!
//! use atlassian_sim::{Delays, Endpoint, Fault, FaultPlan, Org, OrgSpec, Simulator};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let org = Org::generate(OrgSpec::small(25));
//! let running = Simulator::builder(org.clone())
//!     // The first membership is added, and then the connection is cut.
//!     .faults(FaultPlan::none().nth(Endpoint::MemberAdd, 1, Fault::ResetAfter))
//!     // Readers see new groups after a second and a half, as the vendor's do.
//!     .delays(Delays { new_group: Duration::from_millis(1500), ..Delays::none() })
//!     .bind("127.0.0.1:0")
//!     .await?;
//! println!("{}/admin/v1/orgs/{} with key {}", running.url(), org.id(), org.api_key());
//! for scim in org.scim_directories() {
//!     println!("{}{} with key {}", running.url(), scim.path(), scim.key());
//! }
//! // … a client is let loose on it, and then:
//! let applied = running.writes().iter().filter(|write| write.applied).count();
//! let members = org.truth().memberships().count();
//! println!("{applied} writes have changed something; there are {members} memberships now");
//! running.stop();
//! # Ok::<(), std::io::Error>(())
//! # })?;
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! The simulator knows no client and no connector. It is an independent second opinion.
#![forbid(unsafe_code)]

mod api;
mod endpoint;
mod fault;
mod journal;
mod model;
mod org;
mod quirks;
mod server;
mod spec;
mod state;
mod truth;
mod wire;

pub use endpoint::Endpoint;
pub use fault::{Fault, FaultPlan, FaultSyntaxError, Hint};
pub use model::{DirectoryStatus, Listing};
pub use org::{Org, ScimDirectory};
pub use quirks::Quirks;
pub use server::{
    Clock, Counters, Delays, Deprecated, EndpointCounters, Guard, Key, Latency, Limits, ManualClock, Running,
    Simulator, SimulatorBuilder, Switches, SystemClock, WriteLog,
};
pub use spec::OrgSpec;
pub use truth::{
    AccessTruth, AccountTruth, GroupRoleTruth, GroupTruth, MembershipTruth, ScimUserTruth,
    ServiceAccountTruth, TargetTruth, TokenTruth, Truth, TruthCounts, UnconfirmedTruth,
};
pub use wire::refusal::Envelope;

/// The program of the page that people read before they take the crate.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
