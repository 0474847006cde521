//! What reviewers decided, planned and carried out: each change once, whatever kills the program in between, and nothing that the
//! plan alone says.

use crate::company::Company;
use crate::harness::Ran;
use atlassian_sim::{FaultPlan, OrgSpec, Quirks, Switches};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// A row of the table: its cells without the decision.
pub(crate) type Row = Vec<String>;

const HEAD: &str =
    "decision,grant_id,principal_id,principal,email,entitlement_id,entitlement,reason,reviewer,comment";

/// The cells of a line of CSV.
pub(crate) fn cells(line: &str) -> Row {
    let (mut cells, mut quoted) = (vec![String::new()], false);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => cells.last_mut().unwrap().extend(letters.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            letter => cells.last_mut().unwrap().push(letter),
        }
    }
    cells
}

fn line(decision: &str, row: &Row) -> String {
    let quoted = row[1..]
        .iter()
        .map(|cell| format!("\"{}\"", cell.replace('"', "\"\"")));
    std::iter::once(decision.to_owned())
        .chain(quoted)
        .collect::<Vec<_>>()
        .join(",")
}

/// An organization that was synced, and a table of its grants.
pub(crate) struct Review {
    pub(crate) company: Company,
    rows: Vec<Row>,
}

impl Review {
    fn of(spec: OrgSpec) -> Self {
        Self::in_company(Company::of(spec, Switches::default(), FaultPlan::none()))
    }

    pub(crate) fn in_company(company: Company) -> Self {
        let mut review = Self {
            company,
            rows: Vec::new(),
        };
        review.read();
        review
    }

    /// Syncs, and makes the table.
    pub(crate) fn read(&mut self) {
        self.company.synced();
        let ran = self.run(&["decisions", "new", "--out", "all.csv", "--replace"]);
        assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
        let table = fs::read_to_string(self.company.path("all.csv")).unwrap();
        self.rows = table.lines().skip(1).map(cells).collect();
    }

    pub(crate) fn small() -> Self {
        Self::of(OrgSpec::small(30).with_quirks(Quirks::none()))
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.company.run(arguments)
    }

    /// Rows of accounts that hold something on a group directly, but for the account that made the key.
    pub(crate) fn members(&self) -> Vec<&Row> {
        let first = self.company.truth().accounts().next().unwrap().id;
        let is_member = |row: &&Row| row[1].starts_with("group:") && row[5].ends_with(":member");
        self.rows
            .iter()
            .filter(is_member)
            .filter(|row| row[7] == "direct" && row[2] != first)
            .collect()
    }

    pub(crate) fn all(&self) -> Vec<&Row> {
        self.rows.iter().collect()
    }

    /// The row of a role of an account on a workspace.
    pub(crate) fn row_of(&self, target: &str, role: &str, account: &str) -> Option<&Row> {
        let entitlement = format!("workspace:{target}:role:{role}");
        self.rows
            .iter()
            .find(|row| row[5] == entitlement && row[2] == account)
    }

    pub(crate) fn decide<'a>(&self, decided: impl IntoIterator<Item = (&'a str, &'a Row)>) {
        let lines: Vec<String> = decided
            .into_iter()
            .map(|(decision, row)| line(decision, row))
            .collect();
        fs::write(
            self.company.path("decisions.csv"),
            format!("{HEAD}\n{}\n", lines.join("\n")),
        )
        .unwrap();
    }

    pub(crate) fn plan(&self) -> Value {
        let ran = self.run(&[
            "plan",
            "decisions.csv",
            "--out",
            "plan.json",
            "--replace",
            "--output",
            "json",
        ]);
        assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
        serde_json::from_str(&ran.stdout).unwrap()
    }

    pub(crate) fn apply(&self, more: &[&str]) -> Ran {
        self.run(&[&["apply", "plan.json", "--yes"], more].concat())
    }

    /// What each row of the plan has in the receipts: its last line.
    pub(crate) fn receipts(&self) -> BTreeMap<u64, Value> {
        let text = fs::read_to_string(self.company.path("plan.json.receipts.jsonl")).unwrap_or_default();
        let lines = text
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.map(|line| (line["row"].as_u64().unwrap(), line)).collect()
    }

    /// The grants that accounts hold directly.
    fn held(&self) -> BTreeSet<String> {
        self.company.synced();
        assert_eq!(
            self.run(&["decisions", "new", "--out", "after.csv", "--replace"])
                .exit,
            Some(0)
        );
        let table = fs::read_to_string(self.company.path("after.csv")).unwrap();
        let rows = table.lines().skip(1).map(cells);
        rows.filter(|row| row[7].starts_with("direct"))
            .map(|row| row[1].clone())
            .collect()
    }

    /// The same as the table said it.
    fn held_before(&self) -> BTreeSet<String> {
        let rows = self.rows.iter().filter(|row| row[7].starts_with("direct"));
        rows.map(|row| row[1].clone()).collect()
    }
}

#[test]
fn decisions_are_planned_and_applied() {
    let review = Review::small();
    let members = review.members();
    let grant = {
        let mut row = members[0].clone();
        let (to, held) = (members[1], review.held_before());
        let other = review
            .rows
            .iter()
            .find(|row| row[5].ends_with(":member") && !held.contains(&format!("{}:user:{}", row[5], to[2])));
        row[1].clear();
        (row[2], row[3], row[4]) = (to[2].clone(), to[3].clone(), to[4].clone());
        (row[5], row[6]) = (other.unwrap()[5].clone(), other.unwrap()[6].clone());
        row
    };
    let suspended = members
        .iter()
        .find(|row| row[2] != members[0][2] && row[2] != grant[2])
        .unwrap();
    let kept = members
        .iter()
        .find(|row| ![&members[0][1], &suspended[1]].contains(&&row[1]))
        .unwrap();
    review.decide([
        ("revoke", members[0]),
        ("grant", &grant),
        ("suspend", *suspended),
        ("keep", *kept),
    ]);
    let plan = review.plan();
    let classes: Vec<&str> = plan["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["class"].as_str().unwrap())
        .collect();
    assert_eq!(classes, ["ready"; 3], "{plan}");
    assert_eq!(review.company.writes(), [], "a plan changes nothing");
    let text = fs::read_to_string(review.company.path("plan.json")).unwrap();
    assert!(!text.contains(review.company.org.api_key()));

    let unasked = review.run(&["apply", "plan.json"]);
    assert_eq!(unasked.exit, Some(2), "{}", unasked.stderr);
    let many = review.apply(&["--max-changes", "2"]);
    assert_eq!(many.exit, Some(9), "{}", many.stderr);
    assert_eq!(review.company.writes(), []);

    let applied = review.apply(&["--output", "json"]);
    assert_eq!(applied.exit, Some(0), "{}{}", applied.stdout, applied.stderr);
    let report: Value = serde_json::from_str(&applied.stdout).unwrap();
    assert_eq!((&report["outcome"], &report["made"]), (&"done".into(), &3.into()));
    let receipts = review.receipts();
    assert!(
        receipts
            .values()
            .all(|line| line["phase"] == "outcome" && line["state"] == "done")
    );
    assert_eq!(receipts.keys().copied().collect::<Vec<_>>(), [2, 3, 4]);
    #[cfg(unix)]
    for file in ["plan.json", "plan.json.receipts.jsonl"] {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(review.company.path(file))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let writes = review.company.writes().len();

    let again = review.apply(&["--output", "json"]);
    assert_eq!(again.exit, Some(0), "{}", again.stderr);
    let report: Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!((&report["made"], &report["made_before"]), (&0.into(), &3.into()));
    assert_eq!(review.company.writes().len(), writes, "nothing is made twice");
    let mut expected = review.held_before();
    expected.remove(&members[0][1]);
    expected.insert(format!("{}:user:{}", grant[5], grant[2]));
    assert_eq!(review.held(), expected);
}

/// Runs `apply` on a plan that something was done to, and expects that it sends nothing.
#[track_caller]
fn refused(review: &Review, more: &[&str], exit: i32, said: &str) {
    let ran = review.apply(more);
    let told = format!("{}{}", ran.stdout, ran.stderr);
    assert_eq!(ran.exit, Some(exit), "{told}");
    assert!(told.contains(said), "{told}");
    assert_eq!(review.company.writes(), [], "{said}");
}

#[test]
fn what_the_plan_alone_says_is_not_sent() {
    let review = Review::small();
    let members = review.members();
    let (one, other) = (
        members[0],
        members.iter().find(|row| row[2] != members[0][2]).unwrap(),
    );
    review.decide([("revoke", one), ("keep", *other)]);
    review.plan();
    let plan = fs::read_to_string(review.company.path("plan.json")).unwrap();
    let write = |text: &str| fs::write(review.company.path("plan.json"), text).unwrap();

    // Another grant, another decision, one row more: somebody wrote into the plan.
    write(&plan.replace(&one[1], &other[1]));
    refused(
        &review,
        &[],
        9,
        "row 2 in plan.json is not what the decisions and the artifact say",
    );
    write(&plan.replace("\"revoke\"", "\"suspend\""));
    refused(
        &review,
        &[],
        9,
        "row 2 in plan.json is not what the decisions and the artifact say",
    );
    // It is said to be so already, in whatever words.
    let told: Value = serde_json::from_str(&plan).unwrap();
    let of = |change: fn(&mut Value)| {
        let mut plan = told.clone();
        change(&mut plan);
        serde_json::to_string(&plan).unwrap()
    };
    write(&of(|plan| plan["rows"][0]["class"] = "gone".into()));
    refused(&review, &[], 9, "row 2 in plan.json is not what");
    write(&of(|plan| plan["rows"][0]["why"] = "it is gone".into()));
    refused(&review, &[], 9, "row 2 in plan.json is not what");
    write(&of(|plan| plan["decisions"]["kept"] = 7.into()));
    refused(&review, &[], 9, "the head in plan.json is not what");
    write(&of(|plan| plan["id"] = "0".repeat(32).into()));
    refused(&review, &[], 9, "the id in plan.json is not what");
    // What would be sent is compared, and never sent.
    write(&plan.replace("\"DELETE\"", "\"POST\""));
    refused(&review, &[], 9, "the id in plan.json is not what");
    // Receipts that others may have written are not read.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        write(&plan);
        let receipts = review.company.path("plan.json.receipts.jsonl");
        let id = told["id"].as_str().unwrap();
        let line = format!(
            "{{\"phase\":\"outcome\",\"id\":\"x\",\"plan\":\"{id}\",\"row\":2,\"dry_run\":false,\"state\":\"done\"}}\n"
        );
        fs::write(&receipts, line).unwrap();
        fs::set_permissions(&receipts, fs::Permissions::from_mode(0o666)).unwrap();
        refused(&review, &[], 9, "others may have written it");
        // And of what they say, the vendor has to show it.
        fs::set_permissions(&receipts, fs::Permissions::from_mode(0o600)).unwrap();
        refused(&review, &[], 9, "an earlier run carried it out");
        fs::remove_file(receipts).unwrap();
    }
    for (from, to, said) in [
        ("\"version\": 2", "\"version\": 1", "it is of version 1"),
        (
            "\"live\": true",
            "\"live\": false",
            "without the state at the vendor",
        ),
        (review.company.org.id(), "another", "is of another organization"),
        (
            &*review.company.url(),
            "http://127.0.0.1:1",
            "is of another address",
        ),
    ] {
        assert!(plan.contains(from), "{from}: {plan}");
        write(&plan.replace(from, to));
        refused(&review, &[], 9, said);
    }
    write(&plan);

    // The decisions say something else than when the plan was made.
    review.decide([("revoke", *other), ("keep", one)]);
    refused(&review, &[], 9, "is of another table of decisions");
    // A name that was swapped: the reviewer approved another thing.
    let mut swapped = one.clone();
    swapped[3].clone_from(&other[3]);
    swapped[4].clone_from(&other[4]);
    review.decide([("revoke", &swapped)]);
    assert_eq!(review.plan()["rows"][0]["class"], "contradicted");
    refused(&review, &[], 9, "contradicted: the row says principal");
    // Another artifact.
    review.decide([("revoke", one)]);
    review.plan();
    let ran = review.run(&["--revoke-grant", &other[1]]);
    assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
    let writes = review.company.writes().len();
    review.company.synced();
    let ran = review.apply(&[]);
    assert_eq!(ran.exit, Some(9), "{}", ran.stderr);
    assert!(ran.stderr.contains("is of another artifact"), "{}", ran.stderr);
    assert_eq!(review.company.writes().len(), writes);
}

#[test]
fn whoever_made_the_key_goes_last_and_only_when_that_is_asked_for() {
    let review = Review::small();
    let first = review.company.truth().accounts().next().unwrap().id;
    let own = review
        .rows
        .iter()
        .find(|row| row[2] == first && row[5].ends_with(":member") && row[7] == "direct");
    let (own, other) = (own.unwrap(), review.members()[0]);
    review.decide([("revoke", own), ("revoke", other)]);
    review.plan();
    let ran = review.apply(&[]);
    assert_eq!(ran.exit, Some(20), "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("--include-caller"), "{}", ran.stdout);
    assert_eq!(review.company.writes().len(), 1);
    let ran = review.apply(&["--include-caller"]);
    assert_eq!(ran.exit, Some(0), "{}{}", ran.stdout, ran.stderr);
    let subjects: Vec<String> = review
        .company
        .writes()
        .into_iter()
        .map(|write| write.subject)
        .collect();
    assert!(subjects[1].contains(&first), "{subjects:?}");
}

#[test]
fn the_last_administrator_of_the_organization_stays() {
    let mut review = Review::small();
    let entitlement = format!(
        "organization:{}:role:atlassian/org-admin",
        review.company.org.id()
    );
    let two: Vec<String> = review.members()[..2].iter().map(|row| row[2].clone()).collect();
    for account in &two {
        let grant = ["--grant-entitlement", &entitlement, "--grant-principal", account];
        let ran = review.run(&grant);
        assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
    }
    review.read();
    let before = review.company.writes().len();
    let is_admin = |row: &&Row| row[5] == entitlement && row[7].starts_with("direct");
    let administrators: Vec<&Row> = review.rows.iter().filter(is_admin).collect();
    assert!(administrators.len() > 1);
    review.decide(administrators.iter().map(|row| ("revoke", *row)));
    review.plan();
    let ran = review.apply(&["--include-caller"]);
    let told = format!("{}{}", ran.stdout, ran.stderr);
    assert_eq!(ran.exit, Some(20), "{told}");
    assert!(
        told.contains("no other active account administers the organization"),
        "{told}"
    );
    assert_eq!(review.company.writes().len() - before, administrators.len() - 1);

    // Whoever is left can be neither suspended, nor deactivated, nor removed, nor deleted.
    review.read();
    let left: Vec<Row> = review.rows.iter().filter(is_admin).cloned().collect();
    assert_eq!(left.len(), 1);
    let writes = review.company.writes().len();
    let account = &left[0][2];
    let of = format!("{{\"user_id\":\"{account}\"}}");
    let action = |name| vec!["--invoke-action", name, "--invoke-action-args", &*of];
    for change in [
        action("disable_user"),
        action("deactivate_account"),
        action("remove_user"),
        vec!["--delete-resource", account, "--delete-resource-type", "user"],
    ] {
        let ran = review.run(&change);
        assert_eq!(ran.exit, Some(9), "{change:?}: {}{}", ran.stdout, ran.stderr);
        assert!(
            ran.stderr.contains("administers the organization"),
            "{change:?}: {}",
            ran.stderr
        );
    }
    review.decide([("suspend", &left[0])]);
    review.plan();
    let ran = review.apply(&["--include-caller"]);
    assert_eq!(ran.exit, Some(9), "{}{}", ran.stdout, ran.stderr);
    assert_eq!(review.company.writes().len(), writes);
}

/// SplitMix64: the same points in every run of the test.
pub(crate) fn random(seed: u64) -> u64 {
    let mut z = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A tenth of the decisions in every run; all 412 with `DECISIONS=412`.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "how much is tried is set for this test alone"
)]
fn killed_at_any_moment_each_change_is_made_once() {
    let all: usize = std::env::var("DECISIONS").map_or(41, |all| all.parse().unwrap());
    let (kills, gone, through, synced) = (all / 20, all / 82, all / 8, all / 20);
    let spec = OrgSpec {
        users: if all > 100 { 600 } else { 150 },
        ..OrgSpec::demo()
    };
    let review = Review::of(spec);
    // What the artifact alone says of every grant.
    review.decide(review.rows.iter().map(|row| ("revoke", row)));
    let ran = review.run(&[
        "plan",
        "decisions.csv",
        "--offline",
        "--out",
        "offline.json",
        "--output",
        "json",
    ]);
    assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
    let offline: Value = serde_json::from_str(&ran.stdout).unwrap();
    let class: BTreeMap<&str, &str> = offline["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["grant_id"].as_str().unwrap(), row["class"].as_str().unwrap()))
        .collect();
    let makers = review.company.truth().accounts().next().unwrap().id;
    let of = |wanted: &str, most: usize| -> Vec<Row> {
        let is_wanted = |row: &&Row| class[&*row[1]] == wanted && row[2] != makers;
        review.rows.iter().filter(is_wanted).take(most).cloned().collect()
    };
    let mut rows = [of("through_group", through), of("idp_synced", synced)].concat();
    assert_eq!(rows.len(), through + synced);
    let mut ready = of("ready", usize::MAX);
    ready.retain(|row| row[5].ends_with(":member") && row[1].contains(":user:"));
    ready.truncate(all - through - synced);
    assert_eq!(ready.len(), all - through - synced);
    // Some are gone before the plan is made, and after the sync.
    for row in &ready[..gone] {
        let ran = review.run(&["--revoke-grant", &row[1]]);
        assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
    }
    let before = review.company.writes().len();
    rows.extend(ready.clone());
    review.decide(rows.iter().map(|row| ("revoke", row)));
    let plan = review.plan();
    let count = |wanted: &str| {
        plan["rows"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|row| row["class"] == wanted)
            .count()
    };
    assert_eq!(
        [
            count("through_group"),
            count("idp_synced"),
            count("gone"),
            count("ready")
        ],
        [through, synced, gone, all - through - synced - gone],
    );

    // Killed when so many requests were made, which is while a row is read, sent, or kept.
    let most = ["--max-changes", "1000"];
    let apply = [&["apply", "plan.json", "--yes"][..], &most].concat();
    let a_part = u64::try_from((all - through - synced - gone) * 4 / (kills + 1)).unwrap();
    for kill in 0..kills as u64 {
        let at = review.company.requests() + 1 + random(kill + 11) % (2 * a_part);
        let mut child = review.company.program(&apply).spawn().unwrap();
        while review.company.requests() < at && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let ran = review.run(&[&apply[..], &["--output", "json"]].concat());
    assert_eq!(ran.exit, Some(20), "{}{}", ran.stdout, ran.stderr);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(report["not_made"], through + synced, "{report}");

    let writes = review.company.writes().split_off(before);
    let subjects: BTreeSet<&str> = writes.iter().map(|write| &*write.subject).collect();
    assert_eq!(writes.len(), ready.len() - gone, "each change is sent once");
    assert_eq!(subjects.len(), writes.len(), "each change is sent once");
    let receipts = review.receipts();
    assert_eq!(receipts.len(), all, "every row has its receipt");
    assert!(receipts.values().all(|line| line["phase"] == "outcome"));
    let made = receipts
        .values()
        .filter(|line| line.get("state").is_some())
        .count();
    assert_eq!(made, ready.len());
    let mut expected = review.held_before();
    for row in &ready {
        expected.remove(&row[1]);
    }
    assert_eq!(review.held(), expected, "the next sync shows exactly the plan");
}
