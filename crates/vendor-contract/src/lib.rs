//! Atlassian's APIs as documented, held against requests, answers and recordings. For tests.
//!
//! A [`Contract`] says what in a request or an answer is not as it is described. A [`CheckedTransport`] says so of
//! everything that passes through it, wherever it leads: to the simulator in process (a [`SimulatedTransport`]), over
//! sockets, or into a recording. [`cases`] records what each operation of a client is answered, and replays it.
//!
//! ```
//! use std::sync::Arc;
//!
//! use atlassian_sim::{Org, OrgSpec, Simulator};
//! use http_kit::{Call, HttpClient, Path, Secret};
//! use vendor_contract::{CheckedTransport, Contract, SimulatedTransport};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let org = Org::generate(OrgSpec::one());
//! let simulated = SimulatedTransport::new(Simulator::builder(org.clone()).build().router());
//! let checked = Arc::new(CheckedTransport::new(Arc::new(simulated), Contract::atlassian(), &[]));
//! let client = HttpClient::builder(checked.clone(), "https://api.atlassian.com".parse()?)
//!     .bearer(Secret::from(org.api_key().to_owned()))
//!     .build()?;
//!
//! let path = Path::new().lit("admin").lit("v1").lit("orgs");
//! let call = Call::get("orgs.list", path).query("limit", "20");
//! let _orgs: serde_json::Value = client.json(call).await?;
//! let told: Vec<String> = checked.violations().iter().map(ToString::to_string).collect();
//! assert_eq!(told, ["listOrgs, request: query limit is not documented"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

pub mod cases;
mod checked;
mod openapi;
mod simulated;
mod violation;

pub use checked::{CheckedTransport, Exception};
pub use openapi::{Contract, Operation};
pub use simulated::SimulatedTransport;
pub use violation::{Of, Violation};
