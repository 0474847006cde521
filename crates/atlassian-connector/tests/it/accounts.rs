//! The listings of accounts.

use crate::render::show;
use crate::vendor::{Vendor, page, page_before, refusal, routing};
use connector_sdk::PageToken;
use connector_sdk::proto::any::pick;
use connector_sdk::proto::connector::v2;
use insta::assert_snapshot;
use serde_json::{Value, json};

const MANAGED: &str = r#"{"source":"managed"}"#;

fn managed_token() -> PageToken {
    PageToken::new(MANAGED)
}

fn ines() -> Value {
    json!({
        "accountId": "712020:0b7c", "accountType": "atlassian", "status": "active", "accountStatus": "active",
        "membershipStatus": "active", "addedToOrg": "2023-03-14T08:21:55.310Z", "name": "Ines Calder",
        "nickname": "Ines", "email": "ines.calder@larkspur.example", "emailVerified": true,
        "claimStatus": "managed", "platformRoles": ["atlassian/org-admin", "atlassian/ai-access"],
        "picture": "https://avatars.example.net/ic.png", "managementSource": "synced", "mfaEnabled": true,
        "jobTitle": "Platform lead", "department": null, "organization": null, "location": null,
        "timeZone": "Europe/Lisbon", "counts": {"resources": 7}, "deactivatedOn": null, "forDeletion": false,
        "productAccess": [
            {"id": "ari:cloud:confluence::site/3f0e", "key": "confluence",
             "lastActiveTimestamp": "2026-08-29T14:40:02.123456789Z"},
            {"id": "ari:cloud:jira-software::site/3f0e", "key": "jira-software",
             "lastActiveTimestamp": "2026-08-30T09:00:00Z"},
            {"id": "ari:cloud:trello::workspace/9", "key": "trello", "lastActiveTimestamp": null}
        ],
        "links": {"self": "dXNyOjE"}
    })
}

/// The search lists every account with all it knows, and its first page tells of the managed accounts.
#[tokio::test]
async fn the_search_is_the_listing() {
    let bare = json!({"accountId": "qm:77"});
    let vendor = Vendor::new()
        .users_search(page_before("c2", [ines(), bare]))
        .users_search(page([ines()]));
    let first = vendor.first("user").await;
    let next = first.as_ref().unwrap().next.clone().unwrap();
    let second = vendor.list("user", &next).await;
    assert_snapshot!(format!(
        "{}\n===\n{}\n===\n{}",
        show(&first),
        show(&second),
        vendor.asked()
    ));
}

/// The status is the same on the account and on its trait; words that are not known and absent ones say nothing.
#[tokio::test]
async fn every_status_is_kept_in_the_vendors_word() {
    let words = [
        "active",
        "suspended",
        "not_invited",
        "deactivated",
        "for_deletion",
        "pending_review",
    ];
    let mut rows: Vec<Value> = words
        .iter()
        .map(|word| json!({"accountId": word, "status": word}))
        .collect();
    rows.push(json!({"accountId": "none", "status": null, "accountStatus": "active"}));
    let vendor = Vendor::new().users_search(page(rows));
    let listed = vendor.first("user").await.unwrap();
    let statuses: Vec<String> = listed
        .resources
        .iter()
        .map(|row| {
            let status = row.resource.status.clone().unwrap();
            format!(
                "{}: {} {:?}",
                row.resource.display_name,
                status.status().as_str_name(),
                status.details
            )
        })
        .collect();
    assert_snapshot!(statuses.join("\n"));
}

/// The name of a person is shown, the address where there is no name, the id where there is neither.
#[tokio::test]
async fn the_display_name_is_the_persons_name() {
    for (row, expected) in [
        (
            json!({"accountId": "a", "name": "Ines", "email": "i@x.example"}),
            "Ines",
        ),
        (
            json!({"accountId": "a", "name": "", "email": "i@x.example"}),
            "i@x.example",
        ),
        (json!({"accountId": "a", "name": null, "email": null}), "a"),
    ] {
        let vendor = Vendor::new().users_search(page([row]));
        let listed = vendor.first("user").await.unwrap();
        assert_eq!(listed.resources[0].resource.display_name, expected);
    }
}

/// Of an account that the organization does not manage the vendor does not know whether it has a second factor, whatever it
/// says.
#[tokio::test]
async fn a_second_factor_is_known_of_managed_accounts_only() {
    for (claim, is_known) in [
        (json!("managed"), true),
        (json!("unmanaged"), false),
        (json!(null), false),
    ] {
        for enabled in [true, false] {
            let row = json!({"accountId": "a", "claimStatus": claim, "mfaEnabled": enabled});
            let listed = Vendor::new()
                .users_search(page([row]))
                .first("user")
                .await
                .unwrap();
            let account = &listed.resources[0].resource;
            let of = pick::<v2::UserTrait>(&account.annotations).unwrap().unwrap();
            let told = of.mfa_status.map(|mfa| mfa.mfa_enabled);
            assert_eq!(told, is_known.then_some(enabled), "{claim}");
        }
    }
}

/// An app that is listed twice was used when it was used last, in whatever order that stands.
#[tokio::test]
async fn an_app_was_last_used_at_the_latest_time() {
    let used = |time: &str| json!({"id": "ari:cloud:trello::workspace/9", "lastActiveTimestamp": time});
    let (early, late) = ("2026-08-29T14:40:02Z", "2026-08-30T09:00:00Z");
    for times in [[early, late], [late, early]] {
        let row = json!({"accountId": "a", "productAccess": times.map(used)});
        let listed = Vendor::new().users_search(page([row])).first("user").await;
        let shown = show(&listed);
        assert!(shown.contains(&format!("last={late}")), "{shown}");
        assert!(shown.contains(late) && !shown.contains(early), "{shown}");
    }
}

/// A managed account was last active when it was in one of its apps, or anywhere.
#[tokio::test]
async fn a_managed_account_was_last_active_anywhere() {
    let (early, late) = ("2026-08-29T14:40:02Z", "2026-08-30T09:00:00Z");
    for (anywhere, in_app) in [(early, late), (late, early), (late, late)] {
        let row = json!({"account_id": "a", "last_active": anywhere,
                         "product_access": [{"key": "trello", "last_active": in_app}]});
        let vendor = Vendor::new().managed_accounts(page([row]));
        let shown = show(&vendor.list("user", &managed_token()).await);
        assert!(shown.contains(&format!("last={late}")), "{shown}");
    }
}

/// Where the search is not offered, the older listing is read, and that is said; its pages go on as its own.
#[tokio::test]
async fn the_older_listing_stands_in_for_the_search() {
    let row = json!({"accountId": "a-1", "name": "Theo", "platformRoles": ["atlassian/site-admin"]});
    let mut shown = Vec::new();
    for refused in [
        refusal(404, "ADMIN-404-1", "No such path"),
        routing(404, "No static resource"),
        refusal(405, "ADMIN-405-1", "Method not supported"),
        refusal(
            400,
            "ADMIN-400-4",
            "Organization: o is not with the new user management experience",
        ),
    ] {
        let vendor = Vendor::new()
            .users_search(refused.clone())
            .users_search(refused)
            .users_list(page_before("c2", [row.clone()]))
            .users_list(page([row.clone()]));
        let first = vendor.first("user").await;
        let next = first.as_ref().unwrap().next.clone().unwrap();
        let second = vendor.list("user", &next).await;
        shown.push(format!(
            "{}\n===\n{}\n===\n{}",
            show(&first),
            show(&second),
            vendor.asked()
        ));
    }
    assert!(
        shown.iter().all(|other| *other == shown[0]),
        "{}",
        shown.join("\n\n")
    );
    assert_snapshot!(shown[0]);
}

/// No other refusal leads to the older listing, and none in the middle of a listing does. Where an organization is not
/// there, neither listing is.
#[tokio::test]
async fn the_older_listing_stands_in_for_nothing_else() {
    let mut shown = Vec::new();
    let foreign = || routing(404, "TCS validation failed");
    let vendor = Vendor::new()
        .users_search(foreign())
        .users_search(foreign())
        .users_list(foreign());
    shown.push(show(&vendor.first("user").await));
    for refused in [
        refusal(404, "ADMIN-404-2", "Organization not found"),
        refusal(403, "ADMIN-403-3", "Not allowed"),
        refusal(400, "ADMIN-400-24", "Invalid body"),
    ] {
        let vendor = Vendor::new().users_search(refused);
        shown.push(show(&vendor.first("user").await));
    }
    let vendor = Vendor::new().users_search(refusal(404, "ADMIN-404-1", "No such path"));
    shown.push(show(
        &vendor
            .list("user", &PageToken::new(r#"{"source":"search","cursor":"c2"}"#))
            .await,
    ));
    let neither = Vendor::new()
        .users_search(refusal(405, "ADMIN-405-1", "Method not supported"))
        .users_search(refusal(405, "ADMIN-405-1", "Method not supported"))
        .users_list(refusal(404, "ADMIN-404-1", "No such path"));
    shown.push(show(&neither.first("user").await));
    assert_snapshot!(shown.join("\n"));
}

/// Managed accounts complete those of the directories, and are whole accounts by themselves.
#[tokio::test]
async fn managed_accounts_are_a_supplement() {
    let theo = json!({
        "account_id": "557058:1d2c", "account_type": "atlassian", "account_status": "active", "name": "Theo Marsh",
        "picture": "https://avatars.example.net/tm.png", "email": "theo.marsh@larkspur.example",
        "access_billable": true, "last_active": "2026-08-30T17:02:11.000Z",
        "product_access": [{"key": "jira-software", "name": "Jira", "url": "https://larkspur.atlassian.net",
                            "last_active": "2026-08-30T17:02:11.000Z"}],
    });
    let bot = json!({"account_id": "557058:b07", "account_type": "app", "account_status": "active", "name": "Build bot"});
    let customer = json!({"account_id": "qm:1", "account_type": "customer", "account_status": "inactive", "name": "Kim"});
    let gone = json!({"account_id": "557058:9", "account_type": "atlassian", "account_status": "closed", "name": "Former"});
    let address = "https://api.atlassian.com/admin/v1/orgs/o/users?cursor=c%2B2";
    let vendor = Vendor::new()
        .managed_accounts(page_before(address, [theo, bot, customer, gone]))
        .managed_accounts(page([]));
    let first = vendor.list("user", &managed_token()).await;
    let next = first.as_ref().unwrap().next.clone().unwrap();
    let second = vendor.list("user", &next).await;
    assert_snapshot!(format!(
        "{}\n===\n{}\n===\n{}",
        show(&first),
        show(&second),
        vendor.asked()
    ));
}

/// Managed accounts that may not be read are a gap; an organization without a claimed domain has none, which is no
/// error; an organization that is not there is one.
#[tokio::test]
async fn managed_accounts_may_be_refused_or_absent() {
    let mut shown = Vec::new();
    for answer in [
        routing(403, "User has no permission to access resource."),
        refusal(403, "ADMIN-403-3", "Not allowed"),
        refusal(
            400,
            "ADMIN-400-4",
            "Organization: o is not with the new user management experience",
        ),
        refusal(404, "ADMIN-404-2", "Organization not found"),
        refusal(404, "ADMIN-404-1", "No such path"),
        routing(404, "TCS validation failed"),
    ] {
        let vendor = Vendor::new().managed_accounts(answer);
        shown.push(show(&vendor.list("user", &managed_token()).await));
    }
    assert_snapshot!(shown.join("\n"));
}

/// No managed account is an answer where no listed account says that it is one; otherwise it is asked for once more, and
/// then it is a gap.
#[tokio::test]
async fn no_managed_accounts_are_an_answer_or_a_gap() {
    let managed = || page([json!({"accountId": "a-1", "claimStatus": "managed"})]);
    let listed = || page([json!({"account_id": "b-1", "account_status": "active", "name": "Bo"})]);
    let mut shown = Vec::new();
    for (found, again) in [
        (page([]), None),
        (managed(), Some(page([]))),
        (managed(), Some(listed())),
        (refusal(405, "ADMIN-405-1", "Method not supported"), None),
    ] {
        let mut vendor = Vendor::new().managed_accounts(page([])).users_search(found);
        if let Some(again) = again {
            vendor = vendor.managed_accounts(again);
        }
        shown.push(show(&vendor.list("user", &managed_token()).await));
        vendor.asked();
    }
    assert_snapshot!(shown.join("\n---\n"));
}

/// A row that cannot be read is a gap of its own, and the others of its page stay.
#[tokio::test]
async fn a_malformed_row_is_a_gap() {
    let rows = [
        json!({"accountId": "a-1"}),
        json!({"name": "nobody"}),
        json!({"accountId": "a-2", "status": 7}),
        json!(null),
    ];
    let vendor = Vendor::new()
        .users_search(page_before("c2", rows.clone()))
        .users_search(page(rows));
    let first = vendor.first("user").await;
    let second = vendor
        .list("user", &first.as_ref().unwrap().next.clone().unwrap())
        .await;
    let notices = |page: &connector_sdk::Result<connector_sdk::Page>| {
        let page = page.as_ref().unwrap();
        assert_eq!(page.resources.len(), 1);
        let page = connector_sdk::Page {
            notices: page.notices.clone(),
            ..connector_sdk::Page::empty()
        };
        show(&Ok(page))
    };
    assert_snapshot!(format!("{}\n===\n{}", notices(&first), notices(&second)));
}

/// A cursor that the vendor refuses starts the listing again, in all listings alike.
#[tokio::test]
async fn a_refused_cursor_is_told_apart() {
    let vendor = Vendor::new().users_search(refusal(400, "ADMIN-UAM-400-1", "Bad cursor"));
    let error = vendor
        .list("user", &PageToken::new(r#"{"source":"search","cursor":"old"}"#))
        .await
        .unwrap_err();
    assert!(error.is_cursor_refused());
    let foreign = Vendor::new()
        .list("user", &PageToken::new("not ours"))
        .await
        .unwrap_err();
    assert!(foreign.is_cursor_refused());
}

/// The pages before a restart count: where the listing goes on from tells of them.
#[tokio::test]
async fn a_listing_that_is_resumed_is_compared_with_the_count() {
    let rows = |ids: &[&str]| ids.iter().map(|id| json!({"accountId": id})).collect::<Vec<_>>();
    for (counted, lacks) in [(3, false), (9, true)] {
        let before = Vendor::new().users_search(page_before("c2", rows(&["a-1", "a-2"])));
        let next = before.first("user").await.unwrap().next.unwrap();
        let after = Vendor::new()
            .users_search(page(rows(&["a-3"])))
            .users_search(page(rows(&["a-3"])))
            .users_count((200, json!({"count": counted})));
        let last = after.list("user", &next).await.unwrap();
        let gaps: Vec<&str> = last
            .notices
            .iter()
            .filter(|notice| notice.kind == "accounts")
            .map(|notice| notice.detail.as_str())
            .collect();
        assert_eq!(!gaps.is_empty(), lacks, "{counted} counted: {gaps:?}");
        assert!(
            gaps.iter().all(|gap| gap.contains('3') && gap.contains('9')),
            "{gaps:?}"
        );
    }
}

/// Counts all accounts, one of them, and closed ones.
macro_rules! counts {
    ($all:literal, $one:literal, $closed:literal) => {
        |what| match what {
            "" => $all,
            "accountIds" => $one,
            _ => $closed,
        }
    };
}

/// What is counted is what the listing should have: an account once for each directory where the vendor lists it so, and none that
/// it does not list.
#[tokio::test]
async fn a_count_of_something_else_is_no_gap() {
    let rows = |ids: &[&str]| ids.iter().map(|id| json!({"accountId": id})).collect::<Vec<_>>();
    type Count = fn(&str) -> u64;
    type Case<'a> = (&'a str, &'a [&'a str], &'a [&'a str], Count, bool);
    let cases: [Case<'_>; 6] = [
        (
            "one in two directories",
            &["a-1", "a-2"],
            &["a-1"],
            counts!(3, 2, 0),
            false,
        ),
        // Where it counts the account once, the repeated row stands in the place of another.
        (
            "a row for another",
            &["a-1", "a-2"],
            &["a-1"],
            counts!(3, 1, 0),
            true,
        ),
        (
            "more than directories explain",
            &["a-1", "a-2"],
            &["a-1"],
            counts!(4, 2, 0),
            true,
        ),
        ("closed ones", &["a-1"], &["a-2"], counts!(3, 1, 1), false),
        (
            "more than closed ones",
            &["a-1"],
            &["a-2"],
            counts!(4, 1, 1),
            true,
        ),
        ("no closed ones", &["a-1"], &["a-2"], counts!(3, 1, 0), true),
    ];
    for (case, first, last, count, lacks) in cases {
        let before = Vendor::new().users_search(page_before("c2", rows(first)));
        let next = before.first("user").await.unwrap().next.unwrap();
        // The last page is asked for twice, then closed accounts are.
        let after = Vendor::new()
            .users_search(page(rows(last)))
            .users_search(page(rows(last)))
            .users_search(page([]))
            .users_counted(count);
        let last = after.list("user", &next).await.unwrap();
        let found = last.notices.iter().any(|notice| notice.kind == "accounts");
        assert_eq!(found, lacks, "{case}: {:?}", last.notices);
    }
}

/// Nobody counts the managed accounts, so a page that has nothing but those of an earlier one is a gap.
#[tokio::test]
async fn a_page_of_known_managed_accounts_is_a_gap() {
    let rows = || ["a", "b"].map(|id| json!({"account_id": id, "account_type": "atlassian"}));
    let vendor = Vendor::new()
        .managed_accounts(page_before("c2", rows()))
        .managed_accounts(page(rows()));
    let first = vendor.list("user", &managed_token()).await.unwrap();
    assert_eq!(first.notices, []);
    let rest = vendor.list("user", &first.next.clone().unwrap()).await.unwrap();
    let kinds: Vec<_> = rest.notices.iter().map(|notice| notice.kind.as_str()).collect();
    assert_eq!(kinds, ["managed_accounts", "repeated_rows"]);
}
