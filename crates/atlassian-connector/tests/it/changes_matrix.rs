//! Every change, every request that it makes, every answer that is not the truth: what is told of it is never contradicted by
//! what the vendor has carried out.
//!
//! The requests are not listed: each change is made once undisturbed, and each request of it is then lied about.

use crate::changes_harness::{Do, PLAIN, VERIFYING, World};
use crate::changes_lost::{act, changes, org};
use crate::lies::{Asked, Lie, Rule};
use atlassian_connector::AccountOptions;
use atlassian_sim::{DirectoryStatus, Endpoint};
use connector_sdk::{ChangeContext, ChangeOutcome, ChangeState, Code, Connector, Result};
use std::collections::BTreeSet;

/// What was told and what happened.
struct Ran {
    outcome: Result<ChangeOutcome>,
    asked: Vec<Asked>,
    /// Writes that the vendor got, and those that changed something.
    got: usize,
    applied: usize,
}

async fn run(change: &Do, cx: &ChangeContext, rule: Option<Rule>) -> Ran {
    // What is changed stays changed, so each run has an organization of its own.
    let world = World::with(&org(), |vendor| vendor, AccountOptions::default()).await;
    *world.lies.rule.lock().unwrap() = rule;
    let outcome = world.perform(cx, change).await;
    let log = world.vendor.writes();
    let asked = std::mem::take(&mut *world.lies.asked.lock().unwrap());
    Ran {
        outcome,
        asked,
        got: log.len(),
        applied: log.iter().filter(|write| write.applied).count(),
    }
}

/// Every change, those of an account in two directories among them.
pub(crate) fn all(world: &World) -> Vec<Do> {
    let mut all: Vec<Do> = changes(world).into_iter().map(|(_, change)| change).collect();
    let in_two = |status: DirectoryStatus| {
        world.account(|one| {
            one.details_readable
                && one.platform_roles.is_empty()
                && one.directories.len() == 2
                && one.directories.iter().all(|(_, is)| *is == status)
        })
    };
    let both = in_two(DirectoryStatus::Active);
    all.push(act("disable_user", &both.id));
    all.push(act("remove_user", &both.id));
    let token = world.org.truth().tokens().next().unwrap();
    all.push(Do::Invoke("revoke_api_token", vec![("token_id", token.id)]));
    all
}

fn is_write(asked: &Asked) -> bool {
    let reads = ["/search", "/workspaces", "/get-scim-links-for-email"];
    asked.method != "GET" && !reads.iter().any(|read| asked.path.ends_with(read))
}

/// Nothing that the connector offers is missing.
#[tokio::test]
async fn the_matrix_holds_every_change() {
    let world = World::new().await;
    let all = all(&world);
    let actions: BTreeSet<String> = world
        .connector
        .spec()
        .actions
        .into_iter()
        .map(|one| one.name)
        .collect();
    let invoked: BTreeSet<String> = all
        .iter()
        .filter_map(|change| match change {
            Do::Invoke(name, _) => Some((*name).to_owned()),
            _ => None,
        })
        .collect();
    assert_eq!(invoked, actions);
    for entry in world.connector.types() {
        let kind = &entry.resource_type.id;
        let has = |fits: &dyn Fn(&Do) -> bool| all.iter().any(fits);
        let on = |change: &Do, gives: bool| match change {
            Do::Grant(on, ..) => gives && on.resource_type == *kind,
            Do::Revoke(on, ..) => !gives && on.resource_type == *kind,
            _ => false,
        };
        if entry.provisioner.is_some() {
            assert!(
                has(&|change| on(change, true)) && has(&|change| on(change, false)),
                "{kind}"
            );
        }
        if entry.deleter.is_some() {
            assert!(
                has(&|change| matches!(change, Do::Delete(of, _) if of.resource_type == *kind)),
                "{kind}"
            );
        }
        if entry.accounts.is_some() {
            assert!(has(&|change| matches!(change, Do::Create(_))), "{kind}");
        }
    }
}

#[tokio::test]
async fn no_outcome_claims_what_did_not_happen() {
    // The organization is always the same, so its ids are too.
    let all = all(&World::with(&org(), |vendor| vendor, AccountOptions::default()).await);
    let whole = is_whole();
    let (mut cases, mut runs, mut wrong) = (0, 0, Vec::new());
    for change in &all {
        for cx in [PLAIN, VERIFYING] {
            let plain = run(change, &cx, None).await;
            let made = plain.outcome.unwrap();
            let verified = made.state == ChangeState::Verified;
            assert!(
                verified || (made.state == ChangeState::Done && !cx.verify),
                "{made:?}"
            );
            let mut rules: Vec<(String, String, usize)> = Vec::new();
            for (at, one) in plain.asked.iter().enumerate() {
                let before = plain.asked[..at].iter();
                let nth = before
                    .filter(|other| other.method == one.method && other.path == one.path)
                    .count();
                rules.push((one.method.clone(), one.path.clone(), nth));
            }
            let written = plain.asked.iter().position(is_write).unwrap_or_default();
            for (at, ((method, path, from), asked)) in rules.into_iter().zip(&plain.asked).enumerate() {
                // Until the write, to verify changes nothing.
                if cx.verify && at < written {
                    continue;
                }
                for lie in Lie::ALL {
                    let write = is_write(asked);
                    for for_ever in [false, true] {
                        for reaches in [false, true] {
                            // A read changes nothing, and a single lie about one is for the reads of a sync to survive.
                            if !write && (reaches || !for_ever) || reaches && lie.never_reaches() {
                                continue;
                            }
                            let rule = Rule {
                                lie,
                                method: method.clone(),
                                path: path.clone(),
                                from,
                                for_ever,
                                reaches,
                            };
                            cases += 1;
                            if !whole && !is_of_the_sample(cases) {
                                continue;
                            }
                            let ran = run(change, &cx, Some(rule.clone())).await;
                            let broken = broken(&rule, write, cx, &plain.asked, &ran);
                            runs += 1;
                            if !broken.is_empty() {
                                let sent: Vec<_> = ran.asked.iter().filter(|one| is_write(one)).collect();
                                wrong.push(format!(
                                    "{broken:?}: {rule:?}, {cx:?}: {:?}, sent {sent:?}",
                                    ran.outcome
                                ));
                            }
                        }
                    }
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {runs}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(cases > 2000 && runs > cases / 32, "{runs} of {cases}");
}

/// Whether every case runs, which takes minutes: `cargo xtask ci --long` says so.
fn is_whole() -> bool {
    #[expect(
        clippy::disallowed_methods,
        reason = "how much is tested is a matter of who runs the tests"
    )]
    let asked = std::env::var_os("WHOLE_MATRIX");
    asked.is_some_and(|value| !value.is_empty())
}

/// One case in sixteen, spread over all changes and lies, and the same in every run.
fn is_of_the_sample(case: u32) -> bool {
    case.wrapping_mul(0x9E37_79B1) >> 28 == 0
}

/// Whether the documented answer is a success of which the body is not looked at, so that only `--verify` could tell.
fn is_believed(rule: &Rule, cx: ChangeContext) -> bool {
    let bare = rule.path.contains("/groups/") && rule.path.ends_with("/role-assignments/assign");
    bare && !cx.verify && matches!(rule.lie, Lie::Empty | Lie::Broken | Lie::OtherObject)
}

/// Holds outcome, exit code, requests and the vendor's journal together. What is broken, if anything is.
fn broken(rule: &Rule, write: bool, cx: ChangeContext, plain: &[Asked], ran: &Ran) -> Vec<&'static str> {
    let (lie, for_ever) = (rule.lie, rule.for_ever);
    let wanted = plain.iter().filter(|one| is_write(one)).count();
    let sent: Vec<&Asked> = ran.asked.iter().filter(|one| is_write(one)).collect();
    let told = match &ran.outcome {
        Ok(made) => &made.requests,
        Err(error) => error.requests(),
    };
    let mut broken = Vec::new();
    let mut hold = |so: bool, what: &'static str| {
        if !so {
            broken.push(what);
        }
    };
    let told: Vec<_> = told
        .iter()
        .map(|one| (&*one.method, &*one.path, one.status))
        .collect();
    let entries: Vec<_> = sent
        .iter()
        .map(|one| (&*one.method, &*one.path, one.status))
        .collect();
    hold(
        told == entries,
        "each sending is an entry of its own, with the status that came back",
    );
    hold(ran.applied <= wanted, "nothing is carried out twice");
    for one in &sent {
        let times = sent
            .iter()
            .filter(|other| other.path == one.path && other.status != Some(429))
            .count();
        let idempotent = one.path.contains("/memberships") || one.method == "DELETE";
        hold(
            times <= if idempotent { 3 } else { 1 },
            "no write is sent more often than it may",
        );
    }
    match &ran.outcome {
        Ok(made) => {
            hold(
                ran.applied == wanted || is_believed(rule, cx),
                "what is told as so is so",
            );
            hold(
                !cx.verify || made.state != ChangeState::Done,
                "with --verify it was seen",
            );
        }
        Err(error) if sent.is_empty() => {
            hold(ran.got == 0, "nothing was sent");
            let expected: &[Code] = match lie {
                Lie::TooMany => &[Code::ResourceExhausted],
                Lie::Unavailable | Lie::Cut => &[Code::Unavailable, Code::DeadlineExceeded],
                Lie::Refused(401, _) => &[Code::Unauthenticated],
                Lie::Refused(..) => &[Code::PermissionDenied],
                Lie::NotFoundOf("ADMIN-404-2") => &[Code::NotFound, Code::Internal],
                _ => &[Code::Internal],
            };
            hold(
                expected.contains(&error.code()),
                "the exit code of a read that failed",
            );
        }
        Err(error) => {
            // One write is enough: of a change in several steps, the others may have been made.
            let refused = |path: &str| {
                let mut of_path = sent.iter().filter(|one| one.path == path);
                of_path.all(|one| one.status == Some(429))
            };
            let limited = sent.iter().any(|one| refused(&one.path));
            let expected = if limited {
                Code::ResourceExhausted
            } else {
                Code::Unavailable
            };
            hold(error.code() == expected, "the exit code of a write that failed");
            hold(
                !limited || ran.applied < wanted,
                "what the limit refused was not carried out",
            );
        }
    }
    // A single lie about a write does not keep the change from being seen.
    let seen = !write || for_ever || ran.applied != wanted || ran.outcome.is_ok();
    hold(seen, "what was carried out is told");
    broken
}

/// An account that is a member of the organization belongs to a directory, whatever the listing of directories says.
#[tokio::test]
async fn directories_that_are_not_listed_make_no_change_of_access_done() {
    let world = World::with(&org(), |vendor| vendor, AccountOptions::default()).await;
    let member = world
        .account(|one| one.details_readable && one.platform_roles.is_empty() && !one.directories.is_empty());
    for action in ["disable_user", "enable_user", "remove_user"] {
        let rule = Rule {
            lie: Lie::Emptied,
            method: "GET".to_owned(),
            path: format!("/admin/v2/orgs/{}/directories", world.org.id()),
            from: 0,
            for_ever: true,
            reaches: false,
        };
        let ran = run(&act(action, &member.id), &PLAIN, Some(rule)).await;
        let error = ran.outcome.unwrap_err();
        assert_eq!((error.code(), ran.got), (Code::Internal, 0), "{action}: {error}");
    }
}

/// What is to be taken is not listed, and another way to it finds it: nobody is told that it is gone already. Where the
/// empty answer passes, and where it stays, the change is made.
#[tokio::test]
async fn what_is_not_listed_is_gone_only_where_another_way_agrees() {
    let world = World::with(&org(), |vendor| vendor, AccountOptions::default()).await;
    for (endpoint, method, listing) in [
        (Endpoint::UserRoleRevoke, "GET", "/role-assignments"),
        (Endpoint::GroupRoleRevoke, "GET", "/role-assignments"),
        (Endpoint::MemberRemove, "POST", "/users/search"),
    ] {
        let (_, change) = changes(&world)
            .into_iter()
            .find(|(of, _)| *of == endpoint)
            .unwrap();
        let plain = run(&change, &PLAIN, None).await;
        let read = plain
            .asked
            .iter()
            .find(|one| one.method == method && one.path.ends_with(listing))
            .unwrap();
        for for_ever in [false, true] {
            let rule = Rule {
                lie: Lie::Emptied,
                method: method.to_owned(),
                path: read.path.clone(),
                from: 0,
                for_ever,
                reaches: false,
            };
            let ran = run(&change, &PLAIN, Some(rule)).await;
            let made = ran.outcome.unwrap();
            assert_eq!((made.state, ran.applied), (ChangeState::Done, 1), "{endpoint:?}");
        }
    }
}
