//! The trait layer and the model that every connector is written against.
//!
//! A connector reads *who can do what* from one vendor and states it as resources, entitlements and grants. It
//! implements [`Connector`] and, for each of its resource types, a [`ResourceSyncer`]; everything else is optional:
//! [`ResourceGetter`], [`ResourceProvisioner`], [`AccountManager`], [`ResourceDeleter`], [`ActionProvider`]. What it can
//! do, what it is called and its settings ([`ConfigSchema`]) stand in its [`ConnectorSpec`], which needs no credential; documents
//! are made from that ([`capabilities`]). No program takes a connector that does otherwise ([`ConnectorSpec::difference`]).
//!
//! An engine drives it: it asks for pages, keeps them with their place, merges rows by identity, expands grants through
//! groups, and seals an artifact. A connector therefore holds no state between calls, and any call may be repeated.
//!
//! ```
//! use async_trait::async_trait;
//! use connector_sdk::{
//!     EntitlementRow, GrantRow, Page, PageToken, Parent, Plan, Purpose, ResourceBuilder, ResourceKey, ResourceSyncer,
//!     Result, SyncContext,
//! };
//!
//! struct Teams;
//!
//! #[async_trait]
//! impl ResourceSyncer for Teams {
//!     fn plan(&self) -> Plan {
//!         Plan::default() // the listing below states everything, so no further calls
//!     }
//!
//!     async fn list(&self, _: &SyncContext, _: Parent<'_>, _: &PageToken) -> Result<Page> {
//!         let team = ResourceKey::new("team", "t-1");
//!         Ok(Page {
//!             resources: vec![ResourceBuilder::new(team.clone(), "Platform").group(Some("native"), None).listed()],
//!             entitlements: vec![EntitlementRow::new(team.clone(), "member", Purpose::Assignment)],
//!             grants: vec![GrantRow::new(team, "member", ResourceKey::new("user", "u-1"))],
//!             ..Page::empty()
//!         })
//!     }
//! }
//! ```
//!
//! # A whole connector
//!
//! The example `file_connector` reads users and teams from a text file, changes who is in which team, deletes teams and
//! renames them. Its `connector.rs` and `changes.rs` are what a connector has to say, and its `main.rs` shows what an
//! engine sees of it:
//!
//! ```text
//! cargo run -p governance-connector-sdk --example file_connector -- crates/connector-sdk/examples/people.txt
//! ```
#![forbid(unsafe_code)]

mod capability;
mod change;
mod config;
pub mod conformance;
mod connector;
mod entitlement;
mod error;
mod finding;
mod grant;
mod id;
mod page;
mod resource;
mod spec;
mod standing;
mod subject;
mod tenant;
mod token;
mod write_request;
mod writes;

pub use capability::{capabilities, metadata};
pub use change::{
    AccountManager, ActionProvider, ChangeContext, ChangeOutcome, ChangeState, ResourceDeleter,
    ResourceProvisioner,
};
pub use config::{Audience, ConfigSchema, Field, FieldKind};
pub use connector::{Connector, Plan, ResourceGetter, ResourceSyncer, TypeEntry, resource_type};
pub use connector_proto as proto;
pub use entitlement::{EntitlementRow, Purpose, Text};
pub use error::{Code, Error, Parts, Result, Retry, Vendor};
pub use finding::{Finding, Verdict};
pub use grant::{Basis, Expandable, Facts, GrantRow};
pub use id::{ResourceKey, entitlement_id, grant_id};
pub use page::{Notice, NoticeClass, Page, Parent, SyncContext};
pub use resource::{
    AccountStatus, AccountType, ProfileValue, ResourceBuilder, ResourceRow, SecretTraitBuilder,
    UserTraitBuilder, limit, timestamp,
};
pub use spec::{Ability, ConnectorSpec, TypeSpec};
pub use standing::{Standing, StatedResources};
pub use subject::{FollowUp, Subject};
pub use tenant::Tenant;
pub use token::{Bag, BagState, PageToken};
pub use write_request::WriteRequest;
pub use writes::Writes;

/// The program of the page that people read before they take the crate.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
