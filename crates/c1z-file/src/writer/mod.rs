//! Writing an artifact in one go, from rows that are merged and sorted already.

mod collision;
mod error;
mod kept;
mod message;
mod options;
mod rows;
mod seal;
mod sorting;

use self::sorting::Sorting;
pub use self::{
    collision::{Collision, RowKey},
    error::WriteError,
    kept::NotKept,
    message::{AnnotationPart, EntitlementPart, GrantEncoder},
    options::{StorageEngine, WriterOptions},
    rows::{AssetRow, EntitlementRow, GrantRow, ResourceRow},
    seal::Finished,
};
use crate::{
    file,
    reader::SyncInfo,
    schema,
    scratch::Scratch,
    stats::Stats,
    sync_run::SyncRun,
    target::{Location, TargetError},
    time::StoredTime,
};
use connector_proto::connector::v2;
use jiff::{Timestamp, tz::TimeZone};
use prost::Message;
use rusqlite::{Connection, OpenFlags, params};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::Path,
};

/// Writes a new artifact that holds one new sync, behind earlier ones that were [kept](Self::keep).
///
/// Rows go into a database in a private directory beside the output; [`finish`](Self::finish) builds the indexes, or a store
/// from the rows where [`WriterOptions::storage_engine`] says so, compresses the result and renames the result over the output. Until that rename the output is untouched, so
/// a killed run leaves the old file or the new one, never a part. Dropping an unfinished writer removes its working
/// files; those of killed runs are removed by the next [`create`](Self::create) beside the same output.
///
/// Memory does not grow with the number of rows. Rows are kept in the order in which they come, which is also
/// the order in which readers list them. Messages are stored as given: that the columns of a row agree with its
/// message is the caller's part, and what [`verify`](crate::verify) checks.
///
/// Inside one process, index building of several writers happens one after the other, because SQLite's directory
/// for sorting is a setting of the process; see [`sort_beside`](Self::sort_beside).
pub struct ArtifactWriter {
    connection: Connection,
    location: Location,
    /// From [`ArtifactWriter::sort_beside`] on. Given back before the directory goes.
    sorting: Option<Sorting>,
    /// Holds the database; removed with the writer.
    scratch: Scratch,
    sync: SyncRun,
    zstd_level: i32,
    storage_engine: StorageEngine,
    file_mode: Option<u32>,
    sync_id: String,
    discovered_at: String,
    stats: Stats,
    zone: TimeZone,
    /// Earlier syncs that are in the database already.
    kept: Vec<SyncInfo>,
    not_kept: Vec<NotKept>,
    /// The ids of earlier syncs without which there is to be no artifact.
    required: BTreeSet<String>,
    expansion_ran: bool,
    invariants_hold: bool,
}

impl ArtifactWriter {
    /// Starts an artifact for `output`, which need not exist. A symbolic link is followed.
    ///
    /// # Errors
    /// [`WriteError::Target`] when `output` cannot be written, [`WriteError::Sync`] when the described sync cannot
    /// be stored, [`WriteError::Database`] when the working database cannot be set up.
    pub fn create(output: &Path, options: WriterOptions) -> Result<Self, WriteError> {
        let WriterOptions {
            temp_dir,
            sync,
            zstd_level,
            file_mode,
            zone,
            storage_engine,
        } = options;
        let discovered_at = describe(&sync, &zone)?;
        let location = Location::resolve(output).map_err(WriteError::target)?;
        let scratch = match &temp_dir {
            Some(parent) => location.scratch_in(parent),
            None => location.scratch(),
        };
        let scratch = scratch.map_err(WriteError::target)?;
        let database = scratch.file("db");
        file::create_private(&database).map_err(WriteError::file("create", &database))?;
        let connection =
            new_database(&database).map_err(WriteError::database("set up the working database"))?;
        let sync_id = sync.sync_id.to_string();
        Ok(Self {
            connection,
            location,
            sorting: None,
            scratch,
            sync,
            zstd_level,
            storage_engine,
            file_mode,
            sync_id,
            discovered_at,
            stats: Stats::default(),
            zone,
            kept: Vec::new(),
            not_kept: Vec::new(),
            required: BTreeSet::new(),
            expansion_ran: false,
            invariants_hold: false,
        })
    }

    /// Has SQLite keep the temporary files of *every* connection of the process in the working directory of this writer,
    /// until its indexes are built or it is dropped: for callers who sort with SQLite what they hand over. By default these
    /// files are in the system's temporary directory, which is often small, in memory, or missing from a container.
    ///
    /// Waits until no other writer of the process sorts, so one thread must not do this with two writers at a time.
    ///
    /// # Errors
    /// [`WriteError::Database`] when SQLite refuses the directory.
    pub fn sort_beside(&mut self) -> Result<(), WriteError> {
        self.sort_beside_unless(&|| false).map(drop)
    }

    /// [`sort_beside`](Self::sort_beside) for callers who can be told to stop, as others may sort for minutes: false when
    /// `given_up`, which is asked some times a second while waiting, said so before it was this writer's turn.
    ///
    /// # Errors
    /// As for [`sort_beside`](Self::sort_beside).
    pub fn sort_beside_unless(&mut self, given_up: &dyn Fn() -> bool) -> Result<bool, WriteError> {
        if self.sorting.is_none() {
            self.sorting = Sorting::take(self.scratch.directory(), given_up)
                .map_err(WriteError::database("choose a directory to sort in"))?;
        }
        Ok(self.sorting.is_some())
    }

    /// Adds a resource type.
    ///
    /// # Errors
    /// [`WriteError::Row`] when its id is empty, [`WriteError::Database`] when the row cannot be stored.
    pub fn resource_type(&mut self, resource_type: &v2::ResourceType) -> Result<(), WriteError> {
        rows::require("resource type", &resource_type.id, &[("id", &resource_type.id)])?;
        self.insert(
            "INSERT INTO v1_resource_types (external_id, data, sync_id, discovered_at) VALUES (?1, ?2, ?3, ?4)",
            params![resource_type.id, resource_type.encode_to_vec(), self.sync_id, self.discovered_at],
        )?;
        self.stats.resource_types += 1;
        Ok(())
    }

    /// Adds a resource.
    ///
    /// # Errors
    /// [`WriteError::Row`] when a part of its id is empty, [`WriteError::Database`] when the row cannot be stored.
    pub fn resource(&mut self, row: ResourceRow<'_>) -> Result<(), WriteError> {
        row.check()?;
        let (parent_type, parent_id) = row.parent.unzip();
        self.insert(
            "INSERT INTO v1_resources (resource_type_id, external_id, parent_resource_type_id, \
             parent_resource_id, data, sync_id, discovered_at) VALUES (?1, ?1 || ':' || ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                row.resource_type_id,
                row.resource_id,
                parent_type,
                parent_id,
                row.data,
                self.sync_id,
                self.discovered_at
            ],
        )?;
        self.stats.resources += 1;
        count(&mut self.stats.resources_by_resource_type, row.resource_type_id);
        Ok(())
    }

    /// Adds an entitlement.
    ///
    /// # Errors
    /// [`WriteError::Row`] when one of its ids is empty, [`WriteError::Database`] when the row cannot be stored.
    pub fn entitlement(&mut self, row: EntitlementRow<'_>) -> Result<(), WriteError> {
        row.check()?;
        self.insert(
            "INSERT INTO v1_entitlements (resource_type_id, resource_id, external_id, data, sync_id, \
             discovered_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                row.resource_type_id,
                row.resource_id,
                row.entitlement_id,
                row.data,
                self.sync_id,
                self.discovered_at
            ],
        )?;
        self.stats.entitlements += 1;
        count(
            &mut self.stats.entitlements_by_resource_type,
            row.resource_type_id,
        );
        Ok(())
    }

    /// Adds a grant.
    ///
    /// # Errors
    /// [`WriteError::Row`] when one of its ids is empty, [`WriteError::Database`] when the row cannot be stored.
    pub fn grant(&mut self, row: GrantRow<'_>) -> Result<(), WriteError> {
        row.check()?;
        self.insert(
            "INSERT INTO v1_grants (resource_type_id, resource_id, entitlement_id, principal_resource_type_id, \
             principal_resource_id, external_id, expansion, needs_expansion, data, sync_id, discovered_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            params![
                row.resource_type_id,
                row.resource_id,
                row.entitlement_id,
                row.principal_type,
                row.principal_id,
                row.grant_id,
                row.expansion,
                // Writers of the format set this once and never take it back; tools that go on from an artifact find the
                // grants that they have to expand again by it.
                row.expansion.is_some(),
                row.data,
                self.sync_id,
                self.discovered_at
            ],
        )?;
        self.stats.grants += 1;
        count(&mut self.stats.grants_by_resource_type, row.resource_type_id);
        Ok(())
    }

    /// Adds an asset.
    ///
    /// # Errors
    /// [`WriteError::Row`] when its id is empty, [`WriteError::Database`] when the row cannot be stored.
    pub fn asset(&mut self, row: AssetRow<'_>) -> Result<(), WriteError> {
        rows::require("asset", row.asset_id, &[("id", row.asset_id)])?;
        self.insert(
            "INSERT INTO v1_assets (external_id, content_type, data, sync_id, discovered_at) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![row.asset_id, row.content_type, row.data, self.sync_id, self.discovered_at],
        )?;
        self.stats.assets += 1;
        Ok(())
    }

    /// Says that the grants were expanded: the artifact holds what members of a group hold through it.
    pub fn expansion_ran(&mut self) {
        self.expansion_ran = true;
    }

    /// Says that what the format calls the invariants I5 and I10 was checked and holds: no exclusion group of entitlements
    /// contradicts itself, and every listing was read to its last page.
    pub fn invariants_hold(&mut self) {
        self.invariants_hold = true;
    }

    /// What was added so far.
    #[must_use]
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// Completes the artifact and puts it in place. `sync_token` is the last checkpoint of the sync, which readers
    /// only show; it may be empty.
    ///
    /// # Errors
    /// [`WriteError::Collision`] when two rows share an id, [`WriteError::Sync`] when `ended_at` is before the
    /// start, [`WriteError::Database`] and [`WriteError::File`] when a step fails. The output is the old file then,
    /// except after a failure to make the finished rename durable, which says so.
    pub fn finish(self, ended_at: Timestamp, sync_token: &str) -> Result<Finished, WriteError> {
        seal::seal(self, ended_at, sync_token)
    }

    fn insert(&self, sql: &str, params: &[&dyn rusqlite::ToSql]) -> Result<(), WriteError> {
        let doing = WriteError::database("store a row");
        self.connection
            .prepare_cached(sql)
            .and_then(|mut row| row.execute(params))
            .map(drop)
            .map_err(doing)
    }
}

impl fmt::Debug for ArtifactWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArtifactWriter")
            .field("output", &self.location.file)
            .field("sync", &self.sync)
            .field("stats", &self.stats)
            .finish_non_exhaustive()
    }
}

/// Checks that the sync can be stored; returns the `discovered_at` of its rows.
///
/// Every row of a sync gets the start of the sync. Merging tools keep of two syncs the row with the later
/// `discovered_at`; a time per row would let a page read late in an old sync win over a page read early in a new one.
fn describe(sync: &SyncRun, zone: &TimeZone) -> Result<String, WriteError> {
    if sync.parent.is_some() && !sync.sync_type.may_have_parent() {
        return Err(WriteError::Sync(format!(
            "a {} sync has no parent",
            sync.sync_type
        )));
    }
    let started_at =
        StoredTime::in_zone(sync.started_at, zone).map_err(|error| WriteError::Sync(error.to_string()))?;
    Ok(started_at.to_string())
}

/// Tables, without the indexes that hold every row, in a database that is only ever read by this process: there is no journal and nothing
/// waits for the disk until the artifact itself is complete.
pub(crate) fn new_database(database: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(database, flags)?;
    connection.execute_batch(
        "PRAGMA page_size = 4096;
         PRAGMA journal_mode = OFF;
         PRAGMA synchronous = OFF;
         PRAGMA locking_mode = EXCLUSIVE;
         PRAGMA temp_store = FILE;
         PRAGMA cache_size = -4096;
         BEGIN IMMEDIATE;",
    )?;
    for table in schema::TABLES {
        connection.execute(&table.create_sql(), [])?;
    }
    // Few rows meet their conditions, so keeping them up costs less than reading all rows once more for each.
    for index in schema::INDEXES.iter().filter(|index| index.condition.is_some()) {
        connection.execute(&index.create_sql(), [])?;
    }
    Ok(connection)
}

fn count(counts: &mut BTreeMap<String, u64>, name: &str) {
    match counts.get_mut(name) {
        Some(count) => *count += 1,
        None => {
            counts.insert(name.to_owned(), 1);
        }
    }
}
