//! Machine identities: service accounts and whose the credentials of machines are.

use super::harness::{How, Output, Sealed, seal, serve};
use atlassian_sim::{Key, Org, OrgSpec, Switches};
use connector_sdk::NoticeClass;
use connector_sdk::proto::any;
use connector_sdk::proto::connector::v2;
use connector_sdk::proto::connector::v2::user_trait::AccountType;
use prost_types::value::Kind;
use std::collections::BTreeMap;

fn org() -> Org {
    Org::generate(OrgSpec {
        service_accounts: 4,
        ..OrgSpec::irregular()
    })
}

/// The resources by type and id.
fn resources(sealed: &Sealed) -> BTreeMap<(String, String), v2::Resource> {
    let stored = sealed.artifact.resources(&sealed.report.sync_id);
    stored
        .map(|stored| {
            let resource = stored.unwrap().decode().unwrap();
            let id = resource.id.clone().unwrap();
            ((id.resource_type, id.resource), resource)
        })
        .collect()
}

/// Whose each secret is, by type and id.
fn secrets(sealed: &Sealed) -> BTreeMap<(String, String), Option<String>> {
    let owned = resources(sealed).into_iter().filter_map(|(key, resource)| {
        let secret = any::pick::<v2::SecretTrait>(&resource.annotations)?.unwrap();
        Some((key, secret.identity_id.map(|owner| owner.resource)))
    });
    owned.collect()
}

fn flag(resource: &v2::Resource, key: &str) -> Option<bool> {
    match resource.profile.as_ref()?.fields.get(key)?.kind.as_ref()? {
        Kind::BoolValue(flag) => Some(*flag),
        _ => None,
    }
}

/// The kinds of notices of a class, and how many there are of each.
fn told(sealed: &Sealed, class: NoticeClass) -> BTreeMap<String, u64> {
    let notices = sealed.report.notices.iter();
    notices
        .filter(|notice| notice.class == class)
        .map(|notice| (notice.kind.clone(), notice.count))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_secret_has_an_identity_or_is_named() {
    let org = org();
    let sealed = seal(&org, &How::default()).await;
    let (resources, secrets) = (resources(&sealed), secrets(&sealed));
    let ownerless = secrets.values().filter(|owner| owner.is_none()).count() as u64;
    assert_eq!(
        told(&sealed, NoticeClass::Fact).get("ownerless_secret"),
        Some(&ownerless)
    );
    assert_eq!(ownerless, 2, "a key and an OAuth client");
    for owner in secrets.values().flatten() {
        let user = ("user".to_owned(), owner.clone());
        assert!(resources.contains_key(&user), "{owner} is in the artifact");
    }
    for (kind, count) in [
        ("service_account_token", 4),
        ("oauth_client", 4),
        ("org_api_key", 7),
    ] {
        let of_kind = secrets.keys().filter(|(of, _)| of == kind).count();
        assert_eq!(of_kind, count, "{kind}");
    }

    let truth = org.truth();
    let owner = |kind: &str, id: &str| secrets[&(kind.to_owned(), id.to_owned())].clone();
    for (client, account) in truth.oauth_clients() {
        assert_eq!(owner("oauth_client", &client), account, "{client}");
    }
    for service in truth.service_accounts() {
        let user = &resources[&("user".to_owned(), service.account.clone())];
        let account = any::pick::<v2::UserTrait>(&user.annotations).unwrap().unwrap();
        assert_eq!(account.account_type(), AccountType::Service, "{service:?}");
        assert_eq!(flag(user, "service_account"), Some(true), "{service:?}");
        assert_eq!(flag(user, "unlisted"), None, "{service:?}");
        for token in &service.tokens {
            let owned = owner("service_account_token", token);
            assert_eq!(owned.as_ref(), Some(&service.account), "{token}");
        }
    }
}

/// Members of groups that no listing of accounts has are found among the service accounts, with what they hold.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_are_looked_up_among_the_service_accounts() {
    let org = org();
    let sealed = seal(&org, &How::default()).await;
    let members: Vec<String> = org.truth().memberships().map(|one| one.account).collect();
    let service: Vec<String> = org.truth().service_accounts().map(|one| one.account).collect();
    let held = sealed.artifact.grants(&sealed.report.sync_id).filter(|stored| {
        let grant = stored.as_ref().unwrap().decode().unwrap();
        let principal = grant.principal.unwrap().id.unwrap();
        principal.resource_type == "user" && service.contains(&principal.resource)
    });
    assert!(service.iter().any(|account| members.contains(account)));
    assert!(held.count() > 1);
    let without = Org::generate(OrgSpec {
        service_accounts: 0,
        ..OrgSpec::irregular()
    });
    let without = seal(&without, &How::default()).await;
    let unlisted = |sealed: &Sealed| told(sealed, NoticeClass::Fact)["unlisted_user"];
    assert!(unlisted(&sealed) < unlisted(&without));
}

/// A key without scopes can do everything that an administrator can.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_without_scopes_are_privileged() {
    let sealed = seal(&org(), &How::default()).await;
    let keys: BTreeMap<String, bool> = resources(&sealed)
        .into_iter()
        .filter(|((kind, _), _)| kind == "org_api_key")
        .map(|(_, key)| (key.display_name.clone(), flag(&key, "privileged").unwrap()))
        .collect();
    let privileged = |label: &str| keys[label];
    for label in ["governance", "terraform", "left behind"] {
        assert!(privileged(label), "{label}");
    }
    for label in ["siem export", "old importer"] {
        assert!(!privileged(label), "{label}");
    }
}

/// Where the documented collection is not routed, that of the console tells of the same accounts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn either_collection_of_service_accounts_is_read() {
    let org = org();
    let documented = seal(&org, &How::default()).await;
    let unrouted = Switches {
        service_accounts_unrouted: true,
        ..Switches::default()
    };
    let vendor = serve(&org, |vendor| vendor.switches(unrouted)).await;
    let of_console = Output::new().sync(&org, &vendor, &How::default()).await.unwrap();
    assert_eq!(secrets(&documented), secrets(&of_console));
    let keys = |sealed: &Sealed| Vec::from_iter(resources(sealed).into_keys());
    assert_eq!(keys(&documented), keys(&of_console));
    assert_eq!(
        told(&documented, NoticeClass::Gap),
        told(&of_console, NoticeClass::Gap)
    );
}

/// Neither collection, or no right: a gap that says so, and everything else is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn machines_that_may_not_be_read_are_named_gaps() {
    let org = org();
    let whole = seal(&org, &How::default()).await;
    let forbidden = Switches {
        machines_forbidden: true,
        ..Switches::default()
    };
    let nowhere = Switches {
        service_accounts_unrouted: true,
        console_closed: true,
        ..Switches::default()
    };
    for switches in [forbidden, nowhere] {
        let vendor = serve(&org, |vendor| vendor.switches(switches)).await;
        let sealed = Output::new().sync(&org, &vendor, &How::default()).await.unwrap();
        let gaps = told(&sealed, NoticeClass::Gap);
        for gap in ["service_accounts", "service_account_tokens", "oauth_clients"] {
            assert!(gaps.contains_key(gap), "{gap}: {gaps:?}");
        }
        let others = |sealed: &Sealed| {
            let all = secrets(sealed).into_iter();
            let of_people = all.filter(|((kind, _), _)| kind == "api_token" || kind == "org_api_key");
            of_people.collect::<Vec<_>>()
        };
        assert_eq!(others(&whole), others(&sealed));
    }
}

/// User management refuses a key with scopes; the tokens of service accounts have a listing that takes one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_with_scopes_reads_the_tokens_of_service_accounts() {
    let org = org();
    let whole = seal(&org, &How::default()).await;
    let scopes = [
        "read:orgs:admin",
        "read:directories:admin",
        "read:groups:admin",
        "read:workspaces:admin",
        "read:accounts:admin",
        "read:domains:admin",
        "read:tokens:admin",
        "read:service-accounts:admin",
        "read:service-accounts-tokens:admin",
    ];
    let key = Key::scoped("a key with scopes", scopes);
    let vendor = serve(&org, |vendor| vendor.keys([key])).await;
    let how = How {
        key: Some("a key with scopes".to_owned()),
        ..How::default()
    };
    let sealed = Output::new().sync(&org, &vendor, &how).await.unwrap();
    let of_machines = |sealed: &Sealed| {
        let mut all = secrets(sealed);
        all.retain(|(kind, _), _| kind == "service_account_token" || kind == "oauth_client");
        all
    };
    assert_eq!(of_machines(&whole), of_machines(&sealed));
    assert!(told(&sealed, NoticeClass::Gap).contains_key("org_api_keys"));
}
