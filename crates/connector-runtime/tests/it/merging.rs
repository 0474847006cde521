//! Many statements about one thing make one row, whatever the order.

use crate::artifact::{content, show};
use crate::bench::{Bench, check, check_lines};
use crate::script::Script;
use crate::scripted::Scripted;

/// Stated in any order, a page each, these rows give these lines; the artifacts are the same down to the byte.
fn check_any_order(types: &str, rows: &[&str], expected: &str) {
    let mut first = None;
    for order in orders(rows.len()) {
        let pages: Vec<&str> = order.iter().map(|i| rows[*i]).collect();
        let script = format!("{types}\nlist user\n{}", pages.join("\n---\n"));
        let bench = Bench::with_workers(1);
        let report = bench
            .sync(&Scripted::new(Script::parse(&script)))
            .expect("the sync succeeds");
        assert_eq!(show(&bench.output(), &report), expected, "in the order {order:?}");
        let content = content(&bench.output());
        assert_eq!(
            first.get_or_insert_with(|| content.clone()),
            &content,
            "in the order {order:?}"
        );
    }
}

/// All orders of n things.
fn orders(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for order in orders(n - 1) {
        for at in 0..n {
            let mut order = order.clone();
            order.insert(at, n - 1);
            all.push(order);
        }
    }
    all
}

#[test]
fn a_listed_row_wins_and_a_supplement_completes_it() {
    check_any_order(
        "type user user",
        &[
            r#"resource user/u1 "Ada" team=Core status=enabled account=human"#,
            r#"resource user/u1 "Ada of billing" supplement team=Billing plan=Gold account=service"#,
            r#"resource user/u1 "someone" placeholder=1 note=unlisted"#,
            r#"resource user/u1 "someone else" placeholder=0"#,
        ],
        r#"resource user/u1 "Ada" user(service) {plan: Gold, team: Core} status=enabled"#,
    );
}

#[test]
fn a_supplement_stands_for_itself() {
    check_any_order(
        "type user user",
        &[
            r#"resource user/u1 "Ada of billing" supplement plan=Gold account=service"#,
            r#"resource user/u1 "someone" placeholder=0"#,
        ],
        r#"resource user/u1 "Ada of billing" user(service) {plan: Gold}"#,
    );
}

#[test]
fn of_placeholders_the_one_that_knows_most_wins_and_is_counted_as_unlisted() {
    check_any_order(
        "type user user",
        &[
            r#"resource user/u1 "an assignee" placeholder=3"#,
            r#"resource user/u1 "Ada L" placeholder=1 note=unlisted"#,
            r#"resource user/u1 "Ada K" placeholder=1 note=unlisted"#,
        ],
        "resource user/u1 \"Ada K\" user {note: unlisted}\n\
         fact unlisted_user x1: user:u1",
    );
}

#[test]
fn of_entitlements_that_disagree_one_stays_and_that_is_told() {
    check_any_order(
        "type app app\ntype user user",
        &[
            r#"can app/a use "Use" to=user"#,
            r#"can app/a use "Use it" immutable"#,
            r#"can app/a use "Use" to=user"#,
            r#"can app/a use "Guessed" placeholder=0"#,
        ],
        "resource app/a \"a\" app\ncan app:a:use \"Use it\" of app/a immutable\n\
         fact listed_twice x1: app:a:use\nfact unlisted_app x1: app:a",
    );
}

#[test]
fn of_listed_rows_that_disagree_the_smaller_stays_and_that_is_told() {
    check_any_order(
        "type user user",
        &[
            r#"resource user/u1 "Ada""#,
            r#"resource user/u1 "Bea""#,
            r#"resource user/u1 "Ada" team=Core"#,
        ],
        "resource user/u1 \"Ada\" user\nfact listed_twice x1: user:u1",
    );
}

#[test]
fn of_supplements_that_disagree_the_smaller_stays_and_that_is_told() {
    let supplements = [
        r#"resource user/u1 "Ada" supplement plan=Gold"#,
        r#"resource user/u1 "Ada" supplement plan=Iron"#,
        r#"resource user/u1 "Ada" supplement plan=Gold"#,
    ];
    let told = "fact listed_twice x1: user:u1";
    check_any_order(
        "type user user",
        &supplements,
        &format!("resource user/u1 \"Ada\" user {{plan: Gold}}\n{told}"),
    );
    // Neither does the row that they complete hide it.
    let listed = r#"resource user/u1 "Ada" team=Core"#;
    check_any_order(
        "type user user",
        &[&supplements[..], &[listed]].concat(),
        &format!("resource user/u1 \"Ada\" user {{plan: Gold, team: Core}}\n{told}"),
    );
    check_any_order(
        "type user user",
        &[supplements[0], listed, supplements[2]],
        "resource user/u1 \"Ada\" user {plan: Gold, team: Core}",
    );
}

#[test]
fn a_supplement_completes_a_group() {
    check(
        r#"
        type group group
        list group
        resource group/g1 "Platform" origin=local
        resource group/g1 "Platform" supplement purpose=oncall
        "#,
        r#"resource group/g1 "Platform" group {origin: local, purpose: oncall}"#,
    );
}

#[test]
fn what_only_a_grant_names_has_a_row_with_the_trait_of_its_type() {
    check(
        r#"
        type app app
        type group group
        type secret secret
        type user user grants
        list group
        grant group/g1 member <- user/u1
        grant app/a1 use <- secret/s1
        can app/a2 use
        grants user/u1
        grant group/g2 member <- user/u1
        "#,
        r#"
        resource app/a1 "a1" app
        resource app/a2 "a2" app
        resource group/g1 "g1" group
        resource group/g2 "g2" group
        resource secret/s1 "s1" secret
        resource user/u1 "u1" user
        can app:a1:use "use on a1" permission of app/a1
        can app:a2:use "use" of app/a2
        can group:g1:member "member on g1" permission of group/g1
        can group:g2:member "member on g2" permission of group/g2
        grant app:a1:use <- secret/s1
        grant group:g1:member <- user/u1
        grant group:g2:member <- user/u1
        held direct=3
        fact unlisted_app x2: app:a1; app:a2
        fact unlisted_group x2: group:g1; group:g2
        fact unlisted_secret x1: secret:s1
        fact unlisted_user x1: user:u1
        "#,
    );
}

#[test]
fn a_row_without_the_trait_of_its_type_gets_it() {
    check(
        r#"
        type role role
        list role
        resource role/r1 "Admin" bare
        "#,
        r#"resource role/r1 "Admin" role"#,
    );
}

#[test]
fn texts_of_entitlements_speak_of_the_final_name() {
    check_lines(
        r#"
        type group group
        type user user
        list user
        resource group/g1 "g1 (met)" placeholder=0
        can group/g1 member "Member of {}" "description=Belongs to {}." to=user,robot
        ---
        can group/g1 member "member" placeholder=0
        can group/g1 owner "Owner" ownership immutable placeholder=2
        can group/g1 owner "Owns {}" ownership placeholder=1
        list group
        resource group/g1 "Platform"
        "#,
        &["can"],
        r#"
        can group:g1:member "Member of Platform" "Belongs to Platform." of group/g1 to=user
        can group:g1:owner "Owns Platform" ownership of group/g1
        "#,
    );
}

#[test]
fn statements_about_one_grant_are_one_grant() {
    check_lines(
        r#"
        type group group
        type user user
        list user
        # Facts are united.
        grant group/g1 a <- user/u1 fact.methods=direct
        grant group/g1 a <- user/u1 fact.methods=inferred fact.directories=d1
        # Stated wins over conditional, and is as changeable as it says.
        grant group/g1 b <- user/u1 conditional fact.methods=inferred
        grant group/g1 b <- user/u1 fact.methods=direct
        grant group/g1 c <- user/u1 changeable
        grant group/g1 c <- user/u1 immutable
        # Immutable and dormant only where every statement says so.
        grant group/g1 d <- user/u1 immutable dormant
        grant group/g1 d <- user/u1
        grant group/g1 e <- user/u1 immutable dormant
        grant group/g1 e <- user/u1 immutable dormant
        grant group/g1 f <- user/u1 conditional dormant
        grant group/g1 f <- user/u1 changeable
        "#,
        &["grant", "held", "fact"],
        r#"
        grant group:g1:a <- user/u1 {directories: [d1], methods: [direct, inferred]}
        grant group:g1:b <- user/u1 {methods: [direct, inferred]}
        grant group:g1:c <- user/u1 immutable
        grant group:g1:d <- user/u1
        grant group:g1:e <- user/u1 immutable {dormant: true}
        grant group:g1:f <- user/u1 {unexplained: true}
        held direct=5 unexplained=1 dormant=1
        fact dormant x1: group:g1:e:user:u1
        fact unexplained x1: group:g1:f:user:u1
        fact unlisted_group x1: group:g1
        fact unlisted_user x1: user:u1
        "#,
    );
}

#[test]
fn statements_of_one_expansion_are_united() {
    check_lines(
        r#"
        type app app
        type group group
        type user user
        list user
        # Deep wins over shallow, filters are united.
        grant app/a1 use <- group/g1 via=member shallow types=user
        grant app/a1 use <- group/g1 via=member types=group
        # So are sources.
        grant app/a2 use <- group/g1 via=owner
        grant app/a2 use <- group/g1 via=member
        # Said once or twice, it reads the same.
        grant app/a3 use <- group/g1 via=owner,member types=user,group
        grant app/a4 use <- group/g1 via=owner,member types=user,group
        grant app/a4 use <- group/g1 via=owner,member types=user,group
        grant group/g1 member <- user/u1
        grant group/g1 owner <- user/u2
        "#,
        &["grant"],
        r#"
        grant group:g1:member <- user/u1
        grant group:g1:owner <- user/u2
        grant app:a1:use <- group/g1 via group:g1:member types=group,user
        grant app:a1:use <- user/u1 immutable from group:g1:member!
        grant app:a2:use <- group/g1 via group:g1:member,group:g1:owner
        grant app:a2:use <- user/u1 immutable from group:g1:member!
        grant app:a2:use <- user/u2 immutable from group:g1:owner!
        grant app:a3:use <- group/g1 via group:g1:member,group:g1:owner types=group,user
        grant app:a3:use <- user/u1 immutable from group:g1:member!
        grant app:a3:use <- user/u2 immutable from group:g1:owner!
        grant app:a4:use <- group/g1 via group:g1:member,group:g1:owner types=group,user
        grant app:a4:use <- user/u1 immutable from group:g1:member!
        grant app:a4:use <- user/u2 immutable from group:g1:owner!
        "#,
    );
}
