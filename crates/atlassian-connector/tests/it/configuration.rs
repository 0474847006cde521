//! What the connector says that it is: its settings and its types.

use crate::vendor::Vendor;
use connector_sdk::{Audience, ConfigSchema, Connector, capabilities};
use insta::assert_snapshot;

fn settings(schema: &ConfigSchema) -> String {
    let line = |field: &connector_sdk::Field| {
        let mut line = format!("--{} {} {:?}", field.name, field.environment_name(), field.kind);
        for name in &field.further_environment {
            line += &format!(" {name}");
        }
        for (said, word) in [
            (field.required, " required"),
            (field.secret, " secret"),
            (field.audience == Audience::Shell, " shell only"),
        ] {
            line += if said { word } else { "" };
        }
        line
    };
    schema.fields.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_settings_are_those_of_the_public_guides() {
    assert_snapshot!(settings(&atlassian_connector::spec().settings));
}

/// What is told without a key is what the connector with a key does.
#[test]
fn it_does_what_it_says() {
    let (spec, connector) = (atlassian_connector::spec(), Vendor::new().connector());
    assert_eq!(spec, connector.spec());
    assert_eq!(spec.difference(&connector), None);
}

/// Types, traits and capabilities of the existing artifacts, in a stable order.
#[test]
fn the_types_are_those_of_existing_artifacts() {
    let connector = Vendor::new().connector();
    let mut lines: Vec<String> = connector
        .types()
        .into_iter()
        .map(|entry| {
            let (plan, t) = (entry.syncer.plan(), entry.resource_type);
            format!("{} {:?} {:?} {plan:?}", t.id, t.display_name, t.traits)
        })
        .collect();
    lines.push(format!(
        "{:?}",
        capabilities(&connector.spec()).connector_capabilities
    ));
    assert_snapshot!(lines.join("\n"));
}

/// The key is in nothing that can be printed.
#[test]
fn the_key_cannot_be_printed() {
    let printed = format!("{:?}", Vendor::new().connector());
    assert!(!printed.contains(crate::vendor::KEY), "{printed}");
    assert!(printed.contains(crate::vendor::ORG), "{printed}");
}
