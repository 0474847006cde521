//! A typed client of Atlassian's organization, user management and API access APIs.
#![forbid(unsafe_code)]

mod accounts;
mod ari;
mod client;
mod decode;
mod email;
mod error;
mod groups;
mod id;
mod operation;
mod organizations;
mod page;
mod parameter;
mod roles;
mod time;
mod tokens;
mod users;
mod vocabulary;
mod word;
mod workspaces;

pub use accounts::{LastActive, LastActiveDates, ManagedAccount, ManagedProductAccess};
pub use ari::ResourceAri;
pub use client::{AdminClient, BASE_URL, http_builder, rate_limiter};
pub use decode::Extra;
pub use email::EmailAddress;
pub use error::{AdminError, AdminErrorKind, decode_error};
pub use groups::{
    Group, GroupCounts, GroupExpand, GroupFilter, GroupQuery, GroupSearch, GroupSearchBuilder, GroupStats,
    GroupTotals, GroupType, GroupTypeCount, ManagementAccess,
};
pub use id::{
    AccountId, ApiKeyId, DirectoryId, DirectoryRef, DomainId, EventId, GroupId, OrgId, PolicyId,
    ScimDirectoryId, ScimUserId, TokenId,
};
pub use operation::{CLASS_EVENTS, CLASS_EVENTS_STREAM, CLASS_LAST_ACTIVE, OPERATIONS, Operation};
pub use organizations::{Directory, DirectoryQuery, Organization, OrganizationAttributes};
pub use parameter::ParameterError;
pub use roles::{
    AssignmentMethods, GroupRoleAssignment, RoleAssignment, RoleFilter, RoleQuery, UserRoleAssignment,
};
pub use time::VendorTime;
pub use tokens::{ApiToken, OrgApiKey, TokenOwner, TokenStatus};
pub use users::{
    GroupBrief, ProductActivity, RoleCount, StatusCount, User, UserCounts, UserExpand, UserFilter, UserQuery,
    UserSearch, UserSearchBuilder, UserStats,
};
pub use vocabulary::{
    AccountStatus, AccountType, AssignmentMethod, ClaimStatus, ManagedBy, ManagementSource, MembershipStatus,
    ResourceOwner, RoleId, SortDirection, UserStatus,
};
pub use workspaces::{
    Sandbox, Workspace, WorkspaceAttributes, WorkspaceFilter, WorkspaceQuery, WorkspaceStatus,
};
