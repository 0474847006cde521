//! Messages as canonical protobuf JSON.

use connector_proto::connector::v2::{
    self, GrantExpandable, RawId, Resource, ResourceId, TicketCustomFieldNumberValue, UserTrait, user_trait,
};
use connector_proto::connectorapi::baton::v1::{
    BatonServiceFinishTaskRequest,
    baton_service_finish_task_request::{FinalState, Success},
};
use connector_proto::google::rpc::{ErrorInfo, Status};
use connector_proto::{any, config, json, transport, wkt};
use prost::{Message, Name};
use prost_types::Any;

/// The JSON form, after a check that reading it gives the message again.
#[track_caller]
fn round_trip<M: Message + Name + Default + PartialEq>(message: &M) -> String {
    let text = json::to_string_pretty(message).unwrap();
    let value = json::to_value(message).unwrap();
    assert!(json::from_json::<M>(&text).unwrap() == *message, "{text}");
    assert!(json::from_value::<M>(&value).unwrap() == *message, "{text}");
    text
}

/// The error and what it stems from.
fn account() -> Resource {
    Resource {
        id: Some(ResourceId {
            resource_type: "account".into(),
            resource: "42".into(),
            ..Default::default()
        }),
        display_name: "Ada \u{1f9f8}".into(),
        profile: Some(wkt::object([
            ("floor", wkt::integer(3)),
            ("badge", wkt::integer(i64::MAX)),
            ("boss", wkt::null()),
            ("tags", vec!["a".into(), true.into()].into()),
            ("address", wkt::nested(wkt::object([("city", "London".into())]))),
        ])),
        status: Some(v2::Status {
            status: v2::status::ResourceStatus::Enabled.into(),
            details: String::new(),
        }),
        created_at: wkt::timestamp(-1, -500_000_000),
        annotations: vec![
            any::pack(&UserTrait {
                emails: vec![user_trait::Email {
                    address: "ada@example.com".into(),
                    is_primary: true,
                }],
                account_type: 99,
                ..Default::default()
            }),
            any::pack(&RawId { id: "42".into() }),
        ],
        ..Default::default()
    }
}

fn grant_sources<const N: usize>(ids: [&str; N]) -> v2::GrantSources {
    let source = |id: &str| {
        (
            id.to_owned(),
            v2::grant_sources::GrantSource { is_direct: id == "b" },
        )
    };
    v2::GrantSources {
        sources: ids.map(source).into(),
    }
}

#[test]
fn a_resource_with_traits() {
    insta::assert_snapshot!(round_trip(&account()));
}

#[test]
fn an_any_inside_an_any() {
    let response = v2::GrantManagerServiceGrantResponse {
        grants: vec![v2::Grant {
            id: "g".into(),
            principal: Some(account()),
            sources: Some(grant_sources(["c", "a", "b"])),
            annotations: vec![any::pack(&GrantExpandable {
                entitlement_ids: vec!["e1".into(), "e2".into()],
                shallow: true,
                ..Default::default()
            })],
            ..Default::default()
        }],
        ..Default::default()
    };
    let request = BatonServiceFinishTaskRequest {
        task_id: "2NxQ0000000000000000000000a".into(),
        final_state: Some(FinalState::Success(Success {
            response: Some(any::pack(&response)),
            ..Default::default()
        })),
        ..Default::default()
    };
    insta::assert_snapshot!(round_trip(&request));
}

/// Reading an `Any` gives the bytes that packing the message gives, whatever the message is made of.
#[test]
fn the_bytes_of_an_any() {
    use v2::connector_account_creation_schema::{Field, IntField, MapField, field};

    let leaf = || Field {
        order: -1,
        field: Some(field::Field::IntField(IntField {
            default_value: Some(0),
        })),
        ..Default::default()
    };
    let tree = (0..3).fold(leaf(), |inner, _| {
        let members = ["x", "y", "z", "w"].map(|name| (name.to_owned(), inner.clone()));
        Field {
            field: Some(field::Field::MapField(MapField {
                default_value: members.into(),
            })),
            ..Default::default()
        }
    });
    let schema = v2::ConnectorAccountCreationSchema {
        field_map: [(String::new(), tree)].into(),
    };
    let flags = v2::AppTrait {
        flags: vec![1, 2, 77],
        profile: account().profile,
        ..Default::default()
    };
    let limits = config::v1::Int64Rules {
        r#in: vec![-1, 300],
        gt: Some(0),
        ..Default::default()
    };
    let ids = grant_sources(["a", "b", "c", "d", "e", "f", "g", "h"]);
    let messages = [
        any::pack(&schema),
        any::pack(&flags),
        any::pack(&limits),
        any::pack(&ids),
    ];
    let nested = messages.iter().map(any::pack).chain(messages.clone());
    round_trip(&v2::ConnectorServiceValidateResponse {
        annotations: nested.collect(),
        ..Default::default()
    });
}

#[test]
fn a_status_with_details() {
    let cause = ErrorInfo {
        reason: "grant_cancelled".into(),
        domain: "example.com".into(),
        metadata: [("reason".to_owned(), "no seat left".to_owned())].into(),
    };
    let status = Status {
        code: 9,
        message: "no seat left".into(),
        details: vec![any::pack(&cause)],
    };
    let response = transport::v1::Response {
        status: Some(any::pack(&status)),
        ..Default::default()
    };
    insta::assert_snapshot!(round_trip(&response));
}

#[test]
fn well_known_types_inside_an_any() {
    let time = wkt::timestamp(1_700_000_000, 0).unwrap();
    let id = v2::RawId { id: "x".into() };
    let event = v2::ConnectorServiceValidateResponse {
        annotations: vec![
            any::pack(&time),
            any::pack(&any::pack(&id)),
            any::pack(&v2::BatonId {}),
        ],
        ..Default::default()
    };
    insta::assert_snapshot!(round_trip(&event));
}

#[test]
fn numbers_and_bytes() {
    let number = TicketCustomFieldNumberValue {
        value: Some(0.1),
        default_value: None,
    };
    let usage = v2::LicenseProfileTrait {
        purchased_seats: i64::MIN,
        ..Default::default()
    };
    let data = v2::EncryptedData {
        encrypted_bytes: vec![0xfb, 0xff, 0xfe],
        ..Default::default()
    };
    let rules = v2::connector_account_creation_schema::IntField {
        default_value: Some(0),
    };
    let texts = [
        round_trip(&number),
        round_trip(&usage),
        round_trip(&data),
        round_trip(&rules),
    ];
    insta::assert_snapshot!(texts.join("\n"));
}

#[test]
fn other_spellings_are_read_too() {
    let text = r#"{"purchased_seats": 7, "consumedSeats": "8", "licenseName": null}"#;
    let expected = v2::LicenseProfileTrait {
        purchased_seats: 7,
        consumed_seats: 8,
        ..Default::default()
    };
    assert_eq!(
        json::from_json::<v2::LicenseProfileTrait>(text).unwrap(),
        expected
    );
}

#[test]
fn what_cannot_be_written() {
    let with = |type_url: &str, value: &[u8]| Resource {
        annotations: vec![Any {
            type_url: type_url.into(),
            value: value.into(),
        }],
        ..Default::default()
    };
    let check = |resource: &Resource| json::to_value(resource).unwrap_err().to_string();
    let unknown = with("type.googleapis.com/vendor.Unknown", b"");
    let nested = v2::GrantManagerServiceRevokeRequest {
        grant: None,
        annotations: vec![any::pack(&unknown)],
    };
    let time = prost_types::Timestamp {
        seconds: i64::MAX,
        nanos: 0,
    };
    let reports = [
        check(&unknown),
        json::to_value(&nested).unwrap_err().to_string(),
        check(&with("", b"")),
        check(&with("c1.connector.v2.RawId", b"")),
        check(&with("type.googleapis.com/c1.connector.v2.RawId", b"\x0a\x7f")),
        check(&Resource {
            created_at: Some(time),
            ..Default::default()
        }),
    ];
    insta::assert_snapshot!(reports.join("\n"));
}

/// Every `Any` starts a message again, so no decoder bounds their depth: a peer, or an artifact of unknown origin, may
/// send them as deep as it likes, and must not bring the program down.
#[test]
fn any_in_any_as_deep_as_it_likes() {
    let nested = |depth: usize| {
        let innermost = any::pack(&v2::RawId { id: "7".into() });
        let any = (0..depth).fold(innermost, |inner, _| any::pack(&inner));
        json::to_value(&Resource {
            annotations: vec![any],
            ..Default::default()
        })
    };
    assert!(nested(100).is_ok());
    let error = nested(5_000).unwrap_err().to_string();
    assert_eq!(
        error,
        "cannot write `c1.connector.v2.Resource` as JSON: it is nested too deeply"
    );
}

#[test]
fn what_cannot_be_read() {
    let check = |text: &str| json::from_json::<Resource>(text).unwrap_err().to_string();
    let reports = [
        check("{"),
        check("{} {}"),
        check(r#"{"displayName": 7}"#),
        check(r#"{"color": "red"}"#),
        check(r#"{"annotations": [{"@type": "type.googleapis.com/vendor.Unknown"}]}"#),
        check(r#"{"annotations": [{"id": "7"}]}"#),
        check(r#"{"annotations": [{"@type": "type.googleapis.com/c1.connector.v2.RawId", "color": "red"}]}"#),
        check(r#"{"createdAt": "yesterday"}"#),
    ];
    insta::assert_snapshot!(reports.join("\n"));
}

#[derive(Clone, PartialEq, prost::Message)]
struct Foreign {}

impl Name for Foreign {
    const PACKAGE: &'static str = "vendor";
    const NAME: &'static str = "Foreign";
}

#[test]
fn a_message_that_is_not_of_this_crate() {
    let error = json::to_value(&Foreign {}).unwrap_err();
    insta::assert_snapshot!(error);
}
