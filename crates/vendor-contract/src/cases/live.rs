//! Whoever answers the present case.

use super::case::Example;
use async_trait::async_trait;
use bytes::Bytes;
use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use http_kit::{Request, Response, Transport, TransportError, TransportErrorKind};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// The cookie that every live answer sets. It must be found nowhere.
pub const COOKIE: &str = "cnry-cookie-5b1f0e7a94c2d863";

/// Answers each case as its origin does. One for all recordings of a run, so that a transport around it (which checks the
/// exchanges, say) sees them all.
#[derive(Clone, Debug, Default)]
pub struct Live(Arc<Switch>);

#[derive(Default)]
struct Switch(Mutex<Option<Arc<dyn Transport>>>);

/// Gives one answer to whatever is asked.
#[derive(Debug)]
pub(super) struct Documented(pub(super) Example);

impl Live {
    /// Nobody answers yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The transport, to be put into others.
    pub fn transport(&self) -> Arc<dyn Transport> {
        self.0.clone()
    }

    pub(super) fn answer_by(&self, transport: Arc<dyn Transport>) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(transport);
    }
}

#[async_trait]
impl Transport for Switch {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let present = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(present) = present else {
            return Err(TransportError::new(TransportErrorKind::Connect));
        };
        let mut response = present.send(request).await?;
        let cookie = format!("session={COOKIE}; Secure; HttpOnly");
        let cookie = HeaderValue::try_from(cookie).expect("the characters of a header");
        response.headers.append(SET_COOKIE, cookie);
        Ok(response)
    }
}

impl fmt::Debug for Switch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Switch").finish_non_exhaustive()
    }
}

#[async_trait]
impl Transport for Documented {
    async fn send(&self, _: Request) -> Result<Response, TransportError> {
        let Example {
            status,
            headers,
            body,
        } = &self.0;
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        Ok(Response {
            status: StatusCode::from_u16(*status).expect("a status of the documentation"),
            headers,
            body: Bytes::from(body.clone()),
        })
    }
}
