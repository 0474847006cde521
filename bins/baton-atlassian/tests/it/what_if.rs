//! What access would remain after a change, against a sync after that change.

use crate::company::Company;
use crate::decisions::{cells, random};
use atlassian_sim::{FaultPlan, OrgSpec, Quirks, Switches};
use std::collections::BTreeMap;

/// Organizations in every run; another number with `ORGANIZATIONS=30`.
const ORGANIZATIONS: u64 = 3;

/// How each grant is held, by its id.
type Held = BTreeMap<String, String>;

/// A tidy organization, and one with what real ones have.
fn organization(seed: u64) -> OrgSpec {
    match seed % 2 {
        0 => OrgSpec::small(60).with_quirks(Quirks::none()),
        _ => OrgSpec {
            users: 80,
            groups: 16,
            direct_roles: 60,
            tokens: 5,
            ..OrgSpec::demo()
        },
    }
    .with_seed(seed)
}

fn rows(company: &Company, words: &[&str]) -> Vec<Vec<String>> {
    let ran = company.run(&[words, &["-o", "csv"]].concat());
    assert_eq!(ran.exit, Some(0), "{words:?}: {}", ran.stderr);
    ran.stdout.lines().skip(1).map(cells).collect()
}

fn held(company: &Company) -> Held {
    company.synced();
    let rows = rows(company, &["grants"]);
    rows.into_iter()
        .map(|row| (row[11].clone(), row[6].clone()))
        .collect()
}

/// Takes a member out of a group at the vendor, and compares the next sync with what was foretold.
fn try_organization(seed: u64) {
    let company = Company::of(organization(seed), Switches::default(), FaultPlan::none());
    let mut expected = held(&company);
    let members: Vec<String> = expected
        .iter()
        .filter(|(id, how)| id.starts_with("group:") && id.contains(":user:") && how.starts_with("direct"))
        .map(|(id, _)| id.clone())
        .collect();
    // Some groups are synced from elsewhere, and nobody can take a member out of them here.
    let from = usize::try_from(random(seed) % members.len() as u64).unwrap();
    let mut turns = members.iter().cycle().skip(from).take(members.len());
    let (revoked, foretold) = turns
        .find_map(|id| {
            let foretold = rows(&company, &["what-if", "revoke", id]);
            let ran = company.run(&["--revoke-grant", id]);
            (ran.exit == Some(0)).then_some((id, foretold))
        })
        .expect("a member that can be taken out");
    assert!(
        foretold.iter().any(|row| row[8] == *revoked && row[6] == "gone"),
        "{foretold:?}"
    );
    for row in foretold {
        let before = expected.remove(&row[8]);
        assert_eq!(before.as_ref(), Some(&row[5]), "organization {seed}: {row:?}");
        if row[6] != "gone" {
            expected.insert(row[8].clone(), row[6].clone());
        }
    }
    let found = held(&company);
    let differs = |one: &Held, other: &Held| -> Vec<String> {
        let of_one = one.iter().filter(|(id, how)| other.get(*id) != Some(how));
        of_one.map(|(id, how)| format!("{id} {how}")).collect()
    };
    assert_eq!(
        differs(&expected, &found),
        differs(&found, &expected),
        "organization {seed}, without {revoked}"
    );
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "how much is tried is set for this test alone"
)]
fn a_sync_after_the_change_finds_what_was_foretold() {
    let organizations =
        std::env::var("ORGANIZATIONS").map_or(ORGANIZATIONS, |number| number.parse().unwrap());
    (1..=organizations).for_each(try_organization);
}
