//! The last active administrator of an organization stays, whatever is taken in whatever order, and however late the vendor
//! shows it.

use crate::changes_harness::{Do, PLAIN, World, demo, group, perform, role, user};
use crate::lies::{Lie, Rule};
use atlassian_admin::OrgId;
use atlassian_connector::{AccountOptions, AtlassianConnector};
use atlassian_sim::Delays;
use connector_sdk::{ChangeContext, ChangeState, ResourceKey};
use http_kit::{Clock, Jitter, Secret, Transport};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

const ADMIN: &str = "atlassian/org-admin";

/// The accounts that administer the organization and are active.
fn administrators(world: &World) -> BTreeSet<String> {
    let truth = world.org.truth();
    let active: BTreeSet<String> = truth
        .accounts()
        .filter(|one| one.status == Some("active"))
        .map(|one| one.id)
        .collect();
    let held = truth.access().filter(|one| one.role == ADMIN);
    held.map(|one| one.account)
        .filter(|account| active.contains(account))
        .collect()
}

/// Everything that gives the administration of the organization, as changes that take it.
fn all_that_gives_it(world: &World) -> (Vec<Do>, Vec<Do>) {
    let truth = world.org.truth();
    let org = ResourceKey::new("organization", world.org.id());
    let held: Vec<_> = truth.access().filter(|one| one.role == ADMIN).collect();
    let roles = held
        .iter()
        .filter(|one| one.methods.contains("direct"))
        .map(|one| Do::Revoke(org.clone(), role(ADMIN), user(&one.account)))
        .collect();
    let groups: BTreeSet<&String> = held.iter().flat_map(|one| &one.groups).collect();
    let memberships = truth
        .memberships()
        .filter(|one| groups.contains(&one.group))
        .map(|one| Do::Revoke(group(&one.group), "member".to_owned(), user(&one.account)))
        .collect();
    (roles, memberships)
}

/// A role of an app that an account other than this one holds itself and in no other way: the change that takes it, and the one
/// that gives it.
fn of_an_app(world: &World, but: &str) -> (String, Do, Do) {
    let held = world.access(|one| {
        one.methods == ["direct"].into()
            && one.groups.is_empty()
            && one.owner != "platform"
            && one.account != but
            && one.role == "atlassian/user"
    });
    let (on, who) = (ResourceKey::new("workspace", &*held.target), user(&held.account));
    let take = Do::Revoke(on.clone(), role(held.role), who.clone());
    (held.account.clone(), take, Do::Grant(on, role(held.role), who))
}

async fn with(delays: Delays) -> World {
    World::with(&demo(), |vendor| vendor.delays(delays), AccountOptions::default()).await
}

/// A connector that knows nothing of what another one has done.
fn another_process(world: &World) -> AtlassianConnector {
    let transport: Arc<dyn Transport> = Arc::clone(&world.checked) as _;
    let key = Secret::from(world.org.api_key().to_owned());
    AtlassianConnector::builder(key, OrgId::parse(world.org.id()).unwrap())
        .base_url(world.vendor.url().parse().unwrap())
        .clock(Arc::new(world.clock.clone()))
        .jitter(Jitter::seeded(1))
        .build(transport)
        .unwrap()
}

/// Takes what gives the administration, one after the other, and expects that somebody is left.
async fn somebody_is_left(world: &World, changes: &[Do]) {
    let mut refused = 0;
    for change in changes {
        match world.perform(&PLAIN, change).await {
            Ok(_) => {}
            Err(error) if error.message().contains("no other active account administers") => refused += 1,
            // A group that an identity provider fills, say.
            Err(error) => assert!(error.requests().is_empty(), "{error}"),
        }
    }
    assert!(refused > 0);
    // Until everything shows.
    world.clock.sleep(Duration::from_secs(60)).await;
    assert!(!administrators(world).is_empty());
}

#[tokio::test]
async fn through_groups_too() {
    let world = with(Delays::none()).await;
    let (roles, memberships) = all_that_gives_it(&world);
    assert!(roles.len() > 1 && memberships.len() > 1);
    somebody_is_left(&world, &[roles, memberships].concat()).await;
}

#[tokio::test]
async fn however_late_the_vendor_shows_it() {
    let world = with(Delays::realistic()).await;
    let (roles, memberships) = all_that_gives_it(&world);
    somebody_is_left(&world, &[memberships, roles].concat()).await;
}

/// Of a role that was taken nobody goes on before it shows: the next run judges by what the vendor shows.
#[tokio::test]
async fn a_role_that_was_taken_shows_when_the_change_ends() {
    let world = with(Delays::realistic()).await;
    let (roles, _) = all_that_gives_it(&world);
    let began = world.clock.elapsed();
    let made = world.perform(&PLAIN, &roles[0]).await.unwrap();
    assert_eq!(made.state, ChangeState::Verified);
    let took = world.clock.elapsed() - began;
    assert!(
        took > Duration::ZERO && took <= Duration::from_secs(35),
        "{took:?}"
    );
    let again = world.perform(&PLAIN, &roles[0]).await;
    assert!(again.is_ok_and(|made| made.state == ChangeState::AlreadySo));
}

/// Also where the vendor queues what ends an account: each run begins when the one before has ended, and knows nothing of it.
#[tokio::test]
async fn an_administrator_whose_account_ends_is_gone_when_the_change_ends() {
    for action in ["remove_user", "deactivate_account"] {
        let world = with(Delays::realistic()).await;
        let mut refused = 0;
        for account in administrators(&world) {
            let end = Do::Invoke(action, vec![("user_id", account)]);
            let before = administrators(&world).len();
            match perform(&another_process(&world), &PLAIN, &end).await {
                Ok(made) => {
                    assert_eq!(made.state, ChangeState::Verified, "{action}");
                    assert_eq!(administrators(&world).len(), before - 1, "{action}");
                }
                Err(error) => {
                    assert!(error.requests().is_empty(), "{error}");
                    refused += 1;
                }
            }
        }
        assert!(!administrators(&world).is_empty(), "{action}");
        assert!(refused > 0, "{action}");
    }
}

/// Another administrator is looked for until one is found: one whose roles cannot be read is passed over.
#[tokio::test]
async fn one_whose_roles_cannot_be_read_says_nothing_of_the_others() {
    let world = with(Delays::none()).await;
    let (roles, _) = all_that_gives_it(&world);
    let Do::Revoke(_, _, who) = &roles[0] else {
        unreachable!("roles are revoked")
    };
    let dry = ChangeContext {
        dry_run: true,
        ..PLAIN
    };
    world.perform(&dry, &roles[0]).await.unwrap();
    let asked = std::mem::take(&mut *world.lies.asked.lock().unwrap());
    let of_another = asked
        .iter()
        .find(|one| one.path.contains("role-assignments") && !one.path.contains(&*who.resource))
        .unwrap_or_else(|| panic!("{asked:?}"));
    *world.lies.rule.lock().unwrap() = Some(Rule {
        lie: Lie::Refused(403, ""),
        method: of_another.method.clone(),
        path: of_another.path.clone(),
        from: 0,
        for_ever: true,
        reaches: false,
    });
    let made = world.perform(&PLAIN, &roles[0]).await.unwrap();
    assert_eq!(made.state, ChangeState::Verified);
}

/// What an earlier run took may not show yet.
#[tokio::test]
async fn after_an_earlier_run_the_vendor_is_given_its_time() {
    let world = with(Delays::none()).await;
    let (roles, _) = all_that_gives_it(&world);
    let began = world.clock.elapsed();
    let cx = ChangeContext {
        earlier: Some(Duration::from_secs(5)),
        ..PLAIN
    };
    world.perform(&cx, &roles[0]).await.unwrap();
    assert_eq!(world.clock.elapsed() - began, Duration::from_secs(55));
}

/// What is so already has to stay so with `--verify`, also where nothing is to be sent: a plan is judged by it.
#[tokio::test]
async fn what_is_so_already_has_to_stay_so_in_a_dry_run_too() {
    let world = with(Delays::realistic()).await;
    let (_, take, give) = of_an_app(&world, "");
    world.perform(&PLAIN, &take).await.unwrap();
    world.clock.sleep(Duration::from_secs(31)).await;
    world.perform(&PLAIN, &give).await.unwrap();
    let dry = ChangeContext {
        dry_run: true,
        ..PLAIN
    };
    let once = world.perform(&dry, &take).await.unwrap();
    assert_eq!(once.state, ChangeState::AlreadySo, "it does not show yet");
    let verified = ChangeContext { verify: true, ..dry };
    let told = world.perform(&verified, &take).await.unwrap();
    assert_eq!(told.state, ChangeState::Planned);
}

/// Killed between a write and its answer: the vendor may show the old state for a while, and nothing is sent a second time.
#[tokio::test]
async fn what_an_earlier_run_attempted_is_given_its_time_to_show() {
    let world = with(Delays::realistic()).await;
    let (first, change, _) = of_an_app(&world, "");
    let made = world.perform(&PLAIN, &change).await.unwrap();
    assert_eq!(made.state, ChangeState::Done);
    let began = world.clock.elapsed();
    let again = ChangeContext {
        attempted: Some(Duration::from_secs(1)),
        ..PLAIN
    };
    let dry = ChangeContext {
        dry_run: true,
        ..again
    };
    for cx in [dry, again] {
        let told = world.perform(&cx, &change).await.unwrap();
        assert_eq!(told.state, ChangeState::AlreadySo);
    }
    assert!(world.clock.elapsed() > began, "it was waited for");
    assert_eq!(world.vendor.writes().len(), 1);

    // One that never reached the vendor is sent when that time is over.
    let (_, change, _) = of_an_app(&world, &first);
    let began = world.clock.elapsed();
    let made = world.perform(&again, &change).await.unwrap();
    assert_eq!(made.state, ChangeState::Done);
    assert_eq!(world.clock.elapsed() - began, Duration::from_secs(34));
}
