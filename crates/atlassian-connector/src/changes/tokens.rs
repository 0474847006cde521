//! API tokens revoked, one at a time.

use std::time::Duration;

use async_trait::async_trait;
use atlassian_admin::{AccountId, AdminClient, AdminError, Receipt, TokenId};
use connector_sdk::proto::any;
use connector_sdk::proto::connector::v2;
use connector_sdk::{
    ChangeContext, ChangeOutcome, ChangeState, Code, Error, ResourceDeleter, ResourceKey, Result,
    WriteRequest,
};

use super::fact::{Fact, apply};
use super::live::{has_token, listed_token};
use super::outcome::Says;
use super::refusal::{malformed, not_found, refused};
use super::request::request;
use super::subject::shown;
use super::wait;
use crate::errors;
use crate::shared::Shared;
use crate::tokens::Tokens;

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
        (None, _) if known => return Ok(says.already()),
        // The organization lists it late or not at all; its owner may.
        (None, Some(owner)) if has_token(client, owner, id).await? => owner.clone(),
        (None, _) => {
            return Err(not_found(format!(
                "no managed account of the organization {} has the API token {id}",
                client.org()
            )));
        }
    };
    let fact = Revocation {
        client,
        owner: &owner,
        token: id,
        shown: token,
    };
    let applied = apply(cx, shared.clock(), &fact).await?;
    let unread = applied.state == ChangeState::Done;
    let mut outcome = says.of(applied);
    // That a token works no longer is worth nothing unless it is certain, so it is looked at whether or not anyone asked.
    if unread {
        let read = || async { Ok(fact.shows().await?.then_some(())) };
        let found = match wait::until(shared.clock(), fact.patience(), read).await {
            Ok(found) => found,
            Err(error) => return Err(error.with_requests(outcome.requests)),
        };
        if found.is_none() {
            let message = format!(
                "the vendor accepted that {token} is revoked and lists it still after {} seconds",
                fact.patience().as_secs()
            );
            return Err(Error::new(Code::Unavailable, message)
                .with_hint("Look at the token again before relying on it")
                .with_requests(outcome.requests));
        }
        outcome.state = ChangeState::Verified;
    }
    Ok(outcome)
}

/// Whose token it is, as an artifact says.
fn owner(resource: &v2::Resource) -> Option<AccountId> {
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
    fn deed(&self) -> String {
        format!("revoke {} of the account {}", self.shown, self.owner)
    }

    fn request(&self) -> WriteRequest {
        request(
            "account.tokens.revoke",
            &[self.owner.as_str(), self.token.as_str()],
            None,
        )
    }

    async fn send(&self) -> Result<Receipt, AdminError> {
        self.client.revoke_account_token(self.owner, self.token).await
    }

    async fn shows(&self) -> Result<bool> {
        Ok(listed_token(self.client, self.token).await?.is_none())
    }

    fn patience(&self) -> Duration {
        wait::SOON
    }

    fn may_be_so_already(&self, error: &AdminError) -> bool {
        errors::is_absent(error)
    }
}
