//! Actions, over a simulated organization.

use crate::changes_harness::{Do, PLAIN, VERIFYING, World, demo};
use atlassian_connector::AccountOptions;
use atlassian_sim::{AccountTruth, Delays, DirectoryStatus, Endpoint, Fault, FaultPlan, Switches};
use connector_sdk::proto::json;
use connector_sdk::{ChangeContext, ChangeState, Code, Connector, metadata};
use insta::assert_snapshot;
use std::time::Duration;

fn act(name: &'static str, account: &str) -> Do {
    Do::Invoke(name, vec![("user_id", account.to_owned())])
}

fn in_two_directories(one: &AccountTruth) -> bool {
    one.details_readable
        && one.platform_roles.is_empty()
        && one.directories.len() == 2
        && one
            .directories
            .iter()
            .all(|(_, status)| *status == DirectoryStatus::Active)
}

#[tokio::test]
async fn the_documents_name_what_there_is() {
    let world = World::new().await;
    let mut lines: Vec<String> = Vec::new();
    for schema in world.connector.spec().actions {
        let argument = |field: &connector_sdk::proto::config::v1::Field| {
            format!("{}{}", field.name, if field.is_required { "!" } else { "" })
        };
        lines.push(format!(
            "{} {:?} ({}) -> {} {:?}",
            schema.name,
            schema.display_name,
            schema
                .arguments
                .iter()
                .map(argument)
                .collect::<Vec<_>>()
                .join(" "),
            schema
                .return_types
                .iter()
                .map(argument)
                .collect::<Vec<_>>()
                .join(" "),
            schema
                .action_type()
                .map(|kind| kind.as_str_name())
                .collect::<Vec<_>>(),
        ));
    }
    let document = metadata(&world.connector.spec());
    lines.push(json::to_string_pretty(&document.account_creation_schema.unwrap()).unwrap());
    for of_type in document.capabilities.unwrap().resource_type_capabilities {
        lines.push(format!(
            "{} {:?}",
            of_type.resource_type.as_ref().unwrap().id,
            of_type
                .capabilities()
                .map(|one| one.as_str_name())
                .collect::<Vec<_>>()
        ));
    }
    assert_snapshot!(lines.join("\n"));
}

/// Suspended and restored in each directory, by the current endpoints.
#[tokio::test]
async fn an_account_is_suspended_everywhere_and_restored() {
    let world = World::new().await;
    let account = world.account(in_two_directories).id;
    let mut shown = Vec::new();
    for (name, status) in [
        ("disable_user", DirectoryStatus::Suspended),
        ("enable_user", DirectoryStatus::Active),
    ] {
        shown.push(world.check(&VERIFYING, &act(name, &account)).await);
        let now = world.account(|one| one.id == account);
        assert!(now.directories.iter().all(|(_, one)| *one == status), "{now:?}");
        shown.push(world.check(&PLAIN, &act(name, &account)).await);
    }
    let outcome = world
        .perform(&PLAIN, &act("enable_user", &account))
        .await
        .unwrap();
    let dry = ChangeContext {
        dry_run: true,
        ..ChangeContext::PLAIN
    };
    let planned = world.perform(&dry, &act("disable_user", &account)).await.unwrap();
    assert_eq!(planned.response, None, "what is only planned did not succeed");
    let response = outcome.response.unwrap();
    assert_eq!(
        response.fields["success"].kind,
        Some(prost_types::value::Kind::BoolValue(true))
    );
    assert_snapshot!(shown.join("\n"));
}

/// Nothing is suspended there, and still nobody can log in: that is not restored already.
#[tokio::test]
async fn an_account_that_has_ended_is_not_restored_already() {
    let world = World::new().await;
    for (status, action) in [
        ("deactivated", "reactivate_account"),
        ("for_deletion", "cancel_account_deletion"),
    ] {
        let account = world.account(|one| {
            one.status == Some(status)
                && one.details_readable
                && !one.directories.is_empty()
                && one
                    .directories
                    .iter()
                    .all(|(_, one)| *one == DirectoryStatus::Active)
        });
        let error = world
            .perform(&PLAIN, &act("enable_user", &account.id))
            .await
            .unwrap_err();
        assert_eq!(error.code(), Code::FailedPrecondition, "{error}");
        assert!(error.to_string().contains(action), "{error}");
    }
    assert_eq!(world.vendor.writes(), []);
}

/// Where one directory fails, that is a failure, and what was done is listed.
#[tokio::test]
async fn a_part_is_a_failure_that_lists_what_was_done() {
    let mut shown = Vec::new();
    for (nth, fault, statuses) in [
        (1, Fault::Status(403), [Some(403), Some(204)]),
        (2, Fault::Status(403), [Some(204), Some(403)]),
        (2, Fault::ResetBefore, [Some(204), None]),
    ] {
        let faults = FaultPlan::none().nth(Endpoint::UserSuspend, nth, fault);
        let world = World::with(&demo(), |vendor| vendor.faults(faults), AccountOptions::default()).await;
        let account = world.account(in_two_directories).id;
        let outcome = world.perform(&PLAIN, &act("disable_user", &account)).await;
        shown.push(world.show(&outcome));
        let error = outcome.unwrap_err();
        assert_eq!(
            (error.parts().done.len(), error.parts().not_done.len()),
            (1, 1),
            "{error}"
        );
        let sent = error.requests().iter();
        assert_eq!(sent.map(|one| one.status).collect::<Vec<_>>(), statuses);
        let suspended = world.account(|one| one.id == account).directories;
        assert_eq!(
            suspended
                .iter()
                .filter(|(_, one)| *one == DirectoryStatus::Suspended)
                .count(),
            1
        );
    }
    assert_snapshot!(shown.join("\n"));
}

/// Where one directory refuses and nobody knows the result of another, the whole is not known, and not refused.
#[tokio::test]
async fn a_part_that_is_not_known_is_what_is_told() {
    for (refused, lost) in [(1, 2), (2, 1)] {
        let faults = FaultPlan::none()
            .nth(Endpoint::UserSuspend, refused, Fault::Status(403))
            .nth(Endpoint::UserSuspend, lost, Fault::ResetBefore);
        let world = World::with(&demo(), |vendor| vendor.faults(faults), AccountOptions::default()).await;
        let account = world.account(in_two_directories).id;
        let error = world
            .perform(&PLAIN, &act("disable_user", &account))
            .await
            .unwrap_err();
        assert_eq!(error.code(), Code::Unavailable, "{error}");
        assert!(error.message().starts_with("the outcome is unknown"), "{error}");
        assert!(error.message().contains("; in the directory "), "{error}");
        assert_eq!(error.requests().len(), 2, "{error}");
    }
}

/// What can be known is said before anything is sent.
#[tokio::test]
async fn what_cannot_be_done_is_refused() {
    let world = World::new().await;
    let find = |fits: fn(&AccountTruth) -> bool| world.account(|one| one.details_readable && fits(one)).id;
    let administrator =
        find(|one| one.platform_roles.contains("atlassian/org-admin") && !one.directories.is_empty());
    let outside = find(|one| one.status == Some("not_invited"));
    let provisioned = find(|one| one.provisioned && one.status == Some("active"));
    let unmanaged = find(|one| !one.managed && one.status == Some("active"));
    let waiting = find(|one| one.managed && one.status == Some("for_deletion") && !one.provisioned);
    let deactivated = find(|one| one.managed && one.status == Some("deactivated") && !one.provisioned);
    let nobody = "712020:00000000-0000-4000-8000-000000000000";
    let mut shown = Vec::new();
    for change in [
        act("disable_user", &administrator),
        act("disable_user", &outside),
        act("enable_user", &outside),
        act("disable_user", nobody),
        act("enable_user", nobody),
        act("deactivate_account", &provisioned),
        act("deactivate_account", &unmanaged),
        act("deactivate_account", nobody),
        act("deactivate_account", &waiting),
        act("reactivate_account", &waiting),
        act("cancel_account_deletion", &deactivated),
        act("remove_user", nobody),
        act("remove_user", &outside),
        act("enable_user", ""),
        act("enable_user", "not an account"),
        Do::Invoke("enable_user", Vec::new()),
        act("promote_user", nobody),
        Do::Invoke("revoke_api_token", vec![("token_id", "nowhere".to_owned())]),
    ] {
        let text = world.check(&PLAIN, &change).await;
        shown.push(format!("{change:?}\n{text}"));
    }
    assert_eq!(world.vendor.writes(), []);
    assert_snapshot!(shown.join("\n"));
}

/// Deactivated, activated, deleted, kept: each once, each told when it is so already.
#[tokio::test]
async fn the_life_of_an_account() {
    let world = World::new().await;
    let account = world
        .account(|one| {
            one.managed && !one.provisioned && one.status == Some("active") && one.details_readable
        })
        .id;
    let mut shown = Vec::new();
    for (name, status) in [
        ("deactivate_account", "deactivated"),
        ("reactivate_account", "active"),
        ("deactivate_account", "deactivated"),
    ] {
        shown.push(world.check(&VERIFYING, &act(name, &account)).await);
        assert_eq!(world.account(|one| one.id == account).status, Some(status));
        shown.push(world.check(&PLAIN, &act(name, &account)).await);
    }
    let waiting = world
        .account(|one| {
            one.managed && !one.provisioned && one.status == Some("for_deletion") && one.details_readable
        })
        .id;
    shown.push(
        world
            .check(&VERIFYING, &act("cancel_account_deletion", &waiting))
            .await,
    );
    assert_eq!(world.account(|one| one.id == waiting).status, Some("active"));
    shown.push(
        world
            .check(&PLAIN, &act("cancel_account_deletion", &waiting))
            .await,
    );
    assert_snapshot!(shown.join("\n"));
}

/// A token by its action: whose it is is checked where it is said.
#[tokio::test]
async fn a_token_is_revoked_by_its_action() {
    let world = World::new().await;
    let token = world.org.truth().tokens().next().unwrap();
    let other = world.account(|one| one.id != token.owner && one.managed).id;
    let revoke = |owner: Option<&str>| {
        let mut arguments = vec![("token_id", token.id.clone())];
        arguments.extend(owner.map(|owner| ("user_id", owner.to_owned())));
        Do::Invoke("revoke_api_token", arguments)
    };
    let shown = [
        world.check(&PLAIN, &revoke(Some(&other))).await,
        world.check(&PLAIN, &revoke(Some(&token.owner))).await,
        world.check(&PLAIN, &revoke(None)).await,
    ];
    assert_snapshot!(shown.join("\n"));
}

/// Removed from one directory, then from the rest.
#[tokio::test]
async fn an_account_is_removed_from_its_directories() {
    let world = World::new().await;
    let account = world.account(in_two_directories);
    let (first, _) = account.directories[0].clone();
    let only = vec![("user_id", account.id.clone()), ("directory_id", first)];
    let mut shown = vec![
        world
            .check(&VERIFYING, &Do::Invoke("remove_user", only.clone()))
            .await,
        world.check(&PLAIN, &Do::Invoke("remove_user", only)).await,
        world.check(&PLAIN, &act("remove_user", &account.id)).await,
    ];
    let now = world.account(|one| one.id == account.id);
    assert!(now.directories.is_empty(), "{now:?}");
    let removed = world.perform(&PLAIN, &act("remove_user", &account.id)).await;
    shown.push(world.show(&removed));
    assert_snapshot!(shown.join("\n"));
}

/// The vendor queues removals, so they are waited for longer than other changes.
#[tokio::test]
async fn a_removal_is_waited_for() {
    for (seconds, shows) in [(50, true), (90, false)] {
        let delays = Delays {
            removal: Duration::from_secs(seconds),
            ..Delays::none()
        };
        let world = World::with(&demo(), |vendor| vendor.delays(delays), AccountOptions::default()).await;
        let account = world
            .account(|one| one.details_readable && one.directories.len() == 1)
            .id;
        let outcome = world.perform(&VERIFYING, &act("remove_user", &account)).await;
        match outcome {
            Ok(outcome) => assert_eq!((shows, outcome.state), (true, ChangeState::Verified)),
            Err(error) => assert_eq!((shows, error.code().number()), (false, 14), "{error}"),
        }
    }
}

/// Without a seat an account cannot be restored.
#[tokio::test]
async fn restoring_needs_a_seat() {
    let switches = Switches {
        no_seats: true,
        ..Switches::default()
    };
    let world = World::with(
        &demo(),
        |vendor| vendor.switches(switches),
        AccountOptions::default(),
    )
    .await;
    let suspended = world
        .org
        .truth()
        .access()
        .find(|one| {
            one.readable
                && one.role == "atlassian/user"
                && one.owner != "platform"
                && one
                    .directories
                    .iter()
                    .all(|(_, status)| *status == DirectoryStatus::Suspended)
                && !one.directories.is_empty()
        })
        .unwrap();
    let outcome = world
        .perform(&PLAIN, &act("enable_user", &suspended.account))
        .await;
    assert_snapshot!(world.show(&outcome));
}

/// A person is invited with a role and a group, once.
#[tokio::test]
async fn a_person_is_invited_once() {
    let world = World::new().await;
    let of = world.group(|one| one.modifiable == Some(true) && one.members_status == 200);
    let target = world
        .access(|one| one.role == "atlassian/user" && one.owner == "jira-software")
        .target;
    let invite = Do::Invoke(
        "invite_user",
        vec![
            ("email", "zora.guest@elsewhere.example".to_owned()),
            ("resource", target.clone()),
            ("role", "atlassian/user".to_owned()),
        ],
    );
    let shown = [
        world.check(&VERIFYING, &invite).await,
        world.check(&PLAIN, &invite).await,
    ];
    let account = world
        .account(|one| one.email.as_deref() == Some("zora.guest@elsewhere.example"))
        .id;
    assert!(world.holds(&account, &target, "atlassian/user"));
    assert!(!world.is_member(&of.id, &account));
    assert_snapshot!(shown.join("\n"));
}
