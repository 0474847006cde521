//! Settings: what there is to set, where values come from, and what is refused by name.
//!
//! One table ([`Table`]) describes every setting; the command line, the environment names, the file keys and the
//! documentation are all made from it. A value comes from the first of flag, environment, file and default that has one.

mod arguments;
mod changes;
mod daemon;
mod decided;
mod deserialize;
mod environment;
mod existing;
mod file;
mod json;
mod mistyped;
mod mode;
mod resolve;
mod secret;
mod service;
mod setting;
mod settings;
mod shared;
mod table;
mod telemetry;
mod usage;
mod value;

pub(crate) use arguments::{Command, Flags, Parsed, early, log_format, parse, whole};
pub(crate) use changes::name as change_name;
pub(crate) use daemon::name as daemon_name;
pub(crate) use environment::Environment;
#[cfg(test)]
pub(crate) use existing::Takes;
pub(crate) use existing::{EXISTING, Existing, REFUSED_COMMANDS, Rule, VARIABLES, operational};
pub(crate) use file::DEFAULT_NAMES;
#[cfg(feature = "fuzzing")]
pub(crate) use file::{Entry as FileEntry, entries};
#[cfg(feature = "fuzzing")]
pub(crate) use json::unique;
pub(crate) use mode::{Mode, asks_for_one_run, mode};
pub(crate) use resolve::resolve;
pub(crate) use service::name as service_name;
pub(crate) use setting::{Group, Setting};
pub use settings::Settings;
pub(crate) use shared::name;
pub(crate) use table::Table;
pub(crate) use telemetry::name as telemetry_name;
