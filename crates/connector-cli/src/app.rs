//! A program: what is particular to it, beside what every connector binary shares.

use crate::built::Built;
use crate::checkup::Checkup;
use crate::config::Settings;
use crate::error::{Error, Result};
use crate::outcome::Outcome;
use async_trait::async_trait;
use connector_sdk::{ConfigSchema, Connector};
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
