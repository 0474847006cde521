//! Indexes that are built when they are needed.

use super::database::DatabaseError;
use crate::schema::{self, Index};
use rusqlite::{Connection, ErrorCode};
use std::cell::RefCell;

/// Indexes that the copy of a store lacks. To build all of them takes as long as to copy the rows, and who reads an artifact needs few.
pub(super) struct Missing(RefCell<Vec<&'static Index>>);

impl Missing {
    pub(super) fn none() -> Self {
        Self(RefCell::default())
    }

    /// All but those with a condition, which few rows meet: they are there from the start.
    pub(super) fn all() -> Self {
        let all = schema::INDEXES.iter().filter(|index| index.condition.is_none());
        Self(RefCell::new(all.collect()))
    }

    /// Builds those of them that are wanted.
    pub(super) fn build(
        &self,
        connection: &Connection,
        is_wanted: impl Fn(&Index) -> bool,
    ) -> Result<(), DatabaseError> {
        let mut missing = self.0.borrow_mut();
        if missing.iter().any(|index| is_wanted(index)) {
            // The copy has no name any more, and a file of the journal would need one.
            let set = connection.execute_batch("PRAGMA journal_mode = MEMORY");
            set.map_err(DatabaseError::sql("build an index"))?;
        }
        while let Some(at) = missing.iter().position(|index| is_wanted(index)) {
            build(connection, missing[at]).map_err(DatabaseError::sql("build an index"))?;
            missing.swap_remove(at);
        }
        Ok(())
    }
}

fn build(connection: &Connection, index: &Index) -> rusqlite::Result<()> {
    match connection.execute(&index.create_sql(), []) {
        // Keys of a store are unique and ids need not be: whoever looks one up is told.
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
            let plain = Index {
                unique: false,
                ..*index
            };
            connection.execute(&plain.create_sql(), []).map(drop)
        }
        built => built.map(drop),
    }
}
