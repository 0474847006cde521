//! Several operations with one request.

use crate::support::{client, fixture, group, reply, told, user, written};
use scim_client::*;

fn request() -> BulkRequest {
    let ines = BulkOperation::create("u1", &User::new("ines")).unwrap();
    let mut team = Group::new("eng");
    team.members = vec![Member::user(&UserId::from_server(&ines.reference().unwrap()))];
    let join = Patch::builder().add_members([&user()]).build().unwrap();
    let version = ETag::parse("W/\"3694e05e\"").unwrap();
    BulkRequest::builder()
        .operation(ines)
        .operation(BulkOperation::create("g1", &team).unwrap())
        .operation(BulkOperation::patch::<Group>(&group(), &join).if_match(version))
        .operation(BulkOperation::replace(
            &UserId::from_server("a b/c"),
            &User::new("b"),
        ))
        .operation(BulkOperation::delete::<User>(&user()))
        .operation(BulkOperation::delete::<Group>(&group()))
        .fail_on_errors(2)
        .build()
        .unwrap()
}

#[tokio::test]
async fn what_is_sent_and_what_came_of_it() {
    let (client, transport) = client(Profile::rfc(), vec![reply(200, fixture!("rfc-bulk"))]);
    let response = client.bulk(&request()).await.unwrap();
    let sent = &transport.requests()[0];
    let body = serde_json::to_string_pretty(&sent.json()).unwrap();
    let line = written(sent).lines().next().unwrap().to_owned();
    insta::assert_snapshot!(format!("{line}\n{body}\n\n{response:#?}"));

    let ids: Vec<_> = response.outcomes.iter().map(BulkOutcome::id).collect();
    let ids: Vec<Option<&str>> = ids.iter().map(Option::as_deref).collect();
    assert_eq!(ids, [Some("92b725cd"), Some("e9e30d"), Some("b7c14771"), None]);
    let kinds: Vec<_> = response.outcomes.iter().map(BulkOutcome::error_kind).collect();
    assert_eq!(
        kinds,
        [
            None,
            Some(ScimErrorKind::VersionMismatch),
            None,
            Some(ScimErrorKind::Taken)
        ]
    );
}

#[test]
fn what_is_refused() {
    let named = |id| BulkOperation::create(id, &User::new("a"));
    for id in ["", "a:b", "a b", "\n"] {
        assert_eq!(named(id).unwrap_err().parameter(), "bulkId");
    }
    let empty = BulkRequest::builder().build().unwrap_err();
    assert_eq!(empty.parameter(), "Operations");
    let twice = BulkRequest::builder()
        .operation(named("a").unwrap())
        .operation(named("a").unwrap())
        .build()
        .unwrap_err();
    assert_eq!(twice.parameter(), "bulkId");
    for id in ["", ".", ".."] {
        let id = UserId::from_server(id);
        let astray = BulkRequest::builder()
            .operation(BulkOperation::delete::<User>(&id))
            .build()
            .unwrap_err();
        assert_eq!(astray.parameter(), "id");
    }
}

/// The server's limits, and the profile's rules for what is within.
#[tokio::test]
async fn every_operation_is_held_against_the_profile() {
    let config: ServiceProviderConfig = serde_json::from_str(fixture!("rfc-config")).unwrap();
    let limited = Profile::rfc().restricted_by(&config);
    let one = |operation| BulkRequest::builder().operation(operation).build().unwrap();
    let mut long = User::new("a");
    long.title = Some("x".repeat(5000).into());
    let nameless = BulkOperation::create("a", &User::default()).unwrap();
    let groups = Patch::builder().replace("groups", ()).build().unwrap();
    let mut lines = Vec::new();
    for request in [
        request(),
        one(BulkOperation::create("a", &long).unwrap()),
        one(nameless),
        one(BulkOperation::patch::<User>(&user(), &groups)),
    ] {
        let (client, transport) = client(limited.clone(), vec![]);
        let error = client.bulk(&request).await.unwrap_err();
        assert!(transport.requests().is_empty());
        lines.push(format!("{} {error}", told(&error)));
    }
    insta::assert_snapshot!(lines.join("\n"), @r"
    Refused Operations cannot be sent in bulk to a SCIM server: the server takes 3 operations at once, and 6 are given
    Refused the body cannot be sent in bulk to a SCIM server: the server takes 4096 bytes at once, and 5219 are given
    Refused userName cannot be sent in bulk to a SCIM server: RFC 7643 §4.1.1 requires it
    Refused groups cannot be sent in bulk to a SCIM server: only the server sets it; memberships are changed through the group
    ");
}
