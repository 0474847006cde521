//! Tables and indexes against those of the format.

use super::{Findings, Rule};
use crate::{
    reader::{Artifact, DatabaseError, ReadError, database::is_numbered},
    schema::{self, Index, Table},
};
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};

/// Checks the schema; false when tables or columns without which there are no rows to check are missing.
///
/// Missing indexes are built on the private copy afterwards, as readers do, so that the checks that follow
/// need not search.
pub(super) fn check(artifact: &Artifact, findings: &mut Findings) -> Result<bool, ReadError> {
    let connection = artifact.connection();
    let check = |findings: &mut Findings| -> rusqlite::Result<bool> {
        let mut complete = true;
        for table in schema::TABLES {
            complete &= check_table(connection, table, findings)? || !schema::is_required(table);
        }
        check_extras(connection, findings)?;
        for index in schema::INDEXES {
            check_index(connection, index, findings)?;
        }
        Ok(complete)
    };
    check(findings)
        .map_err(DatabaseError::sql("check the schema"))
        .map_err(artifact.failed())
}

/// Checks one table; false when rows cannot be read from it.
fn check_table(connection: &Connection, table: &Table, findings: &mut Findings) -> rusqlite::Result<bool> {
    let subject = format!("table {}", table.name);
    let mut statement = connection.prepare(
        "SELECT c.name, lower(c.type), c.\"notnull\" FROM sqlite_schema AS s, pragma_table_info(s.name) AS c \
         WHERE s.type = 'table' AND s.name = ?1",
    )?;
    let mut present: BTreeMap<String, (String, bool)> = statement
        .query_map([table.name], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?
        .collect::<Result<_, _>>()?;
    if present.is_empty() {
        findings.add(Rule::Table, &subject, "it is missing");
        return Ok(false);
    }
    let mut readable = true;
    for &(name, declaration) in table.columns {
        let Some((kind, not_null)) = present.remove(name) else {
            findings.add(Rule::Table, &subject, format!("column {name} is missing"));
            readable &= declaration.contains(" default ") || !declaration.contains("not null");
            continue;
        };
        let expected_kind = declaration.split_whitespace().next().unwrap_or_default();
        let same = kind == expected_kind && not_null == declaration.contains("not null");
        findings.need(same, Rule::Table, &subject, || {
            let not_null = if not_null { " not null" } else { "" };
            format!("column {name} is {kind}{not_null} instead of {declaration}")
        });
    }
    for extra in present.keys() {
        findings.add(Rule::Table, &subject, format!("column {extra} does not belong"));
    }
    if readable && !is_numbered(connection, table.name)? {
        findings.add(Rule::Table, &subject, "its rows are not numbered by their id");
        return Ok(false);
    }
    Ok(readable)
}

/// Names everything that is neither of the format nor SQLite's own, triggers and views included.
fn check_extras(connection: &Connection, findings: &mut Findings) -> rusqlite::Result<()> {
    let tables = schema::TABLES.iter().map(|table| ("table", table.name));
    let indexes = schema::INDEXES.iter().map(|index| ("index", index.name));
    let known: BTreeSet<_> = tables.chain(indexes).collect();
    let mut statement = connection
        .prepare("SELECT type, name FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (kind, name): (String, String) = (row.get(0)?, row.get(1)?);
        let rule = if kind == "index" { Rule::Index } else { Rule::Table };
        findings.need(
            known.contains(&(&*kind, &*name)),
            rule,
            &format!("{kind} {name}"),
            || "it does not belong".to_owned(),
        );
    }
    Ok(())
}

fn check_index(connection: &Connection, index: &Index, findings: &mut Findings) -> rusqlite::Result<()> {
    let subject = format!("index {}", index.name);
    let mut statement = connection.prepare_cached(
        "SELECT l.\"unique\", s.sql FROM sqlite_schema AS s, pragma_index_list(s.tbl_name) AS l \
         WHERE s.type = 'index' AND s.name = ?1 AND s.tbl_name = ?2 AND l.name = s.name",
    )?;
    let mut rows = statement.query((index.name, index.table))?;
    let Some(row) = rows.next()? else {
        findings.add(Rule::Index, &subject, "it is missing");
        drop(rows);
        return build_missing(connection, index, findings);
    };
    let (unique, sql): (bool, String) = (row.get(0)?, row.get(1)?);
    findings.need(unique == index.unique, Rule::Index, &subject, || {
        if unique {
            "it is unique and should not be"
        } else {
            "it is not unique"
        }
        .to_owned()
    });
    let columns: Vec<String> = connection
        .prepare_cached("SELECT coalesce(name, '') FROM pragma_index_info(?1)")?
        .query_map([index.name], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    findings.need(columns == index.columns, Rule::Index, &subject, || {
        format!(
            "it is on ({}) instead of ({})",
            columns.join(", "),
            index.columns.join(", ")
        )
    });
    let condition = condition(&sql);
    let expected = index.condition.map(str::to_lowercase);
    findings.need(condition == expected, Rule::Index, &subject, || {
        let or_all = |condition: &Option<String>| condition.clone().unwrap_or_else(|| "all rows".to_owned());
        format!(
            "it covers {} instead of {}",
            or_all(&condition),
            or_all(&expected)
        )
    });
    Ok(())
}

/// What follows WHERE in `sql`, in lower case and with single spaces.
fn condition(sql: &str) -> Option<String> {
    let sql = sql
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase();
    sql.split_once(" where ")
        .map(|(_, condition)| condition.to_owned())
}

fn build_missing(connection: &Connection, index: &Index, findings: &mut Findings) -> rusqlite::Result<()> {
    let present = |column: &&str| {
        let sql = "SELECT count(*) FROM pragma_table_info(?1) WHERE name = ?2";
        connection.query_row(sql, (index.table, column), |row| row.get::<_, bool>(0))
    };
    for column in index
        .columns
        .iter()
        .chain(index.condition.is_some().then_some(&"needs_expansion"))
    {
        if !present(column)? {
            return Ok(());
        }
    }
    if index.unique {
        let columns = index.columns.join(", ");
        let sql = format!(
            "SELECT {columns} FROM {} GROUP BY {columns} HAVING count(*) > 1",
            index.table
        );
        let mut statement = connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let id: String = row.get(0)?;
            let detail = || format!("several rows of {} have this id", index.table);
            findings.need(
                false,
                Rule::Duplicate,
                &format!("{} {id:?}", index.columns[0]),
                detail,
            );
        }
    }
    let plain = Index {
        unique: false,
        ..*index
    };
    connection.execute(&plain.create_sql(), []).map(drop)
}
