//! One fact that a change brings about: its write is sent once, and what came of it is read back where it is not known.

use std::time::Duration;

use async_trait::async_trait;
use atlassian_admin::{AdminError, AdminErrorKind, OPERATIONS, Receipt};
use connector_sdk::{ChangeContext, ChangeState, Code, Error, Result, WriteRequest};
use http_kit::{ApiError, ApiErrorKind, Clock, Idempotency};

use super::wait;
use crate::errors;

/// A fact at the vendor that one write brings about. It was read to be otherwise before it is [applied](apply).
#[async_trait]
pub(super) trait Fact: Send + Sync {
    /// What the write does; reads after "cannot".
    fn deed(&self) -> String;

    /// The write, as it is sent.
    fn request(&self) -> WriteRequest;

    /// Sends it, and returns what the vendor's answer is known by.
    async fn send(&self) -> Result<Receipt, AdminError>;

    /// Whether the vendor shows the fact now.
    async fn shows(&self) -> Result<bool>;

    /// How long the vendor may take to show it.
    fn patience(&self) -> Duration;

    /// Whether this answer may mean that it is so already. Reading the state decides.
    fn may_be_so_already(&self, _: &AdminError) -> bool {
        false
    }
}

/// What came of a write.
#[derive(Clone, Debug)]
pub(super) struct Applied {
    pub(super) state: ChangeState,
    pub(super) request: WriteRequest,
    pub(super) notes: Vec<String>,
}

/// How a write failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failed {
    /// The vendor says that it is so already.
    Already,
    /// It may be so already.
    MaybeAlready,
    /// It may have been carried out: no answer, or one of a failure in the middle.
    Unknown,
    /// It was not carried out.
    Refused,
}

/// Sends the write of a fact, once.
///
/// # Errors
///
/// What the vendor answers, with the write if it was sent. [`Code::Unavailable`] where the answer was lost and the fact does not show in its time:
/// whether it will is then unknown.
pub(super) async fn apply(cx: &ChangeContext, clock: &dyn Clock, fact: &dyn Fact) -> Result<Applied> {
    let mut request = fact.request();
    if cx.dry_run {
        return Ok(Applied {
            state: ChangeState::Planned,
            request,
            notes: Vec::new(),
        });
    }
    let error = match fact.send().await {
        Ok(receipt) => {
            let (state, note) = if cx.verify {
                verified(clock, fact).await
            } else {
                (ChangeState::Done, None)
            };
            return Ok(Applied {
                state,
                request: request.answered(receipt.status, receipt.request_id),
                notes: note.into_iter().collect(),
            });
        }
        Err(error) => error,
    };
    request.status = error.api().status();
    request.request_id = error.api().request_id().map(str::to_owned);
    let was_sent = was_sent(error.api());
    match after_failure(clock, fact, error).await {
        Ok((state, note)) => Ok(Applied {
            state,
            request,
            notes: vec![note.to_owned()],
        }),
        Err(error) => Err(error.with_requests(was_sent.then_some(request))),
    }
}

/// What is so after a write that failed.
async fn after_failure(
    clock: &dyn Clock,
    fact: &dyn Fact,
    error: AdminError,
) -> Result<(ChangeState, &'static str)> {
    match failed(fact, &error) {
        Failed::Refused => Err(errors::cannot(fact.deed())(error)),
        Failed::Already => Ok((ChangeState::AlreadySo, "the vendor says that it is so already")),
        Failed::MaybeAlready => match fact.shows().await {
            Ok(true) => Ok((ChangeState::AlreadySo, "it became so meanwhile")),
            // Where the state cannot be read, the refusal is all that is known, so it is told.
            Ok(false) | Err(_) => Err(errors::cannot(fact.deed())(error)),
        },
        Failed::Unknown => match shown(clock, fact).await {
            Ok(true) => Ok((
                ChangeState::Done,
                "the vendor's answer was lost; the state that was read back shows the change",
            )),
            Ok(false) => Err(unknown(fact, error, None)),
            Err(unread) => Err(unknown(fact, error, Some(&unread))),
        },
    }
}

async fn verified(clock: &dyn Clock, fact: &dyn Fact) -> (ChangeState, Option<String>) {
    match shown(clock, fact).await {
        Ok(true) => (ChangeState::Verified, None),
        Ok(false) => {
            let seconds = fact.patience().as_secs();
            let note = format!("the vendor accepted it and does not show it after {seconds} seconds");
            (ChangeState::Done, Some(note))
        }
        Err(error) => {
            let note = format!("the vendor accepted it, and it could not be read back: {error}");
            (ChangeState::Done, Some(note))
        }
    }
}

async fn shown(clock: &dyn Clock, fact: &dyn Fact) -> Result<bool> {
    let read = || async { Ok(fact.shows().await?.then_some(())) };
    Ok(wait::until(clock, fact.patience(), read).await?.is_some())
}

fn failed(fact: &dyn Fact, error: &AdminError) -> Failed {
    let api = error.api();
    // The client sends what is harmless twice again by itself, so there the last answer may be about what an earlier
    // sending did.
    let sent_again = api.tries() > 1
        && OPERATIONS
            .iter()
            .any(|known| known.name == api.operation() && known.twice == Idempotency::Idempotent);
    if sent_again || may_be_carried_out(api) {
        return Failed::Unknown;
    }
    match error.kind() {
        AdminErrorKind::AlreadyThere => Failed::Already,
        _ if fact.may_be_so_already(error) => Failed::MaybeAlready,
        _ => Failed::Refused,
    }
}

/// Whether a request that failed left for the vendor at all.
pub(super) fn was_sent(api: &ApiError) -> bool {
    api.status().is_some() || may_be_carried_out(api)
}

/// Whether the vendor may have acted on a request that failed.
pub(super) fn may_be_carried_out(api: &ApiError) -> bool {
    match (api.transport(), api.status()) {
        (Some(transport), _) => transport.kind.may_have_reached_server(),
        // A success whose body cannot be read was carried out.
        (None, Some(status)) => status >= 500 || status == 408 || status < 300,
        (None, None) => matches!(
            api.kind(),
            ApiErrorKind::Undecodable | ApiErrorKind::TooLarge | ApiErrorKind::Protocol
        ),
    }
}

/// What came of the write is not known.
fn unknown(fact: &dyn Fact, error: AdminError, unread: Option<&Error>) -> Error {
    let read = match unread {
        Some(unread) => format!("the state could not be read back ({unread})"),
        None => format!("it does not show within {} seconds", fact.patience().as_secs()),
    };
    let tries = error.api().tries();
    outcome_unknown(tries, errors::cannot(fact.deed())(error), &read)
}

/// The error of a write of which nobody knows what came. `read` is what came of reading the state back.
pub(super) fn outcome_unknown(tries: u32, told: Error, read: &str) -> Error {
    let sent = if tries > 1 {
        ""
    } else {
        ", and nothing was sent again"
    };
    let message = format!("the outcome is unknown{sent}: {}; {read}", told.message());
    let mapped = Error::new(Code::Unavailable, message)
        .with_hint("The change may still have been made: look at it before trying again");
    let mapped = match told.vendor() {
        Some(vendor) => mapped.with_vendor(vendor.clone()),
        None => mapped,
    };
    mapped.with_source(told)
}
