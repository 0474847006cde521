//! What a case sent and what became of it.

use super::case::Told;
use async_trait::async_trait;
use http_kit::{Request, Response, Transport, TransportError};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// A case that was played. `Display` shows it for a snapshot: every request with its body and the status of its answer,
/// and what was read or the error.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Played {
    /// The name of the case.
    pub case: &'static str,
    /// Who answered it when it was recorded: `simulator`, `fault` or `documentation`.
    pub origin: &'static str,
    /// The requests.
    pub sent: Vec<Sent>,
    /// What became of it.
    pub told: Told,
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sent {
    /// Method, path and decoded query.
    pub line: String,
    /// The body, if there was one.
    pub body: String,
    /// The status of the answer; `None` if there was no answer.
    pub status: Option<u16>,
}

/// Takes note of what passes.
#[derive(Debug)]
pub(super) struct Spy {
    inner: Arc<dyn Transport>,
    sent: Mutex<Vec<Sent>>,
}

impl Spy {
    pub(super) fn new(inner: Arc<dyn Transport>) -> Arc<Self> {
        Arc::new(Self {
            inner,
            sent: Mutex::default(),
        })
    }

    pub(super) fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Transport for Spy {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let query: Vec<String> = request
            .url
            .query_pairs()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        let mut line = format!("{} {}", request.method, request.url.path());
        if !query.is_empty() {
            line.push('?');
            line.push_str(&query.join("&"));
        }
        let body = request.body.as_deref().unwrap_or_default();
        let body = String::from_utf8_lossy(body).into_owned();
        let outcome = self.inner.send(request).await;
        let status = outcome.as_ref().ok().map(|response| response.status.as_u16());
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        sent.push(Sent { line, body, status });
        outcome
    }
}

impl fmt::Display for Played {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# {} ({})", self.case, self.origin)?;
        for sent in &self.sent {
            writeln!(f, "{sent}")?;
        }
        match &self.told {
            Ok(text) => write!(f, "{text}"),
            Err(text) => write!(f, "error: {text}"),
        }
    }
}

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.line)?;
        if !self.body.is_empty() {
            writeln!(f, "{}", self.body)?;
        }
        match self.status {
            Some(status) => write!(f, "-> {status}"),
            None => write!(f, "-> no answer"),
        }
    }
}
