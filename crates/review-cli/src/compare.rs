//! Commands about whole syncs: `diff`, `verify`, `digest`.

use crate::command::{self, AFTER, BEFORE, FILE, FROM, ONLY, TO};
use crate::error::Error;
use crate::print::{Column, Form, Printer, Stop};
use crate::run::Surroundings;
use access_review::{Changed, Difference, Review, ReviewError};
use c1z_file::logical::{self, RowKind};
use clap::ArgMatches;
use connector_sdk::Code;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The exit code of two syncs that differ.
const DIFFERENCES: u8 = 18;

/// `diff`
pub(crate) fn diff(flags: &ArgMatches, here: &Surroundings, out: &mut Printer<'_>) -> Result<(), Stop> {
    const COLUMNS: &[Column] = &[
        Column::text("change"),
        Column::text("what"),
        Column::id("type"),
        Column::text("name"),
        Column::text("of"),
        Column::text("before"),
        Column::text("after"),
        Column::text("fields").wide(),
        Column::id("id").wide(),
    ];
    let (before, after) = sides(flags, here)?;
    for side in [&before, &after] {
        out.incomplete.add(side);
    }
    let only = command::text(flags, ONLY);
    let mut counts: BTreeMap<&'static str, u64> = BTreeMap::new();
    let mut rows = out.rows("differences", COLUMNS)?;
    access_review::diff(&before, &after, |difference| -> Result<(), Stop> {
        let what = plural(difference.what);
        let is_wanted = match only {
            None => true,
            Some("privileged") => difference.is_privileged,
            Some("accounts") => {
                difference.what == RowKind::Resource && after.is_account_type(&difference.resource_type)
            }
            Some(only) => only == what,
        };
        if is_wanted {
            *counts.entry(what).or_default() += 1;
            rows.row(|| Ok(cells(&difference)), || Ok(difference_json(&difference)))?;
        }
        Ok(())
    })?;
    rows.end()?;
    if counts.is_empty() {
        return Ok(());
    }
    let each = counts.iter().map(|(what, count)| match count {
        1 => format!("1 {}", what.trim_end_matches('s')),
        count => format!("{count} {what}"),
    });
    let each: Vec<String> = each.collect();
    Err(Error::ended(DIFFERENCES, format!("the syncs differ in {}", each.join(", "))).into())
}

/// The two syncs to compare: of two files, or of one.
fn sides(flags: &ArgMatches, here: &Surroundings) -> Result<(Review, Review), Error> {
    let sync = |flag| command::text(flags, flag);
    let open = |path: Option<&str>, sync| -> Result<Review, Error> {
        Ok(Review::open(&here.path(path)?, here.reading(), sync)?)
    };
    let (before, after) = (command::text(flags, BEFORE), command::text(flags, AFTER));
    Ok(match (before, after) {
        (Some(before), Some(after)) => (open(Some(before), sync(FROM))?, open(Some(after), sync(TO))?),
        (one, _) => {
            let one = one.or(command::text(flags, FILE));
            match (sync(FROM), sync(TO)) {
                (None, None) => Review::open_last_two(&here.path(one)?, here.reading()).map_err(only_one)?,
                (from, to) => (open(one, from)?, open(one, to)?),
            }
        }
    })
}

fn only_one(error: ReviewError) -> Error {
    let is_alone = matches!(error, ReviewError::Unfinished { .. });
    let error = Error::from(error);
    if is_alone {
        return Error::new(Code::FailedPrecondition, format!("{error}, or one alone"))
            .with_hint("Name two artifacts, or keep the sync before with --keep-syncs");
    }
    error
}

fn plural(what: RowKind) -> &'static str {
    match what {
        RowKind::ResourceType => "resource-types",
        RowKind::Resource => "resources",
        RowKind::Entitlement => "entitlements",
        RowKind::Grant => "grants",
        _ => "assets",
    }
}

fn cells(difference: &Difference) -> Vec<String> {
    let fields = difference.fields.iter().map(|field| field.path.as_str());
    let (before, after) = match difference.change {
        // What did not change in words changed in a value.
        Changed::Changed if difference.before == difference.after => values(difference),
        _ => (difference.before.clone(), difference.after.clone()),
    };
    vec![
        difference.change.word().to_owned(),
        plural(difference.what).trim_end_matches('s').to_owned(),
        difference.resource_type.clone(),
        difference.name.clone(),
        difference.of.clone(),
        before,
        after,
        fields.collect::<Vec<_>>().join(" "),
        difference.id.clone(),
    ]
}

/// The first value that differs, as it was and as it is.
fn values(difference: &Difference) -> (String, String) {
    let Some(field) = difference.fields.first() else {
        return Default::default();
    };
    let name = field.path.rsplit('.').next().unwrap_or_default();
    let shown = |value: &Option<String>| format!("{name} {}", value.as_deref().unwrap_or("absent"));
    (shown(&field.before), shown(&field.after))
}

fn difference_json(difference: &Difference) -> String {
    let value = |text: &Option<String>| -> Value {
        text.as_deref()
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default()
    };
    let fields = difference.fields.iter().map(
        |field| json!({"path": field.path, "before": value(&field.before), "after": value(&field.after)}),
    );
    json!({
        "change": difference.change.word(),
        "what": plural(difference.what).trim_end_matches('s'),
        "resourceType": difference.resource_type,
        "id": difference.id,
        "name": difference.name,
        "of": difference.of,
        "before": difference.before,
        "after": difference.after,
        "fields": fields.collect::<Vec<_>>(),
    })
    .to_string()
}

/// `digest`
pub(crate) fn digest(review: &Review, out: &mut Printer<'_>) -> Result<(), Stop> {
    const COLUMNS: &[Column] = &[Column::id("digest"), Column::id("sync")];
    let id = &review.sync().sync_id;
    let digest = logical::digest(review.artifact(), id)?.to_string();
    out.list(
        "digests",
        COLUMNS,
        std::iter::once(Ok::<_, Error>(())),
        |()| Ok(vec![digest.clone(), id.clone()]),
        |()| Ok(json!({"digest": digest, "sync": id}).to_string()),
    )
}

/// `verify`
pub(crate) fn verify(flags: &ArgMatches, here: &Surroundings, out: &mut Printer<'_>) -> Result<(), Stop> {
    const COLUMNS: &[Column] = &[
        Column::text("rule"),
        Column::text("subject"),
        Column::text("detail"),
    ];
    let path = here.path(command::text(flags, FILE))?;
    let report = c1z_file::verify_with(&path, here.reading())?;
    if report.is_clean() && out.form == Form::Text {
        let summary = &report.summary;
        return out.text(&format!(
            "sound: {} resources, {} entitlements, {} grants in sync {}",
            summary.resources, summary.entitlements, summary.grants, summary.sync_id
        ));
    }
    out.list(
        "findings",
        COLUMNS,
        report.findings.iter().map(Ok::<_, Error>),
        |finding| {
            Ok(vec![
                format!("{:?}", finding.rule).to_lowercase(),
                finding.subject.clone(),
                finding.detail.clone(),
            ])
        },
        |finding| {
            let rule = format!("{:?}", finding.rule).to_lowercase();
            Ok(json!({"rule": rule, "subject": finding.subject, "detail": finding.detail}).to_string())
        },
    )?;
    if report.is_clean() {
        return Ok(());
    }
    let count = report.findings.len() as u64 + report.omitted;
    let text = format!("{}: it is not sound: {count} finding(s)", path.display());
    Err(Error::new(Code::FailedPrecondition, text).into())
}
