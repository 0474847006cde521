//! Every service answers, in this process.

use crate::harness::{Served, resource, resource_id};
use connector_proto::connector::v2::*;
use connector_proto::{any, wkt};
use tonic::{Code, Status};

macro_rules! client {
    ($served:expr, $module:ident::$client:ident) => {
        $module::$client::new($served.routes())
    };
}

#[track_caller]
fn refused<T: std::fmt::Debug>(answer: Result<T, Status>, code: Code, message: &str) {
    let status = answer.expect_err("it is refused");
    assert_eq!((status.code(), status.message()), (code, message));
}

async fn users(
    served: &Served,
    request: ResourcesServiceListResourcesRequest,
) -> Result<Vec<Resource>, Status> {
    let mut client = client!(served, resources_service_client::ResourcesServiceClient);
    let mut request = ResourcesServiceListResourcesRequest {
        resource_type_id: "user".into(),
        ..request
    };
    let mut all = Vec::new();
    loop {
        let page = client.list_resources(request.clone()).await?.into_inner();
        all.extend(page.list);
        if page.next_page_token.is_empty() {
            return Ok(all);
        }
        assert_ne!(page.next_page_token, request.page_token, "it goes on");
        request.page_token = page.next_page_token;
    }
}

/// A runner makes a call only where the limiter of the connector lets it pass, and tells it how the call ended.
#[tokio::test]
async fn the_limiter_lets_every_call_pass() {
    use connector_proto::ratelimit::v1::*;
    let served = Served::new();
    let mut client = client!(served, rate_limiter_service_client::RateLimiterServiceClient);
    let asked = DoRequest {
        request_token: "t-1".into(),
        service: "connector".into(),
        ..Default::default()
    };
    let answer = client.r#do(asked).await.expect("it answers").into_inner();
    assert_eq!(answer.request_token, "t-1");
    let description = answer.description.expect("a runner reads it without looking");
    assert_eq!(description.status(), rate_limit_description::Status::Empty);
    let told = ReportRequest {
        request_token: answer.request_token,
        service: "connector".into(),
        ..Default::default()
    };
    client.report(told).await.expect("it is taken");
}

#[tokio::test]
async fn what_it_is() {
    let served = Served::new();
    let mut client = client!(served, connector_service_client::ConnectorServiceClient);
    let metadata = client
        .get_metadata(ConnectorServiceGetMetadataRequest {})
        .await
        .expect("an answer");
    let metadata = metadata.into_inner().metadata.expect("metadata");
    assert_eq!(metadata.display_name, "People file");
    let capabilities = metadata
        .capabilities
        .expect("capabilities")
        .connector_capabilities;
    let can = |capability: Capability| capabilities.contains(&capability.into());
    // Without provisioning nothing claims it; actions need none.
    assert!(can(Capability::Sync) && can(Capability::Actions));
    assert!(!can(Capability::Provision) && !can(Capability::ResourceDelete));
    let valid = client
        .validate(ConnectorServiceValidateRequest {})
        .await
        .expect("an answer");
    assert_eq!(valid.into_inner().sdk_version, "1.2.3");
    std::fs::remove_file(&served.people).expect("a file");
    let error = client
        .validate(ConnectorServiceValidateRequest {})
        .await
        .expect_err("no file");
    assert_ne!(error.code(), Code::Internal, "{error}");
}

#[tokio::test]
async fn types_resources_entitlements_and_grants() {
    let served = Served::new();
    let mut types = client!(served, resource_types_service_client::ResourceTypesServiceClient);
    let listed = types
        .list_resource_types(ResourceTypesServiceListResourceTypesRequest::default())
        .await;
    let listed = listed.expect("types").into_inner();
    let ids: Vec<String> = listed.list.into_iter().map(|of| of.id).collect();
    assert_eq!(
        (ids, listed.next_page_token.as_str()),
        (vec!["user".into(), "team".into()], "")
    );

    let all = users(&served, Default::default()).await.expect("users");
    let by_two = ResourcesServiceListResourcesRequest {
        page_size: 2,
        ..Default::default()
    };
    assert_eq!(users(&served, by_two).await.expect("users"), all);
    assert!(all.len() > 2, "{all:?}");

    let mut entitlements = client!(served, entitlements_service_client::EntitlementsServiceClient);
    let of = EntitlementsServiceListEntitlementsRequest {
        resource: resource("team", "platform"),
        ..Default::default()
    };
    let listed = entitlements
        .list_entitlements(of)
        .await
        .expect("entitlements")
        .into_inner();
    assert_eq!(listed.list[0].id, "team:platform:member");
    let of = EntitlementsServiceListStaticEntitlementsRequest {
        resource_type_id: "team".into(),
        ..Default::default()
    };
    let listed = entitlements
        .list_static_entitlements(of)
        .await
        .expect("entitlements")
        .into_inner();
    assert_eq!(listed.list, []);

    let mut grants = client!(served, grants_service_client::GrantsServiceClient);
    let of = GrantsServiceListGrantsRequest {
        resource: resource("team", "everyone"),
        ..Default::default()
    };
    let listed = grants.list_grants(of).await.expect("grants").into_inner().list;
    let through = |grant: &&Grant| grant.sources.is_some();
    assert!(
        listed.iter().any(|grant| through(&grant)),
        "access through a team is worked out: {listed:?}"
    );
    let expands = |grant: &&Grant| grant.annotations.iter().any(any::is::<GrantExpandable>);
    assert_eq!(listed.iter().filter(expands).count(), 2, "{listed:?}");

    let mut getter = client!(
        served,
        resource_getter_service_client::ResourceGetterServiceClient
    );
    let of = |kind: &str, id: &str| ResourceGetterServiceGetResourceRequest {
        resource_id: resource_id(kind, id),
        ..Default::default()
    };
    let found = getter
        .get_resource(of("user", "ines"))
        .await
        .expect("a user")
        .into_inner();
    assert_eq!(found.resource.expect("a user").display_name, "Ines Calder");
    let error = getter
        .get_resource(of("user", "nobody"))
        .await
        .expect_err("no user");
    assert_eq!(error.code(), Code::NotFound);
    let error = getter.get_resource(of("team", "platform")).await;
    refused(
        error,
        Code::Unimplemented,
        "this connector does not read single resources of type \"team\"",
    );
}

#[tokio::test]
async fn what_is_not_there_or_breaks_a_rule() {
    let served = Served::new();
    let mut resources = client!(served, resources_service_client::ResourcesServiceClient);
    let of = |kind: &str, page_token: &str| ResourcesServiceListResourcesRequest {
        resource_type_id: kind.into(),
        page_token: page_token.into(),
        ..Default::default()
    };
    let answer = resources.list_resources(of("", "")).await;
    let message =
        "ResourcesServiceListResourcesRequest.resource_type_id: it is shorter than 1 bytes (min_bytes)";
    refused(answer, Code::InvalidArgument, message);
    let answer = resources.list_resources(of("app", "")).await;
    refused(answer, Code::NotFound, "there is no resource type \"app\"");
    let answer = resources.list_resources(of("user", "another:7")).await;
    let message = "the page token is not one of this snapshot: list again from the first page";
    refused(answer, Code::InvalidArgument, message);
    let mut entitlements = client!(served, entitlements_service_client::EntitlementsServiceClient);
    let answer = entitlements
        .list_entitlements(EntitlementsServiceListEntitlementsRequest::default())
        .await;
    refused(answer, Code::InvalidArgument, "no resource is named");
    let mut scoped = GrantsServiceListGrantsRequest {
        resource: resource("team", "team"),
        ..Default::default()
    };
    scoped.annotations.push(any::pack(&TypeScopedGrants::default()));
    let mut grants = client!(served, grants_service_client::GrantsServiceClient);
    let answer = grants.list_grants(scoped).await;
    refused(
        answer,
        Code::InvalidArgument,
        "no resource type here is listed as a whole by this call",
    );
}

#[tokio::test]
async fn what_there_is_none_of() {
    let served = Served::with(|options| options.provisioning = true);
    let mut events = client!(served, event_service_client::EventServiceClient);
    let feeds = events
        .list_event_feeds(ListEventFeedsRequest::default())
        .await
        .expect("an answer");
    assert_eq!(feeds.into_inner().list, []);
    let answer = events.list_events(ListEventsRequest::default()).await;
    refused(answer, Code::NotFound, "there is no event feed");
    let mut tickets = client!(served, tickets_service_client::TicketsServiceClient);
    let answer = tickets
        .get_ticket(TicketsServiceGetTicketRequest::default())
        .await;
    refused(
        answer,
        Code::Unimplemented,
        "this connector does not have tickets",
    );
    let mut assets = client!(served, asset_service_client::AssetServiceClient);
    let asset = Some(AssetRef { id: "logo".into() });
    let answer = assets
        .get_asset(AssetServiceGetAssetRequest { asset })
        .await
        .expect("a stream");
    assert_eq!(answer.into_inner().message().await.expect("its end"), None);
    let mut credentials = client!(
        served,
        credential_manager_service_client::CredentialManagerServiceClient
    );
    let answer = credentials
        .rotate_credential(RotateCredentialRequest::default())
        .await;
    refused(
        answer,
        Code::Unimplemented,
        "this connector does not rotate credentials",
    );
    let request_id = "r-1".to_owned();
    let issue = IssueCredentialRequest {
        request_id,
        ..Default::default()
    };
    let answer = credentials.issue_credential(issue).await;
    refused(
        answer,
        Code::Unimplemented,
        "this connector does not issue credentials",
    );
    let mut manager = client!(
        served,
        resource_manager_service_client::ResourceManagerServiceClient
    );
    let answer = manager.create_resource(CreateResourceRequest::default()).await;
    refused(
        answer,
        Code::Unimplemented,
        "this connector does not create resources",
    );
    let mut accounts = client!(
        served,
        account_manager_service_client::AccountManagerServiceClient
    );
    let answer = accounts.create_account(CreateAccountRequest::default()).await;
    refused(
        answer,
        Code::Unimplemented,
        "this connector does not create accounts",
    );
}

fn membership(user: &str) -> GrantManagerServiceGrantRequest {
    let user_type = ResourceType {
        id: "user".into(),
        ..Default::default()
    };
    GrantManagerServiceGrantRequest {
        entitlement: Some(Entitlement {
            id: "team:platform:member".into(),
            slug: "member".into(),
            resource: resource("team", "platform"),
            grantable_to: vec![user_type],
            ..Default::default()
        }),
        principal: resource("user", user),
        annotations: Vec::new(),
    }
}

fn taken(user: &str) -> GrantManagerServiceRevokeRequest {
    let given = membership(user);
    GrantManagerServiceRevokeRequest {
        grant: Some(Grant {
            id: format!("team:platform:member:user:{user}"),
            entitlement: given.entitlement,
            principal: given.principal,
            ..Default::default()
        }),
        annotations: Vec::new(),
    }
}

#[tokio::test]
async fn without_provisioning_nothing_is_changed() {
    let served = Served::new();
    let before = std::fs::read_to_string(&served.people).expect("a file");
    let why = "provisioning is not enabled";
    let mut grants = client!(served, grant_manager_service_client::GrantManagerServiceClient);
    refused(
        grants.grant(membership("kofi")).await,
        Code::FailedPrecondition,
        why,
    );
    refused(grants.revoke(taken("ines")).await, Code::FailedPrecondition, why);
    let mut deleter = client!(
        served,
        resource_deleter_service_client::ResourceDeleterServiceClient
    );
    let request = DeleteResourceV2Request {
        resource_id: resource_id("team", "platform"),
        ..Default::default()
    };
    refused(
        deleter.delete_resource_v2(request).await,
        Code::FailedPrecondition,
        why,
    );
    let mut accounts = client!(
        served,
        account_manager_service_client::AccountManagerServiceClient
    );
    let answer = accounts.create_account(CreateAccountRequest::default()).await;
    refused(answer, Code::FailedPrecondition, why);
    assert_eq!(std::fs::read_to_string(&served.people).expect("a file"), before);
}

#[tokio::test]
async fn access_is_given_and_taken_once() {
    let served = Served::with(|options| options.provisioning = true);
    let mut client = client!(served, grant_manager_service_client::GrantManagerServiceClient);
    let audit = |served: &Served| std::fs::read_to_string(&served.people).expect("a file");
    let first = client
        .grant(membership("newcomer"))
        .await
        .expect("given")
        .into_inner();
    assert_eq!(first.annotations, []);
    assert!(audit(&served).contains("newcomer"));
    let again = client
        .grant(membership("newcomer"))
        .await
        .expect("held already")
        .into_inner();
    assert!(any::is::<GrantAlreadyExists>(&again.annotations[0]));
    let first = client
        .revoke(taken("newcomer"))
        .await
        .expect("taken")
        .into_inner();
    assert_eq!(first.annotations, []);
    let again = client
        .revoke(taken("newcomer"))
        .await
        .expect("gone already")
        .into_inner();
    assert!(any::is::<GrantAlreadyRevoked>(&again.annotations[0]));
    assert!(!audit(&served).contains("newcomer"));
}

#[tokio::test]
async fn what_is_stated_must_fit() {
    let served = Served::with(|options| options.provisioning = true);
    let mut client = client!(served, grant_manager_service_client::GrantManagerServiceClient);
    let mut other = membership("kofi");
    other.entitlement.as_mut().expect("there").id = "team:oncall:member".into();
    let message =
        "the entitlement \"team:oncall:member\" names what the id \"team:platform:member\" stands for";
    refused(client.grant(other).await, Code::InvalidArgument, message);
    let mut immutable = membership("kofi");
    let entitlement = immutable.entitlement.as_mut().expect("there");
    entitlement
        .annotations
        .push(any::pack(&EntitlementImmutable::default()));
    let error = client.grant(immutable).await.expect_err("nobody can");
    assert_eq!(error.code(), Code::FailedPrecondition, "{error}");
    let mut inherited = taken("kofi");
    let source = grant_sources::GrantSource::default();
    let sources = [("team:oncall:member".to_owned(), source)].into();
    inherited.grant.as_mut().expect("there").sources = Some(GrantSources { sources });
    let error = client
        .revoke(inherited)
        .await
        .expect_err("it comes through a team");
    assert_eq!(error.code(), Code::FailedPrecondition, "{error}");
    assert!(error.message().contains("only through"), "{error}");
}

#[tokio::test]
async fn a_resource_is_deleted_once() {
    let served = Served::with(|options| options.provisioning = true);
    let mut client = client!(
        served,
        resource_deleter_service_client::ResourceDeleterServiceClient
    );
    let request = || DeleteResourceV2Request {
        resource_id: resource_id("team", "platform"),
        ..Default::default()
    };
    let first = client
        .delete_resource_v2(request())
        .await
        .expect("deleted")
        .into_inner();
    assert_eq!(first.annotations, []);
    let again = client
        .delete_resource_v2(request())
        .await
        .expect("gone already")
        .into_inner();
    assert!(any::is::<ResourceDoesNotExist>(&again.annotations[0]));
    let mut older = client!(
        served,
        resource_manager_service_client::ResourceManagerServiceClient
    );
    let request = DeleteResourceRequest {
        resource_id: resource_id("user", "ines"),
        ..Default::default()
    };
    let error = older
        .delete_resource(request)
        .await
        .expect_err("users are not deleted");
    assert_eq!(error.code(), Code::Unimplemented);
}

fn rename(name: &str, members: &[(&str, &str)]) -> InvokeActionRequest {
    let members = members.iter().map(|(name, value)| (*name, (*value).into()));
    InvokeActionRequest {
        name: name.into(),
        args: Some(wkt::object(members)),
        inline_wait: Some(prost_types::Duration {
            seconds: 60,
            nanos: 0,
        }),
        ..Default::default()
    }
}

#[tokio::test]
async fn actions() {
    let served = Served::new();
    let mut client = client!(served, action_service_client::ActionServiceClient);
    let all = client
        .list_action_schemas(ListActionSchemasRequest::default())
        .await
        .expect("schemas");
    assert_eq!(all.into_inner().schemas[0].name, "rename_team");
    let of = GetActionSchemaRequest {
        name: "rename_team".into(),
        ..Default::default()
    };
    assert!(
        client
            .get_action_schema(of)
            .await
            .expect("a schema")
            .into_inner()
            .schema
            .is_some()
    );

    let request = rename("rename_team", &[("team", "platform"), ("name", "Ground")]);
    let done = client.invoke_action(request).await.expect("invoked").into_inner();
    assert_eq!(done.status(), BatonActionStatus::Complete);
    assert_eq!(
        wkt::text(&done.response.expect("a response"), "team"),
        Some("platform")
    );
    let of = |id: &str| GetActionStatusRequest {
        id: id.into(),
        ..Default::default()
    };
    let told = client
        .get_action_status(of(&done.id))
        .await
        .expect("a state")
        .into_inner();
    assert_eq!(
        (told.status(), told.name.as_str()),
        (BatonActionStatus::Complete, "rename_team")
    );
    let error = client
        .get_action_status(of("nothing"))
        .await
        .expect_err("no such id");
    assert_eq!(error.code(), Code::NotFound);

    let error = client
        .invoke_action(rename("rename", &[]))
        .await
        .expect_err("no such action");
    assert_eq!(error.code(), Code::NotFound);
    let error = client
        .invoke_action(rename("rename_team", &[("team", "platform")]))
        .await;
    assert_eq!(
        error.expect_err("an argument is missing").code(),
        Code::InvalidArgument
    );
    // What fails once it is begun is the state of the action.
    let request = rename("rename_team", &[("team", "nowhere"), ("name", "Ground")]);
    let failed = client.invoke_action(request).await.expect("begun").into_inner();
    assert_eq!(failed.status(), BatonActionStatus::Failed);
    assert!(wkt::text(&failed.response.expect("why"), "error").is_some_and(|why| why.contains("nowhere")));
}

#[tokio::test]
async fn actions_can_be_turned_off() {
    let served = Served::with(|options| options.actions = false);
    let mut client = client!(served, action_service_client::ActionServiceClient);
    let answer = client.invoke_action(rename("rename_team", &[])).await;
    refused(answer, Code::FailedPrecondition, "actions are turned off");
    let all = client
        .list_action_schemas(ListActionSchemasRequest::default())
        .await
        .expect("schemas");
    assert_eq!(all.into_inner().schemas, []);
}
