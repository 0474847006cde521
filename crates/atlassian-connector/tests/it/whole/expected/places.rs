//! Where roles are held: kinds of places, the roles each has, and who can be given them there.

use super::access::Accesses;
use super::{Expected, Resource, World, entitlement_id};
use crate::whole::picture::Row;
use atlassian_sim::{Org, TargetTruth};
use connector_sdk::NoticeClass;
use std::collections::BTreeMap;

/// What kind of place a role is held in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    Organization,
    App,
    Site,
    /// A single project or goal.
    Thing,
}

/// What an account or a group can be given in an app.
const OF_APPS: [&str; 8] = [
    "user",
    "user-access-admin",
    "admin",
    "guest",
    "contributor",
    "customer",
    "basic",
    "stakeholder",
];

impl Place {
    pub(super) fn of(org: &str, target: &str, role: &str) -> Self {
        let (owner, rest) = target
            .strip_prefix("ari:cloud:")
            .unwrap()
            .split_once("::")
            .unwrap();
        match (owner, rest.split('/').next().unwrap()) {
            // The vendor ignores what the role of organization admins is held on.
            ("platform", _) if role == "atlassian/org-admin" => Self::Organization,
            ("platform", "org") => {
                assert_eq!(rest, format!("org/{org}"), "the simulator has one organization");
                Self::Organization
            }
            ("platform", "site") => Self::Site,
            (_, "project" | "goal") => Self::Thing,
            _ => Self::App,
        }
    }

    /// The roles that have an entitlement here whether or not anyone holds them: those of existing reviews in apps and
    /// on the organization, and what can be given on a site.
    fn fixed_roles(self) -> Vec<String> {
        let words: Vec<&str> = match self {
            Self::App => OF_APPS.into_iter().chain(["org-admin", "site-admin"]).collect(),
            Self::Organization => vec!["org-admin", "site-admin", "user-access-admin", "ai-access"],
            Self::Site => vec!["site-admin"],
            Self::Thing => Vec::new(),
        };
        words
            .into_iter()
            .map(|word| format!("atlassian/{word}"))
            .collect()
    }

    /// The types of principals that the API can give a role to here.
    pub(super) fn grantable_to(self, role: &str) -> &'static [&'static str] {
        match (self, role.strip_prefix("atlassian/").unwrap()) {
            (Self::App, word) if OF_APPS.contains(&word) => &["group", "user"],
            (Self::App, "viewer") => &["group"],
            (Self::Site, "site-admin") | (Self::Organization, "org-admin") => &["user"],
            _ => &[],
        }
    }
}

/// The name of an app by its key.
fn app(key: &str) -> &str {
    match key {
        "jira-software" => "Jira",
        "confluence" => "Confluence",
        "jira-servicedesk" => "Jira Service Management",
        "jira-product-discovery" => "Jira Product Discovery",
        "compass" => "Compass",
        "bitbucket" => "Bitbucket",
        "trello" => "Trello",
        other => unreachable!("the simulator has no app {other}"),
    }
}

impl Accesses {
    /// The workspaces, and the entitlements of all places.
    pub(super) fn put_places(&self, org: &Org, world: &World, expected: &mut Expected) {
        let mut places: BTreeMap<Resource, Place> = BTreeMap::new();
        places.insert(("organization", world.org.clone()), Place::Organization);
        for target in org.truth().targets() {
            let place = Place::of(&world.org, &target.ari, "");
            let resource = ("workspace", target.ari.clone());
            if place != Place::Organization && (target.listed || self.roles.contains_key(&resource)) {
                expected
                    .picture
                    .put(format!("workspace {}", target.ari), workspace(&target, place));
                expected.tell(NoticeClass::Fact, "unlisted_workspace", u64::from(!target.listed));
                places.insert(resource, place);
            }
        }
        for (resource, place) in &places {
            let met = self
                .roles
                .get(resource)
                .into_iter()
                .flatten()
                .map(|role| (*role).to_owned());
            let mut roles: Vec<String> = place.fixed_roles().into_iter().chain(met).collect();
            roles.sort();
            roles.dedup();
            for role in roles {
                let to = place.grantable_to(&role);
                let row = Row::default()
                    .with("on", format!("{} {}", resource.0, resource.1))
                    .with("slug", format!("role:{role}"))
                    .with("name", format!("{role} on NAME"))
                    .with("purpose", "PURPOSE_VALUE_PERMISSION")
                    .with("grantable to", to.join(", "))
                    .with(
                        "annotations",
                        if to.is_empty() { "EntitlementImmutable" } else { "" },
                    );
                expected
                    .picture
                    .put(format!("entitlement {}", entitlement_id(resource, &role)), row);
            }
        }
        expected.tell(NoticeClass::Fact, "left_out_target", self.left_out.len() as u64);
    }
}

fn workspace(target: &TargetTruth, place: Place) -> Row {
    if target.listed {
        return Row::default()
            .with("name", app(target.owner))
            .with("profile app", target.owner);
    }
    let id = target.ari.split_once("::").unwrap().1.split_once('/').unwrap().1;
    let of = match place {
        Place::App => app(target.owner),
        Place::Site => "Site",
        Place::Thing if target.owner == "project" => "Project",
        Place::Thing => "Goal",
        Place::Organization => unreachable!("the organization is no workspace"),
    };
    Row::default()
        .with("name", format!("{of}: {id}"))
        .with("profile unlisted", "true")
        .with("profile resource_owner", target.owner)
}
