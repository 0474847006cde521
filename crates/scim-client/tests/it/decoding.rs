//! Resources: read without regard to case, kept whole, written as they came.

use crate::support::fixture;
use proptest::prelude::*;
use scim_client::*;
use serde_json::{Map, Value, json};

fn user(value: Value) -> Result<Stored<User>, String> {
    serde_json::from_value(value).map_err(|error| error.to_string())
}

#[test]
fn what_was_read_is_written_as_it_came() {
    for text in [
        fixture!("rfc-user"),
        fixture!("atlassian-user"),
        fixture!("atlassian-user-unlinked"),
    ] {
        let mut came: Value = serde_json::from_str(text).unwrap();
        let stored = user(came.clone()).unwrap();
        // No value and absent are the same (RFC 7643 §2.5).
        let object = came.as_object_mut().unwrap();
        object.retain(|_, value| *value != json!([]) && *value != json!(""));
        assert_eq!(serde_json::to_value(&stored).unwrap(), came);
    }
    let came: Value = serde_json::from_str(fixture!("rfc-group")).unwrap();
    let stored: Stored<Group> = serde_json::from_value(came.clone()).unwrap();
    assert_eq!(serde_json::to_value(&stored).unwrap(), came);
    let config: Value = serde_json::from_str(fixture!("rfc-config")).unwrap();
    let read: ServiceProviderConfig = serde_json::from_value(config.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), config);
    assert_eq!(
        read.extra.find("FUTUREFEATURE"),
        Some(&json!({"supported": true}))
    );
}

#[test]
fn names_without_regard_to_case() {
    let stored = user(json!({
        "ID": 7, "USERNAME": "a", "Active": "TRUE", "EMAILS": [{"Value": "a@b.example", "PRIMARY": "true", "Type": "WORK"}],
        "META": {"LastModified": "2026-05-13T04:42:34Z"},
        "URN:ietf:params:scim:schemas:extension:Enterprise:2.0:user": {"DEPARTMENT": "x"},
        "groups": null, "title": null, "nickName": "",
    }))
    .unwrap();
    assert_eq!(stored.id.as_str(), "7");
    let modified = stored.meta.unwrap().last_modified.unwrap();
    assert_eq!(modified.timestamp().unwrap().as_second(), 1_778_647_354);
    let user = stored.resource;
    assert_eq!(user.user_name.as_deref(), Some("a"));
    assert_eq!(user.active, Some(Flag(true)));
    assert_eq!(user.emails[0].kind, Some(ValueType::Work));
    assert_eq!(user.primary_email().map(Text::as_str), Some("a@b.example"));
    assert_eq!(user.enterprise.unwrap().department.as_deref(), Some("x"));
    assert_eq!(
        (user.title, user.nick_name, user.groups.len(), user.extra.len()),
        (None, None, 0, 0)
    );
}

/// What nobody asks for a time costs nothing: a resource is whole without it.
#[test]
fn moments_of_forms_that_nobody_expected_are_kept() {
    for (modified, text) in [
        (json!("yesterday"), "yesterday"),
        (json!(1_778_647_354_000_u64), "1778647354000"),
        (json!(-1), "-1"),
        (json!(1778647354.5), "1778647354.5"),
    ] {
        let stored = user(json!({"id": "1", "meta": {"lastModified": modified}})).unwrap();
        let modified = stored.meta.unwrap().last_modified.unwrap();
        assert_eq!((modified.as_str(), modified.timestamp()), (text, None));
    }
}

/// With them it would be another resource.
#[test]
fn blanks_around_an_id_are_no_part_of_it() {
    let stored = user(json!({"id": " 1\n", "userName": "a"})).unwrap();
    assert_eq!(stored.id.as_str(), "1");
}

#[test]
fn what_cannot_be_understood_is_an_error() {
    #[track_caller]
    fn check(value: Value, expected: &str) {
        let error = user(value).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
    check(json!({"userName": "a"}), "missing field `id`");
    check(json!({"id": ""}), "the user id is empty");
    check(json!({"id": " \n"}), "the user id is empty");
    check(json!({"id": null}), "the user id");
    check(json!({"id": "1", "ID": "2"}), "is given twice");
    check(json!({"id": "1", "active": true, "ACTIVE": false}), "given twice");
    check(json!({"id": "1", "shoe": 1, "Shoe": 2}), "given twice");
    check(json!({"id": "1", "active": "yes"}), "true or false");
    check(json!({"id": "1", "active": 2}), "true or false");
    check(json!({"id": "1", "title": {}, "Title": "x"}), "given twice");
    check(json!({"id": "1", "emails": [["a"]]}), "MultiValued");
    check(json!([1]), "a user");
}

#[test]
fn which_address_is_the_primary_one() {
    let primary = |emails: Vec<MultiValued>| {
        let mut user = User::new("a");
        user.emails = emails;
        user.primary_email().map(ToString::to_string)
    };
    let email = MultiValued::new;
    assert_eq!(primary(vec![]), None);
    assert_eq!(primary(vec![email("a")]).as_deref(), Some("a"));
    assert_eq!(primary(vec![email("a"), email("b")]), None);
    assert_eq!(
        primary(vec![email("a"), email("b").primary()]).as_deref(),
        Some("b")
    );
}

#[test]
fn members_are_users_or_groups() {
    let group: Stored<Group> = serde_json::from_str(fixture!("rfc-group")).unwrap();
    let ids: Vec<_> = group
        .resource
        .members
        .iter()
        .map(|member| {
            (
                member.user_id().map(|id| id.to_string()),
                member.group_id().map(|id| id.to_string()),
            )
        })
        .collect();
    assert_eq!(
        ids,
        [(Some("2c9e41".into()), None), (None, Some("6c5bb4".into()))]
    );
    let odd: Member = serde_json::from_value(json!({"value": "1", "type": "Robot"})).unwrap();
    assert_eq!((odd.user_id(), odd.group_id()), (None, None));
}

#[test]
fn extensions_are_found_and_set_by_their_urn() {
    let urn = "urn:brightwater:params:scim:badge:1.0:User";
    let stored: Stored<User> = serde_json::from_str(fixture!("rfc-user")).unwrap();
    let mut user = stored.resource;
    #[derive(serde::Deserialize)]
    struct Badge {
        badge: Map<String, Value>,
    }
    let badge: Badge = user.extension_as(&urn.to_uppercase()).unwrap().unwrap();
    assert_eq!(badge.badge["number"], 417);
    assert!(user.extension_as::<u32>(urn).is_err());
    assert!(user.extension_as::<Badge>("urn:other").unwrap().is_none());
    user.set_extension(&urn.to_lowercase(), &json!({"badge": {}}))
        .unwrap();
    assert_eq!(
        user.extra
            .keys()
            .filter(|key| key.eq_ignore_ascii_case(urn))
            .count(),
        1
    );
    user.set_extension(urn, &()).unwrap();
    assert_eq!(user.extension(urn), None);
}

#[test]
fn resources_of_every_kind() {
    let page: Value = serde_json::from_str(fixture!("rfc-search")).unwrap();
    let rows: Vec<AnyResource> = serde_json::from_value(page["Resources"].clone()).unwrap();
    let [
        AnyResource::User(user),
        AnyResource::Group(group),
        AnyResource::Other(boat),
    ] = rows.as_slice()
    else {
        panic!("{rows:?}");
    };
    assert_eq!(
        (user.id.as_str(), group.id.as_str(), &boat["callSign"]),
        ("2c9e41", "e9e30d", &json!("MQRT3"))
    );
    assert_eq!(serde_json::to_value(&rows).unwrap(), page["Resources"]);
}

/// Values of other types than RFC 7643 gives them do not cost the resource.
#[test]
fn values_of_odd_types() {
    let stored = user(json!({
        "schemas": USER_SCHEMA, "id": -7, "externalId": 4711, "userName": "ines", "active": 1, "nickName": true,
        "title": {"de": "Leitung"}, "name": "Ines Calder", "locale": [],
        "emails": [null, {"value": "a@b.example", "primary": "1", "type": 5}],
        "phoneNumbers": {"value": 351210000000_u64},
        "addresses": [{"postalCode": 1100148, "country": null}],
        "roles": ["admin", 7], "photos": "", "groups": "g1",
        "meta": {"version": 3, "created": {}, "resourceType": "USER"},
        ENTERPRISE_SCHEMA: {"employeeNumber": 417, "manager": "26118915"},
    }))
    .unwrap();
    assert_eq!((stored.id.as_str(), stored.etag().unwrap().as_str()), ("-7", "3"));
    let ines = &stored.resource;
    assert_eq!(ines.schemas, [USER_SCHEMA]);
    assert_eq!(ines.external_id.as_deref(), Some("4711"));
    assert_eq!(ines.active, Some(Flag(true)));
    assert_eq!(ines.nick_name.as_deref(), Some("true"));
    assert_eq!(
        ines.name.as_ref().unwrap().formatted.as_deref(),
        Some("Ines Calder")
    );
    assert_eq!(ines.primary_email().map(Text::as_str), Some("a@b.example"));
    assert_eq!(ines.phone_numbers[0].value.as_deref(), Some("351210000000"));
    assert_eq!(ines.addresses[0].postal_code.as_deref(), Some("1100148"));
    let roles: Vec<_> = ines
        .roles
        .iter()
        .map(|role| role.value.as_deref().unwrap())
        .collect();
    assert_eq!(roles, ["admin", "7"]);
    assert_eq!((ines.photos.len(), ines.groups.len()), (0, 1));
    let enterprise = ines.enterprise.as_ref().unwrap();
    assert_eq!(enterprise.employee_number.as_deref(), Some("417"));
    assert_eq!(
        enterprise.manager.as_ref().unwrap().value.as_deref(),
        Some("26118915")
    );
    // What has no reading is kept and goes back, unless it was set since.
    assert_eq!(
        (&ines.title, ines.extra.find("title")),
        (&None, Some(&json!({"de": "Leitung"})))
    );
    assert_eq!(ines.emails[0].extra.find("type"), Some(&json!(5)));
    let mut changed = ines.clone();
    changed.title = Some("Lead".into());
    let sent = serde_json::to_string(&changed).unwrap();
    assert!(
        sent.contains(r#""title":"Lead""#) && !sent.contains("Leitung"),
        "{sent}"
    );
    assert!(sent.contains(r#""locale":[]"#), "{sent}");

    let config: ServiceProviderConfig = serde_json::from_value(json!({
        "patch": true, "bulk": {"supported": "true", "maxOperations": "1000", "maxPayloadSize": -1},
        "filter": false, "sort": {"supported": 0}, "authenticationSchemes": {"type": "oauthbearertoken"},
    }))
    .unwrap();
    assert!(config.patch.is_offered() && config.patch.supported.is_some());
    assert_eq!(
        (config.bulk.max_operations, config.bulk.max_payload_size),
        (Some(1000), None)
    );
    assert!(!config.filter.is_offered() && !config.sort.is_offered());
    assert_eq!(config.authentication_schemes.len(), 1);
}

/// A text that is not a text, because half of a character stands in it, is kept as it came: written as `null`, the value would
/// be taken away from the resource.
#[test]
fn a_text_with_half_of_a_character_is_written_as_it_came() {
    let json = r#"{"id":"7","title":"\udc00","nickNames":["a\ud800"],"badge":null}"#;
    let stored: Stored<User> = serde_json::from_str(json).unwrap();
    let written = serde_json::to_string(&stored).unwrap();
    for kept in [r#""title":"\udc00""#, r#""nickNames":["a\ud800"]"#] {
        assert!(written.contains(kept), "{kept} in {written}");
    }
    assert_eq!(serde_json::from_str::<Stored<User>>(&written).unwrap(), stored);
}

/// So is an object that is not understood because a member stands in it twice: written with one of the two, it would look
/// understood.
#[test]
fn an_object_with_a_member_twice_is_written_as_it_came() {
    let name = r#"{"givenName":"Ines","givenname":"Ada"}"#;
    let json = format!(r#"{{"id":"7","name":{name}}}"#);
    let stored: Stored<User> = serde_json::from_str(&json).unwrap();
    let written = serde_json::to_string(&stored).unwrap();
    assert!(written.contains(name), "{written}");
    assert_eq!(serde_json::from_str::<Stored<User>>(&written).unwrap(), stored);
    let same = json.replace("givenname", "givenName");
    let stored: Stored<User> = serde_json::from_str(&same).unwrap();
    assert!(
        serde_json::to_string(&stored)
            .unwrap()
            .contains(r#"{"givenName":"Ines","givenName":"Ada"}"#)
    );
}

/// A number that 64 bits do not hold is the same after a resource was read and written, wherever it stands.
#[test]
fn large_numbers_are_written_as_they_came() {
    let number = "123456789012345678901234567890";
    let json = format!(
        r#"{{"id":{number},"externalId":{number},"badge":{number},"list":[{{"a":{number}}}],"ratio":0.10,
            "emails":[{{"value":"a","weight":{number}}}],"meta":{{"version":{number}}},
            "{ENTERPRISE_SCHEMA}":{{"card":{number}}},"urn:x:1.0":{{"n":1e400}}}}"#
    );
    let stored: Stored<User> = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (stored.id.as_str(), stored.etag().unwrap().as_str()),
        (number, number)
    );
    assert_eq!(stored.resource.external_id.as_deref(), Some(number));
    let written = serde_json::to_string(&stored).unwrap();
    for kept in [
        format!(r#""badge":{number}"#),
        format!(r#""list":[{{"a":{number}}}]"#),
        format!(r#""weight":{number}"#),
        format!(r#""card":{number}"#),
        r#""ratio":0.10"#.to_owned(),
        r#"{"n":1e400}"#.to_owned(),
    ] {
        assert!(written.contains(&kept), "{kept} in {written}");
    }
    let again: Stored<User> = serde_json::from_str(&written).unwrap();
    assert_eq!(again, stored);
    let any: AnyResource =
        serde_json::from_str(&json.replacen('{', &format!(r#"{{"schemas":["{USER_SCHEMA}"],"#), 1)).unwrap();
    assert!(
        serde_json::to_string(&any)
            .unwrap()
            .contains(&format!(r#""badge":{number}"#))
    );
}

#[test]
fn a_member_is_what_its_type_or_its_address_says() {
    #[track_caller]
    fn check(member: Value, expected: [Option<&str>; 2]) {
        let member: Member = serde_json::from_value(member).unwrap();
        let (user, group) = (member.user_id(), member.group_id());
        let found = [
            user.as_ref().map(UserId::as_str),
            group.as_ref().map(GroupId::as_str),
        ];
        assert_eq!(found, expected, "{member:?}");
    }
    let groups = "https://scim.example/v2/Groups/7";
    check(json!({"value": "7", "$ref": groups}), [None, Some("7")]);
    check(json!({"value": "7", "$ref": "../Users/7"}), [Some("7"), None]);
    check(
        json!({"value": "7", "type": "user", "$ref": groups}),
        [Some("7"), None],
    );
    // A group may be a member too, so nothing is guessed.
    check(json!({"value": "7"}), [None, None]);
    check(
        json!({"value": "7", "$ref": "https://scim.example/v2/Boats/7"}),
        [None, None],
    );
}

#[test]
fn a_resource_of_another_kind_is_none_of_this() {
    for row in [
        json!({"id": "1", "schemas": [GROUP_SCHEMA], "displayName": "eng"}),
        json!({"id": "1", "schemas": GROUP_SCHEMA.to_uppercase()}),
        json!({"id": "1", "meta": {"resourceType": "Group"}}),
    ] {
        assert!(
            user(row.clone()).unwrap_err().contains("this is no user"),
            "{row}"
        );
        serde_json::from_value::<Stored<Group>>(row).unwrap();
    }
    for row in [
        json!({"id": "1", "schemas": [GROUP_SCHEMA, USER_SCHEMA]}),
        json!({"id": "1", "schemas": ["urn:x:Person"], "meta": {"resourceType": "Person"}}),
    ] {
        user(row).unwrap();
    }
}

proptest! {
    /// Attributes that nobody foresaw are kept as they came, beside any subset of the known ones.
    #[test]
    fn unknown_attributes_survive(
        name in "x[a-zA-Z]{0,10}",
        value in prop_oneof![Just(json!(null)), Just(json!([1, {"a": "b"}])), any::<i64>().prop_map(|n| json!(n))],
        title in proptest::option::of("\\PC{1,10}"),
        kind in "[a-z]{1,8}",
    ) {
        let stored = user(json!({
            "id": "1", name.as_str(): value.clone(), "title": title.clone(), "ims": [{"value": "v", "type": kind.clone()}]
        })).unwrap();
        prop_assert_eq!(stored.resource.title.as_deref(), title.as_deref());
        prop_assert_eq!(stored.resource.ims[0].kind.as_ref().unwrap().as_str(), kind.as_str());
        prop_assert_eq!(stored.resource.extra.find(&name), Some(&value));
        let written = serde_json::to_value(&stored).unwrap();
        prop_assert_eq!(written.get(&name), Some(&value));
    }

    #[test]
    fn ids_are_kept_or_refused(id in "\\PC{0,30}[!-~é]\\PC{0,30}") {
        let kept = UserId::from_server(&id);
        prop_assert_eq!(kept.as_str(), id.trim());
        if let Ok(parsed) = GroupId::parse(&id) {
            prop_assert_eq!(parsed.as_str(), id.trim());
        }
        let read: UserId = serde_json::from_value(json!(id.clone())).unwrap();
        prop_assert_eq!(read.as_str(), id.trim());
    }
}
