//! What the stand-in knows of tasks: which wait, which are with whom, and the result of each.

use crate::Options;
use connector_proto::connectorapi::baton::v1::{
    BatonServiceFinishTaskRequest, BatonServiceHelloRequest, Task,
};
use http_kit::Clock;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tonic::Status;

/// A task that is finished.
#[derive(Clone, Debug)]
pub struct Finished {
    /// What was handed out.
    pub task: Task,
    /// The result.
    pub request: BatonServiceFinishTaskRequest,
}

/// An upload that was accepted.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The task.
    pub task_id: String,
    /// Who sent it.
    pub host_id: String,
    /// The asset.
    pub bytes: Vec<u8>,
}

/// All of it. Cheap to lock: nothing is waited for while it is locked.
#[derive(Debug)]
pub(crate) struct Desk {
    clock: Arc<dyn Clock>,
    lease: Duration,
    tables: Mutex<Tables>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Tables {
    added: u64,
    waiting: VecDeque<Task>,
    leased: BTreeMap<String, Lease>,
    finished: Vec<Finished>,
    finished_again: usize,
    uploads: Vec<Upload>,
    hellos: Vec<BatonServiceHelloRequest>,
    heartbeats: BTreeMap<String, usize>,
    cancelled: BTreeSet<String>,
    violations: Vec<String>,
}

#[derive(Debug)]
struct Lease {
    task: Task,
    host_id: String,
    until: Duration,
}

impl Desk {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            clock: Arc::clone(&options.clock),
            lease: options.heartbeat * 3,
            tables: Mutex::default(),
            changed: Notify::new(),
        }
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(&self, mut task: Task) -> String {
        let mut tables = self.tables();
        tables.added += 1;
        if task.id.is_empty() {
            task.id = format!("Task{:023}", tables.added);
        }
        let id = task.id.clone();
        tables.waiting.push_back(task);
        id
    }

    pub(crate) fn cancel(&self, id: &str) {
        self.tables().cancelled.insert(id.to_owned());
    }

    pub(crate) fn violation(&self, what: String) -> Status {
        self.tables().violations.push(what.clone());
        Status::invalid_argument(what)
    }

    pub(crate) fn hello(&self, request: BatonServiceHelloRequest) {
        let mut tables = self.tables();
        tables.leased.remove(&request.task_id);
        tables.hellos.push(request);
    }

    /// The next tasks for a host; those whose heartbeats stayed out come first.
    pub(crate) fn take(&self, host_id: &str, most: usize, known: &[String]) -> Vec<Task> {
        let now = self.clock.elapsed();
        let mut tables = self.tables();
        let late: Vec<String> = tables
            .leased
            .iter()
            .filter(|(_, lease)| lease.until < now)
            .map(|(id, _)| id.clone())
            .collect();
        for id in late {
            if let Some(lease) = tables.leased.remove(&id) {
                tables.waiting.push_front(lease.task);
            }
        }
        let mut taken = Vec::new();
        while taken.len() < most {
            let Some(at) = tables.waiting.iter().position(|task| !known.contains(&task.id)) else {
                break;
            };
            let Some(task) = tables.waiting.remove(at) else {
                break;
            };
            let lease = Lease {
                task: task.clone(),
                host_id: host_id.to_owned(),
                until: now + self.lease,
            };
            tables.leased.insert(task.id.clone(), lease);
            taken.push(task);
        }
        taken
    }

    /// Whether the task is cancelled.
    pub(crate) fn heartbeat(&self, host_id: &str, id: &str) -> Result<bool, Status> {
        let until = self.clock.elapsed() + self.lease;
        let mut tables = self.tables();
        *tables.heartbeats.entry(id.to_owned()).or_default() += 1;
        let lease = tables.leased.get_mut(id).filter(|lease| lease.host_id == host_id);
        lease
            .ok_or_else(|| Status::not_found("the task is not with this host"))?
            .until = until;
        Ok(tables.cancelled.contains(id))
    }

    /// The host that a task is with.
    pub(crate) fn holder(&self, id: &str) -> Option<String> {
        self.tables().leased.get(id).map(|lease| lease.host_id.clone())
    }

    /// Whether a task is with a host.
    pub(crate) fn is_with(&self, host_id: &str, id: &str) -> bool {
        self.holder(id).is_some_and(|holder| holder == host_id)
    }

    pub(crate) fn uploaded(&self, upload: Upload) {
        self.tables().uploads.push(upload);
        self.changed.notify_waiters();
    }

    pub(crate) fn finish(&self, request: BatonServiceFinishTaskRequest) -> Result<(), Status> {
        {
            let mut tables = self.tables();
            if tables
                .finished
                .iter()
                .any(|finished| finished.request.task_id == request.task_id)
            {
                tables.finished_again += 1;
                return Err(Status::not_found("the task is finished"));
            }
            // Somebody who was away may still tell its result, wherever the task is now.
            let task = match tables.leased.remove(&request.task_id) {
                Some(lease) => lease.task,
                None => {
                    let at = tables.waiting.iter().position(|task| task.id == request.task_id);
                    let found = at.and_then(|at| tables.waiting.remove(at));
                    found.ok_or_else(|| Status::not_found("there is no such task"))?
                }
            };
            tables.finished.push(Finished { task, request });
        }
        self.changed.notify_waiters();
        Ok(())
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "how long a test waits at most is no time of the stand-in"
    )]
    pub(crate) async fn finished(&self, count: usize, patience: Duration) -> Vec<Finished> {
        let patience = tokio::time::sleep(patience);
        tokio::pin!(patience);
        loop {
            let changed = self.changed.notified();
            let finished = self.tables().finished.clone();
            if finished.len() >= count {
                return finished;
            }
            tokio::select! {
                () = changed => {}
                () = &mut patience => return finished,
            }
        }
    }

    pub(crate) fn uploads(&self) -> Vec<Upload> {
        self.tables().uploads.clone()
    }

    pub(crate) fn hellos(&self) -> Vec<BatonServiceHelloRequest> {
        self.tables().hellos.clone()
    }

    pub(crate) fn heartbeats(&self, id: &str) -> usize {
        self.tables().heartbeats.get(id).copied().unwrap_or_default()
    }

    pub(crate) fn violations(&self) -> Vec<String> {
        self.tables().violations.clone()
    }

    pub(crate) fn finished_again(&self) -> usize {
        self.tables().finished_again
    }
}
