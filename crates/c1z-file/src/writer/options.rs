//! How an artifact is written.

use crate::sync_run::SyncRun;
use jiff::tz::TimeZone;
use std::path::PathBuf;

/// The fastest level. The bulk of an artifact is ids, which repeat at once or never: on the database of 100 000 accounts
/// level 3, at which the Go SDK compresses, takes nearly twice as long and makes a file that is larger by a twentieth.
const DEFAULT_ZSTD_LEVEL: i32 = 1;

/// How an artifact stores its rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StorageEngine {
    /// A SQLite database in envelope v1, which every reader of the format opens.
    #[default]
    Sqlite,
    /// A Pebble store in envelope v3, which holds one sync: smaller, and the default of newer Baton SDKs.
    Pebble,
}

impl StorageEngine {
    /// The name by which settings and tasks ask for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Pebble => "pebble",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        [Self::Sqlite, Self::Pebble]
            .into_iter()
            .find(|engine| engine.as_str() == name)
    }
}

/// What an [`ArtifactWriter`](super::ArtifactWriter) is to write, and how.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct WriterOptions {
    /// Where the working database lives; none puts it beside the output. The compressed file is always built
    /// beside the output, since only within one file system a rename replaces a file at once.
    pub temp_dir: Option<PathBuf>,
    /// The sync that the artifact holds.
    pub sync: SyncRun,
    /// zstd level, 1 by default.
    pub zstd_level: i32,
    /// Permission bits of the artifact, Unix only. None keeps those of the file that is replaced, with its group and,
    /// for root, its owner; a new file is then readable by its owner alone.
    pub file_mode: Option<u32>,
    /// The zone whose wall clock the artifact's times show. Its own host's by default, as other writers do it: readers
    /// compare the times of several syncs as texts.
    pub zone: TimeZone,
    /// How the rows are stored.
    pub storage_engine: StorageEngine,
}

impl WriterOptions {
    /// The defaults, for `sync`.
    #[must_use]
    pub fn new(sync: SyncRun) -> Self {
        Self {
            temp_dir: None,
            sync,
            zstd_level: DEFAULT_ZSTD_LEVEL,
            file_mode: None,
            zone: TimeZone::system(),
            storage_engine: StorageEngine::default(),
        }
    }

    /// The same, with the working database in `temp_dir`.
    #[must_use]
    pub fn with_temp_dir(self, temp_dir: impl Into<PathBuf>) -> Self {
        Self {
            temp_dir: Some(temp_dir.into()),
            ..self
        }
    }

    /// The same, with the times of `zone`.
    #[must_use]
    pub fn with_zone(self, zone: TimeZone) -> Self {
        Self { zone, ..self }
    }

    /// The same, stored by `storage_engine`.
    #[must_use]
    pub fn with_storage_engine(self, storage_engine: StorageEngine) -> Self {
        Self {
            storage_engine,
            ..self
        }
    }

    /// The same, compressed at `level`.
    #[must_use]
    pub fn with_zstd_level(self, zstd_level: i32) -> Self {
        Self { zstd_level, ..self }
    }

    /// The same, with these permission bits; none keeps those of the file that is replaced.
    #[must_use]
    pub fn with_file_mode(self, file_mode: Option<u32>) -> Self {
        Self { file_mode, ..self }
    }
}
