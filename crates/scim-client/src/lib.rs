//! A typed client of SCIM 2.0 directories (RFC 7643, RFC 7644, RFC 9865), with each provider's deviations as a
//! profile.
//!
//! ```no_run
//! # #[cfg(feature = "reqwest")]
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//!
//! use futures_util::TryStreamExt;
//! use http_kit::ReqwestTransport;
//! use scim_client::{
//!     ATLASSIAN_URL, Filter, MultiValued, Patch, Profile, Query, ScimClient, Secret, Selection, User,
//!     WriteOptions, atlassian_url, http_builder,
//! };
//!
//! let transport = Arc::new(ReqwestTransport::builder().build()?);
//! let base = atlassian_url(ATLASSIAN_URL, "7d0f3c18-42ae-4b6f-9c55-1e08b7a4d263")?;
//! let key = Secret::from("the key of the directory".to_owned());
//! let client = ScimClient::new(http_builder(transport, base, key).build()?, Profile::atlassian());
//!
//! // A user and a membership.
//! let mut user = User::new("ines.calder@larkspur.example");
//! user.emails = vec![MultiValued::new("ines.calder@larkspur.example").primary()];
//! let user = client.users().create(&user, &Selection::Default).await?.id;
//! let by_name = Query::builder().filter(Filter::eq("displayName", "eng-platform")?).build()?;
//! let found = client.groups().list(&by_name, None).await?;
//! if let Some(group) = found.items.first() {
//!     let join = Patch::builder().add_members([&user]).build()?;
//!     client.groups().patch(&group.id, &join, &WriteOptions::default()).await?;
//! }
//!
//! // Every user, a page at a time; an interrupted listing goes on from `page.next`.
//! let mut pages = Box::pin(client.users().list_stream(Query::default(), None));
//! while let Some(page) = pages.try_next().await? {
//!     for user in &page.items {
//!         println!("{} {:?}", user.id, user.resource.active);
//!     }
//!     for row in &page.bad_rows {
//!         println!("row {} was not understood: {}", row.index, row.reason);
//!     }
//! }
//! # Ok(()) }
//! ```
//!
//! Programs that run against a simulated organization are in `examples/`: `create_linked_user` and `patch_group`.
//!
//! # What can be relied on
//!
//! * **Nothing is lost in silence.** A row that cannot be decoded is a [`BadRow`] beside the others, and so is
//!   what a server counts and does not give. Attributes and extensions that this crate does not name are kept in
//!   [`Extra`] and go back when a resource is written.
//! * **A listing ends when all that the server counts has come, or when nothing more comes.** Servers give fewer rows
//!   than asked for, ignore where a page is to start, or hand out a cursor twice. One that counts the rows of a page
//!   instead of all looks whole after a first page that is full: nothing in its answer tells the difference.
//! * **A value of an odd type does not cost the resource.** Numbers stand for texts, 1 and `"true"` for true, a value for
//!   a list of one, `"admin"` for `{"value":"admin"}`; what cannot be read is kept in [`Extra`]. Only where the id, a flag
//!   or a list cannot be read is the row a bad one.
//! * **Numbers are written back to the last digit**, also those that no 64 bits hold.
//! * **What the provider does not take is not sent.** The [`Profile`] refuses it with a [`ProfileError`] that
//!   names the parameter and the rule: most of all where the provider would ignore a part of a request in silence.
//! * **An error says what it means.** Each known shape becomes a [`ScimError`] with a [kind](ScimErrorKind), the
//!   server's `scimType` and explanation, its id of the request, and a [hint](ScimError::hint).
//! * **A write is sent twice only where that does no harm**; [`Operation::twice`] tells.
//! * **What is private stays so.** Neither `Debug` nor an error shows keys, passwords, addresses of people, or
//!   the values of filters and changes.
//!
//! # Operations
//!
//! Paths stand below the base address.
//!
//! | method | operation | | path |
//! |---|---|---|---|
//! | [`Discovery::config`] | `discovery.config` | GET | `/ServiceProviderConfig` |
//! | [`Discovery::schemas`] | `discovery.schemas` | GET | `/Schemas` |
//! | [`Discovery::schema`] | `discovery.schema` | GET | `/Schemas/{urn}` |
//! | [`Discovery::resource_types`] | `discovery.resource-types` | GET | `/ResourceTypes` |
//! | [`Discovery::resource_type`] | `discovery.resource-type` | GET | `/ResourceTypes/{name}` |
//! | [`users().list`](Resources::list) | `users.list` | GET | `/Users` |
//! | [`users().search`](Resources::search) | `users.search` | POST | `/Users/.search` |
//! | [`users().create`](Resources::create) | `users.create` | POST | `/Users` |
//! | [`users().get`](Resources::get) | `users.get` | GET | `/Users/{id}` |
//! | [`users().replace`](Resources::replace) | `users.replace` | PUT | `/Users/{id}` |
//! | [`users().patch`](Resources::patch) | `users.patch` | PATCH | `/Users/{id}` |
//! | [`users().delete`](Resources::delete) | `users.delete` | DELETE | `/Users/{id}` |
//! | [`groups().list`](Resources::list) | `groups.list` | GET | `/Groups` |
//! | [`groups().search`](Resources::search) | `groups.search` | POST | `/Groups/.search` |
//! | [`groups().create`](Resources::create) | `groups.create` | POST | `/Groups` |
//! | [`groups().get`](Resources::get) | `groups.get` | GET | `/Groups/{id}` |
//! | [`groups().replace`](Resources::replace) | `groups.replace` | PUT | `/Groups/{id}` |
//! | [`groups().patch`](Resources::patch) | `groups.patch` | PATCH | `/Groups/{id}` |
//! | [`groups().delete`](Resources::delete) | `groups.delete` | DELETE | `/Groups/{id}` |
//! | [`Me::get`] | `me.get` | GET | `/Me` |
//! | [`Me::create`] | `me.create` | POST | `/Me` |
//! | [`Me::replace`] | `me.replace` | PUT | `/Me` |
//! | [`Me::patch`] | `me.patch` | PATCH | `/Me` |
//! | [`Me::delete`] | `me.delete` | DELETE | `/Me` |
//! | [`ScimClient::search`] | `search` | POST | `/.search` |
//! | [`ScimClient::bulk`] | `bulk` | POST | `/Bulk` |
//!
//! Not offered: kinds of resources other than users and groups, but for reading them with
//! [`ScimClient::search`]; circular references within a bulk request.
//!
//! # Features
//!
//! `reqwest` (default) brings the transport over real sockets from [`http_kit`]. Without it neither a TLS stack nor a
//! socket library is in the tree, and the caller brings a [`Transport`](http_kit::Transport), whose page shows how.
//! Transports, retries and counts are named by `http-kit`, which is a dependency beside this crate, then without its
//! default features as well:
//!
//! ```toml
//! scim-client = { path = "…/crates/scim-client", default-features = false }
//! http-kit = { package = "connector-http-kit", path = "…/crates/http-kit", default-features = false }
//! ```
//!
//! `cassette` brings `redaction_rules`: what to replace where the traffic of a directory is recorded with
//! `http_kit::cassette`.
#![forbid(unsafe_code)]

mod attribute;
mod bulk;
mod client;
mod decode;
mod discovery;
mod error;
mod etag;
mod exact;
mod filter;
mod id;
mod listing;
mod location;
mod me;
mod model;
mod names;
mod operation;
mod page;
mod parameter;
mod patch;
mod profile;
mod query;
#[cfg(feature = "cassette")]
mod redaction;
mod resources;

pub use attribute::{AttributePath, Selection};
pub use bulk::{BulkOperation, BulkOutcome, BulkRequest, BulkRequestBuilder, BulkResponse};
pub use client::{ScimClient, Write, http_builder};
pub use decode::Extra;
pub use discovery::{
    AuthenticationScheme, Bulk, Discovery, Filtering, Mutability, Pagination, ResourceType, Returned, Schema,
    SchemaAttribute, SchemaExtension, ServiceProviderConfig, Supported, Uniqueness,
};
pub use error::{ScimError, ScimErrorKind, ScimType, decode_error};
pub use etag::ETag;
pub use filter::{Filter, FilterValue, GrammarError};
pub use http_kit::{BadRow, Cursor, Page, Receipt, Secret};
pub use id::{GroupId, UserId};
pub use me::Me;
pub use model::{
    Address, AddressType, AnyResource, Created, DateTime, ENTERPRISE_SCHEMA, EnterpriseUser, Flag,
    GROUP_SCHEMA, Group, Manager, Member, Meta, MultiValued, Name, Password, Resource, ResourceKind, Stored,
    Text, USER_SCHEMA, User, ValueType, Written,
};
pub use names::same_user_name;
pub use operation::{OPERATIONS, Operation};
pub use parameter::ParameterError;
pub use patch::{Patch, PatchAction, PatchBuilder, PatchOperation, PatchPath, PathInput};
pub use profile::{
    ATLASSIAN_EXTENSION, ATLASSIAN_URL, AtlassianUser, CreationEffect, DeletionEffect, Effects, MediaType,
    Profile, ProfileError, RateExpectation, atlassian_url,
};
pub use query::{Paging, Query, QueryBuilder, SortOrder};
#[cfg(feature = "cassette")]
pub use redaction::redaction_rules;
pub use resources::{Resources, WriteOptions};

/// The program of the page that people read before they take the crate.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
