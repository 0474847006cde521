//! Writes that are refused, in the vendor's words.

use crate::client::{Client, segment};
use crate::facts::facts;
use crate::strict::refusal;
use atlassian_sim::{
    AccountTruth, GroupTruth, Org, OrgSpec, Simulator, SimulatorBuilder, Switches, WriteLog,
};
use serde_json::{Value, json};

/// An organization with every kind of group and account, and names for some of them.
pub(crate) struct Scene {
    pub(crate) org: Org,
    pub(crate) client: Client,
    pub(crate) v1: String,
    pub(crate) v2: String,
}

impl Scene {
    pub(crate) async fn open(with: impl FnOnce(SimulatorBuilder) -> SimulatorBuilder) -> Self {
        Self::open_as(OrgSpec::demo(), with).await
    }

    pub(crate) async fn open_as(
        spec: OrgSpec,
        with: impl FnOnce(SimulatorBuilder) -> SimulatorBuilder,
    ) -> Self {
        let org = Org::generate(spec);
        let client = Client::start_with(&org, with(Simulator::builder(org.clone()))).await;
        Self {
            v1: format!("/admin/v1/orgs/{}", org.id()),
            v2: format!("/admin/v2/orgs/{}/directories", org.id()),
            org,
            client,
        }
    }

    pub(crate) async fn switched(switches: Switches) -> Self {
        Self::open(|builder| builder.switches(switches)).await
    }

    pub(crate) fn account(&self, keep: impl Fn(&AccountTruth) -> bool) -> AccountTruth {
        self.org
            .truth()
            .accounts()
            .find(|one| keep(one))
            .expect("such an account")
    }

    pub(crate) fn group(&self, keep: impl Fn(&GroupTruth) -> bool) -> GroupTruth {
        self.org
            .truth()
            .groups()
            .find(|one| keep(one))
            .expect("such a group")
    }

    /// A group that administrators may change, that gives no administration and has members.
    pub(crate) fn plain_group(&self) -> GroupTruth {
        let truth = self.org.truth();
        self.group(|group| {
            let admin = |role: &str| role.ends_with("admin");
            group.modifiable == Some(true)
                && group.members_status == 200
                && group.members > 1
                && !truth
                    .group_roles()
                    .any(|role| role.group == group.id && (admin(role.role) || role.default))
        })
    }

    pub(crate) fn of_group(&self, group: &GroupTruth, rest: &str) -> String {
        format!(
            "{}/{}/groups/{}{rest}",
            self.v2,
            group.directory,
            segment(&group.id)
        )
    }

    pub(crate) fn of_account(&self, account: &AccountTruth, rest: &str) -> String {
        let directory = account.directories.first().map_or("-", |(id, _)| id.as_str());
        format!("{}/{directory}/users/{}{rest}", self.v2, segment(&account.id))
    }

    pub(crate) fn roles(&self, account: &AccountTruth, word: &str) -> String {
        format!("{}/users/{}/{word}", self.v1, segment(&account.id))
    }

    pub(crate) async fn check(&mut self, cases: Vec<(&str, String, Option<Value>, &str)>) {
        for (method, target, body, expected) in cases {
            let before = facts(&self.org);
            let reply = self.client.write(method, &target, body.as_ref()).await;
            assert_eq!(refusal(&reply), expected, "{method} {target} {body:?}");
            if reply.status >= 400 {
                assert_eq!(facts(&self.org), before, "{method} {target} {body:?}");
                let refused = |write: &&WriteLog| write.status.is_some_and(|status| status >= 400);
                let log = self.client.running.writes();
                assert!(log.iter().filter(refused).all(|write| !write.applied));
            }
        }
    }
}

pub(crate) fn active(account: &AccountTruth) -> bool {
    account.status == Some("active")
        && account.directories.len() == 1
        && account.listing == atlassian_sim::Listing::Search
}

#[tokio::test]
async fn roles_of_accounts() {
    let mut scene = Scene::open(|builder| builder).await;
    let some = scene.account(active);
    let outside = scene.account(|one| one.directories.is_empty() && one.details_readable);
    let inactive = scene.account(|one| one.status == Some("deactivated") && !one.directories.is_empty());
    let truth = scene.org.truth();
    let target = |owner: &str| {
        let found = truth.targets().find(|target| target.owner == owner);
        found.expect("such a target").ari
    };
    let (trello, jira, project) = (target("trello"), target("jira-software"), target("project"));
    let assign = scene.roles(&some, "roles/assign");
    let role = |role: &str, resource: &str| Some(json!({ "role": role, "resource": resource }));
    let bad = "400 list ADMIN-UAM-400-1";
    let missing = "404 list ADMIN-UAM-404-1";
    let cases = vec![
        ("POST", assign.clone(), None, "415 list ADMIN-UAM-415-1"),
        ("POST", assign.clone(), Some(json!([])), bad),
        (
            "POST",
            assign.clone(),
            Some(json!({ "role": "atlassian/user" })),
            bad,
        ),
        ("POST", assign.clone(), role("atlassian/viewer", &jira), bad),
        ("POST", assign.clone(), role("atlassian/ai-access", &jira), bad),
        ("POST", assign.clone(), role("user", &jira), bad),
        ("POST", assign.clone(), role("atlassian/user", "3f0e8a52"), bad),
        (
            "POST",
            assign.clone(),
            role("atlassian/user", "ari:cloud:jira::site/3f0e8a52"),
            missing,
        ),
        (
            "POST",
            assign.clone(),
            role("atlassian/guest", &trello),
            "400 list ADMIN-UAM-400-3",
        ),
        (
            "POST",
            assign.clone(),
            role("atlassian/site-admin", &jira),
            "400 list ADMIN-UAM-400-3",
        ),
        (
            "POST",
            assign.clone(),
            role("atlassian/user", &project),
            "400 list ADMIN-UAM-400-3",
        ),
        (
            "POST",
            scene.roles(&outside, "roles/assign"),
            role("atlassian/user", &jira),
            missing,
        ),
        (
            "POST",
            format!("{}/users/nobody/roles/assign", scene.v1),
            role("atlassian/user", &jira),
            missing,
        ),
        (
            "POST",
            scene.roles(&inactive, "roles/assign"),
            role("atlassian/user", &jira),
            "400 list ADMIN-UAM-400-2",
        ),
        (
            "POST",
            scene.roles(&some, "role-assignments/assign"),
            role("atlassian/org-admin", &jira),
            bad,
        ),
        (
            "POST",
            scene.roles(&some, "role-assignments/assign"),
            Some(json!({ "role": "atlassian/site-admin" })),
            bad,
        ),
        ("GET", assign, None, "405 list ADMIN-UAM-405-1"),
    ];
    scene.check(cases).await;
}

#[tokio::test]
async fn suspensions_and_removals() {
    let mut scene = Scene::open(|builder| builder).await;
    let some = scene.account(active);
    let admin = scene.account(|one| {
        active(one) && one.platform_roles.contains("atlassian/org-admin") && one.roles_readable
    });
    let outside = scene.account(|one| one.directories.is_empty() && one.details_readable);
    let home = some.directories[0].0.clone();
    let elsewhere = scene
        .org
        .directory_ids()
        .find(|directory| *directory != home)
        .expect("another directory")
        .to_owned();
    let nothing = || Some(json!({}));
    let missing = "404 list ADMIN-UAM-404-1";
    let at =
        |directory: &str, rest: &str| format!("{}/{directory}/users/{}{rest}", scene.v2, segment(&some.id));
    let cases = vec![
        (
            "POST",
            scene.of_account(&some, "/suspend"),
            None,
            "415 list ADMIN-UAM-415-1",
        ),
        (
            "POST",
            scene.of_account(&some, "/restore"),
            None,
            "415 list ADMIN-UAM-415-1",
        ),
        (
            "POST",
            scene.of_account(&admin, "/suspend"),
            nothing(),
            "400 list ADMIN-UAM-400-1",
        ),
        ("POST", at("-", "/suspend"), nothing(), missing),
        ("POST", at("-", "/restore"), nothing(), missing),
        ("DELETE", at("-", ""), None, missing),
        ("POST", at(&elsewhere, "/suspend"), nothing(), missing),
        ("DELETE", at(&elsewhere, ""), None, missing),
        ("POST", at("nowhere", "/suspend"), nothing(), missing),
        (
            "POST",
            format!("{}/{home}/users/nobody/suspend", scene.v2),
            nothing(),
            missing,
        ),
        (
            "DELETE",
            format!("{}/{home}/users/{}", scene.v2, segment(&outside.id)),
            None,
            missing,
        ),
        ("POST", scene.of_account(&some, "/suspend"), nothing(), "204"),
        ("POST", scene.of_account(&some, "/suspend"), nothing(), "204"),
        ("POST", scene.of_account(&some, "/restore"), nothing(), "204"),
        ("DELETE", scene.of_account(&some, ""), None, "204"),
        ("DELETE", scene.of_account(&some, ""), None, missing),
        ("POST", scene.of_account(&some, "/restore"), nothing(), missing),
    ];
    scene.check(cases).await;
    let text = [("content-type", "text/plain")];
    let target = scene.of_account(&admin, "/suspend");
    let reply = scene
        .client
        .ask("POST", &target, &text, Some("{}"))
        .await
        .expect("an answer");
    assert_eq!(refusal(&reply), "415 list ADMIN-UAM-415-1");
}

#[tokio::test]
async fn groups() {
    let mut scene = Scene::open(|builder| builder).await;
    let truth = scene.org.truth();
    let plain = scene.plain_group();
    let synced = scene.group(|group| group.external_synced == Some(true));
    let with_role = |keep: &dyn Fn(&atlassian_sim::GroupRoleTruth) -> bool| {
        let role = truth.group_roles().find(|role| keep(role)).expect("such a role");
        scene.group(|group| group.id == role.group)
    };
    let default = with_role(&|role| role.default);
    let admins = with_role(&|role| role.role == "atlassian/org-admin");
    let elsewhere = scene
        .org
        .directory_ids()
        .find(|directory| *directory != plain.directory)
        .expect("another directory")
        .to_owned();
    let here = |account: &AccountTruth| active(account) && account.directories[0].0 == plain.directory;
    let some = scene.account(here);
    let stranger = scene.account(|one| active(one) && one.directories[0].0 == elsewhere);
    let own = truth
        .group_roles()
        .find(|role| role.group == plain.id)
        .expect("a role");
    let jira = truth
        .targets()
        .find(|target| target.owner == "jira-software")
        .expect("an app")
        .ari;
    let member = |id: &str| Some(json!({ "accountId": id }));
    let role = |role: &str, resource: &str| Some(json!({ "roleId": role, "resourceId": resource }));
    let name = |name: &str| Some(json!({ "name": name }));
    let (missing, bad) = ("404 list ADMIN-UAM-404-1", "400 list ADMIN-UAM-400-1");
    let no_group = "404 list ADMIN-UAM-404-3";
    let in_directory =
        |directory: &str, rest: &str| format!("{}/{directory}/groups/{}{rest}", scene.v2, segment(&plain.id));
    let create = format!("{}/{}/groups", scene.v2, plain.directory);
    let cases = vec![
        (
            "POST",
            scene.of_group(&plain, "/memberships"),
            None,
            "415 list ADMIN-UAM-415-1",
        ),
        (
            "POST",
            scene.of_group(&plain, "/memberships"),
            Some(json!({ "account_id": some.id })),
            bad,
        ),
        (
            "POST",
            scene.of_group(&plain, "/memberships"),
            member("nobody"),
            missing,
        ),
        (
            "POST",
            scene.of_group(&plain, "/memberships"),
            member(&stranger.id),
            missing,
        ),
        (
            "POST",
            in_directory("-", "/memberships"),
            member(&some.id),
            missing,
        ),
        (
            "POST",
            in_directory(&elsewhere, "/memberships"),
            member(&some.id),
            no_group,
        ),
        (
            "POST",
            format!("{create}/nothing/memberships"),
            member(&some.id),
            no_group,
        ),
        (
            "POST",
            scene.of_group(&synced, "/memberships"),
            member(&some.id),
            "403 list ADMIN-403-5",
        ),
        (
            "DELETE",
            scene.of_group(&synced, &format!("/memberships/{}", segment(&some.id))),
            None,
            "403 list ADMIN-403-5",
        ),
        (
            "DELETE",
            scene.of_group(&plain, "/memberships/nobody"),
            None,
            missing,
        ),
        (
            "DELETE",
            scene.of_group(&synced, ""),
            None,
            "403 list ADMIN-403-5",
        ),
        (
            "DELETE",
            scene.of_group(&default, ""),
            None,
            "403 list ADMIN-403-6",
        ),
        (
            "DELETE",
            scene.of_group(&admins, ""),
            None,
            "403 list ADMIN-403-7",
        ),
        ("DELETE", in_directory("-", ""), None, missing),
        (
            "POST",
            scene.of_group(&plain, "/role-assignments/assign"),
            role("atlassian/org-admin", &jira),
            bad,
        ),
        (
            "POST",
            scene.of_group(&plain, "/role-assignments/assign"),
            role("atlassian/user", "x"),
            bad,
        ),
        (
            "POST",
            scene.of_group(&plain, "/role-assignments/assign"),
            role("atlassian/customer", &jira),
            "400 list ADMIN-UAM-400-3",
        ),
        (
            "POST",
            scene.of_group(&plain, "/role-assignments/assign"),
            role("atlassian/user", "ari:cloud:jira::site/1"),
            missing,
        ),
        (
            "POST",
            scene.of_group(&plain, "/role-assignments/assign"),
            role(own.role, &own.target),
            "409 list ADMIN-UAM-409-2",
        ),
        (
            "POST",
            in_directory("-", "/role-assignments/revoke"),
            role(own.role, &own.target),
            missing,
        ),
        ("POST", create.clone(), None, "415 list ADMIN-UAM-415-1"),
        ("POST", create.clone(), name("  "), bad),
        (
            "POST",
            create.clone(),
            name(&plain.name.to_uppercase()),
            "409 list ADMIN-UAM-409-2",
        ),
        ("POST", format!("{}/-/groups", scene.v2), name("new"), missing),
        ("POST", create.clone(), name("New Team"), "201"),
        ("POST", create, name("new team"), "409 list ADMIN-UAM-409-2"),
        (
            "POST",
            format!("{}/{elsewhere}/groups", scene.v2),
            name("new team"),
            "201",
        ),
        ("DELETE", scene.of_group(&plain, ""), None, "204"),
        ("DELETE", scene.of_group(&plain, ""), None, no_group),
        (
            "POST",
            scene.of_group(&plain, "/memberships"),
            member(&some.id),
            no_group,
        ),
    ];
    scene.check(cases).await;
}
