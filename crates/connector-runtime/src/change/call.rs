//! The one call of the connector that makes a change.

use super::error::ChangeError;
use super::secrets::Secrets;
use connector_sdk::{ChangeContext, ChangeOutcome, Connector, Result, WriteRequest, Writes};
use std::future::Future;
use std::pin::Pin;

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

/// What a change has sent.
#[derive(Clone, Debug, Default)]
pub(super) struct Sent {
    writes: Writes,
    /// Whether the connector notes every write.
    is_noted: bool,
    dry_run: bool,
}

impl Sent {
    /// Nothing yet.
    pub(super) fn by(connector: &dyn Connector, dry_run: bool) -> Self {
        Self {
            writes: Writes::default(),
            is_noted: connector.notes_writes(),
            dry_run,
        }
    }

    pub(super) fn writes(&self) -> &Writes {
        &self.writes
    }

    /// Whether a write was sent, or may have been.
    pub(super) fn has_begun(&self) -> bool {
        !self.dry_run && (!self.is_noted || !self.writes.sent().is_empty())
    }

    /// Whether a write was sent, or may have been, that the vendor's limit of requests did not refuse.
    pub(super) fn may_be_made(&self) -> bool {
        let is_refused = |write: &WriteRequest| write.status == Some(TOO_MANY_REQUESTS);
        self.has_begun() && (!self.is_noted || !self.writes.sent().iter().all(is_refused))
    }

    /// The writes that are known, without secrets; without bodies as well, of which that is not known.
    fn writes_without(&self, secrets: &Secrets) -> Vec<WriteRequest> {
        let mut requests = self.writes.sent();
        for request in &mut requests {
            request.body = None;
        }
        secrets.hide_in_requests(&mut requests);
        requests
    }

    /// Why a change ended that was stopped.
    pub(super) fn interrupted(&self, secrets: &Secrets) -> ChangeError {
        ChangeError::Interrupted {
            may_be_made: self.may_be_made(),
            requests: self.writes_without(secrets),
        }
    }

    /// Why a change ended whose connector broke off.
    pub(super) fn broke_off(&self, secrets: &Secrets) -> ChangeError {
        ChangeError::BrokeOff {
            may_be_made: self.may_be_made(),
            requests: self.writes_without(secrets),
        }
    }
}

/// The status of HTTP by which a vendor says that it did not act on a request.
const TOO_MANY_REQUESTS: u16 = 429;
