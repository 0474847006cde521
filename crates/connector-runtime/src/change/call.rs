//! The one call of the connector that makes a change.

use connector_sdk::{ChangeContext, ChangeOutcome, Connector, Result};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// The call, with everything it needs.
pub(super) type Call = Box<dyn FnOnce(ChangeContext) -> Pin<Box<dyn Future<Output = Answer> + Send>> + Send>;

/// What the connector answers.
pub(super) type Answer = Result<ChangeOutcome>;

/// The call that this makes.
pub(super) fn call<F>(make: impl FnOnce(ChangeContext) -> F + Send + 'static) -> Call
where
    F: Future<Output = Answer> + Send + 'static,
{
    Box::new(|cx| Box::pin(make(cx)))
}

/// Whether the writes of a change have begun.
#[derive(Debug)]
pub(super) struct Writes {
    connector: Arc<dyn Connector>,
    before: Option<u64>,
    dry_run: bool,
}

impl Writes {
    pub(super) fn of(connector: Arc<dyn Connector>, dry_run: bool) -> Self {
        Self {
            before: connector.writes_begun(),
            connector,
            dry_run,
        }
    }

    /// Whether something was sent that writes, or may have been.
    pub(super) fn may_be_sent(&self) -> bool {
        let unchanged = self.before.is_some() && self.connector.writes_begun() == self.before;
        !self.dry_run && !unchanged
    }
}
