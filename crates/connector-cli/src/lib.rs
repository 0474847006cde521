//! What every connector binary shares: flags, environment, configuration file, logging, progress, output, exit codes.
//!
//! A program is an [`App`]: its name, the [`connector_sdk::ConfigSchema`] of its connector, and a [`Source`] that makes the
//! connector from resolved [`Settings`]. [`run`] does the rest: it reads the command line, syncs, prints a summary on
//! stdout, logs to stderr, and ends with an [`Outcome`], the exit code. A program of one step, with a command line of its own,
//! is run by [`run_short`]. This crate knows connectors and no vendor.
//!
//! ```no_run
//! use connector_cli::{App, Built, Error, Outcome, Settings, Source};
//! use connector_sdk::{ConfigSchema, Connector, Field};
//! use std::sync::Arc;
//!
//! #[derive(Debug)]
//! struct Directory;
//!
//! #[async_trait::async_trait]
//! impl Source for Directory {
//!     fn describe(&self) -> connector_cli::Result<Arc<dyn Connector>> {
//!         Err(Error::new(Outcome::NotOffered, "this example has no connector"))
//!     }
//!
//!     async fn connect(&self, settings: &Settings) -> connector_cli::Result<Built> {
//!         let file = settings.text("directory").unwrap_or_default();
//!         Err(Error::new(Outcome::NotOffered, format!("this example does not read {file}")))
//!     }
//!
//!     async fn demo(&self, _: &Settings) -> connector_cli::Result<Built> {
//!         Err(Error::new(Outcome::NotOffered, "this example has no demonstration"))
//!     }
//! }
//!
//! fn main() -> std::process::ExitCode {
//!     connector_cli::run(&App {
//!         name: "directory-connector",
//!         version: env!("CARGO_PKG_VERSION"),
//!         about: "Syncs a directory file into a .c1z artifact",
//!         schema: ConfigSchema {
//!             display_name: "Directory".to_owned(),
//!             help_url: String::new(),
//!             fields: vec![Field::string("directory", "Directory", "The file to read").required()],
//!         },
//!         demo: None,
//!         cassettes: false,
//!         doctor: false,
//!         source: Box::new(Directory),
//!     })
//! }
//! ```
#![forbid(unsafe_code)]

mod app;
mod built;
mod change;
mod checkup;
mod config;
mod error;
mod host;
mod outcome;
mod output;
mod page;
mod run;
mod short;
mod signal;
mod sync;
#[cfg(test)]
mod tests;

pub use app::{App, Source};
pub use built::{After, Built, RequestCounts};
pub use checkup::{Checkup, Finding, Verdict};
pub use config::Settings;
pub use error::{Error, Result};
pub use outcome::Outcome;
pub use page::configuration_page;
pub use run::run;
pub use short::run_short;
