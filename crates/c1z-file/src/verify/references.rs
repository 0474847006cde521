//! Rows that refer to rows.
//!
//! SQLite answers what is missing, by index; nothing is collected in memory.

use super::{Findings, Rule};
use crate::{
    reader::{Artifact, DatabaseError, ReadError, SyncInfo},
    schema,
    sync_run::SyncType,
};
use connector_proto::connector::v2;
use prost::Message;
use rusqlite::{Connection, OptionalExtension, Row};

/// Checks the references of one sync. A parent that was not synced is none of them: a sync of chosen types leaves it out,
/// and readers do not look for it.
pub(super) fn check(artifact: &Artifact, sync: &SyncInfo, findings: &mut Findings) -> Result<(), ReadError> {
    if !is_whole(sync) {
        return Ok(());
    }
    let connection = artifact.connection();
    MISSING
        .iter()
        .try_for_each(|missing| report(connection, missing, &sync.sync_id, findings))
        .and_then(|()| check_expansions(artifact, &sync.sync_id, findings))
        .map_err(DatabaseError::sql("check what the rows refer to"))
        .map_err(artifact.failed())
}

/// Checks the entitlements through which a grant is held.
pub(super) fn check_sources(
    artifact: &Artifact,
    sync: &SyncInfo,
    grant: &str,
    sources: &[String],
    findings: &mut Findings,
) -> Result<(), ReadError> {
    if !is_whole(sync) {
        return Ok(());
    }
    for source in sources {
        let on = on(artifact.connection(), &sync.sync_id, source)
            .map_err(DatabaseError::sql("check what the rows refer to"))
            .map_err(artifact.failed())?;
        findings.need(on.is_some(), Rule::Reference, &format!("grant {grant}"), || {
            format!("it is held through entitlement {source:?}, which was not synced")
        });
    }
    Ok(())
}

/// Partial syncs refer to what other syncs hold.
fn is_whole(sync: &SyncInfo) -> bool {
    matches!(sync.sync_type, SyncType::Full | SyncType::ResourcesOnly)
}

/// Type and id of the resource that an entitlement is on, where it is there.
fn on(
    connection: &Connection,
    sync_id: &str,
    entitlement: &str,
) -> rusqlite::Result<Option<(String, String)>> {
    let sql =
        "SELECT resource_type_id, resource_id FROM v1_entitlements WHERE external_id = ?1 AND sync_id = ?2";
    connection
        .prepare_cached(sql)?
        .query_row((entitlement, sync_id), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}

/// Checks that every row belongs to a sync.
pub(super) fn check_owners(artifact: &Artifact, findings: &mut Findings) -> Result<(), ReadError> {
    let connection = artifact.connection();
    let check = |findings: &mut Findings| -> rusqlite::Result<()> {
        for table in schema::TABLES {
            let exists = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?1";
            if table.name == schema::SYNC_RUNS.name
                || !connection.query_row(exists, [table.name], |row| row.get::<_, bool>(0))?
            {
                continue;
            }
            let sql = format!(
                "SELECT sync_id, count(*) FROM {} WHERE sync_id NOT IN (SELECT sync_id FROM v1_sync_runs) \
                 GROUP BY sync_id",
                table.name
            );
            let mut statement = connection.prepare(&sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let (sync_id, count): (String, i64) = (row.get(0)?, row.get(1)?);
                let detail = format!("{count} rows belong to sync {sync_id:?}, which is not there");
                findings.add(Rule::Reference, &format!("table {}", table.name), detail);
            }
        }
        Ok(())
    };
    check(findings)
        .map_err(DatabaseError::sql("check whose the rows are"))
        .map_err(artifact.failed())
}

/// A question that returns the rows whose reference leads nowhere, and what to say about each.
struct Missing {
    sql: &'static str,
    describe: fn(&Row<'_>) -> rusqlite::Result<(String, String)>,
}

const MISSING: &[Missing] = &[
    Missing {
        sql: "SELECT r.external_id, r.resource_type_id FROM v1_resources AS r WHERE r.sync_id = ?1 AND NOT EXISTS \
              (SELECT 1 FROM v1_resource_types AS t WHERE t.external_id = r.resource_type_id \
               AND t.sync_id = r.sync_id)",
        describe: |row| {
            let (id, kind): (String, String) = (row.get(0)?, row.get(1)?);
            Ok((
                format!("resource {id}"),
                format!("its type {kind:?} was not synced"),
            ))
        },
    },
    Missing {
        sql: "SELECT e.external_id, e.resource_type_id, e.resource_id FROM v1_entitlements AS e \
              WHERE e.sync_id = ?1 AND NOT EXISTS (SELECT 1 FROM v1_resources AS r \
               WHERE r.external_id = e.resource_type_id || ':' || e.resource_id AND r.sync_id = e.sync_id \
               AND r.resource_type_id = e.resource_type_id)",
        describe: |row| {
            let (id, kind, resource): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok((
                format!("entitlement {id}"),
                format!("its resource {resource:?} of type {kind:?} was not synced"),
            ))
        },
    },
    Missing {
        sql: "SELECT g.external_id, g.principal_resource_type_id, g.principal_resource_id FROM v1_grants AS g \
              WHERE g.sync_id = ?1 AND NOT EXISTS (SELECT 1 FROM v1_resources AS r \
               WHERE r.external_id = g.principal_resource_type_id || ':' || g.principal_resource_id \
               AND r.sync_id = g.sync_id AND r.resource_type_id = g.principal_resource_type_id)",
        describe: |row| {
            let (id, kind, principal): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok((
                format!("grant {id}"),
                format!("its principal {principal:?} of type {kind:?} was not synced"),
            ))
        },
    },
    Missing {
        sql: "SELECT g.external_id, g.entitlement_id, e.resource_type_id, e.resource_id FROM v1_grants AS g \
              LEFT JOIN v1_entitlements AS e ON e.external_id = g.entitlement_id AND e.sync_id = g.sync_id \
              WHERE g.sync_id = ?1 AND (e.id IS NULL OR e.resource_type_id <> g.resource_type_id \
               OR e.resource_id <> g.resource_id)",
        describe: |row| {
            let (id, entitlement): (String, String) = (row.get(0)?, row.get(1)?);
            let on: Option<(String, String)> = row.get::<_, Option<String>>(2)?.zip(row.get(3)?);
            let detail = match on {
                None => format!("its entitlement {entitlement:?} was not synced"),
                Some((kind, resource)) => {
                    format!("its entitlement {entitlement:?} is on resource {resource:?} of type {kind:?}")
                }
            };
            Ok((format!("grant {id}"), detail))
        },
    },
];

fn report(
    connection: &Connection,
    missing: &Missing,
    sync_id: &str,
    findings: &mut Findings,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(missing.sql)?;
    let mut rows = statement.query([sync_id])?;
    while let Some(row) = rows.next()? {
        let (subject, detail) = (missing.describe)(row)?;
        findings.add(Rule::Reference, &subject, detail);
    }
    Ok(())
}

/// A grant can only pass on what its principal has: an entitlement of that resource.
fn check_expansions(artifact: &Artifact, sync_id: &str, findings: &mut Findings) -> rusqlite::Result<()> {
    let connection = artifact.connection();
    let column = "SELECT count(*) FROM pragma_table_info('v1_grants') WHERE name = 'expansion'";
    if !connection.query_row(column, [], |row| row.get::<_, bool>(0))? {
        return Ok(());
    }
    let mut statement = connection.prepare(
        "SELECT external_id, principal_resource_type_id, principal_resource_id, expansion FROM v1_grants \
         WHERE sync_id = ?1 AND expansion IS NOT NULL",
    )?;
    let mut rows = statement.query([sync_id])?;
    while let Some(row) = rows.next()? {
        let subject = format!("grant {}", row.get_ref(0)?.as_str()?);
        let principal: (String, String) = (row.get(1)?, row.get(2)?);
        let expandable = match v2::GrantExpandable::decode(row.get_ref(3)?.as_blob()?) {
            Ok(expandable) => expandable,
            Err(error) => {
                findings.add(
                    Rule::Message,
                    &subject,
                    format!("its expansion is no GrantExpandable: {error}"),
                );
                continue;
            }
        };
        let sources = expandable
            .entitlement_ids
            .iter()
            .filter(|id| !id.trim().is_empty());
        if sources.clone().next().is_none() {
            findings.add(Rule::Expansion, &subject, "its expansion names no entitlement");
        }
        for source in sources {
            match on(connection, sync_id, source)? {
                None => findings.add(
                    Rule::Reference,
                    &subject,
                    format!("it expands entitlement {source:?}, which was not synced"),
                ),
                Some(on) => findings.need(on == principal, Rule::Expansion, &subject, || {
                    format!("it expands entitlement {source:?}, which is not on its principal")
                }),
            }
        }
    }
    Ok(())
}
