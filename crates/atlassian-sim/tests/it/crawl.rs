//! Reads everything an organization shows.

use crate::client::{Client, Reply, segment, text, texts};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that was read.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Rows of the users search with an id, each as often as it came.
    pub(crate) users: Vec<Value>,
    pub(crate) users_without_id: usize,
    pub(crate) users_deprecated: BTreeSet<String>,
    pub(crate) users_by_directory: BTreeMap<String, BTreeSet<String>>,
    /// By account: the ARIs of its groups in all directories, as the search shows them.
    pub(crate) groups_of: BTreeMap<String, BTreeSet<String>>,
    pub(crate) managed: Vec<Value>,
    pub(crate) groups: Vec<Value>,
    pub(crate) groups_deprecated: BTreeSet<String>,
    /// By group: the status, and the members.
    pub(crate) members: BTreeMap<String, (u16, BTreeSet<String>)>,
    pub(crate) group_roles: BTreeMap<String, Vec<Value>>,
    /// By account: the status of its role assignments, and their rows.
    pub(crate) roles: BTreeMap<String, (u16, Vec<Value>)>,
    /// Targets whose roles are spread over two pages.
    pub(crate) split_targets: usize,
    /// By account: the status of its details.
    pub(crate) details: BTreeMap<String, u16>,
    pub(crate) workspaces: Vec<Value>,
    pub(crate) tokens: Vec<Value>,
}

/// Reads an organization with pages of `limit` rows.
pub(crate) async fn crawl(client: &mut Client, limit: u32, directories: &[String]) -> Seen {
    let mut seen = Seen::default();
    let all = client.directory("-");
    let expand = json!(["platformRoles", "counts.resources", "productAccess"]);
    let rows = search(
        client,
        &format!("{all}/users/search"),
        json!({ "limit": limit, "expand": expand }),
    )
    .await;
    let (with, without) = rows
        .into_iter()
        .partition::<Vec<_>, _>(|row| row.get("accountId").is_some());
    (seen.users, seen.users_without_id) = (with, without.len());
    seen.users_deprecated = ids(
        &list(client, &format!("{all}/users?limit={limit}")).await,
        "accountId",
    );
    for directory in directories {
        let path = format!("{}/users/search", client.directory(directory));
        let rows = search(client, &path, json!({ "limit": limit, "expand": ["groups"] })).await;
        for row in rows.iter().filter(|row| row.get("accountId").is_some()) {
            let groups = row["groups"]
                .as_array()
                .expect("groups")
                .iter()
                .map(|group| text(group, "id").to_owned());
            seen.groups_of
                .entry(text(row, "accountId").to_owned())
                .or_default()
                .extend(groups);
        }
        seen.users_by_directory
            .insert(directory.clone(), ids(&rows, "accountId"));
    }
    seen.managed = managed(client).await;
    let body = json!({ "limit": limit, "expand": ["counts.users", "counts.resources"] });
    seen.groups = search(client, &format!("{all}/groups/search"), body).await;
    seen.groups_deprecated = ids(&list(client, &format!("{all}/groups?limit={limit}")).await, "id");
    for group in ids(&seen.groups, "id") {
        let first = json!({ "limit": limit, "groupIds": [group] });
        let reply = client.post(&format!("{all}/users/search"), &first).await;
        let members = if reply.status == 200 {
            ids(
                &search(client, &format!("{all}/users/search"), first).await,
                "accountId",
            )
        } else {
            BTreeSet::new()
        };
        seen.members.insert(group.clone(), (reply.status, members));
        let path = format!("{all}/groups/{}/role-assignments?limit={limit}", segment(&group));
        let roles = list(client, &path).await;
        seen.group_roles.insert(group, roles);
    }
    seen.workspaces = search(client, &client.workspaces(), json!({ "limit": limit })).await;
    seen.tokens = tokens(client, limit).await;
    read_roles(client, limit, &mut seen).await;
    seen
}

/// Details and role assignments of every account that any row names.
async fn read_roles(client: &mut Client, limit: u32, seen: &mut Seen) {
    let all = client.directory("-");
    let mut accounts = ids(&seen.users, "accountId");
    accounts.extend(ids(&seen.managed, "account_id"));
    accounts.extend(seen.members.values().flat_map(|(_, members)| members.clone()));
    accounts.extend(
        seen.tokens
            .iter()
            .map(|token| text(&token["user"], "id").to_owned()),
    );
    for account in accounts {
        let base = format!("{all}/users/{}", segment(&account));
        let details = client.get(&base).await;
        seen.details.insert(account.clone(), details.status);
        let first = client
            .get(&format!("{base}/role-assignments?limit={limit}"))
            .await;
        let (status, mut rows) = (first.status, Vec::new());
        if status == 200 {
            let pages = pages(client, &format!("{base}/role-assignments?limit={limit}")).await;
            seen.split_targets += split_targets(&pages);
            rows = pages.concat();
        }
        seen.roles.insert(account, (status, rows));
    }
}

/// How many targets come on two neighbouring pages with the same directory.
fn split_targets(pages: &[Vec<Value>]) -> usize {
    let key = |row: &Value| (row["resourceId"].clone(), row["directoryId"].clone());
    let borders = pages
        .windows(2)
        .filter_map(|pair| Some((pair[0].last()?, pair[1].first()?)));
    borders.filter(|(last, first)| key(last) == key(first)).count()
}

pub(crate) fn ids(rows: &[Value], key: &str) -> BTreeSet<String> {
    rows.iter()
        .filter_map(|row| row[key].as_str())
        .map(str::to_owned)
        .collect()
}

fn rows(reply: &Reply) -> (Vec<Value>, Option<String>) {
    assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
    let page = reply.json();
    let rows = page["data"].as_array().expect("data").clone();
    (rows, page["links"]["next"].as_str().map(str::to_owned))
}

/// All rows of a listing whose cursor travels in the body, alone.
pub(crate) async fn search(client: &mut Client, path: &str, first: Value) -> Vec<Value> {
    let (mut all, mut next) = rows(&client.post(path, &first).await);
    let mut cursors = BTreeSet::new();
    while let Some(cursor) = next {
        assert!(cursors.insert(cursor.clone()), "a cursor came twice at {path}");
        let (more, following) = rows(&client.post(path, &json!({ "cursor": cursor })).await);
        all.extend(more);
        next = following;
    }
    all
}

/// All rows of a listing whose cursor travels in the query, alone.
pub(crate) async fn list(client: &mut Client, target: &str) -> Vec<Value> {
    pages(client, target).await.concat()
}

/// All pages of such a listing.
async fn pages(client: &mut Client, target: &str) -> Vec<Vec<Value>> {
    let path = target.split('?').next().expect("a path").to_owned();
    let (first, mut next) = rows(&client.get(target).await);
    let mut all = vec![first];
    while let Some(cursor) = next {
        let (more, following) = rows(&client.get(&format!("{path}?cursor={cursor}")).await);
        all.push(more);
        next = following;
    }
    all
}

/// All managed accounts, whose next page is a URL.
async fn managed(client: &mut Client) -> Vec<Value> {
    let path = format!("/admin/v1/orgs/{}/users", client.org);
    let (mut all, mut next) = rows(&client.get(&path).await);
    while let Some(url) = next {
        let (base, cursor) = url.split_once("?cursor=").expect("a URL with a cursor");
        assert_eq!(base, format!("https://api.atlassian.com{path}"));
        let (more, following) = rows(&client.get(&format!("{path}?cursor={cursor}")).await);
        all.extend(more);
        next = following;
    }
    all
}

/// All tokens, whose cursor comes beside the other parameters.
async fn tokens(client: &mut Client, limit: u32) -> Vec<Value> {
    let path = client.tokens();
    let (mut all, mut next) = rows(&client.get(&format!("{path}?pageSize={limit}")).await);
    while let Some(cursor) = next {
        let (more, following) = rows(
            &client
                .get(&format!("{path}?pageSize={limit}&cursor={cursor}"))
                .await,
        );
        all.extend(more);
        next = following;
    }
    all
}

/// One stated access: account, target, role.
pub(crate) type Triple = (String, String, String);

/// What the role rows state about one access.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Stated {
    pub(crate) methods: BTreeSet<String>,
    pub(crate) has_methods: bool,
    pub(crate) directories: BTreeSet<(String, String)>,
}

impl Seen {
    /// The role rows merged by account, target and role.
    pub(crate) fn access(&self) -> BTreeMap<Triple, Stated> {
        let mut all = BTreeMap::<Triple, Stated>::new();
        for (account, (_, rows)) in &self.roles {
            for row in rows {
                for role in texts(&row["roles"]) {
                    let triple = (account.clone(), text(row, "resourceId").to_owned(), role.clone());
                    let stated = all.entry(triple).or_default();
                    if let Some(directory) = row["directoryId"].as_str() {
                        let status = text(row, "userDirectoryStatus").to_owned();
                        stated.directories.insert((directory.to_owned(), status));
                    }
                    let assignments = row["roleAssignments"].as_array();
                    let own = assignments.into_iter().flatten().find(|one| one["role"] == *role);
                    if let Some(own) = own {
                        stated.has_methods = true;
                        stated.methods.extend(texts(&own["roleAssignmentMethods"]));
                    }
                }
            }
        }
        all
    }

    /// Every (group, target, role).
    pub(crate) fn roles_of_groups(&self) -> BTreeSet<Triple> {
        let rows = self
            .group_roles
            .iter()
            .flat_map(|(group, rows)| rows.iter().map(move |row| (group, row)));
        rows.flat_map(|(group, row)| {
            let target = text(row, "resourceId").to_owned();
            texts(&row["roles"])
                .into_iter()
                .map(move |role| (group.clone(), target.clone(), role))
        })
        .collect()
    }
}
