//! Commands that judge access: `findings`, `licences`.

use crate::command;
use crate::error::Error;
use crate::lists::time;
use crate::print::{Column, Form, Printer, Stop};
use access_review::{AsOf, Finding, RULES, Reclaimable, Review, Seats, Severity, Subject};
use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

/// The exit code of findings that are as grave as was asked for.
const FINDINGS: u8 = 19;
/// The exit code of an answer that lacks what the sync could not read.
const GAPS: u8 = 17;

const AS_OF: &str = "as-of";
const IDLE_DAYS: &str = "idle-days";
const FAIL_ON: &str = "fail-on";
const RULE: &str = "rule";
const RECLAIMABLE: &str = "reclaimable";

/// As of when access is judged.
pub(crate) fn as_of_flags() -> [Arg; 2] {
    [
        command::value(
            AS_OF,
            "DATE",
            "The day, or the time, that counts as now [default: the end of the sync]",
        ),
        command::value(
            IDLE_DAYS,
            "N",
            "After how many days without activity an account is idle [default: 90]",
        ),
    ]
}

/// The flags of `findings`.
pub(crate) fn flags() -> Vec<Arg> {
    let only = command::value(RULE, "ID", "Only what this rule finds; may be repeated")
        .action(ArgAction::Append)
        .hide_possible_values(true)
        .value_parser(PossibleValuesParser::new(RULES.iter().map(|rule| rule.id)));
    let fail_on = command::value(
        FAIL_ON,
        "SEVERITY",
        "End with 19 where something this grave or graver is found: low, medium, high",
    )
    .hide_possible_values(true)
    .value_parser(PossibleValuesParser::new(Severity::ALL.map(Severity::word)));
    as_of_flags().into_iter().chain([only, fail_on]).collect()
}

/// The flags of `licences`.
pub(crate) fn licence_flags() -> Vec<Arg> {
    let who = command::switch(RECLAIMABLE, "List who holds the seats that could be taken back");
    as_of_flags().into_iter().chain([who]).collect()
}

/// As of when the flags ask to judge.
pub(crate) fn as_of(review: &Review, flags: &ArgMatches) -> Result<AsOf, Error> {
    let now = match command::text(flags, AS_OF) {
        Some(text) => parse_time(text)?,
        None => review
            .as_of()
            .ok_or_else(|| Error::usage("the sync does not say when it ended; give --as-of"))?,
    };
    let days = command::number(flags, IDLE_DAYS)?;
    let idle_days = days.map_or(Ok(AsOf::IDLE_DAYS), u32::try_from);
    let idle_days =
        idle_days.map_err(|_| Error::usage("--idle-days: that many days are longer than time itself"))?;
    Ok(AsOf { now, idle_days })
}

fn parse_time(text: &str) -> Result<Timestamp, Error> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time);
    }
    let day = text.parse::<Date>().ok();
    let start = day.and_then(|day| TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok());
    start.ok_or_else(|| {
        Error::usage(format!(
            "--as-of: {text:?} is neither a day such as 2026-11-30 nor a time such as 2026-11-30T08:00:00Z"
        ))
    })
}

/// `findings`
pub(crate) fn findings(review: &Review, flags: &ArgMatches, out: &mut Printer<'_>) -> Result<(), Stop> {
    const COLUMNS: &[Column] = &[
        Column::text("severity"),
        Column::id("rule"),
        Column::text("name"),
        Column::text("email"),
        Column::text("detail"),
        Column::id("type").wide(),
        Column::id("id").wide(),
        Column::id("grant ids").wide(),
    ];
    let wanted = command::texts(flags, RULE);
    let mut found = review.findings(as_of(review, flags)?)?;
    found.retain(|one| wanted.is_empty() || wanted.iter().any(|id| id == one.rule.id));
    if found.is_empty() && out.form == Form::Text {
        out.text("nothing was found")?;
        return judged(&found, flags, out);
    }
    out.list(
        "findings",
        COLUMNS,
        found.iter().map(Ok::<_, Error>),
        |one| {
            Ok(vec![
                one.rule.severity.word().to_owned(),
                one.rule.id.to_owned(),
                one.subject.shown().to_owned(),
                one.subject.email().to_owned(),
                one.detail.clone(),
                one.subject.key.resource_type.clone(),
                one.subject.key.resource.clone(),
                one.grant_ids.join(" "),
            ])
        },
        |one| Ok(finding_json(one).to_string()),
    )?;
    if out.form == Form::Text {
        explain(&found, out)?;
    }
    judged(&found, flags, out)
}

/// Ends with an exit code of its own where `--fail-on` says so.
fn judged(found: &[Finding], flags: &ArgMatches, out: &Printer<'_>) -> Result<(), Stop> {
    let Some(least) = command::text(flags, FAIL_ON) else {
        return Ok(());
    };
    let grave = found.iter().filter(|one| {
        let severities = Severity::ALL.into_iter();
        severities
            .filter(|severity| severity.word() == least)
            .any(|least| one.rule.severity >= least)
    });
    match grave.count() {
        // What was not read was not judged either.
        0 if out.incomplete.has_gaps() => Err(Error::ended(
            GAPS,
            format!("nothing of severity {least} or higher was found, but not everything could be read"),
        )
        .with_hint("`diagnostics` lists what is missing")
        .into()),
        0 => Ok(()),
        count => {
            let of = if least == "high" {
                "high"
            } else {
                &format!("{least} or higher")
            };
            Err(Error::ended(FINDINGS, format!("findings of severity {of}: {count}")).into())
        }
    }
}

/// Says of each rule that found something what it means.
fn explain(found: &[Finding], out: &mut Printer<'_>) -> Result<(), Stop> {
    for rule in RULES {
        let count = found.iter().filter(|one| one.rule == rule).count();
        if count > 0 {
            out.line("")?;
            out.text(&format!(
                "{} ({}, {count}): {}",
                rule.id,
                rule.severity.word(),
                rule.title
            ))?;
            out.text(&format!("  {}", rule.why))?;
            out.text(&format!("  {}", rule.advice))?;
        }
    }
    Ok(())
}

/// A finding with its rule, as one object.
pub(crate) fn finding_json(one: &Finding) -> Value {
    json!({
        "rule": one.rule.id,
        "severity": one.rule.severity.word(),
        "title": one.rule.title,
        "why": one.rule.why,
        "advice": one.rule.advice,
        "resourceType": one.subject.key.resource_type,
        "id": one.subject.key.resource,
        "name": one.subject.shown(),
        "email": one.subject.email(),
        "detail": one.detail,
        "grantIds": one.grant_ids,
    })
}

/// `licences`
pub(crate) fn licences(review: &Review, flags: &ArgMatches, out: &mut Printer<'_>) -> Result<(), Stop> {
    let as_of = as_of(review, flags)?;
    if command::is_set(flags, RECLAIMABLE) {
        return reclaimable(review, as_of, out);
    }
    const COLUMNS: &[Column] = &[
        Column::id("type").wide(),
        Column::text("app"),
        Column::text("seats"),
        Column::text("taken"),
        Column::text("reclaimable"),
        Column::text("activity"),
        Column::id("id"),
    ];
    out.list(
        "licences",
        COLUMNS,
        review.licences(as_of),
        |seats| {
            Ok(vec![
                seats.app.key.resource_type.clone(),
                seats.app.shown().to_owned(),
                seats.capacity.map(|seats| seats.to_string()).unwrap_or_default(),
                seats.taken.to_string(),
                seats.reclaimable.len().to_string(),
                if seats.states_activity {
                    "stated"
                } else {
                    "not stated"
                }
                .to_owned(),
                seats.app.key.resource.clone(),
            ])
        },
        |seats| {
            let who = seats
                .reclaimable
                .iter()
                .map(|one| reclaimable_json(&seats.app, one));
            Ok(json!({
                "resourceType": seats.app.key.resource_type,
                "id": seats.app.key.resource,
                "app": seats.app.shown(),
                "seats": seats.capacity,
                "taken": seats.taken,
                "statesActivity": seats.states_activity,
                "reclaimable": who.collect::<Vec<_>>(),
            })
            .to_string())
        },
    )
}

fn reclaimable(review: &Review, as_of: AsOf, out: &mut Printer<'_>) -> Result<(), Stop> {
    const COLUMNS: &[Column] = &[
        Column::text("app"),
        Column::text("name"),
        Column::text("email"),
        Column::text("status"),
        Column::text("why"),
        Column::text("last active"),
        Column::text("held"),
        Column::id("type").wide(),
        Column::id("id").wide(),
        Column::id("grant ids").wide(),
    ];
    let mut rows = out.rows("reclaimable", COLUMNS)?;
    for seats in review.licences(as_of) {
        let Seats { app, reclaimable, .. } = seats?;
        for one in &reclaimable {
            let cells = || {
                let mut held = Vec::new();
                for grant in &one.grants {
                    held.push(review.held_shown(&grant.held)?);
                }
                held.dedup();
                Ok(vec![
                    app.shown().to_owned(),
                    one.account.shown().to_owned(),
                    one.account.email().to_owned(),
                    one.account.status_shown(),
                    one.why.words().to_owned(),
                    time(one.last_active),
                    held.join("; "),
                    one.account.key.resource_type.clone(),
                    one.account.key.resource.clone(),
                    grant_ids(one).join(" "),
                ])
            };
            rows.row(cells, || Ok(reclaimable_json(&app, one).to_string()))?;
        }
    }
    rows.end()
}

fn grant_ids(one: &Reclaimable) -> Vec<&str> {
    one.grants.iter().map(|grant| &*grant.id).collect()
}

fn reclaimable_json(app: &Subject, one: &Reclaimable) -> Value {
    json!({
        "app": app.shown(),
        "appId": app.key.resource,
        "resourceType": one.account.key.resource_type,
        "id": one.account.key.resource,
        "name": one.account.shown(),
        "email": one.account.email(),
        "status": one.account.status_shown(),
        "why": one.why.words(),
        "lastActive": one.last_active.map(|time| time.to_string()),
        "grantIds": grant_ids(one),
    })
}
