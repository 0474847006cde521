//! What every part of the connector works with.

use atlassian_admin::AdminClient;
use http_kit::Clock;

use crate::options::{AccountOptions, Options};
use crate::roles::Scope;

/// The organization, and what was chosen.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) client: AdminClient,
    pub(crate) accounts: AccountOptions,
    pub(crate) options: Options,
    /// Whether the organization is a simulation.
    pub(crate) demo: bool,
}

impl Shared {
    /// The clock by which changes wait: the one of the HTTP client.
    pub(crate) fn clock(&self) -> &dyn Clock {
        &**self.client.http().clock()
    }

    pub(crate) fn scope(&self) -> Scope {
        Scope {
            org: self.client.org().clone(),
            include_projects_and_goals: self.options.include_projects_and_goals,
        }
    }
}
