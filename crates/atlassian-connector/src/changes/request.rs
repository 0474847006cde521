//! A write as it is told: before it is sent, and in the outcome.

use atlassian_admin::OPERATIONS;
use connector_sdk::WriteRequest;
use http_kit::Path;
use serde_json::Value;

/// The write of an operation by its name in the client's table; each value fills the next parameter of the path.
pub(super) fn request(operation: &str, values: &[&str], body: Option<Value>) -> WriteRequest {
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
    WriteRequest {
        method: operation.method.to_string(),
        path: path.as_str().to_owned(),
        body,
        status: None,
        request_id: None,
    }
}
