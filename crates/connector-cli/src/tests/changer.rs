//! What the connector under test changes: nothing, but it says so as a real one does.

use super::program::TOKEN;
use async_trait::async_trait;
use connector_sdk::proto::connector::v2;
use connector_sdk::{
    AccountManager, ActionProvider, ChangeContext, ChangeOutcome, ChangeState, Code, ConfigSchema, Error,
    Field, Parts, ResourceDeleter, ResourceKey, ResourceProvisioner, Result, Vendor, WriteRequest, proto,
};
use prost_types::Struct;
use serde_json::json;
use v2::ConnectorAccountCreationSchema;
use v2::connector_account_creation_schema as creation;

#[derive(Clone, Copy, Debug)]
pub(super) struct Changer;

pub(super) fn creation_schema() -> ConnectorAccountCreationSchema {
    let field = |required| creation::Field {
        required,
        field: Some(creation::field::Field::StringField(
            creation::StringField::default(),
        )),
        ..creation::Field::default()
    };
    let fields = [("userName", true), ("email", true), ("title", false)];
    ConnectorAccountCreationSchema {
        field_map: fields
            .map(|(name, required)| (name.to_owned(), field(required)))
            .into(),
    }
}

/// The outcome of one write.
fn made(cx: &ChangeContext, now: &str, would: &str, request: WriteRequest) -> ChangeOutcome {
    if cx.dry_run {
        return ChangeOutcome::new(ChangeState::Planned, would).request(request);
    }
    let state = match cx.verify {
        true => ChangeState::Verified,
        false => ChangeState::Done,
    };
    ChangeOutcome::new(state, now).request(request.answered(204, Some("r-1".to_owned())))
}

#[async_trait]
impl ResourceProvisioner for Changer {
    async fn grant(
        &self,
        cx: &ChangeContext,
        _: &v2::Entitlement,
        principal: &v2::Resource,
    ) -> Result<ChangeOutcome> {
        let id = principal.id.clone().unwrap_or_default().resource;
        if id == "u-1" {
            return Ok(ChangeOutcome::new(
                ChangeState::AlreadySo,
                "u-1 is a member of Platform already",
            ));
        }
        let request = WriteRequest::new("POST", "/teams/t-1/members").body(json!({ "id": id }));
        Ok(made(
            cx,
            &format!("{id} is now a member of Platform"),
            &format!("{id} would become a member of Platform"),
            request,
        ))
    }

    async fn revoke(&self, cx: &ChangeContext, _: &v2::Grant) -> Result<ChangeOutcome> {
        let request = WriteRequest::new("DELETE", "/teams/t-1/members/u-1");
        let made = made(
            cx,
            "u-1 is no longer a member of Platform",
            "u-1 would leave Platform",
            request,
        );
        Ok(made.note("the team Everyone gives the same access"))
    }
}

#[async_trait]
impl AccountManager for Changer {
    async fn create(&self, cx: &ChangeContext, profile: &Struct) -> Result<ChangeOutcome> {
        let profile = connector_runtime::change::to_json(profile);
        let name = profile["userName"].as_str().unwrap_or_default().to_owned();
        let request = WriteRequest::new("POST", "/users").body(profile.into());
        let mut outcome = made(
            cx,
            &format!("{name} has an account now"),
            &format!("{name} would get an account"),
            request,
        );
        outcome.resource = (!cx.dry_run).then(|| {
            Box::new(v2::Resource {
                id: Some(v2::ResourceId {
                    resource_type: "user".to_owned(),
                    resource: "u-9".to_owned(),
                    ..v2::ResourceId::default()
                }),
                display_name: name,
                ..v2::Resource::default()
            })
        });
        Ok(outcome)
    }
}

#[async_trait]
impl ResourceDeleter for Changer {
    async fn delete(
        &self,
        cx: &ChangeContext,
        key: &ResourceKey,
        _: Option<&v2::Resource>,
    ) -> Result<ChangeOutcome> {
        let request = WriteRequest::new("DELETE", format!("/users/{}", key.resource));
        if key.resource == "u-2" {
            return Err(Error::new(
                Code::Unavailable,
                "the answer was lost, and the state does not tell",
            )
            .with_vendor(Vendor {
                status: Some(503),
                ..Vendor::default()
            })
            .with_requests([request]));
        }
        if key.resource == "u-3" {
            return Err(Error::new(Code::PermissionDenied, "cannot delete account u-3")
                .with_vendor(Vendor {
                    status: Some(403),
                    code: Some("ADMIN-403-7".to_owned()),
                    detail: Some(format!("the key {TOKEN} has no such right")),
                    request_id: Some("r-7".to_owned()),
                })
                .with_hint("Use a key with the right to delete accounts"));
        }
        if key.resource == "u-4" {
            let parts = Parts {
                done: vec!["it is gone from the team t-1".to_owned()],
                not_done: vec![format!("from the team t-2 of {TOKEN}")],
            };
            let vendor = Vendor {
                status: Some(403),
                ..Vendor::default()
            };
            return Err(Error::new(
                Code::PermissionDenied,
                "cannot take account u-4 from the team t-2",
            )
            .with_vendor(vendor)
            .with_parts(parts)
            .with_requests([request.answered(204, None)]));
        }
        Ok(made(cx, "it is gone", "it would be deleted", request))
    }
}

pub(super) fn lock_schema() -> v2::BatonActionSchema {
    v2::BatonActionSchema {
        name: "lock_user".to_owned(),
        display_name: "Lock User".to_owned(),
        description: "Locks an account".to_owned(),
        arguments: fields(vec![
            Field::string("user_id", "User", "The account").required(),
            Field::switch("notify", "Notify", "Whether to tell the person"),
        ]),
        ..v2::BatonActionSchema::default()
    }
}

#[async_trait]
impl ActionProvider for Changer {
    async fn invoke(&self, cx: &ChangeContext, _: &str, arguments: &Struct) -> Result<ChangeOutcome> {
        let request = WriteRequest::new("POST", "/users/u-1/lock");
        let mut outcome = made(cx, "u-1 is locked", "u-1 would be locked", request);
        outcome.response = Some(arguments.clone());
        Ok(outcome)
    }
}

fn fields(fields: Vec<Field>) -> Vec<proto::config::v1::Field> {
    ConfigSchema {
        fields,
        ..ConfigSchema::default()
    }
    .to_proto()
    .fields
}
