//! Long random sequences of writes: afterwards the endpoints and the truth still say the same.

use crate::client::{Client, Reply, segment};
use crate::facts::facts;
use crate::truth::agree;
use atlassian_sim::{Endpoint, ManualClock, Org, OrgSpec, Simulator};
use axum::body::Body;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Draws without a clock or a device: the same seed draws the same.
struct Draw(u64);

impl Draw {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(self.0 >> 33).expect("31 bits") % n
    }

    /// One of a list; every other time one of its first few, so that writes meet what earlier ones left.
    fn of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        let few = if self.below(2) == 0 {
            list.len()
        } else {
            list.len().min(8)
        };
        &list[self.below(few)]
    }
}

/// The things that writes can be about.
struct Things {
    accounts: Vec<String>,
    addresses: Vec<String>,
    groups: Vec<(String, String)>,
    targets: Vec<String>,
    directories: Vec<String>,
    tokens: Vec<(String, String)>,
    /// Path and key of each SCIM directory, and the ids of its records and groups.
    scim: Vec<(String, String, Vec<String>, Vec<String>)>,
}

impl Things {
    fn of(org: &Org) -> Self {
        let truth = org.truth();
        let scim = org.scim_directories().map(|directory| {
            let records = truth.scim_users().filter(|user| user.directory == directory.id());
            (
                directory.path(),
                directory.key().to_owned(),
                records.map(|user| user.id).collect(),
                Vec::new(),
            )
        });
        Self {
            accounts: truth.accounts().map(|account| account.id).collect(),
            addresses: truth
                .accounts()
                .filter_map(|account| account.email)
                .chain((0..20).map(|n| format!("new{n}@larkspur.example")))
                .chain((0..10).map(|n| format!("guest{n}@elsewhere.example")))
                .collect(),
            groups: truth.groups().map(|group| (group.id, group.directory)).collect(),
            targets: truth.targets().map(|target| target.ari).collect(),
            directories: org.directory_ids().map(str::to_owned).collect(),
            tokens: truth.tokens().map(|token| (token.owner, token.id)).collect(),
            scim: scim.collect(),
        }
    }

    /// Learns what has come into being.
    fn learn(&mut self, reply: &Reply) {
        let Ok(body) = serde_json::from_slice::<Value>(&reply.body) else {
            return;
        };
        let account = &body["urn:scim:schemas:extension:atlassian-external:1.0"]["atlassianAccountId"];
        self.accounts.extend(account.as_str().map(str::to_owned));
        for row in body["data"].as_array().into_iter().flatten() {
            self.accounts.extend(row["id"].as_str().map(str::to_owned));
        }
        let location = body["meta"]["location"].as_str().unwrap_or_default();
        for (path, _, users, groups) in &mut self.scim {
            if let Some((_, rest)) = location.split_once(path.as_str()) {
                let list = if rest.starts_with("/Users") {
                    &mut *users
                } else {
                    groups
                };
                list.extend(body["id"].as_str().map(str::to_owned));
            }
        }
    }
}

const ROLES: [&str; 7] = [
    "atlassian/user",
    "atlassian/admin",
    "atlassian/guest",
    "atlassian/user-access-admin",
    "atlassian/site-admin",
    "atlassian/org-admin",
    "atlassian/customer",
];

/// A write, with the key that it takes where that is not the organization's.
struct Write {
    method: &'static str,
    target: String,
    body: Option<Value>,
    key: Option<String>,
}

fn write(method: &'static str, target: String, body: Option<Value>) -> Write {
    Write {
        method,
        target,
        body,
        key: None,
    }
}

/// One random write through the organization's APIs.
fn draw_admin_write(draw: &mut Draw, things: &Things, org: &str) -> Write {
    let (v1, v2) = (
        format!("/admin/v1/orgs/{org}/users"),
        format!("/admin/v2/orgs/{org}/directories"),
    );
    let account = draw.of(&things.accounts).clone();
    let (group, home) = draw.of(&things.groups).clone();
    let directory = draw.of(&things.directories).clone();
    let (role, target) = (*draw.of(&ROLES), draw.of(&things.targets).clone());
    let (person, team) = (segment(&account), segment(&group));
    let user = |rest: &str| format!("{v2}/{directory}/users/{person}{rest}");
    let team = |rest: &str| format!("{v2}/{home}/groups/{team}{rest}");
    match draw.below(14) {
        way @ 0..=3 => write(
            "POST",
            format!(
                "{v1}/{person}/roles/{}",
                if way < 3 { "assign" } else { "revoke" }
            ),
            Some(json!({ "role": role, "resource": target })),
        ),
        4 => write(
            "POST",
            format!("{v1}/{person}/role-assignments/revoke"),
            Some(json!({ "role": "atlassian/org-admin" })),
        ),
        5 => write(
            "POST",
            team("/memberships"),
            Some(json!({ "accountId": account })),
        ),
        6 => write("DELETE", team(&format!("/memberships/{person}")), None),
        7 => write("POST", user("/suspend"), Some(json!({}))),
        8 => write("POST", user("/restore"), Some(json!({}))),
        9 => write("DELETE", user(""), None),
        way @ 10..=11 => write(
            "POST",
            team(&format!(
                "/role-assignments/{}",
                if way == 10 { "assign" } else { "revoke" }
            )),
            Some(json!({ "resourceId": target, "roleId": role })),
        ),
        12 if draw.below(4) == 0 => write("DELETE", team(""), None),
        12 => write(
            "POST",
            format!("{v2}/{directory}/groups"),
            Some(json!({ "name": format!("team {}", draw.below(8)) })),
        ),
        _ => write(
            "POST",
            format!("/admin/v2/orgs/{org}/users/invite"),
            Some(json!({
                "emails": [draw.of(&things.addresses)],
                "permissionRules": [{ "resource": target, "role": "atlassian/user" }],
                "additionalGroups": [group],
            })),
        ),
    }
}

/// One random write through user management.
fn draw_account_write(draw: &mut Draw, things: &Things) -> Write {
    let (owner, token) = draw.of(&things.tokens).clone();
    let account: &String = draw.of(&things.accounts);
    let person = segment(account);
    let manage = format!("/users/{person}/manage");
    match draw.below(7) {
        0 => write("POST", format!("{manage}/lifecycle/disable"), Some(json!({}))),
        1 => write("POST", format!("{manage}/lifecycle/enable"), None),
        2 => write("POST", format!("{manage}/lifecycle/delete"), None),
        3 => write("POST", format!("{manage}/lifecycle/cancel-delete"), None),
        4 => write(
            "PATCH",
            format!("{manage}/profile"),
            Some(json!({ "name": format!("Name \"{}\"", draw.below(9)), "nickname": "Nick" })),
        ),
        5 => write(
            "PUT",
            format!("{manage}/email"),
            Some(json!({ "email": format!("moved{}@larkspur.example", draw.below(40)) })),
        ),
        _ => write(
            "DELETE",
            format!("/users/{}/manage/api-tokens/{token}", segment(&owner)),
            None,
        ),
    }
}

/// One random write through SCIM.
fn draw_scim_write(draw: &mut Draw, things: &Things) -> Write {
    let (base, key, users, groups) = draw.of(&things.scim);
    let email = draw.of(&things.addresses).clone();
    let person = json!({
        "userName": email,
        "emails": [{ "value": email, "primary": true }],
        "displayName": format!("Person {}", draw.below(30)),
        "active": draw.below(3) > 0,
    });
    let user = draw.of(users).clone();
    let one = format!("{base}/Users/{user}");
    let member = json!([{ "value": user }]);
    let group = (!groups.is_empty()).then(|| format!("{base}/Groups/{}", draw.of(groups)));
    let operation = |operation: Value| Some(json!({ "Operations": [operation] }));
    let mut drawn = match (draw.below(9), group) {
        (0 | 1, _) => write("POST", format!("{base}/Users"), Some(person)),
        (2, _) => write("PUT", one, Some(person)),
        (3, _) => {
            let active = draw.below(2) == 0;
            write(
                "PATCH",
                one,
                operation(json!({ "op": "replace", "value": { "active": active } })),
            )
        }
        (4, _) => write("DELETE", one, None),
        (5 | 6, Some(group)) => write(
            "PATCH",
            group,
            operation(json!({ "op": "add", "path": "members", "value": member })),
        ),
        (7, Some(group)) => write(
            "PATCH",
            group,
            operation(json!({ "op": "remove", "path": "members", "value": member })),
        ),
        (8, Some(group)) if draw.below(4) == 0 => write("DELETE", group, None),
        _ => write(
            "POST",
            format!("{base}/Groups"),
            Some(json!({ "displayName": format!("synced {}", draw.below(12)), "members": member })),
        ),
    };
    drawn.key = Some(key.clone());
    drawn
}

/// Writes at random, and returns every answer in one line.
async fn scribble(client: &mut Client, org: &Org, seed: u64, count: usize) -> Vec<String> {
    let mut draw = Draw(seed);
    let mut things = Things::of(org);
    let mut answers = Vec::new();
    for _ in 0..count {
        let Write {
            method,
            target,
            body,
            key,
        } = match draw.below(10) {
            0..=4 => draw_admin_write(&mut draw, &things, org.id()),
            5..=6 => draw_account_write(&mut draw, &things),
            _ => draw_scim_write(&mut draw, &things),
        };
        let own = key.map(|key| std::mem::replace(&mut client.key, key));
        let reply = client.write(method, &target, body.as_ref()).await;
        if let Some(own) = own {
            client.key = own;
        }
        assert!(
            matches!(reply.status, 200..=206 | 400 | 403 | 404 | 409),
            "{method} {target} {body:?}: {}",
            reply.status
        );
        things.learn(&reply);
        answers.push(format!(
            "{} {}",
            reply.status,
            String::from_utf8_lossy(&reply.body)
        ));
    }
    answers
}

async fn check(spec: OrgSpec, seed: u64, count: usize) {
    let org = Org::generate(spec);
    let mut client = Client::start(&org).await;
    scribble(&mut client, &org, seed, count).await;
    let writes = client.running.writes();
    assert_eq!(writes.len(), count);
    let applied = writes.iter().filter(|write| write.applied).count();
    assert!(applied > count / 4, "{applied} of {count} were applied");
    // Most endpoints have changed something.
    let kinds: BTreeSet<Endpoint> = writes
        .iter()
        .filter(|write| write.applied)
        .map(|write| write.endpoint)
        .collect();
    assert!(count < 400 || kinds.len() > 19, "{kinds:?}");
    agree(&org, &mut client, 50).await;
}

#[tokio::test]
async fn leave_a_tidy_organization_consistent() {
    check(OrgSpec::small(60), 1, 500).await;
}

#[tokio::test]
async fn leave_the_demo_organization_consistent() {
    for seed in 0..3 {
        check(OrgSpec::demo(), seed, 800).await;
    }
}

#[tokio::test]
async fn leave_three_directories_consistent() {
    check(
        OrgSpec {
            directories: 3,
            ..OrgSpec::demo().with_seed(12)
        },
        9,
        500,
    )
    .await;
}

/// The same writes have the same outcome: every answer, and the organization afterwards.
#[tokio::test]
async fn have_the_same_outcome_every_time() {
    let mut outcomes = Vec::new();
    for seed in [5, 5, 6] {
        let org = Org::generate(OrgSpec::demo());
        let clock = ManualClock::new("2026-10-02T08:00:00Z".parse().expect("a date"));
        let builder = Simulator::builder(org.clone()).clock(Arc::new(clock));
        let mut client = Client::start_with(&org, builder).await;
        let answers = scribble(&mut client, &org, seed, 300).await;
        outcomes.push((answers, facts(&org)));
    }
    assert_eq!(outcomes[0], outcomes[1]);
    assert_ne!(outcomes[0].0, outcomes[2].0);
}

/// Many clients at once: each change is made once, and afterwards everything agrees.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_clients_at_once() {
    let org = Org::generate(OrgSpec::small(80));
    let simulator = Simulator::builder(org.clone()).build();
    let truth = org.truth();
    let accounts: Vec<String> = truth.accounts().map(|account| account.id).take(40).collect();
    let group = truth.groups().next().expect("a group");
    let before = truth.memberships().filter(|one| one.group == group.id).count();
    let known: BTreeSet<String> = truth
        .memberships()
        .filter(|one| one.group == group.id)
        .map(|one| one.account)
        .collect();
    let new = accounts
        .iter()
        .filter(|account| !known.contains(*account))
        .count();
    let target = format!(
        "/admin/v2/orgs/{}/directories/{}/groups/{}/memberships",
        org.id(),
        group.directory,
        segment(&group.id)
    );
    let mut tasks = JoinSet::new();
    for _ in 0..4 {
        let (router, target, key, accounts) = (
            simulator.router(),
            target.clone(),
            org.api_key().to_owned(),
            accounts.clone(),
        );
        tasks.spawn(async move {
            let service = TowerToHyperService::new(router);
            for account in accounts {
                let request = http::Request::post(&target)
                    .header("authorization", format!("Bearer {key}"))
                    .header("content-type", "application/json")
                    .body(Body::from(json!({ "accountId": account }).to_string()))
                    .expect("a request");
                let answer = service.call(request).await.expect("an answer");
                assert_eq!(answer.status(), 204);
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.expect("a client");
    }
    let writes = simulator.writes();
    assert_eq!(writes.len(), 160);
    assert_eq!(writes.iter().filter(|write| write.applied).count(), new);
    let after = org
        .truth()
        .memberships()
        .filter(|one| one.group == group.id)
        .count();
    assert_eq!(after, before + new);
}
