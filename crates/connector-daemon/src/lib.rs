//! Any connector as a daemon that works for C1: it says hello, asks for tasks, carries them out in this process, and tells what came
//! of them.
//!
//! | step | what happens | see |
//! |---|---|---|
//! | token | a client assertion, signed with the key of the client secret, is exchanged for a token, which is replaced before it ends | `token` |
//! | hello | who this is and what the connector can do; said again until it is answered or refused for good | `hello` |
//! | poll | a free slot first, then a task; waits grow with errors up to a minute | `daemon` |
//! | task | carried out by the [`Executor`], or as a sync; heartbeats go on meanwhile | `task`, `sync`, `heartbeat` |
//! | result | kept on the disk before it is told, and told until C1 takes it, also by the next process | `state` |
//! | stop | no more tasks; a sync keeps what it has read, other tasks are waited for in bounds | `daemon` |
//!
//! A change is never made twice: its result is on the disk before C1 is told, and a task that comes again after its result was
//! lost reads what is there now before it writes.
//!
//! It knows no vendor and no flags. Time is injected ([`http_kit::Clock`]).
#![forbid(unsafe_code)]

mod credentials;
mod daemon;
mod debug;
mod error;
mod executor;
mod health;
mod heartbeat;
mod hello;
mod metrics;
mod platform;
mod state;
mod sync;
mod task;
mod token;
mod upload;

pub use credentials::Credentials;
pub use daemon::{DaemonOptions, run};
pub use debug::DebugLog;
pub use error::DaemonError;
pub use executor::{Connected, Executor, Reply, Request};
pub use hello::{Program, host_name};
pub use http_kit::{Clock, Secret, SystemClock};
pub use metrics::Requests;
pub use state::own_folder;
pub use sync::SyncSettings;

/// The program of the page that people read before they take the crate.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
