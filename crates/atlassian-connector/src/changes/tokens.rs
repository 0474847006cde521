//! API tokens revoked, one at a time.

use super::fact::{Fact, Written, apply, before};
use super::live::{has_token, listed_token};
use super::outcome::Says;
use super::refusal::{malformed, not_found, refused};
use super::subject::shown;
use super::wait;
use crate::shared::Shared;
use crate::tokens::Tokens;
use async_trait::async_trait;
use atlassian_admin::{AccountId, AdminClient, TokenId, Write};
use connector_sdk::proto::any;
use connector_sdk::proto::connector::v2;
use connector_sdk::{ChangeContext, ChangeOutcome, Error, ResourceDeleter, ResourceKey, Result};
use std::time::Duration;

#[async_trait]
impl ResourceDeleter for Tokens {
    async fn delete(
        &self,
        cx: &ChangeContext,
        key: &ResourceKey,
        known: Option<&v2::Resource>,
    ) -> Result<ChangeOutcome> {
        let id = match known {
            Some(_) => TokenId::from_vendor(&key.resource),
            None => TokenId::parse(&key.resource).map_err(|error| malformed(&error))?,
        };
        let token = known.map_or_else(|| format!("API token {id}"), shown);
        revoke(
            &self.0,
            cx,
            &id,
            known.and_then(owner).as_ref(),
            known.is_some(),
            &token,
        )
        .await
    }
}

/// Revokes a token. `known` says that an artifact has it, so that it may be gone; `owner` is whose it was there.
pub(super) async fn revoke(
    shared: &Shared,
    cx: &ChangeContext,
    id: &TokenId,
    owner: Option<&AccountId>,
    known: bool,
    token: &str,
) -> Result<ChangeOutcome> {
    let client = &shared.client;
    let says = Says {
        done: format!("{token} was revoked"),
        already: format!("{token} is gone already"),
        planned: format!("{token} would be revoked"),
    };
    let now = listed_token(client, id).await?;
    let owner = match (&now, owner) {
        (Some(listed), Some(owner)) if listed.user.id != *owner => {
            return Err(refused(format!(
                "{token} belongs to the account {} and not to {owner}: nothing was sent",
                listed.user.id
            )));
        }
        (Some(listed), _) => listed.user.id.clone(),
        (None, Some(owner)) => owner.clone(),
        (None, None) if known => {
            return Err(refused(format!(
                "cannot revoke {token}: the organization does not list it, and nobody says whose it was: it may be gone, and \
                 that is not proven"
            ))
            .with_hint("Name the account that it belongs to: the action revoke_api_token takes it as user_id"));
        }
        (None, None) => {
            return Err(not_listed(client, id));
        }
    };
    let fact = Revocation {
        client,
        owner: &owner,
        token: id,
        shown: token,
    };
    // A token that is listed is not gone, so it is not looked for again.
    if now.is_none() && before(cx, shared.clock(), &fact).await?.1 {
        return if known {
            Ok(says.already(cx))
        } else {
            Err(not_listed(client, id))
        };
    }
    // That a token works no longer is worth nothing unless it is certain, so it is looked at whether or not anyone asked.
    let cx = ChangeContext { verify: true, ..*cx };
    Ok(says.of(apply(&cx, shared.clock(), &fact).await?))
}

fn not_listed(client: &AdminClient, id: &TokenId) -> Error {
    not_found(format!(
        "no managed account of the organization {} has the API token {id}",
        client.org()
    ))
}

/// Whose token it is, as an artifact says.
pub(super) fn owner(resource: &v2::Resource) -> Option<AccountId> {
    let secret = any::pick::<v2::SecretTrait>(&resource.annotations)?.ok()?;
    let id = secret.identity_id?.resource;
    (!id.is_empty()).then(|| AccountId::from_vendor(&id))
}

/// That a token is not there.
struct Revocation<'a> {
    client: &'a AdminClient,
    owner: &'a AccountId,
    token: &'a TokenId,
    shown: &'a str,
}

#[async_trait]
impl Fact for Revocation<'_> {
    type Now = bool;

    fn action(&self) -> String {
        format!("revoke {} of the account {}", self.shown, self.owner)
    }

    /// Whether it is there. The organization lists a token late or not at all, so that its owner has it is not a contradiction.
    async fn read(&self) -> Result<bool> {
        let is_listed = listed_token(self.client, self.token).await?.is_some();
        // What the owner does not tell here is an error where it is asked whether it agrees.
        Ok(is_listed || matches!(has_token(self.client, self.owner, self.token).await, Ok(true)))
    }

    fn is_so(&self, is_there: &bool) -> Option<bool> {
        Some(!is_there)
    }

    async fn agrees(&self, _: &bool) -> Result<bool> {
        Ok(!has_token(self.client, self.owner, self.token).await?)
    }

    fn timeout(&self) -> Duration {
        wait::SOON
    }
}

impl Written for Revocation<'_> {
    fn write(&self) -> Write {
        self.client.revoke_account_token(self.owner, self.token)
    }
}
