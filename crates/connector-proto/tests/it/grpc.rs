//! A client that calls a server directly: paths, codec and streams, without a connection.

use connector_proto::connector::v2::{
    self, ConnectorServiceCleanupRequest, ConnectorServiceCleanupResponse,
    ConnectorServiceGetMetadataRequest, ConnectorServiceGetMetadataResponse, ConnectorServiceValidateRequest,
    ConnectorServiceValidateResponse,
    connector_service_client::ConnectorServiceClient,
    connector_service_server::{ConnectorService, ConnectorServiceServer},
};
use connector_proto::connectorapi::baton::v1::baton_service_server::BatonServiceServer;
use std::sync::{Arc, Mutex};
use tonic::server::NamedService;
use tonic::{Code, Request, Response, Status};

/// Answers with what it was asked, and keeps the ids of the syncs it cleaned up after.
#[derive(Default)]
struct Connector {
    cleaned: Arc<Mutex<Vec<String>>>,
}

#[tonic::async_trait]
impl ConnectorService for Connector {
    async fn get_metadata(
        &self,
        _: Request<ConnectorServiceGetMetadataRequest>,
    ) -> Result<Response<ConnectorServiceGetMetadataResponse>, Status> {
        let metadata = v2::ConnectorMetadata {
            display_name: "Example".into(),
            ..Default::default()
        };
        Ok(Response::new(ConnectorServiceGetMetadataResponse {
            metadata: Some(metadata),
        }))
    }

    async fn validate(
        &self,
        _: Request<ConnectorServiceValidateRequest>,
    ) -> Result<Response<ConnectorServiceValidateResponse>, Status> {
        Err(Status::unauthenticated("the key has expired"))
    }

    async fn cleanup(
        &self,
        request: Request<ConnectorServiceCleanupRequest>,
    ) -> Result<Response<ConnectorServiceCleanupResponse>, Status> {
        let request = request.into_inner();
        self.cleaned.lock().unwrap().push(request.active_sync_id);
        Ok(Response::new(ConnectorServiceCleanupResponse {
            annotations: request.annotations,
        }))
    }
}

#[tokio::test]
async fn calls_reach_the_server() {
    let connector = Connector::default();
    let cleaned = Arc::clone(&connector.cleaned);
    let mut client = ConnectorServiceClient::new(ConnectorServiceServer::new(connector));

    let answer = client
        .get_metadata(ConnectorServiceGetMetadataRequest {})
        .await
        .unwrap()
        .into_inner();
    assert_eq!(answer.metadata.unwrap().display_name, "Example");

    let failure = client
        .validate(ConnectorServiceValidateRequest {})
        .await
        .unwrap_err();
    assert_eq!(
        (failure.code(), failure.message()),
        (Code::Unauthenticated, "the key has expired")
    );

    let annotations = vec![connector_proto::any::pack(&v2::RequestId {
        request_id: "r".into(),
    })];
    let request = ConnectorServiceCleanupRequest {
        annotations: annotations.clone(),
        active_sync_id: "2NxQ0000000000000000000000a".into(),
    };
    let answer = client.cleanup(request).await.unwrap().into_inner();
    assert_eq!(answer.annotations, annotations);
    assert_eq!(*cleaned.lock().unwrap(), ["2NxQ0000000000000000000000a"]);
}

#[test]
fn services_have_the_names_of_the_protocol() {
    assert_eq!(
        <ConnectorServiceServer<Connector> as NamedService>::NAME,
        "c1.connector.v2.ConnectorService"
    );
    assert_eq!(
        <BatonServiceServer<()> as NamedService>::NAME,
        "c1.connectorapi.baton.v1.BatonService"
    );
}
