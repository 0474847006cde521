//! What the rules for recordings replace, and that a recorded program finds its way again.

use crate::support::{ACCOUNT, DIRECTORY, GROUP, ORG, SITE};
use atlassian_admin::*;
use http::Method;
use http_kit::cassette::{RecordingTransport, Redactor, ReplayTransport};
use http_kit::testing::{FakeTransport, Recorded, Reply};
use http_kit::{ManualClock, RetryPolicy, Transport};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use vendor_contract::cases::{exchanges_in, text_of};

const KEY: &str = "ATCT3xFfGN0-not-a-real-key-of-anyone";

/// Everything in the fixtures that is somebody's, beside what keys tell.
const PRIVATE: &[&str] = &[
    KEY,
    ORG,
    DIRECTORY,
    GROUP,
    "712020:0b7c4e1f",
    "0b7c4e1f-93aa",
    "3f0e8a52-71bd",
    "5c9f2e7ab81d3405d6ef7a19",
    "larkspur",
    "Larkspur",
    "Ines Calder",
    "Calder",
    "ines.calder",
    "Theo",
    "Marsh",
    "Noor",
    "Haddad",
    "haddad",
    "Lisbon",
    "Dublin",
    "Portugal",
    "192.0.2",
    "ci-deploy",
    "governance",
    "laptop",
    "Okta",
    "Platform lead",
    "Tester",
    "asp_9fK2pQ7vX1mZ",
    "cGc6Mg",
    "eyJvIjoyMH0",
    "avatars.example.net",
    "elsewhere.example",
];

/// The answers of the vendor: every fixture.
fn fixtures() -> BTreeMap<String, (u16, String)> {
    let root = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fixtures/atlassian-admin"
    ));
    let files = |dir: &Path, status| {
        let entries = std::fs::read_dir(dir)
            .expect("fixtures")
            .map(|entry| entry.expect("a fixture").path());
        entries
            .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
            .map(move |path| {
                let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
                (name, (status, std::fs::read_to_string(&path).expect("a text")))
            })
            .collect::<Vec<_>>()
    };
    files(root, 200)
        .into_iter()
        .chain(files(&root.join("errors"), 400))
        .collect()
}

fn rules() -> Redactor {
    Redactor::new(redaction_rules()).expect("a key")
}

/// Answers `/users/{name of a fixture}/manage/profile` with that fixture.
fn vendor() -> Arc<dyn Transport> {
    let fixtures = fixtures();
    Arc::new(
        FakeTransport::new().on_fn(Method::GET, "/**", move |request: &Recorded| {
            let (status, body) = &fixtures[request.path.split('/').nth(2).expect("a name")];
            Reply::status(*status)
                .body(body.clone())
                .header("content-type", "application/json")
                .header("atl-traceid", "4d1f6c7e22")
        }),
    )
}

fn client_of(transport: Arc<dyn Transport>, org: &str) -> AdminClient {
    let base = BASE_URL.parse().expect("an address");
    let http =
        http_builder(transport, base, Secret::from(KEY.to_owned())).clock(Arc::new(ManualClock::default()));
    // Most bodies are not what is asked for, and each is recorded once.
    let http = http.retry(RetryPolicy::never());
    AdminClient::new(http.build().expect("a client"), OrgId::parse(org).expect("an id"))
}

/// The bodies of all fixtures as they are recorded, by name.
async fn recorded(dir: &Path) -> BTreeMap<String, Value> {
    let recording = Arc::new(RecordingTransport::new(vendor(), dir, rules()).expect("a recording"));
    let client = client_of(recording.clone(), ORG);
    let names: Vec<String> = fixtures().into_keys().collect();
    for name in &names {
        let _ = client.account_profile(&AccountId::from_vendor(name)).await;
    }
    assert_eq!(recording.finish().expect("an end").exchanges, names.len() as u64);
    let exchanges = exchanges_in(dir);
    let bodies = exchanges
        .into_iter()
        .map(|mut exchange| exchange["response"]["body"]["json"].take());
    names.into_iter().zip(bodies).collect()
}

/// What became of each text, by the path of its key.
fn compare(path: &str, before: &Value, after: &Value, found: &mut BTreeMap<String, BTreeSet<String>>) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            assert_eq!(keys(before), keys(after), "{path}");
            for (key, value) in before {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                compare(&path, value, &after[key], found);
            }
        }
        (Value::Array(before), Value::Array(after)) => {
            assert_eq!(before.len(), after.len(), "{path}");
            before
                .iter()
                .zip(after)
                .for_each(|(before, after)| compare(path, before, after, found));
        }
        (Value::String(before), Value::String(after)) if !before.is_empty() => {
            let fate = if before == after {
                format!("{before:?}")
            } else {
                "replaced".to_owned()
            };
            found.entry(path.to_owned()).or_default().insert(fate);
        }
        _ => assert_eq!(before, after, "{path}"),
    }
}

fn keys(object: &Map<String, Value>) -> Vec<&String> {
    let mut keys: Vec<_> = object.keys().collect();
    keys.sort();
    keys
}

#[tokio::test]
async fn what_is_kept_of_every_answer() {
    let dir = tempfile::tempdir().expect("a folder");
    let bodies = recorded(dir.path()).await;
    let mut found = BTreeMap::new();
    for (name, (_, before)) in fixtures() {
        compare(
            "",
            &serde_json::from_str(&before).expect("JSON"),
            &bodies[&name],
            &mut found,
        );
    }
    let lines = found.iter().map(|(path, fates)| {
        format!(
            "{path}: {}",
            fates.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
        )
    });
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"));
}

#[tokio::test]
async fn what_is_private_is_in_no_file() {
    let dir = tempfile::tempdir().expect("a folder");
    recorded(dir.path()).await;
    let text = text_of(dir.path());
    for private in PRIVATE {
        assert!(!text.contains(private), "{private} in {text}");
    }
}

/// Reads what a sync reads, and what filters can be given; every id comes from an answer or from the caller.
async fn reads(client: &AdminClient, account: &AccountId, word: &str) -> Result<Vec<String>, AdminError> {
    let mut found = Vec::new();
    let mut rows = |what: &str, count: usize| found.push(format!("{what}: {count}"));
    let directory = client.directories(None).await?.items.remove(0).directory_id;
    let search = UserSearch::builder()
        .expand(UserExpand::KNOWN.iter().cloned())
        .sort_by_nickname(SortDirection::Desc);
    let users = client
        .search_users(&DirectoryRef::Any, &search.build().expect("a search"), None)
        .await?;
    let next = users.next.expect("a cursor");
    let search = UserSearch::builder().filter(UserFilter {
        status: vec![UserStatus::Active, UserStatus::from("hibernating")],
        role_ids: vec![RoleId::OrgAdmin],
        account_ids: users.items.iter().map(|user| user.account_id.clone()).collect(),
        search_term: Some(word.to_owned()),
        ..UserFilter::default()
    });
    let search = search.build().expect("a search");
    rows(
        "users",
        client
            .search_users(&directory.clone().into(), &search, Some(&next))
            .await?
            .items
            .len(),
    );
    let groups = GroupSearch::builder()
        .expand(GroupExpand::KNOWN.iter().cloned())
        .sort_by_name(SortDirection::Asc);
    let groups = client
        .search_groups(&DirectoryRef::Any, &groups.build().expect("a search"), None)
        .await?
        .items;
    let of_group = UserFilter::members_of(groups[0].id.clone());
    let listed = client
        .list_users(
            &directory.clone().into(),
            &UserQuery::new(of_group, 50).expect("a query"),
            None,
        )
        .await?;
    rows("listed", listed.items.len());
    let roles = client
        .user_role_assignments(&DirectoryRef::Any, account, &RoleQuery::default(), None)
        .await?;
    let on: Vec<ResourceAri> = roles.items.iter().map(|row| row.resource_id.clone()).collect();
    let filter = RoleFilter {
        resource_ids: on,
        resource_owners: vec![ResourceOwner::Confluence],
        ..RoleFilter::default()
    };
    let query = RoleQuery::new(filter, 20).expect("a query");
    rows(
        "roles",
        client
            .user_role_assignments(&DirectoryRef::Any, account, &query, roles.next.as_ref())
            .await?
            .items
            .len(),
    );
    rows(
        "group roles",
        client
            .group_role_assignments(&directory.into(), &groups[0].id, &RoleQuery::default(), None)
            .await?
            .items
            .len(),
    );
    let query = WorkspaceQuery::new(Some(WorkspaceFilter::apps(["confluence", "jira-software"])), 100)
        .expect("a query")
        .sort_by("attributes.name", SortDirection::Asc);
    let apps = client.query_workspaces(&query, None).await?;
    rows("apps", apps.items.len());
    rows(
        "more apps",
        client
            .query_workspaces(&query, apps.next.as_ref())
            .await?
            .items
            .len(),
    );
    rows("accounts", client.managed_accounts(None).await?.items.len());
    rows(
        "activity",
        client.last_active_dates(account).await?.product_access.len(),
    );
    let recent = TimeCondition {
        search_type: Some("gt".to_owned()),
        unit: Some("day".to_owned()),
        value: Some(30),
        ..TimeCondition::default()
    };
    let filter = TokenFilter {
        status: Some(TokenStatus::Allowed),
        created: Some(recent),
        ..TokenFilter::default()
    };
    let paging = TokenPaging::new(100)
        .expect("a page")
        .sort_by("lastActiveAt", SortDirection::Desc);
    rows(
        "tokens",
        client.query_api_tokens(&filter, &paging, None).await?.items.len(),
    );
    let permissions = client
        .account_permissions(account, &[Privilege::EmailSet])
        .await?;
    found.push(format!(
        "{:?}: {:?}",
        permissions.names().collect::<Vec<_>>(),
        permissions.get(&Privilege::EmailSet)
    ));
    Ok(found)
}

/// Answers each path with the fixture of its kind.
fn organization() -> Arc<dyn Transport> {
    let fixtures = fixtures();
    let answer = move |request: &Recorded| {
        let last = request.path.rsplit('/').next().unwrap_or_default();
        let name = match last {
            "directories" => "directories",
            "search" if request.path.ends_with("groups/search") => "groups-search",
            "search" => "users-search",
            "users" if request.path.contains("/v1/") => "managed-accounts",
            "users" => "users-list",
            "role-assignments" if request.path.contains("/groups/") => "group-role-assignments",
            "role-assignments" => "user-role-assignments",
            "workspaces" => "workspaces",
            "last-active-dates" => "last-active",
            "api-tokens" => "api-tokens",
            "manage" => "account-permissions",
            other => panic!("no fixture for {other}"),
        };
        let (status, body) = &fixtures[name];
        let mut body = body.clone();
        let is_further = request.query.iter().any(|(key, _)| key == "cursor")
            || serde_json::from_slice(&request.body).is_ok_and(|asked: Value| asked["cursor"].is_string());
        if let Ok(mut page) = serde_json::from_str::<Value>(&body)
            && is_further
        {
            page["links"] = Value::Null;
            body = page.to_string();
        }
        Reply::status(*status).body(body)
    };
    Arc::new(
        FakeTransport::new()
            .on_fn(Method::GET, "/**", answer.clone())
            .on_fn(Method::POST, "/**", answer),
    )
}

#[tokio::test]
async fn a_program_finds_its_way_through_a_recording() {
    let dir = tempfile::tempdir().expect("a folder");
    let redactor = rules();
    let recording =
        Arc::new(RecordingTransport::new(organization(), dir.path(), redactor.clone()).expect("a recording"));
    let account = AccountId::parse(ACCOUNT).expect("an id");
    let found = reads(&client_of(recording.clone(), ORG), &account, "Ines")
        .await
        .expect("answers");
    recording.finish().expect("an end");
    assert!(found.iter().all(|line| !line.ends_with(": 0")), "{found:?}");

    let replay = Arc::new(ReplayTransport::open(dir.path()).expect("a recording"));
    let account = AccountId::parse(&redactor.replaced(ACCOUNT)).expect("an id of the same form");
    let client = client_of(replay.clone(), &redactor.replaced(ORG));
    let again = reads(&client, &account, &redactor.replaced("Ines"))
        .await
        .expect("answers");
    assert_eq!(again, found);
    assert_eq!((replay.unused(), replay.missed()), (vec![], vec![]));
}

#[test]
fn ids_match_wherever_they_stand() {
    let redactor = rules();
    let cloud = redactor.replaced("3f0e8a52-71bd-4c19-b6a4-5d2c90ef1873");
    assert_eq!(
        redactor.replaced(SITE),
        format!("ari:cloud:jira-software::site/{cloud}")
    );
    let account = redactor.replaced(ACCOUNT);
    assert_eq!(
        redactor.replaced(&format!("ari:cloud:identity::user/{ACCOUNT}")),
        format!("ari:cloud:identity::user/{account}")
    );
    let link = redactor.replaced(&format!(
        "https://api.atlassian.com/users/{ACCOUNT}/manage/profile"
    ));
    assert_eq!(
        link,
        format!("https://api.atlassian.com/users/{account}/manage/profile")
    );
    let portal = "qm:6c1e2f30-aaaa-4bbb-8ccc-0123456789ab:7d";
    assert!(AccountId::parse(&redactor.replaced(portal)).is_ok());
}
