//! `cargo xtask proto-table`: what the test of connector-proto compares our `.proto` files with.
//!
//! The table is taken from a dump of the protocol's own descriptors, so that it does not depend on how we
//! wrote our files down. The dump is not checked in; the table notes which one it was.

use crate::Result;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

const TABLE: &str = "fixtures/proto-table.json";

const FILTER: &str = "every message, enum and service whose `use` has one of the marks a (sync), b (provisioning), \
     c (actions and settings), d (service mode), e (subprocess and function) or f (tickets, events, session store), \
     and every message and enum that a field or a method of these names";
const MARKS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

#[derive(Deserialize)]
struct Dump {
    source: String,
    messages: Vec<Message>,
    fields: Vec<Field>,
    enums: Vec<Enum>,
    services: Vec<Service>,
}

#[derive(Deserialize)]
struct Message {
    message: String,
    file: String,
    reserved: Vec<String>,
    deprecated: bool,
    r#use: Vec<String>,
}

#[derive(Deserialize)]
struct Field {
    package: String,
    message: String,
    number: i32,
    name: String,
    r#type: String,
    label: Label,
    oneof: Option<String>,
    deprecated: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Label {
    Singular,
    Optional,
    Repeated,
    Map,
}

#[derive(Deserialize)]
struct Enum {
    r#enum: String,
    file: String,
    values: Vec<EnumValue>,
    r#use: Vec<String>,
}

#[derive(Deserialize)]
struct EnumValue {
    number: i32,
    name: String,
}

#[derive(Deserialize)]
struct Service {
    service: String,
    file: String,
    methods: Vec<Method>,
    r#use: Vec<String>,
}

#[derive(Deserialize)]
struct Method {
    name: String,
    request: String,
    response: String,
    client_streaming: bool,
    server_streaming: bool,
}

#[derive(Serialize)]
struct Table {
    source: String,
    source_sha256: String,
    filter: &'static str,
    files: BTreeMap<String, File>,
}

/// The content of one `.proto` file: full names, each with one line per field, value or method.
#[derive(Default, Serialize)]
struct File {
    messages: BTreeMap<String, Vec<String>>,
    enums: BTreeMap<String, Vec<String>>,
    services: BTreeMap<String, Vec<String>>,
}

/// Writes the table from the dump at `path`.
pub(crate) fn write(root: &Path, path: &Path) -> Result {
    let bytes = fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let dump: Dump = serde_json::from_slice(&bytes)?;
    let digest = Sha256::digest(&bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let mut text = serde_json::to_string_pretty(&table(dump, digest))?;
    text.push('\n');
    fs::write(root.join(TABLE), text)?;
    Ok(())
}

fn table(dump: Dump, source_sha256: String) -> Table {
    let kept = kept(&dump);
    let mut fields: BTreeMap<String, Vec<Field>> = BTreeMap::new();
    for field in dump.fields {
        fields
            .entry(format!("{}.{}", field.package, field.message))
            .or_default()
            .push(field);
    }
    let mut files: BTreeMap<String, File> = BTreeMap::new();
    for message in dump
        .messages
        .into_iter()
        .filter(|message| kept.contains(&message.message))
    {
        let own = fields.remove(&message.message).unwrap_or_default();
        let lines = message_lines(&message, own);
        files
            .entry(message.file)
            .or_default()
            .messages
            .insert(message.message, lines);
    }
    for item in dump.enums.into_iter().filter(|item| kept.contains(&item.r#enum)) {
        let lines = item
            .values
            .iter()
            .map(|value| format!("{} = {}", value.name, value.number))
            .collect();
        files
            .entry(item.file)
            .or_default()
            .enums
            .insert(item.r#enum, lines);
    }
    for service in dump
        .services
        .into_iter()
        .filter(|service| kept.contains(&service.service))
    {
        let lines = service.methods.iter().map(method_line).collect();
        files
            .entry(service.file)
            .or_default()
            .services
            .insert(service.service, lines);
    }
    Table {
        source: dump.source,
        source_sha256,
        filter: FILTER,
        files,
    }
}

/// The full names that [`FILTER`] keeps.
fn kept(dump: &Dump) -> BTreeSet<String> {
    let marked = |marks: &[String]| marks.iter().any(|mark| MARKS.contains(&mark.as_str()));
    let defined: BTreeSet<&str> = (dump.messages.iter().map(|message| message.message.as_str()))
        .chain(dump.enums.iter().map(|item| item.r#enum.as_str()))
        .collect();
    let mut kept: BTreeSet<String> = (dump.messages.iter().map(|m| (&m.message, &m.r#use)))
        .chain(dump.enums.iter().map(|e| (&e.r#enum, &e.r#use)))
        .chain(dump.services.iter().map(|s| (&s.service, &s.r#use)))
        .filter(|(_, marks)| marked(marks))
        .map(|(name, _)| name.clone())
        .collect();
    loop {
        let before = kept.len();
        let by_methods = (dump
            .services
            .iter()
            .filter(|service| kept.contains(&service.service)))
        .flat_map(|service| &service.methods)
        .flat_map(|method| [&method.request, &method.response]);
        let by_fields = (dump.fields.iter())
            .filter(|field| kept.contains(&format!("{}.{}", field.package, field.message)))
            .map(|field| &field.r#type);
        let reached: Vec<String> = (by_methods.chain(by_fields))
            .flat_map(|name| name.split(['<', '>', ',', ' ']))
            .filter(|name| defined.contains(name))
            .map(str::to_owned)
            .collect();
        kept.extend(reached);
        if kept.len() == before {
            return kept;
        }
    }
}

fn message_lines(message: &Message, mut fields: Vec<Field>) -> Vec<String> {
    fields.sort_by_key(|field| field.number);
    let deprecated = message.deprecated.then(|| "deprecated".to_owned());
    let reserved = message.reserved.iter().map(|what| format!("reserved {what}"));
    deprecated
        .into_iter()
        .chain(reserved)
        .chain(fields.iter().map(field_line))
        .collect()
}

fn field_line(field: &Field) -> String {
    let label = match field.label {
        Label::Singular | Label::Map => "",
        Label::Optional => "optional ",
        Label::Repeated => "repeated ",
    };
    let oneof = field
        .oneof
        .as_ref()
        .map_or(String::new(), |oneof| format!("oneof {oneof}: "));
    let deprecated = if field.deprecated { " deprecated" } else { "" };
    format!(
        "{oneof}{label}{} {} = {}{deprecated}",
        field.r#type, field.name, field.number
    )
}

fn method_line(method: &Method) -> String {
    let stream = |streams| if streams { "stream " } else { "" };
    format!(
        "{}({}{}) returns ({}{})",
        method.name,
        stream(method.client_streaming),
        method.request,
        stream(method.server_streaming),
        method.response
    )
}
