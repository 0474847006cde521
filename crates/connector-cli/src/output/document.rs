//! The documents that the commands `capabilities` and `config` print, in protobuf's JSON: the same that consoles and
//! registries read from existing connectors.

use crate::config::{Table, operational};
use crate::error::{Error, Result};
use crate::outcome::Outcome;
use connector_proto::connector::v2::Capability;
use connector_proto::{any, json};
use connector_sdk::{Audience, ConfigSchema, ConnectorSpec, Field};

/// What the connector can do, as a `google.protobuf.Any`: its `@type` first, indented by two spaces.
pub(crate) fn capabilities(spec: &ConnectorSpec) -> Result<String> {
    let mut document = connector_sdk::capabilities(spec);
    document.connector_capabilities.retain(is_offered);
    for resource_type in &mut document.resource_type_capabilities {
        resource_type.capabilities.retain(is_offered);
    }
    written(json::to_string_pretty(&any::pack(&document)))
}

/// A connector may read single resources, but no program here syncs them: `--sync-resources` is refused.
fn is_offered(capability: &i32) -> bool {
    ![Capability::TargetedSync, Capability::ServiceModeTargetedSync].contains(&capability_of(*capability))
}

fn capability_of(number: i32) -> Capability {
    Capability::try_from(number).unwrap_or_default()
}

/// The settings that a console offers: those for whoever operates the program, then the connector's own.
pub(crate) fn configuration(schema: &ConfigSchema, table: &Table) -> Result<String> {
    let operation = table.settings.iter().filter(|setting| setting.operation);
    let operation = operation.map(|setting| Field {
        audience: Audience::Console,
        ..setting.field.clone()
    });
    let operation = operation.chain(operational());
    let operation = ConfigSchema {
        fields: operation.collect(),
        ..ConfigSchema::default()
    };
    let mut document = schema.to_proto();
    let mut fields = operation.to_proto().fields;
    for field in &mut fields {
        field.is_ops = true;
    }
    fields.append(&mut document.fields);
    document.fields = fields;
    written(json::to_string_pretty(&document))
}

fn written(document: Result<String, json::Error>) -> Result<String> {
    document.map_err(|error| Error::new(Outcome::NotUnderstood, error.to_string()))
}
