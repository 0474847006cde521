//! Our descriptors against `fixtures/proto-table.json`, which was taken from the protocol's own.

use prost::Message as _;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet,
    MethodDescriptorProto,
};
use std::collections::BTreeMap;

/// Full name to one line per field, value or method.
type Lines = BTreeMap<String, Vec<String>>;

#[derive(Default, PartialEq, serde::Deserialize)]
struct File {
    messages: Lines,
    enums: Lines,
    services: Lines,
}

#[derive(serde::Deserialize)]
struct Table {
    files: BTreeMap<String, File>,
}

#[test]
fn the_descriptors_are_those_of_the_protocol() {
    let table: Table = serde_json::from_str(include_str!("../../../../fixtures/proto-table.json")).unwrap();
    let ours = ours();
    let (ours, theirs) = (flat(&ours), flat(&table.files));
    assert!(theirs.len() > 1000, "the table has {} rows", theirs.len());

    let missing: Vec<_> = theirs.iter().filter(|row| !ours.contains(row)).collect();
    let extra: Vec<_> = ours.iter().filter(|row| !theirs.contains(row)).collect();
    assert!(
        missing.is_empty() && extra.is_empty(),
        "missing here: {missing:#?}\nextra here: {extra:#?}"
    );
}

/// One row for each thing that exists, and one for each line of it.
fn flat(files: &BTreeMap<String, File>) -> Vec<String> {
    let mut rows = vec![];
    for (file, content) in files {
        for (kind, lines) in [
            ("message", &content.messages),
            ("enum", &content.enums),
            ("service", &content.services),
        ] {
            for (name, lines) in lines {
                rows.push(format!("{file}: {kind} {name}"));
                rows.extend(lines.iter().map(|line| format!("{file}: {kind} {name}: {line}")));
            }
        }
    }
    rows.sort();
    assert!(
        rows.windows(2).all(|pair| pair[0] != pair[1]),
        "a row comes twice"
    );
    rows
}

fn ours() -> BTreeMap<String, File> {
    let bytes = include_bytes!("../../src/gen/descriptors.bin");
    let set = FileDescriptorSet::decode(bytes.as_slice()).unwrap();
    let own = set
        .file
        .into_iter()
        .filter(|file| file.package().starts_with("c1."));
    own.map(|file| (file.name().to_owned(), content(&file))).collect()
}

fn content(file: &FileDescriptorProto) -> File {
    assert_eq!(file.syntax(), "proto3", "{}", file.name());
    let mut content = File::default();
    for message in &file.message_type {
        add_message(&mut content, file.package(), message);
    }
    for item in &file.enum_type {
        add_enum(&mut content, file.package(), item);
    }
    for service in &file.service {
        let lines = service.method.iter().map(method_line).collect();
        content
            .services
            .insert(format!("{}.{}", file.package(), service.name()), lines);
    }
    content
}

fn add_message(content: &mut File, scope: &str, message: &DescriptorProto) {
    let name = format!("{scope}.{}", message.name());
    let deprecated = message
        .options
        .as_ref()
        .is_some_and(|options| options.deprecated());
    let mut lines: Vec<String> = deprecated.then(|| "deprecated".to_owned()).into_iter().collect();
    lines.extend(
        message
            .reserved_range
            .iter()
            .map(|range| format!("reserved {range:?}")),
    );
    lines.extend(
        message
            .reserved_name
            .iter()
            .map(|name| format!("reserved {name}")),
    );
    let mut fields: Vec<_> = message.field.iter().collect();
    fields.sort_by_key(|field| field.number());
    lines.extend(fields.into_iter().map(|field| field_line(message, field)));
    content.messages.insert(name.clone(), lines);
    for item in &message.enum_type {
        add_enum(content, &name, item);
    }
    for nested in message.nested_type.iter().filter(|nested| !is_map_entry(nested)) {
        add_message(content, &name, nested);
    }
}

fn add_enum(content: &mut File, scope: &str, item: &EnumDescriptorProto) {
    let lines = item
        .value
        .iter()
        .map(|value| format!("{} = {}", value.name(), value.number()))
        .collect();
    content.enums.insert(format!("{scope}.{}", item.name()), lines);
}

fn field_line(message: &DescriptorProto, field: &FieldDescriptorProto) -> String {
    let entry = (message.nested_type.iter())
        .filter(|nested| is_map_entry(nested))
        .find(|entry| {
            field
                .type_name()
                .ends_with(&format!("{}.{}", message.name(), entry.name()))
        });
    let (label, of_type) = match entry {
        Some(entry) => (
            "",
            format!("map<{}, {}>", type_of(&entry.field[0]), type_of(&entry.field[1])),
        ),
        None => match field.label() {
            Label::Repeated => ("repeated ", type_of(field)),
            _ if field.proto3_optional() => ("optional ", type_of(field)),
            _ => ("", type_of(field)),
        },
    };
    let oneof = match field.oneof_index {
        Some(index) if !field.proto3_optional() => {
            format!(
                "oneof {}: ",
                message.oneof_decl[usize::try_from(index).unwrap()].name()
            )
        }
        _ => String::new(),
    };
    let deprecated = field.options.as_ref().is_some_and(|options| options.deprecated());
    let deprecated = if deprecated { " deprecated" } else { "" };
    format!(
        "{oneof}{label}{of_type} {} = {}{deprecated}",
        field.name(),
        field.number()
    )
}

fn is_map_entry(message: &DescriptorProto) -> bool {
    message
        .options
        .as_ref()
        .is_some_and(|options| options.map_entry())
}

fn type_of(field: &FieldDescriptorProto) -> String {
    match field.r#type() {
        Type::Message | Type::Enum => field.type_name().trim_start_matches('.').to_owned(),
        scalar => scalar.as_str_name().trim_start_matches("TYPE_").to_lowercase(),
    }
}

fn method_line(method: &MethodDescriptorProto) -> String {
    let stream = |streams| if streams { "stream " } else { "" };
    format!(
        "{}({}{}) returns ({}{})",
        method.name(),
        stream(method.client_streaming()),
        method.input_type().trim_start_matches('.'),
        stream(method.server_streaming()),
        method.output_type().trim_start_matches('.')
    )
}
