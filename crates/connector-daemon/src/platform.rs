//! The platform behind one kept-alive channel: every call with a token, within a time.

use crate::error::DaemonError;
use crate::token::{NoToken, Tokens};
use connector_proto::connectorapi::baton::v1::baton_service_client::BatonServiceClient;
use connector_proto::connectorapi::baton::v1::{
    BatonServiceFinishTaskRequest, BatonServiceGetTaskRequest, BatonServiceGetTaskResponse,
    BatonServiceGetTasksRequest, BatonServiceGetTasksResponse, BatonServiceHeartbeatRequest,
    BatonServiceHeartbeatResponse, BatonServiceHelloRequest, BatonServiceUploadAssetRequest,
};
use connector_service::with_causes;
use futures_util::Stream;
use http_kit::{EnvironmentCertificates, EnvironmentProxy, TransportError};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};
use tonic::{Request, Response, Status};
use tracing::Instrument as _;
use url::Url;

/// How long one call may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// How long an upload may take. It is bounded, so that a connection that hangs does not hold a task for ever.
const UPLOAD_TIMEOUT: Duration = Duration::from_hours(1);

/// How often an idle connection is asked whether it still is one.
const TCP_KEEPALIVE: Duration = Duration::from_secs(30);

type Client = BatonServiceClient<Channel>;

/// The platform. Cheap to clone; clones share channel and token.
#[derive(Clone, Debug)]
pub(crate) struct Platform {
    client: Client,
    tokens: Arc<Tokens>,
    host_id: Arc<str>,
}

/// Sets up the channel; it connects with the first call.
pub(crate) fn channel(host: &str, user_agent: &str, ca_file: Option<&Path>) -> Result<Channel, DaemonError> {
    let wrong = |what: String| DaemonError::Settings(format!("{host} cannot be reached: {what}"));
    let mut tls = ClientTlsConfig::new().with_native_roots();
    if let Some(file) = ca_file {
        let pem = std::fs::read(file).map_err(|error| wrong(format!("{}: {error}", file.display())))?;
        tls = tls.ca_certificate(Certificate::from_pem(pem));
    }
    let settings = |error: TransportError| DaemonError::Settings(error.to_string());
    let certificates = EnvironmentCertificates::of_process().map_err(settings)?;
    tls = tls.ca_certificates(certificates.pem().map(Certificate::from_pem));
    let address: Url = format!("https://{host}")
        .parse()
        .map_err(|error: url::ParseError| wrong(error.to_string()))?;
    let tunnel = match EnvironmentProxy::of_process().map_err(settings)? {
        Some(proxy) => proxy.tunnel(&address).map_err(settings)?,
        None => None,
    };
    let set_up = || {
        let endpoint = Endpoint::from_shared(format!("https://{host}"))?
            .user_agent(user_agent.to_owned())?
            .connect_timeout(TIMEOUT)
            .tcp_keepalive(Some(TCP_KEEPALIVE))
            .http2_keep_alive_interval(Duration::from_secs(30))
            .keep_alive_timeout(Duration::from_secs(20))
            .keep_alive_while_idle(true)
            .tls_config(tls)?;
        Ok::<_, tonic::transport::Error>(match tunnel {
            None => endpoint.connect_lazy(),
            Some((proxy, auth)) => {
                let mut connector = HttpConnector::new();
                connector.set_keepalive(Some(TCP_KEEPALIVE));
                let tunnel = Tunnel::new(proxy, connector);
                endpoint.connect_with_connector_lazy(match auth {
                    Some(auth) => tunnel.with_auth(auth),
                    None => tunnel,
                })
            }
        })
    };
    set_up().map_err(|error| wrong(with_causes(&error)))
}

impl Platform {
    pub(crate) fn new(channel: Channel, tokens: Arc<Tokens>, host_id: &str) -> Self {
        Self {
            client: BatonServiceClient::new(channel),
            tokens,
            host_id: host_id.into(),
        }
    }

    pub(crate) fn host_id(&self) -> String {
        self.host_id.to_string()
    }

    pub(crate) async fn hello(&self, request: BatonServiceHelloRequest) -> Result<(), Status> {
        let answer = self.unary("hello", request, |mut client, request| async move {
            client.hello(request).await
        });
        answer.await.map(drop)
    }

    pub(crate) async fn get_task(&self) -> Result<BatonServiceGetTaskResponse, Status> {
        let request = BatonServiceGetTaskRequest {
            host_id: self.host_id(),
        };
        self.unary("get_task", request, |mut client, request| async move {
            client.get_task(request).await
        })
        .await
    }

    pub(crate) async fn get_tasks(
        &self,
        page_size: u32,
        known_task_ids: Vec<String>,
    ) -> Result<BatonServiceGetTasksResponse, Status> {
        let request = BatonServiceGetTasksRequest {
            host_id: self.host_id(),
            page_size,
            known_task_ids,
            annotations: Vec::new(),
        };
        self.unary("get_tasks", request, |mut client, request| async move {
            client.get_tasks(request).await
        })
        .await
    }

    pub(crate) async fn heartbeat(&self, task_id: &str) -> Result<BatonServiceHeartbeatResponse, Status> {
        let request = BatonServiceHeartbeatRequest {
            host_id: self.host_id(),
            task_id: task_id.to_owned(),
            ..Default::default()
        };
        self.unary("heartbeat", request, |mut client, request| async move {
            client.heartbeat(request).await
        })
        .await
    }

    pub(crate) async fn finish(&self, request: BatonServiceFinishTaskRequest) -> Result<(), Status> {
        let answer = self.unary("finish_task", request, |mut client, request| async move {
            client.finish_task(request).await
        });
        answer.await.map(drop)
    }

    /// Sends an asset, once.
    pub(crate) async fn upload<S>(&self, messages: S) -> Result<(), Status>
    where
        S: Stream<Item = BatonServiceUploadAssetRequest> + Send + 'static,
    {
        let token = self.tokens.get().await.map_err(|error| no_token(&error))?;
        let mut request = Request::new(messages);
        request.set_timeout(UPLOAD_TIMEOUT);
        request
            .metadata_mut()
            .insert("authorization", token.header.clone());
        let mut client = self.client.clone();
        let answer = traced("upload", client.upload_asset(request)).await;
        if answer.as_ref().is_err_and(is_unauthenticated) {
            self.tokens.refused(&token).await;
        }
        answer.map(drop)
    }

    /// One call. A token that is not accepted is replaced once: a call that was refused for it was not carried out.
    async fn unary<Q, A, F>(
        &self,
        name: &'static str,
        message: Q,
        call: impl Fn(Client, Request<Q>) -> F,
    ) -> Result<A, Status>
    where
        Q: Clone,
        F: Future<Output = Result<Response<A>, Status>>,
    {
        let mut is_second = false;
        loop {
            let token = self.tokens.get().await.map_err(|error| no_token(&error))?;
            let mut request = Request::new(message.clone());
            request.set_timeout(TIMEOUT);
            request
                .metadata_mut()
                .insert("authorization", token.header.clone());
            match traced(name, call(self.client.clone(), request)).await {
                Err(status) if is_unauthenticated(&status) && !is_second => {
                    self.tokens.refused(&token).await;
                    is_second = true;
                }
                answer => return answer.map(Response::into_inner),
            }
        }
    }
}

/// A call as a span of its own, with its name and its status, in the trace of what asks for it.
async fn traced<A>(name: &'static str, call: impl Future<Output = Result<A, Status>>) -> Result<A, Status> {
    let span = tracing::trace_span!(
        target: "telemetry",
        "c1",
        otel.name = name,
        otel.kind = "client",
        otel.status_code = tracing::field::Empty,
        rpc.system = "grpc",
        rpc.grpc.status_code = tracing::field::Empty,
    );
    let answer = call.instrument(span.clone()).await;
    let code = answer.as_ref().err().map_or(tonic::Code::Ok, Status::code);
    span.record("rpc.grpc.status_code", i64::from(i32::from(code)));
    if answer.is_err() {
        span.record("otel.status_code", "ERROR");
    }
    answer
}

fn is_unauthenticated(status: &Status) -> bool {
    status.code() == tonic::Code::Unauthenticated
}

fn no_token(error: &NoToken) -> Status {
    match error.refused {
        true => Status::unauthenticated(error.message.clone()),
        false => Status::unavailable(error.message.clone()),
    }
}

/// A status as a person reads it: its code, its words, and why there was none from the platform.
pub(crate) fn told(status: &Status) -> String {
    let words = format!("{:?}: {}", status.code(), status.message());
    match std::error::Error::source(status) {
        Some(cause) => format!("{words} ({})", with_causes(cause)),
        None => words,
    }
}
