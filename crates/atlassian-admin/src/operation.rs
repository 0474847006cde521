//! The operations of the vendor, in one table: name, method, path, and what a second sending would do.
//!
//! Every request of this crate is made from an entry of this table, so the table says what the crate can do, and nothing else can
//! be sent.

use http::Method;
use http_kit::{Call, Idempotency, Path};

use crate::parameter::Params;

/// One operation of the vendor.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    /// The name in errors, logs and counts.
    pub name: &'static str,
    /// The method.
    pub method: Method,
    /// The path, with parameters in braces.
    pub path: &'static str,
    /// The class of the rate limiter, for operations with a limit of their own.
    pub class: Option<&'static str>,
    /// What a second sending of the same request may do.
    pub twice: Idempotency,
}

/// The class of the rate limiter for last-active dates: 200 requests a minute and organization.
pub const CLASS_LAST_ACTIVE: &str = "last-active";
/// The class of the rate limiter for the audit log: 10 requests a minute.
pub const CLASS_EVENTS: &str = "events";
/// The class of the rate limiter for the polling feed of the audit log: 50 requests a minute.
pub const CLASS_EVENTS_STREAM: &str = "events-stream";

impl Operation {
    const fn read(name: &'static str, method: Method, path: &'static str) -> Self {
        Self {
            name,
            method,
            path,
            class: None,
            twice: Idempotency::Safe,
        }
    }

    /// A read with a limit of its own.
    const fn limited(name: &'static str, method: Method, path: &'static str, class: &'static str) -> Self {
        Self {
            name,
            method,
            path,
            class: Some(class),
            twice: Idempotency::Safe,
        }
    }

    /// A call of this operation; each value fills the next parameter of the path.
    pub(crate) fn call(&self, values: &[&str]) -> Call {
        let mut values = values.iter();
        let mut path = Path::new();
        for part in self.path.trim_start_matches('/').split('/') {
            path = match part.starts_with('{') {
                // A value that is missing is an empty segment, which no call is sent with.
                true => path.seg(values.next().copied().unwrap_or_default()),
                false => path.lit(part),
            };
        }
        let call = Call::new(self.name, self.method.clone(), path).idempotency(self.twice);
        match self.class {
            Some(class) => call.class(class),
            None => call,
        }
    }

    pub(crate) fn call_with(&self, values: &[&str], params: &Params) -> Call {
        params
            .pairs()
            .fold(self.call(values), |call, (key, value)| call.query(key, value))
    }
}

/// Defines the constants and the table of all of them at once, so that none can be missing from it.
macro_rules! operations {
    ($($(#[$attr:meta])* $name:ident = $operation:expr;)+) => {
        $($(#[$attr])* pub(crate) const $name: Operation = $operation;)+

        /// Every operation that this crate can send.
        pub const OPERATIONS: &[Operation] = &[$($name),+];
    };
}

operations! {
    ORGANIZATION_LIST = Operation::read("organization.list", Method::GET, "/admin/v1/orgs");
    ORGANIZATION_GET = Operation::read("organization.get", Method::GET, "/admin/v1/orgs/{orgId}");
    DIRECTORIES_LIST = Operation::read("directories.list", Method::GET, "/admin/v2/orgs/{orgId}/directories");
    USERS_SEARCH = Operation::read(
        "users.search", Method::POST, "/admin/v2/orgs/{orgId}/directories/{directoryId}/users/search");
    USERS_LIST = Operation::read(
        "users.list", Method::GET, "/admin/v2/orgs/{orgId}/directories/{directoryId}/users");
    USERS_GET = Operation::read(
        "users.get", Method::GET, "/admin/v2/orgs/{orgId}/directories/{directoryId}/users/{accountId}");
    USERS_COUNT = Operation::read(
        "users.count", Method::GET, "/admin/v2/orgs/{orgId}/directories/{directoryId}/users/count");
    USERS_STATS = Operation::read(
        "users.stats", Method::GET, "/admin/v2/orgs/{orgId}/directories/{directoryId}/users/stats");
    USERS_ROLE_ASSIGNMENTS = Operation::read(
        "users.role-assignments", Method::GET,
        "/admin/v2/orgs/{orgId}/directories/{directoryId}/users/{accountId}/role-assignments");
    USERS_LAST_ACTIVE = Operation::limited(
        "users.last-active", Method::GET,
        "/admin/v1/orgs/{orgId}/directory/users/{accountId}/last-active-dates", CLASS_LAST_ACTIVE);
    GROUPS_SEARCH = Operation::read(
        "groups.search", Method::POST, "/admin/v2/orgs/{orgId}/directories/{directoryId}/groups/search");
    GROUPS_LIST = Operation::read(
        "groups.list", Method::GET, "/admin/v2/orgs/{orgId}/directories/{directoryId}/groups");
    GROUPS_GET = Operation::read(
        "groups.get", Method::GET, "/admin/v2/orgs/{orgId}/directories/{directoryId}/groups/{groupId}");
    GROUPS_COUNT = Operation::read(
        "groups.count", Method::GET, "/admin/v2/orgs/{orgId}/directories/{directoryId}/groups/count");
    GROUPS_STATS = Operation::read(
        "groups.stats", Method::GET, "/admin/v2/orgs/{orgId}/directories/{directoryId}/groups/stats");
    GROUPS_ROLE_ASSIGNMENTS = Operation::read(
        "groups.role-assignments", Method::GET,
        "/admin/v2/orgs/{orgId}/directories/{directoryId}/groups/{groupId}/role-assignments");
    WORKSPACES_QUERY = Operation::read("workspaces.query", Method::POST, "/admin/v2/orgs/{orgId}/workspaces");
    MANAGED_ACCOUNTS_LIST = Operation::read("managed-accounts.list", Method::GET, "/admin/v1/orgs/{orgId}/users");
    TOKENS_LIST = Operation::read("tokens.list", Method::GET, "/admin/api-access/v1/orgs/{orgId}/api-tokens");
}
