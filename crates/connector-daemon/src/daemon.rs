//! The life of the daemon: hello, tasks, the end.

use crate::credentials::{Credentials, is_host};
use crate::debug::DebugLog;
use crate::error::{DaemonError, code_of};
use crate::executor::Connected;
use crate::health::{self, Health};
use crate::heartbeat::between;
use crate::hello::{self, Program};
use crate::metrics::Metrics;
use crate::platform::{Platform, channel, told};
use crate::state::{State, is_task_id};
use crate::sync::Syncs;
use crate::task::{Taken, Tasks};
use crate::token::{self, Tokens};
use connector_proto::connectorapi::baton::v1::{Task, task::TaskType};
use http_kit::Clock;
use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tonic::Status;

/// The longest wait that the platform can ask for between two polls.
const LONGEST_POLL: Duration = Duration::from_mins(5);

/// How long it takes at least to ask again where there was nothing to do.
const IDLE: Duration = Duration::from_secs(1);

/// The longest wait after errors.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// The longest wait between two hellos.
const LONGEST_HELLO: Duration = Duration::from_mins(5);

/// Refusals of the credentials in a row after which they are taken to be refused for good. The waits between them make it more than
/// a minute, so that a platform that is being restarted ends no daemon.
const MOST_REFUSALS: u32 = 7;

/// How often results that were not taken are told again.
const AGAIN: Duration = Duration::from_mins(1);

/// How a daemon works.
pub struct DaemonOptions {
    /// What opens the platform.
    pub credentials: Credentials,
    /// Stands in for the host of the client id.
    pub api_host: Option<String>,
    /// Which of several replicas this is.
    pub host_id: String,
    /// The program that it is part of.
    pub program: Program,
    /// What each task is carried out with that begins from now on: another one where a credential was replaced.
    pub connected: watch::Receiver<Arc<Connected>>,
    /// Whether access, accounts and resources are changed.
    pub provisioning: bool,
    /// Tasks at the same time at most, at least one.
    pub concurrency: usize,
    /// Whether tasks are asked for in batches.
    pub batch: bool,
    /// How long running tasks are waited for after it was asked to stop.
    pub shutdown_timeout: Duration,
    /// Where results are kept until they are taken.
    pub state_dir: PathBuf,
    /// What the state belongs to beside client and host id: tenant and address.
    pub tenant: Vec<String>,
    /// A file of certificates that are trusted beside those of the system.
    pub ca_file: Option<PathBuf>,
    /// Where it tells how it is, if anywhere.
    pub health: Option<SocketAddr>,
    /// Keeps the log of tasks that are debugged; without it none is.
    pub debug_log: Option<Arc<dyn DebugLog>>,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
}

impl fmt::Debug for DaemonOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DaemonOptions")
            .field("credentials", &self.credentials)
            .field("api_host", &self.api_host)
            .field("host_id", &self.host_id)
            .field("program", &self.program)
            .field("connected", &self.connected)
            .field("state_dir", &self.state_dir)
            .finish_non_exhaustive()
    }
}

/// Works for the platform until `stop` is cancelled: then it takes no more tasks, lets syncs keep what they have read, and waits for
/// the other tasks.
///
/// # Errors
/// [`DaemonError`]: where it cannot begin, where the platform refuses it for good, and where tasks were still at work at the end.
pub async fn run(options: DaemonOptions, stop: CancellationToken) -> Result<(), DaemonError> {
    let daemon = Daemon::new(options, &stop)?;
    let (greeted, is_greeted) = watch::channel(false);
    let _health = match daemon.health_address {
        Some(address) => {
            let health = Health::new(
                daemon.tasks.connected.clone(),
                Arc::clone(&daemon.tasks.metrics),
                Arc::clone(&daemon.clock),
                is_greeted,
                stop.clone(),
            );
            Some(
                health::serve(health, address)
                    .await
                    .map_err(|source| DaemonError::Io {
                        what: format!("the health of the daemon cannot be told at {address}"),
                        source,
                    })?,
            )
        }
        None => None,
    };
    tokio::select! {
        answered = daemon.hello() => answered?,
        () = stop.cancelled() => return Ok(()),
    }
    greeted.send_replace(true);
    let ended = daemon.polled(&stop).await;
    daemon.drained().await?;
    ended
}

struct Daemon {
    tasks: Arc<Tasks>,
    platform: Platform,
    clock: Arc<dyn Clock>,
    program: Program,
    slots: Arc<Semaphore>,
    batch: bool,
    shutdown_timeout: Duration,
    health_address: Option<SocketAddr>,
    running: Arc<Mutex<BTreeSet<String>>>,
    /// Dropped with the daemon, they end where they are.
    at_work: Mutex<JoinSet<()>>,
    stop: CancellationToken,
}

impl Daemon {
    fn new(options: DaemonOptions, stop: &CancellationToken) -> Result<Self, DaemonError> {
        let DaemonOptions {
            credentials,
            api_host,
            host_id,
            program,
            connected,
            provisioning,
            concurrency,
            batch,
            shutdown_timeout,
            state_dir,
            tenant,
            ca_file,
            health,
            debug_log,
            clock,
        } = options;
        let host = api_host.unwrap_or_else(|| credentials.host().to_owned());
        if !is_host(&host) {
            return Err(DaemonError::Settings(format!(
                "{host:?} is no host to reach C1 at"
            )));
        }
        let mut identity = vec![credentials.client_id().to_owned(), host_id.clone()];
        identity.extend(tenant);
        let state = Arc::new(State::open(&state_dir, &identity, Arc::clone(&clock))?);
        let user_agent = format!("{} baton-sdk/{}", credentials.name(), program.version);
        let transport = token::transport(ca_file.as_deref())?;
        let channel = channel(&host, &user_agent, ca_file.as_deref())?;
        let tokens = Tokens::new(
            Arc::new(credentials),
            &host,
            transport,
            &program.version,
            Arc::clone(&clock),
        )?;
        let platform = Platform::new(channel, Arc::new(tokens), &host_id);
        let stop = stop.child_token();
        let metrics = Arc::new(Metrics::new(&program, connected.clone()));
        let tasks = Tasks {
            platform: platform.clone(),
            connected,
            state,
            syncs: Syncs::new(Arc::clone(&clock)),
            metrics,
            taken: Taken::default(),
            debug_log,
            clock: Arc::clone(&clock),
            program: program.clone(),
            provisioning,
            stop: stop.clone(),
        };
        let concurrency = concurrency.max(1);
        tracing::info!(host, host_id, concurrency, provisioning, "working for C1");
        Ok(Self {
            tasks: Arc::new(tasks),
            platform,
            clock,
            program,
            slots: Arc::new(Semaphore::new(concurrency)),
            batch,
            shutdown_timeout,
            health_address: health,
            running: Arc::default(),
            at_work: Mutex::default(),
            stop,
        })
    }

    /// Says hello until it is answered. Only what the platform refuses for good ends it.
    async fn hello(&self) -> Result<(), DaemonError> {
        let connected = self.tasks.connected();
        let request = hello::request(self.platform.host_id(), "", &self.program, &*connected.executor)
            .await
            .map_err(|status| refused(&status))?;
        let mut wait = Duration::from_secs(1);
        let mut refusals = 0;
        loop {
            match self.platform.hello(request.clone()).await {
                Ok(()) => {
                    tracing::info!("connected: C1 has answered the hello");
                    return Ok(());
                }
                Err(status) => {
                    refusals = if refuses(&status) { refusals + 1 } else { 0 };
                    if refusals >= MOST_REFUSALS {
                        return Err(refused(&status));
                    }
                    tracing::warn!(
                        seconds = wait.as_secs(),
                        error = told(&status),
                        "hello was not answered, and is said again"
                    );
                }
            }
            self.clock.sleep(jittered(wait)).await;
            wait = (wait * 2).min(LONGEST_HELLO);
        }
    }

    /// Asks for tasks and begins them until it is asked to stop, or refused for good.
    async fn polled(&self, stop: &CancellationToken) -> Result<(), DaemonError> {
        let _again = self.telling_again();
        let (mut errors, mut refusals) = (0, 0);
        let mut queue = VecDeque::new();
        loop {
            let free = tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                free = Arc::clone(&self.slots).acquire_owned() => free,
            };
            // The semaphore is never closed.
            let Ok(slot) = free else {
                return Ok(());
            };
            if let Some(task) = queue.pop_front() {
                self.begin(task, slot);
                continue;
            }
            let asked = tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                asked = self.asked() => asked,
            };
            let wait = match asked {
                Ok((tasks, wait)) => {
                    (errors, refusals) = (0, 0);
                    let is_idle = tasks.is_empty();
                    queue.extend(tasks);
                    if let Some(task) = queue.pop_front() {
                        self.begin(task, slot);
                    } else {
                        drop(slot);
                    }
                    if is_idle { wait.max(IDLE) } else { wait }
                }
                Err(status) => {
                    drop(slot);
                    errors += 1;
                    refusals = if refuses(&status) { refusals + 1 } else { 0 };
                    if refusals >= MOST_REFUSALS {
                        return Err(refused(&status));
                    }
                    let wait = after_errors(errors);
                    tracing::warn!(
                        errors,
                        seconds = wait.as_secs(),
                        error = told(&status),
                        "C1 was asked for a task in vain"
                    );
                    jittered(wait)
                }
            };
            if queue.is_empty() {
                tokio::select! {
                    biased;
                    () = stop.cancelled() => return Ok(()),
                    () = self.clock.sleep(wait) => {}
                }
            }
        }
    }

    /// Tasks that are new, and how long to wait before more are asked for.
    async fn asked(&self) -> Result<(Vec<Task>, Duration), Status> {
        let (mut tasks, next) = if self.batch {
            let known: Vec<String> = self.running().iter().cloned().collect();
            // As many as can begin at once: one that waited here would have no heartbeats. One slot is held already.
            let wanted = self.slots.available_permits() + 1;
            let answer = self
                .platform
                .get_tasks(u32::try_from(wanted).unwrap_or(u32::MAX), known)
                .await?;
            (answer.tasks, answer.next_poll)
        } else {
            let answer = self.platform.get_task().await?;
            (answer.task.into_iter().collect(), answer.next_poll)
        };
        let running = self.running();
        tasks.retain(|task| {
            let is_some = task
                .task_type
                .as_ref()
                .is_some_and(|of| !matches!(of, TaskType::None(_)));
            is_some || (task.task_type.is_none() && !task.id.is_empty())
        });
        let mut seen = running;
        tasks.retain(|task| {
            let is_task = is_task_id(&task.id);
            if !is_task {
                tracing::error!("C1 sent a task whose id is none; it is not carried out");
            }
            is_task && seen.insert(task.id.clone())
        });
        Ok((tasks, between(next, LONGEST_POLL).unwrap_or_default()))
    }

    fn begin(&self, task: Task, slot: OwnedSemaphorePermit) {
        let id = task.id.clone();
        if !self.running_mut(|running| running.insert(id.clone())) {
            return;
        }
        let (tasks, running) = (Arc::clone(&self.tasks), Arc::clone(&self.running));
        let mut at_work = self.at_work.lock().unwrap_or_else(PoisonError::into_inner);
        while at_work.try_join_next().is_some() {}
        at_work.spawn(async move {
            // A task of its own, so that a defect ends this one and leaves its slot free.
            let carried_out = tokio::spawn(async move { tasks.carry_out(task).await });
            if AbortOnDropHandle::new(carried_out).await.is_err() {
                tracing::error!(task = id, "this program has a defect, and the task broke off");
            }
            running.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
            drop(slot);
        });
    }

    /// Tells results again that the platform has not taken, now and every minute.
    fn telling_again(&self) -> AbortOnDropHandle<()> {
        let (tasks, clock) = (Arc::clone(&self.tasks), Arc::clone(&self.clock));
        let running = Arc::clone(&self.running);
        AbortOnDropHandle::new(tokio::spawn(async move {
            loop {
                let state = Arc::clone(&tasks.state);
                let kept = tokio::task::spawn_blocking(move || state.undelivered()).await;
                let kept = kept.map_err(std::io::Error::other).and_then(|kept| kept);
                match kept {
                    Ok(kept) => {
                        for id in kept {
                            // One that is at work tells its result itself, and none begins while its result is told.
                            let at_work = || running.lock().unwrap_or_else(PoisonError::into_inner);
                            if at_work().insert(id.clone()) {
                                tracing::info!(task = id, "a result that is kept is told");
                                tasks.tell_kept(&id).await;
                                at_work().remove(&id);
                            }
                        }
                    }
                    Err(error) => tracing::error!(%error, "the results that are kept cannot be read"),
                }
                clock.sleep(AGAIN).await;
            }
        }))
    }

    /// Waits for running tasks, in bounds.
    async fn drained(&self) -> Result<(), DaemonError> {
        self.stop.cancel();
        let at_work = std::mem::take(&mut *self.at_work.lock().unwrap_or_else(PoisonError::into_inner));
        let running = self.running().len();
        if running > 0 {
            tracing::info!(
                running,
                seconds = self.shutdown_timeout.as_secs(),
                "stopping; running tasks are waited for"
            );
        }
        tokio::select! {
            biased;
            _ = at_work.join_all() => Ok(()),
            () = self.clock.sleep(self.shutdown_timeout) => Err(DaemonError::Late(self.running().len())),
        }
    }

    fn running(&self) -> BTreeSet<String> {
        self.running_mut(|running| running.clone())
    }

    fn running_mut<T>(&self, change: impl FnOnce(&mut BTreeSet<String>) -> T) -> T {
        change(&mut self.running.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Whether asking again is useless until somebody changes something at the platform.
fn refuses(status: &Status) -> bool {
    use tonic::Code;
    matches!(
        status.code(),
        Code::Unauthenticated
            | Code::PermissionDenied
            | Code::InvalidArgument
            | Code::Unimplemented
            | Code::FailedPrecondition
            | Code::NotFound
    )
}

fn refused(status: &Status) -> DaemonError {
    match status.code() {
        tonic::Code::Unauthenticated => DaemonError::Refused(status.message().to_owned()),
        code => DaemonError::Hello {
            code: code_of(code),
            message: status.message().to_owned(),
        },
    }
}

/// How long to wait after this many errors in a row.
fn after_errors(errors: u32) -> Duration {
    Duration::from_secs(u64::from(errors).saturating_pow(2)).min(LONGEST_WAIT)
}

/// Up to a tenth more, so that not all daemons ask at the same moment.
fn jittered(wait: Duration) -> Duration {
    let mut random = [0];
    // Without random numbers it is only less spread.
    let _ = getrandom::fill(&mut random);
    wait + wait.mul_f64(f64::from(random[0]) / 2560.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_with_errors_up_to_a_minute() {
        let seconds: Vec<u64> = [1, 2, 3, 7, 8, 100, u32::MAX]
            .map(|n| after_errors(n).as_secs())
            .into();
        assert_eq!(seconds, [1, 4, 9, 49, 60, 60, 60]);
        let spread = jittered(Duration::from_secs(60));
        assert!(
            spread >= Duration::from_secs(60) && spread <= Duration::from_secs(66),
            "{spread:?}"
        );
    }
}
