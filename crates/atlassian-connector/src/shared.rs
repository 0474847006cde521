//! What every part of the connector works with.

use crate::changes::Taken;
use crate::mixed::Answers;
use crate::options::{AccountOptions, Options};
use crate::roles::Scope;
use atlassian_admin::AdminClient;
use http_kit::{Clock, HttpClient};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, PoisonError};

/// The organization, and what was chosen.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) client: AdminClient,
    pub(crate) accounts: AccountOptions,
    pub(crate) options: Options,
    /// Whether the organization is a simulation.
    pub(crate) demo: bool,
    /// What one sync needs to know only once.
    pub(crate) memo: Memo,
    /// The administrators whose end this process began.
    pub(crate) taken: Taken,
}

/// What was learned of the organization and need not be asked again in the same sync. It is a shortcut: without it the
/// vendor is asked, and the answer is the same.
#[derive(Debug, Default)]
pub(crate) struct Memo {
    organization: Mutex<Option<OrganizationRead>>,
    /// Whether this organization offers the search for accounts.
    pub(crate) account_search: Offered,
    /// Whether this organization has the documented collection of service accounts.
    pub(crate) service_accounts: Offered,
    /// What was answered about single accounts and groups.
    pub(crate) answers: Answers,
}

/// What the organization's own endpoint answered.
#[derive(Clone, Debug)]
pub(crate) enum OrganizationRead {
    Named(Option<String>),
    /// The key may not read it; the vendor's reason.
    Refused(String),
}

/// Whether an organization offers an operation, where that is known.
#[derive(Debug, Default)]
pub(crate) struct Offered(AtomicU8);

const UNKNOWN: u8 = 0;
const OFFERED: u8 = 1;
const NOT_OFFERED: u8 = 2;

impl Offered {
    pub(crate) fn known(&self) -> Option<bool> {
        match self.0.load(Ordering::Relaxed) {
            OFFERED => Some(true),
            NOT_OFFERED => Some(false),
            _ => None,
        }
    }

    pub(crate) fn note(&self, is_offered: bool) {
        let word = if is_offered { OFFERED } else { NOT_OFFERED };
        self.0.store(word, Ordering::Relaxed);
    }

    fn forget(&self) {
        self.0.store(UNKNOWN, Ordering::Relaxed);
    }
}

impl Memo {
    /// Forgets everything: a new sync begins, with what the check before it has read.
    pub(crate) fn begin(&self, organization: OrganizationRead) {
        *self.organization.lock().unwrap_or_else(PoisonError::into_inner) = Some(organization);
        self.account_search.forget();
        self.service_accounts.forget();
        self.answers.clear();
    }

    /// What the check before the sync has read of the organization.
    pub(crate) fn organization(&self) -> Option<OrganizationRead> {
        self.organization
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
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

/// Where an API is: scheme, machine and path. What else an address can hold may be a credential.
pub(crate) fn address(http: &HttpClient) -> String {
    let base = http.base_url();
    let path = base.path().trim_end_matches('/');
    format!("{}{path}", base.origin().ascii_serialization())
}
