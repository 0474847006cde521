//! Asking the vendor: many calls in flight, each page committed with its place before the next is asked for.

use crate::error::SyncError;
use crate::options::{Phase, Progress, SyncOptions};
use crate::staging::{Answered, Call, CallKind, Committed, StagedPage, Stopped, Writer, path_for};
use connector_sdk::{Connector, Page, ResourceSyncer, SyncContext};
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::task::{JoinError, JoinSet};

/// How often one listing may start from its first page because the vendor refused its cursor. More than once only
/// because a long listing may meet it again; a vendor that refuses every cursor must not be asked for ever.
const RESTARTS: u32 = 3;

/// Calls about resources that wait in memory; the others wait in the staging file.
const READY: usize = 256;

pub(super) struct Engine<'a> {
    connector: &'a dyn Connector,
    options: &'a SyncOptions,
    cx: Arc<SyncContext>,
    writer: Writer,
    /// By type, in the order of the connector: calls about the first types are made first where there is a choice.
    queues: Vec<Queue>,
    /// Listings and next pages: what everything else waits for.
    urgent: VecDeque<Call>,
    progress: Progress,
    /// Calls in flight.
    calls: JoinSet<Result<Box<Answered>, Ended>>,
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
    fetched: i64,
    /// How many are still in the staging file only.
    waiting: u64,
}

/// How a call ended without a page.
enum Ended {
    Sync(SyncError),
    Connector {
        during: String,
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
        connector: &'a dyn Connector,
        options: &'a SyncOptions,
        cx: SyncContext,
        writer: Writer,
    ) -> Self {
        Self {
            connector,
            options,
            cx: Arc::new(cx),
            writer,
            queues: Vec::new(),
            urgent: VecDeque::new(),
            progress: Progress {
                phase: Phase::Reading,
                ..Progress::default()
            },
            calls: JoinSet::new(),
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
        self.urgent.extend(self.writer.lists(top).await?);
        let left = self.writer.waiting().await?;
        self.expect(left);
        loop {
            self.fill().await?;
            if self.calls.is_empty() && self.commits.is_empty() {
                // Everything is read that listings led to. What only others named comes last.
                let unlisted = self.writer.unlisted().await?;
                if unlisted.added.is_empty() && unlisted.lists.is_empty() {
                    return Ok(());
                }
                self.expect(unlisted.added);
                self.urgent.extend(unlisted.lists);
                continue;
            }
            tokio::select! {
                () = self.options.cancel.cancelled() => {
                    let staging = Some(path_for(&self.options.output));
                    return Err(Stop::Error(SyncError::Interrupted { staging }));
                }
                Some(ended) = self.calls.join_next() => self.answered(ended).await?,
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
            let (syncer, cx, writer) = (
                Arc::clone(&queue.syncer),
                Arc::clone(&self.cx),
                self.writer.clone(),
            );
            self.calls
                .spawn(async move { answer(&*syncer, &cx, &writer, call).await });
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

    /// Hands a page over to be committed, and asks for the next one meanwhile: pages of a listing are committed in the
    /// order in which they are handed over, so its place never runs ahead of its rows.
    async fn answered(&mut self, ended: Result<Result<Box<Answered>, Ended>, JoinError>) -> Result<(), Stop> {
        let answered = match ended.map_err(unexpected)? {
            Ok(answered) => answered,
            Err(Ended::Stopped) => return Err(Stop::Writer),
            Err(Ended::Sync(error)) => return Err(Stop::Error(error)),
            Err(Ended::Connector { during, source }) => {
                return Err(Stop::Error(SyncError::Connector { during, source }));
            }
        };
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
        let committed = self.writer.commit(*answered).await?;
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
    mut call: Call,
) -> Result<Box<Answered>, Ended> {
    loop {
        match ask(syncer, cx, &call).await {
            Ok(page) => {
                let page = StagedPage::encode(page).map_err(Ended::Sync)?;
                if page.next().is_some_and(|next| call.has_had(next)) {
                    let message =
                        "the next page has a token that this listing had before, so it would never end";
                    let source = connector_sdk::Error::new(connector_sdk::Code::Internal, message);
                    return Err(Ended::Connector {
                        during: call.describe(),
                        source,
                    });
                }
                return Ok(Box::new(Answered { call, page }));
            }
            Err(error) if error.is_cursor_refused() && call.restarts < RESTARTS => {
                tracing::info!(during = call.describe(), %error, "the cursor was refused, the listing starts anew");
                call = writer.restart(call).await?;
            }
            Err(source) => {
                return Err(Ended::Connector {
                    during: call.describe(),
                    source,
                });
            }
        }
    }
}

async fn ask(syncer: &dyn ResourceSyncer, cx: &SyncContext, call: &Call) -> connector_sdk::Result<Page> {
    use connector_sdk::{Code, Error, ResourceKey};
    match (call.kind, &call.resource) {
        (CallKind::List, parent) => {
            let parent = parent
                .as_ref()
                .and_then(|r| r.id.as_ref())
                .and_then(ResourceKey::from_proto);
            syncer.list(cx, parent.as_ref(), &call.token).await
        }
        (CallKind::Entitlements, Some(resource)) => syncer.entitlements(cx, resource, &call.token).await,
        (CallKind::Grants, Some(resource)) => syncer.grants(cx, resource, &call.token).await,
        (_, None) => Err(Error::new(
            Code::Internal,
            "a call about a resource lost its resource",
        )),
    }
}
