//! The irregular organization shows every irregularity there is.

use crate::client::{Client, text};
use crate::crawl::{crawl, ids};
use atlassian_sim::{Org, OrgSpec};
use serde_json::Value;
use std::collections::BTreeSet;

#[tokio::test]
async fn nothing_that_the_quirks_promise_is_missing() {
    let org = Org::generate(OrgSpec::irregular());
    let directories: Vec<String> = org.directory_ids().map(str::to_owned).collect();
    let mut client = Client::start(&org).await;
    let seen = crawl(&mut client, 100, &directories).await;
    let counts = org.truth().counts();
    let user = |keep: &dyn Fn(&Value) -> bool| seen.users.iter().filter(|row| keep(row)).count();
    let status = |word: &str| user(&|row| row["status"] == word);
    let role_rows: Vec<&Value> = seen.roles.values().flat_map(|(_, rows)| rows).collect();
    let role_row = |keep: &dyn Fn(&Value) -> bool| role_rows.iter().filter(|row| keep(row)).count();
    let method = |word: &str| {
        role_row(&|row| {
            row["roleAssignments"]
                .to_string()
                .contains(&format!("\"{word}\""))
        })
    };
    let owner = |word: &str| role_row(&|row| row["resourceOwner"] == word);
    let id = |keep: &dyn Fn(&str) -> bool| user(&|row| keep(text(row, "accountId")));
    let group = |keep: &dyn Fn(&Value) -> bool| seen.groups.iter().filter(|row| keep(row)).count();
    let managed = |word: &str| {
        seen.managed
            .iter()
            .filter(|row| row["account_type"] == word)
            .count()
    };
    let members = |wanted: u16| {
        seen.members
            .values()
            .filter(|(status, _)| *status == wanted)
            .count()
    };
    let twice = seen.roles.values().filter(|(_, rows)| {
        let mut keys = BTreeSet::new();
        rows.iter()
            .any(|row| !keys.insert((text(row, "resourceId"), row["roles"].to_string())))
    });
    let truth = org.truth();
    let unexplained = truth.access().filter(|access| {
        access.readable && access.groups.is_empty() && access.methods == BTreeSet::from(["group_direct"])
    });
    let kinds = [
        ("suspended", status("suspended")),
        ("deactivated", status("deactivated")),
        ("not invited", status("not_invited")),
        ("for deletion", status("for_deletion")),
        ("closed", status("closed")),
        ("unknown status", status("pending_review")),
        (
            "no status",
            user(&|row| row.get("status").is_none() && row.get("accountStatus").is_none()),
        ),
        ("null department", user(&|row| row["department"].is_null())),
        ("given department", user(&|row| row["department"].is_string())),
        (
            "extra fields",
            user(&|row| row["forDeletion"] == true && row["deactivatedOn"].is_string()),
        ),
        ("no e-mail", user(&|row| row.get("email").is_none())),
        ("id of 24 digits", id(&|id| id.len() == 24)),
        ("id 557058", id(&|id| id.starts_with("557058:"))),
        ("id 712020", id(&|id| id.starts_with("712020:"))),
        ("id 619034", id(&|id| id.starts_with("619034:"))),
        (
            "id full of signs",
            id(&|id| id.contains('|') && id.contains(':') && id.contains('-')),
        ),
        (
            "id of a customer",
            seen.managed
                .iter()
                .filter(|row| text(row, "account_id").starts_with("qm:"))
                .count(),
        ),
        (
            "group id with colons",
            group(&|row| text(row, "id").contains(':')),
        ),
        (
            "group id with slashes",
            group(&|row| text(row, "id").contains('/') && text(row, "id").contains('|')),
        ),
        (
            "target with signs",
            role_row(&|row| text(row, "resourceId").contains('|')),
        ),
        ("row twice, once for each directory", twice.count()),
        (
            "suspended in a directory",
            role_row(&|row| row["userDirectoryStatus"] == "suspended"),
        ),
        (
            "no membership",
            role_row(&|row| row["userDirectoryStatus"] == "no_membership"),
        ),
        (
            "unknown role",
            role_row(&|row| row["roles"].to_string().contains("quality-owner")),
        ),
        ("project", owner("project")),
        ("goal", owner("goal")),
        ("platform", owner("platform")),
        ("unlisted target", counts.targets_unlisted as usize),
        ("unlisted account", counts.accounts_unlisted as usize),
        (
            "account that is gone",
            seen.details.values().filter(|status| **status == 404).count(),
        ),
        (
            "roles only",
            role_row(&|row| row.get("roleAssignments").is_none()),
        ),
        (
            "no methods",
            role_row(&|row| {
                row["roleAssignments"]
                    .to_string()
                    .contains("\"roleAssignmentMethods\":[]")
            }),
        ),
        ("unknown method", method("delegated")),
        ("inferred", method("inferred")),
        ("direct", method("direct")),
        ("through a group", method("group_direct")),
        (
            "two methods at once",
            role_row(&|row| row["roleAssignments"].to_string().contains("\"direct\",\"group_")),
        ),
        ("target on two pages", seen.split_targets),
        (
            "uncovered platform role",
            counts.uncovered_platform_roles as usize,
        ),
        ("app", managed("app")),
        ("customer", managed("customer")),
        ("synced group", counts.groups_synced as usize),
        (
            "group of partial access",
            group(&|row| row["managementAccess"].get("modifiable").is_none()),
        ),
        (
            "group of unstated origin",
            group(&|row| row.get("externalSynced").is_none()),
        ),
        (
            "group without description",
            group(&|row| row.get("description").is_none()),
        ),
        (
            "empty group",
            seen.members
                .values()
                .filter(|(status, all)| *status == 200 && all.is_empty())
                .count(),
        ),
        ("forbidden members", members(403)),
        ("missing members", members(404)),
        ("malformed row", seen.users_without_id),
        (
            "repeated row",
            seen.users.len() - ids(&seen.users, "accountId").len(),
        ),
        ("unreadable roles", counts.accounts_without_roles as usize),
        ("overstated", counts.overstated as usize),
        ("unexplained", unexplained.count()),
        ("dormant", counts.access_dormant as usize),
        (
            "default role",
            seen.group_roles
                .values()
                .flatten()
                .filter(|row| row["defaultRole"].is_string())
                .count(),
        ),
        (
            "group with a platform role",
            seen.group_roles
                .values()
                .flatten()
                .filter(|row| row["resourceOwner"] == "platform")
                .count(),
        ),
    ];
    let missing: Vec<&str> = kinds
        .iter()
        .filter(|(_, count)| *count == 0)
        .map(|(kind, _)| *kind)
        .collect();
    assert!(
        missing.is_empty(),
        "the irregular organization shows no {missing:?}"
    );
}
