//! What asks for a decision: each rule finds what was planted for it, and nothing in an organization in order.

use crate::world::{self, World, entitlement, grant, mark, resource, through};
use crate::{artifact, every_form, of_go, ran, said};
use connector_proto::connector::v2::{self, user_trait};
use connector_proto::wkt;
use serde_json::Value;
use std::path::PathBuf;

const NOW: &str = "2026-11-24T10:00:00Z";

fn at(day: &str) -> Option<prost_types::Timestamp> {
    let time: jiff::Timestamp = format!("{day}T00:00:00Z").parse().unwrap();
    Some(prost_types::Timestamp {
        seconds: time.as_second(),
        nanos: 0,
    })
}

/// An account: whether it is in use, when it last logged in, when it was last active in Jira, whether it has a second factor,
/// and how it stands to the organization.
struct Account {
    id: &'static str,
    status: (i32, &'static str),
    last_login: Option<&'static str>,
    last_active: Option<&'static str>,
    mfa: bool,
    facts: Vec<(&'static str, &'static str)>,
}

const ENABLED: (i32, &str) = (1, "active");
const DISABLED: (i32, &str) = (2, "deactivated");

/// An account in order.
fn account(id: &'static str) -> Account {
    Account {
        id,
        status: ENABLED,
        last_login: Some("2026-11-20"),
        last_active: Some("2026-11-20"),
        mfa: true,
        facts: vec![("claim_status", "managed"), ("membership_status", "active")],
    }
}

impl Account {
    fn resource(&self) -> v2::Resource {
        let user = v2::UserTrait {
            emails: vec![user_trait::Email {
                address: format!("{}@example.com", self.id),
                is_primary: true,
            }],
            account_type: user_trait::AccountType::Human as i32,
            status: Some(user_trait::Status {
                status: self.status.0,
                details: self.status.1.into(),
            }),
            last_login: self.last_login.and_then(at),
            mfa_status: Some(user_trait::MfaStatus {
                mfa_enabled: self.mfa,
            }),
            ..Default::default()
        };
        let mut made = resource("user", self.id, self.id, &user);
        let mut profile = wkt::object(self.facts.iter().map(|(name, word)| (*name, (*word).into())));
        if let Some(day) = self.last_active {
            let by_app = wkt::object([("jira", format!("{day}T00:00:00Z").as_str().into())]);
            let by_app = prost_types::value::Kind::StructValue(by_app);
            profile
                .fields
                .insert("last_active".into(), prost_types::Value { kind: Some(by_app) });
        }
        made.profile = Some(profile);
        made
    }
}

fn token(id: &str, of: &v2::Resource, ends: Option<&str>) -> v2::Resource {
    let token = v2::SecretTrait {
        identity_id: of.id.clone(),
        expires_at: ends.and_then(at),
        ..Default::default()
    };
    resource("api_token", id, id, &token)
}

/// An organization in order, with all that comes close to a finding and is none.
struct Organization {
    world: World,
    jira: v2::Resource,
    member: v2::Entitlement,
    uses: v2::Entitlement,
    admin: v2::Entitlement,
}

fn in_order() -> Organization {
    let mut jira = resource("workspace", "jira", "Jira: acme", &v2::AppTrait::default());
    jira.profile = Some(wkt::object([("capacity", 100.0.into())]));
    let team = resource("group", "team", "Team", &v2::GroupTrait::default());
    let mut unread = resource("group", "unread", "Unread", &v2::GroupTrait::default());
    unread.profile = Some(wkt::object([("member_count", 3.0.into())]));
    let gap = resource("group", "gap", "Gap", &v2::GroupTrait::default());
    let member = entitlement(&team, "member", "Team member");
    let uses = entitlement(&jira, "role:atlassian/user", "atlassian/user on Jira: acme");
    let admin = entitlement(&jira, "role:atlassian/admin", "atlassian/admin on Jira: acme");
    let boss = account("boss").resource();
    let mut new = account("new");
    (new.last_login, new.last_active) = (None, None);
    new.facts.push(("added_to_org", "2026-11-01T00:00:00Z"));
    let new = new.resource();
    let mut asleep = account("asleep");
    asleep.status = DISABLED;
    let asleep = asleep.resource();
    let mut revoked = token("revoked", &asleep, None);
    revoked.status = Some(v2::Status {
        status: 2,
        details: "revoked".into(),
    });
    let mut dormant = through(grant(&uses, &asleep), &[(&member, true)]);
    mark(&mut dormant, &["dormant"]);
    let world = World {
        resources: vec![
            token("current", &boss, Some("2027-06-01")),
            token("ended", &boss, Some("2026-11-01")),
            revoked,
            boss.clone(),
            new.clone(),
            asleep,
            jira.clone(),
            team,
            unread.clone(),
            gap.clone(),
        ],
        entitlements: vec![member.clone(), uses.clone(), admin.clone()],
        grants: vec![
            (grant(&member, &boss), None),
            (grant(&admin, &boss), None),
            (grant(&admin, &new), None),
            (grant(&admin, &unread), None),
            (grant(&admin, &gap), None),
            (dormant, None),
        ],
        token: r#"{"gaps":[{"kind":"group_members","count":1,"examples":[{"subject":"group gap","detail":"status 403"}]}]}"#.into(),
        ..world::world()
    };
    Organization {
        world,
        jira,
        member,
        uses,
        admin,
    }
}

/// Plants one finding of each rule: the rule and what is found.
fn planted() -> (World, Vec<(&'static str, &'static str)>) {
    let Organization {
        mut world,
        jira,
        member,
        uses,
        admin,
    } = in_order();
    let mut plant = |account: Account, grants: &dyn Fn(&v2::Resource) -> Vec<v2::Grant>| {
        let made = account.resource();
        world
            .grants
            .extend(grants(&made).into_iter().map(|grant| (grant, None)));
        world.resources.push(made.clone());
        made
    };
    let is_admin = |to: &v2::Resource| vec![grant(&admin, to)];
    let is_user = |to: &v2::Resource| vec![grant(&uses, to)];
    let long_ago = Some("2026-06-01");
    plant(
        Account {
            last_login: long_ago,
            ..account("sleeper")
        },
        &is_admin,
    );
    plant(
        Account {
            facts: vec![("claim_status", "unmanaged")],
            ..account("stranger")
        },
        &is_admin,
    );
    plant(
        Account {
            mfa: false,
            ..account("one-factor")
        },
        &is_admin,
    );
    plant(
        Account {
            status: DISABLED,
            ..account("gone-admin")
        },
        &is_admin,
    );
    let leaver = plant(
        Account {
            status: DISABLED,
            ..account("leaver")
        },
        &is_user,
    );
    plant(
        Account {
            facts: vec![("membership_status", "no_membership")],
            ..account("outsider")
        },
        &is_user,
    );
    plant(account("riddle"), &|to| {
        let mut unexplained = grant(&admin, to);
        mark(&mut unexplained, &["unexplained"]);
        vec![unexplained]
    });
    plant(account("both"), &|to| {
        vec![
            grant(&member, to),
            through(grant(&uses, to), &[(&member, true), (&uses, true)]),
        ]
    });
    plant(
        Account {
            last_active: long_ago,
            ..account("idle")
        },
        &is_user,
    );
    let boss = account("boss").resource();
    world.resources.extend([
        token("of-leaver", &leaver, Some("2027-06-01")),
        token("soon", &boss, Some("2026-12-20")),
        token("endless", &boss, None),
    ]);
    let empty = resource("group", "empty", "empty", &v2::GroupTrait::default());
    world.grants.push((
        grant(&entitlement(&jira, "role:atlassian/admin", ""), &empty),
        None,
    ));
    world.resources.push(empty);
    let expected = vec![
        ("admin-disabled", "gone-admin"),
        ("admin-dormant", "sleeper"),
        ("admin-unexplained", "riddle"),
        ("admin-unmanaged", "stranger"),
        ("admin-without-mfa", "one-factor"),
        ("disabled-with-access", "leaver"),
        ("group-empty-privileged", "empty"),
        ("held-two-ways", "both"),
        ("outside-with-access", "outsider"),
        ("seat-idle", "idle"),
        ("token-expires-soon", "soon"),
        ("token-never-expires", "endless"),
        ("token-of-leaver", "of-leaver"),
    ];
    (world, expected)
}

fn written(world: &World) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = world::write(&folder.path().join("sync.c1z"), world, NOW);
    (folder, file)
}

#[test]
fn each_rule_finds_what_was_planted_for_it_and_nothing_else() {
    let (world, expected) = planted();
    let (_folder, file) = written(&world);
    let lines = said(&file, "findings -o jsonl");
    let found: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let mut found: Vec<(&str, &str)> = found
        .iter()
        .map(|one| (one["rule"].as_str().unwrap(), one["id"].as_str().unwrap()))
        .collect();
    found.sort_unstable();
    assert_eq!(found, expected);
    let mut rules: Vec<&str> = access_review::RULES.iter().map(|rule| rule.id).collect();
    rules.sort_unstable();
    assert_eq!(found.iter().map(|(rule, _)| *rule).collect::<Vec<_>>(), rules);
}

#[test]
fn an_organization_in_order_has_no_findings() {
    let (_folder, file) = written(&in_order().world);
    assert_eq!(said(&file, "findings"), "nothing was found\n");
}

/// That nothing is found says little where something could not be read: in every form, and by the exit code of `--fail-on`.
#[test]
fn what_could_not_be_read_is_told_beside_every_answer() {
    let mut world = in_order().world;
    let (folder, file) = written(&world);
    let out = folder.path().join("decisions.csv");
    let new = format!("decisions new --out {}", out.display());
    let note = "note: something may be missing here, because the sync could not read 1 thing (1 group_members); \
                `diagnostics` lists what\n";
    for words in [
        "findings",
        "stats",
        "grants -o csv",
        "find jira",
        "who-can group:team:member",
        "access boss",
        &new,
    ] {
        assert_eq!(ran(&file, words).notes, note, "{words}");
    }
    for words in ["diagnostics", "syncs", "digest"] {
        assert_eq!(ran(&file, words).notes, "", "{words}");
    }
    for words in ["findings -o json", "access boss -o json", "grants -o json"] {
        let answer: Value = serde_json::from_str(&said(&file, words)).unwrap();
        assert_eq!(answer["incomplete"][0]["gaps"]["group_members"], 1, "{words}");
    }
    for words in ["findings --fail-on low", "findings -o json --fail-on high"] {
        let failed = ran(&file, words);
        assert_eq!(failed.exit, 17, "{words}");
        assert!(
            failed.said.contains("not everything could be read"),
            "{}",
            failed.said
        );
    }

    world.token = r#"{"resource_types":["group","user"]}"#.into();
    let (_folder, restricted) = written(&world);
    assert_eq!(
        ran(&restricted, "findings --rule token-of-leaver").notes,
        "note: something may be missing here, because the sync was restricted to group, user\n"
    );
    let between = ran(
        &restricted,
        &format!("diff {} {}", file.display(), restricted.display()),
    );
    assert_eq!(between.notes.lines().count(), 2, "{}", between.notes);

    world.token = String::new();
    let (_folder, whole) = written(&world);
    assert_eq!(ran(&whole, "findings --rule token-of-leaver").notes, "");
    assert_eq!(
        said(&whole, "findings -o json --fail-on low --rule token-of-leaver"),
        "{\"findings\":[\n]}\n"
    );
}

#[test]
fn findings_in_every_form() {
    let (_folder, file) = written(&planted().0);
    insta::assert_snapshot!(every_form(&file, "findings"));
}

#[test]
fn findings_of_the_other_samples() {
    let (_folder, file) = artifact();
    let ours = said(&file, "findings");
    let of_go = every_form(&of_go(), "findings --as-of 2026-11-24");
    insta::assert_snapshot!(format!("{ours}\n{of_go}"));
}

/// What ends soon depends on the day that counts as now, and what is long ago on the number of days.
#[test]
fn now_is_the_end_of_the_sync_or_what_is_said() {
    let (_folder, file) = written(&planted().0);
    let rules = |words: &str| {
        let lines = said(&file, &format!("findings -o jsonl {words}"));
        let found: Vec<Value> = lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let found = found
            .iter()
            .map(|one| format!("{} {}", one["rule"], one["id"]).replace('"', ""));
        found.collect::<Vec<_>>()
    };
    let has = |rules: &[String], wanted: &str| rules.iter().any(|rule| rule == wanted);
    assert!(has(&rules("--as-of 2027-05-20"), "token-expires-soon current"));
    assert!(!has(&rules("--as-of 2026-10-01"), "token-expires-soon soon"));
    assert!(has(
        &rules("--as-of 2026-11-24T10:00:00Z"),
        "admin-dormant sleeper"
    ));
    assert!(!has(&rules("--idle-days 365"), "admin-dormant sleeper"));
    assert_eq!(rules("--rule seat-idle"), ["seat-idle idle"]);
    let refused = ran(&file, "findings --as-of yesterday");
    assert_eq!(refused.exit, 2, "{}", refused.said);
}

#[test]
fn fails_where_something_as_grave_is_found() {
    let (_folder, file) = written(&planted().0);
    for (words, said) in [
        ("--fail-on high", "findings of severity high: 5"),
        ("--fail-on medium", "findings of severity medium or higher: 11"),
        ("--fail-on low", "findings of severity low or higher: 13"),
    ] {
        let ran = ran(&file, &format!("findings {words}"));
        assert_eq!((ran.exit, ran.said.as_str()), (19, said));
        assert!(ran.out.contains("admin-dormant"));
    }
    let none = ran(&file, "findings --rule seat-idle --fail-on medium");
    // A group of it could not be read.
    assert_eq!(none.exit, 17, "{}", none.said);
}

#[test]
fn licences() {
    let (_folder, file) = written(&planted().0);
    let seats = every_form(&file, "licences");
    let who = every_form(&file, "licences --reclaimable");
    let of_go = said(&of_go(), "licences");
    insta::assert_snapshot!(format!("{seats}\n{who}\n--- of Go\n{of_go}"));
}
