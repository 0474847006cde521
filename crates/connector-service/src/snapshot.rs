//! The one snapshot: begun by a listing, read by all that follow, ended by whoever is done with it.

use crate::options::ServiceOptions;
use crate::pages::Pages;
use crate::status::Failure;
use crate::waits::wait;
use c1z_file::{Artifact, ReadOptions, Scratch};
use connector_runtime::{SyncOptions, SyncReport};
use connector_sdk::{Code, Connector, Retry};
use jiff::{SignedDuration, Timestamp};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::AbortOnDropHandle;

/// How long a snapshot is kept.
const KEPT: Duration = Duration::from_hours(24);

/// What a caller is told to wait before it asks again.
const AGAIN: Duration = Duration::from_secs(1);

/// The gap of what is unreadable about single resources.
const SINGLE: &str = "unreadable_subject";

/// Begins, holds and ends snapshots.
#[derive(Debug)]
pub(crate) struct Snapshots {
    connector: Arc<dyn Connector>,
    options: ServiceOptions,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    current: Option<Current>,
    /// The task of the one before, which may still be at its end.
    ended: Option<JoinHandle<()>>,
    /// Whether none is begun any more.
    closed: bool,
}

impl Held {
    fn end(&mut self) {
        if let Some(Current { task, stops, .. }) = self.current.take() {
            drop(stops);
            self.ended = Some(task);
        }
    }
}

#[derive(Debug)]
struct Current {
    /// The id of the runner's sync.
    id: String,
    begun: Timestamp,
    state: watch::Receiver<State>,
    task: JoinHandle<()>,
    /// Stops the sync of a snapshot that nobody wants any more.
    stops: DropGuard,
    /// Ends it when it is too old, also where nobody calls.
    _ages: AbortOnDropHandle<()>,
}

#[derive(Clone, Debug)]
enum State {
    Reading,
    Ready(Arc<Pages>),
    /// What was read before is in there, for the next attempt.
    Failed(Failure, Option<Arc<Scratch>>),
}

impl Snapshots {
    pub(crate) fn new(connector: Arc<dyn Connector>, options: ServiceOptions) -> Arc<Self> {
        Arc::new(Self {
            connector,
            options,
            held: Mutex::default(),
        })
    }

    /// Begins the snapshot of a sync, unless it is there. A runner that does not say which sync it makes begins one with the first
    /// call of each.
    pub(crate) fn begin(self: &Arc<Self>, id: &str) {
        if id.is_empty() {
            self.end(id);
        }
        // Where it cannot be begun, the first listing tells.
        let _ = self.joined(id);
    }

    /// The pages of the snapshot of a sync, once they are there.
    ///
    /// # Errors
    /// Why there is no snapshot, once; the next call begins another attempt, which goes on from what was read. [`Code::Unavailable`]
    /// where it is not there in time; it goes on.
    pub(crate) async fn pages(self: &Arc<Self>, id: &str, timeout: Duration) -> Result<Arc<Pages>, Failure> {
        let mut state = self.joined(id)?;
        let done = state.wait_for(|state| !matches!(state, State::Reading));
        match tokio::time::timeout(timeout, done).await {
            Ok(Ok(state)) => match &*state {
                State::Ready(pages) => Ok(Arc::clone(pages)),
                State::Failed(failure, _) => Err(failure.clone()),
                State::Reading => Err(later("the snapshot of this sync is being read")),
            },
            Ok(Err(_)) => Err(later("the snapshot was ended by another sync")),
            Err(_) => Err(later("the snapshot of this sync is being read")),
        }
    }

    /// Ends the snapshot of a sync; that of any where none is named.
    pub(crate) fn end(&self, id: &str) {
        let mut held = self.lock();
        if held
            .current
            .as_ref()
            .is_some_and(|current| id.is_empty() || current.id == id)
        {
            held.end();
        }
    }

    /// Ends the snapshot, and waits until nothing of it is left. No other is begun.
    pub(crate) async fn close(&self) {
        let ended = {
            let mut held = self.lock();
            held.closed = true;
            held.end();
            held.ended.take()
        };
        if let Some(task) = ended {
            // It does nothing after it was stopped that could fail.
            let _ = task.await;
        }
    }

    fn joined(self: &Arc<Self>, id: &str) -> Result<watch::Receiver<State>, Failure> {
        let now = self.options.clock.now();
        let kept = SignedDuration::try_from(KEPT).unwrap_or(SignedDuration::MAX);
        let mut held = self.lock();
        if held.closed {
            return Err(later("the service is ending"));
        }
        let mut scratch = None;
        if let Some(current) = &held.current {
            let is_of = (id.is_empty() || current.id == id) && now.duration_since(current.begun) < kept;
            match &*current.state.borrow() {
                State::Failed(_, kept) if is_of => scratch = kept.clone(),
                State::Reading | State::Ready(_) if is_of => return Ok(current.state.clone()),
                _ => {}
            }
        }
        held.end();
        let before = held.ended.take();
        let begun = held.current.insert(self.begun(id, now, before, scratch));
        Ok(begun.state.clone())
    }

    fn begun(
        self: &Arc<Self>,
        id: &str,
        now: Timestamp,
        before: Option<JoinHandle<()>>,
        scratch: Option<Arc<Scratch>>,
    ) -> Current {
        let (tell, state) = watch::channel(State::Reading);
        let stop = CancellationToken::new();
        let reader = Reader {
            connector: Arc::clone(&self.connector),
            options: self.options.clone(),
            stop: stop.clone(),
        };
        let task = tokio::spawn(async move {
            if let Some(before) = before {
                // One at a time, also on the disk.
                let _ = before.await;
            }
            let came_to = reader.read(scratch).await;
            // Where nobody listens any more, all that was read goes here.
            let _ = tell.send(came_to);
        });
        let (of, own) = (Arc::downgrade(self), id.to_owned());
        let ages = tokio::spawn(async move {
            wait(KEPT).await;
            if let Some(snapshots) = of.upgrade() {
                tokio::task::spawn_blocking(move || snapshots.end(&own));
            }
        });
        Current {
            id: id.to_owned(),
            begun: now,
            state,
            task,
            stops: stop.drop_guard(),
            _ages: AbortOnDropHandle::new(ages),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn later(why: &str) -> Failure {
    Failure::new(Code::Unavailable, format!("{why}: ask again")).with_retry(Retry::After(AGAIN))
}

/// Reads one snapshot.
struct Reader {
    connector: Arc<dyn Connector>,
    options: ServiceOptions,
    stop: CancellationToken,
}

impl Reader {
    async fn read(self, scratch: Option<Arc<Scratch>>) -> State {
        let scratch = match scratch {
            Some(kept) => kept,
            None => {
                let folder = self.options.temp_dir.clone();
                match blocking(move || Scratch::create(&folder)).await {
                    Ok(Ok(scratch)) => Arc::new(scratch),
                    Ok(Err(error)) => return State::Failed(self.no_room(&error), None),
                    Err(failure) => return State::Failed(failure, None),
                }
            }
        };
        match self.synced(&scratch).await {
            Ok(pages) => State::Ready(Arc::new(pages)),
            Err(failure) if self.stop.is_cancelled() => State::Failed(failure, None),
            Err(failure) => State::Failed(failure, Some(scratch)),
        }
    }

    async fn synced(&self, scratch: &Scratch) -> Result<Pages, Failure> {
        let output = scratch.file("snapshot.c1z");
        let options = SyncOptions {
            scope: self.options.scope.clone(),
            keep_syncs: 1,
            resource_types: self.options.resource_types.clone(),
            access: self.options.access,
            workers: self.options.workers,
            cancel: self.stop.clone(),
            redactor: Arc::clone(&self.options.redactor),
            ..SyncOptions::new(&output, Arc::clone(&self.options.clock))
        };
        let synced = connector_runtime::sync(Arc::clone(&self.connector), options).await;
        let report = synced.map_err(|error| Failure::from(&error))?;
        self.whole(&report)?;
        let (folder, sync_id) = (self.options.temp_dir.clone(), report.sync_id);
        let opened = blocking(move || {
            let artifact = Artifact::open(&output, ReadOptions::default().with_temp_dir(folder));
            // Pages are read from a copy without a name.
            let removed = std::fs::remove_file(&output);
            artifact.map(|artifact| (artifact, removed))
        });
        let opened = opened.await?;
        let (artifact, removed) = opened
            .map_err(|error| Failure::new(Code::Internal, format!("the snapshot cannot be read: {error}")))?;
        removed.map_err(|error| self.no_room(&error))?;
        Ok(Pages::of(artifact, sync_id))
    }

    /// A listing that lacks something would look like access that was taken away.
    fn whole(&self, report: &SyncReport) -> Result<(), Failure> {
        let mut open = Vec::new();
        for gap in report.gaps() {
            tracing::warn!(kind = gap.kind, count = gap.count, "the snapshot has a gap");
            if gap.kind != SINGLE && !(self.options.allows_gap)(&gap.kind) {
                open.push(format!("{} ({})", gap.kind, gap.count));
            }
        }
        if open.is_empty() {
            return Ok(());
        }
        let message = format!(
            "the listing is complete but for {}; what is missing would look like access that was taken away",
            open.join(", ")
        );
        Err(Failure::new(Code::FailedPrecondition, message))
    }

    fn no_room(&self, error: &std::io::Error) -> Failure {
        let folder = self.options.temp_dir.display();
        Failure::new(
            Code::Unknown,
            format!("no snapshot can be made in {folder}: {error}"),
        )
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Failure::new(Code::Internal, format!("the snapshot broke off: {error}")))
}
