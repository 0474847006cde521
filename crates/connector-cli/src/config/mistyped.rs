//! Variables that are set, mean nothing, and are called almost like a setting.
//!
//! `BATON_DRYRUN=1` would make a real change of what was meant as a try. Variables of other connectors and of the programs
//! around them begin in the same way, so only a name that is close to one of ours is taken for a slip.

use super::environment::Environment;
use super::existing::{Existing, READ, VARIABLES};
use super::table::Table;
use crate::error::Result;
use connector_sdk::Field;

/// A variable that is set, and the one that was most likely meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mistyped {
    pub(crate) set: String,
    pub(crate) meant: String,
}

impl Mistyped {
    /// What there is to say of it.
    pub(crate) fn told(&self) -> String {
        format!(
            "{} in the environment is no setting; {} is one, and may be what was meant",
            self.set, self.meant
        )
    }
}

/// Every variable that is set and called almost like one of the settings.
///
/// # Errors
/// Where the value of one is not valid Unicode.
pub(super) fn mistyped(table: &Table, environment: &Environment) -> Result<Vec<Mistyped>> {
    let ours: Vec<String> = table
        .settings
        .iter()
        .flat_map(|setting| setting.environment_names())
        .collect();
    let existing = Existing::all().map(|(name, _)| Field::switch(name, "", "").environment_name());
    let mut known: Vec<String> = VARIABLES
        .iter()
        .chain(READ)
        .map(|name| (*name).to_owned())
        .collect();
    known.extend(existing.chain(ours.iter().cloned()));
    let is_known = |name: &str| {
        known
            .iter()
            .any(|known| known == name || (cfg!(windows) && known.eq_ignore_ascii_case(name)))
    };
    let mut found = Vec::new();
    for set in environment.names() {
        if is_known(set) || environment.get(set)?.is_none() {
            continue;
        }
        let meant = ours
            .iter()
            .filter_map(|ours| Some((distance(set, ours)?, ours)))
            .min();
        found.extend(meant.map(|(_, meant)| Mistyped {
            set: set.clone(),
            meant: meant.clone(),
        }));
    }
    Ok(found)
}

/// In how many letters two names differ, where these are few, or where the end of a long word is missing. Case and what stands between words do not count.
fn distance(one: &str, other: &str) -> Option<usize> {
    let (one, other) = (letters(one), letters(other));
    let limit = (other.len() / 4).clamp(1, 2);
    let cut_off = other.strip_prefix(&*one).filter(|_| one.len() >= 6);
    if let Some(rest) = cut_off.filter(|rest| rest.len() <= 3) {
        return Some(rest.len());
    }
    Some(strsim::osa_distance(&one, &other)).filter(|distance| *distance <= limit)
}

/// What a name adds to `BATON`.
fn letters(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters
        .map(|letter| letter.to_ascii_uppercase())
        .skip(5)
        .collect()
}
