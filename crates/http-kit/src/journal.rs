//! Writes noted one by one, and writes that are not to be sent any more.

use async_trait::async_trait;
use http::Method;

/// Where the sendings of writes are noted: before each leaves, and when its answer is there. It may also say that no more is to
/// be sent; then waits for the next sending end, and so does the call: [`ApiErrorKind::Stopped`](crate::ApiErrorKind::Stopped).
///
/// A client asks for [that of the moment](crate::HttpClientBuilder::journal) when a write begins.
#[async_trait]
pub trait Journal: Send + Sync {
    /// Notes a write that is about to leave, and returns its number. `None` where no more is to be sent.
    fn begin(&self, method: &Method, path: &str) -> Option<usize>;

    /// Notes the status of the answer, and the server's id of the request. Of a write without an answer nobody knows what came.
    fn answered(&self, number: usize, status: u16, request_id: Option<String>);

    /// Notes that a write did not leave after all: no connection, say.
    fn not_sent(&self, number: usize);

    /// Completes when no more is to be sent.
    async fn closed(&self);
}

/// Finds the journal of the moment, if there is one.
pub type FindJournal = fn() -> Option<Box<dyn Journal>>;
