//! A write as a value: what it will send can be shown and kept before it is sent.

use crate::call::{Call, Idempotency};
use crate::client::HttpClient;
use http::Method;
use serde_json::Value;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;

/// A future of a [`Write`].
pub type WriteFuture<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

type Sender<T, E> = Box<dyn FnOnce(Call) -> WriteFuture<T, E> + Send>;

/// A write that was prepared and not sent: it shows its method, path and body, and sends exactly these.
///
/// A dry run shows it, an audit log keeps it, and `.await` or [`send`](Self::send) sends it, once. A client's method for
/// a write returns one, so there is no second place where a request is described.
///
/// A write that the client does not let through (a profile forbids it, a value does not fit) is a `Write` as well, so
/// that methods need not return two things: [`refused`](Self::refused) has the error, and so has sending it.
///
/// `Debug` shows operation, method and path: no query, no body.
#[must_use = "a write does nothing until it is sent"]
pub struct Write<T, E> {
    call: Call,
    path: String,
    refused: Option<E>,
    send: Sender<T, E>,
}

impl<T, E> Write<T, E> {
    /// A write of `call` over `http`, which `send` sends and whose response it reads.
    pub fn new<F, Fut>(http: &HttpClient, call: Call, send: F) -> Self
    where
        F: FnOnce(Call) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
    {
        let base = http.base_url().path().trim_end_matches('/');
        Self {
            path: format!("{base}{}", call.path.as_str()),
            call,
            refused: None,
            send: Box::new(|call| Box::pin(send(call))),
        }
    }

    /// The same write, which is not let through: sending it is this error, and nothing leaves.
    pub fn refuse(mut self, error: E) -> Self {
        self.refused = Some(error);
        self
    }

    /// Why it will not be sent, if the client does not let it through.
    pub fn refused(&self) -> Option<&E> {
        self.refused.as_ref()
    }

    /// The name of the operation.
    pub fn operation(&self) -> &'static str {
        self.call.operation
    }

    /// The HTTP method.
    pub fn method(&self) -> &Method {
        &self.call.method
    }

    /// The path of the request, encoded, with the path of the base address before it; without host and query.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The query, encoded; empty where there is none.
    pub fn query(&self) -> &str {
        &self.call.query
    }

    /// The body, if it has one and it is JSON. **It may hold personal data**, and what the caller put into it.
    pub fn body(&self) -> Option<Value> {
        serde_json::from_slice(self.call.body.as_ref()?).ok()
    }

    /// What a second sending may do.
    pub fn idempotency(&self) -> Idempotency {
        self.call.idempotency
    }

    /// Sends it.
    ///
    /// # Errors
    ///
    /// Those of the client's method that made it.
    pub async fn send(self) -> Result<T, E> {
        match self.refused {
            Some(error) => Err(error),
            None => (self.send)(self.call).await,
        }
    }

    /// The same write with another form of its result.
    pub fn map<U>(self, change: impl FnOnce(T) -> U + Send + 'static) -> Write<U, E>
    where
        T: 'static,
        E: 'static,
    {
        let send = self.send;
        Write {
            call: self.call,
            path: self.path,
            refused: self.refused,
            send: Box::new(|call| {
                let sent = send(call);
                Box::pin(async move { sent.await.map(change) })
            }),
        }
    }
}

impl<T: 'static, E: Send + 'static> IntoFuture for Write<T, E> {
    type Output = Result<T, E>;
    type IntoFuture = WriteFuture<T, E>;

    fn into_future(self) -> Self::IntoFuture {
        match self.refused {
            Some(error) => Box::pin(async { Err(error) }),
            None => (self.send)(self.call),
        }
    }
}

impl<T, E> fmt::Debug for Write<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Write")
            .field("operation", &self.operation())
            .field("method", self.method())
            .field("path", &self.path)
            .field("refused", &self.refused.is_some())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::future::IntoFuture;
    use std::sync::Arc;

    use futures_util::FutureExt;
    use serde_json::json;

    use super::Write;
    use crate::testing::{FakeTransport, Reply};
    use crate::{ApiError, ApiErrorKind, Call, HttpClient};

    fn bench() -> (Arc<FakeTransport>, HttpClient) {
        let transport = Arc::new(FakeTransport::new().on_any_fn(|_| Reply::status(204)));
        let base = "http://127.0.0.1:1/api/".parse().expect("an address");
        let client = HttpClient::builder(Arc::clone(&transport) as _, base).build();
        (transport, client.expect("a client"))
    }

    fn invite(http: &HttpClient) -> Write<u16, ApiError> {
        let call = Call::post("people.invite", "people")
            .query("mail", "no")
            .json(&json!({"name": "ines"}));
        let client = http.clone();
        Write::new(http, call, |call| async move {
            client.send(call).await.map(|answer| answer.status.as_u16())
        })
    }

    #[test]
    fn what_is_shown_is_what_is_sent() {
        let (transport, http) = bench();
        let write = invite(&http);
        assert_eq!(write.refused().map(ToString::to_string), None);
        let shown = (
            write.method().clone(),
            write.path().to_owned(),
            write.query().to_owned(),
            write.body(),
        );
        assert!(
            transport.requests().is_empty(),
            "nothing is sent before it is awaited"
        );
        assert_eq!(
            write
                .map(u32::from)
                .send()
                .now_or_never()
                .expect("at once")
                .expect("a status"),
            204
        );
        let sent = &transport.requests()[0];
        assert_eq!(
            shown,
            (
                sent.method.clone(),
                sent.path.clone(),
                "mail=no".into(),
                Some(sent.json())
            )
        );
    }

    #[test]
    fn what_is_refused_is_not_sent() {
        let (transport, http) = bench();
        let refuse = || {
            let why = ApiError::new(ApiErrorKind::Invalid, "people.invite", "the name is blank");
            invite(&http).refuse(why)
        };
        assert!(refuse().refused().is_some());
        assert!(!format!("{:?}", refuse()).contains("ines"), "Debug shows no body");
        refuse()
            .send()
            .now_or_never()
            .expect("at once")
            .expect_err("refused");
        let mapped = refuse().map(|_| ()).into_future();
        mapped.now_or_never().expect("at once").expect_err("refused");
        assert!(transport.requests().is_empty());
    }
}
