//! What roles are held on: app instances, sites, the organization, and things the workspaces query leaves out.

use super::ids::uuid;
use super::mix::{hash, stride};
use super::{Generated, salt};

/// Role ids; a [`Role`] is an index into this table.
pub(crate) const ROLES: [&str; 13] = [
    "atlassian/user",
    "atlassian/admin",
    "atlassian/user-access-admin",
    "atlassian/guest",
    "atlassian/customer",
    "atlassian/contributor",
    "atlassian/basic",
    "atlassian/stakeholder",
    "atlassian/viewer",
    "atlassian/site-admin",
    "atlassian/org-admin",
    "atlassian/ai-access",
    "atlassian/quality-owner",
];

/// An index into [`ROLES`].
pub(crate) type Role = u8;

pub(crate) const USER: Role = 0;
pub(crate) const ADMIN: Role = 1;
pub(crate) const ACCESS_ADMIN: Role = 2;
pub(crate) const GUEST: Role = 3;
pub(crate) const CUSTOMER: Role = 4;
pub(crate) const CONTRIBUTOR: Role = 5;
pub(crate) const BASIC: Role = 6;
pub(crate) const STAKEHOLDER: Role = 7;
pub(crate) const VIEWER: Role = 8;
pub(crate) const SITE_ADMIN: Role = 9;
pub(crate) const ORG_ADMIN: Role = 10;
pub(crate) const AI_ACCESS: Role = 11;
pub(crate) const QUALITY_OWNER: Role = 12;

/// A kind of app.
#[derive(Debug)]
pub(crate) struct App {
    /// The owner in ARIs and role rows, which is the machine key of a workspace too.
    pub(crate) key: &'static str,
    /// The display name.
    pub(crate) name: &'static str,
    /// The key in activity data, which differs from `key` for Jira Service Management.
    pub(crate) activity_key: &'static str,
    /// Whether instances belong to a site (`site/{cloudId}`) or stand alone (`workspace/{id}`).
    pub(crate) sited: bool,
    /// The roles that the app knows.
    pub(crate) roles: &'static [Role],
}

/// The role of that id.
pub(crate) fn find_role(id: &str) -> Option<Role> {
    let place = ROLES.iter().position(|role| *role == id)?;
    Role::try_from(place).ok()
}

/// The apps that every site has one instance of.
pub(crate) const APPS: [App; 7] = [
    App {
        key: "jira-software",
        name: "Jira",
        activity_key: "jira-software",
        sited: true,
        roles: &[USER, ADMIN, ACCESS_ADMIN, GUEST, VIEWER],
    },
    App {
        key: "confluence",
        name: "Confluence",
        activity_key: "confluence",
        sited: true,
        roles: &[USER, ADMIN, ACCESS_ADMIN, GUEST],
    },
    App {
        key: "jira-servicedesk",
        name: "Jira Service Management",
        activity_key: "jira-service-desk",
        sited: true,
        roles: &[USER, ADMIN, ACCESS_ADMIN, CUSTOMER, STAKEHOLDER],
    },
    App {
        key: "jira-product-discovery",
        name: "Jira Product Discovery",
        activity_key: "jira-product-discovery",
        sited: true,
        roles: &[USER, ADMIN, ACCESS_ADMIN, CONTRIBUTOR],
    },
    App {
        key: "compass",
        name: "Compass",
        activity_key: "compass",
        sited: true,
        roles: &[USER, ADMIN, ACCESS_ADMIN, BASIC],
    },
    App {
        key: "bitbucket",
        name: "Bitbucket",
        activity_key: "bitbucket",
        sited: false,
        roles: &[USER, ADMIN],
    },
    App {
        key: "trello",
        name: "Trello",
        activity_key: "trello",
        sited: false,
        roles: &[USER, ADMIN],
    },
];

/// What kind of thing a target is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An instance of an app, by its place in [`APPS`].
    App(usize),
    /// The organization.
    Organization,
    /// A site, target of site administrators.
    Site,
    /// Something connectors are not interested in (`project`, `goal`).
    Thing,
}

/// Something that roles are held on.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) ari: String,
    pub(crate) owner: &'static str,
    pub(crate) kind: Kind,
    /// Whether the workspaces query lists it.
    pub(crate) listed: bool,
    /// The place of its site.
    pub(crate) site: u32,
}

impl Target {
    /// Whether a role can be given on the target.
    pub(crate) fn knows(&self, role: Role) -> bool {
        match self.kind {
            Kind::App(app) => APPS[app].roles.contains(&role),
            Kind::Site => matches!(role, SITE_ADMIN | ACCESS_ADMIN),
            Kind::Organization => role == ORG_ADMIN,
            Kind::Thing => false,
        }
    }
}

/// A site: the instances of several apps under one name.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) cloud_id: String,
    pub(crate) name: String,
}

/// Every target of an organization. The listed app instances come first.
#[derive(Debug)]
pub(crate) struct Targets {
    pub(crate) all: Vec<Target>,
    pub(crate) sites: Vec<Site>,
    /// How many app instances are listed.
    pub(crate) listed: u32,
    /// Every app role of every listed app instance.
    pub(crate) pairs: Vec<(u32, Role)>,
    /// A step that visits every one of the pairs.
    pub(crate) pair_step: u32,
    /// The place of the organization.
    pub(crate) organization: u32,
    /// The place of the first site; the others follow.
    pub(crate) first_site: u32,
    /// The place of the first unlisted app instance; the second follows.
    pub(crate) unlisted_app: u32,
    /// The place of the `project` target.
    pub(crate) project: u32,
    /// The place of the `goal` target.
    pub(crate) goal: u32,
}

const SITE_NAMES: [&str; 8] = [
    "",
    "-labs",
    "-support",
    "-field",
    "-studio",
    "-archive",
    "-partners",
    "-ops",
];

impl Targets {
    /// The place of the target with that ARI.
    pub(crate) fn find(&self, ari: &str) -> Option<u32> {
        let place = self.all.iter().position(|target| target.ari == ari)?;
        u32::try_from(place).ok()
    }

    pub(crate) fn generate(seed: u64, org_id: &str, listed: u32, awkward: bool) -> Self {
        let per_site = count(APPS.len());
        let sites: Vec<Site> = (0..listed.div_ceil(per_site))
            .map(|site| Site {
                cloud_id: uuid(hash(seed, salt::CLOUD_ID, u64::from(site))),
                name: match SITE_NAMES.get(site as usize) {
                    Some(suffix) => format!("larkspur{suffix}"),
                    None => format!("larkspur-{site}"),
                },
            })
            .collect();
        let mut all: Vec<Target> = (0..listed)
            .map(|index| {
                let (site, app) = (index / per_site, (index % per_site) as usize);
                let ari = instance_ari(seed, index, &APPS[app], &sites[site as usize], awkward);
                Target {
                    ari,
                    owner: APPS[app].key,
                    kind: Kind::App(app),
                    listed: true,
                    site,
                }
            })
            .collect();
        let pairs: Vec<(u32, Role)> = all
            .iter()
            .zip(0u32..)
            .flat_map(|(target, index)| {
                let Kind::App(app) = target.kind else {
                    unreachable!("only app instances so far")
                };
                APPS[app].roles.iter().map(move |role| (index, *role))
            })
            .collect();
        let organization = listed;
        let platform = |ari, kind, site| Target {
            ari,
            owner: "platform",
            kind,
            listed: false,
            site,
        };
        all.push(platform(
            format!("ari:cloud:platform::org/{org_id}"),
            Kind::Organization,
            0,
        ));
        for (site, index) in sites.iter().zip(0..) {
            let ari = format!("ari:cloud:platform::site/{}", site.cloud_id);
            all.push(platform(ari, Kind::Site, index));
        }
        let unlisted_app = count(all.len());
        let outside = |place| uuid(hash(seed, salt::OUTSIDE, place));
        let thing = |ari, owner, kind| Target {
            ari,
            owner,
            kind,
            listed: false,
            site: 0,
        };
        let separator = if awkward { "|a/b:" } else { "" };
        all.extend([
            thing(
                format!("ari:cloud:jira-software::site/{}", outside(0)),
                "jira-software",
                Kind::App(0),
            ),
            thing(
                format!("ari:cloud:confluence::site/{separator}{}", outside(1)),
                "confluence",
                Kind::App(1),
            ),
            thing(
                format!("ari:cloud:townsquare::project/{}", outside(2)),
                "project",
                Kind::Thing,
            ),
            thing(
                format!("ari:cloud:townsquare::goal/{}", outside(3)),
                "goal",
                Kind::Thing,
            ),
        ]);
        Self {
            listed,
            pair_step: stride(count(pairs.len())),
            pairs,
            organization,
            first_site: organization + 1,
            unlisted_app,
            project: unlisted_app + 2,
            goal: unlisted_app + 3,
            all,
            sites,
        }
    }
}

fn instance_ari(seed: u64, index: u32, app: &App, site: &Site, awkward: bool) -> String {
    let own = || hash(seed, salt::INSTANCE, u64::from(index));
    match app.key {
        _ if app.sited => format!("ari:cloud:{}::site/{}", app.key, site.cloud_id),
        "trello" => format!(
            "ari:cloud:trello::workspace/5{:07x}{:016x}",
            own() & 0x0fff_ffff,
            own()
        ),
        _ if awkward => format!(
            "ari:cloud:{}::workspace/team|{}/{:08x}",
            app.key,
            index,
            own() >> 32
        ),
        _ => format!("ari:cloud:{}::workspace/{}", app.key, uuid(own())),
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).expect("an organization has fewer targets than 2^32")
}

impl Generated {
    /// A target by its place.
    pub(crate) fn target(&self, place: u32) -> &Target {
        &self.targets.all[place as usize]
    }

    /// The directory that an app instance belongs to.
    pub(crate) fn directory_of_site(&self, site: u32) -> u8 {
        u8::try_from(site % u32::from(self.spec.directories)).expect("there are at most three directories")
    }
}
