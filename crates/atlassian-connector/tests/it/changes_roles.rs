//! Roles given and taken, over a simulated organization.

use crate::changes_harness::{Do, PLAIN, VERIFYING, World, demo, group, role, user, workspace};
use atlassian_connector::AccountOptions;
use atlassian_sim::{Delays, Switches};
use connector_sdk::ResourceKey;
use insta::assert_snapshot;

const USER: &str = "atlassian/user";
/// Roles that can be taken from accounts on apps.
const ROLES: [&str; 4] = [
    USER,
    "atlassian/admin",
    "atlassian/guest",
    "atlassian/contributor",
];

/// An account that holds nothing of a role on a target where others do.
async fn without(world: &World) -> (String, String) {
    let target = world
        .access(|one| one.role == USER && one.methods.contains("direct") && one.owner != "platform")
        .target;
    let holders: Vec<String> = world
        .org
        .truth()
        .access()
        .filter(|one| one.target == target && one.role == USER)
        .map(|one| one.account)
        .collect();
    let account =
        world.account(|one| one.status == Some("active") && one.roles_readable && !holders.contains(&one.id));
    (account.id, target)
}

/// Given, given again, taken, taken again: what is so already is success, and nothing is sent for it.
#[tokio::test]
async fn a_role_of_an_account_comes_and_goes() {
    let world = World::new().await;
    let (account, target) = without(&world).await;
    let (on, who) = (workspace(&target), user(&account));
    let mut shown = Vec::new();
    shown.push(
        world
            .check(&PLAIN, &Do::Grant(on.clone(), role(USER), who.clone()))
            .await,
    );
    assert!(world.holds(&account, &target, USER));
    shown.push(
        world
            .check(&PLAIN, &Do::Grant(on.clone(), role(USER), who.clone()))
            .await,
    );
    shown.push(
        world
            .check(&VERIFYING, &Do::Revoke(on.clone(), role(USER), who.clone()))
            .await,
    );
    assert!(!world.holds(&account, &target, USER));
    shown.push(world.check(&PLAIN, &Do::Revoke(on, role(USER), who)).await);
    assert_snapshot!(shown.join("\n"));
}

/// Through groups only: refused, naming them. Directly and through groups: taken, naming what still gives it.
#[tokio::test]
async fn groups_that_give_a_role_are_named() {
    let world = World::new().await;
    let only = world.access(|one| {
        one.methods == ["group_direct"].into() && one.groups.len() == 1 && one.owner != "platform"
    });
    let (account, on) = (user(&only.account), workspace(&only.target));
    let mut shown = vec![
        world
            .check(&PLAIN, &Do::Revoke(on.clone(), role(only.role), account.clone()))
            .await,
        world
            .check(&PLAIN, &Do::Grant(on.clone(), role(only.role), account.clone()))
            .await,
    ];
    assert!(world.holds(&only.account, &only.target, only.role));
    shown.push(
        world
            .check(&VERIFYING, &Do::Revoke(on, role(only.role), account))
            .await,
    );
    assert!(!world.holds(&only.account, &only.target, only.role));
    let org = ResourceKey::new("organization", world.org.id());
    let administrator = world.access(|one| {
        one.role == "atlassian/org-admin" && !one.methods.contains("direct") && !one.groups.is_empty()
    });
    let change = Do::Revoke(org, role("atlassian/org-admin"), user(&administrator.account));
    shown.push(world.check(&PLAIN, &change).await);
    let inferred = world
        .access(|one| one.methods == ["inferred"].into() && one.groups.is_empty() && one.owner != "platform");
    let change = Do::Revoke(
        workspace(&inferred.target),
        role(inferred.role),
        user(&inferred.account),
    );
    shown.push(world.check(&PLAIN, &change).await);
    assert_snapshot!(shown.join("\n"));
}

/// A role that nobody says how it is held may be direct, so taking it is tried.
#[tokio::test]
async fn a_role_held_nobody_says_how_is_taken() {
    let world = World::new().await;
    let mut shown = Vec::new();
    for methods in [[].as_slice(), &["delegated"]] {
        let unsaid = world.access(|one| {
            one.groups.is_empty()
                && one.owner != "platform"
                && one.methods.iter().eq(methods)
                && ROLES.contains(&one.role)
        });
        let on = workspace(&unsaid.target);
        let change = Do::Grant(on.clone(), role(unsaid.role), user(&unsaid.account));
        shown.push(world.check(&PLAIN, &change).await);
        // Whether it was direct only the vendor knows, and it does not say.
        let change = Do::Revoke(on, role(unsaid.role), user(&unsaid.account));
        shown.push(world.show(&world.perform(&VERIFYING, &change).await));
    }
    assert_snapshot!(shown.join("\n"));
}

/// Roles of groups go through endpoints of their own, with the group's real directory.
#[tokio::test]
async fn a_role_of_a_group_comes_and_goes() {
    let world = World::new().await;
    let (_, target) = without(&world).await;
    let holders: Vec<_> = world
        .org
        .truth()
        .group_roles()
        .filter(|one| one.target == target)
        .map(|one| one.group)
        .collect();
    let mine =
        world.group(|one| one.modifiable == Some(true) && one.members > 0 && !holders.contains(&one.id));
    let (on, who) = (workspace(&target), group(&mine.id));
    let mut shown = Vec::new();
    for change in [
        Do::Grant(on.clone(), role(USER), who.clone()),
        Do::Revoke(on, role(USER), who),
    ] {
        shown.push(world.check(&VERIFYING, &change).await);
        shown.push(world.check(&PLAIN, &change).await);
    }
    assert!(shown[0].contains(&mine.directory));
    assert_snapshot!(shown.join("\n"));
}

/// The administration of the organization has an endpoint of its own, and a site's administration its site.
#[tokio::test]
async fn administrators_come_and_go() {
    let world = World::new().await;
    let (account, _) = without(&world).await;
    let org = ResourceKey::new("organization", world.org.id());
    let site = world.access(|one| one.role == "atlassian/site-admin").target;
    let mut shown = Vec::new();
    for (on, name) in [
        (org, "atlassian/org-admin"),
        (workspace(&site), "atlassian/site-admin"),
    ] {
        for change in [
            Do::Grant(on.clone(), role(name), user(&account)),
            Do::Revoke(on.clone(), role(name), user(&account)),
        ] {
            shown.push(world.check(&VERIFYING, &change).await);
            shown.push(world.check(&PLAIN, &change).await);
        }
    }
    assert_snapshot!(shown.join("\n"));
}

/// What nobody can be given is refused before any request.
#[tokio::test]
async fn what_cannot_be_changed_is_refused_without_a_request() {
    let world = World::new().await;
    let (account, target) = without(&world).await;
    let org = ResourceKey::new("organization", world.org.id());
    let site = "ari:cloud:platform::site/3f0e8a52-71bd-4c19-b6a4-5d2c90ef1873";
    let a_group = group("0e5b2c44-1f7a-4e8e-9d0b-3c6a8f1e2d97");
    let mut shown = Vec::new();
    for (on, name, who) in [
        (workspace(&target), "role:atlassian/org-admin", user(&account)),
        (workspace(&target), "role:atlassian/site-admin", user(&account)),
        (workspace(&target), "role:atlassian/ai-access", user(&account)),
        (workspace(&target), "role:atlassian/viewer", user(&account)),
        (
            workspace(&target),
            "role:atlassian/quality-owner",
            a_group.clone(),
        ),
        (workspace(site), "role:atlassian/site-admin", a_group.clone()),
        (
            workspace(site),
            "role:atlassian/user-access-admin",
            user(&account),
        ),
        (org.clone(), "role:atlassian/org-admin", a_group),
        (org.clone(), "role:atlassian/ai-access", user(&account)),
        (org, "role:atlassian/site-admin", user(&account)),
        (workspace(&target), "member", user(&account)),
        (workspace(&target), "role:atlassian/user", workspace(&target)),
    ] {
        let before = world.vendor.counters().total().requests;
        let given = world
            .check(&PLAIN, &Do::Grant(on.clone(), name.to_owned(), who.clone()))
            .await;
        let taken = world.check(&PLAIN, &Do::Revoke(on, name.to_owned(), who)).await;
        assert_eq!(given, taken, "the reason is the same in both directions");
        assert_eq!(
            world.vendor.counters().total().requests,
            before,
            "{name}: no request"
        );
        shown.push(given);
    }
    assert_snapshot!(shown.join("\n"));
}

/// The vendor's refusals, each with its own words: an endpoint that Support must enable, a full licence, a conflict that
/// says that all is as wanted, an account that is not there.
#[tokio::test]
async fn the_vendors_refusals_are_told() {
    let mut shown = Vec::new();
    for switches in [
        Switches {
            roles_gated: true,
            ..Switches::default()
        },
        Switches {
            no_seats: true,
            ..Switches::default()
        },
    ] {
        let world = World::with(
            &demo(),
            |vendor| vendor.switches(switches),
            AccountOptions::default(),
        )
        .await;
        let (account, target) = without(&world).await;
        // Someone without any role on the app, so that a seat is needed.
        shown.push(
            world
                .check(&PLAIN, &Do::Grant(workspace(&target), role(USER), user(&account)))
                .await,
        );
        assert!(!world.holds(&account, &target, USER));
    }
    let world = World::new().await;
    let (account, target) = without(&world).await;
    for who in [
        user("712020:00000000-0000-4000-8000-000000000000"),
        group("00000000-0000-4000-8000-000000000000"),
    ] {
        shown.push(
            world
                .check(&PLAIN, &Do::Grant(workspace(&target), role(USER), who.clone()))
                .await,
        );
        // A grant of an artifact whose holder is gone is gone with it.
        shown.push(
            world
                .check(&PLAIN, &Do::Revoke(workspace(&target), role(USER), who))
                .await,
        );
    }
    shown.push(
        world
            .check(
                &PLAIN,
                &Do::Grant(
                    workspace("ari:cloud:confluence::site/nowhere"),
                    role(USER),
                    user(&account),
                ),
            )
            .await,
    );
    let gone = world.account(|one| one.status == Some("deactivated") && one.details_readable);
    shown.push(
        world
            .check(&PLAIN, &Do::Grant(workspace(&target), role(USER), user(&gone.id)))
            .await,
    );
    assert_snapshot!(shown.join("\n"));
}

/// Roles show up to 30 seconds later; verifying waits for them on the client's clock.
#[tokio::test]
async fn verifying_waits_for_the_vendor() {
    let world = World::with(
        &demo(),
        |vendor| vendor.delays(Delays::realistic()),
        AccountOptions::default(),
    )
    .await;
    let (account, target) = without(&world).await;
    let before = http_kit::Clock::elapsed(&world.clock);
    let shown = world
        .check(
            &VERIFYING,
            &Do::Grant(workspace(&target), role(USER), user(&account)),
        )
        .await;
    assert!(shown.starts_with("Verified"), "{shown}");
    let waited = http_kit::Clock::elapsed(&world.clock) - before;
    assert!(waited.as_secs() > 0 && waited.as_secs() <= 35, "{waited:?}");
}
