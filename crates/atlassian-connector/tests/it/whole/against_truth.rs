//! Every row of an artifact is true of its organization, and everything that is true of the organization is in it.

use super::expected::{Expected, Reach, expected};
use super::harness::{How, Output, Sealed, seal, serve};
use super::observed::observed;
use atlassian_connector::Options;
use atlassian_sim::{Endpoint, Org, OrgSpec, Quirks, Switches, TruthCounts};
use connector_runtime::Held;
use connector_sdk::NoticeClass;
use std::collections::BTreeMap;

/// Asserts that an artifact holds what its organization is, and that the report counts it.
#[track_caller]
pub(crate) fn assert_true(sealed: &Sealed, org: &Org, reach: Reach) -> Expected {
    let expected = expected(org, reach);
    let differences = observed(sealed).differences(&expected.picture);
    assert!(differences.is_empty(), "of {:?}:\n{differences}", org.spec());
    let mut told = BTreeMap::new();
    for notice in &sealed.report.notices {
        let before = told.insert((notice.class, notice.kind.clone()), notice.count);
        assert_eq!(before, None, "one summary for each kind");
        assert_eq!(
            notice.examples.len() as u64,
            notice.count.min(10),
            "the first ten of {} are named",
            notice.kind
        );
    }
    assert_eq!(told, expected.notices, "of {:?}", org.spec());
    let marked = |kind: &str| {
        expected
            .notices
            .get(&(NoticeClass::Fact, kind.to_owned()))
            .copied()
            .unwrap_or_default()
    };
    let [direct, through_groups, both, unexplained] = expected.held;
    let mut held = Held::default();
    (held.direct, held.through_groups) = (direct, through_groups);
    (held.both, held.unexplained) = (both, unexplained);
    (held.overstated, held.dormant) = (marked("overstated"), marked("dormant"));
    assert_eq!(sealed.report.held, held, "of {:?}", org.spec());
    expected
}

async fn check(spec: OrgSpec) -> Expected {
    let org = Org::generate(spec);
    let sealed = seal(&org, &How::default()).await;
    assert_true(&sealed, &org, Reach::default())
}

/// Everything at once: two or three directories, all irregularities, several seeds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn organizations_with_every_irregularity() {
    for (seed, users, directories) in [(7, 300, 2), (8, 600, 2), (9, 450, 3), (10, 300, 1)] {
        let spec = OrgSpec {
            users,
            directories,
            ..OrgSpec::irregular()
        }
        .with_seed(seed);
        let expected = check(spec).await;
        let [direct, through_groups, both, unexplained] = expected.held;
        assert!(
            [direct, through_groups, both, unexplained]
                .iter()
                .all(|held| *held > 0),
            "access is held in every way: {:?}",
            expected.held
        );
    }
}

/// Organizations of any size and any mixture of irregularities; no groups, no tokens, hardly any accounts among them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn organizations_of_any_shape() {
    for seed in 100..110 {
        let mut state: u64 = seed;
        let mut below = |n: u32| {
            // Knuth's generator; its upper bits are the good ones.
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            u32::try_from((state >> 33) % u64::from(n)).unwrap()
        };
        let mut quirks = Quirks::none();
        for (name, _) in Quirks::all().iter() {
            quirks.set(name, below(2) == 0);
        }
        let spec = OrgSpec {
            seed,
            users: 1 + below(180),
            groups: below(50),
            members_per_group: 1 + below(60),
            roles_per_group: below(6),
            workspaces: 1 + below(30),
            tokens: below(60),
            direct_roles: below(400),
            service_accounts: 0,
            directories: 1 + u8::try_from(below(3)).unwrap(),
            managed_percent: u8::try_from(below(101)).unwrap(),
            quirks,
        };
        check(spec).await;
    }
}

/// One irregularity at a time, so that none hides another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn organizations_with_one_irregularity() {
    for (name, _) in Quirks::all().iter() {
        let mut quirks = Quirks::none();
        assert!(quirks.set(name, true));
        check(OrgSpec { quirks, ..small() }).await;
    }
}

/// Without irregularities nothing is unexplained, overstated, dormant or unlisted, and nothing is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tidy_organizations() {
    let tiny = OrgSpec::one();
    for spec in [
        tiny,
        small(),
        OrgSpec {
            groups: 0,
            tokens: 0,
            direct_roles: 0,
            ..OrgSpec::small(30)
        },
    ] {
        let expected = check(spec).await;
        assert_eq!(expected.notices, BTreeMap::new());
        assert_eq!(expected.held[3], 0);
    }
}

/// Groups of more than a page of members, principals of more than a page of roles.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn listings_of_many_pages() {
    let quirks = Quirks {
        repeated_rows: true,
        malformed_row: true,
        awkward_ids: true,
        ..Quirks::none()
    };
    let accounts = OrgSpec {
        users: 330,
        groups: 2,
        members_per_group: 320,
        tokens: 1100,
        managed_percent: 100,
        quirks,
        ..OrgSpec::small(330)
    };
    let roles = OrgSpec {
        groups: 2,
        members_per_group: 4,
        roles_per_group: 260,
        workspaces: 140,
        direct_roles: 6 * 130,
        quirks,
        ..OrgSpec::small(6)
    };
    for (spec, listings) in [
        // Three pages of members each, beside those of the listing of all accounts.
        (
            accounts,
            [
                (Endpoint::UsersSearch, 4 + 2 * 4),
                (Endpoint::ManagedAccounts, 4),
                (Endpoint::TokensList, 2),
            ],
        ),
        (
            roles,
            [
                (Endpoint::UserRoles, 6 * 2),
                (Endpoint::GroupRoles, 2 * 2),
                (Endpoint::WorkspacesQuery, 1),
            ],
        ),
    ] {
        let org = Org::generate(spec);
        let vendor = serve(&org, |vendor| vendor).await;
        let sealed = Output::new().sync(&org, &vendor, &How::default()).await.unwrap();
        assert_true(&sealed, &org, Reach::default());
        for (endpoint, requests) in listings {
            assert_eq!(
                vendor.counters().of(endpoint).requests,
                requests,
                "{}",
                endpoint.name()
            );
        }
    }
}

/// The vendor's first page of workspaces may be large, the others are small, and the next one is named by a token or by an
/// address.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_workspaces_than_a_page() {
    let org = Org::generate(OrgSpec {
        workspaces: 1030,
        ..OrgSpec::one()
    });
    for workspace_links_as_urls in [false, true] {
        let switches = Switches {
            workspace_links_as_urls,
            ..Switches::default()
        };
        let vendor = serve(&org, |vendor| vendor.switches(switches)).await;
        let sealed = Output::new().sync(&org, &vendor, &How::default()).await.unwrap();
        assert_true(&sealed, &org, Reach::default());
        assert_eq!(vendor.counters().of(Endpoint::WorkspacesQuery).requests, 3);
    }
}

/// Roles on single projects and goals are left out, counted, and taken in where that is asked for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn projects_and_goals() {
    let org = Org::generate(OrgSpec {
        quirks: Quirks {
            unlisted_targets: true,
            ..Quirks::none()
        },
        ..small()
    });
    let left_out = assert_true(&seal(&org, &How::default()).await, &org, Reach::default());
    assert_eq!(
        left_out.notices[&(NoticeClass::Fact, "left_out_target".to_owned())],
        2
    );
    let how = How {
        options: Options {
            include_projects_and_goals: true,
        },
        ..How::default()
    };
    let taken_in = assert_true(
        &seal(&org, &how).await,
        &org,
        Reach {
            projects_and_goals: true,
            ..Reach::default()
        },
    );
    assert_eq!(
        taken_in.picture.count("workspace") - left_out.picture.count("workspace"),
        2
    );
}

/// The report counts what the simulator counts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_report_counts_what_the_truth_counts() {
    // With projects and goals taken in, both count the same targets.
    let how = How {
        options: Options {
            include_projects_and_goals: true,
        },
        ..How::default()
    };
    let org = Org::generate(OrgSpec::irregular().with_seed(11));
    let sealed = seal(&org, &how).await;
    let (counts, report) = (org.truth().counts(), &sealed.report);
    let told = |kind: &str| {
        report
            .notices
            .iter()
            .find(|notice| notice.kind == kind)
            .map_or(0, |notice| notice.count)
    };
    let TruthCounts {
        accounts_in_search,
        accounts_managed_only,
        accounts_unlisted,
        ..
    } = counts;
    for (what, found, expected) in [
        (
            "user",
            report.resources["user"],
            accounts_in_search + accounts_managed_only + accounts_unlisted,
        ),
        ("unlisted_user", told("unlisted_user"), accounts_unlisted),
        ("group", report.resources["group"], counts.groups),
        (
            "group_members",
            told("group_members"),
            counts.groups_without_members,
        ),
        ("membership", report.grants["group"], counts.memberships),
        // The organization is a target, and no workspace.
        (
            "workspace",
            report.resources["workspace"],
            counts.workspaces + counts.targets_unlisted - 1,
        ),
        (
            "unlisted_workspace",
            told("unlisted_workspace"),
            counts.targets_unlisted - 1,
        ),
        ("api_token", report.resources["api_token"], counts.tokens),
        ("malformed_row", told("malformed_row"), counts.malformed_rows),
        ("unexplained", report.held.unexplained, counts.access_unexplained),
        ("dormant", report.held.dormant, counts.access_dormant),
    ] {
        assert_eq!(found, expected, "{what}");
        assert!(found > 0, "{what} does occur");
    }
}

/// About a hundred accounts in which every class of them occurs, in two directories.
fn small() -> OrgSpec {
    OrgSpec {
        groups: 23,
        members_per_group: 10,
        roles_per_group: 2,
        workspaces: 9,
        tokens: 19,
        direct_roles: 50,
        directories: 2,
        ..OrgSpec::small(100)
    }
}
