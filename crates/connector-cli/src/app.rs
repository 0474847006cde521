//! A program: what is particular to it, beside what every connector binary shares.

use crate::bucket::BucketOpener;
use crate::built::Built;
use crate::config::Settings;
use crate::error::{Error, Result};
use crate::outcome::Outcome;
use crate::telemetry::Exporter;
use async_trait::async_trait;
use connector_sdk::{ConnectorSpec, Finding};
use std::fmt;

/// A connector program.
#[derive(Debug)]
pub struct App {
    /// Its name, `baton-atlassian` for example.
    pub name: &'static str,
    /// Its version, without a prefix.
    pub version: &'static str,
    /// The commit that it was built from, where the build was told: `option_env!("BUILD_COMMIT")` in a program.
    pub commit: Option<&'static str>,
    /// What it does, in a sentence without its full stop.
    pub about: &'static str,
    /// What its connector is. The names of its settings must not be those of shared ones.
    pub spec: ConnectorSpec,
    /// What `--demo` does, in a sentence; `None` where the program has no demonstration.
    pub demo: Option<&'static str>,
    /// Whether its [`Source`] heeds [`Settings::record`] and [`Settings::replay`]; without it there are no such flags.
    pub cassettes: bool,
    /// Begins to export traces, logs and metrics; `None` where the program is built without, and then naming a collector
    /// is an error.
    pub telemetry: Option<Exporter>,
    /// Reaches buckets, so that an artifact can be an object (`--file s3://BUCKET/KEY`); `None` where the program is built
    /// without, and then naming one is an error.
    pub buckets: Option<BucketOpener>,
    /// Whether its [`Source`] has a [`Source::doctor`]; without it there is no such command.
    pub doctor: bool,
    /// What it does of what its connector can.
    pub modes: Modes,
    /// Commands of its own that ask for a change or a list in fewer words than flags do.
    pub verbs: Vec<Verb>,
    /// The connector's settings that say which vendor is reached and what opens it. A demonstration and a replay ignore
    /// them: as flags they are refused there, from the environment and the file they are named in a warning.
    pub vendor_settings: &'static [&'static str],
    /// How its connector is made.
    pub source: Box<dyn Source>,
}

/// What a program does of what its connector can. Every program reads the same settings; one that asks for what the
/// program does not do is an error that names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Modes {
    /// Syncs, changes, actions.
    All,
    /// Syncs alone.
    Sync,
    /// Grants, revocations, new and deleted accounts; no sync and no action.
    Changes,
    /// Lists and invokes actions; no sync and no other change.
    Actions,
}

/// A command that stands for settings.
#[derive(Clone, Debug)]
pub struct Verb {
    /// Its name, its arguments and their help. The ids of arguments must not be the names of settings.
    pub command: clap::Command,
    /// The settings that its arguments stand for, as if they were given as flags.
    ///
    /// # Errors
    /// Where arguments contradict each other or cannot be read.
    pub settings: fn(&clap::ArgMatches) -> Result<NamedValues>,
}

/// Names of settings with their values.
pub type NamedValues = Vec<(&'static str, String)>;

/// Makes the connector of a program.
#[async_trait]
pub trait Source: Send + Sync + fmt::Debug {
    /// The connector for these settings, which does what [`App::spec`] says. It makes no request. With [`Settings::replay`] no required setting need be
    /// there: the recording is all there is.
    ///
    /// # Errors
    /// Where a setting is wrong in a way that its field cannot say, as [`crate::Outcome::Configuration`].
    async fn connect(&self, settings: &Settings) -> Result<Built>;

    /// The connector of the demonstration. It is asked only where [`App::demo`] says that there is one; without it a
    /// source needs none.
    ///
    /// # Errors
    /// Where the demonstration cannot be started.
    async fn demo(&self, _settings: &Settings) -> Result<Built> {
        Err(Error::new(
            Outcome::NotOffered,
            "this program has no demonstration",
        ))
    }

    /// Looks at what the connector needs without changing anything: credential, rights, endpoints. Required settings may
    /// be missing. With `probe_writes` it may send writes that the vendor has to refuse for their arguments.
    ///
    /// # Errors
    /// Where nothing can be checked at all. What does not work is a [`Finding`] and no error.
    async fn doctor(&self, _settings: &Settings, _probe_writes: bool) -> Result<Vec<Finding>> {
        Err(Error::new(
            Outcome::NotOffered,
            "this program cannot check its surroundings",
        ))
    }
}
