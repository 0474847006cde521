//! What is gone and what is empty needs proof, and what is asked once is asked once.

use super::harness::Sealed;
use super::lies::{Lying, answer, refusal};
use atlassian_sim::{Org, OrgSpec};
use connector_runtime::NoticeSummary;
use connector_sdk::NoticeClass;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

const ORGANIZATION: &str = "GET /admin/v1/orgs/*";
const MANAGED: &str = "GET /admin/v1/orgs/*/users";
const SEARCH: &str = "POST /admin/v2/orgs/*/directories/-/users/search";
const MEMBERS: &str = "POST /admin/v2/orgs/*/directories/-/users/search of a group";
const OLDER: &str = "GET /admin/v2/orgs/*/directories/-/users";
const ROLES: &str = "GET /admin/v2/orgs/*/directories/-/users/*/role-assignments";
const ACCOUNT: &str = "GET /admin/v2/orgs/*/directories/-/users/*";
const GROUP_ROLES: &str = "GET /admin/v2/orgs/*/directories/-/groups/*/role-assignments";
const GROUP: &str = "GET /admin/v2/orgs/*/directories/-/groups/*";
const GROUP_SEARCH: &str = "POST /admin/v2/orgs/*/directories/-/groups/search";
const EMPTY: &str = r#"{"data":[],"links":{}}"#;

fn org(users: u32) -> Org {
    Org::generate(OrgSpec {
        groups: 4,
        ..OrgSpec::small(users)
    })
}

fn told(sealed: &Sealed, class: NoticeClass) -> Vec<(&str, u64)> {
    let of = |notice: &&NoticeSummary| notice.class == class;
    let notices = sealed.report.notices.iter().filter(of);
    notices
        .map(|notice| (notice.kind.as_str(), notice.count))
        .collect()
}

/// The first so many accounts or groups that are asked for are gone.
fn first(seen: &Mutex<Vec<String>>, most: usize, subject: Option<&String>) -> bool {
    let Some(subject) = subject else { return false };
    let mut seen = seen.lock().unwrap();
    if !seen.contains(subject) && seen.len() < most {
        seen.push(subject.clone());
    }
    seen.contains(subject)
}

/// An account whose roles and details are gone in the vendor's own words is a fact; as an answer of something between, it is
/// a gap. The same with a group.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_gone_is_proven() {
    let org = org(30);
    for (roles, details, code, kept) in [
        (ROLES, ACCOUNT, "ADMIN-404-8", "account"),
        (GROUP_ROLES, GROUP, "ADMIN-404-10", "group"),
    ] {
        let seen = Mutex::new(Vec::new());
        let vendor = Lying::new(&org, move |read| {
            let here = read.operation == roles && first(&seen, 2, read.subject.as_ref())
                || read.operation == details && first(&seen, 2, read.subject.as_ref())
                || read.operation == MEMBERS && kept == "group" && first(&seen, 2, read.subject.as_ref());
            here.then(|| answer(404, refusal(404, code)))
        });
        let sealed = vendor.sync(&org).await.unwrap();
        assert_eq!(told(&sealed, NoticeClass::Gap), [], "{kept}");
        assert!(
            told(&sealed, NoticeClass::Fact).contains(&("deleted_meanwhile", 2)),
            "{kept}: {:?}",
            sealed.report.notices
        );
        assert!(vendor.times(details) >= 2);

        for page in ["<html>not found</html>", r#"{"code":404,"message":"No route"}"#] {
            let seen = Mutex::new(Vec::new());
            let vendor = Lying::new(&org, move |read| {
                let here = (read.operation == roles || read.operation == details)
                    && first(&seen, 2, read.subject.as_ref());
                here.then(|| answer(404, page))
            });
            let sealed = vendor.sync(&org).await.unwrap();
            assert_eq!(
                told(&sealed, NoticeClass::Gap),
                [("unreadable_subject", 2)],
                "{kept}"
            );
            let facts = told(&sealed, NoticeClass::Fact);
            assert!(
                !facts.iter().any(|(kind, _)| *kind == "deleted_meanwhile"),
                "{facts:?}"
            );
        }
    }
}

/// A 404 without a code is settled by a search for the one: what it does not find is gone, what it finds is not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_404_without_a_code_is_settled_by_a_search() {
    let org = org(30);
    for (is_gone, expected) in [(true, NoticeClass::Fact), (false, NoticeClass::Gap)] {
        let seen = Mutex::new(Vec::new());
        let vendor = Lying::new(&org, move |read| match read.operation.as_str() {
            ROLES | ACCOUNT if first(&seen, 1, read.subject.as_ref()) => Some(answer(404, "")),
            "POST /admin/v2/orgs/*/directories/-/users/search of accounts" if is_gone => {
                Some(answer(200, EMPTY))
            }
            _ => None,
        });
        let sealed = vendor.sync(&org).await.unwrap();
        let told = told(&sealed, expected);
        assert_eq!(told.len(), 1, "{told:?}");
        let kinds = ["deleted_meanwhile", "role_assignments", "unreadable_subject"];
        assert!(kinds.contains(&told[0].0), "{told:?}");
        assert_eq!(told[0].0 == "deleted_meanwhile", is_gone);
    }
}

/// An outage that looks like deletions: many at once are doubted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_that_vanish_are_a_gap() {
    let org = org(60);
    let seen = Mutex::new(Vec::new());
    let vendor = Lying::new(&org, move |read| {
        let here =
            (read.operation == ROLES || read.operation == ACCOUNT) && first(&seen, 5, read.subject.as_ref());
        here.then(|| answer(404, refusal(404, "ADMIN-404-8")))
    });
    let sealed = vendor.sync(&org).await.unwrap();
    assert_eq!(told(&sealed, NoticeClass::Gap), [("vanished", 1)]);
    assert!(told(&sealed, NoticeClass::Fact).contains(&("deleted_meanwhile", 5)));
}

/// One group that is not found says nothing of the search, whose listing was read before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_group_does_not_say_what_the_organization_lacks() {
    let org = org(30);
    for code in ["ADMIN-404-10", "ADMIN-UAM-404-3"] {
        let seen = Mutex::new(Vec::new());
        let vendor = Lying::new(&org, move |read| {
            let here = read.operation == MEMBERS && first(&seen, 1, read.subject.as_ref());
            here.then(|| answer(404, refusal(404, code)))
        });
        let sealed = vendor.sync(&org).await.unwrap();
        assert_eq!(told(&sealed, NoticeClass::Remark), []);
        assert_eq!(told(&sealed, NoticeClass::Gap), [("group_members", 1)]);
        assert_eq!(vendor.times(OLDER), 0);
    }
}

/// An emptied listing is contradicted by what other listings say.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_emptied_listing_is_contradicted() {
    let org = org(30);
    // The accounts: others name some.
    let error = Lying::new(&org, |read| {
        (read.operation == SEARCH).then(|| answer(200, EMPTY))
    })
    .sync(&org)
    .await
    .unwrap_err();
    assert_eq!(error.code().number(), 13, "{error}");
    assert!(
        error
            .to_string()
            .contains("the listing of resources of type user was empty"),
        "{error}"
    );

    // The managed accounts: a listed account says that it is one.
    let vendor = Lying::new(&org, |read| {
        (read.operation == MANAGED).then(|| answer(200, EMPTY))
    });
    let sealed = vendor.sync(&org).await.unwrap();
    assert_eq!(told(&sealed, NoticeClass::Gap), [("managed_accounts", 1)]);
    assert_eq!(vendor.times(MANAGED), 2);

    // The members: the vendor counts some.
    let vendor = Lying::new(&org, |read| {
        (read.operation == MEMBERS).then(|| answer(200, EMPTY))
    });
    let sealed = vendor.sync(&org).await.unwrap();
    assert_eq!(told(&sealed, NoticeClass::Gap), [("group_members", 4)]);
    assert_eq!(vendor.times(MEMBERS), 8);
}

/// What comes back empty once is asked again, and nothing is missing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_empty_once_is_asked_again() {
    let org = org(30);
    let whole = Lying::new(&org, |_| None).sync(&org).await.unwrap();
    for operation in [MANAGED, MEMBERS] {
        let told = AtomicUsize::new(0);
        let vendor = Lying::new(&org, move |read| {
            let here = read.operation == operation && told.fetch_add(1, Ordering::Relaxed) == 0;
            here.then(|| answer(200, EMPTY))
        });
        vendor.sync(&org).await.unwrap().assert_same(&whole, operation);
    }
}

/// An organization that the key may not read is a gap, and one that it may read is read once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_organization_is_read_once() {
    let org = org(30);
    let vendor = Lying::new(&org, |_| None);
    vendor.sync(&org).await.unwrap();
    assert_eq!(vendor.times(ORGANIZATION), 1);

    let vendor = Lying::new(&org, |read| {
        (read.operation == ORGANIZATION).then(|| answer(403, refusal(403, "ADMIN-403-3")))
    });
    let sealed = vendor.sync(&org).await.unwrap();
    assert_eq!(told(&sealed, NoticeClass::Gap), [("organization", 1)]);
    assert_eq!(vendor.times(ORGANIZATION), 1);
}

/// A conflict makes no sense as the answer to a read: it is asked again, and then nobody understands it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conflict_is_no_answer_to_a_read() {
    let org = org(30);
    let vendor = Lying::new(&org, |read| {
        (read.operation == GROUP_SEARCH).then(|| answer(409, refusal(409, "ADMIN-409-1")))
    });
    let error = vendor.sync(&org).await.unwrap_err();
    assert_eq!(error.code().number(), 13, "{error}");
    assert!(vendor.times(GROUP_SEARCH) > 2);
}

/// Members that cannot be read do not cost the roles of the group.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_that_fail_leave_the_roles() {
    let org = org(30);
    let whole = Lying::new(&org, |_| None);
    whole.sync(&org).await.unwrap();
    let vendor = Lying::new(&org, |read| (read.operation == MEMBERS).then(|| answer(500, "")));
    let sealed = vendor.sync(&org).await.unwrap();
    assert_eq!(told(&sealed, NoticeClass::Gap), [("unreadable_subject", 4)]);
    assert_eq!(vendor.times(GROUP_ROLES), whole.times(GROUP_ROLES));
}

/// What is truly empty is no contradiction: nobody is told of a gap.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organization_that_has_little() {
    for (groups, tokens, workspaces) in [(0, 0, 2), (0, 5, 2), (3, 0, 2)] {
        let org = Org::generate(OrgSpec {
            groups,
            tokens,
            workspaces,
            ..OrgSpec::small(14)
        });
        let vendor = Lying::new(&org, |_| None);
        let sealed = vendor.sync(&org).await.unwrap();
        assert_eq!(
            sealed.report.gaps().count(),
            0,
            "{groups} groups, {tokens} tokens"
        );
    }
}
