//! A transport that answers from a script, for tests without sockets (feature `testing`).
//!
//! ```
//! # use std::sync::Arc;
//! # use http::Method;
//! # use http_kit::testing::{FakeTransport, Reply};
//! # use http_kit::{Call, HttpClient};
//! # use serde_json::{Value, json};
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let fake = FakeTransport::new().on(Method::GET, "/things/*", [Reply::json(200, &json!({"name": "one"}))]);
//! let client = HttpClient::builder(Arc::new(fake.clone()), "https://api.test".parse()?).build()?;
//!
//! let thing: Value = client.json(Call::get("things.get", "things/1")).await?;
//!
//! assert_eq!(thing["name"], "one");
//! assert_eq!(fake.requests()[0].path, "/things/1");
//! assert_eq!(fake.unused(), 0);
//! # Ok::<_, Box<dyn std::error::Error>>(()) }).unwrap();
//! ```

use crate::clock::{Clock, ManualClock};
use crate::transport::{Request, Response, Transport, TransportError, TransportErrorKind};
use async_trait::async_trait;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde::Serialize;
use serde_json::Value;
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Answers requests from a script and records them. Clones are the same transport.
///
/// A request that the script does not foresee gets [`TransportErrorKind::Other`], which is never tried again and
/// says in its text what is missing.
#[derive(Clone, Debug, Default)]
pub struct FakeTransport {
    state: Arc<Mutex<State>>,
    clock: Option<ManualClock>,
}

/// What the script answers to one request.
#[derive(Clone, Debug)]
pub struct Reply {
    outcome: Result<Response, TransportErrorKind>,
    takes: Duration,
}

/// A request as it came in.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Recorded {
    /// The method.
    pub method: Method,
    /// The path, encoded.
    pub path: String,
    /// The parameters of the query in their order, decoded.
    pub query: Vec<(String, String)>,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; empty if there was none.
    pub body: Bytes,
    /// The time the transport was given.
    pub timeout: Duration,
}

#[derive(Debug, Default)]
struct State {
    rules: Vec<Rule>,
    requests: Vec<Recorded>,
}

#[derive(Debug)]
struct Rule {
    /// Any method without one.
    method: Option<Method>,
    pattern: String,
    replies: Replies,
}

enum Replies {
    Listed(VecDeque<Reply>),
    Made(Arc<dyn Fn(&Recorded) -> Reply + Send + Sync>),
}

// === impl FakeTransport ===

impl FakeTransport {
    /// An empty script.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets [`Reply::takes`] move this clock.
    #[must_use]
    pub fn with_clock(mut self, clock: &ManualClock) -> Self {
        self.clock = Some(clock.clone());
        self
    }

    /// Answers requests of `method` to paths of `pattern` with `replies`, one after the other. In the pattern `*`
    /// stands for one segment, and `**` at its end for all that follow. The first rule that matches and is not used
    /// up answers.
    #[must_use]
    pub fn on(self, method: Method, pattern: &str, replies: impl IntoIterator<Item = Reply>) -> Self {
        self.rule(
            Some(method),
            pattern,
            Replies::Listed(replies.into_iter().collect()),
        )
    }

    /// Answers every request of `method` to paths of `pattern` with what `make` makes of it.
    #[must_use]
    pub fn on_fn(
        self,
        method: Method,
        pattern: &str,
        make: impl Fn(&Recorded) -> Reply + Send + Sync + 'static,
    ) -> Self {
        self.rule(Some(method), pattern, Replies::Made(Arc::new(make)))
    }

    /// Answers every request, whatever its method and path, with what `make` makes of it.
    #[must_use]
    pub fn on_any_fn(self, make: impl Fn(&Recorded) -> Reply + Send + Sync + 'static) -> Self {
        self.rule(None, "/**", Replies::Made(Arc::new(make)))
    }

    /// All requests so far, in the order of their arrival.
    pub fn requests(&self) -> Vec<Recorded> {
        self.state().requests.clone()
    }

    /// How many listed replies were not asked for.
    pub fn unused(&self) -> usize {
        self.state().rules.iter().map(|rule| rule.replies.left()).sum()
    }

    fn rule(self, method: Option<Method>, pattern: &str, replies: Replies) -> Self {
        self.state().rules.push(Rule {
            method,
            pattern: pattern.to_owned(),
            replies,
        });
        self
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next_reply(&self, request: Recorded) -> Result<Reply, TransportError> {
        let mut state = self.state();
        let mut made = None;
        let mut found = None;
        for rule in state.rules.iter_mut().filter(|rule| rule.matches(&request)) {
            match &mut rule.replies {
                Replies::Listed(replies) => found = replies.pop_front(),
                Replies::Made(make) => made = Some(Arc::clone(make)),
            }
            if found.is_some() || made.is_some() {
                break;
            }
        }
        let missing = format!(
            "the script has no reply left for {} {}",
            request.method, request.path
        );
        state.requests.push(request.clone());
        // A reply is made outside the lock, so that the maker may look at the requests.
        drop(state);
        found
            .or_else(|| made.map(|make| make(&request)))
            .ok_or_else(|| TransportError::new(TransportErrorKind::Other).with_source(missing))
    }
}

#[async_trait]
impl Transport for FakeTransport {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let timeout = request.timeout;
        let reply = self.next_reply(Recorded::from(request))?;
        if let Some(clock) = &self.clock {
            clock.sleep(reply.takes.min(timeout)).await;
        }
        if reply.takes > timeout {
            return Err(TransportError::new(TransportErrorKind::Timeout));
        }
        reply.outcome.map_err(TransportError::new)
    }
}

// === impl Reply ===

impl Reply {
    /// An answer with a status and no body.
    ///
    /// # Panics
    ///
    /// If `status` is not a status of HTTP, from 100 to 999.
    pub fn status(status: u16) -> Self {
        let status = StatusCode::from_u16(status).expect("a status from 100 to 999");
        let response = Response {
            status,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        };
        Self {
            outcome: Ok(response),
            takes: Duration::ZERO,
        }
    }

    /// An answer with a status and a JSON body.
    ///
    /// # Panics
    ///
    /// As [`Reply::status`], and if `body` cannot be serialized.
    pub fn json(status: u16, body: &(impl Serialize + ?Sized)) -> Self {
        let body = serde_json::to_vec(body).expect("a body that can be serialized");
        Self::status(status)
            .body(body)
            .header(CONTENT_TYPE.as_str(), "application/json")
    }

    /// No answer.
    pub fn fault(kind: TransportErrorKind) -> Self {
        Self {
            outcome: Err(kind),
            takes: Duration::ZERO,
        }
    }

    /// With this body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        if let Ok(response) = &mut self.outcome {
            response.body = body.into();
        }
        self
    }

    /// With this header added.
    ///
    /// # Panics
    ///
    /// If name or value cannot be those of a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Ok(response) = &mut self.outcome {
            let name = HeaderName::try_from(name).expect("a name of a header");
            response
                .headers
                .append(name, HeaderValue::from_str(value).expect("a value of a header"));
        }
        self
    }

    /// After this time, on the clock of the transport; a timeout if the request does not allow that much.
    #[must_use]
    pub fn takes(mut self, time: Duration) -> Self {
        self.takes = time;
        self
    }
}

// === impl Recorded ===

impl Recorded {
    /// The first value of a parameter of the query.
    pub fn query_value(&self, key: &str) -> Option<&str> {
        self.query
            .iter()
            .find_map(|(name, value)| (name == key).then_some(value.as_str()))
    }

    /// The body as JSON; `null` if it is not.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

impl From<Request> for Recorded {
    fn from(request: Request) -> Self {
        Self {
            path: request.url.path().to_owned(),
            query: request.url.query_pairs().into_owned().collect(),
            method: request.method,
            headers: request.headers,
            body: request.body.unwrap_or_default(),
            timeout: request.timeout,
        }
    }
}

// === impl Rule ===

impl Rule {
    fn matches(&self, request: &Recorded) -> bool {
        self.method
            .as_ref()
            .is_none_or(|method| *method == request.method)
            && path_matches(&self.pattern, &request.path)
    }
}

fn path_matches(pattern: &str, path: &str) -> bool {
    let mut pattern = pattern.trim_matches('/').split('/').peekable();
    let mut path = path.trim_matches('/').split('/');
    loop {
        match (pattern.next(), path.next()) {
            (Some("**"), _) if pattern.peek().is_none() => return true,
            (None, None) => return true,
            (Some(expected), Some(segment)) if expected == "*" || expected == segment => {}
            _ => return false,
        }
    }
}

// === impl Replies ===

impl Replies {
    fn left(&self) -> usize {
        match self {
            Self::Listed(replies) => replies.len(),
            Self::Made(_) => 0,
        }
    }
}

impl fmt::Debug for Replies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listed(replies) => write!(f, "{} left", replies.len()),
            Self::Made(_) => f.write_str("made on demand"),
        }
    }
}
