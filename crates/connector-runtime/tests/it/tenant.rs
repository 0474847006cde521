//! A tenant with a bit of everything, of any size.

use crate::script::Script;
use std::fmt::Write as _;

/// Users on several pages with roles of their own, groups in groups, further pages of a listing, members nobody
/// listed, access through groups that is confirmed, missing and unexplained, gaps and placeholders.
pub(crate) fn tenant(users: usize) -> Script {
    let mut s = String::from(
        r#"
        type app app
        type group group grants entitlements
        type user user grants covers=app must-exist
        validate
        remark plan "" "the organization is on a trial"
        list app
        resource app/a "Wiki"
        can app/a use "Use {}" permission to=user
        can app/a admin "Administer {}" permission to=user
        next p2
        also extra
        page p2
        resource app/b "Tickets"
        page extra
        resource app/c "Board" placeholder=1
        gap apps region "a region cannot be read"
        "#,
    );
    s.push_str("\nlist user\n");
    for n in 0..users {
        writeln!(s, "resource user/{n} \"User {n}\" team={}", n % 3).expect("text");
        if n % 4 == 3 {
            s.push_str("---\n");
        }
    }
    let groups = users / 4 + 2;
    s.push_str("list group\n");
    for g in 0..groups {
        writeln!(s, "resource group/{g} \"Group {g}\"").expect("text");
        if g % 3 == 2 {
            s.push_str("---\n");
        }
    }
    for g in 0..groups {
        writeln!(
            s,
            "entitlements group/{g}\ncan group/{g} member \"Member of {{}}\" to=user"
        )
        .expect("text");
        writeln!(s, "grants group/{g}").expect("text");
        for n in (0..users).filter(|n| n % groups == g || n % 5 == g % 5) {
            writeln!(s, "grant group/{g} member <- user/{n}").expect("text");
        }
        writeln!(s, "---\ngrant group/{g} member <- user/guest-{g}").expect("text");
        writeln!(s, "resource user/guest-{g} \"Guest of {g}\" placeholder=2").expect("text");
        if g > 0 {
            writeln!(
                s,
                "---\ngrant group/{g} member <- group/{} via=member types=user",
                g / 2
            )
            .expect("text");
        }
        let app = ["a", "b", "c"][g % 3];
        writeln!(s, "grant app/{app} use <- group/{g} via=member types=user").expect("text");
    }
    for n in 0..users {
        let app = ["a", "b", "d"][n % 3];
        writeln!(
            s,
            "grants user/{n}\nresource app/{app} \"App {app} (met)\" placeholder=0"
        )
        .expect("text");
        writeln!(
            s,
            "grant app/{app} use <- user/{n} conditional fact.methods=group"
        )
        .expect("text");
        match n % 5 {
            0 => writeln!(s, "grant app/a admin <- user/{n} fact.methods=direct"),
            1 => writeln!(s, "grant app/b own <- user/{n} dormant"),
            2 => writeln!(s, "unread\ngap roles user/{n} \"not permitted\""),
            _ => writeln!(
                s,
                "---\ngrant app/a use <- user/{n} conditional fact.methods=inferred"
            ),
        }
        .expect("text");
    }
    Script::parse(&s)
}
