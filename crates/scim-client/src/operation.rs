//! The operations of the protocol, in one table: name, method, path, and what a second sending would do.
//!
//! Every request of this crate is made from an entry of this table, so the table says what the crate can do, and
//! nothing else can be sent.

use crate::model::Endpoint;
use http::Method;
use http_kit::Idempotency::{Idempotent, Safe, Unsafe};
use http_kit::{Call, Idempotency, Path};

/// One operation of the protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    /// The name in errors, logs and counts.
    pub name: &'static str,
    /// The method.
    pub method: Method,
    /// The path below the base address, with parameters in braces.
    pub path: &'static str,
    /// What a second sending of the same request may do. A change with `If-Match` is idempotent, whatever stands
    /// here: the second finds another version and is refused.
    pub twice: Idempotency,
}

impl Operation {
    const fn new(name: &'static str, method: Method, path: &'static str, twice: Idempotency) -> Self {
        Self {
            name,
            method,
            path,
            twice,
        }
    }

    /// A call of this operation; each value fills the next parameter of the path.
    pub(crate) fn call(&self, values: &[&str]) -> Call {
        let path = Path::of_template(self.path, values);
        Call::new(self.name, self.method.clone(), path).idempotency(self.twice)
    }
}

/// Defines the constants and the table of all of them at once, so that none can be missing from it.
macro_rules! operations {
    ($($name:ident = $operation:expr;)+) => {
        $(pub(crate) const $name: Operation = $operation;)+

        /// Every operation that this crate can send.
        pub const OPERATIONS: &[Operation] = &[$($name),+];
    };
}

// What a second sending does, operation by operation:
//
// * A search reads, although it is a POST (RFC 7644 §3.4.3).
// * Creating twice is either two resources or a conflict with oneself.
// * Replacing and deleting twice leave what once leaves (RFC 9110 §9.2.2). If the first answer was lost, the
//   second to a deletion is "not found".
// * A change may add a value that is then there twice, so it is sent once, unless `If-Match` guards it.
// * A bulk request may hold any of these.
operations! {
    CONFIG = Operation::new("discovery.config", Method::GET, "/ServiceProviderConfig", Safe);
    SCHEMAS = Operation::new("discovery.schemas", Method::GET, "/Schemas", Safe);
    SCHEMA = Operation::new("discovery.schema", Method::GET, "/Schemas/{urn}", Safe);
    RESOURCE_TYPES = Operation::new("discovery.resource-types", Method::GET, "/ResourceTypes", Safe);
    RESOURCE_TYPE = Operation::new("discovery.resource-type", Method::GET, "/ResourceTypes/{name}", Safe);

    USERS_LIST = Operation::new("users.list", Method::GET, "/Users", Safe);
    USERS_SEARCH = Operation::new("users.search", Method::POST, "/Users/.search", Safe);
    USERS_CREATE = Operation::new("users.create", Method::POST, "/Users", Unsafe);
    USERS_GET = Operation::new("users.get", Method::GET, "/Users/{id}", Safe);
    USERS_REPLACE = Operation::new("users.replace", Method::PUT, "/Users/{id}", Idempotent);
    USERS_PATCH = Operation::new("users.patch", Method::PATCH, "/Users/{id}", Unsafe);
    USERS_DELETE = Operation::new("users.delete", Method::DELETE, "/Users/{id}", Idempotent);

    GROUPS_LIST = Operation::new("groups.list", Method::GET, "/Groups", Safe);
    GROUPS_SEARCH = Operation::new("groups.search", Method::POST, "/Groups/.search", Safe);
    GROUPS_CREATE = Operation::new("groups.create", Method::POST, "/Groups", Unsafe);
    GROUPS_GET = Operation::new("groups.get", Method::GET, "/Groups/{id}", Safe);
    GROUPS_REPLACE = Operation::new("groups.replace", Method::PUT, "/Groups/{id}", Idempotent);
    GROUPS_PATCH = Operation::new("groups.patch", Method::PATCH, "/Groups/{id}", Unsafe);
    GROUPS_DELETE = Operation::new("groups.delete", Method::DELETE, "/Groups/{id}", Idempotent);

    ME_GET = Operation::new("me.get", Method::GET, "/Me", Safe);
    ME_CREATE = Operation::new("me.create", Method::POST, "/Me", Unsafe);
    ME_REPLACE = Operation::new("me.replace", Method::PUT, "/Me", Idempotent);
    ME_PATCH = Operation::new("me.patch", Method::PATCH, "/Me", Unsafe);
    ME_DELETE = Operation::new("me.delete", Method::DELETE, "/Me", Idempotent);

    SEARCH = Operation::new("search", Method::POST, "/.search", Safe);
    BULK = Operation::new("bulk", Method::POST, "/Bulk", Unsafe);
}

pub(crate) static USERS: Endpoint = Endpoint {
    list: USERS_LIST,
    search: USERS_SEARCH,
    create: USERS_CREATE,
    get: USERS_GET,
    replace: USERS_REPLACE,
    patch: USERS_PATCH,
    delete: USERS_DELETE,
    path: "/Users",
};

pub(crate) static GROUPS: Endpoint = Endpoint {
    list: GROUPS_LIST,
    search: GROUPS_SEARCH,
    create: GROUPS_CREATE,
    get: GROUPS_GET,
    replace: GROUPS_REPLACE,
    patch: GROUPS_PATCH,
    delete: GROUPS_DELETE,
    path: "/Groups",
};
