//! Answers that do not come: whatever is lost, a change is made at most once, and what is told of it is true.

use crate::changes_harness::{Do, Known, PLAIN, World, group, role, user, workspace};
use atlassian_connector::AccountOptions;
use atlassian_sim::{Delays, DirectoryStatus, Endpoint, Fault, FaultPlan, OrgSpec};
use connector_sdk::{ChangeState, Code, ResourceKey, Writes};
use insta::assert_snapshot;

const USER: &str = "atlassian/user";

/// Every write, with a change that sends it.
pub(crate) fn changes(world: &World) -> Vec<(Endpoint, Do)> {
    let truth = world.org.truth();
    let direct =
        world.access(|one| one.role == USER && one.methods == ["direct"].into() && one.owner != "platform");
    let held: Vec<_> = truth
        .access()
        .filter(|one| one.target == direct.target && one.role == USER)
        .map(|one| one.account)
        .collect();
    let free = world.account(|one| {
        one.status == Some("active")
            && one.managed
            && !one.provisioned
            && one.platform_roles.is_empty()
            && !held.contains(&one.id)
            && one.directories.len() == 1
    });
    let of = world.group(|one| {
        one.modifiable == Some(true)
            && one.members > 0
            && one.directory == free.directories[0].0
            && truth
                .group_roles()
                .all(|role| role.group != one.id || role.role != "atlassian/org-admin")
    });
    let member = truth
        .memberships()
        .find(|one| one.group == of.id)
        .unwrap()
        .account;
    let given = truth
        .group_roles()
        .find(|one| {
            truth
                .groups()
                .any(|of| of.id == one.group && of.modifiable == Some(true))
                && one.role == USER
        })
        .unwrap();
    let without = world.group(|one| {
        one.modifiable == Some(true)
            && truth
                .group_roles()
                .all(|role| role.group != one.id || role.target != direct.target)
    });
    let org = ResourceKey::new("organization", world.org.id());
    let administrator = world.access(|one| {
        one.role == "atlassian/org-admin" && one.methods.contains("direct") && one.groups.is_empty()
    });
    let suspended = world.account(|one| {
        one.details_readable
            && one.directories.len() == 1
            && one.directories[0].1 == DirectoryStatus::Suspended
    });
    let deactivated =
        world.account(|one| one.managed && !one.provisioned && one.status == Some("deactivated"));
    let waiting = world.account(|one| one.managed && !one.provisioned && one.status == Some("for_deletion"));
    let token = truth.tokens().next().unwrap();
    let domain = free
        .email
        .as_deref()
        .unwrap_or("a@larkspur.example")
        .rsplit_once('@')
        .unwrap()
        .1
        .to_owned();
    let email = format!("zora.newcomer@{domain}");
    vec![
        (
            Endpoint::UserRoleAssign,
            Do::Grant(workspace(&direct.target), role(USER), user(&free.id)),
        ),
        (
            Endpoint::UserRoleRevoke,
            Do::Revoke(workspace(&direct.target), role(USER), user(&direct.account)),
        ),
        (
            Endpoint::OrgRoleAssign,
            Do::Grant(org.clone(), role("atlassian/org-admin"), user(&free.id)),
        ),
        (
            Endpoint::OrgRoleRevoke,
            Do::Revoke(org, role("atlassian/org-admin"), user(&administrator.account)),
        ),
        (
            Endpoint::GroupRoleAssign,
            Do::Grant(workspace(&direct.target), role(USER), group(&without.id)),
        ),
        (
            Endpoint::GroupRoleRevoke,
            Do::Revoke(workspace(&given.target), role(USER), group(&given.group)),
        ),
        (
            Endpoint::MemberAdd,
            Do::Grant(
                group(&of.id),
                "member".to_owned(),
                user(&outsider(world, &of.id, &of.directory)),
            ),
        ),
        (
            Endpoint::MemberRemove,
            Do::Revoke(group(&of.id), "member".to_owned(), user(&member)),
        ),
        (Endpoint::UserSuspend, act("disable_user", &free.id)),
        (Endpoint::UserRestore, act("enable_user", &suspended.id)),
        (Endpoint::UserRemove, act("remove_user", &free.id)),
        (Endpoint::AccountDisable, act("deactivate_account", &free.id)),
        (
            Endpoint::AccountEnable,
            act("reactivate_account", &deactivated.id),
        ),
        (Endpoint::AccountDelete, Do::Delete(user(&free.id), Known::Yes)),
        (
            Endpoint::AccountCancelDelete,
            act("cancel_account_deletion", &waiting.id),
        ),
        (
            Endpoint::AccountTokenRevoke,
            Do::Delete(ResourceKey::new("api_token", &token.id), Known::Yes),
        ),
        (
            Endpoint::UsersInvite,
            Do::Invoke(
                "invite_user",
                vec![
                    ("email", "zora.guest@elsewhere.example".to_owned()),
                    ("resource", direct.target.clone()),
                    ("role", USER.to_owned()),
                ],
            ),
        ),
        (
            Endpoint::ScimUserCreate,
            Do::Create(vec![("userName", email.clone()), ("email", email)]),
        ),
    ]
}

/// An action on an account.
pub(crate) fn act(name: &'static str, id: &str) -> Do {
    Do::Invoke(name, vec![("user_id", id.to_owned())])
}

fn outsider(world: &World, of: &str, directory: &str) -> String {
    world
        .account(|one| {
            one.status == Some("active")
                && one.directories.iter().any(|(id, _)| id == directory)
                && !world.is_member(of, &one.id)
        })
        .id
}

/// Whether a 404 of this write names what it needs and lacks.
fn refuses_by_404(endpoint: Endpoint) -> bool {
    matches!(
        endpoint,
        Endpoint::UserRoleAssign | Endpoint::OrgRoleAssign | Endpoint::GroupRoleAssign | Endpoint::MemberAdd
    )
}

/// Operations of which a second sending does no harm: they are sent again where their effect does not show.
const HARMLESS: [Endpoint; 4] = [
    Endpoint::MemberAdd,
    Endpoint::MemberRemove,
    Endpoint::UserRemove,
    Endpoint::AccountTokenRevoke,
];

pub(crate) fn org() -> atlassian_sim::Org {
    atlassian_sim::Org::generate(OrgSpec {
        users: 900,
        ..OrgSpec::demo()
    })
}

async fn world(faults: FaultPlan) -> World {
    World::with(&org(), |vendor| vendor.faults(faults), AccountOptions::default()).await
}

/// The answer to a write is lost, before or after it was carried out, or is a failure.
#[tokio::test]
async fn a_lost_answer_is_read_back_and_nothing_is_made_twice() {
    let all: Vec<Endpoint> = changes(&world(FaultPlan::none()).await)
        .into_iter()
        .map(|(endpoint, _)| endpoint)
        .collect();
    for (place, endpoint) in all.into_iter().enumerate() {
        for fault in [
            Fault::ResetBefore,
            Fault::ResetAfter,
            Fault::Cut,
            Fault::Status(408),
            Fault::Status(500),
            Fault::Status(502),
            Fault::Garbage,
        ] {
            let what = format!("{} {fault:?}", endpoint.name());
            let world = world(FaultPlan::none().nth(endpoint, 1, fault.clone())).await;
            let (_, change) = changes(&world).swap_remove(place);
            let made = world.perform(&PLAIN, &change).await;
            let log: Vec<_> = world.vendor.writes();
            let applied = log.iter().filter(|write| write.applied).count();
            assert!(applied <= 1, "{what}: never twice: {log:?}");
            if !HARMLESS.contains(&endpoint) {
                assert!(log.len() <= 1, "{what}: sent once: {log:?}");
            }
            match &made {
                Ok(outcome) => {
                    assert!(
                        matches!(outcome.state, ChangeState::Done | ChangeState::Verified),
                        "{what}: {outcome:?}"
                    );
                    assert_eq!(applied, 1, "{what}: what is told as done is done: {outcome:?}");
                }
                Err(error) => {
                    assert_eq!(error.code(), Code::Unavailable, "{what}: {error}");
                    assert!(
                        error.message().starts_with("the outcome is unknown"),
                        "{what}: {error}"
                    );
                    assert_eq!(applied, 0, "{what}: what was done shows, so it is known: {error}");
                }
            }
            if matches!(fault, Fault::ResetAfter | Fault::Cut) {
                assert!(made.is_ok(), "{what}: {made:?}");
            }
        }
    }
}

/// The vendor refuses a write: whatever that may mean, it is not a success while the state does not show one.
#[tokio::test]
async fn a_refusal_is_not_told_as_done() {
    let all = changes(&world(FaultPlan::none()).await).into_iter();
    for (place, endpoint) in all.map(|(endpoint, _)| endpoint).enumerate() {
        for status in [400, 403, 404, 409] {
            let world = world(FaultPlan::none().nth(endpoint, 1, Fault::Status(status))).await;
            let (_, change) = changes(&world).swap_remove(place);
            let error = world.perform(&PLAIN, &change).await.unwrap_err();
            let sent: Vec<_> = error.requests().iter().map(|one| one.status).collect();
            assert!(
                sent.iter().all(|sent| *sent == Some(status)),
                "{endpoint:?} {error}"
            );
            assert!((1..=3).contains(&sent.len()), "{endpoint:?} {error}");
            assert_eq!(
                error.vendor().and_then(|vendor| vendor.status),
                Some(status),
                "{endpoint:?} {error}"
            );
            // A 404 proves nothing, so the state was read back.
            assert_eq!(
                error.code() == Code::Unavailable,
                status == 404 && !refuses_by_404(endpoint),
                "{endpoint:?} {error}"
            );
            assert!(
                world.vendor.writes().iter().all(|write| !write.applied),
                "{endpoint:?}"
            );
        }
    }
}

/// Reads fail before, and the change is made once they succeed; they fail for good, and nothing is sent.
#[tokio::test]
async fn what_cannot_be_read_is_not_changed() {
    const READS: [Endpoint; 10] = [
        Endpoint::UserRoles,
        Endpoint::UserGet,
        Endpoint::UsersSearch,
        Endpoint::GroupGet,
        Endpoint::GroupRoles,
        Endpoint::DirectoriesList,
        Endpoint::AccountPermissions,
        Endpoint::TokensList,
        Endpoint::ScimUsersList,
        Endpoint::GroupsSearch,
    ];
    let count = changes(&world(FaultPlan::none()).await).len();
    for place in 0..count {
        for fault in [Fault::Status(503), Fault::Cut] {
            let shaky = READS
                .into_iter()
                .fold(FaultPlan::none(), |plan, read| plan.nth(read, 1, fault.clone()));
            let world = world(shaky).await;
            let (endpoint, change) = changes(&world).swap_remove(place);
            let made = world.perform(&PLAIN, &change).await.unwrap();
            assert!(
                matches!(made.state, ChangeState::Done | ChangeState::Verified),
                "{endpoint:?} {made:?}"
            );
            assert_eq!(
                world.vendor.writes().iter().filter(|write| write.applied).count(),
                1
            );
        }
        let dead = READS.into_iter().fold(FaultPlan::none(), |plan, read| {
            plan.always(read, Fault::Status(500))
        });
        let world = world(dead).await;
        let (endpoint, change) = changes(&world).swap_remove(place);
        let error = world.perform(&PLAIN, &change).await.unwrap_err();
        assert_eq!(error.code(), Code::Unavailable, "{endpoint:?} {error}");
        assert_eq!(
            world.vendor.writes(),
            [],
            "{endpoint:?}: nothing is sent on a state that is not known"
        );
    }
}

/// The change shows late, and the answer to it was lost: it is waited for as long as the vendor says.
#[tokio::test]
async fn a_lost_answer_is_waited_for() {
    let faults = FaultPlan::none().nth(Endpoint::UserRoleAssign, 1, Fault::ResetAfter);
    let set = |vendor: atlassian_sim::SimulatorBuilder| vendor.faults(faults).delays(Delays::realistic());
    let world = World::with(&org(), set, AccountOptions::default()).await;
    let (_, change) = changes(&world).swap_remove(0);
    let made = world.perform(&PLAIN, &change).await;
    assert_snapshot!(world.show(&made));
}

/// Neither the answer nor the state afterwards can be read: that is said, with what the vendor said.
#[tokio::test]
async fn what_cannot_be_known_is_said() {
    let mut shown = Vec::new();
    for (fault, later) in [(Fault::ResetAfter, true), (Fault::Status(500), false)] {
        let mut faults = FaultPlan::none().nth(Endpoint::UserRoleAssign, 1, fault);
        if later {
            faults = faults.from(Endpoint::UserRoles, 2, Fault::Status(500));
        }
        let world = world(faults).await;
        let (_, change) = changes(&world).swap_remove(0);
        let made = world.perform(&PLAIN, &change).await;
        shown.push(world.show(&made));
    }
    assert_snapshot!(shown.join("\n"));
}

/// Whoever asks to stop while the state is read back learns that the answer was lost, and not that nothing was sent.
#[tokio::test]
async fn what_was_lost_is_told_after_a_stop() {
    for (fault, told) in [
        (Fault::ResetBefore, "connection broken before the answer"),
        (Fault::Status(503), "(status 503"),
    ] {
        let world = world(FaultPlan::none().always(Endpoint::MemberRemove, fault)).await;
        let mut all = changes(&world);
        let of = all
            .iter()
            .position(|(endpoint, _)| *endpoint == Endpoint::MemberRemove);
        let (_, change) = all.swap_remove(of.unwrap());
        let writes = Writes::default();
        let stop = async {
            while writes.sent().is_empty() {
                tokio::task::yield_now().await;
            }
            writes.close();
        };
        let (made, ()) = tokio::join!(writes.scope(world.perform(&PLAIN, &change)), stop);
        let error = made.unwrap_err();
        assert_eq!(
            (error.code(), error.requests().len()),
            (Code::Unavailable, 1),
            "{error}"
        );
        let text = error.to_string();
        assert!(
            text.contains(told) && text.contains("nothing was sent again"),
            "{text}"
        );
        assert!(!text.contains("asked to stop"), "{text}");
    }
}
