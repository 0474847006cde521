//! What carries tasks out: from the request of a connector's service to its answer.

use crate::metrics::Requests;
use crate::sync::SyncSettings;
use async_trait::async_trait;
use connector_proto::any;
use connector_proto::connector::v2;
use connector_proto::connectorapi::baton::v1::{Task, task::TaskType};
use connector_service::Local;
use prost_types::Any;
use std::fmt;
use std::sync::Arc;
use tonic::Status;

/// A connector with its credentials, as tasks are carried out with it.
#[derive(Clone)]
pub struct Connected {
    /// What carries out requests.
    pub executor: Arc<dyn Executor>,
    /// How syncs are made.
    pub syncs: SyncSettings,
    /// Counts the requests made so far.
    pub requests: Arc<dyn Fn() -> Requests + Send + Sync>,
}

/// Carries out what a task asks of a connector, in this process.
#[async_trait]
pub trait Executor: Send + Sync {
    /// What the connector is and can do, as far as it is enabled.
    ///
    /// # Errors
    /// A defect of the connector.
    async fn metadata(&self) -> Result<v2::ConnectorMetadata, Status>;

    /// Asks the vendor whether the connector works.
    ///
    /// # Errors
    /// Why it does not.
    async fn validate(&self) -> Result<(), Status>;

    /// Answers one request, on behalf of `actor`. It is carried out to its end, also where nobody waits for it any more.
    ///
    /// # Errors
    /// Why it was not carried out, or that the result is unknown.
    async fn execute(&self, request: Request, actor: &str) -> Result<Reply, Status>;
}

impl fmt::Debug for Connected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connected")
            .field("syncs", &self.syncs)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Executor for Local {
    async fn metadata(&self) -> Result<v2::ConnectorMetadata, Status> {
        let answer = self
            .get_metadata(v2::ConnectorServiceGetMetadataRequest::default())
            .await?;
        Ok(answer.metadata.unwrap_or_default())
    }

    async fn validate(&self) -> Result<(), Status> {
        let answer = self
            .validate(v2::ConnectorServiceValidateRequest::default())
            .await;
        answer.map(drop)
    }

    async fn execute(&self, request: Request, actor: &str) -> Result<Reply, Status> {
        let local = self.on_behalf_of(actor);
        macro_rules! answered {
            ($answer:expr) => {{
                let answer = $answer.await?;
                Ok(Reply::new(&answer, &answer.annotations))
            }};
        }
        match request {
            Request::Grant(request) => answered!(local.grant(request)),
            Request::Revoke(request) => answered!(local.revoke(request)),
            Request::CreateAccount(request) => answered!(local.create_account(request)),
            Request::CreateResource(request) => answered!(local.create_resource(request)),
            Request::DeleteResource(request) => answered!(local.delete_resource(request)),
            Request::RotateCredential(request) => {
                let answer = local.rotate_credential(request).await?;
                Ok(Reply::new(&answer, &[]))
            }
            Request::IssueCredential(request) => answered!(local.issue_credential(request)),
            Request::ListActionSchemas(request) => answered!(local.list_action_schemas(request)),
            Request::GetActionSchema(request) => answered!(local.get_action_schema(request)),
            Request::InvokeAction(request) => answered!(local.invoke_action(request)),
            Request::GetActionStatus(request) => answered!(local.get_action_status(request)),
            Request::ListEventFeeds(request) => answered!(local.list_event_feeds(request)),
            Request::ListEvents(request) => answered!(local.list_events(request)),
        }
    }
}

/// What a task asks of a connector.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each is named after its message")]
pub enum Request {
    Grant(v2::GrantManagerServiceGrantRequest),
    Revoke(v2::GrantManagerServiceRevokeRequest),
    CreateAccount(v2::CreateAccountRequest),
    CreateResource(v2::CreateResourceRequest),
    DeleteResource(v2::DeleteResourceRequest),
    RotateCredential(v2::RotateCredentialRequest),
    IssueCredential(v2::IssueCredentialRequest),
    ListActionSchemas(v2::ListActionSchemasRequest),
    GetActionSchema(v2::GetActionSchemaRequest),
    InvokeAction(v2::InvokeActionRequest),
    GetActionStatus(v2::GetActionStatusRequest),
    ListEventFeeds(v2::ListEventFeedsRequest),
    ListEvents(v2::ListEventsRequest),
}

/// The answer to a [`Request`].
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The message, packed.
    pub response: Any,
    /// Its annotations.
    pub annotations: Vec<Any>,
}

impl Reply {
    /// The answer that this message is.
    pub fn new<M: prost::Message + prost::Name>(message: &M, annotations: &[Any]) -> Self {
        Self {
            response: any::pack(message),
            annotations: annotations.to_vec(),
        }
    }
}

/// What is to be done about a task.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Work {
    Hello,
    Sync(connector_proto::connectorapi::baton::v1::task::SyncFullTask),
    Ask(Box<Request>),
    /// It cannot be done here, and why.
    Unsupported(&'static str),
}

/// How long an action is waited for, so that its result is the result of the task, and no state to be asked for later.
const INLINE_SECONDS: i64 = 3600;

impl Work {
    /// What a task asks for, and how its kind is called.
    pub(crate) fn of(task: Task) -> (&'static str, Self) {
        let Some(asked) = task.task_type else {
            return ("unknown", Self::Unsupported("unsupported task type"));
        };
        let ask = |request| Self::Ask(Box::new(request));
        let unsupported = Self::Unsupported;
        match asked {
            TaskType::None(_) => ("none", unsupported("unsupported task type")),
            TaskType::Hello(_) => ("hello", Self::Hello),
            TaskType::SyncFull(task) => ("sync_full", Self::Sync(task)),
            TaskType::Grant(task) => {
                let request = v2::GrantManagerServiceGrantRequest {
                    entitlement: task.entitlement,
                    principal: task.principal,
                    ..Default::default()
                };
                ("grant", ask(Request::Grant(request)))
            }
            TaskType::Revoke(task) => {
                let request = v2::GrantManagerServiceRevokeRequest {
                    grant: task.grant,
                    ..Default::default()
                };
                ("revoke", ask(Request::Revoke(request)))
            }
            TaskType::CreateAccount(task) => {
                let request = v2::CreateAccountRequest {
                    account_info: task.account_info,
                    credential_options: task.credential_options,
                    encryption_configs: task.encryption_configs,
                    resource_type_id: task.resource_type_id,
                };
                ("create_account", ask(Request::CreateAccount(request)))
            }
            TaskType::CreateResource(task) => {
                let request = v2::CreateResourceRequest {
                    resource: task.resource,
                };
                ("create_resource", ask(Request::CreateResource(request)))
            }
            TaskType::DeleteResource(task) => {
                let request = v2::DeleteResourceRequest {
                    resource_id: task.resource_id,
                    parent_resource_id: task.parent_resource_id,
                };
                ("delete_resource", ask(Request::DeleteResource(request)))
            }
            TaskType::RotateCredentials(task) => {
                let request = v2::RotateCredentialRequest {
                    resource_id: task.resource_id,
                    credential_options: task.credential_options,
                    encryption_configs: task.encryption_configs,
                };
                ("rotate_credentials", ask(Request::RotateCredential(request)))
            }
            TaskType::IssueCredential(asked) => {
                let request = v2::IssueCredentialRequest {
                    request_id: task.id,
                    identity_id: asked.identity_id,
                    credential_options: asked.credential_options,
                    encryption_configs: asked.encryption_configs,
                    expires_at: asked.expires_at,
                };
                ("issue_credential", ask(Request::IssueCredential(request)))
            }
            TaskType::ActionListSchemas(task) => {
                let request = v2::ListActionSchemasRequest {
                    resource_type_id: task.resource_type_id,
                    annotations: task.annotations,
                };
                ("action_list_schemas", ask(Request::ListActionSchemas(request)))
            }
            TaskType::ActionGetSchema(task) => {
                let request = v2::GetActionSchemaRequest {
                    name: task.name,
                    annotations: task.annotations,
                };
                ("action_get_schema", ask(Request::GetActionSchema(request)))
            }
            TaskType::ActionInvoke(task) => {
                let request = v2::InvokeActionRequest {
                    name: task.name,
                    args: task.args,
                    resource_type_id: task.resource_type_id,
                    annotations: task.annotations,
                    inline_wait: Some(prost_types::Duration {
                        seconds: INLINE_SECONDS,
                        nanos: 0,
                    }),
                };
                ("action_invoke", ask(Request::InvokeAction(request)))
            }
            TaskType::ActionStatus(task) => {
                let request = v2::GetActionStatusRequest {
                    id: task.id,
                    annotations: task.annotations,
                    ..Default::default()
                };
                ("action_status", ask(Request::GetActionStatus(request)))
            }
            TaskType::ListEventFeeds(task) => {
                let request = v2::ListEventFeedsRequest {
                    annotations: task.annotations,
                };
                ("list_event_feeds", ask(Request::ListEventFeeds(request)))
            }
            TaskType::ListEvents(task) => {
                let request = v2::ListEventsRequest {
                    cursor: task.cursor,
                    start_at: task.start_at,
                    page_size: task.page_size,
                    annotations: task.annotations,
                    event_feed_id: task.event_feed_id,
                };
                ("list_events", ask(Request::ListEvents(request)))
            }
            TaskType::CreateTicketTask(_) => ("create_ticket", unsupported(NO_TICKETS)),
            TaskType::ListTicketSchemas(_) => ("list_ticket_schemas", unsupported(NO_TICKETS)),
            TaskType::GetTicket(_) => ("get_ticket", unsupported(NO_TICKETS)),
            TaskType::BulkCreateTickets(_) => ("bulk_create_tickets", unsupported(NO_TICKETS)),
            TaskType::BulkGetTickets(_) => ("bulk_get_tickets", unsupported(NO_TICKETS)),
            TaskType::EventFeed(_) => ("event_feed", unsupported("unsupported task type: event_feed")),
            TaskType::CreateSyncDiff(_) => (
                "create_sync_diff",
                unsupported("unsupported task type: create_sync_diff"),
            ),
            TaskType::CompactSyncs(_) => (
                "compact_syncs",
                unsupported("unsupported task type: compact_syncs"),
            ),
        }
    }
}

const NO_TICKETS: &str = "this connector has no tickets";

impl Request {
    /// Whether it may change something at the vendor.
    pub(crate) fn writes(&self) -> bool {
        self.provisions() || matches!(self, Self::InvokeAction(_))
    }

    /// Whether it is refused where provisioning is not enabled.
    pub(crate) fn provisions(&self) -> bool {
        match self {
            Self::Grant(_)
            | Self::Revoke(_)
            | Self::CreateAccount(_)
            | Self::CreateResource(_)
            | Self::DeleteResource(_)
            | Self::RotateCredential(_)
            | Self::IssueCredential(_) => true,
            Self::ListActionSchemas(_)
            | Self::GetActionSchema(_)
            | Self::InvokeAction(_)
            | Self::GetActionStatus(_)
            | Self::ListEventFeeds(_)
            | Self::ListEvents(_) => false,
        }
    }
}
