//! Reading an artifact: unpacked once into a private file, then row by row.

mod check;
mod counts;
pub(crate) mod database;
mod error;
mod indexes;
mod parts;
mod rows;
mod stored;
mod sync_info;

pub(crate) use self::stored::Stored;
pub use self::{
    counts::SyncCounts,
    database::DatabaseError,
    error::ReadError,
    rows::Rows,
    stored::{StoredAsset, StoredEntitlement, StoredGrant, StoredResource, StoredResourceType},
    sync_info::SyncInfo,
};
use self::{indexes::Missing, parts::Part};
use crate::{
    envelope::{self, Form, Unpacked},
    file::Version,
    schema,
    scratch::Scratch,
    sync_run::SyncType,
    writer::StorageEngine,
};
use rusqlite::Connection;
use std::{
    cell::RefCell,
    fmt,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

/// Readers of the format refuse artifacts that unpack to more than this: 10 GiB.
pub(crate) const MAX_DECODED_BYTES: u64 = 10 << 30;

/// Name of the private copy in its directory.
pub(crate) const COPY: &str = "db";

/// How an artifact is read.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ReadOptions {
    /// Artifacts that unpack to more bytes are refused; 10 GiB by default, as by the Go SDK.
    pub max_decoded_bytes: u64,
    /// Where the private copy is to live, the first choice first. Where none of them can be written, it is beside the
    /// artifact, and then in the system's temporary directory.
    pub temp_dirs: Vec<PathBuf>,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            max_decoded_bytes: MAX_DECODED_BYTES,
            temp_dirs: Vec::new(),
        }
    }
}

impl ReadOptions {
    /// The same, refusing artifacts that unpack to more than `bytes`.
    #[must_use]
    pub fn with_max_decoded_bytes(self, bytes: u64) -> Self {
        Self {
            max_decoded_bytes: bytes,
            ..self
        }
    }

    /// The same, with the private copy in `temp_dir` where that can be written and no earlier choice can.
    #[must_use]
    pub fn with_temp_dir(mut self, temp_dir: impl Into<PathBuf>) -> Self {
        self.temp_dirs.push(temp_dir.into());
        self
    }
}

/// An open artifact.
///
/// The file is decompressed into a private directory, see [`ReadOptions::temp_dirs`]. On Unix the copy has no name from
/// then on, so that nothing is left of it however the process ends; elsewhere it goes with this value. The file itself is
/// not touched and not needed any more. Artifacts of older writers, which lack the newer tables and columns, read as if
/// these held their defaults. Several zstd frames and frames without a content size are fine; a window above
/// 128 MiB is not.
///
/// Of envelope v3 the rows are put into a database like that of envelope v1, in the order of their keys. It holds one sync.
/// An index of that database is built when something is first looked up by it.
/// Its times are those of UTC, and of the sides of a grant and of the resource of an entitlement it has the ids only.
///
/// Memory does not grow with the artifact.
pub struct Artifact {
    connection: Connection,
    path: PathBuf,
    unpacked: Unpacked,
    /// Write and read version in the header of the database, where it is that long.
    journal_versions: Option<[u8; 2]>,
    /// Indexes of the format that nothing needed yet.
    missing: Missing,
    /// What is selected from each table, found out once.
    selected: RefCell<Vec<(&'static str, Arc<str>)>>,
    /// Holds the database where that needs its name; removed with the artifact.
    scratch: Option<Scratch>,
}

impl Artifact {
    /// Opens the artifact at `path`.
    ///
    /// # Errors
    /// [`ReadError`] says what is there instead of a readable artifact.
    pub fn open(path: &Path, options: ReadOptions) -> Result<Self, ReadError> {
        let mut artifact = Self::unpack(path, options)?;
        artifact.unname();
        for table in schema::REQUIRED_TABLES {
            database::columns(&artifact.connection, table).map_err(artifact.failed())?;
        }
        Ok(artifact)
    }

    /// Checks an artifact of unknown origin before its content is believed: the structure of the whole database, the types of
    /// its columns, and that it holds nothing that could change what its rows say (triggers, views, generated columns).
    /// Columns and indexes that older writers did not have may be missing. It reads the whole file once.
    ///
    /// # Errors
    /// [`ReadError::Database`] says what is wrong.
    pub fn check(&self) -> Result<(), ReadError> {
        database::quick_check(&self.connection).map_err(self.failed())?;
        self.check_schema()
    }

    /// The part of [`check`](Self::check) that does not read the whole file; [`open_target`](crate::open_target) has made the
    /// other part.
    ///
    /// # Errors
    /// [`ReadError::Database`] says what is wrong.
    pub fn check_schema(&self) -> Result<(), ReadError> {
        check::check_schema(&self.connection).map_err(self.failed())
    }

    /// The artifact in a private copy that is unpacked and open already.
    pub(crate) fn of_parts(
        connection: Connection,
        path: &Path,
        unpacked: Unpacked,
        scratch: Scratch,
    ) -> Self {
        let missing = match unpacked.form {
            Form::Database { .. } => Missing::none(),
            Form::Store { .. } => Missing::all(),
        };
        Self {
            connection,
            path: path.to_owned(),
            unpacked,
            missing,
            selected: RefCell::default(),
            journal_versions: journal_versions(&scratch.file(COPY)),
            scratch: Some(scratch),
        }
    }

    /// Takes the name of the private copy away, where an open file does without.
    pub(crate) fn unname(&mut self) {
        // A database that asks for a write-ahead log needs its directory. An open file keeps its name on Windows.
        if cfg!(unix) && self.journal_versions == Some([1, 1]) {
            self.scratch = None;
        }
    }

    /// Whether the file is still the one that was unpacked.
    #[must_use]
    pub fn is_current(&self) -> bool {
        let now = std::fs::metadata(&self.path);
        now.is_ok_and(|now| Version::of(&now) == self.unpacked.version)
    }

    /// Why others than this user may have written the file; none where nothing speaks for that.
    #[must_use]
    pub fn doubt(&self) -> Option<&str> {
        self.unpacked.doubt.as_deref()
    }

    /// Opens whatever database is in the envelope.
    pub(crate) fn unpack(path: &Path, options: ReadOptions) -> Result<Self, ReadError> {
        // That there is nothing to read comes before that there is nowhere to unpack it.
        std::fs::metadata(path).map_err(|source| ReadError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        let beside = std::path::absolute(path)
            .ok()
            .and_then(|path| path.parent().map(Path::to_owned));
        let directories = options.temp_dirs.into_iter().chain(beside);
        let mut tried = Vec::new();
        for directory in directories.chain([std::env::temp_dir()]) {
            match Self::unpack_in(path, &directory, options.max_decoded_bytes)? {
                Ok(artifact) => return Ok(artifact),
                Err(source) => tried.push((directory, source)),
            }
        }
        Err(ReadError::Workspace {
            path: path.to_owned(),
            tried,
        })
    }

    /// Opens the database with its copy in `directory`; the inner error says why it cannot be written there.
    fn unpack_in(path: &Path, directory: &Path, most: u64) -> Result<Result<Self, io::Error>, ReadError> {
        let scratch = match Scratch::create(directory) {
            Ok(scratch) => scratch,
            Err(source) => return Ok(Err(source)),
        };
        let unpacked = match envelope::unpack(path, &scratch, most) {
            Ok(unpacked) => unpacked,
            Err(error) => return ReadError::unpack(path, error).map_or_else(|e| Ok(Err(e)), Err),
        };
        let connection = database::open(&scratch.file(COPY)).map_err(ReadError::database(path))?;
        Ok(Ok(Self::of_parts(connection, path, unpacked, scratch)))
    }

    /// How it stores its rows.
    #[must_use]
    pub fn storage_engine(&self) -> StorageEngine {
        match self.unpacked.form {
            Form::Database { .. } => StorageEngine::Sqlite,
            Form::Store { .. } => StorageEngine::Pebble,
        }
    }

    /// Size of the file.
    #[must_use]
    pub fn file_bytes(&self) -> u64 {
        self.unpacked.file_bytes
    }

    /// Size of the database, or of the files of the store, in it.
    #[must_use]
    pub fn database_bytes(&self) -> u64 {
        self.unpacked.db_bytes
    }

    /// All syncs, oldest row first.
    ///
    /// # Errors
    /// [`ReadError::Database`]
    pub fn syncs(&self) -> Result<Vec<SyncInfo>, ReadError> {
        SyncInfo::read_all(&self.connection).map_err(self.failed())
    }

    /// The sync that listings show: the finished full sync that ended last; of two that ended at once, the one
    /// with the greater id. None when no full sync finished.
    ///
    /// # Errors
    /// [`ReadError::Database`]
    pub fn latest_finished_full(&self) -> Result<Option<SyncInfo>, ReadError> {
        let syncs = self.syncs()?.into_iter();
        let finished = syncs.filter(|sync| sync.sync_type == SyncType::Full && sync.ended_at.is_some());
        // By text, as readers of the format order them in SQL.
        Ok(finished.max_by(|a, b| (&a.ended_at, &a.sync_id).cmp(&(&b.ended_at, &b.sync_id))))
    }

    /// The resource types of a sync, in the order in which they were written; none for an unknown sync.
    #[must_use]
    pub fn resource_types(&self, sync_id: &str) -> Rows<'_, StoredResourceType> {
        rows::rows(self, sync_id, Part::default())
    }

    /// The resources of a sync, in the order in which they were written; none for an unknown sync.
    #[must_use]
    pub fn resources(&self, sync_id: &str) -> Rows<'_, StoredResource> {
        rows::rows(self, sync_id, Part::default())
    }

    /// The entitlements of a sync, in the order in which they were written; none for an unknown sync.
    #[must_use]
    pub fn entitlements(&self, sync_id: &str) -> Rows<'_, StoredEntitlement> {
        rows::rows(self, sync_id, Part::default())
    }

    /// The grants of a sync, in the order in which they were written; none for an unknown sync.
    #[must_use]
    pub fn grants(&self, sync_id: &str) -> Rows<'_, StoredGrant> {
        rows::rows(self, sync_id, Part::default())
    }

    /// The assets of a sync, in the order in which they were written; none for an unknown sync.
    #[must_use]
    pub fn assets(&self, sync_id: &str) -> Rows<'_, StoredAsset> {
        rows::rows(self, sync_id, Part::default())
    }

    /// A resource type by its id.
    ///
    /// # Errors
    /// [`ReadError::Database`]
    pub fn resource_type(&self, sync_id: &str, id: &str) -> Result<Option<StoredResourceType>, ReadError> {
        self.by_id(sync_id, id)
    }

    /// A resource by its type and its id.
    ///
    /// # Errors
    /// [`ReadError::Database`]
    pub fn resource(
        &self,
        sync_id: &str,
        resource_type_id: &str,
        resource_id: &str,
    ) -> Result<Option<StoredResource>, ReadError> {
        let found = self.by_id::<StoredResource>(sync_id, &format!("{resource_type_id}:{resource_id}"))?;
        // Resource `b:c` of type `a` and resource `c` of type `a:b` look alike up to here.
        Ok(found.filter(|resource| resource.resource_type_id == resource_type_id))
    }

    /// An entitlement by its id.
    ///
    /// # Errors
    /// [`ReadError::Database`]
    pub fn entitlement(&self, sync_id: &str, id: &str) -> Result<Option<StoredEntitlement>, ReadError> {
        self.by_id(sync_id, id)
    }

    /// A grant by its id.
    ///
    /// # Errors
    /// [`ReadError::Database`]
    pub fn grant(&self, sync_id: &str, id: &str) -> Result<Option<StoredGrant>, ReadError> {
        self.by_id(sync_id, id)
    }

    /// How many rows a sync has, counted.
    ///
    /// # Errors
    /// [`ReadError::Database`]
    pub fn counts(&self, sync_id: &str) -> Result<SyncCounts, ReadError> {
        SyncCounts::read(&self.connection, sync_id).map_err(self.failed())
    }

    fn by_id<T: Stored>(&self, sync_id: &str, id: &str) -> Result<Option<T>, ReadError> {
        let Some(columns) = self.columns::<T>()? else {
            return Ok(None);
        };
        self.need_ids::<T>()?;
        let sql = format!(
            "SELECT {columns} FROM {} WHERE external_id = ?1 AND sync_id = ?2 LIMIT 2",
            T::TABLE.name
        );
        let read = || -> rusqlite::Result<Vec<T>> {
            let mut statement = self.connection.prepare_cached(&sql)?;
            statement.query_map((id, sync_id), T::from_row)?.collect()
        };
        let mut found = read()
            .map_err(DatabaseError::sql("look up a row"))
            .map_err(self.failed())?;
        if found.len() > 1 {
            return Err(self.failed()(DatabaseError::Ambiguous {
                table: T::TABLE.name,
                id: id.into(),
            }));
        }
        Ok(found.pop())
    }

    /// The columns to select for `T`; none when the artifact lacks the table and may do so.
    pub(crate) fn columns<T: Stored>(&self) -> Result<Option<Arc<str>>, ReadError> {
        let known = |(table, _): &&(&str, Arc<str>)| *table == T::TABLE.name;
        if let Some((_, columns)) = self.selected.borrow().iter().find(known) {
            return Ok(Some(Arc::clone(columns)));
        }
        match database::columns(&self.connection, T::TABLE) {
            Ok(columns) => {
                let columns: Arc<str> = columns.into();
                self.selected
                    .borrow_mut()
                    .push((T::TABLE.name, Arc::clone(&columns)));
                Ok(Some(columns))
            }
            Err(DatabaseError::MissingTable(_)) if !schema::is_required(T::TABLE) => Ok(None),
            Err(error) => Err(self.failed()(error)),
        }
    }

    /// Has the index by id of the table of `T`.
    pub(crate) fn need_ids<T: Stored>(&self) -> Result<(), ReadError> {
        self.need_index(T::TABLE.name, &["external_id", "sync_id"])
    }

    /// Has the index of a table that is on these columns.
    fn need_index(&self, table: &str, columns: &[&str]) -> Result<(), ReadError> {
        let built = self.missing.build(&self.connection, |index| {
            index.table == table && index.columns == columns
        });
        built.map_err(self.failed())
    }

    /// Has all indexes, for who reads by all of them.
    pub(crate) fn need_indexes(&self) -> Result<(), ReadError> {
        let built = self.missing.build(&self.connection, |_| true);
        built.map_err(self.failed())
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(crate) fn unpacked(&self) -> &Unpacked {
        &self.unpacked
    }

    /// The versions in the [header](https://www.sqlite.org/fileformat2.html#file_format_version_numbers) of the
    /// database, of which 2 means a write-ahead log; none where it is too short for a header.
    pub(crate) fn journal_versions(&self) -> Option<[u8; 2]> {
        self.journal_versions
    }

    /// Turns an error of the database into one that names the file.
    pub(crate) fn failed(&self) -> impl Fn(DatabaseError) -> ReadError + '_ {
        ReadError::database(&self.path)
    }
}

impl fmt::Debug for Artifact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Artifact")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

fn journal_versions(database: &Path) -> Option<[u8; 2]> {
    let mut header = [0; 20];
    File::open(database).ok()?.read_exact(&mut header).ok()?;
    Some([header[18], header[19]])
}
