//! One task, from what was asked to what the platform is told.

use crate::debug::{DebugLog, Debugging};
use crate::error::{code_of, status};
use crate::executor::{Connected, Reply, Request, Work};
use crate::heartbeat::{self, Cancellable};
use crate::hello::{self, Program};
use crate::metrics::{Metrics, result_name};
use crate::platform::{Platform, told};
use crate::state::{Known, Sealed, State};
use crate::sync::{self, Failed, Syncs};
use crate::upload::upload;
use connector_proto::connector::v2::{BatonActionStatus, InvokeActionResponse};
use connector_proto::connectorapi::baton::v1::baton_service_finish_task_request::{
    Error as TaskError, FinalState, Success,
};
use connector_proto::connectorapi::baton::v1::task::SyncFullTask;
use connector_proto::connectorapi::baton::v1::{BatonServiceFinishTaskRequest, Task};
use connector_proto::google::rpc;
use connector_proto::{Message as _, any};
use connector_sdk::Code;
use http_kit::Clock;
use prost_types::Any;
use prost_types::value::Kind;
use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tracing::Instrument as _;

/// Annotations that the platform takes at most.
const MOST_ANNOTATIONS: usize = 16;

/// How long each attempt to tell a result waits before it begins. What is not told then is told later.
const WAITS: [Duration; 4] = [
    Duration::ZERO,
    Duration::from_secs(1),
    Duration::from_secs(4),
    Duration::from_secs(15),
];

/// What every task needs.
pub(crate) struct Tasks {
    pub(crate) platform: Platform,
    pub(crate) connected: watch::Receiver<Arc<Connected>>,
    pub(crate) state: Arc<State>,
    pub(crate) syncs: Syncs,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) taken: Taken,
    pub(crate) debug_log: Option<Arc<dyn DebugLog>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) program: Program,
    pub(crate) provisioning: bool,
    /// Cancelled when the daemon is asked to stop.
    pub(crate) stop: CancellationToken,
}

/// The last results that the platform has taken. A task that crosses its own result on the way is not carried out once more.
#[derive(Debug, Default)]
pub(crate) struct Taken(Mutex<VecDeque<BatonServiceFinishTaskRequest>>);

impl Taken {
    const MOST: usize = 200;

    fn add(&self, result: BatonServiceFinishTaskRequest) {
        // What failed for now may be handed out again to be tried again.
        if let Some(FinalState::Error(TaskError {
            non_retryable: false, ..
        })) = &result.final_state
        {
            return;
        }
        let mut results = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        results.retain(|other| other.task_id != result.task_id);
        results.push_back(result);
        if results.len() > Self::MOST {
            results.pop_front();
        }
    }

    fn result(&self, id: &str) -> Option<BatonServiceFinishTaskRequest> {
        let results = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        results.iter().find(|result| result.task_id == id).cloned()
    }
}

/// What is told of a task.
struct Outcome {
    /// The result; `None` where nothing is told.
    told: Option<Result<Reply, Failure>>,
}

struct Failure {
    status: Status,
    /// Whether the platform is told not to ask for the same again.
    is_final: bool,
    /// What is told of it beside the status: the state of an action.
    response: Option<Any>,
    /// What the log says instead of the status, where that may name somebody.
    logged: Option<String>,
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        Self {
            is_final: code_of(status.code()).is_final(),
            status,
            response: None,
            logged: None,
        }
    }
}

impl Tasks {
    /// What a task that begins now is carried out with.
    pub(crate) fn connected(&self) -> Arc<Connected> {
        Arc::clone(&self.connected.borrow())
    }

    /// Carries a task out, whose id is one, and tells the platform its result.
    pub(crate) async fn carry_out(&self, task: Task) {
        let id = task.id.clone();
        let known = match self.with_state(&id, |state, id| state.known(id)).await {
            Ok(known) => known,
            Err(error) => {
                // Without what is known of it, something could be done twice, and a result that is kept would be lost if
                // another were told. Nobody hears of the task, so it is handed out again.
                tracing::error!(
                    task = id,
                    %error, "what is known of the task cannot be read, and it is left");
                return;
            }
        };
        if let Some(result) = known.result.clone().or_else(|| self.taken.result(&id)) {
            tracing::info!(
                task = id,
                "this task was carried out before; its result is told again"
            );
            self.tell(result).await;
            return;
        }
        let is_debugged = task.debug;
        let (kind, work) = Work::of(task);
        // Of a sync alone: of other tasks nothing is uploaded.
        let is_debugged = is_debugged && matches!(work, Work::Sync(_));
        let log = self.debug_log.as_ref().filter(|_| is_debugged);
        let debugging = log.and_then(|log| Debugging::begin(log, &self.state, &id));
        let span = tracing::trace_span!(
            target: "telemetry",
            "task",
            r#type = kind,
            result = tracing::field::Empty,
            otel.status_code = tracing::field::Empty,
        );
        self.carry_out_work(&id, kind, work, known, debugging)
            .instrument(span)
            .await;
    }

    async fn carry_out_work(
        &self,
        id: &str,
        kind: &str,
        work: Work,
        known: Known,
        debugging: Option<Debugging>,
    ) {
        // What fails about somebody names them.
        let names = matches!(work, Work::Ask(_));
        tracing::info!(task = id, kind, again = known.begun, "a task begins");
        let began = self.clock.elapsed();
        let outcome = self.done(id, kind, work, known, debugging).await;
        let took = self.clock.elapsed().saturating_sub(began);
        let result = match &outcome.told {
            Some(Err(failure)) => Err(failure.status.code()),
            Some(Ok(_)) | None => Ok(()),
        };
        self.metrics.task(kind, result, took);
        tracing::Span::current().record("result", result_name(result));
        match &outcome.told {
            Some(Err(failure)) => {
                let (code, error) = (format!("{:?}", failure.status.code()), told(&failure.status));
                tracing::Span::current().record("otel.status_code", "ERROR");
                tracing::warn!(
                    task = id,
                    kind,
                    code,
                    non_retryable = failure.is_final,
                    error = (!names).then(|| failure.logged.as_deref().unwrap_or(&error)),
                    "the task failed"
                );
                if names || failure.logged.is_some() {
                    tracing::debug!(task = id, error, "why the task failed");
                }
            }
            Some(Ok(_)) | None => tracing::info!(task = id, kind, "the task is done"),
        }
        let Some(told) = outcome.told else {
            return;
        };
        let request = self.finished(id, told);
        let kept = request.clone();
        if let Err(error) = self.with_state(id, move |state, _| state.keep(&kept)).await {
            tracing::error!(
                task = id,
                %error, "the result of the task cannot be kept, and would be lost with this process");
        }
        self.tell(request).await;
    }

    async fn done(
        &self,
        id: &str,
        kind: &str,
        work: Work,
        known: Known,
        debugging: Option<Debugging>,
    ) -> Outcome {
        let cancel = Cancellable::child_of(&self.stop);
        let cancels = matches!(work, Work::Sync(_)).then(|| cancel.clone());
        let beats = || {
            heartbeat::begin(
                self.platform.clone(),
                Arc::clone(&self.clock),
                id.to_owned(),
                cancels,
            )
        };
        let told = match work {
            Work::Hello => {
                let connected = self.connected();
                let request =
                    hello::request(self.platform.host_id(), id, &self.program, &*connected.executor).await;
                let said = match request {
                    Ok(request) => self.platform.hello(request).await,
                    Err(status) => Err(status),
                };
                match said {
                    Ok(()) => return Outcome { told: None },
                    Err(status) => Err(Failure {
                        is_final: false,
                        ..status.into()
                    }),
                }
            }
            Work::Unsupported(why) => Err(status(Code::Unimplemented, why).into()),
            Work::Sync(task) => {
                let _beats = beats().await;
                let synced = self.synced(id, &task, known.sealed, &cancel).await;
                if let (Ok(_), Some(debugging)) = (&synced, &debugging) {
                    self.told_in_detail(id, debugging, &cancel).await;
                }
                synced.map_err(|Failed { status, logged }| Failure {
                    is_final: sync::is_final(&task, &status),
                    logged,
                    ..status.into()
                })
            }
            Work::Ask(request) if request.provisions() && !self.provisioning => {
                Err(status(Code::FailedPrecondition, "provisioning is not enabled").into())
            }
            Work::Ask(request) => {
                let _beats = beats().await;
                self.asked(id, kind, *request).await
            }
        };
        Outcome { told: Some(told) }
    }

    async fn asked(&self, id: &str, kind: &str, request: Request) -> Result<Reply, Failure> {
        if request.writes() {
            let kind = kind.to_owned();
            let begun = self.with_state(id, move |state, id| state.begin(id, &kind)).await;
            begun.map_err(|error| {
                status(
                    Code::Unavailable,
                    format!("nothing was sent, because its result could not be kept: {error}"),
                )
            })?;
        }
        let connected = self.connected();
        let reply = connected
            .executor
            .execute(request, &format!("C1 task {id}"))
            .await?;
        failed_action(&reply)?;
        Ok(reply)
    }

    async fn synced(
        &self,
        id: &str,
        task: &SyncFullTask,
        sealed: Option<Sealed>,
        cancel: &Cancellable,
    ) -> Result<Reply, Failed> {
        let is_there = |sealed: &Sealed| {
            std::fs::metadata(self.state.artifact(id)).is_ok_and(|file| file.len() == sealed.bytes)
        };
        let sealed = match sealed.filter(is_there) {
            Some(sealed) => {
                tracing::info!(
                    task = id,
                    "the artifact of this task was written before; only its upload is left"
                );
                sealed
            }
            None => {
                let connected = self.connected();
                let made = self
                    .syncs
                    .made(&connected.syncs, &self.metrics, &self.state, id, task, cancel);
                let sealed = made.await?;
                let kept = sealed.clone();
                let kept = self
                    .with_state(id, move |state, id| state.sealed(id, &kept))
                    .await;
                if let Err(error) = kept {
                    tracing::warn!(task = id, %error, "that the artifact is written cannot be kept");
                }
                sealed
            }
        };
        let path = self.state.artifact(id);
        tokio::select! {
            uploaded = upload(&self.platform, &*self.clock, id, &path) => uploaded?,
            () = cancel.token.cancelled() => {
                let why = cancel.why().unwrap_or("the connector was stopped during the upload");
                return Err(Status::cancelled(why).into());
            }
        }
        self.metrics.uploaded(&sealed, self.clock.now());
        tracing::info!(
            task = id,
            sync = sealed.sync_id,
            bytes = sealed.bytes,
            "uploaded {} accounts, {} grants",
            sealed.accounts,
            sealed.grants
        );
        Ok(Reply {
            response: Any::default(),
            annotations: Vec::new(),
        })
    }

    /// Uploads the log of a sync that is debugged, behind its artifact. A sync is not worth less without it.
    async fn told_in_detail(&self, id: &str, debugging: &Debugging, cancel: &Cancellable) {
        let uploaded = tokio::select! {
            uploaded = upload(&self.platform, &*self.clock, id, debugging.ended()) => uploaded,
            () = cancel.token.cancelled() => Err(Status::cancelled("the connector was stopped")),
        };
        if let Err(status) = uploaded {
            let error = told(&status);
            tracing::warn!(task = id, error, "the log of the task could not be uploaded");
        }
    }

    fn finished(&self, id: &str, told: Result<Reply, Failure>) -> BatonServiceFinishTaskRequest {
        let (status, state) = match told {
            Ok(Reply {
                response,
                mut annotations,
            }) => {
                annotations.truncate(MOST_ANNOTATIONS);
                let response = Some(response).filter(|response| !response.type_url.is_empty());
                (
                    None,
                    FinalState::Success(Success {
                        annotations,
                        response,
                    }),
                )
            }
            Err(failure) => {
                let details = rpc::Status::decode(failure.status.details())
                    .unwrap_or_default()
                    .details;
                let status = rpc::Status {
                    code: failure.status.code().into(),
                    message: failure.status.message().to_owned(),
                    details,
                };
                let error = TaskError {
                    non_retryable: failure.is_final,
                    response: failure.response,
                    ..Default::default()
                };
                (Some(status), FinalState::Error(error))
            }
        };
        BatonServiceFinishTaskRequest {
            host_id: self.platform.host_id(),
            task_id: id.to_owned(),
            status,
            final_state: Some(state),
        }
    }

    /// Tells the platform a result. Where it cannot be told now, and is kept, it is told later.
    async fn tell(&self, request: BatonServiceFinishTaskRequest) {
        let id = request.task_id.clone();
        for wait in WAITS {
            self.clock.sleep(wait).await;
            if self.told_once(&id, request.clone()).await {
                return;
            }
        }
        tracing::warn!(task = id, "the result of the task waits until C1 takes it");
    }

    /// Tells the platform a result that is kept, once.
    pub(crate) async fn tell_kept(&self, id: &str) {
        match self.with_state(id, |state, id| state.known(id)).await {
            Ok(Known {
                result: Some(result), ..
            }) => {
                self.told_once(id, result).await;
            }
            Ok(_) => {}
            Err(error) => tracing::error!(task = id, %error, "the result of the task cannot be read"),
        }
    }

    /// Whether the result needs not be told again: it was taken, or never will be.
    async fn told_once(&self, id: &str, request: BatonServiceFinishTaskRequest) -> bool {
        let request_taken = request.clone();
        if let Err(status) = self.platform.finish(request).await {
            match status.code() {
                tonic::Code::NotFound
                | tonic::Code::FailedPrecondition
                | tonic::Code::InvalidArgument
                | tonic::Code::PermissionDenied => {
                    tracing::warn!(
                        task = id,
                        error = told(&status),
                        "C1 does not want the result of the task"
                    );
                }
                _ => {
                    tracing::warn!(
                        task = id,
                        error = told(&status),
                        "the result of the task could not be told"
                    );
                    return false;
                }
            }
        }
        self.taken.add(request_taken);
        if let Err(error) = self.with_state(id, |state, id| state.end(id)).await {
            tracing::warn!(task = id, %error, "what is kept of the task cannot be removed");
        }
        true
    }

    /// Works with the disk, off the threads that answer.
    async fn with_state<T: Send + 'static>(
        &self,
        id: &str,
        work: impl FnOnce(&State, &str) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let (state, id) = (Arc::clone(&self.state), id.to_owned());
        let done = tokio::task::spawn_blocking(move || work(&state, &id)).await;
        done.map_err(io::Error::other)?
    }
}

/// An action that failed is an error of its task, in the words of its answer and with its code. The answer says what was
/// carried out anyway.
fn failed_action(reply: &Reply) -> Result<(), Failure> {
    let Some(Ok(answer)) = any::unpack::<InvokeActionResponse>(&reply.response) else {
        return Ok(());
    };
    if answer.status != i32::from(BatonActionStatus::Failed) {
        return Ok(());
    }
    let mut fields = answer.response.unwrap_or_default().fields;
    let mut field = |name: &str| fields.remove(name).and_then(|value| value.kind);
    let why = match field("error") {
        Some(Kind::StringValue(why)) => why,
        _ => "the action failed".to_owned(),
    };
    let codes = (1..=16_u8).map(|number| (f64::from(number), tonic::Code::from(i32::from(number))));
    let code = match field("code") {
        Some(Kind::NumberValue(code)) => codes.into_iter().find(|(number, _)| *number == code),
        _ => None,
    };
    let code = code.map_or(tonic::Code::Unknown, |(_, code)| code);
    Err(Failure {
        response: Some(reply.response.clone()),
        ..Status::new(code, why).into()
    })
}
