//! What may not be read is a named gap, and everything else is there.

use super::against_truth::assert_true;
use super::expected::Reach;
use super::harness::{How, Output, Sealed, seal, serve};
use atlassian_sim::{Deprecated, Endpoint, Fault, FaultPlan, Key, Org, OrgSpec, Quirks, Switches};
use c1z_file::logical::{self, Change, RowKind};
use connector_sdk::NoticeClass;

fn irregular(seed: u64) -> Org {
    Org::generate(
        OrgSpec {
            users: 130,
            ..OrgSpec::irregular()
        }
        .with_seed(seed),
    )
}

async fn seal_with(org: &Org, switches: Switches) -> Sealed {
    let vendor = serve(org, |vendor| vendor.switches(switches)).await;
    Output::new().sync(org, &vendor, &How::default()).await.unwrap()
}

/// The subjects and details of the first notices of a kind.
fn examples(sealed: &Sealed, class: NoticeClass, kind: &str) -> String {
    let mut of_kind = sealed
        .report
        .notices
        .iter()
        .filter(|notice| notice.class == class && notice.kind == kind);
    let notice = of_kind
        .next()
        .unwrap_or_else(|| panic!("{kind} is told: {:?}", sealed.report.notices));
    let lines = notice
        .examples
        .iter()
        .map(|one| format!("[{}] {}", one.subject, one.detail));
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_that_may_not_be_read() {
    let org = irregular(41);
    let sealed = seal_with(
        &org,
        Switches {
            tokens_forbidden: true,
            ..Switches::default()
        },
    )
    .await;
    assert_true(
        &sealed,
        &org,
        Reach {
            tokens: false,
            ..Reach::default()
        },
    );
    let said = examples(&sealed, NoticeClass::Gap, "api_tokens");
    assert_eq!(
        said,
        format!(
            "[{}] status 403, code ADMIN-403-3, detail: The caller is not allowed to do this",
            org.id()
        )
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn managed_accounts_that_may_not_be_read() {
    let org = irregular(42);
    let sealed = seal_with(
        &org,
        Switches {
            managed_forbidden: true,
            ..Switches::default()
        },
    )
    .await;
    assert_true(
        &sealed,
        &org,
        Reach {
            managed: false,
            ..Reach::default()
        },
    );
    let said = examples(&sealed, NoticeClass::Gap, "managed_accounts");
    assert_eq!(
        said,
        format!(
            "[{}] status 403, detail: User has no permission to access resource.",
            org.id()
        )
    );
}

/// An organization that manages nobody has no gap: there is nothing to read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_claimed_domain() {
    let org = Org::generate(OrgSpec {
        managed_percent: 0,
        ..OrgSpec::small(40)
    });
    let expected = assert_true(&seal(&org, &How::default()).await, &org, Reach::default());
    assert_eq!(
        Vec::from_iter(expected.notices.keys()),
        [&(NoticeClass::Remark, "no_claimed_domain".to_owned())]
    );
}

/// One group answers 403, one 404. Both are named, and what their members hold through them is unexplained, not gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_whose_members_may_not_be_read() {
    let quirks = Quirks {
        unreadable_members: true,
        ..Quirks::none()
    };
    let org = Org::generate(OrgSpec {
        groups: 10,
        quirks,
        ..OrgSpec::small(100)
    });
    let sealed = seal(&org, &How::default()).await;
    let expected = assert_true(&sealed, &org, Reach::default());
    assert!(expected.held[3] > 0, "{:?}", expected.held);
    let mut wanted: Vec<String> = org
        .truth()
        .groups()
        .filter(|group| group.members_status != 200)
        .map(|group| {
            let why = match group.members_status {
                403 => "code ADMIN-UAM-403-1, detail: The caller is not allowed to do this",
                _ => "code ADMIN-UAM-404-3, detail: The group was not found",
            };
            format!(
                "[{}] group {:?}: status {}, {why}",
                group.id, group.name, group.members_status
            )
        })
        .collect();
    wanted.sort();
    assert_eq!(wanted.len(), 2);
    assert_eq!(
        examples(&sealed, NoticeClass::Gap, "group_members"),
        wanted.join("\n")
    );
}

/// Each scope that a key lacks is a gap of its own; a key without any of them still reads accounts and memberships.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_with_scopes() {
    const ALL: [&str; 10] = [
        "read:orgs:admin",
        "read:directories:admin",
        "read:groups:admin",
        "read:workspaces:admin",
        "read:accounts:admin",
        "read:domains:admin",
        "read:tokens:admin",
        "read:keys:admin",
        "read:service-accounts:admin",
        "read:service-accounts-tokens:admin",
    ];
    let org = irregular(43);
    let reach = |lacking: &[&str]| {
        let has = |scope| !lacking.contains(&scope);
        Reach {
            organization: has("read:orgs:admin"),
            account_roles: has("read:directories:admin"),
            group_roles: has("read:groups:admin"),
            managed: has("read:accounts:admin"),
            tokens: has("read:tokens:admin"),
            ..Reach::default()
        }
    };
    for lacking in [
        &["read:orgs:admin"][..],
        &["read:directories:admin"],
        &["read:groups:admin"],
        &["read:accounts:admin", "read:tokens:admin"],
        &[
            "read:orgs:admin",
            "read:directories:admin",
            "read:groups:admin",
            "read:accounts:admin",
            "read:tokens:admin",
        ],
    ] {
        let key = Key::scoped(
            "a key with scopes",
            ALL.into_iter().filter(|scope| !lacking.contains(scope)),
        );
        let vendor = serve(&org, |vendor| vendor.keys([key])).await;
        let how = How {
            key: Some("a key with scopes".to_owned()),
            ..How::default()
        };
        let sealed = Output::new().sync(&org, &vendor, &how).await.unwrap();
        assert_true(&sealed, &org, reach(lacking));
    }
}

/// One account's roles are refused: its gap is its own, and nothing of it is called unconfirmed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_account_whose_roles_may_not_be_read() {
    let org = Org::generate(OrgSpec::small(40));
    let whole = seal(&org, &How::default()).await;
    let faults = FaultPlan::none().nth(Endpoint::UserRoles, 7, Fault::Status(403));
    let vendor = serve(&org, |vendor| vendor.faults(faults)).await;
    let sealed = Output::new().sync(&org, &vendor, &How::default()).await.unwrap();
    let account = {
        let said = examples(&sealed, NoticeClass::Gap, "role_assignments");
        said[1..].split_once(']').unwrap().0.to_owned()
    };
    assert_eq!(sealed.report.notices.len(), 1, "{:?}", sealed.report.notices);
    let diff = logical::diff(
        (&whole.artifact, &whole.report.sync_id),
        (&sealed.artifact, &sealed.report.sync_id),
        usize::MAX,
    )
    .unwrap();
    assert!(!diff.is_empty());
    for row in &diff.rows {
        assert_eq!(row.kind, RowKind::Grant);
        assert!(
            row.id.ends_with(&format!(":user:{account}")),
            "only grants of {account} differ: {row:?}"
        );
        assert_ne!(row.change, Change::Added, "{row:?}");
    }
}

/// Where the searches are not offered, the listings before them give the same artifact, apart from when accounts were
/// last active, which they do not state.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_older_listings_stand_in_for_the_searches() {
    let org = irregular(44);
    let whole = seal(&org, &How::default()).await;
    for searches in [
        Deprecated::NotFound,
        Deprecated::MethodNotAllowed,
        Deprecated::NotMigrated,
    ] {
        let sealed = seal_with(
            &org,
            Switches {
                searches,
                ..Switches::default()
            },
        )
        .await;
        assert_true(
            &sealed,
            &org,
            Reach {
                searches: false,
                ..Reach::default()
            },
        );
        let (before, after) = (
            (&whole.artifact, &*whole.report.sync_id),
            (&sealed.artifact, &*sealed.report.sync_id),
        );
        let diff = logical::diff(before, after, usize::MAX).unwrap();
        for row in &diff.rows {
            let Change::Changed(fields) = &row.change else {
                panic!("{searches:?}: {row:?}")
            };
            assert_eq!(row.kind, RowKind::Resource);
            for field in fields {
                let path = field.path.as_str();
                assert!(
                    path.contains(".last_active") || path.ends_with(".lastLogin"),
                    "{searches:?}: {field:?}"
                );
            }
        }
        assert!(!diff.is_empty());
    }
}

/// The listings that the vendor ends are not asked where there are searches.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_searches_alone_will_do() {
    let org = irregular(45);
    let vendor = serve(&org, |vendor| {
        vendor.switches(Switches {
            deprecated_lists: Deprecated::NotFound,
            ..Switches::default()
        })
    })
    .await;
    let sealed = Output::new().sync(&org, &vendor, &How::default()).await.unwrap();
    assert_true(&sealed, &org, Reach::default());
    for endpoint in [Endpoint::UsersList, Endpoint::GroupsList, Endpoint::Unrouted] {
        // A group that answers 404 says nothing of the search, which answered before.
        assert_eq!(vendor.counters().of(endpoint).requests, 0, "{}", endpoint.name());
    }
}
