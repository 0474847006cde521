//! Commands that list rows.

use crate::command::{self, EMAIL, ENTITLEMENT, PRINCIPAL, RESOURCE, TYPE};
use crate::error::Error;
use crate::print::{Column, Form, Printer, Stop};
use access_review::{Filter, Held, HeldAs, JoinedGrant, Review, ReviewError};
use clap::ArgMatches;
use connector_proto::connector::v2::resource_type::Trait;
use connector_sdk::ResourceKey;
use jiff::Timestamp;
use serde_json::json;
use std::collections::BTreeMap;

/// The filter that flags ask for; names in them are looked up.
pub(crate) fn filter(review: &Review, flags: &ArgMatches) -> Result<Filter, Error> {
    let types = command::texts(flags, TYPE);
    for kind in &types {
        if review.resource_type(kind).is_none() {
            let known: Vec<&str> = review
                .resource_types()
                .map(|known| &*known.message().id)
                .collect();
            return Err(Error::usage(format!(
                "--type: the artifact has no resource type {kind:?}; it has {}",
                known.join(", ")
            )));
        }
    }
    let any = Filter::default();
    let named = |flag: &str| -> Result<Option<ResourceKey>, ReviewError> {
        command::text(flags, flag)
            .map(|text| review.resource_named(text, &any))
            .transpose()
    };
    Ok(Filter {
        resource_types: types,
        resource: named(RESOURCE)?,
        entitlement_id: command::text(flags, ENTITLEMENT)
            .map(|text| review.entitlement_named(text))
            .transpose()?,
        principal: named(PRINCIPAL)?,
        email: command::text(flags, EMAIL).map(ToOwned::to_owned),
        status: command::status_of(flags)?,
    })
}

/// `resource-types`
pub(crate) fn resource_types(review: &Review, out: &mut Printer<'_>) -> Result<(), Stop> {
    const COLUMNS: &[Column] = &[Column::id("id"), Column::text("name"), Column::text("traits")];
    out.list(
        "resourceTypes",
        COLUMNS,
        review.resource_types().map(Ok::<_, Error>),
        |kind| {
            let traits = kind
                .message()
                .traits
                .iter()
                .map(|number| match Trait::try_from(*number) {
                    Ok(known) => known.as_str_name().trim_start_matches("TRAIT_").to_lowercase(),
                    Err(_) => number.to_string(),
                });
            let traits: Vec<String> = traits.collect();
            Ok(vec![
                kind.message().id.clone(),
                kind.message().display_name.clone(),
                traits.join(" "),
            ])
        },
        |kind| Ok(kind.wrapped("resourceType")?),
    )
}

/// `resources`
pub(crate) fn resources(review: &Review, flags: &ArgMatches, out: &mut Printer<'_>) -> Result<(), Stop> {
    const COLUMNS: &[Column] = &[
        Column::id("type"),
        Column::text("name"),
        Column::text("email"),
        Column::text("status"),
        Column::id("id"),
        Column::text("last used").wide(),
        Column::id("parent type").wide(),
        Column::id("parent id").wide(),
    ];
    let filter = filter(review, flags)?;
    out.list(
        "resources",
        COLUMNS,
        review.resources(&filter),
        |row| {
            let subject = row.subject();
            let parent = row
                .resource
                .message()
                .parent_resource_id
                .clone()
                .unwrap_or_default();
            Ok(vec![
                subject.key.resource_type.clone(),
                subject.name.clone(),
                subject.email().to_owned(),
                subject.status_shown(),
                subject.key.resource.clone(),
                time(subject.last_used),
                parent.resource_type,
                parent.resource,
            ])
        },
        |row| Ok(row.json()?),
    )
}

/// `entitlements`
pub(crate) fn entitlements(review: &Review, flags: &ArgMatches, out: &mut Printer<'_>) -> Result<(), Stop> {
    const COLUMNS: &[Column] = &[
        Column::id("type"),
        Column::text("resource"),
        Column::text("entitlement"),
        Column::text("slug").wide(),
        Column::id("id"),
        Column::id("resource id").wide(),
        Column::text("grantable to").wide(),
    ];
    let filter = filter(review, flags)?;
    out.list(
        "entitlements",
        COLUMNS,
        review.entitlements(&filter),
        |row| {
            let message = row.entitlement.message();
            let grantable: Vec<&str> = message.grantable_to.iter().map(|kind| &*kind.id).collect();
            Ok(vec![
                row.on.resource_type.clone(),
                row.subject().shown().to_owned(),
                message.display_name.clone(),
                message.slug.clone(),
                message.id.clone(),
                row.on.resource.clone(),
                grantable.join(" "),
            ])
        },
        |row| Ok(row.json()?),
    )
}

/// `grants`
pub(crate) fn grants(review: &Review, flags: &ArgMatches, out: &mut Printer<'_>) -> Result<(), Stop> {
    const COLUMNS: &[Column] = &[
        Column::text("principal"),
        Column::text("email"),
        Column::text("status"),
        Column::id("type"),
        Column::text("resource"),
        Column::text("entitlement"),
        Column::text("held"),
        Column::text("marks"),
        Column::id("principal type").wide(),
        Column::id("principal id").wide(),
        Column::id("entitlement id").wide(),
        Column::id("grant id").wide(),
    ];
    let filter = filter(review, flags)?;
    let cells = |row: &JoinedGrant| {
        let holder = row.holder_subject();
        Ok(vec![
            holder.shown().to_owned(),
            holder.email().to_owned(),
            holder.status_shown(),
            row.on.resource_type.clone(),
            row.on_subject().shown().to_owned(),
            row.entitlement_shown().to_owned(),
            review.held_shown(&row.held)?,
            marks(&row.held),
            row.holder.resource_type.clone(),
            row.holder.resource.clone(),
            row.entitlement_id.clone(),
            row.id.clone(),
        ])
    };
    out.list("grants", COLUMNS, review.grants(&filter), cells, |row| {
        Ok(row.json()?)
    })
}

/// `principals`
pub(crate) fn principals(review: &Review, flags: &ArgMatches, out: &mut Printer<'_>) -> Result<(), Stop> {
    const COLUMNS: &[Column] = &[
        Column::id("type"),
        Column::text("name"),
        Column::text("email"),
        Column::text("status"),
        Column::text("last used"),
        Column::text("grants"),
        Column::id("id"),
    ];
    let filter = filter(review, flags)?;
    out.list(
        "resources",
        COLUMNS,
        review.principals(&filter),
        |(row, grants)| {
            let subject = row.subject();
            Ok(vec![
                subject.key.resource_type.clone(),
                subject.name.clone(),
                subject.email().to_owned(),
                subject.status_shown(),
                time(subject.last_used),
                grants.to_string(),
                subject.key.resource.clone(),
            ])
        },
        |(row, _)| Ok(row.json()?),
    )
}

/// `syncs`
pub(crate) fn syncs(review: &Review, out: &mut Printer<'_>) -> Result<(), Stop> {
    const COLUMNS: &[Column] = &[
        Column::id("id"),
        Column::text("type"),
        Column::text("started"),
        Column::text("ended"),
        Column::text("shown"),
        Column::id("parent").wide(),
    ];
    let syncs = review.artifact().syncs()?;
    out.list(
        "syncs",
        COLUMNS,
        syncs.into_iter().map(Ok::<_, Error>),
        |sync| {
            let shown = sync.sync_id == review.sync().sync_id;
            Ok(vec![
                sync.sync_id.clone(),
                sync.sync_type.to_string(),
                to_the_second(&sync.started_at),
                to_the_second(sync.ended_at.as_deref().unwrap_or("unfinished")),
                if shown { "shown" } else { "" }.to_owned(),
                sync.parent_sync_id.clone(),
            ])
        },
        |sync| {
            let mut row = json!({
                "id": sync.sync_id,
                "syncToken": sync.sync_token,
                "syncType": sync.sync_type.to_string(),
            });
            // Times of an artifact are local and do not say in which zone; protobuf JSON has them in UTC.
            let members = [
                ("startedAt", Some(&sync.started_at)),
                ("endedAt", sync.ended_at.as_ref()),
            ];
            for (name, time) in members {
                if let Some(time) = time {
                    row[name] = format!("{}Z", time.replacen(' ', "T", 1)).into();
                }
            }
            if !sync.parent_sync_id.is_empty() {
                row["parentSyncId"] = sync.parent_sync_id.clone().into();
            }
            Ok(row.to_string())
        },
    )
}

#[derive(Default)]
struct Counts {
    resources: u64,
    entitlements: u64,
    grants: u64,
    held: BTreeMap<&'static str, u64>,
}

/// `stats`
pub(crate) fn stats(review: &Review, out: &mut Printer<'_>) -> Result<(), Stop> {
    const COLUMNS: &[Column] = &[
        Column::id("type"),
        Column::text("resources"),
        Column::text("entitlements"),
        Column::text("grants"),
        Column::text("direct"),
        Column::text("through"),
        Column::text("both"),
        Column::text("unexplained"),
    ];
    const WAYS: [HeldAs; 4] = [HeldAs::Direct, HeldAs::Through, HeldAs::Both, HeldAs::Unexplained];
    let mut counts: BTreeMap<String, Counts> = BTreeMap::new();
    for kind in review.resource_types() {
        counts.entry(kind.message().id.clone()).or_default();
    }
    let (artifact, id) = (review.artifact(), &review.sync().sync_id);
    for row in artifact.resources(id) {
        counts.entry(row?.resource_type_id).or_default().resources += 1;
    }
    for row in artifact.entitlements(id) {
        counts.entry(row?.resource_type_id).or_default().entitlements += 1;
    }
    for row in artifact.grants(id) {
        let row = row?;
        let held = Held::of(&row.decode()?, &row.entitlement_id).held_as();
        let counts = counts.entry(row.resource_type_id).or_default();
        counts.grants += 1;
        *counts.held.entry(held.word()).or_default() += 1;
    }
    if out.form == Form::Text {
        let sync = review.sync();
        let ended = sync
            .ended_at
            .as_deref()
            .map_or_else(|| "unfinished".to_owned(), to_the_second);
        out.text(&format!(
            "{} sync {}, ended {ended}",
            sync.sync_type, sync.sync_id
        ))?;
        out.line("")?;
    }
    out.list(
        "types",
        COLUMNS,
        counts.iter().map(Ok::<_, Error>),
        |(kind, counts)| {
            let numbers = [counts.resources, counts.entitlements, counts.grants];
            let held = WAYS.map(|way| counts.held.get(way.word()).copied().unwrap_or_default());
            let numbers = numbers.into_iter().chain(held).map(|number| number.to_string());
            Ok(std::iter::once((*kind).clone()).chain(numbers).collect())
        },
        |(kind, counts)| {
            Ok(json!({
                "resourceType": kind,
                "resources": counts.resources,
                "entitlements": counts.entitlements,
                "grants": counts.grants,
                "held": counts.held,
            })
            .to_string())
        },
    )
}

/// What is remarkable about how something is held, in words.
pub(crate) fn marks(held: &Held) -> String {
    held.marks().join(" ")
}

/// A time to the day, in UTC; empty where there is none.
pub(crate) fn time(time: Option<Timestamp>) -> String {
    time.map(|time| time.strftime("%Y-%m-%d").to_string())
        .unwrap_or_default()
}

/// A stored time without its fraction, which says nothing to a person.
pub(crate) fn to_the_second(time: &str) -> String {
    time.split('.').next().unwrap_or_default().to_owned()
}
