//! A typed client of Atlassian's organization, user management and API access APIs: everything that a tool of
//! identity governance reads and changes, with the key of an organization.
//!
//! ```no_run
//! # #[cfg(feature = "reqwest")]
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//!
//! use atlassian_admin::{
//!     AdminClient, BASE_URL, DirectoryRef, OrgId, Secret, UserExpand, UserSearch, http_builder,
//! };
//! use futures_util::TryStreamExt;
//! use http_kit::ReqwestTransport;
//!
//! let transport = Arc::new(ReqwestTransport::builder().build()?);
//! let key = Secret::from("the key of the organization".to_owned());
//! let http = http_builder(transport, BASE_URL.parse()?, key).build()?;
//! let org = OrgId::parse("8f1c2d34-5b6a-4c7d-9e80-1a2b3c4d5e6f")?;
//! let client = AdminClient::new(http, org);
//!
//! // Every account, a page at a time; an interrupted listing goes on from `page.next`.
//! let search = UserSearch::builder().expand([UserExpand::PlatformRoles]).build()?;
//! let mut pages = Box::pin(client.search_users_stream(DirectoryRef::Any, search, None));
//! while let Some(page) = pages.try_next().await? {
//!     for user in &page.items {
//!         println!("{} {:?}", user.account_id, user.status);
//!     }
//!     for row in &page.bad_rows {
//!         println!("row {} was not understood: {}", row.index, row.reason);
//!     }
//! }
//! # Ok(()) }
//! ```
//!
//! Programs that run against a simulated organization are in `examples/`: `list_users`, `suspend_and_restore` and
//! `grant_role`.
//!
//! # What can be relied on
//!
//! * **Nothing is lost in silence.** A row that cannot be decoded is a [`BadRow`] beside the others; an
//!   answer without rows where rows belong is an error. Words that the vendor adds are kept in `Other`,
//!   fields in [`Extra`].
//! * **An error says what it means.** Each of the vendor's error shapes becomes an [`AdminError`] with a
//!   [kind](AdminErrorKind) found from the vendor's code, because a status alone stands for opposite things,
//!   and with a [hint](AdminError::hint).
//! * **Nothing is sent that the vendor documents to refuse.** Limits are checked when a search, a query or an
//!   id is made; [`ParameterError`] names the parameter.
//! * **A write is sent again only after the limit of requests refused it, or where it never left.** Whether the caller may send
//!   it again after reading the state tells [`Operation::twice`]; whether an answer of success is the documented one,
//!   [`Receipt::documented`].
//! * **What is private stays so.** The key cannot be printed; e-mail addresses are a [type of their
//!   own](EmailAddress) that `Debug` masks.
//!
//! # Operations
//!
//! | method | operation | | path |
//! |---|---|---|---|
//! | [`organizations`](AdminClient::organizations) | `organization.list` | GET | `/admin/v1/orgs` |
//! | [`organization`](AdminClient::organization) | `organization.get` | GET | `/admin/v1/orgs/{orgId}` |
//! | [`directories`](AdminClient::directories) | `directories.list` | GET | `/admin/v2/orgs/{orgId}/directories` |
//! | [`search_users`](AdminClient::search_users) | `users.search` | POST | `/admin/v2/orgs/{orgId}/directories/{directoryId}/users/search` |
//! | [`list_users`](AdminClient::list_users) | `users.list` | GET | `/admin/v2/orgs/{orgId}/directories/{directoryId}/users` |
//! | [`user`](AdminClient::user) | `users.get` | GET | `/admin/v2/orgs/{orgId}/directories/{directoryId}/users/{accountId}` |
//! | [`count_users`](AdminClient::count_users) | `users.count` | GET | `/admin/v2/orgs/{orgId}/directories/{directoryId}/users/count` |
//! | [`user_stats`](AdminClient::user_stats) | `users.stats` | GET | `/admin/v2/orgs/{orgId}/directories/{directoryId}/users/stats` |
//! | [`user_role_assignments`](AdminClient::user_role_assignments) | `users.role-assignments` | GET | `/admin/v2/orgs/{orgId}/directories/{directoryId}/users/{accountId}/role-assignments` |
//! | [`last_active_dates`](AdminClient::last_active_dates) | `users.last-active` | GET | `/admin/v1/orgs/{orgId}/directory/users/{accountId}/last-active-dates` |
//! | [`invite_users`](AdminClient::invite_users) | `users.invite` | POST | `/admin/v2/orgs/{orgId}/users/invite` |
//! | [`suspend_user`](AdminClient::suspend_user) | `users.suspend` | POST | `/admin/v2/orgs/{orgId}/directories/{directoryId}/users/{accountId}/suspend` |
//! | [`restore_user`](AdminClient::restore_user) | `users.restore` | POST | `/admin/v2/orgs/{orgId}/directories/{directoryId}/users/{accountId}/restore` |
//! | [`remove_user`](AdminClient::remove_user) | `users.remove` | DELETE | `/admin/v2/orgs/{orgId}/directories/{directoryId}/users/{accountId}` |
//! | [`assign_user_role`](AdminClient::assign_user_role) | `users.roles.assign` | POST | `/admin/v1/orgs/{orgId}/users/{accountId}/roles/assign` |
//! | [`revoke_user_role`](AdminClient::revoke_user_role) | `users.roles.revoke` | POST | `/admin/v1/orgs/{orgId}/users/{accountId}/roles/revoke` |
//! | [`assign_org_admin`](AdminClient::assign_org_admin) | `users.org-role.assign` | POST | `/admin/v1/orgs/{orgId}/users/{accountId}/role-assignments/assign` |
//! | [`revoke_org_admin`](AdminClient::revoke_org_admin) | `users.org-role.revoke` | POST | `/admin/v1/orgs/{orgId}/users/{accountId}/role-assignments/revoke` |
//! | [`search_groups`](AdminClient::search_groups) | `groups.search` | POST | `/admin/v2/orgs/{orgId}/directories/{directoryId}/groups/search` |
//! | [`list_groups`](AdminClient::list_groups) | `groups.list` | GET | `/admin/v2/orgs/{orgId}/directories/{directoryId}/groups` |
//! | [`group`](AdminClient::group) | `groups.get` | GET | `/admin/v2/orgs/{orgId}/directories/{directoryId}/groups/{groupId}` |
//! | [`count_groups`](AdminClient::count_groups) | `groups.count` | GET | `/admin/v2/orgs/{orgId}/directories/{directoryId}/groups/count` |
//! | [`group_stats`](AdminClient::group_stats) | `groups.stats` | GET | `/admin/v2/orgs/{orgId}/directories/{directoryId}/groups/stats` |
//! | [`group_role_assignments`](AdminClient::group_role_assignments) | `groups.role-assignments` | GET | `/admin/v2/orgs/{orgId}/directories/{directoryId}/groups/{groupId}/role-assignments` |
//! | [`create_group`](AdminClient::create_group) | `groups.create` | POST | `/admin/v2/orgs/{orgId}/directories/{directoryId}/groups` |
//! | [`delete_group`](AdminClient::delete_group) | `groups.delete` | DELETE | `/admin/v2/orgs/{orgId}/directories/{directoryId}/groups/{groupId}` |
//! | [`add_group_member`](AdminClient::add_group_member) | `groups.members.add` | POST | `/admin/v2/orgs/{orgId}/directories/{directoryId}/groups/{groupId}/memberships` |
//! | [`remove_group_member`](AdminClient::remove_group_member) | `groups.members.remove` | DELETE | `/admin/v2/orgs/{orgId}/directories/{directoryId}/groups/{groupId}/memberships/{accountId}` |
//! | [`assign_group_role`](AdminClient::assign_group_role) | `groups.roles.assign` | POST | `/admin/v2/orgs/{orgId}/directories/{directoryId}/groups/{groupId}/role-assignments/assign` |
//! | [`revoke_group_role`](AdminClient::revoke_group_role) | `groups.roles.revoke` | POST | `/admin/v2/orgs/{orgId}/directories/{directoryId}/groups/{groupId}/role-assignments/revoke` |
//! | [`workspaces`](AdminClient::workspaces) | `workspaces.query` | POST | `/admin/v2/orgs/{orgId}/workspaces` |
//! | [`domains`](AdminClient::domains) | `domains.list` | GET | `/admin/v1/orgs/{orgId}/domains` |
//! | [`domain`](AdminClient::domain) | `domains.get` | GET | `/admin/v1/orgs/{orgId}/domains/{domainId}` |
//! | [`policies`](AdminClient::policies) | `policies.list` | GET | `/admin/v1/orgs/{orgId}/policies` |
//! | [`policy`](AdminClient::policy) | `policies.get` | GET | `/admin/v1/orgs/{orgId}/policies/{policyId}` |
//! | [`events`](AdminClient::events) | `events.list` | GET | `/admin/v1/orgs/{orgId}/events` |
//! | [`poll_events`](AdminClient::poll_events) | `events.poll` | GET | `/admin/v1/orgs/{orgId}/events-stream` |
//! | [`event`](AdminClient::event) | `events.get` | GET | `/admin/v1/orgs/{orgId}/events/{eventId}` |
//! | [`event_actions`](AdminClient::event_actions) | `events.actions` | GET | `/admin/v1/orgs/{orgId}/event-actions` |
//! | [`managed_accounts`](AdminClient::managed_accounts) | `managed-accounts.list` | GET | `/admin/v1/orgs/{orgId}/users` |
//! | [`api_tokens`](AdminClient::api_tokens) | `tokens.list` | GET | `/admin/api-access/v1/orgs/{orgId}/api-tokens` |
//! | [`count_api_tokens`](AdminClient::count_api_tokens) | `tokens.count` | GET | `/admin/api-access/v1/orgs/{orgId}/api-tokens/count` |
//! | [`revoke_every_api_token`](AdminClient::revoke_every_api_token) | `tokens.revoke-every` | DELETE | `/admin/api-access/v1/orgs/{orgId}/api-tokens` |
//! | [`api_keys`](AdminClient::api_keys) | `keys.list` | GET | `/admin/api-access/v1/orgs/{orgId}/api-keys` |
//! | [`count_api_keys`](AdminClient::count_api_keys) | `keys.count` | GET | `/admin/api-access/v1/orgs/{orgId}/api-keys/count` |
//! | [`revoke_api_key`](AdminClient::revoke_api_key) | `keys.revoke` | PATCH | `/admin/api-access/v1/orgs/{orgId}/api-keys/revoke/{apiKeyId}` |
//! | [`service_accounts`](AdminClient::service_accounts) | `service-accounts.list` | GET | `/admin/api-access/v1/orgs/{orgId}/service-accounts` |
//! | [`service_accounts`](AdminClient::service_accounts) | `service-accounts.console` | GET | `/admin/account-management/v1/orgs/{orgId}/service-accounts` |
//! | [`service_account_tokens`](AdminClient::service_account_tokens) | `service-tokens.list` | GET | `/admin/api-access/v1/orgs/{orgId}/service-accounts/api-tokens` |
//! | [`tokens_of_service_account`](AdminClient::tokens_of_service_account) | `service-tokens.of-account` | GET | `/admin/api-access/v1/orgs/{orgId}/service-accounts/{serviceAccountId}/api-tokens` |
//! | [`revoke_tokens_of_service_account`](AdminClient::revoke_tokens_of_service_account) | `service-tokens.revoke-every` | DELETE | `/admin/api-access/v1/orgs/{orgId}/service-accounts/{serviceAccountId}/api-tokens` |
//! | [`oauth_clients`](AdminClient::oauth_clients) | `oauth-clients.list` | GET | `/admin/api-access/v1/orgs/{orgId}/oauth-clients` |
//! | [`count_oauth_clients`](AdminClient::count_oauth_clients) | `oauth-clients.count` | POST | `/admin/api-access/v1/orgs/{orgId}/oauth-clients/count` |
//! | [`oauth_client`](AdminClient::oauth_client) | `oauth-clients.get` | GET | `/admin/api-access/v1/orgs/{orgId}/oauth-clients/{clientId}` |
//! | [`delete_oauth_client`](AdminClient::delete_oauth_client) | `oauth-clients.delete` | DELETE | `/admin/api-access/v1/orgs/{orgId}/oauth-clients/{clientId}` |
//! | [`service_account_oauth_clients`](AdminClient::service_account_oauth_clients) | `service-oauth-clients.list` | GET | `/admin/api-access/v1/orgs/{orgId}/service-accounts/oauth-clients` |
//! | [`oauth_clients_of_service_account`](AdminClient::oauth_clients_of_service_account) | `service-oauth-clients.of-account` | GET | `/admin/api-access/v1/orgs/{orgId}/service-accounts/{serviceAccountId}/oauth-clients` |
//! | [`account_permissions`](AdminClient::account_permissions) | `account.permissions` | GET | `/users/{accountId}/manage` |
//! | [`account_profile`](AdminClient::account_profile) | `account.profile` | GET | `/users/{accountId}/manage/profile` |
//! | [`update_account_profile`](AdminClient::update_account_profile) | `account.profile.update` | PATCH | `/users/{accountId}/manage/profile` |
//! | [`set_account_email`](AdminClient::set_account_email) | `account.email.set` | PUT | `/users/{accountId}/manage/email` |
//! | [`disable_account`](AdminClient::disable_account) | `account.disable` | POST | `/users/{accountId}/manage/lifecycle/disable` |
//! | [`enable_account`](AdminClient::enable_account) | `account.enable` | POST | `/users/{accountId}/manage/lifecycle/enable` |
//! | [`delete_account`](AdminClient::delete_account) | `account.delete` | POST | `/users/{accountId}/manage/lifecycle/delete` |
//! | [`cancel_account_deletion`](AdminClient::cancel_account_deletion) | `account.cancel-delete` | POST | `/users/{accountId}/manage/lifecycle/cancel-delete` |
//! | [`account_tokens`](AdminClient::account_tokens) | `account.tokens.list` | GET | `/users/{accountId}/manage/api-tokens` |
//! | [`revoke_account_token`](AdminClient::revoke_account_token) | `account.tokens.revoke` | DELETE | `/users/{accountId}/manage/api-tokens/{tokenId}` |
//! | [`scim_links`](AdminClient::scim_links) | `scim-links.of-account` | GET | `/admin/user-provisioning/v1/org/{orgId}/user/{accountId}/get-scim-links` |
//! | [`scim_links_for_email`](AdminClient::scim_links_for_email) | `scim-links.of-email` | POST | `/admin/user-provisioning/v1/org/{orgId}/get-scim-links-for-email` |
//! | [`unlink_scim_user`](AdminClient::unlink_scim_user) | `scim-links.unlink` | PATCH | `/admin/user-provisioning/v1/org/{orgId}/scimDirectoryId/{scimDirectoryId}/scimUserId/{scimUserId}/unlink` |
//! | [`delete_scim_records`](AdminClient::delete_scim_records) | `scim-links.delete-records` | DELETE | `/admin/user-provisioning/v1/org/{orgId}/user/{accountId}/onlyDeleteUserInDB` |
//!
//! Not offered: forms of the first version that the vendor has removed (suspension, memberships, searches);
//! making, changing and deleting service accounts, and counting their tokens, whose requests or answers are published nowhere;
//! making OAuth clients and keys, which takes a person's session; changes of policies.
//!
//! # Features
//!
//! `reqwest` (default) brings the transport over real sockets from [`http_kit`]. Without it neither a TLS stack nor a
//! socket library is in the tree, and the caller brings a [`Transport`](http_kit::Transport), whose page shows how.
//! Transports, retries and counts are named by `http-kit`, which is a dependency beside this crate, then without its
//! default features as well:
//!
//! ```toml
//! atlassian-admin = { path = "…/crates/atlassian-admin", default-features = false }
//! http-kit = { package = "connector-http-kit", path = "…/crates/http-kit", default-features = false }
//! ```
//!
//! `cassette` brings `redaction_rules`: what to replace where the traffic of these APIs is recorded with
//! `http_kit::cassette`.
#![forbid(unsafe_code)]

mod accounts;
mod ari;
mod client;
mod decode;
mod domains;
mod email;
mod error;
mod events;
mod groups;
mod id;
mod machines;
mod manage;
mod operation;
mod organizations;
mod page;
mod parameter;
mod policies;
mod query;
#[cfg(feature = "cassette")]
mod redaction;
mod roles;
mod scim_links;
mod time;
mod tokens;
mod users;
mod vocabulary;
mod workspaces;

pub use accounts::{LastActive, LastActiveDates, ManagedAccount, ManagedProductAccess};
pub use ari::ResourceAri;
pub use client::{AdminClient, BASE_URL, Write, http_builder, rate_limiter};
pub use decode::Extra;
pub use domains::{Domain, DomainAttributes, DomainClaim, DomainStatus};
pub use email::EmailAddress;
pub use error::{Absence, AdminError, AdminErrorKind, decode_error};
pub use events::{
    Event, EventAction, EventActionInfo, EventActionTexts, EventActor, EventAttributes, EventAuth,
    EventFeedPage, EventFilter, EventLocation, EventMessage, EventObject, EventPlace, EventQuery, FeedQuery,
};
pub use groups::{
    Group, GroupCounts, GroupExpand, GroupFilter, GroupQuery, GroupSearch, GroupSearchBuilder, GroupStats,
    GroupTotals, GroupType, GroupTypeCount, ManagementAccess, NewGroup,
};
pub use http_kit::{BadRow, Cursor, OddField, Page, Receipt, Row, Secret};
pub use id::{
    AccountId, ApiKeyId, DirectoryId, DirectoryRef, DomainId, EventId, GroupId, OAuthClientId, OrgId,
    PolicyId, ScimDirectoryId, ScimUserId, ServiceAccountId, TokenId,
};
pub use machines::{
    OAuthClient, OAuthClientStatus, RevokeTokensOf, ServiceAccount, ServiceAccountRoute, ServiceAccountToken,
};
pub use manage::{
    AccountProfile, AccountToken, ExtendedProfile, Permission, Permissions, Privilege, ProfileChange,
    ProfileChangeBuilder, RestrictionReason,
};
pub use operation::{
    CLASS_EVENTS, CLASS_EVENTS_STREAM, CLASS_LAST_ACTIVE, OPERATIONS, Operation, OperationId, Success,
};
pub use organizations::{Directory, DirectoryQuery, Organization, OrganizationAttributes};
pub use parameter::ParameterError;
pub use policies::{ApplicationStatus, Policy, PolicyAttributes, PolicyResource, PolicyStatus, PolicyType};
#[cfg(feature = "cassette")]
pub use redaction::redaction_rules;
pub use roles::{
    AssignmentMethods, GroupRoleAssignment, RoleAssignment, RoleFilter, RoleOnResource, RoleQuery,
    UserRoleAssignment,
};
pub use scim_links::ScimLink;
pub use time::VendorTime;
pub use tokens::{
    ApiToken, KeyFilter, OrgApiKey, RevokeEveryToken, TimeCondition, TokenFilter, TokenOwner, TokenPaging,
    TokenStatus,
};
pub use users::{
    GroupBrief, Invitation, InviteGroupResult, InviteOutcome, InviteResult, InviteRoleResult, InviteStatus,
    Invited, ProductActivity, RoleCount, StatusCount, User, UserCounts, UserExpand, UserFilter, UserQuery,
    UserRow, UserSearch, UserSearchBuilder, UserStats,
};
pub use vocabulary::{
    AccountStatus, AccountType, AssignmentMethod, ClaimStatus, ManagedBy, ManagementSource, MembershipStatus,
    ResourceOwner, RoleId, SortDirection, UserStatus,
};
pub use workspaces::{
    Sandbox, Workspace, WorkspaceAttributes, WorkspaceFilter, WorkspaceQuery, WorkspaceStatus,
};

/// The program of the page that people read before they take the crate.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
