//! Properties of words, ids and rows, for every input.

use atlassian_admin::*;
use proptest::prelude::*;
use serde_json::{Value, json};

proptest! {
    /// No word of the vendor is changed or lost on its way through, but for blanks around it.
    #[test]
    fn words_survive(word in "\\PC{0,40}") {
        let json = Value::from(word.clone());
        let through = |same: Value| same == word.trim();
        prop_assert!(through(json!(serde_json::from_value::<RoleId>(json.clone()).unwrap())));
        prop_assert!(through(json!(serde_json::from_value::<UserStatus>(json.clone()).unwrap())));
        let owner = ResourceOwner::from(word.as_str());
        prop_assert_eq!(owner.as_str(), word.trim());
    }

    /// Whatever an id looks like, it is kept but for blanks around it, and `parse` either keeps it too or refuses it.
    #[test]
    fn ids_are_kept_or_refused(id in "\\PC{0,30}[!-~é]\\PC{0,30}") {
        let kept = AccountId::from_vendor(&id);
        prop_assert_eq!(kept.as_str(), id.trim());
        if let Ok(parsed) = AccountId::parse(&id) {
            prop_assert_eq!(parsed.as_str(), id.trim());
            prop_assert!(id.trim().bytes().all(|b| b.is_ascii_alphanumeric() || b"_|:-".contains(&b)));
        }
        let read: TokenId = serde_json::from_value(json!(id.clone())).unwrap();
        prop_assert_eq!(read.as_str(), id.trim());
    }

    /// A union of methods does not depend on the order, and holds what went in.
    #[test]
    fn methods_are_a_set(words in proptest::collection::vec("direct|group_direct|inferred|delegated|[a-z]{1,6}", 0..8)) {
        let methods = || words.iter().map(|word| AssignmentMethod::from(word.as_str()));
        let forward: AssignmentMethods = methods().collect();
        let backward: AssignmentMethods = methods().rev().collect();
        prop_assert_eq!(&forward, &backward);
        prop_assert!(methods().all(|method| forward.contains(&method)));
        prop_assert_eq!(forward.is_direct(), words.iter().any(|word| word == "direct"));
        prop_assert_eq!(forward.is_empty(), words.is_empty());
        let mut united = forward.clone();
        united.unite(&backward);
        prop_assert_eq!(united, forward.clone());
        let back: AssignmentMethods = serde_json::from_value(json!(forward)).unwrap();
        prop_assert_eq!(back, forward);
    }

    /// Fields that nobody foresaw are kept as they came, beside any subset of the known ones.
    #[test]
    fn unknown_fields_survive(
        name in "x[a-zA-Z]{0,10}",
        value in prop_oneof![Just(json!(null)), Just(json!([1, {"a": "b"}])), any::<i64>().prop_map(|n| json!(n))],
        nickname in proptest::option::of("\\PC{0,10}"),
    ) {
        let user: User = serde_json::from_value(json!({
            "accountId": "712020:a", "nickname": nickname.clone(), name.as_str(): value.clone()
        })).unwrap();
        prop_assert_eq!(user.nickname, nickname);
        prop_assert_eq!(user.extra.get(&name), Some(&value));
    }

    /// A role is shown once, with its methods wherever there are any.
    #[test]
    fn held_roles_are_complete(
        old in proptest::collection::vec("atlassian/(user|admin|guest)", 0..4),
        new in proptest::collection::btree_set("atlassian/(user|admin|basic)", 0..3),
    ) {
        let row: UserRoleAssignment = serde_json::from_value(json!({
            "resourceId": "ari:cloud:jira::site/1",
            "roles": old.clone(),
            "roleAssignments": new.iter().map(|role| json!({"role": role})).collect::<Vec<_>>(),
        })).unwrap();
        let held: Vec<(String, bool)> = row.held().map(|(role, how)| (role.to_string(), how.is_some())).collect();
        for role in old.iter().chain(&new) {
            prop_assert!(held.iter().any(|(held, _)| held == role), "{} is lost", role);
        }
        for role in &new {
            prop_assert_eq!(held.iter().filter(|(held, _)| held == role).count(), 1);
            prop_assert!(held.contains(&(role.clone(), true)));
        }
    }
}

#[test]
fn moments_of_every_form_are_read() {
    for (text, moment) in [
        (r#""2023-03-14T08:21:55.310Z""#, Some("2023-03-14T08:21:55.31Z")),
        (
            r#""2026-09-02T11:03:00.123456Z""#,
            Some("2026-09-02T11:03:00.123456Z"),
        ),
        (
            r#""2026-08-29T14:40:02.118420337Z""#,
            Some("2026-08-29T14:40:02.118420337Z"),
        ),
        (r#""2026-08-29T16:40:02+02:00""#, Some("2026-08-29T14:40:02Z")),
        (r#""2026-08-29""#, Some("2026-08-29T00:00:00Z")),
        ("1788000000123", Some("2026-08-29T10:40:00.123Z")),
        (r#""1788000000123""#, Some("2026-08-29T10:40:00.123Z")),
        ("-1000", Some("1969-12-31T23:59:59Z")),
        ("1788000000123.5", None),
        (r#""2026-08-29T14:40:02""#, None),
        (r#""yesterday""#, None),
        (r#""""#, None),
    ] {
        let read: VendorTime = serde_json::from_str(text).unwrap();
        assert_eq!(
            read.timestamp().map(|moment| moment.to_string()).as_deref(),
            moment,
            "{text}"
        );
    }
}

#[test]
fn an_address_is_masked_where_it_might_be_logged() {
    let user: User = serde_json::from_value(json!({
        "accountId": "a",
        "email": "ines.calder@larkspur.example",
        "alternative": "ines.calder@example.net",
    }))
    .unwrap();
    let shown = format!("{user:?}");
    assert!(
        shown.contains("***@larkspur.example") && !shown.contains("ines.calder"),
        "{shown}"
    );
    assert_eq!(user.email.unwrap().as_str(), "ines.calder@larkspur.example");
}

#[test]
fn what_decides_whether_a_group_may_be_changed() {
    let modifiable = |fields: Value| {
        let mut group = json!({"id": "g"});
        group
            .as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        serde_json::from_value::<Group>(group).unwrap().is_modifiable()
    };
    assert!(modifiable(json!({})));
    assert!(modifiable(
        json!({"externalSynced": true, "managementAccess": {"modifiable": true}})
    ));
    assert!(!modifiable(
        json!({"externalSynced": false, "managementAccess": {"modifiable": false}})
    ));
    assert!(!modifiable(
        json!({"externalSynced": true, "managementAccess": {}})
    ));
    assert!(!modifiable(json!({"managedBy": "external"})));
}

#[test]
fn the_app_of_a_workspace_is_found_wherever_it_stands() {
    let app = |row: Value| {
        serde_json::from_value::<Workspace>(row)
            .unwrap()
            .app()
            .map(str::to_owned)
    };
    let id = "ari:cloud:loom::workspace/1";
    for (row, expected) in [
        (
            json!({"id": id, "attributes": {"typeKey": "confluence", "type": "Confluence"}}),
            "confluence",
        ),
        (
            json!({"id": id, "attributes": {"typeKey": "", "type": "confluence"}}),
            "confluence",
        ),
        (json!({"id": id, "type": "trello", "attributes": {}}), "trello"),
        (json!({"id": id, "type": "workspace", "attributes": null}), "loom"),
    ] {
        assert_eq!(app(row).as_deref(), Some(expected));
    }
}

#[test]
fn actions_are_the_same_in_any_case() {
    let action = |text: &str| serde_json::from_value::<EventAction>(json!(text)).unwrap();
    assert_eq!(action("group_created"), action("GROUP_CREATED"));
    assert!(action("group_created").is("Group_Created") && !action("group_created").is("group_deleted"));
}
