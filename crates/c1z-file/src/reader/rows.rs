//! The rows of a table, a page at a time.

use super::{Artifact, ReadError, parts::Part, stored::Stored};
use std::{collections::VecDeque, fmt};

/// Rows held in memory at once. Of few the memory is at hand again for the next ones.
const PAGE: u32 = 32;

/// The rows of one table, or a part of them, that belong to one sync, in the order in which they were written.
///
/// After an error about the database there are no further rows.
pub struct Rows<'a, T> {
    artifact: &'a Artifact,
    sync_id: String,
    part: Part,
    page: VecDeque<T>,
    state: State,
}

enum State {
    /// Rows after this one are still to come.
    After(i64),
    Done,
}

pub(super) fn rows<'a, T: Stored>(artifact: &'a Artifact, sync_id: &str, part: Part) -> Rows<'a, T> {
    Rows {
        artifact,
        sync_id: sync_id.to_owned(),
        part,
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
            let rows = match self.artifact.part::<T>(&self.part, &self.sync_id, last, PAGE) {
                Ok(rows) => rows,
                Err(error) => return Some(Err(error)),
            };
            if rows.len() == PAGE as usize
                && let Some((last, _)) = rows.last()
            {
                self.state = State::After(*last);
            }
            self.page = rows.into_iter().map(|(_, row)| row).collect();
        }
        self.page.pop_front().map(Ok)
    }
}

impl<T> fmt::Debug for Rows<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows")
            .field("sync_id", &self.sync_id)
            .finish_non_exhaustive()
    }
}
