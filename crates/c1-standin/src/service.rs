//! The task service, held to its rules.

use crate::desk::{Desk, Upload};
use crate::token::Issuer;
use crate::{Faults, Options};
use connector_proto::connectorapi::baton::v1::baton_service_finish_task_request::FinalState;
use connector_proto::connectorapi::baton::v1::baton_service_server::{BatonService, BatonServiceServer};
use connector_proto::connectorapi::baton::v1::baton_service_upload_asset_request::Msg;
use connector_proto::connectorapi::baton::v1::{
    BatonServiceFinishTaskRequest, BatonServiceFinishTaskResponse, BatonServiceGetTaskRequest,
    BatonServiceGetTaskResponse, BatonServiceGetTasksRequest, BatonServiceGetTasksResponse,
    BatonServiceHeartbeatRequest, BatonServiceHeartbeatResponse, BatonServiceHelloRequest,
    BatonServiceHelloResponse, BatonServiceUploadAssetRequest, BatonServiceUploadAssetResponse,
    StartDebuggingRequest, StartDebuggingResponse,
};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tonic::{Code, Request, Response, Status, Streaming};

/// A call that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Its method, `GetTask` for example; `Token` for a request at the token endpoint.
    pub method: &'static str,
    /// The task that it is about, or nothing.
    pub task_id: String,
    /// How many calls of the method came, this one included.
    pub nth: u64,
}

/// What goes wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is refused, and nothing is done.
    Refuse(Code),
    /// It is never answered, and nothing is done.
    Hang,
    /// It is carried out, and the answer gets lost.
    Lost,
}

/// The service for one desk.
pub(crate) fn service(desk: Arc<Desk>, tokens: Arc<Issuer>, options: Options) -> BatonServiceServer<Service> {
    BatonServiceServer::new(Service {
        desk,
        tokens,
        poll: options.poll,
        heartbeat: options.heartbeat,
        faults: options.faults,
        calls: Mutex::default(),
    })
}

pub(crate) struct Service {
    desk: Arc<Desk>,
    tokens: Arc<Issuer>,
    poll: Duration,
    heartbeat: Duration,
    faults: Faults,
    calls: Mutex<BTreeMap<&'static str, u64>>,
}

/// What becomes of a call that is carried out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    Answered,
    Lost,
}

impl Then {
    fn answer<A>(self, answer: A) -> Result<Response<A>, Status> {
        match self {
            Self::Answered => Ok(Response::new(answer)),
            Self::Lost => Err(Status::unavailable("the answer got lost")),
        }
    }
}

impl Service {
    /// Lets a call in, if its token holds and nothing goes wrong.
    async fn enter<Q>(
        &self,
        method: &'static str,
        task_id: &str,
        request: &Request<Q>,
    ) -> Result<Then, Status> {
        let header = request.metadata().get("authorization");
        if !self
            .tokens
            .accepts(header.and_then(|header| header.to_str().ok()))
        {
            return Err(Status::unauthenticated("the token does not hold"));
        }
        let nth = {
            let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
            let calls = calls.entry(method).or_default();
            *calls += 1;
            *calls
        };
        let call = Call {
            method,
            task_id: task_id.to_owned(),
            nth,
        };
        match (self.faults)(&call) {
            None => Ok(Then::Answered),
            Some(Fault::Lost) => Ok(Then::Lost),
            Some(Fault::Hang) => std::future::pending().await,
            Some(Fault::Refuse(code)) => Err(Status::new(code, "as the script wants it")),
        }
    }

    fn check(&self, what: &str, holds: bool) -> Result<(), Status> {
        match holds {
            true => Ok(()),
            false => Err(self.desk.violation(what.to_owned())),
        }
    }

    fn check_host(&self, host_id: &str) -> Result<(), Status> {
        let length = host_id.chars().count();
        self.check("host_id: 1 to 256 characters", (1..=256).contains(&length))
    }

    fn check_task(&self, task_id: &str) -> Result<(), Status> {
        let holds = task_id.len() == 27 && task_id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        self.check("task_id: 27 letters and digits", holds)
    }
}

fn duration(duration: Duration) -> Option<prost_types::Duration> {
    prost_types::Duration::try_from(duration).ok()
}

#[tonic::async_trait]
impl BatonService for Service {
    async fn hello(
        &self,
        request: Request<BatonServiceHelloRequest>,
    ) -> Result<Response<BatonServiceHelloResponse>, Status> {
        let then = self
            .enter("Hello", &request.get_ref().task_id.clone(), &request)
            .await?;
        let request = request.into_inner();
        self.check_host(&request.host_id)?;
        self.check("build_info, os_info, connector_metadata: required", {
            request.build_info.is_some() && request.os_info.is_some() && request.connector_metadata.is_some()
        })?;
        self.desk.hello(request);
        then.answer(BatonServiceHelloResponse::default())
    }

    async fn get_task(
        &self,
        request: Request<BatonServiceGetTaskRequest>,
    ) -> Result<Response<BatonServiceGetTaskResponse>, Status> {
        let then = self.enter("GetTask", "", &request).await?;
        let host_id = request.into_inner().host_id;
        self.check_host(&host_id)?;
        then.answer(BatonServiceGetTaskResponse {
            task: self.desk.take(&host_id, 1, &[]).pop(),
            next_poll: duration(self.poll),
            next_heartbeat: duration(self.heartbeat),
            ..Default::default()
        })
    }

    async fn get_tasks(
        &self,
        request: Request<BatonServiceGetTasksRequest>,
    ) -> Result<Response<BatonServiceGetTasksResponse>, Status> {
        let then = self.enter("GetTasks", "", &request).await?;
        let request = request.into_inner();
        self.check_host(&request.host_id)?;
        self.check("page_size: at least 1", request.page_size >= 1)?;
        let most = usize::try_from(request.page_size).unwrap_or(usize::MAX);
        then.answer(BatonServiceGetTasksResponse {
            tasks: self.desk.take(&request.host_id, most, &request.known_task_ids),
            next_poll: duration(self.poll),
            next_heartbeat: duration(self.heartbeat),
            ..Default::default()
        })
    }

    async fn heartbeat(
        &self,
        request: Request<BatonServiceHeartbeatRequest>,
    ) -> Result<Response<BatonServiceHeartbeatResponse>, Status> {
        let then = self
            .enter("Heartbeat", &request.get_ref().task_id.clone(), &request)
            .await?;
        let request = request.into_inner();
        self.check_host(&request.host_id)?;
        self.check_task(&request.task_id)?;
        then.answer(BatonServiceHeartbeatResponse {
            next_heartbeat: duration(self.heartbeat),
            cancelled: self.desk.heartbeat(&request.host_id, &request.task_id)?,
            ..Default::default()
        })
    }

    async fn finish_task(
        &self,
        request: Request<BatonServiceFinishTaskRequest>,
    ) -> Result<Response<BatonServiceFinishTaskResponse>, Status> {
        let then = self
            .enter("FinishTask", &request.get_ref().task_id.clone(), &request)
            .await?;
        let request = request.into_inner();
        self.check_host(&request.host_id)?;
        self.check_task(&request.task_id)?;
        let (annotations, has_status) = match &request.final_state {
            Some(FinalState::Success(success)) => (&success.annotations, false),
            Some(FinalState::Error(error)) => (&error.annotations, true),
            None => return Err(self.desk.violation("final_state: required".to_owned())),
        };
        self.check("annotations: at most 16 items", annotations.len() <= 16)?;
        self.check(
            "status: with an error and only then",
            request.status.is_some() == has_status,
        )?;
        self.desk.finish(request)?;
        then.answer(BatonServiceFinishTaskResponse::default())
    }

    async fn upload_asset(
        &self,
        request: Request<Streaming<BatonServiceUploadAssetRequest>>,
    ) -> Result<Response<BatonServiceUploadAssetResponse>, Status> {
        let then = self.enter("UploadAsset", "", &request).await?;
        let mut messages = request.into_inner();
        let first = messages.message().await?.and_then(|message| message.msg);
        let Some(Msg::Metadata(metadata)) = first else {
            return Err(self
                .desk
                .violation("an upload begins with its metadata".to_owned()));
        };
        self.check_host(&metadata.host_id)?;
        self.check_task(&metadata.task_id)?;
        if !self.desk.is_with(&metadata.host_id, &metadata.task_id) {
            return Err(Status::not_found("the task is not with this host"));
        }
        let (mut bytes, mut checksum) = (Vec::new(), None);
        while let Some(message) = messages.message().await? {
            self.check("nothing comes after the end", checksum.is_none())?;
            match message.msg {
                Some(Msg::Data(piece)) => {
                    self.check(
                        "data: 1 to 1048576 bytes",
                        (1..=1_048_576).contains(&piece.data.len()),
                    )?;
                    bytes.extend(piece.data);
                }
                Some(Msg::Eof(end)) => checksum = Some(end.sha256_checksum),
                _ => {
                    return Err(self
                        .desk
                        .violation("after the metadata comes data, then the end".to_owned()));
                }
            }
        }
        let Some(checksum) = checksum else {
            return Err(Status::aborted("the upload broke off"));
        };
        self.check(
            "the checksum is that of the data",
            checksum == Sha256::digest(&bytes).to_vec(),
        )?;
        self.desk.uploaded(Upload {
            task_id: metadata.task_id,
            host_id: metadata.host_id,
            bytes,
        });
        then.answer(BatonServiceUploadAssetResponse::default())
    }

    async fn start_debugging(
        &self,
        request: Request<StartDebuggingRequest>,
    ) -> Result<Response<StartDebuggingResponse>, Status> {
        let then = self.enter("StartDebugging", "", &request).await?;
        then.answer(StartDebuggingResponse { status: false })
    }
}
