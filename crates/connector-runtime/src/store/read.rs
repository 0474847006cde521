//! What is read when all calls are made: by the merge core, and for the summary of the sync.

use super::Staging;
use super::schema::CREATE_LATER;
use crate::error::SyncError;
use crate::merge::{
    Contribution, Each, EachEntitlement, EachResource, EachStatement, Source, StagedEntitlement, StagedGrant,
    Tally,
};
use connector_sdk::{Expandable, Facts, Notice, NoticeClass};
use rusqlite::{Connection, Params, Row, params};
use serde::de::DeserializeOwned;
use std::collections::{HashMap, HashSet};

/// What was listed of a type.
pub(crate) struct Listing {
    /// Whether a listing of the type itself has a resource.
    pub(crate) listed: bool,
    /// How many resources any row names.
    pub(crate) known: u64,
    /// The smallest id of them.
    pub(crate) example: Option<String>,
}

/// What sealing keeps beside the staged rows; it goes with the connection.
const CREATE_TEMPORARY: &str = "
    create temp table contributions (eid integer not null, rid integer not null, source integer not null, direct integer not null);";

const INDEX_TEMPORARY: &str =
    "create index if not exists temp.contributions_by_entitlement on contributions (eid);";

/// The last statement closes the file in which they were: its directory goes with the artifact's writer.
const DROP_TEMPORARY: &str =
    "drop table if exists temp.contributions; pragma temp_store = memory; pragma temp_store = default;";

/// Staged rows, while they are merged.
pub(crate) struct Merging<'a> {
    staging: &'a Staging,
}

impl Staging {
    /// Gets ready for the merge core.
    pub(crate) fn merging(&self) -> Result<Merging<'_>, SyncError> {
        let merging = Merging { staging: self };
        self.db
            .execute_batch(CREATE_TEMPORARY)
            .map_err(|source| self.failed(source))?;
        Ok(merging)
    }

    fn failed(&self, source: rusqlite::Error) -> SyncError {
        SyncError::staging(&self.path, source)
    }

    fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, SyncError> {
        self.db
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_row(params, read))
            .map_err(|source| self.failed(source))
    }

    /// What was listed of a type.
    pub(crate) fn listing(&self, resource_type: &str) -> Result<Listing, SyncError> {
        let sql = "select coalesce(max(s.rank = 0), 0), count(distinct r.rid), min(r.id)
                   from resources r join types t using (tid) join statements s using (rid) where t.id = ?1";
        self.one(sql, [resource_type], |r| {
            Ok(Listing {
                listed: r.get(0)?,
                known: r.get::<_, i64>(1)?.unsigned_abs(),
                example: r.get(2)?,
            })
        })
    }

    /// Whether every listing was read to its last page.
    pub(crate) fn is_read_to_the_end(&self) -> Result<bool, SyncError> {
        self.one("select not exists (select 1 from work where done = 0)", [], |r| {
            r.get(0)
        })
    }

    /// How many calls were answered to the end.
    pub(crate) fn calls_done(&self) -> Result<i64, SyncError> {
        self.one("select count(*) from work where done = 1", [], |r| r.get(0))
    }

    /// How many resources were deleted since they were listed, by type.
    pub(crate) fn gone(&self) -> Result<Vec<(String, u64)>, SyncError> {
        let sql = "select t.id, count(*) from gone g join resources r using (rid) join types t using (tid) group by t.id";
        self.db
            .prepare(sql)
            .and_then(|mut s| {
                s.query_map([], |r| Ok((r.get(0)?, r.get::<_, i64>(1)?.unsigned_abs())))?
                    .collect()
            })
            .map_err(|source| self.failed(source))
    }

    /// Adds what was noted while reading.
    pub(crate) fn count_notices(&self, tally: &mut Tally) -> Result<(), SyncError> {
        self.each("select class, kind, subject, detail from notices", [], |row| {
            let class = match row.get::<_, i64>(0)? {
                0 => NoticeClass::Gap,
                1 => NoticeClass::Fact,
                _ => NoticeClass::Remark,
            };
            tally.add(Notice {
                class,
                kind: row.get(1)?,
                subject: row.get(2)?,
                detail: row.get(3)?,
            });
            Ok(Ok(()))
        })
    }

    /// Goes through rows until one fails.
    fn each(
        &self,
        sql: &str,
        params: impl Params,
        mut row: impl FnMut(&Row<'_>) -> rusqlite::Result<Result<(), SyncError>>,
    ) -> Result<(), SyncError> {
        let failed = |source| self.failed(source);
        let mut statement = self.db.prepare_cached(sql).map_err(failed)?;
        let mut rows = statement.query(params).map_err(failed)?;
        while let Some(next) = rows.next().map_err(failed)? {
            row(next).map_err(failed)??;
        }
        Ok(())
    }

    fn values<T: DeserializeOwned>(&self, sql: &str) -> Result<HashMap<u32, T>, SyncError> {
        let mut values = HashMap::new();
        self.each(sql, [], |row| {
            let number: u32 = row.get(0)?;
            let read = serde_json::from_str(row.get_ref(1)?.as_str()?);
            Ok(match read {
                Ok(value) => {
                    values.insert(number, value);
                    Ok(())
                }
                Err(e) => Err(SyncError::Engine(format!(
                    "a staged grant cannot be read back: {e}"
                ))),
            })
        })?;
        Ok(values)
    }
}

impl Drop for Merging<'_> {
    fn drop(&mut self) {
        // Where it fails, the file goes with the connection.
        drop(self.staging.db.execute_batch(DROP_TEMPORARY));
    }
}

impl Source for Merging<'_> {
    fn type_names(&self) -> Result<Vec<String>, SyncError> {
        let mut names = Vec::new();
        self.staging
            .each("select id from types order by tid", [], |row| {
                names.push(row.get(0)?);
                Ok(Ok(()))
            })?;
        Ok(names)
    }

    fn resources(&self, each: &mut EachResource<'_>) -> Result<(), SyncError> {
        let sql = "select rid, tid, id from resources r
                   where exists (select 1 from statements s where s.rid = r.rid) order by rid";
        self.staging.each(sql, [], |row| {
            Ok(each(row.get(0)?, row.get(1)?, row.get_ref(2)?.as_str()?))
        })
    }

    fn statements(&self, resource: u32, each: &mut EachStatement<'_>) -> Result<(), SyncError> {
        let sql = "select rank, body from statements where rid = ?1 order by rank";
        self.staging.each(sql, [resource], |row| {
            Ok(each(row.get(0)?, row.get_ref(1)?.as_blob()?))
        })
    }

    fn entitlements(&self, each: &mut EachEntitlement<'_>) -> Result<(), SyncError> {
        let sql = "select eid, rid, id, slug, body from entitlements order by id";
        self.staging.each(sql, [], |row| {
            Ok(each(StagedEntitlement {
                number: row.get(0)?,
                resource: row.get(1)?,
                id: row.get_ref(2)?.as_str()?,
                slug: row.get_ref(3)?.as_str()?,
                row: row.get_ref(4)?.as_str_or_null()?,
            }))
        })
    }

    fn facts(&self) -> Result<HashMap<u32, Facts>, SyncError> {
        self.staging.values("select number, body from facts")
    }

    fn expandables(&self) -> Result<HashMap<u32, Expandable>, SyncError> {
        self.staging.values("select number, body from expandables")
    }

    fn unread(&self) -> Result<HashSet<u32>, SyncError> {
        let mut numbers = HashSet::new();
        self.staging.each("select rid from unread", [], |row| {
            numbers.insert(row.get(0)?);
            Ok(Ok(()))
        })?;
        Ok(numbers)
    }

    fn grants(&self, of: Option<&[u32]>, each: Each<'_, StagedGrant>) -> Result<(), SyncError> {
        let all = "select eid, rid, flags, fid, xid from grants";
        let mut read = |row: &Row<'_>| {
            Ok(each(StagedGrant {
                entitlement: row.get(0)?,
                principal: row.get(1)?,
                flags: row.get(2)?,
                facts: row.get(3)?,
                expandable: row.get(4)?,
            }))
        };
        let Some(of) = of else {
            return self.staging.each(all, [], read);
        };
        self.batch(CREATE_LATER)?;
        let some = format!("{all} where eid = ?1");
        of.iter()
            .try_for_each(|eid| self.staging.each(&some, [eid], &mut read))
    }

    fn contribute(&self, contribution: Contribution) -> Result<(), SyncError> {
        let Contribution {
            entitlement,
            principal,
            source,
            direct,
        } = contribution;
        self.staging
            .db
            .prepare_cached(
                "insert into temp.contributions (eid, rid, source, direct) values (?1, ?2, ?3, ?4)",
            )
            .and_then(|mut s| s.execute(params![entitlement, principal, source, direct]))
            .map(drop)
            .map_err(|source| self.staging.failed(source))
    }

    fn contributions(&self, to: Option<&[u32]>, each: Each<'_, Contribution>) -> Result<(), SyncError> {
        let all = "select eid, rid, source, direct from temp.contributions";
        let mut read = |row: &Row<'_>| {
            Ok(each(Contribution {
                entitlement: row.get(0)?,
                principal: row.get(1)?,
                source: row.get(2)?,
                direct: row.get(3)?,
            }))
        };
        let Some(to) = to else {
            return self.staging.each(all, [], read);
        };
        self.batch(INDEX_TEMPORARY)?;
        let some = format!("{all} where eid = ?1");
        to.iter()
            .try_for_each(|eid| self.staging.each(&some, [eid], &mut read))
    }
}

impl Merging<'_> {
    fn batch(&self, sql: &str) -> Result<(), SyncError> {
        let db: &Connection = &self.staging.db;
        db.execute_batch(sql)
            .map_err(|source| self.staging.failed(source))
    }
}
