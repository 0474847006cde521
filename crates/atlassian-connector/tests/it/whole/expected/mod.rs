//! What an artifact of an organization must hold: the truth, read by the rules of the mapping.
//!
//! It is derived from the truth's rows alone, in another way than the connector goes (set by set over the whole
//! organization, where the connector sees single pages) and with none of its code.

mod access;
mod accounts;
mod places;

use super::picture::{Picture, Row};
use access::Accesses;
pub(crate) use accounts::Source;
use atlassian_sim::{AccountTruth, GroupTruth, Org, TokenTruth};
use connector_sdk::NoticeClass;
use places::Place;
use std::collections::{BTreeMap, BTreeSet};

/// What the key may read, and what the sync takes in.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one thing that may be read or not"
)]
pub(crate) struct Reach {
    /// The organization itself.
    pub(crate) organization: bool,
    /// The API tokens.
    pub(crate) tokens: bool,
    /// The managed accounts.
    pub(crate) managed: bool,
    /// The role assignments of accounts.
    pub(crate) account_roles: bool,
    /// The role assignments of groups.
    pub(crate) group_roles: bool,
    /// Whether accounts and groups come from the searches, not from the listings that came before.
    pub(crate) searches: bool,
    /// Whether roles on single projects and goals are taken in.
    pub(crate) projects_and_goals: bool,
}

impl Default for Reach {
    /// Everything, without projects and goals.
    fn default() -> Self {
        Self {
            organization: true,
            tokens: true,
            managed: true,
            account_roles: true,
            group_roles: true,
            searches: true,
            projects_and_goals: false,
        }
    }
}

/// What an artifact must hold, and what its sync must tell.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    pub(crate) picture: Picture,
    /// Grants held by the principal itself and nothing else, only through groups, both ways, without explanation.
    pub(crate) held: [u64; 4],
    /// How many notices there are of each kind.
    pub(crate) notices: BTreeMap<(NoticeClass, String), u64>,
}

/// The truth by id, as far as the key may read it.
#[derive(Debug)]
pub(crate) struct World {
    org: String,
    reach: Reach,
    accounts: BTreeMap<String, (AccountTruth, Source)>,
    groups: BTreeMap<String, GroupTruth>,
    /// By group, for groups whose members can be read.
    members: BTreeMap<String, BTreeSet<String>>,
    tokens: Vec<TokenTruth>,
}

/// What the artifact of a sync with this reach must hold.
pub(crate) fn expected(org: &Org, reach: Reach) -> Expected {
    let world = World::read(org, reach);
    let accesses = Accesses::read(org, &world);
    let mut expected = Expected::default();
    world.put_accounts(&mut expected);
    world.put_groups(&mut expected);
    world.put_tokens(&mut expected);
    let name = if reach.organization { org.name() } else { org.id() };
    expected.picture.put(
        format!("organization {}", org.id()),
        Row::default().with("name", name),
    );
    accesses.put_places(org, &world, &mut expected);
    accesses.put_grants(&world, &mut expected);

    expected.tell(
        NoticeClass::Gap,
        "malformed_row",
        u64::from(org.truth().malformed_rows()),
    );
    expected.tell(NoticeClass::Gap, "api_tokens", u64::from(!reach.tokens));
    expected.tell(NoticeClass::Gap, "managed_accounts", u64::from(!reach.managed));
    expected.tell(NoticeClass::Gap, "organization", u64::from(!reach.organization));
    expected.tell(
        NoticeClass::Remark,
        "older_user_listing",
        u64::from(!reach.searches),
    );
    expected.tell(
        NoticeClass::Remark,
        "older_group_listing",
        u64::from(!reach.searches),
    );
    let nobody_managed = reach.managed && !org.truth().accounts().any(|account| account.managed);
    expected.tell(
        NoticeClass::Remark,
        "no_claimed_domain",
        u64::from(nobody_managed),
    );
    expected
}

impl Expected {
    /// Counts notices; none are no kind.
    fn tell(&mut self, class: NoticeClass, kind: &str, count: u64) {
        if count > 0 {
            *self.notices.entry((class, kind.to_owned())).or_default() += count;
        }
    }
}

impl World {
    fn read(org: &Org, reach: Reach) -> Self {
        let truth = org.truth();
        let groups: BTreeMap<String, GroupTruth> =
            truth.groups().map(|group| (group.id.clone(), group)).collect();
        let mut members: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for membership in truth
            .memberships()
            .filter(|one| groups[&one.group].members_status == 200)
        {
            members
                .entry(membership.group)
                .or_default()
                .insert(membership.account);
        }
        let tokens: Vec<TokenTruth> = if reach.tokens {
            truth.tokens().collect()
        } else {
            Vec::new()
        };
        let met: BTreeSet<&String> = members.values().flatten().collect();
        let owners: BTreeSet<&String> = tokens.iter().map(|token| &token.owner).collect();
        let accounts = truth
            .accounts()
            .filter_map(|account| {
                let source = Source::of(
                    &account,
                    reach,
                    met.contains(&account.id),
                    owners.contains(&account.id),
                )?;
                Some((account.id.clone(), (account, source)))
            })
            .collect();
        Self {
            org: org.id().to_owned(),
            reach,
            accounts,
            groups,
            members,
            tokens,
        }
    }

    /// Where memberships can be changed: where the vendor says so, and where it says nothing and nobody else keeps the
    /// group.
    fn is_modifiable(&self, group: &str) -> bool {
        let group = &self.groups[group];
        group.modifiable.unwrap_or(group.external_synced != Some(true))
    }

    fn put_groups(&self, expected: &mut Expected) {
        let unreadable = self
            .groups
            .values()
            .filter(|group| group.members_status != 200)
            .count();
        expected.tell(NoticeClass::Gap, "group_members", unreadable as u64);
        for (id, group) in &self.groups {
            let origin = match group.external_synced {
                Some(true) => "directory_synced",
                Some(false) => "native",
                None => "",
            };
            let modifiable = self.is_modifiable(id);
            let row = Row::default()
                .with("name", &*group.name)
                .with("annotations", "GroupTrait")
                .with("origin", origin)
                .with("profile name", &*group.name)
                .with("profile directory_id", &*group.directory)
                .with(
                    "profile external_synced",
                    group
                        .external_synced
                        .map_or(String::new(), |synced| synced.to_string()),
                )
                .with("profile membership_modifiable", modifiable.to_string())
                .with("profile member_count", group.members.to_string());
            expected.picture.put(format!("group {id}"), row);
            let row = Row::default()
                .with("on", format!("group {id}"))
                .with("slug", "member")
                .with("name", "NAME member")
                .with("purpose", "PURPOSE_VALUE_ASSIGNMENT")
                .with("grantable to", "user")
                .with(
                    "annotations",
                    if modifiable { "" } else { "EntitlementImmutable" },
                );
            expected
                .picture
                .put(format!("entitlement group:{id}:member"), row);
        }
    }

    fn put_tokens(&self, expected: &mut Expected) {
        for token in &self.tokens {
            let status = match token.status {
                "ALLOWED" => "RESOURCE_STATUS_ENABLED",
                "BLOCKED" => "RESOURCE_STATUS_DISABLED",
                other => unreachable!("the simulator has no token status {other}"),
            };
            let told = |said: bool| if said { "told" } else { "" };
            let row = Row::default()
                .with("name", token.label)
                .with("annotations", "SecretTrait")
                .with("status", format!("{status} {:?}", token.status))
                .with("profile status", token.status)
                .with("owner", format!("user {}", token.owner))
                .with("creation", "told")
                .with("expiry", told(token.expires))
                .with("last use", told(token.used));
            expected.picture.put(format!("api_token {}", token.id), row);
        }
    }
}

/// What an entitlement is held on, by type and id.
type Resource = (&'static str, String);

/// The id of the entitlement for a role.
fn entitlement_id((kind, id): &Resource, role: &str) -> String {
    format!("{kind}:{id}:role:{role}")
}

/// Where a role that a row states on a target is held.
fn resource_of(org: &str, target: &str, role: &str) -> (Resource, Place) {
    match Place::of(org, target, role) {
        Place::Organization => (("organization", org.to_owned()), Place::Organization),
        place => (("workspace", target.to_owned()), place),
    }
}
