//! Switches that change what writes are answered.

use crate::client::segment;
use crate::refusals::{Scene, active};
use atlassian_sim::{OrgSpec, Switches};
use serde_json::json;

#[tokio::test]
async fn switches_change_the_answers() {
    let default = Switches::default();
    let duplicates = Switches {
        duplicates_conflict: true,
        removals_strict: true,
        ..default
    };
    let mut scene = Scene::switched(duplicates).await;
    let plain = scene.plain_group();
    let truth = scene.org.truth();
    let member = truth
        .memberships()
        .find(|one| one.group == plain.id)
        .expect("a member");
    let held = truth
        .access()
        .find(|access| {
            let account = truth.accounts().find(|one| one.id == access.account);
            access.methods.contains("direct")
                && access.role == "atlassian/user"
                && account.is_some_and(|account| active(&account))
        })
        .expect("a direct role");
    let outsider = scene.account(|one| {
        active(one)
            && one.directories[0].0 == plain.directory
            && !truth
                .memberships()
                .any(|member| member.group == plain.id && member.account == one.id)
    });
    let role = Some(json!({ "role": held.role, "resource": held.target }));
    let assign = format!("{}/users/{}/roles/assign", scene.v1, segment(&held.account));
    let cases = vec![
        (
            "POST",
            scene.of_group(&plain, "/memberships"),
            Some(json!({ "accountId": member.account })),
            "409 list ADMIN-UAM-409-2",
        ),
        ("POST", assign.clone(), role.clone(), "409 list ADMIN-UAM-409-2"),
        (
            "DELETE",
            scene.of_group(&plain, &format!("/memberships/{}", segment(&outsider.id))),
            None,
            "404 list ADMIN-UAM-404-1",
        ),
    ];
    scene.check(cases).await;

    let mut scene = Scene::switched(Switches {
        roles_gated: true,
        removed_paths_alive: true,
        ..default
    })
    .await;
    let gated = "403 list ADMIN-UAM-403-1";
    let some = scene.account(active);
    let cases = vec![
        ("POST", assign.clone(), role.clone(), gated),
        ("POST", assign.replace("assign", "revoke"), role.clone(), gated),
        (
            "POST",
            format!("{}/users/invite", scene.v1),
            Some(json!({ "emails": ["a@b.example"] })),
            gated,
        ),
        (
            "POST",
            scene.roles(&some, "role-assignments/assign"),
            Some(json!({ "role": "atlassian/org-admin" })),
            "204",
        ),
    ];
    scene.check(cases).await;

    let mut scene = Scene::switched(Switches {
        units_rollout: true,
        ..default
    })
    .await;
    let admins = truth
        .group_roles()
        .find(|role| role.role == "atlassian/org-admin")
        .expect("a group of administrators");
    let admins = scene.group(|group| group.id == admins.group);
    let candidate = scene.account(|one| active(one) && one.directories[0].0 == admins.directory);
    let cases = vec![(
        "POST",
        scene.of_group(&admins, "/memberships"),
        Some(json!({ "accountId": candidate.id })),
        gated,
    )];
    scene.check(cases).await;
}

#[tokio::test]
async fn without_seats() {
    let switches = Switches {
        no_seats: true,
        ..Switches::default()
    };
    let spec = OrgSpec {
        direct_roles: 30,
        groups: 2,
        ..OrgSpec::small(60)
    };
    let mut scene = Scene::open_as(spec, |builder| builder.switches(switches)).await;
    let truth = scene.org.truth();
    let nobody = scene.account(|one| active(one) && !truth.access().any(|access| access.account == one.id));
    let seated = truth
        .access()
        .find(|access| access.role == "atlassian/user")
        .expect("a seat");
    let app = seated.target.clone();
    let holder = scene.account(|one| one.id == seated.account);
    let full = "409 list ADMIN-UAM-409-3";
    let body = |role: &str| Some(json!({ "role": role, "resource": app }));
    let group = truth.groups().next().expect("a group");
    let plain = format!("{}/{}/groups", scene.v2, group.directory);
    let cases = vec![
        (
            "POST",
            scene.roles(&nobody, "roles/assign"),
            body("atlassian/user"),
            full,
        ),
        // Who has a seat there needs no other one, and some roles need none.
        (
            "POST",
            scene.roles(&holder, "roles/assign"),
            body("atlassian/admin"),
            "204",
        ),
        (
            "POST",
            scene.roles(&nobody, "roles/assign"),
            body("atlassian/user-access-admin"),
            "204",
        ),
        (
            "POST",
            scene.of_account(&holder, "/suspend"),
            Some(json!({})),
            "204",
        ),
        (
            "POST",
            scene.of_account(&holder, "/restore"),
            Some(json!({})),
            full,
        ),
        ("POST", plain, Some(json!({ "name": "empty" })), "201"),
        (
            "POST",
            format!("/admin/v2/orgs/{}/users/invite", scene.org.id()),
            Some(json!({
                "emails": ["new@larkspur.example"],
                "permissionRules": [{ "resource": app, "role": "atlassian/user" }],
            })),
            full,
        ),
    ];
    scene.check(cases).await;
    let empty = scene.group(|group| group.name == "empty");
    let give = Some(json!({ "resourceId": app, "roleId": "atlassian/user" }));
    let cases = vec![
        // Nobody is in it, so nobody takes a seat by that.
        (
            "POST",
            scene.of_group(&empty, "/role-assignments/assign"),
            give,
            "200",
        ),
        (
            "POST",
            scene.of_group(&empty, "/memberships"),
            Some(json!({ "accountId": nobody.id })),
            full,
        ),
    ];
    scene.check(cases).await;
}

#[tokio::test]
async fn removed_paths_are_gone_or_alive() {
    let dead = "404 routing No static resource";
    for alive in [false, true] {
        let mut scene = Scene::open_as(OrgSpec::small(60), |builder| {
            builder.switches(Switches {
                removed_paths_alive: alive,
                ..Switches::default()
            })
        })
        .await;
        let truth = scene.org.truth();
        let some = scene.account(active);
        let group = scene.plain_group();
        let app = truth.targets().next().expect("an app");
        let user = format!("{}/directory/users/{}", scene.v1, segment(&some.id));
        let groups = format!("{}/directory/groups", scene.v1);
        let one = format!("{groups}/{}", segment(&group.id));
        let word = |answer| if alive { answer } else { dead };
        let role = || Some(json!({ "role": "atlassian/user-access-admin", "resource": app.ari }));
        let cases = vec![
            ("POST", format!("{user}/suspend-access"), None, word("200")),
            ("POST", format!("{user}/restore-access"), None, word("200")),
            (
                "POST",
                format!("{}/directory/users/nobody/suspend-access", scene.v1),
                None,
                word("404 list ADMIN-404-8"),
            ),
            ("POST", groups, Some(json!({ "name": "old team" })), word("200")),
            ("DELETE", one.clone(), None, word("409 list ADMIN-409-5")),
            (
                "POST",
                format!("{one}/memberships"),
                Some(json!({ "account_id": some.id })),
                word("200"),
            ),
            (
                "DELETE",
                format!("{one}/memberships/{}", segment(&some.id)),
                None,
                word("200"),
            ),
            ("POST", format!("{one}/roles/assign"), role(), word("202")),
            ("POST", format!("{one}/roles/revoke"), role(), word("202")),
            ("DELETE", format!("{one}?forceIfNotEmpty=true"), None, word("200")),
            (
                "POST",
                format!("{}/users/invite", scene.v1),
                Some(json!({ "emails": ["new@larkspur.example"] })),
                word("202"),
            ),
            ("DELETE", user, None, word("204")),
        ];
        scene.check(cases).await;
        crate::truth::agree(&scene.org, &mut scene.client, 100).await;
    }
}
