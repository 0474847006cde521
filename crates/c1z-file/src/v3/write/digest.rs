//! Digests of grants: of each entitlement, of parts of those with many grants, and of all.
//!
//! They are made while the entries go by in their order, and kept until it is the turn of their own keys.

use super::super::keys;
use crate::writer::WriteError;
use rusqlite::Connection;

/// Grants of an entitlement up to which it has no parts.
const UNDIVIDED: u64 = 512;
/// The most bits of a hash by which parts are told apart.
const MAX_WIDTH: u8 = 16;

/// Digests under construction.
#[derive(Debug)]
pub(super) struct Digests<'c> {
    connection: &'c Connection,
    /// The entitlement whose grants go by.
    current: Option<Current>,
    total: Sum,
}

/// How many grants, and what their hashes together are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) count: u64,
    pub(super) xor: u64,
}

impl Sum {
    fn add(&mut self, other: Self) {
        self.count += other.count;
        self.xor ^= other.xor;
    }

    fn bytes(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.count.to_be_bytes());
        bytes[8..].copy_from_slice(&self.xor.to_be_bytes());
        bytes
    }
}

#[derive(Debug)]
struct Current {
    partition: Vec<u8>,
    /// By the first bytes of the hash of the principal, of which there are not many.
    buckets: Vec<(u16, Sum)>,
}

impl<'c> Digests<'c> {
    pub(super) fn new(connection: &'c Connection) -> Result<Self, WriteError> {
        connection
            .execute_batch(
                "CREATE TABLE store_digests (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID",
            )
            .map_err(failed())?;
        Ok(Self {
            connection,
            current: None,
            total: Sum::default(),
        })
    }

    /// Takes note of an entry.
    pub(super) fn see(&mut self, key: &[u8], value: &[u8]) -> Result<(), WriteError> {
        if let Some(partition) = key.strip_prefix(keys::ENTITLEMENT) {
            // Without grants it has a digest, too.
            return self.put(&keys::digest_root(partition), &root(0, Sum::default()));
        }
        let Some(rest) = key.strip_prefix(keys::BY_HASH) else {
            return Ok(());
        };
        let Some((partition, bucket)) = keys::split_hashed(rest) else {
            return Ok(());
        };
        if self
            .current
            .as_ref()
            .is_none_or(|current| current.partition != partition)
        {
            self.end_entitlement()?;
            self.current = Some(Current {
                partition: partition.to_vec(),
                buckets: Vec::new(),
            });
        }
        let mut xor = [0; 8];
        xor.copy_from_slice(value.get(..8).unwrap_or(&[0; 8]));
        let sum = Sum {
            count: 1,
            xor: u64::from_be_bytes(xor),
        };
        if let Some(current) = &mut self.current {
            match current.buckets.last_mut() {
                Some((last, so_far)) if *last == bucket => so_far.add(sum),
                _ => current.buckets.push((bucket, sum)),
            }
        }
        Ok(())
    }

    /// Hands all digests to `visit` in the order of their keys; returns that of all grants.
    pub(super) fn finish(
        mut self,
        mut visit: impl FnMut(&[u8], &[u8]) -> Result<(), WriteError>,
    ) -> Result<Sum, WriteError> {
        self.end_entitlement()?;
        self.put(&keys::digest_of_all(), &self.total.bytes())?;
        let mut statement = self
            .connection
            .prepare("SELECT key, value FROM store_digests ORDER BY key")
            .map_err(failed())?;
        let mut rows = statement.query([]).map_err(failed())?;
        while let Some(row) = rows.next().map_err(failed())? {
            let entry: (Vec<u8>, Vec<u8>) = row.try_into().map_err(failed())?;
            visit(&entry.0, &entry.1)?;
        }
        Ok(self.total)
    }

    fn end_entitlement(&mut self) -> Result<(), WriteError> {
        let Some(Current { partition, buckets }) = self.current.take() else {
            return Ok(());
        };
        let mut sum = Sum::default();
        buckets.iter().for_each(|(_, bucket)| sum.add(*bucket));
        self.total.add(sum);
        let width = (0..MAX_WIDTH)
            .find(|width| UNDIVIDED << width >= sum.count)
            .unwrap_or(MAX_WIDTH);
        self.put(&keys::digest_root(&partition), &root(width, sum))?;
        if width == 0 {
            return Ok(());
        }
        // Buckets come in order, so those of a part are neighbours.
        let part = |bucket: u16| bucket & (u16::MAX << (MAX_WIDTH - width));
        for chunk in buckets.chunk_by(|a, b| part(a.0) == part(b.0)) {
            let mut sum = Sum::default();
            chunk.iter().for_each(|(_, bucket)| sum.add(*bucket));
            self.put(&keys::digest_leaf(&partition, part(chunk[0].0)), &sum.bytes())?;
        }
        Ok(())
    }

    fn put(&self, key: &[u8], value: &[u8]) -> Result<(), WriteError> {
        let sql = "INSERT OR REPLACE INTO store_digests (key, value) VALUES (?1, ?2)";
        let put = || self.connection.prepare_cached(sql)?.execute((key, value));
        put().map(drop).map_err(failed())
    }
}

fn root(width: u8, sum: Sum) -> Vec<u8> {
    [&[width][..], &sum.bytes()].concat()
}

fn failed() -> impl Fn(rusqlite::Error) -> WriteError {
    WriteError::database("make the digests of the store")
}
