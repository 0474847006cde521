//! Several operations with one request (RFC 7644 §3.7).

mod request;
mod response;

pub use request::{BulkOperation, BulkRequest, BulkRequestBuilder};
pub use response::{BulkOutcome, BulkResponse};

use crate::client::ScimClient;
use crate::error::ScimError;
use crate::operation::BULK;

pub(crate) async fn send(client: &ScimClient, request: &BulkRequest) -> Result<BulkResponse, ScimError> {
    let profile = client.profile();
    let body = client.allowed(request.body(profile))?;
    let body = serde_json::to_vec(&body)
        .map_err(|_| client.bad(crate::ParameterError::NotJson { parameter: "body" }))?;
    client.allowed(profile.check_bulk(&BULK, request.operations().len(), body.len()))?;
    let call = client.with_bytes(client.call(&BULK, &[]), body.into());
    let answer = client.send(call).await?;
    BulkResponse::read(&answer, request.operations().len()).map_err(|error| client.failed(error))
}
