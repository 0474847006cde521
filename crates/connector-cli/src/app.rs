//! A program: what is particular to it, beside what every connector binary shares.

use crate::checkup::Checkup;
use crate::config::Settings;
use crate::error::{Error, Result};
use crate::outcome::Outcome;
use async_trait::async_trait;
use connector_sdk::{ConfigSchema, Connector};
use serde::Serialize;
use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A connector program.
#[derive(Debug)]
pub struct App {
    /// Its name, `baton-atlassian` for example.
    pub name: &'static str,
    /// Its version, without a prefix.
    pub version: &'static str,
    /// What it does, in a sentence without its full stop.
    pub about: &'static str,
    /// The connector's own settings. Their names must not be those of shared ones.
    pub schema: ConfigSchema,
    /// What `--demo` does, in a sentence; `None` where the program has no demonstration.
    pub demo: Option<&'static str>,
    /// Whether its [`Source`] heeds [`Settings::record`] and [`Settings::replay`]; without it there are no such flags.
    pub cassettes: bool,
    /// Whether its [`Source`] has a [`Source::doctor`]; without it there is no such command.
    pub doctor: bool,
    /// How its connector is made.
    pub source: Box<dyn Source>,
}

/// Makes the connector of a program.
#[async_trait]
pub trait Source: Send + Sync + fmt::Debug {
    /// The connector, only to be asked what it is and what it can do; it makes no request, and no setting may be needed.
    ///
    /// # Errors
    /// Where it cannot be made at all.
    fn describe(&self) -> Result<Arc<dyn Connector>>;

    /// The connector for these settings. It makes no request. With [`Settings::replay`] no required setting need be
    /// there: the recording is all there is.
    ///
    /// # Errors
    /// Where a setting is wrong in a way that its field cannot say, as [`crate::Outcome::Configuration`].
    async fn connect(&self, settings: &Settings) -> Result<Built>;

    /// The connector of the demonstration. It is asked only where [`App::demo`] says that there is one.
    ///
    /// # Errors
    /// Where the demonstration cannot be started.
    async fn demo(&self, settings: &Settings) -> Result<Built>;

    /// Looks at what the connector needs without changing anything: credential, rights, endpoints. Required settings may
    /// be missing. With `probe_writes` it may send writes that the vendor has to refuse for their arguments.
    ///
    /// # Errors
    /// Where nothing can be checked at all. What does not work is a [`Finding`](crate::Finding) and no error.
    async fn doctor(&self, _settings: &Settings, _probe_writes: bool) -> Result<Checkup> {
        Err(Error::new(
            Outcome::NotOffered,
            "this program cannot check its surroundings",
        ))
    }
}

/// A connector that can be synced, with what is told about its run.
pub struct Built {
    /// The connector.
    pub connector: Arc<dyn Connector>,
    /// What is synced, in the words of a person: `Atlassian organization 3f2a…`.
    pub subject: String,
    /// What the content of the artifact depends on: organization, base URL, the connector's own settings. An interrupted
    /// sync goes on only in the same scope.
    pub scope: BTreeMap<String, String>,
    /// Counts the requests made so far.
    pub requests: Arc<dyn Fn() -> RequestCounts + Send + Sync>,
    /// Called once when the run is over, whatever came of it: a recording is finished here. What it answers with is
    /// logged; its error stands for whatever came of the run.
    pub after: Option<After>,
    /// Kept alive until the run is over, a simulator for example.
    pub keep: Option<Box<dyn Any + Send>>,
}

/// What is done after a run; see [`Built::after`].
pub type After = Box<dyn FnOnce() -> Result<Vec<String>> + Send>;

/// How many requests were made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RequestCounts {
    /// Every request that was sent, retries among them.
    pub total: u64,
    /// Those that repeated an earlier one.
    pub retried: u64,
    /// Those that the vendor refused for being too many.
    pub rate_limited: u64,
}

impl fmt::Debug for Built {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Built")
            .field("connector", &self.connector)
            .field("subject", &self.subject)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}
