//! One description of the settings, and the document that a console shows.

use connector_sdk::proto::config::v1::field::Field as Value;
use connector_sdk::proto::json;
use connector_sdk::{ConfigSchema, Field, FieldKind};

#[test]
fn the_configuration_document() -> Result<(), json::Error> {
    let hours = FieldKind::Number {
        default: 12,
        min: 1,
        max: 72,
    };
    let schema = ConfigSchema {
        display_name: "Example".into(),
        help_url: "https://example.com/docs".into(),
        icon_url: "https://example.com/icon.svg".into(),
        fields: vec![
            Field::string("api-token", "API token", "The key of the organization")
                .required()
                .secret()
                .environment("EXAMPLE_TOKEN"),
            Field::string("base-url", "Address", "Where the API is")
                .default_text("https://api.example.com")
                .placeholder("https://…"),
            Field::switch("sync-tokens", "Tokens", "Whether API tokens are read"),
            Field::of("budget-hours", "Budget", "For how long to try", hours),
            Field::of("sites", "Sites", "Only these sites", FieldKind::List),
            Field::switch("dump-requests", "Requests", "Whether requests are written down").shell_only(),
        ],
    };
    insta::assert_snapshot!(json::to_string_pretty(&schema.to_proto())?, @r#"
    {
      "displayName": "Example",
      "fields": [
        {
          "description": "The key of the organization",
          "displayName": "API token",
          "isRequired": true,
          "isSecret": true,
          "name": "api-token",
          "stringField": {
            "rules": {
              "isRequired": true
            }
          }
        },
        {
          "description": "Where the API is",
          "displayName": "Address",
          "name": "base-url",
          "placeholder": "https://…",
          "stringField": {
            "defaultValue": "https://api.example.com"
          }
        },
        {
          "boolField": {},
          "description": "Whether API tokens are read",
          "displayName": "Tokens",
          "name": "sync-tokens"
        },
        {
          "description": "For how long to try",
          "displayName": "Budget",
          "intField": {
            "defaultValue": "12",
            "rules": {
              "gte": "1",
              "lte": "72"
            }
          },
          "name": "budget-hours"
        },
        {
          "description": "Only these sites",
          "displayName": "Sites",
          "name": "sites",
          "stringSliceField": {}
        }
      ],
      "helpUrl": "https://example.com/docs",
      "iconUrl": "https://example.com/icon.svg"
    }
    "#);
    Ok(())
}

/// Readers look at the flag, or at the rules of the kind.
#[test]
fn what_is_required_says_so_twice() {
    let number = FieldKind::Number {
        default: 1,
        min: 1,
        max: 2,
    };
    for kind in [FieldKind::Text(None), number, FieldKind::List] {
        let schema = ConfigSchema {
            fields: vec![Field::of("name", "Name", "", kind.clone()).required()],
            ..ConfigSchema::default()
        };
        let field = &schema.to_proto().fields[0];
        let by_rules = match &field.field {
            Some(Value::StringField(f)) => f.rules.as_ref().is_some_and(|r| r.is_required),
            Some(Value::IntField(f)) => f.rules.as_ref().is_some_and(|r| r.is_required),
            Some(Value::StringSliceField(f)) => f.rules.as_ref().is_some_and(|r| r.is_required),
            _ => false,
        };
        assert_eq!((field.is_required, by_rules), (true, true), "{kind:?}");
    }
}

#[test]
fn names_in_the_environment() {
    let field = Field::string("api-token", "", "")
        .environment("TOKEN")
        .environment("EXAMPLE_TOKEN");
    assert_eq!(field.environment_name(), "BATON_API_TOKEN");
    assert_eq!(field.further_environment, ["TOKEN", "EXAMPLE_TOKEN"]);
}
