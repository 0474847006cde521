//! A connector that a run works with.

use crate::error::Result;
use connector_sdk::Connector;
use serde::Serialize;
use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

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
    /// Called once when the run is over, whatever the result: a recording is finished here. What it answers with is
    /// logged; its error takes the place of the result.
    pub after: Option<After>,
    /// Kept alive until the run is over, a simulator for example.
    pub keep: Option<Box<dyn Any + Send>>,
}

impl Built {
    /// A connector whose artifacts depend on `scope`, that makes no requests, and after which nothing is to be done. The
    /// other members are set beside: `Built { requests, ..Built::new(…) }`.
    pub fn new<const N: usize>(
        connector: Arc<dyn Connector>,
        subject: impl Into<String>,
        scope: [(&str, String); N],
    ) -> Self {
        let scope = scope.map(|(name, value)| (name.to_owned(), value));
        Self {
            connector,
            subject: subject.into(),
            scope: scope.into(),
            requests: Arc::new(RequestCounts::default),
            after: None,
            keep: None,
        }
    }
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
