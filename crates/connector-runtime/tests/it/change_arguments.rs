//! Profiles and arguments against their schema: all that is wrong at once, and not a value of it.

use crate::change_bench::{Desk, create, invoke};
use crate::change_connector::Changer;
use connector_runtime::change::Change;
use serde_json::{Value, json};

/// What is refused, one problem a line; or what the connector got.
fn told(what: Change) -> String {
    let desk = Desk::empty();
    let connector = Changer::new();
    match desk.make(&connector, what) {
        Ok(_) => connector.calls().join("\n"),
        Err(error) => {
            assert!(connector.calls().is_empty(), "a call was made: {error}");
            assert_eq!(error.code(), connector_sdk::Code::InvalidArgument);
            error.to_string().replace(": ", ":\n").replace("; ", "\n")
        }
    }
}

#[test]
fn profiles() {
    let profile = |profile: Value| told(create(profile));
    insta::assert_snapshot!(profile(json!({})), @r"
    the profile cannot be used:
    email is missing
    ");
    insta::assert_snapshot!(
        profile(json!({
            "emial": "dora@example.com", "email": "", "name": 7, "groups": ["a", 1], "guest": "yes", "seats": 1.5,
            "extra": [], "zodiac": "lion",
        })),
        @r"
    the profile cannot be used:
    emial is not known
    did you mean email?
    zodiac is not known
    known are email, extra, groups, guest, name, seats, temp_password
    email is missing
    extra must be an object, but is a list
    groups must be a list of texts, but is a list
    guest must be true or false, but is a text
    name must be a text, but is a whole number
    seats must be a whole number, but is a number
    "
    );
    insta::assert_snapshot!(profile(json!({ "email": "d@example.com", "seats": 3_000_000_000_u64 })), @r"
    the profile cannot be used:
    seats must be between -2147483648 and 2147483647
    ");
    insta::assert_snapshot!(profile(json!({ "email": "d@example.com", "extra": { "n": 9_007_199_254_740_993_i64 } })), @r"
    the profile cannot be used:
    extra holds a number beyond ±2^53, which would be rounded
    give it as a text
    ");
    insta::assert_snapshot!(
        profile(json!({
            "email": "d@example.com", "name": null, "groups": ["a"], "guest": true, "seats": 2.0, "extra": { "k": [1, null] },
        })),
        @r#"create {"email":"d@example.com","extra":{"k":[1,null]},"groups":["a"],"guest":true,"seats":2}"#
    );
}

#[test]
fn arguments_of_actions() {
    let arguments = |arguments: Value| told(invoke("suspend", arguments));
    insta::assert_snapshot!(arguments(json!({})), @r#"
    the arguments of action "suspend" cannot be used:
    user is missing
    "#);
    insta::assert_snapshot!(
        arguments(json!({
            "user": "u-bo", "days": 31, "reason": "far too long a reason", "pin": "123", "quiet": 1, "resaon": "",
        })),
        @r#"
    the arguments of action "suspend" cannot be used:
    resaon is not known
    did you mean reason?
    user must be the id of a resource, but is a text
    days must be at most 30
    reason must have at most 10 characters
    pin must have at least 4 characters
    quiet must be true or false, but is a whole number
    "#
    );
    insta::assert_snapshot!(arguments(json!({ "user": { "resource_type": "group", "resource": "g" } })), @r#"
    the arguments of action "suspend" cannot be used:
    user must be of type user
    "#);
    insta::assert_snapshot!(arguments(json!({ "user": { "resource_type": "user", "resource": "u" }, "days": 1, "until": "May" })), @r#"
    the arguments of action "suspend" cannot be used:
    days, until exclude each other:
    give only one of them
    "#);
    insta::assert_snapshot!(
        arguments(json!({
            "user": { "resource_type": "user", "resource": "u" }, "days": 30, "reason": "zehn Äpfel", "pin": "1234", "quiet": true,
        })),
        @r#"invoke suspend {"days":30,"pin":"1234","quiet":true,"reason":"zehn Äpfel","user":{"resource_id":"u","resource_type_id":"user"}}"#
    );
    insta::assert_snapshot!(told(invoke("restore", json!({ "user": "u" }))), @r#"
    the arguments of action "restore" cannot be used:
    user is not known, no argument is
    "#);
}

/// A refused secret is told by its name alone.
#[test]
fn refused_values_are_not_told() {
    let user = json!({ "resource_type": "user", "resource": "u" });
    for wrong in [json!("abc"), json!(["hunter2"]), json!(8_675_309)] {
        let told = told(invoke("suspend", json!({ "user": user, "pin": wrong })));
        for part in ["abc", "hunter2", "8675309"] {
            assert!(told.contains("pin") && !told.contains(part), "{told}");
        }
    }
}
