//! Long random sequences of writes: afterwards the endpoints and the truth still say the same.

use atlassian_sim::{Org, OrgSpec};
use serde_json::{Value, json};

use crate::client::{Client, segment};
use crate::truth::agree;

/// Draws without a clock or a device: the same seed draws the same.
struct Draw(u64);

impl Draw {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(self.0 >> 33).expect("31 bits") % n
    }

    fn of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}

/// The things that writes can be about.
struct Things {
    accounts: Vec<String>,
    groups: Vec<(String, String)>,
    targets: Vec<String>,
    directories: Vec<String>,
}

impl Things {
    fn of(org: &Org) -> Self {
        let truth = org.truth();
        Self {
            accounts: truth.accounts().map(|account| account.id).collect(),
            groups: truth.groups().map(|group| (group.id, group.directory)).collect(),
            targets: truth.targets().map(|target| target.ari).collect(),
            directories: org.directory_ids().map(str::to_owned).collect(),
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

/// One random write.
fn draw_write(draw: &mut Draw, things: &Things, org: &str) -> (&'static str, String, Option<Value>) {
    let (v1, v2) = (
        format!("/admin/v1/orgs/{org}/users"),
        format!("/admin/v2/orgs/{org}/directories"),
    );
    let account = draw.of(&things.accounts).clone();
    let (group, home) = draw.of(&things.groups).clone();
    let directory = draw.of(&things.directories).clone();
    let (role, target) = (*draw.of(&ROLES), draw.of(&things.targets).clone());
    let (person, team) = (segment(&account), segment(&group));
    match draw.below(11) {
        way @ 0..=3 => {
            let word = if way < 3 { "assign" } else { "revoke" };
            (
                "POST",
                format!("{v1}/{person}/roles/{word}"),
                Some(json!({ "role": role, "resource": target })),
            )
        }
        4 => (
            "POST",
            format!("{v1}/{person}/role-assignments/revoke"),
            Some(json!({ "role": "atlassian/org-admin" })),
        ),
        5 => (
            "POST",
            format!("{v2}/{home}/groups/{team}/memberships"),
            Some(json!({ "accountId": account })),
        ),
        6 => (
            "DELETE",
            format!("{v2}/{home}/groups/{team}/memberships/{person}"),
            None,
        ),
        7 => (
            "POST",
            format!("{v2}/{directory}/users/{person}/suspend"),
            Some(json!({})),
        ),
        8 => (
            "POST",
            format!("{v2}/{directory}/users/{person}/restore"),
            Some(json!({})),
        ),
        9 => ("DELETE", format!("{v2}/{directory}/users/{person}"), None),
        _ => {
            let word = if draw.below(2) == 0 { "assign" } else { "revoke" };
            (
                "POST",
                format!("{v2}/{home}/groups/{team}/role-assignments/{word}"),
                Some(json!({ "resourceId": target, "roleId": role })),
            )
        }
    }
}

async fn check(spec: OrgSpec, seed: u64, count: usize) {
    let org = Org::generate(spec);
    let mut client = Client::start(&org).await;
    let mut draw = Draw(seed);
    let things = Things::of(&org);
    for _ in 0..count {
        let (method, target, body) = draw_write(&mut draw, &things, org.id());
        let reply = client.write(method, &target, body.as_ref()).await;
        assert!(
            matches!(reply.status, 200..=204 | 400 | 403 | 404 | 409),
            "{method} {target} {body:?}: {}",
            reply.status
        );
    }
    let writes = client.running.writes();
    assert_eq!(writes.len(), count);
    let applied = writes.iter().filter(|write| write.applied).count();
    assert!(applied > count / 8, "{applied} of {count} were applied");
    agree(&org, &mut client, 50).await;
}

#[tokio::test]
async fn leave_a_tidy_organization_consistent() {
    check(OrgSpec::small(60), 1, 400).await;
}

#[tokio::test]
async fn leave_the_demo_organization_consistent() {
    for seed in 0..3 {
        check(OrgSpec::demo(), seed, 600).await;
    }
}
