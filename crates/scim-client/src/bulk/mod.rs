//! Several operations with one request (RFC 7644 §3.7).

mod request;
mod response;

pub use request::{BulkOperation, BulkRequest, BulkRequestBuilder};
pub use response::{BulkOutcome, BulkResponse};

use crate::client::{ScimClient, Write};
use crate::error::ScimError;
use crate::operation::BULK;
use http_kit::Call;

pub(crate) fn write(client: &ScimClient, request: &BulkRequest) -> Write<BulkResponse> {
    let asked = request.operations().len();
    client.write(&BULK, &[], call(client, request), move |client, answer| {
        BulkResponse::read(answer, asked).map_err(|error| client.failed(error))
    })
}

fn call(client: &ScimClient, request: &BulkRequest) -> Result<Call, ScimError> {
    let profile = client.profile();
    let body = client.allowed(request.body(profile))?;
    let body = serde_json::to_vec(&body)
        .map_err(|_| client.bad(crate::ParameterError::NotJson { parameter: "body" }))?;
    client.allowed(profile.check_bulk(&BULK, request.operations().len(), body.len()))?;
    Ok(client.with_bytes(client.call(&BULK, &[]), body.into()))
}
