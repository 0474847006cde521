//! The rows of a table, a page at a time.

use std::{collections::VecDeque, fmt};

use super::{Artifact, DatabaseError, ReadError, stored::Stored};

/// Rows held in memory at once.
const PAGE: usize = 256;

/// The rows of one table that belong to one sync, in the order in which they were written.
///
/// After an error about the database there are no further rows.
pub struct Rows<'a, T> {
    artifact: &'a Artifact,
    sync_id: String,
    page: VecDeque<T>,
    state: State,
}

enum State {
    /// Rows after this one are still to come.
    After(i64),
    Done,
}

pub(super) fn rows<'a, T: Stored>(artifact: &'a Artifact, sync_id: &str) -> Rows<'a, T> {
    Rows {
        artifact,
        sync_id: sync_id.to_owned(),
        page: VecDeque::new(),
        state: State::After(i64::MIN),
    }
}

impl<T: Stored> Iterator for Rows<'_, T> {
    type Item = Result<T, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.page.is_empty()
            && let State::After(last) = std::mem::replace(&mut self.state, State::Done)
        {
            match fetch(self.artifact, &self.sync_id, last) {
                Ok((page, state)) => (self.page, self.state) = (page, state),
                Err(error) => return Some(Err(error)),
            }
        }
        self.page.pop_front().map(Ok)
    }
}

/// The rows after `after`, and where to go on.
fn fetch<T: Stored>(
    artifact: &Artifact,
    sync_id: &str,
    after: i64,
) -> Result<(VecDeque<T>, State), ReadError> {
    let mut page = VecDeque::new();
    let Some(columns) = artifact.columns::<T>()? else {
        return Ok((page, State::Done));
    };
    // The plus sign keeps SQLite from walking an index by sync and sorting all of its rows for each page.
    let sql = format!(
        "SELECT {columns} FROM {} WHERE id > ?1 AND +sync_id = ?2 ORDER BY id LIMIT {PAGE}",
        T::TABLE.name
    );
    let mut read = || -> rusqlite::Result<i64> {
        let mut statement = artifact.connection().prepare_cached(&sql)?;
        let mut rows = statement.query((after, sync_id))?;
        let mut last = after;
        while let Some(row) = rows.next()? {
            last = row.get(0)?;
            page.push_back(T::from_row(row)?);
        }
        Ok(last)
    };
    let last = read()
        .map_err(DatabaseError::sql("read its rows"))
        .map_err(artifact.failed())?;
    let state = if page.len() == PAGE {
        State::After(last)
    } else {
        State::Done
    };
    Ok((page, state))
}

impl<T> fmt::Debug for Rows<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows")
            .field("sync_id", &self.sync_id)
            .finish_non_exhaustive()
    }
}
