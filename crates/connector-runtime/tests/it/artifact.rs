//! Artifacts read back: as lines for people, and as content to compare down to the byte.

use c1z_file::{
    Artifact, ReadOptions, StoredEntitlement, StoredGrant, StoredResource, StoredResourceType, SyncInfo,
};
use connector_runtime::{NoticeSummary, SyncReport};
use connector_sdk::NoticeClass;
use connector_sdk::proto::any;
use connector_sdk::proto::connector::v2;
use prost_types::{Struct, Value, value::Kind};
use std::fmt::Write as _;
use std::path::Path;

/// Everything a sync says but when it was made and under which id: two syncs of one tenant have the same content.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Content {
    run: String,
    types: Vec<StoredResourceType>,
    resources: Vec<StoredResource>,
    entitlements: Vec<StoredEntitlement>,
    grants: Vec<StoredGrant>,
}

/// Reads the newest sync of an artifact, which is sound. Times are left out.
pub(crate) fn content(path: &Path) -> Content {
    let checked = c1z_file::verify(path).expect("a readable artifact");
    assert!(
        checked.is_clean(),
        "the artifact is not sound: {:#?}",
        checked.findings
    );
    let artifact = Artifact::open(path, ReadOptions::default()).expect("a readable artifact");
    let run = newest(&artifact);
    let id = run.sync_id.as_str();
    fn all<T>(rows: c1z_file::Rows<'_, T>, untimed: impl Fn(&mut T)) -> Vec<T>
    where
        for<'a> c1z_file::Rows<'a, T>: Iterator<Item = Result<T, c1z_file::ReadError>>,
    {
        let mut rows: Vec<T> = rows.collect::<Result<_, _>>().expect("readable rows");
        rows.iter_mut().for_each(untimed);
        rows
    }
    Content {
        run: format!(
            "{:?} {:?} parent={:?} stats={:?} token={}",
            run.sync_type, run.grants_backfilled, run.parent_sync_id, run.stats_json, run.sync_token
        ),
        types: all(artifact.resource_types(id), |row| row.discovered_at.clear()),
        resources: all(artifact.resources(id), |row| row.discovered_at.clear()),
        entitlements: all(artifact.entitlements(id), |row| row.discovered_at.clear()),
        grants: all(artifact.grants(id), |row| row.discovered_at.clear()),
    }
}

/// The newest run in the artifact.
pub(crate) fn run(path: &Path) -> SyncInfo {
    newest(&Artifact::open(path, ReadOptions::default()).expect("a readable artifact"))
}

fn newest(artifact: &Artifact) -> SyncInfo {
    let mut syncs = artifact.syncs().expect("readable syncs");
    syncs.pop().expect("an artifact holds a sync")
}

/// The artifact and the report in lines for people, in the order of the file.
///
/// `resource group/g1 "Platform" group`, `can group:g1:member "member"`, `grant group:g1:member <- user/u1`, then
/// `held …` and one line a kind of notice.
pub(crate) fn show(path: &Path, report: &SyncReport) -> String {
    let content = content(path);
    let mut out = String::new();
    for row in &content.resources {
        line(&mut out, resource(&row.decode().expect("a resource")));
    }
    for row in &content.entitlements {
        line(&mut out, entitlement(&row.decode().expect("an entitlement")));
    }
    for row in &content.grants {
        line(&mut out, grant(row));
    }
    let held = &report.held;
    let counts = [
        ("direct", held.direct),
        ("through_groups", held.through_groups),
        ("both", held.both),
        ("unexplained", held.unexplained),
        ("overstated", held.overstated),
        ("dormant", held.dormant),
    ];
    if !content.grants.is_empty() {
        let counts = counts
            .iter()
            .filter(|(_, n)| *n > 0)
            .map(|(name, n)| format!(" {name}={n}"));
        line(&mut out, format!("held{}", counts.collect::<String>()));
    }
    // Most scripts describe no entitlements; `plans` holds that those are told.
    for summary in report.notices.iter().filter(|n| n.kind != "unlisted_entitlement") {
        line(&mut out, notices(summary));
    }
    assert_eq!(
        report.resources.values().sum::<u64>(),
        content.resources.len() as u64
    );
    assert_eq!(
        report.entitlements.values().sum::<u64>(),
        content.entitlements.len() as u64
    );
    assert_eq!(report.grants.values().sum::<u64>(), content.grants.len() as u64);
    out.truncate(out.trim_end().len());
    out
}

fn line(out: &mut String, text: String) {
    out.push_str(text.trim_end());
    out.push('\n');
}

fn id(id: Option<&v2::ResourceId>) -> String {
    id.map_or_else(
        || "?".into(),
        |id| format!("{}/{}", id.resource_type, id.resource),
    )
}

fn resource(r: &v2::Resource) -> String {
    let mut out = format!("resource {} {:?}", id(r.id.as_ref()), r.display_name);
    if let Some(parent) = &r.parent_resource_id {
        write!(out, " in {}", id(Some(parent))).expect("text");
    }
    for annotation in &r.annotations {
        let name = annotation.type_url.rsplit('.').next().unwrap_or_default();
        write!(out, " {}", name.trim_end_matches("Trait").to_lowercase()).expect("text");
        if let Some(Ok(user)) = any::unpack::<v2::UserTrait>(annotation) {
            let kind = user
                .account_type()
                .as_str_name()
                .trim_start_matches("ACCOUNT_TYPE_")
                .to_lowercase();
            if kind != "unspecified" {
                write!(out, "({kind})").expect("text");
            }
        }
    }
    for profile in second_homes(&r.annotations) {
        assert_eq!(profile, None, "the profile stands on the resource alone");
    }
    if let Some(profile) = &r.profile {
        write!(out, " {}", object(profile)).expect("text");
    }
    if let Some(status) = &r.status {
        write!(out, " status={}", status.details).expect("text");
    }
    out
}

/// The profile as each trait has it.
fn second_homes(annotations: &[prost_types::Any]) -> Vec<Option<Struct>> {
    [
        any::pick::<v2::UserTrait>(annotations).map(|t| t.expect("a trait").profile),
        any::pick::<v2::GroupTrait>(annotations).map(|t| t.expect("a trait").profile),
        any::pick::<v2::RoleTrait>(annotations).map(|t| t.expect("a trait").profile),
        any::pick::<v2::AppTrait>(annotations).map(|t| t.expect("a trait").profile),
        any::pick::<v2::SecretTrait>(annotations).map(|t| t.expect("a trait").profile),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn entitlement(e: &v2::Entitlement) -> String {
    let mut out = format!("can {} {:?}", e.id, e.display_name);
    if !e.description.is_empty() {
        write!(out, " {:?}", e.description).expect("text");
    }
    let purpose = e
        .purpose()
        .as_str_name()
        .trim_start_matches("PURPOSE_VALUE_")
        .to_lowercase();
    if purpose != "assignment" {
        write!(out, " {purpose}").expect("text");
    }
    let resource = e.resource.as_ref().expect("an entitlement is on a resource");
    write!(out, " of {}", id(resource.id.as_ref())).expect("text");
    if !e.grantable_to.is_empty() {
        let types: Vec<&str> = e.grantable_to.iter().map(|t| t.id.as_str()).collect();
        write!(out, " to={}", types.join(",")).expect("text");
    }
    if any::pick::<v2::EntitlementImmutable>(&e.annotations).is_some() {
        out.push_str(" immutable");
    }
    out
}

fn grant(row: &StoredGrant) -> String {
    let g = row.decode().expect("a grant");
    let entitlement = g.entitlement.as_ref().map_or("?", |e| e.id.as_str());
    let mut out = format!(
        "grant {entitlement} <- {}",
        id(g.principal.as_ref().and_then(|p| p.id.as_ref()))
    );
    if any::pick::<v2::GrantImmutable>(&g.annotations).is_some() {
        out.push_str(" immutable");
    }
    if let Some(Ok(metadata)) = any::pick::<v2::GrantMetadata>(&g.annotations) {
        write!(out, " {}", object(&metadata.metadata.unwrap_or_default())).expect("text");
    }
    if let Some(sources) = &g.sources {
        let names = sources
            .sources
            .iter()
            .map(|(id, source)| format!("{id}{}", if source.is_direct { "!" } else { "" }));
        write!(out, " from {}", names.collect::<Vec<_>>().join(", ")).expect("text");
    }
    if let Some(expandable) = row.expandable().expect("an expansion") {
        write!(out, " via {}", expandable.entitlement_ids.join(",")).expect("text");
        if expandable.shallow {
            out.push_str(" shallow");
        }
        if !expandable.resource_type_ids.is_empty() {
            write!(out, " types={}", expandable.resource_type_ids.join(",")).expect("text");
        }
    }
    assert_eq!(
        row.needs_expansion,
        row.expansion.is_some(),
        "tools find what they have to expand again by it"
    );
    out
}

fn notices(summary: &NoticeSummary) -> String {
    let class = match summary.class {
        NoticeClass::Gap => "gap",
        NoticeClass::Fact => "fact",
        NoticeClass::Remark => "remark",
    };
    let subjects: Vec<&str> = summary.examples.iter().map(|n| n.subject.as_str()).collect();
    format!(
        "{class} {} x{}: {}",
        summary.kind,
        summary.count,
        subjects.join("; ")
    )
}

fn object(object: &Struct) -> String {
    let fields = object
        .fields
        .iter()
        .map(|(name, v)| format!("{name}: {}", value(v)));
    format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
}

fn value(value: &Value) -> String {
    match &value.kind {
        Some(Kind::StringValue(text)) => text.clone(),
        Some(Kind::BoolValue(flag)) => flag.to_string(),
        Some(Kind::NumberValue(number)) => number.to_string(),
        Some(Kind::ListValue(list)) => {
            format!(
                "[{}]",
                list.values.iter().map(self::value).collect::<Vec<_>>().join(", ")
            )
        }
        Some(Kind::StructValue(fields)) => object(fields),
        Some(Kind::NullValue(_)) | None => "null".into(),
    }
}
