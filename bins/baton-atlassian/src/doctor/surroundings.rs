//! The machine: where requests go through, and whether its clock is right.

use async_trait::async_trait;
use connector_cli::{Finding, Verdict};
use http_kit::{Clock, EnvironmentProxy, Request, Response, Transport, TransportError};
use jiff::{SignedDuration, Timestamp};
use std::sync::{Arc, Mutex, PoisonError};
use url::Url;

/// From here on, "valid until" and "try again at" are misread.
const SKEW: SignedDuration = SignedDuration::from_secs(60);

/// What is set on this machine.
pub(super) fn settings(base: &Url) -> Vec<Finding> {
    let mut findings = vec![Finding::new(
        "address",
        Verdict::Noted,
        base.host_str().unwrap_or_default(),
    )];
    findings.push(Finding::new("proxy", Verdict::Noted, proxy(base)));
    findings.push(Finding::new("certificates", Verdict::Noted, certificates()));
    findings
}

/// The proxy that requests go through: its host and port, because its address may hold a password.
fn proxy(base: &Url) -> String {
    match EnvironmentProxy::of_process() {
        Ok(Some(proxy)) if proxy.applies_to(base) => {
            format!("{} sends requests through {}", proxy.variable(), proxy.address())
        }
        Ok(Some(proxy)) => format!(
            "none for this address; {} names {}, and NO_PROXY or this machine's own address excepts it",
            proxy.variable(),
            proxy.address()
        ),
        Ok(None) => "none in the environment; the system's settings hold".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// Which certificates are trusted, beside or in place of those of the system.
fn certificates() -> String {
    let named = ["SSL_CERT_FILE", "SSL_CERT_DIR"].into_iter();
    let named = named.filter_map(|name| Some(format!("; {name} is {}", variable(name)?)));
    std::iter::once("those of the system".to_owned())
        .chain(named)
        .collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "variables of the system, which are no settings of this program"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Watches what the vendor says the time is.
pub(super) struct Watch {
    inner: Arc<dyn Transport>,
    said: Mutex<Option<Timestamp>>,
}

impl Watch {
    pub(super) fn new(inner: Arc<dyn Transport>) -> Self {
        Self {
            inner,
            said: Mutex::new(None),
        }
    }

    /// How far the clock of this machine is from the vendor's, if the vendor said the time.
    pub(super) fn finding(&self, clock: &dyn Clock) -> Option<Finding> {
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
impl Transport for Watch {
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

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Watch")
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
