//! Documented limits, refused before anything is sent.

use crate::support::{ACCOUNT, client, reply};
use atlassian_admin::*;
use std::time::Duration;

fn accounts(count: usize) -> Vec<AccountId> {
    (0..count)
        .map(|n| AccountId::from_vendor(&format!("712020:{n}")))
        .collect()
}
fn directories(count: usize) -> Vec<DirectoryId> {
    (0..count)
        .map(|n| DirectoryId::from_vendor(&n.to_string()))
        .collect()
}
fn groups(count: usize) -> Vec<GroupId> {
    (0..count).map(|n| GroupId::from_vendor(&n.to_string())).collect()
}
fn resources(count: usize) -> Vec<ResourceAri> {
    (0..count)
        .map(|n| ResourceAri::from_vendor(&format!("ari:cloud:jira::site/{n}")))
        .collect()
}
fn words<T: Clone>(word: T, count: usize) -> Vec<T> {
    vec![word; count]
}
fn texts(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("{n}@larkspur.example")).collect()
}

/// What a builder says to the most that is allowed and to one more.
fn edge<T>(most: usize, build: impl Fn(usize) -> Result<T, ParameterError>) -> String {
    let refusal = build(most + 1).err().expect("one more than the most is refused");
    assert!(
        build(most).is_ok(),
        "the most that is allowed is refused: {refusal}"
    );
    refusal.to_string()
}

/// Whoever asks for certain accounts and names none wants none, and must not be given all of them.
#[test]
fn a_list_of_nothing_is_not_the_same_as_no_list() {
    let refusals = [
        UserSearch::builder().emails([]).build().map(drop),
        GroupSearch::builder().names([]).build().map(drop),
        DirectoryQuery::of_ids([]).map(drop),
    ]
    .map(|built| built.expect_err("everything would be found").to_string());
    insta::assert_snapshot!(refusals.join("\n"), @r"
    emails is needed: without one, every account would be found
    groupNames is needed: without one, every group would be found
    directoryIds is needed: without one, every directory would be found
    ");
    // An earlier list is taken back by a later one, an empty filter is none.
    assert!(
        UserSearch::builder()
            .emails([])
            .emails(["a@b.example"])
            .build()
            .is_ok()
    );
    assert!(
        UserSearch::builder()
            .filter(UserFilter::default())
            .build()
            .is_ok()
    );
}

#[test]
fn lists_are_as_long_as_documented() {
    let users = |filter: UserFilter| UserSearch::builder().filter(filter).build();
    let old_users = |filter: UserFilter| UserQuery::new(filter, 1);
    let groups_of = |filter: GroupFilter| GroupSearch::builder().filter(filter).build();
    let old_groups = |filter: GroupFilter| GroupQuery::new(filter, 1);
    let roles = |filter: RoleFilter| RoleQuery::new(filter, 1);
    let none = UserFilter::default;
    let refusals = [
        edge(10, |n| {
            users(UserFilter {
                account_ids: accounts(n),
                ..none()
            })
        }),
        edge(10, |n| {
            users(UserFilter {
                directory_ids: directories(n),
                ..none()
            })
        }),
        edge(10, |n| {
            users(UserFilter {
                group_ids: groups(n),
                ..none()
            })
        }),
        edge(20, |n| {
            users(UserFilter {
                resource_ids: resources(n),
                ..none()
            })
        }),
        edge(10, |n| {
            users(UserFilter {
                role_ids: words(RoleId::User, n),
                ..none()
            })
        }),
        edge(10, |n| {
            users(UserFilter {
                email_domains: texts(n),
                ..none()
            })
        }),
        edge(4, |n| {
            users(UserFilter {
                status: words(UserStatus::Active, n),
                ..none()
            })
        }),
        edge(3, |n| {
            users(UserFilter {
                account_status: words(AccountStatus::Active, n),
                ..none()
            })
        }),
        edge(3, |n| {
            users(UserFilter {
                membership_status: words(MembershipStatus::Active, n),
                ..none()
            })
        }),
        edge(100, |n| {
            UserSearch::builder()
                .emails(texts(n).iter().map(String::as_str))
                .build()
        }),
        edge(100, |n| {
            UserSearch::builder().limit(u16::try_from(n).unwrap()).build()
        }),
        edge(10, |n| {
            old_users(UserFilter {
                group_ids: groups(n),
                ..none()
            })
        }),
        edge(100, |n| UserQuery::new(none(), u16::try_from(n).unwrap())),
        edge(10, |n| {
            groups_of(GroupFilter {
                account_ids: accounts(n),
                ..GroupFilter::default()
            })
        }),
        edge(10, |n| {
            groups_of(GroupFilter {
                directory_ids: directories(n),
                ..GroupFilter::default()
            })
        }),
        edge(10, |n| {
            groups_of(GroupFilter {
                group_ids: groups(n),
                ..GroupFilter::default()
            })
        }),
        edge(10, |n| {
            groups_of(GroupFilter {
                role_ids: words(RoleId::User, n),
                ..GroupFilter::default()
            })
        }),
        edge(10, |n| {
            groups_of(GroupFilter {
                resource_owners: words(ResourceOwner::Trello, n),
                ..GroupFilter::default()
            })
        }),
        edge(20, |n| {
            groups_of(GroupFilter {
                resource_ids: resources(n),
                ..GroupFilter::default()
            })
        }),
        edge(100, |n| {
            GroupSearch::builder()
                .names(texts(n).iter().map(String::as_str))
                .build()
        }),
        edge(100, |n| {
            GroupSearch::builder().limit(u16::try_from(n).unwrap()).build()
        }),
        edge(20, |n| {
            old_groups(GroupFilter {
                resource_ids: resources(n),
                ..GroupFilter::default()
            })
        }),
        edge(10, |n| {
            roles(RoleFilter {
                directory_ids: directories(n),
                ..RoleFilter::default()
            })
        }),
        edge(10, |n| {
            roles(RoleFilter {
                resource_owners: words(ResourceOwner::Loom, n),
                ..RoleFilter::default()
            })
        }),
        edge(20, |n| {
            roles(RoleFilter {
                resource_ids: resources(n),
                ..RoleFilter::default()
            })
        }),
        edge(10, |n| {
            roles(RoleFilter {
                role_ids: words(RoleId::User, n),
                ..RoleFilter::default()
            })
        }),
        edge(100, |n| {
            RoleQuery::new(RoleFilter::default(), u16::try_from(n).unwrap())
        }),
        edge(10, |n| DirectoryQuery::of_ids(directories(n))),
        edge(1000, |n| WorkspaceQuery::new(None, u16::try_from(n).unwrap())),
        edge(1000, |n| TokenPaging::new(u16::try_from(n).unwrap())),
        edge(500, |n| {
            EventQuery::new(EventFilter::default(), u16::try_from(n).unwrap())
        }),
        edge(100, |n| {
            EventQuery::new(
                EventFilter {
                    actors: texts(n),
                    ..EventFilter::default()
                },
                1,
            )
        }),
        edge(100, |n| {
            EventQuery::new(
                EventFilter {
                    ips: texts(n),
                    ..EventFilter::default()
                },
                1,
            )
        }),
        edge(500, |n| FeedQuery::new(None, u16::try_from(n).unwrap())),
        edge(25, |n| Invitation::new(texts(n).iter().map(String::as_str))),
        edge(100, |n| ProfileChange::builder().name(&"ä".repeat(n)).build()),
        edge(30, |n| ProfileChange::builder().nickname(&"ä".repeat(n)).build()),
    ];
    insta::assert_snapshot!(refusals.join("\n"));
}

#[test]
fn other_rules_are_kept_too() {
    let named = UserFilter {
        search_term: Some("ines".to_owned()),
        ..UserFilter::default()
    };
    let group_term = GroupFilter {
        search_term: Some("eng".to_owned()),
        ..GroupFilter::default()
    };
    let group_ids = GroupFilter {
        group_ids: groups(1),
        ..GroupFilter::default()
    };
    let org_admin = RoleOnResource::new(
        RoleId::OrgAdmin,
        ResourceAri::from_vendor("ari:cloud:jira::site/1"),
    );
    let refusals = [
        UserSearch::builder().limit(0).build().unwrap_err(),
        UserSearch::builder()
            .filter(named)
            .emails(["a@b.example"])
            .build()
            .unwrap_err(),
        GroupSearch::builder()
            .filter(group_term)
            .names(["eng"])
            .build()
            .unwrap_err(),
        GroupSearch::builder()
            .filter(group_ids)
            .names(["eng"])
            .build()
            .unwrap_err(),
        Invitation::new([]).unwrap_err(),
        Invitation::new(["not an address"]).unwrap_err(),
        Invitation::new(["@larkspur.example"]).unwrap_err(),
        NewGroup::new("  ").unwrap_err(),
        ProfileChange::builder().build().unwrap_err(),
        ProfileChange::builder().nickname("").build().unwrap_err(),
        ProfileChange::builder()
            .job_title("lead\u{7}")
            .build()
            .unwrap_err(),
        org_admin.unwrap_err(),
        OrgId::parse("larkspur").unwrap_err(),
        DirectoryId::parse("-").unwrap_err(),
        GroupId::parse("jira-users").unwrap_err(),
        AccountId::parse("ines.calder@larkspur.example").unwrap_err(),
        AccountId::parse("").unwrap_err(),
        AccountId::parse(&"a".repeat(129)).unwrap_err(),
        ResourceAri::parse("3f0e8a52-71bd-4c19-b6a4-5d2c90ef1873").unwrap_err(),
        ResourceAri::parse("ari:cloud:jira").unwrap_err(),
        ResourceAri::parse("ari:cloud:jira::site/").unwrap_err(),
        TokenId::parse("..").unwrap_err(),
        TokenId::parse("a/b").unwrap_err(),
        RevokeEveryToken::of_organization("yes").unwrap_err(),
    ];
    insta::assert_snapshot!(refusals.map(|refusal| refusal.to_string()).join("\n"));
}

#[test]
fn ids_of_every_documented_form_are_taken() {
    for id in [
        "5c9f2e7ab81d3405d6ef7a19",
        "557058:1d2c3b4a-5e6f-4a7b-8c9d-0e1f2a3b4c5d",
        "qm:a|b_c-d:7",
        "a",
    ] {
        assert_eq!(AccountId::parse(id).unwrap().as_str(), id);
    }
    for ari in [
        "ari:cloud:confluence::site/3f0e8a52-71bd-4c19-b6a4-5d2c90ef1873",
        "ari:cloud:platform::org/8f1c2d34-5b6a-4c7d-9e80-1a2b3c4d5e6f",
        "ari:cloud:jira:3f0e8a52-71bd-4c19-b6a4-5d2c90ef1873:project/10001",
        "ari:cloud:trello::workspace/5c9f2e7ab81d3405d6ef7a19",
    ] {
        assert_eq!(ResourceAri::parse(ari).unwrap().as_str(), ari);
    }
    let group = "0e5b2c44-1f7a-4e8e-9d0b-3c6a8f1e2d97";
    assert_eq!(
        GroupId::parse(&format!(" ari:cloud:identity::group/{group}\n"))
            .unwrap()
            .as_str(),
        group
    );
}

#[test]
fn parts_of_an_ari() {
    let parts = |text: &str| {
        let ari = ResourceAri::from_vendor(text);
        format!("{:?} {:?} {:?}", ari.owner(), ari.kind(), ari.id())
    };
    assert_eq!(
        parts("ari:cloud:jira::site/1"),
        r#"Some("jira") Some("site") Some("1")"#
    );
    assert_eq!(
        parts("ari:cloud:jira:1:project/2"),
        r#"Some("jira") Some("project") Some("2")"#
    );
    assert_eq!(parts("site/1"), "None None None");

    let site = ResourceAri::from_vendor("ari:cloud:jira::site/3f0e");
    assert!(site.is_of_site("3f0e") && !site.is_of_site("f0e") && !site.is_of_site(""));
    assert!(ResourceAri::from_vendor("3f0e").is_of_site("3f0e"));
}

/// The time that a number of requests take when every answer comes at once.
async fn time_of(requests: usize, body: &'static str, send: impl AsyncFn(&AdminClient)) -> Duration {
    let (client, _) = client(vec![reply(200, body); requests]);
    for _ in 0..requests {
        send(&client).await;
    }
    client.http().clock().elapsed()
}

#[tokio::test]
async fn documented_rates_are_kept_without_being_told() {
    let minute = Duration::from_secs(60);
    let account = AccountId::parse(ACCOUNT).unwrap();
    let page = r#"{"data":[]}"#;
    let events = EventQuery::new(EventFilter::default(), 500).unwrap();
    let feed = FeedQuery::new(None, 500).unwrap();
    let list = async |client: &AdminClient| drop(client.events(&events, None).await.unwrap());
    let poll = async |client: &AdminClient| drop(client.poll_events(&feed, None).await.unwrap());
    let dates = async |client: &AdminClient| drop(client.last_active_dates(&account).await.unwrap());
    let directories = async |client: &AdminClient| drop(client.directories(None).await.unwrap());

    assert!(time_of(10, page, list).await < minute && time_of(11, page, list).await >= minute);
    assert!(time_of(50, page, poll).await < minute && time_of(51, page, poll).await >= minute);
    let body = r#"{"data":{"product_access":[]}}"#;
    assert!(time_of(200, body, dates).await < minute && time_of(201, body, dates).await >= minute);
    assert_eq!(time_of(1000, page, directories).await, Duration::ZERO);
}

/// Commas separate the values of these conditions, so a value with one would be read as two.
#[test]
fn a_comma_in_a_condition_on_events_is_refused() {
    let filter = |set: fn(&mut EventFilter) -> &mut Vec<String>| {
        let mut filter = EventFilter::default();
        set(&mut filter).push("a,b".to_owned());
        EventQuery::new(filter, 1).unwrap_err().to_string()
    };
    let expected =
        |name| format!("{name} must be a list of values without commas, and the 3 characters given are not");
    assert_eq!(filter(|filter| &mut filter.actors), expected("actor"));
    assert_eq!(filter(|filter| &mut filter.ips), expected("ip"));
    assert_eq!(filter(|filter| &mut filter.products), expected("product"));
}
