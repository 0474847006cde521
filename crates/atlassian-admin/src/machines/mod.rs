//! Service accounts, their tokens, and OAuth clients.

mod model;

use futures_util::Stream;
use http_kit::{ApiErrorKind, Cursor, Page};
use serde::Deserialize;
use serde_json::value::RawValue;

pub use model::{OAuthClient, OAuthClientStatus, ServiceAccount, ServiceAccountToken};

use crate::client::{about, not_a_list};
use crate::operation::{
    OAUTH_CLIENTS_COUNT, OAUTH_CLIENTS_DELETE, OAUTH_CLIENTS_GET, OAUTH_CLIENTS_LIST,
    SERVICE_ACCOUNTS_CONSOLE, SERVICE_ACCOUNTS_LIST, SERVICE_OAUTH_CLIENTS_LIST, SERVICE_OAUTH_CLIENTS_OF,
    SERVICE_TOKENS_LIST, SERVICE_TOKENS_OF, SERVICE_TOKENS_REVOKE_EVERY,
};
use crate::page::VENDORS_CHOICE;
use crate::{AdminClient, AdminError, OAuthClientId, ServiceAccountId, Write};

/// Which of the two collections of service accounts is asked. They hold the same accounts; an organization has at least one of
/// them for keys that may read them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ServiceAccountRoute {
    /// The one that is documented, as experimental. It is reported to be missing in some organizations.
    #[default]
    Documented,
    /// The one that the vendor's console reads. It is documented nowhere, takes keys without scopes only and tells less.
    Console,
}

/// The confirmation that **every** token of a service account is to be revoked, made by naming the account once more.
#[derive(Debug, PartialEq, Eq)]
pub struct RevokeTokensOf(ServiceAccountId);

impl RevokeTokensOf {
    /// Confirms it for the service account with this id within the collection.
    #[must_use]
    pub fn service_account(id: ServiceAccountId) -> Self {
        Self(id)
    }
}

/// The most service accounts that the console's collection gives at once. It refuses more.
const CONSOLE_LIMIT: u16 = 80;
/// The most OAuth clients on a page.
const CLIENTS: u16 = 1000;

#[derive(Deserialize)]
struct Total {
    total: u64,
}

impl AdminClient {
    /// One page of the service accounts.
    ///
    /// # Errors
    ///
    /// [`AdminError`]. Where [`is_not_offered`](AdminError::is_not_offered) says so, the other route may have them.
    pub async fn service_accounts(
        &self,
        route: ServiceAccountRoute,
        cursor: Option<&Cursor>,
    ) -> Result<Page<ServiceAccount>, AdminError> {
        let org = &[self.org().as_str()];
        match route {
            ServiceAccountRoute::Documented => {
                self.page_by_query(SERVICE_ACCOUNTS_LIST.call(org), cursor, VENDORS_CHOICE)
                    .await
            }
            ServiceAccountRoute::Console => {
                let call = SERVICE_ACCOUNTS_CONSOLE
                    .call(org)
                    .query("limit", CONSOLE_LIMIT.to_string());
                self.page_by_query(call, cursor, CONSOLE_LIMIT).await
            }
        }
    }

    /// Every page of [`service_accounts`](Self::service_accounts), from a cursor or from the beginning.
    pub fn service_accounts_stream(
        &self,
        route: ServiceAccountRoute,
        from: Option<Cursor>,
    ) -> impl Stream<Item = Result<Page<ServiceAccount>, AdminError>> + Send + use<> {
        let client = self.clone();
        let operation = match route {
            ServiceAccountRoute::Documented => SERVICE_ACCOUNTS_LIST,
            ServiceAccountRoute::Console => SERVICE_ACCOUNTS_CONSOLE,
        };
        self.pages(operation, from, move |cursor| {
            let client = client.clone();
            async move { client.service_accounts(route, cursor.as_ref()).await }
        })
    }

    /// How many service accounts there are, which the documented listing alone tells.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub async fn count_service_accounts(&self) -> Result<u64, AdminError> {
        let call = SERVICE_ACCOUNTS_LIST.call(&[self.org().as_str()]);
        self.json(call).await.map(|Total { total }| total)
    }

    /// One page of the tokens of all service accounts; with a text only those whose label has it. Whose they are is not
    /// documented to be told.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub async fn service_account_tokens(
        &self,
        label: Option<&str>,
        cursor: Option<&Cursor>,
    ) -> Result<Page<ServiceAccountToken>, AdminError> {
        let call = SERVICE_TOKENS_LIST.call(&[self.org().as_str()]);
        let call = match label {
            Some(label) => call.query("tokenLabel", label),
            None => call,
        };
        self.page_by_query(call, cursor, VENDORS_CHOICE).await
    }

    /// One page of the tokens of a service account. With a key without scopes [`account_tokens`](Self::account_tokens) tells
    /// the same in a form that is documented.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub async fn tokens_of_service_account(
        &self,
        account: &ServiceAccountId,
        cursor: Option<&Cursor>,
    ) -> Result<Page<ServiceAccountToken>, AdminError> {
        let call = SERVICE_TOKENS_OF.call(&[self.org().as_str(), account.as_str()]);
        self.page_by_query(call, cursor, VENDORS_CHOICE).await
    }

    /// Revokes **every** token of a service account. To revoke one, see
    /// [`revoke_account_token`](Self::revoke_account_token).
    pub fn revoke_tokens_of_service_account(&self, RevokeTokensOf(account): RevokeTokensOf) -> Write {
        self.write(SERVICE_TOKENS_REVOKE_EVERY.call(&[self.org().as_str(), account.as_str()]))
    }

    /// One page of the OAuth clients of the organization, up to a thousand. It does not tell whose they are; see
    /// [`oauth_clients_of_service_account`](Self::oauth_clients_of_service_account).
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub async fn oauth_clients(&self, cursor: Option<&Cursor>) -> Result<Page<OAuthClient>, AdminError> {
        let call = OAUTH_CLIENTS_LIST
            .call(&[self.org().as_str()])
            .query("pageSize", CLIENTS.to_string());
        self.page_by_query(call, cursor, CLIENTS).await
    }

    /// Every page of [`oauth_clients`](Self::oauth_clients), from a cursor or from the beginning.
    pub fn oauth_clients_stream(
        &self,
        from: Option<Cursor>,
    ) -> impl Stream<Item = Result<Page<OAuthClient>, AdminError>> + Send + use<> {
        let client = self.clone();
        self.pages(OAUTH_CLIENTS_LIST, from, move |cursor| {
            let client = client.clone();
            async move { client.oauth_clients(cursor.as_ref()).await }
        })
    }

    /// How many OAuth clients the organization has.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub async fn count_oauth_clients(&self) -> Result<u64, AdminError> {
        self.count(OAUTH_CLIENTS_COUNT.call(&[self.org().as_str()])).await
    }

    /// An OAuth client by its id.
    ///
    /// # Errors
    ///
    /// [`AdminError`]; [`NotFound`](crate::AdminErrorKind::NotFound) when there is none.
    pub async fn oauth_client(&self, id: &OAuthClientId) -> Result<OAuthClient, AdminError> {
        let call = OAUTH_CLIENTS_GET.call(&[self.org().as_str(), id.as_str()]);
        // Whether the answer is the client or wraps it is not published.
        #[derive(Deserialize)]
        struct Wrapped {
            data: Box<RawValue>,
        }
        let read = |answer: http_kit::Answer| {
            not_a_list(&answer)?;
            let client: OAuthClient = match answer.json::<Wrapped>() {
                Ok(Wrapped { data }) => serde_json::from_str(data.get())
                    .map_err(|error| answer.error(ApiErrorKind::Undecodable, error.to_string()))?,
                Err(_) => answer.json()?,
            };
            about(&answer, id.as_str(), client.client_id.as_str())?;
            Ok(client)
        };
        self.http()
            .send_as(call, read)
            .await
            .map_err(|api| self.error(api, false))
    }

    /// Deletes an OAuth client, with which its secret works no longer.
    pub fn delete_oauth_client(&self, id: &OAuthClientId) -> Write {
        self.write(OAUTH_CLIENTS_DELETE.call(&[self.org().as_str(), id.as_str()]))
    }

    /// One page of the OAuth clients of all service accounts; with a text only those whose name has it.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub async fn service_account_oauth_clients(
        &self,
        name: Option<&str>,
        cursor: Option<&Cursor>,
    ) -> Result<Page<OAuthClient>, AdminError> {
        let call = SERVICE_OAUTH_CLIENTS_LIST.call(&[self.org().as_str()]);
        let call = match name {
            Some(name) => call.query("clientName", name),
            None => call,
        };
        self.page_by_query(call, cursor, VENDORS_CHOICE).await
    }

    /// One page of the OAuth clients of a service account. Nothing else tells whose they are.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub async fn oauth_clients_of_service_account(
        &self,
        account: &ServiceAccountId,
        cursor: Option<&Cursor>,
    ) -> Result<Page<OAuthClient>, AdminError> {
        let call = SERVICE_OAUTH_CLIENTS_OF.call(&[self.org().as_str(), account.as_str()]);
        self.page_by_query(call, cursor, VENDORS_CHOICE).await
    }

    /// Every page of [`oauth_clients_of_service_account`](Self::oauth_clients_of_service_account), from a cursor or from the
    /// beginning.
    pub fn oauth_clients_of_service_account_stream(
        &self,
        account: ServiceAccountId,
        from: Option<Cursor>,
    ) -> impl Stream<Item = Result<Page<OAuthClient>, AdminError>> + Send + use<> {
        let client = self.clone();
        self.pages(SERVICE_OAUTH_CLIENTS_OF, from, move |cursor| {
            let (client, account) = (client.clone(), account.clone());
            async move {
                client
                    .oauth_clients_of_service_account(&account, cursor.as_ref())
                    .await
            }
        })
    }
}
