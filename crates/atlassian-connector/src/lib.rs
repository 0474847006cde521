//! Maps Atlassian's administration APIs onto the connector SDK: accounts, groups, app instances and roles become
//! resources, entitlements and grants.
//!
//! The worth of the mapping is that a reviewer can trust it: nothing that gives access is missing, nothing is shown that
//! is not there, and only what can be changed is offered for change. Its rules, in short:
//!
//! | the vendor says | it becomes |
//! |---|---|
//! | an account holds a role `direct` | a grant of the account, revocable where the API can revoke it |
//! | only through groups or by inference | a conditional grant: kept only where no group explains it |
//! | it does not say how | a conditional grant that may be changed |
//! | a group holds a role | a grant of the group that expands to its members |
//! | a role on the organization, or `atlassian/org-admin` of the platform | an entitlement of the organization |
//! | a role on a site or an app instance | an entitlement of the workspace with that ARI |
//!
//! What cannot be read (the API tokens without the right key, the members of one group) is a *gap*, named as a notice of
//! the page; it is never an empty answer.
//!
//! # Example
//!
//! ```
//! use std::sync::Arc;
//! use atlassian_admin::{AdminClient, BASE_URL, OrgId, http_builder};
//! use atlassian_connector::{AtlassianConnector, Options};
//! use connector_sdk::{Connector, capabilities};
//! # use http_kit::Secret;
//! # use http_kit::testing::FakeTransport as SomeTransport;
//!
//! let key = Secret::from("an organization API key".to_owned());
//! let http = http_builder(Arc::new(SomeTransport::new()), BASE_URL.parse()?, key).build()?;
//! let client = AdminClient::new(http, OrgId::parse("8f1c2d34-5b6a-4c7d-9e80-1a2b3c4d5e6f")?);
//!
//! let connector = AtlassianConnector::new(client, Options::default());
//!
//! let types: Vec<String> = connector.types().into_iter().map(|entry| entry.resource_type.id).collect();
//! assert_eq!(types, ["user", "group", "workspace", "organization", "api_token"]);
//! assert_eq!(capabilities(&connector).resource_type_capabilities.len(), 5);
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod apps;
mod config;
mod connector;
mod errors;
mod groups;
mod kinds;
mod notices;
mod organization;
mod profile;
mod roles;
mod status;
mod tokens;
mod users;
mod workspaces;

pub use config::{ACCESS_TOKEN, BASE_URL, INCLUDE_PROJECTS_AND_GOALS, ORGANIZATION_ID, config_schema};
pub use connector::{AtlassianConnector, Options};
