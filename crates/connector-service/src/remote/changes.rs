//! Changes that a peer makes.

use super::peer::Peer;
use crate::waits::wait;
use async_trait::async_trait;
use connector_proto::connector::v2::{self, create_account_response as response, *};
use connector_proto::{any, wkt};
use connector_sdk::{
    AccountManager, ActionProvider, ChangeContext, ChangeOutcome, ChangeState, Code, Error, ResourceDeleter,
    ResourceKey, ResourceProvisioner, Result, WriteRequest, Writes,
};
use prost::Name;
use prost_types::{Any, Struct};
use std::sync::Arc;
use std::time::Duration;
use tonic::{Response, Status};

/// How long an action is waited for, and how often it is asked how far it is.
const ACTION: Duration = Duration::from_hours(1);
const HOW_FAR: Duration = Duration::from_secs(2);

/// Makes changes through a peer.
pub(super) struct Changes(pub(super) Arc<Peer>);

impl Changes {
    /// Has the peer make a change, unless this is only a trial. `about` follows "the peer would", "the peer did".
    async fn made<T, F>(
        &self,
        cx: &ChangeContext,
        call: &str,
        about: String,
        ask: F,
        came_to: impl FnOnce(T) -> (ChangeState, Option<v2::Resource>) + Send,
    ) -> Result<ChangeOutcome>
    where
        T: Send,
        F: Future<Output = std::result::Result<Response<T>, Status>> + Send,
    {
        let request = WriteRequest::new("POST", format!("/c1.connector.v2.{call}"));
        if cx.dry_run {
            let planned = ChangeOutcome::new(
                ChangeState::Planned,
                format!("the peer would be asked to {about}"),
            );
            return Ok(planned
                .request(request)
                .note("a peer does not say what it would do"));
        }
        let writes = Writes::current().unwrap_or_default();
        let Some(number) = writes.begin(request.clone()) else {
            let message = format!("asked to stop, so the peer was not asked to {about}");
            return Err(Error::new(Code::Cancelled, message));
        };
        let answer = self.0.write(ask).await;
        let answer = answer.map_err(|error| match error.code() {
            Code::Unavailable => error.with_requests([request.clone()]),
            code => {
                let status = code.number().into();
                writes.answered(number, status, None);
                error.with_requests([request.clone().answered(status, None)])
            }
        })?;
        writes.answered(number, 0, None);
        let (state, resource) = came_to(answer);
        let summary = match state {
            ChangeState::AlreadySo => format!("the peer had nothing to do to {about}"),
            ChangeState::InProgress => format!("the peer began to {about}"),
            _ => format!("the peer was asked to {about}, and did"),
        };
        Ok(ChangeOutcome {
            resource: resource.map(Box::new),
            ..ChangeOutcome::new(state, summary).request(request.answered(0, None))
        })
    }
}

fn state<M: Name>(annotations: &[Any]) -> ChangeState {
    match annotations.iter().any(any::is::<M>) {
        true => ChangeState::AlreadySo,
        false => ChangeState::Done,
    }
}

#[async_trait]
impl ResourceProvisioner for Changes {
    async fn grant(
        &self,
        cx: &ChangeContext,
        entitlement: &v2::Entitlement,
        principal: &v2::Resource,
    ) -> Result<ChangeOutcome> {
        let about = format!("grant {:?} to {:?}", entitlement.id, principal.display_name);
        let request = GrantManagerServiceGrantRequest {
            entitlement: Some(entitlement.clone()),
            principal: Some(principal.clone()),
            annotations: Vec::new(),
        };
        let mut client =
            grant_manager_service_client::GrantManagerServiceClient::new(self.0.transport.clone());
        let ask = async move { client.grant(request).await };
        let came_to = |answer: GrantManagerServiceGrantResponse| {
            (state::<GrantAlreadyExists>(&answer.annotations), None)
        };
        self.made(cx, "GrantManagerService/Grant", about, ask, came_to)
            .await
    }

    async fn revoke(&self, cx: &ChangeContext, grant: &v2::Grant) -> Result<ChangeOutcome> {
        let about = format!("revoke {:?}", grant.id);
        let request = GrantManagerServiceRevokeRequest {
            grant: Some(grant.clone()),
            annotations: Vec::new(),
        };
        let mut client =
            grant_manager_service_client::GrantManagerServiceClient::new(self.0.transport.clone());
        let ask = async move { client.revoke(request).await };
        let came_to = |answer: GrantManagerServiceRevokeResponse| {
            (state::<GrantAlreadyRevoked>(&answer.annotations), None)
        };
        self.made(cx, "GrantManagerService/Revoke", about, ask, came_to)
            .await
    }
}

#[async_trait]
impl ResourceDeleter for Changes {
    async fn delete(
        &self,
        cx: &ChangeContext,
        key: &ResourceKey,
        known: Option<&v2::Resource>,
    ) -> Result<ChangeOutcome> {
        let request = DeleteResourceV2Request {
            resource_id: Some(key.to_proto()),
            parent_resource_id: known.and_then(|known| known.parent_resource_id.clone()),
        };
        let mut client =
            resource_deleter_service_client::ResourceDeleterServiceClient::new(self.0.transport.clone());
        let ask = async move { client.delete_resource_v2(request).await };
        let came_to =
            |answer: DeleteResourceV2Response| (state::<ResourceDoesNotExist>(&answer.annotations), None);
        let call = "ResourceDeleterService/DeleteResourceV2";
        self.made(cx, call, format!("delete {key}"), ask, came_to).await
    }
}

#[async_trait]
impl AccountManager for Changes {
    async fn create(&self, cx: &ChangeContext, profile: &Struct) -> Result<ChangeOutcome> {
        let text = |names: &[&str]| {
            names
                .iter()
                .find_map(|name| wkt::text(profile, name))
                .unwrap_or_default()
                .to_owned()
        };
        let address = text(&["email", "mail", "emailAddress"]);
        let email = account_info::Email {
            address,
            is_primary: true,
        };
        let request = CreateAccountRequest {
            account_info: Some(AccountInfo {
                login: text(&["login", "userName", "username", "user_name"]),
                emails: Some(email)
                    .filter(|email| !email.address.is_empty())
                    .into_iter()
                    .collect(),
                profile: Some(profile.clone()),
                ..Default::default()
            }),
            ..Default::default()
        };
        let mut client =
            account_manager_service_client::AccountManagerServiceClient::new(self.0.transport.clone());
        let ask = async move { client.create_account(request).await };
        let came_to = |answer: CreateAccountResponse| match answer.result {
            Some(response::Result::Success(done)) => (ChangeState::Done, done.resource),
            Some(response::Result::AlreadyExists(there)) => (ChangeState::AlreadySo, there.resource),
            Some(response::Result::ActionRequired(begun)) => (ChangeState::InProgress, begun.resource),
            Some(response::Result::InProgress(begun)) => (ChangeState::InProgress, begun.resource),
            None => (ChangeState::InProgress, None),
        };
        let call = "AccountManagerService/CreateAccount";
        self.made(cx, call, "create an account".into(), ask, came_to)
            .await
    }
}

#[async_trait]
impl ActionProvider for Changes {
    async fn invoke(&self, cx: &ChangeContext, name: &str, arguments: &Struct) -> Result<ChangeOutcome> {
        let request = InvokeActionRequest {
            name: name.to_owned(),
            args: Some(arguments.clone()),
            ..Default::default()
        };
        let transport = self.0.transport.clone();
        let ask = async move {
            action_service_client::ActionServiceClient::new(transport)
                .invoke_action(request)
                .await
        };
        let mut begun = None;
        let came_to = |answer: InvokeActionResponse| {
            begun = Some(answer);
            (ChangeState::Done, None)
        };
        let about = format!("invoke {name:?}");
        let outcome = self
            .made(cx, "ActionService/InvokeAction", about, ask, came_to)
            .await?;
        let Some(begun) = begun else {
            return Ok(outcome);
        };
        let unknown = |why: String| {
            let error = Error::new(
                Code::Unavailable,
                format!("whether action {name:?} was carried out is not known: {why}"),
            );
            error.with_requests([WriteRequest::new(
                "POST",
                "/c1.connector.v2.ActionService/InvokeAction",
            )])
        };
        let (mut status, mut response, mut waited) = (begun.status(), begun.response, Duration::ZERO);
        while matches!(status, BatonActionStatus::Pending | BatonActionStatus::Running) {
            if waited > ACTION {
                return Err(unknown("it is still under way after an hour".into()));
            }
            wait(HOW_FAR).await;
            waited += HOW_FAR;
            let asked = || async {
                let mut client = action_service_client::ActionServiceClient::new(self.0.transport.clone());
                let id = begun.id.clone();
                client
                    .get_action_status(GetActionStatusRequest {
                        id,
                        ..Default::default()
                    })
                    .await
            };
            let told = self
                .0
                .read(asked)
                .await
                .map_err(|error| unknown(error.to_string()))?;
            (status, response) = (told.status(), told.response);
        }
        match status {
            BatonActionStatus::Complete => Ok(ChangeOutcome { response, ..outcome }),
            _ => {
                let why = response
                    .as_ref()
                    .and_then(|response| wkt::text(response, "error"));
                Err(unknown(
                    why.unwrap_or("the peer does not say why it failed").to_owned(),
                ))
            }
        }
    }
}
