//! A small organization as data, and ways to write it.

use c1z_file::{
    ArtifactWriter, EntitlementRow, Finished, GrantRow, ResourceRow, SyncId, SyncRun, SyncType, WriteError,
    WriterOptions,
};
use connector_proto::connector::v2;
use jiff::Timestamp;
use prost::{Message, Name};
use prost_types::Any;
use rusqlite::Connection;
use std::{
    error::Error,
    fs,
    io::Write,
    path::{Path, PathBuf},
};

pub(crate) const STARTED_AT: &str = "2026-11-24T10:00:00.25Z";
pub(crate) const ENDED_AT: &str = "2026-11-24T10:05:00Z";

/// An artifact written by the Go SDK.
pub(crate) fn go_artifact() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/reference-sqlite-tiny.c1z")
}

/// What `error` says, with `DIR` for the directory and slashes on every system.
pub(crate) fn without(directory: &Path, error: &dyn Error) -> String {
    let directory = directory.to_str().expect("a path in UTF-8");
    error.to_string().replace(directory, "DIR").replace('\\', "/")
}

/// The database inside an artifact, taken out with the plain library, independent of the crate's own reader.
pub(crate) fn database(artifact: &Path) -> Vec<u8> {
    let bytes = fs::read(artifact).expect("an artifact");
    zstd::decode_all(&bytes[5..]).expect("zstd data")
}

/// Puts a database into the envelope.
pub(crate) fn pack(database: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(b"C1ZF\0".to_vec(), 3).expect("an encoder");
    encoder.include_checksum(true).expect("a checksum");
    encoder
        .set_pledged_src_size(Some(database.len() as u64))
        .expect("a size");
    encoder.write_all(database).expect("memory");
    encoder.finish().expect("memory")
}

/// Runs `sql` on the database of `artifact`, as another writer might have left it.
pub(crate) fn edit(artifact: &Path, sql: &str) {
    let copy = artifact.with_extension("db");
    fs::write(&copy, database(artifact)).expect("a copy");
    let connection = Connection::open(&copy).expect("a database");
    connection.execute_batch(sql).expect(sql);
    connection.close().expect("a closed database");
    fs::write(artifact, pack(&fs::read(&copy).expect("the copy"))).expect("an artifact");
    fs::remove_file(&copy).expect("no copy");
}

/// What goes into an artifact. Ids only; messages are made of them.
#[derive(Clone, Default)]
pub(crate) struct Org {
    pub(crate) types: Vec<v2::ResourceType>,
    pub(crate) resources: Vec<v2::Resource>,
    pub(crate) entitlements: Vec<v2::Entitlement>,
    pub(crate) grants: Vec<(v2::Grant, Option<v2::GrantExpandable>)>,
}

/// Two users, a group inside a workspace, and a grant of the workspace that passes on to the group's members.
pub(crate) fn org() -> Org {
    let (user, group, workspace) = (
        resource_type("user", &[v2::resource_type::Trait::User]),
        resource_type("group", &[v2::resource_type::Trait::Group]),
        resource_type("workspace", &[]),
    );
    let ada = with_trait(resource("user", "ada"), &v2::UserTrait::default());
    let bob = with_trait(resource("user", "bob"), &v2::UserTrait::default());
    let site = resource("workspace", "site");
    let mut admins = with_trait(resource("group", "admins"), &v2::GroupTrait::default());
    admins.parent_resource_id.clone_from(&site.id);
    let member = entitlement(&admins, "member");
    let access = entitlement(&site, "access");
    let expandable = v2::GrantExpandable {
        entitlement_ids: vec![member.id.clone()],
        ..Default::default()
    };
    Org {
        grants: vec![
            (grant(&member, &ada), None),
            (grant(&member, &bob), None),
            (grant(&access, &admins), Some(expandable)),
        ],
        types: vec![user, group, workspace],
        resources: vec![ada, bob, site, admins],
        entitlements: vec![member, access],
    }
}

pub(crate) fn resource_type(id: &str, traits: &[v2::resource_type::Trait]) -> v2::ResourceType {
    v2::ResourceType {
        id: id.to_owned(),
        display_name: id.to_uppercase(),
        traits: traits.iter().map(|&t| t.into()).collect(),
        ..Default::default()
    }
}

pub(crate) fn resource(resource_type: &str, id: &str) -> v2::Resource {
    v2::Resource {
        id: Some(v2::ResourceId {
            resource_type: resource_type.to_owned(),
            resource: id.to_owned(),
            ..Default::default()
        }),
        display_name: format!("the {resource_type} {id}"),
        ..Default::default()
    }
}

pub(crate) fn with_trait<T: Name>(mut resource: v2::Resource, annotation: &T) -> v2::Resource {
    resource.annotations.push(any(annotation));
    resource
}

pub(crate) fn any<T: Name>(message: &T) -> Any {
    Any {
        type_url: T::type_url(),
        value: message.encode_to_vec(),
    }
}

pub(crate) fn entitlement(resource: &v2::Resource, slug: &str) -> v2::Entitlement {
    let id = resource.id.clone().unwrap_or_default();
    v2::Entitlement {
        id: format!("{}:{}:{slug}", id.resource_type, id.resource),
        resource: Some(resource.clone()),
        slug: slug.to_owned(),
        display_name: slug.to_owned(),
        ..Default::default()
    }
}

pub(crate) fn grant(entitlement: &v2::Entitlement, principal: &v2::Resource) -> v2::Grant {
    let id = principal.id.clone().unwrap_or_default();
    v2::Grant {
        id: format!("{}:{}:{}", entitlement.id, id.resource_type, id.resource),
        entitlement: Some(entitlement.clone()),
        principal: Some(principal.clone()),
        ..Default::default()
    }
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

pub(crate) fn sync() -> SyncRun {
    let sync_id = SyncId::new(at(STARTED_AT), [7; 16]).expect("a time that fits");
    SyncRun::new(sync_id, at(STARTED_AT), SyncType::Full)
}

/// Times are written in UTC, wherever the test runs.
pub(crate) fn options() -> WriterOptions {
    WriterOptions::new(sync()).with_zone(jiff::tz::TimeZone::UTC)
}

pub(crate) fn writer(output: &Path) -> ArtifactWriter {
    ArtifactWriter::create(output, options()).expect("a writer")
}

/// Writes `org` to `output`.
pub(crate) fn write(output: &Path, org: &Org) -> Result<Finished, WriteError> {
    let mut writer = writer(output);
    fill(&mut writer, org)?;
    writer.finish(at(ENDED_AT), "")
}

pub(crate) fn fill(writer: &mut ArtifactWriter, org: &Org) -> Result<(), WriteError> {
    org.types
        .iter()
        .try_for_each(|resource_type| writer.resource_type(resource_type))?;
    for resource in &org.resources {
        let id = resource.id.clone().unwrap_or_default();
        let parent = resource
            .parent_resource_id
            .as_ref()
            .map(|p| (&*p.resource_type, &*p.resource));
        writer.resource(ResourceRow {
            resource_type_id: &id.resource_type,
            resource_id: &id.resource,
            parent,
            data: &resource.encode_to_vec(),
        })?;
    }
    for entitlement in &org.entitlements {
        let id = entitlement
            .resource
            .clone()
            .unwrap_or_default()
            .id
            .unwrap_or_default();
        writer.entitlement(EntitlementRow {
            resource_type_id: &id.resource_type,
            resource_id: &id.resource,
            entitlement_id: &entitlement.id,
            data: &entitlement.encode_to_vec(),
        })?;
    }
    for (grant, expandable) in &org.grants {
        let entitlement = grant.entitlement.clone().unwrap_or_default();
        let on = entitlement.resource.unwrap_or_default().id.unwrap_or_default();
        let to = grant.principal.clone().unwrap_or_default().id.unwrap_or_default();
        let expansion = expandable.as_ref().map(Message::encode_to_vec);
        writer.grant(GrantRow {
            resource_type_id: &on.resource_type,
            resource_id: &on.resource,
            entitlement_id: &entitlement.id,
            principal_type: &to.resource_type,
            principal_id: &to.resource,
            grant_id: &grant.id,
            expansion: expansion.as_deref(),
            data: &grant.encode_to_vec(),
        })?;
    }
    Ok(())
}

/// SQL that makes `id` a plain number in the table of grants, and leaves the second one without.
pub(crate) fn unnumbered(id: &str) -> String {
    let columns = "resource_type_id text not null, resource_id text not null, entitlement_id text not null, \
         principal_resource_type_id text not null, principal_resource_id text not null, external_id text not null, \
         expansion blob, needs_expansion integer not null default 0, data blob not null, sync_id text not null, \
         discovered_at datetime not null";
    format!(
        "CREATE TABLE g ({id}, {columns}); INSERT INTO g SELECT * FROM v1_grants; \
         UPDATE OR IGNORE g SET id = NULL WHERE id = 2; DROP TABLE v1_grants; ALTER TABLE g RENAME TO v1_grants"
    )
}
