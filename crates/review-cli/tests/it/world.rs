//! A small organization with everything that a review meets, hostile names among it.

use c1z_file::{
    ArtifactWriter, EntitlementRow, GrantRow, ResourceRow, SyncId, SyncRun, SyncType, WriterOptions,
};
use connector_proto::connector::v2::{self, grant_sources::GrantSource, user_trait};
use connector_proto::{any, wkt};
use prost::Message;
use std::path::{Path, PathBuf};

/// A name that a spreadsheet would run.
pub(crate) const FORMULA: &str = "=cmd|' /C calc'!A0";
/// A name that steers a terminal and turns text round.
pub(crate) const HOSTILE: &str = "Eve\u{1b}[2J\u{202e}nimda</script>\"><img src=x>";

/// What goes into a sync.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) types: Vec<v2::ResourceType>,
    pub(crate) resources: Vec<v2::Resource>,
    pub(crate) entitlements: Vec<v2::Entitlement>,
    pub(crate) grants: Vec<(v2::Grant, Option<v2::GrantExpandable>)>,
    pub(crate) token: String,
}

/// Ana is in Finance and in Platform, which both give Jira, and is its admin too; a man with the name of a formula is suspended
/// and in Finance; Eve is an admin and nobody knows why; two people are called Kim Lee.
pub(crate) fn world() -> World {
    let user = |id: &str, name: &str, email: &str, status: (i32, &str)| {
        let user = v2::UserTrait {
            emails: vec![user_trait::Email {
                address: email.into(),
                is_primary: true,
            }],
            login: email.into(),
            status: Some(user_trait::Status {
                status: status.0,
                details: status.1.into(),
            }),
            last_login: Some(prost_types::Timestamp {
                seconds: 1_795_000_000,
                nanos: 0,
            }),
            ..Default::default()
        };
        resource("user", id, name, &user)
    };
    let group = |id, name| resource("group", id, name, &v2::GroupTrait::default());
    let ana = user("u-1", "Ana Núñez", "ana@example.com", (1, "active"));
    let bob = user("u-2", FORMULA, "bob@example.com", (2, "suspended"));
    let eve = user("u-3", HOSTILE, "eve@example.com", (1, "active"));
    let kim = user("u-4", "Kim Lee", "kim@example.com", (1, "active"));
    let lee = user("u-5", "Kim Lee", "lee@example.com", (1, "active"));
    let (finance, platform) = (group("g-1", "Finance"), group("g-2", "Platform"));
    let jira = resource("workspace", "w-1", "Jira: acme", &v2::AppTrait::default());
    let token = v2::SecretTrait {
        identity_id: ana.id.clone(),
        last_used_at: Some(prost_types::Timestamp {
            seconds: 1_794_000_000,
            nanos: 0,
        }),
        ..Default::default()
    };
    let token = resource("api_token", "t-1", "deploy", &token);

    let in_finance = entitlement(&finance, "member", "Finance member");
    let in_platform = entitlement(&platform, "member", "Platform member");
    let uses = entitlement(&jira, "role:user", "User on Jira: acme");
    let admin = entitlement(&jira, "role:admin", "Admin on Jira: acme");
    let passes_on = |member: &v2::Entitlement| {
        Some(v2::GrantExpandable {
            entitlement_ids: vec![member.id.clone()],
            ..Default::default()
        })
    };
    let mut suspended = through(grant(&uses, &bob), &[(&in_finance, true)]);
    mark(&mut suspended, &["dormant", "overstated"]);
    let mut unexplained = grant(&admin, &eve);
    unexplained
        .annotations
        .push(any::pack(&v2::GrantImmutable::default()));
    mark(&mut unexplained, &["unexplained"]);
    let grants = vec![
        (grant(&in_finance, &ana), None),
        (grant(&in_finance, &bob), None),
        (grant(&in_platform, &ana), None),
        (grant(&uses, &finance), passes_on(&in_finance)),
        (grant(&uses, &platform), passes_on(&in_platform)),
        (
            through(grant(&uses, &ana), &[(&in_finance, true), (&in_platform, true)]),
            None,
        ),
        (suspended, None),
        (grant(&uses, &kim), None),
        (grant(&admin, &ana), None),
        (unexplained, None),
    ];
    let types = [
        ("user", v2::resource_type::Trait::User),
        ("group", v2::resource_type::Trait::Group),
        ("workspace", v2::resource_type::Trait::App),
        ("api_token", v2::resource_type::Trait::Secret),
    ];
    World {
        types: types
            .into_iter()
            .map(|(id, of)| v2::ResourceType {
                id: id.into(),
                display_name: id.to_uppercase(),
                traits: vec![of as i32],
                ..Default::default()
            })
            .collect(),
        resources: vec![ana, bob, eve, kim, lee, finance, platform, jira, token],
        entitlements: vec![in_finance, in_platform, uses, admin],
        grants,
        token: r#"{"gaps":[{"kind":"group_members","count":45,"examples":[{"subject":"group g-9","detail":"status 403"}]}],"facts":{"dormant":1,"unexplained":1}}"#.into(),
    }
}

pub(crate) fn resource<T: prost::Name>(kind: &str, id: &str, name: &str, of: &T) -> v2::Resource {
    v2::Resource {
        id: Some(v2::ResourceId {
            resource_type: kind.into(),
            resource: id.into(),
            ..Default::default()
        }),
        display_name: name.into(),
        annotations: vec![any::pack(of)],
        ..Default::default()
    }
}

pub(crate) fn entitlement(on: &v2::Resource, slug: &str, name: &str) -> v2::Entitlement {
    let id = on.id.clone().unwrap_or_default();
    v2::Entitlement {
        id: format!("{}:{}:{slug}", id.resource_type, id.resource),
        resource: Some(on.clone()),
        slug: slug.into(),
        display_name: name.into(),
        ..Default::default()
    }
}

pub(crate) fn grant(entitlement: &v2::Entitlement, to: &v2::Resource) -> v2::Grant {
    let id = to.id.clone().unwrap_or_default();
    v2::Grant {
        id: format!("{}:{}:{}", entitlement.id, id.resource_type, id.resource),
        entitlement: Some(entitlement.clone()),
        principal: Some(to.clone()),
        ..Default::default()
    }
}

pub(crate) fn through(mut grant: v2::Grant, sources: &[(&v2::Entitlement, bool)]) -> v2::Grant {
    let source = |(entitlement, is_direct): &(&v2::Entitlement, bool)| {
        (
            entitlement.id.clone(),
            GrantSource {
                is_direct: *is_direct,
            },
        )
    };
    grant.sources = Some(v2::GrantSources {
        sources: sources.iter().map(source).collect(),
    });
    grant
}

pub(crate) fn mark(grant: &mut v2::Grant, marks: &[&str]) {
    let metadata = wkt::object(marks.iter().map(|mark| (*mark, true.into())));
    grant.annotations.push(any::pack(&v2::GrantMetadata {
        metadata: Some(metadata),
    }));
}

/// Writes a world as the sync that started at this time, with the file's mode that of every artifact.
pub(crate) fn write(output: &Path, world: &World, started: &str) -> PathBuf {
    let started: jiff::Timestamp = started.parse().unwrap();
    let run = SyncRun::new(SyncId::new(started, [7; 16]).unwrap(), started, SyncType::Full);
    let options = WriterOptions::new(run).with_zone(jiff::tz::TimeZone::UTC);
    let mut out = ArtifactWriter::create(output, options).unwrap();
    world
        .types
        .iter()
        .for_each(|kind| out.resource_type(kind).unwrap());
    for resource in &world.resources {
        let id = resource.id.clone().unwrap();
        out.resource(ResourceRow {
            resource_type_id: &id.resource_type,
            resource_id: &id.resource,
            parent: None,
            data: &resource.encode_to_vec(),
        })
        .unwrap();
    }
    for entitlement in &world.entitlements {
        let on = entitlement.resource.clone().unwrap().id.unwrap();
        out.entitlement(EntitlementRow {
            resource_type_id: &on.resource_type,
            resource_id: &on.resource,
            entitlement_id: &entitlement.id,
            data: &entitlement.encode_to_vec(),
        })
        .unwrap();
    }
    for (grant, expandable) in &world.grants {
        let entitlement = grant.entitlement.clone().unwrap();
        let (on, to) = (
            entitlement.resource.unwrap().id.unwrap(),
            grant.principal.clone().unwrap().id.unwrap(),
        );
        let expansion = expandable.as_ref().map(Message::encode_to_vec);
        out.grant(GrantRow {
            resource_type_id: &on.resource_type,
            resource_id: &on.resource,
            entitlement_id: &entitlement.id,
            principal_type: &to.resource_type,
            principal_id: &to.resource,
            grant_id: &grant.id,
            expansion: expansion.as_deref(),
            data: &grant.encode_to_vec(),
        })
        .unwrap();
    }
    out.finish(started, &world.token).unwrap();
    output.to_owned()
}
