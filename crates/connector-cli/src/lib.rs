//! What every connector binary shares: flags, environment, configuration file, logging, progress, output, exit codes.
//!
//! A program is an [`App`]: its name, the [`connector_sdk::ConnectorSpec`] of its connector, and a [`Source`] that makes the
//! connector from resolved [`Settings`]. [`run`] does the rest: it reads the command line, syncs, prints a summary on
//! stdout, logs to stderr, and ends with an [`Outcome`], the exit code. A program of one purpose
//! is an [`App`] with fewer [`Modes`] and commands of its own ([`Verb`]); it reads the same settings. This crate knows
//! connectors and no vendor.
//!
//! ```no_run
//! use connector_cli::{App, Built, Modes, Settings, Source};
//! use connector_sdk::{ConfigSchema, Connector, ConnectorSpec, Field};
//! use std::sync::Arc;
//! # use connector_sdk::TypeEntry;
//! # #[derive(Debug)]
//! # struct FileConnector;
//! # impl FileConnector { fn new(_: &str) -> Self { Self } }
//! # impl Connector for FileConnector {
//! #     fn spec(&self) -> ConnectorSpec { ConnectorSpec::default() }
//! #     fn types(&self) -> Vec<TypeEntry> { Vec::new() }
//! # }
//!
//! /// Makes `FileConnector`, which is written with `connector_sdk`: its example `file_connector` is a whole one.
//! #[derive(Debug)]
//! struct PeopleFile;
//!
//! #[async_trait::async_trait]
//! impl Source for PeopleFile {
//!     async fn connect(&self, settings: &Settings) -> connector_cli::Result<Built> {
//!         let file = settings.text("people-file").unwrap_or_default(); // it is required, so it is there
//!         let connector = Arc::new(FileConnector::new(file));
//!         let subject = format!("people file {file}");
//!         Ok(Built::new(connector, subject, [("people-file", file.to_owned())]))
//!     }
//! }
//!
//! fn main() -> std::process::ExitCode {
//!     connector_cli::run(&App {
//!         name: "people-connector",
//!         version: env!("CARGO_PKG_VERSION"),
//!         commit: option_env!("BUILD_COMMIT"),
//!         about: "Syncs a file of people and teams into a .c1z artifact",
//!         spec: ConnectorSpec {
//!             display_name: "People file".to_owned(),
//!             settings: ConfigSchema {
//!                 display_name: "People file".to_owned(),
//!                 fields: vec![Field::string("people-file", "People file", "The file to read").required()],
//!                 ..ConfigSchema::default()
//!             },
//!             ..ConnectorSpec::default() // its resource types, with what can be done with them, and its actions
//!         },
//!         demo: None,
//!         cassettes: false,
//!         telemetry: None,
//!         buckets: None,
//!         doctor: false,
//!         modes: Modes::All,
//!         verbs: Vec::new(),
//!         vendor_settings: &[],
//!         source: Box::new(PeopleFile),
//!     })
//! }
//! ```
//!
//! The program then syncs (`people-connector --people-file people.txt -f sync.c1z`), makes changes
//! (`--grant-entitlement team:platform:member --grant-principal ines`) and tells what it can (`capabilities`).
#![forbid(unsafe_code)]

mod app;
mod apply;
mod bucket;
mod built;
mod change;
mod config;
mod connection;
mod daemon;
mod error;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod health_report;
mod host;
mod init;
mod names;
mod outcome;
mod output;
mod outputs;
mod page;
mod permissions;
mod plan;
mod review;
mod run;
mod serve;
mod signal;
mod surroundings;
mod sync;
mod telemetry;
#[cfg(test)]
mod tests;
mod threads;

pub use app::{App, Modes, NamedValues, Source, Verb};
pub use bucket::{ArtifactObject, BucketOpener, BucketSurroundings, ObjectAddress};
pub use built::{After, Built, RequestCounts};
pub use config::Settings;
pub use connection::{Connection, Recording};
pub use error::{Error, Result};
pub use outcome::Outcome;
pub use page::{configuration_page, existing_settings, exit_code_table};
pub use run::run;
pub use secrecy::{ExposeSecret, SecretString};
pub use surroundings::surroundings;
pub use telemetry::{Collector, Exporter, Exporting};

/// The program of the page that people read before they take the crate.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
