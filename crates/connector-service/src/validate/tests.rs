use super::*;
use connector_proto::connector::v2::*;
use prost_types::Duration;

#[test]
fn every_rule_is_of_a_field_that_there_is() {
    for (message, rules) in BY_MESSAGE.iter() {
        let of = descriptor::<Resource>().expect("a message");
        let of = of.parent_pool().get_message_by_name(message).expect(message);
        for (field, _) in rules {
            assert!(of.get_field_by_name(field).is_some(), "{message}.{field}");
        }
    }
}

fn resource(kind: &str, id: &str) -> Resource {
    Resource {
        id: Some(ResourceId {
            resource_type: kind.into(),
            resource: id.into(),
            ..Default::default()
        }),
        ..Default::default()
    }
}

#[track_caller]
fn check<M: Message + Name>(request: &M, expected: &str) {
    assert_eq!(validate(request).err().unwrap_or_default(), expected);
}

#[test]
fn each_kind_of_rule() {
    let list = |id: &str, page_size, page_token: String| ResourcesServiceListResourcesRequest {
        resource_type_id: id.into(),
        page_size,
        page_token,
        ..Default::default()
    };
    check(&list("user", 0, String::new()), "");
    check(&list("user", 250, "t".repeat(1 << 20)), "");
    check(
        &list("", 0, String::new()),
        "ResourcesServiceListResourcesRequest.resource_type_id: it is shorter than 1 bytes (min_bytes)",
    );
    check(
        &list("user", 251, String::new()),
        "ResourcesServiceListResourcesRequest.page_size: it is more than 250 (lte)",
    );
    check(
        &list("user", 0, "t".repeat((1 << 20) + 1)),
        "ResourcesServiceListResourcesRequest.page_token: it is longer than 1048576 bytes (max_bytes)",
    );

    let grants = |resource| GrantsServiceListGrantsRequest {
        resource,
        ..Default::default()
    };
    check(&grants(Some(resource("team", "t"))), "");
    check(
        &grants(None),
        "GrantsServiceListGrantsRequest.resource: it has to be there (required)",
    );
    check(
        &grants(Some(resource("team", ""))),
        "GrantsServiceListGrantsRequest.resource.id.resource: it is shorter than 1 bytes (min_bytes)",
    );
    // A resource without an id breaks no rule of the protocol; the call itself refuses it.
    check(&grants(Some(Resource::default())), "");
    let twice = resource_type_with(vec![1, 1]);
    check(
        &grant_to(twice),
        "GrantManagerServiceGrantRequest.entitlement.grantable_to[0].traits: an entry stands in it twice (unique)",
    );
    check(
        &grant_to(resource_type_with(vec![99])),
        "GrantManagerServiceGrantRequest.entitlement.grantable_to[0].traits: it is not a declared value (defined_only)",
    );
    check(&grant_to(resource_type_with(vec![1, 2])), "");

    let action = |seconds, nanos| InvokeActionRequest {
        inline_wait: Some(Duration { seconds, nanos }),
        ..Default::default()
    };
    check(&InvokeActionRequest::default(), "");
    check(&action(86_400, 0), "");
    check(
        &action(86_400, 1),
        "InvokeActionRequest.inline_wait: it is more than 86400 (lte)",
    );
    check(
        &action(0, -1),
        "InvokeActionRequest.inline_wait: it is less than 0 (gte)",
    );

    let account = |address: &str| CreateAccountRequest {
        account_info: Some(AccountInfo {
            emails: vec![account_info::Email {
                address: address.into(),
                is_primary: true,
            }],
            ..Default::default()
        }),
        ..Default::default()
    };
    check(&account("ines@example.com"), "");
    for wrong in [
        "",
        "ines",
        "@example.com",
        "ines@",
        "ines@-x",
        "in es@example.com",
        "a@b..c",
    ] {
        check(
            &account(wrong),
            "CreateAccountRequest.account_info.emails[0].address: it is not a mail address (email)",
        );
    }

    let password = |length| RotateCredentialRequest {
        credential_options: Some(CredentialOptions {
            options: Some(credential_options::Options::RandomPassword(
                credential_options::RandomPassword {
                    length,
                    ..Default::default()
                },
            )),
            ..Default::default()
        }),
        ..Default::default()
    };
    check(&password(8), "");
    check(
        &password(7),
        "RotateCredentialRequest.credential_options.random_password.length: it is less than 8 (gte)",
    );
    let issue = |request_id: &str| IssueCredentialRequest {
        request_id: request_id.into(),
        ..Default::default()
    };
    check(&issue("a-B_9"), "");
    check(
        &issue("a b"),
        "IssueCredentialRequest.request_id: it has other characters than letters, digits, - and _ (pattern)",
    );
}

fn resource_type_with(traits: Vec<i32>) -> ResourceType {
    ResourceType {
        id: "user".into(),
        traits,
        ..Default::default()
    }
}

fn grant_to(of: ResourceType) -> GrantManagerServiceGrantRequest {
    GrantManagerServiceGrantRequest {
        entitlement: Some(Entitlement {
            id: "team:t:member".into(),
            resource: Some(resource("team", "t")),
            grantable_to: vec![of],
            ..Default::default()
        }),
        principal: Some(resource("user", "u")),
        annotations: Vec::new(),
    }
}
