//! From a row of the vendor to a group and its one entitlement.

use atlassian_admin::{Group, ManagedBy, ManagementAccess};
use connector_sdk::{EntitlementRow, ProfileValue, Purpose, ResourceBuilder, ResourceRow, Text};
use prost_types::Struct;

use crate::kinds::{self, MEMBER, USER};
use crate::profile;

/// The group, with all that its later calls need: whether its members can be changed, and how many there are of
/// them and of its roles.
pub(crate) fn of_group(group: &Group) -> ResourceRow {
    let name = group.name.as_deref().filter(|name| !name.trim().is_empty());
    let counts = group.counts.as_ref();
    let (members, resources) = (
        counts.and_then(|counts| counts.users),
        counts.and_then(|counts| counts.resources),
    );
    ResourceBuilder::new(kinds::group(&group.id), name.unwrap_or(group.id.as_str()))
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
        .listed()
}

/// The entitlement that its members hold.
pub(super) fn member(group: &Group) -> EntitlementRow {
    EntitlementRow {
        display_name: Text::around("", " member"),
        description: Text::around("Member of the ", " group"),
        grantable_to: vec![USER.to_owned()],
        immutable: !group.is_modifiable(),
        ..EntitlementRow::new(kinds::group(&group.id), MEMBER, Purpose::Assignment)
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
