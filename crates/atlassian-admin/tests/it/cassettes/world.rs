//! The organization that all cases are played in, and what is to be known of it.

use atlassian_sim::{
    AccountTruth, GroupTruth, Key, Org, OrgSpec, Quirks, ScimUserTruth, Simulator, SimulatorBuilder,
    Switches, TokenTruth, Truth,
};
use http_kit::Secret;
use std::sync::LazyLock;
use vendor_contract::cases::World;

/// The key without scopes.
pub(super) const KEY: &str = "cnry-organization-key-71f0ae32c5d9";
/// A key with one scope, which covers next to nothing.
pub(super) const SCOPED_KEY: &str = "cnry-scoped-key-e83b6d10f472";
/// What is written to people.
pub(super) const MAIL: &str = "Cnry-mail: we look forward to seeing you";

/// Small, so that recordings can be read, and with everything that an operation can meet.
fn spec() -> OrgSpec {
    OrgSpec {
        groups: 12,
        members_per_group: 2,
        roles_per_group: 1,
        workspaces: 4,
        tokens: 3,
        direct_roles: 14,
        service_accounts: 4,
        quirks: Quirks {
            synced_groups: true,
            platform_roles: true,
            group_platform_roles: true,
            null_fields: true,
            extra_fields: true,
            ..Quirks::none()
        },
        ..OrgSpec::small(14)
    }
}

pub(super) fn world() -> World {
    static FACTS: LazyLock<Vec<(&'static str, String)>> = LazyLock::new(|| facts(&Org::generate(spec())));
    let keys = [Key::unscoped(KEY), Key::scoped(SCOPED_KEY, ["read:orgs:admin"])];
    World {
        simulator: Simulator::builder(Org::generate(spec())).keys(keys),
        key: Secret::from(KEY.to_owned()),
        facts: FACTS.clone(),
    }
}

/// There is no seat left.
pub(super) fn without_seats(simulator: SimulatorBuilder) -> SimulatorBuilder {
    simulator.switches(Switches {
        no_seats: true,
        ..Switches::default()
    })
}

/// What is so already is refused.
pub(super) fn conflicting(simulator: SimulatorBuilder) -> SimulatorBuilder {
    simulator.switches(Switches {
        duplicates_conflict: true,
        ..Switches::default()
    })
}

/// Roles of accounts have to be enabled by the vendor first.
pub(super) fn gated(simulator: SimulatorBuilder) -> SimulatorBuilder {
    simulator.switches(Switches {
        roles_gated: true,
        ..Switches::default()
    })
}

/// The addresses of everybody that a case can be about.
pub(super) fn addresses() -> Vec<String> {
    let org = Org::generate(spec());
    let accounts: Vec<_> = org
        .truth()
        .accounts()
        .filter_map(|account| account.email)
        .collect();
    let invited = facts(&org).into_iter().map(|(_, fact)| fact);
    let invited = invited.filter(|fact| fact.contains('@'));
    accounts.into_iter().chain(invited).collect()
}

/// What of the organization is private, and so must be in no recording.
pub(super) fn private() -> Vec<String> {
    let org = Org::generate(spec());
    let truth = org.truth();
    let accounts = truth
        .accounts()
        .flat_map(|account| [Some(account.id), Some(account.name), account.email]);
    let groups = truth.groups().flat_map(|group| [group.id, group.name]);
    let tokens = truth.tokens().map(|token| token.id);
    let records = truth.scim_users().map(|record| record.id);
    let own = [org.id().to_owned(), org.name().to_owned()];
    let directories = org.directory_ids().map(str::to_owned);
    let all = accounts.flatten().chain(groups).chain(tokens).chain(records);
    all.chain(own).chain(directories).collect()
}

fn facts(org: &Org) -> Vec<(&'static str, String)> {
    let truth = org.truth();
    let token = token(&truth);
    let record = record(&truth);
    let of = |what: &str, fits: &dyn Fn(&AccountTruth) -> bool| {
        let found = truth.accounts().find(fits);
        found.unwrap_or_else(|| panic!("no account that is {what}"))
    };
    let is_admin = |account: &AccountTruth| account.platform_roles.contains("atlassian/org-admin");
    let account = of("the owner of a token", &|account| account.id == token.owner);
    let provisioned = of("provisioned", &|account| {
        Some(&account.id) == record.account.as_ref()
    });
    let admin = of("an administrator", &|account| {
        is_admin(account) && account.managed
    });
    let unmanaged = of("of somebody else", &|account| {
        !account.managed && !account.provisioned
    });
    let group = group(&truth, "editable", |id| {
        let plain = |role: &str| !role.contains("admin");
        let roles: Vec<_> = truth.group_roles().filter(|row| row.group == id).collect();
        roles.iter().all(|row| plain(row.role) && !row.default) && !is_member(&truth, id, &account.id)
    });
    let directory = org.directory_ids().next().expect("a directory").to_owned();
    let app = |owner: &str| {
        let target = truth
            .targets()
            .find(|target| target.owner == owner && target.listed);
        target.unwrap_or_else(|| panic!("no app {owner}")).ari
    };
    vec![
        ("org", org.id().to_owned()),
        ("foreign org", "5d0c6a1e-3f7b-4e29-8b14-90ad7c2e61f8".to_owned()),
        ("directory", directory),
        (
            "unknown directory",
            "c2b7e930-6d15-4f8a-a1c4-07fe3b9d5a26".to_owned(),
        ),
        ("account", account.id),
        ("address", account.email.expect("an address")),
        (
            "unknown account",
            "712020:3a9e5c70-18d4-4b62-9f0c-6e7d21b84fa5".to_owned(),
        ),
        ("provisioned account", provisioned.id),
        ("provisioned address", provisioned.email.expect("an address")),
        ("admin", admin.id),
        ("admin's address", admin.email.expect("an address")),
        ("unmanaged account", unmanaged.id),
        ("member", member(&truth, &group)),
        ("group name", group_name(&truth, &group)),
        ("group", group),
        (
            "synced group",
            group_of_kind(&truth, |row| row.external_synced == Some(true)),
        ),
        ("default group", group_with(&truth, |_, default| default)),
        (
            "admin group",
            group_with(&truth, |role, _| role == "atlassian/org-admin"),
        ),
        ("unknown group", "e61f4d08-b37a-4c92-8e05-d9a02c7b1f34".to_owned()),
        ("app", app("jira-software")),
        ("app of the group", app_of(&truth)),
        (
            "unknown app",
            "ari:cloud:confluence::site/9b3c7e15-40d2-4fa8-b6e1-2d8f05c7a943".to_owned(),
        ),
        ("token", token.id),
        ("unknown token", "asp_04b8e2d69c1f7a35".to_owned()),
        ("unknown key", "key-5e20c9d7a1f84b36".to_owned()),
        ("unknown id", "17c4a0f2-8e6b-4d39-9a5d-b0e83f61c27d".to_owned()),
        ("SCIM directory", record.directory),
        ("SCIM user", record.id),
        ("domain", "larkspur.example".to_owned()),
        ("unknown domain", "elsewhere.example".to_owned()),
        ("new name", "Eng contractors of the north".to_owned()),
        ("description", "Everybody from outside".to_owned()),
        ("new address", "nadia.arroyo@larkspur.example".to_owned()),
        ("foreign address", "nadia.arroyo@elsewhere.example".to_owned()),
        ("mail", MAIL.to_owned()),
        ("nickname", "Osk. L.".to_owned()),
        ("department", "Quality and Safety".to_owned()),
        ("ip", "192.0.2.14".to_owned()),
        ("no cursor", "bm8gY3Vyc29yIG9mIG91cnM".to_owned()),
    ]
}

/// A token of somebody whom no identity provider keeps.
fn token(truth: &Truth) -> TokenTruth {
    let free = |owner: &str| {
        truth
            .accounts()
            .any(|account| account.id == owner && account.managed && !account.provisioned)
    };
    truth.tokens().find(|token| free(&token.owner)).expect("a token")
}

/// A record of an account that the organization manages.
fn record(truth: &Truth) -> ScimUserTruth {
    let managed = |id: &str| {
        truth
            .accounts()
            .any(|account| account.id == id && account.managed)
    };
    let linked = |record: &ScimUserTruth| record.account.as_deref().is_some_and(managed);
    truth.scim_users().find(linked).expect("a record")
}

fn group(truth: &Truth, what: &str, fits: impl Fn(&str) -> bool) -> String {
    let editable = truth.groups().filter(|group| group.modifiable == Some(true));
    let mut found = editable.map(|group| group.id).filter(|id| fits(id));
    found.next().unwrap_or_else(|| panic!("no group that is {what}"))
}

fn group_of_kind(truth: &Truth, fits: impl Fn(&GroupTruth) -> bool) -> String {
    truth.groups().find(fits).expect("a group").id
}

fn group_with(truth: &Truth, fits: impl Fn(&str, bool) -> bool) -> String {
    let row = truth.group_roles().find(|row| fits(row.role, row.default));
    row.expect("a group with such a role").group
}

fn app_of(truth: &Truth) -> String {
    let row = truth.group_roles().find(|row| row.role == "atlassian/guest");
    row.expect("a group with guests").target
}

fn group_name(truth: &Truth, id: &str) -> String {
    group_of(truth, id).name
}

fn group_of(truth: &Truth, id: &str) -> GroupTruth {
    truth.groups().find(|group| group.id == id).expect("the group")
}

fn is_member(truth: &Truth, group: &str, account: &str) -> bool {
    truth
        .memberships()
        .any(|row| row.group == group && row.account == account)
}

fn member(truth: &Truth, group: &str) -> String {
    let row = truth.memberships().find(|row| row.group == group);
    row.expect("a member").account
}
