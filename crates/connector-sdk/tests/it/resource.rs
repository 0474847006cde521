//! Resources with every field a reader of any age looks for.

use connector_sdk::proto::connector::v2::{self, resource_type::Trait};
use connector_sdk::proto::{any, json};
use connector_sdk::{
    AccountStatus, AccountType, EntitlementRow, ProfileValue, Purpose, ResourceBuilder, ResourceKey,
    Standing, Text, resource_type, timestamp,
};
use prost_types::{Struct, Value};

fn noon() -> Option<jiff::Timestamp> {
    "2026-03-04T12:00:00.5Z".parse().ok()
}

#[test]
fn an_account() -> Result<(), json::Error> {
    let account = ResourceBuilder::new(ResourceKey::new("user", "u-1"), "Ines Calder")
        .parent(&ResourceKey::new("organization", "o-1"))
        .description("Works on the platform")
        .user(|u| {
            u.email("ines@example.com", true)
                .email("", false)
                .email("ines@old.example.com", false)
                .login("ines")
                .account_type(AccountType::Human)
                .last_login(noon())
                .mfa(Some(true))
        })
        .status(AccountStatus::Disabled, "suspended")
        .created_at(noon())
        .profile("department", "Platform")
        .build();
    insta::assert_snapshot!(json::to_string_pretty(&account)?, @r#"
    {
      "annotations": [
        {
          "@type": "type.googleapis.com/c1.connector.v2.UserTrait",
          "accountType": "ACCOUNT_TYPE_HUMAN",
          "createdAt": "2026-03-04T12:00:00.500Z",
          "emails": [
            {
              "address": "ines@example.com",
              "isPrimary": true
            },
            {
              "address": "ines@old.example.com"
            }
          ],
          "lastLogin": "2026-03-04T12:00:00.500Z",
          "login": "ines",
          "mfaStatus": {
            "mfaEnabled": true
          },
          "status": {
            "details": "suspended",
            "status": "STATUS_DISABLED"
          }
        }
      ],
      "createdAt": "2026-03-04T12:00:00.500Z",
      "description": "Works on the platform",
      "displayName": "Ines Calder",
      "id": {
        "resource": "u-1",
        "resourceType": "user"
      },
      "parentResourceId": {
        "resource": "o-1",
        "resourceType": "organization"
      },
      "profile": {
        "department": "Platform"
      },
      "status": {
        "details": "suspended",
        "status": "RESOURCE_STATUS_DISABLED"
      }
    }
    "#);
    Ok(())
}

#[test]
fn a_secret() -> Result<(), json::Error> {
    let token = ResourceBuilder::new(ResourceKey::new("api_token", "t-1"), "CI")
        .secret(|s| {
            s.identity(&ResourceKey::new("user", "u-1"))
                .expires_at(noon())
                .last_used_at(None)
                .static_secret("api token")
        })
        .created_at(noon())
        .build();
    insta::assert_snapshot!(json::to_string_pretty(&token)?, @r#"
    {
      "annotations": [
        {
          "@type": "type.googleapis.com/c1.connector.v2.SecretTrait",
          "createdAt": "2026-03-04T12:00:00.500Z",
          "credentialDetail": "api token",
          "credentialType": "CREDENTIAL_TYPE_STATIC_SECRET",
          "expiresAt": "2026-03-04T12:00:00.500Z",
          "identityId": {
            "resource": "u-1",
            "resourceType": "user"
          }
        }
      ],
      "createdAt": "2026-03-04T12:00:00.500Z",
      "displayName": "CI",
      "id": {
        "resource": "t-1",
        "resourceType": "api_token"
      }
    }
    "#);
    Ok(())
}

/// The profile is the largest part of a resource, so it stands in one place only.
#[test]
fn one_home_of_the_profile() {
    let built = ResourceBuilder::new(ResourceKey::new("thing", "1"), "Thing")
        .profile("origin", "local")
        .user(|u| u)
        .build();
    let user = any::pick::<v2::UserTrait>(&built.annotations)
        .expect("the trait is there")
        .expect("and is one");
    assert_eq!((built.profile.is_some(), user.profile), (true, None));
}

/// The status has the same number in both homes; an account of which nothing is known has one on its trait alone.
#[test]
fn both_homes_of_the_status() {
    for (status, number) in [
        (Some(AccountStatus::Unspecified), 0),
        (Some(AccountStatus::Enabled), 1),
        (Some(AccountStatus::Disabled), 2),
        (Some(AccountStatus::Deleted), 3),
        (None, 0),
    ] {
        let mut builder = ResourceBuilder::new(ResourceKey::new("user", "1"), "Someone").user(|u| u);
        if let Some(status) = status {
            builder = builder.status(status, "the vendor's word");
        }
        let built = builder.build();
        let on_resource = built.status.as_ref().map(|s| (s.status, s.details.as_str()));
        assert_eq!(on_resource, status.map(|_| (number, "the vendor's word")));
        let user = any::pick::<v2::UserTrait>(&built.annotations)
            .expect("the trait")
            .expect("a trait");
        let on_trait = user.status.expect("a status");
        let word = if status.is_some() { "the vendor's word" } else { "" };
        assert_eq!((on_trait.status, on_trait.details.as_str()), (number, word));
    }
}

#[test]
fn a_profile_leaves_out_what_is_empty() -> Result<(), json::Error> {
    let inner = Struct {
        fields: [("a".to_owned(), Value::from(true))].into(),
    };
    let built = ResourceBuilder::new(ResourceKey::new("thing", "1"), "Thing")
        .profile("text", "word")
        .profile("empty text", "")
        .profile("owned", String::from("word"))
        .profile("flag", false)
        .profile("number", 2.5)
        .profile("list", vec![String::from("a"), String::new()])
        .profile("empty list", Vec::new())
        .profile("object", inner)
        .profile("empty object", Struct::default())
        .profile("some", Some("word"))
        .profile("none", None::<bool>)
        .build();
    let profile = built.profile.unwrap_or_default();
    insta::assert_snapshot!(json::to_string_pretty(&v2::GrantMetadata { metadata: Some(profile) })?, @r#"
    {
      "metadata": {
        "flag": false,
        "list": [
          "a",
          ""
        ],
        "number": 2.5,
        "object": {
          "a": true
        },
        "owned": "word",
        "some": "word",
        "text": "word"
      }
    }
    "#);
    Ok(())
}

/// The wire protocol limits texts in bytes; a character is never cut in two.
#[test]
fn long_texts_are_cut_between_characters() {
    let long = "ü".repeat(2000);
    let built = ResourceBuilder::new(ResourceKey::new("user", "1"), format!("x{long}"))
        .user(|u| u)
        .description(&long)
        .status(AccountStatus::Enabled, &long)
        .build();
    assert_eq!((built.display_name.len(), built.description.len()), (1023, 2048));
    assert_eq!(built.status.map(|s| s.details.len()), Some(1024));
}

#[test]
fn rows_and_their_standing() {
    let new = || ResourceBuilder::new(ResourceKey::new("thing", "1"), "Thing");
    assert_eq!(new().listed().standing, Standing::Listed);
    assert_eq!(new().key(), &ResourceKey::new("thing", "1"));
    let order = [
        Standing::Listed,
        Standing::Supplement,
        Standing::Placeholder(0),
        Standing::Placeholder(255),
    ];
    assert_eq!(order.map(Standing::rank), [0, 1, 2, 257]);
    assert!(order.is_sorted());
    assert_eq!(new().row(order[2]).resource, new().build());
}

#[test]
fn texts_speak_of_the_resource() {
    for (text, finished) in [
        (Text::Fixed("as it is".into()), "as it is"),
        (Text::around("Member of ", ""), "Member of Platform"),
        (Text::around("", " members"), "Platform members"),
        (Text::around("{", "}"), "{Platform}"),
    ] {
        assert_eq!(text.finish("Platform"), finished);
    }
    let row = EntitlementRow::new(
        ResourceKey::new("group", "g:1"),
        "role:admin",
        Purpose::Permission,
    );
    assert_eq!(
        (row.id().as_str(), row.display_name.finish("x").as_str()),
        ("group:g:1:role:admin", "role:admin")
    );
}

#[test]
fn a_resource_type() {
    let built = resource_type("group", "Group", &[Trait::Group, Trait::Role]);
    assert_eq!(
        (
            built.id.as_str(),
            built.display_name.as_str(),
            built.traits.as_slice()
        ),
        ("group", "Group", &[2, 3][..])
    );
}

#[test]
fn a_value_is_a_value() {
    assert_eq!("".into_value(), None);
    assert_eq!(Some(String::new()).into_value(), None);
    assert_eq!(0.0.into_value(), Some(Value::from(0.0)));
}

#[test]
fn times_before_1970() {
    for (at, seconds, nanos) in [
        ("2026-03-04T12:00:00.25Z", 1_772_625_600, 250_000_000),
        ("1969-12-31T23:59:59.75Z", -1, 750_000_000),
        ("1969-12-31T23:59:58Z", -2, 0),
    ] {
        let wire = timestamp(at.parse().expect("a time"));
        assert_eq!((wire.seconds, wire.nanos), (seconds, nanos), "{at}");
    }
}
