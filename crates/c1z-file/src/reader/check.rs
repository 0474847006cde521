//! Whether an artifact of unknown origin can be believed.

use super::database::{self, DatabaseError};
use crate::schema::{self, Table};
use rusqlite::Connection;

/// Checks that it holds nothing that runs and that the columns of the format have their types. Tables and columns that older
/// writers did not have may be missing.
pub(super) fn check_schema(connection: &Connection) -> Result<(), DatabaseError> {
    let doing = DatabaseError::sql("check the schema");
    if let Some(object) = unexpected(connection).map_err(&doing)? {
        return Err(DatabaseError::Unexpected(object));
    }
    for table in schema::TABLES {
        check_columns(connection, table)?;
        if schema::is_required(table) {
            database::columns(connection, table)?;
        }
    }
    Ok(())
}

/// A trigger, a view or a virtual table, of which an artifact has none.
fn unexpected(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let mut statement = connection.prepare(
        "SELECT type || ' ' || name FROM sqlite_schema WHERE type NOT IN ('table', 'index') \
         OR sql LIKE 'create virtual%' LIMIT 1",
    )?;
    let mut rows = statement.query([])?;
    rows.next()?.map(|row| row.get(0)).transpose()
}

fn check_columns(connection: &Connection, table: &'static Table) -> Result<(), DatabaseError> {
    let doing = DatabaseError::sql("check the schema");
    let mut statement = connection
        .prepare_cached("SELECT name, lower(type), hidden FROM pragma_table_xinfo(?1)")
        .map_err(&doing)?;
    let mut rows = statement.query([table.name]).map_err(&doing)?;
    while let Some(row) = rows.next().map_err(&doing)? {
        let (name, kind, hidden): (String, String, i64) = row
            .get(0)
            .and_then(|name| Ok((name, row.get(1)?, row.get(2)?)))
            .map_err(&doing)?;
        let declared = table.columns.iter().find(|(column, _)| *column == name);
        let expected = declared.and_then(|(_, declaration)| declaration.split_whitespace().next());
        // A generated column holds what an expression says and not what was written.
        if hidden != 0 || expected.is_some_and(|expected| expected != kind) {
            return Err(DatabaseError::Unexpected(format!(
                "column {name} of table {} as {kind:?}",
                table.name
            )));
        }
    }
    Ok(())
}
