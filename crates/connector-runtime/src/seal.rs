//! Sealing: from the staged rows to the artifact.
//!
//! Rows are merged by identity, grants expanded along the entitlement graph and conditional grants resolved, all in
//! sorted streams; the artifact is built beside the output and renamed over it.

use crate::earlier::{Earlier, Now};
use crate::error::SyncError;
use crate::merge::{Content, KEPT, NAMED, Tally, merge};
use crate::options::{Coverage, SyncOptions};
use crate::origin::key;
use crate::report::{NoticeSummary, SyncReport, VANISHED};
use crate::sinks::ArtifactSink;
use crate::store::{Listing, Staging};
use c1z_file::{ArtifactWriter, SyncId, SyncRun, SyncType, WriteError, WriterOptions};
use connector_proto::connector::v2;
use connector_sdk::{Notice, NoticeClass, Plan, Tenant};
use std::collections::{BTreeMap, HashMap};

/// What a sync is of.
#[derive(Debug)]
pub(crate) struct About {
    pub(crate) tenant: Option<Tenant>,
    pub(crate) coverage: Coverage,
}

/// Writes the artifact. The staging file is left as it is. Cancelled before the last step, which builds the indexes and
/// compresses, it leaves no artifact.
pub(crate) fn seal(
    staging: &Staging,
    mut types: Vec<v2::ResourceType>,
    plans: &HashMap<String, Plan>,
    about: &About,
    earlier: Option<Earlier>,
    options: &SyncOptions,
) -> Result<SyncReport, SyncError> {
    types.sort_by(|a, b| a.id.cmp(&b.id));
    must_exist(staging, &types, plans)?;

    let mut random = [0; 16];
    getrandom::fill(&mut random)
        .map_err(|e| SyncError::Engine(format!("no random bytes for a sync id: {e}")))?;
    let sync_id = SyncId::new(staging.started_at, random)
        .map_err(|e| SyncError::Engine(format!("no sync id can be made: {e}")))?;
    let sync_type = match (about.coverage.targets, options.access) {
        (true, _) => SyncType::Partial,
        (false, true) => SyncType::Full,
        (false, false) => SyncType::ResourcesOnly,
    };
    let run = SyncRun::new(sync_id, staging.started_at, sync_type);
    let parent = earlier.as_ref().and_then(Earlier::latest_full);
    let run = match parent.filter(|_| about.coverage.targets) {
        Some(parent) => run.with_parent(parent),
        None => run,
    };
    let asked = options.storage_engine.unwrap_or_default();
    let storage_engine = earlier.as_ref().map_or(asked, Earlier::storage_engine);
    let writer = WriterOptions::new(run)
        .with_storage_engine(storage_engine)
        .with_file_mode(options.file_mode)
        .with_zone(options.zone.clone());
    let mut out = ArtifactWriter::create(&options.output, writer).map_err(SyncError::Artifact)?;
    // Grants are sorted below, and there may be more of them than the system's temporary directory has room for.
    let given_up = || options.cancel.is_cancelled();
    if !out.sort_beside_unless(&given_up).map_err(SyncError::Artifact)? {
        return Err(staging.interrupted());
    }

    let mut tally = Tally::default();
    let go_on = || {
        if options.cancel.is_cancelled() {
            return Err(staging.interrupted());
        }
        Ok(())
    };
    let content = Content {
        types: &types,
        plans,
        targets: &options.targets,
        go_on: &go_on,
    };
    let written = merge(
        &staging.merging()?,
        &content,
        &mut ArtifactSink::new(&mut out),
        &mut tally,
    )?;

    vanished(staging, &written.resources, &mut tally)?;
    staging.count_notices(&mut tally)?;
    let mut has_shrunk = false;
    let mut earlier = match earlier.filter(Earlier::is_current) {
        None => Earlier::read(options, about.tenant.as_ref(), &about.coverage)?,
        current => current,
    };
    if let Some(earlier) = &mut earlier {
        if about.coverage.partial().is_none() {
            let now = Now {
                types: &types,
                resources: &written.resources,
                grants: written.grants.values().sum(),
            };
            let lost = earlier.compare(&now, options)?;
            has_shrunk = !lost.is_empty();
            lost.into_iter().for_each(|gap| tally.add(gap));
        }
        earlier.remarks().for_each(|remark| tally.add(remark));
        earlier
            .copy_to(&mut out)
            .map_err(|error| earlier.failed(options, error))?;
    }
    // Of who is not asked for nothing is expanded.
    if options.access && !about.coverage.targets {
        out.expansion_ran();
    }
    // Entitlements were checked one by one as they were written.
    if staging.is_read_to_the_end()? {
        out.invariants_hold();
    }
    let allowed = has_shrunk && options.allow_shrunk;
    let summaries = |tally: Tally, named: usize| {
        let mut notices = tally.summaries(named);
        let examples = notices.iter_mut().flat_map(|notice| &mut notice.examples);
        examples.for_each(|example| options.redactor.clean_notice(example));
        notices
    };
    let token = sync_token(staging, &summaries(tally.clone(), KEPT), about, allowed)?;
    let ended_at = options.clock.now().max(staging.started_at);
    let finished = out.finish(ended_at, &token).map_err(|error| match &earlier {
        Some(earlier) if matches!(error, WriteError::NotKept(_)) => earlier.failed(options, error),
        _ => collision_or(error),
    })?;
    for lost in &finished.not_kept {
        tally.add(Notice::remark("earlier_syncs", lost.to_string()));
    }
    let notices = summaries(tally, NAMED);
    Ok(SyncReport {
        sync_id: finished.sync_id.to_string(),
        output: options.output.clone(),
        started_at: staging.started_at,
        ended_at,
        resumed: staging.resumed,
        resource_types: about.coverage.types.clone(),
        targets: options.targets.iter().map(ToString::to_string).collect(),
        resources_only: !options.access,
        resources: written.resources,
        entitlements: written.entitlements,
        grants: written.grants,
        held: written.held,
        notices,
        file_bytes: finished.file_bytes,
    })
}

/// Kinds of facts that grants are marked with.
const MARKS: [&str; 3] = ["dormant", "overstated", "unexplained"];

/// A tenant in which a type is empty that no tenant lacks was not read: a wrong id or a blind key, never a success. Where
/// other rows name resources of the type, it is the answer that was wrong.
fn must_exist(
    staging: &Staging,
    types: &[v2::ResourceType],
    plans: &HashMap<String, Plan>,
) -> Result<(), SyncError> {
    for resource_type in types
        .iter()
        .filter(|t| plans.get(&t.id).is_some_and(|p| p.must_exist))
    {
        let Listing {
            listed,
            known,
            example,
        } = staging.listing(&resource_type.id)?;
        let resource_type = resource_type.id.clone();
        match example {
            _ if listed => {}
            Some(example) => {
                return Err(SyncError::Contradicted {
                    resource_type,
                    known,
                    example,
                });
            }
            None => return Err(SyncError::Empty { resource_type }),
        }
    }
    Ok(())
}

/// Where this part of the resources of a type, and more than [`FEW_GONE`], were deleted while they were read, it is more
/// likely that the vendor answered wrongly.
const MANY_GONE: u64 = 50;
const FEW_GONE: u64 = 3;

/// Doubts that many resources of one type were deleted during one sync.
fn vanished(
    staging: &Staging,
    resources: &BTreeMap<String, u64>,
    tally: &mut Tally,
) -> Result<(), SyncError> {
    for (resource_type, gone) in staging.gone()? {
        let all = resources.get(&resource_type).copied().unwrap_or_default();
        if gone > FEW_GONE && gone * MANY_GONE > all {
            let detail = format!(
                "the vendor said of {gone} of {all} resources of this type that they were deleted while they were read; \
                 what they held is missing"
            );
            tally.add(Notice::gap(VANISHED, resource_type, detail));
        }
    }
    Ok(())
}

/// The checkpoint that stays in the sync run: what other readers know of it, and the gaps of this sync.
///
/// What tells one tenant from another stands in it as well, because it is not part of the content that two syncs are compared by.
fn sync_token(
    staging: &Staging,
    notices: &[NoticeSummary],
    about: &About,
    shrink_allowed: bool,
) -> Result<String, SyncError> {
    let calls = staging.calls_done()?;
    let of = |class| notices.iter().filter(move |n| n.class == class);
    let named = |n: &NoticeSummary| {
        let examples = n.examples.iter();
        serde_json::json!({
            "kind": n.kind,
            "count": n.count,
            "examples": examples.map(|e| serde_json::json!({"subject": e.subject, "detail": e.detail})).collect::<Vec<_>>(),
        })
    };
    let gaps: Vec<serde_json::Value> = of(NoticeClass::Gap).map(named).collect();
    // Grants that are remarkable are marked themselves.
    let findings = of(NoticeClass::Fact).filter(|n| !MARKS.contains(&n.kind.as_str()));
    let findings: Vec<serde_json::Value> = findings.map(named).collect();
    let facts: BTreeMap<&str, u64> = of(NoticeClass::Fact)
        .map(|n| (n.kind.as_str(), n.count))
        .collect();
    let mut token =
        serde_json::json!({"completed_actions_count": calls, "version": 1, "gaps": gaps, "facts": facts});
    if !findings.is_empty() {
        token["findings"] = findings.into();
    }
    if let Some(tenant) = &about.tenant {
        token[key::ORGANIZATION] = tenant.resource.resource.clone().into();
        token[key::DEMO] = tenant.demo.into();
        if let Some(base_url) = &tenant.base_url {
            token[key::BASE_URL] = base_url.clone().into();
        }
    }
    if let Some(types) = &about.coverage.types {
        token[key::RESOURCE_TYPES] = types.clone().into();
    }
    if shrink_allowed {
        token[key::SHRINK_ALLOWED] = true.into();
    }
    Ok(token.to_string())
}

fn collision_or(error: c1z_file::WriteError) -> SyncError {
    match error {
        c1z_file::WriteError::Collision(collision) => SyncError::Collision {
            id: collision.external_id.clone(),
            first: collision.first.to_string(),
            second: collision.second.to_string(),
        },
        error => SyncError::Artifact(error),
    }
}
