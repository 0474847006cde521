//! The commands that carry back what reviewers decided.

use crate::apply::ApplyAsked;
use crate::error::{Error, Result};
use crate::plan::PlanAsked;
use clap::{Arg, ArgAction, ArgMatches};
use std::path::PathBuf;

pub(super) const PLAN: &str = "plan";
pub(super) const APPLY: &str = "apply";

const TABLE: &str = "DECISIONS";
const OUT: &str = "out";
const MADE: &str = "PLAN";
const DECISIONS: &str = "decisions";
const MAX_CHANGES: &str = "max-changes";
const YES: &str = "yes";
const INCLUDE_CALLER: &str = "include-caller";

pub(super) fn commands() -> [clap::Command; 2] {
    let value =
        |name: &'static str, word: &'static str, help| Arg::new(name).long(name).value_name(word).help(help);
    let switch = |name: &'static str, help| Arg::new(name).long(name).help(help).action(ArgAction::SetTrue);
    [
        clap::Command::new(PLAN)
            .about("Work out what decisions come to with the state at the vendor, and write it as a plan")
            .args([
                Arg::new(TABLE)
                    .required(true)
                    .help("The table of decisions, as `decisions new` and the report write it"),
                value(OUT, "PATH", "The plan to write, which only its owner can read").required(true),
                switch(
                    "offline",
                    "Go by the artifact alone; such a plan is not carried out",
                ),
            ]),
        clap::Command::new(APPLY)
            .about("Carry out what a plan says, change by change, with receipts")
            .args([
                Arg::new(MADE).required(true).help("The plan"),
                value(
                    DECISIONS,
                    "PATH",
                    "The table of decisions [default: where it was when the plan was made]",
                ),
                value(MAX_CHANGES, "N", "The most changes that are made").default_value("100"),
                switch(YES, "Begin without asking; needed where nobody is at a terminal"),
                switch(
                    INCLUDE_CALLER,
                    "Make changes too that touch whoever made the key of this run",
                ),
            ]),
    ]
}

pub(super) fn plan(asked: &ArgMatches) -> PlanAsked {
    PlanAsked {
        decisions: path(asked, TABLE).unwrap_or_default(),
        out: path(asked, OUT).unwrap_or_default(),
    }
}

/// # Errors
/// Where a number is none.
pub(super) fn apply(asked: &ArgMatches) -> Result<ApplyAsked> {
    let most = asked
        .get_one::<String>(MAX_CHANGES)
        .map(String::as_str)
        .unwrap_or_default();
    Ok(ApplyAsked {
        plan: path(asked, MADE).unwrap_or_default(),
        decisions: path(asked, DECISIONS),
        max_changes: most
            .parse()
            .map_err(|_| Error::configuration(format!("--{MAX_CHANGES}: {most:?} is no number")))?,
        yes: asked.get_flag(YES),
        include_caller: asked.get_flag(INCLUDE_CALLER),
    })
}

fn path(asked: &ArgMatches, name: &str) -> Option<PathBuf> {
    asked.get_one::<String>(name).map(PathBuf::from)
}
