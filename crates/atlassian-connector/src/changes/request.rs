//! A write as it is shown and kept: before it is sent, and in the outcome.

use connector_sdk::WriteRequest;
use http_kit::Write;

/// What a write will send.
pub(super) fn described<T, E>(write: &Write<T, E>) -> WriteRequest {
    let request = WriteRequest::new(write.method().as_str(), write.path());
    match write.body() {
        Some(body) => request.body(body),
        None => request,
    }
}
