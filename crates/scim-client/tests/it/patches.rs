//! Changes: what is built and what is refused.

use crate::support::user;
use proptest::prelude::*;
use scim_client::*;
use serde_json::{Value, json};

#[track_caller]
fn built(patch: PatchBuilder, expected: Value) {
    let patch = patch.build().unwrap();
    let sent = serde_json::to_value(&patch).unwrap();
    let schema = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
    assert_eq!(sent, json!({"schemas": [schema], "Operations": expected}));
}

fn patch() -> PatchBuilder {
    Patch::builder()
}

#[test]
fn what_is_built() {
    built(
        patch().replace("active", false),
        json!([{"op": "replace", "path": "active", "value": false}]),
    );
    built(
        patch().replace("title", ()),
        json!([{"op": "replace", "path": "title", "value": null}]),
    );
    built(
        patch().add(
            "emails",
            [MultiValued::new("a@b.example").of_type(ValueType::Home)],
        ),
        json!([{"op": "add", "path": "emails", "value": [{"value": "a@b.example", "type": "home"}]}]),
    );
    built(
        patch().remove("name.middleName"),
        json!([{"op": "remove", "path": "name.middleName"}]),
    );
    let mut parts = User::default();
    parts.display_name = Some("Ines".into());
    built(
        patch().replace_attributes(&parts),
        json!([{"op": "replace", "value": {"displayName": "Ines"}}]),
    );
    built(
        patch().add_attributes(json!({"a": 1})),
        json!([{"op": "add", "value": {"a": 1}}]),
    );
    let work = PatchPath::values("emails", &Filter::eq("type", "work").unwrap()).unwrap();
    built(
        patch()
            .remove(work.clone())
            .replace(work.sub_attribute("display").unwrap(), "W"),
        json!([
            {"op": "remove", "path": "emails[type eq \"work\"]"},
            {"op": "replace", "path": "emails[type eq \"work\"].display", "value": "W"},
        ]),
    );
    let manager = format!("{ENTERPRISE_SCHEMA}:manager");
    let manager = PatchPath::attribute(&manager)
        .unwrap()
        .sub_attribute("value")
        .unwrap();
    built(
        patch().add(manager, "26118915"),
        json!([{"op": "add", "path": format!("{ENTERPRISE_SCHEMA}:manager.value"), "value": "26118915"}]),
    );
    let other = UserId::from_server("o\"dd");
    built(
        patch().add_members([&user(), &other]),
        json!([{"op": "add", "path": "members", "value": [{"value": user()}, {"value": "o\"dd"}]}]),
    );
    built(
        patch().remove_members([&user(), &other]),
        json!([
            {"op": "remove", "path": format!("members[value eq \"{}\"]", user())},
            {"op": "remove", "path": "members[value eq \"o\\\"dd\"]"},
        ]),
    );
    built(
        patch().remove_values("members", [Member::user(&user())]),
        json!([{"op": "remove", "path": "members", "value": [{"value": user()}]}]),
    );
}

#[test]
fn what_is_refused() {
    #[track_caller]
    fn check(patch: PatchBuilder, expected: &str) {
        assert_eq!(patch.build().unwrap_err().to_string(), expected);
    }
    check(
        patch(),
        "Operations is needed: a change of nothing is refused by servers",
    );
    check(
        patch().remove(""),
        "path does not follow the grammar: something is missing (at byte 0)",
    );
    check(
        patch().remove("a.b.c"),
        "path does not follow the grammar: an attribute has one sub-attribute at most",
    );
    check(
        patch().remove("emails[type eq]"),
        "path does not follow the grammar: a token is not allowed here (at byte 12)",
    );
    check(
        patch().remove("emails[type eq \"work\"].a.b"),
        "path does not follow the grammar: a token is not allowed here (at byte 23)",
    );
    check(
        patch().replace_attributes("active"),
        "path is needed: only an object says by itself which attributes are meant",
    );
    check(
        patch().add_attributes([1]),
        "path is needed: only an object says by itself which attributes are meant",
    );
    check(
        patch().add_members([]),
        "members is needed: without one there is nothing to add",
    );
    check(
        patch().remove_members([]),
        "members is needed: without one there is nothing to remove",
    );
    // A list of nothing beside the path would be none, and no value takes all values away (RFC 7644 §3.5.2.2).
    for nothing in [json!([]), json!(null), json!({})] {
        check(
            patch().remove_values("members", nothing),
            "value is needed: without one a server may take all values away",
        );
    }
    let odd_keys = std::collections::BTreeMap::from([((1, 2), 3)]);
    check(
        patch().add("a", odd_keys),
        "the value of value cannot be written as JSON",
    );
    // The first mistake is the one that is told.
    check(
        patch().remove("1").remove_members([]).add("b", 1),
        "path does not follow the grammar: a token is not allowed here (at byte 0)",
    );

    let path = PatchPath::attribute("name.familyName").unwrap();
    assert_eq!(path.sub_attribute("value").unwrap_err().parameter(), "path");
    for odd in ["a.b", "urn:x:1.0:a", "a b", ""] {
        let path = PatchPath::attribute("name").unwrap();
        assert!(path.sub_attribute(odd).is_err(), "{odd}");
    }
    let brackets = Filter::any_of("a", &Filter::pr("b").unwrap()).unwrap();
    assert!(PatchPath::values("emails", &brackets).is_err());
}

proptest! {
    /// Whatever an id looks like, a member of this id is removed and no other.
    #[test]
    fn any_member_can_be_named(id in "(?s).{1,40}") {
        let id = UserId::from_server(&id);
        let patch = Patch::builder().remove_members([&id]).build().unwrap();
        let path = patch.operations()[0].path().unwrap();
        prop_assert_eq!(&PatchPath::parse(&path.to_string()).unwrap(), path);
        let text = path.to_string();
        let literal = text.strip_prefix("members[value eq ").unwrap().strip_suffix(']').unwrap();
        prop_assert_eq!(serde_json::from_str::<String>(literal).unwrap(), id.as_str());
    }

    #[test]
    fn any_text_is_a_path_or_refused(text in "(?s).{0,30}|[a-z \"\\[\\].:0-9]{0,30}") {
        if let Ok(path) = PatchPath::parse(&text) {
            prop_assert_eq!(PatchPath::parse(&path.to_string()).expect("what was read can be read again"), path);
        }
    }
}
