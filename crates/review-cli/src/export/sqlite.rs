//! A database for people who ask in SQL: rows as tables, and views that say what they mean.

use crate::error::Error;
use crate::lists::time;
use access_review::{Facts, Filter, Review, privilege};
use connector_sdk::Code;
use rusqlite::{Connection, params};
use std::path::Path;

const SCHEMA: &str = include_str!("schema.sql");

/// Writes the sync as a database of its own.
pub(super) fn write(review: &Review, path: &Path) -> Result<Vec<(&'static str, u64)>, Error> {
    let all = Filter::default();
    let mut connection = Connection::open(path)?;
    // What is not finished is thrown away.
    connection.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")?;
    let database = connection.transaction()?;
    database.execute_batch(SCHEMA)?;
    let mut counts = [("resources", 0), ("entitlements", 0), ("grants", 0)];
    {
        let mut insert = database.prepare("INSERT INTO resource_types VALUES (?1, ?2, ?3)")?;
        for kind in review.resource_types() {
            let (id, name) = (&kind.message().id, &kind.message().display_name);
            insert.execute(params![id, name, review.is_account_type(id)])?;
        }
        let mut insert = database
            .prepare("INSERT INTO resources VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)")?;
        for row in review.resources(&all) {
            let row = row?;
            let (subject, facts) = (row.subject(), Facts::of(row.resource.message()));
            let parent = row.resource.message().parent_resource_id.clone();
            let parent = parent.filter(|parent| !parent.resource.is_empty());
            insert.execute(params![
                subject.key.resource_type,
                subject.key.resource,
                subject.shown(),
                subject.email(),
                subject.status.word(),
                subject.status_details,
                subject.last_used.map(|used| time(Some(used))),
                facts.mfa,
                facts.is_unmanaged(),
                facts.is_outside(),
                parent.as_ref().map(|parent| &parent.resource_type),
                parent.as_ref().map(|parent| &parent.resource),
            ])?;
            counts[0].1 += 1;
        }
        let mut insert = database.prepare("INSERT INTO entitlements VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
        for row in review.entitlements(&all) {
            let row = row?;
            let message = row.entitlement.message();
            let power = privilege(message).is_some();
            let on = &row.on;
            insert.execute(params![
                message.id,
                on.resource_type,
                on.resource,
                message.display_name,
                message.slug,
                power
            ])?;
            counts[1].1 += 1;
        }
        let mut insert =
            database.prepare("INSERT INTO grants VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?;
        let mut source = database.prepare("INSERT INTO grant_sources VALUES (?1, ?2, ?3)")?;
        for row in review.grants(&all) {
            let row = row?;
            let held = &row.held;
            insert.execute(params![
                row.id,
                row.holder.resource_type,
                row.holder.resource,
                row.entitlement_id,
                held.held_as().word(),
                review.held_shown(held)?,
                held.unconfirmed,
                held.dormant,
                held.immutable,
            ])?;
            for through in &held.through {
                source.execute(params![row.id, through.entitlement_id, through.direct])?;
            }
            counts[2].1 += 1;
        }
    }
    database.commit()?;
    connection.close().map_err(|(_, error)| error)?;
    Ok(counts.to_vec())
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Self::new(Code::Unknown, format!("write the database: {error}"))
    }
}
