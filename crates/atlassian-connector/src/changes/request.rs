//! A write as it is told: before it is sent, and in the outcome.

use atlassian_admin::OPERATIONS;
use connector_sdk::WriteRequest;
use http_kit::{Idempotency, Path};
use serde_json::Value;

/// A write of the client's table.
pub(super) struct Write {
    /// As it is told.
    pub(super) request: WriteRequest,
    /// Whether a second sending leaves what one leaves, so that it may be sent again where its effect is absent.
    pub(super) idempotent: bool,
}

/// The write of an operation by its name in the client's table; each value fills the next parameter of the path.
pub(super) fn write(operation: &str, values: &[&str], body: Option<Value>) -> Write {
    let operation = OPERATIONS
        .iter()
        .find(|known| known.name == operation)
        .expect("an operation of the client's table");
    let mut values = values.iter();
    let path = operation
        .path
        .trim_start_matches('/')
        .split('/')
        .fold(Path::new(), |path, part| match part.starts_with('{') {
            true => path.seg(values.next().copied().unwrap_or_default()),
            false => path.lit(part),
        });
    Write {
        request: WriteRequest {
            method: operation.method.to_string(),
            path: path.as_str().to_owned(),
            body,
            status: None,
            request_id: None,
        },
        idempotent: operation.twice == Idempotency::Idempotent,
    }
}
