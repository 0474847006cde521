//! What single writes change, and nothing besides.

use crate::client::{Client, segment};
use crate::facts::{difference, facts};
use atlassian_sim::{AccessTruth, Org, OrgSpec, Simulator, SimulatorBuilder};
use serde_json::{Value, json};

/// An organization of which every write is looked at.
pub(crate) struct Stage {
    pub(crate) org: Org,
    pub(crate) client: Client,
}

impl Stage {
    pub(crate) async fn open(spec: OrgSpec) -> Self {
        Self::open_with(spec, |builder| builder).await
    }

    pub(crate) async fn open_with(
        spec: OrgSpec,
        with: impl FnOnce(SimulatorBuilder) -> SimulatorBuilder,
    ) -> Self {
        let org = Org::generate(spec);
        let client = Client::start_with(&org, with(Simulator::builder(org.clone()))).await;
        Self { org, client }
    }

    /// Writes, and says the status and what is different now. Ids that `names` has are replaced by their names.
    pub(crate) async fn act(
        &mut self,
        method: &str,
        target: &str,
        body: Option<Value>,
        names: &[(&str, &str)],
    ) -> Vec<String> {
        let before = facts(&self.org);
        let status = self.client.write(method, target, body.as_ref()).await.status;
        let mut lines = vec![status.to_string()];
        lines.extend(
            difference(&before, &facts(&self.org))
                .into_iter()
                .map(|line| names.iter().fold(line, |line, (id, name)| line.replace(id, name))),
        );
        lines
    }

    /// Some access that `keep` wants, of an account in one directory.
    pub(crate) fn access(&self, keep: impl Fn(&AccessTruth) -> bool) -> AccessTruth {
        let suits = |access: &AccessTruth| access.readable && access.directories.len() == 1 && keep(access);
        self.org.truth().access().find(suits).expect("such an access")
    }

    pub(crate) fn user(&self, account: &str, rest: &str) -> String {
        format!(
            "/admin/v1/orgs/{}/users/{}/{rest}",
            self.org.id(),
            segment(account)
        )
    }

    pub(crate) fn directory(&self) -> String {
        self.org.directory_ids().next().expect("a directory").to_owned()
    }
}

#[tokio::test]
async fn a_role_is_given_and_taken_directly() {
    let mut stage = Stage::open(OrgSpec::small(60)).await;
    let held = stage.access(|access| access.methods.len() == 1 && access.methods.contains("group_direct"));
    let (assign, revoke) = (
        stage.user(&held.account, "roles/assign"),
        stage.user(&held.account, "roles/revoke"),
    );
    let body = || Some(json!({ "role": held.role, "resource": held.target }));
    let names = [
        (held.account.as_str(), "A"),
        (held.target.as_str(), "T"),
        (held.role, "R"),
    ];
    assert_eq!(
        stage.act("POST", &assign, body(), &names).await,
        [
            "204",
            "- access A T R group_direct active",
            "+ access A T R direct+group_direct active"
        ]
    );
    assert_eq!(stage.act("POST", &assign, body(), &names).await, ["204"]);
    assert_eq!(
        stage.act("POST", &revoke, body(), &names).await,
        [
            "204",
            "- access A T R direct+group_direct active",
            "+ access A T R group_direct active"
        ]
    );
    // What a group gives is not taken.
    assert_eq!(stage.act("POST", &revoke, body(), &names).await, ["204"]);
    let applied: Vec<bool> = stage
        .client
        .running
        .writes()
        .iter()
        .map(|write| write.applied)
        .collect();
    assert_eq!(applied, [true, false, true, false]);
}

#[tokio::test]
async fn a_generated_role_is_taken_and_given_back() {
    let mut stage = Stage::open(OrgSpec::small(60)).await;
    let held = stage.access(|access| access.methods.len() == 1 && access.methods.contains("direct"));
    let body = || Some(json!({ "role": held.role, "resource": held.target }));
    let names = [
        (held.account.as_str(), "A"),
        (held.target.as_str(), "T"),
        (held.role, "R"),
    ];
    let (assign, revoke) = (
        stage.user(&held.account, "roles/assign"),
        stage.user(&held.account, "roles/revoke"),
    );
    let before = facts(&stage.org);
    assert_eq!(
        stage.act("POST", &revoke, body(), &names).await,
        ["204", "- access A T R direct active"]
    );
    assert_eq!(
        stage.act("POST", &assign, body(), &names).await,
        ["204", "+ access A T R direct active"]
    );
    assert_eq!(facts(&stage.org), before);
}

/// The vendor ignores the resource beside this role: whoever is to become administrator of one app becomes administrator
/// of the whole organization.
#[tokio::test]
async fn an_organization_admin_is_made_whatever_the_resource() {
    let mut stage = Stage::open(OrgSpec::small(60)).await;
    let some = stage.access(|_| true);
    let organization = format!("ari:cloud:platform::org/{}", stage.org.id());
    let names = [(some.account.as_str(), "A"), (organization.as_str(), "ORG")];
    let made = [
        "204".to_owned(),
        "+ access A ORG atlassian/org-admin direct".to_owned(),
    ];
    let taken = [
        "204".to_owned(),
        "- access A ORG atlassian/org-admin direct".to_owned(),
    ];
    for (method, resource) in [
        ("roles", Some(some.target.as_str())),
        ("roles", Some("nonsense")),
        ("roles", None),
        ("role-assignments", None),
    ] {
        let body = match resource {
            Some(resource) => json!({ "role": "atlassian/org-admin", "resource": resource }),
            None => json!({ "role": "atlassian/org-admin" }),
        };
        let (assign, revoke) = (
            stage.user(&some.account, &format!("{method}/assign")),
            stage.user(&some.account, &format!("{method}/revoke")),
        );
        assert_eq!(stage.act("POST", &assign, Some(body.clone()), &names).await, made);
        let suspend = format!(
            "{}/users/{}/suspend",
            stage.client.directory(&stage.directory()),
            segment(&some.account)
        );
        assert_eq!(
            stage.act("POST", &suspend, Some(json!({})), &names).await,
            ["400"]
        );
        assert_eq!(stage.act("POST", &revoke, Some(body), &names).await, taken);
    }
}

#[tokio::test]
async fn a_member_comes_with_the_roles_of_the_group_and_goes_with_them() {
    let mut stage = Stage::open(OrgSpec {
        direct_roles: 0,
        roles_per_group: 1,
        ..OrgSpec::small(60)
    })
    .await;
    let truth = stage.org.truth();
    let role = truth.group_roles().next().expect("a role of a group");
    let held: Vec<String> = truth
        .access()
        .filter(|access| (&access.target, access.role) == (&role.target, role.role))
        .map(|access| access.account)
        .collect();
    let stranger = truth
        .accounts()
        .map(|account| account.id)
        .find(|account| !held.contains(account))
        .expect("somebody without the role");
    let path = format!(
        "{}/groups/{}/memberships",
        stage.client.directory(&stage.directory()),
        segment(&role.group)
    );
    let names = [
        (stranger.as_str(), "A"),
        (role.group.as_str(), "G"),
        (role.target.as_str(), "T"),
        (role.role, "R"),
    ];
    let body = || Some(json!({ "accountId": stranger }));
    let before = facts(&stage.org);
    assert_eq!(
        stage.act("POST", &path, body(), &names).await,
        ["204", "+ access A T R group_direct active", "+ member G A"]
    );
    assert_eq!(stage.act("POST", &path, body(), &names).await, ["204"]);
    let gone = format!("{path}/{}", segment(&stranger));
    assert_eq!(
        stage.act("DELETE", &gone, None, &names).await,
        ["204", "- access A T R group_direct active", "- member G A"]
    );
    assert_eq!(stage.act("DELETE", &gone, None, &names).await, ["204"]);
    assert_eq!(facts(&stage.org), before);
}

#[tokio::test]
async fn a_suspended_account_keeps_what_it_has() {
    let mut stage = Stage::open(OrgSpec {
        groups: 1,
        direct_roles: 5,
        ..OrgSpec::small(5)
    })
    .await;
    let held = stage.access(|access| access.methods.len() == 1 && access.methods.contains("direct"));
    let directory = stage.directory();
    let base = format!(
        "{}/users/{}",
        stage.client.directory(&directory),
        segment(&held.account)
    );
    let before = facts(&stage.org);
    let lines = stage
        .act(
            "POST",
            &format!("{base}/suspend"),
            Some(json!({})),
            &[(held.account.as_str(), "A"), (directory.as_str(), "D")],
        )
        .await;
    assert_eq!(lines[0], "204");
    assert!(
        lines.contains(&"+ directory A D suspended".to_owned()),
        "{lines:?}"
    );
    assert!(
        lines
            .iter()
            .any(|line| line.contains("suspended/active/suspended"))
    );
    assert!(lines.contains(&format!(
        "+ access A {} {} direct suspended",
        held.target, held.role
    )));
    let words = |sign: &str, word: &str| {
        lines
            .iter()
            .filter(|line| line.starts_with(sign) && line.ends_with(word))
            .count()
    };
    assert_eq!(words("- access", " active"), words("+ access", " suspended"));
    let lines = stage
        .act("POST", &format!("{base}/restore"), Some(json!({})), &[])
        .await;
    assert_eq!(lines[0], "204");
    assert_eq!(facts(&stage.org), before);
}
