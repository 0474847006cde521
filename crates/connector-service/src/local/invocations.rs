//! Actions.

use super::{Answer, Local, not_offered};
use crate::actions::Ended;
use crate::status::Failure;
use c1z_file::SyncId;
use connector_proto::connector::v2::*;
use connector_runtime::change::{Change, ChangeError, to_json};
use connector_sdk::Code;
use prost_types::Struct;
use std::time::Duration;
use tracing::Instrument as _;

/// How long an invocation waits for its action where its caller does not say, and at most.
const INLINE: Duration = Duration::from_secs(1);
const INLINE_MOST: Duration = Duration::from_hours(1);

/// How long an action may take.
const LONGEST: Duration = Duration::from_hours(1);

impl Local {
    /// Begins an action, and waits for it for a while.
    ///
    /// # Errors
    /// An action or arguments that there are not. What fails later is told as the state of the action.
    pub async fn invoke_action(&self, request: InvokeActionRequest) -> Answer<InvokeActionResponse> {
        self.answer(request, |local, request| async move {
            if !local.inner.options.actions {
                return Err(Failure::new(Code::FailedPrecondition, "actions are turned off"));
            }
            let (clock, actions) = (&local.inner.options.clock, &local.inner.actions);
            local.schema(&request.name, &request.resource_type_id)?;
            let (now, id) = (clock.now(), local.id()?);
            let tell = actions.begin(id.clone(), &request.name, now);
            let mut state = tell.subscribe();
            let asked = Change::Invoke {
                action: request.name,
                arguments: request.args.as_ref().map(to_json).unwrap_or_default(),
            };
            let runs = local.clone();
            let runs = async move {
                let came_to = runs.carried_out(asked).await;
                // Where it is forgotten, nobody asks.
                let _ = tell.send(Some(came_to));
            };
            local.inner.tasks.spawn(runs.in_current_span());
            let asked: Option<Duration> = request.inline_wait.and_then(|wait| wait.try_into().ok());
            let wait = asked
                .filter(|wait| !wait.is_zero())
                .unwrap_or(INLINE)
                .min(INLINE_MOST);
            let over = tokio::time::timeout(wait, state.wait_for(Option::is_some)).await;
            if let Ok(Ok(ended)) = &over
                && let Some(Err(failure)) = &**ended
                && failure.is_of_request()
            {
                actions.forget(&id);
                return Err(failure.clone());
            }
            drop(over);
            let told = actions.told(&id, &local.inner.options.redactor);
            let told = told.ok_or_else(|| unknown(&id))?;
            Ok(InvokeActionResponse {
                id,
                status: told.status.into(),
                annotations: Vec::new(),
                response: told.response,
                name: told.name,
            })
        })
        .await
    }

    /// The state of an action.
    ///
    /// # Errors
    /// An id that there is not.
    pub async fn get_action_status(
        &self,
        request: GetActionStatusRequest,
    ) -> Answer<GetActionStatusResponse> {
        self.answer(request, |local, request| async move {
            let told = local
                .inner
                .actions
                .told(&request.id, &local.inner.options.redactor);
            let told = told.ok_or_else(|| unknown(&request.id))?;
            Ok(GetActionStatusResponse {
                name: told.name,
                id: request.id,
                status: told.status.into(),
                annotations: Vec::new(),
                response: told.response,
            })
        })
        .await
    }

    /// What an action takes.
    ///
    /// # Errors
    /// An action that there is not.
    pub async fn get_action_schema(
        &self,
        request: GetActionSchemaRequest,
    ) -> Answer<GetActionSchemaResponse> {
        self.answer(request, |local, request| async move {
            Ok(GetActionSchemaResponse {
                schema: Some(local.schema(&request.name, "")?),
                annotations: Vec::new(),
            })
        })
        .await
    }

    /// What the actions are, of one resource type where one is named.
    ///
    /// # Errors
    /// A request that breaks a rule.
    pub async fn list_action_schemas(
        &self,
        request: ListActionSchemasRequest,
    ) -> Answer<ListActionSchemasResponse> {
        self.answer(request, |local, request| async move {
            let mut schemas = local.spec().actions;
            let of = request.resource_type_id;
            schemas.retain(|schema| of.is_empty() || schema.resource_type_id == of);
            Ok(ListActionSchemasResponse {
                schemas,
                annotations: Vec::new(),
            })
        })
        .await
    }

    fn schema(&self, name: &str, resource_type: &str) -> Result<BatonActionSchema, Failure> {
        let schemas = self.spec().actions;
        if schemas.is_empty() {
            return Err(not_offered("have actions"));
        }
        let mut schemas = schemas.into_iter();
        let found = schemas.find(|schema| schema.name == name && schema.resource_type_id == resource_type);
        found.ok_or_else(|| Failure::new(Code::NotFound, format!("there is no action {name:?}")))
    }

    async fn carried_out(&self, asked: Change) -> Ended {
        let cancel = self.inner.stop.child_token();
        let mut made = std::pin::pin!(self.changed(asked, None, cancel.clone()));
        let made = match tokio::time::timeout(LONGEST, &mut made).await {
            Ok(made) => made,
            // In an orderly way: what was sent is waited for.
            Err(_) => {
                cancel.cancel();
                made.await
            }
        };
        match made {
            Ok(record) => Ok(record.response.unwrap_or_else(Struct::default)),
            Err(error) => Err(Failure::from(&error).of_request(matches!(
                error,
                ChangeError::Arguments { .. }
                    | ChangeError::UnknownAction { .. }
                    | ChangeError::NotOffered { .. }
            ))),
        }
    }

    fn id(&self) -> Result<String, Failure> {
        new_id(self.inner.options.clock.now())
    }
}

/// A KSUID.
pub(crate) fn new_id(now: jiff::Timestamp) -> Result<String, Failure> {
    let wrong = |error: String| Failure::new(Code::Internal, format!("no id can be made: {error}"));
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|error| wrong(error.to_string()))?;
    let id = SyncId::new(now, random).map_err(|error| wrong(error.to_string()))?;
    Ok(id.to_string())
}

fn unknown(id: &str) -> Failure {
    Failure::new(
        Code::NotFound,
        format!("there is no action under the id {id:?}, or not any more"),
    )
}
