//! How a connector is put together, in one place: the clients of the administration APIs and of the SCIM directory, over one
//! transport, with one clock and one count of requests.

use crate::config;
use crate::connector::AtlassianConnector;
use crate::doctor::Of;
use crate::options::{AccountOptions, Options};
use atlassian_admin::{AdminClient, OrgId};
use http_kit::{BuildError, Clock, HttpClientBuilder, Jitter, Meter, RetryPolicy, Secret, Transport};
use scim_client::{Profile, ScimClient};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Puts a connector together; made by [`AtlassianConnector::builder`].
///
/// What is not said is as the clients have it: the vendor's address, the system's clock, their retries and limits.
#[must_use]
pub struct ConnectorBuilder {
    key: Secret,
    org: OrgId,
    base: Option<Url>,
    directory: Option<(Url, Secret)>,
    accounts: AccountOptions,
    options: Options,
    is_simulated: bool,
    max_in_flight: Option<usize>,
    /// What both clients are set up with.
    set_up: Vec<SetUp>,
}

/// A step that sets up a client.
type SetUp = Box<dyn Fn(HttpClientBuilder) -> HttpClientBuilder + Send + Sync>;

/// Why a connector cannot be put together.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConnectorBuildError {
    /// Key or address of the organization cannot be used.
    Organization(BuildError),
    /// Key or address of the SCIM directory cannot be used.
    Directory(BuildError),
}

impl ConnectorBuildError {
    /// The setting that is at fault; none where the machine is.
    pub fn setting(&self) -> Option<&'static str> {
        let (key, address, error) = match self {
            Self::Organization(error) => (config::ACCESS_TOKEN, config::BASE_URL, error),
            Self::Directory(error) => (config::SCIM_TOKEN, config::SCIM_BASE_URL, error),
        };
        match error {
            BuildError::Transport(_) => None,
            BuildError::BadCredential => Some(key),
            _ => Some(address),
        }
    }

    /// Why key or address cannot be used.
    pub fn cause(&self) -> &BuildError {
        match self {
            Self::Organization(error) | Self::Directory(error) => error,
        }
    }
}

impl AtlassianConnector {
    /// A connector of this organization, opened by this key.
    pub fn builder(key: Secret, org: OrgId) -> ConnectorBuilder {
        ConnectorBuilder {
            key,
            org,
            base: None,
            directory: None,
            accounts: AccountOptions::default(),
            options: Options::default(),
            is_simulated: false,
            max_in_flight: None,
            set_up: Vec::new(),
        }
    }
}

impl ConnectorBuilder {
    /// The address of the administration APIs, where it is not the vendor's: [`atlassian_admin::BASE_URL`].
    pub fn base_url(mut self, base: Url) -> Self {
        self.base = Some(base);
        self
    }

    /// The SCIM directory that accounts are created in, with its own key: see [`scim_client::atlassian_url`]. Without one,
    /// creating an account is refused before anything is sent.
    pub fn directory(mut self, base: Url, key: Secret) -> Self {
        self.directory = Some((base, key));
        self
    }

    /// How accounts are created.
    pub fn accounts(mut self, accounts: AccountOptions) -> Self {
        self.accounts = accounts;
        self
    }

    /// What of the organization becomes part of an artifact.
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Says that the organization is only simulated: artifacts and changes of it are kept apart from those of real
    /// organizations.
    pub fn simulated(mut self) -> Self {
        self.is_simulated = true;
        self
    }

    /// The most requests to the administration APIs that are under way at the same time.
    pub fn max_in_flight(mut self, most: usize) -> Self {
        self.max_in_flight = Some(most);
        self
    }

    /// What requests call the program that sends them.
    pub fn user_agent(self, user_agent: &'static str) -> Self {
        self.with(move |http| http.user_agent(user_agent))
    }

    /// How often and how long failed requests are repeated.
    pub fn retry(self, policy: RetryPolicy) -> Self {
        self.with(move |http| http.retry(policy.clone()))
    }

    /// The clock by which requests and changes wait.
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        self.with(move |http| http.clock(Arc::clone(&clock)))
    }

    /// By how much waits differ.
    pub fn jitter(self, jitter: Jitter) -> Self {
        self.with(move |http| http.jitter(jitter.clone()))
    }

    /// Counts the requests of both clients.
    pub fn meter(self, meter: Arc<Meter>) -> Self {
        self.with(move |http| http.meter(Arc::clone(&meter)))
    }

    /// How long one request may take.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.with(move |http| http.timeout(timeout))
    }

    fn with(
        mut self,
        set_up: impl Fn(HttpClientBuilder) -> HttpClientBuilder + Send + Sync + 'static,
    ) -> Self {
        self.set_up.push(Box::new(set_up));
        self
    }

    /// The client of the organization alone, for programs that ask it directly.
    ///
    /// # Errors
    /// Where the key or the address cannot be used.
    pub fn organization_client(
        &self,
        transport: Arc<dyn Transport>,
    ) -> Result<AdminClient, ConnectorBuildError> {
        let base = self.base.clone().unwrap_or_else(vendor);
        let http = self.shared(atlassian_admin::http_builder(transport, base, self.key.clone()));
        let http = match self.max_in_flight {
            Some(most) => http.max_in_flight(most),
            None => http,
        };
        let http = http.build().map_err(ConnectorBuildError::Organization)?;
        Ok(AdminClient::new(http, self.org.clone()))
    }

    /// The client of the SCIM directory alone; `None` where no directory was named.
    ///
    /// # Errors
    /// Where its key or its address cannot be used.
    pub fn directory_client(
        &self,
        transport: Arc<dyn Transport>,
    ) -> Result<Option<ScimClient>, ConnectorBuildError> {
        let Some((base, key)) = self.directory.clone() else {
            return Ok(None);
        };
        let http = self
            .shared(scim_client::http_builder(transport, base, key))
            .build()
            .map_err(ConnectorBuildError::Directory)?;
        Ok(Some(ScimClient::new(http, Profile::atlassian())))
    }

    /// The connector, whose requests this transport carries. It makes none yet.
    ///
    /// # Errors
    /// Where a key or an address cannot be used.
    pub fn build(self, transport: Arc<dyn Transport>) -> Result<AtlassianConnector, ConnectorBuildError> {
        let scim = self.directory_client(Arc::clone(&transport))?;
        let client = self.organization_client(transport)?;
        let mut accounts = self.accounts;
        accounts.scim = scim.or(accounts.scim);
        Ok(AtlassianConnector::new(
            client,
            self.options,
            accounts,
            self.is_simulated,
        ))
    }

    /// The machine that the administration APIs are on.
    pub(crate) fn host(&self) -> String {
        let base = self.base.clone().unwrap_or_else(vendor);
        base.host_str().unwrap_or_default().to_owned()
    }

    /// Which SCIM directory is named.
    pub(crate) fn directory_of(&self) -> Option<Of> {
        let (base, key) = self.directory.as_ref()?;
        let address = base.as_str().trim_end_matches('/');
        Some(Of {
            id: address.rsplit('/').next().unwrap_or_default().to_owned(),
            has_key_of_organization: key.expose() == self.key.expose(),
        })
    }

    fn shared(&self, http: HttpClientBuilder) -> HttpClientBuilder {
        let http = http.journal(connector_http::journal);
        self.set_up.iter().fold(http, |http, set_up| set_up(http))
    }
}

/// Where the administration APIs are.
pub(crate) fn vendor() -> Url {
    Url::parse(atlassian_admin::BASE_URL).expect("the vendor's address is one")
}

impl fmt::Debug for ConnectorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectorBuilder")
            .field("org", &self.org)
            .field("base", &self.base)
            .field("directory", &self.directory.is_some())
            .finish_non_exhaustive()
    }
}

impl fmt::Display for ConnectorBuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Organization(error) => write!(f, "the client of the organization cannot be built: {error}"),
            Self::Directory(error) => write!(f, "the client of the SCIM directory cannot be built: {error}"),
        }
    }
}

impl std::error::Error for ConnectorBuildError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self.cause())
    }
}
