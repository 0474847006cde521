//! The rules of the protocol for the fields of requests, as its definitions annotate them.
//!
//! Every message that a request of the served calls can hold is here; `google.protobuf.Any` is not looked into.

/// What a value has to be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rule {
    /// It is not looked at where it is empty.
    IgnoreEmpty,
    /// A message that has to be there.
    Required,
    /// Bytes of UTF-8 at least.
    MinBytes(usize),
    /// Bytes of UTF-8 at most.
    MaxBytes(usize),
    /// At least this; of a duration in seconds.
    Least(i64),
    /// At most this; of a duration in seconds.
    Most(i64),
    /// A number that the enumeration declares.
    Declared,
    /// Entries at least.
    MinItems(usize),
    /// No entry twice.
    Unique,
    /// A mail address.
    Email,
    /// Letters and digits of ASCII, `-` and `_` alone.
    Word,
}

use Rule::{Declared, Email, IgnoreEmpty, Least, MaxBytes, MinBytes, MinItems, Most, Required, Unique, Word};

/// An id or a name.
const NAME: &[Rule] = &[MinBytes(1), MaxBytes(1024)];
const OPTIONAL_NAME: &[Rule] = &[IgnoreEmpty, MinBytes(1), MaxBytes(1024)];
const OPTIONAL_TEXT: &[Rule] = &[IgnoreEmpty, MinBytes(1), MaxBytes(2048)];
const PAGE_SIZE: &[Rule] = &[IgnoreEmpty, Most(250)];
const PAGE_TOKEN: &[Rule] = &[IgnoreEmpty, MinBytes(1), MaxBytes(1 << 20)];
const CURSOR: &[Rule] = &[IgnoreEmpty, MinBytes(1), MaxBytes(4096)];

/// Message of `c1.connector.v2`, field, rules.
pub(crate) const RULES: &[(&str, &str, &[Rule])] = &[
    ("AccountInfo.Email", "address", &[Email]),
    ("AssetRef", "id", NAME),
    ("AssetServiceGetAssetRequest", "asset", &[Required]),
    ("ConnectorServiceCleanupRequest", "active_sync_id", OPTIONAL_NAME),
    ("CreateAccountRequest", "resource_type_id", OPTIONAL_NAME),
    (
        "CredentialOptions.EncryptedPassword",
        "encrypted_passwords",
        &[MinItems(1)],
    ),
    (
        "CredentialOptions.RandomPassword",
        "length",
        &[Most(64), Least(8)],
    ),
    (
        "EncryptionConfig.AgeRecipientConfig",
        "recipient",
        &[MinBytes(1), MaxBytes(4096)],
    ),
    ("Entitlement", "resource", &[Required]),
    ("Entitlement", "id", NAME),
    ("Entitlement", "display_name", OPTIONAL_NAME),
    ("Entitlement", "description", OPTIONAL_TEXT),
    ("Entitlement", "purpose", &[Declared]),
    (
        "EntitlementsServiceListEntitlementsRequest",
        "page_size",
        PAGE_SIZE,
    ),
    (
        "EntitlementsServiceListEntitlementsRequest",
        "page_token",
        PAGE_TOKEN,
    ),
    (
        "EntitlementsServiceListEntitlementsRequest",
        "active_sync_id",
        OPTIONAL_NAME,
    ),
    (
        "EntitlementsServiceListStaticEntitlementsRequest",
        "resource_type_id",
        NAME,
    ),
    (
        "EntitlementsServiceListStaticEntitlementsRequest",
        "page_size",
        PAGE_SIZE,
    ),
    (
        "EntitlementsServiceListStaticEntitlementsRequest",
        "page_token",
        PAGE_TOKEN,
    ),
    (
        "EntitlementsServiceListStaticEntitlementsRequest",
        "active_sync_id",
        OPTIONAL_NAME,
    ),
    ("Grant", "entitlement", &[Required]),
    ("Grant", "principal", &[Required]),
    ("Grant", "id", NAME),
    ("GrantManagerServiceGrantRequest", "entitlement", &[Required]),
    ("GrantManagerServiceGrantRequest", "principal", &[Required]),
    ("GrantManagerServiceRevokeRequest", "grant", &[Required]),
    ("GrantsServiceListGrantsRequest", "resource", &[Required]),
    ("GrantsServiceListGrantsRequest", "page_size", PAGE_SIZE),
    ("GrantsServiceListGrantsRequest", "page_token", PAGE_TOKEN),
    ("GrantsServiceListGrantsRequest", "active_sync_id", OPTIONAL_NAME),
    ("InvokeActionRequest", "inline_wait", &[Most(86400), Least(0)]),
    (
        "IssueCredentialRequest",
        "request_id",
        &[MinBytes(1), MaxBytes(128), Word],
    ),
    ("KeyGenerationProfile", "kty", &[MinBytes(1), MaxBytes(32)]),
    ("KeyGenerationProfile", "crv", &[MaxBytes(64)]),
    ("ListEventsRequest", "cursor", CURSOR),
    ("ListEventsRequest", "page_size", &[IgnoreEmpty, Most(1000)]),
    ("ListEventsRequest", "event_feed_id", OPTIONAL_NAME),
    ("Resource", "display_name", OPTIONAL_NAME),
    ("Resource", "description", OPTIONAL_TEXT),
    (
        "ResourceGetterServiceGetResourceRequest",
        "active_sync_id",
        OPTIONAL_NAME,
    ),
    ("ResourceId", "resource_type", NAME),
    ("ResourceId", "resource", NAME),
    ("ResourceType", "id", NAME),
    ("ResourceType", "display_name", OPTIONAL_NAME),
    ("ResourceType", "traits", &[Unique, Declared]),
    ("ResourceType", "description", CURSOR),
    (
        "ResourceTypesServiceListResourceTypesRequest",
        "page_size",
        PAGE_SIZE,
    ),
    (
        "ResourceTypesServiceListResourceTypesRequest",
        "page_token",
        PAGE_TOKEN,
    ),
    (
        "ResourceTypesServiceListResourceTypesRequest",
        "active_sync_id",
        OPTIONAL_NAME,
    ),
    ("ResourcesServiceListResourcesRequest", "resource_type_id", NAME),
    ("ResourcesServiceListResourcesRequest", "page_size", PAGE_SIZE),
    ("ResourcesServiceListResourcesRequest", "page_token", PAGE_TOKEN),
    (
        "ResourcesServiceListResourcesRequest",
        "active_sync_id",
        OPTIONAL_NAME,
    ),
    ("Status", "status", &[Declared]),
    ("Status", "details", OPTIONAL_NAME),
    ("TicketsServiceListTicketSchemasRequest", "page_size", PAGE_SIZE),
    ("TicketsServiceListTicketSchemasRequest", "page_token", CURSOR),
];
