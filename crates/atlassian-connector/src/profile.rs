//! Profile keys that are written in one place and read back in another, and how they are read.
//!
//! A sync reads none of them: what a listing leaves for later calls about a resource is its follow-up. A change reads what
//! the artifact shows.

use connector_sdk::proto::connector::v2;
use prost_types::value::Kind;

/// Roles of the platform that the listing of accounts states.
pub(crate) const PLATFORM_ROLES: &str = "platform_roles";
/// The composite status of an account.
pub(crate) const STATUS: &str = "status";
/// How an account stands to the directories.
pub(crate) const MEMBERSHIP_STATUS: &str = "membership_status";
/// Whether the listing of managed accounts has the account.
pub(crate) const MANAGED_ACCOUNT: &str = "managed_account";
/// Whether the members of a group can be changed.
pub(crate) const MEMBERSHIP_MODIFIABLE: &str = "membership_modifiable";
/// How many members a group has by the vendor's count.
pub(crate) const MEMBER_COUNT: &str = "member_count";
/// How many resources an account or a group has a role on by the vendor's count.
pub(crate) const RESOURCE_COUNT: &str = "resource_count";
/// What owns a workspace that no listing has.
pub(crate) const RESOURCE_OWNER: &str = "resource_owner";
/// Whether it is a service account.
pub(crate) const SERVICE_ACCOUNT: &str = "service_account";
/// The id of a service account within the collection of service accounts.
pub(crate) const SERVICE_ACCOUNT_ID: &str = "service_account_id";
/// Whether no listing has the object.
pub(crate) const UNLISTED: &str = "unlisted";

fn value<'a>(resource: &'a v2::Resource, key: &str) -> Option<&'a Kind> {
    resource.profile.as_ref()?.fields.get(key)?.kind.as_ref()
}

pub(crate) fn text<'a>(resource: &'a v2::Resource, key: &str) -> Option<&'a str> {
    match value(resource, key)? {
        Kind::StringValue(text) => Some(text),
        _ => None,
    }
}

pub(crate) fn flag(resource: &v2::Resource, key: &str) -> Option<bool> {
    match value(resource, key)? {
        Kind::BoolValue(flag) => Some(*flag),
        _ => None,
    }
}

/// A count as a profile holds it.
#[expect(clippy::cast_precision_loss, reason = "no organization counts to 2^53")]
pub(crate) fn count(number: u64) -> f64 {
    number as f64
}
