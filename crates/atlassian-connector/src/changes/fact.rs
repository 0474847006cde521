//! One fact that a change brings about: its write is sent, and the state is read back wherever the answer does not tell.
//!
//! That it is so is believed only where two operations of the vendor tell it ([`Fact::read`] and [`Fact::agrees`]): before
//! the write, after a refusal and after the write. Where the second one cannot be read, it is not known.
//!
//! | before the write | what follows |
//! |---|---|
//! | both tell that it is so | already so, and nothing is sent; with `--verify` they are asked again when the vendor had its time |
//! | the first tells that it is not so, or does not say | the write |
//! | the second cannot be read, or contradicts the first | the write, where it does no harm if it is so already; else a failure, and nothing is sent |
//!
//! | the answer to the write | what follows |
//! |---|---|
//! | the documented one | done; with `--verify` the state is read until it shows |
//! | every sending was refused by the limit of requests | a failure: nothing was done |
//! | a refusal in the vendor's words | the state is read once: already so where it shows, else a failure |
//! | a 404, another 2xx, a 5xx, none; a refusal in other words or without any | the state is read until it shows, for as long as the vendor may take |
//!
//! Where the state does not show the fact, an idempotent write is sent again, at most twice; otherwise the outcome is
//! unknown. A creation and an invitation are never sent again.

use super::request::described;
use super::wait;
use crate::errors;
use async_trait::async_trait;
use atlassian_admin::{AdminError, AdminErrorKind, Receipt, Write};
use connector_sdk::{ChangeContext, ChangeState, Code, Error, Result, WriteRequest, Writes};
use futures_util::future::select;
use http_kit::{ApiError, ApiErrorKind, Clock, Idempotency};
use std::pin::pin;
use std::time::Duration;

/// How often a write is sent again after its answer was lost.
const AGAIN: usize = 2;
/// The longest that a server is waited for before a write is sent again.
const LONGEST_WAIT: Duration = Duration::from_secs(10 * 60);

/// A fact at the vendor that a change brings about.
#[async_trait]
pub(super) trait Fact: Send + Sync {
    /// What the vendor's answer to the first read holds.
    type Now: Send + Sync;

    /// What the change does; reads after "cannot".
    fn action(&self) -> String;

    /// Reads the state.
    async fn read(&self) -> Result<Self::Now>;

    /// Whether it is so, by what was read; nothing where that does not say, which waiting does not change.
    fn is_so(&self, now: &Self::Now) -> Option<bool>;

    /// Whether another operation of the vendor agrees that it is so. Asked only where the first read says so: one answer
    /// proves nothing, neither an empty one nor one that lists more than it was asked for.
    ///
    /// # Errors
    ///
    /// Where it cannot be read or does not say. Then it is not known whether it is so.
    async fn agrees(&self, now: &Self::Now) -> Result<bool>;

    /// How long the vendor may take to show it.
    fn timeout(&self) -> Duration;
}

/// A fact that one write to the organization brings about.
pub(super) trait Written: Fact {
    /// The write: what is shown of it is what is sent.
    fn write(&self) -> Write;

    /// Whether the write does no harm where it is so already.
    fn is_harmless(&self) -> bool {
        true
    }

    /// Whether this 404 names something that the write needs and that is missing, so that it was not carried out. Never
    /// the case of a write that takes something away: what is missing may be what it was to take.
    fn lacks_what_it_needs(&self, _: &AdminError) -> bool {
        false
    }
}

/// What the vendor shows of a fact, for all that both reads tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shows {
    /// It is so.
    Yes,
    /// It is not so.
    No,
    /// What the vendor tells does not say. Waiting does not change that.
    Unseen,
    /// One operation tells that it is so, and another one that it is not.
    Contradicted,
}

/// Reads the state in both ways; the second one may fail by itself.
async fn look<F: Fact>(fact: &F) -> Result<(F::Now, Result<Shows>)> {
    let now = fact.read().await?;
    let shows = match fact.is_so(&now) {
        Some(true) => fact.agrees(&now).await.map(|agrees| match agrees {
            true => Shows::Yes,
            false => Shows::Contradicted,
        }),
        Some(false) => Ok(Shows::No),
        None => Ok(Shows::Unseen),
    };
    Ok((now, shows))
}

/// As [`look`]. What was changed a moment ago may show nowhere yet: with `--verify` that it is so already has to last for as
/// long as the vendor may take, and what an earlier run attempted has as long to show.
pub(super) async fn look_for_long<F: Fact>(
    cx: &ChangeContext,
    clock: &dyn Clock,
    fact: &F,
) -> Result<(F::Now, Result<Shows>)> {
    if let Some(left) = cx.attempted.and_then(|ago| fact.timeout().checked_sub(ago)) {
        let shows = || async { Ok((shows(fact).await? == Shows::Yes).then_some(())) };
        // Whatever could not be read is read once more below, and told.
        drop(wait::until(clock, left, shows).await);
    }
    let seen = look(fact).await?;
    if cx.verify && matches!(seen.1, Ok(Shows::Yes)) {
        clock.sleep(fact.timeout()).await;
        return look(fact).await;
    }
    Ok(seen)
}

pub(super) async fn shows<F: Fact>(fact: &F) -> Result<Shows> {
    look(fact).await?.1
}

/// The state before the write, and whether it is proven that it is so already.
///
/// # Errors
///
/// Where the state cannot be read. Where the second operation cannot be read or contradicts the first, and the write is not
/// harmless: of a contradiction [`Code::Internal`].
pub(super) async fn before<F: Written>(
    cx: &ChangeContext,
    clock: &dyn Clock,
    fact: &F,
) -> Result<(F::Now, bool)> {
    match look_for_long(cx, clock, fact).await? {
        // What was changed a moment ago may show in one place and not yet in the other.
        (now, Ok(Shows::Contradicted) | Err(_)) if fact.is_harmless() => Ok((now, false)),
        (_, Ok(Shows::Contradicted)) => Err(contradicted(fact).with_hint(UNSENT)),
        (now, Ok(shows)) => Ok((now, shows == Shows::Yes)),
        (_, Err(unread)) => Err(unread),
    }
}

pub(super) const UNSENT: &str =
    "Nothing was sent. An earlier change may still be under way: try again in a minute";

pub(super) fn contradicted<F: Fact>(fact: &F) -> Error {
    let message = format!(
        "cannot {}: the vendor contradicts itself: it shows in one place that it is so already, and in another one that it \
         is not",
        fact.action()
    );
    Error::new(Code::Internal, message)
}

/// The result of a write.
#[derive(Clone, Debug)]
pub(super) struct Applied {
    pub(super) state: ChangeState,
    /// Every sending, in order.
    pub(super) requests: Vec<WriteRequest>,
    pub(super) notes: Vec<String>,
}

/// The result of a write, as far as it is known.
pub(super) enum Attempt {
    Known(Applied),
    /// The state does not show the fact, and it may have been brought about.
    Open(Open),
}

/// A write of which it is not known what came.
pub(super) struct Open {
    /// What is told where the state shows the fact after all.
    if_shown: Applied,
    /// What is told otherwise, with every sending.
    error: Error,
}

/// Brings a fact about.
///
/// # Errors
///
/// What the vendor answers, with every sending. [`Code::Unavailable`] where the fact does not show in its time: whether it
/// will is then unknown.
pub(super) async fn apply<F: Written>(cx: &ChangeContext, clock: &dyn Clock, fact: &F) -> Result<Applied> {
    match attempt(cx, clock, fact).await? {
        Attempt::Known(applied) => Ok(applied),
        Attempt::Open(open) => Err(open.error),
    }
}

/// As [`apply`], and where the outcome is not known, that can be [settled](settle) later.
pub(super) async fn attempt<F: Written>(cx: &ChangeContext, clock: &dyn Clock, fact: &F) -> Result<Attempt> {
    let write = fact.write();
    let request = described(&write);
    let idempotent = write.idempotency() == Idempotency::Idempotent;
    if cx.dry_run {
        return Ok(Attempt::Known(Applied {
            state: ChangeState::Planned,
            requests: vec![request],
            notes: Vec::new(),
        }));
    }
    let mut requests = Vec::new();
    // The last sending, where that may have brought it about.
    let mut lost: Option<(Told, Result<Shows>)> = None;
    loop {
        let answer = fact.write().send().await;
        // The stop came before the request was sent again, so only the result of the earlier sending is unknown.
        if let Err(error) = &answer
            && error.kind() == AdminErrorKind::Stopped
            && let Some((told, shown)) = lost
        {
            requests.extend(failed_sendings(&request, error.api()));
            let doubtful = sent(&requests) > 1;
            return Ok(open(cx, fact, told, &shown, doubtful, requests));
        }
        let doubtful = lost.is_some();
        let told = match answer {
            Ok(receipt) => {
                let last = request
                    .clone()
                    .answered(receipt.status, receipt.request_id.clone());
                requests.extend(sendings(&request, receipt.refusals, Some(last)));
                if receipt.documented && !cx.verify {
                    let note = doubtful.then(|| SENT_AGAIN.to_owned());
                    return Ok(known(ChangeState::Done, requests, note));
                }
                Told::Accepted(receipt)
            }
            Err(error) => {
                requests.extend(failed_sendings(&request, error.api()));
                match judged(fact, &error, doubtful) {
                    Judged::Refused => {
                        // What the vendor refuses it has not carried out, by its own word. A read costs less than a person
                        // who is told so where it is not true.
                        return match is_answer(error.api())
                            && shows(fact).await.is_ok_and(|so| so == Shows::Yes)
                        {
                            true => Ok(known(ChangeState::AlreadySo, requests, Some(REFUSED.to_owned()))),
                            false => Err(errors::cannot(fact.action())(error).with_requests(requests)),
                        };
                    }
                    Judged::Already => Told::Already(error),
                    Judged::Lost => Told::Lost(error),
                }
            }
        };
        let asked = told.asked_to_wait();
        let began = clock.elapsed();
        let shown = shown(clock, fact).await;
        if let Ok(Shows::Yes) = shown {
            return Ok(known(told.state(cx), requests, told.note(doubtful)));
        }
        let pause = asked.saturating_sub(clock.elapsed().saturating_sub(began));
        let again = idempotent
            && sent(&requests) <= AGAIN
            && told.may_be_sent_again()
            && matches!(shown, Ok(Shows::No))
            && pause <= LONGEST_WAIT;
        if !again {
            return Ok(open(cx, fact, told, &shown, doubtful, requests));
        }
        lost = Some((told, shown));
        match Writes::current() {
            // Whoever asks to stop does not wait for what is not sent then.
            Some(writes) => drop(select(clock.sleep(pause), pin!(writes.closed())).await),
            None => clock.sleep(pause).await,
        }
    }
}

/// What is told of a write of which it is not known what came.
fn open<F: Fact>(
    cx: &ChangeContext,
    fact: &F,
    told: Told,
    shown: &Result<Shows>,
    doubtful: bool,
    requests: Vec<WriteRequest>,
) -> Attempt {
    Attempt::Open(Open {
        if_shown: Applied {
            state: told.state(cx),
            requests: requests.clone(),
            notes: told.note(doubtful).into_iter().collect(),
        },
        error: told.unknown(fact, sent(&requests), shown).with_requests(requests),
    })
}

/// How many of these reached the vendor. A sending that the limit refused was none.
fn sent(requests: &[WriteRequest]) -> usize {
    requests.iter().filter(|one| one.status != Some(429)).count()
}

/// Reads the state once more for a write of which it is not known what came.
///
/// # Errors
///
/// As [`apply`].
pub(super) async fn settle<F: Fact>(fact: &F, open: Open) -> Result<Applied> {
    match shows(fact).await {
        Ok(Shows::Yes) => Ok(open.if_shown),
        _ => Err(open.error),
    }
}

pub(super) const REFUSED: &str =
    "the vendor refused the write, and the state that was read back shows that it is so anyway";
const SENT_AGAIN: &str =
    "an earlier answer was lost and the state did not show the change, so it was sent again";

fn known(state: ChangeState, requests: Vec<WriteRequest>, note: Option<String>) -> Attempt {
    Attempt::Known(Applied {
        state,
        requests,
        notes: note.into_iter().collect(),
    })
}

/// What the answer to a write tells that has to be read back.
enum Told {
    /// A status of success: the documented answer, which is to be verified, or another one.
    Accepted(Receipt),
    /// It is so already, or what it was about is not there.
    Already(AdminError),
    /// Nothing: it may have been carried out.
    Lost(AdminError),
}

impl Told {
    /// What it comes to where the state shows the fact.
    fn state(&self, cx: &ChangeContext) -> ChangeState {
        match self {
            Self::Already(_) => ChangeState::AlreadySo,
            _ if cx.verify => ChangeState::Verified,
            _ => ChangeState::Done,
        }
    }

    /// What to know beside that.
    fn note(&self, doubtful: bool) -> Option<String> {
        Some(match self {
            Self::Accepted(receipt) if receipt.documented => return doubtful.then(|| SENT_AGAIN.to_owned()),
            Self::Accepted(receipt) => format!(
                "the answer ({}) is not the one that the vendor documents; the state that was read back shows the change",
                receipt.status
            ),
            Self::Already(_) => "it is so already: the state was read back".to_owned(),
            Self::Lost(_) => {
                "the vendor's answer was lost; the state that was read back shows the change".to_owned()
            }
        })
    }

    /// How long the vendor asked to wait.
    fn asked_to_wait(&self) -> Duration {
        match self {
            Self::Accepted(_) => Duration::ZERO,
            Self::Already(error) | Self::Lost(error) => error.api().hints().retry_after.unwrap_or_default(),
        }
    }

    /// Whether nobody said that it was accepted, or that there is nothing to do.
    fn may_be_sent_again(&self) -> bool {
        match self {
            Self::Already(_) => false,
            Self::Accepted(receipt) => !receipt.documented,
            Self::Lost(_) => true,
        }
    }

    /// The error where the state does not show the fact.
    fn unknown<F: Fact>(self, fact: &F, sendings: usize, shown: &Result<Shows>) -> Error {
        let seconds = fact.timeout().as_secs();
        let read = match shown {
            Ok(Shows::Unseen) => "the vendor does not tell the state there".to_owned(),
            Ok(_) => format!("it does not show within {seconds} seconds"),
            Err(unread) => format!("the state could not be read back ({unread})"),
        };
        match self {
            Self::Accepted(receipt) => {
                let answer = if receipt.documented {
                    "the vendor accepted it".to_owned()
                } else {
                    format!(
                        "the answer ({}) is not the one that the vendor documents",
                        receipt.status
                    )
                };
                let told = Error::new(Code::Unavailable, format!("cannot {}: {answer}", fact.action()));
                outcome_unknown(sendings, told, &read)
            }
            Self::Already(error) | Self::Lost(error) => {
                outcome_unknown(sendings, errors::cannot(fact.action())(error), &read)
            }
        }
    }
}

/// How a failed write is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Judged {
    /// It was not carried out.
    Refused,
    /// The vendor says that it is so already, or that what it was about is not there.
    Already,
    /// It may have been carried out.
    Lost,
}

fn judged<F: Written>(fact: &F, error: &AdminError, doubtful: bool) -> Judged {
    let api = error.api();
    if may_be_carried_out(api) {
        return Judged::Lost;
    }
    let judged = match (error.kind(), api.status()) {
        // Something on the way to the vendor may have answered, after the vendor had carried it out.
        (_, Some(_)) if !was_stopped(api) && !error.is_refusal_of_vendor() => Judged::Lost,
        (_, Some(404 | 410)) if fact.lacks_what_it_needs(error) => Judged::Refused,
        (_, Some(404 | 410)) | (AdminErrorKind::AlreadyThere, _) => Judged::Already,
        _ => Judged::Refused,
    };
    // After a sending that may have been carried out, a refusal may be about what that one did.
    if doubtful { Judged::Lost } else { judged }
}

/// What shows within the time that the vendor may take.
pub(super) async fn shown<F: Fact>(clock: &dyn Clock, fact: &F) -> Result<Shows> {
    let read = || async {
        match shows(fact).await? {
            Shows::No => Ok(None),
            Shows::Contradicted => Err(contradicted(fact)),
            told => Ok(Some(told)),
        }
    };
    Ok(wait::until(clock, fact.timeout(), read)
        .await?
        .unwrap_or(Shows::No))
}

/// An entry for each sending of a write: those that the limit refused, and the last one.
pub(super) fn sendings(
    request: &WriteRequest,
    refusals: u32,
    last: Option<WriteRequest>,
) -> Vec<WriteRequest> {
    let limited = (0..refusals).map(|_| request.clone().answered(429, None));
    limited.chain(last).collect()
}

/// An entry for each sending of a write that failed; none where nothing left.
pub(super) fn failed_sendings(request: &WriteRequest, api: &ApiError) -> Vec<WriteRequest> {
    let mut last = request.clone();
    last.status = api.status();
    last.request_id = api.request_id().map(str::to_owned);
    let limited = api.status() == Some(429);
    let before = api.refusals().saturating_sub(u32::from(limited));
    sendings(request, before, was_sent(api).then_some(last))
}

/// Whether a request that failed left for the vendor at all.
fn was_sent(api: &ApiError) -> bool {
    api.status().is_some() || may_be_carried_out(api)
}

/// Whether the vendor itself answered, so that reading from it tells more.
pub(super) fn is_answer(api: &ApiError) -> bool {
    api.status().is_some_and(|status| status != 401) && !was_stopped(api)
}

/// Whether an answer says by its status alone that the vendor did not act on the request: the limit of requests refused it,
/// or a proxy that wants to be signed in to.
pub(super) fn was_stopped(api: &ApiError) -> bool {
    matches!(api.status(), Some(407 | 429))
}

/// Whether the vendor may have acted on a request that failed.
pub(super) fn may_be_carried_out(api: &ApiError) -> bool {
    match (api.transport(), api.status()) {
        (Some(transport), _) => transport.kind.may_have_reached_server(),
        // A success whose body cannot be read, a redirect to somewhere else, a failure in the middle.
        (None, Some(status)) => status >= 500 || status == 408 || status < 400,
        (None, None) => matches!(
            api.kind(),
            ApiErrorKind::Undecodable | ApiErrorKind::TooLarge | ApiErrorKind::Protocol
        ),
    }
}

/// The error of a write of which nobody knows what came. `read` is the result of reading the state back.
pub(super) fn outcome_unknown(sendings: usize, told: Error, read: &str) -> Error {
    let sent = if sendings > 1 {
        format!(" after {sendings} sendings")
    } else {
        ", and nothing was sent again".to_owned()
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
