//! Accounts created through SCIM, accounts deleted, tokens revoked, over a simulated organization.

use crate::changes_harness::{Do, Known, PLAIN, VERIFYING, World, demo, user};
use atlassian_connector::AccountOptions;
use atlassian_sim::{AccountTruth, Delays, Guard, OrgSpec, Quirks, Switches};
use connector_sdk::{ChangeState, Code, Connector, ResourceKey};
use insta::assert_snapshot;
use std::time::Duration;

/// A domain that the organization has claimed.
fn domain(world: &World) -> String {
    let managed = world.account(|one| one.managed && one.email.is_some());
    managed.email.unwrap().rsplit_once('@').unwrap().1.to_owned()
}

fn person(email: &str) -> Do {
    Do::Create(vec![
        ("userName", email.to_owned()),
        ("email", email.to_owned()),
        ("givenName", "Zora".to_owned()),
        ("familyName", "Newcomer".to_owned()),
    ])
}

fn reviving() -> AccountOptions {
    let mut accounts = AccountOptions::default();
    accounts.allow_reactivation = true;
    accounts
}

/// A new person becomes an account, a second time it is there already; it comes as a resource with its account id, and
/// with the id of the SCIM record in its profile alone.
#[tokio::test]
async fn an_account_is_created_once() {
    let world = World::new().await;
    let email = format!("zora.newcomer@{}", domain(&world));
    let first = world.check(&VERIFYING, &person(&email)).await;
    let again = world.perform(&PLAIN, &person(&email)).await.unwrap();
    let resource = again.resource.clone().unwrap();
    let account = world.account(|one| one.email.as_deref() == Some(&*email));
    let record = world
        .org
        .truth()
        .scim_users()
        .find(|one| one.email == email)
        .unwrap();
    assert_eq!(record.account.as_deref(), Some(&*account.id));
    assert_eq!(
        resource.id.as_ref().unwrap().resource,
        account.id,
        "never the id of the record"
    );
    assert_eq!(resource.display_name, "Zora Newcomer");
    let profile = resource.profile.unwrap();
    assert_eq!(
        connector_sdk::proto::wkt::text(&profile, "scim_user_id"),
        Some(&*record.id)
    );
    assert_eq!(
        connector_sdk::proto::wkt::text(&profile, "account_id"),
        Some(&*account.id)
    );
    assert_snapshot!(format!("{first}\n{}", world.show(&Ok(again))));
}

/// The account id is waited for; without it in the time that was set the creation is in progress, without a resource.
#[tokio::test]
async fn the_account_id_is_waited_for() {
    for (link, wait, state) in [
        (3, 60, ChangeState::Done),
        (59, 60, ChangeState::Done),
        (90, 60, ChangeState::InProgress),
        (3, 0, ChangeState::InProgress),
    ] {
        let delays = Delays {
            scim_link: Duration::from_secs(link),
            ..Delays::none()
        };
        let mut accounts = AccountOptions::default();
        accounts.wait = Duration::from_secs(wait);
        let world = World::with(&demo(), |vendor| vendor.delays(delays), accounts).await;
        let outcome = world
            .perform(&PLAIN, &person(&format!("zora.newcomer@{}", domain(&world))))
            .await
            .unwrap();
        assert_eq!(outcome.state, state, "{link} {wait}");
        assert_eq!(outcome.resource.is_some(), state == ChangeState::Done);
        if state == ChangeState::InProgress && wait > 0 {
            assert_snapshot!(world.show(&Ok(outcome)));
        }
    }
}

/// A managed account that has the address is linked. One that is dead comes back to life by that, so it is refused unless
/// it is allowed.
#[tokio::test]
async fn an_account_that_is_there_is_linked() {
    let mut shown = Vec::new();
    let alive = |one: &AccountTruth| {
        one.managed && !one.provisioned && one.status == Some("active") && one.email.is_some()
    };
    let dead = |word: &'static str| {
        move |one: &AccountTruth| {
            one.managed && !one.provisioned && one.status == Some(word) && one.email.is_some()
        }
    };
    for (accounts, found) in [
        (
            AccountOptions::default(),
            Box::new(alive) as Box<dyn Fn(&AccountTruth) -> bool>,
        ),
        (AccountOptions::default(), Box::new(dead("deactivated"))),
        (AccountOptions::default(), Box::new(dead("for_deletion"))),
        (reviving(), Box::new(dead("deactivated"))),
        (reviving(), Box::new(dead("for_deletion"))),
    ] {
        let world = World::with(&demo(), |vendor| vendor, accounts.clone()).await;
        let account = world.account(found);
        shown.push(world.check(&PLAIN, &person(&account.email.unwrap())).await);
        let now = world.account(|one| one.id == account.id);
        assert_eq!(
            now.status == Some("active"),
            account.status == Some("active") || accounts.allow_reactivation
        );
    }
    assert_snapshot!(shown.join("\n"));
}

/// What is taken is explained: the user name of another person, the address in another directory.
#[tokio::test]
async fn a_conflict_is_explained() {
    let world = World::new().await;
    let (here, there) = {
        let mut directories = world
            .org
            .scim_directories()
            .map(|directory| directory.id().to_owned());
        (directories.next().unwrap(), directories.next().unwrap())
    };
    let truth = world.org.truth();
    let record = |directory: &str| {
        truth
            .scim_users()
            .find(|one| one.directory == directory && one.active && one.account.is_some())
            .unwrap()
    };
    let (mine, other) = (record(&here), record(&there));
    let fresh = format!("zora.newcomer@{}", domain(&world));
    let named = |name: &str, email: &str| {
        Do::Create(vec![("userName", name.to_owned()), ("email", email.to_owned())])
    };
    let mut shown = Vec::new();
    for change in [
        named(&mine.user_name, &mine.email),
        // The same person under another name is the same person.
        named("another.name", &mine.email),
        named(&mine.user_name, &fresh),
        // The identity provider of another directory holds the address.
        named("another.name", &other.email),
    ] {
        let outcome = world.perform(&PLAIN, &change).await;
        shown.push(world.show(&outcome));
    }
    assert!(
        world.vendor.writes().iter().all(|write| !write.applied),
        "{:?}",
        world.vendor.writes()
    );
    // A record that no account is linked to yet has the address.
    let delays = Delays {
        scim_link: Duration::from_secs(3600),
        ..Delays::none()
    };
    let mut accounts = AccountOptions::default();
    accounts.wait = Duration::ZERO;
    let world = World::with(&demo(), |vendor| vendor.delays(delays), accounts).await;
    world.perform(&PLAIN, &named("zora", &fresh)).await.unwrap();
    for name in ["zora", "another.name"] {
        let outcome = world.perform(&PLAIN, &named(name, &fresh)).await;
        shown.push(world.show(&outcome));
    }
    assert_snapshot!(shown.join("\n"));
}

/// A record that is the person's and deactivated is activated where that is allowed, and never created a second time.
#[tokio::test]
async fn a_deactivated_record_is_activated_only_where_allowed() {
    let mut shown = Vec::new();
    for accounts in [AccountOptions::default(), reviving()] {
        let world = World::with(&demo(), |vendor| vendor, accounts.clone()).await;
        let email = format!("zora.newcomer@{}", domain(&world));
        world.perform(&PLAIN, &person(&email)).await.unwrap();
        let record = world
            .org
            .truth()
            .scim_users()
            .find(|one| one.email == email)
            .unwrap();
        deactivate(&world, &record.id).await;
        let account = record.account.unwrap();
        assert_ne!(world.account(|one| one.id == account).status, Some("active"));
        shown.push(world.check(&PLAIN, &person(&email)).await);
        let alive = world.account(|one| one.id == account).status == Some("active");
        assert_eq!(alive, accounts.allow_reactivation);
    }
    assert_snapshot!(shown.join("\n"));
}

/// A record that was deactivated before the vendor linked it has no account whose state would tell, and is not activated
/// unasked anyway.
#[tokio::test]
async fn a_deactivated_record_without_an_account_is_left_alone() {
    let delays = Delays {
        scim_link: Duration::from_secs(600),
        ..Delays::none()
    };
    let mut accounts = AccountOptions::default();
    accounts.wait = Duration::ZERO;
    let world = World::with(&demo(), |vendor| vendor.delays(delays), accounts).await;
    let email = format!("zora.newcomer@{}", domain(&world));
    world.perform(&PLAIN, &person(&email)).await.unwrap();
    let truth = world.org.truth();
    let record = truth.scim_users().find(|one| one.email == email).unwrap();
    deactivate(&world, &record.id).await;
    let before = world.vendor.writes().len();
    let error = world.perform(&PLAIN, &person(&email)).await.unwrap_err();
    assert_eq!(error.code(), Code::FailedPrecondition, "{error}");
    assert!(
        error.message().contains("is deactivated, or its account is"),
        "{error}"
    );
    assert_eq!(world.vendor.writes().len(), before, "nothing is sent");
}

/// The identity provider deactivates a record.
async fn deactivate(world: &World, id: &str) {
    use scim_client::{Patch, UserId, WriteOptions};
    let patch = Patch::builder().replace("active", false).build().unwrap();
    let id = UserId::parse(id).unwrap();
    world
        .scim
        .users()
        .patch(&id, &patch, &WriteOptions::default())
        .await
        .unwrap();
}

/// What cannot be created is refused, each for its reason.
#[tokio::test]
async fn what_cannot_be_created_is_refused() {
    let mut shown = Vec::new();
    for switches in [
        Switches {
            guard: Guard::Forbidden,
            ..Switches::default()
        },
        Switches {
            guard: Guard::NotFound,
            ..Switches::default()
        },
        Switches {
            scim_claimed_domains_only: true,
            ..Switches::default()
        },
    ] {
        let world = World::with(
            &demo(),
            |vendor| vendor.switches(switches),
            AccountOptions::default(),
        )
        .await;
        shown.push(
            world
                .check(&PLAIN, &person("zora.newcomer@elsewhere.example"))
                .await,
        );
    }
    let world = World::new().await;
    for profile in [
        vec![("userName", "noor".to_owned())],
        vec![("email", "noor@larkspur.example".to_owned())],
        vec![("userName", "noor".to_owned()), ("email", "noor".to_owned())],
        vec![
            ("userName", "noor".to_owned()),
            ("email", "no or@larkspur.example".to_owned()),
        ],
        vec![
            ("userName", "noor".to_owned()),
            ("email", "noor@larkspur@example".to_owned()),
        ],
    ] {
        shown.push(world.check(&PLAIN, &Do::Create(profile)).await);
    }
    assert_eq!(
        world.vendor.counters().total().requests,
        0,
        "a wrong profile costs no request"
    );
    let mut without = world;
    without.connector = without.connector.clone().with_accounts(AccountOptions::default());
    shown.push(without.check(&PLAIN, &person("noor@larkspur.example")).await);
    assert_eq!(
        without.vendor.counters().total().requests,
        0,
        "without credentials nothing is sent"
    );
    assert_snapshot!(shown.join("\n"));
}

/// Managed accounts are deleted after a time of grace, which is said. Others are refused; a mistyped one is not found.
#[tokio::test]
async fn accounts_are_deleted() {
    let world = World::new().await;
    let account = world.account(|one| one.managed && one.status == Some("active") && one.details_readable);
    let unmanaged = world.account(|one| !one.managed && one.status == Some("active") && one.details_readable);
    let waiting =
        world.account(|one| one.managed && one.status == Some("for_deletion") && one.details_readable);
    let nobody = "712020:00000000-0000-4000-8000-000000000000";
    let mut shown = vec![
        world
            .check(&VERIFYING, &Do::Delete(user(&account.id), Known::Yes))
            .await,
    ];
    assert_eq!(
        world.account(|one| one.id == account.id).status,
        Some("for_deletion")
    );
    for (id, known) in [
        (account.id.as_str(), Known::No),
        (&waiting.id, Known::No),
        (&unmanaged.id, Known::Yes),
        (nobody, Known::Yes),
        (nobody, Known::No),
        ("not an account", Known::No),
    ] {
        shown.push(world.check(&PLAIN, &Do::Delete(user(id), known)).await);
    }
    let switches = Switches {
        obligations: true,
        ..Switches::default()
    };
    let world = World::with(
        &demo(),
        |vendor| vendor.switches(switches),
        AccountOptions::default(),
    )
    .await;
    shown.push(
        world
            .check(&PLAIN, &Do::Delete(user(&account.id), Known::Yes))
            .await,
    );
    assert_snapshot!(shown.join("\n"));
}

/// A token is revoked with its owner's endpoint, and is missing from the listing afterwards.
#[tokio::test]
async fn tokens_are_revoked() {
    let world = World::new().await;
    let token = world.org.truth().tokens().next().unwrap();
    let key = ResourceKey::new("api_token", &token.id);
    let mut shown = vec![world.check(&PLAIN, &Do::Delete(key.clone(), Known::No)).await];
    assert!(world.org.truth().tokens().all(|one| one.id != token.id));
    shown.push(
        world
            .check(&PLAIN, &Do::Delete(key.clone(), Known::Of(token.owner)))
            .await,
    );
    shown.push(world.check(&PLAIN, &Do::Delete(key, Known::No)).await);
    assert_snapshot!(shown.join("\n"));
}

/// One resource is what its listing states.
#[tokio::test]
async fn one_resource_is_read_as_listed() {
    use connector_sdk::{PageToken, SyncContext};
    let spec = OrgSpec {
        quirks: Quirks::none(),
        ..OrgSpec::small(40)
    };
    let world = World::with(
        &atlassian_sim::Org::generate(spec),
        |vendor| vendor,
        AccountOptions::default(),
    )
    .await;
    for entry in world.connector.types() {
        // Credentials of machines are read with their listings alone.
        let (kind, Some(getter)) = (entry.resource_type.id, entry.getter) else {
            continue;
        };
        let page = entry
            .syncer
            .list(&SyncContext::everything(), None, &PageToken::first())
            .await
            .unwrap();
        let listed = page.resources.iter().find(|row| {
            row.standing == connector_sdk::Standing::Listed
                && row.resource.id.as_ref().unwrap().resource_type == kind
        });
        let listed = listed.unwrap();
        let key = ResourceKey::from_proto(listed.resource.id.as_ref().unwrap()).unwrap();
        assert_eq!(getter.get(&key).await.unwrap(), *listed, "{kind}");
        let missing = ResourceKey::new(kind, "00000000-0000-4000-8000-000000000000");
        let error = getter.get(&missing).await.unwrap_err();
        assert_eq!(error.code(), connector_sdk::Code::NotFound, "{error}");
    }
}
