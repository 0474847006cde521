//! Whoever holds a source holds what it leads to.

use crate::bench::{check_lines, sealed};
use std::fmt::Write as _;

/// A tenant in which everything is listed, so that only what a test states is told of.
const LISTED: &str = "
type app app
type group group
type user user grants covers=app
list app
resource app/a
resource app/b
list user
resource user/u
resource user/v
list group
resource group/1
resource group/2
resource group/3
resource group/4
";

/// With these rows, the artifact holds these grants.
fn check(rows: &str, expected: &str) {
    check_lines(
        &format!("{LISTED}{rows}"),
        &["grant", "held", "gap", "fact", "remark"],
        expected,
    );
}

#[test]
fn a_chain_of_sixty() {
    let mut rows = String::from("grant group/0 member <- user/u\n");
    for n in 1..60 {
        let below = n - 1;
        writeln!(
            rows,
            "grant group/{n} member <- group/{below} via=member types=user"
        )
        .expect("text");
    }
    let lines = sealed(&format!("{LISTED}{rows}"));
    let of_user: Vec<&str> = lines.lines().filter(|l| l.contains("<- user/u")).collect();
    assert_eq!(of_user.len(), 60);
    for (n, line) in of_user.iter().enumerate().skip(1) {
        let (below, direct) = (n - 1, if n == 1 { "!" } else { "" });
        assert_eq!(
            *line,
            format!("grant group:{n}:member <- user/u immutable from group:{below}:member{direct}")
        );
    }
    assert!(lines.contains("\nheld direct=60 through_groups=59\n"), "{lines}");
}

#[test]
fn a_diamond() {
    check(
        "
        grant group/1 member <- user/u
        grant group/2 member <- group/1 via=member
        grant group/3 member <- group/1 via=member
        grant app/a use <- group/2 via=member
        grant app/a use <- group/3 via=member
        grant app/a use <- user/u fact.methods=direct
        ",
        "
        grant group:1:member <- user/u
        grant group:2:member <- group/1 via group:1:member
        grant group:2:member <- user/u immutable from group:1:member!
        grant group:3:member <- group/1 via group:1:member
        grant group:3:member <- user/u immutable from group:1:member!
        grant app:a:use <- group/1 immutable from group:2:member!, group:3:member!
        grant app:a:use <- group/2 via group:2:member
        grant app:a:use <- group/3 via group:3:member
        grant app:a:use <- user/u {methods: [direct]} from app:a:use!, group:2:member, group:3:member
        held direct=5 through_groups=3 both=1
        ",
    );
}

#[test]
fn two_groups_in_each_other() {
    check(
        "
        grant group/1 member <- user/u
        grant group/2 member <- user/v
        grant group/2 member <- group/1 via=member types=user
        grant group/1 member <- group/2 via=member types=user
        grant app/a use <- group/1 via=member types=user
        ",
        "
        grant group:1:member <- group/2 via group:2:member types=user
        grant group:1:member <- user/u
        grant group:1:member <- user/v immutable from group:2:member!
        grant group:2:member <- group/1 via group:1:member types=user
        grant group:2:member <- user/u immutable from group:1:member!
        grant group:2:member <- user/v
        grant app:a:use <- group/1 via group:1:member types=user
        grant app:a:use <- user/u immutable {overstated: true} from group:1:member!
        grant app:a:use <- user/v immutable {overstated: true} from group:1:member
        held direct=5 through_groups=4 overstated=2
        fact overstated x2: app:a:use:user:u; app:a:use:user:v
        ",
    );
}

#[test]
fn three_groups_in_a_ring() {
    check(
        "
        grant group/1 member <- user/u
        grant group/2 member <- user/u
        grant group/2 member <- group/1 via=member types=user
        grant group/3 member <- group/2 via=member types=user
        grant group/1 member <- group/3 via=member types=user
        ",
        // u is in group 3 through group 2, whatever group 1 says: so group 3 is a source of group 1 too.
        "
        grant group:1:member <- group/3 via group:3:member types=user
        grant group:1:member <- user/u from group:1:member!, group:3:member
        grant group:2:member <- group/1 via group:1:member types=user
        grant group:2:member <- user/u from group:1:member!, group:2:member!
        grant group:3:member <- group/2 via group:2:member types=user
        grant group:3:member <- user/u immutable from group:2:member!
        held direct=3 through_groups=1 both=2
        ",
    );
}

#[test]
fn a_ring_with_a_short_cut() {
    check(
        "
        grant group/1 member <- user/u
        grant group/2 member <- group/1 via=member types=user
        grant group/3 member <- group/2 via=member types=user
        grant group/3 member <- group/1 via=member types=user
        grant group/1 member <- group/3 via=member types=user
        ",
        // Nothing that leads to group 1 is held without group 1.
        "
        grant group:1:member <- group/3 via group:3:member types=user
        grant group:1:member <- user/u
        grant group:2:member <- group/1 via group:1:member types=user
        grant group:2:member <- user/u immutable from group:1:member!
        grant group:3:member <- group/1 via group:1:member types=user
        grant group:3:member <- group/2 via group:2:member types=user
        grant group:3:member <- user/u immutable from group:1:member!, group:2:member
        held direct=5 through_groups=2
        ",
    );
}

#[test]
fn a_ring_entered_from_below() {
    check(
        "
        grant group/1 member <- user/u
        grant group/2 member <- group/1 via=member types=user
        grant group/3 member <- group/2 via=member types=user
        grant group/2 member <- group/3 via=member types=user
        grant app/b use <- group/3 via=member types=user
        grant app/b use <- user/u conditional
        ",
        "
        grant group:1:member <- user/u
        grant group:2:member <- group/1 via group:1:member types=user
        grant group:2:member <- group/3 via group:3:member types=user
        grant group:2:member <- user/u immutable from group:1:member!
        grant group:3:member <- group/2 via group:2:member types=user
        grant group:3:member <- user/u immutable from group:2:member
        grant app:b:use <- group/3 via group:3:member types=user
        grant app:b:use <- user/u immutable from group:3:member
        held direct=5 through_groups=3
        ",
    );
}

#[test]
fn a_group_in_itself() {
    check(
        "
        grant group/1 member <- user/u
        grant group/1 member <- group/1 via=member types=user
        ",
        "
        grant group:1:member <- group/1 via group:1:member types=user
        grant group:1:member <- user/u
        held direct=2
        ",
    );
}

#[test]
fn a_shallow_expansion_stops_after_direct_holders() {
    check(
        "
        grant group/1 member <- user/u
        grant group/2 member <- user/v
        grant group/2 member <- group/1 via=member
        grant group/3 member <- group/2 via=member shallow
        ",
        // Group 1 is a direct member of group 2, its member u is not.
        "
        grant group:1:member <- user/u
        grant group:2:member <- group/1 via group:1:member
        grant group:2:member <- user/u immutable from group:1:member!
        grant group:2:member <- user/v
        grant group:3:member <- group/1 immutable from group:2:member!
        grant group:3:member <- group/2 via group:2:member shallow
        grant group:3:member <- user/v immutable from group:2:member!
        held direct=4 through_groups=3
        ",
    );
}

#[test]
fn a_shallow_edge_in_a_ring() {
    check(
        "
        grant group/1 member <- user/u
        grant group/2 member <- user/v
        grant group/2 member <- group/1 via=member types=user
        grant group/1 member <- group/2 via=member types=user shallow
        ",
        "
        grant group:1:member <- group/2 via group:2:member shallow types=user
        grant group:1:member <- user/u
        grant group:1:member <- user/v immutable from group:2:member!
        grant group:2:member <- group/1 via group:1:member types=user
        grant group:2:member <- user/u immutable from group:1:member!
        grant group:2:member <- user/v
        held direct=4 through_groups=2
        ",
    );
}

#[test]
fn a_filter_lets_its_types_pass() {
    check(
        "
        grant group/1 member <- user/u
        grant group/1 member <- group/4
        grant app/a use <- group/1 via=member types=group
        # A type that is not synced lets nobody pass, and says nothing of all types.
        grant app/b use <- group/1 via=member types=robot
        grant app/b own <- group/1 via=member types=robot,group
        ",
        "
        grant app:b:use <- group/1
        grant group:1:member <- group/4
        grant group:1:member <- user/u
        grant app:a:use <- group/1 via group:1:member types=group
        grant app:a:use <- group/4 immutable from group:1:member!
        grant app:b:own <- group/1 via group:1:member types=group
        grant app:b:own <- group/4 immutable from group:1:member!
        held direct=5 through_groups=2
        ",
    );
}

#[test]
fn a_source_that_is_missing_or_on_someone_else_is_a_gap() {
    check(
        "
        grant group/1 member <- user/u
        can group/2 member
        grant app/a use <- group/1 through=group:1:owner
        grant app/a own <- group/1 through=group:2:member
        grant app/b use <- group/1 through=group:2:member,group:1:member,nonsense
        ",
        "
        grant app:a:own <- group/1
        grant app:a:use <- group/1
        grant group:1:member <- user/u
        grant app:b:use <- group/1 via group:1:member
        grant app:b:use <- user/u immutable {overstated: true} from group:1:member!
        held direct=4 through_groups=1 overstated=1
        gap expansion x4: app:a:own:group:1; app:a:use:group:1; app:b:use:group:1; app:b:use:group:1
        fact overstated x1: app:b:use:user:u
        ",
    );
}

#[test]
fn a_conditional_grant_stays_only_where_nothing_explains_it() {
    check(
        "
        grant group/1 member <- user/u
        grant app/a use <- group/1 via=member types=user
        # Explained: the expanded grant stays, with what was said about it.
        grant app/a use <- user/u conditional fact.methods=group
        # Not explained: nobody can change it, or the connector says that it can.
        grant app/a use <- user/v conditional fact.methods=inferred
        grant app/b use <- user/v changeable
        ",
        "
        grant app:b:use <- user/v {unexplained: true}
        grant group:1:member <- user/u
        grant app:a:use <- group/1 via group:1:member types=user
        grant app:a:use <- user/u immutable {methods: [group]} from group:1:member!
        grant app:a:use <- user/v immutable {methods: [inferred], unexplained: true}
        held direct=2 through_groups=1 unexplained=2
        fact unexplained x2: app:a:use:user:v; app:b:use:user:v
        ",
    );
}

#[test]
fn a_conditional_grant_is_no_source() {
    check(
        "
        grant group/1 member <- user/u conditional
        grant group/2 member <- group/1 via=member
        grant group/3 member <- group/2 conditional via=member
        grant group/2 member <- user/v
        ",
        "
        grant group:1:member <- user/u immutable {unexplained: true}
        grant group:2:member <- group/1 via group:1:member
        grant group:2:member <- user/v
        grant group:3:member <- group/1 immutable from group:2:member!
        grant group:3:member <- group/2 immutable {unexplained: true} via group:2:member
        grant group:3:member <- user/v immutable from group:2:member!
        held direct=2 through_groups=2 unexplained=2
        fact unexplained x2: group:1:member:user:u; group:3:member:group:2
        ",
    );
}

#[test]
fn overstated_is_what_the_vendor_does_not_list_where_it_lists_all() {
    check(
        "
        grant group/1 member <- user/u
        grant group/1 member <- user/v
        # The access of users to apps is listed as a whole: what u holds of a is confirmed, of b it is not.
        grant app/a use <- group/1 via=member types=user
        grant app/b use <- group/1 via=member types=user
        # That to groups is not.
        grant group/2 member <- group/1 via=member types=user
        grants user/u
        grant app/a use <- user/u conditional
        grants user/v
        unread
        ",
        "
        grant group:1:member <- user/u
        grant group:1:member <- user/v
        grant app:a:use <- group/1 via group:1:member types=user
        grant app:a:use <- user/u immutable from group:1:member!
        grant app:a:use <- user/v immutable from group:1:member!
        grant app:b:use <- group/1 via group:1:member types=user
        grant app:b:use <- user/u immutable {overstated: true} from group:1:member!
        grant app:b:use <- user/v immutable from group:1:member!
        grant group:2:member <- group/1 via group:1:member types=user
        grant group:2:member <- user/u immutable from group:1:member!
        grant group:2:member <- user/v immutable from group:1:member!
        held direct=5 through_groups=6 overstated=1
        fact overstated x1: app:b:use:user:u
        ",
    );
}
