//! API tokens of accounts and API keys of the organization.

mod model;

use futures_util::Stream;
use http_kit::{Cursor, Page};

pub use model::{ApiToken, OrgApiKey, TokenOwner, TokenStatus};

use crate::operation::TOKENS_LIST;
use crate::{AdminClient, AdminError};

impl AdminClient {
    /// One page of the API tokens of managed accounts, up to a thousand. Tokens of other accounts are not visible.
    ///
    /// # Errors
    ///
    /// [`AdminError`].
    pub async fn api_tokens(&self, cursor: Option<&Cursor>) -> Result<Page<ApiToken>, AdminError> {
        // This surface calls it pageSize, and answers an unknown parameter such as limit with a bare 500.
        let call = TOKENS_LIST.call(&[self.org().as_str()]).query("pageSize", "1000");
        self.page_by_query(call, cursor, "id").await
    }

    /// Every page of [`api_tokens`](Self::api_tokens), from a cursor or from the beginning.
    pub fn api_tokens_stream(
        &self,
        from: Option<Cursor>,
    ) -> impl Stream<Item = Result<Page<ApiToken>, AdminError>> + Send + use<> {
        let client = self.clone();
        self.pages(TOKENS_LIST, from, move |cursor| {
            let client = client.clone();
            async move { client.api_tokens(cursor.as_ref()).await }
        })
    }
}
