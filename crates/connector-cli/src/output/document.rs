//! The documents that the commands `capabilities` and `config` print, in protobuf's JSON: the same that consoles and
//! registries read from existing connectors.

use crate::config::{Table, operational};
use crate::error::{Error, Result};
use crate::outcome::Outcome;
use connector_proto::{any, json};
use connector_sdk::{Audience, ConfigSchema, ConnectorSpec, Field};

/// What the connector can do, as a `google.protobuf.Any`: its `@type` first, indented by two spaces.
pub(crate) fn capabilities(spec: &ConnectorSpec) -> Result<String> {
    let document = connector_sdk::capabilities(spec);
    written(json::to_string_pretty(&any::pack(&document)))
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
