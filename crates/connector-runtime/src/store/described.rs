//! Which resources have been stated, and how well: written by the one writer, read by the calls in flight, so that they need
//! not build placeholders for what has been stated as well or better.

use super::numbers::{Known, Numbers, ResourceNumber};
use super::work::Owner;
use connector_sdk::{ResourceKey, Standing, StatedResources};
use rusqlite::{Connection, OptionalExtension};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Which resources have been stated, and how well.
#[derive(Default)]
pub(crate) struct Described(RwLock<Numbers>);

impl Described {
    fn read(&self) -> RwLockReadGuard<'_, Numbers> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Numbers> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads back what an earlier process staged.
    pub(super) fn recall(&self, db: &Connection, types: &[String]) -> rusqlite::Result<()> {
        let mut numbers = self.write();
        let mut statement = db.prepare("select rid, tid, id from resources order by rid")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let tid: u32 = row.get(1)?;
            let resource_type = types
                .get((tid as usize).wrapping_sub(1))
                .map_or("", String::as_str);
            numbers.number(resource_type, row.get_ref(2)?.as_str()?);
        }
        let mut statement =
            db.prepare("select rid, rank, call, attempt from statements order by rank desc")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let rid = row.get(0)?;
            let owner = Owner {
                call: row.get(2)?,
                attempt: row.get(3)?,
            };
            let known = Known {
                rank: row.get(1)?,
                owner,
                ..Known::NAMED
            };
            numbers.set(rid, known);
        }
        let mut statement = db.prepare("select distinct rid, listed from work where rid is not null")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let rid = row.get(0)?;
            let mut known = numbers.known(rid);
            if row.get(1)? {
                known.called_as_listed = true;
            } else {
                known.called_as_unlisted = true;
            }
            numbers.set(rid, known);
        }
        Ok(())
    }

    /// Reads back what the file has of one resource, after statements about it were taken back.
    pub(super) fn recall_one(&self, db: &Connection, rid: ResourceNumber) -> rusqlite::Result<()> {
        let best = db
            .prepare_cached(
                "select rank, call, attempt from statements where rid = ?1 order by rank limit 1",
            )?
            .query_row([rid], |r| {
                let owner = Owner {
                    call: r.get(1)?,
                    attempt: r.get(2)?,
                };
                Ok((r.get(0)?, owner))
            })
            .optional()?;
        let (rank, owner) = best.unwrap_or((Known::NAMED.rank, Owner::NOBODY));
        let known = Known {
            rank,
            owner,
            body: 0,
            ..self.known(rid)
        };
        self.set(rid, known);
        Ok(())
    }

    /// The number of a resource, and whether it is a new one.
    pub(super) fn number(&self, key: &ResourceKey) -> (ResourceNumber, bool) {
        let known = self.read().get(&key.resource_type, &key.resource);
        match known {
            Some(number) => (number, false),
            None => self.write().number(&key.resource_type, &key.resource),
        }
    }

    pub(super) fn known(&self, number: ResourceNumber) -> Known {
        self.read().known(number)
    }

    pub(super) fn set(&self, number: ResourceNumber, known: Known) {
        self.write().set(number, known);
    }

    /// The resources of which this is true.
    pub(super) fn those(&self, which: impl Fn(&Known) -> bool) -> Vec<ResourceNumber> {
        let numbers = self.read();
        numbers
            .iter()
            .filter(|(_, known)| which(known))
            .map(|(number, _)| number)
            .collect()
    }
}

impl StatedResources for Described {
    fn is_stated(&self, resource_type: &str, resource: &str, standing: Standing) -> bool {
        let numbers = self.read();
        numbers
            .get(resource_type, resource)
            .is_some_and(|number| numbers.known(number).rank <= standing.rank())
    }
}
