//! What changed from one sync to another.

use super::content::{Content, Ordered, RowContent, RowKind};
use crate::reader::{
    Artifact, ReadError, StoredAsset, StoredEntitlement, StoredGrant, StoredResource, StoredResourceType,
};
use serde_json::{Map, Value};
use std::{cmp::Ordering, collections::BTreeMap, ops::ControlFlow};

/// What changed from one sync to another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogicalDiff {
    /// The rows that differ, by kind and id; at most as many as were asked for.
    pub rows: Vec<RowChange>,
    /// How many rows differ, those left out of [`rows`](Self::rows) included.
    pub counts: BTreeMap<RowKind, Counts>,
}

/// How many rows of a kind differ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Only in the later sync.
    pub added: u64,
    /// Only in the earlier sync.
    pub removed: u64,
    /// In both, with different content.
    pub changed: u64,
}

/// A row that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RowChange {
    /// What it is.
    pub kind: RowKind,
    /// Its id: for a resource, type and id joined by a colon.
    pub id: String,
    /// How it differs.
    pub change: Change,
}

/// How a row differs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// It is only in the later sync.
    Added,
    /// It is only in the earlier sync.
    Removed,
    /// It is in both, with these differences.
    Changed(Vec<FieldChange>),
}

/// A value that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldChange {
    /// Where it is: `message.displayName`, `message.annotations[0].emails[1].address`, `columns.resource_id`. Parts
    /// that have no complete JSON form differ in `message_bytes`, in hexadecimal.
    pub path: String,
    /// Its JSON form in the earlier sync; none where it was absent.
    pub before: Option<String>,
    /// Its JSON form in the later sync; none where it is absent.
    pub after: Option<String>,
}

impl LogicalDiff {
    /// Whether the syncs have the same content.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// How many rows differ.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts
            .values()
            .map(|counts| counts.added + counts.removed + counts.changed)
            .sum()
    }
}

/// Compares the content of two syncs, of two artifacts or of one. At most `max_rows` of the rows that differ are
/// named; all are counted.
///
/// # Errors
/// [`ReadError::Database`]
pub fn diff(
    before: (&Artifact, &str),
    after: (&Artifact, &str),
    max_rows: usize,
) -> Result<LogicalDiff, ReadError> {
    let mut diff = LogicalDiff::default();
    walk(before, after, &mut |row, old, new| {
        let counts = diff.counts.entry(row.kind).or_default();
        match (old, new) {
            (Some(_), Some(_)) => counts.changed += 1,
            (Some(_), None) => counts.removed += 1,
            _ => counts.added += 1,
        }
        if diff.rows.len() < max_rows {
            diff.rows.push(RowChange::of(row, old, new));
        }
        ControlFlow::Continue(())
    })?;
    Ok(diff)
}

/// Hands every row that differs between two syncs to `visit`, until that says stop: resource types, resources, entitlements, grants,
/// assets, each by id in byte order.
///
/// # Errors
/// [`ReadError::Database`]
pub fn each_change(
    before: (&Artifact, &str),
    after: (&Artifact, &str),
    mut visit: impl FnMut(RowChange) -> ControlFlow<()>,
) -> Result<(), ReadError> {
    walk(before, after, &mut |row, old, new| {
        visit(RowChange::of(row, old, new))
    })
}

/// What is done with a row that differs: with the row itself, and as it was and is.
type Visit<'a> =
    dyn FnMut(&RowContent<'_>, Option<&RowContent<'_>>, Option<&RowContent<'_>>) -> ControlFlow<()> + 'a;

fn walk(before: (&Artifact, &str), after: (&Artifact, &str), visit: &mut Visit<'_>) -> Result<(), ReadError> {
    let _ = merge::<StoredResourceType>(before, after, visit)?.is_continue()
        && merge::<StoredResource>(before, after, visit)?.is_continue()
        && merge::<StoredEntitlement>(before, after, visit)?.is_continue()
        && merge::<StoredGrant>(before, after, visit)?.is_continue()
        && merge::<StoredAsset>(before, after, visit)?.is_continue();
    Ok(())
}

/// Walks both tables in the order of ids, one row of each at a time.
fn merge<T: Content>(
    before: (&Artifact, &str),
    after: (&Artifact, &str),
    visit: &mut Visit<'_>,
) -> Result<ControlFlow<()>, ReadError> {
    let (mut old_statement, mut new_statement) =
        (Ordered::<T>::prepare(before.0)?, Ordered::<T>::prepare(after.0)?);
    let (mut old_rows, mut new_rows) = (old_statement.rows(before.1)?, new_statement.rows(after.1)?);
    let (mut old, mut new) = (old_rows.next()?, new_rows.next()?);
    loop {
        let order = match (&old, &new) {
            (None, None) => return Ok(ControlFlow::Continue(())),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(old), Some(new)) => old.id().cmp(new.id()),
        };
        let old_row = old.as_ref().filter(|_| order != Ordering::Greater);
        let new_row = new.as_ref().filter(|_| order != Ordering::Less);
        // Most rows are stored alike in both, and are not decoded.
        let is_same = matches!((old_row, new_row), (Some(old), Some(new)) if old == new);
        if !is_same && differs(old_row, new_row, visit).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        if order != Ordering::Greater {
            old = old_rows.next()?;
        }
        if order != Ordering::Less {
            new = new_rows.next()?;
        }
    }
}

/// Hands a row on unless its content is the same in both.
fn differs<T: Content>(old: Option<&T>, new: Option<&T>, visit: &mut Visit<'_>) -> ControlFlow<()> {
    let (old, new) = (old.map(T::content), new.map(T::content));
    let is_same = matches!((&old, &new), (Some(old), Some(new)) if old.hash() == new.hash());
    match new.as_ref().or(old.as_ref()).filter(|_| !is_same) {
        Some(row) => visit(row, old.as_ref(), new.as_ref()),
        None => ControlFlow::Continue(()),
    }
}

impl RowChange {
    fn of(row: &RowContent<'_>, old: Option<&RowContent<'_>>, new: Option<&RowContent<'_>>) -> Self {
        Self {
            kind: row.kind,
            id: row.id.to_owned(),
            change: match (old, new) {
                (Some(old), Some(new)) => Change::Changed(fields(old, new)),
                (Some(_), None) => Change::Removed,
                _ => Change::Added,
            },
        }
    }
}

/// The values in which two rows differ.
fn fields(old: &RowContent<'_>, new: &RowContent<'_>) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    objects("", &old.to_json(), &new.to_json(), &mut changes);
    changes
}

fn objects(path: &str, old: &Map<String, Value>, new: &Map<String, Value>, changes: &mut Vec<FieldChange>) {
    let names = old
        .keys()
        .chain(new.keys().filter(|name| !old.contains_key(*name)));
    for name in names {
        let path = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };
        values(path, old.get(name), new.get(name), changes);
    }
}

fn values(path: String, old: Option<&Value>, new: Option<&Value>, changes: &mut Vec<FieldChange>) {
    match (old, new) {
        (old, new) if old == new => {}
        (Some(Value::Object(old)), Some(Value::Object(new))) => objects(&path, old, new, changes),
        (Some(Value::Array(old)), Some(Value::Array(new))) => {
            for index in 0..old.len().max(new.len()) {
                values(
                    format!("{path}[{index}]"),
                    old.get(index),
                    new.get(index),
                    changes,
                );
            }
        }
        (old, new) => changes.push(FieldChange {
            path,
            before: old.map(Value::to_string),
            after: new.map(Value::to_string),
        }),
    }
}
