//! From a row of the vendor to a group and its one entitlement.

use crate::kinds::{self, MEMBER, USER};
use crate::profile;
use atlassian_admin::{Group, GroupId, ManagedBy, ManagementAccess};
use connector_sdk::{
    EntitlementRow, ProfileValue, Purpose, ResourceBuilder, ResourceRow, Result, Subject, Text, limit,
};
use prost_types::Struct;
use serde::{Deserialize, Serialize};

/// What the row of a group leaves for listing its members and roles.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct GroupState {
    /// The name people read.
    pub(super) name: Option<String>,
    /// Whether nobody can change its members.
    pub(super) immutable: bool,
    /// How many members it has by the vendor's count.
    pub(super) members: Option<u64>,
    /// How many resources it has a role on by the vendor's count.
    pub(super) resources: Option<u64>,
}

impl GroupState {
    /// The name people read; the id of a group that only other rows name.
    pub(super) fn name<'a>(&'a self, id: &'a GroupId) -> &'a str {
        self.name.as_deref().unwrap_or(id.as_str())
    }
}

/// The group, with all that its later calls need: whether its members can be changed, and how many there are of
/// them and of its roles.
pub(crate) fn of_group(group: &Group) -> ResourceRow {
    let name = group.name.as_deref().filter(|name| !name.trim().is_empty());
    let name = name.unwrap_or(group.id.as_str());
    let counts = group.counts.as_ref();
    let (members, resources) = (
        counts.and_then(|counts| counts.users),
        counts.and_then(|counts| counts.resources),
    );
    ResourceBuilder::new(kinds::group(&group.id), name)
        .group(source(group), group.managed_by.as_ref().map(ManagedBy::as_str))
        .profile_or_empty("name", group.name.as_deref())
        .profile_or_empty("description", group.description.as_deref())
        .profile(
            "directory_id",
            group.directory_id.as_ref().map(|id| id.as_str().to_owned()),
        )
        .profile("external_synced", group.external_synced)
        .profile(
            "managed_by",
            group.managed_by.as_ref().map(|by| by.as_str().to_owned()),
        )
        .profile("management_access", group.management_access.as_ref().map(access))
        .profile(profile::MEMBERSHIP_MODIFIABLE, group.is_modifiable())
        .profile(profile::MEMBER_COUNT, members.map(profile::count))
        .profile(profile::RESOURCE_COUNT, resources.map(profile::count))
        .follow_up(&GroupState {
            name: Some(limit(name.to_owned(), 1024)),
            immutable: !group.is_modifiable(),
            members,
            resources,
        })
        .listed()
}

/// The entitlement that its members hold.
pub(super) fn member(group: &Group) -> EntitlementRow {
    member_of(&group.id, !group.is_modifiable())
}

/// The same, by what the row of the group left.
pub(crate) fn member_of_subject(group: &Subject) -> Result<EntitlementRow> {
    let GroupState { immutable, .. } = group.follow_up()?;
    Ok(member_of(&GroupId::from_vendor(group.id()), immutable))
}

fn member_of(group: &GroupId, immutable: bool) -> EntitlementRow {
    EntitlementRow {
        display_name: Text::around("", " member"),
        description: Text::around("Member of the ", " group"),
        grantable_to: vec![USER.to_owned()],
        immutable,
        ..EntitlementRow::new(kinds::group(group), MEMBER, Purpose::Assignment)
    }
}

/// Where the group comes from. Nothing where the vendor says nothing.
fn source(group: &Group) -> Option<&'static str> {
    match (group.external_synced, &group.managed_by) {
        (Some(true), _) | (_, Some(ManagedBy::External)) => Some("directory_synced"),
        (Some(false), _) | (_, Some(ManagedBy::Admins | ManagedBy::TeamMembers | ManagedBy::Open)) => {
            Some("native")
        }
        _ => None,
    }
}

fn access(access: &ManagementAccess) -> Struct {
    let answers = [
        ("readable", access.readable),
        ("modifiable", access.modifiable),
        ("deletable", access.deletable),
    ];
    let said = answers
        .into_iter()
        .filter_map(|(name, answer)| Some((name.to_owned(), answer.into_value()?)));
    Struct {
        fields: said.collect(),
    }
}
