//! The peer: its services, its sync, and how often it is asked.

use crate::local::new_id;
use crate::status::{delay_of, error_of};
use crate::waits::wait;
use connector_proto::connector::v2::*;
use connector_runtime::{Clock as _, SystemClock};
use connector_sdk::{Code, Error, Result};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tonic::body::Body;
use tonic::codegen::StdError;
use tonic::{Request, Response, Status};
use tower::util::BoxCloneSyncService;
use tower::{Service, ServiceExt as _};

/// How long a listing that is not ready is asked for again, and what is waited between at most.
const READY: Duration = Duration::from_hours(1);
const BETWEEN: Duration = Duration::from_mins(1);

/// How long an answer is waited for. A peer answers a listing that is not ready before.
const ANSWER: Duration = Duration::from_mins(5);

/// Anything that carries calls: a [`tonic::transport::Channel`], or services in the same process ([`crate::server::routes`]).
#[derive(Clone, Debug)]
pub struct Transport(BoxCloneSyncService<http::Request<Body>, http::Response<Body>, StdError>);

impl Transport {
    /// Takes it.
    pub fn new<S>(service: S) -> Self
    where
        S: Service<http::Request<Body>, Response = http::Response<Body>> + Clone + Send + Sync + 'static,
        S::Error: Into<StdError>,
        S::Future: Send + 'static,
    {
        Self(BoxCloneSyncService::new(service.map_err(Into::into)))
    }
}

impl Service<http::Request<Body>> for Transport {
    type Response = http::Response<Body>;
    type Error = StdError;
    type Future = <BoxCloneSyncService<http::Request<Body>, http::Response<Body>, StdError> as Service<
        http::Request<Body>,
    >>::Future;

    fn poll_ready(&mut self, cx: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), StdError>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        self.0.call(request)
    }
}

pub(super) struct Peer {
    pub(super) transport: Transport,
    sync_id: Mutex<String>,
}

impl Peer {
    pub(super) fn new(transport: Transport) -> Result<Self> {
        Ok(Self {
            transport,
            sync_id: Mutex::new(id()?),
        })
    }

    pub(super) fn connector(&self) -> connector_service_client::ConnectorServiceClient<Transport> {
        connector_service_client::ConnectorServiceClient::new(self.transport.clone())
    }

    pub(super) fn sync_id(&self) -> String {
        self.sync_id
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(super) fn begin_sync(&self) -> Result<()> {
        *self.sync_id.lock().unwrap_or_else(PoisonError::into_inner) = id()?;
        Ok(())
    }

    pub(super) async fn metadata(&self) -> Result<ConnectorMetadata> {
        let asked = || async {
            self.connector()
                .get_metadata(ConnectorServiceGetMetadataRequest {})
                .await
        };
        Ok(self.read(asked).await?.metadata.unwrap_or_default())
    }

    /// The actions; none where the peer has no such call.
    pub(super) async fn actions(&self) -> Result<Vec<BatonActionSchema>> {
        let asked = || async {
            let mut client = action_service_client::ActionServiceClient::new(self.transport.clone());
            client
                .list_action_schemas(ListActionSchemasRequest::default())
                .await
        };
        match self.read(asked).await {
            Ok(listed) => Ok(listed.schemas),
            Err(error) if error.code() == Code::Unimplemented => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Asks for what changes nothing, again where the peer is not ready.
    pub(super) async fn read<T, F>(&self, ask: impl Fn() -> F) -> Result<T>
    where
        F: Future<Output = std::result::Result<Response<T>, Status>>,
    {
        let (mut waited, mut tries) = (Duration::ZERO, 0);
        loop {
            let status = match tokio::time::timeout(ANSWER, ask()).await {
                Ok(Ok(answer)) => return Ok(answer.into_inner()),
                Ok(Err(status)) => status,
                Err(_) => Status::unavailable("there was no answer"),
            };
            tries += 1;
            let pause = delay_of(&status)
                .unwrap_or(Duration::from_secs(tries))
                .min(BETWEEN);
            if status.code() != tonic::Code::Unavailable || waited + pause > READY {
                return Err(error_of(&status));
            }
            wait(pause).await;
            waited += pause;
        }
    }

    /// Asks for a change, once. Where the answer does not say that it was refused, it may be carried out.
    pub(super) async fn write<T, F>(&self, ask: F) -> Result<T>
    where
        F: Future<Output = std::result::Result<Response<T>, Status>>,
    {
        let status = match ask.await {
            Ok(answer) => return Ok(answer.into_inner()),
            Err(status) => status,
        };
        let error = error_of(&status);
        Err(match error.code() {
            Code::InvalidArgument
            | Code::NotFound
            | Code::AlreadyExists
            | Code::PermissionDenied
            | Code::FailedPrecondition
            | Code::Unimplemented
            | Code::Unauthenticated
            | Code::ResourceExhausted => error,
            // Everything else says that something went wrong, not that nothing happened.
            _ => error.with_code(Code::Unavailable),
        })
    }

    /// A request with a deadline by which the peer answers, if only that it is not ready.
    pub(super) fn asking<T>(message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.set_timeout(ANSWER / 2);
        request
    }
}

fn id() -> Result<String> {
    new_id(SystemClock.now()).map_err(|failure| Error::new(Code::Internal, failure.message().to_owned()))
}
