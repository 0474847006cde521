//! Every rule, kept and broken.

use super::*;

#[track_caller]
fn says(checked: Checked, expected: Option<&str>) {
    let said = checked.err().map(|problem| problem.to_string());
    assert_eq!(said.as_deref(), expected);
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|t| (*t).to_owned()).collect()
}

#[test]
fn rules_of_texts() {
    #[track_caller]
    fn check(rules: StringRules, good: &str, bad: &str, expected: &str) {
        says(text(good, Some(&rules), &[]), None);
        says(text(bad, Some(&rules), &[]), Some(expected));
        says(text("", Some(&rules), &[]), None);
    }
    let rules = StringRules::default;
    let some = |t: &str| Some(t.to_owned());
    check(
        StringRules {
            eq: some("a"),
            ..rules()
        },
        "a",
        "b",
        r#"must be "a""#,
    );
    check(
        StringRules {
            len: Some(2),
            ..rules()
        },
        "äö",
        "äöü",
        "must have 2 characters",
    );
    check(
        StringRules {
            min_len: Some(2),
            ..rules()
        },
        "ab",
        "ä",
        "must have at least 2 characters",
    );
    check(
        StringRules {
            max_len: Some(2),
            ..rules()
        },
        "äö",
        "abc",
        "must have at most 2 characters",
    );
    check(
        StringRules {
            prefix: some("a"),
            ..rules()
        },
        "ab",
        "ba",
        r#"must start with "a""#,
    );
    check(
        StringRules {
            suffix: some("a"),
            ..rules()
        },
        "ba",
        "ab",
        r#"must end with "a""#,
    );
    check(
        StringRules {
            contains: some("-"),
            ..rules()
        },
        "a-b",
        "ab",
        r#"must contain "-""#,
    );
    check(
        StringRules {
            not_contains: some(" "),
            ..rules()
        },
        "ab",
        "a b",
        r#"must not contain " ""#,
    );
    check(
        StringRules {
            r#in: owned(&["a", "b"]),
            ..rules()
        },
        "b",
        "c",
        r#"must be one of "a", "b""#,
    );
    check(
        StringRules {
            not_in: owned(&["root"]),
            ..rules()
        },
        "ada",
        "root",
        r#"must not be one of "root""#,
    );
    check(
        StringRules {
            pattern: some("^[a-z]+$"),
            ..rules()
        },
        "ada",
        "Ada",
        r#"must match the pattern "^[a-z]+$""#,
    );
    check(
        StringRules {
            well_known: connector_proto::config::v1::WellKnownString::Email.into(),
            ..rules()
        },
        "ada@example.com",
        "ada",
        "must be an e-mail address",
    );
    let unreadable = StringRules {
        pattern: some("("),
        ..rules()
    };
    says(
        text("a", Some(&unreadable), &[]),
        Some(r#"cannot be checked, because its pattern "(" cannot be read"#),
    );
    let strict = StringRules {
        min_len: Some(1),
        validate_empty: true,
        ..rules()
    };
    says(
        text("", Some(&strict), &[]),
        Some("must have at least 1 characters"),
    );
}

#[test]
fn texts_to_choose_from() {
    says(text("b", None, &["a", "b"]), None);
    says(text("", None, &["a", "b"]), None);
    says(text("c", None, &["a", "b"]), Some(r#"must be one of "a", "b""#));
}

#[test]
fn rules_of_numbers() {
    #[track_caller]
    fn check(rules: Int64Rules, good: i64, bad: i64, expected: &str) {
        let range = i64::MIN..=i64::MAX;
        says(whole(good, Some(&rules), &range), None);
        says(whole(bad, Some(&rules), &range), Some(expected));
    }
    let rules = Int64Rules::default;
    check(
        Int64Rules {
            eq: Some(3),
            ..rules()
        },
        3,
        0,
        "must be 3",
    );
    check(
        Int64Rules {
            lt: Some(3),
            ..rules()
        },
        2,
        3,
        "must be less than 3",
    );
    check(
        Int64Rules {
            lte: Some(3),
            ..rules()
        },
        3,
        4,
        "must be at most 3",
    );
    check(
        Int64Rules {
            gt: Some(-3),
            ..rules()
        },
        -2,
        -3,
        "must be greater than -3",
    );
    check(
        Int64Rules {
            gte: Some(1),
            ..rules()
        },
        1,
        0,
        "must be at least 1",
    );
    check(
        Int64Rules {
            r#in: vec![1, 2],
            ..rules()
        },
        2,
        3,
        "must be one of 1, 2",
    );
    check(
        Int64Rules {
            not_in: vec![1, 2],
            ..rules()
        },
        3,
        1,
        "must not be one of 1, 2",
    );
    says(whole(5, None, &(0..=4)), Some("must be between 0 and 4"));
}

#[test]
fn rules_of_lists() {
    let rules = RepeatedStringRules {
        min_items: Some(2),
        max_items: Some(3),
        unique: true,
        item_rules: Some(StringRules {
            max_len: Some(2),
            ..StringRules::default()
        }),
        ..RepeatedStringRules::default()
    };
    let check = |list: &[&str], expected| says(texts(list, Some(&rules)), expected);
    check(&["a", "b"], None);
    check(&[], None);
    check(&["a"], Some("must have at least 2 entries"));
    check(&["a", "b", "c", "d"], Some("must have at most 3 entries"));
    check(&["a", "a"], Some("must not have an entry twice"));
    check(
        &["a", "abc"],
        Some("has an entry that does not fit, number 2: it must have at most 2 characters"),
    );
}

#[test]
fn resources_in_every_spelling() {
    let one = json!({ "resource_type_id": "user", "resource_id": "u" });
    for spelling in [
        one.clone(),
        json!({ "resourceTypeId": "user", "resourceId": "u" }),
        json!({ "resource_type": "user", "resource": "u" }),
        json!({ "resourceType": "user", "resource": "u" }),
    ] {
        assert_eq!(resource(&spelling, &[]), Ok(one.clone()), "{spelling}");
    }
    for wrong in [
        json!("user:u"),
        json!({ "resource_type_id": "user" }),
        json!({ "resource_type_id": "user", "resource_id": "" }),
        json!({ "resource_type_id": "user", "resource_id": 7 }),
        json!({ "resource_type_id": "user", "resource_id": "u", "more": 1 }),
    ] {
        assert_eq!(resource(&wrong, &[]), Err(None), "{wrong}");
    }
    let rules = RepeatedResourceIdRules {
        allowed_resource_type_ids: owned(&["user", "group"]),
        unique: true,
        ..RepeatedResourceIdRules::default()
    };
    let said = |values: &[Value]| resources(values, Some(&rules)).map_err(|p| p.map(|p| p.to_string()));
    assert_eq!(said(std::slice::from_ref(&one)), Ok(json!([one])));
    assert_eq!(said(&[json!(1)]), Err(None));
    assert_eq!(
        said(&[one.clone(), json!({ "resource_type": "user", "resource": "u" })]),
        Err(Some("must not have an entry twice".into()))
    );
    assert_eq!(
        said(&[one, json!({ "resource_type": "app", "resource": "a" })]),
        Err(Some(
            "has an entry that does not fit, number 2: it must be of type user or group".into()
        ))
    );
}
