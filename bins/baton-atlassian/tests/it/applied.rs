//! Rows of a plan of every kind, and runs that end before all of them were carried out.

use crate::company::Company;
use crate::decisions::{Review, Row};
use crate::harness::{Ran, program};
use atlassian_sim::{Delays, Endpoint, Fault, FaultPlan, OrgSpec, SimulatorBuilder};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

fn review(spec: OrgSpec, set_up: impl FnOnce(SimulatorBuilder) -> SimulatorBuilder) -> Review {
    Review::in_company(Company::built(spec, set_up))
}

fn report(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}{}", ran.stdout, ran.stderr))
}

/// An account of two directories that is active and administers nothing, as a row without a grant.
fn of_two_directories(review: &Review) -> Row {
    let truth = review.company.truth();
    let administrators: BTreeSet<String> = truth
        .access()
        .filter(|one| one.role.ends_with("org-admin"))
        .map(|one| one.account)
        .collect();
    let account = truth
        .accounts()
        .find(|one| {
            one.directories.len() == 2
                && one.status == Some("active")
                && one.account_status == Some("active")
                && one
                    .directories
                    .iter()
                    .all(|(_, status)| *status == atlassian_sim::DirectoryStatus::Active)
                && one.details_readable
                && one.roles_readable
                && !administrators.contains(&one.id)
        })
        .expect("the organization has one");
    let mut row = vec![String::new(); 10];
    row[2] = account.id;
    row
}

#[test]
fn a_row_that_was_carried_out_in_part_is_told_as_such_and_gone_on_with() {
    let mut review = review(OrgSpec::demo(), |simulator| {
        simulator.faults(FaultPlan::none().nth(Endpoint::UserSuspend, 2, Fault::Status(403)))
    });
    let row = of_two_directories(&review);
    review.decide([("suspend", &row)]);
    review.plan();
    let ran = review.apply(&["--output", "json"]);
    assert_eq!(ran.exit, Some(20), "{}{}", ran.stdout, ran.stderr);
    let told = report(&ran);
    assert_eq!(
        (&told["outcome"], &told["exit_code"], &told["not_made"]),
        (&"partial".into(), &20.into(), &1.into())
    );
    // Of what was planned only the other directory is left.
    let ran = review.apply(&["--output", "json"]);
    assert_eq!(ran.exit, Some(0), "{}{}", ran.stdout, ran.stderr);
    assert_eq!(report(&ran)["made"], 1);
    let applied = review.company.writes().into_iter().filter(|write| write.applied);
    assert_eq!(applied.count(), 2);
    let again = review.apply(&["--output", "json"]);
    assert_eq!(report(&again)["made_before"], 1, "{}", again.stderr);

    // And back: a restore in both.
    review.read();
    review.decide([("restore", &row)]);
    review.plan();
    let ran = review.apply(&["--output", "json"]);
    assert_eq!(ran.exit, Some(0), "{}{}", ran.stdout, ran.stderr);
    assert_eq!(report(&ran)["made"], 1);
}

#[test]
fn what_the_vendor_refuses_is_not_told_as_refused_before_anything_was_sent() {
    let review = review(OrgSpec::demo(), |simulator| {
        simulator.faults(FaultPlan::none().always(Endpoint::MemberRemove, Fault::Status(403)))
    });
    let members = review.members();
    review.decide([("revoke", members[0])]);
    review.plan();
    let ran = review.apply(&["--output", "json"]);
    assert_eq!(ran.exit, Some(7), "{}{}", ran.stdout, ran.stderr);
    assert_eq!(report(&ran)["rows"][0]["code"], 7);
}

#[test]
fn rows_that_were_not_reached_are_told_and_kept_as_such() {
    let review = review(OrgSpec::demo(), |simulator| {
        simulator.faults(FaultPlan::none().from(Endpoint::MemberRemove, 2, Fault::Status(401)))
    });
    let members: Vec<Row> = review.members().into_iter().take(4).cloned().collect();
    review.decide(members.iter().map(|row| ("revoke", row)));
    review.plan();
    let ran = review.apply(&["--output", "json"]);
    assert_eq!(ran.exit, Some(16), "{}{}", ran.stdout, ran.stderr);
    let told = report(&ran);
    assert_eq!(told["exit_code"], 16, "{told}");
    assert_eq!((&told["made"], &told["not_made"]), (&1.into(), &3.into()));
    let unreached = "the run ended before it came to this row";
    let rows = told["rows"].as_array().unwrap();
    let is_unreached: Vec<bool> = rows.iter().map(|row| row["summary"] == unreached).collect();
    assert_eq!(is_unreached, [false, false, true, true], "{told}");
    assert!(rows[2].get("code").is_none());
    let receipts = review.receipts();
    assert_eq!(
        (&receipts[&4]["error"], &receipts[&5]["error"]),
        (&unreached.into(), &unreached.into())
    );
}

#[test]
fn a_role_that_groups_still_give_is_a_note_of_its_row() {
    let review = review(OrgSpec::demo(), |simulator| simulator);
    let truth = review.company.truth();
    let both = truth.access().find(|one| {
        one.readable
            && one.owner != "platform"
            && one.methods == ["direct", "group_direct"].into()
            && !one.groups.is_empty()
            && review.row_of(&one.target, one.role, &one.account).is_some()
    });
    let both = both.expect("the organization has one");
    let row = review
        .row_of(&both.target, both.role, &both.account)
        .unwrap()
        .clone();
    review.decide([("revoke", &row)]);
    review.plan();
    let ran = review.apply(&[]);
    assert_eq!(ran.exit, Some(0), "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("row 2: "), "{}", ran.stdout);
    assert!(ran.stdout.contains("still holds it through"), "{}", ran.stdout);
}

/// A plan that takes one role, of an organization that shows it some seconds late.
fn late() -> Review {
    let delays = Delays {
        roles: Duration::from_secs(8),
        ..Delays::none()
    };
    let review = review(OrgSpec::demo(), |simulator| simulator.delays(delays));
    let maker = review.company.truth().accounts().next().unwrap().id;
    let row = review.company.truth().access().find_map(|one| {
        let is_plain = one.readable
            && one.account != maker
            && one.owner != "platform"
            && one.methods == ["direct"].into()
            && one.groups.is_empty();
        is_plain.then(|| review.row_of(&one.target, one.role, &one.account).cloned())?
    });
    review.decide([("revoke", &row.expect("the organization has one"))]);
    review.plan();
    let ran = review.apply(&[]);
    assert_eq!(ran.exit, Some(0), "{}{}", ran.stdout, ran.stderr);
    review
}

/// Killed after the vendor took the write and before its answer came: the same command at once.
#[test]
fn a_row_that_was_begun_is_given_its_time_to_show() {
    let review = late();
    let receipts = review.company.path("plan.json.receipts.jsonl");
    let kept = fs::read_to_string(&receipts).unwrap();
    let attempt: Vec<&str> = kept.lines().filter(|line| line.contains("\"attempt\"")).collect();
    fs::write(&receipts, format!("{}\n", attempt.join("\n"))).unwrap();
    let ran = review.apply(&["--output", "json"]);
    assert_eq!(ran.exit, Some(0), "{}{}", ran.stdout, ran.stderr);
    assert_eq!(report(&ran)["already_so"], 1);
    assert_eq!(review.company.writes().len(), 1);
}

#[test]
fn what_was_made_a_moment_ago_is_told_as_made() {
    let review = late();
    let ran = review.apply(&["--output", "json"]);
    assert_eq!(ran.exit, Some(0), "{}{}", ran.stdout, ran.stderr);
    assert_eq!(report(&ran)["made_before"], 1);
    assert_eq!(review.company.writes().len(), 1);
}

#[test]
fn a_second_run_of_one_plan_is_refused() {
    let review = Review::small();
    review.decide([("revoke", review.members()[0])]);
    review.plan();
    let turn = fs::File::open(review.company.path("plan.json")).unwrap();
    turn.lock().unwrap();
    let ran = review.apply(&[]);
    assert_eq!(ran.exit, Some(9), "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains("another apply of"), "{}", ran.stderr);
    assert_eq!(review.company.writes(), []);
    // One that ended, however it did, keeps nobody out.
    drop(turn);
    let ran = review.apply(&[]);
    assert_eq!(ran.exit, Some(0), "{}{}", ran.stdout, ran.stderr);
}

/// A role that a group got after the sync: the artifact does not know it, but who belongs to the group.
#[test]
fn what_the_artifact_does_not_know_may_touch_whoever_made_the_key() {
    let review = Review::small();
    let truth = review.company.truth();
    let maker = truth.accounts().next().unwrap().id;
    let own: BTreeSet<String> = truth
        .memberships()
        .filter(|one| one.account == maker)
        .map(|one| one.group)
        .collect();
    let of_groups = |row: &&&Row| row[1].contains(":role:") && row[1].contains(":group:");
    let rows = review.all();
    let (known, group) = rows
        .iter()
        .filter(of_groups)
        .find_map(|row| {
            let is_held = |group: &&String| rows.iter().any(|held| held[5] == row[5] && held[2] == **group);
            Some((*row, own.iter().find(|group| !is_held(group))?))
        })
        .expect("the organization has one");
    let ran = review.run(&[
        "--grant-entitlement",
        &known[5],
        "--grant-principal",
        group,
        "--grant-principal-type",
        "group",
    ]);
    assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
    let mut row = vec![String::new(); 10];
    (row[2], row[5]) = (group.clone(), known[5].clone());
    review.decide([("revoke", &row)]);
    assert_eq!(review.plan()["rows"][0]["class"], "ready");
    let ran = review.apply(&[]);
    assert_eq!(ran.exit, Some(9), "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("--include-caller"), "{}", ran.stdout);
    assert_eq!(review.company.writes().len(), 1);
}

/// What a demonstration plans and carries out is told as simulated, with the organization.
#[test]
fn what_a_demonstration_carries_out_is_told_as_simulated() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let ran = program(folder.path(), arguments).output().unwrap();
        let said = String::from_utf8_lossy(&ran.stdout).into_owned();
        assert!(ran.status.success(), "{arguments:?}: {ran:?}");
        said
    };
    run(&["--demo", "-f", "demo.c1z"]);
    run(&["decisions", "new", "-f", "demo.c1z", "--out", "decisions.csv"]);
    let table = fs::read_to_string(folder.path().join("decisions.csv")).unwrap();
    let (head, rows) = table.split_once('\n').unwrap();
    let row = rows
        .lines()
        .find(|row| row.contains(":member:") && row.contains(",direct,"))
        .unwrap();
    fs::write(
        folder.path().join("decisions.csv"),
        format!("{head}\nrevoke{row}\n"),
    )
    .unwrap();
    let file = ["--demo", "-f", "demo.c1z"];
    let planned = run(&[&file[..], &["plan", "decisions.csv", "--out", "plan.json"]].concat());
    let simulated = "Simulated, nothing real is changed: the simulated organization ";
    assert!(planned.starts_with(simulated), "{planned}");
    let applied = run(&[&file[..], &["apply", "plan.json", "--yes", "--include-caller"]].concat());
    assert!(applied.starts_with(simulated), "{applied}");
    assert!(applied.contains("1 carried out"), "{applied}");
    // Each run has a simulation of its own, in which nothing was carried out before.
    fs::remove_file(folder.path().join("plan.json.receipts.jsonl")).unwrap();
    let json = run(&[
        &file[..],
        &[
            "apply",
            "plan.json",
            "--yes",
            "--include-caller",
            "--output",
            "json",
        ],
    ]
    .concat());
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["demo"], true, "{json}");
    assert!(json["organization"].is_string(), "{json}");
}
