//! API tokens of accounts and API keys of the organization.

mod model;
mod query;

use futures_util::Stream;
use http_kit::{ApiError, ApiErrorKind, Cursor, Page};
use serde::Deserialize;

pub use model::{ApiToken, OrgApiKey, TokenOwner, TokenStatus};
pub use query::{KeyFilter, TimeCondition, TokenFilter, TokenPaging};

use crate::client::Count;
use crate::operation::{KEYS_COUNT, KEYS_LIST, KEYS_REVOKE, TOKENS_COUNT, TOKENS_LIST, TOKENS_REVOKE_EVERY};
use crate::parameter::{ParameterError, Params};
use crate::{AdminClient, AdminError, ApiKeyId, OrgId, Write};

/// The confirmation that **every** API token of every managed account of an organization is to be revoked.
///
/// It is made by naming the organization once more, so that no default and no configuration of a client can
/// stand in for the decision of a person.
#[derive(Debug, PartialEq, Eq)]
pub struct RevokeEveryToken(OrgId);

impl RevokeEveryToken {
    /// Confirms it for the organization with this id, as a person typed it.
    ///
    /// # Errors
    ///
    /// [`ParameterError`] when it is not an id of an organization.
    pub fn of_organization(typed: &str) -> Result<Self, ParameterError> {
        OrgId::parse(typed).map(Self)
    }
}

/// Counts are documented as a bare number here, and as an object everywhere else.
#[derive(Deserialize)]
#[serde(untagged)]
enum AnyCount {
    Bare(u64),
    Wrapped(Count),
}

impl AdminClient {
    /// One page of the API tokens of managed accounts, up to a thousand. Tokens of other accounts are not
    /// visible.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub async fn api_tokens(&self, cursor: Option<&Cursor>) -> Result<Page<ApiToken>, AdminError> {
        self.query_api_tokens(&TokenFilter::default(), &TokenPaging::default(), cursor)
            .await
    }

    /// Every page of [`api_tokens`](Self::api_tokens), from a cursor or from the beginning.
    pub fn api_tokens_stream(
        &self,
        from: Option<Cursor>,
    ) -> impl Stream<Item = Result<Page<ApiToken>, AdminError>> + Send + use<> {
        self.query_api_tokens_stream(TokenFilter::default(), TokenPaging::default(), from)
    }

    /// One page of the API tokens that fit a filter.
    ///
    /// # Errors
    ///
    /// [`AdminError`]; this surface answers what it does not like with a 500.
    pub async fn query_api_tokens(
        &self,
        filter: &TokenFilter,
        paging: &TokenPaging,
        cursor: Option<&Cursor>,
    ) -> Result<Page<ApiToken>, AdminError> {
        let mut params = Params::default();
        paging.send(&mut params);
        filter.send(&mut params);
        self.page_by_query(
            TOKENS_LIST.call_with(&[self.org().as_str()], &params),
            cursor,
            paging.page_size(),
        )
        .await
    }

    /// Every page of [`query_api_tokens`](Self::query_api_tokens), from a cursor or from the beginning.
    pub fn query_api_tokens_stream(
        &self,
        filter: TokenFilter,
        paging: TokenPaging,
        from: Option<Cursor>,
    ) -> impl Stream<Item = Result<Page<ApiToken>, AdminError>> + Send + use<> {
        let client = self.clone();
        self.pages(TOKENS_LIST, from, move |cursor| {
            let (client, filter, paging) = (client.clone(), filter.clone(), paging.clone());
            async move { client.query_api_tokens(&filter, &paging, cursor.as_ref()).await }
        })
    }

    /// How many API tokens fit a filter.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub async fn count_api_tokens(&self, filter: &TokenFilter) -> Result<u64, AdminError> {
        let mut params = Params::default();
        filter.send(&mut params);
        self.count(TOKENS_COUNT.call_with(&[self.org().as_str()], &params))
            .await
    }

    /// Revokes **every** API token of every managed account of the organization. To revoke one, see
    /// [`revoke_account_token`](Self::revoke_account_token).
    ///
    /// # Errors
    ///
    /// [`AdminError`]; [`Invalid`](crate::AdminErrorKind::Invalid), with nothing sent, when the confirmation
    /// names another organization than this client's.
    pub fn revoke_every_api_token(&self, confirmation: RevokeEveryToken) -> Write {
        let write = self.write(TOKENS_REVOKE_EVERY.call(&[self.org().as_str()]));
        if confirmation.0 != *self.org() {
            let reason = "not sent: the confirmation names another organization";
            let refused = ApiError::new(ApiErrorKind::Invalid, TOKENS_REVOKE_EVERY.name, reason);
            return write.refuse(self.error(refused, false));
        }
        write
    }

    /// One page of the API keys of the organization that fit a filter.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub async fn api_keys(
        &self,
        filter: &KeyFilter,
        paging: &TokenPaging,
        cursor: Option<&Cursor>,
    ) -> Result<Page<OrgApiKey>, AdminError> {
        let mut params = Params::default();
        paging.send(&mut params);
        filter.send(&mut params);
        self.page_by_query(
            KEYS_LIST.call_with(&[self.org().as_str()], &params),
            cursor,
            paging.page_size(),
        )
        .await
    }

    /// Every page of [`api_keys`](Self::api_keys), from a cursor or from the beginning.
    pub fn api_keys_stream(
        &self,
        filter: KeyFilter,
        paging: TokenPaging,
        from: Option<Cursor>,
    ) -> impl Stream<Item = Result<Page<OrgApiKey>, AdminError>> + Send + use<> {
        let client = self.clone();
        self.pages(KEYS_LIST, from, move |cursor| {
            let (client, filter, paging) = (client.clone(), filter.clone(), paging.clone());
            async move { client.api_keys(&filter, &paging, cursor.as_ref()).await }
        })
    }

    /// How many API keys of the organization fit a filter.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub async fn count_api_keys(&self, filter: &KeyFilter) -> Result<u64, AdminError> {
        let mut params = Params::default();
        filter.send(&mut params);
        self.count(KEYS_COUNT.call_with(&[self.org().as_str()], &params))
            .await
    }

    /// Revokes an API key of the organization. Nothing keeps this client from revoking its own.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub fn revoke_api_key(&self, key: &ApiKeyId) -> Write {
        self.write(KEYS_REVOKE.call(&[self.org().as_str(), key.as_str()]))
    }

    pub(crate) async fn count(&self, call: http_kit::Call) -> Result<u64, AdminError> {
        Ok(match self.json(call).await? {
            AnyCount::Bare(count) | AnyCount::Wrapped(Count { count }) => count,
        })
    }
}
