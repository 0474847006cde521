//! Actions: what can be done to accounts and tokens beyond grants and deletion.

mod access;
mod invite;
mod lifecycle;
mod removal;
mod schema;

use super::argument::{optional, required};
use super::outcome::responding;
use super::refusal::malformed;
use super::subject::shown;
use super::tokens;
use crate::kinds::{API_TOKEN, USER};
use crate::shared::Shared;
use async_trait::async_trait;
use atlassian_admin::{AccountId, TokenId};
use connector_sdk::proto::connector::v2::Resource;
use connector_sdk::{ActionProvider, ChangeContext, ChangeOutcome, Code, Error, ResourceKey, Result};
use prost_types::Struct;
use std::sync::Arc;

pub(crate) use schema::all as action_schemas;

/// The actions of the connector.
#[derive(Debug)]
pub(crate) struct Actions(pub(crate) Arc<Shared>);

pub(super) const ENABLE_USER: &str = "enable_user";
pub(super) const DISABLE_USER: &str = "disable_user";
pub(super) const DEACTIVATE_ACCOUNT: &str = "deactivate_account";
pub(super) const REACTIVATE_ACCOUNT: &str = "reactivate_account";
pub(super) const CANCEL_ACCOUNT_DELETION: &str = "cancel_account_deletion";
pub(super) const REVOKE_API_TOKEN: &str = "revoke_api_token";
pub(super) const REMOVE_USER: &str = "remove_user";
pub(super) const INVITE_USER: &str = "invite_user";

#[async_trait]
impl ActionProvider for Actions {
    fn subject(&self, name: &str, arguments: &Struct) -> Option<ResourceKey> {
        let token = optional(arguments, "token_id").ok().flatten()?;
        (name == REVOKE_API_TOKEN).then(|| ResourceKey::new(API_TOKEN, token))
    }

    fn references(&self, _: &str) -> Vec<(&'static str, &'static str)> {
        vec![("user_id", USER), ("token_id", API_TOKEN)]
    }

    async fn invoke_on(
        &self,
        cx: &ChangeContext,
        name: &str,
        arguments: &Struct,
        known: &Resource,
    ) -> Result<ChangeOutcome> {
        match name {
            REVOKE_API_TOKEN => revoke_token(&self.0, cx, arguments, Some(known))
                .await
                .map(responding),
            _ => self.invoke(cx, name, arguments).await,
        }
    }

    async fn invoke(&self, cx: &ChangeContext, name: &str, arguments: &Struct) -> Result<ChangeOutcome> {
        let shared = &*self.0;
        let account = || account(arguments);
        let outcome = match name {
            ENABLE_USER => access::enable(shared, cx, &account()?).await,
            DISABLE_USER => access::disable(shared, cx, &account()?).await,
            DEACTIVATE_ACCOUNT => {
                lifecycle::deactivate(shared, cx, &account()?, optional(arguments, "message")?).await
            }
            REACTIVATE_ACCOUNT => lifecycle::reactivate(shared, cx, &account()?).await,
            CANCEL_ACCOUNT_DELETION => lifecycle::cancel_deletion(shared, cx, &account()?).await,
            REVOKE_API_TOKEN => revoke_token(shared, cx, arguments, None).await,
            REMOVE_USER => {
                removal::remove(shared, cx, &account()?, optional(arguments, "directory_id")?).await
            }
            INVITE_USER => invite::invite(shared, cx, arguments).await,
            other => Err(unknown(other)),
        };
        outcome.map(responding)
    }
}

fn account(arguments: &Struct) -> Result<AccountId> {
    AccountId::parse(required(arguments, "user_id")?).map_err(|error| malformed(&error))
}

async fn revoke_token(
    shared: &Shared,
    cx: &ChangeContext,
    arguments: &Struct,
    known: Option<&Resource>,
) -> Result<ChangeOutcome> {
    let id = TokenId::parse(required(arguments, "token_id")?).map_err(|error| malformed(&error))?;
    let owner = optional(arguments, "user_id")?
        .map(AccountId::parse)
        .transpose()
        .map_err(|error| malformed(&error))?;
    let owner = owner.or_else(|| known.and_then(tokens::owner));
    let token = known.map_or_else(|| format!("API token {id}"), shown);
    tokens::revoke(shared, cx, &id, owner.as_ref(), known.is_some(), &token).await
}

fn unknown(name: &str) -> Error {
    let names: Vec<String> = action_schemas().into_iter().map(|schema| schema.name).collect();
    Error::new(Code::NotFound, format!("there is no action {name}"))
        .with_hint(format!("The actions are {}", names.join(", ")))
}
