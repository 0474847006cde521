//! Answers in the vendor's own shapes, with all that they may hold, and requests with everything that can be asked for.

use crate::support::{ACCOUNT, DIRECTORY, GROUP, SITE, client, fixture, reply, written};
use atlassian_admin::*;
use http_kit::Cursor;
use std::fmt::Debug;

/// Sends with a status and a body for an answer, and snapshots the request and what was read.
macro_rules! exchange {
    ($name:ident, $status:literal, $body:expr, |$client:ident| $send:expr) => {
        #[tokio::test]
        async fn $name() {
            let ($client, transport) = client(vec![reply($status, $body)]);
            let result = $send.await;
            let requests: Vec<String> = transport.requests().iter().map(written).collect();
            insta::assert_snapshot!(stringify!($name), shown(&requests, &result));
        }
    };
}

fn shown(requests: &[String], result: &impl Debug) -> String {
    format!("{}\n\n{result:#?}", requests.join("\n"))
}

fn account() -> AccountId {
    AccountId::parse(ACCOUNT).unwrap()
}
/// The account that the fixture of a profile is about.
fn theo() -> AccountId {
    AccountId::parse("557058:1d2c3b4a-5e6f-4a7b-8c9d-0e1f2a3b4c5d").unwrap()
}
fn group() -> GroupId {
    GroupId::parse(GROUP).unwrap()
}
fn directory() -> DirectoryId {
    DirectoryId::parse(DIRECTORY).unwrap()
}
fn any() -> DirectoryRef {
    DirectoryRef::Any
}
fn in_directory() -> DirectoryRef {
    directory().into()
}
fn site() -> ResourceAri {
    ResourceAri::parse(SITE).unwrap()
}
fn grant() -> RoleOnResource {
    RoleOnResource::new(RoleId::User, site()).unwrap()
}
fn cursor(text: &str) -> Option<Cursor> {
    Cursor::from_link(text)
}

// Organization and directories.
exchange!(organization, 200, fixture!("organization"), |client| client
    .organization());
exchange!(organizations, 200, fixture!("organizations"), |client| client
    .organizations(None));
exchange!(
    organizations_of_a_scoped_key,
    200,
    fixture!("organizations-scoped-key"),
    |client| client.organizations(None)
);
exchange!(directories, 200, fixture!("directories"), |client| client
    .directories(None));
exchange!(
    directories_of_an_account,
    200,
    fixture!("directories"),
    |client| async {
        client
            .query_directories(&DirectoryQuery::of_account(account()), cursor("b2ZmOjE").as_ref())
            .await
    }
);

// Users.
exchange!(users_search, 200, fixture!("users-search"), |client| async {
    let expand = [
        UserExpand::PlatformRoles,
        UserExpand::ProductAccess,
        UserExpand::ResourceCounts,
    ];
    let search = UserSearch::builder()
        .expand(expand)
        .sort_by_nickname(SortDirection::Asc)
        .build()
        .unwrap();
    client.search_users(&any(), &search, None).await
});
exchange!(
    users_search_members,
    200,
    fixture!("users-search-last"),
    |client| async {
        let search = UserSearch::builder()
            .filter(UserFilter::members_of(group()))
            .build()
            .unwrap();
        client
            .search_users(&in_directory(), &search, cursor("cGc6Mg==").as_ref())
            .await
    }
);
exchange!(
    users_search_with_bad_rows,
    200,
    fixture!("users-bad-rows"),
    |client| async {
        client
            .search_users(&any(), &UserSearch::builder().build().unwrap(), None)
            .await
            .map(|page| {
                (
                    page.items
                        .iter()
                        .map(|user| user.account_id.clone())
                        .collect::<Vec<_>>(),
                    page.bad_rows,
                    page.next,
                )
            })
    }
);
exchange!(users_list, 200, fixture!("users-list"), |client| async {
    let filter = UserFilter {
        group_ids: vec![group()],
        resource_ids: vec![site()],
        role_ids: vec![RoleId::User, RoleId::Admin],
        claim_status: Some(ClaimStatus::Managed),
        mfa_enabled: Some(false),
        status: vec![UserStatus::Active, UserStatus::Suspended],
        email_domains: vec!["larkspur.example".to_owned()],
        search_term: Some("ines & co".to_owned()),
        ..UserFilter::default()
    };
    client
        .list_users(&in_directory(), &UserQuery::new(filter, 50).unwrap(), None)
        .await
});
exchange!(users_get, 200, fixture!("user"), |client| async {
    client.user(&any(), &account()).await
});
exchange!(users_count, 200, fixture!("user-count"), |client| async {
    let filter = UserFilter {
        account_status: vec![AccountStatus::Inactive],
        ..UserFilter::default()
    };
    client
        .count_users(&any(), &UserQuery::new(filter, 100).unwrap())
        .await
});
exchange!(users_stats, 200, fixture!("user-stats"), |client| async {
    client.user_stats(&any()).await
});
exchange!(users_last_active, 200, fixture!("last-active"), |client| async {
    client.last_active_dates(&account()).await
});
exchange!(managed_accounts, 200, fixture!("managed-accounts"), |client| {
    client.managed_accounts(None)
});

// Roles.
exchange!(
    user_role_assignments,
    200,
    fixture!("user-role-assignments"),
    |client| async {
        client
            .user_role_assignments(&any(), &account(), &RoleQuery::default(), None)
            .await
    }
);
exchange!(
    user_role_assignments_older,
    200,
    fixture!("user-role-assignments-without-methods"),
    |client| async {
        let filter = RoleFilter {
            directory_ids: vec![directory()],
            resource_owners: vec![ResourceOwner::Confluence, ResourceOwner::from("rovo")],
            resource_ids: vec![site()],
            role_ids: vec![RoleId::User],
        };
        client
            .user_role_assignments(
                &any(),
                &account(),
                &RoleQuery::new(filter, 20).unwrap(),
                cursor("a+b/c=").as_ref(),
            )
            .await
    }
);
exchange!(
    group_role_assignments,
    200,
    fixture!("group-role-assignments"),
    |client| async {
        client
            .group_role_assignments(&in_directory(), &group(), &RoleQuery::default(), None)
            .await
    }
);

// Invitations.
exchange!(users_invite, 206, fixture!("invite"), |client| async {
    let invitation = Invitation::new(["noor.haddad@larkspur.example"])
        .unwrap()
        .with_role(grant())
        .with_group(group())
        .with_mail("Welcome");
    client.invite_users(&invitation).await
});

// Groups.
exchange!(groups_search, 200, fixture!("groups-search"), |client| async {
    let filter = GroupFilter {
        resource_owners: vec![ResourceOwner::JiraSoftware],
        ..GroupFilter::default()
    };
    let search = GroupSearch::builder()
        .filter(filter)
        .expand([GroupExpand::UserCounts, GroupExpand::ResourceCounts])
        .sort_by_name(SortDirection::Desc)
        .build()
        .unwrap();
    client
        .search_groups(&any(), &search, cursor("cGc6MQ").as_ref())
        .await
});
exchange!(groups_get, 200, fixture!("group"), |client| async {
    client.group(&any(), &group()).await
});
exchange!(groups_count, 200, fixture!("user-count"), |client| async {
    client
        .count_groups(&any(), &GroupQuery::new(GroupFilter::default(), 1).unwrap())
        .await
});
exchange!(groups_stats, 200, fixture!("group-stats"), |client| async {
    client.group_stats(&any()).await
});

// Workspaces, domains, policies.
exchange!(workspaces, 200, fixture!("workspaces"), |client| client
    .workspaces(None));
exchange!(workspaces_query, 200, fixture!("workspaces"), |client| async {
    let filter = WorkspaceFilter::And(vec![
        WorkspaceFilter::apps(["confluence"]),
        WorkspaceFilter::Nor(vec![WorkspaceFilter::SearchWorkspaces("sandbox".to_owned())]),
    ]);
    let query = WorkspaceQuery::new(Some(filter), 100)
        .unwrap()
        .sort_by("attributes.name", SortDirection::Asc);
    client
        .query_workspaces(&query, None)
        .await
        .map(|page| page.items.len())
});
exchange!(domains, 200, fixture!("domains"), |client| client.domains(None));
exchange!(domain, 200, fixture!("domain"), |client| async {
    client.domain(&DomainId::parse("larkspur.example").unwrap()).await
});
exchange!(policies, 200, fixture!("policies"), |client| async {
    client
        .policies(Some(&PolicyType::IpAllowlist), cursor("cDox").as_ref())
        .await
});
exchange!(policy, 200, fixture!("policy"), |client| async {
    client
        .policy(&PolicyId::parse("51a2c9de-0b7f-4c1e-a1de-7f3a66e0d412").unwrap())
        .await
        .map(|policy| policy.id)
});

// Audit log.
exchange!(events, 200, fixture!("events"), |client| async {
    let filter = EventFilter {
        term: Some("role".to_owned()),
        from: Some("2026-09-01T00:00:00Z".parse().unwrap()),
        to: Some("2026-09-03T00:00:00.5Z".parse().unwrap()),
        action: Some("user_granted_role".to_owned()),
        actors: vec![ACCOUNT.to_owned(), "atlassian-internal-system".to_owned()],
        ips: vec!["192.0.2.14".to_owned()],
        products: vec!["jira".to_owned(), "loom".to_owned()],
        places: vec![EventPlace {
            city: "Lisbon".to_owned(),
            country_name: "Portugal".to_owned(),
        }],
    };
    client
        .events(&EventQuery::new(filter, 500).unwrap(), cursor("ZXY6MA").as_ref())
        .await
});
exchange!(events_feed, 200, fixture!("events-feed"), |client| async {
    let query = FeedQuery::new(Some("2026-09-01T00:00:00Z".parse().unwrap()), 200).unwrap();
    client.poll_events(&query, None).await
});
exchange!(event, 200, fixture!("event"), |client| async {
    client
        .event(&EventId::parse("b7b1c0de-5a2f-4b0a-8f5b-0a9d3c1e77aa").unwrap())
        .await
        .map(|event| event.id)
});
exchange!(event_actions, 200, fixture!("event-actions"), |client| client
    .event_actions());

// Tokens and keys.
exchange!(api_tokens, 200, fixture!("api-tokens"), |client| client
    .api_tokens(None));
exchange!(api_tokens_query, 200, fixture!("api-tokens"), |client| async {
    let filter = TokenFilter {
        term: Some("ci".to_owned()),
        status: Some(TokenStatus::Blocked),
        created: Some(TimeCondition {
            search_type: Some("gt".to_owned()),
            unit: Some("day".to_owned()),
            value: Some(90),
            ..TimeCondition::default()
        }),
        last_active: Some(TimeCondition {
            search_type: Some("range".to_owned()),
            range_from: Some("2026-01-01".to_owned()),
            range_to: Some("2026-06-30".to_owned()),
            ..TimeCondition::default()
        }),
    };
    let paging = TokenPaging::new(10)
        .unwrap()
        .sort_by("lastActiveAt", SortDirection::Desc);
    client
        .query_api_tokens(&filter, &paging, cursor("dG9rOjI").as_ref())
        .await
        .map(|page| page.items.len())
});
exchange!(api_keys, 200, fixture!("api-keys"), |client| async {
    client
        .api_keys(&KeyFilter::default(), &TokenPaging::default(), None)
        .await
});
exchange!(api_keys_count, 200, r#"{"count":3}"#, |client| async {
    client
        .count_api_keys(&KeyFilter {
            key_type: Some("scoped".to_owned()),
            ..KeyFilter::default()
        })
        .await
});

// Managed accounts.
exchange!(
    account_permissions,
    200,
    fixture!("account-permissions"),
    |client| async {
        client
            .account_permissions(&account(), &[Privilege::EmailSet, Privilege::ProfileWrite])
            .await
            .map(|permissions| {
                let of = |privilege| permissions.get(&privilege).cloned();
                (
                    of(Privilege::EmailSet),
                    of(Privilege::LifecycleDelete),
                    of(Privilege::ProfileWrite),
                    of(Privilege::Other("unheard.of".into())),
                    permissions.field("name").cloned(),
                    permissions.field("nickname").cloned(),
                    permissions.names().map(str::to_owned).collect::<Vec<_>>(),
                )
            })
    }
);
exchange!(
    account_profile,
    200,
    fixture!("account-profile"),
    |client| async { client.account_profile(&theo()).await }
);
exchange!(
    account_profile_update,
    200,
    fixture!("account-profile"),
    |client| async {
        let change = ProfileChange::builder()
            .nickname("Theo M.")
            .department("Quality")
            .build()
            .unwrap();
        client
            .update_account_profile(&theo(), &change)
            .await
            .map(|profile| profile.nickname)
    }
);
exchange!(account_tokens, 200, fixture!("account-tokens"), |client| async {
    client.account_tokens(&account()).await
});

// SCIM links.
exchange!(scim_links, 200, fixture!("scim-links"), |client| async {
    client.scim_links(&account()).await
});
exchange!(
    scim_links_for_email,
    200,
    fixture!("scim-links"),
    |client| async {
        client
            .scim_links_for_email("ines.calder@larkspur.example")
            .await
            .map(|links| links.len())
    }
);

#[tokio::test]
async fn every_request_carries_the_key_and_asks_for_json() {
    let (client, transport) = client(vec![reply(204, "")]);
    client.suspend_user(&directory(), &account()).await.unwrap();
    let request = &transport.requests()[0];
    let header = |name: &str| {
        request
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    assert_eq!(header("authorization"), "Bearer org-key");
    assert_eq!(header("accept"), "application/json");
    assert_eq!(header("content-type"), "application/json");
}

#[tokio::test]
async fn a_confirmation_for_another_organization_sends_nothing() {
    let (client, transport) = client(vec![]);
    let other = RevokeEveryToken::of_organization("00000000-0000-4000-8000-000000000000").unwrap();
    let error = client.revoke_every_api_token(other).await.unwrap_err();
    assert_eq!(error.kind(), AdminErrorKind::Invalid);
    assert!(transport.requests().is_empty(), "{error}");
}

/// What Atlassian Support finds a request by is kept of writes that succeed too.
#[tokio::test]
async fn a_write_is_known_by_the_id_of_its_request() {
    let answer = |status, body| reply(status, body).header("x-request-id", "8f2d10c4-e67b-4a59");
    let (client, _) = client(vec![answer(204, ""), answer(206, fixture!("invite"))]);
    let removed = client.remove_user(&directory(), &account()).await.unwrap();
    let invitation = Invitation::new(["noor.haddad@larkspur.example"]).unwrap();
    let invited = client.invite_users(&invitation).await.unwrap().receipt;
    let told = |receipt: Receipt| (receipt.status, receipt.request_id.unwrap());
    assert_eq!(
        [told(removed), told(invited)],
        [204, 206].map(|status| (status, "8f2d10c4-e67b-4a59".to_owned()))
    );
}
