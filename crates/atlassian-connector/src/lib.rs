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
//! Roles on single projects and goals are left out unless [`Options::include_projects_and_goals`] takes them in.
//!
//! # What a sync tells beside its rows
//!
//! What cannot be read is a *gap*: it is named, and never an empty answer.
//!
//! | kind | class | subject |
//! |---|---|---|
//! | `accounts`, `groups` | gap | the organization: its listing has fewer different ones than the vendor counts |
//! | `workspaces` | gap | the organization: it lists no app instance, and accounts hold roles on apps, or a page has only those of earlier ones |
//! | `api_tokens` | gap | the organization: its key may not read them, or their listing has fewer different ones than the vendor counts |
//! | `organization` | gap | the organization: its key may not read its name |
//! | `managed_accounts` | gap | the organization: its key may not read them, it has no such listing, or it lists none while listed accounts say they are managed, or a page has only those of earlier ones |
//! | `group_members`, `group_roles` | gap | a group whose members or roles answer 403 or 404, or of which none are listed where the vendor counts some, or which has fewer roles, or fewer or more members (counted before and after), or whose members are those of another group that the vendor counts otherwise |
//! | `unreadable_subject` | gap | an account or a group that could not be read for any other reason: see [`ResourceSyncer`](connector_sdk::ResourceSyncer) |
//! | `vanished` | gap | accounts or groups, of which so many were gone that it is doubted |
//! | `role_assignments` | gap | an account whose roles answer 403, or 404 without a status that explains it, or which are fewer than the listing of accounts counts, or whose roles are those of another account that is counted otherwise |
//! | `malformed_row` | gap | a row that cannot be read, or a role assignment without a role: operation and id, or its place |
//! | `no_role_assignments` | fact | an account whose status explains that it has no roles to read |
//! | `deleted_meanwhile` | fact | an account or a group that is proven to be gone: see [`atlassian_admin::Absence`] |
//! | `uncovered_platform_role` | fact | an account and a role that its listing states and no role assignment does |
//! | `left_out_target` | fact | a project or goal whose roles are left out |
//! | `repeated_rows` | fact | a listing in which rows come again |
//! | `uncounted` | fact | a listing of the organization of which the vendor's count could not be read |
//! | `created_meanwhile` | fact | a listing of the organization that has what was counted when it began, and of which more is counted at its end |
//! | `member_count_differs` | fact | a group whose members changed since the vendor counted them |
//! | `echoed_credentials` | fact | a row that held a credential of the run, which is overwritten in it |
//! | `older_user_listing`, `older_group_listing` | remark | the current search is not offered to this organization |
//! | `no_claimed_domain` | remark | the organization manages no accounts |
//! | `methods_missing` | remark | some role assignments do not say how they are held |
//!
//! # Changes
//!
//! Access is given and taken, accounts are created and deleted, tokens are revoked, and actions do the rest. Every change
//! refuses what can be refused without a request, reads the live state, and sends the write: what two operations of the vendor
//! tell to be so already is success without a write, and done is only what is answered as the vendor documents it. After any other answer the state is read
//! back, and where that does not tell, the outcome is [`Unavailable`](connector_sdk::Code::Unavailable), unknown. Only an
//! operation of which twice has the effect of once (a membership, a removal, a token), and whose effect is not there, is
//! sent again, at most twice. Waiting is on the client's clock.
//!
//! | change | refused before a write |
//! |---|---|
//! | a role of an account or a group | a role that nobody can be given there; a role held only through groups, which are named |
//! | organization admin, site admin | for groups; organization admin on anything but the organization |
//! | membership of a group | a group of an identity provider, or one that cannot be modified |
//! | account creation | without SCIM credentials; where it would bring a dead account back ([`AccountOptions`]) |
//! | account deletion | accounts that the organization does not manage, or may not delete |
//! | `disable_user` | organization administrators |
//! | `deactivate_account`, `reactivate_account`, `cancel_account_deletion` | accounts that a directory manages, or in another state |
//!
//! An object counts as gone only with proof (a 404 alone is none, see [`atlassian_admin::Absence`]) and where an artifact or
//! the vendor knew it; without the latter it is not found.
//!
//! # Example
//!
//! ```
//! use std::sync::Arc;
//! use atlassian_admin::OrgId;
//! use atlassian_connector::AtlassianConnector;
//! use connector_sdk::{Connector, capabilities};
//! # use http_kit::Secret;
//! # use http_kit::testing::FakeTransport as SomeTransport;
//!
//! let key = Secret::from("an organization API key".to_owned());
//! let org = OrgId::parse("8f1c2d34-5b6a-4c7d-9e80-1a2b3c4d5e6f")?;
//! let connector = AtlassianConnector::builder(key, org).build(Arc::new(SomeTransport::new()))?;
//!
//! let types: Vec<String> = connector.types().into_iter().map(|entry| entry.resource_type.id).collect();
//! assert_eq!(types[..5], ["user", "group", "workspace", "organization", "api_token"]);
//! assert_eq!(types[5..], ["service_account_token", "oauth_client", "org_api_key"]);
//! assert_eq!(capabilities(&connector.spec()).resource_type_capabilities.len(), 8);
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! # Embedded in a program
//!
//! An engine drives it: `connector_runtime::sync` reads everything into an artifact, `connector_runtime::change()` carries one
//! decision back, and `c1z_file::Artifact` reads the artifact for whoever decides. Here against the simulator, which stands in
//! for `ReqwestTransport` with [`BASE_URL`](atlassian_admin::BASE_URL):
//!
//! ```
//! use std::sync::Arc;
//! use atlassian_admin::{OrgId, Secret};
//! use atlassian_connector::AtlassianConnector;
//! use connector_runtime::change::{Change, ChangeOptions, change};
//! use connector_runtime::{SyncOptions, SystemClock, sync};
//! use connector_sdk::{ChangeState, Connector, ResourceKey};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let org = atlassian_sim::Org::generate(atlassian_sim::OrgSpec::small(40));
//! let running = atlassian_sim::Simulator::builder(org.clone()).bind("127.0.0.1:0").await?;
//!
//! let transport = Arc::new(http_kit::ReqwestTransport::builder().build()?);
//! let key = Secret::from(org.api_key().to_owned());
//! let builder = AtlassianConnector::builder(key, OrgId::parse(org.id())?).base_url(running.url().parse()?);
//! let connector: Arc<dyn Connector> = Arc::new(builder.build(transport)?);
//!
//! // A sync.
//! # let folder = tempfile::tempdir()?;
//! # let artifact = folder.path().join("sync.c1z");
//! let mut options = SyncOptions::new(&artifact, Arc::new(SystemClock));
//! options.scope.insert("organization".into(), org.id().into()); // what an interrupted sync is resumed for
//! let report = sync(Arc::clone(&connector), options).await?;
//! assert_eq!(report.resources["user"], 40);
//! assert_eq!(report.gaps().count(), 0);
//!
//! // A decision: an account becomes a member of a group. The ids are those of the artifact.
//! # let truth = org.truth();
//! # let open = |group: &atlassian_sim::GroupTruth| group.modifiable == Some(true) && group.members < 40;
//! # let group = truth.groups().find(open).ok_or("no group can take a member")?.id;
//! # let is_in = |account: &str| truth.memberships().any(|one| one.group == group && one.account == account);
//! # let account = truth.accounts().find(|account| !is_in(&account.id)).ok_or("everyone is a member")?.id;
//! let options = ChangeOptions {
//!     artifact: Some(artifact),
//!     ..ChangeOptions::new("access review 7", Arc::new(SystemClock))
//! };
//! let grant = Change::Grant {
//!     entitlement_id: format!("group:{group}:member"),
//!     principal: ResourceKey::new("user", account),
//! };
//! let report = change(connector, grant, options).await?;
//! assert_eq!(report.state, ChangeState::Done, "{}", report.summary);
//! # Ok(()) }
//! ```
#![forbid(unsafe_code)]

mod absence;
mod address;
mod apps;
mod builder;
mod changes;
mod config;
mod connector;
mod doctor;
mod ends;
mod errors;
mod getters;
mod groups;
mod kinds;
mod machines;
mod mixed;
mod notices;
mod older;
mod options;
mod organization;
mod profile;
mod roles;
mod shared;
mod spec;
mod status;
mod tally;
mod tokens;
mod users;
mod workspaces;

pub use builder::{ConnectorBuildError, ConnectorBuilder};
pub use config::{
    ACCESS_TOKEN, AtlassianSettings, BASE_URL, ORGANIZATION_ID, SCIM_BASE_URL, SCIM_TOKEN, SettingsError,
};
pub use connector::AtlassianConnector;
pub use doctor::{Examination, without_key};
pub use options::{AccountOptions, Options};
pub use spec::spec;

/// The program of the page that people read before they take the crate.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
