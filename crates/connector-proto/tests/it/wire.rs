//! What is promised about the bytes.

use connector_proto::connector::v2::{
    GrantSources, Resource, Status, UserTrait, grant_sources::GrantSource, status,
};
use connector_proto::{any, wkt};
use prost::Message as _;

#[test]
fn maps_are_written_in_key_order() {
    let sources = |ids: &[&str]| GrantSources {
        sources: ids
            .iter()
            .map(|id| {
                (
                    (*id).to_owned(),
                    GrantSource {
                        is_direct: *id == "b",
                    },
                )
            })
            .collect(),
    };
    let bytes = sources(&["c", "a", "b"]).encode_to_vec();
    assert_eq!(bytes, sources(&["b", "c", "a"]).encode_to_vec());
    assert_eq!(
        bytes,
        b"\x0a\x03\x0a\x01a\x0a\x07\x0a\x01b\x12\x02\x08\x01\x0a\x03\x0a\x01c"
    );
}

#[test]
fn enum_numbers_without_a_name_are_kept() {
    let status = Status::decode(b"\x08\x2a".as_slice()).unwrap();
    assert_eq!(status.status, 42);
    assert_eq!(status.status(), status::ResourceStatus::Unspecified);
    assert_eq!(status.encode_to_vec(), b"\x08\x2a");
}

#[test]
fn annotations_survive_the_wire() {
    let resource = Resource {
        profile: Some(wkt::object([("floor", wkt::integer(3)), ("boss", wkt::null())])),
        created_at: wkt::timestamp(1_700_000_000, 5),
        annotations: vec![
            any::pack(&UserTrait {
                login: "ada".into(),
                ..Default::default()
            }),
            prost_types::Any {
                type_url: "example.com/unknown.Type".into(),
                value: b"\xff".into(),
            },
        ],
        ..Default::default()
    };
    assert_eq!(
        Resource::decode(resource.encode_to_vec().as_slice()),
        Ok(resource)
    );
}
