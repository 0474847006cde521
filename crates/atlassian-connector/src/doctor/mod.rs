//! A look at what the connector needs: what works with this key and this organization, what does not, and what only a change
//! could tell. Nothing is changed; with [`Examination::probe_writes`] there are writes that the vendor has to refuse.

mod directory;
mod finding;
mod key;
mod reads;
mod writes;

use crate::builder::{ConnectorBuildError, ConnectorBuilder};
use connector_http::ClockWatch;
use connector_sdk::{Code, Finding, Verdict};
pub(crate) use directory::Of;
use http_kit::{Clock, RetryPolicy, Transport};
use scim_client::ScimClient;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Whoever asks wants to know soon; a listing that is slow for once is asked twice.
const TIMEOUT: RetryPolicy = RetryPolicy {
    max_attempts: 2,
    budget: Duration::from_secs(60),
    base_delay: Duration::from_millis(200),
    max_delay: Duration::from_secs(5),
};

/// A look at what a connector needs, made by [`ConnectorBuilder::examination`].
///
/// ```no_run
/// # use std::sync::Arc;
/// # use atlassian_admin::{OrgId, Secret};
/// # use atlassian_connector::AtlassianConnector;
/// # use http_kit::{SystemClock, Transport};
/// # async fn look(key: Secret, org: OrgId, transport: Arc<dyn Transport>) -> Result<(), Box<dyn std::error::Error>> {
/// let examination = AtlassianConnector::builder(key, org).examination(transport, Arc::new(SystemClock));
/// for finding in examination.findings().await? {
///     println!("{}: {:?} {}", finding.what, finding.verdict, finding.found);
/// }
/// # Ok(()) }
/// ```
#[non_exhaustive]
pub struct Examination {
    /// The connector that is looked at.
    builder: ConnectorBuilder,
    /// What carries the requests.
    transport: Arc<dyn Transport>,
    /// The clock that is compared with the vendor's.
    clock: Arc<dyn Clock>,
    /// Whether the organization of the builder is one, or none is set yet: then the key is asked which it sees.
    pub is_organization_set: bool,
    /// Whether writes are sent that the vendor has to refuse for their arguments: it tells of rights that reading does not.
    pub probe_writes: bool,
    /// What is wrong with the settings of the SCIM directory, where they cannot be used; the builder has none then.
    pub directory_is_wrong: Option<String>,
}

/// What there is to say where nobody set a key.
#[must_use]
pub fn without_key() -> Finding {
    fails("key", Code::Unknown, "no organization API key is set").advice(
        "Make one in Atlassian Administration under Organization settings, API keys, without scopes, and set \
         BATON_API_TOKEN",
    )
}

impl ConnectorBuilder {
    /// A look at what this connector needs, without changing anything. Requests are tried twice at most.
    pub fn examination(self, transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Examination {
        Examination {
            builder: self.retry(TIMEOUT),
            transport,
            clock,
            is_organization_set: true,
            probe_writes: false,
            directory_is_wrong: None,
        }
    }
}

impl Examination {
    /// Looks at everything.
    ///
    /// # Errors
    /// Where the key or the address of the organization cannot be used at all.
    pub async fn findings(self) -> Result<Vec<Finding>, ConnectorBuildError> {
        let watch = Arc::new(ClockWatch::new(Arc::clone(&self.transport)));
        let client = self.builder.organization_client(watch.clone())?;
        let host = self.builder.host();
        let mut findings = Vec::new();
        let seen = key::key(&client, &host, &mut findings).await;
        findings.extend(watch.finding(&*self.clock));
        if let Some(key::Seen { organizations }) = seen {
            let goes_on =
                key::organization(&client, self.is_organization_set, &organizations, &mut findings).await;
            if goes_on {
                let sample = reads::reads(&client, self.clock.now(), &mut findings).await;
                let account = sample.account.as_ref();
                let scoped = key::kind(&client, account, organizations.is_empty(), &mut findings).await;
                writes::writes(&client, &sample, scoped, self.probe_writes, &mut findings).await;
            }
        }
        findings.push(match self.directory() {
            Ok(scim) => directory::directory(&client, scim).await,
            Err(why) => fails(directory::WHAT, Code::Unknown, why),
        });
        Ok(findings)
    }

    /// The client of the directory, with the id of the directory and whether its key is the organization's.
    fn directory(&self) -> Result<Option<(ScimClient, Of)>, String> {
        if let Some(why) = &self.directory_is_wrong {
            return Err(why.clone());
        }
        let client = self.builder.directory_client(Arc::clone(&self.transport));
        let client = client.map_err(|error| error.cause().to_string())?;
        Ok(client.zip(self.builder.directory_of()))
    }
}

fn fails(what: &str, code: Code, found: impl Into<String>) -> Finding {
    Finding::new(what, Verdict::Fails { code }, found)
}

impl fmt::Debug for Examination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Examination")
            .field("builder", &self.builder)
            .field("probe_writes", &self.probe_writes)
            .finish_non_exhaustive()
    }
}
