//! The resource types and how their resources are named.

use atlassian_admin::{AccountId, GroupId, OrgId};
use connector_sdk::ResourceKey;
use connector_sdk::proto::connector::v2;

pub(crate) const USER: &str = "user";
pub(crate) const GROUP: &str = "group";
pub(crate) const WORKSPACE: &str = "workspace";
pub(crate) const ORGANIZATION: &str = "organization";
pub(crate) const API_TOKEN: &str = "api_token";
pub(crate) const SERVICE_ACCOUNT_TOKEN: &str = "service_account_token";
pub(crate) const OAUTH_CLIENT: &str = "oauth_client";
pub(crate) const ORG_API_KEY: &str = "org_api_key";

/// The entitlement of a group that its members hold.
pub(crate) const MEMBER: &str = "member";

pub(crate) fn user(id: &AccountId) -> ResourceKey {
    ResourceKey::new(USER, id.as_str())
}

pub(crate) fn group(id: &GroupId) -> ResourceKey {
    ResourceKey::new(GROUP, id.as_str())
}

pub(crate) fn workspace(ari: &str) -> ResourceKey {
    ResourceKey::new(WORKSPACE, ari)
}

pub(crate) fn organization(id: &OrgId) -> ResourceKey {
    ResourceKey::new(ORGANIZATION, id.as_str())
}

/// The id of a resource that the engine hands back; empty for one without an id, which the vendor refuses.
pub(crate) fn id_of(resource: &v2::Resource) -> &str {
    resource.id.as_ref().map_or("", |id| id.resource.as_str())
}

/// The name of a resource; nothing for one whose type or id is empty.
pub(crate) fn key(resource: &v2::Resource) -> Option<ResourceKey> {
    resource.id.as_ref().and_then(ResourceKey::from_proto)
}
