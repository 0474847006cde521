//! The database of an artifact that someone else wrote.
//!
//! It is always a private copy, and never trusted: whatever its schema claims, nothing in it runs.

use crate::schema::Table;
use rusqlite::{Connection, OpenFlags};
use std::{collections::HashSet, path::Path};

/// What is wrong with the database inside an artifact.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// SQLite finds its structure damaged.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// It is not the database of an artifact.
    #[error("the database has no table {0}")]
    MissingTable(&'static str),
    /// It is not the database of an artifact.
    #[error("table {table} of the database has no column {column}")]
    MissingColumn {
        /// The table.
        table: &'static str,
        /// A column that writers of every age have.
        column: &'static str,
    },
    /// It is not the database of an artifact: rows are read in pages by their ids, so that rows without one, or several
    /// with the same, would be left out.
    #[error("the rows of table {0} of the database are not numbered by their id")]
    Unnumbered(&'static str),
    /// It holds something that no artifact holds and that could change what its rows say.
    #[error("the database has a {0}, which no artifact has")]
    Unexpected(String),
    /// Several rows of a sync have the same id.
    #[error("several rows of table {table} of the database have the id {id:?}")]
    Ambiguous {
        /// The table.
        table: &'static str,
        /// The id.
        id: Box<str>,
    },
    /// SQLite failed, or a value is not of its column's type.
    #[error("cannot {doing}: {source}")]
    Sql {
        /// The step.
        doing: &'static str,
        /// What SQLite said.
        source: rusqlite::Error,
    },
}

impl DatabaseError {
    pub(crate) fn sql(doing: &'static str) -> impl Fn(rusqlite::Error) -> Self {
        move |source| Self::Sql { doing, source }
    }

    /// Whether the database itself is at fault, and not the machine that it is read on.
    pub(crate) fn is_damage(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        match self {
            Self::Sql { source, .. } => {
                self.is_about_value()
                    || matches!(source.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase))
            }
            _ => true,
        }
    }

    /// Whether a value is of another type than its column, while the database as such can be read.
    pub(crate) fn is_about_value(&self) -> bool {
        use rusqlite::Error;
        let Self::Sql { source, .. } = self else {
            return false;
        };
        matches!(
            source,
            Error::InvalidColumnType(..)
                | Error::FromSqlConversionFailure(..)
                | Error::IntegralValueOutOfRange(..)
                | Error::Utf8Error(..)
        )
    }
}

/// Opens the private copy at `path`.
pub(crate) fn open(path: &Path) -> Result<Connection, DatabaseError> {
    let doing = DatabaseError::sql("open the database");
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(&doing)?;
    connection
        .execute_batch(
            "PRAGMA trusted_schema = OFF;
             PRAGMA cell_size_check = ON;
             PRAGMA locking_mode = EXCLUSIVE;
             PRAGMA synchronous = OFF;
             PRAGMA cache_size = -2048;
             PRAGMA temp_store = FILE;",
        )
        .map_err(&doing)?;
    Ok(connection)
}

/// Has SQLite check the structure of the whole file.
pub(crate) fn quick_check(connection: &Connection) -> Result<(), DatabaseError> {
    let verdict: String = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(DatabaseError::sql("check the database"))?;
    match verdict.lines().last() {
        Some("ok") => Ok(()),
        // The first line names the database among several, and there is one.
        finding => Err(DatabaseError::Damaged(finding.unwrap_or_default().to_owned())),
    }
}

/// The columns of `table` as expressions in the order of the schema, where a column that an older writer did not
/// have yet is its default.
pub(crate) fn columns(connection: &Connection, table: &Table) -> Result<String, DatabaseError> {
    let present = present_columns(connection, table.name).map_err(DatabaseError::sql("read the schema"))?;
    if present.is_empty() {
        return Err(DatabaseError::MissingTable(table.name));
    }
    let expressions: Result<Vec<_>, _> = table
        .columns
        .iter()
        .map(|&(column, declaration)| {
            if present.contains(column) {
                Ok(column)
            } else if let Some((_, default)) = declaration.split_once(" default ") {
                Ok(default)
            } else if declaration.contains("not null") || declaration.contains("primary key") {
                Err(DatabaseError::MissingColumn {
                    table: table.name,
                    column,
                })
            } else {
                Ok("NULL")
            }
        })
        .collect();
    let expressions = expressions?;
    if !is_numbered(connection, table.name).map_err(DatabaseError::sql("read the schema"))? {
        return Err(DatabaseError::Unnumbered(table.name));
    }
    Ok(expressions.join(", "))
}

/// Whether `id` is what SQLite itself numbers the rows of `table` by, so that every row has one and no two the same.
/// A primary key of any other kind needs an index.
pub(crate) fn is_numbered(connection: &Connection, table: &str) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare_cached(
        "SELECT group_concat(name || ' ' || lower(type)) = 'id integer' AND NOT EXISTS \
         (SELECT 1 FROM pragma_index_list(?1) WHERE origin = 'pk') FROM pragma_table_info(?1) WHERE pk > 0",
    )?;
    statement.query_row([table], |row| {
        Ok(row.get::<_, Option<bool>>(0)?.unwrap_or_default())
    })
}

/// Names of the columns of a real table; empty when there is no such table, or something else of that name.
pub(crate) fn present_columns(connection: &Connection, table: &str) -> rusqlite::Result<HashSet<String>> {
    let mut statement = connection.prepare_cached(
        "SELECT c.name FROM sqlite_schema AS s, pragma_table_info(s.name) AS c \
         WHERE s.type = 'table' AND s.name = ?1 AND s.sql NOT LIKE 'create virtual%'",
    )?;
    let names = statement.query_map([table], |row| row.get(0))?;
    names.collect()
}
