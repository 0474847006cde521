//! Whether the clock of this machine is right, by what the vendor says the time is.

use async_trait::async_trait;
use connector_sdk::{Finding, Verdict};
use http_kit::{Clock, Request, Response, Transport, TransportError};
use jiff::{SignedDuration, Timestamp};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use url::Url;

/// From here on, "valid until" and "try again at" are misread.
const SKEW: SignedDuration = SignedDuration::from_secs(60);

/// A transport that notes what the vendor says the time is in each response.
pub struct ClockWatch {
    inner: Arc<dyn Transport>,
    said: Mutex<Option<Timestamp>>,
}

impl ClockWatch {
    /// Watches what comes through this transport.
    #[must_use]
    pub fn new(inner: Arc<dyn Transport>) -> Self {
        Self {
            inner,
            said: Mutex::new(None),
        }
    }

    /// How far the clock of this machine is from the vendor's, if the vendor said the time.
    #[must_use]
    pub fn finding(&self, clock: &dyn Clock) -> Option<Finding> {
        let said = (*self.said.lock().unwrap_or_else(PoisonError::into_inner))?;
        Some(judged(clock.now().duration_since(said)))
    }
}

fn judged(ahead: SignedDuration) -> Finding {
    if ahead.abs() < SKEW {
        return Finding::new("clock", Verdict::Works, "as the vendor's, within a minute");
    }
    let way = if ahead.is_negative() { "behind" } else { "ahead of" };
    Finding::new(
        "clock",
        Verdict::Lacks,
        format!("{} s {way} the vendor's", ahead.abs().as_secs()),
    )
    .advice("Set the clock of this machine: expiry dates and waits are misread otherwise")
}

#[async_trait]
impl Transport for ClockWatch {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let response = self.inner.send(request).await?;
        let date = response.headers.get("date").and_then(|date| date.to_str().ok());
        let date = date.and_then(|date| httpdate::parse_http_date(date).ok());
        if let Some(date) = date.and_then(|date| Timestamp::try_from(date).ok()) {
            *self.said.lock().unwrap_or_else(PoisonError::into_inner) = Some(date);
        }
        Ok(response)
    }

    fn prepare(&self, base: &Url) -> Result<(), TransportError> {
        self.inner.prepare(base)
    }
}

impl fmt::Debug for ClockWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClockWatch")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_wrong_is_told_with_its_way() {
        let found = |seconds| {
            let finding = judged(SignedDuration::from_secs(seconds));
            (finding.verdict, finding.found)
        };
        assert_eq!(found(-59).0, Verdict::Works);
        let behind = "3600 s behind the vendor's".to_owned();
        assert_eq!(found(-3600), (Verdict::Lacks, behind));
        assert_eq!(found(60).1, "60 s ahead of the vendor's");
    }
}
