//! Rows that come again, and rows that say nothing: they never stand in for those that are missing.

use super::lies::{Lying, Read, answer, check_listed, distorting_rows, kinds_of_gaps, many};
use atlassian_sim::{Org, OrgSpec};
use http_kit::Response;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

const LISTINGS: [(&str, &str); 3] = [
    ("POST /admin/v2/orgs/*/directories/-/users/search", "accounts"),
    ("POST /admin/v2/orgs/*/directories/-/groups/search", "groups"),
    ("GET /admin/api-access/v1/orgs/*/api-tokens", "api_tokens"),
];

/// The gaps and facts of a sync, by kind.
async fn told(vendor: &Arc<Lying>, org: &Org) -> (Vec<String>, Vec<String>) {
    let sealed = vendor.sync(org).await.unwrap();
    let gaps = sealed.report.gaps().map(|gap| gap.kind.clone()).collect();
    let facts = sealed.report.facts().map(|fact| fact.kind.clone()).collect();
    (gaps, facts)
}

/// Two rows at the end of a listing are missing, and its first one stands in their place.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_comes_again_stands_in_for_none() {
    for (operation, kind) in LISTINGS {
        let repeating = check_listed(move |read, rows| {
            if read.operation == operation && (3..100).contains(&rows.len()) {
                let (first, len) = (rows[0].clone(), rows.len());
                rows[len - 2..].fill(first);
            }
        });
        let (gaps, facts) = told(&repeating, &many()).await;
        assert!(gaps.contains(&kind.to_owned()), "{operation}: {gaps:?}");
        assert!(
            facts.contains(&"repeated_rows".to_owned()),
            "{operation}: {facts:?}"
        );
    }
}

/// A listing that the vendor never counts: nothing tells that the row that comes again stands in for no other one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_comes_again_where_nothing_is_counted_is_a_gap() {
    for (operation, kind) in [
        ("GET /admin/v1/orgs/*/users", "managed_accounts"),
        ("POST /admin/v2/orgs/*/workspaces", "workspaces"),
    ] {
        let repeating = check_listed(move |read, rows| {
            if read.operation == operation && rows.len() >= 3 {
                let (first, len) = (rows[0].clone(), rows.len());
                rows[len - 1] = first;
            }
        });
        let (gaps, facts) = told(&repeating, &many()).await;
        assert!(gaps.contains(&kind.to_owned()), "{operation}: {gaps:?} {facts:?}");
    }
}

/// The second page of a listing has the rows of the first one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_comes_again_stands_in_for_none() {
    for (operation, kind) in &LISTINGS[..2] {
        let kept: Mutex<Option<Vec<Value>>> = Mutex::default();
        let repeating = check_listed(move |read, rows| {
            if read.operation == *operation {
                *rows = kept.lock().unwrap().get_or_insert_with(|| rows.clone()).clone();
            }
        });
        let (gaps, facts) = told(&repeating, &many()).await;
        assert!(gaps.contains(&(*kind).to_owned()), "{operation}: {gaps:?}");
        assert!(
            facts.contains(&"repeated_rows".to_owned()),
            "{operation}: {facts:?}"
        );
    }
}

fn roles_of(of: &str) -> String {
    format!("GET /admin/v2/orgs/*/directories/-/{of}/*/role-assignments")
}

/// Of the role assignments of every account or group only the first is listed, again and again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_comes_again_stands_in_for_none() {
    for (of, kind) in [("users", "role_assignments"), ("groups", "group_roles")] {
        let operation = roles_of(of);
        let repeating = check_listed(move |read, rows| {
            if read.operation == operation && rows.len() > 1 {
                let first = rows[0].clone();
                rows.fill(first);
            }
        });
        let gaps = kinds_of_gaps(&repeating).await;
        assert!(gaps.iter().any(|(told, _)| told == kind), "{of}: {gaps:?}");
    }
}

/// A role assignment that names a resource and no role is a row that cannot be read, whichever way the roles are missing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_assignment_without_a_role_is_a_gap() {
    for of in ["users", "groups"] {
        for is_empty in [true, false] {
            let operation = roles_of(of);
            let without = check_listed(move |read, rows| {
                let rows = rows.iter_mut().filter(|_| read.operation == operation);
                for row in rows.filter_map(Value::as_object_mut) {
                    for key in ["roles", "roleAssignments"] {
                        match is_empty {
                            true => row.insert(key.to_owned(), Value::Array(Vec::new())),
                            false => row.remove(key),
                        };
                    }
                }
            });
            let gaps = kinds_of_gaps(&without).await;
            let told = gaps
                .iter()
                .any(|(kind, count)| kind == "malformed_row" && *count > 1);
            assert!(told, "{of}, {is_empty}: {gaps:?}");
        }
    }
}

/// A count that cannot be read contradicts nothing, and that is told of each listing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listing_that_is_not_counted_is_told() {
    let org = many();
    for (status, body) in [(403, "{}"), (404, "<html>"), (500, "{}"), (200, "<html>")] {
        let uncounted = Lying::new(&org, move |read| {
            let is_count = read.operation.ends_with("/count");
            is_count.then(|| answer(status, body))
        });
        let sealed = uncounted.sync(&org).await.unwrap();
        assert_eq!(sealed.report.gaps().count(), 0, "{status}");
        let facts: BTreeMap<_, _> = sealed.report.facts().map(|fact| (&*fact.kind, fact)).collect();
        let told = facts["uncounted"];
        let subjects: Vec<_> = told.examples.iter().map(|told| told.subject.clone()).collect();
        let expected = [
            "accounts",
            "api_tokens",
            "groups",
            "oauth_clients",
            "org_api_keys",
        ]
        .map(|kind| format!("{}: {kind}", org.id()));
        assert_eq!(subjects, expected, "{status} {body}");
    }
}

/// Where no count tells that nothing is missing, a row that comes again may stand in for another one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_comes_again_in_a_listing_that_is_not_counted_is_a_gap() {
    for (operation, kind) in LISTINGS {
        let repeating = Lying::distorting(&many(), move |read, mut told| {
            if read.operation.ends_with("/count") {
                return answer(403, "{}").unwrap();
            }
            let mut body: Value = serde_json::from_slice(&told.body).unwrap_or_default();
            if let Some(rows) = body.get_mut("data").and_then(Value::as_array_mut)
                && read.operation == operation
                && (3..100).contains(&rows.len())
            {
                let (first, len) = (rows[0].clone(), rows.len());
                rows[len - 2..].fill(first);
                told.body = body.to_string().into();
            }
            told
        });
        let (gaps, facts) = told(&repeating, &many()).await;
        assert!(gaps.contains(&kind.to_owned()), "{operation}: {gaps:?}");
        assert!(facts.contains(&"uncounted".to_owned()), "{operation}: {facts:?}");
    }
}

/// The members of each group, of which the second half is missing or is the first one once more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_the_members_of_a_group_are_a_gap() {
    let org = Org::generate(OrgSpec {
        groups: 2,
        members_per_group: 12,
        ..OrgSpec::small(40)
    });
    for is_repeated in [false, true] {
        let halved = distorting_rows(&org, move |read: &Read, rows| {
            if read.operation.ends_with(" of a group") && rows.len() > 9 {
                let half = rows.len() / 2;
                let first = rows[..half].to_vec();
                rows.truncate(half);
                rows.extend(first.into_iter().filter(|_| is_repeated));
            }
        });
        let (gaps, facts) = told(&halved, &org).await;
        assert_eq!(gaps, ["group_members"], "{is_repeated}");
        assert_eq!(
            facts.contains(&"repeated_rows".to_owned()),
            is_repeated,
            "{facts:?}"
        );
    }
}

/// One account, one group, one token: each of a listing of several pages, never listed or with another in its place.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_row_of_a_long_listing_is_a_gap() {
    let org = Org::generate(OrgSpec {
        groups: 130,
        members_per_group: 3,
        tokens: 230,
        ..OrgSpec::small(250)
    });
    for (operation, kind) in LISTINGS {
        for is_repeated in [false, true] {
            let without = distorting_rows(&org, move |read: &Read, rows| {
                // The last page, which is not full.
                if read.operation == operation && rows.len() > 2 && rows.len() % 100 > 0 {
                    rows.remove(1);
                    rows.extend(is_repeated.then(|| rows[0].clone()));
                }
            });
            let (gaps, _) = told(&without, &org).await;
            assert!(
                gaps.contains(&kind.to_owned()),
                "{operation}, {is_repeated}: {gaps:?}"
            );
        }
    }
}

/// What is counted at the end of a listing, and was not when it began, was created while it was read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_created_meanwhile_is_a_fact() {
    let org = many();
    for (first, later, is_gap, is_told) in [
        (0, 2, false, true),
        (1, 2, true, false),
        (1, 1, true, false),
        (2, 0, false, false),
    ] {
        let more = Mutex::new(first);
        let counting = Lying::distorting(&org, move |read: &Read, response| {
            if !read.operation.ends_with("/groups/count") {
                return response;
            }
            let mut body: Value = serde_json::from_slice(&response.body).unwrap();
            let more = std::mem::replace(&mut *more.lock().unwrap(), later);
            body["count"] = (body["count"].as_u64().unwrap() + more).into();
            Response {
                body: body.to_string().into(),
                ..response
            }
        });
        let (gaps, facts) = told(&counting, &org).await;
        assert_eq!(gaps.contains(&"groups".to_owned()), is_gap, "{first}: {gaps:?}");
        let created = facts.contains(&"created_meanwhile".to_owned());
        assert_eq!(created, is_told, "{first}: {facts:?}");
    }
}

/// A group that answers with everybody, with a few less than it has, or with the same ones again in their place.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_that_are_counted_otherwise_are_a_gap() {
    let org = Org::generate(OrgSpec {
        groups: 1,
        members_per_group: 12,
        ..OrgSpec::small(40)
    });
    let everybody = Mutex::new(Vec::new());
    let ignoring = distorting_rows(&org, move |read: &Read, rows| {
        if read.operation == LISTINGS[0].0 {
            everybody.lock().unwrap().extend(rows.clone());
        } else if read.operation.ends_with(" of a group") {
            rows.clone_from(&everybody.lock().unwrap());
        }
    });
    assert_eq!(told(&ignoring, &org).await.0, ["group_members"], "everybody");
    for is_repeated in [false, true] {
        let fewer = distorting_rows(&org, move |read: &Read, rows| {
            if read.operation.ends_with(" of a group") && rows.len() > 9 {
                let last = rows.len() - 1;
                rows.truncate(last);
                rows.extend(is_repeated.then(|| rows[0].clone()));
            }
        });
        assert_eq!(told(&fewer, &org).await.0, ["group_members"], "{is_repeated}");
    }
}

/// A group whose members are as many as one of the two counts, before its listing and after it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_that_changed_meanwhile_are_a_fact() {
    let org = Org::generate(OrgSpec {
        groups: 1,
        members_per_group: 12,
        ..OrgSpec::small(40)
    });
    for more in [1, -1] {
        let once = Mutex::new(true);
        let changed = distorting_rows(&org, move |read: &Read, rows| {
            if read.operation == LISTINGS[1].0 && std::mem::take(&mut *once.lock().unwrap()) {
                let counted = rows[0]["counts"]["users"].as_i64().unwrap();
                rows[0]["counts"]["users"] = (counted + more).into();
            }
        });
        let (gaps, facts) = told(&changed, &org).await;
        assert!(gaps.is_empty(), "{more}: {gaps:?}");
        assert!(
            facts.contains(&"member_count_differs".to_owned()),
            "{more}: {facts:?}"
        );
    }
}

/// All role assignments of an account or group name its first resource, with the roles of each.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_resource_stands_in_for_no_other() {
    for (of, kind) in [("users", "role_assignments"), ("groups", "group_roles")] {
        let operation = roles_of(of);
        let on_one = check_listed(move |read, rows| {
            if read.operation == operation && rows.len() > 1 {
                let first = rows[0]["resourceId"].clone();
                for (at, row) in rows.iter_mut().enumerate() {
                    row["resourceId"] = first.clone();
                    row["roles"] = serde_json::json!([format!("atlassian/role-{at}")]);
                    row["roleAssignments"] = Value::Null;
                }
            }
        });
        let gaps = kinds_of_gaps(&on_one).await;
        assert!(gaps.iter().any(|(told, _)| told == kind), "{of}: {gaps:?}");
    }
}
