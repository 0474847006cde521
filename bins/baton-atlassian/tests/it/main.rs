//! The real program against a simulated organization: what is typed in, what comes out.
#![forbid(unsafe_code)]

mod alike;
mod applied;
#[path = "../../../../crates/connector-service/tests/it/authority.rs"]
mod authority;
mod bucket;
mod cassettes;
mod changes;
mod company;
mod configuration;
#[cfg(target_os = "linux")]
mod confined;
mod daemon;
mod decided;
mod decisions;
mod differences;
mod doctor;
mod documents;
mod errors;
mod files;
#[cfg(unix)]
mod guide;
mod harness;
#[cfg(unix)]
mod hostile;
// Signals are sent with the `kill` of Unix; what a stop from outside costs on every system is in `killed`.
#[cfg(unix)]
mod interruption;
mod killed;
mod reached;
mod replicas;
mod service;
mod syncs;
mod telemetry;
mod tenants;
#[cfg(unix)]
mod terminal;
mod vendor;
mod what_if;
