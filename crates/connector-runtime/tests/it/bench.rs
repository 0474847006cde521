//! Running a sync of a scripted tenant in a folder of its own.

use crate::artifact;
use crate::script::Script;
use crate::scripted::Scripted;
use connector_runtime::{Clock, Observer, SyncError, SyncOptions, SyncReport, sync};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tempfile::TempDir;

/// A clock that stands still.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FixedClock(pub(crate) jiff::Timestamp);

impl Clock for FixedClock {
    fn now(&self) -> jiff::Timestamp {
        self.0
    }
}

/// The time in every test that does not choose another.
pub(crate) fn noon() -> jiff::Timestamp {
    "2026-03-04T12:00:00Z".parse().expect("a time")
}

/// A folder, and what a sync into it is asked to do.
pub(crate) struct Bench {
    pub(crate) folder: TempDir,
    pub(crate) options: SyncOptions,
    told: Arc<Told>,
}

#[derive(Debug, Default)]
struct Told(Mutex<Vec<String>>);

impl Observer for Told {
    fn message(&self, text: &str) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(text.to_owned());
    }
}

impl Bench {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut options = SyncOptions::new(folder.path().join("sync.c1z"), Arc::new(FixedClock(noon())));
        let told = Arc::new(Told::default());
        options.zone = jiff::tz::TimeZone::UTC;
        options.observer = Arc::<Told>::clone(&told);
        options.scope.insert("tenant".into(), "t-1".into());
        Self {
            folder,
            options,
            told,
        }
    }

    /// The same, with a ceiling of calls in flight.
    pub(crate) fn with_workers(workers: usize) -> Self {
        let mut bench = Self::new();
        bench.options.workers = workers;
        bench
    }

    pub(crate) fn output(&self) -> PathBuf {
        self.options.output.clone()
    }

    pub(crate) fn staging(&self) -> PathBuf {
        self.folder.path().join("sync.c1z.staging")
    }

    /// What people were told, with the folder left out.
    pub(crate) fn messages(&self) -> Vec<String> {
        let folder = format!("{}{}", self.folder.path().display(), std::path::MAIN_SEPARATOR);
        let told = self.told.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.iter().map(|t| t.replace(&folder, "")).collect()
    }

    /// The names of the files in the folder, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.folder.path())
            .expect("the folder")
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        names.sort();
        names
    }

    pub(crate) fn sync(&self, connector: &Scripted) -> Result<SyncReport, SyncError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime");
        let sync = async {
            let sync = sync(Arc::new(connector.clone()), self.options.clone());
            // No test waits for this long: it tells of a sync that would wait for ever.
            tokio::time::timeout(Duration::from_secs(300), sync).await
        };
        runtime.block_on(sync).expect("the sync comes to an end")
    }

    /// The sync ends with an error, which reads so.
    pub(crate) fn sync_fails(&self, connector: &Scripted) -> String {
        let error = self.sync(connector).expect_err("the sync fails");
        let folder = format!("{}{}", self.folder.path().display(), std::path::MAIN_SEPARATOR);
        format!("{} ({})", error, error.code().number()).replace(&folder, "")
    }
}

/// What the artifact of a tenant holds, for people; see [`artifact::show`].
pub(crate) fn sealed(script: &str) -> String {
    let bench = Bench::new();
    let report = bench
        .sync(&Scripted::new(Script::parse(script)))
        .expect("the sync succeeds");
    artifact::show(&bench.output(), &report)
}

/// The artifact of this tenant holds exactly this.
pub(crate) fn check(script: &str, expected: &str) {
    same(&sealed(script), expected);
}

/// The lines of the artifact that start with one of these words.
pub(crate) fn check_lines(script: &str, words: &[&str], expected: &str) {
    let of = |line: &&str| words.iter().any(|w| line.split(' ').next() == Some(w));
    same(
        &sealed(script).lines().filter(of).collect::<Vec<_>>().join("\n"),
        expected,
    );
}

/// Both texts have the same lines; the expected one may be indented.
pub(crate) fn same(actual: &str, expected: &str) {
    let lines: Vec<&str> = expected
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .collect();
    let expected = lines.join("\n");
    assert!(
        actual == expected,
        "the artifact is not as expected\n--- expected\n{expected}\n--- actual\n{actual}"
    );
}
