//! What a server offers (RFC 7643 §5, RFC 9865 §3).

use crate::decode::attributes;
use crate::{Flag, Meta, Text};

attributes! {
    /// What a server offers.
    pub struct ServiceProviderConfig {
        /// The schemas of this document.
        schemas: Vec<String> = "schemas",
        /// The address of a page for people.
        documentation_uri: Option<Text> = "documentationUri",
        /// Changes by PATCH.
        patch: Supported = "patch",
        /// Bulk requests.
        bulk: Bulk = "bulk",
        /// Filters.
        filter: Filtering = "filter",
        /// Changes of passwords.
        change_password: Supported = "changePassword",
        /// Sorted listings.
        sort: Supported = "sort",
        /// Versions of resources.
        etag: Supported = "etag",
        /// How listings are cut into pages (RFC 9865); nothing when the server does not say.
        pagination: Option<Pagination> = "pagination",
        /// How a client proves who it is.
        authentication_schemes: Vec<AuthenticationScheme> = "authenticationSchemes",
        /// What the server says about this document.
        meta: Option<Meta> = "meta",
    }
}

attributes! {
    /// Whether something is offered.
    pub struct Supported or "supported" {
        /// Whether it is; nothing when the server does not say.
        supported: Option<Flag> = "supported",
    }
}

attributes! {
    /// Whether bulk requests are offered.
    pub struct Bulk or "supported" {
        /// Whether they are; nothing when the server does not say.
        supported: Option<Flag> = "supported",
        /// The most operations of a request.
        max_operations: Option<u64> = "maxOperations",
        /// The most bytes of a request.
        max_payload_size: Option<u64> = "maxPayloadSize",
    }
}

attributes! {
    /// Whether filters are offered.
    pub struct Filtering or "supported" {
        /// Whether they are; nothing when the server does not say.
        supported: Option<Flag> = "supported",
        /// The most resources of an answer.
        max_results: Option<u64> = "maxResults",
    }
}

attributes! {
    /// How listings are cut into pages (RFC 9865 §3).
    pub struct Pagination {
        /// By cursors.
        cursor: Option<Flag> = "cursor",
        /// By index.
        index: Option<Flag> = "index",
        /// Which of the two is meant when a request does not say.
        default_pagination_method: Option<Text> = "defaultPaginationMethod",
        /// How many resources a page has when a request does not say.
        default_page_size: Option<u64> = "defaultPageSize",
        /// How many a page has at most.
        max_page_size: Option<u64> = "maxPageSize",
        /// For how many seconds a cursor is good.
        cursor_timeout: Option<u64> = "cursorTimeout",
    }
}

attributes! {
    /// A way in which a client proves who it is (RFC 7643 §5).
    pub struct AuthenticationScheme {
        /// Which way: `oauth`, `oauth2`, `oauthbearertoken`, `httpbasic`, `httpdigest`.
        kind: Option<Text> = "type",
        /// Its name.
        name: Option<Text> = "name",
        /// What it is.
        description: Option<Text> = "description",
        /// The address of its specification.
        spec_uri: Option<Text> = "specUri",
        /// The address of a page for people.
        documentation_uri: Option<Text> = "documentationUri",
        /// Whether it is the preferred one.
        primary: Option<Flag> = "primary",
    }
}

/// Silence is not a refusal: a server that leaves a member out may still have what it stands for.
fn unless_denied(flag: Option<Flag>) -> bool {
    flag != Some(Flag(false))
}

impl Supported {
    /// Whether it is offered, as far as the server says: silence is not a refusal.
    #[must_use]
    pub fn is_offered(&self) -> bool {
        unless_denied(self.supported)
    }
}

impl Bulk {
    /// As [`Supported::is_offered`].
    #[must_use]
    pub fn is_offered(&self) -> bool {
        unless_denied(self.supported)
    }
}

impl Filtering {
    /// As [`Supported::is_offered`].
    #[must_use]
    pub fn is_offered(&self) -> bool {
        unless_denied(self.supported)
    }
}

impl Pagination {
    /// Whether pages go by cursors; it has to be said.
    #[must_use]
    pub fn by_cursor(&self) -> bool {
        self.cursor == Some(Flag(true))
    }

    /// Whether pages go by index, which every server of RFC 7644 had.
    #[must_use]
    pub fn by_index(&self) -> bool {
        unless_denied(self.index)
    }
}
