//! Which roles there are in each place, and who can be given them there.

use super::target::Place;
use crate::kinds::{GROUP, USER};
use connector_sdk::{EntitlementRow, Purpose, ResourceKey, Standing, Text};

/// Roles that every app instance has an entitlement for, held or not. Existing reviews hold all ten of them.
const ON_APP: &[&str] = &[
    "atlassian/user",
    "atlassian/user-access-admin",
    "atlassian/admin",
    "atlassian/guest",
    "atlassian/contributor",
    "atlassian/customer",
    "atlassian/basic",
    "atlassian/stakeholder",
    "atlassian/org-admin",
    "atlassian/site-admin",
];
const ON_SITE: &[&str] = &["atlassian/site-admin"];
const ON_ORGANIZATION: &[&str] = &[
    "atlassian/org-admin",
    "atlassian/site-admin",
    "atlassian/user-access-admin",
    "atlassian/ai-access",
];

/// The roles that every place of this kind has an entitlement for.
pub(crate) fn everywhere(place: Place) -> &'static [&'static str] {
    match place {
        Place::App => ON_APP,
        Place::Site => ON_SITE,
        Place::Organization => ON_ORGANIZATION,
        Place::Other => &[],
    }
}

/// The types of principals to whom the vendor's API gives this role here, and from whom it takes it.
///
/// `atlassian/org-admin` is only given on the organization: the vendor ignores its target, so giving it on an app would
/// make someone an organization admin. `atlassian/viewer` is documented for groups alone. `atlassian/ai-access` and roles
/// that are not known cannot be given by anyone.
pub(crate) fn grantable_to(place: Place, role: &str) -> &'static [&'static str] {
    match (place, role) {
        (
            Place::App,
            "atlassian/user"
            | "atlassian/user-access-admin"
            | "atlassian/admin"
            | "atlassian/guest"
            | "atlassian/contributor"
            | "atlassian/customer"
            | "atlassian/basic"
            | "atlassian/stakeholder",
        ) => &[USER, GROUP],
        (Place::App, "atlassian/viewer") => &[GROUP],
        (Place::Site, "atlassian/site-admin") | (Place::Organization, "atlassian/org-admin") => &[USER],
        _ => &[],
    }
}

/// The name of the entitlement for a role.
pub(crate) fn slug(role: &str) -> String {
    format!("role:{role}")
}

/// The entitlement for a role on a resource.
pub(crate) fn entitlement(
    resource: ResourceKey,
    place: Place,
    role: &str,
    standing: Standing,
) -> EntitlementRow {
    let grantable_to = grantable_to(place, role);
    EntitlementRow {
        standing,
        display_name: Text::around(format!("{role} on "), ""),
        description: match place {
            Place::Organization => Text::Fixed(format!("Role '{role}' applied at organization level.")),
            _ => Text::around(format!("Role '{role}' applied in "), "."),
        },
        grantable_to: grantable_to.iter().map(|t| (*t).to_owned()).collect(),
        immutable: grantable_to.is_empty(),
        ..EntitlementRow::new(resource, slug(role), Purpose::Permission)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;

    /// Every role that is known, one that is not, and who can be given it in each place.
    #[test]
    fn only_what_the_api_can_change_is_grantable() {
        let roles = [
            "atlassian/user",
            "atlassian/user-access-admin",
            "atlassian/admin",
            "atlassian/guest",
            "atlassian/contributor",
            "atlassian/customer",
            "atlassian/basic",
            "atlassian/stakeholder",
            "atlassian/viewer",
            "atlassian/site-admin",
            "atlassian/org-admin",
            "atlassian/ai-access",
            "atlassian/quality-owner",
        ];
        let mut table = String::new();
        for role in roles {
            let cells = [Place::App, Place::Site, Place::Organization, Place::Other].map(|place| {
                let fixed = if everywhere(place).contains(&role) {
                    "*"
                } else {
                    ""
                };
                format!("{fixed}{}", grantable_to(place, role).join("+"))
            });
            let [app, site, organization, other] = cells;
            writeln!(table, "{role:<28}{app:<12}{site:<10}{organization:<10}{other}").unwrap();
        }
        let table = table.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        insta::assert_snapshot!(table);
    }

    #[test]
    fn an_entitlement_that_nobody_can_be_given_is_immutable() {
        let app = ResourceKey::new("workspace", "ari:cloud:confluence::site/1");
        for (place, role, immutable) in [
            (Place::App, "atlassian/user", false),
            (Place::App, "atlassian/org-admin", true),
            (Place::App, "atlassian/site-admin", true),
            (Place::Site, "atlassian/site-admin", false),
            (Place::Organization, "atlassian/ai-access", true),
        ] {
            let row = entitlement(app.clone(), place, role, Standing::Listed);
            assert_eq!(
                (row.immutable, row.grantable_to.is_empty()),
                (immutable, immutable),
                "{role} in {place:?}"
            );
        }
    }
}
