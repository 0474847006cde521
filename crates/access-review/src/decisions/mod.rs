//! What reviewers decided: a table with a row for each grant, written for a spreadsheet and read back from it.

mod table;

use crate::error::ReviewError;
use crate::fold;
use crate::plain::plain;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// The columns of the table, in their order.
pub const COLUMNS: [&str; 10] = [
    "decision",
    "grant_id",
    "principal_id",
    "principal",
    "email",
    "entitlement_id",
    "entitlement",
    "reason",
    "reviewer",
    "comment",
];

/// A larger file is no table of decisions.
const MOST: u64 = 256 << 20;

/// What was decided about a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It stays.
    Keep,
    /// It is taken away.
    Revoke,
    /// The entitlement is given to the principal.
    Grant,
    /// The account is put out of use.
    Suspend,
    /// The account is put back into use.
    Restore,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 5] = [
        Self::Keep,
        Self::Revoke,
        Self::Grant,
        Self::Suspend,
        Self::Restore,
    ];

    /// The verdict in one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Revoke => "revoke",
            Self::Grant => "grant",
            Self::Suspend => "suspend",
            Self::Restore => "restore",
        }
    }

    /// Whether it is about an account, whatever that holds.
    pub(crate) fn is_about_account(self) -> bool {
        matches!(self, Self::Suspend | Self::Restore)
    }
}

/// A row that asks for a change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decided {
    /// Its number as a spreadsheet shows it.
    pub row: usize,
    /// What was decided; none in a row that asks for nothing.
    pub verdict: Option<Verdict>,
    /// The grant.
    pub grant_id: String,
    /// Who holds it, by the id alone or behind its type.
    pub principal_id: String,
    /// The name of who holds it.
    pub principal: String,
    /// The address of who holds it.
    pub email: String,
    /// What is held.
    pub entitlement_id: String,
    /// The name of what is held.
    pub entitlement: String,
    /// How it is held.
    pub reason: String,
}

/// What a table of decisions says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decisions {
    /// The SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// The rows that ask for a change, each change once.
    pub decided: Vec<Decided>,
    /// How many grants are to stay.
    pub kept: u64,
    /// The rows that say so, each grant once.
    pub(crate) to_stay: Vec<Decided>,
    /// How many rows have no decision, so that their grants stay.
    pub undecided: u64,
    /// How many rows say what a row above says already.
    pub duplicates: u64,
    /// The columns that mean nothing here.
    pub unknown_columns: Vec<String>,
    /// What every row is about, with its number and what was decided.
    about: About,
}

/// Rows by what they are about, with what was decided.
type About = HashMap<String, (usize, Option<Verdict>)>;

impl Decisions {
    /// Reads the table at `path`.
    ///
    /// # Errors
    /// [`ReviewError::File`], [`ReviewError::Decisions`], [`ReviewError::TwoDecisions`]
    pub fn read(path: &Path) -> Result<Self, ReviewError> {
        let unreadable = |source| ReviewError::File {
            path: path.to_owned(),
            source,
        };
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(unreadable)?;
        if file.metadata().map_err(unreadable)?.is_dir() {
            return Err(unreadable(io::ErrorKind::IsADirectory.into()));
        }
        file.take(MOST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        Self::of(&bytes).map_err(|wrong| wrong.at(path))
    }

    fn of(bytes: &[u8]) -> Result<Self, Wrong> {
        if bytes.len() as u64 > MOST {
            return Err(Wrong::of("it is too large for a table of decisions"));
        }
        let text = std::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
        let text = text.map_err(|_| Wrong::of("it is not UTF-8; save it as \"CSV UTF-8\""))?;
        let records = table::records(text).map_err(|row| Wrong::in_row(row, "a quoted cell does not end"))?;
        let mut records = records.into_iter();
        let head = records.next().ok_or_else(|| Wrong::of("it is empty"))?;
        let columns = Columns::of(&head.cells)?;
        let mut decisions = Self {
            sha256: Sha256::digest(bytes)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
            unknown_columns: columns.unknown.clone(),
            ..Self::default()
        };
        for record in records {
            let (decided, is_decided) = columns.decided(&record)?;
            if decisions.is_new(&decided)? {
                match (decided.verdict, is_decided) {
                    (Some(_), _) => decisions.decided.push(decided),
                    (None, true) => {
                        decisions.kept += 1;
                        decisions.to_stay.push(decided);
                    }
                    (None, false) => decisions.undecided += 1,
                }
            }
        }
        Ok(decisions)
    }

    /// Whether no row above says the same.
    fn is_new(&mut self, decided: &Decided) -> Result<bool, Wrong> {
        let mut is_new = true;
        for key in decided.about() {
            match self.about.get(&key) {
                None => {
                    self.about.insert(key, (decided.row, decided.verdict));
                }
                Some((_, verdict)) if *verdict == decided.verdict => is_new = false,
                Some((first, verdict)) => {
                    return Err(Wrong::Two {
                        first: *first,
                        second: decided.row,
                        words: [*verdict, decided.verdict]
                            .map(|verdict| verdict.unwrap_or(Verdict::Keep).word()),
                    });
                }
            }
        }
        self.duplicates += u64::from(!is_new);
        Ok(is_new)
    }

    /// The row by which something is to stay, given one of the names that it can have there.
    pub(crate) fn kept_row(&self, about: &str) -> Option<usize> {
        let (row, verdict) = self.about.get(about)?;
        verdict.is_none().then_some(*row)
    }
}

impl Decided {
    /// What the row is about, in words that are equal for rows about the same: rows without a grant are known by who and what.
    fn about(&self) -> Vec<String> {
        let mut about = Vec::new();
        if !self.grant_id.is_empty() {
            about.push(about_grant(&self.grant_id));
        } else if self.verdict.is_some_and(Verdict::is_about_account) {
            about.push(format!("account {}", self.principal_id));
        }
        if !self.entitlement_id.is_empty() && !self.principal_id.is_empty() {
            about.push(about_held(&self.entitlement_id, &self.principal_id));
        }
        about
    }
}

/// What a row is about that names a grant.
pub(crate) fn about_grant(id: &str) -> String {
    format!("grant {id}")
}

/// What a row is about that names what is held by whom.
pub(crate) fn about_held(entitlement_id: &str, principal_id: &str) -> String {
    format!("held {entitlement_id}\n{principal_id}")
}

/// Which cell of a row holds what.
struct Columns {
    /// By the order of [`COLUMNS`].
    places: [Option<usize>; COLUMNS.len()],
    unknown: Vec<String>,
}

impl Columns {
    fn of(head: &[String]) -> Result<Self, Wrong> {
        let mut columns = Self {
            places: [None; COLUMNS.len()],
            unknown: Vec::new(),
        };
        for (place, cell) in head.iter().enumerate() {
            let name = cell.trim().to_lowercase().replace(' ', "_");
            match COLUMNS.iter().position(|known| *known == name) {
                Some(known) if columns.places[known].is_some() => {
                    return Err(Wrong::in_row(1, format!("the column {name} stands there twice")));
                }
                Some(known) => columns.places[known] = Some(place),
                None if name.is_empty() => {}
                None => columns.unknown.push(plain(cell.trim())),
            }
        }
        match columns.places[0] {
            Some(_) => Ok(columns),
            None => Err(Wrong::in_row(
                1,
                format!(
                    "there is no column \"decision\"; the columns are {}",
                    COLUMNS.join(",")
                ),
            )),
        }
    }

    /// The row, and whether anything was decided in it.
    fn decided(&self, record: &table::Record) -> Result<(Decided, bool), Wrong> {
        let cell = |name: &str| {
            let place = COLUMNS.iter().position(|known| *known == name);
            let cell = place.and_then(|place| record.cells.get(self.places[place]?));
            cell.map(|cell| cell.trim()).unwrap_or_default()
        };
        let said = cell("decision").to_lowercase();
        let verdict = Verdict::ALL.into_iter().find(|verdict| verdict.word() == said);
        if verdict.is_none() && !said.is_empty() {
            return Err(Wrong::in_row(
                record.row,
                format!(
                    "{:?} is not a decision; there are {}",
                    plain(cell("decision")),
                    Verdict::ALL.map(Verdict::word).join(", ")
                ),
            ));
        }
        let is_decided = verdict.is_some();
        let decided = Decided {
            row: record.row,
            verdict: verdict.filter(|verdict| *verdict != Verdict::Keep),
            grant_id: cell("grant_id").to_owned(),
            principal_id: cell("principal_id").to_owned(),
            principal: cell("principal").to_owned(),
            email: cell("email").to_owned(),
            entitlement_id: cell("entitlement_id").to_owned(),
            entitlement: cell("entitlement").to_owned(),
            reason: cell("reason").to_owned(),
        };
        let has = |cell: &str| !cell.is_empty();
        let both = has(&decided.principal_id) && has(&decided.entitlement_id);
        let (is_enough, needs) = match decided.verdict {
            None => (true, ""),
            Some(Verdict::Suspend | Verdict::Restore) => (
                has(&decided.grant_id) || has(&decided.principal_id),
                "grant_id or principal_id",
            ),
            Some(Verdict::Grant) => (both, "principal_id and entitlement_id"),
            Some(_) => (
                has(&decided.grant_id) || both,
                "grant_id, or principal_id and entitlement_id",
            ),
        };
        if !is_enough {
            return Err(Wrong::in_row(record.row, format!("{said} needs {needs}")));
        }
        Ok((decided, is_decided))
    }
}

/// Whether a cell of free text says this name. A cell that begins like a formula may have an apostrophe in front, and neither
/// case nor what nobody sees counts.
pub(crate) fn says(cell: &str, name: &str) -> bool {
    let wanted = fold::same(&plain(name));
    let bare = cell.strip_prefix('\'').filter(|rest| begins_like_a_formula(rest));
    [Some(cell), bare]
        .into_iter()
        .flatten()
        .any(|cell| fold::same(&plain(cell)) == wanted)
}

fn begins_like_a_formula(text: &str) -> bool {
    text.trim_start().starts_with(['=', '+', '-', '@']) || text.starts_with(char::is_whitespace)
}

/// What is wrong with a table.
enum Wrong {
    In {
        row: Option<usize>,
        what: String,
    },
    Two {
        first: usize,
        second: usize,
        words: [&'static str; 2],
    },
}

impl Wrong {
    fn of(what: impl Into<String>) -> Self {
        Self::In {
            row: None,
            what: what.into(),
        }
    }

    fn in_row(row: usize, what: impl Into<String>) -> Self {
        Self::In {
            row: Some(row),
            what: what.into(),
        }
    }

    fn at(self, path: &Path) -> ReviewError {
        let path = path.to_owned();
        match self {
            Self::In { row, what } => ReviewError::Decisions { path, row, what },
            Self::Two { first, second, words } => ReviewError::TwoDecisions {
                path,
                first,
                second,
                words,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Result<Decisions, String> {
        Decisions::of(text).map_err(|wrong| wrong.at(Path::new("decisions.csv")).to_string())
    }

    #[test]
    fn a_table_of_any_spreadsheet_is_read() {
        let rows = "\u{feff}Decision;Grant ID;owner;reason;principal_id;comment\r\n\
                    revoke;g:1;Kim;direct;u-1;\"no, never\"\r\n\
                    ;g:2;;;;\r\n\
                    KEEP;g:3;;;;\r\n\r\n\
                    Revoke;g:1;;;;again\r\n\
                    suspend;;;;u-2;\r\n";
        let decisions = read(rows.as_bytes()).unwrap();
        let decided: Vec<_> = decisions
            .decided
            .iter()
            .map(|one| {
                (
                    one.row,
                    one.verdict,
                    &*one.grant_id,
                    &*one.principal_id,
                    &*one.reason,
                )
            })
            .collect();
        assert_eq!(
            decided,
            [
                (2, Some(Verdict::Revoke), "g:1", "u-1", "direct"),
                (7, Some(Verdict::Suspend), "", "u-2", ""),
            ]
        );
        assert_eq!(
            (decisions.kept, decisions.undecided, decisions.duplicates),
            (1, 1, 1)
        );
        assert_eq!(decisions.unknown_columns, ["owner"]);
        assert_eq!(decisions.sha256.len(), 64);
    }

    #[test]
    fn two_decisions_for_one_grant_are_refused_with_both_rows() {
        for (rows, said) in [
            (
                "revoke,g:1,,\nkeep,g:1,,\n",
                "decisions.csv: rows 2 and 3 decide differently about one thing: revoke and keep",
            ),
            (
                "revoke,g:1,u-1,e\n,g:1,,\n",
                "decisions.csv: rows 2 and 3 decide differently about one thing: revoke and keep",
            ),
            (
                "grant,,u-1,e\nkeep,g:9,u-2,e\nrevoke,,u-1,e\n",
                "decisions.csv: rows 2 and 4 decide differently about one thing: grant and revoke",
            ),
            (
                "suspend,,u-1,\nrestore,,u-1,\n",
                "decisions.csv: rows 2 and 3 decide differently about one thing: suspend and restore",
            ),
        ] {
            let text = format!("decision,grant_id,principal_id,entitlement_id\n{rows}");
            assert_eq!(read(text.as_bytes()).unwrap_err(), said);
        }
    }

    #[test]
    fn what_is_no_table_of_decisions() {
        for (bytes, said) in [
            (&b""[..], "decisions.csv: it is empty"),
            (
                b"\xff\xfed\0",
                "decisions.csv: it is not UTF-8; save it as \"CSV UTF-8\"",
            ),
            (
                b"grant_id\ng:1\n",
                "decisions.csv, row 1: there is no column \"decision\"; the columns are \
                 decision,grant_id,principal_id,principal,email,entitlement_id,entitlement,reason,reviewer,comment",
            ),
            (
                b"decision,grant_id,Decision\n",
                "decisions.csv, row 1: the column decision stands there twice",
            ),
            (
                b"decision,grant_id\nremove,g:1\n",
                "decisions.csv, row 2: \"remove\" is not a decision; there are keep, revoke, grant, suspend, restore",
            ),
            (
                b"decision,grant_id\nrevoke,\n",
                "decisions.csv, row 2: revoke needs grant_id, or principal_id and entitlement_id",
            ),
            (
                b"decision,grant_id\ngrant,g:1\n",
                "decisions.csv, row 2: grant needs principal_id and entitlement_id",
            ),
            (
                b"decision,grant_id\n\"revoke,g:1\n",
                "decisions.csv, row 2: a quoted cell does not end",
            ),
        ] {
            assert_eq!(read(bytes).unwrap_err(), said);
        }
    }

    #[test]
    fn a_cell_says_a_name_as_a_spreadsheet_may_show_it() {
        for (cell, name, is_said) in [
            ("Ana Núñez", "ana núñez", true),
            ("Ana Nunez", "Ana Núñez", false),
            ("'=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0", true),
            ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0", true),
            ("'+1", "+1", true),
            ("' =1", "\t=1", true),
            ("'ana", "ana", false),
            ("admin<U+202E>x", "admin\u{202e}x", true),
            ("adminx", "admin\u{202e}x", false),
        ] {
            assert_eq!(says(cell, name), is_said, "{cell:?} {name:?}");
        }
    }
}
