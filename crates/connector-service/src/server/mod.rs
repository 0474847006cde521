//! The services, on any transport of gRPC.

mod listen;

pub use listen::serve;

use crate::local::Local;
use connector_proto::connector::v2::*;
use connector_proto::ratelimit;
use connector_proto::ratelimit::v1::{
    DoRequest, DoResponse, ReportRequest, ReportResponse, rate_limit_description, rate_limiter_service_server,
};
use futures_util::{Stream, stream};
use std::pin::Pin;
use std::time::Duration;
use tonic::metadata::MetadataMap;
use tonic::service::Routes;
use tonic::{Request, Response, Status};

/// What of its deadline a call leaves for its answer to arrive.
const FOR_THE_ANSWER: Duration = Duration::from_millis(500);

/// The services of a connector.
#[derive(Clone, Debug)]
struct Services(Local);

impl Services {
    /// The calls, with the deadline of this one.
    fn of(&self, metadata: &MetadataMap) -> Local {
        match deadline(metadata) {
            None => self.0.clone(),
            Some(left) => self
                .0
                .with_timeout(left.saturating_sub(FOR_THE_ANSWER.min(left / 4))),
        }
    }
}

/// How long the caller waits, as gRPC writes it: up to eight digits and a unit.
fn deadline(metadata: &MetadataMap) -> Option<Duration> {
    let text = metadata.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: u64 = digits.parse().ok().filter(|_| digits.len() <= 8)?;
    Some(match unit {
        "H" => Duration::from_secs(number * 3600),
        "M" => Duration::from_secs(number * 60),
        "S" => Duration::from_secs(number),
        "m" => Duration::from_millis(number),
        "u" => Duration::from_micros(number),
        "n" => Duration::from_nanos(number),
        _ => return None,
    })
}

/// A service whose calls are those of [`Local`].
macro_rules! service {
    ($service:path { $($call:ident($request:ty) -> $response:ty = $method:ident;)* }) => {
        #[tonic::async_trait]
        impl $service for Services {
            $(async fn $call(&self, request: Request<$request>) -> Result<Response<$response>, Status> {
                let local = self.of(request.metadata());
                local.$method(request.into_inner()).await.map(Response::new)
            })*
        }
    };
}

service!(connector_service_server::ConnectorService {
    get_metadata(ConnectorServiceGetMetadataRequest) -> ConnectorServiceGetMetadataResponse = get_metadata;
    validate(ConnectorServiceValidateRequest) -> ConnectorServiceValidateResponse = validate;
    cleanup(ConnectorServiceCleanupRequest) -> ConnectorServiceCleanupResponse = cleanup;
});

service!(resource_types_service_server::ResourceTypesService {
    list_resource_types(ResourceTypesServiceListResourceTypesRequest)
        -> ResourceTypesServiceListResourceTypesResponse = list_resource_types;
});

service!(resources_service_server::ResourcesService {
    list_resources(ResourcesServiceListResourcesRequest) -> ResourcesServiceListResourcesResponse = list_resources;
});

service!(resource_getter_service_server::ResourceGetterService {
    get_resource(ResourceGetterServiceGetResourceRequest)
        -> ResourceGetterServiceGetResourceResponse = get_resource;
});

service!(entitlements_service_server::EntitlementsService {
    list_entitlements(EntitlementsServiceListEntitlementsRequest)
        -> EntitlementsServiceListEntitlementsResponse = list_entitlements;
    list_static_entitlements(EntitlementsServiceListStaticEntitlementsRequest)
        -> EntitlementsServiceListStaticEntitlementsResponse = list_static_entitlements;
});

service!(grants_service_server::GrantsService {
    list_grants(GrantsServiceListGrantsRequest) -> GrantsServiceListGrantsResponse = list_grants;
});

service!(grant_manager_service_server::GrantManagerService {
    grant(GrantManagerServiceGrantRequest) -> GrantManagerServiceGrantResponse = grant;
    revoke(GrantManagerServiceRevokeRequest) -> GrantManagerServiceRevokeResponse = revoke;
});

service!(account_manager_service_server::AccountManagerService {
    create_account(CreateAccountRequest) -> CreateAccountResponse = create_account;
});

service!(resource_deleter_service_server::ResourceDeleterService {
    delete_resource_v2(DeleteResourceV2Request) -> DeleteResourceV2Response = delete_resource_v2;
});

service!(resource_manager_service_server::ResourceManagerService {
    create_resource(CreateResourceRequest) -> CreateResourceResponse = create_resource;
    delete_resource(DeleteResourceRequest) -> DeleteResourceResponse = delete_resource;
});

service!(credential_manager_service_server::CredentialManagerService {
    rotate_credential(RotateCredentialRequest) -> RotateCredentialResponse = rotate_credential;
    issue_credential(IssueCredentialRequest) -> IssueCredentialResponse = issue_credential;
});

service!(action_service_server::ActionService {
    invoke_action(InvokeActionRequest) -> InvokeActionResponse = invoke_action;
    get_action_status(GetActionStatusRequest) -> GetActionStatusResponse = get_action_status;
    get_action_schema(GetActionSchemaRequest) -> GetActionSchemaResponse = get_action_schema;
    list_action_schemas(ListActionSchemasRequest) -> ListActionSchemasResponse = list_action_schemas;
});

service!(event_service_server::EventService {
    list_events(ListEventsRequest) -> ListEventsResponse = list_events;
    list_event_feeds(ListEventFeedsRequest) -> ListEventFeedsResponse = list_event_feeds;
});

service!(tickets_service_server::TicketsService {
    create_ticket(TicketsServiceCreateTicketRequest) -> TicketsServiceCreateTicketResponse = no_tickets;
    get_ticket(TicketsServiceGetTicketRequest) -> TicketsServiceGetTicketResponse = no_tickets;
    list_ticket_schemas(TicketsServiceListTicketSchemasRequest)
        -> TicketsServiceListTicketSchemasResponse = no_tickets;
    get_ticket_schema(TicketsServiceGetTicketSchemaRequest) -> TicketsServiceGetTicketSchemaResponse = no_tickets;
    bulk_create_tickets(TicketsServiceBulkCreateTicketsRequest)
        -> TicketsServiceBulkCreateTicketsResponse = no_tickets;
    bulk_get_tickets(TicketsServiceBulkGetTicketsRequest) -> TicketsServiceBulkGetTicketsResponse = no_tickets;
});

/// The limiter that a runner asks before each of its calls, and that lets all of them pass: the connector keeps to the limits of
/// its vendor itself. A runner that gets no answer here makes no call at all.
#[tonic::async_trait]
impl rate_limiter_service_server::RateLimiterService for Services {
    async fn r#do(&self, request: Request<DoRequest>) -> Result<Response<DoResponse>, Status> {
        let description = ratelimit::v1::RateLimitDescription {
            status: rate_limit_description::Status::Empty.into(),
            ..Default::default()
        };
        Ok(Response::new(DoResponse {
            request_token: request.into_inner().request_token,
            description: Some(description),
        }))
    }

    async fn report(&self, _: Request<ReportRequest>) -> Result<Response<ReportResponse>, Status> {
        Ok(Response::new(ReportResponse {}))
    }
}

#[tonic::async_trait]
impl asset_service_server::AssetService for Services {
    type GetAssetStream = Pin<Box<dyn Stream<Item = Result<AssetServiceGetAssetResponse, Status>> + Send>>;

    /// Ends at once.
    async fn get_asset(
        &self,
        request: Request<AssetServiceGetAssetRequest>,
    ) -> Result<Response<Self::GetAssetStream>, Status> {
        self.0.get_asset(request.into_inner()).await?;
        Ok(Response::new(Box::pin(stream::empty())))
    }
}

/// Every service of the connector, for a transport of one's own.
pub fn routes(local: &Local) -> Routes {
    let services = Services(local.clone());
    let of = || services.clone();
    Routes::new(connector_service_server::ConnectorServiceServer::new(of()))
        .add_service(resource_types_service_server::ResourceTypesServiceServer::new(
            of(),
        ))
        .add_service(resources_service_server::ResourcesServiceServer::new(of()))
        .add_service(resource_getter_service_server::ResourceGetterServiceServer::new(
            of(),
        ))
        .add_service(entitlements_service_server::EntitlementsServiceServer::new(of()))
        .add_service(grants_service_server::GrantsServiceServer::new(of()))
        .add_service(grant_manager_service_server::GrantManagerServiceServer::new(of()))
        .add_service(account_manager_service_server::AccountManagerServiceServer::new(
            of(),
        ))
        .add_service(resource_deleter_service_server::ResourceDeleterServiceServer::new(of()))
        .add_service(resource_manager_service_server::ResourceManagerServiceServer::new(of()))
        .add_service(credential_manager_service_server::CredentialManagerServiceServer::new(of()))
        .add_service(action_service_server::ActionServiceServer::new(of()))
        .add_service(event_service_server::EventServiceServer::new(of()))
        .add_service(tickets_service_server::TicketsServiceServer::new(of()))
        .add_service(asset_service_server::AssetServiceServer::new(of()))
        .add_service(rate_limiter_service_server::RateLimiterServiceServer::new(of()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadlines() {
        let of = |text: &str| {
            let mut metadata = MetadataMap::new();
            metadata.insert("grpc-timeout", text.parse().expect("ASCII"));
            deadline(&metadata)
        };
        assert_eq!(of("2M"), Some(Duration::from_mins(2)));
        assert_eq!(of("1500m"), Some(Duration::from_millis(1500)));
        assert_eq!(of("99999999H"), Some(Duration::from_hours(99_999_999)));
        for wrong in ["", "S", "1", "123456789S", "1d", "-1S"] {
            assert_eq!(of(wrong), None, "{wrong:?}");
        }
    }
}
