//! What a server says of itself (RFC 7644 §4): configuration, schemas, kinds of resources.

mod config;
mod resource_type;
mod schema;

use http_kit::{ApiErrorKind, Page};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

pub use config::{AuthenticationScheme, Bulk, Filtering, Pagination, ServiceProviderConfig, Supported};
pub use resource_type::{ResourceType, SchemaExtension};
pub use schema::{Mutability, Returned, Schema, SchemaAttribute, Uniqueness};

use crate::client::ScimClient;
use crate::decode::Attributes;
use crate::error::ScimError;
use crate::operation::{CONFIG, Operation, RESOURCE_TYPE, RESOURCE_TYPES, SCHEMA, SCHEMAS};
use crate::page;

/// Reads what a server says of itself. Made by [`ScimClient::discovery`].
///
/// These documents are small and are not cut into pages (RFC 7644 §4).
#[derive(Clone, Debug)]
pub struct Discovery {
    client: ScimClient,
}

impl Discovery {
    pub(crate) fn new(client: ScimClient) -> Self {
        Self { client }
    }

    /// What the server offers. Give it to [`Profile::restricted_by`](crate::Profile::restricted_by).
    ///
    /// # Errors
    ///
    /// [`ScimError`].
    pub async fn config(&self) -> Result<ServiceProviderConfig, ScimError> {
        self.one(&CONFIG, &[]).await
    }

    /// The schemas, with those that cannot be read as rows of their own.
    ///
    /// # Errors
    ///
    /// [`ScimError`].
    pub async fn schemas(&self) -> Result<Page<Schema>, ScimError> {
        self.all(&SCHEMAS).await
    }

    /// One schema by its URN.
    ///
    /// # Errors
    ///
    /// [`ScimError`]; [`NotFound`](crate::ScimErrorKind::NotFound) when the server does not have it.
    pub async fn schema(&self, urn: &str) -> Result<Schema, ScimError> {
        self.one(&SCHEMA, &[urn]).await
    }

    /// The kinds of resources, with those that cannot be read as rows of their own.
    ///
    /// # Errors
    ///
    /// [`ScimError`].
    pub async fn resource_types(&self) -> Result<Page<ResourceType>, ScimError> {
        self.all(&RESOURCE_TYPES).await
    }

    /// One kind of resources by its name, such as `User`.
    ///
    /// # Errors
    ///
    /// [`ScimError`]; [`NotFound`](crate::ScimErrorKind::NotFound) when the server does not have it.
    pub async fn resource_type(&self, name: &str) -> Result<ResourceType, ScimError> {
        self.one(&RESOURCE_TYPE, &[name]).await
    }

    async fn one<T: DeserializeOwned + Attributes>(
        &self,
        operation: &Operation,
        values: &[&str],
    ) -> Result<T, ScimError> {
        let answer = self.client.send(self.client.call(operation, values)).await?;
        let document = answer.json().map_err(|error| self.client.failed(error))?;
        let members: Map<String, Value> = answer.json().map_err(|error| self.client.failed(error))?;
        if members.keys().any(|name| is_own::<T>(name)) {
            return Ok(document);
        }
        let reason = "the answer is not the document that was asked for: it has none of its attributes";
        Err(self
            .client
            .failed(answer.error(ApiErrorKind::Undecodable, reason)))
    }

    async fn all<T: DeserializeOwned>(&self, operation: &Operation) -> Result<Page<T>, ScimError> {
        let answer = self.client.send(self.client.call(operation, &[])).await?;
        page::decode_all(&answer).map_err(|error| self.client.failed(error))
    }
}

/// Whether an attribute is one of these documents and of no other, such as an error.
fn is_own<T: Attributes>(name: &str) -> bool {
    let is = |other: &&str| name.eq_ignore_ascii_case(other);
    T::NAMES.iter().any(is) && !["schemas", "meta"].iter().any(is)
}
