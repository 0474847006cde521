//! What each profile lets through of a change, and what it refuses.

use crate::profiles::{line, patched};
use crate::support::{group, user};
use scim_client::*;
use serde_json::json;

#[test]
fn changes() {
    use ResourceKind::{Group, User};
    let urn = |name: &str| format!("{ENTERPRISE_SCHEMA}:{name}");
    let core = |name: &str| format!("{USER_SCHEMA}:{name}");
    let at = |path: &str| patched(|it| it.replace(path, "x"));
    let with = |attributes| patched(|it| it.replace_attributes(attributes));
    let cases = [
        ("active", User, at("active")),
        ("name.givenName", User, at("name.givenName")),
        ("emails of work", User, at(r#"emails[type eq "work"].value"#)),
        (
            "emails, and",
            User,
            at(r#"emails[type eq "work" and primary eq true].value"#),
        ),
        ("emails, ne", User, at(r#"emails[type ne "work"].value"#)),
        (
            "without a path",
            User,
            with(json!({"active": false, "title": "x"})),
        ),
        ("id", User, at("id")),
        ("meta.created", User, at("meta.created")),
        ("groups", User, at("groups")),
        ("groups, without a path", User, with(json!({"Groups": []}))),
        ("password", User, at("password")),
        ("PROFILEURL", User, at("PROFILEURL")),
        ("photos of a kind", User, at(r#"photos[type eq "photo"].value"#)),
        ("with schema: title", User, at(&core("title"))),
        ("with schema: locale", User, at(&core("locale"))),
        ("with schema: id", User, at(&core("id"))),
        ("department", User, at(&urn("department"))),
        ("manager", User, at(&urn("manager"))),
        ("manager.value", User, at(&urn("manager.value"))),
        (
            "the extension",
            User,
            patched(|it| it.add(ENTERPRISE_SCHEMA, json!({"division": "x"}))),
        ),
        (
            "the extension, without a path",
            User,
            with(json!({ENTERPRISE_SCHEMA: {"organization": "x", "costCenter": "y"}})),
        ),
        (
            "the account, without a path",
            User,
            with(json!({ATLASSIAN_EXTENSION: {}})),
        ),
        (
            "two primary emails",
            User,
            patched(|it| {
                it.add(
                    "emails",
                    [MultiValued::new("a").primary(), MultiValued::new("b").primary()],
                )
            }),
        ),
        ("remove nickName", User, patched(|it| it.remove("nickName"))),
        ("remove userType", User, patched(|it| it.remove("userType"))),
        (
            "remove emails beside the path",
            User,
            patched(|it| it.remove_values("emails", json!([{"value": "a"}]))),
        ),
        ("add members", Group, patched(|it| it.add_members([&user()]))),
        (
            "replace members",
            Group,
            patched(|it| it.replace("members", [Member::user(&user())])),
        ),
        (
            "replace members by none",
            Group,
            patched(|it| it.replace("members", json!([]))),
        ),
        (
            "remove members",
            Group,
            patched(|it| it.remove_members([&user()])),
        ),
        (
            "remove members beside the path",
            Group,
            patched(|it| it.remove_values("members", [Member::user(&user())])),
        ),
        ("remove all members", Group, patched(|it| it.remove("members"))),
        (
            "remove a part of members",
            Group,
            patched(|it| it.remove("members.display")),
        ),
        (
            "remove by display",
            Group,
            patched(|it| it.remove(r#"members[display sw "a"]"#)),
        ),
        (
            "add a group",
            Group,
            patched(|it| it.add("members", [Member::group(&group())])),
        ),
        (
            "make a member a group",
            Group,
            patched(|it| it.replace(r#"members[value eq "a"]"#, json!({"TYPE": "group"}))),
        ),
        ("displayName", Group, at("displayName")),
        (
            "displayName, without a path",
            Group,
            with(json!({"displayName": "x"})),
        ),
        ("externalId", Group, at("externalId")),
        ("groups of a group", Group, at("groups")),
    ];
    let lines: Vec<String> = cases
        .iter()
        .map(|(name, kind, patch)| {
            line(&format!("{kind}: {name}"), |profile| {
                profile.check_change(*kind, patch)
            })
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}
