//! What a person can choose.

use crate::config;
use scim_client::ScimClient;
use std::fmt;
use std::time::Duration;

/// What a person can choose about the mapping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Takes in roles on single projects and goals. Left out by default, because existing reviews do not hold them; each
    /// one left out is counted as a fact.
    pub include_projects_and_goals: bool,
}

/// How accounts are created.
#[derive(Clone)]
#[non_exhaustive]
pub struct AccountOptions {
    /// The SCIM directory that accounts are created in. Without one, creating an account is refused before anything is
    /// sent.
    pub scim: Option<ScimClient>,
    /// Whether an account that is deactivated or waits for its deletion may be brought back to life by creating it.
    pub allow_reactivation: bool,
    /// Whether accounts may be created in a SCIM directory of which it is not proven that it belongs to the organization: one
    /// without records, for example.
    pub allow_unproven_directory: bool,
    /// How long to wait for the account id after the SCIM user was made; 60 seconds by default. Without an id after that
    /// the creation is in progress.
    pub wait: Duration,
}

impl Default for AccountOptions {
    fn default() -> Self {
        Self {
            scim: None,
            allow_reactivation: false,
            allow_unproven_directory: false,
            wait: Duration::from_secs(config::DEFAULT_ACCOUNT_WAIT),
        }
    }
}

impl fmt::Debug for AccountOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountOptions")
            .field("scim", &self.scim.is_some())
            .field("allow_reactivation", &self.allow_reactivation)
            .field("allow_unproven_directory", &self.allow_unproven_directory)
            .field("wait", &self.wait)
            .finish()
    }
}
