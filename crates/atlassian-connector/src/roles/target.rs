//! What a role is held on: from the identifier in an assignment to a resource of ours.

use crate::{apps, kinds, profile};
use atlassian_admin::{OrgId, ResourceAri, ResourceOwner};
use connector_sdk::{ResourceBuilder, ResourceKey, ResourceRow, Standing};

/// What kind of thing a role is held on, as far as it matters to which roles there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// An instance of an app.
    App,
    /// A site, on which its administrators hold their role.
    Site,
    /// The organization.
    Organization,
    /// A single project or goal, or something of the platform that is not known.
    Other,
}

/// What a role is held on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) key: ResourceKey,
    pub(crate) place: Place,
}

const ORG_ADMIN: &str = "atlassian/org-admin";

/// What a role is held on.
///
/// The organization's own target is the organization, and so is any target of the platform for `atlassian/org-admin`,
/// because the vendor ignores what that role is held on. Everything else is a workspace.
pub(crate) fn target(
    org: &OrgId,
    resource: &ResourceAri,
    owner: Option<&ResourceOwner>,
    role: &str,
) -> Target {
    let place = place(resource, owner.map(ResourceOwner::as_str));
    let ours = is_organization(resource)
        && resource
            .id()
            .is_some_and(|id| id.eq_ignore_ascii_case(org.as_str()));
    if ours || (role == ORG_ADMIN && is_of_platform(resource, owner)) {
        return Target {
            key: kinds::organization(org),
            place: Place::Organization,
        };
    }
    Target {
        key: kinds::workspace(resource.as_str()),
        place,
    }
}

/// Whether this belongs to the platform and not to an app. The identifier says so, or the owner where it says nothing.
pub(crate) fn is_of_platform(resource: &ResourceAri, owner: Option<&ResourceOwner>) -> bool {
    resource.owner().or(owner.map(ResourceOwner::as_str)) == Some("platform")
}

/// What kind of thing a workspace is.
///
/// An identifier of a form that is not known counts as an app: app instances are what the vendor lists.
pub(crate) fn place(resource: &ResourceAri, owner: Option<&str>) -> Place {
    match (resource.owner(), resource.kind()) {
        _ if is_project_or_goal(resource, owner) => Place::Other,
        (Some("platform"), Some("site")) => Place::Site,
        (Some("platform"), _) => Place::Other,
        (None, _) if owner == Some("platform") => Place::Other,
        _ => Place::App,
    }
}

/// Whether this is a single project or goal. The vendor says so in the owner, in the owner of the identifier, or in its
/// kind.
pub(crate) fn is_project_or_goal(resource: &ResourceAri, owner: Option<&str>) -> bool {
    [owner, resource.owner(), resource.kind()]
        .into_iter()
        .flatten()
        .any(|word| matches!(word, "project" | "goal"))
}

fn is_organization(resource: &ResourceAri) -> bool {
    resource.owner() == Some("platform") && resource.kind() == Some("org")
}

/// The workspace as far as its identifier tells, for where no listing has it.
pub(crate) fn placeholder(resource: &ResourceAri, owner: Option<&ResourceOwner>) -> ResourceRow {
    ResourceBuilder::new(kinds::workspace(resource.as_str()), name(resource, owner))
        .profile(profile::UNLISTED, true)
        .profile(
            profile::RESOURCE_OWNER,
            owner.map(|owner| owner.as_str().to_owned()),
        )
        .follow_up(&owner.map(ResourceOwner::as_str))
        .row(Standing::Placeholder(0))
}

fn name(resource: &ResourceAri, owner: Option<&ResourceOwner>) -> String {
    let (Some(of), Some(kind), Some(id)) = (resource.owner(), resource.kind(), resource.id()) else {
        return match owner {
            Some(owner) => format!("{}: {resource}", apps::display_name(owner.as_str())),
            None => resource.to_string(),
        };
    };
    match (of, kind) {
        (_, "project") => format!("Project: {id}"),
        (_, "goal") => format!("Goal: {id}"),
        ("platform", "site") => format!("Site: {id}"),
        ("platform", "org") => format!("Organization: {id}"),
        ("platform", kind) => format!("Platform {kind}: {id}"),
        (of, _) => format!("{}: {id}", apps::display_name(of)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;

    #[test]
    fn every_form_of_target_has_its_resource_and_place() {
        let org = OrgId::from_vendor("8f1c2d34-5b6a-4c7d-9e80-1a2b3c4d5e6f");
        let mut table = String::new();
        for (resource, owner, role) in [
            ("ari:cloud:confluence::site/3f0e", "confluence", "atlassian/user"),
            (
                "ari:cloud:jira-software::site/3f0e",
                "jira-software",
                "atlassian/org-admin",
            ),
            (
                "ari:cloud:confluence::site/|a/b:3f0e",
                "confluence",
                "atlassian/user",
            ),
            (
                "ari:cloud:bitbucket::workspace/team|7",
                "bitbucket",
                "atlassian/admin",
            ),
            ("ari:cloud:brand-new::site/3f0e", "brand-new", "atlassian/user"),
            (
                "ari:cloud:platform::site/3f0e",
                "platform",
                "atlassian/site-admin",
            ),
            (
                "ari:cloud:platform::site/3f0e",
                "platform",
                "atlassian/user-access-admin",
            ),
            ("ari:cloud:platform::site/3f0e", "platform", "atlassian/org-admin"),
            (
                "ari:cloud:platform::org/8f1c2d34-5b6a-4c7d-9e80-1a2b3c4d5e6f",
                "platform",
                "atlassian/org-admin",
            ),
            (
                "ari:cloud:platform::org/8F1C2D34-5B6A-4C7D-9E80-1A2B3C4D5E6F",
                "platform",
                "atlassian/ai-access",
            ),
            (
                "ari:cloud:platform::org/another",
                "platform",
                "atlassian/ai-access",
            ),
            ("ari:cloud:platform::unit/7", "platform", "atlassian/admin"),
            ("ari:cloud:townsquare::project/7", "project", "atlassian/user"),
            ("ari:cloud:townsquare::goal/7", "goal", "atlassian/user"),
            ("ari:cloud:townsquare::project/7", "", "atlassian/user"),
            ("3f0e8a52", "confluence", "atlassian/user"),
            ("3f0e8a52", "platform", "atlassian/site-admin"),
            ("3f0e8a52", "", "atlassian/user"),
        ] {
            let ari = ResourceAri::from_vendor(resource);
            let owner = (!owner.is_empty()).then(|| ResourceOwner::from(owner));
            let target = target(&org, &ari, owner.as_ref(), role);
            let left_out = if is_project_or_goal(&ari, owner.as_ref().map(ResourceOwner::as_str)) {
                " left out"
            } else {
                ""
            };
            let name = placeholder(&ari, owner.as_ref()).resource.display_name;
            writeln!(
                table,
                "{role} on {resource}\n  {:?}{left_out} {} ({name})",
                target.place, target.key
            )
            .unwrap();
        }
        insta::assert_snapshot!(table);
    }
}
