//! Commands by which reviewers decide: `decisions new`, `plan --offline`.

use crate::command::{self, FILE};
use crate::error::Error;
use crate::incomplete::Incomplete;
use crate::lists::filter;
use crate::output;
use crate::plain::plain;
use crate::print::{Column, Form, Printer, Stop};
use crate::run::Surroundings;
use access_review::{Class, Decisions, Membership, Place, Plan, PlannedRow, Review};
use clap::{Arg, ArgMatches, Command};
use serde_json::Value;
use std::io::{BufWriter, Write as _};

/// The name of the command that plans.
pub(crate) const PLAN: &str = "plan";
/// The switch by which a plan is made without the live state.
pub(crate) const OFFLINE: &str = "offline";
const DECISIONS: &str = "decisions";

/// Rows that cannot be carried out are shown up to here.
const SHOWN: usize = 100;

/// `decisions new`: a table with a row for each grant.
pub(crate) fn new_command() -> Command {
    Command::new("new")
        .about("Write a table of grants for a spreadsheet, with a column for what is decided about each")
        .arg(
            command::value(
                command::ONLY,
                "WHAT",
                "Only privileged: what gives power over others",
            )
            .hide_possible_values(true)
            .value_parser(["privileged"]),
        )
        .args(output::flags())
}

/// The arguments of `plan`.
pub(crate) fn plan_flags() -> Vec<Arg> {
    let table = Arg::new(DECISIONS)
        .value_name("DECISIONS")
        .required(true)
        .help("The table of decisions, as `decisions new` and the report write it");
    let offline = command::switch(
        OFFLINE,
        "Go by the artifact alone, without the state at the vendor; such a plan is not carried out",
    );
    [table, offline].into_iter().chain(output::flags()).collect()
}

/// `decisions new`
pub(crate) fn new(
    review: &Review,
    flags: &ArgMatches,
    here: &Surroundings,
    out: &mut Printer<'_>,
) -> Result<(), Stop> {
    const COLUMNS: &[Column] = &[
        Column::text("decision"),
        Column::id("grant id"),
        Column::id("principal id"),
        Column::text("principal"),
        Column::text("email"),
        Column::id("entitlement id"),
        Column::text("entitlement"),
        Column::text("reason"),
        Column::text("reviewer"),
        Column::text("comment"),
    ];
    let Some((_, flags)) = flags.subcommand() else {
        return Err(Error::usage("decisions: only `decisions new` is there").into());
    };
    let filter = filter(review, flags)?;
    let only_privileged = command::text(flags, command::ONLY).is_some();
    let made = output::begin(flags, here, None)?;
    let mut file = BufWriter::new(made.create().map_err(Error::from)?);
    let mut table = Printer {
        out: &mut file,
        form: Form::Csv,
        wide: true,
        screen: None,
        is_coloured: false,
        incomplete: &mut Incomplete::default(),
    };
    let mut count = 0;
    let mut rows = table.rows("decisions", COLUMNS)?;
    for grant in review.grants(&filter) {
        let grant = grant?;
        if only_privileged && !grant.is_privileged() {
            continue;
        }
        count += 1;
        let holder = grant.holder_subject();
        let cells = || {
            Ok(vec![
                String::new(),
                grant.id.clone(),
                grant.holder.resource.clone(),
                holder.shown().to_owned(),
                holder.email().to_owned(),
                grant.entitlement_id.clone(),
                grant.entitlement_shown().to_owned(),
                review.held_shown(&grant.held)?,
                String::new(),
                String::new(),
            ])
        };
        rows.row(cells, || Ok(String::new()))?;
    }
    rows.end()?;
    file.flush()
        .map_err(|source| Error::from(made.not_writable(source)))?;
    drop(file);
    made.finish().map_err(Error::from)?;
    output::written(flags, here, &[("grants", count)], out)
}

/// `plan --offline`
pub(crate) fn plan(
    review: &Review,
    flags: &ArgMatches,
    here: &Surroundings,
    out: &mut Printer<'_>,
) -> Result<(), Stop> {
    if !command::is_set(flags, OFFLINE) {
        return Err(
            Error::usage("plan reads the state at the vendor, which this program does not reach")
                .with_hint("Add --offline, or use `baton-atlassian plan`")
                .into(),
        );
    }
    let table = command::text(flags, DECISIONS).unwrap_or_default();
    let read = here.directory.join(table);
    let decisions = Decisions::read(&read)?;
    let artifact = here.path(command::text(flags, FILE))?;
    let plan = Plan::of(review, &artifact, &decisions, table.as_ref(), Place::of(review))?;
    let made = output::begin(flags, here, Some(&read))?;
    let text = plan.to_json(&made.path())?;
    let kept = made.create().map_err(Error::from)?.write_all(text.as_bytes());
    kept.map_err(|source| Error::from(made.not_writable(source)))?;
    made.finish().map_err(Error::from)?;
    match out.form {
        Form::Text => plan_text(&plan).iter().try_for_each(|line| out.line(line)),
        Form::Json => {
            let value: Value =
                serde_json::from_str(&text).map_err(|error| Error::usage(error.to_string()))?;
            out.document(value)
        }
        Form::JsonLines | Form::Csv => listed(&plan, out),
    }
}

fn listed(plan: &Plan, out: &mut Printer<'_>) -> Result<(), Stop> {
    const COLUMNS: &[Column] = &[
        Column::text("row"),
        Column::text("decision"),
        Column::text("class"),
        Column::text("principal"),
        Column::text("entitlement"),
        Column::text("why"),
        Column::id("grant id"),
    ];
    out.list(
        "rows",
        COLUMNS,
        plan.rows.iter().map(Ok::<_, Error>),
        |row| {
            let who = row.principal.as_ref().map(|who| who.name.clone());
            let what = row.entitlement.as_ref().map(|what| what.name.clone());
            Ok(vec![
                row.row.to_string(),
                row.decision.word().to_owned(),
                row.class.words().to_owned(),
                who.unwrap_or_default(),
                what.unwrap_or_default(),
                row.why.clone(),
                row.grant_id.clone().unwrap_or_default(),
            ])
        },
        |row| serde_json::to_string(row).map_err(|error| Error::usage(error.to_string())),
    )
}

/// A plan for people, line by line.
pub fn plan_text(plan: &Plan) -> Vec<String> {
    let bound = &plan.decisions;
    let mut lines = vec![format!(
        "{} ask for a change, {} to stay ({} undecided)",
        counted(plan.rows.len(), "row"),
        counted(
            usize::try_from(bound.kept + bound.undecided).unwrap_or(usize::MAX),
            "grant"
        ),
        bound.undecided
    )];
    if bound.duplicates > 0 {
        lines.push(format!("{} what another one says", said(bound.duplicates)));
    }
    if !bound.unknown_columns.is_empty() {
        lines.push(format!(
            "columns that mean nothing here: {}",
            bound.unknown_columns.join(", ")
        ));
    }
    lines.extend(
        plan.counts()
            .iter()
            .map(|(class, count)| format!("  {count:>5}  {}", class.words())),
    );
    if plan.live {
        let writes = plan.rows.iter().filter(|row| row.class == Class::Ready);
        let writes: usize = writes
            .filter_map(|row| Some(row.live.as_ref()?.requests.len()))
            .sum();
        lines.push(format!("would send {}", counted(writes, "write")));
    }
    let hindered: Vec<&PlannedRow> = plan.rows.iter().filter(|row| row.class != Class::Ready).collect();
    if !hindered.is_empty() {
        lines.push(String::new());
    }
    for row in hindered.iter().take(SHOWN) {
        lines.push(format!(
            "row {}, {}: {}",
            row.row,
            row.class.words(),
            row_shown(row)
        ));
        lines.extend(row.memberships.iter().map(membership));
    }
    if hindered.len() > SHOWN {
        lines.push(format!(
            "and {} more, which are in the plan",
            hindered.len() - SHOWN
        ));
    }
    lines.iter().map(|line| plain(line)).collect()
}

/// What a row is about, and why nothing is done about it where that is so.
pub fn row_shown(row: &PlannedRow) -> String {
    let who = row.principal.as_ref().map_or("", |who| &who.name);
    let what = row.entitlement.as_ref().map_or("", |what| &what.name);
    let about = match (what, who) {
        ("", "") => row.grant_id.clone().unwrap_or_default(),
        ("", who) => who.to_owned(),
        (what, "") => what.to_owned(),
        (what, who) => format!("{what} of {who}"),
    };
    let about = format!("{} {about}", row.decision.word());
    match row.why.as_str() {
        "" => about.trim_end().to_owned(),
        why => format!("{}; {why}", about.trim_end()),
    }
}

fn membership(membership: &Membership) -> String {
    let mut line = format!(
        "    would have to go: {} ({})",
        membership.group, membership.grant_id
    );
    if !membership.is_changeable {
        line.push_str(", which cannot be changed here");
    }
    let lost = membership.also_lost.len() + membership.also_lost_more;
    if lost > 0 {
        let more = match membership.also_lost_more {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        line.push_str(&format!("; also lost: {}{more}", membership.also_lost.join(", ")));
    }
    if membership.others_touched > 0 {
        line.push_str(&format!(
            "; touches {}",
            counted(membership.others_touched, "other")
        ));
    }
    if membership.others_through > 0 {
        line.push_str(&format!(
            "; {} it through this group too",
            hold(membership.others_through)
        ));
    }
    line
}

fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}

fn said(rows: u64) -> String {
    match rows {
        1 => "1 row says".to_owned(),
        rows => format!("{rows} rows say"),
    }
}

fn hold(others: usize) -> String {
    match others {
        1 => "1 other holds".to_owned(),
        others => format!("{others} others hold"),
    }
}
