//! Who belongs to a group.

use crate::render::show;
use crate::vendor::{Vendor, one, page, page_before, refusal, routing};
use connector_sdk::{FollowUp, Page, PageToken, ResourceKey, Result, Subject, SyncContext};
use insta::assert_snapshot;
use serde_json::{Value, json};

const GROUP: &str = "0e5b2c44-1f7a-4e8e-9d0b-3c6a8f1e2d97";

/// A group as its listing stated it.
fn group(modifiable: bool, count: Option<u64>) -> Subject {
    let left = json!({"name": "jira-users", "immutable": !modifiable, "members": count});
    Subject::new(ResourceKey::new("group", GROUP), Some(FollowUp::of_state(&left)))
}

fn member(id: &str) -> Value {
    json!({"accountId": id, "name": format!("Name {id}")})
}

async fn read(vendor: &Vendor, group: &Subject) -> Result<Page> {
    vendor.grants(group, &PageToken::first()).await
}

/// Members are grants, and accounts in case no listing has them: with all that the row tells, but without roles of the
/// platform, which are a promise of the listing alone. The roles of the group are read at the same time.
#[tokio::test]
async fn members_are_grants_and_placeholders() {
    let whole = json!({
        "accountId": "712020:9", "accountType": "app", "status": "suspended", "name": "Sync bot",
        "email": "bot@larkspur.example", "platformRoles": ["atlassian/org-admin"], "counts": {"resources": 3},
    });
    let vendor = Vendor::new()
        .users_search(page_before("c2", [whole]))
        .users_search(page([member("a-2")]));
    let group = group(true, Some(2));
    let first = read(&vendor, &group).await;
    let second = vendor
        .grants(&group, &first.as_ref().unwrap().next.clone().unwrap())
        .await;
    assert_snapshot!(format!(
        "{}\n===\n{}\n===\n{}",
        show(&first),
        show(&second),
        vendor.asked()
    ));
}

/// Members of a group that cannot be modified are immutable.
#[tokio::test]
async fn members_of_a_synced_group_are_immutable() {
    let read = read(
        &Vendor::new().users_search(page([member("a-1")])),
        &group(false, None),
    )
    .await
    .unwrap();
    assert_snapshot!(show(&Ok(Page {
        grants: read.grants,
        ..Page::empty()
    })));
}

/// Of a member only the id is needed: one whose row is odd otherwise holds its membership anyway, and what no
/// listing says of the account is a gap. A row without an id is a gap alone.
#[tokio::test]
async fn an_odd_row_is_a_member_all_the_same() {
    let odd = json!({"accountId": "712020:odd", "name": {"first": "Ada"}});
    let nobody = json!({"name": "Nobody"});
    let vendor = Vendor::new().users_search(page([odd, nobody]));
    let read = read(&vendor, &group(true, Some(2))).await;
    vendor.asked();
    assert_snapshot!(show(&read));
}

/// Members that cannot be read are a gap that names the group, never an empty group; of a group that is proven to be gone it
/// is a fact. Whether the search is offered at all is asked of the organization, never concluded from one group.
#[tokio::test]
async fn unreadable_members_are_a_gap() {
    let not_found = || refusal(404, "ADMIN-404-10", "Group not found");
    let not_there = || routing(404, "Not there");
    let not_offered = || refusal(405, "ADMIN-405-1", "Method not supported");
    let not_allowed = || refusal(403, "ADMIN-403-5", "Not allowed to manage the group");
    let there = || one(&json!({"id": "0e5b2c44-1f7a-4e8e-9d0b-3c6a8f1e2d97"}));
    let mut shown = Vec::new();
    // Answers of the search (for the group, and for whether it is offered), of the older listing, and to the details.
    for (search, older, details) in [
        (vec![not_allowed()], vec![], None),
        (vec![not_found(), not_found()], vec![], Some(there())),
        (vec![not_found()], vec![], Some(not_found())),
        (vec![not_there(), page([]), not_there()], vec![], Some(there())),
        (
            vec![not_found(), page([member("a-1")]), page([member("a-1")])],
            vec![],
            Some(there()),
        ),
        (vec![not_offered(); 3], vec![not_found(); 2], Some(there())),
        (vec![not_offered(); 3], vec![not_found()], Some(not_found())),
        (vec![not_offered(); 3], vec![not_allowed()], None),
        (vec![page([]); 2], vec![], None),
    ] {
        let mut vendor = Vendor::new();
        for answer in search {
            vendor = vendor.users_search(answer);
        }
        for answer in older {
            vendor = vendor.users_list(answer);
        }
        if let Some(details) = details {
            vendor = vendor.group(details);
        }
        let read = read(&vendor, &group(true, Some(4))).await;
        vendor.asked();
        shown.push(show(&read));
    }
    assert_snapshot!(shown.join("\n---\n"));
}

/// Other errors are errors of the members alone: the roles of the group are another listing, and are read anyway.
#[tokio::test]
async fn members_that_fail_do_not_take_the_roles_with_them() {
    let mut shown = Vec::new();
    let group = group(true, Some(4));
    for (nth, refused) in [
        refusal(404, "ADMIN-UAM-404-2", "Organization not found"),
        refusal(500, "ADMIN-500-1", "Oops"),
        refusal(401, "ADMIN-401-2", "Expired"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut vendor = Vendor::new().users_search(refused.clone());
        if nth < 2 {
            vendor = vendor.users_search(refused);
        }
        let first = read(&vendor, &group).await;
        shown.push(show(&first));
        if let Some(next) = first.ok().and_then(|page| page.next) {
            shown.push(show(&vendor.grants(&group, &next).await));
        }
        vendor.asked();
    }
    assert_snapshot!(shown.join("\n---\n"));
}

/// Where the search is not offered, members are read from the older listing, page by page.
#[tokio::test]
async fn members_come_from_the_older_listing_where_there_is_no_search() {
    let not_offered = || refusal(405, "ADMIN-405-1", "Method not supported");
    let vendor = Vendor::new()
        .users_search(not_offered())
        .users_search(not_offered())
        .users_search(not_offered())
        .users_list(page_before("c2", [member("a-1")]))
        .users_list(page([member("a-2")]));
    let group = group(true, None);
    let first = read(&vendor, &group).await;
    let second = vendor
        .grants(&group, &first.as_ref().unwrap().next.clone().unwrap())
        .await;
    assert_snapshot!(format!(
        "{}\n===\n{}\n===\n{}",
        show(&first),
        show(&second),
        vendor.asked()
    ));
}

/// A search that ends in the middle of a group does not begin again as the older listing: the rest is a gap.
#[tokio::test]
async fn members_that_end_in_the_middle_are_a_gap() {
    for (refused, is_there) in [
        (refusal(404, "ADMIN-404-10", "Group not found"), true),
        (
            refusal(403, "ADMIN-403-5", "Not allowed to manage the group"),
            false,
        ),
    ] {
        let mut vendor = Vendor::new()
            .users_search(page_before("c2", [member("a-1")]))
            .users_search(refused.clone());
        if is_there {
            vendor = vendor.group(one(&json!({"id": GROUP}))).users_search(refused);
        }
        let group = group(true, None);
        let first = read(&vendor, &group).await.unwrap();
        let rest = vendor.grants(&group, &first.next.clone().unwrap()).await.unwrap();
        vendor.asked();
        let kinds: Vec<_> = rest.notices.iter().map(|notice| notice.kind.as_str()).collect();
        assert_eq!((kinds, rest.next), (vec!["group_members"], None));
    }
}

/// A group with more or fewer members than the vendor counts is a gap, where the vendor counts. A member that is listed
/// again on top of the next page is one member.
#[tokio::test]
async fn a_member_count_that_differs_is_a_gap() {
    for (count, rows, expected) in [
        (Some(3), [vec!["a", "b"], vec!["b", "c"]], None),
        (Some(4), [vec!["a", "b"], vec!["c", "d"]], None),
        (None, [vec!["a"], vec!["b"]], None),
        (
            Some(5),
            [vec!["a", "b"], vec!["c"]],
            Some("5 members counted by the vendor, 3 listed"),
        ),
        (
            Some(0),
            [vec![], vec!["c"]],
            Some("0 members counted by the vendor, 1 listed"),
        ),
    ] {
        let [first, second] = rows
            .clone()
            .map(|ids| ids.into_iter().map(member).collect::<Vec<_>>());
        let vendor = Vendor::new()
            .users_search(page_before("c2", first))
            .users_search(page(second.clone()))
            .users_search(page(second));
        let group = group(true, count);
        let first = read(&vendor, &group).await.unwrap();
        let second = vendor.grants(&group, &first.next.clone().unwrap()).await.unwrap();
        assert_eq!(first.notices, []);
        let told: Vec<_> = second
            .notices
            .iter()
            .map(|n| (n.kind.as_str(), n.detail.as_str()))
            .collect();
        match expected {
            None => assert_eq!(told, [], "{rows:?}"),
            Some(text) => {
                assert_eq!(
                    told,
                    [("group_members", format!("group \"jira-users\": {text}").as_str())]
                );
            }
        }
    }
}

/// Which of the two requests are made follows from what is wanted.
#[tokio::test]
async fn only_wanted_grants_are_asked_for() {
    let mut shown = Vec::new();
    for (types, members, roles) in [
        (vec!["user", "group", "workspace"], true, false),
        (vec!["user", "group"], true, false),
        (vec!["group", "workspace"], false, true),
        (vec!["group", "organization"], false, true),
        (vec!["group"], false, false),
        (vec!["user", "workspace"], false, false),
    ] {
        let mut vendor = Vendor::new();
        if members {
            vendor = vendor.users_search(page([]));
        }
        if roles {
            vendor = vendor.group_roles(page([]));
        }
        let cx = SyncContext::new(Some(types.iter().map(|t| (*t).to_owned()).collect()), true);
        let read = vendor
            .syncer("group")
            .grants(&cx, &group(true, None), &PageToken::first())
            .await;
        shown.push(format!(
            "{}: {}\n  {}",
            types.join("+"),
            show(&read),
            vendor.asked()
        ));
    }
    assert_snapshot!(shown.join("\n"));
}
