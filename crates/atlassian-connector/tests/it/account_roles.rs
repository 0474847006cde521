//! What accounts hold.

use crate::render::show;
use crate::vendor::{ORG, Vendor, one, page, page_before, refusal, routing};
use connector_sdk::{FollowUp, Page, PageToken, ResourceKey, Result, Subject, SyncContext};
use insta::assert_snapshot;
use serde_json::{Value, json};

const CONFLUENCE: &str = "ari:cloud:confluence::site/3f0e";

/// An account as its listing stated it.
fn account(status: &str, platform_roles: &[&str]) -> Subject {
    let left = json!({"status": status, "platform_roles": platform_roles});
    Subject::new(ResourceKey::new("user", "a-1"), Some(FollowUp::of_state(&left)))
}

fn row(resource: &str, role: &str, methods: &[&str]) -> Value {
    json!({
        "resourceId": resource, "resourceOwner": resource.split(':').nth(2), "roles": [role],
        "roleAssignments": [{"role": role, "roleAssignmentMethods": methods}],
        "directoryId": "d-1", "userDirectoryStatus": "active",
    })
}

fn platform(resource: &str, role: &str) -> Value {
    json!({
        "resourceId": resource, "resourceOwner": "platform", "roles": [role],
        "roleAssignments": [{"role": role, "roleAssignmentMethods": ["direct"]}],
        "directoryId": null, "userDirectoryStatus": null,
    })
}

async fn read(vendor: &Vendor, account: &Subject) -> Result<Page> {
    vendor.grants(account, &PageToken::first()).await
}

async fn grants_of(rows: impl Into<Vec<Value>>) -> String {
    let read = read(&Vendor::new().user_roles(page(rows)), &account("active", &[]))
        .await
        .unwrap();
    let shown = Page {
        grants: read.grants,
        notices: read.notices,
        ..Page::empty()
    };
    show(&Ok(shown))
}

/// A row states the workspace, the entitlement and the grant, each once.
#[tokio::test]
async fn a_row_states_all_that_it_names() {
    let mut two = row(CONFLUENCE, "atlassian/user", &["direct"]);
    two["roleAssignments"]
        .as_array_mut()
        .unwrap()
        .push(json!({"role": "atlassian/admin", "roleAssignmentMethods": ["direct"]}));
    let vendor = Vendor::new().user_roles(page([two.clone(), two]));
    let read = read(&vendor, &account("active", &[])).await;
    assert_snapshot!(format!("{}\n===\n{}", show(&read), vendor.asked()));
}

/// Direct is stated and revocable; groups and inference are conditional; anything else is conditional and may be changed,
/// which is remarked once.
#[tokio::test]
async fn methods_decide_how_a_role_is_known() {
    let mut deprecated = row(CONFLUENCE, "atlassian/customer", &[]);
    deprecated["roleAssignments"] = json!(null);
    assert_snapshot!(
        grants_of([
            row(CONFLUENCE, "atlassian/user", &["direct", "group_direct"]),
            row(CONFLUENCE, "atlassian/admin", &["group_direct"]),
            row(CONFLUENCE, "atlassian/guest", &["inferred"]),
            row(CONFLUENCE, "atlassian/basic", &[]),
            row(CONFLUENCE, "atlassian/contributor", &["delegated"]),
            deprecated,
        ])
        .await
    );
}

/// What the API cannot take away is immutable, however it is held: unknown roles, administration of an app's site or
/// organization, AI access, roles of the organization but organization admin.
#[tokio::test]
async fn only_what_can_be_revoked_is_changeable() {
    let organization = format!("ari:cloud:platform::org/{ORG}");
    assert_snapshot!(
        grants_of([
            row(CONFLUENCE, "atlassian/quality-owner", &["direct"]),
            row(CONFLUENCE, "atlassian/viewer", &["direct"]),
            row(CONFLUENCE, "atlassian/org-admin", &["direct"]),
            row(CONFLUENCE, "atlassian/site-admin", &["direct"]),
            row(CONFLUENCE, "atlassian/ai-access", &["direct"]),
            row(CONFLUENCE, "atlassian/quality-owner", &[]),
            platform(&organization, "atlassian/org-admin"),
            platform(&organization, "atlassian/user-access-admin"),
            platform("ari:cloud:platform::site/3f0e", "atlassian/site-admin"),
        ])
        .await
    );
}

/// Organization admin hangs on the organization whatever its platform target, site roles on the platform site, roles of
/// the organization on the organization.
#[tokio::test]
async fn platform_roles_hang_where_they_are_held() {
    let organization = format!("ari:cloud:platform::org/{ORG}");
    let vendor = Vendor::new().user_roles(page([
        platform(&organization, "atlassian/org-admin"),
        platform("ari:cloud:platform::site/3f0e", "atlassian/org-admin"),
        platform("ari:cloud:platform::site/3f0e", "atlassian/site-admin"),
        platform(&organization, "atlassian/ai-access"),
    ]));
    assert_snapshot!(show(&read(&vendor, &account("active", &[])).await));
}

/// A role is dormant where the membership is suspended or absent. One row for each directory: the engine merges them.
#[tokio::test]
async fn a_role_without_membership_is_dormant() {
    let in_directory = |directory: Value, status: Value| {
        let mut row = row(CONFLUENCE, "atlassian/user", &["direct"]);
        row["directoryId"] = directory;
        row["userDirectoryStatus"] = status;
        row
    };
    assert_snapshot!(
        grants_of([
            in_directory(json!("d-1"), json!("suspended")),
            in_directory(json!("d-2"), json!("active")),
            in_directory(json!("d-3"), json!("no_membership")),
            in_directory(json!("d-4"), json!("paused")),
            in_directory(json!(null), json!("suspended")),
        ])
        .await
    );
}

/// Projects and goals are left out and counted by target, unless they are asked for.
#[tokio::test]
async fn projects_and_goals_are_left_out_unless_asked_for() {
    let rows = || {
        let mut project = row("ari:cloud:townsquare::project/7", "atlassian/user", &["direct"]);
        project["resourceOwner"] = json!("project");
        let mut goal = row("ari:cloud:townsquare::goal/8", "atlassian/user", &["inferred"]);
        goal["resourceOwner"] = json!("goal");
        page([project.clone(), goal, project])
    };
    let without = read(&Vendor::new().user_roles(rows()), &account("active", &[])).await;
    let with = read(
        &Vendor::new().with_projects_and_goals().user_roles(rows()),
        &account("active", &[]),
    )
    .await;
    assert_snapshot!(format!("{}\n===\n{}", show(&without), show(&with)));
}

/// A role of the platform that the listing states and no page covers is kept on the organization, immutable and counted.
/// A row on an app does not cover it: it says nothing of the organization.
#[tokio::test]
async fn an_uncovered_platform_role_is_kept() {
    let account = account(
        "active",
        &[
            "atlassian/ai-access",
            "atlassian/org-admin",
            "atlassian/site-admin",
        ],
    );
    let vendor = Vendor::new()
        .user_roles(page_before(
            "c2",
            [platform("ari:cloud:platform::site/3f0e", "atlassian/site-admin")],
        ))
        .user_roles(page([row(CONFLUENCE, "atlassian/org-admin", &["direct"])]));
    let first = read(&vendor, &account).await;
    let next = first.as_ref().unwrap().next.clone().unwrap();
    let second = vendor.grants(&account, &next).await;
    assert_snapshot!(format!(
        "{}\n===\n{}\n===\n{}",
        show(&first),
        show(&second),
        vendor.asked()
    ));
}

/// A 404 leaves the account: the details tell whether it is gone, the status whether it should have roles.
#[tokio::test]
async fn missing_role_assignments_are_explained_or_a_gap() {
    let gone = || refusal(404, "ADMIN-404-8", "User not found");
    let now = |status: &str| one(&json!({"accountId": "a-1", "status": status}));
    let mut shown = Vec::new();
    // Where nothing explains it, the roles are asked for once more before it is a gap.
    let asked_again = [1, 3, 7];
    for (nth, (listed, details)) in [
        ("active", gone()),
        ("active", now("active")),
        ("active", now("deactivated")),
        ("suspended", now("suspended")),
        ("not_invited", now("not_invited")),
        ("for_deletion", one(&json!({"accountId": "a-1"}))),
        ("closed", refusal(403, "ADMIN-403-3", "Not allowed")),
        ("active", refusal(403, "ADMIN-403-3", "Not allowed")),
        ("active", refusal(404, "ADMIN-404-99", "Something else")),
        ("active", refusal(500, "ADMIN-500-1", "Oops")),
    ]
    .into_iter()
    .enumerate()
    {
        let mut vendor = Vendor::new().user_roles(gone()).user(details);
        if asked_again.contains(&nth) {
            vendor = vendor.user_roles(gone());
        }
        let read = read(&vendor, &account(listed, &[])).await;
        vendor.asked();
        shown.push(format!("listed {listed}\n{}", show(&read)));
    }
    assert_snapshot!(shown.join("\n---\n"));
}

/// A 404 without a code is settled by a search for the one account: it is gone only where the search does not find it.
#[tokio::test]
async fn a_404_without_a_code_is_settled() {
    let gone = || refusal(404, "ADMIN-404-8", "User not found");
    let mut shown = Vec::new();
    for found in [page([]), page([json!({"accountId": "a-1"})])] {
        let vendor = Vendor::new()
            .user_roles(gone())
            .user(routing(404, "Not there"))
            .users_search(found);
        shown.push(show(&read(&vendor, &account("active", &[])).await));
        vendor.asked();
    }
    assert_snapshot!(shown.join("\n---\n"));
}

/// Roles that are not there once, of an account that is, are asked for again.
#[tokio::test]
async fn roles_that_are_missing_once_are_read() {
    let vendor = Vendor::new()
        .user_roles(refusal(404, "ADMIN-404-8", "User not found"))
        .user(one(&json!({"accountId": "a-1", "status": "active"})))
        .user_roles(page([row(CONFLUENCE, "atlassian/admin", &["direct"])]));
    let read = read(&vendor, &account("active", &[])).await.unwrap();
    vendor.asked();
    assert_eq!(
        (read.grants.len(), read.notices.len(), read.unread),
        (1, 0, false)
    );
}

/// What the listing itself states stays, though the role assignments are not there; not so for a deleted account.
#[tokio::test]
async fn platform_roles_of_the_listing_survive_missing_role_assignments() {
    let account = account("active", &["atlassian/org-admin"]);
    let gone = || refusal(404, "ADMIN-404-8", "User not found");
    let there = Vendor::new()
        .user_roles(gone())
        .user_roles(gone())
        .user(one(&json!({"accountId": "a-1", "status": "active"})));
    let deleted = Vendor::new().user_roles(gone()).user(gone());
    let (there, deleted) = (read(&there, &account).await, read(&deleted, &account).await);
    assert_snapshot!(format!("{}\n===\n{}", show(&there), show(&deleted)));
}

/// An account that only the managed accounts list is in no directory, so that its details are not found does not say it
/// was deleted. Of one that a directory had as well it does.
#[tokio::test]
async fn a_managed_account_outside_the_directories_is_not_deleted() {
    let managed =
        json!({"account_id": "b-1", "account_type": "app", "account_status": "active", "name": "Bot"});
    let gone = || refusal(404, "ADMIN-404-8", "User not found");
    let mut shown = Vec::new();
    let of_directory = json!({"accountId": "b-1", "accountType": "app", "status": "active", "name": "Bot"});
    for (listing, rows) in [("managed", managed), ("search", of_directory)] {
        // The listing is counted, by a path that looks like that of an account.
        let vendor = Vendor::new().users_count(gone());
        let vendor = vendor.user_roles(gone()).user(gone());
        let vendor = match listing {
            "managed" => vendor.managed_accounts(page([rows])),
            _ => vendor.users_search(page([rows])),
        };
        let token = PageToken::new(format!(r#"{{"source":"{listing}"}}"#));
        let listed = vendor.list("user", &token).await.unwrap();
        let account = listed.resources[0].subject().unwrap();
        shown.push(format!("{listing}: {}", show(&read(&vendor, &account).await)));
    }
    assert_snapshot!(shown.join("\n"));
}

/// A refusal is a gap; a page with a row that cannot be read does not count as the whole access.
#[tokio::test]
async fn unread_roles_are_named() {
    let refused = Vendor::new().user_roles(refusal(403, "ADMIN-UAM-403-1", "Forbidden"));
    let mut bad = row(CONFLUENCE, "atlassian/user", &["direct"]);
    bad["roles"] = json!("many");
    let malformed = Vendor::new().user_roles(page([bad, row(CONFLUENCE, "atlassian/admin", &["direct"])]));
    let refused = read(&refused, &account("active", &["atlassian/ai-access"])).await;
    let malformed = read(&malformed, &account("active", &[])).await;
    assert_snapshot!(format!("{}\n===\n{}", show(&refused), show(&malformed)));
}

/// No request is made for grants that nobody wants.
#[tokio::test]
async fn unwanted_grants_are_not_asked_for() {
    for (types, access, asked) in [
        (None, true, true),
        (None, false, false),
        (Some(vec!["user"]), true, false),
        (Some(vec!["workspace"]), true, false),
        (Some(vec!["user", "group"]), true, false),
        (Some(vec!["user", "organization"]), true, true),
    ] {
        let cx = SyncContext::new(
            types.clone().map(|t| t.into_iter().map(str::to_owned).collect()),
            access,
        );
        let vendor = if asked {
            Vendor::new().user_roles(page([]))
        } else {
            Vendor::new()
        };
        let read = vendor
            .syncer("user")
            .grants(&cx, &account("active", &[]), &PageToken::first())
            .await;
        assert_eq!(show(&read), "nothing", "{types:?}");
        assert_eq!(!vendor.asked().is_empty(), asked, "{types:?}");
    }
}

/// A role that was taken away since the listing of accounts counted is no gap: what is counted now decides.
#[tokio::test]
async fn a_role_that_went_meanwhile_is_not_missing() {
    let rows = || page([row(CONFLUENCE, "atlassian/user", &["direct"])]);
    let left = json!({"status": "active", "platform_roles": [], "resources": 2});
    let account = Subject::new(ResourceKey::new("user", "a-1"), Some(FollowUp::of_state(&left)));
    for (counted, is_gap) in [(1, false), (2, true)] {
        let vendor = Vendor::new()
            .user_roles(rows())
            .user_roles(rows())
            .users_search(page([
                json!({"accountId": "a-1", "counts": {"resources": counted}}),
            ]));
        let read = vendor.grants(&account, &PageToken::first()).await.unwrap();
        let gaps: Vec<_> = read
            .notices
            .iter()
            .filter(|notice| notice.kind == "role_assignments")
            .collect();
        assert_eq!(!gaps.is_empty(), is_gap, "{counted} counted now: {gaps:?}");
    }
}
