//! Asking the vendor: many calls in flight, each page committed with its place before the next is asked for.

use super::failures::{Failures, Verdict};
use crate::error::SyncError;
use crate::options::{Phase, Progress, SyncOptions};
use crate::redact::Redactor;
use crate::report::NOT_PLANNED;
use crate::store::{Answered, Call, CallKind, Committed, StagedPage, Stopped, Writer, path_for};
use connector_sdk::{Code, Connector, Notice, Page, PageToken, ResourceSyncer, SyncContext};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use tokio::task::{Id, JoinError, JoinSet};
use tracing::Instrument as _;

/// Calls about resources that wait in memory; the others wait in the staging file.
const READY: usize = 256;

pub(super) struct Engine<'a> {
    connector: &'a Arc<dyn Connector>,
    options: &'a SyncOptions,
    cx: Arc<SyncContext>,
    writer: Writer,
    failures: Failures,
    /// By type, in the order of the connector: calls about the first types are made first where there is a choice.
    queues: Vec<Queue>,
    /// Listings and next pages: what everything else waits for.
    urgent: VecDeque<Call>,
    progress: Progress,
    /// Calls in flight.
    calls: JoinSet<Result<Box<Answered>, Ended>>,
    /// The same by task, to name the one that panicked.
    in_flight: HashMap<Id, Call>,
    /// Pages that are read and not yet committed.
    commits: JoinSet<Result<Committed, Stopped>>,
}

/// Calls about the resources of one type.
struct Queue {
    resource_type: String,
    syncer: Arc<dyn ResourceSyncer>,
    /// The next ones, in the order of the staging file.
    ready: VecDeque<Call>,
    /// The last row that was fetched.
    fetched: u32,
    /// How many are still in the staging file only.
    waiting: u64,
}

/// How a call ended without a page.
enum Ended {
    Sync(SyncError),
    Connector {
        call: Box<Call>,
        source: connector_sdk::Error,
    },
    Stopped,
}

impl From<Stopped> for Ended {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

impl<'a> Engine<'a> {
    pub(super) fn new(
        connector: &'a Arc<dyn Connector>,
        options: &'a SyncOptions,
        cx: SyncContext,
        writer: Writer,
    ) -> Self {
        Self {
            connector,
            options,
            cx: Arc::new(cx),
            writer,
            failures: Failures::default(),
            queues: Vec::new(),
            urgent: VecDeque::new(),
            progress: Progress {
                phase: Phase::Reading,
                ..Progress::default()
            },
            calls: JoinSet::new(),
            in_flight: HashMap::new(),
            commits: JoinSet::new(),
        }
    }

    /// Makes every call there is. On an error the calls in flight are given up; what they would have answered is asked
    /// again by the next run.
    pub(super) async fn read(mut self) -> Result<(), SyncError> {
        let ended = self.run().await;
        self.calls.shutdown().await;
        match ended {
            Ok(()) => Ok(()),
            Err(Stop::Error(error)) => Err(error),
            Err(Stop::Writer) => Err(Stopped.into()),
        }
    }

    async fn run(&mut self) -> Result<(), Stop> {
        let mut top = Vec::new();
        for entry in self.connector.types() {
            let (resource_type, syncer) = (entry.resource_type.id, entry.syncer);
            if self.cx.wants(&resource_type) && syncer.plan().child_of.is_none() {
                top.push(resource_type.clone());
            }
            let queue = Queue {
                resource_type,
                syncer,
                ready: VecDeque::new(),
                fetched: 0,
                waiting: 0,
            };
            self.queues.push(queue);
        }
        self.failures = Failures::new(self.writer.done().await?);
        self.urgent.extend(self.writer.lists(top).await?);
        let left = self.writer.waiting().await?;
        self.expect(left);
        loop {
            self.fill().await?;
            if self.calls.is_empty() && self.commits.is_empty() {
                // Everything is read that listings led to. What only others named comes last.
                let unlisted = self.writer.unlisted().await?;
                if !unlisted.added.is_empty() || !unlisted.lists.is_empty() {
                    self.expect(unlisted.added);
                    self.urgent.extend(unlisted.lists);
                } else if self.failures.is_empty() {
                    return self.not_planned().await;
                } else {
                    self.settle().await?;
                }
                continue;
            }
            tokio::select! {
                () = self.options.cancel.cancelled() => {
                    let staging = Some(path_for(&self.options.output));
                    return Err(Stop::Error(SyncError::Interrupted { staging }));
                }
                Some(ended) = self.calls.join_next_with_id() => self.ended(ended).await?,
                Some(ended) = self.commits.join_next() => self.committed(ended)?,
            }
        }
    }

    /// Starts calls until the ceiling is reached or none is left.
    async fn fill(&mut self) -> Result<(), Stop> {
        while self.calls.len() < self.options.in_flight() {
            let call = match self.urgent.pop_front() {
                Some(call) => call,
                None => match self.next_ready().await? {
                    Some(call) => call,
                    None => return Ok(()),
                },
            };
            let Some(queue) = self.queues.iter().find(|q| q.resource_type == call.resource_type) else {
                let error =
                    SyncError::BadRow(format!("a call about the unknown type {}", call.resource_type));
                return Err(Stop::Error(error));
            };
            let (syncer, cx, writer, redactor) = (
                Arc::clone(&queue.syncer),
                Arc::clone(&self.cx),
                self.writer.clone(),
                Arc::clone(&self.options.redactor),
            );
            let asked = call.clone();
            let span = tracing::trace_span!(
                target: "telemetry",
                "call",
                otel.name = call.kind.name(),
                resource_type = call.resource_type,
            );
            let task = self
                .calls
                .spawn(async move { answer(&*syncer, &cx, &writer, &redactor, call).await }.instrument(span));
            self.in_flight.insert(task.id(), asked);
        }
        Ok(())
    }

    async fn next_ready(&mut self) -> Result<Option<Call>, Stop> {
        for queue in &mut self.queues {
            if queue.ready.is_empty() && queue.waiting > 0 {
                let calls = self
                    .writer
                    .fetch(queue.resource_type.clone(), queue.fetched, READY)
                    .await?;
                queue.waiting = if calls.is_empty() {
                    0
                } else {
                    queue.waiting.saturating_sub(calls.len() as u64)
                };
                queue.fetched = calls.last().map_or(queue.fetched, |last| last.row);
                queue.ready.extend(calls);
            }
            if let Some(call) = queue.ready.pop_front() {
                return Ok(Some(call));
            }
        }
        Ok(None)
    }

    /// Takes in that calls were added to the staging file.
    fn expect(&mut self, added: Vec<(String, u64)>) {
        for (resource_type, n) in added {
            self.progress.calls_known += n;
            if let Some(queue) = self.queues.iter_mut().find(|q| q.resource_type == resource_type) {
                queue.waiting += n;
            }
        }
    }

    async fn ended(
        &mut self,
        ended: Result<(Id, Result<Box<Answered>, Ended>), JoinError>,
    ) -> Result<(), Stop> {
        let id = ended.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
        let asked = self.in_flight.remove(&id);
        match (ended, asked) {
            (Ok((_, Ok(answered))), _) => self.answered(*answered).await,
            (Ok((_, Err(Ended::Stopped))), _) => Err(Stop::Writer),
            (Ok((_, Err(Ended::Sync(error)))), _) => Err(Stop::Error(error)),
            (Ok((_, Err(Ended::Connector { call, source }))), _) => self.failed(*call, source).await,
            (Err(panic), Some(call)) => self.failed(call, super::panicked(panic)).await,
            (Err(panic), None) => Err(unexpected(panic)),
        }
    }

    /// Keeps what failed about one resource until the rest is read; anything else ends the sync.
    async fn failed(&mut self, call: Call, error: connector_sdk::Error) -> Result<(), Stop> {
        match self.failures.failed(call, error) {
            Verdict::Resource => Ok(()),
            Verdict::Check => self.check().await,
            Verdict::Everything { during, source } => {
                Err(Stop::Error(SyncError::Connector { during, source }))
            }
        }
    }

    /// Everything else is read. What failed is asked once more where that may help; what is left then is a gap, unless it is
    /// the tenant that cannot be reached.
    async fn settle(&mut self) -> Result<(), Stop> {
        self.check().await?;
        let again = self.failures.again();
        if again.is_empty() {
            let failed = self.failures.settle();
            self.progress.calls_done += failed.len() as u64;
            self.writer.unreadable(failed).await?;
        }
        self.urgent.extend(again);
        Ok(())
    }

    /// Names what the connector can list and its plan does not ask for: without a word its rows would be missing. A call
    /// that is not implemented answers at once, so a connector whose plan is right pays no request for this.
    async fn not_planned(&mut self) -> Result<(), Stop> {
        if !self.cx.wants_access() {
            return Ok(());
        }
        let mut notices = Vec::new();
        for queue in &self.queues {
            let plan = queue.syncer.plan();
            if !self.cx.wants(&queue.resource_type) || (plan.entitlements && plan.grants) {
                continue;
            }
            let Some(resource) = self.writer.sample(queue.resource_type.clone()).await? else {
                continue;
            };
            let (cx, first) = (&*self.cx, PageToken::first());
            for (planned, what) in [(plan.entitlements, "entitlements"), (plan.grants, "grants")] {
                let listed = match what {
                    _ if planned => continue,
                    "grants" => queue.syncer.grants(cx, &resource, &first).await,
                    _ => queue.syncer.entitlements(cx, &resource, &first).await,
                };
                if listed.is_ok_and(|page| !page.is_empty()) {
                    let detail = format!(
                        "the connector can list the {what} of resources of this type, and its plan does not ask for \
                         them; Plan::{what} has to be true"
                    );
                    let subject = format!("{what} of {}", queue.resource_type);
                    notices.push(Notice::gap(NOT_PLANNED, subject, detail));
                }
            }
        }
        if !notices.is_empty() {
            self.writer.notices(notices).await?;
        }
        Ok(())
    }

    /// Ends the sync where the tenant as a whole cannot be reached, or no longer accepts the credential.
    async fn check(&self) -> Result<(), Stop> {
        let checked = super::validated(self.connector, self.options).await;
        checked.map(drop).map_err(Stop::Error)
    }

    /// Hands a page over to be committed, and asks for the next one meanwhile: pages of a listing are committed in the
    /// order in which they are handed over, so its place never runs ahead of its rows.
    async fn answered(&mut self, answered: Answered) -> Result<(), Stop> {
        let next = answered
            .page
            .next()
            .map(|token| answered.call.clone().at(token.clone()));
        match next {
            // Listings first: they find the work of everyone else.
            Some(call) if call.kind == CallKind::List => self.urgent.push_front(call),
            Some(call) => self.urgent.push_back(call),
            None => self.progress.calls_done += u64::from(answered.call.kind != CallKind::List),
        }
        self.failures
            .answered(&answered.call, answered.page.next().is_none());
        let committed = self.writer.commit(answered).await?;
        self.commits
            .spawn(async move { committed.await.map_err(|_| Stopped) });
        Ok(())
    }

    fn committed(&mut self, ended: Result<Result<Committed, Stopped>, JoinError>) -> Result<(), Stop> {
        let committed = ended.map_err(unexpected)??;
        self.expect(committed.added);
        self.progress.grants += committed.grants;
        for (resource_type, n) in committed.listed {
            *self.progress.resources.entry(resource_type).or_default() += n;
        }
        for call in committed.next {
            self.urgent.push_front(call);
        }
        self.options.observer.progress(&self.progress);
        Ok(())
    }
}

fn unexpected(panic: JoinError) -> Stop {
    Stop::Error(SyncError::Engine(format!("a call ended unexpectedly: {panic}")))
}

enum Stop {
    Error(SyncError),
    Writer,
}

impl From<Stopped> for Stop {
    fn from(_: Stopped) -> Self {
        Self::Writer
    }
}

/// Makes one call.
async fn answer(
    syncer: &dyn ResourceSyncer,
    cx: &SyncContext,
    writer: &Writer,
    redactor: &Redactor,
    mut call: Call,
) -> Result<Box<Answered>, Ended> {
    let mut asked_again = false;
    loop {
        let source = match ask(syncer, cx, &call).await {
            Ok(page) => {
                let page = StagedPage::encode(page, redactor).map_err(Ended::Sync)?;
                if page.next().is_none_or(|next| !call.has_had(next)) {
                    return Ok(Box::new(Answered { call, page }));
                }
                let message = "the next page has a token that this listing had before, so it would never end";
                connector_sdk::Error::new(Code::Internal, message)
            }
            Err(error) if error.is_cursor_refused() => {
                if call.may_restart() {
                    let (kind, resource_type) = (call.kind.name(), &*call.resource_type);
                    tracing::info!(
                        kind,
                        resource_type,
                        "the cursor was refused, the listing starts again"
                    );
                    tracing::debug!(during = call.describe(), %error, "why the listing starts again");
                    call = writer.restart(call).await?;
                    continue;
                }
                refused_for_ever(&error)
            }
            // What is about one resource is asked again when all else is read; a listing is what all else waits for.
            Err(error) if !asked_again && call.subject().is_none() && super::is_doubtful(&error) => {
                let (kind, resource_type) = (call.kind.name(), &*call.resource_type);
                tracing::info!(
                    kind,
                    resource_type,
                    "the answer is doubtful, the page is asked for once more"
                );
                tracing::debug!(during = call.describe(), %error, "why the answer is doubtful");
                asked_again = true;
                continue;
            }
            Err(error) => error,
        };
        let call = Box::new(call);
        return Err(Ended::Connector { call, source });
    }
}

/// The person who syncs gave no cursor, so nothing is wrong with a value of theirs.
fn refused_for_ever(error: &connector_sdk::Error) -> connector_sdk::Error {
    let message = format!(
        "the vendor refuses the cursors of this listing again and again: {}",
        error.message()
    );
    let refused = connector_sdk::Error::new(Code::Internal, message);
    match error.vendor() {
        Some(vendor) => refused.with_vendor(vendor.clone()),
        None => refused,
    }
}

async fn ask(syncer: &dyn ResourceSyncer, cx: &SyncContext, call: &Call) -> connector_sdk::Result<Page> {
    match (call.kind, &call.about) {
        (CallKind::List, parent) => {
            let parent = parent.as_ref().map(|about| about.subject.key());
            syncer.list(cx, parent, &call.token).await
        }
        (CallKind::Entitlements, Some(about)) => syncer.entitlements(cx, &about.subject, &call.token).await,
        (CallKind::Grants, Some(about)) => syncer.grants(cx, &about.subject, &call.token).await,
        (_, None) => Err(connector_sdk::Error::new(
            Code::Internal,
            "a call about a resource lost its resource",
        )),
    }
}
